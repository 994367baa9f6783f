// A fit card that she had kept, for whoever has its link: her measures as they were taken, and how each piece of today
// fits them. Nobody reads more certainty here than on the day.

import * as api from "./api.js";
import { passing } from "./bespoke.js";
import { day } from "./calendar.js";
import { el, svg } from "./element.js";
import { fitOf, mark, measureOf, quality, rows, sized, sizesOf, wordOf } from "./fit.js";
import { errorKey } from "./panel.js";
import { recalledUnit, said, unitChoice } from "./unit.js";
import { known, loadWords, number, say, unbroken } from "./words.js";

const KEPT_MS = 60000; // how long a file stays to be saved
const MARGIN_MM = 6; // round the section

await loadWords(["fit"]);
const page = document.querySelector(".page");
const title = page.querySelector("h1");
const body = page.querySelector(".page-body");
const id = decodeURIComponent(location.pathname.split("/").at(-1));
const key = location.hash.slice(1);
page.querySelector(".brand").textContent = say("live.title");

let shelf = new Map();
let unit = recalledUnit();

function show(state, heading, ...parts) {
  page.dataset.state = state;
  title.textContent = heading;
  document.title = state === "shown" ? say("live.of", { name: heading }) : heading;
  body.replaceChildren(...parts.flat().filter(Boolean));
}

/** Offer a file to be saved. */
function save(blob, name) {
  const address = URL.createObjectURL(blob);
  el("a", { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), KEPT_MS);
}

/** A section at its own proportions: doubt, outline, the inside of the piece, and the room between. */
function drawing({ of, half_mm: [across, along], u95_mm: [more, longer], outline, doubt, inside, closed, gaps }) {
  const path = (points, end = true) => `M${points.map(([x, y]) => `${x} ${-y}`).join("L")}${end ? "Z" : ""}`;
  const all = [...doubt[1], ...(inside ?? [])];
  const [width, height] = [0, 1].map((axis) => Math.max(...all.map((point) => Math.abs(point[axis]))) + MARGIN_MM);
  const size = (value, u95) => say("live.mm", { value: said(value, u95).join(" ± ") });
  const words =
    across === along
      ? say("live.section.round", { across: size(2 * across, 2 * more) })
      : say("live.section.oval", { across: size(2 * across, 2 * more), along: size(2 * along, 2 * longer) });
  const what = known(`live.section.of.${of}`) ? say(`live.section.of.${of}`) : say(`fit.name.${of}`);
  const legend = inside ? (across === along ? "live.section.legend.round" : "live.section.legend") : "live.section.legend.bare";
  const room = ({ where, mm, u95_mm: u95 }) =>
    say(`live.${mm < 0 ? "short" : "room"}.${where.replaceAll(" ", "_")}`, { mm: size(Math.abs(mm), Math.max(u95, 0.1)) });
  return el(
    "figure",
    { class: "live-section" },
    svg(
      "svg",
      { viewBox: `${-width} ${-height} ${2 * width} ${2 * height}`, role: "img", "aria-label": `${what}: ${words}` },
      svg("path", { class: "live-doubt", d: path(doubt[1]) + path(doubt[0]), "fill-rule": "evenodd" }),
      svg("path", { class: "live-outline", d: path(outline) }),
      ...(inside ? [svg("path", { class: "live-inside", d: path(inside, closed) })] : []),
    ),
    el(
      "figcaption",
      {},
      el("p", {}, el("strong", {}, `${what}: `), unbroken(words)),
      el("p", { class: "live-legend" }, say(legend)),
      ...(gaps.length ? [el("ul", { class: "fit-steps" }, ...gaps.map((gap) => el("li", {}, room(gap))))] : []),
    ),
  );
}

/** All pieces, what fits best first; a press shows one of them. */
function pieces(fits, chosen) {
  const entry = ([piece, fit]) =>
    el(
      "li",
      {},
      el(
        "button",
        { type: "button", class: "live-piece", "data-piece": piece, "aria-current": piece === chosen ? "true" : null, onclick: () => open(piece) },
        mark(fit.verdict),
        el("span", {}, shelf.get(piece)?.name ?? piece),
        el("span", { class: "live-word" }, say(`fit.verdict.${wordOf(fit)}`)),
      ),
    );
  return el("ol", { class: "live-pieces" }, ...Object.entries(fits).filter(([, fit]) => sized(fit)).map(entry));
}

