"""The inner diameter of a ring or bangle that lies flat beside a card, from the edge of its hole in one picture.

What is seen through the hole is bounded by the rim at the table on the far side and by the upper rim on the near one:
each is a circle in space, thrown onto the card's plane from where the camera is, the upper one larger and shifted.
The edge of the hole is whichever is nearer to its middle. How high the two rims are is not asked: it has a prior, and
what the edge itself does not tell of it stays in the doubt (facts: fit, section 9: a rim h nearer reads h/D too large).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from tryon.body.card import SIZE_STD, card_pose, corners_in_card
from tryon.geometry.rigid import inverse
from tryon.types import F64, Camera, CardSeen

LaidKind = Literal["ring", "bangle"]
LaidReason = Literal["ring_not_round", "ring_not_flat"]
CARD_MM = 0.76
"Thickness of an ID-1 card: its upper face, which is measured by, lies so far above the table."


@dataclass(frozen=True, slots=True)
class Laid:
    """What may lie there."""

    kind: LaidKind
    across_mm: tuple[float, float]
    "Inner diameters that are searched (facts: sizing, ring_sizes and bangles)."
    height_mm: tuple[float, float]
    "Of the upper rim of its hole over the table, and the doubt of it [J]."
    foot_mm: tuple[float, float]
    """Of the lower rim: a domed inside is narrowest above the table, and a step between the table and a dark inside
    may be too faint or too near the upper rim to be told from it [J]."""
    edge_std_mm: float
    "Of the rim against its picture: highlights, wear, a rounded edge [J]."


LAID: dict[LaidKind, Laid] = {
    "ring": Laid("ring", (12.5, 24.5), (3.0, 1.5), (1.4, 1.1), 0.07),
    "bangle": Laid("bangle", (46.0, 80.0), (5.0, 3.0), (2.5, 2.0), 0.15),
}
LENS_STD = 0.003
"Of lengths away from the card against those at it, by a lens nobody knows, relative [J]."
OVAL_MOST = 0.02
"Of the radius: a ring longer one way than the other by more than twice this is bent, or does not lie flat."
ROUGH_MOST = 0.03
"Of the radius: where the edge scatters more it is not one circle's."
FOOT_MOST = 1.0
"The ring's distance from the point below the camera, in camera heights: 45 degrees aslant."
EDGE_STD_MM = 0.05
"Least of one point of the edge."


@dataclass(frozen=True, slots=True)
class Inner:
    """An inner diameter as one picture tells it."""

    kind: LaidKind
    value_mm: float
    std_mm: float
    std_random_mm: float
    "Its share from the edge's own scatter."
    roughness_mm: float
    "Root mean square of the edge's points that count about their circle."


def inner_diameter(laid: Laid, edge_px: F64, card: CardSeen, camera: Camera, /) -> Inner | LaidReason:
    """From points of the hole's edge (n, 2) px, some of them on other edges, and the card that lies beside it."""
    pose = card_pose(card.corners_px, camera, covariance_px=card.covariance_px)
    if pose is None:
        return "ring_not_flat"
    eye = inverse(pose.camera_from_card)[:3, 3]
    points = on_card(edge_px, card.corners_px)
    middle, radius = _circle(points)
    if np.linalg.norm(middle - eye[:2]) > FOOT_MOST * eye[2]:
        return "ring_not_flat"
    way = points - middle
    distance = np.linalg.norm(way, axis=1)
    way /= distance[:, None]
    foot = laid.foot_mm[0] - CARD_MM, laid.foot_mm[1]
    height = laid.height_mm[0] - CARD_MM, laid.height_mm[1]

    def thrown(state: F64, high: float) -> F64:
        # how far from `middle` the circle of height `high` is, seen on the card's plane
        share = high / eye[2]
        centre = (middle + state[:2] - eye[:2] * share) / (1 - share) - middle
        along = way @ centre
        return np.asarray(along + np.sqrt(np.maximum((state[2] / (1 - share)) ** 2 - centre @ centre + along**2, 0.01)))

    def errors(state: F64) -> F64:
        return np.asarray(distance - np.minimum(thrown(state, state[3]), thrown(state, state[4])))

    state = np.array([0.0, 0.0, radius, foot[0], height[0]])
    beliefs = np.array([[0, 0, 0, 1 / foot[1], 0], [0, 0, 0, 0, 1 / height[1]]])
    mean = np.array([0.0, 0.0, 0.0, foot[0], height[0]])
    scatter = EDGE_STD_MM
    for _ in range(30):
        off = errors(state)
        slope = np.stack([(errors(state + step) - errors(state - step)) / 2e-3 for step in 1e-3 * np.eye(5)], axis=1)
        scatter = max(1.4826 * float(np.median(np.abs(off))), EDGE_STD_MM)
        # neighbours share their errors: the edge is worth a third of its points
        weight = 1 / (1 + (off / (2.5 * scatter)) ** 2) ** 2 / scatter**2 / 3
        normal = slope.T @ (slope * weight[:, None]) + beliefs.T @ beliefs + 1e-9 * np.eye(5)
        step = np.linalg.solve(normal, -slope.T @ (off * weight) + beliefs.T @ beliefs @ (mean - state))
        state = state + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-5:
            break
    off = errors(state)
    good = np.abs(off) < 3 * scatter
    radius = float(state[2])
    roughness = float(np.sqrt((off[good] ** 2).mean()))
    if good.mean() < 0.6 or roughness > ROUGH_MOST * radius:
        return "ring_not_round"
    angle = np.arctan2(way[good, 1], way[good, 0])
    terms = np.stack([np.ones_like(angle), np.cos(2 * angle), np.sin(2 * angle)], axis=1)
    oval = np.linalg.lstsq(terms, off[good], rcond=None)[0]
    if np.hypot(oval[1], oval[2]) > OVAL_MOST * radius:
        return "ring_not_round"
    variance = float(np.linalg.inv(normal)[2, 2])
    own = float(np.linalg.inv(normal[:3, :3])[2, 2])
    # the camera's height over the table comes with the focal length's doubt
    by_focal = radius * (state[3] + state[4]) / 2 / eye[2] * camera.focal_std
    by_card = _by_card(state[:2] + middle, radius, card)
    std = float(
        np.sqrt(variance + laid.edge_std_mm**2 / 4 + by_focal**2 + by_card**2 + radius**2 * (LENS_STD**2 + SIZE_STD**2))
    )
    return Inner(laid.kind, 2 * radius, 2 * std, 2 * float(np.sqrt(own)), roughness)


