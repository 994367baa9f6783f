"""The pages of a fit card: words first, then measures and sizes, then what is drawn at true size and can be cut out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby

import numpy as np

from tryon.body.card import ID1_MM
from tryon.fit.measure import said
from tryon.fit.size_table import SYSTEMS
from tryon.fit.sizes import Odds, spanned
from tryon.fitcard.content import (
    LEVELS,
    SHAPE_INDEX,
    FitCard,
    Quantity,
    chance,
    gap_words,
    headline,
    inside_mm,
    method,
    reference,
    references,
    seen,
    spoken,
    spoken_cm,
    spoken_inches,
    spoken_share,
    true_size,
)
from tryon.fitcard.section import Section, needed, section
from tryon.geometry.ellipse import FULLNESS
from tryon.paper.checks import RULER_MM, card_box, ruler, ticks
from tryon.paper.letters import Font, lines
from tryon.paper.pdf import A4_MM, Document, Ink, Page, Tag
from tryon.paper.qr import qr
from tryon.types import F64

INK: Ink = (0.11, 0.10, 0.09)
PALE_INK: Ink = (0.40, 0.38, 0.34)
IVORY: Ink = (0.980, 0.965, 0.930)
SAND: Ink = (0.925, 0.885, 0.800)
BRASS: Ink = (0.56, 0.41, 0.14)
LEFT_MM, RIGHT_MM = 20.0, A4_MM[0] - 20.0
TOP_MM, BOTTOM_MM = A4_MM[1] - 22.0, 22.0
HAIRLINE_MM = 0.15
STRIP_MM, STRIP_HIGH_MM, TAB_MM = 150.0, 14.0, 14.0
"Of the paper strip: most of one line, height, glue tab."
MIDDLE_MM = (A4_MM[0] / 2, 152.0)
"Of the section on its page."
ROOM_MM = (97.0, 108.0)
"Greatest half breadth and half length that the page holds."
CODE_MM = 34.0
"Of the code's side: its squares are 0.6 mm and more."
SMALL_MM = 40.0
"Half breadth under which there is no room for words inside a section."


def pages(card: FitCard, /) -> bytes:
    """The card as a PDF, A4 at true size."""
    paper = _Paper(card)
    paper.front()
    paper.sizes()
    paper.measures()
    if inside_mm(card.piece):
        paper.section()
        paper.strip()
    paper.feet()
    return paper.document.pdf()


class _Paper:
    """The document while it is written: words flow down, and on to the next page."""

    def __init__(self, card: FitCard) -> None:
        self.card = card
        self.document = Document(f"Fit card: {card.piece.name}", made_on=card.made_on)
        self.turn()

    def turn(self) -> None:
        """A new page."""
        self.page = self.document.page()
        self.y = TOP_MM

    def room(self, height_mm: float) -> None:
        """Turns the page where so much does not fit any more."""
        if self.y - height_mm < BOTTOM_MM:
            self.turn()

    def words(
        self,
        tag: Tag,
        words: str,
        *,
        x: float = LEFT_MM,
        width: float = RIGHT_MM - LEFT_MM,
        font: Font = "sans",
        height: float = 3.2,
        ink: Ink = INK,
    ) -> None:
        """A paragraph; y ends one line below it."""
        with self.document.element(tag):
            for line in lines(words, font, height, width):
                self.room(0)
                self.page.text(x, self.y, line, font=font, height_mm=height, ink=ink)
                self.y -= 1.45 * height

    def heading(self, words: str, *, above: float = 6.0) -> None:
        """A serif heading over a hairline."""
        self.room(24 + above)
        self.y -= above if self.y < TOP_MM else 0.0
        with self.document.element("H2"):
            self.page.text(LEFT_MM, self.y, words, font="serif", height_mm=5.2, ink=INK)
        self.y -= 2.6
        self.rule()
        self.y -= 5.4

    def rule(self, ink: Ink = BRASS) -> None:
        """A hairline across the page."""
        self.page.line([(LEFT_MM, self.y), (RIGHT_MM, self.y)], line_mm=HAIRLINE_MM, ink=ink)

    # the front

    def front(self) -> None:
        """Whose card, the verdict, what to do, how it was seen."""
        card, piece = self.card, self.card.piece
        with self.document.element("P"):
            self.page.text(LEFT_MM, self.y, "FIT CARD", height_mm=3, ink=BRASS)
            date = f"{card.made_on.day} {card.made_on:%B %Y}"
            words = f"{card.order} · {date}" if card.order else date
            self.page.text(RIGHT_MM, self.y, words, height_mm=3, anchor="right", ink=PALE_INK)
        self.y -= 15
        self.words("H1", piece.name, font="serif", height=13)
        self.y += 9.5
        kind = f"{piece.kind.capitalize()} by {piece.maker}; {true_size(piece)}"
        likeliest = "the likeliest size" if card.fit.verdict == "cannot_tell" else "size"
        self.words("P", kind + (f"; {likeliest} {card.fit.size}" if card.fit.size else ""), ink=PALE_INK)
        self.y -= 3
        self.verdict()
        self.to_do()
        self.heading("How she was seen")
        for sentence in seen(card.record):
            self.words("P", sentence)
        self.words("P", f"Millimetres rest on: {references(card.record)}.")
        self.live()
        self.y -= 1
        self.words(
            "P",
            "Every ± is U = 2 u, an interval that holds about 95 of 100 truths, said with two significant digits. "
            "Before metal is cut, measure what decides once more by hand.",
            ink=PALE_INK,
        )

    def live(self) -> None:
        """The way to the live record, or why there is none."""
        if self.card.live is None:
            words = "No live record: nothing of her was kept with this card, so there is no address to look it up at."
            self.words("P", words, ink=PALE_INK)
            return
        address, until = self.card.live.address, self.card.live.until
        self.heading("The live record", above=4)
        self.room(CODE_MM)
        top = self.y + 3.2
        with self.document.element("Figure", instead=f"A code that leads to the live record, {address}"):
            qr(self.page, RIGHT_MM - CODE_MM, top - CODE_MM, CODE_MM, address, ink=INK)
        self.words(
            "P",
            "Her measures as they were taken, and the verdict on every piece as it is made today: hold a telephone "
            f"over the code. Kept at her wish until {until.day} {until:%B %Y}; whoever has the code can read it, and "
            "she can have it deleted there at any time.",
            width=RIGHT_MM - LEFT_MM - CODE_MM - 8,
        )
        self.y = min(self.y, top - CODE_MM - 5)

    def verdict(self) -> None:
        """The verdict on an ivory ground."""
        fit = self.card.fit
        high = 31.0 if fit.gap_mm is not None else 23.0
        self.page.fill([(LEFT_MM, self.y - high, RIGHT_MM - LEFT_MM, high)], ink=IVORY)
        below = self.y - high
        self.y -= 11
        left = LEFT_MM + 7
        self.words("H2", headline(fit), x=left, font="italic", height=8)
        self.y += 4.6
        self.words("P", chance(fit), x=left)
        if fit.gap_mm is not None and fit.gap_u95_mm:
            self.y -= 1.2
            gap = spoken(fit.gap_mm, fit.gap_u95_mm)
            self.words("P", f"{gap_words(self.card)}: {gap} mm.", x=left, font="bold")
        self.y = below

    def to_do(self) -> None:
        """Actions in millimetres, each with why, and the next step."""
        fit = self.card.fit
        if fit.notes:
            self.y -= 2
            self.heading("What to do")
            with self.document.element("L"):
                for note in fit.notes:
                    self.room(12)
                    with self.document.element("LI"), self.document.element("LBody"):
                        self.page.text(LEFT_MM, self.y, LEVELS[note.level], font="italic", height_mm=3.6, ink=BRASS)
                        self.words("P", note.action, x=LEFT_MM + 18, width=RIGHT_MM - LEFT_MM - 18, height=3.4)
                        self.words(
                            "P", note.because, x=LEFT_MM + 18, width=RIGHT_MM - LEFT_MM - 18, height=3, ink=PALE_INK
                        )
                    self.y -= 2
        step = fit.next_step
        if step is not None and all(step.action != note.action for note in fit.notes):
            self.heading("The next step that would tell most", above=3)
            self.words("P", step.action)
            if step.u95_after_mm is not None:
                words = f"{self.card.quantity(step.quantity).words}: it would then be known to"
                self.words("P", f"{words} ± {said(0.0, step.u95_after_mm)[1]} mm.", ink=PALE_INK)

    # measures and sizes

    def measures(self) -> None:
        """All that was measured, with its doubt and what it rests on; then what was not, and how to."""
        if self.page.index == 0:
            self.turn()
        self.heading("Measures")
        columns = (LEFT_MM, 70.0, 92.0, 116.0, 141.0)
        measured = [each for each in self.card.quantities if each.told is not None]
        if measured:
            with self.document.element("Table"):
                self.head_row(columns, ("", "mm", "cm", "inch", "rests on"))
                for quantity in measured:
                    self.measure(columns, quantity)
        else:
            self.words("P", "Nothing was measured.")
        missing = [each for each in self.card.quantities if each.told is None]
        if not missing:
            return
        self.heading("Not measured")
        with self.document.element("L"):
            for ask, group in groupby(sorted(missing, key=lambda each: each.ask), key=lambda each: each.ask):
                self.room(10)
                with self.document.element("LI"), self.document.element("LBody"):
                    self.words(
                        "P", "; ".join(each.words for each in group) + ": not measured.", font="bold", height=2.9
                    )
                    self.words("P", ask, height=2.9, ink=PALE_INK)
                self.y -= 1

    def head_row(self, columns: Sequence[float], words: Sequence[str]) -> None:
        """What the columns of a table are."""
        self.room(20)
        with self.document.element("TR"):
            for x, word in zip(columns, words, strict=True):
                with self.document.element("TH", scope="Column"):
                    self.page.text(x, self.y, word or " ", height_mm=2.7, ink=PALE_INK)
        self.y -= 5

    def measure(self, columns: Sequence[float], quantity: Quantity) -> None:
        """One row of the table."""
        told = quantity.told
        assert told is not None
        self.room(12)
        no_unit = quantity.name == SHAPE_INDEX
        cells = [
            spoken(told.value_mm, told.u95_mm) + (" (no unit)" if no_unit else ""),
            "" if no_unit else spoken_cm(told),
            "" if no_unit else spoken_inches(told),
        ]
        top = self.y
        with self.document.element("TR"):
            with self.document.element("TH", scope="Row"):
                names = [*lines(quantity.words, "serif", 3.7, columns[1] - columns[0] - 3)]
                for place, line in enumerate(names):
                    self.page.text(columns[0], top - 4.6 * place, line, font="serif", height_mm=3.7, ink=INK)
            for x, cell in zip(columns[1:], cells, strict=False):
                with self.document.element("TD"):
                    font: Font = "bold" if x == columns[1] else "sans"
                    self.page.text(x, top, cell or " ", font=font, height_mm=3.1, ink=INK)
            with self.document.element("TD"):
                for words, ink in ((reference(told), INK), (method(told), PALE_INK)):
                    for line in lines(words, "sans", 2.5, RIGHT_MM - columns[4]):
                        self.page.text(columns[4], self.y, line, height_mm=2.5, ink=ink)
                        self.y -= 3.3
        self.y = min(self.y, top - 4.6 * len(names) + 1.3) - 2.6

    def sizes(self) -> None:
        """Hat, rings, chains and bracelets in four systems: an interval of sizes, and the likeliest of them."""
        known = sum(bool(size.odds) for size in self.card.sizes)
        self.room(36 + 11 * known)
        self.heading("Sizes")
        if known:
            words = "From which to which, as U (about 95 %) spans them; below, the likeliest and how likely it is."
            self.words("P", words, height=2.9, ink=PALE_INK)
            self.y -= 2
        columns = (LEFT_MM, 76.0, 106.0, 136.0, 164.0)
        with self.document.element("Table"):
            self.head_row(columns, ("", *(system.upper() for system in SYSTEMS)))
            for size in self.card.sizes:
                if size.odds:
                    self.size_row(columns, size.words, [size.odds[system] for system in SYSTEMS])
        missing = [size for size in self.card.sizes if not size.odds]
        for ask, group in groupby(missing, key=lambda each: each.quantity.ask):
            self.room(10)
            self.words("P", "; ".join(size.words for size in group) + ": not measured.", font="bold", height=2.9)
            self.words("P", ask, height=2.9, ink=PALE_INK)
            self.y -= 1

    def size_row(self, columns: Sequence[float], words: str, odds: Sequence[Sequence[Odds]]) -> None:
        """One kind of size: in each system from which to which, and the likeliest."""
        self.room(12)
        with self.document.element("TR"):
            with self.document.element("TH", scope="Row"):
                self.page.text(columns[0], self.y, words, font="serif", height_mm=3.7, ink=INK)
            for x, likely in zip(columns[1:], odds, strict=True):
                with self.document.element("TD"):
                    first, last = (each.label for each in spanned(likely))
                    span = first if first == last else f"{_without_unit(first, last)} to {last}"
                    self.page.text(x, self.y, span, font="bold", height_mm=3, ink=INK)
                    label = f"{likely[0].label} ({spoken_share(likely[0].probability)})"
                    self.page.text(x, self.y - 4, label, height_mm=2.7, ink=PALE_INK)
        self.y -= 11

    # at true size

    def section(self) -> None:
        """What the piece goes round, at 1:1, with the piece over it."""
        self.turn()
        self.heading("At true size, from above")
        found = section(self.card)
        if found is None or np.any(found.doubt[1].max(axis=0) > ROOM_MM):
            for each in needed(self.card):
                if each.told is None:
                    self.words("P", f"{each.words}: not measured, so it cannot be drawn.", font="bold")
                    self.words("P", each.ask)
            if found is not None:
                self.words("P", "With its doubt it is larger than this page, so it is not drawn.", font="bold")
            self.y -= 6
            return
        small = found.half_mm[0] < SMALL_MM
        below = float(found.doubt[1][:, 1].max()) + 18
        middle = (MIDDLE_MM[0], self.y - below) if small else MIDDLE_MM
        with self.document.element("Figure", instead=_said(found, self.card)):
            _draw(self.page, found, middle)
        self.y = middle[1] - below if small else 42.0
        self.caption(found)
        if small:  # room enough for the strip, which has its own ruler
            self.y -= 6
            return
        with self.document.element("Figure", instead=f"A ruler of {RULER_MM} mm: check it before you cut."):
            ruler(self.page, LEFT_MM, 17, ink=INK)
        self.turn()

    def caption(self, found: Section) -> None:
        """What the lines are."""
        name = self.card.piece.name
        legend = "Black: as measured; cut along it for a template. Sand: where it may lie (U, about 95 %)."
        if found.inside is not None:
            legend += f" Brass: the inside of {name}, and how much room it leaves; below zero it is the narrower."
        self.words("P", legend, height=2.7, ink=PALE_INK)
        if found.fullness in FULLNESS:
            words = "Breadth, length and the way round do not belong to one oval: take a tape twice before you cut."
            self.words("P", words, height=2.7, font="bold")
        elif found.fullness != 2.0:
            self.words(
                "P",
                "The head is drawn as broad, as long and as far round as measured: a little fuller than an ellipse. "
                "The verdict is of the piece's own seat, where the head may be narrower.",
                height=2.7,
                ink=PALE_INK,
            )

    def strip(self) -> None:
        """The inside of the piece as a paper strip to cut, glue and try on."""
        card, length = self.card, inside_mm(self.card.piece)
        self.heading("A paper strip as long as the inside")
        closing = section_closes(card)
        count = math.ceil(length / STRIP_MM)
        joined = "Cut out the strips and glue each tab under the next strip's start. " if count > 1 else "Cut it out. "
        closed = (
            "Glue the last tab under the first start: it is then as long round as the inside of the piece."
            if closing
            else ("Do not close it: the piece is open.")
        )
        self.words(
            "P",
            f"Print at 100 % (actual size): a bank card must lie exactly on the box below. {joined}{closed} "
            f"{length:.1f} mm in all, a tick each millimetre.",
        )
        self.y -= 6
        for index in range(count):
            start = index * STRIP_MM
            part = min(STRIP_MM, length - start)
            self.room(STRIP_HIGH_MM + 8)
            bottom = self.y - STRIP_HIGH_MM
            tab = index < count - 1 or closing
            what = f"Strip {index + 1} of {count}, from {start:g} to {start + part:.1f} mm" + (
                ", with a tab." if tab else "."
            )
            with self.document.element("Figure", instead=what):
                self.page.outline((LEFT_MM, bottom, part, STRIP_HIGH_MM), ink=INK)
                ticks(self.page, LEFT_MM, bottom, part, start=int(start), inset_mm=2.5, ink=INK)
                name = f"{card.piece.name}, inside, {index + 1} of {count}"
                self.page.text(LEFT_MM + 4, bottom + 9.5, name, font="italic", height_mm=2.8, ink=PALE_INK)
                if tab:
                    self.page.outline((LEFT_MM + part, bottom, TAB_MM, STRIP_HIGH_MM), dashed=True, ink=BRASS)
                    self.page.text(
                        LEFT_MM + part + TAB_MM / 2, bottom + 6, "glue", font="italic", anchor="middle", ink=BRASS
                    )
            self.y = bottom - 7
        height = ID1_MM[1]
        self.room(height + 22)
        base = BOTTOM_MM + 2
        with self.document.element("Figure", instead=f"A bank card's box and a ruler of {RULER_MM} mm."):
            card_box(self.page, LEFT_MM, base, ink=INK)
            ruler(self.page, LEFT_MM, base + height + 7, ink=INK)

    def feet(self) -> None:
        """Page numbers."""
        for page in self.document.pages:
            words = f"{self.card.piece.name} · page {page.index + 1} of {len(self.document.pages)}"
            page.text(RIGHT_MM, 11, words, font="italic", height_mm=3, anchor="right", ink=PALE_INK)


def _without_unit(first: str, last: str) -> str:
    """The smaller of two sizes as it is said before the larger: `14` of `14 in` to `16 in`."""
    unit = f" {last.split()[-1]}"
    return first.removesuffix(unit) if unit[1:].isalpha() else first


def section_closes(card: FitCard, /) -> bool:
    """Whether the piece is a ring of its own, or a band with ends."""
    return card.piece.seat.line not in ("tiara", "headband")


def _draw(page: Page, found: Section, middle: tuple[float, float]) -> None:
    """Doubt, outline, axes, the piece, and the gaps in millimetres."""

    def placed(points: F64) -> list[tuple[float, float]]:
        return [(middle[0] + float(x), middle[1] + float(y)) for x, y in points]

    across, along = found.half_mm
    page.area(*(placed(edge) for edge in found.doubt), ink=SAND)
    for arm in ([(-across, 0), (across, 0)], [(0, -along), (0, along)]):
        page.line([(middle[0] + x, middle[1] + y) for x, y in arm], line_mm=0.1, dashed=True, ink=SAND)
    page.line(placed(found.outline), line_mm=0.25, closed=True, ink=INK)
    if found.inside is not None:
        page.line(placed(found.inside), line_mm=0.4, closed=found.closed, ink=BRASS)
    if across < SMALL_MM:
        _beside(page, found, middle)
    else:
        _within(page, found, middle)


def _within(page: Page, found: Section, middle: tuple[float, float]) -> None:
    x, y = middle
    across, along = found.half_mm
    inner = (across - found.u95_mm[0], along - found.u95_mm[1])
    if found.inside is not None:
        piece = found.inside.max(axis=0)
        inner = (min(inner[0], float(piece[0])), min(inner[1], float(piece[1])) if found.closed else inner[1])
    page.text(x, y + inner[1] - 9, "front", font="italic", height_mm=3.6, anchor="middle", ink=PALE_INK)
    page.text(x - inner[0] + 6, y + 6, "her left", font="italic", height_mm=3.6, ink=PALE_INK)
    page.text(x + inner[0] - 6, y + 6, "her right", font="italic", height_mm=3.6, anchor="right", ink=PALE_INK)
    for line, height in ((found.words, 18.0), (_axes(found), 12.0)):
        font: Font = "serif" if height > 15 else "sans"
        page.text(x, y + height, line, font=font, height_mm=4 if height > 15 else 3.2, anchor="middle", ink=INK)
    for gap in found.gaps:
        label = f"{spoken(gap.mm, gap.u95_mm)} mm"
        if gap.where == "front and back":
            page.text(x, y + inner[1] - 15, label, anchor="middle", height_mm=3.4, font="bold", ink=BRASS)
            page.text(x, y - inner[1] + 10, label, anchor="middle", height_mm=3.4, font="bold", ink=BRASS)
        elif gap.where != "side":
            page.text(
                x,
                y - 15,
                f"{gap.where[0].upper()}{gap.where[1:]}: {label}",
                anchor="middle",
                height_mm=3.4,
                font="bold",
                ink=BRASS,
            )
        else:
            page.text(x - inner[0] + 6, y - 6, label, height_mm=3.4, font="bold", ink=BRASS)
            page.text(x + inner[0] - 6, y - 6, label, anchor="right", height_mm=3.4, font="bold", ink=BRASS)


def _beside(page: Page, found: Section, middle: tuple[float, float]) -> None:
    x, y = middle
    left = x + found.half_mm[0] + found.u95_mm[0] + 8
    page.text(left, y + 3, _axes(found), ink=INK)
    page.text(
        x, y + found.half_mm[1] + found.u95_mm[1] + 9, found.words, font="serif", height_mm=4, anchor="middle", ink=INK
    )
    for gap in found.gaps:
        page.text(left, y - 3, f"{spoken(gap.mm, gap.u95_mm)} mm {gap.where}", font="bold", ink=BRASS)


def _axes(found: Section) -> str:
    """Breadth and length, or the diameter, with doubt."""
    (across, along), (more, longer) = found.half_mm, found.u95_mm
    breadth = spoken(2 * across, 2 * more)
    return f"{breadth} mm across" if across == along else f"({breadth}) × ({spoken(2 * along, 2 * longer)}) mm"


def _said(found: Section, card: FitCard) -> str:
    """The figure in words."""
    words = f"{found.words}, at true size: {_axes(found)}"
    if found.inside is not None:
        words += f"; over it the inside of {card.piece.name}"
    for gap in found.gaps:
        at = {"side": "at each side", "front and back": "at front and back"}.get(gap.where, gap.where)
        words += f"; room {at}: {spoken(gap.mm, gap.u95_mm)} mm"
    return words + "."
