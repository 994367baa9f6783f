// <piece-place>: where the piece in hand goes: on which hand and finger, or into the open palm.

import { el } from "./element.js";
import { chosenHand, EITHER, FINGERS, HANDS, inHand, kindOfPlace, whereOf } from "./outfit.js";
import { say } from "./words.js";

/** Events: `place` (detail is {on, finger, held}, or null for the piece's own place), `done`. */
export class PiecePlace extends HTMLElement {
  #worn = null;
  #title;
  #hands;
  #fingers;
  #hold;
  #how;

  /** Make the element known. */
  static define() {
    customElements.define("piece-place", PiecePlace);
  }

  connectedCallback() {
    this.setAttribute("role", "group");
    this.setAttribute("aria-labelledby", "place-title");
    this.#title = el("h2", { id: "place-title", tabindex: "-1" });
    const done = () => this.dispatchEvent(new Event("done"));
    this.#hands = this.#choices("hand", ["own", ...HANDS], (hand) => this.#chooseHand(hand));
    this.#fingers = this.#choices("finger", FINGERS, (finger) => this.#choose({ finger }));
    this.#hold = el("button", { type: "button", class: "hold", onclick: () => this.#toggleHold() });
    this.#how = el("p", { class: "place-how" });
    this.append(
      el(
        "div",
        { class: "nudge-head" },
        this.#title,
        el("button", { type: "button", class: "primary small", onclick: done }, say("place.close")),
      ),
      this.#hands,
      this.#fingers,
      this.#hold,
      this.#how,
    );
    this.addEventListener("keydown", (event) => event.key === "Escape" && done());
  }

  /** The piece in hand, or null. */
  set worn(worn) {
    this.#worn = worn;
    if (!worn) return;
    const { finger, held } = whereOf(worn);
    const kind = kindOfPlace(worn.piece);
    this.#title.textContent = say("place.title", { name: worn.piece.name });
    this.#hands.hidden = !inHand(worn);
    this.#fingers.hidden = held || kind !== "finger";
    mark(this.#hands, chosenHand(worn) ?? "own");
    mark(this.#fingers, finger);
    this.#hold.textContent = say(held ? "place.wear" : "place.hold");
    this.#how.textContent = say(held ? "place.how.held" : inHand(worn) ? "place.how.hand" : "place.how.body");
  }

  /** Give the focus to its heading, from where the choices follow. */
  focus() {
    this.#title.focus();
  }

  #choices(key, choices, choose) {
    const button = (choice) =>
      el("button", { type: "button", class: "place-choice", "data-choice": choice, onclick: () => choose(choice) }, say(`${key}.${choice}`));
    return el("div", { class: "place-choices", role: "group", "aria-label": say(`${key}.title`) }, ...choices.map(button));
  }

  #chooseHand(hand) {
    this.#choose({ on: hand === "own" ? EITHER : hand });
  }

  #choose(change) {
    const place = { ...whereOf(this.#worn), on: chosenHand(this.#worn) ?? EITHER, ...change };
    // either hand and its own finger is where it goes by itself
    const own = place.on === EITHER && !place.held && place.finger === this.#worn.piece.finger;
    this.#say(own ? null : place);
  }

  #toggleHold() {
    if (whereOf(this.#worn).held) this.#say(null);
    else this.#say({ on: chosenHand(this.#worn) ?? EITHER, finger: "", held: true });
  }

  #say(place) {
    this.dispatchEvent(new CustomEvent("place", { detail: place }));
  }
}

function mark(group, choice) {
  for (const button of group.children) button.ariaPressed = String(button.dataset.choice === choice);
}
