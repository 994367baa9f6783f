"""Tasks that run beside their owner: none is lost to the collector, what breaks is logged, and all end with it."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class Chores:
    """The tasks of one owner, on the loop that runs when they begin."""

    def __init__(self, of: str) -> None:
        """`of`: whose they are, for the log."""
        self._of = of
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self, coroutine: Coroutine[Any, Any, Any]) -> None:
        """Run it; whoever begins it does not wait."""
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    @property
    def under_way(self) -> set[asyncio.Task[Any]]:
        """Those that are not over."""
        return set(self._tasks)

    def cancel(self) -> set[asyncio.Task[Any]]:
        """Cancel what still runs; which that is. A chore that ends its owner is not cancelled by itself."""
        tasks = self._tasks - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        return tasks

    async def end(self) -> None:
        """Cancel what still runs, and wait until it is over."""
        await asyncio.gather(*self.cancel(), return_exceptions=True)

    def _done(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (err := task.exception()) is not None:
            log.error("a task of %s broke: %s", self._of, type(err).__name__, exc_info=err)
