"""From a heap of triangles to assets/pieces/<id>/: mesh.glb and piece.toml, with weight and occlusion worked out.

The GLB is glTF 2.0 in metres, one primitive a material. Stones carry no normals (glTF: then facets are flat); every
vertex has `_OCCLUSION`, 0 in a crevice to 1 in the open, seen from 64 directions with a head in place. A piece with a
chain lies round a circle, and every vertex has `_CHAIN` too: mm along the chain from the front, positive towards the
wearer's left (+x), one value for each rigid part.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import moderngl
import numpy as np
from forms import Array, Heap

PIECES = Path(__file__).resolve().parents[1] / "pieces"


@dataclass(frozen=True)
class Stuff:
    """A material: its look in glTF's terms and its density."""

    density: float  # g/cm3
    base: tuple[float, float, float]
    metallic: float = 1.0
    roughness: float = 0.15
    gem: dict[str, float] = field(default_factory=dict)  # ior, dispersion


# densities: trade tables; F0 of metals and indices of stones: the sources named in assets/make/README.md
STUFF = {
    "yellow gold 18 ct": Stuff(15.5, (1.00, 0.70, 0.29), roughness=0.14),
    "yellow gold 18 ct, satin": Stuff(15.5, (1.00, 0.70, 0.29), roughness=0.42),
    "rhodium-plated brass, satin": Stuff(8.5, (0.78, 0.78, 0.79), roughness=0.36),
    "rose gold 18 ct": Stuff(15.2, (0.98, 0.63, 0.46), roughness=0.14),
    "platinum 950": Stuff(21.4, (0.80, 0.79, 0.77), roughness=0.12),
    "sterling silver": Stuff(10.4, (0.95, 0.93, 0.88), roughness=0.12),
    "rhodium-plated brass": Stuff(8.5, (0.78, 0.78, 0.79), roughness=0.10),
    "diamond": Stuff(3.52, (1.0, 1.0, 1.0), 0.0, 0.0, {"ior": 2.417, "dispersion": 0.36}),
    "zirconia": Stuff(5.8, (0.99, 0.99, 1.0), 0.0, 0.0, {"ior": 2.17, "dispersion": 0.60}),
    "ruby": Stuff(4.0, (0.85, 0.03, 0.10), 0.0, 0.0, {"ior": 1.77, "dispersion": 0.22}),
    "sapphire": Stuff(4.0, (0.05, 0.13, 0.75), 0.0, 0.0, {"ior": 1.77, "dispersion": 0.22}),
    "emerald": Stuff(2.7, (0.03, 0.55, 0.22), 0.0, 0.0, {"ior": 1.58, "dispersion": 0.20}),
    "aquamarine": Stuff(2.7, (0.55, 0.85, 0.95), 0.0, 0.0, {"ior": 1.58, "dispersion": 0.20}),
    "pearl": Stuff(2.7, (0.93, 0.89, 0.84), 0.0, 0.3),
    "velvet": Stuff(0.3, (0.20, 0.02, 0.05), 0.0, 1.0),
    "silk": Stuff(0.3, (0.93, 0.90, 0.86), 0.0, 1.0),
    "ribbon": Stuff(0.3, (0.03, 0.03, 0.04), 0.0, 1.0),
}


@dataclass(frozen=True)
class Design:
    """A piece before it is built: its triangles in the piece frame (mm) and what the catalogue says of it."""

    id: str
    heap: Heap
    says: dict[str, Any]
    "Tables of piece.toml; size.weight_g and size.centre_of_mass_mm are added here."


def build(design: Design, into: Path = PIECES) -> None:
    """Writes the piece's folder."""
    folder = into / design.id
    folder.mkdir(parents=True, exist_ok=True)
    parts: dict[str, tuple[Array, Array]] = {}
    chain: dict[str, Array] = {}
    length = design.says["size"].get("chain_length_mm", 0.0)
    for name, meshes in sorted(design.heap.parts.items()):
        vertices, faces = _joined(meshes)
        along = _along(meshes, design.heap.along[name], length / (2 * np.pi))
        if STUFF[name].gem:
            vertices, faces, along = _shared(vertices, faces, along)
        parts[name], chain[name] = (vertices, faces), along
    occlusion = _occlusion(parts, head=design.says["worn"]["on"] == "head", tilt=design.says["seat"].get("tilt_deg", 0))
    (folder / "mesh.glb").write_bytes(glb(parts, {"_OCCLUSION": occlusion} | ({"_CHAIN": chain} if length else {})))
    weight_g, centre = weigh(design.heap)
    design.says["size"] |= {"weight_g": round(weight_g, 1), "centre_of_mass_mm": [round(float(c), 1) for c in centre]}
    (folder / "piece.toml").write_text(_toml(design))
    faces = sum(len(f) for _, f in parts.values())
    print(f"{design.id:10} {faces:6} faces  {weight_g:6.0f} g  {(folder / 'mesh.glb').stat().st_size / 1e6:.2f} MB")


