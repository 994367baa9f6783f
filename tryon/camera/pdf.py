"""One page of exact millimetres as a PDF: black rectangles, thin lines and plain words, and nothing else.

Written by hand, for that is less than a library would be. Millimetres from the page's lower left, y up: the first
operator scales PDF's points (1/72 inch), so that the numbers in the file are those given here.
"""

from __future__ import annotations

from collections.abc import Iterable

A4_MM = (210.0, 297.0)
_POINTS_PER_MM = 72 / 25.4

Rect = tuple[float, float, float, float]
"x, y of the lower left, width, height, mm."


class Page:
    """Operators of one page, in the order they are drawn."""

    def __init__(self, size_mm: tuple[float, float], title: str) -> None:
        self._size_mm, self._title = size_mm, title
        self._operators = [f"{_POINTS_PER_MM:.9f} 0 0 {_POINTS_PER_MM:.9f} 0 0 cm", "0 g 0 G"]

    def fill(self, rects: Iterable[Rect], /) -> None:
        """Black rectangles as one path: neighbours join without a hairline between them."""
        self._operators += [f"{_numbers(*rect)} re" for rect in rects] + ["f"]

    def outline(self, rect: Rect, /, *, line_mm: float = 0.2, dashed: bool = False) -> None:
        """A rectangle whose sides are the middles of its lines."""
        dash = "[2 2] 0 d" if dashed else "[] 0 d"
        self._operators.append(f"{_numbers(line_mm)} w {dash} {_numbers(*rect)} re S")

    def text(self, x_mm: float, y_mm: float, words: str, /, *, height_mm: float = 3.2) -> None:
        """One line of ASCII in Helvetica, from its baseline's left end."""
        if not (words.isascii() and words.isprintable()):
            raise ValueError(f"not plain ASCII: {words!r}")
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        self._operators.append(f"BT /F {_numbers(height_mm)} Tf {_numbers(x_mm, y_mm)} Td ({escaped}) Tj ET")

    def pdf(self) -> bytes:
        """The file. Viewers are asked to print it at its true size."""
        content = "\n".join(self._operators).encode("ascii")
        width, height = (side * _POINTS_PER_MM for side in self._size_mm)
        objects = [
            b"<< /Type /Catalog /Pages 2 0 R /Lang (en) /ViewerPreferences << /PrintScaling /None >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 %.4f %.4f] /Contents 4 0 R "
            b"/Resources << /Font << /F 5 0 R >> >> >>" % (width, height),
            b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Title (%s) >>" % self._title.encode("ascii"),
        ]
        file = b"%PDF-1.7\n"
        places = []
        for number, body in enumerate(objects, start=1):
            places.append(len(file))
            file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
        table = b"".join(b"%010d 00000 n \n" % place for place in places)
        size = len(objects) + 1
        trailer = b"<< /Size %d /Root 1 0 R /Info %d 0 R >>" % (size, len(objects))
        return file + (
            b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n"
            % (size, table, trailer, len(file))
        )


def _numbers(*values: float) -> str:
    """To a ten-thousandth of a millimetre, without needless zeros."""
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)
