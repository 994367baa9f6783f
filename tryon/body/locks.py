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
"Of its length, from the end: all is under hair."
LOCKS = ((6.3, 0.9, 1.0, 0.32), (10.9, -0.8, 2.6, 0.16))
"Waves that the locks are made of: how many along the pattern, how far they lean across it, phase, height."
EDGE = 0.2
"How soft a lock's edge is, of the ramp from all to none."
TIPS = 0.6
"Of half the pattern's breadth: beyond it locks thin out to their tips."
FACING = (0.05, 0.2)
"Cosine of the angle under which a place is seen: from none of the locks shown to all."
TUCKED = (0.22, 0.46)
"From where to where on the pattern's middle line the end of the band lies in hair, or has none to be tucked in."
HAIRY = (0.7, 0.95)
"Share of hair there: below the first nothing is tucked in, above the second all."
FOLLOWS_S = 0.4
"Time in which that share is followed."


class Locks:
    """Of one wearer, frame after frame. Not for several threads."""

    def __init__(self, hair: Hair) -> None:
        self._hair = hair
        self._shares: dict[tuple[str, int], tuple[float, float]] = {}
        "Of hair at each end, and when it was seen."

    def veils(self, frame: Frame, placed: Placed, camera: Camera, /) -> tuple[Veil, ...]:
        """What hair hides of a piece at the ends that face the camera; none where there is no hair, or none was told."""
        found: list[Veil] = []
        for index, corners in enumerate(() if placed.tucks is None else placed.tucks):
            seen = transform(placed.camera_from_piece, corners)
            outward = np.cross(seen[1] - seen[0], seen[3] - seen[0])
            if (outward @ placed.camera_from_piece[:3, 0] > 0) != (index == 0):
                outward = -outward
            middle = seen.mean(axis=0)
            facing = -float(outward @ middle) / float(np.linalg.norm(outward) * np.linalg.norm(middle))
            shown = _eased(facing, FACING)
            if shown:
                veil = self._over(frame, (placed.model.piece.id, index), project(seen, camera), shown)
                found += [] if veil is None else [veil]
        return tuple(found)

    def _over(self, frame: Frame, key: tuple[str, int], corners: F64, shown: float) -> Veil | None:
        if not np.isfinite(corners).all():
            return None
        size = np.array(frame.size_px) // COARSE * COARSE
        low = np.clip(np.floor(corners.min(axis=0) / COARSE) * COARSE, 0, size).astype(int)
        high = np.clip(np.ceil(corners.max(axis=0) / COARSE) * COARSE, 0, size).astype(int)
        if ((high - low) < 2 * COARSE).any():
            return None
        left, top, right, foot = (int(edge) for edge in (*low, *high))
        hair = self._hair.covers(frame, (left, top, right, foot))
        if hair is None:
            return None
        hair = cv2.resize(hair, (right - left, foot - top), interpolation=cv2.INTER_LINEAR)
        behind, before = (corners[[0, 1]] + corners[[3, 2]]) / 2 - low
        at = (behind + np.linspace(*TUCKED, 6)[:, None] * (before - behind)).astype(np.float32)
        share = float(cv2.remap(hair, at[None], None, cv2.INTER_LINEAR).min())
        shown *= _eased(self._share(key, share, frame.time_s), HAIRY)
        if not shown:
            return None
        columns, rows = PATTERN
        ends = np.array([[0, 0], [columns, 0], [columns, rows], [0, rows]]) - 0.5
        laid = cv2.getPerspectiveTransform(ends.astype(np.float32), (corners - low).astype(np.float32))
        cover = cv2.warpPerspective(_COVER, laid, hair.shape[::-1], flags=cv2.INTER_LINEAR, borderValue=-1.0)
        # fewer and thinner locks, never pale ones; half hair is skin, or the room, as much
        locks = np.clip((cover - (1 - shown) * float(_COVER.max())) / EDGE + 0.5, 0, 1)
        alpha = locks * np.clip(2 * hair - 1, 0, 1)
        return Veil(np.asarray(alpha, dtype=np.float32), (left, top), 1)

    def _share(self, key: tuple[str, int], share: float, time_s: float) -> float:
        """Followed slowly: what is tucked in stays so."""
        before, at_s = self._shares.get(key, (share, time_s))
        now = before + (share - before) * (1 - math.exp(-max(time_s - at_s, 0.0) / FOLLOWS_S))
        self._shares[key] = now, time_s
        return now


def _eased(value: float, between: tuple[float, float]) -> float:
    low, high = between
    return min(max((value - low) / (high - low), 0.0), 1.0)


def _cover() -> F32:
    """(rows, columns) of the pattern: above 0 are locks, the farther the longer they stay as they thin out."""
    columns, rows = PATTERN
    along, across = np.meshgrid((np.arange(columns) + 0.5) / columns, (np.arange(rows) + 0.5) / rows * 2 - 1)
    gaps = sum(height * np.sin(2 * np.pi * (many * along + lean * across) + at) for many, lean, at, height in LOCKS)
    ramp = 0.5 + EDGE - np.maximum(along - UNDER, 0) / (1 - UNDER) * (1 + 2 * EDGE)
    ramp -= np.maximum(np.abs(across) - TIPS, 0) / (1 - TIPS) * (1 + EDGE)
    return np.asarray(ramp - gaps, dtype=np.float32)


_COVER = _cover()
