"""A checked GLB to triangles ready to draw: one Part a material, millimetres, facet normals on stones."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal

import fast_simplification
import numpy as np
import trimesh

from tryon.errors import AssetError
from tryon.pieces import cuts
from tryon.pieces.gate import read_header
from tryon.types import F32, F64, GEMS, I32, Material, Model, Part, Piece, Stuff

Triangles = tuple[F32, F32, F32, F32 | None, I32]
"(vertices mm, normals, occlusion, chain, faces), in the piece frame."
M_TO_MM = 1000.0
NORMAL_STEPS = 12
"Triangles that share corners and whose normals agree to some five degrees are one facet, bent round its band."
FAR_SHARE, FAR_FACES = 0.25, 2400
"Of a smooth part's triangles this share is kept for the distance, if it has more than so many."
FAR_MOST = 13_000
"Triangles of a whole piece that are kept for the distance, about: a crown is 60,000 pixels there."
STONE_FACES = 40
"A stone of so many triangles still has its outline and its table; what is behind them the drawing knows by itself."
SET_MM, SET_BACK, SET_OPEN = 1.6, -0.2, 0.5
"Small stones (half breadth) lose for the distance what looks back into a setting that is so nearly closed."
ALIKE = 0.3
"Normals of a surface that is now one corner are kept as their mean where they agree better than so."
WORDS: dict[str, Stuff] = {
    "pearl": "pearl",
    "velvet": "velvet",
    "ribbon": "velvet",
    "silk": "velvet",
    "enamel": "enamel",
    "opal": "opal",
    "moonstone": "moonstone",
}
"A material that glTF cannot tell apart is known by a word in its name."
FINISHES: dict[str, Literal["brushed", "aged"]] = {
    "brushed": "brushed",
    "aged": "aged",
    "antique": "aged",
    "oxidised": "aged",
    "oxidized": "aged",
    "blackened": "aged",
}
"A metal's finish, by a word in its name; brushed too by KHR_materials_anisotropy."


def load_model(piece: Piece, path: Path, /) -> Model:
    """The piece's triangles. The file has passed the gate; raises AssetError when it still cannot be read."""
    materials = {entry.get("name", ""): entry for entry in read_header(path).get("materials", [])}
    try:
        scene = trimesh.load(path, file_type="glb", process=False, force="scene")
    except Exception as err:  # the library raises what its parts raise
        raise AssetError("mesh_unreadable", f"{path} cannot be read: {err}.") from err
    by_material: dict[str, list[Triangles]] = {}
    for name in scene.graph.nodes_geometry:
        piece_from_mesh, geometry = scene.graph[name]
        mesh = scene.geometry[geometry]
        if not isinstance(mesh, trimesh.Trimesh) or not len(mesh.faces):
            continue
        material = getattr(mesh.visual, "material", None)
        said = materials.get(getattr(material, "name", ""), {})
        key = said.get("name", "")
        by_material.setdefault(key, []).append(_triangles(mesh, piece_from_mesh, _material(said).kind == "stone"))
    if not by_material:
        raise AssetError("mesh_empty", f"{path} has no triangles.")
    parts = tuple(
        _part(materials.get(name, {}), parts, piece.size.chain_length_mm) for name, parts in sorted(by_material.items())
    )
    if piece.worn_on == "neck" and any(part.chain is None for part in parts):
        raise AssetError(
            "chain_missing",
            f"{path}: a necklace needs the vertex attribute _CHAIN (mm round its chain from the front) in every mesh, "
            "so that it can hang; assets/make/README.md says how.",
        )
    return Model(piece, parts, _far(parts))


def _triangles(mesh: Any, piece_from_mesh: Any, flat: bool) -> Triangles:
    vertices = (mesh.vertices @ piece_from_mesh[:3, :3].T + piece_from_mesh[:3, 3]) * M_TO_MM
    faces = np.asarray(mesh.faces, dtype=np.int32)
    occlusion = mesh.vertex_attributes.get("_OCCLUSION", mesh.vertex_attributes.get("occlusion"))
    occlusion = np.ones(len(vertices)) if occlusion is None else np.asarray(occlusion, dtype=float).ravel()
    chain = mesh.vertex_attributes.get("_CHAIN", mesh.vertex_attributes.get("chain"))
    chain = None if chain is None else np.asarray(chain, dtype=float).ravel()
    if flat:
        point, normals, faces = _facets(vertices, faces)
        vertices, occlusion = vertices[point], occlusion[point]
        chain = None if chain is None else chain[point]
    else:
        normals = mesh.vertex_normals @ piece_from_mesh[:3, :3].T
    return (
        vertices.astype(np.float32),
        normals.astype(np.float32),
        np.clip(occlusion, 0, 1).astype(np.float32),
        None if chain is None else chain.astype(np.float32),
        faces,
    )


