"""The whole way in real Chromium, through the real server with its session processes: a crown on a head.

The camera is a single picture of a ground-truth clip, so that nothing changes in the mirror but the piece.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest
from PIL import Image
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.web.house import overhear, until
from tryon.bench.browser import CAMERA_FLAGS, as_camera, launch, served
from tryon.settings import CORES, Settings

OUT = Path(__file__).resolve().parents[2] / "out"
PICTURE = """() => {
    const video = document.querySelector('tryon-mirror video');
    const canvas = document.createElement('canvas');
    [canvas.width, canvas.height] = [video.videoWidth / 2, video.videoHeight / 2];
    canvas.getContext('2d').drawImage(video, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/png');
}"""
CHANGED = 24
"Difference of luma that no codec makes of a still picture."
SETTLED = 0.001
"Share of the picture's pixels."
COVERED = 0.05
"Of where a crown may be, at least."
STRAY = 0.02
"Of the pixels that a piece changes: those the codec changes elsewhere."


@pytest.fixture(scope="module")
def picture(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The first picture of a clip, as a camera gives it."""
    return as_camera(clip, tmp_path_factory.mktemp("camera") / "ana.mjpeg", frames=1)


@pytest.fixture(scope="module")
def camera(picture: Path) -> Any:
    """What the camera sees, as `luma` has it."""
    seen = Image.open(picture).convert("L")
    return np.asarray(seen.resize((seen.width // 2, seen.height // 2), Image.Resampling.BOX), np.int16)


@pytest.fixture(scope="module")
def still(playwright: Playwright, picture: Path) -> Iterator[Browser]:
    """Chromium whose camera is a single picture, for ever."""
    browser = launch(playwright, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={picture}")
    yield browser
    browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with served(Settings(), str(tmp_path_factory.mktemp("var")), warm=1) as address:
        yield address


@pytest.fixture
def page(still: Browser, address: str) -> Iterator[Page]:
    context = still.new_context(viewport={"width": 1280, "height": 800}, color_scheme="light")
    page = context.new_page()
    complaints: list[str] = []
    overhear(page, complaints.append)
    page.goto(f"{address}/?piece=regina")
    page.wait_for_selector(".room[data-state=consent]")
    yield page
    context.close()
    # a session that is gone is first looked for
    assert [words for words in complaints if "404" not in words] == []


def luma(page: Page) -> Any:
    """What the mirror shows, (h, w), unmirrored, at half its size."""
    data = page.evaluate(PICTURE).split(",", 1)[1]
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(data))).convert("L"), np.int16)


def changed(a: Any, b: Any) -> Any:
    return np.abs(a - b) > CHANGED


def head(truth: dict[str, Any]) -> tuple[slice, slice]:
    """Where a crown can be: from a head's breadth above its top down to the brows."""
    points = truth["per_frame"][0]["points_px"]
    breadth = abs(points["tragion_left"][0] - points["tragion_right"][0]) / 2
    x, top, brows = points["vertex"][0] / 2, points["vertex"][1] / 2, points["glabella"][1] / 2
    return slice(max(0, int(top - breadth)), int(brows)), slice(int(x - 0.7 * breadth), int(x + 0.7 * breadth))


def may_be_crown(truth: dict[str, Any], picture: Any) -> Any:
    """(h, w) whether a crown may be there."""
    there = np.zeros(picture.shape, bool)
    there[head(truth)] = True
    return there


def press_bare(page: Page, *, bare: bool) -> None:
    page.locator("tryon-mirror").focus()
    page.keyboard.press("b")
    expect(page.get_by_role("button", name="Before and after")).to_have_attribute("aria-pressed", str(bare).lower())


def settled(page: Page) -> Any:
    """The shown picture, once it hardly changes: the codec has had its time; stones may still glint."""
    before = luma(page)
    for _ in range(100):
        page.wait_for_timeout(200)
        now = luma(page)
        if changed(before, now).mean() < SETTLED:
            return now
        before = now
    pytest.fail("the picture never settles")


def pictured(page: Page, condition: Callable[[Any], object], what: str) -> None:
    """Wait until the mirror shows it: the page's words come before the picture, by as long as the machine takes."""
    until(lambda: condition(luma(page)), what)


def both_ways(page: Page, truth: dict[str, Any], camera: Any) -> tuple[Any, Any]:
    """With the crown and without, once the codec's picture is as good as it gets: on a busy machine the first ones are
    coarse, and of two that differ in that the rest of her changes too. What is drawn beside her head stays for ever.
    """
    there = may_be_crown(truth, camera)
    crowned = lambda now: changed(now, camera)[there].mean() > COVERED  # noqa: E731
    for _ in range(12):
        pictured(page, crowned, "the crown on her head")
        worn = settled(page)
        page.screenshot(path=OUT / "journey-worn.png")
        press_bare(page, bare=True)
        pictured(page, lambda now: not crowned(now), "her head without the crown")
        bare = settled(page)
        page.screenshot(path=OUT / "journey-bare.png")
        press_bare(page, bare=False)
        pictured(page, crowned, "the crown again")
        difference = changed(worn, bare)
        if (difference & ~there).sum() < STRAY * difference.sum():
            break
    return worn, bare


def test_a_crown_is_on_her_head_and_nowhere_else(page: Page, truth: dict[str, Any], camera: Any) -> None:
    OUT.mkdir(exist_ok=True)
    page.click("[data-action=agree]")
    page.wait_for_selector(".room[data-state=live]")
    expect(page.locator(".edge-words")).to_be_hidden()
    worn, bare = both_ways(page, truth, camera)

    # the crown is where a crown is worn, and covers much of it
    difference = changed(worn, bare)
    crown = may_be_crown(truth, difference)
    assert difference[crown].mean() > COVERED
    assert (difference & ~crown).sum() < STRAY * difference.sum()

    # moved up by 20 mm it is higher in the picture
    row = np.mean(np.nonzero(difference)[0])
    page.get_by_role("button", name="Adjust where").click()
    for _ in range(20):
        page.keyboard.press("ArrowUp")
    expect(page.locator(".badge")).to_have_text("Moved: 20 mm up")
    lifted = lambda now: row - np.mean(np.nonzero(changed(now, bare))[0] if changed(now, bare).any() else row)  # noqa: E731
    pictured(page, lambda now: lifted(now) > 8, "the crown is higher")
    page.screenshot(path=OUT / "journey-moved.png")
    page.keyboard.press("Home")
    page.keyboard.press("Escape")
    expect(page.locator(".badge")).to_have_text(re.compile(r"^True size,\s±\s\d+\s%$"))  # by her irises

    # the snapshot is the same picture, not mirrored
    pictured(page, lambda now: abs(lifted(now)) < 1, "the crown is where it was")
    again = settled(page)
    page.get_by_role("button", name="Take a snapshot").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Save", exact=True).click()
    snapshot = Image.open(download.value.path())
    assert snapshot.size == (1280, 720)
    saved = np.asarray(snapshot.convert("L").resize((640, 360), Image.Resampling.BOX), np.int16)
    assert changed(saved, again)[:300].mean() < 0.01
    assert changed(saved[:, ::-1], again).mean() > 0.1
    page.screenshot(path=OUT / "journey-snapshot.png")
    page.keyboard.press("Escape")

    # another piece covers other pixels
    page.locator("[data-piece=flora].tile").click()
    expect(page.locator(".wearing-name")).to_have_text("Flora")
    pictured(page, lambda now: changed(now, again).sum() > 250, "the other piece")


def test_a_session_process_that_is_killed_is_replaced_and_she_goes_on(page: Page, address: str) -> None:
    context = page.context
    page.click("[data-action=agree]")
    page.wait_for_selector(".room[data-state=live]")
    page.locator("[data-piece=celeste].tile").click()
    expect(page.locator(".wearing-name")).to_have_text("Celeste")
    until(lambda: context.request.get(f"{address}/v1/sessions").json() == {"free": CORES - 1}, "one session runs")
    server = next(
        process
        for process in psutil.process_iter(["cmdline"])
        if "serve" in (process.info["cmdline"] or []) and process.ppid() == psutil.Process().pid
    )
    # of the session's process and the spare ones only one has her pictures come in
    speaks = lambda: [child for child in server.children(recursive=True) if child.net_connections("udp")]  # noqa: E731
    until(lambda: len(speaks()) == 1, "one process speaks with her browser")
    speaks()[0].kill()

    page.wait_for_selector(".room[data-state=reconnecting]")
    page.wait_for_selector(".room[data-state=live]")
    assert page.locator(".wearing-name").text_content() == "Celeste"
    page.get_by_role("button", name="Close the mirror").click()
    page.wait_for_selector(".room[data-state=ended]")
    until(lambda: context.request.get(f"{address}/v1/sessions").json() == {"free": CORES}, "no session is left")
