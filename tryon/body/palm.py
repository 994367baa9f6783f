"""An open hand as it is seen: where the skin of each finger, of the palm and of the wrist ends to both sides.

Slices are laid across each limb. On each, the edge is the steepest change of colour beyond which there is no skin of
hers any more; shade and creases are edges with skin on both sides. What skin is like is told by the palm itself, by
chroma over luma (as for the throat). The network's points only say where to look: the limb's own middle is found
anew from the edges.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np
import numpy.typing as npt

from tryon.geometry.planes import split_planes
from tryon.types import F64, Frame

FINGERS = {"index": (5, 6), "middle": (9, 10), "ring": (13, 14), "little": (17, 18)}
"The network's points at a finger's base and at its next joint."
WRIST, INDEX, MIDDLE, LITTLE = 0, 5, 9, 17
KNUCKLES, THUMB = (5, 9, 13, 17), (3, 4)
THUMB_SHARE = 0.35
"A thumb nearer to the palm's edge than this, of the palm's length, lies before it."
FINGER_SHARE = 0.18
"Width of a finger over the palm's length, to know where to look (body.hand)."
FINGER_ALONG = np.linspace(0.45, 1.10, 27)
"Slices of a finger, of the way from base to joint."
WRIST_ALONG = np.linspace(-0.05, 0.75, 41)
"Slices below the wrist's point, of the palm's length."
PALM_ALONG = np.linspace(0.0, 0.14, 8)
"Slices below the line from the index' knuckle to the little finger's, of the palm's length."
STEP_PX = 0.25
SMOOTH_PX = 1.0
"Of the derivative across an edge: H.264 and the camera blur by about as much."
BESIDE_PX = 3.0
"What lies so far beyond an edge tells whether it is still skin."
TINT_STD, DEEPER_STD, SHADE_STD = 0.02, 0.06, 0.8
"""Of chroma over luma on one limb; the same towards more colour, as skin has it in its own shade; and of the logarithm
of luma over a round limb."""
CHROMA_WEIGHT = 3.0
"Skin in shade may be as dark as the wall behind it: a step of chroma counts more than one of luma."
HUE_RAD, SATURATION = 0.6, 0.9
"A limb whose colour differs more from the palm's is clothed: angle of the tint, logarithm of its length."
COLOUR_MIN = 0.03
"Length of the palm's tint below which the picture has no colour to tell skin by."
UNLIKE, UNLIKE_NEAR = 9.0, 3.0
"Squared distance in spreads from which on it is not her skin; beside a known edge."
NEAR_PX, OUTLIER_PX = 3.0, 0.7
"An edge is looked for so near to its curve; farther from it counts less for the curve."
REACH = 0.9
"Half the length of a slice, of the expected width."
LIMB_PX_MIN = 14.0
"What is narrower in the picture can't be told to a thirtieth."
BLUR_SHARE = 0.13
"Standard deviation of an edge's blur over the finger's width: above, the picture is blurred."
EDGE_SLOPE = 3.0
"Colour levels a pixel: less is no edge."
FAINT = 0.35
"An edge so much fainter than the strongest beside it is none."
SLICES_MIN = 0.5
"Share of slices that must show both edges."

Reason = Literal["edge_of_picture", "too_small", "not_told_apart", "thumb_closed", "sleeve", "blurred"]
"`not_told_apart`: fingers closed together, or before something of her skin's colour."


@dataclass(frozen=True, slots=True, eq=False)
class Limb:
    """A finger, a palm or a wrist between its two edges."""

    along: F64
    "(n,) where its slices are."
    left_px: F64
    "(n, 2) edge points; NaN where a slice shows none."
    right_px: F64
    direction: F64
    "(2,) unit: along the limb in the picture, the slices' normal."
    blur_px: float
    "Standard deviation of its edges' blur, median."

    @property
    def width_px(self) -> F64:
        """(n,) across the limb."""
        return np.asarray(np.linalg.norm(self.right_px - self.left_px, axis=1))

    def within(self, low: float, high: float, /) -> npt.NDArray[np.bool_]:
        """(n,) which slices lie there and show both edges."""
        return (self.along >= low) & (self.along <= high) & ~np.isnan(self.width_px)


@dataclass(frozen=True, slots=True, eq=False)
class HandOutline:
    """One look at a hand."""

    limbs: Mapping[str, Limb]
    "By name: index, middle, ring, little, palm, wrist."
    refused: Mapping[str, Reason]
    "Why a limb is not among them."


def palm_px(points_px: F64, /) -> float:
    """The palm's length in the picture: foreshortened one way, not the other, so the longer of length and breadth."""
    length = float(np.linalg.norm(points_px[MIDDLE] - points_px[WRIST]))
    return max(length, 1.4 * float(np.linalg.norm(points_px[LITTLE] - points_px[INDEX])))


