"""The printed sheets: a PDF whose millimetres are true, read back from its own operators."""

from __future__ import annotations

import numpy as np
import pytest

from tests.paper.reader import read
from tryon.camera.sheet import MARKER_ID, MARKER_MARGIN_MM, MARKER_MM, board_sheet, marker_sheet
from tryon.errors import SettingError
from tryon.paper.pdf import A4_MM
from tryon.picture import frame_from_rgb
from tryon.track.marker import Board, BoardFinder, MarkerFinder
from tryon.types import U8, MarkerSeen

FINE = 6
"Pixels a millimetre in what is drawn here."


def inked(file: bytes) -> U8:
    """(h, w, 3) the page as a printer fills it; outlines and words left out."""
    picture = np.full((round(A4_MM[1] * FINE), round(A4_MM[0] * FINE), 3), 255, np.uint8)
    for x, y, width, height in (each.numbers for each in read(file).drawn if each.kind == "re"):
        rows = round((A4_MM[1] - y - height) * FINE), round((A4_MM[1] - y) * FINE)
        picture[rows[0] : rows[1], round(x * FINE) : round((x + width) * FINE)] = 0
    return picture


def outlined(file: bytes) -> list[tuple[float, ...]]:
    """Rectangles that are drawn as lines."""
    return [each.numbers for each in read(file).drawn if each.kind == "box"]


@pytest.mark.parametrize("square_mm", [25.0, 20.0])
def test_the_board_is_found_on_its_page_at_true_size(square_mm: float) -> None:
    seen = BoardFinder(Board()).find(inked(board_sheet(square_mm))[..., 0])

    assert seen is not None
    assert len(seen.ids) == 35
    places_mm = (seen.points_px + 0.5) / FINE
    turned = np.stack([places_mm[:, 0], -places_mm[:, 1]], axis=1)  # its x runs up the page, its y to the right
    expected = seen.points_mm[:, 1::-1] * square_mm / Board().square_mm
    off = turned - expected
    assert np.abs(off - off.mean(axis=0)).max() < 0.02


def test_a_black_area_is_one_path_without_seams() -> None:
    lines = board_sheet(25).decode("ascii").split("\n")

    first = next(index for index, line in enumerate(lines) if line.endswith(" re"))
    assert lines.index("f") > 24 * 20, "squares and all markers before the first fill"
    assert all(line.endswith(" re") for line in lines[first : lines.index("f")])


def test_the_marker_is_found_on_its_page_at_true_size() -> None:
    seen = MarkerFinder().find(frame_from_rgb(inked(marker_sheet()), 0.0))

    assert isinstance(seen, MarkerSeen)
    assert seen.id == MARKER_ID
    sides_mm = np.linalg.norm(np.roll(seen.corners_px, -1, axis=0) - seen.corners_px, axis=1) / FINE
    assert np.allclose(sides_mm, MARKER_MM, atol=0.1)
    cut = max(outlined(marker_sheet()), key=lambda rect: rect[1])
    assert cut[2:] == (MARKER_MM + 2 * MARKER_MARGIN_MM,) * 2


@pytest.mark.parametrize("file", [board_sheet(25), marker_sheet()], ids=["board", "marker"])
def test_the_print_can_be_checked_with_a_card_and_a_ruler(file: bytes) -> None:
    page = read(file)

    assert page.sizes_mm == [pytest.approx(A4_MM, abs=1e-3)]
    assert not page.ornament, "all of it is read aloud"
    assert b"/PrintScaling /None" in file
    assert (85.6, 53.98) in [rect[2:] for rect in outlined(file)]
    rects = np.array([each.numbers for each in page.drawn if each.kind == "re"])
    ticks = rects[(rects[:, 2] == 0.2) & (rects[:, 3] == 4)]
    assert np.allclose(np.diff(ticks[:, 0]), 10)
    assert len(ticks) == 11
    edges = np.hstack([rects[:, :2], np.array(A4_MM) - rects[:, :2] - rects[:, 2:]])
    assert edges.min() > 9, "no printer's dead edge is touched"


@pytest.mark.parametrize("square_mm", [0.0, 9.9, 25.1, -25.0, float("nan")])
def test_a_board_that_does_not_fit_the_page_is_refused(square_mm: float) -> None:
    with pytest.raises(SettingError) as refusal:
        board_sheet(square_mm)
    assert refusal.value.reason == "square_impossible"
