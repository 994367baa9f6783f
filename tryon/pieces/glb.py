"""The bytes of a GLB: its chunks, its JSON inside bounds, its arrays inside their buffers; and one put together anew.

Source: glTF 2.0, sections 3.6 (binary data), 3.11 (extensions) and 4.4 (GLB).
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable
from typing import Any

import numpy as np

FILE_BYTES_MAX = 64 * 1024 * 1024
UNPACKED_BYTES_MAX = 320 * 1024 * 1024
"Of a file with what its compression unpacked to."
JSON_BYTES_MAX = 8 * 1024 * 1024
JSON_DEPTH_MAX = 48
COMPONENTS = {5120: np.int8, 5121: np.uint8, 5122: np.int16, 5123: np.uint16, 5125: np.uint32, 5126: np.float32}
NUMBERS = {np.dtype(kind): number for number, kind in COMPONENTS.items()}
WIDTHS = {"SCALAR": 1, "VEC2": 2, "VEC3": 3, "VEC4": 4, "MAT2": 4, "MAT3": 9, "MAT4": 16}
WHAT_LETTERS = 400
ANEW = "Export it anew as one GLB (glTF 2.0)."
JSON_KIND, BLOB_KIND = 0x4E4F534A, 0x004E4942


class Broken(Exception):
    """What is wrong with a file, and what to do."""

    def __init__(self, what: str, do: str = ANEW) -> None:
        # what a stranger wrote is quoted, and may be as long as a file
        super().__init__(f"{what if len(what) <= WHAT_LETTERS else what[:WHAT_LETTERS] + '…'} {do}".strip())


def chunks(data: bytes, /) -> tuple[dict[str, Any], bytes]:
    """(JSON, binary buffer). Raises Broken."""
    if len(data) < 20:
        raise Broken("The file is too short to be a GLB.")
    magic, version, length = struct.unpack_from("<4sII", data)
    if magic != b"glTF":
        raise Broken("The file is not a GLB (it does not begin with glTF).")
    if version != 2:
        raise Broken(f"The file is glTF version {version}; version 2 is read.")
    if length != len(data):
        raise Broken(
            f"The file says it has {length} bytes but has {len(data)}: it was cut off or added to.",
            "Copy or export it anew.",
        )
    at, found = 12, []
    while at < len(data):
        if at + 8 > len(data):
            raise Broken("The file ends inside a chunk's header.")
        size, kind = struct.unpack_from("<II", data, at)
        if size % 4 or at + 8 + size > len(data):
            raise Broken("A chunk reaches past the end of the file.")
        found.append((kind, at + 8, size))
        at += 8 + size
        if len(found) > 16:
            raise Broken("The file has more than 16 chunks.")
    if not found or found[0][0] != JSON_KIND:
        raise Broken("The file's first chunk is not its JSON.")
    text = data[found[0][1] : found[0][1] + found[0][2]]
    blob = next((data[start : start + size] for kind, start, size in found[1:] if kind == BLOB_KIND), b"")
    return _header(text), blob


def _header(text: bytes) -> dict[str, Any]:
    if len(text) > JSON_BYTES_MAX:
        raise Broken(f"Its JSON has {len(text):,} bytes; at most {JSON_BYTES_MAX:,} are read.")
    signs = np.frombuffer(text, np.uint8)
    steps = np.isin(signs, (0x5B, 0x7B)).astype(np.int32) - np.isin(signs, (0x5D, 0x7D))
    deepest = int(np.cumsum(steps).max(initial=0))
    if deepest > JSON_DEPTH_MAX:
        raise Broken(f"Its JSON is nested {deepest} deep; at most {JSON_DEPTH_MAX} is read.")
    try:
        header = json.loads(text, parse_constant=_not_a_number)
    except (ValueError, RecursionError) as err:
        raise Broken(f"Its JSON cannot be read: {err}.") from err
    if not isinstance(header, dict):
        raise Broken("Its JSON is not an object.")
    return header


def _not_a_number(word: str) -> float:
    raise ValueError(f"{word} is no number of JSON")


def join(header: dict[str, Any], blob: bytes, /) -> bytes:
    """The GLB of a header and its one buffer."""
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    blob += b"\0" * (-len(blob) % 4)
    body = struct.pack("<II", len(text), JSON_KIND) + text + struct.pack("<II", len(blob), BLOB_KIND) + blob
    return struct.pack("<4sII", b"glTF", 2, 12 + len(body)) + body


def listed(header: dict[str, Any], name: str, most: int = 65536, /) -> list[dict[str, Any]]:
    """A list of objects, empty where there is none. Raises Broken."""
    values = header.get(name, [])
    if not isinstance(values, list) or not all(isinstance(value, dict) for value in values):
        raise Broken(f"{name} is not a list of objects.")
    if len(values) > most:
        raise Broken(f"There are {len(values)} {name}; at most {most} are read.", "Join them in your program.")
    return values


def uses(header: dict[str, Any], names: Iterable[str], /) -> bool:
    """Whether the file says that it uses one of these extensions."""
    return any(name in said for said in _extensions(header) for name in names)


def unname(header: dict[str, Any], names: Iterable[str], /) -> None:
    """The file no longer says that it uses them."""
    for said in _extensions(header):
        said[:] = [name for name in said if name not in names]


def _extensions(header: dict[str, Any]) -> list[list[Any]]:
    said = [header.get(key) for key in ("extensionsRequired", "extensionsUsed")]
    return [names for names in said if isinstance(names, list)]


def put(
    values: np.ndarray[Any, Any],
    kind: str,
    views: list[dict[str, Any]],
    accessors: list[dict[str, Any]],
    grown: bytearray,
    /,
) -> int:
    """The number of a new accessor of these (count, width) values, at the end of a buffer that grows. Raises Broken."""
    if values.dtype not in NUMBERS:
        raise Broken(f"A mesh holds numbers of a kind that glTF does not know ({values.dtype}).")
    grown += b"\0" * (-len(grown) % 4)
    raw = values.tobytes()
    views.append({"buffer": 0, "byteOffset": len(grown), "byteLength": len(raw)})
    grown += raw
    number = NUMBERS[values.dtype]
    accessors.append({"bufferView": len(views) - 1, "componentType": number, "count": len(values), "type": kind})
    return len(accessors) - 1


def array(
    accessors: list[dict[str, Any]],
    views: list[dict[str, Any]],
    blob: bytes,
    index: Any,
    kind: str | None,
    dtype: Any,
    /,
) -> np.ndarray[Any, Any]:
    """(count, width) of an accessor, inside its view inside the buffer. Raises Broken."""
    if type(index) is not int or not 0 <= index < len(accessors):
        raise Broken(f"Accessor {index} does not exist.")
    accessor = accessors[index]
    if "sparse" in accessor or "bufferView" not in accessor:
        raise Broken(f"Accessor {index} is sparse or has no data.", "Export without sparse accessors.")
    start, length, stride = span(views, blob, accessor["bufferView"], f"Accessor {index}")
    width = WIDTHS.get(str(accessor.get("type")))
    stated = accessor.get("componentType")
    component = COMPONENTS.get(stated) if isinstance(stated, int) else None
    if width is None or component is None or (kind and accessor["type"] != kind) or (dtype and component != dtype):
        raise Broken(f"Accessor {index} is {accessor.get('type')} of {accessor.get('componentType')}.")
    item = width * np.dtype(component).itemsize
    offset = _bounded(accessor.get("byteOffset", 0), f"Accessor {index}")
    count = _bounded(accessor.get("count"), f"Accessor {index}")
    stride = item if stride is None else stride
    if stride < item:
        raise Broken(f"Accessor {index} has entries that overlap (stride {stride}).")
    if count and offset + stride * (count - 1) + item > length:
        raise Broken(f"Accessor {index} reaches past the end of its buffer.")
    rows: np.ndarray[Any, Any] = np.ndarray((count, item), np.uint8, blob, start + offset, (stride, 1))
    return np.ascontiguousarray(rows).view(component).reshape(count, width)


def span(views: list[dict[str, Any]], blob: bytes, number: Any, what: str, /) -> tuple[int, int, int | None]:
    """(start, length, stride) of a buffer view that lies inside the buffer. Raises Broken."""
    if type(number) is not int or not 0 <= number < len(views):
        raise Broken(f"{what} lies in buffer view {number}, which does not exist.")
    view = views[number]
    start, length = _bounded(view.get("byteOffset", 0), what), _bounded(view.get("byteLength"), what)
    stride = None if view.get("byteStride") is None else _bounded(view["byteStride"], what)
    if start + length > len(blob):
        raise Broken(f"{what} reaches past the end of its buffer.")
    return start, length, stride


def _bounded(value: Any, what: str) -> int:
    if type(value) is not int or not 0 <= value <= UNPACKED_BYTES_MAX:
        raise Broken(f"{what} has an impossible count or offset.")
    return value
