// What is held of this visit: she saves it, or has it deleted, now.

import * as api from "./api.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { say, shownLanguage } from "./words.js";

const KEPT_MS = 60000; // how long a file stays to be saved

/** Open the sheet. `about`: {consent (or null), shop (or null), remove() deletes all of it}. */
export function mine(root, { consent, shop, remove }) {
  const said = el("p", { role: "status" });
  const link = (href, words) => el("p", {}, el("a", { class: "panel-link", href, target: "_blank", rel: "noopener" }, words));
  const act = (key, kind, work) =>
    el("button", { type: "button", class: kind, "data-action": key.split(".").at(-1), disabled: !consent, onclick: (event) => tried(event.currentTarget, work) }, say(key));
  const tried = async (button, work) => {
    button.disabled = true;
    said.textContent = "";
    try {
      await work(button);
    } catch (error) {
      said.textContent = say(errorKey(error.reason));
    }
    button.disabled = false;
  };
  const save = async () => {
    const address = URL.createObjectURL(await api.exportMine(consent));
    el("a", { href: address, download: say("mine.file") }).click();
    setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
  };
  const sure = async (button) => {
    // the second press is the one that counts; its words say what it does
    if (button.dataset.sure) {
      dialog.close();
      await remove();
      return;
    }
    button.dataset.sure = "sure";
    button.textContent = say("mine.sure");
    said.textContent = say("mine.what");
  };
  const dialog = el(
    "dialog",
    { class: "sheet", "aria-labelledby": "mine-title", onclose: () => dialog.remove() },
    el("h2", { id: "mine-title" }, say("mine.title")),
    el("p", {}, say(consent ? "mine.text" : "mine.none")),
    act("mine.save", "row", save),
    act("mine.delete", "row", sure),
    said,
    link(`/privacy?lang=${shownLanguage()}`, say("mine.how_long")),
    shop?.policy ? link(shop.policy, say("state.consent.policy", shop)) : null,
    el("button", { type: "button", class: "primary", onclick: () => dialog.close() }, say("more.close")),
  );
  root.append(dialog);
  dialog.showModal();
}
