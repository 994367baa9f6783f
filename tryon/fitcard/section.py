"""What a piece goes round, and the piece's own inside over it, from above at true size.

The page's up is her front, its left is her left: as she would see it looking down on herself.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from tryon.fit.bands import line_of
from tryon.fit.gaps import AROUND, BREADTH, LENGTH
from tryon.fitcard.content import FitCard, Quantity, inside_mm
from tryon.fitcard.record import SeatSection, Told
from tryon.geometry.ellipse import fullness_of, oval
from tryon.types import F64, Piece

TOUCHES_MM = 0.05
"Nearer a perched crown touches her, by what it is to perch: no room to tell of."


@dataclass(frozen=True, slots=True)
class Gap:
    """Room between the piece and her: negative where the piece is the narrower."""

    where: str
    mm: float
    u95_mm: float


@dataclass(frozen=True, slots=True, eq=False)
class Section:
    """An oval about (0, 0), mm, x across and y to the front, with its doubt, and what lies over it."""

    of: str
    "What it is of: `widest` head, in the plane of an open `band`, where a crown `perch`es, or a quantity's name."
    words: str
    "The same, to be read."
    half_mm: tuple[float, float]
    "Half breadth, half length."
    u95_mm: tuple[float, float]
    "Of the halves."
    fullness: float
    "Of its curve: 2 is an ellipse."
    inside: F64 | None
    "(n, 2) the inside of the piece."
    closed: bool
    "The inside of the piece closes upon itself."
    gaps: tuple[Gap, ...]

    @property
    def outline(self) -> F64:
        """(n, 2) points as measured."""
        return oval(*self.half_mm, fullness=self.fullness)

    @property
    def doubt(self) -> tuple[F64, F64]:
        """The smallest and the largest that it is likely to be."""
        (across, along), (more, longer) = self.half_mm, self.u95_mm
        return (
            oval(max(across - more, 0.0), max(along - longer, 0.0), fullness=self.fullness),
            oval(across + more, along + longer, fullness=self.fullness),
        )


def needed(card: FitCard, /) -> tuple[Quantity, ...]:
    """What the section is drawn from; empty for a piece without a size to fit."""
    line, finger = line_of(card.piece), card.piece.finger or "ring"
    names = {
        "": (),
        "ring": (f"finger_inner_diameter_{finger}",),
        "necklace": ("neck_base_circumference",),
        "choker": ("neck_circumference",),
        "bracelet": ("wrist_circumference",),
        "bangle": ("hand_circumference",),
    }.get(line, (BREADTH, LENGTH, AROUND))
    return tuple(card.judged_by(name) for name in names)


def section(card: FitCard, /) -> Section | None:
    """None when a quantity it needs was not measured, or the piece has no size to fit."""
    quantities = needed(card)
    told = [each.told for each in quantities if each.told is not None]
    if not told or len(told) < len(quantities):
        return None
    if len(told) == 1:
        return _round(card, quantities[0], told[0])
    breadth, length, around = told
    half = (breadth.value_mm / 2, length.value_mm / 2)
    u95 = (breadth.u95_mm / 2, length.u95_mm / 2)
    if (seat := card.fit.section) is not None:
        return _perched(card.piece, seat) if line_of(card.piece) == "perch" else _at_seat(card, seat)
    inside, closed = _head_piece(card.piece, half[1])
    gaps: tuple[Gap, ...] = ()
    if closed:
        size = card.piece.size
        gaps = (
            Gap("side", size.inner_breadth_mm / 2 - half[0], u95[0]),
            Gap("front and back", size.inner_length_mm / 2 - half[1], u95[1]),
        )
    words = "Head over the hair, where it is widest"
    return Section("widest", words, half, u95, fullness_of(*half, around.value_mm), inside, closed, gaps)


def _at_seat(card: FitCard, seat: SeatSection) -> Section:
    """The head in the plane of an open band's own seat, leaning as the band does."""
    half = (seat.breadth.value_mm / 2, seat.length.value_mm / 2)
    inside, closed = _head_piece(card.piece, half[1])
    gaps: tuple[Gap, ...] = ()
    if card.fit.gap_mm is not None and card.fit.gap_u95_mm:
        gaps = (Gap("between its ends", card.fit.gap_mm, card.fit.gap_u95_mm),)
    u95 = (seat.breadth.u95_mm / 2, seat.length.u95_mm / 2)
    words = "Head over the hair, in the plane of the band"
    return Section("band", words, half, u95, 2.0, inside, closed, gaps)


def _perched(piece: Piece, seat: SeatSection) -> Section:
    """The head where a perched crown rests: as its widest, so much smaller that the crown just touches it."""
    size = piece.size
    half = (seat.breadth.value_mm / 2, seat.length.value_mm / 2)
    u95 = (seat.breadth.u95_mm / 2, seat.length.u95_mm / 2)
    inside, _ = _head_piece(piece, half[1])
    room = (
        Gap("side", size.inner_breadth_mm / 2 - half[0], u95[0]),
        Gap("front and back", size.inner_length_mm / 2 - half[1], u95[1]),
    )
    gaps = tuple(gap for gap in room if abs(gap.mm) > TOUCHES_MM)
    return Section("perch", "Head over the hair, where the crown rests", half, u95, 2.0, inside, True, gaps)


def _round(card: FitCard, quantity: Quantity, told: Told) -> Section:
    """Of what only one length is known: a circle."""
    line = line_of(card.piece)
    across = 1.0 if line == "ring" else math.pi
    half, u95 = told.value_mm / across / 2, told.u95_mm / across / 2
    radius = 0.0 if line == "necklace" else inside_mm(card.piece) / math.pi / 2
    inside = oval(radius, radius) if radius else None
    gaps = (Gap("all round", radius - half, u95),) if inside is not None and line != "bangle" else ()
    words = f"{quantity.words}, drawn as a circle"
    return Section(quantity.name, words, (half, half), (u95, u95), 2.0, inside, True, gaps)


def _head_piece(piece: Piece, half_length: float) -> tuple[F64, bool]:
    """The inside of what is worn on the head; an open band touches her front."""
    size = piece.size
    half_x, half_z = size.inner_breadth_mm / 2, size.inner_length_mm / 2
    if line_of(piece) not in ("open_band", "combs"):
        return oval(half_x, half_z), True
    angle = np.linspace(0.0, np.pi, 721)
    points = np.stack([half_x * np.sin(angle), half_z * np.cos(angle)], axis=1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))])
    end = float(np.interp(size.arc_mm / 2, along, angle))
    angle = np.linspace(-end, end, 181)
    ahead = half_length - half_z
    return np.stack([half_x * np.sin(angle), half_z * np.cos(angle) + ahead], axis=1), False