def _facets(vertices: F32 | F64, faces: I32) -> tuple[I32, F64, I32]:
    """Which vertex each corner of a facet is, the facet's normal there, and faces of corners: a facet's triangles share
    its corners, so that light is worked out once for each.
    """
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    length = np.linalg.norm(across, axis=1, keepdims=True)
    facing = np.where(length > 0, across / np.where(length > 0, length, 1.0), (0.0, 1.0, 0.0))
    steps = np.round(facing * NORMAL_STEPS).astype(np.int64) + 2 * NORMAL_STEPS
    facet = (steps[:, 0] * 4 * NORMAL_STEPS + steps[:, 1]) * 4 * NORMAL_STEPS + steps[:, 2]
    corner_of = (faces + facet[:, None] * len(vertices)).ravel()
    _, first, where = np.unique(corner_of, return_index=True, return_inverse=True)
    return faces.ravel()[first], facing[first // 3], where.reshape(-1, 3).astype(np.int32)


def _part(said: dict[str, Any], parts: list[Triangles], length_mm: float) -> Part:
    vertices, normals, occlusion = (np.concatenate([part[k] for part in parts]) for k in range(3))
    starts = np.cumsum([0, *(len(part[0]) for part in parts[:-1])])
    faces = np.concatenate([part[4] + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32)
    material, round_ = _material(said), None
    if length_mm > 0 and all(part[3] is not None for part in parts):
        chain = np.concatenate([part[3] for part in parts if part[3] is not None])
        angle = chain * (2 * np.pi / length_mm)
        vertices = _unrolled(vertices, angle) - np.array([0, 0, length_mm / (2 * np.pi)], np.float32)
        normals, round_ = _unrolled(normals, angle), (angle / (2 * np.pi) % 1.0).astype(np.float32)
    found = cuts.find(vertices, faces, round_) if material.kind in GEMS else (None, None)
    return Part(material, vertices, normals, faces, occlusion, round_, *found)


def _unrolled(vectors: F32, angle: F32) -> F32:
    """Vectors (n, 3) turned back about y by angle (n,): from where they lie round the chain to its front."""
    sin, cos = np.sin(angle), np.cos(angle)
    x, y, z = vectors.T
    return np.asarray(np.stack([cos * x - sin * z, y, sin * x + cos * z], axis=1), dtype=np.float32)


def simplified(model: Model, faces: int, /) -> Model:
    """The piece with about so many faces in all, as if it had come so; of its stones first what nobody sees."""
    parts = _fewer(model.parts, faces)
    return Model(model.piece, parts, _far(parts))


def _far(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """For the distance: a quarter of what is smooth, and no more than FAR_MOST in all."""
    far = tuple(_set(part) if part.stone_of is not None else _simpler(part, FAR_SHARE) for part in parts)
    return far if sum(len(part.faces) for part in far) <= FAR_MOST else _fewer(far, FAR_MOST)


def _set(part: Part) -> Part:
    """Gems without the facets that their settings hide."""
    if part.cuts is None or part.stone_of is None:
        return part
    first = part.faces[:, 0]
    cut = part.cuts[part.stone_of[first]]
    back = np.einsum("ij,ij->i", part.normals[first], cut[:, 2, :3]) < SET_BACK
    hidden = back & (cut[:, 2, 3] <= SET_MM) & (part.occlusion[part.faces].mean(axis=1) < SET_OPEN)
    return _of_faces(part, part.faces[~hidden]) if hidden.any() and not hidden.all() else part


def _of_faces(part: Part, faces: I32) -> Part:
    """The part with these of its faces, and the vertices that they need."""
    kept, faces = np.unique(faces, return_inverse=True)
    return replace(
        part,
        vertices=part.vertices[kept],
        normals=part.normals[kept],
        faces=faces.reshape(-1, 3).astype(np.int32),
        occlusion=part.occlusion[kept],
        chain=None if part.chain is None else part.chain[kept],
        stone_of=None if part.stone_of is None else part.stone_of[kept],
    )


def _fewer(parts: tuple[Part, ...], most: int) -> tuple[Part, ...]:
    """About `most` faces in all. Stones keep every facet while they are under half of that."""
    gems = sum(len(part.faces) for part in parts if part.stone_of is not None)
    rest = sum(len(part.faces) for part in parts) - gems
    least = sum(STONE_FACES * len(part.cuts) for part in parts if part.cuts is not None)
    kept = gems if gems <= most / 2 else max(min(gems, least), most // 2)
    stone, smooth = min(kept / max(gems, 1), 1.0), min(max(most - kept, most // 4) / max(rest, 1), 1.0)
    return tuple(_simpler(part, smooth if part.stone_of is None else stone) for part in parts)


def _simpler(part: Part, share: float) -> Part:
    """A part with fewer triangles (quadric edge collapse); what is small stays as it is."""
    if part.material.kind == "pearl":  # a ball with too few triangles is seen to be none
        share = share**0.5
    if len(part.faces) < FAR_FACES or share > 0.98:
        return part
    points, faces, source = part.vertices, part.faces, np.arange(len(part.vertices))
    faceted = part.material.kind == "stone"
    if faceted:  # facets share no corners: they are joined, and parted again
        of = np.zeros(len(points)) if part.stone_of is None else part.stone_of
        rows = np.column_stack([points, of]).astype(np.float32)
        _, source, where = np.unique(np.round(rows, 3), axis=0, return_index=True, return_inverse=True)
        points, faces = points[source], where.reshape(-1)[faces].astype(np.int32)
    _, _, collapses = fast_simplification.simplify(points, faces, 1 - share, agg=5, return_collapses=True)
    vertices, faces, came_from = fast_simplification.replay_simplification(points, faces, collapses)
    kept = came_from >= 0  # -1: a vertex no triangle is left at
    count = np.maximum(np.bincount(came_from[kept], minlength=len(vertices)), 1)

    def mean(values: F32) -> F64:
        return np.asarray(np.bincount(came_from[kept], values[source][kept], minlength=len(vertices)) / count)

    occlusion = mean(part.occlusion)
    chain, stone_of = None, None
    if part.chain is not None:  # a link is one body: what is left of it has its place, whichever vertex that is
        chain = np.zeros(len(vertices), np.float32)
        chain[came_from[kept]] = part.chain[source][kept]
    if part.stone_of is not None:
        stone_of = np.zeros(len(vertices), np.int32)
        stone_of[came_from[kept]] = part.stone_of[source][kept]
    if faceted:
        point, normals, faces = _facets(vertices, faces.astype(np.int32))
    else:
        point, faces = np.unique(faces, return_inverse=True)
        faces = faces.reshape(-1, 3).astype(np.int32)
        # the look of what was there: its own normals, where they did not face all ways
        normals = np.stack([mean(part.normals[:, axis]) for axis in range(3)], axis=1)[point]
        own = _normals(vertices[point], faces)
        agree = np.einsum("ij,ij->i", normals, own)
        normals = np.where(agree[:, None] > ALIKE, normals, own)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return Part(
        part.material,
        np.asarray(vertices[point], dtype=np.float32),
        normals.astype(np.float32),
        faces,
        occlusion[point].astype(np.float32),
        None if chain is None else chain[point],
        None if stone_of is None else stone_of[point],
        part.cuts,
    )


def _normals(vertices: F32, faces: I32) -> F64:
    """(n, 3) unit, triangles weighed by area."""
    corners = vertices[faces].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(vertices), 3))
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(faces[:, corner], across[:, axis], minlength=len(vertices))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.where(length > 1e-12, normals / np.maximum(length, 1e-12), (0.0, 1.0, 0.0))


def _material(said: dict[str, Any]) -> Material:
    look = said.get("pbrMetallicRoughness", {})
    extensions = {name.removeprefix("KHR_materials_"): each for name, each in said.get("extensions", {}).items()}
    name = str(said.get("name", ""))
    words = name.lower()
    kind: Stuff = next((WORDS[word] for word in WORDS if word in words), "enamel")
    finish: Literal["", "brushed", "aged"] = ""
    if kind in ("opal", "moonstone"):
        pass
    elif _is_stone(said):
        kind = "stone"
    elif _number(look, "metallicFactor", 1.0) >= 0.5:
        kind = "metal"
        finish = next((FINISHES[word] for word in FINISHES if word in words), "")
        if not finish and _number(extensions.get("anisotropy"), "anisotropyStrength", 0.0) >= 0.3:
            finish = "brushed"
    base = _colour(look, "baseColorFactor", 1.0)
    if kind == "stone" and min(base) > 0.95:  # clear glass, whose colour is all inside
        base = _colour(extensions.get("volume"), "attenuationColor", 1.0)
    strength = _number(extensions.get("emissive_strength"), "emissiveStrength", 1.0)
    red, green, blue = _colour(said, "emissiveFactor", 0.0)
    return Material(
        name=name,
        kind=kind,
        base_color=base,
        roughness=_number(look, "roughnessFactor", 1.0),
        ior=max(_number(extensions.get("ior"), "ior", 1.5), 1.0),
        dispersion=_number(extensions.get("dispersion"), "dispersion", 0.0),
        clearcoat=min(_number(extensions.get("clearcoat"), "clearcoatFactor", 0.0), 1.0),
        emissive=(red * strength, green * strength, blue * strength),
        finish=finish,
    )


def _number(said: Any, name: str | int, other: float) -> float:
    """What is said under a name, not negative; `other` where that is nothing, or no number."""
    value = said.get(name, other) if isinstance(said, dict) else other
    return max(float(value), 0.0) if isinstance(value, int | float) and math.isfinite(value) else other


def _colour(said: Any, name: str, other: float) -> tuple[float, float, float]:
    """The first three numbers of a colour; `other` for each where nothing is said."""
    values = said.get(name) if isinstance(said, dict) else None
    found = dict(enumerate(values[:3] if isinstance(values, list) else ()))
    return _number(found, 0, other), _number(found, 1, other), _number(found, 2, other)


def _is_stone(said: dict[str, Any]) -> bool:
    transmission = said.get("extensions", {}).get("KHR_materials_transmission")
    return _number(transmission, "transmissionFactor", 0.0) > 0
