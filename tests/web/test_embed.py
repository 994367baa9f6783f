"""The tag on a shop's own page, on another origin: from the tag to a crown on her head, and what goes wrong."""

from __future__ import annotations

import datetime
import gzip
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Frame, Page, Response, expect
from sqlalchemy import select

from tests.web.house import House, at_rest, until
from tests.web.shopfront import Front, new_key, open_front
from tests.web.test_fit import KNOWN, tell
from tests.web.test_page import LUMA, REFUSES, REMEMBERS
from tryon.atelier import hooks, shops
from tryon.atelier.hooks import HookWish
from tryon.atelier.store import Unit
from tryon.atelier.tables import HookMessage, Request
from tryon.atelier.who import HOUSE

LAYOUT_SHIFT_MAX = 0.1
"What Lighthouse calls good."
NODES_MAX = 12
RESERVE = "crown-tryon { display: block; min-height: 520px; }"
"What web/embed/README.md asks of a shop's style sheet."
LOADER = Path(__file__).resolve().parents[2] / "web" / "embed" / "v1.js"
README = LOADER.with_name("README.md")
LISTENS = """
    window.told = [];
    for (const type of ["ready", "state", "piece.changed", "snapshot.created", "snapshot.shared", "measure.completed",
        "consultation.submitted", "cart.requested", "track", "error", "close"]) {
        document.addEventListener(type, ({target, detail}) => {
            if (target.localName === "crown-tryon") window.told.push({type, id: target.id, detail});
        }, true);
    }
"""
Shows = Callable[..., Page]


@pytest.fixture
def front() -> Iterator[Front]:
    with open_front() as front:
        yield front


@pytest.fixture
def shop(house: House, front: Front, chromium: Browser) -> Iterator[Shows]:
    """Puts tags on a page of the shop and opens it in a browser."""
    contexts: list[BrowserContext] = []

    def shop(body: str, *, script: str = "", headers: dict[str, str] | None = None, **options: object) -> Page:
        address = front.page(house, body, headers=headers)
        context = chromium.new_context(**{"viewport": {"width": 1100, "height": 900}, **options})  # type: ignore[arg-type]
        contexts.append(context)
        context.add_init_script(LISTENS + script)
        page = context.new_page()
        page.goto(address)
        return page

    yield shop
    for context in contexts:
        context.close()


def tag(key: str, more: str = 'sku="aurora"', id: str = "one") -> str:
    return f'<crown-tryon id="{id}" key="{key}" {more}></crown-tryon>'


def press(page: Page, id: str = "one") -> None:
    page.locator(f"#{id}").get_by_role("button", name="Try it on").click()


def inside(page: Page, count: int = 1) -> Frame:
    """The newest frame of ours, once its page is there."""
    until(lambda: page.wait_for_timeout(20) or len(page.frames) == 1 + count, "the frame")
    frame = page.frames[-1]
    frame.wait_for_selector(".room:not([data-state=loading])")
    return frame


def agree(frame: Frame) -> None:
    frame.click("[data-action=agree]")
    frame.wait_for_selector(".room[data-state=live]")


def told(page: Page, type: str, id: str = "one") -> list[dict[str, object]]:
    """Details of the events of a type so far."""
    found: list[dict[str, object]] = page.evaluate(
        "([type, id]) => told.filter((one) => one.type === type && one.id === id).map(({detail}) => detail)", [type, id]
    )
    return found


def hears(page: Page, type: str, detail: dict[str, object], id: str = "one") -> None:
    page.wait_for_function(
        "([type, id, detail]) => told.some((one) => one.type === type && one.id === id &&"
        " Object.entries(detail).every(([key, value]) => JSON.stringify(one.detail[key]) === JSON.stringify(value)))",
        arg=[type, id, detail],
    )


# what a shop's page carries


def test_the_loader_is_small_and_a_page_carries_little_before_a_click(house: House, front: Front, shop: Shows) -> None:
    assert len(gzip.compress(LOADER.read_bytes(), 9)) < 8000

    answers: list[Response] = []
    page = shop("<main></main>")
    page.on("response", lambda answer: answers.append(answer))
    page.evaluate("(tag) => { document.querySelector('main').innerHTML = tag; }", tag(new_key(house, front.address)))
    page.wait_for_function("() => document.querySelector('#one').shadowRoot.querySelector('img').naturalWidth > 0")

    sizes = {answer.url.removeprefix(house.address).partition("?")[0]: len(answer.body()) for answer in answers}
    assert list(sizes) == ["/embed/v1/card.json", "/embed/v1/posters/aurora.webp"]
    assert LOADER.stat().st_size + sum(sizes.values()) <= 60_000
    assert len(page.frames) == 1
    poster = page.locator("#one").get_by_role("img", name="Aurora, as our atelier made it")
    expect(poster).to_be_visible()


