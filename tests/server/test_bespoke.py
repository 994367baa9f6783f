"""Over HTTP: a design drawn on its client, papers of a finished piece, a link by mail."""

from __future__ import annotations

import datetime
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from tests.paper.reader import read
from tests.standin import FakePool
from tryon.atelier import asked, requests
from tryon.atelier.sample import Journey
from tryon.atelier.tables import Outbox
from tryon.atelier.who import Who
from tryon.media.clips import read_clip
from tryon.picture import png_of, rgb_from_frame
from tryon.pieces.catalogue import Catalogue
from tryon.server.app import create_app
from tryon.server.counter import Counter
from tryon.settings import Settings

ASSETS = Path(__file__).resolve().parents[2] / "assets" / "pieces"


@dataclass
class Door:
    """Whoever knocks is whom the test says."""

    who_: Who

    def who(self, headers: Mapping[str, str], *, unsafe: bool) -> Who:
        """See Porter."""
        return self.who_


@dataclass
class House:
    client: TestClient
    counter: Counter
    journey: Journey
    door: Door

    def key(self, id: str) -> dict[str, str]:
        """The header that opens a request."""
        change = self.counter.store.change
        token = change(Who("client", id), "x", lambda unit: requests.hand_over(unit, requests.held(unit, id)))
        _, key = change(Who("client"), "x", lambda unit: requests.take_over(unit, token))
        return {"Authorization": f"Bearer {key}"}

    def upload(self, id: str, kind: str, data: bytes) -> str:
        answer = self.client.post(f"/v1/atelier/requests/{id}/files?kind={kind}", content=data)
        assert answer.status_code == 201, answer.text
        return str(answer.json()["file"])


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    pieces = {piece.id: piece for piece in Catalogue(ASSETS).pieces()}
    door = Door(Who("owner"))
    app = create_app(Settings(data=str(tmp_path / "var")), FakePool(), pieces, porter=door)
    counter: Counter = app.state.counter
    journey = Journey(counter.store, counter.files, pieces, ASSETS)
    journey.hire()
    door.who_ = Who("owner", journey.sample.staff["Odile Marchetti"])
    with TestClient(app) as client:
        yield House(client, counter, journey, door)


def test_a_design_is_drawn_on_her_at_its_true_size(house: House, clip: Path) -> None:
    id = house.journey.begin("imperia", "Ana Novak", "en")
    face = png_of(rgb_from_frame(next(iter(read_clip(clip)))))
    key = house.key(id)
    hers = house.client.post(f"/v1/requests/{id}/files", content=face, headers=key).json()["file"]
    house.journey.advance(id, "cad")
    design = house.upload(id, "design", (ASSETS / "imperia" / "mesh.glb").read_bytes())

    def draw(**more: object) -> tuple[int, dict[str, object]]:
        answer = house.client.post(f"/v1/atelier/requests/{id}/drawings", json={"design": design, **more})
        return answer.status_code, answer.json()

    status, drawn = draw(picture=hers)
    assert status == 201, drawn
    size = drawn["fit"]["size"]["inner_breadth"]  # type: ignore[index]
    assert size["mesh_mm"] == pytest.approx(size["declared_mm"], abs=1.0)
    picture = house.client.get(f"/v1/atelier/requests/{id}/files/{drawn['file']['file']}")  # type: ignore[index]
    width, height = struct.unpack(">II", picture.content[16:24])
    assert width > 300
    assert height > 300
    # what is declared must be what was modelled
    status, refused = draw(picture=hers, sizes={"inner_breadth": 150.0})
    assert (status, refused["error"]["reason"]) == (422, "size_differs")  # type: ignore[index]
    # on a picture without a face, and when she did not agree to be seen, it says so
    bare = house.client.post(
        f"/v1/requests/{id}/files", content=png_of(np.full((240, 320, 3), 180, np.uint8)), headers=key
    )
    status, refused = draw(picture=bare.json()["file"])
    assert (status, refused["error"]["reason"]) == (422, "face_not_found")  # type: ignore[index]
    assert "tmp" not in refused["error"]["detail"]  # type: ignore[index]
    house.counter.store.change(
        Who("client", id), "x", lambda unit: setattr(requests.held(unit, id), "consent", {"purposes": ["atelier"]})
    )
    assert draw(picture=hers)[1]["error"]["reason"] == "picture_not_shared"  # type: ignore[index]


def test_a_model_that_is_none_is_refused_at_the_door(house: House) -> None:
    id = house.journey.begin("imperia", "Ana Novak", "en")
    house.journey.advance(id, "cad")
    for data, reason in (
        (b"glTF\x02\x00\x00\x00" + b"\xff" * 64, "design_refused"),
        (b"PK\x03\x04" + bytes(64), "file_wrong"),
    ):
        answer = house.client.post(f"/v1/atelier/requests/{id}/files?kind=design", content=data)
        assert answer.json()["error"]["reason"] == reason


def test_papers_are_hers_and_name_nobody(house: House) -> None:
    id = house.journey.begin("imperia", "Ana Novak", "en")
    key = house.key(id)
    early = house.client.get(f"/v1/requests/{id}/papers/certificate", headers=key)
    assert early.json()["error"]["reason"] == "paper_not_ready"
    house.journey.advance(id, "delivered")
    for name in ("certificate", "care"):
        answer = house.client.get(f"/v1/requests/{id}/papers/{name}", headers=key)
        assert (answer.status_code, answer.headers["content-type"]) == (200, "application/pdf")
        words = read(answer.content).text
        assert "Imperia" in words
        assert f"/p/{house.journey.sample.provenance}" in words, "what is read instead of the code"
        assert not any(name in words for name in ("Novak", "Odile", "Camille"))
    assert house.client.get(f"/v1/requests/{id}/papers/other", headers=key).status_code == 404
    assert house.client.get(f"/v1/requests/{id}/papers/care").status_code == 401


def test_a_link_is_mailed_once_however_often_she_asks(house: House) -> None:
    id = house.journey.begin("imperia", "Ana Novak", "en")
    key = house.key(id)
    for _ in range(3):
        assert house.client.post(f"/v1/requests/{id}/links/mail", headers=key).status_code == 202
    rows = house.counter.store.look(
        lambda unit: [row.payload for row in unit.rows.scalars(select(Outbox).where(Outbox.topic == "request.link"))]
    )
    assert len(rows) == 1
    assert rows[0].keys() == {"until"}, "no token lies in the outbox"
    assert datetime.datetime.fromisoformat(rows[0]["until"]).tzinfo is not None
    blank = house.client.post("/v1/requests", json={}).json()
    answer = house.client.post(
        f"/v1/requests/{blank['request']}/links/mail", headers={"Authorization": f"Bearer {blank['key']}"}
    )
    assert answer.json()["error"]["reason"] == "email_missing"
    assert asked.checked_email("ana@client.example")
