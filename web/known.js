// What she knows already: a sheet where she types it. What cannot be so comes back as a question at its own field.

import { ApiError } from "./api.js";
import { Refusal } from "./control.js";
import { el } from "./element.js";
import { KINDS, LaidField } from "./laid.js";
import { errorKey } from "./panel.js";
import { MM, recalledUnit, unitChoice } from "./unit.js";
import { known, list, number, say } from "./words.js";

/** By tryon.fit.given.METHODS: what a number may rest on besides the mirror. */
export const METHODS = {
  tape: "tape",
  "given pupillary distance": "pupils",
  "hat size": "hat",
  "ring size": "ring",
  "paper strip": "strip",
  "ring she wears": "laid",
  "bangle she wears": "bangle",
};
const FINGERS = ["ring", "middle", "index", "little"];
const FINGER = "finger_inner_diameter_";
const HANDS = ["left", "right"];
const SYSTEMS = ["us", "uk", "eu", "jp"]; // of sizes
// `how` is asked with a choice; lengths without a unit of their own are in hers
const FIELDS = [
  { key: "head", name: "head_circumference", inputs: ["first", "second"] },
  { key: "pupils", name: "interpupillary_distance", unit: "mm", how: ["optician", "app", "self", ""] },
  { key: "neck", name: "neck_circumference" },
  { key: "wrist", name: "wrist_circumference", hand: true },
  { key: "ring", name: FINGER, unit: "mm", how: [...SYSTEMS, "mm", "strip"], hand: true },
  { key: "hat", name: "hat_size", unit: "mm", how: SYSTEMS },
];

/** A number as it is typed: no more digits than a tape has. */
const typed = (value) => number(value, 2).replace(/[^\d.,]/g, "");

/** One thing that can be given: its fold, its inputs, and what is asked back about it. */
class Field {
  #about;
  #inputs;
  #how = null;
  #finger = null;
  #hand = null;
  #asked;
  #unitOf;
  /** The element. */
  element;

