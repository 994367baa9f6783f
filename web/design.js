// <design-round>: one of the two things she approves, the design for fit and scale or the finished piece. Her remarks
// are pinned where she means, by touch or by keys; sending back, a yes so far and a yes for good are told apart.

import { onceName, passing } from "./bespoke.js";
import { moment } from "./calendar.js";
import { dimensions } from "./dimensions.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { Plate } from "./plate.js";
import { number, say } from "./words.js";

/** What she may say of a revision, as tryon.atelier.trade.Decision. */
export const DECISIONS = ["changes", "soft", "final"];
const STAGE_OF = { one: "approval_one", two: "approval_two" };
const DIGEST_SHOWN = 12;

/** Events: `told` (detail: the request as it then is), `look` (something newer is there). */
export class DesignRound extends HTMLElement {
  #commission = null;
  #told = null;
  #round = null;
  #piece = null;
  #number = 0; // of the revision shown; 0: the newest
  #file = ""; // of the picture shown; empty: the first
  #pin = null; // {x, y} while a remark is written
  #plateShown = null;
  #once = {};
  #composer;
  #remark;
  #where;
  #unpin;
  #said;

  /** Make the element known. */
  static define() {
    if (!customElements.get("design-round")) customElements.define("design-round", DesignRound);
  }

  /** Show the round as it stands. */
  show(commission, told, round, piece) {
    this.#commission = commission;
    this.#told = told;
    this.#piece = piece;
    const newer = round.revisions.length > (this.#round?.revisions.length ?? 0);
    this.#round = round;
    // a new revision is shown at once, unless she is writing about the one she sees
    if (newer && !this.#remark?.value.trim()) {
      this.#number = 0;
      this.#file = "";
      this.#pin = null;
    }
    this.#compose();
    if (round.revisions.length) this.#draw();
  }

  get #revision() {
    const { revisions } = this.#round;
    return revisions.find(({ number: one }) => one === this.#number) ?? revisions.at(-1);
  }

  get #newest() {
    return this.#revision === this.#round.revisions.at(-1);
  }

