"""A piece against a body: does it fit, how sure is that, and what would a bench jeweller do, in millimetres.

Each kind of piece has one gap that decides (what it measures inside, less what it goes round), and a table of bands of
that gap with a verdict and an action each (calibration/sizing/fit_bands.csv, from facts: fit, sections 3 to 5 and 9).
What is not known of the gap is spread over the bands: "fits" is said only when nine tenths of it fit. Nothing here
moves a piece; that is `fit.seat` and `fit.dress`.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tryon.body.occluder import skull
from tryon.fit.measure import said
from tryon.fit.seat import head_from_piece, taper
from tryon.fit.sizes import BANGLE_EASE_MM, US_RING_STEP_MM, inches, necklace_name, normal_share
from tryon.geometry.ellipse import Section, perimeter
from tryon.types import HeadShape, Measurement, Nudge, Piece, TrueSize

Word = Literal["fits", "adjust", "too_small", "too_large", "cannot_tell"]
Outcome = Literal["fits", "adjust", "too_small", "too_large"]
Level = Literal["fine", "advice", "act", "stop"]

SURE = 0.9
"Of what is possible must fit, or nothing is said to fit (facts: fit, section 6)."
WORTH_SAYING = 0.05
"What is less likely is not said."
UNEVEN_MM = 8.0
"Gaps at the sides and at front and back that differ by more ask for a bend or pads [J]."
WIDE_BAND_MM, WIDE_BAND_SIZES = 6.0, 0.375
"A band so wide is made a quarter to half a US size larger [S]."
KNUCKLE_MM = 0.6
"A knuckle wider than the finger's base by more decides with it: the ring is made between the two [J]."
TUCKED_STD_MM = 8.0
"How far a hand with its thumb tucked in is from its circumference over the knuckles [J]: no source was found."
CROWN_HEIGHT = 85.0 / 190.0
"Height of the skull above the brow plane, of the head's length (facts: fit, block F)."
NOD_RAD = math.radians(30.0)
"How deep a bow a piece must stay on in [J]."
GRAVITY = 9.81
TWO_INCHES_MM = 50.0
"A choker with such an extender goes round most necks."
ANCHORS: tuple[tuple[float, str, Level, str], ...] = (
    (150.0, "two_combs", "advice", "Two combs hold it."),
    (300.0, "combs_and_elastic", "advice", "Combs and an elastic, or loops pinned at the back, hold it."),
    (500.0, "full_base", "act", "Build a full padded base, and try the updo that anchors it before the day."),
    (
        math.inf,
        "time_limit",
        "stop",
        "Plan how long it is worn: so heavy a piece tires the neck; full base and tested updo.",
    ),
)
"Weight up to, g; code, level, advice [J] (facts: fit, section 3)."
GOES_ROUND = {
    "circlet": "the head over the hair",
    "open_band": "the head over the hair at the band's ends",
    "combs": "the head over the hair at the band's ends",
    "necklace": "the base of the neck",
    "choker": "the neck",
    "ring": "the finger",
    "bracelet": "the wrist",
    "bangle": "the hand that must pass",
}
TOO_SMALL = "Too small by {mm} mm, which is more than it can be let out: the next size, or made to measure."
TAKEN_UP = "Nothing to do: its own elastic takes up {mm} mm."
STEPS: dict[str, tuple[str, str]] = {
    "paper_band": (
        "head_circumference",
        "Print the paper crown band, close it round your head where the piece will sit, and show it to the camera; "
        "or take a tape there, twice.",
    ),
    "cap_and_turn": (
        "head_breadth",
        "Lay your hair flat as it will be worn, hold a card to your forehead, and turn slowly from side to side.",
    ),
    "wall": (
        "head_length",
        "Stand sideways with the back of your head against a wall, a card held at your temple.",
    ),
    "neck_strip": ("neck_circumference", "Lay a strip of paper round your neck, mark it, and measure it."),
    "wrist_strip": ("wrist_circumference", "Lay a strip of paper round your wrist, mark it, and measure it."),
    "own_ring": ("ring_inner_diameter", "Lay a ring that fits this finger beside a card, flat, and show both."),
    "own_bangle": ("bangle_inner_diameter", "Lay a bangle that you wear beside a card, flat, and show both."),
}
"By code: the goal it reaches (accuracy_goals.csv, assisted), and what to do."
STEP_OF = {
    "head_circumference": "paper_band",
    "head_breadth": "cap_and_turn",
    "head_length": "wall",
    "neck": "neck_strip",
    "wrist": "wrist_strip",
    "finger": "own_ring",
    "hand": "own_bangle",
}
"By what a quantity's name begins with."
NO_SIZE: dict[Outcome, float] = {"fits": 1.0, "adjust": 0.0, "too_small": 0.0, "too_large": 0.0}
ORDER: dict[Word, int] = {"fits": 0, "adjust": 1, "cannot_tell": 2, "too_large": 3, "too_small": 3}
LEVELS: dict[Outcome, Level] = {"fits": "fine", "adjust": "act", "too_small": "stop", "too_large": "stop"}


@dataclass(frozen=True, slots=True)
class Band:
    """What a gap between two limits means for one line of pieces. In `perch` it is a share of the head, not mm."""

    line: str
    low: float
    high: float
    code: str
    outcome: Outcome
    by_adjusting: bool
    "Holds as far as the piece can be adjusted; beyond that it is too small."
    mm_factor: float
    mm_offset: float
    "The millimetres of the action: factor * gap + offset."
    action: str


@dataclass(frozen=True, slots=True)
class Need:
    """The doubt (U95, mm of the gap) with which a line of pieces can still be decided."""

    line: str
    rigid: bool
    u95_mm: float


@dataclass(frozen=True, slots=True)
class FitTables:
    """What the verdict is told from outside."""

    bands: tuple[Band, ...]
    needs: tuple[Need, ...]
    assisted_u95_mm: Mapping[str, float]
    "What a tape, a paper band or an owned piece reaches, by the goals' own names."


@dataclass(frozen=True, slots=True)
class FitNote:
    """One thing to know or do."""

    code: str
    level: Level
    probability: float
    because: str
    action: str
    mm: float


@dataclass(frozen=True, slots=True)
class NextStep:
    """The one measurement that would remove the most doubt."""

    code: str
    quantity: str
    action: str
    u95_after_mm: float | None
    "Of that quantity; None: it was not measured yet."


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one piece fits one body."""

    piece: str
    verdict: Word
    probability: float
    "Of the verdict; with `adjust`, that it fits as it is or adjusted; with `cannot_tell`, the same."
    odds: Mapping[Outcome, float]
    "Of all four outcomes; empty when something that is needed was not measured."
    gap_mm: float | None
    """Inside of the piece less what it goes round (of a perched crown: its length or breadth less the head's round the
    brow). None: not measured, or nothing to fit."""
    gap_std_mm: float | None
    size: str
    "The offered size that this is said of; empty: the piece as it is."
    notes: tuple[FitNote, ...]
    next_step: NextStep | None


