"""The table of fit cards that are kept as a live record, for as long as she agreed to."""

from __future__ import annotations

import datetime
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier.tables.base import ID, SHA256, Table


class KeptFit(Table):
    """Her measures with their doubt, what they rest on, and the verdicts of that day; no picture, no name."""

    __tablename__ = "kept_fits"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    token_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    consent: Mapped[str] = mapped_column(ID, index=True)
    "Id of the answer in the ledger under which it is kept."
    shop_id: Mapped[str | None] = mapped_column(ForeignKey("shops.id"))
    "On whose page she had it kept; None: our own."
    sandbox: Mapped[bool] = mapped_column(default=False)
    "By a key for trying out."
    piece: Mapped[str] = mapped_column(String(80))
    "Whose card it was made with."
    measures: Mapped[dict[str, Any] | None]
    made_at: Mapped[datetime.datetime]
    until: Mapped[datetime.datetime] = mapped_column(index=True)
