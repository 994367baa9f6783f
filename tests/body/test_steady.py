"""The drawn pose: a head that rests is held, one that moves is followed at once."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from tryon.body.steady import Steady
from tryon.geometry.rigid import angle_rad, rigid, rotation_from_vector

FACING = np.diag([1.0, -1.0, -1.0])
NOISE_RAD, NOISE_MM = 0.003, 0.3
"Of one look of a webcam in a dim room."


def look(rng: np.random.Generator, yaw_rad: float) -> np.ndarray:
    turn = rotation_from_vector(rng.normal(0, NOISE_RAD, 3) + (0, yaw_rad, 0))
    return rigid(FACING @ turn, np.array([0.0, 20.0, 650.0]) + rng.normal(0, NOISE_MM, 3) * (1, 1, 3))


def test_a_head_that_rests_is_held_still_in_a_dim_room(rng: np.random.Generator) -> None:
    steady = Steady()
    shown = [steady(look(rng, 0.0), time_s=index / 30) for index in range(240)]
    steps = [angle_rad(a[:3, :3].T @ b[:3, :3]) for a, b in pairwise(shown[90:])]
    assert np.mean(np.array(steps) < 1e-9) > 0.9
    assert np.mean(steps) < 0.02 * NOISE_RAD


def test_after_a_rest_she_is_followed_as_before(rng: np.random.Generator) -> None:
    """One turned after two seconds of rest, one who never rested: the same drawn pose within what the noise makes."""
    rested, restless = Steady(), Steady()
    for index in range(60):
        rested(look(rng, 0.0), time_s=index / 30)
        restless(look(rng, 0.4 * np.sin(index / 4)), time_s=index / 30)
    behind = []
    for index in range(60, 84):
        yaw = 0.04 * (index - 60)  # 70 degrees a second
        a, b = (one(look(rng, yaw), time_s=index / 30) for one in (rested, restless))
        truth = FACING @ rotation_from_vector(np.array([0, yaw, 0]))
        behind.append([angle_rad(each[:3, :3].T @ truth) for each in (a, b)])
    late, as_ever = np.mean(behind[6:], axis=0)
    assert late < as_ever + 2 * NOISE_RAD
    assert late < 0.05
