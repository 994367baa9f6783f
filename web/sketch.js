// <still-sketch>: a still of her picture, as it is (never mirrored), and what is drawn on it, in the picture's own
// pixels. Who draws sees the stroke at once; it is dashed until it is kept.

import { el, svg } from "./element.js";
import { say } from "./words.js";

const STEP_PX = 3;
const POINTS_MAX = 400; // as in tryon/messages.py
const COLOURS = 4;

/** Events: `stroke` (detail is its points). */
export class StillSketch extends HTMLElement {
  #picture;
  #sheet;
  #drawing = null;
  #still = 0;

  /** Make the element known. */
  static define() {
    customElements.define("still-sketch", StillSketch);
  }

  connectedCallback() {
    this.hidden = true;
    this.#picture = el("img", { alt: say("session.still") });
    this.#sheet = svg("svg", { "aria-hidden": "true" });
    this.append(this.#picture, this.#sheet);
    this.addEventListener("pointerdown", (event) => this.#begin(event));
    this.addEventListener("pointermove", (event) => this.#go(event));
    this.addEventListener("pointerup", () => this.#finish());
    this.addEventListener("pointercancel", () => this.#finish());
  }

  /** Show a meeting's still with its strokes, or nothing. */
  async show(meeting) {
    const { still } = meeting;
    this.#still = still?.n ?? 0;
    this.hidden = !still;
    if (!still) return;
    const [width, height] = still.data.size_px;
    this.#sheet.setAttribute("viewBox", `0 0 ${width} ${height}`);
    const seats = [...new Set(meeting.of("mark").map(({ by }) => by))];
    this.#sheet.replaceChildren(
      ...meeting.strokes(still.n).map(({ by, points }) => line(points, seats.indexOf(by) % COLOURS)),
    );
    const address = await meeting.picture(still.data.picture).catch(() => "");
    if (this.#still === still.n && address && this.#picture.src !== address) this.#picture.src = address;
  }

  #begin(event) {
    if (event.button !== 0 || this.#drawing) return;
    this.setPointerCapture(event.pointerId);
    const drawn = line([], "own");
    this.#sheet.append(drawn);
    this.#drawing = { points: [], drawn };
    this.#go(event);
  }

  #go(event) {
    if (!this.#drawing) return;
    const { points, drawn } = this.#drawing;
    const { x, y } = new DOMPoint(event.clientX, event.clientY).matrixTransform(this.#sheet.getScreenCTM().inverse());
    const { width, height } = this.#sheet.viewBox.baseVal;
    const point = [Math.min(Math.max(x, 0), width), Math.min(Math.max(y, 0), height)].map((at) => Math.round(at * 10) / 10);
    const last = points.at(-1);
    if (last && Math.hypot(point[0] - last[0], point[1] - last[1]) < STEP_PX) return;
    points.push(point);
    drawn.setAttribute("points", path(points));
    if (points.length === POINTS_MAX) this.#finish();
  }

  #finish() {
    const { points } = this.#drawing ?? {};
    this.#drawing = null;
    if (points?.length) this.dispatchEvent(new CustomEvent("stroke", { detail: points }));
  }
}

/** A dot is a line to itself. */
const path = (points) => [...points, ...(points.length === 1 ? points : [])].map((point) => point.join(",")).join(" ");

const line = (points, colour) => svg("polyline", { points: path(points), class: `stroke stroke-${colour}` });
