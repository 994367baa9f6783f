"""The real page and the real media over a mirror that a test can steer, for a browser on this machine."""

from __future__ import annotations

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import uvicorn
from playwright.sync_api import Frame as PageFrame
from playwright.sync_api import Page

from tests.media.standin import StandIn, Tapes, load
from tests.standin import catalogue, draw_posters
from tryon.calibrating import Calibrating
from tryon.engine.pool import Ended, OnEnd, Spec
from tryon.errors import SessionError
from tryon.geometry.planes import split_planes
from tryon.media.room import Room
from tryon.messages import EndReason
from tryon.owned import LaidTold
from tryon.pieces.catalogue import Catalogue
from tryon.server.app import create_app
from tryon.server.counter import Counter
from tryon.settings import Settings
from tryon.types import Frame, Model, Sensed, Shown

WAIT_S = 60.0
"A state that does not come in this time will not come; a busy machine is not a fault of the page."


def load_slowly(piece: str) -> Model:
    """A model takes a moment to load, as a real one does."""
    time.sleep(0.1)
    pieces = catalogue()
    if piece.startswith("ring-"):
        return Model(replace(pieces["lys"], id=piece), ())
    return Model(pieces[piece], ()) if piece in pieces else load(piece)


class Painted(StandIn):
    """Paints a bright band where a crown would be."""

    def show(self, sensed: Sensed, /) -> Shown:
        shown = super().show(sensed)
        if self.bare:
            return shown
        luma = split_planes(shown.frame.i420)[0]
        height, width = luma.shape
        band = slice(height // 8, height // 5), slice(width // 2 - width // 12, width // 2 + width // 12)
        luma[band] = np.maximum(luma[band], 225)
        return Shown(
            Frame(shown.frame.i420, shown.frame.time_s),
            sensed,
            None,
            shown.pieces,
            None,
            shown.stages_ms,
        )


class RoomPool:
    """A pool in this very process: real rooms over steered mirrors."""

    def __init__(self, settings: Settings) -> None:
        self.on_end: OnEnd | None = None
        self.settings = settings
        self.rooms: dict[str, Room] = {}
        self.mirrors: list[Painted] = []
        self.tapes = Tapes()
        self.offers = 0
        self.refuses: Exception | None = None
        self.holds = threading.Event()
        "While it is set, no offer is answered."

    async def start(self) -> None:
        """See Pool."""

    async def stop(self) -> None:
        """See Pool."""
        for room in list(self.rooms.values()):
            await room.close()

    async def open(self, session_id: str, offer: str, spec: Spec) -> str:
        """See Pool."""
        self.offers += 1
        while self.holds.is_set():
            await asyncio.sleep(0.01)
        if self.refuses is not None:
            raise self.refuses
        room = self.rooms.get(session_id)
        if room is None:
            mirror = Painted()
            self.mirrors.append(mirror)
            room = self.rooms[session_id] = Room(self.settings, mirror, load_slowly, self.tapes)
            room.wardrobe.shelf = None if spec.shelf is None else frozenset(spec.shelf)
            await room.wardrobe.wear(spec.pieces)
            asyncio.get_running_loop().create_task(self._follow(session_id, room))
        if spec.purposes:
            room.allow(spec.purposes)
        return await room.answer(offer, spec.seat)

    async def allow(self, session_id: str, purposes: tuple[str, ...]) -> None:
        """See Pool."""
        self.rooms[session_id].allow(purposes)

    async def close(self, session_id: str) -> None:
        """See Pool."""
        if session_id not in self.rooms:
            raise SessionError("session_unknown", "There is no such session.")
        await self.rooms[session_id].close()

    async def lay(self, session_id: str, still: bytes, kind: str) -> LaidTold:
        """As the session's process would."""
        return await self.rooms[session_id].fitting.lay(still, kind)

    async def calibrate(self, session_id: str, still: bytes, *, anew: bool) -> Calibrating:
        """See Pool."""
        return await self.rooms[session_id].fitting.calibrate(still, anew=anew)

    def free(self) -> int:
        """See Pool."""
        return 0 if self.refuses else 1

    def vitals(self) -> dict[str, dict[str, float]]:
        """See Pool."""
        return {session_id: room.vitals() for session_id, room in self.rooms.items()}

    async def _follow(self, session_id: str, room: Room) -> None:
        reason = await room.ended
        del self.rooms[session_id]
        if self.on_end is not None:
            self.on_end(Ended(session_id, reason))


class House:
    """A server that listens, and what stands behind it."""

    def __init__(self, address: str, pool: RoomPool, loop: asyncio.AbstractEventLoop, counter: Counter) -> None:
        self.address = address
        self.counter = counter
        self.pool = pool
        self.data = Path(pool.settings.data)
        self._loop = loop

    @property
    def mirror(self) -> Painted:
        """The newest wearer's."""
        return self.pool.mirrors[-1]

    def lose_connection(self) -> None:
        """Every connection breaks; the sessions stay."""

        async def lose() -> None:
            for room in self.pool.rooms.values():
                if room._peer is not None:
                    await room._peer.close()

        asyncio.run_coroutine_threadsafe(lose(), self._loop).result(WAIT_S)

    def end_sessions(self, reason: EndReason = "failed") -> None:
        """Every session ends, by default as if its process had died."""

        async def end() -> None:
            for room in list(self.pool.rooms.values()):
                await room.close(reason)

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(WAIT_S)


@contextmanager
def open_house(folder: Path, *, assets: Path | None = None, **more: Any) -> Iterator[House]:
    """Serve the page on a free port of this machine; with `assets`, the true catalogue in them; `more` settings."""
    door = socket.create_server(("127.0.0.1", 0))
    settings = Settings(
        hook_hosts="127.0.0.1",
        port=door.getsockname()[1],
        assets=str(assets or folder / "assets"),
        data=str(folder / "var"),
        resume_s=30.0,
        **more,
    )
    if assets is None:
        pieces = catalogue()
        draw_posters(settings.pieces_folder, pieces)
    else:
        pieces = {piece.id: piece for piece in Catalogue(settings.pieces_folder).pieces()}
    pool = RoomPool(settings)
    app = create_app(settings, pool, pieces)
    server = uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, timeout_graceful_shutdown=1))
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        await server.serve([door])
        await pool.stop()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()), name="house")
    thread.start()
    until(lambda: server.started, "the server listens")
    try:
        yield House(f"http://127.0.0.1:{door.getsockname()[1]}", pool, loop, app.state.counter)
    finally:
        server.should_exit = True
        thread.join(WAIT_S)
        door.close()
        loop.close()


def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a state; fails with its name when it never comes."""
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        time.sleep(0.01)


def overhear(page: Page, complain: Callable[[str], None]) -> None:
    """Hear what goes wrong on a page: errors and warnings of its console, each with its address, and what it threw."""
    page.on(
        "console",
        # that an answer was an error has its status in the words, and only beside them of which address
        lambda said: complain(f"{said.text} ({said.location['url']})") if said.type in ("error", "warning") else None,
    )
    page.on("pageerror", lambda error: complain(str(error)))


def at_rest(page: Page | PageFrame) -> None:
    """Wait until nothing on the page moves or fades: what a change began shows only with the next frames."""
    # two steps: what a predicate promises is not waited for again when it comes to nothing
    page.evaluate("() => new Promise((seen) => requestAnimationFrame(() => requestAnimationFrame(seen)))")
    page.wait_for_function(
        "() => document.getAnimations().every((one) =>"
        " one.playState !== 'running' || one.effect.getComputedTiming().iterations === Infinity)"
    )
