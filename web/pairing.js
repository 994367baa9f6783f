// Who makes a piece and who takes care of it: matches with their reasons, offers, and the artisan's answer.

import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { facts, Part } from "./part.js";
import { choice, labelled, lines, Slip, tick } from "./slip.js";
import { sure } from "./sure.js";
import { known, languageName, list, moment, say } from "./words.js";

const HOUSE = ["owner", "consultant"];
const OVER = ["delivered", "declined", "cancelled"];
const BEST = "best";

export class Pairing extends Part {
  #who = this.place("who");
  #offers = this.place("offers");
  #matches = this.place("matches", { class: "place ticks", role: "radiogroup", "aria-label": say("pairing.matches") });
  #warning = el("p", { class: "part-note" });
  #asked = el("p", { class: "part-ask" });
  #care;
  #offer;
  #answer;
  #told = null;

  constructor(room, key) {
    super(room, "pairing", key);
    this.body.append(this.#who);
    this.#answer = new Slip(
      { place: room.place("answer"), label: say("pairing.answer"), work: (values, how) => this.#answered(values, how) },
      this.#asked,
      labelled(say("pairing.answer.words"), lines("words", { maxlength: 500 }), say("pairing.answer.hint")),
      el(
        "div",
        { class: "slip-do" },
        el("button", { type: "submit", class: "primary small", value: "accept" }, say("pairing.accept")),
        el("button", { type: "submit", class: "second small", value: "decline" }, say("pairing.decline")),
      ),
    );
    this.body.append(this.#answer.element);
    if (HOUSE.includes(room.me.role)) {
      this.#care = new Slip(
        { place: room.place("care"), work: (values, how) => this.#cared(values, how) },
        el(
          "div",
          { class: "slip-row" },
          labelled(say("pairing.care"), choice("consultant", [])),
          el("button", { type: "submit", class: "second small" }, say("pairing.care.set")),
        ),
      );
      this.#offer = new Slip(
        { place: room.place("offer"), label: say("pairing.offer"), work: (values, how) => this.#offered(values, how) },
        el("h4", {}, say("pairing.matches")),
        this.#matches,
        labelled(say("pairing.words"), lines("words", { maxlength: 500 })),
        this.#warning,
        el("div", { class: "slip-do" }, el("button", { type: "submit", class: "primary small" }, say("pairing.offer.send"))),
      );
      this.body.append(this.#care.element, this.#offers, this.#offer.element);
    } else this.body.append(this.#offers);
  }

  line({ artisan, offers }) {
    const open = offers.find(({ state }) => state === "offered");
    if (artisan) return artisan;
    return open ? say("requests.offer", { name: open.name, state: say("offer.offered") }) : say("pairing.nobody");
  }

  due({ stage, artisan, consultant }) {
    return !OVER.includes(stage) && (!artisan || (!consultant && HOUSE.includes(this.room.me.role)));
  }

  draw(told) {
    this.#told = told;
    this.lay(this.#who, [told.consultant, told.artisan], () => [
      facts([
        [say("requests.consultant"), told.consultant || say("pairing.nobody_yet")],
        [say("requests.artisan"), told.artisan || say("pairing.nobody_yet")],
      ]),
    ]);
    this.lay(this.#offers, told.offers, () => [
      told.offers.length ? el("h4", {}, say("requests.offers")) : null,
      told.offers.length ? el("ol", { class: "plain" }, ...told.offers.toReversed().map(offer)) : null,
    ]);
    const mine = this.#mine;
    this.#answer.element.hidden = !mine;
    if (mine) this.#asked.textContent = mine.artisan === this.room.me.id ? say("pairing.asked") : say("pairing.asked.for", { name: mine.name });
    if (!this.#offer) return;
    const over = OVER.includes(told.stage);
    this.#care.element.hidden = this.#offer.element.hidden = over;
    if (!over) this.#match(told);
  }

  /** The open offer that whoever reads may answer. */
  get #mine() {
    const { id, role } = this.room.me;
    return this.#told.offers.find(({ state, artisan }) => state === "offered" && (artisan === id || role === "owner"));
  }

  async #match(told) {
    const people = this.room.staff.filter(({ active }) => active);
    const select = this.#care.element.elements.consultant;
    const keepers = people.filter(({ role }) => HOUSE.includes(role));
    select.dataset.place = "keepers";
    if (this.lay(select, keepers.map(({ staff }) => staff), () => keepers.map(({ staff, name }) => el("option", { value: staff }, name)))) {
      this.#care.fill({ consultant: (keepers.find(({ name }) => name === told.consultant) ?? keepers.find(({ staff }) => staff === this.room.me.id) ?? keepers[0])?.staff });
    }
    this.#care.restore();
    const taken = told.offers.find(({ state }) => ["offered", "accepted"].includes(state));
    this.#warning.textContent = taken ? say(`pairing.withdraws.${taken.state}`, { name: taken.name }) : "";
    this.#warning.hidden = !taken;
    let found;
    try {
      found = await desk.matches(this.room.id);
    } catch (error) {
      this.#matches.replaceChildren(el("p", { class: "trouble", role: "alert" }, troubleOf(error)));
      return;
    }
    const matched = new Set(found.map(({ artisan }) => artisan));
    const passed = people.filter(({ role, staff }) => role === "artisan" && !matched.has(staff));
    const best = found.find(({ full }) => !full);
    this.lay(this.#matches, [found, passed.map(({ staff }) => staff)], () => [
      best ? tick({ type: "radio", name: "artisan", value: BEST, required: true }, el("span", {}, say("pairing.best", { name: best.name }))) : el("p", { class: "part-note" }, say("error.nobody_free")),
      ...found.map((match) => this.#choice(match.artisan, match.name, [...reasons(match.because), match.full ? say("pairing.full") : ""])),
      ...passed.map(({ staff, name }) => this.#choice(staff, name, [say("pairing.passed")])),
    ]);
    this.#offer.fill({ artisan: best ? [BEST] : [], words: "" });
    this.#offer.restore();
  }

  #choice(id, name, why) {
    return tick({ type: "radio", name: "artisan", value: id, required: true }, el("span", {}, name), el("span", { class: "field-hint" }, list(why.filter(Boolean))));
  }

  async #cared({ consultant }, { once }) {
    await this.room.change("consultant", { consultant }, { once, versioned: true });
    this.room.say(say("pairing.care.done", { name: this.#told.consultant }));
  }

  async #offered({ artisan: [artisan], words }, { once }) {
    const accepted = this.#told.offers.find(({ state }) => state === "accepted");
    if (accepted && !(await sure(say("pairing.sure", { name: accepted.name }), say("pairing.withdraws.accepted", { name: accepted.name }), say("pairing.offer.send")))) return false;
    await this.room.change("offers", { artisan: artisan === BEST ? null : artisan, words }, { once, versioned: true });
    this.room.say(say("pairing.offered", { name: this.#told.offers.find(({ state }) => state === "offered").name }));
  }

  async #answered({ words }, { once, by }) {
    const accepted = by !== "decline";
    await this.room.change(`offers/${this.#mine.offer}`, { accepted, words }, { once });
    this.room.say(say(accepted ? "pairing.accepted" : "pairing.declined"));
  }
}

/** Why an artisan suits, in words. */
function reasons(because) {
  const named = (why, what) => {
    if (why.endsWith("language")) return languageName(what);
    return known(`skill.${what}`) ? say(`skill.${what}`) : what;
  };
  const parts = because.map((code) => code.split(":")).filter(([why]) => known(`because.${why}`));
  return parts.map(([why, what]) => say(`because.${why}`, { what: named(why, what) }));
}

function offer({ name, state, because, words, made_at: at }) {
  const said = reasons(because);
  return el(
    "li",
    { class: "step" },
    el("p", { class: "step-what" }, say("requests.offer", { name, state: say(`offer.${state}`) }), el("span", { class: "field-hint" }, ` ${moment(at)}`)),
    said.length ? el("p", { class: "step-words" }, list(said)) : null,
    words ? el("p", { class: "step-words" }, words) : null,
  );
}
