"""Sessions in processes: opened, resumed, closed, lost, refused. The mirror in them is a stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import psutil
import pytest

from tests.media.standin import Browser, until
from tryon.engine.local import LocalPool
from tryon.engine.pool import Ended, Spec
from tryon.errors import SessionError
from tryon.settings import Settings

pytestmark = pytest.mark.live

STANDIN = "tests.media.standin:open_standin"


@pytest.fixture
async def pool() -> AsyncIterator[LocalPool]:
    pool = LocalPool(Settings(sessions_max=2, sessions_warm=1, resume_s=30), mirror_factory=STANDIN)
    pool.ended = []  # type: ignore[attr-defined]
    pool.on_end = pool.ended.append  # type: ignore[attr-defined]
    await pool.start()
    yield pool
    await pool.stop()


@pytest.fixture
async def browsers() -> AsyncIterator[list[Browser]]:
    made: list[Browser] = []
    yield made
    for browser in made:
        await browser.close()


async def connect(pool: LocalPool, browsers: list[Browser], session: str, *pieces: str) -> Browser:
    browser = Browser()
    browsers.append(browser)
    await browser.accept(await pool.open(session, await browser.offer(), Spec(pieces)))
    await until(lambda: len(browser.pictures) > 3, "pictures")
    return browser


def processes_of(pool: LocalPool) -> list[int]:
    return [p._process.pid for p in [*pool._sessions.values(), *pool._warm] if p._process is not None]


async def test_a_session_opens_shows_and_closes(pool: LocalPool, browsers: list[Browser]) -> None:
    assert pool.free() == 2
    browser = await connect(pool, browsers, "one", "aurora")
    assert pool.free() == 1
    await until(lambda: browser.of("pieces"), "what is worn")
    assert [w["piece"] for w in browser.of("pieces")[0]["data"]["worn"]] == ["aurora"]
    (pid,) = [p._process.pid for p in pool._sessions.values()]
    await pool.close("one")
    assert pool.free() == 2
    assert not psutil.pid_exists(pid)
    assert pool.ended == [Ended("one", "closed")]
    await until(lambda: browser.of("ended"), "the last word")
    with pytest.raises(SessionError) as caught:
        await pool.close("one")
    assert caught.value.reason == "session_unknown"
