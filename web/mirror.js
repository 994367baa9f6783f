// <tryon-mirror>: the glass. Shows the picture that comes back, keeps the last one when the connection drops,
// and says at its edge, never across the face, what would help.

import { el } from "./element.js";
import { say } from "./words.js";

const SWIPE_PX = 48;

/**
 * Events: `picture` (the first picture of a stream is on the screen), `step` (a swipe or arrow key; detail is
 * -1 or 1), `key` (detail is a letter, while the mirror has the focus).
 */
export class TryonMirror extends HTMLElement {
  #video;
  #last;
  #edge;
  #flash;

  /** Make the element known. */
  static define() {
    customElements.define("tryon-mirror", TryonMirror);
  }

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", say("mirror.name"));
    this.#video = el("video", { playsinline: true, muted: true, autoplay: true, "aria-label": say("mirror.name") });
    this.#video.muted = true; // the attribute alone does not mute an element made by script
    this.#last = el("canvas", { class: "last-picture", hidden: true, "aria-hidden": "true" });
    this.#flash = el("div", { class: "flash", "aria-hidden": "true" });
    this.#edge = el("p", { class: "edge-words", hidden: true });
    this.prepend(el("div", { class: "glass" }, this.#video, this.#last, this.#flash), this.#edge);
    this.#listen();
  }

  /** Whether it shows her as a looking glass does. Only the view is turned; a snapshot never is. */
  get mirrored() {
    return this.hasAttribute("mirrored");
  }

  set mirrored(value) {
    this.toggleAttribute("mirrored", value);
  }

  /** What the picture shows, for who cannot see it. */
  set label(text) {
    this.#video.setAttribute("aria-label", text);
  }

  /** Show a stream; the picture before it stays until the first of this one is there. */
  show(stream) {
    this.#video.srcObject = stream;
    this.#video.play().catch(() => {}); // muted and inline: a refusal only means that a newer stream came
    const first = () => {
      if (this.#video.srcObject !== stream) return;
      this.#last.hidden = true;
      this.dispatchEvent(new Event("picture"));
    };
    if (this.#video.requestVideoFrameCallback) this.#video.requestVideoFrameCallback(first);
    else this.#video.addEventListener("timeupdate", first, { once: true });
  }

  /** Keep what is shown now, while there is no connection. */
  hold() {
    const { videoWidth: width, videoHeight: height } = this.#video;
    if (!width) return;
    this.#last.width = width;
    this.#last.height = height;
    this.#last.getContext("2d").drawImage(this.#video, 0, 0);
    this.#last.hidden = false;
  }

  /** Forget every picture. */
  clear() {
    this.#video.srcObject = null;
    this.#last.hidden = true;
    this.#last.width = this.#last.height = 0;
    this.whisper("");
  }

  /** Words at the edge; empty takes them away. */
  whisper(text, { waiting = false } = {}) {
    this.#edge.hidden = !text;
    this.#edge.textContent = waiting && !/[.!?]$/.test(text) ? `${text}…` : text;
  }

  /** The short light of a snapshot. */
  flash() {
    this.#flash.classList.remove("now");
    void this.#flash.offsetWidth; // lets the animation begin anew
    this.#flash.classList.add("now");
  }

  #listen() {
    const glass = this.querySelector(".glass");
    let from = null;
    glass.addEventListener("pointerdown", (event) => (from = event));
    glass.addEventListener("pointercancel", () => (from = null));
    glass.addEventListener("pointerup", (event) => {
      if (!from) return;
      const [dx, dy] = [event.clientX - from.clientX, event.clientY - from.clientY];
      from = null;
      if (Math.abs(dx) > SWIPE_PX && Math.abs(dx) > 2 * Math.abs(dy)) this.#step(dx < 0 ? 1 : -1);
    });
    this.addEventListener("keydown", (event) => {
      // single keys only while the mirror itself has the focus (WCAG 2.1.4)
      if (event.target !== this || event.ctrlKey || event.metaKey || event.altKey) return;
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (step) this.#step(step);
      else if (/^[a-z]$/i.test(event.key)) {
        this.dispatchEvent(new CustomEvent("key", { detail: event.key.toLowerCase() }));
      } else return;
      event.preventDefault();
    });
  }

  #step(detail) {
    this.dispatchEvent(new CustomEvent("step", { detail }));
  }
}
