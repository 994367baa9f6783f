// Sessions at the mirror, as the atelier plans them: those of one request, and the diary of all.

import * as desk from "./desk.js";
import { onceName } from "./bespoke.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { Part } from "./part.js";
import { LANGUAGES, dayOf, languageName, list, moment, say, sayCount, shownLanguage } from "./words.js";

const MINUTES = [15, 30, 45, 60, 90, 120];
const MINUTES_USUAL = 45;
const TOGETHER_MAX = 3; // as many as there are voices at a meeting
const DAY_MS = 86_400_000;
const SPAN_DAYS = 14;

/** The time zone of this device. */
export const zoneHere = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** The moment at which clocks of a zone show a day and a time, as the server reads it; null: they never do. */
export function momentIn(zone, day, time) {
  const shown = Date.parse(`${day}T${time}Z`);
  if (Number.isNaN(shown)) return null;
  const clock = new Intl.DateTimeFormat("en", { timeZone: zone, hourCycle: "h23", year: "numeric", month: "numeric", day: "numeric", hour: "numeric", minute: "numeric" });
  const reads = (at) => {
    const part = Object.fromEntries(clock.formatToParts(at).map(({ type, value }) => [type, Number(value)]));
    return Date.UTC(part.year, part.month - 1, part.day, part.hour, part.minute);
  };
  let at = shown;
  // twice: the first may have crossed a change of clocks
  for (let look = 0; look < 2; look++) at += shown - reads(at);
  return reads(at) === shown ? new Date(at).toISOString() : null;
}

const local = (iso, zone, options) => new Intl.DateTimeFormat(shownLanguage(), { timeZone: zone, ...options }).format(new Date(iso));

/** When it is, here; and there, where clocks are others. */
function when({ starts_at: at, zone }) {
  const here = moment(at);
  const there = local(at, zone, { dateStyle: "medium", timeStyle: "short" });
  return here === there ? here : say("sessions.when", { here, there, zone: zone.replaceAll("_", " ") });
}

/** Come into a session in a window of its own; rejects with ApiError. */
async function join(appointment) {
  const page = open("", "_blank"); // before anything is waited for, or the browser takes it for an advertisement
  try {
    const { token } = await desk.sessionLink(appointment);
    (page ?? window).location.assign(`/session#${token}`);
  } catch (error) {
    page?.close();
    throw error;
  }
}

const joinButton = (one, trouble) =>
  el(
    "button",
    {
      type: "button",
      class: "second",
      "data-do": "join",
      "aria-label": say("sessions.join.of", { name: one.name, when: moment(one.starts_at) }),
      onclick: () => join(one.appointment).catch(trouble),
    },
    say("sessions.join"),
  );

const wished = (one) => (one.wish ? el("p", { class: "session-wish" }, el("strong", {}, say("sessions.wish")), " ", one.wish) : null);

/** One request's sessions. */
export class Sessions extends Part {
  #told = null;
  #shown = "";
  #list = el("ul", { class: "plain sessions" });
  #says = el("p", { class: "trouble", role: "alert" });
  #plan = el("div", { class: "session-plan" });
  #once = {};

