"""The catalogue: a folder of pieces, each a folder with piece.toml beside mesh.glb."""

from __future__ import annotations

import math
from pathlib import Path
from typing import Literal

import msgspec

from tryon.errors import AssetError
from tryon.pieces import published
from tryon.pieces.gate import inspect
from tryon.pieces.load import load_model
from tryon.types import Model, Piece, Seat, TrueSize

TOML_BYTES_MAX = 64 * 1024
LINES = {
    "head": ("tiara", "circlet", "perch", "headband"),
    "neck": ("neck",),
    "ears": ("ear",),
    "left_hand": ("finger", "wrist"),
    "right_hand": ("finger", "wrist"),
}
"Where on each part of the body a piece can sit."
NEEDED = {
    "neck": ("chain_length_mm",),
    "finger": ("inner_diameter_mm",),
    "wrist": ("inner_length_mm", "inner_breadth_mm"),
}
"Without these true sizes it could not be placed."
Mm = float


class _Worn(msgspec.Struct, forbid_unknown_fields=True):
    on: Literal["head", "neck", "left_hand", "right_hand", "ears"]
    finger: Literal["thumb", "index", "middle", "ring", "little", ""] = ""


class _Size(msgspec.Struct, forbid_unknown_fields=True):
    inner_length_mm: Mm
    inner_breadth_mm: Mm
    arc_mm: Mm
    height_mm: Mm
    weight_g: float
    centre_of_mass_mm: tuple[float, float, float]
    chain_length_mm: Mm = 0.0
    inner_diameter_mm: Mm = 0.0
    band_width_mm: Mm = 0.0


class _Seat(msgspec.Struct, forbid_unknown_fields=True):
    line: Literal["tiara", "circlet", "perch", "headband", "neck", "finger", "wrist", "ear"]
    attachment: Literal["rigid_ring", "spring_band", "combs", "elastic", "chain"]
    tilt_deg: float = 0.0
    height_mm: Mm = 0.0
    forward_mm: Mm = 0.0
    spring_n_per_mm: float = 0.0


class _Tier(msgspec.Struct, forbid_unknown_fields=True):
    price_from: float
    price_to: float
    currency: str
    lead_time_weeks: int


class _Toml(msgspec.Struct, forbid_unknown_fields=True):
    """piece.toml, strictly: a word we do not know is a slip, not a wish."""

    id: str
    name: str
    maker: str
    kind: Literal["crown", "circlet", "tiara", "headband", "necklace", "choker", "ring", "bracelet", "earrings"]
    words: str
    worn: _Worn
    size: _Size
    seat: _Seat
    materials: list[str]
    licence: str
    stones: list[str] = []
    sizes_made: list[str] = []
    tolerance_mm: Mm = 1.0
    adjustable_mm: Mm = 0.0
    edition_of: int = 0
    care: str = ""
    provenance: str = ""
    tiers: dict[str, _Tier] = {}


