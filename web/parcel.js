// How a piece goes to its client: the packing list, insurance, tracking, and when it comes.

import { el } from "./element.js";
import { facts, Part } from "./part.js";
import { minorOf, typedOf } from "./quote.js";
import { choice, labelled, Slip, tick } from "./slip.js";
import { day, money, say } from "./words.js";

const PACKED = ["box", "care_card", "papers", "sealed"];
const CURRENCIES = ["EUR", "USD", "GBP", "CHF"];
const PACKED_AT = ["qc", "packed"];

export class Parcel extends Part {
  #how = this.place("how");
  #slip;

  constructor(room, key) {
    super(room, "parcel", key);
    const input = (name, attributes = {}) => labelled(say(`parcel.${name}`), el("input", { name, maxlength: 80, autocomplete: "off", ...attributes }));
    this.#slip = new Slip(
      { place: room.place("parcel"), label: say("part.parcel"), work: (values, how) => this.#send(values, how) },
      el("fieldset", { class: "field wide-field" }, el("legend", {}, say("parcel.list")), el("div", { class: "slip-ticks" }, ...PACKED.map((name) => tick({ name, value: "yes" }, say(`parcel.${name}`))))),
      el(
        "div",
        { class: "slip-row" },
        input("insured", { inputmode: "decimal", required: true, class: "amount" }),
        labelled(say("quote.currency"), choice("currency", CURRENCIES.map((code) => [code, code]))),
        input("carrier"),
        input("tracking"),
        input("from_date", { type: "date", required: true }),
        input("to_date", { type: "date", required: true }),
      ),
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "primary small" }, say("parcel.send"))),
    );
    this.body.append(this.#how, this.#slip.element);
  }

  line({ parcel }) {
    return say(!parcel ? "parcel.none" : parcel.complete ? "parcel.complete" : "parcel.incomplete");
  }

  due({ stage, parcel }) {
    return stage === "qc" && !parcel?.complete;
  }

  draw(told) {
    const { parcel } = told;
    this.lay(this.#how, parcel, () => [parcel ? shown(parcel) : el("p", { class: "part-note" }, say("parcel.none.text"))]);
    this.#slip.element.hidden = !PACKED_AT.includes(told.stage) || this.room.me.role === "artisan";
    const price = told.price;
    this.#slip.fill(
      parcel
        ? {
            ...Object.fromEntries(PACKED.map((name) => [name, parcel[name] ? ["yes"] : []])),
            insured: typedOf(parcel.insured_minor),
            currency: parcel.currency,
            carrier: parcel.carrier,
            tracking: parcel.tracking,
            from_date: parcel.from_date,
            to_date: parcel.to_date,
          }
        : { insured: price ? typedOf(price.total_minor) : "", currency: price?.currency ?? CURRENCIES[0] },
    );
    this.#slip.restore();
  }

  async #send(values, { once }) {
    const insured = minorOf(values.insured);
    if (!(insured >= 0)) {
      this.#slip.element.elements.insured.focus();
      throw { reason: "insured_wrong" };
    }
    await this.room.change(
      "parcel",
      {
        ...Object.fromEntries(PACKED.map((name) => [name, values[name].length > 0])),
        insured_minor: insured,
        currency: values.currency,
        carrier: values.carrier,
        tracking: values.tracking,
        from_date: values.from_date,
        to_date: values.to_date,
      },
      { once, method: "PUT", versioned: true },
    );
    this.room.say(say("parcel.sent"));
  }
}

const shown = (parcel) =>
  facts([
    [say("parcel.list"), PACKED.map((name) => say(parcel[name] ? "parcel.there" : "parcel.missing", { what: say(`parcel.${name}`) })).join("; ")],
    [say("parcel.insured"), parcel.insured_minor ? money(parcel.insured_minor, parcel.currency) : say("parcel.uninsured")],
    [say("parcel.carrier"), [parcel.carrier, parcel.tracking].filter(Boolean).join(", ")],
    [say("parcel.window"), say("parcel.window.days", { from: day(parcel.from_date), to: day(parcel.to_date) })],
  ]);
