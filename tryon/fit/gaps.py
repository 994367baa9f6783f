"""What decides whether a piece fits, as functions of what was measured: gaps, arcs, heights, and their doubt."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tryon.body.occluder import skull
from tryon.fit.bands import line_of
from tryon.fit.seat import forward, head_from_piece, taper
from tryon.fit.sides import on_hand
from tryon.fit.sizes import BANGLE_EASE_MM, US_RING_STEP_MM
from tryon.geometry.ellipse import Section, perimeter
from tryon.types import F64, Hand, HeadShape, Measurement, Nudge, Piece, TrueSize

AROUND, BREADTH, LENGTH = "head_circumference_over_hair", "head_breadth_over_hair", "head_length_over_hair"
WIDE_BAND_MM, WIDE_BAND_SIZES = 6.0, 0.375
"A band so wide is made a quarter to half a US size larger [S]."
KNUCKLE_MM = 0.6
"A knuckle wider than the finger's base by more decides with it: the ring is made between the two [J]."
TUCKED_STD_MM = 8.0
"How far a hand with its thumb tucked in is from its circumference over the knuckles [J]: no source was found."
OPENING_STD_MM = 2.0
"How far a head is off its ellipsoid, across, where an open band's ends are [J]."
CROWN_HEIGHT = 85.0 / 190.0
"Height of the skull above the brow plane, of the head's length (facts: fit, block F)."
CROWN_STD = 0.06
"How far that share is off on one head, relative [J]: ANSUR's heads differ by 5 % in height above the tragions."
EAR_TOP_MM = (22.0, -8.0)
"Where the top of the ear is rooted: above and before the tragion [J]."
EAR_ROOM_MM = 12.0
"A band that passes the top of the ear by less lies on it [J]: hair and an ear that stands out are between."
ARC_STD_MM, SEAT_STD_MM = 5.0, 4.0
"Of the arc to the tops of the ears, and of a seat's height, on a head that is no ellipsoid (facts: fit, section 9)."

Known = Mapping[str, Measurement]
Gap = Callable[[Mapping[str, float]], float]


@dataclass(frozen=True, slots=True, eq=False)
class Body:
    """Her whom pieces are judged on."""

    known: Known
    shape: HeadShape | None = None
    "The head that pieces are seated on, true mm; where breadth and length were measured it gets those."
    together: Mapping[tuple[str, str], float] = field(default_factory=dict)
    "Covariances (mm^2) of errors, by two names; of others, what rests on one scale errs together."
    other_hand: Known = field(default_factory=dict)
    "Of her other hand, what `known` has of one."

    def value(self, name: str, /) -> float:
        """Of a quantity that is known."""
        return self.known[name].value_mm

    def sized(self) -> Body:
        """With the head as broad and long as it was measured."""
        if self.shape is None or BREADTH not in self.known or LENGTH not in self.known:
            return self
        return replace(self, shape=sized_head(self.shape, self.value(BREADTH), self.value(LENGTH)))

    def with_hand(self, hand: Hand, /) -> Body:
        """Known by this hand of hers, as far as it was measured."""
        return replace(self, known=on_hand(hand, self.known, self.other_hand), other_hand={})

    def spread(self, gap: Gap, names: Sequence[str], /) -> tuple[float, float, dict[str, float]]:
        """(gap, its std, share of each quantity in it), to first order."""
        inputs = [self.known[name] for name in names]
        values = {each.name: each.value_mm for each in inputs}
        slopes, shares = [], {}
        for each in inputs:
            step = max(each.std_mm, 1e-3)
            high, low = (gap(values | {each.name: each.value_mm + sign * step}) for sign in (1, -1))
            slopes.append((high - low) / (2 * step))
            shares[each.name] = abs(slopes[-1]) * each.std_mm
        slope = np.array(slopes)
        variance = float(slope @ np.array([[self._covariance(a, b) for a in inputs] for b in inputs]) @ slope)
        return gap(values), math.sqrt(max(variance, 0.0)), shares

    def _covariance(self, one: Measurement, other: Measurement) -> float:
        if one.name == other.name:
            return one.std_mm**2
        for pair in ((one.name, other.name), (other.name, one.name)):
            if pair in self.together:
                return self.together[pair]
        if one.scale_source != other.scale_source:
            return 0.0
        shared = [min(each.value_mm * each.scale_std_percent / 100, each.std_mm) for each in (one, other)]
        return shared[0] * shared[1]


def gap_of(piece: Piece, body: Body, /) -> tuple[tuple[str, ...], Gap | None]:
    """The quantities that decide, and the gap as a function of them (None: no head to seat it on)."""
    size, line, shape = piece.size, line_of(piece), body.shape
    if line == "circlet":
        share = taper(piece, shape) if shape is not None else 1.0
        return (AROUND,), lambda q: size.arc_mm - share * q[AROUND]
    if line == "perch":
        return (BREADTH, LENGTH), lambda q: perch_share(size, q)
    if line in ("open_band", "combs"):
        if shape is None:
            return (BREADTH, LENGTH), None

        def opening(q: Mapping[str, float]) -> float:
            band, head = band_breadth_mm(size, section_of(piece, sized_head(shape, q[BREADTH], q[LENGTH])))
            return band - head

        return (BREADTH, LENGTH), opening
    if line == "ring":
        base, knuckle = finger_of(piece)
        inside = size.inner_diameter_mm
        if size.band_width_mm >= WIDE_BAND_MM:
            inside -= WIDE_BAND_SIZES * US_RING_STEP_MM
        if knuckle_mm(piece, body.known) > KNUCKLE_MM:
            return (base, knuckle), lambda q: inside - (q[base] + q[knuckle]) / 2
        return (base,), lambda q: inside - q[base]
    if line == "bangle":
        around = math.pi * (size.inner_diameter_mm - BANGLE_EASE_MM)
        hand = hand_of(body.known)
        return (hand,), lambda q: around - q[hand]
    name = {
        "necklace": "neck_base_circumference",
        "choker": "neck_circumference",
        "bracelet": "wrist_circumference",
    }[line]
    return (name,), lambda q: size.chain_length_mm - q[name]


def made_std(piece: Piece, /) -> float:
    """How far what was made is off what it says, in the gap: even within its tolerance."""
    line = line_of(piece)
    # rings and bangles are made to their circumference
    across = {"ring": 1 / math.pi, "perch": 1 / piece.size.inner_length_mm if line == "perch" else 0.0}
    return piece.tolerance_mm / math.sqrt(3) * across.get(line, 1.0)


def model_std(piece: Piece, needed: Sequence[str], /) -> float:
    """What the gap's own model leaves open, however well she was measured."""
    if line_of(piece) in ("open_band", "combs"):
        return OPENING_STD_MM
    return TUCKED_STD_MM if "hand_circumference" in needed else 0.0


