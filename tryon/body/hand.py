"""A hand in millimetres from its 21 points: where it is, how it is turned, and each finger's axis.

The network's points lie on the skin that faces the camera; a finger's axis lies half a finger's thickness behind
them (on the ground truth's hands: 0.35 to 0.6 of its width). Without a reference in its plane a hand's size is a
guess, and says so.
"""

from __future__ import annotations

import cv2
import numpy as np

from tryon.geometry.filters import OneEuro, outside
from tryon.geometry.rigid import rigid
from tryon.types import F64, Camera, HandPose, HandSeen, Side

WRIST, INDEX, MIDDLE, LITTLE = 0, 5, 9, 17
KNUCKLES = {"thumb": (2, 3), "index": (5, 6), "middle": (9, 10), "ring": (13, 14), "little": (17, 18)}
"Points at a finger's base and at its next joint."
PALM_MM, PALM_STD = 86.0, 0.11
"""Between the network's points at wrist and middle knuckle: 79 and 93 on two synthetic people, whose own bones are 93
and 118 there (tryon bench --only hand); without a reference a guess."""
WIDTH_OF_PALM = {"thumb": 0.257, "index": 0.224, "middle": 0.234, "ring": 0.214, "little": 0.211}
"Width of a finger at its base, of that length (0.20 and 0.22 for the ring finger of these two)."
ASIDE = {"thumb": 0.0, "index": 0.0, "middle": 0.06, "ring": -0.04, "little": -0.06}
"How far the points lie towards the thumb from the finger's middle, of its width (the same hands)."
SKIN = 0.5
"Depth of the axis under the points, of the finger's width."
FLIP_COS = 0.35
"A palm that turns farther than this from one frame to the next has not turned: planar hands flip."
STILL_PX = 6.0
LOST_FRAMES = 2
LEAP, LEAP_FRAMES = 0.4, 2
"""A hand that is so far (of its palm) from where it was going was found anew, perhaps not where it is: it is not shown
until it stays for so many frames; nor is one that was lost."""
DEAD, DEAD_NOISES = 0.0012, 0.5
"Dead zone of all 21 points together, widths of the picture; and so many times what one look errs by."
WRIST_BELOW_MM, WRIST_SKIN_MM = 22.0, 20.0
"A bracelet's middle below the wrist's point, and under the skin that is seen."


class HandSolver:
    """Poses of one side's hand, frame after frame. Not for several threads."""

    def __init__(self, side: Side) -> None:
        self.side = side
        self._reset()

    def _reset(self, *, doubtful: bool = False) -> None:
        self._steady = OneEuro(min_cutoff_hz=1.0, beta=20.0, velocity_cutoff_hz=6.0, still=0.12, moving=0.5)
        self._shape = OneEuro(min_cutoff_hz=1.0, beta=6.0, velocity_cutoff_hz=4.0, still=10.0, moving=20.0)
        self._held: F64 | None = None
        self._last: HandPose | None = None
        self._points: F64 | None = None
        self._raw: list[F64] = []
        self._missed = self._flips = 0
        self._doubtful = LEAP_FRAMES if doubtful else 0

    def solve(self, seen: HandSeen | None, camera: Camera, /, *, time_s: float) -> HandPose | None:
        """The hand's pose, or None when it is not there or can't be believed."""
        if seen is None:
            self._missed += 1
            if self._missed > LOST_FRAMES:
                self._reset(doubtful=self._last is not None or self._doubtful > 0)
            return self._last if self._missed <= LOST_FRAMES else None
        self._missed = 0
        if self._leapt(seen.landmarks.points_px):
            return None
        width = camera.size_px[0]
        smooth = self._steady(seen.landmarks.points_px.ravel() / width, time_s=time_s)
        if self._held is None:
            self._held = smooth
        self._held = outside(smooth, self._held, radius=DEAD + DEAD_NOISES * self._steady.noise)
        points = self._held.reshape(21, 2) * width
        model = seen.model - seen.model[WRIST]
        model = model * (PALM_MM / max(float(np.linalg.norm(model[MIDDLE])), 1e-9))
        model = self._shape(model.ravel(), time_s=time_s).reshape(21, 3)
        found, turn, move = cv2.solvePnP(model, points, camera.matrix, camera.distortion, flags=cv2.SOLVEPNP_SQPNP)
        if not found or not np.isfinite(move).all() or move[2, 0] <= 50:
            return None
        rotation = cv2.Rodrigues(turn)[0]
        joints = model @ rotation.T + move[:, 0]
        axes = hand_axes(joints, self.side)
        if self._flipped(axes, points):
            return self._last
        self._points = points
        away = joints[WRIST]
        covariance = np.diag([0.25**2, 0.3**2, 0.2**2, 4.0, 4.0, 16.0]).astype(np.float64)
        covariance[3:, 3:] += np.outer(away, away) * (PALM_STD**2 + camera.focal_std**2)
        self._last = HandPose(self.side, rigid(axes, away), covariance, joints, 100 * PALM_STD, time_s)
        return self._last

    def _leapt(self, points: F64) -> bool:
        """Whether the hand is not where it was going: it may be taken for something else, and is not shown yet."""
        self._raw = [*self._raw[-2:], points]
        if len(self._raw) > 2:
            expected = 2 * self._raw[1] - self._raw[0]
            palm = float(np.linalg.norm(points[MIDDLE] - points[WRIST]))
            away = np.linalg.norm(points - expected, axis=1)
            if max(float(np.median(away)), float(away[WRIST])) > LEAP * palm:
                self._reset(doubtful=True)
                self._raw = [points]
                return True
        self._doubtful = max(self._doubtful - 1, 0)
        return self._doubtful > 0

    def _flipped(self, axes: F64, points: F64) -> bool:
        """Whether the palm jumped though the points hardly moved; believed after all when it stays so."""
        if self._last is None or self._points is None:
            return False
        turned = float(axes[:, 2] @ self._last.camera_from_hand[:3, 2]) < FLIP_COS
        moved = float(np.median(np.linalg.norm(points - self._points, axis=1)))
        if turned and moved < STILL_PX and self._flips < 10:
            self._flips += 1
            return True
        self._flips = 0
        return False


