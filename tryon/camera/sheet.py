"""What is printed: the board that a camera is calibrated by, and the marker that is held at the forehead.

Both are A4 at true size, with an ID-1 box to lay a bank card in and a ruler.
"""

from __future__ import annotations

from tryon.body.card import ID1_MM
from tryon.errors import SettingError
from tryon.paper.checks import RULER_MM, card_box, ruler
from tryon.paper.pdf import A4_MM, Document, Page, Rect
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
    document = Document("Calibration board")
    page = document.page()
    with document.element("Figure", instead="A chessboard with a square marker in each of its white fields."):
        # a quarter turn, not a mirror: the board's x runs up the page, its y to the right
        page.fill((left + y, bottom + x, height, width) for x, y, width, height in board_cells(board))
    _foot(document, page, f"Calibration board: squares of {square_mm:g} mm", _BOARD_WORDS)
    return document.pdf()


def board_drawing() -> bytes:
    """The ChArUco board as an SVG that fills a screen, white round it; its size plays no part."""
    board = Board()
    across, down = (count * board.square_mm for count in board.squares)
    edge = board.square_mm / 2
    cells = "".join(f"M{x:g} {y:g}h{width:g}v{height:g}h{-width:g}z" for x, y, width, height in board_cells(board))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{-edge:g} {-edge:g} {across + 2 * edge:g} '
        f'{down + 2 * edge:g}"><title>Calibration board</title><rect x="-100%" y="-100%" width="300%" height="300%" '
        f'fill="#fff"/><path d="{cells}" shape-rendering="crispEdges"/></svg>'
    ).encode()


def marker_sheet() -> bytes:
    """One marker to hold at the forehead, as a PDF."""
    document = Document("Forehead marker")
    page = document.page()
    left, bottom = (A4_MM[0] - MARKER_MM) / 2, 180.0
    with document.element("Figure", instead="A square marker, and the dashed line to cut it out along."):
        page.fill(
            (left + x, bottom + MARKER_MM - y - height, width, height)
            for x, y, width, height in marker_cells(MARKER_ID, MARKER_MM)
        )
        page.outline(_grown((left, bottom, MARKER_MM, MARKER_MM), MARKER_MARGIN_MM), dashed=True)
    _foot(document, page, f"Forehead marker {MARKER_ID}: {MARKER_MM:g} mm", _MARKER_WORDS)
    return document.pdf()


def _foot(document: Document, page: Page, name: str, sentences: tuple[tuple[str, ...], ...]) -> None:
    """Ruler, card box and what to do, below 82 mm."""
    width, height = ID1_MM
    with document.element("H1"):
        page.text(_MARGIN_MM + RULER_MM + 6, 69, name, height_mm=3.6)
    with document.element("Figure", instead=f"A ruler of {RULER_MM} mm and a box of a bank card's size."):
        card_box(page, _MARGIN_MM, 10)
        ruler(page, _MARGIN_MM, 69)
    y = 10 + height - 3.2
    for sentence in sentences:
        with document.element("P"):
            for line in sentence:
                page.text(_MARGIN_MM + width + 5, y, line)
                y -= 4.6
        y -= 2.4


def _grown(rect: Rect, by_mm: float) -> Rect:
    x, y, width, height = rect
    return x - by_mm, y - by_mm, width + 2 * by_mm, height + 2 * by_mm
