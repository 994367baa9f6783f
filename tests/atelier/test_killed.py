"""A process that writes is killed (SIGKILL) a hundred times at random moments; what it acknowledged is there, once."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.atelier.workshop import open_house
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Comment, Offer, Quote, Request, Step, Verdict
from tryon.atelier.trade import MAKING

ROOT = Path(__file__).resolve().parents[2]
KILLS = 25
KILLED = '{"op": "killed"}\n'
LINES_MAX = 10
"Acknowledged before a kill, at most: one request takes 8 from its first draft to the casting."
PAUSE_MAX_S = 0.02
"Beyond the last line that was read: one unit takes a few milliseconds."


def test_nothing_acknowledged_is_lost_and_nothing_is_twice(database: str, tmp_path: Path) -> None:
    store = Store(database)
    house = open_house(store, tmp_path)
    (tmp_path / "staff.json").write_text(json.dumps(house.journey.sample.staff))
    rng = random.Random(2026)
    said: list[dict[str, Any]] = []
    command = [sys.executable, "-m", "tests.atelier.writer", database, str(tmp_path)]
    with subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdin is not None
        assert writer.stdout is not None
        for kill in range(KILLS):
            print(kill, file=writer.stdin, flush=True)
            pid = int(json.loads(writer.stdout.readline())["pid"])
            said += [json.loads(writer.stdout.readline()) for _ in range(rng.randrange(LINES_MAX))]
            time.sleep(rng.uniform(0.0, PAUSE_MAX_S))  # the moment is the test: anywhere within a unit
            os.kill(pid, signal.SIGKILL)
            # what it still said before it died counts too; a line that was torn was not said
            while not (line := writer.stdout.readline()).endswith(KILLED):
                assert line, "the writer itself ended"
                said.append(json.loads(line))
        writer.stdin.close()
    assert len(said) > KILLS

    _hold(store, said)

    found = store.verify()
    assert found.faults == []
    assert found.lines >= len(said)
    store.close()


def _hold(store: Store, said: list[dict[str, Any]]) -> None:
    """Everything that was acknowledged is in the store, and nothing in it is there twice."""

    def read(unit: Unit) -> None:
        rows = {row.id: row for row in unit.rows.query(Request)}
        words = [row.words for row in unit.rows.query(Comment) if row.words != "It is beautiful."]
        assert len(words) == len(set(words)), "a comment is there twice"
        names = [row.name for row in rows.values()]
        assert len(names) == len(set(names)), "a request is there twice"
        last_note: dict[str, str] = {}
        for line in said:
            row = rows[line["id"]]
            if line["op"] == "begin":
                assert row.name.endswith(line["word"])
            elif line["op"] == "stage":
                assert MAKING.index(row.stage) >= MAKING.index(line["stage"])
            elif line["op"] == "comment":
                assert line["word"] in words
            else:
                last_note[line["id"]] = line["word"]
        for id, word in last_note.items():
            # at most the one that was under way when it was killed came after it
            assert int(rows[id].notes.split("-")[1]) - int(word.split("-")[1]) in (0, 1)
        for row in rows.values():
            steps = [(s.from_stage, s.to_stage) for s in unit.rows.query(Step).filter_by(request_id=row.id)]
            assert len(steps) == len(set(steps)) == (0 if row.stage == "draft" else 1 + MAKING.index(row.stage))
            for kind, most in ((Quote, 1), (Verdict, 1)):
                assert unit.rows.query(kind).filter_by(request_id=row.id).count() <= most
            accepted = unit.rows.query(Offer).filter_by(request_id=row.id, state="accepted").count()
            assert accepted == (row.artisan_id is not None)

    store.look(read)
