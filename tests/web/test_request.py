"""A bespoke consultation in real Chromium: asked for at the mirror, finished on another device, approved, delivered."""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import select

from tests.web.house import House, until
from tests.web.test_fit import ALL, REPORT, begin, sees, tell
from tests.web.test_page import NAMELESS, PHONE, SMALL, UNREADABLE, open_mirror, tile
from tryon.atelier import agree, asked, attach, files, requests, tables
from tryon.atelier.sample import Journey
from tryon.atelier.store import Unit
from tryon.atelier.who import Who

Opens = Callable[..., Page]
SPILLS = """() => [...document.querySelectorAll('.page *, dialog *')]
    .filter((el) => el.checkVisibility() && !el.closest('.unseen'))
    .filter((el) => el.getBoundingClientRect().right > innerWidth + 0.5 || el.getBoundingClientRect().left < -0.5)
    .map((el) => el.className || el.tagName)"""
SAVED = "All of it is kept."
READY = ".page:not([data-state=loading])"


def soon(weeks: int) -> str:
    """A day, so many weeks from now."""
    return (datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(weeks=weeks)).isoformat()


def sheet(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Request a bespoke consultation")


def kept(page: Page) -> None:
    expect(page.locator(".wish-state")).to_contain_text(SAVED)


def rows(house: House) -> list[tables.Request]:
    def read(unit: Unit) -> list[tables.Request]:
        found = list(unit.rows.scalars(select(tables.Request).order_by(tables.Request.id)))
        for row in found:
            unit.rows.expunge(row)
        return found

    return house.counter.store.look(read)


def picture(tone: str = "#b9a06a", size: tuple[int, int] = (640, 480)) -> bytes:
    out = io.BytesIO()
    ramp = np.linspace(0, 60, size[0], dtype=np.uint8)
    base = Image.new("RGB", size, tone)
    Image.fromarray(np.asarray(base) - ramp[None, :, None] // 2).save(out, "PNG")
    return out.getvalue()


def check(page: Page, what: str) -> None:
    """What the other pages are held to as well."""
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
    for script in (UNREADABLE, SMALL, NAMELESS, SPILLS):
        assert page.evaluate(script) == [], what


@pytest.fixture
def journey(house: House) -> Journey:
    """Takes requests on by the hands of the atelier."""
    folder = house.data.parent / "stock"
    for id in house.counter.pieces:
        (folder / id).mkdir(parents=True)
        (folder / id / "poster.png").write_bytes(picture())
        (folder / id / "mesh.glb").write_bytes(b"glTF\x02\x00\x00\x00\x0c\x00\x00\x00")
    journey = Journey(house.counter.store, house.counter.files, house.counter.pieces, folder)
    journey.hire()
    return journey


def hand_over(house: House, id: str) -> str:
    """The address of a link that opens a request."""
    token = house.counter.store.change(
        Who("client", id), "link", lambda unit: requests.hand_over(unit, requests.held(unit, id))
    )
    return f"/request#link={token}"


def test_from_the_mirror_to_another_device_to_the_atelier(house: House, visit: Opens, journey: Journey) -> None:
    page = visit()
    tell(house, REPORT)
    open_mirror(page)
    tile(page, "Celeste").click()
    page.get_by_role("button", name="Take a snapshot").click()
    expect(page.locator(".snapshot-caption")).to_be_visible()
    page.keyboard.press("Escape")
    sees(begin(house, page), **ALL)
    # from the fit panel as well as from beside the shelf
    measures = page.get_by_role("dialog", name="Your measures", exact=True)
    measures.get_by_role("button", name="Request a bespoke consultation").click()
    form = sheet(page)
    expect(form.get_by_role("radio", name="Celeste")).to_be_checked()
    expect(form.get_by_role("radio", name="Aurora")).not_to_be_checked()
    expect(form.locator(".fit-piece")).to_contain_text("Celeste")
    expect(form).to_contain_text("All 3 measures")
    assert rows(house) == [], "nothing was kept before she said anything"
    form.get_by_role("radio", name="Aurora").check()
    expect(form.locator(".fit-piece")).to_contain_text("Open the band by 8.2 ± 2.8")
    kept(page)
    form.get_by_role("checkbox", name=re.compile("Snapshot 1")).check()
    until(lambda: any(row.version > 1 for row in rows(house)), "the picture is with it")
    # her date is answered at once
    form.get_by_label("The day").fill(soon(2))
    expect(form.locator(".wish-answer")).to_contain_text("sooner than this piece can be made")
    form.get_by_label("The day").fill(soon(20))
    expect(form.locator("[data-answer=in_time]")).to_contain_text("working days to spare")
    form.get_by_label("Anything else we should know").fill("For my sister's wedding")
    form.get_by_role("radio", name="Updo").check()
    kept(page)
    # nothing missing is a dead end
    form.get_by_role("button", name="Send to the atelier").click()
    expect(form.get_by_role("radio", name=re.compile("Studio"))).to_be_focused()
    expect(form).to_contain_text("Please say your name.")
    # on another device, once
    form.get_by_role("button", name="Finish on another device").click()
    link = form.get_by_label("Link to your request").input_value()
    assert re.fullmatch(re.escape(house.address) + r"/request#link=\w+", link)
    other = visit(path=link.removeprefix(house.address), ready="request-form", color_scheme="dark", **PHONE)
    assert "#" not in other.url
    expect(other.get_by_label("Anything else we should know")).to_have_value("For my sister's wedding")
    expect(other.get_by_role("radio", name="Aurora")).to_be_checked()
    expect(other.get_by_label("The day")).to_have_value(soon(20))
    expect(other.get_by_role("img", name="Picture 1 that goes")).to_be_visible()
    check(other, "the form on a phone")
    other.set_viewport_size({"width": 320, "height": 256})
    check(other, "the form at 400 %")
    other.set_viewport_size({"width": 360, "height": 640})
    other.get_by_role("radio", name=re.compile("Studio")).check()
    other.get_by_label("Your name").fill("Ana Novak")
    other.get_by_label("Your mail address").fill("ana@")
    other.get_by_label("Your mail address").fill("ana@client.example")
    other.get_by_role("checkbox", name="I agree that the atelier").check()
    kept(other)
    other.get_by_role("button", name="Send to the atelier").click()
    expect(other.get_by_role("heading", level=1)).to_have_text("Your piece")
    expect(other.locator(".progress-now")).to_have_text("Enquiry")
    check(other, "where it stands on a phone")
    (row,) = rows(house)
    assert (row.stage, row.name, row.notes) == ("enquiry", "Ana Novak", "For my sister's wedding")
    assert row.measured["measurements"].keys() == REPORT["measurements"].keys()
    # the link is spent, and says so
    old = visit(path=link.removeprefix(house.address), ready=READY, expects=("410",))
    expect(old.get_by_role("heading", level=1)).to_have_text("This link opens nothing any more")
    check(old, "an old link")


def test_two_devices_at_once_lose_no_word(house: House, visit: Opens) -> None:
    page = visit(path="/request", ready=READY, expects=("412",))
    expect(page.get_by_role("heading", level=1)).to_have_text("No request on this device")
    check(page, "nothing here")
    page.get_by_role("button", name="Begin a request").click()
    page.get_by_label("Anything else").fill("first")
    kept(page)
    (row,) = rows(house)
    other = visit(path=hand_over(house, row.id), ready="request-form", expects=("412",))
    other.get_by_label("Stones").fill("sapphires")
    other.get_by_label("Anything else").fill("from the other device")
    kept(other)
    # what only one of them said stands by itself; what both said is shown twice
    page.get_by_label("Metal and finish").fill("rose gold")
    page.get_by_label("Anything else").fill("from this device")
    expect(page.get_by_role("heading", name="Two devices, two answers")).to_be_visible()
    expect(page.get_by_role("textbox", name="Anything else")).to_be_focused()
    expect(page.get_by_label("Stones")).to_have_value("sapphires")
    both = page.locator(".wish-both")
    expect(both).to_contain_text("from this device")
    expect(both).to_contain_text("from the other device")
    check(page, "two devices")
    both.get_by_role("radio", name=re.compile("other device")).check()
    both.get_by_role("button", name="Keep what I chose").click()
    kept(page)
    expect(page.get_by_label("Anything else")).to_have_value("from the other device")
    (row,) = rows(house)
    assert (row.materials, row.stones, row.notes) == ("rose gold", "sapphires", "from the other device")


def test_what_is_typed_while_the_house_is_away_is_kept_afterwards(house: House, visit: Opens) -> None:
    page = visit(path="/request", ready=READY, expects=("ERR_FAILED", "net::"))
    page.get_by_role("button", name="Begin a request").click()
    page.get_by_label("Anything else").fill("before")
    kept(page)

    def away(route: Route) -> None:
        route.abort()

    page.route("**/v1/requests/**", away)
    page.get_by_label("Anything else").fill("while away")
    expect(page.locator(".wish-state")).to_contain_text("stays on this device")
    page.unroute("**/v1/requests/**", away)
    page.reload()
    expect(page.get_by_label("Anything else")).to_have_value("while away")
    kept(page)
    assert [row.notes for row in rows(house)] == ["while away"]
    page.get_by_role("button", name="Throw it away").click()
    page.locator(".wish-link").get_by_role("button", name="Throw it away").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("No request on this device")
    assert rows(house) == []


def shown(house: House, journey: Journey, id: str, fit: dict[str, Any] | None = None, tone: str = "#cdbb90") -> None:
    """The artisan puts a design in front of her."""
    artisan = Who("artisan", next(row.artisan_id for row in rows(house) if row.id == id) or "")
    incoming = files.check("render", picture(tone), check_design=lambda data: None)
    file = attach.keep(house.counter.store, house.counter.files, artisan, id, incoming)

    def work(unit: Unit) -> None:
        agree.show(unit, requests.held(unit, id), "one", asked.Shown([file.id], "The arches are lighter now.", fit))

    house.counter.store.change(artisan, "show", work)


def test_a_design_is_sent_back_and_approved_for_good(house: House, visit: Opens, journey: Journey) -> None:
    id = journey.begin("aurora", "Ana Novak", "en")
    journey.advance(id, "cad")
    fit = {
        "drawn_on": "snapshot",
        "scale": {"source": "iris"},
        "verdict": REPORT["fit"]["aurora"],
        "size": {
            "inner_length": {"declared_mm": 127.0, "mesh_mm": 126.8},
            "height": {"declared_mm": 110, "mesh_mm": 111},
        },
    }
    shown(house, journey, id, fit)
    journey.step(id, "approval_one")
    page = visit(path=hand_over(house, id), ready="request-progress", **PHONE)
    expect(page.locator(".progress-next")).to_contain_text("waits for your word")
    expect(page.locator("design-round")).to_contain_text("Revision 1 of 3")
    expect(page.locator("design-round .fit-piece")).to_contain_text("Fits with a small change")
    check(page, "a design on a phone")
    page.set_viewport_size({"width": 320, "height": 256})
    check(page, "a design at 400 %")
    page.set_viewport_size({"width": 390, "height": 844})
    # sending back needs a word; the mark goes where she touches, or by keys
    page.get_by_role("button", name="Send back with my remarks").click()
    expect(page.locator("design-round")).to_contain_text("Please write first what should change")
    plate = page.get_by_role("button", name="Pin a remark")
    plate.click(position={"x": 60, "y": 40})
    expect(page.get_by_label("Your remark")).to_be_focused()
    page.keyboard.type("This arch is too high")
    page.get_by_role("button", name="Keep this remark").click()
    expect(page.get_by_role("button", name="Remark 1: This arch is too high")).to_be_visible()
    plate.focus()
    for key in ("ArrowRight", "ArrowRight", "ArrowDown", "Enter"):
        page.keyboard.press(key)
    expect(page.locator("design-round")).to_contain_text("Pinned 54 % from the left and 52 % from the top.")
    page.keyboard.type("Pearls here")
    page.get_by_role("button", name="Send back with my remarks").click()
    expect(page.locator(".progress-now")).to_have_text("Drawing the design")
    comments = house.counter.store.look(
        lambda unit: [(row.words, row.x, row.y) for row in unit.rows.scalars(select(tables.Comment))]
    )
    assert [words for words, *_ in comments] == ["This arch is too high", "Pearls here"]
    assert comments[1][1:] == (0.54, 0.52)
    # the next one she approves so far, then for good, which asks once more
    shown(house, journey, id, tone="#e0d3ae")
    journey.step(id, "approval_one")
    page.reload()
    expect(page.locator("design-round")).to_contain_text("Revision 2 of 3")
    page.get_by_role("button", name="Yes, so far").click()
    expect(page.locator("design-round")).to_contain_text("You said yes so far")
    page.get_by_role("button", name="Yes, for good").click()
    ask = page.get_by_role("dialog", name="Approve it for good?")
    expect(ask).to_contain_text("Metal is cast from it")
    check(page, "for good")
    ask.get_by_role("button", name="Not yet").click()
    expect(page.get_by_role("button", name="Yes, for good")).to_be_focused()
    page.keyboard.press("Enter")
    ask.get_by_role("button", name="Yes, I approve it for good").click()
    expect(page.locator("design-round")).to_contain_text("You approved it for good")
    expect(page.get_by_role("button", name="Yes, for good")).to_have_count(0)
    expect(page.get_by_role("button", name="Pin a remark")).to_have_count(0)


def test_a_finished_piece_has_its_papers_and_a_page_without_its_wearer(
    house: House, visit: Opens, journey: Journey
) -> None:
    id = journey.begin("aurora", "Ana Novak", "en")
    journey.advance(id, "delivered")
    page = visit(path=hand_over(house, id), ready="request-progress", color_scheme="dark")
    expect(page.locator(".progress-head")).to_contain_text("Number 1 of 25")
    expect(page.locator(".price-lines")).to_contain_text("Stones")
    expect(page.locator(".way [data-state=done]")).to_have_count(13)
    check(page, "delivered")
    with page.expect_download() as saved:
        page.get_by_role("button", name="Certificate of authenticity").click()
    assert saved.value.suggested_filename == "certificate.pdf"
    assert saved.value.path().read_bytes().startswith(b"%PDF-1.7")
    page.get_by_role("link", name="Where it comes from").click()
    page.wait_for_selector(".page[data-state=shown]")
    expect(page.get_by_role("heading", level=1)).to_have_text("Aurora")
    told = page.locator("body").inner_text() + page.locator("script[type='application/ld+json']").text_content()
    assert "Number 1 of 25" in told
    assert '"serialNumber":"1/25"' in told
    assert not re.search("Ana|Novak|client.example|Camille|Odile", told)
    check(page, "where it comes from")
    none = visit(path="/p/nothing", ready=".page[data-state=none]", expects=("404",), **PHONE)
    check(none, "no such page")
