"""The irises in the picture: where their dark discs meet the white of the eye, to a fraction of a pixel.

The network's iris points lie up to 5 mm off on a face unlike those it was taught on. The limbus itself is found by
the integro-differential operator of Daugman (IEEE PAMI 15(11), 1993): the circle across which the mean brightness
along two side arcs rises most. Lids cover what is above and below, so that only the sides count. Both eyes are looked
at together: their irises are of one size, and what is another size is a lid, a lash or a lock of hair.

That circle is right in its middle and up to a tenth too small: a lamp's reflection on the cornea rises too, within the
iris. So the edge is traced from there, ray by ray: the steepest rise along each is the limbus, for a reflection is
soft, and a circle is put through what most rays agree on.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.types import F32, F64, U8, Landmarks

POINTS = ((473, 474, 476), (468, 469, 471))
"Centre and both sides of her left and right iris among the network's points."
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

RAYS_RAD = np.radians(np.linspace(-30, 36, 14))
"Below the horizontal positive: the upper lid hides more than the lower one."
RAYS = np.concatenate([np.stack([side * np.cos(RAYS_RAD), np.sin(RAYS_RAD)], axis=1) for side in (1.0, -1.0)])
"(28, 2) directions in the picture: right, then left."
NARROWER = (0.28, 0.2, 0.14, 0.1)
"How far to both sides of the circle its edge is looked for, round after round: of the radius."
RAY_STEP = 0.03
TRACED_FROM = (1.0, 1.08)
"Of the first circle's radius: it is too small rather than too large."
TRACED_PX_MIN = 7.5
"Radius by the network: the edge of a smaller iris runs into a reflection beside it (at 5 px it is read 5 % too small)."
SOFT_PX = 0.7
TRACED_RISE = 4.0
"Grey levels from one step to the next but one: less is no edge."
RAYS_LEAST = 5
"To each side."
ROUNDS = 6
"Of the circle through the points, each with weights by the last."
SCATTER_MOST = 0.04
"Of the points about the circle (median, as a standard deviation), of its radius: beyond that it is no circle."


@dataclass(frozen=True, slots=True)
class Iris:
    """One eye's iris in one frame."""

    centre_px: tuple[float, float]
    radius_px: float
    rise: float
    "Grey levels by which the white of the eye is brighter."
    traced: bool = False
    "Its edge was traced: the radius is good to 1.5 percent."


def irises_of(luma: U8, landmarks: Landmarks, /) -> tuple[Iris, Iris] | None:
    """Both irises of a face (her left one first), or None; `luma` is the frame's in which it was found."""
    points = landmarks.points_px
    if len(points) <= POINTS[0][2]:
        return None
    return find_irises(luma, np.array([points[centre] for centre, *_ in POINTS]), sum(drawn_px(landmarks)) / 4)


def drawn_px(landmarks: Landmarks, /) -> tuple[float, float]:
    """Diameters of her left and right iris as the network draws them, px."""
    points = landmarks.points_px
    left, right = (float(np.linalg.norm(points[one] - points[other])) for _, one, other in POINTS)
    return left, right


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
        parts.append((part, soft))
        origins.append((left, top))
        found.append((grid, _rise(soft, grid.reshape(-1, 3)).reshape(grid.shape[:3])))
    # one size for both: where their best circles are clearest together
    together = sum(rise.max(axis=(0, 1)) for _, rise in found)
    size = int(np.argmax(together))
    if size in (0, len(RADII) - 1):
        return None
    starts, circles, rises = [], [], []
    for (_, soft), (grid, rise) in zip(parts, found, strict=True):
        best = grid[:, :, size].reshape(-1, 3)[int(np.argmax(rise[:, :, size]))]
        starts.append(best)
        for spread in FINER:
            steps = np.linspace(-spread, spread, 7) * radius_px
            fine = _grid(best[0] + steps, best[1] + steps[::2], best[2] + steps / 3).reshape(-1, 3)
            clear = _rise(soft, fine)
            best = fine[int(np.argmax(clear))]
        circles.append(best)
        rises.append(float(clear.max()))
    less, more = sorted(rises)
    if less < LEAST_RISE or less < RISES_UNLIKE * more or _unlike(*circles):
        return None
    edges = [_traced(part, start, radius_px) for (part, _), start in zip(parts, starts, strict=True)]
    if edges[0] is not None and edges[1] is not None and _unlike(edges[0], edges[1]):
        edges = [None, None]
    irises = []
    for circle, edge, clearest, (left, top) in zip(circles, edges, rises, origins, strict=True):
        across, down, radius_px = (circle if edge is None else edge).tolist()
        irises.append(Iris((across + left, down + top), radius_px, clearest, edge is not None))
    return irises[0], irises[1]


