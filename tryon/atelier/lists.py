"""Lists for the staff: requests a page at a time, the people, and who suits a request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sqlalchemy import select

from tryon.atelier import dates, stages, told
from tryon.atelier.pairing import Match
from tryon.atelier.store import Unit
from tryon.atelier.tables import AuditLine, Language, Offer, Request, Shop, Skill, Staff, Tried

PAGE = 50
HISTORY_PAGE = 100


def rows_told(
    unit: Unit,
    *,
    stage: Sequence[str] = (),
    staff: Sequence[str] = (),
    shop: Sequence[str] = (),
    words: str = "",
    after: str = "",
) -> told.Rows:
    """A page of the requests that whoever acts may see, newest first; drafts are their clients' own. `shop`: ids."""
    mine = select(Offer.request_id).where(Offer.artisan_id == unit.who.id, Offer.state == "offered")
    asks = select(Request).where(Request.stage != "draft").order_by(Request.id.desc()).limit(PAGE + 1)
    if unit.who.role == "artisan":
        asks = asks.where((Request.artisan_id == unit.who.id) | Request.id.in_(mine))
    if stage:
        asks = asks.where(Request.stage.in_(stage))
    if staff:
        asks = asks.where(Request.artisan_id.in_(staff) | Request.consultant_id.in_(staff))
    if shop:
        asks = asks.where(Request.shop_id.in_(shop))
    if words:
        asks = asks.where(Request.name.icontains(words, autoescape=True))
    if after:
        asks = asks.where(Request.id < after)
    found = list(unit.rows.scalars(asks))
    ids = [request.id for request in found]
    wished = dict(
        unit.rows.execute(select(Tried.request_id, Tried.piece_id).where(Tried.request_id.in_(ids), Tried.wished)).all()
    )
    names = dict(unit.rows.execute(select(Staff.id, Staff.name)).all())
    names |= dict(unit.rows.execute(select(Shop.id, Shop.name)).all())
    offered = set(unit.rows.scalars(mine))
    rows = [_row(unit, request, wished.get(request.id, ""), names, offered) for request in found[:PAGE]]
    return told.Rows(rows, rows[-1].request if len(found) > PAGE else "")


def staff_told(unit: Unit) -> told.AllStaff:
    """Everybody of the atelier, without their addresses."""
    skills = list(unit.rows.execute(select(Skill.staff_id, Skill.skill).order_by(Skill.skill)))
    languages = list(unit.rows.execute(select(Language.staff_id, Language.language)))
    return told.AllStaff(
        [
            told.StaffTold(
                row.id,
                row.role,
                row.name,
                [skill for id, skill in skills if id == row.id],
                sorted(language for id, language in languages if id == row.id),
                row.capacity_month,
                row.active,
            )
            for row in unit.rows.scalars(select(Staff).order_by(Staff.name, Staff.id))
        ]
    )


def matches_told(unit: Unit, found: Sequence[Match]) -> told.Matches:
    """Which artisans suit a request, by name."""
    names = dict(unit.rows.execute(select(Staff.id, Staff.name)).all())
    return told.Matches(
        [
            told.MatchTold(match.artisan, names[match.artisan], match.points, list(match.because), match.full)
            for match in found
        ]
    )


def history_told(unit: Unit, request: Request, *, before: int = 0) -> told.History:
    """What was done with a request, newest first, as the audit trail has it; `before`: only lines of lower number."""
    asks = select(AuditLine).where(AuditLine.about == request.id)
    if before:
        asks = asks.where(AuditLine.number < before)
    found = list(unit.rows.scalars(asks.order_by(AuditLine.number.desc()).limit(HISTORY_PAGE + 1)))
    names = dict(unit.rows.execute(select(Staff.id, Staff.name)).all())
    shown = found[:HISTORY_PAGE]
    deeds = [
        told.DeedTold(line.number, line.at, line.by_role, names.get(line.by_id, ""), line.action) for line in shown
    ]
    return told.History(deeds, shown[-1].number if len(found) > HISTORY_PAGE else 0)


def _row(unit: Unit, request: Request, wished: str, names: Mapping[str, str], offered: set[str]) -> told.Row:
    due = dates.dues(request.event_date, request.lead_weeks, unit.closed).get(request.held_from or request.stage)
    return told.Row(
        request=request.id,
        version=request.version,
        stage=request.stage,
        name=request.name,
        wished=wished,
        tier=request.tier or "",
        event_date=request.event_date,
        due=due,
        late=due is not None and due < unit.today and request.stage not in stages.END,
        consultant=names.get(request.consultant_id or "", ""),
        artisan=names.get(request.artisan_id or "", ""),
        offered_to_me=request.id in offered,
        submitted_at=request.submitted_at,
        erased=request.erased_at is not None,
        shop=names.get(request.shop_id or "", ""),
        sandbox=request.sandbox,
    )
