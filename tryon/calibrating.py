"""A camera calibrated at the mirror: stills of a board one by one, each answered with what to do next.

still --look--> Calibrating: what was wrong with it, how far each lean of the board is, the camera at the end
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Literal

import cv2
import msgspec
import numpy as np

from tryon.errors import CalibrationError
from tryon.geometry.calibrate import VIEWS_LEAST, calibrate
from tryon.geometry.camera import prior_camera
from tryon.messages import CameraKnown, known_of
from tryon.track.marker import Board, BoardFinder, BoardWhy
from tryon.types import F64, U8, BoardSeen

Lean = Literal["left", "right", "top", "bottom"]
"Which edge of the board (left and right are the wearer's) is nearer to the camera."
LEANS: tuple[Lean, ...] = ("left", "right", "top", "bottom")
Hindrance = Literal["", "board_hidden", "board_small", "board_blurred", "board_same", "board_lean_had"]
"Why a board that was found does not count (track.marker.BoardWhy says why none was)."
EACH = 2
"Views of each lean."
LEANT_RAD = (math.radians(15.0), math.radians(55.0))
"Less tells little of the focal length (facts: fit, section 8); more is hardly read."
BLUR_MOST_PX = 1.7
"""As edge_blur_px reads it: a Gaussian of 2 px. The margin of the markers is narrow: it reads 1.2 px for 0.8, 1.5 for
1.7, 1.7 for 2.2, 2.1 for 3.1 (tests/board.py). A webcam in focus has 0.7 to 1.2 [J], a board in motion 3 and more."""
BOARD_SHARE_LEAST = 0.15
"Of the picture that the board must fill: a leant board that was asked to fill half of it."
NEW_SHARE, MOVED_SHARE = 0.012, 0.03
NEW_RAD = math.radians(8.0)
"""Of the picture's width: corners that moved less are the same view (a little more than geometry.calibrate takes);
up to the second share a view is new when the board was leant by so much."""
FOCUS_STD = 0.003
"""Of the focal length, for a lens that focuses by itself: one of 4 mm, from a board at 0.4 m to her face at 0.7 m,
changes by f (1 / 0.4 m - 1 / 0.7 m), 0.4 percent; most webcams do not focus at all."""
ALMOST = 0.9
"Share of the step `sure` that enough views are; the rest is a camera."
VIEWS_MOST = 24
"Then it is said what is wrong: more of the same would not help."


class Calibrating(msgspec.Struct):
    """How far a calibration is, after a still."""

    steps: dict[str, float]
    "How far each is, 0 to 1: `show` (any view), each lean of the board (Lean), `sure`."
    hinders: str
    "Why this still does not count (Hindrance, track.marker.BoardWhy); empty when it does."
    views: int
    refused: str = ""
    "Why there is no camera though enough was seen (geometry.calibrate); then the views begin anew."
    detail: str = ""
    camera: CameraKnown | None = None
    "The camera: it is known to FOCAL_STD_MOST or better, and all is done."
    rms_px: float | None = None


class Calibrator:
    """One camera's views of the board. Not for several threads."""

    def __init__(self) -> None:
        self._finder = BoardFinder(Board())
        self._size_px = (0, 0)
        self._views: list[BoardSeen] = []
        self._normals: list[F64] = []
        self._leans: list[Lean | None] = []

    def look(self, grey: U8, /) -> Calibrating:
        """One still more, grey (h, w). One of another size begins anew."""
        size_px = (grey.shape[1], grey.shape[0])
        if size_px != self._size_px:
            self._size_px = size_px
            self._begin()
        seen = self._finder.find(grey)
        if seen is None or self._finder.why:
            return self._said(self._finder.why)
        normal = self._normal(seen)
        if hinders := self._hindrance(grey, seen, normal):
            return self._said(hinders)
        lean = lean_of(normal)
        if len(self._views) >= VIEWS_MOST and (lean is None or self._leans.count(lean) >= EACH):
            return self._said("board_lean_had")
        self._views.append(seen)
        self._normals.append(normal)
        self._leans.append(lean)
        return self._solved() if self._shown() and len(self._views) >= VIEWS_LEAST else self._said()

    def _begin(self) -> None:
        self._views.clear()
        self._normals.clear()
        self._leans.clear()

    def _shown(self) -> bool:
        """Whether every lean was shown: from here on any view more helps."""
        return all(self._leans.count(lean) >= EACH for lean in LEANS)

    def _said(self, hinders: Hindrance | BoardWhy = "") -> Calibrating:
        steps = {"show": float(bool(self._views))}
        for lean in LEANS:
            steps[lean] = min(1.0, self._leans.count(lean) / EACH)
        steps["sure"] = round(min(1.0, len(self._views) / VIEWS_LEAST) * ALMOST, 2)
        return Calibrating(steps, hinders, len(self._views))

    def _solved(self) -> Calibrating:
        views: Mapping[str, BoardSeen] = {f"view {number + 1}": seen for number, seen in enumerate(self._views)}
        try:
            found = calibrate(views, self._size_px)
        except CalibrationError as err:
            said = self._said()
            if len(self._views) >= VIEWS_MOST:
                said.refused, said.detail = err.reason, err.detail
                self._begin()
            return said
        said = self._said()
        said.steps["sure"] = 1.0
        camera = replace(found.camera, focal_std=math.hypot(found.camera.focal_std, FOCUS_STD))
        said.camera, said.rms_px = known_of(camera), round(found.rms_px, 3)
        self._begin()
        return said

    def _hindrance(self, grey: U8, seen: BoardSeen, normal: F64) -> Hindrance:
        board = Board()
        across, down = (count * board.square_mm for count in board.squares)
        homography, _ = cv2.findHomography(seen.points_mm[:, :2], seen.points_px)
        if np.shape(homography) != (3, 3):  # corners in one line have none
            return "board_hidden"
        corners = np.array([[[0, 0], [across, 0], [across, down], [0, down]]], dtype=np.float64)
        share = cv2.contourArea(cv2.perspectiveTransform(corners, homography).astype(np.float32)) / grey.size
        if share < BOARD_SHARE_LEAST:
            return "board_small"
        if edge_blur_px(grey, seen) > BLUR_MOST_PX:
            return "board_blurred"
        return "board_same" if self._had(seen, normal) else ""

    def _normal(self, seen: BoardSeen) -> F64:
        """(3,) where the board faces, in a camera of the usual focal length: towards us."""
        camera = prior_camera(self._size_px)
        points_mm, points_px = seen.points_mm.astype(np.float64), seen.points_px.astype(np.float64)
        _, turn, _ = cv2.solvePnP(points_mm, points_px, camera.matrix, camera.distortion, flags=cv2.SOLVEPNP_IPPE)
        normal = cv2.Rodrigues(turn)[0][:, 2]
        return np.asarray(-normal if normal[2] > 0 else normal)

    def _had(self, seen: BoardSeen, normal: F64) -> bool:
        """Whether there is such a view already."""
        for other, facing in zip(self._views, self._normals, strict=True):
            moved = _moved_px(seen, other) / self._size_px[0]
            leant = math.acos(min(1.0, float(normal @ facing)))
            if moved < NEW_SHARE or (moved < MOVED_SHARE and leant < NEW_RAD):
                return True
        return False


