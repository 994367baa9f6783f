"""Sessions in processes of this machine, a few of them warm before anybody asks."""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import itertools
import logging
import multiprocessing
import signal
import socket
import time
from base64 import b64encode
from collections.abc import Mapping
from multiprocessing import forkserver
from multiprocessing.process import BaseProcess
from typing import Any

import msgspec

from tryon import errors
from tryon.calibrating import Calibrating
from tryon.engine.pool import OFFER_BYTES_MAX, Ended, OnEnd, Spec
from tryon.engine.process import LINE_BYTES_MAX, run
from tryon.errors import AssetError, MessageError, SessionError, SettingError, TryonError
from tryon.owned import LaidTold
from tryon.settings import Settings

log = logging.getLogger(__name__)

WARM_S = 60.0
"A process that is not warm after this long never will be."
ANSWER_S = 20.0
"How long an offer may wait. A still has no such limit: the work on it is bounded, and its process shows it lives."
EXIT_S = 5.0
"How long a process that was told to go may take."
SILENT_S = 20.0
"A process says that it is alive every second; one that is silent this long hangs."


class LocalPool:
    """The Pool of this machine: a process a session, started by a fork server that has everything imported."""

    def __init__(self, settings: Settings, *, mirror_factory: str = "tryon.engine.process:open_mirror") -> None:
        self.on_end: OnEnd | None = None
        self._settings, self._factory = settings, mirror_factory
        self._sessions: dict[str, _Process] = {}
        self._warm: list[_Process] = []
        "Warm or warming up, for nobody yet; the warmest first."
        self._tasks: set[asyncio.Task[None]] = set()
        self._stopped = False

    async def start(self) -> None:
        """Warm up; returns when the first process is ready. Raises TryonError when it cannot be."""
        _check_addresses(self._settings.media_addresses)
        context = multiprocessing.get_context("forkserver")
        context.set_forkserver_preload(["tryon.engine.process", *_modules_of(self._factory)])
        # without warm processes too: what every session imports is imported now, and not when she waits for it
        await asyncio.to_thread(forkserver.ensure_running)
        await self.warm()

    async def stop(self) -> None:
        """End every session and process; each session's end is still told."""
        self._stopped = True
        everyone = [*self._sessions.values(), *self._warm]
        self._warm.clear()
        await asyncio.gather(*(process.end("restarting") for process in everyone))
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def open(self, session_id: str, offer: str, spec: Spec) -> str:
        """See Pool.open."""
        if len(offer) > OFFER_BYTES_MAX or not offer.startswith("v=0"):
            raise MessageError(
                "offer_unreadable", f"The offer is not SDP, or it has more than {OFFER_BYTES_MAX // 1024} kB."
            )
        process = self._sessions.get(session_id)
        if process is None:
            process = self._take()
            self._sessions[session_id] = process
        async with process.lock:  # one offer of a session at a time
            if self._sessions.get(session_id) is not process:
                raise _lost()
            try:
                answer = await process.answer(offer, spec)
            except (MessageError, AssetError):
                if process.session_id is None:
                    # it refused its first wearer before it knew anything of her: as good as new
                    del self._sessions[session_id]
                    if not self._stopped:
                        self._warm.insert(0, process)
                raise
            except BaseException:
                # given up from outside, too late, or lost: what the process knows by now nobody can tell
                if process.session_id is None:
                    del self._sessions[session_id]
                    self._task(process.end())
                raise
            process.session_id = session_id
            return answer

    async def allow(self, session_id: str, purposes: tuple[str, ...]) -> None:
        """See Pool.allow."""
        process = self._sessions.get(session_id)
        if process is None:
            raise SessionError("session_unknown", "This session is over or was never here.")
        process.allow(purposes)

    async def calibrate(self, session_id: str, still: bytes, *, anew: bool) -> Calibrating:
        """See Pool.calibrate."""
        return await self._running(session_id).calibrate(still, anew=anew)

    async def lay(self, session_id: str, still: bytes, kind: str) -> LaidTold:
        """See Pool.lay."""
        return await self._running(session_id).lay(still, kind)

    def _running(self, session_id: str) -> _Process:
        process = self._sessions.get(session_id)
        if process is None or process.session_id is None:
            raise SessionError("session_unknown", "This session is over or was never here.")
        return process

    async def close(self, session_id: str) -> None:
        """See Pool.close. Returns when the process is gone."""
        process = self._sessions.get(session_id)
        if process is None:
            raise SessionError("session_unknown", "This session is over or was never here.")
        await process.end()

    def free(self) -> int:
        """How many more sessions there is room for."""
        return 0 if self._stopped else self._settings.sessions_max - len(self._sessions)

    async def warm(self) -> None:
        """Return when the next session finds as many warm processes as there should be."""
        self._refill()
        for process in [*self._warm]:
            await process.ready

    def pid(self, session_id: str) -> int | None:
        """The process of a session, for whoever measures it."""
        process = self._sessions.get(session_id)
        return None if process is None else process.pid

    def vitals(self) -> dict[str, Mapping[str, Any]]:
        """See Pool.vitals."""
        return {session_id: process.vitals for session_id, process in self._sessions.items()}

    def _take(self) -> _Process:
        """A process for a new session, warm if there is one. Raises SessionError."""
        if self._stopped:
            raise SessionError("server_closing", "This server is about to restart. Please try again in a moment.")
        if self.free() < 1:
            raise SessionError(
                "server_full", "All mirrors of this server are in use. Please try again in a few minutes."
            )
        return self._warm.pop(0) if self._warm else self._begin()

    def _begin(self) -> _Process:
        process = _Process(self._settings, self._factory, self._on_picture)
        self._task(self._follow(process))
        return process

    def _refill(self) -> None:
        wanted = min(self._settings.sessions_warm, self._settings.sessions_max - len(self._sessions))
        while not self._stopped and len(self._warm) < wanted:
            self._warm.append(self._begin())

    def _on_picture(self) -> None:
        # not sooner: warming one up would slow down the first pictures of the one that was just opened
        self._refill()

    async def _follow(self, process: _Process) -> None:
        reason = await process.live()
        if process in self._warm:
            self._warm.remove(process)
            log.error("a warm session process was lost: %s", reason)
            return  # no endless restarts: the next session starts its own and says what is wrong
        for session_id in [s for s, p in self._sessions.items() if p is process]:
            del self._sessions[session_id]
            if process.session_id is not None and self.on_end is not None:
                self.on_end(Ended(session_id, reason))
        self._refill()

    def _task(self, coroutine: Any) -> None:
        task = asyncio.ensure_future(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Process:
    """One session process as the pool sees it."""

    def __init__(self, settings: Settings, factory: str, on_picture: Any) -> None:
        loop = asyncio.get_running_loop()
        self.session_id: str | None = None
        self.ready: asyncio.Future[None] = loop.create_future()
        "Done when it is warm; has the TryonError when it cannot be."
        self.vitals: Mapping[str, Any] = {}
        self.lock = asyncio.Lock()
        self._settings, self._factory, self._on_picture = settings, factory, on_picture
        self._process: BaseProcess | None = None
        self._writer: asyncio.StreamWriter | None = None
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._numbers = itertools.count()
        self._reason: str | None = None
        self._gone: asyncio.Future[None] = loop.create_future()
        self._ending = False
        self._killed = False

    @property
    def pid(self) -> int | None:
        """Its number, once it was started."""
        return None if self._process is None else self._process.pid

    async def answer(self, offer: str, spec: Spec) -> str:
        """An answer from it. Raises TryonError."""
        told = {"do": "open", "offer": offer, "pieces": spec.pieces, "purposes": spec.purposes, "seat": spec.seat}
        return str(await self._ask(told | {"shelf": spec.shelf}, patience_s=ANSWER_S))

    async def calibrate(self, still: bytes, *, anew: bool) -> Calibrating:
        """What it says of a still. Raises TryonError."""
        told = {"do": "calibrate", "still": b64encode(still).decode(), "anew": anew}
        return msgspec.convert(await self._ask(told, patience_s=None), Calibrating)

    async def lay(self, still: bytes, kind: str) -> LaidTold:
        """What it says of a picture of her ring or bangle. Raises TryonError."""
        told = {"do": "lay", "still": b64encode(still).decode(), "kind": kind}
        return msgspec.convert(await self._ask(told, patience_s=None), LaidTold)

    async def _ask(self, words: dict[str, Any], *, patience_s: float | None) -> Any:
        await asyncio.shield(self.ready)
        if self._writer is None or self._gone.done():
            raise _lost()
        number = next(self._numbers)
        future = self._waiting[number] = asyncio.get_running_loop().create_future()
        try:
            self._write(words | {"re": number})
            return await asyncio.wait_for(future, patience_s)
        except (TimeoutError, ConnectionError) as err:
            raise _lost() from err
        finally:
            self._waiting.pop(number, None)

    def allow(self, purposes: tuple[str, ...]) -> None:
        """Tell it what she agreed to."""
        with contextlib.suppress(ConnectionError):
            self._write({"do": "allow", "purposes": purposes})

    async def end(self, reason: str = "closed") -> None:
        """Tell it to go; returns when it is gone."""
        self._ending = True
        if self._reason is None:
            self._reason = reason
        with contextlib.suppress(ConnectionError):
            self._write({"do": "close", "reason": reason})
        done, _ = await asyncio.wait([self._gone], timeout=EXIT_S)
        if not done:
            self._kill("it did not end when told")
            await self._gone

    async def live(self) -> str:
        """Start it and follow it to its end. Returns why it ended; never raises."""
        try:
            await self._follow()
        except TimeoutError:
            log.error("a session process said nothing for too long")
        except Exception:  # whatever it was, its session must not count as running
            log.exception("a session process was lost")
        finally:
            if not self.ready.done():
                self.ready.set_exception(_lost())
            self.ready.exception()  # retrieved: whoever waits has it too
            for future in self._waiting.values():
                if not future.done():
                    future.set_exception(_lost())
            await self._bury()
            self._gone.set_result(None)
        return self._reason or "died"

    async def _follow(self) -> None:
        ours, theirs = socket.socketpair()
        context = multiprocessing.get_context("forkserver")
        process = self._process = context.Process(
            target=run, args=(theirs, self._settings, self._factory), name="session", daemon=True
        )
        try:
            # the fork server answers when it has imported everything
            await asyncio.to_thread(process.start)
        finally:
            theirs.close()
        reader, self._writer = await asyncio.open_connection(sock=ours, limit=LINE_BYTES_MAX)
        if self._ending:
            return
        patience_s = WARM_S
        while line := await asyncio.wait_for(reader.readline(), patience_s):
            self._hear(msgspec.json.decode(line))
            if self.ready.done():
                patience_s = SILENT_S

    def _hear(self, said: dict[str, Any]) -> None:
        match said.pop("said"):
            case "ready":
                if not self.ready.done():
                    self.ready.set_result(None)
            case "answer":
                self._settle(said["re"], said["answer"])
            case "refused":
                kind: type[TryonError] = getattr(errors, said["kind"], TryonError)
                self._settle(said["re"], kind(said["reason"], said["detail"]))
            case "alive":
                self.vitals = said
            case "picture":
                self._on_picture()
            case "ended":
                self._reason = self._reason or said["reason"]
            case "broken":
                if not self.ready.done():
                    self.ready.set_exception(TryonError(said["reason"], said["detail"]))

    def _settle(self, number: int, outcome: Any) -> None:
        future = self._waiting.get(number)
        if future is None or future.done():
            return
        if isinstance(outcome, TryonError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)

    def _write(self, words: dict[str, Any]) -> None:
        if self._writer is not None:
            self._writer.write(msgspec.json.encode(words) + b"\n")

    def _kill(self, why: str) -> None:
        if self._process is not None and self._process.pid is not None:
            log.error("session process %d is killed: %s", self._process.pid, why)
            self._killed = True
            self._process.kill()

    async def _bury(self) -> None:
        """Wait for the process to be gone, with force after EXIT_S, and free what stood for it here."""
        if self._writer is not None:
            self._writer.close()
            with contextlib.suppress(ConnectionError):
                await self._writer.wait_closed()
        process = self._process
        if process is None or process.pid is None:
            return
        end = time.monotonic() + EXIT_S
        while not await asyncio.to_thread(_exited, process, max(0.0, end - time.monotonic())):
            self._kill("it did not end")
            end = time.monotonic() + EXIT_S
        status = process.exitcode or 0
        if status < 0 and not self._killed:
            log.error("session process %d ended by signal %d: %s", process.pid, -status, signal.strsignal(-status))
        process.close()


def _check_addresses(addresses: str) -> None:
    """Raises SettingError for one that media could not bind to: the browser would only wait in vain."""
    for address in [a.strip() for a in addresses.split(",") if a.strip() != "auto"]:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.socket(family, socket.SOCK_DGRAM) as probe:
                probe.bind((str(ipaddress.ip_address(address)), 0))
        except (OSError, ValueError) as err:
            raise SettingError(
                "setting_invalid",
                f"TRYON_MEDIA_ADDRESSES has {address!r}; expected addresses of this machine, or auto ({err}).",
            ) from err


def _exited(process: BaseProcess, timeout_s: float) -> bool:
    process.join(timeout_s)
    return process.exitcode is not None


def _lost() -> SessionError:
    return SessionError("session_lost", "The session was lost. Please open a new one; nothing of it was kept.")


def _modules_of(factory: str) -> list[str]:
    module = factory.partition(":")[0]
    # the real factory imports these when it is called; here they are imported before it is forked
    imported = ["tryon.session", "tryon.pieces.catalogue", "tryon.measuring"]
    return imported if module == "tryon.engine.process" else [module]
