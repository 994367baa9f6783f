// The fitting room: which state it is in, and what follows what. Consent, then the camera, then the mirror.

import * as api from "./api.js";
import { about } from "./about.js";
import { Calm } from "./calm.js";
import { CameraError, cameras, closeCamera, facesHer, openCamera } from "./camera.js";
import { Controls } from "./controls.js";
import { el } from "./element.js";
import { Link } from "./link.js";
import { TryonMirror } from "./mirror.js";
import { PieceNudge, movedWords } from "./nudge.js";
import { countdown, errorKey, longer, panel } from "./panel.js";
import { PieceShelf } from "./shelf.js";
import { SnapshotView } from "./snapshot.js";
import { shown } from "./states.js";
import { loadWords, number, say } from "./words.js";

const SOON_MS = 300; // a wait longer than this has words
const LONG_MS = 5000;
const SLOW_FPS = 12;
const SLOW_FOR = 3;
const BACK_WORDS_MS = 2500;

class Room {
  #root = document.querySelector(".room");
  #mirror = document.querySelector("tryon-mirror");
  #shelf = document.querySelector("piece-shelf");
  #nudge = document.querySelector("piece-nudge");
  #snapshots = document.querySelector("snapshot-view");
  #announcer = document.querySelector(".announcer");
  #controls;
  #panel = null;
  #state = "loading";
  #words = null; // of consent
  #consent = null;
  #camera = null;
  #link = null;
  #opening = null; // AbortController of an attempt to open
  #retry = 0; // timer of the countdown
  // what the server last said
  #worn = null;
  #bare = false;
  #view = "searching";
  #hints = [];
  #slow = 0;
  #unanswered = 0;
  // the words at the edge: what the server sees in her, calmly, and what this page adds
  #calm = new Calm((key) => this.#hint(key));
  #hinted = "";
  #notice = "";
  #doing = null;
  #awake = null; // WakeLockSentinel

  async start() {
    document.title = this.#root.querySelector("h1").textContent = say("page.title");
    document.querySelector("#mirror-keys").textContent = say("mirror.keys");
    this.#controls = new Controls(this.#mirror, {
      end: () => this.#end("ended"),
      bare: (bare) => this.#setBare(bare),
      snapshot: () => this.#snapshot(),
      snapshots: () => this.#snapshots.open(),
      adjust: (open) => this.#adjust(open),
      withdraw: () => this.#withdraw(),
      about: () => this.#about(),
      stats: () => this.#doing,
      cameras: async () => ({ all: await cameras(), now: this.#device() }),
      camera: (id) => this.#useCamera(id),
    });
    this.#listen();
    await this.#load();
  }