  constructor(room, key) {
    super(room, "sessions", key);
    this.body.append(this.#list, this.#plan, this.#says);
  }

  line({ appointments }) {
    const next = appointments.find(({ state }) => state === "planned");
    return next ? moment(next.starts_at) : say("sessions.none");
  }

  due({ stage, appointments }) {
    return stage === "consultation" || appointments.some(({ state }) => state === "planned");
  }

  draw(told) {
    this.#told = told;
    const may = this.room.me.may.some((deed) => deed.startsWith("appointments"));
    const over = ["delivered", "declined", "cancelled"].includes(told.stage);
    const shown = JSON.stringify([told.appointments, over]);
    if (this.#shown === shown) return; // what is typed stays
    const first = !this.#shown;
    this.#shown = shown;
    this.#list.replaceChildren(...told.appointments.toReversed().map((one) => this.#one(one, may)));
    if (over || !may) this.#plan.replaceChildren();
    else if (first || !this.#plan.children.length) this.#plan.replaceChildren(this.#form());
  }

  #one(one, may) {
    const open = one.state === "planned";
    return el(
      "li",
      { class: "session", "data-state": one.state },
      el("p", { class: "session-when" }, when(one)),
      el("p", { class: "session-what" }, [sayCount("sessions.minutes", one.minutes), list(one.names), open ? "" : say(`sessions.state.${one.state}`)].filter(Boolean).join(" · ")),
      open ? wished(one) : null,
      open && (may || one.staff.includes(this.room.me.id))
        ? el("div", { class: "session-do" }, joinButton(one, (error) => this.#trouble(error)), ...(may ? [this.#moving(one), this.#cancelling(one)] : []))
        : null,
    );
  }

  /** Everybody who could take part; whoever asks is among them from the start. */
  #people() {
    const { me, staff } = this.room;
    const others = staff.filter(({ active, staff: id }) => active && id !== me.id);
    return [{ staff: me.id, name: me.name, role: me.role }, ...others];
  }

  #form() {
    const minutes = lengths(MINUTES_USUAL);
    const time = timeFields();
    const ticks = this.#people().map((one, at) => {
      const box = el("input", { type: "checkbox", value: one.staff, checked: at === 0 });
      return { box, label: el("label", { class: "tick" }, box, el("span", {}, say("sessions.person", { name: one.name, role: say(`role.${one.role}`) }))) };
    });
    const codes = LANGUAGES.includes(this.#told.wish.language) ? LANGUAGES : [this.#told.wish.language, ...LANGUAGES];
    const language = el("select", {}, ...codes.map((code) => el("option", { value: code, selected: code === this.#told.wish.language }, languageName(code))));
    const send = async (now) => {
      const starts = now ? null : time.moment();
      if (!now && !starts) return this.#say(say("sessions.time_wrong"), time.first);
      const staff = ticks.filter(({ box }) => box.checked).map(({ box }) => box.value);
      if (!staff.length || staff.length > TOGETHER_MAX) return this.#say(say("sessions.people_wrong"), ticks[0].box);
      const said = { starts_at: starts, minutes: Number(minutes.value), zone: time.zone(), staff, language: language.value };
      return this.#change("appointments", said);
    };
    const now = el("button", { type: "button", class: "second", "data-do": "now", onclick: () => send(true) }, say("sessions.now"));
    return el(
      "form",
      {
        class: "session-form",
        "aria-label": say("sessions.plan"),
        onsubmit: (event) => {
          event.preventDefault();
          send(false);
        },
      },
      el("h4", {}, say("sessions.plan")),
      ...time.fields,
      field(say("sessions.length"), minutes),
      field(say("sessions.language"), language),
      el("fieldset", { class: "field session-people" }, el("legend", {}, say("sessions.people")), ...ticks.map(({ label }) => label)),
      el("div", { class: "session-do" }, el("button", { type: "submit", class: "primary" }, say("sessions.plan.do")), now),
      el("p", { class: "field-hint" }, say("sessions.plan.hint")),
    );
  }

  #moving(one) {
    const time = timeFields(one);
    const minutes = lengths(one.minutes);
    const send = (event) => {
      event.preventDefault();
      const starts = time.moment();
      if (!starts) return this.#say(say("sessions.time_wrong"), time.first);
      return this.#change(`appointments/${one.appointment}`, { starts_at: starts, minutes: Number(minutes.value), sequence: one.sequence }, "PUT");
    };
    return el(
      "details",
      { class: "session-more" },
      el("summary", {}, say("sessions.move")),
      el("form", { class: "session-form", onsubmit: send }, ...time.fields, field(say("sessions.length"), minutes), el("button", { type: "submit", class: "primary" }, say("sessions.move.do"))),
    );
  }

  #cancelling(one) {
    const send = () => this.#change(`appointments/${one.appointment}/cancellation`, { sequence: one.sequence });
    return el(
      "details",
      { class: "session-more" },
      el("summary", {}, say("sessions.cancel")),
      el("p", {}, say("sessions.cancel.text")),
      el("button", { type: "button", class: "second", "data-do": "cancel", onclick: send }, say("sessions.cancel.do")),
    );
  }

  async #change(path, body, method = "POST") {
    this.#says.textContent = "";
    const about = JSON.stringify([path, body]);
    const once = (this.#once[about] ??= onceName());
    try {
      await this.room.change(path, body, { method, once });
      delete this.#once[about];
      return true;
    } catch (error) {
      if (error.status && error.status < 500) delete this.#once[about];
      this.#trouble(error);
      return false;
    }
  }

  #trouble(error) {
    // who is not free, and when: only the server knows
    this.#says.textContent = error.reason === "appointment_conflict" && shownLanguage() === "en" ? error.message : troubleOf(error);
  }

  #say(words, focus) {
    this.#says.textContent = words;
    focus.focus();
    return null;
  }
}

const field = (words, control) => el("label", { class: "field" }, el("span", {}, words), control);

const lengths = (now) => {
  const all = [...new Set([...MINUTES, now])].sort((a, b) => a - b);
  return el("select", {}, ...all.map((minutes) => el("option", { value: minutes, selected: minutes === now }, sayCount("sessions.minutes", minutes))));
};

/** A day, a time and the zone that they are said in. */
function timeFields(one) {
  const zones = new Set([one?.zone ?? zoneHere(), zoneHere(), ...Intl.supportedValuesOf("timeZone")]);
  const zone = el("select", {}, ...[...zones].map((name) => el("option", { value: name }, name.replaceAll("_", " "))));
  const day = el("input", { type: "date", required: true });
  const time = el("input", { type: "time", required: true });
  if (one) {
    const clock = new Intl.DateTimeFormat("sv", { timeZone: one.zone, dateStyle: "short", timeStyle: "short" }).format(new Date(one.starts_at));
    [day.value, time.value] = clock.split(" ");
  } else day.min = new Date(Date.now() - DAY_MS).toISOString().slice(0, 10);
  return {
    fields: [field(say("sessions.day"), day), field(say("sessions.time"), time), field(say("sessions.zone"), zone)],
    first: day,
    moment: () => momentIn(zone.value, day.value, time.value),
    zone: () => zone.value,
  };
}

/** What is planned with everybody, two weeks at a time. */
export class Diary {
  #from = today();
  #days = el("div", { class: "diary-days" });
  #says = el("p", { class: "diary-says", role: "status" });
  #span = el("p", { class: "diary-span" });
  #turn = 0;
  element;

