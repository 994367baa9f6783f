"""What hangs: straight down at rest, left behind by a quick turn, at rest again soon, and deaf to noise."""

from __future__ import annotations

import numpy as np

from tryon.body.neck import base_of
from tryon.fit.drape import length_of, settle, surface_mm, swayed
from tryon.fit.sway import LONG_S, Pendulum
from tryon.types import F64, NeckShape

DOWN = np.array([0.0, 1.0, 0.0])
FPS = 30


def swings(points: list[F64], length_mm: float = 90.0) -> F64:
    """(n, 3) the ways a string hangs, one a frame."""
    pendulum = Pendulum(length_mm)
    return np.array([pendulum.hang(point, time_s=index / FPS) for index, point in enumerate(points)])


def test_it_hangs_straight_under_a_still_or_noisy_point() -> None:
    noise = np.random.default_rng(4).normal(0, 0.4, (90, 3))
    assert np.allclose(swings([np.zeros(3)] * 30), DOWN)
    still = swings([np.array([0.0, 0.0, 700.0]) + each for each in noise])
    assert (90 * np.abs(still[:, [0, 2]])).max() < 1.0, "mm at its end"


def test_a_start_leaves_it_behind_and_it_comes_to_rest() -> None:
    runs = [np.array([200.0 * min(max(index - 5, 0) / FPS, 0.5), 0.0, 700.0]) for index in range(120)]
    hanging = swings(runs)
    assert hanging[:, 0].min() < -0.1, "behind, as she starts to her left"
    assert hanging[10:40, 0].max() > 0.05, "and on, as she stops"
    assert np.abs(hanging[90:, 0]).max() < 0.01
    assert np.allclose(np.linalg.norm(hanging, axis=1), 1)


def test_a_gap_in_time_or_a_leap_brings_it_to_rest() -> None:
    pendulum = Pendulum(90.0)
    pendulum.hang(np.zeros(3), time_s=0.0)
    pendulum.hang(np.array([60.0, 0, 0]), time_s=1 / FPS)
    assert np.allclose(pendulum.hang(np.array([60.0, 0, 0]), time_s=1 / FPS + LONG_S), DOWN)
    pendulum.hang(np.array([90.0, 0, 0]), time_s=0.6)
    assert np.allclose(pendulum.hang(np.array([400.0, 0, 0]), time_s=0.61), DOWN)


def test_a_leaning_wearers_chain_hangs_down_and_keeps_its_length() -> None:
    her = NeckShape(320.0, base_of(320.0), 355.0, 5.0, 109.0)
    rest = settle(559.0, her)
    for lean in (0.15, 0.35):
        leaning = swayed(rest, np.array([np.sin(lean), -np.cos(lean), 0.0]), her)
        low = leaning[np.argmin(leaning[:, 1])]
        assert low[0] > 60 * np.tan(lean), "its lowest point has gone to the low side"
        assert abs(length_of(leaning) / length_of(rest) - 1) < 0.003
        assert surface_mm(leaning, her).min() > -4
        nape = np.argmax(rest[:, 1])
        assert np.linalg.norm(leaning[nape] - rest[nape]) < 12
    thrown = swayed(rest, np.array([0.0, -0.8, 0.6]), her)
    assert thrown[0, 2] > rest[0, 2] + 10, "off the chest"
    assert abs(length_of(thrown) / length_of(rest) - 1) < 0.003
    assert np.abs(swayed(rest, np.array([0.0, -1.0, 0.0]), her) - rest).max() < 3.0
