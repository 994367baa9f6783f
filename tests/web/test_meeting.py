"""A meeting in two real windows: the client's with a camera and a microphone, the consultant's with a microphone."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Response, expect

from tests.meetings import invite
from tests.web.house import House, overhear, until
from tryon.types import StageView

OUT = Path(__file__).resolve().parents[2] / "out"
LOUDEST = """async () => {
    let loudest = 0;
    const context = new AudioContext();
    for (const audio of document.querySelectorAll('audio')) {
        const analyser = new AnalyserNode(context, { fftSize: 2048 });
        context.createMediaStreamSource(audio.srcObject).connect(analyser);
        const wave = new Float32Array(analyser.fftSize);
        for (let look = 0; look < 100 && loudest < 0.05; look++) {
            await new Promise((resolve) => setTimeout(resolve, 30));
            analyser.getFloatTimeDomainData(wave);
            loudest = Math.max(loudest, ...wave.map(Math.abs));
        }
    }
    return loudest;
}"""
"Chromium's own microphone beeps once a second."
Comes = Callable[..., Page]


@pytest.fixture
def comes(house: House, chromium: Browser) -> Iterator[Comes]:
    """Opens somebody's own link in a window of their own."""
    made = invite(house.pool.settings, "Ana", "Vera", "Ida", email="ana@client.example")
    tokens = {invitation.seat.name: token for invitation, token in made}
    contexts: list[BrowserContext] = []
    complaints: list[str] = []
    refusals: list[Response] = []

    def comes(name: str, width: int = 1280, height: int = 800) -> Page:
        context = chromium.new_context(viewport={"width": width, "height": height}, color_scheme="light")
        contexts.append(context)
        page = context.new_page()

        def complain(words: str) -> None:
            complaints.append(f"{name}: {words}")

        overhear(page, complain)
        page.on("response", lambda said: refusals.append(said) if said.status >= 400 else None)
        page.goto(f"{house.address}/session#{tokens.get(name, name)}")
        return page

    yield comes
    why = [f"{said.status} {said.url}: {said.text()}" for said in refusals[:3]]
    for context in contexts:
        context.close()
    assert [words for words in complaints if "403" not in words] == [], why


def shoot(page: Page, name: str) -> None:
    """A picture to look at."""
    OUT.mkdir(exist_ok=True)
    page.screenshot(path=OUT / f"meeting-{name}.png")


def playing(page: Page) -> None:
    """Wait until a live picture moves on the screen."""
    page.wait_for_function("() => document.querySelector('tryon-mirror video')?.currentTime > 0.5")


def heard(page: Page) -> None:
    """Wait until the other side's beeps are heard."""
    until(lambda: page.evaluate(LOUDEST) > 0.02, "the other side is heard")


def letter(house: House, subject: str) -> str:
    """The text of a letter that went out to her."""
    found: list[str] = []

    def look() -> bool:
        for path in house.pool.settings.mail_folder.glob("*.eml"):
            message = message_from_bytes(path.read_bytes(), policy=policy.default)
            body = message.get_body(("plain",))
            if message["Subject"] == subject and "ana@client.example" in message["To"] and body is not None:
                found.append(body.get_content())
        return bool(found)

    until(look, f"a letter: {subject}")
    return found[0]


def tool(page: Page, name: str) -> Any:
    return page.locator(f"[data-tool={name}]")


