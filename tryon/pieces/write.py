"""A model as a GLB of our own: one mesh a material, in metres, and nothing that the mirror does not draw."""

from __future__ import annotations

from typing import Any

import numpy as np

from tryon.pieces.glb import join
from tryon.types import GEMS, Material, Model


def glb_of(model: Model, /) -> bytes:
    """Of a model without a chain: what hangs on one is kept as it came, for its links are unrolled here."""
    blob = bytearray()
    views: list[dict[str, Any]] = []
    accessors: list[dict[str, Any]] = []

    def put(values: Any, kind: str, component: int, target: int, *, bounds: bool = False) -> int:
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": values.nbytes, "target": target})
        blob.extend(np.ascontiguousarray(values).tobytes())
        entry = {"bufferView": len(views) - 1, "componentType": component, "count": len(values), "type": kind}
        if bounds:
            entry |= {"min": values.min(axis=0).tolist(), "max": values.max(axis=0).tolist()}
        accessors.append(entry)
        return len(accessors) - 1

    primitives = []
    for number, part in enumerate(model.parts):
        metres = (part.vertices / 1000).astype(np.float32)
        attributes = {"POSITION": put(metres, "VEC3", 5126, 34962, bounds=True)}
        if part.material.kind != "stone":  # glTF: without normals a facet is flat
            attributes["NORMAL"] = put(part.normals.astype(np.float32), "VEC3", 5126, 34962)
        attributes["_OCCLUSION"] = put(part.occlusion.astype(np.float32), "SCALAR", 5126, 34962)
        indices = put(part.faces.astype(np.uint32).ravel(), "SCALAR", 5125, 34963)
        primitives.append({"attributes": attributes, "indices": indices, "material": number})
    header: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "tryon"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": primitives}],
        "materials": [_material(part.material) for part in model.parts],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
    }
    used = {name for said in header["materials"] for name in said.get("extensions", {})}
    if used:
        header["extensionsUsed"] = sorted(used)
    return join(header, bytes(blob))


def _material(material: Material) -> dict[str, Any]:
    said: dict[str, Any] = {
        "name": material.name,
        "pbrMetallicRoughness": {
            "baseColorFactor": [*material.base_color, 1.0],
            "metallicFactor": 1.0 if material.kind == "metal" else 0.0,
            "roughnessFactor": material.roughness,
        },
    }
    extensions: dict[str, Any] = {}
    if material.kind in GEMS:
        extensions["transmission"] = {"transmissionFactor": 1.0}
        extensions["ior"] = {"ior": material.ior}
        extensions["dispersion"] = {"dispersion": material.dispersion}
    if material.clearcoat:
        extensions["clearcoat"] = {"clearcoatFactor": material.clearcoat}
    if material.finish == "brushed":
        extensions["anisotropy"] = {"anisotropyStrength": 0.8}
    strength = max(1.0, *material.emissive)
    if any(material.emissive):
        said["emissiveFactor"] = [value / strength for value in material.emissive]
        extensions["emissive_strength"] = {"emissiveStrength": strength}
    if extensions:
        said["extensions"] = {f"KHR_materials_{name}": each for name, each in extensions.items()}
    return said
