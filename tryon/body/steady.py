"""The drawn pose: the measured one, steady while she is still and not late while she moves."""

from __future__ import annotations

import math

import numpy as np

from tryon.geometry.filters import OneEuro, outside
from tryon.geometry.rigid import rigid, rotation_from_vector, vector_from_rotation
from tryon.types import F64

DEAD = (np.radians(0.12), 0.0003, 0.0006)
"Dead zones: turn (rad), place across the view (tangent: 0.2 mm at 0.65 m), distance (relative: 0.4 mm at 0.65 m)."
DEAD_NOISES = 0.5
"And so many times what one look errs by: a noisy camera has wider ones."
REST_NOISES, REST_S, REST_EASE_S = 2.5, 0.25, 0.15
"""Of what kept so still for so long the dead zone opens so wide, and closes as soon as it leaves it: a twentieth of a
pixel is already seen at every edge of filigree. While she moves it costs nothing."""


class _Zone:
    """How wide a dead zone is now."""

    def __init__(self) -> None:
        self._anchor: F64 | None = None
        self._radius = self._since_s = self._time_s = 0.0

    def radius(self, value: F64, *, dead: float, noise: float, time_s: float) -> float:
        """For this value, at this noise of one look; `dead`: where there is none."""
        narrow, wide = max(dead, DEAD_NOISES * noise), max(dead, REST_NOISES * noise)
        if self._anchor is None or float(np.linalg.norm(value - self._anchor)) > wide:
            self._anchor, self._since_s = value, time_s
        goal = wide if time_s - self._since_s > REST_S else narrow
        share = 1 - math.exp(-max(time_s - self._time_s, 0.0) / REST_EASE_S)
        self._radius = max(self._radius + share * (goal - self._radius), narrow)
        self._time_s = time_s
        return self._radius


class Steady:
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
        self._zones = [_Zone() for _ in DEAD]
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
        zones = zip(self._zones, smooth, held, DEAD, filters, strict=True)
        self._held = np.concatenate(
            [
                outside(value, old, radius=zone.radius(value, dead=dead, noise=one.noise, time_s=time_s))
                for zone, value, old, dead, one in zones
            ]
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
