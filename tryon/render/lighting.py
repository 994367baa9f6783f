"""Her room's light on the room that pieces mirror: the studio's lamps and cards stay, tinted and leaning."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tryon.render.environment import directions
from tryon.types import F32, RoomLight

LEAST = 0.25
"Of its usual light, in the direction from which least comes: no room is black on one side."


def lit(room: F32, light: RoomLight, /) -> F32:
    """(n, size, size, 4) maps of a room (n, size, size, 3) in that light; the last channel is 1."""
    lean = np.array(light.lean, np.float32) * (1, -1, -1)  # the maps are y up, z towards the viewer
    gain = np.maximum(1 + _towards(room.shape[1]) @ lean, LEAST)[..., None] * np.array(light.colour, np.float32)
    out = np.ones((*room.shape[:3], 4), np.float32)
    np.multiply(room, gain, out=out[..., :3])
    return out


@lru_cache(maxsize=1)
def _towards(size: int) -> F32:
    return directions(size).astype(np.float32)
