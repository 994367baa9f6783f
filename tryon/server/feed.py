"""A shop's product feed over HTTP: sent by its own server (its secret key) or by one of the atelier's owners."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import feed
from tryon.atelier.feed import FeedTold, Kind, ProductsTold
from tryon.atelier.store import Unit
from tryon.atelier.who import Who
from tryon.errors import InputError
from tryon.server.bodies import json_reply, mime, read_body
from tryon.server.counter import Counter
from tryon.server.endpoints import JSON, Answer, Bearer, Endpoint
from tryon.server.shops import SERVER_KEY, Doorman
from tryon.types import Piece

CSV = "text/csv"
KINDS: dict[str, Kind] = {CSV: "csv", "application/csv": "csv", "application/vnd.ms-excel": "csv", JSON: "json"}
"The third is what some browsers call a .csv."


class Feeds:
    """The handlers."""

    def __init__(self, counter: Counter, doorman: Doorman, pieces: Mapping[str, Piece]) -> None:
        self._counter, self._doorman, self._pieces = counter, doorman, pieces

    async def told(self, request: Request) -> Response:
        """How the shop sells our pieces."""
        who, shop, _ = await self._door(request)
        return json_reply(await self._counter.look(who, lambda unit: feed.told(unit, shop)))

    async def take(self, request: Request) -> Response:
        """A feed: looked through, and taken if nothing in it is wrong."""
        who, shop, trial = await self._door(request)
        kind = KINDS.get(mime(request))
        if kind is None:
            raise InputError("feed_not_feed", f"A feed is {CSV} or {JSON}.")
        body = await read_body(request, most=feed.BYTES_MAX)
        # what a shop sells is told on its live pages, so a key for trying out changes nothing of it
        dry, shown = trial or _yes(request, "dry"), frozenset(self._pieces)
        choose = _yes(request, "choose") and who.role != "house"

        rows = await asyncio.to_thread(feed.read, body, kind)

        def take(unit: Unit) -> FeedTold:
            return feed.take(unit, shop, rows, shown, choose=choose, dry=dry)

        if dry:
            return json_reply(await self._counter.look(who, take))
        return json_reply(await self._counter.write(who, "feed.take", take))

    async def _door(self, request: Request) -> tuple[Who, str, bool]:
        """Who asks, for which shop, and whether by a key for trying out."""
        if "id" in request.path_params:
            who = await self._counter.staff(request)
            return who, request.path_params["id"], False
        keyed = await self._doorman.server(request)
        return Who("house", keyed.key_id), keyed.shop_id, keyed.sandbox

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
                query={"dry": "1: only say what it would do; a sandbox key is never told more.", **query},
            ),
        ]


def _yes(request: Request, name: str) -> bool:
    return request.query_params.get(name, "") in ("1", "true", "yes")
