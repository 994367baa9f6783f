"""Where sessions run: the door that the server knocks at, whatever lies behind it.

Only SDP, small JSON and, while a camera is calibrated, its stills as files cross it; video never does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from tryon.calibrating import Calibrating
from tryon.meeting import Seat
from tryon.owned import LaidTold

OFFER_BYTES_MAX = 64 * 1024
STILL_BYTES_MAX = 4 * 1024 * 1024
"Of one picture of the camera, as a file."


@dataclass(frozen=True, slots=True)
class Spec:
    """What a session starts with."""

    pieces: tuple[str, ...] = ()
    "Ids of the pieces worn from the first picture on."
    purposes: tuple[str, ...] = ("live",)
    "What she agreed to: `live`, `measure`, `share`. Empty: what she agreed to before holds."
    seat: Seat | None = None
    "Whose connection it is at a meeting; None: the wearer's own, at a mirror by herself."
    shelf: tuple[str, ...] | None = None
    "Ids of the pieces that can be worn there; None: the whole catalogue."


@dataclass(frozen=True, slots=True)
class Ended:
    """Said once for every session that ended, however it ended."""

    session_id: str
    reason: str
    """`closed` (asked for), `restarting` (the server stops), `left` (no peer came back in time), `failed` (no picture),
    `died` (its process was lost)."""


OnEnd = Callable[[Ended], None]
"Called on the event loop of whoever started the pool."


class Pool(Protocol):
    """Runs sessions. One event loop owns a pool: all its methods are called there."""

    on_end: OnEnd | None

    async def start(self) -> None:
        """Warm up; returns when the first session could be opened. Raises TryonError when none can be."""

    async def stop(self) -> None:
        """End every session and process, telling each that the server restarts. The pool cannot be started again."""

    async def open(self, session_id: str, offer: str, spec: Spec) -> str:
        """The answer (SDP) to a peer's offer (SDP).

        The first call for an id starts the session; a later one makes a new peer for the same session, which
        goes on as it was (pieces, nudge, measurements): that is how a lost connection resumes, and of `spec` only
        the purposes are looked at. Raises SessionError `server_full` or `session_lost`, MessageError
        `offer_unreadable`, AssetError `piece_unknown`.
        """

    async def allow(self, session_id: str, purposes: tuple[str, ...]) -> None:
        """She agreed to more while the session runs. Raises SessionError `session_unknown`."""

    async def close(self, session_id: str) -> None:
        """End a session. Raises SessionError `session_unknown`."""

    async def calibrate(self, session_id: str, still: bytes, *, anew: bool) -> Calibrating:
        """What a still of the calibration board tells of a session's camera; `anew`: forget those before.

        Raises SessionError `session_unknown`, `session_lost` or `still_busy`, InputError `picture_*`.
        """

    async def lay(self, session_id: str, still: bytes, kind: str) -> LaidTold:
        """What a picture of her ring or bangle beside a card tells; it is forgotten.

        Raises SessionError `session_unknown`, `session_lost` or `still_busy`, InputError `picture_*`, ConsentError
        `consent_missing`.
        """

    def free(self) -> int:
        """How many more sessions there is room for."""

    def vitals(self) -> Mapping[str, Mapping[str, Any]]:
        """What each running session last said of itself (`fps`, `connected`), by id."""
