"""What keeps the mirror from a page of a shop, over HTTP: for the shop's own server (its secret key) and for the
atelier's owners. Only pages on the shop's own list are read, so that nobody reads others through us.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import asked, shops
from tryon.errors import AccessError, InputError
from tryon.server.bodies import asked_language, json_reply, read_json
from tryon.server.counter import Counter
from tryon.server.courier import Refused
from tryon.server.endpoints import JSON, Answer, Bearer, Endpoint
from tryon.server.shops import CHECKS_A_MINUTE, SERVER_KEY, Doorman
from tryon.server.visitor import Away, Visitor
from tryon.storefront import Finding, judge

BYTES_MAX = 8 * 1024


class PageWish(asked.Asked, frozen=True):
    """A page to be looked at."""

    address: Annotated[str, Meta(max_length=2000)]
    "On one of the shop's origins."


class PageFinding(msgspec.Struct, frozen=True):
    """One thing that was looked at."""

    what: str
    works: bool
    reason: str
    "Stable, for programs."
    values: Mapping[str, str]
    "What the words name."
    words: str
    "For people, in the language that was asked for."
    write: str
    "What to write instead; empty: the words say what to do."


class PageChecked(msgspec.Struct, frozen=True):
    """What was found on a page; one thing, `page`, where it could not be read."""

    address: str
    "Of the page, after redirects."
    works: bool
    "Nothing keeps the mirror from it."
    findings: list[PageFinding]


class Checks:
    """The handlers."""

    def __init__(self, counter: Counter, doorman: Doorman, visitor: Visitor) -> None:
        self._counter, self._doorman, self._visitor = counter, doorman, visitor

    async def check(self, request: Request) -> Response:
        """Look at a page."""
        shop, origins = await self._shop(request)
        wish = await read_json(request, PageWish, most=BYTES_MAX)
        address = _among(wish.address, origins)
        self._doorman.count_check(shop)
        try:
            page = await self._visitor.read(address)
        except Refused as err:
            values = err.values if isinstance(err, Away) else {}
            findings = [Finding("page", False, str(err), values)]
        else:
            address = page.address.geturl()
            ours = self._counter.address_for(str(request.base_url))
            findings = await asyncio.to_thread(judge, page, ours)
        told = [
            PageFinding(one.what, one.works, one.reason, one.values, one.words(asked_language(request)), one.write)
            for one in findings
        ]
        return json_reply(PageChecked(address, all(one.works for one in findings), told))

    async def _shop(self, request: Request) -> tuple[str, tuple[str, ...]]:
        """Id and origins of the shop that is asked about. Raises AccessError, AtelierError."""
        if "id" not in request.path_params:
            keyed = await self._doorman.server(request)
            return keyed.shop_id, keyed.origins
        id, who = request.path_params["id"], await self._counter.staff(request)
        return id, await self._counter.look(who, lambda unit: shops.origins_of(unit, id))

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        inside = ("staff_unknown", "role_wrong", "shop_unknown", "store_unavailable", "origin_wrong", "shop_too_often")
        return [
            self._endpoint("/v1/shop/check", "shop", SERVER_KEY),
            self._endpoint("/v1/atelier/shops/{id}/check", "staff", inside),
        ]

    def _endpoint(self, path: str, bearer: Bearer, known: tuple[str, ...]) -> Endpoint:
        return Endpoint(
            "POST",
            path,
            self.check,
            "What a page of the shop is sent with that keeps the mirror from it, and what to write instead; "
            f"{CHECKS_A_MINUTE} times a minute",
            (Answer(200, "What was found", JSON, PageChecked),),
            (*known, "body_not_json", "body_unreadable", "body_too_large", "shop_page_other"),
            takes_mime=JSON,
            takes=PageWish,
            bearer=bearer,
            query={"lang": "Of the words: en or fr."},
        )


def _among(said: str, origins: tuple[str, ...]) -> str:
    """The address of a page on one of these origins, without its #. Raises AccessError `shop_page_other`."""
    other = AccessError(
        "shop_page_other", f"Say the address of a page on this shop's own list: {', '.join(origins) or 'it is empty'}."
    )
    try:
        page = urlsplit(said.strip())
        origin = shops.origin_of(f"{page.scheme}://{page.netloc}")
    except (ValueError, InputError):
        raise other from None
    if origin not in origins:
        raise other
    return f"{origin}{page.path or '/'}{f'?{page.query}' if page.query else ''}"
