// <piece-nudge>: moves the worn piece off its own seat, a millimetre or a degree at a press, and back.

import { el, icon } from "./element.js";
import { number, say } from "./words.js";

const LIMITS = { up_mm: 40, forward_mm: 40, tilt_deg: 30 };
const HOME = { up_mm: 0, forward_mm: 0, tilt_deg: 0 };

const MOVES = {
  up: ["up_mm", 1],
  down: ["up_mm", -1],
  tilt_back: ["tilt_deg", 1],
  tilt_forward: ["tilt_deg", -1],
  forward: ["forward_mm", 1],
  back: ["forward_mm", -1],
};
const KEYS = {
  ArrowUp: "up",
  ArrowDown: "down",
  ArrowLeft: "tilt_forward",
  ArrowRight: "tilt_back",
  PageUp: "forward",
  PageDown: "back",
};

/** Where a piece is, in words a wearer can read aloud: "3 mm up, 2° leaning back". Empty on its own seat. */
export function movedWords({ up_mm: up, forward_mm: forward, tilt_deg: tilt }) {
  const parts = [];
  if (up) parts.push(say(up > 0 ? "badge.moved.up" : "badge.moved.down", { mm: number(Math.abs(up), 1) }));
  if (forward) {
    parts.push(say(forward > 0 ? "badge.moved.forward" : "badge.moved.back", { mm: number(Math.abs(forward), 1) }));
  }
  if (tilt) {
    parts.push(say(tilt > 0 ? "badge.moved.tilt_back" : "badge.moved.tilt_forward", { deg: number(Math.abs(tilt), 1) }));
  }
  return parts.join(", ");
}

/** Events: `nudge` (detail is {up_mm, forward_mm, tilt_deg}), `done`. */
export class PieceNudge extends HTMLElement {
  #nudge = { ...HOME };
  #limit = false; // a press asked for more than there is
  #tilts = true;
  #where;
  #reset;

  /** Make the element known. */
  static define() {
    customElements.define("piece-nudge", PieceNudge);
  }

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", say("nudge.title"));
    this.#where = el("p", { class: "nudge-where", "aria-live": "polite" });
    this.#reset = el("button", { type: "button", class: "quiet", onclick: () => this.#set(HOME) }, say("nudge.reset"));
    const done = () => this.dispatchEvent(new Event("done"));
    this.append(
      el(
        "div",
        { class: "nudge-head" },
        el("h2", {}, say("nudge.title")),
        this.#reset,
        el("button", { type: "button", class: "primary small", onclick: done }, say("nudge.close")),
      ),
      this.#where,
      el("div", { class: "nudge-moves" }, ...Object.keys(MOVES).map((move) => this.#button(move))),
      el("p", { class: "nudge-how" }, say("nudge.how")),
    );
    this.addEventListener("keydown", (event) => {
      if (KEYS[event.key]) this.#move(KEYS[event.key]);
      else if (event.key === "Home") this.#set(HOME);
      else if (event.key === "Escape") done();
      else return;
      event.preventDefault();
    });
    this.nudge = HOME;
  }

  /** Where the server says the piece is. */
  set nudge({ up_mm, forward_mm, tilt_deg }) {
    const now = { up_mm, forward_mm, tilt_deg };
    // an echo of where it is already does not take the words away
    if (Object.keys(now).some((axis) => now[axis] !== this.#nudge[axis])) this.#limit = false;
    this.#nudge = now;
    const where = movedWords(this.#nudge);
    this.#where.textContent = this.#limit ? `${where}. ${say("nudge.limit")}` : where || say("nudge.home");
    // not disabled: that would drop the focus of who just pressed it
    this.#reset.setAttribute("aria-disabled", String(!where));
  }

  /** Whether it can be tilted at all. */
  set tilts(tilts) {
    this.#tilts = tilts;
    for (const move of ["tilt_back", "tilt_forward"]) this.querySelector(`[data-move=${move}]`).hidden = !tilts;
  }

  /** Give the focus to the first move. */
  focus() {
    this.querySelector(".nudge-moves button").focus();
  }

  #button(move) {
    return el(
      "button",
      { type: "button", class: "move", "data-move": move, onclick: () => this.#move(move) },
      icon(move),
      el("span", {}, say(`nudge.${move}`)),
    );
  }

  #move(move) {
    const [axis, by] = MOVES[move];
    if (axis === "tilt_deg" && !this.#tilts) return;
    const value = this.#nudge[axis] + by;
    this.#limit = Math.abs(value) > LIMITS[axis];
    if (this.#limit) this.nudge = this.#nudge;
    else this.#set({ ...this.#nudge, [axis]: value });
  }

  #set(nudge) {
    this.nudge = nudge;
    this.dispatchEvent(new CustomEvent("nudge", { detail: { ...nudge } }));
  }
}
