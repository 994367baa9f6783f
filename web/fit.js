// <fit-panel>: her measures and how each piece fits her. No number stands without its doubt, and none is surer than
// what the artisan reads: both come from the same report.

import { el, icon, svg } from "./element.js";
import { METHODS } from "./known.js";
import { REFUSED } from "./measure.js";
import { length, plain, recalledUnit, said, unitChoice } from "./unit.js";
import { fixed, known, list, number, say, sayCount, unbroken } from "./words.js";

/** What may be said of a piece, in words and by a mark of its own shape. */
export const VERDICTS = ["fits", "adjust", "cannot_tell", "too_small", "too_large"];
/** What was missing or does not agree, that has words; the rest is said in general. */
export const REASONS = [
  "face_not_found",
  "look_straight",
  "turn_to_the_side",
  "come_closer",
  "hair_loose",
  "hair_thick",
  "glasses_dark",
  "face_half_shaded",
  "photograph",
  "face_small",
  "free_neck",
  "forehead_covered",
  "hairline_unclear",
  "card_unclear",
  "marker_unclear",
  "references_disagree",
  "visits_disagree",
  "head_circumference_disagrees",
  "neck_circumference_disagrees",
  "wrist_circumference_disagrees",
  "interpupillary_distance_disagrees",
  "hat_size_disagrees",
  "finger_disagrees",
  "bangle_inner_diameter_disagrees",
  "band_two",
  "band_small",
  "band_one_end",
  "band_seam_hidden",
  "band_open",
  "band_uneven",
  "band_impossible",
  "print_off",
  "print_unchecked",
  "marker_unchecked",
  "hand_not_measured",
  "card_beside_hand",
  "card_elsewhere",
  "turned",
  "thumb_closed",
  "sleeve",
  "not_told_apart",
  "blurred",
  "too_small",
  "edge_of_picture",
];
// ends of the scale that a measure is drawn on, mm: where people are, and a little more
const SCALES = {
  head_circumference: [480, 640],
  head_circumference_over_hair: [480, 680],
  head_breadth: [120, 190],
  head_length: [150, 230],
  head_arc_ear_to_ear: [270, 420],
  forehead_height: [30, 90],
  head_shape_index: [0.65, 0.95],
  face_breadth: [105, 170],
  interpupillary_distance: [48, 76],
  neck_circumference: [240, 480],
  neck_base_circumference: [280, 560],
  wrist_circumference: [120, 220],
  hand_breadth: [60, 105],
  hand_circumference: [150, 230],
  hand_circumference_tucked: [150, 260],
  ...Object.fromEntries(["index", "middle", "ring", "little"].map((finger) => [`finger_inner_diameter_${finger}`, [11, 24]])),
};
// what a tape, an optician or a shop says itself; the rest follows from it
const GIVEN = [
  "head_circumference_over_hair",
  "interpupillary_distance",
  "neck_circumference",
  "wrist_circumference",
  "hand_circumference_tucked",
];
const FINE = ["interpupillary_distance"];
const SYSTEMS = ["us", "uk", "eu", "jp"];
const ROOM_MM = { ring: 3 }; // the gap of a piece is drawn from at least so much too little to so much too much
const ROOM_MOST_MM = 40; // of what goes round more than a finger
const CROWN_MM = 90; // from the top of a head to its brows
const SURE = 0.9;
const LIKELY = [
  [0.99, "almost"],
  [SURE, "very"],
  [0.66, "likely"],
  [0.33, "perhaps"],
  [0, "hardly"],
];

/** Whether there is anything to say of how a piece fits: earrings have no size. */
export const sized = (fit) => Boolean(fit) && !(fit.verdict === "fits" && fit.gap_mm === null);

/** How likely in words, rounded down: nobody is told more than there is. */
export function likely(probability) {
  const [, word] = LIKELY.find(([least]) => probability >= least);
  const of = Math.min(Math.floor(100 * probability), 99);
  return of < 1 ? say("fit.likely.none") : say(`fit.likely.${word}`, { of: number(of) });
}

/** What was missing or does not agree; why a card was refused has the guide's own words. */
function why(reason) {
  if (REFUSED.includes(reason)) return say(`measure.refused.${reason}`);
  return say(REASONS.includes(reason) ? `fit.reason.${reason}` : "fit.reason.other");
}

