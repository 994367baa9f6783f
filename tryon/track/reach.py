"""A hand that comes to her head: seen coming for next to nothing, and only then looked at by the network.

Where skin of her face's own colour appears beside or above her head, and was not there before, a hand may be. The
network that knows hands says whether it is one: it costs ten times all the rest, so it is asked only then, and seldom
while it says no.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import cv2
import numpy as np

from tryon.geometry.planes import split_planes
from tryon.types import F64, U8, Frame, HandSeen, Landmarks, Veil

CHEEKS = [50, 280, 205, 425, 36, 266, 101, 330, 151, 108, 337]
TINT = 9.0
"Levels of U and V about the face's own that skin has."
STEP = 4
"Chroma pixels of which one is looked at, each way."
ASIDE, ABOVE, BELOW = 0.75, 0.95, 0.35
"Of the face's breadth aside, and of its height above the brow and below it: where hands come to a crown."
HEAD = (0.66, 1.05)
"Half breadth and height over the brow of the head itself, in the same: her own skin is no hand."
COMES = 0.035
"Of that place so much more skin than there was."
SETTLE = 0.03
"A frame's share in what is usually there."
AGAIN_S = 1.0
"So soon the network is asked again that said no."
LEAVES_S = 0.4

FINGERS = ((1, 2, 3, 4), (5, 6, 7, 8), (9, 10, 11, 12), (13, 14, 15, 16), (17, 18, 19, 20))
PALM = (0, 1, 5, 9, 13, 17)
THICK = (0.23, 0.20, 0.20, 0.19, 0.17)
"Of each finger, of the palm's length."
WRIST, WRIST_THICK = 0.8, 0.62
"How far the wrist goes on, and how thick it is, in the same."
COARSE = 4
"Pixels of the frame a side of one of the mask's."


class Finder(Protocol):
    """Finds hands in a frame (track.hands.HandTracker)."""

    def track(self, frame: Frame, /) -> tuple[HandSeen, ...]:
        """Those in this frame."""

    def close(self) -> None:
        """Give the model back."""


class Reach:
    """One wearer's hands at her head, frame after frame. Not for several threads."""

    def __init__(self, finder: Callable[[], Finder]) -> None:
        self._make = finder
        self._finder: Finder | None = None
        self._usual: float | None = None
        self._asked_s = self._seen_s = -np.inf

    def hands(self, frame: Frame, face: Landmarks, /) -> tuple[HandSeen, ...]:
        """Hands in front of her head or beside it; empty when there are none."""
        place = _place(face.points_px, frame.size_px)
        if place is None:
            return ()
        now_s = frame.time_s
        follows = 0 <= now_s - self._seen_s < LEAVES_S
        if not follows:
            there = _skin(frame, face.points_px, place)
            usual = there if self._usual is None else self._usual
            self._usual = usual + SETTLE * (there - usual)
            if there - usual < COMES or 0 <= now_s - self._asked_s < AGAIN_S:
                return ()
        if self._finder is None:
            self._finder = self._make()
        found = tuple(hand for hand in self._finder.track(frame) if _meets(hand, place))
        if found:
            self._seen_s = now_s
        elif not follows:
            self._asked_s = now_s
        return found

    def close(self) -> None:
        """Give the model back."""
        if self._finder is not None:
            self._finder.close()


def _place(points: F64, size_px: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """(left, top, right, foot) px of where hands come to a crown; None when it is out of the picture."""
    low, high = points[:468].min(axis=0), points[:468].max(axis=0)
    (across, along), brow = high - low, points[9, 1]
    left, right = np.clip((low[0] - ASIDE * across, high[0] + ASIDE * across), 0, size_px[0]).astype(int)
    top, foot = np.clip((brow - ABOVE * along, brow + BELOW * along), 0, size_px[1]).astype(int)
    return (left, top, right, foot) if min(right - left, foot - top) > 40 else None


def _skin(frame: Frame, points: F64, place: tuple[int, int, int, int]) -> float:
    """How much of the place, her head left out, has the colour of her skin, 0 to 1."""
    luma, *chroma = split_planes(frame.i420)
    at = np.clip((points[CHEEKS] / 2).astype(int), 0, np.array(chroma[0].shape[::-1]) - 1)
    left, top, right, foot = (edge // 2 for edge in place)
    here = np.s_[top:foot:STEP, left:right:STEP]
    like = luma[::2, ::2][here] > 45
    for plane in chroma:
        own = float(np.median(plane[at[:, 1], at[:, 0]]))
        like &= np.abs(plane[here].astype(np.float32) - own) < TINT
    low, high = points[:468].min(axis=0), points[:468].max(axis=0)
    middle, (across, along) = (low + high) / 2, high - low
    rows, columns = like.shape
    y = (top + STEP * np.arange(rows)) * 2
    x = (left + STEP * np.arange(columns)) * 2
    # an upright oval from the chin to over the crown of the head
    centre = points[9, 1]
    down = np.where(y < centre, HEAD[1] * along, high[1] - centre)
    head = ((x[None] - middle[0]) / (HEAD[0] * across)) ** 2 + (((y - centre) / down) ** 2)[:, None] < 1
    return float((like & ~head).sum() / max(int((~head).sum()), 1))


def _meets(hand: HandSeen, place: tuple[int, int, int, int]) -> bool:
    left, top, right, foot = place
    x, y = hand.landmarks.points_px.T
    return bool(((x > left) & (x < right) & (y > top) & (y < foot)).any())


def hand_mask(hands: tuple[HandSeen, ...], size_px: tuple[int, int], /) -> Veil | None:
    """What hands hide of what lies behind them; None where there are none."""
    if not hands:
        return None
    size = (-(-size_px[0] // COARSE), -(-size_px[1] // COARSE))
    mask = np.zeros((size[1], size[0]), np.uint8)
    for hand in hands:
        points = (hand.landmarks.points_px + 0.5) / COARSE - 0.5
        palm = points[list(PALM)]
        reach = np.linalg.norm(points[[5, 9, 17]] - points[0], axis=1)
        # seen from its edge it is short or narrow, never both
        long = max(float(reach.max()), 1.45 * float(np.linalg.norm(points[5] - points[17])))
        if not np.isfinite(points).all() or long < 2:
            continue
        cv2.fillConvexPoly(mask, cv2.convexHull(palm.astype(np.float32)).round().astype(np.int32), [255])
        for finger, thick in zip(FINGERS, THICK, strict=True):
            _line(mask, points[list(finger)], thick * long)
        _line(mask, points[[0, 5, 9, 13, 17, 0]], 0.16 * long)
        away = points[0] - points[9]
        away *= WRIST * long / max(float(np.linalg.norm(away)), 1e-6)
        _line(mask, np.stack([points[0], points[0] + away]), WRIST_THICK * long)
    soft = cv2.blur(mask, (3, 3)).astype(np.float32) / 255
    return Veil(np.asarray(soft, dtype=np.float32), (0, 0), COARSE) if mask.any() else None


def _line(mask: U8, points: F64, thick: float) -> None:
    corners = np.clip(points, -4000, 4000).round().astype(np.int32)
    cv2.polylines(mask, [corners[:, None]], False, [255], max(1, round(thick)), cv2.LINE_AA)
