"""`tryon doctor`: what works on this machine and what does not, each with what to do about it."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tryon.atelier import database
from tryon.errors import SettingError, TryonError
from tryon.media.encoder import Vp8Encoder
from tryon.pieces.catalogue import Catalogue
from tryon.render.renderer import Renderer
from tryon.settings import Settings
from tryon.track.face import FaceTracker
from tryon.types import Frame


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
            raise OSError(
                err.errno,
                f"{settings.host}:{settings.port} cannot be used ({err.strerror}); stop what listens there, "
                "or set TRYON_PORT",
            ) from err
    return f"{settings.host}:{settings.port} is free"


def _media(settings: Settings) -> str:
    for address in settings.media_addresses.split(","):
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as door:
            try:
                door.bind((address.strip(), 0))
            except OSError as err:
                raise OSError(
                    err.errno, f"UDP on {address} cannot be bound ({err.strerror}); see TRYON_MEDIA_ADDRESSES"
                ) from err
    note = f", advertised as {settings.advertise}" if settings.advertise else ""
    return f"UDP on {settings.media_addresses}{note}"


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
