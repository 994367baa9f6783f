"""Reads the rows of a request into what is told of it (`told.py`), as far as whoever asks may see."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, select

from tryon.atelier import agree, appointments, asked, dates, pricing, stages, told
from tryon.atelier.pairs import offers_of
from tryon.atelier.progress import complete, standing
from tryon.atelier.requests import lead_weeks
from tryon.atelier.store import Unit
from tryon.atelier.tables import (
    Certificate,
    Comment,
    File,
    Number,
    Offer,
    Parcel,
    Provenance,
    Quality,
    QualityCheck,
    Quote,
    QuoteLine,
    Request,
    Revision,
    RevisionFile,
    Shop,
    Staff,
    Step,
    Table,
    Tried,
    Verdict,
)
from tryon.atelier.trade import Round
from tryon.types import Piece

ROUNDS: tuple[Round, ...] = ("one", "two")
T = TypeVar("T", bound=Table)


def request_told(unit: Unit, request: Request, pieces: Mapping[str, Piece]) -> told.RequestTold:
    """All of a request that whoever acts may see."""
    id = request.id
    names = dict(unit.rows.execute(select(Staff.id, Staff.name)).all())
    tried = _all(unit, Tried, Tried.request_id == id, order=Tried.position)
    wished = next((row.piece_id for row in tried if row.wished), "")
    piece = pieces.get(wished)
    open_ = sees_her(unit, request)
    weeks = request.lead_weeks or (lead_weeks(piece, request.tier) if piece else 0)
    public = unit.rows.scalar(select(Provenance).where(Provenance.request_id == id, Provenance.visible))
    number = unit.rows.scalar(select(Number.number).where(Number.request_id == id))
    files = _all(unit, File, File.request_id == id, order=File.id)
    ways = [
        there
        for there in stages.next_stages(request.stage)
        if unit.who.role in stages.TRANSITIONS[request.stage, there].actors
        and (request.stage != "on_hold" or there in (request.held_from, "cancelled"))
    ]
    so = standing(unit, request, piece)
    quotes = [] if unit.who.role == "artisan" else _all(unit, Quote, Quote.request_id == id, order=Quote.number)
    prices = [_price(unit, quote) for quote in quotes]
    return told.RequestTold(
        request=id,
        version=request.version,
        stage=request.stage,
        held_from=request.held_from,
        next=ways,
        needs={there: lacking for there in ways if (lacking := stages.needs(so, request.stage, there))},
        made_at=request.made_at,
        submitted_at=request.submitted_at,
        wish=_wish(unit, request, tried, wished, open_),
        possible=possible_told(dates.possible(unit.today, request.event_date, weeks, unit.closed), weeks),
        dues=dict(dates.dues(request.event_date, weeks, unit.closed)),
        consultant=names.get(request.consultant_id or "", ""),
        artisan=names.get(request.artisan_id or "", ""),
        steps=[
            told.StepTold(
                row.from_stage, row.to_stage, row.at, row.by_role, names.get(row.by_id, ""), row.words, row.file_id
            )
            for row in _all(unit, Step, Step.request_id == id, order=Step.id)
        ],
        files=[file_told(file) for file in files if open_ or file.kind != "snapshot"],
        price=prices[-1] if prices else None,
        prices=prices if unit.who.role in stages.HOUSE else [],
        deposit_at=request.deposit_at,
        rounds=[_round(unit, id, round, names) for round in ROUNDS],
        edition=None if number is None or piece is None else told.NumberTold(number, piece.edition_of),
        quality=_quality(unit, id, names),
        certificates=[
            told.CertificateTold(row.material, row.source, row.issuer, row.paper, row.file_id)
            for row in _all(unit, Certificate, Certificate.request_id == id, order=Certificate.id)
        ],
        parcel=_parcel(unit, id),
        provenance="" if public is None else public.public_id,
        offers=[] if unit.who.role == "client" else [_offer(row, names) for row in _offers(unit, id)],
        erased_at=request.erased_at,
        shop="" if request.shop_id is None else unit.rows.get_one(Shop, request.shop_id).name,
        sandbox=request.sandbox,
        appointments=appointments.told_of(unit, id),
    )


def sees_her(unit: Unit, request: Request) -> bool:
    """Whether who acts may see her measures and pictures: an artisan, only if she agreed to that."""
    return unit.who.role != "artisan" or "artisan" in (request.consent or {}).get("purposes", ())


def possible_told(answer: dates.Possible, weeks: int) -> told.PossibleTold:
    """An answer as JSON says it."""
    return told.PossibleTold(answer.answer, weeks, answer.ready_on, answer.begin_by, answer.slack_days)


def tiers_told(piece: Piece, today: datetime.date, event: datetime.date | None, closed: dates.Closed) -> told.TiersTold:
    """What is possible by a date, in every tier of a piece."""
    weeks = {tier: lead_weeks(piece, tier) for tier in piece.tiers}
    answers = {tier: possible_told(dates.possible(today, event, lead, closed), lead) for tier, lead in weeks.items()}
    return told.TiersTold(piece.id, answers)


def file_told(file: File) -> told.FileTold:
    """A file without its bytes."""
    return told.FileTold(file.id, file.kind, file.mime, file.size, file.sha256, file.made_at, file.by_role)


def _all(unit: Unit, table: type[T], where: ColumnElement[bool], *, order: Any) -> list[T]:
    return list(unit.rows.scalars(select(table).where(where).order_by(order)))


def _wish(unit: Unit, request: Request, tried: list[Tried], wished: str, open_: bool) -> asked.Wish:
    contact = unit.who.role != "artisan"
    return asked.Wish(
        pieces=[row.piece_id for row in tried],
        wished=wished,
        measured=request.measured if open_ else None,
        event_date=request.event_date,
        hairstyle=request.hairstyle,
        veil=request.veil,
        tier=request.tier,
        materials=request.materials,
        stones=request.stones,
        notes=request.notes,
        language=request.language,
        name=request.name,
        email=request.email if contact else "",
        phone=request.phone if contact else "",
    )


def _price(unit: Unit, quote: Quote) -> told.PriceTold:
    rows = _all(unit, QuoteLine, QuoteLine.quote_id == quote.id, order=QuoteLine.position)
    lines = [pricing.Line(row.driver, row.words, row.minor) for row in rows]
    return told.PriceTold(
        quote.number,
        quote.currency,
        pricing.total(lines),
        quote.deposit_minor,
        [told.PriceLineTold(line.driver, line.words, line.minor) for line in lines],
        {driver: round(share, 4) for driver, share in pricing.shares(lines).items()},
        quote.made_at,
        quote.agreed_at,
    )


def _round(unit: Unit, id: str, round: Round, names: Mapping[str, str]) -> told.RoundTold:
    revisions, final = [], False
    of_round = (Revision.request_id == id) & (Revision.round == round)
    for row in _all(unit, Revision, of_round, order=Revision.number):
        decisions = _all(unit, Verdict, Verdict.revision_id == row.id, order=Verdict.id)
        final = final or any(decision.decision == "final" for decision in decisions)
        files = _all(unit, RevisionFile, RevisionFile.revision_id == row.id, order=RevisionFile.position)
        comments = _all(unit, Comment, Comment.revision_id == row.id, order=Comment.id)
        revisions.append(
            told.RevisionTold(
                row.number,
                row.words,
                row.fit,
                [file.file_id for file in files],
                row.sha256,
                row.made_at,
                row.number <= agree.REVISIONS_INCLUDED,
                [told.DecisionTold(said.decision, said.sha256, said.words, said.at) for said in decisions],
                [
                    told.CommentTold(
                        said.words, said.file_id, said.x, said.y, said.at, said.by_role, names.get(said.by_id, "")
                    )
                    for said in comments
                ],
            )
        )
    return told.RoundTold(round, final, agree.REVISIONS_INCLUDED, revisions)


def _quality(unit: Unit, id: str, names: Mapping[str, str]) -> told.QualityTold | None:
    report = unit.rows.scalar(select(Quality).where(Quality.request_id == id).order_by(Quality.id.desc()).limit(1))
    if report is None:
        return None
    checks = _all(unit, QualityCheck, QualityCheck.quality_id == report.id, order=QualityCheck.check)
    return told.QualityTold(
        report.passed,
        report.weight_mg,
        report.weight_declared_mg,
        report.hallmark,
        report.finish,
        {row.check: row.outcome for row in checks},
        report.at,
        names.get(report.by_id, ""),
    )


def _parcel(unit: Unit, id: str) -> told.ParcelTold | None:
    row = unit.rows.get(Parcel, id)
    if row is None:
        return None
    return told.ParcelTold(
        complete(row),
        row.box,
        row.care_card,
        row.papers,
        row.sealed,
        row.insured_minor,
        row.currency,
        row.carrier,
        row.tracking,
        row.from_date,
        row.to_date,
    )


def _offers(unit: Unit, id: str) -> list[Offer]:
    """All of them; an artisan sees her own."""
    return [row for row in offers_of(unit, id) if unit.who.role != "artisan" or row.artisan_id == unit.who.id]


def _offer(row: Offer, names: Mapping[str, str]) -> told.OfferTold:
    return told.OfferTold(
        row.id,
        row.artisan_id,
        names.get(row.artisan_id, ""),
        row.state,
        row.because.split(),
        row.words,
        row.made_at,
    )
