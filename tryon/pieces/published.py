"""Pieces that the shop brought itself, as folders: every version stays as it was published.

    <root>/<id>/<version>/{piece.toml, mesh.glb, poster.png, turn-00.png ...}
    <root>/<id>/shelf.json      which version is shown now, and whether any is

A version is put there whole, by one rename, and never changed: a session that runs keeps what it took.
"""

from __future__ import annotations

import contextlib
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import msgspec

from tryon.errors import AssetError

ID = re.compile(r"[a-z0-9](?:-?[a-z0-9]){0,39}")
SHELF = "shelf.json"


class Shown(msgspec.Struct, frozen=True):
    """What of a piece is shown."""

    version: int
    shown: bool


def state(root: Path, id: str, /) -> Shown | None:
    """Of one piece; None: it was never published. Raises AssetError."""
    if not ID.fullmatch(id):
        return None
    path = root / id / SHELF
    try:
        return msgspec.json.decode(path.read_bytes(), type=Shown)
    except FileNotFoundError:
        return None
    except (OSError, msgspec.DecodeError) as err:
        raise AssetError("shelf_unreadable", f"{path} cannot be read: {err}.") from err


def states(root: Path, /) -> Iterator[tuple[str, Shown]]:
    """Of all pieces that were ever published, by id."""
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        found = state(root, folder.name)
        if found is not None:
            yield folder.name, found


def folder_of(root: Path, id: str, version: int, /) -> Path:
    """Where a version lies."""
    return root / id / str(version)


def publish(root: Path, id: str, version: int, ready: Path, /) -> None:
    """Puts a folder there as a version, whole or not at all, and takes what a crash left of the same."""
    target = folder_of(root, id, version)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=".publishing-") as waiting:
        shutil.copytree(ready, Path(waiting) / "piece")
        if target.exists():  # of a version that was never written down
            shutil.rmtree(target)
        (Path(waiting) / "piece").rename(target)


def show(root: Path, id: str, shown: Shown, /) -> None:
    """Writes what is shown of a piece, at once."""
    path = root / id / SHELF
    path.parent.mkdir(parents=True, exist_ok=True)
    beside = path.with_name(f".{SHELF}")
    with contextlib.ExitStack() as undo:
        undo.callback(beside.unlink, missing_ok=True)
        beside.write_bytes(msgspec.json.encode(shown))
        beside.replace(path)
