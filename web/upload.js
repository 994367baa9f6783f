// Files on their way to the atelier: each with its progress, until it is there or the reason why not.

import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { number, say } from "./words.js";

const BYTES = [
  ["megabyte", 1e6],
  ["kilobyte", 1e3],
  ["byte", 1],
];

/** So many bytes as people read them. */
export function bytes(size) {
  const [unit, of] = BYTES.find(([, least]) => size >= least) ?? BYTES.at(-1);
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit, maximumFractionDigits: 1 }).format(size / of);
}

/** `kindOf(file)`: what it is kept as; `kept(told)`: called for each that is there. */
export class Upload {
  #request;
  #kindOf;
  #kept;
  #list = el("ul", { class: "plain uploads" });
  #input;
  element;

  constructor(request, { label, accept, kindOf, kept, multiple = true }) {
    this.#request = request;
    this.#kindOf = kindOf;
    this.#kept = kept;
    this.#input = el("input", { type: "file", accept, multiple, class: "unseen", onchange: () => this.#chosen() });
    this.element = el("div", { class: "upload" }, el("label", { class: "upload-choose" }, this.#input, el("span", {}, label)), this.#list);
  }

  #chosen() {
    for (const file of this.#input.files) this.#send(file);
    this.#input.value = ""; // the same one may be chosen again
  }

  async #send(file) {
    const going = new AbortController();
    const bar = el("progress", { max: 1, value: 0, "aria-label": say("upload.progress", { name: file.name }) });
    const said = el("span", { class: "upload-said" }, say("upload.going", { percent: number(0) }));
    const stop = el("button", { type: "button", class: "quiet small", onclick: () => going.abort() }, say("upload.stop"));
    const row = el("li", {}, el("span", { class: "upload-name" }, file.name, el("span", { class: "field-hint" }, ` ${bytes(file.size)}`)), bar, said, stop);
    this.#list.append(row);
    const went = (share) => {
      bar.value = share;
      said.textContent = say(share < 1 ? "upload.going" : "upload.checked", { percent: number(Math.floor(100 * share)) });
    };
    try {
      await this.#kept(await desk.upload(this.#request, this.#kindOf(file), file, went, going.signal));
      row.remove();
    } catch (error) {
      if (going.signal.aborted) {
        row.remove();
        return;
      }
      bar.remove();
      said.className = "upload-said trouble";
      said.setAttribute("role", "alert");
      said.textContent = troubleOf(error);
      const again = el("button", { type: "button", class: "quiet small", onclick: () => (row.remove(), this.#send(file)) }, say("upload.again"));
      stop.replaceWith(again, el("button", { type: "button", class: "quiet small", onclick: () => row.remove() }, say("upload.leave")));
    }
  }
}
