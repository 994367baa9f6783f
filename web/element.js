// Making elements in one expression.

const SVG = "http://www.w3.org/2000/svg";

/**
 * An element with attributes (`on…` are listeners, true and false set and leave out) and children.
 * @param {string} name
 */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** An element of a drawing. */
export function svg(name, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}

// 24 x 24, one stroke; our own drawings
const ICONS = {
  close: "M6 6l12 12M18 6L6 18",
  bare: "M12 4a8 8 0 1 0 0 16zM12 4a8 8 0 0 1 0 16",
  adjust: "M12 3v18M8.5 6.5L12 3l3.5 3.5M8.5 17.5L12 21l3.5-3.5M4 10q8-4 16 0",
  more: "M5 12h.01M12 12h.01M19 12h.01",
  about: "M12 11v6M12 7.5h.01M12 3a9 9 0 1 0 .01 0",
  up: "M12 19V5M6 11l6-6 6 6",
  down: "M12 5v14M6 13l6 6 6-6",
  tilt_back: "M5 19h14M7 19c0-7 3-11 9-13M16 6l-4.5.5M16 6l-1 4.300",
  tilt_forward: "M5 19h14M17 19c0-7-3-11-9-13M8 6l4.5.5M8 6l1 4.300",
  forward: "M4 12h13M12 6l6 6-6 6M21 5v14",
  back: "M20 12H7M12 6l-6 6 6 6M3 5v14",
  camera: "M3 8h4l2-3h6l2 3h4v11H3zM12 10a3.500 3.500 0 1 0 .01 0",
  snapshots: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.5 9.5h.01",
  save: "M12 4v11M7 10.5l5 5 5-5M5 20h14",
  share: "M12 15V4M8 7.5L12 4l4 3.5M6 11H5v9h14v-9h-1",
  remove: "M5 7h14M10 7V4h4v3M7 7l1 13h8l1-13",
  closer: "M10.500 4a6.500 6.500 0 1 0 .01 0M15.300 15.300L20.500 20.500M7.500 10.500h6M10.500 7.500v6",
  worn: "M5 12.5l4.500 4.500L19 7",
  place: "M8 13V6a1.500 1.500 0 0 1 3 0v5V4.500a1.500 1.500 0 0 1 3 0V11V6a1.500 1.500 0 0 1 3 0v9c0 4-2 6-5 6s-4-1-6-4l-2-4c-.8-1.600 1.200-2.800 2.300-1.300L8 13",
  look: "M7 4h10v16l-5-4-5 4z",
  bag: "M5 8h14l1 12H4zM8.500 10V7a3.500 3.500 0 0 1 7 0v3",
  bespoke: "M4 5h16v11H9l-5 4zM8 9h8M8 12.500h5",
  measure: "M3 15.5L15.5 3 21 8.500 8.500 21zM6.500 12l2 2M9.500 9l3 3M12.500 6l2 2",
  tone: "M9 18V6l10-2v12M9 18a2.500 2 0 1 1-5 0a2.500 2 0 0 1 5 0M19 16a2.500 2 0 1 1-5 0a2.500 2 0 0 1 5 0",
  fit_fits: "M12 3a9 9 0 1 0 .01 0M7.500 12.500l3 3 6-6.500",
  fit_adjust: "M12 3L21 12 12 21 3 12zM8.500 12h7",
  fit_cannot_tell: "M12 3a9 9 0 1 0 .01 0M9.500 9.500c0-3.500 5-3.500 5 0 0 2-2.500 2-2.500 4M12 16.800h.01",
  fit_too_small: "M4 4h16v16H4zM8 8l3 3M16 8l-3 3M8 16l3-3M16 16l-3-3",
  fit_too_large: "M4 4h16v16H4zM11 11L8 8M13 11l3-3M11 13l-3 3M13 13l3 3",
  crown: "M4 18h16M4.5 15L3 7.5l5 3.5 4-6 4 6 5-3.5L19.5 15z",
};

/** A drawing that says nothing by itself; its button has the words. */
export function icon(name) {
  return svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true", class: `icon icon-${name}` }, svg("path", { d: ICONS[name] }));
}
