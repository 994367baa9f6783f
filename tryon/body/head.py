"""Landmarks to a metric, steady head pose.

A frame's way through here:

    Landmarks -> pose of the model (weighted, robust Gauss-Newton from the last pose)
              -> what is learnt of this wearer: face, size, skull (body.wearer)
              -> One-Euro filter on the pose without its lag, dead zone when still (body.steady)
              -> HeadPose

The model's points slide over the face as it turns, and err together (the network puts them where it believes them to
be); the model knows how (body.model), and how far they do in this frame is solved for with the pose. The face gives
no sign of the skull behind it: her outline does (body.outline).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from tryon.body.model import HeadModel, point_normals, slide_terms, view_angles
from tryon.body.outline import Outline, read_outline
from tryon.body.steady import Steady
from tryon.body.wearer import FRONTAL_RAD, HAIR_MM, POINT_STD_PX, Face, Size, Skull, head_shape
from tryon.geometry.rigid import angle_rad, rigid, rotation_from_vector
from tryon.types import F32, F64, U8, Camera, HeadPose, HeadShape, Landmarks, Scale

WANDER_WEIGHT = 12.0
"How hard the points' wandering together is held to its spread; of 1 to 200, best on people left out of the model."
SHARED = 12.0
"Face points err together beyond that: 468 tell as much as 468 / SHARED that err alone (tests/body sample it)."
LOST_MM = 6.0
"Median distance of the points from the model above which they are no face: a laugh on a strange face has 3 to 4."
UNLIKE_HER, UNLIKE_HER_MM = 1.9, 2.2
"""Turned away, or just found again, hair can look like a face: points farther off than so many times her own usual
distance, and than so many millimetres, are not hers."""
STRANGER_FRAMES = 15
"After so many frames of a face unlike hers, it is somebody else's."
TURNED_RAD = 0.75
ASIDE_RAD, AWAY_S = 0.5, 4.0
"Who was last seen turned so far comes back by the way she went: for so long nobody unlike her takes her place."
LEAP, SWING_RAD, LIKE_HER = 0.15, 1.0, 1.2
"""What is then nearer or farther off by that share, turned otherwise by that much, or found looking ahead at once, is
she only with points as near to the model as so many times her own: a cheek, an ear and hair can look like a face."""

BRIDGE_FRAMES, BRIDGE_S = 3, 0.12
"So many frames without a face, and no longer than this, are bridged by where she was going."

ROTATION_SYSTEMATIC_RAD = np.radians([1.6, 1.0, 0.5])
"Standard error of the model's axes on a person it was not made from (pitch, yaw, roll; tryon bench)."
MaskOf = Callable[[], F32]
"The person mask of a frame, (h, w) 0 to 1, made when it is asked for."


class HeadSolver:
    """Poses of one wearer's head, frame after frame. Not for several threads."""

    def __init__(self, model: HeadModel, camera: Camera) -> None:
        self.model = model
        self.camera = camera
        self._points = model.face_points
        self._normals = model.normals
        # (terms, 936) and (936, ways): flat, as the solve below wants them
        self._slide = model.slide.reshape(len(model.slide), -1)
        self._wander = np.concatenate([model.wander[..., 0].T, model.wander[..., 1].T])
        self._pose: F64 | None = None
        self._raw: HeadPose | None = None
        self._missed = self._strange = 0
        self._left: tuple[float, F64] | None = None
        "When she was lost while she was turned aside, and her pose then."
        self._usual_mm: float | None = None
        self._size = Size()
        self._face = Face(model)
        self._skull = Skull(model)
        self._smooth = Steady()
        self._shape: HeadShape | None = None
        self._shape_for: tuple[int, float, Outline | None] | None = None

    @property
    def scale(self) -> Scale:
        """Millimetres per millimetre of the model, with its doubt."""
        return Scale(
            mm_per_unit=self._size.measured,
            # what is drawn follows what is measured only while she moves
            std=self._size.measured * float(np.hypot(self._size.std, self._size.value / self._size.measured - 1)),
            source=self._size.source,
            plane="eyes",
            frozen=self._size.frozen,
        )

    @property
    def size(self) -> float:
        """Against the model's: what poses and shape are given in."""
        return self._size.value

    def take(self, scale: Scale | None, /) -> None:
        """A scale that she was measured by, better than her irises; None: there is none. Sizes follow as she moves."""
        self._size.take(scale)

    @property
    def iris(self) -> Scale | None:
        """Millimetres per millimetre of the model by the irises alone; None before they were seen."""
        return self._size.by_iris

    @property
    def raw(self) -> HeadPose | None:
        """The last frame's pose before smoothing: what measuring uses."""
        return self._raw

    def with_camera(self, camera: Camera, /) -> HeadSolver:
        """The same wearer in a picture of another size: what was learnt of her stays."""
        other = HeadSolver(self.model, camera)
        other._size, other._face, other._skull = self._size, self._face, self._skull
        other._usual_mm = self._usual_mm
        other._points, other._normals = self._points, self._normals
        return other

    def solve(
        self, landmarks: Landmarks | None, /, *, time_s: float, mask: MaskOf | None = None, luma: U8 | None = None
    ) -> HeadPose | None:
        """The pose to draw with, or None when nobody is there.

        `mask` gives the person mask of this frame; it is asked for a few times, while the head's outline is learnt.
        `luma` is the brightness of this frame: it shows the edges of the irises, by which her size is learnt.
        """
        found = None if landmarks is None else self._fit(landmarks)
        if found is None or landmarks is None:
            return self._bridge(time_s)
        camera_from_model, covariance, residual_px = found
        self._missed = 0
        if self._pose is not None:
            turned_rad = angle_rad(camera_from_model[:3, :3] @ self._pose[:3, :3].T)
            self._size.follow(turned_rad)
            self._skull.follow(turned_rad)
        self._pose = camera_from_model
        self._size.learn(landmarks, camera_from_model, self.model, self.camera, luma)
        if self._face.learn(landmarks.points_px[:468], camera_from_model, self._points, self._normals, self.camera):
            self._points = self._face.points
            self._normals = point_normals(self._points, self.model.triangles)
        size = self._size.value
        camera_from_head = rigid(camera_from_model[:3, :3], camera_from_model[:3, 3] * size)
        covariance = covariance.copy()
        covariance[3:, 3:] *= size * size
        covariance[:3, 3:] *= size
        covariance[3:, :3] *= size
        # the size and the focal length are common to all frames: they move her along the line of sight
        away = camera_from_head[:3, 3]
        covariance[3:, 3:] += np.outer(away, away) * (self._size.std**2 + self.camera.focal_std**2)
        covariance[:3, :3] += np.diag(ROTATION_SYSTEMATIC_RAD**2)
        if mask is not None and self._skull.due(time_s):
            skull = self.model.cranium.grown(HAIR_MM)
            self._skull.learn(read_outline(mask(), camera_from_model, self.camera, skull), time_s=time_s)
        self._raw = HeadPose(camera_from_head, covariance, residual_px, self._head_shape(), time_s)
        return replace(self._raw, camera_from_head=self._smooth(camera_from_head, time_s=time_s))

    def _bridge(self, time_s: float) -> HeadPose | None:
        self._missed += 1
        late = self._raw is not None and time_s - self._raw.time_s > BRIDGE_S
        if self._raw is None or late or self._missed > BRIDGE_FRAMES:
            if self._pose is not None:
                self._left = (time_s, self._pose) if _aside(self._pose) else None
            self._pose = self._raw = None
            self._smooth.reset()
            return None
        return replace(self._raw, camera_from_head=self._smooth.coast(time_s=time_s), time_s=time_s)

    # one frame's pose

    def _fit(self, landmarks: Landmarks) -> tuple[F64, F64, float] | None:
        """(camera_from_model, covariance, residual px) or None when the points are no face."""
        seen = np.ascontiguousarray(landmarks.points_px[:468])
        if self.camera.distortion.any():
            undistorted = cv2.undistortPoints(
                seen[:, None], self.camera.matrix, self.camera.distortion, P=self.camera.matrix
            )
            seen = undistorted[:, 0]
        start, rounds = (self._pose, 2) if self._pose is not None else (self._start(seen), 8)
        if start is None:
            return None
        followed = self._pose is not None
        pose, covariance, residual = self._refine(start, seen, rounds)
        if followed and not self._believable(pose, residual, landmarks.time_s, followed=True):
            # a jump too far for the last pose to lead to
            start, followed = self._start(seen), False
            if start is None:
                return None
            pose, covariance, residual = self._refine(start, seen, 8)
        if not self._believable(pose, residual, landmarks.time_s, followed=followed):
            self._strange += 1
            return None
        self._strange = 0
        away_mm = residual * pose[2, 3] / self.camera.matrix[0, 0]
        if abs(view_angles(pose)[0]) < FRONTAL_RAD * 2:
            self._usual_mm = away_mm if self._usual_mm is None else 0.9 * self._usual_mm + 0.1 * away_mm
        return pose, covariance, residual

    def _believable(self, pose: F64, residual_px: float, time_s: float, *, followed: bool) -> bool:
        if pose[2, 3] <= 0:
            return False
        before = self._pose
        if before is None and self._left is not None and time_s - self._left[0] < AWAY_S:
            before = self._left[1]
        aside = before is not None and _aside(before)
        limit_mm = LOST_MM
        doubtful = not followed or aside or abs(view_angles(pose)[0]) > TURNED_RAD
        if doubtful and self._usual_mm is not None and (aside or self._strange < STRANGER_FRAMES):
            limit_mm = min(max(UNLIKE_HER * self._usual_mm, UNLIKE_HER_MM), LOST_MM)
            found_ahead = aside and not followed and not _aside(pose)
            if before is not None and (found_ahead or _apart(pose, before)):
                limit_mm = min(limit_mm, LIKE_HER * self._usual_mm)
        return bool(residual_px * pose[2, 3] / self.camera.matrix[0, 0] < limit_mm)

    def _start(self, seen: F64) -> F64 | None:
        found, rotation, translation = cv2.solvePnP(
            self._points, seen, self.camera.matrix, np.zeros(5), flags=cv2.SOLVEPNP_SQPNP
        )
        if not found or translation[2, 0] <= 0:
            return None
        turn, move = np.asarray(rotation, np.float64), np.asarray(translation, np.float64)
        return rigid(rotation_from_vector(turn[:, 0]), move[:, 0])

    def _refine(self, pose: F64, seen: F64, rounds: int) -> tuple[F64, F64, float]:
        focal, cx, cy = self.camera.matrix[0, 0], self.camera.matrix[0, 2], self.camera.matrix[1, 2]
        rotation, translation = pose[:3, :3], pose[:3, 3]
        count = len(self._points)
        # rows: every point's x, then every point's y; columns: turn, move, ways of wandering
        jacobian = np.zeros((2 * count, 6 + self._wander.shape[1]))
        across, down = jacobian[:count], jacobian[count:]
        normal, residual, slid = np.eye(6), 0.0, np.zeros((count, 2))
        for turn in range(rounds):
            if turn == 0 or rounds > 2:  # from the last pose, the view's angles are near enough
                terms = slide_terms(view_angles(rigid(rotation, translation)))
                slid = (terms @ self._slide).reshape(count, 2)
            turned = self._points @ rotation.T
            at = turned + translation
            per_mm = focal / at[:, 2]
            u, v = at[:, 0] / at[:, 2], at[:, 1] / at[:, 2]
            error_x = focal * u + cx + slid[:, 0] * per_mm - seen[:, 0]
            error_y = focal * v + cy + slid[:, 1] * per_mm - seen[:, 1]
            p, q, r = turned.T
            across[:, 0], across[:, 1], across[:, 2] = -per_mm * u * q, per_mm * (r + u * p), -per_mm * q
            across[:, 3], across[:, 5] = per_mm, -per_mm * u
            down[:, 0], down[:, 1], down[:, 2] = -per_mm * (r + v * q), per_mm * v * p, per_mm * p
            down[:, 4], down[:, 5] = per_mm, -per_mm * v
            np.multiply(self._wander, np.concatenate([per_mm, per_mm])[:, None], out=jacobian[:, 6:])
            # points seen from the side slide most; points far off the rest are no skin (a hand, hair)
            towards = -np.einsum("ni,ni->n", self._normals @ rotation.T, at)
            facing = np.clip(towards / np.sqrt(np.einsum("ni,ni->n", at, at)), 0.05, 1.0)
            distance2 = error_x * error_x + error_y * error_y
            residual = float(np.sqrt(np.median(distance2)))
            weight = np.sqrt(facing) / (1 + distance2 / (5 * residual + 1e-6) ** 2)
            weighted = jacobian * np.concatenate([weight, weight])[:, None]
            normal = weighted.T @ jacobian
            # how far the points wander together is itself a guess: held to what was seen of people
            np.fill_diagonal(normal[6:, 6:], normal.diagonal()[6:] + WANDER_WEIGHT * residual**2 + 1e-9)
            step = -np.linalg.solve(normal, weighted.T @ np.concatenate([error_x, error_y]))
            rotation = rotation_from_vector(step[:3]) @ rotation
            translation = translation + step[3:6]
        std_px = max(residual, POINT_STD_PX * self.camera.size_px[0] / 1280)
        covariance = np.linalg.inv(normal)[:6, :6] * (std_px**2 * SHARED)
        return rigid(rotation, translation), covariance, residual

    def _head_shape(self) -> HeadShape:
        # made anew only when it has changed: whoever rests on it compares by identity
        key = (self._face.version, round(self._size.value, 4), self._skull.value)
        if self._shape is None or key != self._shape_for:
            self._shape = head_shape(self.model, self._points, key[1], self._size.std, outline=self._skull.value)
            self._shape_for = key
        return self._shape


def _aside(pose: F64) -> bool:
    return abs(view_angles(pose)[0]) > ASIDE_RAD


def _apart(one: F64, other: F64) -> bool:
    return abs(np.log(one[2, 3] / other[2, 3])) > LEAP or angle_rad(one[:3, :3] @ other[:3, :3].T) > SWING_RAD
