"""The first tables of the atelier."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from tryon.atelier.audit import START

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


MOMENT = sa.DateTime(timezone=True)
ID = sa.String(length=36)
SHA256 = sa.String(length=64)
JSON = sa.JSON(none_as_null=True)
STAGES = (
    "draft",
    "enquiry",
    "consultation",
    "deposit",
    "stone_sourcing",
    "cad",
    "approval_one",
    "casting",
    "setting",
    "hand_finishing",
    "approval_two",
    "qc",
    "packed",
    "delivered",
    "declined",
    "cancelled",
    "on_hold",
)
ROLES = ("client", "owner", "consultant", "artisan", "house")


def _choice(name: str, *words: str) -> sa.Enum:
    return sa.Enum(*words, name=name, native_enum=False, create_constraint=True, length=24)


def upgrade() -> None:
    """Make them."""
    op.create_table(
        "answered",
        sa.Column("scope", sa.String(length=120), nullable=False),
        sa.Column("key", sa.String(length=255), nullable=False),
        sa.Column("asked_sha256", SHA256, nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("headers", JSON, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("scope", "key", name=op.f("pk_answered")),
    )
    op.create_index(op.f("ix_answered_made_at"), "answered", ["made_at"], unique=False)
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_role", _choice("by_role", *ROLES), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("action", sa.String(length=60), nullable=False),
        sa.Column("about", ID, nullable=False),
        sa.Column("rows", sa.Text(), nullable=False),
        sa.Column("before_sha256", SHA256, nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_audit")),
    )
    op.create_index(op.f("ix_audit_about"), "audit", ["about"], unique=False)
    op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "editions",
        sa.Column("piece_id", sa.String(length=80), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("piece_id", name=op.f("pk_editions")),
    )
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("topic", sa.String(length=60), nullable=False),
        sa.Column("request_id", ID, nullable=True),
        sa.Column("payload", JSON, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("next_at", MOMENT, nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("sent_at", MOMENT, nullable=True),
        sa.Column("trouble", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    op.create_index(op.f("ix_outbox_next_at"), "outbox", ["next_at"], unique=False)
    op.create_table(
        "staff",
        sa.Column("id", ID, nullable=False),
        sa.Column("role", _choice("role", "owner", "consultant", "artisan"), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("capacity_month", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("email", name=op.f("uq_staff_email")),
    )
    op.create_table(
        "languages",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_languages_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "language", name=op.f("pk_languages")),
    )
    op.create_table(
        "requests",
        sa.Column("id", ID, nullable=False),
        sa.Column("stage", _choice("stage", *STAGES), nullable=False),
        sa.Column("held_from", _choice("held_from", *STAGES), nullable=True),
        sa.Column("event_date", sa.Date(), nullable=True),
        sa.Column("hairstyle", _choice("hairstyle", "tied", "loose", "updo", "bare"), nullable=True),
        sa.Column("veil", _choice("veil", "none", "under", "over", "behind"), nullable=True),
        sa.Column("tier", _choice("tier", "studio", "custom"), nullable=True),
        sa.Column("materials", sa.String(length=500), nullable=False),
        sa.Column("stones", sa.String(length=500), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("language", sa.String(length=8), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("phone", sa.String(length=40), nullable=False),
        sa.Column("measured", JSON, nullable=True),
        sa.Column("consent", JSON, nullable=True),
        sa.Column("lead_weeks", sa.Integer(), nullable=False),
        sa.Column("consultant_id", ID, nullable=True),
        sa.Column("artisan_id", ID, nullable=True),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("submitted_at", MOMENT, nullable=True),
        sa.Column("deposit_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["artisan_id"], ["staff.id"], name=op.f("fk_requests_artisan_id")),
        sa.ForeignKeyConstraint(["consultant_id"], ["staff.id"], name=op.f("fk_requests_consultant_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_requests")),
    )
    op.create_index(op.f("ix_requests_artisan_id"), "requests", ["artisan_id"], unique=False)
    op.create_index(op.f("ix_requests_stage"), "requests", ["stage"], unique=False)
    op.create_table(
        "skills",
        sa.Column("staff_id", ID, nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_skills_staff_id")),
        sa.PrimaryKeyConstraint("staff_id", "skill", name=op.f("pk_skills")),
    )
    op.create_table(
        "edition_numbers",
        sa.Column("piece_id", sa.String(length=80), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("state", _choice("state", "free", "given", "void"), nullable=False),
        sa.Column("request_id", ID, nullable=True),
        sa.Column("given_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("(state = 'given') = (request_id IS NOT NULL)", name=op.f("ck_edition_numbers_given")),
        sa.ForeignKeyConstraint(["piece_id"], ["editions.piece_id"], name=op.f("fk_edition_numbers_piece_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_edition_numbers_request_id")),
        sa.PrimaryKeyConstraint("piece_id", "number", name=op.f("pk_edition_numbers")),
        sa.UniqueConstraint("request_id", name=op.f("uq_edition_numbers_request_id")),
    )
    op.create_table(
        "files",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column(
            "kind", _choice("kind", "snapshot", "render", "design", "proof", "bench", "certificate"), nullable=False
        ),
        sa.Column("mime", sa.String(length=80), nullable=False),
        sa.Column("key", sa.String(length=160), nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("by_role", _choice("by_role", *ROLES), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_files_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_files")),
        sa.UniqueConstraint("key", name=op.f("uq_files_key")),
    )
    op.create_index(op.f("ix_files_request_id"), "files", ["request_id"], unique=False)
    op.create_table(
        "links",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("kind", _choice("kind", "key", "hand_over"), nullable=False),
        sa.Column("token_sha256", SHA256, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("until", MOMENT, nullable=False),
        sa.Column("used_at", MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_links_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_links")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_links_token_sha256")),
    )
    op.create_index(op.f("ix_links_request_id"), "links", ["request_id"], unique=False)
    op.create_table(
        "offers",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("artisan_id", ID, nullable=False),
        sa.Column("state", _choice("state", "offered", "accepted", "declined", "withdrawn"), nullable=False),
        sa.Column("because", sa.String(length=500), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["artisan_id"], ["staff.id"], name=op.f("fk_offers_artisan_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_offers_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_offers")),
    )
    op.create_index(op.f("ix_offers_artisan_id"), "offers", ["artisan_id"], unique=False)
    op.create_index(op.f("ix_offers_request_id"), "offers", ["request_id"], unique=False)
    op.create_index(
        "uq_offers_open",
        "offers",
        ["request_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('offered', 'accepted')"),
        postgresql_where=sa.text("state IN ('offered', 'accepted')"),
    )
    op.create_table(
        "parcels",
        sa.Column("request_id", ID, nullable=False),
        sa.Column("box", sa.Boolean(), nullable=False),
        sa.Column("care_card", sa.Boolean(), nullable=False),
        sa.Column("papers", sa.Boolean(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("insured_minor", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("carrier", sa.String(length=80), nullable=False),
        sa.Column("tracking", sa.String(length=80), nullable=False),
        sa.Column("from_date", sa.Date(), nullable=False),
        sa.Column("to_date", sa.Date(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_parcels_request_id")),
        sa.PrimaryKeyConstraint("request_id", name=op.f("pk_parcels")),
    )
    op.create_table(
        "provenance",
        sa.Column("public_id", sa.String(length=32), nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("record", JSON, nullable=True),
        sa.Column("visible", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_provenance_request_id")),
        sa.PrimaryKeyConstraint("public_id", name=op.f("pk_provenance")),
        sa.UniqueConstraint("request_id", name=op.f("uq_provenance_request_id")),
    )
    op.create_table(
        "quality",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("weight_mg", sa.Integer(), nullable=False),
        sa.Column("weight_declared_mg", sa.Integer(), nullable=False),
        sa.Column("hallmark", sa.String(length=80), nullable=False),
        sa.Column("finish", sa.String(length=80), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["staff.id"], name=op.f("fk_quality_by_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_quality_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quality")),
    )
    op.create_index(op.f("ix_quality_request_id"), "quality", ["request_id"], unique=False)
    op.create_table(
        "quotes",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("deposit_minor", sa.Integer(), nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("agreed_at", MOMENT, nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_quotes_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quotes")),
    )
    op.create_index(op.f("ix_quotes_request_id"), "quotes", ["request_id"], unique=False)
    op.create_index("uq_quotes_number", "quotes", ["request_id", "number"], unique=True)
    op.create_table(
        "request_pieces",
        sa.Column("request_id", ID, nullable=False),
        sa.Column("piece_id", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("wished", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_request_pieces_request_id")),
        sa.PrimaryKeyConstraint("request_id", "piece_id", name=op.f("pk_request_pieces")),
    )
    op.create_table(
        "revisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("round", _choice("round", "one", "two"), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("fit", JSON, nullable=True),
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("made_at", MOMENT, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_revisions_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revisions")),
    )
    op.create_index(op.f("ix_revisions_request_id"), "revisions", ["request_id"], unique=False)
    op.create_index("uq_revisions_number", "revisions", ["request_id", "round", "number"], unique=True)
    op.create_table(
        "certificates",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("material", sa.String(length=120), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("issuer", sa.String(length=120), nullable=False),
        sa.Column("paper", sa.String(length=80), nullable=False),
        sa.Column("file_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_certificates_file_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_certificates_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates")),
    )
    op.create_index(op.f("ix_certificates_request_id"), "certificates", ["request_id"], unique=False)
    op.create_table(
        "comments",
        sa.Column("id", ID, nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=True),
        sa.Column("x", sa.Double(), nullable=True),
        sa.Column("y", sa.Double(), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_role", _choice("by_role", *ROLES), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_comments_file_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_comments_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_comments")),
    )
    op.create_index(op.f("ix_comments_revision_id"), "comments", ["revision_id"], unique=False)
    op.create_table(
        "decisions",
        sa.Column("id", ID, nullable=False),
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("round", _choice("round", "one", "two"), nullable=False),
        sa.Column("decision", _choice("decision", "changes", "soft", "final"), nullable=False),
        sa.Column("sha256", SHA256, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_decisions_request_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_decisions_revision_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decisions")),
    )
    op.create_index(op.f("ix_decisions_revision_id"), "decisions", ["revision_id"], unique=False)
    op.create_index(
        "uq_decisions_final",
        "decisions",
        ["request_id", "round"],
        unique=True,
        sqlite_where=sa.text("decision = 'final'"),
        postgresql_where=sa.text("decision = 'final'"),
    )
    op.create_table(
        "quality_checks",
        sa.Column("quality_id", ID, nullable=False),
        sa.Column("what", _choice("what", "stone_tightness", "solder", "hallmark", "weight", "finish"), nullable=False),
        sa.Column("outcome", _choice("outcome", "pass", "fail", "not_applicable"), nullable=False),
        sa.Column("words", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["quality_id"], ["quality.id"], name=op.f("fk_quality_checks_quality_id")),
        sa.PrimaryKeyConstraint("quality_id", "what", name=op.f("pk_quality_checks")),
    )
    op.create_table(
        "quote_lines",
        sa.Column("quote_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column(
            "driver", _choice("driver", "metal", "stones", "production", "provenance", "fit", "other"), nullable=False
        ),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("minor", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["quote_id"], ["quotes.id"], name=op.f("fk_quote_lines_quote_id")),
        sa.PrimaryKeyConstraint("quote_id", "position", name=op.f("pk_quote_lines")),
    )
    op.create_table(
        "revision_files",
        sa.Column("revision_id", ID, nullable=False),
        sa.Column("file_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_revision_files_file_id")),
        sa.ForeignKeyConstraint(["revision_id"], ["revisions.id"], name=op.f("fk_revision_files_revision_id")),
        sa.PrimaryKeyConstraint("revision_id", "file_id", name=op.f("pk_revision_files")),
    )
    op.create_table(
        "steps",
        sa.Column("id", ID, nullable=False),
        sa.Column("request_id", ID, nullable=False),
        sa.Column("from_stage", _choice("from_stage", *STAGES), nullable=False),
        sa.Column("to_stage", _choice("to_stage", *STAGES), nullable=False),
        sa.Column("at", MOMENT, nullable=False),
        sa.Column("by_role", _choice("by_role", *ROLES), nullable=False),
        sa.Column("by_id", ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("file_id", ID, nullable=True),
        sa.ForeignKeyConstraint(["file_id"], ["files.id"], name=op.f("fk_steps_file_id")),
        sa.ForeignKeyConstraint(["request_id"], ["requests.id"], name=op.f("fk_steps_request_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
    )
    op.create_index(op.f("ix_steps_request_id"), "steps", ["request_id"], unique=False)
    head = sa.table("audit_head", sa.column("id"), sa.column("number"), sa.column("sha256"))
    op.bulk_insert(head, [{"id": 1, "number": 0, "sha256": START}])
