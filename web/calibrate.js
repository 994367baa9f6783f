// Calibrating her camera at the mirror: a board is held up and leant, stills of it go up as the camera takes them,
// and what comes back is kept on this device. The video would not do: on its way it is coded, and may be made smaller.

import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { number, say } from "./words.js";

/** The guide's steps in their order: as tryon.calibrating says them. */
export const STEPS = ["show", "left", "right", "top", "bottom", "sure"];
/** Why a still does not count. */
export const HINDERS = [
  "board_not_found",
  "board_hidden",
  "board_wrong",
  "board_two",
  "board_small",
  "board_blurred",
  "board_same",
  "board_lean_had",
];
/** Why there is no camera at the end. */
export const REFUSED = [
  "views_too_few",
  "tilt_too_alike",
  "residual_too_large",
  "focal_uncertain",
  "camera_unsolvable",
];
const EVERY_MS = 400;
const LEAST_MS = 250;
const QUALITY = 0.95; // of a JPEG: luma is hardly touched
const TRIES_MAX = 10;
const NOTICE_MS = 6000;
const PERCENT = 200; // U = 2u

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/** Half the horizontal angle of view, doubled, in degrees. */
const degrees = ({ width, fx }) => (360 / Math.PI) * Math.atan(width / (2 * fx));

/** What is known of a camera, in a sentence. */
export const knownWords = (profile) =>
  profile
    ? say("calibrate.known", {
        percent: number(PERCENT * profile.focal_std, 1),
        degrees: number(degrees(profile)),
        width: String(profile.width),
        height: String(profile.height),
      })
    : say("calibrate.unknown");

/**
 * What calibrating is, how to get a board, and what is known already.
 * Calls `on.begin()`, `on.load(text)` with a file's text, `on.forget()`.
 */
export function askCalibrate(root, profile, on) {
  let then = null;
  const leave = (next) => {
    then = next;
    dialog.close();
  };
  const file = el("input", {
    type: "file",
    class: "unseen",
    id: "calibrate-file",
    tabindex: "-1",
    accept: ".toml",
    onchange: async () => {
      const text = await file.files[0]?.text();
      if (text !== undefined) leave(() => on.load(text));
    },
  });
  const button = (key, kind, next) => el("button", { type: "button", class: kind, onclick: next }, say(key));
  const link = (key, href) => el("a", { class: "row", href, target: "_blank", rel: "noopener" }, say(key));
  const dialog = el(
    "dialog",
    {
      class: "sheet calibrate",
      "aria-labelledby": "calibrate-title",
      onclose: () => {
        dialog.remove();
        then?.(); // not sooner: an open dialog would not let the focus go
      },
    },
    el("h2", { id: "calibrate-title" }, say("calibrate.title")),
    el("p", {}, say("calibrate.lead")),
    el("p", { class: "calibrate-known" }, knownWords(profile)),
    el("div", { class: "calibrate-boards" }, link("calibrate.print", "/v1/board.pdf"), link("calibrate.screen", "/v1/board.svg")),
    el("p", { class: "look-note" }, say("calibrate.size")),
    el("p", { class: "look-note" }, say("calibrate.kept")),
    file,
    el(
      "div",
      { class: "look-actions" },
      button("calibrate.start", "primary", () => leave(on.begin)),
      button("calibrate.file", "quiet", () => file.click()),
      profile ? button("calibrate.forget", "quiet", () => leave(on.forget)) : null,
      button("action.cancel", "quiet", () => leave(null)),
    ),
  );
  root.append(dialog);
  dialog.showModal();
}

/** What came of it, in words. */
export function tellCalibrated(root, profile) {
  const close = () => dialog.close();
  const dialog = el(
    "dialog",
    { class: "sheet calibrated", "aria-labelledby": "calibrated-title", onclose: () => dialog.remove() },
    el("h2", { id: "calibrated-title" }, say("calibrate.done.title")),
    el("p", {}, knownWords(profile)),
    el("p", {}, say("calibrate.done.text")),
    el("p", { class: "look-note" }, say("calibrate.kept")),
    el("button", { type: "button", class: "primary", onclick: close }, say("snapshot.close")),
  );
  root.append(dialog);
  dialog.showModal();
}

