"""What is held of her, how long, and that it is gone: the table, the sweeper, her export and her deletion."""

from __future__ import annotations

import datetime
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import House
from tests.server.test_fits import Kept, measures
from tryon.errors import AtelierError, ConsentError
from tryon.server.consent import VISIT_S, Ledger, read_texts
from tryon.server.retention import CONSENT_DAYS, DAY_S, SET_DAYS, Sweeper, table
from tryon.server.sets import SetAsked, SetPiece, Sets

TEXT = read_texts(Path(__file__).resolve().parents[2] / "web" / "words")["en"]


class Clock:
    now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_consents_past_their_term_leave_the_ledger_and_no_other_does(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "consents.jsonl"
    ledger, other = Ledger(path, clock=clock), Ledger(path, clock=clock)
    old, _ = ledger.give(TEXT, ["live"])
    ledger.used(old, session="s" * 32)
    with path.open("a") as file:
        file.write('{"torn')
        file.write("\n")
    clock.now_s += CONSENT_DAYS * DAY_S - 1
    young, _ = ledger.give(TEXT, ["live"])
    assert ledger.sweep(CONSENT_DAYS) == 0
    clock.now_s += VISIT_S + 2

    assert ledger.sweep(CONSENT_DAYS) == 1
    assert {line["consent"] for line in lines(path)} == {young.id}
    assert path.stat().st_mode & 0o777 == 0o600
    # the other server appends to the file that is there, not to the one that was
    _, elsewhere = other.give(TEXT, ["live"])
    assert Ledger(path, clock=clock).find(elsewhere, purpose="live")
    assert ledger.sweep(CONSENT_DAYS) == 0


def test_a_consent_that_is_deleted_leaves_one_line_that_tells_nothing(tmp_path: Path) -> None:
    clock, path = Clock(), tmp_path / "consents.jsonl"
    ledger = Ledger(path, clock=clock)
    gone, token = ledger.give(TEXT, ["live"])
    stays, other = ledger.give(TEXT, ["live"])
    assert [line["event"] for line in ledger.lines_of(token)] == ["given"]
    assert "token_sha256" not in ledger.lines_of(token)[0]
    ledger.forget(token)

    assert [line for line in lines(path) if line["consent"] == gone.id] == [
        {"at": lines(path)[-1]["at"], "event": "deleted", "consent": gone.id}
    ]
    with pytest.raises(ConsentError, match="not known"):
        ledger.find_any(token)
    again = Ledger(path, clock=clock)
    assert again.find(other, purpose="live") == stays
    clock.now_s += CONSENT_DAYS * DAY_S + 1
    again.sweep(CONSENT_DAYS)
    assert gone.id not in path.read_text(), "that it was deleted ends as well"


def test_the_sweeper_goes_by_the_table_and_one_that_fails_keeps_no_other(caplog: pytest.LogCaptureFixture) -> None:
    swept: list[tuple[str, int]] = []

    def broom(what: str) -> Callable[[int], int]:
        def sweep(days: int) -> int:
            swept.append((what, days))
            if what == "fit":
                raise AtelierError("store_unavailable", "secret")
            return 3

        return sweep

    told = {line.what: line.days for line in table(90).lines if line.days is not None}
    brooms: Any = {what: broom(what) for what in told}
    with caplog.at_level(logging.WARNING):
        gone = Sweeper(table(90), brooms).sweep()
    assert dict(swept) == told
    assert gone == {what: 3 for what in told if what != "fit"}
    assert "secret" not in caplog.text
    with pytest.raises(ValueError, match="a broom"):
        Sweeper(table(90), {what: sweep for what, sweep in brooms.items() if what != "set"})


def test_what_the_page_tells_is_what_is_swept(house: House) -> None:
    told = house.client.get("/v1/privacy").json()["lines"]
    sweeper = house.client.app.state.sweeper  # type: ignore[attr-defined]

    assert {line["what"]: line["days"] for line in told if line["ends"] == "days"} == {
        line.what: line.days for line in sweeper._lines
    }
    assert set(sweeper.sweep()) == {"consent", "fit", "set", "draft", "letter", "told", "erasure"}
    assert "what we hold of you" in house.client.get("/privacy").text.lower()


def test_a_look_that_nobody_opens_is_forgotten_in_time(tmp_path: Path, house: House) -> None:
    clock = Clock()
    sets = Sets(tmp_path / "sets", clock=clock)
    pieces = house.client.app.state.counter.pieces  # type: ignore[attr-defined]
    kept = sets.save(SetAsked("Mine", [SetPiece("aurora")]), pieces)
    clock.now_s += SET_DAYS * DAY_S - 1
    assert sets.sweep(SET_DAYS) == 0
    clock.now_s += 2
    assert sets.sweep(SET_DAYS) == 1
    assert list((tmp_path / "sets").glob(f"{kept.set}*")) == []


def test_drafts_and_letters_go_when_their_time_is_over(house: House) -> None:
    client = house.client
    wish = {"name": "Ottilie Unverwechselbar", "email": "ottilie@client.example"}
    assert client.post("/v1/requests", json=wish).status_code == 201
    app: Any = client.app
    store, sweeper = app.state.counter.store, app.state.sweeper
    assert sweeper.sweep()["draft"] == 0
    now = store.clock()
    store.clock = lambda: now + datetime.timedelta(days=91)
    assert sweeper.sweep()["draft"] == 1
    store.clock = lambda: now + datetime.timedelta(days=91 + 31 + 3)
    sweeper.sweep()

    left = b"".join(path.read_bytes() for path in house.data.glob("atelier.db*"))
    live = store.look(lambda unit: unit.rows.connection().exec_driver_sql("select count(*) from requests").scalar())
    assert live == 0
    assert b"Ottilie" not in left


def test_she_takes_what_is_held_with_her_and_then_it_is_nowhere(house: House, caplog: pytest.LogCaptureFixture) -> None:
    client = house.client
    with caplog.at_level(logging.DEBUG):
        kept = Kept(house)
        headers = kept.consent
        told = client.get("/v1/me/export", headers=headers)
        assert [line["event"] for line in told.json()["consent"]] == ["given"]
        assert [fit["fit"] for fit in told.json()["fits"]] == [kept.address.removeprefix("/v1/fits/")]
        assert "attachment" in told.headers["content-disposition"]
        opened = house.offer({"headers": headers})
        assert opened.status_code == 201
        before = b"".join(path.read_bytes() for path in house.data.glob("atelier.db*"))
        assert all(f'"value_mm": {told["value_mm"]}'.encode() in before for told in measures()["measurements"].values())

        assert client.delete("/v1/me", headers=headers).status_code == 204
    assert house.pool.closed, "what ran under it has ended"
    assert client.get("/v1/me/export", headers=headers).json()["error"]["reason"] == "consent_unknown"
    assert kept.ask().json()["error"]["reason"] == "fit_unknown"

    token = headers["Authorization"].removeprefix("Bearer ")
    app: Any = client.app
    disk = {path: path.read_bytes() for path in house.data.rglob("*") if path.is_file()}
    hers = [token, kept.key, *(f'"value_mm": {told["value_mm"]}' for told in measures()["measurements"].values())]
    hers += [line["text_sha256"] for line in told.json()["consent"]]
    for trace in hers:
        assert [path.name for path, held in disk.items() if trace.encode() in held] == [], trace
        assert trace not in caplog.text
    ledger = lines(house.data / "consents.jsonl")
    assert [(line["event"], len(line)) for line in ledger] == [("deleted", 3)]
    trail = app.state.counter.store.look(
        lambda unit: unit.rows.connection().exec_driver_sql("select action, about from audit order by number").all()
    )
    assert [(a, b) for a, b in trail if a.startswith("me.")] == [
        ("me.export", ledger[0]["consent"]),
        ("me.delete", ledger[0]["consent"]),
    ]
    assert app.state.counter.store.verify().faults == []


def test_without_a_token_nothing_is_told_or_deleted(house: House) -> None:
    for method, path in (("GET", "/v1/me/export"), ("DELETE", "/v1/me")):
        assert house.client.request(method, path).json()["error"]["reason"] == "consent_missing"


def test_a_guardian_agrees_for_a_child_who_is_not_measured(house: House) -> None:
    def asked(guardian: str, *purposes: str) -> Any:
        body = {"version": TEXT.version, "purposes": purposes, "language": "en", "guardian": guardian}
        return house.client.post("/v1/consents", json=body)

    assert asked("Maria Vormund", "live", "measure").json()["error"]["reason"] == "consent_not_for_child"
    assert asked(" ", "live").json()["error"]["reason"] == "guardian_wrong"
    assert asked("two\nlines", "live").json()["error"]["reason"] == "guardian_wrong"
    given = asked("Maria Vormund", "live", "photo").json()
    headers = {"Authorization": f"Bearer {given['token']}"}
    more = {"version": TEXT.version, "purposes": ["measure"], "language": "en"}
    path = f"/v1/consents/{given['consent']}"
    assert house.client.patch(path, json=more, headers=headers).json()["error"]["reason"] == "consent_not_for_child"
    assert house.client.get("/v1/me/export", headers=headers).json()["consent"][0]["guardian"] == "Maria Vormund"
    assert Ledger(house.data / "consents.jsonl").find(given["token"], purpose="live").child, "also after a restart"

    assert house.client.delete("/v1/me", headers=headers).status_code == 204
    assert not any(b"Vormund" in path.read_bytes() for path in house.data.rglob("*") if path.is_file())
