"""Shops over HTTP: the owner keeps them, a key opens what it is for, and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from tests.server.conftest import House
from tests.server.test_people import OWN, come_in
from tests.standin import OFFER
from tryon.atelier.shops import origin_of
from tryon.errors import InputError

WISH = {"name": "Maison Vesper", "origins": ["https://Shop.Example:443/"], "pieces": ["aurora"]}


def add(house: House, **more: Any) -> dict[str, Any]:
    """A shop, kept by an owner who is signed in."""
    answer = house.client.post("/v1/atelier/shops", json={**WISH, **more}, headers=OWN)
    assert answer.status_code == 201, answer.text
    told: dict[str, Any] = answer.json()
    return told


def key(house: House, shop: dict[str, Any], **more: Any) -> tuple[str, dict[str, str]]:
    """The id of a new publishable key, and the header that carries it."""
    wish = {"kind": "publishable", **more}
    made = house.client.post(f"/v1/atelier/shops/{shop['id']}/keys", json=wish, headers=OWN).json()
    return made["id"], {"Shop-Key": made["key"]}


def agree(house: House, keyed: dict[str, str]) -> Any:
    words = house.client.get("/v1/consent").json()
    asked = {name: words[name] for name in ("version", "purposes", "language")}
    return house.client.post("/v1/consents", json=asked, headers=keyed)


def open_mirror(house: House, keyed: dict[str, str], piece: str = "aurora") -> Any:
    given = agree(house, keyed).json()
    headers = {**keyed, "Authorization": f"Bearer {given['token']}", "Content-Type": "application/sdp"}
    return house.client.post(f"/v1/sessions?piece={piece}", content=OFFER, headers=headers)


def reason(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["reason"]


def test_a_shop_shows_its_pieces_and_no_others(house: House) -> None:
    come_in(house)
    shop = add(house)
    _, keyed = key(house, shop)

    shown = house.client.get("/v1/shop", headers=keyed).json()
    assert (shown["origins"], shown["pieces"]) == (["https://shop.example"], ["aurora"])
    assert [card["id"] for card in house.client.get("/v1/pieces", headers=keyed).json()["pieces"]] == ["aurora"]
    assert len(house.client.get("/v1/pieces").json()["pieces"]) > 1
    assert reason(open_mirror(house, keyed, "ondine")) == (404, "piece_unknown")
    assert open_mirror(house, keyed).status_code == 201
    (spec,) = house.pool.opened.values()
    assert spec.shelf == ("aurora",), "what she chooses later is bound by it too"


def test_a_key_that_was_replaced_holds_on_and_one_that_was_ended_opens_nothing(house: House) -> None:
    come_in(house)
    shop = add(house)
    id, old = key(house, shop)
    path = f"/v1/atelier/shops/{shop['id']}/keys/{id}"
    new = house.client.post(f"{path}/replacement", json={}, headers=OWN).json()

    assert house.client.get("/v1/shop", headers=old).status_code == 200
    assert house.client.get("/v1/shop", headers={"Shop-Key": new["key"]}).status_code == 200
    ended = house.client.delete(f"/v1/atelier/shops/{shop['id']}/keys/{new['id']}", headers=OWN)
    assert [one["until"] is None for one in ended.json()["keys"]] == [False, False]
    _, fresh = key(house, shop)
    wish = {**WISH, "active": False}
    changed = house.client.put(f"/v1/atelier/shops/{shop['id']}", json=wish, headers={**OWN, "If-Match": "1"})
    assert changed.status_code == 200, changed.text
    assert reason(agree(house, fresh)) == (401, "shop_key_ended")


def test_a_secret_key_is_told_once_and_opens_no_page(house: House) -> None:
    come_in(house)
    shop = add(house)
    made = house.client.post(f"/v1/atelier/shops/{shop['id']}/keys", json={"kind": "secret"}, headers=OWN).json()

    told = house.client.get("/v1/atelier/shops").json()["shops"][0]["keys"][0]["shown"]
    assert made["key"].startswith("sk_live_")
    assert made["key"] not in told
    assert told.endswith(made["key"][-4:])
    assert reason(house.client.get("/v1/shop", headers={"Shop-Key": made["key"]})) == (401, "shop_key_unknown")


@pytest.mark.parametrize("said", ["", "pk_live_x", "pk_live_" + "0" * 64, "pk_live_" + "0" * 4000])
def test_a_key_that_is_not_known_opens_nothing(house: House, said: str) -> None:
    assert reason(agree(house, {"Shop-Key": said} if said else {"Shop-Key": " x"})) == (401, "shop_key_unknown")


def test_what_she_agreed_to_in_one_shop_opens_no_mirror_in_another(house: House) -> None:
    come_in(house)
    _, one = key(house, add(house))
    _, two = key(house, add(house, name="Other"))
    token = agree(house, one).json()["token"]
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/sdp"}
    for other in (two, {}):
        answer = house.client.post("/v1/sessions?piece=aurora", content=OFFER, headers={**headers, **other})
        assert reason(answer) == (403, "shop_other")


def test_a_shop_has_as_many_mirrors_and_visits_as_were_agreed(house: House) -> None:
    come_in(house)
    _, keyed = key(house, add(house, sessions_max=1, visits_a_minute=3))

    assert open_mirror(house, keyed).status_code == 201
    full = open_mirror(house, keyed)
    assert reason(full) == (503, "shop_full")
    assert agree(house, keyed).status_code == 201
    often = agree(house, keyed)
    assert reason(often) == (429, "shop_too_often")
    assert int(often.headers["Retry-After"]) == 60
    assert agree(house, {}).status_code == 201, "our own pages are not the shop's"


@pytest.mark.parametrize("said", ["http://shop.example/privacy", "https://", "https://[", "javascript:alert(1)"])
def test_a_shops_words_on_privacy_stand_behind_https(house: House, said: str) -> None:
    come_in(house)
    answer = house.client.post("/v1/atelier/shops", json={**WISH, "policy": said}, headers=OWN)
    assert reason(answer) == (422, "shop_policy_wrong")


def begin(house: House, keyed: dict[str, str], **more: Any) -> tuple[str, dict[str, str]]:
    """The id of a request that is begun on a shop's page, and its own header."""
    wish = {"pieces": ["aurora"], "wished": "aurora", "tier": "studio", "event_date": "2030-06-01", "name": "Zoé"}
    begun = house.client.post("/v1/requests", json={**wish, "email": "zoe@client.example", **more}, headers=keyed)
    assert begun.status_code == 201, begun.text
    return begun.json()["request"], {"Authorization": f"Bearer {begun.json()['key']}"}


