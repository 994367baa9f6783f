// A ring or bangle that she wears, laid flat beside a bank card: a picture of both goes up, what it tells comes back.
// A coin laid there tells whether the card is of its size.

import { ApiError } from "./api.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { known, number, say } from "./words.js";

/** What may lie beside the card: as in tryon.body.ring.LAID, and a coin. */
export const KINDS = ["ring", "bangle", "coin"];
/** Coins of known size, and how people write them: as in calibration/sizing/coins.csv. */
export const COINS = [
  ["eur-0.02", "2 c €"],
  ["eur-0.05", "5 c €"],
  ["eur-0.10", "10 c €"],
  ["eur-0.50", "50 c €"],
  ["eur-1", "1 €"],
  ["eur-2", "2 €"],
  ["usd-0.01", "1 ¢ US"],
  ["usd-0.05", "5 ¢ US"],
  ["usd-0.10", "10 ¢ US"],
  ["usd-0.25", "25 ¢ US"],
  ["gbp-0.05", "5p UK"],
  ["gbp-0.02", "2p UK"],
  ["gbp-0.10", "10p UK"],
  ["gbp-2", "£2 UK"],
  ["jpy-10", "10 円"],
  ["jpy-100", "100 円"],
  ["jpy-500", "500 円"],
];
/** Why a picture cannot be measured by: as in tryon.owned.CURES. */
export const REFUSED = [
  "ring_no_card",
  "ring_not_found",
  "ring_two",
  "ring_touches_card",
  "ring_no_hole",
  "ring_not_round",
  "ring_not_flat",
  "card_two",
  "card_not_id1",
  "card_bent",
  "card_partly_hidden",
  "card_tilted",
  "card_small",
  "coin_disagrees",
];
const HANDS = ["left", "right"];
const FINGERS = ["ring", "middle", "index", "little"];
const NAMES = { ring: "finger_inner_diameter_", bangle: "bangle_inner_diameter" };
const SIDE_MAX = 2000; // of what goes up: a card that fills a third of it is seen to a twentieth of a millimetre
const QUALITY = 0.92;

/** A picture file, upright and no larger than is of use, as a JPEG. Rejects where the browser cannot read it. */
async function upright(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, SIDE_MAX / Math.max(bitmap.width, bitmap.height));
  const canvas = el("canvas");
  [canvas.width, canvas.height] = [bitmap.width, bitmap.height].map((side) => Math.max(1, Math.round(side * scale)));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return new Promise((resolve) => canvas.toBlob(resolve, "image/jpeg", QUALITY));
}

/** One kind in the sheet of what she knows: its fold, whose it is, and what its picture told. */
export class LaidField {
  #kind;
  #read;
  #values;
  #hand = null;
  #finger = null;
  #coin = null;
  #file;
  #take;
  #remove;
  #said;
  /** The element. */
  element;

  /** `read(picture, kind)` resolves to what the mirror reads; `agreed`: she agreed to be measured already. */
  constructor(kind, given, { read, agreed }) {
    this.#kind = kind;
    this.#read = read;
    this.#values = given?.values ?? null;
    if (kind === "coin") {
      this.#coin = this.#select("coin", COINS, COINS[0][0]);
      this.#coin.addEventListener("change", () => this.#drop());
    } else this.#hand = this.#select("hand", HANDS, given?.hand || HANDS[0]);
    if (kind === "ring") this.#finger = this.#select("finger", FINGERS, given?.name.slice(NAMES.ring.length) ?? FINGERS[0]);
    this.#said = el("p", { class: "known-asked laid-said", role: "status" });
    this.#file = el("input", {
      type: "file",
      hidden: true,
      accept: "image/*",
      capture: "environment",
      onchange: () => this.#look(),
    });
    this.#take = this.#button(agreed ? "laid.take" : "laid.agree", "primary small", () => this.#file.click());
    this.#remove = this.#button("laid.remove", "quiet small", () => this.#drop());
    const parts = { hand: this.#hand, finger: this.#finger, coin: this.#coin };
    const labelled = (part, input) => el("div", { class: "known-part" }, el("label", { for: input.id }, say(part === "coin" ? "laid.coin.which" : `laid.${part}`)), input);
    this.element = el(
      "details",
      { class: "fold known-field", open: Boolean(given) },
      el("summary", {}, say(`laid.${kind}`)),
      el("p", { class: "fit-note" }, say(`laid.${kind}.what`)),
      el("p", { class: "fit-note" }, say(kind === "coin" ? "laid.coin.how" : "laid.how")),
      el("div", { class: "known-parts" }, ...["hand", "finger", "coin"].map((part) => parts[part] && labelled(part, parts[part]))),
      this.#file,
      this.#said,
      el("div", { class: "look-actions" }, this.#take, this.#remove),
    );
    this.#show();
  }

  /** As the mirror is told; null when no picture told anything of her. */
  get given() {
    return this.#values && !this.#coin && { name: this.name, values: this.#values, how: "laid", unit: "mm", hand: this.#hand.value };
  }

  /** As the mirror calls it. */
  get name() {
    if (this.#coin) return this.#coin.value;
    return this.#finger ? `${NAMES.ring}${this.#finger.value}` : NAMES.bangle;
  }

  /** It is in millimetres whatever she writes in. */
  convert() {}

  /** So are its labels. */
  relabel() {}

  /** Nothing is asked of it any more. */
  clear() {}

  /** The mirror could not use it. */
  ask() {
    this.#drop();
    this.element.open = true;
    this.#said.textContent = say("known.asked.other");
  }

  #drop() {
    this.#values = null;
    this.#show();
  }

  #show() {
    this.#remove.hidden = !this.given;
    if (!this.#values) {
      this.#said.textContent = "";
      return;
    }
    const [value, u95] = this.#values.map((one) => number(Number(one), 2));
    this.#said.textContent = say(`laid.${this.#kind}.told`, { value, u95 });
  }

  async #look() {
    const [file] = this.#file.files;
    this.#file.value = "";
    if (!file) return;
    this.#drop();
    this.#take.disabled = true;
    if (this.#coin) this.#coin.disabled = true;
    this.#said.textContent = say("laid.reading");
    try {
      const picture = await upright(file).catch(() => null);
      if (!picture) {
        this.#said.textContent = say("error.still_not_picture");
        return;
      }
      const { value_mm: value, u95_mm: u95, refused } = await this.#read(picture, this.#coin?.value ?? this.#kind);
      if (refused) {
        this.#said.textContent = say(known(`laid.refused.${refused}`) ? `laid.refused.${refused}` : "laid.refused.other");
        return;
      }
      this.#values = [value, u95].map((one) => one.toFixed(2));
      this.#show();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#said.textContent = say(errorKey(error.reason));
    } finally {
      this.#take.disabled = false;
      if (this.#coin) this.#coin.disabled = false;
    }
  }

  #button(key, kind, onclick) {
    return el("button", { type: "button", class: kind, onclick }, say(key));
  }

  #select(part, options, chosen) {
    return el(
      "select",
      { id: `laid-${this.#kind}-${part}`, class: "look-name" },
      ...options.map((option) => {
        const [value, label] = Array.isArray(option) ? option : [option, say(`${part}.${option}`)];
        return el("option", { value, selected: value === chosen }, label);
      }),
    );
  }
}
