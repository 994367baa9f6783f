"""A request on its way through the stages of `stages.py`: what is so with it, and each step with who, when and why."""

from __future__ import annotations

from sqlalchemy import select

from tryon.atelier import appointments, hooks
from tryon.atelier.stages import Standing, refusal
from tryon.atelier.store import Unit
from tryon.atelier.tables import File, Number, Parcel, Quality, Quote, Request, Revision, Staff, Step, Verdict
from tryon.atelier.trade import MAKING, Round, Stage
from tryon.atelier.who import need
from tryon.errors import AccessError, AtelierError
from tryon.types import Piece

ROUND_OF: dict[Stage, Round] = {"approval_one": "one", "approval_two": "two"}


def standing(unit: Unit, request: Request, piece: Piece | None) -> Standing:
    """What is so with a request, as its rows say; `piece` is the one she wishes, None when it left the catalogue."""
    rows, id = unit.rows, request.id
    quote = rows.scalar(select(Quote).where(Quote.request_id == id).order_by(Quote.number.desc()).limit(1))
    quality = rows.scalar(select(Quality).where(Quality.request_id == id).order_by(Quality.id.desc()).limit(1))
    numbered = rows.scalar(select(Number.number).where(Number.request_id == id)) is not None
    return Standing(
        consultant=request.consultant_id is not None,
        artisan=request.artisan_id is not None,
        price_agreed=quote is not None and quote.agreed_at is not None,
        deposit=request.deposit_at is not None,
        revision_one=_decision(unit, id, "one") in ("none", "soft"),
        revision_two=_decision(unit, id, "two") in ("none", "soft"),
        final_one=_decision(unit, id, "one") == "final",
        final_two=_decision(unit, id, "two") == "final",
        quality=quality is not None and quality.passed,
        numbered=numbered or (piece is not None and piece.edition_of == 0),
        parcel=(parcel := rows.get(Parcel, id)) is not None and complete(parcel),
        held_from=request.held_from,
    )


def move(
    unit: Unit, request: Request, there: Stage, piece: Piece | None, *, words: str = "", file: str | None = None
) -> Step:
    """The next step of a request that is held. Raises AccessError, AtelierError."""
    here = request.stage
    refused = refusal(standing(unit, request, piece), here, there, unit.who.role)
    if refused is not None:
        kind = AccessError if refused.reason == "role_wrong" else AtelierError
        raise kind(refused.reason, refused.detail)
    if file is not None:
        file_of(unit, request.id, file)
    if there == "on_hold":
        request.held_from = here
    elif here == "on_hold":
        request.held_from = None
    request.stage = there
    step = Step(
        id=unit.new_id(),
        request_id=request.id,
        from_stage=here,
        to_stage=there,
        at=unit.now,
        by_role=unit.who.role,
        by_id=unit.who.id,
        words=words,
        file_id=file,
    )
    unit.rows.add(step)
    unit.tell(f"stage.{there}", request.id, came_from=here)
    hooks.tell_of(unit, request, "request.changed", came_from=here)
    if there in ("declined", "cancelled"):
        appointments.call_off(unit, request.id)
    return step


def take_care(unit: Unit, request: Request, consultant: str) -> None:
    """Which consultant takes care of a request. Raises AccessError, AtelierError."""
    need(unit.who, "owner", "consultant")
    staff = unit.rows.get(Staff, consultant)
    if staff is None or staff.role not in ("owner", "consultant") or not staff.active:
        raise AtelierError("consultant_unknown", "There is no such consultant here.")
    request.consultant_id = consultant


def file_of(unit: Unit, request_id: str, id: str) -> File:
    """A file of this very request. Raises AtelierError."""
    file = unit.rows.get(File, id)
    if file is None or file.request_id != request_id:
        raise AtelierError("file_unknown", "There is no such file with this request.")
    return file


def past(stage: Stage, request: Request) -> bool:
    """Whether a request that is being made has reached a stage."""
    here = request.held_from or request.stage
    return here in MAKING and MAKING.index(here) >= MAKING.index(stage)


def complete(parcel: Parcel) -> bool:
    """Whether all that a parcel needs is there."""
    checked = parcel.box and parcel.care_card and parcel.papers and parcel.sealed
    return bool(checked and parcel.insured_minor > 0 and parcel.carrier and parcel.tracking)


def _decision(unit: Unit, id: str, round: Round) -> str:
    """What the client last said of the newest revision; `none`: nothing yet; `missing`: there is no revision."""
    of_round = (Revision.request_id == id) & (Revision.round == round)
    newest = unit.rows.scalar(select(Revision.id).where(of_round).order_by(Revision.number.desc()).limit(1))
    if newest is None:
        return "missing"
    last = unit.rows.scalar(
        select(Verdict.decision).where(Verdict.revision_id == newest).order_by(Verdict.at.desc(), Verdict.id.desc())
    )
    return last or "none"