def weigh(heap: Heap) -> tuple[float, Array]:
    """Grams and centre of mass (mm), every closed part by its volume (divergence theorem) and density."""
    grams, moment = 0.0, np.zeros(3)
    for name, meshes in heap.parts.items():
        for vertices, faces in meshes:
            a, b, c = (vertices[faces[:, k]] for k in range(3))
            six = np.einsum("ij,ij->i", a, np.cross(b, c))
            volume = six.sum() / 6
            if abs(volume) < 1e-9:
                continue
            g = abs(volume) * 1e-3 * STUFF[name].density
            grams += g
            moment += g * ((six[:, None] * (a + b + c)).sum(axis=0) / 24 / volume)
    return grams, moment / grams


def _joined(meshes: list[tuple[Array, Array]]) -> tuple[Array, Array]:
    start, vertices, faces = 0, [], []
    for v, f in meshes:
        vertices.append(v)
        faces.append(f + start)
        start += len(v)
    return np.concatenate(vertices).astype(np.float32), np.concatenate(faces).astype(np.uint32)


def normals_of(vertices: Array, faces: Array) -> Array:
    """(n, 3) smooth normals, triangles weighed by area."""
    v = vertices.astype(np.float64)
    across = np.cross(v[faces[:, 1]] - v[faces[:, 0]], v[faces[:, 2]] - v[faces[:, 0]])
    out = np.zeros_like(v)
    for k in range(3):
        np.add.at(out, faces[:, k], across)
    length = np.linalg.norm(out, axis=1, keepdims=True)
    return np.where(length > 1e-12, out / np.maximum(length, 1e-12), [0.0, 1.0, 0.0]).astype(np.float32)


def _along(meshes: list[tuple[Array, Array]], said: list[float], radius: float) -> Array:
    """(n,) mm along the chain of every vertex: what its part was given, else where the part's middle is."""
    middle = [v.mean(axis=0) for v, _ in meshes]
    s = [radius * np.arctan2(m[0], m[2]) if np.isnan(at) else at for m, at in zip(middle, said, strict=True)]
    return np.repeat(np.array(s, dtype=np.float32), [len(v) for v, _ in meshes])


def _shared(vertices: Array, faces: Array, along: Array) -> tuple[Array, Array, Array]:
    """Stones come facet by facet; the file shares their points."""
    rows, where = np.unique(np.round(np.column_stack([vertices, along]), 4), axis=0, return_inverse=True)
    rows = rows.astype(np.float32)
    return rows[:, :3], where.reshape(-1)[faces].astype(np.uint32), rows[:, 3]


def glb(parts: dict[str, tuple[Array, Array]], own: dict[str, dict[str, Array]]) -> bytes:
    """The file: JSON and one buffer, the same for the same input; `own` are attributes glTF does not know, by part."""
    blob, views, accessors, materials, primitives = b"", [], [], [], []

    def put(array: Array, kind: str, component: int, target: int, bounds: bool = False) -> int:
        nonlocal blob
        data = np.ascontiguousarray(array).tobytes()
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(data), "target": target})
        blob += data + b"\0" * (-len(data) % 4)
        entry: dict[str, Any] = {
            "bufferView": len(views) - 1,
            "componentType": component,
            "count": len(array),
            "type": kind,
        }
        if bounds:
            entry |= {"min": array.min(axis=0).tolist(), "max": array.max(axis=0).tolist()}
        accessors.append(entry)
        return len(accessors) - 1

    for name, (vertices, faces) in parts.items():
        stuff = STUFF[name]
        attributes = {"POSITION": put((vertices / 1000).astype(np.float32), "VEC3", 5126, 34962, bounds=True)}
        if not stuff.gem:
            attributes["NORMAL"] = put(normals_of(vertices, faces), "VEC3", 5126, 34962)
        attributes |= {key: put(of[name].astype(np.float32), "SCALAR", 5126, 34962) for key, of in own.items()}
        primitives.append(
            {"attributes": attributes, "indices": put(faces.ravel(), "SCALAR", 5125, 34963), "material": len(materials)}
        )
        material: dict[str, Any] = {
            "name": name,
            "pbrMetallicRoughness": {
                "baseColorFactor": [*stuff.base, 1.0],
                "metallicFactor": stuff.metallic,
                "roughnessFactor": stuff.roughness,
            },
        }
        if stuff.gem:
            material["extensions"] = {
                "KHR_materials_transmission": {"transmissionFactor": 1.0},
                "KHR_materials_ior": {"ior": stuff.gem["ior"]},
                "KHR_materials_volume": {
                    "attenuationColor": list(stuff.base),
                    "attenuationDistance": 0.004,
                    "thicknessFactor": 0.003,
                },
                "KHR_materials_dispersion": {"dispersion": stuff.gem["dispersion"]},
            }
        materials.append(material)
    used = [f"KHR_materials_{n}" for n in ("transmission", "ior", "volume", "dispersion")]
    header: dict[str, Any] = {
        "asset": {"version": "2.0", "generator": "assets/make"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0}],
        "meshes": [{"primitives": primitives}],
        "materials": materials,
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
    }
    if any(STUFF[name].gem for name in parts):
        header["extensionsUsed"] = used
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    chunks = struct.pack("<II", len(text), 0x4E4F534A) + text + struct.pack("<II", len(blob), 0x004E4942) + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(chunks)) + chunks


