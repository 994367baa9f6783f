"""How her camera sees, read off its pictures: how soft, how noisy, how black its black is. The piece is made so too.

Softness is told by the sharpest edges about her head, across and down apart: a camera that is shaken, or a head that
is, smears one of the two. At rest it is followed slowly and told in steps, so that a still picture keeps its look.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tryon.types import F64, U8, Frame, Layer

EVERY = 5
"Rows, and columns, of which one is looked at."
AT_REST = 6
"Frames of which one is looked at while she holds still."
BROW = (10, 151, 9)
"Face points under what is worn on the head: a head that is shaken turns about its neck."
MOVING_PX = 5.0
"So far they move from frame to frame when they may smear."
REACH = 3
"Half the width over which the whole of an edge is taken."
EDGE = 36
"Levels across an edge that counts."
EDGES_MIN = 25
SHARPEST = 92.0
"Percentile of the edges' steepness: what is softer is soft by itself."
SMOOTH = 9
"Levels over the same width at which a surface is plain: what changes on it is noise."
DRAWN_PX = 0.42
"Softness of the piece as it is drawn, its samples averaged over a pixel."
PLAIN_MIN = 20
"Pixels of a line; of all lines those with little on them count, for skin and cloth have a grain of their own."
BLUR_MAX_PX = 3.6
BLUR_STEP_PX = 0.15
FOLLOW = 0.15
"Of a new look at rest."
NOISE_MIN, NOISE_MAX = 0.9, 4.0
"Levels: what is below it nobody sees, what is above it no camera sends."
LIVELY = 0.5
"Of it, levels, so much changes from picture to picture: a piece on a still head does not flicker."
GRAIN = 0.8
"Of the camera's own noise: too little is not noticed, too much is."
BLACK, BLACK_MAX = 16.0, 12.0
TILE = (512, 1024)
FINE = 64.0
"Steps of a level in which grain is kept."

_SIGMAS = np.linspace(0.25, 4.5, 60)
_STEEPNESS = np.array(
    [math.erf(0.5 / (s * math.sqrt(2))) / math.erf((REACH + 0.5) / (s * math.sqrt(2))) for s in _SIGMAS]
)
"Of a step seen with that softness: its change over a pixel, of that over the whole width."


@dataclass(frozen=True, slots=True)
class Look:
    """How a camera shows what it sees."""

    blur_px: tuple[float, float] = (0.0, 0.0)
    "Softness (standard deviation) that a piece as drawn lacks, across and down."
    noise: float = 0.0
    "Standard deviation of luma from frame to frame, levels; 0: none that is seen."
    black: float = 0.0
    "Luma of its black over true black, levels."


class CameraEye:
    """One wearer's camera, frame after frame. Not for several threads."""

    def __init__(self) -> None:
        self._soft: F64 | None = None
        self._noise = self._black = 0.0
        self._frames = 0
        self._brow: F64 | None = None
        self._told = (0.0, 0.0)

    def look(self, frame: Frame, face_px: F64, /) -> Look:
        """How this frame shows a piece. `face_px` (468+, 2) the face mesh."""
        low, high = face_px[:468].min(axis=0), face_px[:468].max(axis=0)
        brow = face_px[list(BROW)].mean(axis=0)
        moved = np.zeros(2) if self._brow is None else np.abs(brow - self._brow)
        self._brow = brow
        self._frames += 1
        moves = float(moved.max()) > MOVING_PX
        if not moves and self._soft is not None and self._frames % AT_REST:
            return Look(self._told, self._noise, self._black)
        seen = read_edges(frame, low, high)
        if seen is None:
            return Look(self._told, self._noise, self._black)
        soft, noise, black = seen
        if self._soft is None:
            self._soft, self._noise, self._black = soft, noise, black
        elif not moves:
            self._soft = self._soft + FOLLOW * (soft - self._soft)
            self._noise += FOLLOW * (noise - self._noise)
            self._black += FOLLOW * (black - self._black)
        lacking = self._lacking(self._soft)
        if np.abs(lacking - self._told).max() > BLUR_STEP_PX:
            self._told = (round(float(lacking[0]), 2), round(float(lacking[1]), 2))
        if not moves:
            return Look(self._told, self._noise, self._black)
        # smeared the way she moves, and no sharper than at rest
        smeared = self._lacking(np.where(moved > MOVING_PX / 2, np.maximum(soft, self._soft), self._soft))
        return Look((round(float(smeared[0]), 1), round(float(smeared[1]), 1)), self._noise, self._black)

    def _lacking(self, soft: F64) -> F64:
        return np.asarray(np.sqrt(np.clip(soft**2 - DRAWN_PX**2, 0.0, BLUR_MAX_PX**2)))


