"""The server starts and stops cleanly."""

from __future__ import annotations

import asyncio
import signal
import socket
from pathlib import Path

import httpx2
import pytest

from tests.standin import FakePool, catalogue
from tryon.errors import SettingError, TrackerError
from tryon.server import serve as serving
from tryon.server.app import create_app
from tryon.settings import Settings


class Stopped(serving.Server):
    """Tells the test that it serves."""

    now: Stopped | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        Stopped.now = self


async def test_told_to_stop_it_takes_no_more_sessions_and_stops_the_pool(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serving, "Server", Stopped)
    settings = Settings(port=0, assets=str(tmp_path), data=str(tmp_path))
    pool = FakePool()
    with serving.open_door(settings) as door:
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        served = asyncio.create_task(serving.serve(create_app(settings, pool, catalogue()), pool, door))
        while Stopped.now is None or not Stopped.now.started:
            await asyncio.sleep(0.01)
        assert pool.started
        async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
            assert (await client.get("/readyz")).status_code == 200
            # as a signal would, but still answering
            app = Stopped.now.config.app
            app.state.sessions.closing = True  # type: ignore[union-attr]
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.get("/livez")).status_code == 200
        signal.raise_signal(signal.SIGTERM)
        await served

    assert not pool.started


async def test_a_pool_that_cannot_be_warmed_says_why(tmp_path: Path) -> None:
    class Broken(FakePool):
        async def start(self) -> None:
            raise TrackerError("models_missing", "The face model is not there.")

    settings = Settings(port=0, assets=str(tmp_path), data=str(tmp_path))
    pool = Broken()
    with serving.open_door(settings) as door, pytest.raises(TrackerError, match="face model"):
        await serving.serve(create_app(settings, pool, catalogue()), pool, door)


def test_a_port_that_is_taken_is_said() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(SettingError, match=f"127.0.0.1:{port}"):
            serving.open_door(Settings(port=port))
