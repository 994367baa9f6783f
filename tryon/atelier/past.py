"""What the atelier holds no longer than it needs: drafts that were never sent, and what was in letters that were."""

from __future__ import annotations

import datetime
import logging

from sqlalchemy import delete, or_, select

from tryon.atelier import erase
from tryon.atelier.files import Files
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Appointment, Outbox, Request
from tryon.atelier.who import HOUSE
from tryon.errors import AtelierError

log = logging.getLogger(__name__)


def drafts(store: Store, files: Files, days: int) -> int:
    """Throw away every draft that was begun so many days ago and stands for no appointment; how many."""

    def old(unit: Unit) -> list[str]:
        before = unit.now - datetime.timedelta(days=days)
        met = select(Appointment.request_id).where(Appointment.request_id.is_not(None))
        rows = select(Request.id).where(Request.stage == "draft", Request.made_at < before, Request.id.not_in(met))
        return list(unit.rows.scalars(rows))

    gone = 0
    for id in store.look(old):
        try:
            erase.erase(store, files, HOUSE, id)
        except AtelierError as err:  # she may be sending it this very moment
            log.warning("a draft could not be thrown away: %s", err.reason)
        else:
            gone += 1
    return gone


def letters(unit: Unit, days: int) -> int:
    """Forget every letter that was sent, or given up, so many days ago; how many."""
    before = unit.now - datetime.timedelta(days=days)
    past = select(Outbox.id).where(or_(Outbox.sent_at < before, Outbox.given_up_at < before))
    ids = list(unit.rows.scalars(past))
    unit.rows.execute(delete(Outbox).where(Outbox.id.in_(ids)))
    return len(ids)