Known = Mapping[str, Measurement]
_Gap = Callable[[Mapping[str, float]], float]


def verdict(piece: Piece, known: Known, shape: HeadShape | None, tables: FitTables, /) -> Verdict:
    """How the piece fits her whose measurements are known, in the offered size that does best.

    `shape` is the head that tiaras and headbands are seated on; only its proportions count where length and breadth
    were measured.
    """
    across, along = known.get("head_breadth_over_hair"), known.get("head_length_over_hair")
    if shape is not None and across is not None and along is not None:
        shape = sized_head(shape, across.value_mm, along.value_mm)
    own = _judged(piece, "", known, shape, tables)
    if own.odds.get("fits", 1.0) >= SURE:
        return own
    offered = [_judged(sized, label, known, shape, tables) for label, sized in offered_sizes(piece)]
    return max([own, *offered], key=lambda each: (-ORDER[each.verdict], each.odds["fits"]))


def rank(pieces: Iterable[Piece], known: Known, shape: HeadShape | None, tables: FitTables, /) -> tuple[Verdict, ...]:
    """All of a shelf, what fits best first."""
    judged = (verdict(piece, known, shape, tables) for piece in pieces)
    return tuple(sorted(judged, key=lambda each: (ORDER[each.verdict], -each.probability, each.piece)))


