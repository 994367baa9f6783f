// What is said to her while the mirror is open: at its edge, and to who listens instead of looking.

import { Calm } from "./calm.js";
import { say } from "./words.js";

const SOON_MS = 300; // a wait longer than this has words
const SLOW_FPS = 12;
const SLOW_FOR = 3;

/** Says one thing at a time: that the connection is lost, else what the page has to say, else what is seen in her. */
export class Voice {
  #mirror;
  #announcer;
  #calm = new Calm((key) => this.#hint(key));
  #lost = "";
  #notice = null;
  #hinted = "";
  #view = "live";
  #hints = [];
  #slow = 0;

  constructor(mirror, announcer) {
    this.#mirror = mirror;
    this.#announcer = announcer;
  }

  /** For who listens. */
  announce(words) {
    this.#announcer.textContent = words;
  }

  /** What is said while the connection is being brought back, by its key; "": it is there. */
  set lost(key) {
    this.#lost = key;
    if (key) this.announce(say(key));
    this.#edge();
  }

  /** How the server sees her. */
  seen({ view, hints }) {
    this.#view = view;
    this.#hints = hints;
    this.#look();
  }

  /** How many pictures a second there are. */
  set fps(value) {
    this.#slow = value < SLOW_FPS ? this.#slow + 1 : 0;
    this.#look();
  }

  /** Something of the page itself, until it is taken back by "" or the time is over. */
  notice(words, { waiting = false, forMs = 0 } = {}) {
    const notice = (this.#notice = words ? { words, waiting } : null);
    this.#edge();
    if (!forMs) return;
    this.announce(words);
    setTimeout(() => this.#notice === notice && this.notice(""), forMs);
  }

  /** Words for a wait, only when it is a long one; call what is returned when it is over. */
  waiting(words) {
    let said = null;
    const timer = setTimeout(() => {
      this.notice(words, { waiting: true });
      said = this.#notice;
    }, SOON_MS);
    return () => {
      clearTimeout(timer);
      if (said && this.#notice === said) this.notice("");
    };
  }

  /** Say nothing, and forget what was seen. */
  clear() {
    this.#calm.clear();
    this.#lost = false;
    this.#notice = null;
    this.#hinted = "";
    this.#view = "live";
    this.#hints = [];
    this.#slow = 0;
    this.#edge();
  }

  #look() {
    if (this.#view !== "live") this.#calm.want(`view.${this.#view}`);
    else if (this.#hints.length) this.#calm.want(`hint.${this.#hints[0]}`);
    else this.#calm.want(this.#slow >= SLOW_FOR ? "live.slow" : "");
  }

  #hint(key) {
    // who listens hears when she is lost, and when she is seen again
    if (key) this.announce(say(key));
    else if (this.#hinted.startsWith("view.")) this.announce(say("view.live"));
    this.#hinted = key;
    this.#edge();
  }

  #edge() {
    if (this.#lost) this.#mirror.whisper(say(this.#lost), { waiting: true });
    else if (this.#notice) this.#mirror.whisper(this.#notice.words, { waiting: this.#notice.waiting });
    else this.#mirror.whisper(this.#hinted && say(this.#hinted), { waiting: this.#hinted.startsWith("view.") });
  }
}
