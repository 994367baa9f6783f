"""Shops over HTTP: which shop a page belongs to, whether its key holds, how often it may ask; and the owner's list.

A page that is embedded says its shop's publishable key in the header `Shop-Key`. Our own pages say none.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import msgspec
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import shops
from tryon.atelier.shops import Keyed, KeyMade, KeyWish, ShopsTold, ShopTold, ShopWish
from tryon.atelier.store import Store
from tryon.atelier.tables.shops import KeyKind
from tryon.atelier.who import HOUSE
from tryon.errors import AccessError
from tryon.server.bodies import bearer, header, json_reply, read_json, seen_version
from tryon.server.counter import Counter
from tryon.server.endpoints import JSON, Answer, Endpoint

KEY_HEADER = "Shop-Key"
KEY = ("shop_key_unknown", "shop_key_ended", "store_unavailable")
"Why a key opens nothing."
SERVER_KEY = (*KEY, "shop_too_often")
"The same of a shop's own server."
KEYED = {KEY_HEADER: "The publishable key of the shop on whose page this is asked."}
KNOWN_S = 5.0
"How long what a key stands for is remembered: so soon a key that was ended opens nothing."
KNOWN_MAX = 1000
SERVER_A_MINUTE = 300
"Requests of a shop's own server."
CHECKS_A_MINUTE = 10
"Pages of a shop that are fetched to be looked at."
BYTES_MAX = 64 * 1024


class ShopShown(msgspec.Struct, frozen=True):
    """`GET /v1/shop`: what a page may know of the shop whose key it has."""

    shop: str
    name: str
    origins: list[str]
    sandbox: bool
    policy: str
    pieces: list[str] | None
    "Ids of those it shows; null: the whole catalogue."


class Doorman:
    """Knows shops by their keys, and how often each came."""

    def __init__(self, store: Store, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._store, self._monotonic = store, monotonic
        self._known: dict[tuple[str, str], tuple[Keyed, float]] = {}
        self._visits = MovingWindowRateLimiter(MemoryStorage())

    async def shop(self, request: Request) -> Keyed | None:
        """The shop whose publishable key a request carries; None: it comes from our own page. Raises AccessError."""
        token = header(request, KEY_HEADER)
        return await self.known(token) if token else None

    async def server(self, request: Request) -> Keyed:
        """The shop whose server asks, by its secret key. Raises AccessError."""
        token = bearer(request)
        if not token:
            raise AccessError(
                "shop_key_unknown", "This address is for a shop's own server: Authorization: Bearer sk_…."
            )
        keyed = await self.known(token, "secret")
        if not self._visits.hit(RateLimitItemPerMinute(SERVER_A_MINUTE), "server", keyed.shop_id):
            raise AccessError("shop_too_often", f"A shop's server may ask {SERVER_A_MINUTE} times a minute.")
        return keyed

    async def known(self, token: str, kind: KeyKind = "publishable") -> Keyed:
        """What a key stands for. Raises AccessError."""
        found = self._known.get((kind, token))
        if found is None or found[1] < self._monotonic():
            keyed = await asyncio.to_thread(self._store.look, lambda unit: shops.keyed(unit, token, kind))
            if len(self._known) >= KNOWN_MAX:
                self._known.clear()
            self._known[kind, token] = found = (keyed, self._monotonic() + KNOWN_S)
            if keyed.used_on != self._store.clock().date():
                await asyncio.to_thread(
                    self._store.change, HOUSE, "key.used", lambda unit: shops.note_use(unit, keyed.key_id)
                )
        return found[0]

    def count(self, shop: Keyed) -> None:
        """One visit more of a shop. Raises AccessError `shop_too_often`."""
        if not self._visits.hit(RateLimitItemPerMinute(shop.visits_a_minute), shop.shop_id):
            raise AccessError(
                "shop_too_often", "Many people are trying on here just now. Please try again in a minute."
            )

    def count_check(self, shop_id: str) -> None:
        """One look more at a page of a shop. Raises AccessError `shop_too_often`."""
        if not self._visits.hit(RateLimitItemPerMinute(CHECKS_A_MINUTE), "check", shop_id):
            raise AccessError("shop_too_often", f"A shop's pages are looked at {CHECKS_A_MINUTE} times a minute.")


class Shops:
    """The handlers."""

    def __init__(self, counter: Counter, doorman: Doorman) -> None:
        self._counter, self._doorman, self._pieces = counter, doorman, counter.pieces

    async def shown(self, request: Request) -> Response:
        """What a page may know of its shop."""
        shop = await self._doorman.shop(request)
        if shop is None:
            raise AccessError("shop_key_unknown", f"Say the shop's publishable key in the header {KEY_HEADER}.")
        pieces = None if shop.pieces is None else sorted(shop.pieces & self._pieces.keys())
        return json_reply(ShopShown(shop.shop_id, shop.name, list(shop.origins), shop.sandbox, shop.policy, pieces))

    async def all(self, request: Request) -> Response:
        """All shops, for the owner."""
        who = await self._counter.staff(request)
        return json_reply(await self._counter.look(who, shops.all_told))

    async def add(self, request: Request) -> Response:
        """A new shop."""
        who = await self._counter.staff(request)
        wish, catalogue = await read_json(request, ShopWish, most=BYTES_MAX), frozenset(self._pieces)
        told = await self._counter.write(who, "shop.add", lambda unit: shops.add(unit, wish, catalogue))
        return json_reply(told, status=201)

    async def change(self, request: Request) -> Response:
        """A shop, said anew."""
        who = await self._counter.staff(request)
        version, id = seen_version(request, needed=True), request.path_params["id"]
        wish, catalogue = await read_json(request, ShopWish, most=BYTES_MAX), frozenset(self._pieces)
        told = await self._counter.write(
            who, "shop.change", lambda unit: shops.change(unit, id, wish, catalogue, version)
        )
        return json_reply(told)

    async def make_key(self, request: Request) -> Response:
        """A new key."""
        who = await self._counter.staff(request)
        wish, id = await read_json(request, KeyWish, most=BYTES_MAX), request.path_params["id"]
        made = await self._counter.write(who, "key.make", lambda unit: shops.make_key(unit, id, wish))
        return json_reply(made, status=201)

    async def replace_key(self, request: Request) -> Response:
        """A new key in the place of an old one."""
        who = await self._counter.staff(request)
        id, key = request.path_params["id"], request.path_params["key"]
        made = await self._counter.write(who, "key.replace", lambda unit: shops.replace_key(unit, id, key))
        return json_reply(made, status=201)

    async def end_key(self, request: Request) -> Response:
        """A key opens nothing any more."""
        who = await self._counter.staff(request)
        id, key = request.path_params["id"], request.path_params["key"]
        return json_reply(await self._counter.write(who, "key.end", lambda unit: shops.end_key(unit, id, key)))

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        key = ("shop_key_unknown", "shop_key_ended", "store_unavailable")
        inside = ("staff_unknown", "role_wrong", "store_unavailable")
        changing = (*inside, "origin_wrong", "changed_meanwhile")
        body = ("body_not_json", "body_unreadable", "body_too_large")
        wish = ("name_wrong", "shop_origin_wrong", "shop_policy_wrong", "piece_unknown")
        one, keys = "/v1/atelier/shops/{id}", "/v1/atelier/shops/{id}/keys"
        made = (Answer(201, "Made; a secret key is told this once", JSON, KeyMade),)
        return [
            Endpoint(
                "GET",
                "/v1/shop",
                self.shown,
                "The shop whose publishable key a page has",
                (Answer(200, "What a page may know", JSON, ShopShown),),
                key,
                headers={KEY_HEADER: "The shop's publishable key."},
            ),
            Endpoint(
                "GET",
                "/v1/atelier/shops",
                self.all,
                "All shops and their keys, for the owner",
                (Answer(200, "By name", JSON, ShopsTold),),
                inside,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/shops",
                self.add,
                "A new shop: where its pages are, what it shows, how much at a time",
                (Answer(201, "Made", JSON, ShopTold),),
                (*changing, *body, *wish),
                takes_mime=JSON,
                takes=ShopWish,
                bearer="staff",
            ),
            Endpoint(
                "PUT",
                one,
                self.change,
                "A shop, said anew",
                (Answer(200, "As it is now", JSON, ShopTold),),
                (*changing, *body, *wish, "shop_unknown", "version_missing"),
                takes_mime=JSON,
                takes=ShopWish,
                bearer="staff",
                headers={"If-Match": "The version that was seen."},
            ),
            Endpoint(
                "POST",
                keys,
                self.make_key,
                "A new key",
                made,
                (*changing, *body, "shop_unknown", "shop_keys_full"),
                takes_mime=JSON,
                takes=KeyWish,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                keys + "/{key}/replacement",
                self.replace_key,
                f"A new key in the place of an old one, which holds on for {shops.REPLACED_HOURS:g} hours",
                made,
                (*changing, "shop_unknown", "shop_key_gone", "shop_keys_full"),
                bearer="staff",
            ),
            Endpoint(
                "DELETE",
                keys + "/{key}",
                self.end_key,
                "A key opens nothing any more",
                (Answer(200, "The shop as it is now", JSON, ShopTold),),
                (*changing, "shop_unknown", "shop_key_gone"),
                bearer="staff",
            ),
        ]
