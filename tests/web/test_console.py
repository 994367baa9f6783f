"""The console at work in real Chromium: a request from enquiry to delivered by its buttons, and nothing typed lost."""

from __future__ import annotations

import asyncio
import datetime
import os
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any, Literal

import pytest
import uvicorn
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import APIRequestContext, Browser, BrowserContext, Frame, Locator, Page, expect

from tests.standin import FakePool
from tests.web.house import WAIT_S, at_rest, overhear, until
from tests.web.test_page import NAMELESS
from tryon.atelier.accounts import Accounts
from tryon.atelier.passkeys import House as Asks
from tryon.atelier.sample import Journey
from tryon.atelier.trade import Stage
from tryon.atelier.tries import Tries
from tryon.media.clips import read_clip
from tryon.picture import png_of, rgb_from_frame
from tryon.pieces.catalogue import Catalogue
from tryon.server.app import create_app
from tryon.server.counter import Counter
from tryon.settings import Settings

PIECES = Path(__file__).resolve().parents[2] / "assets" / "pieces"
PASSWORD = "seven quiet herons"
LEVELS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
WEIGHT_G = 211.5
"Of Imperia, as declared."
LOOK = os.environ.get("LOOK", "")


@dataclass
class Workshop:
    """A server with the real catalogue, and whoever works there."""

    settings: Settings
    counter: Counter
    chromium: Browser
    journey: Journey
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    @property
    def address(self) -> str:
        return self.settings.public_address

    def context(self, **options: Any) -> BrowserContext:
        context = self.chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        self.contexts.append(context)
        return context

    def comes(self, link: str, **options: Any) -> Page:
        """Somebody comes in by her invitation."""
        page = self.context(**options).new_page()

        def complain(words: str) -> None:
            # the browser itself notes an answer of 4xx; what the page makes of it is tested
            if "Failed to load resource" not in words:
                self.complaints.append(words)

        overhear(page, complain)
        page.goto(link)
        name = page.locator("[name=name]")
        if not name.input_value():
            name.fill("Ada Noor")
        page.locator("[name=password]").fill(PASSWORD)
        page.locator("button[value=password]").click()
        expect(page.locator(".menu-name")).not_to_be_empty()
        return page

    def owner(self, **options: Any) -> Page:
        accounts = Accounts(self.counter.store, Asks(self.settings.shop_mark, self.address), Tries(time.monotonic))
        return self.comes(accounts.make_owner("ada@atelier.example"), **options)

    def invited(self, owner: Page, name: str, **options: Any) -> Page:
        """Somebody of the sample's people, by the link that an owner sends them."""
        owner.goto(f"{self.address}/atelier#people")
        owner.get_by_role("button", name=f"New link for {name}").click()
        expect(owner.get_by_text(f"{name} gets a new link")).to_be_visible()
        found: list[str] = []

        def look() -> bool:
            for path in self.settings.mail_folder.glob("*.eml"):
                message = message_from_bytes(path.read_bytes(), policy=policy.default)
                if name.split()[0].lower() in message["To"]:
                    body = message.get_body(("plain",))
                    assert body is not None
                    found.extend(line.strip() for line in body.get_content().splitlines() if "#invitation=" in line)
            return bool(found)

        until(look, f"a letter to {name}")
        return self.comes(found[0], **options)


@pytest.fixture
def workshop(chromium_bare: Browser, tmp_path: Path) -> Iterator[Workshop]:
    door = socket.create_server(("127.0.0.1", 0))
    settings = Settings(port=door.getsockname()[1], data=str(tmp_path / "var"))
    app = create_app(settings, FakePool(), {piece.id: piece for piece in Catalogue(PIECES).pieces()})
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([door])), name="workshop")
    thread.start()
    until(lambda: server.started, "the server listens")
    counter: Counter = app.state.counter
    journey = Journey(counter.store, counter.files, counter.pieces, PIECES)
    made = Workshop(settings, counter, chromium_bare, journey)
    try:
        yield made
    finally:
        for context in made.contexts:
            context.close()
        server.should_exit = True
        thread.join(WAIT_S)
        door.close()
    assert made.complaints == []


