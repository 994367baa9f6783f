// What she wears and how: pieces together, one of them in hand, each with its place and nudge; before or after; her
// snapshots. The page shows a wish at once and the mirror follows; what the mirror says is the truth, once it has
// heard the newest wish.

import { Refusal } from "./control.js";
import { movedWords } from "./nudge.js";
import { HOME, inHand, neighbour, nudged, PIECES_MAX, putOn, takeOff, whereOf } from "./outfit.js";
import { errorKey } from "./panel.js";
import { list, number, say } from "./words.js";

const FAILED_MS = 5000;
/** Her own room, near by. */
const ROOM = { light: "room", far: false };

/** Events: `change` (what is worn, or which piece is in hand). */
export class Fitting extends EventTarget {
  #parts;
  #voice;
  #link = null;
  #outfit = [];
  #told = []; // what the mirror last took on
  #active = null; // id of the piece in hand
  #name = ""; // of the look that was opened, until she changes it
  #bare = false;
  #stage = { ...ROOM };
  #percent = 0; // how well her size is known, which pieces are drawn against; 0: not yet
  #met = false; // whether this connection has said what it wears
  /** Whether others dress her too: then the mirror's word is the truth, also when it is new. */
  follows = false;
  /** Whether she is a child: her size is then not stated. */
  child = false;
  #unanswered = 0;
  #dressed = Promise.resolve(); // when all that was chosen is worn
  /** How the mirror is doing: {width, height, fps}, or null. */
  doing = null;

  /** @param {{mirror, nudge, place, worn, controls, snapshots, shelf}} parts what it shows things with */
  constructor(parts, voice) {
    super();
    this.#parts = parts;
    this.#voice = voice;
  }

  /** All that is worn. @returns {import("./outfit.js").Worn[]} */
  get outfit() {
    return this.#outfit;
  }

  /** The piece in hand, which words, badge and nudge are about; null when nothing is worn. */
  get active() {
    return this.#outfit.find(({ piece }) => piece.id === this.#active) ?? null;
  }

  /** The name of the look that was opened; empty when it is her own. */
  get name() {
    return this.#name;
  }

  /** The names of all that is worn, as a list in words; empty when there is nothing. */
  get words() {
    return this.#outfit.length ? list(this.#outfit.map(({ piece }) => piece.name)) : "";
  }

  /** The link to the mirror, or null. */
  set link(link) {
    this.#link = link;
    this.#met = false;
    this.doing = null;
    this.#bare = false;
    this.#stage = { ...ROOM };
    this.#told = this.#outfit;
    this.#show();
    if (link) link.pieces = this.#ids();
  }

  /** The connection is lost; the next one tells anew what it wears. */
  lost() {
    this.#met = false;
  }

  /** Wear a whole look, under its name. */
  wearAll(outfit, name) {
    this.#change(outfit, outfit[0]?.piece.id ?? null);
    this.#name = name;
    this.#show();
  }

