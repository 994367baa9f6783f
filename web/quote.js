// The price of a piece and what drives it: made line by line, agreed by the client, its deposit.

import { el } from "./element.js";
import { Part } from "./part.js";
import { choice, labelled, Slip } from "./slip.js";
import { money, moment, number, say } from "./words.js";

/** As tryon.atelier.trade.Driver. */
export const DRIVERS = ["metal", "stones", "production", "provenance", "fit", "other"];
/** As in tryon.atelier.pricing. */
export const DEPOSIT_PERCENT = 30;
const CURRENCIES = ["EUR", "USD", "GBP", "CHF"];
const MADE_AT = ["enquiry", "consultation"];
const CENTS = 100;

/** An amount as people write it, in minor units: 0 when nothing is written, NaN when it is none. */
export function minorOf(text) {
  const bare = text.replace(/[\s'’]/g, "").replace("−", "-");
  if (!bare) return 0;
  const last = Math.max(bare.lastIndexOf("."), bare.lastIndexOf(","));
  // a mark with three digits behind it parts the thousands, any other the cents
  const cents = last >= 0 && !/^\d{3}$/.test(bare.slice(last + 1));
  const whole = (cents ? bare.slice(0, last) : bare).replace(/[.,](?=\d{3})/g, "");
  const rest = cents ? bare.slice(last + 1) : "";
  return /^-?\d+$/.test(whole) && /^\d{0,2}$/.test(rest) ? Math.round(Number(`${whole}.${rest || 0}`) * CENTS) : NaN;
}

/** An amount as it is typed; nothing for none. */
export const typedOf = (minor) => (minor ? (minor / CENTS).toFixed(minor % CENTS ? 2 : 0) : "");

export class Quote extends Part {
  #holds = this.place("holds");
  #history = this.place("history");
  #sum = el("p", { class: "quote-sum", role: "status" });
  #make;
  #came;
  #told = null;

  constructor(room, key) {
    super(room, "price", key);
    const row = (driver) => {
      const words = say(`quote.driver.${driver}`);
      return el(
        "tr",
        {},
        el("th", { scope: "row" }, words),
        el("td", {}, el("input", { name: driver, inputmode: "decimal", autocomplete: "off", maxlength: 16, "aria-label": say("quote.amount.of", { driver: words }), class: "amount" })),
        el("td", {}, el("input", { name: `${driver}-words`, autocomplete: "off", maxlength: 200, "aria-label": say("quote.words.of", { driver: words }) })),
      );
    };
    const heads = ["quote.driver", "quote.amount", "quote.words"].map((key) => el("th", { scope: "col" }, say(key)));
    this.#make = new Slip(
      { place: room.place("price"), label: say("quote.make"), work: (values, how) => this.#made(values, how) },
      el("h4", {}, say("quote.make")),
      labelled(say("quote.currency"), choice("currency", CURRENCIES.map((code) => [code, code]))),
      el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": say("quote.make") }, el("table", { class: "quote" }, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...DRIVERS.map(row)))),
      this.#sum,
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "primary small" }, say("quote.send"))),
    );
    this.#make.element.addEventListener("input", () => this.#add());
    this.#make.element.addEventListener("cleared", () => this.#add());
    this.#came = new Slip(
      { place: room.place("deposit"), work: (_, { once }) => this.#deposit(once) },
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "primary small" }, say("quote.deposit.came"))),
    );
    this.body.append(this.#holds, this.#came.element, this.#make.element, this.#history);
  }

  line({ price }) {
    if (!price) return say("quote.none");
    const total = money(price.total_minor, price.currency);
    return price.agreed_at ? say("quote.agreed", { total }) : say("quote.open", { total });
  }

  due({ stage, price, deposit_at: came }) {
    return (MADE_AT.includes(stage) && !price?.agreed_at) || (stage === "deposit" && !came);
  }

  draw(told) {
    this.#told = told;
    this.element.hidden = this.room.me.role === "artisan";
    const { price } = told;
    this.lay(this.#holds, [price, told.deposit_at], () => [this.#tier(told), price ? holds(price, told.deposit_at) : el("p", { class: "part-note" }, say("quote.none.text"))]);
    this.#came.element.hidden = told.stage !== "deposit" || Boolean(told.deposit_at);
    const open = MADE_AT.includes(told.stage) && !price?.agreed_at;
    this.#make.element.hidden = !open;
    if (open) this.#fill(told);
    const older = told.prices.slice(0, -1).toReversed();
    this.lay(this.#history, older, () => [
      older.length ? el("h4", {}, say("quote.history")) : null,
      older.length ? el("ol", { class: "plain" }, ...older.map((one) => el("li", { class: "step" }, say("quote.older", { number: number(one.number), total: money(one.total_minor, one.currency), date: moment(one.made_at) })))) : null,
    ]);
  }

  #tier({ wish }) {
    const tier = this.room.piece?.tiers[wish.tier];
    if (!wish.tier) return null;
    const name = say(`tier.${wish.tier}`);
    if (!tier?.price_from) return el("p", { class: "part-note" }, name);
    const amount = (units) => money(units * CENTS, tier.currency);
    return el("p", { class: "part-note" }, say("quote.tier.range", { tier: name, from: amount(tier.price_from), to: amount(tier.price_to ?? tier.price_from) }));
  }

  #fill({ price, wish }) {
    const of = (driver) => price?.lines.filter((line) => line.driver === driver) ?? [];
    const values = { currency: price?.currency ?? this.room.piece?.tiers[wish.tier]?.currency ?? CURRENCIES[0] };
    for (const driver of DRIVERS) {
      values[driver] = typedOf(of(driver).reduce((sum, { minor }) => sum + minor, 0));
      values[`${driver}-words`] = of(driver).map(({ words }) => words).filter(Boolean).join("; ");
    }
    this.#make.fill(values);
    this.#add();
  }

  #add() {
    const form = this.#make.element.elements;
    const amounts = DRIVERS.map((driver) => [driver, minorOf(form[driver].value)]);
    for (const [driver, minor] of amounts) form[driver].ariaInvalid = Number.isNaN(minor) ? "true" : null;
    const total = amounts.reduce((sum, [, minor]) => sum + minor, 0);
    const currency = form.currency.value;
    const deposit = Math.ceil((total * DEPOSIT_PERCENT) / 10_000) * CENTS;
    if (Number.isNaN(total)) this.#sum.textContent = say("quote.wrong");
    else this.#sum.textContent = say("quote.sum", { total: money(total, currency), deposit: money(deposit, currency), percent: number(DEPOSIT_PERCENT) });
  }

  async #made(values, { once }) {
    const amounts = DRIVERS.map((driver) => ({ driver, minor: minorOf(values[driver]), words: values[`${driver}-words`] }));
    const wrong = amounts.find(({ minor }) => Number.isNaN(minor)) ?? (amounts.every(({ minor }) => !minor) ? amounts[0] : null);
    if (wrong) {
      this.#make.element.elements[wrong.driver].focus();
      throw { reason: "price_wrong" };
    }
    await this.room.change("prices", { currency: values.currency, lines: amounts.filter(({ minor }) => minor) }, { once, versioned: true });
    this.room.say(say("quote.made"));
  }

  async #deposit(once) {
    await this.room.change("deposit", {}, { once, versioned: true });
    this.room.say(say("quote.deposit.thanks"));
  }
}

