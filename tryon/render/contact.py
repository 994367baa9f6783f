"""Where a piece lies on her: the light that it takes from skin and hair close to it.

From the layer's own outline, thrown a little down and away from the light, and only onto the body: what stands up from
a crown takes no light from the room behind.
"""

from __future__ import annotations

import cv2
import numpy as np

from tryon.geometry.camera import project
from tryon.geometry.rigid import transform
from tryon.types import F32, F64, Layer, Scene, Veil

COARSE = 4
"Pixels of the frame a side of one of the shade's."
NEAR_MM, FAR_MM = 1.6, 4.5
"Softness of the shade where it touches and of that which it throws."
THROWN_MM = 4.5
LEANING = 0.6
"So far aside it is thrown, of that, for a light that leans wholly to one side."
NEAR_DARK, FAR_DARK = 0.32, 0.42
"How much of the light is taken, at most."
REACH_MM = 14.0
PX_MIN = 0.25
"Pixels a millimetre below which nothing of this is seen."


def shades(scene: Scene, layers: tuple[Layer, ...], /) -> tuple[Veil, ...]:
    """What the pieces of a scene, drawn as those layers, take from the light on her; under each layer its own."""
    if not scene.placed or not scene.occluders:
        return ()
    nearest = min(scene.placed, key=lambda placed: float(placed.camera_from_piece[2, 3]))
    px_per_mm = scene.camera.matrix[0, 0] / max(float(nearest.camera_from_piece[2, 3]), 1.0)
    if px_per_mm < PX_MIN:
        return ()
    down = -nearest.camera_from_piece[:2, 1] - LEANING * np.array(scene.light.lean[:2])
    thrown = THROWN_MM * px_per_mm * down / max(float(np.linalg.norm(down)), 1.0)
    found = (_shade(scene, layer, px_per_mm, thrown) for layer in layers)
    return tuple(shade for shade in found if shade is not None)


def _shade(scene: Scene, layer: Layer, px_per_mm: float, thrown: F64) -> Veil | None:
    width, height = scene.camera.size_px
    x, y = layer.origin_px
    rows, columns = layer.rgba.shape[:2]
    reach = int(REACH_MM * px_per_mm)
    left, top = max(x - reach, 0) // COARSE * COARSE, max(y - reach, 0) // COARSE * COARSE
    right, foot = min(x + columns + reach, width), min(y + rows + reach, height)
    size = (-(-(right - left) // COARSE), -(-(foot - top) // COARSE))
    body = _body(scene, (left, top), size)
    if body is None:
        return None
    # the layer on the coarse grid: pixel centres to pixel centres, averaged on the way
    grid = np.array([[1 / COARSE, 0, (x - left + 0.5) / COARSE - 0.5], [0, 1 / COARSE, (y - top + 0.5) / COARSE - 0.5]])
    alpha = cv2.blur(cv2.extractChannel(layer.rgba, 3), (COARSE, COARSE)).astype(np.float32)
    near = cv2.warpAffine(alpha, grid, size, flags=cv2.INTER_LINEAR) / 255
    moved = grid.copy()
    moved[:, 2] += thrown / COARSE
    far = cv2.warpAffine(alpha, moved, size, flags=cv2.INTER_LINEAR) / 255
    unit = px_per_mm / COARSE
    near_dark = NEAR_DARK * cv2.GaussianBlur(near, (0, 0), max(NEAR_MM * unit, 0.5))
    far_dark = FAR_DARK * cv2.GaussianBlur(far, (0, 0), max(FAR_MM * unit, 0.6))
    taken = (1 - (1 - near_dark) * (1 - far_dark)) * body
    return Veil(np.asarray(taken, dtype=np.float32), (left, top), COARSE)


def _body(scene: Scene, origin_px: tuple[int, int], size: tuple[int, int]) -> F32 | None:
    """Where on the coarse grid her body is, 0 to 1, its edge soft; None: nowhere."""
    inside = np.zeros((size[1], size[0]), np.uint8)
    for occluder in scene.occluders:
        points = transform(occluder.camera_from_mesh, occluder.mesh.vertices.astype(np.float64))
        points = points[points[:, 2] > 1.0]
        if len(points) < 3:
            continue
        pixels = (project(points, scene.camera) - origin_px + 0.5) / COARSE - 0.5
        hull = cv2.convexHull(np.clip(pixels, -4000, 4000).astype(np.float32))
        cv2.fillConvexPoly(inside, hull.round().astype(np.int32), [255])
    if not inside.any():
        return None
    return np.asarray(cv2.blur(inside, (3, 3)).astype(np.float32) / 255, dtype=np.float32)
