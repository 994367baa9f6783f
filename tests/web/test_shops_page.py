"""The owner's page of shops in real Chromium: a shop, its keys, and what she puts into its page."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from tests.web.test_atelier import SMALL_HERE, SPILLS, Atelier, atelier

__all__ = ["atelier"]
LOOK = os.environ.get("LOOK", "")
LEVELS = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}}


def test_an_owner_makes_a_shop_and_its_keys(atelier: Atelier) -> None:
    page = atelier.owner()
    page.get_by_role("link", name="Shops").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Shops that show the mirror")
    expect(page.get_by_text("No shop shows the mirror yet.")).to_be_visible()

    new = page.locator(".inviting form")
    new.get_by_label("Name").fill("Maison Vesper")
    new.get_by_label("Its pages are at").fill("shop.example")
    new.get_by_role("button", name="Make the shop").click()
    expect(new.get_by_role("alert")).to_contain_text("no address of a shop")
    expect(new.get_by_label("Name")).to_have_value("Maison Vesper")
    new.get_by_label("Its pages are at").fill("https://Shop.example https://www.shop.example:8443")
    new.get_by_label("It shows the whole catalogue").uncheck()
    new.get_by_label("Aurora").check()
    new.get_by_role("button", name="Make the shop").click()

    shop = page.get_by_role("region", name="Maison Vesper")
    expect(shop).to_contain_text("https://shop.example and https://www.shop.example:8443 · 1 piece")
    shop.get_by_role("button", name="New key for its page").click()
    tag = shop.locator(".key-made code")
    expect(tag).to_contain_text("<crown-tryon key=")
    expect(shop.locator(".key-made")).to_be_focused()
    first = shop.locator(".key-shown").inner_text()
    assert f'key="{first}"' in tag.inner_text()
    assert f"{atelier.address}/embed/v1.js" in tag.inner_text()

    shop.get_by_role("button", name="New key for its server").click()
    expect(tag).to_contain_text("sk_live_")
    secret = tag.inner_text()
    page.reload()
    expect(shop.locator(".key")).to_have_count(2)
    assert secret not in page.content(), "it is told once"

    shop.get_by_role("button", name=f"Replace {first}").click()
    expect(shop.locator(".key")).to_have_count(3)
    expect(shop.locator(".key").first).to_contain_text("holds until")
    shop.get_by_role("button", name=f"End {first}", exact=True).click()
    shop.get_by_role("button", name=f"Really end {first}").click()
    expect(shop.locator(".key").first).to_contain_text("ended")
    shop.get_by_text("Change", exact=True).click()
    shop.get_by_label("Its keys open mirrors").uncheck()
    shop.get_by_role("button", name="Keep the changes").click()
    expect(shop).to_contain_text("closed: its keys open nothing")


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_the_page_is_for_everybody(atelier: Atelier, width: int, scheme: str) -> None:
    page = atelier.owner(viewport={"width": width, "height": 844}, color_scheme=scheme)
    page.goto(f"{atelier.address}/atelier#shops")
    new = page.locator(".inviting form")
    new.get_by_label("Name").fill("Maison Vesper")
    new.get_by_label("Its pages are at").fill("https://shop.example")
    new.get_by_role("button", name="Make the shop").click()
    page.get_by_role("button", name="New key for trying out").click()
    page.get_by_text("Change", exact=True).click()

    expect(page.locator(".key-made")).to_be_visible()
    if LOOK:
        page.screenshot(path=Path(LOOK) / f"shops-{width}-{scheme}.png", full_page=True)
    assert page.evaluate(SPILLS) == []
    assert page.evaluate(SMALL_HERE) == []
    found = Axe().run(page, options=LEVELS).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
