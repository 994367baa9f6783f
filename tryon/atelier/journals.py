"""The journal of a meeting in the store: a row an entry, on the disk before it is acknowledged.

A session process opens the store by itself. It holds its meeting for as long as it lives, so that two never write one
journal; however it dies, the next one can go on. When the meeting is over, what was made at it is settled in the same
unit as the entry that says so (`settling`): either both are there, or neither.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Sequence
from typing import Any

from tryon.atelier.files import Files, Incoming
from tryon.atelier.meetings import entries_of, entry_of, held_name, pictures_of
from tryon.atelier.settling import settle
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Meeting, MeetingEntry, MeetingPicture
from tryon.atelier.who import HOUSE
from tryon.errors import AtelierError, SessionError
from tryon.messages import Entry
from tryon.settings import Settings

log = logging.getLogger(__name__)

ENTRIES_MAX = 20_000
PICTURES_MAX = 300


class StoreJournal:
    """See the module. Raises SessionError when another process has it, or the store cannot be reached."""

    def __init__(self, store: Store, files: Files, meeting: str) -> None:
        """Takes the store over: it is closed with the journal."""
        self._store, self._files, self._meeting = store, files, meeting
        self._stale = False
        "Whether the last write may have come through all the same."
        try:
            given_back = store.hold(held_name(meeting))
        except AtelierError as err:
            store.close()
            raise SessionError("session_lost", err.detail) from err
        if given_back is None:
            store.close()
            raise SessionError(
                "session_lost", "This meeting is still being closed elsewhere. Please try again in a moment."
            )
        self._give_back: Callable[[], None] | None = given_back
        self._entries: list[Entry] = []
        try:
            self._count = store.look(self._read)
        except AtelierError as err:
            self.close()
            raise SessionError("session_lost", err.detail) from err

    @property
    def entries(self) -> Sequence[Entry]:
        """See Journal."""
        return self._entries

    def write(self, by: str, name: str, kind: str, data: dict[str, Any], /) -> Entry:
        """See Journal."""
        if len(self._entries) >= ENTRIES_MAX:
            raise SessionError(
                "journal_full", "This meeting holds as much as it can. What is there stays; begin another."
            )

        def work(unit: Unit) -> Entry:
            row = MeetingEntry(
                meeting_id=self._meeting,
                n=self._entries[-1].n + 1 if self._entries else 1,
                at=unit.now.replace(microsecond=0),
                by=by,
                name=name,
                kind=kind,
                data=data,
            )
            unit.rows.add(row)
            unit.rows.flush()
            if kind == "admitted":
                meeting = unit.rows.get_one(Meeting, self._meeting)
                meeting.admitted_at = meeting.admitted_at or unit.now
            elif kind == "ended":
                settle(unit, self._meeting)
            return entry_of(row)

        try:
            if self._stale:
                self._count, self._stale = self._store.look(self._read), False
            entry = self._store.change(HOUSE, f"meeting.{kind}", work)
        except AtelierError as err:
            self._stale = True
            log.exception("a meeting's journal cannot be written")
            raise SessionError(
                "journal_failed", "This could not be saved. It is not lost from your page; try again."
            ) from err
        self._entries.append(entry)
        return entry

    def keep(self, picture: bytes, /) -> str:
        """See Journal."""
        if self._count >= PICTURES_MAX:
            raise SessionError("journal_full", "This meeting holds as many pictures as it can. What is there stays.")
        now = self._store.clock()
        name, digest = f"{self._count + 1}.jpg", hashlib.sha256(picture).hexdigest()
        try:
            key = self._files.put(
                Incoming("snapshot", picture, "image/jpeg", digest), self._store.chance.new_id(now), now
            )

            def work(unit: Unit) -> None:
                row = MeetingPicture(meeting_id=self._meeting, name=name, key=key, sha256=digest, size=len(picture))
                row.made_at = now
                unit.rows.add(row)

            self._store.change(HOUSE, "meeting.picture", work)
        except AtelierError as err:
            self._stale = True
            log.exception("a meeting's picture cannot be written")
            raise SessionError("journal_failed", "This picture could not be saved. Please try again.") from err
        self._count += 1
        return name

    def close(self) -> None:
        """See Journal."""
        if self._give_back is not None:
            self._give_back()
            self._give_back = None
            self._store.close()

    def _read(self, unit: Unit) -> int:
        if unit.rows.get(Meeting, self._meeting) is None:
            raise AtelierError("meeting_unknown", "This meeting is not known here any more. Please ask for a new link.")
        self._entries = entries_of(unit, self._meeting)
        return pictures_of(unit, self._meeting)


def open_journal(settings: Settings, meeting: str) -> StoreJournal:
    """The journal of a meeting in the store of the settings. Raises SessionError, SettingError."""
    return StoreJournal(Store(settings.database_url), Files(settings.files_place), meeting)
