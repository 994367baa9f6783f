// What is worn together: each piece with its place and its nudge. A place on the body holds one piece. Nothing here
// is ever changed; every wish makes a new list.

/** As in tryon.messages. */
export const PIECES_MAX = 8;
export const FINGERS = ["thumb", "index", "middle", "ring", "little"];
export const HANDS = ["left_hand", "right_hand"];
/** The hand she shows, whichever it is. */
export const EITHER = "either_hand";
export const HOME = Object.freeze({ up_mm: 0, forward_mm: 0, tilt_deg: 0, moved: false });

/**
 * A piece that is worn. `place` is null for its own place; what goes on a hand then follows the hand she shows.
 * @typedef {{piece: object, place: {on: string, finger: string, held: boolean} | null, nudge: object}} Worn
 */

/** Where it is: {on, finger, held}. */
export const whereOf = ({ piece, place }) => place ?? { on: piece.worn_on, finger: piece.finger, held: false };

/** Whether a hand wears or holds it. */
export const inHand = (worn) => [...HANDS, EITHER].includes(whereOf(worn).on);

/** The hand she chose for it, or undefined: the one she shows. */
export const chosenHand = ({ place }) => (place && place.on !== EITHER ? place.on : undefined);

/** What kind of place a piece is made for: head, neck, ears, finger or wrist. */
export function kindOfPlace({ worn_on: on, finger }) {
  if (!HANDS.includes(on)) return on;
  return finger ? "finger" : "wrist";
}

/** The place on the body, without its hand. */
function spot(worn) {
  const { finger, held } = whereOf(worn);
  const kind = held ? "palm" : kindOfPlace(worn.piece);
  return kind === "finger" ? `finger ${finger}` : kind;
}

const otherHand = (on) => HANDS.find((hand) => hand !== on);
const onHand = (worn, on) => ({ ...worn, place: { ...whereOf(worn), on } });

/**
 * Put a piece on, or elsewhere, in place of what is there. What follows the hand she shows is kept to the hand that
 * is free when another piece has the same finger, wrist or palm of one hand.
 */
export function putOn(outfit, piece, place = null) {
  const before = outfit.find((worn) => worn.piece === piece);
  const stays = before && whereOf(before).held === Boolean(place?.held);
  let added = { piece, place, nudge: stays ? before.nudge : HOME };
  const rivals = outfit.filter((worn) => worn.piece !== piece && spot(worn) === spot(added));
  if (inHand(added)) {
    const taken = rivals.map(chosenHand).filter(Boolean);
    if (!chosenHand(added) && taken.length) added = onHand(added, taken.length > 1 ? HANDS[0] : otherHand(taken[0]));
  }
  const hand = chosenHand(added);
  const gone = (worn) => worn.piece === piece || (rivals.includes(worn) && chosenHand(worn) === hand);
  const kept = outfit
    .filter((worn) => !gone(worn))
    .map((worn) => (hand && rivals.includes(worn) && !chosenHand(worn) ? onHand(worn, otherHand(hand)) : worn));
  const at = outfit.some(gone) ? outfit.findIndex(gone) : kept.length;
  return [...kept.slice(0, at), added, ...kept.slice(at)];
}

/** Take a piece off. */
export const takeOff = (outfit, id) => outfit.filter((worn) => worn.piece.id !== id);

/** Move a piece off its own seat, or back. */
export const nudged = (outfit, id, nudge) => outfit.map((worn) => (worn.piece.id === id ? { ...worn, nudge } : worn));

/** The next piece for the same place (1) or the one before (-1); goes round, past what is worn elsewhere. */
export function neighbour(outfit, worn, pieces, by) {
  const kind = kindOfPlace(worn.piece);
  const elsewhere = outfit.map(({ piece }) => piece).filter((piece) => piece !== worn.piece);
  const fit = pieces.filter((piece) => kindOfPlace(piece) === kind && !elsewhere.includes(piece));
  return fit[(fit.indexOf(worn.piece) + by + fit.length) % fit.length];
}
