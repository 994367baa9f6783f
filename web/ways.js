// How one signs in, changed by oneself: password and passkeys. Each change asks once more who is there, and signs every
// other browser out.

import * as desk from "./desk.js";
import { field, form, troubleOf } from "./door.js";
import { el } from "./element.js";
import { moment, say, sayCount } from "./words.js";

const PASSWORD_MIN = 12; // as tryon.atelier.passwords

export class Ways {
  #me;
  #has = null;
  #says = el("p", { class: "rows-says", role: "status" });
  #body = el("div", { class: "ways-body" });
  element;

  constructor(me) {
    this.#me = me;
    this.element = el("section", { class: "people ways", "aria-labelledby": "ways-title" }, el("h1", { id: "ways-title", tabindex: "-1" }, say("ways.title")), this.#says, this.#body);
  }

  /** Bring what she has. */
  async load() {
    this.#says.textContent = say("people.loading");
    try {
      this.#show(await desk.ways(), "");
    } catch (error) {
      this.#says.textContent = troubleOf(error);
    }
  }

  #show(has, said) {
    this.#has = has;
    this.#says.textContent = said;
    this.#body.replaceChildren(
      el("p", {}, has.elsewhere ? sayCount("ways.elsewhere", has.elsewhere) : say("ways.elsewhere.none")),
      this.#password(),
      ...(desk.passkeys() ? [this.#passkeys()] : []),
    );
  }

  /** That it is she: her password in a field of its own, else a passkey of hers. */
  #proofField(name) {
    return this.#has.password
      ? field(name, say("ways.now"), { type: "password", autocomplete: "current-password", required: true, maxlength: 256 })
      : el("p", { class: "field-hint" }, say("ways.prove"));
  }

  async #proof(password) {
    return this.#has.password ? { password } : { passkey: await desk.askPasskey() };
  }

  #password() {
    const made = form(
      { class: "ways-form" },
      async ({ now, password }) => this.#show(await desk.setPassword(await this.#proof(now), password), say("ways.password.done")),
      el("input", { type: "hidden", name: "email", autocomplete: "username", value: this.#me.email }),
      this.#proofField("now"),
      field(
        "password",
        say("door.password.new"),
        { type: "password", autocomplete: "new-password", required: true, maxlength: 256 },
        say("door.password.hint", { letters: PASSWORD_MIN }),
      ),
      el("button", { type: "submit", class: "primary" }, say(this.#has.password ? "ways.password.change" : "ways.password.choose")),
    );
    return el("section", {}, el("h2", {}, say("ways.password")), made);
  }

  #passkeys() {
    const { passkeys, password } = this.#has;
    const last = !password && passkeys.length === 1;
    const rows = passkeys.map(({ id, made_at: at }) => {
      const date = moment(at);
      const remove = el("button", { type: "submit", class: "quiet small", name: "remove", value: id, "aria-label": say("ways.passkey.remove.of", { date }) }, say("ways.passkey.remove"));
      return el("li", { class: "ways-passkey" }, el("span", {}, say("ways.passkey.of", { date })), last ? null : remove);
    });
    const made = form(
      { class: "ways-form" },
      async ({ proof }, id) => {
        if (id) this.#show(await desk.removePasskey(await this.#proof(proof), id), say("ways.passkey.removed"));
        else this.#show(await desk.addPasskey(await this.#proof(proof)), say("ways.passkey.added"));
      },
      passkeys.length ? el("ul", { class: "plain" }, ...rows) : el("p", {}, say("ways.passkeys.none")),
      last ? el("p", { class: "field-hint" }, say("ways.last")) : null,
      this.#proofField("proof"),
      el("button", { type: "submit", class: "second" }, say("ways.passkey.add")),
    );
    return el("section", {}, el("h2", {}, say("ways.passkeys")), made);
  }
}
