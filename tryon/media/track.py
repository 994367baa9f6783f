"""Encoded pictures on their way to one viewer."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Any

from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from tryon.media.encoder import Encoded

WAITING_MAX = 8
"Pictures that may wait for a viewer's connection; behind that it is better off with a new key frame."


class PacketTrack(MediaStreamTrack):
    """A track of packets that are already encoded, so that many viewers cost one encoding.

    What does not fit waits for nobody: the queue is emptied and the next key frame starts anew. `want_key` is
    called when one is needed: at the viewer's first picture and after an overflow.
    """

    kind = "video"

    def __init__(self, want_key: Callable[[], None]) -> None:
        super().__init__()
        self._want_key = want_key
        self._waiting: deque[Encoded] = deque()
        self._ready: asyncio.Future[None] | None = None
        self._started = False
        self._needs_key = True
        self.overflows = 0

    def feed(self, encoded: Encoded) -> None:
        """A new picture for this viewer; ignored until its connection asks for the first one."""
        if not self._started or self.readyState != "live":
            return
        if self._needs_key and not encoded.key:
            self._want_key()
            return
        if len(self._waiting) >= WAITING_MAX and not encoded.key:
            self.overflows += 1
            self._waiting.clear()
            self._needs_key = True
            self._want_key()
            return
        if encoded.key:
            self._waiting.clear()
        self._needs_key = False
        self._waiting.append(encoded)
        self._wake()

    async def recv(self) -> Any:
        """The next av.Packet; called by aiortc's sender once the connection is up."""
        if not self._started:
            self._started = True
            self._want_key()
        while not self._waiting:
            if self.readyState != "live":
                raise MediaStreamError
            self._ready = asyncio.get_running_loop().create_future()
            await self._ready
        return self._waiting.popleft().packet

    def stop(self) -> None:
        """No more pictures."""
        super().stop()
        self._waiting.clear()
        self._wake()

    def _wake(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