function actions(kept, name) {
  const status = el("p", { class: "look-said", role: "status" });
  const file = (kind, words) =>
    el("button", { type: "button", class: kind === "pdf" ? "primary" : "quiet", onclick: () => fetched(kind) }, say(words));
  async function fetched(kind) {
    status.textContent = say("fit.card.making");
    try {
      const as = `${say("fit.card.file", { name })}.${kind}`;
      if (kind === "json") save(new Blob([JSON.stringify(kept, null, 1)], { type: "application/json" }), as);
      else save(await api.keptCard(id, key, kept.piece, kind), as);
      status.textContent = "";
    } catch (error) {
      status.textContent = say(errorKey(error.reason));
    }
  }
  const sure = el(
    "div",
    { class: "live-sure", hidden: true },
    el("p", {}, say("live.delete.sure")),
    el("button", { type: "button", class: "primary", onclick: () => forget() }, say("live.delete.yes")),
    el("button", { type: "button", class: "quiet", onclick: () => ((sure.hidden = true), remove.focus()) }, say("live.delete.no")),
  );
  const remove = el(
    "button",
    { type: "button", class: "quiet", onclick: () => ((sure.hidden = false), sure.querySelector("button").focus()) },
    say("live.delete"),
  );
  async function forget() {
    try {
      await api.forgetFit(id, key);
      show("deleted", say("live.deleted.title"), el("p", {}, say("live.deleted")));
      title.focus();
    } catch (error) {
      status.textContent = say(errorKey(error.reason));
    }
  }
  const buttons = el("div", { class: "look-actions" }, file("pdf", "live.pdf"), file("csv", "live.csv"), file("json", "live.json"), remove);
  return el("section", { class: "live-actions" }, buttons, status, sure);
}

/** One piece's part: how it fits today, what was said then, its section. */
function judged(kept) {
  const fit = kept.measures.fit[kept.piece];
  const piece = shelf.get(kept.piece);
  if (!fit || !piece) return [el("p", {}, say("live.gone"))];
  const then = kept.judged_then[kept.piece];
  return [
    fitOf(piece, fit),
    then && then !== fit.verdict ? el("p", { class: "fit-note" }, say("live.then", { verdict: say(`fit.verdict.${then}`) })) : null,
    kept.drawn ? drawing(kept.drawn) : el("p", { class: "fit-note" }, say("live.section.none")),
  ];
}

function write(kept) {
  const { measures } = kept;
  const all = { ...measures.measurements, ...measures.over_hair, ...measures.planned_hair.measurements };
  const name = shelf.get(kept.piece)?.name ?? kept.piece;
  const units = unitChoice(unit, (chosen) => {
    unit = chosen;
    write(kept);
    body.querySelector(`[data-unit=${chosen}]`).focus();
  });
  const { accepted, frames } = measures.capture;
  const hair = measures.planned_hair.name;
  show(
    "shown",
    name,
    el("p", { class: "page-lead" }, say("live.when", { made: day(kept.made_at.slice(0, 10)), until: day(kept.until.slice(0, 10)) })),
    judged(kept),
    actions(kept, name),
    el("h3", {}, say("live.pieces")),
    pieces(measures.fit, kept.piece),
    el("div", { class: "fit-head" }, el("h3", {}, say("fit.measures")), units),
    el("p", { class: "fit-note" }, say("live.band")),
    el("div", { class: "fit-measures" }, ...rows(all, measures.other_hand).map(([each, one]) => measureOf(each, one, unit))),
    sizesOf(measures.sizes),
    el("h3", {}, say("live.quality")),
    quality(measures),
    frames ? el("p", { class: "fit-note" }, say("live.frames", { accepted: number(accepted), frames: number(frames) })) : null,
    hair ? el("p", { class: "fit-note" }, say("live.hair", { hair: say(`live.hair.${hair}`) })) : null,
    el("p", { class: "fit-note" }, say("measure.child")),
    el("p", { class: "fit-note" }, say("live.private")),
  );
}

async function open(piece = "") {
  if (!piece) show("loading", say("live.title"), el("p", { role: "status" }, say("live.loading")));
  try {
    const [kept, catalogue] = await Promise.all([api.keptFit(id, key, piece), shelf.size ? null : api.pieces()]);
    if (catalogue) shelf = new Map(catalogue.map((each) => [each.id, each]));
    write(kept);
    if (piece) title.focus();
  } catch (error) {
    const again = passing(error) ? el("button", { type: "button", class: "primary", onclick: () => open(piece) }, say("action.again")) : null;
    show(passing(error) ? "offline" : "none", say(passing(error) ? "request.offline" : "live.none"), el("p", {}, say(errorKey(error.reason))), again);
  }
}

await open();