def line_of(piece: Piece, /) -> str:
    """Which bands decide about a piece; empty for what has no size to fit (earrings)."""
    seat = piece.seat
    if seat.line in ("tiara", "headband"):
        return "combs" if seat.attachment == "combs" else "open_band"
    if seat.line == "neck":
        return "choker" if piece.kind == "choker" else "necklace"
    if seat.line == "wrist":
        return "bracelet" if seat.attachment == "chain" else "bangle"
    return {"circlet": "circlet", "perch": "perch", "finger": "ring"}.get(seat.line, "")


def offered_sizes(piece: Piece, /) -> tuple[tuple[str, Piece], ...]:
    """The sizes that rings, bangles and chains are made in besides: label, and the piece so large.

    Read from sizes_made: `ISO 8653: 45-65` is inner circumferences, `58 mm` an inner diameter or a chain's length. A
    head piece is one object; what is said of it there is the heads that it goes on.
    """
    line = line_of(piece)
    found = []
    for words in piece.sizes_made:
        ring = re.fullmatch(r"ISO 8653: (\d+)-(\d+)", words)
        plain = re.match(r"(\d+(?:\.\d+)?) mm\b", words)
        if ring and line == "ring":
            first, last = int(ring[1]), int(ring[2])
            found += [(f"ISO {around}", _round_inside(piece, around / math.pi)) for around in range(first, last + 1)]
        elif plain and line in ("ring", "bangle"):
            found.append((words, _round_inside(piece, float(plain[1]))))
        elif plain and line in ("bracelet", "necklace", "choker"):
            found.append((words, replace(piece, size=replace(piece.size, chain_length_mm=float(plain[1])))))
    return tuple(found)


def in_a_bow(piece: Piece, /) -> tuple[float, float]:
    """(moment N mm, pull N) of a head piece in a bow of 30 degrees.

    The moment is about the front of its base and tips it forward when positive; the pull is along its base, forward.
    """
    _, up, ahead = piece.size.centre_of_mass_mm
    weight = piece.size.weight_g / 1000 * GRAVITY
    lean = NOD_RAD - piece.seat.tilt_rad
    lever = up * math.sin(lean) - (piece.size.inner_length_mm / 2 - ahead) * math.cos(lean)
    return weight * lever, weight * math.sin(lean)


def oval_mm(inner_circumference_mm: float, shape_index: float, /) -> tuple[float, float]:
    """(length, breadth) mm of the ellipse that is so long round and has the head's breadth over length."""
    length = inner_circumference_mm / perimeter(0.5, shape_index / 2)
    return length, length * shape_index


def band_breadth_mm(size: TrueSize, section: Section, /) -> tuple[float, float]:
    """(opening, head) mm: how wide an open band and the head within it are where the band is to press.

    That is at the band's ends, or at its widest where the ends reach behind it; its front touches the head.
    """
    half_x, half_z = size.inner_breadth_mm / 2, size.inner_length_mm / 2
    angle = np.linspace(0.0, np.pi / 2, 400)
    steps = np.hypot(np.diff(half_x * np.sin(angle)), np.diff(half_z * np.cos(angle)))
    end = float(np.interp(size.arc_mm / 2, np.concatenate([[0.0], np.cumsum(steps)]), angle))
    depth = half_z * (1 - math.cos(end))
    ahead = max(1 - depth / section.half_length, 0.0)
    return 2 * half_x * math.sin(end), 2 * section.half_breadth * math.sqrt(1 - ahead**2)


def sized_head(shape: HeadShape, breadth_over_hair_mm: float, length_over_hair_mm: float, /) -> HeadShape:
    """The head with this breadth and length over its hair; its height goes with both."""
    axes = np.array([breadth_over_hair_mm / 2, 0.0, length_over_hair_mm / 2]) - shape.hair_mm
    axes[1] = shape.cranium_axes[1] * math.sqrt(axes[0] * axes[2] / (shape.cranium_axes[0] * shape.cranium_axes[2]))
    return replace(shape, cranium_axes=axes)


def _round_inside(piece: Piece, diameter_mm: float) -> Piece:
    size = replace(
        piece.size,
        inner_diameter_mm=diameter_mm,
        inner_length_mm=diameter_mm,
        inner_breadth_mm=diameter_mm,
        arc_mm=math.pi * diameter_mm,
    )
    return replace(piece, size=size)


