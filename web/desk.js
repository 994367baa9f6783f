// What the atelier's page asks of the server over HTTP. The browser's cookie says who asks.

import { ask } from "./api.js";

const read = async (address) => (await ask(`/v1/atelier/${address}`)).json();

async function send(method, address, body, token) {
  const headers = body === undefined ? {} : { "Content-Type": "application/json" };
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
  return send("POST", "passkey", { passkey: await askPasskey() });
}

/** The answer of a passkey of hers that proves that it is she. */
export async function askPasskey() {
  const { options } = await send("POST", "passkey/question");
  return (await navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(options) })).toJSON();
}

/** How she signs in: {password, passkeys, elsewhere}. Each change wants proof ({password} or {passkey}). */
export const ways = () => read("me/ways");

/** Set her password. */
export const setPassword = (proof, password) => send("POST", "me/password", { proof, password });

/** Add a passkey of this device. */
export async function addPasskey(proof) {
  const { options } = await send("POST", "me/passkeys/question");
  const made = await navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(options) });
  return send("POST", "me/passkeys", { proof, passkey: made.toJSON() });
}

/** Remove a passkey. */
export const removePasskey = (proof, id) => send("POST", `me/passkeys/${encodeURIComponent(id)}/removal`, { proof });

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

/** One request with its whole history. */
export const request = (id) => read(`requests/${encodeURIComponent(id)}`);
