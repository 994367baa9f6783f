// What she wears and how: the one piece that is chosen, its nudge, before or after, her snapshots. The page shows
// a wish at once and the mirror follows; what the mirror says is the truth, once it has heard the newest wish.

import { Refusal } from "./control.js";
import { movedWords } from "./nudge.js";
import { errorKey } from "./panel.js";
import { list, number, say } from "./words.js";

const FAILED_MS = 5000;
const HOME = { up_mm: 0, forward_mm: 0, tilt_deg: 0, moved: false };

export class Fitting {
  #parts;
  #voice;
  #link = null;
  #piece = null;
  #nudge = HOME;
  #bare = false;
  #unanswered = 0;
  #dressed = Promise.resolve(); // when the chosen piece is worn
  /** How the mirror is doing: {width, height, fps}, or null. */
  doing = null;

  /** @param {{mirror, nudge, controls, snapshots, shelf}} parts what it shows things with */
  constructor(parts, voice) {
    this.#parts = parts;
    this.#voice = voice;
  }

  /** The link to the mirror, or null; a new one begins with the chosen piece on its own seat. */
  set link(link) {
    this.#link = link;
    this.doing = null;
    this.#nudge = HOME;
    this.#bare = false;
    this.#show();
    if (link) link.pieces = [this.#piece.id];
  }

  /** Wear a piece in place of the one before. */
  async wear(piece) {
    this.#piece = piece;
    this.#nudge = HOME;
    this.#show();
    if (!this.#link) return;
    this.#link.pieces = [piece.id];
    const asked = this.#ask("pieces.set", { pieces: [piece.id] }, say("live.changing", { name: piece.name }));
    this.#dressed = asked;
    const answer = await asked;
    if (answer && piece === this.#piece) this.#voice.announce(say("live.wearing", { name: piece.name }));
  }

  /** Move it off its own seat, or back. */
  async move({ up_mm, forward_mm, tilt_deg }) {
    const nudge = { up_mm, forward_mm, tilt_deg, moved: Boolean(up_mm || forward_mm || tilt_deg) };
    this.#nudge = nudge;
    this.#show();
    // only what is worn can be moved
    this.#unanswered += 1;
    await this.#dressed;
    this.#unanswered -= 1;
    if (nudge === this.#nudge) this.#ask("nudge.set", { piece: this.#piece.id, up_mm, forward_mm, tilt_deg });
  }

  /** Show her without the piece, or with it. */
  set bare(bare) {
    this.#bare = bare;
    this.#show();
    this.#ask("bare.set", { bare });
  }

  /** Take a snapshot, and show it. */
  async snapshot() {
    this.#parts.mirror.flash();
    const taken = await this.#ask("snapshot.take", {}, say("snapshot.taking"), say("snapshot.failed"));
    if (!taken) return;
    const names = taken.pieces.map((id) => this.#parts.shelf.pieces.find((piece) => piece.id === id)?.name ?? id);
    this.#parts.snapshots.add({ ...taken, words: names.length ? list(names) : "" });
    this.#voice.announce(say("snapshot.taken"));
    this.#parts.snapshots.open();
  }

  /** What the mirror says. */
  heard(said, data) {
    if (said === "pieces") this.#wears(data);
    else if (said === "state") this.#voice.seen(data);
    else if (said === "stats") {
      this.#voice.fps = data.fps;
      this.doing = { width: data.size_px[0], height: data.size_px[1], fps: number(data.fps) };
    }
  }

  /** A new session knows nothing of what she did in the one before. */
  tellAll() {
    if (this.#nudge.moved) this.move(this.#nudge);
    if (this.#bare) this.bare = true;
  }

  #wears({ worn, bare }) {
    // while she presses on, an older answer must not pull the piece back
    if (this.#unanswered > 1) return;
    const found = worn.find(({ piece }) => piece === this.#piece.id);
    if (!found) {
      // she chose another piece while there was no connection
      if (!this.#unanswered) this.wear(this.#piece);
      return;
    }
    this.#nudge = found;
    this.#bare = bare;
    this.#show();
  }

  #show() {
    const { controls, nudge } = this.#parts;
    nudge.nudge = this.#nudge;
    controls.bare = this.#bare;
    // a hand has nothing in it whose size is known: against a finger, a ring's size is a guess
    const styled = this.#piece?.worn_on.endsWith("_hand") ?? false;
    controls.badge({ bare: this.#bare, styled, moved: this.#nudge.moved ? movedWords(this.#nudge) : "" });
  }

  /** Ask the mirror; words appear when it takes long, and when it fails. Null when it failed. */
  async #ask(type, data, waiting = "", failed = "") {
    const control = this.#link?.control;
    if (!control) return null; // the connection is being brought back, which has words of its own
    const over = waiting ? this.#voice.waiting(waiting) : () => {};
    this.#unanswered += 1;
    try {
      return await control.ask(type, data);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (control === this.#link?.control) this.#voice.notice(failed || say(errorKey(error.reason)), { forMs: FAILED_MS });
      return null;
    } finally {
      this.#unanswered -= 1;
      over();
    }
  }
}
