"""The gate: what comes from outside is bounded and checked before any loader sees it.

`inspect` reads a GLB's own bytes and nothing else: header, chunks, the JSON's bounds, every accessor inside its
buffer, every index inside its vertices, every number finite, every node's place, every texture's size. `check` does so
with what a folder declares, and with what Draco or meshopt compressed, after it was unpacked in a process apart. Each
finding says what is wrong and what to do.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from tryon.errors import AssetError
from tryon.geometry.chain import points_of
from tryon.pieces import draco, meshopt, quantized, surfaces, textures
from tryon.pieces.glb import FILE_BYTES_MAX, UNPACKED_BYTES_MAX, Broken, array, chunks, listed, uses

TRIANGLES_MAX = 2_000_000
MESHES_MAX, ACCESSORS_MAX = 512, 4096
PARTS_MAX, VALUES_MAX = 4096, 8 * TRIANGLES_MAX
"Primitives of all meshes, and entries of all that they name."
NODES_MAX, PLACED_MAX = 4096, 2048
"Nodes in the file, and meshes that they place in all."
PACKED: dict[str, tuple[tuple[str, ...], Callable[[bytes], bytes]]] = {
    "meshopt": (meshopt.NAMES, meshopt.plain),
    "Draco": ((draco.NAME,), draco.plain),
    "": ((quantized.NAME,), quantized.plain),
}
"By what compressed a file: the extensions that say so, and how it is undone, in this order; none for whole numbers."
EXTENSIONS = {
    f"KHR_materials_{name}"
    for name in ("transmission", "ior", "volume", "dispersion", "clearcoat", "emissive_strength", "specular", "sheen")
}
"Extensions a file may require: those that only say how a surface looks."
REACH_M = 65536.0
"Before its node's scale: whole numbers of 16 bits reach so far."
SIZE_MM = (3.0, 1500.0)
"Longest side of a piece of jewellery: a ring's stone to an opera chain."
SIMPLER = "Simplify the mesh."


@dataclass(slots=True)
class Report:
    """What the gate found."""

    path: Path
    errors: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    facts: list[str] = field(default_factory=list)
    triangles: int = 0

    @property
    def accepted(self) -> bool:
        """Whether the piece can be used."""
        return not self.errors

    def lines(self) -> list[str]:
        """The report for people, one finding a line."""
        marked = [f"error    {text}" for text in self.errors] + [f"warning  {text}" for text in self.warnings]
        return [*marked, *(f"         {text}" for text in self.facts), "accepted" if self.accepted else "refused"]


def inspect(path: Path, /, *, surfaces: bool = True) -> Report:
    """Checks one GLB that nobody compressed. Never raises for what is in the file.

    Without `surfaces` open edges are not looked for: they only warn, and take longer than all the rest.
    """
    report = Report(path)
    try:
        _inspect(_read(path), report, surfaces)
    except Broken as err:
        report.errors.append(str(err))
    return report


def read_header(path: Path, /) -> dict[str, Any]:
    """The JSON of a GLB that has passed the gate."""
    header, _ = chunks(path.read_bytes())
    return header


def opened(path: Path, plain: Path, /) -> Report:
    """Checks one GLB, compressed or not; if it is good, `plain` is then the same without compression."""
    report = Report(path)
    try:
        data = _read(path)
        header, _ = chunks(data)
        found = [(who, names, plainly) for who, (names, plainly) in PACKED.items() if uses(header, names)]
        if found:
            _outside(header, {name for _, names, _ in found for name in names})
        for who, _, plainly in found:
            packed, data = len(data), plainly(data)
            if who:
                report.facts.append(f"{who} unpacked it from {packed:,} to {len(data):,} bytes")
        _inspect(data, report, True)
        plain.write_bytes(data)
    except Broken as err:
        report.errors.append(str(err))
    return report


def check(path: Path, /) -> Report:
    """Checks a GLB, or a piece's folder with what it declares."""
    with tempfile.TemporaryDirectory() as folder:
        return _checked(path, Path(folder) / "mesh.glb")


def _checked(path: Path, plain: Path) -> Report:
    from tryon.pieces.catalogue import read_piece
    from tryon.pieces.load import load_model

    if not path.is_dir():
        return opened(path, plain)
    report = Report(path)
    try:
        piece = read_piece(path)
        report = opened(path / "mesh.glb", plain)
        if report.accepted:
            compare(report, load_model(piece, plain))
    except AssetError as err:
        report.errors.append(err.detail)
    return report


