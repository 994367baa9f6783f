"""Her own password and passkeys: changed by proof alone, and every other browser is signed out by it."""

from __future__ import annotations

from typing import Any

import pytest
from starlette.testclient import TestClient

from tests.server.conftest import House
from tests.server.test_contract import assert_error
from tests.server.test_people import MAIL, OWN, PASSWORD, come_in
from tryon.atelier.tries import ACCOUNT_MAX

NEW = "four brass weathercocks"


def post(house: House, path: str, said: Any, headers: dict[str, str] = OWN) -> Any:
    return house.client.post(f"/v1/atelier/{path}", json=said, headers=headers)


def signed_in(house: House, password: str) -> TestClient:
    """Another browser of hers."""
    other = TestClient(house.client.app, base_url=str(house.client.base_url))
    said = {"email": MAIL, "password": password}
    assert other.post("/v1/atelier/sign-in", json=said, headers=OWN).status_code == 200
    return other


def test_a_new_password_signs_every_other_browser_out(house: House) -> None:
    come_in(house)
    other = signed_in(house, PASSWORD)
    assert house.client.get("/v1/atelier/me/ways").json() == {"password": True, "passkeys": [], "elsewhere": 1}

    said = {"proof": {"password": PASSWORD}, "password": NEW}
    changed = post(house, "me/password", said)

    assert (changed.status_code, changed.json()["elsewhere"]) == (200, 0)
    assert other.get("/v1/atelier/me").status_code == 401
    assert house.client.get("/v1/atelier/me").status_code == 200
    assert_error(post(house, "sign-in", {"email": MAIL, "password": PASSWORD}), "sign_in_wrong")
    signed_in(house, NEW)


@pytest.mark.parametrize(
    ("proof", "password", "reason"),
    [
        ({"password": "wrong wrong wrong"}, NEW, "proof_wrong"),
        ({}, NEW, "proof_wrong"),
        ({"password": PASSWORD}, "short", "password_weak"),
        ({"password": PASSWORD}, "ada ada ada ada", "password_weak"),
        ({"passkey": {"rawId": "AA", "response": {}}}, NEW, "passkey_refused"),
    ],
)
def test_nothing_is_changed_without_proof(house: House, proof: Any, password: str, reason: str) -> None:
    come_in(house)
    other = signed_in(house, PASSWORD)

    assert_error(post(house, "me/password", {"proof": proof, "password": password}), reason)
    assert_error(post(house, "me/password", {"proof": {"password": PASSWORD}, "password": NEW}, {}), "origin_wrong")
    assert other.get("/v1/atelier/me").status_code == 200
    signed_in(house, PASSWORD)


def test_who_guesses_at_an_open_browser_waits(house: House) -> None:
    come_in(house)
    guess = {"proof": {"password": "wrong wrong wrong"}, "password": NEW}
    for _ in range(ACCOUNT_MAX):
        assert_error(post(house, "me/password", guess), "proof_wrong")
    late = post(house, "me/password", {**guess, "proof": {"password": PASSWORD}})
    assert (late.status_code, late.json()["error"]["reason"]) == (429, "sign_in_too_often")


def test_nobody_else_changes_it(house: House) -> None:
    said = {"proof": {"password": PASSWORD}, "password": NEW}
    for path in ("me/password", "me/passkeys/question", "me/passkeys", "me/passkeys/x/removal"):
        assert_error(post(house, path, said), "staff_unknown")
    come_in(house)
    assert_error(post(house, "me/passkeys/x/removal", {"proof": said["proof"]}), "passkey_unknown")
