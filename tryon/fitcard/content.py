"""What a fit card says, in words and millimetres; how it looks on paper or in a table is not decided here."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import msgspec

from tryon.errors import InputError
from tryon.fit.balance import WEIGHT_TOLERANCE
from tryon.fit.bands import line_of, offered_sizes
from tryon.fit.given import METHODS as GIVEN
from tryon.fit.measure import said
from tryon.fit.notes import Level, Phrase
from tryon.fit.sides import apart_mm, hand_of
from tryon.fit.size_table import Kind, System, size_rows
from tryon.fit.sizes import MM_PER_INCH, Odds
from tryon.fit.steps import step_of
from tryon.fit.verdict import Word
from tryon.fitcard.record import Fit, Record, Told
from tryon.types import Piece
from tryon.words import english

FINGERS = ("index", "middle", "ring", "little")
SHAPE_INDEX = "head_shape_index"
QUANTITIES = {
    "head_circumference_over_hair": "Head, round over the hair",
    "head_breadth_over_hair": "Head, breadth over the hair",
    "head_length_over_hair": "Head, length over the hair",
    "head_circumference": "Head, round on the scalp",
    "head_breadth": "Head, breadth on the scalp",
    "head_length": "Head, length on the scalp",
    SHAPE_INDEX: "Head, breadth over length",
    "head_arc_ear_to_ear": "Ear to ear over the head",
    "forehead_height": "Forehead, height to the hairline",
    "face_breadth": "Face, breadth",
    "interpupillary_distance": "Between the pupils",
    "neck_circumference": "Neck, round",
    "neck_base_circumference": "Base of the neck, round",
    "wrist_circumference": "Wrist, round",
    "hand_breadth": "Hand, breadth",
    "hand_circumference": "Hand, round over the knuckles",
    "finger_inner_diameter_index": "Index finger, ring inside",
    "finger_inner_diameter_middle": "Middle finger, ring inside",
    "finger_inner_diameter_ring": "Ring finger, ring inside",
    "finger_inner_diameter_little": "Little finger, ring inside",
    "finger_knuckle_diameter_index": "Index finger, knuckle",
    "finger_knuckle_diameter_middle": "Middle finger, knuckle",
    "finger_knuckle_diameter_ring": "Ring finger, knuckle",
    "finger_knuckle_diameter_little": "Little finger, knuckle",
}
"What a card lists, in its order, and how it is called."
ASKED = {
    "head_arc_ear_to_ear": "Lay a tape from the front of one ear over the top of the head to the other.",
    "forehead_height": "Measure from between the brows to the hairline.",
    "face_breadth": "Look straight at the camera, with even light on the face.",
    "interpupillary_distance": "Look straight at the camera from half a metre, or say what the optician measured.",
    **dict.fromkeys(
        ("hand_breadth", *(f"finger_knuckle_diameter_{finger}" for finger in FINGERS)),
        "Show the open hand, palm to the camera, a bank card beside it in the plane of the palm.",
    ),
}
"How to measure what no step of the verdict does."
REFERENCES = {
    "prior": "no reference: people's sizes alone",
    "iris": "iris (11.7 mm across in most people)",
    "card": "bank card (ID-1)",
    "marker": "printed marker",
    "typed_pd": "given distance between the pupils",
    "given": "what was given",
    "fused": "several references together",
}
CAMERAS = {"prior": "not calibrated", "given": "as given", "calibrated": "calibrated"}
"By where its focal length comes from."
METHODS = {"population": "what people are like"} | {each: f"{each} (given)" for each in GIVEN}
REASONS = {
    "face_not_found": "No face was found. Sit in the light, face to the camera.",
    "look_straight": "She never looked straight at the camera. Look straight ahead for a moment.",
    "turn_to_the_side": "She did not turn far enough for the length of her head. Turn to the profile on both sides, "
    "slowly, and back.",
    "hair_loose": "Loose hair hid the outline of her head. Tie it, or wear a cap.",
    "hair_thick": "Her hair may stand so far off that its outline says little of her head. A close cap tells more.",
    "glasses_dark": "Dark glasses hid her eyes. Take them off.",
    "face_half_shaded": "Half of her face lay in shade: nothing was read from her eyes. Turn towards the light.",
    "photograph": "The camera saw a flat picture of a face: nothing was measured. She must sit before it herself.",
    "face_small": "The face is smaller than nearly all grown-ups': of a child, take a tape.",
    "come_closer": "Her eyes were too small in the picture; come closer.",
    "forehead_covered": "Fringe, cap, veil or card covered the forehead: its height was not measured. If it was a hat, "
    "take it off.",
    "hairline_unclear": "Hair and skin could not be told apart at the hairline. More light may help, or a ruler.",
    "free_neck": "Scarf, collar or hair covered the neck. Free it down to the pit of the neck.",
    "card_unclear": "Looks at the card at her forehead did not agree on her size: it was not used. Hold it flat and "
    "still, in good light.",
    "marker_unclear": "Looks at the printed mark did not agree on her size: it was not used. Hold it flat and still, "
    "in good light.",
    "references_disagree": "References of size do not agree; the doubt covers both. Measure once more, the card flat "
    "at the forehead.",
    "visits_disagree": "Visits do not agree; the doubt covers them all. See that all are of her, her hair the same.",
    "head_circumference_disagrees": "The tape round the head and the rest do not agree; the doubt covers both. "
    "Take the tape once more, level above brows and ears.",
    "neck_circumference_disagrees": "The tape round the neck and the rest do not agree; the doubt covers both. "
    "Take the tape once more where the neck is slimmest.",
    "wrist_circumference_disagrees": "The wrist by tape and by picture do not agree; the doubt covers both. "
    "Take the tape once more where the wrist is slimmest.",
    "interpupillary_distance_disagrees": "The given distance between the pupils and the rest do not agree; the doubt "
    "covers both. Look at its note once more, or measure once more with a card.",
    "hat_size_disagrees": "The hat size and the rest do not agree; the doubt covers both. Take a tape twice.",
    "finger_disagrees": "The ring given and what was seen do not agree; the doubt covers both. "
    "Look at its size once more, and at the finger it is for.",
    "bangle_inner_diameter_disagrees": "The bangle given and the rest do not agree; the doubt covers both. "
    "Take its picture once more.",
    "iris_not_seen": "No iris was seen well enough. Come closer, in more light.",
    "card_not_seen": "No card was seen. Hold it flat at the forehead, all four edges free.",
    "marker_not_seen": "No marker was seen. Hold it flat at the forehead, its white edge free.",
    "hand_not_measured": "The hand was not measured. Hold it open, a bank card beside it in the plane of the palm.",
    "card_beside_hand": "No card lay beside the hand. Hold a bank card beside it, in the plane of the palm.",
    "card_elsewhere": "The card did not lie in the plane of the palm. Hold both the same way and as far away.",
    "turned": "The hand was turned too far away for some of it. Hold it flat to the camera.",
    "card_two": "Two cards were seen. Show one.",
    "card_not_id1": "The card is not of a bank card's size. Take a bank card or an identity card.",
    "card_bent": "The card was bent. Take a flat one.",
    "card_partly_hidden": "The card was partly hidden. Keep its edges free of fingers and hair.",
    "card_tilted": "The card was tilted too far. Hold it facing the camera.",
    "card_small": "The card was too small in the picture. Come closer.",
    "marker_two": "Two markers were seen.",
    "marker_small": "The marker was too small in the picture.",
    "band_two": "Two paper bands of one kind were seen. Wear one.",
    "band_small": "The paper band was too small in the picture. Come nearer, to about 40 cm.",
    "band_one_end": "Only one end of the paper band was seen. Show the place where its ends meet.",
    "band_seam_hidden": "The markers beside the seam of the paper band were hidden. Keep hair and fingers off them.",
    "band_open": "The paper band was not closed. Overlap its ends and tape them.",
    "band_uneven": "The paper band was dented, or the ends stood off. Lay it smooth, tape the ends flat.",
    "band_impossible": "The paper band tells what no person measures. See that its strips are taped in their order.",
    "print_off": "The paper bands were not printed at true size. Print them again at 100 %, not fitted to the page.",
    "print_unchecked": "Nobody checked the paper bands' print, so their doubt is wide. Lay a bank card on the box.",
    "marker_unchecked": "Nobody checked the marker's print, so its doubt is wide. Lay a bank card on the box.",
    "edge_of_picture": "The hand was cut off by the edge of the picture.",
    "too_small": "The hand was too small in the picture.",
    "not_told_apart": "Fingers were held together, or did not stand out from what is behind them.",
    "thumb_closed": "The thumb lay across the palm.",
    "sleeve": "A sleeve covered the wrist.",
    "blurred": "The picture of the hand was blurred.",
}
"By the capture's codes."
VERDICTS: dict[Word, str] = {
    "fits": "It fits",
    "adjust": "It fits once adjusted",
    "too_small": "It is too small",
    "too_large": "It is too large",
    "cannot_tell": "Not sure yet",
}
PLANNED = {
    "tied": "tied",
    "loose": "loose",
    "updo": "in an updo",
    "veil": "under a veil",
    "bare": "shaved, or bald",
}
"Hair as it will be worn with the piece."
LEVELS: dict[Level, str] = {"fine": "fine", "advice": "advice", "act": "to do", "stop": "stop"}
SIZES: dict[Kind, str] = {
    "hat": "Hat",
    "ring_index": "Ring for the index finger",
    "ring_middle": "Ring for the middle finger",
    "ring_ring": "Ring for the ring finger",
    "ring_little": "Ring for the little finger",
    "necklace": "Shortest necklace that hangs",
    "bracelet": "Comfortable bracelet",
    "bangle": "Smallest bangle that passes the hand",
}
"What sizes are of, by their kind."
NO_SCALE_PERCENT = 100.0
"From here on nothing was measured by it."
ORDER_LETTERS = 60
"Most that an order's name may have."


@dataclass(frozen=True, slots=True)
class Quantity:
    """One row of what was, or was not, measured."""

    name: str
    words: str
    told: Told | None
    ask: str
    "How to measure it."


@dataclass(frozen=True, slots=True)
class Size:
    """Sizes of one kind of thing, by system; none when what they rest on was not measured."""

    words: str
    quantity: Quantity
    odds: Mapping[System, tuple[Odds, ...]]


@dataclass(frozen=True, slots=True)
class Live:
    """Where the record that a card was made from is kept."""

    address: str
    "That opens it, key and all."
    until: datetime.date


@dataclass(frozen=True, slots=True)
class FitCard:
    """Everything that a card says."""

    piece: Piece
    "In the size that the verdict is of."
    fit: Fit
    record: Record
    made_on: datetime.date
    order: str
    "For whom or what, as the atelier calls it; may be empty."
    quantities: tuple[Quantity, ...]
    sizes: tuple[Size, ...]
    live: Live | None
    "None: she did not have it kept."

    def quantity(self, name: str, /) -> Quantity:
        """One of its rows. Raises StopIteration for a name it has not."""
        return next(each for each in self.quantities if each.name == name)

    def judged_by(self, name: str, /) -> Quantity:
        """The same as the piece is judged by it: of the other hand than the one that wears it, so much wider."""
        found, hand = self.quantity(name), hand_of(self.piece)
        if found.told is None or not hand or found.told.hand in ("", hand):
            return found
        u95 = math.hypot(found.told.u95_mm, 2 * apart_mm(name, found.told.value_mm))
        return replace(found, told=msgspec.structs.replace(found.told, u95_mm=u95))


def fit_card(
    record: Record, piece: Piece, made_on: datetime.date, order: str = "", *, live: Live | None = None
) -> FitCard:
    """The card of one piece. Raises InputError when it was not judged, or judged in a size that it is not made in."""
    fit = record.fit.get(piece.id)
    if fit is None:
        judged = ", ".join(sorted(record.fit)) or "no piece"
        raise InputError(
            "piece_not_judged",
            f"The measures say nothing of {piece.id}, but of {judged}. Measure again with --piece {piece.id}.",
        )
    if fit.size:
        sized = dict(offered_sizes(piece)).get(fit.size)
        if sized is None:
            raise InputError("size_unknown", f"{piece.id} was judged in size {fit.size}, which it is not made in.")
        piece = sized
    known = record.known_on(hand_of(piece))
    names = [*QUANTITIES, *sorted(set(known) - set(QUANTITIES))]
    quantities = tuple(Quantity(name, _called(name, known.get(name)), known.get(name), _ask(name)) for name in names)
    return FitCard(piece, fit, record, made_on, order, quantities, _sizes(quantities), live)


def _called(name: str, told: Told | None) -> str:
    """Its name; of a hand's measures with the hand."""
    words = QUANTITIES.get(name, name.replace("_", " ").capitalize())
    return words if told is None or not told.hand else f"{words} ({told.hand} hand)"


