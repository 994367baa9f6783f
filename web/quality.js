// Quality control: each check, the weight against what was declared, hallmark and finish; by somebody who did not make it.

import { el } from "./element.js";
import { facts, Part } from "./part.js";
import { labelled, Slip } from "./slip.js";
import { moment, number, say } from "./words.js";

/** As tryon.atelier.trade.CHECKS and Outcome. */
export const CHECKS = ["stone_tightness", "solder", "hallmark", "weight", "finish"];
export const OUTCOMES = ["pass", "fail", "not_applicable"];
/** As in tryon.atelier.finish. */
export const WEIGHT_TOLERANCE = 0.05;
const MILLI = 1000;

/** A number as people type it; NaN when it is none. */
const typed = (text) => (text.trim() ? Number(text.trim().replace(",", ".")) : NaN);

export class Quality extends Part {
  #report = this.place("report");
  #own = el("p", { class: "part-note" }, say("quality.own"));
  #weighed = el("p", { class: "part-note", role: "status" });
  #slip;

  constructor(room, key) {
    super(room, "quality", key);
    const check = (name) =>
      el(
        "tr",
        {},
        el("th", { scope: "row", id: `check-${name}` }, say(`origin.check.${name}`)),
        el(
          "td",
          {},
          el(
            "div",
            { class: "outcomes", role: "radiogroup", "aria-labelledby": `check-${name}` },
            ...OUTCOMES.map((outcome) => el("label", { class: "tick" }, el("input", { type: "radio", name: `check-${name}`, value: outcome, required: true }), el("span", {}, say(`origin.outcome.${outcome}`)))),
          ),
        ),
        el("td", {}, el("input", { name: `words-${name}`, maxlength: 500, autocomplete: "off", "aria-label": say("quality.words.of", { check: say(`origin.check.${name}`) }) })),
      );
    const heads = ["quality.check", "quality.outcome", "quality.words"].map((key) => el("th", { scope: "col" }, say(key)));
    this.#slip = new Slip(
      { place: room.place("quality"), label: say("part.quality"), work: (values, how) => this.#send(values, how) },
      el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": say("quality.checks") }, el("table", { class: "checks" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...CHECKS.map(check)))),
      el(
        "div",
        { class: "slip-row" },
        labelled(say("quality.weight"), el("input", { name: "weight", inputmode: "decimal", required: true, maxlength: 10, autocomplete: "off", class: "amount" })),
        labelled(say("quality.hallmark"), el("input", { name: "hallmark", maxlength: 80, autocomplete: "off" })),
        labelled(say("quality.finish"), el("input", { name: "finish", maxlength: 80, autocomplete: "off" })),
      ),
      this.#weighed,
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "primary small" }, say("quality.send"))),
    );
    this.#slip.element.addEventListener("input", () => this.#weigh());
    this.#slip.element.addEventListener("cleared", () => this.#weigh());
    this.body.append(this.#report, this.#own, this.#slip.element);
  }

  line({ quality }) {
    if (!quality) return say("quality.none");
    return say(quality.passed ? "quality.passed" : "quality.failed", { name: quality.name, date: moment(quality.at) });
  }

  due({ stage, quality }) {
    return stage === "qc" && !quality?.passed;
  }

  draw(told) {
    const own = told.offers.some(({ state, artisan }) => state === "accepted" && artisan === this.room.me.id);
    this.#own.hidden = !own || told.stage !== "qc";
    this.#slip.element.hidden = own || told.stage !== "qc";
    this.lay(this.#report, told.quality, () => [told.quality ? report(told.quality) : el("p", { class: "part-note" }, say("quality.none.text"))]);
    this.#slip.fill({});
    this.#slip.restore();
    this.#weigh();
  }

  /** How the weight stands against what was declared, while it is typed. */
  #weigh() {
    const declared = this.room.piece?.weight_g;
    const weight = typed(this.#slip.element.elements.weight.value);
    if (!declared) {
      this.#weighed.textContent = "";
      return;
    }
    const words = { declared: number(declared, 1), percent: number(100 * WEIGHT_TOLERANCE) };
    const off = Math.abs(weight - declared) > WEIGHT_TOLERANCE * declared;
    this.#weighed.textContent = say(Number.isNaN(weight) ? "quality.declared" : off ? "quality.off" : "quality.right", words);
  }

  async #send(values, { once }) {
    const weight = typed(values.weight);
    if (!(weight >= 0)) {
      this.#slip.element.elements.weight.focus();
      throw { reason: "weight_none" };
    }
    const checks = CHECKS.map((check) => ({ check, outcome: values[`check-${check}`][0], words: values[`words-${check}`] }));
    await this.room.change("quality", { checks, weight_mg: Math.round(weight * MILLI), hallmark: values.hallmark, finish: values.finish }, { once, versioned: true });
    this.room.say(say("quality.sent"));
  }
}

const report = ({ passed, weight_mg: weight, weight_declared_mg: declared, hallmark, finish, checks, at, name }) =>
  facts([
    [say("quality.result"), say(passed ? "quality.passed" : "quality.failed", { name, date: moment(at) })],
    ...CHECKS.filter((check) => checks[check]).map((check) => [say(`origin.check.${check}`), say(`origin.outcome.${checks[check]}`)]),
    [say("origin.weight"), say("quality.weighs", { weight: number(weight / MILLI, 1), declared: number(declared / MILLI, 1) })],
    [say("quality.hallmark"), hallmark],
    [say("quality.finish"), finish],
  ]);
