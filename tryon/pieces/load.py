"""A checked GLB to triangles ready to draw: one Part a material, millimetres, facet normals on stones."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal

import fast_simplification
import numpy as np
import trimesh

from tryon.errors import AssetError
from tryon.pieces.gate import read_header
from tryon.types import F32, I32, Material, Model, Part, Piece

Triangles = tuple[F32, F32, F32, F32 | None, I32]
"(vertices mm, normals, occlusion, chain, faces), in the piece frame."
M_TO_MM = 1000.0
NORMAL_STEPS = 12
"Triangles that share corners and whose normals agree to some five degrees are one facet, bent round its band."
FAR_SHARE, FAR_FACES = 0.25, 1500
"Of a smooth part's triangles this share is kept for the distance, if it has more than so many."
WORDS: dict[str, Literal["pearl", "velvet", "enamel"]] = {
    "pearl": "pearl",
    "velvet": "velvet",
    "ribbon": "velvet",
    "silk": "velvet",
    "enamel": "enamel",
}
"A material that glTF cannot tell apart is known by a word in its name."


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
        by_material.setdefault(key, []).append(_triangles(mesh, piece_from_mesh, _is_stone(said)))
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
    return Model(piece, parts, tuple(_simpler(part) for part in parts))


def _triangles(mesh: Any, piece_from_mesh: Any, flat: bool) -> Triangles:
    vertices = (mesh.vertices @ piece_from_mesh[:3, :3].T + piece_from_mesh[:3, 3]) * M_TO_MM
    faces = np.asarray(mesh.faces, dtype=np.int32)
    occlusion = mesh.vertex_attributes.get("_OCCLUSION", mesh.vertex_attributes.get("occlusion"))
    occlusion = np.ones(len(vertices)) if occlusion is None else np.asarray(occlusion, dtype=float).ravel()
    chain = mesh.vertex_attributes.get("_CHAIN", mesh.vertex_attributes.get("chain"))
    chain = None if chain is None else np.asarray(chain, dtype=float).ravel()
    if flat:
        corners = vertices[faces]
        across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        length = np.linalg.norm(across, axis=1, keepdims=True)
        facing = np.where(length > 0, across / np.where(length > 0, length, 1.0), (0.0, 1.0, 0.0))
        # a facet's triangles share its corners: light is worked out once for each
        steps = np.round(facing * NORMAL_STEPS).astype(np.int64) + 2 * NORMAL_STEPS
        facet = (steps[:, 0] * 4 * NORMAL_STEPS + steps[:, 1]) * 4 * NORMAL_STEPS + steps[:, 2]
        corner_of = (faces + facet[:, None] * len(vertices)).ravel()
        _, first, where = np.unique(corner_of, return_index=True, return_inverse=True)
        point = faces.ravel()[first]
        vertices, occlusion, normals = vertices[point], occlusion[point], facing[first // 3]
        chain = None if chain is None else chain[point]
        faces = where.reshape(-1, 3).astype(np.int32)
    else:
        normals = mesh.vertex_normals @ piece_from_mesh[:3, :3].T
    return (
        vertices.astype(np.float32),
        normals.astype(np.float32),
        np.clip(occlusion, 0, 1).astype(np.float32),
        None if chain is None else chain.astype(np.float32),
        faces,
    )


def _part(said: dict[str, Any], parts: list[Triangles], length_mm: float) -> Part:
    vertices, normals, occlusion = (np.concatenate([part[k] for part in parts]) for k in range(3))
    starts = np.cumsum([0, *(len(part[0]) for part in parts[:-1])])
    faces = np.concatenate([part[4] + start for part, start in zip(parts, starts, strict=True)]).astype(np.int32)
    if length_mm <= 0 or any(part[3] is None for part in parts):
        return Part(_material(said), vertices, normals, faces, occlusion)
    chain = np.concatenate([part[3] for part in parts if part[3] is not None])
    angle = chain * (2 * np.pi / length_mm)
    return Part(
        _material(said),
        _unrolled(vertices, angle) - np.array([0, 0, length_mm / (2 * np.pi)], np.float32),
        _unrolled(normals, angle),
        faces,
        occlusion,
        (angle / (2 * np.pi) % 1.0).astype(np.float32),
    )


def _unrolled(vectors: F32, angle: F32) -> F32:
    """Vectors (n, 3) turned back about y by angle (n,): from where they lie round the chain to its front."""
    sin, cos = np.sin(angle), np.cos(angle)
    x, y, z = vectors.T
    return np.asarray(np.stack([cos * x - sin * z, y, sin * x + cos * z], axis=1), dtype=np.float32)


def simplified(model: Model, faces: int, /) -> Model:
    """The piece with about so many faces in all, as if it had come so; stones keep theirs."""
    stones = sum(len(part.faces) for part in model.parts if part.material.kind == "stone")
    share = min(max(faces - stones, 0) / max(model.face_count - stones, 1), 1.0)
    parts = tuple(_simpler(part, share) for part in model.parts)
    return Model(model.piece, parts, tuple(_simpler(part) for part in parts))


def _simpler(part: Part, share: float = FAR_SHARE) -> Part:
    """A smooth part with fewer triangles (quadric edge collapse); stones keep every facet, for they sparkle."""
    if part.material.kind == "stone" or len(part.faces) < FAR_FACES:
        return part
    vertices, _, collapses = fast_simplification.simplify(
        part.vertices, part.faces, 1 - share, agg=5, return_collapses=True
    )
    vertices, faces, came_from = fast_simplification.replay_simplification(part.vertices, part.faces, collapses)
    kept = came_from >= 0  # -1: a vertex no triangle is left at
    count = np.bincount(came_from[kept], minlength=len(vertices))
    occlusion = np.bincount(came_from[kept], part.occlusion[kept], minlength=len(vertices)) / np.maximum(count, 1)
    chain = None
    if part.chain is not None:  # a link is one body: what is left of it has its place, whichever vertex that is
        chain = np.zeros(len(vertices), np.float32)
        chain[came_from[kept]] = part.chain[kept]
    used, faces = np.unique(faces, return_inverse=True)
    vertices, occlusion, faces = vertices[used], occlusion[used], faces.reshape(-1, 3)
    chain = None if chain is None else chain[used]
    corners = vertices[faces]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros((len(vertices), 3))
    for corner in range(3):
        for axis in range(3):
            normals[:, axis] += np.bincount(faces[:, corner], across[:, axis], minlength=len(vertices))
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return Part(
        part.material,
        np.asarray(vertices, dtype=np.float32),
        np.where(length > 1e-9, normals / np.maximum(length, 1e-9), (0.0, 1.0, 0.0)).astype(np.float32),
        np.asarray(faces, dtype=np.int32),
        occlusion.astype(np.float32),
        chain,
    )


def _material(said: dict[str, Any]) -> Material:
    look = said.get("pbrMetallicRoughness", {})
    extensions = said.get("extensions", {})
    name = str(said.get("name", ""))
    kind: Literal["metal", "stone", "pearl", "velvet", "enamel"] = "enamel"
    if _is_stone(said):
        kind = "stone"
    elif float(look.get("metallicFactor", 1.0)) >= 0.5:
        kind = "metal"
    else:
        kind = next((WORDS[word] for word in WORDS if word in name.lower()), kind)
    base = tuple(float(value) for value in look.get("baseColorFactor", (1, 1, 1, 1))[:3])
    return Material(
        name=name,
        kind=kind,
        base_color=(base[0], base[1], base[2]),
        roughness=float(look.get("roughnessFactor", 1.0)),
        ior=float(extensions.get("KHR_materials_ior", {}).get("ior", 1.5)),
        dispersion=float(extensions.get("KHR_materials_dispersion", {}).get("dispersion", 0.0)),
    )


def _is_stone(said: dict[str, Any]) -> bool:
    transmission = said.get("extensions", {}).get("KHR_materials_transmission", {})
    return float(transmission.get("transmissionFactor", 0.0)) > 0
