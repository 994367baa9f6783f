"""The One-Euro filter (Casiez, Roussel and Vogel, CHI 2012) without its lag. Time is an argument."""

from __future__ import annotations

import math

import numpy as np

from tryon.types import F64

NOISE_SPEEDS = 0.7
"So many times the speed of noise is no motion yet."
NOISE_CUTOFF_HZ = 0.25
"How slowly the noise is learnt."


class OneEuro:
    """Smooths a vector: hard when it is still, hardly when it moves.

    The cut-off grows with speed: min_cutoff_hz + beta * speed. A first-order filter lags by the time constant of its
    cut-off; while the vector moves, that is made up by velocity times lag, so that a piece on a turning head does not
    trail behind it. What counts as speed is what is left of it beyond the speed that the noise alone would show: a
    dim camera's noise must not pass for motion.
    """

    def __init__(
        self, *, min_cutoff_hz: float, beta: float, velocity_cutoff_hz: float, still: float, moving: float
    ) -> None:
        self.min_cutoff_hz, self.beta, self.velocity_cutoff_hz = min_cutoff_hz, beta, velocity_cutoff_hz
        self.still, self.moving = still, moving
        "Speeds (unit/s) below which no lag is made up, and from which on all of it is."
        self.noise = 0.0
        "Standard deviation of one value about where it should be, as its second differences tell."
        self._value: F64 | None = None
        self._raw: list[F64] = []
        self._velocity = np.zeros(1)
        self._time_s = 0.0

    def reset(self) -> None:
        """Forget: the next value passes as it is. The noise stays; it is the camera's."""
        self._value = None

    def __call__(self, value: F64, /, *, time_s: float) -> F64:
        """The smoothed value. Time that stands still or goes back counts as a 1 ms step."""
        if self._value is None:
            self._value, self._raw, self._velocity = value, [value], np.zeros_like(value)
            self._time_s = time_s
            return value
        step_s = max(time_s - self._time_s, 1e-3)
        blend = _share(self.velocity_cutoff_hz, step_s)
        self._velocity = self._velocity + blend * ((value - self._raw[-1]) / step_s - self._velocity)
        self._raw = [*self._raw[-2:], value]
        self._listen(step_s)
        # a difference of two values has twice their variance; the velocity's own filter keeps blend / (2 - blend)
        noise_speed = self.noise * (2 * blend / (2 - blend)) ** 0.5 / step_s
        speed = max(float(np.linalg.norm(self._velocity)) - NOISE_SPEEDS * noise_speed, 0.0)
        share = _share(self.min_cutoff_hz + self.beta * speed, step_s)
        self._value = self._value + share * (value - self._value)
        self._time_s = time_s
        # an exponential filter of share a lags a ramp by (1 - a) / a steps
        lag_s = step_s * (1 - share) / share
        made_up = min(max((speed - self.still) / (self.moving - self.still), 0.0), 1.0)
        return np.asarray(self._value + self._velocity * (lag_s * made_up))

    def _listen(self, step_s: float) -> None:
        if len(self._raw) < 3 or float(np.linalg.norm(self._velocity)) > self.moving:
            return  # what moves tells little of noise
        before, between, now = self._raw
        # white noise of deviation s has second differences of 6 ** 0.5 * s; a quick shake must not count for long
        heard = float(np.linalg.norm(now - 2 * between + before)) / 6**0.5
        limit = 3 * self.noise if self.noise else heard
        self.noise += _share(NOISE_CUTOFF_HZ, step_s) * (min(heard, limit) - self.noise)


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
