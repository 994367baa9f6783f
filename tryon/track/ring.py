"""A ring or bangle that lies beside a card, seen from above: the edge of its hole, or why it can't be measured by.

In the card's own plane it is a circle whose size is roughly known. Steps of the picture vote for middles of such
circles; about the best ones the picture is read along rays outwards, and the first steep step of each is the edge.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from tryon.body.card import ID1_MM
from tryon.body.ring import Laid, card_from_px
from tryon.track.card import CardFinder
from tryon.types import F32, F64, U8, Camera, CardSeen, Frame, ReferenceReason

RingReason = Literal["ring_no_card", "ring_not_found", "ring_two", "ring_touches_card", "ring_no_hole"]
FIELD_MM = 170.0
"About the card's middle: so far it is searched."
COARSE_PX_PER_MM, STEP_MM = 3.0, 0.5
EDGE_LEVELS = 3.0
"Grey levels a pixel, in the search."
PEAKS = 6
RAYS = 240
VOTES_LEAST = 0.3
"Of a circle, that vote for its middle."
SEEN_LEAST = 0.6
"Of the rays, that meet one and the same circle."
CLEAR_MM = 2.0
"From its outer edge to the card's."
BAND_MM = (0.6, 12.0)
"From the inner to the outer edge of a ring or bangle, as seen from above."
HOLE_SHARE = 0.5
"What is seen through the hole may differ from what lies about it by so much of the ring's own difference."


@dataclass(frozen=True, slots=True, eq=False)
class RingSeen:
    """The hole of a ring beside a card."""

    edge_px: F64
    "(n, 2): the first steep steps from its middle outwards."
    card: CardSeen


class RingFinder:
    """Finds it in single pictures; keeps nothing between them. Not for several threads."""

    def __init__(self) -> None:
        self._cards = CardFinder()

    def find(self, frame: Frame, camera: Camera, laid: Laid, /) -> RingSeen | RingReason | ReferenceReason:
        """The ring's hole with the card, or why not."""
        card = self._cards.find(frame, camera)
        if card is None:
            return "ring_no_card"
        if not isinstance(card, CardSeen):
            return card.reason
        grey = frame.i420[: frame.size_px[1]]
        found: list[_Hole] = []
        refused: RingReason = "ring_not_found"
        for middle, radius in _middles(grey, card.corners_px, laid):
            hole = _hole(grey, card.corners_px, middle, radius, laid)
            if isinstance(hole, _Hole):
                if all(np.linalg.norm(hole.middle - one.middle) > hole.radius for one in found):
                    found.append(hole)
            elif hole is not None:
                refused = hole
        if not found:
            return refused
        if len(found) > 1:
            return "ring_two"
        return RingSeen(found[0].edge_px, card)


@dataclass(frozen=True, slots=True, eq=False)
class _Hole:
    middle: F64
    radius: float
    edge_px: F64


