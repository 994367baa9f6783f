"""Tables of requests: what is wished, who holds it, who makes it, where it stands."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier import trade
from tryon.atelier.tables.base import ID, MIME, SHA256, Table, choice


class Request(Table):
    """What a client wishes, from its first draft to the finished piece."""

    __tablename__ = "requests"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    stage: Mapped[trade.Stage] = mapped_column(choice("stage", trade.Stage), index=True)
    held_from: Mapped[trade.Stage | None] = mapped_column(choice("held_from", trade.Stage))
    "Where it goes on when it is no longer on hold."
    event_date: Mapped[datetime.date | None]
    hairstyle: Mapped[trade.Hairstyle | None] = mapped_column(choice("hairstyle", trade.Hairstyle))
    veil: Mapped[trade.Veil | None] = mapped_column(choice("veil", trade.Veil))
    tier: Mapped[trade.Tier | None] = mapped_column(choice("tier", trade.Tier))
    materials: Mapped[str] = mapped_column(String(500))
    stones: Mapped[str] = mapped_column(String(500))
    notes: Mapped[str] = mapped_column(Text)
    language: Mapped[str] = mapped_column(String(8))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    phone: Mapped[str] = mapped_column(String(40))
    measured: Mapped[dict[str, Any] | None]
    "As `measured` said it: measures with intervals, verdicts."
    consent: Mapped[dict[str, Any] | None]
    "What she agreed to, when, by which words (version, language, digest)."
    lead_weeks: Mapped[int]
    "Of the chosen piece in the chosen tier when it was submitted; 0 before."
    shop_id: Mapped[str | None] = mapped_column(ForeignKey("shops.id"), index=True)
    "On whose page it was begun; None: our own."
    sandbox: Mapped[bool] = mapped_column(default=False)
    "Begun by a key for trying out: it is no order, and no artisan is asked."
    consultant_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"))
    artisan_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    made_at: Mapped[datetime.datetime]
    submitted_at: Mapped[datetime.datetime | None]
    deposit_at: Mapped[datetime.datetime | None]
    erased_at: Mapped[datetime.datetime | None] = mapped_column(index=True)
    "When all that was hers was taken out of it (`erase`)."
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # `requests.held` counts


class Tried(Table):
    """A piece that she tried, and how it fitted; one of them at most is the one she wishes."""

    __tablename__ = "request_pieces"
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), primary_key=True)
    piece_id: Mapped[str] = mapped_column(String(80), primary_key=True)
    position: Mapped[int]
    wished: Mapped[bool]


class Link(Table):
    """What opens a request: its holder's token, kept as a digest."""

    __tablename__ = "links"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    kind: Mapped[trade.LinkKind] = mapped_column(choice("kind", trade.LinkKind))
    token_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    made_at: Mapped[datetime.datetime]
    until: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]


class File(Table):
    """A picture, film, model or paper of a request; the bytes lie with `Files`."""

    __tablename__ = "files"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    kind: Mapped[trade.FileKind] = mapped_column(choice("kind", trade.FileKind))
    mime: Mapped[str] = mapped_column(MIME)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    sha256: Mapped[str] = mapped_column(SHA256)
    size: Mapped[int]
    words: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime.datetime]
    by_role: Mapped[trade.Role] = mapped_column(choice("by_role", trade.Role))
    by_id: Mapped[str] = mapped_column(ID)


class Offer(Table):
    """A request offered to an artisan, and her answer."""

    __tablename__ = "offers"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    artisan_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    state: Mapped[trade.OfferState] = mapped_column(choice("state", trade.OfferState))
    because: Mapped[str] = mapped_column(String(500))
    "Why her: codes with values, such as `skill:filigree language:fr free:2`."
    by_id: Mapped[str] = mapped_column(ID)
    "Who decided; empty: the pairing itself."
    words: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime.datetime]
    answered_at: Mapped[datetime.datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        Index(
            "uq_offers_open",
            "request_id",
            unique=True,
            sqlite_where=text("state IN ('offered', 'accepted')"),
            postgresql_where=text("state IN ('offered', 'accepted')"),
        ),
    )


class Step(Table):
    """A stage that a request went to: when, by whom, with what words and picture. Never changed."""

    __tablename__ = "steps"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str] = mapped_column(ForeignKey("requests.id"), index=True)
    from_stage: Mapped[trade.Stage] = mapped_column(choice("from_stage", trade.Stage))
    to_stage: Mapped[trade.Stage] = mapped_column(choice("to_stage", trade.Stage))
    at: Mapped[datetime.datetime]
    by_role: Mapped[trade.Role] = mapped_column(choice("by_role", trade.Role))
    by_id: Mapped[str] = mapped_column(ID)
    words: Mapped[str] = mapped_column(Text)
    file_id: Mapped[str | None] = mapped_column(ForeignKey("files.id"))
