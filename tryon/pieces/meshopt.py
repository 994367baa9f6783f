"""A GLB whose buffer views meshopt compressed, as one that nobody compressed; decoded in a process apart (`unpack`).

Source: glTF's EXT_meshopt_compression, and KHR_meshopt_compression, which follows on it.
"""

from __future__ import annotations

import struct
from typing import Any

from tryon.pieces.apart import Packed, unpacked
from tryon.pieces.glb import Broken, chunks, join, listed, span, unname

NAMES = ("EXT_meshopt_compression", "KHR_meshopt_compression")
VIEWS_MAX = 4096
VIEWS_BYTES_MAX, INDICES_MAX = 128 * 1024 * 1024, 8_000_000
"Of all that is decoded; indices take longest, and the gate has no use for more triangles."
INDEX_STRIDES = (2, 4)
STRIDES: dict[str, tuple[int, ...]] = {
    "NONE": tuple(range(4, 257, 4)),
    "EXPONENTIAL": tuple(range(4, 257, 4)),
    "OCTAHEDRAL": (4, 8),
    "QUATERNION": (8,),
    "COLOR": (4, 8),
}
"Bytes of an element that each filter of attributes takes."
AGAIN = "Export the GLB without meshopt (gltfpack: leave out -c, -cc and -cz)."


def plain(data: bytes, /) -> bytes:
    """The same GLB without the compression; nothing in it is believed, so it goes through the gate anew. Raises Broken.

    What was compressed stays in the file, unused; who writes it anew leaves it out.
    """
    header, blob = chunks(data)
    views = listed(header, "bufferViews", VIEWS_MAX)
    found, total, indices = [], 0, 0
    for number, view in enumerate(views):
        extensions = view.get("extensions")
        said = [extensions.pop(name) for name in NAMES if name in extensions] if isinstance(extensions, dict) else []
        if said:
            found.append((view, _packed(number, view, said, blob)))
            total += view["byteLength"]
            indices += 0 if said[0]["mode"] == "ATTRIBUTES" else said[0]["count"]
            if total > VIEWS_BYTES_MAX or indices > INDICES_MAX:
                most = f"{VIEWS_BYTES_MAX:,} bytes or {INDICES_MAX:,} indices"
                raise Broken(f"It unpacks to more than {most}.", "Simplify the mesh.")
        elif view.get("buffer") != 0:
            raise Broken(f"Buffer view {number} lies in a buffer that is not in the file.")
    arrays = unpacked("meshopt", blob, [part for _, part in found], AGAIN) if found else {}
    grown = bytearray(blob)
    for number, (view, _) in enumerate(found):
        grown += b"\0" * (-len(grown) % 4)
        view.update(buffer=0, byteOffset=len(grown))
        grown += arrays[f"view_{number}"].tobytes()
    unname(header, NAMES)
    header.update(bufferViews=views, buffers=[{"byteLength": len(grown)}])
    return join(header, bytes(grown))


def _packed(number: int, view: dict[str, Any], all_said: list[Any], blob: bytes) -> Packed:
    what = f"What meshopt compressed of buffer view {number}"
    said = all_said[0]
    if len(all_said) > 1 or not isinstance(said, dict) or said.get("buffer") != 0:
        raise Broken(f"{what} is not in the file.", AGAIN)
    start, length, _ = span([said], blob, 0, what)
    mode, kind = said.get("mode"), said.get("filter", "NONE")
    count, stride = (each if type(each := said.get(name)) is int else 0 for name in ("count", "byteStride"))
    if mode == "ATTRIBUTES":
        known = isinstance(kind, str) and stride in STRIDES.get(kind, ())
    else:
        whole = {"TRIANGLES": 3, "INDICES": 1}.get(str(mode), 0)
        known = whole > 0 and kind == "NONE" and stride in INDEX_STRIDES and count % whole == 0
    known = known and 0 < count < 2**32 and view.get("byteLength") == count * stride
    if not known or view.get("byteStride", stride) != stride:
        raise Broken(f"{what} has a mode, filter, count or stride that cannot be.", AGAIN)
    return Packed(start, length, struct.pack("<12s12sII", str(mode).encode(), str(kind).encode(), count, stride))
