"""Her hair, seen straight ahead: whether it hangs over the ears, and where the forehead ends."""

from __future__ import annotations

import numpy as np

from tryon.body.hair import Hair
from tryon.looks.every import Every
from tryon.told import Told, sighted
from tryon.types import Camera, Frame, HeadPose, Landmarks

EVERY_S = 0.3
LOOKS_LEAST = 3
HAIRLINE_LOOK_MM, HAIRLINE_COMMON_MM, HAIRLINE_SHARE = 2.0, 4.0, 0.3
"""Of the hairline: one look's edge; whose edge it is, and how her forehead is curved (facts: fit, section 2.6: 3 to 4);
how many looks must show it for each that does not: a card is held there for a while."""


class HairLooks:
    """Looks straight ahead, now and then, in the model's millimetres."""

    def __init__(self) -> None:
        self._hair, self._search = Hair(), Every(EVERY_S)
        self._covered: list[bool] = []
        self._lines: list[tuple[float, float]] = []
        self._none: list[str] = []

    def look(self, frame: Frame, landmarks: Landmarks, head: HeadPose, camera: Camera, *, size: float) -> None:
        """One more frame, when it is time; `head` is drawn `size` times the model's."""
        if not self._search.due(frame.time_s):
            return
        self._hair.veil(frame, landmarks.points_px, head, None, camera)
        self._covered.append(self._hair.over_ears)
        height, why = self._hair.hairline(frame, head, camera)
        if height is None:
            self._none.append(why)
        else:
            self._lines.append((frame.time_s, height / size))

    @property
    def loose(self) -> bool:
        """Whether it hung over the ears in most looks."""
        return bool(self._covered) and float(np.mean(self._covered)) > 0.5

    def tell(self, told: Told, /) -> None:
        """How high her forehead is, or what hid it."""
        if len(self._lines) >= max(LOOKS_LEAST, HAIRLINE_SHARE * len(self._none)):
            told.forehead = sighted(
                "forehead_height", self._lines, HAIRLINE_LOOK_MM, HAIRLINE_COMMON_MM, "colour of skin and hair"
            )
        elif self._none:
            told.reasons.append(max(self._none, key=self._none.count))
