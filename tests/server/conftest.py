"""The application in this process, over a pool that opens nothing."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.standin import OFFER, FakePool, catalogue, draw_posters
from tryon.server.app import create_app
from tryon.settings import Settings


@dataclass
class House:
    """A client and what stands behind the application."""

    client: TestClient
    pool: FakePool
    settings: Settings

    @property
    def data(self) -> Path:
        """The folder of all that is kept."""
        return Path(self.settings.data)

    def agree(self) -> dict[str, Any]:
        """Consent as the page gives it; its id, token, and the header that carries it."""
        words = self.client.get("/v1/consent").json()
        asked = {key: words[key] for key in ("version", "purposes", "language")}
        given = self.client.post("/v1/consents", json=asked).json()
        return {**given, "headers": {"Authorization": f"Bearer {given['token']}"}}

    def offer(self, consent: dict[str, Any], address: str = "/v1/sessions", offer: str | bytes = OFFER) -> Any:
        """POST an offer under a consent."""
        headers = {**consent["headers"], "Content-Type": "application/sdp"}
        return self.client.post(address, content=offer, headers=headers)


@contextmanager
def housed(folder: Path, **own: Any) -> Iterator[House]:
    """A house that keeps all in a folder; `own`: what else is set."""
    settings = Settings(assets=str(folder / "assets"), data=str(folder / "var"), **own)
    pieces = catalogue()
    draw_posters(settings.pieces_folder, pieces)
    (settings.pieces_folder / "vesper" / "poster.png").unlink()
    pool = FakePool()
    with TestClient(create_app(settings, pool, pieces), raise_server_exceptions=False) as client:
        yield House(client, pool, settings)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with housed(tmp_path) as house:
        yield house
