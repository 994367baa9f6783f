"""Every route and every error of the HTTP contract."""

from __future__ import annotations

import asyncio
import logging
import os
from typing import Any

import httpx2
import pytest

from tests.server.conftest import House
from tests.standin import ANSWER, OFFER
from tryon.errors import RenderError, SessionError
from tryon.server.headers import HEADERS
from tryon.server.statuses import STATUSES


def assert_error(response: Any, reason: str) -> dict[str, str]:
    """The one shape of an error, with the status of the one table."""
    assert response.headers["content-type"] == "application/json"
    assert response.json().keys() == {"error"}
    error: dict[str, str] = response.json()["error"]
    assert error.keys() == {"reason", "detail"}
    assert error["reason"] == reason
    assert response.status_code == STATUSES[reason]
    assert len(error["detail"]) > 10
    assert ("retry-after" in response.headers) == (response.status_code == 503)
    assert_headers(response)
    return error


def assert_headers(response: Any) -> None:
    for name, value in HEADERS.items():
        assert response.headers[name] == value
    assert "unsafe" not in response.headers["content-security-policy"]


# the catalogue


def test_the_catalogue_shows_all_that_is_declared_and_no_mesh(house: House) -> None:
    response = house.client.get("/v1/pieces")

    cards = {card["id"]: card for card in response.json()["pieces"]}
    assert list(cards) == ["aurora", "celeste", "ondine", "vesper", "lys", "mira"]
    assert cards["aurora"]["size"]["inner_length_mm"] == 127.0
    assert cards["aurora"]["weight_g"] == 412.0
    assert cards["aurora"]["tiers"]["studio"]["lead_time_weeks"] == 6
    assert cards["aurora"]["poster"] == "/v1/pieces/aurora/poster.png"
    assert "glb" not in response.text
    assert house.client.get("/v1/pieces/aurora").json() == cards["aurora"]
    assert_headers(response)


def test_a_poster_is_sent_once_and_then_only_confirmed(house: House) -> None:
    first = house.client.get("/v1/pieces/aurora/poster.png")
    again = house.client.get("/v1/pieces/aurora/poster.png", headers={"If-None-Match": first.headers["etag"]})

    assert first.headers["content-type"] == "image/png"
    assert first.content.startswith(b"\x89PNG")
    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("address", ["/v1/pieces/nix", "/v1/pieces/nix/poster.png", "/v1/pieces/..%2f..%2fetc"])
def test_an_unknown_piece_is_said(house: House, address: str) -> None:
    assert_error(house.client.get(address), "not_found" if "%2f" in address else "piece_unknown")


def test_a_piece_without_a_picture_is_said(house: House) -> None:
    assert_error(house.client.get("/v1/pieces/vesper/poster.png"), "poster_missing")


# pages and files


def test_the_page_and_its_files_are_served_and_confirmed(house: House) -> None:
    for address, mime in (("/", "text/html"), ("/web/app.js", "text/javascript"), ("/web/style.css", "text/css")):
        response = house.client.get(address)
        assert response.status_code == 200
        assert response.headers["content-type"].startswith(mime)
        assert response.headers["cache-control"] == "no-cache"
        assert_headers(response)
        again = house.client.get(address, headers={"If-None-Match": response.headers["etag"]})
        assert again.status_code == 304


@pytest.mark.parametrize(
    "address",
    [
        "/web/../pyproject.toml",
        "/web/%2e%2e/pyproject.toml",
        "/web/..%2fpyproject.toml",
        "/web/%2e%2e%2f%2e%2e%2f%2e%2e%2f%2e%2e%2fetc/passwd",
        "/web//etc/passwd",
        "/web/words/",
        "/web/nix.js",
        "/nix",
    ],
)
def test_no_address_leads_out_of_the_web_folder(house: House, address: str) -> None:
    # the raw target, so that the client does not tidy the path before it is sent
    target = httpx2.URL("http://testserver/").copy_with(raw_path=address.encode())

    assert_error(house.client.get(target), "not_found")


