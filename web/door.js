// The door of the atelier: sign in by passkey or password, or accept an invitation.

import * as desk from "./desk.js";
import { el } from "./element.js";
import { errorKey } from "./panel.js";
import { known, moment, say, shownLanguage } from "./words.js";

const PASSWORD_MIN = 12; // as tryon.atelier.passwords

/** A field with its label, and what there is to know of it. */
export function field(name, label, attributes = {}, hint = "") {
  const id = `field-${name}`;
  const input = el("input", { id, name, "aria-describedby": hint ? `${id}-hint` : null, ...attributes });
  return el(
    "p",
    { class: "field" },
    el("label", { for: id }, label),
    input,
    hint ? el("span", { class: "field-hint", id: `${id}-hint` }, hint) : null,
  );
}

/** What went wrong, in words; a browser's own refusals of a passkey among them. */
export function troubleOf(error) {
  if (known(`passkey.${error.name}`)) return say(`passkey.${error.name}`);
  if (known(`trouble.${error.reason}`)) return say(`trouble.${error.reason}`, { detail: error.message });
  return say(errorKey(error.reason ?? "other"));
}

/** A form that does `work(values)` once at a time and says what went wrong. */
export function form(attributes, work, ...children) {
  const trouble = el("p", { class: "trouble", role: "alert" });
  const made = el("form", { novalidate: true, ...attributes }, ...children, trouble);
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (made.ariaBusy === "true") return;
    const empty = [...made.elements].find((input) => input.willValidate && !input.checkValidity());
    if (empty) {
      trouble.textContent = say("atelier.incomplete");
      empty.focus();
      return;
    }
    trouble.textContent = "";
    made.ariaBusy = "true";
    try {
      await work(Object.fromEntries(new FormData(made)), event.submitter?.value ?? "");
    } catch (error) {
      trouble.textContent = troubleOf(error);
    } finally {
      made.ariaBusy = "false";
    }
  });
  return made;
}

const frame = (title, ...children) =>
  el(
    "main",
    { class: "door" },
    el("p", { class: "brand" }, say("atelier.title")),
    el("h1", { class: "door-title", tabindex: "-1" }, title),
    ...children,
  );

const or = () => el("p", { class: "door-or" }, el("span", {}, say("door.or")));

/** Where one signs in; `enter(me)` is called once it is done. `note`: why one stands here. */
export function signInDoor(enter, note = "") {
  const byPasskey = form(
    { class: "door-form" },
    async () => enter(await desk.signInByPasskey()),
    el("button", { type: "submit", class: "primary" }, say("door.passkey")),
    el("p", { class: "field-hint" }, say("door.passkey.hint")),
  );
  const byPassword = form(
    { class: "door-form" },
    async ({ email, password }) => enter(await desk.signIn(email, password)),
    field("email", say("door.email"), { type: "email", autocomplete: "username", required: true, maxlength: 254 }),
    field("password", say("door.password"), { type: "password", autocomplete: "current-password", required: true, maxlength: 256 }),
    el("button", { type: "submit", class: desk.passkeys() ? "second" : "primary" }, say("door.sign_in")),
  );
  return frame(
    say("door.title"),
    note ? el("p", { class: "door-note", role: "status" }, note) : null,
    ...(desk.passkeys() ? [byPasskey, or()] : []),
    byPassword,
    el("p", { class: "field-hint" }, say("door.lost")),
  );
}

/** Where an invitation is accepted. */
export function invitationDoor(invited, token, enter) {
  const name = () => el("div", {}, field("name", say("door.name"), { autocomplete: "name", required: true, maxlength: 120, value: invited.name }, say("door.name.hint")));
  const about = (values) => ({ name: values.name, language: shownLanguage() });
  const email = el("input", { type: "hidden", name: "email", autocomplete: "username", value: invited.email });
  const password = () =>
    field(
      "password",
      say("door.password.new"),
      { type: "password", autocomplete: "new-password", minlength: PASSWORD_MIN, maxlength: 256 },
      say("door.password.hint", { letters: PASSWORD_MIN }),
    );
  const passwordButton = (kind) =>
    el("button", { type: "submit", class: kind, value: "password" }, say("door.join.password"));
  const work = async (values, by) => {
    if (by === "passkey") return enter(await desk.joinByPasskey(token, about(values)));
    if (!values.password) throw { reason: "password_weak" };
    return enter(await desk.joinByPassword(token, about(values), values.password));
  };
  const made = desk.passkeys()
    ? form(
        { class: "door-form" },
        work,
        email,
        name(),
        el("button", { type: "submit", class: "primary", value: "passkey" }, say("door.join.passkey")),
        el("p", { class: "field-hint" }, say("door.passkey.hint")),
        or(),
        password(),
        passwordButton("second"),
      )
    : form({ class: "door-form" }, work, email, name(), password(), passwordButton("primary"));
  return frame(
    say("door.invited.title"),
    el("p", {}, say("door.invited.text", { email: invited.email, role: say(`role.${invited.role}`) })),
    el("p", { class: "field-hint" }, say("door.invited.until", { until: moment(invited.until) })),
    made,
  );
}

/** An invitation that does not open any more. */
export const closedDoor = (error, again) =>
  frame(
    say("door.closed.title"),
    el("p", {}, troubleOf(error)),
    el("button", { type: "button", class: "primary", onclick: again }, say("door.closed.button")),
  );
