"""Where a piece sits on this head by the rules of the trade, before anybody moves it.

A head piece's seat is a plane across the skull (over the hair): its lean is the piece's, its height comes from the
rule of its kind. The piece's origin is the middle of that plane inside the band, and its inner front touches the
hair where the plane meets the head's profile. Nothing is scaled: a piece that is too large rests lower, one that is
too small rides higher, and one that fits nowhere is put where it would be held.
"""

from __future__ import annotations

import numpy as np

from tryon.body.occluder import skull
from tryon.errors import AssetError
from tryon.geometry.ellipse import Ellipsoid, Section, perimeter
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.types import F64, HeadShape, Nudge, Piece

HAIRLINE_MM = 57.0
"Glabella to hairline along the profile (facts: fit, section 2.6: 55 to 61, spread 3 to 7)."
BEHIND_HAIRLINE_MAX_MM = 38.0
"A tiara sits no more than 1.5 inch behind the hairline (facts: fit, section 3)."
BROW_MARGIN_MM = 14.0
"A circlet too large for the head comes to rest on the forehead this far above the glabella."


def head_from_piece(piece: Piece, shape: HeadShape, nudge: Nudge, /) -> F64:
    """(4, 4) rigid, mm. Raises AssetError for a piece that is not worn on the head."""
    ball = skull(shape)
    line = piece.seat.line
    if line not in _SEATS:
        raise AssetError("seat_unknown", f"{piece.id}: a seat on the {line} is not on the head.")
    up, origin = _SEATS[line](piece, shape, ball)
    seat = piece.seat
    origin = origin + up * (seat.height_mm + nudge.up_mm) + forward(up) * (seat.forward_mm + nudge.forward_mm)
    # nudged tilt turns the piece about the middle of its seat, on top of the seat's own lean
    lean = np.arctan2(-up[2], up[1]) + nudge.tilt_rad
    return rigid(rotation_from_vector(np.array([-lean, 0.0, 0.0])), origin)


def _tiara(piece: Piece, shape: HeadShape, ball: Ellipsoid) -> tuple[F64, F64]:
    """The span from chin to between the brows, laid off upward from there, is the front of the base."""
    span = float(np.linalg.norm(shape.points["glabella"] - shape.points["chin"]))
    size = span / 122.0  # the hairline moves with the face
    front = profile_point(shape, ball, min(span, HAIRLINE_MM * size + BEHIND_HAIRLINE_MAX_MM))
    return _through(piece, front, piece.seat.tilt_rad)


def _headband(piece: Piece, shape: HeadShape, ball: Ellipsoid) -> tuple[F64, F64]:
    """Its plane stands on the head just behind the ears and leans as the piece says."""
    ears = (shape.points["tragion_left"] + shape.points["tragion_right"]) / 2 + np.array([0.0, 15.0, -12.0])
    up = _up(piece.seat.tilt_rad)
    section = ball.section(up, float(up @ ears))
    assert section is not None, "a plane through the ears meets the skull"
    front = section.centre + forward(up) * section.half_length
    return _through(piece, front, piece.seat.tilt_rad)


def _circlet(piece: Piece, shape: HeadShape, ball: Ellipsoid) -> tuple[F64, F64]:
    """The height at which the head over hair is as large round as the circlet is inside."""
    half_a, half_b = piece.size.inner_breadth_mm / 2, piece.size.inner_length_mm / 2
    around = perimeter(half_a, half_b)
    return _settled(piece, shape, ball, lambda s: perimeter(s.half_breadth, s.half_length) <= around)


def _perch(piece: Piece, shape: HeadShape, ball: Ellipsoid) -> tuple[F64, F64]:
    """The height at which a rigid ring first touches: front and back on a long head, the sides on a broad one."""
    half_a, half_b = piece.size.inner_breadth_mm / 2, piece.size.inner_length_mm / 2
    return _settled(piece, shape, ball, lambda s: s.half_length <= half_b and s.half_breadth <= half_a)


_SEATS = {"tiara": _tiara, "headband": _headband, "circlet": _circlet, "perch": _perch}


def _settled(piece: Piece, shape: HeadShape, ball: Ellipsoid, passes) -> tuple[F64, F64]:  # type: ignore[no-untyped-def]
    """Let the ring down from above until the section no longer passes through it, or it rests on the forehead."""
    up = _up(piece.seat.tilt_rad)
    rest = profile_point(shape, ball, BROW_MARGIN_MM)
    low = float(up @ rest)
    high = float((ball.sagittal() @ up).max())
    if not passes(_at(ball, up, low)):
        for _ in range(40):
            middle = (low + high) / 2
            if passes(_at(ball, up, middle)):
                high = middle
            else:
                low = middle
        low = high
    section = _at(ball, up, low)
    # a ring larger than the head lies against the forehead, the room is behind
    slack = piece.size.inner_length_mm / 2 - section.half_length
    return up, section.centre - forward(up) * slack * (low == float(up @ rest))


def _at(ball: Ellipsoid, up: F64, height_mm: float) -> Section:
    return ball.section(up, height_mm) or Section(up * height_mm, 0.0, 0.0)


def _through(piece: Piece, front: F64, lean_rad: float) -> tuple[F64, F64]:
    up = _up(lean_rad)
    return up, front - forward(up) * (piece.size.inner_length_mm / 2)


def taper(piece: Piece, shape: HeadShape, /) -> float:
    """How large round the head over hair is where a circlet comes to rest on the forehead, of what a tape round its
    greatest length (glabella to opisthocranion) reads."""
    ball = skull(shape)
    glabella, back = shape.points["glabella"], shape.points["opisthocranion"]
    lean = float(np.arctan2(back[1] - glabella[1], glabella[2] - back[2]))
    around = []
    for up, point in (
        (_up(piece.seat.tilt_rad), profile_point(shape, ball, BROW_MARGIN_MM)),
        (_up(-lean), glabella),
    ):
        section = _at(ball, up, float(up @ point))
        around.append(perimeter(section.half_breadth, section.half_length))
    return around[0] / around[1]


def profile_point(shape: HeadShape, ball: Ellipsoid, arc_mm: float, /) -> F64:
    """(3,) mm: the point of the mid profile (over hair) this far up from the glabella, along the surface."""
    outline = ball.sagittal()
    glabella = shape.points["glabella"]
    start = int(np.argmin(np.linalg.norm(outline - glabella, axis=1)))
    upward = np.roll(outline[:-1], -start, axis=0)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(upward, axis=0), axis=1))])
    return np.array([np.interp(arc_mm, along, upward[:, axis]) for axis in range(3)])


def _up(lean_rad: float) -> F64:
    return np.array([0.0, np.cos(lean_rad), -np.sin(lean_rad)])


def forward(up: F64, /) -> F64:
    """(3,) unit, head: the way to the front within the plane that `up` stands on."""
    return np.array([0.0, -up[2], up[1]])
