"""Runs the application until it is told to stop."""

from __future__ import annotations

import uvicorn
from starlette.applications import Starlette

from tryon.settings import Settings

STOP_S = 10
"How long requests under way may still take when the server is told to stop."


def run(app: Starlette, settings: Settings) -> None:
    """Serve on `settings.host` and `settings.port` until SIGTERM or SIGINT; the pool stops with the application."""
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        # our own access log names routes, not addresses and people (tryon.server.headers)
        access_log=False,
        log_config=None,
        server_header=False,
        timeout_graceful_shutdown=STOP_S,
        # sessions belong to this process: never more than one
        workers=1,
    )
