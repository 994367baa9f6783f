// Her side of a meeting: a small bar above her own mirror. Who is there, her microphone, the chat, what she is asked,
// and the way out. Until she is let in it is her waiting room.

import { personLine } from "./chat.js";
import { devicePicker } from "./microphone.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { list, say } from "./words.js";

export class Company {
  #meeting;
  #root;
  #mirror;
  #people = el("ul", { class: "people" });
  #waiting = el("section", { class: "waiting-room", hidden: true, "aria-live": "polite" });
  #hosts = el("p", {});
  #question = el("dialog", { class: "sheet question", "aria-labelledby": "question-title" });
  #chat = el("meeting-chat", {});
  #side = el("aside", { class: "chat-side", hidden: true, "aria-label": say("session.chat") });
  #notes = el("div", { class: "shared-notes", hidden: true });
  #sketch = el("still-sketch", {});
  #caption = el("p", { class: "still-caption", hidden: true });
  #devices = el("dialog", { class: "sheet devices", "aria-labelledby": "devices-title", onclose: () => this.#devices.replaceChildren() });
  #mute;
  #open;
  #unread = 0;
  #asked = 0; // the entry of the question that is open

  /** @param {Element} root the page; `mirror` is hers */
  constructor(root, mirror, meeting) {
    this.#root = root;
    this.#mirror = mirror;
    this.#meeting = meeting;
    this.#mute = el("button", { type: "button", class: "quiet small", "aria-pressed": "false", onclick: () => this.#toggleMute() });
    this.#open = el("button", { type: "button", class: "quiet small", "aria-expanded": "false", onclick: () => this.#toggleChat() });
    const leave = el("button", { type: "button", class: "quiet small", onclick: () => this.#askLeave() }, say("session.leave"));
    const devices = el("button", { type: "button", class: "quiet small", onclick: () => this.#openDevices() }, say("session.devices"));
    root.prepend(el("header", { class: "meeting-bar", hidden: true }, this.#people, el("div", { class: "bar-tools" }, this.#mute, devices, this.#open, leave)));
    const close = el("button", { type: "button", class: "quiet small", onclick: () => this.#toggleChat() }, say("more.close"));
    this.#side.append(el("div", { class: "side-head" }, el("h2", {}, say("session.chat")), close), this.#notes, this.#chat);
    root.append(this.#side, this.#question, this.#devices);
    mirror.append(this.#waiting, this.#sketch, this.#caption);
    this.#chat.meeting = meeting;
    this.#question.addEventListener("cancel", (event) => event.preventDefault()); // an answer is yes or no
    this.#sketch.addEventListener("stroke", ({ detail }) => this.#ask("mark.draw", { still: meeting.still?.n, points: detail }));
    meeting.addEventListener("people", () => this.#show());
    meeting.addEventListener("entry", ({ detail }) => this.#entered(detail));
    meeting.addEventListener("listening", () => {
      this.#wait();
      if (this.#devices.open) this.#fillDevices();
    });
    this.#show();
  }

  #show() {
    const { people, admitted, muted, about } = this.#meeting;
    this.#root.querySelector(".meeting-bar").hidden = !people.length;
    this.#people.replaceChildren(...people.map((person) => personLine(person, about.seat)));
    this.#mute.textContent = say(muted ? "session.unmute" : "session.mute");
    this.#mute.ariaPressed = String(muted);
    this.#open.textContent = this.#unread ? say("session.chat.unread", { count: this.#unread }) : say("session.chat");
    this.#open.disabled = !admitted;
    const hosts = people.filter(({ role, state }) => role === "consultant" && state !== "away").map(({ name }) => name);
    this.#hosts.textContent = hosts.length ? say("session.waiting.hosts", { names: list(hosts) }) : say("session.waiting.nobody");
    const waits = people.length > 0 && !admitted;
    if (waits === this.#waiting.hidden) {
      this.#waiting.hidden = !waits;
      this.#root.toggleAttribute("data-waiting", waits);
      this.#wait();
    }
    this.#put();
  }

  /** The waiting room: what comes next, and her devices. */
  async #wait() {
    if (this.#waiting.hidden) {
      this.#waiting.replaceChildren();
      return;
    }
    await this.#choose(this.#waiting, el("h2", {}, say("session.waiting.title")), this.#hosts);
  }

  #openDevices() {
    if (!this.#devices.open) this.#devices.showModal();
    this.#fillDevices();
  }

  async #fillDevices() {
    await this.#choose(this.#devices, el("h2", { id: "devices-title" }, say("session.devices.title")));
    const done = el("button", { type: "button", class: "primary", onclick: () => this.#devices.close() }, say("session.devices.done"));
    this.#devices.append(el("div", { class: "panel-actions" }, done));
    if (!this.#devices.contains(document.activeElement)) done.focus();
  }

  /** Her camera and her microphone, to be chosen in a place, below what else stands there. */
  async #choose(place, ...above) {
    const { microphone } = this.#meeting;
    const wish = (detail) => this.#meeting.dispatchEvent(new CustomEvent("device", { detail }));
    const camera = await devicePicker("videoinput", say("more.camera"), this.#meeting.camera(), (id) => wish({ camera: id }));
    const now = microphone?.getSettings().deviceId;
    const voice = await devicePicker("audioinput", say("session.microphone"), now, (id) => wish({ microphone: id }));
    const meter = el("level-meter", {});
    place.replaceChildren(...above, camera, voice, microphone ? meter : el("p", { class: "no-microphone" }, say("session.microphone.none")));
    if (microphone) meter.track = microphone;
  }

  #entered(entry) {
    if (entry.kind === "chat" && this.#side.hidden && this.#meeting.told && entry.by !== this.#meeting.about.seat) this.#unread += 1;
    if (["still", "live", "mark", "unmark", "ended"].includes(entry.kind)) {
      this.#sketch.show(this.#meeting);
      const { still } = this.#meeting;
      this.#root.toggleAttribute("data-still", Boolean(still));
      this.#caption.hidden = !still;
      this.#caption.textContent = still ? say("session.still.held", { name: still.name }) : "";
    }
    if (entry.kind === "note") this.#showNotes();
    if (entry.kind === "snapshot") this.#mirror.flash();
    this.#show();
  }

  #showNotes() {
    const seats = [...new Set(this.#meeting.of("note").map(({ by }) => by))];
    const notes = seats.map((by) => this.#meeting.note(by, false)).filter(Boolean);
    this.#notes.hidden = !notes.length;
    this.#notes.replaceChildren(el("h3", {}, say("session.note.yours")), ...notes.map((text) => el("p", {}, text)));
  }

  /** What she is asked: one question at a time. */
  #put() {
    const [question] = this.#meeting.admitted ? this.#meeting.questions : [];
    if ((question?.n ?? 0) === this.#asked) return;
    this.#asked = question?.n ?? 0;
    if (!question) {
      this.#question.close();
      return;
    }
    const { n, name, data } = question;
    const answer = async (yes) => {
      await this.#ask("agree", { ask: n, yes });
      if (yes && data.what === "measure") this.#meeting.dispatchEvent(new Event("measure"));
    };
    this.#question.replaceChildren(
      el("h2", { id: "question-title" }, say(`session.question.${data.what}`, { name })),
      el("p", {}, say(`session.question.${data.what}.text`)),
      el(
        "div",
        { class: "panel-actions" },
        el("button", { type: "button", class: "primary", onclick: () => answer(true) }, say("session.question.yes")),
        el("button", { type: "button", class: "quiet", onclick: () => answer(false) }, say("session.question.no")),
      ),
    );
    if (!this.#question.open) this.#question.showModal();
  }

  #askLeave() {
    const dialog = el(
      "dialog",
      { class: "sheet", onclose: () => dialog.remove(), "aria-labelledby": "leave-title" },
      el("h2", { id: "leave-title" }, say("session.leave.title")),
      el("p", {}, say("session.leave.text")),
      el(
        "div",
        { class: "panel-actions" },
        el("button", { type: "button", class: "primary", onclick: () => (dialog.close(), this.#meeting.leave()) }, say("session.leave")),
        el("button", { type: "button", class: "quiet", onclick: () => dialog.close() }, say("session.stay")),
      ),
    );
    this.#root.append(dialog);
    dialog.showModal();
  }

  #toggleMute() {
    this.#meeting.muted = !this.#meeting.muted;
  }

  #toggleChat() {
    this.#side.hidden = !this.#side.hidden;
    this.#open.ariaExpanded = String(!this.#side.hidden);
    this.#unread = 0;
    this.#show();
    if (this.#side.hidden) this.#open.focus();
    else this.#chat.focus();
  }

  async #ask(type, data) {
    try {
      await this.#meeting.ask(type, data);
    } catch (error) {
      this.#mirror.whisper(say(errorKey(error.reason)));
    }
  }
}
