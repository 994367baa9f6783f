"""What is learnt of one wearer: the size of her face, its shape, and the head over the hair.

Each is drawn as first seen and corrected only while she moves, so that nothing creeps on a still head; each ends.
"""

from __future__ import annotations

import numpy as np

from tryon.body.iris import drawn_px, irises_of
from tryon.body.model import HeadModel, slide_terms, view_angles
from tryon.body.outline import Outline
from tryon.types import F64, U8, Camera, HeadShape, Landmarks, Scale, ScaleSource

IRIS_MM = 11.7
IRIS_STD = 0.036
"Horizontal iris diameter and its spread between people (facts: fit, section 1.1)."
IRIS_TRACED_STD, IRIS_TRACED_LOOK = 0.015, 0.03
"""Of the limbus as it is traced (body.iris): common to all looks (0.99 to 1.015 of the truth in seven clips of three
people, and how far her eyes lie before her ears), and at least of one."""
TRACED_SHARE = 0.1
"Of the looks: irises that are traced in fewer are half hidden, and the network's drawing tells the size."
IRIS_SEEN = 1.02
"MediaPipe draws the iris 1 to 3 percent too wide (facts: track)."
IRIS_DRAWN_STD, IRIS_DRAWN_LOOK = 0.035, 0.05
"Of that drawing: common to all looks (0.97 to 1.07 of the truth on four synthetic people), and of one."
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
SHAPE_STD_MM = 1.0
"""How far this wearer's face points may lie from the mean model's, after size. Held tighter than people differ
(about 2 mm): what is learnt of one side of a face must not turn the whole."""
SHAPE_VIEWS = 60
"Views the shape is learnt from; taken when the head has turned since the last one."
SHAPE_TURN_RAD = 0.03

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


class Size:
    """Size of the face against the model's, by the iris and the spread of faces; frozen once measured."""

    def __init__(self) -> None:
        self.value = 1.0
        "What the piece is drawn against: follows `measured` only while she moves, so that it never creeps."
        self.taken: Scale | None = None
        "By a better reference than her irises, somebody measured her."
        self._by_looks = 1.0
        self.samples = 0
        self._shown = False
        self._drawn: list[float] = []
        self._traced: list[float] = []

    @property
    def frozen(self) -> bool:
        """Whether nothing more is learnt."""
        return self.taken is not None or self.samples >= SIZE_SAMPLES

    @property
    def measured(self) -> float:
        """The best that is known."""
        return self._by_looks if self.taken is None else self.taken.mm_per_unit

    @property
    def std(self) -> float:
        """Relative standard uncertainty."""
        if self.taken is not None:
            return self.taken.std / self.taken.mm_per_unit
        return SIZE_STD if not self.samples else (SIZE_STD**-2 + self._iris()[1] ** -2) ** -0.5

    @property
    def source(self) -> ScaleSource:
        """What it rests on."""
        if self.taken is not None:
            return self.taken.source
        return "iris" if self.samples else "prior"

    def _iris(self) -> tuple[float, float]:
        """(size, its relative standard uncertainty) by the irises: their own spread, then how well they were read,
        which more looks make better."""
        traced = len(self._traced) >= TRACED_SHARE * len(self._drawn)
        looks = self._traced if traced else self._drawn
        common, look = (IRIS_TRACED_STD, IRIS_TRACED_LOOK) if traced else (IRIS_DRAWN_STD, IRIS_DRAWN_LOOK)
        value = float(np.median(looks))
        look = max(look, 1.48 * float(np.median(np.abs(np.array(looks) / value - 1))))
        return value, float(np.sqrt(IRIS_STD**2 + common**2 + look**2 / len(looks)))

    @property
    def by_iris(self) -> Scale | None:
        """What the irises alone say."""
        if not self._drawn:
            return None
        value, std = self._iris()
        return Scale(value, value * std, "iris", "eyes", self.frozen)

    def take(self, scale: Scale | None, /) -> None:
        """A better reference than her irises, by which somebody measured her; None: there is none."""
        if scale is not None and not self._shown:
            self.value = scale.mm_per_unit  # nothing is drawn yet
        self.taken = scale

    def follow(self, turned_rad: float) -> None:
        """Take `value` nearer to `measured`, as far as a turn of the head hides it."""
        if self.value != self.measured and turned_rad > SIZE_HIDING_RAD:
            step = min(max(self.measured / self.value - 1, -SIZE_STEP), SIZE_STEP)
            self.value *= 1 + step

    def learn(
        self, landmarks: Landmarks, camera_from_model: F64, model: HeadModel, camera: Camera, luma: U8 | None
    ) -> None:
        """One more frame that is drawn; a frontal one is a look at the irises, whose edges `luma` of it shows."""
        self._shown = True
        if self.frozen or len(landmarks.points_px) < 478:
            return
        yaw, pitch = view_angles(camera_from_model)
        if abs(yaw) > FRONTAL_RAD or abs(pitch) > 2 * FRONTAL_RAD:
            return
        across_px = drawn_px(landmarks)
        if min(across_px) < IRIS_PX_MIN:
            return
        eyes = (model.points["pupil_left"] + model.points["pupil_right"]) / 2
        depth = float(camera_from_model[2, :3] @ eyes + camera_from_model[2, 3])
        mm_per_px = depth / camera.matrix[0, 0] / np.cos(yaw)
        self._drawn.append(IRIS_MM / (sum(across_px) / 2 / IRIS_SEEN * mm_per_px))
        irises = None if luma is None else irises_of(luma, landmarks)
        traced = [2 * iris.radius_px for iris in irises or () if iris.traced]
        if traced:
            self._traced.append(IRIS_MM / (float(np.mean(traced)) * mm_per_px))
        self.samples += 1
        by_iris, std = self._iris()
        share = std**-2 / (std**-2 + SIZE_STD**-2)
        self._by_looks = float(np.exp(share * np.log(by_iris)))
        if self.samples == 1:
            self.value = self._by_looks  # what was drawn rested on no look


class Face:
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


class Skull:
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


def _mean(moves: F64) -> F64:
    return np.asarray(moves.mean(axis=0)) if len(moves) else np.zeros(3)
