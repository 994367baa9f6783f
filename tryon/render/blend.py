"""A layer onto a frame, in the frame's own planes: a tenth of the cost of a way through RGB."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.types import U8, Frame, Layer, Veil


def blend(frame: Frame, layers: tuple[Layer, ...], /, *, opacity: float = 1.0, veil: Veil | None = None) -> Frame:
    """A new frame with the layers over it, under the veil; the frame itself when there is nothing to lay over it.

    BT.601 in video range, as the frame. Never writes into `frame`: a decoder's planes are its references.
    """
    if not layers or opacity <= 0:
        return frame
    i420 = frame.i420.copy()
    for layer in layers:
        _lay(i420, frame.size_px, layer if veil is None else _veiled(layer, veil), opacity)
    return Frame(i420, frame.time_s)


def _veiled(layer: Layer, veil: Veil) -> Layer:
    """The layer, gone where the veil hides it; the layer itself where they do not meet."""
    rows, columns = layer.rgba.shape[:2]
    (x, y), (left, top), step = layer.origin_px, veil.origin_px, veil.step_px
    if x + columns <= left or y + rows <= top or x >= left + veil.alpha.shape[1] * step:
        return layer
    # centres: pixel p of the layer is (p + x - left + 0.5) / step - 0.5 of the veil
    shift = ((x - left + 0.5) / step - 0.5, (y - top + 0.5) / step - 0.5)
    there = np.array([[1 / step, 0, shift[0]], [0, 1 / step, shift[1]]])
    hidden = cv2.warpAffine(veil.alpha, there, (columns, rows), flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    if not hidden.any():
        return layer
    shown = cv2.merge([1.0 - hidden] * 4)
    return Layer(np.asarray(cv2.multiply(layer.rgba, shown, dtype=cv2.CV_8U), dtype=np.uint8), layer.origin_px)


def _lay(i420: U8, size_px: tuple[int, int], layer: Layer, opacity: float) -> None:
    width, height = size_px
    x, y = layer.origin_px
    rgba = layer.rgba if opacity >= 1 else cv2.convertScaleAbs(layer.rgba, alpha=opacity)
    rows, columns = rgba.shape[:2]

    # premultiplied colour has no offset of its own: 16 and 128 are scaled by alpha
    luma = cv2.transform(rgba, np.array([[65.481, 128.553, 24.966, 16.0]], np.float32) / 255)
    keep = 255 - cv2.extractChannel(rgba, 3)
    plane = i420[:height]
    part = plane[y : y + rows, x : x + columns]
    part[:] = cv2.add(cv2.multiply(part, keep, scale=1 / 255), luma)

    half = cv2.resize(rgba, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
    chroma = cv2.transform(
        half, np.array([[-37.797, -74.203, 112.0, 128.0], [112.0, -93.786, -18.214, 128.0]], np.float32) / 255
    )
    keep = 255 - cv2.extractChannel(half, 3)
    planes = i420[height:].reshape(2, height // 2, width // 2)
    for index in (0, 1):
        part = planes[index, y // 2 : (y + rows) // 2, x // 2 : (x + columns) // 2]
        part[:] = cv2.add(cv2.multiply(part, keep, scale=1 / 255), cv2.extractChannel(chroma, index))
