// The line between the frame and the shop's page: one port, handed over once, by the page that made the frame, if it is
// one of the shop's. Nothing else that is posted to this window is listened to.

const VERSION = 1;

/**
 * The frame's end. What is told before the line is there waits for it. Event: `command` (detail: {type, data}).
 */
export class Port extends EventTarget {
  #nonce;
  #admits;
  #port = null;
  #waiting = [];
  #told = 0;
  #heard = 0;

  /** @param {string} nonce which the page gave this frame; @param {(origin: string) => Promise<boolean>} admits */
  constructor(nonce, admits) {
    super();
    this.#nonce = nonce;
    this.#admits = admits;
    addEventListener("message", (event) => this.#asked(event));
  }

  /** Tell the page. */
  tell(type, data = {}) {
    this.#told += 1;
    const message = { v: VERSION, type, id: this.#told, data };
    if (this.#port) this.#port.postMessage(message);
    else this.#waiting.push(message);
  }

  /** Somebody would take the line. A nonce serves once; the origin is checked before it is spent. */
  async #asked({ source, origin, data, ports }) {
    if (source !== parent || parent === window || !this.#expects(data) || ports.length !== 1) return;
    if (!(await this.#admits(origin)) || !this.#expects(data)) return;
    this.#nonce = "";
    [this.#port] = ports;
    this.#port.onmessage = (event) => this.#heardOf(event.data);
    this.tell("hello");
    for (const message of this.#waiting.splice(0)) this.#port.postMessage(message);
  }

  #expects(data) {
    return Boolean(this.#nonce) && data?.crown === VERSION && data.type === "connect" && data.nonce === this.#nonce;
  }

  #heardOf(message) {
    const { v, type, id, data } = message ?? {};
    // each is numbered, and none counts twice
    if (v !== VERSION || typeof type !== "string" || !(id > this.#heard)) return;
    this.#heard = id;
    this.dispatchEvent(new CustomEvent("command", { detail: { type, data: data ?? {} } }));
  }
}
