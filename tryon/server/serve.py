"""Runs the application until it is told to stop."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import socket
from collections.abc import Iterator
from types import FrameType

import uvicorn
from starlette.applications import Starlette

from tryon.engine.local import LocalPool
from tryon.engine.pool import Pool
from tryon.errors import SettingError
from tryon.pieces.catalogue import Catalogue
from tryon.server.app import create_app
from tryon.settings import Settings

log = logging.getLogger(__name__)

STOP_S = 10
"How long requests under way may still take when the server is told to stop."


def run(settings: Settings) -> None:
    """The mirror on `settings.host` and `settings.port`, until SIGTERM or SIGINT. Raises TryonError."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    for name in ("aiortc", "aioice", "uvicorn.error"):
        # at INFO these say addresses of people
        logging.getLogger(name).setLevel(logging.WARNING)
    pieces = {piece.id: piece for piece in Catalogue(settings.pieces_folder).pieces()}
    pool = LocalPool(settings)
    with open_door(settings) as door:
        asyncio.run(serve(create_app(settings, pool, pieces), pool, door, note=settings.address_trouble))


def open_door(settings: Settings) -> socket.socket:
    """The listening socket. Raises SettingError when there can be none."""
    try:
        return socket.create_server((settings.host, settings.port), backlog=128)
    except OSError as err:
        raise SettingError(
            "port_unavailable",
            f"Cannot listen on {settings.host}:{settings.port} ({err.strerror}). Choose another --host or --port.",
        ) from err


async def serve(app: Starlette, pool: Pool, door: socket.socket, *, note: str = "") -> None:
    """Warm the pool, serve, and end every session at the end. Raises TryonError when the pool cannot be warmed.

    `note`: what whoever runs the service should know of its settings.
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
        host, port = door.getsockname()[:2]
        if note:
            log.warning("%s", note)
        log.info("the mirror is open at http://%s:%d", host, port)
        await server.serve([door])
    finally:
        await pool.stop()


class Server(uvicorn.Server):
    """Tells the application first that it is about to stop, so that no session begins meanwhile."""

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
        """SIGTERM or SIGINT."""
        app = self.config.app
        assert isinstance(app, Starlette)
        app.state.api.closing = True
        log.info("%s: closing", signal.Signals(sig).name)
        super().handle_exit(sig, frame)
