"""What is done with a piece that its owner brings: taken in, simplified, drawn from all sides, made ready to publish.

All of it reads what a stranger's program wrote, so it runs in a process of its own (server.workbench).
A draft's folder:

    source.glb      as it came, uncompressed, through the gate
    mesh.glb        what is drawn: simplified
    poster.png, turn-00.png ... turn-11.png
"""

from __future__ import annotations

import math
import shutil
import tempfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import msgspec
import numpy as np

from tryon.body.neck import base_of
from tryon.errors import AssetError, InputError
from tryon.fit.drape import frames, settle
from tryon.fit.dress import chain_length_mm
from tryon.geometry.chain import points_of
from tryon.geometry.ellipse import perimeter
from tryon.picture import png_of
from tryon.pieces import fields, gate
from tryon.pieces.catalogue import read_piece
from tryon.pieces.design import SEAT_MM, inside_mm
from tryon.pieces.fields import Draft
from tryon.pieces.glb import FILE_BYTES_MAX
from tryon.pieces.load import load_model, simplified
from tryon.pieces.write import glb_of
from tryon.render.poster import poster, turned
from tryon.render.renderer import Renderer
from tryon.types import F64, Model, NeckShape, Piece

ENTRIES_MAX = 40
TOML_BYTES_MAX = 64 * 1024
FACES_KEPT = 120_000
"Of a piece with more triangles so many are kept; the house's own have up to some 50,000."
TURNS = 12
TURN_PX = 360
TURN_PITCH_RAD = math.radians(14)
NECK = NeckShape(325.0, base_of(325.0), 355.0, 5.0, 106.0)
"On whom a necklace hangs that nobody wears."
Told = Callable[[int, int], None]
"Called with how much is done, and how much there is."


class Received(msgspec.Struct, frozen=True):
    """What the gate says of a file, and what the file says of its piece."""

    errors: list[str]
    warnings: list[str]
    facts: list[str]
    triangles: int = 0
    sizes: dict[str, float] = {}
    "As the mesh has them, by the fields of a draft."
    draft: Draft | None = None
    "Of a folder that brought a piece.toml."


def receive(folder: Path, upload: Path, told: Told, /) -> Received:
    """A GLB, or a ZIP of a piece's folder, into a draft's folder; what is refused leaves that as it was."""
    with tempfile.TemporaryDirectory() as room:
        draft = None
        told(0, 3)
        try:
            mesh, toml = _unzipped(upload, Path(room)) if zipfile.is_zipfile(upload) else (upload, None)
            if toml is not None:
                draft = _read_toml(toml)
        except (InputError, AssetError) as err:
            return Received([err.detail], [], [])
        told(1, 3)
        plain = Path(room) / "plain.glb"
        report = gate.opened(mesh, plain)
        sizes: dict[str, float] = {}
        told(2, 3)
        if report.accepted:
            try:
                # as if worn on the head: what is missing for its own place is said when it is published
                model = load_model(fields.piece_of("draft", Draft()), plain)
                sizes = _sizes(model)
            except AssetError as err:
                report.errors.append(err.detail.replace(str(plain), "The file"))
        if report.accepted:
            folder.mkdir(parents=True, exist_ok=True)
            shutil.move(plain, folder / "source.glb")
    return Received(report.errors, report.warnings, report.facts, report.triangles, sizes, draft)


def _unzipped(upload: Path, room: Path) -> tuple[Path, Path | None]:
    """The GLB of a ZIP, and its piece.toml; bounded before a byte is unpacked. Raises InputError."""
    try:
        with zipfile.ZipFile(upload) as packed:
            entries = [entry for entry in packed.infolist() if not entry.is_dir()]
            if len(entries) > ENTRIES_MAX:
                raise _refused(f"The ZIP holds {len(entries)} files; at most {ENTRIES_MAX} are read. Pack one piece.")
            if any(entry.flag_bits & 0x1 for entry in entries):
                raise _refused("The ZIP is locked by a password. Pack it without.")
            meshes = [entry for entry in entries if Path(entry.filename).suffix.lower() == ".glb"]
            tomls = [entry for entry in entries if Path(entry.filename).name == "piece.toml"]
            if len(meshes) != 1 or len(tomls) > 1:
                raise _refused(f"The ZIP holds {len(meshes)} files .glb; one is wanted. Pack one piece.")
            mesh = _entry(packed, meshes[0], room / "mesh.glb", FILE_BYTES_MAX)
            return mesh, _entry(packed, tomls[0], room / "piece.toml", TOML_BYTES_MAX) if tomls else None
    except (zipfile.BadZipFile, NotImplementedError, OSError, ValueError, EOFError) as err:
        raise _refused(f"The ZIP cannot be read ({err}). Pack it anew.") from err


def _entry(packed: zipfile.ZipFile, entry: zipfile.ZipInfo, target: Path, most: int) -> Path:
    too_large = _refused(f"{Path(entry.filename).name[:80]} unpacks to more than {most:,} bytes. Simplify it.")
    if entry.file_size > most:
        raise too_large
    with packed.open(entry) as said, target.open("wb") as kept:
        left = most
        while chunk := said.read(min(1 << 20, left + 1)):
            left -= len(chunk)
            if left < 0:  # it is longer than it says
                raise too_large
            kept.write(chunk)
    return target


