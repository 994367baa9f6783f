// One part of a request: a heading that says in a line how it stands, and below it all there is and all one can do.

import { el } from "./element.js";
import { say } from "./words.js";

/** Parts are named in words by `part.<name>`. `room` is the dossier they stand in. */
export class Part {
  #line = el("span", { class: "part-line" });
  #summary;
  #chosen = null;
  #shown = {};
  body = el("div", { class: "part-body" });
  room;
  name;
  key;
  element;

  constructor(room, name, key) {
    this.room = room;
    this.name = name;
    this.key = key;
    this.#summary = el(
      "summary",
      { onclick: () => (this.#chosen = !this.element.open) },
      el("span", { class: "part-key", "aria-hidden": "true" }, key),
      el("h3", {}, say(`part.${name}`)),
      this.#line,
    );
    this.element = el("details", { class: "part", "data-part": name }, this.#summary, this.body);
  }

  /** How it stands, in a line. */
  line() {
    return "";
  }

  /** Whether it is worked on at this stage. */
  due() {
    return false;
  }

  /** Draw it anew; parts that may not be seen are hidden. */
  draw() {}

  /** Show the request as it is told. */
  show(told) {
    this.#line.textContent = this.line(told);
    this.element.dataset.due = String(this.due(told));
    if (this.#chosen === null) this.element.open = this.due(told);
    this.draw(told);
  }

  /** Go to it. */
  go() {
    this.#chosen = this.element.open = true;
    this.element.scrollIntoView({ block: "start" });
    this.#summary.focus({ preventScroll: true });
  }

  /** Lay nodes into a place, unless the same were laid before: what has the focus is not taken out of the page. */
  lay(place, of, nodes) {
    const now = JSON.stringify(of ?? null);
    if (this.#shown[place.dataset.place] === now) return false;
    this.#shown[place.dataset.place] = now;
    place.replaceChildren(...nodes().filter(Boolean));
    return true;
  }

  /** A place whose nodes change. */
  place(name, attributes = {}) {
    return el("div", { class: "place", "data-place": name, ...attributes });
  }
}

/** Terms and what stands for them; without what is not there. */
export const facts = (rows) =>
  el("dl", { class: "facts" }, ...rows.filter(([, value]) => value).flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
