"""The atelier's page in real Chromium: in by passkey or password, people and requests, by keyboard and by phone."""

from __future__ import annotations

import datetime
import os
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.web.house import House, overhear, until
from tests.web.test_page import NAMELESS, SMALL, UNREADABLE
from tryon.atelier.accounts import Accounts
from tryon.atelier.passkeys import House as Asks
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Request, Step, Tried
from tryon.atelier.tries import Tries
from tryon.atelier.who import HOUSE
from tryon.settings import Settings

PASSWORD = "seven quiet herons"
AUTHENTICATOR = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}
LABELLESS = """() => [...document.querySelectorAll('input:not([type=hidden]), select')]
    .filter((el) => el.checkVisibility() && !el.labels.length && !el.getAttribute('aria-label'))
    .map((el) => el.outerHTML)"""
SPILLS = """() => [...document.querySelectorAll('.atelier *')]
    .filter((el) => el.checkVisibility() && !el.closest('.unseen, .wide'))
    .filter((el) => el.getBoundingClientRect().right > innerWidth + 0.5 || el.getBoundingClientRect().left < -0.5)
    .map((el) => el.className || el.tagName)"""
BOXES = "[type=checkbox], [type=radio], [type=file]"
"A thumb finds them by their label."
SMALL_HERE = SMALL.replace(
    "'button, a, summary, input'", f"'button, a, summary, select, input:not({BOXES}), label:has({BOXES})'"
)
STRUCTURE = """() => [document.documentElement.lang, document.querySelectorAll('h1').length,
    document.querySelectorAll('main').length,
    ((ids) => ids.length === new Set(ids).size)([...document.querySelectorAll('[id]')].map((el) => el.id))]"""


@dataclass
class Atelier:
    """The page's address, and what stands behind it."""

    address: str
    settings: Settings
    store: Store
    accounts: Accounts
    chromium: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def visit(self, link: str = "", **options: object) -> Page:
        """A browser of its own on the page."""
        context = self.chromium.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})  # type: ignore[arg-type]
        self.contexts.append(context)
        page = context.new_page()
        devices = context.new_cdp_session(page)
        devices.send("WebAuthn.enable")
        devices.send("WebAuthn.addVirtualAuthenticator", {"options": AUTHENTICATOR})

        def complain(words: str) -> None:
            # the browser itself notes an answer of 4xx; what the page makes of it is tested
            if "Failed to load resource" not in words:
                self.complaints.append(words)

        overhear(page, complain)
        page.goto(link or f"{self.address}/atelier")
        page.wait_for_selector("h1")
        return page

    def owner_link(self) -> str:
        return self.accounts.make_owner("ada@atelier.example")

    def owner(self, **options: object) -> Page:
        """An owner who is signed in."""
        page = self.visit(self.owner_link(), **options)
        page.locator("[name=name]").fill("Ada Noor")
        page.locator("button[value=passkey]").click()
        expect(page.locator(".menu-name")).to_have_text("Ada Noor")
        return page

    def letter(self, to: str) -> str:
        """The text of the newest letter to somebody."""
        found: list[str] = []

        def look() -> bool:
            for path in sorted(self.settings.mail_folder.glob("*.eml"), reverse=True):
                message = message_from_bytes(path.read_bytes(), policy=policy.default)
                if to in message["To"]:
                    body = message.get_body(("plain",))
                    assert body is not None
                    found.append(body.get_content())
                    return True
            return False

        until(look, f"a letter to {to}")
        return found[0]

    def request(self, id: str, name: str, stage: str = "casting", **said: object) -> None:
        def work(unit: Unit) -> None:
            fields = {
                "event_date": datetime.date(2027, 6, 12),
                "tier": "custom",
                "materials": "",
                "stones": "",
                "notes": "",
                "language": "en",
                "email": "client@client.example",
                "phone": "",
                "lead_weeks": 8,
                "made_at": unit.now,
                "submitted_at": unit.now,
                "version": 1,
            }
            unit.rows.add(Request(id=id, name=name, stage=stage, **{**fields, **said}))
            unit.rows.flush()
            unit.rows.add(Tried(request_id=id, piece_id="aurora", position=0, wished=True))
            unit.rows.add(
                Step(
                    id=f"s{id}",
                    request_id=id,
                    from_stage="approval_one",
                    to_stage="casting",
                    at=unit.now,
                    by_role="house",
                    by_id="",
                    words="<b>Poured</b> at dawn",
                )
            )

        self.store.change(HOUSE, "sample", work)


