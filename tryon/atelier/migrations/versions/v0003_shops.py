"""Shops that show the mirror on pages of their own, and their keys."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)


def upgrade() -> None:
    """To this version."""
    op.create_table(
        "shops",
        sa.Column("id", ID, nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("policy", sa.String(length=500), nullable=False),
        sa.Column("every_piece", sa.Boolean(), nullable=False),
        sa.Column("sessions_max", sa.Integer(), nullable=False),
        sa.Column("visits_a_minute", sa.Integer(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_shops"),
    )
    op.create_table(
        "shop_origins",
        sa.Column("shop_id", ID, sa.ForeignKey("shops.id", name="fk_shop_origins_shop_id"), nullable=False),
        sa.Column("origin", sa.String(length=270), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "origin", name="pk_shop_origins"),
    )
    op.create_table(
        "shop_pieces",
        sa.Column("shop_id", ID, sa.ForeignKey("shops.id", name="fk_shop_pieces_shop_id"), nullable=False),
        sa.Column("piece_id", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "piece_id", name="pk_shop_pieces"),
    )
    op.create_table(
        "shop_keys",
        sa.Column("id", ID, nullable=False),
        sa.Column("shop_id", ID, sa.ForeignKey("shops.id", name="fk_shop_keys_shop_id"), nullable=False),
        sa.Column("kind", sa.String(length=24), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("token_sha256", sa.String(length=64), nullable=False),
        sa.Column("shown", sa.String(length=80), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=True),
        sa.Column("used_on", sa.Date(), nullable=True),
        sa.CheckConstraint("kind IN ('publishable', 'secret')", name="ck_shop_keys_kind"),
        sa.PrimaryKeyConstraint("id", name="pk_shop_keys"),
        sa.UniqueConstraint("token_sha256", name="uq_shop_keys_token_sha256"),
    )
    op.create_index("ix_shop_keys_shop_id", "shop_keys", ["shop_id"])
