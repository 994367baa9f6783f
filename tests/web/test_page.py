"""The page in real Chromium: consent first, every state with its words, and a mirror that comes back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Browser, Locator, Page, Playwright, expect

from tests.web.house import House, at_rest, until
from tryon.bench.browser import launch
from tryon.errors import SessionError
from tryon.types import Quality

Opens = Callable[..., Page]

REFUSES = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('', '{}'));"
REMEMBERS = """
    const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
    window.asked = [];
    window.streams = [];
    navigator.mediaDevices.getUserMedia = async (wish) => {
        window.asked.push(wish);
        const stream = await real(wish);
        window.streams.push(stream);
        return stream;
    };
"""
LUMA = """() => {
    const video = document.querySelector('tryon-mirror video');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth, video.videoHeight];
    const pen = canvas.getContext('2d');
    pen.drawImage(video, 0, 0);
    const [w, h] = [canvas.width, canvas.height];
    const { data } = pen.getImageData(w / 2 - w / 16, h * 0.14, w / 8, h * 0.04);
    return data.reduce((sum, value) => sum + value, 0) / data.length;
}"""


def state(page: Page, name: str) -> None:
    page.wait_for_selector(f".room[data-state={name}]")


def agree(page: Page) -> None:
    page.click("[data-action=agree]")


def open_mirror(page: Page) -> None:
    agree(page)
    state(page, "live")


def tile(page: Page, name: str) -> Locator:
    return page.get_by_role("toolbar", name="Pieces").get_by_role("button", name=name)


def announced(page: Page, words: str) -> None:
    expect(page.locator(".announcer")).to_have_text(words)


def edge(page: Page, words: str) -> None:
    if words:
        expect(page.locator(".edge-words")).to_have_text(words)
    else:
        expect(page.locator(".edge-words")).to_be_hidden()


# consent


def test_nothing_is_asked_of_her_camera_or_sent_before_she_agrees(house: House, visit: Opens) -> None:
    page = visit(script=REMEMBERS)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(f"{request.method} {request.url.removeprefix(house.address)}"))

    page.keyboard.press("ArrowRight")
    page.click("text=Celeste")
    expect(page.locator(".panel-title")).to_have_text("See Celeste on you")
    assert page.evaluate("window.asked") == []
    assert [line for line in sent if line.startswith("POST")] == []
    open_mirror(page)
    posts = [line for line in sent if line.startswith("POST")]
    assert posts == ["POST /v1/consents", "POST /v1/sessions?piece=celeste"]
    assert page.evaluate("window.asked.length") == 1


def test_the_words_come_from_the_server_whole(house: House, page: Page) -> None:
    words = page.request.get(f"{house.address}/v1/consent").json()

    shown = page.locator(".panel-consent .panel-words > p").all_inner_texts()
    assert "\n\n".join(shown) == words["text"]


def test_a_consent_that_no_longer_holds_is_asked_for_again(house: House, visit: Opens) -> None:
    page = visit(expects=("403",))
    house.pool.refuses = SessionError("session_lost", "lost")
    page.route(
        "**/v1/sessions?*",
        lambda route: route.fulfill(
            status=403,
            content_type="application/json",
            body=json.dumps({"error": {"reason": "consent_expired", "detail": "This was for an earlier visit."}}),
        ),
    )
    agree(page)

    expect(page.locator(".panel-note")).to_contain_text("Your visit has ended")
    state(page, "consent")
    page.unroute("**/v1/sessions?*")
    house.pool.refuses = None
    open_mirror(page)


def test_taking_consent_back_ends_everything(house: House, visit: Opens) -> None:
    page = visit(script=REMEMBERS)
    open_mirror(page)
    page.get_by_role("button", name="More about the mirror").click()
    page.get_by_role("button", name="Take my consent back").click()

    state(page, "withdrawn")
    assert page.evaluate("window.streams[0].getVideoTracks()[0].readyState") == "ended"
    until(lambda: not house.pool.rooms, "the session ends")
    page.get_by_role("button", name="Open the mirror again").click()
    state(page, "consent")


# the camera


@pytest.mark.parametrize(
    ("error", "name", "words"),
    [
        ("NotAllowedError", "denied", "The camera is switched off for this page"),
        ("SecurityError", "denied", "The camera is switched off for this page"),
        ("NotFoundError", "none", "We found no camera"),
        ("NotReadableError", "busy", "Another program is using your camera"),
        ("AbortError", "busy", "Another program is using your camera"),
        ("UnheardOfError", "camera_failed", "Your camera could not start"),
    ],
)
def test_each_way_a_camera_can_be_missing_has_words_and_a_way_on(
    house: House, visit: Opens, error: str, name: str, words: str
) -> None:
    page = visit(script=REFUSES.format(error))
    agree(page)

    state(page, name)
    expect(page.locator(".panel-title")).to_have_text(words)
    expect(page.locator(".panel-title")).to_be_focused()
    assert house.pool.offers == 0
    again = page.get_by_role("button", name="Try again")
    again.click()
    state(page, name)
    expect(again).to_be_visible()


def test_a_real_browser_that_has_no_camera_says_so(visit: Opens, chromium_bare: Browser) -> None:
    page = visit(chromium_bare, permissions=["camera"])
    agree(page)

    state(page, "none")


def test_a_real_browser_whose_question_is_not_answered_shows_that_it_asks(visit: Opens, chromium: Browser) -> None:
    page = visit(script="navigator.mediaDevices.getUserMedia = () => new Promise(() => {});")
    agree(page)

    state(page, "asking")
    expect(page.locator(".panel-title")).to_have_text("Your browser asks for the camera")


def test_help_for_a_refused_camera_is_for_this_browser(visit: Opens) -> None:
    page = visit(script=REFUSES.format("NotAllowedError"), user_agent=AGENTS["safari_ios"])
    agree(page)

    state(page, "denied")
    expect(page.locator(".steps li").first).to_contain_text("AA")


AGENTS = {
    "chrome": "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
    "edge": "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0",
    "firefox": "Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0",
    "firefox_android": "Mozilla/5.0 (Android 14; Mobile; rv:127.0) Gecko/127.0 Firefox/127.0",
    "safari_mac": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/17.5 Safari/605.1.15",
    "safari_ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Version/17.5 Safari/604.1",
    "chrome_ios": "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 CriOS/126.0 Safari/604.1",
    "chrome_android": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/126.0.0.0 Mobile Safari/537.36",
    "samsung": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 SamsungBrowser/25.0 Chrome/121.0 Mobile",
    "other": "Lynx/2.9",
}
IN_APP = [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Mobile/15E148 Instagram 335.0.0",
    "Mozilla/5.0 (Linux; Android 14; wv) AppleWebKit/537.36 Version/4.0 Chrome/126.0 Mobile [FB_IAB/FB4A]",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 musical_ly_34.9.0 BytedanceWebview/d8a21c6",
]


def test_browsers_are_told_apart(page: Page) -> None:
    told = page.evaluate(
        "async ([agents, apps]) => { const { browserOf, inApp } = await import('/web/camera.js');"
        "return [agents.map(browserOf), apps.map(inApp), agents.map(inApp)]; }",
        [list(AGENTS.values()), IN_APP],
    )

    assert told == [list(AGENTS), [True] * len(IN_APP), [False] * len(AGENTS)]


def test_inside_another_app_she_is_told_to_open_her_browser(visit: Opens) -> None:
    page = visit(script=REFUSES.format("NotAllowedError"), user_agent=IN_APP[0])
    agree(page)

    state(page, "in_app")
    page.get_by_role("button", name="Copy the link").click()
    expect(page.locator("[data-action=copy], .address").last).to_have_text(re.compile(r"copied|http"))


def test_an_address_that_is_not_secure_says_so(visit: Opens) -> None:
    page = visit(script="Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    agree(page)

    state(page, "insecure")


def test_a_camera_that_cannot_do_what_was_wished_for_is_asked_for_less(visit: Opens) -> None:
    script = """
        const real = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        window.asked = [];
        navigator.mediaDevices.getUserMedia = (wish) => {
            window.asked.push(wish);
            if (wish.video !== true) return Promise.reject(new DOMException('', 'OverconstrainedError'));
            return real(wish);
        };
    """
    page = visit(script=script)
    open_mirror(page)

    asked = page.evaluate("window.asked")
    assert asked[0]["video"]["width"] == {"ideal": 1280}
    assert [wish["audio"] for wish in asked] == [False] * 3
    assert asked[-1]["video"] is True


def test_a_camera_that_stops_is_said_and_comes_back(house: House, visit: Opens) -> None:
    page = visit(script=REMEMBERS)
    open_mirror(page)
    page.evaluate("window.streams[0].getVideoTracks()[0].dispatchEvent(new Event('mute'))")
    edge(page, "Your camera is resting. It comes back when you return to this page.")
    page.evaluate("window.streams[0].getVideoTracks()[0].dispatchEvent(new Event('unmute'))")
    edge(page, "")
    page.evaluate("window.streams[0].getVideoTracks()[0].dispatchEvent(new Event('ended'))")

    state(page, "camera_lost")
    until(lambda: not house.pool.rooms, "the session ends")
    page.get_by_role("button", name="Try again").click()
    state(page, "live")


# the server


def test_a_full_server_keeps_her_place_without_her_camera(house: House, visit: Opens) -> None:
    page = visit(script=REMEMBERS, expects=("503",))
    house.pool.refuses = SessionError("server_full", "All mirrors are taken.")
    agree(page)

    state(page, "full")
    expect(page.locator(".countdown")).to_contain_text("seconds")
    assert page.evaluate("window.streams.every((s) => s.getTracks().every((t) => t.readyState === 'ended'))")
    house.pool.refuses = None
    page.get_by_role("button", name="Try now").click()
    state(page, "live")


def test_waiting_for_a_place_ends_by_itself(house: House, visit: Opens) -> None:
    page = visit(expects=("503",))
    page.clock.install()
    house.pool.refuses = SessionError("server_full", "All mirrors are taken.")
    agree(page)
    page.clock.resume()
    state(page, "full")
    page.clock.run_for(7000)
    state(page, "full")
    house.pool.refuses = None
    page.clock.run_for(7000)

    state(page, "live")


def test_a_refused_mirror_says_why_and_can_be_tried_again(house: House, visit: Opens) -> None:
    page = visit(expects=("503",))
    house.pool.refuses = SessionError("session_lost", "lost")
    agree(page)

    state(page, "failed")
    expect(page.locator(".panel-words")).to_contain_text("Your mirror was interrupted. Nothing is lost")
    house.pool.refuses = None
    page.get_by_role("button", name="Try again").click()
    state(page, "live")


def test_a_server_that_is_not_there_is_said_and_tried_again(house: House, visit: Opens) -> None:
    page = visit(expects=("ERR_FAILED",))
    page.route("**/v1/pieces", lambda route: route.abort())
    page.reload()
    expect(page.locator(".panel-closed")).to_contain_text("The fitting room is not open right now")
    page.unroute("**/v1/pieces")

    page.get_by_role("button", name="Try again").click()
    state(page, "consent")


def test_a_slow_server_is_waited_for_with_words(house: House, page: Page) -> None:
    house.pool.holds.set()
    agree(page)
    state(page, "connecting")
    expect(page.locator(".panel-title")).to_have_text("Opening your mirror")
    expect(page.locator(".panel-words")).to_contain_text("It takes a little longer than usual")
    house.pool.holds.clear()

    state(page, "live")


def test_she_need_not_wait(house: House, visit: Opens) -> None:
    page = visit(script=REMEMBERS)
    house.pool.holds.set()
    agree(page)
    state(page, "connecting")
    until(lambda: house.pool.offers, "the offer is there")
    page.get_by_role("button", name="Cancel").click()
    state(page, "ended")
    house.pool.holds.clear()

    assert page.evaluate("window.streams[0].getVideoTracks()[0].readyState") == "ended"
    until(lambda: house.pool.mirrors and not house.pool.rooms, "what was opened meanwhile is closed")


# the mirror


def test_the_returned_picture_is_shown_and_before_and_after_change_it(house: House, page: Page) -> None:
    open_mirror(page)
    page.wait_for_function(f"() => ({LUMA})() > 200")
    announced(page, "You are wearing Aurora.")
    before = page.get_by_role("button", name="Before and after")
    box = before.bounding_box()
    assert box is not None

    # a key switches
    before.press("Enter")
    page.wait_for_function(f"() => ({LUMA})() < 190")
    assert house.mirror.bare
    expect(page.locator(".badge")).to_have_text("Without the piece")
    before.press("Enter")
    page.wait_for_function(f"() => ({LUMA})() > 200")
    # a short press switches too
    before.click()
    expect(before).to_have_attribute("aria-pressed", "true")
    before.click()
    expect(before).to_have_attribute("aria-pressed", "false")
    # a long one is a glance
    page.mouse.move(box["x"] + 20, box["y"] + 20)
    page.mouse.down()
    until(lambda: house.mirror.bare, "bare while it is held")
    page.wait_for_timeout(400)  # longer than a press: this is what is tested
    page.mouse.up()
    expect(before).to_have_attribute("aria-pressed", "false")
    until(lambda: not house.mirror.bare, "dressed again")


def test_the_camera_is_asked_for_detail_and_sent_as_it_is(visit: Opens) -> None:
    page = visit(script=REMEMBERS)
    open_mirror(page)

    assert page.evaluate("window.streams[0].getVideoTracks()[0].contentHint") == "detail"
    assert page.evaluate("document.querySelector('tryon-mirror video').videoWidth") == 640
    transform = "getComputedStyle(document.querySelector('tryon-mirror video')).transform"
    assert page.evaluate(transform) == "matrix(-1, 0, 0, 1, 0, 0)"
    page.get_by_role("button", name="More about the mirror").click()
    mirrored = page.get_by_role("switch", name="Mirrored")
    mirrored.click()
    expect(mirrored).to_have_attribute("aria-checked", "false")
    assert page.evaluate(transform) == "none"


def test_how_well_she_is_seen_is_said_at_the_edge(house: House, page: Page) -> None:
    open_mirror(page)
    house.mirror.quality = Quality("searching")
    edge(page, "Looking for you. Face the camera…")
    house.mirror.quality = Quality("live", ("too_dark", "too_far"))
    edge(page, "A little more light on your face, please")
    house.mirror.quality = Quality("live", ("too_far",))
    edge(page, "Come a little closer")
    house.mirror.quality = Quality("lost")
    edge(page, "Come back into the mirror when you are ready…")
    announced(page, "Come back into the mirror when you are ready")
    house.mirror.quality = Quality("live")
    edge(page, "")


def test_words_at_the_edge_do_not_flicker(page: Page) -> None:
    page.clock.install()
    page.evaluate("""async () => {
        const { Calm } = await import('/web/calm.js');
        window.said = [];
        window.calm = new Calm((key) => window.said.push(key));
    }""")

    def want(key: str, then_ms: int) -> list[str]:
        page.evaluate("(key) => window.calm.want(key)", key)
        page.clock.run_for(then_ms)
        said: list[str] = page.evaluate("() => window.said.splice(0)")
        return said

    # she shakes her head, or looks at herself from the side
    for _ in range(5):
        assert want("hint.turned_away", 1500) == []
        assert want("", 300) == []
    # it lasts
    assert want("hint.turned_away", 2600) == ["hint.turned_away"]
    # said once, and long enough to be read
    assert want("hint.turned_away", 2600) == []
    assert want("hint.too_dark", 1000) == ["hint.too_dark"]
    assert want("", 300) == []
    assert want("hint.too_dark", 100) == []
    assert want("", 1600) == [""]


def test_pieces_change_by_click_arrow_and_swipe(house: House, page: Page) -> None:
    open_mirror(page)
    worn = lambda: [model.piece.id for model in house.mirror.models]  # noqa: E731
    shelf = page.get_by_role("toolbar", name="Pieces")
    expect(shelf.get_by_role("button")).to_have_count(6)
    tile(page, "Celeste").click()
    until(lambda: worn() == ["celeste"], "celeste is worn in place of aurora")
    page.keyboard.press("ArrowRight")
    expect(tile(page, "Ondine")).to_be_focused()
    expect(tile(page, "Ondine")).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("Enter")
    until(lambda: worn() == ["ondine"], "ondine is worn")
    expect(tile(page, "Ondine")).to_have_attribute("aria-pressed", "true")
    page.keyboard.press("End")
    expect(tile(page, "Mira")).to_be_focused()
    page.keyboard.press("ArrowRight")
    expect(tile(page, "Aurora")).to_be_focused()
    assert page.locator(".tile[tabindex='0']").count() == 1
    page.locator("tryon-mirror").focus()
    page.keyboard.press("ArrowRight")
    until(lambda: worn() == ["aurora"], "from the mirror, round to the first for the head")
    page.keyboard.press("ArrowRight")
    until(lambda: worn() == ["celeste"], "the second")
    page.mouse.move(600, 300)
    page.mouse.down()
    page.mouse.move(400, 310, steps=4)
    page.mouse.up()
    until(lambda: worn() == ["ondine"], "a swipe to the next")
    announced(page, "You are wearing Ondine.")
    expect(page.locator("aside.about h2")).to_have_text("Ondine")


def test_a_piece_is_moved_and_put_back(house: House, page: Page) -> None:
    open_mirror(page)
    badge = page.locator(".badge")
    expect(badge).to_have_text("True size")
    page.get_by_role("button", name="Adjust where").click()
    expect(page.locator("[data-move=up]")).to_be_focused()
    page.get_by_role("button", name="Up", exact=True).click()
    page.get_by_role("button", name="Lean back").click()
    expect(badge).to_have_text("Moved: 1 mm up, 1° leaning back")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("PageUp")
    expect(badge).to_have_text("Moved: 1 mm down, 1 mm forward")
    until(lambda: house.mirror.nudges["aurora"].up_mm == -1 and house.mirror.nudges["aurora"].forward_mm == 1, "moved")
    page.get_by_role("button", name="Put it back").click()
    expect(badge).to_have_text("True size")
    until(lambda: not house.mirror.nudges["aurora"].moved, "back on its seat")
    for _ in range(45):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".nudge-where")).to_have_text("40 mm up. That is as far as it goes.")
    page.keyboard.press("Escape")
    expect(page.locator("piece-nudge")).to_be_hidden()
    expect(page.get_by_role("button", name="Adjust where")).to_be_focused()
    tile(page, "Celeste").click()
    expect(badge).to_have_text("True size")


def test_a_snapshot_is_shown_saved_and_deleted(house: House, page: Page) -> None:
    open_mirror(page)
    page.locator("tryon-mirror").focus()
    page.keyboard.press("s")
    dialog = page.get_by_role("dialog", name="Your snapshots")
    expect(dialog).to_be_visible()
    expect(dialog).to_contain_text("Aurora, true size")
    size = dialog.locator(".snapshot-picture").evaluate(
        "(img) => img.decode().then(() => [img.naturalWidth, img.naturalHeight])"
    )
    assert size == [640, 360]
    with page.expect_download() as download:
        dialog.get_by_role("button", name="Save").click()
    assert download.value.suggested_filename == "snapshot-1.jpg"
    assert download.value.path().read_bytes().startswith(b"\xff\xd8\xff")
    dialog.get_by_role("button", name="Back to the mirror").click()
    page.get_by_role("button", name="Take a snapshot").click()
    expect(dialog.locator(".snapshot-strip button")).to_have_count(2)
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog.locator(".snapshot-strip button")).to_have_count(0)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="My snapshots: 1").click()
    dialog.get_by_role("button", name="Delete").click()
    expect(dialog).to_contain_text("There are none yet")
    expect(dialog.get_by_role("button")).to_have_count(1)
    page.keyboard.press("Escape")
    expect(page.get_by_role("button", name="My snapshots: 0")).to_be_focused()


# lost and found


def test_a_lost_connection_comes_back_to_the_same_session_with_the_last_picture_meanwhile(
    house: House, page: Page
) -> None:
    open_mirror(page)
    page.get_by_role("button", name="Adjust where").click()
    page.keyboard.press("ArrowUp")
    until(lambda: house.mirror.nudges.get("aurora"), "moved")
    page.keyboard.press("Escape")
    [session] = house.pool.rooms
    house.pool.holds.set()
    house.lose_connection()
    state(page, "reconnecting")
    expect(page.locator(".last-picture")).to_be_visible()
    edge(page, "One moment, the connection dropped. This is your last picture; nothing is lost.")
    expect(page.get_by_role("button", name="Take a snapshot")).to_be_disabled()
    expect(page.get_by_role("button", name="Close the mirror")).to_be_enabled()
    house.pool.holds.clear()
    state(page, "live")

    expect(page.locator(".last-picture")).to_be_hidden()
    announced(page, "Here you are again.")
    assert list(house.pool.rooms) == [session]
    expect(page.locator(".badge")).to_have_text("Moved: 1 mm up")
    page.wait_for_function(f"() => ({LUMA})() > 200")


def test_a_lost_session_is_replaced_by_one_that_knows_the_same(house: House, visit: Opens) -> None:
    page = visit(expects=("404",))
    open_mirror(page)
    tile(page, "Celeste").click()
    page.get_by_role("button", name="Adjust where").click()
    page.keyboard.press("ArrowUp")
    until(lambda: house.mirror.nudges.get("celeste"), "moved")
    house.end_sessions()
    until(lambda: len(house.pool.mirrors) == 2, "a new session")

    until(lambda: house.mirror.nudges.get("celeste"), "moved in the new one too")
    assert [model.piece.id for model in house.mirror.models] == ["celeste"]
    state(page, "live")


def test_a_server_that_restarts_says_so_and_the_mirror_comes_back(house: House, visit: Opens) -> None:
    page = visit(expects=("404",))
    open_mirror(page)
    tile(page, "Celeste").click()
    until(lambda: [model.piece.id for model in house.mirror.models] == ["celeste"], "worn")
    house.pool.holds.set()
    house.end_sessions("restarting")
    edge(page, "The mirror restarts and comes back by itself. This is your last picture; nothing is lost.")
    house.pool.holds.clear()

    state(page, "live")
    assert [model.piece.id for model in house.mirror.models] == ["celeste"]


def test_closing_switches_the_camera_off_and_ends_the_session(house: House, visit: Opens) -> None:
    page = visit(script=REMEMBERS)
    open_mirror(page)
    page.get_by_role("button", name="Close the mirror").click()

    state(page, "ended")
    assert page.evaluate("window.streams[0].getVideoTracks()[0].readyState") == "ended"
    until(lambda: not house.pool.rooms, "the session ends")
    expect(page.locator(".panel-title")).to_be_focused()
    page.get_by_role("button", name="Open the mirror again").click()
    state(page, "live")


def test_leaving_the_page_ends_the_session(house: House, page: Page) -> None:
    open_mirror(page)
    page.goto("about:blank")

    until(lambda: not house.pool.rooms, "the session ends")


# for everyone

PHONE = {"viewport": {"width": 360, "height": 640}, "has_touch": True, "is_mobile": True}
UNREADABLE = """() => {
    // mixed colours are told in many ways (oklab, color(srgb ...)): the canvas knows them all
    const ink = Object.assign(document.createElement('canvas'), { width: 1, height: 1 })
        .getContext('2d', { willReadFrequently: true });
    const parse = (c) => {
        ink.clearRect(0, 0, 1, 1);
        ink.fillStyle = c;
        ink.fillRect(0, 0, 1, 1);
        const [r, g, b, a] = ink.getImageData(0, 0, 1, 1).data;
        return [r, g, b, a / 255];
    };
    const lum = (c) => c.slice(0, 3).map((v) => v / 255)
        .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const bad = [];
    for (const el of document.querySelectorAll('body *')) {
        const text = [...el.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
        if (!text || !el.checkVisibility()) continue;
        // what lies on the picture is in tests/web/test_style.py
        if (el.closest('.unseen, tryon-mirror > :is(.controls, .top-edge, .edge-words)')) continue;
        let ground = el;
        let back = [0, 0, 0, 0];
        while (ground && (back = parse(getComputedStyle(ground).backgroundColor)).at(3) === 0) {
            ground = ground.parentElement;
        }
        const [a, b] = [lum(parse(getComputedStyle(el).color)), lum(back)].sort((x, y) => y - x);
        if ((a + 0.05) / (b + 0.05) < 4.5) bad.push(el.className + ': ' + el.textContent.trim().slice(0, 30));
    }
    return bad;
}"""
SMALL = """() => [...document.querySelectorAll('button, a, summary, input')]
    .filter((el) => el.checkVisibility())
    .map((el) => [el.getAttribute('aria-label') ?? el.textContent, el.getBoundingClientRect()])
    .filter(([, box]) => box.width < 43.99 || box.height < 43.99)
    .map(([name, box]) => `${name}: ${box.width} x ${box.height}`)"""
NAMELESS = """() => [...document.querySelectorAll('button, [role=switch], dialog, img, video')]
    .filter((el) => el.checkVisibility())
    .filter((el) => el.tagName === 'IMG'
        ? el.getAttribute('alt') === null
        : !(el.getAttribute('aria-label') || el.getAttribute('aria-labelledby') || el.textContent.trim()))
    .map((el) => el.outerHTML)"""
SPILLS = """() => [...document.querySelectorAll('.room *')]
    .filter((el) => el.checkVisibility() && !el.closest('piece-shelf, .worn-pieces, .unseen, video, canvas'))
    .filter((el) => el.getBoundingClientRect().right > innerWidth + 0.5 || el.getBoundingClientRect().left < -0.5)
    .filter((el) => !['VIDEO', 'CANVAS'].includes(el.tagName))
    .map((el) => el.className || el.tagName)"""


ZOOMED = {"viewport": {"width": 320, "height": 256}}
"""A desk at 400 %, as WCAG 1.4.10 has it."""
DEVICES = {"phone": PHONE, "desk": {}, "zoomed": ZOOMED}


@pytest.mark.parametrize(
    ("device", "scheme"),
    [("phone", "light"), ("phone", "dark"), ("desk", "light"), ("desk", "dark"), ("zoomed", "light")],
)
def test_every_state_can_be_read_pressed_and_named(house: House, visit: Opens, device: str, scheme: str) -> None:
    page = visit(**DEVICES[device], color_scheme=scheme)

    def check(what: str) -> None:
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), what
        for script in (UNREADABLE, SMALL, NAMELESS, SPILLS):
            assert page.evaluate(script) == [], what

    check("consent")
    open_mirror(page)
    check("live")
    share = page.evaluate(
        "() => { const box = document.querySelector('tryon-mirror').getBoundingClientRect();"
        "return (box.width * box.height) / (innerWidth * innerHeight); }"
    )
    assert share >= 0.66, "the mirror is the page"
    page.get_by_role("button", name="Adjust where").click()
    check("adjusting")
    page.keyboard.press("Escape")
    tile(page, "Lys").click()
    page.get_by_role("button", name="Where it is worn").click()
    check("placing")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Save this look").click()
    at_rest(page)
    check("saving")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("button", name="Copy the link")).to_be_focused()
    check("saved")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Take a snapshot").click()
    expect(page.get_by_role("dialog", name="Your snapshots")).to_be_visible()
    at_rest(page)
    check("snapshot")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="More about the mirror").click()
    expect(page.locator("dialog.more")).to_be_visible()  # it asks for the cameras first
    at_rest(page)
    check("more")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Close the mirror").click()
    check("ended")


def test_all_can_be_done_with_the_keyboard(house: House, page: Page) -> None:
    for _ in range(20):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.dataset.action") == "agree":
            break
    page.keyboard.press("Enter")
    state(page, "live")
    expect(page.locator("tryon-mirror")).to_be_focused()
    page.keyboard.press("b")
    until(lambda: house.mirror.bare, "before")
    page.keyboard.press("b")
    page.keyboard.press("a")
    page.keyboard.press("ArrowUp")
    until(lambda: house.mirror.nudges.get("aurora"), "moved")
    page.keyboard.press("Escape")
    seen = []
    for _ in range(20):
        page.keyboard.press("Tab")
        seen.append(
            page.evaluate("document.activeElement.getAttribute('aria-label') ?? document.activeElement.tagName")
        )
    assert any(name.startswith("More about") for name in seen)
    assert any(name.startswith("Aurora") for name in seen)
    assert any(name.startswith("Close the mirror") for name in seen)


def test_another_camera_is_used_without_leaving_the_session(house: House, visit: Opens, playwright: Playwright) -> None:
    two = launch(playwright, "--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream=device-count=3")
    page = visit(two, script=REMEMBERS)
    open_mirror(page)
    [session] = house.pool.rooms
    page.get_by_role("button", name="More about the mirror").click()
    rows = page.get_by_role("group", name="Camera").get_by_role("button")
    expect(rows).to_have_count(3)
    # the second of Chromium's fake cameras measures depth, which WebRTC does not carry
    chosen, other = rows.nth(0), rows.nth(2)
    expect(chosen).to_have_attribute("aria-pressed", "true")
    other.click()
    expect(other).to_have_attribute("aria-pressed", "true")
    expect(chosen).to_have_attribute("aria-pressed", "false")

    page.wait_for_function("() => window.streams.length === 2 && window.streams[1].active")
    states = "() => window.streams.map((stream) => stream.getVideoTracks()[0].readyState)"
    assert page.evaluate(states) == ["ended", "live"]
    assert list(house.pool.rooms) == [session]
    shown = house.mirror.shown
    until(lambda: house.mirror.shown > shown + 5, "pictures go on")
    page.get_by_role("button", name="Done").click()
    state(page, "live")
    two.close()


def test_the_room_fills_the_screen_and_gives_it_back(page: Page) -> None:
    open_mirror(page)
    page.locator("tryon-mirror").focus()
    page.keyboard.press("f")
    page.wait_for_function("() => document.fullscreenElement?.className === 'room'")
    page.get_by_role("button", name="More about the mirror").click()
    page.get_by_role("button", name="Leave full screen").click()

    page.wait_for_function("() => !document.fullscreenElement")
    expect(page.get_by_role("dialog")).to_be_hidden()


def test_a_snapshot_is_shared_where_the_browser_can(visit: Opens) -> None:
    page = visit(
        script="""
            navigator.canShare = () => true;
            navigator.share = async ({ files }) => {
                window.shared = [...(window.shared ?? []), [files[0].name, files[0].type]];
                const [, second, third] = window.shared;
                if (second) throw new DOMException('', third ? 'UnknownError' : 'AbortError');
            };
        """
    )
    open_mirror(page)
    page.get_by_role("button", name="Take a snapshot").click()
    share = page.get_by_role("button", name="Share")
    share.click()
    page.wait_for_function("() => window.shared?.length === 1")
    assert page.evaluate("window.shared[0]") == ["snapshot-1.jpg", "image/jpeg"]
    share.click()
    note = page.locator(".snapshot-note")
    expect(note).to_have_text("It is only on this page. Save it to keep it.")
    share.click()
    expect(note).to_contain_text("Sharing did not work here")


def test_a_piece_that_is_chosen_while_the_connection_is_away_is_worn_when_it_is_back(house: House, page: Page) -> None:
    open_mirror(page)
    house.pool.holds.set()
    house.lose_connection()
    state(page, "reconnecting")
    tile(page, "Celeste").click()
    house.pool.holds.clear()
    state(page, "live")

    until(lambda: [model.piece.id for model in house.mirror.models] == ["celeste"], "celeste is worn")


def test_a_snapshot_without_the_piece_says_so(house: House, page: Page) -> None:
    open_mirror(page)
    page.get_by_role("button", name="Before and after").press("Enter")
    until(lambda: house.mirror.bare, "before")
    page.get_by_role("button", name="Take a snapshot").click()

    expect(page.locator(".snapshot-caption")).to_have_text("Without the piece")
    expect(page.locator(".snapshot-picture")).to_have_attribute("alt", "Snapshot: you, without the piece")


def test_a_piece_can_be_moved_while_it_is_still_being_brought_out(house: House, page: Page) -> None:
    open_mirror(page)
    page.get_by_role("button", name="Adjust where").click()
    # both at once: the mirror needs a moment for the piece, and only what is worn can be moved
    page.evaluate("""() => {
        document.querySelector('tryon-mirror').dispatchEvent(new CustomEvent('step', { detail: 1 }));
        document.querySelector('[data-move=up]').click();
        document.querySelector('[data-move=up]').click();
    }""")

    until(lambda: house.mirror.nudges.get("celeste"), "moved")
    until(lambda: house.mirror.nudges["celeste"].up_mm == 2, "moved twice")
    expect(page.locator(".badge")).to_have_text("Moved: 2 mm up")
    expect(page.locator(".edge-words")).to_be_hidden()
