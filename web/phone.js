// "Continue on my phone": a code that opens the mirror there with what is worn here. It holds no token of hers.

import * as api from "./api.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { mirrorAddress } from "./shop.js";
import { say, shownLanguage } from "./words.js";

/** The address of this mirror with these pieces. */
export const withPieces = (ids) => mirrorAddress([...ids.map((id) => ["piece", id]), ["lang", shownLanguage()]]);

/** Copy an address; where the browser does not let us, show it to be copied by hand. */
export async function copyAddress(button, address) {
  try {
    await navigator.clipboard.writeText(address);
    button.textContent = say("action.copied");
  } catch {
    const shown = button.parentElement.querySelector(".address") ?? el("p", { class: "address" }, address);
    button.after(shown);
    getSelection().selectAllChildren(shown);
  }
}

/** Open the sheet with the code. */
export async function onPhone(root, ids) {
  const place = el("div", { class: "code", "aria-busy": "true" });
  const copy = el("button", { type: "button", class: "quiet", onclick: () => copyAddress(copy, withPieces(ids)) }, say("action.copy_link"));
  let address = "";
  const dialog = el(
    "dialog",
    {
      class: "sheet",
      "aria-labelledby": "phone-title",
      onclose: () => {
        URL.revokeObjectURL(address);
        dialog.remove();
      },
    },
    el("h2", { id: "phone-title" }, say("phone.title")),
    el("p", {}, say("phone.text")),
    place,
    el("p", {}, say("phone.what")),
    copy,
    el("button", { type: "button", class: "primary", onclick: () => dialog.close() }, say("more.close")),
  );
  root.append(dialog);
  dialog.showModal();
  try {
    address = URL.createObjectURL(await api.phoneCode(ids, shownLanguage()));
    place.append(el("img", { src: address, alt: say("phone.code") }));
  } catch (error) {
    place.append(el("p", { role: "alert" }, say(errorKey(error.reason))));
  }
  place.ariaBusy = "false";
}
