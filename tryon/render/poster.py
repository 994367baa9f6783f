"""A piece alone, as on a shop's shelf: three-quarter front, one light, one ground for all."""

from __future__ import annotations

import math

import cv2
import numpy as np

from tryon.geometry.camera import pinhole
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.render.renderer import Renderer
from tryon.types import F64, U8, Model, Placed, Scene

FOCAL_PER_SIDE = 2.2
"A long lens: a short one makes the front of a crown bulge."
FILL = 0.84
"How much of the picture's side the piece takes."
YAW_RAD, PITCH_RAD = math.radians(24), math.radians(14)
GROUND = ((247, 243, 234), (229, 222, 209))
"Ivory, RGB, from the middle to the corners."
SHADOW = 0.30


def view(renderer: Renderer, model: Model, /, *, yaw_rad: float, pitch_rad: float, side_px: int) -> U8:
    """(side, side, 4) premultiplied sRGB of the piece turned by yaw (its left comes forward) and seen from above."""
    points = np.concatenate([part.vertices for part in model.parts]).astype(np.float64)
    turn = rotation_from_vector(np.array([pitch_rad, 0, 0])) @ rotation_from_vector(np.array([0, -yaw_rad, 0]))
    camera_from_view = np.diag([1.0, -1.0, -1.0])  # y up and towards the viewer, to OpenCV's y down and forward
    turned = points @ turn.T
    middle = (turned.max(axis=0) + turned.min(axis=0)) / 2
    camera = pinhole(FOCAL_PER_SIDE * side_px, (side_px, side_px), focal_std=0.0, source="given")
    away_mm = _distance_mm(turned - middle)
    pose = rigid(camera_from_view @ turn, -camera_from_view @ middle + np.array([0, 0, away_mm]))
    layer = renderer.draw(Scene(camera, (), (Placed(model, pose),)))
    picture = np.zeros((side_px, side_px, 4), np.uint8)
    if layer is not None:
        x, y = layer.origin_px
        height, width = layer.rgba.shape[:2]
        picture[y : y + height, x : x + width] = layer.rgba
    return picture


def poster(renderer: Renderer, model: Model, /, *, side_px: int = 640) -> U8:
    """(side, side, 3) RGB: the piece on ivory, with the shadow it throws under itself."""
    # a ring is laid on its back, so that its stone looks up
    pitch = PITCH_RAD if model.piece.kind != "ring" else math.radians(-52)
    piece = view(renderer, model, yaw_rad=YAW_RAD, pitch_rad=pitch, side_px=side_px).astype(np.float32) / 255
    at = (np.arange(side_px) + 0.5) / side_px - 0.5
    away = np.clip(np.hypot(at[:, None] * 1.1, at[None, :]) / 0.72, 0, 1)[..., None] ** 1.6
    ground = (np.array(GROUND[0]) * (1 - away) + np.array(GROUND[1]) * away) / 255
    ground = ground * (1 - SHADOW * _shadow(piece[..., 3], pitch)[..., None] * np.array([0.9, 1.0, 1.15]))
    rgb = piece[..., :3] + ground * (1 - piece[..., 3:])
    return np.asarray(np.clip(rgb * 255 + 0.5, 0, 255), dtype=np.uint8)


def _shadow(alpha: F64, pitch_rad: float) -> F64:
    """The piece pressed flat onto the ground it stands on, softened."""
    side = len(alpha)
    rows = np.flatnonzero(alpha.max(axis=1) > 0.1)
    if not len(rows):
        return np.zeros_like(alpha)
    foot = int(rows[-1])
    columns = alpha.max(axis=0)
    squeeze = max(math.sin(abs(pitch_rad)), 0.15)
    band = np.zeros_like(alpha)
    depth = max(4, int(side * 0.16 * squeeze))
    top = max(0, foot - depth)
    band[top : min(side, foot + depth // 3)] = columns
    soft = cv2.GaussianBlur(band, (0, 0), side * 0.022)
    return np.asarray(soft, dtype=np.float64)


def _distance_mm(points: F64) -> float:
    """How far away the piece just fills its share of the picture."""
    reach = 0.5 * FILL / FOCAL_PER_SIDE
    return float((np.abs(points[:, :2]).max(axis=1) / reach + points[:, 2]).max())
