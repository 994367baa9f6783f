"""A GLB whose meshes are told in whole numbers (KHR_mesh_quantization), as one that tells them in floats."""

from __future__ import annotations

from typing import Any

import numpy as np

from tryon.pieces.glb import UNPACKED_BYTES_MAX, Broken, array, chunks, join, listed, put, unname

NAME = "KHR_mesh_quantization"
ATTRIBUTES = ("POSITION", "NORMAL", "TANGENT", "TEXCOORD_")
"Those that it lets be whole numbers."


def plain(data: bytes, /) -> bytes:
    """The same GLB as one that did not need it; it goes through the gate anew. Raises Broken."""
    header, blob = chunks(data)
    views, accessors = listed(header, "bufferViews"), listed(header, "accessors")
    grown = bytearray(blob)
    floats: dict[int, int] = {}
    for mesh in listed(header, "meshes"):
        for primitive in listed(mesh, "primitives"):
            attributes = primitive.get("attributes")
            if not isinstance(attributes, dict):
                continue
            for name, index in attributes.items():
                if name.startswith(ATTRIBUTES):
                    if type(index) is not int or index not in floats:
                        number = _floats(accessors, views, blob, index, grown)
                        floats[index] = number
                    attributes[name] = floats[index]
    unname(header, (NAME,))
    header.update(bufferViews=views, accessors=accessors, buffers=[{"byteLength": len(grown)}])
    return join(header, bytes(grown))


def _floats(
    accessors: list[dict[str, Any]], views: list[dict[str, Any]], blob: bytes, index: Any, grown: bytearray
) -> int:
    """The number of the accessor with the same values as floats: itself, where it has them."""
    values = array(accessors, views, blob, index, None, None)
    if values.dtype.itemsize > 2:
        return int(index)
    if len(grown) + 4 * values.size > UNPACKED_BYTES_MAX:
        raise Broken(f"It unpacks to more than {UNPACKED_BYTES_MAX:,} bytes.", "Simplify the mesh.")
    told = values.astype(np.float32)
    if accessors[index].get("normalized") is True:
        told = np.maximum(told / np.iinfo(values.dtype).max, -1)
    return put(told, str(accessors[index]["type"]), views, accessors, grown)