  /** Whether she is asked for her word now. */
  get #open() {
    return this.#told.stage === STAGE_OF[this.#round.round] && this.#newest && !this.#round.final;
  }

  get #shown() {
    const files = this.#revision.files.map((id) => this.#told.files.find(({ file }) => file === id)).filter(Boolean);
    return files.filter(({ mime }) => mime.startsWith("image/") || mime.startsWith("video/"));
  }

  #id(name) {
    return `${this.#round.round}-${name}`;
  }

  /** The form of a remark, made once: what she types in it outlasts everything that is drawn anew. */
  #compose() {
    if (this.#composer) return;
    this.#remark = el("textarea", { id: this.#id("remark"), class: "look-name", rows: 2, maxlength: 4000 });
    this.#where = el("p", { class: "fit-note", "aria-live": "polite" });
    this.#said = el("p", { class: "wish-said", role: "status" });
    this.#unpin = el("button", { type: "button", class: "quiet small", onclick: () => this.#place(null) }, say("design.remark.unpin"));
    this.#composer = el(
      "form",
      { class: "design-remark" },
      el("label", { for: this.#id("remark") }, say("design.remark")),
      this.#where,
      this.#remark,
      el(
        "div",
        { class: "look-actions" },
        el("button", { type: "submit", class: "primary small" }, say("design.remark.keep")),
        this.#unpin,
      ),
    );
    this.#composer.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#comment();
    });
  }

  #draw() {
    const revision = this.#revision;
    const { round, revisions, revisions_included: included } = this.#round;
    const focused = document.activeElement?.id;
    const count = say(revision.number <= included ? "design.count" : "design.count.more", {
      number: number(revision.number),
      included: number(included),
    });
    this.replaceChildren(
      ...[
        el("h3", { id: this.#id("title") }, say(`design.title.${round}`)),
        el("p", { class: "fit-note" }, `${count} ${moment(revision.made_at)}`),
        revisions.length > 1 ? this.#choice(revision) : null,
        this.#newest ? null : el("p", { class: "design-old" }, say("design.old")),
        revision.words ? el("p", { class: "design-words" }, revision.words) : null,
        this.#pictures(),
        this.#fit(revision),
        this.#comments(revision),
        this.#round.final ? null : this.#composer,
        this.#said,
        this.#decisions(revision),
        this.#open ? this.#choices() : null,
      ].filter(Boolean),
    );
    this.#tellPlace();
    if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }

  #choice(revision) {
    const select = el(
      "select",
      {
        class: "look-name",
        id: this.#id("revision"),
        "aria-label": say("design.revision"),
        onchange: () => {
          this.#number = Number(select.value);
          this.#file = "";
          this.#pin = null;
          this.#draw();
        },
      },
      ...this.#round.revisions.map((one) =>
        el("option", { value: one.number, selected: one === revision }, say("design.revision.each", { number: number(one.number) })),
      ),
    );
    return select;
  }

  // the picture and its pins

  #pictures() {
    const shown = this.#shown;
    const file = shown.find(({ file: one }) => one === this.#file) ?? shown[0];
    if (!file) return el("p", { class: "fit-note" }, say("design.none"));
    this.#file = file.file;
    const strip =
      shown.length > 1
        ? el(
            "div",
            { class: "snapshot-strip" },
            ...shown.map((one, at) =>
              el(
                "button",
                {
                  type: "button",
                  id: this.#id(`picture-${at}`),
                  "aria-label": say("design.picture.each", { number: number(at + 1) }),
                  "aria-pressed": String(one === file),
                  onclick: () => {
                    this.#file = one.file;
                    this.#pin = null;
                    this.#draw();
                  },
                },
                one.mime.startsWith("image/") ? this.#image(one.file, "") : String(at + 1),
              ),
            ),
          )
        : null;
    return el("div", { class: "design-pictures" }, file.mime.startsWith("video/") ? this.#film(file.file) : this.#plate(file.file), strip);
  }

  #image(file, alt) {
    const picture = el("img", { alt, draggable: "false" });
    this.#commission.address(file).then(
      (address) => (picture.src = address),
      () => picture.replaceWith(el("span", { class: "fit-note" }, say("design.picture.gone"))),
    );
    return picture;
  }

  #film(file) {
    const film = el("video", { class: "design-film", controls: true, playsinline: true, "aria-label": say("design.film") });
    this.#commission.address(file).then(
      (address) => (film.src = address),
      () => film.replaceWith(el("p", { class: "fit-note" }, say("design.picture.gone"))),
    );
    return film;
  }

  /** The picture, with her remarks on it. */
  #plate(file) {
    const { comments } = this.#revision;
    this.#plateShown = new Plate(this.#image(file, say(`design.picture.${this.#round.round}`, { name: this.#piece?.name ?? "" })), {
      id: this.#id("plate"),
      comments: comments.map((one, at) => [at + 1, one]).filter(([, one]) => one.file === file),
      pin: this.#pin,
      open: !this.#round.final,
      opened: (at) => document.getElementById(this.#id(`comment-${at}`))?.focus(),
      placed: (pin, { ready }) => {
        this.#place(pin);
        if (ready) this.#remark.focus();
      },
    });
    return this.#plateShown.element;
  }

  #place(pin) {
    this.#pin = pin;
    if (this.#plateShown) this.#plateShown.pin = pin;
    this.#tellPlace();
  }

  #tellPlace() {
    const pin = this.#pin;
    const percent = (share) => number(100 * share);
    this.#where.textContent = pin ? say("design.pinned", { across: percent(pin.x), down: percent(pin.y) }) : say("design.unpinned");
    this.#unpin.hidden = !pin;
  }

  #comments({ comments }) {
    if (!comments.length) return null;
    const one = (said, at) =>
      el(
        "li",
        { id: this.#id(`comment-${at + 1}`), tabindex: "-1" },
        el("span", { class: "comment-number" }, said.file ? number(at + 1) : "–"),
        el(
          "span",
          {},
          el("span", { class: "comment-words" }, said.words),
          el("span", { class: "fit-note" }, `${said.by === "client" ? say("design.by.you") : said.name || say("design.by.atelier")}, ${moment(said.at)}`),
        ),
      );
    return el("ol", { class: "comments", role: "list", "aria-label": say("design.comments") }, ...comments.map(one));
  }

  async #comment() {
    const words = this.#remark.value.trim();
    if (!words) {
      this.#say(say("error.words_missing"));
      this.#remark.focus();
      return false;
    }
    this.#once.comment ??= onceName();
    const pinned = this.#pin ? { file: this.#file, ...this.#pin } : {};
    try {
      const told = await this.#commission.comment(this.#round.round, this.#revision.number, { words, ...pinned }, this.#once.comment);
      this.#remark.value = "";
      this.#pin = null;
      delete this.#once.comment;
      this.#tell(told);
      this.#say(say("design.remark.kept"));
      return true;
    } catch (error) {
      this.#failed("comment", error);
      return false;
    }
  }

  // the fit of what was drawn

  #fit({ fit }) {
    const again = (unit) => {
      this.#draw();
      this.querySelector(`[data-unit=${unit}]`)?.focus();
    };
    return fit && dimensions(fit, this.#piece, again);
  }

  // her word

  #decisions({ decisions }) {
    if (!decisions.length) return null;
    const line = ({ decision, at, sha256, words }) =>
      el(
        "li",
        {},
        el("span", {}, say(`design.decided.${decision}`, { date: moment(at) })),
        words ? el("span", { class: "fit-note" }, words) : null,
        decision === "final" ? el("span", { class: "fit-note" }, say("design.digest", { digest: sha256.slice(0, DIGEST_SHOWN) })) : null,
      );
    return el("ul", { class: "progress-list" }, ...decisions.map(line));
  }

  #choices() {
    const choice = (decision) =>
      el(
        "div",
        { class: "decision" },
        el("button", { type: "button", id: this.#id(decision), class: decision === "final" ? "primary" : "outlined", onclick: () => this.#chose(decision) }, say(`design.${decision}`)),
        el("p", { class: "fit-note" }, say(`design.${decision}.means`)),
      );
    return el("div", { class: "decisions", role: "group", "aria-label": say("design.decide") }, ...DECISIONS.map(choice));
  }

  async #chose(decision) {
    // a remark that was written and not kept belongs to what she says now
    if (this.#remark.value.trim() && !(await this.#comment())) return;
    if (decision === "changes" && !this.#revision.comments.some(({ by }) => by === "client")) {
      this.#say(say("design.changes.words"));
      this.#remark.focus();
      return;
    }
    if (decision === "final") this.#askFinal();
    else await this.#decide(decision);
  }

  /** A yes for good is asked once more, with what it freezes. */
  #askFinal() {
    const { number: revision, files, sha256 } = this.#revision;
    const close = () => dialog.close();
    const dialog = el(
      "dialog",
      { class: "sheet", "aria-labelledby": this.#id("final-title"), onclose: () => (dialog.remove(), document.getElementById(this.#id("final"))?.focus()) },
      el("h2", { id: this.#id("final-title") }, say("design.final.ask")),
      el("p", {}, say(`design.final.freezes.${this.#round.round}`)),
      el("p", { class: "fit-note" }, say("design.final.what", { revision: number(revision), files: number(files.length), digest: sha256.slice(0, DIGEST_SHOWN) })),
      el(
        "div",
        { class: "look-actions" },
        el(
          "button",
          {
            type: "button",
            class: "primary",
            onclick: async () => {
              await this.#decide("final");
              close();
            },
          },
          say("design.final.yes"),
        ),
        el("button", { type: "button", class: "quiet", onclick: close }, say("design.final.no")),
      ),
    );
    this.append(dialog);
    dialog.showModal();
  }

  async #decide(decision) {
    this.#once[decision] ??= onceName();
    const { number: revision, sha256 } = this.#revision;
    try {
      const told = await this.#commission.decide(this.#round.round, { revision, sha256, decision }, this.#once[decision]);
      delete this.#once[decision];
      this.#tell(told);
      this.#say(say(`design.thanks.${decision}`));
    } catch (error) {
      this.#failed(decision, error);
    }
  }

  #tell(told) {
    this.dispatchEvent(new CustomEvent("told", { detail: told }));
  }

  #say(words) {
    this.#said.textContent = words;
  }

  #failed(what, error) {
    // without an answer nobody knows; the same name makes it once however often it is sent
    if (!passing(error)) delete this.#once[what];
    this.#say(say(errorKey(error.reason)));
    if (["revision_outdated", "approval_given", "stage_wrong", "changed_meanwhile"].includes(error.reason)) {
      this.dispatchEvent(new Event("look"));
    }
  }
}
