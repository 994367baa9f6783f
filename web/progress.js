// <request-progress>: where her piece stands: stages with their days, the price and what drives it, what is to be
// approved, and at the end its papers.

import { onceName, passing } from "./bespoke.js";
import { day, moment } from "./calendar.js";
import { DesignRound } from "./design.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { driversOf, policyOf } from "./policy.js";
import { MAKING } from "./stages.js";
import { Visits } from "./visits.js";
import { known, list, number, price, say, sayCount } from "./words.js";

const LOOK_MS = 30_000;
const CENTS = 100;

/** Events: `another` (she wishes for one more piece); `erased` (all that is hers is gone; detail: what stays). */
export class RequestProgress extends HTMLElement {
  #commission = null;
  #told = null;
  #pieces = [];
  #timer = 0;
  #rounds = {};
  #visits = new Visits();
  #said = null;
  #once = {};
  #leaving = null;
  #erasing = null;
  #policy = null;

  /** Make the element known. */
  static define() {
    DesignRound.define();
    if (!customElements.get("request-progress")) customElements.define("request-progress", RequestProgress);
  }

  disconnectedCallback() {
    clearTimeout(this.#timer);
  }

  /** Show a request that was sent. */
  open(commission, told, pieces) {
    this.#commission = commission;
    this.#pieces = pieces;
    for (const round of ["one", "two"]) {
      const part = (this.#rounds[round] = new DesignRound());
      part.addEventListener("told", (event) => this.#show(event.detail));
      part.addEventListener("look", () => this.#look());
    }
    this.#visits.addEventListener("told", ({ detail }) => this.#show(detail));
    this.#said = el("p", { class: "wish-said", role: "status" });
    this.#show(told);
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#look());
    addEventListener("online", () => this.#look());
    this.#wait();
  }

  #wait() {
    clearTimeout(this.#timer);
    if (this.isConnected) this.#timer = setTimeout(() => this.#look(), LOOK_MS);
  }

  /** Look whether the atelier has gone on; her page is redrawn only when it has. */
  async #look() {
    try {
      const told = await this.#commission.told();
      this.#said.textContent = "";
      if (told.version !== this.#told.version) this.#show(told);
    } catch (error) {
      if (!passing(error)) this.#said.textContent = say(errorKey(error.reason));
      else this.#said.textContent = say("progress.offline");
    }
    this.#wait();
  }

  #show(told) {
    this.#told = told;
    const focused = document.activeElement?.id;
    const piece = this.#pieces.find(({ id }) => id === told.wish.wished);
    for (const [name, part] of Object.entries(this.#rounds)) {
      part.show(this.#commission, told, told.rounds.find(({ round }) => round === name), piece);
    }
    const nodes = [
      this.#head(told, piece),
      this.#said,
      this.#next(told),
      this.#visits.show(this.#commission, told),
      ...this.#approvals(told),
      this.#price(told),
      this.#delivered(told),
      this.#way(told),
      this.#wish(told, piece),
      piece && !told.price ? driversOf(piece, told.wish.tier ?? "") : null,
      (this.#policy ??= policyOf(told.wish.tier ? [told.wish.tier] : ["studio", "custom"])), // open, it stays so
      this.#leave(told),
      (this.#erasing ??= this.#makeErasing()), // asked halfway, it stays so
    ].filter(Boolean);
    // what is being typed in a round is not taken out of the page
    for (const node of [...this.children]) if (!nodes.includes(node)) node.remove();
    nodes.forEach((node, at) => this.children[at] !== node && this.insertBefore(node, this.children[at] ?? null));
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  #head({ stage, held_from: held, artisan, consultant, edition, wish }, piece) {
    const people = [
      artisan ? say("progress.artisan", { name: artisan }) : null,
      consultant ? say("progress.consultant", { name: consultant }) : null,
    ].filter(Boolean);
    return el(
      "section",
      { class: "progress-head" },
      piece ? el("img", { src: piece.poster, alt: "", width: 120, height: 120, onerror: ({ target }) => target.remove() }) : null,
      el(
        "div",
        {},
        el("h2", {}, piece?.name ?? say("progress.piece")),
        el("p", { class: "progress-now" }, say(`stage.${stage}`), held ? ` (${say(`stage.${held}`)})` : null),
        edition ? el("p", {}, say("progress.number", { number: number(edition.number), of: number(edition.of) })) : null,
        ...people.map((words) => el("p", { class: "fit-note" }, words)),
        wish.event_date ? el("p", { class: "fit-note" }, say("progress.event", { date: day(wish.event_date) })) : null,
      ),
    );
  }

  /** What happens now, and whether it waits for her. */
  #next({ stage }) {
    const key = `progress.now.${stage}`;
    return known(key) ? el("p", { class: "progress-next" }, say(key)) : null;
  }

  #approvals({ rounds, stage }) {
    const shown = rounds.filter(({ revisions }) => revisions.length).map(({ round }) => round);
    // what waits for her stands first
    if (stage === "approval_two") shown.reverse();
    return shown.map((round) => this.#rounds[round]);
  }

  /** The price, and how much of it each thing makes. */
  #price({ price: told, stage }) {
    if (!told) return null;
    const money = (minor) => price(minor / CENTS, told.currency);
    const bar = (driver, share) => {
      const part = el("span", { class: "price-share" });
      part.style.inlineSize = `${Math.max(0, Math.min(1, share)) * 100}%`;
      const minor = told.lines.filter((line) => line.driver === driver).reduce((sum, line) => sum + line.minor, 0);
      const words = told.lines.filter((line) => line.driver === driver && line.words).map((line) => line.words);
      return el(
        "li",
        {},
        el("span", { class: "price-driver" }, say(`driver.${driver}`), el("span", {}, money(minor))),
        el("span", { class: "price-bar", "aria-hidden": "true" }, part),
        words.length ? el("span", { class: "fit-note" }, list(words)) : null,
      );
    };
    const agreed = told.agreed_at
      ? el("p", { class: "fit-note" }, say("price.agreed", { date: moment(told.agreed_at) }))
      : el("button", { type: "button", class: "primary", onclick: () => this.#agree(told) }, say("price.agree", { total: money(told.total_minor) }));
    return el(
      "section",
      { class: "wish-part" },
      el("h3", {}, say("price.title")),
      el("p", { class: "price-total" }, money(told.total_minor)),
      el("ul", { class: "price-lines", role: "list" }, ...Object.entries(told.shares).map(([driver, share]) => bar(driver, share))),
      el("p", { class: "fit-note" }, say("price.deposit", { deposit: money(told.deposit_minor) })),
      ["enquiry", "consultation"].includes(stage) || told.agreed_at ? agreed : null,
    );
  }

  async #agree({ number: newest }) {
    this.#once.price ??= onceName();
    try {
      this.#show(await this.#commission.agreePrice(newest, this.#once.price));
      this.#said.textContent = say("price.thanks");
    } catch (error) {
      if (!passing(error)) delete this.#once.price;
      this.#said.textContent = say(errorKey(error.reason));
      if (error.reason === "price_outdated") await this.#look();
    }
  }

  /** The finished piece: what was checked, its papers, how it travels. */
  #delivered({ quality, certificates, parcel, provenance, stage }) {
    if (!quality && !parcel) return null;
    const paper = (name) =>
      el("button", { type: "button", class: "quiet", onclick: () => this.#save(name) }, say(`paper.${name}`));
    const done = ["packed", "delivered"].includes(stage);
    return el(
      "section",
      { class: "wish-part" },
      el("h3", {}, say("finished.title")),
      quality?.passed ? el("p", {}, say("finished.quality", { grams: number(quality.weight_mg / 1000, 1), hallmark: quality.hallmark })) : null,
      certificates.length
        ? el("ul", { class: "progress-list" }, ...certificates.map(({ material, source }) => el("li", {}, source ? say("finished.material", { material, source }) : material)))
        : null,
      parcel
        ? el("p", {}, say("finished.parcel", { carrier: parcel.carrier, tracking: parcel.tracking, from: day(parcel.from_date), to: day(parcel.to_date) }))
        : null,
      done && quality?.passed
        ? el("div", { class: "look-actions" }, paper("certificate"), paper("care"), provenance ? el("a", { class: "page-link", href: `/p/${provenance}` }, say("finished.provenance")) : null)
        : null,
    );
  }

  async #save(name) {
    try {
      const address = URL.createObjectURL(await this.#commission.paper(name));
      el("a", { href: address, download: `${say(`paper.${name}.file`)}.pdf` }).click();
      setTimeout(() => URL.revokeObjectURL(address), LOOK_MS);
      this.#said.textContent = say("paper.saved");
    } catch (error) {
      this.#said.textContent = say(errorKey(error.reason));
    }
  }

  /** Every stage: done when and by whom, or due when. */
  #way({ stage, held_from: held, steps, dues }) {
    const here = MAKING.indexOf(held ?? stage);
    const went = Object.fromEntries(steps.map((step) => [step.stage, step]));
    const item = (name, at) => {
      const step = went[name];
      const state = at < here || (at === here && name === "delivered") ? "done" : at === here ? "now" : "to_come";
      const when =
        state === "to_come"
          ? dues[name] && say("progress.due", { date: day(dues[name]) })
          : step && say("progress.since", { date: moment(step.at) });
      return el(
        "li",
        { "data-state": state, "aria-current": state === "now" ? "step" : null },
        el("span", { class: "way-name" }, say(`stage.${name}`)),
        el("span", { class: "way-state" }, say(`progress.${state}`)),
        when ? el("span", { class: "way-when" }, when) : null,
        state !== "to_come" && step?.words ? el("span", { class: "way-words" }, step.words) : null,
        state !== "to_come" && step?.file ? this.#picture(step.file, say(`stage.${name}`)) : null,
      );
    };
    return el("section", { class: "wish-part" }, el("h3", {}, say("progress.way")), el("ol", { class: "way", role: "list" }, ...MAKING.map(item)));
  }

  #picture(file, words) {
    const { mime } = this.#told.files.find((one) => one.file === file) ?? { mime: "" };
    if (!mime.startsWith("image/")) return null;
    const picture = el("img", { class: "way-picture", alt: say("progress.picture", { stage: words }) });
    this.#commission.address(file).then(
      (address) => (picture.src = address),
      () => picture.remove(),
    );
    return picture;
  }

  /** What she sent, to read again. */
  #wish({ wish, possible }, piece) {
    const facts = [
      piece ? [say("request.wished"), piece.name] : null,
      wish.tier ? [say("request.tier"), say(`about.tier.${wish.tier}`)] : null,
      wish.event_date ? [say("request.event_date"), day(wish.event_date)] : null,
      possible.lead_weeks ? [say("progress.lead"), sayCount("about.tier.weeks", possible.lead_weeks)] : null,
      wish.hairstyle ? [say("request.hair"), say(`request.hairstyle.${wish.hairstyle}`)] : null,
      wish.veil ? [say("request.veil"), say(`request.veil.${wish.veil}`)] : null,
      ...["materials", "stones", "notes"].map((name) => (wish[name] ? [say(`request.${name}`), wish[name]] : null)),
    ].filter(Boolean);
    return el(
      "details",
      { class: "fold" },
      el("summary", {}, say("progress.wish")),
      el("dl", { class: "facts" }, ...facts.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])),
    );
  }

  #leave({ next, stage }) {
    const another = el("button", { type: "button", class: "quiet", onclick: () => this.dispatchEvent(new Event("another")) }, say("request.new"));
    const open = ["delivered", "cancelled", "declined"].includes(stage) ? another : null;
    if (!next.includes("cancelled")) return open && el("div", { class: "look-actions" }, open);
    return (this.#leaving ??= this.#cancelling()); // her words in it stay
  }

  #cancelling() {
    const area = el("textarea", { class: "look-name", rows: 2, maxlength: 4000, id: "cancel-words" });
    const cancel = async () => {
      this.#once.cancel ??= onceName();
      try {
        this.#show(await this.#commission.cancel(area.value, this.#once.cancel));
      } catch (error) {
        this.#said.textContent = say(errorKey(error.reason));
      }
    };
    return el(
      "details",
      { class: "fold" },
      el("summary", {}, say("cancel.title")),
      el("p", { class: "fit-note" }, say("cancel.text")),
      el("label", { for: "cancel-words" }, say("cancel.words")),
      area,
      el("button", { type: "button", class: "quiet", onclick: cancel }, say("cancel.yes")),
    );
  }

  /** What goes and what stays is said when it is opened; it is done when she says so twice. */
  #makeErasing() {
    const said = el("div", { role: "status" });
    const fold = el("details", { class: "fold", id: "erasing" }, el("summary", {}, say("erase.title")), said);
    fold.addEventListener("toggle", () => fold.open && this.#planErasing(said));
    return fold;
  }

  async #planErasing(said) {
    said.replaceChildren(el("p", { class: "fit-note" }, say("request.loading")));
    let plan;
    try {
      plan = await this.#commission.erasure();
    } catch (error) {
      said.replaceChildren(el("p", { class: "trouble" }, say(errorKey(error.reason))));
      return;
    }
    if (!plan.possible) {
      said.replaceChildren(el("p", {}, say("erase.under_way")));
      return;
    }
    const sure = el("button", { type: "button", class: "quiet", onclick: () => this.#erase(sure, trouble) }, say("erase.sure"));
    const ask = el("button", { type: "button", class: "quiet", onclick: () => (ask.replaceWith(sure), sure.focus()) }, say("erase.button"));
    const trouble = el("p", { class: "trouble", role: "alert" });
    said.replaceChildren(
      el("p", {}, say("erase.text")),
      el("p", {}, plan.pictures ? sayCount("erase.pictures", plan.pictures) : say("erase.pictures.none")),
      ...keptOf(plan),
      el("p", {}, say("erase.once")),
      el("div", { class: "look-actions" }, ask),
      trouble,
    );
  }

  async #erase(button, trouble) {
    button.disabled = true;
    trouble.textContent = "";
    try {
      const plan = await this.#commission.erase(this.#told.version);
      clearTimeout(this.#timer);
      this.dispatchEvent(new CustomEvent("erased", { detail: plan }));
    } catch (error) {
      trouble.textContent = say(errorKey(error.reason));
      button.disabled = false;
      if (error.reason === "changed_meanwhile") await this.#look();
    }
  }
}

/** What stays after an erasure, in words. */
export const keptOf = ({ kept }) => [
  el("p", {}, say("erase.stays")),
  el("ul", { class: "progress-list" }, ...kept.map((what) => el("li", {}, say(`erase.kept.${what}`)))),
];
