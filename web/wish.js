// <request-form>: a bespoke consultation asked for, with all that the mirror knows filled in. It asks only what is not
// known, answers her date at once, and is kept as she types.

import { ApiError } from "./api.js";
import { consentWords, onceName, possible } from "./bespoke.js";
import { answerWords, day, daysLater } from "./calendar.js";
import { el, icon } from "./element.js";
import { fitOf, measureOf, reference, rows, sized, told } from "./fit.js";
import { errorKey } from "./panel.js";
import { recalledUnit, unitChoice } from "./unit.js";
import { list, number, price, say, sayCount } from "./words.js";

export const HAIRSTYLES = ["tied", "loose", "updo", "bare"];
export const VEILS = ["none", "under", "over", "behind"];
const LENGTHS = { materials: 500, stones: 500, notes: 4000, name: 120, email: 254, phone: 40 };
const EMAIL = /^[^\s@<>"(),:;\\[\]]{1,64}@(?:[^\s@.<>"(),:;\\[\]]{1,63}\.)+[^\s@.\d]{2,63}$/;
const YEARS_AHEAD = 5;
const ASK_MS = 300;
/** What has to be said before it can be sent, in the order it stands on the page. */
export const NEEDED = ["wished", "event_date", "tier", "name", "email", "consent"];

let forms = 0;

/**
 * Events: `sent` (detail: as the server tells it then), `discarded`.
 * Give it a Draft with `open`, the catalogue, and the pictures of this page that she may choose from.
 */
export class RequestForm extends HTMLElement {
  #draft = null;
  #pieces = [];
  #pictures = []; // of the mirror: {blob, address, words, file?}
  #consent = null;
  #agreed = new Set();
  #answers = {};
  #asking = 0;
  #asked = 0;
  #once = onceName();
  #id = `form-${++forms}`;
  #unit = recalledUnit();
  #parts = {};
  #listening = new AbortController();

  /** Make the element known. */
  static define() {
    if (!customElements.get("request-form")) customElements.define("request-form", RequestForm);
  }

  disconnectedCallback() {
    this.#listening.abort();
    clearTimeout(this.#asking);
    this.#draft?.leave();
  }

  /** Show a draft; `pictures` are snapshots of this page: {blob, address, words}. */
  async open(draft, pieces, pictures = []) {
    this.#draft = draft;
    this.#pieces = pieces;
    this.#pictures = pictures.map((picture) => ({ ...picture }));
    const { signal } = this.#listening;
    const on = (type, then) => draft.addEventListener(type, then, { signal });
    on("state", () => this.#showState());
    on("wish", () => this.#rebuild());
    on("files", () => this.#showPictures());
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.#look(), { signal });
    this.#build();
    this.#ask();
    await this.#readConsent();
  }

  get #piece() {
    return this.#pieces.find(({ id }) => id === this.#draft.wish.wished) ?? null;
  }

  #change(said) {
    this.#draft.change(said);
  }

  async #look() {
    try {
      await this.#draft.look();
    } catch (error) {
      this.#trouble(error);
    }
  }

  // what it looks like

  #rebuild() {
    const focused = document.activeElement?.id;
    this.#build();
    this.#ask();
    this.#showConsent();
    if (focused) document.getElementById(focused)?.focus();
  }

