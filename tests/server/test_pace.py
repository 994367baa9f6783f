"""What strangers may ask for, and how often: from one place of the net, and for one mailbox."""

from __future__ import annotations

from pathlib import Path

import pytest
from limits import RateLimitItemPerHour
from starlette.requests import Request

from tests.server.conftest import House
from tryon.errors import AccessError
from tryon.server import consents
from tryon.server.pace import LETTERS, Pace


def come(host: str) -> Request:
    return Request({"type": "http", "headers": [], "client": (host, 1)})


def test_one_place_is_told_to_wait_and_another_is_not() -> None:
    pace, most = Pace(), (RateLimitItemPerHour(2),)
    for _ in range(2):
        pace.place(come("192.0.2.1"), "consent", most)
    with pytest.raises(AccessError) as told:
        pace.place(come("192.0.2.1"), "consent", most)
    assert told.value.reason == "asked_too_often"
    pace.place(come("192.0.2.2"), "consent", most)
    pace.place(come("192.0.2.1"), "request", most)


def test_a_mailbox_is_written_to_a_few_times_a_day_whatever_its_spelling() -> None:
    pace = Pace()
    assert [pace.letter("draft", mail) for mail in ("Zoe@x.example", "zoe@x.example", "ZOE@x.example")] == [True] * 3
    assert not pace.letter("draft", "zoe@x.example")
    assert pace.letter("erasure", "zoe@x.example")
    assert pace.letter("draft", "ana@x.example")
    assert LETTERS.amount == 3


def test_consents_from_one_place_are_bounded(house: House, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consents, "CONSENTS", (RateLimitItemPerHour(2),))
    text = house.client.get("/v1/consent").json()
    asked = {"version": text["version"], "purposes": ["live"], "language": "en"}
    answers = [house.client.post("/v1/consents", json=asked) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [201, 201, 429]
    assert answers[-1].json()["error"]["reason"] == "asked_too_often"
    assert int(answers[-1].headers["Retry-After"]) > 0
