"""What is said and made at a meeting, kept as it is made.

One folder a meeting, `meetings/ID` in the data folder: `journal.jsonl`, a line an entry, only ever appended to and
synced before it is acknowledged, and `pictures/NAME.jpg`. Who comes back reads it from the first line. Deleting the
folder forgets the meeting. Whatever else keeps it later stands behind the same Journal.
"""

from __future__ import annotations

import fcntl
import logging
import os
import re
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from tryon.errors import SessionError
from tryon.meeting import ID
from tryon.messages import Entry

log = logging.getLogger(__name__)

ENTRIES_MAX = 20_000
PICTURES_MAX = 300
PICTURE = re.compile(r"[0-9]{1,6}\.jpg")


class Journal(Protocol):
    """What a meeting needs of it. Calls block on the disk; one thread at a time."""

    @property
    def entries(self) -> Sequence[Entry]:
        """All that was kept, oldest first."""

    def write(self, by: str, name: str, kind: str, data: dict[str, Any], /) -> Entry:
        """Keep one thing more. When it returns, a crash loses it no more. Raises SessionError."""

    def keep(self, picture: bytes, /) -> str:
        """Keep a JPEG; the name to find it by. Raises SessionError."""

    def close(self) -> None:
        """Give the file back."""


class FileJournal:
    """See the module. Raises SessionError when another process has it open."""

    def __init__(self, folder: Path, meeting: str, *, clock: Callable[[], float] = time.time) -> None:
        assert ID.fullmatch(meeting), "only ids that were made here"
        self._folder, self._clock = folder / "meetings" / meeting, clock
        self._pictures = self._folder / "pictures"
        self._pictures.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self._folder / "journal.jsonl"
        self._file = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT, 0o600)
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as err:
            os.close(self._file)
            detail = "This meeting is still being closed elsewhere. Please try again in a moment."
            raise SessionError("session_lost", detail) from err
        self._entries = _read(path)
        self._size = _whole(path)
        # what a crash tore off was never acknowledged
        os.ftruncate(self._file, self._size)
        _sync(self._folder)
        self._count = sum(1 for _ in self._pictures.glob("*.jpg"))

    @property
    def entries(self) -> Sequence[Entry]:
        """See Journal."""
        return self._entries

    def write(self, by: str, name: str, kind: str, data: dict[str, Any], /) -> Entry:
        """See Journal."""
        if len(self._entries) >= ENTRIES_MAX:
            raise SessionError(
                "journal_full", "This meeting holds as much as it can. What is there stays; begin another."
            )
        at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(self._clock()))
        entry = Entry(self._entries[-1].n + 1 if self._entries else 1, at, by, name, kind, data)
        line = msgspec.json.encode(entry) + b"\n"
        try:
            if os.write(self._file, line) != len(line):
                raise OSError("the disk took half a line")
            os.fsync(self._file)
        except OSError as err:
            # half a line would spoil the next one
            os.ftruncate(self._file, self._size)
            log.exception("a meeting's journal cannot be written")
            raise SessionError(
                "journal_failed", "This could not be saved. It is not lost from your page; try again."
            ) from err
        self._size += len(line)
        self._entries.append(entry)
        return entry

    def keep(self, picture: bytes, /) -> str:
        """See Journal."""
        if self._count >= PICTURES_MAX:
            raise SessionError("journal_full", "This meeting holds as many pictures as it can. What is there stays.")
        name = f"{self._count + 1}.jpg"
        part = self._pictures / f"{name}.part"
        try:
            with open(part, "wb", opener=lambda path, flags: os.open(path, flags, 0o600)) as file:
                file.write(picture)
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, self._pictures / name)
            _sync(self._pictures)
        except OSError as err:
            part.unlink(missing_ok=True)
            log.exception("a meeting's picture cannot be written")
            raise SessionError("journal_failed", "This picture could not be saved. Please try again.") from err
        self._count += 1
        return name

    def close(self) -> None:
        """See Journal."""
        os.close(self._file)


def picture_of(folder: Path, meeting: str, name: str) -> bytes | None:
    """A picture that a meeting kept; None when there is none of that name."""
    if not ID.fullmatch(meeting) or not PICTURE.fullmatch(name):
        return None
    try:
        return (folder / "meetings" / meeting / "pictures" / name).read_bytes()
    except FileNotFoundError:
        return None


def _whole(path: Path) -> int:
    """How many bytes of the file are whole lines."""
    return path.read_bytes().rfind(b"\n") + 1


def _read(path: Path) -> list[Entry]:
    entries = []
    for number, line in enumerate(path.read_bytes()[: _whole(path)].splitlines(), 1):
        try:
            entries.append(msgspec.json.decode(line, type=Entry))
        except msgspec.DecodeError:
            log.warning("line %d of a meeting's journal cannot be read and is passed over", number)
    return entries


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