  constructor() {
    const go = (days) => () => {
      this.#from = days ? later(this.#from, days) : today();
      this.load();
    };
    const button = (key, days) => el("button", { type: "button", class: "second", onclick: go(days) }, say(key));
    this.element = el(
      "div",
      { class: "diary" },
      el("h1", { tabindex: "-1" }, say("diary.title")),
      el("div", { class: "diary-head" }, button("diary.earlier", -SPAN_DAYS), button("diary.today", 0), button("diary.later", SPAN_DAYS), this.#span),
      this.#says,
      this.#days,
    );
  }

  /** Bring what is planned. */
  async load() {
    const turn = ++this.#turn;
    const until = later(this.#from, SPAN_DAYS);
    this.#span.textContent = say("diary.span", { from: dayOf(`${this.#from}T12:00`), to: dayOf(`${later(until, -1)}T12:00`) });
    this.#says.textContent = say("requests.loading");
    let found;
    try {
      // a day more on both sides: days begin earlier in the east
      found = await desk.appointments(later(this.#from, -1), later(until, 1));
    } catch (error) {
      if (turn === this.#turn) this.#says.textContent = troubleOf(error);
      return;
    }
    if (turn !== this.#turn) return;
    const days = new Map();
    for (const one of found) {
      const day = hereDay(new Date(one.starts_at));
      if (day >= this.#from && day < until) days.set(day, [...(days.get(day) ?? []), one]);
    }
    this.#says.textContent = days.size ? "" : say("diary.none");
    this.#days.replaceChildren(
      ...[...days].map(([day, all]) =>
        el("section", { class: "diary-day", "aria-label": dayOf(`${day}T12:00`) }, el("h2", {}, weekday(day)), el("ul", { class: "plain" }, ...all.map((one) => this.#one(one)))),
      ),
    );
  }

  #one(one) {
    const ends = new Date(new Date(one.starts_at).getTime() + one.minutes * 60_000).toISOString();
    const time = (iso) => local(iso, zoneHere(), { timeStyle: "short" });
    return el(
      "li",
      { class: "diary-one" },
      el("p", { class: "diary-time" }, say("diary.time", { from: time(one.starts_at), to: time(ends) })),
      el("p", { class: "diary-who" }, el("a", { href: `#request=${one.request}` }, one.name), el("span", {}, list(one.names))),
      wished(one),
      joinButton(one, (error) => (this.#says.textContent = troubleOf(error))),
    );
  }
}

/** A day of this device, as 2027-05-29. */
const hereDay = (date) => new Intl.DateTimeFormat("sv").format(date);
const today = () => hereDay(new Date());
const later = (day, days) => new Date(Date.parse(`${day}T12:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
const weekday = (day) => new Intl.DateTimeFormat(shownLanguage(), { weekday: "long", day: "numeric", month: "long" }).format(new Date(`${day}T12:00`));
