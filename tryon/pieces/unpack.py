"""A program of its own: Draco buffers on standard input, their arrays on standard output.

Draco's decoder reads what strangers send, so it runs here, apart: with nothing of ours imported, no environment, and,
from before its first byte on, so much memory, so many seconds, so large an answer, and not one file or socket more.

In: the count (u32), then each buffer with its length (u32) before it. Out: an .npz with `faces_<n>` (m, 3) uint32 and
`attribute_<n>_<unique id>` (k, width) of each buffer n. Whatever goes wrong, it ends with another status than 0.
"""

from __future__ import annotations

import io
import resource
import struct
import sys

MEMORY_BYTES = 3 * 1024**3
CPU_S = 40
ANSWER_BYTES = 256 * 1024 * 1024


def main() -> None:
    """Decode all, or die of it."""
    import DracoPy
    import numpy as np

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
    arrays = {}
    for number in range(count):
        (length,) = struct.unpack_from("<I", said, at)
        mesh = DracoPy.decode(said[at + 4 : at + 4 + length])
        at += 4 + length
        arrays[f"faces_{number}"] = np.asarray(mesh.faces, dtype=np.uint32).reshape(-1, 3)
        for attribute in mesh.attributes:
            data = np.asarray(attribute["data"])
            arrays[f"attribute_{number}_{int(attribute['unique_id'])}"] = data.reshape(len(data), -1)
    answer = io.BytesIO()
    np.savez(answer, **arrays)
    sys.stdout.buffer.write(answer.getvalue())
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
