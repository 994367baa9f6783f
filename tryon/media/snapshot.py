"""A shown picture as a file to keep: unmirrored, with the shop's mark small in a corner."""

from __future__ import annotations

import unicodedata
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

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
    text = _spaced(mark.strip()[:40], size_px=max(12, round(min(width, height) * 0.026)))
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
    """White serif letters on black, (h, w), set wide as an engraver would; drawn large and reduced.

    OpenCV's own strokes need no font file, but know plain Latin letters only: accents are left off.
    """
    plain = unicodedata.normalize("NFKD", words).encode("ascii", "ignore").decode()
    fine, font, stroke = 4, cv2.FONT_HERSHEY_COMPLEX, 4
    scale = cv2.getFontScaleFromHeight(font, size_px * fine * 3 // 4, stroke)
    gap = round(size_px * fine * 0.14)
    widths = [cv2.getTextSize(letter, font, scale, stroke)[0][0] for letter in plain]
    sheet = np.zeros((size_px * fine * 5 // 4, sum(widths) + gap * max(0, len(plain) - 1) + 2 * fine), np.uint8)
    x = fine
    for letter, advance in zip(plain, widths, strict=True):
        cv2.putText(sheet, letter, (x, size_px * fine), font, scale, (255,), stroke, cv2.LINE_AA)
        x += advance + gap
    size = (max(1, sheet.shape[1] // fine), max(1, sheet.shape[0] // fine))
    return np.asarray(cv2.resize(sheet, size, interpolation=cv2.INTER_AREA), np.uint8)
