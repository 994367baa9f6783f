"""The server is killed (SIGKILL) a hundred times while requests, notes and approvals come in over HTTP.

What was answered is there; what was asked again under its Idempotency-Key, because no answer came, is there once.
"""

from __future__ import annotations

import itertools
import os
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest
from sqlalchemy import select

from tests.atelier.workshop import catalogue, draw_files
from tryon.atelier import requests
from tryon.atelier.files import Files
from tryon.atelier.sample import Journey
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Comment, Outbox, Request, Revision, Step, Verdict
from tryon.atelier.who import Who
from tryon.pieces.catalogue import Catalogue
from tryon.settings import HERE

KILLS = 100
ANSWERS_MAX = 6
"Before a kill, at most."
PAUSE_MAX_S = 0.015
"Beyond the last answer: a change takes about so long, from the first byte in to the last byte out."
AGAIN_S = 0.002
WISH = {"pieces": ["aurora"], "wished": "aurora", "event_date": "2028-05-27", "tier": "studio", "language": "en"}


@dataclass
class Client:
    """Asks on and on, each thing until it is answered; counts the answers and the times it had to ask again."""

    address: str
    approval: tuple[str, str]
    "Id and key of a request whose design waits for her word."
    sha256: str
    answers: int = 0
    again: int = 0
    notes: dict[str, str] = field(default_factory=dict)
    "The last that was answered, by request."
    submitted: list[str] = field(default_factory=list)
    comments: list[str] = field(default_factory=list)
    decisions: list[str] = field(default_factory=list)
    trouble: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)
    moved: threading.Condition = field(default_factory=threading.Condition)

    def live(self) -> None:
        """Until it is over."""
        with httpx2.Client(base_url=self.address, trust_env=False, timeout=30) as http:
            self._http = http
            try:
                words = self._ask("GET", "/v1/consent/request", "").json()
                self._consent = {"version": words["version"], "language": "en", "purposes": ["atelier", "artisan"]}
                for number in itertools.count():
                    if self.over.is_set():
                        return
                    self._request(number)
                    self._approval(number)
            except Exception as err:  # told by the test's own thread
                self.trouble.append(f"{type(err).__name__}: {err}")
            finally:
                with self.moved:
                    self.moved.notify_all()

    def wait(self, answers: int) -> None:
        """Until there are so many more answers than now."""
        with self.moved:
            until = self.answers + answers
            self.moved.wait_for(lambda: self.answers >= until or self.trouble)

    def _request(self, number: int) -> None:
        wish = {**WISH, "name": f"Ana {number}", "email": "ana@client.example"}
        begun = self._ask("POST", "/v1/requests", "", wish).json()
        id, key = begun["request"], begun["key"]
        path, seen = f"/v1/requests/{id}", '"1"'
        for save in range(3):
            note = f"{number}-{save}"
            saved = self._ask("PUT", path, key, {**wish, "notes": note}, once=f"note-{note}", seen=seen)
            seen, self.notes[id] = saved.headers["etag"], note
        sent = self._ask("POST", f"{path}/submission", key, {"consent": self._consent}, once="send", seen=seen)
        assert sent.json()["stage"] == "enquiry"
        self.submitted.append(id)

    def _approval(self, number: int) -> None:
        id, key = self.approval
        round = f"/v1/requests/{id}/approvals/one"
        word = f"c{number}"
        self._ask("POST", f"{round}/revisions/1/comments", key, {"words": word}, once=word)
        self.comments.append(word)
        word = f"d{number}"
        said = {"revision": 1, "sha256": self.sha256, "decision": "soft", "words": word}
        self._ask("POST", f"{round}/decision", key, said, once=word)
        self.decisions.append(word)

    def _ask(self, method: str, path: str, key: str, json: Any = None, *, once: str = "", seen: str = "") -> Any:
        headers = {"Authorization": f"Bearer {key}"} if key else {}
        headers |= {"Idempotency-Key": once} if once else {}
        headers |= {"If-Match": seen} if seen else {}
        while True:
            try:
                answer = self._http.request(method, path, json=json, headers=headers)
                break
            except httpx2.TransportError:
                self.again += 1
                time.sleep(AGAIN_S)  # until its door is open again
        assert answer.status_code < 300, f"{method} {path}: {answer.text}"
        with self.moved:
            self.answers += 1
            self.moved.notify_all()
        return answer


