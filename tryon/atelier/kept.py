"""What the store keeps so that nothing is done twice: answers given. (The outbox is read in `post.py`.)"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass

from sqlalchemy import delete

from tryon.atelier.store import Unit
from tryon.atelier.tables import Answered
from tryon.errors import AtelierError

ANSWERS_KEPT = datetime.timedelta(hours=24)


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
