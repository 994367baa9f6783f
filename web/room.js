// The fitting room: which state it is in, and what follows what. Consent, then the camera, then the mirror.

import { about } from "./about.js";
import * as api from "./api.js";
import { askCalibrate, Calibrating, knownWords, tellCalibrated } from "./calibrate.js";
import { CameraError, cameras, closeCamera, facesHer, openCamera } from "./camera.js";
import { Controls } from "./controls.js";
import { consult } from "./consult.js";
import { Refusal } from "./control.js";
import { el } from "./element.js";
import { Fitting } from "./fitting.js";
import { keepFit } from "./keep.js";
import { askKnown } from "./known.js";
import { Link } from "./link.js";
import { mine } from "./mine.js";
import { openLook, saveLook } from "./look.js";
import { askMeasure, Measuring, partsFor } from "./measure.js";
import { countdown, errorKey, longer, panel, unreachable } from "./panel.js";
import { copyAddress, onPhone, withPieces } from "./phone.js";
import { Photo, readPhoto } from "./photo.js";
import { forgetProfile, keepProfile, numbersOf, profileOf, readFile } from "./profile.js";
import { isSku, skuOf } from "./shop.js";
import { chooseStage } from "./stage.js";
import { shown } from "./states.js";
import { PieceTurntable, poseOf } from "./turntable.js";
import { Voice } from "./voice.js";
import { list, say } from "./words.js";

const WHERE = ["head", "neck", "ears", "left_hand", "right_hand"]; // as the shelf is laid out
const SOON_MS = 300; // a wait longer than this has words
const LONG_MS = 5000;
const BACK_WORDS_MS = 2500;
const CARD_KEPT_MS = 60000; // until the browser has saved it
const FILE_WORDS_MS = 6000;
const RETRY_S = 5;
const LEAVE_MS = 1000;
const VIEW_STEP_DEG = 5; // as in tryon/server/turntable.py
const VIEW_PITCH_MAX_DEG = 75;
const MEASURE = "measure"; // what she agrees to besides the mirror
const KEEP = "keep";
const LIVE = "live";
const PHOTO = "photo";

/** Events: `filled` (the shelf), `state` ({state, reason}), `piece` ({sku}: in hand), `snapshot` and `share` (of `SnapshotView`), `measured`, `submitted`, `bag` ({sku}). */
export class Room extends EventTarget {
  #root;
  #mirror;
  #shelf;
  #nudge;
  #place;
  #worn;
  #snapshots;
  #controls;
  #voice;
  #fitting;
  #measuring;
  #calibrating;
  #fit;
  #tried = new Set(); // ids of what she wore
  #restarting = false; // as the server said when it ended the connection
  #given = []; // numbers that she knows; on this page only
  #state = "loading";
  #panel = null;
  #note = ""; // said above the words of consent
  #words = null; // of consent
  #consent = null;
  #child = { under: false, guardian: "" }; // what she said of her age, before she agrees
  #kept = null; // where these measures are kept, if she said yes: {fit, key, until}
  #agreed = new Set(); // what she ticked of what she may agree to besides
  #photo;
  #before = "consent"; // the state that she came to photo mode from
  #camera = null;
  #link = null;
  #meeting; // the others at her mirror (Meeting), or null
  #shop; // whose page shows it ({name, policy}), or null
  #inHand = null; // id of the piece that was told last
  #opening = null; // stands for one attempt to open
  #retry = 0; // timer of the countdown
  #awake = null; // WakeLockSentinel

