// What a shop's own server is told as it happens: at which addresses, how each does, and the log of every message.

import * as desk from "./desk.js";
import { field, form, troubleOf } from "./door.js";
import { el } from "./element.js";
import { press, pressTwice, shownOnce } from "./press.js";
import { list, moment, number, say, sayCount } from "./words.js";

const EVENTS = "request.submitted request.changed consultation.ended fit.kept data.erased".split(" "); // as tryon.atelier.hooks

/** Of one shop; brought when it is opened. */
export class Hooks {
  #shop;
  #hooks = [];
  #says = el("p", { class: "rows-says", role: "status" });
  #body = el("div", { class: "shop-hooks" });
  element = el("details", { class: "shop-more" }, el("summary", {}, say("hooks.title")), el("p", { class: "field-hint" }, say("hooks.hint")), this.#says, this.#body);

  constructor(shop) {
    this.#shop = shop.id;
    this.element.addEventListener("toggle", () => this.element.open && this.#load());
  }

  async #load(note = "") {
    this.#tell(say("hooks.loading"));
    try {
      this.#hooks = await desk.hooks(this.#shop);
      this.#draw(note);
    } catch (error) {
      this.#tell(troubleOf(error));
    }
  }

  #tell = (words) => (this.#says.textContent = words);

  #draw(note) {
    this.#tell(note || (this.#hooks.length ? "" : say("hooks.none")));
    const rows = this.#hooks.map((hook) => this.#hook(hook));
    this.#body.replaceChildren(rows.length ? el("ul", { class: "plain" }, ...rows) : "", this.#form());
  }