@pytest.fixture
def atelier(house: House, chromium_bare: Browser, tmp_path: Path) -> Iterator[Atelier]:
    settings = house.pool.settings
    store = Store(settings.database_url)
    asks = Asks(settings.shop_mark, settings.public_address)
    made = Atelier(
        settings.public_address, settings, store, Accounts(store, asks, Tries(time.monotonic)), chromium_bare
    )
    yield made
    for context in made.contexts:
        context.close()
    store.close()
    assert made.complaints == []


def test_an_owner_comes_in_by_passkey_and_comes_back(atelier: Atelier) -> None:
    link = atelier.owner_link()
    page = atelier.visit(link)

    expect(page.get_by_role("heading", level=1)).to_have_text("You are invited")
    expect(page.get_by_text("For ada@atelier.example, as owner.")).to_be_visible()
    assert "#" not in page.url, "the token is gone from the address"
    page.get_by_label("Your name").fill("Ada Noor")
    page.get_by_role("button", name="Come in with a passkey").click()
    expect(page.locator(".menu-name")).to_have_text("Ada Noor")
    [cookie] = page.context.cookies()
    assert cookie["httpOnly"]
    assert cookie["sameSite"] == "Strict"

    page.reload()
    expect(page.locator(".menu-name")).to_have_text("Ada Noor")
    page.locator(".menu summary").click()
    page.get_by_role("button", name="Sign out", exact=True).click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.locator(".menu-name")).to_have_text("Ada Noor")

    other = atelier.visit(link)
    expect(other.get_by_text("This invitation was used")).to_be_visible()


def test_a_colleague_is_invited_by_mail_and_signs_in_by_password(atelier: Atelier) -> None:
    page = atelier.owner()
    page.get_by_role("link", name="People").click()
    page.get_by_label("Name", exact=True).fill("Béa Lune")
    page.get_by_label("Mail address").fill("bea@atelier.example")
    page.get_by_label("Role").select_option("artisan")
    page.get_by_label("filigree").check()
    page.get_by_label("Language of letters").select_option("fr")
    page.get_by_role("button", name="Send the invitation").click()
    expect(page.get_by_text("The invitation to Béa Lune is on its way.")).to_be_visible()
    expect(page.get_by_role("row", name="Béa Lune")).to_contain_text("invited")
    letter = atelier.letter("bea@atelier.example")
    assert "Ada Noor vous invite à l’atelier de tryon" in letter
    [link] = [line for line in letter.splitlines() if line.startswith("http")]

    bea = atelier.visit(link, locale="fr-FR")
    expect(bea.get_by_role("heading", level=1)).to_have_text("Bienvenue à l’atelier")
    bea.get_by_label("Nouveau mot de passe").fill("trop court")
    bea.get_by_role("button", name="Entrer avec un mot de passe").click()
    expect(bea.get_by_role("alert")).not_to_be_empty()
    bea.get_by_label("Nouveau mot de passe").fill(PASSWORD)
    bea.get_by_role("button", name="Entrer avec un mot de passe").click()
    expect(bea.locator(".menu-role")).to_have_text("artisan")
    bea.get_by_role("link", name="Équipe").click()
    expect(bea.get_by_role("row", name="Ada Noor")).to_be_visible()
    expect(bea.get_by_role("button", name="Envoyer l’invitation")).to_have_count(0)
    bea.locator(".menu summary").click()
    bea.get_by_role("button", name="Se déconnecter partout").click()
    bea.get_by_label("Adresse mail").fill("Bea@atelier.example")
    bea.get_by_label("Mot de passe").fill("faux faux faux faux")
    bea.get_by_role("button", name="Se connecter", exact=True).click()
    expect(bea.get_by_role("alert").last).to_have_text("Adresse et mot de passe ne vont pas ensemble. Réessayez.")
    bea.get_by_label("Mot de passe").fill(PASSWORD)
    bea.get_by_role("button", name="Se connecter", exact=True).click()
    expect(bea.locator(".menu-name")).to_have_text("Béa Lune")

    page.reload()
    page.get_by_role("button", name="Close the account of Béa Lune").click()
    page.get_by_role("button", name="Really close the account of Béa Lune").click()
    expect(page.get_by_role("row", name="Béa Lune")).to_contain_text("account closed")
    bea.reload()
    expect(bea.get_by_role("heading", level=1)).to_have_text("Se connecter")


