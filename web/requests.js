// The requests of the atelier: a list with its filters, and one request with its whole history.

import { pieces } from "./api.js";
import { Sessions } from "./appointments.js";
import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { day, dayOf, known, languageName, list, moment, number, price, say, sayCount } from "./words.js";

/** As in tryon.atelier.trade: in the order in which a request passes through them, then the others. */
const MAKING = [
  "enquiry",
  "consultation",
  "deposit",
  "stone_sourcing",
  "cad",
  "approval_one",
  "casting",
  "setting",
  "hand_finishing",
  "approval_two",
  "qc",
  "packed",
  "delivered",
];
const BESIDE = ["on_hold", "declined", "cancelled"];
const TYPING_MS = 250; // while somebody types, nothing is asked for

/** The list beside the request that is open. `open(id)` shows another one. */
export class Requests {
  #me;
  #open;
  #names = {};
  #asked = { words: "", stage: "", staff: "" };
  #more = "";
  #typing = 0;
  #turn = 0;
  #list = el("ol", { class: "rows", "aria-label": say("requests.list") });
  #says = el("p", { class: "rows-says", role: "status" });
  #next = el("button", { type: "button", class: "second rows-more", hidden: true, onclick: () => this.#load({ on: true }) }, say("requests.more"));
  #detail = el("section", { class: "detail", "aria-label": say("requests.detail"), tabindex: "-1" });
  #filters;
  element;

