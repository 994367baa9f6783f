"""Erasure: all that is hers goes, from every table and the disk; what stays is named, and says nothing of her."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.atelier.conftest import Clock
from tests.atelier.test_command import run
from tests.atelier.test_http import MEASURED, Client, Desk, desk
from tests.atelier.test_packet import at_the_bench
from tests.atelier.workshop import House, picture
from tests.server.test_contract import assert_error
from tryon.atelier import erase
from tryon.atelier.journals import StoreJournal
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Appointment, File, Meeting, MeetingEntry, MeetingPicture, Outbox, Request
from tryon.atelier.trade import Stage
from tryon.atelier.who import HOUSE, Who
from tryon.errors import AtelierError

__all__ = ["desk"]
HERS = ("Novak", "ana@client.example", "+386 1 234", "not three", "It is beautiful", "561.2", "veiled words")


def erased(client: Client) -> Any:
    seen = client.ask("GET").headers["etag"]
    return client.ask("POST", "/erasure", {}, headers={"If-Match": seen})


def everything(folder: Path) -> str:
    """Every value of every table, as text."""
    with sqlite3.connect(folder / "var" / "atelier.db") as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        text = "\n".join(str(row) for name in tables for row in connection.execute(f'SELECT * FROM "{name}"'))
    connection.close()
    return text


def test_nothing_of_her_is_left_in_any_table_or_on_the_disk(desk: Desk, tmp_path: Path) -> None:
    client = at_the_bench(desk, tmp_path / "drawn", measured=MEASURED)
    id, counter = client.id, desk.http.app.state.counter  # type: ignore[attr-defined]
    client.ask(
        "POST", "/approvals/one/revisions/1/comments", {"words": "veiled words"}, headers={"Idempotency-Key": "a"}
    )
    appointment = {"name": "Ana Novak", "email": "ana@client.example", "language": "en", "minutes": 30}
    appointment |= {"zone": "Europe/Paris", "sequence": 0, "cancelled": False, "request_id": id}
    counter.store.change(
        HOUSE,
        "sample",
        lambda unit: unit.rows.add(
            Appointment(id="a1", consultant_id=desk.house.who("Camille").id, starts_at=unit.now, **appointment)
        ),
    )
    assert_error(erased(client), "request_under_way")
    assert client.ask("GET", "/erasure").json()["possible"] is False
    desk.step("Odile", id, "cancelled", words="Ana Novak moves away: not three")
    before = everything(tmp_path)
    assert [word for word in HERS if word not in before] == []
    plan = client.ask("GET", "/erasure").json()
    assert plan["kept"] == ["price", "number", "approvals", "steps", "consent", "trail"]

    done = erased(client)

    assert (done.status_code, done.json()) == (200, plan)
    after = everything(tmp_path)
    assert [word for word in HERS if word in after] == []
    assert_error(client.ask("GET"), "key_unknown")
    on_disk = [path for path in (tmp_path / "var" / "files").rglob("*") if path.is_file()]
    assert on_disk == [], "her picture and her designs"
    told = desk.staff("Odile", "GET", f"/requests/{id}").json()
    assert told["erased_at"]
    assert (told["stage"], told["edition"]["number"], told["price"]["agreed_at"] is not None) == ("cancelled", 1, True)
    assert [step["stage"] for step in told["steps"]][-2:] == ["casting", "cancelled"]
    approved = told["rounds"][0]["revisions"][0]
    assert approved["decisions"][0]["sha256"] == approved["sha256"]
    assert (approved["files"], approved["comments"], approved["fit"]) == ([], [], None)
    [row] = desk.staff("Odile", "GET", "/requests").json()["requests"]
    assert (row["erased"], row["name"]) == (True, "")
    assert_error(desk.step("Odile", id, "enquiry"), "request_erased")
    sent = desk.staff("Odile", "POST", f"/requests/{id}/files?kind=bench", content=picture())
    assert_error(sent, "request_erased")
    waiting = counter.store.look(lambda unit: unit.rows.query(Outbox).filter_by(request_id=id, sent_at=None).count())
    assert waiting == 0


def test_an_enquiry_ends_with_its_erasure(desk: Desk) -> None:
    client = desk.submitted()
    assert client.ask("GET", "/erasure").json() == {
        "possible": True,
        "pictures": 0,
        "kept": ["steps", "consent", "trail"],
    }
    assert_error(client.ask("POST", "/erasure", {}), "version_missing")
    assert_error(client.ask("POST", "/erasure", {}, headers={"If-Match": '"77"'}), "changed_meanwhile")
    assert erased(client).status_code == 200
    told = desk.staff("Odile", "GET", f"/requests/{client.id}").json()
    assert told["stage"] == "cancelled"
    assert [offer["state"] for offer in told["offers"]] == ["withdrawn"]


@pytest.mark.parametrize("stage", ["consultation", "delivered"])
def test_the_trail_stays_whole_on_both_databases(house: House, stage: Stage) -> None:
    id = house.journey.begin("aurora", "Ana Novak", "en")
    house.journey.advance(id, stage)
    done = erase.erase(house.store, house.files, Who("client", id), id)

    assert done.kept[-3:] == ("steps", "consent", "trail")
    assert {"number", "quality", "provenance"} <= set(done.kept) or stage != "delivered"
    assert house.store.verify().faults == []
    kinds = house.store.look(lambda unit: {file.kind for file in unit.rows.query(File)})
    assert kinds <= {"bench", "certificate"}
    with pytest.raises(AtelierError, match="erased already"):
        house.store.look(lambda unit: erase.plan(unit, id), HOUSE)


def test_an_erasure_that_was_cut_short_is_finished(
    house: House, database: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    id = house.journey.begin("aurora", "Ana Novak", "en")
    house.journey.advance(id, "consultation")

    def meet(unit: Unit) -> None:
        unit.rows.add(Meeting(id="m1", request_id=id, language="en", made_at=unit.now, settled_n=0))

    house.store.change(HOUSE, "sample", meet)
    journal = StoreJournal(Store(database, clock=clock), house.files, "m1")
    journal.keep(picture(size=(80, 60)))
    journal.write("client", "Ana Novak", "chat", {"text": "veiled words"})
    journal.close()
    [key] = house.store.look(lambda unit: [file.key for file in unit.rows.query(File)])
    [seen] = house.store.look(lambda unit: [file.key for file in unit.rows.query(MeetingPicture)])
    forget = house.files.forget

    def killed(key: str) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(house.files, "forget", killed)
    with pytest.raises(KeyboardInterrupt):
        erase.erase(house.store, house.files, Who("client", id), id)
    assert house.files.get(key)
    assert house.files.get(seen)
    assert house.store.look(lambda unit: unit.rows.query(MeetingEntry).count()) == 0, "her words went with the rows"
    monkeypatch.setattr(house.files, "forget", forget)

    assert (erase.finish(house.store, house.files), erase.finish(house.store, house.files)) == (2, 0)
    for gone in (key, seen):
        with pytest.raises(AtelierError, match="no such file"):
            house.files.get(gone)
    assert house.store.look(lambda unit: unit.rows.query(Meeting).count()) == 0
    assert house.store.verify().faults == []


def test_whoever_runs_the_service_erases_by_mail_or_id(
    house: House, database: str, clock: Clock, capsys: pytest.CaptureFixture[str], monkeypatch: Any, tmp_path: Path
) -> None:
    monkeypatch.setenv("TRYON_DATABASE", database)
    monkeypatch.setenv("TRYON_FILES", str(tmp_path / "files"))
    one, two, other = (house.journey.begin("aurora", name, "en") for name in ("Ana", "Ana", "Bea"))
    house.journey.advance(one, "consultation")
    house.journey.advance(two, "casting")
    mail = house.store.look(lambda unit: unit.rows.get_one(Request, one).email)
    assert run("atelier", "erase", mail.upper()) == 1
    said = capsys.readouterr().out
    assert f"{one}\tconsultation\twould be erased" in said
    assert f"{two}\tcasting\tnot while its piece is being made" in said
    assert "Nothing was done" in said
    assert house.store.look(lambda unit: unit.rows.get_one(Request, one).name) == "Ana"

    assert run("atelier", "erase", one, "--yes") == 0
    assert "erased" in capsys.readouterr().out
    assert house.store.look(lambda unit: unit.rows.get_one(Request, one).name) == ""
    assert run("atelier", "erase", other, "--yes") == 0
    assert house.store.look(lambda unit: unit.rows.get(Request, other)) is None, "a draft is gone whole"
    for nobody in ("nobody@client.example", one, "nix"):
        assert run("atelier", "erase", nobody, "--yes") == 1
    assert house.store.verify().faults == []
