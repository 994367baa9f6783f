// The consultant's side of a meeting: the live picture beside notes, shelf, nudge and chat. Keyboard first; nothing is
// saved by a button: a note is kept as it is written.

import * as api from "./api.js";
import { personLine } from "./chat.js";
import { el } from "./element.js";
import { Link } from "./link.js";
import { devicePicker } from "./microphone.js";
import { HOME } from "./outfit.js";
import { errorKey } from "./panel.js";
import { chooseStage, isStaged } from "./stage.js";
import { fixed, known, list, say } from "./words.js";

const NOTE_MS = 600;
const NOTE_MAX = 8000; // as in tryon/messages.py
const WORDS_MS = 6000;
const KEYS = {
  a: "admit",
  f: "freeze",
  z: "undo",
  p: "snapshot",
  m: "measure",
  b: "bare",
  v: "stage",
  u: "mute",
  n: "private",
  s: "shared",
  c: "chat",
  g: "nudge",
  l: "shelf",
};

export class Console {
  #root;
  #meeting;
  #link = null;
  #mirror = el("tryon-mirror", { tabindex: "-1" });
  #sketch = el("still-sketch", { class: "drawable" });
  #people = el("ul", { class: "people" });
  #shelf = el("piece-shelf", {});
  #nudge = el("piece-nudge", {});
  #chat = el("meeting-chat", {});
  #gallery = el("ul", { class: "gallery", "aria-label": say("session.pictures") });
  #measures = el("dl", { class: "console-measures", hidden: true });
  #words = el("p", { class: "console-words", role: "status" });
  #waits = el("p", { class: "console-waits" });
  #worn = el("p", { class: "console-worn" });
  #notes = {};
  #buttons = {};
  #worns = []; // as the mirror says
  #bare = false;
  #stage = { light: "room", far: false };
  #active = null; // id of the piece that is nudged
  #timer = 0;

  constructor(root, meeting) {
    this.#root = root;
    this.#meeting = meeting;
  }