def on_card(points_px: F64, card_px: F64, /) -> F64:
    """(n, 2) mm in the plane of a card's face, from its middle, x along its long side, y up."""
    return np.asarray(cv2.perspectiveTransform(points_px[:, None].astype(np.float64), card_from_px(card_px))[:, 0])


def card_from_px(card_px: F64, /) -> F64:
    """(3, 3): pixels to millimetres on a card's face, from its corners (4, 2)."""
    true = corners_in_card()[:, :2].astype(np.float32)
    return np.asarray(cv2.getPerspectiveTransform(card_px.astype(np.float32), true), dtype=np.float64)


def _by_card(centre: F64, radius: float, card: CardSeen) -> float:
    """What the doubt of the card's corners makes of a radius, mm."""
    angle = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    ring = centre + radius * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    ring_px = np.asarray(
        cv2.perspectiveTransform(ring[:, None], np.linalg.inv(card_from_px(card.corners_px)))[:, 0], dtype=np.float64
    )
    slope = np.zeros(8)
    for index in range(8):
        moved = card.corners_px.copy()
        moved.reshape(-1)[index] += 0.1
        there = on_card(ring_px, moved)
        slope[index] = (np.linalg.norm(there - there.mean(axis=0), axis=1).mean() - radius) / 0.1
    return float(np.sqrt(slope @ card.covariance_px @ slope))


def _circle(points: F64) -> tuple[F64, float]:
    """(middle (2,), radius) that most points (n, 2) lie on: weighed anew after an algebraic fit."""
    weight = np.ones(len(points))
    for _ in range(8):
        system = np.column_stack([2 * points, np.ones(len(points))]) * weight[:, None]
        x, y, rest = np.linalg.lstsq(system, (points**2).sum(axis=1) * weight, rcond=None)[0]
        middle = np.array([x, y])
        radius = float(np.sqrt(max(rest + x * x + y * y, 1e-6)))
        off = np.abs(np.linalg.norm(points - middle, axis=1) - radius)
        weight = 1 / (1 + (off / max(2 * float(np.median(off)), 0.05)) ** 2)
    return middle, radius
