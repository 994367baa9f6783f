"""Tables of the pieces that a shop brings into the catalogue itself; their meshes and pictures are files beside."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier.tables.base import ID, SHA256, Table


class BroughtPiece(Table):
    """A piece, as its owner fills it in."""

    __tablename__ = "brought_pieces"
    id: Mapped[str] = mapped_column(String(40), primary_key=True)
    draft: Mapped[dict[str, Any]]
    "Its fields (pieces.fields)."
    mesh: Mapped[dict[str, Any] | None]
    "What the gate said of its model; None: there is none yet."
    drawn_of: Mapped[str] = mapped_column(SHA256)
    "Digest of the model and fields that its pictures show; empty: none were drawn."
    published: Mapped[int]
    "Its last version; 0: none."
    shown: Mapped[bool]
    changed: Mapped[bool]
    "Whether anything of it changed since it was published."
    made_at: Mapped[datetime.datetime]
    changed_at: Mapped[datetime.datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # `brought` counts


class BroughtVersion(Table):
    """A version that was published; it stays as it is."""

    __tablename__ = "brought_versions"
    piece_id: Mapped[str] = mapped_column(ForeignKey("brought_pieces.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    toml_sha256: Mapped[str] = mapped_column(SHA256)
    mesh_sha256: Mapped[str] = mapped_column(SHA256)
    staff_id: Mapped[str] = mapped_column(ID)
    made_at: Mapped[datetime.datetime]