def spoken(value: float, u95: float, /) -> str:
    """`581 ± 20`."""
    told, doubt = said(value, u95)
    return f"{told} ± {doubt}"


def spoken_cm(told: Told, /) -> str:
    """Value and doubt in centimetres."""
    return spoken(told.value_mm / 10, told.u95_mm / 10)


def spoken_inches(told: Told, /) -> str:
    """Value and doubt in inches."""
    return spoken(told.value_mm / MM_PER_INCH, told.u95_mm / MM_PER_INCH)


def spoken_share(share: float, /) -> str:
    """A probability in percent, never as certainty."""
    if share > 0.99:
        return "more than 99 %"
    return f"{100 * share:.0f} %" if share >= 0.01 else "less than 1 %"


def headline(fit: Fit, /) -> str:
    """The verdict in words; where what is likeliest fits as it is, and too much of the rest would not, both; and what
    was not measured is told from what was, but not well enough."""
    if fit.verdict == "adjust" and fit.notes and fit.notes[0].level == "fine":
        return "It fits, perhaps once adjusted"
    if fit.verdict == "cannot_tell" and fit.gap_mm is None:
        return "Not measured yet"
    return VERDICTS[fit.verdict]


def chance(fit: Fit, /) -> str:
    """What the probability is of, as a sentence; of what was not measured there is none."""
    if fit.gap_mm is None and fit.verdict == "cannot_tell":
        return "What decides it was not measured."
    if fit.gap_mm is None:
        return "It has no size that could fail to fit."
    of = {
        "fits": "it fits as it is",
        "adjust": "it fits as it is, or adjusted",
        "too_small": "it is too small",
        "too_large": "it is too large",
        "cannot_tell": "it fits as it is, or adjusted; we say that it fits from 90 % on",
    }[fit.verdict]
    return f"Probability {spoken_share(fit.probability)} that {of}."


