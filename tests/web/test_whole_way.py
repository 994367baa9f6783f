"""The whole way of a piece, in real Chromium against the real server with its session processes: from the mirror to
the page that says where it comes from, by the pages' own buttons, every letter read where it lies.

The client is on a phone, the atelier at a desk; each of the client's pages is seen at a desk's size and by night too.
"""

from __future__ import annotations

import datetime
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, Playwright, expect

from tests.web.house import overhear, until
from tests.web.test_console import PASSWORD, PIECES, WEIGHT_G, faults, moved, opened, part
from tests.web.test_meeting import playing, tool
from tryon.bench.browser import CAMERA_FLAGS, as_camera, launch, served
from tryon.settings import Settings

PHONE = {"width": 390, "height": 844}
TABLET = {"width": 768, "height": 1024}
DESK = {"width": 1280, "height": 800}
ANA, ADA, MATTEO = "ana@client.example", "ada@atelier.example", "matteo@atelier.example"
LOOK = os.environ.get("LOOK", "")


@dataclass
class Town:
    """A server, and everybody's windows on it."""

    address: str
    folder: Path
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    seen: int = 0

    def window(self, size: dict[str, int], **options: Any) -> Page:
        """Somebody's own browser."""
        context = self.chromium.new_context(viewport=size, color_scheme="light", **options)  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        overhear(page, self._heard)
        return page

    def _heard(self, words: str) -> None:
        # the browser itself notes an answer of 4xx; what the page makes of it is tested
        if "Failed to load resource" not in words:
            self.complaints.append(words)

    def letter(self, to: str, subject: str) -> str:
        """The text of a letter that went out."""
        found: list[str] = []

        def look() -> bool:
            for path in (self.folder / "mail").glob("*.eml"):
                message = message_from_bytes(path.read_bytes(), policy=policy.default)
                body = message.get_body(("plain",))
                if to in message["To"] and re.search(subject, message["Subject"]) and body is not None:
                    found.append(body.get_content())
            return bool(found)

        until(look, f"a letter to {to}: {subject}")
        return found[-1]

    def link(self, to: str, subject: str, kind: str) -> str:
        """The address in a letter that holds `kind`."""
        return next(line.strip() for line in self.letter(to, subject).splitlines() if kind in line)

    def look(self, page: Page, name: str) -> None:
        """A page as it is: held against axe, and kept as a picture for whoever asks to see (LOOK=folder)."""
        self.complaints.extend(f"{name}: {fault}" for fault in faults(page))
        self.seen += 1
        if not LOOK:
            return
        size = page.viewport_size
        assert size is not None
        # the console scrolls within itself
        height = page.evaluate("(document.querySelector('.detail')?.scrollHeight ?? 0) + 80")
        page.set_viewport_size({"width": size["width"], "height": max(size["height"], min(height, 5000))})
        page.screenshot(path=f"{LOOK}/{self.seen:02}-{name}.png", full_page=True)
        page.set_viewport_size(size)

    def look_around(self, page: Page, name: str) -> None:
        """A page of the client: on her phone, then at a desk's size by night."""
        self.look(page, f"{name}-phone")
        page.emulate_media(color_scheme="dark")
        page.set_viewport_size(DESK)  # type: ignore[arg-type]
        self.look(page, f"{name}-desk-dark")
        page.emulate_media(color_scheme="light")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]


