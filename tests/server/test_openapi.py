"""The description of the API says what the routes do, no more and no less."""

from __future__ import annotations

import re
from pathlib import Path

from tests.server.conftest import House
from tryon.server.app import PAGES
from tryon.server.statuses import STATUSES


def test_the_description_names_every_route_and_no_other(house: House) -> None:
    described = house.client.get("/v1/openapi.json").json()
    api = house.client.app.state.api  # type: ignore[attr-defined]
    routed = {route.path for route in house.client.app.routes if hasattr(route, "methods")}  # type: ignore[attr-defined]

    assert described["openapi"] == "3.1.0"
    embedded = {"/embed/v1.js", "/embed/v1/", "/embed/sample"}  # of shops' pages, not of programs
    assert set(described["paths"]) | PAGES.keys() | embedded == routed
    assert sorted((e.method.lower(), e.path) for e in api.endpoints()) == sorted(
        (method, path) for path, methods in described["paths"].items() for method in methods
    )


def test_every_method_that_is_described_answers_and_every_other_does_not(house: House) -> None:
    described = house.client.get("/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method in ("get", "post", "put", "patch", "delete"):
            status = house.client.request(method, path.replace("{id}", "nix")).status_code
            assert (status != 405) == (method in methods), f"{method} {path}"


def test_every_answer_seen_is_described(house: House) -> None:
    described = house.client.get("/v1/openapi.json").json()
    for path, methods in described["paths"].items():
        for method, operation in methods.items():
            response = house.client.request(method, path.replace("{id}", "aurora"))
            assert str(response.status_code) in operation["responses"], f"{method} {path}"


def test_every_reference_resolves(house: House) -> None:
    response = house.client.get("/v1/openapi.json")
    schemas = response.json()["components"]["schemas"]

    for name in re.findall(r'"#/components/schemas/(\w+)"', response.text):
        assert name in schemas
    assert {"Error", "Card", "ConsentGiven", "SessionState"} <= set(schemas)


def test_every_reason_that_the_server_gives_has_a_status() -> None:
    root = Path(__file__).resolve().parents[2] / "tryon"
    sources = [*(root / "server").glob("*.py"), *(root / "engine").glob("*.py"), *(root / "atelier").glob("*.py")]
    said = {
        reason
        for source in sources
        for reason in re.findall(
            r'(?:Input|Consent|Session|Message|Atelier|Access)Error\(\s*"([a-z_]+)"', source.read_text()
        )
    }

    assert {"consent_missing", "session_unknown"} <= said
    assert said <= set(STATUSES)