def _judged(piece: Piece, size: str, known: Known, shape: HeadShape | None, tables: FitTables) -> Verdict:
    line = line_of(piece)
    if not line:
        return Verdict(piece.id, "fits", 1.0, NO_SIZE, None, None, size, (), None)
    needed, gap_of = _gap(piece, line, known, shape)
    absent = [name for name in needed if name not in known]
    if absent or gap_of is None:
        return _not_measured(piece, size, absent[0] if absent else "head_breadth_over_hair")
    value, std, shares = _spread(gap_of, [known[name] for name in needed])
    std = math.hypot(std, _made_std(piece, line), TUCKED_STD_MM * ("hand_circumference" in needed))
    bands = _bands(piece, line, tables)
    portions = [normal_share(band.low, band.high, value, std) for band in bands]
    odds: dict[Outcome, float] = {"fits": 0.0, "adjust": 0.0, "too_small": 0.0, "too_large": 0.0}
    for band, portion in zip(bands, portions, strict=True):
        odds[band.outcome] += portion
    uneven = _uneven(piece, known, shape) if line == "circlet" else None
    if uneven is not None:
        odds["fits"], odds["adjust"] = (
            odds["fits"] * (1 - uneven.probability),
            odds["adjust"] + odds["fits"] * uneven.probability,
        )
    word, probability = _word(odds)
    at = next(index for index, band in enumerate(bands) if band.low <= value < band.high)
    notes = [_band_note(bands[at], portions[at], piece, line, value, std, sure=word != "cannot_tell")]
    if word == "adjust" and bands[at].outcome == "fits":
        notes += _perhaps(bands, portions, piece, line, value, std)
    if uneven is not None and (uneven.probability >= 0.5 or (word == "adjust" and uneven.probability >= WORTH_SAYING)):
        notes.append(uneven)
    notes += _notes(piece, line, known, shape, value)
    needed_u95 = 0.0 if word == "cannot_tell" else _needed_u95_mm(piece, line, tables)
    decided = word in ("too_small", "too_large") or 2 * std <= needed_u95
    step = None if decided else _next_step(line, known, shares, tables)
    if line == "perch":
        head = known["head_length_over_hair"].value_mm
        value, std = (value - 1) * head, std * head
    return Verdict(piece.id, word, probability, odds, value, std, size, tuple(notes), step)


def _made_std(piece: Piece, line: str) -> float:
    """How far what was made is off what it says, in the gap: even within its tolerance."""
    # rings and bangles are made to their circumference
    across = {"ring": 1 / math.pi, "bangle": 1.0, "perch": 1 / piece.size.inner_length_mm if line == "perch" else 0.0}
    return piece.tolerance_mm / math.sqrt(3) * across.get(line, 1.0)


def _word(odds: Mapping[Outcome, float]) -> tuple[Word, float]:
    wearable = odds["fits"] + odds["adjust"]
    if odds["fits"] >= SURE:
        return "fits", odds["fits"]
    if wearable >= SURE:
        return "adjust", wearable
    if odds["too_small"] >= SURE:
        return "too_small", odds["too_small"]
    if odds["too_large"] >= SURE:
        return "too_large", odds["too_large"]
    return "cannot_tell", wearable


def _gap(piece: Piece, line: str, known: Known, shape: HeadShape | None) -> tuple[tuple[str, ...], _Gap | None]:
    """The quantities that decide, and the gap as a function of them (None: no head to seat it on)."""
    size = piece.size
    breadth, length = "head_breadth_over_hair", "head_length_over_hair"
    if line == "circlet":
        share = taper(piece, shape) if shape is not None else 1.0
        return ("head_circumference_over_hair",), lambda q: size.arc_mm - share * q["head_circumference_over_hair"]
    if line == "perch":
        return (breadth, length), lambda q: min(size.inner_length_mm / q[length], size.inner_breadth_mm / q[breadth])
    if line in ("open_band", "combs"):
        if shape is None:
            return (breadth, length), None

        def opening(q: Mapping[str, float]) -> float:
            band, head = band_breadth_mm(size, _section(piece, sized_head(shape, q[breadth], q[length])))
            return band - head

        return (breadth, length), opening
    if line == "ring":
        base, knuckle = _finger(piece)
        inside = size.inner_diameter_mm
        if size.band_width_mm >= WIDE_BAND_MM:
            inside -= WIDE_BAND_SIZES * US_RING_STEP_MM
        if _knuckle_mm(piece, known) > KNUCKLE_MM:
            return (base, knuckle), lambda q: inside - (q[base] + q[knuckle]) / 2
        return (base,), lambda q: inside - q[base]
    if line == "bangle":
        around = math.pi * (size.inner_diameter_mm - BANGLE_EASE_MM)
        hand = "hand_circumference_tucked" if "hand_circumference_tucked" in known else "hand_circumference"
        return (hand,), lambda q: around - q[hand]
    name = {
        "necklace": "neck_base_circumference",
        "choker": "neck_circumference",
        "bracelet": "wrist_circumference",
    }[line]
    return (name,), lambda q: size.chain_length_mm - q[name]