def gap_words(card: FitCard, /) -> str:
    """What the gap is between; empty for a piece without a size to fit."""
    return {
        "circlet": "Inside of the band less the head round its seat",
        "perch": "How far below the top of the head its base rests",
        "open_band": "Between the ends of the band less the head there",
        "combs": "Between the ends of the band less the head there",
        "necklace": "Length of the chain less the base of the neck",
        "choker": "Length of the choker less the neck",
        "ring": "Inside of the ring less the finger, across",
        "bracelet": "Length of the bracelet less the wrist",
        "bangle": "Room inside the bangle less the hand, round",
        "": "",
    }[line_of(card.piece)]


def reference(told: Told, /) -> str:
    """What its millimetres rest on, in words."""
    words, u95 = _source(told), told.scale.u95_percent
    return f"{words}, scale ± {u95:.2g} %" if 0 < u95 < NO_SCALE_PERCENT else words


def references(record: Record, /) -> str:
    """All that its millimetres rest on, each with the least and the greatest doubt of scale."""
    found: dict[str, list[float]] = {}
    for told in record.known.values():
        found.setdefault(_source(told), []).append(told.scale.u95_percent)
    words = []
    for source, u95 in found.items():
        # what is typed has no scale, or one that nothing was read by
        read = [each for each in u95 if 0 < each < NO_SCALE_PERCENT]
        low, high = (f"{each:.2g}" for each in (min(read, default=0.0), max(read, default=0.0)))
        words.append(f"{source}, scale ± {low if low == high else f'{low} to {high}'} %" if read else source)
    return "; ".join(words) or "nothing"


