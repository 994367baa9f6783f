"""What the store keeps so that nothing is done twice and nothing is forgotten: answers given, and the outbox."""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Answered, Outbox
from tryon.errors import AtelierError

ANSWERS_KEPT = datetime.timedelta(hours=24)
TROUBLE_LETTERS = 500


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it goes out."""

    status: int
    body: str
    headers: dict[str, str]


@dataclass(frozen=True, slots=True)
class Once:
    """An Idempotency-Key: who asked where, under what key, and the digest of what."""

    scope: str
    key: str
    asked_sha256: str


def answer_once(unit: Unit, once: Once | None, work: Callable[[Unit], Reply]) -> Reply:
    """What `work` answers; or, asked again under the same key, what it answered then. Raises AtelierError."""
    if once is None:
        return work(unit)
    before = unit.rows.get(Answered, (once.scope, once.key))
    if before is not None and before.made_at >= unit.now - ANSWERS_KEPT:
        if before.asked_sha256 != once.asked_sha256:
            raise AtelierError("key_reused", "This Idempotency-Key was used for something else. Please take a new one.")
        return Reply(before.status, before.body, dict(before.headers or {}))
    unit.rows.execute(delete(Answered).where(Answered.made_at < unit.now - ANSWERS_KEPT))
    unit.rows.expire_all()
    reply = work(unit)
    unit.rows.add(
        Answered(
            scope=once.scope,
            key=once.key,
            asked_sha256=once.asked_sha256,
            status=reply.status,
            body=reply.body,
            headers=dict(reply.headers),
            made_at=unit.now,
        )
    )
    return reply


@dataclass(frozen=True, slots=True)
class Told:
    """One thing to be told outside."""

    id: str
    topic: str
    request_id: str | None
    payload: dict[str, Any]
    made_at: datetime.datetime
    tries: int


def due(store: Store, limit: int = 20) -> list[Told]:
    """What waits to be told, oldest first."""

    def read(unit: Unit) -> list[Told]:
        waiting = select(Outbox).where(Outbox.sent_at.is_(None), Outbox.next_at <= unit.now)
        return [
            Told(row.id, row.topic, row.request_id, dict(row.payload or {}), row.made_at, row.tries)
            for row in unit.rows.scalars(waiting.order_by(Outbox.id).limit(limit))
        ]

    return store.look(read)


def sent(unit: Unit, id: str) -> None:
    """It was told."""
    row = unit.rows.get_one(Outbox, id)
    row.sent_at, row.tries, row.trouble = unit.now, row.tries + 1, ""


def failed(unit: Unit, id: str, trouble: str, next_at: datetime.datetime) -> None:
    """It could not be told; when to try again."""
    row = unit.rows.get_one(Outbox, id)
    row.next_at, row.tries, row.trouble = next_at, row.tries + 1, trouble[:TROUBLE_LETTERS]
