"""An ISO/IEC 7810 ID-1 card in a picture: its four straight edges to a tenth of a pixel, or why it can't be used.

Line segments of all three planes (a card may differ from what is behind it in colour alone) are joined to
quadrilaterals that an ID-1 card could make. The best are measured anew on the full picture: colour steps along
the normals of each side, away from the rounded corners, and a robust line through them. Corners are where the four
lines meet.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tryon.body.card import ID1_MM, aspects, card_pose, rectangle_of
from tryon.types import F32, F64, U8, Camera, CardSeen, Frame, Landmarks, ReferenceReason, ReferenceRefused

ASPECT = ID1_MM[0] / ID1_MM[1]
CORNER_MM = 3.2
"Radius of its corners (2.88 to 3.48)."


@dataclass(frozen=True, slots=True)
class Region:
    """Where in the picture to look, and how long a card's long side can be there."""

    box_px: tuple[int, int, int, int]
    "Left, top, right, bottom; right and bottom are outside."
    long_px: tuple[float, float]


FACE_MM = 150.0
"Face breadth over the 478 points, or its length between brow and chin in the same measure: near enough for a search."
LONG_SPREAD = (0.6, 1.45)
"Long side against what that size promises: a turned face, a card in front of it, a head of another size."
HAND_MM = 100.0
"Wrist to middle knuckle."


def forehead_region(face: Landmarks, size_px: tuple[int, int], /) -> Region | None:
    """Where a card at the forehead or beside the temple is; None when that is outside the picture."""
    points = face.points_px
    brow, chin = points[9], points[152]
    up = brow - chin
    length = float(np.linalg.norm(up))
    size = max(float(np.linalg.norm(points[454] - points[234])), 1.2 * length)
    up = up / max(length, 1e-9)
    across = np.array([-up[1], up[0]])
    corners = np.array(
        [brow + up * high * size + across * wide * size for high in (-0.3, 0.85) for wide in (-0.95, 0.95)]
    )
    return _region(corners, size_px, size * ID1_MM[0] / FACE_MM)


def hand_region(hand: Landmarks, size_px: tuple[int, int], /) -> Region | None:
    """Where a card in the palm's plane, on the hand or beside it, is; None when that is outside the picture."""
    points = hand.points_px
    # foreshortened one way, not the other: the longer of palm's length and breadth
    size = max(float(np.linalg.norm(points[9] - points[0])), 1.4 * float(np.linalg.norm(points[17] - points[5])))
    reach = 1.2 * size
    corners = np.array([points.min(axis=0) - reach, points.max(axis=0) + reach])
    return _region(corners, size_px, size * ID1_MM[0] / HAND_MM)


def _region(corners: F64, size_px: tuple[int, int], long_px: float) -> Region | None:
    low = np.clip(np.floor(corners.min(axis=0)), 0, size_px).astype(int) // 2 * 2
    high = np.clip(np.ceil(corners.max(axis=0)), 0, size_px).astype(int) // 2 * 2
    if (high - low).min() < 32:
        return None
    box = (int(low[0]), int(low[1]), int(high[0]), int(high[1]))
    return Region(box, (LONG_SPREAD[0] * long_px, LONG_SPREAD[1] * long_px))


SEARCH_LONG_PX = 180.0
"The search is done on a picture in which the longest card it looks for is about so long."
SEARCH_WIDTH_PX = 960
WHOLE_LONG = (0.07, 0.6)
"Long side of a card that nobody hinted at, widths of the picture."


class CardFinder:
    """Finds the card in single frames; keeps nothing between them. Not for several threads."""

    def __init__(self) -> None:
        self._segments = cv2.createLineSegmentDetector(cv2.LSD_REFINE_NONE, scale=1.0)

    def find(
        self, frame: Frame, camera: Camera, /, *, region: Region | None = None
    ) -> CardSeen | ReferenceRefused | None:
        """The card, or why it can't be measured by, or None when there is none. Without `region`: anywhere."""
        width, height = frame.size_px
        hinted = region is not None
        if region is None:
            longest = max(width, height)
            region = Region((0, 0, width, height), (WHOLE_LONG[0] * longest, WHOLE_LONG[1] * longest))
        picture = _planes(frame, region.box_px)
        origin = np.array(region.box_px[:2], dtype=np.float64)
        quads = self._quads(picture, region.long_px, _moved(camera.matrix, origin))
        found: list[_Judged] = []
        for quad, supports in quads:
            # what lies within a card that was seen whole is its print
            if any(one.score > WHOLE_SCORE and _covers(one.corners - origin, quad) for one in found):
                continue
            edges = _measured(picture, quad, supports)
            judged = None if edges is None else _judged(edges, origin, camera, frame.time_s, hinted)
            if judged is not None:
                found.append(judged)
        return _chosen(found)

    def _quads(self, picture: U8, long_px: tuple[float, float], matrix: F64) -> list[tuple[F64, F64]]:
        """Quadrilaterals (4, 2) that could be a card and their sides' support (4,), best first, in `picture`."""
        size = max(picture.shape[:2])
        factor = min(1.0, SEARCH_WIDTH_PX / size, max(SEARCH_LONG_PX / long_px[1], 44.0 / long_px[0]))
        small = picture
        if factor < 1:
            small = np.asarray(cv2.resize(picture, None, fx=factor, fy=factor, interpolation=cv2.INTER_AREA))
        low, high = long_px[0] * factor, long_px[1] * factor
        steps = _Steps(small)
        lines = self._lines(small, least=0.16 * low)
        lines = _joined(lines[steps.share(lines[:, None, :2], lines[:, None, 2:])[:, 0] > 0.6], most=1.1 * high)
        pairs = _pairs(lines, low, high)
        matrix = np.diag([factor, factor, 1.0]) @ _moved(matrix, np.array([-0.5, -0.5]))
        matrix = _moved(matrix, np.array([0.5, 0.5]))
        quads = np.concatenate([_combined(lines, pairs, low, high), _closed(lines, pairs, matrix, steps, low, high)])
        if len(quads):
            quads = quads[np.abs(np.abs(np.log(aspects(quads, matrix))) - np.log(ASPECT)) < COARSE_OFF]
        return [((quad + 0.5) / factor - 0.5, supports) for quad, supports in _supported(steps, quads)]

    def _lines(self, small: U8, least: float) -> F64:
        """(n, 4) segments x0 y0 x1 y1 of all planes, at least so long."""
        found = []
        for plane in range(3):
            values = small[..., plane]
            low, high = np.percentile(values[::3, ::3], [2, 98])
            # dark or pale pictures have no less edges; noise bounds the gain
            gain = float(np.clip(180.0 / max(high - low, 1.0), 1.0, 3.0))
            values = np.clip((values - low) * gain, 0, 255).astype(np.uint8)
            segments = self._segments.detect(values)[0]
            if segments is not None:
                found.append(segments.reshape(-1, 4))
        if not found:
            return np.zeros((0, 4))
        lines = np.concatenate(found).astype(np.float64)
        return np.asarray(lines[np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1]) >= least])


