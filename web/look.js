// A look: pieces that are worn together, saved under a name and opened again from a link.

import * as api from "./api.js";
import { el } from "./element.js";
import { HOME } from "./outfit.js";
import { errorKey } from "./panel.js";
import { mirrorAddress } from "./shop.js";
import { say } from "./words.js";

const NAME_MAX = 80;

/** As the server keeps what is worn. */
const written = ({ piece, place, nudge: { up_mm, forward_mm, tilt_deg } }) => ({
  piece: piece.id,
  ...place,
  up_mm,
  forward_mm,
  tilt_deg,
});

/** What a saved look holds of these pieces: {name, outfit, missing}, the names of those that left. Rejects with ApiError. */
export async function openLook(id, pieces) {
  const { name, worn } = await api.savedSet(id);
  const known = worn.map((one) => ({ ...one, known: pieces.find((piece) => piece.id === one.piece) }));
  const outfit = known
    .filter((one) => one.known)
    .map(({ known: piece, on, finger, held, up_mm, forward_mm, tilt_deg }) => ({
      piece,
      place: on ? { on, finger, held } : null,
      nudge: { ...HOME, up_mm, forward_mm, tilt_deg, moved: Boolean(up_mm || forward_mm || tilt_deg) },
    }));
  return { name, outfit, missing: known.filter((one) => !one.known).map((one) => one.name) };
}

/** Ask for a name, save the look, and give its link. */
export function saveLook(root, outfit, suggested) {
  const close = () => dialog.close();
  const name = el("input", {
    id: "look-name",
    class: "look-name",
    type: "text",
    required: true,
    maxlength: NAME_MAX,
    autocomplete: "off",
    enterkeyhint: "done",
    value: suggested.slice(0, NAME_MAX),
  });
  const said = el("p", { class: "look-said", role: "status" });
  const save = el("button", { type: "submit", class: "primary" }, say("look.save"));
  const form = el(
    "form",
    { class: "look-form" },
    el("label", { for: "look-name" }, say("look.name")),
    name,
    el("p", { class: "look-note" }, say("look.kept")),
    el("div", { class: "look-actions" }, save, el("button", { type: "button", class: "quiet", onclick: close }, say("action.cancel"))),
  );
  const dialog = el(
    "dialog",
    { class: "sheet look", "aria-labelledby": "look-title", onclose: () => dialog.remove() },
    el("h2", { id: "look-title" }, say("look.title")),
    form,
    said,
  );
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    save.disabled = true;
    try {
      const saved = await api.saveSet(name.value.trim(), outfit.map(written));
      const link = mirrorAddress({ set: saved.set });
      form.replaceWith(shared(saved.name, link, said, close));
      said.textContent = say("look.saved", { name: saved.name });
      dialog.querySelector(".primary").focus();
    } catch (error) {
      said.textContent = say(errorKey(error.reason));
      save.disabled = false;
    }
  });
  root.append(dialog);
  dialog.showModal();
  name.select();
}

/** A link, with what can be done with it; `said` is where words about it go. */
export function shared(name, link, said, close) {
  const address = el("input", { class: "look-name", readonly: true, value: link, "aria-label": say("look.link") });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(link);
      said.textContent = say("action.copied");
    } catch {
      address.select(); // she can copy what is marked
      said.textContent = say("look.copy.failed");
    }
  };
  const share = async () => {
    try {
      await navigator.share({ title: name, url: link });
    } catch (error) {
      if (error.name !== "AbortError") said.textContent = say("look.share.failed");
    }
  };
  const button = (kind, key, onclick) => el("button", { type: "button", class: kind, onclick }, say(key));
  return el(
    "div",
    { class: "look-form" },
    address,
    el(
      "div",
      { class: "look-actions" },
      button("primary", "look.copy", copy),
      navigator.share ? button("quiet", "look.share", share) : null,
      button("quiet", "more.close", close),
    ),
  );
}
