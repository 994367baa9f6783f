// Words that do not flicker: a hint is only worth saying when what it is about lasts, and once said it stays long
// enough to be read. Who turns her head to see the piece from the side is not told to turn back.

const PATIENCE_MS = { "hint.turned_away": 2500, "view.searching": 600, "view.lost": 600, "": 0 };
const PATIENCE_ELSE_MS = 900;
const STAY_MS = 1600;

export class Calm {
  #say;
  #wanted = "";
  #said = "";
  #saidMs = -Infinity;
  #timer = 0;

  /** @param {(key: string) => void} say called with the key of the words to show; empty for none */
  constructor(say) {
    this.#say = say;
  }

  /** What would be said if it lasts; empty for nothing. */
  want(key) {
    if (key === this.#wanted) return;
    this.#wanted = key;
    clearTimeout(this.#timer);
    if (key === this.#said) return;
    const stays = this.#said ? this.#saidMs + STAY_MS - performance.now() : 0;
    const patience = PATIENCE_MS[key] ?? PATIENCE_ELSE_MS;
    this.#timer = setTimeout(() => this.#now(key), Math.max(stays, patience));
  }

  /** Forget what was said and wanted. */
  clear() {
    clearTimeout(this.#timer);
    this.#wanted = this.#said = "";
  }

  #now(key) {
    this.#said = key;
    this.#saidMs = performance.now();
    this.#say(key);
  }
}
