// What the atelier's page asks of the server over HTTP. The browser's cookie says who asks.

import { answered, ask } from "./api.js";
import { shownLanguage } from "./words.js";

/** Whoever is no longer signed in is told so wherever she is: event `signedout` of the window. */
async function watched(answer) {
  try {
    return await answer;
  } catch (error) {
    if (error.reason === "staff_unknown") dispatchEvent(new Event("signedout"));
    throw error;
  }
}

const read = async (address) => (await watched(ask(`/v1/atelier/${address}`))).json();

async function send(method, address, body, token, more = {}) {
  const headers = body === undefined ? { ...more } : { "Content-Type": "application/json", ...more };
  if (token) headers.Authorization = `Bearer ${token}`;
  const response = await watched(ask(`/v1/atelier/${address}`, { method, headers, body: body && JSON.stringify(body) }));
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
export function requests({ stage = "", staff = "", shop = "", words = "", after = "" }) {
  const asked = Object.entries({ stage, staff, shop, words, after }).filter(([, value]) => value);
  return read(`requests?${new URLSearchParams(asked)}`);
}

const of = (id) => `requests/${encodeURIComponent(id)}`;

const shop = (id, more = "") => `shops/${encodeURIComponent(id)}${more}`;
const shopKey = (id, key, more = "") => shop(id, `/keys/${encodeURIComponent(key)}${more}`);

/** Shops that show the mirror: [{id, name, origins, pieces, policy, sessions_max, visits_a_minute, active, version, keys}]. */
export const shops = async () => (await read("shops")).shops;

/** A new one. */
export const addShop = (wish) => send("POST", "shops", wish);

/** One said anew, as it was seen at `version`. */
export const changeShop = (id, wish, version) => send("PUT", shop(id), wish, "", { "If-Match": `"${version}"` });

/** A new key of a shop: {id, key, shop}. */
export const makeKey = (id, wish) => send("POST", shop(id, "/keys"), wish);

/** A new key in the place of an old one, which holds on for a while: {id, key, shop}. */
export const replaceKey = (id, key) => send("POST", shopKey(id, key, "/replacement"));

/** A key opens nothing any more: the shop. */
export const endKey = (id, key) => send("DELETE", shopKey(id, key));

/** How a shop sells our pieces: [{sku, piece, title, price_minor, currency, url, sizes}]. */
export const products = async (id) => (await read(shop(id, "/products"))).products;

/** A product feed: what it does, or what is wrong in it: {applied, products, added, changed, removed, wrong}. */
export async function sendFeed(id, file, { dry = false, choose = false } = {}) {
  const query = new URLSearchParams({ ...(dry && { dry: "1" }), ...(choose && { choose: "1" }) });
  const kind = file.name.toLowerCase().endsWith(".json") ? "application/json" : "text/csv";
  const headers = { "Content-Type": kind };
  return (await watched(ask(`/v1/atelier/${shop(id, "/products")}?${query}`, { method: "PUT", headers, body: file }))).json();
}

/** What keeps the mirror from a page of a shop: {address, works, findings: [{what, works, reason, values, words, write}]}. */
export const check = (id, address) => send("POST", shop(id, `/check?${new URLSearchParams({ lang: shownLanguage() })}`), { address });

const hook = (id, hook, more = "") => shop(id, `/hooks/${encodeURIComponent(hook)}${more}`);

/** Where a shop's server is told things: [{id, url, events, sandbox, ended, failing_since, waiting, old_until, made_at}]. */
export const hooks = async (id) => (await read(shop(id, "/hooks"))).hooks;

/** A new address: {hook, secret}. */
export const addHook = (id, wish) => send("POST", shop(id, "/hooks"), wish);

/** One said anew. */
export const changeHook = (id, which, wish) => send("PUT", hook(id, which), wish);

/** Take one away, with its log. */
export const removeHook = (id, which) => send("DELETE", hook(id, which));

/** A new secret; the one before signs too for a day: {hook, secret}. */
export const rotateHook = (id, which) => send("POST", hook(id, which, "/secret"));

/** Tell it that it is being tested. */
export const testHook = (id, which) => send("POST", hook(id, which, "/test"));

/** What it was told, newest first: {deliveries, more}. */
export const deliveries = (id, which, after = "") => read(hook(id, which, `/deliveries${after ? `?${new URLSearchParams({ after })}` : ""}`));

/** Send one message anew, or all that was given up ({count}). */
export const replay = (id, which, delivery) => send("POST", hook(id, which, `/deliveries/${encodeURIComponent(delivery)}/replay`));
export const replayFailed = (id, which) => send("POST", hook(id, which, "/replay"));

/** One request, whole. */
export const request = (id) => read(of(id));

/** What was done with it, newest first: {deeds, more}. */
export const history = (id, before = 0) => read(`${of(id)}/history${before ? `?before=${before}` : ""}`);

/** Which artisans suit it, best first: [{artisan, name, points, because, full}]. */
export const matches = async (id) => (await read(`${of(id)}/matches`)).matches;

/** Everybody of the atelier: [{staff, role, name, skills, languages, capacity_month, active}]. */
export const staff = async () => (await read("staff")).staff;

/** Change a request as it was seen at `version` (0: however it stands); the same `once` is done once. */
export const change = (id, path, body, { method = "POST", version = 0, once = "" } = {}) =>
  send(method, `${of(id)}/${path}`, body, "", {
    ...(version ? { "If-Match": `"${version}"` } : {}),
    ...(once ? { "Idempotency-Key": once } : {}),
  });

/** Draw a design on a picture that its client shared: {file, fit}. */
export const draw = (id, said) => send("POST", `${of(id)}/drawings`, said);

/** The address of a file's bytes; the cookie opens it. */
export const fileAddress = (id, file) => `/v1/atelier/${of(id)}/files/${encodeURIComponent(file)}`;

/** Add a file; `went(share)` is told how much of it has gone, 0 to 1. It ends with `signal`. */
export const upload = (id, kind, blob, went, signal) => carry(`${of(id)}/files?kind=${kind}`, blob, went, signal);

function carry(address, blob, went, signal) {
  return new Promise((resolve, reject) => {
    const sender = new XMLHttpRequest(); // fetch does not tell how much of a body has gone
    sender.open("POST", `/v1/atelier/${address}`);
    sender.setRequestHeader("Content-Type", blob.type || "application/octet-stream");
    sender.upload.addEventListener("progress", ({ loaded, total }) => went(total ? loaded / total : 0));
    sender.addEventListener("load", () => {
      const answer = new Response(sender.response, { status: sender.status, statusText: sender.statusText });
      watched(answered(answer)).then((good) => resolve(good.json()), reject);
    });
    sender.addEventListener("error", () => answered(null).catch(reject));
    sender.addEventListener("abort", () => reject(new DOMException("", "AbortError")));
    signal?.addEventListener("abort", () => sender.abort());
    sender.send(blob);
  });
}
/** What is planned from a day to another: [{appointment, request, name, starts_at, minutes, names, wish, ...}]. */
export const appointments = async (from, to) => (await read(`appointments?${new URLSearchParams({ from, to })}`)).appointments;

/** A link into a session, for one's own seat: {token}. */
export const sessionLink = (appointment) => send("POST", `appointments/${encodeURIComponent(appointment)}/link`);

/** The owner's own pieces, and those of the house: [{id, name, kind, state, published, changed, picture}]. */
export const pieces = async () => (await read("pieces")).pieces;

const own = (id, more = "") => `pieces/${encodeURIComponent(id)}${more}`;
const seen = (version) => ({ "If-Match": `"${version}"` });

/** A new piece: a draft with what is mostly so of its kind. */
export const beginPiece = (name, kind) => send("POST", "pieces", { name, kind });

/** One of the owner's own pieces: {draft, needed, wrong, mesh, pictures, drawing, waits, versions, version, ...}. */
export const piece = (id) => read(own(id));

/** Its fields anew. */
export const savePiece = (id, draft, version) => send("PUT", own(id, "/draft"), draft, "", seen(version));

/** Its model through the gate: {mesh, piece}. */
export const bringMesh = (id, file, went, signal) =>
  carry(`${own(id, "/mesh")}?${new URLSearchParams({ name: file.name })}`, file, went, signal);

/** Begin to draw its pictures. */
export const drawPiece = (id) => send("POST", own(id, "/pictures"));

/** Publish it as it is. */
export const publishPiece = (id, version) => send("POST", own(id, "/versions"), undefined, "", seen(version));

/** Onto the shelf, or off it. */
export const showPiece = (id, shown, version) => send("PUT", own(id, "/shelf"), { shown }, "", seen(version));

/** How it sits on our model head by these fields: {px_per_mm, side_px, side, front, heads}. */
export const seatPiece = (id, draft) => send("POST", own(id, "/seat"), draft);