class Client:
    """Whom the piece is for: she asks and answers over HTTP, as her page does."""

    def __init__(self, workshop: Workshop, face: bytes) -> None:
        self._http: APIRequestContext = workshop.context().request
        self._at = f"{workshop.address}/v1/requests"
        event = datetime.datetime.now(datetime.UTC).date() + datetime.timedelta(weeks=60)
        wish = {
            "pieces": ["imperia"],
            "wished": "imperia",
            "tier": "studio",
            "event_date": event.isoformat(),
            "name": "Ana Novak",
            "email": "ana@client.example",
            "notes": "Please keep it light.",
        }
        begun = self._http.post(self._at, data=wish).json()
        self.id = begun["request"]
        self._key = {"Authorization": f"Bearer {begun['key']}"}
        kept = self._http.post(
            f"{self._at}/{self.id}/files", data=face, headers={**self._key, "Content-Type": "image/png"}
        )
        assert kept.status == 201, kept.text()
        words = self._http.get(f"{workshop.address}/v1/consent/request").json()
        consent = {"version": words["version"], "language": words["language"], "purposes": ["atelier", "artisan"]}
        self.does("submission", {"consent": consent}, {"If-Match": f'"{self.told()["version"]}"'})

    def told(self) -> dict[str, Any]:
        told: dict[str, Any] = self._http.get(f"{self._at}/{self.id}", headers=self._key).json()
        return told

    def does(self, path: str, said: dict[str, Any], more: dict[str, str] | None = None) -> None:
        answer = self._http.post(f"{self._at}/{self.id}/{path}", data=said, headers={**self._key, **(more or {})})
        assert answer.ok, answer.text()

    def decides(self, round: str, decision: str, words: str = "") -> None:
        newest = next(one for one in self.told()["rounds"] if one["round"] == round)["revisions"][-1]
        said = {"revision": newest["number"], "sha256": newest["sha256"], "decision": decision, "words": words}
        self.does(f"approvals/{round}/decision", said)


def look(page: Page, name: str) -> None:
    """A picture of the whole of the open request, for whoever asks to see (LOOK=folder)."""
    if not LOOK:
        return
    height = page.evaluate("document.querySelector('.detail').scrollHeight + 80")
    size = page.viewport_size
    assert size is not None
    page.set_viewport_size({"width": size["width"], "height": min(height, 5000)})
    page.screenshot(path=f"{LOOK}/{name}.png")
    page.set_viewport_size(size)


def faults(page: Page | Frame) -> list[object]:
    """Violations of WCAG 2 A or AA that axe can find, what is wider than the window, what has no name."""
    at_rest(page)
    found = Axe().run(page, options={"runOnly": LEVELS}).response["violations"]
    broken = [(one["id"], [(node["html"], node["failureSummary"]) for node in one["nodes"]]) for one in found]
    wide = [] if page.evaluate("document.documentElement.scrollWidth <= innerWidth") else ["wider than the window"]
    return [*broken, *wide, *page.evaluate(NAMELESS)]


def accessible(page: Page, what: str) -> None:
    """Nothing is wrong with it that a machine can find."""
    assert faults(page) == [], what


def part(page: Page, name: str) -> Locator:
    """A part of the open request, opened."""
    found = page.locator(f"[data-part={name}]")
    if found.get_attribute("open") is None:
        found.locator("> summary").click()
    return found


def opened(page: Page, address: str) -> None:
    """The request of an address, read anew."""
    page.goto("about:blank")
    page.goto(address)
    expect(page.locator(".dossier .stage")).to_be_visible()


def moved(page: Page, stage: str, words: str = "") -> None:
    """The next step, by its own button."""
    way = part(page, "way")
    way.get_by_role("radio", name=stage).check()
    if words:
        way.get_by_label("Note with the step").fill(words)
    way.get_by_role("button", name=f"Move to: {stage}").click()
    expect(page.locator(".dossier .stage")).to_have_text(stage)


