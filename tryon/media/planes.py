"""I420 pictures out of decoded ones."""

from __future__ import annotations

from typing import Any

import numpy as np

from tryon.geometry.planes import join_planes
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
