// What this page asks of the server over HTTP. Every refusal is an ApiError with the server's own reason.

import { shopKey } from "./shop.js";
import { shownLanguage } from "./words.js";

const SHOP = shopKey ? { "Shop-Key": shopKey } : {};

/** A refusal, or no answer at all (`offline`). */
export class ApiError extends Error {
  constructor(reason, detail, { status = 0, retryAfterS = 0 } = {}) {
    super(detail);
    this.reason = reason;
    this.status = status;
    this.retryAfterS = retryAfterS;
  }
}

/** Fetch, or an ApiError. */
export async function ask(address, options = {}) {
  let response;
  try {
    response = await fetch(address, { cache: "no-cache", ...options, headers: { ...SHOP, ...options.headers } });
  } catch (error) {
    if (options.signal?.aborted && options.signal.reason?.name !== "TimeoutError") throw error;
    return answered(null);
  }
  return answered(response);
}

/** A good answer; anything else is an ApiError: null, that none came. */
export async function answered(response) {
  if (!response) throw new ApiError("offline", "the server could not be reached");
  if (response.ok) return response;
  const retryAfterS = Number(response.headers.get("Retry-After")) || 0;
  let said = {};
  try {
    said = (await response.json()).error ?? {};
  } catch {
    // something between us and the server answered in its own way
  }
  throw new ApiError(said.reason ?? "other", said.detail ?? response.statusText, {
    status: response.status,
    retryAfterS,
  });
}

const bearer = (consent) => ({ Authorization: `Bearer ${consent.token}` });

/** The shop whose page shows us: {name, origins, sandbox, policy}. */
export const shop = async () => (await ask("/v1/shop")).json();

/** The catalogue, or what a shop shows of it. */
export const pieces = async () => (await (await ask("/v1/pieces")).json()).pieces;

/** The words she agrees to: {version, purposes, language, text, also}. */
export const consentWords = async () =>
  (await ask("/v1/consent", { headers: { "Accept-Language": shownLanguage() } })).json();

/** Tell the server what she agreed to, or a guardian by name: {consent, token, purposes, child}. */
export async function agree({ version, language }, purposes, guardian = "") {
  const response = await ask("/v1/consents", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ version, purposes, language, guardian }),
  });
  return { ...(await response.json()), purposes, child: Boolean(guardian) };
}

/** She agreed to one purpose more: her consent with it. */
export async function agreeAlso(consent, { version, language }, purpose) {
  await ask(`/v1/consents/${consent.consent}`, {
    method: "PATCH",
    headers: { "Content-Type": "application/json", ...bearer(consent) },
    body: JSON.stringify({ version, purposes: [purpose], language }),
  });
  return { ...consent, purposes: [...consent.purposes, purpose] };
}

/** Take it back; whatever runs under it ends. */
export const withdraw = (consent) =>
  ask(`/v1/consents/${consent.consent}`, { method: "DELETE", headers: bearer(consent) });

/** All that is held of her visit, as a file. */
export const exportMine = async (consent) => (await ask("/v1/me/export", { headers: bearer(consent) })).blob();

/** Delete all of it, now; what runs under her consent ends. */
export const deleteMine = (consent) => ask("/v1/me", { method: "DELETE", headers: bearer(consent) });

/** Open a session: {address, answer}. */
export async function openSession(consent, offer, pieceIds, signal) {
  const query = new URLSearchParams(pieceIds.map((id) => ["piece", id]));
  return connect(`/v1/sessions?${query}`, consent, offer, signal);
}

/** Open a client's mirror at a meeting, or join the one that others wait in: {address, answer}. */
export const openMeeting = (invitation, consent, offer, signal) =>
  connect("/v1/sessions", consent, offer, signal, { Invitation: invitation });

/** Join a meeting as a consultant, or connect to it again: {address, answer}. */
export const joinMeeting = (invitation, offer, signal) => connect("/v1/meeting/place", { token: invitation }, offer, signal);

/** What an invitation is for: {meeting, seat, role, name, until}. */
export const invited = async (invitation) =>
  (await ask("/v1/meeting", { headers: bearer({ token: invitation }) })).json();

/** A picture that was kept at a meeting. */
export const meetingPicture = async (invitation, name) =>
  (await ask(`/v1/meeting/pictures/${name}`, { headers: bearer({ token: invitation }) })).blob();

/** TURN servers that her media may be relayed by, for a while: {servers, holds_s}. */
export const relays = async (consent, signal) =>
  (await ask("/v1/relays", { headers: bearer(consent), signal })).json();

/** The same for somebody who was invited. */
export const meetingRelays = async (invitation, signal) =>
  (await ask("/v1/meeting/relays", { headers: bearer({ token: invitation }), signal })).json();

/** Connect to a session again: {address, answer}. */
export const resumeSession = (consent, address, offer, signal) => connect(address, consent, offer, signal);