def _planes(frame: Frame, box: tuple[int, int, int, int]) -> U8:
    """(h, w, 3) Y, U and V of a box with even sides, colour brought to full size."""
    width, height = frame.size_px
    left, top, right, bottom = box
    luma = frame.i420[top:bottom, left:right]
    colour = frame.i420[height:].reshape(2, height // 2, width // 2)[:, top // 2 : bottom // 2, left // 2 : right // 2]
    full = [cv2.resize(plane, (right - left, bottom - top), interpolation=cv2.INTER_LINEAR) for plane in colour]
    return np.ascontiguousarray(np.stack([luma, *full], axis=2))


LINES_MAX, PAIRS_MAX, CLOSED_MAX = 110, 420, 90
"Bounds of the search: what a hand with all its creases gives."
JOIN_ANGLE, JOIN_PX = 0.05, 1.6
"Segments that differ by less lie on one line (rad, px)."


def _joined(lines: F64, most: float) -> F64:
    """Segments, and those that continue one another joined: a finger or a print breaks an edge. Longest first."""
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    lines = lines[np.argsort(-length)][: 3 * LINES_MAX]
    if not len(lines):
        return lines
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    along = (lines[:, 2:] - lines[:, :2]) / length[:, None]
    free = np.ones(len(lines), dtype=bool)
    out = []
    for index in range(len(lines)):
        if not free[index]:
            continue
        base, way = lines[index, :2], along[index]
        normal = np.array([-way[1], way[0]])
        ends = lines.reshape(-1, 2, 2) - base
        beside, on = ends @ normal, ends @ way
        near = np.abs(along @ normal) < JOIN_ANGLE + 1.0 / length
        near &= np.abs(beside).max(axis=1) < JOIN_PX + 0.01 * np.abs(on - length[index] / 2).max(axis=1)
        gap = np.maximum(on.min(axis=1) - length[index], -on.max(axis=1))
        near &= gap < 0.5 * most
        group = np.flatnonzero(near)
        shared = np.minimum(on.max(axis=1), length[index]) - np.maximum(on.min(axis=1), 0)
        free[near & (shared > 0.7 * length)] = False
        out.append(lines[index])
        if len(group) > 1:
            points = ends[group].reshape(-1, 2)
            weights = np.repeat(length[group], 2)
            middle = weights @ points / weights.sum()
            off = points - middle
            _, axes = np.linalg.eigh((off * weights[:, None]).T @ off)
            reach = off @ axes[:, 1]
            joined = np.concatenate([middle + axes[:, 1] * reach.min(), middle + axes[:, 1] * reach.max()])
            if np.ptp(reach) > 1.15 * length[index]:
                out.append(joined + np.tile(base, 2))
    kept = np.array(out)
    length = np.hypot(kept[:, 2] - kept[:, 0], kept[:, 3] - kept[:, 1])
    kept, length = kept[length <= most], length[length <= most]
    return np.asarray(kept[np.argsort(-length)][:LINES_MAX])


@dataclass(frozen=True, slots=True, eq=False)
class _Pairs:
    """Lines that could be opposite sides."""

    first: npt.NDArray[np.int64]
    second: npt.NDArray[np.int64]
    mean: F64
    "(n, 2) unit: the way both run."


def _pairs(lines: F64, low: float, high: float) -> _Pairs:
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    along = (lines[:, 2:] - lines[:, :2]) / length[:, None]
    middle = (lines[:, :2] + lines[:, 2:]) / 2
    first, second = np.triu_indices(len(lines), 1)
    cosine = (along[first] * along[second]).sum(axis=1)
    between = middle[second] - middle[first]
    mean = along[first] + np.sign(cosine)[:, None] * along[second]
    mean /= np.maximum(np.linalg.norm(mean, axis=1), 1e-9)[:, None]
    apart = np.abs(between[:, 0] * mean[:, 1] - between[:, 1] * mean[:, 0])
    slid = np.abs((between * mean).sum(axis=1))
    both = (length[first] + length[second]) / 2
    shared = np.minimum(both - slid, np.minimum(length[first], length[second]))
    # opposite sides begin and end together, save where something hides one
    alike = shared / (2 * both - shared)
    fits = (np.abs(cosine) > 0.955) & (apart > 0.25 * low / ASPECT) & (apart < high) & (alike > 0.2)
    order = np.flatnonzero(fits)[np.argsort(-alike[fits] - 0.3 * both[fits] / high)][:PAIRS_MAX]
    return _Pairs(first[order], second[order], mean[order])


def _combined(lines: F64, pairs: _Pairs, low: float, high: float) -> F64:
    """(n, 4, 2) quadrilaterals of two pairs of opposite lines, with their lines on their sides."""
    first, second, mean = pairs.first, pairs.second, pairs.mean
    middle = (lines[:, :2] + lines[:, 2:]) / 2
    centre = (middle[first] + middle[second]) / 2
    a, b = np.triu_indices(len(first), 1)
    crossing = np.abs((mean[a] * mean[b]).sum(axis=1)) < 0.75
    crossing &= np.linalg.norm(centre[a] - centre[b], axis=1) < 0.75 * high
    a, b = a[crossing], b[crossing]
    if not len(a):
        return np.zeros((0, 4, 2))
    rays = _through(lines)
    # round the quadrilateral: a's first, b's first, a's second, b's second
    round_ = np.stack([first[a], first[b], second[a], second[b]], axis=1)
    corners = np.cross(rays[np.roll(round_, 1, axis=1)], rays[round_])
    fine = (np.abs(corners[..., 2]) > 1e-9).all(axis=1)
    corners, round_ = corners[fine], round_[fine]
    corners = corners[..., :2] / corners[..., 2:]
    side = np.roll(corners, -1, axis=1) - corners
    long = np.linalg.norm(side, axis=2)
    fine = (long.max(axis=1) < high) & (long.max(axis=1) > low) & (long.min(axis=1) > 0.3 * low / ASPECT)
    corners, round_, side, long = corners[fine], round_[fine], side[fine], long[fine]
    turn = side[..., 0] * np.roll(side[..., 1], -1, axis=1) - side[..., 1] * np.roll(side[..., 0], -1, axis=1)
    fine = (turn > 0).all(axis=1) | (turn < 0).all(axis=1)
    corners, round_, side, long = corners[fine], round_[fine], side[fine], long[fine]
    # where each line lies on its side, 0 to 1
    ends = lines[round_].reshape(-1, 4, 2, 2)
    reach = ((ends - corners[:, :, None]) * side[:, :, None]).sum(axis=3) / (long**2)[:, :, None]
    start, stop = reach.min(axis=2), reach.max(axis=2)
    fine = (start > -0.12).all(axis=1) & (stop < 1.12).all(axis=1)
    covered = np.clip(stop, 0, 1) - np.clip(start, 0, 1)
    fine &= (covered > 0.12).all(axis=1) & (covered.sum(axis=1) > 1.8)
    opposite = np.stack([long[:, 0] + long[:, 2], long[:, 1] + long[:, 3]], axis=1)
    ratio = opposite.max(axis=1) / opposite.min(axis=1)
    fine &= ratio < 3.4
    corners, covered = corners[fine], covered[fine]
    order = np.argsort(-covered.sum(axis=1))[:400]
    return _clockwise(corners[order])


REACH = np.geomspace(0.44, 2.3, 80)
"Where the fourth side may be, in lengths of the side across from it: an ID-1 card turned by 45 degrees at most."


def _closed(lines: F64, pairs: _Pairs, matrix: F64, steps: _Steps, low: float, high: float) -> F64:
    """(n, 4, 2) quadrilaterals of three lines, the fourth side looked for where a right angle in space puts it.

    A finger over a short side leaves pieces that are too small to be found as lines.
    """
    length = np.hypot(lines[:, 2] - lines[:, 0], lines[:, 3] - lines[:, 1])
    along = (lines[:, 2:] - lines[:, :2]) / np.maximum(length, 1e-9)[:, None]
    crossing = np.abs(pairs.mean @ along.T) < 0.75
    pair, across = np.nonzero(crossing)
    first, second = pairs.first[pair], pairs.second[pair]
    rays = _through(lines)
    starts, fine = _met(rays[first], rays[across])
    stops, met = _met(rays[second], rays[across])
    side = stops - starts
    base = np.linalg.norm(side, axis=1)
    fine &= met & (base > 0.3 * low / ASPECT) & (base < high)
    base = np.maximum(base, 1e-9)
    ends = lines.reshape(-1, 2, 2)
    on = ((ends[across] - starts[:, None]) * side[:, None]).sum(axis=2) / (base**2)[:, None]
    fine &= (on.min(axis=1) > -0.12) & (on.max(axis=1) < 1.12) & (np.ptp(on, axis=1) > 0.45)
    # both lines leave the third to the same hand
    way = np.where(((ends[first].mean(axis=1) - starts) * pairs.mean[pair]).sum(axis=1) > 0, 1.0, -1.0)
    way = pairs.mean[pair] * way[:, None]
    here = ((ends[first] - starts[:, None]) * way[:, None]).sum(axis=2)
    there = ((ends[second] - stops[:, None]) * way[:, None]).sum(axis=2)
    slack = 0.12 * base
    fine &= (here.min(axis=1) > -slack) & (there.min(axis=1) > -slack)
    fine &= np.minimum(np.ptp(here, axis=1), np.ptp(there, axis=1)) > 0.3 * base
    alike = np.minimum(here.max(axis=1), there.max(axis=1)) / np.maximum(
        np.maximum(here.max(axis=1), there.max(axis=1)), 1
    )
    whole = np.minimum(
        np.ptp(here, axis=1) / np.maximum(here.max(axis=1), 1), np.ptp(there, axis=1) / np.maximum(there.max(axis=1), 1)
    )
    worth = np.ptp(on, axis=1) + alike + whole
    chosen = np.flatnonzero(fine)
    chosen = chosen[np.argsort(-worth[chosen])[:CLOSED_MAX]]
    if not len(chosen):
        return np.zeros((0, 4, 2))
    first, second, across = first[chosen], second[chosen], across[chosen]
    starts, stops, base, way = starts[chosen], stops[chosen], base[chosen], way[chosen]
    farthest = np.maximum(here[chosen].max(axis=1), there[chosen].max(axis=1))
    # where the pair's lines meet is their way in space; the third side's lies in its own plane, at a right angle to it
    inverse = np.linalg.inv(matrix)
    ray = np.cross(rays[first], rays[second]) @ inverse.T
    plane = rays[across] @ matrix
    vanishing = np.cross(plane, ray) @ matrix.T
    slope = lines[first, 2:] - lines[first, :2]
    slope /= np.linalg.norm(slope, axis=1)[:, None]
    slope *= np.sign((slope * way).sum(axis=1))[:, None]
    far = starts[:, None] + slope[:, None] * (REACH[None, :, None] * base[:, None, None])
    closing = np.cross(np.concatenate([far, np.ones((*far.shape[:2], 1))], axis=2), vanishing[:, None])
    other, met = _met(closing, rays[second][:, None])
    met &= (REACH[None] * base[:, None] > 0.93 * farthest[:, None]) & (REACH * base[:, None] < high)
    met &= np.maximum(REACH, 1) * base[:, None] > low
    # of an ID-1 card there is one place for it, as well as the three tell how they are tilted
    quads = np.stack(
        [np.broadcast_to(starts[:, None], far.shape), far, other, np.broadcast_to(stops[:, None], far.shape)], axis=2
    )
    quads = quads[met]
    if not len(quads):
        return np.zeros((0, 4, 2))
    owner = np.nonzero(met)[0]
    off = np.abs(np.abs(np.log(aspects(quads, matrix))) - np.log(ASPECT))
    quads, owner, off = quads[off < CLOSED_OFF], owner[off < CLOSED_OFF], off[off < CLOSED_OFF]
    score = steps.share(quads[:, 1], quads[:, 2]) - off
    # the best two places of each
    order = np.lexsort((-score, owner))
    quads, owner, score = quads[order], owner[order], score[order]
    place = np.arange(len(owner)) - np.searchsorted(owner, owner)
    return _clockwise(quads[(place < 3) & (score > 0.1)])


CLOSED_OFF = 0.08
"How far from ID-1 the place may make it, of the logarithm of the aspect: three sides tell the tilt so well."
WEAK = 0.6
"Share of a side below which it is believed less than the three others."
HIDDEN_STD_PX = 3.0
"Doubt of a side of which nothing is seen; it falls to none at WEAK."


def _through(lines: F64) -> F64:
    """(n, 3) homogeneous lines through both ends of segments (n, 4)."""
    one = np.ones((len(lines), 1))
    ends = np.concatenate([lines[:, :2], one], axis=1), np.concatenate([lines[:, 2:], one], axis=1)
    return np.asarray(np.cross(*ends))


def _met(one: F64, other: F64) -> tuple[F64, npt.NDArray[np.bool_]]:
    """Where homogeneous lines meet (..., 2), and whether they do."""
    at = np.cross(one, other)
    met = np.abs(at[..., 2]) > 1e-9 * np.linalg.norm(one, axis=-1) * np.linalg.norm(other, axis=-1)
    away = np.where(met, at[..., 2], 1.0)
    return at[..., :2] / away[..., None], met & (np.abs(at[..., :2]) < 1e5 * np.abs(away)[..., None]).all(axis=-1)


def _moved(matrix: F64, origin: F64) -> F64:
    """A camera's matrix for a picture that starts at `origin`."""
    shifted = matrix.copy()
    shifted[:2, 2] -= origin
    return shifted


def _clockwise(corners: F64) -> F64:
    """(n, 4, 2) corners clockwise in the picture."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 1]
    back = a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0] < 0
    corners = corners.copy()
    corners[back] = corners[back][:, ::-1]
    return corners


CANDIDATES = 7
"So many are measured, at 5 to 10 ms each."
COARSE_OFF = 0.4
"Of the logarithm of the aspect, as the search sees it: a card that is not ID-1 is to be told from nothing."
SAMPLES = 40
"Points along a side, in the search."


SHARP_RATIO = 1.3
"A step under a blur of 1 px against one of 3 px: 3 for a sharp one, 1 for one far out of focus."


class _Steps:
    """The steps of a small picture: how steep, and which way."""

    def __init__(self, small: U8) -> None:
        soft = cv2.GaussianBlur(small, (0, 0), 1.0).astype(np.float32)
        dx, dy = cv2.Scharr(soft, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(soft, cv2.CV_32F, 0, 1) / 32
        broad = cv2.GaussianBlur(small, (0, 0), 3.0).astype(np.float32)
        # what is out of focus behind her steps slowly: as steep when blurred
        wide_x, wide_y = cv2.Scharr(broad, cv2.CV_32F, 1, 0) / 32, cv2.Scharr(broad, cv2.CV_32F, 0, 1) / 32
        steep = dx * dx + dy * dy
        sharp = steep > SHARP_RATIO**2 * (wide_x * wide_x + wide_y * wide_y)
        dx, dy = dx * sharp, dy * sharp
        # of the three planes the one that steps most
        best = (steep * sharp).argmax(axis=2)[..., None]
        self._slope = np.concatenate([np.take_along_axis(d, best, axis=2) for d in (dx, dy)], axis=2)
        self._last = np.array(small.shape[1::-1]) - 1

    def share(self, start: F64, stop: F64, *, wide: bool = False) -> F64:
        """(...) how much of each side, between points (..., 2), lies on a step across it, within 1 px (2 if wide)."""
        share = np.linspace(0.08, 0.92, SAMPLES)[:, None]
        side = stop - start
        length = np.maximum(np.linalg.norm(side, axis=-1, keepdims=True), 1e-9)
        normal = np.stack([-side[..., 1], side[..., 0]], axis=-1) / length
        points = start[..., None, :] + side[..., None, :] * share
        best = np.zeros(points.shape[:-1])
        for offset in (-2.0, -1.0, 0.0, 1.0, 2.0) if wide else (-1.0, 0.0, 1.0):
            at = np.rint(np.clip(points + offset * normal[..., None, :], -1, self._last + 1)).astype(np.int64)
            inside = ((at >= 0) & (at <= self._last)).all(axis=-1)
            at = np.clip(at, 0, self._last)
            slope = self._slope[at[..., 1], at[..., 0]]
            across = np.abs((slope * normal[..., None, :]).sum(axis=-1))
            best = np.maximum(best, across * ((across > 0.94 * np.hypot(slope[..., 0], slope[..., 1])) & inside))
        return np.asarray(np.clip(best / STEP_LEVELS, 0, 1).mean(axis=-1))


ALIKE_PX = 4.0
"Two whose corners differ by less are measured as one."
BEYOND = 0.3
"So much of a side is looked at past each corner."


def _supported(steps: _Steps, quads: F64) -> list[tuple[F64, F64]]:
    """The quadrilaterals whose sides lie on steps of the picture, best first, no two alike."""
    after = np.roll(quads, -1, axis=1)
    seen = steps.share(quads, after)
    # where two sides both go on beyond the third, it is no side: print, or a part of what is larger
    on = BEYOND * (after - quads)
    ahead, back = steps.share(after, after + on), steps.share(quads, quads - on)
    beyond = np.minimum(np.roll(ahead, 1, axis=1), np.roll(back, -1, axis=1)).max(axis=1)
    quads, seen = quads[beyond < 0.6], seen[beyond < 0.6]
    score = seen.mean(axis=1) + 0.5 * seen.min(axis=1)
    kept: list[tuple[F64, F64]] = []
    while len(score) and len(kept) < CANDIDATES and score.max() > 0.5:
        best = int(score.argmax())
        kept.append((quads[best], seen[best]))
        # its corners' counterparts, counted from whichever fits best
        turns = [np.linalg.norm(np.roll(quads, k, axis=1) - quads[best], axis=2).max(axis=1) for k in range(4)]
        other = np.min(turns, axis=0) > ALIKE_PX
        quads, seen, score = quads[other], seen[other], score[other]
    return kept


STEP_LEVELS = 2.0
"Grey levels a pixel, after a blur of one pixel: a step of 8 levels."
PASSES = ((0.05, 3.0), (0.03, 2.0), (0.02, 1.6))
"Half width of the band each pass looks for the edge in: of the side's own length, and at least so many px."
EDGE_STD_FLOOR_PX = 0.1
"What blur, sharpening and the codec may shift a whole line by [J]."


@dataclass(frozen=True, slots=True, eq=False)
class Edges:
    """Four measured sides of a quadrilateral."""

    lines: F64
    "(4, 3) unit normal and distance: n . p = d."
    covariances: F64
    "(4, 2, 2) of each line's offset (px) at its middle and slope (rad)."
    middles: F64
    "(4, 2) px: where those hold."
    corners: F64
    "(4, 2) px."
    seen: F64
    "(4,) share of each side."
    residuals_px: F64
    "(4,)"
    bows_px: F64
    "(4,) how far each side's middle stands off the line through its ends, px; and"
    bow_stds_px: F64
    "(4,) its doubt."
    roundness_mm: float
    "How far the corners stand back from where the lines meet, along the bisector; NaN where that can't be seen."
    abrupt: float
    "Of the change of colour across a side, how much is at its edge: the middle of the four sides."


def _measured(picture: U8, corners: F64, supports: F64) -> Edges | None:
    """The sides of a quadrilateral (clockwise), measured on the full picture; None when there is no such.

    A side with little to support it is looked for only where it was put: beside a finger's edge it would be taken
    for that.
    """
    long = float(max(np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)))
    margin = int(0.12 * long + 8)
    low = np.maximum(np.floor(corners.min(axis=0)).astype(int) - margin, 0)
    high = np.ceil(corners.max(axis=0)).astype(int) + margin
    values = cv2.GaussianBlur(picture[low[1] : high[1], low[0] : high[0]], (0, 0), 0.6).astype(np.float32)
    if min(values.shape[:2]) < 8:
        return None
    corners = corners - low
    lines = np.zeros((4, 3))
    covariances, middles = np.zeros((4, 2, 2)), np.zeros((4, 2))
    residuals, bows, bow_stds = (np.zeros(4) for _ in range(3))
    seen = np.array(supports)
    for share, least in PASSES:
        for index in range(4):
            if seen[index] < WEAK:
                share, least = PASSES[-1]
            start, stop = corners[index], corners[(index + 1) % 4]
            length = float(np.linalg.norm(stop - start))
            if length < 12:
                return None
            # the rounded corners, as short as this side is seen
            round_share = 1.5 * CORNER_MM / (ID1_MM[0] if _is_long(corners, index) else ID1_MM[1])
            side = _side(values, start, stop, max(share * long, least), round_share)
            if side is None:  # hidden: where the search put it
                seen[index] = 0.0
                normal = np.array([start[1] - stop[1], stop[0] - start[0]]) / length
                lines[index], middles[index] = (*normal, normal @ start), (start + stop) / 2
                covariances[index] = np.diag([4.0, 0.01])
                continue
            lines[index], covariances[index], middles[index], rest = side
            seen[index], residuals[index], bows[index], bow_stds[index] = rest
        if np.sort(seen)[1] < 0.3 or seen.sum() < 1.8:
            return None
        meets = np.cross(np.roll(_rays(lines), 1, axis=0), _rays(lines))
        if (np.abs(meets[:, 2]) < 1e-9).any():
            return None
        corners = meets[:, :2] / meets[:, 2:]
        if _clockwise(corners[None])[0][1] @ (1, 1) != corners[1] @ (1, 1) or np.abs(corners).max() > 1e5:
            return None
    roundness, abrupt = _roundness(values, corners), _abrupt(values, corners)
    lines[:, 2] += lines[:, :2] @ low
    return Edges(lines, covariances, middles + low, corners + low, seen, residuals, bows, bow_stds, roundness, abrupt)


def _rays(lines: F64) -> F64:
    return np.concatenate([lines[:, :2], -lines[:, 2:]], axis=1)


def _is_long(corners: F64, index: int) -> bool:
    """Whether a side belongs to the card's long pair, by what is seen (a steep card's may be the shorter one)."""
    side = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    pairs = side[:2] + side[2:]
    return bool(pairs[index % 2] >= pairs[(index + 1) % 2])


def _profiles(values: F32, points: F64, normal: F64, offsets: F64) -> F64:
    """(n, offsets, 3) values along the normal through each point; NaN outside the picture."""
    at = points[:, None] + offsets[None, :, None] * normal
    out = cv2.remap(
        values,
        at[..., 0].astype(np.float32),
        at[..., 1].astype(np.float32),
        cv2.INTER_CUBIC,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=(np.nan, np.nan, np.nan),
    )
    return np.asarray(out, dtype=np.float64)


def _side(
    values: F32, start: F64, stop: F64, half: float, round_share: float
) -> tuple[F64, F64, F64, tuple[float, float, float, float]] | None:
    """Line, covariance, middle, and (seen, residual, bow, its std) of one side."""
    length = float(np.linalg.norm(stop - start))
    way = (stop - start) / length
    normal = np.array([-way[1], way[0]])
    count = max(12, int(length * (1 - 2 * round_share)))
    on = np.linspace(round_share, 1 - round_share, count)
    points = start + on[:, None] * (stop - start)
    grid = 0.5
    offsets = np.arange(-np.ceil(half / grid) - 3, np.ceil(half / grid) + 4) * grid
    profiles = _profiles(values, points, normal, offsets)
    # neighbours share noise, not place: three along the edge
    blurred = cv2.blur(profiles.reshape(count, -1), (1, 3), borderType=cv2.BORDER_REPLICATE)
    profiles = np.asarray(blurred, dtype=np.float64).reshape(profiles.shape)
    slope = np.gradient(profiles, grid, axis=1)
    strength = np.sqrt((slope**2).sum(axis=2))
    # a finger's edge crosses this one's band: it steps along the side too
    aslant = np.sqrt((np.gradient(profiles, length * (on[1] - on[0]), axis=0) ** 2).sum(axis=2))
    strength[~np.isfinite(strength) | ~np.isfinite(aslant)] = 0.0
    inner, before, after = strength[:, 1:-1], strength[:, :-2], strength[:, 2:]
    peak = (inner > STEP_LEVELS) & (inner >= before) & (inner > after) & (aslant[:, 1:-1] < ASLANT * inner)
    peak[:, :2] = peak[:, -2:] = False
    row, column = np.nonzero(peak)
    if len(row) < max(6, 0.12 * count):
        return None
    height = inner[row, column]
    bend = before[row, column] - 2 * height + after[row, column]
    place = offsets[column + 1] + 0.5 * grid * (before[row, column] - after[row, column]) / bend
    along = (on - 0.5) * length
    fit = _line(along[row], place, np.sqrt(height), half)
    if fit is None:
        return None
    offset, slant, scatter = fit
    off = np.abs(place - offset - slant * along[row])
    # of each row the step that is nearest to the line
    order = np.lexsort((off, row))
    nearest = order[np.unique(row[order], return_index=True)[1]]
    inlier = nearest[off[nearest] < max(3 * scatter, 0.6)]
    if len(inlier) < max(6, 0.1 * count):
        return None
    x, y = along[row[inlier]], place[inlier]
    design = np.stack([np.ones_like(x), x], axis=1)
    gram = np.linalg.inv(design.T @ design)
    best = gram @ design.T @ y
    rest = y - design @ best
    scatter = float(np.sqrt((rest**2).sum() / max(len(x) - 2, 1)))
    seen = len(inlier) / count
    # three neighbours were averaged, and the codec's blocks share their errors: every fourth point is independent
    covariance = gram * (scatter**2 * 4)
    # the less of a side is seen, the more likely it is something else's
    doubt = EDGE_STD_FLOOR_PX + HIDDEN_STD_PX * max(0.0, 1 - seen / WEAK)
    covariance[0, 0] += doubt**2
    covariance[1, 1] += (doubt / (0.3 * length)) ** 2
    bow, bow_std = 0.0, 1.0
    wide = nearest[off[nearest] < max(4 * scatter, 0.03 * length)]
    if np.ptp(along[row[wide]]) > 0.5 * length:
        x, y = along[row[wide]], place[wide]
        bent = np.stack([np.ones_like(x), x, x**2], axis=1)
        gram = np.linalg.inv(bent.T @ bent)
        curve = gram @ bent.T @ y
        spread = float(np.sqrt(((y - bent @ curve) ** 2).mean()))
        bow = float(curve[2] * length**2 / 4)
        bow_std = float(np.sqrt(gram[2, 2] * 4) * spread * length**2 / 4)
    angle = float(best[1])
    turned = normal - angle * way
    turned /= np.linalg.norm(turned)
    middle = (start + stop) / 2 + normal * best[0]
    return (
        np.array([*turned, turned @ middle]),
        covariance,
        middle,
        (seen, scatter, bow, bow_std),
    )


def _line(x: F64, y: F64, weight: F64, half: float) -> tuple[float, float, float] | None:
    """(offset, slope, scatter) of the line that most of the steps lie on: pairs tried, then all weighed anew."""
    trial = np.arange(0, len(x), max(1, len(x) // TRIALS))
    first, second = np.triu_indices(len(trial), 1)
    first, second = trial[first], trial[second]
    far = x[second] - x[first] > 0.25 * np.ptp(x)
    first, second = first[far], second[far]
    slope = (y[second] - y[first]) / (x[second] - x[first])
    flat = np.abs(slope) < 2 * half / max(float(np.ptp(x)), 1.0)
    first, slope = first[flat], slope[flat]
    if not len(slope):
        return None
    offset = y[first] - slope * x[first]
    off = np.abs(y[None] - offset[:, None] - slope[:, None] * x[None])
    best = int((np.clip(1 - off / 0.8, 0, None) @ weight).argmax())
    a, b, scatter = float(offset[best]), float(slope[best]), 0.4
    for _ in range(4):
        away = y - a - b * x
        near = weight / (1 + (away / max(2 * scatter, 0.15)) ** 2) ** 2
        total, mean = near.sum(), (near * x).sum()
        mean /= total
        b = float((near * (x - mean) * y).sum() / max(float((near * (x - mean) ** 2).sum()), 1e-9))
        a = float((near * y).sum() / total - b * mean)
        away = np.abs(y - a - b * x)
        away = away[away < 1.5]
        scatter = float(np.clip(1.4826 * np.median(away), 0.05, 0.5)) if len(away) else 0.5
    return a, b, scatter


TRIALS = 26
"Steps whose pairs are tried as a line."
ASLANT = 0.35
"Slope along the side over slope across it: 19 degrees."


ABRUPT_NEAR_PX, ABRUPT_FAR_PX, ABRUPT_LONG_PX = (2.0, 4.0), 14.0, 250.0
"""How far from a side its colours are compared: at the edge, and well beyond it (less on a small card); farther on a
card that is longer than that, in a photograph, whose edges are as much softer."""
ABRUPT_LEAST = 0.5
"""Cards have 0.6 and more, the less the more a codec starves them (nine clips of three people, four lines and rooms);
a picture on the wall behind, out of focus, in whose soft edge the codec's blocks make steps: 0.35."""


