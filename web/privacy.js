// What is held of a wearer, where and how long: the table that the server's sweeper goes by, in plain words. By her mail
// address she is sent a link to this very page, which says what is held under it and has it erased.

import { ask } from "./api.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { keptOf } from "./progress.js";
import { loadWords, number, say, sayCount, shownLanguage } from "./words.js";

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
    byMail(),
  ];
}

/** Where she writes her address; the answer tells nobody whether anything is held under it. */
function byMail() {
  const id = "erase-mail";
  const email = el("input", { id, class: "look-name", type: "email", autocomplete: "email", required: true, maxlength: 254 });
  const said = el("p", { role: "status" });
  const button = el("button", { type: "submit", class: "primary small" }, say("privacy.mail.button"));
  const send = async (event) => {
    event.preventDefault();
    button.disabled = true;
    try {
      const body = JSON.stringify({ email: email.value, language: shownLanguage() });
      await ask("/v1/erasures", { method: "POST", headers: { "Content-Type": "application/json" }, body });
      said.textContent = say("privacy.mail.sent");
      email.value = "";
    } catch (error) {
      said.textContent = say(errorKey(error.reason));
    }
    button.disabled = false;
  };
  return el(
    "section",
    { class: "wish-part", "aria-labelledby": "by-mail" },
    el("h2", { id: "by-mail" }, say("privacy.mail.title")),
    el("p", {}, say("privacy.mail.text")),
    el("form", { class: "wish-field", onsubmit: send }, el("label", { for: id }, say("privacy.mail.label")), email, el("div", { class: "look-actions" }, button)),
    said,
    el("p", {}, say("privacy.mail.else")),
  );
}

/** What the mailed link would do; asked once, then done. */
async function byLink(token) {
  const erasure = async (method) => (await ask("/v1/erasure", { method, headers: { Authorization: `Bearer ${token}` } })).json();
  const entitle = (key) => {
    document.title = title.textContent = say(key);
    title.focus();
  };
  const stays = (held) => [
    held.under_way ? el("p", {}, sayCount("privacy.link.under_way", held.under_way)) : "",
    ...(held.kept.length ? keptOf(held) : []),
  ];
  const held = await erasure("GET");
  entitle("privacy.link.title");
  if (!held.requests) return [el("p", {}, say("privacy.link.nothing")), ...stays(held)];
  const trouble = el("p", { class: "trouble", role: "alert" });
  const use = async () => {
    button.disabled = true;
    try {
      const done = await erasure("POST");
      entitle("privacy.link.done");
      body.replaceChildren(el("p", {}, say("privacy.link.done.text")), ...stays(done));
      page.dataset.state = "erased";
    } catch (error) {
      trouble.textContent = say(errorKey(error.reason));
      button.disabled = false;
    }
  };
  const button = el("button", { type: "button", class: "primary", onclick: use }, say("erase.sure"));
  return [
    el("p", {}, sayCount("privacy.link.requests", held.requests)),
    el("p", {}, held.pictures ? sayCount("erase.pictures", held.pictures) : say("erase.pictures.none")),
    ...stays(held),
    el("p", {}, say("privacy.link.once")),
    el("div", { class: "look-actions" }, button),
    trouble,
  ];
}

const token = new URLSearchParams(location.hash.slice(1)).get("erase");
// out of the address, so that it is in no history and in nobody's sight
addEventListener("hashchange", () => location.reload()); // the link was opened where the page was
if (token) history.replaceState(null, "", location.pathname + location.search);

async function load() {
  try {
    const refused = token ? await opened() : "";
    if (page.dataset.state === "link") return;
    body.replaceChildren(refused, ...shown(await (await ask("/v1/privacy")).json()));
    page.dataset.state = "shown";
  } catch (error) {
    page.dataset.state = "failed";
    const again = el("button", { type: "button", class: "primary", onclick: load }, say("action.again"));
    body.replaceChildren(el("p", { role: "alert" }, say(errorKey(error.reason))), again);
  }
}

/** Shows what the link does; where it does nothing any more, why. */
async function opened() {
  try {
    body.replaceChildren(...(await byLink(token)));
    page.dataset.state = "link";
    return "";
  } catch (error) {
    if (!error.reason?.startsWith("erasure_")) throw error;
    return el("p", { class: "trouble", role: "alert" }, say(errorKey(error.reason)));
  }
}

await load();
