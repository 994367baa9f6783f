"""The journal of a meeting in the store: what was acknowledged is there after kill -9, one process has it."""

from __future__ import annotations

import contextlib
import datetime
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import func, select

from tests.atelier.conftest import Clock
from tests.meetings import journal_of, known, picture_of
from tryon.atelier.files import Files
from tryon.atelier.journals import StoreJournal
from tryon.atelier.meetings import LINKS_MAX, Meetings, new_link
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import MeetingLink, MeetingSeat
from tryon.atelier.who import HOUSE
from tryon.errors import ConsentError, InputError, SessionError
from tryon.meeting import may_see, quality_of, standing, worth_telling
from tryon.messages import Entry
from tryon.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
MEETING = "j" * 22
KILLS = 12
PAUSE_MAX_S = 0.02
WRITER = """
import os
import sys
from tests.meetings import journal_of
from tryon.settings import Settings

for line in sys.stdin:
    child = os.fork()
    if child:
        os.waitpid(child, 0)
        print("killed", flush=True)
        continue
    print(os.getpid(), flush=True)
    journal = journal_of(Settings(database=sys.argv[1], data=sys.argv[2]), sys.argv[3])
    while True:
        entry = journal.write("vera", "Vera", "chat", {"text": "x" * 300})
        name = journal.keep(b"picture %d" % entry.n) if entry.n % 7 == 0 else ""
        print(f"{entry.n} {name}", flush=True)
"""
"Forks a process that writes on and on, for every line that it reads."


@pytest.fixture
def house(database: str, tmp_path: Path) -> Settings:
    """Where a meeting is known."""
    settings = Settings(database=database, data=str(tmp_path))
    known(settings, MEETING)
    return settings


@pytest.fixture
def journal(house: Settings) -> Iterator[StoreJournal]:
    journal = journal_of(house, MEETING)
    yield journal
    journal.close()


def test_nothing_acknowledged_is_lost_and_nothing_is_twice_whenever_it_is_killed(house: Settings) -> None:
    dice = random.Random(5)
    command = [sys.executable, "-c", WRITER, house.database, house.data, MEETING]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for kill in range(KILLS):
            print(kill, file=writer.stdin, flush=True)
            pid = int(writer.stdout.readline())
            said = [writer.stdout.readline() for _ in range(dice.randint(1, 12))]
            time.sleep(dice.uniform(0.0, PAUSE_MAX_S))  # the moment is the test: anywhere within a write
            os.kill(pid, signal.SIGKILL)
            # what it still said before it died counts too; a line that was torn was not said
            while not (line := writer.stdout.readline()).endswith("killed\n"):
                assert line, "the writer itself ended"
                said.append(line)
            acknowledged = [line.split() for line in said]
            for _, name in (entry for entry in acknowledged if len(entry) > 1):
                assert picture_of(house, MEETING, name) is not None
            journal = when_free(house)
            numbers = [entry.n for entry in journal.entries]
            journal.close()
            assert numbers == list(range(1, len(numbers) + 1))
            assert len(numbers) >= int(acknowledged[-1][0])
        writer.stdin.close()


def when_free(house: Settings) -> StoreJournal:
    """PostgreSQL notices a killed process a moment later, when the kernel has closed its connection."""
    while True:
        with contextlib.suppress(SessionError):
            return journal_of(house, MEETING)


def test_one_process_has_it(house: Settings, journal: StoreJournal) -> None:
    with pytest.raises(SessionError, match="still being closed"):
        journal_of(house, MEETING)
    journal.close()
    again = journal_of(house, MEETING)
    again.write("vera", "Vera", "chat", {"text": "I have it now"})
    again.close()


def test_a_meeting_that_is_not_known_has_no_journal(house: Settings) -> None:
    with pytest.raises(SessionError, match="not known"):
        journal_of(house, "x" * 22)


def test_what_people_write_comes_back_as_it_was(house: Settings, journal: StoreJournal) -> None:
    data = {"text": "Ça va ? \u0000 \U0001f451 <b>", "points": [[0.1, 1e-9], [3.0, -2.5]], "private": False}
    written = journal.write("client", "Zoé", "note", data)
    journal.close()
    again = journal_of(house, MEETING)
    assert list(again.entries) == [written]
    assert again.entries[0].data == data
    again.close()


# links


def test_a_link_holds_until_its_hour_and_is_kept_as_a_digest(store: Store, clock: Clock, tmp_path: Path) -> None:
    meetings = Meetings(store, Files(str(tmp_path / "files")))
    (invitation, token), *_ = meetings.invite("Ana", ["Vera"], hours=1)
    assert meetings.find(token) == invitation
    assert store.look(lambda unit: token not in str(unit.rows.scalars(select(MeetingLink.token_sha256)).all()))
    clock.now += datetime.timedelta(hours=1, seconds=1)
    with pytest.raises(ConsentError) as told:
        meetings.find(token)
    assert told.value.reason == "meeting_expired"


