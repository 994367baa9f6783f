// What lies over the mirror's edges: name and badge at its top, and the row where a thumb rests at its foot.

import { el, icon } from "./element.js";
import { say } from "./words.js";

const SURE_PERCENT = 3; // a crown is 5 mm off at most: less than hair gives way
const HOLD_MS = 350; // a press longer than this is a glance: letting go takes it back

/** Calls `on.end, bare, snapshot, snapshots, adjust, measure, calibrate, withdraw, mine, phone, about, stage, stats, cameras, camera`. */
export class Controls {
  #mirror;
  #on;
  #top;
  #bar;
  #name;
  #about;
  #badge;
  #bareButton;
  #adjustButton;
  #measureButton;
  #shutter;
  #thumb;
  #more;
  #bare = false;
  #connected = false;
  #movable = false;

  constructor(mirror, on) {
    this.#mirror = mirror;
    this.#on = on;
    this.#name = el("span", { class: "wearing-name" });
    this.#about = el("button", { type: "button", class: "wearing", onclick: () => on.about() }, this.#name, icon("about"));
    this.#badge = el("p", { class: "badge" });
    const end = this.#button("end", "close", () => on.end(), "round");
    this.#top = el("div", { class: "top-edge" }, el("div", { class: "top-left" }, this.#about, this.#badge), end);

    this.#thumb = this.#button("snapshots", "snapshots", () => on.snapshots(), "tool thumb");
    this.#bareButton = this.#button("bare", "bare", null, "tool");
    this.#shutter = el(
      "button",
      { type: "button", class: "shutter", "aria-label": say("control.snapshot.more"), onclick: () => on.snapshot() },
      el("span", { class: "shutter-ring" }),
    );
    this.#adjustButton = this.#button("adjust", "adjust", () => this.adjusting(this.#adjustButton.ariaPressed !== "true"), "tool");
    this.#measureButton = this.#button("measure", "measure", () => on.measure(), "tool");
    const more = this.#button("more", "more", () => this.#openMore(), "tool");
    more.setAttribute("aria-haspopup", "dialog");
    this.#bar = el(
      "div",
      { class: "controls", role: "group", "aria-label": say("more.title") },
      this.#thumb,
      this.#bareButton,
      this.#shutter,
      this.#adjustButton,
      this.#measureButton,
      more,
    );
    this.#listenForGlances();
    for (const button of [this.#bareButton, this.#adjustButton]) button.ariaPressed = "false";
    mirror.append(this.#top, this.#bar);
    this.snapshots({ count: 0, newest: null });
    this.shown = false;
    this.badge({ bare: false, moved: "" });
    document.addEventListener("fullscreenchange", () => this.#more?.close());
  }

  /** Whether they are there at all. */
  set shown(value) {
    this.#top.hidden = this.#bar.hidden = !value;
    if (!value) this.#more?.close();
  }

  /** Without a connection only those that need none can be pressed; the words at the edge say why. */
  set connected(value) {
    this.#connected = value;
    for (const button of [this.#bareButton, this.#shutter, this.#measureButton]) button.disabled = !value;
    this.#adjustButton.disabled = !(value && this.#movable);
  }

  /** Give the focus to the button that measures her. */
  focusMeasure() {
    this.#measureButton.focus({ preventScroll: true });
  }

  /** The piece in hand, or null. */
  set piece(piece) {
    this.#about.hidden = this.#badge.hidden = !piece;
    if (!piece) return;
    this.#name.textContent = piece.name;
    this.#about.setAttribute("aria-label", say("control.about", { name: piece.name }));
  }

  /** Whether the piece in hand can be moved off its seat. */
  set movable(value) {
    this.#movable = value;
    this.#adjustButton.disabled = !(value && this.#connected);
    if (!value) this.adjusting(false);
  }

  /** Whether she is shown without the piece. */
  set bare(value) {
    this.#bare = value;
    this.#bareButton.ariaPressed = String(value);
    this.#bareButton.querySelector(".tool-words").textContent = say(value ? "control.dressed" : "control.bare");
  }

  /** The words that a wearer can read aloud: true size, or how far it was moved. */
  badge({ bare, moved, styled = false, percent = 0 }) {
    this.#badge.dataset.kind = bare ? "bare" : moved ? "moved" : styled ? "styled" : "true";
    if (bare) this.#badge.textContent = say("badge.bare");
    else if (moved) this.#badge.textContent = say("badge.moved", { how: moved });
    else if (styled) this.#badge.textContent = say("badge.styled");
    else this.#badge.textContent = percent > SURE_PERCENT ? say("badge.about", { percent }) : say("badge.true");
  }

  /** How many snapshots there are, and the newest of them in small. */
  snapshots({ count, newest }) {
    this.#thumb.setAttribute("aria-label", say("control.snapshots.more", { count }));
    this.#thumb.firstElementChild.replaceWith(newest ? el("img", { src: newest, alt: "" }) : icon("snapshots"));
  }

  /** Open or close the adjusting of the piece. */
  adjusting(open) {
    const was = this.#adjustButton.ariaPressed === "true";
    if (was === open) return;
    this.#adjustButton.ariaPressed = String(open);
    this.#on.adjust(open);
    if (!open && !this.#bar.hidden) this.#adjustButton.focus({ preventScroll: true });
  }

  /** A single key, while the mirror has the focus. */
  key(letter) {
    if (letter === "f") this.#toggleFull();
    else if (this.#shutter.disabled) return;
    else if (letter === "b") this.#toggleBare(!this.#bare);
    else if (letter === "s") this.#on.snapshot();
    else if (letter === "a" && this.#movable) this.adjusting(this.#adjustButton.ariaPressed !== "true");
  }

  #button(name, drawing, onclick, kind) {
    return el(
      "button",
      { type: "button", class: kind, "aria-label": say(`control.${name}.more`), ...(onclick ? { onclick } : {}) },
      drawing ? icon(drawing) : null,
      kind.startsWith("tool") ? el("span", { class: "tool-words" }, say(`control.${name}`)) : null,
    );
  }

  #toggleBare(bare) {
    this.bare = bare;
    this.#on.bare(bare);
  }

  /** A short press switches, a long one shows her bare for as long as it lasts; a key switches. */
  #listenForGlances() {
    let pressedMs = 0;
    let glance = false;
    const button = this.#bareButton;
    button.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      pressedMs = event.timeStamp;
      glance = !this.#bare;
      button.setPointerCapture(event.pointerId);
      this.#toggleBare(!this.#bare);
    });
    const release = (event) => {
      if (glance && pressedMs && event.timeStamp - pressedMs > HOLD_MS) this.#toggleBare(false);
      glance = false;
    };
    button.addEventListener("pointerup", release);
    button.addEventListener("pointercancel", release);
    button.addEventListener("click", (event) => {
      // a pointer was served on its way down
      if (!pressedMs) this.#toggleBare(!this.#bare);
      pressedMs = 0;
      event.preventDefault();
    });
  }

  async #openMore() {
    const { all, now } = await this.#on.cameras();
    const close = () => dialog.close();
    const mirrored = el(
      "button",
      {
        type: "button",
        role: "switch",
        class: "switch",
        "aria-checked": String(this.#mirror.mirrored),
        onclick: () => {
          this.#mirror.mirrored = !this.#mirror.mirrored;
          mirrored.ariaChecked = String(this.#mirror.mirrored);
        },
      },
      say("more.mirrored"),
    );
    const full = document.fullscreenEnabled
      ? el(
          "button",
          { type: "button", class: "row", onclick: () => this.#toggleFull() },
          say(document.fullscreenElement ? "more.full.leave" : "more.full"),
        )
      : null;
    const doing = this.#on.stats();
    const dialog = el(
      "dialog",
      {
        class: "sheet more",
        "aria-labelledby": "more-title",
        onclose: () => {
          dialog.remove();
          this.#more = null;
        },
      },
      el("h2", { id: "more-title" }, say("more.title")),
      mirrored,
      full,
      all.length > 1 ? this.#cameras(all, now) : null,
      el("button", { type: "button", class: "row", disabled: !this.#connected, onclick: () => (close(), this.#on.stage()) }, say("more.stage")),
      el("button", { type: "button", class: "row", onclick: () => (close(), this.#on.calibrate()) }, say("more.calibrate")),
      el("button", { type: "button", class: "row", onclick: () => this.#on.withdraw() }, say("more.withdraw")),
      el("button", { type: "button", class: "row", onclick: () => (close(), this.#on.phone()) }, say("action.phone")),
      el("button", { type: "button", class: "row", onclick: () => (close(), this.#on.mine()) }, say("more.mine")),
      el("div", { class: "keys" }, el("h3", {}, say("more.keys")), el("p", {}, say("mirror.keys"))),
      doing ? el("p", { class: "doing" }, say("more.doing", doing)) : null,
      el("button", { type: "button", class: "primary", onclick: close }, say("more.close")),
    );
    this.#more = dialog;
    this.#mirror.parentElement.append(dialog);
    dialog.showModal();
  }

  /** The cameras to choose from; a row each, one of them chosen. */
  #cameras(all, now) {
    const choose = (camera, row) => {
      for (const each of row.parentElement.querySelectorAll(".row")) each.ariaPressed = String(each === row);
      this.#on.camera(camera.id);
    };
    const rows = all.map((camera, at) =>
      el(
        "button",
        {
          type: "button",
          class: "row choice",
          "aria-pressed": String(camera.id === now),
          onclick: (event) => choose(camera, event.currentTarget),
        },
        camera.name || say("more.camera.each", { number: at + 1 }),
      ),
    );
    return el("div", { role: "group", "aria-label": say("more.camera") }, el("h3", {}, say("more.camera")), ...rows);
  }

  async #toggleFull() {
    try {
      if (document.fullscreenElement) await document.exitFullscreen();
      else if (document.fullscreenEnabled) await this.#mirror.parentElement.requestFullscreen();
    } catch {
      // the browser said no; the page stays as it is
    }
  }
}
