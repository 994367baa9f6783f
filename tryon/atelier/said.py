"""What letters say, in the words of web/words: filled in, counted, and dated as each language does.

Pages leave dates, numbers and plurals to the browser's Intl; a letter has only its words file.
"""

from __future__ import annotations

import datetime
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

from tryon.errors import AssetError

FOLDER = Path(__file__).resolve().parents[2] / "web" / "words"
FILES = ("", "trade.", "mail.")
"The page's own words among them: measures have one name everywhere."
FIRST = "en"
"The language of whoever reads none of ours."


@dataclass(frozen=True, slots=True)
class Words:
    """The words of one language."""

    language: str
    words: Mapping[str, str]

    def say(self, key: str, **values: str) -> str:
        """The words under a key, its gaps filled. Raises KeyError for a key without words or a gap without value."""
        return self.words[key].format_map(values)

    def parts(self, key: str, **values: str) -> list[str]:
        """The same, parted at `|`."""
        return [part.format_map(values) for part in self.words[key].split("|")]

    def count(self, key: str, count: int) -> str:
        """So many of something. One is 0 and 1 in French, 1 in English (CLDR; without the rules for a million)."""
        one = count == 1 or (count == 0 and self.language == "fr")
        return self.say(f"{key}.{'one' if one else 'other'}", count=str(count))

    def number(self, value: float) -> str:
        """A number with one digit behind its point."""
        return f"{value:.1f}".replace(".", self.words["mail.decimal"])

    def date(self, date: datetime.date) -> str:
        """A day in full."""
        weekday = self.words["mail.weekdays"].split("|")[date.weekday()]
        month = self.words["mail.months"].split("|")[date.month - 1]
        day = self.words["mail.date.first"] if date.day == 1 else str(date.day)
        return self.say("mail.date", weekday=weekday, day=day, month=month, year=str(date.year))

    def moment(self, moment: datetime.datetime, zone: str) -> str:
        """A moment in full, in a time zone that is named."""
        local = moment.astimezone(ZoneInfo(zone))
        time = self.say("mail.time", hour=f"{local.hour:02}", minute=f"{local.minute:02}")
        return self.say("mail.moment", date=self.date(local.date()), time=time, zone=zone.replace("_", " "))

    def row(self, things: Sequence[str]) -> str:
        """Things in a row."""
        *first, last = things
        return self.say("mail.and", first=", ".join(first), last=last) if first else last


def read_words(own: Path | None = None, *, rooms: Sequence[str] = FILES) -> dict[str, Words]:
    """Every language; a shop's own `mail.LANGUAGE.json` in `own` says some of it otherwise. Raises AssetError."""
    languages = sorted(path.stem.removeprefix("mail.") for path in FOLDER.glob("mail.*.json"))
    found = {}
    for language in languages:
        words: dict[str, str] = {}
        for path in (*(FOLDER / f"{name}{language}.json" for name in rooms), own and own / f"mail.{language}.json"):
            if path is not None and (path.parent == FOLDER or path.is_file()):
                words |= _read(path)
        found[language] = Words(language, words)
    return found


def _read(path: Path) -> dict[str, str]:
    try:
        words: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as err:
        raise AssetError("words_missing", f"{path} cannot be read as words of letters: {err}.") from err
    return words