def read_outline(frame: Frame, points_px: F64, /) -> HandOutline:
    """Edges of fingers, palm and wrist in one frame. `points_px` (21, 2): the network's, raw."""
    look = _Look(frame, points_px)
    limbs: dict[str, Limb] = {}
    refused: dict[str, Reason] = {}
    for name, (foot, top, along, expected_px) in _places(points_px).items():
        found = look.limb(name, foot, top, along, expected_px)
        if isinstance(found, Limb):
            limbs[name] = found
        else:
            refused[name] = found
    return HandOutline(limbs, refused)


def _places(points: F64) -> dict[str, tuple[F64, F64, F64, float]]:
    """By limb: two points of its axis, slices between (0 to 1) and beyond them, and the width that is expected."""
    size = palm_px(points)
    places = {
        name: (points[base], points[joint], FINGER_ALONG, FINGER_SHARE * size)
        for name, (base, joint) in FINGERS.items()
    }
    knuckles = (points[INDEX] + points[LITTLE]) / 2
    across = (points[INDEX] - points[LITTLE]) / np.linalg.norm(points[INDEX] - points[LITTLE])
    down = np.array([-across[1], across[0]])
    down = down * np.sign(down @ (points[WRIST] - knuckles))
    places["palm"] = (knuckles, knuckles + down * size, PALM_ALONG, 0.85 * size)
    forearm = points[WRIST] - points[list(KNUCKLES)].mean(axis=0)
    forearm = forearm / np.linalg.norm(forearm)
    places["wrist"] = (points[WRIST], points[WRIST] + forearm * size, WRIST_ALONG, 0.55 * size)
    return places


