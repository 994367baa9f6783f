// <worn-list>: what she wears, one of it in hand; each can be taken off. Beside it: where it goes, and save the look.

import { el, icon } from "./element.js";
import { chosenHand, FINGERS, inHand, whereOf } from "./outfit.js";
import { say } from "./words.js";

/** Where a piece is worn or held, in words; empty where there is only one place for it. */
export function whereWords(worn) {
  const { finger, held } = whereOf(worn);
  if (!inHand(worn)) return "";
  const hand = chosenHand(worn) ?? "own";
  if (held) return say(`place.held.${hand}`);
  if (!FINGERS.includes(finger)) return say(`place.wrist.${hand}`);
  return say(`place.finger.${hand}`, { finger: say(`finger.whole.${finger}`) });
}

/** Events: `take`, `off` (detail is the piece's id), `place`, `closer`, `look`, `bespoke`, `bag` (shown where a shop has one). */
export class WornList extends HTMLElement {
  #title;
  #list;
  #tools;
  #shown = "";

  /** Make the element known. */
  static define() {
    customElements.define("worn-list", WornList);
  }

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-labelledby", "worn-title");
    this.#title = el("h2", { id: "worn-title" });
    this.#list = el("ul", { class: "worn-pieces", role: "list" });
    this.#tools = el("div", { class: "worn-tools" }, this.#tool("place"), this.#tool("closer"), this.#tool("look"), this.#tool("bespoke"), this.#tool("bag"));
    this.#tools.firstElementChild.ariaExpanded = "false";
    this.append(this.#title, this.#list, this.#tools);
  }

  /** Show what is worn; `name` is the look's, when it has one. */
  show({ outfit, active, name }) {
    this.#title.textContent = name ? say("worn.title.named", { name }) : say("worn.title");
    // a consultation can be asked for whatever is on
    for (const name of ["place", "closer", "look", "bag"]) this.#tools.querySelector(`[data-tool=${name}]`).hidden = !outfit.length;
    const items = outfit.map((worn) => [worn.piece.id, worn.piece.name, whereWords(worn), worn === active]);
    const shown = JSON.stringify(items);
    if (shown === this.#shown) return;
    this.#shown = shown;
    const { action, piece } = this.contains(document.activeElement) ? document.activeElement.dataset : {};
    const none = el("li", { class: "worn-none" }, say("worn.none"));
    this.#list.replaceChildren(...(items.length ? items.map((item) => this.#item(...item)) : [none]));
    const marked = this.#list.querySelector("[aria-pressed=true]");
    if (marked) this.#list.scrollLeft = marked.parentElement.offsetLeft - this.#list.offsetLeft;
    // who pressed goes on from there: from the same button, else from what is in hand now
    if (action) (this.querySelector(`[data-action=${action}][data-piece="${piece}"]`) ?? marked)?.focus({ preventScroll: true });
  }

  /** Whether the choice of a place is open; the focus comes back when it closes. */
  set placing(open) {
    const button = this.#tools.firstElementChild;
    button.ariaExpanded = String(open);
    if (!open) button.focus({ preventScroll: true });
  }

  #item(id, name, where, active) {
    const button = (action, attributes, ...children) =>
      el("button", { type: "button", "data-action": action, "data-piece": id, onclick: () => this.#say(action, id), ...attributes }, ...children);
    return el(
      "li",
      { class: "worn-piece" },
      button(
        "take",
        { class: "worn-name", "aria-pressed": String(active) },
        el("span", {}, name),
        where ? el("span", { class: "worn-where" }, where) : null,
      ),
      button("off", { class: "worn-off", "aria-label": say("worn.off", { name }) }, icon("close")),
    );
  }

  #tool(name) {
    return el(
      "button",
      { type: "button", class: "tool", "data-tool": name, "aria-label": say(`worn.${name}.more`), onclick: () => this.#say(name) },
      icon(name),
      el("span", { class: "tool-words" }, say(`worn.${name}`)),
    );
  }

  #say(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
