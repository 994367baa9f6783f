"""A room with its wearer, over real connections on loopback, with a mirror that needs no GL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable

import pytest

from tests.media.standin import Browser, Camera, StandIn, load, until
from tryon.media.room import Room
from tryon.settings import Settings

pytestmark = pytest.mark.live


@pytest.fixture
def mirror() -> StandIn:
    return StandIn()


@pytest.fixture
async def room(mirror: StandIn) -> AsyncIterator[Room]:
    room = Room(Settings(resume_s=30), mirror, load)
    yield room
    await room.close()
    assert mirror.closed


@pytest.fixture
async def join(room: Room) -> AsyncIterator[Callable[..., object]]:
    joined: list[Browser] = []

    async def join(camera: Camera | None = None) -> Browser:
        browser = Browser(camera)
        joined.append(browser)
        await browser.accept(await room.answer(await browser.offer()))
        return browser

    yield join
    for browser in joined:
        await browser.close()


async def test_the_first_picture_comes_back_composited_with_its_own_number(room: Room, mirror: StandIn, join) -> None:
    browser = await join()
    await until(lambda: len(browser.pictures) > 20, "pictures")
    numbers = [number for number, _ in browser.pictures]
    assert numbers == sorted(set(numbers))
    assert browser.unread == 0
    assert room.first_picture.done()
    luma = browser.pictures[-1][1].to_ndarray()[:240]
    assert luma[20:44, 20:44].mean() > 200  # the stand-in's box
    assert abs(luma[100:200, 100:200].mean() - 128) < 6
    assert mirror.threads == {"sense": {"tracker"}, "show": {"mirror"}, "close": set()}


async def test_differences_of_time_are_kept_from_end_to_end(room: Room, join) -> None:
    browser = await join()
    await until(lambda: len(browser.pictures) > 10, "pictures")
    (first, start), *later = browser.pictures
    for number, picture in later:
        assert picture.pts - start.pts == pytest.approx((number - first) * 3000, abs=2)
