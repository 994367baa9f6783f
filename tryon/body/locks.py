"""Locks of her own hair over the ends of an open band: there it is tucked in and pinned, it does not end on the hair.

What is drawn there goes, in the shape of locks, and her camera's own hair is seen. The locks are fixed to the head:
one pattern, laid over each end as a flat thing in space.
"""

from __future__ import annotations

import math

import cv2
import numpy as np

from tryon.body.hair import COARSE, Hair
from tryon.geometry.camera import project
from tryon.geometry.rigid import transform
from tryon.types import F32, F64, Camera, Frame, Placed, Veil

PATTERN = (92, 84)
"Size: along the band from behind its end, and the way hair is combed."
UNDER = 0.45
"Of its length, from behind the end: all is under hair."
LOCKS = ((6.3, 0.9, 1.0, 0.32), (10.9, -0.8, 2.6, 0.16))
"Waves that the locks are made of: how many along the pattern, how far they lean across it, phase, height."
EDGE = 0.2
"How soft a lock's edge is, of the ramp from all to none."
TIPS = 0.6
"Of half the pattern's breadth: beyond it locks thin out to their tips."
FACING = (0.28, 0.38)
"""Cosine of the angle under which a place is seen: from none of the locks shown to all. Seen flatter, what stands out
from it would be left in the air."""
TUCKED = np.linspace(0.16, 0.46, 7)[:, None]
"Where on the pattern's middle line the end of the band lies in hair, or has none to be tucked in."
HAIRY = (0.3, 0.7)
"Least share of hair there: below the first nothing is tucked in, above the second all."
BEYOND = (0.0, 0.15)
"The same cosine, for what stands on a band that is in the hair already: from none of it hidden to all."
BEYOND_PX = 1.5
"How soft the edge is there, standard deviation."
FOLLOWS_S = 0.4
"Time in which that share is followed."
HOLDS_S = 0.2
"So long a veil holds while its place is exactly where it was."


class Locks:
    """Of one wearer, frame after frame. Not for several threads."""

    def __init__(self, hair: Hair) -> None:
        self._hair = hair
        self._shares: dict[tuple[str, int], tuple[float, float]] = {}
        "Of hair at each end, and when it was seen."
        self._last: dict[tuple[str, int], tuple[F64, float, Veil]] = {}

    def veils(self, frame: Frame, placed: Placed, camera: Camera, /) -> tuple[Veil, ...]:
        """What hair hides of a piece at its ends that face the camera; nothing where no hair is, or none was told."""
        found: list[Veil] = []
        pose = placed.camera_from_piece
        viewer = -pose[:3, 3] @ pose[:3, :3]
        for end, corners in enumerate(() if placed.tucks is None else placed.tucks):
            facing = _facing(corners, viewer, outward=1.0 if end == 0 else -1.0)
            shown = _eased(facing, FACING), _eased(facing, BEYOND)
            if any(shown):
                pixels = project(transform(pose, corners), camera)
                veil = self._held(frame, (placed.model.piece.id, end), pixels, shown)
                found += [] if veil is None else [veil]
        return tuple(found)

    def _held(self, frame: Frame, key: tuple[str, int], corners: F64, shown: tuple[float, float]) -> Veil | None:
        if key in self._last:
            before, since_s, veil = self._last[key]
            if 0 <= frame.time_s - since_s < HOLDS_S and np.array_equal(before, corners):
                return veil
        found = self._over(frame, key, corners, shown)
        if found is not None:
            self._last[key] = corners, frame.time_s, found
        return found

    def _over(self, frame: Frame, key: tuple[str, int], corners: F64, shown: tuple[float, float]) -> Veil | None:
        box = _box(corners, frame.size_px)
        covers = None if box is None else self._hair.covers(frame, box)
        if box is None or covers is None:
            return None
        left, top, right, foot = box
        own, stands = np.split(corners - (left, top), [4])
        behind, before = (own[[0, 1]] + own[[3, 2]]) / 2
        cells = ((behind + TUCKED * (before - behind) + 0.5) / COARSE - 0.5).astype(np.float32)
        least = float(cv2.remap(covers[0], cells[..., 0], cells[..., 1], cv2.INTER_LINEAR).min())
        hairy = _eased(self._share(key, least, frame.time_s), HAIRY)
        if not hairy:
            return None
        size = (right - left, foot - top)
        hair, free = (cv2.resize(each, size, interpolation=cv2.INTER_LINEAR) for each in covers)
        alpha = np.zeros(hair.shape, np.float32)
        if shown[0]:
            laid = cv2.getPerspectiveTransform(_ENDS, own.astype(np.float32))
            pattern = cv2.warpPerspective(_PATTERN, laid, size, flags=cv2.INTER_LINEAR, borderValue=(-10.0, -10.0))
            # fewer and thinner locks, never pale ones
            fades = np.float32((1 - shown[0] * hairy) * _MOST)
            locks, end = (np.clip(each - fades, 0, 1) for each in cv2.split(pattern))
            alpha = np.maximum(locks * hair, end * free)
        if shown[1]:
            hull = cv2.convexHull(stands.astype(np.float32)).astype(np.int32)
            beyond = cv2.fillConvexPoly(np.zeros(hair.shape, np.float32), hull, (shown[1] * hairy,))
            alpha = np.maximum(alpha, cv2.GaussianBlur(beyond, (0, 0), BEYOND_PX) * hair)
        return Veil(np.asarray(alpha, dtype=np.float32), (left, top), 1)

    def _share(self, key: tuple[str, int], share: float, time_s: float) -> float:
        """Followed slowly: what is tucked in stays so."""
        before, at_s = self._shares.get(key, (share, time_s))
        now = before + (share - before) * (1 - math.exp(-max(time_s - at_s, 0.0) / FOLLOWS_S))
        self._shares[key] = now, time_s
        return now


