// One request, whole: its parts, kept up with what others do to it, while nothing that is typed here is lost.

import { Sessions } from "./appointments.js";
import { Brief } from "./brief.js";
import { Deeds } from "./deeds.js";
import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { Origin } from "./origin.js";
import { Pairing } from "./pairing.js";
import { Parcel } from "./parcel.js";
import { Quality } from "./quality.js";
import { Quote } from "./quote.js";
import { Revisions } from "./revisions.js";
import { recall } from "./unit.js";
import { dueWords, Way } from "./way.js";
import { say } from "./words.js";

const LOOK_MS = 20_000;
const CHANGED = [409, 412]; // what was refused because it is not as it was seen

export class Dossier {
  #changed;
  #told = null;
  #parts;
  #timer = 0;
  #closed = false;
  #head = el("header", { class: "detail-head" });
  #says = el("p", { class: "dossier-says", role: "status" });
  #notice = el("div", { class: "notice-place", role: "status" });
  #seen = () => document.visibilityState === "visible" && this.look();
  id;
  me;
  staff;
  element;

  /** `changed(told)` is called whenever it is told anew. */
  constructor({ id, me, pieces, staff, changed }) {
    Object.assign(this, { id, me, staff });
    this.pieces = pieces;
    this.#changed = changed;
    this.#parts = [
      new Way(this, "1"),
      new Brief(this, "2"),
      new Pairing(this, "3"),
      new Sessions(this, "s"),
      new Quote(this, "4"),
      new Revisions(this, "5", "one"),
      new Revisions(this, "6", "two"),
      new Quality(this, "7"),
      new Origin(this, "8"),
      new Parcel(this, "9"),
      new Deeds(this, "0"),
    ];
    this.element = el("div", { class: "dossier" }, this.#head, this.#says, this.#notice, ...this.#parts.map(({ element }) => element));
  }

  /** Bring it. Rejects when there is no such request. */
  async open() {
    this.#show(await desk.request(this.id));
    document.addEventListener("visibilitychange", this.#seen);
    this.#wait();
  }

  /** It is no longer shown. */
  close() {
    this.#closed = true;
    clearTimeout(this.#timer);
    document.removeEventListener("visibilitychange", this.#seen);
  }

  // what its parts ask of it

  /** Where a part keeps what is typed: under whoever types it. */
  place(name) {
    return `${this.me.id}-${this.id}-${name}`;
  }

  /** A part by its name, unless it may not be seen. */
  part(name) {
    return this.#parts.find((part) => part.name === name && !part.element.hidden);
  }

  /** The piece that is wished, as the catalogue has it; none, when it left. */
  get piece() {
    return this.pieces.find(({ id }) => id === this.#told?.wish.wished);
  }

  /** What a piece is called. */
  pieceName(id) {
    return this.pieces.find((piece) => piece.id === id)?.name ?? id;
  }

  /** Where a file's bytes are. */
  address(file) {
    return desk.fileAddress(this.id, file);
  }

  /** A picture; words, where it cannot be shown. */
  image(file, alt) {
    const picture = el("img", { src: this.address(file), alt, loading: "lazy", draggable: "false" });
    picture.addEventListener("error", () => picture.replaceWith(el("span", { class: "field-hint" }, say("design.picture.gone"))));
    return picture;
  }

  /** Say what was done. */
  say(words) {
    this.#says.textContent = words;
  }

  /** Change it, once by the name `once`; `versioned`: only as it is seen here. */
  async change(path, body, { once, method = "POST", versioned = false }) {
    const version = versioned ? this.#told.version : 0;
    this.say("");
    try {
      this.#show(await desk.change(this.id, path, body, { method, version, once }));
      this.#notice.replaceChildren();
    } catch (error) {
      if (CHANGED.includes(error.status)) await this.look();
      throw error;
    }
  }

  /** Look how it stands; what somebody else changed is said, unless `quietly`. */
  async look({ quietly = false } = {}) {
    clearTimeout(this.#timer);
    const before = this.#told;
    try {
      const told = await desk.request(this.id);
      if (this.#closed || told.version < this.#told.version) return;
      if (told.version !== this.#told.version) {
        const lines = before === this.#told && !quietly ? this.#differences(before, told) : null;
        this.#show(told);
        if (lines) this.#note(lines);
      }
      if (this.#says.dataset.away) this.say("");
      delete this.#says.dataset.away;
    } catch (error) {
      this.say(troubleOf(error));
      this.#says.dataset.away = "true";
    } finally {
      this.#wait();
    }
  }

  #wait() {
    clearTimeout(this.#timer);
    if (!this.#closed) this.#timer = setTimeout(() => this.look(), LOOK_MS);
  }

  #show(told) {
    this.#told = told;
    this.#drawHead();
    for (const part of this.#parts) part.show(told);
    this.#changed(told);
  }

  #drawHead() {
    const told = this.#told;
    const { words, late } = dueWords(told);
    this.#head.replaceChildren(
      ...[
        el("h2", {}, told.wish.name || say("requests.nameless")),
        el("p", { class: "stage" }, say(`stage.${told.stage}`), told.held_from ? ` (${say(`stage.${told.held_from}`)})` : ""),
        el("a", { class: "detail-packet", href: `/v1/atelier/requests/${told.request}/packet`, download: "" }, say("requests.packet")),
        told.shop ? el("p", { class: "field-hint" }, [say("requests.at", { shop: told.shop }), told.sandbox && say("requests.sandbox")].filter(Boolean).join(" · ")) : null,
        words ? el("p", { class: late ? "detail-due late" : "detail-due" }, words) : null,
      ].filter(Boolean),
    );
  }

  /** What each part said and says, where that differs. */
  #differences(before, after) {
    const moved = before.stage !== after.stage; // then it is due on another day, too
    const named = this.#parts.filter(({ element, name }) => !element.hidden && name !== "history" && !(moved && name === "way"));
    const lines = named.map((part) => [part.name, part.line(before), part.line(after)]).filter(([, was, is]) => was !== is);
    if (moved) lines.unshift(["way", say(`stage.${before.stage}`), say(`stage.${after.stage}`)]);
    return lines;
  }

  #note(lines) {
    const each = ([name, was, is]) => el("li", {}, say("notice.line", { part: say(`part.${name}`), was: was || say("notice.nothing"), is: is || say("notice.nothing") }));
    this.#notice.replaceChildren(
      el(
        "div",
        { class: "notice" },
        el("p", {}, say("notice.changed")),
        lines.length ? el("ul", {}, ...lines.map(each)) : el("p", {}, say("notice.small")),
        el("button", { type: "button", class: "quiet small", onclick: () => (this.#notice.replaceChildren(), this.element.closest(".detail")?.focus()) }, say("notice.seen")),
      ),
    );
  }

  /** A key was pressed where it is shown: it goes to the part that bears it. */
  pressed(event) {
    if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey || recall("keys") === "off") return;
    const part = this.#parts.find(({ key }) => key === event.key);
    if (!part || part.element.hidden) return;
    event.preventDefault();
    part.go();
  }
}