def hand_of(known: Known, /) -> str:
    """The quantity that a bangle must pass: the hand with its thumb tucked in, where somebody measured that."""
    return "hand_circumference_tucked" if "hand_circumference_tucked" in known else "hand_circumference"


def finger_of(piece: Piece, /) -> tuple[str, str]:
    """The quantities of its finger: at the base, at the knuckle."""
    base, knuckle = (f"finger_{part}_diameter_{piece.finger or 'ring'}" for part in ("inner", "knuckle"))
    return base, knuckle


def knuckle_mm(piece: Piece, known: Known, /) -> float:
    """How much wider the knuckle is than the finger's base; 0 where it was not measured."""
    base, knuckle = finger_of(piece)
    return known[knuckle].value_mm - known[base].value_mm if base in known and knuckle in known else 0.0


def section_of(piece: Piece, shape: HeadShape, /) -> Section:
    """The head over hair in the plane of the piece's own seat."""
    seat = head_from_piece(piece, shape, Nudge())
    up = seat[:3, 1]
    section = skull(shape).section(up, float(up @ seat[:3, 3]))
    assert section is not None, f"{piece.id}: its seat is on the head"
    return section


def ear_arc_mm(piece: Piece, shape: HeadShape, /) -> tuple[float, float]:
    """(arc, clearance) mm of the plane of its own seat: along the head from above the top of one ear over the front to
    above the other, and how far above the tops of the ears the plane passes."""
    section = section_of(piece, shape)
    up = head_from_piece(piece, shape, Nudge())[:3, 1]
    ear = shape.points["tragion_left"] + np.array([0.0, *EAR_TOP_MM]) - section.centre
    end = math.acos(max(min(float(ear @ forward(up)) / section.half_length, 1.0), -1.0))
    angle, along = _along(section.half_breadth, section.half_length, np.pi)
    return 2 * float(np.interp(end, angle, along)), -float(ear @ up)


