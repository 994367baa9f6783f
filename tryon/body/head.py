"""Landmarks to a metric, steady head pose.

A frame's way through here:

    Landmarks -> pose of the model (weighted, robust Gauss-Newton from the last pose)
              -> shape of this wearer's face, learnt over the first views, then frozen
              -> size of it in millimetres, by the iris, learnt, then frozen
              -> One-Euro filter on the pose without its lag, dead zone when still
              -> HeadPose

The model's points slide over the face as it turns (the network puts them where it believes them to be); the model
knows how (body.model). The face gives no sign of the skull behind it: that is the model's mean, sized with the face.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import cv2
import numpy as np

from tryon.body.model import HeadModel, point_normals, slide_terms, view_angles
from tryon.body.outline import Outline, read_outline
from tryon.geometry.filters import OneEuro, outside
from tryon.geometry.rigid import angle_rad, rigid, rotation_from_vector, vector_from_rotation
from tryon.types import F32, F64, Camera, HeadPose, HeadShape, Landmarks, Scale

IRIS_MM = 11.7
IRIS_STD = 0.036
"Horizontal iris diameter and its spread between people (facts: fit, section 1.1)."
IRIS_SEEN = 1.02
"MediaPipe draws the iris 1 to 3 percent too wide (facts: track)."
SIZE_STD = 0.04
"Spread of face size between adults, relative, about the model's (facts: fit, section 2.1: face breadth 4.2 %)."
SIZE_SAMPLES = 45
"Frontal frames after which the size is frozen: a worn head does not grow."
SIZE_HIDING_RAD = 0.02
SIZE_STEP = 0.002
"A head that turns this much between frames hides that it is drawn this much larger or smaller."
FRONTAL_RAD = 0.2
IRIS_PX_MIN = 8.0

POINT_STD_PX = 1.5
"Scatter of one face point about the model, in a picture 1280 wide."
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

SHAPE_STD_MM = 1.0
"""How far this wearer's face points may lie from the mean model's, after size. Held tighter than people differ
(about 2 mm): what is learnt of one side of a face must not turn the whole."""
SHAPE_VIEWS = 60
"Views the shape is learnt from; taken when the head has turned since the last one."
SHAPE_TURN_RAD = 0.03

BRIDGE_FRAMES = 3
"So many frames without a face are bridged by where she was going."

ROTATION_SYSTEMATIC_RAD = np.radians([1.6, 1.0, 0.5])
"Standard error of the model's axes on a person it was not made from (pitch, yaw, roll; tryon bench)."
DEAD = (np.radians(0.12), 0.0003, 0.0006)
"Dead zones: turn (rad), place across the view (tangent: 0.2 mm at 0.65 m), distance (relative: 0.4 mm at 0.65 m)."
DEAD_NOISES = 0.5
"And so many times what one look errs by: a noisy camera has wider ones."
MaskOf = Callable[[], F32]


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
        self._usual_mm: float | None = None
        self._size = _Size()
        self._face = _Face(model)
        self._skull = _Skull(model)
        self._smooth = _Smooth()
        self._shape: HeadShape | None = None
        self._shape_for: tuple[int, float, Outline | None] | None = None

    @property
    def scale(self) -> Scale:
        """Millimetres per millimetre of the model, with its doubt."""
        return Scale(
            mm_per_unit=self._size.measured,
            std=self._size.measured * self._size.std,
            source="iris" if self._size.samples else "prior",
            plane="eyes",
            frozen=self._size.frozen,
        )

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

    def solve(self, landmarks: Landmarks | None, /, *, time_s: float, mask: MaskOf | None = None) -> HeadPose | None:
        """The pose to draw with, or None when nobody is there.

        `mask` gives the person mask of this frame; it is asked for a few times, while the head's outline is learnt.
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
        self._size.learn(landmarks, camera_from_model, self.model, self.camera)
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
        if self._raw is None or self._missed > BRIDGE_FRAMES:
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
        if followed and not self._believable(pose, residual, followed):
            # a jump too far for the last pose to lead to
            start, followed = self._start(seen), False
            if start is None:
                return None
            pose, covariance, residual = self._refine(start, seen, 8)
        if not self._believable(pose, residual, followed):
            self._strange += 1
            return None
        self._strange = 0
        away_mm = residual * pose[2, 3] / self.camera.matrix[0, 0]
        if abs(view_angles(pose)[0]) < FRONTAL_RAD * 2:
            self._usual_mm = away_mm if self._usual_mm is None else 0.9 * self._usual_mm + 0.1 * away_mm
        return pose, covariance, residual

    def _believable(self, pose: F64, residual_px: float, followed: bool) -> bool:
        if pose[2, 3] <= 0:
            return False
        limit_mm = LOST_MM
        doubtful = not followed or abs(view_angles(pose)[0]) > TURNED_RAD
        if doubtful and self._usual_mm is not None and self._strange < STRANGER_FRAMES:
            limit_mm = min(max(UNLIKE_HER * self._usual_mm, UNLIKE_HER_MM), LOST_MM)
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