@pytest.mark.long
def test_the_whole_of_a_meeting(house: House, comes: Comes) -> None:
    ana = comes("Ana", 390, 844)
    expect(ana).to_have_url(house.address + "/session")  # the token is out of the address
    expect(ana.locator(".panel-share")).to_contain_text("consultants")
    shoot(ana, "1-consent")
    ana.locator("[data-action=agree]").click()
    expect(ana.locator(".waiting-room")).to_contain_text("not here yet")
    playing(ana)

    vera = comes("Vera")
    expect(vera.locator(".prejoin")).to_contain_text("You come as Vera")
    vera.wait_for_function("() => document.querySelector('level-meter').getAttribute('aria-valuenow') > 0")
    shoot(vera, "2-prejoin")
    vera.keyboard.press("Enter")
    expect(vera.locator(".console-waits")).to_contain_text("Ana is waiting")
    expect(ana.locator(".waiting-room")).to_contain_text("Vera will let you in")
    shoot(ana, "3-waiting")
    shoot(vera, "3-waiting-consultant")

    # let in: both see, both hear
    vera.keyboard.press("a")
    playing(vera)
    expect(ana.locator(".waiting-room")).to_be_hidden()
    expect(tool(vera, "admit")).to_be_hidden()
    heard(vera)
    heard(ana)

    # a piece, and where it sits
    vera.locator("[data-piece=aurora]").click()
    expect(ana.locator(".wearing-name")).to_have_text("Aurora")
    vera.keyboard.press("g")
    vera.keyboard.press("ArrowUp")
    vera.keyboard.press("ArrowUp")
    expect(ana.locator(".badge")).to_contain_text("2 mm up")
    expect(vera.locator(".nudge-where")).to_contain_text("2 mm up")

    # in another light, for both
    vera.keyboard.press("Escape")
    vera.locator(".console-worn").click()
    vera.keyboard.press("v")
    vera.get_by_role("radio", name="a warm ballroom").check()
    until(lambda: house.mirror.view == StageView("ballroom"), "the ballroom")
    shoot(vera, "3b-light")
    vera.get_by_role("radio", name="the room").check()
    vera.get_by_role("button", name="Done").click()
    until(lambda: house.mirror.view == StageView(), "her own room again")

    # held still, and drawn on
    vera.keyboard.press("Escape")
    vera.locator(".console-worn").click()
    vera.keyboard.press("f")
    for page in (ana, vera):
        expect(page.locator("still-sketch")).to_be_visible()
        page.wait_for_function("() => document.querySelector('still-sketch img').naturalWidth > 0")
    box = vera.locator("still-sketch").bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 3
    vera.mouse.move(x - 60, y)
    vera.mouse.down()
    vera.mouse.move(x, y - 60, steps=6)
    vera.mouse.move(x + 60, y, steps=6)
    vera.mouse.up()
    expect(ana.locator(".stroke")).to_have_count(1)
    vera.mouse.click(x, y)
    expect(ana.locator(".stroke")).to_have_count(2)
    vera.keyboard.press("z")
    expect(ana.locator(".stroke")).to_have_count(1)
    # in the same place of the picture on both sides
    drawn = [page.locator(".stroke").first.get_attribute("points") for page in (ana, vera)]
    assert drawn[0] == drawn[1]
    shoot(ana, "4-still")
    shoot(vera, "4-still-consultant")
    vera.keyboard.press("f")
    expect(ana.locator("still-sketch")).to_be_hidden()

    # a picture: asked and agreed
    vera.keyboard.press("p")
    expect(ana.locator(".question")).to_contain_text("May Vera take a picture of you?")
    shoot(ana, "5-question")
    ana.locator(".question .primary").click()
    expect(vera.locator(".gallery [data-kind=snapshot] img")).to_have_attribute("src", re.compile("^blob:"))
    expect(ana.locator(".question")).to_be_hidden()

    # written
    vera.keyboard.press("n")
    vera.keyboard.type("prefers it low")
    expect(vera.locator(".note-kept").nth(0)).to_have_text("Kept")
    vera.keyboard.press("Escape")
    vera.keyboard.press("s")
    vera.keyboard.type("Aurora, 2 mm up")
    expect(vera.locator(".note-kept").nth(1)).to_have_text("Kept")
    vera.keyboard.press("Escape")
    vera.keyboard.press("c")
    vera.keyboard.type("Do you <b>like</b> it?")
    vera.keyboard.press("Enter")
    expect(ana.locator(".bar-tools")).to_contain_text("Chat (1 new)")
    ana.get_by_role("button", name=re.compile("Chat")).click()
    expect(ana.locator("meeting-chat")).to_contain_text("Do you <b>like</b> it?")
    ana.keyboard.type("Very much")
    ana.keyboard.press("Enter")
    expect(vera.locator("meeting-chat")).to_contain_text("Very much")
    expect(ana.locator(".shared-notes")).to_contain_text("Aurora, 2 mm up")
    assert "prefers it low" not in ana.content()
    shoot(ana, "6-chat")
    shoot(vera, "6-notes-consultant")

    # a second consultant
    ida = comes("Ida")
    ida.locator(".prejoin .primary").click()
    playing(ida)
    expect(ida.locator("meeting-chat")).to_contain_text("Very much")
    expect(ida.locator("[data-note=private]")).to_contain_text("prefers it low")
    expect(ana.locator(".people")).to_contain_text("Ida")
    tool(ida, "leave").click()
    expect(ida.locator(".prejoin")).to_contain_text("You left")
    expect(ana.locator(".people")).not_to_contain_text("Ida")

    # the consultant's page is closed and opened again: her mirror goes on, and everything is there
    before = ana.evaluate("() => document.querySelector('tryon-mirror video').currentTime")
    vera.reload()
    vera.locator(".prejoin .primary").click()
    playing(vera)
    expect(vera.locator("textarea").nth(0)).to_have_value("prefers it low")
    expect(vera.locator("textarea").nth(1)).to_have_value("Aurora, 2 mm up")
    expect(vera.locator("meeting-chat")).to_contain_text("Very much")
    expect(vera.locator(".gallery img")).to_have_count(2)
    expect(vera.locator("[data-piece=aurora]")).to_have_attribute("aria-pressed", "true")
    expect(vera.locator(".nudge-where")).to_contain_text("2 mm up")
    assert ana.evaluate("() => document.querySelector('tryon-mirror video').currentTime") > before
    expect(ana.locator(".room")).to_have_attribute("data-state", "live")

    # her own page, too: without being let in again
    ana.reload()
    playing(ana)
    expect(ana.locator(".waiting-room")).to_be_hidden()
    expect(ana.locator(".wearing-name")).to_have_text("Aurora")
    expect(ana.locator(".badge")).to_contain_text("2 mm up")
    shoot(ana, "7-back")
    shoot(vera, "7-back-consultant")

    # over for all
    tool(vera, "end").click()
    vera.locator("dialog .primary").click()
    expect(vera.locator(".prejoin")).to_contain_text("You left")
    expect(ana.locator(".panel")).to_contain_text("The session is over")
    shoot(ana, "8-over")

    # what stays of it is mailed, and none of what is private
    summary = letter(house, "What we tried on together")
    assert "Aurora, 2 mm up" in summary
    assert "1 picture" in summary
    assert "prefers it low" not in summary
    [link] = [line for line in letter(house, "Go on with your request").splitlines() if "/request#link=" in line]
    ana.goto(house.address + link.partition("/request")[1] + link.partition("/request")[2])
    expect(ana.get_by_label("Your name")).to_have_value("Ana")
    expect(ana.locator(".wish-shot")).to_have_count(1)
    shoot(ana, "8-request")


