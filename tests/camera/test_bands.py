"""The sheet of paper bands: its strips at true size, found by the finder that reads them."""

from __future__ import annotations

import re

import numpy as np

from tests.paper.reader import read
from tryon.body.band import BANDS, CHECK_IDS, STRIP_MM, check_places_mm
from tryon.camera.bands import PAGE_MM, TAB_MM, band_sheet
from tryon.picture import frame_from_rgb
from tryon.track.marker import BandFinder
from tryon.types import U8

FINE = 6
"Pixels a millimetre in what is drawn here."


def inked(page: int) -> U8:
    """(h, w, 3) a page as a printer fills it; outlines and words left out."""
    picture = np.full((round(PAGE_MM[1] * FINE), round(PAGE_MM[0] * FINE), 3), 255, np.uint8)
    drawn = [each for each in read(band_sheet()).drawn if each.kind == "re" and each.page == page]
    for x, y, width, height in (each.numbers for each in drawn):
        rows = round((PAGE_MM[1] - y - height) * FINE), round((PAGE_MM[1] - y) * FINE)
        picture[rows[0] : rows[1], round(x * FINE) : round((x + width) * FINE)] = 0
    return picture


def test_every_marker_stands_at_its_place_on_its_strip() -> None:
    seen = BandFinder().find(frame_from_rgb(inked(0), 0.0))

    assert seen is not None
    assert sorted(seen.ids) == sorted(band.first_id + place for band in BANDS for place in range(band.count))
    for band in BANDS:
        mine = (seen.ids >= band.first_id) & (seen.ids < band.first_id + band.count)
        middles_mm = (seen.corners_px[mine].mean(axis=1) + 0.5) / FINE
        places = band.places_mm(seen.ids[mine])
        assert band.length_mm == band.strips * STRIP_MM
        from_left = middles_mm[:, 0] - (PAGE_MM[0] - STRIP_MM - TAB_MM) / 2
        assert np.abs(from_left - np.mod(places, STRIP_MM)).max() < 0.15
        sides = np.linalg.norm(seen.corners_px[mine][:, 1] - seen.corners_px[mine][:, 0], axis=1) / FINE
        assert np.abs(sides - band.side_mm).max() < 0.2


def test_the_crown_band_goes_round_any_head_and_can_be_read_by_eye() -> None:
    page = read(band_sheet())

    assert BANDS[0].length_mm > 680
    assert np.allclose(page.sizes_mm, [PAGE_MM] * 2, atol=1e-3)
    numbers = {int(word) for word in re.findall(r"\b\d+\b", " ".join(each.words for each in page.drawn))}
    assert set(range(0, 781, 10)) <= numbers
    assert not page.ornament, "all of it is read aloud"
    assert (85.6, 53.98) in [each.numbers[2:] for each in page.drawn if each.kind == "box"]
    boxes = np.array([each.numbers for each in page.drawn if each.kind in ("re", "box")])
    edges = np.hstack([boxes[:, :2], np.array(PAGE_MM) - boxes[:, :2] - boxes[:, 2:]])
    assert edges.min() > 9, "no printer's dead edge is touched"


def test_the_prints_check_stands_where_it_is_measured() -> None:
    seen = BandFinder().find(frame_from_rgb(inked(1), 0.0))

    assert seen is not None
    assert sorted(seen.ids) == list(CHECK_IDS)
    middles_mm = seen.corners_px[np.argsort(seen.ids)].mean(axis=1) / FINE
    assert np.allclose(middles_mm - middles_mm.mean(axis=0), check_places_mm(), atol=0.1)
