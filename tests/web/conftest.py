"""Real headless Chromium on the real page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect, sync_playwright

from tests.web.house import WAIT_S, House, open_house, overhear
from tryon.bench.browser import CAMERA_FLAGS, as_camera, launch

CAMERA_PX = (640, 360)
"Small, for many tests on few cores; the journey has the full size."
expect.set_options(timeout=1000 * WAIT_S)


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def camera_file(clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_camera(clip, tmp_path_factory.mktemp("camera") / "ana.mjpeg", frames=60, size_px=CAMERA_PX)


@pytest.fixture(scope="session")
def chromium(playwright: Playwright, camera_file: Path) -> Iterator[Browser]:
    """Has a camera, and the wearer allows it."""
    browser = launch(playwright, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={camera_file}")
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def chromium_bare(playwright: Playwright) -> Iterator[Browser]:
    """Has no camera; nobody answers its questions."""
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as house:
        yield house


Opens = Callable[..., Page]


@pytest.fixture
def visit(house: House, chromium: Browser) -> Iterator[Opens]:
    """Opens the page; at the end nothing may have been said on the console, nor any request have left the house."""
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def visit(
        browser: Browser | None = None,
        path: str = "/",
        script: str = "",
        expects: tuple[str, ...] = (),
        ready: str = ".room[data-state=consent], .panel-closed",
        **options: object,
    ) -> Page:
        context = (browser or chromium).new_context(
            **{"viewport": {"width": 1280, "height": 800}, **options}  # type: ignore[arg-type]
        )
        contexts.append(context)
        if script:
            context.add_init_script(script)
        page = context.new_page()
        expected = ("favicon", *expects)

        def complain(words: str) -> None:
            if not any(each in words for each in expected):
                complaints.append(words)

        overhear(page, complain)
        page.on(
            "request",
            lambda request: (
                None if request.url.startswith((house.address, "blob:")) else complain(f"left the house: {request.url}")
            ),
        )
        page.goto(house.address + path)
        page.wait_for_selector(ready)
        return page

    yield visit
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(visit: Opens) -> Page:
    """The page as it opens on a desk."""
    return visit()
