"""The gate: what comes from outside is bounded and checked before any loader sees it.

`inspect` reads a GLB's own bytes and nothing else: header, chunks, the JSON's bounds, every accessor inside its
buffer, every index inside its vertices, every number finite. What it refuses, it explains.
"""

from __future__ import annotations

import json
import shutil
import struct
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tryon.errors import AssetError
from tryon.geometry.chain import points_of

FILE_BYTES_MAX = 64 * 1024 * 1024
JSON_BYTES_MAX = 8 * 1024 * 1024
JSON_DEPTH_MAX = 48
TRIANGLES_MAX = 2_000_000
MESHES_MAX, ACCESSORS_MAX, NODES_MAX = 64, 4096, 4096
COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
EXTENSIONS = {
    f"KHR_materials_{name}"
    for name in ("transmission", "ior", "volume", "dispersion", "clearcoat", "emissive_strength", "specular", "sheen")
}
"Extensions a file may require: those that only say how a surface looks."
REACH_M = 1000.0
SIZE_MM = (3.0, 1500.0)
"Longest side of a piece of jewellery: a ring's stone to an opera chain."


@dataclass(slots=True)
class Report:
    """What the gate found."""

    path: Path
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether the piece can be used."""
        return not self.errors

    def lines(self) -> list[str]:
        """The report for people, one finding a line."""
        marked = [f"error    {text}" for text in self.errors] + [f"warning  {text}" for text in self.warnings]
        return [*marked, *(f"         {text}" for text in self.facts), "accepted" if self.accepted else "refused"]


class _Refused(Exception):
    """A finding that ends the inspection."""


def inspect(path: Path, /, *, surfaces: bool = True) -> Report:
    """Checks one GLB. Never raises for what is in the file.

    Without `surfaces` open edges are not looked for: they only warn, and take longer than all the rest.
    """
    report = Report(path)
    try:
        _inspect(path, report, surfaces)
    except _Refused as err:
        report.errors.append(str(err))
    return report


def read_header(path: Path, /) -> dict[str, Any]:
    """The JSON of a GLB that has passed the gate."""
    header, _ = _chunks(path.read_bytes())
    return header


def check(path: Path, /) -> Report:
    """Checks a GLB, or a piece's folder with what it declares."""
    from tryon.pieces.catalogue import read_piece
    from tryon.pieces.load import load_model

    if not path.is_dir():
        return inspect(path)
    report = Report(path)
    try:
        piece = read_piece(path)
        report = inspect(path / "mesh.glb")
        if report.accepted:
            model = load_model(piece, path / "mesh.glb")
            _compare(report, model)
    except AssetError as err:
        report.errors.append(err.detail)
    return report


def add(folder: Path, catalogue: Path, /) -> Any:
    """Checks a piece's folder and takes it into the catalogue, whole or not at all. Raises AssetError."""
    from tryon.pieces.catalogue import read_piece

    if not folder.is_dir():
        raise AssetError("piece_missing", f"There is no folder {folder}.")
    piece = read_piece(folder)
    report = check(folder)
    if not report.accepted:
        raise AssetError("mesh_refused", f"{folder}: {report.errors[0]}")
    target = catalogue / piece.id
    if target.exists():
        raise AssetError("piece_exists", f"The catalogue has a piece {piece.id!r} already; give this one another id.")
    catalogue.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=catalogue, prefix=".adding-") as waiting:
        for name in ("piece.toml", "mesh.glb", "poster.png"):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, Path(waiting) / name)
        (Path(waiting) / "piece").mkdir()
        for name in ("piece.toml", "mesh.glb", "poster.png"):
            if (Path(waiting) / name).exists():
                (Path(waiting) / name).rename(Path(waiting) / "piece" / name)
        (Path(waiting) / "piece").rename(target)
    return piece


