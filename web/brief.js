// What a client wishes, as she sent it: facts, her pictures, and what was measured of her with its doubt.

import { el } from "./element.js";
import { facts, Part } from "./part.js";
import { length, recalledUnit } from "./unit.js";
import { day, known, languageName, moment, say } from "./words.js";

const BARE = ["head_shape_index"]; // a number without a unit

export class Brief extends Part {
  #facts = this.place("facts");
  #pictures = this.place("hers");
  #measures = this.place("measures");

  constructor(room, key) {
    super(room, "wish", key);
    this.body.append(this.#facts, this.#pictures, this.#measures);
  }

  line({ wish }) {
    return [this.room.pieceName(wish.wished), wish.tier && say(`tier.${wish.tier}`)].filter(Boolean).join(", ");
  }

  due({ stage }) {
    return ["enquiry", "consultation"].includes(stage);
  }

  draw(told) {
    const { wish } = told;
    this.lay(this.#facts, [wish, told.possible], () => [
      facts([
        [say("requests.piece"), this.line(told)],
        [say("requests.event"), wish.event_date ? `${day(wish.event_date)}. ${say(`answer.${told.possible.answer}`)}` : ""],
        [say("requests.email"), wish.email],
        [say("requests.phone"), wish.phone],
        [say("brief.language"), languageName(wish.language)],
        [say("requests.hair"), [wish.hairstyle && say(`hairstyle.${wish.hairstyle}`), wish.veil && say(`veil.${wish.veil}`)].filter(Boolean).join(", ")],
        [say("requests.materials"), wish.materials],
        [say("requests.stones"), wish.stones],
        [say("requests.notes"), wish.notes],
        [say("brief.sent"), told.submitted_at ? moment(told.submitted_at) : ""],
      ]),
    ]);
    const pictures = told.files.filter(({ kind }) => kind === "snapshot");
    this.lay(this.#pictures, pictures, () => [
      pictures.length ? el("h4", {}, say("brief.pictures")) : null,
      pictures.length ? el("div", { class: "hers" }, ...pictures.map(({ file, made_at: at }) => el("a", { href: this.room.address(file), target: "_blank", rel: "noreferrer" }, this.room.image(file, say("brief.picture", { date: moment(at) }))))) : null,
    ]);
    const measured = Object.entries(wish.measured?.measurements ?? {}).filter(([name]) => known(`fit.name.${name}`) && !BARE.includes(name));
    this.lay(this.#measures, measured, () => [
      measured.length ? el("h4", {}, say("brief.measures")) : null,
      measured.length ? el("div", { class: "wide", tabindex: "0", role: "region", "aria-label": say("brief.measures") }, table(measured)) : null,
    ]);
  }
}

function table(measured) {
  const unit = recalledUnit();
  const row = ([name, { value_mm: mm, u95_mm: u95, scale }]) => {
    const { value, u95: doubt, unit: words } = length(mm, u95, unit);
    return el("tr", {}, el("th", { scope: "row" }, say(`fit.name.${name}`)), el("td", {}, say("brief.value", { value, u95: doubt, unit: words })), el("td", {}, known(`reference.${scale?.source}`) ? say(`reference.${scale.source}`) : ""));
  };
  return el("table", {}, el("thead", {}, el("tr", {}, ...["brief.measure", "brief.measured", "brief.by"].map((key) => el("th", { scope: "col" }, say(key))))), el("tbody", {}, ...measured.map(row)));
}
