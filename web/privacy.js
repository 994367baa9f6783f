// What is held of a wearer, where and how long: the table that the server's sweeper goes by, in plain words.

import { ask } from "./api.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { loadWords, number, say } from "./words.js";

await loadWords([]);
const page = document.querySelector(".page");
const title = page.querySelector("h1");
const body = page.querySelector(".page-body");
page.querySelector(".brand").textContent = say("page.title");
document.title = title.textContent = say("privacy.title");

const until = ({ what, ends, days }) => (ends === "days" ? say(`privacy.until.${what}`, { days: number(days) }) : say(`privacy.ends.${ends}`));

function shown({ lines }) {
  const head = ["what", "where", "until"].map((name) => el("th", { scope: "col" }, say(`privacy.head.${name}`)));
  const row = (line) =>
    el(
      "tr",
      { "data-what": line.what },
      el("th", { scope: "row" }, say(`privacy.what.${line.what}`)),
      el("td", { "data-head": say("privacy.head.where") }, say(`privacy.where.${line.where}`)),
      el("td", { "data-head": say("privacy.head.until") }, until(line)),
    );
  return [
    el("p", {}, say("privacy.text")),
    el("table", { class: "held" }, el("caption", { class: "unseen" }, say("privacy.title")), el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...lines.map(row))),
    el("h2", {}, say("privacy.yours.title")),
    ...["visit", "fit", "request", "child", "nobody"].map((part) => el("p", {}, say(`privacy.yours.${part}`))),
  ];
}

async function load() {
  try {
    body.replaceChildren(...shown(await (await ask("/v1/privacy")).json()));
    page.dataset.state = "shown";
  } catch (error) {
    page.dataset.state = "failed";
    const again = el("button", { type: "button", class: "primary", onclick: load }, say("action.again"));
    body.replaceChildren(el("p", { role: "alert" }, say(errorKey(error.reason))), again);
  }
}

await load();
