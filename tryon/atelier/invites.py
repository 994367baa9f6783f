"""Appointments as calendars understand them (iCalendar, RFC 5545; invitations by mail, RFC 5546 and 6047).

An appointment keeps its UID; whoever changes it counts its SEQUENCE up, and calendars keep the highest. The only
importer of icalendar.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from icalendar import Alarm, Calendar, Event, vCalAddress, vText

Method = Literal["REQUEST", "CANCEL"]
RULES_AROUND = datetime.timedelta(days=400)
"Of a time zone: its summer and winter before and after."
REMIND_BEFORE = datetime.timedelta(minutes=30)


@dataclass(frozen=True, slots=True)
class Invite:
    """What a calendar is told."""

    method: Method
    uid: str
    sequence: int
    stamp: datetime.datetime
    "When this was written, UTC."
    starts_at: datetime.datetime
    minutes: int
    zone: str
    summary: str
    words: str
    organizer: tuple[str, str]
    "Name and mail address."
    attendee: tuple[str, str]


def calendar(invite: Invite) -> bytes:
    """The calendar file; its times stand in the client's zone, with that zone's rules beside them."""
    starts = invite.starts_at.astimezone(ZoneInfo(invite.zone))
    event = Event.new(
        uid=invite.uid,
        stamp=invite.stamp,
        start=starts,
        # counted in UTC: an appointment over the night when clocks change is as long as any other
        end=(invite.starts_at + datetime.timedelta(minutes=invite.minutes)).astimezone(ZoneInfo(invite.zone)),
        sequence=invite.sequence,
        summary=invite.summary,
        description=invite.words,
        organizer=_address(*invite.organizer),
    )
    event.add("status", "CANCELLED" if invite.method == "CANCEL" else "CONFIRMED")
    guest = _address(*invite.attendee)
    guest.params["ROLE"] = vText("REQ-PARTICIPANT")
    guest.params["PARTSTAT"] = vText("NEEDS-ACTION")
    guest.params["RSVP"] = vText("TRUE")
    event.add("attendee", guest, encode=False)
    if invite.method == "REQUEST":
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", invite.summary)
        alarm.add("trigger", -REMIND_BEFORE)
        event.add_component(alarm)
    made = Calendar()
    for name, value in (("prodid", "-//tryon//atelier//EN"), ("version", "2.0"), ("method", invite.method)):
        made.add(name, value)
    made.add_component(event)
    made.add_missing_timezones(first_date=starts.date() - RULES_AROUND, last_date=starts.date() + RULES_AROUND)
    written: bytes = made.to_ical()
    return written


def _address(name: str, email: str) -> vCalAddress:
    address = vCalAddress(f"mailto:{email}")
    if name:
        address.params["CN"] = vText(name)
    return address
