"""A shop's product feed: what is wrong is said by its line, nothing is half done, the mirror says the shop's words."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.server.conftest import House
from tests.server.test_hooks import secret
from tests.server.test_people import OWN, come_in
from tests.server.test_shops import add, key, reason
from tryon.atelier import feed
from tryon.atelier.tables import BroughtPiece
from tryon.atelier.who import HOUSE
from tryon.errors import InputError

GOOD = """\ufeffid;Title;price;currency;link;sizes;piece;colour
TIARA-07;"Aurora, of our house";1.900,50;EUR;https://shop.example/aurora;54|56;aurora;gold
RING-1;;;;;;lys;
""".replace("1.900,50", "1900,50")
CSV = {"Content-Type": "text/csv"}


def put(house: House, path: str, body: str | bytes, headers: dict[str, str], query: str = "") -> Any:
    sent = body.encode() if isinstance(body, str) else body
    return house.client.put(f"{path}/products{query}", content=sent, headers={**CSV, **headers})


def test_a_feed_says_how_the_shop_sells_and_its_pages_say_so_too(house: House) -> None:
    come_in(house)
    shop = add(house, pieces=["aurora", "lys", "ondine"])
    server, (_, page) = secret(house, shop), key(house, shop)
    none = {"applied": False, "products": 2, "added": 2, "changed": 0, "removed": 0, "wrong": []}

    assert put(house, "/v1/shop", GOOD, server, "?dry=1").json() == none
    assert house.client.get("/v1/shop/products", headers=server).json() == {"products": []}
    assert put(house, "/v1/shop", GOOD, server).json() == {**none, "applied": True}
    (ring, tiara) = house.client.get("/v1/shop/products", headers=server).json()["products"]
    assert (tiara["sku"], tiara["piece"], tiara["price_minor"], tiara["currency"]) == (
        "TIARA-07",
        "aurora",
        190050,
        "EUR",
    )
    assert (ring["title"], ring["price_minor"], ring["url"]) == ("", None, "")

    fresh = key(house, shop)[1]  # what the other stands for is remembered for some seconds
    shown = {card["id"]: card for card in house.client.get("/v1/pieces", headers=fresh).json()["pieces"]}
    assert shown["aurora"]["name"] == "Aurora, of our house"
    assert shown["aurora"]["offer"] == {
        **{name: tiara[name] for name in ("sku", "price_minor", "currency", "url")},
        "sizes": "54|56",
    }
    assert (shown["lys"]["name"], shown["ondine"]["offer"]) == ("Lys", None)
    own = {card["id"]: card for card in house.client.get("/v1/pieces").json()["pieces"]}
    assert (own["aurora"]["name"], own["aurora"]["offer"]) == ("Aurora", None)
    card = house.client.get("/embed/v1/card.json", params={"key": fresh["Shop-Key"], "sku": "TIARA-07"}).json()
    assert (card["sku"], card["name"], card["refused"]) == ("aurora", "Aurora, of our house", "")
    assert page != fresh

    less = json.dumps(
        {
            "products": [
                {"sku": "RING-1", "glb": "x", "piece": "lys", "price": 12, "currency": "chf", "sizes": [52, "54"]}
            ]
        }
    )
    told = put(house, "/v1/shop", less, {**server, "Content-Type": "application/json"}).json()
    assert (told["applied"], told["added"], told["changed"], told["removed"]) == (True, 0, 1, 1)
    (ring,) = house.client.get("/v1/shop/products", headers=server).json()["products"]
    assert (ring["price_minor"], ring["currency"], ring["sizes"]) == (1200, "CHF", "52, 54")


def test_every_line_that_is_wrong_is_said_and_nothing_is_half_done(house: House) -> None:
    come_in(house)
    shop = add(house, pieces=["aurora", "lys", "ondine", "mira"])
    server = secret(house, shop)
    lines = [
        "sku,title,price,currency,url,piece",
        'A,"two',
        'lines",10,EUR,https://shop.example/a,aurora',
        ",x,10,EUR,,lys",
        "A,x,ten,EUR,,ondine",
        "B,x,10,EU,https://evil.example/b,nix",
        "C,x,10 USD,EUR,https://shop.example.evil.example/,celeste",
        "D,x,10,,javascript:alert(1),aurora",
        f"E,{'x' * 201},10,EUR,,mira",
        "F,x,10.00 eur,,,",
    ]
    told = put(house, "/v1/shop", "\n".join(lines), server).json()

    wrong = {(one["line"], one["column"]): one["reason"] for one in told["wrong"]}
    assert wrong == {
        (4, "sku"): "sku_missing",
        (5, "sku"): "sku_twice",
        (5, "price"): "price_wrong",
        (6, "piece"): "piece_unknown",
        (6, "currency"): "currency_wrong",
        (6, "url"): "url_wrong",
        (7, "piece"): "piece_not_shown",
        (7, "currency"): "currency_wrong",
        (7, "url"): "url_wrong",
        (8, "piece"): "piece_twice",
        (8, "currency"): "currency_wrong",
        (8, "url"): "url_wrong",
        (9, "title"): "too_long",
        (10, "piece"): "piece_missing",
    }
    assert told["applied"] is False
    assert house.client.get("/v1/shop/products", headers=server).json() == {"products": []}


def test_only_an_owner_chooses_what_a_shop_shows(house: House) -> None:
    come_in(house)
    shop = add(house, pieces=["aurora"])
    server, base = secret(house, shop), f"/v1/atelier/shops/{shop['id']}"

    beyond = put(house, "/v1/shop", GOOD, server, "?choose=1").json()
    assert [(one["line"], one["reason"]) for one in beyond["wrong"]] == [(3, "piece_not_shown")]
    assert put(house, base, GOOD, OWN, "?choose=1").json()["applied"] is True
    (told,) = house.client.get("/v1/atelier/shops").json()["shops"]
    assert (told["pieces"], told["version"]) == (["aurora", "lys"], shop["version"] + 1)
    assert reason(put(house, base, GOOD, {})) == (403, "origin_wrong")
    assert reason(put(house, "/v1/atelier/shops/nix", GOOD, OWN)) == (404, "shop_unknown")
    assert put(house, "/v1/shop", "sku,piece\n", server).json()["removed"] == 2


def test_a_key_for_trying_out_is_told_what_a_feed_would_do_and_changes_nothing(house: House) -> None:
    come_in(house)
    shop = add(house, pieces=["aurora", "lys"])
    live, trial = secret(house, shop), secret(house, shop, sandbox=True)
    assert put(house, "/v1/shop", GOOD, live).json()["applied"] is True
    sold = house.client.get("/v1/shop/products", headers=live).json()

    told = put(house, "/v1/shop", "sku,piece\nX,aurora\n", trial).json()
    assert (told["applied"], told["added"], told["removed"], told["wrong"]) == (False, 1, 2, [])
    assert house.client.get("/v1/shop/products", headers=live).json() == sold


@pytest.mark.parametrize(
    "body",
    [b"", b"title,price\nx,1", b"\xff\xfe", b"sku,piece,sku\n", b'sku,piece\n"a', b"sku,piece\n" + b"a" * 140_000,
     b"sku,piece\n" + b"a,b\n" * (feed.ROWS_MAX + 1)],
)  # fmt: skip
def test_what_is_no_csv_is_refused(body: bytes) -> None:
    with pytest.raises(InputError, match="feed"):
        feed.read(body, "csv")


@pytest.mark.parametrize(
    "body", [b"{}", b"[1]", b'{"products": 1}', b"[" * 100_000, b"[{}" + b",{}" * feed.ROWS_MAX + b"]"]
)
def test_what_is_no_json_feed_is_refused(body: bytes) -> None:
    with pytest.raises(InputError, match="feed"):
        feed.read(body, "json")


def test_a_feed_that_is_too_large_or_something_else_is_refused(house: House) -> None:
    come_in(house)
    server = secret(house, add(house))
    assert reason(put(house, "/v1/shop", "x" * (feed.BYTES_MAX + 1), server)) == (413, "body_too_large")
    assert reason(put(house, "/v1/shop", GOOD, {**server, "Content-Type": "text/plain"})) == (415, "feed_not_feed")
    assert reason(put(house, "/v1/shop", "nothing", server)) == (422, "feed_unreadable")


def test_a_piece_may_be_named_by_the_file_it_was_brought_as(house: House) -> None:
    come_in(house)
    server = secret(house, add(house, pieces=None))
    store = house.client.app.state.counter.store  # type: ignore[attr-defined]

    def bring(unit: Any) -> None:
        for id, name in (("lys", "Ring_07.glb"), ("mira", "same.glb"), ("ondine", "SAME.glb"), ("draft", "draft.glb")):
            row = BroughtPiece(
                id=id, draft={}, mesh={"name": name}, drawn_of="", published=1, shown=True, changed=False
            )
            row.made_at, row.changed_at, row.version = unit.now, unit.now, 1
            unit.rows.add(row)

    store.change(HOUSE, "bring", bring)
    told = put(house, "/v1/shop", "sku,glb\nA,models/ring_07.GLB\nB,same.glb\nC,draft.glb\n", server).json()
    assert [(one["line"], one["column"], one["reason"]) for one in told["wrong"]] == [
        (3, "glb", "piece_unknown"),
        (4, "glb", "piece_unknown"),
    ]
    assert put(house, "/v1/shop", "sku,glb\nA,models/ring_07.GLB\n", server).json()["applied"] is True
    (sold,) = house.client.get("/v1/shop/products", headers=server).json()["products"]
    assert sold["piece"] == "lys"
