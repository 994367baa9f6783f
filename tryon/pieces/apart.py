"""What a GLB holds compressed, decoded in a process of its own (`unpack`)."""

from __future__ import annotations

import struct
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from tryon.pieces.glb import FILE_BYTES_MAX, Broken

WAIT_S = 60.0


@dataclass(frozen=True, slots=True)
class Packed:
    """One compressed part of a file's buffer."""

    start: int
    length: int
    said: bytes = b""
    "What its decoder must know besides, before the part itself."


def unpacked(
    way: Literal["Draco", "meshopt"], blob: bytes, parts: list[Packed], do: str, /
) -> dict[str, np.ndarray[Any, Any]]:
    """The arrays of all parts, by the names that `unpack` gives them. Raises Broken, with what to do."""
    # many may name the same bytes: what is sent is bounded, not what is stored
    if sum(part.length for part in parts) > FILE_BYTES_MAX:
        raise Broken("Its compressed parts lie over one another.", do)
    asked = struct.pack("<I", len(parts)) + b"".join(
        struct.pack("<I", len(part.said) + part.length) + part.said + blob[part.start : part.start + part.length]
        for part in parts
    )
    program = [sys.executable, "-I", str(Path(__file__).with_name("unpack.py")), way]
    with tempfile.TemporaryFile() as answer:
        try:
            done = subprocess.run(
                program, input=asked, stdout=answer, stderr=subprocess.DEVNULL, env={}, timeout=WAIT_S, check=False
            )
        except subprocess.TimeoutExpired:
            raise Broken(f"Its {way} compression could not be undone in time.", do) from None
        if done.returncode:
            raise Broken(f"Its {way} compression is broken, or unpacks to more than there is room for.", do)
        answer.seek(0)
        with np.load(answer, allow_pickle=False) as said:
            return {name: said[name] for name in said.files}