def _inspect(path: Path, report: Report, surfaces: bool) -> None:
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise _Refused(f"The file has {size:,} bytes; at most {FILE_BYTES_MAX:,} are read. Simplify the mesh.")
        data = path.read_bytes()
    except OSError as err:
        raise _Refused(f"The file cannot be read: {err.strerror}.") from err
    header, blob = _chunks(data)
    _outside(header)
    accessors = _list(header, "accessors", ACCESSORS_MAX)
    views = _list(header, "bufferViews", ACCESSORS_MAX)
    meshes = _list(header, "meshes", MESHES_MAX)
    if not meshes:
        raise _Refused("There is no mesh in the file.")
    placed = _placed(_list(header, "nodes", NODES_MAX), len(meshes))
    triangles, low, high, edges = 0, np.full(3, np.inf), np.full(3, -np.inf), 0
    for number, mesh in enumerate(meshes):
        for primitive in _list(mesh, "primitives", MESHES_MAX):
            if primitive.get("mode", 4) != 4:
                raise _Refused(f"Mesh {number} is not made of triangles (mode {primitive.get('mode')}).")
            attributes = primitive.get("attributes")
            if not isinstance(attributes, dict) or "POSITION" not in attributes:
                raise _Refused(f"Mesh {number} has no positions.")
            points = _array(accessors, views, blob, attributes["POSITION"], "VEC3", np.float32)
            if not len(points):
                raise _Refused(f"Mesh {number} is empty.")
            if np.isfinite(points).all() and np.abs(points).max() > REACH_M:
                raise _Refused(f"Mesh {number} reaches {np.abs(points).max():.3g} m from its origin.")
            for name, index in attributes.items():
                values = _array(accessors, views, blob, index, None, None)
                if len(values) != len(points):
                    raise _Refused(f"Mesh {number}: {name} has {len(values)} entries for {len(points)} vertices.")
                if values.dtype == np.float32 and not np.isfinite(values).all():
                    raise _Refused(f"Mesh {number}: {name} holds numbers that are not finite (NaN or infinity).")
            if "indices" in primitive:
                corners = _array(accessors, views, blob, primitive["indices"], "SCALAR", None).ravel()
                if corners.dtype == np.float32 or corners.dtype in (np.int8, np.int16):
                    raise _Refused(f"Mesh {number}: its indices are of a kind that glTF does not know.")
            else:
                corners = np.arange(len(points))
            if len(corners) % 3:
                raise _Refused(f"Mesh {number}: {len(corners)} indices are no whole number of triangles.")
            if len(corners) and int(corners.max()) >= len(points):
                raise _Refused(f"Mesh {number}: index {int(corners.max())} is outside its {len(points)} vertices.")
            # a mesh that many nodes place is as many meshes once it is loaded
            triangles += len(corners) // 3 * max(1, placed[number])
            if triangles > TRIANGLES_MAX:
                raise _Refused(f"There are more than {TRIANGLES_MAX:,} triangles. Simplify the mesh.")
            low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
            edges += _open_edges(points, corners) if surfaces else 0
    if not triangles:
        raise _Refused("There is not one triangle in the file.")
    longest_mm = float((high - low).max()) * 1000
    if not SIZE_MM[0] <= longest_mm <= SIZE_MM[1]:
        raise _Refused(
            f"Its longest side is {longest_mm:.4g} mm; jewellery has {SIZE_MM[0]:g} to {SIZE_MM[1]:g}. "
            "glTF counts in metres: was it exported in millimetres or centimetres?"
        )
    if edges:
        report.warnings.append(f"{edges} edges belong to one triangle only: a surface is open there.")
    report.facts.append(f"{triangles:,} triangles, {longest_mm:.1f} mm on its longest side")


def _chunks(data: bytes) -> tuple[dict[str, Any], bytes]:
    """(JSON, binary buffer). Raises _Refused."""
    if len(data) < 20:
        raise _Refused("The file is too short to be a GLB.")
    magic, version, length = struct.unpack_from("<4sII", data)
    if magic != b"glTF":
        raise _Refused("The file is not a GLB (it does not begin with glTF).")
    if version != 2:
        raise _Refused(f"The file is glTF version {version}; version 2 is read.")
    if length != len(data):
        raise _Refused(f"The file says it has {length} bytes but has {len(data)}: it was cut off or added to.")
    at, chunks = 12, []
    while at < len(data):
        if at + 8 > len(data):
            raise _Refused("The file ends inside a chunk's header.")
        size, kind = struct.unpack_from("<II", data, at)
        if size % 4 or at + 8 + size > len(data):
            raise _Refused("A chunk reaches past the end of the file.")
        chunks.append((kind, data[at + 8 : at + 8 + size]))
        at += 8 + size
    if not chunks or chunks[0][0] != 0x4E4F534A:
        raise _Refused("The file's first chunk is not its JSON.")
    text = chunks[0][1]
    if len(text) > JSON_BYTES_MAX:
        raise _Refused(f"Its JSON has {len(text):,} bytes; at most {JSON_BYTES_MAX:,} are read.")
    depth = deepest = 0
    for byte in text:
        depth += (byte in b"[{") - (byte in b"]}")
        deepest = max(deepest, depth)
    if deepest > JSON_DEPTH_MAX:
        raise _Refused(f"Its JSON is nested {deepest} deep; at most {JSON_DEPTH_MAX} is read.")
    try:
        header = json.loads(text)
    except (ValueError, RecursionError) as err:
        raise _Refused(f"Its JSON cannot be read: {err}.") from err
    if not isinstance(header, dict):
        raise _Refused("Its JSON is not an object.")
    return header, next((body for kind, body in chunks[1:] if kind == 0x004E4942), b"")


