"""A piece turned by whoever looks at it, drawn here from every side: its mesh never leaves the server.

Sides are steps of a few degrees, so that people who turn the same piece are sent the same pictures.
"""

from __future__ import annotations

import math
from collections import OrderedDict

from starlette.requests import Request
from starlette.responses import Response

from tryon.errors import InputError
from tryon.pieces.shelf import Shelf
from tryon.server.bodies import cached
from tryon.server.endpoints import WEBP, Answer, Endpoint
from tryon.server.shops import KEY_HEADER, Doorman
from tryon.server.studio import VIEW_PX, Studio

STEP_DEG = 5
YAW_MAX_DEG = 360
PITCH_MAX_DEG = 75
KEPT_MAX = 600
"Views in memory, about 20 kB each."


class Turntable:
    """The handler and its table."""

    def __init__(self, studio: Studio, doorman: Doorman, shelf: Shelf) -> None:
        self._studio, self._doorman, self._shelf = studio, doorman, shelf
        self._kept: OrderedDict[tuple[str, str, int, int], bytes] = OrderedDict()

    async def view(self, request: Request) -> Response:
        """A piece as it is seen from one side."""
        shop = await self._doorman.shop(request)
        id = request.path_params["id"]
        if id not in self._shelf.shown or not (shop is None or shop.shows(id)):
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        yaw = _degrees(request, "yaw", YAW_MAX_DEG) % 360
        pitch = _degrees(request, "pitch", PITCH_MAX_DEG)
        folder = self._shelf.folders[id]
        key = (id, str(folder), yaw, pitch)
        seen = self._kept.get(key)
        if seen is None:
            seen = await self._studio.view(id, folder, yaw_rad=math.radians(yaw), pitch_rad=math.radians(pitch))
            self._kept[key] = seen
            while len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        self._kept.move_to_end(key)
        return cached(request, seen, WEBP, vary=KEY_HEADER)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        words = f"in degrees, from -{{most}} to {{most}}, in steps of {STEP_DEG}; 0 when absent."
        return [
            Endpoint(
                "GET",
                "/v1/pieces/{id}/view",
                self.view,
                f"A piece from one side, {VIEW_PX} px square on no ground, as large from all sides",
                (
                    Answer(200, "The piece", WEBP, headers=("ETag",)),
                    Answer(304, "As it was"),
                ),
                (
                    "piece_unknown",
                    "view_wrong",
                    "photos_busy",
                    "view_failed",
                    "shop_key_unknown",
                    "shop_key_ended",
                    "store_unavailable",
                ),
                headers={KEY_HEADER: "The publishable key of the shop on whose page this is asked."},
                query={
                    "yaw": f"How far its own left side comes forward, {words.format(most=YAW_MAX_DEG)}",
                    "pitch": f"From how far above it is seen, {words.format(most=PITCH_MAX_DEG)}",
                },
            )
        ]


def _degrees(request: Request, name: str, most: int) -> int:
    """An angle of the address, on a step. Raises InputError."""
    said = request.query_params.get(name, "0")
    wrong = InputError("view_wrong", f"{name} is in degrees, from -{most} to {most}.")
    try:
        value = float(said)
    except ValueError:
        raise wrong from None
    if not -most <= value <= most:
        raise wrong
    return STEP_DEG * round(value / STEP_DEG)
