// What happened to a request, newest first: the audit trail's own lines, with what the request tells of each.

import * as desk from "./desk.js";
import { troubleOf } from "./door.js";
import { el } from "./element.js";
import { Part } from "./part.js";
import { known, moment, money, number, say } from "./words.js";

const KEPT = /^file\.keep$/;

export class Deeds extends Part {
  #list = el("ol", { class: "plain deeds" });
  #says = el("p", { class: "part-note", role: "status" });
  #next = el("button", { type: "button", class: "quiet small", hidden: true, onclick: () => this.#load({ on: true }) }, say("deeds.more"));
  #deeds = [];
  #more = 0;
  #version = 0;
  #told = null;

  constructor(room, key) {
    super(room, "history", key);
    this.body.append(this.#says, this.#list, this.#next);
    this.element.addEventListener("toggle", () => this.element.open && this.#told && this.#load());
  }

  line({ steps }) {
    const last = steps.at(-1);
    return last ? say("requests.step", { stage: say(`stage.${last.stage}`), who: last.name || say(`by.${last.by}`), at: moment(last.at) }) : "";
  }

  draw(told) {
    this.#told = told;
    if (this.element.open) this.#load();
  }

  async #load({ on = false } = {}) {
    if (!on && this.#version === this.#told.version) return;
    const { version } = this.#told;
    this.#says.textContent = on || this.#deeds.length ? "" : say("requests.loading");
    try {
      const { deeds, more } = await desk.history(this.room.id, on ? this.#more : 0);
      this.#deeds = on ? [...this.#deeds, ...deeds] : deeds;
      this.#more = more;
      this.#version = version;
    } catch (error) {
      this.#says.textContent = troubleOf(error);
      return;
    }
    this.#says.textContent = "";
    this.#next.hidden = !this.#more;
    this.#list.replaceChildren(...this.#lines());
  }

  /** Each deed with what the request tells of that very moment; what is told of no deed stands by itself. */
  #lines() {
    const told = this.#details();
    const rows = this.#deeds.map(({ at, by, name, action }) => {
      const more = told.get(at) ?? [];
      told.delete(at);
      return [at, name || say(`by.${by}`), words(action), more];
    });
    const oldest = this.#more ? this.#deeds.at(-1)?.at : "";
    for (const [at, more] of told) if (at >= oldest) rows.push([at, "", "", more]);
    rows.sort(([a], [b]) => (a < b ? 1 : a > b ? -1 : 0));
    return rows.map(([at, who, what, more]) =>
      el(
        "li",
        { class: "deed" },
        el("time", { datetime: at }, moment(at)),
        el("span", { class: "deed-what" }, [what, who].filter(Boolean).join(", ")),
        more.length ? el("div", { class: "deed-more" }, ...more) : null,
      ),
    );
  }

  #details() {
    const { steps, rounds, files, prices, quality } = this.#told;
    const found = new Map();
    const tell = (at, ...nodes) => found.set(at, [...(found.get(at) ?? []), ...nodes.filter(Boolean)]);
    const line = (text) => el("p", {}, text);
    const said = (text) => (text ? el("p", { class: "step-words" }, text) : null);
    for (const { at, came_from: from, stage, words: text, file } of steps) {
      const pictured = file && files.find((one) => one.file === file)?.mime.startsWith("image/");
      tell(at, line(say("deeds.step", { from: say(`stage.${from}`), to: say(`stage.${stage}`) })), said(text), pictured ? this.room.image(file, say("deeds.picture", { stage: say(`stage.${stage}`) })) : null);
    }
    for (const { number: one, total_minor: total, currency, made_at: at, agreed_at: agreed } of prices) {
      tell(at, line(say("deeds.price", { number: number(one), total: money(total, currency) })));
      if (agreed) tell(agreed, line(say("deeds.price", { number: number(one), total: money(total, currency) })));
    }
    for (const { revisions } of rounds) {
      for (const { number: one, made_at: made, words: text, decisions, comments } of revisions) {
        tell(made, line(say("design.revision.each", { number: number(one) })), said(text));
        for (const { at, decision, words: more } of decisions) tell(at, line(say(`revision.decided.${decision}`)), said(more));
        for (const { at, words: more } of comments) tell(at, said(more));
      }
    }
    if (quality) tell(quality.at, line(say(quality.passed ? "quality.passed" : "quality.failed", { name: quality.name, date: moment(quality.at) })));
    // a file is stamped when it came, its deed when it was kept
    const kept = this.#deeds.filter(({ action }) => KEPT.test(action)).toReversed();
    for (const { made_at: made, kind } of files) {
      const deed = kept.find(({ at }) => at >= made);
      if (deed) tell(deed.at, line(say(`file.${kind}`)));
    }
    return found;
  }
}

/** A deed in words: what follows its name there is whose, or of which round. */
function words(action) {
  const approval = action.match(/^approval\.(one|two)\.(?:\d+\.)?(\w+)$/);
  if (approval) return say(`deed.approval.${approval[2]}`, { round: say(`part.${approval[1] === "one" ? "design" : "piece"}`) });
  const key = `deed.${action.replace(/^(offer\.answer)\..*/, "$1")}`;
  return known(key) ? say(key) : say("deed.other");
}
