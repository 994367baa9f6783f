"""Whose pages may show the mirror, said over HTTP: the loader, the frame, the card and its picture."""

from __future__ import annotations

import io
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.server.conftest import House
from tests.server.test_people import OWN, come_in
from tests.server.test_shops import add, key
from tryon.picture import webp_of

SHOP = "https://shop.example"
OTHER = "https://other.example"


@pytest.fixture
def live(house: House) -> str:
    """A key of a shop that shows Aurora alone on https://shop.example."""
    come_in(house)
    return key(house, add(house))[1]["Shop-Key"]


@pytest.fixture
def sandbox(house: House) -> str:
    come_in(house)
    return key(house, add(house), sandbox=True)[1]["Shop-Key"]


def card(house: House, key: str, origin: str = SHOP, **more: str) -> dict[str, Any]:
    answer = house.client.get("/embed/v1/card.json", params={"key": key, **more}, headers={"Origin": origin})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "*")
    told: dict[str, Any] = answer.json()
    return told


def ancestors(answer: Any) -> str:
    return str(answer.headers["content-security-policy"].partition("frame-ancestors ")[2])


def test_a_frame_may_stand_on_the_pages_of_its_key_and_nowhere_else(house: House, live: str) -> None:
    answer = house.client.get(f"/embed/v1/?key={live}&sku=aurora")
    assert (answer.status_code, ancestors(answer)) == (200, SHOP)
    assert answer.headers["cache-control"] == "no-store"
    assert "x-frame-options" not in answer.headers
    for path in ("/", "/request", "/atelier", "/session", "/v1/pieces"):
        assert ancestors(house.client.get(path)) == "'none'"


def test_a_sandbox_key_works_on_this_machine_too_and_has_a_page_to_look_at(house: House, sandbox: str) -> None:
    said = ancestors(house.client.get(f"/embed/v1/?key={sandbox}")).split()
    assert {SHOP, "'self'", "http://localhost:*", "http://*.localhost:*", "http://127.0.0.1:*"} <= set(said)
    assert card(house, sandbox, "http://localhost:3000")["refused"] == ""
    for elsewhere in (OTHER, "null", "http://[", "http://[::1"):
        assert card(house, sandbox, elsewhere)["refused"] == "shop_page_other"
    sample = house.client.get(f"/embed/sample?key={sandbox}")
    assert "/embed/v1.js" in sample.text
    assert "frame-src 'self'" in sample.headers["content-security-policy"]


def test_there_is_no_sample_page_for_a_key_that_sells(house: House, live: str) -> None:
    assert house.client.get(f"/embed/sample?key={live}").status_code == 401


def test_the_card_tells_the_piece_in_the_language_of_the_page(house: House, live: str) -> None:
    told = card(house, live, sku="aurora", lang="fr-CA")
    assert (told["name"], told["button"], told["refused"]) == ("Aurora", "Essayer", "")
    assert card(house, live)["sku"] == "aurora", "the shop's first, when none is said"


@pytest.mark.parametrize(
    ("named", "origin", "reason"),
    [
        ({}, OTHER, "shop_page_other"),
        ({}, "null", "shop_page_other"),
        ({"sku": "ondine"}, SHOP, "piece_unknown"),
        ({"key": "pk_live_" + "0" * 64}, SHOP, "shop_key_unknown"),
        ({"key": ""}, SHOP, "shop_key_unknown"),
    ],
)
def test_the_card_and_the_frame_say_why_not(
    house: House, live: str, named: dict[str, str], origin: str, reason: str
) -> None:
    told = card(house, **{"key": live, "origin": origin, **named})  # type: ignore[arg-type]
    assert (told["refused"], told["poster"]) == (reason, "")
    assert told["words"]

    headers = {"Referer": "" if origin == "null" else f"{origin}/tiaras", "Sec-Fetch-Dest": "iframe"}
    answer = house.client.get("/embed/v1/", params={"key": live, **named}, headers=headers)
    if origin == "null":
        assert ancestors(answer) == SHOP, "who says nothing of itself is kept out by the browser"
        return
    assert answer.status_code >= 400
    assert ancestors(answer) == "*", "words may stand anywhere"
    assert "<script" not in answer.text
    assert told["words"] in answer.text


def test_a_key_that_was_ended_shows_words(house: House) -> None:
    come_in(house)
    shop = add(house)
    id, keyed = key(house, shop)
    assert house.client.delete(f"/v1/atelier/shops/{shop['id']}/keys/{id}", headers=OWN).status_code == 200
    assert card(house, keyed["Shop-Key"])["refused"] == "shop_key_ended"
    assert "Cette boutique a mis fin" in house.client.get(f"/embed/v1/?key={keyed['Shop-Key']}&lang=fr").text


def test_what_the_address_says_is_never_markup(house: House) -> None:
    answer = house.client.get("/embed/v1/", params={"key": "<b>x</b>", "sku": "<i>y</i>", "lang": '"><script>'})
    assert not {"<b>", "<i>", "<script"} & set(re.findall(r"<\w+>?", answer.text))


def test_pages_of_any_origin_may_read_loader_and_picture(house: House) -> None:
    for path, mime in (("/embed/v1.js", "javascript"), ("/embed/v1/posters/aurora.webp", "image/webp")):
        answer = house.client.get(path, headers={"Origin": OTHER})
        assert answer.headers["access-control-allow-origin"] == "*"
        assert answer.headers["cross-origin-resource-policy"] == "cross-origin"
        assert mime in answer.headers["content-type"]


def test_a_poster_is_small_whatever_it_is_made_from(tmp_path: Path) -> None:
    """Noise is what compresses worst; a bound that it keeps to is kept by any piece."""
    noise = np.random.default_rng(1).integers(0, 255, (600, 900, 4), np.uint8)
    Image.fromarray(noise, "RGBA").save(tmp_path / "noise.png")
    worst = webp_of(tmp_path / "noise.png", width_px=640, bytes_max=40_000)
    assert len(worst) <= 40_000
    picture = Image.open(io.BytesIO(worst))
    assert (picture.format, picture.mode) == ("WEBP", "RGBA")
    assert picture.width < 640


def test_every_poster_of_ours_keeps_to_the_budget() -> None:
    folder = Path(__file__).resolve().parents[2] / "assets" / "pieces"
    posters = sorted(folder.glob("*/poster.png"))
    assert posters
    for poster in posters:
        assert len(webp_of(poster, width_px=640, bytes_max=40_000)) <= 40_000, poster
