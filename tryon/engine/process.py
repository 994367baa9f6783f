"""A session process: warms a mirror up, then runs one wearer's room, told what to do over one socket.

Lines of JSON. From the pool: {"do": "open", "re", "offer", "pieces", "purposes", "seat", "shelf"} (again for every
new connection), {"do": "allow", "purposes"}, {"do": "calibrate", "re", "still", "anew"} (the picture's bytes in base
64), {"do": "lay", "re", "still", "kind"}, {"do": "close", "reason"}. To the pool: {"said": "ready"}, {"said":
"answer", "re", "answer"}, {"said": "refused", "re", "kind", "reason", "detail"}, {"said": "picture"} once, {"said":
"alive", ...} every second, {"said": "ended", "reason"}, {"said": "broken", "reason", "detail"} when warming up failed.

The process ends itself when its room has ended and when the pool is gone. It leaves by os._exit: the trackers' and
GL's own clean-up at interpreter exit has nothing left to do, and has been seen to crash.
"""

from __future__ import annotations

import asyncio
import contextlib
import importlib
import logging
import os
import signal
import socket
import sys
from base64 import b64decode
from collections.abc import Awaitable, Callable
from typing import Any

import cv2
import msgspec

from tryon import logs
from tryon.engine.pool import STILL_BYTES_MAX
from tryon.errors import RenderError, SessionError, TryonError
from tryon.media.line import Mirror
from tryon.media.room import Room
from tryon.media.sitting import Cutter
from tryon.media.wardrobe import Load
from tryon.meeting import Seat
from tryon.settings import Settings

log = logging.getLogger(__name__)

LINE_BYTES_MAX = STILL_BYTES_MAX * 4 // 3 + 64 * 1024
ALIVE_EVERY_S = 1.0
GOODBYE_S = 3.0
"How long connections may take to say goodbye before the process leaves all the same."

MirrorFactory = Callable[[Settings], tuple[Mirror, Load, Cutter]]


def open_mirror(settings: Settings) -> tuple[Mirror, Load, Cutter]:
    """The real thing: tracker, renderer, catalogue, and a cutter for when she wants to be measured."""
    from tryon import measuring
    from tryon.pieces.catalogue import Catalogue
    from tryon.session import open_session

    catalogue = Catalogue(settings.pieces_folder, settings.published_folder)
    return open_session(settings), catalogue.model, measuring.Cutter(settings, catalogue.pieces)


def factory_of(name: str) -> MirrorFactory:
    """The factory that `module:function` names."""
    module, _, function = name.partition(":")
    found: MirrorFactory = getattr(importlib.import_module(module), function)
    return found


def run(sock: socket.socket, settings: Settings, factory: str) -> None:
    """The process's whole life. Never returns."""
    # Ctrl-C and a stop of the whole service are for whoever started us: we go when the socket closes
    for ignored in (signal.SIGINT, signal.SIGTERM):
        signal.signal(ignored, signal.SIG_IGN)
    logs.set_up(settings.log)
    cv2.setNumThreads(1)
    # the event loop asks for the interpreter while the mirror's thread has it: 1 ms and not 5 until it gets it
    sys.setswitchinterval(0.001)
    status = 1
    try:
        asyncio.run(_live(sock, settings, factory))
        status = 0
    except ConnectionError:
        log.info("the pool is gone")
    except Exception:
        log.exception("a session process broke")
    finally:
        os._exit(status)


async def _live(sock: socket.socket, settings: Settings, factory: str) -> None:
    reader, writer = await asyncio.open_connection(sock=sock, limit=LINE_BYTES_MAX)
    say = _Say(writer)
    try:
        room = Room(settings, *factory_of(factory)(settings))
        await room.warm()
    except Exception as err:
        if not isinstance(err, TryonError):
            log.exception("warming up failed")
            err = RenderError("warm_up_failed", f"A session process could not be warmed up: {err}.")
        await say(said="broken", reason=err.reason, detail=err.detail)
        return
    await say(said="ready")
    tasks = [asyncio.create_task(_tell(room, say)), asyncio.create_task(_obey(room, reader, say))]
    ends: list[asyncio.Future[Any]] = [room.ended, tasks[1]]
    await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(room.close(), GOODBYE_S)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    with contextlib.suppress(ConnectionError):
        await say(said="ended", reason=room.ended.result())


async def _obey(room: Room, reader: asyncio.StreamReader, say: _Say) -> None:
    stills: set[asyncio.Task[None]] = set()
    try:
        while line := await reader.readline():
            told = msgspec.json.decode(line)
            if told["do"] == "close":
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(room.close(told["reason"]), GOODBYE_S)
                return
            if told["do"] == "allow":
                room.allow(told["purposes"])
            elif told["do"] in ("calibrate", "lay"):  # not waited for: an offer that comes meanwhile is answered
                task = asyncio.create_task(_answer(told["re"], _looked(room, told), say))
                stills.add(task)
                task.add_done_callback(stills.discard)
            else:
                await _answer(told["re"], _open(room, told), say)
    finally:
        for task in stills:
            task.cancel()


async def _open(room: Room, told: dict[str, Any]) -> str:
    if told["shelf"] is not None:
        room.wardrobe.shelf = frozenset(told["shelf"])
    if not room.opened:
        await room.wardrobe.wear(tuple(told["pieces"]))
    if told["purposes"]:  # a consultant's connection brings none
        room.allow(told["purposes"])
    seat = told.get("seat")
    return await room.answer(told["offer"], None if seat is None else msgspec.convert(seat, Seat))


async def _looked(room: Room, told: dict[str, Any]) -> object:
    still = b64decode(told["still"])
    if told["do"] == "lay":
        return await room.fitting.lay(still, told["kind"])
    return await room.fitting.calibrate(still, anew=told["anew"])


async def _answer(re: int, answer: Awaitable[object], say: _Say) -> None:
    try:
        await say(said="answer", re=re, answer=await answer)
    except TryonError as err:
        await say(said="refused", re=re, kind=type(err).__name__, reason=err.reason, detail=err.detail)
    except Exception:  # the call that goes on matters more than what could not be answered
        log.exception("the session could not answer")
        lost = SessionError("session_lost", "The session could not answer. Please try again.")
        await say(said="refused", re=re, kind="SessionError", reason=lost.reason, detail=lost.detail)


async def _tell(room: Room, say: _Say) -> None:
    pictured = False
    while True:
        if not pictured and room.first_picture.done():
            pictured = True
            await say(said="picture")
        await say(said="alive", **room.vitals())
        if pictured:
            await asyncio.sleep(ALIVE_EVERY_S)
        else:
            await asyncio.wait([room.first_picture], timeout=ALIVE_EVERY_S)


class _Say:
    """Writes lines, one at a time."""

    def __init__(self, writer: asyncio.StreamWriter) -> None:
        self._writer = writer

    async def __call__(self, **words: Any) -> None:
        self._writer.write(msgspec.json.encode(words) + b"\n")
        await self._writer.drain()
