"""Her left hand and her right: what one tells of the other, and by which of them a piece is judged.

Nobody's two hands are alike, and which one she writes with is not asked: what is measured of one is said of the other
with what hands differ by as doubt. What nobody said the hand of is taken for the one that is asked about.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace

from tryon.types import Hand, Measurement, Piece

FINGER_APART_MM = 0.41
"""Fingers of the writing hand are about half a US ring size larger (facts: fit, section 5): taken off neither hand,
it is what one may be off the other by."""
HAND_APART = 0.016
"""Breadth of 300 Nigerian students' right hands over their left: 1.018 of men, 1.015 of women (Ibeachu, Abu, Didia,
Asian J. Med. Sci. 3(8), 2011, 146). Of wrists, and of what passes over a hand, no source was found: the same [J]."""
_ROUND = ("wrist_circumference", "hand_breadth", "hand_circumference", "hand_circumference_tucked")
_OF_FINGER, _OF_BANGLE = "finger_", "bangle_inner_diameter"


def has_side(name: str, /) -> bool:
    """Whether a quantity is of one hand."""
    return name in _ROUND or name.startswith((_OF_FINGER, _OF_BANGLE))


def apart_mm(name: str, value_mm: float, /) -> float:
    """Standard uncertainty of taking one hand for the other."""
    return FINGER_APART_MM if name.startswith(_OF_FINGER) else HAND_APART * value_mm


def of_other(measurement: Measurement, /) -> Measurement:
    """What it says of the other hand; `hand` stays the one that was measured."""
    more = apart_mm(measurement.name, measurement.value_mm)
    return replace(measurement, std_systematic_mm=math.hypot(measurement.std_systematic_mm, more))


def on_hand(
    hand: Hand, known: Mapping[str, Measurement], other: Mapping[str, Measurement], /
) -> dict[str, Measurement]:
    """All that is known, of this hand where it was measured, else by the other one. Both maps are by name."""
    found = dict(known)
    for name, one in known.items():
        if hand and one.hand not in ("", hand):
            found[name] = other[name] if name in other and other[name].hand == hand else of_other(one)
    return found


def hand_of(piece: Piece, /) -> Hand:
    """The hand that wears it; empty for what is worn elsewhere."""
    return "left" if piece.worn_on == "left_hand" else "right" if piece.worn_on == "right_hand" else ""
