"""What costs too much for each frame is done now and then."""

from __future__ import annotations

import math


class Every:
    """Says once in so many seconds that it is time."""

    def __init__(self, every_s: float, /) -> None:
        self._every_s, self._next_s = every_s, -math.inf

    def due(self, time_s: float, /) -> bool:
        """Whether it is time; then it is not for a while."""
        if time_s < self._next_s:
            return False
        self._next_s = time_s + self._every_s
        return True