def head_shape(
    model: HeadModel, face_points: F64, size: float, size_std: float, /, *, outline: Outline | None = None
) -> HeadShape:
    """A wearer's head: her face points, the named points moved with those near them, and the skull, all sized.

    With an outline the skull over the hair is hers; the scalp under it is taken HAIR_MM lower. How much of what was
    seen is hair and how much is head cannot be told: the vertex goes half of the way.
    """
    learnt = face_points - model.face_points
    points = {name: point + _mean(learnt[model.near[name]]) for name, point in model.points.items()}
    axes = model.cranium.axes.copy()
    if outline is not None:
        axes[0] = outline.half_breadth_mm - HAIR_MM
        axes[1] = outline.top_mm - model.cranium.centre[1] - HAIR_MM
        axes[:2] -= HAIR_GIVES * np.maximum(axes[:2] - model.cranium.axes[:2], 0)
        points["vertex"] = points["vertex"] + (0.0, 0.5 * (outline.top_mm - HAIR_MM - points["vertex"][1]), 0.0)
    return HeadShape(
        face_points=face_points * size,
        points={name: point * size for name, point in points.items()},
        cranium_centre=model.cranium.centre * size,
        cranium_axes=axes * size,
        cranium_pitch_rad=model.cranium.pitch_rad,
        hair_mm=HAIR_MM * size,
        std_percent=100 * float(np.hypot(size_std, 0.02)),
    )


HAIR_MM = 8.0
"Thickness of hair over the scalp, with about as much doubt (facts: fit, section 2.2: hair under the tape)."
HAIR_GIVES = 0.5
"Of what hair stands out beyond the usual, a band or a crown presses so much flat."
OUTLINE_LOOKS = 8
OUTLINE_EVERY_S = 0.25
OUTLINE_TRIES = 40
"Looks that are taken, how far apart, and how often it is tried in all: a mask costs as much as three face meshes."
SKULL_RANGE = ((-0.16, 0.32), (-0.12, 0.25))
"How far top and half breadth over hair may lie from the model's, relative: beyond that it is a hat, not a head."
SKULL_STEP_MM = 0.4


class _Skull:
    """The head over the hair as its outline shows it; drawn as first seen, corrected only while she moves."""

    def __init__(self, model: HeadModel) -> None:
        over_hair = model.cranium.grown(HAIR_MM)
        self._usual = Outline(float(over_hair.centre[1] + over_hair.axes[1]), float(over_hair.axes[0]))
        self.value: Outline | None = None
        "What pieces rest on; None until the outline was seen."
        self._looks: list[Outline] = []
        self._tries = 0
        self._last_s = -np.inf

    def due(self, time_s: float) -> bool:
        """Whether another look is worth its cost now."""
        if len(self._looks) >= OUTLINE_LOOKS or self._tries >= OUTLINE_TRIES:
            return False
        return time_s - self._last_s >= OUTLINE_EVERY_S

    def learn(self, seen: Outline | None, /, *, time_s: float) -> None:
        """One more look; None where her head was not all in view."""
        self._tries += 1
        self._last_s = time_s
        if seen is None:
            return
        top, half = self._usual.top_mm, self._usual.half_breadth_mm
        self._looks.append(
            Outline(
                float(np.clip(seen.top_mm, top * (1 + SKULL_RANGE[0][0]), top * (1 + SKULL_RANGE[0][1]))),
                float(np.clip(seen.half_breadth_mm, half * (1 + SKULL_RANGE[1][0]), half * (1 + SKULL_RANGE[1][1]))),
            )
        )
        if self.value is None:
            self.value = self._looks[0]

    def follow(self, turned_rad: float) -> None:
        """Take `value` nearer to the median of all looks, as far as a turn of the head hides it."""
        if self.value is None or turned_rad <= SIZE_HIDING_RAD:
            return
        top = float(np.median([look.top_mm for look in self._looks])) - self.value.top_mm
        half = float(np.median([look.half_breadth_mm for look in self._looks])) - self.value.half_breadth_mm
        if max(abs(top), abs(half)) < SKULL_STEP_MM / 2:
            return
        self.value = Outline(
            self.value.top_mm + float(np.clip(top, -SKULL_STEP_MM, SKULL_STEP_MM)),
            self.value.half_breadth_mm + float(np.clip(half, -SKULL_STEP_MM, SKULL_STEP_MM)),
        )