def _abrupt(values: F32, corners: F64) -> float:
    """Of the change of colour across a side, how much is at its edge; the middle of the four sides."""
    sides = np.roll(corners, -1, axis=0) - corners
    lengths = np.linalg.norm(sides, axis=1)
    unit = max(1.0, float(lengths.max()) / ABRUPT_LONG_PX)
    start_px, stop_px = unit * ABRUPT_NEAR_PX[0], unit * ABRUPT_NEAR_PX[1]
    far = max(min(unit * ABRUPT_FAR_PX, float(lengths.min()) / 5), 2 * stop_px)
    offsets = np.arange(-far - 2, far + 2.1, 0.5)
    on = np.linspace(0.12, 0.88, 40)[:, None]
    shares = []
    for start, side, length in zip(corners, sides, lengths, strict=True):
        normal = np.array([-side[1], side[0]]) / length
        profiles = _profiles(values, start + on * side, normal, offsets)
        near, away = (
            np.linalg.norm(
                profiles[:, (offsets >= low) & (offsets <= high)].mean(axis=1)
                - profiles[:, (offsets >= -high) & (offsets <= -low)].mean(axis=1),
                axis=1,
            )
            for low, high in ((start_px, stop_px), (far - 2, far + 2))
        )
        share = near / np.maximum(away, 1.0)
        if np.isfinite(share).any():  # else the picture ends there
            shares.append(float(np.nanmedian(share)))
    return float(np.median(shares)) if shares else 1.0