def _finger(piece: Piece) -> tuple[str, str]:
    """The quantities of its finger: at the base, at the knuckle."""
    base, knuckle = (f"finger_{part}_diameter_{piece.finger or 'ring'}" for part in ("inner", "knuckle"))
    return base, knuckle


def _knuckle_mm(piece: Piece, known: Known) -> float:
    """How much wider the knuckle is than the finger's base; 0 where it was not measured."""
    base, knuckle = _finger(piece)
    return known[knuckle].value_mm - known[base].value_mm if base in known and knuckle in known else 0.0


def _section(piece: Piece, shape: HeadShape) -> Section:
    """The head over hair in the plane of the piece's own seat."""
    seat = head_from_piece(piece, shape, Nudge())
    up = seat[:3, 1]
    section = skull(shape).section(up, float(up @ seat[:3, 3]))
    assert section is not None, f"{piece.id}: its seat is on the head"
    return section


def _spread(gap: _Gap, inputs: Sequence[Measurement]) -> tuple[float, float, dict[str, float]]:
    """(gap, its std, share of each quantity in it), to first order; what rests on one scale errs together."""
    values = {each.name: each.value_mm for each in inputs}
    middle, own, shares = gap(values), 0.0, dict[str, float]()
    scales: dict[str, float] = {}
    for each in inputs:
        step = max(each.std_mm, 1e-3)
        slope = (gap(values | {each.name: each.value_mm + step}) - gap(values | {each.name: each.value_mm - step})) / (
            2 * step
        )
        shared = min(each.value_mm * each.scale_std_percent / 100, each.std_mm)
        own += slope**2 * (each.std_mm**2 - shared**2)
        scales[each.scale_source] = scales.get(each.scale_source, 0.0) + slope * shared
        shares[each.name] = abs(slope) * each.std_mm
    return middle, math.sqrt(own + sum(value**2 for value in scales.values())), shares


def _bands(piece: Piece, line: str, tables: FitTables) -> list[Band]:
    """The line's bands for this very piece: how far it can be adjusted, and whether it does so by itself."""
    by_itself = piece.seat.attachment in ("elastic", "chain")
    reach = piece.adjustable_mm
    found: list[Band] = []
    for band in tables.bands:
        if band.line != line:
            continue
        if band.by_adjusting:
            found.append(replace(band, high=band.high - reach, code="too_small", outcome="too_small", action=TOO_SMALL))
            if reach > 0:
                found.append(replace(band, low=band.high - reach, outcome="fits" if by_itself else "adjust"))
        elif band.code == "pad" and by_itself and reach > 0:
            until = min(band.low + reach, band.high)
            found.append(
                replace(band, high=until, code="elastic_takes_up", outcome="fits", action=TAKEN_UP, mm_factor=1.0)
            )
            found.append(replace(band, low=until))
        else:
            found.append(band)
    return found


def _band_note(band: Band, portion: float, piece: Piece, line: str, value: float, std: float, *, sure: bool) -> FitNote:
    level = LEVELS[band.outcome] if sure else "advice"
    if line == "perch":
        because = f"It is {100 * value:.0f} % as large as the head round the brow (U {200 * std:.0f} %)."
        return FitNote(band.code, level, portion, because, band.action, 0.0)
    told, u95 = said(value, max(2 * std, 0.01))
    because = f"Inside the piece less {GOES_ROUND[line]}: {told} mm, U {u95} mm."
    action, mm = _action(band, piece, value)
    return FitNote(band.code, level, portion, because, action, mm)


