"""The chest under a head: it stays when the head turns, goes when she does, and waits for shoulders that are hers."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np

from tryon.body.model import load_head_model
from tryon.body.neck import LEFT, NOSE, PIVOT_IN_HEAD, RIGHT, STEP_MM, NeckSolver
from tryon.body.throat import Throat
from tryon.body.wearer import head_shape
from tryon.geometry.camera import given_camera, project
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.settings import load
from tryon.types import F64, HeadPose, HeadShape, Landmarks, NeckPose, NeckShape

CAMERA = given_camera(985.0, (1280, 720))
PIVOT = np.array([10.0, -40.0, 690.0])


@cache
def shape() -> HeadShape:
    """The mean head."""
    model = load_head_model(Path(load({}).assets))
    return head_shape(model, model.face_points, 1.0, 0.03)


def head(yaw: float = 0.0, pivot: F64 = PIVOT) -> HeadPose:
    """A head turned about the top of its neck."""
    size = float(np.linalg.norm(shape().points["glabella"] - shape().points["chin"])) / 122.0
    rotation = np.diag([1.0, -1.0, -1.0]) @ rotation_from_vector(np.array([0, yaw, 0]))
    return HeadPose(rigid(rotation, pivot - rotation @ (PIVOT_IN_HEAD * size)), np.eye(6) * 1e-4, 1.0, shape(), 0.0)


def shoulders(at: HeadPose, breadth_mm: float = 340.0, chest_yaw: float = 0.0, pivot: F64 = PIVOT) -> Landmarks:
    """What the pose network would see of a chest."""
    points = np.zeros((33, 2))
    half = rotation_from_vector(np.array([0, chest_yaw, 0])) @ np.array([breadth_mm / 2, 0, 0])
    depth = np.zeros(33)
    for index, sign in ((LEFT, 1), (RIGHT, -1)):
        place = pivot + np.array([0, 150.0, 0]) + sign * half
        points[index] = project(place[None], CAMERA)[0]
        depth[index] = place[2] * 985 / pivot[2]
    points[NOSE] = project(transform(at.camera_from_head, shape().points["nose_tip"])[None], CAMERA)[0]
    return Landmarks("pose33", points, depth, np.ones(33), 0.0)


def settled(solver: NeckSolver, at: HeadPose, seen: Landmarks | None, looks: int = 30) -> NeckPose | None:
    """The pose after some looks."""
    pose = None
    for index in range(looks):
        pose = solver.solve(at, seen, CAMERA, time_s=index / 5)
    return pose


def test_the_chest_stays_when_only_the_head_turns() -> None:
    solver = NeckSolver()
    before = settled(solver, head(), shoulders(head()))
    turned = head(0.6)
    after = settled(solver, turned, shoulders(turned))
    assert before is not None
    assert after is not None
    moved = after.camera_from_neck[:3, 3] - before.camera_from_neck[:3, 3]
    assert np.linalg.norm(moved) < 12, "millimetres"
    assert before.camera_from_neck[0, 0] > 0.99


def test_the_chest_turns_with_the_shoulders() -> None:
    solver = NeckSolver()
    settled(solver, head(), shoulders(head()))
    after = settled(solver, head(0.8), shoulders(head(0.8), chest_yaw=0.8))
    assert after is not None
    yaw = np.arctan2(after.camera_from_neck[0, 2], -after.camera_from_neck[2, 2])
    assert abs(abs(yaw) - 0.8) < 0.15


def test_a_broader_person_has_a_longer_and_thicker_neck() -> None:
    narrow, broad = (settled(NeckSolver(), head(), shoulders(head(), mm)) for mm in (320, 390))
    assert narrow is not None
    assert broad is not None
    assert narrow.shape.circumference_mm + 20 < broad.shape.circumference_mm
    assert narrow.camera_from_neck[1, 3] < broad.camera_from_neck[1, 3]


def test_a_second_person_behind_is_not_her() -> None:
    stranger = shoulders(head(pivot=PIVOT + (400.0, 0, 300.0)), pivot=PIVOT + (400.0, 0, 300.0))
    assert settled(NeckSolver(), head(), stranger) is None
    solver = NeckSolver()
    before = settled(solver, head(), shoulders(head()))
    after = settled(solver, head(), stranger)
    assert before is not None
    assert after is not None
    assert (before.camera_from_neck == after.camera_from_neck).all()


def test_one_shoulder_out_of_the_picture_leaves_the_chest_as_it_was() -> None:
    solver = NeckSolver()
    before = settled(solver, head(), shoulders(head()))
    half = shoulders(head())
    half.points_px[LEFT] = (1400.0, 600.0)
    after = settled(solver, head(), half)
    assert before is not None
    assert after is not None
    assert (before.camera_from_neck == after.camera_from_neck).all()


def test_the_skin_of_her_neck_says_how_broad_it_is() -> None:
    """Bare skin is her outline; beside a collar it is only the least she can be."""

    def neck(throat: Throat | None) -> NeckShape:
        solver, pose = NeckSolver(), None
        for index in range(40):
            pose = solver.solve(head(), shoulders(head()), CAMERA, time_s=index / 5, throat=lambda *_: throat)
        assert pose is not None
        return pose.shape

    unseen, slim, strong = neck(None), neck(Throat(95.0, True)), neck(Throat(125.0, True))
    assert abs(slim.breadth_mm - 95) < 3
    assert abs(strong.breadth_mm - 125) < 3
    assert slim.circumference_mm < unseen.circumference_mm < strong.circumference_mm
    assert slim.std_percent < unseen.std_percent
    assert neck(Throat(95.0, False)) == unseen
    assert neck(Throat(130.0, False)).breadth_mm == 130
    assert neck(Throat(0.0, False)) == unseen


def test_what_is_known_of_her_neck_goes_on_where_what_is_drawn_takes_steps() -> None:
    """Skin that is as broad as the shoulders foretell moves nothing that is drawn; only less doubt is left."""
    solver = NeckSolver()
    pose = solver.solve(head(), shoulders(head()), CAMERA, time_s=0.0)
    assert pose is not None
    as_foretold = Throat(pose.shape.breadth_mm, True)
    for index in range(1, 40):
        pose = solver.solve(head(), shoulders(head()), CAMERA, time_s=index / 5, throat=lambda *_: as_foretold)
    assert pose is not None
    assert abs(solver.known.circumference_mm - pose.shape.circumference_mm) < STEP_MM[1]
    assert solver.known.std_percent < 0.7 * pose.shape.std_percent


def test_a_scarf_is_a_covered_neck_and_one_look_at_skin_uncovers_it() -> None:
    solver = NeckSolver()
    covered = []
    for index in range(60):
        look = Throat(0.0, False) if index <= 30 else Throat(108.0, True)
        solver.solve(head(), shoulders(head()), CAMERA, time_s=index / 10, throat=lambda *_, look=look: look)
        covered.append(solver.covered)
    assert covered[30]
    assert not covered[0]
    assert not covered[-1]


def test_no_head_no_neck() -> None:
    assert NeckSolver().solve(None, shoulders(head()), CAMERA, time_s=0.0) is None
