"""Her room's light on the room that pieces mirror: the studio's lamps and cards stay, tinted and leaning."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tryon.render.environment import directions
from tryon.types import F32, RoomLight

BELOW = (0.2, 0.7)
"Downward part of a direction from which on her skin is seen, and from which on nothing else is."
LEAST = 0.25
"Of its usual light, in the direction from which least comes: no room is black on one side."


def lit(room: F32, light: RoomLight, /) -> F32:
    """(n, size, size, 4) maps of a room (n, size, size, 3) in that light; the last channel is 1."""
    towards = _towards(room.shape[1])
    lean = np.array(light.lean, np.float32) * (1, -1, -1)  # the maps are y up, z towards the viewer
    gain = np.maximum(1 + towards @ lean, LEAST)[..., None] * np.array(light.colour, np.float32)
    skin = np.clip((-towards[..., 1:2] - BELOW[0]) / (BELOW[1] - BELOW[0]), 0.0, 1.0)
    gain += skin * (np.array(light.skin, np.float32) - gain)
    out = np.ones((*room.shape[:3], 4), np.float32)
    np.multiply(room, gain, out=out[..., :3])
    return out


@lru_cache(maxsize=1)
def _towards(size: int) -> F32:
    return directions(size).astype(np.float32)
