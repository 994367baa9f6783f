"""The iris in the picture: where its dark disc meets the white of the eye, to a fraction of a pixel.

The network's iris points lie up to 3 mm off on a face unlike those it was taught on. The limbus itself is found by
the integro-differential operator of Daugman (IEEE PAMI 15(11), 1993): the circle across which the mean brightness
along two side arcs rises most. Lids cover what is above and below, so that only the sides count.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.types import F64, U8

ARC_RAD = np.radians(np.linspace(-32, 32, 9))
"To both sides of the horizontal: what lids leave free."
RADII = np.linspace(0.84, 1.12, 15)
"Of the radius that is looked for first."
AWAY = np.linspace(-0.45, 0.45, 15)
"How far from the first centre, of that radius."
STEP = 0.16
"Between the two circles whose brightness is compared, of the radius."
LEAST_RISE = 6.0
"Grey levels: less is no limbus but noise, or an eye that is shut."
RADIUS_PX_MIN = 4.0


@dataclass(frozen=True, slots=True)
class Iris:
    """One eye's iris in one frame."""

    centre_px: tuple[float, float]
    radius_px: float
    rise: float
    "Grey levels by which the white of the eye is brighter."


def find_iris(luma: U8, centre_px: F64, radius_px: float, /) -> Iris | None:
    """The iris near where the network has it; None where there is no clear edge to both sides."""
    if radius_px < RADIUS_PX_MIN:
        return None
    height, width = luma.shape
    reach = 2.2 * radius_px
    if (centre_px < reach).any() or centre_px[0] > width - reach or centre_px[1] > height - reach:
        return None
    soft = np.asarray(
        cv2.GaussianBlur(_part(luma, centre_px, reach), (0, 0), max(0.06 * radius_px, 0.5)), dtype=np.uint8
    )
    origin = np.floor(centre_px - reach)
    at, radius, spread = centre_px - origin, radius_px, 1.0
    best = np.zeros(4)
    for _ in range(3):
        # brighter outside than inside on both sides, the weaker side counting most
        x = at[0] + AWAY * radius_px * spread
        y = at[1] + AWAY[::2] * radius_px * spread * 0.7
        radii = radius * (1 + (RADII - 0.98) * spread) if spread < 1 else radius * RADII
        grid = np.stack(np.meshgrid(x, y, radii, indexing="ij"), axis=-1).reshape(-1, 3)
        rise = _rise(soft, grid)
        index = int(np.argmax(rise))
        best = np.append(grid[index], rise[index])
        at, radius, spread = best[:2], float(best[2]), spread / 4
    if best[3] < LEAST_RISE or not RADII[0] <= best[2] / radius_px <= RADII[-1]:
        return None
    centre = best[:2] + origin
    return Iris((float(centre[0]), float(centre[1])), float(best[2]), float(best[3]))


def _part(luma: U8, centre_px: F64, reach: float) -> U8:
    left, top = np.floor(centre_px - reach).astype(int)
    side = int(np.ceil(2 * reach)) + 1
    return np.ascontiguousarray(luma[top : top + side, left : left + side])


def _rise(picture: U8, grid: F64) -> F64:
    """(n,) grey levels for circles (n, 3: x, y, radius): the mean of both sides, and the weaker one again."""
    x, y, radius = grid.T[:, :, None]
    sides = []
    for direction in (-1.0, 1.0):
        levels = []
        for step in (-STEP, STEP):
            reach = radius * (1 + step)
            px = (x + direction * reach * np.cos(ARC_RAD)).astype(np.float32)
            py = (y + reach * np.sin(ARC_RAD)).astype(np.float32)
            levels.append(cv2.remap(picture, px, py, cv2.INTER_LINEAR).astype(np.float64).mean(axis=1))
        sides.append(levels[1] - levels[0])
    return np.asarray((sides[0] + sides[1]) / 4 + np.minimum(sides[0], sides[1]) / 2)
