"""A mail server that keeps what it is given, or refuses as it is told to."""

from __future__ import annotations

import asyncio


class StandInMailServer:
    """SMTP, as little of it as a client needs (RFC 5321)."""

    def __init__(self, *, sender: str = "250 OK", to: str = "250 OK") -> None:
        self._sender = sender
        self._to = to
        self.letters: list[bytes] = []
        self.port = 0

    async def __aenter__(self) -> StandInMailServer:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *said: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 stand-in\r\n")
        while line := await reader.readline():
            verb = line.split(b" ")[0].split(b":")[0].strip().upper()
            answer = "250 OK"
            if verb == b"MAIL":
                answer = self._sender
            elif verb == b"RCPT":
                answer = self._to
            elif verb == b"DATA":
                writer.write(b"354 go on\r\n")
                self.letters.append((await reader.readuntil(b"\r\n.\r\n"))[:-3])
            elif verb == b"QUIT":
                answer = "221 bye"
            writer.write(answer.encode() + b"\r\n")
            await writer.drain()
            if verb == b"QUIT":
                break
        writer.close()
        await writer.wait_closed()
