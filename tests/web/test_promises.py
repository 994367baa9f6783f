"""Beside each piece and request, in real Chromium: what drives the price, repairs and returns; and her erasure."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import Page, expect

from tests.atelier.test_erasures import mailed
from tests.web.house import House
from tests.web.test_page import PHONE, open_mirror
from tests.web.test_request import Opens, check, hand_over, journey
from tryon.atelier.sample import Journey
from tryon.atelier.tables import Request

__all__ = ["journey"]


def look(page: Page, name: str) -> None:
    if os.environ.get("LOOK"):
        page.screenshot(path=f"/tmp/packet-{name}.png", full_page=True)


@pytest.mark.parametrize("device", ["phone", "desk"])
def test_price_and_policy_stand_beside_a_piece(visit: Opens, device: str) -> None:
    # the shelf of the tests has posters and no models
    page = visit(path="/?lang=fr", expects=("/view?",), **(PHONE if device == "phone" else {}))
    open_mirror(page)
    about = page.locator(".about")
    if device == "phone":
        page.locator(".wearing").click()
        about = page.get_by_role("dialog")
        expect(about.locator(".turn-says")).to_contain_text("Nous n’avons pas pu dessiner la pièce")
    about.get_by_text("Ce qui fait le prix").click()
    expect(about.locator(".drivers")).to_contain_text("ajustée autant que la pièce le permet")
    about.get_by_text("Réparations et retours").click()
    expect(about.locator(".policy")).to_contain_text("Il n’enlève rien aux droits")
    expect(about.locator(".policy [lang=fr]")).to_be_visible()
    look(page, f"piece-{device}")


def test_she_erases_what_is_hers_and_is_told_what_stays(house: House, visit: Opens, journey: Journey) -> None:
    id = journey.begin("aurora", "Ana Novak", "en")
    journey.advance(id, "consultation")
    page = visit(path=hand_over(house, id), ready="request-progress", expects=("401",), **PHONE)
    page.get_by_text("Repair and returns").click()
    expect(page.locator(".policy")).to_contain_text("within 14 days of delivery")
    expect(page.locator(".policy")).not_to_contain_text("made for you")
    page.get_by_text("Erase what is mine").click()
    expect(page.get_by_text("Your name, mail address")).to_be_visible()
    expect(page.locator("#erasing")).to_contain_text("which words were agreed to")
    check(page, "erasing")
    look(page, "erasing")
    page.get_by_role("button", name="Erase everything of mine").click()
    page.get_by_role("button", name="Yes, erase it for good").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("It is erased")
    check(page, "erased")
    look(page, "erased")
    assert house.counter.store.look(lambda unit: unit.rows.get_one(Request, id).name) == ""
    page.reload()
    page.wait_for_selector(".page[data-state=empty]")


def test_while_it_is_made_she_is_told_why_not(house: House, visit: Opens, journey: Journey) -> None:
    id = journey.begin("aurora", "Ana Novak", "en")
    journey.advance(id, "cad")
    page = visit(path=hand_over(house, id), ready="request-progress")
    page.get_by_text("Erase what is mine").click()
    expect(page.locator("#erasing")).to_contain_text("Your piece is being made")
    expect(page.get_by_role("button", name="Erase everything of mine")).to_have_count(0)


def test_by_her_address_she_is_mailed_a_link_that_erases(house: House, visit: Opens, journey: Journey) -> None:
    id = journey.begin("aurora", "Ana Novak", "en")
    journey.advance(id, "consultation")
    page = visit(path="/privacy", ready=".page[data-state=shown]", **PHONE)
    page.get_by_label("Your mail address").fill("ana@client.example")
    page.get_by_role("button", name="Send me the link").click()
    expect(page.get_by_role("status")).to_contain_text("If we hold anything under that address")
    check(page, "by-mail")
    look(page, "by-mail")

    token = mailed(house.data)
    page.goto(f"{house.address}/privacy#erase={token}")
    page.wait_for_selector(".page[data-state=link]")
    assert "#" not in page.url
    expect(page.get_by_role("heading", level=1)).to_have_text("Erase what you hold of me")
    expect(page.locator(".page-body")).to_contain_text("1 request goes")
    expect(page.locator(".page-body")).to_contain_text("which words were agreed to")
    check(page, "erasure-link")
    look(page, "erasure-link")
    page.get_by_role("button", name="Yes, erase it for good").click()
    page.wait_for_selector(".page[data-state=erased]")
    expect(page.get_by_role("heading", level=1)).to_have_text("It is erased")
    look(page, "erasure-done")
    assert house.counter.store.look(lambda unit: unit.rows.get_one(Request, id).email) == ""
