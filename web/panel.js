// What stands in the mirror's place while there is no picture: a title, a sentence, what to do.

import { appOf, browserOf } from "./camera.js";
import { el } from "./element.js";
import { chooser, portraits } from "./portraits.js";
import { framed, mirrorAddress } from "./shop.js";
import { known, say, seconds, shownLanguage } from "./words.js";

const RETRY = ["denied", "none", "busy", "camera_failed", "camera_lost", "failed"];
const AGAIN = ["gone", "ended", "withdrawn", "deleted"];
const PHONE = ["denied", "not_here", "none", "busy", "insecure", "camera_failed", "camera_lost", "photo_ask"];
const PHOTO = ["consent", "denied", "not_here", "none", "busy", "insecure", "in_app", "camera_failed", "camera_lost", "full"];

/**
 * The panel of a state. Its buttons call `act(name, detail)`: agree, again, copy, cancel, photo, choose (a file),
 * portrait (an id), back.
 * Before anything is agreed to, `about.child` is filled: {under: whether she says she is under 16, guardian: a name}.
 * @param {string} state
 * @param {{piece?: object, words?: string, consent?: object, agreed?: Set<string>, note?: string, reason?: string, snapshots?: number}} about
 */
export function panel(state, about, act) {
  const name = about.words || say("worn.any");
  const button = (action, key, kind = "primary") =>
    el("button", { type: "button", class: kind, "data-action": action, onclick: (event) => (action !== "agree" || named(event)) && act(action) }, say(key));
  const title = el("h2", { class: "panel-title", tabindex: "-1" }, say(`state.${state}.title`, { name }));
  const words = [];
  const actions = [];

  if (state === "consent") {
    words.push(el("h3", { class: "panel-lead" }, say("state.consent.lead")));
    const { share, keep, photo, ...also } = about.consent.also; // what she keeps is asked when there is something to keep
    // at a meeting it is what the whole of it is about, and by herself it is about nothing
    if (about.meets) words.push(el("p", { class: "panel-share" }, share));
    words.push(...about.consent.text.split("\n\n").map((paragraph) => el("p", {}, paragraph)));
    words.push(...Object.entries(also).map(([purpose, words]) => agreement(purpose, words, about.agreed)));
    words.push(guardian(about.child));
    if (about.shop?.policy) words.push(el("p", {}, leave(about.shop.policy, say("state.consent.policy", about.shop))));
    if (about.note) words.unshift(el("p", { class: "panel-note" }, about.note));
    actions.push(button("agree", about.meets ? "action.agree_meeting" : "action.agree"), el("p", { class: "panel-still" }, `${say("state.consent.still")} `, leave(`/privacy?lang=${shownLanguage()}`, say("mine.how_long"))));
  } else if (state === "photo_ask") {
    words.push(el("p", {}, say("state.photo_ask.text")));
    if (about.note) words.unshift(el("p", { class: "panel-note", role: "alert" }, about.note));
    if (!about.photoAgreed) {
      words.push(el("h3", { class: "panel-lead" }, say("state.photo_ask.lead")), el("p", { class: "panel-words-photo" }, about.consent.also.photo));
      if (!about.agreedBefore) words.push(guardian(about.child));
    }
    const choose = chooser(say(about.photoAgreed ? "action.photo.again" : "action.photo.choose"), "primary", named, (file) => act("choose", file));
    actions.push(choose, button("back", "action.photo.back", "quiet"), el("p", { class: "panel-still" }, say("state.photo_ask.still")));
  } else if (state === "failed") {
    words.push(el("p", {}, say(errorKey(about.reason))));
  } else if (state === "full") {
    words.push(el("p", { class: "countdown" }));
    actions.push(button("again", "state.full.now"), button("cancel", "action.cancel", "quiet"));
  } else {
    words.push(el("p", {}, say(`state.${state}.text`)));
  }
  if (state === "denied" || state === "in_app") {
    const way = state === "denied" ? `help.${browserOf(navigator.userAgent)}` : `leave.${appOf(navigator.userAgent)}`;
    const steps = say(way).split("|");
    words.push(el("ol", { class: "steps" }, ...steps.map((step) => el("li", {}, step))));
  }
  // a page of its own can ask for what a frame is not given
  if (state === "not_here" || (framed && state === "denied")) actions.push(own(about));
  if (state === "in_app") actions.push(button("copy", "action.copy_link"), button("again", "action.again", "quiet"));
  if (state === "ended" && about.snapshots) words.push(el("p", {}, say("state.ended.snapshots")));
  if (state === "asking" || state === "connecting") {
    words.unshift(el("div", { class: "waiting", "aria-hidden": "true" }));
    actions.push(button("cancel", "action.cancel", "quiet"));
  }
  if (RETRY.includes(state)) actions.push(button("again", "action.again"));
  if (AGAIN.includes(state)) actions.push(button("again", "action.open_again"));

  if (PHOTO.includes(state) && !about.meets) (state === "consent" ? words : actions).push(button("photo", "action.photo", "quiet"));
  // a phone cannot read a code off itself
  if (PHONE.includes(state) && !about.meets && matchMedia("(hover: hover) and (pointer: fine)").matches) actions.push(button("phone", "action.phone", "quiet"));
  if (["ended", "withdrawn"].includes(state)) actions.push(button("mine", "more.mine", "quiet"));
  const models =
    state !== "photo_ask"
      ? []
      : [
          el("h3", { class: "panel-lead" }, say("state.photo_ask.model")),
          el("p", {}, say("state.photo_ask.model.text")),
          portraits((id) => act("portrait", id)),
        ];

  const poster = about.piece
    ? el("img", { class: "panel-poster", src: about.piece.poster, alt: "", onerror: (event) => event.target.remove() })
    : null;
  return el(
    "section",
    { class: `panel panel-${state}`, "data-state": state },
    el("div", { class: "panel-picture" }, el("p", { class: "brand" }, say("page.title")), poster),
    el("div", { class: "panel-words" }, title, ...words, el("div", { class: "panel-actions" }, ...actions), ...models),
  );
}