def test_a_wrong_method_is_said_with_the_right_ones(house: House) -> None:
    consent = house.agree()
    session = house.offer(consent).headers["location"]
    patched = house.client.patch(session, headers=consent["headers"])

    assert_error(patched, "method_not_allowed")
    assert patched.headers["allow"] == "DELETE, GET, HEAD, POST"
    assert_error(house.client.post("/v1/pieces"), "method_not_allowed")


# consent


def test_consent_has_one_source_and_is_recorded_before_it_counts(house: House) -> None:
    words = house.client.get("/v1/consent").json()

    assert words.keys() == {"version", "purposes", "language", "text", "also"}
    assert words["purposes"] == ["live", *words["also"]]
    given = house.agree()
    ledger = (house.data / "consents.jsonl").read_text()
    assert given["consent"] in ledger
    assert given["token"] not in ledger


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"version": "1999-01-01"}, "consent_outdated"),
        ({"purposes": ["live", "marketing"]}, "consent_purpose_unknown"),
        ({"purposes": []}, "consent_purpose_unknown"),
        ({"language": "tlh"}, "consent_language_unknown"),
        ({"more": 1}, "body_unreadable"),
        ({"version": 3}, "body_unreadable"),
    ],
)
def test_a_consent_that_does_not_say_what_was_shown_is_refused(
    house: House, change: dict[str, Any], reason: str
) -> None:
    words = house.client.get("/v1/consent").json()
    asked = {"version": words["version"], "purposes": ["live"], "language": "en", **change}

    assert_error(house.client.post("/v1/consents", json=asked), reason)
    assert not (house.data / "consents.jsonl").read_text()


