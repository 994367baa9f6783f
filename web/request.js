// Her request on a page of its own: filled in while it is a draft, afterwards where it stands. A link from another
// device brings its token behind the #, which no server ever sees in an address.

import { pieces as catalogue } from "./api.js";
import { Commission, forget, keep, passing, recalled, recalledAll, takeOver } from "./bespoke.js";
import { moment } from "./calendar.js";
import { Draft } from "./draft.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { keptOf, RequestProgress } from "./progress.js";
import { RequestForm } from "./wish.js";
import { loadWords, say } from "./words.js";

await loadWords(["fit", "trade"]);
RequestForm.define();
RequestProgress.define();

const page = document.querySelector(".page");
const title = page.querySelector("h1");
const body = page.querySelector(".page-body");
page.querySelector(".brand").textContent = say("page.title");

function show(state, heading, ...parts) {
  page.dataset.state = state;
  document.title = title.textContent = heading;
  body.replaceChildren(...parts);
}

const button = (kind, key, onclick) => el("button", { type: "button", class: kind, onclick }, say(key));
const toMirror = () => el("a", { class: "page-link", href: "/" }, say("request.to_mirror"));

/** Nothing is here, or it cannot be reached; what was typed on this device stays on it. */
function trouble(reason, again) {
  const old = ["link_used", "link_expired", "link_unknown"].includes(reason);
  show(
    old ? "link" : reason === "offline" ? "offline" : "failed",
    say(old ? "request.link.old" : reason === "offline" ? "request.offline" : "request.failed"),
    el("p", {}, say(errorKey(reason))),
    el("p", {}, say(old ? "request.link.old.text" : "request.failed.text")),
    el("div", { class: "look-actions" }, again ? button("primary", "action.again", again) : null, toMirror()),
  );
  title.focus();
}

function empty() {
  show("empty", say("request.none"), el("p", {}, say("request.none.text")), el("div", { class: "look-actions" }, button("primary", "request.new", begin), toMirror()));
}

/** A request of its own, without a mirror before it. */
async function begin() {
  try {
    fill(new Draft(), await catalogue());
  } catch (error) {
    trouble(error.reason, begin);
  }
}

/** All that was hers is gone, and this device forgets its key. */
function erased({ request }, plan) {
  forget(request);
  show("erased", say("erase.done"), el("p", {}, say("erase.done.text")), ...keptOf(plan), el("div", { class: "look-actions" }, button("primary", "request.new", begin), toMirror()), others() ?? "");
  title.focus();
}

function fill(draft, pieces) {
  const form = new RequestForm();
  show("draft", say("request.title"), el("p", { class: "page-lead" }, say("request.lead")), form, others() ?? "");
  form.addEventListener("sent", () => (open(), scrollTo(0, 0)));
  form.addEventListener("discarded", () => (empty(), title.focus()));
  draft.addEventListener("state", () => draft.state === "sent" && open());
  form.open(draft, pieces);
}

/** The other requests of this device. */
function others() {
  const all = recalledAll();
  if (all.length < 2) return null;
  const one = (kept) =>
    el(
      "button",
      { type: "button", class: "quiet small", onclick: () => (keep(kept), open(), scrollTo(0, 0)) },
      say("request.others.each", { date: moment(kept.since) }),
    );
  return el("nav", { class: "page-others", "aria-label": say("request.others") }, el("h2", {}, say("request.others")), ...all.slice(1).map(one));
}

async function open() {
  const kept = recalled();
  if (!kept) {
    empty();
    return;
  }
  if (page.dataset.state === "loading") body.replaceChildren(el("p", { class: "page-lead", role: "status" }, say("request.loading")));
  const commission = new Commission(kept);
  try {
    const [told, pieces] = await Promise.all([commission.told(), catalogue()]);
    if (told.stage === "draft") {
      fill(Draft.of(commission, told), pieces);
      return;
    }
    const progress = new RequestProgress();
    show("sent", say("progress.title"), progress, others() ?? "");
    progress.addEventListener("another", begin);
    progress.addEventListener("erased", ({ detail }) => erased(kept, detail));
    progress.open(commission, told, pieces);
    title.focus();
  } catch (error) {
    if (error.status === 401 || error.status === 404) forget(kept.request);
    trouble(error.reason ?? "other", passing(error) ? open : null);
  }
}

/** Take what stands behind the # off the address, and open what it names. */
async function arrive() {
  const token = new URLSearchParams(location.hash.slice(1)).get("link");
  if (!token) {
    await open();
    return;
  }
  const spent = () => history.replaceState(null, "", location.pathname);
  try {
    keep(await takeOver(token));
    spent();
    await open();
  } catch (error) {
    if (!passing(error)) spent();
    // the link was used on this very device before: what it opened is still here
    if (error.reason === "link_used" && recalled()) await open();
    else trouble(error.reason ?? "other", passing(error) ? arrive : null);
  }
}

addEventListener("hashchange", arrive);
await arrive();
