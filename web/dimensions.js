// What a design says of its fit: on what it was drawn, its verdict on her measures, and its dimensions.

import { el } from "./element.js";
import { fitOf, reference } from "./fit.js";
import { MM, recalledUnit, unitChoice } from "./unit.js";
import { fixed, known, say } from "./words.js";

const COLUMNS = ["declared", "mesh"];

/** A length that is exact but for its last digit. */
const exact = (mm, unit) => (unit === "in" ? `${fixed(mm / MM.in, 2)} ${say("unit.in")}` : `${fixed(mm, 1)} ${say("unit.mm")}`);

/** On what it was drawn and by what reference, as its client reads it. */
const toClient = (fit) => [fit.drawn_on ? el("p", { class: "fit-note" }, say(`design.drawn.${fit.drawn_on}`)) : null, fit.scale ? reference(fit.scale, {}) : null];

/** `fit` as a drawing or a revision tells it; `again(unit)` is called when another unit was chosen; `about(fit)` is what
 * stands before its verdict. */
export function dimensions(fit, piece, again, about = toClient) {
  const unit = recalledUnit();
  const rows = Object.entries(fit.size ?? {}).filter(([name]) => known(`design.size.${name}`));
  const cell = (value) => el("td", {}, value === null || value === undefined ? "–" : exact(value, unit));
  const heads = COLUMNS.map((name) => el("th", { scope: "col" }, say(`design.size.${name}`)));
  return el(
    "div",
    { class: "design-fit" },
    ...about(fit),
    fit.verdict && piece ? fitOf(piece, fit.verdict) : null,
    rows.length ? el("div", { class: "fit-head" }, el("h4", {}, say("design.size")), unitChoice(unit, again)) : null,
    rows.length
      ? el(
          "table",
          { class: "design-sizes" },
          el("thead", {}, el("tr", {}, el("td", {}), ...heads)),
          el(
            "tbody",
            {},
            ...rows.map(([name, { declared_mm: declared, mesh_mm: mesh }]) =>
              el("tr", {}, el("th", { scope: "row" }, say(`design.size.${name}`)), cell(declared), cell(mesh)),
            ),
          ),
        )
      : null,
  );
}
