// Measuring her at the mirror: what is asked first, then one instruction at a time at its edge, and what came of it.
// Nothing is drawn on her picture; the pieces are off meanwhile, so that a card can lie where a crown would.

import { Refusal } from "./control.js";
import { el, icon, svg } from "./element.js";
import { errorKey } from "./panel.js";
import { HINTS } from "./states.js";
import { recall, remember } from "./unit.js";
import { known, say } from "./words.js";

const HAIR = ["tied", "loose", "cap"];
/** The guide's steps in their order. */
export const STEPS = ["look", "card", "left", "right", "chin", "neck", "hand"];
/** What of her can be measured, and the steps it takes. */
export const PARTS = {
  head: ["look", "card", "left", "right"],
  neck: ["look", "card", "left", "right", "neck"],
  hand: ["hand"],
  chin: ["look", "chin"],
};
const WITH_CARD = ["card", "hand"];
const WITH_HAIR_LOOSE = ["look", "card", "chin", "hand"];
const PART_OF = { head: "head", neck: "neck", ears: "head", left_hand: "hand", right_hand: "hand" };
/** What may stand in the way besides what the mirror itself says (states.js). */
export const HINDERS = ["face_not_found", "come_closer", "glasses_dark", "face_half_shaded"];
/** Why a card cannot be used: as in tryon.types.ReferenceReason. */
export const REFUSED = [
  "card_two",
  "card_not_id1",
  "card_bent",
  "card_partly_hidden",
  "card_tilted",
  "card_small",
  "marker_two",
  "marker_small",
];
const REPORT_MS = 20000;
const SILENT_MS = 4000;
const NOTICE_MS = 6000;
const ROUND = 2 * Math.PI * 20; // of the ring, in its own units

/** What to measure for these pieces: of head and neck where nothing asks for either. */
export function partsFor(pieces) {
  const parts = new Set(pieces.map(({ worn_on: where }) => PART_OF[where]));
  return parts.size ? Object.keys(PARTS).filter((part) => parts.has(part)) : ["head", "neck"];
}

/**
 * <measure-guide>: one instruction, and how far it is; the attribute `words` is where other words than its own begin.
 * Events: `enough`, `cancel`, `step` (detail: what she is asked for now).
 */
export class MeasureGuide extends HTMLElement {
  #ring;
  #count;
  #now;
  #hint;
  #enough;
  #skip;
  #tone;
  #steps = [];
  #passed = new Set();
  #step = null;
  #sound = null;

  /** Make the element known. */
  static define() {
    customElements.define("measure-guide", MeasureGuide);
  }

