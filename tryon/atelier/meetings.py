"""Meetings of the store: who is invited, by links that cannot be guessed, for one person in one role, until a day.

A seat is somebody's place. A link to it is made anew for every letter and every press of `join`, and only its digest is
kept; all of a seat's links hold until the same day, and a seat that was withdrawn opens nothing.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import delete, func, select

from tryon.atelier import asked
from tryon.atelier.files import Files
from tryon.atelier.store import Store, Unit, sha256
from tryon.atelier.tables import Meeting, MeetingEntry, MeetingLink, MeetingPicture, MeetingSeat
from tryon.atelier.who import HOUSE
from tryon.errors import AtelierError, ConsentError, InputError
from tryon.meeting import Invitation, Role, Seat
from tryon.messages import Entry

CLIENT = "client"
NAME_MAX = 120
INVITED_MAX = 12
HOURS_MAX = 90 * 24
LINKS_MAX = 40
"Of one seat; the oldest goes when one more is made."


@dataclass(frozen=True, slots=True)
class Guest:
    """Who shall have a seat."""

    name: str
    email: str = ""
    staff: str | None = None


def open_meeting(
    unit: Unit,
    guests: Sequence[Guest],
    *,
    until: datetime.datetime,
    language: str,
    request: str | None = None,
    appointment: str | None = None,
) -> Meeting:
    """A new meeting with its seats, the client's first. Raises InputError."""
    names = [asked.plain(guest.name) for guest in guests]
    if not 2 <= len(names) <= INVITED_MAX or not all(0 < len(name) <= NAME_MAX for name in names):
        raise InputError(
            "meeting_wrong",
            f"A meeting has a client and 1 to {INVITED_MAX - 1} consultants, named in 1 to {NAME_MAX} letters.",
        )
    made = Meeting(
        id=unit.new_id(),
        request_id=request,
        appointment_id=appointment,
        language=language,
        made_at=unit.now,
        settled_n=0,
    )
    unit.rows.add(made)
    unit.rows.flush()
    for number, (name, guest) in enumerate(zip(names, guests, strict=True)):
        _seat(unit, made.id, number, name, guest, until)
    unit.rows.flush()
    return made


def take_seat(unit: Unit, meeting: str, guest: Guest, *, until: datetime.datetime) -> MeetingSeat:
    """The seat of somebody of the staff; a new one where she was not invited. Raises InputError."""
    seats = seats_of(unit, meeting)
    for seat in seats:
        if seat.staff_id == guest.staff:
            return seat
    if len(seats) >= INVITED_MAX:
        raise InputError("meeting_wrong", f"{INVITED_MAX} people are invited to this meeting; no more can join.")
    made = _seat(unit, meeting, len(seats), asked.plain(guest.name), guest, until)
    unit.rows.flush()
    return made


def _seat(unit: Unit, meeting: str, number: int, name: str, guest: Guest, until: datetime.datetime) -> MeetingSeat:
    role: Role = "consultant" if number else "client"
    made = MeetingSeat(
        meeting_id=meeting,
        id=f"consultant-{number}" if number else CLIENT,
        role=role,
        name=name,
        email=asked.checked_email(guest.email),
        staff_id=guest.staff,
        until=until,
    )
    unit.rows.add(made)
    return made


def seats_of(unit: Unit, meeting: str) -> list[MeetingSeat]:
    """All seats, the client's first."""
    rows = unit.rows.scalars(select(MeetingSeat).where(MeetingSeat.meeting_id == meeting)).all()
    return sorted(rows, key=lambda seat: (seat.id != CLIENT, len(seat.id), seat.id))


def new_link(unit: Unit, meeting: str, seat: str) -> str:
    """The token of a new link to a seat."""
    of_seat = (MeetingLink.meeting_id == meeting, MeetingLink.seat_id == seat)
    links = select(MeetingLink.token_sha256).where(*of_seat).order_by(MeetingLink.made_at.desc())
    for old in unit.rows.scalars(links.offset(LINKS_MAX - 1)).all():
        unit.rows.execute(delete(MeetingLink).where(MeetingLink.token_sha256 == old))
    token = unit.new_token()
    unit.rows.add(MeetingLink(token_sha256=sha256(token), meeting_id=meeting, seat_id=seat, made_at=unit.now))
    return token


def find(unit: Unit, token: str) -> Invitation:
    """Whose a link is. Raises ConsentError."""
    link = unit.rows.get(MeetingLink, sha256(token))
    if link is None:
        raise ConsentError("meeting_unknown", "This invitation is not known here. Please ask for a new link.")
    row = unit.rows.get_one(MeetingSeat, (link.meeting_id, link.seat_id))
    if row.withdrawn_at is not None:
        raise ConsentError("meeting_withdrawn", "This appointment was cancelled. Please ask for another one.")
    if row.until < unit.now:
        raise ConsentError("meeting_expired", "This invitation was until earlier. Please ask for a new link.")
    about = unit.rows.get_one(Meeting, row.meeting_id).request_id
    return Invitation(Seat(row.meeting_id, row.id, row.role, row.name), row.until.timestamp(), about or "")


