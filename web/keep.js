// Whether her fit card may be kept: what is kept, and for how long, in the words that the ledger records; then its link.

import { day } from "./calendar.js";
import { el } from "./element.js";
import { shared } from "./look.js";
import { errorKey } from "./panel.js";
import { say } from "./words.js";

/** The address of a kept fit card; its key comes after the #, which no server is sent. */
export const fitLink = ({ fit, key }) => new URL(`/fit/${encodeURIComponent(fit)}#${key}`, location.href).href;

/** Ask her. @param {{agreement: string, keep: () => Promise<{fit, key, until}>, piece}} about */
export function keepFit(root, { agreement, keep, piece }) {
  const close = () => dialog.close();
  const said = el("p", { class: "look-said", role: "status" });
  const yes = el("button", { type: "button", class: "primary", onclick: () => agree() }, say("fit.keep.yes"));
  const asked = el(
    "div",
    { class: "look-form" },
    el("p", {}, agreement),
    el("div", { class: "look-actions" }, yes, el("button", { type: "button", class: "quiet", onclick: close }, say("fit.keep.no"))),
  );
  const dialog = el(
    "dialog",
    { class: "sheet", "aria-labelledby": "keep-title", onclose: () => dialog.remove() },
    el("h2", { id: "keep-title" }, say("fit.keep.title")),
    asked,
    said,
  );
  async function agree() {
    yes.disabled = true;
    said.textContent = say("fit.keep.keeping");
    try {
      const kept = await keep();
      const link = fitLink(kept);
      dialog.querySelector("h2").textContent = say("fit.keep.done");
      asked.replaceWith(
        el("p", {}, say("fit.keep.kept", { date: day(kept.until.slice(0, 10)) })),
        shared(say("fit.card.file", { name: piece.name }), link, said, close),
        el("p", {}, el("a", { class: "page-link", href: link, target: "_blank", rel: "noopener" }, say("fit.keep.open"))),
      );
      said.textContent = "";
      dialog.querySelector(".primary").focus();
    } catch (error) {
      said.textContent = say(errorKey(error.reason));
      yes.disabled = false;
    }
  }
  root.append(dialog);
  dialog.showModal();
}
