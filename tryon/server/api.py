"""The HTTP contract under /v1 as a whole: its description, and whether this server is well."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.errors import SessionError
from tryon.server.bodies import cached, json_reply
from tryon.server.endpoints import JSON, Answer, Endpoint, openapi
from tryon.server.sessions import Sessions

API_VERSION = "1.0"


class Health(msgspec.Struct):
    """`/livez` and `/readyz`."""

    status: str


class Api:
    """Every address; those of its own are about the server itself."""

    def __init__(self, sessions: Sessions, more: Sequence[Endpoint]) -> None:
        self._sessions, self._more = sessions, more
        self.description = msgspec.json.encode(openapi(self.endpoints(), version=API_VERSION))
        "OpenAPI."

    async def livez(self, request: Request) -> Response:
        """The process answers."""
        return json_reply(Health("ok"))

    async def readyz(self, request: Request) -> Response:
        """It would take a session."""
        if self._sessions.closing:
            raise SessionError("server_closing", "This server is about to restart.")
        return json_reply(Health("ready"))

    async def described(self, request: Request) -> Response:
        """This description."""
        return cached(request, self.description, JSON)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            *self._more,
            Endpoint(
                "GET", "/v1/openapi.json", self.described, "This description", (Answer(200, "OpenAPI 3.1", JSON),)
            ),
            Endpoint("GET", "/livez", self.livez, "The process answers", (Answer(200, "It does", JSON, Health),)),
            Endpoint(
                "GET",
                "/readyz",
                self.readyz,
                "A session could be opened",
                (Answer(200, "It could", JSON, Health),),
                ("server_closing",),
            ),
        ]
