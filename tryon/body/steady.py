"""The drawn pose: the measured one, steady while she is still and not late while she moves."""

from __future__ import annotations

import numpy as np

from tryon.geometry.filters import OneEuro, outside
from tryon.geometry.rigid import rigid, rotation_from_vector, vector_from_rotation
from tryon.types import F64

DEAD = (np.radians(0.12), 0.0003, 0.0006)
"Dead zones: turn (rad), place across the view (tangent: 0.2 mm at 0.65 m), distance (relative: 0.4 mm at 0.65 m)."
DEAD_NOISES = 0.5
"And so many times what one look errs by: a noisy camera has wider ones."


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
