// The seat of a piece for the head: dragged on pictures that the server draws, by arrow keys, or in numbers; and how the
// piece fits small and large heads, beside.

import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { fixed, number, say } from "./words.js";

const REST_MS = 500;
const FIELDS = { seat_height_mm: 60, seat_forward_mm: 60, tilt_deg: 80 };
const LOWEST = { seat_height_mm: -60, seat_forward_mm: -60, tilt_deg: -45 };
const KEYS = {
  ArrowUp: ["seat_height_mm", 1],
  ArrowDown: ["seat_height_mm", -1],
  ArrowLeft: ["seat_forward_mm", 1], // her face looks to the left
  ArrowRight: ["seat_forward_mm", -1],
};

export class SeatPart {
  #set;
  #id = "";
  #draft = null;
  #shown = "";
  #drawing = false;
  #timer = 0;
  #addresses = [];
  #inputs = {};
  #says = el("p", { class: "seat-says", role: "status" });
  #side = this.#layers();
  #front = this.#layers();
  #stage;
  #heads = el("table", { class: "seat-heads" });
  #body;
  #none = el("p", {});
  element;

  /** `set(values)`: called with fields that were changed. */
  constructor(set) {
    this.#set = set;
    const input = (name) => {
      const field = (this.#inputs[name] = el("input", { id: `seat-${name}`, type: "number", step: name === "tilt_deg" ? 1 : 0.5, min: LOWEST[name], max: FIELDS[name], inputmode: "decimal" }));
      field.addEventListener("input", () => field.value !== "" && field.checkValidity() && this.#move({ [name]: Number(field.value) }));
      return el("p", { class: "field" }, el("label", { for: `seat-${name}` }, say(`field.${name}`)), field);
    };
    this.#stage = el("div", { class: "seat-stage", tabindex: "0", role: "group", "aria-label": say("seat.stage"), "aria-describedby": "seat-hint" }, this.#side.head, this.#side.piece);
    this.#stage.addEventListener("keydown", (event) => this.#key(event));
    this.#stage.addEventListener("pointerdown", (event) => this.#drag(event));
    this.#body = el(
      "div",
      { class: "seat-body", hidden: true },
      el("p", { class: "field-hint", id: "seat-hint" }, say("seat.hint")),
      el("div", { class: "seat-views" }, this.#stage, el("div", { class: "seat-stage seat-front" }, this.#front.head, this.#front.piece)),
      this.#says,
      el("div", { class: "piece-fields" }, ...Object.keys(FIELDS).map(input)),
      el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": say("seat.heads") }, this.#heads),
    );
    this.element = el("div", {}, this.#none, this.#body);
  }

  #layers() {
    return { head: el("img", { alt: "", draggable: "false" }), piece: el("img", { alt: "", class: "seat-piece", draggable: "false" }) };
  }

  /** The fields as they came. */
  fill(draft) {
    for (const name of Object.keys(FIELDS)) this.#inputs[name].value = draft[name] ?? 0;
  }

  /** The piece as it is told. */
  show(id, { draft, mesh }) {
    this.#id = id;
    this.#draft = draft;
    const ready = mesh && draft.worn_on === "head" && draft.inner_length_mm > 0 && draft.inner_breadth_mm > 0;
    this.#body.hidden = !ready;
    this.#none.textContent = ready ? "" : say(draft.worn_on === "head" ? "seat.first" : "seat.elsewhere");
    if (!ready) return;
    const now = JSON.stringify([mesh.sha256, ...["kind", "line", "attachment", "inner_length_mm", "inner_breadth_mm", "arc_mm", "height_mm", "adjustable_mm", "tolerance_mm", "sizes_made", ...Object.keys(FIELDS)].map((name) => draft[name])]);
    if (now === this.#shown) return;
    this.#shown = now;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#draw(), REST_MS);
  }

  #move(values) {
    for (const [name, value] of Object.entries(values)) if (document.activeElement !== this.#inputs[name]) this.#inputs[name].value = value;
    this.#draft = { ...this.#draft, ...values };
    this.#set(values);
  }

  #by(name, step) {
    const value = Math.min(FIELDS[name], Math.max(LOWEST[name], (this.#draft[name] ?? 0) + step));
    return { [name]: Math.round(2 * value) / 2 };
  }

  #key(event) {
    const [name, step] = (event.shiftKey && { ArrowUp: ["tilt_deg", 1], ArrowDown: ["tilt_deg", -1] }[event.key]) || KEYS[event.key] || [];
    if (!name || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    this.#move(this.#by(name, step));
  }

  /** The piece goes with the pointer; where it is let go, it is drawn anew. */
  #drag(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    this.#stage.focus();
    this.#stage.setPointerCapture(event.pointerId);
    const from = [event.clientX, event.clientY];
    const piece = this.#side.piece;
    const go = ({ clientX, clientY }) => (piece.style.transform = `translate(${clientX - from[0]}px, ${clientY - from[1]}px)`);
    const end = (up) => {
      this.#stage.removeEventListener("pointermove", go);
      this.#stage.removeEventListener("pointerup", end);
      this.#stage.removeEventListener("pointercancel", end);
      if (up.type === "pointercancel") {
        piece.style.transform = "";
        return;
      }
      const scale = Number(this.#stage.dataset.pxPerMm) * (this.#stage.clientWidth / Number(this.#stage.dataset.sidePx));
      const ahead = (from[0] - up.clientX) / scale;
      const above = (from[1] - up.clientY) / scale;
      // the seat's own up leans back by its tilt
      const lean = ((this.#draft.tilt_deg ?? 0) * Math.PI) / 180;
      this.#move({
        ...this.#by("seat_height_mm", above * Math.cos(lean) - ahead * Math.sin(lean)),
        ...this.#by("seat_forward_mm", above * Math.sin(lean) + ahead * Math.cos(lean)),
      });
    };
    this.#stage.addEventListener("pointermove", go);
    this.#stage.addEventListener("pointerup", end);
    this.#stage.addEventListener("pointercancel", end);
  }

  async #draw() {
    if (this.#drawing) {
      this.#timer = setTimeout(() => this.#draw(), REST_MS);
      return;
    }
    this.#drawing = true;
    const asked = this.#shown;
    this.#says.textContent = say("seat.drawing");
    try {
      const told = await desk.seatPiece(this.#id, this.#draft);
      if (asked === this.#shown) this.#lay(told);
    } catch (error) {
      this.#says.textContent = troubleOf(error);
    }
    this.#drawing = false;
  }

  #lay({ px_per_mm: pxPerMm, side_px: sidePx, side, front, heads }) {
    for (const address of this.#addresses) URL.revokeObjectURL(address);
    this.#addresses = [];
    const address = (base64) => {
      const blob = new Blob([Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0))], { type: "image/png" });
      this.#addresses.push(URL.createObjectURL(blob));
      return this.#addresses.at(-1);
    };
    for (const [layers, view] of [[this.#side, side], [this.#front, front]]) {
      layers.head.src = address(view.head);
      layers.piece.src = address(view.piece);
      layers.piece.style.transform = "";
    }
    this.#stage.dataset.pxPerMm = pxPerMm;
    this.#stage.dataset.sidePx = sidePx;
    this.#stage.dataset.ready = "true";
    const { seat_height_mm: height, seat_forward_mm: ahead, tilt_deg: tilt } = this.#draft;
    this.#says.textContent = say("seat.drawn", { height: fixed(height ?? 0, 1), forward: fixed(ahead ?? 0, 1), tilt: number(tilt ?? 0, 1) });
    const head = (key) => el("th", { scope: "col" }, say(key));
    const row = ({ percentile, circumference_mm: around, verdict, gap_mm: gap }) =>
      el("tr", {}, el("th", { scope: "row" }, say(`seat.head.${percentile}`)), el("td", {}, `${number(around)} mm`), el("td", {}, gap === null ? "" : `${fixed(gap, 1)} mm`), el("td", {}, say(`seat.verdict.${verdict}`)));
    this.#heads.replaceChildren(
      el("caption", {}, say("seat.heads")),
      el("thead", {}, el("tr", {}, head("seat.head"), head("seat.around"), head("seat.gap"), head("seat.fit"))),
      el("tbody", {}, ...heads.map(row)),
    );
  }
}
