"""Erasure: all that is hers goes out of a request; what the house must be able to answer for stays, without her.

What stays is `KEPT`, named to her before she says yes: it holds no name, address, picture, measure or word of hers. The
audit trail was never anything but digests. Rows go first, as one unit; bytes after, each by its own row, which goes
last, and so do her sessions at the mirror: a server that is killed between them finishes when it starts again
(`finish`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import delete, func, select, update

from tryon.atelier import asked, hooks, meetings
from tryon.atelier.files import Files
from tryon.atelier.requests import discard, held, reach
from tryon.atelier.stages import END
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import (
    Answered,
    Appointment,
    AppointmentWish,
    Certificate,
    Comment,
    File,
    Link,
    Meeting,
    Number,
    Offer,
    Outbox,
    Parcel,
    Provenance,
    Quality,
    Quote,
    QuoteLine,
    Request,
    Revision,
    RevisionFile,
    Step,
    Tried,
    Verdict,
)
from tryon.atelier.trade import FileKind, Stage
from tryon.atelier.who import HOUSE, Who, need
from tryon.errors import AtelierError

Kept = Literal["price", "number", "approvals", "quality", "provenance", "steps", "consent", "trail"]
"""What may stay: the price that was agreed; the edition's number; that and when she approved which digest; quality
report and papers of the piece; its public page; stages with their days; what she agreed to and when; the trail."""
KEPT: tuple[Kept, ...] = get_args(Kept)
HERS: frozenset[FileKind] = frozenset({"snapshot", "design", "render", "proof"})
"Kinds of files that show her or are cut to her measures; what stays is of the piece: from the bench, and its papers."
OPEN: frozenset[Stage] = END.union(("draft", "enquiry", "consultation"))
"Where a request can be erased: before anything was ordered, or when all is over."


@dataclass(frozen=True, slots=True)
class Plan:
    """What an erasure would do."""

    request: str
    stage: Stage
    possible: bool
    "Not while a piece is being made: first it is cancelled or delivered."
    pictures: int
    "Files that would go."
    kept: tuple[Kept, ...]


def plan(unit: Unit, id: str) -> Plan:
    """What an erasure would do. Raises AccessError, AtelierError."""
    need(unit.who, "client", "house")
    request = reach(unit, id)
    if request.erased_at is not None:
        raise AtelierError("request_erased", "This request was erased already.")
    files = select(func.count()).where(File.request_id == id)
    draft = request.stage == "draft"
    files = files if draft else files.where(File.kind.in_(HERS))
    kept = () if draft else tuple(kind for kind in KEPT if _stays(unit, id, kind))
    return Plan(id, request.stage, request.stage in OPEN, unit.rows.scalar(files) or 0, kept)


def erase(store: Store, files: Files, who: Who, id: str, version: int | None = None) -> Plan:
    """Take her out of a request, for good; what was done. `version`: as it was seen.

    Raises AccessError, AtelierError.
    """

    def work(unit: Unit) -> tuple[Plan, Sequence[str]]:
        found = plan(unit, id)
        if not found.possible:
            raise AtelierError(
                "request_under_way",
                "A piece is being made for this request. It can be erased when it is delivered, or cancelled first.",
            )
        request = held(unit, id, version)
        if found.stage == "draft":
            return found, discard(unit, request)
        _empty(unit, request)
        _unplan(unit, id)
        return found, ()

    done, keys = store.change(who, "request.erase", work)
    for key in keys:
        files.forget(key)
    finish(store, files)
    store.settle()
    return done


def finish(store: Store, files: Files) -> int:
    """Take away the files of every erased request that still has some, and its sessions at the mirror; how many.

    Raises AtelierError.
    """

    def left(unit: Unit) -> list[tuple[str, str]]:
        erased = select(File.id, File.key).join(Request, Request.id == File.request_id)
        rows = unit.rows.execute(erased.where(Request.erased_at.is_not(None), File.kind.in_(HERS)))
        return [(id, key) for id, key in rows]

    def met(unit: Unit) -> list[tuple[str, list[str]]]:
        erased = select(Request.id).join(Meeting, Meeting.request_id == Request.id)
        ids = unit.rows.scalars(erased.where(Request.erased_at.is_not(None)).distinct()).all()
        return [(id, meetings.keys_of(unit, id)) for id in ids]

    def parted(unit: Unit, id: str) -> None:
        unit.about = id
        meetings.forget(unit, id)

    def gone(unit: Unit, id: str) -> None:
        file = unit.rows.get(File, id)
        if file is not None:
            unit.about = file.request_id
            unit.rows.delete(file)

    found = store.look(left)
    for id, key in found:
        files.forget(key)
        store.change(HOUSE, "file.erase", lambda unit, id=id: gone(unit, id))  # type: ignore[misc]
    held_at = store.look(met)
    for id, keys in held_at:
        for key in keys:
            files.forget(key)
        store.change(HOUSE, "meeting.erase", lambda unit, id=id: parted(unit, id))  # type: ignore[misc]
    return len(found) + len(held_at)


def of_mail(unit: Unit, said: str) -> list[str]:
    """Ids of the requests that are not erased, by the mail address that they were asked from. Raises InputError."""
    need(unit.who, "house")
    email = asked.checked_email(said).lower()
    rows = select(Request.id).where(func.lower(Request.email) == email, Request.erased_at.is_(None))
    return list(unit.rows.scalars(rows.order_by(Request.id)))


def _stays(unit: Unit, id: str, kind: Kept) -> bool:
    """Whether there is something of a kind that stays."""
    there = {
        "price": select(Quote.id).where(Quote.request_id == id, Quote.agreed_at.is_not(None)),
        "number": select(Number.number).where(Number.request_id == id),
        "approvals": select(Verdict.id).where(Verdict.request_id == id),
        "quality": select(Quality.id).where(Quality.request_id == id),
        "provenance": select(Provenance.public_id).where(Provenance.request_id == id),
    }.get(kind)
    return there is None or unit.rows.scalar(there.limit(1)) is not None


def _unplan(unit: Unit, id: str) -> None:
    """What was planned with her, and what was said there; of her sessions only the rows of their pictures stay."""
    meetings.silence(unit, id)
    unit.rows.flush()
    for appointment in unit.rows.scalars(select(Appointment).where(Appointment.request_id == id)).all():
        for wish in unit.rows.scalars(select(AppointmentWish).where(AppointmentWish.appointment_id == appointment.id)):
            unit.rows.delete(wish)
        unit.rows.flush()  # lines before what they are of
        unit.rows.delete(appointment)


def _empty(unit: Unit, request: Request) -> None:
    """All that is hers out of the rows of a request that was sent."""
    id, rows = request.id, unit.rows
    if request.stage not in END:
        by = {"by_role": unit.who.role, "by_id": unit.who.id, "at": unit.now, "words": ""}
        rows.add(Step(id=unit.new_id(), request_id=id, from_stage=request.stage, to_stage="cancelled", **by))
        request.stage = "cancelled"
    request.erased_at = unit.now
    request.name = request.email = request.phone = request.notes = request.materials = request.stones = ""
    request.event_date = request.hairstyle = request.veil = request.measured = None
    for step in rows.scalars(select(Step).where(Step.request_id == id)):
        step.words, step.file_id = "", None
    for offer in rows.scalars(select(Offer).where(Offer.request_id == id)):
        offer.words = offer.because = ""
        if offer.state == "offered":
            offer.state, offer.answered_at = "withdrawn", unit.now
    revisions = list(rows.scalars(select(Revision).where(Revision.request_id == id)))
    for revision in revisions:
        revision.words, revision.fit = "", None
    for verdict in rows.scalars(select(Verdict).where(Verdict.request_id == id)):
        verdict.words = ""
    parcel = rows.get(Parcel, id)
    if parcel is not None:
        parcel.tracking = ""
    quotes = list(rows.scalars(select(Quote).where(Quote.request_id == id, Quote.agreed_at.is_(None))))
    shown = [revision.id for revision in revisions]
    gone = [
        *rows.scalars(select(Comment).where(Comment.revision_id.in_(shown))),
        *rows.scalars(select(RevisionFile).where(RevisionFile.revision_id.in_(shown))),
        *rows.scalars(select(QuoteLine).where(QuoteLine.quote_id.in_([quote.id for quote in quotes]))),
        *rows.scalars(select(Tried).where(Tried.request_id == id, ~Tried.wished)),
        *rows.scalars(select(Link).where(Link.request_id == id)),
    ]
    for row in gone:
        rows.delete(row)
    hers = select(File.id).where(File.request_id == id, File.kind.in_(HERS))
    for certificate in rows.scalars(select(Certificate).where(Certificate.file_id.in_(hers))):
        certificate.file_id = None
    rows.flush()  # lines before what they are of
    for quote in quotes:
        rows.delete(quote)
    # what waits to be told, and what was answered, holds her words; neither is told any more
    told = {"sent_at": func.coalesce(Outbox.sent_at, unit.now), "payload": None, "trouble": ""}
    rows.execute(update(Outbox).where(Outbox.request_id == id).values(told))
    hooks.forget(unit, id)
    hooks.tell(unit, request.shop_id, request.sandbox, "data.erased", {"request": id}, id)
    rows.execute(delete(Answered).where(Answered.scope.endswith(f":{id}", autoescape=True)))