def method(told: Told, /) -> str:
    """How it was measured, in words."""
    parts = told.method.split("+")
    by_hand = any(part in GIVEN for part in parts)
    looks = f"; {told.samples} looks" if told.samples else "" if by_hand else "; not seen itself"
    return " + ".join(METHODS.get(part, part) for part in parts) + looks


def reason(code: str, /) -> str:
    """What was missing or does not agree, as a sentence."""
    if code.startswith("finger_") and code.endswith("_disagrees"):
        code = "finger_disagrees"  # of any finger in the same words
    return REASONS.get(code, code.replace("_", " ").capitalize() + ".")


def seen(record: Record, /) -> list[str]:
    """Capture quality as sentences."""
    capture = record.capture
    found = [reason(code) for code in capture.reasons]
    planned = record.planned_hair.name
    if planned:
        words = PLANNED.get(planned, planned)
        found.append(f"Her hair was not seen as it will be worn: it is planned {words}, and judged and drawn so.")
    lens = capture.camera
    if lens is not None:
        words = CAMERAS.get(lens.source, lens.source)
        found.append(f"Camera: {words}, focal length ± {lens.focal_u95_percent:.2g} %, which is in every interval.")
    visits = f", in {capture.visits} visits" if capture.visits > 1 else ""
    usable = f"{capture.accepted} of {capture.frames} frames could be used{visits}."
    child = "For a child take a tape: what is known of grown heads, necks and hands does not hold."
    if not capture.frames:
        return ["No camera measured her: these are numbers that she gave, and what follows from them.", *found, child]
    return [usable, *([] if capture.reasons else ["Nothing was in the way."]), *found, child]


