"""Tables of what client and atelier agree on: prices, revisions and decisions."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier import trade
from tryon.atelier.tables.base import CURRENCY, ID, SHA256, Table, choice


class Quote(Table):
    """A price that was offered; the newest holds, and once agreed it is not changed."""

    __tablename__ = "quotes"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    number: Mapped[int]
    currency: Mapped[str] = mapped_column(CURRENCY)
    deposit_minor: Mapped[int]
    made_at: Mapped[datetime.datetime]
    by_id: Mapped[str] = mapped_column(ID)
    agreed_at: Mapped[datetime.datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (Index("uq_quotes_number", "request_id", "number", unique=True),)


class QuoteLine(Table):
    """What drives a price, and by how much."""

    __tablename__ = "quote_lines"
    quote_id: Mapped[str] = mapped_column(ForeignKey("quotes.id"), primary_key=True)
    position: Mapped[int] = mapped_column(primary_key=True)
    driver: Mapped[trade.Driver] = mapped_column(choice("driver", trade.Driver))
    words: Mapped[str] = mapped_column(String(200))
    minor: Mapped[int]


class Revision(Table):
    """What was shown to the client in a round of approval."""

    __tablename__ = "revisions"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    round: Mapped[trade.Round] = mapped_column(choice("round", trade.Round))
    number: Mapped[int]
    words: Mapped[str] = mapped_column(Text)
    fit: Mapped[dict[str, Any] | None]
    "Dimensions and the verdict recomputed for this design, by whoever draws it on her head."
    sha256: Mapped[str] = mapped_column(SHA256)
    "Digest of all that was shown: words, fit and the bytes of every file."
    made_at: Mapped[datetime.datetime]
    by_id: Mapped[str] = mapped_column(ID)
    __table_args__ = (Index("uq_revisions_number", "request_id", "round", "number", unique=True),)


class RevisionFile(Table):
    """A file of a revision."""

    __tablename__ = "revision_files"
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"), primary_key=True)
    file_id: Mapped[str] = mapped_column(ForeignKey("files.id"), primary_key=True)
    position: Mapped[int]


class Comment(Table):
    """Words pinned on a picture of a revision, or on the whole of it."""

    __tablename__ = "comments"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"), index=True)
    file_id: Mapped[str | None] = mapped_column(ForeignKey("files.id"))
    x: Mapped[float | None]
    "0 left to 1 right of the picture."
    y: Mapped[float | None]
    "0 top to 1 bottom."
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime]
    by_role: Mapped[trade.Role] = mapped_column(choice("by_role", trade.Role))
    by_id: Mapped[str] = mapped_column(ID)


class Verdict(Table):
    """What the client decided on a revision; a final one freezes its round. Never changed."""

    __tablename__ = "decisions"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    revision_id: Mapped[str] = mapped_column(ForeignKey("revisions.id"), index=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"))
    round: Mapped[trade.Round] = mapped_column(choice("round", trade.Round))
    decision: Mapped[trade.Decision] = mapped_column(choice("decision", trade.Decision))
    sha256: Mapped[str] = mapped_column(SHA256)
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime.datetime]
    by_id: Mapped[str] = mapped_column(ID)
    __table_args__ = (
        Index(
            "uq_decisions_final",
            "request_id",
            "round",
            unique=True,
            sqlite_where=text("decision = 'final'"),
            postgresql_where=text("decision = 'final'"),
        ),
    )
