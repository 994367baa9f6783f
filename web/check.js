// What keeps the mirror from a page of a shop: the server reads the page and says what to write instead.

import * as desk from "./desk.js";
import { field, form } from "./door.js";
import { el, icon } from "./element.js";
import { shownOnce } from "./press.js";
import { say, sayCount } from "./words.js";

/** Of one shop. */
export class Check {
  #shop;
  #says = el("p", { class: "rows-says", role: "status" });
  #found = el("ul", { class: "plain check-found", hidden: true });
  element;

  constructor(shop) {
    this.#shop = shop.id;
    const [first] = shop.origins;
    const asked = form(
      { class: "invite" },
      (values) => this.#look(values[`page-${shop.id}`].trim()),
      field(`page-${shop.id}`, say("check.page"), { type: "url", required: true, maxlength: 2000, autocomplete: "off", value: first ? `${first}/` : "" }, say("check.page.hint")),
      el("button", { type: "submit", class: "second" }, say("check.look")),
    );
    this.element = el("details", { class: "shop-more" }, el("summary", {}, say("check.title")), el("p", { class: "field-hint" }, say("check.hint")), asked, this.#says, this.#found);
  }

  async #look(page) {
    this.#found.hidden = true;
    this.#says.textContent = say("check.looking", { page });
    try {
      const { address, findings } = await desk.check(this.#shop, page);
      const wrong = findings.filter(({ works }) => !works);
      this.#says.textContent = wrong.length ? sayCount("check.wrong", wrong.length, { page: address }) : say("check.good", { page: address });
      this.#found.replaceChildren(...wrong.map(row), ...findings.filter(({ works }) => works).map(row));
      this.#found.hidden = false;
    } catch (error) {
      this.#says.textContent = "";
      throw error; // the form says it
    }
  }
}

const row = ({ what, works, words, write }) =>
  el(
    "li",
    { class: "key", "data-what": what, "data-works": String(works) },
    el("span", {}, el("span", { class: "check-mark", role: "img", "aria-label": say(works ? "check.works" : "check.fails") }, icon(works ? "worn" : "close")), " ", say(`check.what.${what}`)),
    el("span", { class: "field-hint" }, words),
    write ? shownOnce(say("check.write"), write) : null,
  );
