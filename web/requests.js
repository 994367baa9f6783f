// The requests of the atelier: a list with its filters, and beside it the one that is open.

import { pieces } from "./api.js";
import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { Dossier } from "./dossier.js";
import { el } from "./element.js";
import { BESIDE, MAKING } from "./stages.js";
import { dueWords, here } from "./way.js";
import { day, say, sayCount } from "./words.js";

const TYPING_MS = 250; // while somebody types, nothing is asked for

/** The list beside the request that is open. */
export class Requests {
  #me;
  #pieces = null;
  #staff = [];
  #dossier = null;
  #wanted = ""; // id of the request that was asked for last
  #shops = [];
  #people = el("select", { "aria-label": say("requests.person") });
  #where = el("select", { "aria-label": say("requests.shop"), hidden: true });
  #asked = { words: "", stage: "", staff: "", shop: "" };
  #more = "";
  #typing = 0;
  #turn = 0;
  #list = el("ol", { class: "rows", "aria-label": say("requests.list") });
  #says = el("p", { class: "rows-says", role: "status" });
  #next = el("button", { type: "button", class: "second rows-more", hidden: true, onclick: () => this.#load({ on: true }) }, say("requests.more"));
  #detail = el("section", { class: "detail", "aria-label": say("requests.detail"), tabindex: "-1" });
  #filters;
  element;

