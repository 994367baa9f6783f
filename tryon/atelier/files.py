"""Files of the atelier: what may come in, and where the bytes lie (a folder, or S3 by its URL).

What comes in is known by its first bytes, never by its name or by what its sender says it is. Pictures are written
anew (`picture.clean_picture`); other kinds are kept as they are and only ever sent out as a download.
"""

from __future__ import annotations

import datetime
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, ObjectStore, from_url

from tryon.atelier.trade import FileKind
from tryon.errors import AtelierError, InputError, SettingError
from tryon.picture import clean_picture

if TYPE_CHECKING:
    from obstore.store import RetryConfig  # its stubs alone have it

MIB = 1024 * 1024
BYTES_MAX: dict[str, int] = {
    "image": 16 * MIB,
    "model/gltf-binary": 32 * MIB,
    "video/mp4": 64 * MIB,
    "video/webm": 64 * MIB,
    "application/pdf": 8 * MIB,
}
"Most bytes of each type; `image` is any picture."
KINDS: dict[FileKind, tuple[str, ...]] = {
    "snapshot": ("image",),
    "render": ("image",),
    "design": ("model/gltf-binary",),
    "proof": ("image", "video/mp4", "video/webm"),
    "bench": ("image", "video/mp4", "video/webm"),
    "certificate": ("application/pdf", "image"),
}
"What each kind of file may be."
SUFFIXES = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "model/gltf-binary": ".glb",
    "video/mp4": ".mp4",
    "video/webm": ".webm",
    "application/pdf": ".pdf",
}


PATIENCE: RetryConfig = {"max_retries": 4, "retry_timeout": datetime.timedelta(seconds=20)}
"With a bucket that stumbles: somebody waits for the answer. (The library's own: ten times, three minutes.)"


@dataclass(frozen=True, slots=True)
class Incoming:
    """A file from outside that was checked, ready to be kept."""

    kind: FileKind
    data: bytes
    mime: str
    sha256: str


def most_bytes(kind: FileKind) -> int:
    """Most bytes that a file of a kind may have, whatever it is."""
    return max(BYTES_MAX[type_] for type_ in KINDS[kind])


def check(kind: FileKind, data: bytes, *, check_design: Callable[[bytes], None]) -> Incoming:
    """A file from outside, checked; a picture is written anew. `check_design` raises on a GLB it refuses.

    Raises InputError.
    """
    type_ = _type(data)
    allowed = KINDS[kind]
    if type_ not in allowed:
        raise InputError("file_wrong", f"A {kind} is {' or '.join(allowed)}; this file is {type_ or 'none of these'}.")
    if len(data) > BYTES_MAX[type_]:
        raise InputError("file_too_large", f"A file of {type_} may have {BYTES_MAX[type_] // MIB} MiB.")
    mime = type_
    if type_ == "image":
        data, mime = clean_picture(data)
    elif type_ == "model/gltf-binary":
        check_design(data)
    return Incoming(kind, data, mime, hashlib.sha256(data).hexdigest())


def _type(data: bytes) -> str:
    """What a file is by its first bytes: a type of BYTES_MAX, or empty."""
    head = data[:16]
    if head.startswith((b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")) or (head[:4] == b"RIFF" and head[8:12] == b"WEBP"):
        return "image"
    if head.startswith(b"glTF\x02\x00\x00\x00"):
        return "model/gltf-binary"
    if head[4:8] == b"ftyp":
        return "video/mp4"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "video/webm"
    return "application/pdf" if head.startswith(b"%PDF-") else ""


class Files:
    """Bytes under keys that are made here. Calls block: from an event loop, call them on a thread."""

    def __init__(self, place: str) -> None:
        """Opens a folder, or a bucket by its URL such as `s3://bucket/prefix`. Raises SettingError."""
        self._folder = None if "://" in place else Path(place)
        try:
            if self._folder is None:
                self._store: ObjectStore = from_url(place, retry_config=PATIENCE)
            else:
                self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
                self._store = LocalStore(self._folder)
        except (BaseError, ValueError, OSError) as err:
            raise SettingError("files_unreachable", f"Files cannot be kept at {place!r}: {err}.") from err

    def put(self, file: Incoming, id: str, now: datetime.datetime) -> str:
        """Keep a file; its key. On the disk when this returns. Raises AtelierError."""
        key = f"{file.kind}/{now:%Y/%m}/{id}{SUFFIXES[file.mime]}"
        try:
            obstore.put(self._store, key, file.data)
            if self._folder is not None:
                self._sync(self._folder / key)
        except (BaseError, OSError) as err:
            raise AtelierError("store_unavailable", "The file could not be kept. Please try again.") from err
        return key

    def get(self, key: str) -> bytes:
        """The bytes of a key. Raises AtelierError."""
        try:
            return bytes(obstore.get(self._store, key).bytes())
        except FileNotFoundError as err:
            raise AtelierError("file_unknown", "There is no such file here, or no longer.") from err
        except BaseError as err:
            raise AtelierError("store_unavailable", "The file cannot be read now. Please try again.") from err

    def forget(self, key: str) -> None:
        """Take a file away; one that is not there is fine. Raises AtelierError."""
        try:
            obstore.delete(self._store, key)
        except FileNotFoundError as err:
            if self._folder is None:  # S3 has no word for a key that is not there; this is a bucket that is not
                raise AtelierError("store_unavailable", "The files cannot be reached now. Please try again.") from err
        except BaseError as err:
            raise AtelierError("store_unavailable", "The file could not be taken away. Please try again.") from err

    def _sync(self, path: Path) -> None:
        """The file and every folder above it up to ours: their names may be as new as it is."""
        assert self._folder is not None
        for part in [path, *path.parents][: len(path.relative_to(self._folder).parts) + 1]:
            handle = os.open(part, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
