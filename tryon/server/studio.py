"""Draws pieces on a browser's picture, in a process that is kept warm between two of them.

One picture at a time, each by a session of its own: nothing of one is there when the next is drawn. What is in a
stranger's file can end no more than the process, which the next picture starts anew.
"""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import threading
from collections.abc import Sequence
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerProcess

from tryon import jobs
from tryon.errors import InputError, SessionError, TryonError
from tryon.jobs import Adorned
from tryon.pieces.catalogue import Catalogue
from tryon.settings import Settings

WAIT_S = 60.0
"A picture takes about a second, the first one some more; what takes this long takes for ever."
IDLE_S = 120.0
"So long nobody had a picture drawn, and the process gives its memory back."
WAITING_MAX = 8
"Pictures of different people, one after the other: who comes later would wait longer than anybody looks at a page."


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
        if self._waiting >= WAITING_MAX:
            raise SessionError("photos_busy", "Many pictures are being drawn just now. Please try again in a moment.")
        self._waiting += 1
        try:
            return await asyncio.to_thread(self._adorn, picture, tuple(pieces))
        finally:
            self._waiting -= 1

    def close(self) -> None:
        """Give the process back, whatever it draws."""
        self._closed = True
        if self._process is not None:
            self._process.kill()
        with self._alone:
            self._end()

    def _adorn(self, picture: bytes, pieces: tuple[str, ...]) -> Adorned:
        with self._alone:  # the pipe carries one picture and its answer
            said = None
            for _ in range(2):  # one that had gone home just as it was asked is asked for anew
                if self._closed:
                    break
                door = self._opened()
                try:
                    door.send((picture, pieces))
                    said = door.recv() if door.poll(WAIT_S) else None
                    break
                except (EOFError, OSError):
                    self._end()
            if isinstance(said, Adorned):
                return said
            if isinstance(said, tuple):
                raise InputError(*said)
            self._end()
        raise SessionError("photo_failed", "This picture could not be drawn on. Please try another one.")

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
        catalogue = Catalogue(settings.pieces_folder, settings.published_folder)
        while door.poll(IDLE_S):
            picture, pieces = door.recv()
            try:
                door.send(jobs.adorn(settings, [catalogue.model(id) for id in pieces], picture))
            except TryonError as err:
                door.send((err.reason, err.detail))
