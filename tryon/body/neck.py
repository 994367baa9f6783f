"""Neck and chest from the head that sits on them and the shoulders beside it.

The head turns and nods about a point at the top of the neck (between skull and first vertebrae), which is fixed in
the chest; so the head's pose carries the chest along, and a turn of the head alone leaves it where it is. The
shoulders tell how broad she is, and how the chest is turned. No landmark shows the pit of the neck: it lies below
that point by a share of her breadth.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tryon.body.throat import Throat
from tryon.geometry.ellipse import half_beside
from tryon.geometry.filters import outside
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.types import F64, Camera, HeadPose, Landmarks, NeckPose, NeckShape

LEFT, RIGHT, NOSE = 11, 12, 0
PIVOT_IN_HEAD = np.array([0.0, -53.0, -27.0])
"mm: about which a head turns; within 6 mm on each of four synthetic people whose answers are known."
PIVOT_UP, PIVOT_BACK = 0.424, 0.193
"The pivot above and behind the pit of the neck, shares of the breadth between acromions (the same four)."
SHOULDER_MM, SHOULDER_STD_MM = 355.0, 25.0
"Between the acromions, and its spread: the four people of the ground truth have 327 to 382."
SHOULDER_LOOK_STD_MM = 7.0
NECK_OF_SHOULDER, NECK_STD, NECK_COVERED_STD = 0.912, 0.07, 0.09
"""Least neck circumference, of the breadth between acromions (the same four), and its relative doubt; more where
nothing else is seen, for four know their own scatter badly."""
BREADTH, BREADTH_STD = 1.07, 0.09
"Breadth of the neck from the front where it is least, of circumference / pi, and its spread (the same four)."
BASE_BREADTH = 1.17
"The same where it meets the shoulders (1.16 to 1.18 on the three of them whose collars show it)."
VISIBLE = 0.5
SAME_PERSON = 0.7
"Of the head's breadth: the nose the pose network sees may lie so far from hers, or it is somebody else."
FOLLOWS = 0.25
"Of a turn of the head the chest takes part in so much, when nothing better is known."
TURN_STD_RAD, FOLLOWS_STD_RAD = 0.30, 0.25
TURN_PLAIN_RAD = 0.55
"From here on the narrowed shoulders alone say how far the chest is turned, and the network to which side."
TURN_UNSEEN_RAD = np.radians(4.0)
"A turn by so little hardly brings the shoulders closer together."
LOOKS = 30
"Looks at her breadth after which it is frozen."
BACK_RISE = 0.48
"How much higher the neck's base stands at the nape than at the pit, of its depth."
SHOULDER_FALL, SHOULDER_START = 0.36, 0.9
"How far the trapezius falls for each millimetre out from the neck, and from which share of the base's radius on."
NARROWS = 1.1
"Over which height above its base the neck becomes as slim as it gets, of the base's half depth."
LEAN = 0.08
"""How far the neck leans back for each millimetre up. These slopes are chosen so that a chain that hangs on them keeps
the trade's rule (facts: fit, section 4); no body was measured for them."""
ACROMION_UP, ACROMION_BACK = 0.11, 0.225
"The acromions above and behind the pit of the neck, shares of the breadth between them (the same four people)."
EASE, EASE_QUICK, QUICK_RAD = 0.2, 0.6, np.radians(8.0)
"Share of what a look says that is taken over at once, the rest by and by; and the same for a turn beyond noise."
DEAD_RAD = np.radians(3.5)
STEP_MM = (4.0, 8.0, 4.0)
"""Shoulders, circumference and breadth of the neck are drawn as first learnt until one proves to be this much off: a
necklace does not creep."""
THROATS, THROAT_TRIES, THROAT_EVERY_S = 8, 24, 0.3
"So many looks at the skin of her neck, out of so many frames at most, so far apart: each costs a person mask."
COVERS = 3
"So many looks that saw no skin, and none that did, are a covered neck."
THROAT_STD = 0.03
"Of one person's breadth from look to look, relative."
ThroatOf = Callable[[tuple[F64, F64], F64], Throat | None]
"A look at her neck in this frame, where its axis (top, foot) and her chin are (mm, camera)."


@dataclass(frozen=True, slots=True)
class Column:
    """Half axes of the neck's sections, mm: from side to side and from front to back."""

    base_x: float
    base_z: float
    upper_x: float
    upper_z: float


