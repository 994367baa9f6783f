"""A shop's own server, by the shop's secret key: its pieces, and the requests that were begun on its pages."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import asked, shopdesk
from tryon.atelier.shopdesk import ShopRequest, ShopRequests
from tryon.atelier.store import Store
from tryon.atelier.trade import STAGES
from tryon.errors import InputError
from tryon.server.bodies import json_reply
from tryon.server.cards import Cards, card
from tryon.server.endpoints import JSON, Answer, Endpoint
from tryon.server.shops import SERVER_A_MINUTE, SERVER_KEY, Doorman
from tryon.types import Piece


class ShopDesk:
    """The handlers."""

    def __init__(self, store: Store, doorman: Doorman, pieces: Mapping[str, Piece]) -> None:
        self._store, self._doorman, self._pieces = store, doorman, pieces

    async def pieces(self, request: Request) -> Response:
        """What the shop shows."""
        shop = await self._doorman.server(request)
        return json_reply(
            Cards([card(piece, shop.products.get(id)) for id, piece in self._pieces.items() if shop.shows(id)])
        )

    async def requests(self, request: Request) -> Response:
        """A page of its requests."""
        shop, query = await self._doorman.server(request), request.query_params
        stages = query.getlist("stage")
        if unknown := sorted(set(stages) - set(STAGES)):
            raise InputError("stage_unknown", f"There is no stage {unknown[0]!r}; there are: {', '.join(STAGES)}.")
        after = asked.plain(query.get("after", ""))[:36]
        rows = await asyncio.to_thread(
            self._store.look,
            lambda unit: shopdesk.rows(unit, shop.shop_id, shop.sandbox, stage=stages, after=after),
        )
        return json_reply(rows)

    async def request(self, request: Request) -> Response:
        """One of them."""
        shop, id = await self._doorman.server(request), request.path_params["request"]
        return json_reply(
            await asyncio.to_thread(self._store.look, lambda unit: shopdesk.one(unit, shop.shop_id, shop.sandbox, id))
        )

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            Endpoint(
                "GET",
                "/v1/shop/pieces",
                self.pieces,
                f"What a shop shows; its server may ask {SERVER_A_MINUTE} times a minute in all",
                (Answer(200, "Its pieces", JSON, Cards),),
                SERVER_KEY,
                bearer="shop",
            ),
            Endpoint(
                "GET",
                "/v1/shop/requests",
                self.requests,
                "The requests that were begun on a shop's pages, newest first, from their submission on; a sandbox key "
                "sees those of sandbox keys, a live one the others",
                (Answer(200, "A page of them", JSON, ShopRequests),),
                (*SERVER_KEY, "stage_unknown"),
                bearer="shop",
                query={"stage": "Only at these stages.", "after": "The next page: `more` of the one before."},
            ),
            Endpoint(
                "GET",
                "/v1/shop/requests/{request}",
                self.request,
                "One of them: where it stands, and how pieces fit her if she agreed that the shop sees it",
                (Answer(200, "The request", JSON, ShopRequest),),
                (*SERVER_KEY, "request_unknown"),
                bearer="shop",
            ),
        ]