def _refused(detail: str) -> InputError:
    return InputError("file_wrong", detail)


def _read_toml(path: Path) -> Draft:
    """Its fields, whatever its id. Raises AssetError."""
    import tomllib

    try:
        id = str(tomllib.loads(path.read_text()).get("id", ""))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as err:
        raise AssetError("piece_unreadable", f"piece.toml cannot be read: {err}.") from err
    try:
        return fields.read(path.parent, id)
    except msgspec.ValidationError as err:
        raise AssetError("piece_unreadable", f"piece.toml: {err}.") from err
    except AssetError as err:
        raise AssetError(err.reason, err.detail.replace(f"{path.parent}/", "")) from err


def _sizes(model: Model) -> dict[str, float]:
    """What the mesh tells of its size, by fields."""
    points = points_of(model)
    found = {"height_mm": float(points[:, 1].max())}
    band = points[np.abs(points[:, 1]) <= SEAT_MM]
    if len(band):
        left, right = inside_mm(band, (1.0, 0.0)), inside_mm(band, (-1.0, 0.0))
        front, back = inside_mm(band, (0.0, 1.0)), inside_mm(band, (0.0, -1.0))
        if left is not None and right is not None:
            found["inner_breadth_mm"] = left + right
        if front is not None and back is not None:
            found["inner_length_mm"] = front + back
    if {"inner_breadth_mm", "inner_length_mm"} <= found.keys():
        found["arc_mm"] = perimeter(found["inner_length_mm"] / 2, found["inner_breadth_mm"] / 2)
        if found["inner_length_mm"] <= 30:
            found["inner_diameter_mm"] = (found["inner_length_mm"] + found["inner_breadth_mm"]) / 2
    for axis, value in zip("xyz", _middle(model), strict=True):
        found[f"centre_{axis}_mm"] = value
    return {name: round(float(value), 1) for name, value in found.items() if math.isfinite(value)}


def _middle(model: Model) -> F64:
    """(3,) mm: of its surface, which of a thin piece is close to its centre of mass."""
    weights, middles = [], []
    for part in model.parts:
        corners = part.vertices[part.faces].astype(np.float64)
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        weights.append(np.linalg.norm(across, axis=1))
        middles.append(corners.mean(axis=1))
    return np.asarray(np.average(np.concatenate(middles), axis=0, weights=np.concatenate(weights) + 1e-12))


def draw(folder: Path, draft: Draft, told: Told, /) -> None:
    """The mesh that is drawn, the poster and the turntable of a draft. Raises AssetError."""
    renderer = Renderer()
    try:
        model = simple(folder, fields.piece_of("draft", draft), renderer)
        links = hung(model)
        told(1, TURNS + 2)
        with tempfile.TemporaryDirectory(dir=folder) as room:
            (Path(room) / "poster.png").write_bytes(png_of(poster(renderer, model, links=links)))
            for turn in range(TURNS):
                told(turn + 2, TURNS + 2)
                yaw = 2 * math.pi * turn / TURNS
                seen = turned(renderer, model, yaw_rad=yaw, pitch_rad=TURN_PITCH_RAD, side_px=TURN_PX, links=links)
                (Path(room) / f"turn-{turn:02d}.png").write_bytes(png_of(seen))
            for path in sorted(Path(room).iterdir()):
                path.replace(folder / path.name)
    finally:
        renderer.close()
    told(TURNS + 2, TURNS + 2)


def simple(folder: Path, piece: Piece, renderer: Renderer, /) -> Model:
    """The model that is drawn, written as mesh.glb, with as many triangles as a mirror carries and with its occlusion.

    Raises AssetError.
    """
    source, mesh = folder / "source.glb", folder / "mesh.glb"
    model = load_model(piece, source)
    if piece.worn_on == "neck":  # its links are told apart by what only the file has
        shutil.copyfile(source, mesh)
        return model
    if model.face_count > FACES_KEPT:
        model = simplified(model, FACES_KEPT)
    if all((part.occlusion >= 1).all() for part in model.parts):
        model = renderer.shaded(model)
    mesh.write_bytes(glb_of(model))
    return load_model(piece, mesh)


def hung(model: Model, /) -> F64 | None:
    """A necklace as it hangs on a neck; None: the piece as it is modelled."""
    if model.piece.worn_on != "neck":
        return None
    return frames(settle(chain_length_mm(model.piece, NECK), NECK), NECK)


def ready(folder: Path, id: str, draft: Draft, told: Told, /) -> list[str]:
    """What can be published of a draft, as `ready` in its folder; else what is wrong, a line each."""
    told(0, 1)
    there = folder / "ready"
    shutil.rmtree(there, ignore_errors=True)
    there.mkdir()
    (there / "piece.toml").write_text(fields.toml_of(fields.piece_of(id, draft)))
    for path in (folder / "mesh.glb", folder / "poster.png", *sorted(folder.glob("turn-??.png"))):
        shutil.copyfile(path, there / path.name)
    report = gate.inspect(there / "mesh.glb", surfaces=False)
    try:
        piece = read_piece(there, id)
        if report.accepted:
            gate.compare(report, load_model(piece, there / "mesh.glb"))
    except AssetError as err:
        report.errors.append(err.detail.replace(f"{there}/", ""))
    return report.errors
