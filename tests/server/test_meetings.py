"""The doors of a meeting: who gets in by which link, and what a link that is old, torn or another's is told."""

from __future__ import annotations

from typing import Any

import pytest

from tests.meetings import invite, journal_of
from tests.server.conftest import House
from tests.standin import OFFER

ALL = ["live", "share"]


@pytest.fixture
def links(house: House) -> dict[str, str]:
    """Everyone's token, by seat."""
    made = invite(house.settings, "Ana", "Vera", "Ida")
    return {invitation.seat.id: token for invitation, token in made}


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


def agree(house: House, purposes: list[str]) -> str:
    words = house.client.get("/v1/consent").json()
    asked = {"version": words["version"], "language": words["language"], "purposes": purposes}
    return str(house.client.post("/v1/consents", json=asked).json()["token"])


def comes(house: House, invitation: str, consent: str) -> Any:
    """The client's way in."""
    headers = {**bearer(consent), "Invitation": invitation, "Content-Type": "application/sdp"}
    return house.client.post("/v1/sessions", content=OFFER, headers=headers)


def joins(house: House, invitation: str) -> Any:
    """A consultant's."""
    headers = {**bearer(invitation), "Content-Type": "application/sdp"}
    return house.client.post("/v1/meeting/place", content=OFFER, headers=headers)


def reason(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["error"]["reason"]


def test_whoever_comes_first_all_are_at_one_session(house: House, links: dict[str, str]) -> None:
    assert joins(house, links["consultant-1"]).status_code == 201
    (id,) = house.pool.opened
    consent = agree(house, ALL)
    answer = comes(house, links["client"], consent)
    assert (answer.status_code, answer.headers["location"]) == (201, f"/v1/sessions/{id}")
    assert joins(house, links["consultant-2"]).status_code == 201
    assert [session for session, _ in house.pool.offers] == [id, id, id]
    again = house.client.post(
        f"/v1/sessions/{id}", content=OFFER, headers={**bearer(consent), "Content-Type": "application/sdp"}
    )
    assert again.status_code == 201
    assert comes(house, links["client"], agree(house, ALL)).headers["location"] == f"/v1/sessions/{id}"
    assert len(house.pool.opened) == 1


def test_an_invitation_says_what_it_is_for_and_opens_nothing_else(house: House, links: dict[str, str]) -> None:
    told = house.client.get("/v1/meeting", headers=bearer(links["consultant-2"])).json()
    assert (told["role"], told["name"], told["seat"]) == ("consultant", "Ida", "consultant-2")
    assert reason(joins(house, links["client"])) == (403, "meeting_other")
    assert reason(comes(house, links["consultant-1"], agree(house, ALL))) == (403, "meeting_other")
    assert not house.pool.opened


def test_she_is_not_taken_to_a_meeting_without_agreeing_to_share(house: House, links: dict[str, str]) -> None:
    assert reason(comes(house, links["client"], agree(house, ["live"]))) == (403, "consent_missing")
    assert not house.pool.opened


def another_first(token: str) -> str:
    """With another letter at its beginning."""
    return ("y" if token[0] == "x" else "x") + token[1:]


@pytest.mark.parametrize("spoil", [lambda t: t[:-1], lambda t: "../" + t, another_first, lambda _: "."])
def test_a_link_that_is_not_whole_is_none(house: House, links: dict[str, str], spoil: Any) -> None:
    assert reason(joins(house, spoil(links["consultant-1"]))) == (403, "meeting_unknown")


def test_without_any_link_there_is_no_meeting(house: House) -> None:
    assert reason(house.client.get("/v1/meeting")) == (403, "meeting_unknown")


def test_a_picture_is_for_those_who_were_at_its_meeting(house: House, links: dict[str, str]) -> None:
    meeting = house.client.get("/v1/meeting", headers=bearer(links["client"])).json()["meeting"]
    journal = journal_of(house.settings, meeting)
    name = journal.keep(b"\xff\xd8 a picture")
    journal.close()
    address = f"/v1/meeting/pictures/{name}"
    assert house.client.get(address, headers=bearer(links["client"])).content == b"\xff\xd8 a picture"
    (_, other), *_ = invite(house.settings, "Eva", "Vera")
    assert reason(house.client.get(address, headers=bearer(other))) == (404, "picture_unknown")
    assert reason(house.client.get(address)) == (403, "meeting_unknown")
    assert house.client.get("/v1/meeting/pictures/..%2Fjournal.jsonl", headers=bearer(links["client"])).is_error


def test_what_fails_ends_no_meeting_that_runs(house: House, links: dict[str, str]) -> None:
    consent = agree(house, ALL)
    (id,) = [comes(house, links["client"], consent).headers["location"].rsplit("/", 1)[1]]
    from tryon.errors import SessionError

    house.pool.refuses = SessionError("meeting_full", "No more.")
    assert reason(joins(house, links["consultant-1"])) == (409, "meeting_full")
    house.pool.refuses = None
    assert house.client.get(f"/v1/sessions/{id}", headers=bearer(consent)).status_code == 200
    assert joins(house, links["consultant-1"]).status_code == 201
    assert len(house.pool.opened) == 1
