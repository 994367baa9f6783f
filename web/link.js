// The connection of a mirror: camera up, picture back, control beside it. When it is lost, it comes back by
// itself: a new peer connection to the same session (the server cannot restart ICE), and when that session is
// gone, a new one. Nothing is sent to anyone but our own server, and to the TURN servers that it names.

import * as api from "./api.js";
import { Control } from "./control.js";

const GATHER_MS = 1000;
const GATHERED_MS = 40; // no candidate for so long: those of this machine are all there
const OPEN_MS = 20_000; // a cold server makes a process first
const CONNECT_MS = 8000;
const ANSWER_MS = 3000; // an attempt that began while the network was away must not keep the next one waiting for long
const PAUSES_MS = [0, 300, 700, 1000];
const RESUME_MS = 60_000;
const UPLINK_BPS = 3_000_000;

/** Over for good: `reason` is one of the server's, `offline`, `blocked`, `no_webrtc` or `gone`. */
export class LinkError extends Error {
  constructor(reason, { retryAfterS = 0 } = {}) {
    super(reason);
    this.reason = reason;
    this.retryAfterS = retryAfterS;
  }
}

/** What a link says: `event.detail` is the stream, the message, or why it ended. */
const tell = (link, type, detail) => link.dispatchEvent(new CustomEvent(type, { detail }));

/** A wearer's mirror by herself: where a link opens its session, comes back to it, and ends it. */
const ALONE = { relays: api.relays, open: api.openSession, resume: api.resumeSession, close: api.closeSession };
const VOICES = 3; // others that one can hear (tryon/media/peer.py)

/**
 * Events: `voices` (MediaStreams to hear, one a voice), `stream` (MediaStream to show), `message` (ControlMessage; the first of each connection says what the
 * session wears, which is all it knows when it is a new one), `lost`, `over` (LinkError: it could not be brought back).
 */
export class Link extends EventTarget {
  #pc = null;
  #control = null;
  #offer = null;
  #track = null;
  #consent = null;
  #address = null;
  #closed = new AbortController();
  #relays = [];
  #relaysUntilMs = 0;
  #asking = null;
  #doors;
  #camera;
  #speech;
  #microphone = null;
  /** @type {string[]} what a new session starts with */
  pieces = [];

  /** `doors`: see ALONE; `camera`: whether it sends a picture; `speech`: whether people speak on it. */
  constructor({ doors = ALONE, camera = true, speech = false } = {}) {
    super();
    this.#doors = doors;
    this.#camera = camera;
    this.#speech = speech;
    if (!globalThis.RTCPeerConnection) throw new LinkError("no_webrtc");
  }

  /** The data channel of now, or null. */
  get control() {
    return this.#control;
  }

  /** Make the offer before the camera is there: it saves its time. */
  prepare() {
    this.#offer ??= this.#makeOffer();
    // a failure is told by open()
    this.#offer.catch(() => {});
  }

