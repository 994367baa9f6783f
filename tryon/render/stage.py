"""The same picture somewhere else: under the lamps of a ballroom, in daylight, a spot or a flash, and from far away.

All of the picture is graded, so that she and what she wears stand in one light; what the lamps do in metal and stones
is the renderer's (`lighting`). Nothing here is measured by.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from tryon.geometry.planes import join_planes, split_planes
from tryon.types import F32, F64, U8, Frame, Stage, StageView

BLACK, RANGE = 16, 219


@dataclass(frozen=True, slots=True)
class Grade:
    """What a stage's light does to a picture."""

    gain: float
    "Of luma over black."
    gamma: float
    "Below 1 lifts the middle tones."
    tint: tuple[float, float]
    "Added to U and V, levels."
    colour: float
    "Of the chroma there is."
    dark: float = 1.0
    "What is left of the light where the pool's is gone."
    pool: float = 0.0
    "Radius of the pool of light about her, in heights of her face; 0: the light is everywhere."


GRADES: dict[Stage, Grade] = {
    "ballroom": Grade(0.90, 1.06, (-11.0, 7.0), 1.05),
    "daylight": Grade(1.06, 0.92, (7.0, -5.0), 0.94),
    "spot": Grade(1.12, 1.04, (-3.0, 2.0), 1.0, dark=0.07, pool=1.25),
    "flash": Grade(1.28, 0.86, (1.0, -1.0), 0.90, dark=0.42, pool=2.6),
}
FAR = 0.25
"Of its size, a picture as the tenth row sees it: some 10 m away, where she stands 0.6 m from her camera."
FAR_POOL = 1.7
"Radius of what can be seen of her in the hall's dark, in heights of her face."
EDGE = 0.09
"Of a picture's sides, over which it fades into the hall."
HALL = 18
"Luma of the hall."
FACE_SHARE = 0.34
"Of the picture's height, a face that nobody found."
COARSE = 8


def staged(frame: Frame, view: StageView, face_px: F64 | None, /) -> Frame:
    """The finished picture as that view shows it; the frame itself where it is her own room, near by.

    `face_px` (468+, 2): where she is; None: in the middle.
    """
    if view == StageView():
        return frame
    width, height = frame.size_px
    middle, tall = np.array([width / 2, 0.42 * height]), FACE_SHARE * height
    if face_px is not None:
        low, high = face_px[:468].min(axis=0), face_px[:468].max(axis=0)
        tall = float(high[1] - low[1])
        # the light is on her face and on what is over it
        middle = (low + high) / 2 - (0.0, 0.25 * tall)
    luma, blue, red = (plane.copy() for plane in split_planes(frame.i420))
    grade = GRADES.get(view.light)
    if grade is not None:
        luma = np.asarray(cv2.LUT(luma, _curve(grade)), dtype=np.uint8)
        blue, red = (_tinted(plane, grade.colour, by) for plane, by in zip((blue, red), grade.tint, strict=True))
    planes = [luma, blue, red]
    if grade is not None and grade.pool:
        _dim(planes, _pool((width, height), middle, grade.pool * tall, grade.dark))
    if view.far:
        planes = _far(planes, middle, FAR_POOL * tall)
    return Frame(join_planes(*planes), frame.time_s)


def _tinted(plane: U8, colour: float, by: float) -> U8:
    return np.asarray(cv2.convertScaleAbs(plane, alpha=colour, beta=128 + by - 128 * colour), dtype=np.uint8)


@lru_cache(maxsize=8)
def _curve(grade: Grade) -> U8:
    level = np.clip((np.arange(256) - BLACK) / RANGE, 0, 1) ** grade.gamma * grade.gain
    # a shoulder: what grows too bright comes near white and does not burn out
    level = np.where(level > 0.8, 0.8 + 0.2 * np.tanh((level - 0.8) / 0.2), level)
    return np.asarray(np.round(BLACK + RANGE * level), dtype=np.uint8)


def _pool(size_px: tuple[int, int], middle: F64, radius: float, dark: float) -> F32:
    """(h, w) coarse: 1 in the pool of light, `dark` out of it."""
    x, y = (np.arange(-(-side // COARSE)) * COARSE + COARSE / 2 for side in size_px)
    far = np.hypot((x[None] - middle[0]) / radius, (y[:, None] - middle[1]) / (1.25 * radius))
    return np.asarray(dark + (1 - dark) / (1 + np.exp((far - 1) / 0.13)), dtype=np.float32)


def _unframed(size_px: tuple[int, int]) -> F32:
    """(h, w) coarse: 1, and nothing at the picture's edge."""
    x, y = (np.arange(-(-side // COARSE)) * COARSE + COARSE / 2 for side in size_px)
    across, down = (
        np.clip(np.minimum(at, side - at) / (EDGE * side), 0, 1) for at, side in zip((x, y), size_px, strict=True)
    )
    return np.asarray((down * down * (3 - 2 * down))[:, None] * (across * across * (3 - 2 * across)), dtype=np.float32)


def _dim(planes: list[U8], pool: F32) -> None:
    """Less light: nearer to black, and with less colour."""
    for index, (plane, zero) in enumerate(zip(planes, (BLACK, 128, 128), strict=True)):
        size = plane.shape[::-1]
        kept = cv2.convertScaleAbs(cv2.resize(pool, size, interpolation=cv2.INTER_LINEAR), alpha=255)
        dimmed = cv2.add(cv2.multiply(plane, kept, scale=1 / 255), cv2.convertScaleAbs(255 - kept, alpha=zero / 255))
        planes[index] = np.asarray(dimmed, dtype=np.uint8)


def _far(planes: list[U8], middle: F64, radius: float) -> list[U8]:
    """Small in the hall's dark, its head where heads are; even places, so that chroma goes with luma."""
    rows, columns = planes[0].shape
    # a hall has no frame about her
    _dim(planes, _pool((columns, rows), middle, radius, 0.0) * _unframed((columns, rows)))
    size = (round(FAR * columns) // 2 * 2, round(FAR * rows) // 2 * 2)
    left, top = ((columns - size[0]) // 4 * 2, (rows - size[1]) // 4 * 2)
    hall = []
    for plane, level, share in zip(planes, (HALL, 128, 128), (1, 2, 2), strict=True):
        out = np.full(plane.shape, level, np.uint8)
        small = cv2.resize(plane, (size[0] // share, size[1] // share), interpolation=cv2.INTER_AREA)
        part = out[top // share : (top + size[1]) // share, left // share : (left + size[0]) // share]
        part[:] = np.maximum(small, level) if share == 1 else small
        hall.append(out)
    return hall
