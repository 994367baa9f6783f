"""A number in the pixels of a picture, that survives VP8: for latency that is measured and not estimated.

Twenty black or white blocks of 16 x 16 luma pixels along the bottom: sixteen bits of the number, four of a check sum.
"""

from __future__ import annotations

import numpy as np

from tryon.types import U8

BLOCK_PX, BITS, CHECK_BITS = 16, 16, 4
LIMIT = 1 << BITS
_BLACK, _WHITE = 16, 235


def stamp(i420: U8, number: int) -> None:
    """Write `number` (below LIMIT) into an I420 picture of at least 320 x 16 pixels, in place."""
    height = i420.shape[0] * 2 // 3
    bits = _bits(number)
    row = np.repeat(np.where(bits, _WHITE, _BLACK).astype(np.uint8), BLOCK_PX)
    i420[height - BLOCK_PX : height, : len(row)] = row


def read(luma: U8) -> int | None:
    """The number in a luma plane (h, w), or None when there is none that can be trusted."""
    band = luma[-BLOCK_PX:, : BLOCK_PX * (BITS + CHECK_BITS)]
    blocks = band.reshape(BLOCK_PX, -1, BLOCK_PX)[4:12, :, 4:12].mean(axis=(0, 2))
    if np.any((blocks > 80) & (blocks < 170)):
        return None
    bits = blocks > 125
    number = int(np.packbits(bits[:BITS]).view(">u2")[0])
    return number if np.array_equal(_bits(number), bits) else None


def _bits(number: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    check = 0
    for shift in range(0, BITS, CHECK_BITS):
        check ^= number >> shift & (1 << CHECK_BITS) - 1
    code = (number << CHECK_BITS | (check ^ 0b0101)) & (1 << BITS + CHECK_BITS) - 1
    return np.array([code >> i & 1 for i in reversed(range(BITS + CHECK_BITS))], bool)