def front_above_mm(piece: Piece, shape: HeadShape, /) -> float:
    """How far the front of its base is above the glabella on its own seat."""
    seat = head_from_piece(piece, shape, Nudge())
    front = seat[:3, 3] + seat[:3, 2] * piece.size.inner_length_mm / 2
    return float(front[1] - shape.points["glabella"][1])


def perch_share(size: TrueSize, q: Mapping[str, float], /) -> float:
    """How large a perched crown is against the head round the brow; 1 and more falls through."""
    return min(size.inner_length_mm / q[LENGTH], size.inner_breadth_mm / q[BREADTH])


def perch_depth_mm(size: TrueSize, q: Mapping[str, float], /) -> float:
    """How far below the top of the head a perched crown rests (facts: fit, block F)."""
    share = min(perch_share(size, q), 1.0)
    return CROWN_HEIGHT * q[LENGTH] * (1 - math.sqrt(1 - share**2))


def oval_mm(inner_circumference_mm: float, shape_index: float, /) -> tuple[float, float]:
    """(length, breadth) mm of the ellipse that is so long round and has the head's breadth over length."""
    length = inner_circumference_mm / perimeter(0.5, shape_index / 2)
    return length, length * shape_index


def band_breadth_mm(size: TrueSize, section: Section, /) -> tuple[float, float]:
    """(opening, head) mm: how wide an open band and the head within it are where the band is to press.

    That is at the band's ends, or at its widest where the ends reach behind it; its front touches the head.
    """
    half_x, half_z = size.inner_breadth_mm / 2, size.inner_length_mm / 2
    angle, along = _along(half_x, half_z, np.pi / 2)
    end = float(np.interp(size.arc_mm / 2, along, angle))
    depth = half_z * (1 - math.cos(end))
    ahead = max(1 - depth / section.half_length, 0.0)
    return 2 * half_x * math.sin(end), 2 * section.half_breadth * math.sqrt(1 - ahead**2)


def sized_head(shape: HeadShape, breadth_over_hair_mm: float, length_over_hair_mm: float, /) -> HeadShape:
    """The head with this breadth and length over its hair; its height goes with both."""
    axes = np.array([breadth_over_hair_mm / 2, 0.0, length_over_hair_mm / 2]) - shape.hair_mm
    axes[1] = shape.cranium_axes[1] * math.sqrt(axes[0] * axes[2] / (shape.cranium_axes[0] * shape.cranium_axes[2]))
    return replace(shape, cranium_axes=axes)


def _along(half_breadth: float, half_length: float, until_rad: float) -> tuple[F64, F64]:
    """(400,) angles from the front of an ellipse, and mm along it from there."""
    angle = np.linspace(0.0, until_rad, 400)
    steps = np.hypot(np.diff(half_breadth * np.sin(angle)), np.diff(half_length * np.cos(angle)))
    return angle, np.concatenate([[0.0], np.cumsum(steps)])
