"""The shelf as it is now: the pieces of the house and those that the shop brought itself, while the service runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Generic, TypeVar

from tryon.pieces import published
from tryon.pieces.catalogue import read_piece
from tryon.types import Piece

T = TypeVar("T")


class Live(Mapping[str, T], Generic[T]):
    """A mapping that is replaced as a whole: who reads it sees it before or after, never between."""

    def __init__(self) -> None:
        self.now: Mapping[str, T] = {}

    def __getitem__(self, key: str) -> T:
        return self.now[key]

    def __iter__(self) -> Iterator[str]:
        return iter(tuple(self.now))

    def __len__(self) -> int:
        return len(self.now)


class Shelf:
    """All pieces there are; see the module."""

    def __init__(self, own: Mapping[str, Piece], folder: Path, root: Path) -> None:
        """`own`: the pieces of `folder`, which stay as they are; `root`: of those that were published."""
        self.own, self._folder, self._root = own, folder, root
        self.pieces: Live[Piece] = Live()
        "Every one that was ever published too: a request for one that was withdrawn goes on."
        self.shown: Live[Piece] = Live()
        "What can be tried on."
        self.names: Live[str] = Live()
        self.folders: Live[Path] = Live()
        "Where each piece's files are: of the version that was published last."
        self.posters: Live[Path] = Live()
        self.refresh()

    def refresh(self) -> None:
        """Read anew what was published. Raises AssetError."""
        pieces, shown = dict(self.own), dict(self.own)
        folders = {id: self._folder / id for id in pieces}
        for id, state in published.states(self._root):
            if id in self.own:
                continue
            folders[id] = published.folder_of(self._root, id, state.version)
            pieces[id] = read_piece(folders[id], id)
            if state.shown:
                shown[id] = pieces[id]
        self.pieces.now, self.shown.now = pieces, shown
        self.names.now = {id: piece.name for id, piece in pieces.items()}
        self.folders.now = folders
        posters = {id: folder / "poster.png" for id, folder in folders.items()}
        self.posters.now = {id: path for id, path in posters.items() if path.is_file()}
