"""The store on both databases: SQLite in a folder of the test, PostgreSQL on a cluster of the test run's own."""

from __future__ import annotations

import datetime
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from tests.atelier.workshop import House, catalogue, draw_files, open_house
from tests.atelier.writer import NOW
from tryon.atelier.store import Store


class Clock:
    """The time, as the test has it."""

    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime.datetime:
        self.now += datetime.timedelta(milliseconds=1)
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture(scope="session")
def cluster() -> Iterator[str]:
    """Address of a PostgreSQL cluster of this run (Debian's package), without a database's name."""
    binaries = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"))
    assert binaries, "PostgreSQL is missing: ./install.sh dev installs it"
    folder = Path(tempfile.mkdtemp(prefix="tryon-postgres-"))
    user = None
    if os.geteuid() == 0:
        # it refuses to be run by root
        user = "postgres"
        shutil.chown(folder, user)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    data = str(folder / "data")
    initdb = [str(binaries[-1].with_name("initdb")), "-D", data, "-U", "atelier", "-A", "trust", "-E", "UTF8", "-N"]
    subprocess.run([*initdb, "--locale=C"], user=user, check=True, capture_output=True, cwd=folder)
    options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off", "max_connections": "150"}
    command = [str(binaries[-1]), "-D", data, "-p", str(port), *(f"--{key}={value}" for key, value in options.items())]
    with (folder / "log").open("wb") as log:
        server = subprocess.Popen(command, user=user, stdout=log, stderr=log, cwd=folder)
    address = f"postgresql://atelier@127.0.0.1:{port}"
    try:
        while True:
            try:
                psycopg.connect(f"{address}/postgres").close()
                break
            except psycopg.OperationalError:
                assert server.poll() is None, (folder / "log").read_text()
        yield address
    finally:
        server.send_signal(signal.SIGINT)  # "fast": it does not wait for who is still connected
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """URL of an empty database."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'atelier.db'}"
    address = request.getfixturevalue("cluster")
    name = f"t{uuid.uuid4().hex}"
    with psycopg.connect(f"{address}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    return f"{address}/{name}"


@pytest.fixture
def store(database: str, clock: Clock) -> Iterator[Store]:
    """An empty store, up to date."""
    store = Store(database, clock=clock)
    yield store
    store.close()


@pytest.fixture
def house(store: Store, tmp_path: Path) -> House:
    """A store with people in it, and files beside."""
    return open_house(store, tmp_path)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Pictures and models in the place of the catalogue's."""
    return draw_files(tmp_path / "pieces", catalogue())
