// What photo mode can begin with: a file of hers, or a head of our own.

import * as api from "./api.js";
import { el } from "./element.js";
import { say } from "./words.js";

/** A button that lets her choose a file, when `may(event)`; `chosen(file)` follows. */
export function chooser(words, kind, may, chosen) {
  const input = el("input", { type: "file", accept: "image/*", class: "unseen", tabindex: "-1", "aria-hidden": "true", onclick: (event) => event.stopPropagation(), onchange: () => input.files[0] && chosen(input.files[0]) });
  return el("button", { type: "button", class: kind, "data-action": "choose", onclick: (event) => may(event) && input.click() }, input, words);
}

/** The heads of our own, once they are known; `chosen(id)` follows. */
export function portraits(chosen) {
  const row = el("div", { class: "portraits" });
  const shown = (id) =>
    el(
      "button",
      { type: "button", class: "portrait", "aria-label": say(`photo.portrait.${id}`), "data-portrait": id, onclick: () => chosen(id) },
      el("img", { src: `/web/portraits/${id}.jpg`, alt: "" }),
    );
  api.portraits().then(
    (ids) => row.replaceChildren(...ids.map(shown)),
    () => row.replaceChildren(), // her own photo needs none
  );
  return row;
}
