"""Reads the days on which the atelier is closed: a text file, one a line.

# public holidays here
12-25                     each year
2026-12-24                once
2026-08-03..2026-08-21    from and to, both closed
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path

from tryon.atelier.dates import NEVER, Closed
from tryon.errors import SettingError

YEARLY_MAX = 120
"Of a year: beyond that a file is wrong, and a lead time would never end."
RANGE_MAX = 120
"Days of one range."
LINES_MAX = 2000
YEARLY = re.compile(r"(\d\d)-(\d\d)")
LEAP = 2000
"A year that has every day."


def read_closed(path: str) -> Closed:
    """The closed days that a file names; empty: none. Raises SettingError that says which line is wrong."""
    if not path:
        return NEVER
    try:
        lines = Path(path).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as err:
        raise SettingError("closed_unreadable", f"TRYON_CLOSED: {path} cannot be read: {err}.") from err
    if len(lines) > LINES_MAX:
        raise SettingError("closed_unreadable", f"TRYON_CLOSED: {path} has more than {LINES_MAX} lines.")
    days: set[datetime.date] = set()
    yearly: set[tuple[int, int]] = set()
    for number, line in enumerate(lines, 1):
        said = line.partition("#")[0].strip()
        try:
            if not said:
                continue
            if (found := YEARLY.fullmatch(said)) is not None:
                day = datetime.date(LEAP, int(found[1]), int(found[2]))
                yearly.add((day.month, day.day))
            else:
                days |= _days(said)
        except ValueError as err:
            raise SettingError(
                "closed_unreadable",
                f"TRYON_CLOSED: line {number} of {path} is {said!r} ({err}); expected 2026-12-24, 12-25 or "
                "2026-08-03..2026-08-21.",
            ) from err
    if len(yearly) > YEARLY_MAX:
        raise SettingError("closed_unreadable", f"TRYON_CLOSED: {path} closes more than {YEARLY_MAX} days each year.")
    return Closed(frozenset(days), frozenset(yearly))


def _days(said: str) -> set[datetime.date]:
    """A day, or all of a range. Raises ValueError."""
    first, _, last = said.partition("..")
    begin, end = _day(first), _day(last or first)
    count = (end - begin).days + 1
    if not 1 <= count <= RANGE_MAX:
        raise ValueError(f"a range has 1 to {RANGE_MAX} days")
    return {begin + datetime.timedelta(days=n) for n in range(count)}


def _day(said: str) -> datetime.date:
    """Only as 2026-12-24: other forms of ISO 8601 are read otherwise by somebody."""
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", said):
        raise ValueError("no day")
    return datetime.date.fromisoformat(said)
