"""A GLB that Draco compressed, as one that nobody compressed; the decoding happens in a process apart (`unpack`)."""

from __future__ import annotations

from typing import Any

import numpy as np

from tryon.pieces.apart import Packed, unpacked
from tryon.pieces.glb import Broken, chunks, join, listed, put, unname

NAME = "KHR_draco_mesh_compression"
MESHES_MAX = 512
AGAIN = "Export the GLB without Draco."


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
    arrays = unpacked("Draco", blob, [_packed(said, views, blob) for _, said in found], AGAIN)
    grown = bytearray(blob)
    for number, (primitive, said) in enumerate(found):
        attributes = said.get("attributes") if isinstance(said, dict) else None
        if not isinstance(attributes, dict) or not isinstance(primitive.get("attributes"), dict):
            raise Broken("A compressed mesh does not say what is in it.", AGAIN)
        own = {str(name): arrays.get(f"attribute_{number}_{id}") for name, id in attributes.items()}
        for name, values in own.items():
            if values is None:
                raise Broken(f"A compressed mesh has no {name}, though it says so.", AGAIN)
            kind = "SCALAR" if values.shape[1] == 1 else f"VEC{values.shape[1]}"
            values = values.astype(np.float32) if values.dtype.kind == "f" else values
            primitive["attributes"][name] = put(values, kind, views, accessors, grown)
        primitive["indices"] = put(arrays[f"faces_{number}"].reshape(-1, 1), "SCALAR", views, accessors, grown)
    unname(header, (NAME,))
    header.update(bufferViews=views, accessors=accessors, buffers=[{"byteLength": len(grown)}])
    return join(header, bytes(grown))


def _packed(said: Any, views: list[dict[str, Any]], blob: bytes) -> Packed:
    number = said.get("bufferView") if isinstance(said, dict) else None
    if type(number) is not int or not 0 <= number < len(views):
        raise Broken("A compressed mesh lies in a buffer view that does not exist.", AGAIN)
    start, length = views[number].get("byteOffset", 0), views[number].get("byteLength")
    if type(start) is not int or type(length) is not int or not 0 <= start <= start + length <= len(blob):
        raise Broken("A compressed mesh reaches past the end of its buffer.", AGAIN)
    return Packed(start, length)
