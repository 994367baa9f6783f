"""Meetings: seats and their links, journal, pictures; and what clients wish of their appointments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)
SHA256 = sa.String(length=64)
SEAT = sa.String(length=24)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "meetings",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, sa.ForeignKey("requests.id", name="fk_meetings_request_id"), nullable=True),
        sa.Column(
            "appointment_id", ID, sa.ForeignKey("appointments.id", name="fk_meetings_appointment_id"), nullable=True
        ),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("admitted_at", MOMENT, nullable=True),
        sa.Column("settled_n", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_meetings"),
        sa.UniqueConstraint("appointment_id", name="uq_meetings_appointment_id"),
    )
    op.create_index("ix_meetings_request_id", "meetings", ["request_id"])
    op.create_index("ix_meetings_admitted_at", "meetings", ["admitted_at"])
    op.create_table(
        "meeting_seats",
        sa.Column("meeting_id", ID, sa.ForeignKey("meetings.id", name="fk_meeting_seats_meeting_id"), nullable=False),
        sa.Column("id", SEAT, nullable=False),
        sa.Column(
            "role",
            sa.Enum("client", "consultant", name="role", native_enum=False, create_constraint=False, length=24),
            nullable=False,
        ),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("staff_id", ID, sa.ForeignKey("staff.id", name="fk_meeting_seats_staff_id"), nullable=True),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("withdrawn_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("meeting_id", "id", name="pk_meeting_seats"),
        sa.CheckConstraint("role IN ('client', 'consultant')", name="ck_meeting_seats_role"),
    )
    op.create_index("ix_meeting_seats_staff_id", "meeting_seats", ["staff_id"])
    op.create_table(
        "meeting_links",
        sa.Column("token_sha256", SHA256, nullable=False),
        sa.Column("meeting_id", ID, nullable=False),
        sa.Column("seat_id", SEAT, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_meeting_links"),
        sa.ForeignKeyConstraint(
            ["meeting_id", "seat_id"],
            ["meeting_seats.meeting_id", "meeting_seats.id"],
            name="fk_meeting_links_meeting_id",
        ),
    )
    op.create_table(
        "meeting_entries",
        sa.Column("meeting_id", ID, sa.ForeignKey("meetings.id", name="fk_meeting_entries_meeting_id"), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by", SEAT, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "n", name="pk_meeting_entries"),
    )
    op.create_table(
        "meeting_pictures",
        sa.Column(
            "meeting_id", ID, sa.ForeignKey("meetings.id", name="fk_meeting_pictures_meeting_id"), nullable=False
        ),
        sa.Column("name", sa.String(length=16), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("meeting_id", "name", name="pk_meeting_pictures"),
        sa.UniqueConstraint("key", name="uq_meeting_pictures_key"),
    )
    op.create_table(
        "appointment_wishes",
        sa.Column(
            "appointment_id",
            ID,
            sa.ForeignKey("appointments.id", name="fk_appointment_wishes_appointment_id"),
            nullable=False,
        ),
        sa.Column("sequence", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("appointment_id", "sequence", name="pk_appointment_wishes"),
    )
