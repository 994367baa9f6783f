"""Hands in millimetres, on hands made of numbers: axes, fingers, and palms that flip."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.body.hand import (
    KNUCKLES,
    PALM_MM,
    HandSolver,
    camera_from_finger,
    camera_from_wrist,
    finger_width_mm,
    hand_axes,
)
from tryon.geometry.camera import given_camera, project
from tryon.geometry.rigid import rotation_from_vector
from tryon.types import F64, HandPose, HandSeen, Landmarks, Side

CAMERA = given_camera(985.0, (1280, 720))
AWAY = np.array([20.0, 30.0, 480.0])


def flat_hand(side: Side) -> F64:
    """(21, 3) mm in the camera, wrist at 0: an open palm towards the camera, fingers up."""
    thumb = -1.0 if side == "left" else 1.0  # an open left palm towards the camera has its thumb to the left
    joints = np.zeros((21, 3))
    for finger, across in enumerate((1.35, 0.75, 0.0, -0.6, -1.15)):
        for joint in range(4):
            up = PALM_MM * (0.35 + 0.2 * joint) if finger == 0 else PALM_MM + 32.0 * joint
            joints[1 + 4 * finger + joint] = (
                thumb * across * 30.0 * (0.5 if joint == 0 and finger == 0 else 1),
                -up,
                0,
            )
    return joints


def seen(side: Side, turn: F64, time_s: float = 0.0) -> HandSeen:
    """What the network would see of it, turned about the wrist."""
    model = flat_hand(side) @ turn.T
    landmarks = Landmarks("hand21", project(model + AWAY, CAMERA), np.zeros(21), np.ones(21), time_s)
    return HandSeen(side, landmarks, model / 1000)


def solved(side: Side, turn: F64) -> HandPose:
    """The pose after it held still for a second."""
    solver = HandSolver(side)
    for index in range(30):
        pose = solver.solve(seen(side, turn, index / 30), CAMERA, time_s=index / 30)
    assert pose is not None
    return pose


@pytest.mark.parametrize("side", ["left", "right"])
@pytest.mark.parametrize("yaw", [-0.5, 0.0, 0.5])
def test_a_palm_towards_the_camera(side: Side, yaw: float) -> None:
    turn = rotation_from_vector(np.array([0.0, yaw, 0.0]))
    pose = solved(side, turn)
    assert pose.camera_from_hand[:3, 2] @ (turn @ (0, 0, -1)) > 0.99, "z out of the palm, towards the camera"
    assert pose.camera_from_hand[:3, 1] @ (0, -1, 0) > 0.99, "y to the middle knuckle"
    assert np.linalg.norm(pose.camera_from_hand[:3, 3] - AWAY) < 6
    assert np.isclose(np.linalg.det(pose.camera_from_hand[:3, :3]), 1)
    assert pose.std_percent > 5, "without a reference its size is a guess"


def test_the_back_of_the_hand() -> None:
    turn = rotation_from_vector(np.array([0.0, np.pi, 0.0]))
    pose = solved("left", turn)
    assert pose.camera_from_hand[2, 2] > 0.99, "the palm looks away"
    ring = camera_from_finger(pose, "ring", 0.5)
    assert ring[2, 2] < -0.99, "the stone looks at the camera"


@pytest.mark.parametrize("finger", sorted(KNUCKLES))
def test_a_ring_lies_behind_the_skin_that_is_seen(finger: str) -> None:
    pose = solved("right", np.eye(3))
    ring = camera_from_finger(pose, finger, 0.68)
    base, joint = (pose.joints[index] for index in KNUCKLES[finger])
    along = (joint - base) / np.linalg.norm(joint - base)
    assert ring[:3, 1] @ along > 0.999
    depth = ring[2, 3] - (base + 0.68 * (joint - base))[2]
    assert abs(depth - 0.5 * finger_width_mm(finger)) < 1.0, "half a finger under the skin"
    assert np.isclose(np.linalg.det(ring[:3, :3]), 1)


def test_the_wrist_is_below_the_hand() -> None:
    pose = solved("left", np.eye(3))
    wrist = camera_from_wrist(pose)
    assert wrist[1, 3] > pose.joints[0, 1] + 15
    assert wrist[:3, 1] @ (0, -1, 0) > 0.99


def test_a_palm_that_flips_is_not_believed_at_once() -> None:
    solver = HandSolver("left")
    for index in range(20):
        before = solver.solve(seen("left", np.eye(3), index / 30), CAMERA, time_s=index / 30)
    assert before is not None
    honest = seen("left", np.eye(3), 1.0)
    flipped = HandSeen("right", honest.landmarks, honest.model * (1, 1, -1) @ np.diag([1, 1, 1]))
    mirrored = HandSeen("left", honest.landmarks, flipped.model * (-1, 1, 1))
    after = solver.solve(mirrored, CAMERA, time_s=1.0)
    assert after is not None
    assert after.camera_from_hand[:3, 2] @ before.camera_from_hand[:3, 2] > 0.5


def test_a_lost_hand_is_bridged_shortly_and_then_gone() -> None:
    solver = HandSolver("right")
    for index in range(10):
        solver.solve(seen("right", np.eye(3), index / 30), CAMERA, time_s=index / 30)
    gone = [solver.solve(None, CAMERA, time_s=0.4 + index / 30) for index in range(4)]
    assert gone[0] is not None
    assert gone[-1] is None


def test_axes_are_mirror_images() -> None:
    left, right = hand_axes(flat_hand("left"), "left"), hand_axes(flat_hand("right"), "right")
    assert np.allclose(left[:, 2], right[:, 2])
    assert np.allclose(left[:, 2], (0, 0, -1))


def moved(hand: HandSeen, by_px: tuple[float, float]) -> HandSeen:
    """The same hand elsewhere in the picture."""
    return replace(hand, landmarks=replace(hand.landmarks, points_px=hand.landmarks.points_px + by_px))


def test_a_hand_that_leaps_is_hidden_until_it_stays_and_a_waving_one_is_not() -> None:
    palm_px = float(np.linalg.norm(project(flat_hand("left")[[9, 0]] + AWAY, CAMERA) @ (1, 0))) or 200.0
    solver, still = HandSolver("left"), seen("left", np.eye(3))
    shown = [solver.solve(still, CAMERA, time_s=index / 30) is not None for index in range(5)]
    away = moved(still, (0.8 * palm_px, 0.0))
    shown += [solver.solve(away, CAMERA, time_s=(5 + index) / 30) is not None for index in range(5)]
    assert shown == [True] * 5 + [False] * 2 + [True] * 3
    waving = HandSolver("left")
    for index in range(60):
        across = 0.6 * palm_px * np.sin(2 * np.pi * 1.5 * index / 30)
        assert waving.solve(moved(still, (across, 0.0)), CAMERA, time_s=index / 30) is not None


def test_a_hand_found_again_is_shown_once_it_stays() -> None:
    solver, still = HandSolver("left"), seen("left", np.eye(3))
    for index in range(5):
        solver.solve(still, CAMERA, time_s=index / 30)
    for index in range(5, 12):
        solver.solve(None, CAMERA, time_s=index / 30)
    found = [solver.solve(still, CAMERA, time_s=(12 + index) / 30) is not None for index in range(4)]
    assert found == [False, True, True, True]