def read_piece(folder: Path, id: str = "", /) -> Piece:
    """What piece.toml says; `id`: of its piece, where its folder has another name. Raises AssetError that names the
    file and the field.
    """
    path = folder / "piece.toml"
    try:
        if path.stat().st_size > TOML_BYTES_MAX:
            raise AssetError("piece_too_long", f"{path} is larger than {TOML_BYTES_MAX} bytes.")
        said = msgspec.toml.decode(path.read_bytes(), type=_Toml)
    except FileNotFoundError as err:
        raise AssetError("piece_incomplete", f"{folder} has no piece.toml.") from err
    except (msgspec.DecodeError, UnicodeDecodeError, ValueError) as err:
        raise AssetError("piece_unreadable", f"{path}: {err}.") from err
    if said.id != (id or folder.name) or not said.id.replace("-", "").isalnum() or not said.id.islower():
        raise AssetError(
            "piece_misnamed",
            f"{path}: id is {said.id!r}; expected its folder's name, in small letters, digits and dashes.",
        )
    numbers = {name: getattr(said.size, name) for name in _Size.__struct_fields__ if name != "centre_of_mass_mm"}
    for name, value in numbers.items():
        if not math.isfinite(value) or not 0 <= value <= 3000:
            raise AssetError("piece_impossible", f"{path}: size.{name} is {value}; expected 0 to 3000.")
    seat = (said.seat.tilt_deg, said.seat.height_mm, said.seat.forward_mm)
    if not all(math.isfinite(value) for value in (*said.size.centre_of_mass_mm, *seat)):
        raise AssetError("piece_impossible", f"{path}: a number is not finite.")
    if not 0 <= said.seat.spring_n_per_mm <= 100:
        raise AssetError(
            "piece_impossible", f"{path}: seat.spring_n_per_mm is {said.seat.spring_n_per_mm}; expected 0 to 100."
        )
    if said.seat.line not in LINES[said.worn.on]:
        lines = " or ".join(LINES[said.worn.on])
        raise AssetError(
            "piece_impossible", f"{path}: seat.line is {said.seat.line!r}; worn on {said.worn.on} it is {lines}."
        )
    for name in NEEDED.get(said.seat.line, ()):
        if numbers[name] <= 0:
            raise AssetError("piece_impossible", f"{path}: a piece for the {said.seat.line} needs size.{name}.")
    return Piece(
        id=said.id,
        name=said.name,
        maker=said.maker,
        kind=said.kind,
        worn_on=said.worn.on,
        finger=said.worn.finger,
        size=TrueSize(**numbers, centre_of_mass_mm=said.size.centre_of_mass_mm),
        seat=Seat(
            said.seat.line,
            math.radians(said.seat.tilt_deg),
            said.seat.attachment,
            said.seat.height_mm,
            said.seat.spring_n_per_mm,
            said.seat.forward_mm,
        ),
        sizes_made=tuple(said.sizes_made),
        adjustable_mm=said.adjustable_mm,
        tolerance_mm=said.tolerance_mm,
        materials=tuple(said.materials),
        stones=tuple(said.stones),
        edition_of=said.edition_of,
        tiers={name: msgspec.to_builtins(tier) for name, tier in said.tiers.items()},
        care=said.care,
        provenance=said.provenance,
        licence=said.licence,
        words=said.words,
    )


def model_of(piece: Piece, folder: Path, /) -> Model:
    """A piece with the triangles of its folder, checked at the gate. Raises AssetError."""
    path = folder / "mesh.glb"
    report = inspect(path, surfaces=False)
    if not report.accepted:
        raise AssetError("mesh_refused", f"{path}: {report.errors[0]}")
    return load_model(piece, path)


class Catalogue:
    """The pieces of a folder, and those that were published. Descriptions are read at once, triangles when a piece is
    first worn; from then on that version of it is the one, whatever is published meanwhile.
    """

    def __init__(self, folder: Path, published_at: Path | None = None) -> None:
        """`published_at`: the root of what was published (pieces.published). Raises AssetError."""
        if not folder.is_dir():
            raise AssetError("catalogue_missing", f"There is no catalogue at {folder}.")
        found = [read_piece(path) for path in sorted(folder.iterdir()) if (path / "piece.toml").exists()]
        self._folder, self._published_at = folder, published_at
        self._own = {piece.id: piece for piece in found}
        self._models: dict[str, Model] = {}

    def pieces(self) -> tuple[Piece, ...]:
        """All pieces that are shown now, by id: those of the house first."""
        if self._published_at is None:
            return tuple(self._own.values())
        shown = [id for id, state in published.states(self._published_at) if state.shown and id not in self._own]
        return (*self._own.values(), *(self.piece(id) for id in shown))

    def piece(self, id: str, /) -> Piece:
        """One piece. Raises AssetError `piece_unknown`."""
        return self._models[id].piece if id in self._models else self._found(id)[0]

    def model(self, id: str, /) -> Model:
        """One piece with its triangles, checked at the gate. Raises AssetError."""
        if id not in self._models:
            self._models[id] = model_of(*self._found(id))
        return self._models[id]

    def poster(self, id: str, /) -> Path:
        """Where the piece's picture is. Raises AssetError."""
        path = self._found(id)[1] / "poster.png"
        if not path.is_file():
            raise AssetError("poster_missing", f"{id} has no poster.png; draw it with make posters.")
        return path

    def _found(self, id: str) -> tuple[Piece, Path]:
        """The piece as it is now, and its folder. Raises AssetError."""
        if id in self._own:
            return self._own[id], self._folder / id
        state = None if self._published_at is None else published.state(self._published_at, id)
        if state is None or self._published_at is None:
            raise AssetError("piece_unknown", f"There is no piece {id!r}; there are: {', '.join(self._own)}.")
        folder = published.folder_of(self._published_at, id, state.version)
        return read_piece(folder, id), folder
