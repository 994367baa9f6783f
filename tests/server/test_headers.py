"""What a browser is told with every answer, whatever it asked for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from starlette.routing import Mount, Route, WebSocketRoute
from starlette.testclient import TestClient

from tests.server.conftest import House
from tests.standin import FakePool, catalogue
from tryon.server.app import create_app
from tryon.server.headers import HTTPS_ALONE

FRAMED = ("/embed/v1/",)


def test_every_address_answers_with_the_headers_of_the_house(house: House) -> None:
    paths = [route.path for route in house.client.app.routes if isinstance(route, Route)]  # type: ignore[attr-defined]
    assert len(paths) > 60
    for path in [*paths, "/web/style.css", "/web/none.js", "/nowhere", "/v1/nowhere"]:
        for method in ("GET", "POST", "OPTIONS"):
            headers = house.client.request(method, path.replace("{", "").replace("}", "")).headers
            rules = headers["content-security-policy"].split("; ")
            assert {"default-src 'none'", "object-src 'none'", "base-uri 'none'"} <= set(rules), path
            assert path in FRAMED or "frame-ancestors 'none'" in rules or path.startswith("/embed/"), path
            assert headers["x-content-type-options"] == "nosniff", path
            assert headers["referrer-policy"] in ("strict-origin-when-cross-origin", "no-referrer"), path
            assert headers["cross-origin-opener-policy"], path
            assert headers["request-id"], path
            # nobody else's page reads an answer but the loader's own two and its pictures
            assert "access-control-allow-origin" not in headers or path.startswith("/embed/"), path


def test_by_https_it_is_https_alone_for_a_year(house: House, tmp_path: Path) -> None:
    assert "strict-transport-security" not in house.client.get("/").headers
    settings = replace(house.settings, address="https://shop.example", data=str(tmp_path / "other"))
    with TestClient(create_app(settings, FakePool(), catalogue())) as client:
        for path in ("/", "/v1/pieces", "/nowhere"):
            assert client.get(path).headers["strict-transport-security"] == HTTPS_ALONE


def test_there_is_no_websocket(house: House) -> None:
    routes = house.client.app.routes  # type: ignore[attr-defined]
    assert {type(route) for route in routes} <= {Route, Mount}
    assert not any(isinstance(route, WebSocketRoute) for route in routes)
