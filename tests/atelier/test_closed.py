"""Days on which the atelier is closed: read strictly, and skipped by every lead time and due date."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.atelier.test_http import Desk, opened
from tryon.atelier.closed import YEARLY_MAX, read_closed
from tryon.atelier.dates import NEVER, Closed, add_workdays, dues, possible, workdays_between
from tryon.errors import SettingError

DAY = datetime.date
FILE = """# here
12-25  # each year
01-01

2026-12-24
2026-08-03..2026-08-21
"""
CLOSED = Closed(frozenset({DAY(2026, 12, 24)}), frozenset({(12, 25), (1, 1)}))
days = st.dates(DAY(2026, 1, 1), DAY(2029, 12, 31))
closed_days = st.builds(
    Closed,
    st.frozensets(days, max_size=30),
    st.frozensets(st.dates(DAY(2000, 1, 1), DAY(2000, 12, 31)).map(lambda day: (day.month, day.day)), max_size=20),
)


def test_a_file_names_single_yearly_and_whole_weeks(tmp_path: Path) -> None:
    (tmp_path / "closed.txt").write_text(FILE)
    closed = read_closed(str(tmp_path / "closed.txt"))
    assert closed.yearly == CLOSED.yearly
    assert len(closed.days) == 20
    assert [day for day in (DAY(2026, 8, 21), DAY(2026, 8, 24)) if closed.works(day)] == [DAY(2026, 8, 24)]
    assert read_closed("") == NEVER


@pytest.mark.parametrize(
    "line",
    ["25.12.2026", "2026-02-30", "13-01", "02-30", "20261224", "2026-W52-4", "2026-12-24..2026-12-01", "12-24..12-26"]
    + ["2026-01-01..2028-01-01", "Christmas", "2026-12-24 2026-12-25"],
)
def test_a_line_that_is_no_day_is_named(tmp_path: Path, line: str) -> None:
    (tmp_path / "closed.txt").write_text(f"12-25\n{line}\n")
    with pytest.raises(SettingError, match="line 2"):
        read_closed(str(tmp_path / "closed.txt"))


def test_a_file_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        read_closed(str(tmp_path / "none.txt"))
    (tmp_path / "closed.txt").write_bytes(b"\xff\xfe")
    with pytest.raises(SettingError, match="cannot be read"):
        read_closed(str(tmp_path / "closed.txt"))
    every = [DAY(2000, 1, 1) + datetime.timedelta(days=n) for n in range(YEARLY_MAX + 1)]
    (tmp_path / "closed.txt").write_text("\n".join(f"{day:%m-%d}" for day in every))
    with pytest.raises(SettingError, match="each year"):
        read_closed(str(tmp_path / "closed.txt"))


def test_christmas_is_no_workday() -> None:
    # Wednesday, then Thursday 24 and Friday 25 closed, then a weekend
    assert add_workdays(DAY(2026, 12, 23), 1, CLOSED) == DAY(2026, 12, 28)
    assert add_workdays(DAY(2026, 12, 28), -1, CLOSED) == DAY(2026, 12, 23)
    assert workdays_between(DAY(2026, 12, 21), DAY(2027, 1, 4), CLOSED) == 7
    assert workdays_between(DAY(2026, 12, 21), DAY(2027, 1, 4)) == 10


@given(day=days, count=st.integers(-200, 200), closed=closed_days)
def test_what_is_added_is_what_is_between(day: DAY, count: int, closed: Closed) -> None:
    there = add_workdays(day, count, closed)
    assert workdays_between(day, there, closed) == count
    assert count == 0 or closed.works(there)


@given(today=days, weeks=st.integers(1, 30), ahead=st.integers(1, 600), closed=closed_days)
def test_closed_days_never_make_a_date_easier(today: DAY, weeks: int, ahead: int, closed: Closed) -> None:
    event = today + datetime.timedelta(days=ahead)
    without, found = possible(today, event, weeks), possible(today, event, weeks, closed)
    assert found.slack_days <= without.slack_days
    assert found.begin_by is not None
    assert without.begin_by is not None
    assert found.begin_by <= without.begin_by
    assert all(closed.works(day) for day in dues(event, weeks, closed).values())


def test_every_answer_of_the_atelier_skips_them(tmp_path: Path) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    shut = [today + datetime.timedelta(weeks=4, days=n) for n in range(14)]
    (tmp_path / "closed.txt").write_text("\n".join(day.isoformat() for day in shut))
    event = (today + datetime.timedelta(weeks=12)).isoformat()

    def answers(desk: Desk) -> tuple[int, str, str]:
        """Slack before the request, a due date and the day it is ready, of it."""
        path = f"/v1/pieces/aurora/possible?event_date={event}"
        client = desk.submitted(event_date=event)
        told = desk.staff("Odile", "GET", f"/requests/{client.id}").json()
        slack = desk.http.get(path).json()["tiers"]["studio"]["slack_days"]
        return slack, told["dues"]["enquiry"], told["possible"]["ready_on"]

    [(slack, due, ready)] = [answers(desk) for desk in opened(tmp_path / "a", "")]
    [(slack_less, due_before, ready_later)] = [
        answers(desk) for desk in opened(tmp_path / "b", "", closed=str(tmp_path / "closed.txt"))
    ]

    assert slack - slack_less == 10
    assert DAY.fromisoformat(ready_later) - DAY.fromisoformat(ready) == datetime.timedelta(weeks=2)
    assert DAY.fromisoformat(due) - DAY.fromisoformat(due_before) == datetime.timedelta(weeks=2)