/** A phrase of the report in this page's language, its numbers as people write them here. */
function phrase({ key, values = {} }) {
  const decimal = (value) => fixed(Number(value), (value.split(".")[1] ?? "").length);
  const local = ([name, value]) => [name, /^-?\d+(\.\d+)?( ± \d+(\.\d+)?)?$/.test(value) ? value.split(" ± ").map(decimal).join(" ± ") : value];
  return say(`verdict.${key}`, Object.fromEntries(Object.entries(values).map(local)));
}

const bandsToPrint = () => el("a", { href: "/v1/bands.pdf", target: "_blank", rel: "noopener" }, say("fit.bands"));

/** A mark of the verdict: its shape tells it apart, not its colour. */
export const mark = (verdict) => icon(`fit_${verdict}`);

/** Events: `card` and `keep` (detail: the piece whose fit card is to be drawn, or kept), `again` (measure once more), `know` (give numbers), `bespoke` (ask for a consultation), `forget` (start over), `sort` (detail: whether the shelf
 * is to be sorted by fit). */
export class FitPanel extends HTMLElement {
  #dialog;
  #body;
  #report = null;
  #outfit = [];
  #unit = recalledUnit();
  #sorted = false;

  /** Make the element known. */
  static define() {
    customElements.define("fit-panel", FitPanel);
  }

