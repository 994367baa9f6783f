// What stands beside a price: what drives it, and what the house promises of repairs and returns. The promise is the
// shop's own (GET /v1/policy) and is asked for when somebody looks.

import { ask } from "./api.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { list, number, say, sayCount, shownLanguage, translated } from "./words.js";

let asked = null;

function policy() {
  asked ??= ask("/v1/policy", { headers: { "Accept-Language": shownLanguage() } }).then((answer) => answer.json());
  asked.catch(() => (asked = null)); // it may be asked for again
  return asked;
}

/** What the price of a piece rests on, in its own facts; `only` one of its tiers, or of all. */
export function driversOf(piece, only = "") {
  const tiers = Object.entries(piece.tiers).filter(([name]) => !only || name === only);
  if (!tiers.length) return null;
  const of = (name) => say(`about.tier.${name}`);
  const rows = [
    ["metal", piece.materials.length ? say("price.by.metal", { metals: list(piece.materials.map(translated)), grams: number(piece.weight_g) }) : ""],
    ["stones", list(piece.stones.map(translated))],
    [
      "production",
      list(
        tiers
          .filter(([, { lead_time_weeks: weeks }]) => weeks)
          .map(([name, { lead_time_weeks: weeks }]) => say(`price.by.production.${name}`, { tier: of(name), weeks: sayCount("about.tier.weeks", weeks) })),
      ),
    ],
    ["provenance", piece.edition_of ? say("price.by.provenance.edition", { count: number(piece.edition_of) }) : say("price.by.provenance")],
    ["fit", list(tiers.map(([name]) => say(`price.by.fit.${name}`, { tier: of(name) })))],
  ].filter(([, words]) => words);
  return el(
    "details",
    { class: "fold drivers" },
    el("summary", {}, say("price.by")),
    el("dl", { class: "facts" }, ...rows.flatMap(([driver, words]) => [el("dt", {}, say(`driver.${driver}`)), el("dd", {}, words)])),
  );
}

/** Repairs and returns, of these tiers. */
export function policyOf(tiers) {
  const said = el("div", { role: "status" });
  const fold = el("details", { class: "fold policy" }, el("summary", {}, say("terms.title")), said);
  fold.addEventListener("toggle", async () => {
    if (!fold.open || said.childElementCount) return;
    try {
      const { language, text } = await policy();
      const words = ["repair", "adjust", ...tiers, "rights"].flatMap((name) => text[name].split("|"));
      said.lang = language;
      said.replaceChildren(...words.map((paragraph) => el("p", { class: "fit-note" }, paragraph)));
    } catch (error) {
      said.replaceChildren();
      said.textContent = say(errorKey(error.reason));
    }
  });
  return fold;
}