def test_she_may_say_no_and_be_asked_to_be_measured(comes: Comes, house: House) -> None:
    vera = comes("Vera")
    vera.locator(".prejoin .primary").click()
    expect(vera.locator(".console-waits")).to_contain_text("She is not here yet")
    ana = comes("Ana", 390, 844)
    ana.locator("[data-action=agree]").click()
    tool(vera, "admit").click()
    playing(vera)
    tool(vera, "snapshot").click()
    ana.locator(".question .quiet").click()
    expect(vera.locator("meeting-chat")).to_contain_text("Ana would rather have no picture taken.")
    expect(vera.locator(".gallery li")).to_have_count(0)
    tool(vera, "measure").click()
    ana.locator(".question .primary").click()
    expect(ana.locator("dialog[open]")).to_contain_text("measure")
    shoot(ana, "9-measure")


def test_she_changes_her_devices_while_she_is_seen_and_heard(comes: Comes) -> None:
    vera, ana = comes("Vera"), comes("Ana", 390, 844)
    vera.locator(".prejoin .primary").click()
    ana.locator("[data-action=agree]").click()
    tool(vera, "admit").click()
    playing(vera)
    ana.get_by_role("button", name="Devices").click()
    sheet = ana.get_by_role("dialog", name="Your camera and microphone")
    voices = sheet.locator("[data-kind=audioinput]")
    other = voices.locator("option:not([selected])").last
    wished = other.get_attribute("value")
    assert wished
    voices.select_option(wished)
    expect(voices.locator("option[selected]")).to_have_attribute("value", wished)
    ana.wait_for_function("() => document.querySelector('dialog level-meter').getAttribute('aria-valuenow') > 0")
    shoot(ana, "10-devices")
    heard(vera)
    sheet.locator("[data-kind=videoinput]").dispatch_event("change")  # the same one anew: there is no other
    sheet.get_by_role("button", name="Done").click()
    expect(sheet).to_be_hidden()
    vera.evaluate("() => (window.from = document.querySelector('tryon-mirror video').currentTime)")
    vera.wait_for_function("() => document.querySelector('tryon-mirror video').currentTime > window.from + 0.5")


def test_who_is_not_let_in_is_told_so_kindly(comes: Comes) -> None:
    vera = comes("Vera")
    vera.locator(".prejoin .primary").click()
    ana = comes("Ana", 390, 844)
    ana.locator("[data-action=agree]").click()
    tool(vera, "decline").click()
    expect(ana.locator(".panel")).to_contain_text("not open to you now")


def test_a_link_in_two_windows_is_open_in_the_newer_one(comes: Comes) -> None:
    ana = comes("Ana", 390, 844)
    ana.locator("[data-action=agree]").click()
    playing(ana)
    again = comes("Ana", 390, 844)
    again.locator("[data-action=agree]").click()
    expect(ana.locator(".panel")).to_contain_text("open in another window")
    playing(again)
    expect(again.locator(".waiting-room")).to_be_visible()
    vera, later = comes("Vera"), comes("Vera")
    vera.locator(".prejoin .primary").click()
    expect(vera.locator(".console-waits")).to_contain_text("Ana is waiting")
    later.locator(".prejoin .primary").click()
    expect(vera.locator(".prejoin")).to_contain_text("another window")
    tool(later, "admit").click()
    playing(later)


def test_an_unknown_link_says_so(comes: Comes) -> None:
    page = comes("x" * 22 + "." + "y" * 43)
    expect(page.locator(".prejoin")).to_contain_text("We do not know this link")


def test_a_lost_connection_comes_back_for_both(comes: Comes, house: House) -> None:
    vera, ana = comes("Vera"), comes("Ana", 390, 844)
    vera.locator(".prejoin .primary").click()
    ana.locator("[data-action=agree]").click()
    tool(vera, "admit").click()
    playing(vera)
    house.lose_connection()
    expect(vera.locator(".people")).to_contain_text("connection lost")
    expect(ana.locator(".room")).to_have_attribute("data-state", "live")
    expect(vera.locator(".people")).not_to_contain_text("connection lost")
    vera.evaluate("() => (window.from = document.querySelector('tryon-mirror video').currentTime)")
    vera.wait_for_function("() => document.querySelector('tryon-mirror video').currentTime > window.from + 0.5")
