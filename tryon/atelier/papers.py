"""The papers that go with a finished piece: certificate of authenticity and care card, as tagged PDF.

They say what the provenance record says and nothing of whom the piece is for: papers are passed on with it.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from tryon.paper.letters import Font, lines
from tryon.paper.pdf import Document, Ink, Tag
from tryon.paper.qr import qr

Paper = Literal["certificate", "care"]
PAPERS: tuple[Paper, ...] = ("certificate", "care")
INK: Ink = (0.11, 0.10, 0.09)
PALE: Ink = (0.40, 0.38, 0.34)
BRASS: Ink = (0.56, 0.41, 0.14)
A5_MM = (148.0, 210.0)
LEFT_MM, RIGHT_MM, TOP_MM = 18.0, A5_MM[0] - 18.0, A5_MM[1] - 30.0
CODE_MM = 34.0
FOOT_MM = 14.0
BOTTOM_MM = FOOT_MM + CODE_MM + 4
"Words end above the code."
WORDS = Path(__file__).resolve().parents[2] / "web" / "words"
Say = Callable[..., str]


def words_of(language: str) -> tuple[str, Say]:
    """The words of papers in a language, English where there are none: (language, what says a key)."""
    path = WORDS / f"paper.{language}.json"
    known = language if language.isalpha() and path.is_file() else "en"
    words: dict[str, str] = json.loads((WORDS / f"paper.{known}.json").read_text())

    def say(key: str, **values: object) -> str:
        return words[key].format(**values)

    return known, say


def write(
    paper: Paper, record: Mapping[str, Any], address: str, *, language: str = "en", made_on: datetime.date
) -> bytes:
    """A paper as PDF, A5. `record`: of `finish.publish`; `address`: of its provenance page, empty: it is hidden."""
    known, say = words_of(language)
    sheet = _Sheet(f"{say(f'{paper}.title')}: {record['piece']['name']}", known, made_on)
    with sheet.document.element("H1"):
        sheet.page.text(A5_MM[0] / 2, sheet.y, record["piece"]["name"], font="serif", height_mm=10, anchor="middle")
    sheet.y -= 8
    with sheet.document.element("P"):
        title = say(f"{paper}.title")
        sheet.page.text(A5_MM[0] / 2, sheet.y, title, font="italic", height_mm=4.6, anchor="middle", ink=BRASS)
    sheet.y -= 6
    sheet.rule()
    if paper == "certificate":
        _certify(sheet, record, say)
    else:
        _care(sheet, record, say)
    if address:
        _code(sheet, address, say)
    return sheet.document.pdf()


class _Sheet:
    """The page while it is written: words flow down."""

    def __init__(self, title: str, language: str, made_on: datetime.date) -> None:
        self.document = Document(title, language=language, made_on=made_on)
        self.turn()

    def turn(self) -> None:
        """A new page, framed."""
        self.page = self.document.page(A5_MM)
        self.page.outline((8, 8, A5_MM[0] - 16, A5_MM[1] - 16), line_mm=0.35, ink=BRASS)
        self.page.outline((9.4, 9.4, A5_MM[0] - 18.8, A5_MM[1] - 18.8), line_mm=0.12, ink=BRASS)
        self.y = TOP_MM

    def rule(self) -> None:
        """A short hairline in the middle."""
        middle = A5_MM[0] / 2
        self.page.line([(middle - 12, self.y), (middle + 12, self.y)], line_mm=0.2, ink=BRASS)
        self.y -= 8

    def words(self, tag: Tag, words: str, *, font: Font = "sans", height: float = 3.2, ink: Ink = INK) -> None:
        """A paragraph."""
        with self.document.element(tag):
            for line in lines(words, font, height, RIGHT_MM - LEFT_MM):
                if self.y < BOTTOM_MM:
                    self.turn()
                self.page.text(LEFT_MM, self.y, line, font=font, height_mm=height, ink=ink)
                self.y -= 1.4 * height
        self.y -= 1.2

    def facts(self, facts: list[tuple[str, str]]) -> None:
        """What is said of what, as a table of two columns."""
        column = LEFT_MM + 38
        with self.document.element("Table"):
            for term, value in facts:
                with self.document.element("TR"):
                    with self.document.element("TH", scope="Row"):
                        self.page.text(LEFT_MM, self.y, term, height_mm=3, ink=PALE)
                    with self.document.element("TD"):
                        for line in lines(value, "sans", 3.2, RIGHT_MM - column):
                            self.page.text(column, self.y, line, height_mm=3.2, ink=INK)
                            self.y -= 4.6
                self.y -= 0.8


def _certify(sheet: _Sheet, record: Mapping[str, Any], say: Say) -> None:
    piece, quality, edition = record["piece"], record["quality"], record["edition"]
    sheet.words("P", say("certificate.text"), font="serif", height=3.8)
    sheet.y -= 2
    number = "" if edition is None else say("certificate.number.of", **edition)
    facts = [
        ("maker", piece["maker"]),
        ("number", number),
        ("hallmark", record["hallmark"]),
        ("weight", f"{quality['weight_g']:.1f} g"),
        ("finish", quality["finish"]),
    ]
    sheet.facts([(say(f"certificate.{term}"), value) for term, value in facts if value])
    sheet.y -= 3
    sheet.words("H2", say("certificate.materials"), font="serif", height=4.2, ink=BRASS)
    for each in record["materials"]:
        source = say("certificate.source", source=each["source"]) if each["source"] else ""
        paper = say("certificate.paper", paper=each["paper"], issuer=each["issuer"]) if each["paper"] else ""
        sheet.words("P", ", ".join(part for part in (each["material"], source, paper) if part), height=3)
    sheet.y -= 2
    sheet.words("H2", say("certificate.quality", date=quality["on"]), font="serif", height=4.2, ink=BRASS)
    checks = (f"{say(f'check.{check}')}: {say(f'outcome.{outcome}')}" for check, outcome in quality["checks"].items())
    sheet.words("P", "; ".join(checks), height=3)


def _care(sheet: _Sheet, record: Mapping[str, Any], say: Say) -> None:
    own = [("care.own", record["care"])] if record["care"] else []
    parts = [*((f"care.{part}", say(f"care.{part}.text")) for part in ("wear", "keep")), *own]
    for heading, text in [*parts, ("care.repair", say("care.repair.text"))]:
        sheet.words("H2", say(heading), font="serif", height=4.4, ink=BRASS)
        sheet.words("P", text, height=3.4)
        sheet.y -= 3


def _code(sheet: _Sheet, address: str, say: Say) -> None:
    with sheet.document.element("Figure", instead=say("certificate.code", address=address)):
        qr(sheet.page, RIGHT_MM - CODE_MM + 4, FOOT_MM, CODE_MM, address, ink=INK)
    width = RIGHT_MM - LEFT_MM - CODE_MM
    y = FOOT_MM + 12
    with sheet.document.element("P"):
        for line in lines(say("certificate.page"), "serif", 3.6, width):
            sheet.page.text(LEFT_MM, y, line, font="serif", height_mm=3.6, ink=INK)
            y -= 5
