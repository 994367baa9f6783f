"""Going on at a telephone: a code that leads there, with what is worn and whose page it is, and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from tryon.errors import InputError
from tryon.messages import PIECES_MAX
from tryon.paper.qr import qr_svg
from tryon.server.bodies import header
from tryon.server.endpoints import SVG, Answer, Endpoint
from tryon.server.shops import KEY_HEADER, Doorman
from tryon.types import Piece

LANGUAGE_MAX = 8


class Phone:
    """The handler and its table. No token of hers is in the code: she agrees anew at the telephone."""

    def __init__(self, doorman: Doorman, pieces: Mapping[str, Piece], address_for: Callable[[str], str]) -> None:
        self._doorman, self._pieces, self._address_for = doorman, pieces, address_for

    async def code(self, request: Request) -> Response:
        """The code."""
        shop = await self._doorman.shop(request)
        ids = tuple(dict.fromkeys(request.query_params.getlist("piece")))
        if len(ids) > PIECES_MAX:
            raise InputError("pieces_too_many", f"At most {PIECES_MAX} pieces can be worn at once.")
        if not all(id in self._pieces and (shop is None or shop.shows(id)) for id in ids):
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        named = [("key", header(request, KEY_HEADER))] if shop is not None else []
        named += [("piece", id) for id in ids]
        language = request.query_params.get("lang", "")
        if language.isascii() and language.isalpha() and len(language) <= LANGUAGE_MAX:
            named.append(("lang", language))
        path = "/embed/v1/" if shop is not None else "/"
        return Response(qr_svg(f"{self._address_for(str(request.base_url))}{path}?{urlencode(named)}"), media_type=SVG)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
            Endpoint(
                "GET",
                "/v1/phone.svg",
                self.code,
                "A code that opens the mirror at a telephone with these pieces; it holds no token",
                (Answer(200, "A QR code", SVG),),
                (
                    "piece_unknown",
                    "pieces_too_many",
                    "shop_key_unknown",
                    "shop_key_ended",
                    "store_unavailable",
                ),
                headers={KEY_HEADER: "The publishable key of the shop on whose page this is asked."},
                query={"piece": "Worn there; may be repeated.", "lang": "Language of the page there."},
            )
        ]
