// <snapshot-view>: the pictures she took, as the server drew them: unmirrored, with the shop's mark. They are
// held by this page alone and are gone with it.

import { el, icon } from "./element.js";
import { say } from "./words.js";

const KEPT_MAX = 24;

/** Events: `change` (a picture came or went), `snapshot` ({pieces}: one was taken), `share` ({blob, pieces}: she hands one to the shop). */
export class SnapshotView extends HTMLElement {
  #kept = [];
  #at = 0;
  #taken = 0;
  #dialog;
  #picture;
  #caption;
  #strip;
  #note;
  #actions;

  /** Make the element known. */
  static define() {
    customElements.define("snapshot-view", SnapshotView);
  }

  connectedCallback() {
    this.#picture = el("img", { class: "snapshot-picture", alt: "" });
    this.#caption = el("p", { class: "snapshot-caption" });
    this.#note = el("p", { class: "snapshot-note", role: "status" });
    this.#strip = el("div", { class: "snapshot-strip" });
    const canShare = Boolean(navigator.canShare?.({ files: [new File([""], "a.jpg", { type: "image/jpeg" })] }));
    this.#dialog = el(
      "dialog",
      { class: "snapshot", "aria-labelledby": "snapshot-title" },
      el(
        "div",
        { class: "snapshot-head" },
        el("h2", { id: "snapshot-title" }, say("snapshot.title")),
        el("button", { type: "button", class: "quiet", onclick: () => this.#dialog.close() }, say("snapshot.close")),
      ),
      this.#picture,
      this.#caption,
      this.#strip,
      (this.#actions = el(
        "div",
        { class: "snapshot-actions" },
        el("button", { type: "button", class: "primary", onclick: () => this.#save() }, icon("save"), say("snapshot.save")),
        canShare
          ? el("button", { type: "button", onclick: () => this.#share() }, icon("share"), say("snapshot.share"))
          : null,
        el("button", { type: "button", class: "to-shop", onclick: () => this.#give() }, icon("share"), say("snapshot.shop")),
        el("button", { type: "button", onclick: () => this.#remove() }, icon("remove"), say("snapshot.delete")),
      )),
      this.#note,
    );
    this.append(this.#dialog);
  }

  /** All of them, the oldest first: {blob, address, words}. */
  get all() {
    return this.#kept.map(({ blob, address, words }) => ({ blob, address, words }));
  }

  /** How many there are. */
  get count() {
    return this.#kept.length;
  }

  /** Address of the newest, for a small picture of it; null when there is none. */
  get newest() {
    return this.#kept.at(-1)?.address ?? null;
  }

  /** Keep a picture: `words` name the pieces in it, empty when there are none; `moved` says if one is off its seat. */
  add({ blob, trueSize, moved, words, pieces }) {
    this.#taken += 1;
    const kept = { blob, trueSize, moved, words, pieces, number: this.#taken, address: URL.createObjectURL(blob) };
    this.#kept.push(kept);
    if (this.#kept.length > KEPT_MAX) URL.revokeObjectURL(this.#kept.shift().address);
    this.#at = this.#kept.length - 1;
    this.#changed();
    this.dispatchEvent(new CustomEvent("snapshot", { detail: { pieces } }));
  }

  /** Show them, the newest first. */
  open() {
    this.#at = this.#kept.length - 1;
    this.#show();
    this.#dialog.showModal();
  }

  #show() {
    const kept = this.#kept[this.#at];
    this.#picture.hidden = this.#caption.hidden = this.#actions.hidden = !kept;
    if (!kept) {
      this.#picture.removeAttribute("src");
      this.#strip.replaceChildren();
      this.#note.textContent = say("snapshot.none");
      return;
    }
    const pieces = kept.words;
    this.#picture.src = kept.address;
    this.#picture.alt = pieces ? say("snapshot.picture", { pieces }) : say("snapshot.picture.bare");
    if (!pieces) this.#caption.textContent = say("badge.bare");
    else if (kept.trueSize) this.#caption.textContent = say("snapshot.true", { pieces });
    else this.#caption.textContent = say(kept.moved ? "snapshot.moved" : "snapshot.styled", { pieces });
    this.#note.textContent = say("snapshot.where");
    this.#strip.replaceChildren(
      ...(this.#kept.length > 1 ? this.#kept : []).map((each, at) =>
        el(
          "button",
          {
            type: "button",
            "aria-label": say("snapshot.each", { number: each.number }),
            "aria-pressed": String(at === this.#at),
            onclick: () => {
              this.#at = at;
              this.#show();
              this.#strip.children[at].focus();
            },
          },
          el("img", { src: each.address, alt: "" }),
        ),
      ),
    );
  }

  #save() {
    const kept = this.#kept[this.#at];
    el("a", { href: kept.address, download: say("snapshot.file", { number: kept.number }) }).click();
  }

  async #share() {
    const kept = this.#kept[this.#at];
    const file = new File([kept.blob], say("snapshot.file", { number: kept.number }), { type: kept.blob.type });
    try {
      await navigator.share({ files: [file], title: say("snapshot.title") });
    } catch (error) {
      if (error.name !== "AbortError") this.#note.textContent = say("snapshot.share.failed");
    }
  }

  #give() {
    const { blob, pieces } = this.#kept[this.#at];
    this.dispatchEvent(new CustomEvent("share", { detail: { blob, pieces } }));
    this.#note.textContent = say("snapshot.shop.given");
  }

  #remove() {
    const [removed] = this.#kept.splice(this.#at, 1);
    this.#at = Math.max(0, this.#at - 1);
    this.#show();
    URL.revokeObjectURL(removed.address);
    this.#changed();
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
