"""The visitor: reads one page of a shop as a browser would be sent it, for who asks what keeps the mirror from it.

With the courier's care, since a shop says where: what is spoken to is the address that was looked up, only if it is of
the public net; https; no redirect off the page's origin; a bounded head and body, within a bounded time.
"""

from __future__ import annotations

import asyncio
import ssl
from urllib.parse import SplitResult, quote, urljoin, urlsplit

import h11

from tryon.server.courier import HEAD_BYTES_MAX, PORTS, Refused, resolved
from tryon.storefront import BYTES_MAX, WAIT_S, Fetched

REDIRECTS_MAX = 5
REDIRECTS = (301, 302, 303, 307, 308)
PIECE_BYTES = 64 * 1024
PIECES_MAX = 10_000
"Of a body: a page is not read on that comes letter by letter."
PLAIN = "/%:@!$&'()*+,;=~-._?[]"
"Of a path and query: what stays as it was written (RFC 3986, and what browsers leave)."


class Away(Refused):
    """That a page is not to be read there, with what the words name."""

    def __init__(self, reason: str, **values: str) -> None:
        super().__init__(reason)
        self.values = values


class Visitor:
    """Reads pages."""

    def __init__(self, inside: frozenset[str], *, wait_s: float = WAIT_S) -> None:
        """`inside`: hosts that may be private, and spoken to without TLS."""
        self._inside, self._wait_s = inside, wait_s
        self.tls = ssl.create_default_context()
        "Whose certificates are believed."

    async def read(self, address: str) -> Fetched:
        """A page. Raises Refused."""
        try:
            async with asyncio.timeout(self._wait_s):
                return await self._follow(urlsplit(address))
        except TimeoutError:
            raise Refused("too_slow") from None
        except ssl.SSLError:
            raise Refused("certificate_wrong") from None
        except OSError:
            raise Refused("not_reached") from None
        except (h11.ProtocolError, ValueError):
            raise Refused("answer_unreadable") from None

    async def _follow(self, page: SplitResult) -> Fetched:
        """The page at which its redirects end. Raises Refused."""
        for _ in range(REDIRECTS_MAX + 1):
            status, headers, body = await self._get(page)
            found = Fetched(page, headers, body)
            where = found.all("location")
            if status in REDIRECTS and where:
                to = urlsplit(urljoin(page.geturl(), where[0]))
                if _place(to) != _place(page) or "@" in to.netloc:
                    raise Away("page_elsewhere", to=f"{to.scheme}://{to.netloc}"[:200])
                page = to
            elif status != 200:
                raise Away("page_answers", status=str(status))
            elif set(found.all("content-encoding")) - {"identity"}:
                raise Refused("answer_unreadable")  # it was asked to send it as it is
            else:
                return found
        raise Away("page_circles")

    async def _get(self, page: SplitResult) -> tuple[int, tuple[tuple[str, str], ...], str]:
        """Status, headers and the beginning of a body. Raises Refused, OSError, h11.ProtocolError, ValueError."""
        host = page.hostname or ""
        inside = host in self._inside
        if page.scheme != "https" and not inside:
            raise Refused("address_private")
        port = page.port or PORTS[page.scheme]
        address = await resolved(host, port, inside=inside)
        tls = self.tls if page.scheme == "https" else None
        reader, writer = await asyncio.open_connection(address, port, ssl=tls, server_hostname=host if tls else None)
        try:
            path = quote(page.path or "/", safe=PLAIN) + (f"?{quote(page.query, safe=PLAIN)}" if page.query else "")
            head = [
                ("Host", page.netloc),
                ("User-Agent", "tryon-check/1"),
                ("Accept", "text/html, */*"),
                ("Accept-Encoding", "identity"),
                ("Connection", "close"),
            ]
            talk = h11.Connection(h11.CLIENT, max_incomplete_event_size=HEAD_BYTES_MAX)
            asked = talk.send(h11.Request(method="GET", target=path, headers=head))
            writer.write((asked or b"") + (talk.send(h11.EndOfMessage()) or b""))
            await writer.drain()
            return await _answer(reader, talk)
        finally:
            writer.transport.abort()  # nothing more is said, nor listened to


async def _answer(reader: asyncio.StreamReader, talk: h11.Connection) -> tuple[int, tuple[tuple[str, str], ...], str]:
    status, body, heads, pieces = 0, bytearray(), 0, 0
    headers: tuple[tuple[str, str], ...] = ()
    while len(body) < BYTES_MAX and pieces < PIECES_MAX:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            piece = await reader.read(PIECE_BYTES)
            heads += 0 if status else len(piece)
            if heads > HEAD_BYTES_MAX + PIECE_BYTES:
                raise Refused("answer_unreadable")  # what says for ever that the answer is still to come
            talk.receive_data(piece)
        elif isinstance(event, h11.Response):
            status = event.status_code
            headers = tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in event.headers)
        elif isinstance(event, h11.Data):
            body += event.data
            pieces += 1
        elif not isinstance(event, h11.InformationalResponse):
            break
    if not status:
        raise Refused("answer_unreadable")
    return status, headers, bytes(body[:BYTES_MAX]).decode("utf-8", "replace")


def _place(page: SplitResult) -> tuple[str, str, int]:
    return page.scheme, page.hostname or "", page.port or PORTS.get(page.scheme, 0)
