"""A GLB that Draco compressed, as one that nobody compressed; the decoding happens in a process apart (`unpack`)."""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np

from tryon.pieces.glb import Broken, chunks, join, listed

NAME = "KHR_draco_mesh_compression"
WAIT_S = 60.0
MESHES_MAX = 512
KINDS = {"f": 5126, "i1": 5120, "u1": 5121, "i2": 5122, "u2": 5123, "u4": 5125}
"glTF's number of each kind of array, by numpy's kind and size."
AGAIN = "Export the GLB without Draco."


def compressed(header: dict[str, Any], /) -> bool:
    """Whether the file says that meshes in it are compressed so."""
    return any(NAME in header[key] for key in ("extensionsRequired", "extensionsUsed") if _names(header, key))


def plain(data: bytes, /) -> bytes:
    """The same GLB without the compression; nothing in it is believed, so it goes through the gate anew. Raises Broken.

    What was compressed stays in the file, unused; who writes it anew leaves it out.
    """
    header, blob = chunks(data)
    views, accessors = listed(header, "bufferViews"), listed(header, "accessors")
    found = []
    for mesh in listed(header, "meshes"):
        for primitive in listed(mesh, "primitives"):
            extensions = primitive.get("extensions")
            if isinstance(extensions, dict) and NAME in extensions:
                found.append((primitive, extensions.pop(NAME)))
    if len(found) > MESHES_MAX:
        raise Broken(f"{len(found)} meshes are compressed; at most {MESHES_MAX} are read.", AGAIN)
    arrays = _decoded([_buffer(said, views, blob) for _, said in found])
    grown = bytearray(blob)
    for number, (primitive, said) in enumerate(found):
        attributes = said.get("attributes") if isinstance(said, dict) else None
        if not isinstance(attributes, dict) or not isinstance(primitive.get("attributes"), dict):
            raise Broken("A compressed mesh does not say what is in it.", AGAIN)
        own = {str(name): arrays.get(f"attribute_{number}_{id}") for name, id in attributes.items()}
        for name, values in own.items():
            if values is None:
                raise Broken(f"A compressed mesh has no {name}, though it says so.", AGAIN)
            primitive["attributes"][name] = _put(values, f"VEC{values.shape[1]}", views, accessors, grown)
        primitive["indices"] = _put(arrays[f"faces_{number}"].reshape(-1, 1), "SCALAR", views, accessors, grown)
    for key in ("extensionsRequired", "extensionsUsed"):
        if _names(header, key):
            header[key] = [name for name in header[key] if name != NAME]
    header.update(bufferViews=views, accessors=accessors, buffers=[{"byteLength": len(grown)}])
    return join(header, bytes(grown))


def _names(header: dict[str, Any], key: str) -> bool:
    return isinstance(header.get(key), list)


def _buffer(said: Any, views: list[dict[str, Any]], blob: bytes) -> bytes:
    number = said.get("bufferView") if isinstance(said, dict) else None
    if type(number) is not int or not 0 <= number < len(views):
        raise Broken("A compressed mesh lies in a buffer view that does not exist.", AGAIN)
    start, length = views[number].get("byteOffset", 0), views[number].get("byteLength")
    if type(start) is not int or type(length) is not int or not 0 <= start <= start + length <= len(blob):
        raise Broken("A compressed mesh reaches past the end of its buffer.", AGAIN)
    return blob[start : start + length]


def _decoded(buffers: list[bytes]) -> dict[str, np.ndarray[Any, Any]]:
    asked = struct.pack("<I", len(buffers)) + b"".join(struct.pack("<I", len(each)) + each for each in buffers)
    program = [sys.executable, "-I", str(Path(__file__).with_name("unpack.py"))]
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(
                program, input=asked, stdout=answer, stderr=subprocess.DEVNULL, env={}, timeout=WAIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise Broken("Its Draco compression could not be undone in time.", AGAIN) from None
        if done.returncode:
            raise Broken("Its Draco compression is broken, or unpacks to more than there is room for.", AGAIN)
        answer.seek(0)
        with np.load(answer, allow_pickle=False) as said:
            return {name: said[name] for name in said.files}


def _put(
    values: np.ndarray[Any, Any],
    kind: str,
    views: list[dict[str, Any]],
    accessors: list[dict[str, Any]],
    grown: bytearray,
) -> int:
    """The number of a new accessor with these values."""
    name = "f" if values.dtype.kind == "f" else f"{values.dtype.kind}{values.dtype.itemsize}"
    if name not in KINDS:
        raise Broken(f"A compressed mesh holds numbers of a kind that glTF does not know ({values.dtype}).", AGAIN)
    raw = np.ascontiguousarray(values, np.float32 if name == "f" else values.dtype).tobytes()
    grown += b"\0" * (-len(grown) % 4)
    views.append({"buffer": 0, "byteOffset": len(grown), "byteLength": len(raw)})
    grown += raw
    accessors.append(
        {
            "bufferView": len(views) - 1,
            "componentType": KINDS[name],
            "count": len(values),
            "type": "SCALAR" if values.shape[1] == 1 else kind,
        }
    )
    return len(accessors) - 1