def test_a_page_does_not_jump_when_the_tag_comes_to_life_and_nothing_is_kept(
    house: House, front: Front, shop: Shows
) -> None:
    assert RESERVE in (LOADER.parent / "README.md").read_text()
    key = new_key(house, front.address)
    page = shop(f"<style>{RESERVE}</style><main>{tag(key)}<p id='below'>What the shop says below.</p></main>")
    page.wait_for_function("() => document.querySelector('#one').shadowRoot.querySelector('img').naturalWidth > 0")
    at_rest(page)

    # shifts are told from the first on, whenever the observer comes
    shifted = page.evaluate("""() => new Promise((told) => {
        let sum = 0;
        new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (sum += value)))
            .observe({ type: "layout-shift", buffered: true });
        requestAnimationFrame(() => requestAnimationFrame(() => told(sum)));
    })""")
    assert shifted <= LAYOUT_SHIFT_MAX
    assert page.evaluate("() => document.querySelector('#one').shadowRoot.querySelectorAll('*').length") <= NODES_MAX
    assert page.evaluate("() => localStorage.length + sessionStorage.length") == 0
    assert page.context.cookies() == []


# from the tag to the crown


def test_from_the_tag_to_a_crown_on_her_head_and_what_the_shop_is_told(house: House, front: Front, shop: Shows) -> None:
    key = new_key(house, front.address, pieces=("aurora", "celeste"))
    page = shop(tag(key, 'sku="celeste" cart share units="in"'))
    page.evaluate("document.querySelector('#one').consent({analytics: true})")
    press(page)
    frame = inside(page)
    hears(page, "ready", {})
    hears(page, "piece.changed", {"sku": "celeste"})
    first = page.evaluate("told.map(({type}) => type).filter((type) => ['ready', 'piece.changed'].includes(type))")
    assert first[:2] == ["ready", "piece.changed"]
    expect(frame.locator("piece-shelf .tile")).to_have_count(2)
    privacy = frame.get_by_role("link", name="What Maison Vesper says of your privacy")
    expect(privacy).to_have_attribute("target", "_blank")

    agree(frame)
    hears(page, "state", {"state": "live"})
    frame.wait_for_function(f"() => ({LUMA})() > 150")

    unit = "import('/web/unit.js').then(({recalledUnit}) => recalledUnit())"
    assert frame.evaluate(unit) == "in"
    page.evaluate("document.querySelector('#one').set({sku: 'aurora', theme: 'dark', units: 'cm'})")
    hears(page, "piece.changed", {"sku": "aurora"})
    frame.wait_for_selector(":root[data-theme=dark]")
    assert frame.evaluate(unit) == "cm", "what the shop said before was no choice of hers"

    frame.get_by_role("button", name="Put the piece in hand into the shop’s bag").click()
    hears(page, "cart.requested", {"sku": "aurora"})
    frame.get_by_role("button", name="Take a snapshot").click()
    hears(page, "snapshot.created", {})
    assert [sorted(detail) for detail in told(page, "snapshot.created")] == [["pieces"]]
    assert told(page, "snapshot.shared") == []
    frame.get_by_role("button", name="Give it to the shop").click()
    page.wait_for_function("() => told.some(({type, detail}) => type === 'snapshot.shared' && detail.blob.size > 100)")

    names = [detail["name"] for detail in told(page, "track")]
    assert {"tryon_impression", "tryon_open", "tryon_consent", "tryon_live", "add_to_cart"} <= set(names)
    page.evaluate("document.querySelector('#one').close()")
    hears(page, "close", {})
    until(lambda: not house.pool.rooms, "the session ends")
    expect(page.locator("#one").get_by_role("button", name="Try it on")).to_be_focused()


