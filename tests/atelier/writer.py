"""A process that writes to a store and says what was acknowledged, until it is killed (see test_killed.py).

    python -m tests.atelier.writer DATABASE FOLDER

For each line that it reads it forks a child, which prints its own id and then one line of JSON for each thing that the
store acknowledged.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from pathlib import Path

from tests.atelier.workshop import catalogue
from tryon.atelier import agree, asked, requests
from tryon.atelier.files import Files
from tryon.atelier.sample import Journey
from tryon.atelier.store import Store, Unit
from tryon.atelier.who import Who

NOW = datetime.datetime(2026, 11, 23, 9, 0, tzinfo=datetime.UTC)


class Writer:
    """Writes requests, notes, comments, decisions and numbers; acknowledges each."""

    def __init__(self, database: str, folder: Path, staff: dict[str, str], round: str) -> None:
        self.store = Store(database)
        self.journey = Journey(self.store, Files(str(folder / "files")), catalogue(), folder / "stock")
        self.journey.sample.staff = staff
        self.round = round
        self.count = 0

    def word(self) -> str:
        """A word that nobody wrote before."""
        self.count += 1
        return f"{self.round}-{self.count}"

    def write(self) -> None:
        """On and on."""
        while True:
            word = self.word()
            id = self.journey.begin("ondine", f"Ana {word}", "en")
            told(op="begin", id=id, word=word)
            for _ in range(2):
                self.save(id)
            self.journey.advance(id, "approval_one")
            told(op="stage", id=id, stage="approval_one")
            for _ in range(3):
                self.comment(id)
            self.journey.advance(id, "casting")
            told(op="stage", id=id, stage="casting")

    def save(self, id: str) -> None:
        """Notes of a draft."""
        word = self.word()

        def work(unit: Unit) -> None:
            row = requests.held(unit, id)
            wish = asked.Wish(
                wished="ondine",
                tier="studio",
                event_date=datetime.date(2027, 12, 1),
                notes=word,
                name=row.name,
                email=row.email,
            )
            requests.save(unit, row, wish, catalogue())

        self.store.change(Who("client", id), "request.save", work)
        told(op="save", id=id, word=word)

    def comment(self, id: str) -> None:
        """Words on the first revision."""
        word = self.word()

        def work(unit: Unit) -> None:
            agree.comment(unit, requests.held(unit, id), "one", 1, asked.Said(word))

        self.store.change(Who("client", id), "comment", work)
        told(op="comment", id=id, word=word)


def told(**line: str) -> None:
    """It is on the disk."""
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def main() -> None:
    """See the module."""
    database, folder = sys.argv[1], Path(sys.argv[2])
    staff = json.loads((folder / "staff.json").read_text())
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            told(pid=str(os.getpid()))
            Writer(database, folder, staff, line.strip()).write()
        os.waitpid(child, 0)
        told(op="killed")


if __name__ == "__main__":
    main()
