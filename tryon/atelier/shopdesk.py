"""What a shop's own server is told of the requests that were begun on its pages, as far as each client agreed.

That there is one, of which piece, and where it stands, the shop knows from its own page; how pieces fit her only if she
agreed to it (`shop`). Never her name, how to reach her, her measures, pictures or words: she writes to the atelier.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from sqlalchemy import select

from tryon.atelier.store import Unit
from tryon.atelier.tables import Request, Step, Tried
from tryon.atelier.trade import Stage
from tryon.errors import AtelierError

PAGE = 50


class ShopFitNote(msgspec.Struct, frozen=True):
    """One thing to know or do about a piece on her: a code, and no millimetres."""

    code: str
    level: str


class ShopFit(msgspec.Struct, frozen=True):
    """How a piece fits her."""

    piece: str
    verdict: str
    probability: float
    notes: list[ShopFitNote]


class ShopStep(msgspec.Struct, frozen=True):
    """A stage it went to."""

    stage: Stage
    at: datetime.datetime


class ShopRequest(msgspec.Struct, frozen=True):
    """A request that was begun on a shop's page."""

    request: str
    stage: Stage
    submitted_at: datetime.datetime
    piece: str
    "That she wishes; empty: none of this catalogue."
    tier: str
    steps: list[ShopStep]
    erased: bool
    "All that was hers was taken out of it."
    sandbox: bool
    fit: list[ShopFit] | None
    "Of the pieces she tried; null: she did not agree that the shop sees it, or was not measured."


class ShopRequests(msgspec.Struct, frozen=True):
    """A page of them, newest first."""

    requests: list[ShopRequest]
    more: str
    "Say it as `after` for the next page; empty: this is the last."


def rows(unit: Unit, shop: str, sandbox: bool, *, stage: Sequence[str] = (), after: str = "") -> ShopRequests:
    """A page of the requests of a shop, from their submission on."""
    asks = _of(shop, sandbox).order_by(Request.id.desc()).limit(PAGE + 1)
    if stage:
        asks = asks.where(Request.stage.in_(stage))
    if after:
        asks = asks.where(Request.id < after)
    found = list(unit.rows.scalars(asks))
    return ShopRequests([_told(unit, row) for row in found[:PAGE]], found[PAGE - 1].id if len(found) > PAGE else "")


def one(unit: Unit, shop: str, sandbox: bool, id: str) -> ShopRequest:
    """One of them; to any other shop it does not exist. Raises AtelierError."""
    row = unit.rows.scalar(_of(shop, sandbox).where(Request.id == id))
    if row is None:
        raise AtelierError("request_unknown", "There is no such request here, or it is not yours to see.")
    return _told(unit, row)


def _of(shop: str, sandbox: bool) -> Any:
    return select(Request).where(
        Request.shop_id == shop, Request.sandbox == sandbox, Request.stage != "draft", Request.submitted_at.is_not(None)
    )


def _told(unit: Unit, row: Request) -> ShopRequest:
    tried = list(unit.rows.scalars(select(Tried).where(Tried.request_id == row.id).order_by(Tried.position)))
    steps = unit.rows.execute(select(Step.to_stage, Step.at).where(Step.request_id == row.id).order_by(Step.id))
    assert row.submitted_at is not None
    return ShopRequest(
        row.id,
        row.stage,
        row.submitted_at,
        next((one.piece_id for one in tried if one.wished), ""),
        row.tier or "",
        [ShopStep(stage, at) for stage, at in steps],
        row.erased_at is not None,
        row.sandbox,
        _fit(row, [one.piece_id for one in tried]),
    )


def _fit(row: Request, tried: Sequence[str]) -> list[ShopFit] | None:
    """What was measured came from outside and has any shape: what cannot be read is not told."""
    if row.measured is None or "shop" not in (row.consent or {}).get("purposes", ()):
        return None
    said = row.measured.get("fit")
    said = said if isinstance(said, dict) else {}
    return [_of_piece(piece, said[piece]) for piece in tried if isinstance(said.get(piece), dict)]


def _of_piece(piece: str, said: Mapping[str, Any]) -> ShopFit:
    notes = said.get("notes")
    words = [note for note in notes if isinstance(note, dict)] if isinstance(notes, list) else []
    told = [ShopFitNote(*(str(note.get(name, "")) for name in ("code", "level"))) for note in words]
    probability = said.get("probability")
    sure = float(probability) if isinstance(probability, int | float) else 0.0
    return ShopFit(piece, str(said.get("verdict", "")), sure, told)
