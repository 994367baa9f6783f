"""A layer onto a frame, in the frame's own planes: a tenth of the cost of a way through RGB."""

from __future__ import annotations

import cv2
import numpy as np

from tryon.render.eye import Look, grained
from tryon.types import F32, U8, Frame, Layer, Veil

BLACK = 16
"Luma of black (ITU-R BT.601)."


def blend(
    frame: Frame,
    layers: tuple[Layer, ...],
    /,
    *,
    opacity: float = 1.0,
    veils: tuple[Veil, ...] = (),
    shades: tuple[Veil, ...] = (),
    look: Look | None = None,
) -> Frame:
    """A new frame with the layers over it, under the veils; the frame itself when there is nothing to lay over it.

    `shades` take light from what lies under the layers; `look` gives them the camera's black and its grain.
    BT.601 in video range, as the frame. Never writes into `frame`: a decoder's planes are its references.
    """
    if not layers or opacity <= 0:
        return frame
    i420, look = frame.i420.copy(), look or Look()
    for shade in shades:
        for veil in veils:
            shade = _unveiled(shade, veil)
        _shaded(i420, frame.size_px, shade, opacity)
    for layer in layers:
        for veil in veils:
            layer = _veiled(layer, veil)
        _lay(i420, frame, layer, opacity, look)
    return Frame(i420, frame.time_s)


def _shaded(i420: U8, size_px: tuple[int, int], shade: Veil, opacity: float) -> None:
    """Luma alone: what little light is left on skin has gone through it, and is the redder for it."""
    (x, y), step = shade.origin_px, shade.step_px
    rows, columns = shade.alpha.shape
    columns, rows = min(columns * step, size_px[0] - x), min(rows * step, size_px[1] - y)
    gone = cv2.convertScaleAbs(shade.alpha, alpha=255 * opacity)
    gone = cv2.resize(gone, (shade.alpha.shape[1] * step, shade.alpha.shape[0] * step), interpolation=cv2.INTER_LINEAR)
    gone = gone[:rows, :columns]
    part = i420[y : y + rows, x : x + columns]
    # black stays black
    part[:] = cv2.add(cv2.multiply(part, 255 - gone, scale=1 / 255), cv2.convertScaleAbs(gone, alpha=BLACK / 255))


def _veiled(layer: Layer, veil: Veil) -> Layer:
    """The layer, gone where the veil hides it; the layer itself where they do not meet."""
    met = _hidden(veil, layer.origin_px, layer.rgba.shape[:2], 1)
    if met is None:
        return layer
    where, hidden = met
    rgba = layer.rgba.copy()
    rgba[where] = cv2.multiply(rgba[where], cv2.merge([1.0 - hidden] * 4), dtype=cv2.CV_8U)
    return Layer(rgba, layer.origin_px)


def _unveiled(shade: Veil, veil: Veil) -> Veil:
    """Shade falls on what lies behind, not on what hides it."""
    met = _hidden(veil, shade.origin_px, shade.alpha.shape, shade.step_px)
    if met is None:
        return shade
    where, hidden = met
    alpha = shade.alpha.copy()
    alpha[where] *= 1 - hidden
    return Veil(alpha, shade.origin_px, shade.step_px)


def _hidden(
    veil: Veil, origin_px: tuple[int, int], shape: tuple[int, ...], step_px: int
) -> tuple[tuple[slice, slice], F32] | None:
    """(rows and columns of a grid of that shape, whose cells have so many pixels, where the veil lies; how much it
    hides there); None: nothing."""
    (x, y), (left, top), step = origin_px, veil.origin_px, veil.step_px
    rows, columns = veil.alpha.shape
    # a cell more: at its rim the veil fades out between two centres
    low = [max((corner - own) // step_px - 1, 0) for corner, own in ((left - step, x), (top - step, y))]
    high = [
        min(-(-(corner - own) // step_px) + 1, most)
        for corner, own, most in (
            (left + (columns + 1) * step, x, shape[1]),
            (top + (rows + 1) * step, y, shape[0]),
        )
    ]
    if low[0] >= high[0] or low[1] >= high[1]:
        return None
    # centres: cell p of the grid is ((p + 0.5) step_px + x - left) / step - 0.5 of the veil
    scale = step_px / step
    shift = [
        ((first + 0.5) * step_px + own - corner) / step - 0.5
        for first, own, corner in zip(low, origin_px, veil.origin_px, strict=True)
    ]
    there = np.array([[scale, 0, shift[0]], [0, scale, shift[1]]])
    size = (high[0] - low[0], high[1] - low[1])
    hidden = cv2.warpAffine(veil.alpha, there, size, flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP)
    if not hidden.any():
        return None
    return (slice(low[1], high[1]), slice(low[0], high[0])), np.asarray(hidden, dtype=np.float32)


def _lay(i420: U8, frame: Frame, layer: Layer, opacity: float, look: Look) -> None:
    width, height = frame.size_px
    x, y = layer.origin_px
    rgba = layer.rgba if opacity >= 1 else cv2.convertScaleAbs(layer.rgba, alpha=opacity)
    rows, columns = rgba.shape[:2]

    # premultiplied colour has no offset of its own: 16 and 128 are scaled by alpha
    range_ = 1 - look.black / 219
    weights = [[65.481 * range_, 128.553 * range_, 24.966 * range_, BLACK + look.black]]
    luma = cv2.transform(rgba, np.array(weights, np.float32) / 255)
    alpha = cv2.extractChannel(rgba, 3)
    plane = i420[:height]
    part = plane[y : y + rows, x : x + columns]
    part[:] = cv2.add(cv2.multiply(part, 255 - alpha, scale=1 / 255), luma)
    if look.noise > 0:
        grained(part, np.asarray(alpha, dtype=np.uint8), look.noise, frame.time_s)

    half = cv2.resize(rgba, (columns // 2, rows // 2), interpolation=cv2.INTER_AREA)
    chroma = cv2.transform(
        half, np.array([[-37.797, -74.203, 112.0, 128.0], [112.0, -93.786, -18.214, 128.0]], np.float32) / 255
    )
    keep = 255 - cv2.extractChannel(half, 3)
    planes = i420[height:].reshape(2, height // 2, width // 2)
    for index in (0, 1):
        part = planes[index, y // 2 : (y + rows) // 2, x // 2 : (x + columns) // 2]
        part[:] = cv2.add(cv2.multiply(part, keep, scale=1 / 255), cv2.extractChannel(chroma, index))
