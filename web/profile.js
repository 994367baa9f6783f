// What this device knows of its cameras: their own numbers, by camera and size of picture. They stay in this browser;
// the mirror is told those of the camera in use, and forgets them with the session.

import { recall, remember } from "./unit.js";

const NUMBERS = ["width", "height", "fx", "fy", "cx", "cy", "distortion", "focal_std"];
const SHAPE = 0.01; // of width over height: as tryon.geometry.camera, rounding changes less, another crop more
const LINE = /^(\w+)\s*=\s*(\[[^\]]*\]|[-\d.e+]+)/;

/** Where a camera's numbers are kept: a digest of its id and name, which say nothing elsewhere. */
async function place(track) {
  const { deviceId = "" } = track.getSettings();
  const bytes = new TextEncoder().encode(`${deviceId} ${track.label}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return `camera-${Array.from(digest.slice(0, 8), (byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

const read = (name) => {
  try {
    return JSON.parse(recall(name)) ?? {};
  } catch {
    return {}; // not ours
  }
};

const shapely = (profile, { width, height }) => Math.abs((profile.width * height) / (profile.height * width) - 1) <= SHAPE;

/** What is known of a camera at the size of its pictures now, or at another size of the same shape; else null. */
export async function profileOf(track) {
  const size = track.getSettings();
  const known = Object.values(read(await place(track))).filter((profile) => shapely(profile, size));
  return known.find(({ width }) => width === size.width) ?? known[0] ?? null;
}

/** Keep what was found; one a size. */
export async function keepProfile(track, profile) {
  const name = await place(track);
  remember(name, JSON.stringify({ ...read(name), [`${profile.width}x${profile.height}`]: profile }));
}

/** Forget all that is known of a camera. */
export const forgetProfile = async (track) => remember(await place(track), "{}");

/** What the mirror is told of a profile. */
export const numbersOf = (profile) => Object.fromEntries(NUMBERS.map((name) => [name, profile[name]]));

/** A profile from the file of `tryon calibrate camera`, or null when it says something else, or another shape. */
export function readFile(text, track) {
  const profile = {};
  for (const line of text.split("\n")) {
    const found = LINE.exec(line);
    try {
      if (found && NUMBERS.includes(found[1])) profile[found[1]] = JSON.parse(found[2]);
    } catch {
      return null;
    }
  }
  const whole = NUMBERS.every((name) => name in profile) && Array.isArray(profile.distortion);
  return whole && shapely(profile, track.getSettings()) ? profile : null;
}
