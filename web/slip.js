// A form whose words are kept on this device from the first letter until they are sent: nothing typed is ever lost.

import { onceName, passing } from "./bespoke.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { forget, recall, remember } from "./unit.js";
import { say } from "./words.js";

const TICKED = ["checkbox", "radio"];
let labels = 0;

/** A field with its label and what there is to know of it. */
export function labelled(label, input, hint = "") {
  input.id ||= `slip-field-${++labels}`;
  const note = hint ? el("span", { class: "field-hint", id: `${input.id}-hint` }, hint) : null;
  if (note) input.setAttribute("aria-describedby", note.id);
  return el("p", { class: "field" }, el("label", { for: input.id }, label), input, note);
}

/** A choice among [value, words]. */
export const choice = (name, options, attributes = {}) =>
  el("select", { name, ...attributes }, ...options.map(([value, words]) => el("option", { value }, words)));

/** A box to tick, or with type radio one of several. */
export const tick = (attributes, ...words) =>
  el("label", { class: "tick" }, el("input", { type: "checkbox", ...attributes }), el("span", { class: "tick-words" }, ...words));

/** Some lines of words. */
export const lines = (name, attributes = {}) => el("textarea", { name, rows: 2, maxlength: 4000, ...attributes });

/** `work(values, {once, by})` sends it: `by` is the value of the button; when it returns false, nothing was sent. */
export class Slip {
  #place;
  #work;
  #once = "";
  #filled = {};
  #trouble = el("p", { class: "trouble", role: "alert" });
  #kept;
  element;

  constructor({ place, label, work }, ...children) {
    this.#place = `slip-${place}`;
    this.#work = work;
    const away = el("button", { type: "button", class: "quiet small", onclick: () => this.#discard() }, say("slip.discard"));
    this.#kept = el("p", { class: "slip-kept", hidden: true }, el("span", {}, say("slip.kept")), away);
    this.element = el("form", { class: "slip", novalidate: true, "aria-label": label }, ...children, this.#trouble, this.#kept);
    this.element.addEventListener("input", () => this.keep());
    this.element.addEventListener("submit", (event) => this.#submit(event));
    this.restore();
  }

  /** Whether something was typed that was not sent. */
  get typed() {
    return Boolean(recall(this.#place));
  }

  /** What stands when nothing is typed: values by name, of boxes and choices a list. */
  fill(values) {
    this.#filled = values;
    if (!this.typed) this.#apply(values);
  }

  /** Put what was typed back into it, after fields came in. */
  restore() {
    const typed = recall(this.#place);
    this.#kept.hidden = !typed;
    this.#apply(typed ? JSON.parse(typed) : this.#filled);
  }

  /** Keep what stands in it. */
  keep() {
    this.#once = ""; // other words are another thing to do
    this.say("");
    remember(this.#place, JSON.stringify(this.#values()));
    this.#kept.hidden = false;
  }

  /** Forget what was typed, as it was sent. */
  clear() {
    forget(this.#place);
    this.#once = "";
    this.#kept.hidden = true;
    this.element.reset();
    this.#apply(this.#filled);
    this.element.dispatchEvent(new Event("cleared"));
  }

  /** Say what went wrong. */
  say(words) {
    this.#trouble.textContent = words;
  }

  #discard() {
    this.clear();
    this.say("");
    this.element.querySelector("input, select, textarea")?.focus();
  }

  #values() {
    const values = {};
    for (const input of this.element.elements) {
      if (!input.name) continue;
      if (!TICKED.includes(input.type)) values[input.name] = input.value;
      else values[input.name] = [...(values[input.name] ?? []), ...(input.checked ? [input.value] : [])];
    }
    return values;
  }

  #apply(values) {
    for (const input of this.element.elements) {
      const value = values[input.name];
      if (!input.name || value === undefined) continue;
      if (TICKED.includes(input.type)) input.checked = value.includes(input.value);
      else input.value = value;
      if (input.selectedIndex < 0) input.selectedIndex = 0; // what was chosen is no longer there
    }
  }

  async #submit(event) {
    event.preventDefault();
    const form = this.element;
    if (form.ariaBusy === "true") return;
    const wrong = [...form.elements].find((input) => input.willValidate && !input.checkValidity());
    if (wrong) {
      this.say(say("atelier.incomplete"));
      wrong.focus();
      return;
    }
    this.say("");
    form.ariaBusy = "true";
    this.#once ||= onceName();
    try {
      if ((await this.#work(this.#values(), { once: this.#once, by: event.submitter?.value ?? "" })) !== false) this.clear();
    } catch (error) {
      // without an answer nobody knows; the same name makes it once however often it is sent
      if (!passing(error)) this.#once = "";
      this.say(troubleOf(error));
    } finally {
      form.ariaBusy = "false";
    }
  }
}
