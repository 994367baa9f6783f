"""What a print's scale is checked by: a ruler, and a box that a bank card must fit.

A print whose scale nobody checked is two to three percent in doubt (facts: fit, 1.2).
"""

from __future__ import annotations

from tryon.body.card import ID1_MM
from tryon.paper.pdf import BLACK, Ink, Page

RULER_MM = 100
_THIN_MM = 0.2


def card_box(page: Page, left: float, bottom: float, /, *, ink: Ink = BLACK) -> None:
    """The outline of an ID-1 card, with what it is for."""
    width, height = ID1_MM
    page.outline((left, bottom, width, height), ink=ink)
    page.text(left + 4, bottom + 28, f"A bank card fits here: {width:.2f} x {height:.2f} mm", ink=ink)


def ruler(page: Page, left: float, bottom: float, /, *, ink: Ink = BLACK) -> None:
    """A line of RULER_MM with a tick each millimetre; a tick's middle is its place."""
    page.fill([(left - _THIN_MM / 2, bottom - _THIN_MM / 2, RULER_MM + _THIN_MM, _THIN_MM)], ink=ink)
    ticks(page, left, bottom, RULER_MM, ink=ink)


def ticks(
    page: Page,
    left: float,
    bottom: float,
    length_mm: float,
    /,
    *,
    start: int = 0,
    inset_mm: float = 0.0,
    ink: Ink = BLACK,
) -> None:
    """A tick each whole millimetre up to a length, numbered each ten, counted on from `start`.

    The first and the last number stand so much further in.
    """
    for millimetre in range(int(length_mm + 1e-9) + 1):
        count = start + millimetre
        height = 4.0 if count % 10 == 0 else 3.0 if count % 5 == 0 else 2.0
        page.fill([(left + millimetre - _THIN_MM / 2, bottom, _THIN_MM, height)], ink=ink)
        if count % 10 == 0:
            shift = inset_mm * ((millimetre == 0) - (millimetre > length_mm - inset_mm))
            page.text(left + millimetre + shift, bottom + 5, str(count), height_mm=2, anchor="middle", ink=ink)
