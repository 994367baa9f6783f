"""The courier: carries what shops' servers are told for as long as the server runs, one POST a message.

Where it goes a shop decides, so nothing there is trusted: the name is looked up once and what is spoken to is that very
address, only if it is of the public net (`hooks.is_public`); TLS with the name's own certificate; no redirect is
followed; of the answer only the status is read, of a bounded head, within a bounded time.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from tryon.atelier import hooks
from tryon.atelier.hooks import Outgoing
from tryon.atelier.store import Store, Unit
from tryon.atelier.who import HOUSE
from tryon.errors import TryonError

log = logging.getLogger(__name__)

LOOK_EVERY_S = 2.0
ANSWER_S = 10.0
"From the look-up of the name to the status of the answer."
HEAD_BYTES_MAX = 16 * 1024
STATUS = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |\r?\n)")
PORTS = {"https": 443, "http": 80}


class Refused(Exception):
    """Why there was no answer, as a word for programs."""


@dataclass(frozen=True, slots=True)
class Went:
    """How a try went."""

    status: int
    "Of HTTP; 0: there was no answer."
    took_ms: int
    trouble: str = ""


class Courier:
    """One round after another; a server that does not answer does not keep the others for longer than ANSWER_S."""

    def __init__(
        self,
        store: Store,
        inside: frozenset[str],
        *,
        went: Callable[[int, str], object] = lambda status, trouble: None,
        every_s: float = LOOK_EVERY_S,
        answer_s: float = ANSWER_S,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """`inside`: hosts that may be private, and spoken to without TLS. `went`: told the status and trouble of each
        try."""
        self._store, self._inside, self._every_s, self._answer_s = store, inside, every_s, answer_s
        self._went, self._monotonic = went, monotonic
        self.tls = ssl.create_default_context()
        "Whose certificates are believed."

    async def serve(self) -> None:
        """Until cancelled."""
        while True:
            try:
                while await self.round():
                    pass
            except TryonError as err:
                # the store is away; messages wait in it
                log.warning("messages to shops wait: %s", err.reason)
            await asyncio.sleep(self._every_s)

    async def round(self) -> int:
        """Carry what is due, one message an address; how many. Raises AtelierError."""
        if not await asyncio.to_thread(self._store.look, hooks.due):
            return 0
        taken = await asyncio.to_thread(self._store.change, HOUSE, "hook.take", hooks.take)
        await asyncio.gather(*(self._tell(one) for one in taken))
        return len(taken)

    async def _tell(self, one: Outgoing) -> None:
        went = await self.post(one)
        # the log says which message, never to where, nor what it says
        log.info("message %s: %s", one.id, went.trouble or went.status)
        self._went(went.status, went.trouble)

        def note(unit: Unit) -> None:
            hooks.carried(unit, one.id, status=went.status, took_ms=went.took_ms, trouble=went.trouble)

        await asyncio.to_thread(self._store.change, HOUSE, "hook.carried", note)

    async def post(self, one: Outgoing) -> Went:
        """Try once."""
        began = self._monotonic()
        status, trouble = 0, ""
        try:
            async with asyncio.timeout(self._answer_s):
                status = await self._post(one)
        except Refused as err:
            trouble = str(err)
        except TimeoutError:
            trouble = "too_slow"
        except ssl.SSLError:
            trouble = "certificate_wrong"
        except OSError:
            trouble = "not_reached"
        return Went(status, round((self._monotonic() - began) * 1000), trouble)

    async def _post(self, one: Outgoing) -> int:
        url = urlsplit(one.url)
        host, inside = url.hostname or "", (url.hostname or "") in self._inside
        if url.scheme != "https" and not inside:
            raise Refused("address_private")  # the setting that let it in was taken back
        port = url.port or PORTS[url.scheme]
        address = await resolved(host, port, inside=inside)
        tls = self.tls if url.scheme == "https" else None
        reader, writer = await asyncio.open_connection(
            address, port, limit=HEAD_BYTES_MAX, ssl=tls, server_hostname=host if tls else None
        )
        try:
            target = (url.path or "/") + (f"?{url.query}" if url.query else "")
            head = {
                "Host": url.netloc,
                "User-Agent": "tryon-hooks/1",
                "Content-Type": "application/json",
                "Content-Length": str(len(one.body)),
                "Connection": "close",
                **one.headers,
            }
            lines = [f"POST {target} HTTP/1.1", *(f"{name}: {value}" for name, value in head.items()), "", ""]
            writer.write("\r\n".join(lines).encode("ascii") + one.body)
            await writer.drain()
            return await _status(reader)
        finally:
            writer.transport.abort()  # nothing more is said, nor listened to


async def resolved(host: str, port: int, *, inside: bool) -> str:
    """The one address of a host that is spoken to; all that its name leads to must be public. Raises Refused."""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise Refused("name_unknown") from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses:
        raise Refused("name_unknown")
    if not inside and not all(hooks.is_public(address) for address in addresses):
        raise Refused("address_private")
    return addresses[0]


async def _status(reader: asyncio.StreamReader) -> int:
    """The status of the answer, past those that say that it is still to come. Raises Refused."""
    read = 0
    while True:
        try:
            line = await reader.readuntil(b"\n")
            found = STATUS.match(line)
            read += len(line)
            if found is None:
                raise Refused("answer_unreadable")
            status = int(found[1])
            if status >= 200 or status == 101:
                return status
            while line.strip():
                line = await reader.readuntil(b"\n")
                read += len(line)
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            raise Refused("answer_unreadable") from None
        if read > HEAD_BYTES_MAX:
            raise Refused("answer_unreadable")
