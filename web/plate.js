// A picture with what was said of it, pinned where it was meant: a touch sets a mark, and so do the arrow keys.

import { el } from "./element.js";
import { number, say } from "./words.js";

const STEP = 0.02; // of the picture, for each press of an arrow
const MIDDLE = 0.5;
const ARROWS = { ArrowLeft: [-STEP, 0], ArrowRight: [STEP, 0], ArrowUp: [0, -STEP], ArrowDown: [0, STEP] };

/** `comments`: [[number, {words, x, y}]] of this picture; `placed(pin, {ready})`: the mark was set, `ready` for words. */
export class Plate {
  #pin;
  #placed;
  #mark;
  element;

  constructor(image, { id, comments, pin = null, open = true, opened, placed }) {
    this.#pin = pin;
    this.#placed = placed;
    const pins = comments.map(([at, one]) =>
      moved(
        el(
          "button",
          { type: "button", class: "pin", "aria-label": say("design.pin", { number: number(at), words: one.words }), onclick: () => opened(at) },
          el("span", { "aria-hidden": "true" }, number(at)),
        ),
        one,
      ),
    );
    this.#mark = el("span", { class: "pin pin-new", "aria-hidden": "true" }, el("span", {}, "+"));
    this.#show();
    const surface = open
      ? el("button", {
          type: "button",
          class: "plate-touch",
          id,
          "aria-label": say("design.plate"),
          onclick: (event) => this.#touched(event),
          onkeydown: (event) => this.#key(event),
        })
      : null;
    this.element = el(
      "figure",
      { class: "plate" },
      el("div", { class: "plate-picture" }, image, surface, this.#mark, ...pins),
      open ? el("figcaption", { class: "fit-note" }, say("design.plate.how")) : null,
    );
  }

  /** Where the mark is: {x, y} as shares of the picture, or null. */
  set pin(pin) {
    this.#pin = pin;
    this.#show();
  }

  #show() {
    this.#mark.hidden = !this.#pin;
    if (this.#pin) moved(this.#mark, this.#pin);
  }

  #place(pin, { ready }) {
    this.pin = pin;
    this.#placed(pin, { ready });
  }

  #touched(event) {
    // Enter and Space on the picture are clicks without a place: they go on to the words
    if (event.detail === 0) {
      this.#place(this.#pin ?? { x: MIDDLE, y: MIDDLE }, { ready: true });
      return;
    }
    const box = event.currentTarget.getBoundingClientRect();
    const share = (value) => Math.min(Math.max(value, 0), 1);
    this.#place({ x: share((event.clientX - box.left) / box.width), y: share((event.clientY - box.top) / box.height) }, { ready: true });
  }

  #key(event) {
    const by = ARROWS[event.key];
    if (!by) return;
    event.preventDefault();
    const { x, y } = this.#pin ?? { x: MIDDLE, y: MIDDLE };
    const kept = (value) => Math.min(Math.max(Math.round(value * 1000) / 1000, 0), 1);
    this.#place({ x: kept(x + by[0]), y: kept(y + by[1]) }, { ready: false });
  }
}

/** Put a mark at its share of the picture. */
function moved(mark, { x, y }) {
  mark.style.insetInlineStart = `${100 * x}%`;
  mark.style.insetBlockStart = `${100 * y}%`;
  return mark;
}
