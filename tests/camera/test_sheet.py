"""The printed sheets: a PDF whose millimetres are true, read back from its own operators."""

from __future__ import annotations

import re

import numpy as np
import pytest

from tryon.camera.sheet import MARKER_ID, MARKER_MARGIN_MM, MARKER_MM, board_sheet, marker_sheet
from tryon.errors import SettingError
from tryon.paper.pdf import A4_MM
from tryon.picture import frame_from_rgb
from tryon.track.marker import Board, BoardFinder, MarkerFinder
from tryon.types import U8, MarkerSeen

FINE = 6
"Pixels a millimetre in what is drawn here."
POINTS_PER_MM = 72 / 25.4


def operators(file: bytes) -> list[str]:
    """The lines of the page's content, whose length and place the file must state rightly."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", file)[1])
    assert file[start:].startswith(b"xref\n")
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n $", file[start:], re.MULTILINE)]
    for number, place in enumerate(places, start=1):
        assert file[place:].startswith(b"%d 0 obj\n" % number)
    length, content = re.search(rb"<< /Length (\d+) >>\nstream\n(.*)\nendstream", file, re.DOTALL).groups()
    assert int(length) == len(content)
    return content.decode("ascii").splitlines()


def numbers(words: str) -> list[float]:
    """What stands before an operator."""
    return [float(word) for word in words.split()[:4]]


def inked(lines: list[str]) -> U8:
    """(h, w, 3) the page as a printer fills it; outlines and words left out."""
    picture = np.full((round(A4_MM[1] * FINE), round(A4_MM[0] * FINE), 3), 255, np.uint8)
    for x, y, width, height in (numbers(line) for line in lines if line.endswith(" re")):
        rows = round((A4_MM[1] - y - height) * FINE), round((A4_MM[1] - y) * FINE)
        picture[rows[0] : rows[1], round(x * FINE) : round((x + width) * FINE)] = 0
    return picture


def outlined(lines: list[str]) -> list[list[float]]:
    """Rectangles that are drawn as lines."""
    return [numbers(line.split(" d ")[1]) for line in lines if line.endswith("re S")]


@pytest.mark.parametrize("square_mm", [25.0, 20.0])
def test_the_board_is_found_on_its_page_at_true_size(square_mm: float) -> None:
    seen = BoardFinder(Board()).find(inked(operators(board_sheet(square_mm)))[..., 0])

    assert seen is not None
    assert len(seen.ids) == 35
    places_mm = (seen.points_px + 0.5) / FINE
    turned = np.stack([places_mm[:, 0], -places_mm[:, 1]], axis=1)  # its x runs up the page, its y to the right
    expected = seen.points_mm[:, 1::-1] * square_mm / Board().square_mm
    off = turned - expected
    assert np.abs(off - off.mean(axis=0)).max() < 0.02


def test_a_black_area_is_one_path_without_seams() -> None:
    lines = operators(board_sheet(25))

    first = next(index for index, line in enumerate(lines) if line.endswith(" re"))
    assert lines.index("f") > 24 * 20, "squares and all markers before the first fill"
    assert all(line.endswith(" re") for line in lines[first : lines.index("f")])


def test_the_marker_is_found_on_its_page_at_true_size() -> None:
    lines = operators(marker_sheet())
    seen = MarkerFinder().find(frame_from_rgb(inked(lines), 0.0))

    assert isinstance(seen, MarkerSeen)
    assert seen.id == MARKER_ID
    sides_mm = np.linalg.norm(np.roll(seen.corners_px, -1, axis=0) - seen.corners_px, axis=1) / FINE
    assert np.allclose(sides_mm, MARKER_MM, atol=0.1)
    cut = max(outlined(lines), key=lambda rect: rect[1])
    assert cut[2:] == [MARKER_MM + 2 * MARKER_MARGIN_MM] * 2


@pytest.mark.parametrize("file", [board_sheet(25), marker_sheet()], ids=["board", "marker"])
def test_the_print_can_be_checked_with_a_card_and_a_ruler(file: bytes) -> None:
    lines = operators(file)

    scale = numbers(lines[0])
    assert scale[0] == scale[3] == pytest.approx(POINTS_PER_MM, abs=1e-8)
    box = [float(side) for side in re.search(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", file).groups()]
    assert box == pytest.approx([210 * POINTS_PER_MM, 297 * POINTS_PER_MM], abs=1e-3)
    assert b"/PrintScaling /None" in file
    assert [85.6, 53.98] in [rect[2:] for rect in outlined(lines)]
    rects = np.array([numbers(line) for line in lines if line.endswith(" re")])
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
