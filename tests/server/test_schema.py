"""Every answer of the whole API beside what /v1/openapi.json says of it, for thousands of requests made up from it."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
import schemathesis
from hypothesis import HealthCheck, given
from hypothesis import settings as steady
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.server.test_serve import Stopped
from tests.standin import FakePool, catalogue, draw_posters
from tryon.atelier.accounts import Accounts
from tryon.atelier.passkeys import House as Asks
from tryon.atelier.store import Store
from tryon.atelier.tries import Tries
from tryon.server import serve as serving
from tryon.server.app import create_app
from tryon.settings import Settings


@schemathesis.serializer("application/sdp", "image/jpeg", "text/csv")
def as_it_is(context: schemathesis.SerializationContext, value: object) -> bytes:
    """A body that is no JSON."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
EXAMPLES = 8
"Of each operation."


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Address of a server that listens."""
    monkeypatch.setattr(serving, "Server", Stopped)
    monkeypatch.setattr(Stopped, "now", None)
    own = Settings(port=0, assets=str(tmp_path / "assets"), data=str(tmp_path / "var"))
    draw_posters(own.pieces_folder, catalogue())
    pool = FakePool(room_for=10**6)
    with serving.open_door(own) as door:
        loop = asyncio.new_event_loop()
        app = create_app(own, pool, catalogue())
        thread = threading.Thread(target=lambda: loop.run_until_complete(serving.serve(app, pool, door)))
        monkeypatch.setattr(Stopped, "capture_signals", lambda self: threading.Lock())  # signals are the main thread's
        thread.start()
        while Stopped.now is None or not Stopped.now.started:
            assert thread.is_alive()
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
        Stopped.now.should_exit = True
        thread.join()
        loop.close()


def owner(address: str, data: Path) -> dict[str, str]:
    """Headers of an owner who is signed in."""
    store = Store(f"sqlite:///{data / 'atelier.db'}")
    link = Accounts(store, Asks("tryon", "http://localhost:8080"), Tries(time.monotonic)).make_owner("ada@x.example")
    store.close()
    headers = {"Sec-Fetch-Site": "same-origin", "Authorization": f"Bearer {link.partition('=')[2]}"}
    said = {"name": "Ada", "password": "seven quiet herons"}
    joined = httpx2.post(f"{address}/v1/atelier/invitation", json=said, headers=headers, trust_env=False)
    return {"Sec-Fetch-Site": "same-origin", "Cookie": joined.headers["Set-Cookie"].partition(";")[0]}


def server(address: str, data: Path) -> dict[str, str]:
    """Headers of a shop's own server."""
    headers = {**owner(address, data), "Content-Type": "application/json"}
    wish = {"name": "Maison Vesper", "origins": ["https://shop.example"], "visits_a_minute": 6000}
    shop = httpx2.post(f"{address}/v1/atelier/shops", json=wish, headers=headers, trust_env=False).json()["id"]
    keys = f"{address}/v1/atelier/shops/{shop}/keys"
    made = httpx2.post(keys, json={"kind": "secret"}, headers=headers, trust_env=False).json()
    return {"Authorization": f"Bearer {made['key']}"}


@pytest.mark.parametrize("who", ["stranger", "owner", "server"])
@pytest.mark.long
def test_every_answer_is_as_described(served: str, tmp_path: Path, who: str) -> None:
    known = {"owner": owner, "server": server}
    headers = known[who](served, tmp_path / "var") if who in known else {}
    schema = schemathesis.openapi.from_url(f"{served}/v1/openapi.json")
    tried = 0
    for result in schema.get_all_operations():
        operation = result.ok()
        if who == "owner" and "sign-out" in operation.path:
            continue  # it is what signs her out
        if who == "server" and not operation.path.startswith("/v1/shop/"):
            continue  # to all else it is a stranger

        @steady(max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=list(HealthCheck))
        @given(case=operation.as_strategy())
        def holds(case: schemathesis.Case) -> None:
            nonlocal tried
            tried += 1
            case.call_and_validate(base_url=served, checks=CHECKS, headers=headers)

        holds()
    assert tried > (50 if who == "server" else 500)
    me = httpx2.get(f"{served}/v1/atelier/me", headers=headers, trust_env=False)
    assert me.status_code == (200 if who == "owner" else 401), "she was signed in to the end"
