"""Sessions at the mirror in real Chromium: planned and moved in the console, wished otherwise by her, joined."""

from __future__ import annotations

import datetime
import os
import re

import pytest
from playwright.sync_api import Page, expect

from tests.web.test_atelier import DEVICES, LABELLESS, NAMELESS, SMALL_HERE, SPILLS, UNREADABLE, Atelier
from tests.web.test_atelier import atelier as atelier  # the fixture
from tests.web.test_page import SMALL
from tests.web.test_request import SPILLS as SPILLS_HERS
from tryon.atelier import requests
from tryon.atelier.store import Unit
from tryon.atelier.who import Who

EVENT = datetime.date.today() + datetime.timedelta(weeks=30)
LABELS = LABELLESS.replace("'input:not([type=hidden]), select'", "'input:not([type=hidden]), select, textarea'")


def look(page: Page, name: str) -> None:
    if os.environ.get("LOOK"):
        page.screenshot(path=f"/tmp/diary/{name}.png", full_page=True)


def check(page: Page, what: str, *scripts: str) -> None:
    look(page, what)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
    for script in (UNREADABLE, NAMELESS, LABELS, *scripts):
        assert page.evaluate(script) == [], what


def her_link(atelier: Atelier, id: str) -> str:
    """A link that opens her request in a browser of hers."""

    def work(unit: Unit) -> str:
        return requests.hand_over(unit, requests.held(unit, id))

    return f"{atelier.address}/request#link={atelier.store.change(Who('client', id), 'link', work)}"


def plan(page: Page, day: str, time: str = "14:30") -> None:
    page.locator(".session-plan [type=date]").fill(day)
    page.locator(".session-plan [type=time]").fill(time)
    # by the keyboard: matches that are still brought above it would move a button away from under a pointer
    page.locator(".session-plan [type=submit]").press("Enter")


def later(days: int) -> str:
    return (datetime.date.today() + datetime.timedelta(days=days)).isoformat()


@pytest.mark.parametrize("device", ["desk", "phone"])
def test_a_session_is_planned_wished_otherwise_moved_and_joined(atelier: Atelier, device: str) -> None:
    atelier.request("r1", "Zoé Müller", stage="consultation", event_date=EVENT)
    atelier.request("r2", "Ana Novak", stage="consultation", event_date=EVENT)
    page = atelier.owner(**DEVICES[device], timezone_id="Europe/Paris")
    expect(page.locator(".rows a")).to_have_count(2)
    page.goto(f"{atelier.address}/atelier#request=r1")
    sessions = page.locator("[data-part=sessions]")
    expect(sessions).to_contain_text("none planned")
    page.locator(".session-plan [type=submit]").click()  # nothing was said yet: the browser asks for it
    plan(page, later(3))
    expect(sessions.locator(".session")).to_contain_text("45 minutes · Ada Noor")
    sessions.scroll_into_view_if_needed()
    check(page, f"request-{device}", SMALL_HERE, SPILLS)
    letter = atelier.letter("client@client.example")
    assert "14:30 (Europe/Paris)" in letter

    # nobody is in two places
    page.goto(f"{atelier.address}/atelier#request=r2")
    expect(page.locator(".detail h2")).to_have_text("Ana Novak")
    plan(page, later(3), "15:00")
    expect(page.locator("[data-part=sessions] [role=alert]")).to_contain_text("Ada Noor has an appointment from")
    check(page, f"conflict-{device}", SMALL_HERE, SPILLS)

    # her page, in her own time
    zoe = atelier.visit(her_link(atelier, "r1"), **DEVICES[device], timezone_id="Asia/Tokyo")
    visit = zoe.locator(".visit")
    expect(visit).to_contain_text("With Ada Noor, 45 minutes")
    expect(visit.locator(".visit-when")).to_contain_text(re.compile(r"(21|22|9|10):30"))
    zoe.get_by_text("Another time would suit me better").click()
    zoe.get_by_label("Which times suit you?").fill("Friday <b>evening</b>, after six")
    check(zoe, f"hers-{device}", SMALL, SPILLS_HERS)
    zoe.get_by_role("button", name="Ask for another time").click()
    expect(visit).to_contain_text("You asked for another time: Friday <b>evening</b>, after six")

    # in the diary, and moved from the request
    page.goto(f"{atelier.address}/atelier#diary")
    expect(page.locator(".diary-one")).to_contain_text("Friday <b>evening</b>, after six")
    check(page, f"diary-{device}", SMALL_HERE, SPILLS)
    page.locator(".diary-one a").click()
    page.get_by_text("Move", exact=True).click()
    moving = page.locator(".session-more[open]")
    assert moving.locator("[type=time]").input_value() == "14:30"
    moving.locator("[type=time]").fill("18:15")
    moving.locator("[type=submit]").click()
    expect(page.locator(".session-when")).to_contain_text(re.compile("(18|6):15"))
    expect(page.locator(".session-wish")).to_have_count(0)

    # both come in
    with page.context.expect_page() as opened:
        page.locator("[data-do=join]").click()
    expect(opened.value.locator(".prejoin")).to_contain_text("You come as Ada Noor")
    assert "#" not in opened.value.url
    expect(opened.value.get_by_role("link", name="The request")).to_have_attribute(
        "href", re.compile("/atelier#request=r1$")
    )
    zoe.reload()
    zoe.get_by_role("button", name="Open the waiting room").click()
    expect(zoe.locator(".panel-share")).to_contain_text("consultants")

    # she cannot come after all
    zoe.goto(f"{atelier.address}/request")
    zoe.get_by_text("I cannot come").click()
    zoe.get_by_role("button", name="Cancel the appointment").click()
    expect(zoe.locator(".visit")).to_have_count(0)
    page.reload()
    expect(page.locator(".session")).to_have_attribute("data-state", "cancelled")
    expect(page.locator("[data-do=join]")).to_have_count(0)


def test_she_is_invited_now(atelier: Atelier) -> None:
    atelier.request("r1", "Zoé Müller", stage="consultation", event_date=EVENT)
    page = atelier.owner()
    expect(page.locator(".rows a")).to_have_count(1)
    page.goto(f"{atelier.address}/atelier#request=r1")
    page.locator("[data-do=now]").click()
    with page.context.expect_page() as opened:
        page.locator("[data-do=join]").click()
    expect(opened.value.locator(".prejoin")).to_contain_text("You come as Ada Noor")
    link = next(line for line in atelier.letter("client@client.example").splitlines() if "/session#" in line)
    zoe = atelier.visit()
    zoe.goto(link)
    expect(zoe.locator(".panel-share")).to_contain_text("consultants")


def test_a_time_is_what_the_clocks_of_a_place_show(atelier: Atelier) -> None:
    page = atelier.visit()
    script = """async () => {
        const { momentIn } = await import("/web/appointments.js");
        return [
            momentIn("Europe/Paris", "2027-01-15", "14:30"),
            momentIn("America/New_York", "2027-07-01", "09:00"),
            momentIn("Asia/Kolkata", "2027-07-01", "00:15"),
            momentIn("Europe/Paris", "2027-03-28", "02:30"),
            momentIn("Europe/Paris", "2027-03-28", "03:30"),
            momentIn("Europe/Paris", "", "03:30"),
        ];
    }"""
    assert page.evaluate(script) == [
        "2027-01-15T13:30:00.000Z",
        "2027-07-01T13:00:00.000Z",
        "2027-06-30T18:45:00.000Z",
        None,  # that night clocks go from 2 to 3
        "2027-03-28T01:30:00.000Z",
        None,
    ]
