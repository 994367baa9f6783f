// The owner's catalogue: her own pieces and those of the house, and one of her own opened to be worked on.

import * as desk from "./desk.js";
import { field, form, troubleOf } from "./door.js";
import { el } from "./element.js";
import { PieceForm, KINDS } from "./piece.js";
import { number, say } from "./words.js";

export class Catalogue {
  #says = el("p", { class: "rows-says", role: "status" });
  #rows = el("ul", { class: "plain pieces" });
  #list;
  #open = null;
  element;

  constructor() {
    const kind = el("select", { id: "field-kind-new", name: "kind" }, ...KINDS.map((name) => el("option", { value: name, selected: name === "tiara" }, say(`kind.${name}`))));
    const made = form(
      { class: "invite" },
      async ({ name, kind: chosen }) => {
        const { id } = await desk.beginPiece(name, chosen);
        made.reset();
        location.hash = `#catalogue=${id}`;
      },
      field("name", say("field.name"), { required: true, maxlength: 120, autocomplete: "off" }),
      el("p", { class: "field" }, el("label", { for: "field-kind-new" }, say("field.kind")), kind),
      el("button", { type: "submit", class: "primary" }, say("catalogue.begin")),
    );
    this.#list = el(
      "div",
      { class: "catalogue-list" },
      el("h1", { id: "catalogue-title", tabindex: "-1" }, say("catalogue.title")),
      el("section", { class: "inviting", "aria-labelledby": "catalogue-new" }, el("h2", { id: "catalogue-new" }, say("catalogue.new")), el("p", { class: "field-hint" }, say("catalogue.new.hint")), made),
      this.#says,
      this.#rows,
    );
    this.element = el("section", { class: "catalogue" }, this.#list);
  }

  /** Bring all pieces, or the one that is opened. */
  async load(id = "") {
    this.#open?.close();
    this.#open = null;
    if (id) {
      this.#open = new PieceForm(id);
      this.element.replaceChildren(this.#open.element);
      await this.#open.load();
      return;
    }
    this.element.replaceChildren(this.#list);
    this.#says.textContent = say("requests.loading");
    try {
      const pieces = await desk.pieces();
      this.#rows.replaceChildren(...pieces.map((piece) => this.#row(piece)));
      this.#says.textContent = "";
    } catch (error) {
      this.#says.textContent = troubleOf(error);
    }
  }

  #row({ id, name, kind, state, published, changed, picture }) {
    const words = state === "shown" && changed ? say("catalogue.state.changed") : say(`catalogue.state.${state}`);
    const about = [say(`kind.${kind}`), published ? say("catalogue.version", { number: number(published) }) : ""].filter(Boolean).join(" · ");
    const body = [
      picture ? el("img", { src: picture, alt: "", width: 96, height: 72, loading: "lazy" }) : el("span", { class: "no-picture", "aria-hidden": "true" }),
      el("span", { class: "piece-name" }, name),
      el("span", { class: "piece-about" }, about),
      el("span", { class: "piece-state", "data-state": state }, words),
    ];
    return el("li", {}, state === "house" ? el("div", { class: "piece-row" }, ...body) : el("a", { class: "piece-row", href: `#catalogue=${id}` }, ...body));
  }
}