def looks(page: Page) -> None:
    """What happens by itself after a while, or when the page is seen again."""
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


@pytest.mark.long
def test_a_request_goes_from_enquiry_to_delivered_by_the_consoles_own_buttons(
    workshop: Workshop, clip: Path, tmp_path: Path
) -> None:
    workshop.journey.hire()
    face = png_of(rgb_from_frame(next(iter(read_clip(clip)))))
    (tmp_path / "face.png").write_bytes(face)
    ana = Client(workshop, face)
    address = f"{workshop.address}/atelier#request={ana.id}"
    ada = workshop.owner()
    camille = workshop.invited(ada, "Camille Roy")
    matteo = workshop.invited(ada, "Matteo Rinaldi", viewport={"width": 768, "height": 1024})

    # pairing: whoever is offered it, another one is chosen, and offered again to the first
    expect(matteo.locator(".row-due")).to_have_text("offered to you")
    opened(camille, address)
    pairing = part(camille, "pairing")
    expect(pairing.locator(".step")).to_contain_text("Matteo Rinaldi: not answered yet")
    expect(pairing.get_by_role("radio", name="the best match, now")).to_be_checked()
    expect(pairing.get_by_role("radio", name="Yuki Mori")).to_have_accessible_name(
        "Yuki Mori does not name stones, speaks the client’s language (English), and places free this month: 4"
    )
    pairing.get_by_role("radio", name="Yuki Mori").check()
    pairing.get_by_label("Words for the artisan").fill("Would you like to?")
    pairing.get_by_role("button", name="Offer it").click()
    expect(camille.get_by_text("It is offered to Yuki Mori.")).to_be_visible()
    expect(pairing.locator(".step").filter(has_text="Matteo Rinaldi: withdrawn")).to_be_visible()
    pairing.get_by_role("radio", name="Matteo Rinaldi", exact=False).last.check()
    pairing.get_by_role("button", name="Offer it").click()
    expect(camille.get_by_text("It is offered to Matteo Rinaldi.")).to_be_visible()
    pairing.get_by_label("Takes care of the client").select_option("Camille Roy")
    pairing.get_by_role("button", name="Set").click()
    expect(camille.get_by_text("Camille Roy takes care of it.")).to_be_visible()
    opened(matteo, address)
    asked = part(matteo, "pairing")
    expect(asked.get_by_text("Will you make this piece?")).to_be_visible()
    asked.get_by_label("A few words").fill("With pleasure.")
    accessible(matteo, "an offer to an artisan")
    asked.get_by_role("button", name="Accept it").click()
    expect(matteo.get_by_text("It is yours.")).to_be_visible()
    expect(matteo.locator("[data-part=price]")).to_be_hidden()

    # the price: what somebody else did meanwhile is said; the client agrees to the second one
    looks(camille)
    expect(camille.locator(".notice")).to_contain_text(
        "Who makes it: Matteo Rinaldi: not answered yet → Matteo Rinaldi"
    )
    camille.get_by_role("button", name="I have seen it").click()
    moved(camille, "Consultation", "Shall we speak on Tuesday?")
    price = part(camille, "price")
    expect(price.get_by_text("Not yet", exact=False)).to_have_count(0)
    price.get_by_label("Amount, Metal").fill("2.000,50")
    price.get_by_label("Amount, Stones").fill("abc")
    expect(price.locator(".quote-sum")).to_contain_text("cannot be read")
    price.get_by_label("Amount, Stones").fill("3,000")
    expect(price.locator(".quote-sum")).to_have_text(
        "Total €5,000.50; deposit €1,501 (30 %, rounded up to a whole unit)"
    )
    price.get_by_label("Words, Stones").fill("diamonds, GIA")
    look(camille, "price")
    price.get_by_role("button", name="Make this price").click()
    expect(camille.locator("[data-part=price] .part-line")).to_have_text("€5,000.50, not agreed yet")
    price.get_by_label("Amount, Fitted to her").fill("250")
    price.get_by_role("button", name="Make this price").click()
    expect(price.get_by_text("Price 1: €5,000.50")).to_be_visible()
    expect(part(camille, "way").locator(".waits")).to_contain_text("the client agrees to the price")
    ana.does("price", {"number": 2})
    looks(camille)
    expect(camille.locator("[data-part=price] .part-line")).to_have_text("€5,250.50, agreed")
    moved(camille, "Deposit")
    part(camille, "price").get_by_role("button", name="The deposit came in").click()
    expect(camille.get_by_text("The deposit is noted.")).to_be_visible()
    papers = part(camille, "papers")
    papers.get_by_role("button", name="Give it the next number").click()
    expect(papers.locator(".number")).to_have_text("1 of 7")
    moved(camille, "Choosing the stones")

    # approval one: a model is drawn on her picture and shown; remarks by keys and by pointer; sent back, then final
    looks(matteo)
    way = part(matteo, "way")
    way.locator("input[type=file]").set_input_files(tmp_path / "face.png")
    expect(way.get_by_role("img", name="Picture that goes with the step")).to_be_visible()
    moved(matteo, "Drawing the design", "The stones are here.")
    design = part(matteo, "design")
    design.locator("input[type=file]").set_input_files(PIECES / "imperia" / "mesh.glb")
    expect(design.get_by_label("Model", exact=True).locator("option")).to_have_count(1)
    design.get_by_role("button", name="Draw it").click()
    expect(design.get_by_role("heading", name="Drawn, not shown yet")).to_be_visible()
    expect(design.locator(".drawn .design-sizes")).to_contain_text("Inside, side to side")
    look(matteo, "drawn")
    accessible(matteo, "a drawing")
    design.get_by_label("Words with it").fill("As we spoke of it.")
    matteo.reload()
    design = part(matteo, "design")
    expect(design.get_by_label("Words with it")).to_have_value("As we spoke of it.")
    expect(design.locator("[name=files]:checked")).to_have_count(2)
    design.get_by_role("button", name="Show it to the client").click()
    expect(matteo.get_by_text("Revision 1 is shown to the client.")).to_be_visible()
    expect(design.locator(".revision-said .design-sizes")).to_be_visible()
    moved(matteo, "Approval of the design")
    picture = next(one for one in ana.told()["rounds"][0]["revisions"][0]["files"])
    ana.does("approvals/one/revisions/1/comments", {"words": "Lighter here?", "file": picture, "x": 0.5, "y": 0.2})
    ana.decides("one", "soft")
    looks(matteo)
    expect(matteo.locator("[data-part=design] .part-line")).to_have_text("revision 1, yes so far")
    design.get_by_role("button", name="Remark 1: Lighter here?").focus()
    matteo.keyboard.press("Enter")
    expect(design.locator("#design-comment-1")).to_be_focused()
    design.locator("#design-plate").focus()
    for key in ("ArrowLeft", "ArrowLeft", "ArrowUp", "Enter"):
        matteo.keyboard.press(key)
    expect(design.get_by_text("Pinned 46 % from the left and 48 % from the top.")).to_be_visible()
    expect(design.get_by_label("A remark to the client")).to_be_focused()
    matteo.keyboard.type("I can thin this rim.")
    matteo.keyboard.press("Tab")
    matteo.keyboard.press("Enter")
    expect(design.locator("#design-comment-2")).to_contain_text("I can thin this rim.")
    design.locator("#design-plate").click(position={"x": 40, "y": 40})
    design.get_by_label("A remark to the client").fill("And here the hallmark.")
    look(matteo, "pinned")
    accessible(matteo, "pinned remarks")
    design.get_by_role("button", name="Send the remark").click()
    expect(design.locator(".pin:not(.pin-new)")).to_have_count(3)
    ana.decides("one", "changes", "Lighter, please.")
    looks(matteo)
    expect(matteo.locator(".dossier .stage")).to_have_text("Drawing the design")
    part(matteo, "design").get_by_label("picture of the design", exact=False).first.check()
    design.get_by_role("button", name="Show it to the client").click()
    expect(design.get_by_text("Revision 2 of 3 that are included.")).to_be_visible()
    design.get_by_label("Revision shown").select_option("1")
    expect(design.get_by_text("This is an earlier revision")).to_be_visible()
    moved(matteo, "Approval of the design")
    ana.decides("one", "final")
    looks(matteo)
    digest = ana.told()["rounds"][0]["revisions"][1]["sha256"][:12]
    design.get_by_label("Revision shown").select_option("2")
    expect(design.locator("[data-decision=final]")).to_contain_text(digest)
    look(matteo, "final")
    for stage in ("Casting", "Setting", "Finishing by hand"):
        moved(matteo, stage)

    # approval two: a photograph as proof
    proof = part(matteo, "piece")
    proof.locator("input[type=file]").set_input_files(tmp_path / "face.png")
    expect(proof.locator("[name=files]:checked")).to_have_count(1)
    proof.get_by_role("button", name="Show it to the client").click()
    expect(matteo.get_by_text("Revision 1 is shown to the client.")).to_be_visible()
    moved(matteo, "Approval of the piece")
    ana.decides("two", "final")
    looks(matteo)
    moved(matteo, "Quality control")

    # quality by somebody else; papers, page, parcel
    expect(part(matteo, "quality").get_by_text("You made this piece: somebody else checks it.")).to_be_visible()
    looks(camille)
    expect(camille.locator(".dossier .stage")).to_have_text("Quality control")
    quality = part(camille, "quality")
    for check in ("Stones sit tight", "Solder", "Hallmark", "Weight", "Finish"):
        group = quality.get_by_role("radiogroup", name=check)
        group.get_by_role("radio", name="passed").focus()
        camille.keyboard.press("Space")
    quality.get_by_label("Weight, g").fill("150")
    expect(quality.get_by_text("the weight has not passed")).to_be_visible()
    quality.get_by_role("button", name="File the report").click()
    expect(quality.get_by_role("alert")).to_contain_text("not within the tolerance")
    quality.get_by_label("Weight, g").fill(str(WEIGHT_G + 1))
    quality.get_by_label("Hallmark text").fill("950 Pt")
    look(camille, "quality")
    quality.get_by_role("button", name="File the report").click()
    expect(camille.locator("[data-part=quality] .part-line")).to_contain_text("passed: Camille Roy")
    papers = part(camille, "papers")
    papers.get_by_label("Metal or stone").fill("platinum 950")
    papers.get_by_label("Issued by").fill("The refiner")
    papers.get_by_role("button", name="Add it").click()
    expect(papers.get_by_role("row", name="platinum 950")).to_be_visible()
    papers.get_by_role("button", name="Publish the page").click()
    link = papers.get_by_role("link", name="/p/")
    expect(link).to_be_visible()
    reader = camille.context.new_page()
    reader.goto(link.get_attribute("href") or "")
    expect(reader.get_by_text("Number 1 of 7")).to_be_visible()
    papers.get_by_role("button", name="Hide the page").click()
    expect(papers.get_by_text("It is not to be seen.")).to_be_visible()
    papers.get_by_role("button", name="Publish the page").click()
    expect(link).to_be_visible()
    parcel = part(camille, "parcel")
    for name in ("box", "care card", "papers", "sealed"):
        parcel.get_by_label(name, exact=True).check()
    parcel.get_by_label("Carrier").fill("Courier")
    parcel.get_by_label("Tracking number").fill("T-1")
    parcel.get_by_label("Comes from").fill("2027-01-10")
    parcel.get_by_label("to", exact=True).fill("2027-01-12")
    look(camille, "parcel")
    accessible(camille, "papers and parcel")
    parcel.get_by_role("button", name="Keep the packing list").click()
    expect(camille.locator("[data-part=parcel] .part-line")).to_have_text("complete")
    moved(camille, "Packed")
    moved(camille, "Delivered")
    expect(part(camille, "way").get_by_text("This request has come to its end.")).to_be_visible()
    expect(camille.locator(".row-stage").first).to_have_text("Delivered")

    # its history, whole, with what was said
    history = part(camille, "history")
    for words in ("Number given", "Page of its origin", "Lighter, please.", "Price 1: €5,000.50", "Request sent"):
        expect(history.locator(".deed").filter(has_text=words).first).to_be_visible()
    look(camille, "history")
    accessible(camille, "history")


