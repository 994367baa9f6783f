"""The ledger: what is written, what survives, and when a consent stops to hold."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from tryon.errors import AssetError, ConsentError
from tryon.server.consent import VISIT_S, ConsentText, Ledger, read_texts

TEXT = ConsentText("2026-01-01", ["live", "snapshot"], "en", "words")


class Clock:
    now_s = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "var" / "consents.jsonl"


def lines(path: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_each_event_is_a_line_that_names_no_person(path: Path, clock: Clock) -> None:
    ledger = Ledger(path, clock=clock)
    consent, token = ledger.give(TEXT, ["live"])
    ledger.used(consent, session="s1")
    ledger.withdraw(token)
    ledger.withdraw(token)

    assert [line["event"] for line in lines(path)] == ["given", "used", "withdrawn"]
    assert lines(path)[0] == {
        "at": "2027-01-15T08:00:00Z",
        "event": "given",
        "consent": consent.id,
        "version": "2026-01-01",
        "language": "en",
        "purposes": ["live"],
        "text_sha256": TEXT.sha256,
        "token_sha256": lines(path)[0]["token_sha256"],
        "until": clock.now_s + VISIT_S,
    }
    assert token not in path.read_text()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_it_is_synced_before_it_counts(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = Ledger(path)

    def fails(file: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fails)
    with pytest.raises(OSError, match="disk full"):
        ledger.give(TEXT, ["live"])

    assert not ledger._by_token


def test_a_consent_holds_for_its_purpose_and_its_visit(path: Path, clock: Clock) -> None:
    ledger = Ledger(path, clock=clock)
    consent, token = ledger.give(TEXT, ["live"])

    assert ledger.find(token, purpose="live") == consent
    with pytest.raises(ConsentError) as error:
        ledger.find(token, purpose="snapshot")
    assert error.value.reason == "consent_missing"
    clock.now_s += VISIT_S + 1
    with pytest.raises(ConsentError) as error:
        ledger.find(token, purpose="live")
    assert error.value.reason == "consent_expired"


def test_a_restart_remembers_what_was_given_and_taken_back(path: Path, clock: Clock) -> None:
    ledger = Ledger(path, clock=clock)
    consent, token = ledger.give(TEXT, ["live"])
    _, taken = ledger.give(TEXT, ["live"])
    ledger.withdraw(taken)
    ledger.close()

    again = Ledger(path, clock=clock)
    assert again.find(token, purpose="live") == consent
    with pytest.raises(ConsentError) as error:
        again.find(taken, purpose="live")
    assert error.value.reason == "consent_withdrawn"
    clock.now_s += VISIT_S + 1
    with pytest.raises(ConsentError) as error:
        Ledger(path, clock=clock).find(token, purpose="live")
    assert error.value.reason == "consent_unknown"


@pytest.mark.parametrize("torn", [b'{"at":"2027', b"\xff\x00", b'{"event": "given"}', b"[]"])
def test_a_torn_line_spoils_no_other(path: Path, clock: Clock, torn: bytes) -> None:
    ledger = Ledger(path, clock=clock)
    consent, token = ledger.give(TEXT, ["live"])
    ledger.close()
    with path.open("ab") as file:
        file.write(torn)

    again = Ledger(path, clock=clock)
    assert again.find(token, purpose="live") == consent
    _, later = again.give(TEXT, ["live"])
    again.close()
    assert Ledger(path, clock=clock).find(later, purpose="live")


def test_the_words_of_this_repository_can_be_read() -> None:
    texts = read_texts(Path(__file__).resolve().parents[2] / "web" / "words")

    assert texts["en"].purposes == ["live", "measure", "share", "keep", "photo"]
    assert "measure" in texts["en"].also["measure"], "agreed to by itself"
    assert "server" in texts["en"].text, "she is told that her picture leaves her device"


def test_words_that_cannot_be_read_are_named(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match="no consent"):
        read_texts(tmp_path)
    (tmp_path / "consent.en.json").write_text("{}")
    with pytest.raises(AssetError, match=r"consent\.en\.json"):
        read_texts(tmp_path)


def test_agreeing_to_more_is_recorded_and_outlives_a_restart(path: Path, clock: Clock) -> None:
    ledger = Ledger(path, clock=clock)
    _, token = ledger.give(TEXT, ["live"])
    ledger.widen(token, TEXT, ["snapshot"])
    ledger.widen(token, TEXT, ["snapshot"])
    with pytest.raises(ConsentError, match="live, snapshot"):
        ledger.widen(token, TEXT, ["marketing"])

    assert [line["event"] for line in lines(path)] == ["given", "widened"]
    assert lines(path)[1]["purposes"] == ["live", "snapshot"]
    assert Ledger(path, clock=clock).find(token, purpose="snapshot").purposes == ("live", "snapshot")
    ledger.withdraw(token)
    with pytest.raises(ConsentError, match="withdrawn"):
        ledger.widen(token, TEXT, ["live"])
