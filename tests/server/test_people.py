"""The people of the atelier over HTTP: only our own page, only by cookie, and no secret in any log."""

from __future__ import annotations

import logging
import time

import pytest

from tests.command import tryon
from tests.server.conftest import House
from tryon.atelier.accounts import Accounts
from tryon.atelier.passkeys import House as Asks
from tryon.atelier.store import Store
from tryon.atelier.tries import ACCOUNT_MAX, Tries

OWN = {"Sec-Fetch-Site": "same-origin"}
PASSWORD = "seven quiet herons"
MAIL = "ada@atelier.example"


def owner_token(house: House) -> str:
    """Of a link that lets an owner in."""
    store = Store(f"sqlite:///{house.data / 'atelier.db'}")
    link = Accounts(store, Asks("tryon", "http://localhost:8080"), Tries(time.monotonic)).make_owner(MAIL)
    store.close()
    return link.partition("=")[2]


def come_in(house: House) -> None:
    token = {"Authorization": f"Bearer {owner_token(house)}"}
    said = {"name": "Ada", "password": PASSWORD}
    joined = house.client.post("/v1/atelier/invitation", json=said, headers={**OWN, **token})
    assert joined.status_code == 200, joined.text


def test_who_is_not_signed_in_sees_nothing(house: House) -> None:
    for path in ("me", "people", "requests", "requests/r1", "staff"):
        answer = house.client.get(f"/v1/atelier/{path}")
        assert (answer.status_code, answer.json()["error"]["reason"]) == (401, "staff_unknown"), path
        assert answer.headers["Cache-Control"] == "no-store"


def test_a_page_elsewhere_changes_nothing(house: House) -> None:
    come_in(house)
    wish = {"email": "eve@evil.example", "name": "Eve", "role": "owner"}
    for headers in ({}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}, {"Origin": "null"}):
        for path, said in (("people", wish), ("sign-out", None), ("sign-in", {"email": MAIL, "password": PASSWORD})):
            answer = house.client.post(f"/v1/atelier/{path}", json=said, headers=headers)
            assert (answer.status_code, answer.json()["error"]["reason"]) == (403, "origin_wrong"), (path, headers)

    people = house.client.get("/v1/atelier/people").json()["people"]
    assert [one["email"] for one in people] == [MAIL]
    assert house.client.post("/v1/atelier/people", json=wish, headers=OWN).status_code == 201


def test_signing_out_takes_the_cookie_back(house: House) -> None:
    come_in(house)
    kept = dict(house.client.cookies)
    answer = house.client.post("/v1/atelier/sign-out", headers=OWN)

    assert answer.status_code == 204
    assert "Max-Age=0" in answer.headers["Set-Cookie"]
    house.client.cookies.update(kept)
    assert house.client.get("/v1/atelier/me").status_code == 401, "a copy of it opens nothing either"


def test_who_guesses_waits(house: House) -> None:
    come_in(house)
    guess = {"email": MAIL, "password": "wrong wrong wrong"}
    for _ in range(ACCOUNT_MAX):
        assert house.client.post("/v1/atelier/sign-in", json=guess, headers=OWN).status_code == 401
    answer = house.client.post("/v1/atelier/sign-in", json={**guess, "password": PASSWORD}, headers=OWN)

    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 60


@pytest.mark.parametrize(
    "passkey", [{}, {"rawId": "AA", "response": {}}, {"rawId": 1, "response": {"clientDataJSON": "e30"}}]
)
def test_a_passkey_that_is_none_is_refused(house: House, passkey: dict[str, object]) -> None:
    answer = house.client.post("/v1/atelier/passkey", json={"passkey": passkey}, headers=OWN)

    assert (answer.status_code, answer.json()["error"]["reason"]) == (401, "passkey_refused")


def test_no_secret_is_in_a_log(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    come_in(house)
    token = owner_token(house)
    house.client.get("/v1/atelier/invitation", headers={"Authorization": f"Bearer {token}"})
    house.client.post("/v1/atelier/sign-in", json={"email": MAIL, "password": PASSWORD}, headers=OWN)

    said = caplog.text
    for secret in (token, PASSWORD, MAIL, "Ada", next(iter(house.client.cookies.values()))):
        assert secret not in said


def test_whoever_runs_the_service_makes_an_owner(tmp_path_factory: pytest.TempPathFactory) -> None:
    database = f"sqlite:///{tmp_path_factory.mktemp('owner') / 'atelier.db'}"
    first, second = (tryon("atelier", "owner", MAIL, "--database", database) for _ in range(2))

    assert first.returncode == 0, first.stderr
    assert first.stdout.startswith("http://localhost:8080/atelier#invitation=")
    assert second.stdout != first.stdout, "each link is a new one"
    wrong = tryon("atelier", "owner", "nobody", "--database", database)
    assert wrong.returncode == 1
    assert "email_wrong" in wrong.stderr
    assert len(wrong.stderr.splitlines()) == 1