def test_requests_are_found_and_read_by_keyboard(atelier: Atelier) -> None:
    for number, name in enumerate(("Zoé Müller", "Ana Novak", "Chiara Conti")):
        atelier.request(
            f"r{number}",
            name,
            stage="on_hold" if number == 0 else "casting",
            held_from="casting" if number == 0 else None,
        )
    page = atelier.owner()
    rows = page.locator(".rows a")

    expect(page.get_by_text("3 requests")).to_be_visible()
    expect(rows.first).to_contain_text("Chiara Conti")
    expect(rows.first).to_contain_text("Aurora, Made to measure")
    page.keyboard.press("/")
    page.keyboard.type("mül")
    expect(page.get_by_text("1 request")).to_be_visible()
    expect(rows).to_have_count(1)
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    expect(rows).to_have_count(3)
    page.get_by_label("Stage").select_option("on_hold")
    expect(rows).to_have_count(1)
    page.get_by_label("Stage").select_option("")
    expect(rows).to_have_count(3)
    page.get_by_label("Whose").select_option("Mine")
    expect(page.get_by_text("No request is so.")).to_be_visible()
    page.get_by_label("Whose").select_option("")
    expect(rows).to_have_count(3)
    rows.first.focus()
    page.keyboard.press("j")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=2)).to_have_text("Zoé Müller")
    expect(page.locator(".stage")).to_have_text("On hold (Casting)")
    expect(page.locator(".stages [aria-current=step]")).to_contain_text("Casting")
    expect(page.get_by_role("region", name="The request")).to_be_focused()
    page.keyboard.press("0")
    expect(page.locator(".deed .step-words")).to_have_text("<b>Poured</b> at dawn")
    page.keyboard.press("Escape")
    expect(page.locator(".detail-none")).to_be_visible()
    page.goto(f"{atelier.address}/atelier#request=nobody")
    expect(page.get_by_text("There is no such request here")).to_be_visible()


def test_a_late_request_says_how_late_in_words(atelier: Atelier) -> None:
    today = datetime.datetime.now(datetime.UTC).date()
    atelier.request("r1", "Zoé Müller", event_date=today + datetime.timedelta(days=7))
    page = atelier.owner()
    expect(page.locator(".row-due.late")).to_contain_text("late since")
    page.locator(".rows a").click()
    expect(page.locator(".detail-due.late")).to_have_text(re.compile(r"^due .*: \d+ days late$"))
    expect(page.locator(".stages [aria-current=step] .late")).to_contain_text("late")


def test_a_server_that_is_away_is_said(atelier: Atelier) -> None:
    page = atelier.visit()
    page.route("**/v1/atelier/sign-in", lambda route: route.abort())
    page.get_by_label("Mail address").fill("ada@atelier.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()

    expect(page.get_by_role("alert").last).to_contain_text("Nothing is lost")


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
DEVICES: dict[str, dict[str, object]] = {
    "phone": PHONE,
    "desk": {},
    "zoomed": {"viewport": {"width": 320, "height": 256}},
}


@pytest.mark.parametrize(
    ("device", "scheme", "language"),
    [
        ("phone", "light", "fr"),
        ("phone", "dark", "en"),
        ("desk", "light", "fr"),
        ("desk", "dark", "en"),
        ("zoomed", "light", "fr"),
    ],
)
def test_all_of_it_can_be_read_pressed_and_named(atelier: Atelier, device: str, scheme: str, language: str) -> None:
    atelier.request("r1", "Zoé Müller", notes="Two drops, not three.\nShe wears the veil behind.")
    options = {**DEVICES[device], "color_scheme": scheme, "locale": language}

    def check(page: Page, what: str) -> None:
        if os.environ.get("LOOK"):
            page.screenshot(path=f"/tmp/people/{what}-{device}-{language}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
        for script in (UNREADABLE, SMALL_HERE, NAMELESS, LABELLESS, SPILLS):
            assert page.evaluate(script) == [], what
        assert page.evaluate(STRUCTURE) == [language, 1, 1, True], what

    check(atelier.visit(**options), "door")
    invited = atelier.visit(atelier.owner_link(), **options)
    check(invited, "invitation")
    page = atelier.owner(**options)
    expect(page.locator(".rows a")).to_have_count(1)
    check(page, "requests")
    page.locator(".rows a").click()
    expect(page.locator(".stages")).to_be_visible()
    check(page, "request")
    page.locator(".console-rooms [data-room=people]").click()
    expect(page.locator(".people-table tbody tr")).to_have_count(1)
    page.locator("[name=role]").select_option("artisan")
    check(page, "people")
    page.locator(".menu summary").click()
    check(page, "menu")
