"""The engine under the store: SQLite in the data folder, or PostgreSQL by its URL; and its tables, version by version.

SQLite: WAL, so that readers never wait; FULL, so that what is acknowledged is on the disk; BEGIN IMMEDIATE for a unit
that writes, so that it waits for its turn at the beginning and never fails in the middle.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.util import CommandError
from sqlalchemy import Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, NoSuchModuleError, OperationalError

from tryon.errors import SettingError

MIGRATIONS = Path(__file__).parent / "migrations"
BUSY_MS = 20_000
"How long a unit waits for its turn on SQLite."
MIGRATION_LOCK = 7_301_519
"Number of the PostgreSQL advisory lock under which one process at a time changes the tables; any number."
WRITES = "tryon_writes"


def open_engine(url: str) -> Engine:
    """The engine of a database URL (`sqlite:///FILE`, `postgresql://...`). Raises SettingError."""
    wrong = f"--database has value {_shown(url)!r}; expected sqlite:///FILE or postgresql://USER@HOST/NAME."
    try:
        parsed = make_url(url)
    except ArgumentError as err:
        raise SettingError("database_unknown", wrong) from err
    if parsed.drivername in ("postgresql", "postgres"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername == "sqlite" and parsed.database:
        Path(parsed.database).parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        engine = create_engine(parsed)
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
        return engine
    if parsed.drivername == "postgresql+psycopg":
        try:
            return create_engine(parsed, pool_pre_ping=True)
        except (ArgumentError, NoSuchModuleError) as err:
            raise SettingError("database_unknown", wrong) from err
    raise SettingError("database_unknown", wrong)


def examine(url: str) -> str:
    """Which database a URL leads to, in words; it is only asked, not changed. Raises SettingError."""
    engine = open_engine(url)
    try:
        with engine.connect() as connection:
            version = ".".join(str(part) for part in connection.dialect.server_version_info or ())
            return f"{engine.dialect.name} {version} at {engine.url.render_as_string()}"
    except OperationalError as err:
        raise _unreachable(engine, err) from err
    finally:
        engine.dispose()


def bring_up_to_date(engine: Engine) -> None:
    """Make or change the tables to what this version needs: all of it or nothing. Raises SettingError."""
    try:
        with engine.execution_options(**{WRITES: True}).begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({MIGRATION_LOCK})"))
            command.upgrade(_config(connection), "head")
    except OperationalError as err:
        raise _unreachable(engine, err) from err
    except CommandError as err:
        raise SettingError(
            "database_newer",
            f"The database {engine.url.render_as_string()} is of another version of tryon: {err}. Use a newer tryon.",
        ) from err


def hold(engine: Engine, name: str) -> Callable[[], None] | None:
    """A name that nobody else holds until it is given back by the call that is answered, or this process is gone, in
    whatever way it goes; None: somebody holds it. `name` is safe as the name of a file.

    PostgreSQL: an advisory lock of a connection of its own. SQLite, which is of one machine: a lock of the kernel on a
    file beside the database. Raises OperationalError, OSError.
    """
    if engine.dialect.name == "postgresql":
        return _hold_by_connection(engine, int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], signed=True))
    assert engine.url.database is not None
    return _hold_by_file(Path(f"{engine.url.database}-{name}.held"))


def _hold_by_connection(engine: Engine, key: int) -> Callable[[], None] | None:
    connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    if connection.execute(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}).scalar_one():

        def give_back() -> None:
            connection.detach()  # the lock goes with it
            connection.close()

        return give_back
    connection.close()
    return None


def _hold_by_file(path: Path) -> Callable[[], None] | None:
    while True:
        file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(file)
            return None
        if path.exists() and os.path.samestat(os.fstat(file), path.stat()):
            break
        os.close(file)  # whoever had it took the file away at this very moment

    def give_back() -> None:
        path.unlink(missing_ok=True)
        os.close(file)

    return give_back


def _unreachable(engine: Engine, err: OperationalError) -> SettingError:
    return SettingError(
        "database_unreachable", f"The database {engine.url.render_as_string()} cannot be opened: {err.orig}."
    )


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.attributes["connection"] = connection
    return config


def _prepare_sqlite(connection: Any, record: object) -> None:
    connection.isolation_level = None  # SQLAlchemy begins and ends units; the driver shall not
    cursor = connection.cursor()
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "secure_delete=ON",
        f"busy_timeout={BUSY_MS}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    writes = connection.get_execution_options().get(WRITES, False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _shown(url: str) -> str:
    """A URL without its password."""
    head, at, tail = url.rpartition("@")
    return f"{head.split(':')[0]}://...@{tail}" if at else url