class _Look:
    """One frame's colours about one hand, and what her skin is like there."""

    def __init__(self, frame: Frame, points: F64) -> None:
        self._planes = split_planes(frame.i420)
        self._size = np.array(frame.size_px)
        self._points = points
        up = np.linspace(0.25, 0.85, 13)[:, None, None]
        palm = points[WRIST] + up * (points[list(KNUCKLES)] - points[WRIST])
        self._tint = np.median(_tints(self._colours(palm))[1], axis=(0, 1))

    def limb(self, name: str, foot: F64, top: F64, along: F64, expected_px: float) -> Limb | Reason:
        """Its edges, laid out anew along its own middle once that is known, then each edge near its own curve."""
        if expected_px < LIMB_PX_MIN:
            return "too_small"
        if float(np.linalg.norm(self._tint)) < COLOUR_MIN:
            return "not_told_apart"
        if name == "palm" and _thumb_px(self._points) < THUMB_SHARE * palm_px(self._points):
            return "thumb_closed"
        found = self._sliced(foot, top, along, expected_px, None)
        for turn in range(2):
            if not isinstance(found, Limb):
                return found
            side = np.array([-found.direction[1], found.direction[0]])
            left, right = ((edge - foot) @ side for edge in (found.left_px, found.right_px))
            seen = ~np.isnan(left)
            curves = None
            if turn == 0:
                line = _curve(along[seen], (left + right)[seen] / 2, 1)
                foot, top = foot + side * line[1], top + side * (line[0] + line[1])
            else:
                curves = np.stack([np.polyval(_curve(along[seen], edge[seen], 2), along) for edge in (left, right)])
            found = self._sliced(foot, top, along, expected_px, curves)
        fingers_px = expected_px if name in FINGERS else FINGER_SHARE * palm_px(self._points)
        return "blurred" if isinstance(found, Limb) and found.blur_px > BLUR_SHARE * fingers_px else found

    def _sliced(self, foot: F64, top: F64, along: F64, expected_px: float, curves: F64 | None) -> Limb | Reason:
        """`curves` (2, n) px beside the axis: where the edges are looked for; else wherever skin ends."""
        length = float(np.linalg.norm(top - foot))
        way = (top - foot) / length
        side = np.array([-way[1], way[0]])
        half = round(REACH * expected_px / STEP_PX)
        reach = np.arange(-half, half + 1) * STEP_PX
        start = foot + along[:, None] * (length * way)
        at = start[:, None] + reach[None, :, None] * side
        inside = ((at[:, [0, -1]] >= 0) & (at[:, [0, -1]] <= self._size - 1)).all(axis=(1, 2))
        if inside.mean() < SLICES_MIN:
            return "edge_of_picture"
        colours = self._colours(at)
        luma, tint = _tints(colours)
        core = np.abs(reach) < 0.2 * expected_px
        own = np.median(tint[:, core], axis=1)
        bare = _alike(own, self._tint)
        if bare.mean() < SLICES_MIN:
            return "sleeve"
        tone, shade = np.median(own[bare], axis=0), float(np.median(luma[bare][:, core]))
        away = _unlike(tint, tone) + (np.log(luma / shade) / SHADE_STD) ** 2
        near = (None, None) if curves is None else (-curves[0], curves[1])
        colours[..., 1:] *= CHROMA_WEIGHT
        left, left_blur = _edges(colours[:, ::-1], away[:, ::-1], expected_px, near[0])
        right, right_blur = _edges(colours, away, expected_px, near[1])
        both = inside & bare & ~np.isnan(left) & ~np.isnan(right)
        if both.mean() < SLICES_MIN:
            return "not_told_apart"
        blur = float(np.median(np.concatenate([left_blur[both], right_blur[both]])))
        none = np.where(both, 0.0, np.nan)[:, None]
        return Limb(along, start - left[:, None] * side + none, start + right[:, None] * side + none, way, blur)

    def _colours(self, at: F64) -> F64:
        """(h, w, 3) Y, U and V at pixels (h, w, 2)."""
        full = np.asarray(at, dtype=np.float32)
        half = (full - 0.5) / 2
        planes = [
            cv2.remap(plane, spots[..., 0], spots[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for plane, spots in zip(self._planes, (full, half, half), strict=True)
        ]
        return np.stack(planes, axis=-1).astype(np.float64)


def _thumb_px(points: F64) -> float:
    """How far the thumb's end stands off the palm's edge below the index."""
    down = points[WRIST] - points[INDEX]
    off = points[list(THUMB)] - points[INDEX]
    away = (down[0] * off[:, 1] - down[1] * off[:, 0]) / np.linalg.norm(down)
    inward = points[LITTLE] - points[INDEX]
    return float(-np.sign(down[0] * inward[1] - down[1] * inward[0]) * away.mean())


def _alike(tint: F64, palm: F64) -> npt.NDArray[np.bool_]:
    """(n,) whether tints (n, 2) can be skin beside the palm's: of its hue, and about as saturated."""
    lengths = np.linalg.norm(tint, axis=-1), float(np.linalg.norm(palm))
    cos = (tint @ palm) / np.maximum(lengths[0] * lengths[1], 1e-9)
    return np.asarray(
        (cos > np.cos(HUE_RAD)) & (np.abs(np.log(np.maximum(lengths[0], 1e-9) / lengths[1])) < SATURATION)
    )


def _tints(colours: F64) -> tuple[F64, F64]:
    luma = np.maximum(colours[..., 0] - 16, 8)
    return luma, (colours[..., 1:] - 128) / luma[..., None]


def _unlike(tint: F64, tone: F64) -> F64:
    """(...,) squared distance of tints (..., 2) from a limb's own, in spreads."""
    saturation = max(float(np.linalg.norm(tone)), 1e-6)
    along = tone / saturation
    more = tint @ along - saturation
    aside = tint @ np.array([-along[1], along[0]])
    return np.asarray((aside / TINT_STD) ** 2 + (more / np.where(more > 0, DEEPER_STD, TINT_STD)) ** 2)


def _edges(colours: F64, away: F64, expected_px: float, near: F64 | None) -> tuple[F64, F64]:
    """Where, to the right of each row's middle, skin ends: (n,) px from the middle, NaN where nowhere; and its blur.

    `colours` (n, m, 3) and `away` (n, m) every STEP_PX, the limb's axis in their middle; `near` (n,) px: the steepest
    edge about there, else the first beyond which there is no skin.
    """
    rows, columns = away.shape
    middle = columns // 2
    sigma = SMOOTH_PX / STEP_PX
    reach = np.arange(-round(3 * sigma), round(3 * sigma) + 1)
    bell = np.exp(-0.5 * (reach / sigma) ** 2)
    slope = cv2.sepFilter2D(colours, cv2.CV_64F, reach * bell / (bell.sum() * sigma**2 * STEP_PX), np.ones(1))
    steep = np.linalg.norm(slope, axis=-1)
    peaks = np.zeros((rows, columns), dtype=bool)
    peaks[:, 1:-1] = (steep[:, 1:-1] > steep[:, :-2]) & (steep[:, 1:-1] >= steep[:, 2:])
    beyond = round(BESIDE_PX / STEP_PX)
    outside = np.zeros((rows, columns))
    outside[:, :-beyond] = away[:, beyond:]
    peaks &= (outside > (UNLIKE if near is None else UNLIKE_NEAR)) & (steep > EDGE_SLOPE)
    places = (np.arange(columns) - middle) * STEP_PX
    if near is None:
        peaks[:, places < 0.25 * expected_px] = False
        best = np.max(np.where(peaks, steep, 0.0), axis=1)
        at = np.argmax(peaks & (steep > FAINT * best[:, None]), axis=1)
    else:
        peaks &= np.abs(places - near[:, None]) < NEAR_PX
        at = np.argmax(np.where(peaks, steep, 0.0), axis=1)
    found = peaks.any(axis=1)
    at = np.clip(at, 1, columns - 2)
    row = np.arange(rows)
    before, here, after = (steep[row, at + step] for step in (-1, 0, 1))
    bend = np.where(found, before - 2 * here + after, -1.0)
    edge = (at - middle + 0.5 * (before - after) / bend) * STEP_PX
    # a step blurred by s rises by 1 / (s sqrt(2 pi)) of itself where it is steepest
    beside = np.clip(at[:, None] + np.array([-1, 1]) * round(0.25 * expected_px / STEP_PX), 0, columns - 1)
    step = np.linalg.norm(np.diff(colours[row[:, None], beside], axis=1)[:, 0], axis=1)
    wide = step / (np.sqrt(2 * np.pi) * np.maximum(here, 1e-6))
    blur = np.sqrt(np.maximum(wide**2 - SMOOTH_PX**2, 0.0))
    return np.where(found, edge, np.nan), np.where(found, blur, np.nan)


def _curve(along: F64, off: F64, degree: int) -> F64:
    """Polynomial through off (n,) px, outliers weighed down."""
    weights = np.ones(len(off))
    curve = np.zeros(degree + 1)
    for _ in range(5):
        curve = np.polyfit(along, off, degree, w=weights)
        weights = 1 / (1 + ((off - np.polyval(curve, along)) / OUTLIER_PX) ** 2)
    return np.asarray(curve)
