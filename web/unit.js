// How lengths are written: in centimetres or inches, with no more digits than their doubt has; and what of that this
// device remembers.

import { el } from "./element.js";
import { fixed, say } from "./words.js";

/** What was remembered under a name, or null. */
export function recall(name) {
  try {
    return localStorage.getItem(`tryon-${name}`);
  } catch {
    return null; // the browser keeps nothing for this page
  }
}

/** Remember a choice on this device. */
export function remember(name, value) {
  try {
    localStorage.setItem(`tryon-${name}`, value);
  } catch {
    // then it holds for this visit
  }
}

/** Forget it. */
export function forget(name) {
  try {
    localStorage.removeItem(`tryon-${name}`);
  } catch {
    // then nothing was remembered
  }
}

/** The two ways to write a length. */
export const UNITS = ["cm", "in"];
/** Millimetres in each. */
export const MM = { cm: 10, mm: 1, in: 25.4 };

let usual = UNITS[0];

/** Which of them is written until she chooses one; it is no choice of hers, and not remembered. */
export const setUsualUnit = (unit) => (usual = unit);

/** Which of them she chose last, or the usual one. */
export const recalledUnit = () => (UNITS.includes(recall("unit")) ? recall("unit") : usual);

/** Two buttons to choose it by; `choose` is called with what was chosen, which is remembered. */
export function unitChoice(now, choose) {
  const button = (unit) =>
    el(
      "button",
      { type: "button", class: "place-choice", "data-unit": unit, "aria-pressed": String(unit === now), onclick: () => press(unit) },
      say(`unit.${unit}`),
    );
  const buttons = UNITS.map(button);
  const press = (unit) => {
    remember("unit", unit);
    for (const each of buttons) each.ariaPressed = String(each.dataset.unit === unit);
    choose(unit);
  };
  return el("div", { class: "place-choices fit-units", role: "group", "aria-label": say("unit.title") }, ...buttons);
}

/** Value and U as text: U with two significant digits, the value to the same place (as tryon.fit.measure.said). */
export function said(value, u95) {
  let places = 1 - Math.floor(Math.log10(u95));
  if (toPlaces(u95, places) >= 10 ** (2 - places)) places -= 1;
  const digits = Math.max(places, 0);
  return [fixed(toPlaces(value, places), digits), fixed(toPlaces(u95, places), digits)];
}

const toPlaces = (value, places) => Math.round(value * 10 ** places) / 10 ** places + 0;

/** A length in mm with its doubt, as {value, u95, unit} to be read; `fine` is for what is told in mm and not in cm. */
export function length(mm, u95, unit, { fine = false } = {}) {
  const shown = unit === "cm" && fine ? "mm" : unit;
  const [value, doubt] = said(mm / MM[shown], u95 / MM[shown]);
  return { value, u95: doubt, unit: say(`unit.${shown}`) };
}

/** A length without doubt, for the ends of a scale. */
export const plain = (mm, unit, { fine = false } = {}) => {
  const shown = unit === "cm" && fine ? "mm" : unit;
  return `${fixed(mm / MM[shown], shown === "in" && mm < 100 ? 1 : 0)} ${say(`unit.${shown}`)}`;
};
