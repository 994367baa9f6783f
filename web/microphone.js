// A microphone: which there are, one of them open, and how loud it is. Nothing here runs before she agreed.

import { el } from "./element.js";
import { say } from "./words.js";

/** Open a microphone: its track, or null when there is none or it is not allowed. */
export async function openMicrophone(deviceId = null) {
  const wish = { echoCancellation: true, noiseSuppression: true, autoGainControl: true };
  try {
    const audio = deviceId ? { ...wish, deviceId: { exact: deviceId } } : wish;
    return (await navigator.mediaDevices.getUserMedia({ audio, video: false })).getAudioTracks()[0];
  } catch {
    return null; // one can be at a meeting and only write
  }
}

/** Every device of a kind (`audioinput`, `videoinput`): {id, name}; names are only told after one was allowed. */
export async function devices(kind) {
  const all = await navigator.mediaDevices.enumerateDevices();
  return all.filter((device) => device.kind === kind).map(({ deviceId, label }) => ({ id: deviceId, name: label }));
}

/** <level-meter>: how loud a microphone is now. */
export class LevelMeter extends HTMLElement {
  #context = null;
  #frame = 0;

  /** Make the element known. */
  static define() {
    customElements.define("level-meter", LevelMeter);
  }

  connectedCallback() {
    this.setAttribute("role", "meter");
    this.setAttribute("aria-label", say("session.level"));
    this.setAttribute("aria-valuemin", "0");
    this.setAttribute("aria-valuemax", "100");
    this.setAttribute("aria-valuenow", "0");
    this.append(el("span", {}));
  }

  disconnectedCallback() {
    this.track = null;
  }

  /** The microphone that is listened to, or null. */
  set track(track) {
    cancelAnimationFrame(this.#frame);
    this.#context?.close();
    this.#context = null;
    this.#show(0);
    if (!track) return;
    this.#context = new AudioContext();
    const analyser = new AnalyserNode(this.#context, { fftSize: 512 });
    this.#context.createMediaStreamSource(new MediaStream([track])).connect(analyser);
    const wave = new Float32Array(analyser.fftSize);
    const look = () => {
      analyser.getFloatTimeDomainData(wave);
      const power = wave.reduce((sum, value) => sum + value * value, 0) / wave.length;
      // from -60 dB to 0 dB of full scale
      this.#show(Math.round(Math.min(100, Math.max(0, 100 + (10 * Math.log10(power + 1e-9) * 100) / 60))));
      this.#frame = requestAnimationFrame(look);
    };
    look();
  }

  #show(level) {
    this.setAttribute("aria-valuenow", String(level));
    this.style.setProperty("--level", `${level}%`);
  }
}

/** A list to choose a device from; calls `choose(id)`. */
export async function devicePicker(kind, words, now, choose) {
  const all = await devices(kind);
  return el(
    "label",
    { class: "picker" },
    el("span", {}, words),
    el(
      "select",
      { "data-kind": kind, onchange: ({ target }) => choose(target.value) },
      ...(all.length ? all : [{ id: "", name: say("session.device.none") }]).map(({ id, name }, at) =>
        el("option", { value: id, selected: id === now }, name || say("session.device.each", { number: at + 1 })),
      ),
    ),
  );
}