  /**
   * @param {Element} root holds the mirror, the shelf and the rest
   * @param {{meeting?: object, shop?: object}} of the meeting, or the shop whose page shows it
   */
  constructor(root, { meeting = null, shop = null } = {}) {
    super();
    this.#meeting = meeting;
    this.#shop = shop;
    const part = (selector) => root.querySelector(selector);
    this.#root = root;
    this.#mirror = part("tryon-mirror");
    this.#shelf = part("piece-shelf");
    this.#nudge = part("piece-nudge");
    this.#place = part("piece-place");
    this.#worn = part("worn-list");
    this.#snapshots = part("snapshot-view");
    this.#voice = new Voice(this.#mirror, part(".announcer"));
    this.#controls = new Controls(this.#mirror, {
      end: () => (this.#meeting ? this.#leave() : this.#end("ended")),
      bare: (bare) => (this.#fitting.bare = bare),
      snapshot: () => this.#fitting.snapshot(),
      snapshots: () => this.#snapshots.open(),
      adjust: (open) => this.#adjust(open),
      measure: () => this.#measure(),
      calibrate: () => this.#askCalibrate(),
      withdraw: () => this.#withdraw(),
      mine: () => this.#mine(),
      phone: () => onPhone(this.#root, this.#ids),
      about: () => this.#about(),
      stage: () => chooseStage(this.#root, this.#fitting.stage, (stage) => (this.#fitting.stage = stage)),
      stats: () => this.#fitting.doing,
      cameras: async () => ({ all: await cameras(), now: this.#device() }),
      camera: (id) => this.#useCamera(id),
    });
    this.#fitting = new Fitting(
      {
        mirror: this.#mirror,
        nudge: this.#nudge,
        place: this.#place,
        worn: this.#worn,
        controls: this.#controls,
        snapshots: this.#snapshots,
        shelf: this.#shelf,
      },
      this.#voice,
    );
    this.#measuring = new Measuring(part("measure-guide"), this.#fitting, this.#voice);
    this.#calibrating = new Calibrating(this.#mirror, this.#fitting, this.#voice);
    this.#photo = new Photo(this.#mirror);
    this.#fit = part("fit-panel");
    this.#fitting.follows = Boolean(meeting);
    meeting?.addEventListener("measure", () => this.#askMeasure());
    if (meeting) meeting.camera = () => this.#device();
    meeting?.addEventListener("device", ({ detail: { camera, microphone } }) => {
      if (camera) this.#useCamera(camera);
      else this.#meeting.listen(microphone).then((track) => this.#link?.speak(track));
    });
    this.#listen();
  }

  /** Fill the shelf and ask for her consent; `named` are ids of pieces, or of a saved look, to begin with. */
  async load(named) {
    const note = (key) => this.#shelf.replaceChildren(el("p", { class: "shelf-note" }, say(key)));
    const timer = setTimeout(note, SOON_MS, "shelf.loading");
    try {
      const [pieces, words] = await Promise.all([api.pieces(), api.consentWords()]);
      this.#words = words;
      this.#shelf.pieces = [...pieces].sort((a, b) => WHERE.indexOf(a.worn_on) - WHERE.indexOf(b.worn_on));
      this.#shelf.removeAttribute("aria-busy");
    } catch (error) {
      this.#tell("state", { state: "closed", reason: error.reason });
      this.#mirror.append(unreachable(() => this.load(named)));
      return;
    } finally {
      clearTimeout(timer);
    }
    const { pieces } = this.#shelf;
    if (!pieces.length) {
      note("shelf.empty");
      return;
    }
    if (named.set) await this.#openLook(named.set);
    if (!this.#fitting.outfit.length && !this.#meeting) {
      const wished = pieces.filter((piece) => named.pieces?.some((sku) => isSku(piece, sku)));
      for (const piece of wished.length ? wished : [pieces[0]]) this.#fitting.choose(piece);
    }
    this.#tell("filled");
    this.#consent = this.#meeting?.consent ?? null;
    if (this.#consent) this.#open();
    else this.#go("consent");
  }

  /** Wear a piece of the shelf as well, by its id or the shop's number; one that is not there changes nothing. */
  wear(id) {
    const piece = this.#shelf.pieces.find((piece) => isSku(piece, id));
    if (piece && this.#fitting.active?.piece !== piece) this.#fitting.choose(piece);
  }

  #tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }

  /** Wear what a saved look holds; what is missing is said with the consent. */
  async #openLook(id) {
    try {
      const { name, outfit, missing } = await openLook(id, this.#shelf.pieces);
      this.#fitting.wearAll(outfit, name);
      if (missing.length) this.#note = say("look.missing", { names: list(missing) });
    } catch (error) {
      this.#note = say(errorKey(error.reason));
    }
  }

  #listen() {
    this.#shelf.addEventListener("choose", (event) => this.#fitting.choose(event.detail));
    this.#worn.addEventListener("take", (event) => this.#fitting.take(event.detail));
    this.#worn.addEventListener("off", (event) => this.#fitting.takeOff(event.detail));
    this.#worn.addEventListener("place", () => this.#placing(this.#place.hidden));
    this.#worn.addEventListener("closer", () => this.#about());
    this.#worn.addEventListener("look", () => saveLook(this.#root, this.#fitting.outfit, this.#fitting.name || this.#fitting.words));
    this.#fitting.addEventListener("change", () => this.#changed());
    this.#mirror.addEventListener("step", (event) => this.#fitting.step(event.detail));
    this.#mirror.addEventListener("key", (event) => shown(this.#state) && !this.#guided && this.#controls.key(event.detail));
    this.#mirror.addEventListener("picture", () => this.#pictured());
    this.#nudge.addEventListener("nudge", (event) => this.#fitting.move(event.detail));
    this.#nudge.addEventListener("done", () => this.#controls.adjusting(false));
    this.#place.addEventListener("place", (event) => this.#fitting.place(event.detail));
    this.#place.addEventListener("done", () => this.#placing(false));
    this.#snapshots.addEventListener("change", () => this.#controls.snapshots(this.#snapshots));
    for (const type of ["snapshot", "share"]) this.#snapshots.addEventListener(type, ({ detail }) => this.#tell(type, detail));
    this.#measuring.addEventListener("change", () => this.#guidedChanged());
    this.#calibrating.addEventListener("change", () => this.#guidedChanged());
    this.#calibrating.addEventListener("calibrated", (event) => this.#calibrated(event.detail));
    this.#measuring.addEventListener("measured", (event) => this.#measured(event.detail));
    this.#fit.addEventListener("again", () => this.#askMeasure());
    this.#fit.addEventListener("know", () => this.#askKnown());
    this.#fit.addEventListener("bespoke", () => this.#consult());
    this.#fit.addEventListener("card", (event) => this.#fitCard(event.detail));
    this.#fit.addEventListener("keep", (event) => this.#keepFit(event.detail));
    this.#worn.addEventListener("bespoke", () => this.#consult());
    this.#worn.addEventListener("bag", () => this.#tell("bag", { sku: skuOf(this.#fitting.active.piece) }));
    this.#fit.addEventListener("forget", () => this.#forget());
    this.#fit.addEventListener("sort", (event) => this.#shelf.sort(event.detail ? this.#fit.ranked : []));
    this.#photo.addEventListener("other", () => this.#go("photo_ask"));
    this.#photo.addEventListener("camera", () => this.#act("again"));
    this.#photo.addEventListener("refused", ({ detail: { reason } }) => this.#refused(reason));
    this.#photo.addEventListener("keep", ({ detail: { blob, pieces } }) => {
      this.#snapshots.add({ blob, trueSize: false, moved: false, words: list(pieces.map(({ name }) => name)), pieces: pieces.map(({ id }) => id) });
      this.#snapshots.open();
    });
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
    if (state !== this.#state || more.reason) this.#tell("state", { state, reason: more.reason });
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
    if (state !== "photo") this.#photo.close();
    else {
      this.#mirror.clear();
      return;
    }
    if (live) {
      if (state === "live" && hadFocus) this.#mirror.focus({ preventScroll: true });
      this.#voice.lost = state !== "reconnecting" ? "" : this.#restarting ? "live.restarting" : "live.reconnecting";
      this.#keepAwake();
      return;
    }
    this.#awake?.release();
    this.#mirror.clear();
    const { active, name, words } = this.#fitting;
    const known = {
      piece: active?.piece,
      words: name || words,
      consent: this.#words,
      agreed: this.#agreed,
      child: this.#child,
      agreedBefore: Boolean(this.#consent),
      note: this.#note,
      meets: Boolean(this.#meeting),
      snapshots: this.#snapshots.count,
      shop: this.#shop,
      photoAgreed: this.#consent?.purposes.includes(PHOTO),
      ...more,
    };
    this.#panel = panel(state, known, (action, detail) => this.#act(action, detail));
    this.#mirror.append(this.#panel);
    if (state === "consent") return;
    const title = this.#panel.querySelector(".panel-title");
    // she is told by the focus; where that would take it away from something else, by the announcer
    if (hadFocus) title.focus({ preventScroll: true });
    else this.#voice.announce(title.textContent);
  }

  #act(action, detail) {
    if (action === "agree") this.#open();
    else if (action === "again") this.#covers(LIVE) ? this.#open() : this.#go("consent");
    else if (action === "cancel") this.#end("ended");
    else if (action === "copy") copyAddress(this.#panel.querySelector("[data-action=copy]"), this.#meeting ? location.href : withPieces(this.#ids));
    else if (action === "phone") onPhone(this.#root, this.#ids);
    else if (action === "mine") this.#mine();
    else if (action === "photo") {
      clearTimeout(this.#retry);
      this.#before = this.#state;
      this.#note = "";
      this.#go("photo_ask");
    } else if (action === "back") this.#go(this.#before);
    else if (action === "choose") this.#choosePhoto(detail);
    else if (action === "portrait") this.#openPhoto(`/web/portraits/${detail}.jpg`, (ids, signal) => api.drawPortrait(detail, ids, signal));
  }

  /** Ids of what is worn. */
  get #ids() {
    return this.#fitting.outfit.map(({ piece }) => piece.id);
  }

  #covers(purpose) {
    return this.#consent?.purposes.includes(purpose) ?? false;
  }

  // photo mode

  /** She agreed with the choice of a file: record that first, then have it drawn. */
  async #choosePhoto(file) {
    try {
      if (!this.#covers(PHOTO)) this.#consent = await (this.#consent ? api.agreeAlso(this.#consent, this.#words, PHOTO) : this.#agreeFirst([PHOTO]));
    } catch (error) {
      this.#failed(error);
      return;
    }
    let photo;
    try {
      photo = await readPhoto(file);
    } catch {
      this.#askPhoto(say("photo.unreadable"));
      return;
    }
    this.#openPhoto(URL.createObjectURL(photo), (ids, signal) => api.drawPhoto(this.#consent, photo, ids, signal));
  }

  #openPhoto(address, draw) {
    this.#stop();
    this.#note = "";
    this.#go("photo");
    this.#photo.open(address, draw);
    this.#wearOnPhoto();
  }

  #wearOnPhoto() {
    this.#photo.wear(this.#fitting.outfit.map(({ piece }) => piece));
  }

  /** This photo cannot be drawn on, or her consent no longer holds. */
  #refused(reason) {
    if (reason.startsWith("consent_")) this.#askAgain(reason);
    else this.#askPhoto(say(errorKey(reason)));
  }

  #askPhoto(note) {
    this.#note = note;
    this.#go("photo_ask");
    this.#note = "";
  }

  /** She agreed: record that, ask for the camera, open the mirror. */
  async #open() {
    this.#stop();
    this.#note = "";
    const opening = (this.#opening = Symbol("opening"));
    const still = () => this.#opening === opening;
    this.#go("asking");
    performance.mark("tryon-agreed");
    let link = null;
    try {
      link = new Link(this.#meeting?.linking);
      link.prepare();
      // what she agreed to holds for this visit, also when there is no camera yet
      const agreed = this.#covers(LIVE) ? Promise.resolve(this.#consent) : this.#agreeAll();
      agreed.then((consent) => link.seek(consent), () => {}); // a refusal is told below
      // neither waits for the other: her picture only leaves with the offer, which needs both
      const [consent, stream] = await both(agreed, openCamera());
      if (!still()) {
        closeCamera(stream);
        link.close();
        return;
      }
      this.#use(stream);
      if (this.#meeting) await link.speak(await this.#meeting.listen());
      this.#link = this.#fitting.link = this.#measuring.link = link;
      this.#attend(link);
      this.#go("connecting");
      const waiting = this.#panel;
      setTimeout(() => this.#panel === waiting && longer(waiting), LONG_MS);
      await link.open(stream.getVideoTracks()[0], consent);
    } catch (error) {
      link?.close();
      if (still()) this.#failed(error);
    }
  }

  async #agreeAll() {
    const purposes = [LIVE, ...(this.#meeting ? ["share"] : []), ...this.#agreed];
    // who tried a photo before has agreed to that alone
    if (!this.#consent) this.#consent = await this.#agreeFirst(purposes);
    else for (const purpose of purposes) this.#consent = await api.agreeAlso(this.#consent, this.#words, purpose);
    if (this.#meeting) this.#meeting.consent = this.#consent;
    return this.#consent;
  }

  /** Her first answer of this visit, or her guardian's: a child is not measured, whoever agrees. */
  async #agreeFirst(purposes) {
    const { under, guardian } = this.#child;
    if (under) this.#agreed.clear();
    const consent = await api.agree(this.#words, under ? purposes.filter((purpose) => purpose !== MEASURE) : purposes, under ? guardian : "");
    this.#fitting.child = consent.child;
    return consent;
  }

  #failed(error) {
    this.#stop();
    if (error instanceof CameraError) this.#go(error.reason);
    else if (error.reason === "server_full" || error.reason === "server_closing") this.#wait(error.retryAfterS || RETRY_S);
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
    if (this.#meeting) this.#meeting.consent = null;
    this.#agreed.clear();
    try {
      this.#words = await api.consentWords();
      this.#note = say(errorKey(reason));
      this.#go("consent");
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
      if (left === 0) {
        const free = await api.room().catch(() => 0); // it is still not there: go on waiting
        if (this.#state !== "full") return;
        if (free > 0) {
          this.#open();
          return;
        }
        left = seconds;
      } else left -= 1;
      this.#retry = setTimeout(tick, 1000);
    };
    tick();
  }

  /** Switch everything off: the session, the camera and its light. */
  #stop() {
    clearTimeout(this.#retry);
    this.#calibrating.cancel();
    this.#opening = null;
    this.#link?.close();
    this.#meeting?.over();
    this.#link = this.#measuring.link = this.#fitting.link = null;
    closeCamera(this.#camera);
    this.#camera = null;
    this.#voice.clear();
  }

  #end(state) {
    this.#stop();
    this.#go(state);
  }

  /** Leave the meeting: the others are told before the connection ends. */
  async #leave() {
    this.#meeting.leave();
    setTimeout(() => this.#link && this.#end("left"), LEAVE_MS);
  }

  async #withdraw() {
    const consent = this.#consent;
    this.#consent = null;
    if (this.#meeting) this.#meeting.consent = null;
    this.#agreed.clear();
    this.#end("withdrawn");
    try {
      if (consent) await api.withdraw(consent);
    } catch (error) {
      // the mirror is closed all the same; what failed is the note of it
      this.#consent = consent;
      this.#go("failed", { reason: error.reason });
    }
  }

  /** What is held of this visit. */
  #mine() {
    mine(this.#root, {
      consent: this.#consent,
      shop: this.#shop,
      remove: () => this.#delete(),
    });
  }

  /** Have all of it deleted: the mirror closes first, and whatever of it is left at the server ends with the rest. */
  async #delete() {
    const consent = this.#consent;
    this.#link?.close({ tell: false });
    this.#stop();
    try {
      await api.deleteMine(consent);
    } catch (error) {
      this.#go("failed", { reason: error.reason });
      return;
    }
    this.#consent = null;
    if (this.#meeting) this.#meeting.consent = null;
    this.#agreed.clear();
    this.#given = [];
    this.#unmeasured();
    this.#go("deleted");
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
    on("stream", (stream) => {
      this.#mirror.show(stream);
      this.#tellCamera();
    });
    this.#meeting?.attend(link);
    on("message", ({ said, data, answers }) => {
      // the server comes back, and the link finds it
      this.#restarting = said === "ended" && data.reason === "restarting";
      if (this.#meeting && said === "ended" && !this.#restarting) {
        const closed = this.#meeting.leaving ? "left" : "over";
        this.#end({ closed, declined: "declined", replaced: "elsewhere" }[data.reason] ?? "gone");
        return;
      }
      this.#fitting.heard(said, data);
      // what answers to her own numbers is no end of a measuring
      if (!(said === "measured" && answers)) this.#measuring.heard(said, data);
    });
    on("lost", () => {
      this.#mirror.hold();
      this.#fitting.lost();
      this.#measuring.lost();
      this.#go("reconnecting");
    });
    on("over", (error) => this.#failed(error));
  }

  /** The first picture of a connection is on the screen. */
  #pictured() {
    const before = this.#state;
    if (before !== "connecting" && before !== "reconnecting") return;
    this.#go("live");
    // another session knows nothing of what she gave; the numbers on this page stay as they are
    if (this.#given.length) this.#ask("known.set", { given: this.#given }).catch(() => {});
    if (before === "connecting") {
      performance.mark("tryon-pictured");
      const { words } = this.#fitting;
      this.#voice.announce(words ? say("live.wearing", { name: words }) : say("worn.nothing"));
      this.#measuring.opened();
    } else {
      this.#voice.notice(say("live.back"), { forMs: BACK_WORDS_MS });
      this.#measuring.back();
    }
  }

  // the camera

  #device() {
    return this.#camera?.getVideoTracks()[0].getSettings().deviceId;
  }

  /** Another camera, without leaving the session. The old one goes first: some phones open only one at a time. */
  async #useCamera(id) {
    if (!this.#link || id === this.#device()) return;
    const link = this.#link;
    const old = this.#camera;
    this.#calibrating.cancel();
    this.#camera = null;
    closeCamera(old);
    this.#voice.notice(say("live.turning"), { waiting: true });
    try {
      const stream = await openCamera(id);
      if (link !== this.#link) {
        closeCamera(stream);
        return;
      }
      this.#use(stream);
      await link.turnTo(stream.getVideoTracks()[0]);
      this.#tellCamera();
      this.#voice.notice("");
    } catch (error) {
      if (link === this.#link) this.#failed(error);
    }
  }

  get #track() {
    return this.#camera?.getVideoTracks()[0] ?? null;
  }

  /** What this device knows of her camera goes to the mirror: with each connection, which may be to a new one. */
  async #tellCamera() {
    const [link, track] = [this.#link, this.#track];
    const profile = track && (await profileOf(track));
    if (link !== this.#link || track !== this.#track || !link?.control) return;
    try {
      await link.control.ask("camera.set", { camera: profile && numbersOf(profile) });
    } catch (error) {
      // numbers that the mirror refuses are no use to anybody; no answer: the next connection says it again
      if (error.reason !== "no_answer") await forgetProfile(track);
    }
  }

  async #askCalibrate() {
    const track = this.#track;
    if (!track || this.#guided) return;
    askCalibrate(this.#root, await profileOf(track), {
      begin: () => this.#link?.control && this.#camera && this.#calibrating.begin(this.#link, this.#camera),
      load: (text) => {
        const profile = readFile(text, track);
        if (profile) this.#calibrated(profile);
        else this.#voice.notice(say("calibrate.file.wrong"), { forMs: FILE_WORDS_MS });
      },
      forget: async () => {
        await forgetProfile(track);
        this.#tellCamera();
      },
    });
  }

  async #calibrated(profile) {
    await keepProfile(this.#track, profile);
    await this.#tellCamera();
    tellCalibrated(this.#root, profile);
  }

  #use(stream) {
    const [track] = stream.getVideoTracks();
    this.#camera = stream;
    this.#mirror.mirrored = facesHer(stream);
    track.addEventListener("ended", () => this.#camera === stream && this.#end("camera_lost"));
    track.addEventListener("mute", () => this.#voice.notice(say("live.paused")));
    track.addEventListener("unmute", () => this.#voice.notice(""));
  }

  // the pieces

  #changed() {
    const { active } = this.#fitting;
    for (const { piece } of this.#fitting.outfit) this.#tried.add(piece.id);
    const words = active ? about(active.piece) : [el("p", { class: "piece-words" }, say("worn.none"))];
    this.#root.querySelector(".about").replaceChildren(el("p", { class: "brand" }, say("page.title")), ...words);
    if (!active) this.#placing(false);
    const sku = active ? skuOf(active.piece) : null;
    if (sku !== this.#inHand) this.#tell("piece", { sku });
    this.#inHand = sku;
    if (["consent", "photo_ask"].includes(this.#state)) this.#go(this.#state);
    else if (this.#state === "photo") this.#wearOnPhoto();
  }

  #adjust(open) {
    if (open) this.#placing(false);
    this.#nudge.hidden = !open;
    this.#root.toggleAttribute("data-adjusting", open);
    this.#shelf.hidden = open;
    if (open) this.#nudge.focus();
  }

  /** Open or close the choice of where the piece in hand goes. */
  #placing(open) {
    if (open === !this.#place.hidden) return;
    if (open) this.#controls.adjusting(false);
    this.#place.hidden = !open;
    this.#root.toggleAttribute("data-placing", open);
    this.#shelf.hidden = open;
    this.#worn.placing = open;
    if (open) this.#place.focus();
  }

  /** Her measures when they are known, else what is asked before. */
  #measure() {
    if (this.#consent?.child) {
      this.#voice.notice(say(errorKey("consent_not_for_child")), { forMs: FILE_WORDS_MS });
      return;
    }
    if (this.#fit.report) this.#fit.open(this.#fitting.outfit);
    else this.#askMeasure();
  }

  async #askMeasure() {
    this.#controls.adjusting(false);
    this.#placing(false);
    askMeasure(this.#root, {
      agreement: this.#agreement,
      parts: partsFor(this.#fitting.outfit.map(({ piece }) => piece)),
      camera: knownWords(this.#track && (await profileOf(this.#track))),
      begin: (asked) => this.#begin(asked),
      know: () => this.#askKnown(),
      calibrate: () => this.#askCalibrate(),
    });
  }

  /** The words by which she agrees to be measured; empty when she did. */
  get #agreement() {
    return this.#consent?.purposes.includes(MEASURE) ? "" : this.#words.also[MEASURE];
  }

  /** She went on, under the words by which she agrees to be measured: record it. Rejects with ApiError. */
  async #agree() {
    if (!this.#agreement) return;
    this.#consent = await api.agreeAlso(this.#consent, this.#words, MEASURE);
    if (this.#meeting) this.#meeting.consent = this.#consent;
  }

  async #begin(asked) {
    try {
      await this.#agree();
    } catch (error) {
      this.#voice.notice(say(errorKey(error.reason)), { forMs: BACK_WORDS_MS });
      return;
    }
    if (this.#link?.control) this.#measuring.begin(asked);
  }

  #askKnown() {
    askKnown(this.#root, this.#given, {
      agreement: this.#agreement,
      tell: async (given) => {
        await this.#agree();
        return this.#ask("known.set", { given });
      },
      read: async (picture, kind) => {
        await this.#agree();
        return this.#link.laid(picture, kind);
      },
      done: (given, report) => {
        this.#given = given;
        if (Object.keys(report.measurements).length) this.#measured(report);
        else this.#unmeasured();
      },
    });
  }

  /** Start over: her visits and what she gave. */
  async #forget() {
    try {
      await this.#ask("measure.forget", {});
    } catch (error) {
      this.#voice.notice(say(errorKey(error.reason)), { forMs: BACK_WORDS_MS });
      return;
    }
    this.#given = [];
    this.#unmeasured();
    this.#voice.notice(say("fit.forgotten"), { forMs: BACK_WORDS_MS });
    this.#controls.focusMeasure();
  }

  /** Ask the mirror. Rejects with Refusal. */
  #ask(type, data) {
    const control = this.#link?.control;
    return control ? control.ask(type, data) : Promise.reject(new Refusal("no_answer", "the connection is being brought back"));
  }

  /** Whether she is led through something: the rest of the mirror rests meanwhile. */
  get #guided() {
    return this.#measuring.active || this.#calibrating.active;
  }

  #guidedChanged() {
    this.#root.toggleAttribute("data-measuring", this.#guided);
    if (!this.#guided && shown(this.#state)) this.#controls.focusMeasure();
  }

  #measured(report) {
    this.#kept = null; // other numbers
    this.#tell("measured");
    this.#fit.report = report;
    this.#shelf.fits = report.fit;
    this.#fit.open(this.#fitting.outfit);
  }

  async #fitCard(piece) {
    const over = this.#voice.waiting(say("fit.card.making"));
    try {
      const address = URL.createObjectURL(await this.#drawCard(piece.id));
      const link = el("a", { href: address, download: `${say("fit.card.file", { name: piece.name })}.pdf` });
      link.click();
      setTimeout(() => URL.revokeObjectURL(address), CARD_KEPT_MS);
    } catch (error) {
      this.#voice.notice(say(errorKey(error.reason)), { forMs: BACK_WORDS_MS });
    } finally {
      over();
    }
  }

  /** The card; with the code of its live record, where these measures are kept. */
  async #drawCard(id) {
    try {
      if (this.#kept) return await api.keptCard(this.#kept.fit, this.#kept.key, id, "pdf");
    } catch (error) {
      if (!["fit_unknown", "fit_expired"].includes(error.reason)) throw error;
      this.#kept = null; // it was deleted meanwhile
    }
    return api.fitCard(this.#consent, id, this.#fit.report);
  }

  /** Ask her whether it may be kept, and have it kept. */
  #keepFit(piece) {
    keepFit(this.#root, {
      agreement: this.#words.also[KEEP],
      keep: async () => {
        if (!this.#consent.purposes.includes(KEEP)) {
          this.#consent = await api.agreeAlso(this.#consent, this.#words, KEEP);
          if (this.#meeting) this.#meeting.consent = this.#consent;
        }
        this.#kept = await api.keepFit(this.#consent, piece.id, this.#fit.report);
        return this.#kept;
      },
      piece,
    });
  }

  #unmeasured() {
    this.#kept = null;
    this.#fit.report = null;
    this.#shelf.fits = {};
    this.#shelf.sort([]);
  }

  /** A bespoke consultation, with what this page knows. */
  #consult() {
    this.#placing(false);
    consult(this.#root, {
      pieces: [...this.#tried],
      wished: this.#fitting.active?.piece.id ?? "",
      measured: this.#fit.report,
      catalogue: this.#shelf.pieces,
      pictures: this.#snapshots.all,
      submitted: () => this.#tell("submitted"),
    });
  }

  #about() {
    const { piece } = this.#fitting.active;
    const close = () => dialog.close();
    const turntable = new PieceTurntable();
    const dialog = el(
      "dialog",
      { class: "sheet about-sheet", onclose: () => dialog.remove() },
      turntable,
      ...about(piece, { open: true }),
      el("button", { type: "button", class: "primary", onclick: close }, say("more.close")),
    );
    this.#root.append(dialog);
    dialog.showModal();
    const view = (yaw, pitch, signal) => api.pieceView(piece.id, yaw, pitch, signal);
    turntable.show(view, { name: piece.name, start: poseOf(piece), step: VIEW_STEP_DEG, pitchMax: VIEW_PITCH_MAX_DEG });
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