def test_a_seat_that_was_withdrawn_opens_nothing(store: Store, tmp_path: Path) -> None:
    meetings = Meetings(store, Files(str(tmp_path / "files")))
    (invitation, token), (_, others) = meetings.invite("Ana", ["Vera"], hours=1)

    def withdraw(unit: Unit) -> None:
        unit.rows.get_one(MeetingSeat, (invitation.seat.meeting, "client")).withdrawn_at = unit.now

    store.change(HOUSE, "withdraw", withdraw)
    with pytest.raises(ConsentError) as told:
        meetings.find(token)
    assert told.value.reason == "meeting_withdrawn"
    assert meetings.find(others).seat.name == "Vera"


def test_a_seat_has_so_many_links_and_the_oldest_goes(store: Store, tmp_path: Path) -> None:
    meetings = Meetings(store, Files(str(tmp_path / "files")))
    (invitation, first), _ = meetings.invite("Ana", ["Vera"], hours=1)
    meeting = invitation.seat.meeting
    made = [store.change(HOUSE, "link", lambda unit: new_link(unit, meeting, "client")) for _ in range(LINKS_MAX)]
    hers = select(func.count()).where(MeetingLink.meeting_id == meeting, MeetingLink.seat_id == "client")
    assert store.look(lambda unit: unit.rows.scalar(hers)) == LINKS_MAX
    assert {meetings.find(token).seat.name for token in made} == {"Ana"}
    with pytest.raises(ConsentError):
        meetings.find(first)


@pytest.mark.parametrize(("client", "consultants", "hours"), [("", ["V"], 1), ("A", [], 1), ("A", ["V"], 0)])
def test_nobody_and_no_time_cannot_be_invited(
    store: Store, tmp_path: Path, client: str, consultants: list[str], hours: float
) -> None:
    with pytest.raises(InputError):
        Meetings(store, Files(str(tmp_path / "files"))).invite(client, consultants, hours=hours)


# what is read from it


def test_where_a_meeting_stands_is_read_from_it(journal: StoreJournal) -> None:
    for kind, data in (
        ("admitted", {"seat": "client"}),
        ("pieces", {"worn": [{"piece": "aurora"}], "bare": False}),
        ("note", {"private": True, "text": "a"}),
        ("note", {"private": True, "text": "b"}),
        ("still", {"picture": "1.jpg"}),
        ("asked", {"what": "snapshot"}),
        ("pieces", {"worn": [{"piece": "luna"}], "bare": True}),
    ):
        journal.write("vera", "Vera", kind, data)
    stands = standing(journal.entries)
    assert (stands.admitted, stands.still, stands.bare) == (True, 5, True)
    assert stands.worn == ({"piece": "luna"},)
    assert stands.asked == {6: "snapshot"}
    kinds = [(entry.kind, entry.n) for entry in worth_telling(journal.entries, "consultant")]
    assert kinds == [("admitted", 1), ("note", 4), ("still", 5), ("asked", 6), ("pieces", 7)]
    assert not [entry for entry in worth_telling(journal.entries, "client") if entry.kind == "note"]
    journal.write("vera", "Vera", "live", {})
    journal.write("client", "Ana", "answered", {"ask": 6, "yes": False})
    journal.write("client", "Ana", "left", {"seat": "client"})
    stands = standing(journal.entries)
    assert (stands.admitted, stands.still, stands.asked) == (False, 0, {})


def test_whole_measures_are_told_to_nobody() -> None:
    entry = Entry(1, "2026-11-22T15:00:00Z", "client", "Ana", "report", {"fit": {}})
    assert not may_see("client", entry)
    assert not may_see("consultant", entry)


@pytest.mark.parametrize(
    ("losses", "rtt_s", "rate", "expected"),
    [
        ((0, 0), None, None, ("good", [])),
        ((0.01, 0.02), 0.2, 0.7, ("good", [])),
        ((0.03, 0), 0.05, 1.0, ("warning", ["up_loss"])),
        ((0, 0.09), 0.05, None, ("bad", ["down_loss"])),
        ((0.03, 0), 0.7, 0.5, ("bad", ["up_loss", "rtt", "rate"])),
        ((0, 0), 0.3, 0.2, ("bad", ["rtt", "rate"])),
    ],
)
def test_how_good_a_connection_is(losses: tuple[float, float], rtt_s: float | None, rate: float | None, expected):
    assert quality_of(up_loss=losses[0], down_loss=losses[1], rtt_s=rtt_s, rate=rate) == expected
