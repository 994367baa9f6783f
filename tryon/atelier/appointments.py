"""Appointments: virtual sessions about a request that are planned, moved, cancelled; each change goes out with a
calendar file to all who take part.

An appointment has a meeting of its own from the beginning: everyone's seat stays through every change of the time. One
that begins now is an invitation straight away, through the same door.
"""

from __future__ import annotations

import datetime
from collections.abc import Sequence
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sqlalchemy import or_, select

from tryon.atelier import asked, meetings, rights, stages, told
from tryon.atelier.meetings import CLIENT, Guest
from tryon.atelier.store import Unit
from tryon.atelier.tables import Account, Appointment, AppointmentWish, Meeting, MeetingSeat, Request, Staff
from tryon.atelier.who import need
from tryon.errors import AtelierError, InputError

AHEAD_MAX = datetime.timedelta(days=366)
LATE_MAX = datetime.timedelta(minutes=2)
"A time that was now when somebody chose it."
LONGEST = datetime.timedelta(minutes=asked.MINUTES_MAX)
LINKS_HOLD = datetime.timedelta(hours=24)
"Beyond its end: it may go on, or be come back to."
LISTED_MAX = 500


def plan(unit: Unit, request: Request, wish: asked.AppointmentPlanned) -> Appointment:
    """A new appointment about a request, with its meeting. Raises AccessError, InputError, AtelierError."""
    rights.check(unit.who, "appointments.make")
    if request.stage in stages.END:
        raise AtelierError("stage_wrong", f"This request is {request.stage}; no appointment is made for it any more.")
    zone = _checked_zone(wish.zone)
    starts_at = _checked_time(unit, wish.starts_at) if wish.starts_at is not None else unit.now
    staff = _staff(unit, wish.staff or [unit.who.id])
    _need_free(unit, [one.id for one in staff], request.id, starts_at, wish.minutes, zone)
    made = Appointment(
        id=unit.new_id(),
        request_id=request.id,
        consultant_id=staff[0].id,
        name=request.name,
        email=request.email,
        language=request.language if wish.language is None else wish.language,
        starts_at=starts_at,
        minutes=wish.minutes,
        zone=zone,
        sequence=0,
        cancelled=False,
    )
    unit.rows.add(made)
    unit.rows.flush()
    meetings.open_meeting(
        unit,
        [Guest(request.name), *(Guest(one.name, staff=one.id) for one in staff)],
        until=_until(made),
        language=made.language,
        request=request.id,
        appointment=made.id,
    )
    _tell(unit, made, "appointment.planned")
    return made


def move(unit: Unit, request: Request, id: str, said: asked.AppointmentMoved) -> Appointment:
    """To another time; its links stay. Raises AccessError, InputError, AtelierError."""
    rights.check(unit.who, "appointments.make")
    made = _open(unit, request, id, said.sequence)
    starts_at = _checked_time(unit, said.starts_at)
    if (made.starts_at, made.minutes) == (starts_at, said.minutes):
        return made
    seats = _seats(unit, made)
    _need_free(
        unit, [seat.staff_id for seat in seats if seat.staff_id], request.id, starts_at, said.minutes, made.zone, but=id
    )
    made.starts_at, made.minutes, made.sequence = starts_at, said.minutes, made.sequence + 1
    for seat in seats:
        seat.until = _until(made)
    _tell(unit, made, "appointment.moved")
    return made


def cancel(unit: Unit, request: Request, id: str, said: asked.AppointmentSeen) -> Appointment:
    """It does not take place: by the atelier, or by its client. Raises AccessError, AtelierError."""
    need(unit.who, "client", "owner", "consultant")
    made = _open(unit, request, id, said.sequence)
    _cancel(unit, made)
    return made


def call_off(unit: Unit, request: str) -> None:
    """No appointment of a request that ended takes place."""
    asks = select(Appointment).where(
        Appointment.request_id == request, ~Appointment.cancelled, Appointment.starts_at > unit.now
    )
    for made in unit.rows.scalars(asks.with_for_update()).all():
        _cancel(unit, made)


def _cancel(unit: Unit, made: Appointment) -> None:
    made.cancelled, made.sequence = True, made.sequence + 1
    for seat in _seats(unit, made):
        seat.withdrawn_at = unit.now
    _tell(unit, made, "appointment.cancelled")