def send(house: House, id: str, hers: dict[str, str], *also: str) -> None:
    """Send a request to the atelier, with what else she agrees to."""
    words = house.client.get("/v1/consent/request").json()
    consent = {"version": words["version"], "language": "en", "purposes": ["atelier", *also]}
    etag = house.client.get(f"/v1/requests/{id}", headers=hers).headers["ETag"]
    sent = house.client.post(
        f"/v1/requests/{id}/submission", json={"consent": consent}, headers={**hers, "If-Match": etag}
    )
    assert sent.status_code == 200, sent.text


def test_a_request_is_of_the_shop_on_whose_page_it_was_begun(house: House) -> None:
    come_in(house)
    shop, other = add(house), add(house, name="Other")
    ids = {}
    for where, keyed in (("here", key(house, shop)[1]), ("there", key(house, other, sandbox=True)[1]), ("home", {})):
        ids[where], hers = begin(house, keyed)
        send(house, ids[where], hers)

    rows = {row["request"]: row for row in house.client.get("/v1/atelier/requests").json()["requests"]}
    said = {where: (rows[id]["shop"], rows[id]["sandbox"]) for where, id in ids.items()}
    assert said == {"here": ("Maison Vesper", False), "there": ("Other", True), "home": ("", False)}
    for named, found in (([shop], ["here"]), ([shop, other], ["there", "here"])):
        query = {"shop": [one["id"] for one in named]}
        rows = house.client.get("/v1/atelier/requests", params=query).json()["requests"]
        assert [row["request"] for row in rows] == [ids[where] for where in found]
    assert house.client.get(f"/v1/atelier/requests/{ids['here']}").json()["shop"] == "Maison Vesper"
    assert reason(house.client.post("/v1/requests", json={}, headers={"Shop-Key": "pk_live_x"}))[0] == 401


def test_two_owners_at_once_do_not_undo_one_another(house: House) -> None:
    come_in(house)
    shop = add(house)
    path = f"/v1/atelier/shops/{shop['id']}"
    seen = {**OWN, "If-Match": str(shop["version"])}

    assert house.client.put(path, json={**WISH, "origins": ["https://a.example"]}, headers=seen).status_code == 200
    again = house.client.put(path, json={**WISH, "origins": ["https://b.example"]}, headers=seen)
    assert reason(again) == (412, "changed_meanwhile")
    assert house.client.get("/v1/atelier/shops").json()["shops"][0]["origins"] == ["https://a.example"]


@pytest.mark.parametrize(
    ("said", "origin"),
    [
        ("https://Shop.Example", "https://shop.example"),
        ("https://shop.example:8443/", "https://shop.example:8443"),
        ("http://localhost:3000", "http://localhost:3000"),
        ("http://[::1]:80", "http://[::1]"),
    ],
)
def test_an_origin_is_kept_as_browsers_write_it(said: str, origin: str) -> None:
    assert origin_of(said) == origin


@pytest.mark.parametrize(
    "said",
    ["http://shop.example", "https://shop.example/x", "https://*.example", "shop.example", "https://a b", "null", "",
     "https://shop.example:99999", "https://u@shop.example", "https://shop.example?x", "javascript:alert(1)"],
)  # fmt: skip
def test_what_is_no_origin_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="is no address"):
        origin_of(said)