def test_what_somebody_else_changed_is_shown_and_what_was_typed_is_kept(workshop: Workshop) -> None:
    journey = workshop.journey
    journey.hire()
    id = journey.begin("imperia", "Ana Novak", "en")
    journey.advance(id, "consultation")
    ada = workshop.owner()
    address = f"{workshop.address}/atelier#request={id}"
    opened(ada, address)
    amount = part(ada, "price").get_by_label("Amount, Metal")
    amount.fill("100")
    note = part(ada, "way").get_by_label("Note with the step")
    note.fill("Until she is back from her journey.")

    # somebody else makes a price; what was typed against the old one is refused, shown and still there
    made = ada.request.post(
        f"{workshop.address}/v1/atelier/requests/{id}/prices",
        data={"currency": "EUR", "lines": [{"driver": "metal", "minor": 70000}]},
        headers={"Origin": workshop.address},
    )
    assert made.status == 201, made.text()
    ada.get_by_role("button", name="Make this price").click()
    expect(ada.locator("[data-part=price]").get_by_role("alert")).to_contain_text("what you typed is kept")
    expect(ada.locator(".notice")).to_contain_text("Price: none yet → €700, not agreed yet")
    expect(amount).to_have_value("100")
    look(ada, "conflict")
    accessible(ada, "a conflict")
    ada.get_by_role("button", name="Make this price").click()
    expect(ada.locator("[data-part=price] .part-line")).to_have_text("€100, not agreed yet")

    # an ended session, a closed window: it is kept, on this device
    ada.context.clear_cookies()
    part(ada, "way").get_by_role("radio", name="On hold").check()
    ada.get_by_role("button", name="Put it on hold").click()
    ada.get_by_role("dialog").get_by_role("button", name="Put it on hold").click()
    expect(ada.get_by_text("Your session has ended.")).to_be_visible()
    ada.get_by_label("Mail address").fill("ada@atelier.example")
    ada.get_by_label("Password").fill(PASSWORD)
    ada.get_by_role("button", name="Sign in", exact=True).click()
    expect(note).to_have_value("Until she is back from her journey.")
    expect(part(ada, "way").get_by_role("radio", name="On hold")).to_be_checked()

    # what cannot be taken back is asked once more; no is no
    ada.get_by_role("button", name="Put it on hold").click()
    expect(ada.get_by_role("dialog", name="Put this request on hold?")).to_be_visible()
    ada.keyboard.press("Escape")
    expect(ada.locator(".dossier .stage")).to_have_text("Consultation")
    expect(ada.get_by_role("button", name="Put it on hold")).to_be_focused()
    ada.keyboard.press("Enter")
    expect(ada.get_by_role("dialog", name="Put this request on hold?")).to_be_visible()
    accessible(ada, "a question")
    ada.get_by_role("dialog").get_by_role("button", name="Put it on hold").click()
    expect(ada.locator(".dossier .stage")).to_have_text("On hold (Consultation)")
    expect(note).to_have_value("")
    moved(ada, "Consultation")

    # a file that is none, an upload that breaks off: said, and tried again
    ada.route("**/files?kind=bench", lambda route: route.abort())
    upload = part(ada, "way").locator("input[type=file]")
    upload.set_input_files({"name": "bench.png", "mimeType": "image/png", "buffer": b"no picture"})
    expect(part(ada, "way").locator(".uploads")).to_contain_text("Nothing is lost")
    ada.unroute("**/files?kind=bench")
    part(ada, "way").get_by_role("button", name="Try again").click()
    expect(part(ada, "way").locator(".uploads")).to_contain_text("not of a kind that goes here")
    part(ada, "way").get_by_role("button", name="Leave it").click()
    expect(part(ada, "way").locator(".uploads li")).to_have_count(0)

    # the keys: a digit goes to a part, unless they are put out of use
    ada.locator(".detail").focus()
    ada.keyboard.press("7")
    expect(ada.locator("[data-part=quality]")).to_have_attribute("open", "")
    expect(ada.locator("[data-part=quality] > summary")).to_be_focused()
    ada.locator(".menu summary").click()
    ada.get_by_label("Keys that work alone").uncheck()
    ada.locator("[data-part=quality] > summary").focus()
    ada.keyboard.press("9")
    ada.keyboard.press("Enter")
    expect(ada.locator("[data-part=quality]")).not_to_have_attribute("open", "")
    expect(ada.locator("[data-part=parcel]")).not_to_have_attribute("open", "")


