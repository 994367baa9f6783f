"""Tables that the store keeps for itself: outbox, answers given, audit."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier import trade
from tryon.atelier.tables.base import ID, SHA256, Table, choice


class Outbox(Table):
    """Something to be told outside (mail, webhook), written with the change that it tells of."""

    __tablename__ = "outbox"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    topic: Mapped[str] = mapped_column(String(60))
    "Such as `request.submitted`."
    request_id: Mapped[str | None] = mapped_column(ID)
    payload: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime.datetime]
    next_at: Mapped[datetime.datetime] = mapped_column(index=True)
    tries: Mapped[int]
    sent_at: Mapped[datetime.datetime | None]
    given_up_at: Mapped[datetime.datetime | None]
    "When it was clear that it cannot be sent; the staff was told."
    trouble: Mapped[str] = mapped_column(String(500))


class Answered(Table):
    """What was answered to an Idempotency-Key, so that the same request sent twice is done once."""

    __tablename__ = "answered"
    scope: Mapped[str] = mapped_column(String(120), primary_key=True)
    "Who asked, and where."
    key: Mapped[str] = mapped_column(String(255), primary_key=True)
    asked_sha256: Mapped[str] = mapped_column(SHA256)
    status: Mapped[int]
    body: Mapped[str] = mapped_column(Text)
    headers: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime.datetime] = mapped_column(index=True)


class AuditLine(Table):
    """One change: who, what, and the digest of every row as it was left. See `audit.py`."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime.datetime]
    by_role: Mapped[trade.Role] = mapped_column(choice("by_role", trade.Role))
    by_id: Mapped[str] = mapped_column(ID)
    action: Mapped[str] = mapped_column(String(60))
    about: Mapped[str] = mapped_column(ID, index=True)
    "Id of the request or person that it concerns."
    rows: Mapped[str] = mapped_column(Text)
    before_sha256: Mapped[str] = mapped_column(SHA256)
    sha256: Mapped[str] = mapped_column(SHA256)


class AuditHead(Table):
    """The end of the chain, in one row; who writes the next line holds it."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    number: Mapped[int]
    sha256: Mapped[str] = mapped_column(SHA256)


UNAUDITED = frozenset(
    {"outbox", "answered", "audit", "audit_head", "logins", "challenges"}
    | {"meeting_entries", "meeting_pictures", "meeting_links"}
    | {"hook_messages", "hook_tries"}
)
"""What the store keeps for itself, what changes with every look of a person, the journals of meetings, and what shops'
servers are told: talk does not wait for the chain, which all of the atelier writes one after another. What comes of a
meeting is in it."""
