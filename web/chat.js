// <meeting-chat>: what was written at a meeting, and a line to write on. A line stays in its place until it is kept.

import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { say } from "./words.js";

const TOLD = ["chat", "admitted", "left", "ended", "asked", "answered", "snapshot", "still", "measured"];
const TEXT_MAX = 2000; // as in tryon/messages.py

/** What an entry is in words; null for one that is not told here. */
export function entryWords({ kind, name, data }) {
  if (kind === "chat") return data.text;
  if (kind === "asked" || kind === "answered") {
    return say(`session.told.${kind}.${data.what}${kind === "asked" ? "" : data.yes ? ".yes" : ".no"}`, { name });
  }
  return TOLD.includes(kind) ? say(`session.told.${kind}`, { name }) : null;
}

export class MeetingChat extends HTMLElement {
  #meeting;
  #list;
  #field;
  #note;

  /** Make the element known. */
  static define() {
    customElements.define("meeting-chat", MeetingChat);
  }

  /** The meeting it is of; call once. */
  set meeting(meeting) {
    this.#meeting = meeting;
    this.#list = el("div", { class: "chat-lines", role: "log", "aria-label": say("session.chat"), tabindex: "0" });
    this.#field = el("input", { type: "text", maxlength: TEXT_MAX, "aria-label": say("session.chat.field"), autocomplete: "off" });
    this.#field.placeholder = say("session.chat.field");
    this.#note = el("p", { class: "chat-note", role: "status" });
    const send = el("button", { class: "primary small" }, say("session.chat.send"));
    this.replaceChildren(
      this.#list,
      this.#note,
      el("form", { onsubmit: (event) => (event.preventDefault(), this.#send()) }, this.#field, send),
    );
    meeting.addEventListener("entry", ({ detail }) => this.#add(detail));
  }

  /** Give the focus to the line to write on. */
  focus() {
    this.#field.focus();
  }

  async #send() {
    const text = this.#field.value.trim();
    if (!text) return;
    try {
      await this.#meeting.ask("chat.say", { text });
      this.#note.textContent = "";
      if (this.#field.value.trim() === text) this.#field.value = "";
    } catch (error) {
      this.#note.textContent = say(errorKey(error.reason));
    }
  }

  #add(entry) {
    const words = entryWords(entry);
    if (words === null) return;
    const time = new Date(entry.at).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
    const own = entry.by === this.#meeting.about.seat;
    const line =
      entry.kind === "chat"
        ? el("p", { class: own ? "own" : "" }, el("span", { class: "chat-who" }, `${entry.name}, ${time}`), el("span", {}, words))
        : el("p", { class: "told" }, `${words} ${time}`);
    this.#list.append(line);
    this.#list.scrollTop = this.#list.scrollHeight;
  }
}

/** A person's connection, in a word and why. */
export function qualityWords({ quality, reasons }) {
  const why = reasons.map((reason) => say(`session.reason.${reason}`)).join(", ");
  return why ? `${say(`session.quality.${quality}`)}: ${why}` : say(`session.quality.${quality}`);
}

/** Who is there: one line a person. */
export const personLine = (person, you) =>
  el(
    "li",
    { class: "person", "data-quality": person.quality, "data-state": person.state, title: qualityWords(person) },
    el("span", { class: "bars", "aria-hidden": "true" }, el("i"), el("i"), el("i")),
    el("span", { class: "person-name" }, person.seat === you ? say("session.you", { name: person.name }) : person.name),
    el(
      "span",
      { class: "person-how" },
      [
        ...(person.state === "here" ? [] : [say(`session.state.${person.state}`)]),
        ...(person.muted ? [say("session.state.muted")] : []),
        ...(person.quality === "good" || person.state === "away" ? [] : [qualityWords(person)]),
      ].join(", "),
    ),
  );
