"""An artisan's model of a piece that is not made yet: what she declares of its size beside the triangles' own."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from tryon.errors import AssetError, InputError
from tryon.geometry.chain import points_of
from tryon.pieces import gate
from tryon.pieces.load import load_model
from tryon.types import F64, Model, Piece

DECLARED = ("inner_length", "inner_breadth", "height", "inner_diameter")
"What may be declared anew: lengths of TrueSize, by their names without the unit."
SEAT_MM = 3.0
"The inside of a band is looked for so far above and below its seat."
SECTOR_RAD = np.pi / 24
"And so far to either side of straight ahead, straight back and straight across."
TOLERANCE_MM, TOLERANCE = 1.0, 0.03
"A mesh may differ so much from what is declared, as in the gate."


@dataclass(frozen=True, slots=True)
class Size:
    """One length: as declared, and as the mesh has it; None: it has no such inside, such as an open band's back."""

    declared_mm: float
    mesh_mm: float | None


@dataclass(frozen=True, slots=True)
class Design:
    """A model that can be drawn, of the piece as it is declared."""

    model: Model
    sizes: Mapping[str, Size]


def read_design(piece: Piece, path: Path, declared: Mapping[str, float], /) -> Design:
    """The GLB at `path` as a design of `piece` with the lengths (mm) that are `declared` anew.

    Raises InputError: it does not pass the gate, cannot be read, or is not as large as declared.
    """
    report = gate.inspect(path, surfaces=False)
    if not report.accepted:
        raise InputError("design_refused", f"This model cannot be drawn: {report.errors[0]}")
    unknown = sorted(set(declared) - set(DECLARED))
    if unknown:
        raise InputError("size_unknown", f"No size {unknown[0]!r} is declared; there are: {', '.join(DECLARED)}.")
    if any(not gate.SIZE_MM[0] / 3 <= value <= gate.SIZE_MM[1] for value in declared.values()):
        raise InputError("size_wrong", "A size is in millimetres, of a piece of jewellery.")
    size = piece.size
    piece = replace(
        piece,
        size=replace(
            size,
            inner_length_mm=declared.get("inner_length", size.inner_length_mm),
            inner_breadth_mm=declared.get("inner_breadth", size.inner_breadth_mm),
            height_mm=declared.get("height", size.height_mm),
            inner_diameter_mm=declared.get("inner_diameter", size.inner_diameter_mm),
        ),
    )
    try:
        model = load_model(piece, path)
    except AssetError as err:
        raise InputError("design_refused", f"This model cannot be drawn: {err.detail}") from err
    sizes = _sizes(model)
    for name, each in sizes.items():
        if each.mesh_mm is None:
            continue
        off = abs(each.mesh_mm - each.declared_mm)
        if off > max(TOLERANCE_MM, TOLERANCE * each.declared_mm):
            raise InputError(
                "size_differs",
                f"{name} is declared as {each.declared_mm:.1f} mm; the model has {each.mesh_mm:.1f} mm. "
                "Declare it anew or scale the model.",
            )
    return Design(model, sizes)


def _sizes(model: Model) -> dict[str, Size]:
    """Each length that the piece declares, beside the mesh's."""
    size, points = model.piece.size, points_of(model)
    found = {"height": Size(size.height_mm, float(points[:, 1].max()))} if size.height_mm else {}
    if model.piece.worn_on != "head":
        return found
    band = points[np.abs(points[:, 1]) <= SEAT_MM]
    left, right = inside_mm(band, (1.0, 0.0)), inside_mm(band, (-1.0, 0.0))
    front, back = inside_mm(band, (0.0, 1.0)), inside_mm(band, (0.0, -1.0))
    found["inner_breadth"] = Size(size.inner_breadth_mm, None if left is None or right is None else left + right)
    # an open band has no back: its depth depends on where its ends are, which only its maker can say
    found["inner_length"] = Size(size.inner_length_mm, None if front is None or back is None else front + back)
    return {name: each for name, each in found.items() if each.declared_mm > 0}


def inside_mm(band: F64, towards: tuple[float, float], /) -> float | None:
    """How far (mm) the band's inside is from its middle, along (x, z); None: it is not there."""
    across = band[:, (0, 2)]
    distance = np.hypot(across[:, 0], across[:, 1])
    ahead = across @ np.array(towards)
    seen = (distance > 0) & (ahead >= distance * np.cos(SECTOR_RAD))
    return float(ahead[seen].min()) if seen.any() else None