def ask_for_another(unit: Unit, request: Request, id: str, said: asked.TimeWished) -> None:
    """Its client would rather have another time; it stays as it is until the atelier moves it.

    Raises AccessError, InputError, AtelierError.
    """
    need(unit.who, "client")
    made = _open(unit, request, id, said.sequence)
    words = asked.plain(said.words, lines=True)
    if not words:
        raise InputError("words_missing", "Please say which time would suit you.")
    wish = unit.rows.get(AppointmentWish, (made.id, made.sequence))
    if wish is None:
        wish = AppointmentWish(appointment_id=made.id, sequence=made.sequence)
        unit.rows.add(wish)
    wish.words, wish.made_at = words, unit.now
    for seat in _seats(unit, made):
        if seat.staff_id is not None:
            _tell_seat(unit, made, "appointment.wished", seat, wish=words)


def link(unit: Unit, id: str) -> str:
    """The token of a new link to the seat of whoever acts. Raises AccessError, AtelierError, InputError."""
    made = unit.rows.get(Appointment, id)
    unknown = AtelierError("appointment_unknown", "There is no such appointment here.")
    if made is None or (unit.who.role == "client" and made.request_id != unit.who.id):
        raise unknown
    met = _meeting(unit, made)
    if made.cancelled or met is None:
        raise _over()
    meeting = met.id
    unit.about = made.request_id or id
    if unit.who.role == "client":
        return meetings.new_link(unit, meeting, CLIENT)
    if not rights.may(unit.who.role, "appointments.make") and unit.who.id not in {
        seat.staff_id for seat in meetings.seats_of(unit, meeting)
    }:
        raise unknown
    staff = unit.rows.get_one(Staff, unit.who.id)
    seat = meetings.take_seat(unit, meeting, Guest(staff.name, staff=staff.id), until=_until(made))
    return meetings.new_link(unit, meeting, seat.id)


def told_of(unit: Unit, request: str) -> list[told.AppointmentTold]:
    """The appointments of a request, the first in time first."""
    rows = unit.rows.scalars(
        select(Appointment).where(Appointment.request_id == request).order_by(Appointment.starts_at, Appointment.id)
    )
    return [_told(unit, row) for row in rows]


def calendar(unit: Unit, since: datetime.datetime, until: datetime.datetime) -> list[told.AppointmentTold]:
    """What takes place between two moments, of all that whoever acts may see. Raises AccessError."""
    need(unit.who, "owner", "consultant", "artisan")
    asks = select(Appointment).where(
        Appointment.starts_at < until, Appointment.starts_at >= since - LONGEST, ~Appointment.cancelled
    )
    rows = unit.rows.scalars(asks.order_by(Appointment.starts_at, Appointment.id).limit(LISTED_MAX))
    found = [_told(unit, row) for row in rows if _ends(row) > since]
    mine = rights.may(unit.who.role, "appointments.make")
    return [one for one in found if mine or unit.who.id in one.staff]


def _told(unit: Unit, row: Appointment) -> told.AppointmentTold:
    wish = unit.rows.get(AppointmentWish, (row.id, row.sequence))
    staff = [seat for seat in _seats(unit, row) if seat.staff_id is not None]
    return told.AppointmentTold(
        appointment=row.id,
        request=row.request_id or "",
        name=row.name,
        starts_at=row.starts_at,
        minutes=row.minutes,
        zone=row.zone,
        sequence=row.sequence,
        state="cancelled" if row.cancelled else "over" if _is_over(unit, row) else "planned",
        staff=[seat.staff_id or "" for seat in staff],
        names=[seat.name for seat in staff],
        wish="" if wish is None else wish.words,
    )


def _open(unit: Unit, request: Request, id: str, sequence: int) -> Appointment:
    made = unit.rows.get(Appointment, id, with_for_update=True, populate_existing=True)
    if made is None or made.request_id != request.id:
        raise AtelierError("appointment_unknown", "There is no such appointment here.")
    if made.cancelled or _is_over(unit, made):
        raise _over()
    if made.sequence != sequence:
        raise AtelierError("changed_meanwhile", "This appointment was changed meanwhile. Please look at it again.")
    return made


def _is_over(unit: Unit, made: Appointment) -> bool:
    """Its time is long past, or it began and what was made at it has been settled since."""
    if made.starts_at > unit.now:
        return False
    meeting = _meeting(unit, made)
    settled = meeting is not None and meeting.settled_n > 0 and meeting.admitted_at is None
    return settled or _until(made) < unit.now


