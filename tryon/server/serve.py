"""Runs the application until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
import time
from collections.abc import Iterator
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from tryon import logs
from tryon.engine.local import LocalPool
from tryon.engine.pool import Pool
from tryon.errors import SettingError
from tryon.pieces.catalogue import Catalogue
from tryon.server.app import create_app
from tryon.server.sessions import Sessions
from tryon.settings import Settings

log = logging.getLogger(__name__)

DRAIN_LOOK_S = 0.2
STOP_S = 10
"How long requests under way may still take when the server is told to stop."


def run(settings: Settings) -> None:
    """The mirror on `settings.host` and `settings.port`, until SIGTERM or SIGINT. Raises TryonError."""
    logs.set_up(settings.log)
    pieces = {piece.id: piece for piece in Catalogue(settings.pieces_folder).pieces()}
    pool = LocalPool(settings)
    with open_door(settings) as door:
        note, drain_s = settings.address_trouble, settings.drain_s
        asyncio.run(serve(create_app(settings, pool, pieces), pool, door, note=note, drain_s=drain_s))


def open_door(settings: Settings) -> socket.socket:
    """The listening socket. Raises SettingError when there can be none."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=128)
    except OSError as err:
        raise SettingError(
            "port_unavailable",
            f"Cannot listen on {settings.host}:{settings.port} ({err.strerror}). Choose another --host or --port.",
        ) from err


async def serve(app: Starlette, pool: Pool, door: socket.socket, *, note: str = "", drain_s: float = 0.0) -> None:
    """Warm the pool, serve, and end every session at the end. Raises TryonError when the pool cannot be warmed.

    `note`: what whoever runs the service should know of its settings. `drain_s`: see Settings.
    """
    await pool.start()
    try:
        server = Server(
            uvicorn.Config(
                app,
                # our own access log names routes, not addresses and people (tryon.server.headers)
                access_log=False,
                log_config=None,
                server_header=False,
                timeout_graceful_shutdown=STOP_S,
            )
        )
        server.drain_s = drain_s
        host, port = door.getsockname()[:2]
        if note:
            log.warning("%s", note)
        log.info("the mirror is open at http://%s:%d", host, port)
        await server.serve([door])
    finally:
        await pool.stop()


class Server(uvicorn.Server):
    """Tells the application first that it is about to stop, so that no session begins meanwhile."""

    drain_s = 0.0
    "How long running mirrors may go on."

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Without raising them once more at the end, as uvicorn does: the pool has yet to stop."""
        loop = asyncio.get_running_loop()
        signals = (signal.SIGTERM, signal.SIGINT)
        for sig in signals:
            loop.add_signal_handler(sig, self.handle_exit, sig, None)
        try:
            yield
        finally:
            for sig in signals:
                loop.remove_signal_handler(sig)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """SIGTERM or SIGINT: no mirror begins any more, those that run may go on a while. A second one: stop now."""
        app = self.config.app
        assert isinstance(app, Starlette)
        sessions = app.state.sessions
        log.info("%s: closing", signal.Signals(sig).name)
        if sessions.closing or not sessions.running or self.drain_s <= 0:
            sessions.closing = True
            super().handle_exit(sig, frame)
            return
        sessions.closing = True
        log.info("%d mirrors may go on for up to %g s", sessions.running, self.drain_s)
        self._draining = asyncio.get_running_loop().create_task(self._drain(sessions, sig))

    async def _drain(self, sessions: Sessions, sig: int) -> None:
        end_s = time.monotonic() + self.drain_s
        while sessions.running and time.monotonic() < end_s and not self.should_exit:
            await asyncio.sleep(DRAIN_LOOK_S)
        super().handle_exit(sig, None)
