"""How broad her neck is seen from the front: where skin ends to both sides, below the jaw.

Shade changes how bright skin is, not how it is coloured: chroma over luma tells skin from cloth, hair and room. The
face says what her skin is like, the throat itself how it looks in the shade of the chin.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.body.model import view_angles
from tryon.geometry.planes import split_planes
from tryon.types import F32, F64, Camera, Frame

FRONTAL_RAD = 0.35
CHEEKS = [50, 280, 205, 425, 9, 151, 108, 337, 36, 266, 101, 330, 118, 347, 199, 200]
"Landmarks on bare skin of the face: cheeks, forehead, chin."
ACROSS_MM = np.arange(-90.0, 90.5, 1.0)
DOWN_MM = np.arange(2.0, 31.0, 2.0)
"Below the chin: neck, not yet chest."
CORE_MM = 15.0
SPREAD, SHADE = 0.03, 0.45
"Of chroma over luma on one skin, and of the logarithm of its luma."
UNLIKE = 9.0
"Squared distance in spreads from which on it is not her skin."
GAP_MM = 5
"So much that is no skin is an edge; less is a mole, a chain or a shadow."
BESIDE_MM = 12.0
"Where the person goes on beyond the skin by more than this, something covers her: a collar, hair, a scarf."


@dataclass(frozen=True, slots=True)
class Throat:
    """One look at the neck from the front."""

    breadth_mm: float
    "Where it is least, at the depth of the neck's axis; 0 where a scarf or a high collar leaves no skin to see."
    bare: bool
    "Both edges are her own outline; else cloth or hair covers her, and she is no less broad than this."


def read_throat(
    frame: Frame, face_px: F64, mask: F32, axis: tuple[F64, F64], chin: F64, camera_from_head: F64, camera: Camera, /
) -> Throat | None:
    """What a frame shows, or None: turned away, or out of the picture.

    `face_px` (468+, 2) the face mesh; `mask` (h, w) 0 room to 1 person; `axis` the neck's top and foot and `chin`,
    (3,) mm in the camera's frame.
    """
    if max(map(abs, view_angles(camera_from_head))) > FRONTAL_RAD:
        return None
    at = _grid(axis, chin, camera)
    width, height = camera.size_px
    low, high = at.reshape(-1, 2).min(axis=0), at.reshape(-1, 2).max(axis=0)
    if (low < 0).any() or (high > (width - 1, height - 1)).any():
        return None
    luma, tint = _tints(frame, at)
    face_luma, face_tint = _tints(frame, face_px[CHEEKS][None].astype(np.float32))
    own = np.median(face_tint[0], axis=0)
    spread = np.hypot(1.48 * np.median(np.abs(face_tint[0] - own), axis=0), SPREAD)
    core = np.abs(ACROSS_MM) < CORE_MM
    like = (((tint - own) / spread) ** 2).sum(axis=-1) < UNLIKE
    if like[:, core].mean() < 0.3 or np.median(luma[:, core]) < 0.15 * np.median(face_luma):
        return Throat(0.0, False)
    throat = like & core
    own, shade = np.median(tint[throat], axis=0), float(np.median(luma[throat]))
    spread = 1.48 * np.median(np.abs(tint[throat] - own), axis=0) + 0.7 * SPREAD
    away = (((tint - own) / spread) ** 2).sum(axis=-1) + (np.log(luma / shade) / SHADE) ** 2
    skin = away < UNLIKE
    rows, columns = mask.shape
    scale = np.array([columns, rows]) / (width, height)
    seen = ((at + 0.5) * scale - 0.5).astype(np.float32)
    person = cv2.remap(mask, seen[..., 0], seen[..., 1], cv2.INTER_LINEAR) > 0.5
    middle = len(ACROSS_MM) // 2
    sides = [np.stack([_reach(row[middle::step]) for row in skin]) for step in (-1, 1)]
    beyond = [np.stack([_reach(row[middle::step]) for row in person]) for step in (-1, 1)]
    breadth = sides[0] + sides[1]
    if np.isnan(breadth).sum() > len(DOWN_MM) / 2:
        return Throat(0.0, False)
    least = int(np.nanargmin(breadth))
    near = slice(max(least - 1, 0), least + 2)
    bare = all(
        float(np.nan_to_num(np.nanmax(out[near] - edge[near]), nan=np.inf)) < BESIDE_MM
        for out, edge in zip(beyond, sides, strict=True)
        if not np.isnan(out[near] - edge[near]).all()
    ) and not any(np.isnan(out[near]).all() for out in beyond)
    return Throat(float(np.nanmedian(breadth[near])), bare)


def _grid(axis: tuple[F64, F64], chin: F64, camera: Camera) -> F32:
    """(rows, columns, 2) pixels of a plane through the neck's axis, upright as the neck is, from the chin down."""
    top, foot, below = (p[:2] * camera.matrix[0, 0] / p[2] + camera.matrix[:2, 2] for p in (*axis, chin))
    down = (foot - top) / max(float(np.linalg.norm(foot - top)), 1e-9)
    side = np.array([down[1], -down[0]])
    px_per_mm = camera.matrix[0, 0] / ((axis[0][2] + axis[1][2]) / 2)
    start = top + down * float((below - top) @ down)
    grid = start + (DOWN_MM[:, None, None] * down + ACROSS_MM[None, :, None] * side) * px_per_mm
    return np.asarray(grid, dtype=np.float32)


def _tints(frame: Frame, at: F32) -> tuple[F64, F64]:
    """Luma over black (h, w), and chroma over it (h, w, 2), at pixels of the frame."""
    luma, *chroma = split_planes(frame.i420)
    bright = cv2.remap(luma, at[..., 0], at[..., 1], cv2.INTER_LINEAR).astype(np.float64)
    bright = np.maximum(bright - 16, 8)
    half = (at - 0.5) / 2
    tints = [cv2.remap(plane, half[..., 0], half[..., 1], cv2.INTER_LINEAR) for plane in chroma]
    return bright, (np.stack(tints, axis=-1).astype(np.float64) - 128) / bright[..., None]


def _reach(inside: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> float:
    """mm from the middle outwards to where it ends for good; NaN where it does not, or never began."""
    gone = np.convolve(~inside, np.ones(GAP_MM), mode="valid") == GAP_MM
    # a line of shade under the chin is no neck that ends there
    return float(np.argmax(gone)) - 0.5 if gone.any() and not gone[: int(CORE_MM)].any() else float("nan")
