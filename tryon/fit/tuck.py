"""Where the ends of an open band go under hair: a jeweller tucks and pins them there."""

from __future__ import annotations

import math

import numpy as np

from tryon.body.occluder import skull
from tryon.geometry.rigid import transform
from tryon.types import F64, HeadShape, Piece

OPEN = ("tiara", "headband")
"Seats of bands that do not go all round; one with combs is held by these and lies on the hair to its ends."
BEYOND_MM, REACH_MM = 12.0, 34.0
"From so far behind a band's end hair lies over it, to so far before it."
FRONT_MM = 25.0
"So far to each side of its middle a band is never hidden."
RISE_MM, HALF_MM = 3.0, 16.0
"The middle of that place above the seat, and half its height."
COMBED = np.array([0.0, -0.75, -0.66])
"Unit, head: how hair is combed at the sides, down and back."
CROSSES_RAD = math.radians(50)
"Locks cross a band at no less [J]: hair that runs along it would not hold it."
GONE_MM = 26.0
"So far before its end a band is gone among the locks for the most part, and what stands on it with it."
LEAN_MM = 12.0
"What stands there may lean outward by so much."
STANDS = 5
"Points along what stands on a band that is in the hair."
SUNK_MM = 8.0
"So deep in the hair a band is hardly seen any more (dress: HAIR_FADE_MM, and its own thickness)."


def tucks(piece: Piece, head_from_piece: F64, shape: HeadShape, /) -> F64 | None:
    """(2, 4 + n, 3) mm, piece frame: a flat place over each end of an open band, the wearer's left first; None: none.

    Corners: behind the end where locks come from, before it there, before it where they go, behind it there. The end
    is where the band goes into the hair, if that is before its own. What the band carries there is in the hair too: n
    points are the corners of that.
    """
    size = piece.size
    if piece.seat.line not in OPEN or piece.seat.attachment == "combs":
        return None
    angle = np.linspace(0.0, math.pi, 721)
    x, z = size.inner_breadth_mm / 2 * np.sin(angle), size.inner_length_mm / 2 * np.cos(angle)
    band = np.stack([x, np.full_like(x, RISE_MM), z], axis=1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(band, axis=0), axis=1))])
    sunk = skull(shape).grown(-SUNK_MM).holds(transform(head_from_piece, band))
    end = float(along[(along <= size.arc_mm / 2) & ~sunk].max(initial=0.0))
    if end < FRONT_MM + REACH_MM:
        return None
    behind, before = (
        np.array([np.interp(at, along, axis) for axis in band.T]) for at in (end + BEYOND_MM, end - REACH_MM)
    )
    back = (behind - before) / np.linalg.norm(behind - before)
    combed = head_from_piece[:3, :3].T @ COMBED
    crosses = max(math.atan2(abs(float(combed[1])), float(combed @ back)), CROSSES_RAD)
    across = HALF_MM * np.array([0.0, math.copysign(1.0, combed[1]), 0.0]) + HALF_MM / math.tan(crosses) * back
    left = np.stack([behind - across, before - across, before + across, behind + across])
    on = np.linspace(end - GONE_MM, size.arc_mm / 2 + BEYOND_MM, STANDS)
    foot = np.stack([np.interp(on, along, axis) for axis in band.T], axis=1)
    outer = foot[on > end] + (LEAN_MM, -HALF_MM / 2, 0.0)
    left = np.concatenate([left, foot + (0.0, RISE_MM, 0.0), foot + (0.0, size.height_mm, 0.0), outer])
    return np.asarray([left, left * (-1.0, 1.0, 1.0)])
