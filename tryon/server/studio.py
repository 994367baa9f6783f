"""Draws pieces, on a browser's picture or alone, in a process that is kept warm between two pictures.

One picture at a time. A wearer's is drawn by a session of its own: nothing of one is there when the next is drawn.
What is in a stranger's file can end no more than the process, which the next picture starts anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
from collections import OrderedDict
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any, TypeVar

from tryon import jobs
from tryon.errors import InputError, SessionError, TryonError
from tryon.jobs import Adorned
from tryon.picture import webp_alone
from tryon.pieces.catalogue import Catalogue, model_of, read_piece
from tryon.preparing import hung
from tryon.render.poster import turned
from tryon.render.renderer import Renderer
from tryon.settings import Settings
from tryon.types import F64, Model

WAIT_S = 60.0
"A picture takes about a second, the first one some more; what takes this long takes for ever."
IDLE_S = 120.0
"So long nobody had a picture drawn, and the process gives its memory back."
WAITING_MAX = 8
"Pictures of different people, one after the other: who comes later would wait longer than anybody looks at a page."
VIEW_PX = 640
"Side of a view: three quarters of the width of a phone's screen in its own pixels."
MODELS_KEPT = 8
"Ready to be drawn alone; a piece with its triangles has some 5 MB."
T = TypeVar("T")


class Studio:
    """See the module."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._alone = threading.Lock()
        self._waiting = 0
        self._closed = False
        self._process: ForkServerProcess | None = None
        self._door: Connection | None = None

    async def adorn(self, picture: bytes, pieces: Sequence[str]) -> Adorned:
        """See jobs.adorn. Raises InputError, SessionError `photos_busy` or `photo_failed`."""
        failed = SessionError("photo_failed", "This picture could not be drawn on. Please try another one.")
        return await self._drawn(Adorned, ("adorn", picture, tuple(pieces)), failed)

    async def view(self, id: str, folder: Path, *, yaw_rad: float, pitch_rad: float) -> bytes:
        """A piece alone (render.poster.turned), from its folder, as WebP. Raises SessionError `photos_busy` or
        `view_failed`.
        """
        failed = SessionError("view_failed", "This piece could not be drawn just now. Please try again in a moment.")
        return await self._drawn(bytes, ("view", id, folder, yaw_rad, pitch_rad), failed)

    async def _drawn(self, kind: type[T], asked: tuple[Any, ...], failed: SessionError) -> T:
        if self._waiting >= WAITING_MAX:
            raise SessionError("photos_busy", "Many pictures are being drawn just now. Please try again in a moment.")
        self._waiting += 1
        try:
            said = await asyncio.to_thread(self._ask, asked)
        finally:
            self._waiting -= 1
        if isinstance(said, kind):
            return said
        if isinstance(said, tuple):
            raise InputError(*said)
        raise failed

    def close(self) -> None:
        """Give the process back, whatever it draws."""
        self._closed = True
        if self._process is not None:
            self._process.kill()
        with self._alone:
            self._end()

    def _ask(self, asked: tuple[Any, ...]) -> Any:
        """What the process answers; None: it could not, or ended over this."""
        with self._alone:  # the pipe carries one picture and its answer
            said = None
            for _ in range(2):  # one that had gone home just as it was asked is asked for anew
                if self._closed:
                    break
                door = self._opened()
                try:
                    door.send(asked)
                    said = door.recv() if door.poll(WAIT_S) else None
                    break
                except (EOFError, OSError):
                    self._end()
            if said is None:
                self._end()
            return said

    def _opened(self) -> Connection:
        if self._door is None or self._process is None or not self._process.is_alive():
            self._end()
            context = multiprocessing.get_context("forkserver")
            ours, theirs = context.Pipe()
            process = context.Process(target=_work, args=(theirs, self._settings), name="studio", daemon=True)
            process.start()
            theirs.close()
            self._door, self._process = ours, process
        return self._door

    def _end(self) -> None:
        if self._door is not None:
            self._door.close()
        if self._process is not None:
            self._process.kill()
            self._process.join()
        self._door = self._process = None


def _work(door: Connection, settings: Settings) -> None:
    """In the process: one picture after the other, or why not."""
    with contextlib.closing(door), contextlib.suppress(EOFError, KeyboardInterrupt):
        catalogue, easel = Catalogue(settings.pieces_folder, settings.published_folder), _Easel()
        while door.poll(IDLE_S):
            work, *given = door.recv()
            try:
                if work == "view":
                    door.send(easel.view(*given))
                else:
                    picture, pieces = given
                    door.send(jobs.adorn(settings, [catalogue.model(id) for id in pieces], picture))
            except InputError as err:
                door.send((err.reason, err.detail))
            except TryonError:
                door.send(None)


class _Easel:
    """Pieces alone, ready to be seen from another side."""

    def __init__(self) -> None:
        self._renderer: Renderer | None = None
        self._ready: OrderedDict[tuple[str, Path], tuple[Model, F64 | None]] = OrderedDict()

    def view(self, id: str, folder: Path, yaw_rad: float, pitch_rad: float) -> bytes:
        """See Studio.view."""
        if self._renderer is None:
            self._renderer = Renderer()
        if (id, folder) not in self._ready:
            model = model_of(read_piece(folder, id), folder)
            self._ready[id, folder] = model, hung(model)
            if len(self._ready) > MODELS_KEPT:
                self._ready.popitem(last=False)
        self._ready.move_to_end((id, folder))
        model, links = self._ready[id, folder]
        seen = turned(self._renderer, model, yaw_rad=yaw_rad, pitch_rad=pitch_rad, side_px=VIEW_PX, links=links)
        return webp_alone(seen)