ROUND_LONG_PX = 100.0
"Below this a sharp corner and a rounded one look alike."


def _roundness(values: F32, corners: F64) -> float:
    """How far the step stands from the corners along their bisectors, mm on an ID-1 card; NaN when it can't be told.

    A card of radius r stands back by r (sqrt 2 - 1), 1.19 to 1.44 mm; a sharp corner by the blur alone.
    """
    side = np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1)
    if side.max() < ROUND_LONG_PX:
        return float("nan")
    size = ID1_MM if _is_long(corners, 0) else ID1_MM[::-1]
    box = np.array([(0, 0), (size[0], 0), size, (0, size[1])], dtype=np.float32)
    to_picture = cv2.getPerspectiveTransform(box, corners.astype(np.float32))
    inward = np.sign(np.array(size) / 2 - box) / np.sqrt(2)
    back = np.arange(-1.5, 4.01, 0.1)
    at = cv2.perspectiveTransform((box[:, None] + back[None, :, None] * inward[:, None]).astype(np.float32), to_picture)
    lines = cv2.remap(values, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE).astype(
        np.float64
    )
    slope = np.sqrt((np.gradient(lines, 0.1, axis=1) ** 2).sum(axis=2))
    px_per_mm = side.max() / ID1_MM[0]
    clear = slope.max(axis=1) > STEP_LEVELS * px_per_mm
    if clear.sum() < 2:
        return float("nan")
    return float(np.median(back[slope.argmax(axis=1)][clear]))


