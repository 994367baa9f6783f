"""`tryon doctor`: what works on this machine and what does not, each with what to do about it."""

from __future__ import annotations

import errno
import http.client
import socket
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from tryon.atelier import database
from tryon.errors import SettingError, TryonError
from tryon.media.encoder import Vp8Encoder
from tryon.media.relay import try_relay
from tryon.pieces.catalogue import Catalogue
from tryon.render.renderer import Renderer
from tryon.server.relays import relays_of
from tryon.settings import TURN, Settings
from tryon.track.face import FaceTracker
from tryon.types import Frame

ANSWER_S = 3.0
PORTS_A_SESSION = 8
"A wearer and three consultants, each for a moment with an old connection and its new one."


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was tried."""

    what: str
    works: bool
    detail: str


def examine(settings: Settings) -> list[Finding]:
    """Tries everything a mirror needs. A failure is a finding, never an exception."""
    blank = Frame(np.full((180, 160), 128, np.uint8), 0.0)
    trials: dict[str, Callable[[], str]] = {
        "python": lambda: sys.version.split()[0],
        "drawing": _drawing,
        "tracking": lambda: _tracking(blank),
        "VP8": lambda: _vp8(blank),
        "catalogue": lambda: _catalogue(settings),
        "HTTP port": lambda: _port(settings),
        "media": lambda: _media(settings),
        "records": lambda: _records(Path(settings.data)),
        "address": lambda: _address(settings),
        "database": lambda: database.examine(settings.database_url),
    }
    trials |= {f"relay {turn}": partial(_relay, settings, turn) for turn in settings.turn_addresses}
    return [_try(what, trial) for what, trial in trials.items()]


def _try(what: str, trial: Callable[[], str]) -> Finding:
    try:
        return Finding(what, True, trial())
    except TryonError as err:
        return Finding(what, False, err.detail)
    except OSError as err:
        return Finding(what, False, f"{err.strerror or err}.")


def _drawing() -> str:
    renderer = Renderer()
    try:
        return renderer.driver
    finally:
        renderer.close()


def _tracking(blank: Frame) -> str:
    tracker = FaceTracker()
    try:
        tracker.track(blank)
    finally:
        tracker.close()
    return "face landmarks (MediaPipe 0.10.21, its own models)"


def _vp8(blank: Frame) -> str:
    encoded = Vp8Encoder(500).encode(blank.i420, 0, key=True)
    return f"encodes (key frame of {encoded.bytes if encoded else 0} bytes)"


def _catalogue(settings: Settings) -> str:
    catalogue = Catalogue(settings.pieces_folder, settings.published_folder)
    pieces = catalogue.pieces()
    for piece in pieces:
        catalogue.model(piece.id)
    return f"{len(pieces)} pieces in {settings.pieces_folder}"


def _port(settings: Settings) -> str:
    with socket.socket() as door:
        door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            door.bind((settings.host, settings.port))
        except OSError as err:
            if err.errno == errno.EADDRINUSE and _is_ours(settings):
                return f"{settings.host}:{settings.port}: this service listens there already"
            raise OSError(
                err.errno,
                f"{settings.host}:{settings.port} cannot be used ({err.strerror}); stop what listens there, "
                "or set TRYON_PORT",
            ) from err
    return f"{settings.host}:{settings.port} is free"


def _is_ours(settings: Settings) -> bool:
    """Whether what listens at our port answers as this service does."""
    connection = http.client.HTTPConnection(settings.host, settings.port, timeout=ANSWER_S)
    try:
        connection.request("GET", "/livez")
        answer = connection.getresponse()
        return answer.status == 200 and "Request-Id" in answer.headers and b'"ok"' in answer.read(100)
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _media(settings: Settings) -> str:
    if (ports := settings.port_range) is not None and ports[1] - ports[0] + 1 < (
        wanted := settings.sessions_max * PORTS_A_SESSION
    ):
        raise SettingError(
            "ports_few", f"TRYON_MEDIA_PORTS has {ports[1] - ports[0] + 1} ports; {wanted} are needed at the busiest."
        )
    for address in settings.media_addresses.split(","):
        if address.strip() == "auto":
            continue
        _bind_media(address.strip(), ports)
    note = f", ports {settings.media_ports}" if settings.media_ports else ""
    note += f", advertised as {settings.advertise}" if settings.advertise else ""
    if not settings.turn and not settings.media_addresses.startswith("127."):
        note += "; no TURN server: who has no UDP sees no picture (TRYON_TURN)"
    return f"UDP on {settings.media_addresses}{note}"


def _bind_media(address: str, ports: tuple[int, int] | None) -> None:
    """Raises OSError, also when not one port of the range is free."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    first, last = ports or (0, 0)
    for port in range(first, last + 1):
        with socket.socket(family, socket.SOCK_DGRAM) as door:
            try:
                door.bind((address, port))
                return
            except OSError as err:
                if port < last and err.errno == errno.EADDRINUSE:
                    continue
                raise OSError(
                    err.errno, f"UDP on {address} cannot be bound ({err.strerror}); see TRYON_MEDIA_ADDRESSES"
                ) from err


def _relay(settings: Settings, address: str) -> str:
    """As a page would use it. Nobody's media goes through it."""
    found = TURN.fullmatch(address)
    if found is None:
        raise SettingError("setting_invalid", f"TRYON_TURN: {address!r} is no address of a TURN server.")
    [server] = relays_of(settings, "doctor", time.time()).servers
    reached = settings.advertised or tuple(
        each for each in (a.strip() for a in settings.media_addresses.split(",")) if each != "auto"
    )
    return try_relay(found.groupdict(), server.username, server.credential, reached, ports=settings.port_range)


def _address(settings: Settings) -> str:
    if settings.address_trouble and settings.mail:
        raise SettingError("address_local", settings.address_trouble)
    if settings.address_trouble:
        return f"{settings.public_address}: for this machine alone. {settings.address_trouble}"
    return settings.public_address


def _records(folder: Path) -> str:
    folder.mkdir(parents=True, exist_ok=True)
    trial = folder / ".trial"
    trial.write_text("")
    trial.unlink()
    return f"{folder} can be written"
