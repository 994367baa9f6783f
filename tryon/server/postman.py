"""The postman: carries letters from the outbox for as long as the server runs."""

from __future__ import annotations

import asyncio
import contextlib
import logging

from tryon.atelier.post import Post, Taken
from tryon.errors import TryonError
from tryon.server.carriers import REFUSED, Carrier

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
"How long a letter waits at most before it goes out."


class Postman:
    """One round after another; a letter that cannot be carried does not keep the others."""

    def __init__(self, post: Post, carrier: Carrier, *, every_s: float = LOOK_EVERY_S) -> None:
        self._post = post
        self._carrier = carrier
        self._every_s = every_s

    async def serve(self) -> None:
        """Until cancelled."""
        while True:
            try:
                while await self.round():
                    pass
            except TryonError as err:
                # the store is away; letters wait in it
                log.warning("letters wait: %s", err.reason)
            await asyncio.sleep(self._every_s)

    async def round(self) -> int:
        """Carry what is due, up to a handful; how many lines were looked at. Raises AtelierError."""
        taken = await asyncio.to_thread(self._post.take)
        for one in taken:
            await self._tell(one)
        return len(taken)

    async def _tell(self, one: Taken) -> None:
        # the log says which line, never to whom, nor what it holds
        try:
            message = await asyncio.to_thread(self._post.message, one)
            if message is not None:
                await self._carrier.carry(one.id, message)
                log.info("letter %s (%s) went out", one.id, one.topic)
        except TryonError as err:
            log.warning("letter %s (%s) did not go out: %s", one.id, one.topic, err.reason)
            await asyncio.to_thread(self._post.failed, one, err.detail, for_good=err.reason == REFUSED)
        except Exception as err:  # a line that nobody can write must not keep the others
            log.error("letter %s (%s) cannot be written: %s", one.id, one.topic, type(err).__name__)
            with contextlib.suppress(TryonError):
                await asyncio.to_thread(self._post.failed, one, type(err).__name__, for_good=False)
        else:
            await asyncio.to_thread(self._post.sent, one)
