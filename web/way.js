// Where a request goes next: what each step still needs, and the way with its days.

import { el } from "./element.js";
import { Part } from "./part.js";
import { labelled, lines, Slip, tick } from "./slip.js";
import { BESIDE, MAKING } from "./stages.js";
import { sure } from "./sure.js";
import { Upload } from "./upload.js";
import { day, dayOf, say, sayCount } from "./words.js";

/** The part that gives what a step needs, by tryon.atelier.stages.Guard. */
const GIVEN_BY = {
  consultant: "pairing",
  artisan: "pairing",
  price_agreed: "price",
  deposit: "price",
  revision_one: "design",
  final_one: "design",
  revision_two: "piece",
  final_two: "piece",
  quality: "quality",
  numbered: "papers",
  parcel: "parcel",
  held_here: "way",
};
const DAY_MS = 86_400_000;

/** The stage that counts: of a request that rests, where it rests. */
export const here = ({ stage, held_from: held }) => held ?? stage;

/** Whole days since a day, told as 2027-05-29; 0 or less: it is not past. */
const daysPast = (iso) => Math.ceil((Date.now() - Date.parse(`${iso}T23:59:59Z`)) / DAY_MS);

/** When the stage it is at is due, and whether it is late. */
export function dueWords({ stage, held_from: held, dues }) {
  const due = dues[held ?? stage];
  if (!due || ["delivered", "declined", "cancelled"].includes(stage)) return { words: "", late: false };
  const days = daysPast(due);
  const late = days > 0;
  return { words: late ? sayCount("way.late", days, { date: day(due) }) : say("way.due", { date: day(due) }), late };
}

export class Way extends Part {
  #steps;
  #waiting = this.place("waiting");
  #table = this.place("table");
  #words;
  #picture;
  #pictured;
  #send = el("button", { type: "submit", class: "primary small" });
  #slip;
  #idle = el("p", { class: "part-note" });