def test_a_request_from_a_shops_page_is_the_shops_and_its_server_hears_of_it(
    house: House, front: Front, shop: Shows
) -> None:
    key, store = new_key(house, front.address), house.counter.store
    keyed = store.look(lambda unit: shops.keyed(unit, key, "publishable"))
    where = HookWish("http://127.0.0.1:9/hook")
    store.change(HOUSE, "hook.add", lambda unit: hooks.add(unit, keyed.shop_id, None, where, frozenset({"127.0.0.1"})))
    page = shop(tag(key))
    press(page)
    frame = inside(page)
    frame.get_by_role("button", name="Request a bespoke consultation").click()
    form = frame.get_by_role("dialog", name="Request a bespoke consultation")
    form.get_by_label("The day").fill((datetime.date.today() + datetime.timedelta(weeks=40)).isoformat())
    form.get_by_role("radio", name=re.compile("Studio")).check()
    form.get_by_label("Your name").fill("Ana Novak")
    form.get_by_label("Your mail address").fill("ana@client.example")
    form.get_by_role("checkbox", name="I agree that the atelier").check()
    form.get_by_role("checkbox", name="The shop on whose page I began").check()
    form.get_by_role("button", name="Send to the atelier").click()
    hears(page, "consultation.submitted", {})

    def read(unit: Unit) -> tuple[Request, HookMessage]:
        return unit.rows.scalars(select(Request)).one(), unit.rows.scalars(select(HookMessage)).one()

    request, message = store.change(HOUSE, "look", read)
    assert (request.shop_id, request.sandbox, request.stage) == (keyed.shop_id, False, "enquiry")
    assert sorted((request.consent or {})["purposes"]) == ["atelier", "shop"]
    assert (message.event, message.request_id) == ("request.submitted", request.id)
    assert "Ana" not in message.body


def test_a_measuring_is_told_without_its_values(house: House, front: Front, shop: Shows) -> None:
    tell(house, KNOWN)
    page = shop(tag(new_key(house, front.address)))
    press(page)
    frame = inside(page)
    agree(frame)
    frame.get_by_role("button", name="Measure me").click()
    frame.get_by_role("button", name="Numbers you know").click()
    frame.locator("#known-head-first").fill("56")
    frame.locator("#known-head-second").fill("56.3")
    frame.locator("dialog.known button[type=submit]").click()
    hears(page, "measure.completed", {})
    assert told(page, "measure.completed") == [{}]


def test_nothing_is_tracked_before_the_visitor_agreed_to_that(house: House, front: Front, shop: Shows) -> None:
    page = shop(tag(new_key(house, front.address)))
    press(page)
    inside(page)
    hears(page, "piece.changed", {"sku": "aurora"})
    assert told(page, "track") == []


@pytest.mark.parametrize("mode", ["dialog", "fullscreen"])
def test_a_sheet_closes_by_its_button_and_by_escape_from_inside(
    house: House, front: Front, shop: Shows, mode: str
) -> None:
    page = shop(tag(new_key(house, front.address), f'sku="aurora" lang="fr" mode="{mode}"'))
    button = page.locator("#one").get_by_role("button", name="Essayer: Aurora")
    button.focus()
    page.keyboard.press("Enter")
    frame = inside(page)
    assert frame.evaluate("document.documentElement.lang") == "fr"
    expect(page.get_by_role("dialog", name="Essayer: Aurora")).to_be_visible()
    agree(frame)

    frame.locator("tryon-mirror").focus()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    until(lambda: not house.pool.rooms, "the session ends")
    page.keyboard.press("Enter")
    inside(page)
    page.get_by_role("button", name="Fermer").click()
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_two_on_a_page_do_not_hear_one_another(house: House, front: Front, shop: Shows) -> None:
    key = new_key(house, front.address)
    page = shop(tag(key) + tag(key, 'sku="ondine"', "two"))
    press(page)
    first = inside(page)
    press(page, "two")
    second = inside(page, 2)
    hears(page, "piece.changed", {"sku": "aurora"}, "one")
    hears(page, "piece.changed", {"sku": "ondine"}, "two")
    agree(first)
    agree(second)
    until(lambda: len(house.pool.rooms) == 2, "two mirrors")
    page.evaluate("document.querySelector('#two').set({sku: 'celeste'})")
    hears(page, "piece.changed", {"sku": "celeste"}, "two")
    assert told(page, "piece.changed", "one") == [{"sku": "aurora"}]


def test_a_tag_that_is_removed_in_mid_call_ends_the_session(house: House, front: Front, shop: Shows) -> None:
    page = shop(tag(new_key(house, front.address)))
    press(page)
    agree(inside(page))
    until(lambda: len(house.pool.rooms) == 1, "a mirror")
    page.evaluate("document.querySelector('#one').remove()")
    until(lambda: not house.pool.rooms, "the session ends")
    until(lambda: page.wait_for_timeout(20) or len(page.frames) == 1, "the frame goes")


# what a shop's developer copies


def recipe(title: str) -> str:
    """The scripts under a heading of the README, as they stand there."""
    part = README.read_text().partition(f"### {title}")[2].partition("\n##")[0]
    return "\n".join(re.findall(r"```js\n(.*?)```", part, re.S))