def _action(band: Band, piece: Piece, value: float) -> tuple[str, float]:
    mm = max(band.mm_factor * value + band.mm_offset, 0.0)
    if band.by_adjusting and band.outcome != "too_small":
        mm = min(mm, piece.adjustable_mm)
    return band.action.format(mm=f"{mm:.1f}" if mm < 10 else f"{mm:.0f}"), round(mm, 1)


def _perhaps(
    bands: Sequence[Band], portions: Sequence[float], piece: Piece, line: str, value: float, std: float
) -> list[FitNote]:
    """What is likeliest to be wanted where the middle of what is possible fits, and too much of the rest does not."""
    wanted = [index for index, band in enumerate(bands) if band.outcome == "adjust"]
    if not wanted or line == "perch":
        return []
    index = max(wanted, key=lambda each: portions[each])
    band, portion = bands[index], portions[index]
    if portion < WORTH_SAYING:
        return []
    # the mean of a normal between two limits
    low, high = ((edge - value) / std for edge in (band.low, band.high))
    density = [0.0 if math.isinf(z) else math.exp(-z * z / 2) / math.sqrt(2 * math.pi) for z in (low, high)]
    action, mm = _action(band, piece, value + std * (density[0] - density[1]) / portion)
    because = f"By what is known so far this is wanted in {100 * portion:.0f} of 100 cases."
    return [FitNote(band.code, "advice", portion, because, action, mm)]


def _notes(piece: Piece, line: str, known: Known, shape: HeadShape | None, gap: float) -> tuple[FitNote, ...]:
    """What else a jeweller would say of it."""
    size = piece.size
    notes: list[FitNote] = []
    breadth, length = known.get("head_breadth_over_hair"), known.get("head_length_over_hair")
    if line == "perch" and breadth and length:
        side = (size.inner_breadth_mm - min(gap, 1.0) * breadth.value_mm) / 2
        low = CROWN_HEIGHT * length.value_mm * (1 - math.sqrt(max(1 - gap**2, 0.0)))
        because = f"It rests {low:.0f} mm below the top of the head, with {max(side, 0.0):.0f} mm of room at each side."
        if side > UNEVEN_MM:
            action = f"Pad the sides inside with a velvet roll {side:.0f} mm thick, or bend it to the head's oval."
            notes.append(FitNote("side_pads", "advice", 1.0, because, action, round(side, 1)))
        else:
            notes.append(FitNote("perch_height", "fine", 1.0, because, "Nothing to do.", round(low, 1)))
    if line == "necklace":
        base = known["neck_base_circumference"]
        fall, u95 = said(max(gap, 0.0) / 2, max(base.std_mm, 0.1))
        because = f"A {necklace_name(size.chain_length_mm)}, {inches(size.chain_length_mm)} in."
        action = f"It falls {fall} mm below the pit of the neck (U {u95} mm)."
        notes.append(FitNote("fall", "fine", 1.0, because, action, round(max(gap, 0.0) / 2, 1)))
    if line == "ring" and (wider := _knuckle_mm(piece, known)) > KNUCKLE_MM:
        because = (
            f"The knuckle is {wider:.1f} mm wider than the base of the finger: the ring is judged between the two."
        )
        action = "Put sizing beads or a spring insert into it, so that it does not turn."
        notes.append(FitNote("knuckle", "advice", 1.0, because, action, round(wider, 1)))
    if line == "ring" and size.band_width_mm >= WIDE_BAND_MM:
        because = f"Its band is {size.band_width_mm:.1f} mm wide."
        notes.append(FitNote("wide_band", "advice", 1.0, because, "Made a quarter to half a US size larger.", 0.3))
    if piece.worn_on == "head":
        if shape is not None:
            seat = head_from_piece(piece, shape, Nudge())
            front = seat[:3, 3] + seat[:3, 2] * size.inner_length_mm / 2
            above = float(front[1] - shape.points["glabella"][1])
            because = f"On its own seat its front is {above:.0f} mm above the point between the brows."
            notes.append(FitNote("seat_height", "fine", 1.0, because, "Check it in the mirror.", round(above, 1)))
        notes.append(_weight(piece))
    return tuple(notes)


