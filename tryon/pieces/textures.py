"""Pictures inside a GLB: how many, how large, of what kind; read from their own first bytes, never decoded."""

from __future__ import annotations

import struct
from typing import Any

from tryon.pieces.glb import Broken, listed, span

COUNT_MAX = 16
SIDE_MAX_PX = 4096
SMALLER = f"Make every texture at most {SIDE_MAX_PX} pixels a side, as PNG or JPEG."
MARKERS_MAX = 4096


def look(header: dict[str, Any], views: list[dict[str, Any]], blob: bytes, /) -> list[tuple[int, int]]:
    """(width, height) of each. Raises Broken."""
    found = []
    for number, image in enumerate(listed(header, "images", COUNT_MAX)):
        what = f"Texture {number}"
        start, length, _ = span(views, blob, image.get("bufferView"), what)
        size = _size(blob[start : start + length])
        if size is None:
            raise Broken(f"{what} is neither PNG nor JPEG.", SMALLER)
        if not all(1 <= side <= SIDE_MAX_PX for side in size):
            raise Broken(f"{what} is {size[0]} x {size[1]} pixels.", SMALLER)
        found.append(size)
    return found


def _size(data: bytes) -> tuple[int, int] | None:
    if data.startswith(b"\x89PNG\r\n\x1a\n") and len(data) >= 24:
        width, height = struct.unpack_from(">II", data, 16)
        return width, height
    if not data.startswith(b"\xff\xd8"):
        return None
    at = 2
    for _ in range(MARKERS_MAX):
        if at + 9 > len(data) or data[at] != 0xFF:
            return None
        marker, (length,) = data[at + 1], struct.unpack_from(">H", data, at + 2)
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width = struct.unpack_from(">HH", data, at + 5)
            return width, height
        at += 2 + max(length, 2)
    return None