def hand_axes(joints: F64, side: Side, /) -> F64:
    """(3, 3) camera_from_hand: y to the middle knuckle, z out of the palm, of joints (21, 3) in the camera."""
    y = joints[MIDDLE] - joints[WRIST]
    y = y / np.linalg.norm(y)
    across = joints[INDEX] - joints[LITTLE]
    z = np.cross(y, across) if side == "left" else np.cross(across, y)
    z = z / np.linalg.norm(z)
    return np.stack([np.cross(y, z), y, z], axis=1)


def finger_width_mm(finger: str, /) -> float:
    """Width of a finger's base on a hand of the usual palm, mm."""
    return WIDTH_OF_PALM[finger] * PALM_MM


def camera_from_finger(hand: HandPose, finger: str, along: float, /) -> F64:
    """(4, 4) mm: on a finger's axis, `along` of the way from the point at its base to that at its next joint.

    y to the fingertip, z out of the back of the finger, as rings are modelled.
    """
    base, joint = (hand.joints[index] for index in KNUCKLES[finger])
    palm = hand.camera_from_hand[:3, 2]
    y = (joint - base) / np.linalg.norm(joint - base)
    z = -(palm - y * (palm @ y))
    z /= np.linalg.norm(z)
    width = finger_width_mm(finger)
    at = base + along * (joint - base)
    view = at / np.linalg.norm(at)
    # the skin that faces the camera; seen edge on, neither side does
    facing = float(np.clip((palm @ view) / 0.3, -1.0, 1.0))
    at = at + palm * (facing * SKIN * width)
    thumbward = hand.joints[INDEX] - hand.joints[LITTLE]
    thumbward -= y * (thumbward @ y)
    at = at - thumbward / np.linalg.norm(thumbward) * (ASIDE[finger] * width)
    return rigid(np.stack([np.cross(y, z), y, z], axis=1), at)


def camera_from_wrist(hand: HandPose, /) -> F64:
    """(4, 4) mm: in the forearm's middle just above the wrist; y to the hand, z out of the back of the hand."""
    axes = hand.camera_from_hand[:3, :3]
    y, z = axes[:, 1], -axes[:, 2]
    at = hand.joints[WRIST] - y * WRIST_BELOW_MM
    view = at / np.linalg.norm(at)
    facing = float(np.clip((-z @ view) / 0.3, -1.0, 1.0))
    return rigid(np.stack([np.cross(y, z), y, z], axis=1), at - z * (facing * WRIST_SKIN_MM))
