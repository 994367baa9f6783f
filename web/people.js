// The people of the atelier: who is there, who was invited; owners invite, send a new link, close an account.

import * as desk from "./desk.js";
import { field, form, troubleOf } from "./door.js";
import { el } from "./element.js";
import { LANGUAGES, languageName, moment, say, shownLanguage } from "./words.js";

const ROLES = ["consultant", "artisan", "owner"];
/** As in tryon.atelier.pairing. */
const SKILLS = ["stones", "filigree", "restoration", "child_sizes", "enamel", "platinum"];

export class People {
  #me;
  #rows = el("tbody");
  #says = el("p", { class: "rows-says", role: "status" });
  element;

  constructor(me) {
    this.#me = me;
    const head = ["people.name", "people.role", "people.email", "people.seen", "people.do"].map((key) => el("th", { scope: "col" }, say(key)));
    if (!this.#owner) head.pop();
    this.element = el(
      "section",
      { class: "people", "aria-labelledby": "people-title" },
      el("h1", { id: "people-title" }, say("people.title")),
      this.#says,
      el("div", { class: "wide", tabindex: "0", role: "region", "aria-labelledby": "people-title" }, el("table", { class: "people-table" }, el("thead", {}, el("tr", {}, ...head)), this.#rows)),
      this.#owner ? this.#inviting() : null,
    );
  }

  get #owner() {
    return this.#me.may.includes("people.invite");
  }

  /** Bring everybody. */
  async load(note = "") {
    this.#says.textContent = note || say("people.loading");
    try {
      this.#rows.replaceChildren(...(await desk.people()).map((one) => this.#row(one)));
      this.#says.textContent = note;
    } catch (error) {
      this.#says.textContent = troubleOf(error);
    }
  }

  #row(one) {
    const state = !one.active && one.joined ? "left" : one.joined ? "" : "invited";
    const seen = state ? say(`people.${state}`) : one.signed_in_at ? moment(one.signed_in_at) : "";
    return el(
      "tr",
      { "data-state": state || "here" },
      el("th", { scope: "row" }, one.name),
      el("td", {}, say(`role.${one.role}`)),
      el("td", {}, one.email),
      el("td", {}, seen),
      this.#owner ? el("td", { class: "people-do" }, ...this.#deeds(one)) : null,
    );
  }

  #deeds(one) {
    const press = (key, work, done) => {
      const button = el("button", { type: "button", class: "quiet small", "aria-label": say(`${key}.of`, { name: one.name }) }, say(key));
      button.addEventListener("click", async () => {
        button.disabled = true;
        try {
          await work();
          await this.load(say(done, { name: one.name }));
        } catch (error) {
          this.#says.textContent = troubleOf(error);
          button.disabled = false;
        }
      });
      return button;
    };
    const again = press("people.again", () => desk.inviteAgain(one.id), "people.again.done");
    if (one.id === this.#me.id || (!one.active && one.joined)) return [again];
    const close = el("button", { type: "button", class: "quiet small", "aria-label": say("people.close.of", { name: one.name }) }, say("people.close"));
    close.addEventListener("click", () => {
      // asked once more, in its own place
      const sure = press("people.close.sure", () => desk.remove(one.id), "people.close.done");
      close.replaceWith(sure);
      sure.focus();
    });
    return [again, close];
  }

  #inviting() {
    const choice = (name, label, options) =>
      el("p", { class: "field" }, el("label", { for: `field-${name}` }, label), el("select", { id: `field-${name}`, name }, ...options));
    const option = (value, words, selected = false) => el("option", { value, selected }, words);
    const skills = SKILLS.map((skill) =>
      el("label", { class: "skill" }, el("input", { type: "checkbox", name: "skills", value: skill }), say(`skill.${skill}`)),
    );
    const artisan = el(
      "fieldset",
      { class: "field wide-field", hidden: true },
      el("legend", {}, say("people.skills")),
      el("div", { class: "skills" }, ...skills),
      field("capacity", say("people.capacity"), { type: "number", min: 0, max: 100, value: 2, inputmode: "numeric" }),
    );
    const role = choice("role", say("people.role"), ROLES.map((name) => option(name, say(`role.${name}`))));
    role.querySelector("select").addEventListener("change", (event) => (artisan.hidden = event.target.value !== "artisan"));
    const made = form(
      { class: "invite" },
      async (values) => {
        const ofArtisan = values.role === "artisan";
        const picked = [...made.querySelectorAll("[name=skills]:checked")].map(({ value }) => value);
        await desk.invite({
          email: values.email,
          name: values.name,
          role: values.role,
          language: values.language,
          skills: ofArtisan ? picked : [],
          capacity_month: ofArtisan ? Number(values.capacity) : 0,
        });
        made.reset();
        artisan.hidden = true;
        await this.load(say("people.invited.done", { name: values.name }));
      },
      field("name", say("people.name"), { required: true, maxlength: 120, autocomplete: "off" }),
      field("email", say("people.email"), { type: "email", required: true, maxlength: 254, autocomplete: "off" }),
      role,
      choice("language", say("people.language"), LANGUAGES.map((code) => option(code, languageName(code), code === shownLanguage()))),
      artisan,
      el("button", { type: "submit", class: "primary" }, say("people.invite")),
    );
    return el("section", { class: "inviting" }, el("h2", {}, say("people.invite.title")), el("p", { class: "field-hint" }, say("people.invite.hint")), made);
  }
}
