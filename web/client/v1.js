// A typed client of everything under /v1 that a program may call. One module without dependencies, for Node 18 and
// later, Deno, and browsers; a secret key never belongs into a browser. Its types are in v1.d.ts.
//
//   const client = new Client("https://tryon.example", { key: "sk_live_…" });
//   for (const request of (await client.getShopRequests({ stage: "enquiry" })).requests) …
//   const event = await webhook(["whsec_…"], headers, body);
//
// Written by assets/make/clients.py from /v1/openapi.json; change that, not this.

const TOLERANCE_S = 300; // how old, or early, what a webhook tells may be

/** A refusal: `reason` is stable, for programs; the message is for people. */
export class ApiError extends Error {
  constructor(status, reason, detail, retryAfterS = 0) {
    super(detail);
    this.name = "ApiError";
    Object.assign(this, { status, reason, retryAfterS });
  }
}

/** What came is not from us, or is too old: answer 400 and do nothing. */
export class WebhookError extends Error {}

const part = (said) => encodeURIComponent(said);

/** Of one service. Everything rejects with ApiError for a refusal, and as `fetch` does where nobody answers. */
export class Client {
  #address;
  #key;
  #shopKey;
  #fetch;
  /** Headers of the last answer: ETag, Location. */
  last = new Headers();

  constructor(address, { key = "", shopKey = "", fetch = globalThis.fetch } = {}) {
    this.#address = address.replace(/\/+$/, "");
    this.#key = key;
    this.#shopKey = shopKey;
    this.#fetch = (...asked) => fetch(...asked);
  }

  /** What an invitation says. */
  getAtelierInvitation() {
    return this.#json("GET", `/v1/atelier/invitation`);
  }

  /** Accept an invitation by a passkey, or a password of 12 letters or more. */
  postAtelierInvitation(body) {
    return this.#json("POST", `/v1/atelier/invitation`, { body });
  }

  /** What the invited person's passkey is made by. */
  postAtelierInvitationPasskey(body) {
    return this.#json("POST", `/v1/atelier/invitation/passkey`, { body });
  }

  /** Sign in by passkey. */
  postAtelierPasskey(body) {
    return this.#json("POST", `/v1/atelier/passkey`, { body });
  }

  /** What a passkey is asked to sign, once and within minutes. */
  postAtelierPasskeyQuestion() {
    return this.#json("POST", `/v1/atelier/passkey/question`);
  }

  /** Sign in by password. */
  postAtelierSignIn(body) {
    return this.#json("POST", `/v1/atelier/sign-in`, { body });
  }

  /** Sign this browser out. */
  postAtelierSignOut() {
    return this.#nothing("POST", `/v1/atelier/sign-out`);
  }

  /** The paper bands to print. */
  getBandsPdf() {
    return this.#blob("GET", `/v1/bands.pdf`);
  }

  /** The calibration board to print. */
  getBoardPdf() {
    return this.#blob("GET", `/v1/board.pdf`);
  }

  /** The calibration board for a second screen. */
  getBoardSvg() {
    return this.#blob("GET", `/v1/board.svg`);
  }

  /** The words a wearer agrees to. */
  getConsent() {
    return this.#json("GET", `/v1/consent`);
  }

  /** The words a client agrees to when she sends a request. */
  getConsentRequest() {
    return this.#json("GET", `/v1/consent/request`);
  }

  /** Agree. */
  postConsents(body) {
    return this.#json("POST", `/v1/consents`, { body });
  }

  /** Take a consent back; what runs under it ends, and what was kept under it is deleted. */
  deleteConsentsId(id) {
    return this.#nothing("DELETE", `/v1/consents/${part(id)}`);
  }

  /** Agree to more, such as to be measured. */
  patchConsentsId(id, body) {
    return this.#nothing("PATCH", `/v1/consents/${part(id)}`, { body });
  }

  /** What is held under the address of a mailed link, and what would be erased of it. */
  getErasure() {
    return this.#json("GET", `/v1/erasure`);
  }

  /** Erase it, for good; the link works once. */
  postErasure() {
    return this.#json("POST", `/v1/erasure`);
  }

  /** Ask for a link to have erased what is held under a mail address; it goes to that address. */
  postErasures(body) {
    return this.#nothing("POST", `/v1/erasures`, { body });
  }

