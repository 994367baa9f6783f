"""Offers to artisans: the best match is asked first, who declines passes it on, a person may decide otherwise."""

from __future__ import annotations

import datetime

from sqlalchemy import func, select

from tryon.atelier.pairing import Artisan, Match, matches, skills_asked
from tryon.atelier.store import Unit
from tryon.atelier.tables import Language, Offer, Request, Skill, Staff
from tryon.atelier.who import need
from tryon.errors import AtelierError
from tryon.types import Piece

OPEN = ("offered", "accepted")


def ranked(unit: Unit, request: Request, piece: Piece) -> list[Match]:
    """The artisans for a request, best first, with the reason; who declined it is left out."""
    declined = unit.rows.scalars(
        select(Offer.artisan_id).where(Offer.request_id == request.id, Offer.state == "declined")
    )
    skills = skills_asked(request.notes, request.materials, request.stones, *piece.stones, *piece.materials)
    return matches(_artisans(unit), skills=skills, language=request.language, declined=frozenset(declined))


def offer_best(unit: Unit, request: Request, piece: Piece) -> Offer | None:
    """Offer a request to the best match that has a place; None, and the house is told, when nobody has."""
    best = next((match for match in ranked(unit, request, piece) if not match.full), None)
    if best is None:
        unit.tell("request.unpaired", request.id)
        return None
    return _offer(unit, request, best.artisan, " ".join(best.because), by="", words="")


def offer(unit: Unit, request: Request, piece: Piece, artisan: str | None, words: str) -> Offer:
    """Offer a request to somebody a person chose, whatever pairing says; or to the best match.

    Raises AccessError, AtelierError.
    """
    need(unit.who, "owner", "consultant")
    if request.stage in ("declined", "cancelled", "delivered"):
        raise AtelierError("stage_wrong", f"This request is {request.stage}; it is offered to nobody.")
    if artisan is not None:
        staff = unit.rows.get(Staff, artisan)
        if staff is None or staff.role != "artisan" or not staff.active:
            raise AtelierError("artisan_unknown", "There is no such artisan here.")
    found = ranked(unit, request, piece)
    for open_ in unit.rows.scalars(select(Offer).where(Offer.request_id == request.id, Offer.state.in_(OPEN))):
        open_.state, open_.answered_at = "withdrawn", unit.now
    request.artisan_id = None
    unit.rows.flush()
    if artisan is None:
        best = offer_best(unit, request, piece)
        if best is None:
            raise AtelierError("nobody_free", "No artisan who has not declined has a place this month. Choose one.")
        return best
    match = next((match for match in found if match.artisan == artisan), None)
    because = " ".join(match.because) if match else "declined_before"
    return _offer(unit, request, artisan, because, by=unit.who.id, words=words)


def answer(unit: Unit, request: Request, piece: Piece, id: str, accepted: bool, words: str) -> Offer:
    """What the artisan says to an offer; declined, it goes to the next. Raises AccessError, AtelierError."""
    offer = unit.rows.get(Offer, id, with_for_update=True)
    if offer is None or offer.request_id != request.id:
        raise AtelierError("offer_unknown", "There is no such offer.")
    need(unit.who, "owner", "artisan")
    if unit.who.role == "artisan" and offer.artisan_id != unit.who.id:
        raise AtelierError("offer_unknown", "There is no such offer.")
    if offer.state != "offered":
        raise AtelierError("offer_answered", f"This offer is {offer.state} already. Nothing was changed.")
    offer.state = "accepted" if accepted else "declined"
    offer.answered_at, offer.words = unit.now, words
    unit.rows.flush()
    if accepted:
        request.artisan_id = offer.artisan_id
        unit.tell("request.paired", request.id, artisan=offer.artisan_id)
    else:
        offer_best(unit, request, piece)
    return offer


def offers_of(unit: Unit, request_id: str) -> list[Offer]:
    """All offers of a request, in order."""
    return list(unit.rows.scalars(select(Offer).where(Offer.request_id == request_id).order_by(Offer.id)))


def _offer(unit: Unit, request: Request, artisan: str, because: str, *, by: str, words: str) -> Offer:
    offer = Offer(
        id=unit.new_id(),
        request_id=request.id,
        artisan_id=artisan,
        state="offered",
        because=because[:500],
        by_id=by,
        words=words,
        made_at=unit.now,
    )
    unit.rows.add(offer)
    unit.tell("offer.made", request.id, artisan=artisan)
    return offer


def _artisans(unit: Unit) -> list[Artisan]:
    """All active artisans with what they can do and how many more they can begin this month."""
    month = datetime.datetime(unit.now.year, unit.now.month, 1, tzinfo=datetime.UTC)
    this_month = select(Offer.artisan_id, func.count()).where(Offer.state.in_(OPEN), Offer.made_at >= month)
    taken = dict(unit.rows.execute(this_month.group_by(Offer.artisan_id)).all())
    skills: dict[str, set[str]] = {}
    for staff_id, skill in unit.rows.execute(select(Skill.staff_id, Skill.skill)):
        skills.setdefault(staff_id, set()).add(skill)
    languages: dict[str, set[str]] = {}
    for staff_id, language in unit.rows.execute(select(Language.staff_id, Language.language)):
        languages.setdefault(staff_id, set()).add(language)
    return [
        Artisan(
            staff.id,
            frozenset(skills.get(staff.id, ())),
            frozenset(languages.get(staff.id, ())),
            staff.capacity_month - taken.get(staff.id, 0),
        )
        for staff in unit.rows.scalars(select(Staff).where(Staff.role == "artisan", Staff.active))
    ]
