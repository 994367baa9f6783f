// <piece-shelf>: the pieces as a row of pictures, marked where they are worn. A toolbar: arrows move, a press chooses.

import { el, icon } from "./element.js";
import { mark, sized } from "./fit.js";
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

const nameOf = (piece) => say("shelf.of", { name: piece.name, kind: say(`kind.${piece.kind}`), size: sizeWords(piece) });

/** Event: `choose` (detail is the piece). */
export class PieceShelf extends HTMLElement {
  #pieces = [];
  #active = null;
  #order = []; // as it was laid out

  /** Make the element known. */
  static define() {
    customElements.define("piece-shelf", PieceShelf);
  }

  connectedCallback() {
    this.setAttribute("role", "toolbar");
    this.setAttribute("aria-label", say("shelf.name"));
    this.addEventListener("keydown", (event) => this.#key(event));
  }

  /** Lay the pieces out. */
  set pieces(pieces) {
    this.#pieces = this.#order = pieces;
    this.replaceChildren(...pieces.map((piece) => this.#tile(piece)));
    this.#stop(this.firstElementChild);
  }

  get pieces() {
    return this.#pieces;
  }

  /** Mark what is worn, by id, and the piece in hand. */
  mark(worn, active) {
    for (const tile of this.querySelectorAll(".tile")) {
      const { piece } = tile.dataset;
      tile.ariaPressed = String(worn.includes(piece));
      tile.toggleAttribute("data-active", piece === active);
      if (piece !== active || active === this.#active) continue;
      this.#stop(tile);
      this.#reveal(tile);
    }
    this.#active = active;
  }

  /** How each piece fits her, by id (as `measured` says it). */
  set fits(fits) {
    for (const tile of this.querySelectorAll(".tile")) {
      const piece = this.#pieces.find(({ id }) => id === tile.dataset.piece);
      const fit = fits[piece.id];
      tile.querySelector(".tile-fit")?.remove();
      tile.setAttribute("aria-label", nameOf(piece));
      if (!sized(fit)) continue;
      const word = say(`fit.short.${fit.verdict}`);
      tile.append(el("span", { class: "tile-fit", "data-verdict": fit.verdict }, mark(fit.verdict), word));
      tile.setAttribute("aria-label", say("shelf.fit", { piece: nameOf(piece), fit: word }));
    }
  }

  /** Lay the pieces out anew by these ids, or as they were when there are none. */
  sort(ids) {
    const rank = ({ id }) => (ids.includes(id) ? ids.indexOf(id) : ids.length);
    this.#pieces = [...this.#order].sort((a, b) => rank(a) - rank(b));
    this.append(...this.#pieces.map(({ id }) => this.querySelector(`[data-piece="${id}"]`)));
    this.scrollTo(0, 0);
  }

  #tile(piece) {
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
        class: "tile",
        "data-piece": piece.id,
        "aria-pressed": "false",
        "aria-label": nameOf(piece),
        tabindex: "-1",
        onclick: () => this.dispatchEvent(new CustomEvent("choose", { detail: piece })),
        onfocus: (event) => this.#stop(event.currentTarget),
      },
      el("span", { class: "tile-picture" }, picture, el("span", { class: "tile-worn" }, icon("worn"))),
      el("span", { class: "tile-name" }, piece.name),
      el("span", { class: "tile-size" }, sizeWords(piece)),
    );
  }

  #key(event) {
    const tiles = [...this.querySelectorAll(".tile")];
    const by = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
    const ends = { Home: tiles[0], End: tiles.at(-1) };
    const at = tiles.indexOf(document.activeElement);
    const tile = by ? tiles[(at + by + tiles.length) % tiles.length] : ends[event.key];
    if (!tile) return;
    tile.focus({ preventScroll: true });
    this.#reveal(tile);
    event.preventDefault();
  }

  /** Where the Tab key stops: one tile of all. */
  #stop(tile) {
    for (const each of this.querySelectorAll(".tile")) each.tabIndex = each === tile ? 0 : -1;
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
