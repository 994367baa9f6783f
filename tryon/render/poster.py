"""A piece alone, as on a shop's shelf: three-quarter front, one light, one lens for all."""

from __future__ import annotations

import math

import cv2
import numpy as np

from tryon.geometry.camera import pinhole
from tryon.geometry.chain import points_of
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.render.renderer import Renderer
from tryon.types import F32, F64, U8, Model, Placed, Scene

FOCAL_PER_SIDE = 2.2
"A long lens: a short one makes the front of a crown bulge."
FILL = 0.84
"How much of the picture's side the piece takes."
FILL_TURNED = 0.97
"The same of the ball that it turns in."
YAW_RAD, PITCH_RAD = math.radians(24), math.radians(14)
SHADOW = 0.5
SMALL_MM = 30.0
"Pieces smaller than this fill less of their picture."


def view(
    renderer: Renderer,
    model: Model,
    /,
    *,
    yaw_rad: float,
    pitch_rad: float,
    side_px: int,
    links: F64 | None = None,
) -> U8:
    """(side, side, 4) premultiplied sRGB of the piece turned by yaw (its left comes forward) and seen from above."""
    points = points_of(model, links)
    turn = _turn(yaw_rad, pitch_rad)
    turned_points = points @ turn.T
    middle = (turned_points.max(axis=0) + turned_points.min(axis=0)) / 2
    away_mm = _distance_mm(turned_points - middle)
    return _seen(renderer, Placed(model, _pose(turn, middle, away_mm), links), side_px)


def turned(
    renderer: Renderer,
    model: Model,
    /,
    *,
    yaw_rad: float,
    pitch_rad: float,
    side_px: int,
    links: F64 | None = None,
) -> U8:
    """(side, side, 4) sRGB with straight alpha: as `view`, but of one size from all sides and about one middle, so that
    a piece that is turned neither grows nor wanders.
    """
    points = points_of(model, links)
    middle = (points.max(axis=0) + points.min(axis=0)) / 2
    turn = _turn(yaw_rad, pitch_rad)
    reach = 0.5 * FILL_TURNED / FOCAL_PER_SIDE
    away_mm = float(np.linalg.norm(points - middle, axis=1).max()) * math.hypot(1.0, 1 / reach)
    return straight(_seen(renderer, Placed(model, _pose(turn, turn @ middle, away_mm), links), side_px))


def _turn(yaw_rad: float, pitch_rad: float) -> F64:
    return rotation_from_vector(np.array([pitch_rad, 0, 0])) @ rotation_from_vector(np.array([0, -yaw_rad, 0]))


def _pose(turn: F64, middle: F64, away_mm: float) -> F64:
    """camera_from_piece of a piece whose turned middle is straight ahead."""
    camera_from_view = np.diag([1.0, -1.0, -1.0])  # y up and towards the viewer, to OpenCV's y down and forward
    return rigid(camera_from_view @ turn, -camera_from_view @ middle + np.array([0, 0, away_mm]))


def _seen(renderer: Renderer, placed: Placed, side_px: int) -> U8:
    camera = pinhole(FOCAL_PER_SIDE * side_px, (side_px, side_px), focal_std=0.0, source="given")
    picture = np.zeros((side_px, side_px, 4), np.uint8)
    for layer in renderer.draw(Scene(camera, (), (placed,))):
        x, y = layer.origin_px
        height, width = layer.rgba.shape[:2]
        picture[y : y + height, x : x + width] = layer.rgba
    return picture


def poster(renderer: Renderer, model: Model, /, *, width_px: int = 640, links: F64 | None = None) -> U8:
    """(3/4 width, width, 4) sRGB with straight alpha: the piece over the shade it throws, on no ground of its own.

    So it lies on ivory and on ink alike.
    """
    # a ring is laid on its back, so that its stone looks up
    pitch = PITCH_RAD if model.piece.kind != "ring" else math.radians(-52)
    turned = view(renderer, model, yaw_rad=YAW_RAD, pitch_rad=pitch, side_px=2 * width_px, links=links)
    large = turned.astype(np.float32) / 255
    height_px = width_px * 3 // 4
    rows, columns = (np.flatnonzero(large[..., 3].max(axis=axis) > 0) for axis in (1, 0))
    cut = large[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    # a stud as large as a crown would be another piece
    small_share = min(1.0, float(np.ptp(points_of(model, links), axis=0).max()) / SMALL_MM) ** 0.5
    scale = min(0.96 * width_px / cut.shape[1], 0.9 * height_px / cut.shape[0]) * small_share
    small = cv2.resize(cut, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    height, width = small.shape[:2]
    top, left = (height_px - height) // 2, (width_px - width) // 2
    piece = np.zeros((height_px, width_px, 4), np.float32)
    piece[top : top + height, left : left + width] = small
    shade = np.zeros_like(piece)
    if links is None:  # what hangs stands on nothing
        shade[..., 3] = SHADOW * _shadow(piece[..., 3])
    return _straight(piece + shade * (1 - piece[..., 3:]))


def straight(premultiplied: U8) -> U8:
    """(h, w, 4) with straight alpha, as PNG and WebP have it."""
    return _straight(premultiplied.astype(np.float32) / 255)


def _shadow(alpha: F32) -> F32:
    """A soft pool of shade where the piece stands, 0 to 1."""
    rows, columns = (np.flatnonzero(alpha.max(axis=axis) > 0.5) for axis in (1, 0))
    pool = np.zeros_like(alpha)
    unit = alpha.shape[0] / 60
    centre = (int(columns[0] + columns[-1]) // 2, int(rows[-1] - unit / 2))
    cv2.ellipse(pool, centre, (int(0.42 * np.ptp(columns)), int(unit)), 0, 0, 360, [1.0], -1, cv2.LINE_AA)
    return np.asarray(cv2.GaussianBlur(pool, (0, 0), unit), dtype=np.float32)


def _straight(premultiplied: F32) -> U8:
    alpha = premultiplied[..., 3:]
    colour = np.divide(premultiplied[..., :3], alpha, out=np.zeros_like(premultiplied[..., :3]), where=alpha > 0)
    return np.asarray(np.clip(np.concatenate([colour, alpha], axis=2) * 255 + 0.5, 0, 255), dtype=np.uint8)


def _distance_mm(points: F64) -> float:
    """How far away the piece just fills its share of the picture."""
    reach = 0.5 * FILL / FOCAL_PER_SIDE
    return float((np.abs(points[:, :2]).max(axis=1) / reach + points[:, 2]).max())
