"""Fit cards that a wearer has kept behind a link, for as long as she agreed to, and not a day longer."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from tryon.atelier import hooks
from tryon.atelier.store import Unit, sha256
from tryon.atelier.tables import KeptFit
from tryon.errors import AccessError, AtelierError

OF_ONE_VISIT_MAX = 20
KEPT_MAX = 50_000
"Of all wearers together: a flood must not fill the disk."


@dataclass(frozen=True, slots=True)
class Kept:
    """One record as it was kept."""

    id: str
    piece: str
    measures: Mapping[str, Any]
    made_at: datetime.datetime
    until: datetime.datetime


def keep(
    unit: Unit,
    consent: str,
    piece: str,
    measures: Mapping[str, Any],
    days: int,
    *,
    shop: str | None = None,
    sandbox: bool = False,
) -> tuple[Kept, str]:
    """Keep a record for so many days: it and its key, which is told this once. `shop`: see `requests.begin`.

    Raises AtelierError.
    """
    count = select(func.count()).select_from(KeptFit)
    if (unit.rows.scalar(count.where(KeptFit.consent == consent)) or 0) >= OF_ONE_VISIT_MAX:
        raise AtelierError("fits_too_many", "So many fit cards are kept of one visit already. Please delete one first.")
    if (unit.rows.scalar(count) or 0) >= KEPT_MAX:
        raise AtelierError("fits_full", "No more fit cards can be kept here now. Please print this one.")
    token = unit.new_token()
    row = KeptFit(
        id=unit.new_id(),
        token_sha256=sha256(token),
        consent=consent,
        shop_id=shop,
        sandbox=sandbox,
        piece=piece,
        measures=dict(measures),
        made_at=unit.now,
        until=unit.now + datetime.timedelta(days=days),
    )
    unit.rows.add(row)
    unit.about = row.id
    hooks.tell(unit, shop, sandbox, "fit.kept", {"fit": row.id, "piece": piece, "until": row.until.isoformat()})
    return _kept(row), token


def find(unit: Unit, id: str, token: str) -> Kept:
    """A record by its link. Raises AccessError: unknown, deleted, or its time is over."""
    return _kept(_row(unit, id, token))


def forget(unit: Unit, id: str, token: str) -> None:
    """Delete it, now. Raises AccessError."""
    row = _row(unit, id, token)
    unit.about = row.id
    _forget(unit, row)


def all_of(unit: Unit, consent: str) -> list[Kept]:
    """All that is kept under a consent, the oldest first."""
    rows = select(KeptFit).where(KeptFit.consent == consent).order_by(KeptFit.id)
    return [_kept(row) for row in unit.rows.scalars(rows)]


def forget_of(unit: Unit, consent: str) -> int:
    """Delete all that was kept under a consent, which was taken back; how many."""
    return _delete(unit, select(KeptFit).where(KeptFit.consent == consent))


def sweep(unit: Unit) -> int:
    """Delete every record whose time is over; how many."""
    return _delete(unit, select(KeptFit).where(KeptFit.until <= unit.now))


def _delete(unit: Unit, rows: Any) -> int:
    found = unit.rows.scalars(rows).all()
    for row in found:
        _forget(unit, row)
    return len(found)


def _forget(unit: Unit, row: KeptFit) -> None:
    unit.rows.delete(row)
    hooks.tell(unit, row.shop_id, row.sandbox, "data.erased", {"fit": row.id})


def _row(unit: Unit, id: str, token: str) -> KeptFit:
    row = unit.rows.get(KeptFit, id) if token else None
    if row is None or row.token_sha256 != sha256(token):
        raise AccessError(
            "fit_unknown",
            "This fit card is not here: its link is not whole, it was deleted, or its time is over.",
        )
    if row.until <= unit.now:
        raise AccessError("fit_expired", f"This fit card was kept until {row.until:%d %B %Y} and is gone.")
    return row


def _kept(row: KeptFit) -> Kept:
    return Kept(row.id, row.piece, dict(row.measures or {}), row.made_at, row.until)
