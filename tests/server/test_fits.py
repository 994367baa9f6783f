"""Fit cards kept behind a link: with her yes, judged anew, deleted when she says so or the time is over."""

from __future__ import annotations

import datetime
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.paper.reader import read
from tests.server.conftest import House
from tests.server.test_contract import assert_error
from tests.server.test_fitcards import MEASURES, agreed
from tryon.atelier import fits
from tryon.atelier.store import Store
from tryon.calibration import read_calibration
from tryon.fitcard.record import Record
from tryon.measuring import judged_json
from tryon.pieces.catalogue import Catalogue
from tryon.server.consent import Ledger
from tryon.server.fits import CLIENT, Fits
from tryon.settings import load


def measures() -> dict[str, Any]:
    told: dict[str, Any] = json.loads(MEASURES.read_text())
    return told


class Kept:
    """A card that was kept, and its link."""

    def __init__(self, house: House, *purposes: str, **changes: Any) -> None:
        self.house = house
        self.consent = agreed(house, *(purposes or ("live", "measure", "keep")))
        body = {"piece": "aurora", "measures": measures()} | changes
        self.answer = house.client.post("/v1/fits", json=body, headers=self.consent)
        said = self.answer.json()
        self.address, self.key = self.answer.headers.get("location", ""), said.get("key", "")

    def ask(self, method: str = "GET", more: str = "", key: str | None = None) -> Any:
        bearer = {"Authorization": f"Bearer {self.key if key is None else key}"}
        return self.house.client.request(method, self.address + more, headers=bearer)


def store_of(house: House) -> Store:
    store: Store = house.client.app.state.counter.store  # type: ignore[attr-defined]
    return store


def test_what_is_kept_is_told_with_its_doubt_and_judged_anew(house: House) -> None:
    kept = Kept(house)
    told = kept.ask().json()

    assert kept.answer.status_code == 201
    assert told["measures"]["measurements"]["head_circumference"] == {
        **measures()["measurements"]["head_circumference"],
        "hand": "",
    }
    assert set(told["measures"]["fit"]) == {"aurora", "celeste", "ondine", "vesper", "lys", "mira"}, "today's shelf"
    assert told["judged_then"] == {id: fit["verdict"] for id, fit in measures()["fit"].items()}
    assert told["drawn"]["of"] == "perch", "as the stand-in's catalogue has it"
    assert all(room["u95_mm"] > 0 for room in told["drawn"]["gaps"])
    days = datetime.datetime.fromisoformat(told["until"]) - datetime.datetime.fromisoformat(told["made_at"])
    assert days == datetime.timedelta(days=90)
    assert kept.ask(more="?piece=lys").json()["piece"] == "lys"
    assert kept.ask(more="?piece=nix").json()["drawn"] is None


def test_the_same_pieces_are_judged_the_same_as_when_she_was_measured() -> None:
    told = measures()
    settings = load({})
    pieces = [Catalogue(settings.pieces_folder).piece(id) for id in told["fit"]]
    record = msgspec.to_builtins(msgspec.convert(told, Record))

    anew = judged_json(record, pieces, read_calibration(Path(settings.calibration)))
    for id, fit in told["fit"].items():
        assert anew[id]["verdict"] == fit["verdict"], id
        assert anew[id]["probability"] == pytest.approx(fit["probability"], abs=0.01), id
        assert anew[id]["gap_mm"] == pytest.approx(fit["gap_mm"], abs=0.1), id
        assert anew[id]["gap_u95_mm"] == pytest.approx(fit["gap_u95_mm"], abs=0.1), id


