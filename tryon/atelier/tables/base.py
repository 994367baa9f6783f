"""What every table shares: moments in UTC, fixed words under a CHECK, and the names of constraints.

Money is whole minor units with a currency; JSON is only for snapshots of what another room said.
"""

from __future__ import annotations

import datetime
from typing import Any, get_args

from sqlalchemy import JSON, DateTime, Dialect, Enum, MetaData, String
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.types import TypeDecorator

ID = String(36)
MIME = String(80)
CURRENCY = String(3)
SHA256 = String(64)


class Moment(TypeDecorator[datetime.datetime]):
    """A point in time, always with its zone here, always UTC in the database."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """Into the database; a moment without a zone is a programmer's mistake."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment without a zone")
        return value.astimezone(datetime.UTC)

    def process_result_value(self, value: datetime.datetime | None, dialect: Dialect) -> datetime.datetime | None:
        """Out of it; SQLite keeps no zone."""
        if value is None:
            return None
        return value.replace(tzinfo=datetime.UTC) if value.tzinfo is None else value.astimezone(datetime.UTC)


def choice(name: str, words: Any) -> Enum:
    """One of the words of a Literal, held by a CHECK."""
    return Enum(*get_args(words), name=name, native_enum=False, create_constraint=True, length=24)


class Table(DeclarativeBase):
    """Base of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(column_0_label)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime.datetime: Moment, dict[str, Any]: JSON(none_as_null=True)}
