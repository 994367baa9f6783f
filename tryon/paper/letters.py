"""The letters that every PDF reader has, how wide they are, and lines of them that fit a width.

Widths are those of Adobe's standard fonts, in thousandths of the letter's height, as their metric twins Liberation
Sans and Serif have them. An accented letter is as wide as the one below its accent.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from typing import Literal

Font = Literal["sans", "bold", "serif", "italic"]
NAMES: dict[Font, str] = {
    "sans": "Helvetica",
    "bold": "Helvetica-Bold",
    "serif": "Times-Roman",
    "italic": "Times-Italic",
}
_SPACE = 32
"WinAnsi's first letter."
_LETTERS = "".join(map(chr, range(32, 127))) + "±½¼¾×·–—‘’“”°€ßæøØÆ…•"


def _widths(numbers: str) -> dict[str, int]:
    return dict(zip(_LETTERS, (int(number) for number in numbers.split()), strict=True))


_WIDTHS: dict[Font, dict[str, int]] = {
    "sans": _widths(
        "278 278 355 556 556 889 667 191 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 "
        "556 556 278 278 584 584 584 556 1015 667 667 722 722 667 611 778 722 278 500 667 556 833 722 778 "
        "667 778 722 667 611 722 667 944 667 667 611 278 278 278 469 556 333 556 556 500 556 556 278 556 "
        "556 222 222 500 222 833 556 556 556 556 333 500 278 556 500 722 500 500 500 334 260 334 584 549 "
        "834 834 834 584 278 556 1000 222 222 333 333 400 556 611 889 611 778 1000 1000 350"
    ),
    "bold": _widths(
        "278 333 474 556 556 889 722 238 333 333 389 584 278 333 278 278 556 556 556 556 556 556 556 556 "
        "556 556 333 333 584 584 584 611 975 722 722 722 722 667 611 778 722 278 556 722 611 833 722 778 "
        "667 778 722 667 611 722 667 944 667 667 611 333 278 333 584 556 333 556 611 556 611 556 333 611 "
        "611 278 278 556 278 889 611 611 611 611 389 556 333 611 556 778 556 556 500 389 280 389 584 549 "
        "834 834 834 584 278 556 1000 278 278 500 500 400 556 611 889 611 778 1000 1000 350"
    ),
    "serif": _widths(
        "250 333 408 500 500 833 778 180 333 333 500 564 250 333 250 278 500 500 500 500 500 500 500 500 "
        "500 500 278 278 564 564 564 444 921 722 667 667 722 611 556 722 722 333 389 722 611 889 722 722 "
        "556 722 667 556 611 722 722 944 722 722 611 333 278 333 469 500 333 444 500 444 500 444 333 500 "
        "500 278 278 500 278 778 500 500 500 500 333 389 278 500 500 722 500 500 444 480 200 480 541 549 "
        "750 750 750 564 250 500 1000 333 333 444 444 400 500 500 667 500 722 889 1000 350"
    ),
    "italic": _widths(
        "250 333 420 500 500 833 778 214 333 333 500 675 250 333 250 278 500 500 500 500 500 500 500 500 "
        "500 500 333 333 675 675 675 500 920 611 611 667 722 611 611 722 722 333 444 667 556 833 667 722 "
        "611 722 611 500 556 722 611 833 611 556 556 389 278 389 422 500 333 500 500 444 500 444 278 500 "
        "500 278 278 444 278 722 500 500 500 500 389 389 278 500 444 667 444 444 389 400 275 400 541 549 "
        "750 750 750 675 250 500 889 333 333 556 556 400 500 500 667 500 722 889 889 350"
    ),
}
_UNKNOWN = 556
"A digit's width in Helvetica: what no table has is about as wide."


def encoded(words: str, /) -> bytes:
    """Words in WinAnsi; a letter it lacks loses its accent, and one that is strange altogether becomes `?`."""
    return b"".join(_byte(letter) for letter in unicodedata.normalize("NFC", words))


def width_mm(words: str, font: Font, height_mm: float, /) -> float:
    """How long one line is."""
    return sum(_width(letter, font) for letter in encoded(words).decode("cp1252")) * height_mm / 1000


_BREAKS = re.compile(r"(?<!±)\s+(?!±|(?<=\d )(?:mm|cm|in|N|g|%)(?!\w))")
"Where a line may end."


def lines(words: str, font: Font, height_mm: float, room_mm: float, /) -> Iterator[str]:
    """The words in lines no longer than the room, broken at spaces, but not within a number, its doubt and its unit;
    one word that is longer stands alone."""
    line = ""
    for word in _BREAKS.split(words.strip()):
        longer = f"{line} {word}".strip()
        if line and width_mm(longer, font, height_mm) > room_mm:
            yield line
            longer = word
        line = longer
    if line:
        yield line


def _byte(letter: str) -> bytes:
    for form in (letter, unicodedata.normalize("NFD", letter)[0]):
        try:
            byte = form.encode("cp1252")
        except UnicodeEncodeError:
            continue
        if byte[0] >= _SPACE:
            return byte
    return b"?"


def _width(letter: str, font: Font) -> int:
    widths = _WIDTHS[font]
    return widths.get(letter) or widths.get(unicodedata.normalize("NFD", letter)[0], _UNKNOWN)