def _over() -> AtelierError:
    return AtelierError("appointment_over", "This appointment was cancelled or is over. Please plan a new one.")


def _ends(made: Appointment) -> datetime.datetime:
    return made.starts_at + datetime.timedelta(minutes=made.minutes)


def _until(made: Appointment) -> datetime.datetime:
    return _ends(made) + LINKS_HOLD


def _meeting(unit: Unit, made: Appointment) -> Meeting | None:
    """Where it takes place; None: it was made before sessions stood in the store."""
    return unit.rows.scalars(select(Meeting).where(Meeting.appointment_id == made.id)).one_or_none()


def _seats(unit: Unit, made: Appointment) -> list[MeetingSeat]:
    """Who takes part; nobody, of one that was made before sessions stood in the store."""
    meeting = _meeting(unit, made)
    return [] if meeting is None else meetings.seats_of(unit, meeting.id)


def _staff(unit: Unit, ids: Sequence[str]) -> list[Staff]:
    """Who takes part, held so that nobody else plans with them at this moment. Raises InputError, AtelierError."""
    asks = select(Staff).where(Staff.id.in_(ids), Staff.active).order_by(Staff.id).with_for_update()
    found = {row.id: row for row in unit.rows.scalars(asks)}
    if unknown := [id for id in ids if id not in found]:
        raise AtelierError("consultant_unknown", f"There is nobody {unknown[0]!r} at this atelier.")
    return [found[id] for id in dict.fromkeys(ids)]


def _need_free(
    unit: Unit,
    staff: Sequence[str],
    request: str,
    starts_at: datetime.datetime,
    minutes: int,
    zone: str,
    *,
    but: str = "",
) -> None:
    """Nothing, if neither the client nor any of the staff has an appointment then. Raises AtelierError."""
    ends = starts_at + datetime.timedelta(minutes=minutes)
    asks = (
        select(Appointment, MeetingSeat)
        .join(Meeting, Meeting.appointment_id == Appointment.id)
        .join(MeetingSeat, MeetingSeat.meeting_id == Meeting.id)
        .where(
            ~Appointment.cancelled,
            Appointment.id != but,
            Appointment.starts_at < ends,
            Appointment.starts_at > starts_at - LONGEST,
            or_(
                MeetingSeat.staff_id.in_(staff),
                (Appointment.request_id == request) & (MeetingSeat.role == "client"),
            ),
        )
        .order_by(Appointment.starts_at)
    )
    for other, seat in unit.rows.execute(asks):
        if _ends(other) > starts_at:
            since, until = (at.astimezone(ZoneInfo(zone)) for at in (other.starts_at, _ends(other)))
            raise AtelierError(
                "appointment_conflict",
                f"{seat.name} has an appointment from {since:%Y-%m-%d %H:%M} to {until:%H:%M} ({zone}). "
                "Please choose another time.",
            )


def _checked_time(unit: Unit, starts_at: datetime.datetime) -> datetime.datetime:
    if not unit.now - LATE_MAX <= starts_at <= unit.now + AHEAD_MAX:
        raise InputError("time_impossible", "This time is past, or more than a year away. Please look at it again.")
    return starts_at.astimezone(datetime.UTC)


def _checked_zone(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as err:
        raise InputError("zone_unknown", "This is no time zone. It has the form Europe/Paris.") from err


def _tell(unit: Unit, made: Appointment, topic: str) -> None:
    for seat in _seats(unit, made):
        _tell_seat(unit, made, topic, seat)


def _tell_seat(unit: Unit, made: Appointment, topic: str, seat: MeetingSeat, *, wish: str = "") -> None:
    """As it is now: a mail that goes out after the next change still says what this one did."""
    staff = None if seat.staff_id is None else unit.rows.get_one(Staff, seat.staff_id)
    account = None if staff is None else unit.rows.get(Account, staff.id)
    if staff is not None and not staff.active:
        return
    others = [other.name for other in _seats(unit, made) if other.id != seat.id and (staff or other.staff_id)]
    unit.tell(
        topic,
        made.request_id,
        appointment=made.id,
        meeting=seat.meeting_id,
        seat=seat.id,
        name=made.name if staff is None else staff.name,
        email=made.email if staff is None else staff.email,
        language=made.language if staff is None else account.language if account is not None else made.language,
        others=others,
        client=made.name,
        starts_at=made.starts_at.isoformat(),
        minutes=made.minutes,
        zone=made.zone,
        sequence=made.sequence,
        wish=wish,
    )
