"""Printed ArUco markers and ChArUco boards in a picture.

One marker at the forehead gives scale as a card does (`tryon.body.card.card_pose` with its printed side);
a board gives the corners that `tryon calibrate` solves a camera from.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from tryon.types import F64, I32, U8, BandSeen, BoardSeen, Frame, MarkerSeen, ReferenceRefused

DICTIONARY = cv2.aruco.DICT_4X4_50
BAND_DICTIONARY = cv2.aruco.DICT_5X5_100
"Of the paper bands: another family, so that none of theirs is taken for the marker at the forehead."
SIDE_LEAST_PX = 24.0
"Six cells a side: below four pixels a cell a corner is mostly blur."
CORNER_STD_PX = 0.15
"Of one corner: 0.05 to 0.1 on synthetic markers with blur and noise; more with a codec [J]."
PAPER_STD = 0.003
"Printed size, relative, once it was checked against a card; 0.02 to 0.03 when it was not (facts: fit, 1.2)."


class MarkerFinder:
    """Finds one printed marker in single frames; keeps nothing between them. Not for several threads."""

    def __init__(self) -> None:
        self._detector = _detector(DICTIONARY)

    def find(self, frame: Frame, /, *, id: int | None = None) -> MarkerSeen | ReferenceRefused | None:
        """The marker (of this id, or any), why it can't be measured by, or None when there is none.

        A mirror image is no marker of the dictionary and so is not found.
        """
        height = frame.size_px[1]
        numbers, quads = _detected(self._detector, frame.i420[:height])
        seen = [(int(number), quad) for number, quad in zip(numbers, quads, strict=True) if id is None or number == id]
        if not seen:
            return None
        number, corners = seen[0]
        if len(seen) > 1:
            return ReferenceRefused("marker_two", corners, frame.time_s)
        if np.linalg.norm(np.roll(corners, -1, axis=0) - corners, axis=1).min() < SIDE_LEAST_PX:
            return ReferenceRefused("marker_small", corners, frame.time_s)
        return MarkerSeen(number, corners, np.eye(8) * CORNER_STD_PX**2, frame.time_s)


class BandFinder:
    """Finds the markers of paper bands in single frames; keeps nothing between them. Not for several threads."""

    def __init__(self) -> None:
        self._detector = _detector(BAND_DICTIONARY)

    def find(self, frame: Frame, /) -> BandSeen | None:
        """All that are seen; None when there is none. A mirror image has none."""
        numbers, quads = _detected(self._detector, frame.i420[: frame.size_px[1]])
        return BandSeen(numbers, quads, frame.time_s) if len(numbers) else None


def _detector(dictionary: int) -> cv2.aruco.ArucoDetector:
    parameters = cv2.aruco.DetectorParameters()
    # lines through the sides; the refinement of single corners draws them inwards by a quarter of a pixel under
    # blur, which is 0.5 percent of a marker of 60 pixels
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_APRILTAG
    return cv2.aruco.ArucoDetector(cv2.aruco.getPredefinedDictionary(dictionary), parameters)


def _detected(detector: cv2.aruco.ArucoDetector, grey: U8) -> tuple[I32, F64]:
    """Ids (n,) and corners (n, 4, 2) px."""
    found, ids, _ = detector.detectMarkers(grey)
    if not len(found):
        return np.zeros(0, np.int32), np.zeros((0, 4, 2))
    # its pixel (0, 0) is that pixel's corner
    return ids.ravel().astype(np.int32), np.array(found, dtype=np.float64).reshape(-1, 4, 2) - 0.5


@dataclass(frozen=True, slots=True)
class Board:
    """A printed ChArUco board: a chessboard with markers in its white squares."""

    squares: tuple[int, int] = (8, 6)
    "Across and down."
    square_mm: float = 25.0
    marker_mm: float = 18.0


BoardWhy = Literal["", "board_not_found", "board_hidden", "board_wrong", "board_two"]
"""Nothing of a board; too few of its corners; markers of another board; a marker twice."""
BOARD_CORNERS_LEAST = 8
"Fewer hold no view in place."
_REFINED = (cv2.TERM_CRITERIA_EPS + cv2.TERM_CRITERIA_MAX_ITER, 50, 1e-3)
"Of a corner: pixels it still moves, and turns."


def marker_cells(number: int, side_mm: float, *, dictionary: int = DICTIONARY) -> F64:
    """(n, 4) mm: left, top, width, height of a marker's black cells, from its top left, y down."""
    family = cv2.aruco.getPredefinedDictionary(dictionary)
    cells = family.markerSize + 2
    rows, columns = np.nonzero(cv2.aruco.generateImageMarker(family, number, cells) == 0)
    cell_mm = side_mm / cells
    places = np.stack([columns, rows], axis=1) * cell_mm
    return np.hstack([places, np.full_like(places, cell_mm)])


