"""What is held of her, told and deleted on the page; a guardian's yes; and the way to her phone."""

from __future__ import annotations

import json
from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.web.house import House, at_rest, until
from tests.web.test_page import REFUSES, open_mirror, state

Opens = Callable[..., Page]
INSTAGRAM = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 Mobile/15E148 Instagram 350.0"
WECHAT = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/130.0 Mobile MicroMessenger/8.0.50"


@pytest.mark.parametrize(
    ("language", "title", "fit"),
    [
        ("en", "What we hold of you, and how long", "90 days after it was kept, or you delete it before"),
        ("fr", "Ce que nous gardons de vous, et combien de temps", "90 jours après avoir été gardée"),
    ],
)
@pytest.mark.parametrize("width", [1280, 320])
def test_the_page_tells_the_very_table(
    house: House, visit: Opens, language: str, title: str, fit: str, width: int
) -> None:
    page = visit(
        path=f"/privacy?lang={language}", ready=".page[data-state=shown]", viewport={"width": width, "height": 800}
    )
    lines = page.request.get(f"{house.address}/v1/privacy").json()["lines"]

    expect(page.get_by_role("heading", level=1)).to_have_text(title)
    told = page.locator(".held tbody tr").evaluate_all("rows => rows.map((row) => row.dataset.what)")
    assert told == [line["what"] for line in lines]
    expect(page.locator("[data-what=fit]")).to_contain_text(fit)
    expect(page.locator("[data-what=consent]")).to_contain_text("1,095" if language == "en" else "1 095")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_she_saves_what_is_held_and_has_it_deleted(house: House, visit: Opens) -> None:
    page = visit()
    open_mirror(page)
    page.get_by_role("button", name="More about the mirror").click()
    page.get_by_role("button", name="What you hold of me").click()
    with page.expect_download() as saving:
        page.get_by_role("button", name="Save it as a file").click()
    held = json.loads(saving.value.path().read_text())
    assert [line["event"] for line in held["consent"]] == ["given", "used"]

    page.get_by_role("button", name="Delete it, now").click()
    expect(page.get_by_text("nothing can be brought back")).to_be_visible()
    page.get_by_role("button", name="Yes, delete everything").click()
    state(page, "deleted")
    [line] = (house.data / "consents.jsonl").read_text().splitlines()
    assert json.loads(line)["event"] == "deleted"
    assert house.pool.rooms == {}


def test_a_guardian_agrees_and_a_child_is_not_measured(house: House, visit: Opens) -> None:
    page = visit()
    page.get_by_role("checkbox", name="The person in the mirror is under 16").check()
    page.click("[data-action=agree]")
    expect(page.get_by_label("Name of the parent or guardian")).to_be_focused()
    state(page, "consent")

    page.get_by_label("Name of the parent or guardian").fill("Maria Vormund")
    open_mirror(page)
    assert json.loads((house.data / "consents.jsonl").read_text().splitlines()[0])["guardian"] == "Maria Vormund"
    expect(page.locator(".top-edge .badge")).to_have_text("Style, not size")
    page.get_by_role("button", name="Measure me").click()
    expect(page.locator(".edge-words")).to_have_text(
        "Our measures are made for adults: somebody under 16 is not measured here."
    )


def decoded(page: Page) -> str:
    """What a telephone reads off the page."""
    at_rest(page)
    picture = cv2.imdecode(np.frombuffer(page.locator(".code img").screenshot(), np.uint8), cv2.IMREAD_COLOR)
    return cv2.QRCodeDetector().detectAndDecode(picture)[0]


def test_the_code_leads_to_the_same_pieces_and_holds_no_token(house: House, visit: Opens) -> None:
    page = visit(path="/?piece=celeste&piece=vesper&lang=fr", script=REFUSES.format("NotFoundError"))
    page.click("[data-action=agree]")
    state(page, "none")
    page.get_by_role("button", name="Continuer sur mon téléphone").press("Enter")
    expect(page.locator(".code img")).to_be_visible()

    until(lambda: decoded(page), "the code can be read")
    address = decoded(page)
    assert address.startswith(f"{house.address}/?")
    assert parse_qsl(urlsplit(address).query) == [("piece", "celeste"), ("piece", "vesper"), ("lang", "fr")]
    there = visit(path=address.removeprefix(house.address), viewport={"width": 390, "height": 844})
    expect(there.locator(".worn-name")).to_have_text(["Celeste", "Vesper"])


@pytest.mark.parametrize(("agent", "words"), [(INSTAGRAM, "external browser"), (WECHAT, "Open in browser")])
def test_inside_another_app_she_is_told_the_way_out(
    visit: Opens, chromium_bare: Browser, agent: str, words: str
) -> None:
    page = visit(
        chromium_bare,
        path="/?piece=celeste",
        script=REFUSES.format("NotAllowedError"),
        user_agent=agent,
        viewport={"width": 390, "height": 844},
        has_touch=True,
        is_mobile=True,
        permissions=["clipboard-read", "clipboard-write"],
    )
    page.click("[data-action=agree]")
    state(page, "in_app")

    expect(page.locator(".steps")).to_contain_text(words)
    expect(page.get_by_role("button", name="Try it on a photo instead")).to_be_visible()
    expect(page.get_by_role("button", name="Continue on my phone")).to_have_count(0)
    page.get_by_role("button", name="Copy the link").click()
    expect(page.get_by_role("button", name="The link is copied")).to_be_visible()
    assert parse_qsl(urlsplit(page.evaluate("navigator.clipboard.readText()")).query) == [
        ("piece", "celeste"),
        ("lang", "en"),
    ]