def _outside(header: dict[str, Any]) -> None:
    buffers = _list(header, "buffers", 1)
    for entry in [*buffers, *_list(header, "images", 64)]:
        if "uri" in entry:
            raise _Refused("The file refers to something outside itself (uri). Export it as one GLB.")
    required = header.get("extensionsRequired", [])
    if not isinstance(required, list) or (unknown := sorted({str(name) for name in required} - EXTENSIONS)):
        raise _Refused(f"The file requires {', '.join(unknown)}; export it without (no Draco, no meshopt).")


def _list(header: dict[str, Any], name: str, most: int) -> list[dict[str, Any]]:
    values = header.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise _Refused(f"{name} is not a list of objects.")
    if len(values) > most:
        raise _Refused(f"There are {len(values)} {name}; at most {most} are read.")
    return values


def _placed(nodes: list[dict[str, Any]], meshes: int) -> list[int]:
    """How many nodes place each mesh. Raises _Refused, also of nodes that are no trees: they place without end."""
    times, children = [0] * meshes, []
    for number, node in enumerate(nodes):
        mesh, below = node.get("mesh"), node.get("children", [])
        if mesh is not None:
            if not isinstance(mesh, int) or not 0 <= mesh < meshes:
                raise _Refused(f"Node {number} places mesh {mesh}, which does not exist.")
            times[mesh] += 1
        if not isinstance(below, list) or not all(isinstance(one, int) and 0 <= one < len(nodes) for one in below):
            raise _Refused(f"Node {number} has children that do not exist.")
        children += below
    if len(set(children)) != len(children):
        raise _Refused("A node has two parents; glTF allows one.")
    return times


def _array(
    accessors: list[dict[str, Any]], views: list[dict[str, Any]], blob: bytes, index: Any, kind: str | None, dtype: Any
) -> np.ndarray[Any, Any]:
    """(count, width) of an accessor, inside its view inside the buffer. Raises _Refused."""
    if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(accessors):
        raise _Refused(f"Accessor {index} does not exist.")
    accessor = accessors[index]
    if "sparse" in accessor or "bufferView" not in accessor:
        raise _Refused(f"Accessor {index} is sparse or has no data; export without sparse accessors.")
    number = accessor["bufferView"]
    if not isinstance(number, int) or not 0 <= number < len(views):
        raise _Refused(f"Accessor {index} lies in buffer view {number}, which does not exist.")
    view = views[number]
    width = WIDTHS.get(str(accessor.get("type")))
    stated = accessor.get("componentType")
    component = COMPONENTS.get(stated) if isinstance(stated, int) else None
    if width is None or component is None or (kind and accessor["type"] != kind) or (dtype and component != dtype):
        raise _Refused(f"Accessor {index} is {accessor.get('type')} of {accessor.get('componentType')}.")
    values = [accessor.get("byteOffset", 0), accessor.get("count"), view.get("byteOffset", 0), view.get("byteLength")]
    stride = view.get("byteStride", width * np.dtype(component).itemsize)
    if not all(isinstance(value, int) and 0 <= value <= FILE_BYTES_MAX for value in [*values, stride]):
        raise _Refused(f"Accessor {index} has an impossible count or offset.")
    offset, count, start, length = values
    item = width * np.dtype(component).itemsize
    if stride < item:
        raise _Refused(f"Accessor {index} has entries that overlap (stride {stride}).")
    if start + length > len(blob) or (count and offset + stride * (count - 1) + item > length):
        raise _Refused(f"Accessor {index} reaches past the end of its buffer.")
    rows: np.ndarray[Any, Any] = np.ndarray((count, item), np.uint8, blob, start + offset, (stride, 1))
    return np.ascontiguousarray(rows).view(component).reshape(count, width)


def _open_edges(points: np.ndarray[Any, Any], corners: np.ndarray[Any, Any]) -> int:
    # points that lie on one another count as one: a facet's corners are often its own
    _, where = np.unique(np.round(points, 7), axis=0, return_inverse=True)
    faces = where.reshape(-1)[corners].reshape(-1, 3)
    edges = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges = edges[edges[:, 0] != edges[:, 1]]
    _, times = np.unique(edges, axis=0, return_counts=True)
    return int((times == 1).sum())


def _compare(report: Report, model: Any) -> None:
    """Declared sizes beside the triangles' own."""
    size = model.piece.size
    points = points_of(model)
    top = float(points[:, 1].max())
    if abs(top - size.height_mm) > max(1.0, 0.03 * size.height_mm):
        report.errors.append(f"size.height_mm is {size.height_mm}; the mesh rises {top:.1f} mm above its seat.")
    breadth = float(np.ptp(points[:, 0]))
    if breadth + 1.0 < size.inner_breadth_mm:
        report.errors.append(f"size.inner_breadth_mm is {size.inner_breadth_mm}; the mesh is {breadth:.1f} mm wide.")
