"""Pages of exact millimetres as a tagged PDF: lines, areas, words, and the order in which they are read.

Written by hand, for that is less than a library would be. Millimetres from the page's lower left, y up: the first
operator scales PDF's points (1/72 inch), so that the numbers in the file are those given here. What is drawn within
`Document.element` belongs to that element of the structure (ISO 32000-1, 14.7 and 14.8) and is read in the order of
the elements; what is drawn outside of any is ornament, which readers skip.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tryon.errors import SettingError
from tryon.paper.letters import NAMES, Font, encoded, width_mm

A4_MM = (210.0, 297.0)
_POINTS_PER_MM = 72 / 25.4

Rect = tuple[float, float, float, float]
"x, y of the lower left, width, height, mm."
Point = Sequence[float]
"x, y, mm."
Ink = tuple[float, float, float]
"Red, green, blue, 0 to 1."
Tag = Literal["H1", "H2", "P", "L", "LI", "LBody", "Table", "TR", "TH", "TD", "Figure"]

BLACK: Ink = (0.0, 0.0, 0.0)


@dataclass(slots=True, eq=False)
class _Element:
    """One node of the structure."""

    tag: str
    words: str = ""
    "What is read instead of a figure."
    scope: str = ""
    "Of a heading cell: `Row` or `Column`."
    kids: list[_Element | tuple[int, int]] = field(default_factory=list)
    "Elements, and (page, number in it) of what was drawn."


class Document:
    """A file of pages. `made_on` is what it says of its own date."""

    def __init__(self, title: str, *, language: str = "en", made_on: datetime.date | None = None) -> None:
        self._title, self._language, self._made_on = title, language, made_on
        self._root = _Element("Document")
        self._open = [self._root]
        self.pages: list[Page] = []

    def page(self, size_mm: tuple[float, float] = A4_MM) -> Page:
        """One more page, empty."""
        self.pages.append(Page(self, len(self.pages), size_mm))
        return self.pages[-1]

    @contextmanager
    def element(self, tag: Tag, *, instead: str = "", scope: Literal["", "Row", "Column"] = "") -> Iterator[None]:
        """What is drawn meanwhile, on whichever page, is one element; `instead` is read in place of a figure."""
        element = _Element(tag, instead, scope)
        self._open[-1].kids.append(element)
        self._open.append(element)
        try:
            yield
        finally:
            self._open.pop()

    @property
    def innermost(self) -> _Element | None:
        """What is drawn now belongs to it; None: ornament."""
        return self._open[-1] if len(self._open) > 1 else None

    def pdf(self) -> bytes:
        """The file. Viewers are asked to print it at its true size."""
        elements = list(_walk(self._root))
        fixed = 4 + len(NAMES)
        page_at = {page.index: fixed + 2 * page.index + 1 for page in self.pages}
        element_at = {id(element): fixed + 2 * len(self.pages) + 1 + place for place, element in enumerate(elements)}
        parent = {id(kid): element for element in elements for kid in element.kids if isinstance(kid, _Element)}
        fonts = " ".join(f"/{font} {5 + place} 0 R" for place, font in enumerate(NAMES))
        made = "" if self._made_on is None else f" /CreationDate (D:{self._made_on:%Y%m%d})"
        objects = [
            f"<< /Type /Catalog /Pages 2 0 R /Lang ({self._language}) /MarkInfo << /Marked true >> "
            f"/StructTreeRoot 4 0 R /ViewerPreferences << /PrintScaling /None /DisplayDocTitle true >> >>",
            f"<< /Type /Pages /Kids [{' '.join(f'{at} 0 R' for at in page_at.values())}] /Count {len(self.pages)} >>",
            f"<< /Title {_told(self._title)} /Creator (tryon){made} >>",
            f"<< /Type /StructTreeRoot /K [{element_at[id(self._root)]} 0 R] /ParentTree << /Nums ["
            + " ".join(
                f"{page.index} [{' '.join(f'{element_at[id(owner)]} 0 R' for owner in page.owners)}]"
                for page in self.pages
            )
            + f"] >> /ParentTreeNextKey {len(self.pages)} >>",
            *(
                f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
                for name in NAMES.values()
            ),
        ]
        for page in self.pages:
            width, height = (side * _POINTS_PER_MM for side in page.size_mm)
            content = page.content()
            objects.append(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.4f} {height:.4f}] "
                f"/Contents {page_at[page.index] + 1} 0 R /Resources << /Font << {fonts} >> >> "
                f"/StructParents {page.index} /Tabs /S >>"
            )
            objects.append(f"<< /Length {len(content)} >>\nstream\n{content}\nendstream")
        for element in elements:
            above = element_at[id(parent[id(element)])] if id(element) in parent else 4
            kids = " ".join(
                f"{element_at[id(kid)]} 0 R"
                if isinstance(kid, _Element)
                else f"<< /Type /MCR /Pg {page_at[kid[0]]} 0 R /MCID {kid[1]} >>"
                for kid in element.kids
            )
            more = f" /Alt {_told(element.words)}" if element.words else ""
            more += f" /A << /O /Table /Scope /{element.scope} >>" if element.scope else ""
            objects.append(f"<< /Type /StructElem /S /{element.tag} /P {above} 0 R{more} /K [{kids}] >>")
        return _file([each.encode("ascii") for each in objects], root=1, info=3)


class Page:
    """Operators of one page, in the order they are drawn. Made by Document.page."""

    def __init__(self, document: Document, index: int, size_mm: tuple[float, float]) -> None:
        self.index, self.size_mm = index, size_mm
        self.owners: list[_Element] = []
        "Whose each numbered stretch of the content is."
        self._document = document
        self._operators = [f"{_POINTS_PER_MM:.9f} 0 0 {_POINTS_PER_MM:.9f} 0 0 cm"]
        self._marked: _Element | None = None
        self._within = False

    def fill(self, rects: Iterable[Rect], /, *, ink: Ink = BLACK) -> None:
        """Rectangles as one path: neighbours join without a hairline between them."""
        self._draw(f"{_numbers(*ink)} rg", *(f"{_numbers(*rect)} re" for rect in rects), "f")

    def outline(self, rect: Rect, /, *, line_mm: float = 0.2, dashed: bool = False, ink: Ink = BLACK) -> None:
        """A rectangle whose sides are the middles of its lines."""
        self._draw(f"{_numbers(*ink)} RG {_pen(line_mm, dashed)} {_numbers(*rect)} re S")

    def line(
        self,
        points: Sequence[Point],
        /,
        *,
        line_mm: float = 0.2,
        dashed: bool = False,
        closed: bool = False,
        ink: Ink = BLACK,
    ) -> None:
        """A line through points."""
        self._draw(f"{_numbers(*ink)} RG {_pen(line_mm, dashed)}", *_path(points), "s" if closed else "S")

    def area(self, *edges: Sequence[Point], ink: Ink) -> None:
        """What lies within an odd number of closed edges: one edge is a patch, two are a ring."""
        self._draw(f"{_numbers(*ink)} rg", *(step for edge in edges for step in (*_path(edge), "h")), "f*")

    def text(
        self,
        x_mm: float,
        y_mm: float,
        words: str,
        /,
        *,
        height_mm: float = 3.2,
        font: Font = "sans",
        anchor: Literal["left", "middle", "right"] = "left",
        ink: Ink = BLACK,
    ) -> None:
        """One line, on its baseline, from, about or up to x."""
        share = {"left": 0.0, "middle": 0.5, "right": 1.0}[anchor]
        left = x_mm - share * width_mm(words, font, height_mm) if share else x_mm
        letters = "".join(
            f"\\{byte:03o}" if byte > 126 else f"\\{chr(byte)}" if chr(byte) in r"\()" else chr(byte)
            for byte in encoded(words)
        )
        self._draw(
            f"{_numbers(*ink)} rg",
            f"BT /{font} {_numbers(height_mm)} Tf {_numbers(left, y_mm)} Td ({letters}) Tj ET",
        )

    def content(self) -> str:
        """All operators."""
        return "\n".join([*self._operators, *(["EMC"] if self._within else [])])

    def _draw(self, *operators: str) -> None:
        owner = self._document.innermost
        if not self._within or owner is not self._marked:
            if self._within:
                self._operators.append("EMC")
            if owner is None:
                self._operators.append("/Artifact BMC")
            else:
                self._operators.append(f"/{owner.tag} << /MCID {len(self.owners)} >> BDC")
                owner.kids.append((self.index, len(self.owners)))
                self.owners.append(owner)
            self._marked, self._within = owner, True
        self._operators += operators


def write_file(path: Path, file: bytes, /) -> None:
    """Writes what an option asked for. Raises SettingError."""
    try:
        path.write_bytes(file)
    except OSError as err:
        raise SettingError("file_unwritable", f"{path} cannot be written: {err.strerror}.") from err


def _walk(element: _Element) -> Iterator[_Element]:
    yield element
    for kid in element.kids:
        if isinstance(kid, _Element):
            yield from _walk(kid)


def _pen(line_mm: float, dashed: bool) -> str:
    return f"{_numbers(line_mm)} w {'[2 2]' if dashed else '[]'} 0 d"


def _path(points: Sequence[Point]) -> Iterator[str]:
    for place, point in enumerate(points):
        yield f"{_numbers(*point)} {'l' if place else 'm'}"


def _told(words: str) -> str:
    """A text string of any letters: UTF-16 with its mark, in hexadecimal."""
    return f"<FEFF{words.encode('utf-16-be').hex().upper()}>"


def _numbers(*values: float) -> str:
    """To a ten-thousandth of a millimetre, without needless zeros."""
    return " ".join(f"{value:.4f}".rstrip("0").rstrip(".") for value in values)


def _file(objects: Sequence[bytes], *, root: int, info: int) -> bytes:
    """Header, objects numbered from 1, their places, and where those stand."""
    file = bytearray(b"%PDF-1.7\n")
    places = []
    for number, body in enumerate(objects, start=1):
        places.append(len(file))
        file += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    size = len(objects) + 1
    trailer = b"<< /Size %d /Root %d 0 R /Info %d 0 R >>" % (size, root, info)
    start = len(file)
    file += b"xref\n0 %d\n0000000000 65535 f \n%strailer\n%s\nstartxref\n%d\n%%%%EOF\n" % (size, table, trailer, start)
    return bytes(file)