def _facing(corners: F64, viewer: F64, outward: float) -> float:
    """Cosine between where a place (corners, piece frame) looks and the viewer is; `outward` along x: 1 or -1."""
    ahead = corners[1] - corners[0]
    x, z = outward * float(ahead[2]), -outward * float(ahead[0])
    away = viewer - (corners[0] + corners[2]) / 2
    return (x * float(away[0]) + z * float(away[2])) / (math.hypot(x, z) * math.sqrt(float(away @ away)))


def _box(corners: F64, size_px: tuple[int, int]) -> tuple[int, int, int, int] | None:
    """Left, top, right and foot of what of it is in the picture, whole cells; None: too little."""
    if not np.isfinite(corners).all():
        return None
    xs, ys = corners.T.tolist()
    edges = []
    for values, most in zip((xs, ys), size_px, strict=True):
        low = max(math.floor(min(values) / COARSE), 0) * COARSE
        high = min(math.ceil(max(values) / COARSE), most // COARSE) * COARSE
        if high - low < 2 * COARSE:
            return None
        edges.append((low, high))
    (left, right), (top, foot) = edges
    return left, top, right, foot


def _eased(value: float, between: tuple[float, float]) -> float:
    low, high = between
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _pattern() -> F32:
    """(rows, columns, 2): 1 and more is hidden, 0 and less is not; the more, the longer it stays as locks thin out.

    First by locks, so only where hair is; then the end itself, which is in the hair and so not seen beside it either.
    """
    columns, rows = PATTERN
    along, across = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows * 2 - 1)
    gaps = sum(height * np.sin(2 * np.pi * (many * along + lean * across) + at) for many, lean, at, height in LOCKS)
    ramp = 0.5 + EDGE - np.maximum(along - UNDER, 0) / (1 - UNDER) * (1 + 2 * EDGE)
    ramp -= np.maximum(np.abs(across) - TIPS, 0) / (1 - TIPS) * (1 + EDGE)
    locks = (ramp - gaps) / EDGE + 0.5
    end = np.where((along < UNDER) & (np.abs(across) < TIPS), locks.max(), -10.0)
    return np.asarray(np.stack([locks, end], axis=-1), dtype=np.float32)


_PATTERN = _pattern()
_MOST = float(_PATTERN.max())
_ENDS = np.array([[0, 0], [PATTERN[0], 0], PATTERN, [0, PATTERN[1]]], dtype=np.float32) - np.float32(0.5)
