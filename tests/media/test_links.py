"""A link that is too narrow for what is sent first: the call finds its rate and goes on."""

from __future__ import annotations

import asyncio
import math
from collections.abc import Awaitable, Callable
from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from tests.media.standin import Browser, Camera, StandIn, Tapes, load, until
from tryon.bench.timecode import stamp
from tryon.media.room import Room
from tryon.settings import Settings

pytestmark = pytest.mark.live


class Cloth(Camera):
    """A moving pattern: enough to send for any rate."""

    def __init__(self) -> None:
        super().__init__((640, 480))
        rough = np.random.default_rng(0).integers(0, 255, (680, 840), np.uint8)
        self._cloth = cv2.normalize(cv2.GaussianBlur(rough, (0, 0), 3), None, 30, 220, cv2.NORM_MINMAX)

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        width, height = self.size
        x, y = int(100 + 80 * math.sin(self.sent / 15)), int(100 + 60 * math.cos(self.sent / 11))
        i420 = np.full((height * 3 // 2, width), 128, np.uint8)
        i420[:height] = self._cloth[y : y + height, x : x + width]
        stamp(i420, self.sent)
        self.sent += 1
        frame = av.VideoFrame.from_numpy_buffer(i420, "yuv420p")
        frame.pts, frame.time_base = pts, Fraction(time_base)
        return frame


class Narrow:
    """A link of `bps` with a queue of 300 ms, behind which packets are lost."""

    def __init__(self, send: Callable[[bytes], Awaitable[None]], bps: float) -> None:
        self._send, self._bps = send, bps
        self._loop = asyncio.get_running_loop()
        self._free_s = 0.0
        self.lost = 0
        self.tasks: set[asyncio.Task[None]] = set()

    async def __call__(self, data: bytes) -> None:
        now = self._loop.time()
        if self._free_s - now > 0.3:
            self.lost += 1
            return
        self._free_s = max(self._free_s, now) + len(data) * 8 / self._bps
        task = self._loop.create_task(self._later(self._free_s - now, data))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _later(self, delay_s: float, data: bytes) -> None:
        await asyncio.sleep(delay_s)
        await self._send(data)


async def test_a_narrow_link_gets_fewer_bits_and_the_pictures_go_on() -> None:
    room = Room(Settings(), StandIn(), load, Tapes())
    browser = Browser(Cloth())
    await browser.accept(await room.answer(await browser.offer()))
    await until(lambda: len(browser.pictures) > 5, "pictures")
    peer = room._peer
    assert peer is not None
    transport = peer._transceiver.sender.transport
    stock = transport._send_rtp
    narrow = transport._send_rtp = Narrow(stock, 700e3)
    before = room.governor.kbps
    assert before > 1000
    await until(lambda: narrow.lost > 20, "the link is full")
    await until(lambda: room.governor.kbps < 700, "a rate that fits")

    def fluent() -> bool:
        numbers = [number for number, _ in browser.pictures[-30:]]
        return len(numbers) == 30 and numbers[-1] - numbers[0] < 33 and browser.camera.sent - numbers[-1] < 10

    await until(fluent, "thirty pictures in a row, none old")
    transport._send_rtp = stock
    for task in narrow.tasks:
        task.cancel()
    await asyncio.gather(*narrow.tasks, return_exceptions=True)
    await browser.close()
    await room.close()