  /** A piece of the shelf: put it on; when it is on take it in hand; when it is in hand take it off. */
  choose(piece) {
    if (piece.id === this.#active) this.takeOff(piece.id);
    else if (this.#outfit.some((worn) => worn.piece === piece)) this.take(piece.id);
    else this.#putOn(putOn(this.#outfit, piece), piece);
  }

  /** The next piece (1) for the place of the one in hand, or the one before (-1). */
  step(by) {
    const { active } = this;
    const { pieces } = this.#parts.shelf;
    if (!active) {
      this.choose(pieces.at(by > 0 ? 0 : -1));
      return;
    }
    const piece = neighbour(this.#outfit, active, pieces, by);
    if (piece !== active.piece) this.#putOn(putOn(takeOff(this.#outfit, active.piece.id), piece, active.place), piece);
  }

  /** Take a worn piece in hand. */
  take(id) {
    this.#active = id;
    this.#show();
    this.#voice.announce(say("worn.active", { name: this.active.piece.name }));
  }

  /** Take a piece off. */
  async takeOff(id) {
    const { name } = this.#outfit.find(({ piece }) => piece.id === id).piece;
    const outfit = takeOff(this.#outfit, id);
    const active = id === this.#active ? (outfit.at(-1)?.piece.id ?? null) : this.#active;
    this.#voice.announce(outfit.length ? say("worn.taken_off", { name }) : say("worn.nothing"));
    await this.#change(outfit, active);
  }

  /** Wear or hold the piece in hand at another place; null is its own. */
  place(place) {
    const { piece } = this.active;
    this.#putOn(putOn(this.#outfit, piece, place), piece);
  }

  /** Move the piece in hand off its own seat, or back. */
  async move({ up_mm, forward_mm, tilt_deg }) {
    const nudge = { up_mm, forward_mm, tilt_deg, moved: Boolean(up_mm || forward_mm || tilt_deg) };
    this.#outfit = nudged(this.#outfit, this.#active, nudge);
    this.#show();
    await this.#tellNudge(this.#active);
  }

  /** Whether she is shown without the pieces. */
  get bare() {
    return this.#bare;
  }

  /** Show her without the pieces, or with them. */
  set bare(bare) {
    this.#bare = bare;
    this.#show();
    this.#ask("bare.set", { bare });
  }

  /** In which light she is shown, and whether from the tenth row: {light, far}. */
  get stage() {
    return this.#stage;
  }

  set stage(stage) {
    this.#stage = stage;
    this.#ask("stage.set", stage);
  }

  /** Take a snapshot, and show it. */
  async snapshot() {
    this.#parts.mirror.flash();
    const { answer: taken } = await this.#ask("snapshot.take", {}, say("snapshot.taking"), say("snapshot.failed"));
    if (!taken) return;
    const names = taken.pieces.map((id) => this.#parts.shelf.pieces.find((piece) => piece.id === id)?.name ?? id);
    const moved = this.#outfit.some(({ nudge }) => nudge.moved);
    this.#parts.snapshots.add({ ...taken, trueSize: taken.trueSize && !this.child, moved, words: names.length ? list(names) : "" });
    this.#voice.announce(say("snapshot.taken"));
    this.#parts.snapshots.open();
  }

  /** What the mirror says. */
  heard(said, data) {
    if (said === "pieces") this.#wears(data);
    else if (said === "state") this.#seen(data);
    else if (said === "stats") {
      this.#voice.fps = data.fps;
      this.doing = { width: data.size_px[0], height: data.size_px[1], fps: number(data.fps) };
    }
  }

  #seen(state) {
    this.#voice.seen(state);
    const { size_u95_percent: percent = 0 } = state;
    if (percent === this.#percent) return;
    this.#percent = percent;
    this.#show();
  }

  /** Tell all there is to know to a session that knows less. */
  #tellAll() {
    this.#dress();
    for (const { piece, nudge } of this.#outfit) if (nudge.moved) this.#tellNudge(piece.id);
    if (this.#bare) this.bare = true;
    if (this.#stage.light !== ROOM.light || this.#stage.far) this.stage = this.#stage;
  }

  #wears({ worn, bare, light = ROOM.light, far = ROOM.far }) {
    // what a new connection says first may be older than what she sees
    if (this.#met || this.follows) this.#stage = { light, far };
    if (this.follows && (this.#met || worn.length)) {
      this.#met = true;
      if (this.#unanswered <= 1) this.#adopt(worn, bare);
      return;
    }
    if (!this.#met) {
      this.#met = true;
      if (!this.#same(worn) || bare !== this.#bare || light !== this.#stage.light || far !== this.#stage.far) this.#tellAll();
      return;
    }
    // while she presses on, an older answer must not pull a piece back
    if (this.#unanswered > 1) return;
    for (const { piece, up_mm, forward_mm, tilt_deg, moved } of worn) {
      this.#outfit = nudged(this.#outfit, piece, { up_mm, forward_mm, tilt_deg, moved });
    }
    this.#bare = bare;
    this.#show();
  }

  /** Wear what the mirror wears. */
  #adopt(worn, bare) {
    const pieceOf = (id) => this.#parts.shelf.pieces.find((piece) => piece.id === id);
    this.#outfit = this.#told = worn
      .filter(({ piece }) => pieceOf(piece))
      .map(({ piece: id, on, finger, held, up_mm, forward_mm, tilt_deg, moved }) => {
        const piece = pieceOf(id);
        const own = on === piece.worn_on && finger === piece.finger && !held;
        return { piece, place: own ? null : { on, finger, held }, nudge: { up_mm, forward_mm, tilt_deg, moved } };
      });
    if (!this.active) this.#active = this.#outfit.at(-1)?.piece.id ?? null;
    this.#bare = bare;
    this.#show();
  }

  /** Whether the mirror wears what is worn here; of a place that was chosen it cannot be told whether it knows. */
  #same(worn) {
    return (
      worn.length === this.#outfit.length &&
      this.#outfit.every(({ piece, place, nudge }, at) => {
        const axes = ["up_mm", "forward_mm", "tilt_deg"];
        return !place && worn[at].piece === piece.id && axes.every((axis) => nudge[axis] === worn[at][axis]);
      })
    );
  }

  #ids() {
    return this.#outfit.map(({ piece }) => piece.id);
  }

  async #putOn(outfit, piece) {
    if (outfit.length > PIECES_MAX) {
      this.#voice.notice(say("error.pieces_too_many"), { forMs: FAILED_MS });
      return;
    }
    if (await this.#change(outfit, piece.id, piece.name)) this.#voice.announce(say("live.wearing", { name: this.words }));
  }

  /** Wear another outfit; resolves to whether the mirror took it on and nothing newer was wished for meanwhile. */
  async #change(outfit, active, name = "") {
    this.#outfit = outfit;
    this.#active = active;
    this.#name = "";
    this.#show();
    if (!this.#link) return false;
    this.#link.pieces = this.#ids();
    return this.#dress(name && say("live.changing", { name }));
  }

  async #dress(waiting = "") {
    const outfit = this.#outfit;
    const places = outfit.filter(({ place }) => place).map(({ piece, place }) => [piece.id, place]);
    const asked = this.#ask("pieces.set", { pieces: this.#ids(), places: Object.fromEntries(places) }, waiting);
    this.#dressed = asked;
    const { answer, refused } = await asked;
    const newest = this.#dressed === asked;
    if (answer) this.#told = outfit;
    // without an answer nobody knows; the mirror will say what it wears
    if (refused && refused !== "no_answer" && newest) {
      this.#outfit = this.#told;
      if (!this.active) this.#active = this.#outfit.at(-1)?.piece.id ?? null;
      if (this.#link) this.#link.pieces = this.#ids();
      this.#show();
    }
    return Boolean(answer) && newest;
  }

  /** Only what is worn can be moved, and only the newest wish counts. */
  async #tellNudge(id) {
    const nudgeOf = () => this.#outfit.find(({ piece }) => piece.id === id)?.nudge;
    const nudge = nudgeOf();
    this.#unanswered += 1;
    await this.#dressed;
    this.#unanswered -= 1;
    if (nudge !== nudgeOf()) return;
    const { up_mm, forward_mm, tilt_deg } = nudge;
    this.#ask("nudge.set", { piece: id, up_mm, forward_mm, tilt_deg });
  }

  #show() {
    const { controls, mirror, nudge, place, shelf, worn } = this.#parts;
    const { active } = this;
    const held = active ? whereOf(active).held : false;
    nudge.nudge = active?.nudge ?? HOME;
    // a chain and a drop hang: gravity tilts them, nobody else
    nudge.tilts = !["neck", "ears"].includes(active?.piece.worn_on);
    place.worn = active;
    worn.show({ outfit: this.#outfit, active, name: this.#name });
    shelf.mark(this.#ids(), this.#active);
    mirror.label = this.words ? say("mirror.picture", { name: this.words }) : say("mirror.picture.bare");
    controls.bare = this.#bare;
    controls.piece = active?.piece ?? null;
    controls.movable = Boolean(active) && !held;
    if (active) {
      // a hand has nothing in it whose size is known: against a finger, a ring's size is a guess
      const where = active.nudge.moved && !held ? movedWords(active.nudge) : "";
      controls.badge({ bare: this.#bare, styled: this.child || inHand(active), moved: where, percent: this.#percent });
    }
    this.dispatchEvent(new Event("change"));
  }

  /** Ask the mirror; words appear when it takes long, and when it fails: {answer}, {refused} or neither. */
  async #ask(type, data, waiting = "", failed = "") {
    const control = this.#link?.control;
    if (!control) return {}; // the connection is being brought back, which has words of its own
    const over = waiting ? this.#voice.waiting(waiting) : () => {};
    this.#unanswered += 1;
    try {
      return { answer: await control.ask(type, data) };
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (control !== this.#link?.control) return {};
      this.#voice.notice(failed || say(errorKey(error.reason)), { forMs: FAILED_MS });
      return { refused: error.reason };
    } finally {
      this.#unanswered -= 1;
      over();
    }
  }
}