/** One calibrating after another. Events: `change` (it began or ended), `calibrated` (detail is the profile). */
export class Calibrating extends EventTarget {
  #mirror;
  #guide = null; // while it is under way
  #fitting;
  #voice;
  #run = null; // stands for what is under way
  #bare = false;

  /** @param {Element} mirror where it shows what to do */
  constructor(mirror, fitting, voice) {
    super();
    this.#mirror = mirror;
    this.#fitting = fitting;
    this.#voice = voice;
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.active && !document.querySelector("dialog[open]")) this.cancel();
    });
  }

  /** Whether a camera is being calibrated. */
  get active() {
    return this.#run !== null;
  }

  /** Begin: `stream` is her camera's, `link` the mirror's. */
  async begin(link, stream) {
    const run = (this.#run = Symbol("calibrating"));
    this.#bare = this.#fitting.bare;
    this.#fitting.bare = true;
    this.dispatchEvent(new Event("change"));
    this.#guide = el("measure-guide", {
      words: "calibrate",
      oncancel: () => this.cancel(),
      onsay: (event) => this.#voice.announce(event.detail),
    });
    this.#mirror.append(this.#guide);
    this.#guide.begin(STEPS, say("calibrate.begin"));
    const camera = el("video", { muted: true, playsinline: true });
    camera.muted = true;
    camera.srcObject = stream;
    try {
      await camera.play();
      await this.#look(link, camera, () => this.#run === run);
    } catch (error) {
      if (this.#run !== run) return;
      this.#end();
      this.#voice.notice(say(errorKey(error.reason)), { forMs: NOTICE_MS });
    } finally {
      camera.srcObject = null;
    }
  }

  /** Forget what was seen. */
  cancel() {
    if (!this.active) return;
    this.#end();
    this.#voice.announce(say("calibrate.cancelled"));
  }

  async #look(link, camera, still) {
    let anew = true;
    let failures = 0;
    while (still()) {
      const beganMs = performance.now();
      const picture = await grabbed(camera);
      let said = null;
      try {
        said = await link.still(picture, { anew });
        anew = false;
        failures = 0;
      } catch (error) {
        failures += 1;
        const passes = error.reason === "offline" || error.reason === "still_busy";
        if (!passes || failures > TRIES_MAX) throw error;
      }
      if (!still()) return;
      if (said?.camera) {
        this.#end();
        const made = new Date().toISOString().slice(0, 10);
        this.dispatchEvent(new CustomEvent("calibrated", { detail: { ...said.camera, views: said.views, made_on: made } }));
        return;
      }
      if (said) this.#show(said);
      // a picture that was long on its way must not have the next one at its heels: the server counts when they come
      await pause(Math.max(LEAST_MS, EVERY_MS - (performance.now() - beganMs)));
    }
  }

  #show({ steps, hinders, refused }) {
    if (refused) {
      this.#guide.anew(say(REFUSED.includes(refused) ? `calibrate.refused.${refused}` : "calibrate.refused.other"));
      return;
    }
    this.#guide.show({ steps, hinders }, () => (HINDERS.includes(hinders) ? say(`calibrate.hinders.${hinders}`) : say("calibrate.taken")));
  }

  #end() {
    this.#run = null;
    this.#guide.remove();
    this.#guide = null;
    this.#fitting.bare = this.#bare;
    this.dispatchEvent(new Event("change"));
  }
}

/** The camera's picture of now, at its own size: what the mirror's video was made from. */
function grabbed(camera) {
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [camera.videoWidth, camera.videoHeight];
  canvas.getContext("2d").drawImage(camera, 0, 0);
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}
