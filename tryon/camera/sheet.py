"""What is printed: the board that a camera is calibrated by, and the marker that is held at the forehead.

Both are A4 at true size, with an ID-1 box to lay a bank card in and a ruler: a print whose scale nobody checked is
two to three percent in doubt (facts: fit, 1.2).
"""

from __future__ import annotations

from pathlib import Path

from tryon.body.card import ID1_MM
from tryon.camera.pdf import A4_MM, Page, Rect
from tryon.errors import CalibrationError, SettingError
from tryon.track.marker import Board, board_cells, marker_cells

MARKER_ID = 0
MARKER_MM = 40.0
MARKER_MARGIN_MM = 10.0
"White round the marker, to the line it is cut out along: one and a half of its cells."
SQUARE_MM = (10.0, 25.0)
"Smallest that a webcam still reads, largest that fits the page."
_MARGIN_MM = 12.0
"No printer's dead edge is wider."
_BOARD_TOP_MM = A4_MM[1] - 10
_RULER_MM = 100

_PRINT = ("1. Print at 100 % (actual size, not fit to page): a bank", "card must lie exactly on the box at the left.")
_BOARD_WORDS = (
    _PRINT,
    ("2. Keep the page flat: glue it to a stiff board, or clip it", "to a book."),
    (
        "3. Take 10 or more sharp pictures with one camera and one",
        "zoom, the board filling half of the picture, leant to the left,",
        "right, back and front by 20 to 40 degrees.",
    ),
)
_MARKER_WORDS = (
    _PRINT,
    (
        "2. Cut out along the dashed line and glue it to a stiff card,",
        "so that it stays flat and keeps its white edge.",
    ),
    (
        "3. Hold it upright and flat at the middle of the forehead,",
        "facing the camera, with no finger on the white edge.",
    ),
)


def board_sheet(square_mm: float, /) -> bytes:
    """The ChArUco board as a PDF; its long side runs up the page. Raises SettingError when it would not fit."""
    if not SQUARE_MM[0] <= square_mm <= SQUARE_MM[1]:
        raise SettingError(
            "square_impossible",
            f"--square-mm is {square_mm:g}; {SQUARE_MM[0]:g} to {SQUARE_MM[1]:g} can be read and fit on A4.",
        )
    share = square_mm / Board().square_mm
    board = Board(square_mm=square_mm, marker_mm=share * Board().marker_mm)
    across, down = (count * square_mm for count in board.squares)
    left, bottom = (A4_MM[0] - down) / 2, _BOARD_TOP_MM - across
    page = Page(A4_MM, "Calibration board")
    # a quarter turn, not a mirror: the board's x runs up the page, its y to the right
    page.fill((left + y, bottom + x, height, width) for x, y, width, height in board_cells(board))
    _foot(page, f"Calibration board: squares of {square_mm:g} mm", _BOARD_WORDS)
    return page.pdf()


def marker_sheet() -> bytes:
    """One marker to hold at the forehead, as a PDF."""
    page = Page(A4_MM, "Forehead marker")
    left, bottom = (A4_MM[0] - MARKER_MM) / 2, 180.0
    page.fill(
        (left + x, bottom + MARKER_MM - y - height, width, height)
        for x, y, width, height in marker_cells(MARKER_ID, MARKER_MM)
    )
    page.outline(_grown((left, bottom, MARKER_MM, MARKER_MM), MARKER_MARGIN_MM), dashed=True)
    _foot(page, f"Forehead marker {MARKER_ID}: {MARKER_MM:g} mm", _MARKER_WORDS)
    return page.pdf()


def write_sheet(path: Path, sheet: bytes, /) -> None:
    """Writes the file. Raises CalibrationError."""
    try:
        path.write_bytes(sheet)
    except OSError as err:
        raise CalibrationError("sheet_unwritable", f"{path} cannot be written: {err.strerror}.") from err


def _foot(page: Page, name: str, sentences: tuple[tuple[str, ...], ...]) -> None:
    """Ruler, card box and what to do, below 82 mm."""
    width, height = ID1_MM
    page.outline((_MARGIN_MM, 10, width, height))
    page.text(_MARGIN_MM + 4, 38, f"A bank card fits here: {width:.2f} x {height:.2f} mm")
    _ruler(page, _MARGIN_MM, 69)
    page.text(_MARGIN_MM + _RULER_MM + 6, 69, name, height_mm=3.6)
    y = 10 + height - 3.2
    for sentence in sentences:
        for line in sentence:
            page.text(_MARGIN_MM + width + 5, y, line)
            y -= 4.6
        y -= 2.4


def _ruler(page: Page, left: float, bottom: float) -> None:
    """A line of _RULER_MM with a tick each millimetre; a tick's middle is its place."""
    thin = 0.2
    page.fill([(left - thin / 2, bottom - thin / 2, _RULER_MM + thin, thin)])
    for millimetre in range(_RULER_MM + 1):
        length = 4.0 if millimetre % 10 == 0 else 3.0 if millimetre % 5 == 0 else 2.0
        page.fill([(left + millimetre - thin / 2, bottom, thin, length)])
        if millimetre % 10 == 0:
            words = str(millimetre)
            page.text(left + millimetre - 0.55 * len(words), bottom + 5, words, height_mm=2)


def _grown(rect: Rect, by_mm: float) -> Rect:
    x, y, width, height = rect
    return x - by_mm, y - by_mm, width + 2 * by_mm, height + 2 * by_mm