async function connect(address, consent, offer, signal, headers = {}) {
  const response = await ask(address, {
    method: "POST",
    headers: { "Content-Type": "application/sdp", ...bearer(consent), ...headers },
    body: offer,
    signal,
  });
  return { address: response.headers.get("Location"), answer: await response.text() };
}

/** End a session; `keepalive` lets it be said while the page goes away. */
export const closeSession = (consent, address, { keepalive = false } = {}) =>
  ask(address, { method: "DELETE", headers: bearer(consent), keepalive });

/** A still of the calibration board, as her camera takes it: what it tells of the camera. */
export async function sendStill(consent, address, still, { anew }) {
  const response = await ask(`${address}/stills${anew ? "?anew=1" : ""}`, {
    method: "POST",
    headers: { "Content-Type": still.type, ...bearer(consent) },
    body: still,
  });
  return response.json();
}

/** A picture of her ring or bangle beside a card: how wide it is inside, or why it cannot be read. */
export async function sendLaid(consent, address, picture, kind) {
  const response = await ask(`${address}/laid?kind=${kind}`, {
    method: "POST",
    headers: { "Content-Type": picture.type, ...bearer(consent) },
    body: picture,
  });
  return response.json();
}

/** Pieces on a picture of hers, which is kept nowhere: {blob, drawn: ids of those that can be seen}. */
export async function drawPhoto(consent, photo, ids, signal) {
  const response = await ask(`/v1/photos?${worn(ids)}`, {
    method: "POST",
    headers: { "Content-Type": photo.type, ...bearer(consent) },
    body: photo,
    signal,
  });
  return drawn(response);
}

/** The same on a head of our own. */
export const drawPortrait = async (id, ids, signal) =>
  drawn(await ask(`/v1/portraits/${encodeURIComponent(id)}/photo.jpg?${worn(ids)}`, { signal }));

/** Address of a picture of a piece from one side, in degrees; whoever holds it revokes it. */
export async function pieceView(id, yaw, pitch, signal) {
  const response = await ask(`/v1/pieces/${encodeURIComponent(id)}/view?${new URLSearchParams({ yaw, pitch })}`, { signal });
  return URL.createObjectURL(await response.blob());
}

/** Ids of the heads of our own. */
export const portraits = async () => (await (await ask("/v1/portraits")).json()).portraits;

const worn = (ids) => new URLSearchParams(ids.map((id) => ["piece", id]));
const drawn = async (response) => ({
  blob: await response.blob(),
  drawn: (response.headers.get("Drawn") ?? "").split(", ").filter(Boolean),
});

/** A code that opens the mirror at a phone with these pieces. */
export const phoneCode = async (ids, lang) =>
  (await ask(`/v1/phone.svg?${new URLSearchParams([...ids.map((id) => ["piece", id]), ["lang", lang]])}`)).blob();

/** How many more mirrors could be opened now. */
export const room = async () => (await (await ask("/v1/sessions")).json()).free;

/** Save a look under a name: {set, name, worn}. */
export async function saveSet(name, worn) {
  const response = await ask("/v1/sets", {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ name, worn }),
  });
  return response.json();
}

/** A look that was saved: {set, name, worn}. */
export const savedSet = async (id) => (await ask(`/v1/sets/${encodeURIComponent(id)}`)).json();

/** Have a fit card kept behind a link: {fit, key, until}. */
export async function keepFit(consent, piece, measures) {
  const response = await ask("/v1/fits", {
    method: "POST",
    headers: { ...bearer(consent), "Content-Type": "application/json" },
    body: JSON.stringify({ piece, measures }),
  });
  return response.json();
}

const fitAddress = (id, more = "", piece = "") =>
  `/v1/fits/${encodeURIComponent(id)}${more}${piece ? `?${new URLSearchParams({ piece })}` : ""}`;

/** A fit card that was kept, judged anew and drawn with a piece. */
export const keptFit = async (id, key, piece) =>
  (await ask(fitAddress(id, "", piece), { headers: bearer({ token: key }) })).json();

/** The same as a file: `pdf` or `csv`. */
export const keptCard = async (id, key, piece, kind) =>
  (await ask(fitAddress(id, `/card.${kind}`, piece), { headers: bearer({ token: key }) })).blob();

/** Delete it, now. */
export const forgetFit = (id, key) => ask(fitAddress(id), { method: "DELETE", headers: bearer({ token: key }) });

/** The fit card of a piece, as a PDF, from what the mirror said. */
export async function fitCard(consent, piece, measures) {
  const response = await ask("/v1/fitcards", {
    method: "POST",
    headers: { ...bearer(consent), "Content-Type": "application/json" },
    body: JSON.stringify({ piece, measures }),
  });
  return response.blob();
}
