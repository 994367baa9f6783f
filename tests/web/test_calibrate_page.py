"""Her own camera calibrated on the page: a board held up to real Chromium, stills of it, and a profile that stays."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import av
import cv2
import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Playwright, expect

from tests.board import Studio
from tests.web.conftest import CAMERA_PX
from tests.web.house import House, until
from tests.web.test_fit import begin
from tests.web.test_page import open_mirror
from tryon.bench.browser import CAMERA_FLAGS, launch
from tryon.geometry.camera import given_camera

Opens = Callable[..., Page]
FOCAL_PX = 540.0
HELD = 20
"Frames that each view is held for."
VIEWS = [
    (32, 5),
    (-26, -3),
    (4, 32),
    (-5, -32),
    (19, -6),
    (-34, 6),
    (3, 20),
    (8, -22),
    (26, 12),
    (-19, 9),
    (-20, 24),
    (14, -20),
]


@pytest.fixture(scope="module")
def held_up(playwright: Playwright, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """Chromium whose camera sees a board that is leant this way and that, for ever."""
    rng = np.random.default_rng(5)
    studio = Studio(given_camera(FOCAL_PX, CAMERA_PX), rng)
    file = tmp_path_factory.mktemp("camera") / "board.mjpeg"
    with av.open(str(file), "w", format="mjpeg") as sink:
        stream = sink.add_stream("mjpeg", rate=30)
        stream.pix_fmt = "yuvj420p"
        stream.width, stream.height = CAMERA_PX
        stream.codec_context.qmin = stream.codec_context.qmax = 2
        for number, tilt in enumerate(VIEWS):
            grey = studio.picture(tilt, side=(0.05 * (number % 3 - 1), 0.0), away=0.95 + 0.05 * (number % 4))
            picture = cv2.cvtColor(grey, cv2.COLOR_GRAY2RGB)
            for _ in range(HELD):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                sink.mux(stream.encode(frame.reformat(format="yuvj420p", dst_color_range="JPEG")))
        sink.mux(stream.encode(None))
    browser = launch(playwright, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={file}")
    yield browser
    browser.close()


def open_calibrate(page: Page) -> None:
    page.get_by_role("button", name="More about the mirror").click()
    page.get_by_role("button", name="Calibrate this camera").click()


def profiles(page: Page) -> list[dict[str, float]]:
    kept = page.evaluate("() => Object.entries(localStorage).filter(([name]) => name.startsWith('tryon-camera-'))")
    return [profile for _, text in kept for profile in json.loads(text).values()]


def test_a_board_held_up_tells_the_camera_which_is_kept_here_and_measured_by(
    house: House, visit: Opens, held_up: Browser, tmp_path: Path
) -> None:
    page = visit(held_up)
    open_mirror(page)
    open_calibrate(page)
    sheet = page.get_by_role("dialog", name="Calibrate your camera")
    expect(sheet).to_contain_text("Your camera is not calibrated")
    assert page.request.get(f"{house.address}/v1/board.pdf").body().startswith(b"%PDF")
    sheet.get_by_role("button", name="Begin").click()
    guide = page.locator("measure-guide[words=calibrate]")
    expect(guide.locator(".guide-count")).to_contain_text("of 6")
    until(lambda: house.mirror.bare, "no piece lies over the board")
    expect(page.get_by_role("heading", name="Your camera is calibrated")).to_be_visible()
    expect(guide).to_be_hidden()
    page.get_by_role("button", name="Back to the mirror").click()

    [profile] = profiles(page)
    assert abs(profile["fx"] / FOCAL_PX - 1) < 2 * profile["focal_std"] <= 0.02
    until(lambda: house.mirror.camera is not None, "the mirror is told")
    assert house.mirror.camera is not None
    assert house.mirror.camera.size_px == CAMERA_PX
    # the next visit with this camera knows it, and measures by it
    page.reload()
    open_mirror(page)
    until(lambda: house.mirror.camera is not None, "the mirror is told again")
    tape = begin(house, page)
    assert tape.camera is house.mirror.camera
    page.keyboard.press("Escape")
    # until she has it forgotten
    open_calibrate(page)
    expect(page.locator(".calibrate-known")).to_contain_text("Your camera is known: focal length ±")
    page.get_by_role("button", name="Forget this camera").click()
    until(lambda: house.mirror.camera is None, "the mirror forgets it")
    assert profiles(page) == []


def test_a_face_is_no_board_and_a_file_of_another_shape_no_camera(house: House, page: Page, tmp_path: Path) -> None:
    open_mirror(page)
    open_calibrate(page)
    page.get_by_role("dialog", name="Calibrate your camera").get_by_role("button", name="Begin").click()
    guide = page.locator("measure-guide[words=calibrate]")
    expect(guide.locator(".guide-hint")).to_have_text("No board is seen. All of it in the picture, in even light.")
    page.keyboard.press("Escape")
    expect(guide).to_be_hidden()
    until(lambda: not house.mirror.bare, "the piece is on again")

    lines = "fx = 540.0\nfy = 541.0\ncx = 320.0\ncy = 180.0\ndistortion = [0.0, 0.0, 0.0, 0.0, 0.0]\nfocal_std = 0.004"
    file = tmp_path / "camera.toml"
    for size, known in (("width = 640\nheight = 480", False), ("width = 1280  # pixels\nheight = 720", True)):
        file.write_text(f"{size}\n{lines}\nmade_on = 2026-11-22\n")
        open_calibrate(page)
        page.locator("#calibrate-file").set_input_files(file)
        if known:
            expect(page.get_by_role("heading", name="Your camera is calibrated")).to_be_visible()
            until(lambda: house.mirror.camera is not None, "the mirror is told")
        else:
            expect(page.locator(".edge-words")).to_have_text(
                "This is no file of this camera in this shape of picture. Nothing has changed."
            )
            assert profiles(page) == []