@lru_cache(maxsize=64)
def column_of(shape: NeckShape, /) -> Column:
    """The ellipses that are as large round as she is, and as broad as she is seen from the front."""
    upper, base = shape.circumference_mm / (2 * np.pi), shape.base_circumference_mm / (2 * np.pi)
    half = float(np.clip(shape.breadth_mm / 2, 0.85 * upper, 1.25 * upper))
    broad = BASE_BREADTH * base
    return Column(
        broad, half_beside(shape.base_circumference_mm, broad), half, half_beside(shape.circumference_mm, half)
    )


def base_of(circumference_mm: float, /) -> float:
    """Neck base from least neck circumference, mm (ANSUR II women, SEE 9.4; facts: fit, section 4)."""
    return 75.3 + 0.897 * circumference_mm


def chest_points(shape: NeckShape, /) -> dict[str, F64]:
    """(3,) mm, neck frame, by the ground truth's names: suprasternal, acromion_left, acromion_right."""
    up, back = ACROMION_UP * shape.shoulder_mm, ACROMION_BACK * shape.shoulder_mm
    half = shape.shoulder_mm / 2
    return {
        "suprasternal": np.zeros(3),
        "acromion_left": np.array([half, up, -back]),
        "acromion_right": np.array([-half, up, -back]),
    }


