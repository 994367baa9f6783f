"""The mirror on a shop's own page: the loader, the frame that it opens, and the card it shows before a click.

A frame may stand on the pages of its key's shop and nowhere else (CSP `frame-ancestors`, said per key). Where it may
not stand, and the browser tells us so beforehand, plain words stand instead of a dead box.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import lru_cache
from html import escape
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.staticfiles import StaticFiles

from tryon.atelier.shops import Keyed
from tryon.errors import AccessError, InputError, TryonError
from tryon.picture import webp_of
from tryon.server.bodies import asked_language, header, json_reply
from tryon.server.endpoints import JSON, WEBP, Answer, Endpoint, Handler
from tryon.server.headers import policy
from tryon.server.shops import Doorman
from tryon.server.statuses import status_of
from tryon.types import Piece
from tryon.words import page_words

POSTER_PX = 640
POSTER_BYTES_MAX = 40_000
"With the loader (8 kB) and the card, what a shop's page carries before a click stays below 60 kB."
POSTERS_KEPT = 256
HERE_HOSTS = ("localhost", "*.localhost", "127.0.0.1")
HERE_TOO = ("'self'", *(f"{scheme}://{host}:*" for scheme in ("http", "https") for host in HERE_HOSTS))
"Where a sandbox key works besides its shop's origins (`Keyed.on`), as CSP can say it."
ANYWHERE = {"Access-Control-Allow-Origin": "*", "Cross-Origin-Resource-Policy": "cross-origin"}
"Of what any page may read: nothing in it is anybody's."


class EmbedCard(msgspec.Struct, frozen=True):
    """`GET /embed/v1/card.json`: what the tag shows before a click, or why it shows nothing, in the page's language."""

    sku: str
    name: str
    alt: str
    poster: str
    "Path of the picture; empty: there is none."
    button: str
    close: str
    refused: str = ""
    "The reason, for programs; empty: the mirror can be opened."
    words: str = ""
    "The reason, for people."