def _middles(grey: U8, card_px: F64, laid: Laid) -> list[tuple[F64, float]]:
    """Middles (2,) mm and radii of circles that the steps of the picture vote for, best first."""
    scale = COARSE_PX_PER_MM
    size = round(2 * FIELD_MM * scale)
    # rows run down, the card's y up
    flat_from_card = np.array([[scale, 0, size / 2], [0, -scale, size / 2], [0, 0, 1.0]])
    matrix = flat_from_card @ card_from_px(card_px)
    flat = cv2.warpPerspective(grey, matrix, (size, size), flags=cv2.INTER_AREA)
    inside = cv2.warpPerspective(np.ones_like(grey), matrix, (size, size), flags=cv2.INTER_NEAREST)
    soft = cv2.GaussianBlur(flat, (0, 0), 1.2).astype(np.float32)
    dx, dy = cv2.Scharr(soft, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(soft, cv2.CV_32F, 0, 1) / 32
    steep = np.hypot(dx, dy)
    inside = cv2.erode(inside, np.ones((7, 7), np.uint8))
    half = np.array(ID1_MM) / 2 + 1.0
    x, y = (round(side * scale) for side in half)
    inside[size // 2 - y : size // 2 + y, size // 2 - x : size // 2 + x] = 0
    rows, columns = np.nonzero((steep > EDGE_LEVELS) & (inside > 0))
    if not len(rows):
        return []
    way = np.stack([dx[rows, columns], dy[rows, columns]], axis=1) / steep[rows, columns, None]
    at = np.stack([columns, rows], axis=1)
    peaks: list[tuple[float, F64, float]] = []
    for radius in np.arange(laid.across_mm[0] / 2, laid.across_mm[1] / 2 + STEP_MM, STEP_MM):
        votes = np.zeros(size * size, np.float32)
        for sign in (-1, 1):
            there = np.rint(at + sign * way * radius * scale).astype(np.int64)
            fine = ((there >= 0) & (there < size)).all(axis=1)
            votes += np.bincount(there[fine, 1] * size + there[fine, 0], minlength=size * size).astype(np.float32)
        # a step is about two pixels broad
        circle = np.float32(2 * 2 * np.pi * radius * scale)
        near = np.asarray(cv2.boxFilter(votes.reshape(size, size), -1, (5, 5), normalize=False)) / circle
        for _ in range(2):
            _, best, _, (column, row) = cv2.minMaxLoc(near)
            if best < VOTES_LEAST:
                break
            peaks.append((best, np.array([column - size / 2, size / 2 - row]) / scale, float(radius)))
            cv2.circle(near, (column, row), round(radius * scale), (0.0,), -1)
    kept: list[tuple[F64, float]] = []
    for _, middle, radius in sorted(peaks, key=lambda peak: -peak[0]):
        if all(np.linalg.norm(middle - other) > 1.5 for other, _ in kept):
            kept.append((middle, radius))
    return kept[:PEAKS]


def _hole(grey: U8, card_px: F64, middle: F64, radius: float, laid: Laid) -> _Hole | RingReason | None:
    """The hole about a middle; None where there is no circle."""
    px_from_card = np.linalg.inv(card_from_px(card_px))
    angle = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    long_px = np.linalg.norm(np.roll(card_px, -1, axis=0) - card_px, axis=1).max()
    grid = 0.35 / (long_px / ID1_MM[0])
    for _ in range(2):
        # half of the least radius is inside any hole; the outer edge and the table beyond lie within the reach
        reach = np.arange(0.5 * laid.across_mm[0] / 2, laid.across_mm[1] / 2 + BAND_MM[1] + 3.0, grid)
        points = middle + way[:, None] * reach[None, :, None]
        at = cv2.perspectiveTransform(points.reshape(1, -1, 2), px_from_card)[0].reshape(points.shape)
        values = _values(grey, at)
        slope = np.abs(np.gradient(cv2.GaussianBlur(values, (7, 1), 1.6), axis=1))
        # where most rays have a step at the same distance there is a circle
        floor = max(0.35 * float(np.percentile(slope.max(axis=1), 50)), 1.0)
        peak = (slope[:, 1:-1] >= slope[:, :-2]) & (slope[:, 1:-1] > slope[:, 2:]) & (slope[:, 1:-1] > floor)
        wide = max(1, round(0.04 * radius / grid))
        share = cv2.dilate(peak.astype(np.uint8), np.ones((1, 2 * wide + 1), np.uint8)).mean(axis=0)
        circles = np.flatnonzero((share > SEEN_LEAST) & (share >= cv2.dilate(share[None], np.ones((1, 9)))[0] - 1e-9))
        inner = circles[reach[circles + 1] > 0.97 * laid.across_mm[0] / 2]
        if not len(inner):
            return None
        start = int(inner[0]) + 1
        near = np.abs(np.arange(1, slope.shape[1] - 1) - start) <= 2 * wide
        first = np.where((peak & near).any(axis=1), np.argmax(peak & near, axis=1) + 1, -1)
        met = first > 0
        edge = reach[first] + _between(slope, first) * grid
        ring = middle + way[met] * edge[met, None]
        before = middle
        middle, radius = _middle_of(ring)
        if np.linalg.norm(before - middle) < 0.3:
            break
    if met.mean() < SEEN_LEAST or not laid.across_mm[0] / 2 <= radius <= laid.across_mm[1] / 2:
        return None
    outer = circles[(reach[circles] > radius + BAND_MM[0]) & (reach[circles] < radius + BAND_MM[1])]
    if not len(outer):
        return "ring_no_hole"
    rim = float(reach[outer[-1] + 1])
    gap = np.maximum(np.abs(middle) - np.array(ID1_MM) / 2, 0.0)
    if float(np.linalg.norm(gap)) < rim + CLEAR_MM:
        return "ring_touches_card"
    hole = float(np.median(values[:, reach < 0.8 * radius]))
    around = values[:, (reach > rim + 1.0) & (reach < rim + 3.0)]
    band = values[:, (reach > radius + 0.2) & (reach < rim - 0.2)]
    table = float(np.median(around))
    if abs(hole - table) > max(HOLE_SHARE * float(np.percentile(np.abs(band - table), 75)), 8.0):
        return "ring_no_hole"
    edge_px = cv2.perspectiveTransform(ring[None], px_from_card)[0]
    return _Hole(middle, radius, np.asarray(edge_px, dtype=np.float64))


def _values(grey: U8, at: F64) -> F32:
    x, y = at[..., 0].astype(np.float32), at[..., 1].astype(np.float32)
    return np.asarray(cv2.remap(grey, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), dtype=np.float32)


def _between(slope: F32, place: F64) -> F64:
    """(n,) how far between grid places the steepest is, by a parabola."""
    row = np.arange(len(slope))
    place = np.clip(place, 1, slope.shape[1] - 2)
    before, here, after = slope[row, place - 1], slope[row, place], slope[row, place + 1]
    bend = np.minimum(before - 2 * here + after, -1e-6)
    return np.asarray(np.clip(0.5 * (before - after) / bend, -0.5, 0.5), dtype=np.float64)


def _middle_of(ring: F64) -> tuple[F64, float]:
    system = np.column_stack([2 * ring, np.ones(len(ring))])
    x, y, rest = np.linalg.lstsq(system, (ring**2).sum(axis=1), rcond=None)[0]
    return np.array([x, y]), float(np.sqrt(max(rest + x * x + y * y, 1e-6)))
