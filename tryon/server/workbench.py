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

    def __init__(self, lost: AtelierError, *, refused: str = "") -> None:
        """`lost`: what is raised when the process broke or took too long. `refused`: the reason under which every
        refusal of the work is told; empty: its own."""
        self._lost, self._refused = lost, refused
        self._one = asyncio.Lock()

    async def do(self, work: Callable[..., T], *given: Any, told: Told = lambda done, of: None) -> T:
        """`work(*given, told)` in a process; `told` is called on another thread. Raises InputError, and `lost`."""
        async with self._one:
            said = await asyncio.to_thread(_do, work, given, told)
        if said is None:
            raise AtelierError(self._lost.reason, self._lost.detail)
        if said[0] == "done":
            done: T = said[1]
            return done
        raise InputError(self._refused or said[1], said[2])


def _do(work: Callable[..., Any], given: tuple[Any, ...], told: Told) -> tuple[Any, ...] | None:
    """("done", result), ("refused", reason, detail), or None when nothing came back."""
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
    return said


def _work(answer: Connection, work: Callable[..., Any], given: tuple[Any, ...]) -> None:
    """In the process: the result, or why not."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    with contextlib.closing(answer):
        try:
            answer.send(("done", work(*given, lambda done, of: answer.send(("told", done, of)))))
        except TryonError as err:
            answer.send(("refused", err.reason, err.detail))