def _mean(moves: F64) -> F64:
    return np.asarray(moves.mean(axis=0)) if len(moves) else np.zeros(3)


class _Size:
    """Size of the face against the model's, by the iris and the spread of faces; frozen once measured."""

    def __init__(self) -> None:
        self.value = 1.0
        "What the piece is drawn against: follows `measured` only while she moves, so that it never creeps."
        self.measured = 1.0
        self.samples = 0
        self._irises: list[float] = []

    @property
    def frozen(self) -> bool:
        return self.samples >= SIZE_SAMPLES

    @property
    def std(self) -> float:
        """Relative standard uncertainty."""
        return SIZE_STD if not self.samples else (SIZE_STD**-2 + self._iris_std() ** -2) ** -0.5

    def _iris_std(self) -> float:
        # the iris itself, then the drawing of it, which more frames make better
        return float(np.sqrt(IRIS_STD**2 + 0.02**2 + 0.05**2 / self.samples))

    def follow(self, turned_rad: float) -> None:
        """Take `value` nearer to `measured`, as far as a turn of the head hides it."""
        if self.value != self.measured and turned_rad > SIZE_HIDING_RAD:
            step = min(max(self.measured / self.value - 1, -SIZE_STEP), SIZE_STEP)
            self.value *= 1 + step

    def learn(self, landmarks: Landmarks, camera_from_model: F64, model: HeadModel, camera: Camera) -> None:
        """One more frontal look at the irises."""
        if self.frozen or len(landmarks.points_px) < 478:
            return
        yaw, pitch = view_angles(camera_from_model)
        if abs(yaw) > FRONTAL_RAD or abs(pitch) > 2 * FRONTAL_RAD:
            return
        points = landmarks.points_px
        across = [float(np.hypot(*(points[a] - points[b]))) for a, b in ((469, 471), (474, 476))]
        if min(across) < IRIS_PX_MIN:
            return
        eyes = (model.points["pupil_left"] + model.points["pupil_right"]) / 2
        depth = float(camera_from_model[2, :3] @ eyes + camera_from_model[2, 3])
        iris_in_model = float(np.mean(across)) / IRIS_SEEN / np.cos(yaw) * depth / camera.matrix[0, 0]
        self._irises.append(IRIS_MM / iris_in_model)
        self.samples += 1
        by_iris = float(np.median(self._irises))
        share = self._iris_std() ** -2 / (self._iris_std() ** -2 + SIZE_STD**-2)
        self.measured = float(np.exp(share * np.log(by_iris)))
        if self.samples == 1:
            self.value = self.measured  # nothing is drawn yet


class _Face:
    """This wearer's face points, learnt from views at different angles, held near the mean model's."""

    def __init__(self, model: HeadModel) -> None:
        self._mean = model.face_points
        self._slide = model.slide
        self.points = model.face_points
        self.version = 0
        self._normal = np.zeros((len(self._mean), 3, 3))
        self._right = np.zeros((len(self._mean), 3))
        self._views = 0
        self._last: tuple[float, float] | None = None

    def learn(self, seen: F64, pose: F64, points: F64, normals: F64, camera: Camera) -> bool:
        """Take in a view if it is a new one; True when `points` have changed."""
        angles = view_angles(pose)
        if self._views >= SHAPE_VIEWS or abs(angles[0]) > 0.8:
            return False
        if self._last is not None and np.hypot(*np.subtract(angles, self._last)) < SHAPE_TURN_RAD:
            return False
        self._last = angles
        self._views += 1
        rotation, focal = pose[:3, :3], camera.matrix[0, 0]
        in_camera = points @ rotation.T + pose[:3, 3]
        z = in_camera[:, 2]
        per_mm = focal / z
        slid = np.tensordot(slide_terms(angles), self._slide, axes=1) * per_mm[:, None]
        expected = in_camera[:, :2] * per_mm[:, None] + camera.matrix[:2, 2] + slid
        error = seen - expected
        jacobian = np.zeros((len(points), 2, 3))
        jacobian[:, 0, 0] = jacobian[:, 1, 1] = per_mm
        jacobian[:, :, 2] = -in_camera[:, :2] / z[:, None] * per_mm[:, None]
        jacobian = jacobian @ rotation
        facing = np.clip(-(normals @ rotation.T * in_camera).sum(axis=1) / np.linalg.norm(in_camera, axis=1), 0.02, 1)
        std_px = POINT_STD_PX * camera.size_px[0] / 1280
        distance = np.linalg.norm(error, axis=1)
        # views a few degrees apart err alike: ten tell as much as one
        weight = facing / (1 + (distance / (3 * std_px)) ** 2) / std_px**2 / 10
        weighted = jacobian * weight[:, None, None]
        self._normal += np.einsum("nik,nil->nkl", weighted, jacobian)
        self._right += np.einsum("nik,ni->nk", weighted, error + np.einsum("nik,nk->ni", jacobian, points))
        if self._views % 6:
            return False
        prior = np.eye(3) / SHAPE_STD_MM**2
        learnt = np.linalg.solve(self._normal + prior, (self._right + self._mean @ prior)[..., None])[..., 0]
        self.points = _aligned(learnt, self._mean)
        self.version += 1
        return True


