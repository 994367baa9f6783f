// The atelier's page: the door, and behind it the console with its requests and people.

import { ApiError } from "./api.js";
import { Diary } from "./appointments.js";
import { Catalogue } from "./catalogue.js";
import * as desk from "./desk.js";
import { closedDoor, invitationDoor, signInDoor, troubleOf } from "./door.js";
import { el } from "./element.js";
import { People } from "./people.js";
import { Requests } from "./requests.js";
import { recall, remember } from "./unit.js";
import { Shops } from "./shops.js";
import { PieceTurntable } from "./turntable.js";
import { Ways } from "./ways.js";
import { loadWords, say } from "./words.js";

await loadWords(["fit", "trade", "atelier", "catalogue"]);
PieceTurntable.define();
document.title = say("atelier.title");

const SIGNED_OUT = "staff_unknown";
let me = null;
let rooms = {};

/** Show one thing on the page and put the reader's cursor there. */
function show(element) {
  document.body.querySelector(".door, .console")?.remove();
  document.body.append(element);
  element.querySelector("h1")?.focus();
}

const enter = (signedIn) => {
  me = signedIn;
  rooms = { requests: new Requests(me), diary: new Diary(), people: new People(me), ways: new Ways(me) };
  if (me.may.includes("pieces.keep")) rooms.catalogue = new Catalogue();
  if (me.may.includes("shops.keep")) rooms.shops = new Shops();
  show(console_());
  route();
};

const leave = (note = "") => {
  rooms.requests?.close();
  me = null;
  show(signInDoor(enter, note));
};

function console_() {
  const link = (name) => el("a", { href: `#${name}`, "data-room": name }, say(`atelier.${name}`));
  const out = async (everywhere) => {
    try {
      await desk.signOut({ everywhere });
      leave(say(everywhere ? "atelier.out.everywhere" : "atelier.out"));
    } catch (error) {
      if (error.reason === SIGNED_OUT) leave(say("atelier.out"));
      else document.querySelector(".console-says").textContent = troubleOf(error);
    }
  };
  const button = (key, everywhere) => el("button", { type: "button", class: "menu-item", onclick: () => out(everywhere) }, say(key));
  return el(
    "div",
    { class: "console" },
    el(
      "header",
      { class: "console-head" },
      el("p", { class: "brand" }, say("atelier.title")),
      el("nav", { class: "console-rooms", "aria-label": say("atelier.rooms") }, link("requests"), link("diary"), link("people"), rooms.catalogue ? link("catalogue") : null, rooms.shops ? link("shops") : null),
      el(
        "details",
        { class: "menu" },
        el("summary", {}, el("span", { class: "menu-name" }, me.name), el("span", { class: "menu-role" }, say(`role.${me.role}`))),
        el("div", { class: "menu-body" }, el("a", { class: "menu-item", href: "#ways" }, say("ways.title")), singleKeys(), button("atelier.sign_out", false), button("atelier.sign_out_everywhere", true)),
      ),
    ),
    el("p", { class: "console-says trouble", role: "alert" }),
    el("main", { class: "console-room" }),
  );
}

/** Keys that are pressed alone can be put out of use: they are in the way of speech and of shaking hands. */
const singleKeys = () =>
  el(
    "label",
    { class: "menu-item tick" },
    el("input", { type: "checkbox", checked: recall("keys") !== "off", onchange: ({ target }) => remember("keys", target.checked ? "on" : "off") }),
    el("span", {}, say("atelier.keys")),
  );

async function route() {
  const fragment = new URLSearchParams(location.hash.slice(1));
  const token = fragment.get("invitation");
  if (token) {
    // it opens the door once: it shall not stay in the address or the history
    history.replaceState(null, "", location.pathname + location.search);
    try {
      show(invitationDoor(await desk.invitation(token), token, enter));
    } catch (error) {
      show(closedDoor(error, () => start()));
    }
    return;
  }
  if (!me) return;
  const request = fragment.get("request") ?? "";
  const name = ["people", "diary", "ways", "catalogue", "shops"].find((room) => fragment.has(room) && rooms[room]) ?? "requests";
  document.querySelector(".menu").open = false;
  for (const link of document.querySelectorAll(".console-rooms a")) {
    if (link.dataset.room === name) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  }
  document.querySelector(".console-room").replaceChildren(rooms[name].element);
  await rooms[name].load(name === "requests" ? request : (fragment.get("catalogue") ?? ""));
}

async function start() {
  try {
    enter(await desk.me());
  } catch (error) {
    leave(error instanceof ApiError && error.reason !== SIGNED_OUT ? troubleOf(error) : "");
  }
}

addEventListener("hashchange", route);
addEventListener("signedout", () => me && leave(say("atelier.out.ended")));
addEventListener("keydown", (event) => {
  if (event.target.closest("input, select, textarea") || event.ctrlKey || event.metaKey || event.altKey || !me) return;
  if (event.target.closest("dialog")) return;
  if (event.key === "/" && recall("keys") !== "off") {
    event.preventDefault();
    rooms.requests.search();
  } else if (event.key === "Escape" && document.querySelector(".menu[open]")) {
    document.querySelector(".menu").open = false;
    document.querySelector(".menu summary").focus();
  } else if (event.key === "Escape" && location.hash.startsWith("#request=")) {
    location.hash = "#requests";
  }
});
if (location.hash.startsWith("#invitation=")) await route();
else await start();