SCHEMES: tuple[Literal["light"], Literal["dark"]] = ("light", "dark")
STAGES: tuple[Stage, ...] = ("consultation", "approval_one", "qc")


@pytest.mark.long
def test_every_stage_can_be_read_pressed_and_named_on_a_desk_and_a_tablet_by_day_and_by_night(
    workshop: Workshop,
) -> None:
    journey = workshop.journey
    journey.hire()
    ids = {stage: journey.begin("imperia", f"Zoé {stage}", "en") for stage in STAGES}
    for stage, id in ids.items():
        journey.advance(id, stage)
    ada = workshop.owner()
    expect(ada.locator(".rows a")).to_have_count(len(STAGES))
    for stage, id in ids.items():
        opened(ada, f"{workshop.address}/atelier#request={id}")
        ada.evaluate("document.querySelectorAll('.part:not([open]) > summary').forEach((one) => one.click())")
        expect(ada.locator(".deed").first).to_be_visible()
        for width in (1280, 768):
            for scheme in SCHEMES:
                ada.set_viewport_size({"width": width, "height": 1024})
                ada.emulate_media(color_scheme=scheme)
                look(ada, f"{stage}-{width}-{scheme}")
                accessible(ada, f"{stage}, {width} px, {scheme}")


def test_requests_are_found_by_person_and_a_page_at_a_time(workshop: Workshop) -> None:
    workshop.journey.hire()
    ids = [workshop.journey.begin("imperia", f"Client {number}", "en") for number in range(52)]
    for id in ids:
        workshop.journey.advance(id, "deposit" if id == ids[0] else "enquiry")
    ada = workshop.owner()
    rows = ada.locator(".rows a")

    expect(ada.get_by_text("50 requests")).to_be_visible()
    ada.get_by_role("button", name="Show more").click()
    expect(rows).to_have_count(52)
    ada.get_by_label("Whose").select_option("Camille Roy")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("Client 0")
    ada.get_by_label("Whose").select_option("Mine")
    expect(ada.get_by_text("No request is so.")).to_be_visible()
    ada.route("**/v1/atelier/requests?**", lambda route: route.abort())
    ada.get_by_label("Whose").select_option("Everybody’s")
    expect(ada.get_by_text("We could not reach the fitting room.")).to_be_visible()
    ada.unroute("**/v1/atelier/requests?**")
    ada.get_by_role("button", name="Try again").click()
    expect(rows).to_have_count(50)
    yuki = workshop.invited(ada, "Yuki Mori")
    yuki.goto(f"{workshop.address}/atelier#request={ids[0]}")
    expect(yuki.get_by_role("alert").filter(has_text="not yours to see")).to_be_visible()
    accessible(yuki, "denied")