/** The price that holds, with how much of it each thing makes. */
function holds(price, came) {
  const share = (driver) => (price.shares[driver] === undefined ? "" : say("quote.percent", { percent: number(100 * price.shares[driver], 1) }));
  const line = ({ driver, minor, words }) =>
    el("tr", {}, el("th", { scope: "row" }, say(`quote.driver.${driver}`)), el("td", { class: "amount" }, money(minor, price.currency)), el("td", { class: "amount" }, share(driver)), el("td", {}, words));
  const heads = ["quote.driver", "quote.amount", "quote.share", "quote.words"].map((key, at) => el("th", { scope: "col", class: at === 1 || at === 2 ? "amount" : null }, say(key)));
  return el(
    "div",
    { class: "wide", tabindex: "0", role: "region", "aria-label": say("requests.price") },
    el(
      "table",
      { class: "quote" },
      el("caption", {}, say("quote.number", { number: number(price.number), date: moment(price.made_at) })),
      el("thead", {}, el("tr", {}, ...heads)),
      el("tbody", {}, ...price.lines.map(line)),
      el(
        "tfoot",
        {},
        el("tr", {}, el("th", { scope: "row" }, say("quote.total")), el("td", { class: "amount" }, money(price.total_minor, price.currency)), el("td", {}), el("td", {}, price.agreed_at ? say("quote.agreed_at", { date: moment(price.agreed_at) }) : say("quote.waits"))),
        el("tr", {}, el("th", { scope: "row" }, say("quote.deposit")), el("td", { class: "amount" }, money(price.deposit_minor, price.currency)), el("td", {}), el("td", {}, came ? say("quote.deposit.at", { date: moment(came) }) : say("quote.deposit.open"))),
      ),
    ),
  );
}
