"""The audit trail: a chain of lines, each with who did what and the digest of every row as it was left.

A line's own digest covers the digest of the line before it, so that no line can be changed, left out or put in between;
and the last digest of every row is held against the row as it stands, so that a row that was changed past the store is
found as well. Whoever notes the head elsewhere (`tryon atelier audit` prints it) can also tell a chain that was written
anew as a whole. No value of a row stands in a line.
"""

from __future__ import annotations

import datetime
import hashlib
import json
from collections.abc import Iterable
from typing import Any

import msgspec
from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from tryon.atelier.tables import UNAUDITED, AuditHead, AuditLine, Table
from tryon.atelier.who import Who

START = hashlib.sha256(b"tryon atelier").hexdigest()
"What the first line stands on."
TOGETHER = 500
"Rows held in memory at one time while verifying."


class Verified(msgspec.Struct, frozen=True):
    """What verifying found."""

    lines: int
    rows: int
    head: str
    faults: list[str]
    "What is wrong, for people; empty: the chain is whole and every row is as it was left."


def row_id(row: Table) -> tuple[str, str]:
    """A row's table and its key, as text."""
    state = inspect(row)
    return row.__tablename__, "/".join(str(part) for part in state.mapper.primary_key_from_instance(row))


def row_sha256(row: Table) -> str:
    """Digest of a row's values; the same on every database."""
    values = {attribute.key: _plain(getattr(row, attribute.key)) for attribute in inspect(row).mapper.column_attrs}
    return hashlib.sha256(json.dumps(values, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def append(
    session: Session, who: Who, at: datetime.datetime, action: str, about: str, rows: Iterable[tuple[str, str, str]]
) -> None:
    """Write the next line: `rows` are (table, key, digest; empty: gone). Holds the chain until the unit ends."""
    head = session.execute(select(AuditHead).with_for_update()).scalar_one()
    line = AuditLine(
        number=head.number + 1,
        at=at,
        by_role=who.role,
        by_id=who.id,
        action=action,
        about=about,
        rows=json.dumps(sorted(rows), separators=(",", ":")),
        before_sha256=head.sha256,
    )
    line.sha256 = _line_sha256(line)
    head.number, head.sha256 = line.number, line.sha256
    session.add(line)


def verify(session: Session, *, noted: str = "") -> Verified:
    """Hold the chain against itself and against every row. `noted`: a head that was written down earlier."""
    faults: list[str] = []
    last: dict[tuple[str, str], str] = {}
    before, number, seen = START, 0, not noted or noted == START
    for line in session.scalars(select(AuditLine).order_by(AuditLine.number).execution_options(yield_per=TOGETHER)):
        number += 1
        if line.number != number:
            faults.append(f"line {number} is missing")
            number = line.number
        if line.before_sha256 != before:
            faults.append(f"line {number} does not follow the line before it")
        if _line_sha256(line) != line.sha256:
            faults.append(f"line {number} was changed")
        before = line.sha256
        seen = seen or before == noted
        for table, key, digest in json.loads(line.rows):
            last[table, key] = digest
    head = session.execute(select(AuditHead)).scalar_one()
    if (head.number, head.sha256) != (number, before):
        faults.append(f"the chain ends at line {number}, its head says {head.number}: lines at the end are gone")
    if not seen:
        faults.append("the head that was noted is not in this chain: it was written anew, or is another one's")
    return Verified(number, _verify_rows(session, last, faults), before, faults)


def _verify_rows(session: Session, last: dict[tuple[str, str], str], faults: list[str]) -> int:
    """Hold every row against the digest it was left with; how many there are."""
    rows = 0
    for mapper in sorted(Table.registry.mappers, key=lambda mapper: str(mapper.local_table)):
        if mapper.local_table.description in UNAUDITED:
            continue
        for row in session.scalars(select(mapper.class_).execution_options(yield_per=TOGETHER)):
            rows += 1
            table, key = row_id(row)
            left = last.pop((table, key), None)
            if left is None:
                faults.append(f"{table} {key} was put in past the store")
            elif left != row_sha256(row):
                faults.append(f"{table} {key} was changed past the store")
    faults.extend(f"{table} {key} was taken out past the store" for (table, key), left in sorted(last.items()) if left)
    return rows


def _line_sha256(line: AuditLine) -> str:
    values = (line.number, _plain(line.at), line.by_role, line.by_id, line.action, line.about, line.rows)
    return hashlib.sha256(json.dumps([*values, line.before_sha256]).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime.datetime):
        return value.astimezone(datetime.UTC).isoformat(timespec="microseconds")
    return value.isoformat() if isinstance(value, datetime.date) else value
