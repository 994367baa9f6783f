"""A code that a telephone reads, as squares on a page. The only importer of segno."""

from __future__ import annotations

import segno

from tryon.paper.pdf import BLACK, Ink, Page, Rect

QUIET = 4
"Modules of white that a reader needs around it (ISO/IEC 18004)."


def qr(page: Page, left: float, bottom: float, side_mm: float, words: str, /, *, ink: Ink = BLACK) -> None:
    """The code of `words` in a square of `side_mm`, its white border within; medium error correction."""
    rows = segno.make(words, error="m", micro=False).matrix
    module = side_mm / (len(rows) + 2 * QUIET)
    squares: list[Rect] = [
        (left + (QUIET + x) * module, bottom + side_mm - (QUIET + y + 1) * module, module, module)
        for y, row in enumerate(rows)
        for x, dark in enumerate(row)
        if dark
    ]
    page.fill([(left, bottom, side_mm, side_mm)], ink=(1.0, 1.0, 1.0))
    page.fill(squares, ink=ink)
