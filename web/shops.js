// Shops that show the mirror on pages of their own: where, what, how much; and their keys. For owners.

import { pieces } from "./api.js";
import { Check } from "./check.js";
import * as desk from "./desk.js";
import { field, form, troubleOf } from "./door.js";
import { el } from "./element.js";
import { Feed } from "./feed.js";
import { Hooks } from "./hooks.js";
import { press as button, pressTwice, shownOnce } from "./press.js";
import { list, moment, number, say, sayCount } from "./words.js";

const NEW = ""; // of no shop yet

export class Shops {
  #catalogue = [];
  #says = el("p", { class: "rows-says", role: "status" });
  #body = el("div", { class: "shops-body" });
  element = el("section", { class: "people shops", "aria-labelledby": "shops-title" }, el("h1", { id: "shops-title", tabindex: "-1" }, say("shops.title")), this.#says, this.#body);

  /** Bring all. */
  async load() {
    this.#says.textContent = say("shops.loading");
    try {
      const [catalogue, shops] = await Promise.all([pieces(), desk.shops()]);
      this.#catalogue = catalogue;
      this.#says.textContent = shops.length ? "" : say("shops.none");
      this.#body.replaceChildren(...shops.map((shop) => this.#shop(shop)), this.#new());
    } catch (error) {
      this.#says.textContent = troubleOf(error);
    }
  }

  #tell = (words) => (this.#says.textContent = words);

  #new() {
    return el("section", { class: "inviting" }, el("h2", {}, say("shops.new")), el("p", { class: "field-hint" }, say("shops.new.hint")), this.#form(null));
  }

  #part(shop, within = "") {
    return this.#body.querySelector(`[data-shop="${shop.id}"] ${within}`);
  }

  /** One shop is new, or took the place of what it was; what is typed elsewhere on the page stays. */
  #told(shop, said) {
    const was = this.#part(shop);
    if (was) {
      was.replaceWith(this.#shop(shop));
    } else {
      this.#body.lastElementChild.replaceWith(this.#shop(shop), this.#new());
    }
    this.#says.textContent = said;
  }