def read_edges(frame: Frame, low: F64, high: F64, /) -> tuple[F64, float, float] | None:
    """(softness across and down, px; noise, levels; black over true black, levels) about a face of these corners; None
    where there are too few edges.
    """
    width, height = frame.size_px
    across = high - low
    # hair and collar have edges as well
    left, top = np.clip(low - 0.3 * across, 0, (width - 1, height - 1)).astype(int)
    right, foot = np.clip(high + 0.3 * across, 0, (width, height)).astype(int)
    luma = frame.i420[top:foot, left:right]
    if min(luma.shape) < 40:
        return None
    rows, columns = luma[::EVERY].astype(np.int16), np.ascontiguousarray(luma[:, ::EVERY].T).astype(np.int16)
    found = [_edges(lines) for lines in (rows, columns)]
    if any(one is None for one in found):
        return None
    soft = np.array([one[0] for one in found if one is not None])
    noise = min(one[1] for one in found if one is not None)
    black = float(np.percentile(luma[::EVERY, ::EVERY], 0.5)) - BLACK
    return soft, noise if noise > NOISE_MIN else 0.0, float(np.clip(0.6 * black, 0.0, BLACK_MAX))


def _edges(lines: npt.NDArray[np.int16]) -> tuple[float, float] | None:
    """(softness in pixels along lines, noise)."""
    step = np.abs(np.diff(lines))
    whole = np.abs(lines[:, 2 * REACH + 1 :] - lines[:, : -2 * REACH - 1])
    count = whole.shape[1]
    before, inner, after = (step[:, REACH + aside : REACH + aside + count] for aside in (-1, 0, 1))
    # the steepest place of each edge, not its flanks
    peak = (inner >= before) & (inner >= after)
    edges = peak & (whole > EDGE)
    if edges.sum() < EDGES_MIN:
        return None
    steep = float(np.percentile(inner[edges] / whole[edges], SHARPEST))
    bend = np.abs(np.diff(lines, n=2))[:, REACH - 1 : REACH - 1 + count]
    plain = whole < SMOOTH
    counts = plain.sum(axis=1)
    sums = (bend * plain).sum(axis=1)
    lines_plain = sums[counts > PLAIN_MIN] / counts[counts > PLAIN_MIN]
    # a second difference has six times the variance; the mean of what is folded is sqrt(2 / pi) of the spread
    noise = float(np.percentile(lines_plain, 25)) / math.sqrt(6) * math.sqrt(math.pi / 2) if len(lines_plain) else 0.0
    return float(np.interp(-min(steep, 1.0), -_STEEPNESS, _SIGMAS)), min(noise, NOISE_MAX)


def softened(layer: Layer, look: Look, size_px: tuple[int, int], /) -> Layer:
    """The layer as soft as the camera would show it, within a frame of that size; the very same where it is so."""
    across, down = look.blur_px
    if max(across, down) < 2 * BLUR_STEP_PX:
        return layer
    # a kernel of odd width, at least one pixel
    size = tuple(1 + 2 * max(1, math.ceil(2.2 * sigma)) if sigma >= 0.25 else 1 for sigma in (across, down))
    x, y = layer.origin_px
    rows, columns = layer.rgba.shape[:2]
    # what is smeared reaches further; even, as layers are
    aside, above = (side // 2 // 2 * 2 for side in size)
    left, top = min(aside, x), min(above, y)
    right, foot = min(aside, size_px[0] - x - columns), min(above, size_px[1] - y - rows)
    wider = cv2.copyMakeBorder(layer.rgba, top, foot, left, right, cv2.BORDER_CONSTANT, value=(0, 0, 0, 0))
    rgba = cv2.GaussianBlur(wider, size, max(across, 0.01), sigmaY=max(down, 0.01), borderType=cv2.BORDER_REPLICATE)
    return Layer(np.asarray(rgba, dtype=np.uint8), (x - left, y - top))


def grained(luma: U8, alpha: U8, noise: float, time_s: float) -> None:
    """Adds grain to luma in place, as far as `alpha` covers it. Most of it stays with the piece, a little changes from
    picture to picture: the same at the same time.
    """
    whole = GRAIN * noise
    lively = min(whole, LIVELY)
    # any two numbers that differ from frame to frame
    turn = int(time_s * 1000)
    _add(luma, alpha, math.sqrt(whole**2 - lively**2), (0, 0))
    _add(luma, alpha, lively, ((turn * 7919) % (TILE[0] // 2), (turn * 104729) % (TILE[1] // 2)))


def _add(luma: U8, alpha: U8, std: float, at: tuple[int, int]) -> None:
    (top, left), (rows, columns) = at, luma.shape
    if std <= 0:
        return
    for y in range(0, rows, TILE[0] // 2):
        for x in range(0, columns, TILE[1] // 2):
            part = luma[y : y + TILE[0] // 2, x : x + TILE[1] // 2]
            tile = _TILE[top : top + part.shape[0], left : left + part.shape[1]]
            over = alpha[y : y + part.shape[0], x : x + part.shape[1]].astype(np.int16)
            grain = cv2.multiply(over, tile, scale=std / (255 * FINE), dtype=cv2.CV_32F)
            part[:] = cv2.add(part, grain, dtype=cv2.CV_8U)


def _tile() -> npt.NDArray[np.int16]:
    plain = np.random.default_rng(1).normal(0.0, 1.0, TILE)
    # a camera's noise is not of single pixels: its colours are made from neighbours
    soft = cv2.GaussianBlur(plain, (0, 0), 0.55)
    return np.asarray(np.round(soft / soft.std() * FINE), dtype=np.int16)


_TILE = _tile()
