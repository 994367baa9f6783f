"""Photo mode over HTTP: pieces on a picture that she chose, or on a head of our own.

A picture of hers is asked for under her consent to `photo`, is held in memory while it is drawn, and is forgotten with
the answer; to see other pieces on it her browser sends it again. It tells nothing of her size: what is drawn is style.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.engine.pool import STILL_BYTES_MAX
from tryon.errors import AccessError, InputError
from tryon.jobs import Adorned
from tryon.messages import PIECES_MAX
from tryon.server.bodies import consent_token, json_reply, mime, read_body
from tryon.server.consent import Ledger
from tryon.server.endpoints import JPEG, JSON, Answer, Endpoint
from tryon.server.shops import KEY_HEADER, Doorman
from tryon.server.studio import Studio
from tryon.types import Piece

PHOTO = "photo"
"What she agrees to."
STILLS = ("image/jpeg", "image/png", "image/webp")
DRAWN = "Drawn"
"The header with the ids of the pieces that were drawn; a ring needs a hand in the picture."
KEPT_MAX = 64
"Drawn pictures of our own heads, in memory."
PIECES = {"piece": "Worn in the picture; may be repeated."}


class Portraits(msgspec.Struct):
    """`GET /v1/portraits`: heads of our own, by id."""

    portraits: list[str]


class Photos:
    """Handlers and their table."""

    def __init__(
        self, studio: Studio, ledger: Ledger, doorman: Doorman, pieces: Mapping[str, Piece], portraits: Path
    ) -> None:
        self._studio, self._ledger, self._doorman, self._pieces = studio, ledger, doorman, pieces
        self._portraits = {path.stem: path for path in sorted(portraits.glob("*.jpg"))}
        self._kept: OrderedDict[tuple[str, tuple[str, ...]], Adorned] = OrderedDict()

    async def draw(self, request: Request) -> Response:
        """Pieces on her own picture."""
        consent = self._ledger.find(consent_token(request), purpose=PHOTO)
        pieces, shop = await self._wanted(request)
        if consent.shop != shop:
            raise AccessError("shop_other", "She agreed on another page than this one. Please ask her here.")
        if mime(request) not in STILLS:
            raise InputError("still_not_picture", f"This address takes a picture as {', '.join(STILLS)}.")
        picture = await read_body(request, most=STILL_BYTES_MAX)
        return _reply(await self._studio.adorn(picture, pieces))

    async def portraits(self, request: Request) -> Response:
        """Which heads of our own there are."""
        return json_reply(Portraits([*self._portraits]))

    async def portrait(self, request: Request) -> Response:
        """Pieces on a head of our own: nothing of hers is in it, so nothing is asked of her."""
        id = request.path_params["id"]
        if id not in self._portraits:
            raise InputError("portrait_unknown", "There is no such portrait here.")
        pieces, _ = await self._wanted(request)
        found = self._kept.get((id, pieces))
        if found is None:
            found = await self._studio.adorn(self._portraits[id].read_bytes(), pieces)
            self._kept[id, pieces] = found
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        return _reply(found)

    async def _wanted(self, request: Request) -> tuple[tuple[str, ...], str]:
        """Ids of the pieces, and of the shop on whose page they are asked for."""
        shop = await self._doorman.shop(request)
        ids = tuple(dict.fromkeys(request.query_params.getlist("piece")))
        if len(ids) > PIECES_MAX:
            raise InputError("pieces_too_many", f"At most {PIECES_MAX} pieces can be worn at once.")
        if not all(id in self._pieces and (shop is None or shop.shows(id)) for id in ids):
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        return ids, "" if shop is None else shop.shop_id

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        shop = ("shop_key_unknown", "shop_key_ended", "store_unavailable")
        keyed = {KEY_HEADER: "The publishable key of the shop on whose page this is asked."}
        drawing = ("piece_unknown", "pieces_too_many", "face_not_found", "photos_busy", "photo_failed", *shop)
        return [
            Endpoint(
                "POST",
                "/v1/photos",
                self.draw,
                "Pieces on a picture of hers, with her consent to `photo`; it is kept nowhere. Style, not size",
                (Answer(200, "The picture with the pieces, unmirrored", JPEG, headers=(DRAWN,)),),
                (
                    "consent_missing",
                    "consent_unknown",
                    "consent_withdrawn",
                    "consent_expired",
                    "shop_other",
                    "still_not_picture",
                    "body_too_large",
                    "picture_unreadable",
                    "picture_broken",
                    "picture_too_large",
                    "picture_too_small",
                    *drawing,
                ),
                takes_mime=STILLS[0],
                bearer="consent",
                headers=keyed,
                query=PIECES,
            ),
            Endpoint(
                "GET",
                "/v1/portraits",
                self.portraits,
                "Heads of our own that pieces can be seen on",
                (Answer(200, "Their ids", JSON, Portraits),),
            ),
            Endpoint(
                "GET",
                "/v1/portraits/{id}/photo.jpg",
                self.portrait,
                "Pieces on a head of our own. Style, not size",
                (Answer(200, "The picture with the pieces", JPEG, headers=(DRAWN,)),),
                ("portrait_unknown", *drawing),
                headers=keyed,
                query=PIECES,
            ),
        ]


def _reply(adorned: Adorned) -> Response:
    return Response(adorned.jpeg, media_type=JPEG, headers={DRAWN: ", ".join(adorned.pieces)})