  /** One shop as it is now. */
  async #again({ id }, said) {
    this.#told((await desk.shops()).find((shop) => shop.id === id), said);
  }

  /** The keys of one shop changed, and nothing else. */
  #keyed(shop, said) {
    this.#part(shop, ".shop-keys").replaceWith(this.#keys(shop));
    this.#says.textContent = said;
  }

  #shop(shop) {
    const shown = shop.pieces ? sayCount("shops.pieces", shop.pieces.length) : say("shops.pieces.all");
    const where = shop.origins.length ? list(shop.origins) : say("shops.origins.none");
    return el(
      "section",
      { class: "shop", "data-shop": shop.id, "data-active": String(shop.active), "aria-labelledby": `shop-${shop.id}` },
      el("h2", { id: `shop-${shop.id}` }, shop.name),
      el("p", { class: "field-hint" }, [shop.active ? "" : say("shops.ended"), where, shown, sayCount("shops.mirrors", shop.sessions_max), say("shops.visits", { count: number(shop.visits_a_minute) })].filter(Boolean).join(" · ")),
      this.#keys(shop),
      new Check(shop).element,
      new Feed(shop, (said) => this.#again(shop, said)).element,
      new Hooks(shop).element,
      el("details", { class: "shop-more" }, el("summary", {}, say("shops.change")), this.#form(shop)),
    );
  }

  #form(shop) {
    const id = shop?.id ?? NEW;
    const at = (name) => `${name}-${id}`;
    const some = shop?.pieces ?? null;
    const ticks = this.#catalogue.map((piece) =>
      el("label", { class: "skill" }, el("input", { type: "checkbox", name: "pieces", value: piece.id, checked: some?.includes(piece.id) ?? false }), piece.name),
    );
    const chosen = el("fieldset", { class: "field wide-field", hidden: !some }, el("legend", {}, say("shops.which")), el("div", { class: "skills" }, ...ticks));
    const every = el("input", { type: "checkbox", checked: !some, onchange: () => (chosen.hidden = every.checked) });
    const active = el("input", { type: "checkbox", checked: shop?.active ?? true });
    const made = form(
      { class: "invite" },
      async (values) => {
        const wish = {
          name: values[at("name")],
          origins: values[at("origins")].split(/[\s,]+/).filter(Boolean),
          pieces: every.checked ? null : [...made.querySelectorAll("[name=pieces]:checked")].map(({ value }) => value),
          policy: values[at("policy")],
          sessions_max: Number(values[at("mirrors")]),
          visits_a_minute: Number(values[at("visits")]),
          active: active.checked,
        };
        const told = shop ? await desk.changeShop(shop.id, wish, shop.version) : await desk.addShop(wish);
        this.#told(told, say("shops.kept", { name: told.name }));
      },
      field(at("name"), say("shops.name"), { required: true, maxlength: 120, autocomplete: "off", value: shop?.name ?? "" }),
      field(at("origins"), say("shops.origins"), { required: true, autocomplete: "off", inputmode: "url", value: shop?.origins.join(" ") ?? "" }, say("shops.origins.hint")),
      field(at("policy"), say("shops.policy"), { type: "url", maxlength: 500, autocomplete: "off", value: shop?.policy ?? "" }, say("shops.policy.hint")),
      field(at("mirrors"), say("shops.mirrors.most"), { type: "number", min: 1, max: 1000, required: true, value: shop?.sessions_max ?? 8 }),
      field(at("visits"), say("shops.visits.most"), { type: "number", min: 1, max: 6000, required: true, value: shop?.visits_a_minute ?? 60 }),
      el("label", { class: "tick" }, every, el("span", {}, say("shops.every"))),
      chosen,
      shop ? el("label", { class: "tick" }, active, el("span", {}, say("shops.active"))) : null,
      el("button", { type: "submit", class: "primary" }, say(shop ? "shops.keep" : "shops.add")),
    );
    return made;
  }

  #keys(shop) {
    const press = (key, name, work, options) => button(this.#tell, key, name, work, options);
    const make = (kind, sandbox) => async () => this.#made(await desk.makeKey(shop.id, { kind, sandbox }));
    const now = Date.now();
    const row = (key) => {
      const over = key.until && Date.parse(key.until) <= now;
      const of = { key: key.shown };
      const ending = pressTwice(this.#tell, "shops.key.end", of, async () => this.#keyed(await desk.endKey(shop.id, key.id), say("shops.key.ended", of)));
      return el(
        "li",
        { class: "key", "data-over": String(Boolean(over)) },
        el("code", { class: "key-shown" }, key.shown),
        el("span", { class: "field-hint" }, [say(`shops.kind.${key.kind}`), key.sandbox ? say("shops.sandbox") : "", over ? say("shops.key.over") : key.until ? say("shops.key.until", { at: moment(key.until) }) : "", key.used_on ? say("shops.key.used", { on: key.used_on }) : say("shops.key.unused")].filter(Boolean).join(" · ")),
        over ? null : el("span", { class: "people-do" }, key.until ? null : press("shops.key.replace", say("shops.key.replace.of", of), async () => this.#made(await desk.replaceKey(shop.id, key.id))), ending),
      );
    };
    return el(
      "div",
      { class: "shop-keys" },
      el("h3", {}, say("shops.keys")),
      shop.keys.length ? el("ul", { class: "plain" }, ...shop.keys.map(row)) : el("p", { class: "field-hint" }, say("shops.keys.none")),
      el("p", { class: "people-do" }, press("shops.make.page", null, make("publishable", false), { primary: true }), press("shops.make.trial", null, make("publishable", true), { primary: true }), press("shops.make.server", null, make("secret", false), { primary: true })),
    );
  }

  /** A key is told once: with what to do with it. */
  #made({ key, shop }) {
    this.#keyed(shop, "");
    const page = key.startsWith("pk_");
    const tag = `<script src="${location.origin}/embed/v1.js" async></script>\n<crown-tryon key="${key}" sku="${this.#catalogue[0]?.id ?? ""}"></crown-tryon>`;
    const text = page ? tag : key;
    const made = shownOnce(say(page ? "shops.made.page" : "shops.made.server"), text);
    this.#part(shop, ".shop-keys").append(made);
    made.focus();
  }
}