  /** A fit card to cut metal by, from what the mirror said: A4 at true size; nothing is kept. */
  postFitcards(body) {
    return this.#blob("POST", `/v1/fitcards`, { body });
  }

  /** Keep a fit card behind a link, with her consent to `keep`. */
  postFits(body) {
    return this.#json("POST", `/v1/fits`, { body });
  }

  /** Delete a kept fit card, now. */
  deleteFitsId(id) {
    return this.#nothing("DELETE", `/v1/fits/${part(id)}`);
  }

  /** A kept fit card: measures as they were taken, verdicts on the pieces of today. */
  getFitsId(id, { piece } = {}) {
    return this.#json("GET", `/v1/fits/${part(id)}`, { query: { "piece": piece } });
  }

  /** The same as a table. */
  getFitsIdCardCsv(id, { piece } = {}) {
    return this.#blob("GET", `/v1/fits/${part(id)}/card.csv`, { query: { "piece": piece } });
  }

  /** The same on paper: A4 at true size, with a code that leads here. */
  getFitsIdCardPdf(id, { piece } = {}) {
    return this.#blob("GET", `/v1/fits/${part(id)}/card.pdf`, { query: { "piece": piece } });
  }

  /** Go on with a request on this device; a link works once. */
  postLinks(body) {
    return this.#json("POST", `/v1/links`, { body });
  }

  /** Delete all that is held of her visit, now; what runs under its consent ends. */
  deleteMe() {
    return this.#nothing("DELETE", `/v1/me`);
  }

  /** All that is held of her visit: consent and kept fit cards. */
  getMeExport() {
    return this.#json("GET", `/v1/me/export`);
  }

  /** What an invitation is for. */
  getMeeting() {
    return this.#json("GET", `/v1/meeting`);
  }

  /** A picture that was kept at a meeting. */
  getMeetingPicturesName(name) {
    return this.#blob("GET", `/v1/meeting/pictures/${part(name)}`);
  }

  /** Join a meeting as a consultant, or connect to it again, with a new offer. */
  postMeetingPlace(body, { mime = "application/sdp" } = {}) {
    return this.#blob("POST", `/v1/meeting/place`, { body, mime });
  }

  /** The same for somebody who was invited to a meeting. */
  getMeetingRelays() {
    return this.#json("GET", `/v1/meeting/relays`);
  }

  /** This description. */
  getOpenapiJson() {
    return this.#json("GET", `/v1/openapi.json`);
  }

  /** A code that opens the mirror at a telephone with these pieces; it holds no token. */
  getPhoneSvg({ piece, lang } = {}) {
    return this.#blob("GET", `/v1/phone.svg`, { query: { "piece": piece, "lang": lang } });
  }

  /** Pieces on a picture of hers, with her consent to `photo`; it is kept nowhere. Style, not size. */
  postPhotos(body, { piece, mime = "image/jpeg" } = {}) {
    return this.#blob("POST", `/v1/photos`, { body, mime, query: { "piece": piece } });
  }

  /** The catalogue, or what a shop shows of it. */
  getPieces() {
    return this.#json("GET", `/v1/pieces`);
  }

  /** One piece. */
  getPiecesId(id) {
    return this.#json("GET", `/v1/pieces/${part(id)}`);
  }

  /** Whether a piece can be made by a date, in every tier it is made in. */
  getPiecesIdPossible(id, { eventDate } = {}) {
    return this.#json("GET", `/v1/pieces/${part(id)}/possible`, { query: { "event_date": eventDate } });
  }

  /** Its picture. */
  getPiecesIdPosterPng(id) {
    return this.#blob("GET", `/v1/pieces/${part(id)}/poster.png`);
  }

  /** A piece from one side, 640 px square on no ground, as large from all sides. */
  getPiecesIdView(id, { yaw, pitch } = {}) {
    return this.#blob("GET", `/v1/pieces/${part(id)}/view`, { query: { "yaw": yaw, "pitch": pitch } });
  }

  /** What the house promises of repairs and returns. */
  getPolicy() {
    return this.#json("GET", `/v1/policy`);
  }

  /** Heads of our own that pieces can be seen on. */
  getPortraits() {
    return this.#json("GET", `/v1/portraits`);
  }

  /** Pieces on a head of our own. Style, not size. */
  getPortraitsIdPhotoJpg(id, { piece } = {}) {
    return this.#blob("GET", `/v1/portraits/${part(id)}/photo.jpg`, { query: { "piece": piece } });
  }

