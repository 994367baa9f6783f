"""Meetings for tests: invited, and their journals, in the store of some settings."""

from __future__ import annotations

import datetime

from tryon.atelier.files import Files
from tryon.atelier.journals import StoreJournal, open_journal
from tryon.atelier.meetings import Meetings
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Meeting
from tryon.atelier.who import HOUSE
from tryon.meeting import Invitation
from tryon.settings import Settings


def invite(settings: Settings, client: str, *consultants: str, email: str = "") -> list[tuple[Invitation, str]]:
    """A meeting; everyone's invitation and token."""
    store = Store(settings.database_url)
    try:
        return Meetings(store, Files(settings.files_place)).invite(client, consultants, hours=1, email=email)
    finally:
        store.close()


def known(settings: Settings, meeting: str) -> None:
    """A meeting of this id is in the store, without seats."""

    def work(unit: Unit) -> None:
        unit.rows.add(Meeting(id=meeting, language="en", made_at=unit.now, settled_n=0))

    store = Store(settings.database_url)
    try:
        store.change(HOUSE, "meeting.invite", work)
    finally:
        store.close()


def journal_of(settings: Settings, meeting: str) -> StoreJournal:
    """Its journal, as a session process opens it."""
    return open_journal(settings, meeting)


def picture_of(settings: Settings, meeting: str, name: str) -> bytes | None:
    """A picture that it kept."""
    store = Store(settings.database_url)
    try:
        return Meetings(store, Files(settings.files_place)).picture(meeting, name)
    finally:
        store.close()


def in_an_hour() -> datetime.datetime:
    """A time that an appointment can have."""
    return datetime.datetime.now(datetime.UTC) + datetime.timedelta(hours=1)