def test_the_recipe_for_the_data_layer_fills_it(house: House, front: Front, shop: Shows) -> None:
    page = shop(f"{tag(new_key(house, front.address))}<script>{recipe('Google Analytics 4')}</script>")
    page.wait_for_function("() => window.dataLayer?.length === 1")
    press(page)
    inside(page)
    item = {"items": [{"item_id": "aurora"}]}
    page.wait_for_function("() => dataLayer.some(({event}) => event === 'select_item')")
    layer = page.evaluate("dataLayer")
    assert {"event": "tryon_impression", "ecommerce": item} in layer
    assert {"event": "select_item", "ecommerce": item} in layer


def test_the_recipe_for_shopify_fills_its_cart_and_publishes(house: House, front: Front, shop: Shows) -> None:
    shopify = "window.Shopify = {analytics: {publish: (...said) => (window.published ??= []).push(said)}};"
    one = tag(new_key(house, front.address), 'sku="aurora" cart')
    page = shop(f"{one}<script>{recipe('Shopify')}</script>", script=shopify)
    page.route("**/cart/add.js", lambda route: route.fulfill(json={}))
    page.evaluate(
        "document.dispatchEvent(new CustomEvent('visitorConsentCollected', {detail: {analyticsAllowed: true}}))"
    )
    press(page)
    frame = inside(page)
    with page.expect_request("**/cart/add.js") as asked:
        frame.get_by_role("button", name="Put the piece in hand into the shop’s bag").click()
    assert asked.value.post_data_json == {"items": [{"id": 44012345678901, "quantity": 1}]}
    page.wait_for_function("() => window.published?.some(([name]) => name === 'add_to_cart')")


def test_the_sample_page_shows_the_tag_and_what_it_tells(house: House, chromium: Browser) -> None:
    context = chromium.new_context()
    page = context.new_page()
    page.goto(f"{house.address}/embed/sample?key={new_key(house, sandbox=True)}&sku=celeste")
    page.get_by_role("button", name="Try it on: Celeste").click()
    agree(inside(page))
    expect(page.get_by_role("listitem").filter(has_text='state {"state":"live"}')).to_be_visible()
    context.close()


# what goes wrong


def test_a_page_that_is_not_the_shops_reads_a_sentence(house: House, front: Front, shop: Shows) -> None:
    page = shop(tag(new_key(house, "https://elsewhere.example")))
    expect(page.locator("#one").get_by_role("status")).to_contain_text("The try-on is not set up for this page")
    expect(page.locator("#one").get_by_role("button")).to_have_count(0)
    hears(page, "error", {"code": "shop_page_other", "recoverable": False})
    page.evaluate("document.querySelector('#one').open()")
    assert len(page.frames) == 1


def test_a_key_that_is_not_known_is_said_in_the_language_of_the_page(front: Front, shop: Shows) -> None:
    page = shop(tag("pk_live_" + "0" * 64, 'lang="fr"'))
    expect(page.locator("#one").get_by_role("status")).to_contain_text("sa clé est inconnue")


def test_a_plain_frame_shows_the_mirror_on_the_shops_page_and_words_on_another(
    house: House, front: Front, shop: Shows
) -> None:
    def framed(key: str) -> Frame:
        page = shop(f'<iframe src="{house.address}/embed/v1/?key={key}&sku=ondine" allow="camera"></iframe>')
        until(lambda: page.wait_for_timeout(20) or len(page.frames) == 2, "the frame")
        return page.frames[-1]

    mirror = framed(new_key(house, front.address))
    agree(mirror)
    refused = framed(new_key(house, "https://elsewhere.example"))
    expect(refused.get_by_role("heading")).to_have_text("The try-on cannot be shown here")
    expect(refused.locator("p")).to_contain_text("not set up for this page")


def test_the_line_is_handed_over_once_and_to_who_made_the_frame(house: House, front: Front, shop: Shows) -> None:
    page = shop(tag(new_key(house, front.address)))
    press(page)
    inside(page)
    hears(page, "ready", {})
    page.evaluate(
        """() => {
            const frame = document.querySelector('#one').shadowRoot.querySelector('iframe');
            const nonce = new URL(frame.src).hash.slice(1);
            window.answers = [];
            for (const said of [nonce, 'guessed', '']) {
                const {port1, port2} = new MessageChannel();
                port1.onmessage = ({data}) => window.answers.push(data);
                frame.contentWindow.postMessage({crown: 1, type: 'connect', nonce: said}, '*', [port2]);
            }
        }"""
    )
    # what comes after is answered on the first line, so what came before was passed over
    page.evaluate("document.querySelector('#one').set({sku: 'celeste'})")
    hears(page, "piece.changed", {"sku": "celeste"})
    assert page.evaluate("window.answers") == []