  /** What is held of a wearer, where, and how long: the table that the sweeper enforces. */
  getPrivacy() {
    return this.#json("GET", `/v1/privacy`);
  }

  /** Where a finished piece comes from; for anybody who has its id. */
  getProvenanceId(id) {
    return this.#json("GET", `/v1/provenance/${part(id)}`);
  }

  /** A picture or film from the bench. */
  getProvenanceIdFilesFile(id, file) {
    return this.#blob("GET", `/v1/provenance/${part(id)}/files/${part(file)}`);
  }

  /** TURN servers for her mirror, with credentials for an hour; none where none is set up. */
  getRelays() {
    return this.#json("GET", `/v1/relays`);
  }

  /** Begin a request; it may be half done. Its key opens it on this device. */
  postRequests(body) {
    return this.#json("POST", `/v1/requests`, { body });
  }

  /** Throw a draft away. */
  deleteRequestsId(id, { ifMatch } = {}) {
    return this.#nothing("DELETE", `/v1/requests/${part(id)}`, { headers: { "If-Match": ifMatch } });
  }

  /** A request. */
  getRequestsId(id) {
    return this.#json("GET", `/v1/requests/${part(id)}`);
  }

  /** Save what is wished, whole, while it is a draft. */
  putRequestsId(id, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("PUT", `/v1/requests/${part(id)}`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** She cannot come. */
  postRequestsIdAppointmentsAppointmentCancellation(id, appointment, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/appointments/${part(appointment)}/cancellation`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** Into the waiting room. */
  postRequestsIdAppointmentsAppointmentLink(id, appointment) {
    return this.#json("POST", `/v1/requests/${part(id)}/appointments/${part(appointment)}/link`);
  }

  /** Ask for another time; it stands until the atelier moves it. */
  postRequestsIdAppointmentsAppointmentWish(id, appointment, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/appointments/${part(appointment)}/wish`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** Decide on the newest revision, by the digest of what was shown; `final` cannot be taken back. */
  postRequestsIdApprovalsRoundDecision(id, round, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/approvals/${part(round)}/decision`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** Say something of a revision, pinned on its picture where x and y are given. */
  postRequestsIdApprovalsRoundRevisionsNumberComments(id, round, number, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/approvals/${part(round)}/revisions/${part(number)}/comments`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** Take a request back, until metal is cast. */
  postRequestsIdCancellation(id, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/cancellation`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** What an erasure would take away, and what would stay. */
  getRequestsIdErasure(id) {
    return this.#json("GET", `/v1/requests/${part(id)}/erasure`);
  }

  /** Erase all that is hers, for good; her keys open nothing afterwards. */
  postRequestsIdErasure(id, body, { ifMatch } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/erasure`, { body, headers: { "If-Match": ifMatch } });
  }

  /** Add a picture (JPEG, PNG or WebP); it is written anew, without what a camera notes beside it. */
  postRequestsIdFiles(id, body, { mime = "application/octet-stream" } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/files`, { body, mime });
  }

  /** Take a picture away from a draft. */
  deleteRequestsIdFilesFile(id, file) {
    return this.#nothing("DELETE", `/v1/requests/${part(id)}/files/${part(file)}`);
  }

  /** A file. */
  getRequestsIdFilesFile(id, file) {
    return this.#blob("GET", `/v1/requests/${part(id)}/files/${part(file)}`);
  }

  /** A link to go on with on another device, once, within 7 days. */
  postRequestsIdLinks(id) {
    return this.#json("POST", `/v1/requests/${part(id)}/links`);
  }

  /** Mail such a link to the address that she gave. */
  postRequestsIdLinksMail(id) {
    return this.#nothing("POST", `/v1/requests/${part(id)}/links/mail`);
  }

  /** A paper of the finished piece: `certificate` or `care`. */
  getRequestsIdPapersName(id, name) {
    return this.#blob("GET", `/v1/requests/${part(id)}/papers/${part(name)}`);
  }

  /** Agree to the price of a number. */
  postRequestsIdPrice(id, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/price`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** Send a draft to the atelier. */
  postRequestsIdSubmission(id, body, { ifMatch, idempotencyKey } = {}) {
    return this.#json("POST", `/v1/requests/${part(id)}/submission`, { body, headers: { "If-Match": ifMatch, "Idempotency-Key": idempotencyKey } });
  }

  /** Whether there is room. */
  getSessions() {
    return this.#json("GET", `/v1/sessions`);
  }

  /** Open a session with a WebRTC offer; with a header `Invitation`, a client's at a meeting. */
  postSessions(body, { piece, invitation, mime = "application/sdp" } = {}) {
    return this.#blob("POST", `/v1/sessions`, { body, mime, query: { "piece": piece }, headers: { "Invitation": invitation } });
  }

  /** End a session. */
  deleteSessionsId(id) {
    return this.#nothing("DELETE", `/v1/sessions/${part(id)}`);
  }

  /** A session. */
  getSessionsId(id) {
    return this.#json("GET", `/v1/sessions/${part(id)}`);
  }

  /** Connect to a session again with a new offer. */
  postSessionsId(id, body, { mime = "application/sdp" } = {}) {
    return this.#blob("POST", `/v1/sessions/${part(id)}`, { body, mime });
  }

  /** A picture of a ring or bangle that she wears, laid flat beside a bank card: its inner diameter with its doubt, or why it cannot be read and what to do; of a coin, whether the card is of its size. The picture is read and forgotten; the numbers are told, and given to the mirror by `known.set` (`laid`). */
  postSessionsIdLaid(id, body, { kind, mime = "image/jpeg" } = {}) {
    return this.#json("POST", `/v1/sessions/${part(id)}/laid`, { body, mime, query: { "kind": kind } });
  }

  /** A still of the calibration board, as large as the camera takes it, at most 5 a second. Its corners are read and it is forgotten; the camera's numbers are told, not kept. */
  postSessionsIdStills(id, body, { anew, mime = "image/jpeg" } = {}) {
    return this.#json("POST", `/v1/sessions/${part(id)}/stills`, { body, mime, query: { "anew": anew } });
  }

  /** Save a set under a name of 1 to 80 characters. It holds no personal data but that name, is read by whoever has its id, and is forgotten when nobody opened it for 365 days; at most 20000 are kept, and 200 saved an hour. */
  postSets(body) {
    return this.#json("POST", `/v1/sets`, { body });
  }

  /** A saved set. */
  getSetsId(id) {
    return this.#json("GET", `/v1/sets/${part(id)}`);
  }

  /** The shop whose publishable key a page has. */
  getShop() {
    return this.#json("GET", `/v1/shop`);
  }

  /** What a page of the shop is sent with that keeps the mirror from it, and what to write instead; 10 times a minute. */
  postShopCheck(body, { lang } = {}) {
    return this.#json("POST", `/v1/shop/check`, { body, query: { "lang": lang } });
  }

  /** The addresses at which a shop's server is told things (Standard Webhooks 1.0), and how each does. */
  getShopHooks() {
    return this.#json("GET", `/v1/shop/hooks`);
  }

  /** A new address; at most 10 of a shop. */
  postShopHooks(body) {
    return this.#json("POST", `/v1/shop/hooks`, { body });
  }

  /** Take an address away, with its log. */
  deleteShopHooksHook(hook) {
    return this.#nothing("DELETE", `/v1/shop/hooks/${part(hook)}`);
  }

  /** An address, said anew: also to switch it off and on. */
  putShopHooksHook(hook, body) {
    return this.#json("PUT", `/v1/shop/hooks/${part(hook)}`, { body });
  }

  /** What it was told, newest first, with every try; forgotten after 30 days. */
  getShopHooksHookDeliveries(hook, { after } = {}) {
    return this.#json("GET", `/v1/shop/hooks/${part(hook)}/deliveries`, { query: { "after": after } });
  }

  /** Send a message anew, under its own id. */
  postShopHooksHookDeliveriesDeliveryReplay(hook, delivery) {
    return this.#json("POST", `/v1/shop/hooks/${part(hook)}/deliveries/${part(delivery)}/replay`);
  }

  /** Send anew all that was given up. */
  postShopHooksHookReplay(hook) {
    return this.#json("POST", `/v1/shop/hooks/${part(hook)}/replay`);
  }

  /** A new secret; the one before signs too for 24 hours. */
  postShopHooksHookSecret(hook) {
    return this.#json("POST", `/v1/shop/hooks/${part(hook)}/secret`);
  }

  /** Tell it that it is being tested: event `hook.tested`. */
  postShopHooksHookTest(hook) {
    return this.#json("POST", `/v1/shop/hooks/${part(hook)}/test`);
  }

  /** What a shop shows; its server may ask 300 times a minute in all. */
  getShopPieces() {
    return this.#json("GET", `/v1/shop/pieces`);
  }

  /** How a shop sells our pieces: its number, name, price, page and sizes of each. */
  getShopProducts() {
    return this.#json("GET", `/v1/shop/products`);
  }

  /** The product feed, as CSV with a header or the same as JSON (a list of products), at most 2000: sku, title, price, currency, url, sizes, and piece (its id) or glb (the file it was brought as). All of it is taken, or nothing while anything is wrong; what it does not name is sold no more. */
  putShopProducts(body, { dry, mime = "text/csv" } = {}) {
    return this.#json("PUT", `/v1/shop/products`, { body, mime, query: { "dry": dry } });
  }

  /** The requests that were begun on a shop's pages, newest first, from their submission on; a sandbox key sees those of sandbox keys, a live one the others. */
  getShopRequests({ stage, after } = {}) {
    return this.#json("GET", `/v1/shop/requests`, { query: { "stage": stage, "after": after } });
  }

  /** One of them: where it stands, and how pieces fit her if she agreed that the shop sees it. */
  getShopRequestsRequest(request) {
    return this.#json("GET", `/v1/shop/requests/${part(request)}`);
  }

  async #ask(method, path, { query = {}, headers = {}, body, mime = "application/json" } = {}) {
    const asked = Object.entries(query).flatMap(([name, value]) => [value ?? []].flat().map((one) => [name, one]));
    const said = new URLSearchParams(asked).toString();
    const own = { Authorization: this.#key && `Bearer ${this.#key}`, "Shop-Key": this.#shopKey, "Content-Type": body === undefined ? "" : mime };
    const sent = Object.fromEntries(Object.entries({ ...own, ...headers }).filter(([, value]) => value));
    const plain = body === undefined || typeof body === "string" || ArrayBuffer.isView(body) || body instanceof ArrayBuffer || body instanceof Blob;
    const answer = await this.#fetch(`${this.#address}${path}${said && `?${said}`}`, { method, headers: sent, body: plain ? body : JSON.stringify(body) });
    if (!answer.ok) throw await refusal(answer);
    this.last = answer.headers;
    return answer;
  }

  #json = async (...asked) => (await this.#ask(...asked)).json();
  #blob = async (...asked) => (await this.#ask(...asked)).blob();
  #nothing = async (...asked) => void (await this.#ask(...asked));
}

async function refusal(answer) {
  const said = (await answer.json().catch(() => ({}))).error ?? {}; // something between us may answer in its own way
  const after = Number(answer.headers.get("Retry-After")) || 0;
  return new ApiError(answer.status, said.reason ?? "other", said.detail ?? answer.statusText, after);
}

/**
 * What a webhook tells, if it is signed with one of the secrets and new (Standard Webhooks 1.0). `headers`: Headers, or an
 * object with small names; `body`: the text or bytes as they came. Keep `webhook-id` and pass over what comes twice: it may.
 */
export async function webhook(secrets, headers, body, { now = Date.now() } = {}) {
  const header = (name) => (headers.get ? headers.get(name) : headers[name]) ?? "";
  const [id, at, signed] = ["id", "timestamp", "signature"].map((name) => header(`webhook-${name}`));
  if (!id || !/^\d{1,11}$/.test(at) || Math.abs(now / 1000 - Number(at)) > TOLERANCE_S) throw new WebhookError("it has no id, or is too old");
  const text = typeof body === "string" ? body : new TextDecoder().decode(body);
  const content = new TextEncoder().encode(`${id}.${at}.${text}`);
  const signatures = signed.split(" ").filter((one) => one.startsWith("v1,"));
  for (const secret of secrets) {
    const key = await crypto.subtle.importKey("raw", bytes(secret.replace(/^whsec_/, "")), { name: "HMAC", hash: "SHA-256" }, false, ["verify"]);
    for (const one of signatures) {
      if (await crypto.subtle.verify("HMAC", key, bytes(one.slice(3)), content)) return JSON.parse(text);
    }
  }
  throw new WebhookError("it is not signed with this secret");
}

function bytes(base64) {
  try {
    return Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  } catch {
    return new Uint8Array();
  }
}
