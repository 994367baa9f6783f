// The papers of a piece: its metals and stones with their certificates, its number, and the page that says where it
// comes from.

import { provenance } from "./bespoke.js";
import { el } from "./element.js";
import { Part } from "./part.js";
import { choice, labelled, Slip, tick } from "./slip.js";
import { sure } from "./sure.js";
import { bytes, Upload } from "./upload.js";
import { dayOf, number, say } from "./words.js";

const HOUSE = ["owner", "consultant"];
const NUMBERED_FROM = ["enquiry", "consultation"]; // a number is given after these

export class Origin extends Part {
  #papers = this.place("papers");
  #number = this.place("number");
  #bench = this.place("bench", { class: "place files" });
  #page = this.place("page");
  #certificate;
  #give;
  #void;
  #publish;
  #shownId = "";

  constructor(room, key) {
    super(room, "papers", key);
    const paper = new Upload(room.id, { label: say("papers.upload"), accept: "image/*,application/pdf", kindOf: () => "certificate", kept: ({ file }) => this.#scanned(file), multiple: false });
    const text = (name, most, attributes = {}) => labelled(say(`papers.${name}`), el("input", { name, maxlength: most, autocomplete: "off", ...attributes }));
    this.#certificate = new Slip(
      { place: room.place("certificate"), label: say("papers.add"), work: (values, how) => this.#certified(values, how) },
      el("h4", {}, say("papers.add")),
      el("div", { class: "slip-row" }, text("material", 120, { required: true }), text("source", 200), text("issuer", 120), text("paper", 80)),
      paper.element,
      labelled(say("papers.file"), choice("file", [["", say("papers.file.none")]])),
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "second small" }, say("papers.add.send"))),
    );
    this.#give = this.#press("number-give", "number.give", async (once) => {
      await room.change("number", {}, { once, versioned: true });
      room.say(say("number.given"));
    });
    this.#void = this.#press("number-void", "number.void", async (once) => {
      if (!(await sure(say("number.void.sure"), say("number.void.text"), say("number.void")))) return false;
      await room.change("number/void", {}, { once, versioned: true });
      room.say(say("number.voided"));
    });
    const bench = new Upload(room.id, {
      label: say("page.upload"),
      accept: "image/*,video/mp4,video/webm",
      kindOf: () => "bench",
      kept: async ({ file }) => {
        await room.look({ quietly: true });
        const box = this.#bench.querySelector(`[value="${file}"]`);
        if (box) box.checked = true;
        this.#publish.keep();
      },
    });
    this.#publish = new Slip(
      { place: room.place("provenance"), label: say("page.title"), work: (values, how) => this.#published(values, how) },
      bench.element,
      el("fieldset", { class: "field wide-field" }, el("legend", {}, say("page.files")), el("p", { class: "field-hint" }, say("page.files.hint")), this.#bench),
      el(
        "div",
        { class: "slip-do" },
        el("button", { type: "submit", class: "primary small", value: "show" }, say("page.publish")),
        el("button", { type: "submit", class: "second small", value: "hide" }, say("page.hide")),
      ),
    );
    this.body.append(
      this.#papers,
      this.#certificate.element,
      el("h4", {}, say("number.title")),
      this.#number,
      this.#give.element,
      this.#void.element,
      el("h4", {}, say("page.title")),
      this.#page,
      this.#publish.element,
    );
  }

  #press(place, key, work) {
    return new Slip(
      { place: this.room.place(place), work: (_, { once }) => work(once) },
      el("div", { class: "slip-do" }, el("button", { type: "submit", class: "second small" }, say(key))),
    );
  }

  line({ certificates, edition, provenance: page }) {
    const said = [
      say("papers.count", { count: number(certificates.length) }),
      edition ? say("requests.number.of", { number: number(edition.number), of: number(edition.of) }) : "",
      page ? say("page.visible") : "",
    ];
    return said.filter(Boolean).join(", ");
  }

  due({ stage, edition }) {
    return stage === "qc" && (!this.room.piece?.edition_of || !edition);
  }

  draw(told) {
    const { piece, me } = this.room;
    const house = HOUSE.includes(me.role);
    this.lay(this.#papers, told.certificates, () => [this.#certified_(told.certificates)]);
    const papers = told.files.filter(({ kind }) => kind === "certificate").toReversed();
    const { file } = this.#certificate.element.elements;
    file.dataset.place = "scans";
    this.lay(file, papers, () => [el("option", { value: "" }, say("papers.file.none")), ...papers.map((one) => el("option", { value: one.file }, say("papers.file.each", { date: dayOf(one.made_at), size: bytes(one.size) })))]);
    this.#certificate.restore();
    const limited = Boolean(piece?.edition_of);
    const early = NUMBERED_FROM.includes(told.held_from ?? told.stage) || ["declined", "cancelled"].includes(told.stage);
    this.lay(this.#number, [told.edition, limited, early], () => [
      el(
        "p",
        { class: told.edition ? "number" : "part-note" },
        told.edition ? say("requests.number.of", { number: number(told.edition.number), of: number(told.edition.of) }) : say(!limited ? "number.open" : early ? "number.early" : "number.none", { of: number(piece?.edition_of ?? 0) }),
      ),
    ]);
    this.#give.element.hidden = !house || !limited || early || Boolean(told.edition);
    this.#void.element.hidden = me.role !== "owner" || !told.edition;
    this.#drawPage(told, house);
  }

  #drawPage(told, house) {
    const passed = told.quality?.passed;
    this.lay(this.#page, [told.provenance, passed], () => [this.#linked(told.provenance, passed)]);
    this.#publish.element.hidden = !house || !passed;
    this.#publish.element.querySelector("[value=show]").textContent = say(told.provenance ? "page.publish.again" : "page.publish");
    this.#publish.element.querySelector("[value=hide]").hidden = !told.provenance;
    const bench = told.files.filter(({ kind }) => kind === "bench").toReversed();
    this.lay(this.#bench, bench, () => (bench.length ? bench.map((one) => this.#file(one)) : [el("p", { class: "field-hint" }, say("page.files.none"))]));
    if (!this.#shownId) this.#publish.fill({ files: [] });
    this.#publish.restore();
    if (told.provenance && told.provenance !== this.#shownId) this.#asPublished(told.provenance);
  }

  /** What its page shows now is what stands, until something else is chosen. */
  async #asPublished(id) {
    this.#shownId = id;
    try {
      const { record } = await provenance(id);
      this.#publish.fill({ files: record.files.map(({ file }) => file) });
    } catch {
      // then nothing stands as chosen
    }
  }

  #file(file) {
    const picture = file.mime.startsWith("image/") ? this.room.image(file.file, "") : el("span", { class: "file-kind", "aria-hidden": "true" }, say("revision.film"));
    return tick({ name: "files", value: file.file }, picture, el("span", {}, [dayOf(file.made_at), bytes(file.size)].join(", ")));
  }

  #linked(id, passed) {
    if (!id) return el("p", { class: "part-note" }, say(passed ? "page.hidden" : "page.early"));
    const address = `${location.origin}/p/${id}`;
    const copy = async () => {
      try {
        await navigator.clipboard.writeText(address);
        this.room.say(say("page.copied"));
      } catch {
        getSelection().selectAllChildren(link);
        this.room.say(say("page.copy_by_hand"));
      }
    };
    const link = el("a", { href: address, target: "_blank", rel: "noreferrer" }, address);
    return el("p", { class: "page-linked" }, link, el("button", { type: "button", class: "quiet small", onclick: copy }, say("page.copy")));
  }

  #certified_(certificates) {
    if (!certificates.length) return el("p", { class: "part-note" }, say("papers.none"));
    const row = ({ material, source, issuer, paper, file }) =>
      el("tr", {}, el("th", { scope: "row" }, material), el("td", {}, source), el("td", {}, issuer), el("td", {}, file ? el("a", { href: this.room.address(file), download: "" }, paper || say("papers.scan")) : paper));
    const heads = ["material", "source", "issuer", "paper"].map((name) => el("th", { scope: "col" }, say(`papers.${name}`)));
    return el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": say("papers.title") }, el("table", {}, el("thead", {}, el("tr", {}, ...heads)), el("tbody", {}, ...certificates.map(row))));
  }

  async #scanned(file) {
    await this.room.look({ quietly: true });
    this.#certificate.element.elements.file.value = file;
    this.#certificate.keep();
  }

  async #certified({ material, source, issuer, paper, file }, { once }) {
    await this.room.change("certificates", { material, source, issuer, paper, file: file || null }, { once });
    this.room.say(say("papers.added"));
  }

  async #published({ files = [] }, { once, by }) {
    const visible = by !== "hide";
    await this.room.change("provenance", { visible, files }, { once, method: "PUT", versioned: true });
    this.#publish.fill({ files });
    this.room.say(say(visible ? "page.published" : "page.hid"));
  }
}
