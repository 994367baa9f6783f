"""A shown picture as a file to keep: unmirrored, with the shop's mark small in a corner."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

from tryon.types import U8

JPEG_QUALITY = 92
MIME = "image/jpeg"


def jpeg_of(i420: U8, mark: str) -> bytes:
    """The picture as a JPEG, with `mark` in its lower right corner (none when empty)."""
    bgr: U8 = np.asarray(cv2.cvtColor(i420, cv2.COLOR_YUV2BGR_I420), np.uint8)
    draw_mark(bgr, mark)
    done, data = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    assert done  # a whole 8-bit picture can always be encoded
    return data.tobytes()


def draw_mark(bgr: U8, mark: str) -> None:
    """Write `mark` into the lower right corner of a BGR picture, in place: spaced letters, ivory on a soft shade."""
    if not mark.strip():
        return
    height, width = bgr.shape[:2]
    text = _spaced(mark.strip()[:40], size_px=max(10, round(min(width, height) * 0.026)))
    if text.shape[1] > width * 0.9:
        share = width * 0.9 / text.shape[1]
        text = np.asarray(cv2.resize(text, None, fx=share, fy=share, interpolation=cv2.INTER_AREA), np.uint8)
    edge = round(min(width, height) * 0.03)
    rows, columns = text.shape
    y, x = height - edge - rows, width - edge - columns
    if y < 0 or x < 0:
        return
    pad = min(edge, x, y)
    box: npt.NDArray[Any] = bgr[y - pad : y + rows + pad, x - pad : x + columns + pad].astype(np.float32)
    letters = np.pad(text.astype(np.float32) / 255, pad)
    shade = np.clip(cv2.GaussianBlur(letters, (0, 0), sigmaX=max(1.0, rows / 6)) * 0.9, 0, 0.45)[..., None]
    box = box * (1 - shade)
    ivory = np.array([226, 240, 246], np.float32)  # BGR
    alpha = (letters * 0.9)[..., None]
    box = box * (1 - alpha) + ivory * alpha
    bgr[y - pad : y + rows + pad, x - pad : x + columns + pad] = np.clip(box + 0.5, 0, 255).astype(np.uint8)


def _spaced(words: str, *, size_px: int) -> npt.NDArray[np.uint8]:
    """White letters on black, (h, w), set wide as an engraver would; drawn large and reduced."""
    fine = 4
    font = ImageFont.load_default(size=size_px * fine)
    gap = round(size_px * fine * 0.16)
    widths = [font.getlength(letter) for letter in words]
    sheet = Image.new("L", (round(sum(widths)) + gap * (len(words) - 1) + 2 * fine, round(size_px * fine * 1.4)), 0)
    pen = ImageDraw.Draw(sheet)
    x = float(fine)
    for letter, advance in zip(words, widths, strict=True):
        pen.text((x, 0), letter, fill=255, font=font)
        x += advance + gap
    large = np.asarray(sheet)
    size = (max(1, large.shape[1] // fine), max(1, large.shape[0] // fine))
    return np.asarray(cv2.resize(large, size, interpolation=cv2.INTER_AREA), np.uint8)