  constructor(me, open) {
    this.#me = me;
    this.#open = open;
    this.#filters = this.#makeFilters();
    this.#list.addEventListener("keydown", (event) => this.#walk(event));
    this.element = el(
      "div",
      { class: "requests" },
      el("section", { class: "rows-pane", "aria-label": say("requests.title") }, el("h1", { class: "unseen" }, say("requests.title")), this.#filters, this.#says, this.#list, this.#next),
      this.#detail,
    );
  }

  /** Bring the list, and the request of an id if there is one. */
  async load(id) {
    if (!Object.keys(this.#names).length) {
      try {
        this.#names = Object.fromEntries((await pieces()).map((piece) => [piece.id, piece.name]));
      } catch {
        // then pieces are told by their ids
      }
      await this.#load();
    }
    await this.show(id);
  }

  /** One request; without an id, none. */
  async show(id) {
    this.element.dataset.open = String(Boolean(id));
    for (const link of this.#list.querySelectorAll("a")) {
      if (link.dataset.id === id) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
    if (!id) {
      this.#detail.replaceChildren(el("p", { class: "detail-none" }, say("requests.none_open")));
      return;
    }
    const turn = ++this.#turn;
    this.#detail.replaceChildren(el("p", { class: "detail-none", role: "status" }, say("requests.loading")));
    let shown;
    try {
      const [told, staff] = await Promise.all([desk.request(id), desk.staff()]);
      const change = async (path, body, said) => sessions.show(await desk.change(id, path, body, said));
      const sessions = new Sessions({ id, me: this.#me, staff, change });
      sessions.show(told);
      shown = [...this.#told(told), sessions.element];
    } catch (error) {
      shown = [back(), el("p", { class: "trouble", role: "alert" }, troubleOf(error))];
    }
    if (turn !== this.#turn) return; // another one was opened meanwhile
    this.#detail.replaceChildren(...shown);
    this.#detail.scrollTop = 0;
    this.#detail.focus({ preventScroll: true });
  }

  /** Put the cursor into the search. */
  search() {
    this.#filters.querySelector("input").focus();
  }

  #makeFilters() {
    const stages = [...MAKING, ...BESIDE].map((stage) => el("option", { value: stage }, say(`stage.${stage}`)));
    const change = (name) => (event) => {
      this.#asked[name] = event.target.type === "checkbox" ? (event.target.checked ? this.#me.id : "") : event.target.value;
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#load(), event.type === "input" ? TYPING_MS : 0);
    };
    return el(
      "search",
      { class: "filters" },
      el("input", { type: "search", "aria-label": say("requests.search"), placeholder: say("requests.search"), maxlength: 120, oninput: change("words") }),
      el("select", { "aria-label": say("requests.stage"), onchange: change("stage") }, el("option", { value: "" }, say("requests.stage.any")), ...stages),
      el("label", { class: "filter-mine" }, el("input", { type: "checkbox", onchange: change("staff") }), say("requests.mine")),
    );
  }

  async #load({ on = false } = {}) {
    const turn = ++this.#turn;
    this.#list.ariaBusy = "true";
    this.#says.textContent = say("requests.loading");
    let found;
    try {
      found = await desk.requests({ ...this.#asked, after: on ? this.#more : "" });
    } catch (error) {
      this.#says.textContent = troubleOf(error);
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
    this.#says.textContent = count ? sayCount("requests.count", count) : say(filtered ? "requests.none_found" : "requests.none");
  }

  #row(row) {
    const named = [this.#names[row.wished] ?? row.wished, row.tier && say(`tier.${row.tier}`)].filter(Boolean);
    const due = row.due && say(row.late ? "requests.late" : "requests.due", { date: day(row.due) });
    return el(
      "a",
      { href: `#request=${row.request}`, class: "row", "data-id": row.request },
      el("span", { class: "row-name" }, row.name),
      el("span", { class: "row-stage" }, say(`stage.${row.stage}`)),
      el("span", { class: "row-what" }, named.join(", ")),
      el("span", { class: row.late ? "row-due late" : "row-due" }, row.offered_to_me ? say("requests.offered") : due ?? ""),
    );
  }

  #walk(event) {
    const links = [...this.#list.querySelectorAll("a")];
    const at = links.indexOf(document.activeElement);
    const to = { ArrowDown: at + 1, j: at + 1, ArrowUp: at - 1, k: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
  }

  #told(told) {
    const { wish } = told;
    const piece = this.#names[wish.wished] ?? wish.wished;
    return [
      back(),
      el("header", { class: "detail-head" }, el("h2", {}, wish.name || say("requests.nameless")), el("p", { class: "stage" }, say(`stage.${told.stage}`))),
      facts([
        [say("requests.piece"), [piece, wish.tier && say(`tier.${wish.tier}`)].filter(Boolean).join(", ")],
        [say("requests.event"), wish.event_date ? `${day(wish.event_date)}. ${say(`answer.${told.possible.answer}`)}` : ""],
        [say("requests.consultant"), told.consultant],
        [say("requests.artisan"), told.artisan],
        [say("requests.email"), wish.email],
        [say("requests.phone"), wish.phone],
        [say("requests.hair"), [wish.hairstyle && say(`hairstyle.${wish.hairstyle}`), wish.veil && say(`veil.${wish.veil}`)].filter(Boolean).join(", ")],
        [say("requests.materials"), wish.materials],
        [say("requests.stones"), wish.stones],
        [say("requests.notes"), wish.notes],
        [say("requests.price"), told.price ? priced(told.price) : ""],
        [say("requests.number"), told.edition ? say("requests.number.of", { number: number(told.edition.number), of: number(told.edition.of) }) : ""],
      ]),
      el("h3", {}, say("requests.way")),
      way(told),
      ...(told.offers.length ? [el("h3", {}, say("requests.offers")), el("ul", { class: "plain" }, ...told.offers.map(offer))] : []),
      el("h3", {}, say("requests.steps")),
      el("ol", { class: "plain" }, ...told.steps.toReversed().map(step)),
    ];
  }
}

const back = () => el("a", { class: "detail-back", href: "#requests" }, say("requests.back"));

const facts = (rows) =>
  el("dl", { class: "facts" }, ...rows.filter(([, value]) => value).flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));

const priced = (told) => {
  const total = price(told.total_minor / 100, told.currency);
  return told.agreed_at ? say("requests.price.agreed", { total, date: moment(told.agreed_at) }) : say("requests.price.open", { total });
};

/** Every stage: by when it is due, when it was reached. */
function way(told) {
  const reached = Object.fromEntries(told.steps.map(({ stage, at }) => [stage, at]));
  const here = told.stage === "on_hold" ? told.held_from : told.stage;
  const line = (stage) =>
    el(
      "tr",
      { "aria-current": stage === here ? "step" : null },
      el("th", { scope: "row" }, say(`stage.${stage}`)),
      el("td", {}, told.dues[stage] ? day(told.dues[stage]) : ""),
      el("td", {}, reached[stage] ? dayOf(reached[stage]) : ""),
    );
  const head = ["requests.way.stage", "requests.way.due", "requests.way.reached"].map((key) => el("th", { scope: "col" }, say(key)));
  return el("table", { class: "way" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...MAKING.map(line)));
}

function step({ stage, at, by, name, words }) {
  const who = name || say(`by.${by}`);
  return el(
    "li",
    { class: "step" },
    el("p", { class: "step-what" }, say("requests.step", { stage: say(`stage.${stage}`), who, at: moment(at) })),
    words ? el("p", { class: "step-words" }, words) : null,
  );
}

function offer({ name, state, because, words }) {
  const reasons = because.map((code) => code.split(":")).filter(([why]) => known(`because.${why}`));
  const named = (why, what) => {
    if (why.endsWith("language")) return languageName(what);
    return known(`skill.${what}`) ? say(`skill.${what}`) : what;
  };
  const said = reasons.map(([why, what]) => say(`because.${why}`, { what: named(why, what) }));
  return el(
    "li",
    { class: "step" },
    el("p", { class: "step-what" }, say("requests.offer", { name, state: say(`offer.${state}`) })),
    said.length ? el("p", { class: "step-words" }, list(said)) : null,
    words ? el("p", { class: "step-words" }, words) : null,
  );
}