@pytest.fixture
def approval(tmp_path: Path) -> Iterator[tuple[Store, str, str, str]]:
    """A store with one request whose design waits for a word; its id, a key, the design's digest."""
    store = Store(f"sqlite:///{tmp_path / 'atelier.db'}")
    pieces = {piece.id: piece for piece in Catalogue(HERE / "assets" / "pieces").pieces()}
    journey = Journey(store, Files(str(tmp_path / "files")), pieces, draw_files(tmp_path / "stock", catalogue()))
    journey.hire()
    id = journey.begin("aurora", "Bea", "en")
    journey.advance(id, "approval_one")
    who = Who("client", id)
    token = store.change(who, "link", lambda unit: requests.hand_over(unit, requests.held(unit, id)))
    _, key = store.change(who, "take", lambda unit: requests.take_over(unit, token))
    yield store, id, key, store.look(lambda unit: unit.rows.scalars(select(Revision.sha256)).one())
    store.close()


@pytest.mark.long
def test_a_server_that_is_killed_loses_and_doubles_nothing(
    approval: tuple[Store, str, str, str], tmp_path: Path
) -> None:
    store, id, key, sha256 = approval
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = Client(f"http://127.0.0.1:{port}", (id, key), sha256)
    asking = threading.Thread(target=client.live)
    rng = random.Random(2026)
    settings = {"TRYON_PORT": str(port), "TRYON_DATA": str(tmp_path)}
    with (
        (tmp_path / "log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-m", "tests.atelier.doorkeeper"],
            cwd=HERE,
            env={**os.environ, **settings},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as keeper,
    ):
        assert keeper.stdin is not None
        assert keeper.stdout is not None
        asking.start()
        for kill in range(KILLS + 1):
            print("open", file=keeper.stdin, flush=True)
            pid = int(keeper.stdout.readline())
            if kill == KILLS:
                client.over.set()
                asking.join()
            else:
                client.wait(1 + rng.randrange(ANSWERS_MAX))
                time.sleep(rng.uniform(0.0, PAUSE_MAX_S))  # the moment is the test: anywhere within a change
            os.kill(pid, signal.SIGKILL)
            assert keeper.stdout.readline() == "killed\n"
            assert client.trouble == [], (tmp_path / "log").read_text()[-2000:]
        keeper.stdin.close()
    assert client.again >= KILLS // 2, "it was killed while it was asked"

    store.look(lambda unit: hold(unit, client))

    assert store.verify().faults == []


def hold(unit: Unit, client: Client) -> None:
    """All that was answered is there, and nothing is there twice."""
    rows = {row.id: row for row in unit.rows.query(Request)}
    for id, note in client.notes.items():
        assert rows[id].notes == note
    for id in client.submitted:
        steps = [step.to_stage for step in unit.rows.query(Step).filter_by(request_id=id)]
        assert steps == ["enquiry"]
    told = Counter(unit.rows.scalars(select(Outbox.request_id).where(Outbox.topic == "request.submitted")))
    assert {id: told[id] for id in client.submitted} == dict.fromkeys(client.submitted, 1)
    words = Counter(unit.rows.scalars(select(Comment.words).where(Comment.words.like("c%"))))
    assert words == Counter(client.comments)
    decided = Counter(unit.rows.scalars(select(Verdict.words).where(Verdict.words.like("d%"))))
    assert decided == Counter(client.decisions)
    # a draft whose first answer was lost was begun again; the first one is nobody's
    names = Counter(row.name for row in rows.values() if row.stage != "draft" and row.name.startswith("Ana"))
    assert set(names.values()) == {1}