def lean_of(normal: F64, /) -> Lean | None:
    """How a board leans that faces `normal` (3,), camera; None between the leans that are asked for."""
    tilt = math.acos(min(1.0, -float(normal[2])))
    if not LEANT_RAD[0] <= tilt <= LEANT_RAD[1]:
        return None
    x, y = float(normal[0]), float(normal[1])
    # the picture's right is her left; an edge nearer to the camera turns the board's face away from that side
    if abs(x) > abs(y):
        return "left" if x < 0 else "right"
    return "top" if y > 0 else "bottom"


def edge_blur_px(grey: U8, seen: BoardSeen, /) -> float:
    """Median Gaussian sigma, px, of the edges half-way between neighbouring corners; of a sharp step 0.4.

    There black meets the white of a field before its marker begins: an edge blurred by sigma rises by its height over
    sigma sqrt(2 pi) a pixel where it is steepest.
    """
    board = Board()
    clear = (board.square_mm - board.marker_mm) / 2 / board.square_mm
    fields = np.round(seen.points_mm[:, :2] / board.square_mm).astype(int)
    at = {(int(column), int(row)): px for (column, row), px in zip(fields, seen.points_px, strict=True)}
    profiles, steps = [], []
    for (column, row), start in at.items():
        for next_ in ((column + 1, row), (column, row + 1)):
            if next_ not in at:
                continue
            along: F64 = at[next_] - start
            side = float(np.hypot(*along))
            across = np.array([-along[1], along[0]]) / side
            reach = 0.9 * clear * side
            steps.append(2 * reach / 20)
            profiles.append((start + at[next_]) / 2 + np.linspace(-reach, reach, 21)[:, None] * across)
    if not profiles:
        return 0.0
    places = np.array(profiles, dtype=np.float32)
    values = cv2.remap(grey.astype(np.float32), places[..., 0], places[..., 1], cv2.INTER_CUBIC)
    height = np.abs(values[:, -1] - values[:, 0])
    steepest = np.abs(np.diff(values, axis=1)).max(axis=1) / np.array(steps)
    return float(np.median(height / np.maximum(steepest, 1e-6)) / math.sqrt(2 * math.pi))


def _moved_px(one: BoardSeen, other: BoardSeen) -> float:
    """Root mean square way of the corners that both show; endless where they share none."""
    _, mine, theirs = np.intersect1d(one.ids, other.ids, return_indices=True)
    if not len(mine):
        return math.inf
    return float(np.sqrt(np.mean(np.sum((one.points_px[mine] - other.points_px[theirs]) ** 2, axis=1))))