/** A link that leaves the mirror as it is. */
const leave = (href, words, kind = "panel-link") => el("a", { class: kind, href, target: "_blank", rel: "noopener" }, words);

const own = ({ piece }) =>
  leave(mirrorAddress({ ...(piece && { sku: piece.id }), lang: shownLanguage() }), say("action.own_page"), "primary");

/** What she may agree to besides: a box that is empty until she ticks it. */
const agreement = (purpose, words, agreed) =>
  el(
    "label",
    { class: "also" },
    el("input", {
      type: "checkbox",
      name: purpose,
      onchange: ({ target: { checked } }) => (checked ? agreed.add(purpose) : agreed.delete(purpose)),
      checked: agreed.has(purpose),
    }),
    el("span", {}, words),
  );

/** Whether a guardian is named where one has to be; if not, that is said. */
const named = ({ target }) => target.closest(".panel").querySelector(".guardian input[type=text]")?.reportValidity() ?? true;

/** Who is under 16, and who agrees then. */
function guardian(child) {
  const name = el("input", {
    type: "text",
    id: "guardian-name",
    maxlength: 80,
    autocomplete: "off",
    value: child.guardian,
    oninput: ({ target: { value } }) => {
      child.guardian = value.trim();
      name.setCustomValidity(child.guardian ? "" : say("guardian.missing"));
    },
  });
  const asked = el("div", { class: "guardian-name" }, el("p", {}, say("guardian.text")), el("label", { for: "guardian-name" }, say("guardian.name")), name);
  const follow = () => {
    asked.hidden = !child.under;
    // what is hidden asks for nothing
    name.disabled = !child.under;
    name.setCustomValidity(child.guardian ? "" : say("guardian.missing"));
  };
  const under = el("input", { type: "checkbox", name: "under", checked: child.under, onchange: () => ((child.under = under.checked), follow()) });
  follow();
  return el("div", { class: "guardian" }, el("label", { class: "also" }, under, el("span", {}, say("guardian.under"))), asked);
}

/** In the place of everything, when the page itself could not be filled. */
export function unreachable(again) {
  const section = el(
    "section",
    { class: "panel panel-closed" },
    el(
      "div",
      { class: "panel-words" },
      el("h2", { class: "panel-title" }, say("page.failed.title")),
      el("p", {}, say("page.failed.text")),
      el("div", { class: "panel-actions" }, el("button", { type: "button", class: "primary", onclick: retry }, say("action.again"))),
    ),
  );
  function retry() {
    section.remove();
    again();
  }
  return section;
}

/** The key of the words for a reason; reasons that a newer server may give have common words. */
export const errorKey = (reason) => (known(`error.${reason}`) ? `error.${reason}` : "error.other");

/** Say that the wait of the panel `connecting` is longer than it should be. */
export function longer(section) {
  section.querySelector(".panel-words > p").textContent = say("state.connecting.longer");
}

/** Fill the countdown of the panel `full`. */
export function countdown(section, left) {
  const words = left > 0 ? say("state.full.text", { seconds: seconds(left) }) : say("state.full.trying");
  section.querySelector(".countdown").textContent = words;
}