def test_a_wearer_may_agree_to_be_measured_while_her_mirror_runs(house: House) -> None:
    words = house.client.get("/v1/consent").json()
    asked = {key: words[key] for key in ("version", "language")}
    given = house.client.post("/v1/consents", json=asked | {"purposes": ["live"]}).json()
    consent = {**given, "headers": {"Authorization": f"Bearer {given['token']}"}}
    session = house.offer(consent).headers["location"].rsplit("/", 1)[1]
    assert house.pool.opened[session].purposes == ("live",)
    address = f"/v1/consents/{given['consent']}"

    more = asked | {"purposes": ["measure"]}
    assert_error(house.client.patch(address, json=more), "consent_missing")
    assert_error(house.client.patch(address, json=more, headers=house.agree()["headers"]), "consent_unknown")
    outdated = house.client.patch(address, json=more | {"version": "1999-01-01"}, headers=consent["headers"])
    assert_error(outdated, "consent_outdated")
    assert house.pool.opened[session].purposes == ("live",)
    assert house.client.patch(address, json=more, headers=consent["headers"]).status_code == 204
    assert house.pool.opened[session].purposes == ("live", "measure")


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe", b"[" * 4000, b"null"])
def test_a_body_that_is_no_consent_is_refused(house: House, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}

    assert_error(house.client.post("/v1/consents", content=body, headers=headers), "body_unreadable")


def test_a_body_of_another_kind_is_refused(house: House) -> None:
    assert_error(house.client.post("/v1/consents", data={"version": "x"}), "body_not_json")


def test_withdrawing_ends_her_session_and_is_recorded(house: House) -> None:
    consent = house.agree()
    session = house.offer(consent).headers["location"]
    other = house.agree()

    assert_error(house.client.delete(f"/v1/consents/{consent['consent']}"), "consent_missing")
    assert_error(house.client.delete(f"/v1/consents/{other['consent']}", headers=consent["headers"]), "consent_unknown")
    for _ in "once", "again":
        withdrawn = house.client.delete(f"/v1/consents/{consent['consent']}", headers=consent["headers"])
        assert (withdrawn.status_code, withdrawn.content) == (204, b"")

    assert house.pool.closed == [session.rsplit("/", 1)[1]]
    assert (house.data / "consents.jsonl").read_text().count('"withdrawn"') == 1
    assert_error(house.offer(consent), "consent_withdrawn")
    assert_error(house.client.get(session, headers=consent["headers"]), "consent_withdrawn")


# sessions


def test_an_offer_after_consent_opens_a_session(house: House) -> None:
    consent = house.agree()
    response = house.offer(consent, "/v1/sessions?piece=aurora&piece=celeste&piece=aurora")

    assert response.status_code == 201
    assert response.text == ANSWER
    assert response.headers["content-type"] == "application/sdp"
    session = response.headers["location"].removeprefix("/v1/sessions/")
    assert house.pool.opened[session].pieces == ("aurora", "celeste")
    state = house.client.get(response.headers["location"], headers=consent["headers"])
    assert state.json()["pieces"] == ["aurora", "celeste"]
    assert state.headers["cache-control"] == "no-store"
    assert session in (house.data / "consents.jsonl").read_text()


def test_without_consent_no_offer_reaches_the_pool(house: House) -> None:
    sdp = {"Content-Type": "application/sdp"}
    assert_error(house.client.post("/v1/sessions", content=OFFER, headers=sdp), "consent_missing")
    for value, reason in (
        ("Bearer", "consent_missing"),
        ("Basic YTpi", "consent_missing"),
        ("Bearer nix", "consent_unknown"),
    ):
        headers = {**sdp, "Authorization": value}
        assert_error(house.client.post("/v1/sessions", content=OFFER, headers=headers), reason)
    assert house.pool.offers == []


@pytest.mark.parametrize(
    ("mime", "body", "reason"),
    [
        ("text/plain", OFFER.encode(), "offer_not_sdp"),
        ("application/json", b"{}", "offer_not_sdp"),
        ("application/sdp", b"", "offer_unreadable"),
        ("application/sdp", b"hello", "offer_unreadable"),
        ("application/sdp", b"\xff\xd8\xff", "offer_unreadable"),
        ("application/sdp", b"v=0\r\ns=-\r\n", "offer_unreadable"),
        ("application/sdp", OFFER.encode() + b"a=candidate:1 1 udp 1 10.0.0.1 9 typ host\r\n" * 51, "offer_unreadable"),
        ("application/sdp", b"v=0\r\n" + b"a" * 65536, "body_too_large"),
    ],
)
def test_what_is_no_offer_is_refused_before_the_pool(house: House, mime: str, body: bytes, reason: str) -> None:
    consent = house.agree()
    headers = {**consent["headers"], "Content-Type": mime}

    assert_error(house.client.post("/v1/sessions", content=body, headers=headers), reason)
    assert house.pool.offers == []


def test_a_body_that_does_not_say_its_length_is_bounded_too(house: House) -> None:
    consent = house.agree()
    headers = {**consent["headers"], "Content-Type": "application/sdp"}
    chunks = (b"v=0\r\n" + b"a" * 1000 for _ in range(1000))

    assert_error(house.client.post("/v1/sessions", content=chunks, headers=headers), "body_too_large")


def test_unknown_and_pieces_too_many_are_refused(house: House) -> None:
    consent = house.agree()
    many = "&".join(f"piece=p{n}" for n in range(9))

    assert_error(house.offer(consent, "/v1/sessions?piece=nix"), "piece_unknown")
    assert_error(house.offer(consent, f"/v1/sessions?{many}"), "pieces_too_many")


def test_a_full_server_says_when_to_come_back(house: House) -> None:
    house.pool.room_for = 1
    house.offer(house.agree())

    assert_error(house.offer(house.agree()), "server_full")
    assert house.client.get("/v1/sessions").json() == {"free": 0}


def test_a_second_session_of_one_consent_takes_the_place_of_the_first(house: House) -> None:
    house.pool.room_for = 1
    consent = house.agree()
    first = house.offer(consent).headers["location"]
    second = house.offer(consent)

    assert second.status_code == 201
    assert_error(house.client.get(first, headers=consent["headers"]), "session_unknown")
    assert list(house.pool.opened) == [second.headers["location"].rsplit("/", 1)[1]]


def test_a_lost_connection_comes_back_to_its_session(house: House) -> None:
    consent = house.agree()
    session = house.offer(consent, "/v1/sessions?piece=aurora").headers["location"]
    again = house.offer(consent, session)

    assert (again.status_code, again.text) == (201, ANSWER)
    assert again.headers["location"] == session
    assert [id for id, _ in house.pool.offers] == [session.rsplit("/", 1)[1]] * 2
    house.pool.end(session.rsplit("/", 1)[1], "left")
    assert_error(house.offer(consent, session), "session_unknown")


def test_nobody_reaches_the_session_of_another(house: House) -> None:
    session = house.offer(house.agree()).headers["location"]
    other = house.agree()

    assert_error(house.offer(other, session), "session_unknown")
    assert_error(house.client.get(session, headers=other["headers"]), "session_unknown")
    assert_error(house.client.delete(session, headers=other["headers"]), "session_unknown")
    assert_error(house.client.get(session), "consent_missing")
    assert house.pool.closed == []


def test_a_session_is_ended_once(house: House) -> None:
    consent = house.agree()
    session = house.offer(consent).headers["location"]

    assert house.client.delete(session, headers=consent["headers"]).status_code == 204
    assert_error(house.client.delete(session, headers=consent["headers"]), "session_unknown")
    assert house.pool.closed == [session.rsplit("/", 1)[1]]


def test_errors_of_other_rooms_pass_through_in_the_same_shape(house: House) -> None:
    consent = house.agree()
    house.pool.refuses = SessionError("session_lost", "The session's process was lost; please try again.")
    assert_error(house.offer(consent), "session_lost")
    house.pool.refuses = RenderError("gl_missing", "There is no way to draw on this machine.")
    response = house.offer(consent)
    assert (response.status_code, response.json()["error"]["reason"]) == (500, "gl_missing")
    house.pool.refuses = ZeroDivisionError("secret")
    error = assert_error(house.offer(consent), "internal")
    assert "secret" not in error["detail"]
    house.pool.refuses = None
    assert house.offer(consent).status_code == 201


async def test_a_consent_withdrawn_while_a_session_opens_closes_it(house: House) -> None:
    consent = house.agree()
    transport = httpx2.ASGITransport(app=house.client.app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://testserver") as client:
        house.pool.waits_for = asyncio.Event()
        headers = {**consent["headers"], "Content-Type": "application/sdp"}
        opening = asyncio.create_task(client.post("/v1/sessions", content=OFFER, headers=headers))
        sessions = house.client.app.state.sessions  # type: ignore[attr-defined]
        while not sessions._sessions:
            await asyncio.sleep(0)
        withdrawn = await client.delete(f"/v1/consents/{consent['consent']}", headers=consent["headers"])
        house.pool.waits_for.set()
        response = await opening

    assert withdrawn.status_code == 204
    assert_error(response, "consent_withdrawn")
    assert house.pool.opened == {}


def test_a_session_that_cannot_be_recorded_does_not_take_place(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    consent = house.agree()

    def fails(file: int) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(os, "fsync", fails)

    assert_error(house.offer(consent), "internal")
    assert house.pool.opened == {}


async def test_a_session_whose_opener_has_gone_meanwhile_is_closed(house: House) -> None:
    consent = house.agree()
    sent: list[dict[str, Any]] = []
    messages = [{"type": "http.request", "body": OFFER.encode(), "more_body": False}]

    async def receive() -> dict[str, Any]:
        return messages.pop(0) if messages else {"type": "http.disconnect"}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/v1/sessions",
        "query_string": b"",
        "headers": [(b"content-type", b"application/sdp"), (b"authorization", f"Bearer {consent['token']}".encode())],
    }
    await house.client.app(scope, receive, send)  # type: ignore[arg-type]

    assert len(house.pool.offers) == 1
    assert house.pool.closed == [house.pool.offers[0][0]]


# the machine


def test_health(house: House) -> None:
    assert house.client.get("/livez").json() == {"status": "ok"}
    assert house.client.get("/readyz").json() == {"status": "ready"}
    house.client.app.state.sessions.closing = True  # type: ignore[attr-defined]
    assert_error(house.client.get("/readyz"), "server_closing")
    assert_error(house.offer(house.agree()), "server_closing")
    assert house.client.get("/livez").status_code == 200


def test_nothing_about_her_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG, "tryon"):
        consent = house.agree()
        session = house.offer(consent, "/v1/sessions?piece=aurora").headers["location"]
        house.client.delete(session, headers=consent["headers"])
        house.offer(consent, "/v1/sessions/nix")

    said = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("tryon"))
    assert "POST /v1/sessions 201" in said
    assert "DELETE /v1/sessions/{id} 204" in said
    for private in (consent["token"], consent["consent"], "testclient", "aurora"):
        assert private not in said