  constructor(about, given, unitOf, submit) {
    this.#about = about;
    this.#unitOf = unitOf;
    this.submit = submit;
    const { key, inputs = ["value"], how, hand } = about;
    this.#inputs = inputs.map((part, at) => this.#input(part, given?.values[at] ?? ""));
    if (how) this.#how = this.#select("how", how, given?.how ?? how[0]);
    if (key === "ring") this.#finger = this.#select("finger", FINGERS, given?.name.slice(FINGER.length) ?? FINGERS[0]);
    if (hand) this.#hand = this.#select("hand", HANDS, given?.hand || HANDS[0]);
    this.#asked = el("div", { class: "known-asked", role: "alert" });
    const labelled = (part, input) => el("div", { class: "known-part" }, el("label", { for: input.id }, this.#label(part)), input);
    this.element = el(
      "details",
      { class: "fold known-field", open: Boolean(given) || key === "head" },
      el("summary", {}, say(`known.${key}`)),
      el("p", { class: "fit-note" }, say(`known.${key}.what`)),
      el(
        "div",
        { class: "known-parts" },
        ...(this.#hand ? [labelled("hand", this.#hand)] : []),
        ...(this.#finger ? [labelled("finger", this.#finger)] : []),
        ...(this.#how && key !== "pupils" ? [labelled("how", this.#how)] : []),
        ...this.#inputs.map((input, at) => labelled(inputs[at], input)),
        ...(key === "pupils" ? [labelled("how", this.#how)] : []),
      ),
      this.#asked,
    );
  }

  /** As the mirror is told; null when nothing was typed. */
  get given() {
    const values = this.#inputs.map(({ value }) => value.trim()).filter(Boolean);
    if (!values.length) return null;
    const unit = this.#about.unit ?? this.#unitOf();
    return { name: this.name, values, how: this.#how?.value ?? "", unit, hand: this.#hand?.value ?? "" };
  }

  /** As the mirror calls it. */
  get name() {
    return this.#finger ? `${FINGER}${this.#finger.value}` : this.#about.name;
  }

  /** Hers is written in another unit now: what stands there is the same length. */
  convert(from, to) {
    this.clear();
    this.relabel();
    if (this.#about.unit) return;
    for (const input of this.#inputs) {
      const value = Number(input.value.replace(",", "."));
      if (input.value.trim() && Number.isFinite(value)) input.value = typed((value * MM[from]) / MM[to]);
    }
  }

  /** Say in its labels which unit it is in. */
  relabel() {
    for (const input of this.#inputs) {
      input.labels[0]?.replaceChildren(this.#label(input.dataset.part));
    }
  }

  /** Nothing is asked any more. */
  clear() {
    this.#asked.replaceChildren();
    for (const input of this.#inputs) input.removeAttribute("aria-invalid");
  }

  /** Ask back. */
  ask({ reason, meant_mm: meant, meant_how: how }) {
    this.element.open = true;
    for (const input of this.#inputs) input.ariaInvalid = "true";
    if (meant.length || how) {
      const wrong = this.#said(this.given.values, this.#how?.value);
      const right = this.#meant(meant[0], how);
      this.#asked.replaceChildren(
        el("p", {}, say("known.asked.meant", { wrong, right: right.words })),
        el(
          "div",
          { class: "look-actions" },
          this.#button("primary small", say("known.asked.yes", { right: right.words }), () => this.#take(right)),
          this.#button("quiet small", say("known.asked.no"), () => this.#correct()),
        ),
      );
      this.#asked.querySelector("button").focus();
    } else {
      const key = known(`known.asked.${reason}`) ? `known.asked.${reason}` : "known.asked.other";
      this.#asked.replaceChildren(el("p", {}, say(key)));
      this.#inputs.at(-1).focus();
    }
  }

  #take({ values, how }) {
    this.#inputs.forEach((input, at) => (input.value = values[at] ?? input.value));
    if (how) this.#how.value = how;
    this.clear();
    this.relabel();
    this.submit();
  }

  #correct() {
    this.clear();
    this.#inputs[0].select();
  }

  /** What may have been meant: as it would be typed, and in words. */
  #meant(mm, how) {
    const unit = this.#about.unit ?? this.#unitOf();
    const values = how ? this.given.values : mm.map((one) => typed(one / MM[unit]));
    return { values, how, words: this.#said(values, how || this.#how?.value) };
  }

  /** Values in words: a size with its system, or lengths with their unit. */
  #said(values, how) {
    if (SYSTEMS.includes(how)) return say("known.size", { system: say(`known.how.${how}`), size: values[0] });
    return `${list(values)} ${say(`unit.${this.#about.unit ?? this.#unitOf()}`)}`;
  }

  #label(part) {
    const { key, unit = this.#unitOf() } = this.#about;
    if (part === "hand") return say("known.hand");
    if (part === "how" || part === "finger") return say(`known.${key}.${part}`);
    return SYSTEMS.includes(this.#how?.value) ? say("known.size.label") : say(`known.${part}`, { unit: say(`unit.${unit}`) });
  }

  #input(part, value) {
    const text = ["hat", "ring"].includes(this.#about.key);
    return el("input", {
      id: `known-${this.#about.key}-${part}`,
      class: "look-name",
      "data-part": part,
      type: "text",
      inputmode: text ? "text" : "decimal",
      maxlength: 12,
      autocomplete: "off",
      value,
      oninput: () => this.clear(),
    });
  }

  #select(part, options, chosen) {
    const key = this.#about.key;
    const words = (value) => say(part === "how" ? `known.how.${value || "unknown"}` : `${part}.${value}`);
    const select = el(
      "select",
      { id: `known-${key}-${part}`, class: "look-name", onchange: () => (this.clear(), this.relabel()) },
      ...options.map((value) => el("option", { value, selected: value === chosen }, words(value))),
    );
    return select;
  }

  #button(kind, words, onclick) {
    return el("button", { type: "button", class: kind, onclick }, words);
  }
}

/**
 * Ask what she knows; `read(picture, kind)` resolves to what a picture of a ring or bangle beside a card tells; `given` is what she gave before, `agreement` what she agrees to by giving it, when she did not yet. `tell(given)` resolves to what the mirror answers, and
 * `done(given, report)` follows when it took all of it on.
 */
export function askKnown(root, given, { agreement, tell, read, done }) {
  let unit = recalledUnit();
  const close = () => dialog.close();
  const typedIn = given.filter(({ how }) => how !== "laid");
  const of = ({ name }) => typedIn.find((one) => (name === FINGER ? one.name.startsWith(FINGER) : one.name === name));
  const laid = (kind) => (kind === "coin" ? undefined : given.find((one) => one.how === "laid" && one.name.startsWith(FINGER) === (kind === "ring")));
  const inHers = (one) => (one && one.unit !== "mm" && one.unit !== unit ? { ...one, values: one.values.map((value) => typed((Number(value.replace(",", ".")) * MM[one.unit]) / MM[unit])) } : one);
  const fields = [
    ...FIELDS.map((about) => new Field(about, inHers(of(about)), () => unit, () => form.requestSubmit())),
    ...KINDS.map((kind) => new LaidField(kind, laid(kind), { read, agreed: !agreement })),
  ];
  const choose = (chosen) => {
    const before = unit;
    unit = chosen;
    for (const field of fields) field.convert(before, unit);
  };
  const use = el("button", { type: "submit", class: "primary" }, say(agreement ? "known.agree" : "known.use"));
  const said = el("p", { class: "look-said", role: "status" });
  const form = el(
    "form",
    { class: "look-form", novalidate: true },
    ...fields.map((field) => field.element),
    el("p", { class: "look-note" }, agreement || say("known.kept")),
    said,
    el("div", { class: "look-actions" }, use, el("button", { type: "button", class: "quiet", onclick: close }, say("action.cancel"))),
  );
  const dialog = el(
    "dialog",
    { class: "sheet known", "aria-labelledby": "known-title", onclose: () => dialog.remove() },
    el("div", { class: "fit-head" }, el("h2", { id: "known-title" }, say("known.title")), unitChoice(unit, choose)),
    el("p", {}, say("known.lead")),
    form,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    for (const field of fields) field.clear();
    said.textContent = "";
    use.disabled = true;
    const all = fields.map((field) => field.given).filter(Boolean);
    try {
      const answer = await tell(all);
      const asked = fields.find((field) => field.name === answer.name);
      if (asked) asked.ask(answer);
      else {
        close();
        done(all, answer);
      }
    } catch (error) {
      if (!(error instanceof Refusal || error instanceof ApiError)) throw error;
      said.textContent = say(errorKey(error.reason));
    } finally {
      use.disabled = false;
    }
  });
  root.append(dialog);
  for (const field of fields) field.relabel();
  dialog.showModal();
}
