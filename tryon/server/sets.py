"""Sets: pieces that are worn together, kept under a name, found again by whoever was given the link.

One file a set, `sets/ID.json` in the data folder, written whole or not at all and synced before its id is told.
An id cannot be guessed and is all that is needed to read a set; a set is never changed. It holds the name she typed
and how pieces are worn: no picture, no measurement, nothing of the consent or session it was made in. Whoever runs
the service withdraws a set by deleting its file.
"""

from __future__ import annotations

import contextlib
import logging
import os
import re
import secrets
import threading
import time
import unicodedata
from collections import deque
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import msgspec

from tryon.errors import InputError
from tryon.messages import PIECES_MAX, PlaceSet, nudge_of, place_of
from tryon.server.retention import DAY_S, SET_DAYS
from tryon.types import Piece

log = logging.getLogger(__name__)

NAME_MAX = 80
KEPT_S = SET_DAYS * DAY_S
"A set that nobody opened for so long is forgotten."
SETS_MAX = 20_000
"Beyond this new ones are refused: those that were shared stay. About 20 MB."
HOUR_S = 3600.0
SAVES_AN_HOUR_MAX = 200
"A flood of them is refused long before it fills the place of all others."
OPENED_EVERY_S = 86400.0
"That a set was opened is noted once a day."
ID_BYTES = 16
ID = re.compile(r"[A-Za-z0-9_-]{22}")
BREAKS = {"Cc", "Cs", "Zl", "Zp"}
"Unicode's controls, lone surrogates and line breaks."
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"They turn the direction of what stands beside them."


class SetPiece(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How a piece is worn, as `pieces.set` and `nudge.set` say it."""

    piece: str
    on: Literal["", "left_hand", "right_hand", "either_hand"] = ""
    "Empty: its own place."
    finger: Literal["thumb", "index", "middle", "ring", "little", ""] = ""
    held: bool = False
    up_mm: float = 0.0
    forward_mm: float = 0.0
    tilt_deg: float = 0.0


class SetAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/sets`."""

    name: str
    worn: list[SetPiece]


class KeptPiece(SetPiece, frozen=True):
    """The same, with the name it had: it may have left the catalogue since."""

    name: str = ""


class Set(msgspec.Struct, frozen=True):
    """`GET /v1/sets/{id}`."""

    set: str
    name: str
    worn: list[KeptPiece]


class Sets:
    """See the module. Calls block on the disk: from the event loop, call them on a thread."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder = folder
        self._clock = clock
        self._lock = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for torn in folder.glob("*.part"):
            # a crash left it; its id was never told
            torn.unlink(missing_ok=True)
        self._saved_s: deque[float] = deque(maxlen=SAVES_AN_HOUR_MAX)
        self._opened_s = {path.stem: path.stat().st_mtime for path in folder.glob("*.json") if ID.fullmatch(path.stem)}

    def save(self, asked: SetAsked, pieces: Mapping[str, Piece]) -> Set:
        """Keep a set of these pieces. Raises InputError, MessageError, OSError."""
        name = _name(asked.name)
        worn = _checked(asked.worn, pieces)
        kept = Set(secrets.token_urlsafe(ID_BYTES), name, worn)
        with self._lock:
            if len(self._opened_s) >= SETS_MAX:
                self._forget_unopened()
            now_s = self._clock()
            flooded = len(self._saved_s) == SAVES_AN_HOUR_MAX and now_s - self._saved_s[0] < HOUR_S
            if flooded or len(self._opened_s) >= SETS_MAX:
                log.warning("a set was refused: %d are kept, too many an hour: %s", len(self._opened_s), flooded)
                raise InputError("sets_full", "No more sets can be kept here now. Nothing is lost; please try later.")
            self._write(kept)
            self._saved_s.append(now_s)
            self._opened_s[kept.set] = now_s
        return kept

    def find(self, id: str) -> Set:
        """The set of an id. Raises InputError."""
        unknown = InputError("set_unknown", "There is no such set here, or no longer. Please ask for a new link.")
        opened_s = self._opened_s.get(id)
        if opened_s is None:
            raise unknown
        path, now_s = self._path(id), self._clock()
        if now_s - opened_s > KEPT_S:
            with self._lock:
                self._forget_unopened()
            raise unknown
        try:
            found = msgspec.json.decode(path.read_bytes(), type=Set)
        except FileNotFoundError:
            with self._lock:
                self._opened_s.pop(id, None)
            raise unknown from None
        except msgspec.DecodeError:
            log.warning("a set of %s cannot be read and is passed over", self._folder.name)
            raise unknown from None
        if now_s - opened_s > OPENED_EVERY_S:
            with self._lock, contextlib.suppress(FileNotFoundError):
                os.utime(path, (now_s, now_s))
                self._opened_s[id] = now_s
        return found

    def sweep(self, days: int) -> int:
        """Forget what nobody opened for so many days; how many."""
        with self._lock:
            before = len(self._opened_s)
            self._forget_unopened(days * DAY_S)
            return before - len(self._opened_s)

    def _path(self, id: str) -> Path:
        assert ID.fullmatch(id), "only ids that were made here"
        return self._folder / f"{id}.json"

    def _write(self, kept: Set) -> None:
        path = self._path(kept.set)
        part = path.with_suffix(".part")
        try:
            with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(msgspec.json.encode(kept))
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except OSError:
            part.unlink(missing_ok=True)
            raise
        now_s = self._clock()
        os.utime(path, (now_s, now_s))
        folder = os.open(self._folder, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _forget_unopened(self, kept_s: float = KEPT_S) -> None:
        until_s = self._clock() - kept_s
        for id in [id for id, opened_s in self._opened_s.items() if opened_s < until_s]:
            self._path(id).unlink(missing_ok=True)
            del self._opened_s[id]


def _name(said: str) -> str:
    name = said.strip()
    breaks = any(unicodedata.category(letter) in BREAKS or letter in TURNS for letter in name)
    if not 1 <= len(name) <= NAME_MAX or breaks:
        raise InputError("set_name_wrong", f"A set's name has 1 to {NAME_MAX} characters on one line.")
    return name


def _checked(worn: list[SetPiece], pieces: Mapping[str, Piece]) -> list[KeptPiece]:
    if not worn:
        raise InputError("set_empty", "A set has at least one piece.")
    if len(worn) > PIECES_MAX:
        raise InputError("pieces_too_many", f"At most {PIECES_MAX} pieces can be worn at once.")
    kept: list[KeptPiece] = []
    for one in worn:
        piece = pieces.get(one.piece)
        if piece is None:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        if one.piece in {before.piece for before in kept}:
            raise InputError("place_wrong", f"{piece.name} is in this set twice.")
        if one.on:
            place_of(piece, PlaceSet(on=one.on, finger=one.finger, held=one.held))
        elif one.finger or one.held:
            raise InputError("place_wrong", f"Say on which hand {piece.name} is worn or held.")
        nudge_of(one.up_mm, one.forward_mm, one.tilt_deg)
        kept.append(KeptPiece(**msgspec.structs.asdict(one), name=piece.name))
    return kept
