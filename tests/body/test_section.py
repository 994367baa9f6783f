"""A head's own outline, whatever the distance, and a turn past the profile, bridged from what was seen beside it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.body.model import load_head_model
from tryon.body.section import WINDOW_PX, HeadLook, breadth_mm, bridged, head_window, length_mm, view_yaw
from tryon.body.wearer import head_shape
from tryon.geometry.camera import given_camera
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.looks.head import COMMON_MM
from tryon.settings import load
from tryon.types import F32, F64

PIVOT = np.array([0.0, -50.0, -45.0])
STANDS = np.array([0.0, 60.0, 890.0])


def pose(yaw_rad: float) -> F64:
    """camera_from_head of a head that turns about a pivot of its own."""
    turn = np.diag([1.0, -1.0, -1.0]) @ rotation_from_vector(np.array([0.0, yaw_rad, 0.0]))
    return rigid(turn, STANDS - turn @ PIVOT)


def turn(wrong: tuple[int, ...] = ()) -> tuple[list[HeadLook], list[F64]]:
    """Looks at a turn to 88 degrees and back, none of the face past 55; at `wrong` a face found where none is."""
    mask, window = np.zeros(WINDOW_PX[::-1], np.float32), np.eye(2, 3)
    truth = [pose(np.radians(88) * np.sin(np.pi * index / 60)) for index in range(61)]
    looks = []
    for index, true in enumerate(truth):
        seen = true if abs(view_yaw(true)) < np.radians(55) else None
        if index in wrong:
            seen = pose(np.radians(-20)).copy()
            seen[2, 3] += 330.0
        looks.append(HeadLook(index / 16, seen, mask, window))
    return looks, truth


def test_past_the_profile_she_stands_where_she_turned() -> None:
    looks, truth = turn()
    whole, guessed = bridged(looks)
    assert any(guessed)
    for look, true in zip(whole, truth, strict=True):
        assert look.camera_from_head is not None
        assert np.linalg.norm(look.camera_from_head[:3, 3] - true[:3, 3]) < 15


def test_a_face_that_was_none_does_not_move_the_pivot() -> None:
    looks, truth = turn(wrong=(54, 55, 56, 57))
    whole, _ = bridged(looks)
    middle = whole[30].camera_from_head
    assert middle is not None
    assert np.linalg.norm(middle[:3, 3] - truth[30][:3, 3]) < 15


CAMERA = given_camera(985.0, (1280, 720))
HALF_MM, WIDEST_MM = np.array([76.0, 82.0]), np.array([0.0, 48.0, -21.0])
BEFORE_MM, BEHIND_MM = 113.0, 83.0
"Of an egg: broadest 15 mm behind its middle."
FINE = 4


def outlined(camera_from_head: F64, broadest_mm: float = 0.0) -> HeadLook:
    """The mask of a head that is an egg: half an ellipsoid before WIDEST_MM, and a shorter half behind it;
    `broadest_mm` farther ahead, as long."""
    widest = WIDEST_MM + (0.0, 0.0, broadest_mm)
    window = head_window(camera_from_head, CAMERA)
    wide, high = WINDOW_PX
    across, down = np.meshgrid((np.arange(wide * FINE) + 0.5) / FINE - 0.5, (np.arange(high * FINE) + 0.5) / FINE - 0.5)
    back = cv2.invertAffineTransform(window)
    frame = np.stack([across, down], axis=-1) @ back[:, :2].T + back[:, 2]
    rays = np.concatenate(
        [(frame - CAMERA.matrix[:2, 2]) / CAMERA.matrix[0, 0], np.ones((*frame.shape[:2], 1))], axis=-1
    )
    rotation, eye = camera_from_head[:3, :3], -camera_from_head[:3, :3].T @ camera_from_head[:3, 3]
    away, way = eye - widest, rays @ rotation
    passes = away[2] - way[..., 2] * (way @ away) / (way**2).sum(axis=-1)
    deep = np.where(passes > 0, BEFORE_MM - broadest_mm, BEHIND_MM + broadest_mm)[..., None]
    # every axis divided by its half length: a ray meets the unit ball where its discriminant is positive
    half = np.concatenate([np.broadcast_to(HALF_MM, (*deep.shape[:2], 2)), deep], axis=-1)
    away, way = away / half, way / half
    met = (way * away).sum(axis=-1) ** 2 > (way**2).sum(axis=-1) * ((away**2).sum(axis=-1) - 1)
    mask: F32 = cv2.resize(met.astype(np.float32), WINDOW_PX, interpolation=cv2.INTER_AREA)
    return HeadLook(0.0, camera_from_head, mask, window)


@pytest.mark.parametrize("distance_mm", [420.0, 650.0, 1000.0])
def test_breadth_and_length_are_the_same_from_near_and_far(distance_mm: float) -> None:
    """Perspective and the roundness of a head cost up to 4 mm at 42 cm, were they not put right."""
    model = load_head_model(Path(load({}).assets))
    shape = head_shape(model, model.face_points, 1.0, 0.03)
    ahead = np.diag([1.0, -1.0, -1.0])
    aside = ahead @ rotation_from_vector(np.array([0.0, np.radians(90), 0.0]))
    at = np.array([0.0, 20.0, distance_mm])
    assert breadth_mm(outlined(rigid(ahead, at)), shape, CAMERA) == pytest.approx(2 * HALF_MM[0], abs=0.8)
    assert length_mm(outlined(rigid(aside, at)), shape, CAMERA) == pytest.approx(BEFORE_MM + BEHIND_MM, abs=1.2)


@pytest.mark.parametrize("broadest_mm", [-8.0, 8.0])
def test_a_head_that_is_broadest_elsewhere_is_within_the_doubt(broadest_mm: float) -> None:
    """How far behind its middle a head is broadest is judged, +- 8 mm."""
    model = load_head_model(Path(load({}).assets))
    shape = head_shape(model, model.face_points, 1.0, 0.03)
    look = outlined(rigid(np.diag([1.0, -1.0, -1.0]), np.array([0.0, 20.0, 800.0])), broadest_mm)
    assert breadth_mm(look, shape, CAMERA) == pytest.approx(2 * HALF_MM[0], abs=COMMON_MM)
