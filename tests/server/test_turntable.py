"""A piece from any side over HTTP: drawn once, bounded, and only what a shop shows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.server.conftest import House
from tests.server.test_people import come_in
from tests.server.test_shops import add, key
from tests.standin import FakePool
from tryon.picture import webp_alone
from tryon.pieces.catalogue import Catalogue
from tryon.server import turntable
from tryon.server.app import create_app
from tryon.server.studio import Studio
from tryon.settings import Settings

Asked = list[tuple[str, float, float]]


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> Asked:
    """What the studio was asked for; it draws a plain square."""
    asked: Asked = []

    async def view(studio: Studio, id: str, folder: Path, *, yaw_rad: float, pitch_rad: float) -> bytes:
        asked.append((id, round(np.degrees(yaw_rad)), round(np.degrees(pitch_rad))))
        return webp_alone(np.full((8, 8, 4), len(asked), np.uint8))

    monkeypatch.setattr(Studio, "view", view)
    return asked


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["reason"]


@pytest.fixture
def drawing(tmp_path: Path) -> Iterator[TestClient]:
    """With the true catalogue: it draws."""
    settings = Settings(data=str(tmp_path / "var"))
    pieces = {piece.id: piece for piece in Catalogue(settings.pieces_folder).pieces()}
    with TestClient(create_app(settings, FakePool(), pieces)) as client:
        yield client


def test_a_piece_is_drawn_from_the_side_that_is_asked_for(drawing: TestClient, tmp_path: Path) -> None:
    seen = []
    for side in ("", "?yaw=90&pitch=15"):
        answer = drawing.get(f"/v1/pieces/regina/view{side}")
        assert (answer.status_code, answer.headers["content-type"]) == (200, "image/webp")
        (tmp_path / "seen.webp").write_bytes(answer.content)
        seen.append(np.asarray(Image.open(tmp_path / "seen.webp").convert("RGBA")))
    front, side = (picture[..., 3] > 128 for picture in seen)
    assert front.shape == (640, 640)
    for covered in (front, side):
        assert 0.02 < covered.mean() < 0.6
        # it turns about its own middle, and keeps inside
        assert not covered[:, [0, -1]].any()
        assert np.flatnonzero(covered.any(axis=0)).mean() == pytest.approx(320, abs=25)
    assert (front != side).mean() > 0.02


def test_sides_are_steps_and_each_is_drawn_once(house: House, asked: Asked) -> None:
    first = house.client.get("/v1/pieces/aurora/view?yaw=23.1&pitch=-14")
    for yaw in ("25", "-335", "22.6"):
        again = house.client.get(f"/v1/pieces/aurora/view?yaw={yaw}&pitch=-15")
        assert (again.content, again.headers["etag"]) == (first.content, first.headers["etag"])
    assert asked == [("aurora", 25, -15)]
    assert (first.headers["cache-control"], first.headers["vary"]) == ("no-cache", "Shop-Key")
    same = house.client.get("/v1/pieces/aurora/view?yaw=25&pitch=-15", headers={"If-None-Match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")


def test_pictures_that_are_kept_are_bounded(house: House, asked: Asked, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(turntable, "KEPT_MAX", 2)
    for yaw in (0, 5, 0, 10, 0, 5):  # the one seen longest ago goes
        house.client.get(f"/v1/pieces/aurora/view?yaw={yaw}")
    assert [yaw for _, yaw, _ in asked] == [0, 5, 10, 5]


@pytest.mark.parametrize("side", ["yaw=361", "pitch=75.1", "yaw=nan", "pitch=inf", "yaw=left", "yaw=", "pitch=1e999"])
def test_an_angle_that_is_none_is_refused(house: House, asked: Asked, side: str) -> None:
    assert reason(house.client.get(f"/v1/pieces/aurora/view?{side}")) == (422, "view_wrong")
    assert asked == []


def test_a_shop_turns_what_it_shows_and_no_more(house: House, asked: Asked) -> None:
    come_in(house)
    _, keyed = key(house, add(house))
    assert house.client.get("/v1/pieces/aurora/view", headers=keyed).status_code == 200
    assert reason(house.client.get("/v1/pieces/ondine/view", headers=keyed)) == (404, "piece_unknown")
    assert reason(house.client.get("/v1/pieces/nix/view")) == (404, "piece_unknown")
    assert reason(house.client.get("/v1/pieces/aurora/view", headers={"Shop-Key": "pk_no"})) == (
        401,
        "shop_key_unknown",
    )


def test_what_cannot_be_drawn_is_said(house: House) -> None:
    assert reason(house.client.get("/v1/pieces/aurora/view")) == (503, "view_failed"), "it has no mesh here"
