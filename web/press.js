// Buttons that do something at the server, and what it tells once.

import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { say } from "./words.js";

/** A button that does `work` once at a time; what went wrong is told to `says`. Its word is `say(key)`, its name `name`. */
export function press(says, key, name, work, { primary = false } = {}) {
  const button = el("button", { type: "button", class: primary ? "second small" : "quiet small", "aria-label": name ?? null }, say(key));
  button.addEventListener("click", async () => {
    button.disabled = true;
    try {
      await work(button);
    } catch (error) {
      says(troubleOf(error));
    } finally {
      button.disabled = false;
    }
  });
  return button;
}

/** The same, asked once more in its own place: `key` and `key.sure`, with `key.of` and `key.sure.of` as their names. */
export function pressTwice(says, key, of, work) {
  const first = press(says, key, say(`${key}.of`, of), () => {
    const sure = press(says, `${key}.sure`, say(`${key}.sure.of`, of), work);
    first.replaceWith(sure);
    sure.focus();
  });
  return first;
}

/** What is to be copied, such as a key, which is shown this once; `lead` says what to do with it. */
export function shownOnce(lead, text) {
  const copied = el("span", { class: "field-hint", role: "status" });
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    copied.textContent = say("shops.copied");
  };
  return el(
    "div",
    { class: "key-made", tabindex: "-1" },
    el("p", {}, lead),
    el("pre", {}, el("code", {}, text)),
    el("p", {}, el("button", { type: "button", class: "second small", onclick: () => copy().catch(() => (copied.textContent = say("shops.copy.by_hand"))) }, say("shops.copy")), " ", copied),
  );
}
