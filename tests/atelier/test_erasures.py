"""By her mail address: the same answer to everybody, one letter, one use, and what is said to go is gone."""

from __future__ import annotations

import datetime
import re
import time
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest

from tests.atelier.test_erase import everything
from tests.atelier.test_http import Desk, desk
from tests.server.test_contract import assert_error
from tryon.atelier.erasures import HOURS
from tryon.atelier.tables import ErasureLink, Outbox

__all__ = ["desk"]
ANA = "ana@client.example"
WAIT_S = 60.0


def ask(desk: Desk, email: str, language: str = "en") -> Any:
    return desk.http.post("/v1/erasures", json={"email": email, "language": language})


def letters(folder: Path) -> list[Any]:
    """Those that say how to erase, oldest first."""
    found = [message_from_bytes(path.read_bytes(), policy=policy.default) for path in (folder / "mail").glob("*.eml")]
    about = [each for each in found if re.search("Erase what we|Effacer ce que", each["Subject"])]
    return sorted(about, key=lambda each: each["Message-ID"])


def mailed(folder: Path, count: int = 1) -> str:
    """The newest link's token, once so many letters are there."""
    end = time.monotonic() + WAIT_S
    while len(letters(folder)) < count:
        assert time.monotonic() < end, "no letter"
        time.sleep(0.05)
    text = letters(folder)[-1].get_body(("plain",)).get_content()
    return re.search(r"/privacy\?lang=\w\w#erase=(\S+)", text)[1]  # type: ignore[index]


def by_link(desk: Desk, method: str, token: str) -> Any:
    return desk.http.request(method, "/v1/erasure", headers={"Authorization": f"Bearer {token}"})


def test_a_link_says_what_goes_and_what_stays_and_erases_it_once(desk: Desk, tmp_path: Path) -> None:
    sent = desk.submitted(email=ANA, notes="two drops, not three")
    begun = desk.begin(email="Ana@Client.example")
    made = desk.submitted(email=ANA)
    desk.house.journey.advance(made.id, "cad")
    other = desk.submitted(email="bea@client.example")

    assert ask(desk, ANA.upper(), "fr").status_code == 202
    token = mailed(tmp_path / "var")
    assert letters(tmp_path / "var")[0]["To"] == ANA.upper()
    assert "Effacer ce que nous gardons" in letters(tmp_path / "var")[0]["Subject"]
    for _ in range(2):  # looking changes nothing
        held = by_link(desk, "GET", token).json()
        assert (held["requests"], held["under_way"]) == (2, 1)
    assert {"steps", "consent", "trail"} <= set(held["kept"])

    done = by_link(desk, "POST", token)
    assert (done.status_code, done.json()["requests"], done.json()["under_way"]) == (200, 2, 1)
    assert_error(by_link(desk, "POST", token), "erasure_unknown")
    assert_error(by_link(desk, "GET", token), "erasure_unknown")
    assert_error(sent.ask("GET"), "key_unknown")
    assert_error(begun.ask("GET"), "key_unknown")
    assert made.told()["wish"]["email"] == ANA
    assert other.told()["wish"]["email"] == "bea@client.example"
    left = everything(tmp_path)
    assert "two drops" not in left
    assert token not in left
    said = desk.http.app.state.counter.store.look(  # type: ignore[attr-defined]
        lambda unit: unit.rows.connection().exec_driver_sql("select action, by_role from audit order by number").all()
    )
    assert [tuple(line) for line in said if "erasure" in line[0]] == [
        ("erasure.ask", "house"),
        ("erasure.use", "client"),
    ]


def test_nobody_learns_whether_anything_is_held(desk: Desk, tmp_path: Path) -> None:
    desk.submitted(email=ANA)
    known, unknown = ask(desk, ANA), ask(desk, "nobody@client.example")
    assert (known.status_code, known.content, known.headers.keys()) == (202, b"", unknown.headers.keys())
    assert (unknown.status_code, unknown.content) == (202, b"")
    mailed(tmp_path / "var")
    assert [letter["To"] for letter in letters(tmp_path / "var")] == [ANA]
    assert "nobody@client.example" not in everything(tmp_path)
    assert_error(ask(desk, "no address"), "email_wrong")
    assert_error(ask(desk, ""), "email_missing")


def test_a_newer_link_ends_the_one_before_and_each_ends_with_its_day(desk: Desk, tmp_path: Path) -> None:
    folder = tmp_path / "var"
    desk.submitted(email=ANA)
    ask(desk, ANA)
    first = mailed(folder)
    ask(desk, ANA)
    second = mailed(folder, 2)
    assert_error(by_link(desk, "GET", first), "erasure_unknown")
    assert by_link(desk, "GET", second).status_code == 200

    store = desk.http.app.state.counter.store  # type: ignore[attr-defined]
    now = store.clock()
    store.clock = lambda: now + datetime.timedelta(hours=HOURS)
    assert_error(by_link(desk, "GET", second), "erasure_expired")
    assert_error(by_link(desk, "POST", second), "erasure_expired")
    desk.http.app.state.sweeper.sweep()  # type: ignore[attr-defined]
    assert store.look(lambda unit: unit.rows.query(ErasureLink).count()) == 0


def test_who_asks_and_asks_is_refused_and_a_mailbox_is_not_flooded(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.submitted(email=ANA)
    assert [ask(desk, ANA).status_code for _ in range(12)] == [202] * 10 + [429] * 2
    store = desk.http.app.state.counter.store  # type: ignore[attr-defined]
    told = store.look(lambda unit: [row.topic for row in unit.rows.query(Outbox)])
    assert told.count("erasure.asked") == 3
