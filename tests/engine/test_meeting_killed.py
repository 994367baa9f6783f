"""A meeting in a session process that is killed: the next one goes on with all that was acknowledged."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from tests.engine.test_local import STANDIN
from tests.media.standin import Browser, until
from tests.meetings import known
from tryon.engine.local import LocalPool
from tryon.engine.pool import Spec
from tryon.meeting import Seat
from tryon.settings import Settings

pytestmark = pytest.mark.live

MEETING = "k" * 22
ANA, VERA = Seat(MEETING, "client", "client", "Ana"), Seat(MEETING, "vera", "consultant", "Vera")


async def comes(pool: LocalPool, session: str, seat: Seat) -> Browser:
    browser = Browser(guest=seat is VERA, name=seat.name)
    purposes = () if seat is VERA else ("live", "share")
    await browser.accept(await pool.open(session, await browser.offer(), Spec((), purposes, seat)))
    await until(lambda: browser.of("here"), "who is there")
    return browser


def texts(browser: Browser) -> list[Any]:
    told = [entry for said in browser.of("journal") for entry in said["data"]["entries"]]
    return [entry["data"]["text"] for entry in told if entry["kind"] == "chat"]


async def test_kill_9_of_a_session_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    settings = Settings(sessions_max=2, sessions_warm=1, data=str(tmp_path))
    known(settings, MEETING)
    pool = LocalPool(settings, mirror_factory=STANDIN)
    await pool.start()
    browsers = []
    try:
        vera, ana = await comes(pool, "one", VERA), await comes(pool, "one", ANA)
        browsers += [vera, ana]
        await vera.ask("admit", {"seat": "client"}, "1")
        await vera.ask("pieces.set", {"pieces": ["aurora"]}, "2")
        for number in range(10):
            vera.say("chat.say", {"text": str(number)}, f"c{number}")
        await until(lambda: vera.reply("c4"), "some of it is acknowledged")
        pid = pool.pid("one")
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        acknowledged = [number for number in range(10) if vera.reply(f"c{number}")]
        await until(lambda: pool.pid("one") is None, "the pool knows")

        vera, ana = await comes(pool, "two", VERA), await comes(pool, "two", ANA)
        browsers += [vera, ana]
        await until(lambda: vera.of("journal") and vera.of("journal")[-1]["data"]["whole"], "all of it")
        said = [int(text) for text in texts(vera)]
        assert said == list(range(len(said)))  # each once, in order
        assert len(said) >= len(acknowledged) >= 5
        assert [worn["piece"] for worn in vera.of("pieces")[0]["data"]["worn"]] == ["aurora"]
        await until(lambda: len(vera.pictures) > 3 and vera.heard_from("Ana"), "she is seen and heard again")
    finally:
        for browser in browsers:
            await browser.close()
        await pool.stop()
