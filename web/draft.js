// A request while it is hers: kept as she types, by nobody's button. What could not be sent yet stays on this device;
// what another device wrote meanwhile is laid beside hers, and nothing of either is lost.

import { begin, Commission, forget, keep, passing } from "./bespoke.js";
import { shopKey } from "./shop.js";
import { recall, remember } from "./unit.js";
import { shownLanguage } from "./words.js";

const REST_MS = 600; // she rests for so long: then it is saved
const AGAIN_MS = 4000;

/** All that can be wished, and how it is when nothing was said. */
export const EMPTY = {
  pieces: [],
  wished: "",
  measured: null,
  event_date: null,
  hairstyle: null,
  veil: null,
  tier: null,
  materials: "",
  stones: "",
  notes: "",
  language: "en",
  name: "",
  email: "",
  phone: "",
};

/** As text that does not depend on the order in which a database keeps names. */
const text = (value) =>
  JSON.stringify(value ?? null, (_, part) =>
    part && typeof part === "object" && !Array.isArray(part) ? Object.fromEntries(Object.entries(part).sort()) : part,
  );
const same = (a, b) => text(a) === text(b);

/** Three versions in one: what both sides changed differently is in `both`, and hers stands until she chooses. `sent` is
 * what this device last sent, `base` is how the server wrote that down (it takes needless spaces away). */
export function merge({ sent, base }, mine, theirs) {
  const merged = {};
  const both = [];
  for (const field of Object.keys(EMPTY)) {
    const [here, there] = [mine[field], theirs[field]];
    const [changedHere, changedThere] = [!same(here, sent[field]), !same(there, base[field])];
    merged[field] = changedThere && !changedHere ? there : here;
    if (changedHere && changedThere && !same(here, there)) both.push({ field, mine: here, theirs: there });
  }
  return { merged, both };
}

/** Words that cannot be saved yet, such as half a mail address, stay here and are left out of what is sent. */
const savable = (wish, unsavable) => ({ ...wish, ...Object.fromEntries([...unsavable].map((field) => [field, EMPTY[field]])) });

/**
 * Events: `state` (saved, saving, waiting, offline, conflict, sent, gone), `wish` (another device changed it),
 * `files`.
 */
export class Draft extends EventTarget {
  #commission = null;
  #base = EMPTY; // as the server has it
  #sent = EMPTY; // as this device last sent it
  #version = 0;
  #timer = 0;
  #saving = null;
  #both = [];
  #state = "fresh";
  #reason = "";
  #shop = Boolean(shopKey);
  #listening = new AbortController();
  /** As she sees it. */
  wish;
  /** Told by the server. */
  files = [];
  /** Fields whose words cannot be one yet. */
  unsavable = new Set();

