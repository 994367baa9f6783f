// A bespoke consultation asked for at the mirror: a sheet over it, filled in with what she wears, took and measured.
// The mirror goes on behind it, and nothing is sent before she says or chooses something.

import { Commission, passing, recalled } from "./bespoke.js";
import { Draft, EMPTY } from "./draft.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { framed } from "./shop.js";
import { RequestForm } from "./wish.js";
import { say } from "./words.js";

const CONTACT = ["name", "email", "phone", "event_date", "hairstyle", "veil"];
const PLANNED = { tied: "tied", loose: "loose", updo: "updo", bare: "bare" };

/**
 * Open the sheet. `known`: {pieces (ids she tried), wished, measured, catalogue, pictures}, and `submitted()` follows. What she said in a request
 * before, finished or not, is not asked again.
 */
export async function consult(root, known) {
  const { pieces, wished, measured, catalogue, pictures } = known;
  const form = new RequestForm();
  const body = el("div", { class: "consult-body" }, el("p", { role: "status" }, say("request.loading")));
  const dialog = el(
    "dialog",
    { class: "consult", "aria-labelledby": "consult-title", onclose: () => dialog.remove() },
    el(
      "div",
      { class: "snapshot-head" },
      el("h2", { id: "consult-title", tabindex: "-1" }, say("request.title")),
      el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, say("more.close")),
    ),
    body,
  );
  root.append(dialog);
  dialog.showModal();
  const before = await earlier().catch((error) => ({ error }));
  if (before.error) {
    // a new request would hide the one that cannot be read just now
    const again = () => (dialog.close(), consult(root, known));
    const button = el("button", { type: "button", class: "primary", onclick: again }, say("action.again"));
    body.replaceChildren(el("p", {}, say(errorKey(before.error.reason ?? "other"))), el("p", {}, say("request.failed.text")), button);
    button.focus();
    return;
  }
  const here = { pieces, wished, measured };
  if (PLANNED[measured?.planned_hair?.name]) here.hairstyle = PLANNED[measured.planned_hair.name];
  const draft = before.draft ?? new Draft({ ...before.contact, ...here });
  if (before.draft) {
    const tried = [...new Set([...draft.wish.pieces, ...pieces])];
    draft.change({ pieces: tried, wished: draft.wish.wished || wished, measured: measured ?? draft.wish.measured });
  }
  body.replaceChildren(el("p", { class: "page-lead" }, say(before.draft ? "request.lead.again" : "request.lead")), form);
  form.addEventListener("sent", () => {
    body.replaceChildren(sent(draft.wish.email));
    known.submitted();
  });
  form.addEventListener("discarded", () => dialog.close());
  await form.open(draft, catalogue, pictures);
}

/** What this device knows of an earlier request: the draft itself, or what she need not say again. */
async function earlier() {
  const kept = recalled();
  if (!kept) return {};
  const commission = new Commission(kept);
  try {
    const told = await commission.told();
    if (told.stage === "draft") return { draft: Draft.of(commission, told) };
    return { contact: Object.fromEntries(CONTACT.map((field) => [field, told.wish[field] ?? EMPTY[field]])) };
  } catch (error) {
    if (passing(error)) throw error;
    return {}; // it is gone, or this device's key is too old: then she says it again
  }
}

function sent(email) {
  return el(
    "div",
    { class: "consult-sent" },
    el("h3", {}, say("request.sent")),
    el("p", {}, say("request.sent.text", { email })),
    el("a", { class: "page-link", href: "/request", target: framed ? "_blank" : null }, say("request.sent.see")),
  );
}
