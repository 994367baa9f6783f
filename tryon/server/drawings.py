"""Draws a design on its client, in a process of its own: what is in a stranger's model can end no more than that."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from tryon import jobs
from tryon.errors import AtelierError
from tryon.jobs import Drawn
from tryon.server.workbench import Workbench
from tryon.settings import Settings
from tryon.types import Piece

LOST = AtelierError("drawing_failed", "The design could not be drawn. Look at the model, and try again.")


class Drawings:
    """One drawing at a time."""

    def __init__(self, settings: Settings) -> None:
        self._settings, self._bench = settings, Workbench(LOST)

    async def draw(
        self,
        piece: Piece,
        glb: bytes,
        picture: bytes,
        *,
        declared: Mapping[str, float],
        measured: Mapping[str, Any] | None,
    ) -> Drawn:
        """See jobs.design. Raises InputError, AtelierError `drawing_failed`."""
        return await self._bench.do(_design, self._settings, piece, glb, picture, dict(declared), measured)


def _design(
    settings: Settings,
    piece: Piece,
    glb: bytes,
    picture: bytes,
    declared: dict[str, float],
    measured: Mapping[str, Any] | None,
    told: Callable[[int, int], None],
) -> Drawn:
    """In the process."""
    return jobs.design(settings, piece, glb, picture, declared=declared, measured=measured)
