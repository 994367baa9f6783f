// Photo mode: a picture that she chose, or a head of our own, in the mirror's place, with what she wears drawn on it.
// Her picture stays on this page; the server forgets it with each answer, and is sent it again for other pieces.

import { el, icon } from "./element.js";
import { errorKey } from "./panel.js";
import { list, say } from "./words.js";

const SIDE_PX = 1600; // as the server draws it (tryon/jobs.py)
const QUALITY = 0.9;
const SOON_MS = 300;

/** Her file as the server is sent it: small enough, upright, and nothing but pixels. Rejects when it is no picture. */
export async function readPhoto(file) {
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const share = Math.min(1, SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = el("canvas", { width: Math.round(bitmap.width * share), height: Math.round(bitmap.height * share) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve, reject) =>
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Error("no picture"))), "image/jpeg", QUALITY),
  );
}

/** Events: `other`, `camera` (what she would rather have), `keep` ({blob, pieces}), `refused` ({reason}: not with this photo). */
export class Photo extends EventTarget {
  #mirror;
  #section = null;
  #picture;
  #said;
  #bareButton;
  #keepButton;
  #draw; // (ids, signal): asks the server
  #pieces = null; // what is drawn, or being drawn
  #drawing = null; // AbortController of what is under way
  #shown = null; // {blob, pieces}: as the server drew it
  #plain = ""; // address of the photo as it is
  #drawn = ""; // address of what is shown

  constructor(mirror) {
    super();
    this.#mirror = mirror;
  }

  /** Begin with a photo: its address, and how it is drawn on. */
  open(plain, draw) {
    this.close();
    this.#plain = plain;
    this.#draw = draw;
    const tool = (name, key, then) =>
      el(
        "button",
        { type: "button", class: "tool", "data-tool": name, "aria-label": say(`${key}.more`), onclick: then },
        icon(name),
        el("span", { class: "tool-words" }, say(key)),
      );
    this.#picture = el("img", { class: "photo-picture", src: plain, alt: say("photo.picture.bare") });
    this.#said = el("p", { class: "photo-said", role: "status" });
    this.#bareButton = tool("bare", "control.bare", () => this.#bare(this.#bareButton.ariaPressed !== "true"));
    this.#bareButton.ariaPressed = "false";
    this.#keepButton = tool("save", "photo.keep", () => this.dispatchEvent(new CustomEvent("keep", { detail: this.#shown })));
    this.#section = el(
      "section",
      { class: "photo", "aria-labelledby": "photo-title", "aria-busy": "true" },
      el("h2", { id: "photo-title", class: "unseen", tabindex: "-1" }, say("state.photo.title")),
      this.#picture,
      el("p", { class: "badge", "data-kind": "styled" }, say("badge.styled")),
      this.#said,
      el(
        "div",
        { class: "controls", role: "group", "aria-label": say("photo.controls") },
        this.#bareButton,
        this.#keepButton,
        tool("snapshots", "photo.other", () => this.dispatchEvent(new Event("other"))),
        tool("camera", "photo.camera", () => this.dispatchEvent(new Event("camera"))),
      ),
    );
    this.#mirror.append(this.#section);
    this.#offer();
    this.#section.querySelector("h2").focus({ preventScroll: true });
  }

  /** Wear these pieces of the shelf on it. */
  async wear(pieces) {
    const ids = pieces.map(({ id }) => id);
    if (!this.#section || JSON.stringify(ids) === JSON.stringify(this.#pieces)) return;
    this.#pieces = ids;
    this.#drawing?.abort();
    const drawing = (this.#drawing = new AbortController());
    this.#shown = null;
    this.#offer();
    const names = (found) => list(found.map(({ name }) => name));
    this.#section.ariaBusy = "true";
    const timer = setTimeout(() => this.#say(say("photo.drawing", { pieces: names(pieces) })), SOON_MS);
    try {
      // the photo without pieces goes to the server as well: so it is known whether anything can be worn on it
      const { blob, drawn } = await this.#draw(ids, drawing.signal);
      if (drawing.signal.aborted) return;
      const seen = pieces.filter(({ id }) => drawn.includes(id));
      const unseen = pieces.filter(({ id }) => !drawn.includes(id));
      this.#shown = { blob, pieces: seen };
      if (this.#drawn) URL.revokeObjectURL(this.#drawn);
      this.#drawn = URL.createObjectURL(blob);
      this.#bare(false);
      clearTimeout(timer);
      this.#say(unseen.length ? say("photo.undrawn", { pieces: names(unseen) }) : seen.length ? say("photo.drawn", { pieces: names(seen) }) : "");
    } catch (error) {
      if (drawing.signal.aborted) return;
      this.#pieces = null; // asked again, it may come
      clearTimeout(timer);
      if (error.reason === "photos_busy" || error.reason === "offline") this.#say(say(errorKey(error.reason)));
      else this.dispatchEvent(new CustomEvent("refused", { detail: { reason: error.reason ?? "other" } }));
    } finally {
      clearTimeout(timer);
      if (this.#drawing === drawing && this.#section) {
        this.#section.ariaBusy = "false";
        this.#offer();
      }
    }
  }

  /** Forget it. */
  close() {
    this.#drawing?.abort();
    for (const address of [this.#plain, this.#drawn]) if (address.startsWith("blob:")) URL.revokeObjectURL(address);
    this.#section?.remove();
    this.#section = this.#pieces = this.#drawing = this.#shown = null;
    this.#plain = this.#drawn = "";
  }

  #bare(bare) {
    this.#bareButton.ariaPressed = String(bare);
    this.#bareButton.querySelector(".tool-words").textContent = say(bare ? "control.dressed" : "control.bare");
    this.#picture.src = bare ? this.#plain : this.#drawn;
    const pieces = bare ? [] : (this.#shown?.pieces ?? []);
    this.#picture.alt = pieces.length ? say("photo.picture", { pieces: list(pieces.map(({ name }) => name)) }) : say("photo.picture.bare");
  }

  /** What can be pressed now. */
  #offer() {
    this.#bareButton.disabled = this.#keepButton.disabled = !this.#shown?.pieces.length;
  }

  #say(words) {
    this.#said.textContent = words;
  }
}