def _aligned(points: F64, to: F64) -> F64:
    """`points` moved, turned and sized onto `to`: shape alone may differ, the pose is not learnt here."""
    middle, to_middle = points.mean(axis=0), to.mean(axis=0)
    a, b = points - middle, to - to_middle
    u, _, vt = np.linalg.svd(b.T @ a)
    rotation = u @ np.diag([1, 1, np.sign(np.linalg.det(u @ vt))]) @ vt
    size = np.sqrt((b**2).sum() / (a**2).sum())
    return np.asarray(a @ rotation.T * size + to_middle)


class _Smooth:
    """The drawn pose: turn, place across the view and distance filtered as they are, never point by point.

    Distance is by far the least sure of the three, so it has a filter and a dead zone of its own.
    """

    def __init__(self) -> None:
        # rotations are filtered as the rotation vector from the first one: a head turns by less than half a turn
        self._turn = OneEuro(min_cutoff_hz=1.2, beta=25.0, velocity_cutoff_hz=6.0, still=0.08, moving=0.3)
        self._across = OneEuro(min_cutoff_hz=1.2, beta=40.0, velocity_cutoff_hz=6.0, still=0.04, moving=0.14)
        self._away = OneEuro(min_cutoff_hz=0.8, beta=30.0, velocity_cutoff_hz=4.0, still=0.05, moving=0.16)
        self.reset()

    def reset(self) -> None:
        """Forget her: the next pose is shown as it is."""
        for one in (self._turn, self._across, self._away):
            one.reset()
        self._reference: F64 | None = None
        self._held: F64 | None = None
        self._last: list[tuple[float, F64]] = []

    def __call__(self, camera_from_head: F64, *, time_s: float) -> F64:
        """The smooth pose of this frame."""
        if self._reference is None:
            self._reference = camera_from_head[:3, :3]
        place = camera_from_head[:3, 3]
        filters = (self._turn, self._across, self._away)
        values = [
            vector_from_rotation(camera_from_head[:3, :3] @ self._reference.T),
            place[:2] / place[2],  # tangents
            np.log(place[2:]),
        ]
        smooth = [one(value, time_s=time_s) for one, value in zip(filters, values, strict=True)]
        if self._held is None:
            self._held = np.concatenate(smooth)
        held = (self._held[:3], self._held[3:5], self._held[5:])
        radii = [max(dead, DEAD_NOISES * one.noise) for dead, one in zip(DEAD, filters, strict=True)]
        self._held = np.concatenate(
            [outside(value, old, radius=radius) for value, old, radius in zip(smooth, held, radii, strict=True)]
        )
        self._last = [*self._last[-1:], (time_s, self._held)]
        return self._pose(self._held)

    def coast(self, *, time_s: float) -> F64:
        """Where she would be now if she had gone on as she was."""
        (then_s, then), (now_s, now) = self._last[0], self._last[-1]
        velocity = (now - then) / (now_s - then_s) if now_s > then_s else np.zeros(6)
        return self._pose(now + velocity * min(time_s - now_s, 0.15))

    def _pose(self, values: F64) -> F64:
        assert self._reference is not None
        away_mm = float(np.exp(values[5]))
        place = np.array([values[3] * away_mm, values[4] * away_mm, away_mm])
        return rigid(rotation_from_vector(values[:3]) @ self._reference, place)