class NeckSolver:
    """One wearer's chest, frame after frame. Not for several threads."""

    def __init__(self) -> None:
        self._breadths: list[float] = []
        self._turn = np.zeros(2)  # yaw, roll: rad
        self._held = np.zeros(2)
        self._known = False
        self._throats: list[Throat] = []
        self._tries = self._covers = 0
        self._tried_s = -np.inf
        self._shape: NeckShape | None = None

    @property
    def covered(self) -> bool:
        """Whether a scarf or a high collar hides all of her neck."""
        return self._covers >= COVERS and not self._throats

    @property
    def known(self) -> NeckShape:
        """Her neck by all that was seen so far: what measuring uses. What is drawn takes steps (STEP_MM)."""
        return self._known_shape()

    def solve(
        self,
        head: HeadPose | None,
        landmarks: Landmarks | None,
        camera: Camera,
        /,
        *,
        time_s: float,
        throat: ThroatOf | None = None,
    ) -> NeckPose | None:
        """The chest's pose; None without a head, or before her shoulders were first seen.

        `throat` looks at the skin of her neck in this frame; it is asked for a few times, while her neck is learnt.
        """
        if head is None:
            return None
        face_size = float(np.linalg.norm(head.shape.points["glabella"] - head.shape.points["chin"])) / 122.0
        pivot = transform(head.camera_from_head, PIVOT_IN_HEAD * face_size)
        yaw = float(np.arctan2(head.camera_from_head[0, 2], -head.camera_from_head[2, 2]))
        if landmarks is not None and self._hers(landmarks, head, camera):
            self._look(landmarks, pivot, yaw, camera)
        if not self._known:
            return None
        self._held = np.array(
            [outside(a, b, radius=DEAD_RAD) for a, b in zip(self._turn[:, None], self._held[:, None], strict=True)]
        )[:, 0]
        shape = self._neck_shape()
        rotation = _chest(*self._held)
        if throat is not None and self._throat_due(time_s):
            foot = pivot - rotation @ np.array([0.0, PIVOT_UP * shape.shoulder_mm, 0.0])
            self._learn(throat((pivot, foot), transform(head.camera_from_head, head.shape.points["chin"])), time_s)
            shape = self._neck_shape()
        up, back = PIVOT_UP * shape.shoulder_mm, PIVOT_BACK * shape.shoulder_mm
        origin = pivot - rotation @ np.array([0.0, up, -back])
        std_mm = 0.07 * up
        covariance = head.covariance.copy()
        covariance[:3, :3] += np.diag([0.1**2, TURN_STD_RAD**2, 0.06**2])
        covariance[3:, 3:] += np.eye(3) * std_mm**2
        return NeckPose(rigid(rotation, origin), covariance, shape, time_s)

    def _hers(self, landmarks: Landmarks, head: HeadPose, camera: Camera) -> bool:
        nose = transform(head.camera_from_head, head.shape.points["nose_tip"])
        px_per_mm = camera.matrix[0, 0] / nose[2]
        at = nose[:2] * px_per_mm + camera.matrix[:2, 2]
        breadth_px = 2 * float(head.shape.cranium_axes[0]) * px_per_mm
        away = float(np.linalg.norm(landmarks.points_px[NOSE] - at))
        return bool(away < SAME_PERSON * breadth_px)

    def _look(self, landmarks: Landmarks, pivot: F64, head_yaw: float, camera: Camera) -> None:
        width, height = camera.size_px
        sides = landmarks.points_px[[LEFT, RIGHT]]
        inside = ((sides >= 0) & (sides < (width, height))).all() and (
            landmarks.visibility[[LEFT, RIGHT]] > VISIBLE
        ).all()
        if not inside:
            # one shoulder out of the picture: the chest goes on as it was, or follows the head in part
            if not self._known:
                self._turn[0] = FOLLOWS * head_yaw
                self._known = bool((landmarks.visibility[[LEFT, RIGHT]] > VISIBLE).any())
            return
        across = sides[0] - sides[1]
        depth = landmarks.depth_px[LEFT] - landmarks.depth_px[RIGHT]
        told = float(np.arctan2(-depth, max(float(across[0]), 1.0)))
        weights = np.array([TURN_STD_RAD**-2, FOLLOWS_STD_RAD**-2])
        yaw = float(weights @ (told, FOLLOWS * head_yaw) / weights.sum())
        breadth = float(np.hypot(*across)) * pivot[2] / camera.matrix[0, 0]
        if len(self._breadths) < LOOKS:
            self._breadths.append(float(np.clip(breadth, 280, 460)))
        # the network's depth is a guess; how far apart the shoulders are seen is not
        narrowed = float(np.arccos(np.clip(breadth / self._neck_shape().shoulder_mm, 0.3, 1.0)))
        if narrowed > TURN_PLAIN_RAD:
            yaw = float(np.copysign(narrowed, told))
        else:
            yaw = float(np.clip(yaw, -narrowed - TURN_UNSEEN_RAD, narrowed + TURN_UNSEEN_RAD))
        roll = float(np.arctan2(across[1], max(float(across[0]), 1.0)))
        measured = np.array([yaw, roll])
        if not self._known:
            self._turn = self._held = measured
        away = measured - self._turn
        self._turn = self._turn + away * np.where(np.abs(away) > QUICK_RAD, EASE_QUICK, EASE)
        self._known = True

    def _throat_due(self, time_s: float) -> bool:
        if len(self._throats) >= THROATS or self._tries >= THROAT_TRIES:
            return False
        return time_s - self._tried_s >= THROAT_EVERY_S

    def _learn(self, seen: Throat | None, time_s: float) -> None:
        self._tries, self._tried_s = self._tries + 1, time_s
        if seen is not None and seen.breadth_mm:
            self._throats.append(seen)
        elif seen is not None:
            self._covers += 1

    def _neck_shape(self) -> NeckShape:
        """As she is drawn; as she is known now, where that is something else."""
        if self._shape is None or self._looking:
            known = self._known_shape()
            if self._shape is None or (np.abs(np.subtract(_sizes(known), _sizes(self._shape))) > STEP_MM).any():
                self._shape = known
        return self._shape

    @property
    def _looking(self) -> bool:
        return len(self._breadths) < LOOKS or (len(self._throats) < THROATS and self._tries < THROAT_TRIES)

    def _known_shape(self) -> NeckShape:
        looks = len(self._breadths)
        seen = float(np.percentile(self._breadths, 80)) if looks else SHOULDER_MM
        weight = SHOULDER_LOOK_STD_MM**-2 if looks else 0.0
        shoulder = (SHOULDER_MM * SHOULDER_STD_MM**-2 + seen * weight) / (SHOULDER_STD_MM**-2 + weight)
        circumference, std = NECK_OF_SHOULDER * shoulder, NECK_COVERED_STD
        breadth = BREADTH * circumference / np.pi
        if bare := [throat.breadth_mm for throat in self._throats if throat.bare]:
            median = float(np.median(bare))
            weights = np.array([NECK_STD**-2, BREADTH_STD**-2])
            circumference = float(weights @ (circumference, np.pi * median / BREADTH) / weights.sum())
            std = float(weights.sum() ** -0.5)
            share = BREADTH_STD**2 / (BREADTH_STD**2 + THROAT_STD**2 / len(bare))
            breadth = median * share + BREADTH * circumference / np.pi * (1 - share)
        elif self._throats:
            breadth = max(breadth, float(np.median([throat.breadth_mm for throat in self._throats])))
        return NeckShape(circumference, base_of(circumference), shoulder, 100 * std, breadth)


def _sizes(shape: NeckShape) -> tuple[float, float, float]:
    return shape.shoulder_mm, shape.circumference_mm, shape.breadth_mm


def _chest(yaw: float, roll: float) -> F64:
    """(3, 3) camera_from_neck of a chest turned about its own upright and leaning sideways."""
    upright = np.diag([1.0, -1.0, -1.0])
    return np.asarray(
        rotation_from_vector(np.array([0, 0, roll])) @ upright @ rotation_from_vector(np.array([0, -yaw, 0]))
    )
