"""I420 pictures as one array, and out of decoded pictures."""

from __future__ import annotations

from typing import Any

import numpy as np

from tryon.types import U8

ITU709, ITU601, MPEG, JPEG = 1, 5, 1, 2
"FFmpeg's numbers of colour matrix and range."


def i420_of(picture: Any) -> U8:
    """A decoded picture (av.VideoFrame) as an own copy: BT.601 video range, cropped to even size, upright.

    The copy matters: some decoders go on reading the planes they gave out.
    """
    full = picture.color_range == JPEG or picture.format.name.startswith("yuvj")
    if full or picture.format.name != "yuv420p" or picture.colorspace == ITU709:
        picture = picture.reformat(
            format="yuv420p",
            src_colorspace=ITU709 if picture.colorspace == ITU709 else ITU601,
            dst_colorspace=ITU601,
            src_color_range=JPEG if full else None,
            dst_color_range=MPEG,
            threads=1,
        )
    width, height = picture.width // 2 * 2, picture.height // 2 * 2
    turns = round(picture.rotation / 90) % 4
    planes = []
    for plane, part in zip(picture.planes, (1, 2, 2), strict=True):
        rows = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
        planes.append(np.rot90(rows[: height // part, : width // part], turns))
    return join_planes(*planes)


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
