"""Erasure by mail address, over HTTP: asked for by anybody, answered always the same; done by who has the link."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import asked, erasures
from tryon.atelier.erase import Kept
from tryon.atelier.erasures import Held
from tryon.atelier.files import Files
from tryon.atelier.store import Store
from tryon.atelier.who import HOUSE
from tryon.errors import InputError
from tryon.server.bodies import bearer, json_reply, read_json
from tryon.server.endpoints import JSON, Answer, Endpoint
from tryon.server.pace import ERASURES, Pace

JSON_BYTES_MAX = 1024
LINK = ("erasure_unknown", "erasure_expired", "store_unavailable")


class ErasureAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/erasures`."""

    email: str
    language: str = "en"


class ErasureHeld(msgspec.Struct):
    """`GET /v1/erasure` says what would be done, `POST /v1/erasure` what was."""

    requests: int
    "That go, drafts among them."
    pictures: int
    "That go with them."
    kept: list[Kept]
    "What stays of those requests, without her."
    under_way: int
    "Requests that stay for now: a piece is being made."


class Erasures:
    """Handlers and their table."""

    def __init__(self, store: Store, files: Files, pace: Pace) -> None:
        self._store, self._files, self._pace = store, files, pace

    async def ask(self, request: Request) -> Response:
        """Have a link mailed."""
        self._pace.place(request, "erasure", ERASURES)
        said = await read_json(request, ErasureAsked, most=JSON_BYTES_MAX)
        email = asked.checked_email(said.email)
        if not email:
            raise InputError("email_missing", "Please write your mail address first.")
        # what more is asked for it is answered as ever, and nothing is mailed
        if self._pace.letter("erasure", email):
            await asyncio.to_thread(
                self._store.change, HOUSE, "erasure.ask", lambda unit: erasures.ask(unit, email, said.language[:8])
            )
        return Response(status_code=202)

    async def look(self, request: Request) -> Response:
        """What is held, and what would be done about it."""
        token = bearer(request)
        return _told(await asyncio.to_thread(self._store.look, lambda unit: erasures.look(unit, token)))

    async def use(self, request: Request) -> Response:
        """Do it."""
        return _told(await asyncio.to_thread(erasures.use, self._store, self._files, bearer(request)))

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            Endpoint(
                "POST",
                "/v1/erasures",
                self.ask,
                "Ask for a link to have erased what is held under a mail address; it goes to that address",
                (Answer(202, "Where anything is held, a link is mailed; the answer is the same where nothing is"),),
                (
                    *("body_not_json", "body_unreadable", "body_too_large", "email_wrong", "email_missing"),
                    *("asked_too_often", "store_unavailable", "changed_meanwhile"),
                ),
                takes_mime=JSON,
                takes=ErasureAsked,
            ),
            Endpoint(
                "GET",
                "/v1/erasure",
                self.look,
                "What is held under the address of a mailed link, and what would be erased of it",
                (Answer(200, "What would be done", JSON, ErasureHeld),),
                LINK,
                bearer="erasure",
            ),
            Endpoint(
                "POST",
                "/v1/erasure",
                self.use,
                "Erase it, for good; the link works once",
                (Answer(200, "What was done", JSON, ErasureHeld),),
                (*LINK, "changed_meanwhile"),
                bearer="erasure",
            ),
        ]


def _told(held: Held) -> Response:
    return json_reply(
        ErasureHeld(len(held.goes), held.pictures, list(held.kept), len(held.stays)),
        headers={"Cache-Control": "no-store"},
    )
