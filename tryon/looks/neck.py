"""Her neck: skin from the front, the outline's depth from the side, and the shoulders below it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from tryon.body.head import MaskOf
from tryon.body.neck import NeckSolver
from tryon.body.throat import Throat, read_throat
from tryon.geometry.ellipse import perimeter
from tryon.told import Told, sighted, sighted_aside
from tryon.track.shoulders import ShoulderTracker
from tryon.types import F64, Camera, Frame, HeadPose, Landmarks

LOOK_MM, LOOKS_LEAST = 4.0, 3
SHAPE, SHAPE_STD = 1.01, 0.024
"""The neck's own circumference against an ellipse as broad and deep (facts: fit, section 4: 1.02), and the doubt of it
and of both edges."""
DEPTH, DEPTH_STD = 0.99, 0.05
"Least depth of the neck from the side, of circumference / pi (0.98 and 0.99 on two synthetic people)."
FLAT = 1.09
"""A neck seen broader from the front, against its depth, is neck and collar (necks are about as broad as deep: 1.03 and
less on three synthetic people; a collar beside it made 1.13 and 1.15)."""


class NeckLooks:
    """Looks straight ahead, in the model's millimetres. Not for several threads."""

    def __init__(self) -> None:
        self._shoulders, self._solver = ShoulderTracker(), NeckSolver()
        self._throats: list[float] = []
        self._covered = 0
        self._front: tuple[float, float, float] | None = None
        "Time, circumference and its relative doubt by all looks from the front."

    def close(self) -> None:
        """Give the model back."""
        self._shoulders.close()

    @property
    def throats(self) -> int:
        """Looks at bare skin."""
        return len(self._throats)

    def look(
        self, frame: Frame, landmarks: Landmarks, head: HeadPose, camera: Camera, /, *, size: float, mask: MaskOf
    ) -> None:
        """One more; `head` is drawn `size` times the model's."""

        def throat(axis: tuple[F64, F64], chin: F64) -> Throat | None:
            seen = read_throat(frame, landmarks.points_px, mask(), axis, chin, head.camera_from_head, camera)
            if seen is not None:
                self._covered += not seen.bare
                if seen.bare:
                    self._throats.append(seen.breadth_mm / size)
            return seen

        shoulders = self._shoulders.track(frame)
        if self._solver.solve(head, shoulders, camera, time_s=head.time_s, throat=throat) is not None:
            known = self._solver.known
            self._front = head.time_s, known.circumference_mm / size, known.std_percent / 100

    def tell(self, told: Told, depths: Sequence[tuple[float, float, bool]], carry: float, /) -> None:
        """Its circumference. `depths`: time, depth, turned to her left; `carry`: what a guessed focal length costs at
        its distance, relative."""
        # a collar that is taken for skin now and then is a collar
        across = 0.0
        if len(self._throats) > max(LOOKS_LEAST, self._covered):
            across = float(np.median(self._throats))
        # a veil or scarf that hides the skin from the front is what the outline from the side shows
        bare = len(depths) >= LOOKS_LEAST and not self._solver.covered
        deep = sighted_aside("", depths, LOOK_MM, 0.0, "").value_mm if bare else 0.0
        if deep and 0 < across < FLAT * deep:
            round_, std, method = perimeter(across / 2, deep / 2) * SHAPE, SHAPE_STD, "outline from front and side"
        elif deep:
            round_, std, method = np.pi * deep / DEPTH, DEPTH_STD, "outline from the side"
            if self._front is not None and not self._throats:
                # where no skin was seen the front is told by the shoulders alone, which err otherwise
                _, by_shoulders, their_std = self._front
                weights = np.array([std**-2, their_std**-2])
                round_ = float(weights @ (round_, by_shoulders) / weights.sum())
                std, method = float(weights.sum() ** -0.5), "outline from the side, and shoulders"
        elif self._front is not None:
            _, round_, std = self._front
            method = "shoulders and skin from the front"
        else:
            told.reasons.append("free_neck")
            return
        if self._solver.covered:
            told.reasons.append("free_neck")
        common = float(np.hypot(std, carry)) * round_
        if deep:
            rounds = [(time_s, value * round_ / deep, left) for time_s, value, left in depths]
            told.sightings.append(sighted_aside("neck_circumference", rounds, LOOK_MM, common, method))
        elif self._front is not None:
            told.sightings.append(sighted("neck_circumference", [self._front[:2]], LOOK_MM, common, method))
