"""A ring or bangle that lies beside a card, seen from above: the edge of its hole, or why it can't be measured by; of a
coin its own edge.

In the card's own plane it is a circle whose size is roughly known. Steps of the picture vote for middles of such
circles; about the best ones the picture is read along rays outwards, and two circles about one middle, on which most
rays have a step, are the hole's edge and the band's. A coin's is the outermost steep step of each ray.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from tryon.body.card import ID1_MM
from tryon.body.ring import Laid, card_from_px, circle
from tryon.track.card import CardFinder
from tryon.types import F32, F64, U8, Camera, CardSeen, Frame, ReferenceReason

RingReason = Literal["ring_no_card", "ring_not_found", "ring_two", "ring_touches_card", "ring_no_hole"]
FIELD_MM = 170.0
"About the card's middle: so far it is searched."
COARSE_PX_PER_MM, STEP_MM = 3.0, 0.5
EDGE_LEVELS = 3.0
"Grey levels a pixel, in the search."
PEAKS = 6
RAYS = 360
VOTES_LEAST = 0.3
"Of a circle, that vote for its middle."
SEEN_LEAST = 0.6
"Of the rays, that meet one and the same circle."
CLEAR_MM = 2.0
"From its outer edge to the card's."
BAND_MM = (0.6, 12.0)
"From the inner to the outer edge of a ring or bangle, as seen from above."
AVERAGED = 9
"Rays."
SEARCH = {"ring": ((1.6, 0.2), (0.2, 0.05)), "bangle": ((2.0, 0.25), (0.25, 0.05))}
"How far about a middle its hole is searched, and the steps of it and of the radii, mm: first roughly."
NEAR_MM = 0.25
"From the hole's edge as it was found roughly."
OUTER_LEAST = 0.45
"Of the rays, that have a step at the ring's outer edge."
BOTH_LEAST = 1.35
"Of both circles' rays together: what shows less of both is not told from a shadow or a lower rim."
ROUGHLY, ROUGHLY_OUTER = 0.5, 0.25
"The same shares, while middle and radii are known roughly."
FAINT = 0.15
"A step so faint against the best seen one still counts."
PX_PER_MM = {"ring": 5.0, "bangle": 2.5, "coin": 5.0}
"Least: coarser pictures show no rim."
STEEP = 0.5
"Of the steepest step of a ray: so steep is a coin's edge, which what is struck on it may surpass, and no shadow's."
EDGE_MM = (1.2, 0.4, 0.4)
"About a circle through most coin's edges: so far the steepest step is searched, anew each time."
ROUND_MM, ROUND_LEAST = 0.15, 0.78
"So many of a coin's rays have its edge so near to one circle; a shadow's edge is taken for the coin's in more."
HOLE_SHARE = 0.5
"What is seen through the hole may differ from what lies about it by so much of the ring's own difference."


@dataclass(frozen=True, slots=True, eq=False)
class RingSeen:
    """The hole of a ring beside a card."""

    edge_px: F64
    "(n, 2): steep steps near its circle."
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
        long_px = float(np.linalg.norm(np.roll(card.corners_px, -1, axis=0) - card.corners_px, axis=1).max())
        if long_px < PX_PER_MM[laid.kind] * ID1_MM[0]:
            return "card_small"
        grey = frame.i420[: frame.size_px[1]]
        found: list[_Hole] = []
        refused: RingReason = "ring_not_found"
        for middle in _middles(grey, card.corners_px, laid):
            hole = (_disc if laid.kind == "coin" else _hole)(grey, card.corners_px, middle, laid)
            if isinstance(hole, _Hole):
                # several middles lead to one hole: the one that most of it is seen of
                same = [one for one in found if np.linalg.norm(hole.middle - one.middle) <= hole.radius]
                if all(one.share < hole.share for one in same):
                    found = [*(one for one in found if one not in same), hole]
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
    share: float
    "Of its rays, and of its band's, that meet their circle."


def _middles(grey: U8, card_px: F64, laid: Laid) -> list[F64]:
    """Middles (2,) mm of circles that the steps of the picture vote for, best first."""
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
    peaks: list[tuple[float, F64]] = []
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
            peaks.append((best, np.array([column - size / 2, size / 2 - row]) / scale))
            cv2.circle(near, (column, row), round(radius * scale), (0.0,), -1)
    kept: list[F64] = []
    for _, middle in sorted(peaks, key=lambda peak: -peak[0]):
        if all(np.linalg.norm(middle - other) > 1.5 for other in kept):
            kept.append(middle)
    return kept[:PEAKS]


def _hole(grey: U8, card_px: F64, middle: F64, laid: Laid) -> _Hole | RingReason | None:
    """The hole about a middle, roughly; None where there is no circle.

    The upper rims of hole and band lie in one plane: two circles about one middle. The hole's lower rim, half of which
    shows, has another middle, and so has a shadow.
    """
    px_from_card = np.linalg.inv(card_from_px(card_px))
    angle = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    long_px = np.linalg.norm(np.roll(card_px, -1, axis=0) - card_px, axis=1).max()
    grid = 0.4 / (long_px / ID1_MM[0])
    reach = np.arange(0.3 * laid.across_mm[0], laid.across_mm[1] / 2 + BAND_MM[1] + 3.0, grid)
    rims: tuple[float, float] | None = None
    moved, share = np.zeros(2), 0.0
    for spread, step in SEARCH[laid.kind]:
        points = middle + way[:, None] * reach[None, :, None]
        at = cv2.perspectiveTransform(points.reshape(1, -1, 2), px_from_card)[0].reshape(points.shape)
        values = _values(grey, at)
        slope = np.abs(np.gradient(_smoothed(values), axis=1))
        # a faint step counts as well as a steep one, grain does not
        grain = float(np.percentile(slope[:, reach < 0.42 * laid.across_mm[0]], 90))
        clear = np.clip(slope / np.maximum(FAINT * slope.max(axis=1, keepdims=True), 3 * grain + 0.2), 0, 1)
        clear *= slope >= cv2.dilate(slope, np.ones((1, 5), np.uint8)) - 1e-6
        # what lies between two trials counts for both
        broad = 2 * max(1, round(0.5 * step / grid)) + 1
        clear = np.asarray(cv2.dilate(clear, np.ones((1, broad), np.uint8)), dtype=np.float32)
        found = _rims(clear, reach, way, laid, spread, step, rims)
        if found is None:
            return None
        moved, rims, share = found
        middle = middle + moved
    assert rims is not None
    if share < BOTH_LEAST:
        return None
    radius, rim = rims
    peak = (slope[:, 1:-1] >= slope[:, :-2]) & (slope[:, 1:-1] > slope[:, 2:]) & (clear[:, 1:-1] > 0.5)
    # the rays were read about the middle before the last step
    turned = moved @ way.T
    beside = np.sqrt(np.maximum(radius**2 - ((moved**2).sum() - turned**2), 0.01)) + turned
    off = np.where(peak, np.abs(reach[None, 1:-1] - beside[:, None]), np.inf)
    first = off.argmin(axis=1)
    met = off[np.arange(RAYS), first] < max(NEAR_MM, 3 * grid)
    first += 1
    edge = reach[first] + _between(slope, first) * grid
    ring = middle - moved + way[met] * edge[met, None]
    if met.mean() < SEEN_LEAST:
        return None
    gap = np.maximum(np.abs(middle) - np.array(ID1_MM) / 2, 0.0)
    if float(np.linalg.norm(gap)) < rim + CLEAR_MM:
        return "ring_touches_card"
    hole = float(np.median(values[:, reach < 0.8 * radius]))
    around = values[:, (reach > rim + 2.0) & (reach < rim + 4.0)]
    band = values[:, (reach > radius + 0.2) & (reach < rim - 0.2)]
    table = float(np.median(around))
    if abs(hole - table) > max(HOLE_SHARE * float(np.percentile(np.abs(band - table), 75)), 10.0):
        return "ring_no_hole"
    edge_px = cv2.perspectiveTransform(ring[None], px_from_card)[0]
    return _Hole(middle, radius, np.asarray(edge_px, dtype=np.float64), share)


def _disc(grey: U8, card_px: F64, middle: F64, laid: Laid) -> _Hole | RingReason | None:
    """A coin about a middle, roughly; None where there is none."""
    px_from_card = np.linalg.inv(card_from_px(card_px))
    angle = np.linspace(0, 2 * np.pi, RAYS, endpoint=False)
    way = np.stack([np.cos(angle), np.sin(angle)], axis=1)
    long_px = np.linalg.norm(np.roll(card_px, -1, axis=0) - card_px, axis=1).max()
    grid = 0.4 / (long_px / ID1_MM[0])
    reach = np.arange(0.8 * laid.across_mm[0] / 2, laid.across_mm[1] / 2 + 2.5, grid)
    rays = np.arange(RAYS)
    radius = 0.0
    for near_mm in (None, *EDGE_MM):
        points = middle + way[:, None] * reach[None, :, None]
        at = cv2.perspectiveTransform(points.reshape(1, -1, 2), px_from_card)[0].reshape(points.shape)
        slope = np.abs(np.gradient(_smoothed(_values(grey, at)), axis=1))
        if near_mm is None:
            steep = slope > STEEP * slope.max(axis=1, keepdims=True)
            place = steep.shape[1] - 1 - steep[:, ::-1].argmax(axis=1)
            met = np.ones(RAYS, dtype=bool)
        else:
            close = np.where(np.abs(reach - radius) < near_mm, slope, 0.0)
            place = close.argmax(axis=1)
            met = (close[rays, place] > EDGE_LEVELS * grid) & (np.abs(reach[place] - radius) < near_mm - grid)
        if met.mean() < SEEN_LEAST:
            return None
        edge = reach[place] + _between(slope, place) * grid
        rim = middle + way[met] * edge[met, None]
        middle, radius = circle(rim)
        if not laid.across_mm[0] <= 2 * radius <= laid.across_mm[1]:
            return None
    gap = np.maximum(np.abs(middle) - np.array(ID1_MM) / 2, 0.0)
    if float(np.linalg.norm(gap)) < radius + CLEAR_MM:
        return "ring_touches_card"
    share = float((np.abs(np.linalg.norm(rim - middle, axis=1) - radius) < ROUND_MM).sum() / RAYS)
    if share < ROUND_LEAST:
        return None
    edge_px = cv2.perspectiveTransform(rim[None], px_from_card)[0]
    return _Hole(middle, radius, np.asarray(edge_px, dtype=np.float64), share)


def _rims(
    clear: F32, reach: F64, way: F64, laid: Laid, spread: float, step: float, near: tuple[float, float] | None
) -> tuple[F64, tuple[float, float], float] | None:
    """How far off the middle is (2,), and the radii of hole and band: two circles about one middle on which most rays
    have a step, and their shares together. `near`: the radii as they were found roughly."""
    offs = np.arange(-spread, spread + step / 2, step)
    off = np.stack(np.meshgrid(offs, offs), axis=-1).reshape(-1, 2)
    rays = slice(None, None, 3)
    rows = np.arange(len(way))[rays]
    along = off @ way[rays].T
    beside = (off**2).sum(axis=1)[:, None] - along**2

    def shares(low: float, high: float) -> tuple[F64, F64]:
        radii = np.arange(low, high + step, step)
        found = np.empty((len(off), len(radii)))
        for column, one in enumerate(radii):
            at = along + np.sqrt(np.maximum(one**2 - beside, 0.01))
            place = np.clip(np.rint((at - reach[0]) / (reach[1] - reach[0])).astype(np.int64), 0, len(reach) - 1)
            found[:, column] = clear[rows, place].mean(axis=1)
        return radii, found

    low, high = (side / 2 for side in laid.across_mm)
    if near is None:
        radii, share = shares(low, high + BAND_MM[1])
        holes = radii <= high
    else:
        radii, share = shares(near[0] - 3 * step, near[0] + 3 * step)
        wide, share_wide = shares(near[1] - 3 * step, near[1] + 3 * step)
        holes = np.arange(len(radii) + len(wide)) < len(radii)
        radii, share = np.concatenate([radii, wide]), np.concatenate([share, share_wide], axis=1)
    best: tuple[float, int, int, int] | None = None
    for inner in np.flatnonzero(holes).tolist():
        outers = np.flatnonzero((radii > radii[inner] + BAND_MM[0]) & (radii < radii[inner] + BAND_MM[1]))
        if near is not None:
            outers = outers[~holes[outers]]
        if not len(outers):
            continue
        both = np.where(
            share[:, [inner]] >= (ROUGHLY if near is None else SEEN_LEAST), share[:, [inner]] + share[:, outers], 0.0
        )
        row, column = divmod(int(both.argmax()), both.shape[1])
        if best is None or both[row, column] > best[0]:
            best = float(both[row, column]), row, inner, int(outers[column])
    if best is None or best[0] == 0.0 or share[best[1], best[3]] < (ROUGHLY_OUTER if near is None else OUTER_LEAST):
        return None
    both_share, at, inner, outer = best
    return off[at], (float(radii[inner]), float(radii[outer])), both_share


def _smoothed(values: F32) -> F32:
    """(rays, n): each ray the mean of its neighbours, round the circle, and soft along it."""
    turn = AVERAGED // 2
    whole = np.concatenate([values[-turn:], values, values[:turn]])
    return np.asarray(cv2.GaussianBlur(cv2.blur(whole, (1, AVERAGED)), (7, 1), 1.3)[turn:-turn], dtype=np.float32)


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
