"""A reader of the PDFs that we write: objects by their places, what is drawn, and what is read aloud."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from tryon.types import F64

POINTS_PER_MM = 72 / 25.4


@dataclass(frozen=True, slots=True)
class Drawn:
    """One operator with its numbers, and the tag and text it stands in; ink by red, green, blue."""

    page: int
    owner: str
    kind: str
    numbers: tuple[float, ...]
    ink: tuple[float, ...]
    words: str = ""
    points: tuple[tuple[float, float], ...] = ()


@dataclass(frozen=True, slots=True)
class File:
    """What a reader makes of the file."""

    bytes: bytes
    title: str
    sizes_mm: list[tuple[float, float]]
    said: list[tuple[str, str]]
    "(tag, words) in reading order: words drawn, or what is said instead of a figure."
    ornament: list[str]
    drawn: list[Drawn]

    @property
    def text(self) -> str:
        """All that is read, a space between what was drawn apart."""
        return " ".join(words for _, words in self.said)

    def lines(self, page: int, ink: tuple[float, float, float]) -> list[F64]:
        """(n, 2) mm: the lines of one colour on a page."""
        found = [each for each in self.drawn if each.page == page and each.kind in "sS" and each.points]
        return [np.array(each.points) for each in found if each.ink == ink]


def read(file: bytes) -> File:
    """Raises AssertionError for a file that a strict reader would not take."""
    start = int(re.search(rb"startxref\n(\d+)\n%%EOF\n$", file)[1])
    places = [int(place) for place in re.findall(rb"^(\d{10}) 00000 n $", file[start:], re.MULTILINE)]
    objects: dict[int, str] = {}
    for number, place in enumerate(places, start=1):
        head = b"%d 0 obj\n" % number
        assert file[place:].startswith(head)
        objects[number] = file[place + len(head) : file.index(b"\nendobj\n", place)].decode("ascii")
    page_ids = [int(each) for each in re.search(r"/Kids \[([\d R]*)\]", objects[2])[1].split(" 0 R")[:-1]]
    sizes, drawn, stretches = [], [], {}
    for index, page_id in enumerate(page_ids):
        width, height = re.search(r"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", objects[page_id]).groups()
        sizes.append((float(width) / POINTS_PER_MM, float(height) / POINTS_PER_MM))
        length, content = re.fullmatch(
            r"<< /Length (\d+) >>\nstream\n(.*)\nendstream",
            objects[int(re.search(r"/Contents (\d+)", objects[page_id])[1])],
            re.DOTALL,
        ).groups()
        assert int(length) == len(content)
        for each, stretch in _operators(content, index):
            drawn.append(each)
            stretches.setdefault((page_id, stretch), []).append(each)
    root = int(re.search(r"/StructTreeRoot (\d+)", objects[1])[1])
    said: list[tuple[str, str]] = []
    _walk(objects, int(re.search(r"/K \[(\d+)", objects[root])[1]), root, stretches, said)
    parents = dict(re.findall(r"(\d+) \[([\d R]*)\]", re.search(r"/Nums \[(.*?)\] >>", objects[root])[1]))
    for index, page_id in enumerate(page_ids):
        owners = [int(each) for each in parents[str(index)].split(" 0 R")[:-1]]
        for stretch, owner in enumerate(owners):
            assert f"/Pg {page_id} 0 R /MCID {stretch} >>" in objects[owner], "found from its page, too"
    ornament = [each.words for each in drawn if each.owner == "Artifact" and each.words]
    return File(file, _words(re.search(r"/Title <(\w+)>", objects[3])[1]), sizes, said, ornament, drawn)


def _operators(content: str, page: int) -> list[tuple[Drawn, int | None]]:
    lines = content.split("\n")
    assert lines[0] == f"{POINTS_PER_MM:.9f} 0 0 {POINTS_PER_MM:.9f} 0 0 cm", "the numbers are millimetres"
    found: list[tuple[Drawn, int | None]] = []
    owner, stretch, ink = "", None, (0.0, 0.0, 0.0)
    points: list[tuple[float, float]] = []
    for line in lines[1:]:
        *words, last = line.split(" ")
        if last in ("BMC", "BDC"):
            assert owner == ""
            owner = words[0].removeprefix("/")
            stretch = int(words[3]) if last == "BDC" else None
        elif last == "EMC":
            owner = ""
        elif last == "rg" or "RG" in words:
            ink = tuple(float(word) for word in words[:3])
            if line.endswith("re S"):
                numbers = tuple(float(word) for word in words[-5:-1])
                found.append((Drawn(page, owner, "box", numbers, ink), stretch))
        elif last == "m":
            points = [(float(words[0]), float(words[1]))]
        elif last == "l":
            points.append((float(words[0]), float(words[1])))
        elif last in ("s", "S", "h"):
            found.append((Drawn(page, owner, last, (), ink, points=tuple(points)), stretch))
        elif last == "re":
            found.append((Drawn(page, owner, "re", tuple(float(word) for word in words), ink), stretch))
        elif last == "ET":
            place = re.fullmatch(r"BT /(\w+) ([\d.]+) Tf (-?[\d.]+) (-?[\d.]+) Td \((.*)\) Tj ET", line)
            told = re.sub(r"\\(\d{3}|.)", lambda each: chr(int(each[1], 8)) if len(each[1]) == 3 else each[1], place[5])
            numbers = (float(place[3]), float(place[4]), float(place[2]))
            told = told.encode("latin-1").decode("cp1252")
            found.append((Drawn(page, owner, place[1], numbers, ink, told), stretch))
        else:
            assert last in ("f", "f*"), line
        assert owner or last == "EMC", "everything is either read or ornament"
    assert owner == ""
    return found


def _walk(
    objects: dict[int, str],
    at: int,
    above: int,
    stretches: dict[tuple[int, int | None], list[Drawn]],
    said: list[tuple[str, str]],
) -> None:
    element = objects[at]
    assert f"/P {above} 0 R" in element
    tag = re.search(r"/S /(\w+)", element)[1]
    instead = re.search(r"/Alt <(\w+)>", element)
    if instead:
        said.append((tag, _words(instead[1])))
    for kid in re.findall(r"/Pg (\d+) 0 R /MCID (\d+)|(\d+) 0 R", re.search(r"/K \[(.*)\]", element)[1]):
        if kid[2]:
            _walk(objects, int(kid[2]), at, stretches, said)
        elif not instead:
            said += [(tag, each.words) for each in stretches[int(kid[0]), int(kid[1])] if each.words]


def _words(told: str) -> str:
    return bytes.fromhex(told.removeprefix("FEFF")).decode("utf-16-be")