# occlusion


DIRECTIONS, SIDE = 64, 640
VERTEX = """
#version 330
uniform mat4 view; in vec3 position; out float z;
void main() { gl_Position = view * vec4(position, 1.0); z = gl_Position.z; }
"""
FRAGMENT = "#version 330\nin float z; out float depth;\nvoid main() { depth = z; }"


def _occlusion(parts: dict[str, tuple[Array, Array]], head: bool, tilt: float) -> dict[str, Array]:
    """How much of the half sphere over each vertex is open, by depth maps from all round."""
    everything = np.concatenate([v for v, _ in parts.values()])
    middle, reach = (everything.max(0) + everything.min(0)) / 2, np.linalg.norm(np.ptp(everything, axis=0)) / 2 + 3
    gl = moderngl.create_context(standalone=True, backend="egl")
    program = gl.program(vertex_shader=VERTEX, fragment_shader=FRAGMENT)
    target = gl.framebuffer([gl.texture((SIDE, SIDE), 1, dtype="f4")], gl.depth_renderbuffer((SIDE, SIDE)))
    gl.enable(moderngl.DEPTH_TEST)
    solids = list(parts.values()) + ([_head(everything)] if head else [])
    arrays = [
        gl.vertex_array(
            program,
            [(gl.buffer(np.ascontiguousarray(v, dtype=np.float32).tobytes()), "3f", "position")],
            gl.buffer(np.ascontiguousarray(f, dtype=np.uint32).tobytes()),
        )
        for v, f in solids
    ]
    normal = {name: normals_of(*mesh) for name, mesh in parts.items()}
    open_, whole = (
        {n: np.zeros(len(v)) for n, (v, _) in parts.items()},
        {n: np.full(len(v), 1e-6) for n, (v, _) in parts.items()},
    )
    index = np.arange(DIRECTIONS) + 0.5
    height, turn = 1 - 2 * index / DIRECTIONS, np.pi * (3 - 5**0.5) * index
    round_ = np.sqrt(1 - height**2)
    for towards in np.stack([round_ * np.cos(turn), height, round_ * np.sin(turn)], axis=1):
        aside = np.cross(towards, [0.3, 0.2, 0.93])
        aside /= np.linalg.norm(aside)
        rows = np.stack([aside, np.cross(towards, aside), -towards]) / reach
        view = np.eye(4)
        view[:3, :3], view[:3, 3] = rows, -rows @ middle
        program["view"].write(np.ascontiguousarray(view.T, dtype=np.float32).tobytes())
        target.use()
        target.clear(1.0, 1.0, 1.0, 1.0, 1.0)
        for array in arrays:
            array.render()
        depth = np.frombuffer(target.read(components=1, dtype="f4"), np.float32).reshape(SIDE, SIDE)
        for name, (v, _) in parts.items():
            weight = np.clip(normal[name] @ towards, 0, 1)
            # looked up a little off the surface, along its normal
            p = (v + normal[name] * 0.35) @ rows.T + view[:3, 3]
            at = np.clip(((p[:, :2] + 1) / 2 * SIDE).astype(int), 0, SIDE - 1)
            free = p[:, 2] <= depth[at[:, 1], at[:, 0]] + 0.9 / reach
            open_[name] += weight * free
            whole[name] += weight
    gl.release()
    return {name: np.clip(open_[name] / whole[name], 0, 1) for name in parts}


def _head(everything: Array) -> tuple[Array, Array]:
    """A head's worth of skull under a piece: an ellipsoid just inside the band."""
    from forms import ball

    v, f = ball((0, 0, 0), 1.0, 3)
    half = np.abs(everything[everything[:, 1] < everything[:, 1].min() + 6]).max(axis=0)
    return v * (half[0] - 5, 62.0, half[2] - 5) + (0, -22.0, 0), f


def _toml(design: Design) -> str:
    lines = [f'id = "{design.id}"']
    top = {k: v for k, v in design.says.items() if not isinstance(v, dict)}
    lines += [f"{key} = {json.dumps(value, ensure_ascii=False)}" for key, value in top.items()]

    def tables(name: str, table: dict[str, Any]) -> None:
        lines.append(f"\n[{name}]")
        lines.extend(f"{k} = {json.dumps(v, ensure_ascii=False)}" for k, v in table.items() if not isinstance(v, dict))
        for key, value in table.items():
            if isinstance(value, dict):
                tables(f"{name}.{key}", value)

    for key, value in design.says.items():
        if isinstance(value, dict):
            tables(key, value)
    return "\n".join(lines) + "\n"
