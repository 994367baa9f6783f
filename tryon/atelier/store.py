"""The store: every change is one unit of work that writes its rows, its outbox lines and its audit line together.

    store.change(who, "request.submit", lambda unit: requests.submit(unit, id))

Nothing is half done: a unit that raises leaves nothing behind, and one that returns is on the disk. Work is called
again when somebody else was in its way, so it must do nothing but read and write through its unit.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import secrets
import threading
import uuid
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import Session
from sqlalchemy.orm.exc import StaleDataError

from tryon.atelier import audit
from tryon.atelier.database import WRITES, bring_up_to_date, hold, open_engine
from tryon.atelier.dates import NEVER, Closed
from tryon.atelier.tables import UNAUDITED, Outbox, Table
from tryon.atelier.who import HOUSE, Who
from tryon.errors import AtelierError

TRIES = 4
"How often a unit is done anew when another was in its way."
CLOSE_S = 10.0
"What is read or written when the store is closed is over by then, or never will be."
TOKEN_BYTES = 32
T = TypeVar("T")
Clock = Callable[[], datetime.datetime]


def utc_now() -> datetime.datetime:
    """Now."""
    return datetime.datetime.now(datetime.UTC)


def sha256(text: str) -> str:
    """Digest under which a token is kept."""
    return hashlib.sha256(text.encode()).hexdigest()


class Chance:
    """Where ids and secrets come from."""

    def __init__(self, random: Callable[[int], bytes] = secrets.token_bytes) -> None:
        self._random = random
        self._lock = threading.Lock()
        self._last = 0

    def new_id(self, now: datetime.datetime) -> str:
        """A UUID, version 7, always after the one before it: what was made later sorts later.

        48 bits of milliseconds, then 74 of chance; within a millisecond one more than the last. Source: RFC 9562,
        sections 5.7 and 6.2.
        """
        value = int(now.timestamp() * 1000) << 80 | int.from_bytes(self._random(10), "big")
        value = value & ~(0xF << 76) | 7 << 76
        value = value & ~(0x3 << 62) | 2 << 62
        with self._lock:
            self._last = value = max(value, self._last + 1)
        return str(uuid.UUID(int=value))

    def new_token(self) -> str:
        """A secret nobody can guess, safe in an address."""
        return self._random(TOKEN_BYTES).hex()


class Unit:
    """One unit of work: rows to read and write, who acts, and when."""

    def __init__(self, rows: Session, who: Who, now: datetime.datetime, chance: Chance, closed: Closed = NEVER) -> None:
        self.rows = rows
        self.who = who
        self.now = now
        self.closed = closed
        "Days on which nobody of the atelier works."
        self.about = who.id if who.role == "client" else ""
        "What the audit line will say it concerns."
        self._chance = chance
        self._witnessed = False
        self._touched: dict[tuple[str, str], Table] = {}
        self._gone: dict[tuple[str, str], str] = {}

    @property
    def today(self) -> datetime.date:
        """The date, UTC."""
        return self.now.date()

    def new_id(self) -> str:
        """An id that sorts by when it was made."""
        return self._chance.new_id(self.now)

    def new_token(self) -> str:
        """A secret nobody can guess, safe in an address."""
        return self._chance.new_token()

    def tell(
        self, topic: str, request_id: str | None, *, after: datetime.timedelta = datetime.timedelta(0), **payload: Any
    ) -> None:
        """Have something told outside once this unit is done, or some time `after`: mail, webhook."""
        self.rows.add(
            Outbox(
                id=self.new_id(),
                topic=topic,
                request_id=request_id,
                payload=payload,
                made_at=self.now,
                next_at=self.now + after,
                tries=0,
                trouble="",
            )
        )

    def watch(self) -> None:
        """From here on remember which rows change."""
        event.listen(self.rows, "after_flush", self._remember)

    def witness(self) -> None:
        """Have the audit trail say that this was done, though no row may change."""
        self._witnessed = True

    def seal(self, action: str) -> None:
        """Write the audit line of all that changed, if anything did or it is to be witnessed."""
        self.rows.flush()
        rows = [(*key, "") for key in self._gone]
        for key, row in self._touched.items():
            # as the database has it, not as it was said: what is verified later is read from there
            self.rows.refresh(row)
            rows.append((*key, audit.row_sha256(row)))
        if rows or self._witnessed:
            audit.append(self.rows, self.who, self.now, action, self.about, rows)

    def _remember(self, session: Session, context: object) -> None:
        for row in [*session.new, *session.dirty]:
            if isinstance(row, Table) and row.__tablename__ not in UNAUDITED:
                self._gone.pop(audit.row_id(row), None)
                self._touched[audit.row_id(row)] = row
        for row in session.deleted:
            if isinstance(row, Table) and row.__tablename__ not in UNAUDITED:
                self._touched.pop(audit.row_id(row), None)
                self._gone[audit.row_id(row)] = ""


class Store:
    """See the module. Calls block on the database: from an event loop, call them on a thread."""

    def __init__(
        self, url: str, *, clock: Clock = utc_now, chance: Chance | None = None, closed: Closed = NEVER
    ) -> None:
        """Opens the database of a URL and brings it up to date. `closed`: see Unit. Raises SettingError."""
        self.closed = closed
        self._engine = open_engine(url)
        # what is read in several questions is read as of the first: PostgreSQL has to be asked for that
        moment = {"isolation_level": "REPEATABLE READ"} if self._engine.dialect.name == "postgresql" else {}
        self._reading = self._engine.execution_options(**moment)
        self._idle, self._at_work = threading.Condition(), 0
        self.clock = clock
        self.chance = chance or Chance()
        try:
            bring_up_to_date(self._engine)
        except BaseException:
            self.close()
            raise

    def change(self, who: Who, action: str, work: Callable[[Unit], T]) -> T:
        """Do `work` as one unit and put it on the disk. Raises what it raises; AtelierError `changed_meanwhile`."""
        for left in reversed(range(TRIES)):
            try:
                writing = self._engine.execution_options(**{WRITES: True})
                with self._working(), Session(writing, expire_on_commit=False) as session:
                    with session.begin():
                        unit = Unit(session, who, self.clock(), self.chance, self.closed)
                        unit.watch()
                        done = work(unit)
                        unit.seal(action)
                    return done
            except (StaleDataError, IntegrityError) as err:
                if not left:
                    raise AtelierError(
                        "changed_meanwhile", "Somebody else changed this at the same moment. Please look and try again."
                    ) from err
            except OperationalError as err:
                if not left or not _in_the_way(err):
                    raise AtelierError(
                        "store_unavailable", "It could not be written down. Nothing is lost; please try again."
                    ) from err
        raise AssertionError("the last try returns or raises")

    def look(self, work: Callable[[Unit], T], who: Who = HOUSE) -> T:
        """Read as of one moment; nothing is written. Raises what `work` raises; AtelierError `store_unavailable`."""
        for left in reversed(range(TRIES)):
            try:
                with self._working(), Session(self._reading) as session, session.begin():
                    return work(Unit(session, who, self.clock(), self.chance, self.closed))
            except OperationalError as err:
                if not left or not _in_the_way(err):
                    raise AtelierError("store_unavailable", "It cannot be read now. Please try again.") from err
        raise AssertionError("the last try returns or raises")

    def hold(self, name: str) -> Callable[[], None] | None:
        """See `database.hold`. Raises AtelierError."""
        try:
            return hold(self._engine, name)
        except (OperationalError, OSError) as err:
            raise AtelierError("store_unavailable", "It cannot be opened now. Please try again.") from err

    def verify(self, *, noted: str = "") -> audit.Verified:
        """Whether the audit trail is whole; see `audit`."""
        return self.look(lambda unit: audit.verify(unit.rows, noted=noted))

    def close(self) -> None:
        """Give the connections back, once whoever still reads or writes on another thread is done."""
        with self._idle:
            self._idle.wait_for(lambda: not self._at_work, CLOSE_S)
        self._engine.dispose()

    @contextlib.contextmanager
    def _working(self) -> Iterator[None]:
        with self._idle:
            self._at_work += 1
        try:
            yield
        finally:
            with self._idle:
                self._at_work -= 1
                self._idle.notify_all()


def _in_the_way(err: OperationalError) -> bool:
    """Whether trying once more may help: a deadlock, a serialization failure, a lock held for long."""
    return getattr(err.orig, "sqlstate", None) in ("40001", "40P01") or "locked" in str(err.orig)