def _unlike(one: F64, other: F64) -> bool:
    return bool(abs(np.log(one[2] / other[2])) > 2 * RADII_UNLIKE)


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


def _traced(picture: U8, circle: F64, by_network_px: float) -> F64 | None:
    """(x, y, radius) by the steepest rise along each ray from a circle nearby; None where that is no circle, or none
    of about the radius that the network draws."""
    if by_network_px < TRACED_PX_MIN:
        return None
    soft = np.asarray(cv2.GaussianBlur(picture.astype(np.float32), (0, 0), SOFT_PX), dtype=np.float32)
    found = [trace for trace in (_trace(soft, circle * (1, 1, share)) for share in TRACED_FROM) if trace is not None]
    if not found:
        return None
    best, scatter = min(found, key=lambda trace: trace[1])
    return best if scatter < SCATTER_MOST and RADII[0] < best[2] / by_network_px < RADII[-1] else None


def _trace(picture: F32, circle: F64) -> tuple[F64, float] | None:
    """(x, y, radius), and how its points scatter about it, of the radius."""
    near, scatter = circle, np.inf
    for half in NARROWER:
        reach = np.arange(1 - half - RAY_STEP, 1 + half + 1.5 * RAY_STEP, RAY_STEP) * near[2]
        at = (near[:2] + reach[:, None, None] * RAYS).astype(np.float32)
        levels = cv2.remap(picture, at[..., 0], at[..., 1], cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        rise = (levels[2:] - levels[:-2]).astype(np.float64)
        steepest = np.clip(np.argmax(rise, axis=0), 1, len(rise) - 2)
        before, here, after = (rise[steepest + step, np.arange(len(RAYS))] for step in (-1, 0, 1))
        edge = (here >= before) & (here >= after) & (here > TRACED_RISE)
        if min(np.count_nonzero(side) for side in np.split(edge, 2)) < RAYS_LEAST:
            return None
        # between the steps: the top of the parabola through three
        finer = (before - after) / 2 / np.minimum(before - 2 * here + after, -1e-6)
        points = near[:2] + ((reach[1:-1][steepest] + finer * RAY_STEP * near[2])[:, None] * RAYS)
        near, scatter = _circle(points[edge], np.sqrt(np.minimum(here[edge] / np.median(here[edge]), 1.0)))
        if not abs(near[2] / circle[2] - 1) < 2 * NARROWER[0]:
            return None
    return near, scatter


def _circle(points: F64, weights: F64) -> tuple[F64, float]:
    """(x, y, radius) through most points (n, 2), and their scatter about it, of the radius: least squares (Kasa 1976),
    weighed by Tukey's biweight."""
    weight, scatter, x, y, radius = weights, np.inf, 0.0, 0.0, 1.0
    middle = points.mean(axis=0)
    about = points - middle
    system, told = np.hstack([2 * about, np.ones((len(about), 1))]), (about**2).sum(axis=1)
    for _ in range(ROUNDS):
        weighed = system * (weight**2)[:, None]
        x, y, rest = np.linalg.solve(weighed.T @ system, weighed.T @ told).tolist()
        radius = math.sqrt(max(rest + x * x + y * y, 1.0))
        off = np.hypot(about[:, 0] - x, about[:, 1] - y) - radius
        scatter = 1.4826 * float(np.median(np.abs(off))) / radius
        weight = weights * (1 - np.clip(off / (3 * max(scatter, 0.02) * radius), -1, 1) ** 2)
    return np.array([x + middle[0], y + middle[1], radius]), scatter
