"""A code that a telephone reads, as squares on a page. The only importer of segno."""

from __future__ import annotations

import segno

from tryon.paper.pdf import BLACK, Ink, Page, Rect

QUIET = 4
"Modules of white that a reader needs around it (ISO/IEC 18004)."


def _modules(words: str) -> tuple[int, list[tuple[int, int]]]:
    """How many modules a side has, and which are dark: (column, row) from the top left."""
    rows = segno.make(words, error="m", micro=False).matrix
    return len(rows), [(x, y) for y, row in enumerate(rows) for x, dark in enumerate(row) if dark]


def qr_svg(words: str, /) -> bytes:
    """The same as a drawing, black on white with its white border, as large as it is shown."""
    modules, dark = _modules(words)
    side = modules + 2 * QUIET
    path = "".join(f"M{x + QUIET} {y + QUIET}h1v1h-1z" for x, y in dark)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {side} {side}" shape-rendering="crispEdges">'
        f'<path fill="#fff" d="M0 0h{side}v{side}h-{side}z"/><path d="{path}"/></svg>'
    ).encode()


def qr(page: Page, left: float, bottom: float, side_mm: float, words: str, /, *, ink: Ink = BLACK) -> None:
    """The code of `words` in a square of `side_mm`, its white border within; medium error correction."""
    modules, dark = _modules(words)
    module = side_mm / (modules + 2 * QUIET)
    squares: list[Rect] = [
        (left + (QUIET + x) * module, bottom + side_mm - (QUIET + y + 1) * module, module, module) for x, y in dark
    ]
    page.fill([(left, bottom, side_mm, side_mm)], ink=(1.0, 1.0, 1.0))
    page.fill(squares, ink=ink)
