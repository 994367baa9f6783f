// The mirror in a shop's page: what it tells the shop, and what the shop may tell it. No picture, no measure and no
// name of hers ever goes over this line, save a snapshot that she herself hands over.

import { shop } from "./api.js";
import { Port } from "./port.js";
import { shown } from "./states.js";
import { setUsualUnit, UNITS } from "./unit.js";

/** What the shop is told. */
export const EVENTS = [
  "hello",
  "ready",
  "state",
  "piece.changed",
  "snapshot.created",
  "snapshot.shared",
  "measure.completed",
  "consultation.submitted",
  "cart.requested",
  "track",
  "error",
  "close",
];
/** What the shop may say. */
export const COMMANDS = ["piece.set", "set"];
const THEMES = ["light", "dark"];
const REFUSED = ["denied", "not_here", "none", "busy", "insecure", "in_app", "camera_failed", "camera_lost"];

/** Whether an address is of this very machine: a sandbox key works there too (tryon.atelier.shops). */
const here = (host) => host === "localhost" || host.endsWith(".localhost") || host === "[::1]" || host.startsWith("127.");

/** Stands between the room and the shop's page. Make it before anything is waited for: the page may speak at once. */
export class Frame {
  /** The shop, or null when it cannot be told: then the catalogue cannot either, and that has words. */
  shop = shop().catch(() => null);
  #port;
  #room = null; // once there is something to wear
  #wished = ""; // piece that the shop named before that
  #sku; // what is in hand, once something was said of it

  constructor() {
    const nonce = location.hash.slice(1);
    this.#port = new Port(nonce, (origin) => this.#admits(origin));
    this.#port.addEventListener("command", ({ detail }) => this.#obey(detail));
    const named = new URLSearchParams(location.search);
    this.#set({ theme: named.get("theme"), units: named.get("units") });
    // in a sheet of the shop's page, Escape closes that, unless one of ours is open over the mirror
    addEventListener("keydown", ({ key, defaultPrevented }) => {
      if (key === "Escape" && !defaultPrevented && !document.querySelector("dialog[open]")) this.#port.tell("close");
    });
  }

  /** `sku`: what is in hand; null: nothing is worn. */
  #changed(sku) {
    this.#port.tell("piece.changed", { sku });
    if (sku) this.#track("select_item", { sku });
  }

  /** Tell of this room from now on, and let the shop dress it. */
  attend(room) {
    const tell = (type, then) => room.addEventListener(type, ({ detail }) => then(detail));
    tell("filled", () => {
      this.#room = room;
      this.#port.tell("ready");
      if (this.#sku !== undefined) this.#changed(this.#sku);
      if (this.#wished) room.wear(this.#wished);
    });
    tell("state", (detail) => this.#state(detail));
    tell("piece", ({ sku }) => {
      this.#sku = sku;
      if (this.#room) this.#changed(sku); // what is worn from the first on is told once the shop knows that we are ready
    });
    tell("snapshot", ({ pieces }) => {
      this.#port.tell("snapshot.created", { pieces });
      this.#track("tryon_snapshot");
    });
    tell("share", ({ blob, pieces }) => this.#port.tell("snapshot.shared", { blob, pieces }));
    tell("measured", () => {
      this.#port.tell("measure.completed");
      this.#track("tryon_measure_complete");
    });
    tell("submitted", () => {
      this.#port.tell("consultation.submitted");
      this.#track("generate_lead");
    });
    tell("bag", ({ sku }) => {
      this.#port.tell("cart.requested", { sku });
      this.#track("add_to_cart", { sku });
    });
  }

  async #admits(origin) {
    const told = await this.shop;
    if (!told) return false;
    return told.origins.includes(origin) || (told.sandbox && (origin === location.origin || here(new URL(origin).hostname)));
  }

  #state({ state, reason }) {
    this.#port.tell("state", { state });
    if (state === "asking") this.#track("tryon_consent");
    if (shown(state)) this.#track("tryon_live");
    if (!reason && !REFUSED.includes(state)) return;
    const code = reason ?? `camera_${state.replace("camera_", "")}`;
    this.#port.tell("error", { code, recoverable: true });
    this.#track("tryon_error", { code });
  }

  #track(name, params = {}) {
    this.#port.tell("track", { name, params });
  }

  /** Unknown commands, and values that are none, are passed over. */
  #obey({ type, data }) {
    if (type === "piece.set") {
      this.#wished = String(data.sku);
      this.#room?.wear(this.#wished);
    } else if (type === "set") this.#set(data);
  }

  #set({ theme, units, cart, share }) {
    if (theme) {
      if (THEMES.includes(theme)) document.documentElement.dataset.theme = theme;
      else delete document.documentElement.dataset.theme;
    }
    // what she chose herself on this device comes first
    if (UNITS.includes(units)) setUsualUnit(units);
    if (cart !== undefined) document.documentElement.toggleAttribute("data-cart", Boolean(cart));
    if (share !== undefined) document.documentElement.toggleAttribute("data-share", Boolean(share));
  }
}
