"""A printed paper band round head, neck or wrist, and how far round it is, from markers beside its seam in one picture.

The band is as long as the place that its own beginning comes to lie beside: the circumference is where on the far
end's scale the zero of the near end stands. Both ends are printed with square markers at known places. Here the paper
about the seam is laid over a surface that bends one way only, evenly or more and more, and all markers on both ends
are explained at once: the pose, the bend, how the far end lies under the near one, and the circumference, with the
focal length as doubtful as it is. Which end lies on top plays no part.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from tryon.body.card import ID1_MM, corners_in_card
from tryon.geometry.camera import rays
from tryon.geometry.rigid import rotation_from_vector, vector_from_rotation
from tryon.types import F64, I32, BandSeen, Camera

BandKind = Literal["crown", "neck", "wrist"]
BandReason = Literal[
    "band_two",
    "band_small",
    "band_one_end",
    "band_seam_hidden",
    "band_open",
    "band_uneven",
    "band_impossible",
    "print_off",
    "print_unchecked",
]


@dataclass(frozen=True, slots=True)
class Band:
    """One band as it is printed: strips that are taped end to end, their markers one after another."""

    kind: BandKind
    quantity: str
    "What it is wrapped round; the crown band goes over the hair, as a crown does."
    first_id: int
    count: int
    "Markers."
    pitch_mm: float
    "From one marker to the next; the first stands half of it from the edge that is zero."
    side_mm: float
    "Of a marker."
    strips: int
    around_mm: tuple[float, float]
    "What is possible (facts: fit; sizing/README)."
    lay_std_mm: float
    """How far the paper lies off what a tape would read there [J]: slack, dents, a tilt (facts: fit, section 9: U95 of
    5 to 6, 6 to 8 and 4 mm, the print's share among it)."""

    @property
    def length_mm(self) -> float:
        """Printed length."""
        return self.count * self.pitch_mm

    def places_mm(self, ids: I32, /) -> F64:
        """(n,) how far each marker's middle is from zero."""
        return np.asarray((ids - self.first_id + 0.5) * self.pitch_mm)


BANDS: tuple[Band, ...] = (
    Band("crown", "head_circumference_over_hair", 0, 39, 20.0, 14.0, 3, (440.0, 700.0), 2.0),
    Band("neck", "neck_circumference", 40, 26, 20.0, 14.0, 2, (240.0, 500.0), 3.2),
    Band("wrist", "wrist_circumference", 70, 20, 13.0, 9.0, 1, (110.0, 245.0), 1.9),
)
CHECK_IDS = (90, 91, 92, 93)
CHECK_SIDE_MM = 14.0
_CHECK_FIELD_MM = (110.0, 78.0)
"From middle to middle of the markers about the field that a card is laid in to check the print."
STRIP_MM = 260.0
"Of each strip, without the tab that the next one is glued on: 13 markers or 20."
SIDE_LEAST_PX = 21.0
"Seven cells a side: below three pixels a cell a corner is mostly blur."
CORNER_STD_PX = 0.15
"Of one corner: 0.05 to 0.1 on synthetic markers with blur and noise; more with a codec [J]."
GAP_PITCHES = 3.2
"From the near end's nearest marker to the far end's, in pitches: up to two lie half under the seam."
REACH = 0.15
"Markers further from the seam than this share of the way round say little of it, and may lie on another bend."
MISFIT_PX, MISFIT_SIDE = 0.6, 0.012
"Corners about their places, root mean square: beyond, and that share of a side, the paper is buckled or torn."
BEND, BEND_STD = 1.1, 0.5
"The bend against that of a circle as far round: fronts of heads are rounder, temples flatter [J]."
BEND_CHANGE_STD = 1.2
"Change of it over a quarter of the way round, of itself [J]: an ellipse of 3 to 4 changes by 0.8."
SLANT_STD, TURN_STD, SLIP_STD_MM = 0.15, 0.06, 8.0
"""How far the bend's axis leans against the band (a head is a cone), how far the ends are turned against one another
(rad), and how much higher one lies than the other [J]."""
SMOOTH_STD = 0.02
"What the paper's own waves and another bend make the way over the gap longer by, of the gap [J]."
PAPER_MM = 0.4
"How far the upper end stands off the lower one [J]."
_TURNS = ((0.0, 0.0), (0.0, 0.6), (0.0, -0.6), (0.5, 0.0), (-0.5, 0.0))
"Starts: tilts about the picture's across and up, rad."
EXPLAINED = 6.0
"Squared error of a corner's coordinate, in its variance: a start that comes below is the right one."
_STEPS_MOST, _STEP = 40, 1e-5
_NODES = np.array([-0.9324695142031521, -0.6612093864662645, -0.2386191860831969])
_NODES = np.append(_NODES, -_NODES[::-1])
_WEIGHTS = np.array([0.1713244923791704, 0.3607615730481386, 0.4679139345726910])
_WEIGHTS = np.append(_WEIGHTS, _WEIGHTS[::-1])
"Gauss and Legendre's rule of six."


@dataclass(frozen=True, slots=True)
class Around:
    """How far round, as one picture tells."""

    kind: BandKind
    value_mm: float
    "In printed millimetres."
    std_mm: float
    "Of this picture: corners, bend and focal length; not of the print."
    residual_px: float


def check_places_mm() -> F64:
    """(4, 2) mm: middles of the check's markers, from their own middle, x right, y down, clockwise from top left."""
    x, y = (side / 2 for side in _CHECK_FIELD_MM)
    return np.array([(-x, -y), (x, -y), (x, y), (-x, y)])


def print_ratio(seen: BandSeen, card_px: F64, /) -> tuple[float, float] | None:
    """Printed millimetres' true length, across and down, by a card (corners (4, 2) px, clockwise, a long side first)
    that lies in the check's field; None where not all four markers are seen, or the card lies on one of them."""
    quads = [seen.corners_px[seen.ids == number] for number in CHECK_IDS]
    if any(len(quad) != 1 for quad in quads):
        return None
    true_from_px = cv2.getPerspectiveTransform(
        card_px.astype(np.float32), (corners_in_card()[:, :2] * (1, -1)).astype(np.float32)
    )
    true = cv2.perspectiveTransform(np.concatenate(quads).astype(np.float64), true_from_px)
    if (np.abs(true) < np.array(ID1_MM) / 2).all(axis=-1).any():
        return None
    middles = true.mean(axis=1)
    x, y = _CHECK_FIELD_MM
    across = np.linalg.norm(middles[1] - middles[0]) + np.linalg.norm(middles[2] - middles[3])
    down = np.linalg.norm(middles[3] - middles[0]) + np.linalg.norm(middles[2] - middles[1])
    return float(across / (2 * x)), float(down / (2 * y))


def around(band: Band, seen: BandSeen, camera: Camera, /) -> Around | BandReason | None:
    """What a picture tells of one band: how far round, why not, or None where it is not seen."""
    mine = (seen.ids >= band.first_id) & (seen.ids < band.first_id + band.count)
    if mine.sum() < 2:
        return None  # one alone may be anything
    ids, corners = seen.ids[mine], seen.corners_px[mine]
    if len(np.unique(ids)) < len(ids):
        return "band_two"
    places = band.places_mm(ids)
    # what is seen about the seam is at most half of the way round, on either end
    near, far = places < band.around_mm[0] / 3, places > band.around_mm[0] / 2
    if not near.any() or not far.any():
        return "band_one_end"
    sides = np.linalg.norm(np.roll(corners, -1, axis=1) - corners, axis=2)
    first, last = int(np.argmin(np.where(near, places, np.inf))), int(np.argmax(np.where(far, places, -np.inf)))
    if min(sides[first].max(), sides[last].max()) < SIDE_LEAST_PX:
        return "band_small"
    guess = places[last] - places[first] - _apart_mm(corners[first], corners[last], band.side_mm)
    reach = np.where(near, places, places - guess)
    kept = (near | far) & (np.abs(reach) < max(REACH * guess, np.abs(reach[[first, last]]).max() + 1e-6))
    solved = _solved(band, places[kept], far[kept], corners[kept], camera, guess)
    if solved is None:
        return "band_uneven"
    value, std, residual = solved
    if value > band.length_mm:
        return "band_open"
    gap = abs(places[first] - (places[last] - value))
    if gap > GAP_PITCHES * band.pitch_mm:
        return "band_seam_hidden"
    if residual > MISFIT_PX + MISFIT_SIDE * float(np.median(sides[kept])):
        return "band_uneven"
    if not band.around_mm[0] <= value <= band.around_mm[1]:
        return "band_impossible"
    return Around(band.kind, value, float(np.hypot(std, np.hypot(SMOOTH_STD * gap, PAPER_MM))), residual)


def _apart_mm(one: F64, other: F64, side_mm: float) -> float:
    """How far the middle of one marker (4, 2) px is along the band from that of another, by their own sides."""
    along = [(quad[1] - quad[0] + quad[2] - quad[3]) / 2 for quad in (one, other)]
    lengths = [float(np.linalg.norm(way)) for way in along]
    way = along[0] / lengths[0] + along[1] / lengths[1]
    way /= max(float(np.linalg.norm(way)), 1e-9)
    return float((one.mean(axis=0) - other.mean(axis=0)) @ way) / (lengths[0] + lengths[1]) * 2 * side_mm


def on_bend(along: F64, across: F64, bend: float, change: float, slant: float) -> F64:
    """(..., 3) mm of points of a strip that is laid over a surface which bends one way: x along it, y down, z away.

    `bend` is 1/mm at the origin and grows by `change` (1/mm^2) along it; the way it bends leans by `slant` (rad)
    against the strip's own.
    """
    cos, sin = np.cos(slant), np.sin(slant)
    way, rest = along * cos + across * sin, across * cos - along * sin
    # where the curve is after so much of it: its direction's integral, by Gauss and Legendre
    on = way[..., None] * (_NODES + 1) / 2
    angle = bend * on + change * on**2 / 2
    x = (np.cos(angle) * _WEIGHTS).sum(axis=-1) * way / 2
    z = (np.sin(angle) * _WEIGHTS).sum(axis=-1) * way / 2
    return np.stack([x * cos - rest * sin, x * sin + rest * cos, z], axis=-1)


def _solved(
    band: Band, places: F64, far: F64, corners: F64, camera: Camera, guess: float
) -> tuple[float, float, float] | None:
    """(circumference mm, its std mm, residual px) that explain the corners (n, 4, 2) of markers at places (n,)."""
    half = band.side_mm / 2
    square = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    strip = np.stack([places, np.zeros_like(places)], axis=1)[:, None] + square
    points = corners.reshape(-1, 2)
    straight = rays(points, camera)[:, :2]
    focal = float(np.sqrt(camera.matrix[0, 0] * camera.matrix[1, 1]))
    under = np.repeat(far, 4)

    def errors(state: F64) -> F64:
        # the wanted one last but one; lengths in units in which one is a likely step
        turn, move, (bend, change, slant, twist, slip, round_, longer) = state[:3], state[3:6], state[6:]
        length = guess + round_ * 10
        flat = strip.reshape(-1, 2).copy()
        below = flat[under] - (length, 0.0)
        cos, sin = np.cos(twist), np.sin(twist)
        flat[under] = below @ np.array([[cos, sin], [-sin, cos]]) + (0.0, slip * SLIP_STD_MM)
        round_bend = 2 * np.pi / guess
        model = on_bend(flat[:, 0], flat[:, 1], bend * round_bend, change * round_bend / (guess / 4), slant)
        model = model @ rotation_from_vector(turn).T + move * distance
        if (model[:, 2] < 0.05 * distance).any():
            return np.full(2 * len(points) + 7, 1e3)
        off = (model[:, :2] / model[:, 2:] * np.exp(longer) - straight) * focal / CORNER_STD_PX
        beliefs = (
            (bend - BEND) / BEND_STD,
            change / BEND_CHANGE_STD,
            slant / SLANT_STD,
            twist / TURN_STD,
            slip,
            # nothing is known of the length itself but its order
            round_ / 30,
            longer / camera.focal_std,
        )
        return np.concatenate([off.ravel(), beliefs])

    nearest = int(np.argmin(np.where(far, guess - places, places)))
    quad = straight.reshape(-1, 4, 2)[nearest]
    along = quad[1] - quad[0] + quad[2] - quad[3]
    down = quad[3] - quad[0] + quad[2] - quad[1]
    distance = 2 * band.side_mm / max(float(np.linalg.norm(along)), float(np.linalg.norm(down)))
    upright = rotation_from_vector(np.array([0, 0, np.arctan2(along[1], along[0])]))
    best: tuple[float, F64] | None = None
    for tilt, turn in _TURNS:
        rotation = upright @ rotation_from_vector(np.array([tilt, 0, 0])) @ rotation_from_vector(np.array([0, turn, 0]))
        state = np.zeros(13)
        state[:3] = vector_from_rotation(rotation)
        middle = np.append(quad.mean(axis=0), 1.0)
        start = strip[nearest].mean(axis=0) - (guess if far[nearest] else 0.0, 0.0)
        state[3:6] = middle - rotation @ np.append(start, 0.0) / distance
        state[6] = BEND
        cost, state = _least(errors, state, steps=8)
        if best is None or cost < best[0]:
            best = cost, state
        if best[0] < EXPLAINED * 2 * len(points):
            break
    assert best is not None
    cost, state = _least(errors, best[1], steps=_STEPS_MOST)
    jacobian, off = _slopes(errors, state), errors(state)
    freedom = max(len(off) - len(state), 1)
    try:
        covariance = np.linalg.inv(jacobian.T @ jacobian)
    except np.linalg.LinAlgError:
        return None
    if not np.isfinite(covariance).all() or covariance[11, 11] <= 0:
        return None
    worse = max(1.0, float(off @ off) / freedom)
    pixels = off[: 2 * len(points)] * CORNER_STD_PX
    residual = float(np.sqrt((pixels**2).sum() / len(points)))
    return guess + 10 * float(state[11]), 10 * float(np.sqrt(covariance[11, 11] * worse)), residual


def _least(errors: Callable[[F64], F64], state: F64, *, steps: int) -> tuple[float, F64]:
    """(cost, state) of least squares from a start (Levenberg and Marquardt)."""
    off = errors(state)
    cost, damping = float(off @ off), 1e-2
    for _ in range(steps):
        jacobian = _slopes(errors, state)
        normal, slope = jacobian.T @ jacobian, jacobian.T @ off
        before = cost
        while damping < 1e8:
            tried = state - np.linalg.solve(normal + damping * np.diag(np.diag(normal) + 1e-9), slope)
            off_there = errors(tried)
            there = float(off_there @ off_there)
            if there < cost:
                state, off, cost, damping = tried, off_there, there, damping / 10
                break
            damping *= 10
        if before - cost < 1e-5 * before:
            break
    return cost, state


def _slopes(errors: Callable[[F64], F64], state: F64) -> F64:
    """(m, n): by differences."""
    steps = np.eye(len(state)) * _STEP
    return np.stack([(errors(state + step) - errors(state - step)) / (2 * _STEP) for step in steps], axis=1)