  constructor(wish = {}) {
    super();
    this.wish = { ...EMPTY, language: shownLanguage(), ...wish };
    const { signal } = this.#listening;
    addEventListener("online", () => this.#state === "offline" && this.save(), { signal });
    addEventListener("pagehide", () => this.#unsaved && this.#remember(), { signal });
  }

  /** A draft that is kept already; `told` is the server's answer. */
  static of(commission, told) {
    const draft = new Draft(told.wish);
    draft.#commission = commission;
    draft.#heard(told);
    draft.#state = "saved";
    draft.#recall();
    return draft;
  }

  /** Its request on the server, or null while nothing was kept. */
  get commission() {
    return this.#commission;
  }

  /** Whether it was begun on a shop's page. */
  get shop() {
    return this.#shop;
  }

  get version() {
    return this.#version;
  }

  get state() {
    return this.#state;
  }

  /** Why it could not be saved. */
  get reason() {
    return this.#reason;
  }

  /** What both sides changed: [{field, mine, theirs}]. */
  get both() {
    return this.#both;
  }

  get #unsaved() {
    return !same(savable(this.wish, this.unsavable), this.#sent);
  }

  /** She changed something. */
  change(said) {
    this.wish = { ...this.wish, ...said };
    if (this.#state === "conflict") return;
    this.#remember();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.save(), REST_MS);
    if (this.#state !== "offline") this.#go("waiting");
  }

  /** Save now; resolves when all that she said is kept, or cannot be just now. */
  async save() {
    clearTimeout(this.#timer);
    this.#saving = (this.#saving ?? Promise.resolve()).then(() => this.#save());
    return this.#saving;
  }

  /** She chose between her words and the other device's: `chosen` is {field: value}. */
  async settle(chosen) {
    this.wish = { ...this.wish, ...chosen };
    this.#both = [];
    this.#go("waiting");
    await this.save();
  }

  /** Add a picture of hers. Rejects with ApiError. */
  async upload(blob) {
    if (!this.#commission) await this.save();
    if (!this.#commission) throw new Error("nothing can be kept now");
    const file = await this.#commission.upload(blob);
    await this.#refresh();
    return file;
  }

  /** Take a picture away. Rejects with ApiError. */
  async drop(file) {
    await this.#commission.drop(file);
    await this.#refresh();
  }

  /** Look whether another device changed it. */
  async look() {
    if (!this.#commission || this.#both.length) return;
    try {
      const told = await this.#commission.told();
      if (told.version !== this.#version) await this.#meet(told);
    } catch (error) {
      if (!passing(error)) throw error;
    }
  }

  /** Nothing of it is kept any more. Rejects with ApiError. */
  async discard() {
    clearTimeout(this.#timer);
    await this.#saving;
    await this.#commission?.discard(this.#version);
    forget(this.#commission?.id);
    this.#forgetWords();
    this.#go("gone");
  }

  /** Nobody looks at it any more: what was not saved yet is, and afterwards it rests. */
  leave() {
    this.#listening.abort();
    if (["waiting", "offline"].includes(this.#state)) {
      this.#remember();
      this.save();
    }
  }

  /** What is here must not be asked again: the server has it all. */
  close() {
    clearTimeout(this.#timer);
    this.#forgetWords();
  }

  async #save() {
    if (this.#both.length) return;
    if (this.#commission && !this.#unsaved) {
      this.#go("saved");
      return;
    }
    // what she says while this is on its way is said with the next
    const sent = savable(this.wish, this.unsavable);
    this.#go("saving");
    try {
      if (this.#commission) this.#heard(await this.#commission.save(sent, this.#version));
      else {
        const begun = await begin(sent);
        keep(begun);
        this.#commission = new Commission(begun);
        this.#heard(await this.#commission.told());
      }
    } catch (error) {
      await this.#failed(error);
      return;
    }
    this.#sent = sent;
    this.#forgetWords();
    if (this.#unsaved) await this.#save();
    else this.#go("saved");
  }

  async #failed(error) {
    if (error.reason === "changed_meanwhile") {
      try {
        await this.#meet(await this.#commission.told());
        return;
      } catch (again) {
        error = again;
      }
    }
    this.#reason = error.reason ?? "other";
    if (passing(error)) {
      this.#go("offline");
      if (!this.#listening.signal.aborted) this.#timer = setTimeout(() => this.save(), AGAIN_MS);
    } else if (error.reason === "request_sent") this.#go("sent");
    else if (error.status === 401 || error.status === 404) this.#go("gone");
    else this.#go("refused");
  }

  /** Another device was here: what only one side changed stands, what both did is hers to choose. */
  async #meet(told) {
    if (told.stage !== "draft") {
      this.#go("sent");
      return;
    }
    const { merged, both } = merge({ sent: this.#sent, base: this.#base }, this.wish, told.wish);
    this.#heard(told);
    this.wish = merged;
    this.#both = both;
    this.#tell("wish");
    if (both.length) this.#go("conflict");
    else if (this.#unsaved) await this.#save();
    else this.#go("saved");
  }

  async #refresh() {
    const told = await this.#commission.told();
    if (!same(told.wish, this.#base)) await this.#meet(told);
    else {
      const sent = this.#sent;
      this.#heard(told); // the pictures are new, her words are not
      this.#sent = sent;
    }
  }

  #heard(told) {
    this.#base = this.#sent = { ...EMPTY, ...told.wish };
    this.#version = told.version;
    this.#shop = Boolean(told.shop);
    this.files = told.files;
    this.#tell("files");
  }

  #remember() {
    if (this.#commission) remember(this.#name, JSON.stringify({ base: this.#base, sent: this.#sent, wish: this.wish }));
  }

  #recall() {
    let kept = null;
    try {
      kept = JSON.parse(recall(this.#name) ?? "null");
    } catch {
      return;
    }
    if (!kept) return;
    const { merged, both } = merge(kept, kept.wish, this.#base);
    this.wish = merged;
    this.#both = both;
    this.#state = both.length ? "conflict" : "waiting";
    if (!both.length) this.save();
  }

  #forgetWords() {
    if (this.#commission) remember(this.#name, "null");
  }

  get #name() {
    return `draft-${this.#commission.id}`;
  }

  #go(state) {
    this.#state = state;
    this.#tell("state");
  }

  #tell(type) {
    this.dispatchEvent(new Event(type));
  }
}
