"""Tables of the finished piece: editions, quality, papers, parcel, provenance."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier import trade
from tryon.atelier.tables.base import CURRENCY, ID, Table, choice


class Edition(Table):
    """A limited edition of one piece."""

    __tablename__ = "editions"
    piece_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    of: Mapped[int]
    made_at: Mapped[datetime.datetime]


class Number(Table):
    """One number of an edition; given once, never again."""

    __tablename__ = "edition_numbers"
    piece_id: Mapped[str] = mapped_column(ForeignKey("editions.piece_id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True)
    state: Mapped[trade.NumberState] = mapped_column(choice("state", trade.NumberState))
    request_id: Mapped[str | None] = mapped_column(ForeignKey("requests.id"), unique=True)
    given_at: Mapped[datetime.datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (CheckConstraint("(state = 'given') = (request_id IS NOT NULL)", name="given"),)


class Quality(Table):
    """A report of quality control; the newest holds."""

    __tablename__ = "quality"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    weight_mg: Mapped[int]
    weight_declared_mg: Mapped[int]
    hallmark: Mapped[str] = mapped_column(String(80))
    finish: Mapped[str] = mapped_column(String(80))
    passed: Mapped[bool]
    at: Mapped[datetime.datetime]
    by_id: Mapped[str] = mapped_column(ForeignKey("staff.id"))


class QualityCheck(Table):
    """One line of such a report."""

    __tablename__ = "quality_checks"
    quality_id: Mapped[str] = mapped_column(ForeignKey("quality.id"), primary_key=True)
    check: Mapped[trade.Check] = mapped_column("what", choice("what", trade.Check), primary_key=True)
    outcome: Mapped[trade.Outcome] = mapped_column(choice("outcome", trade.Outcome))
    words: Mapped[str] = mapped_column(String(500))


class Certificate(Table):
    """A metal or stone of the piece: where it is from, and the paper that says so."""

    __tablename__ = "certificates"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    material: Mapped[str] = mapped_column(String(120))
    source: Mapped[str] = mapped_column(String(200))
    issuer: Mapped[str] = mapped_column(String(120))
    paper: Mapped[str] = mapped_column(String(80))
    "The certificate's own number; empty: none."
    file_id: Mapped[str | None] = mapped_column(ForeignKey("files.id"))


class Parcel(Table):
    """How the piece goes to her: what was checked when it was packed, and who carries it."""

    __tablename__ = "parcels"
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    box: Mapped[bool]
    care_card: Mapped[bool]
    papers: Mapped[bool]
    sealed: Mapped[bool]
    insured_minor: Mapped[int]
    currency: Mapped[str] = mapped_column(CURRENCY)
    carrier: Mapped[str] = mapped_column(String(80))
    tracking: Mapped[str] = mapped_column(String(80))
    from_date: Mapped[datetime.date]
    to_date: Mapped[datetime.date]
    at: Mapped[datetime.datetime]
    by_id: Mapped[str] = mapped_column(ID)
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Provenance(Table):
    """What anybody with the unguessable id may read of a finished piece; no word of whom it is for."""

    __tablename__ = "provenance"
    public_id: Mapped[str] = mapped_column(String(32), primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), unique=True)
    record: Mapped[dict[str, Any] | None]
    visible: Mapped[bool]
    at: Mapped[datetime.datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
