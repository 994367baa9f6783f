"""Pieces that a shop brings into the catalogue itself, and their versions."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)
SHA256 = sa.String(length=64)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "brought_pieces",
        sa.Column("id", sa.String(length=40), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("mesh", sa.JSON(), nullable=True),
        sa.Column("drawn_of", SHA256, nullable=False),
        sa.Column("published", sa.Integer(), nullable=False),
        sa.Column("shown", sa.Boolean(), nullable=False),
        sa.Column("changed", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("changed_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_brought_pieces"),
    )
    op.create_table(
        "brought_versions",
        sa.Column(
            "piece_id",
            sa.String(length=40),
            sa.ForeignKey("brought_pieces.id", name="fk_brought_versions_piece_id"),
            nullable=False,
        ),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("toml_sha256", SHA256, nullable=False),
        sa.Column("mesh_sha256", SHA256, nullable=False),
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("piece_id", "number", name="pk_brought_versions"),
    )