def board_cells(board: Board) -> F64:
    """(n, 4) mm: left, top, width, height of a board's black squares and cells from its top left, y down."""
    printed = _charuco(board)
    marked = np.array([quad[0][:2] for quad in printed.getObjPoints()], dtype=np.float64)
    white = {(int(x), int(y)) for x, y in marked // board.square_mm}
    across, down = board.squares
    black = [(x, y) for y in range(down) for x in range(across) if (x, y) not in white]
    squares = np.array([(x, y, 1, 1) for x, y in black]) * board.square_mm
    cells = [
        marker_cells(int(number), board.marker_mm) + (*corner, 0, 0)
        for number, corner in zip(np.ravel(printed.getIds()), marked, strict=True)
    ]
    return np.vstack([squares, *cells])


def _charuco(board: Board) -> cv2.aruco.CharucoBoard:
    dictionary = cv2.aruco.getPredefinedDictionary(DICTIONARY)
    return cv2.aruco.CharucoBoard(board.squares, board.square_mm, board.marker_mm, dictionary)


class BoardFinder:
    """Finds a ChArUco board in single pictures. Not for several threads."""

    def __init__(self, board: Board) -> None:
        self._board = _charuco(board)
        self._own = {int(number) for number in np.ravel(self._board.getIds())}
        self.why: BoardWhy = ""
        "Why the last picture gave no corners, or none to trust; empty when it did."
        self._clear = (1 - board.marker_mm / board.square_mm) / 2
        "White between a corner and the next marker, of a square's side."
        self._detector = cv2.aruco.CharucoDetector(self._board)

    def find(self, grey: U8, /) -> BoardSeen | None:
        """The corners seen in a grey picture (h, w); None when there are too few to solve by."""
        points, ids, _, markers = self._detector.detectBoard(grey)
        self.why = self._strange([] if markers is None else [int(number) for number in np.ravel(markers)])
        if ids is None or len(ids) < BOARD_CORNERS_LEAST:
            self.why = self.why or "board_hidden"
            return None
        numbers = ids.ravel().astype(np.int32)
        places = np.asarray(self._board.getChessboardCorners(), dtype=np.float64)[numbers]
        # its pixel (0, 0) is that pixel's corner; and its refinement looks as far as the markers, which draw corners
        # of squares of 40 to 60 pixels away by a fifth of one: here the window ends before them
        rough = points.reshape(-1, 2) - np.float32(0.5)
        steps = np.abs(places[:, None, :2] - places[None, :, :2])
        across = np.abs(rough[:, None] - rough[None]).max(axis=2)[(steps == self._board.getSquareLength()).all(axis=2)]
        if not across.size:
            self.why = "board_hidden"
            return None
        reach = max(2, int(self._clear * across.min()))
        refined = cv2.cornerSubPix(grey, rough[:, None].copy(), (reach, reach), (-1, -1), _REFINED)[:, 0]
        inside = ((refined > reach) & (refined < np.array(grey.shape[::-1]) - 1 - reach)).all(axis=1)
        if inside.sum() < BOARD_CORNERS_LEAST:
            self.why = "board_hidden"
            return None
        return BoardSeen(numbers[inside], refined[inside].astype(np.float64), places[inside])

    def _strange(self, markers: list[int]) -> BoardWhy:
        """What the markers of a picture say against it."""
        if not markers:
            return "board_not_found"
        if len(set(markers)) < len(markers):
            return "board_two"
        return "board_wrong" if any(number not in self._own for number in markers) else ""
