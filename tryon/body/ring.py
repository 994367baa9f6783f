"""The inner diameter of a ring or bangle that lies flat beside a card, from the edge of its hole in one picture; and
of a coin the outer one, which is known, and so tells whether the card is of its size.

What shows all round is the upper rim of the hole: against the table on the near side, against the ring's own inside on
the far one. It is a circle that is nearer to the camera than the card, and so looks larger by its height over the
card, of the camera's distance (facts: fit, section 9: a rim h nearer reads h/D too large). That height is not asked:
it has a prior, and is the greatest part of the doubt; so has the rounding of the rim.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from tryon.body.card import SIZE_STD, card_pose, corners_in_card
from tryon.geometry.rigid import inverse
from tryon.types import F64, Camera, CardSeen

LaidKind = Literal["ring", "bangle", "coin"]
LaidReason = Literal["ring_not_round", "ring_not_flat"]
CARD_MM = 0.76
"Thickness of an ID-1 card: its upper face, which is measured by, lies so far above the table."


COIN_RANGE = 0.12
"Relative: how far off its size a card may make a coin look, and it is still found."


@dataclass(frozen=True, slots=True)
class Laid:
    """What may lie there."""

    kind: LaidKind
    across_mm: tuple[float, float]
    "Inner diameters that are searched (facts: sizing, ring_sizes and bangles); of a coin the outer ones."
    height_mm: tuple[float, float]
    "Of the upper rim of its hole, or of its edge, over the table, and the doubt of it [J]."
    rounding_mm: tuple[float, float]
    "How much wider the edge is there than what is measured, radius, and the doubt of it [J]."
    edge_std_mm: float
    "Of the rim against its picture: highlights, wear, a rounded edge [J]."


@dataclass(frozen=True, slots=True)
class Coin:
    """A coin of known size (calibration/sizing/coins.csv)."""

    label: str
    "As people write it."
    diameter_mm: float
    thickness_mm: float

    @property
    def laid(self) -> Laid:
        """As it lies there: a card's size is checked by it, so it is searched as if the card were anything near one."""
        across = self.diameter_mm * (1 - COIN_RANGE), self.diameter_mm * (1 + COIN_RANGE)
        # towards the point below the camera its lower rim shows, away from it the upper one; a shadow that lies close
        # all round is taken for its edge [J]
        return Laid("coin", across, (self.thickness_mm, 0.3 * self.thickness_mm), (0.0, 0.05), 0.12)


LAID: dict[str, Laid] = {
    "ring": Laid("ring", (12.5, 24.5), (3.0, 1.1), (0.05, 0.08), 0.05),
    "bangle": Laid("bangle", (46.0, 80.0), (5.5, 2.0), (0.1, 0.1), 0.06),
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
    eye = eye_on_card(card, camera)
    if eye is None:
        return "ring_not_flat"
    points = on_card(edge_px, card.corners_px)
    middle, radius = circle(points)
    if np.linalg.norm(middle - eye[:2]) > FOOT_MOST * eye[2]:
        return "ring_not_flat"
    way = points - middle
    off = np.linalg.norm(way, axis=1) - radius
    scatter = max(1.4826 * float(np.median(np.abs(off))), EDGE_STD_MM)
    good = np.abs(off) < 3 * scatter
    roughness = float(np.sqrt((off[good] ** 2).mean()))
    if good.mean() < 0.6 or roughness > ROUGH_MOST * radius:
        return "ring_not_round"
    angle = np.arctan2(way[good, 1], way[good, 0])
    terms = np.stack([np.ones_like(angle), np.cos(2 * angle), np.sin(2 * angle)], axis=1)
    oval = np.linalg.lstsq(terms, off[good], rcond=None)[0]
    if np.hypot(oval[1], oval[2]) > OVAL_MOST * radius:
        return "ring_not_round"
    # neighbouring points share their errors: the edge is worth a sixth of them
    random = scatter / np.sqrt(good.sum() / 6)
    high = laid.height_mm[0] - CARD_MM
    true = radius * (1 - high / eye[2]) - laid.rounding_mm[0]
    std = np.linalg.norm(
        [
            random,
            laid.edge_std_mm,
            laid.rounding_mm[1],
            radius * laid.height_mm[1] / eye[2],
            # the camera's distance comes with the focal length's doubt
            radius * high / eye[2] * camera.focal_std,
            _by_card(middle, radius, card),
            radius * LENS_STD,
            radius * SIZE_STD,
        ]
    )
    return Inner(laid.kind, 2 * true, 2 * float(std), 2 * float(random), roughness)


def eye_on_card(card: CardSeen, camera: Camera, /) -> F64 | None:
    """(3,) mm: where the camera is, from the middle of the card's face, z up."""
    pose = card_pose(card.corners_px, camera, covariance_px=card.covariance_px)
    return None if pose is None else np.asarray(inverse(pose.camera_from_card)[:3, 3])


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


def circle(points: F64, /) -> tuple[F64, float]:
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
