"""A shop's product feed over HTTP: sent by its own server (its secret key) or by one of the atelier's owners."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import feed
from tryon.atelier.feed import FeedTold, Kind, ProductsTold
from tryon.atelier.store import Store
from tryon.atelier.who import Porter, Who
from tryon.errors import InputError
from tryon.server.bodies import json_reply, mime, read_body
from tryon.server.endpoints import JSON, Answer, Bearer, Endpoint
from tryon.server.shops import SERVER_KEY, Doorman
from tryon.types import Piece

CSV = "text/csv"
KINDS: dict[str, Kind] = {CSV: "csv", "application/csv": "csv", "application/vnd.ms-excel": "csv", JSON: "json"}
"The third is what some browsers call a .csv."


class Feeds:
    """The handlers."""

    def __init__(self, store: Store, porter: Porter, doorman: Doorman, pieces: Mapping[str, Piece]) -> None:
        self._store, self._porter, self._doorman, self._pieces = store, porter, doorman, pieces

    async def told(self, request: Request) -> Response:
        """How the shop sells our pieces."""
        who, shop = await self._door(request, unsafe=False)
        return json_reply(await asyncio.to_thread(self._store.look, lambda unit: feed.told(unit, shop), who))

    async def take(self, request: Request) -> Response:
        """A feed: looked through, and taken if nothing in it is wrong."""
        who, shop = await self._door(request, unsafe=True)
        kind = KINDS.get(mime(request))
        if kind is None:
            raise InputError("feed_not_feed", f"A feed is {CSV} or {JSON}.")
        body = await read_body(request, most=feed.BYTES_MAX)
        dry, shown = _yes(request, "dry"), frozenset(self._pieces)
        choose = _yes(request, "choose") and who.role != "house"

        def read() -> FeedTold:
            rows = feed.read(body, kind)
            if dry:
                return self._store.look(lambda unit: feed.take(unit, shop, rows, shown, choose=choose, dry=True), who)
            return self._store.change(who, "feed.take", lambda unit: feed.take(unit, shop, rows, shown, choose=choose))

        return json_reply(await asyncio.to_thread(read))

    async def _door(self, request: Request, *, unsafe: bool) -> tuple[Who, str]:
        if "id" in request.path_params:
            who = await asyncio.to_thread(self._porter.who, dict(request.headers), unsafe=unsafe)
            return who, request.path_params["id"]
        keyed = await self._doorman.server(request)
        return Who("house", keyed.key_id), keyed.shop_id

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        inside = ("staff_unknown", "role_wrong", "shop_unknown", "store_unavailable")
        choose = {"choose": "1: the shop shows the feed's pieces from now on, and no others."}
        return [
            *self._table("/v1/shop", "shop", SERVER_KEY, (), {}),
            *self._table("/v1/atelier/shops/{id}", "staff", inside, ("origin_wrong",), choose),
        ]

    def _table(
        self, base: str, bearer: Bearer, known: tuple[str, ...], unsafe: tuple[str, ...], query: Mapping[str, str]
    ) -> list[Endpoint]:
        return [
            Endpoint(
                "GET",
                f"{base}/products",
                self.told,
                "How a shop sells our pieces: its number, name, price, page and sizes of each",
                (Answer(200, "By the shop's own numbers", JSON, ProductsTold),),
                known,
                bearer=bearer,
            ),
            Endpoint(
                "PUT",
                f"{base}/products",
                self.take,
                f"The product feed, as CSV with a header or the same as JSON (a list of products), at most "
                f"{feed.ROWS_MAX}: sku, title, price, currency, url, sizes, and piece (its id) or glb (the file it was "
                "brought as). All of it is taken, or nothing while anything is wrong; what it does not name is sold no "
                "more",
                (Answer(200, "What it did, or what is wrong, line by line", JSON, FeedTold),),
                (*known, *unsafe, "feed_not_feed", "feed_unreadable", "body_too_large", "changed_meanwhile"),
                takes_mime=CSV,
                bearer=bearer,
                query={"dry": "1: only say what it would do.", **query},
            ),
        ]


def _yes(request: Request, name: str) -> bool:
    return request.query_params.get(name, "") in ("1", "true", "yes")
