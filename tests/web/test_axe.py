"""axe-core on every page that a wearer or a shop meets, state by state: no violation of WCAG 2.0 to 2.2, A or AA.

The console is held to the same in test_console.py, a request's whole way and its session in test_whole_way.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Frame, Page, expect

from tests.web.house import House
from tests.web.shopfront import new_key
from tests.web.test_console import faults
from tests.web.test_embed import Front, Shows, inside, press, tag
from tests.web.test_embed import agree as come_in
from tests.web.test_embed import front as front  # the fixtures
from tests.web.test_embed import shop as shop
from tests.web.test_fit import ALL, ask, begin, know, now, panel, sees, tell
from tests.web.test_fit import KNOWN as REPORT
from tests.web.test_fitcard_page import SHOWN, kept
from tests.web.test_page import edge, open_mirror, state, tile

Opens = Callable[..., Page]
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 390, "height": 844}, "has_touch": True, "color_scheme": "light"},
    "desk": {"color_scheme": "dark"},
}
LOOK = os.environ.get("LOOK", "")
either_device = pytest.mark.parametrize("device", DEVICES)


def check(page: Page | Frame, what: str, device: str) -> None:
    found = faults(page)
    if LOOK:
        (page if isinstance(page, Page) else page.page).screenshot(path=f"{LOOK}/axe-{device}-{what}.png")
    assert found == [], what


@either_device
def test_the_mirror_in_its_states(house: House, visit: Opens, device: str) -> None:
    tell(house, REPORT)
    page = visit(**DEVICES[device])
    check(page, "consent", device)
    open_mirror(page)
    check(page, "live", device)
    tile(page, "Lys").click()
    page.get_by_role("button", name="Where it is worn").click()
    check(page, "place", device)
    page.keyboard.press("Escape")
    tile(page, "Aurora").click()
    page.get_by_role("button", name="Adjust where").click()
    check(page, "nudge", device)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save this look").click()
    check(page, "look", device)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take a snapshot").click()
    expect(page.get_by_role("dialog", name="Your snapshots")).to_be_visible()
    check(page, "snapshot", device)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More about the mirror").click()
    expect(page.locator("dialog.more")).to_be_visible()
    check(page, "more", device)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Request a bespoke consultation").first.click()
    expect(page.get_by_role("dialog", name="Request a bespoke consultation")).to_be_visible()
    check(page, "request", device)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close the mirror").click()
    state(page, "ended")
    check(page, "ended", device)


@either_device
def test_she_is_measured(house: House, visit: Opens, device: str) -> None:
    tell(house, REPORT)
    page = visit(**DEVICES[device])
    open_mirror(page)
    ask(page)
    check(page, "measure", device)
    page.get_by_role("button", name="Numbers you know").click()
    check(page, "known", device)
    know(page, head_first="5.6")
    expect(page.get_by_role("alert").filter(has_text="cannot be right")).to_be_visible()
    check(page, "known-asked-back", device)
    page.keyboard.press("Escape")
    tape = begin(house, page)
    sees(tape, look=0.5, hinders="too_dark")
    expect(now(page)).to_have_text("Look straight into the mirror")
    edge(page, "")
    check(page, "measuring", device)
    sees(tape, **ALL)
    expect(panel(page)).to_be_visible()
    for fold in panel(page).locator("details").all():
        fold.evaluate("(fold) => { fold.open = true; }")
    check(page, "measures", device)


@either_device
def test_a_fit_card_a_request_and_the_door(house: House, visit: Opens, device: str) -> None:
    page = visit(path=kept(house), ready=SHOWN, expects=("401", "403"), **DEVICES[device])
    check(page, "fit-card", device)
    page.goto(f"{house.address}/request")
    begun = page.get_by_role("button", name="Begin a request")
    expect(begun).to_be_visible()
    check(page, "no-request", device)
    begun.click()
    expect(page.get_by_label("Your name")).to_be_visible()
    page.get_by_role("button", name="Send to the atelier").click()
    expect(page.get_by_text("Please say your name.")).to_be_visible()
    check(page, "request-incomplete", device)
    page.goto(f"{house.address}/atelier")
    expect(page.get_by_label("Mail address")).to_be_visible()
    check(page, "door", device)
    page.goto(f"{house.address}/session#{'x' * 22}.{'y' * 43}")
    expect(page.locator(".prejoin")).to_contain_text("We do not know this link")
    check(page, "no-session", device)


@either_device
def test_the_frame_in_a_shop(house: House, front: Front, shop: Shows, device: str) -> None:
    shown = tag(new_key(house, front.address), 'sku="aurora" cart share')
    page = shop(f"<main><h1>Crowns</h1>{shown}</main>", **DEVICES[device])
    expect(page.locator("#one").get_by_role("img", name="Aurora, as our atelier made it")).to_be_visible()
    check(page, "tag", device)
    press(page)
    frame = inside(page)
    check(frame, "frame-consent", device)
    come_in(frame)
    check(frame, "frame-live", device)