  constructor(me) {
    this.#me = me;
    this.#filters = this.#makeFilters();
    this.#list.addEventListener("keydown", (event) => this.#walk(event));
    this.#detail.addEventListener("keydown", (event) => this.#dossier?.pressed(event));
    this.element = el(
      "div",
      { class: "requests" },
      el("section", { class: "rows-pane", "aria-label": say("requests.title") }, el("h1", { class: "unseen" }, say("requests.title")), this.#filters, this.#says, this.#list, this.#next),
      this.#detail,
    );
  }

  /** Bring the list, and the request of an id if there is one. */
  async load(id) {
    this.#wanted = id;
    if (!this.#pieces) {
      const found = await Promise.allSettled([pieces(), desk.staff(), this.#me.may.includes("shops.keep") ? desk.shops() : []]);
      // without them pieces are told by their ids, and nobody can be chosen
      [this.#pieces, this.#staff, this.#shops] = found.map(({ value }) => value ?? []);
      this.#name();
      await this.#load();
    }
    if (this.#wanted === id) await this.show(id); // else another was asked for while the list came
  }

  /** One request; without an id, none. */
  async show(id) {
    this.element.dataset.open = String(Boolean(id));
    this.#mark(id);
    this.#dossier?.close();
    this.#dossier = null;
    if (!id) {
      this.#detail.replaceChildren(el("p", { class: "detail-none" }, say("requests.none_open")), keys());
      return;
    }
    const dossier = new Dossier({ id, me: this.#me, pieces: this.#pieces, staff: this.#staff, changed: (told) => this.#changed(told) });
    this.#dossier = dossier;
    this.#detail.replaceChildren(back(), el("p", { class: "detail-none", role: "status" }, say("requests.loading")));
    try {
      await dossier.open();
      if (this.#dossier !== dossier) return dossier.close(); // another one was opened meanwhile
      this.#detail.replaceChildren(back(), dossier.element);
    } catch (error) {
      if (this.#dossier !== dossier) return;
      const again = el("button", { type: "button", class: "second small", onclick: () => this.show(id) }, say("action.again"));
      this.#detail.replaceChildren(back(), el("p", { class: "trouble", role: "alert" }, troubleOf(error)), again);
    }
    this.#detail.scrollTop = 0;
    this.#detail.focus({ preventScroll: true });
  }

  /** It is no longer shown. */
  close() {
    this.#dossier?.close();
  }

  /** Put the cursor into the search. */
  search() {
    this.#filters.querySelector("input").focus();
  }

  #makeFilters() {
    const stages = [...MAKING, ...BESIDE].map((stage) => el("option", { value: stage }, say(`stage.${stage}`)));
    const change = (name) => (event) => {
      this.#asked[name] = event.target.value;
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#load(), event.type === "input" ? TYPING_MS : 0);
    };
    this.#people.addEventListener("change", change("staff"));
    this.#where.addEventListener("change", change("shop"));
    return el(
      "search",
      { class: "filters" },
      el("input", { type: "search", "aria-label": say("requests.search"), placeholder: say("requests.search"), maxlength: 120, oninput: change("words") }),
      el("select", { "aria-label": say("requests.stage"), onchange: change("stage") }, el("option", { value: "" }, say("requests.stage.any")), ...stages),
      this.#people,
      this.#where,
    );
  }

  /** Whose requests can be asked for: an artisan sees hers alone. */
  #name() {
    const others = this.#staff.filter(({ staff, active }) => active && staff !== this.#me.id);
    const named = this.#me.role === "artisan" ? [] : others.map(({ staff, name }) => el("option", { value: staff }, name));
    this.#people.replaceChildren(el("option", { value: "" }, say("requests.person.any")), el("option", { value: this.#me.id }, say("requests.mine")), ...named);
    this.#where.replaceChildren(el("option", { value: "" }, say("requests.shop.any")), ...this.#shops.map(({ id, name }) => el("option", { value: id }, name)));
    this.#where.hidden = !this.#shops.length;
  }

  async #load({ on = false } = {}) {
    const turn = ++this.#turn;
    this.#list.ariaBusy = "true";
    this.#says.textContent = say("requests.loading");
    let found;
    try {
      found = await desk.requests({ ...this.#asked, after: on ? this.#more : "" });
    } catch (error) {
      this.#says.replaceChildren(troubleOf(error), " ", el("button", { type: "button", class: "quiet small", onclick: () => this.#load({ on }) }, say("action.again")));
      return;
    } finally {
      this.#list.ariaBusy = "false";
    }
    if (turn !== this.#turn) return;
    const rows = found.requests.map((row) => el("li", {}, this.#row(row)));
    if (on) this.#list.append(...rows);
    else this.#list.replaceChildren(...rows);
    this.#more = found.more;
    this.#next.hidden = !found.more;
    const filtered = Object.values(this.#asked).some(Boolean);
    const count = this.#list.children.length;
    this.#mark(this.#dossier?.id ?? "");
    this.#says.textContent = count ? sayCount("requests.count", count) : say(filtered ? "requests.none_found" : "requests.none");
  }

  #row(row) {
    const named = [this.#pieces.find(({ id }) => id === row.wished)?.name ?? row.wished, row.tier && say(`tier.${row.tier}`)].filter(Boolean);
    const due = row.due && say(row.late ? "requests.late" : "requests.due", { date: day(row.due) });
    return el(
      "a",
      { href: `#request=${row.request}`, class: "row", "data-id": row.request },
      el("span", { class: "row-name" }, row.name || say("requests.nameless")),
      el("span", { class: "row-stage" }, say(`stage.${row.stage}`)),
      el("span", { class: "row-what" }, [named.join(", "), row.shop && say("requests.at", { shop: row.shop }), row.sandbox && say("requests.sandbox")].filter(Boolean).join(" · ")),
      el("span", { class: row.late ? "row-due late" : "row-due" }, row.offered_to_me ? say("requests.offered") : (due ?? "")),
    );
  }

  /** The open one was told anew: its row says the same. */
  #changed(told) {
    const shown = this.#list.querySelector(`[data-id="${CSS.escape(told.request)}"]`);
    if (!shown) return;
    const { wish, offers, stage } = told;
    const row = this.#row({
      request: told.request,
      name: wish.name,
      stage,
      wished: wish.wished,
      tier: wish.tier,
      shop: told.shop,
      sandbox: told.sandbox,
      due: told.dues[here(told)],
      late: dueWords(told).late,
      offered_to_me: offers.some(({ state, artisan }) => state === "offered" && artisan === this.#me.id),
    });
    shown.replaceChildren(...row.childNodes);
  }

  #mark(id) {
    for (const link of this.#list.querySelectorAll("a")) {
      if (link.dataset.id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  }

  #walk(event) {
    const links = [...this.#list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
  }
}

const back = () => el("a", { class: "detail-back", href: "#requests" }, say("requests.back"));

/** The keys of this page. */
const keys = () =>
  el(
    "dl",
    { class: "keys" },
    ...["search", "walk", "open", "part", "out"].flatMap((name) => [el("dt", {}, ...say(`keys.${name}`).split(" ").map((key) => el("kbd", {}, key))), el("dd", {}, say(`keys.${name}.means`))]),
  );
