"""The table of links by which somebody has erased what is held under her mail address."""

from __future__ import annotations

import datetime

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier.tables.base import SHA256, Table


class ErasureLink(Table):
    """Works once, for a day; then the row is gone, and the address with it."""

    __tablename__ = "erasure_links"
    token_sha256: Mapped[str] = mapped_column(SHA256, primary_key=True)
    email: Mapped[str] = mapped_column(String(254), index=True)
    until: Mapped[datetime.datetime] = mapped_column(index=True)
