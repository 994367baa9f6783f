"""The staff's side of the atelier: lists, pairing, stages, prices, revisions, and the finished piece."""

from __future__ import annotations

import asyncio
import contextlib
from functools import partial

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tryon.atelier import agree, asked, attach, finish, lists, packet, pairs, progress, requests, told, views
from tryon.atelier.files import KINDS, check
from tryon.atelier.packet import Packet
from tryon.atelier.store import Unit
from tryon.atelier.tables import Request as Row
from tryon.atelier.trade import STAGES, FileKind
from tryon.errors import AtelierError, InputError
from tryon.fitcard.content import fit_card
from tryon.fitcard.pages import pages
from tryon.fitcard.record import Record
from tryon.fitcard.table import measures_table
from tryon.server.bodies import json_reply, read_json
from tryon.server.counter import JSON_BYTES_MAX, Counter, check_design, round_of
from tryon.server.drawings import Drawings
from tryon.server.endpoints import ZIP


class Desk:
    """Handlers; their addresses are in `tryon.server.staff_table`."""

    def __init__(self, counter: Counter, drawings: Drawings) -> None:
        self._counter = counter
        self._drawings = drawings

    async def list(self, request: Request) -> Response:
        """A page of requests."""
        who, query = await self._counter.staff(request), request.query_params
        stages = query.getlist("stage")
        if unknown := sorted(set(stages) - set(STAGES)):
            raise InputError("stage_unknown", f"There is no stage {unknown[0]!r}; there are: {', '.join(STAGES)}.")
        rows = await self._counter.look(
            who,
            lambda unit: lists.rows_told(
                unit,
                stage=stages,
                staff=[asked.plain(id)[:36] for id in query.getlist("staff")],
                shop=[asked.plain(id)[:36] for id in query.getlist("shop")],
                words=asked.plain(query.get("words", ""))[:120],
                after=asked.plain(query.get("after", ""))[:36],
            ),
        )
        return json_reply(rows)

    async def staff(self, request: Request) -> Response:
        """Everybody of the atelier."""
        return json_reply(await self._counter.look(await self._counter.staff(request), lists.staff_told))

    async def told(self, request: Request) -> Response:
        """One request, whole."""
        return await self._counter.told(request, await self._counter.staff(request))

    async def history(self, request: Request) -> Response:
        """What was done with it."""
        who, before = await self._counter.staff(request), request.query_params.get("before", "")
        number = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0

        def read(unit: Unit) -> told.History:
            return lists.history_told(unit, requests.reach(unit, request.path_params["id"]), before=number)

        return json_reply(await self._counter.look(who, read))

    async def matches(self, request: Request) -> Response:
        """Which artisans suit it, and why."""
        who = await self._counter.staff(request)

        def read(unit: Unit) -> told.Matches:
            row = requests.reach(unit, request.path_params["id"])
            return lists.matches_told(unit, pairs.ranked(unit, row, self._counter.piece_of(unit, row)))

        return json_reply(await self._counter.look(who, read))

    async def offer(self, request: Request) -> Response:
        """Offer it to an artisan: the best match, or whom a person chose."""

        def work(unit: Unit, row: Row, said: asked.Paired) -> None:
            pairs.offer(unit, row, self._counter.piece_of(unit, row), said.artisan, asked.plain(said.words))

        return await self._counter.change(
            request, await self._counter.staff(request), "offer.make", asked.Paired, work, status=201
        )

    async def answer(self, request: Request) -> Response:
        """What the artisan says to an offer."""
        offer = request.path_params["offer"]

        def work(unit: Unit, row: Row, said: asked.Answer) -> None:
            piece = self._counter.piece_of(unit, row)
            pairs.answer(unit, row, piece, offer, said.accepted, asked.plain(said.words))

        who = await self._counter.staff(request)
        return await self._counter.change(request, who, f"offer.answer.{offer[:36]}", asked.Answer, work)

    async def caretaker(self, request: Request) -> Response:
        """Which consultant takes care of it."""
        return await self._counter.change(
            request,
            await self._counter.staff(request),
            "consultant.set",
            asked.Caretaker,
            lambda unit, row, said: progress.take_care(unit, row, said.consultant),
        )

    async def step(self, request: Request) -> Response:
        """To another stage."""

        def work(unit: Unit, row: Row, said: asked.Next) -> None:
            piece = self._counter.pieces.get(requests.wished(unit, row.id))
            words = asked.plain(said.words, lines=True)
            progress.move(unit, row, said.stage, piece, words=words, file=said.file)

        who = await self._counter.staff(request)
        return await self._counter.change(request, who, "stage.set", asked.Next, work, versioned=True)

    async def price(self, request: Request) -> Response:
        """A price and what drives it."""
        who = await self._counter.staff(request)
        return await self._counter.change(request, who, "price.make", asked.Priced, agree.quote, status=201)

    async def deposit(self, request: Request) -> Response:
        """The deposit came in."""
        return await self._counter.change(
            request,
            await self._counter.staff(request),
            "deposit.receive",
            asked.Nothing,
            lambda unit, row, said: agree.receive_deposit(unit, row),
        )

    async def show(self, request: Request) -> Response:
        """A new revision."""
        who, round = await self._counter.staff(request), round_of(request)
        return await self._counter.change(
            request,
            who,
            f"approval.{round}.show",
            asked.Shown,
            lambda unit, row, said: agree.show(unit, row, round, said),
            status=201,
        )

    async def draw(self, request: Request) -> Response:
        """A design drawn on its client, kept as a picture that a revision can show."""
        who, counter, id = await self._counter.staff(request), self._counter, request.path_params["id"]
        said = await read_json(request, asked.Draw, most=JSON_BYTES_MAX)
        await counter.look(who, lambda unit: attach.may_keep(unit, id, "render"))
        sitter = await asyncio.to_thread(attach.sitter, counter.store, counter.files, who, id, said)
        piece = counter.pieces.get(sitter.piece)
        if piece is None:
            raise AtelierError("piece_gone", "The piece of this request is no longer in the catalogue.")
        drawn = await self._drawings.draw(
            piece, sitter.glb, sitter.picture, declared=said.sizes, measured=sitter.measured
        )

        def keep() -> told.DrawnTold:
            incoming = check("render", drawn.png, check_design=check_design)
            return told.DrawnTold(
                views.file_told(attach.keep(counter.store, counter.files, who, id, incoming)), drawn.fit
            )

        return json_reply(await asyncio.to_thread(keep), status=201)

    async def comment(self, request: Request) -> Response:
        """Words on a revision."""
        return await self._counter.comment(request, await self._counter.staff(request))

    async def upload(self, request: Request) -> Response:
        """A file with a request."""
        who, kind = await self._counter.staff(request), request.query_params.get("kind", "")
        return await self._counter.upload(request, who, _kind(kind))

    async def download(self, request: Request) -> Response:
        """A file of a request."""
        return await self._counter.download(request, await self._counter.staff(request))

    async def packet(self, request: Request) -> Response:
        """The job packet, as it is read."""
        who, id, counter = await self._counter.staff(request), request.path_params["id"], self._counter
        work = partial(packet.take, request_id=id, pieces=counter.pieces)
        taken = await asyncio.to_thread(counter.store.change, who, "packet.take", work)
        made = await asyncio.to_thread(self._fit, taken)
        headers = {
            "Content-Disposition": f'attachment; filename="packet-{taken.request}.zip"',
            "Cache-Control": "no-store",
        }
        return StreamingResponse(packet.write(taken, counter.files, made), headers=headers, media_type=ZIP)

    def _fit(self, taken: Packet) -> dict[str, bytes]:
        """Fit card and table of her measures, as far as they can be told."""
        try:
            record = msgspec.convert(taken.measured, Record)
        except msgspec.ValidationError:
            return {}  # none, or in words of another version: they are in measures.json as they came
        made = {"measures.csv": measures_table(record).encode()}
        piece = self._counter.pieces.get(taken.piece)
        if piece is not None and piece.id in record.fit:
            today = self._counter.store.clock().date()
            with contextlib.suppress(InputError):  # judged in a size that it is no longer made in
                made["fit-card.pdf"] = pages(fit_card(record, piece, today, taken.request))
        return made

    async def number(self, request: Request) -> Response:
        """Its number of the edition."""

        def work(unit: Unit, row: Row, said: asked.Nothing) -> None:
            finish.give_number(unit, row, self._counter.piece_of(unit, row))

        who = await self._counter.staff(request)
        return await self._counter.change(request, who, "number.give", asked.Nothing, work)

    async def void(self, request: Request) -> Response:
        """Its number will never be a piece."""
        return await self._counter.change(
            request,
            await self._counter.staff(request),
            "number.void",
            asked.Nothing,
            lambda unit, row, said: finish.void_number(unit, row),
        )

    async def quality(self, request: Request) -> Response:
        """A report of quality control."""

        def work(unit: Unit, row: Row, said: asked.Controlled) -> None:
            finish.control(unit, row, self._counter.piece_of(unit, row), said)

        who = await self._counter.staff(request)
        return await self._counter.change(request, who, "quality.report", asked.Controlled, work, status=201)

    async def certificate(self, request: Request) -> Response:
        """A metal or stone and its paper."""
        who = await self._counter.staff(request)
        return await self._counter.change(request, who, "certificate.add", asked.Certified, finish.certify, status=201)

    async def parcel(self, request: Request) -> Response:
        """The packing list."""
        who = await self._counter.staff(request)
        return await self._counter.change(request, who, "parcel.pack", asked.Packed, finish.pack)

    async def publish(self, request: Request) -> Response:
        """The provenance page."""

        def work(unit: Unit, row: Row, said: asked.Published) -> None:
            finish.publish(unit, row, self._counter.piece_of(unit, row), said)

        who = await self._counter.staff(request)
        return await self._counter.change(request, who, "provenance.publish", asked.Published, work)


def _kind(said: str) -> FileKind:
    """The kind of a file. Raises InputError."""
    for kind in KINDS:
        if kind == said and kind != "snapshot":
            return kind
    kinds = ", ".join(kind for kind in KINDS if kind != "snapshot")
    raise InputError("kind_unknown", f"Say ?kind= what it is: {kinds}.")
