"""How one signs in, changed by oneself in real Chromium: a password, passkeys, and never the last way in."""

from __future__ import annotations

import os

from playwright.sync_api import Page, expect

from tests.web.test_atelier import LABELLESS, PASSWORD, PHONE, SMALL_HERE, SPILLS, Atelier, atelier
from tests.web.test_page import NAMELESS, UNREADABLE

__all__ = ["atelier"]
NEW = "four brass weathercocks"


def check(page: Page, what: str) -> None:
    if os.environ.get("LOOK"):
        page.screenshot(path=f"/tmp/packet-{what}.png")
    for script in (UNREADABLE, SMALL_HERE, NAMELESS, LABELLESS, SPILLS):
        assert page.evaluate(script) == [], what


def test_passkeys_and_password_are_her_own_to_change(atelier: Atelier) -> None:
    page = atelier.owner(**PHONE)
    page.locator(".menu summary").click()
    page.get_by_role("link", name="How I sign in").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("How I sign in")
    expect(page.get_by_text("It is your only way in")).to_be_visible()
    expect(page.get_by_role("button", name="Remove the passkey")).to_have_count(0)
    check(page, "ways-first")

    page.get_by_label("New password").fill("too short")
    page.get_by_role("button", name="Choose a password").click()
    expect(page.get_by_role("alert").filter(has_text="letters")).to_be_visible()
    page.get_by_label("New password").fill(PASSWORD)
    page.get_by_role("button", name="Choose a password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    expect(page.get_by_role("button", name="Remove the passkey")).to_have_count(1)

    page.locator("[name=proof]").fill("wrong wrong wrong")
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_role("alert").filter(has_text="did not prove")).to_be_visible()
    page.locator("[name=proof]").fill(PASSWORD)
    page.get_by_role("button", name="Add a passkey").click()
    expect(page.get_by_text("The passkey is added.")).to_be_visible()
    expect(page.locator(".ways-passkey")).to_have_count(2)
    check(page, "ways")

    for left in (1, 0):
        page.locator("[name=proof]").fill(PASSWORD)
        page.get_by_role("button", name="Remove the passkey").first.click()
        expect(page.locator(".ways-passkey")).to_have_count(left)
    expect(page.get_by_text("You have no passkey yet.")).to_be_visible()

    other = atelier.visit()
    other.get_by_label("Mail address").fill("ada@atelier.example")
    other.get_by_label("Password").fill(PASSWORD)
    other.get_by_role("button", name="Sign in", exact=True).click()
    expect(other.locator(".menu-name")).to_have_text("Ada Noor")
    page.locator("[name=now]").fill(PASSWORD)
    page.get_by_label("New password").fill(NEW)
    page.get_by_role("button", name="Change my password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    other.reload()
    expect(other.get_by_role("heading", level=1)).to_have_text("Sign in")
