"""The journal of a meeting: what was acknowledged is there after kill -9, and a torn line spoils nothing."""

from __future__ import annotations

import random
import subprocess
import sys
from pathlib import Path

import pytest

from tryon.errors import SessionError
from tryon.journal import FileJournal, picture_of
from tryon.meeting import quality_of, standing, worth_telling

MEETING = "j" * 22
KILLS = 20
WRITER = """
import sys
from pathlib import Path
from tryon.journal import FileJournal

journal = FileJournal(Path(sys.argv[1]), sys.argv[2])
while True:
    entry = journal.write("vera", "Vera", "chat", {"text": "x" * 300})
    name = journal.keep(b"picture %d" % entry.n) if entry.n % 7 == 0 else ""
    sys.stdout.write(f"{entry.n} {name}\\n")
    sys.stdout.flush()
"""


def open_journal(folder: Path) -> FileJournal:
    return FileJournal(folder, MEETING, clock=lambda: 0.0)


def test_nothing_acknowledged_is_lost_and_nothing_is_twice_whenever_it_is_killed(tmp_path: Path) -> None:
    dice, acknowledged = random.Random(5), 0
    for _ in range(KILLS):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(tmp_path), MEETING], stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            said = [writer.stdout.readline() for _ in range(dice.randint(1, 12))]
            writer.kill()
            said += writer.stdout.readlines()
        whole = [line.split() for line in said if line.endswith("\n")]
        assert whole
        acknowledged = int(whole[-1][0])
        for number, *name in whole:
            if name:
                assert picture_of(tmp_path, MEETING, name[0]) == f"picture {number}".encode()
        journal = open_journal(tmp_path)
        numbers = [entry.n for entry in journal.entries]
        journal.close()
        assert numbers == list(range(1, len(numbers) + 1))
        assert len(numbers) >= acknowledged


def test_a_torn_line_was_never_acknowledged_and_is_cut_off(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    journal.write("vera", "Vera", "chat", {"text": "one"})
    journal.close()
    path = tmp_path / "meetings" / MEETING / "journal.jsonl"
    path.write_bytes(path.read_bytes() + b'{"n": 2, "at"')
    journal = open_journal(tmp_path)
    entry = journal.write("vera", "Vera", "chat", {"text": "two"})
    journal.close()
    assert entry.n == 2
    assert [line.count(b'"n"') for line in path.read_bytes().splitlines()] == [1, 1]


def test_one_process_has_it(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
    with pytest.raises(SessionError, match="still being closed"):
        open_journal(tmp_path)
    journal.close()
    open_journal(tmp_path).close()


def test_where_a_meeting_stands_is_read_from_it(tmp_path: Path) -> None:
    journal = open_journal(tmp_path)
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
    journal.close()


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
