"""Sessions in processes: opened, resumed, closed, lost, refused. The mirror in them is a stand-in."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator
from io import BytesIO
from pathlib import Path

import psutil
import pytest
from PIL import Image

from tests.media.standin import Browser, until
from tryon.engine.local import LocalPool
from tryon.engine.pool import STILL_BYTES_MAX, Ended, Spec
from tryon.errors import AssetError, InputError, MessageError, SessionError, SettingError, TryonError
from tryon.settings import Settings

pytestmark = pytest.mark.live

ROOT = Path(__file__).resolve().parents[2]
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


async def test_a_still_of_the_board_reaches_its_session_and_what_is_wrong_with_it_comes_back(
    pool: LocalPool, browsers: list[Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    await connect(pool, browsers, "a")
    # on a busy machine a still may take longer than an offer may
    monkeypatch.setattr("tryon.engine.local.ANSWER_S", 0.0)
    grey = BytesIO()
    Image.new("L", (3000, 2000), 128).save(grey, "PNG")
    said = await pool.calibrate("a", grey.getvalue(), anew=True)
    assert (said.hinders, said.views, said.camera) == ("board_not_found", 0, None)
    largest = os.urandom(STILL_BYTES_MAX)
    with pytest.raises(InputError, match="not a picture"):
        await pool.calibrate("a", largest, anew=False)
    assert pool.vitals()["a"]["connected"], "and the mirror goes on"
    with pytest.raises(SessionError) as refused:
        await pool.calibrate("b", b"", anew=False)
    assert refused.value.reason == "session_unknown"


def processes_of(pool: LocalPool) -> list[int]:
    return [p.pid for p in [*pool._sessions.values(), *pool._warm] if p.pid is not None]


async def test_a_session_opens_shows_and_closes(pool: LocalPool, browsers: list[Browser]) -> None:
    assert pool.free() == 2
    browser = await connect(pool, browsers, "one", "aurora")
    assert pool.free() == 1
    await until(lambda: browser.of("pieces"), "what is worn")
    assert [w["piece"] for w in browser.of("pieces")[0]["data"]["worn"]] == ["aurora"]
    (pid,) = [p.pid for p in pool._sessions.values()]
    await pool.close("one")
    assert pool.free() == 2
    assert not psutil.pid_exists(pid)
    assert pool.ended == [Ended("one", "closed")]
    await until(lambda: browser.of("ended"), "the last word")
    with pytest.raises(SessionError) as caught:
        await pool.close("one")
    assert caught.value.reason == "session_unknown"


async def test_the_same_session_takes_a_new_connection(pool: LocalPool, browsers: list[Browser]) -> None:
    first = await connect(pool, browsers, "one", "aurora")
    pids = processes_of(pool)
    await first.ask("nudge.set", {"piece": "aurora", "up_mm": 4}, "1")
    second = await connect(pool, browsers, "one", "other")
    await until(lambda: second.of("pieces"), "what is worn")
    assert second.of("pieces")[0]["data"]["worn"][0] == {
        "piece": "aurora",
        "up_mm": 4,
        "forward_mm": 0,
        "tilt_deg": 0,
        "moved": True,
        "on": "head",
        "finger": "",
        "held": False,
    }
    assert pids[0] in processes_of(pool)
    assert pool.free() == 1


async def test_a_full_pool_says_so_and_has_room_again(pool: LocalPool, browsers: list[Browser]) -> None:
    await connect(pool, browsers, "one")
    await connect(pool, browsers, "two")
    assert pool.free() == 0
    offer = await (extra := Browser()).offer()
    browsers.append(extra)
    with pytest.raises(SessionError) as caught:
        await pool.open("three", offer, Spec())
    assert caught.value.reason == "server_full"
    await pool.close("one")
    await connect(pool, browsers, "three")


@pytest.mark.parametrize(
    ("offer", "pieces", "error"),
    [
        ("not SDP", (), "offer_unreadable"),
        ("v=0\r\n", (), "offer_unreadable"),
        ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n", (), "offer_unreadable"),
        ("v=0\r\n" + "a=x\r\n" * 20_000, (), "offer_unreadable"),
        ("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n", ("none-such",), "piece_unknown"),
    ],
)
async def test_a_session_that_cannot_begin_costs_nobody_a_place(
    pool: LocalPool, offer: str, pieces: tuple[str, ...], error: str
) -> None:
    pids = processes_of(pool)
    with pytest.raises((MessageError, AssetError)) as caught:
        await pool.open("one", offer, Spec(pieces))
    assert caught.value.reason == error
    assert pool.free() == 2
    assert processes_of(pool) == pids  # the warm process is as good as new
    assert pool.ended == []


async def test_a_killed_process_is_noticed_and_its_place_is_free(
    pool: LocalPool, browsers: list[Browser], caplog: pytest.LogCaptureFixture
) -> None:
    await connect(pool, browsers, "one")
    (pid,) = [p.pid for p in pool._sessions.values()]
    os.kill(pid, signal.SIGKILL)
    await until(lambda: pool.ended, "the end is told")
    assert pool.ended == [Ended("one", "died")]
    assert pool.free() == 2
    assert pool.vitals() == {}
    assert f"session process {pid} ended by signal 9: Killed" in caplog.text


async def test_a_process_that_hangs_is_killed(
    pool: LocalPool, browsers: list[Browser], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tryon.engine.local.SILENT_S", 4.0)
    monkeypatch.setattr("tryon.engine.local.EXIT_S", 0.5)
    await connect(pool, browsers, "one")
    (pid,) = [p.pid for p in pool._sessions.values()]
    await until(lambda: pool.vitals()["one"], "a sign of life")
    os.kill(pid, signal.SIGSTOP)
    await until(lambda: pool.ended, "the end is told")
    assert pool.ended == [Ended("one", "died")]
    assert not psutil.pid_exists(pid)


async def test_a_session_that_nobody_comes_back_to_ends_itself(browsers: list[Browser]) -> None:
    pool = LocalPool(Settings(sessions_max=1, sessions_warm=0, resume_s=0.1), mirror_factory=STANDIN)
    ended: list[Ended] = []
    pool.on_end = ended.append
    await pool.start()
    browser = await connect(pool, browsers, "one")
    (pid,) = processes_of(pool)
    await browser.close()
    await until(lambda: ended, "the end is told")
    assert ended == [Ended("one", "left")]
    await until(lambda: not psutil.pid_exists(pid), "the process is gone")
    await pool.stop()


async def test_processes_go_with_the_pool(browsers: list[Browser]) -> None:
    pool = LocalPool(Settings(sessions_max=2, sessions_warm=1), mirror_factory=STANDIN)
    ended: list[Ended] = []
    pool.on_end = ended.append
    await pool.start()
    await connect(pool, browsers, "one")
    await until(lambda: len(processes_of(pool)) == 2, "a new warm process")
    pids = processes_of(pool)
    await pool.stop()
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert ended == [Ended("one", "restarting")]
    assert pool.free() == 0
    with pytest.raises(SessionError) as caught:
        await pool.open("two", "v=0\r\n", Spec())
    assert caught.value.reason == "server_closing"


async def test_a_process_goes_when_whoever_started_it_is_gone() -> None:
    """The gateway is killed: nothing of its sessions stays behind."""
    code = (
        "import asyncio\n"
        "from tryon.engine.local import LocalPool\n"
        "from tryon.settings import Settings\n"
        "async def main():\n"
        f"    pool = LocalPool(Settings(sessions_warm=1), mirror_factory={STANDIN!r})\n"
        "    await pool.start()\n"
        "    print(pool._warm[0].pid, flush=True)\n"
        "    await asyncio.sleep(1000)\n"
        "if __name__ == '__main__':\n"
        "    asyncio.run(main())\n"
    )
    gateway = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        code,
        stdout=asyncio.subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    assert gateway.stdout is not None
    pid = int(await gateway.stdout.readline())
    assert psutil.pid_exists(pid)
    gateway.kill()
    await gateway.wait()
    await until(lambda: not psutil.pid_exists(pid), "the session process is gone")


async def test_a_machine_that_cannot_make_a_mirror_says_why() -> None:
    pool = LocalPool(Settings(), mirror_factory="tests.media.standin:open_broken")
    with pytest.raises(TryonError) as caught:
        await pool.start()
    assert caught.value.reason == "gl_missing"
    await pool.stop()


@pytest.mark.parametrize("addresses", ["", "localhost", "192.0.2.1", "127.0.0.1,nonsense"])
async def test_an_address_that_media_cannot_bind_to_is_a_wrong_setting(addresses: str) -> None:
    pool = LocalPool(Settings(media_addresses=addresses), mirror_factory=STANDIN)
    with pytest.raises(SettingError, match="TRYON_MEDIA_ADDRESSES"):
        await pool.start()


async def test_a_hundred_sessions_leave_nothing_behind(pool: LocalPool, browsers: list[Browser]) -> None:
    """Files, threads, processes and memory of the gateway after many sessions are what they were after a few."""
    me = psutil.Process()
    offer = await (browser := Browser()).offer()
    browsers.append(browser)

    async def rounds(count: int) -> tuple[int, int, int, int]:
        for i in range(count):
            await pool.open(f"session-{i}", offer, Spec(("aurora",)))
            await pool.close(f"session-{i}")
        await until(lambda: pool._warm and pool._warm[0].ready.done(), "a warm process for the next")
        gc.collect()
        threads = {t for t in threading.enumerate() if not t.name.startswith("asyncio_")}  # to_thread's own, reused
        return me.num_fds(), len(threads), len(me.children(recursive=True)), me.memory_info().rss

    await rounds(3)
    before = await rounds(1)
    after = await rounds(100)
    assert after[:3] == before[:3]
    assert after[3] - before[3] < 4e6
    assert len(pool.ended) == 104


async def test_a_process_that_may_know_a_wearer_never_serves_another(pool: LocalPool, browsers: list[Browser]) -> None:
    """Whoever gives up while her session opens leaves a process behind that nobody else gets."""
    offer = await (browser := Browser()).offer()
    browsers.append(browser)
    (pid,) = processes_of(pool)
    opening = asyncio.create_task(pool.open("one", offer, Spec()))
    await until(lambda: pool._sessions, "the session is opening")
    opening.cancel()
    with pytest.raises(asyncio.CancelledError):
        await opening
    assert pool.free() == 2
    await until(lambda: not psutil.pid_exists(pid), "the process is gone")
    await connect(pool, browsers, "two")
    assert pid not in processes_of(pool)


async def test_two_offers_of_one_session_are_answered_one_after_the_other(
    pool: LocalPool, browsers: list[Browser]
) -> None:
    browsers += [Browser(), Browser()]
    offers = [await browser.offer() for browser in browsers]
    answers = await asyncio.gather(*(pool.open("one", offer, Spec()) for offer in offers))
    assert len(set(answers)) == 2
    assert pool.free() == 1
    await browsers[1].accept(answers[1])
    await until(lambda: len(browsers[1].pictures) > 3, "pictures for the later one")