SEEN_LEAST, SEEN_ALL = 0.22, 2.7
"Of each side, and of all four together: a finger may lie over an edge, but not hide it."
LONG_LEAST_PX = 45.0
"Below, one pixel of doubt is 2 percent."
TILT_MOST_COS = 0.5
"60 degrees from the line of sight: beyond, the aspect tells nothing and the short way of the card is all blur."
BOW_MOST = 0.008
"Of a side's length: a card bent by 0.7 mm."
ASPECT_STDS, ASPECT_SLACK = 3.5, 0.012
"How far from the true aspect the seen one may lie, in its own standard uncertainties; and never refused within."
STEEP_STDS = 8.0
SHARP_MM = 0.7
"Between a sharp corner under blur, 0.3 to 0.6, and a card's, 1.2 to 1.6."
VAGUE_PX = 0.4
"A side of which little is seen must at least be straight: a finger's edges scatter more about a line."
VAGUE_ASPECT = 0.1
"And the other three must hold it in its place;"
CLEAR, VAGUE_OFF = 0.7, 0.05
"and it must lie where ID-1 has it: its own doubt, wide as it is, would excuse a hairline or a block of the codec."
WHOLE_SCORE = 1.3
"Of 1.5: every side seen nearly from end to end, and the corners where ID-1 has them."
MISFIT = 0.01
"Corners against those of a true ID-1 card, of the long side: beyond, it is nothing like one."


