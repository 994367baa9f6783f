// An approval as the bench sees it: what was shown and said, what may be shown next, and a design drawn on its client.

import * as desk from "./desk.js";
import { dimensions } from "./dimensions.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { Part } from "./part.js";
import { Plate } from "./plate.js";
import { choice, labelled, lines, Slip, tick } from "./slip.js";
import { bytes, Upload } from "./upload.js";
import { dayOf, known, moment, number, say } from "./words.js";

/** What each round shows, as tryon.atelier.agree. */
const SHOWN_KINDS = { one: ["render", "design"], two: ["proof"] };
const SHOWN_AT = { one: ["cad", "approval_one"], two: ["hand_finishing", "approval_two"] };
const NAMES = { one: "design", two: "piece" };
const ACCEPTS = { one: ".glb,model/gltf-binary,image/*", two: "image/*,video/mp4,video/webm" };
/** As tryon.pieces.design.DECLARED. */
export const SIZES = ["inner_length", "inner_breadth", "height", "inner_diameter"];
const DIGEST_SHOWN = 12;
const UNPINNED = { file: "", x: "", y: "" };
const MODEL = /\.glb$/i;

export class Revisions extends Part {
  #round;
  #which = 0; // number of the revision shown; 0: the newest
  #picture = ""; // of the file shown; empty: the first
  #plate = null;
  #told = null;
  #head = this.place("head");
  #pictures = this.place("pictures");
  #fit = this.place("fit");
  #comments = this.place("comments");
  #files = this.place("files", { class: "place files" });
  #where = el("p", { class: "field-hint", "aria-live": "polite" });
  #unpin = el("button", { type: "button", class: "quiet small", onclick: () => this.#pin(null) }, say("design.remark.unpin"));
  #remark;
  #show;
  #adding = el("div", { class: "place" });
  #drawing = null;
  #drawn = this.place("drawn");
  #nothing = el("p", { class: "part-note" });