@pytest.fixture
def town(playwright: Playwright, clip: Path, tmp_path: Path) -> Iterator[Town]:
    camera = as_camera(clip, tmp_path / "ana.mjpeg", frames=20, size_px=(960, 540))  # she looks straight
    chromium = launch(playwright, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={camera}")
    folder = tmp_path / "var"
    with served(Settings(), str(folder), warm=1) as at:
        made = Town(at.replace("127.0.0.1", "localhost"), folder, chromium)  # as letters say it
        yield made
        for context in made.contexts:
            context.close()
    chromium.close()
    assert made.complaints == []


def come_in(page: Page, link: str, name: str) -> None:
    """Somebody of the atelier accepts her invitation."""
    page.goto(link)
    page.locator("[name=name]").fill(name)
    page.locator("[name=password]").fill(PASSWORD)


def join(page: Page) -> None:
    page.locator("button[value=password]").click()
    expect(page.locator(".menu-name")).not_to_be_empty()


def comes_back(page: Page) -> None:
    """What a page does when it is seen again: it looks how the request stands."""
    with page.expect_response(lambda answer: "/requests/" in answer.url):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def approve(page: Page, town: Town, name: str) -> None:
    """She says yes for good, which is asked once more."""
    page.get_by_role("button", name="Yes, for good").click()
    ask = page.get_by_role("dialog", name="Approve it for good?")
    expect(ask).to_be_visible()
    town.look(page, name)
    ask.get_by_role("button", name="Yes, I approve it for good").click()
    expect(page.get_by_text("You approved it for good", exact=False).first).to_be_visible()


def drawn(picture: Locator) -> None:
    """Wait until a picture is whole."""
    expect(picture).to_have_js_property("complete", value=True)
    expect(picture).not_to_have_js_property("naturalWidth", 0)


@pytest.mark.long
def test_from_the_mirror_to_the_page_of_its_origin(town: Town) -> None:
    # the atelier: an owner, and an artisan whom she invites
    environment = {**os.environ, "TRYON_DATA": str(town.folder), "TRYON_PORT": town.address.rpartition(":")[2]}
    invitation = subprocess.run(
        [sys.executable, "-m", "tryon", "atelier", "owner", ADA],
        env=environment, capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    ada = town.window(DESK)
    come_in(ada, invitation, "Ada Noor")
    town.look(ada, "invitation")
    join(ada)
    ada.goto(f"{town.address}/atelier#people")
    ada.get_by_label("Name", exact=True).fill("Matteo Rinaldi")
    ada.get_by_label("Mail address").fill(MATTEO)
    ada.get_by_label("Role").select_option("artisan")
    ada.get_by_label("stones", exact=False).check()
    town.look(ada, "people")
    ada.get_by_role("button", name="Send the invitation").click()
    expect(ada.get_by_text("The invitation to Matteo Rinaldi is on its way.")).to_be_visible()
    matteo = town.window(DESK)
    come_in(matteo, town.link(MATTEO, "Your place", "#invitation="), "Matteo Rinaldi")
    join(matteo)

    # the mirror: she looks at a crown, is measured, keeps a picture
    ana = town.window(PHONE)
    ana.goto(f"{town.address}/?piece=imperia")
    ana.wait_for_selector(".room[data-state=consent]")
    town.look_around(ana, "consent")
    ana.click("[data-action=agree]")
    ana.wait_for_selector(".room[data-state=live]")
    playing(ana)
    expect(ana.locator(".edge-words")).to_be_hidden()
    town.look_around(ana, "mirror")
    ana.get_by_role("button", name="Take a snapshot").click()
    expect(ana.locator(".snapshot-caption")).to_be_visible()
    town.look(ana, "snapshot")
    ana.keyboard.press("Escape")
    ana.get_by_role("button", name="Measure me").click()
    ana.get_by_role("radio", name="Loose", exact=True).check()
    ana.get_by_role("radio", name="No", exact=True).check()
    town.look(ana, "measure")
    ana.get_by_role("button", name="Begin").click()
    expect(ana.locator(".guide-count")).to_have_text("Step 1 of 1")
    measures = ana.get_by_role("dialog", name="Your measures", exact=True)
    expect(measures).to_be_visible()
    head = measures.locator(".fit-measure").filter(has_text="Head, all round")
    expect(head.locator(".fit-value")).to_contain_text("±")
    town.look_around(ana, "measures")

    # the request: half done here, finished by its link on another device
    measures.get_by_role("button", name="Request a bespoke consultation").click()
    form = ana.get_by_role("dialog", name="Request a bespoke consultation")
    expect(form.get_by_role("radio", name="Imperia")).to_be_checked()
    form.get_by_role("checkbox", name=re.compile("Snapshot 1")).check()
    day = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(weeks=60)
    form.get_by_label("The day").fill(day.isoformat())
    expect(form.locator("[data-answer=in_time]").first).to_contain_text("working days to spare")
    form.get_by_label("Anything else we should know").fill("Please keep it <b>light</b>.")
    expect(form.locator(".wish-state")).to_contain_text("All of it is kept.")
    town.look_around(ana, "request-half")
    form.get_by_role("button", name="Finish on another device").click()
    link = form.get_by_label("Link to your request").input_value()
    ana.context.close()
    ana = town.window(PHONE)
    ana.goto(link)
    expect(ana.get_by_label("Anything else we should know")).to_have_value("Please keep it <b>light</b>.")
    expect(ana.get_by_label("The day")).to_have_value(day.isoformat())
    drawn(ana.get_by_role("img", name="Picture 1 that goes"))
    ana.get_by_role("radio", name=re.compile("Studio")).check()
    ana.get_by_label("Your name").fill("Ana Novak")
    ana.get_by_label("Your mail address").fill(ANA)
    ana.get_by_role("checkbox", name="I agree that the atelier").check()
    ana.get_by_role("checkbox", name="The artisan who makes my piece").check()
    expect(ana.locator(".wish-state")).to_contain_text("All of it is kept.")
    town.look_around(ana, "request")
    ana.get_by_role("button", name="Send to the atelier").click()
    expect(ana.locator(".progress-now")).to_have_text("Enquiry")
    town.look_around(ana, "sent")
    assert "request" in town.letter(ANA, "We have your request")

    # pairing: the best match was asked by itself, and says yes
    request = town.link(MATTEO, "A request is offered to you", "#request=")
    opened(matteo, request)
    asked = part(matteo, "pairing")
    expect(asked.get_by_text("Will you make this piece?")).to_be_visible()
    town.look(matteo, "offer")
    asked.get_by_role("button", name="Accept it").click()
    expect(matteo.get_by_text("It is yours.")).to_be_visible()
    town.letter(ANA, "Matteo Rinaldi will make your piece")
    opened(ada, request)
    town.look(ada, "console-enquiry")
    pairing = part(ada, "pairing")
    pairing.get_by_label("Takes care of the client").select_option("Ada Noor")
    pairing.get_by_role("button", name="Set").click()
    expect(ada.get_by_text("Ada Noor takes care of it.")).to_be_visible()
    moved(ada, "Consultation")

    # a session at the mirror: invited by the console, joined by the letter
    ada.locator("[data-do=now]").click()
    with ada.context.expect_page() as coming:
        ada.locator("[data-do=join]").click()
    vera = coming.value
    expect(vera.locator(".prejoin")).to_contain_text("You come as Ada Noor")
    town.look(vera, "prejoin")
    vera.keyboard.press("Enter")
    expect(vera.locator(".console-waits")).to_contain_text("not here yet")
    ana.goto(town.link(ANA, "Our appointment at the mirror", "/session#"))
    expect(ana.locator(".panel-share")).to_contain_text("consultants")
    town.look_around(ana, "session-consent")
    ana.locator("[data-action=agree]").click()
    expect(ana.locator(".waiting-room")).to_contain_text("will let you in")
    playing(ana)
    town.look_around(ana, "waiting")
    town.look(vera, "session-waits")
    vera.keyboard.press("a")
    playing(vera)
    expect(ana.locator(".waiting-room")).to_be_hidden()
    vera.locator("[data-piece=regina]").click()
    expect(ana.locator(".wearing-name")).to_have_text("Regina")
    vera.locator("[data-piece=imperia]").click()
    expect(ana.locator(".wearing-name")).to_have_text("Imperia")
    town.look_around(ana, "session")
    vera.keyboard.press("b")  # the design will be drawn on it: no piece is to be in it
    expect(tool(vera, "bare")).to_have_attribute("aria-pressed", "true")
    vera.keyboard.press("p")
    expect(ana.locator(".question")).to_contain_text("May Ada Noor take a picture of you?")
    town.look_around(ana, "question")
    ana.locator(".question .primary").click()
    drawn(vera.locator(".gallery [data-kind=snapshot] img"))
    vera.keyboard.press("b")
    vera.keyboard.press("n")
    vera.keyboard.type("her aunt pays")
    expect(vera.locator(".note-kept").nth(0)).to_have_text("Kept")
    vera.keyboard.press("Escape")
    vera.keyboard.press("s")
    vera.keyboard.type("Imperia, a lighter rim")
    expect(vera.locator(".note-kept").nth(1)).to_have_text("Kept")
    vera.keyboard.press("Escape")
    town.look(vera, "session-desk")
    for name, size in (("tablet", TABLET), ("phone", PHONE)):
        vera.set_viewport_size(size)  # type: ignore[arg-type]
        town.look(vera, f"session-consultant-{name}")
    vera.set_viewport_size(DESK)  # type: ignore[arg-type]
    vera.emulate_media(color_scheme="dark")
    town.look(vera, "session-desk-dark")
    tool(vera, "end").click()
    vera.locator("dialog .primary").click()
    expect(vera.locator(".prejoin")).to_contain_text("You left")
    vera.close()
    expect(ana.locator(".panel")).to_contain_text("The session is over")
    town.look_around(ana, "session-over")
    summary = town.letter(ANA, "What we tried on together")
    assert "Imperia, a lighter rim" in summary
    assert "aunt" not in summary

    # the price, by which she agrees
    comes_back(ada)
    price = part(ada, "price")
    price.get_by_label("Amount, Metal").fill("2000")
    price.get_by_label("Amount, Stones").fill("3000")
    price.get_by_role("button", name="Make this price").click()
    expect(ada.locator("[data-part=price] .part-line")).to_have_text("€5,000, not agreed yet")
    town.letter(ANA, "The price of your piece")
    ana.goto(f"{town.address}/request")
    expect(ana.get_by_role("button", name="I agree to €5,000")).to_be_visible()
    expect(ana.locator(".visit")).to_have_count(0)  # it took place
    town.look_around(ana, "price")
    ana.get_by_role("button", name="I agree to €5,000").click()
    expect(ana.get_by_text("You agreed", exact=False)).to_be_visible()
    comes_back(ada)
    expect(ada.locator("[data-part=price] .part-line")).to_have_text("€5,000, agreed")
    moved(ada, "Deposit")
    part(ada, "price").get_by_role("button", name="The deposit came in").click()
    expect(ada.get_by_text("The deposit is noted.")).to_be_visible()
    papers = part(ada, "papers")
    papers.get_by_role("button", name="Give it the next number").click()
    expect(papers.locator(".number")).to_have_text("1 of 7")
    moved(ada, "Choosing the stones")

    # approval one: the model is drawn on her own picture at true size
    comes_back(matteo)
    moved(matteo, "Drawing the design")
    design = part(matteo, "design")
    design.locator("input[type=file]").set_input_files(PIECES / "imperia" / "mesh.glb")
    expect(design.get_by_label("Model", exact=True).locator("option")).to_have_count(1)
    design.get_by_role("button", name="Draw it").click()
    expect(design.get_by_role("heading", name="Drawn, not shown yet")).to_be_visible()
    expect(design.locator(".drawn .design-sizes")).to_contain_text("Inside, side to side")
    town.look(matteo, "design")
    design.get_by_role("button", name="Show it to the client").click()
    expect(matteo.get_by_text("Revision 1 is shown to the client.")).to_be_visible()
    moved(matteo, "Approval of the design")
    town.letter(ANA, "Your design is ready")
    comes_back(ana)
    expect(ana.locator("design-round")).to_contain_text("Revision 1 of 3")
    drawn(ana.locator("design-round .plate img").first)
    town.look_around(ana, "approval-one")
    approve(ana, town, "approval-one-sure")
    comes_back(matteo)
    for stage in ("Casting", "Setting", "Finishing by hand"):
        moved(matteo, stage)

    # approval two: the finished piece
    proof = part(matteo, "piece")
    proof.locator("input[type=file]").set_input_files(PIECES / "imperia" / "poster.png")
    expect(proof.locator("[name=files]:checked")).to_have_count(1)
    proof.get_by_role("button", name="Show it to the client").click()
    expect(matteo.get_by_text("Revision 1 is shown to the client.")).to_be_visible()
    moved(matteo, "Approval of the piece")
    town.letter(ANA, "Your piece is ready to look at")
    comes_back(ana)
    expect(ana.locator(".progress-now")).to_have_text("Approval of the piece")
    town.look_around(ana, "approval-two")
    approve(ana, town, "approval-two-sure")
    comes_back(matteo)
    moved(matteo, "Quality control")

    # quality by somebody else; papers, parcel, on its way
    comes_back(ada)
    expect(ada.locator(".dossier .stage")).to_have_text("Quality control")
    quality = part(ada, "quality")
    for check in ("Stones sit tight", "Solder", "Hallmark", "Weight", "Finish"):
        quality.get_by_role("radiogroup", name=check).get_by_role("radio", name="passed").focus()
        ada.keyboard.press("Space")
    quality.get_by_label("Weight, g").fill(str(WEIGHT_G))
    quality.get_by_label("Hallmark text").fill("950 Pt")
    quality.get_by_role("button", name="File the report").click()
    expect(ada.locator("[data-part=quality] .part-line")).to_contain_text("passed: Ada Noor")
    papers = part(ada, "papers")
    papers.get_by_label("Metal or stone").fill("platinum 950")
    papers.get_by_label("Issued by").fill("The refiner")
    papers.get_by_role("button", name="Add it").click()
    expect(papers.get_by_role("row", name="platinum 950")).to_be_visible()
    papers.get_by_role("button", name="Publish the page").click()
    expect(papers.get_by_role("link", name="/p/")).to_be_visible()
    parcel = part(ada, "parcel")
    for name in ("box", "care card", "papers", "sealed"):
        parcel.get_by_label(name, exact=True).check()
    parcel.get_by_label("Carrier").fill("Courier")
    parcel.get_by_label("Tracking number").fill("T-1")
    parcel.get_by_label("Comes from").fill((day - datetime.timedelta(weeks=2)).isoformat())
    parcel.get_by_label("to", exact=True).fill((day - datetime.timedelta(weeks=1)).isoformat())
    parcel.get_by_role("button", name="Keep the packing list").click()
    expect(ada.locator("[data-part=parcel] .part-line")).to_have_text("complete")
    town.look(ada, "console-papers")
    moved(ada, "Packed")
    moved(ada, "Delivered")
    ada.emulate_media(color_scheme="dark")
    town.look(ada, "console-delivered-dark")

    # her page has it all; its own page says where it comes from, and nothing of her
    comes_back(ana)
    expect(ana.locator(".progress-now")).to_have_text("Delivered")
    expect(ana.locator(".way [data-state=done]")).to_have_count(13)
    town.look_around(ana, "delivered")
    ana.get_by_role("link", name="Where it comes from").click()
    ana.wait_for_selector(".page[data-state=shown]")
    expect(ana.get_by_role("heading", level=1)).to_have_text("Imperia")
    expect(ana.get_by_text("Number 1 of 7")).to_be_visible()
    assert not re.search("Ana|Novak|client.example|Matteo|Ada", ana.locator("body").inner_text())
    town.look_around(ana, "provenance")
