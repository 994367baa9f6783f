"""The finished piece: its number, quality control, papers, parcel, and the page that says where it comes from."""

from __future__ import annotations

import base64
from typing import Any

from sqlalchemy import select

from tryon.atelier import asked
from tryon.atelier.progress import file_of, past
from tryon.atelier.store import Unit
from tryon.atelier.tables import (
    Certificate,
    Edition,
    File,
    Number,
    Parcel,
    Provenance,
    Quality,
    QualityCheck,
    Request,
    Verdict,
)
from tryon.atelier.trade import CHECKS
from tryon.atelier.who import need
from tryon.errors import AccessError, AtelierError, InputError
from tryon.fit.balance import WEIGHT_TOLERANCE
from tryon.types import Piece


def give_number(unit: Unit, request: Request, piece: Piece) -> Number:
    """The next free number of the piece's edition, given once and for good; asked again it is the same.

    Raises AccessError, AtelierError `edition_full`.
    """
    need(unit.who, "owner", "consultant")
    if piece.edition_of <= 0:
        raise AtelierError("edition_open", f"{piece.name} is not a limited edition; it has no numbers.")
    if not past("deposit", request):
        raise AtelierError("stage_wrong", "A number is given from the deposit on.")
    own = unit.rows.scalar(select(Number).where(Number.request_id == request.id))
    if own is not None:
        return own
    open_edition(unit, piece)
    free = select(Number).where(Number.piece_id == piece.id, Number.state == "free").order_by(Number.number).limit(1)
    number = unit.rows.scalar(free)
    if number is None:
        raise AtelierError("edition_full", f"All {piece.edition_of} of {piece.name} are given.")
    number.state, number.request_id, number.given_at = "given", request.id, unit.now
    unit.tell("number.given", request.id, number=number.number, of=piece.edition_of)
    return number


def void_number(unit: Unit, request: Request) -> Number:
    """A number that will never be a piece, such as of a broken casting; it is not given again. Raises AccessError."""
    need(unit.who, "owner")
    own = unit.rows.scalar(select(Number).where(Number.request_id == request.id).with_for_update())
    if own is None:
        raise AtelierError("number_unknown", "This request has no number.")
    own.state, own.request_id = "void", None
    return own


def open_edition(unit: Unit, piece: Piece) -> None:
    """Every number of a limited edition as a row, made once; the edition is held until the unit ends."""
    if unit.rows.get(Edition, piece.id, with_for_update=True) is not None:
        return
    unit.rows.add(Edition(piece_id=piece.id, of=piece.edition_of, made_at=unit.now))
    unit.rows.flush()
    unit.rows.add_all(
        Number(piece_id=piece.id, number=number, state="free") for number in range(1, piece.edition_of + 1)
    )
    unit.rows.flush()


def control(unit: Unit, request: Request, piece: Piece, said: asked.Controlled) -> Quality:
    """A report of quality control, by somebody else than who made the piece. Raises AccessError, InputError."""
    need(unit.who, "owner", "consultant", "artisan")
    if unit.who.id == request.artisan_id:
        raise AccessError("own_work", "Quality is checked by somebody else than who made the piece.")
    if request.stage != "qc":
        raise AtelierError("stage_wrong", f"Quality is checked at qc; this request is at {request.stage}.")
    if sorted(check.check for check in said.checks) != sorted(CHECKS):
        raise InputError("checks_wrong", f"Each of {', '.join(CHECKS)} is checked once.")
    declared = round(1000 * piece.size.weight_g)
    weighs_right = abs(said.weight_mg - declared) <= WEIGHT_TOLERANCE * declared
    weight = next(check for check in said.checks if check.check == "weight")
    if weight.outcome == "pass" and not weighs_right:
        raise InputError(
            "weight_wrong",
            f"It weighs {said.weight_mg / 1000:.1f} g; declared are {declared / 1000:.1f} g "
            f"+- {100 * WEIGHT_TOLERANCE:.0f} %. The weight has not passed.",
        )
    report = Quality(
        id=unit.new_id(),
        request_id=request.id,
        weight_mg=said.weight_mg,
        weight_declared_mg=declared,
        hallmark=asked.plain(said.hallmark),
        finish=asked.plain(said.finish),
        passed=all(check.outcome != "fail" for check in said.checks),
        at=unit.now,
        by_id=unit.who.id,
    )
    unit.rows.add(report)
    unit.rows.flush()
    for check in said.checks:
        unit.rows.add(
            QualityCheck(quality_id=report.id, check=check.check, outcome=check.outcome, words=asked.plain(check.words))
        )
    return report


def certify(unit: Unit, request: Request, said: asked.Certified) -> Certificate:
    """A metal or stone of the piece and its paper. Raises AccessError, AtelierError."""
    need(unit.who, "owner", "consultant", "artisan")
    if said.file is not None:
        file_of(unit, request.id, said.file)
    made = Certificate(
        id=unit.new_id(),
        request_id=request.id,
        material=asked.plain(said.material),
        source=asked.plain(said.source),
        issuer=asked.plain(said.issuer),
        paper=asked.plain(said.paper),
        file_id=said.file,
    )
    unit.rows.add(made)
    return made


