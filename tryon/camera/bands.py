"""Paper bands to print: round head, neck and wrist, with markers for the camera and ticks for the eye.

Two A4 pages lying: the strips at true size, and what to do with them, with a box that a bank card must fit and four
markers about a blank field, by which the camera checks the print itself.
"""

from __future__ import annotations

from tryon.body.band import BANDS, CHECK_IDS, CHECK_SIDE_MM, STRIP_MM, Band, check_places_mm
from tryon.body.card import ID1_MM
from tryon.paper.checks import RULER_MM, card_box, ruler, ticks
from tryon.paper.pdf import A4_MM, Document, Ink, Page
from tryon.track.marker import BAND_DICTIONARY, marker_cells

PAGE_MM = (A4_MM[1], A4_MM[0])
TAB_MM = 10.0
"Past each strip's last millimetre: what the next one is taped on."
FINGER_MM = (100.0, 9.0)
"The strip for a finger: ticks alone."
_LEFT_MM = (PAGE_MM[0] - STRIP_MM - TAB_MM) / 2
_BELOW_MM, _TICKS_MM, _ABOVE_MM = 2.5, 2.5, 8.0
"White below a marker, between it and the ticks, and the ticks with their figures."
_GAP_MM = 1.5
"Between strips."
_TOP_MM = PAGE_MM[1] - 12
_PALE: Ink = (0.55, 0.55, 0.55)
_TITLES = {"crown": "CROWN", "neck": "NECK", "wrist": "WRIST"}
_WORDS = (
    (
        "1. Print both pages at 100 % (actual size, not fit to page): a bank",
        "card must lie exactly on the box below.",
    ),
    (
        "2. Cut out the strips of one band along the dashed lines. Tape them",
        "end to end, in the order of their figures: each next strip's edge",
        "lies on the line before the grey tab.",
    ),
    (
        "3. Wrap it round, print outwards, where the piece will sit: the",
        "crown band over the hair as you will wear it, level; the neck band",
        "where a choker lies; the wrist band just behind the wrist bone.",
        "As snug as the piece shall be, no gap and no dent.",
    ),
    (
        "4. Let the edge marked 0 lie on top of the other end, and tape it.",
        "The figure just beside that edge is the length round, in mm.",
    ),
    (
        "5. Show the camera the place where the ends meet, sharp and near:",
        "about 40 cm away, so that three markers on either side are seen.",
    ),
    (
        "A finger is too small for markers: wrap its strip round, read the",
        "figure at the edge marked 0 by eye, and type it as mm of strip.",
    ),
)
_CHECK = (
    "To let the camera check the print: lay a bank card flat",
    "in this field, away from the markers, and take a picture",
    "from straight above with all four markers in it.",
)


def band_sheet() -> bytes:
    """The bands as a PDF of two pages."""
    document = Document("Paper bands")
    page = document.page(PAGE_MM)
    bottom = _TOP_MM
    for band in BANDS:
        for strip in range(band.strips):
            bottom -= _height_mm(band)
            alone = f"Strip {strip + 1} of {band.strips} of the {band.kind} band, {STRIP_MM:g} mm."
            with document.element("Figure", instead=alone):
                _strip(page, band, strip, bottom)
            bottom -= _GAP_MM
    bottom -= FINGER_MM[1]
    with document.element("Figure", instead=f"A strip for a finger with ticks, {FINGER_MM[0]:g} mm."):
        ticks(page, _LEFT_MM, bottom, FINGER_MM[0], inset_mm=2.6)
        page.outline((_LEFT_MM, bottom, *FINGER_MM), dashed=True, line_mm=0.15)
        page.text(_LEFT_MM + FINGER_MM[0] + 4, bottom + 2.5, "FINGER: no markers; read it by eye, and type it.")
    _told(document, document.page(PAGE_MM))
    return document.pdf()


def _height_mm(band: Band) -> float:
    return _BELOW_MM + band.side_mm + _TICKS_MM + _ABOVE_MM


def _strip(page: Page, band: Band, strip: int, bottom: float) -> None:
    high, each = _height_mm(band), round(STRIP_MM / band.pitch_mm)
    top = bottom + _BELOW_MM + band.side_mm
    page.fill(
        (_LEFT_MM + (place + 0.5) * band.pitch_mm - band.side_mm / 2 + x, top - y - height, width, height)
        for place in range(each)
        for x, y, width, height in marker_cells(
            band.first_id + strip * each + place, band.side_mm, dictionary=BAND_DICTIONARY
        )
    )
    ticks(page, _LEFT_MM, top + _TICKS_MM, STRIP_MM, start=round(strip * STRIP_MM), inset_mm=3.0)
    page.text(_LEFT_MM + 4.0, bottom + 0.5, f"{_TITLES[band.kind]} {strip + 1}/{band.strips}", height_mm=1.6)
    end = _LEFT_MM + STRIP_MM
    page.line(((end, bottom), (end, bottom + high)), ink=_PALE)
    last = strip + 1 == band.strips
    page.text(end + 1.2, bottom + high / 2, "end" if last else f"{strip + 2} here", height_mm=2.2, ink=_PALE)
    page.outline((_LEFT_MM, bottom, STRIP_MM + TAB_MM, high), dashed=True, line_mm=0.15)


def _told(document: Document, page: Page) -> None:
    """What to do, a card's box and a ruler, and the field by which the camera checks the print."""
    height = ID1_MM[1]
    left, top = _LEFT_MM, _TOP_MM
    with document.element("H1"):
        page.text(left, top - 4, "Paper bands: round head, neck and wrist", height_mm=4.5)
    y = top - 13
    for sentence in _WORDS:
        with document.element("P"):
            for line in sentence:
                page.text(left, y, line)
                y -= 4.6
        y -= 2.0
    with document.element("Figure", instead=f"A ruler of {RULER_MM} mm and a box of a bank card's size."):
        card_box(page, left, 12)
        ruler(page, left, 12 + height + 4)
    places = check_places_mm()
    low = places.min(axis=0)
    right = PAGE_MM[0] - _LEFT_MM - CHECK_SIDE_MM / 2 - float(places[:, 0].max())
    foot = 58.0
    with document.element("Figure", instead="Four markers about a blank field, to lay a bank card in."):
        for number, (x, y) in zip(CHECK_IDS, places, strict=True):
            cells = marker_cells(number, CHECK_SIDE_MM, dictionary=BAND_DICTIONARY)
            # the field's y runs down, the page's up
            corner = right + x - CHECK_SIDE_MM / 2, foot + float(places[:, 1].max()) - y + CHECK_SIDE_MM / 2
            page.fill((corner[0] + a, corner[1] - b - deep, wide, deep) for a, b, wide, deep in cells)
    with document.element("P"):
        for place, line in enumerate(_CHECK):
            page.text(right + float(low[0]) - CHECK_SIDE_MM / 2, foot - 16 - 4.6 * place, line)
