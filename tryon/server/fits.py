"""Fit cards kept behind a link: her measures as they were taken, and what they mean for the pieces of today.

What is kept is what she was shown, and she agreed to it (consent `keep`). Whoever has the link reads the same numbers
with the same doubt; verdicts are worked out anew at every look, for pieces change.
"""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import fits
from tryon.atelier.fits import Kept
from tryon.atelier.store import Store
from tryon.atelier.who import HOUSE, Who
from tryon.calibration import Calibration
from tryon.errors import AtelierError, InputError
from tryon.fit.verdict import Word
from tryon.fitcard.content import FitCard, Live, fit_card
from tryon.fitcard.pages import pages
from tryon.fitcard.record import BYTES_MAX, Fit, Record
from tryon.fitcard.section import Section, section
from tryon.fitcard.table import table
from tryon.measuring import judged_json, sizes_json
from tryon.server.bodies import bearer, consent_token, json_reply, read_json
from tryon.server.consent import Ledger
from tryon.server.endpoints import JSON, PDF, Answer, Endpoint
from tryon.types import F64, Piece

MEASURE, KEEP = "measure", "keep"
"What she agrees to."
CSV = "text/csv"
KEPT_BYTES_MAX = 256 * 1024
"Of one record: measures and a whole shelf's verdicts are about 60 KiB."
CLIENT = Who("client")
ONE = "/v1/fits/{id}"
PIECE = {"piece": "Id of the piece that the card is of; by default the one that it was made with."}
_FOUND = ("fit_unknown", "fit_expired", "store_unavailable", "measures_unreadable")


class FitKept(msgspec.Struct):
    """Its address is `/fit/FIT#KEY`; the key is told this once."""

    fit: str
    key: str
    until: datetime.datetime


class FitCardAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/fitcards`: what `measured` said, and the piece whose card is wanted."""

    piece: str
    measures: Record


class KeepAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/fits`: what `measured` said, and the piece whose card it is."""

    piece: str
    measures: Record


class SectionGap(msgspec.Struct):
    """Room between the piece and her at one place; below zero the piece is the narrower."""

    where: str
    mm: float
    u95_mm: float


class Drawn(msgspec.Struct):
    """A section, mm from its middle, x to the right and y to her front (tryon.fitcard.section)."""

    of: str
    half_mm: tuple[float, float]
    u95_mm: tuple[float, float]
    outline: list[tuple[float, float]]
    doubt: tuple[list[tuple[float, float]], list[tuple[float, float]]]
    inside: list[tuple[float, float]] | None
    closed: bool
    gaps: list[SectionGap]


class FitTold(msgspec.Struct):
    """`GET /v1/fits/{id}`: all of it."""

    fit: str
    made_at: datetime.datetime
    until: datetime.datetime
    piece: str
    "That it is drawn with."
    measures: dict[str, Any]
    "As `tryon measure` writes them; `fit` is of the pieces of today, what fits best first."
    judged_then: dict[str, Word]
    "The verdict on each piece on the day that she was measured."
    drawn: Drawn | None
    "None: what it is drawn from was not measured, or the piece has no size, or is no longer in the catalogue."


class Fits:
    """Handlers and their table."""

    def __init__(
        self,
        store: Store,
        ledger: Ledger,
        pieces: Mapping[str, Piece],
        tables: Calibration,
        *,
        address_for: Callable[[str], str],
        days: int,
    ) -> None:
        self._store, self._ledger, self._pieces, self._tables = store, ledger, pieces, tables
        self._address_for, self._days = address_for, days

    async def card(self, request: Request) -> Response:
        """The fit card of one piece from what the mirror said of her; nothing of it is kept."""
        self._ledger.find(consent_token(request), purpose=MEASURE)
        asked = await read_json(request, FitCardAsked, most=BYTES_MAX)
        if asked.piece not in self._pieces:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        piece, today = self._pieces[asked.piece], datetime.date.today()
        pdf = await asyncio.to_thread(lambda: pages(fit_card(asked.measures, piece, today)))
        name = f'attachment; filename="fit-{piece.id}.pdf"'
        return Response(pdf, media_type=PDF, headers={"Content-Disposition": name, "Cache-Control": "no-store"})

    async def keep(self, request: Request) -> Response:
        """Keep what was measured, because she agreed to it."""
        consent = self._ledger.find(bearer(request), purpose=KEEP)
        asked = await read_json(request, KeepAsked, most=BYTES_MAX)
        if asked.piece not in self._pieces:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        if asked.piece not in asked.measures.fit:
            raise InputError("piece_not_judged", "The measures say nothing of this piece. Please measure once more.")
        measures = msgspec.to_builtins(asked.measures)
        if len(msgspec.json.encode(measures)) > KEPT_BYTES_MAX:
            raise InputError("body_too_large", f"What is kept of one person may have {KEPT_BYTES_MAX} bytes.")

        def keep() -> tuple[Kept, str]:
            self._judged(asked.measures)  # what cannot be judged again is not worth keeping
            return self._store.change(
                CLIENT,
                "fit.keep",
                lambda unit: fits.keep(
                    unit,
                    consent.id,
                    asked.piece,
                    measures,
                    self._days,
                    shop=consent.shop or None,
                    sandbox=consent.sandbox,
                ),
            )

        kept, key = await asyncio.to_thread(keep)
        return json_reply(
            FitKept(kept.id, key, kept.until), status=201, headers={"Location": ONE.replace("{id}", kept.id)}
        )

    async def told(self, request: Request) -> Response:
        """The record, judged anew."""

        def tell() -> FitTold:
            kept, record = self._read(request)
            now = self._judged(record)
            id = _wanted(request, kept)
            card = self._card(request, kept, _with(record, now), id) if id in self._pieces and id in now else None
            drawn = None if card is None else section(card)
            known = {name: (told.value_mm, told.u95_mm / 2) for name, told in record.known.items()}
            said = {**msgspec.to_builtins(record), "fit": now, "sizes": sizes_json(known)}
            then: dict[str, Word] = {piece: fit.verdict for piece, fit in record.fit.items()}
            return FitTold(
                kept.id, kept.made_at, kept.until, id, said, then, None if drawn is None else _drawn_json(drawn)
            )

        return json_reply(await asyncio.to_thread(tell))

    async def pdf(self, request: Request) -> Response:
        """The card of a piece, with a code that leads to the record."""
        card = await asyncio.to_thread(self._made, request)
        return _file(await asyncio.to_thread(pages, card), PDF, f"fit-{card.piece.id}.pdf")

    async def csv(self, request: Request) -> Response:
        """The same as a table."""
        card = await asyncio.to_thread(self._made, request)
        return _file(table(card).encode(), CSV, f"fit-{card.piece.id}.csv")

    async def forget(self, request: Request) -> Response:
        """Delete it, now."""
        id, key = request.path_params["id"], bearer(request)
        await asyncio.to_thread(self._store.change, CLIENT, "fit.forget", lambda unit: fits.forget(unit, id, key))
        return Response(status_code=204)

    def forget_of(self, consent: str) -> None:
        """Delete all that was kept under a consent: she took it back. Blocks on the store."""
        self._store.change(CLIENT, "fit.withdrawn", lambda unit: fits.forget_of(unit, consent))

    def sweep(self) -> int:
        """Delete what has been kept long enough: its last day was told when it was kept; how many. Blocks."""
        return self._store.change(HOUSE, "fit.sweep", fits.sweep)

    def _read(self, request: Request) -> tuple[Kept, Record]:
        id, key = request.path_params["id"], bearer(request)
        kept = self._store.look(lambda unit: fits.find(unit, id, key), CLIENT)
        try:
            return kept, msgspec.convert(kept.measures, Record)
        except msgspec.ValidationError as err:  # of an older version
            raise AtelierError("measures_unreadable", "This record cannot be read any more.") from err

    def _judged(self, record: Record) -> dict[str, dict[str, Any]]:
        return judged_json(msgspec.to_builtins(record), list(self._pieces.values()), self._tables)

    def _made(self, request: Request) -> FitCard:
        kept, record = self._read(request)
        return self._card(request, kept, _with(record, self._judged(record)), _wanted(request, kept))

    def _card(self, request: Request, kept: Kept, record: Record, id: str) -> FitCard:
        if id not in self._pieces:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        live = Live(f"{self._address_for(str(request.base_url))}/fit/{kept.id}#{bearer(request)}", kept.until.date())
        today, then = self._store.clock().date(), kept.made_at.date()
        order = "" if then == today else f"measured on {then.day} {then:%B %Y}"
        return fit_card(record, self._pieces[id], today, order, live=live)

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        made = ("piece_unknown", "piece_not_judged", "size_unknown")
        return [
            Endpoint(
                "POST",
                "/v1/fitcards",
                self.card,
                "A fit card to cut metal by, from what the mirror said: A4 at true size; nothing is kept",
                (Answer(200, "A4", PDF),),
                (
                    "piece_unknown",
                    "piece_not_judged",
                    "size_unknown",
                    *("consent_missing", "consent_unknown", "consent_withdrawn", "consent_expired"),
                    "body_not_json",
                    "body_unreadable",
                    "body_too_large",
                ),
                takes_mime=JSON,
                takes=FitCardAsked,
                bearer="consent",
            ),
            Endpoint(
                "POST",
                "/v1/fits",
                self.keep,
                "Keep a fit card behind a link, with her consent to `keep`",
                (Answer(201, "Its id and its key", JSON, FitKept, ("Location",)),),
                (
                    "consent_missing",
                    "consent_unknown",
                    "consent_withdrawn",
                    "consent_expired",
                    "piece_unknown",
                    "piece_not_judged",
                    "measures_unreadable",
                    "body_not_json",
                    "body_unreadable",
                    "body_too_large",
                    "fits_too_many",
                    "fits_full",
                    "changed_meanwhile",
                    "store_unavailable",
                ),
                takes_mime=JSON,
                takes=KeepAsked,
                bearer="consent",
            ),
            Endpoint(
                "GET",
                ONE,
                self.told,
                "A kept fit card: measures as they were taken, verdicts on the pieces of today",
                (Answer(200, "All of it", JSON, FitTold),),
                _FOUND + made,
                bearer="fit",
                query=PIECE,
            ),
            Endpoint(
                "GET",
                ONE + "/card.pdf",
                self.pdf,
                "The same on paper: A4 at true size, with a code that leads here",
                (Answer(200, "A4", PDF),),
                _FOUND + made,
                bearer="fit",
                query=PIECE,
            ),
            Endpoint(
                "GET",
                ONE + "/card.csv",
                self.csv,
                "The same as a table",
                (Answer(200, "One row a fact", CSV),),
                _FOUND + made,
                bearer="fit",
                query=PIECE,
            ),
            Endpoint(
                "DELETE",
                ONE,
                self.forget,
                "Delete a kept fit card, now",
                (Answer(204, "It is gone"),),
                ("fit_unknown", "fit_expired", "store_unavailable", "changed_meanwhile"),
                bearer="fit",
            ),
        ]


def _wanted(request: Request, kept: Kept) -> str:
    return request.query_params.get("piece", "") or kept.piece


def _with(record: Record, judged: Mapping[str, Any]) -> Record:
    return msgspec.structs.replace(record, fit=msgspec.convert(judged, dict[str, Fit]))


def _file(body: bytes, mime: str, name: str) -> Response:
    headers = {"Content-Disposition": f'attachment; filename="{name}"', "Cache-Control": "no-store"}
    return Response(body, headers=headers, media_type=mime)


def _drawn_json(found: Section) -> Drawn:
    def points(line: F64) -> list[tuple[float, float]]:
        return [(round(float(x), 2), round(float(y), 2)) for x, y in line]

    smallest, largest = found.doubt
    return Drawn(
        of=found.of,
        half_mm=found.half_mm,
        u95_mm=found.u95_mm,
        outline=points(found.outline),
        doubt=(points(smallest), points(largest)),
        inside=None if found.inside is None else points(found.inside),
        closed=found.closed,
        gaps=[SectionGap(gap.where, round(gap.mm, 2), round(gap.u95_mm, 2)) for gap in found.gaps],
    )
