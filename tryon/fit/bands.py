"""What the trade makes of a gap: bands with a verdict and an action each, by line of pieces, and what pieces are made.

Each kind of piece has one gap that decides (what it measures inside, less what it goes round); the bands of that gap
are calibration/sizing/fit_bands.csv (facts: fit, sections 3 to 5 and 9). What is said of a band has its words under
its line and code (web/words/fit.en.json).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from tryon.types import Piece

Outcome = Literal["fits", "adjust", "too_small", "too_large"]
TWO_INCHES_MM = 50.0
"A choker with such an extender goes round most necks."


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

    @property
    def key(self) -> str:
        """Of its words."""
        return f"{self.line}.{self.code}"


@dataclass(frozen=True, slots=True)
class Need:
    """The doubt (U95, mm of the gap) with which a line of pieces can still be decided."""

    line: str
    rigid: bool
    u95_mm: float


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of a pageant's rules: a length of the piece between two limits, mm."""

    rules: str
    "The rule set's name."
    kind: str
    "Of the pieces it admits."
    measure: Literal["across_mm", "height_mm", "out_of_round_mm"]
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class FitTables:
    """What the verdict is told from outside."""

    bands: tuple[Band, ...]
    needs: tuple[Need, ...]
    assisted_u95_mm: Mapping[str, float]
    "What a tape, a paper band or an owned piece reaches, by the goals' own names."
    rules: tuple[Rule, ...]


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


def bands_of(piece: Piece, tables: FitTables, /) -> list[Band]:
    """The line's bands for this very piece: how far it can be adjusted, and whether it does so by itself."""
    line, reach = line_of(piece), piece.adjustable_mm
    by_itself = piece.seat.attachment in ("elastic", "chain")
    found: list[Band] = []
    for band in tables.bands:
        if band.line != line:
            continue
        if band.by_adjusting:
            found.append(replace(band, high=band.high - reach, code="too_small", outcome="too_small"))
            if reach > 0:
                within = replace(band, low=band.high - reach, outcome="fits" if by_itself else "adjust")
                if piece.seat.attachment == "elastic":
                    within = replace(within, code="elastic_gives", mm_factor=-1.0, mm_offset=0.0)
                found.append(within)
        elif band.code == "pad" and by_itself and reach > 0:
            until = min(band.low + reach, band.high)
            found.append(replace(band, high=until, code="elastic_takes_up", outcome="fits", mm_factor=1.0))
            found.append(replace(band, low=until))
        else:
            found.append(band)
    return found


def needed_u95_mm(piece: Piece, tables: FitTables, /) -> float:
    """With how much doubt of its gap such a piece can still be decided."""
    line = line_of(piece)
    rigid = piece.seat.attachment == "rigid_ring" or (line == "choker" and piece.adjustable_mm < TWO_INCHES_MM)
    return min((need.u95_mm for need in tables.needs if need.line == line and need.rigid <= rigid), default=math.inf)


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


def _round_inside(piece: Piece, diameter_mm: float) -> Piece:
    size = replace(
        piece.size,
        inner_diameter_mm=diameter_mm,
        inner_length_mm=diameter_mm,
        inner_breadth_mm=diameter_mm,
        arc_mm=math.pi * diameter_mm,
    )
    return replace(piece, size=size)
