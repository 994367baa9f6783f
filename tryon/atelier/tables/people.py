"""Tables of the people of the atelier."""

from __future__ import annotations

import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier import trade
from tryon.atelier.tables.base import ID, Table, choice


class Staff(Table):
    """Somebody of the atelier."""

    __tablename__ = "staff"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    role: Mapped[trade.StaffRole] = mapped_column(choice("role", trade.StaffRole))
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254), unique=True)
    active: Mapped[bool]
    capacity_month: Mapped[int]
    "Of an artisan: how many requests she can begin in a month; 0 for others."
    made_at: Mapped[datetime.datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Skill(Table):
    """What an artisan is good at, such as `stones`, `filigree`, `restoration`, `child_sizes`."""

    __tablename__ = "skills"
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    skill: Mapped[str] = mapped_column(String(40), primary_key=True)


class Language(Table):
    """A language that somebody of the atelier speaks, such as `fr`."""

    __tablename__ = "languages"
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8), primary_key=True)
