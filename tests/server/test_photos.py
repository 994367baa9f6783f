"""Photo mode over HTTP: consent first, bounds, and a process that outlives what it is sent."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from starlette.testclient import TestClient

from tests.standin import FakePool
from tryon.media.clips import read_clip
from tryon.picture import png_of, rgb_from_frame, rgb_of
from tryon.pieces.catalogue import Catalogue
from tryon.server.app import create_app
from tryon.settings import Settings

PNG = {"Content-Type": "image/png"}


@pytest.fixture
def client(tmp_path: Path) -> Iterator[TestClient]:
    settings = Settings(data=str(tmp_path / "var"), shop_mark="")
    pieces = {piece.id: piece for piece in Catalogue(settings.pieces_folder).pieces()}
    with TestClient(create_app(settings, FakePool(), pieces)) as client:
        yield client


@pytest.fixture
def hers(clip: Path) -> bytes:
    return png_of(rgb_from_frame(next(iter(read_clip(clip)))))


def agreed(client: TestClient, *purposes: str) -> dict[str, str]:
    words = client.get("/v1/consent").json()
    asked = {"version": words["version"], "purposes": purposes, "language": "en"}
    return {"Authorization": f"Bearer {client.post('/v1/consents', json=asked).json()['token']}"}


def said(response: Any) -> str:
    return str(response.json()["error"]["reason"])


def test_pieces_are_drawn_on_her_photo_and_nothing_of_it_is_kept(
    client: TestClient, hers: bytes, tmp_path: Path
) -> None:
    headers = agreed(client, "photo") | PNG
    answer = client.post("/v1/photos?piece=aurora&piece=alba", content=hers, headers=headers)

    assert (answer.status_code, answer.headers["content-type"], answer.headers["drawn"]) == (
        200,
        "image/jpeg",
        "aurora",
    )
    assert answer.headers["cache-control"] == "no-store"
    assert Image.open(BytesIO(answer.content)).info.keys().isdisjoint({"exif", "comment"})
    assert rgb_of(answer.content).shape == rgb_of(hers).shape
    assert abs(rgb_of(answer.content).astype(float) - rgb_of(hers)).max() > 100
    held = [path for path in (tmp_path / "var").rglob("*") if path.is_file()]
    assert len(held) > 2
    for path in held:
        assert not any(
            sign in path.read_bytes() for sign in (hers[:64], answer.content[:64], b"\x89PNG", b"\xff\xd8\xff")
        )


def test_without_her_consent_to_it_no_photo_is_drawn(client: TestClient, hers: bytes) -> None:
    assert said(client.post("/v1/photos", content=hers, headers=PNG)) == "consent_missing"
    live = agreed(client, "live") | PNG
    assert said(client.post("/v1/photos", content=hers, headers=live)) == "consent_missing"


def test_what_cannot_be_drawn_is_said_and_the_next_is_drawn_all_the_same(client: TestClient, hers: bytes) -> None:
    headers = agreed(client, "photo")

    def post(body: bytes, mime: str = "image/png", query: str = "piece=aurora") -> Any:
        return client.post(f"/v1/photos?{query}", content=body, headers=headers | {"Content-Type": mime})

    assert said(post(b"GIF89a")) == "picture_unreadable"
    assert said(post(hers[:5000])) == "picture_broken"
    assert said(post(hers, "image/gif")) == "still_not_picture"
    assert said(post(hers, query="piece=nix")) == "piece_unknown"
    assert said(post(hers, query="&".join(f"piece={n}" for n in range(9)))) == "pieces_too_many"
    huge = BytesIO()
    Image.new("1", (4000, 4000)).save(huge, "PNG")
    assert said(post(huge.getvalue())) == "picture_too_large"
    assert said(post(b"\0" * (4 * 1024 * 1024 + 1))) == "body_too_large"
    wall = BytesIO()
    Image.new("RGB", (320, 240), "#b9a06a").save(wall, "PNG")
    assert said(post(wall.getvalue())) == "face_not_found"
    # the process dies of something between two pictures
    studio = client.app.state.studio  # type: ignore[attr-defined]
    os.kill(studio._process.pid, signal.SIGKILL)
    assert post(hers).status_code == 200


def test_heads_of_our_own_need_no_consent(client: TestClient) -> None:
    assert client.get("/v1/portraits").json() == {"portraits": ["front", "turned"]}
    for id in ("front", "turned"):
        answer = client.get(f"/v1/portraits/{id}/photo.jpg?piece=celeste&piece=serena")
        assert (answer.status_code, answer.headers["drawn"]) == (200, "celeste, serena")
    assert said(client.get("/v1/portraits/..%2fana/photo.jpg")) in ("portrait_unknown", "not_found")
    assert said(client.get("/v1/portraits/nobody/photo.jpg")) == "portrait_unknown"
