"""Whatever is sent, the answer is one that is described, and the server goes on."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.server.conftest import House
from tests.standin import OFFER
from tryon.server.pace import Pace

steady = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
IN_JSON = {"Content-Type": "application/json"}
texts = st.text(st.characters(codec="latin-1", exclude_characters="\r\n\0"), max_size=40)
bodies = st.one_of(
    st.binary(max_size=2000),
    st.text(max_size=500).map(str.encode),
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(max_size=10),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
        max_leaves=20,
    ).map(lambda value: repr(value).replace("'", '"').encode()),
    st.lists(st.sampled_from(OFFER.split("\r\n")), max_size=30).map(lambda lines: "\r\n".join(lines).encode()),
)


@pytest.fixture(autouse=True)
def _at_any_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hundreds of examples come from one place within a minute."""
    monkeypatch.setattr(Pace, "place", lambda *said: None)


@pytest.fixture
def described(house: House) -> dict[str, dict[str, set[str]]]:
    """The statuses that the description names, by path and method."""
    paths = house.client.get("/v1/openapi.json").json()["paths"]
    return {path: {m: set(op["responses"]) for m, op in methods.items()} for path, methods in paths.items()}


@steady
@given(body=bodies, mime=st.sampled_from(["application/json", "application/sdp", "text/plain", ""]))
@pytest.mark.parametrize("path", ["/v1/consents", "/v1/sessions", "/v1/sets", "/v1/fits"])
def test_any_body_gets_a_described_answer(
    house: House, described: dict[str, dict[str, set[str]]], path: str, body: bytes, mime: str
) -> None:
    headers = {**house.agree()["headers"], "Content-Type": mime}
    response = house.client.post(path, content=body, headers=headers)

    assert str(response.status_code) in described[path]["post"]
    assert response.status_code < 500 or response.status_code == 503
    if response.status_code >= 400:
        assert response.json().keys() == {"error"}


@steady
@given(token=texts, piece=texts, id=st.text(max_size=20))
@example(token="", piece="", id="/")  # no address is taken for another one
def test_any_token_piece_and_id_gets_a_described_answer(
    house: House, described: dict[str, dict[str, set[str]]], token: str, piece: str, id: str
) -> None:
    headers = {"Authorization": f"Bearer {token}".encode("latin-1"), "Content-Type": b"application/sdp"}
    opened = house.client.post("/v1/sessions", params={"piece": piece}, content=OFFER, headers=headers)
    assert opened.status_code == 403
    for method in ("get", "delete"):
        response = house.client.request(method, httpx_path(id), headers=headers)
        assert response.status_code in (403, 404, 405)
        assert response.json().keys() == {"error"}


worn = st.lists(
    st.fixed_dictionaries(
        {"piece": st.sampled_from(["aurora", "lys", "nix"])},
        optional={
            "on": st.sampled_from(["", "left_hand", "right_hand", "head"]),
            "finger": st.sampled_from(["", "thumb", "toe"]),
            "held": st.booleans() | st.none(),
            "up_mm": st.floats(allow_nan=False, allow_infinity=False) | st.integers(),
            "more": st.none(),
        },
    ),
    max_size=10,
)


@steady
@given(name=st.text(max_size=100), worn=worn)
def test_any_set_gets_a_described_answer_and_one_that_was_saved_is_found(
    house: House, described: dict[str, dict[str, set[str]]], name: str, worn: list[dict[str, object]]
) -> None:
    # as the fuzz has it, also what JSON can carry but a name cannot
    saved = house.client.post("/v1/sets", content=json.dumps({"name": name, "worn": worn}), headers=IN_JSON)

    assert str(saved.status_code) in described["/v1/sets"]["post"]
    if saved.status_code == 201:
        assert house.client.get(saved.headers["location"]).json() == saved.json()
    else:
        assert saved.json().keys() == {"error"}


def httpx_path(id: str) -> str:
    """An id as one segment of a path."""
    from urllib.parse import quote

    return f"/v1/sessions/{quote(id, safe='') or '-'}"