class Embed:
    """The handlers."""

    def __init__(
        self, doorman: Doorman, pieces: Mapping[str, Piece], posters: Mapping[str, Path], web: StaticFiles, folder: Path
    ) -> None:
        self._doorman, self._pieces, self._posters, self._web = doorman, pieces, posters, web
        self._refusal = Template((folder / "embed" / "refused.html").read_text(encoding="utf-8"))

    async def loader(self, request: Request) -> Response:
        """`/embed/v1.js`, for pages of any origin."""
        response = await self._web.get_response("embed/v1.js", request.scope)
        response.headers.update(ANYWHERE)
        return response

    async def frame(self, request: Request) -> Response:
        """The mirror's page, to stand on the pages of the key's shop."""
        try:
            shop = await self._shop(request)
            self._piece(request, shop)
        except TryonError as err:
            return self._refused(request, err)
        response = await self._web.get_response("index.html", request.scope)
        response.headers.update(
            {
                "Content-Security-Policy": policy(" ".join(ancestors(shop))),
                # a page that is isolated itself (COEP) frames only what is so too; all of ours is of one origin
                "Cross-Origin-Embedder-Policy": "require-corp",
                "Cross-Origin-Resource-Policy": "cross-origin",
                "Cache-Control": "no-store",
            }
        )
        return response

    async def sample(self, request: Request) -> Response:
        """A shop's page to look at, for sandbox keys."""
        try:
            shop = await self._shop(request)
            if not shop.sandbox:
                raise AccessError("shop_key_unknown", "The sample page is for sandbox keys.")
        except TryonError as err:
            return self._refused(request, err)
        response = await self._web.get_response("embed/sample.html", request.scope)
        response.headers["Content-Security-Policy"] = policy("'none'") + "; frame-src 'self'"
        return response

    async def card(self, request: Request) -> Response:
        """What the tag shows before a click; any page may ask, and is told if it is not the shop's."""
        language = asked_language(request)
        words = page_words("embed.", language)
        try:
            shop = await self._shop(request)
            piece = self._piece(request, shop)
        except TryonError as err:
            said = _sentence(err, language)
            told = EmbedCard("", "", "", "", words["embed.button"], words["embed.close"], err.reason, said)
        else:
            poster = f"/embed/v1/posters/{quote(piece.id)}.webp" if piece.id in self._posters else ""
            sold = shop.products.get(piece.id)
            name = (sold.title if sold else "") or piece.name
            alt = words["embed.alt"].format(name=name)
            told = EmbedCard(piece.id, name, alt, poster, words["embed.button"], words["embed.close"])
        return json_reply(told, headers={**ANYWHERE, "Vary": "Origin, Accept-Language"})

    async def poster(self, request: Request) -> Response:
        """A small picture of a piece."""
        id = request.path_params["id"]
        if id not in self._pieces:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        path = self._posters.get(id)
        if path is None:
            raise InputError("poster_missing", f"There is no picture of {self._pieces[id].name} yet.")
        body = await asyncio.to_thread(lambda: _small(path, path.stat().st_mtime_ns))
        headers = {"Cache-Control": "public, max-age=3600", **ANYWHERE}
        return Response(body, headers=headers, media_type=WEBP)

    async def _shop(self, request: Request) -> Keyed:
        """The shop of the key in the address, on a page of its own. Raises AccessError, AtelierError."""
        shop = await self._doorman.known(request.query_params.get("key", ""))
        origin = _origin(request)
        own = shop.sandbox and origin.partition("://")[2] == request.url.netloc
        if origin and not shop.on(origin) and not own:
            raise AccessError("shop_page_other", f"The page {origin} is not among the pages of this shop.")
        return shop

    def _piece(self, request: Request, shop: Keyed) -> Piece:
        """The piece in the address, or the shop's first. Raises InputError."""
        sku = request.query_params.get("sku", "")
        shown = [piece for id, piece in self._pieces.items() if shop.shows(id)]
        found = next((piece for piece in shown if not sku or shop.names(piece.id, sku)), None)
        if found is None:
            raise InputError("piece_unknown", f"This shop shows no piece {sku!r}.")
        return found

    def _refused(self, request: Request, err: TryonError) -> Response:
        """Plain words in the place of the mirror; they may stand in any frame and do nothing."""
        language = asked_language(request)
        words = {"title": page_words("embed.", language)["embed.refused"], "words": _sentence(err, language)}
        page = self._refusal.substitute({key: escape(text) for key, text in words.items()}, language=language)
        headers = {
            "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; object-src 'none'; "
            "base-uri 'none'; frame-ancestors *",
            "Cross-Origin-Embedder-Policy": "require-corp",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return HTMLResponse(page, status_of(err), headers=headers)

    def pages(self) -> dict[str, Handler]:
        """Addresses of people and of their browsers."""
        return {"/embed/v1.js": self.loader, "/embed/v1/": self.frame, "/embed/sample": self.sample}

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            Endpoint(
                "GET",
                "/embed/v1/card.json",
                self.card,
                "What the tag on a shop's page shows before a click, or why it shows nothing",
                (Answer(200, "The piece, or the reason", JSON, EmbedCard),),
                query={"key": "The shop's publishable key.", "sku": "Id of the piece.", "lang": "Of the page."},
            ),
            Endpoint(
                "GET",
                "/embed/v1/posters/{id}.webp",
                self.poster,
                f"A small picture of a piece: {POSTER_PX} px wide, {POSTER_BYTES_MAX // 1000} kB at most",
                (Answer(200, "A WebP", WEBP),),
                ("piece_unknown", "poster_missing"),
            ),
        ]


def ancestors(shop: Keyed) -> list[str]:
    """Whose pages may frame the mirror, as CSP says it; an IPv6 address cannot be said there."""
    named = [origin for origin in shop.origins if "[" not in origin]
    return [*named, *(HERE_TOO if shop.sandbox else ())] or ["'none'"]


def _origin(request: Request) -> str:
    """Of the page that asks: a fetch says it as Origin, a frame as Referer; empty: nobody says."""
    said = header(request, "origin")
    if said or header(request, "sec-fetch-dest") not in ("iframe", "frame"):
        return said
    try:
        parts = urlsplit(header(request, "referer"))
    except ValueError:
        return ""
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""


def _sentence(err: TryonError, language: str) -> str:
    """A reason in the words that the mirror's page has for it."""
    words = page_words("", language)
    return words.get(f"error.{err.reason}", words["error.other"])


@lru_cache(maxsize=POSTERS_KEPT)
def _small(path: Path, changed_ns: int) -> bytes:
    """The poster as a small WebP, made anew when its file was changed."""
    return webp_of(path, width_px=POSTER_PX, bytes_max=POSTER_BYTES_MAX)
