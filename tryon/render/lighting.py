"""Her room's light on the room that pieces mirror: the studio's lamps and cards stay, tinted and leaning."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from tryon.render.environment import directions
from tryon.types import F32, RoomLight, Stage

BELOW = (0.2, 0.7)
"Downward part of a direction from which on her skin is seen, and from which on nothing else is."


@dataclass(frozen=True, slots=True)
class Lamps:
    """A stage's own lamps, over what is left of the studio's."""

    studio: float
    towards: tuple[float, float, float]
    "y up, z towards the viewer."
    half_rad: float
    power: float


STAGES: dict[Stage, Lamps] = {
    "ballroom": Lamps(1.05, (0.0, 0.9, 0.2), 0.55, 1.1),
    "daylight": Lamps(0.75, (-0.85, 0.35, 0.40), 0.50, 2.2),
    "spot": Lamps(0.35, (0.30, 0.75, 0.60), 0.10, 16.0),
    "flash": Lamps(0.55, (0.06, 0.10, 1.0), 0.07, 22.0),
}
"Lamps that are small are mirrored as points: stones fire in a spot, and are plain in a ballroom's many candles."
BLURS = (0.03, 1.0)
"Of the sharpest and of the softest map, rad; those between lie between."
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
    if lamps := STAGES.get(light.stage):
        out[..., :3] *= lamps.studio
        middle = np.array(lamps.towards, np.float32) / np.linalg.norm(lamps.towards)
        ahead = towards @ middle
        for index, blur in enumerate(np.geomspace(*BLURS, len(room))):
            # a lamp that is blurred gives as much light from a wider place
            wide = lamps.half_rad**2 + blur**2
            out[index, ..., :3] += (lamps.power * lamps.half_rad**2 / wide * np.exp((ahead - 1) / wide))[..., None]
    return out


@lru_cache(maxsize=1)
def _towards(size: int) -> F32:
    return directions(size).astype(np.float32)