  connectedCallback() {
    this.hidden = true;
    this.setAttribute("role", "group");
    this.setAttribute("aria-label", say(`${this.#words}.title`));
    this.#ring = svg("circle", { class: "ring-done", cx: 24, cy: 24, r: 20, "stroke-dasharray": ROUND });
    const ring = svg(
      "svg",
      { class: "ring", viewBox: "0 0 48 48", "aria-hidden": "true" },
      svg("circle", { class: "ring-all", cx: 24, cy: 24, r: 20 }),
      this.#ring,
    );
    this.#count = el("p", { class: "guide-count" });
    this.#now = el("p", { class: "guide-now", tabindex: "-1" });
    this.#hint = el("p", { class: "guide-hint" });
    const button = (key, onclick, kind = "quiet") =>
      el("button", { type: "button", class: `${kind} small`, onclick }, say(key));
    const event = (type) => () => this.dispatchEvent(new Event(type));
    this.#enough = button("measure.enough", event("enough"), "primary");
    this.#skip = button("measure.skip", () => this.#pass());
    this.#tone = el(
      "button",
      { type: "button", class: "guide-tone", "aria-label": say("measure.tone"), onclick: () => this.#toggleTone() },
      icon("tone"),
    );
    this.#tone.ariaPressed = String(recall("tone") === "on");
    this.append(
      el("div", { class: "guide-said" }, ring, el("div", { class: "guide-words" }, this.#count, this.#now, this.#hint)),
      el("div", { class: "guide-actions" }, this.#enough, this.#skip, button("action.cancel", event("cancel")), this.#tone),
    );
    this.#enough.hidden = this.#skip.hidden = this.#words !== "measure"; // a camera is known or not
  }

  get #words() {
    return this.getAttribute("words") ?? "measure";
  }

  /** Whether all that was asked for is seen, or was passed over. */
  get done() {
    return this.#steps.length > 0 && this.#step === null;
  }

  /** Show it, before anything was seen; `steps` are those that matter. */
  begin(steps, words = say("measure.begin")) {
    this.#steps = steps;
    this.hidden = false;
    this.#reset(words);
    this.#now.focus({ preventScroll: true });
  }

  /** What was seen is lost: from the first step again. */
  anew(words = say("measure.anew")) {
    this.#reset(words);
  }

  /** What the mirror says of how far it is; `help` says what would help with a step now. */
  show({ steps, hinders, card_refused: refused, hand }, help = hint) {
    const share = (step) => (this.#passed.has(step) ? 1 : (steps[step] ?? 0));
    const step = this.#steps.find((each) => share(each) < 1) ?? null;
    if (step !== this.#step && this.#step !== null) this.#ping();
    const changed = step !== this.#step;
    this.#step = step;
    this.#fill(this.#steps.reduce((sum, each) => sum + share(each), 0) / this.#steps.length);
    this.#enough.disabled = this.#skip.disabled = step === null;
    if (step === null) return;
    const words = say(`${this.#words}.step.${step}`);
    const count = say("measure.count", { number: this.#steps.indexOf(step) + 1, of: this.#steps.length });
    if (changed) {
      this.#say(words, count);
      this.dispatchEvent(new CustomEvent("step", { detail: step }));
    }
    this.#hint.textContent = help(step, hinders, refused, share(step), hand);
  }

  /** The numbers are worked out. */
  working() {
    this.#fill(1);
    this.#say(say("measure.working"));
    this.#enough.disabled = this.#skip.disabled = true;
  }

  /** The connection is being brought back. */
  lost() {
    this.#step = null;
    this.#say(say("measure.lost"));
  }

  #reset(words) {
    this.#passed.clear();
    this.#step = null;
    this.#fill(0);
    this.#say(words);
    this.#enough.disabled = this.#skip.disabled = true;
  }

  #say(words, count = "") {
    this.#count.textContent = count;
    this.#now.textContent = words;
    this.#hint.textContent = "";
    this.dispatchEvent(new CustomEvent("say", { detail: words }));
  }

  #pass() {
    this.#passed.add(this.#step);
    this.#now.focus({ preventScroll: true }); // the button may be switched off with the last step
  }

  #fill(share) {
    this.#ring.setAttribute("stroke-dashoffset", ROUND * (1 - share));
  }

  #toggleTone() {
    const on = this.#tone.ariaPressed !== "true";
    this.#tone.ariaPressed = String(on);
    remember("tone", on ? "on" : "off");
    if (on) this.#ping();
  }

  /** A soft tone: one step is done. */
  #ping() {
    if (this.#tone.ariaPressed !== "true") return;
    this.#sound ??= new AudioContext();
    const [now, tone, volume] = [this.#sound.currentTime, this.#sound.createOscillator(), this.#sound.createGain()];
    tone.frequency.value = 660;
    volume.gain.setValueAtTime(0.0001, now);
    volume.gain.exponentialRampToValueAtTime(0.08, now + 0.03);
    volume.gain.exponentialRampToValueAtTime(0.0001, now + 0.5);
    tone.connect(volume).connect(this.#sound.destination);
    tone.start(now);
    tone.stop(now + 0.5);
  }
}

/** What would help with this step now. */
function hint(step, hinders, refused, share, hand) {
  if (WITH_CARD.includes(step) && refused && known(`measure.refused.${refused}`)) return say(`measure.refused.${refused}`);
  if (HINTS.includes(hinders)) return say(`hint.${hinders}`);
  if (HINDERS.includes(hinders)) return say(`measure.hinders.${hinders}`);
  if (share > 0.75 && (step === "left" || step === "right")) return say("measure.back");
  if (step === "hand" && hand && share > 0) return say(`measure.how.hand.${hand}`);
  return known(`measure.how.${step}`) ? say(`measure.how.${step}`) : "";
}

/**
 * Ask what to measure (`parts` are ticked), how her hair is and whether there is a card; then `begin({parts, hair,
 * card})`. `camera` says what is known of hers, `calibrate` leads to more; `know`: she has numbers to give;
 * `agreement`: what she agrees to by beginning, when she did not yet.
 */
export function askMeasure(root, { agreement, parts, camera, begin, know, calibrate }) {
  const choice = (name, value, checked, type = "radio") =>
    el(
      "label",
      { class: "choice-of" },
      el("input", { type, name, value, checked }),
      el("span", {}, say(`measure.${name}.${value}`)),
    );
  const choices = (name, values) =>
    el(
      "fieldset",
      { class: "choices" },
      el("legend", {}, say(`measure.${name}`)),
      el("div", { class: "choices-row" }, ...values.map((value, at) => choice(name, value, at === 0))),
    );
  const close = () => dialog.close();
  const start = el("button", { type: "submit", class: "primary" }, say(agreement ? "measure.agree" : "measure.start"));
  const hair = choices("hair", HAIR);
  const needs = el("p", { class: "look-note", hidden: true }, say("measure.part.hand.card"));
  const check = () => {
    const now = asked(new FormData(form));
    start.disabled = !stepsOf(now).length;
    needs.hidden = now.card || !now.parts.includes("hand");
    hair.hidden = !now.parts.some((part) => part !== "hand");
  };
  const form = el(
    "form",
    { class: "look-form", method: "dialog", onchange: check },
    el(
      "fieldset",
      { class: "choices" },
      el("legend", {}, say("measure.part")),
      el("div", { class: "choices-row" }, ...Object.keys(PARTS).map((part) => choice("part", part, parts.includes(part), "checkbox"))),
    ),
    hair,
    choices("card", ["yes", "no"]),
    needs,
    el(
      "div",
      { class: "measure-camera" },
      el("p", { class: "look-note" }, camera),
      el("button", { type: "button", class: "quiet small", onclick: () => (close(), calibrate()) }, say("calibrate.open")),
    ),
    el("p", { class: "look-note" }, agreement || say("measure.consent")),
    el("p", { class: "look-note" }, say("measure.child")),
    el(
      "div",
      { class: "look-actions" },
      start,
      el("button", { type: "button", class: "quiet", onclick: () => (close(), know()) }, say("known.title")),
      el("button", { type: "button", class: "quiet", onclick: close }, say("action.cancel")),
    ),
  );
  check();
  let chosen = null;
  form.addEventListener("submit", () => (chosen = new FormData(form)));
  const closed = () => {
    dialog.remove();
    // not sooner: an open dialog would not let the focus go
    if (chosen) begin(asked(chosen));
  };
  const dialog = el(
    "dialog",
    { class: "sheet measure", "aria-labelledby": "measure-title", onclose: closed },
    el("h2", { id: "measure-title" }, say("measure.title")),
    el("p", {}, say("measure.lead")),
    form,
  );
  root.append(dialog);
  dialog.showModal();
}

const asked = (form) => ({ parts: form.getAll("part"), hair: form.get("hair"), card: form.get("card") === "yes" });

/** The guide's steps for what is asked: as tryon.measuring.steps_of, less those that want a card she has not. */
function stepsOf({ parts, hair, card }) {
  const wanted = STEPS.filter((step) => parts.some((part) => PARTS[part].includes(step)));
  return wanted.filter((step) => (card || !WITH_CARD.includes(step)) && (hair !== "loose" || WITH_HAIR_LOOSE.includes(step)));
}

/** One measuring after another. Events: `change` (it began or ended), `measured` (detail is the report). */
export class Measuring extends EventTarget {
  #guide;
  #fitting;
  #voice;
  #link = null;
  #asked = null; // {parts, hair, card} of what is under way
  #working = 0; // timer of the wait for the numbers
  #bare = false;
  #broken = false; // a measuring was lost with its session
  #silence = 0; // timer: a mirror that says nothing of it after a lost connection is a new one

  /** @param {MeasureGuide} guide what it shows itself with */
  constructor(guide, fitting, voice) {
    super();
    this.#guide = guide;
    this.#fitting = fitting;
    this.#voice = voice;
    guide.addEventListener("step", (event) => this.#link?.control?.send("measure.step", { step: event.detail }));
    guide.addEventListener("enough", () => this.#finish());
    guide.addEventListener("cancel", () => this.cancel());
    guide.addEventListener("say", (event) => voice.announce(event.detail));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.active && !document.querySelector("dialog[open]")) this.cancel();
    });
  }

  /** Whether she is being measured. */
  get active() {
    return this.#asked !== null;
  }

  /** The link to the mirror, or null: what was under way is over then. */
  set link(link) {
    this.#link = link;
    if (link || !this.active) return;
    this.#end();
    this.#broken = true;
  }

  /** The connection is back. What was seen is kept where the mirror is, unless it is another one. */
  back() {
    if (!this.active) return;
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => this.#anew(), SILENT_MS);
  }

  /** The mirror is open: say it when a measuring was lost. */
  opened() {
    if (this.#broken) this.#voice.notice(say("measure.interrupted"), { forMs: NOTICE_MS });
    this.#broken = false;
  }

  /** Begin. */
  async begin(asked) {
    this.#bare = this.#fitting.bare;
    this.#fitting.bare = true;
    this.#asked = asked;
    this.dispatchEvent(new Event("change"));
    this.#guide.begin(stepsOf(asked));
    await this.#start(asked);
  }

  async #start(asked) {
    try {
      await this.#link.control.ask("measure.start", { hair: asked.hair, parts: asked.parts });
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (this.#asked === asked) this.#fail(error.reason);
    }
  }

  /** Forget what was seen. */
  cancel() {
    this.#link?.control?.send("measure.cancel");
    this.#end();
    this.#voice.announce(say("measure.cancelled"));
  }

  /** What the mirror says. */
  heard(said, data) {
    if (!this.active) return;
    if (said === "measuring" || said === "measured") clearTimeout(this.#silence);
    if (said === "measuring") this.#seen(data);
    else if (said === "measured") {
      this.#end();
      this.dispatchEvent(new CustomEvent("measured", { detail: data }));
    } else if (said === "error" && data.reason === "measure_failed") this.#fail(data.reason);
  }

  /** The connection is lost; what was seen is kept where the mirror is. */
  lost() {
    if (this.active) this.#guide.lost();
  }

  #anew() {
    this.#rest();
    this.#guide.anew();
    if (this.#link?.control) this.#start(this.#asked);
    else this.back();
  }

  #seen(data) {
    // said again to a mirror that may not have heard it: the connection may have been lost meanwhile
    if (this.#working) this.#link?.control?.send("measure.stop");
    else {
      this.#guide.show(data);
      if (this.#guide.done) this.#finish();
    }
  }

  #finish() {
    if (this.#working) return;
    this.#guide.working();
    this.#working = setTimeout(() => this.#fail("no_answer"), REPORT_MS);
    this.#link?.control?.send("measure.stop");
  }

  #fail(reason) {
    this.#end();
    this.#voice.notice(say(errorKey(reason)), { forMs: NOTICE_MS });
  }

  #rest() {
    clearTimeout(this.#silence);
    clearTimeout(this.#working);
    this.#working = 0;
  }

  #end() {
    this.#rest();
    this.#asked = null;
    this.#guide.hidden = true;
    this.#fitting.bare = this.#bare;
    this.dispatchEvent(new Event("change"));
  }
}
