// What is said on the data channel `control`: the envelope, the heartbeat, and a snapshot's bytes.
// The server speaks the same words: tryon/messages.py (tests/web/test_words.py compares the two).

export const VERSION = 1;
export const HEARTBEAT_MS = 1000;
export const HEARTBEATS_LOST = 4;

/** What this side may say. */
export const FROM_BROWSER = [
  "pieces.set",
  "nudge.set",
  "bare.set",
  "stage.set",
  "snapshot.take",
  "camera.set",
  "measure.start",
  "measure.step",
  "measure.stop",
  "measure.cancel",
  "measure.forget",
  "known.set",
  "admit",
  "decline",
  "leave",
  "end",
  "mute.set",
  "chat.say",
  "note.set",
  "freeze",
  "freeze.end",
  "mark.draw",
  "mark.undo",
  "snapshot.ask",
  "measure.ask",
  "agree",
  "ping",
  "pong",
];
/** What the other side may say; an unknown type is passed over, a newer server may say it. */
export const TO_BROWSER = [
  "pieces",
  "camera",
  "state",
  "stats",
  "measuring",
  "measured",
  "asked",
  "snapshot",
  "here",
  "journal",
  "error",
  "ended",
  "ping",
  "pong",
];

const ANSWER_MS = 5000;
// a newer one of these takes the place of one that is still unsent
const NEWEST = {
  "pieces.set": () => "pieces.set",
  "bare.set": () => "bare.set",
  "stage.set": () => "stage.set",
  "nudge.set": (data) => `nudge.set ${data.piece}`,
  "note.set": (data) => `note.set ${data.private}`,
};
const BUFFERED_MAX = 16 * 1024;

/** The server said no to a message, or nothing at all (`no_answer`). */
export class Refusal extends Error {
  constructor(reason, detail) {
    super(detail);
    this.reason = reason;
  }
}

/** A message from the server: `type`, `data`; `answers` one of ours, or comes by itself. */
export class ControlMessage extends Event {
  constructor(type, data, answers = false) {
    super("message");
    this.said = type;
    this.data = data;
    this.answers = answers;
  }
}

/**
 * One data channel. Events: `open`, `message` (ControlMessage), `silent` (nothing heard for too long, or closed).
 */
export class Control extends EventTarget {
  #channel;
  #unsent = new Map();
  #asked = new Map();
  #next = 1;
  #heardMs = performance.now();
  #beat = 0;
  #incoming = null;
  #over = false;

  /** @param {RTCDataChannel} channel */
  constructor(channel) {
    super();
    this.#channel = channel;
    channel.binaryType = "arraybuffer";
    channel.bufferedAmountLowThreshold = BUFFERED_MAX / 2;
    channel.addEventListener("open", () => this.#opened());
    channel.addEventListener("message", (event) => this.#heard(event.data));
    channel.addEventListener("bufferedamountlow", () => this.#flush());
    channel.addEventListener("close", () => this.#silent());
  }

  /** Say something that needs no answer. */
  send(type, data = {}) {
    const key = NEWEST[type]?.(data) ?? `${type} ${this.#next++}`;
    this.#queue(key, { v: VERSION, type, data });
  }

  /** Say something and wait for its answer's data; rejects with Refusal. */
  ask(type, data = {}) {
    const id = String(this.#next++);
    const key = NEWEST[type]?.(data) ?? id;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#settle(id, new Refusal("no_answer", "no answer in time")), ANSWER_MS);
      this.#asked.set(id, { resolve, reject, timer });
      // the one that is replaced was never said: what is said now answers for it
      const replaced = this.#unsent.get(key);
      if (replaced?.id) this.#asked.get(replaced.id)?.resolve(null);
      this.#queue(key, { v: VERSION, type, id, data });
    });
  }

  /** Stop the heartbeat; nothing is said any more. */
  close() {
    this.#over = true;
    clearInterval(this.#beat);
    for (const id of [...this.#asked.keys()]) this.#settle(id, new Refusal("no_answer", "the connection closed"));
    this.#unsent.clear();
    this.#channel.close();
  }

  #opened() {
    this.#heardMs = performance.now();
    this.#beat = setInterval(() => this.#pulse(), HEARTBEAT_MS);
    this.#flush();
    this.dispatchEvent(new Event("open"));
  }

  #pulse() {
    if (performance.now() - this.#heardMs > HEARTBEAT_MS * HEARTBEATS_LOST) {
      this.#silent();
      return;
    }
    this.#queue("ping", { v: VERSION, type: "ping", data: { t_ms: performance.now() } });
  }

  #silent() {
    if (this.#over) return;
    this.close();
    this.dispatchEvent(new Event("silent"));
  }

  #queue(key, message) {
    if (this.#over) return;
    this.#unsent.delete(key);
    this.#unsent.set(key, message);
    this.#flush();
  }

  #flush() {
    for (const [key, message] of this.#unsent) {
      if (this.#channel.readyState !== "open" || this.#channel.bufferedAmount > BUFFERED_MAX) return;
      this.#unsent.delete(key);
      this.#channel.send(JSON.stringify(message));
    }
  }

  #heard(text) {
    this.#heardMs = performance.now();
    if (typeof text !== "string") {
      this.#bytes(text);
      return;
    }
    let message;
    try {
      message = JSON.parse(text);
    } catch {
      return;
    }
    if (message?.v !== VERSION || !TO_BROWSER.includes(message.type)) return;
    const { type, re, data = {} } = message;
    if (type === "ping") this.#queue("pong", { v: VERSION, type: "pong", data: { t_ms: data.t_ms ?? 0 } });
    else if (type === "snapshot") this.#incoming = { re, data, chunks: [], left: data.bytes };
    else if (type === "error" && re !== undefined) this.#settle(re, new Refusal(data.reason, data.detail));
    else if (type !== "pong") {
      if (re !== undefined) this.#settle(re, data);
      this.dispatchEvent(new ControlMessage(type, data, re !== undefined));
    }
  }

  /** A snapshot's bytes, in order, until all are there. */
  #bytes(chunk) {
    const incoming = this.#incoming;
    if (!incoming) return;
    incoming.chunks.push(chunk);
    incoming.left -= chunk.byteLength;
    if (incoming.left > 0) return;
    this.#incoming = null;
    const { mime, true_size: trueSize, pieces } = incoming.data;
    this.#settle(incoming.re, { blob: new Blob(incoming.chunks, { type: mime }), trueSize, pieces });
  }

  #settle(id, answer) {
    const asked = this.#asked.get(id);
    if (!asked) return;
    this.#asked.delete(id);
    clearTimeout(asked.timer);
    if (answer instanceof Refusal) asked.reject(answer);
    else asked.resolve(answer);
  }
}
