"""Accounts of the atelier, appointments, and mails that were given up."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)
SHA256 = sa.String(length=64)


def upgrade() -> None:
    """To this version."""
    op.add_column("outbox", sa.Column("given_up_at", MOMENT, nullable=True))
    op.create_table(
        "accounts",
        sa.Column("staff_id", ID, sa.ForeignKey("staff.id", name="fk_accounts_staff_id"), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("password", sa.String(length=200), nullable=True),
        sa.Column("joined_at", MOMENT, nullable=True),
        sa.Column("signed_in_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("staff_id", name="pk_accounts"),
    )
    op.create_table(
        "passkeys",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, sa.ForeignKey("staff.id", name="fk_passkeys_staff_id"), nullable=False),
        sa.Column("credential_sha256", SHA256, nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_passkeys"),
        sa.UniqueConstraint("credential_sha256", name="uq_passkeys_credential_sha256"),
    )
    op.create_index("ix_passkeys_staff_id", "passkeys", ["staff_id"])
    op.create_table(
        "invitations",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, sa.ForeignKey("staff.id", name="fk_invitations_staff_id"), nullable=False),
        sa.Column("token_sha256", SHA256, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_invitations"),
        sa.UniqueConstraint("token_sha256", name="uq_invitations_token_sha256"),
    )
    op.create_index("ix_invitations_staff_id", "invitations", ["staff_id"])
    op.create_table(
        "logins",
        sa.Column("id", ID, nullable=False),
        sa.Column("staff_id", ID, sa.ForeignKey("staff.id", name="fk_logins_staff_id"), nullable=False),
        sa.Column("token_sha256", SHA256, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("seen_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_logins"),
        sa.UniqueConstraint("token_sha256", name="uq_logins_token_sha256"),
    )
    op.create_index("ix_logins_staff_id", "logins", ["staff_id"])
    op.create_table(
        "challenges",
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column(
            "ceremony",
            sa.Enum("join", "sign_in", name="ceremony", native_enum=False, create_constraint=False, length=24),
            nullable=False,
        ),
        sa.Column("staff_id", ID, nullable=True),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name="pk_challenges"),
        sa.CheckConstraint("ceremony IN ('join', 'sign_in')", name="ck_challenges_ceremony"),
    )
    op.create_index("ix_challenges_until", "challenges", ["until"])
    op.create_table(
        "appointments",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, sa.ForeignKey("requests.id", name="fk_appointments_request_id"), nullable=True),
        sa.Column("consultant_id", ID, sa.ForeignKey("staff.id", name="fk_appointments_consultant_id"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("starts_at", MOMENT, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("zone", sa.String(length=64), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_appointments"),
    )
    op.create_index("ix_appointments_request_id", "appointments", ["request_id"])
    op.create_index("ix_appointments_consultant_id", "appointments", ["consultant_id"])
    op.create_index("ix_appointments_starts_at", "appointments", ["starts_at"])
