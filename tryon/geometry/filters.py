"""The One-Euro filter (Casiez, Roussel and Vogel, CHI 2012) without its lag. Time is an argument."""

from __future__ import annotations

import math

import numpy as np

from tryon.types import F64


class OneEuro:
    """Smooths a vector: hard when it is still, hardly when it moves.

    The cut-off grows with speed: min_cutoff_hz + beta * |velocity|. A first-order filter lags by the time
    constant of its cut-off; while the vector moves, that is made up by velocity times lag, so that a piece on a
    turning head does not trail behind it.
    """

    def __init__(
        self, *, min_cutoff_hz: float, beta: float, velocity_cutoff_hz: float, still: float, moving: float
    ) -> None:
        self.min_cutoff_hz, self.beta, self.velocity_cutoff_hz = min_cutoff_hz, beta, velocity_cutoff_hz
        self.still, self.moving = still, moving
        "Speeds (unit/s) below which no lag is made up, and from which on all of it is."
        self._value: F64 | None = None
        self._raw: F64 | None = None
        self._velocity: F64 | None = None
        self._time_s = 0.0

    def reset(self) -> None:
        """Forget: the next value passes as it is."""
        self._value = None

    def __call__(self, value: F64, /, *, time_s: float) -> F64:
        """The smoothed value. Time that stands still or goes back counts as a 1 ms step."""
        if self._value is None or self._raw is None or self._velocity is None:
            self._value, self._raw, self._velocity = value, value, np.zeros_like(value)
            self._time_s = time_s
            return value
        step_s = max(time_s - self._time_s, 1e-3)
        blend = _share(self.velocity_cutoff_hz, step_s)
        self._velocity = self._velocity + blend * ((value - self._raw) / step_s - self._velocity)
        speed = float(np.linalg.norm(self._velocity))
        share = _share(self.min_cutoff_hz + self.beta * speed, step_s)
        self._value = self._value + share * (value - self._value)
        self._raw, self._time_s = value, time_s
        # an exponential filter of share a lags a ramp by (1 - a) / a steps
        lag_s = step_s * (1 - share) / share
        made_up = min(max((speed - self.still) / (self.moving - self.still), 0.0), 1.0)
        return np.asarray(self._value + self._velocity * (lag_s * made_up))


def _share(cutoff_hz: float, step_s: float) -> float:
    turn = 2 * math.pi * cutoff_hz * step_s
    return turn / (turn + 1)


def outside(value: F64, held: F64, /, *, radius: float) -> F64:
    """`held`, dragged along so that `value` is never farther than `radius` from it: a dead zone without a step."""
    away = value - held
    distance = float(np.linalg.norm(away))
    if distance <= radius:
        return held
    return np.asarray(value - away * (radius / distance))
