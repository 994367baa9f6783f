"""The client's side of the atelier: what is possible, her request from draft to delivery; provenance for anybody."""

from __future__ import annotations

import asyncio
import datetime
from collections.abc import Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import agree, asked, attach, erase, finish, papers, progress, requests, told, views
from tryon.atelier.store import Unit
from tryon.atelier.tables import Request as Row
from tryon.atelier.who import Who
from tryon.errors import AtelierError, ConsentError, InputError
from tryon.server.bodies import header, json_reply, read_json, seen_version
from tryon.server.consent import ConsentText, language_of
from tryon.server.counter import JSON_BYTES_MAX, Counter, file_reply, round_of
from tryon.server.pace import DRAFTS, Pace
from tryon.server.policy import PolicyTold, policy_of
from tryon.server.shops import Doorman

NOBODY = Who("client")
PDF = "application/pdf"


class Commissions:
    """Handlers; their addresses are in `tryon.server.client_table`."""

    def __init__(
        self,
        counter: Counter,
        doorman: Doorman,
        texts: Mapping[str, ConsentText],
        policies: Mapping[str, PolicyTold],
        pace: Pace,
    ) -> None:
        self._counter, self._doorman, self._pace = counter, doorman, pace
        self._texts = texts
        self._policies = policies

    async def possible(self, request: Request) -> Response:
        """What is possible by a date, in every tier of a piece."""
        piece = self._counter.pieces.get(request.path_params["id"])
        if piece is None:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        said = request.query_params.get("event_date", "")
        try:
            event = datetime.date.fromisoformat(said) if said else None
        except ValueError as err:
            raise InputError("date_wrong", "event_date is a day, such as 2027-05-29.") from err
        today = self._counter.store.clock().date()
        return json_reply(views.tiers_told(piece, today, event, self._counter.store.closed))

    async def words(self, request: Request) -> Response:
        """The words she agrees to when she sends her request."""
        language = language_of(header(request, "accept-language"), self._texts)
        return json_reply(self._texts[language], headers={"Vary": "Accept-Language", "Content-Language": language})

    async def policy(self, request: Request) -> Response:
        """Repairs and returns."""
        told = policy_of(header(request, "accept-language"), self._policies)
        return json_reply(told, headers={"Vary": "Accept-Language", "Content-Language": told.language})

    async def begin(self, request: Request) -> Response:
        """A new draft, as much as is said already; on a shop's page it is the shop's, too."""
        self._pace.place(request, "request", DRAFTS)
        shop = await self._doorman.shop(request)
        wish = await read_json(request, asked.Wish, most=JSON_BYTES_MAX)
        of, sandbox = (None, False) if shop is None else (shop.shop_id, shop.sandbox)

        def work(unit: Unit) -> told.Begun:
            row, key = requests.begin(unit, wish, self._counter.pieces, shop=of, sandbox=sandbox)
            return told.Begun(row.id, key)

        begun = await asyncio.to_thread(self._counter.store.change, NOBODY, "request.begin", work)
        return json_reply(begun, status=201, headers={"Location": f"/v1/requests/{begun.request}", "ETag": '"1"'})

    async def take_over(self, request: Request) -> Response:
        """A key for this device, from a hand-over link."""
        said = await read_json(request, asked.LinkUsed, most=JSON_BYTES_MAX)

        def work(unit: Unit) -> told.Begun:
            return told.Begun(*requests.take_over(unit, said.token))

        return json_reply(
            await asyncio.to_thread(self._counter.store.change, NOBODY, "request.take_over", work), status=201
        )

    async def told(self, request: Request) -> Response:
        """Her request, and where it stands."""
        return await self._counter.told(request, await self._counter.client(request))

    async def save(self, request: Request) -> Response:
        """What she wishes, said anew."""
        who = await self._counter.client(request)
        pieces = self._counter.pieces
        return await self._counter.change(
            request,
            who,
            "request.save",
            asked.Wish,
            lambda unit, row, wish: requests.save(unit, row, wish, pieces),
            versioned=True,
        )

    async def discard(self, request: Request) -> Response:
        """Throw a draft away; nothing of it is kept."""
        who = await self._counter.client(request)
        version = seen_version(request, needed=True)

        def work(unit: Unit) -> list[str]:
            return requests.discard(unit, requests.held(unit, who.id, version))

        def discard() -> None:
            for key in self._counter.store.change(who, "request.discard", work):
                self._counter.files.forget(key)

        await asyncio.to_thread(discard)
        return Response(status_code=204)

    async def submit(self, request: Request) -> Response:
        """Send a draft to the atelier."""
        who = await self._counter.client(request)
        pieces = self._counter.pieces

        def work(unit: Unit, row: Row, said: asked.Sent) -> None:
            requests.submit(unit, row, self._consent(said.consent), pieces)

        return await self._counter.change(request, who, "request.submit", asked.Sent, work, versioned=True)

    async def link(self, request: Request) -> Response:
        """A link to go on with this request on another device."""
        who = await self._counter.client(request)
        store = self._counter.store
        token = await asyncio.to_thread(
            store.change, who, "request.link", lambda unit: requests.hand_over(unit, requests.held(unit, who.id))
        )
        return json_reply(told.LinkMade(token, requests.HAND_OVER_DAYS), status=201)

    async def mail_link(self, request: Request) -> Response:
        """Such a link to the address she gave."""
        who = await self._counter.client(request)
        store = self._counter.store
        await asyncio.to_thread(
            store.change,
            who,
            "request.mail_link",
            lambda unit: requests.mail_link(unit, requests.reach(unit, who.id)),
        )
        return Response(status_code=202)

    async def upload(self, request: Request) -> Response:
        """A picture with her request."""
        return await self._counter.upload(request, await self._counter.client(request), "snapshot")

    async def download(self, request: Request) -> Response:
        """A file of her request."""
        return await self._counter.download(request, await self._counter.client(request))

    async def drop(self, request: Request) -> Response:
        """Take a picture away from a draft."""
        who = await self._counter.client(request)
        counter, file = self._counter, request.path_params["file"]
        await asyncio.to_thread(attach.drop, counter.store, counter.files, who, who.id, file)
        return Response(status_code=204)

    async def paper(self, request: Request) -> Response:
        """A paper of the finished piece."""
        who, name = await self._counter.client(request), request.path_params["name"]
        paper = next((paper for paper in papers.PAPERS if paper == name), None)
        if paper is None:
            raise AtelierError("paper_unknown", f"There is no such paper; there are: {', '.join(papers.PAPERS)}.")
        house = self._counter.address_for(str(request.base_url))

        def write() -> bytes:
            record, language, page = self._counter.store.look(lambda unit: finish.finished(unit, who.id), who)
            today = self._counter.store.clock().date()
            return papers.write(paper, record, f"{house}/p/{page}" if page else "", language=language, made_on=today)

        headers = {"Content-Disposition": f"attachment; filename={paper}.pdf", "Cache-Control": "private, no-cache"}
        return Response(await asyncio.to_thread(write), headers=headers, media_type=PDF)

    async def agree_price(self, request: Request) -> Response:
        """She agrees to the price."""
        return await self._counter.change(
            request,
            await self._counter.client(request),
            "price.agree",
            asked.PriceAgreed,
            lambda unit, row, said: agree.agree_price(unit, row, said.number),
        )

    async def decide(self, request: Request) -> Response:
        """Her word on a revision."""
        who, round = await self._counter.client(request), round_of(request)
        return await self._counter.change(
            request,
            who,
            f"approval.{round}.decide",
            asked.Decided,
            lambda unit, row, said: agree.decide(unit, row, round, said),
        )

    async def comment(self, request: Request) -> Response:
        """Words on a revision."""
        return await self._counter.comment(request, await self._counter.client(request))

    async def cancel(self, request: Request) -> Response:
        """She takes her request back, as long as nothing was cast."""
        return await self._counter.change(
            request,
            await self._counter.client(request),
            "request.cancel",
            asked.Cancelled,
            lambda unit, row, said: progress.move(
                unit, row, "cancelled", None, words=asked.plain(said.words, lines=True)
            ),
        )

    async def erasure(self, request: Request) -> Response:
        """What an erasure would do."""
        who = await self._counter.client(request)
        return json_reply(_told(await self._counter.look(who, lambda unit: erase.plan(unit, who.id))))

    async def erase(self, request: Request) -> Response:
        """She has all that is hers erased."""
        who, counter = await self._counter.client(request), self._counter
        version = seen_version(request, needed=True)
        await read_json(request, asked.Nothing, most=JSON_BYTES_MAX)
        done = await asyncio.to_thread(erase.erase, counter.store, counter.files, who, who.id, version)
        return json_reply(_told(done))

    async def provenance(self, request: Request) -> Response:
        """Where a finished piece comes from."""
        row = await self._counter.look(NOBODY, lambda unit: _provenance(unit, request.path_params["id"]))
        return json_reply(row, headers={"Cache-Control": "no-cache"})

    async def provenance_file(self, request: Request) -> Response:
        """A picture from the bench of that piece."""
        id = request.path_params["file"]
        file = await self._counter.look(NOBODY, lambda unit: finish.shown_file(unit, request.path_params["id"], id))
        return file_reply(request, file, await asyncio.to_thread(self._counter.files.get, file.key))

    def _consent(self, said: asked.Agreed) -> dict[str, object]:
        text = self._texts.get(said.language)
        if text is None:
            raise InputError("consent_language_unknown", f"The words are known in {', '.join(sorted(self._texts))}.")
        if said.version != text.version:
            raise ConsentError(
                "consent_outdated", "The words have changed since they were shown. Please read them again."
            )
        if "atelier" not in said.purposes:
            raise ConsentError("consent_missing", "The atelier can take a request only if it may read it.")
        return {**msgspec.to_builtins(said), "purposes": sorted(set(said.purposes)), "text_sha256": text.sha256}


def _told(plan: erase.Plan) -> told.ErasureTold:
    return told.ErasureTold(plan.possible, plan.pictures, list(plan.kept))


def _provenance(unit: Unit, id: str) -> told.ProvenanceTold:
    row = finish.provenance(unit, id)
    return told.ProvenanceTold(row.public_id, row.at, dict(row.record or {}))
