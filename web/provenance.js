// Where a finished piece comes from: for anybody who holds it, by the id on its label. Nothing here is about its
// wearer. The same facts stand beside it for machines, as JSON-LD.

import { passing, provenance } from "./bespoke.js";
import { day } from "./calendar.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { known, loadWords, number, say, translated } from "./words.js";

const GRAMS = "GRM"; // UN/CEFACT

await loadWords([]);
const page = document.querySelector(".page");
const title = page.querySelector("h1");
const body = page.querySelector(".page-body");
page.querySelector(".brand").textContent = say("origin.title");

function show(state, heading, ...parts) {
  page.dataset.state = state;
  document.title = title.textContent = heading;
  body.replaceChildren(...parts.filter(Boolean));
}

const section = (key, ...parts) => el("section", { class: "wish-part" }, el("h3", {}, say(key)), ...parts);
const table = (facts) => el("dl", { class: "facts" }, ...facts.flatMap(([term, value]) => [el("dt", {}, term), el("dd", {}, value)]));
const link = (id, file) => `/v1/provenance/${encodeURIComponent(id)}/files/${encodeURIComponent(file)}`;

function material({ material: name, source, issuer, paper }) {
  const more = [source ? say("origin.from", { source }) : null, paper ? say("origin.paper", { paper, issuer }) : null].filter(Boolean);
  return [name, more.join(". ")];
}

function bench(id, { file, mime }, at) {
  const words = say(mime.startsWith("video/") ? "origin.film" : "origin.picture", { number: number(at + 1) });
  if (mime.startsWith("video/")) return el("video", { src: link(id, file), controls: true, playsinline: true, preload: "metadata", "aria-label": words });
  return el("img", { src: link(id, file), alt: words, loading: "lazy" });
}

/** The same for machines (schema.org). */
function described(id, { piece, edition, materials, quality, files }) {
  return {
    "@context": "https://schema.org",
    "@type": "IndividualProduct",
    "@id": `${location.origin}/p/${id}`,
    name: piece.name,
    description: piece.words,
    category: piece.kind,
    ...(edition ? { serialNumber: `${edition.number}/${edition.of}` } : {}),
    manufacturer: { "@type": "Organization", name: piece.maker },
    material: materials.map(({ material: name }) => name),
    weight: { "@type": "QuantitativeValue", value: quality.weight_g, unitCode: GRAMS },
    image: files.filter(({ mime }) => mime.startsWith("image/")).map(({ file }) => location.origin + link(id, file)),
  };
}

async function open() {
  const id = decodeURIComponent(location.pathname.split("/").at(-1)) || location.hash.slice(1);
  show("loading", say("origin.title"), el("p", { role: "status" }, say("origin.loading")));
  let told;
  try {
    told = await provenance(id);
  } catch (error) {
    const again = passing(error) ? el("button", { type: "button", class: "primary", onclick: open }, say("action.again")) : null;
    show(passing(error) ? "offline" : "none", say(passing(error) ? "request.offline" : "origin.none"), el("p", {}, say(errorKey(error.reason))), again);
    return;
  }
  const { record } = told;
  const { piece, edition, hallmark, materials, quality, files, care } = record;
  const checks = Object.entries(quality.checks).filter(([check]) => known(`origin.check.${check}`));
  show(
    "shown",
    piece.name,
    edition ? el("p", { class: "provenance-number" }, say("origin.number", { number: number(edition.number), of: number(edition.of) })) : null,
    piece.maker ? el("p", {}, say("origin.maker", { maker: piece.maker })) : null,
    el("p", { class: "page-lead" }, translated(piece.words)),
    table(
      [
        hallmark ? [say("origin.hallmark"), hallmark] : null,
        [say("origin.weight"), say("about.weight.value", { grams: number(quality.weight_g, 1) })],
        quality.finish ? [say("origin.finish"), quality.finish] : null,
      ].filter(Boolean),
    ),
    materials.length ? section("origin.materials", table(materials.map(material))) : null,
    section(
      "origin.quality",
      el("p", {}, say("origin.checked", { date: day(quality.on) })),
      table(checks.map(([check, outcome]) => [say(`origin.check.${check}`), say(`origin.outcome.${outcome}`)])),
    ),
    files.length ? section("origin.bench", el("div", { class: "provenance-files" }, ...files.map((file, at) => bench(id, file, at)))) : null,
    care ? section("origin.care", el("p", {}, care)) : null,
    el("p", { class: "fit-note" }, say("origin.private")),
  );
  document.head.append(el("script", { type: "application/ld+json" }, JSON.stringify(described(id, record))));
}

await open();
