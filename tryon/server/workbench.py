"""Work on what strangers' programs wrote, in a process of its own: what is in a file can end no more than that."""

from __future__ import annotations

import asyncio
import contextlib
import multiprocessing
import resource
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from typing import Any, TypeVar

from tryon.errors import AtelierError, InputError, TryonError

WAIT_S = 240.0
"The turntable of a heavy piece takes half a minute on one core; what takes this long takes for ever."
MEMORY_BYTES = 8 * 1024**3
T = TypeVar("T")
Told = Callable[[int, int], None]


class Workbench:
    """One work at a time: the mirror has the machine's cores first."""

    def __init__(self) -> None:
        self._one = asyncio.Lock()

    async def do(self, work: Callable[..., T], *given: Any, told: Told = lambda done, of: None) -> T:
        """`work(*given, told)` in a process; `told` is called on another thread. Raises InputError, AtelierError
        `preparing_failed`."""
        async with self._one:
            return await asyncio.to_thread(_do, work, given, told)


def _do(work: Callable[..., T], given: tuple[Any, ...], told: Told) -> T:
    context = multiprocessing.get_context("forkserver")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, work, given), name="workbench", daemon=True)
    process.start()
    theirs.close()
    end_s, said = time.monotonic() + WAIT_S, None
    try:
        while ours.poll(max(0.0, end_s - time.monotonic())):
            said = ours.recv()
            if said[0] != "told":
                break
            told(*said[1:])
            said = None
    except EOFError:
        said = None  # it died of what it read
    finally:
        ours.close()
        if process.is_alive() and said is None:
            process.kill()
        process.join(WAIT_S)
    if said is not None and said[0] == "done":
        done: T = said[1]
        return done
    if said is not None:
        raise InputError(*said[1:])
    raise AtelierError(
        "preparing_failed", "This file took too long or broke what reads it. Simplify the mesh, and try again."
    )


def _work(answer: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """In the process: the result, or why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.closing(answer):
        try:
            answer.send(("done", work(*given, lambda done, of: answer.send(("told", done, of)))))
        except TryonError as err:
            answer.send(("refused", "mesh_refused", err.detail))
