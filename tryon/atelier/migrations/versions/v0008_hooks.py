"""Requests bound to the shop on whose page they were begun; what a shop's server is told, and its products."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)


def upgrade() -> None:
    """To this version."""
    op.add_column(
        "requests",
        sa.Column("shop_id", ID, sa.ForeignKey("shops.id", name="fk_requests_shop_id"), nullable=True),
        inline_references=True,
    )
    op.create_index("ix_requests_shop_id", "requests", ["shop_id"])
    op.add_column("requests", sa.Column("sandbox", sa.Boolean(), nullable=False, server_default=sa.false()))
