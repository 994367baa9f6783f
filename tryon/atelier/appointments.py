"""Appointments: virtual sessions that are planned, moved, cancelled; each change goes out with a calendar file."""

from __future__ import annotations

import datetime
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

from tryon.atelier import asked, rights
from tryon.atelier.store import Unit
from tryon.atelier.tables import Appointment
from tryon.errors import AtelierError, InputError

AHEAD_MAX = datetime.timedelta(days=366)


class Plan(asked.Asked, frozen=True):
    """What is planned."""

    email: Annotated[str, Meta(max_length=254)]
    name: asked.Line
    starts_at: Annotated[datetime.datetime, Meta(tz=True)]
    minutes: Annotated[int, Meta(ge=5, le=480)]
    zone: asked.Word
    "IANA name of the client's time zone, such as `Europe/Paris`."
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")] = "en"
    request: Annotated[str, Meta(max_length=36)] | None = None


def plan(unit: Unit, wish: Plan, link: str) -> Appointment:
    """A new appointment with whoever acts; `link` opens its waiting room. Raises AccessError, InputError."""
    rights.check(unit.who, "appointments.make")
    _check_time(unit, wish.starts_at)
    email = asked.checked_email(wish.email)
    if not email:
        raise InputError("email_wrong", "An invitation needs a mail address.")
    made = Appointment(
        id=unit.new_id(),
        request_id=wish.request,
        consultant_id=unit.who.id,
        name=asked.plain(wish.name),
        email=email,
        language=wish.language,
        starts_at=wish.starts_at,
        minutes=wish.minutes,
        zone=_checked_zone(wish.zone),
        sequence=0,
        cancelled=False,
    )
    unit.about = wish.request or made.id
    unit.rows.add(made)
    _tell(unit, made, "appointment.planned", link)
    return made


def move(unit: Unit, id: str, starts_at: datetime.datetime, minutes: int, link: str) -> Appointment:
    """To another time; its link stays. Raises AccessError, InputError, AtelierError."""
    made = _open(unit, id)
    _check_time(unit, starts_at)
    if (made.starts_at, made.minutes) != (starts_at, minutes):
        made.starts_at, made.minutes, made.sequence = starts_at, minutes, made.sequence + 1
        _tell(unit, made, "appointment.moved", link)
    return made


def cancel(unit: Unit, id: str) -> Appointment:
    """It does not take place. Raises AccessError, AtelierError."""
    made = _open(unit, id)
    made.cancelled, made.sequence = True, made.sequence + 1
    _tell(unit, made, "appointment.cancelled", "")
    return made


def _open(unit: Unit, id: str) -> Appointment:
    rights.check(unit.who, "appointments.make")
    made = unit.rows.get(Appointment, id, with_for_update=True)
    if made is None:
        raise AtelierError("appointment_unknown", "There is no such appointment here.")
    if made.cancelled:
        raise AtelierError("appointment_over", "This appointment was cancelled. Please plan a new one.")
    unit.about = made.request_id or id
    return made


def _check_time(unit: Unit, starts_at: datetime.datetime) -> None:
    if not unit.now <= starts_at <= unit.now + AHEAD_MAX:
        raise InputError("time_impossible", "This time is past, or more than a year away. Please look at it again.")


def _checked_zone(zone: str) -> str:
    try:
        return ZoneInfo(zone).key
    except (ZoneInfoNotFoundError, ValueError, OSError) as err:
        raise InputError("zone_unknown", "This is no time zone. It has the form Europe/Paris.") from err


def _tell(unit: Unit, made: Appointment, topic: str, link: str) -> None:
    """As it is now: a mail that goes out after the next change still says what this one did."""
    unit.tell(
        topic,
        made.request_id,
        appointment=made.id,
        consultant=made.consultant_id,
        name=made.name,
        email=made.email,
        language=made.language,
        starts_at=made.starts_at.isoformat(),
        minutes=made.minutes,
        zone=made.zone,
        sequence=made.sequence,
        link=link,
    )
