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
    op.add_column(
        "kept_fits",
        sa.Column("shop_id", ID, sa.ForeignKey("shops.id", name="fk_kept_fits_shop_id"), nullable=True),
        inline_references=True,
    )
    op.add_column("kept_fits", sa.Column("sandbox", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_table(
        "hooks",
        sa.Column("id", ID, nullable=False),
        sa.Column("shop_id", ID, sa.ForeignKey("shops.id", name="fk_hooks_shop_id"), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("events", sa.String(length=300), nullable=False),
        sa.Column("sandbox", sa.Boolean(), nullable=False),
        sa.Column("secret", sa.String(length=80), nullable=False),
        sa.Column("old_secret", sa.String(length=80), nullable=False),
        sa.Column("old_until", MOMENT, nullable=True),
        sa.Column("ended", sa.String(length=24), nullable=False),
        sa.Column("failing_since", MOMENT, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_hooks"),
        sa.CheckConstraint("ended IN ('', 'asked', 'gone', 'failing')", name="ck_hooks_ended"),
    )
    op.create_index("ix_hooks_shop_id", "hooks", ["shop_id"])
    op.create_table(
        "hook_messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("hook_id", ID, sa.ForeignKey("hooks.id", name="fk_hook_messages_hook_id"), nullable=False),
        sa.Column("event", sa.String(length=40), nullable=False),
        sa.Column("request_id", ID, nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=True),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("given_up_at", MOMENT, nullable=True),
        sa.PrimaryKeyConstraint("id", name="pk_hook_messages"),
    )
    for column in ("hook_id", "request_id", "next_at"):
        op.create_index(f"ix_hook_messages_{column}", "hook_messages", [column])
    op.create_table(
        "hook_tries",
        sa.Column("message_id", ID, sa.ForeignKey("hook_messages.id", name="fk_hook_tries_message_id"), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("trouble", sa.String(length=40), nullable=False),
        sa.PrimaryKeyConstraint("message_id", "number", name="pk_hook_tries"),
    )
    op.create_table(
        "shop_products",
        sa.Column("shop_id", ID, sa.ForeignKey("shops.id", name="fk_shop_products_shop_id"), nullable=False),
        sa.Column("sku", sa.String(length=80), nullable=False),
        sa.Column("piece_id", sa.String(length=80), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("price_minor", sa.Integer(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("url", sa.String(length=500), nullable=False),
        sa.Column("sizes", sa.String(length=300), nullable=False),
        sa.PrimaryKeyConstraint("shop_id", "sku", name="pk_shop_products"),
    )