  #changed(hook, note) {
    const at = this.#hooks.findIndex(({ id }) => id === hook.id);
    if (at < 0) this.#hooks.push(hook);
    else this.#hooks[at] = hook;
    this.#draw(note);
  }

  #hook(hook) {
    const of = { url: hook.url };
    const log = el("div", { class: "hook-log" });
    const wish = (active) => ({ url: hook.url, events: hook.events, active, sandbox: hook.sandbox });
    const turn = (active) => async () => this.#changed(await desk.changeHook(this.#shop, hook.id, wish(active)), say(active ? "hooks.on.done" : "hooks.off.done", of));
    const button = (key, work, options) => press(this.#tell, key, say(`${key}.of`, of), work, options);
    const test = async () => {
      await desk.testHook(this.#shop, hook.id);
      this.#tell(say("hooks.test.done", of));
      await this.#showLog(log, hook);
    };
    const remove = async () => {
      await desk.removeHook(this.#shop, hook.id);
      this.#hooks = this.#hooks.filter(({ id }) => id !== hook.id);
      this.#draw(say("hooks.remove.done", of));
    };
    const anew = async () => {
      const { count } = await desk.replayFailed(this.#shop, hook.id);
      this.#tell(sayCount("hooks.replayed", count));
      await this.#showLog(log, hook);
    };
    return el(
      "li",
      { class: "key hook", "data-hook": hook.id, "data-state": hook.ended ? "ended" : hook.failing_since ? "failing" : "well" },
      el("code", { class: "key-shown" }, hook.url),
      el("span", { class: "hook-state" }, stateOf(hook)),
      el("span", { class: "field-hint" }, [hook.sandbox ? say("shops.sandbox") : "", hook.events.length ? list(hook.events.map((event) => say(`hooks.event.${event}`))) : say("hooks.events.all"), hook.waiting ? sayCount("hooks.waiting", hook.waiting) : "", hook.old_until ? say("hooks.old", { at: moment(hook.old_until) }) : ""].filter(Boolean).join(" · ")),
      el(
        "span",
        { class: "people-do" },
        hook.ended ? button("hooks.on", turn(true), { primary: true }) : button("hooks.test", test, { primary: true }),
        hook.ended ? null : button("hooks.replay", anew),
        button("hooks.log", () => this.#showLog(log, hook)),
        button("hooks.secret", async () => this.#made(await desk.rotateHook(this.#shop, hook.id))),
        hook.ended ? null : button("hooks.off", turn(false)),
        pressTwice(this.#tell, "hooks.remove", of, remove),
      ),
      log,
    );
  }

  /** The log of an address, from its newest message on, or on from where it is. */
  async #showLog(place, hook, after = "") {
    const { deliveries, more } = await desk.deliveries(this.#shop, hook.id, after);
    const rows = deliveries.map((one) => this.#delivery(hook, one));
    if (!after) {
      const again = press(this.#tell, "hooks.log.again", null, () => this.#showLog(place, hook));
      place.replaceChildren(rows.length ? el("ol", { class: "plain hook-messages" }) : el("p", { class: "field-hint" }, say("hooks.log.none")), el("p", { class: "people-do" }, again));
    }
    place.querySelector("ol")?.append(...rows);
    place.querySelector(".hook-more")?.remove();
    if (more) place.append(el("p", { class: "hook-more" }, press(this.#tell, "requests.more", null, () => this.#showLog(place, hook, more))));
  }

  #delivery(hook, one) {
    const said = { event: one.event, at: moment(one.made_at) };
    const row = el("li", { class: "key hook-message", "data-state": one.state });
    const replay = async () => {
      row.replaceWith(this.#delivery(hook, await desk.replay(this.#shop, hook.id, one.id)));
      this.#tell(say("hooks.again.done", said));
    };
    const tried = one.tries.map((each) => el("li", {}, say("hooks.try", { at: moment(each.at), how: each.status ? number(each.status) : say(`hooks.trouble.${each.trouble}`), ms: number(each.took_ms) })));
    row.append(
      el("span", {}, el("code", { class: "key-shown" }, one.event), " ", say(`hooks.state.${one.state}`), one.state === "waiting" && one.tries.length ? `, ${say("hooks.next", { at: moment(one.next_at) })}` : ""),
      el("details", {}, el("summary", { class: "field-hint" }, `${moment(one.made_at)} · ${sayCount("hooks.tries", one.tries.length)}`), tried.length ? el("ol", { class: "field-hint" }, ...tried) : "", el("pre", {}, el("code", { class: "key-shown" }, one.body))),
      hook.ended ? "" : el("span", { class: "people-do" }, press(this.#tell, "hooks.again", say("hooks.again.of", said), replay)),
    );
    return row;
  }

  #form() {
    const at = (name) => `hook-${name}-${this.#shop}`;
    const ticks = EVENTS.map((event) => el("label", { class: "skill" }, el("input", { type: "checkbox", name: "events", value: event, checked: true }), say(`hooks.event.${event}`)));
    const sandbox = el("input", { type: "checkbox" });
    const made = form(
      { class: "invite" },
      async (values) => {
        const chosen = [...made.querySelectorAll("[name=events]:checked")].map(({ value }) => value);
        const events = chosen.length === EVENTS.length ? [] : chosen;
        this.#made(await desk.addHook(this.#shop, { url: values[at("url")].trim(), events, sandbox: sandbox.checked }));
      },
      field(at("url"), say("hooks.url"), { type: "url", required: true, maxlength: 500, autocomplete: "off" }, say("hooks.url.hint")),
      el("fieldset", { class: "field wide-field" }, el("legend", {}, say("hooks.events")), el("div", { class: "skills" }, ...ticks)),
      el("label", { class: "tick" }, sandbox, el("span", {}, say("hooks.sandbox"))),
      el("button", { type: "submit", class: "second" }, say("hooks.add")),
    );
    return made;
  }

  #made({ hook, secret }) {
    this.#changed(hook, "");
    const box = shownOnce(say("hooks.made"), secret);
    this.#body.querySelector(`[data-hook="${hook.id}"]`).append(box);
    box.focus();
  }
}

function stateOf(hook) {
  if (hook.ended) return say(`hooks.ended.${hook.ended}`);
  return hook.failing_since ? say("hooks.failing", { since: moment(hook.failing_since) }) : say("hooks.well");
}
