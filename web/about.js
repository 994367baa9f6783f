// What there is to know about a piece: its words, its true size, what it is made of and what it costs.

import { el } from "./element.js";
import { driversOf, policyOf } from "./policy.js";
import { sizeWords } from "./shelf.js";
import { known, list, money, number, price, say, sayCount, translated } from "./words.js";

/** The piece as a heading, a sentence, its size, and the rest behind a fold, which may be `open`. */
export function about(piece, { open = false } = {}) {
  return [
    el("h2", { class: "piece-name" }, piece.name),
    piece.maker ? el("p", { class: "piece-maker" }, say("page.maker", { maker: piece.maker })) : null,
    el("p", { class: "piece-words" }, translated(piece.words)),
    sold(piece),
    table(sizes(piece)),
    el(
      "details",
      { class: "fold", open },
      el("summary", {}, say("about.fold")),
      table(facts(piece)),
      el("p", { class: "piece-size" }, say("about.size")),
    ),
    driversOf(piece),
    Object.keys(piece.tiers).length ? policyOf(Object.keys(piece.tiers)) : null,
  ].filter(Boolean);
}

/** How the shop sells it on whose page this is. */
function sold({ offer }) {
  if (!offer) return null;
  const facts = [
    offer.price_minor === null ? null : [say("about.shop.price"), money(offer.price_minor, offer.currency)],
    offer.sizes ? [say("about.shop.sizes"), offer.sizes] : null,
  ].filter(Boolean);
  const link = offer.url ? el("p", {}, el("a", { class: "page-link", href: offer.url, target: "_blank", rel: "noopener" }, say("about.shop.link"))) : "";
  return el("div", { class: "piece-sold" }, facts.length ? table(facts) : "", link);
}

const table = (facts) =>
  el("dl", { class: "facts" }, ...facts.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));

function sizes(piece) {
  const { size } = piece;
  const high = [say("about.height"), say("size.high", { height: number(size.height_mm) })];
  const [long, across] = [number(size.inner_length_mm), number(size.inner_breadth_mm)];
  const inside = long === across ? say("size.round", { across }) : say("size.oval", { long, across });
  const shape = {
    neck: [[say("about.length"), sizeWords(piece)]],
    ears: [],
    head: [[say("about.inside"), inside], high],
  }[piece.worn_on] ?? [[say(size.chain_length_mm ? "about.length" : "about.inside"), sizeWords(piece)]];
  return [
    ...shape,
    [say("about.weight"), say("about.weight.value", { grams: number(piece.weight_g) })],
  ];
}

function facts(piece) {
  const made = [...piece.materials, ...piece.stones].map(translated);
  return [
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
  if (weeks) parts.push(sayCount("about.tier.weeks", weeks));
  if (!parts.length || !known(`about.tier.${name}`)) return null;
  return [say(`about.tier.${name}`), parts.join(", ")];
}
