"""Links by which somebody has erased what is held under her mail address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "erasure_links",
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("token_sha256", name="pk_erasure_links"),
    )
    op.create_index("ix_erasure_links_email", "erasure_links", ["email"])
    op.create_index("ix_erasure_links_until", "erasure_links", ["until"])