@dataclass(frozen=True, slots=True, eq=False)
class _Judged:
    score: float
    share: float
    corners: F64
    card: CardSeen | ReferenceRefused


def _judged(edges: Edges, origin: F64, camera: Camera, time_s: float, hinted: bool) -> _Judged | None:
    """What a measured quadrilateral is: the card, a card that must be refused, or nothing."""
    seen = edges.seen
    lengths = np.linalg.norm(np.roll(edges.corners, -1, axis=0) - edges.corners, axis=1)
    straight = edges.residuals_px[seen > 0].max() < 0.45 + 0.004 * lengths.max()
    bent = (np.abs(edges.bows_px) > np.maximum(BOW_MOST * lengths, 5 * edges.bow_stds_px)) & (seen > 0.5)
    corners = edges.corners + origin
    covariance = _corner_covariance(edges)
    (aspect, skew), (aspect_std, skew_std) = rectangle_of(corners, camera, covariance_px=covariance)
    if aspect < 1:
        aspect, aspect_std = 1 / aspect, aspect_std / aspect**2
        first = _first(np.roll(corners, -1, axis=0)) + 1
    else:
        first = _first(corners)
    corners = np.roll(corners, -first, axis=0)
    covariance = np.roll(covariance, (-2 * first, -2 * first), axis=(0, 1))
    shares = tuple(float(v) for v in np.roll(seen, -first))
    pose = card_pose(corners, camera, covariance_px=covariance)
    if pose is None or not straight or edges.abrupt < ABRUPT_LEAST:
        return None
    view = pose.camera_from_card[:3, 3] / np.linalg.norm(pose.camera_from_card[:3, 3])
    facing = float(-pose.normal @ view)
    off = abs(aspect - ASPECT) / ASPECT
    fits = bool(pose.residual_px < 0.5 + MISFIT * lengths.max())
    true_aspect = fits and off < max(ASPECT_STDS * aspect_std / ASPECT, ASPECT_SLACK)
    square = abs(skew) < max(ASPECT_STDS * skew_std, 0.015)
    # without a hint of where and how large, only rounded corners tell a card from a window or a screen
    sharp = edges.roundness_mm < SHARP_MM if hinted else not edges.roundness_mm >= SHARP_MM
    vague = (seen < WEAK) & ((edges.residuals_px > VAGUE_PX) | (aspect_std > VAGUE_ASPECT * ASPECT))
    vague |= (seen < CLEAR) & (off > VAGUE_OFF)
    whole = bool((seen > SEEN_LEAST).all() and seen.sum() > SEEN_ALL and not vague.any())
    score = float(seen.mean() + 0.5 * seen.min() - 10 * pose.residual_px / lengths.max())
    if not square or off > 0.3 + 3 * aspect_std / ASPECT:
        return None
    # in the order in which one hides the next: what is half hidden can't be told bent
    reason: ReferenceReason | None = None
    if not whole:
        reason, surely = "card_partly_hidden", np.sort(seen)[1] > 0.6 and true_aspect and facing > TILT_MOST_COS
    elif bent.sum() > 1:
        reason, surely = "card_bent", True
    elif sharp or not true_aspect:
        reason, surely = "card_not_id1", seen.min() > 0.75
    elif lengths.max() < LONG_LEAST_PX:
        reason, surely = "card_small", True
    elif facing < TILT_MOST_COS or (np.log(aspect) + np.log(ASPECT)) * aspect < STEEP_STDS * aspect_std:
        # so steep that the short sides could be the long ones
        reason, surely = "card_tilted", True
    if reason in ("card_partly_hidden", "card_not_id1") and not (hinted and surely):
        return None
    if reason is not None:
        return _Judged(score, float(seen.mean()), corners, ReferenceRefused(reason, corners, time_s))
    residual = float(np.sqrt((edges.residuals_px**2).mean()))
    card = CardSeen(corners, covariance, residual, shares, aspect, aspect_std, time_s)  # type: ignore[arg-type]
    return _Judged(score, float(seen.mean()), corners, card)


