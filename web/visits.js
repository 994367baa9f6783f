// Her appointments at the mirror, on her request's page: when, with whom, the way in; another time, or none.

import { onceName } from "./bespoke.js";
import { moment } from "./calendar.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { list, say, sayCount } from "./words.js";

const WORDS_MAX = 500; // as in tryon.atelier.asked

/** Events: `told` (detail is the request as it then is). */
export class Visits extends EventTarget {
  #commission = null;
  #shown = "";
  #once = {};
  #said = el("p", { class: "wish-said", role: "status" });
  #all = el("ul", { class: "visits", role: "list" });
  element = el("section", { class: "wish-part", "aria-labelledby": "visits-title" }, el("h3", { id: "visits-title" }, say("visits.title")), this.#all, this.#said);

  /** Show what is planned; null when nothing is. What she types stays while nothing changes. */
  show(commission, { appointments }) {
    this.#commission = commission;
    const planned = appointments.filter(({ state }) => state === "planned");
    const shown = JSON.stringify(planned);
    if (shown !== this.#shown) {
      this.#shown = shown;
      this.#all.replaceChildren(...planned.map((one) => this.#one(one)));
    }
    return planned.length ? this.element : null;
  }

  #one(one) {
    const words = el("textarea", { class: "look-name", rows: 2, maxlength: WORDS_MAX, id: `visit-${one.appointment}` });
    words.value = one.wish;
    const wish = () => {
      if (words.value.trim()) this.#send(one, "wish", { words: words.value, sequence: one.sequence }, say("visits.wish.done"));
      else words.focus();
    };
    const cancel = () => this.#send(one, "cancellation", { sequence: one.sequence }, say("visits.cancel.done"));
    const button = (kind, key, onclick) => el("button", { type: "button", class: kind, onclick }, say(key));
    return el(
      "li",
      { class: "visit" },
      el("p", { class: "visit-when" }, moment(one.starts_at)),
      el("p", { class: "visit-with" }, say("visits.with", { names: list(one.names), length: sayCount("visits.minutes", one.minutes) })),
      one.wish ? el("p", { class: "fit-note" }, say("visits.wished", { words: one.wish })) : null,
      el("div", { class: "look-actions" }, button("primary", "visits.join", () => this.#join(one))),
      el(
        "details",
        { class: "fold" },
        el("summary", {}, say("visits.wish")),
        el("label", { for: words.id }, say("visits.wish.label")),
        words,
        button("quiet", "visits.wish.send", wish),
      ),
      el("details", { class: "fold" }, el("summary", {}, say("visits.cancel")), el("p", { class: "fit-note" }, say("visits.cancel.text")), button("quiet", "visits.cancel.yes", cancel)),
    );
  }

  async #join(one) {
    try {
      const { token } = await this.#commission.visitLink(one.appointment);
      location.assign(`/session#${token}`);
    } catch (error) {
      this.#said.textContent = say(errorKey(error.reason));
    }
  }

  async #send(one, path, body, done) {
    const once = (this.#once[`${path}-${JSON.stringify(body)}`] ??= onceName());
    try {
      const told = await this.#commission.visit(one.appointment, path, body, once);
      this.dispatchEvent(new CustomEvent("told", { detail: told }));
      this.#said.textContent = done;
    } catch (error) {
      this.#said.textContent = say(errorKey(error.reason));
    }
  }
}
