"""A TURN server on this machine: Debian's coturn, with the settings that README recommends."""

from __future__ import annotations

import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

README = Path(__file__).resolve().parents[1] / "README.md"
SECRET = "a secret of this test"
WAIT_S = 30.0
HERE = {
    # this machine alone, and no TLS; what README says to deny but for the loopback that all of this runs on
    "listening-ip": "127.0.0.1",
    "relay-ip": "127.0.0.1",
    "no-tls": None,
    "no-dtls": None,
    "allow-loopback-peers": None,
    "allowed-peer-ip": "127.0.0.1",
}


def recommended() -> dict[str, str | None]:
    """The lines of turnserver.conf in README."""
    found = re.search(r"    # turnserver\.conf\n((?:    .*\n)+)", README.read_text())
    assert found is not None
    lines = [line.strip() for line in found[1].splitlines() if not line.strip().startswith("#")]
    return dict((*line.split("=", 1), None)[:2] for line in lines if not line.startswith("denied-peer-ip"))


def denied() -> list[str]:
    """What README says that nobody may be relayed to."""
    return re.findall(r"^    denied-peer-ip=(\S+)", README.read_text(), re.MULTILINE)


@contextmanager
def open_coturn(folder: Path) -> Iterator[int]:
    """Its port, for UDP and TCP alike."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        port = door.getsockname()[1]
    said = {**recommended(), **HERE, "listening-port": str(port), "static-auth-secret": SECRET}
    for left_out in ("tls-listening-port", "cert", "pkey", "external-ip", "syslog"):
        said.pop(left_out, None)
    lines = [name if value is None else f"{name}={value}" for name, value in said.items()]
    lines += [f"denied-peer-ip={each}" for each in denied()]
    lines += [f"userdb={folder / 'turn.db'}", f"pidfile={folder / 'turn.pid'}", f"log-file={folder / 'turn.log'}"]
    (folder / "turnserver.conf").write_text("\n".join([*lines, "simple-log", ""]))
    process = subprocess.Popen(
        ["turnserver", "-c", str(folder / "turnserver.conf")],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        end = time.monotonic() + WAIT_S
        while not _listens(port):
            assert process.poll() is None, (folder / "turn.log").read_text()
            assert time.monotonic() < end, "the TURN server never listened"
            time.sleep(0.02)
        yield port
    finally:
        process.terminate()
        process.wait(WAIT_S)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
