// All text of the page: one JSON file a language, and the way to fill its gaps.

/** @type {Record<string, string>} */
let words = {};
/** @type {Record<string, string>} */
let pieces = {};
let language = "en";

/** Languages there are words in; who reads none of them is given the first. */
export const LANGUAGES = ["en", "fr"];

/** The language of this page: the address's ?lang=, else the first of the browser's that there are words in. */
export function chosenLanguage(search = location.search, browser = navigator.languages) {
  const wished = [new URLSearchParams(search).get("lang"), ...browser].filter(Boolean);
  const codes = wished.map((tag) => tag.toLowerCase().split("-")[0]);
  return codes.find((code) => LANGUAGES.includes(code)) ?? LANGUAGES[0];
}

/** Load the words of a language; call once, before anything is shown. `also` names further files: what verdicts say
 * stands in one that the server reads too. The catalogue is written in the first language; others have a file for it. */
export async function loadWords(also, code = chosenLanguage()) {
  const file = async (name) => {
    const response = await fetch(`/web/words/${name}.json`);
    if (!response.ok) throw new Error(`no words for ${code}`);
    return response.json();
  };
  const files = [code, ...also.map((name) => `${name}.${code}`)];
  const [catalogue, ...parts] = await Promise.all([code === LANGUAGES[0] ? {} : file(`pieces.${code}`), ...files.map(file)]);
  words = Object.assign({}, ...parts);
  pieces = catalogue;
  language = code;
  document.documentElement.lang = code;
}

/** The code of the language that is shown. */
export const shownLanguage = () => language;

/** The words under a key, with `{name}` filled from values. */
export function say(key, values = {}) {
  const text = words[key];
  if (text === undefined) {
    console.error(`[words] no words for ${key}`);
    return key;
  }
  return unbroken(text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? "")));
}

/** A text whose lines do not break between a number, its doubt and its unit. */
export const unbroken = (text) =>
  text.replace(/(\d) (?=(?:mm|cm|in|po|N|g|%)(?![\p{L}\d]))/gu, "$1\u00a0").replace(/ ?± /g, (found) => found.replaceAll(" ", "\u00a0"));

/** The words for so many of something: `key.one`, `key.other`, as the language counts; `{count}` is the number. */
export function sayCount(key, count, values = {}) {
  const form = `${key}.${new Intl.PluralRules(language).select(count)}`;
  return say(form in words ? form : `${key}.other`, { ...values, count: number(count) });
}

/** A text of the catalogue in the language that is shown, where we have it; a shop's own pieces stay as they are. */
export const translated = (text) => pieces[text] ?? text;

/** Whether there are words under a key. */
export const known = (key) => key in words;

/** A number as people of this language write it. */
export const number = (value, digits = 0) =>
  new Intl.NumberFormat(language, { maximumFractionDigits: digits }).format(value);

/** A number with just so many digits behind its point. */
export const fixed = (value, digits) =>
  new Intl.NumberFormat(language, { minimumFractionDigits: digits, maximumFractionDigits: digits }).format(value);

/** A price without needless cents. */
export const price = (value, currency) =>
  new Intl.NumberFormat(language, { style: "currency", currency, maximumFractionDigits: 0 }).format(value);

/** An amount in minor units to the last cent; without cents when there are none. */
export const money = (minor, currency) =>
  new Intl.NumberFormat(language, { style: "currency", currency, minimumFractionDigits: minor % 100 ? 2 : 0, maximumFractionDigits: 2 }).format(minor / 100);

const dated = (options) => (iso) => new Intl.DateTimeFormat(language, options).format(new Date(iso));

/** A day, told as 2027-05-29. */
export const day = dated({ dateStyle: "medium", timeZone: "UTC" });

/** The day of a moment, where the reader is. */
export const dayOf = dated({ dateStyle: "medium" });

/** A moment, in the time zone of who reads it. */
export const moment = dated({ dateStyle: "medium", timeStyle: "short" });

/** The name of a language, told by its code. */
export const languageName = (code) => new Intl.DisplayNames(language, { type: "language" }).of(code);

/** Things in a row: "a, b and c". */
export const list = (items) => new Intl.ListFormat(language, { type: "conjunction" }).format(items);

/** Seconds in words: "5 seconds". */
export const seconds = (value) =>
  new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "long" }).format(value);