  connectedCallback() {
    this.#body = el("div", { class: "fit-body" });
    this.#dialog = el("dialog", { class: "fit", "aria-labelledby": "fit-title" }, this.#body);
    this.append(this.#dialog);
  }

  /** What was measured, or null. */
  get report() {
    return this.#report;
  }

  set report(report) {
    this.#report = report;
  }

  /** Ids of the pieces that have a size, what fits best first. */
  get ranked() {
    return Object.keys(this.#report.fit).filter((id) => sized(this.#report.fit[id]));
  }

  /** Show it; `outfit` is what she wears. */
  open(outfit) {
    this.#outfit = outfit;
    this.#unit = recalledUnit();
    this.#show();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  #show() {
    const { measurements, other_hand: other = {}, capture, steps, sizes = [] } = this.#report;
    const seen = told(measurements);
    const close = () => this.#dialog.close();
    const action = (key, type) =>
      el("button", { type: "button", class: "quiet", onclick: () => (close(), this.dispatchEvent(new Event(type))) }, say(key));
    const title = say(seen.length ? "fit.title" : "fit.none.title");
    const fits = seen.length ? this.#outfit.map(({ piece }) => fitOf(piece, this.#report.fit[piece.id])).filter(Boolean) : [];
    this.#body.replaceChildren(
      ...[
        el(
          "div",
          { class: "fit-head" },
          el("h2", { id: "fit-title", tabindex: "-1" }, title),
          seen.length ? unitChoice(this.#unit, (unit) => this.#rewrite(unit)) : null,
        ),
        ...quality(this.#report),
        ...fits,
        fits.length ? this.#cards() : null,
        seen.length && !fits.length ? el("p", { class: "fit-worn" }, say("fit.nothing_worn")) : null,
        seen.length ? this.#sort() : null,
        seen.length ? el("h3", {}, say("fit.measures")) : null,
        el("div", { class: "fit-measures" }, ...rows(measurements, other).map(([name, one]) => measureOf(name, one, this.#unit))),
        ...(seen.length ? sizesOf(sizes) : []),
        ...this.#steps(steps),
        el("p", { class: "fit-note" }, say("fit.kept")),
        el("p", { class: "fit-note" }, say("measure.child")),
        el(
          "div",
          { class: "look-actions" },
          el("button", { type: "button", class: "primary", onclick: close }, say("snapshot.close")),
          action(capture.visits ? "fit.again" : "fit.first", "again"),
          action("known.title", "know"),
          action("request.title", "bespoke"),
          seen.length ? action("fit.forget", "forget") : null,
        ),
      ].filter(Boolean),
    );
  }

  #rewrite(unit) {
    this.#unit = unit;
    this.#show();
    this.querySelector(`[data-unit=${unit}]`).focus();
  }

  /** What would narrow her head's measure, and what it would buy. */
  #steps(steps) {
    if (!steps.length) return [];
    const words = ({ code, u95_mm: now, u95_after_mm: after }) => {
      const [before, then] = [now, after].map((u95) => length(u95, u95, this.#unit).u95);
      if (before === then) return say(`fit.step.${code}.same`);
      return say(`fit.step.${code}`, { before, after: then, unit: say(`unit.${this.#unit}`) });
    };
    return [
      el("h3", {}, say("fit.steps")),
      el("ul", { class: "fit-steps" }, ...steps.filter(({ code }) => known(`fit.step.${code}`)).map((step) => el("li", {}, words(step)))),
    ];
  }

  /** To print, for the bench: a card a piece. */
  #cards() {
    const judged = this.#outfit.filter(({ piece }) => sized(this.#report.fit[piece.id]));
    const button = (type, key, piece) =>
      el(
        "button",
        { type: "button", class: "quiet", onclick: () => this.dispatchEvent(new CustomEvent(type, { detail: piece })) },
        say(key, { name: piece.name }),
      );
    return el(
      "div",
      { class: "look-actions" },
      ...judged.map(({ piece }) => button("card", "fit.card", piece)),
      judged.length ? button("keep", "fit.keep", judged[0].piece) : null,
    );
  }

  #sort() {
    const button = el(
      "button",
      { type: "button", role: "switch", class: "switch", "aria-checked": String(this.#sorted), onclick: () => toggle() },
      say("fit.sort"),
    );
    const toggle = () => {
      this.#sorted = !this.#sorted;
      button.ariaChecked = String(this.#sorted);
      this.dispatchEvent(new CustomEvent("sort", { detail: this.#sorted }));
    };
    return button;
  }
}

/** Names of the measures that have words, in the order they are told. */
export const told = (measurements) =>
  [...new Set([...Object.keys(SCALES), ...Object.keys(measurements)])].filter((name) => name in measurements && known(`fit.name.${name}`));

/** What is said of a verdict in a word or two, as a key of its words. */
export function wordOf({ verdict, gap_mm: gap, notes }) {
  // what is likeliest fits as it is, and too much of the rest would not
  if (verdict === "adjust" && notes[0]?.level === "fine") return "adjust_perhaps";
  return verdict === "cannot_tell" && gap === null ? "unmeasured" : verdict;
}

/** A size that a piece is made in, as shops say it. */
const sizeName = (size) => (size.startsWith("ISO ") ? say("fit.size.ring", { size: size.slice(4) }) : size);

/** How well she was seen, and what all of it rests on. */
export function quality({ measurements, capture, scale }) {
  const seen = told(measurements).length > 0;
  // of any finger in the same words
  const codes = capture.reasons.map((reason) => reason.replace(/^finger_.*_disagrees$/, "finger_disagrees"));
  const reasons = [...new Set(codes.map(why))];
  return [
    seen ? reference(scale, measurements) : el("p", {}, say("fit.none")),
    seen && capture.camera ? el("p", { class: "fit-note" }, camera(capture.camera)) : null,
    capture.visits > 1 ? el("p", { class: "fit-reference" }, sayCount("fit.visits", capture.visits)) : null,
    reasons.length ? el("ul", { class: "fit-reasons" }, ...reasons.map((words) => el("li", {}, words))) : null,
  ].filter(Boolean);
}

/** Hat, rings, chains and bracelets as four countries say them: from which size to which, and the likeliest. */
export function sizesOf(sizes) {
  const known = sizes.filter(({ systems }) => SYSTEMS.every((system) => systems[system]));
  const missing = sizes.filter((row) => !known.includes(row));
  const cell = ({ from, to, odds }) =>
    el(
      "td",
      {},
      el("strong", {}, from === to ? sizeLabel(from) : say("sizes.span", { from: sizeLabel(withoutUnit(from, to)), to: sizeLabel(to) })),
      el("span", {}, say("sizes.likeliest", { label: sizeLabel(odds[0].label), of: Math.min(Math.floor(100 * odds[0].probability), 99) })),
    );
  if (!sizes.length) return [];
  return [
    el("h3", {}, say("sizes.title")),
    el("p", { class: "fit-note" }, say("sizes.how")),
    known.length
      ? el(
          "div",
          { class: "sizes" },
          ...known.map(({ kind, systems }) =>
            el(
              "table",
              {},
              el("caption", {}, say(`sizes.kind.${kind}`)),
              el("thead", {}, el("tr", {}, ...SYSTEMS.map((system) => el("th", { scope: "col" }, say(`sizes.system.${system}`))))),
              el("tbody", {}, el("tr", {}, ...SYSTEMS.map((system) => cell(systems[system])))),
            ),
          ),
        )
      : null,
    missing.length
      ? el("p", { class: "fit-note" }, say("sizes.missing", { kinds: list(missing.map(({ kind }) => say(`sizes.kind.${kind}`))) }))
      : null,
  ].filter(Boolean);
}

/** The smaller of two sizes as it is said before the larger: `14` of `14 in` to `16 in`. */
function withoutUnit(from, to) {
  const [unit] = / \p{L}+$/u.exec(to) ?? [""];
  return unit && from.endsWith(unit) ? from.slice(0, -unit.length) : from;
}

/** A size as it is said here: numbers and inches as people of this language write them. */
function sizeLabel(label) {
  const [, over, rest] = /^(over )?(.*)$/.exec(label);
  const said = rest.replace(/^(\d+)\.(\d+)$/, (_, whole, part) => fixed(Number(`${whole}.${part}`), part.length)).replace(/ in$/, ` ${say("unit.in")}`)
    .replaceAll(" ", "\u00a0"); // 7 3/8 is one number
  return over ? say("sizes.over", { label: said }) : said;
}
/** All measures to show, [name, measurement]: of both hands each its own, one after the other. */
export const rows = (measurements, other = {}) =>
  told(measurements).flatMap((name) => [[name, measurements[name]], ...(name in other ? [[name, other[name]]] : [])]);

/** How one worn piece fits: the word, how likely, the room, what to do, and what would tell more. */
export function fitOf(piece, fit) {
  if (!sized(fit)) return null;
  const { verdict, probability, size, gap_of: line, gap_mm: gap, gap_u95_mm: u95, notes, next_step: next } = fit;
  const [first, ...others] = notes.map(({ words }) => ({
    action: phrase(words.action),
    because: words.because.map(phrase).join(" "),
  }));
  const step = next && phrase({ key: `step.${next.code}` });
  // what to do with the likeliest fit is no advice while nobody can tell
  const advised = verdict === "cannot_tell" && gap !== null ? null : first?.action;
  const more = [first?.because, ...others.map(({ action, because }) => `${because} ${action}`)].filter(Boolean);
  const word = wordOf(fit);
  const sure = gap === null ? null : say(verdict === "cannot_tell" ? "fit.sure.cannot_tell" : "fit.sure", { likely: likely(probability) });
  return el(
    "section",
    { class: "fit-piece", "data-verdict": verdict },
    el(
      "div",
      { class: "fit-verdict" },
      mark(verdict),
      el("h3", {}, piece.name),
      el("p", { class: "fit-word" }, say(`fit.verdict.${word}`), size && verdict !== "cannot_tell" ? ` ${say("fit.size", { size: sizeName(size) })}` : null),
    ),
    size && verdict === "cannot_tell" ? el("p", {}, say("fit.size.likeliest", { size: sizeName(size) })) : null,
    sure ? el("p", { class: "fit-sure" }, sure) : null,
    advised ? el("p", { class: "fit-action" }, advised) : null,
    gap === null ? null : line === "perch" ? perched(gap, u95) : lacking(gap, u95, ROOM_MM[line] ?? ROOM_MOST_MM),
    step && step !== advised ? el("p", {}, el("strong", {}, say("fit.next")), ` ${step}`) : null,
    next?.code === "paper_band" ? el("p", {}, bandsToPrint()) : null,
    more.length
      ? el(
          "details",
          { class: "fold" },
          el("summary", {}, say("fit.more")),
          ...more.map((words) => el("p", { class: "fit-note" }, words)),
        )
      : null,
  );
}

/** How much room it has on her, or lacks. */
function lacking(gap, u95, least) {
  const [value, doubt] = said(Math.abs(gap), Math.max(u95, 0.1));
  const words = say(gap < 0 ? "fit.gap.less" : "fit.gap.more", { gap: value, u95: doubt });
  const room = Math.max(least, Math.abs(gap) + 1.5 * u95);
  return drawn(words, band(gap, u95, -room, room, 0), say("fit.gap.ends"));
}

/** How far below the top of her head a perched crown rests. */
function perched(depth, u95) {
  const [gap, doubt] = said(depth, Math.max(u95, 0.1));
  return drawn(say("fit.gap.perch", { gap, u95: doubt }), band(depth, u95, 0, CROWN_MM), say("fit.gap.perch.ends"));
}

/** What is of one hand: as tryon.fit.sides.has_side. A kept record says of every measure which hand, of the rest none. */
const OF_A_HAND = /^(finger_|bangle_inner_|wrist_|hand_)/;

/** One measure: value and doubt, drawn on a scale, and what it rests on. */
export function measureOf(name, { value_mm: mm, u95_mm: u95, scale, samples, method, hand = null }, unit) {
  const fine = FINE.includes(name) || name.startsWith("finger_");
  const unitless = name === "head_shape_index";
  const [value, doubt] = unitless ? said(mm, u95) : [];
  const shown = unitless ? { value, u95: doubt, unit: "" } : length(mm, u95, unit, { fine });
  const [low, high] = SCALES[name] ?? [mm - 4 * u95, mm + 4 * u95];
  const ends = [low, high].map((end) => (unitless ? number(end, 2) : plain(end, unit, { fine })));
  return el(
    "section",
    { class: "fit-measure" },
    el("h4", {}, say(`fit.name.${name}`), hand === null || !OF_A_HAND.test(name) ? null : el("span", { class: "fit-hand" }, `, ${say(`fit.hand.${hand || "unsaid"}`)}`)),
    el(
      "p",
      { class: "fit-value" },
      el("span", { class: "fit-number" }, shown.value),
      unbroken(` ± ${shown.u95} ${shown.unit}`),
    ),
    band(mm, u95, low, high),
    el("p", { class: "fit-ends", "aria-hidden": "true" }, ...ends.map((end) => el("span", {}, end))),
    el(
      "p",
      { class: "fit-note" },
      `${say(`fit.what.${name}`)} `,
      unitless ? say("fit.rests.none") : rests(name, scale, samples, method),
    ),
  );
}

/** Words, what they say as a band on a scale, and what the scale's two ends are (`one|other`). */
function drawn(words, scale, ends) {
  return el(
    "div",
    { class: "fit-gap" },
    el("p", {}, words),
    scale,
    el("p", { class: "fit-ends", "aria-hidden": "true" }, ...ends.split("|").map((end) => el("span", {}, end))),
  );
}

/** What one number rests on: what she gave, what the mirror saw, and what both were scaled by. */
function rests(name, { source }, samples, method) {
  const by = method.split("+").filter((part) => part in METHODS);
  const given = list(by.map((part) => say(`fit.given.${METHODS[part]}`)));
  if (by.length && samples) return sayCount("fit.rests.both", samples, { given });
  if (by.length) return say(GIVEN.includes(name) || name.startsWith("finger_") ? "fit.rests.given" : "fit.rests.from", { given });
  const scaled = { scale: say(`fit.scale.${source}`) };
  return samples ? sayCount("fit.rests", samples, scaled) : say("fit.rests.guess", scaled);
}

/** What all of it was measured against; without a reference it is style, not size. */
export function reference(scale, measurements) {
  // without a scale the mirror saw nothing of her head: each number has its own
  const own = new Set(Object.values(measurements).map((one) => one.scale.source));
  const source = scale?.source ?? (own.size === 1 && !own.has("given") ? [...own][0] : "known");
  const words = say(`fit.reference.${source}`);
  if (source !== "prior") return el("p", { class: "fit-reference" }, words);
  return el("p", { class: "fit-reference" }, el("strong", {}, say("badge.styled")), ` ${words}`);
}

/** What her camera is known for: without, the doubt of its focal length is in every interval. */
const camera = ({ source, focal_u95_percent: u95 }) =>
  say(source === "prior" ? "fit.camera.prior" : "fit.camera.calibrated", { percent: number(u95, source === "prior" ? 0 : 1) });

/** An interval as a band on a scale, its middle as a stroke; `zero` marks a place of the scale. */
function band(value, u95, low, high, zero = null) {
  const at = (mm) => Math.min(Math.max((100 * (mm - low)) / (high - low), 0), 100);
  const [from, to] = [at(value - u95), at(value + u95)];
  const stroke = (mm, kind) => svg("rect", { class: kind, x: at(mm) - 0.3, y: 0, width: 0.6, height: 10 });
  return svg(
    "svg",
    { class: "band", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "band-all", x: 0, y: 4.5, width: 100, height: 1 }),
    svg("rect", { class: "band-doubt", x: from, y: 2, width: Math.max(to - from, 0.6), height: 6 }),
    ...(zero === null ? [] : [stroke(zero, "band-zero")]),
    stroke(value, "band-value"),
  );
}
