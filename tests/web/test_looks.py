"""Pieces worn together in real Chromium: a place holds one, one is in hand, a look is saved and opened by its link."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from playwright.sync_api import Locator, Page, Route, expect

from tests.web.house import House, until
from tests.web.test_page import announced, edge, open_mirror, state, tile
from tryon.types import Place, Quality

Opens = Callable[..., Page]
FINGERS = ("Thumb", "Index", "Middle", "Ring", "Little")


def worn(house: House) -> list[str]:
    """What the mirror wears."""
    return [model.piece.id for model in house.mirror.models]


def listed(page: Page) -> list[str]:
    """What the page says is worn."""
    return page.locator(".worn-name span:first-child").all_inner_texts()


def in_hand(page: Page) -> Locator:
    return page.locator(".worn-name[aria-pressed=true]")


def where(page: Page) -> Locator:
    return page.get_by_role("button", name="Where it is worn")


def pick(page: Page, name: str) -> Locator:
    """A choice of the place panel."""
    return page.locator("piece-place").get_by_role("button", name=name, exact=True)


def test_a_place_holds_one_piece_and_the_rest_stays(house: House, page: Page) -> None:
    open_mirror(page)
    tile(page, "Vesper").click()
    until(lambda: worn(house) == ["aurora", "vesper"], "both are worn")
    announced(page, "You are wearing Aurora and Vesper.")
    expect(page.locator("aside.about h2")).to_have_text("Vesper")
    tile(page, "Celeste").click()
    until(lambda: worn(house) == ["celeste", "vesper"], "celeste in place of aurora")
    expect(tile(page, "Aurora")).to_have_attribute("aria-pressed", "false")
    expect(tile(page, "Vesper")).to_have_attribute("aria-pressed", "true")
    assert listed(page) == ["Celeste", "Vesper"]
    # what is worn is first taken in hand, and taken off when it is
    tile(page, "Vesper").click()
    expect(in_hand(page)).to_have_text("Vesper")
    announced(page, "Vesper is in hand.")
    page.locator("tryon-mirror").focus()
    page.keyboard.press("ArrowRight")
    assert listed(page) == ["Celeste", "Vesper"], "there is no other for the neck"
    tile(page, "Vesper").click()
    until(lambda: worn(house) == ["celeste"], "vesper is taken off")
    expect(in_hand(page)).to_have_text("Celeste")
    page.get_by_role("button", name="Take Celeste off").press("Enter")
    until(lambda: worn(house) == [], "she wears nothing")
    announced(page, "You are wearing nothing of ours now. Choose a piece you like.")
    expect(page.locator(".worn-none")).to_be_visible()
    expect(page.locator(".badge")).to_be_hidden()
    expect(page.get_by_role("button", name="Adjust where")).to_be_disabled()
    expect(page.get_by_role("button", name="Save this look")).to_be_hidden()
    page.locator("tryon-mirror").focus()
    page.keyboard.press("ArrowRight")
    until(lambda: worn(house) == ["aurora"], "an arrow brings the first")


def test_a_nudge_stays_with_its_piece(house: House, page: Page) -> None:
    open_mirror(page)
    page.get_by_role("button", name="Adjust where").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    badge = page.locator(".badge")
    expect(badge).to_have_text("Moved: 1 mm up")
    tile(page, "Vesper").click()
    expect(badge).to_have_text("True size")
    tile(page, "Lys").click()
    expect(badge).to_have_text("Style, not size")
    page.get_by_role("button", name="Take a snapshot").click()
    expect(page.locator(".snapshot-caption")).to_have_text(re.compile("Aurora.*, moved$"))
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Aurora", exact=True).click()
    expect(badge).to_have_text("Moved: 1 mm up")
    expect(page.locator(".nudge-where")).to_have_text("1 mm up")
    tile(page, "Celeste").click()
    expect(badge).to_have_text("True size")


def test_a_ring_goes_to_any_finger_of_either_hand(house: House, page: Page) -> None:
    open_mirror(page)
    tile(page, "Lys").click()
    until(lambda: worn(house) == ["aurora", "lys"], "the ring is worn")
    assert house.mirror.places == {}, "on its own finger of the hand she shows"
    where(page).click()
    expect(page.locator("#place-title")).to_be_focused()
    pick(page, "Index").click()
    until(lambda: house.mirror.places == {"lys": Place("left_hand", "index", either=True)}, "index")
    pick(page, "Right").press("Enter")
    until(lambda: house.mirror.places == {"lys": Place("right_hand", "index")}, "right")
    expect(pick(page, "Right")).to_have_attribute("aria-pressed", "true")
    expect(in_hand(page)).to_contain_text("right index finger")
    page.keyboard.press("Escape")
    expect(where(page)).to_be_focused()
    # another ring goes to its own finger, and to the first one's place when it is told to
    tile(page, "Mira").click()
    until(lambda: worn(house) == ["aurora", "lys", "mira"], "two rings")
    where(page).click()
    pick(page, "Index").click()
    until(lambda: house.mirror.places.get("mira") == Place("left_hand", "index"), "the other hand's index")
    assert worn(house) == ["aurora", "lys", "mira"]
    pick(page, "Right").click()
    until(lambda: worn(house) == ["aurora", "mira"], "a finger holds one ring")
    pick(page, "The one I show").click()
    shown = Place("left_hand", "index", either=True)
    until(lambda: house.mirror.places == {"mira": shown}, "the same finger of the hand she shows")
    pick(page, "Ring").click()
    until(lambda: house.mirror.places == {}, "its own place")
    # with one ring finger taken, the other ring is kept to the other hand
    pick(page, "Right").click()
    page.keyboard.press("Escape")
    tile(page, "Lys").click()
    both = {"mira": Place("right_hand", "ring"), "lys": Place("left_hand", "ring")}
    until(lambda: house.mirror.places == both, "one on each hand")


def test_an_open_palm_holds_any_piece(house: House, page: Page) -> None:
    open_mirror(page)
    where(page).click()
    expect(pick(page, "Ring")).to_be_hidden()
    pick(page, "Hold it in your hand").click()
    until(lambda: house.mirror.places == {"aurora": Place("left_hand", "", held=True, either=True)}, "held")
    expect(page.locator(".badge")).to_have_text("Style, not size")
    expect(page.get_by_role("button", name="Adjust where")).to_be_disabled()
    page.get_by_role("button", name="Take a snapshot").click()
    expect(page.locator(".snapshot-caption")).to_have_text("Aurora: style, not size")
    page.keyboard.press("Escape")
    pick(page, "Right").click()
    until(lambda: house.mirror.places == {"aurora": Place("right_hand", "", held=True)}, "in the other")
    page.keyboard.press("Escape")
    tile(page, "Celeste").click()
    until(lambda: worn(house) == ["aurora", "celeste"], "the head is free for another")
    page.get_by_role("button", name="Aurora").first.click()
    where(page).click()
    pick(page, "Wear it again").click()
    until(lambda: worn(house) == ["aurora"] and not house.mirror.places, "worn, in place of the other")


def test_a_hand_that_is_not_seen_is_asked_for(house: House, page: Page) -> None:
    open_mirror(page)
    house.mirror.quality = Quality("live", ("show_hand",))
    edge(page, "Show your hand to the camera, fingers apart")
    house.mirror.quality = Quality("live", ("too_dark", "show_hand"))
    edge(page, "A little more light on your face, please")


def test_eight_pieces_are_all_that_is_shown_at_once(house: House, visit: Opens) -> None:
    def more(route: Route) -> None:
        cards = route.fetch().json()["pieces"]
        ring = next(card for card in cards if card["id"] == "lys")
        for at, finger in enumerate(FINGERS):
            for hand in ("left", "right"):
                name = f"Aim {finger} {hand}"
                cards.append({**ring, "id": f"ring-{at}-{hand}", "name": name, "finger": finger.lower()})
        route.fulfill(json={"pieces": cards})

    page = visit()
    page.route("**/v1/pieces", more)
    page.reload()
    state(page, "consent")
    open_mirror(page)
    for finger in FINGERS:
        tile(page, f"Aim {finger} left").click()
    for finger in FINGERS[:2]:
        tile(page, f"Aim {finger} right").click()
        page.evaluate(
            "(finger) => document.querySelector('piece-place').dispatchEvent(new CustomEvent('place',"
            " { detail: { on: 'right_hand', finger, held: false } }))",
            finger.lower(),
        )
        tile(page, f"Aim {finger} left").click()
    expect(page.locator(".worn-piece")).to_have_count(8)
    until(lambda: len(worn(house)) == 8, "eight are worn")
    before = worn(house)
    tile(page, "Vesper").click()

    edge(page, "You are wearing all we can show at once: eight pieces. Take one off first.")
    assert worn(house) == before
    # in place of another there is room
    tile(page, "Celeste").click()
    until(lambda: worn(house) == ["celeste", *before[1:]], "celeste in place of aurora")


def test_what_the_mirror_refuses_is_not_said_to_be_worn(house: House, visit: Opens) -> None:
    def gone(route: Route) -> None:
        cards = route.fetch().json()["pieces"]
        route.fulfill(json={"pieces": [*cards, {**cards[1], "id": "no-more", "name": "Nevermore"}]})

    page = visit()
    page.route("**/v1/pieces", gone)
    page.reload()
    state(page, "consent")
    open_mirror(page)
    tile(page, "Nevermore").click()

    edge(page, "This piece has left our shelf. Please choose another one.")
    assert listed(page) == ["Aurora"]
    expect(in_hand(page)).to_have_text("Aurora")
    expect(tile(page, "Nevermore")).to_have_attribute("aria-pressed", "false")


def test_a_lost_session_is_replaced_by_one_that_wears_all_of_it(house: House, visit: Opens) -> None:
    page = visit(expects=("404",))
    open_mirror(page)
    page.get_by_role("button", name="Adjust where").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    tile(page, "Vesper").click()
    tile(page, "Lys").click()
    where(page).click()
    pick(page, "Thumb").click()
    until(lambda: house.mirror.places, "placed")
    house.end_sessions()
    until(lambda: len(house.pool.mirrors) == 2, "a new session")

    state(page, "live")
    until(lambda: worn(house) == ["aurora", "vesper", "lys"], "all is worn")
    until(lambda: house.mirror.places == {"lys": Place("left_hand", "thumb", either=True)}, "on its finger")
    until(lambda: house.mirror.nudges.get("aurora"), "moved")
    assert house.mirror.nudges["aurora"].up_mm == 1


def test_a_look_is_saved_under_its_name_and_opened_by_its_link(house: House, visit: Opens) -> None:
    page = visit(permissions=["clipboard-read", "clipboard-write"])
    open_mirror(page)
    page.get_by_role("button", name="Adjust where").click()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Escape")
    tile(page, "Lys").click()
    where(page).click()
    pick(page, "Little").click()
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save this look").click()
    dialog = page.get_by_role("dialog", name="Save this look")
    name = dialog.get_by_label("Its name")
    expect(name).to_have_value("Aurora and Lys")
    expect(name).to_be_focused()
    expect(dialog).to_contain_text("nothing of you")
    name.fill("Our <b>wedding</b>")
    page.keyboard.press("Enter")
    expect(dialog).to_contain_text("“Our <b>wedding</b>” is saved.")
    dialog.get_by_role("button", name="Copy the link").click()
    expect(dialog).to_contain_text("The link is copied")
    link = page.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(re.escape(house.address) + r"/\?set=[\w-]{22}", link)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="Save this look")).to_be_focused()

    other = visit(path=link.removeprefix(house.address))
    expect(other.locator(".panel-title")).to_have_text("See Our <b>wedding</b> on you")
    assert listed(other) == ["Aurora", "Lys"]
    open_mirror(other)
    until(lambda: len(house.pool.mirrors) == 2 and worn(house) == ["aurora", "lys"], "all is worn")
    until(lambda: house.mirror.places == {"lys": Place("left_hand", "little", either=True)}, "on its finger")
    until(lambda: house.mirror.nudges.get("aurora"), "moved")
    expect(other.locator("#worn-title")).to_have_text("“Our <b>wedding</b>”")
    tile(other, "Vesper").click()
    expect(other.locator("#worn-title")).to_have_text("You are wearing")


def test_a_channel_that_opens_before_the_page_looks_is_no_lost_one(house: House, visit: Opens) -> None:
    """On a busy machine the answer is still being taken when the channel opens and the mirror says what it wears."""
    page = visit(
        expects=("404",),
        script="""
            const taken = RTCPeerConnection.prototype.setRemoteDescription;
            RTCPeerConnection.prototype.setRemoteDescription = async function (...said) {
                await taken.apply(this, said);
                await new Promise((go) => setTimeout(go, 1500));
            };
        """,
    )
    open_mirror(page)
    tile(page, "Lys").click()
    where(page).click()
    pick(page, "Thumb").click()
    thumb = {"lys": Place("left_hand", "thumb", either=True)}
    until(lambda: house.mirror.places == thumb, "placed")
    house.end_sessions()
    until(lambda: len(house.pool.mirrors) == 2 and worn(house) == ["aurora", "lys"], "all is worn again")
    until(lambda: house.mirror.places == thumb, "on its finger again")


def test_a_look_is_shared_where_the_browser_can(visit: Opens) -> None:
    page = visit(script="navigator.share = async (what) => { window.shared = what; };")
    page.get_by_role("button", name="Save this look").click()
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Share").click()

    page.wait_for_function("() => window.shared")
    shared = page.evaluate("window.shared")
    assert shared["title"] == "Aurora"
    assert "/?set=" in shared["url"]


def test_a_look_that_is_not_known_or_not_saved_is_said_and_the_page_goes_on(house: House, visit: Opens) -> None:
    page = visit(path="/?set=nix", expects=("404", "503", "ERR_FAILED"))
    expect(page.locator(".panel-note")).to_have_text(
        "We no longer know this look. The pieces are all here; choose those you like."
    )
    open_mirror(page)
    until(lambda: worn(house) == ["aurora"], "the shelf's first")
    page.route("**/v1/sets", lambda route: route.abort())
    page.get_by_role("button", name="Save this look").click()
    dialog = page.get_by_role("dialog", name="Save this look")
    dialog.get_by_role("button", name="Save").click()
    expect(dialog).to_contain_text("We could not reach the fitting room. Nothing is lost.")
    expect(dialog.get_by_role("button", name="Save")).to_be_enabled()


def test_a_piece_that_left_the_catalogue_is_named_and_the_rest_is_worn(house: House, visit: Opens) -> None:
    page = visit()
    plain = {"on": "", "finger": "", "held": False, "up_mm": 0, "forward_mm": 0, "tilt_deg": 0}
    old = [{**plain, "piece": "gone", "name": "Lucette"}, {**plain, "piece": "vesper", "name": "Vesper"}]
    body = json.dumps({"set": "abc", "name": "Ours", "worn": old})
    page.route("**/v1/sets/abc", lambda route: route.fulfill(body=body, content_type="application/json"))
    page.goto(f"{house.address}/?set=abc")
    state(page, "consent")

    expect(page.locator(".panel-note")).to_have_text("Lucette left our shelf. The rest of the look is here.")
    assert listed(page) == ["Vesper"]
