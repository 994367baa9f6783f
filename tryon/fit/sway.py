"""What hangs swings: a damped weight on a string under a point that she carries about.

The string is the part of a chain that hangs free, or an earring's drop. The weight keeps its own place in the room
until the string pulls it along, so a point that starts, stops or turns away leaves it behind, and skin and air
bring it to rest within a swing or two (Verlet's integration with the string's length put right after every step).
"""

from __future__ import annotations

import numpy as np

from tryon.geometry.filters import outside
from tryon.types import F64

GRAVITY_MM_S2 = np.array([0.0, 9810.0, 0.0])
"In a camera that is held level."
DAMPING = 0.3
"Of critical: a chain on skin, a drop on its wire; two swings and it hangs."
STEP_S = 1 / 120
LONG_S, FAR_MM = 0.5, 200.0
"After a gap or a leap like this it hangs at rest anew."
MOST_RAD = 0.6
DEAD_RAD = 0.004
"A swing smaller than this is the tracker's noise."


class Pendulum:
    """One weight on one string, frame after frame."""

    def __init__(self, length_mm: float) -> None:
        self._length_mm = length_mm
        self._damping = 2 * DAMPING * (GRAVITY_MM_S2[1] / length_mm) ** 0.5
        self._from: F64 | None = None
        self._weight = np.zeros(3)
        self._speed = np.zeros(3)
        self._held = np.zeros(2)
        self._time_s = 0.0

    def hang(self, point: F64, /, *, time_s: float) -> F64:
        """(3,) unit: the way the string hangs now from `point` (mm, camera), straight down when it is at rest."""
        gap_s = time_s - self._time_s
        if self._from is None or not 0 <= gap_s < LONG_S or np.linalg.norm(point - self._from) > FAR_MM:
            self._weight = point + GRAVITY_MM_S2 / 9810.0 * self._length_mm
            self._speed, self._held = np.zeros(3), np.zeros(2)
            gap_s, self._from = 0.0, point
        steps = int(np.ceil(gap_s / STEP_S))
        for index in range(steps):
            self._step(
                self._from + (point - self._from) * (index + 1) / steps, (point - self._from) / gap_s, gap_s / steps
            )
        self._from, self._time_s = point, time_s
        down = (self._weight - point) / self._length_mm
        swing = np.arctan2(down[[0, 2]], down[1])
        self._held = outside(swing, self._held, radius=DEAD_RAD)
        aside, ahead = np.tan(np.clip(self._held, -MOST_RAD, MOST_RAD))
        return np.asarray(np.array([aside, 1.0, ahead]) / np.linalg.norm((aside, 1.0, ahead)))

    def _step(self, point: F64, carried: F64, step_s: float) -> None:
        before = self._weight
        self._speed = self._speed + (GRAVITY_MM_S2 - self._damping * (self._speed - carried)) * step_s
        at = before + self._speed * step_s
        string = at - point
        self._weight = point + string * (self._length_mm / max(float(np.linalg.norm(string)), 1e-6))
        self._speed = (self._weight - before) / step_s
