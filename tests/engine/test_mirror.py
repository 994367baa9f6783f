"""The real mirror in a session process: tracker, renderer and catalogue behind real connections."""

from __future__ import annotations

from collections.abc import AsyncIterator
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from tests.media.standin import Browser, Camera, until
from tryon.bench.timecode import stamp
from tryon.engine.local import LocalPool
from tryon.engine.pool import Spec
from tryon.geometry.planes import split_planes
from tryon.media.clips import read_clip
from tryon.settings import Settings
from tryon.types import U8

pytestmark = pytest.mark.live

CLIP = Path(__file__).resolve().parents[1] / "data" / "ana.mp4"


class Wearer(Camera):
    """A camera in front of a wearer; every picture carries its number."""

    def __init__(self) -> None:
        pictures = [frame.i420 for frame in read_clip(CLIP)]
        rows, width = pictures[0].shape
        super().__init__((width, rows * 2 // 3))
        self.pictures = pictures

        self.away = False
        "Whether there is only a wall to see."
        self.odd = False
        "Whether pictures are a row and a column short of even."

    def of(self, number: int) -> U8:
        """The luma that was sent under this number."""
        return split_planes(self.pictures[number % len(self.pictures)])[0]

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        i420 = self.pictures[self.sent % len(self.pictures)].copy()
        if self.away:
            i420[:] = 128
        stamp(i420, self.sent)
        self.sent += 1
        frame = av.VideoFrame.from_numpy_buffer(i420, "yuv420p")
        if self.odd:
            width, height = self.size
            frame = frame.reformat(width=width - 1, height=height - 1, threads=1)
        frame.pts, frame.time_base = pts, Fraction(time_base)
        return frame


@pytest.fixture
async def pool() -> AsyncIterator[LocalPool]:
    pool = LocalPool(Settings(sessions_max=1, sessions_warm=1))
    await pool.start()
    yield pool
    await pool.stop()


def changed(wearer: Wearer, number: int, picture: av.VideoFrame) -> np.ndarray:
    """Where a picture differs from what was sent, by more than a codec does; without the time code's rows."""
    got = split_planes(picture.to_ndarray())[0][:-16].astype(np.int16)
    return np.abs(got - wearer.of(number)[:-16]) > 40


async def test_a_wearer_gets_her_crown_and_takes_it_off(pool: LocalPool) -> None:
    browser = Browser(wearer := Wearer())
    try:
        await browser.accept(await pool.open("one", await browser.offer(), Spec(("imperia",))))
        await until(lambda: any(m["data"]["view"] == "live" for m in browser.of("state")), "she is seen")

        def drawn() -> bool:
            return bool(browser.pictures) and changed(wearer, *browser.pictures[-1]).sum() > 400

        await until(drawn, "the crown is drawn")
        rows, columns = np.nonzero(changed(wearer, *browser.pictures[-1]))
        height, width = wearer.of(0).shape
        assert np.median(rows) < height / 2  # on her head, in the upper half
        assert width / 4 < np.median(columns) < width * 3 / 4
        assert not browser.of("error")

        await browser.ask("bare.set", {"bare": True}, "1")
        await until(lambda: not drawn(), "it is gone")
        await browser.ask("bare.set", {"bare": False}, "2")
        await until(drawn, "it is back")
        reply = await browser.ask("pieces.set", {"pieces": ["no-such-piece"]}, "3")
        assert (reply["type"], reply["data"]["reason"]) == ("error", "piece_unknown")
        reply = await browser.ask("snapshot.take", {}, "4")
        assert reply["data"]["pieces"] == ["imperia"]
        await until(lambda: len(browser.files) == reply["data"]["bytes"], "the snapshot")
    finally:
        await browser.close()


async def test_she_leaves_and_returns_and_her_camera_changes_its_size(pool: LocalPool) -> None:
    browser = Browser(wearer := Wearer())

    def view() -> str:
        states = browser.of("state")
        return states[-1]["data"]["view"] if states else ""

    try:
        await browser.accept(await pool.open("one", await browser.offer(), Spec(("regina", "celeste"))))
        await until(lambda: view() == "live", "she is seen")
        wearer.away = True
        await until(lambda: view() in ("lost", "searching"), "she is missed")
        wearer.away = False
        await until(lambda: view() == "live", "she is seen again")
        wearer.odd = True
        width, height = wearer.size
        even = ((width - 1) // 2 * 2, (height - 1) // 2 * 2)
        await until(lambda: any(m["data"]["size_px"] == list(even) for m in browser.of("stats")), "the other size")
        await until(lambda: view() == "live", "she is seen in the other size")
        assert not browser.of("error")
    finally:
        await browser.close()
