// A shop's product feed: how it sells our pieces. A file is looked through first; nothing is done before one says so.

import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { press } from "./press.js";
import { money, say, sayCount } from "./words.js";

/** Of one shop; brought when it is opened. `chose`: called with words when the shop's choice of pieces is another one. */
export class Feed {
  #shop;
  #chose;
  #file = null;
  #says = el("p", { class: "rows-says", role: "status" });
  #list = el("div", { class: "wide feed-list", tabindex: "0", role: "region", "aria-label": say("feed.title") });
  #found = el("div", { class: "feed-found" });
  #choose = el("input", { type: "checkbox", onchange: () => this.#file && this.#look() });
  element;

  constructor(shop, chose) {
    this.#shop = shop.id;
    this.#chose = chose;
    const input = el("input", { type: "file", accept: ".csv,.json,text/csv,application/json", class: "unseen", onchange: () => this.#chosen(input) });
    this.element = el(
      "details",
      { class: "shop-more" },
      el("summary", {}, say("feed.title")),
      el("p", { class: "field-hint" }, say("feed.hint")),
      el("div", { class: "upload" }, el("label", { class: "upload-choose" }, input, el("span", {}, say("feed.choose")))),
      el("label", { class: "tick" }, this.#choose, el("span", {}, say("feed.only"))),
      this.#says,
      this.#found,
      this.#list,
    );
    this.element.addEventListener("toggle", () => this.element.open && this.#load());
  }

  #tell = (words) => (this.#says.textContent = words);

  async #load() {
    try {
      const products = await desk.products(this.#shop);
      this.#list.hidden = !products.length;
      const head = ["feed.sku", "shops.name", "feed.price", "feed.sizes"].map((key) => el("th", { scope: "col" }, say(key)));
      const row = ({ sku, piece, title, price_minor: minor, currency, sizes }) => el("tr", {}, el("th", { scope: "row" }, sku), el("td", {}, title || piece), el("td", {}, minor === null ? "" : money(minor, currency)), el("td", {}, sizes));
      this.#list.replaceChildren(el("table", { class: "people-table" }, el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...products.map(row))));
      if (!products.length && !this.#says.textContent) this.#tell(say("feed.none"));
    } catch (error) {
      this.#tell(troubleOf(error));
    }
  }

  #chosen(input) {
    [this.#file] = input.files;
    input.value = ""; // the same one may be chosen again, once it was mended
    if (this.#file) this.#look();
  }

  /** What the file would do, or what is wrong in it. */
  async #look() {
    this.#found.replaceChildren();
    this.#tell(say("feed.looking", { name: this.#file.name }));
    try {
      const told = await desk.sendFeed(this.#shop, this.#file, { dry: true, choose: this.#choose.checked });
      if (told.wrong.length) {
        this.#tell(sayCount("feed.wrong", told.wrong.length));
        this.#found.replaceChildren(el("ul", { class: "feed-wrong" }, ...told.wrong.map(wrongWords)));
        return;
      }
      this.#tell(say("feed.good", { name: this.#file.name, does: does(told) }));
      this.#found.replaceChildren(el("p", {}, press(this.#tell, "feed.take", null, () => this.#take(), { primary: true })));
    } catch (error) {
      this.#tell(troubleOf(error));
    }
  }

  async #take() {
    const choose = this.#choose.checked;
    const told = await desk.sendFeed(this.#shop, this.#file, { choose });
    if (!told.applied) return this.#look(); // the shelf is another one than a moment ago
    this.#file = null;
    this.#found.replaceChildren();
    const taken = say("feed.taken", { does: does(told) });
    this.#tell(taken);
    if (choose) return this.#chose(taken);
    return this.#load();
  }
}

const does = ({ added, changed, removed }) => [sayCount("feed.added", added), sayCount("feed.changed", changed), sayCount("feed.removed", removed)].join(", ");

const wrongWords = ({ line, column, reason, said }) => el("li", {}, say("feed.line", { line, column }), " ", say(`feed.reason.${reason}`), said ? ` (${said})` : "");
