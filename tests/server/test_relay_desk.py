"""Who is told of the TURN servers, and what."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from starlette.testclient import TestClient

from tests.server.conftest import House
from tests.standin import FakePool, catalogue
from tryon.atelier.files import Files
from tryon.atelier.meetings import Meetings
from tryon.atelier.store import Store
from tryon.server.app import create_app

TURN = "turns:turn.shop.example:443?transport=tcp"


def test_only_who_agreed_or_was_invited_is_told_and_never_the_secret(house: House, tmp_path: Path) -> None:
    settings = replace(house.settings, turn=TURN, turn_secret="north-of-here", data=str(tmp_path / "other"))
    with TestClient(create_app(settings, FakePool(), catalogue())) as client:
        relayed = House(client, house.pool, settings)
        assert client.get("/v1/relays").status_code == 403
        hers = relayed.agree()
        told = client.get("/v1/relays", headers=hers["headers"])
        assert told.headers["Cache-Control"] == "no-store"
        [server] = told.json()["servers"]
        assert server["urls"] == [TURN]
        assert "north-of-here" not in told.text
        assert hers["consent"] not in told.text

        store = Store(settings.database_url)
        [(_, token), *_] = Meetings(store, Files(settings.files_place)).invite("Ana", ["Vera"], hours=1.0)
        store.close()
        invited = {"Authorization": f"Bearer {token}"}
        [other] = client.get("/v1/meeting/relays", headers=invited).json()["servers"]
        assert other["username"].partition(":")[2] != server["username"].partition(":")[2]
        assert client.get("/v1/relays", headers=invited).status_code == 403
        assert client.get("/v1/meeting/relays", headers=hers["headers"]).status_code == 403

        client.delete(f"/v1/consents/{hers['consent']}", headers=hers["headers"])
        assert client.get("/v1/relays", headers=hers["headers"]).status_code == 403


def test_where_no_relay_is_set_up_none_is_named(house: House) -> None:
    told = house.client.get("/v1/relays", headers=house.agree()["headers"]).json()
    assert told["servers"] == []
