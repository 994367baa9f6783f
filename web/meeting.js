// A meeting as this page knows it: who is there, and all that was said and made. Both roles share it; what they see
// of it is company.js (hers) and console.js (the consultant's).

import * as api from "./api.js";
import { openMicrophone } from "./microphone.js";
import { el } from "./element.js";

const CONSENT = "tryon-consent"; // of this tab, so that a reload goes on

/**
 * Events: `people` (who is there, or how), `entry` (detail is the entry, also for each of those told anew), `said`
 * (ControlMessage), `measure` (she said yes to be measured), `device` (another camera or microphone is wished for),
 * `listening` (another microphone is open).
 */
export class Meeting extends EventTarget {
  #invitation;
  #entries = new Map();
  #pictures = new Map();
  #link = null;
  #speaker = el("div", { hidden: true });
  #muted = false;
  /** @type {{seat: string, role: string, name: string, state: string, muted: boolean, quality: string, reasons: string[]}[]} */
  people = [];
  admitted = false;
  leaving = false;
  /** Whether all that was kept before is known: what comes from now on is new. */
  told = false;
  /** Which camera of hers is open: its id, as her room knows it. */
  camera = () => null;
  /** The microphone's track, or null. */
  microphone = null;

  /** @param {string} invitation the token of the link; `about` is what it is for (api.invited) */
  constructor(invitation, about) {
    super();
    this.#invitation = invitation;
    this.about = about;
    document.body.append(this.#speaker);
  }

  /** How a link to it is made. */
  get linking() {
    const nothing = async () => {};
    const join = (consent, sdp, _, signal) => api.openMeeting(this.#invitation, consent, sdp, signal);
    const consults = (_, sdp, __, signal) => api.joinMeeting(this.#invitation, sdp, signal);
    const relays = (_, signal) => api.meetingRelays(this.#invitation, signal);
    const hers = { relays, open: join, resume: api.resumeSession, close: nothing };
    const theirs = { relays, open: consults, resume: consults, close: nothing };
    // a meeting does not end with somebody's page
    const client = this.about.role === "client";
    return { doors: client ? hers : theirs, camera: client, speech: true };
  }

  /** What she agreed to in this tab, or null. */
  get consent() {
    return JSON.parse(sessionStorage.getItem(CONSENT));
  }

  set consent(consent) {
    if (consent) sessionStorage.setItem(CONSENT, JSON.stringify(consent));
    else sessionStorage.removeItem(CONSENT);
  }

  /** Open a microphone, in place of the one before: its track, or null. */
  async listen(deviceId = null) {
    this.microphone?.stop();
    this.microphone = await openMicrophone(deviceId);
    if (this.microphone) this.microphone.enabled = !this.#muted;
    this.dispatchEvent(new Event("listening"));
    return this.microphone;
  }

  /** Follow a link from now on. */
  attend(link) {
    this.#link = link;
    link.addEventListener("message", ({ detail }) => link === this.#link && this.#heard(detail));
    link.addEventListener("voices", ({ detail: voices }) => {
      this.#speaker.replaceChildren(
        ...voices.map((voice) => {
          const audio = el("audio", { autoplay: true });
          audio.srcObject = voice;
          return audio;
        }),
      );
    });
  }

  /** Nobody is listened to any more. */
  over() {
    this.#link = null;
    this.microphone?.stop();
    this.microphone = null;
    this.#speaker.replaceChildren();
    this.people = [];
    this.dispatchEvent(new Event("people"));
  }

  /** Whether this microphone is off. */
  get muted() {
    return this.#muted;
  }

  set muted(muted) {
    this.#muted = muted;
    if (this.microphone) this.microphone.enabled = !muted;
    this.#link?.control?.send("mute.set", { muted });
    this.dispatchEvent(new Event("people"));
  }

  /** Say something and wait for its answer. Rejects with Refusal. */
  async ask(type, data = {}) {
    if (!this.#link?.control) throw Object.assign(new Error(type), { reason: "no_answer" });
    return this.#link.control.ask(type, data);
  }

  /** Go; the others stay. */
  leave() {
    this.leaving = true;
    this.#link?.control?.send("leave");
  }

  /** It is over for all. */
  end() {
    this.leaving = true;
    this.#link?.control?.send("end");
  }

  // what was kept

  get #all() {
    return [...this.#entries.values()].sort((a, b) => a.n - b.n);
  }

  /** All entries of some kinds, in order. */
  of(...kinds) {
    return this.#all.filter(({ kind }) => kinds.includes(kind));
  }

  /** The still that all look at, or null when the picture is live. */
  get still() {
    const last = this.of("still", "live", "ended").at(-1);
    return last?.kind === "still" ? last : null;
  }

  /** The strokes on a still: {by, points}. */
  strokes(still) {
    const strokes = [];
    for (const { kind, by, data } of this.of("mark", "unmark")) {
      if (data.still !== still) continue;
      if (kind === "mark") strokes.push({ by, points: data.points });
      else strokes.splice(strokes.findLastIndex((stroke) => stroke.by === by), 1);
    }
    return strokes;
  }

  /** Questions to her without an answer. */
  get questions() {
    const answered = new Set(this.of("answered").map(({ data }) => data.ask));
    const since = this.of("ended", "left", "declined").at(-1)?.n ?? 0;
    return this.of("asked").filter(({ n }) => n > since && !answered.has(n));
  }

  /** The newest of somebody's notes; empty when there is none. */
  note(by, secret) {
    return this.of("note").findLast((entry) => entry.by === by && entry.data.private === secret)?.data.text ?? "";
  }

  /** The address of a kept picture, for this page. */
  picture(name) {
    if (!this.#pictures.has(name)) {
      const address = api.meetingPicture(this.#invitation, name).then((blob) => URL.createObjectURL(blob));
      address.catch(() => this.#pictures.delete(name)); // asked for anew the next time
      this.#pictures.set(name, address);
    }
    return this.#pictures.get(name);
  }

  #heard(message) {
    const { said, data } = message;
    if (said === "here") {
      const fresh = !this.people.length; // another process may not know it
      this.people = data.people;
      this.admitted = data.admitted;
      if (fresh && this.#muted) this.#link.control.send("mute.set", { muted: true });
      this.dispatchEvent(new Event("people"));
    } else if (said === "journal") {
      for (const entry of data.entries) {
        if (this.#entries.has(entry.n)) continue;
        this.#entries.set(entry.n, entry);
        this.dispatchEvent(new CustomEvent("entry", { detail: entry }));
      }
      this.told ||= data.whole;
    } else this.dispatchEvent(new CustomEvent("said", { detail: message }));
  }
}