def inside_mm(piece: Piece, /) -> float:
    """How long a strip is that lies along the inside of the piece; 0 for what goes round nothing."""
    size = piece.size
    line = line_of(piece)
    if line in ("necklace", "choker", "bracelet"):
        return size.chain_length_mm
    if line == "ring":
        return math.pi * size.inner_diameter_mm
    return size.arc_mm if line else 0.0


def true_size(piece: Piece, /) -> str:
    """Its own size, in words."""
    size, line = piece.size, line_of(piece)
    words = {
        "ring": f"inside {size.inner_diameter_mm:.1f} mm across, {inside_mm(piece):.1f} mm round",
        "necklace": f"{size.chain_length_mm:.0f} mm long",
        "choker": f"{size.chain_length_mm:.0f} mm long",
        "bracelet": f"{size.chain_length_mm:.0f} mm long",
        "": "no size to fit",
    }.get(
        line,
        f"inside {size.inner_length_mm:.1f} × {size.inner_breadth_mm:.1f} mm, {size.arc_mm:.1f} mm along the band",
    )
    made = f", made to ± {piece.tolerance_mm:g} mm" if line else ""
    return f"{words}{made}; {spoken(size.weight_g, WEIGHT_TOLERANCE * size.weight_g)} g"


def _source(told: Told) -> str:
    return REFERENCES.get(told.scale.source, told.scale.source.replace("_", " "))


def _ask(name: str) -> str:
    if name in ASKED:
        return ASKED[name]
    if name == SHAPE_INDEX:
        name = "head_breadth"
    try:
        return english(Phrase(f"step.{step_of(name)}"))
    except StopIteration:
        return "Measure again."


def _sizes(quantities: Sequence[Quantity]) -> tuple[Size, ...]:
    known = {one.name: (one.told.value_mm, one.told.u95_mm / 2) for one in quantities if one.told is not None}
    by_name = {each.name: each for each in quantities}
    return tuple(Size(SIZES[row.kind], by_name[row.quantity], row.odds) for row in size_rows(known))