def add(folder: Path, catalogue: Path, /) -> Any:
    """Checks a piece's folder and takes it into the catalogue, whole or not at all. Raises AssetError."""
    from tryon.pieces.catalogue import read_piece

    if not folder.is_dir():
        raise AssetError("piece_missing", f"There is no folder {folder}.")
    piece = read_piece(folder)
    target = catalogue / piece.id
    if target.exists():
        raise AssetError("piece_exists", f"The catalogue has a piece {piece.id!r} already; give this one another id.")
    catalogue.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=catalogue, prefix=".adding-") as waiting:
        ready = Path(waiting) / "piece"
        ready.mkdir()
        report = _checked(folder, ready / "mesh.glb")
        if not report.accepted:
            raise AssetError("mesh_refused", f"{folder}: {report.errors[0]}")
        for name in ("piece.toml", "poster.png"):
            if (folder / name).is_file():
                shutil.copyfile(folder / name, ready / name)
        ready.rename(target)
    return piece


def _read(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > FILE_BYTES_MAX:
            raise Broken(f"The file has {size:,} bytes; at most {FILE_BYTES_MAX:,} are read.", SIMPLER)
        return path.read_bytes()
    except OSError as err:
        raise Broken(f"The file cannot be read: {err.strerror}.", "Look whether it is there.") from err


def _inspect(data: bytes, report: Report, thorough: bool) -> None:
    if len(data) > UNPACKED_BYTES_MAX:
        raise Broken(f"It unpacks to {len(data):,} bytes; at most {UNPACKED_BYTES_MAX:,} are read.", SIMPLER)
    header, blob = chunks(data)
    _outside(header, set())
    accessors = listed(header, "accessors", ACCESSORS_MAX)
    views = listed(header, "bufferViews", ACCESSORS_MAX)
    meshes = listed(header, "meshes", MESHES_MAX)
    listed(header, "materials", ACCESSORS_MAX)
    if not meshes:
        raise Broken("There is no mesh in the file.", "Choose the piece itself when you export.")
    boxes: list[tuple[Any, Any]] = []
    triangles = []
    seen: list[surfaces.Surfaces] = []
    parts = values = 0
    for number, mesh in enumerate(meshes):
        low, high, count = np.full(3, np.inf), np.full(3, -np.inf), 0
        for primitive in listed(mesh, "primitives", MESHES_MAX):
            points, corners = _primitive(number, primitive, accessors, views, blob)
            count += len(corners) // 3
            # the same numbers may be named again and again: what is looked at is bounded, not what is stored
            parts, values = parts + 1, values + len(primitive["attributes"]) * len(points) + len(corners)
            if parts > PARTS_MAX or values > VALUES_MAX:
                raise Broken(f"Its meshes have more than {PARTS_MAX:,} parts or {VALUES_MAX:,} values in all.", SIMPLER)
            low, high = np.minimum(low, points.min(axis=0)), np.maximum(high, points.max(axis=0))
            if thorough:
                seen.append(surfaces.look(points, corners))
        boxes.append((low, high))
        triangles.append(count)
    placed = _placed(header, len(meshes))
    report.triangles = sum(triangles[mesh] for mesh, _ in placed)
    if report.triangles > TRIANGLES_MAX:
        raise Broken(f"There are more than {TRIANGLES_MAX:,} triangles.", SIMPLER)
    if not report.triangles:
        raise Broken("There is not one triangle in the file.", "Choose the piece itself when you export.")
    longest_mm = _longest_m(placed, boxes) * 1000
    if not SIZE_MM[0] <= longest_mm <= SIZE_MM[1]:
        raise Broken(
            f"Its longest side is {longest_mm:.4g} mm; jewellery has {SIZE_MM[0]:g} to {SIZE_MM[1]:g}.",
            "glTF counts in metres: was it exported in millimetres or centimetres? Set the unit and export it anew.",
        )
    _warn(report, seen)
    if pictures := textures.look(header, views, blob):
        report.warnings.append(
            f"{len(pictures)} textures are left out: the mirror draws each material in one colour. Give the materials "
            "their colour as base colour."
        )
    report.facts.append(f"{report.triangles:,} triangles, {longest_mm:.1f} mm on its longest side")


def _primitive(
    number: int, primitive: dict[str, Any], accessors: list[dict[str, Any]], views: list[dict[str, Any]], blob: bytes
) -> tuple[Any, Any]:
    """(n, 3) points and the indices of the triangles. Raises Broken."""
    if primitive.get("mode", 4) != 4:
        raise Broken(f"Mesh {number} is not made of triangles (mode {primitive.get('mode')}).", "Export triangles.")
    attributes = primitive.get("attributes")
    if not isinstance(attributes, dict) or "POSITION" not in attributes:
        raise Broken(f"Mesh {number} has no positions.")
    points = array(accessors, views, blob, attributes["POSITION"], "VEC3", np.float32)
    if not len(points):
        raise Broken(f"Mesh {number} is empty.", "Remove it, and export anew.")
    if np.isfinite(points).all() and np.abs(points).max() > REACH_M:
        raise Broken(f"Mesh {number} reaches {np.abs(points).max():.3g} m from its origin.", "Look at its unit.")
    for name, index in attributes.items():
        values = array(accessors, views, blob, index, None, None)
        if len(values) != len(points):
            raise Broken(f"Mesh {number}: {name} has {len(values)} entries for {len(points)} vertices.")
        if values.dtype == np.float32 and not np.isfinite(values).all():
            raise Broken(
                f"Mesh {number}: {name} holds numbers that are not finite (NaN or infinity).",
                "Clean the mesh (merge points, remove faces without area), and export it anew.",
            )
    if "indices" in primitive:
        corners = array(accessors, views, blob, primitive["indices"], "SCALAR", None).ravel()
        if corners.dtype == np.float32 or corners.dtype in (np.int8, np.int16):
            raise Broken(f"Mesh {number}: its indices are of a kind that glTF does not know.")
    else:
        corners = np.arange(len(points))
    if len(corners) % 3:
        raise Broken(f"Mesh {number}: {len(corners)} indices are no whole number of triangles.")
    if len(corners) and int(corners.max()) >= len(points):
        raise Broken(f"Mesh {number}: index {int(corners.max())} is outside its {len(points)} vertices.")
    return points, corners


def _outside(header: dict[str, Any], also: set[str]) -> None:
    buffers = listed(header, "buffers", 8)
    for entry in [*buffers, *listed(header, "images", 64)]:
        if "uri" in entry:
            raise Broken("The file refers to something outside itself (uri).", "Export it as one GLB.")
    required = header.get("extensionsRequired", [])
    if not isinstance(required, list):
        raise Broken("extensionsRequired is no list.")
    names = {str(name) for name in required}
    if unknown := sorted(names - EXTENSIONS - also):
        ours = {name for each, _ in PACKED.values() for name in each}
        cure = "Bring it by tryon pieces add, or export it without." if ours & set(unknown) else "Export it without."
        raise Broken(f"The file requires {', '.join(unknown)[:200]}.", cure)
    # meshopt stands for what it compressed with a second buffer that is not there
    if len(buffers) > 1 and not also & set(meshopt.NAMES):
        raise Broken(f"The file has {len(buffers)} buffers; a GLB holds one.")


def _placed(header: dict[str, Any], meshes: int) -> list[tuple[int, Any]]:
    """(mesh, (4, 4) metres) for each time the scene places a mesh. Raises Broken."""
    nodes = listed(header, "nodes", NODES_MAX)
    scenes = listed(header, "scenes", 64)
    if not nodes:
        return [(number, np.eye(4)) for number in range(meshes)]
    chosen = header.get("scene", 0)
    if scenes and (type(chosen) is not int or not 0 <= chosen < len(scenes)):
        raise Broken(f"Scene {chosen} does not exist.")
    children = [_numbers(node.get("children", []), len(nodes)) for node in nodes]
    named = [child for each in children for child in each]
    inner = set(named)
    if len(named) > len(inner):
        raise Broken("A node hangs on two others, or twice on one.", "Join them in your program.")
    roots = _numbers(scenes[chosen].get("nodes", []), len(nodes)) if scenes else sorted(set(range(len(nodes))) - inner)
    found: list[tuple[int, Any]] = []
    waiting, met = [(root, np.eye(4)) for root in roots], 0
    while waiting:
        number, above = waiting.pop()
        met += 1
        if met > NODES_MAX:
            raise Broken("Its nodes stand in a circle, or there are too many.", "Join them in your program.")
        here = above @ _place(nodes[number])
        if "mesh" in nodes[number]:
            (mesh,) = _numbers([nodes[number]["mesh"]], meshes)
            found.append((mesh, here))
            if len(found) > PLACED_MAX:
                raise Broken(f"More than {PLACED_MAX} meshes are placed.", "Join them in your program.")
        waiting += [(child, here) for child in children[number]]
    if not found:
        raise Broken("Its scene shows no mesh.", "Choose the piece itself when you export.")
    return found


def _numbers(said: Any, most: int) -> list[int]:
    if not isinstance(said, list) or not all(type(value) is int and 0 <= value < most for value in said):
        raise Broken("A node refers to what does not exist.")
    return said


def _place(node: dict[str, Any]) -> Any:
    """(4, 4) of a node beside what it hangs on. Raises Broken."""
    if "matrix" in node:
        return _floats(node["matrix"], 16).reshape(4, 4).T
    move, turn, scale = (
        _floats(node.get(name, default), len(default))
        for name, default in (("translation", [0, 0, 0]), ("rotation", [0, 0, 0, 1]), ("scale", [1, 1, 1]))
    )
    x, y, z, w = turn / max(float(np.linalg.norm(turn)), 1e-9)
    place = np.eye(4)
    place[:3, :3] = np.array(
        [
            [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
        ]
    )
    place[:3, :3] *= scale
    place[:3, 3] = move
    return place


def _floats(said: Any, count: int) -> Any:
    if (
        not isinstance(said, list)
        or len(said) != count
        or not all(isinstance(value, int | float) and abs(value) < 1e9 for value in said)
    ):
        raise Broken("A node's place cannot be read.", "Apply all transformations, and export it anew.")
    return np.array(said, dtype=np.float64)


def _longest_m(placed: list[tuple[int, Any]], boxes: list[tuple[Any, Any]]) -> float:
    low, high = np.full(3, np.inf), np.full(3, -np.inf)
    for mesh, place in placed:
        if not np.isfinite(boxes[mesh]).all():  # it has no triangles
            continue
        ends = np.array(np.meshgrid(*np.stack(boxes[mesh], axis=1))).reshape(3, -1)
        there = place[:3, :3] @ ends + place[:3, 3:]
        low, high = np.minimum(low, there.min(axis=1)), np.maximum(high, there.max(axis=1))
    longest = float((high - low).max())
    return longest if np.isfinite(longest) else 0.0


def _warn(report: Report, seen: list[surfaces.Surfaces]) -> None:
    if edges := sum(each.open_edges for each in seen):
        report.warnings.append(
            f"{edges} edges belong to one triangle only: a surface is open there. It is drawn all the same; close the "
            "holes if it shall be cast."
        )
    if against := sum(each.against for each in seen):
        report.warnings.append(
            f"At {against} edges two triangles face opposite ways, and light falls wrongly there. Make the normals "
            "consistent, and export it anew."
        )
    if inverted := sum(each.inverted for each in seen):
        report.warnings.append(
            f"{inverted} of {sum(each.bodies for each in seen)} closed bodies are inside out: they are drawn as seen "
            "from within. Flip their normals, and export it anew."
        )


def compare(report: Report, model: Any, /) -> None:
    """Declared sizes beside the triangles' own, into the report."""
    size = model.piece.size
    points = points_of(model)
    top = float(points[:, 1].max())
    if abs(top - size.height_mm) > max(1.0, 0.03 * size.height_mm):
        report.errors.append(
            f"size.height_mm is {size.height_mm}; the mesh rises {top:.1f} mm above its seat. Declare that, or scale "
            "the mesh; its origin is the middle of the seat."
        )
    breadth = float(np.ptp(points[:, 0]))
    if breadth + 1.0 < size.inner_breadth_mm:
        report.errors.append(
            f"size.inner_breadth_mm is {size.inner_breadth_mm}; the mesh is {breadth:.1f} mm wide. Declare the inside "
            "of the band, or scale the mesh."
        )
