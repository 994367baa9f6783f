// What there is to know about a piece: its words, its true size, what it is made of and what it costs.

import { el } from "./element.js";
import { known, list, number, price, say } from "./words.js";

/** The piece as a heading, a sentence and a table of facts. `heading` is the element's name of its title. */
export function about(piece, heading = "h1") {
  return [
    el(heading, { class: "piece-name" }, piece.name),
    piece.maker ? el("p", { class: "piece-maker" }, say("page.maker", { maker: piece.maker })) : null,
    el("p", { class: "piece-words" }, piece.words),
    el("dl", { class: "facts" }, ...facts(piece).flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)])),
    el("p", { class: "piece-size" }, say("about.size")),
  ].filter(Boolean);
}

function facts(piece) {
  const { size } = piece;
  const [long, across] = [number(size.inner_length_mm), number(size.inner_breadth_mm)];
  const inside = long === across ? say("size.round", { across }) : say("size.oval", { long, across });
  const made = [...piece.materials, ...piece.stones];
  return [
    [say("about.inside"), inside],
    [say("about.height"), say("size.high", { height: number(size.height_mm) })],
    [say("about.weight"), say("about.weight.value", { grams: number(piece.weight_g) })],
    made.length ? [say("about.materials"), list(made)] : null,
    piece.edition_of ? [say("about.edition"), say("about.edition.of", { count: number(piece.edition_of) })] : null,
    ...Object.entries(piece.tiers).map(([name, tier]) => tierFact(name, tier)),
  ].filter(Boolean);
}

function tierFact(name, tier) {
  const parts = [];
  const { price_from: from, price_to: to, currency, lead_time_weeks: weeks } = tier;
  if (from && currency) {
    parts.push(say("about.tier.price", { from: price(from, currency), to: price(to ?? from, currency) }));
  }
  if (weeks) parts.push(say("about.tier.weeks", { weeks: number(weeks) }));
  if (!parts.length || !known(`about.tier.${name}`)) return null;
  return [say(`about.tier.${name}`), parts.join(", ")];
}