  constructor(room, key) {
    super(room, "way", key);
    this.#steps = this.place("steps", { class: "place ticks", role: "radiogroup", "aria-label": say("way.next") });
    this.#words = labelled(say("way.words"), lines("words"), say("way.words.hint"));
    this.#pictured = el("input", { type: "hidden", name: "file" });
    this.#picture = el("p", { class: "attached", hidden: true });
    const upload = new Upload(room.id, {
      label: say("way.picture"),
      accept: "image/*",
      multiple: false,
      kindOf: () => "bench",
      kept: async ({ file }) => {
        // it stands there once the request is as the atelier has it: a step taken sooner would be refused as outdated
        await room.look({ quietly: true });
        this.#pictured.value = file;
        this.#slip.keep();
        this.#attached();
      },
    });
    this.#slip = new Slip(
      { place: room.place("way"), label: say("way.next"), work: (values, how) => this.#go(values, how) },
      this.#steps,
      this.#words,
      upload.element,
      this.#pictured,
      this.#picture,
      el("div", { class: "slip-do" }, this.#send),
    );
    this.#slip.element.addEventListener("change", () => this.#name());
    this.#slip.element.addEventListener("cleared", () => (this.#name(), this.#attached()));
    const next = el("div", { class: "way-next" }, this.#waiting, this.#idle, this.#slip.element);
    this.body.classList.add("way-parts");
    this.body.append(next, el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": say("requests.way") }, this.#table));
  }

  line(told) {
    return dueWords(told).words;
  }

  due() {
    return true;
  }

  draw(told) {
    const ready = told.next.filter((stage) => !told.needs[stage]);
    const waiting = told.next.filter((stage) => told.needs[stage]);
    const ahead = ready.filter((stage) => !BESIDE.includes(stage));
    // only a step onwards is chosen beforehand
    const first = ahead.find((stage) => stage === told.held_from || MAKING.indexOf(stage) > MAKING.indexOf(told.stage));
    const radio = (stage) =>
      tick({ type: "radio", name: "stage", value: stage, required: true }, el("span", {}, say(`stage.${stage}`)), this.#beside(stage, told));
    this.lay(this.#steps, [told.stage, ready], () => [...ahead, ...BESIDE.filter((stage) => ready.includes(stage))].map(radio));
    this.#slip.fill({ stage: first ? [first] : [], words: "", file: "" });
    this.#slip.restore();
    this.#slip.element.hidden = !ready.length;
    this.lay(this.#waiting, [told.stage, told.needs], () => waiting.map((stage) => this.#waits(stage, told.needs[stage])));
    const over = ["delivered", "declined", "cancelled"].includes(told.stage);
    this.#idle.textContent = over ? say("way.over") : say("way.not_yours");
    this.#idle.hidden = Boolean(told.next.length);
    this.lay(this.#table, [told.stage, told.held_from, told.steps, told.dues], () => [table(told)]);
    this.#name();
    this.#attached();
  }

  #beside(stage, told) {
    if (stage === told.held_from) return el("span", { class: "field-hint" }, say("way.goes_on"));
    if (BESIDE.includes(stage)) return el("span", { class: "field-hint" }, say(`way.means.${stage}`));
    return MAKING.indexOf(stage) < MAKING.indexOf(told.stage) ? el("span", { class: "field-hint" }, say("way.back")) : null;
  }

  #waits(stage, needs) {
    const give = (guard) => {
      const part = GIVEN_BY[guard];
      const go = part === this.name || !this.room.part(part) ? null : el("button", { type: "button", class: "quiet small", onclick: () => this.room.part(part).go() }, say("way.give", { part: say(`part.${part}`) }));
      return el("li", {}, el("span", {}, say(`needs.${guard}`)), go);
    };
    return el("div", { class: "waits" }, el("p", {}, say("way.waits", { stage: say(`stage.${stage}`) })), el("ul", {}, ...needs.map(give)));
  }

  get #chosen() {
    return this.#slip.element.querySelector("[name=stage]:checked")?.value ?? "";
  }

  #name() {
    const stage = this.#chosen;
    this.#send.textContent = BESIDE.includes(stage) ? say(`way.do.${stage}`) : stage ? say("way.do", { stage: say(`stage.${stage}`) }) : say("way.do.none");
  }

  #attached() {
    const file = this.#pictured.value;
    this.#picture.hidden = !file;
    if (!file) return;
    const remove = () => {
      this.#pictured.value = "";
      this.#slip.keep();
      this.#attached();
    };
    this.#picture.replaceChildren(this.room.image(file, say("way.picture.attached")), el("button", { type: "button", class: "quiet small", onclick: remove }, say("way.picture.remove")));
  }

  async #go({ stage: [stage], words, file }, { once }) {
    if (BESIDE.includes(stage) && !(await sure(say(`way.sure.${stage}`), say(`way.means.${stage}`), say(`way.do.${stage}`)))) return false;
    await this.room.change("steps", { stage, words, file: file || null }, { once, versioned: true });
    this.room.say(say("way.done", { stage: say(`stage.${stage}`) }));
  }
}

/** Every stage: by when it is due, when it was reached and by whom. */
function table(told) {
  const reached = Object.fromEntries(told.steps.map((step) => [step.stage, step]));
  const at = here(told);
  const line = (stage) => {
    const { [stage]: step } = reached;
    const passed = MAKING.indexOf(stage) < MAKING.indexOf(at);
    const late = told.dues[stage] && !passed && !["delivered", "declined", "cancelled"].includes(told.stage) && daysPast(told.dues[stage]) > 0;
    return el(
      "tr",
      { "aria-current": stage === at ? "step" : null },
      el("th", { scope: "row" }, say(`stage.${stage}`)),
      el("td", { class: late ? "late" : null }, told.dues[stage] ? say(late ? "way.late.day" : "way.day", { date: day(told.dues[stage]) }) : ""),
      el("td", {}, step ? say("way.reached", { date: dayOf(step.at), who: step.name || say(`by.${step.by}`) }) : ""),
    );
  };
  const head = ["requests.way.stage", "requests.way.due", "requests.way.reached"].map((key) => el("th", { scope: "col" }, say(key)));
  return el("table", { class: "stages" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...MAKING.map(line)));
}
