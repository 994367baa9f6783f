"""Neck and chest from the head that sits on them and the shoulders beside it.

The head turns and nods about a point at the top of the neck (between skull and first vertebrae), which is fixed in
the chest; so the head's pose carries the chest along, and a turn of the head alone leaves it where it is. The
shoulders tell how broad she is, and how the chest is turned. No landmark shows the pit of the neck: it lies below
that point by a share of her breadth.
"""

from __future__ import annotations

import numpy as np

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
NECK_OF_SHOULDER, NECK_STD = 0.912, 0.055
"Least neck circumference, of the breadth between acromions (the same four), and its relative doubt."
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
BACK_RISE = 0.36
"How much higher the neck's base stands at the nape than at the pit, of its depth."
SHOULDER_FALL, SHOULDER_START = 0.36, 0.8
"How far the trapezius falls for each millimetre out from the neck, and from which share of the base's radius on."
LEAN = 0.08
"""How far the neck leans back for each millimetre up. These slopes are chosen so that a chain that hangs on them keeps
the trade's rule (facts: fit, section 4); no body was measured for them."""
ACROMION_UP, ACROMION_BACK = 0.11, 0.225
"The acromions above and behind the pit of the neck, shares of the breadth between them (the same four people)."
EASE, EASE_QUICK, QUICK_RAD = 0.2, 0.6, np.radians(8.0)
"Share of what a look says that is taken over at once, the rest by and by; and the same for a turn beyond noise."
DEAD_RAD = np.radians(3.5)
BREADTH_STEP_MM = 8.0
"Her breadth is drawn as first learnt until it proves to be this much off: a necklace does not creep."


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
        self._shape: NeckShape | None = None
        self._drawn_mm: float | None = None

    def solve(
        self, head: HeadPose | None, landmarks: Landmarks | None, camera: Camera, /, *, time_s: float
    ) -> NeckPose | None:
        """The chest's pose; None without a head, or before her shoulders were first seen."""
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
            self._shape = None
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

    def _neck_shape(self) -> NeckShape:
        if self._shape is None:
            looks = len(self._breadths)
            seen = float(np.percentile(self._breadths, 80)) if looks else SHOULDER_MM
            weight = SHOULDER_LOOK_STD_MM**-2 if looks else 0.0
            breadth = (SHOULDER_MM * SHOULDER_STD_MM**-2 + seen * weight) / (SHOULDER_STD_MM**-2 + weight)
            if self._drawn_mm is None or abs(breadth - self._drawn_mm) > BREADTH_STEP_MM:
                self._drawn_mm = breadth
            breadth = self._drawn_mm
            circumference = NECK_OF_SHOULDER * breadth
            self._shape = NeckShape(circumference, base_of(circumference), breadth, 100 * NECK_STD)
        return self._shape


def _chest(yaw: float, roll: float) -> F64:
    """(3, 3) camera_from_neck of a chest turned about its own upright and leaning sideways."""
    upright = np.diag([1.0, -1.0, -1.0])
    return np.asarray(
        rotation_from_vector(np.array([0, 0, roll])) @ upright @ rotation_from_vector(np.array([0, -yaw, 0]))
    )
