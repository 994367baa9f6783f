// A question before what cannot be taken back.

import { el } from "./element.js";
import { say } from "./words.js";

let asked = 0;

/** Ask: resolves to whether `yes` was pressed; Escape is no. The focus goes back to where it was. */
export function sure(title, text, yes) {
  const before = document.activeElement;
  const id = `sure-${++asked}`;
  return new Promise((resolve) => {
    const dialog = el(
      "dialog",
      {
        class: "sheet sure",
        "aria-labelledby": id,
        onclose: () => {
          dialog.remove();
          before?.focus();
          resolve(dialog.returnValue === "yes");
        },
      },
      el("h2", { id }, title),
      el("p", {}, text),
      el(
        "div",
        { class: "look-actions" },
        el("button", { type: "button", class: "second small", onclick: () => dialog.close("no") }, say("sure.no")),
        el("button", { type: "button", class: "primary small", onclick: () => dialog.close("yes") }, yes),
      ),
    );
    document.body.append(dialog);
    dialog.showModal();
  });
}
