"""The top of the head and its breadth over the hair, from the outline against the room.

No landmark shows the skull. Its outline does: along the head's own axes, seen from the front, the person ends where
the hair does. That is what a crown rests on, and what must hide its far side.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.body.model import view_angles
from tryon.geometry.camera import project
from tryon.geometry.ellipse import Ellipsoid
from tryon.geometry.rigid import transform
from tryon.types import F32, F64, Camera

FRONTAL_RAD = 0.35
REACH_MM = 260.0
"How far from the middle of the skull the outline is looked for: an updo, no hat."
HEIGHTS = (0.35, 0.45, 0.55, 0.65)
"Of the way from the middle of the skull to the top: where breadth is read, above ears and below the crown's curve."


@dataclass(frozen=True, slots=True)
class Outline:
    """Over the hair, mm in the head frame."""

    top_mm: float
    "Height of the top of the head above the Frankfurt plane."
    half_breadth_mm: float
    "Half the breadth, as the half axis of an ellipsoid with that top."


def read_outline(mask: F32, camera_from_head: F64, camera: Camera, skull: Ellipsoid, /) -> Outline | None:
    """What a mask (h, w; 0 room, 1 person) shows, or None when she is turned away or her head is not all in view.

    `skull` says where to look: its middle, and the depth of its top. An ellipsoid of radius r at distance D is seen
    larger by 1 / sqrt(1 - (r / D)^2), for the line of sight touches it in front of its widest.
    """
    yaw, pitch = view_angles(camera_from_head)
    if abs(yaw) > FRONTAL_RAD or abs(pitch) > FRONTAL_RAD:
        return None
    middle = skull.centre
    distance_mm = float(np.linalg.norm(transform(camera_from_head, middle)))

    def edge_mm(start: F64, towards: F64) -> float | None:
        along = np.arange(0.0, REACH_MM)
        pixels = project(transform(camera_from_head, start + along[:, None] * towards), camera)
        seen = _sample(mask, pixels, camera.size_px)
        outside = np.flatnonzero(seen < 0.5)
        if not len(outside) or outside[0] == 0 or np.isnan(seen[outside[0] - 1 : outside[0] + 1]).any():
            return None
        first = int(outside[0])
        share = (seen[first - 1] - 0.5) / (seen[first - 1] - seen[first])
        return first - 1 + float(share)

    top = edge_mm(middle, np.array([0.0, 1.0, 0.0]))
    if top is None:
        return None
    top *= _tangent(top, distance_mm)
    halves = []
    for share in HEIGHTS:
        start = middle + np.array([0.0, share * top, 0.0])
        for side in (-1.0, 1.0):
            reach = edge_mm(start, np.array([side, 0.0, 0.0]))
            if reach is not None:
                half = reach * _tangent(reach, distance_mm) / (1 - share**2) ** 0.5
                # a turned head shows some of its length as breadth
                halves.append(max(half**2 - (skull.axes[2] * np.tan(yaw)) ** 2, half**2 / 2) ** 0.5)
    if len(halves) < len(HEIGHTS):
        return None
    return Outline(float(middle[1] + top), float(np.median(halves)))


def _tangent(radius_mm: float, distance_mm: float) -> float:
    return float(np.sqrt(1 - min(radius_mm / distance_mm, 0.9) ** 2))


def _sample(mask: F32, pixels: F64, size_px: tuple[int, int]) -> F64:
    """The mask along pixels of the frame; NaN outside it."""
    height, width = mask.shape
    scale = np.array([width, height]) / size_px
    at = ((pixels + 0.5) * scale - 0.5).astype(np.float32)
    outside = ((at < 0) | (at > (width - 1, height - 1)) | np.isnan(at)).any(axis=1)
    at[outside] = 0
    seen = cv2.remap(mask, at[:, None, 0], at[:, None, 1], cv2.INTER_LINEAR)[:, 0].astype(np.float64)
    seen[outside] = np.nan
    return seen
