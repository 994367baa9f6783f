"""What is possible by her event date, and by when each stage is due: pure, in workdays.

A workday is Monday to Friday and none that the atelier names as closed (`closed.read_closed`): public holidays differ
by country and town, so no library guesses them. MARGIN_DAYS, between the piece in her hands and her event, covers what
was not named.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tryon.atelier.trade import Stage

DAYS_A_WEEK = 5
MARGIN_DAYS = 5
"Workdays that a piece is with her before the event: it is tried on once more, and a parcel may be late."
TIGHT_DAYS = 10
"Workdays of slack under which a date is called tight: one more revision takes about as long."
YEARS_MAX = 5
"A date further away is taken for a slip."
SHARES: dict[Stage, float] = {
    "stone_sourcing": 0.18,
    "cad": 0.14,
    "approval_one": 0.08,
    "casting": 0.12,
    "setting": 0.16,
    "hand_finishing": 0.16,
    "approval_two": 0.05,
    "qc": 0.03,
    "packed": 0.03,
    "delivered": 0.05,
}
"How a lead time is divided among the stages that take it; judgement of the trade, not measured."

Answer = Literal["in_time", "tight", "too_soon", "past", "too_far", "unknown"]


@dataclass(frozen=True, slots=True)
class Closed:
    """Days on which nobody works, besides Saturday and Sunday."""

    days: frozenset[datetime.date] = frozenset()
    yearly: frozenset[tuple[int, int]] = frozenset()
    "Month and day, of every year."

    def works(self, day: datetime.date) -> bool:
        """Whether somebody works on a day."""
        return day.weekday() < DAYS_A_WEEK and day not in self.days and (day.month, day.day) not in self.yearly


NEVER = Closed()
"Monday to Friday, every week."


@dataclass(frozen=True, slots=True)
class Possible:
    """Whether a piece can be made by a date."""

    answer: Answer
    ready_on: datetime.date | None = None
    "When it would be with her if it were begun today."
    begin_by: datetime.date | None = None
    "The last day on which it can be begun."
    slack_days: int = 0
    "Workdays to spare; negative: missing."


def add_workdays(day: datetime.date, days: int, closed: Closed = NEVER) -> datetime.date:
    """The day so many workdays after `day`, or before it when negative; 0: the day itself."""
    step = datetime.timedelta(days=1 if days > 0 else -1)
    left = abs(days)
    while left:
        day += step
        if closed.works(day):
            left -= 1
    return day


def workdays_between(first: datetime.date, last: datetime.date, closed: Closed = NEVER) -> int:
    """Workdays after `first` up to and with `last`; an earlier `last`: those before `first` down to it, negative."""
    step = 1 if last >= first else -1
    days = range(1, abs((last - first).days) + 1)
    return step * sum(closed.works(first + datetime.timedelta(days=step * n)) for n in days)


def possible(today: datetime.date, event: datetime.date | None, lead_weeks: int, closed: Closed = NEVER) -> Possible:
    """Whether a piece of that lead time (weeks, 0: unknown) can be with her MARGIN_DAYS before the event."""
    if event is not None and event <= today:
        return Possible("past")
    if event is not None and event.year - today.year > YEARS_MAX:
        return Possible("too_far")
    if event is None or lead_weeks <= 0:
        return Possible("unknown")
    lead_days = lead_weeks * DAYS_A_WEEK
    begin_by = add_workdays(event, -(lead_days + MARGIN_DAYS), closed)
    slack = workdays_between(today, begin_by, closed)
    answer: Answer = "too_soon" if slack < 0 else "tight" if slack < TIGHT_DAYS else "in_time"
    return Possible(answer, add_workdays(today, lead_days, closed), begin_by, slack)


def dues(event: datetime.date | None, lead_weeks: int, closed: Closed = NEVER) -> Mapping[Stage, datetime.date]:
    """By when each stage must be done, counted back from the event; none without a date or lead time."""
    if event is None or lead_weeks <= 0:
        return {}
    lead_days = lead_weeks * DAYS_A_WEEK
    # Whole days that add up to the lead time: each stage ends where the sum of the shares before it ends.
    found: dict[Stage, datetime.date] = {}
    last = add_workdays(event, -MARGIN_DAYS, closed)
    done = 0.0
    begin = add_workdays(last, -lead_days, closed)
    for stage in ("enquiry", "consultation", "deposit"):
        found[stage] = begin
    for stage, share in SHARES.items():
        done += share
        found[stage] = add_workdays(last, -round(lead_days * (1.0 - done)), closed)
    return found