def keys_of(unit: Unit, request: str) -> list[str]:
    """The keys of all pictures that meetings of a request kept."""
    asks = select(MeetingPicture.key).join(Meeting, Meeting.id == MeetingPicture.meeting_id)
    return list(unit.rows.scalars(asks.where(Meeting.request_id == request)))


def silence(unit: Unit, request: str) -> None:
    """Take away all that was said at the meetings of a request, and every way into them; their pictures stay."""
    for meeting in unit.rows.scalars(select(Meeting).where(Meeting.request_id == request)).all():
        for table in (MeetingEntry, MeetingLink):
            unit.rows.execute(delete(table).where(table.meeting_id == meeting.id))
        for seat in seats_of(unit, meeting.id):
            seat.name = seat.email = ""
        meeting.appointment_id = meeting.admitted_at = None  # nothing is left to be told of it


def forget(unit: Unit, request: str) -> list[str]:
    """Take away every meeting of a request with all that was kept of it; the keys of its pictures, to be forgotten."""
    keys = keys_of(unit, request)
    for meeting in unit.rows.scalars(select(Meeting).where(Meeting.request_id == request)).all():
        for table in (MeetingPicture, MeetingEntry, MeetingLink):
            unit.rows.execute(delete(table).where(table.meeting_id == meeting.id))
        for seat in seats_of(unit, meeting.id):
            unit.rows.delete(seat)
        unit.rows.flush()
        unit.rows.delete(meeting)
    unit.rows.flush()
    return keys


def held_name(meeting: str) -> str:
    """The name under which a meeting's writer holds it (`Store.hold`)."""
    return f"meeting-{meeting}"


def entry_of(row: MeetingEntry) -> Entry:
    """A row of the journal as all are told of it."""
    return Entry(row.n, row.at.strftime("%Y-%m-%dT%H:%M:%SZ"), row.by, row.name, row.kind, row.data)


def entries_of(unit: Unit, meeting: str, *, after: int = 0) -> list[Entry]:
    """A meeting's journal behind the entry `after`, oldest first."""
    rows = select(MeetingEntry).where(MeetingEntry.meeting_id == meeting, MeetingEntry.n > after)
    return [entry_of(row) for row in unit.rows.scalars(rows.order_by(MeetingEntry.n))]


def pictures_of(unit: Unit, meeting: str) -> int:
    """How many pictures a meeting kept."""
    count = select(func.count()).select_from(MeetingPicture).where(MeetingPicture.meeting_id == meeting)
    return unit.rows.scalar(count) or 0


class Meetings:
    """What the server needs of them. Calls block on the store."""

    def __init__(self, store: Store, files: Files) -> None:
        self._store = store
        self._files = files

    def invite(
        self, client: str, consultants: Sequence[str], *, hours: float, email: str = "", language: str = "en"
    ) -> list[tuple[Invitation, str]]:
        """A meeting without an appointment; everyone's invitation and token, the client's first. Raises InputError."""
        if not 0 < hours <= HOURS_MAX:
            raise InputError("meeting_wrong", f"An invitation holds for up to {HOURS_MAX} hours, not {hours:g}.")

        def work(unit: Unit) -> list[tuple[Invitation, str]]:
            guests = [Guest(client, email), *(Guest(name) for name in consultants)]
            until = unit.now + datetime.timedelta(hours=hours)
            meeting = open_meeting(unit, guests, until=until, language=language).id
            tokens = [new_link(unit, meeting, seat.id) for seat in seats_of(unit, meeting)]
            unit.rows.flush()
            return [(find(unit, token), token) for token in tokens]

        return self._store.change(HOUSE, "meeting.invite", work)

    def find(self, token: str, /) -> Invitation:
        """Whose a link is. Raises ConsentError `meeting_unknown`, `meeting_expired`, `meeting_withdrawn`."""
        return self._store.look(lambda unit: find(unit, token))

    def picture(self, meeting: str, name: str, /) -> bytes | None:
        """A picture that a meeting kept; None: there is none of that name. Raises AtelierError."""

        def read(unit: Unit) -> str | None:
            row = unit.rows.get(MeetingPicture, (meeting, name))
            return None if row is None else row.key

        key = self._store.look(read)
        try:
            return None if key is None else self._files.get(key)
        except AtelierError as err:
            if err.reason != "file_unknown":
                raise
            return None  # she took it away since
