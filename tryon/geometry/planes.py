"""An I420 picture as one array: Y (h, w), then U and V (h/2, w/2)."""

from __future__ import annotations

import numpy as np

from tryon.types import U8


def join_planes(luma: U8, blue: U8, red: U8) -> U8:
    """Y (h, w), U and V (h/2, w/2) as one contiguous (3h/2, w) picture."""
    height, width = luma.shape
    out: U8 = np.empty((height * 3 // 2, width), np.uint8)
    out[:height] = luma
    chroma = out[height:].reshape(2, height // 2, width // 2)
    chroma[0], chroma[1] = blue, red
    return out


def split_planes(i420: U8) -> tuple[U8, U8, U8]:
    """Views of Y (h, w), U and V (h/2, w/2) in a contiguous (3h/2, w) picture."""
    rows, width = i420.shape
    height = rows * 2 // 3
    chroma = i420[height:].reshape(2, height // 2, width // 2)
    return i420[:height], chroma[0], chroma[1]