  async #load() {
    const note = (key) => this.#shelf.replaceChildren(el("p", { class: "shelf-note" }, say(key)));
    const timer = setTimeout(note, SOON_MS, "shelf.loading");
    try {
      const [pieces, words] = await Promise.all([api.pieces(), api.consentWords()]);
      this.#words = words;
      // the mirror shows heads; pieces for neck and hand wait for theirs
      this.#shelf.pieces = pieces.filter((piece) => piece.worn_on === "head");
      this.#shelf.removeAttribute("aria-busy");
    } catch {
      this.#closed();
      return;
    } finally {
      clearTimeout(timer);
    }
    if (!this.#shelf.pieces.length) {
      note("shelf.empty");
      return;
    }
    const named = new URLSearchParams(location.search).get("piece");
    this.#shelf.choose(this.#shelf.pieces[0].id);
    this.#shelf.choose(named);
    this.#go("consent");
  }

  /** The page itself could not be filled. */
  #closed() {
    const again = () => {
      section.remove();
      this.#load();
    };
    const section = el(
      "section",
      { class: "panel panel-closed" },
      el(
        "div",
        { class: "panel-words" },
        el("h2", { class: "panel-title" }, say("page.failed.title")),
        el("p", {}, say("page.failed.text")),
        el("div", { class: "panel-actions" }, el("button", { type: "button", class: "primary", onclick: again }, say("action.again"))),
      ),
    );
    this.#mirror.append(section);
  }

  #listen() {
    this.#shelf.addEventListener("choose", (event) => this.#choose(event.detail));
    this.#mirror.addEventListener("step", (event) => this.#shelf.step(event.detail));
    this.#mirror.addEventListener("key", (event) => shown(this.#state) && this.#controls.key(event.detail));
    this.#mirror.addEventListener("picture", () => this.#pictured());
    this.#nudge.addEventListener("nudge", (event) => this.#sendNudge(event.detail));
    this.#nudge.addEventListener("done", () => this.#controls.adjusting(false));
    this.#snapshots.addEventListener("change", () => this.#controls.snapshots(this.#snapshots));
    document.addEventListener("visibilitychange", () => this.#keepAwake());
    addEventListener("pagehide", () => {
      // the server need not wait for a silence to free her place
      this.#link?.close({ keepalive: true });
      closeCamera(this.#camera);
    });
    addEventListener("pageshow", (event) => {
      if (event.persisted && this.#link) this.#end("ended");
    });
  }

  // states

  #go(state, more = {}) {
    this.#state = state;
    this.#root.dataset.state = state;
    const live = shown(state);
    if (!live) this.#controls.adjusting(false);
    this.#controls.shown = live;
    this.#controls.connected = state === "live";
    this.#mirror.tabIndex = live ? 0 : -1;
    const hadFocus = document.activeElement === document.body || this.#mirror.contains(document.activeElement);
    this.#panel?.remove();
    this.#panel = null;
    if (live) {
      if (state === "live" && hadFocus) this.#mirror.focus({ preventScroll: true });
      this.#edge();
      this.#keepAwake();
      return;
    }
    this.#awake?.release();
    this.#mirror.clear();
    this.#panel = panel(
      state,
      {
        piece: this.#shelf.chosen,
        consent: this.#words,
        snapshots: this.#snapshots.count,
        ...more,
      },
      (action) => this.#act(action),
    );
    this.#mirror.append(this.#panel);
    const title = this.#panel.querySelector(".panel-title");
    // she is told by the focus; where that would take it away from something else, by the announcer
    if (hadFocus && state !== "consent") title.focus({ preventScroll: true });
    else if (state !== "consent") this.#announce(title.textContent);
  }

  #act(action) {
    if (action === "agree") this.#open();
    else if (action === "again") this.#consent ? this.#open() : this.#go("consent");
    else if (action === "cancel") this.#end("ended");
    else if (action === "copy") this.#copy();
  }

  async #copy() {
    try {
      await navigator.clipboard.writeText(location.href);
      this.#panel.querySelector("[data-action=copy]").textContent = say("action.copied");
    } catch {
      getSelection().selectAllChildren(this.#panel.appendChild(el("p", { class: "address" }, location.href)));
    }
  }

  /** She agreed: record that, ask for the camera, open the mirror. */
  async #open() {
    this.#stop();
    const opening = (this.#opening = new AbortController());
    const still = () => this.#opening === opening;
    this.#go("asking");
    performance.mark("tryon-agreed");
    let link = null;
    try {
      link = new Link();
      link.prepare();
      // what she agreed to holds for this visit, also when there is no camera yet
      const agreed = this.#consent ?? api.agree(this.#words).then((consent) => (this.#consent = consent));
      const camera = openCamera().then((stream) => {
        if (!still()) closeCamera(stream);
        return stream;
      });
      // neither waits for the other: her picture only leaves with the offer, which needs both
      const [consent, stream] = await both(agreed, camera);
      if (!still()) return link.close();
      this.#use(stream);
      this.#go("connecting");
      const waiting = this.#panel;
      setTimeout(() => this.#panel === waiting && longer(waiting), LONG_MS);
      this.#link = link;
      this.#attend(link);
      await link.open(stream.getVideoTracks()[0], consent, [this.#shelf.chosen.id]);
    } catch (error) {
      link?.close();
      if (still()) this.#failed(error);
    }
  }

  #failed(error) {
    this.#stop();
    if (error instanceof CameraError) this.#go(error.reason);
    else if (error.reason === "server_full" || error.reason === "server_closing") this.#wait(error.retryAfterS || 5);
    else if (error.reason?.startsWith("consent_")) this.#askAgain(error.reason);
    else if (error.reason === "gone") this.#go("gone");
    else {
      if (!error.reason) console.error("[room]", error);
      this.#go("failed", { reason: error.reason ?? "other" });
    }
  }

  /** Her consent no longer holds, or its words are new: show them, and say why. */
  async #askAgain(reason) {
    this.#consent = null;
    try {
      this.#words = await api.consentWords();
      this.#go("consent", { reason });
    } catch (error) {
      this.#go("failed", { reason: error.reason });
    }
  }

  /** The server is full: count down, look whether there is room, and only then ask for the camera again. */
  #wait(seconds) {
    this.#go("full");
    let left = seconds;
    const tick = async () => {
      countdown(this.#panel, left);
      if (left > 0) {
        left -= 1;
        this.#retry = setTimeout(tick, 1000);
        return;
      }
      let free = 0;
      try {
        free = await api.room();
      } catch {
        // it is still not there; go on waiting
      }
      if (this.#state !== "full") return;
      if (free > 0) this.#open();
      else {
        left = seconds;
        this.#retry = setTimeout(tick, 1000);
      }
    };
    tick();
  }

  /** Switch everything off: the session, the camera and its light. */
  #stop() {
    clearTimeout(this.#retry);
    this.#opening?.abort();
    this.#opening = null;
    this.#link?.close();
    this.#link = null;
    closeCamera(this.#camera);
    this.#camera = null;
    this.#worn = null;
    this.#bare = false;
    this.#view = "searching";
    this.#hints = [];
    this.#calm.clear();
    this.#hinted = "";
    this.#notice = "";
    this.#doing = null;
    this.#controls.bare = false;
  }

  #end(state) {
    this.#stop();
    this.#go(state);
  }

  async #withdraw() {
    const consent = this.#consent;
    this.#consent = null;
    this.#end("withdrawn");
    try {
      if (consent) await api.withdraw(consent);
    } catch (error) {
      this.#go("failed", { reason: error.reason });
      this.#consent = consent;
    }
  }

  /** The screen of a phone stays on while she looks into the mirror. */
  async #keepAwake() {
    if (!shown(this.#state) || document.visibilityState !== "visible" || (this.#awake && !this.#awake.released)) return;
    try {
      this.#awake = await navigator.wakeLock?.request("screen");
    } catch {
      // a battery that is low may say no
    }
    if (!shown(this.#state)) this.#awake?.release();
  }

  // the connection

  #attend(link) {
    const on = (type, then) =>
      link.addEventListener(type, (event) => {
        if (link === this.#link) then(event.detail);
      });
    on("stream", (stream) => this.#mirror.show(stream));
    on("message", ({ said, data }) => this.#heard(said, data));
    on("lost", () => {
      this.#mirror.hold();
      this.#go("reconnecting");
      this.#announce(say("live.reconnecting"));
    });
    on("back", ({ fresh }) => fresh && this.#tellAll());
    on("over", (error) => this.#failed(error));
  }

  /** The first picture of a connection is on the screen. */
  #pictured() {
    const first = this.#state === "connecting";
    if (first) performance.mark("tryon-pictured");
    if (first || this.#state === "reconnecting") {
      const back = this.#state === "reconnecting";
      this.#go("live");
      this.#announce(first ? say("live.wearing", { name: this.#shelf.chosen.name }) : say("live.back"));
      if (back) this.#noticeFor(say("live.back"), BACK_WORDS_MS);
    }
  }

  #heard(said, data) {
    if (said === "pieces") {
      // while she presses on, an older answer must not pull the piece back
      if (this.#unanswered > 1) return;
      this.#worn = data.worn.find((worn) => worn.piece === this.#shelf.chosen?.id) ?? null;
      this.#bare = data.bare;
      if (this.#worn) this.#nudge.nudge = this.#worn;
      this.#badge();
    } else if (said === "state") {
      this.#view = data.view;
      this.#hints = data.hints;
      this.#look();
    } else if (said === "stats") {
      this.#slow = data.fps < SLOW_FPS ? this.#slow + 1 : 0;
      this.#doing = { width: data.size_px[0], height: data.size_px[1], fps: number(data.fps) };
      this.#look();
    }
  }

  /** A new session knows nothing of what she did in the lost one. */
  #tellAll() {
    const worn = this.#worn;
    if (worn?.moved) this.#sendNudge(worn);
    if (this.#bare) this.#setBare(true);
  }

  #device() {
    return this.#camera?.getVideoTracks()[0].getSettings().deviceId;
  }

  /** Another camera, without leaving the session. The old one goes first: some phones open only one at a time. */
  async #useCamera(id) {
    if (!this.#link || id === this.#device()) return;
    const link = this.#link;
    const old = this.#camera;
    this.#camera = null;
    closeCamera(old);
    this.#notify(say("live.turning"), { waiting: true });
    try {
      const stream = await openCamera(id);
      if (link !== this.#link) return closeCamera(stream);
      this.#use(stream);
      await link.turnTo(stream.getVideoTracks()[0]);
      this.#notify("");
    } catch (error) {
      if (link === this.#link) this.#failed(error);
    }
  }

  #use(stream) {
    this.#camera = stream;
    this.#mirror.mirrored = facesHer(stream);
    this.#watch(stream.getVideoTracks()[0]);
  }

  #watch(track) {
    track.addEventListener("ended", () => this.#camera?.getVideoTracks()[0] === track && this.#end("camera_lost"));
    track.addEventListener("mute", () => this.#notify(say("live.paused")));
    track.addEventListener("unmute", () => this.#notify(""));
  }

  // the pieces

  async #choose(piece) {
    this.#root.querySelector(".about").replaceChildren(el("p", { class: "brand" }, say("page.title")), ...about(piece));
    this.#mirror.label = say("mirror.picture", { name: piece.name });
    this.#controls.piece = piece;
    if (this.#state === "consent") this.#go("consent");
    if (!this.#link) return;
    this.#link.pieces = [piece.id];
    this.#worn = null;
    this.#nudge.nudge = { up_mm: 0, forward_mm: 0, tilt_deg: 0 };
    this.#badge();
    await this.#ask("pieces.set", { pieces: [piece.id] }, say("live.changing", { name: piece.name }));
    if (piece === this.#shelf.chosen) this.#announce(say("live.wearing", { name: piece.name }));
  }

  #sendNudge({ up_mm, forward_mm, tilt_deg }) {
    const piece = this.#shelf.chosen.id;
    this.#worn = { piece, up_mm, forward_mm, tilt_deg, moved: Boolean(up_mm || forward_mm || tilt_deg) };
    this.#badge();
    this.#ask("nudge.set", { piece, up_mm, forward_mm, tilt_deg });
  }

  #setBare(bare) {
    this.#bare = bare;
    this.#badge();
    this.#ask("bare.set", { bare });
  }

  #adjust(open) {
    this.#nudge.hidden = !open;
    this.#shelf.hidden = open;
    this.#root.toggleAttribute("data-adjusting", open);
    if (open) this.#nudge.focus();
  }

  async #snapshot() {
    const names = [this.#shelf.chosen.name];
    this.#mirror.flash();
    const taken = await this.#ask("snapshot.take", {}, say("snapshot.taking"), say("snapshot.failed"));
    if (!taken) return;
    this.#snapshots.add({ ...taken, names });
    this.#announce(say("snapshot.taken"));
    this.#snapshots.open();
  }

  /** Ask the mirror for something; words appear when it takes long, and when it fails. Null when it failed. */
  async #ask(type, data, waiting = "", failed = "") {
    const control = this.#link?.control;
    if (!control) return null; // the connection is being brought back, which has words of its own
    const timer = waiting && setTimeout(() => this.#notify(waiting, { waiting: true }), SOON_MS);
    this.#unanswered += 1;
    try {
      const answer = await control.ask(type, data);
      this.#notify("");
      return answer;
    } catch (error) {
      if (shown(this.#state) && control === this.#link?.control) {
        this.#noticeFor(failed || say(errorKey(error.reason)), 2 * BACK_WORDS_MS);
      }
      return null;
    } finally {
      this.#unanswered -= 1;
      clearTimeout(timer);
    }
  }

  #about() {
    const close = () => dialog.close();
    const dialog = el(
      "dialog",
      { class: "sheet about-sheet", onclose: () => dialog.remove() },
      ...about(this.#shelf.chosen, { open: true }),
      el("button", { type: "button", class: "primary", onclick: close }, say("more.close")),
    );
    this.#root.append(dialog);
    dialog.showModal();
  }

  // words

  #badge() {
    this.#controls.badge({
      bare: this.#bare,
      moved: this.#worn?.moved ? movedWords(this.#worn) : "",
    });
  }

  /** What is said at the mirror's edge: the most pressing thing, or nothing. */
  #edge() {
    if (!shown(this.#state)) return;
    if (this.#state === "reconnecting") this.#mirror.whisper(say("live.reconnecting"), { waiting: true });
    else if (this.#notice) this.#mirror.whisper(this.#notice.words, { waiting: this.#notice.waiting });
    else this.#mirror.whisper(this.#hinted && say(this.#hinted), { waiting: this.#hinted.startsWith("view.") });
  }

  /** The most pressing of what is seen in her. */
  #look() {
    if (this.#view !== "live") this.#calm.want(`view.${this.#view}`);
    else if (this.#hints.length) this.#calm.want(`hint.${this.#hints[0]}`);
    else this.#calm.want(this.#slow >= SLOW_FOR ? "live.slow" : "");
  }

  #hint(key) {
    // who listens hears when she is lost, and when she is seen again
    if (key) this.#announce(say(key));
    else if (this.#hinted.startsWith("view.")) this.#announce(say("view.live"));
    this.#hinted = key;
    this.#edge();
  }

  #notify(words, { waiting = false } = {}) {
    this.#notice = words ? { words, waiting } : "";
    this.#edge();
  }

  #noticeFor(words, ms) {
    this.#notify(words);
    this.#announce(words);
    const notice = this.#notice;
    setTimeout(() => this.#notice === notice && this.#notify(""), ms);
  }

  #announce(words) {
    this.#announcer.textContent = words;
  }
}

/** Both, or the camera's refusal first: it is the one she can do something about. */
async function both(agreed, camera) {
  const [consent, stream] = await Promise.allSettled([agreed, camera]);
  if (stream.status === "rejected") throw stream.reason;
  if (consent.status === "rejected") {
    closeCamera(stream.value);
    throw consent.reason;
  }
  return [consent.value, stream.value];
}

await loadWords("en");
for (const element of [TryonMirror, PieceShelf, PieceNudge, SnapshotView]) element.define();
const room = new Room();
await room.start();