def test_a_frame_takes_no_line_from_another_origin(house: House, front: Front, shop: Shows) -> None:
    """Even from one that frames it, had a browser let it (here ours does not send its rule)."""
    page = shop("<main></main>")
    page.route(
        "**/embed/v1/?*",
        lambda route: route.fulfill(path=str(LOADER.parents[1] / "index.html"), content_type="text/html", headers={}),
    )
    key = new_key(house, "https://elsewhere.example")
    page.evaluate(
        """(src) => {
            window.answers = [];
            const frame = document.createElement('iframe');
            frame.onload = () => {
                const {port1, port2} = new MessageChannel();
                port1.onmessage = ({data}) => window.answers.push(data);
                frame.contentWindow.postMessage({crown: 1, type: 'connect', nonce: 'n1'}, '*', [port2]);
            };
            frame.src = src;
            document.querySelector('main').append(frame);
        }""",
        f"{house.address}/embed/v1/?key={key}#n1",
    )
    frame = inside(page)
    frame.wait_for_selector(".room[data-state=consent]")
    assert page.evaluate("window.answers") == []


def test_a_page_whose_policy_keeps_the_camera_away_says_so(house: House, front: Front, shop: Shows) -> None:
    warned: list[str] = []
    page = shop("<main></main>", headers={"Permissions-Policy": "camera=()"})
    page.on("console", lambda said: warned.append(said.text))
    page.evaluate("(tag) => { document.querySelector('main').innerHTML = tag; }", tag(new_key(house, front.address)))
    press(page)
    frame = inside(page)
    frame.click("[data-action=agree]")
    expect(frame.locator(".panel-title")).to_have_text("This page keeps the camera from the mirror")
    own = frame.get_by_role("link", name="Open it on a page of its own")
    hears(page, "error", {"code": "camera_not_here", "recoverable": True})
    until(lambda: page.wait_for_timeout(20) or any("camera=(self" in line for line in warned), "a word to the shop")

    with page.context.expect_page() as opened:
        own.click()
    agree(opened.value.main_frame)


def test_a_page_whose_policy_forbids_the_frame_shows_words(house: House, front: Front, shop: Shows) -> None:
    policy = f"script-src {house.address}; frame-src 'none'"
    page = shop(tag(new_key(house, front.address)), headers={"Content-Security-Policy": policy})
    press(page)
    expect(page.locator("#one").get_by_role("status")).to_contain_text("cannot be reached")
    hears(page, "error", {"code": "frame_forbidden"})


def test_a_card_that_comes_late_takes_no_words_away(house: House, front: Front, shop: Shows) -> None:
    script = """
        const ask = window.fetch;
        window.fetch = (...all) => new Promise((go) => (window.answer = go)).then(() => ask(...all));
    """
    policy = f"script-src {house.address}; frame-src 'none'"
    page = shop(tag(new_key(house, front.address)), headers={"Content-Security-Policy": policy}, script=script)
    press(page)
    said = page.locator("#one").get_by_role("status")
    expect(said).to_contain_text("cannot be reached")
    page.evaluate("window.answer()")
    expect(page.locator("#one").get_by_role("button", name="Try it on: Aurora")).to_be_visible()
    expect(said).to_contain_text("cannot be reached")


def test_a_shop_page_that_is_isolated_shows_the_mirror(house: House, front: Front, shop: Shows) -> None:
    headers = {"Cross-Origin-Embedder-Policy": "require-corp", "Cross-Origin-Opener-Policy": "same-origin"}
    page = shop(tag(new_key(house, front.address)), headers=headers)
    press(page)
    agree(inside(page))


def test_a_refused_camera_can_be_asked_for_on_a_page_of_its_own(house: House, front: Front, shop: Shows) -> None:
    page = shop(tag(new_key(house, front.address)), script=REFUSES.format("NotAllowedError"))
    press(page)
    frame = inside(page)
    frame.click("[data-action=agree]")
    expect(frame.get_by_role("link", name="Open it on a page of its own")).to_be_visible()


def test_the_camera_is_not_asked_for_before_she_agrees(house: House, front: Front, shop: Shows) -> None:
    page = shop(tag(new_key(house, front.address)), script=REMEMBERS)
    press(page)
    frame = inside(page)
    frame.wait_for_selector(".room[data-state=consent]")
    assert frame.evaluate("window.asked") == []
