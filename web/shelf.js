// <piece-shelf>: the pieces as a row of pictures; one is worn. A radio group: arrows move and choose.

import { el, icon } from "./element.js";
import { number, say } from "./words.js";

/** The size of a piece in a few words, for the shelf. */
export function sizeWords({ kind, size, weight_g }) {
  if (size.chain_length_mm) {
    return say("size.long", { length: number(size.chain_length_mm / 10), inches: number(size.chain_length_mm / 25.4) });
  }
  if (size.inner_diameter_mm) return say("size.inside", { across: size.inner_diameter_mm.toFixed(1) });
  if (kind === "earrings") return say("about.weight.value", { grams: weight_g.toFixed(1) });
  const [long, across] = [size.inner_length_mm, size.inner_breadth_mm].map((mm) => number(mm));
  if (["crown", "circlet", "bracelet"].includes(kind)) {
    return long === across ? say("size.round", { across }) : say("size.oval", { long, across });
  }
  return say("size.high", { height: number(size.height_mm) });
}

/** Event: `choose` (detail is the piece). */
export class PieceShelf extends HTMLElement {
  #pieces = [];
  #chosen = null;

  /** Make the element known. */
  static define() {
    customElements.define("piece-shelf", PieceShelf);
  }

  connectedCallback() {
    this.setAttribute("role", "radiogroup");
    this.setAttribute("aria-label", say("shelf.name"));
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  /** The piece that is chosen, or null. */
  get chosen() {
    return this.#chosen;
  }

  /** Lay the pieces out; the first, or the one named, is chosen. */
  set pieces(pieces) {
    this.#pieces = pieces;
    this.replaceChildren(...pieces.map((piece) => this.#tile(piece)));
  }

  get pieces() {
    return this.#pieces;
  }

  /** Choose a piece by its id; says `choose` unless told by `quiet`. */
  choose(id, { quiet = false, focus = false } = {}) {
    const piece = this.#pieces.find((each) => each.id === id);
    if (!piece) return;
    const changed = piece !== this.#chosen;
    this.#chosen = piece;
    for (const tile of this.children) {
      const checked = tile.dataset.piece === id;
      tile.setAttribute("aria-checked", checked);
      tile.tabIndex = checked ? 0 : -1;
      if (!checked) continue;
      this.#reveal(tile);
      if (focus) tile.focus({ preventScroll: true });
    }
    if (changed && !quiet) this.dispatchEvent(new CustomEvent("choose", { detail: piece }));
  }

  /** Choose the next (1) or the one before (-1); goes round. */
  step(by, options) {
    const count = this.#pieces.length;
    if (!count) return;
    const at = this.#pieces.indexOf(this.#chosen);
    this.choose(this.#pieces[(at + by + count) % count].id, options);
  }

  #tile(piece) {
    const name = say("shelf.of", { name: piece.name, kind: say(`kind.${piece.kind}`), size: sizeWords(piece) });
    const picture = el("img", {
      src: piece.poster,
      alt: "",
      draggable: "false",
      width: 160,
      height: 160,
      onerror: () => picture.replaceWith(icon("crown")),
    });
    return el(
      "button",
      {
        type: "button",
        role: "radio",
        class: "tile",
        "data-piece": piece.id,
        "aria-checked": "false",
        "aria-label": name,
        tabindex: "-1",
        onclick: () => this.choose(piece.id),
      },
      el("span", { class: "tile-picture" }, picture),
      el("span", { class: "tile-name" }, piece.name),
      el("span", { class: "tile-size" }, sizeWords(piece)),
    );
  }

  #key(event) {
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const ends = { Home: this.#pieces[0], End: this.#pieces.at(-1) };
    if (by) this.step(by, { focus: true });
    else if (ends[event.key]) this.choose(ends[event.key].id, { focus: true });
    else return;
    event.preventDefault();
  }

  /** Bring a tile into view by scrolling the shelf alone, never the page: a row to its middle, a grid no more than needed. */
  #reveal(tile) {
    const behavior = matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth";
    const [above, below] = [tile.offsetTop, tile.offsetTop + tile.offsetHeight - this.clientHeight];
    this.scrollTo({
      left: tile.offsetLeft - (this.clientWidth - tile.offsetWidth) / 2,
      top: Math.min(Math.max(this.scrollTop, below), above),
      behavior,
    });
  }
}
