"""Fit cards kept as a live record."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)
SHA256 = sa.String(length=64)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "kept_fits",
        sa.Column("id", ID, nullable=False),
        sa.Column("token_sha256", SHA256, nullable=False),
        sa.Column("consent", ID, nullable=False),
        sa.Column("piece", sa.String(length=80), nullable=False),
        sa.Column("measures", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_kept_fits"),
        sa.UniqueConstraint("token_sha256", name="uq_kept_fits_token_sha256"),
    )
    op.create_index("ix_kept_fits_consent", "kept_fits", ["consent"])
    op.create_index("ix_kept_fits_until", "kept_fits", ["until"])
