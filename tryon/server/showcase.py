"""The catalogue as a wearer sees it, without its meshes, and the sets she keeps of it."""

from __future__ import annotations

import asyncio

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.errors import InputError
from tryon.pieces.shelf import Shelf
from tryon.server.bodies import cached, json_reply, read_json
from tryon.server.cards import Card, Cards, card
from tryon.server.endpoints import JSON, PNG, Answer, Endpoint
from tryon.server.pace import SETS, Pace
from tryon.server.sets import KEPT_S, NAME_MAX, SAVES_AN_HOUR_MAX, SETS_MAX, Set, SetAsked, Sets
from tryon.server.shops import KEY, KEY_HEADER, KEYED, Doorman

SET_BYTES_MAX = 4 * 1024


class Showcase:
    """Handlers and their table."""

    def __init__(self, shelf: Shelf, doorman: Doorman, sets: Sets, pace: Pace) -> None:
        self._shelf, self._doorman, self._sets, self._pace = shelf, doorman, sets, pace

    async def pieces(self, request: Request) -> Response:
        """Every piece that is shown there, without its mesh."""
        shop = await self._doorman.shop(request)
        shown = self._shelf.shown.items()
        if shop is None:
            cards = [card(piece) for _, piece in shown]
        else:
            cards = [card(piece, shop.products.get(id)) for id, piece in shown if shop.shows(id)]
        return cached(request, msgspec.json.encode(Cards(cards)), JSON, vary=KEY_HEADER)

    async def piece(self, request: Request) -> Response:
        """One piece."""
        return cached(request, msgspec.json.encode(self._card(request.path_params["id"])), JSON)

    async def poster(self, request: Request) -> Response:
        """Its picture, drawn by our own renderer."""
        found = self._card(request.path_params["id"])
        path = self._shelf.posters.get(found.id)
        if path is None:
            raise InputError("poster_missing", f"There is no picture of {found.name} yet.")
        return cached(request, await asyncio.to_thread(path.read_bytes), PNG)

    async def save_set(self, request: Request) -> Response:
        """Keep pieces that are worn together under a name; nothing else of her is kept."""
        self._pace.place(request, "set", SETS)
        asked = await read_json(request, SetAsked, most=SET_BYTES_MAX)
        kept = await asyncio.to_thread(self._sets.save, asked, self._shelf.pieces)
        return json_reply(kept, status=201, headers={"Location": f"/v1/sets/{kept.set}"})

    async def saved_set(self, request: Request) -> Response:
        """A set that was saved; a piece that left the catalogue since is still named."""
        return json_reply(await asyncio.to_thread(self._sets.find, request.path_params["id"]))

    def _card(self, id: str) -> Card:
        found = self._shelf.pieces.get(id)
        if found is None:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        return card(found)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            Endpoint(
                "GET",
                "/v1/pieces",
                self.pieces,
                "The catalogue, or what a shop shows of it",
                (Answer(200, "All pieces", JSON, Cards),),
                KEY,
                headers=KEYED,
            ),
            Endpoint(
                "GET",
                "/v1/pieces/{id}",
                self.piece,
                "One piece",
                (Answer(200, "The piece", JSON, Card),),
                ("piece_unknown",),
            ),
            Endpoint(
                "GET",
                "/v1/pieces/{id}/poster.png",
                self.poster,
                "Its picture",
                (Answer(200, "A PNG, drawn by our renderer", PNG),),
                ("piece_unknown", "poster_missing"),
            ),
            Endpoint(
                "POST",
                "/v1/sets",
                self.save_set,
                f"Save a set under a name of 1 to {NAME_MAX} characters. It holds no personal data but that name, is "
                f"read by whoever has its id, and is forgotten when nobody opened it for {KEPT_S / 86400:.0f} days; "
                f"at most {SETS_MAX} are kept, and {SAVES_AN_HOUR_MAX} saved an hour",
                (Answer(201, "Saved; Location is the set.", JSON, Set, headers=("Location",)),),
                (
                    "body_not_json",
                    "body_unreadable",
                    "body_too_large",
                    "set_name_wrong",
                    "set_empty",
                    "piece_unknown",
                    "pieces_too_many",
                    "place_wrong",
                    "nudge_too_far",
                    "sets_full",
                    "asked_too_often",
                ),
                takes_mime=JSON,
                takes=SetAsked,
            ),
            Endpoint(
                "GET",
                "/v1/sets/{id}",
                self.saved_set,
                "A saved set",
                (Answer(200, "The set", JSON, Set),),
                ("set_unknown",),
            ),
        ]
