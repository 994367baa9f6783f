"""What whoever runs the service sees: counts that are right, to those with the key, and of nobody in particular."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient
from starlette.types import Message

from tests.server.conftest import House
from tests.server.test_serve import Stopped
from tests.standin import OFFER, FakePool, catalogue
from tryon.server import serve as serving
from tryon.server.app import create_app
from tryon.settings import Settings

KEY = {"Authorization": "Bearer look-at-me"}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[House]:
    settings = Settings(assets=str(tmp_path / "assets"), data=str(tmp_path / "var"), metrics_key="look-at-me")
    pool = FakePool()
    with TestClient(create_app(settings, pool, catalogue()), raise_server_exceptions=False) as client:
        yield House(client, pool, tmp_path / "var")


def counts(house: House) -> dict[str, float]:
    """Every sample by its name and labels."""
    answer = house.client.get("/metrics", headers=KEY)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {
        " ".join([sample.name, *sorted(sample.labels.values())]): sample.value
        for family in families
        for sample in family.samples
    }


def test_sessions_requests_and_refusals_are_counted(watched: House) -> None:
    given = watched.agree()
    address = watched.offer(given).headers["Location"]
    watched.client.get("/v1/pieces/nothing-like-it")
    before = counts(watched)
    for status, trouble in ((204, ""), (503, ""), (0, "too_slow")):
        watched.client.app.state.watch.hooked(status, trouble)  # type: ignore[attr-defined]
    watched.pool.end(address.rsplit("/", 1)[1], "left")
    after = counts(watched)

    assert (before["tryon_sessions_active"], after["tryon_sessions_active"]) == (1, 0)
    assert before["tryon_frame_rate_slowest"] == 24.5
    assert before["tryon_session_slots_free"] == 3
    assert after["tryon_sessions_opened_total"] == 1
    assert after["tryon_sessions_ended_total left"] == 1
    assert after["tryon_consents_total given"] == 1
    assert after["tryon_refused_total piece_unknown"] == 1
    assert after["tryon_http_requests_total /v1/pieces/{id} 404 GET"] == 1
    assert after["tryon_outbox_pending"] == 0
    assert [after[f"tryon_hook_tries_total {how}"] for how in ("2xx", "5xx", "too_slow")] == [1, 1, 1]
    assert not [name for name in after if given["consent"] in name or "nothing-like-it" in name]


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}])
def test_without_the_key_there_is_nothing(watched: House, house: House, headers: dict[str, str]) -> None:
    assert watched.client.get("/metrics", headers=headers).status_code == 404
    assert house.client.get("/metrics", headers=KEY).status_code == 404, "no key was set, so none fits"


def test_an_address_nobody_made_is_no_label_of_its_own(watched: House) -> None:
    for number in range(20):
        watched.client.get(f"/nowhere/{number}")
    assert counts(watched)["tryon_http_requests_total - 404 GET"] == 20


def test_every_answer_has_its_number(house: House) -> None:
    numbers = {house.client.get("/livez").headers["Request-Id"] for _ in range(5)}
    assert len(numbers) == 5


async def test_told_to_stop_it_waits_for_mirrors_that_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "Server", Stopped)
    monkeypatch.setattr(Stopped, "now", None)
    settings = Settings(port=0, assets=str(tmp_path), data=str(tmp_path))
    pool, pieces = FakePool(), catalogue()
    with serving.open_door(settings) as door:
        app = create_app(settings, pool, pieces)
        served = asyncio.create_task(serving.serve(app, pool, door, drain_s=60.0))
        while Stopped.now is None or not Stopped.now.started:
            await asyncio.sleep(0.01)
        address = f"http://127.0.0.1:{door.getsockname()[1]}"
        async with httpx2.AsyncClient(base_url=address, trust_env=False) as client:
            words = (await client.get("/v1/consent")).json()
            said = {key: words[key] for key in ("version", "purposes", "language")}
            token = (await client.post("/v1/consents", json=said)).json()["token"]
            headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
            opened = await client.post("/v1/sessions", content=OFFER, headers=headers)
            assert opened.status_code == 201
            signal.raise_signal(signal.SIGTERM)
            while not app.state.sessions.closing:
                await asyncio.sleep(0.01)
            assert (await client.get("/readyz")).status_code == 503
            assert (await client.post("/v1/sessions", content=OFFER, headers=headers)).status_code == 503
            assert not served.done()
            assert pool.opened, "the mirror that runs is not ended"
            await client.delete(opened.headers["Location"], headers=headers)
        await served

    assert not pool.started


async def test_told_twice_it_stops_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "Server", Stopped)
    monkeypatch.setattr(Stopped, "now", None)
    settings = Settings(port=0, assets=str(tmp_path), data=str(tmp_path))
    pool = FakePool()
    with serving.open_door(settings) as door:
        app = create_app(settings, pool, catalogue())
        served = asyncio.create_task(serving.serve(app, pool, door, drain_s=3600.0))
        while Stopped.now is None or not Stopped.now.started:
            await asyncio.sleep(0.01)
        app.state.sessions._sessions["x"] = object()
        signal.raise_signal(signal.SIGTERM)
        while not app.state.sessions.closing:
            await asyncio.sleep(0.01)
        assert not served.done()
        signal.raise_signal(signal.SIGTERM)
        await served
    assert not pool.started


async def test_who_goes_away_in_the_middle_of_asking_is_no_failure(
    house: House, caplog: pytest.LogCaptureFixture
) -> None:
    answers: list[Message] = []
    come: list[Message] = [
        {"type": "http.request", "body": b"{", "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return come.pop(0)

    async def send(message: Message) -> None:
        answers.append(message)

    headers = [(b"content-type", b"application/json")]
    scope = {"type": "http", "method": "POST", "path": "/v1/sets", "headers": headers, "query_string": b""}
    with caplog.at_level("INFO"):
        await house.client.app(scope, receive, send)

    assert answers == []
    assert "nobody waits" in caplog.text
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
