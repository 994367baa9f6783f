// One of the owner's own pieces: its model, its fields, its pictures, its seat, its versions. What she fills in is kept
// as she fills it in, by nobody's button; only publishing shows it to anybody.

import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { SeatPart } from "./seat.js";
import { PieceTurntable } from "./turntable.js";
import { bytes } from "./upload.js";
import { fixed, moment, number, say } from "./words.js";

const REST_MS = 600; // she rests for so long: then it is saved
const AGAIN_MS = 4000;
const LOOK_MS = 1000;
const DRAWN_PITCH_DEG = 14; // as in tryon/preparing.py

/** As in tryon.pieces.fields. */
export const KINDS = ["crown", "circlet", "tiara", "headband", "necklace", "choker", "ring", "bracelet", "earrings"];
const CHOICES = {
  kind: KINDS,
  worn_on: ["head", "neck", "left_hand", "right_hand", "ears"],
  finger: ["", "thumb", "index", "middle", "ring", "little"],
  line: ["tiara", "circlet", "perch", "headband", "neck", "finger", "wrist", "ear"],
  attachment: ["rigid_ring", "spring_band", "combs", "elastic", "chain"],
  currency: ["EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "INR", "AED", "PHP"],
};
const LISTS = ["materials", "stones", "sizes_made"];
const LONG = ["words", "care", "provenance"];
const TEXTS = ["name", "maker", "licence"];
const GROUPS = {
  what: ["name", "kind", "maker", "words", "materials", "stones"],
  place: ["worn_on", "finger", "line", "attachment"],
  size: ["height_mm", "weight_g", "inner_length_mm", "inner_breadth_mm", "inner_diameter_mm", "chain_length_mm", "arc_mm", "band_width_mm"],
  price: ["currency", "studio_from", "studio_to", "studio_weeks", "custom_from", "custom_to", "custom_weeks"],
  more: ["licence", "edition_of", "sizes_made", "tolerance_mm", "adjustable_mm", "spring_n_per_mm", "centre_x_mm", "centre_y_mm", "centre_z_mm", "care", "provenance"],
};
const MESH_SIZES = ["height_mm", "inner_length_mm", "inner_breadth_mm", "inner_diameter_mm"];
/** Fields that say nothing of pieces worn elsewhere. */
const ONLY = {
  finger: ({ line }) => line === "finger",
  inner_diameter_mm: ({ line }) => line === "finger",
  band_width_mm: ({ line }) => line === "finger",
  chain_length_mm: ({ line }) => line === "neck",
  inner_length_mm: ({ line }) => !["finger", "neck", "ear"].includes(line),
  inner_breadth_mm: ({ line }) => !["finger", "neck", "ear"].includes(line),
  arc_mm: ({ worn_on: on }) => on === "head",
  spring_n_per_mm: ({ attachment }) => attachment === "spring_band",
};

const unitOf = (name) => (name.endsWith("_mm") && name !== "spring_n_per_mm" ? "mm" : name === "weight_g" ? "g" : "");

export class PieceForm {
  #id;
  #told = null;
  #inputs = {};
  #fields = {};
  #saying = el("p", { class: "piece-kept", role: "status" });
  #title = el("h1", { tabindex: "-1" });
  #state = el("p", { class: "piece-state" });
  #mesh = el("div", { class: "mesh-says", "aria-live": "polite" });
  #pictures = el("div", { class: "piece-pictures" });
  #publish = el("div", { class: "piece-publish" });
  #versions = el("ol", { class: "plain versions", reversed: true });
  #trouble = el("p", { class: "trouble", role: "alert" });
  #seat = new SeatPart((values) => this.#set(values));
  #timer = 0;
  #looking = 0;
  #saved = Promise.resolve();
  #dirty = false;
  #closed = false;
  #refused = null;
  element;

  constructor(id) {
    this.#id = id;
    const part = (name, ...children) => el("section", { class: "piece-part", "data-part": name, "aria-labelledby": `piece-${name}` }, el("h2", { id: `piece-${name}` }, say(`catalogue.${name}`)), ...children);
    const grid = (names) => el("div", { class: "piece-fields" }, ...names.map((name) => this.#field(name)));
    const group = (name) => el("fieldset", { class: "piece-group" }, el("legend", {}, say(`catalogue.group.${name}`)), grid(GROUPS[name]));
    this.element = el(
      "article",
      { class: "piece" },
      el("a", { class: "back", href: "#catalogue" }, say("catalogue.back")),
      this.#title,
      this.#state,
      this.#trouble,
      part("model", el("p", { class: "field-hint" }, say("catalogue.model.hint")), this.#chooser(), this.#mesh),
      part("fields", el("p", { class: "field-hint" }, say("catalogue.fields.hint")), this.#saying, group("what"), group("place"), group("size"), group("price"), el("details", { class: "piece-more" }, el("summary", {}, say("catalogue.group.more")), grid(GROUPS.more))),
      part("pictures", this.#pictures),
      part("seat", this.#seat.element),
      part("publish", this.#publish, this.#versions),
    );
  }

  /** Bring it. */
  async load() {
    try {
      this.#show(await desk.piece(this.#id), { fill: true });
    } catch (error) {
      this.#trouble.textContent = troubleOf(error);
    }
    this.#title.focus();
  }

  /** It is left: what waits is saved now. */
  close() {
    this.#closed = true;
    clearTimeout(this.#looking);
    if (this.#dirty) this.#save();
  }

  // its fields

  #field(name) {
    const id = `piece-field-${name}`;
    const more = { id, name, "aria-describedby": `${id}-hint ${id}-wrong` };
    let input;
    if (CHOICES[name]) {
      const words = (value) => (name === "currency" ? value : value === "" ? say("finger.none") : say(name === "kind" || name === "finger" ? `${name}.${value}` : `${name}.is.${value}`));
      input = el("select", more, ...CHOICES[name].map((value) => el("option", { value }, words(value))));
    } else if (LISTS.includes(name)) input = el("textarea", { ...more, rows: 2, maxlength: 2000 });
    else if (LONG.includes(name)) input = el("textarea", { ...more, rows: name === "words" ? 3 : 2, maxlength: 600 });
    else if (TEXTS.includes(name)) input = el("input", { ...more, maxlength: 120, autocomplete: "off" });
    else input = el("input", { ...more, inputmode: "decimal", maxlength: 12, autocomplete: "off" });
    input.addEventListener("input", () => this.#typed());
    this.#inputs[name] = input;
    const unit = unitOf(name);
    const label = el("label", { for: id }, say(`field.${name}`), unit ? el("span", { class: "unit" }, ` ${unit}`) : null, el("span", { class: "needed" }));
    const hint = el("span", { class: "field-hint", id: `${id}-hint` });
    const wrong = el("span", { class: "field-wrong", id: `${id}-wrong` });
    return (this.#fields[name] = el("p", { class: "field", "data-field": name }, label, input, hint, wrong));
  }

  #read() {
    const draft = { ...this.#told.draft };
    const unread = [];
    for (const [name, input] of Object.entries(this.#inputs)) {
      const value = input.value;
      if (LISTS.includes(name)) draft[name] = value.split("\n").map((line) => line.trim()).filter(Boolean).slice(0, 20).map((line) => line.slice(0, 120));
      else if (CHOICES[name] || LONG.includes(name) || TEXTS.includes(name)) draft[name] = value;
      else {
        const said = value.trim().replace(/[\s’']/g, "").replace(",", ".");
        draft[name] = said === "" ? null : Number(said);
        if (!Number.isFinite(draft[name] ?? 0)) {
          draft[name] = null;
          unread.push(name);
        }
      }
    }
    return { draft, unread };
  }

  #fill(draft) {
    for (const [name, input] of Object.entries(this.#inputs)) {
      const value = draft[name];
      input.value = value === null || value === undefined ? "" : LISTS.includes(name) ? value.join("\n") : String(value);
    }
    this.#seat.fill(draft);
  }

  /** Fields that another part of the page set. */
  #set(values) {
    this.#told.draft = { ...this.#told.draft, ...values };
    this.#typed();
  }

  #typed() {
    this.#dirty = true;
    this.#saying.textContent = say("catalogue.saving");
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#save(), REST_MS);
  }

  /** One after the other: each is saved over what the one before told. */
  #save() {
    clearTimeout(this.#timer);
    this.#saved = this.#saved.then(() => this.#send());
    return this.#saved;
  }

  async #send() {
    if (!this.#dirty || !this.#told) return;
    this.#dirty = false;
    const { draft, unread } = this.#read();
    try {
      this.#show(await desk.savePiece(this.#id, draft, this.#told.version), { unread });
      this.#saying.textContent = this.#dirty ? say("catalogue.saving") : say("catalogue.saved");
    } catch (error) {
      if (error.reason === "changed_meanwhile") {
        // hers stands, over what somebody else or another tab did
        this.#told = { ...(await desk.piece(this.#id)), draft };
        this.#dirty = true;
        await this.#send();
        return;
      }
      this.#dirty = true;
      this.#saying.textContent = troubleOf(error);
      if (!this.#closed) this.#timer = setTimeout(() => this.#save(), AGAIN_MS);
    }
  }

  // how it stands

  #show(told, { fill = false, unread = [] } = {}) {
    this.#told = told;
    const { draft } = told;
    if (fill) this.#fill(draft);
    this.#title.textContent = draft.name || say("catalogue.nameless");
    this.#state.textContent = told.state === "shown" && told.changed ? say("catalogue.state.changed") : say(`catalogue.state.${told.state}`);
    this.#state.dataset.state = told.state;
    for (const [name, field] of Object.entries(this.#fields)) {
      field.hidden = !(ONLY[name]?.(draft) ?? true);
      const input = this.#inputs[name];
      field.querySelector(".needed").textContent = told.needed.includes(name) ? ` ${say("catalogue.needed")}` : "";
      input.toggleAttribute("required", told.needed.includes(name));
      const wrong = told.wrong.find((each) => each.field === name);
      const words = unread.includes(name) ? say("wrong.unread") : wrong ? say(`wrong.${wrong.code}`, { low: number(wrong.low, 2), high: number(wrong.high, 2) }) : "";
      const begun = unread.includes(name) || (wrong && wrong.code !== "missing");
      field.querySelector(".field-wrong").textContent = words;
      if (begun) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
      const size = MESH_SIZES.includes(name) ? told.mesh?.sizes[name] : undefined;
      const known = { materials: say("field.materials.hint"), stones: say("field.materials.hint"), sizes_made: say("field.materials.hint") }[name];
      field.querySelector(".field-hint").textContent = size === undefined ? (known ?? "") : say("field.mesh", { size: fixed(size, 1) });
    }
    this.#showMesh(this.#refused ?? told.mesh);
    this.#showPictures(told);
    this.#seat.show(this.#id, told);
    this.#showPublish(told);
  }

  // its model

  #chooser() {
    const input = el("input", { type: "file", accept: ".glb,.zip,model/gltf-binary,application/zip", class: "unseen", id: "piece-mesh" });
    input.addEventListener("change", () => {
      const [file] = input.files;
      input.value = "";
      if (file) this.#bring(file);
    });
    return el("div", { class: "upload" }, el("label", { class: "upload-choose" }, input, el("span", {}, say("catalogue.model.choose"))));
  }

  async #bring(file) {
    const going = new AbortController();
    const bar = el("progress", { max: 1, value: 0, "aria-label": say("upload.progress", { name: file.name }) });
    const said = el("span", {}, say("upload.going", { percent: number(0) }));
    this.#mesh.replaceChildren(bar, said, el("button", { type: "button", class: "quiet small", onclick: () => going.abort() }, say("upload.stop")));
    try {
      await this.#save();
      const { mesh, piece } = await desk.bringMesh(
        this.#id,
        file,
        (share) => {
          bar.value = share;
          said.textContent = share < 1 ? say("upload.going", { percent: number(Math.floor(100 * share)) }) : say("catalogue.model.checking");
        },
        going.signal,
      );
      this.#refused = mesh.errors.length ? mesh : null;
      this.#show(piece, { fill: !mesh.errors.length && !this.#dirty });
      if (!mesh.errors.length) await this.#draw();
    } catch (error) {
      this.#showMesh(this.#told.mesh);
      if (!going.signal.aborted) this.#mesh.prepend(el("p", { class: "trouble", role: "alert" }, troubleOf(error)));
    }
  }

  #showMesh(mesh) {
    if (!mesh) {
      this.#mesh.replaceChildren(el("p", {}, say("catalogue.model.none")));
      return;
    }
    // the gate speaks English, as the command line does
    const rows = (kind) => mesh[kind].map((words) => el("li", { class: `finding-${kind}`, lang: "en" }, words));
    const refused = mesh.errors.length > 0;
    const kept = refused && this.#told.mesh ? ` ${say("catalogue.model.kept", { name: this.#told.mesh.name })}` : "";
    this.#mesh.replaceChildren(
      el("p", { class: refused ? "trouble" : "mesh-good" }, say(refused ? "catalogue.model.refused" : "catalogue.model.good", { name: mesh.name || say("catalogue.model.file"), size: bytes(mesh.bytes) }) + kept),
      el("ul", { class: "findings" }, ...rows("errors"), ...rows("warnings"), ...rows("facts")),
    );
  }

  // its pictures

  async #draw() {
    try {
      this.#show(await desk.drawPiece(this.#id));
    } catch (error) {
      this.#pictures.prepend(el("p", { class: "trouble", role: "alert" }, troubleOf(error)));
    }
  }

  #showPictures({ mesh, pictures, drawing, draft }) {
    clearTimeout(this.#looking);
    const button = (key) => el("button", { type: "button", class: "second", onclick: () => this.#draw() }, say(key));
    if (!mesh) this.#lay(this.#pictures, "none", () => [el("p", {}, say("catalogue.pictures.first"))]);
    else if (drawing && !drawing.trouble) {
      this.#lay(this.#pictures, "drawing", () => [el("progress", { max: drawing.of, "aria-label": say("catalogue.pictures.going") }), el("p", { class: "drawing-says" })]);
      this.#pictures.querySelector("progress").value = drawing.done;
      this.#pictures.querySelector(".drawing-says").textContent = say("catalogue.pictures.done", { done: number(drawing.done), of: number(drawing.of) });
      if (!this.#closed) this.#looking = setTimeout(() => this.#look(), LOOK_MS);
    } else if (drawing) this.#lay(this.#pictures, `trouble ${drawing.trouble}`, () => [el("p", { class: "trouble", role: "alert" }, say("catalogue.pictures.trouble"), " ", el("span", { lang: "en" }, drawing.trouble)), button("catalogue.pictures.again")]);
    else if (!pictures.length) this.#lay(this.#pictures, "wanted", () => [el("p", {}, say("catalogue.pictures.wanted")), button("catalogue.pictures.draw")]);
    else this.#lay(this.#pictures, pictures[0], () => turntable(pictures, draft.name));
  }

  /** Lay nodes into a place, unless the same were laid before: what has the focus is not taken out of the page. */
  #lay(place, now, nodes) {
    if (place.dataset.now === now) return;
    place.dataset.now = now;
    place.replaceChildren(...nodes());
  }

  async #look() {
    try {
      const told = await desk.piece(this.#id);
      if (this.#closed) return;
      this.#told = { ...told, draft: this.#dirty ? this.#told.draft : told.draft };
      this.#showPictures(told);
      this.#showPublish(told);
    } catch {
      if (!this.#closed) this.#looking = setTimeout(() => this.#look(), AGAIN_MS);
    }
  }

  // its versions

  #showPublish({ waits, changed, state, published, versions }) {
    const press = (key, kind, work) => {
      const button = el("button", { type: "button", class: kind }, say(key));
      button.addEventListener("click", async () => {
        button.disabled = true;
        this.#publish.querySelector(".trouble")?.remove();
        try {
          await this.#save();
          this.#show(await work());
        } catch (error) {
          button.disabled = false;
          this.#publish.append(el("p", { class: "trouble", role: "alert" }, error.reason === "mesh_refused" ? el("span", { lang: "en" }, error.message) : troubleOf(error)));
        }
      });
      return button;
    };
    const waiting = waits.map((what) => el("li", {}, say(`catalogue.waits.${what}`)));
    const shelf = published
      ? press(state === "shown" ? "catalogue.withdraw" : "catalogue.show", "second", () => desk.showPiece(this.#id, state !== "shown", this.#told.version))
      : null;
    const now = JSON.stringify([waits, changed, state, published]);
    this.#lay(this.#publish, now, () =>
      [
        waiting.length ? el("div", {}, el("p", {}, say("catalogue.waits")), el("ul", {}, ...waiting)) : null,
        !waiting.length && changed ? el("p", {}, say(published ? "catalogue.publish.again" : "catalogue.publish.hint")) : null,
        !waiting.length && changed ? press("catalogue.publish.do", "primary", () => desk.publishPiece(this.#id, this.#told.version)) : null,
        !changed ? el("p", { role: "status" }, say(`catalogue.published.${state}`, { number: number(published) })) : null,
        shelf,
      ].filter(Boolean),
    );
    this.#versions.replaceChildren(...versions.map((each) => el("li", { value: each.number }, say("catalogue.version.at", { number: number(each.number), at: moment(each.made_at) }))));
  }
}

/** The poster, and the piece to be turned, as it was drawn all round. */
function turntable([poster, ...turns], name) {
  const turned = new PieceTurntable();
  const step = 360 / turns.length;
  queueMicrotask(() => turned.show(async (yaw) => turns[yaw / step], { name, start: { yaw: 0, pitch: DRAWN_PITCH_DEG }, step }));
  return [
    el("figure", {}, el("img", { src: poster, alt: say("catalogue.poster.alt", { name }), width: 640, height: 480 }), el("figcaption", {}, say("catalogue.poster"))),
    turned,
  ];
}
