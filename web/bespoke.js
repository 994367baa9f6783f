// What the pages ask the atelier over HTTP: her request by its key, which is this device's alone and never stands in
// an address.

import { ask, ApiError } from "./api.js";
import { recall, remember } from "./unit.js";
import { shownLanguage } from "./words.js";

const JSON_TYPE = { "Content-Type": "application/json" };
const KEPT = "requests";
const KEPT_MAX = 8;

/** The requests that this device can open, the newest first: [{request, key, since}]. */
export function recalledAll() {
  try {
    const kept = JSON.parse(recall(KEPT) ?? "[]");
    return Array.isArray(kept) ? kept.filter(({ request, key }) => request && key) : [];
  } catch {
    return [];
  }
}

/** The one that was opened last, or null. */
export const recalled = () => recalledAll()[0] ?? null;

/** Keep the key of a request on this device; it is the newest then. */
export function keep({ request, key, since = new Date().toISOString() }) {
  const others = recalledAll().filter((one) => one.request !== request);
  remember(KEPT, JSON.stringify([{ request, key, since }, ...others].slice(0, KEPT_MAX)));
}

/** Forget a request. */
export const forget = (request) => remember(KEPT, JSON.stringify(recalledAll().filter((one) => one.request !== request)));

/** Begin a request, half done: {request, key}. */
export async function begin(wish) {
  const answer = await ask("/v1/requests", { method: "POST", headers: JSON_TYPE, body: JSON.stringify(wish) });
  return answer.json();
}

/** A key for this device, of a link's token: {request, key}. */
export async function takeOver(token) {
  const answer = await ask("/v1/links", { method: "POST", headers: JSON_TYPE, body: JSON.stringify({ token }) });
  return answer.json();
}

/** What is possible by a day, in every tier of a piece: {tier: {answer, lead_weeks, ready_on, begin_by, slack_days}}. */
export async function possible(piece, day) {
  const query = new URLSearchParams(day ? { event_date: day } : {});
  return (await (await ask(`/v1/pieces/${encodeURIComponent(piece)}/possible?${query}`)).json()).tiers;
}

/** The words she agrees to when she sends it: {version, purposes, language, text, also}. */
export const consentWords = async () =>
  (await ask("/v1/consent/request", { headers: { "Accept-Language": shownLanguage() } })).json();

/** Where a finished piece comes from: {provenance, at, record}. */
export const provenance = async (id) => (await ask(`/v1/provenance/${encodeURIComponent(id)}`)).json();

/** One request, opened by its key. Everything rejects with ApiError. */
export class Commission {
  #key;
  #addresses = new Map();

  constructor({ request, key }) {
    this.id = request;
    this.#key = key;
  }

  /** As it stands: {version, stage, wish, ...}. */
  told() {
    return this.#json("GET", "");
  }

  /** Save what she wishes, as seen at `version`. */
  save(wish, version) {
    return this.#json("PUT", "", wish, { "If-Match": `"${version}"` });
  }

  /** Send it to the atelier; the same `once` is done once. */
  submit(consent, version, once) {
    return this.#json("POST", "/submission", { consent }, { "If-Match": `"${version}"`, "Idempotency-Key": once });
  }

  /** Throw the draft away. */
  async discard(version) {
    await this.#ask("DELETE", "", undefined, { "If-Match": `"${version}"` });
  }

  /** A link for another device, which works once: {token, days}. */
  link() {
    return this.#json("POST", "/links");
  }

  /** Send such a link to the address she gave. */
  async mailLink() {
    await this.#ask("POST", "/links/mail");
  }

  /** Add a picture: {file, ...}. */
  async upload(blob) {
    return (await this.#ask("POST", "/files", blob, { "Content-Type": blob.type })).json();
  }

  /** Take a picture away. */
  async drop(file) {
    await this.#ask("DELETE", `/files/${encodeURIComponent(file)}`);
  }

  /** An address of a file's bytes for this page, asked for once. */
  address(file) {
    if (!this.#addresses.has(file)) {
      const asked = this.#ask("GET", `/files/${encodeURIComponent(file)}`).then(async (answer) => URL.createObjectURL(await answer.blob()));
      this.#addresses.set(file, asked);
      asked.catch(() => this.#addresses.delete(file)); // it may be asked for again
    }
    return this.#addresses.get(file);
  }

  /** A paper of the finished piece: `certificate` or `care`. */
  async paper(name) {
    return (await this.#ask("GET", `/papers/${name}`)).blob();
  }

  /** Agree to the price of this number. */
  agreePrice(number, once) {
    return this.#json("POST", "/price", { number }, { "Idempotency-Key": once });
  }

  /** Say something of a revision; with file, x and y it is pinned. */
  comment(round, number, said, once) {
    return this.#json("POST", `/approvals/${round}/revisions/${number}/comments`, said, { "Idempotency-Key": once });
  }

  /** Her word on a revision: changes, soft or final. */
  decide(round, decided, once) {
    return this.#json("POST", `/approvals/${round}/decision`, decided, { "Idempotency-Key": once });
  }

  /** Take the request back. */
  cancel(words, once) {
    return this.#json("POST", "/cancellation", { words }, { "Idempotency-Key": once });
  }

  /** What an erasure would do: {possible, pictures, kept}. */
  erasure() {
    return this.#json("GET", "/erasure");
  }

  /** Erase all that is hers, as seen at `version`; this key opens nothing afterwards. */
  erase(version) {
    return this.#json("POST", "/erasure", {}, { "If-Match": `"${version}"` });
  }

  /** Say something of an appointment: `wish` for another time, or `cancellation`. */
  visit(appointment, what, said, once) {
    return this.#json("POST", `/appointments/${encodeURIComponent(appointment)}/${what}`, said, { "Idempotency-Key": once });
  }

  /** The way into its waiting room: {token}. */
  visitLink(appointment) {
    return this.#json("POST", `/appointments/${encodeURIComponent(appointment)}/link`);
  }

  async #json(method, path, body, headers) {
    return (await this.#ask(method, path, body, headers)).json();
  }

  #ask(method, path, body, headers = {}) {
    const json = body !== undefined && !(body instanceof Blob);
    return ask(`/v1/requests/${encodeURIComponent(this.id)}${path}`, {
      method,
      headers: { Authorization: `Bearer ${this.#key}`, ...(json ? JSON_TYPE : {}), ...headers },
      body: json ? JSON.stringify(body) : body,
    });
  }
}

/** A name under which something is done once, however often it is sent. */
export function onceName() {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** Whether it may go through when it is tried again by itself. */
export const passing = (error) => error instanceof ApiError && (error.reason === "offline" || error.status >= 500);
