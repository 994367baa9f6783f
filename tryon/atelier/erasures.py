"""Erasure by mail address: who types hers is mailed a link, if anything is held under it; the link says what there is,
and has it erased once.

What is held under an address are requests, drafts among them, with all that hangs on them (`erase`). Visits at the
mirror, kept fit cards and saved looks hold no address: they go by the page of that visit, by the card's own link, or by
their time.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import get_args

from sqlalchemy import select

from tryon.atelier import erase
from tryon.atelier.erase import Kept, Plan
from tryon.atelier.files import Files
from tryon.atelier.store import Store, Unit, sha256
from tryon.atelier.tables import ErasureLink
from tryon.atelier.who import HOUSE, Who
from tryon.errors import AccessError, AtelierError

TOPIC = "erasure.asked"
HOURS = 24
CLIENT = Who("client")


@dataclass(frozen=True, slots=True)
class Held:
    """What is held under an address, and what an erasure would do about it."""

    goes: tuple[Plan, ...]
    stays: tuple[Plan, ...]
    "Requests for which a piece is being made."

    @property
    def pictures(self) -> int:
        """How many files would go."""
        return sum(plan.pictures for plan in self.goes)

    @property
    def kept(self) -> tuple[Kept, ...]:
        """What stays of those that go, without her."""
        there = {kind for plan in self.goes for kind in plan.kept}
        return tuple(kind for kind in get_args(Kept) if kind in there)


def ask(unit: Unit, email: str, language: str) -> None:
    """Have a link mailed, where anything is held. Whoever asks learns nothing of that. Raises InputError."""
    unit.witness()
    if erase.of_mail(unit, email):
        unit.tell(TOPIC, None, email=email.strip(), language=language)


def link(unit: Unit, email: str) -> tuple[str, datetime.datetime]:
    """A link's token, and until when it holds; those before it hold no longer."""
    address = email.lower()
    for row in unit.rows.scalars(select(ErasureLink).where(ErasureLink.email == address)).all():
        unit.rows.delete(row)
    token, until = unit.new_token(), unit.now + datetime.timedelta(hours=HOURS)
    unit.rows.add(ErasureLink(token_sha256=sha256(token), email=address, until=until))
    return token, until


def look(unit: Unit, token: str) -> Held:
    """What is held, for who has the link; it holds on. Raises AccessError."""
    return _held(unit, _row(unit, token).email)


def use(store: Store, files: Files, token: str) -> Held:
    """Erase it, for good; the link is used up first. What was done. Raises AccessError, AtelierError."""

    def take(unit: Unit) -> str:
        row = _row(unit, token)
        email = row.email
        unit.rows.delete(row)
        return email

    email = store.change(CLIENT, "erasure.use", take)
    found = store.look(lambda unit: _held(unit, email))
    gone, stays = [], list(found.stays)
    for plan in found.goes:
        try:
            gone.append(erase.erase(store, files, HOUSE, plan.request))
        except AtelierError as err:
            if err.reason not in ("request_under_way", "request_erased", "request_unknown"):
                raise
            stays.append(plan)  # it went on meanwhile
    return Held(tuple(gone), tuple(stays))


def sweep(unit: Unit) -> int:
    """Forget every link whose time is over; how many."""
    found = unit.rows.scalars(select(ErasureLink).where(ErasureLink.until <= unit.now)).all()
    for row in found:
        unit.rows.delete(row)
    return len(found)


def _held(unit: Unit, email: str) -> Held:
    plans = [erase.plan(unit, id) for id in erase.of_mail(unit, email)]
    return Held(tuple(plan for plan in plans if plan.possible), tuple(plan for plan in plans if not plan.possible))


def _row(unit: Unit, token: str) -> ErasureLink:
    row = unit.rows.get(ErasureLink, sha256(token)) if token else None
    if row is None:
        raise AccessError("erasure_unknown", "This link is not known here: it was used already, or a newer one came.")
    if row.until <= unit.now:
        raise AccessError("erasure_expired", f"This link was for {HOURS} hours. Please ask for another one.")
    return row
