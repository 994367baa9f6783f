"""Tables of meetings: who has a seat and by which links, what was said and made, and its pictures."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, ForeignKeyConstraint, String
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier.tables.base import ID, SHA256, Table, choice
from tryon.meeting import Role

SEAT = String(24)


class Meeting(Table):
    """A client at her mirror and consultants beside her; goes on over many sessions."""

    __tablename__ = "meetings"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("requests.id"), index=True)
    "Where what was made at it goes; None: a draft is begun when it ends."
    appointment_id: Mapped[str | None] = mapped_column(ForeignKey("appointments.id"), unique=True)
    language: Mapped[str] = mapped_column(String(8))
    "The client's."
    made_at: Mapped[datetime.datetime]
    admitted_at: Mapped[datetime.datetime | None] = mapped_column(index=True)
    "Since when there is something to be told of it; None: nothing since it was settled last."
    settled_n: Mapped[int]
    "The last entry that went into the request and the letters."
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class MeetingSeat(Table):
    """Somebody's place at a meeting."""

    __tablename__ = "meeting_seats"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    id: Mapped[str] = mapped_column(SEAT, primary_key=True)
    "`client`, or `consultant-1` and so on."
    role: Mapped[Role] = mapped_column(choice("role", Role))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    "Of a client without a request; empty: none was given, or her request has it."
    staff_id: Mapped[str | None] = mapped_column(ForeignKey("staff.id"), index=True)
    until: Mapped[datetime.datetime]
    withdrawn_at: Mapped[datetime.datetime | None]


class MeetingLink(Table):
    """A link to a seat, kept as the digest of its token; every letter and every press of `join` makes one."""

    __tablename__ = "meeting_links"
    token_sha256: Mapped[str] = mapped_column(SHA256, primary_key=True)
    meeting_id: Mapped[str] = mapped_column(ID)
    seat_id: Mapped[str] = mapped_column(SEAT)
    made_at: Mapped[datetime.datetime]
    __table_args__ = (
        ForeignKeyConstraint(
            ["meeting_id", "seat_id"],
            ["meeting_seats.meeting_id", "meeting_seats.id"],
            name="fk_meeting_links_meeting_id",
        ),
    )


class MeetingEntry(Table):
    """One thing that was said or made at a meeting. Never changed."""

    __tablename__ = "meeting_entries"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    n: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime.datetime]
    by: Mapped[str] = mapped_column(SEAT)
    name: Mapped[str] = mapped_column(String(120))
    kind: Mapped[str] = mapped_column(String(24))
    data: Mapped[dict[str, Any]]


class MeetingPicture(Table):
    """A picture that a meeting kept; the bytes lie with `Files`."""

    __tablename__ = "meeting_pictures"
    meeting_id: Mapped[str] = mapped_column(ForeignKey("meetings.id"), primary_key=True)
    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    key: Mapped[str] = mapped_column(String(160), unique=True)
    sha256: Mapped[str] = mapped_column(SHA256)
    size: Mapped[int]
    made_at: Mapped[datetime.datetime]


class AppointmentWish(Table):
    """Another time that a client asked for; answered when her appointment moves, which counts its sequence up."""

    __tablename__ = "appointment_wishes"
    appointment_id: Mapped[str] = mapped_column(ForeignKey("appointments.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    words: Mapped[str] = mapped_column(String(500))
    made_at: Mapped[datetime.datetime]