  /** Ask for the microphone, then join. */
  async open() {
    const dialog = el("section", { class: "prejoin" });
    const begin = async () => {
      dialog.remove();
      this.#build();
      await this.#join();
    };
    const fill = async () => {
      const track = this.#meeting.microphone;
      const meter = el("level-meter", {});
      const wish = async (id) => {
        await this.#meeting.listen(id);
        fill();
      };
      dialog.replaceChildren(
        el("p", { class: "brand" }, say("page.title")),
        el("h1", {}, say("session.prejoin.title")),
        el("p", {}, say("session.prejoin.text", { name: this.#meeting.about.name })),
        await devicePicker("audioinput", say("session.microphone"), track?.getSettings().deviceId, wish),
        track ? meter : el("p", { class: "no-microphone" }, say("session.microphone.none")),
        el("button", { type: "button", class: "primary", autofocus: true, onclick: begin }, say("session.join")),
        this.#request(),
      );
      if (track) meter.track = track;
      dialog.querySelector(".primary").focus();
    };
    this.#root.append(dialog);
    await this.#meeting.listen();
    await fill();
  }

  async #join() {
    const link = (this.#link = new Link(this.#meeting.linking));
    this.#meeting.attend(link);
    link.addEventListener("stream", ({ detail }) => this.#mirror.show(detail));
    link.addEventListener("lost", () => {
      this.#mirror.hold();
      this.#mirror.whisper(say("session.lost"), { waiting: true });
    });
    link.addEventListener("message", ({ detail }) => this.#heard(detail));
    link.addEventListener("over", ({ detail }) => this.#over(errorKey(detail.reason)));
    try {
      await link.speak(this.#meeting.microphone);
      await link.open(null, null);
    } catch (error) {
      this.#over(errorKey(error.reason));
    }
  }

  /** The request that it is about, in a window beside; nothing, when there is none. */
  #request() {
    const { request } = this.#meeting.about;
    return request ? el("a", { class: "to-request", href: `/atelier#request=${request}`, target: "_blank", rel: "noopener" }, say("session.request")) : "";
  }

  #build() {
    const { about } = this.#meeting;
    const tool = (name, onclick) => {
      const key = Object.keys(KEYS).find((letter) => KEYS[letter] === name);
      return (this.#buttons[name] = el(
        "button",
        { type: "button", "data-tool": name, "aria-keyshortcuts": key.toUpperCase(), onclick },
        el("span", {}, say(`session.tool.${name}`)),
        el("kbd", {}, key.toUpperCase()),
      ));
    };
    const note = (name, secret) => {
      const kept = el("span", { class: "note-kept", role: "status" });
      const field = el("textarea", { maxlength: NOTE_MAX, "aria-labelledby": `note-${name}`, spellcheck: "true" });
      this.#notes[name] = field;
      let timer = 0;
      field.addEventListener("input", () => {
        kept.textContent = say("session.note.writing");
        clearTimeout(timer);
        timer = setTimeout(async () => {
          const text = field.value;
          try {
            await this.#meeting.ask("note.set", { private: secret, text });
            if (field.value === text) kept.textContent = say("session.note.kept");
          } catch (error) {
            kept.textContent = say(errorKey(error.reason));
          }
        }, NOTE_MS);
      });
      const key = el("kbd", {}, name === "private" ? "N" : "S");
      const others = el("div", { class: "note-others", "data-note": name });
      return el("section", { class: "note" }, el("h2", { id: `note-${name}` }, say(`session.note.${name}`), key), field, kept, others);
    };
    this.#root.append(
      el("h1", { class: "unseen" }, say("session.console.title", { name: about.name })),
      el(
        "header",
        { class: "console-bar" },
        el("p", { class: "brand" }, say("page.title")),
        this.#people,
        tool("admit", () => this.#ask("admit", { seat: "client" })),
        (this.#buttons.decline = el("button", { type: "button", "data-tool": "decline", onclick: () => this.#ask("decline", { seat: "client" }) }, say("session.tool.decline"))),
        tool("mute", () => (this.#meeting.muted = !this.#meeting.muted)),
        this.#request(),
        el("button", { type: "button", "data-tool": "leave", onclick: () => this.#meeting.leave() }, say("session.leave")),
        el("button", { type: "button", "data-tool": "end", onclick: () => this.#askEnd() }, say("session.end")),
      ),
      el(
        "section",
        { class: "console-picture", "aria-label": say("session.picture") },
        this.#mirror,
        el(
          "div",
          { class: "console-tools", role: "toolbar", "aria-label": say("session.tools") },
          tool("freeze", () => this.#freeze()),
          tool("undo", () => this.#undo()),
          tool("snapshot", () => this.#ask("snapshot.ask", {}, say("session.asked"))),
          tool("measure", () => this.#ask("measure.ask", {}, say("session.asked"))),
          tool("bare", () => this.#ask("bare.set", { bare: !this.#bare })),
          tool("stage", () => chooseStage(document.body, this.#stage, (stage) => this.#ask("stage.set", stage))),
        ),
        this.#words,
      ),
      el("section", { class: "console-fit" }, this.#worn, this.#nudge, this.#measures, this.#gallery),
      el("section", { class: "console-side" }, note("private", true), note("shared", false), el("section", { class: "note chat" }, el("h2", {}, say("session.chat"), el("kbd", {}, "C")), this.#chat)),
      this.#shelf,
    );
    this.#mirror.append(this.#sketch, this.#waits);
    this.#chat.meeting = this.#meeting;
    this.#sketch.addEventListener("stroke", ({ detail }) => this.#ask("mark.draw", { still: this.#meeting.still?.n ?? 0, points: detail }));
    this.#shelf.addEventListener("choose", ({ detail }) => this.#choose(detail));
    this.#nudge.addEventListener("nudge", ({ detail }) => this.#active && this.#ask("nudge.set", { piece: this.#active, ...detail }));
    this.#meeting.addEventListener("people", () => this.#show());
    this.#meeting.addEventListener("entry", ({ detail }) => this.#entered(detail));
    document.addEventListener("keydown", (event) => this.#key(event));
    this.#fillShelf();
    this.#show();
    document.title = say("session.console.title", { name: about.name });
  }

  async #fillShelf() {
    try {
      this.#shelf.pieces = await api.pieces();
      this.#dress();
    } catch (error) {
      this.#say(say(errorKey(error.reason)));
    }
  }

  // what is heard

  #heard({ said, data }) {
    if (said === "pieces") {
      this.#worns = data.worn;
      this.#bare = data.bare;
      this.#stage = { light: data.light ?? "room", far: data.far ?? false };
      if (!this.#worns.some(({ piece }) => piece === this.#active)) this.#active = this.#worns.at(-1)?.piece ?? null;
      this.#dress();
    } else if (said === "measured") this.#measured(data.measurements);
    else if (said === "measuring") this.#say(say("session.measuring"));
    else if (said === "error") this.#say(say(errorKey(data.reason)));
    else if (said === "here") this.#mirror.whisper("");
    else if (said === "ended" && data.reason === "replaced") this.#over("session.over.elsewhere");
    else if (said === "ended" && data.reason === "closed") {
      this.#over(this.#meeting.leaving ? "session.over.left" : "session.over");
    } // else its process was lost, and the link finds another
  }

  #entered(entry) {
    if (["still", "live", "mark", "unmark", "ended"].includes(entry.kind)) this.#sketch.show(this.#meeting);
    if (["still", "snapshot"].includes(entry.kind)) this.#picture(entry);
    if (entry.kind === "note") this.#note(entry);
    if (entry.kind === "measured") this.#measured(entry.data.measurements);
    if (entry.kind === "answered") this.#say("");
    this.#show();
  }

  #note({ by, data }) {
    const name = data.private ? "private" : "shared";
    const field = this.#notes[name];
    // what is being written here is newer than what comes back
    if (by === this.#meeting.about.seat && document.activeElement !== field) field.value = data.text;
    const others = [...new Set(this.#meeting.of("note").map((note) => note.by))].filter((seat) => seat !== this.#meeting.about.seat);
    const nameOf = (seat) => this.#meeting.of("note").find((note) => note.by === seat).name;
    this.#root
      .querySelector(`[data-note=${name}]`)
      .replaceChildren(
        ...others
          .map((seat) => [seat, this.#meeting.note(seat, data.private)])
          .filter(([, text]) => text)
          .map(([seat, text]) => el("p", {}, el("strong", {}, nameOf(seat)), " ", text)),
      );
  }

  async #picture(entry) {
    const number = this.#meeting.of(entry.kind).findIndex(({ n }) => n === entry.n) + 1;
    const words = say(`session.kept.${entry.kind}`, { number });
    const picture = el("img", { alt: words });
    this.#gallery.append(el("li", { "data-kind": entry.kind }, picture, el("span", {}, words)));
    const address = await this.#meeting.picture(entry.data.picture).catch(() => "");
    if (address) picture.src = address;
  }

  #measured(measurements) {
    const rows = Object.entries(measurements).filter(([name]) => known(`fit.name.${name}`));
    this.#measures.hidden = !rows.length;
    this.#measures.replaceChildren(
      ...rows.flatMap(([name, { value_mm: value, u95_mm: doubt }]) => [
        el("dt", {}, say(`fit.name.${name}`)),
        el("dd", {}, say("session.measure", { value: fixed(value, 1), doubt: fixed(doubt, 1) })),
      ]),
    );
    if (rows.length) this.#say("");
  }

  #show() {
    const { people, admitted, muted, about, still } = this.#meeting;
    this.#people.replaceChildren(...people.map((person) => personLine(person, about.seat)));
    const client = people.find(({ role }) => role === "client");
    const waits = client?.state === "waiting";
    const here = client?.state === "here";
    this.#buttons.admit.hidden = this.#buttons.decline.hidden = !waits;
    for (const name of ["freeze", "snapshot", "measure"]) this.#buttons[name].disabled = !here;
    this.#buttons.freeze.disabled = !here && !still;
    this.#buttons.undo.disabled = !still;
    this.#buttons.freeze.firstElementChild.textContent = say(still ? "session.tool.live" : "session.tool.freeze");
    this.#buttons.mute.firstElementChild.textContent = say(muted ? "session.unmute" : "session.mute");
    this.#buttons.mute.ariaPressed = String(muted);
    this.#waits.hidden = here || Boolean(still);
    const state = !client ? "absent" : waits ? "waiting" : "away";
    this.#waits.textContent = say(`session.client.${state}`, { name: client?.name ?? "" });
    this.#root.toggleAttribute("data-still", Boolean(still));
    if (admitted && here && !still) this.#mirror.label = say("mirror.picture.bare");
  }

  #dress() {
    const ids = this.#worns.map(({ piece }) => piece);
    const nameOf = (id) => this.#shelf.pieces.find((piece) => piece.id === id)?.name ?? id;
    this.#worn.textContent = ids.length ? say("session.worn", { names: list(ids.map(nameOf)) }) : say("session.worn.nothing");
    if (this.#shelf.pieces.length) this.#shelf.mark(ids, this.#active);
    const active = this.#worns.find(({ piece }) => piece === this.#active);
    this.#nudge.toggleAttribute("inert", !active || active.held);
    if (!this.#nudge.contains(document.activeElement) || active?.moved === false) this.#nudge.nudge = active ?? HOME;
    this.#buttons.bare.ariaPressed = String(this.#bare);
    this.#buttons.stage.ariaPressed = String(isStaged(this.#stage));
  }

  // what is done

  /** A piece of the shelf takes the place of what is worn where it goes; the piece in hand goes off. */
  async #choose(piece) {
    const worn = this.#worns.map(({ piece: id }) => id);
    const placeOf = (id) => {
      const found = this.#shelf.pieces.find((each) => each.id === id);
      return `${found?.worn_on} ${found?.finger}`;
    };
    const rest = worn.filter((id) => id !== piece.id && placeOf(id) !== placeOf(piece.id));
    const pieces = worn.includes(piece.id) ? worn.filter((id) => id !== piece.id) : [...rest, piece.id];
    const places = Object.fromEntries(
      this.#worns
        .filter(({ piece: id, held, on }) => pieces.includes(id) && (held || on === "either_hand"))
        .map(({ piece: id, on, finger, held }) => [id, { on, finger, held }]),
    );
    if (pieces.includes(piece.id)) this.#active = piece.id;
    await this.#ask("pieces.set", { pieces, places });
  }

  #freeze() {
    const { still } = this.#meeting;
    this.#ask(still ? "freeze.end" : "freeze");
  }

  #undo() {
    const { still } = this.#meeting;
    if (still) this.#meeting.ask("mark.undo", { still: still.n }).catch(() => {}); // nothing left to take back has no answer
  }

  async #ask(type, data = {}, done = "") {
    try {
      await this.#meeting.ask(type, data);
      if (done) this.#say(done);
    } catch (error) {
      this.#say(say(errorKey(error.reason)));
    }
  }

  #say(words) {
    clearTimeout(this.#timer);
    this.#words.textContent = words;
    this.#timer = setTimeout(() => (this.#words.textContent = ""), WORDS_MS);
  }

  #askEnd() {
    const dialog = el(
      "dialog",
      { class: "sheet", onclose: () => dialog.remove(), "aria-labelledby": "end-title" },
      el("h2", { id: "end-title" }, say("session.end.title")),
      el("p", {}, say("session.end.text")),
      el(
        "div",
        { class: "panel-actions" },
        el("button", { type: "button", class: "primary", onclick: () => (dialog.close(), this.#meeting.end()) }, say("session.end")),
        el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, say("session.stay")),
      ),
    );
    this.#root.append(dialog);
    dialog.showModal();
  }

  #over(key) {
    this.#link?.close();
    this.#link = null;
    this.#meeting.over();
    this.#root.replaceChildren(
      el(
        "section",
        { class: "prejoin" },
        el("h1", { tabindex: "-1" }, say("session.over.title")),
        el("p", {}, say(key)),
        el("button", { type: "button", class: "primary", onclick: () => location.reload() }, say("session.again")),
      ),
    );
    this.#root.querySelector("h1").focus();
  }

  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select, dialog")) {
      if (event.key === "Escape") event.target.blur?.();
      return;
    }
    const what = KEYS[event.key.toLowerCase()];
    if (!what || !this.#link) return;
    event.preventDefault();
    const focused = { private: this.#notes.private, shared: this.#notes.shared, chat: this.#chat, nudge: this.#nudge };
    if (what === "shelf") this.#shelf.querySelector('[tabindex="0"]')?.focus();
    else if (focused[what]) focused[what].focus();
    else if (!this.#buttons[what].hidden) this.#buttons[what].click();
  }
}