  constructor(room, key, round) {
    super(room, NAMES[round], key);
    this.#round = round;
    const pin = Object.keys(UNPINNED).map((name) => el("input", { type: "hidden", name }));
    this.#remark = new Slip(
      { place: room.place(`remark-${round}`), work: (values, how) => this.#said(values, how) },
      ...pin,
      labelled(say("revision.remark"), lines("words", { required: true })),
      this.#where,
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "second small" }, say("revision.remark.send")), this.#unpin),
    );
    this.#remark.fill({ words: "", ...UNPINNED });
    this.#remark.element.addEventListener("cleared", () => this.#tellPin());
    const upload = new Upload(room.id, {
      label: say(`revision.upload.${round}`),
      accept: ACCEPTS[round],
      kindOf: (file) => (round === "two" ? "proof" : MODEL.test(file.name) ? "design" : "render"),
      kept: async ({ file }) => {
        await room.look({ quietly: true });
        this.#choose(file);
      },
    });
    const fit = el("input", { type: "hidden", name: "fit" });
    this.#show = new Slip(
      { place: room.place(`show-${round}`), label: say("revision.next"), work: (values, how) => this.#shown(values, how) },
      el("fieldset", { class: "field wide-field" }, el("legend", {}, say("revision.files")), this.#files),
      fit,
      labelled(say("revision.words"), lines("words", { rows: 3 }), say("revision.words.hint")),
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "primary small" }, say("revision.show"))),
    );
    this.#show.element.addEventListener("cleared", () => this.#remember());
    this.#adding.append(el("h4", {}, say("revision.next")), upload.element);
    const shown = el("div", { class: "revision-shown" }, this.#pictures, el("div", { class: "revision-said" }, this.#fit, this.#comments, this.#remark.element));
    const parts = [this.#head, this.#nothing, shown, this.#adding];
    if (round === "one") {
      this.#drawing = this.#makeDrawing();
      parts.push(this.#drawing.element, this.#drawn);
    }
    this.body.append(...parts, this.#show.element);
  }

  get #of() {
    return this.#told.rounds.find(({ round }) => round === this.#round);
  }

  get #revision() {
    const { revisions } = this.#of;
    return revisions.find((one) => one.number === this.#which) ?? revisions.at(-1);
  }

  line(told) {
    const { revisions, final } = told.rounds.find(({ round }) => round === this.#round);
    const last = revisions.at(-1);
    if (!last) return say("revision.none");
    const said = last.decisions.at(-1);
    const state = final ? "final" : (said?.decision ?? "waits");
    return say(`revision.state.${state}`, { number: number(last.number) });
  }

  due({ stage }) {
    return SHOWN_AT[this.#round].includes(stage);
  }

  draw(told) {
    this.#told = told;
    const { revisions, final } = this.#of;
    const revision = this.#revision;
    this.#nothing.hidden = Boolean(revision);
    this.#nothing.textContent = say("revision.none.text");
    this.lay(this.#head, [this.#of, this.#which], () => (revision ? this.#heading(revision) : []));
    this.#redraw();
    this.#remark.element.hidden = !revision || final;
    this.#remark.restore();
    const open = SHOWN_AT[this.#round].includes(told.stage) && !final;
    this.#adding.hidden = !open;
    this.#show.element.hidden = !open || this.room.me.role === "consultant";
    if (this.#drawing) this.#drawing.element.hidden = this.#drawn.hidden = !open;
    const kinds = SHOWN_KINDS[this.#round];
    const files = told.files.filter(({ kind }) => kinds.includes(kind)).toReversed();
    const earlier = new Set(revisions.flatMap((one) => one.files));
    this.lay(this.#files, [files, [...earlier]], () => (files.length ? files.map((file) => this.#file(file, earlier.has(file.file))) : [el("p", { class: "field-hint" }, say("revision.files.none"))]));
    this.#show.fill({ files: files.filter(({ file }) => !earlier.has(file)).map(({ file }) => file), words: "", fit: "" });
    this.#show.restore();
    this.#remember();
    if (this.#drawing) this.#choices(told);
  }

  // what was shown

  #heading(revision) {
    const { revisions, revisions_included: included } = this.#of;
    const select = choice(
      "revision",
      revisions.toReversed().map((one) => [one.number, say("design.revision.each", { number: number(one.number) })]),
      {
        "aria-label": say("design.revision"),
        onchange: () => {
          this.#which = Number(select.value);
          this.#picture = "";
          this.#pin(null);
          this.draw(this.#told);
          this.#head.querySelector("select")?.focus();
        },
      },
    );
    select.value = revision.number;
    const counted = say(revision.number <= included ? "revision.count" : "revision.count.more", { number: number(revision.number), included: number(included) });
    const line = ({ decision, at, sha256, words }) =>
      el(
        "li",
        { class: "decided", "data-decision": decision },
        el("strong", {}, say(`revision.decided.${decision}`)),
        el("span", {}, say("revision.decided.at", { date: moment(at), digest: sha256.slice(0, DIGEST_SHOWN) })),
        words ? el("span", { class: "step-words" }, words) : null,
      );
    return [
      el("div", { class: "revision-head" }, revisions.length > 1 ? select : null, el("p", { class: "part-note" }, `${counted} ${moment(revision.made_at)}`)),
      revision === revisions.at(-1) ? null : el("p", { class: "part-note" }, say("revision.old")),
      revision.words ? el("p", { class: "step-words" }, revision.words) : null,
      el("p", { class: "digest" }, say("revision.digest"), " ", el("code", {}, revision.sha256.slice(0, DIGEST_SHOWN))),
      revision.decisions.length ? el("ul", { class: "plain" }, ...revision.decisions.map(line)) : el("p", { class: "part-note" }, say("revision.undecided")),
    ];
  }

  #redraw() {
    const revision = this.#revision;
    const { final } = this.#of;
    const files = revision ? revision.files.map((id) => this.#told.files.find(({ file }) => file === id)).filter(Boolean) : [];
    const seen = files.filter(({ mime }) => /^(image|video)\//.test(mime));
    const shown = seen.find(({ file }) => file === this.#picture) ?? seen[0];
    if (shown) this.#picture = shown.file;
    const focused = this.#pictures.contains(document.activeElement) ? document.activeElement.id : "";
    this.lay(this.#pictures, [revision, this.#picture, final], () => (revision ? [this.#stage(shown), this.#strip(seen, shown), this.#models(files)] : []));
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
    this.lay(this.#fit, revision?.fit, () => (revision?.fit ? [this.#dimensions(revision.fit, () => this.#again())] : []));
    this.lay(this.#comments, revision?.comments, () => (revision ? [this.#said_(revision)] : []));
    this.#tellPin();
  }

  #again() {
    this.#fit.replaceChildren(this.#dimensions(this.#revision.fit, () => this.#again()));
  }

  #dimensions(fit, again) {
    return dimensions(fit, this.room.piece, again, ({ drawn_on: on, scale }) => [
      on ? el("p", { class: "part-note" }, say("drawing.on")) : null,
      scale ? el("p", { class: "part-note" }, say("drawing.scale", { reference: say(`reference.${scale.source}`) })) : null,
    ]);
  }

  #stage(file) {
    if (!file) return el("p", { class: "part-note" }, say("design.none"));
    if (file.mime.startsWith("video/")) return el("video", { class: "design-film", src: this.room.address(file.file), controls: true, playsinline: true, preload: "metadata", "aria-label": say("design.film") });
    const { comments } = this.#revision;
    this.#plate = new Plate(this.room.image(file.file, say(`design.picture.${this.#round}`, { name: this.room.piece?.name ?? "" })), {
      id: `${this.name}-plate`,
      comments: comments.map((one, at) => [at + 1, one]).filter(([, one]) => one.file === file.file),
      pin: this.#pinned,
      open: !this.#of.final,
      opened: (at) => document.getElementById(`${this.name}-comment-${at}`)?.focus(),
      placed: (pin, { ready }) => {
        this.#pin(pin);
        if (ready) this.#remark.element.elements.words.focus();
      },
    });
    return this.#plate.element;
  }

  #strip(seen, shown) {
    if (seen.length < 2) return null;
    const button = (one, at) =>
      el(
        "button",
        {
          type: "button",
          id: `${this.name}-picture-${at}`,
          "aria-label": say("design.picture.each", { number: number(at + 1) }),
          "aria-pressed": String(one === shown),
          onclick: () => {
            this.#picture = one.file;
            this.#pin(null);
            this.#redraw();
          },
        },
        one.mime.startsWith("image/") ? this.room.image(one.file, "") : number(at + 1),
      );
    return el("div", { class: "strip" }, ...seen.map(button));
  }

  #models(files) {
    const models = files.filter(({ kind }) => kind === "design");
    return models.length ? el("p", { class: "models" }, ...models.map((one) => this.#model(one))) : null;
  }

  #model({ file, size }) {
    return el("a", { href: this.room.address(file), download: `${this.room.piece?.id ?? "design"}.glb` }, say("revision.model", { size: bytes(size) }));
  }

  #said_({ comments }) {
    if (!comments.length) return null;
    const one = (said, at) =>
      el(
        "li",
        { id: `${this.name}-comment-${at + 1}`, tabindex: "-1" },
        el("span", { class: "comment-number" }, said.file ? number(at + 1) : "–"),
        el("span", {}, el("span", { class: "comment-words" }, said.words), el("span", { class: "field-hint" }, `${said.name || say(`by.${said.by}`)}, ${moment(said.at)}`)),
      );
    return el("ol", { class: "comments", "aria-label": say("design.comments") }, ...comments.map(one));
  }

  // remarks

  get #pinned() {
    const { file, x, y } = this.#remark.element.elements;
    return file.value && file.value === this.#picture ? { x: Number(x.value), y: Number(y.value) } : null;
  }

  #pin(pin) {
    const { file, x, y } = this.#remark.element.elements;
    const same = !pin && !file.value;
    file.value = pin ? this.#picture : "";
    x.value = pin ? pin.x : "";
    y.value = pin ? pin.y : "";
    if (!same) this.#remark.keep();
    this.#tellPin();
  }

  #tellPin() {
    const pin = this.#pinned;
    if (this.#plate) this.#plate.pin = pin;
    const percent = (share) => number(100 * share);
    this.#where.textContent = pin ? say("design.pinned", { across: percent(pin.x), down: percent(pin.y) }) : say("design.unpinned");
    this.#unpin.hidden = !pin;
  }

  async #said({ words, file, x, y }, { once }) {
    const pinned = file ? { file, x: Number(x), y: Number(y) } : {};
    await this.room.change(`approvals/${this.#round}/revisions/${this.#revision.number}/comments`, { words, ...pinned }, { once });
    this.room.say(say("revision.remark.sent"));
  }

  // what is shown next

  #file(file, earlier) {
    const picture = file.mime.startsWith("image/") ? this.room.image(file.file, "") : el("span", { class: "file-kind", "aria-hidden": "true" }, file.kind === "design" ? "GLB" : say("revision.film"));
    const about = [say(`file.${file.kind}`), bytes(file.size), dayOf(file.made_at), earlier ? say("revision.files.earlier") : ""];
    return tick({ name: "files", value: file.file }, picture, el("span", {}, about.filter(Boolean).join(", ")));
  }

  /** A file that just came shall be shown. */
  #choose(file) {
    const box = this.#files.querySelector(`[value="${file}"]`);
    if (!box) return;
    box.checked = true;
    this.#show.keep();
  }

  async #shown({ files, words, fit }, { once }) {
    if (!files.length) throw { reason: "files_none" };
    const drawn = fit ? JSON.parse(fit) : null;
    await this.room.change(`approvals/${this.#round}/revisions`, { files, words, fit: drawn && files.includes(drawn.file) ? drawn.fit : null }, { once, versioned: true });
    this.#which = 0;
    this.#picture = "";
    this.draw(this.#told);
    this.room.say(say("revision.shown", { number: number(this.#revision.number) }));
  }

  // a design on its client

  #makeDrawing() {
    const size = (name) => labelled(say(`design.size.${name}`), el("input", { name, inputmode: "decimal", autocomplete: "off", maxlength: 8, class: "amount" }));
    return new Slip(
      { place: this.room.place("drawing"), label: say("drawing.title"), work: (values) => this.#draw(values) },
      el("h4", {}, say("drawing.title")),
      el("p", { class: "field-hint" }, say("drawing.hint")),
      el("div", { class: "slip-row" }, labelled(say("drawing.design"), choice("design", [])), labelled(say("drawing.picture"), choice("picture", []))),
      el("details", { class: "fold" }, el("summary", {}, say("drawing.sizes")), el("p", { class: "field-hint" }, say("drawing.sizes.hint")), el("div", { class: "slip-row" }, ...SIZES.map(size))),
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "second small" }, say("drawing.draw")), el("span", { class: "drawing-waits", role: "status" })),
    );
  }

  #choices({ files }) {
    const { design, picture } = this.#drawing.element.elements;
    const of = (kind) => files.filter((one) => one.kind === kind).toReversed();
    const [designs, pictures] = [of("design"), of("snapshot")];
    const each = (all, key) => all.map((one, at) => el("option", { value: one.file }, say(key, { number: number(all.length - at), date: moment(one.made_at) })));
    design.dataset.place = "designs";
    picture.dataset.place = "pictures-hers";
    this.lay(design, designs, () => each(designs, "drawing.design.each"));
    this.lay(picture, pictures, () => each(pictures, "drawing.picture.each"));
    const missing = !designs.length ? "drawing.no_design" : !pictures.length ? "drawing.no_picture" : "";
    this.#drawing.element.querySelector("[type=submit]").disabled = Boolean(missing);
    this.#drawing.element.querySelector(".drawing-waits").textContent = missing ? say(missing) : "";
    this.#drawing.restore();
  }

  async #draw({ design, picture, ...sizes }) {
    const waits = this.#drawing.element.querySelector(".drawing-waits");
    const said = SIZES.filter((name) => sizes[name]?.trim()).map((name) => [name, Number(sizes[name].replace(",", "."))]);
    if (said.some(([, mm]) => !(mm > 0))) throw { reason: "size_wrong" };
    waits.textContent = say("drawing.waits");
    let drawn;
    try {
      drawn = await desk.draw(this.room.id, { design, picture: picture || null, sizes: Object.fromEntries(said) });
    } catch (error) {
      waits.textContent = "";
      throw error;
    }
    this.#show.element.elements.fit.value = JSON.stringify({ file: drawn.file.file, fit: drawn.fit });
    this.#show.keep();
    await this.room.look({ quietly: true });
    for (const file of [drawn.file.file, design]) this.#choose(file);
    waits.textContent = say("drawing.done");
    this.#drawn.scrollIntoView({ block: "nearest" });
    return false; // the choice of model and picture stays for the next drawing
  }

  /** What was drawn and not shown yet. */
  #remember() {
    const { fit } = this.#show.element.elements;
    const drawn = fit.value ? JSON.parse(fit.value) : null;
    const again = () => this.#drawn.replaceChildren(...this.#preview(drawn, again));
    this.lay(this.#drawn, drawn, () => (drawn ? this.#preview(drawn, again) : []));
  }

  #preview({ file, fit }, again) {
    return [el("h4", {}, say("drawing.drawn")), el("div", { class: "drawn" }, this.room.image(file, say("design.picture.one", { name: this.room.piece?.name ?? "" })), this.#dimensions(fit, again))];
  }
}
