"""What is printed, or shown on a second screen, to be measured by."""

from __future__ import annotations

import asyncio

from starlette.requests import Request
from starlette.responses import Response

from tryon.camera.bands import band_sheet
from tryon.camera.sheet import board_drawing, board_sheet
from tryon.server.bodies import cached
from tryon.server.endpoints import PDF, SVG, Answer, Endpoint
from tryon.track.marker import Board


async def board(request: Request) -> Response:
    """The board that a camera is calibrated by, to print."""
    return cached(request, await asyncio.to_thread(board_sheet, Board().square_mm), PDF)


async def board_picture(request: Request) -> Response:
    """The same board, to be shown on a second screen."""
    return cached(request, board_drawing(), SVG)


async def bands(request: Request) -> Response:
    """Paper bands that measuring reads round head, neck and wrist, to print."""
    return cached(request, await asyncio.to_thread(band_sheet), PDF)


def print_endpoints() -> list[Endpoint]:
    """The table: see tryon.server.endpoints."""
    return [
        Endpoint("GET", "/v1/bands.pdf", bands, "The paper bands to print", (Answer(200, "A4", PDF),)),
        Endpoint("GET", "/v1/board.pdf", board, "The calibration board to print", (Answer(200, "A4", PDF),)),
        Endpoint(
            "GET",
            "/v1/board.svg",
            board_picture,
            "The calibration board for a second screen",
            (Answer(200, "The board, as large as the screen", SVG),),
        ),
    ]
