// <piece-turntable>: a piece that is turned by finger, mouse or arrow keys. It is drawn elsewhere, from every side in
// steps: this page holds pictures, never the piece.

import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { number, say } from "./words.js";

const DEG_PER_PX = 0.6;
const SOON_MS = 300; // a wait longer than this has words
const KEPT = 96; // pictures of sides that were seen
const NEAR = 2; // sides ahead that are asked for before they are wanted

/** How a piece of the shelf is seen first: as its poster shows it, a ring laid on its back. */
export const poseOf = ({ kind }) => ({ yaw: 25, pitch: kind === "ring" ? -50 : 15 });

/** Shown by `show`; nothing is held any more once it left the page. */
export class PieceTurntable extends HTMLElement {
  #seen;
  #says;
  #again;
  #source;
  #start;
  #step;
  #pitchMax;
  #at = { yaw: 0, pitch: 0 }; // where it was turned to, in full degrees
  #kept = new Map(); // side -> address of its picture
  #asking = null; // AbortController of the side that is being drawn
  #towards = 1; // which way it was turned last
  #timer = 0;

  /** Make the element known. */
  static define() {
    customElements.define("piece-turntable", PieceTurntable);
  }

  constructor() {
    super();
    this.#seen = el("img", { draggable: "false" });
    this.#says = el("p", { class: "turn-says", role: "status" });
    this.#again = el("button", { type: "button", class: "second small", hidden: true, onclick: () => this.#show() }, say("turn.again"));
  }

  connectedCallback() {
    if (this.firstChild) return;
    const stage = el("div", { class: "turn-stage", tabindex: "0", role: "slider", "aria-orientation": "horizontal", "aria-valuemin": 0, "aria-valuemax": 359 }, this.#seen);
    stage.addEventListener("keydown", (event) => this.#key(event));
    stage.addEventListener("pointerdown", (event) => this.#drag(event));
    this.append(stage, el("p", { class: "turn-hint" }, say("turn.hint")), this.#says, this.#again);
  }

  disconnectedCallback() {
    this.#asking?.abort();
    clearTimeout(this.#timer);
    this.#forget(0);
  }

  /**
   * Show a piece. `source(yaw, pitch, signal)` gives the address of its picture from a side, in degrees.
   * @param {{name: string, start: {yaw: number, pitch: number}, step: number, pitchMax: number}} of how it stands first,
   *   between which steps there is no picture, and how far it can be tilted (0: not at all)
   */
  show(source, { name, start, step, pitchMax = 0 }) {
    this.#asking?.abort();
    this.#asking = null;
    this.#forget(0);
    [this.#source, this.#start, this.#step, this.#pitchMax] = [source, start, step, pitchMax];
    this.#seen.alt = say("turn.alt", { name });
    this.#stage.setAttribute("aria-label", say("turn.name", { name }));
    this.#turn(start.yaw, start.pitch);
  }

  get #stage() {
    return this.querySelector(".turn-stage");
  }

  #turn(yaw, pitch) {
    const before = this.#at.yaw;
    if (yaw !== before) this.#towards = Math.sign(yaw - before);
    this.#at = { yaw, pitch: Math.min(this.#pitchMax, Math.max(-this.#pitchMax, pitch)) };
    this.#show();
  }

  /** The side of a step, from where it is turned to and some steps on. */
  #side(on = 0) {
    const near = (degrees) => Math.round(degrees / this.#step) * this.#step;
    const yaw = near(this.#at.yaw) + on * this.#towards * this.#step;
    return { yaw: ((yaw % 360) + 360) % 360, pitch: this.#pitchMax ? near(this.#at.pitch) : this.#start.pitch };
  }

  #show() {
    const side = this.#side();
    const { yaw, pitch } = side;
    this.#stage.ariaValueNow = yaw;
    this.#stage.ariaValueText = say(pitch < 0 ? "turn.at.below" : "turn.at.above", { yaw: number(yaw), pitch: number(Math.abs(pitch)) });
    const picture = this.#kept.get(keyOf(side));
    if (picture) this.#seen.src = picture;
    this.#ask();
  }

  /** Have the side that is wanted drawn, then those that come next; one at a time, always what is wanted now. */
  async #ask() {
    const wanted = [0, ...Array.from({ length: NEAR }, (_, ahead) => ahead + 1), -1].map((on) => this.#side(on)).find((side) => !this.#kept.has(keyOf(side)));
    const waits = !this.#kept.has(keyOf(this.#side()));
    if (waits && !this.#timer) this.#timer = setTimeout(() => this.#say("turn.drawing"), SOON_MS);
    if (!waits) this.#arrived();
    if (!wanted || this.#asking) return;
    const asking = (this.#asking = new AbortController());
    try {
      const address = await this.#source(wanted.yaw, wanted.pitch, asking.signal);
      if (asking.signal.aborted) {
        revoke(address);
        return;
      }
      this.#kept.set(keyOf(wanted), address);
      this.#forget(KEPT);
      this.#asking = null;
      this.#show();
    } catch (error) {
      if (asking.signal.aborted) return;
      this.#asking = null;
      // sides that nobody looks at yet may fail
      if (this.#kept.has(keyOf(this.#side()))) return;
      this.#arrived();
      this.#say(errorKey(error.reason ?? "other"));
      this.#again.hidden = false;
    }
  }

  #say(key) {
    this.#says.textContent = key ? say(key) : "";
    this.ariaBusy = String(key === "turn.drawing");
  }

  #arrived() {
    clearTimeout(this.#timer);
    this.#timer = 0;
    this.#say("");
    this.#again.hidden = true;
  }

  /** Let go of the pictures that were seen longest ago. */
  #forget(most) {
    const shown = this.#seen.src;
    for (const [key, address] of this.#kept) {
      if (this.#kept.size <= most) return;
      if (most && address === shown) continue;
      this.#kept.delete(key);
      revoke(address);
    }
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { yaw, pitch } = this.#at;
    const step = this.#step;
    const to = {
      ArrowRight: [yaw + step, pitch],
      ArrowLeft: [yaw - step, pitch],
      ArrowUp: [yaw, pitch + step],
      ArrowDown: [yaw, pitch - step],
      PageUp: [yaw + 90, pitch],
      PageDown: [yaw - 90, pitch],
      Home: [this.#start.yaw, this.#start.pitch],
    }[event.key];
    if (!to) return;
    event.preventDefault();
    this.#turn(...to);
  }

  /** It goes with the pointer. */
  #drag(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    const stage = this.#stage;
    stage.focus();
    stage.setPointerCapture(event.pointerId);
    const from = { x: event.clientX, y: event.clientY, ...this.#at };
    const go = ({ clientX, clientY }) => this.#turn(from.yaw + DEG_PER_PX * (clientX - from.x), from.pitch + DEG_PER_PX * (clientY - from.y));
    const over = () => {
      stage.removeEventListener("pointermove", go);
      for (const type of ["pointerup", "pointercancel"]) stage.removeEventListener(type, over);
    };
    stage.addEventListener("pointermove", go);
    for (const type of ["pointerup", "pointercancel"]) stage.addEventListener(type, over);
  }
}

const keyOf = ({ yaw, pitch }) => `${yaw} ${pitch}`;
const revoke = (address) => address.startsWith("blob:") && URL.revokeObjectURL(address);
