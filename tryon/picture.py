"""Pictures as arrays and as files: the frame's I420 planes to RGB and back, and pictures from outside.

A picture from outside is known by its header before a pixel is unpacked, and turned upright by its EXIF.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont, ImageOps, UnidentifiedImageError

from tryon.errors import InputError
from tryon.types import U8, Frame

cv2.setNumThreads(1)  # a second thread saves little time and spends three times the CPU; sessions share the cores
PICTURE_PIXELS_MAX = 40_000_000
"Most pixels of a picture from outside: above any phone's camera, below what would fill the memory."
Image.MAX_IMAGE_PIXELS = None  # Pillow's own, laxer bound would speak before ours
PICTURES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff")
"How the names of picture files end."
FORMATS = ("JPEG", "PNG", "WEBP", "BMP", "TIFF")
STILL_PIXELS_MAX = 9_000_000
"Of a picture from a browser: 4K, and no more at once from each wearer."
WEBP_TRIES = ((1.0, 82, 100), (1.0, 70, 90), (1.0, 60, 80), (0.8, 60, 70), (0.6, 50, 60), (0.3, 40, 50))
"Share of the width wished for, quality, and quality of what shows through, where a shadow falls into rings first."
STILL_FORMATS = ("JPEG", "PNG", "WEBP")


def rgb_from_frame(frame: Frame) -> U8:
    """(h, w, 3) uint8 RGB of a frame."""
    return np.asarray(cv2.cvtColor(frame.i420, cv2.COLOR_YUV2RGB_I420), dtype=np.uint8)


def frame_from_rgb(rgb: U8, time_s: float) -> Frame:
    """A frame of an (h, w, 3) uint8 RGB picture; an odd last row or column is left off."""
    height, width = rgb.shape[0] // 2 * 2, rgb.shape[1] // 2 * 2
    even = np.ascontiguousarray(rgb[:height, :width])
    return Frame(np.asarray(cv2.cvtColor(even, cv2.COLOR_RGB2YUV_I420), dtype=np.uint8), time_s)


def read_picture(path: Path) -> U8:
    """(h, w, 3) uint8 RGB of a picture file, upright. Raises InputError."""
    try:
        with path.open("rb") as file:
            return np.asarray(_decoded(file, str(path)).convert("RGB"), dtype=np.uint8)
    except FileNotFoundError as err:
        raise InputError("picture_missing", f"There is no picture {path}.") from err
    except OSError as err:
        raise InputError("picture_broken", f"{path} cannot be read: {err}.") from err


def grey_of(still: bytes) -> U8:
    """(h, w) grey of a picture that a browser sent, upright. Raises InputError."""
    return np.asarray(cv2.cvtColor(rgb_of(still), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def rgb_of(still: bytes) -> U8:
    """(h, w, 3) RGB of a picture that a browser sent, upright. Raises InputError."""
    return np.asarray(_decoded(BytesIO(still), "The picture", STILL_FORMATS, STILL_PIXELS_MAX).convert("RGB"))


def at_most(rgb: U8, side_px: int) -> U8:
    """(h, w, 3) RGB made smaller, where its longer side has more than `side_px`."""
    share = side_px / max(rgb.shape[:2])
    if share >= 1:
        return rgb
    return np.asarray(cv2.resize(rgb, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def clean_picture(data: bytes) -> tuple[bytes, str]:
    """A picture from outside written anew, and its MIME type: upright, its pixels and nothing else. Raises InputError.

    What a camera notes beside the pixels (where and when) is gone, and so is whatever hid behind them. A PNG stays one;
    everything else becomes a JPEG.
    """
    picture = _decoded(BytesIO(data), "The picture")
    out = BytesIO()
    if picture.format == "PNG":
        # a new picture of the pixels: Pillow would carry over what it read beside them
        Image.fromarray(np.asarray(picture.convert("RGBA" if picture.has_transparency_data else "RGB"))).save(
            out, "PNG"
        )
        return out.getvalue(), "image/png"
    Image.fromarray(np.asarray(picture.convert("RGB"))).save(out, "JPEG", quality=92, subsampling=0)
    return out.getvalue(), "image/jpeg"


def _decoded(
    file: BinaryIO, name: str, formats: tuple[str, ...] = FORMATS, pixels_max: int = PICTURE_PIXELS_MAX
) -> Image.Image:
    """A picture, upright, bounded before a pixel is unpacked; `format` is what it was. Raises InputError."""
    try:
        with Image.open(file, formats=formats) as picture:
            width, height = picture.size
            if width * height > pixels_max:
                raise InputError(
                    "picture_too_large",
                    f"{name} is {width} x {height} pixels; at most {pixels_max // 1_000_000} million "
                    "pixels are read. Make it smaller.",
                )
            if min(width, height) < 2:
                raise InputError("picture_too_small", f"{name} is {width} x {height} pixels.")
            upright = ImageOps.exif_transpose(picture)
            upright.load()
            upright.format = picture.format
            return upright
    except UnidentifiedImageError as err:
        raise InputError("picture_unreadable", f"{name} is not a picture we can read ({', '.join(formats)}).") from err
    except (OSError, SyntaxError, ValueError) as err:
        raise InputError("picture_broken", f"{name} cannot be read: {err}.") from err


def write_picture(path: Path, rgb: U8) -> None:
    """Writes (h, w, 3) RGB as the kind its name says. Raises InputError."""
    try:
        Image.fromarray(rgb).save(path)
    except (OSError, ValueError) as err:
        raise InputError("picture_unwritable", f"{path} cannot be written: {err}.") from err


@dataclass(frozen=True, slots=True)
class Dimension:
    """A length to be drawn on a picture: from where to where, its words and where they stand (pixels x, y)."""

    start_px: tuple[float, float]
    end_px: tuple[float, float]
    words_px: tuple[float, float]
    words: str


def dimensioned(rgb: U8, dimensions: Sequence[Dimension]) -> U8:
    """(h, w, 3) RGB with lengths drawn on it: a light line in a dark one, so that it is seen on anything."""
    picture = Image.fromarray(rgb)
    pen = ImageDraw.Draw(picture)
    unit = max(picture.height / 360, 1.0)
    font = ImageFont.load_default(round(11 * unit))
    for each in dimensions:
        start, end = np.array(each.start_px), np.array(each.end_px)
        length = float(np.hypot(*(end - start)))
        if not length > 2 * unit:
            continue  # seen end on: there is nothing to read a length from
        across = np.array([start[1] - end[1], end[0] - start[0]]) / length * 5 * unit
        strokes = [(start, end), (start - across, start + across), (end - across, end + across)]
        for ink, width in (("#14110d", 4), ("#ecd29b", 1.6)):
            for first, last in strokes:
                pen.line([*first.tolist(), *last.tolist()], fill=ink, width=max(round(width * unit), 1))
    for each in dimensions:
        at_x, at_y = each.words_px
        box = pen.textbbox((at_x, at_y), each.words, font=font, anchor="mm")
        room = 3 * unit
        x = float(np.clip(0, room - box[0], None) + min(picture.width - room - box[2], 0))
        y = float(np.clip(0, room - box[1], None) + min(picture.height - room - box[3], 0))
        pen.rectangle([box[0] - room + x, box[1] - room + y, box[2] + room + x, box[3] + room + y], fill="#14110d")
        pen.text((at_x + x, at_y + y), each.words, font=font, anchor="mm", fill="#f6f1e7")
    return np.asarray(picture, dtype=np.uint8)


def webp_of(path: Path, *, width_px: int, bytes_max: int) -> bytes:
    """A picture file as a WebP of `width_px` at most: the first of WEBP_TRIES that keeps to `bytes_max`, or the last.

    Raises InputError.
    """
    with path.open("rb") as file:
        picture = _decoded(file, str(path))
    picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
    for share, quality, alpha_quality in WEBP_TRIES:
        small = picture.copy()
        small.thumbnail((round(share * width_px), round(2 * share * width_px)), Image.Resampling.LANCZOS)
        out = BytesIO()
        small.save(out, "WEBP", quality=quality, alpha_quality=alpha_quality)
        if out.tell() <= bytes_max:
            break
    return out.getvalue()


def webp_alone(rgba: U8) -> bytes:
    """(h, w, 4) straight alpha as a small WebP file."""
    out = BytesIO()
    Image.fromarray(rgba).save(out, "WEBP", quality=86, alpha_quality=90, method=2)
    return out.getvalue()


def png_of(rgb: U8) -> bytes:
    """(h, w, 3) RGB as a PNG file."""
    out = BytesIO()
    Image.fromarray(rgb).save(out, "PNG")
    return out.getvalue()