def _first(corners: F64) -> int:
    """0, or 2 where the side from corner 0 to 1 points to the left (or up, for a card that stands upright)."""
    x, y = corners[1] - corners[0]
    return 2 if x < -abs(y) or (y < 0 and -y >= abs(x)) else 0


def _corner_covariance(edges: Edges) -> F64:
    """(8, 8) of the corners, from the four lines' offsets and slopes."""
    normals, middles = edges.lines[:, :2], edges.middles
    ways = np.stack([normals[:, 1], -normals[:, 0]], axis=1)
    jacobian = np.zeros((8, 8))
    spread = np.zeros((8, 8))
    for index in range(4):
        spread[2 * index : 2 * index + 2, 2 * index : 2 * index + 2] = edges.covariances[index]
        for corner in (index, (index + 1) % 4):
            other = (index - 1) % 4 if corner == index else (index + 1) % 4
            # the corner slides along the other line until it meets this one where that has moved to
            slide = ways[other] / (ways[other] @ normals[index])
            arm = float((edges.corners[corner] - middles[index]) @ ways[index])
            # slopes were fitted along the side, from its start to its end
            jacobian[2 * corner : 2 * corner + 2, 2 * index] = slide
            jacobian[2 * corner : 2 * corner + 2, 2 * index + 1] = slide * arm * _sense(edges, index)
    return np.asarray(jacobian @ spread @ jacobian.T)