def test_the_paper_leads_to_the_record_and_one_that_was_not_kept_says_why(house: House) -> None:
    kept = Kept(house)
    pdf, csv = kept.ask(more="/card.pdf"), kept.ask(more="/card.csv")
    plain = house.client.post("/v1/fitcards", json={"piece": "aurora", "measures": measures()}, headers=kept.consent)

    link = f"/fit/{kept.answer.json()['fit']}#{kept.key}"
    assert link in csv.text
    figures = [words for tag, words in read(pdf.content).said if tag == "Figure"]
    assert any(link in words for words in figures), "the code, for who cannot see it"
    assert "Kept at her wish until" in read(pdf.content).text
    assert "No live record: nothing of her was kept" in read(plain.content).text
    assert not any("/fit/" in words for tag, words in read(plain.content).said if tag == "Figure")


def test_it_is_kept_only_with_her_yes_to_that(house: House) -> None:
    assert_error(Kept(house, "live", "measure").answer, "consent_missing")
    assert_error(Kept(house, piece="nix").answer, "piece_unknown")
    assert_error(Kept(house, measures={"fit": 1}).answer, "body_unreadable")
    strange = measures()
    strange["head"]["cranium_axes"] = [1.0, 1.0, 1.0]
    assert_error(Kept(house, measures=strange).answer, "measures_unreadable")


@pytest.mark.parametrize("key", ["", "0" * 64])
def test_a_wrong_link_opens_nothing(house: House, key: str) -> None:
    kept = Kept(house)
    for method, more in (("GET", ""), ("GET", "/card.pdf"), ("GET", "/card.csv"), ("DELETE", "")):
        assert_error(kept.ask(method, more, key=key), "fit_unknown")
    assert kept.ask().status_code == 200


def test_she_deletes_it_and_so_does_taking_her_consent_back(house: House) -> None:
    kept, other = Kept(house), Kept(house)
    assert kept.ask("DELETE").status_code == 204
    assert_error(kept.ask(), "fit_unknown")
    assert other.ask().status_code == 200
    consent = next(
        json.loads(line)["consent"] for line in reversed((house.data / "consents.jsonl").read_text().splitlines())
    )
    assert house.client.delete(f"/v1/consents/{consent}", headers=other.consent).status_code == 204
    assert_error(other.ask(), "fit_unknown")


def test_no_key_lies_in_the_database(house: House) -> None:
    kept = Kept(house)
    assert not [path for path in house.data.rglob("*") if path.is_file() and kept.key.encode() in path.read_bytes()]


def test_what_was_kept_long_enough_is_swept(tmp_path: Path) -> None:
    now = [datetime.datetime(2026, 11, 22, 15, 0, tzinfo=datetime.UTC)]
    store = Store(f"sqlite:///{tmp_path / 'atelier.db'}", clock=lambda: now[0])
    ledger = Ledger(tmp_path / "consents.jsonl")
    settings = load({})
    server = Fits(
        store, ledger, {}, read_calibration(Path(settings.calibration)), address_for=lambda seen: "https://x", days=90
    )
    kept, key = store.change(CLIENT, "fit.keep", lambda unit: fits.keep(unit, "c", "aurora", {"a": 1}, 90))

    now[0] += datetime.timedelta(days=89)
    assert server.sweep() == 0
    assert store.look(lambda unit: fits.find(unit, kept.id, key)).measures == {"a": 1}
    now[0] += datetime.timedelta(days=1)
    with pytest.raises(Exception, match="is gone"):
        store.look(lambda unit: fits.find(unit, kept.id, key))
    assert server.sweep() == 1
    with pytest.raises(Exception, match="was deleted"):
        store.look(lambda unit: fits.find(unit, kept.id, key))
    assert store.verify().faults == []
    ledger.close()
    store.close()


def test_one_visit_keeps_only_so_many(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path / 'atelier.db'}")
    for _ in range(fits.OF_ONE_VISIT_MAX):
        store.change(CLIENT, "fit.keep", lambda unit: fits.keep(unit, "c", "aurora", {}, 90))
    with pytest.raises(Exception, match="already"):
        store.change(CLIENT, "fit.keep", lambda unit: fits.keep(unit, "c", "aurora", {}, 90))
    store.change(CLIENT, "fit.keep", lambda unit: fits.keep(unit, "other", "aurora", {}, 90))
    store.close()
