"""Looking closer on the real page: a piece is turned by pointer and by keys, and what cannot be drawn is said."""

from __future__ import annotations

import asyncio
import os
import re
import threading
from pathlib import Path

import numpy as np
import pytest
from playwright.sync_api import expect

from tests.web.conftest import Opens
from tests.web.house import House
from tests.web.test_console import faults
from tryon.errors import SessionError
from tryon.picture import webp_alone
from tryon.server.studio import Studio

LOOK = os.environ.get("LOOK", "")


def test_a_piece_is_turned_by_keys_and_by_pointer(visit: Opens, house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, int, int]] = []
    busy, held = threading.Event(), threading.Event()
    held.set()

    async def view(studio: Studio, id: str, folder: Path, *, yaw_rad: float, pitch_rad: float) -> bytes:
        await asyncio.to_thread(held.wait, 60)
        if busy.is_set():
            raise SessionError("photos_busy", "Many.")
        asked.append((id, round(np.degrees(yaw_rad)), round(np.degrees(pitch_rad))))
        picture = np.full((32, 32, 4), (201, 168, 76, 255), np.uint8)
        picture[:, : 2 + asked[-1][1] // 12, 3] = 0
        return webp_alone(picture)

    monkeypatch.setattr(Studio, "view", view)
    page = visit(expects=("503",), viewport={"width": 390, "height": 780})
    page.get_by_role("button", name="Look closer: turn the piece in hand").click()
    turned = page.get_by_role("slider", name="Aurora: turn it")
    expect(turned).to_have_attribute("aria-valuetext", "Turned 25°, seen from 15° above")
    picture = page.get_by_alt_text("Aurora, turned")
    expect(picture).to_have_attribute("src", re.compile("^blob:"))
    first = picture.get_attribute("src")
    assert first is not None
    assert faults(page) == []
    if LOOK:
        page.screenshot(path=f"{LOOK}/closer-phone.png")

    turned.press("ArrowRight")
    expect(picture).not_to_have_attribute("src", first)
    for key in ("ArrowDown", "ArrowDown", "ArrowDown", "ArrowDown"):
        turned.press(key)
    expect(turned).to_have_attribute("aria-valuetext", "Turned 30°, seen from 5° below")
    turned.press("Home")
    expect(picture).to_have_attribute("src", first)

    # the finger goes right, and the piece with it; a side that takes its time is said
    held.clear()
    box = turned.bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + 100, y, steps=4)
    page.mouse.up()
    expect(turned).to_have_attribute("aria-valuetext", "Turned 85°, seen from 15° above")
    expect(page.locator(".turn-says")).to_have_text("Drawing it from this side.")
    busy.set()
    held.set()
    expect(page.locator(".turn-says")).to_have_text(
        "Many pictures are being drawn just now. Please try again in a moment."
    )
    busy.clear()
    page.get_by_role("button", name="Try again").click()
    expect(page.locator(".turn-says")).to_be_empty()
    expect(picture).not_to_have_attribute("src", first)
    assert ("aurora", 85, 15) in asked
    assert len(asked) == len(set(asked)), "what was seen is not asked for again"

    page.get_by_role("button", name="Done").click()
    expect(turned).to_have_count(0)
