"""The irises in the picture: where their dark discs meet the white of the eye, to a fraction of a pixel.

The network's iris points lie up to 5 mm off on a face unlike those it was taught on. The limbus itself is found by
the integro-differential operator of Daugman (IEEE PAMI 15(11), 1993): the circle across which the mean brightness
along two side arcs rises most. Lids cover what is above and below, so that only the sides count. Both eyes are looked
at together: their irises are of one size, and what is another size is a lid, a lash or a lock of hair.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.types import F64, U8

ARC_RAD = np.radians(np.linspace(-32, 32, 9))
"To both sides of the horizontal: what lids leave free."
RADII = np.linspace(0.82, 1.14, 17)
"Of the network's radius."
ACROSS, DOWN = np.linspace(-1.2, 1.2, 17), np.linspace(-0.5, 0.5, 8)
"How far the network's centre may be off, of that radius."
FINER = (0.15, 0.04)
"Steps of the first search are this far apart, and then closer: of the radius."
STEP = 0.16
"Between the two circles whose brightness is compared, of the radius."
LEAST_RISE = 6.0
"Grey levels: less is no limbus but noise, or an eye that is shut."
RISES_UNLIKE = 0.6
"Of the clearer eye's rise the other one has at least so much, or it is no iris."
RADII_UNLIKE = 0.04
RADIUS_PX_MIN = 4.0


@dataclass(frozen=True, slots=True)
class Iris:
    """One eye's iris in one frame."""

    centre_px: tuple[float, float]
    radius_px: float
    rise: float
    "Grey levels by which the white of the eye is brighter."


def find_irises(luma: U8, centres_px: F64, radius_px: float, /) -> tuple[Iris, Iris] | None:
    """Both irises near where the network has them, (2, 2) centres and their mean radius; None where not both have a
    clear edge to both sides, or where they are of unlike size."""
    if radius_px < RADIUS_PX_MIN:
        return None
    height, width = luma.shape
    reach = (ACROSS[-1] + RADII[-1] * (1 + STEP) + 0.1) * radius_px
    if (centres_px < reach).any() or (centres_px > np.array([width, height]) - reach).any():
        return None
    parts, origins, found = [], [], []
    for centre in centres_px:
        left, top = np.floor(centre - reach).astype(int)
        side = int(np.ceil(2 * reach)) + 1
        part = np.ascontiguousarray(luma[top : top + side, left : left + side])
        soft = np.asarray(cv2.GaussianBlur(part, (0, 0), max(0.06 * radius_px, 0.5)), dtype=np.uint8)
        at = centre - (left, top)
        grid = _grid(at[0] + ACROSS * radius_px, at[1] + DOWN * radius_px, RADII * radius_px)
        parts.append(soft)
        origins.append((left, top))
        found.append((grid, _rise(soft, grid.reshape(-1, 3)).reshape(grid.shape[:3])))
    # one size for both: where their best circles are clearest together
    together = sum(rise.max(axis=(0, 1)) for _, rise in found)
    size = int(np.argmax(together))
    if size in (0, len(RADII) - 1):
        return None
    irises = []
    for soft, origin, (grid, rise) in zip(parts, origins, found, strict=True):
        best = grid[:, :, size].reshape(-1, 3)[int(np.argmax(rise[:, :, size]))]
        clear = 0.0
        for spread in FINER:
            steps = np.linspace(-spread, spread, 7) * radius_px
            fine = _grid(best[0] + steps, best[1] + steps[::2], best[2] + steps / 3).reshape(-1, 3)
            rises = _rise(soft, fine)
            best, clear = fine[int(np.argmax(rises))], float(rises.max())
        irises.append(Iris((float(best[0] + origin[0]), float(best[1] + origin[1])), float(best[2]), clear))
    one, other = irises
    less, more = sorted((one.rise, other.rise))
    if less < LEAST_RISE or less < RISES_UNLIKE * more:
        return None
    return None if abs(np.log(one.radius_px / other.radius_px)) > 2 * RADII_UNLIKE else (one, other)


def _grid(x: F64, y: F64, radii: F64) -> F64:
    """(x, y, radii, 3)."""
    return np.stack(np.meshgrid(x, y, radii, indexing="ij"), axis=-1)


def _rise(picture: U8, circles: F64) -> F64:
    """(n,) grey levels for circles (n, 3: x, y, radius): the mean of both sides, and the weaker one again."""
    x, y, radius = circles.T[:, :, None]
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