def _sense(edges: Edges, index: int) -> float:
    side = edges.corners[(index + 1) % 4] - edges.corners[index]
    normal = edges.lines[index, :2]
    return 1.0 if side @ (normal[1], -normal[0]) > 0 else -1.0


def _chosen(judged: list[_Judged]) -> CardSeen | ReferenceRefused | None:
    """One answer of all that was found."""
    if not judged:
        return None
    judged = sorted(judged, key=lambda one: -one.score)
    good = [one for one in judged if isinstance(one.card, CardSeen)]
    if not good:
        # the reason that most of its edges speak for
        return max(judged, key=lambda one: one.share).card
    best = good[0]
    # a print has edges too: what holds the whole of it is the card
    for one in judged:
        larger = _holds(one.corners, best.corners)
        if larger and one.score > best.score + (-0.06 if one in good else 0.05):
            best = one
    if isinstance(best.card, CardSeen) and any(_beside(one.corners, best.corners) for one in good):
        return ReferenceRefused("card_two", best.corners, best.card.time_s)
    return best.card


def _holds(outer: F64, inner: F64) -> bool:
    """Whether one quadrilateral has the other in it and is clearly larger."""
    outline = outer.astype(np.float32)
    inside = all(cv2.pointPolygonTest(outline, (float(x), float(y)), True) > -2 for x, y in inner)
    return inside and _area(outer) > 1.04 * _area(inner)


def _covers(outer: F64, inner: F64) -> bool:
    """Whether one quadrilateral has nearly all of another in it."""
    shared, _ = cv2.intersectConvexConvex(outer.astype(np.float32), inner.astype(np.float32))
    return shared > 0.95 * _area(inner)


def _beside(one: F64, other: F64) -> bool:
    """Whether two quadrilaterals have nothing to speak of in common."""
    shared, _ = cv2.intersectConvexConvex(one.astype(np.float32), other.astype(np.float32))
    return shared < 0.1 * min(_area(one), _area(other))


def _area(corners: F64) -> float:
    return float(cv2.contourArea(corners.astype(np.float32)))
