"""The owner's page of shops in real Chromium: a shop, its keys, and what she puts into its page."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import FilePayload, expect

from tests.web.house import until
from tests.web.shopfront import open_front
from tests.web.test_atelier import SMALL_HERE, SPILLS, Atelier, atelier
from tryon.atelier import shops
from tryon.atelier.shops import ShopWish
from tryon.atelier.store import Unit
from tryon.atelier.who import Who

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
    new.get_by_label("Name").fill("Maison Au")
    shop.get_by_text("Change", exact=True).click()
    shop.get_by_role("button", name="New key for its page").click()
    tag = shop.locator(".key-made code")
    expect(tag).to_contain_text("<crown-tryon key=")
    expect(shop.locator(".key-made")).to_be_focused()
    expect(new.get_by_label("Name")).to_have_value("Maison Au")  # what was begun elsewhere on the page stays
    expect(shop.get_by_label("Its pages are at")).to_be_visible()
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


def test_an_owner_takes_a_feed_once_nothing_in_it_is_wrong(atelier: Atelier) -> None:
    page = atelier.owner()
    page.goto(f"{atelier.address}/atelier#shops")
    new = page.locator(".inviting form")
    new.get_by_label("Name").fill("Maison Vesper")
    new.get_by_label("Its pages are at").fill("https://shop.example")
    new.get_by_role("button", name="Make the shop").click()
    shop = page.get_by_role("region", name="Maison Vesper", exact=True)
    shop.get_by_text("How it sells our pieces").click()
    expect(shop).to_contain_text("Nothing is said yet")

    def send(text: str) -> None:
        file: FilePayload = {"name": "feed.csv", "mimeType": "text/csv", "buffer": text.encode()}
        shop.get_by_label("Choose a file").set_input_files(file)

    send("title\nx\n")
    expect(shop).to_contain_text("The first line of a CSV names its columns")
    send("sku,piece,price,title\nA,aurora,ten,x\nB,nix,,\n")
    expect(shop).to_contain_text("2 places are wrong. Nothing was changed.")
    expect(shop.locator(".feed-wrong li").first).to_have_text("Line 2, price: this is no price, such as 1900.00. (ten)")
    if LOOK:
        page.screenshot(path=Path(LOOK) / "feed-wrong.png", full_page=True)
    send("sku,piece,price,currency,title\nTIARA-07,aurora,1900.50,EUR,Aurora of ours\nR,lys,,,\n")
    expect(shop).to_contain_text("feed.csv is good. It means 2 new, 0 changed, 0 taken away.")
    expect(shop.get_by_role("table")).to_be_hidden()
    shop.get_by_label("It shows the pieces of this file from now on").check()
    new = page.locator(".inviting form").get_by_label("Name")
    new.fill("Maison Au")
    shop.get_by_role("button", name="Take it").click()
    expect(shop).to_contain_text("https://shop.example · 2 pieces")
    expect(page.locator(".shops > .rows-says")).to_contain_text("2 new")
    expect(new).to_have_value("Maison Au")  # what was begun elsewhere on the page stays
    shop.get_by_text("How it sells our pieces").click()
    expect(shop.get_by_role("table")).to_contain_text("Aurora of ours€1,900.50")
    assert page.evaluate(SPILLS) == []

    shop.get_by_role("button", name="New key for trying out").click()
    tag = shop.locator(".key-made code").inner_text()
    named = tag.split('key="')[1].split('"')[0]
    mirror = atelier.visit(f"{atelier.address}/embed/v1/?key={named}&sku=TIARA-07")
    expect(mirror.locator(".about .piece-name")).to_have_text("Aurora of ours")
    expect(mirror.locator(".piece-sold")).to_contain_text("€1,900.50")
    if LOOK:
        mirror.screenshot(path=Path(LOOK) / "feed-mirror.png")
    assert atelier.complaints == []


def test_an_owner_is_told_what_keeps_the_camera_from_a_shops_page(atelier: Atelier) -> None:
    with open_front("127.0.0.1") as front:
        front.pages["/"], front.headers = "<h1>Aurora</h1>", {"Permissions-Policy": "camera=()"}
        wish = ShopWish("Maison Vesper", (front.address,))
        atelier.store.change(Who("owner", "ada"), "shop.add", lambda unit: shops.add(unit, wish, frozenset()))
        page = atelier.owner(viewport={"width": 390, "height": 844})
        page.goto(f"{atelier.address}/atelier#shops")
        page.get_by_text("What keeps the mirror from its page").click()
        field, found = page.get_by_label("Page", exact=True), page.locator(".check-found")
        expect(field).to_have_value(f"{front.address}/")
        field.press("Enter")
        expect(page.get_by_text(f"1 thing keeps the mirror from {front.address}/.")).to_be_visible()
        first = found.locator(".key").first
        expect(first).to_contain_text("Her camera (Permissions-Policy)The header says camera=().")
        expect(first.get_by_role("img", name="Does not work:")).to_be_visible()
        expect(first.locator("code")).to_have_text(f'Permissions-Policy: camera=(self "{atelier.address}")')
        expect(found.get_by_role("img", name="Works:", exact=True)).to_have_count(8)
        if LOOK:
            page.screenshot(path=Path(LOOK) / "check.png", full_page=True)
        assert page.evaluate(SPILLS) == []
        assert page.evaluate(SMALL_HERE) == []
        violations = Axe().run(page, options=LEVELS).response["violations"]
        assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in violations] == []

        front.headers = {}
        page.get_by_role("button", name="Check this page").click()
        expect(page.get_by_text(f"Nothing keeps the mirror from {front.address}/.")).to_be_visible()
        field.fill("https://other.example/")
        field.press("Enter")
        expect(page.get_by_role("alert").filter(has_text="not at one of the shop’s addresses")).to_be_visible()
        expect(found).to_be_hidden()
        # what the browser itself says of an answer of 403
        assert [said for said in atelier.complaints if "403" not in said] == []


def test_requests_are_found_by_the_shop_they_came_from(atelier: Atelier) -> None:
    def open_shop(unit: Unit) -> str:
        return shops.add(unit, ShopWish("Maison Vesper", ("https://shop.example",)), frozenset()).id

    shop = atelier.store.change(Who("owner", "ada"), "shop.add", open_shop)
    atelier.request("r1", "Of our own page")
    atelier.request("r2", "Of theirs", shop_id=shop, sandbox=True)
    page = atelier.owner()
    page.goto(f"{atelier.address}/atelier#requests")
    rows = page.locator(".rows .row")
    expect(rows).to_have_count(2)
    page.get_by_label("From which shop").select_option("Maison Vesper")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("at Maison Vesper · for trying out")
    rows.click()
    expect(page.locator(".dossier, .detail").first).to_contain_text("at Maison Vesper · for trying out")
    if LOOK:
        page.screenshot(path=Path(LOOK) / "requests-by-shop.png")
    assert page.evaluate(SPILLS) == []


@pytest.fixture
def listener() -> Iterator[tuple[str, list[int]]]:
    """Address of a shop's server, and what it answers with from now on."""
    answers = [500]

    class Listener(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(answers[0])
            self.end_headers()

        def log_message(self, *said: object) -> None:
            """Not on the test's output."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Listener)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/hook", answers
    server.shutdown()
    thread.join()
    server.server_close()


def test_an_owner_sees_what_a_shops_server_was_told(atelier: Atelier, listener: tuple[str, list[int]]) -> None:
    url, answers = listener
    page = atelier.owner()
    page.goto(f"{atelier.address}/atelier#shops")
    new = page.locator(".inviting form")
    new.get_by_label("Name").fill("Maison Vesper")
    new.get_by_label("Its pages are at").fill("https://shop.example")
    new.get_by_role("button", name="Make the shop").click()
    page.get_by_text("What its server is told").click()
    expect(page.get_by_text("Its server is told nothing yet.")).to_be_visible()

    page.get_by_label("Its server listens at").fill("https://localhost/hook")
    page.get_by_role("button", name="Add the address").click()
    expect(page.locator(".shop-hooks").get_by_role("alert")).to_contain_text("a public name and a path")
    page.get_by_label("Its server listens at").fill(url)
    page.get_by_label("a fit card is kept").uncheck()
    page.get_by_role("button", name="Add the address").click()
    hook = page.locator(".hook")
    expect(hook.locator(".key-made code")).to_contain_text("whsec_")
    expect(hook.locator(".key-made")).to_be_focused()
    expect(hook).to_contain_text("told without trouble")
    expect(hook).to_contain_text("a request is sent, a request goes on, a consultation ended, and data is erased")

    hook.get_by_role("button", name="Log of").click()
    expect(hook).to_contain_text("Nothing was told here")
    hook.get_by_role("button", name="Send a test to").click()
    message = hook.locator(".hook-message")
    expect(message).to_contain_text("hook.tested waits")

    def tried() -> bool:
        hook.get_by_role("button", name="Look again").click()
        return "tried again" in message.inner_text()

    until(tried, "a try that failed")
    message.get_by_text("1 try").click()
    expect(message).to_contain_text(": 500,")
    expect(message).to_contain_text('"type":"hook.tested"')
    page.reload()
    page.get_by_text("What its server is told").click()
    expect(hook).to_have_attribute("data-state", "failing")
    expect(hook).to_contain_text("no good answer since")
    if LOOK:
        hook.get_by_role("button", name="Log of").click()
        message.get_by_text("try").click()
        page.screenshot(path=Path(LOOK) / "hooks-failing.png", full_page=True)
        hook.get_by_role("button", name="Log of").click()

    answers[:] = [204]
    hook.get_by_role("button", name="Log of").click()
    hook.get_by_role("button", name="Send hook.tested").click()

    def told() -> bool:
        hook.get_by_role("button", name="Look again").click()
        return "was told" in message.inner_text()

    until(told, "that it was told")
    hook.get_by_role("button", name="Switch off").click()
    expect(hook).to_have_attribute("data-state", "ended")
    expect(hook).to_contain_text("switched off")
    hook.get_by_role("button", name="Switch on").click()
    expect(hook).to_have_attribute("data-state", "well")
    hook.get_by_role("button", name=f"Take away {url}", exact=True).click()
    hook.get_by_role("button", name="Really take away").click()
    expect(hook).to_have_count(0)
    expect(page.get_by_text("is gone, with its log")).to_be_visible()
    assert atelier.complaints == []


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
    page.get_by_text("What its server is told").click()
    page.get_by_label("Its server listens at").fill("http://127.0.0.1:9/hook")
    page.get_by_role("button", name="Add the address").click()
    page.get_by_role("button", name="Send a test to").click()
    expect(page.locator(".hook-message")).to_be_visible()

    expect(page.locator(".shop-keys .key-made")).to_be_visible()
    if LOOK:
        page.screenshot(path=Path(LOOK) / f"shops-{width}-{scheme}.png", full_page=True)
    assert page.evaluate(SPILLS) == []
    assert page.evaluate(SMALL_HERE) == []
    found = Axe().run(page, options=LEVELS).response["violations"]
    assert [(one["id"], [node["target"] for node in one["nodes"]]) for one in found] == []
