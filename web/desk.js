// What the atelier's page asks of the server over HTTP. The browser's cookie says who asks.

import { ask } from "./api.js";

const read = async (address) => (await ask(`/v1/atelier/${address}`)).json();

async function send(method, address, body, token, more = {}) {
  const headers = body === undefined ? { ...more } : { "Content-Type": "application/json", ...more };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await ask(`/v1/atelier/${address}`, { method, headers, body: body && JSON.stringify(body) });
  return response.status === 204 ? null : response.json();
}

/** Who is signed in: {id, role, name, email, language, may}. */
export const me = () => read("me");

/** Sign in by password. */
export const signIn = (email, password) => send("POST", "sign-in", { email, password });

/** Sign in by a passkey of this device. */
export async function signInByPasskey() {
  const { options } = await send("POST", "passkey/question");
  const found = await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) });
  return send("POST", "passkey", { passkey: found.toJSON() });
}

/** Sign this browser out, or every one of hers. */
export const signOut = ({ everywhere = false } = {}) => send("POST", everywhere ? "sign-out/everywhere" : "sign-out");

/** What an invitation says: {email, name, role, language, until}. */
export const invitation = async (token) =>
  (await ask("/v1/atelier/invitation", { headers: { Authorization: `Bearer ${token}` } })).json();

/** Accept an invitation by a password. */
export const joinByPassword = (token, { name, language }, password) =>
  send("POST", "invitation", { name, language, password }, token);

/** Accept it by a new passkey of this device. */
export async function joinByPasskey(token, { name, language }) {
  const { options } = await send("POST", "invitation/passkey", { name }, token);
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  return send("POST", "invitation", { name, language, passkey: made.toJSON() }, token);
}

/** Whether this browser knows passkeys, as JSON. */
export const passkeys = () => Boolean(window.PublicKeyCredential?.parseRequestOptionsFromJSON);

/** Everybody of the atelier. */
export const people = async () => (await read("people")).people;

/** Invite somebody: {email, name, role, language, skills, capacity_month}. */
export const invite = (wish) => send("POST", "people", wish);

/** Send somebody a new link. */
export const inviteAgain = (id) => send("POST", `people/${encodeURIComponent(id)}/invitation`);

/** Somebody leaves. */
export const remove = (id) => send("DELETE", `people/${encodeURIComponent(id)}`);

/** A page of requests: {requests, more}. */
export function requests({ stage = "", staff = "", words = "", after = "" }) {
  const asked = Object.entries({ stage, staff, words, after }).filter(([, value]) => value);
  return read(`requests?${new URLSearchParams(asked)}`);
}

const of = (id) => `requests/${encodeURIComponent(id)}`;

/** One request, whole. */
export const request = (id) => read(of(id));

/** Everybody of the atelier: [{staff, role, name, skills, languages, capacity_month, active}]. */
export const staff = async () => (await read("staff")).staff;

/** Change a request as it was seen at `version` (0: however it stands); the same `once` is done once. */
export const change = (id, path, body, { method = "POST", version = 0, once = "" } = {}) =>
  send(method, `${of(id)}/${path}`, body, "", {
    ...(version ? { "If-Match": `"${version}"` } : {}),
    ...(once ? { "Idempotency-Key": once } : {}),
  });

/** What is planned from a day to another: [{appointment, request, name, starts_at, minutes, names, wish, ...}]. */
export const appointments = async (from, to) => (await read(`appointments?${new URLSearchParams({ from, to })}`)).appointments;

/** A link into a session, for one's own seat: {token}. */
export const sessionLink = (appointment) => send("POST", `appointments/${encodeURIComponent(appointment)}/link`);