def pack(unit: Unit, request: Request, said: asked.Packed) -> Parcel:
    """The packing list as it stands; said anew it replaces what was said. Raises AccessError, InputError."""
    need(unit.who, "owner", "consultant")
    if request.stage not in ("qc", "packed"):
        raise AtelierError("stage_wrong", f"A piece is packed after quality control; this is at {request.stage}.")
    if said.to_date < said.from_date:
        raise InputError("window_wrong", "The delivery window ends before it begins.")
    parcel = unit.rows.get(Parcel, request.id)
    if parcel is None:
        parcel = Parcel(request_id=request.id)
        unit.rows.add(parcel)
    parcel.box, parcel.care_card, parcel.papers, parcel.sealed = said.box, said.care_card, said.papers, said.sealed
    parcel.insured_minor, parcel.currency = said.insured_minor, said.currency
    parcel.carrier, parcel.tracking = asked.plain(said.carrier), asked.plain(said.tracking)
    parcel.from_date, parcel.to_date = said.from_date, said.to_date
    parcel.at, parcel.by_id = unit.now, unit.who.id
    return parcel


def publish(unit: Unit, request: Request, piece: Piece, said: asked.Published) -> Provenance:
    """The page of a piece that passed quality control, as of now; or hidden again. Raises AccessError, AtelierError."""
    need(unit.who, "owner", "consultant")
    record = _record(unit, request, piece, said)
    row = unit.rows.scalar(select(Provenance).where(Provenance.request_id == request.id))
    if row is None:
        # 128 bits of chance, in letters that a label can be read from
        secret = base64.b32encode(bytes.fromhex(unit.new_token())[:16]).decode().rstrip("=").lower()
        row = Provenance(public_id=secret, request_id=request.id)
        unit.rows.add(row)
    row.record, row.visible, row.at = record, said.visible, unit.now
    return row


def provenance(unit: Unit, public_id: str) -> Provenance:
    """What anybody with the id may read. Raises AtelierError."""
    row = unit.rows.get(Provenance, public_id)
    if row is None or not row.visible:
        raise AtelierError("provenance_unknown", "There is no such page, or its owner keeps it to herself.")
    return row


def finished(unit: Unit, request_id: str) -> tuple[dict[str, Any], str, str]:
    """What the papers of a finished piece say: its record, her language, the id of its page (empty: it is hidden).

    Raises AtelierError.
    """
    request = unit.rows.get_one(Request, request_id)
    row = unit.rows.scalar(select(Provenance).where(Provenance.request_id == request_id))
    if row is None or row.record is None:
        raise AtelierError("paper_not_ready", "The papers are written when the piece has passed quality control.")
    return dict(row.record), request.language, row.public_id if row.visible else ""


def shown_file(unit: Unit, public_id: str, id: str) -> File:
    """A file that a provenance page shows. Raises AtelierError."""
    row = provenance(unit, public_id)
    if id not in {shown["file"] for shown in (row.record or {}).get("files", ())}:
        raise AtelierError("file_unknown", "There is no such file on this page.")
    file = file_of(unit, row.request_id, id)
    unit.rows.expunge(file)
    return file


def _record(unit: Unit, request: Request, piece: Piece, said: asked.Published) -> dict[str, Any]:
    """The page's content: no word of the client, no name of the staff, no date that is hers."""
    quality = unit.rows.scalar(
        select(Quality).where(Quality.request_id == request.id).order_by(Quality.id.desc()).limit(1)
    )
    if quality is None or not quality.passed:
        raise AtelierError("stage_not_ready", "A piece has its page when it has passed quality control.")
    files = [file_of(unit, request.id, id) for id in dict.fromkeys(said.files)]
    if any(file.kind != "bench" for file in files):
        raise InputError("file_wrong", "The page shows pictures and films from the bench, nothing else.")
    checks = unit.rows.scalars(select(QualityCheck).where(QualityCheck.quality_id == quality.id))
    papers = unit.rows.scalars(select(Certificate).where(Certificate.request_id == request.id).order_by(Certificate.id))
    number = unit.rows.scalar(select(Number).where(Number.request_id == request.id, Number.state == "given"))
    rounds = unit.rows.scalars(
        select(Verdict.round).where(Verdict.request_id == request.id, Verdict.decision == "final")
    )
    return {
        "piece": {"id": piece.id, "name": piece.name, "kind": piece.kind, "maker": piece.maker, "words": piece.words},
        "edition": None if number is None else {"number": number.number, "of": piece.edition_of},
        "hallmark": quality.hallmark,
        "materials": [
            {"material": paper.material, "source": paper.source, "issuer": paper.issuer, "paper": paper.paper}
            for paper in papers
        ],
        "quality": {
            "on": quality.at.date().isoformat(),
            "weight_g": quality.weight_mg / 1000,
            "finish": quality.finish,
            "checks": {check.check: check.outcome for check in checks},
        },
        "approved": sorted(rounds),
        "care": piece.care,
        "files": [{"file": file.id, "mime": file.mime, "sha256": file.sha256} for file in files],
    }