def _uneven(piece: Piece, known: Known, shape: HeadShape | None) -> FitNote | None:
    """A closed band whose oval is not the head's presses at two sides and stands off at the others."""
    breadth, length = known.get("head_breadth_over_hair"), known.get("head_length_over_hair")
    if breadth is None or length is None:
        return None
    around = known["head_circumference_over_hair"].value_mm * (taper(piece, shape) if shape is not None else 1.0)
    # heads are a little fuller than ellipses: the oval is the head's, its size the tape's
    long, broad = oval_mm(around, breadth.value_mm / length.value_mm)
    side, front = (piece.size.inner_breadth_mm - broad) / 2, (piece.size.inner_length_mm - long) / 2
    std = math.hypot(breadth.std_mm, length.std_mm) / 2
    uneven = side - front
    probability = 1 - normal_share(-UNEVEN_MM, UNEVEN_MM, uneven, std)
    long, broad = oval_mm(piece.size.arc_mm, breadth.value_mm / length.value_mm)
    because = (
        f"Room of {side:.0f} mm at each side, {front:.0f} mm at front and back (U of each {2 * std:.0f} mm)."
        if probability >= 0.5
        else f"By what is known so far its oval is not the head's in {100 * probability:.0f} of 100 cases."
    )
    action = f"Bend it to an oval {long:.0f} x {broad:.0f} mm inside" + (
        f", or pad the sides by {uneven:.0f} mm." if uneven > UNEVEN_MM else "."
    )
    level: Level = "act" if probability >= 0.5 else "advice"
    return FitNote("bend_oval", level, probability, because, action, round(abs(uneven), 1))


def _weight(piece: Piece) -> FitNote:
    grams = piece.size.weight_g
    _, code, level, action = next(row for row in ANCHORS if grams <= row[0])
    moment, pull = in_a_bow(piece)
    because = f"It weighs {grams:.0f} g"
    if abs(pull) >= 0.05:
        because += f"; in a bow of 30 degrees it pulls {'forward' if pull > 0 else 'back'} with {abs(pull):.1f} N"
    if moment > 0:
        hold = moment / max(piece.size.inner_length_mm, 1.0)
        because += f" and tips forward with {moment:.0f} N mm: its back must be held down with {hold:.1f} N"
    return FitNote(code, level, 1.0, because + ".", action, 0.0)


def _needed_u95_mm(piece: Piece, line: str, tables: FitTables) -> float:
    """With how much doubt of its gap such a piece can still be decided."""
    rigid = piece.seat.attachment == "rigid_ring" or (line == "choker" and piece.adjustable_mm < TWO_INCHES_MM)
    return min((need.u95_mm for need in tables.needs if need.line == line and need.rigid <= rigid), default=math.inf)


def _next_step(line: str, known: Known, shares: Mapping[str, float], tables: FitTables) -> NextStep | None:
    """For the quantity that the gap's doubt comes from most; None when nothing assisted knows it better."""
    quantity = max(shares, key=lambda name: shares[name])
    code = step_of(quantity)
    goal, action = STEPS[code]
    # a bangle that passes is measured across, and tells what is round the hand
    before, reached = known[quantity].std_mm, tables.assisted_u95_mm[goal] / 2 * (math.pi if line == "bangle" else 1.0)
    if reached >= before and quantity != "hand_circumference":
        return None
    return NextStep(code, quantity, action, 2 * before * reached / math.hypot(before, reached))


def step_of(quantity: str, /) -> str:
    """The code in STEPS of what measures it. Raises StopIteration for what nothing does."""
    return next(code for start, code in STEP_OF.items() if quantity.startswith(start))


def _not_measured(piece: Piece, size: str, quantity: str) -> Verdict:
    action = STEPS[step_of(quantity)][1]
    because = f"Not measured yet: {_spoken(quantity)}."
    note = FitNote("not_measured", "advice", 1.0, because, action, 0.0)
    step = NextStep(step_of(quantity), quantity, action, None)
    odds: dict[Outcome, float] = {}
    return Verdict(piece.id, "cannot_tell", 0.0, odds, None, None, size, (note,), step)


def _spoken(quantity: str) -> str:
    if quantity.startswith("finger_"):
        _, part, _, finger = quantity.split("_")
        return f"the {'knuckle of the ' if part == 'knuckle' else ''}{finger} finger"
    return f"the {quantity.replace('_', ' ')}"
