// <crown-tryon>: the mirror on a shop's page. One picture and one button; nothing else is loaded before a click.
// How to use it: web/embed/README.md. No dependency; one script, served as it stands here.
(() => {
  const VERSION = 1;
  const PATH = "/embed/v1/";
  const SILENT_MS = 20_000; // a frame that has loaded and says nothing for so long is not ours
  const CAMERA = "camera; microphone; autoplay; fullscreen; clipboard-write; screen-wake-lock" + (navigator.share ? "; web-share" : "");
  const EVENTS = [
    "ready",
    "state",
    "piece.changed",
    "snapshot.created",
    "snapshot.shared",
    "measure.completed",
    "consultation.submitted",
    "cart.requested",
    "error",
  ];
  const SETTINGS = ["sku", "lang", "theme", "mode", "units"];
  // for a page that cannot reach us; all else comes in its language with the card
  const WORDS = {
    en: { button: "Try it on", close: "Close", away: "The try-on cannot be reached just now. Please try again later." },
    fr: { button: "Essayer", close: "Fermer", away: "L’essayage est injoignable pour le moment. Réessayez plus tard." },
  };
  const STYLE = `
    :host { --ground: var(--crown-ground, #f6f1e7); --ink: var(--crown-ink, #1d1a16);
      --accent: var(--crown-accent, #7d5c22); --on: var(--crown-on-accent, #fffaf0);
      display: block; position: relative; container-type: inline-size; color: var(--ink);
      font: 16px/1.5 var(--crown-font, system-ui, sans-serif); text-align: start; }
    :host([hidden]), [hidden] { display: none !important; }
    .box { display: grid; align-content: center; justify-items: center; gap: 14px; box-sizing: border-box;
      min-height: 300px; padding: 20px; background: var(--ground); border-radius: var(--crown-radius, 6px); }
    img { max-width: 100%; height: auto; max-height: 420px; object-fit: contain; cursor: pointer; }
    img:not([src]) { visibility: hidden; }
    button { min-height: 44px; padding: 0 24px; border: 0; border-radius: var(--crown-radius, 3px); font: inherit;
      color: var(--on); background: var(--accent); cursor: pointer; }
    button:focus-visible { outline: 2px solid var(--ink); outline-offset: 3px; }
    p { margin: 0; max-width: 34em; text-align: center; }
    iframe { display: block; width: 100%; height: 100%; border: 0; background: #2a251e; }
    .inline { height: min(92vh, 760px); min-height: 560px; overflow: hidden; border-radius: var(--crown-radius, 6px); }
    .inline + .box { display: none; }
    dialog { position: fixed; inset: 0; margin: auto; padding: 0; border: 0; overflow: hidden; color: var(--ink);
      background: var(--ground); width: min(1180px, 94vw); height: min(860px, 94vh); border-radius: 8px; }
    dialog[open] { display: grid; grid-template-rows: auto minmax(0, 1fr); }
    dialog::backdrop { background: rgb(20 17 13 / 62%); }
    dialog.full { width: 100%; height: 100%; max-width: none; max-height: none; border-radius: 0; }
    @media (max-width: 600px) { dialog { width: 100%; height: 100%; max-width: none; max-height: none; border-radius: 0; } }
    .bar { display: flex; align-items: center; justify-content: space-between; gap: 12px; padding: 4px 4px 4px 16px; }
    .bar span { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
    .bar button { padding: 0 16px; color: inherit; background: none; }
    @media (prefers-color-scheme: dark) { :host(:not([theme="light"])) { --ground: var(--crown-ground, #1f1b15);
      --ink: var(--crown-ink, #f0e9db); --accent: var(--crown-accent, #d6b77a); --on: var(--crown-on-accent, #1a150c); } }
    :host([theme="dark"]) { --ground: var(--crown-ground, #1f1b15); --ink: var(--crown-ink, #f0e9db);
      --accent: var(--crown-accent, #d6b77a); --on: var(--crown-on-accent, #1a150c); }`;

  const script = document.currentScript ?? [...document.scripts].find(({ src }) => src.endsWith("/embed/v1.js"));
  const OURS = new URL(script.src).origin;

  const el = (name, attributes = {}, ...children) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    made.append(...children);
    return made;
  };

  class CrownTryon extends HTMLElement {
    static observedAttributes = ["key", "cart", "share", ...SETTINGS];
    #card = null; // what the server said of the piece, or null
    #asking = null; // AbortController of the question for it
    #img = el("img", { part: "poster", width: "640", height: "480", loading: "lazy", decoding: "async" });
    #button = el("button", { part: "button", type: "button" });
    #said = el("p", { part: "words", role: "status", hidden: "" });
    #box = el("div", { class: "box", part: "box" }, this.#img, this.#button, this.#said);
    #place = null; // what holds the frame: a part of the page, or a sheet over it
    #frame = null;
    #port = null;
    #told = 0;
    #heard = 0;
    #silent = 0; // timer
    #analytics = false;
    #seen = false;

    constructor() {
      super();
      const shadow = this.attachShadow({ mode: "open", delegatesFocus: true });
      const style = new CSSStyleSheet(); // a shop's CSP does not forbid it, as it may a <style>
      style.replaceSync(STYLE);
      shadow.adoptedStyleSheets = [style];
      shadow.append(this.#box);
      for (const part of [this.#button, this.#img]) part.addEventListener("click", () => this.open());
    }

    connectedCallback() {
      document.addEventListener("securitypolicyviolation", this.#forbidden);
      this.#ask();
    }

    /** Taken out of the page: the frame goes, and with it her session. */
    disconnectedCallback() {
      document.removeEventListener("securitypolicyviolation", this.#forbidden);
      this.#asking?.abort();
      this.close();
    }

    attributeChangedCallback(name, before, now) {
      if (!this.isConnected || before === now) return;
      if (name === "key" || name === "lang") {
        // another language is another page: it opens anew
        const open = Boolean(this.#frame);
        this.close();
        this.#ask().then(() => open && this.open());
      } else if (name === "sku") {
        if (this.#port) this.#send("piece.set", { sku: now });
        this.#ask();
      } else this.#send("set", this.#settings());
    }

    /** Whether the mirror is open. */
    get opened() {
      return Boolean(this.#frame);
    }

    /** Open the mirror; her camera is asked for only after she agreed, inside. */
    open() {
      if (this.#frame || !this.isConnected || this.#card?.refused) return;
      this.#say("");
      const nonce = [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
      const query = new URLSearchParams({ ...this.#query(), theme: this.getAttribute("theme") ?? "auto" });
      if (this.getAttribute("units")) query.set("units", this.getAttribute("units"));
      this.#frame = el("iframe", {
        part: "frame",
        src: `${OURS}${PATH}?${query}#${nonce}`,
        allow: CAMERA,
        referrerpolicy: "strict-origin-when-cross-origin",
        title: this.#button.getAttribute("aria-label") ?? this.#button.textContent,
      });
      this.#frame.addEventListener("load", () => this.#connect(nonce));
      this.#place = this.#mode === "inline" ? el("div", { class: "inline" }, this.#frame) : this.#sheet();
      this.#box.before(this.#place);
      if (this.#place.showModal) this.#place.showModal();
      else this.#frame.focus();
      this.#track("tryon_open");
    }

    /** Close it: the session ends, the picture and the button are back. */
    close() {
      if (!this.#frame) return;
      clearTimeout(this.#silent);
      const focused = this.shadowRoot.activeElement && this.shadowRoot.activeElement !== this.#button;
      this.#port?.close();
      this.#place.remove();
      this.#port = this.#frame = this.#place = null;
      if (focused) this.#button.focus();
      this.#tell("close");
      this.#track("tryon_close");
    }

    /** Change what an attribute says: {sku, lang, theme, mode, units}; null takes one away. */
    set(settings) {
      for (const name of SETTINGS) {
        if (!(name in settings)) continue;
        if (settings[name] === null) this.removeAttribute(name);
        else this.setAttribute(name, settings[name]);
      }
    }

    /** What your visitor said to your own consent banner: `track` events come only with {analytics: true}. */
    consent({ analytics }) {
      this.#analytics = analytics === true;
      if (this.#card && !this.#card.refused) this.#impress();
    }

    /** Close it and take it out of the page. */
    destroy() {
      this.close();
      this.remove();
    }

    get #mode() {
      return ["dialog", "fullscreen"].includes(this.getAttribute("mode")) ? this.getAttribute("mode") : "inline";
    }

    get #lang() {
      const said = this.getAttribute("lang");
      return said && said !== "auto" ? said : this.closest("[lang]:not(crown-tryon)")?.lang || navigator.language;
    }

    get #words() {
      return WORDS[this.#lang.slice(0, 2).toLowerCase()] ?? WORDS.en;
    }

    #query() {
      return { key: this.getAttribute("key") ?? "", sku: this.getAttribute("sku") ?? "", lang: this.#lang };
    }

    #settings() {
      const { theme, units } = Object.fromEntries(SETTINGS.map((name) => [name, this.getAttribute(name) ?? ""]));
      return { theme: theme || "auto", units, cart: this.hasAttribute("cart"), share: this.hasAttribute("share") };
    }

    /** Ask what to show: one plain request, which also tells whether this page may show it. */
    async #ask() {
      this.#asking?.abort();
      const asking = (this.#asking = new AbortController());
      this.#say(""); // now, not when the answer comes: a mirror that was opened meanwhile may have something to say
      this.#button.textContent ||= this.#words.button;
      try {
        const response = await fetch(`${OURS}${PATH}card.json?${new URLSearchParams(this.#query())}`, {
          credentials: "omit",
          signal: asking.signal,
        });
        if (!response.ok) throw new Error(response.status);
        this.#show(await response.json());
      } catch {
        if (asking.signal.aborted) return;
        this.#card = null;
        this.#img.hidden = !this.#img.hasAttribute("src"); // its place was kept until now
        this.#fail("offline", this.#words.away);
      }
    }

    #show(card) {
      this.#card = card;
      this.#button.textContent = card.button;
      this.#button.setAttribute("aria-label", `${card.button}: ${card.name}`);
      this.#button.hidden = Boolean(card.refused);
      this.#img.hidden = !card.poster;
      if (card.poster) {
        this.#img.alt = card.alt;
        this.#img.src = OURS + card.poster;
      }
      if (card.refused) this.#fail(card.refused, card.words);
      else this.#impress();
    }

    #impress() {
      if (this.#seen || !this.#analytics) return;
      this.#seen = true;
      this.#track("tryon_impression");
    }

    #sheet() {
      const close = el("button", { part: "close", type: "button" }, this.#card?.close ?? this.#words.close);
      close.addEventListener("click", () => this.close());
      const bar = el("div", { class: "bar", part: "bar" }, el("span", {}, this.#card?.name ?? ""), close);
      const sheet = el("dialog", { part: "dialog", "aria-label": this.#frame.title }, bar, this.#frame);
      sheet.classList.toggle("full", this.#mode === "fullscreen");
      sheet.addEventListener("cancel", (event) => {
        event.preventDefault();
        this.close();
      });
      return sheet;
    }

    /** Hand the frame its end of a line: to our origin alone, and only to the frame that was made here. */
    #connect(nonce) {
      const { port1, port2 } = new MessageChannel();
      this.#port?.close();
      this.#port = null;
      this.#heard = 0;
      port1.onmessage = ({ data }) => this.#hear(port1, data);
      this.#frame.contentWindow.postMessage({ crown: VERSION, type: "connect", nonce }, OURS, [port2]);
      clearTimeout(this.#silent);
      this.#silent = setTimeout(() => this.#lost("frame_silent"), SILENT_MS);
    }

    #hear(port, message) {
      const { v, type, id, data } = message ?? {};
      if (!this.#frame || v !== VERSION || !(id > this.#heard)) return;
      this.#heard = id;
      if (type === "hello") {
        clearTimeout(this.#silent);
        this.#port = port;
        this.#told = 0;
        this.#send("set", this.#settings());
      } else if (type === "close") {
        if (this.#mode !== "inline") this.close();
      } else if (type === "track") this.#track(data.name, data.params);
      else if (EVENTS.includes(type)) {
        if (type === "error" && data.code === "camera_not_here") console.warn(`[crown-tryon] ${POLICY}`);
        this.#tell(type, data);
      }
    }

    #send(type, data) {
      this.#told += 1;
      this.#port?.postMessage({ v: VERSION, type, id: this.#told, data });
    }

    #tell(type, detail = {}) {
      this.dispatchEvent(new CustomEvent(type, { detail }));
    }

    #track(name, params = {}) {
      if (this.#analytics) this.#tell("track", { name, params: { sku: this.getAttribute("sku"), ...params } });
    }

    #say(words) {
      this.#said.hidden = !words;
      this.#said.textContent = words;
    }

    #fail(code, words) {
      this.#say(words);
      this.#tell("error", { code, recoverable: false });
    }

    /** The frame cannot be shown: words in its place. */
    #lost(code) {
      this.close();
      this.#fail(code, this.#words.away);
    }

    #forbidden = ({ blockedURI, effectiveDirective }) => {
      if (!this.#frame || effectiveDirective !== "frame-src" || !blockedURI.startsWith(OURS)) return;
      console.warn(`[crown-tryon] This page's Content-Security-Policy lacks: frame-src ${OURS}`);
      this.#lost("frame_forbidden");
    };
  }

  const POLICY = `This page's Permissions-Policy keeps the camera from the mirror. It needs: camera=(self "${OURS}")`;
  if (!customElements.get("crown-tryon")) customElements.define("crown-tryon", CrownTryon);
})();
