"""Draws a design on its client, in a process of its own: what is in a stranger's model can end no more than that."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
from collections.abc import Mapping
from multiprocessing.connection import Connection
from typing import Any

from tryon import jobs
from tryon.errors import AtelierError, InputError, TryonError
from tryon.jobs import Drawn
from tryon.settings import Settings
from tryon.types import Piece

WAIT_S = 180.0
"A drawing takes some seconds, most of them to load the trackers; what takes this long takes for ever."


class Drawings:
    """One drawing at a time: the mirror has the machine's cores first."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._one = asyncio.Lock()

    async def draw(
        self,
        piece: Piece,
        glb: bytes,
        picture: bytes,
        *,
        declared: Mapping[str, float],
        measured: Mapping[str, Any] | None,
    ) -> Drawn:
        """See jobs.design. Raises InputError, AtelierError `drawing_failed`."""
        async with self._one:
            return await asyncio.to_thread(self._draw, piece, glb, picture, dict(declared), measured)

    def _draw(
        self,
        piece: Piece,
        glb: bytes,
        picture: bytes,
        declared: dict[str, float],
        measured: Mapping[str, Any] | None,
    ) -> Drawn:
        context = multiprocessing.get_context("forkserver")
        ours, theirs = context.Pipe(duplex=False)
        work = (theirs, self._settings, piece, glb, picture, declared, measured)
        process = context.Process(target=_work, args=work, name="drawing", daemon=True)
        process.start()
        theirs.close()
        try:
            said = ours.recv() if ours.poll(WAIT_S) else None
        except EOFError:
            said = None  # it died of what it read
        finally:
            ours.close()
            if process.is_alive() and said is None:
                process.kill()
            process.join(WAIT_S)
        if isinstance(said, Drawn):
            return said
        if isinstance(said, tuple):
            raise InputError(*said)
        raise AtelierError("drawing_failed", "The design could not be drawn. Look at the model, and try again.")


def _work(
    answer: Connection,
    settings: Settings,
    piece: Piece,
    glb: bytes,
    picture: bytes,
    declared: dict[str, float],
    measured: Mapping[str, Any] | None,
) -> None:
    """In the process: the drawing, or why not."""
    with contextlib.closing(answer):
        try:
            answer.send(jobs.design(settings, piece, glb, picture, declared=declared, measured=measured))
        except TryonError as err:
            answer.send((err.reason, err.detail))
