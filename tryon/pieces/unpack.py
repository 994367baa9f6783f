"""A program of its own: compressed parts of a GLB on standard input, their arrays on standard output.

A decoder reads what strangers send, so it runs here, apart: with nothing of ours imported but meshopt's decoder, no
environment, and, from before its first byte on, so much memory, so many seconds, so large an answer, and not one file
or socket more.

Its argument says which compression. In: the count (u32), then each part with its length (u32) before it; a part of
meshopt begins with its mode and filter (12 letters each), count and stride (u32). Out: an .npz; of Draco with
`faces_<n>` (m, 3) uint32 and `attribute_<n>_<unique id>` (k, width) of each part n, of meshopt with `view_<n>`, its
bytes. Whatever goes wrong, it ends with another status than 0.
"""

from __future__ import annotations

import io
import resource
import runpy
import struct
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

MEMORY_BYTES = 3 * 1024**3
CPU_S = 40
ANSWER_BYTES = 256 * 1024 * 1024


def main(way: str) -> None:
    """Decode all, or die of it."""
    import numpy as np

    decode = DECODERS[way]()
    np.savez(io.BytesIO(), nothing=np.zeros(1))  # loads what it needs while files can still be opened
    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, ANSWER_BYTES),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_NOFILE, 3),  # those it has: no file and no socket can be opened any more
    ):
        resource.setrlimit(what, (most, most))
    said = sys.stdin.buffer.read()
    (count,), at = struct.unpack_from("<I", said), 4
    arrays: dict[str, Any] = {}
    for number in range(count):
        (length,) = struct.unpack_from("<I", said, at)
        decode(arrays, number, said[at + 4 : at + 4 + length])
        at += 4 + length
    answer = io.BytesIO()
    np.savez(answer, **arrays)
    sys.stdout.buffer.write(answer.getvalue())
    sys.stdout.buffer.flush()


def _draco() -> Callable[[dict[str, Any], int, bytes], None]:
    import DracoPy
    import numpy as np

    def decode(arrays: dict[str, Any], number: int, part: bytes) -> None:
        mesh = DracoPy.decode(part)
        arrays[f"faces_{number}"] = np.asarray(mesh.faces, dtype=np.uint32).reshape(-1, 3)
        for attribute in mesh.attributes:
            data = np.asarray(attribute["data"])
            arrays[f"attribute_{number}_{int(attribute['unique_id'])}"] = data.reshape(len(data), -1)

    return decode


def _meshopt() -> Callable[[dict[str, Any], int, bytes], None]:
    decoded = runpy.run_path(str(Path(__file__).with_name("streams.py")))["decoded"]

    def decode(arrays: dict[str, Any], number: int, part: bytes) -> None:
        head = struct.Struct("<12s12sII")
        mode, kind, count, stride = head.unpack_from(part)
        mode, kind = (each.rstrip(b"\0").decode() for each in (mode, kind))
        arrays[f"view_{number}"] = decoded(mode, kind, count, stride, part[head.size :])

    return decode


DECODERS = {"Draco": _draco, "meshopt": _meshopt}

if __name__ == "__main__":
    main(sys.argv[1])
