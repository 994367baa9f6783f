"""Tables of what a shop's own server is told: where to, what, and how each try went."""

from __future__ import annotations

import datetime
from typing import Literal

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier.tables.base import ID, Table, choice

Ended = Literal["", "asked", "gone", "failing"]
"Why nothing is told any more: it was switched off; it said itself that it is gone (410); nobody was there for days."


class Hook(Table):
    """An address of a shop's server."""

    __tablename__ = "hooks"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), index=True)
    url: Mapped[str] = mapped_column(String(500))
    events: Mapped[str] = mapped_column(String(300))
    "Those it is told, parted by spaces; empty: all."
    sandbox: Mapped[bool]
    "It is told what comes by keys for trying out, and nothing else."
    secret: Mapped[str] = mapped_column(String(80))
    "What is told is signed with it, so it is kept as it is; the shop was shown it once."
    old_secret: Mapped[str] = mapped_column(String(80))
    "The one before, which signs too for a while; empty: none."
    old_until: Mapped[datetime.datetime | None]
    ended: Mapped[Ended] = mapped_column(choice("ended", Ended))
    failing_since: Mapped[datetime.datetime | None]
    "Since when no try was answered well; None: the last one was."
    made_at: Mapped[datetime.datetime]


class HookMessage(Table):
    """Something that a hook is told, written with the change that it tells of."""

    __tablename__ = "hook_messages"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    hook_id: Mapped[str] = mapped_column(ForeignKey("hooks.id"), index=True)
    event: Mapped[str] = mapped_column(String(40))
    request_id: Mapped[str | None] = mapped_column(ID, index=True)
    body: Mapped[str] = mapped_column(Text)
    "The JSON that is sent, with every try the same."
    made_at: Mapped[datetime.datetime]
    next_at: Mapped[datetime.datetime | None] = mapped_column(index=True)
    "When it is tried next; None: it was told, or given up."
    tries: Mapped[int]
    "Since it was made, or last sent anew."
    sent_at: Mapped[datetime.datetime | None]
    given_up_at: Mapped[datetime.datetime | None]


class HookTry(Table):
    """One try, and what came of it."""

    __tablename__ = "hook_tries"
    message_id: Mapped[str] = mapped_column(ForeignKey("hook_messages.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime.datetime]
    status: Mapped[int]
    "Of HTTP; 0: there was no answer."
    took_ms: Mapped[int]
    trouble: Mapped[str] = mapped_column(String(40))
    "Why there was none, as a word for programs; empty: there was one."