  #build() {
    const { wish } = this.#draft;
    const section = (key, ...parts) =>
      el("section", { class: "wish-part", "aria-labelledby": `${this.#id}-part-${key}` }, el("h3", { id: `${this.#id}-part-${key}` }, say(`request.${key}`)), ...parts);
    this.#parts = {
      both: el("div", { class: "wish-both", role: "group", "aria-label": say("request.both") }),
      tried: el("div", { class: "wish-pieces" }),
      pictures: el("div", { class: "wish-pictures" }),
      measures: el("div", { class: "wish-measures" }),
      answer: el("p", { class: "wish-answer", "aria-live": "polite" }),
      tiers: el("div", { class: "wish-choices" }),
      consent: el("div", { class: "wish-consent" }),
      state: el("p", { class: "wish-state", role: "status" }),
      said: el("p", { class: "wish-said", role: "alert" }),
      link: el("div", { class: "wish-link" }),
    };
    const { both, tried, pictures, measures, answer, tiers, consent, state, said, link } = this.#parts;
    this.replaceChildren(
      both,
      section("tried", tried, this.#problem("wished")),
      section("along", el("p", { class: "fit-note" }, say("request.along.how")), pictures, measures),
      section("event", this.#field("event_date", "date"), answer, this.#problem("event_date")),
      section("tier", tiers, this.#problem("tier")),
      section("hair", this.#choices("hairstyle", HAIRSTYLES), el("h4", {}, say("request.veil")), this.#choices("veil", VEILS)),
      section("wishes", this.#field("materials", "area"), this.#field("stones", "area"), this.#field("notes", "area")),
      section(
        "contact",
        this.#field("name", "text", "name"),
        this.#problem("name"),
        this.#field("email", "email", "email"),
        this.#problem("email"),
        this.#field("phone", "tel", "tel"),
      ),
      section("consent", consent, this.#problem("consent")),
      said,
      el(
        "div",
        { class: "wish-actions" },
        el("button", { type: "button", class: "primary", "data-action": "send", onclick: () => this.#send() }, say("request.send")),
        el("button", { type: "button", class: "quiet", "data-action": "link", onclick: () => this.#makeLink() }, say("request.elsewhere")),
        el("button", { type: "button", class: "quiet", "data-action": "discard", onclick: () => this.#askDiscard() }, say("request.discard")),
      ),
      link,
      state,
    );
    this.#showTried();
    this.#showPictures();
    this.#showMeasures(wish);
    this.#showTiers();
    this.#showState();
  }

  #problem(field) {
    return el("p", { class: "wish-problem", id: `${this.#id}-${field}-problem`, hidden: true });
  }

  #field(name, kind, autocomplete = "off") {
    const id = `${this.#id}-${name}`;
    const value = this.#draft.wish[name] ?? "";
    const shared = { id, class: "look-name", name, "aria-describedby": `${id}-problem`, oninput: ({ target }) => this.#typed(name, target) };
    const input =
      kind === "area"
        ? el("textarea", { ...shared, rows: name === "notes" ? 4 : 2, maxlength: LENGTHS[name] }, value)
        : el("input", {
            ...shared,
            type: kind,
            value,
            autocomplete,
            ...(kind === "date" ? { min: daysLater(1), max: daysLater(365 * YEARS_AHEAD) } : { maxlength: LENGTHS[name] }),
          });
    return el("div", { class: "wish-field" }, el("label", { for: id }, say(`request.${name}`)), input);
  }

  #typed(name, target) {
    const value = target.value;
    this.#clear(name);
    if (name === "email") {
      const half = value.trim() && !EMAIL.test(value.trim());
      this.#draft.unsavable[half ? "add" : "delete"]("email");
    }
    if (name === "event_date") {
      this.#change({ event_date: value || null });
      this.#ask();
    } else this.#change({ [name]: value });
  }

  #choices(name, values) {
    const chosen = this.#draft.wish[name];
    return el(
      "div",
      { class: "place-choices", role: "radiogroup", "aria-label": say(`request.${name}`) },
      ...values.map((value) => this.#radio(name, value, value === chosen, say(`request.${name}.${value}`), () => this.#change({ [name]: value }))),
    );
  }

  /** A choice that looks like a button and is a radio button to every reader. */
  #radio(name, value, checked, words, choose, ...more) {
    return el(
      "label",
      { class: "wish-choice" },
      el("input", { type: "radio", name: `${this.#id}-${name}`, id: `${this.#id}-${name}-${value}`, value, checked, onchange: choose }),
      el("span", {}, words),
      ...more,
    );
  }

  #showTried() {
    const { wish } = this.#draft;
    const tried = wish.pieces.map((id) => this.#pieces.find((piece) => piece.id === id)).filter(Boolean);
    const choose = (id) => () => {
      this.#clear("wished");
      this.#change({ wished: id, ...(this.#pieces.find((piece) => piece.id === id)?.tiers[this.#draft.wish.tier] ? {} : { tier: null }) });
      this.#showMeasures(this.#draft.wish);
      this.#ask();
    };
    const tile = (piece) =>
      el(
        "label",
        { class: "wish-piece" },
        el("input", {
          type: "radio",
          name: `${this.#id}-wished`,
          id: `${this.#id}-wished-${piece.id}`,
          value: piece.id,
          checked: piece.id === wish.wished,
          onchange: choose(piece.id),
        }),
        el("img", { src: piece.poster, alt: "", width: 96, height: 96, onerror: ({ target }) => target.replaceWith(icon("crown")) }),
        el("span", {}, piece.name),
      );
    const others = this.#pieces.filter(({ id }) => !wish.pieces.includes(id));
    const add = el(
      "select",
      {
        class: "look-name",
        "aria-label": say("request.other"),
        onchange: ({ target }) => {
          this.#draft.change({ pieces: [...this.#draft.wish.pieces, target.value] });
          choose(target.value)();
          this.#showTried();
          this.#parts.tried.querySelector("input:checked")?.focus();
        },
      },
      el("option", { value: "", selected: true, disabled: true }, say("request.other")),
      ...others.map(({ id, name }) => el("option", { value: id }, name)),
    );
    this.#parts.tried.replaceChildren(
      tried.length
        ? el("div", { class: "wish-tiles", role: "radiogroup", "aria-label": say("request.wished") }, ...tried.map(tile))
        : el("p", { class: "fit-note" }, say("request.tried.none")),
      ...(others.length ? [add] : []),
    );
  }

  #showPictures() {
    const kept = this.#draft.files.filter(({ kind }) => kind === "snapshot");
    const here = new Set(this.#pictures.map(({ file }) => file).filter(Boolean));
    const tiles = [
      ...this.#pictures.map((picture, at) => this.#pictureTile(picture, at)),
      ...kept.filter(({ file }) => !here.has(file)).map((file, at) => this.#keptTile(file, at)),
    ];
    const add = el("input", {
      type: "file",
      id: `${this.#id}-own`,
      accept: "image/jpeg,image/png,image/webp",
      onchange: ({ target }) => target.files[0] && this.#addOwn(target.files[0]),
    });
    this.#parts.pictures.replaceChildren(
      el("h4", {}, say("request.pictures")),
      tiles.length ? el("div", { class: "wish-shots" }, ...tiles) : el("p", { class: "fit-note" }, say("request.pictures.none")),
      el("p", { class: "wish-own" }, add, el("label", { for: `${this.#id}-own` }, say("request.pictures.add"))),
    );
  }

  /** A snapshot of this page: chosen, it goes to the atelier's house; not chosen, it stays here alone. */
  #pictureTile(picture, at) {
    const words = say("request.picture", { number: at + 1, pieces: picture.words });
    return el(
      "label",
      { class: "wish-shot" },
      el("input", {
        type: "checkbox",
        "aria-label": words,
        checked: Boolean(picture.file),
        onchange: ({ target }) => this.#choosePicture(picture, target),
      }),
      el("img", { src: picture.address, alt: "" }),
    );
  }

  async #choosePicture(picture, box) {
    box.disabled = true;
    try {
      if (box.checked) picture.file = (await this.#draft.upload(picture.blob)).file;
      else {
        await this.#draft.drop(picture.file);
        picture.file = null;
      }
    } catch (error) {
      this.#trouble(error);
    }
    this.#showPictures();
  }

  /** A picture that was kept, from this device or another. */
  #keptTile({ file }, at) {
    const picture = el("img", { alt: say("request.picture.kept", { number: at + 1 }) });
    this.#draft.commission.address(file).then((address) => (picture.src = address), () => picture.replaceWith(el("span", {}, say("request.picture.gone"))));
    const remove = async () => {
      try {
        await this.#draft.drop(file);
      } catch (error) {
        this.#trouble(error);
      }
    };
    return el(
      "div",
      { class: "wish-shot" },
      picture,
      el("button", { type: "button", class: "wish-off", "aria-label": say("request.picture.remove", { number: at + 1 }), onclick: remove }, icon("close")),
    );
  }

  async #addOwn(blob) {
    try {
      await this.#draft.upload(blob);
    } catch (error) {
      this.#trouble(error);
    }
  }

  #showMeasures({ measured }) {
    const names = measured ? told(measured.measurements ?? {}) : [];
    const { measures } = this.#parts;
    if (!names.length) {
      measures.replaceChildren(el("h4", {}, say("request.measures")), el("p", { class: "fit-note" }, say("request.measures.none")));
      return;
    }
    const piece = this.#piece;
    const fit = piece && measured.fit?.[piece.id];
    const again = (unit) => {
      this.#unit = unit;
      this.#showMeasures(this.#draft.wish);
      measures.querySelector(`[data-unit=${unit}]`).focus();
    };
    measures.replaceChildren(
      ...[
        el("div", { class: "fit-head" }, el("h4", {}, say("request.measures")), unitChoice(this.#unit, again)),
        reference(measured.scale, measured.measurements),
        sized(fit) ? fitOf(piece, fit) : null,
        el(
          "details",
          { class: "fold" },
          el("summary", {}, say("request.measures.all", { count: number(names.length) })),
          el("div", { class: "fit-measures" }, ...rows(measured.measurements, measured.other_hand).map(([name, one]) => measureOf(name, one, this.#unit))),
        ),
        el(
          "button",
          {
            type: "button",
            class: "quiet small",
            onclick: () => {
              this.#change({ measured: null });
              this.#showMeasures(this.#draft.wish);
              this.#parts.pictures.querySelector("input")?.focus();
            },
          },
          say("request.measures.leave"),
        ),
      ].filter(Boolean),
    );
  }

  // what is possible by her date

  #ask() {
    clearTimeout(this.#asking);
    this.#answers = {};
    this.#showTiers();
    const piece = this.#piece;
    const asked = ++this.#asked;
    if (!piece) {
      this.#parts.answer.textContent = say("request.answer.piece");
      return;
    }
    const date = this.#draft.wish.event_date;
    this.#parts.answer.textContent = date ? say("request.answer.asking") : say("request.answer.none");
    this.#asking = setTimeout(async () => {
      try {
        const answers = await possible(piece.id, date);
        if (asked !== this.#asked) return;
        this.#answers = answers;
        this.#showTiers();
        this.#parts.answer.textContent = date ? this.#whole(Object.values(answers)) : say("request.answer.none");
      } catch (error) {
        if (asked === this.#asked) this.#parts.answer.textContent = say(errorKey(error.reason));
      }
    }, ASK_MS);
  }

  /** Of all tiers at once. */
  #whole(answers) {
    const date = day(this.#draft.wish.event_date);
    const [first] = answers;
    if (first && (first.answer === "past" || first.answer === "too_far")) return say(`request.answer.${first.answer}`);
    const kinds = new Set(answers.map(({ answer }) => answer));
    if (kinds.has("in_time") || kinds.has("tight")) return say("request.answer.some", { date });
    return say("request.answer.too_soon.all", { date });
  }

  #showTiers() {
    const piece = this.#piece;
    const { tier, event_date: date } = this.#draft.wish;
    const names = piece ? Object.keys(piece.tiers) : [];
    const focused = document.activeElement?.id;
    this.#parts.tiers.replaceChildren(
      ...names.map((name) => {
        const { price_from: from, price_to: to, currency, lead_time_weeks: weeks } = piece.tiers[name];
        const cost = from && currency ? say("about.tier.price", { from: price(from, currency), to: price(to ?? from, currency) }) : "";
        const takes = weeks ? sayCount("about.tier.weeks", weeks) : "";
        const answer = date && this.#answers[name];
        return this.#radio(
          "tier",
          name,
          name === tier,
          say(`about.tier.${name}`),
          () => {
            this.#clear("tier");
            this.#change({ tier: name });
          },
          el("span", { class: "wish-tier" }, [cost, takes].filter(Boolean).join(", ")),
          answer ? el("span", { class: "wish-tier", "data-answer": answer.answer }, answerWords(answer, date)) : null,
        );
      }),
      ...(names.length ? [] : [el("p", { class: "fit-note" }, say("request.tier.piece"))]),
    );
    if (focused) document.getElementById(focused)?.focus();
  }

  // what she agrees to

  async #readConsent() {
    try {
      this.#consent = await consentWords();
    } catch (error) {
      this.#consent = null;
      this.#parts.consent.replaceChildren(
        el("p", {}, say(errorKey(error.reason))),
        el("button", { type: "button", class: "quiet", onclick: () => this.#readConsent() }, say("action.again")),
      );
      return;
    }
    this.#showConsent();
  }

  #showConsent() {
    if (!this.#consent) return;
    const box = (purpose, words) =>
      el(
        "label",
        { class: "also" },
        el("input", {
          type: "checkbox",
          name: purpose,
          id: `${this.#id}-agree-${purpose}`,
          checked: this.#agreed.has(purpose),
          onchange: ({ target }) => {
            this.#clear("consent");
            this.#agreed[target.checked ? "add" : "delete"](purpose);
          },
        }),
        el("span", {}, words),
      );
    this.#parts.consent.replaceChildren(
      ...this.#consent.text.split("\n\n").map((words) => el("p", { class: "fit-note" }, words)),
      box("atelier", say("request.agree")),
      ...Object.entries(this.#consent.also)
        .filter(([purpose]) => purpose !== "shop" || this.#draft.shop)
        .map(([purpose, words]) => box(purpose, words)),
    );
  }

  // how it is kept

  #showState() {
    const { state, reason, both } = this.#draft;
    this.dataset.state = state;
    const key = state === "refused" ? errorKey(reason) : `request.state.${state}`;
    this.#parts.state.textContent = say(key);
    if (both.length && !this.#parts.both.childElementCount) this.#showBoth(both);
  }

  /** Two devices said different things: both are shown, and she chooses. */
  #showBoth(both) {
    const chosen = {}; // what is not chosen from the other device stays as she wrote it
    const choice = ({ field, mine, theirs }) => {
      return el(
        "div",
        { class: "wish-choices", role: "radiogroup", "aria-label": say(`request.${field}`) },
        el("h4", {}, say(`request.${field}`)),
        this.#radio(`both-${field}`, "mine", true, say("request.both.mine"), () => delete chosen[field], el("span", { class: "wish-tier" }, this.#shown(field, mine))),
        this.#radio(`both-${field}`, "theirs", false, say("request.both.theirs"), () => (chosen[field] = theirs), el("span", { class: "wish-tier" }, this.#shown(field, theirs))),
      );
    };
    const settle = async () => {
      await this.#draft.settle(chosen);
      this.#rebuild();
      this.querySelector("h3").scrollIntoView({ block: "start" });
    };
    // she goes on typing where she is; the line of the state tells her that there is something to choose
    this.#parts.both.replaceChildren(
      el("h3", {}, say("request.both")),
      el("p", {}, say("request.both.text")),
      ...both.map(choice),
      el("button", { type: "button", class: "primary", onclick: settle }, say("request.both.settle")),
    );
  }

  /** A field as she would read it. */
  #shown(field, value) {
    if (value === null || value === "" || value?.length === 0) return say("request.both.nothing");
    if (field === "event_date") return day(value);
    if (field === "hairstyle" || field === "veil") return say(`request.${field}.${value}`);
    if (field === "tier") return say(`about.tier.${value}`);
    const name = (id) => this.#pieces.find((piece) => piece.id === id)?.name ?? id;
    if (field === "pieces") return list(value.map(name));
    if (field === "wished") return name(value);
    if (field === "measured") return say("request.measures.all", { count: number(told(value.measurements ?? {}).length) });
    return String(value);
  }

  // what she does with it

  #problems() {
    const { wish, unsavable } = this.#draft;
    const missing = new Set(NEEDED.filter((field) => field !== "consent" && !wish[field]));
    if (wish.email && unsavable.has("email")) missing.add("email");
    const answer = Object.values(this.#answers)[0]?.answer;
    if (answer === "past" || answer === "too_far") missing.add("event_date");
    if (!this.#agreed.has("atelier")) missing.add("consent");
    return NEEDED.filter((field) => missing.has(field));
  }

  #mark(field, words) {
    const problem = document.getElementById(`${this.#id}-${field}-problem`);
    problem.textContent = words;
    problem.hidden = false;
    document.getElementById(`${this.#id}-${field}`)?.setAttribute("aria-invalid", "true");
  }

  #clear(field) {
    const problem = document.getElementById(`${this.#id}-${field}-problem`);
    if (problem) problem.hidden = true;
    document.getElementById(`${this.#id}-${field}`)?.removeAttribute("aria-invalid");
    this.#parts.said.textContent = "";
  }

  /** The button is never dead: what is missing is said where it is missing. */
  async #send() {
    const problems = this.#problems();
    for (const field of NEEDED) this.#clear(field);
    for (const field of problems) this.#mark(field, say(this.#draft.wish[field] ? `request.wrong.${field}` : `request.missing.${field}`));
    if (problems.length) {
      this.#parts.said.textContent = say("request.missing", { count: number(problems.length) });
      const [first] = problems;
      const place =
        document.getElementById(`${this.#id}-${first}`) ??
        { wished: this.#parts.tried, tier: this.#parts.tiers, consent: this.#parts.consent }[first].querySelector("input, select, button");
      place?.focus();
      place?.scrollIntoView({ block: "center" });
      return;
    }
    await this.#draft.save();
    if (this.#draft.state !== "saved") return; // the line of its state says why
    const { version, language } = this.#consent;
    this.#parts.state.textContent = say("request.state.sending");
    try {
      const purposes = [...this.#agreed];
      const sent = await this.#draft.commission.submit({ version, language, purposes }, this.#draft.version, this.#once);
      this.#draft.close();
      this.dispatchEvent(new CustomEvent("sent", { detail: sent }));
    } catch (error) {
      if (error.reason === "consent_outdated") {
        this.#agreed.clear();
        await this.#readConsent();
        this.#mark("consent", say("error.consent_outdated"));
      } else if (error.reason === "changed_meanwhile") await this.#look();
      this.#trouble(error);
    }
  }

  #trouble(error) {
    this.#showState();
    if (!(error instanceof ApiError)) console.error("[request]", error);
    this.#parts.said.textContent = say(errorKey(error.reason ?? "offline"));
    this.#parts.said.scrollIntoView({ block: "nearest" });
  }

  async #makeLink() {
    const { link } = this.#parts;
    await this.#draft.save();
    if (!this.#draft.commission) return; // not even begun: the state says why
    try {
      const { token, days } = await this.#draft.commission.link();
      link.replaceChildren(...linkParts(`${location.origin}/request#link=${token}`, days, this.#draft, (words) => (this.#parts.state.textContent = words)));
      link.querySelector("input").select();
    } catch (error) {
      this.#trouble(error);
    }
  }

  #askDiscard() {
    const { link } = this.#parts;
    const discard = async () => {
      try {
        await this.#draft.discard();
        this.dispatchEvent(new Event("discarded"));
      } catch (error) {
        link.replaceChildren();
        this.#trouble(error);
      }
    };
    link.replaceChildren(
      el("p", {}, say("request.discard.ask")),
      el(
        "div",
        { class: "look-actions" },
        el("button", { type: "button", class: "primary small", onclick: discard }, say("request.discard.yes")),
        el("button", { type: "button", class: "quiet small", onclick: () => link.replaceChildren() }, say("request.discard.no")),
      ),
    );
    link.querySelector("button").focus();
  }
}

/** The link to another device: shown, to be copied, to be mailed. */
function linkParts(address, days, draft, tell) {
  const input = el("input", { class: "look-name", readonly: true, value: address, "aria-label": say("request.link") });
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(address);
      tell(say("action.copied"));
    } catch {
      input.select();
      tell(say("look.copy.failed"));
    }
  };
  const mail = async () => {
    if (!draft.wish.email || draft.unsavable.has("email")) {
      tell(say("request.link.mail.address"));
      return;
    }
    try {
      await draft.commission.mailLink();
      tell(say("request.link.mailed", { email: draft.wish.email }));
    } catch (error) {
      tell(say(errorKey(error.reason)));
    }
  };
  return [
    el("p", { class: "fit-note" }, say("request.link.how", { days: number(days) })),
    input,
    el(
      "div",
      { class: "look-actions" },
      el("button", { type: "button", class: "primary small", onclick: copy }, say("look.copy")),
      el("button", { type: "button", class: "quiet small", onclick: mail }, say("request.link.mail")),
    ),
  ];
}
