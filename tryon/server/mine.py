"""What is held of one visit, for whoever holds its consent token: told whole, or deleted at once. And the table of all
that is held, and how long.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import fits
from tryon.atelier.store import Store, Unit
from tryon.atelier.who import Who
from tryon.errors import ConsentError
from tryon.server.bodies import bearer, json_reply
from tryon.server.consent import Consent, Ledger
from tryon.server.endpoints import JSON, Answer, Endpoint
from tryon.server.retention import Retention

CLIENT = Who("client")
HELD = ("consent_missing", "consent_unknown", "store_unavailable", "changed_meanwhile")


class FitHeld(msgspec.Struct):
    """A fit card that was kept under her consent."""

    fit: str
    piece: str
    made_at: str
    until: str
    measures: dict[str, Any]


class Mine(msgspec.Struct):
    """`GET /v1/me/export`: all that is held of her visit. Saved sets are not hers to find: they hold no trace of who
    saved them; a request is told by its own link."""

    consent: list[dict[str, Any]]
    "Lines of the ledger, without the digest of her token."
    fits: list[FitHeld]


class Mines:
    """Handlers and their table."""

    def __init__(
        self,
        ledger: Ledger,
        store: Store,
        retention: Retention,
        close_all_of: Callable[[Consent], Awaitable[None]],
    ) -> None:
        self._ledger, self._store, self._retention, self._close_all_of = ledger, store, retention, close_all_of

    async def table(self, request: Request) -> Response:
        """What is held, where, and how long."""
        return json_reply(self._retention)

    async def export(self, request: Request) -> Response:
        """All that is held of her visit; that it was told stands in the trail."""
        token, consent = self._hers(request)

        def look(unit: Unit) -> list[FitHeld]:
            unit.witness()
            unit.about = consent.id
            return [
                FitHeld(kept.id, kept.piece, kept.made_at.isoformat(), kept.until.isoformat(), dict(kept.measures))
                for kept in fits.all_of(unit, consent.id)
            ]

        def tell() -> Mine:
            return Mine(self._ledger.lines_of(token), self._store.change(CLIENT, "me.export", look))

        headers = {"Content-Disposition": 'attachment; filename="my-data.json"'}
        return json_reply(await asyncio.to_thread(tell), headers=headers)

    async def delete(self, request: Request) -> Response:
        """Everything of her visit is deleted, and whatever runs under her consent ends."""
        token, consent = self._hers(request)

        def forget(unit: Unit) -> None:
            unit.witness()
            unit.about = consent.id
            fits.forget_of(unit, consent.id)

        try:
            # the token opens nothing from here on, though what follows should fail
            await asyncio.to_thread(self._ledger.withdraw, token)
            await self._close_all_of(consent)
        finally:
            await asyncio.to_thread(self._store.change, CLIENT, "me.delete", forget)
        await asyncio.to_thread(self._ledger.forget, token)
        await asyncio.to_thread(self._store.settle)
        return Response(status_code=204)

    def _hers(self, request: Request) -> tuple[str, Consent]:
        token = bearer(request)
        if not token:
            raise ConsentError("consent_missing", "Say which visit: the token of its consent.")
        return token, self._ledger.find_any(token)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            Endpoint(
                "GET",
                "/v1/privacy",
                self.table,
                "What is held of a wearer, where, and how long: the table that the sweeper enforces",
                (Answer(200, "The table", JSON, Retention),),
            ),
            Endpoint(
                "GET",
                "/v1/me/export",
                self.export,
                "All that is held of her visit: consent and kept fit cards",
                (Answer(200, "A file", JSON, Mine),),
                HELD,
                bearer="consent",
            ),
            Endpoint(
                "DELETE",
                "/v1/me",
                self.delete,
                "Delete all that is held of her visit, now; what runs under its consent ends",
                (Answer(204, "It is gone"),),
                HELD,
                bearer="consent",
            ),
        ]
