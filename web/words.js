// All text of the page: one JSON file a language, and the way to fill its gaps.

/** @type {Record<string, string>} */
let words = {};
let language = "en";

/** Load the words of a language; call once, before anything is shown. What verdicts say stands in a file that the
 * server reads too. */
export async function loadWords(code = "en") {
  const files = [`/web/words/${code}.json`, `/web/words/fit.${code}.json`].map(async (file) => {
    const response = await fetch(file);
    if (!response.ok) throw new Error(`no words for ${code}`);
    return response.json();
  });
  words = Object.assign({}, ...(await Promise.all(files)));
  language = code;
}

/** The words under a key, with `{name}` filled from values. */
export function say(key, values = {}) {
  const text = words[key];
  if (text === undefined) {
    console.error(`[words] no words for ${key}`);
    return key;
  }
  return text.replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));
}

/** The language of the page. */
export const code = () => language;

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

/** Things in a row: "a, b and c". */
export const list = (items) => new Intl.ListFormat(language, { type: "conjunction" }).format(items);

/** Seconds in words: "5 seconds". */
export const seconds = (value) =>
  new Intl.NumberFormat(language, { style: "unit", unit: "second", unitDisplay: "long" }).format(value);
