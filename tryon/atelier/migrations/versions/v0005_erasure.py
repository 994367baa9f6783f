"""When all that was hers was erased from a request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """To this version."""
    op.add_column("requests", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_requests_erased_at", "requests", ["erased_at"])