  /** Learn what relays there are as soon as she may; an offer that was made without them is made anew. */
  seek(consent) {
    if (performance.now() < this.#relaysUntilMs || this.#closed.signal.aborted) return Promise.resolve();
    this.#asking ??= this.#doors
      .relays(consent, AbortSignal.timeout(ANSWER_MS))
      .then(({ servers, holds_s: holdsS }) => {
        this.#relaysUntilMs = performance.now() + holdsS * 900;
        if (!servers.length && !this.#relays.length) return;
        this.#relays = servers;
        if (!this.#offer || this.#closed.signal.aborted) return;
        this.#drop();
        this.prepare();
      })
      .catch(() => {}) // who refused that refuses the offer too, with words
      .finally(() => (this.#asking = null));
    return this.#asking;
  }

  /** Open a session under a consent. Rejects with LinkError or ApiError; then nothing is left behind. */
  async open(track, consent) {
    this.#track = track;
    this.#consent = consent;
    this.prepare();
    try {
      await this.#connect();
    } catch (error) {
      this.close();
      throw error;
    }
  }

  /** Send another camera's picture from now on; the connection stays. */
  async turnTo(track) {
    this.#track = track;
    await this.#pc?.getSenders()[0].replaceTrack(track);
  }

  /** Speak with another microphone from now on, or with none (null). */
  async speak(track) {
    this.#microphone = track;
    const [sender] = this.#pc?.getTransceivers().filter(({ receiver }) => receiver.track.kind === "audio") ?? [];
    await sender?.sender.replaceTrack(track);
  }

  /** Send a still of the calibration board: what it tells of the camera. Rejects with ApiError. */
  still(still, { anew }) {
    return api.sendStill(this.#consent, this.#address, still, { anew });
  }

  /** Send a picture of a ring or bangle beside a card: what it tells. Rejects with ApiError. */
  laid(picture, kind) {
    return api.sendLaid(this.#consent, this.#address, picture, kind);
  }

  /** End the session; the server is told, unless it knows. Safe to call twice, and while the page goes away. */
  close({ keepalive = false, tell = true } = {}) {
    if (this.#closed.signal.aborted) return;
    this.#closed.abort();
    this.#drop();
    if (this.#address && tell) {
      // if it cannot be told, the server notices the silence
      this.#doors.close(this.#consent, this.#address, { keepalive }).catch(() => {});
    }
  }

  async #makeOffer() {
    const pc = new RTCPeerConnection({ iceServers: this.#relays, bundlePolicy: "max-bundle" });
    this.#pc = pc;
    const transceiver = pc.addTransceiver("video", {
      direction: this.#camera ? "sendrecv" : "recvonly",
      sendEncodings: this.#camera ? [{ maxBitrate: UPLINK_BPS }] : undefined,
    });
    if (this.#speech) {
      pc.addTransceiver("audio", { direction: "sendrecv" });
      for (let voice = 1; voice < VOICES; voice++) pc.addTransceiver("audio", { direction: "recvonly" });
    }
    const codecs = RTCRtpReceiver.getCapabilities?.("video")?.codecs ?? [];
    const wanted = codecs.filter(({ mimeType }) => /video\/(VP8|rtx)$/i.test(mimeType));
    if (wanted.length) transceiver.setCodecPreferences?.(wanted);
    const control = new Control(pc.createDataChannel("control", { ordered: true }));
    await pc.setLocalDescription(await pc.createOffer());
    await gathered(pc);
    return { pc, transceiver, control };
  }

  /** To the session that is there, else to a new one. */
  async #connect() {
    await this.seek(this.#consent);
    const { pc, transceiver, control } = await (this.#offer ?? this.#makeOffer());
    this.#offer = null;
    await transceiver.sender.replaceTrack(this.#track);
    const voices = pc.getTransceivers().filter(({ receiver }) => receiver.track.kind === "audio");
    await voices[0]?.sender.replaceTrack(this.#microphone);
    const parameters = transceiver.sender.getParameters();
    parameters.degradationPreference = "maintain-resolution";
    await transceiver.sender.setParameters(parameters).catch(() => {});
    const sdp = pc.localDescription.sdp;
    const { address, answer } = this.#address
      ? await this.#doors.resume(this.#consent, this.#address, sdp, AbortSignal.timeout(ANSWER_MS))
      : await this.#doors.open(this.#consent, sdp, this.pieces, AbortSignal.timeout(OPEN_MS));
    if (this.#closed.signal.aborted) {
      // closed while the server was opening it: the answer was waited for, else nobody could end that session
      this.#doors.close(this.#consent, address).catch(() => {});
      throw new LinkError("gone");
    }
    this.#address = address;
    if ("jitterBufferTarget" in transceiver.receiver) transceiver.receiver.jitterBufferTarget = 0;
    control.addEventListener("message", (event) => {
      // its session is over, unless another connection of ours took this one's place: the next is a new one
      if (pc !== this.#pc) return; // what a connection says after it was given up is old
      if (event.said === "ended" && event.data.reason !== "replaced") this.#address = null;
      this.#control = control; // whoever hears this may answer
      tell(this, "message", event);
    });
    // looked for before it can be: on a busy machine the channel opens while the answer is still being taken
    const open = opened(pc, control, AbortSignal.any([this.#closed.signal, AbortSignal.timeout(CONNECT_MS)]));
    await Promise.all([open, pc.setRemoteDescription({ type: "answer", sdp: answer })]);
    this.#control = control;
    const lost = () => this.#lost(pc);
    control.addEventListener("silent", lost);
    pc.addEventListener("connectionstatechange", () => {
      if (["failed", "disconnected", "closed"].includes(pc.connectionState)) lost();
    });
    if (voices.length) tell(this, "voices", voices.map(({ receiver }) => new MediaStream([receiver.track])));
    tell(this, "stream", new MediaStream([transceiver.receiver.track]));
  }

  #drop() {
    this.#control?.close();
    this.#pc?.close();
    this.#control = this.#pc = this.#offer = null;
  }

  #lost(pc) {
    if (pc !== this.#pc || this.#closed.signal.aborted) return;
    this.#drop();
    tell(this, "lost");
    this.#resume().catch((error) => {
      if (this.#closed.signal.aborted) return;
      this.close();
      tell(this, "over", error);
    });
  }

  async #resume() {
    const untilMs = performance.now() + RESUME_MS;
    for (let attempt = 0; performance.now() < untilMs; attempt++) {
      await pause(PAUSES_MS[Math.min(attempt, PAUSES_MS.length - 1)], this.#closed.signal);
      try {
        await this.#connect();
        return;
      } catch (error) {
        const heard = this.#control !== null;
        this.#drop();
        if (this.#closed.signal.aborted) throw error;
        if (error.reason?.startsWith("consent_")) throw error;
        if (heard) tell(this, "lost"); // what it said was of a connection that never was whole
        if (["session_unknown", "session_lost"].includes(error.reason)) this.#address = null;
      }
    }
    throw new LinkError("gone");
  }
}

/** Resolves when all candidates are known, or when no more come, or after a while with those that are there. Relays
 * need not be waited for: the server learns of one by what comes through it. */
function gathered(pc) {
  return new Promise((resolve) => {
    let quiet = 0;
    const check = () => pc.iceGatheringState === "complete" && resolve();
    pc.addEventListener("icegatheringstatechange", check);
    pc.addEventListener("icecandidate", ({ candidate }) => {
      // browsers say "complete" late, though only their own addresses were to be found
      if (candidate?.protocol !== "udp") return;
      clearTimeout(quiet);
      quiet = setTimeout(resolve, GATHERED_MS);
    });
    setTimeout(resolve, GATHER_MS);
    check();
  });
}

/** Resolves when the control channel is open. */
function opened(pc, control, signal) {
  return new Promise((resolve, reject) => {
    control.addEventListener("open", resolve);
    pc.addEventListener("connectionstatechange", () => {
      if (pc.connectionState === "failed") reject(new LinkError("blocked"));
    });
    signal.addEventListener("abort", () => reject(new LinkError("blocked")));
  });
}

/** Wait, but not longer than until the network is back, and not after the link is closed. */
function pause(ms, signal) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(done, ms);
    addEventListener("online", done);
    signal.addEventListener("abort", aborted);
    function leave() {
      clearTimeout(timer);
      removeEventListener("online", done);
      signal.removeEventListener("abort", aborted);
    }
    function done() {
      leave();
      resolve();
    }
    function aborted() {
      leave();
      reject(new LinkError("gone"));
    }
  });
}
