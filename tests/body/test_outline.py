"""The outline of a head that is an ellipsoid, read from a mask of it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.body.head import HeadSolver
from tryon.body.model import HeadModel, load_head_model
from tryon.body.outline import read_outline
from tryon.body.wearer import HAIR_MM
from tryon.geometry.camera import given_camera, project
from tryon.geometry.ellipse import Ellipsoid
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.settings import load
from tryon.types import F32

CAMERA = given_camera(950.0, (1280, 720))


@cache
def model() -> HeadModel:
    """The shipped head model."""
    return load_head_model(Path(load({}).assets))


def mask_of(ball: Ellipsoid, pose: np.ndarray) -> F32:
    """(288, 512) mask of an ellipsoid on shoulders, by the hull of its projected points."""
    rng = np.random.default_rng(1)
    unit = rng.normal(size=(60_000, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    points = unit * ball.axes @ rotation_from_vector(np.array([-ball.pitch_rad, 0, 0])).T + ball.centre
    pixels = project(transform(pose, points), CAMERA)
    large = np.zeros((720, 1280), np.uint8)
    cv2.fillConvexPoly(large, cv2.convexHull(np.round(pixels * 16).astype(np.int32)), 255, shift=4)
    return cv2.resize(large, (512, 288), interpolation=cv2.INTER_AREA).astype(np.float32) / 255


def facing(yaw_deg: float = 0.0, y_mm: float = 60.0) -> np.ndarray:
    """camera_from_head."""
    turn = rotation_from_vector(np.radians([2.0, yaw_deg, 3.0]))
    return rigid(np.diag([1.0, -1.0, -1.0]) @ turn, np.array([10.0, y_mm, 650.0]))


@pytest.mark.parametrize(("higher", "wider"), [(0.0, 0.0), (15.0, 5.0), (-12.0, -6.0)])
@pytest.mark.parametrize("yaw", [-12, 0, 15])
def test_top_and_breadth_are_read_to_a_few_millimetres(higher: float, wider: float, yaw: float) -> None:
    usual = model().cranium.grown(HAIR_MM)
    hers = Ellipsoid(usual.centre, usual.axes + (wider, higher, 0.0), usual.pitch_rad)

    seen = read_outline(mask_of(hers, facing(yaw)), facing(yaw), CAMERA, usual)

    assert seen is not None
    assert abs(seen.top_mm - hers.sagittal()[:, 1].max()) < 3.0
    assert abs(seen.half_breadth_mm - hers.axes[0]) < 4.0


def test_turned_away_or_cut_off_is_nothing() -> None:
    usual = model().cranium.grown(HAIR_MM)
    mask = mask_of(usual, facing())
    assert read_outline(mask, facing(40), CAMERA, usual) is None
    high = facing(y_mm=-230.0)
    assert read_outline(mask_of(usual, high), high, CAMERA, usual) is None
    assert read_outline(np.zeros((288, 512), np.float32), facing(), CAMERA, usual) is None


def test_the_skull_is_hers_from_the_first_picture_and_masks_are_asked_for_a_few_times_only() -> None:
    from tests.body.test_head import landmarks, seen

    usual = model().cranium.grown(HAIR_MM)
    flat = Ellipsoid(usual.centre, usual.axes - (0.0, 14.0, 0.0), usual.pitch_rad)
    pose = facing()
    asked = []

    def mask() -> F32:
        asked.append(1)
        return mask_of(flat, pose)

    solver = HeadSolver(model(), CAMERA)
    tops = []
    for index in range(150):
        found = solver.solve(landmarks(seen(pose, CAMERA), index / 30), time_s=index / 30, mask=mask)
        assert found is not None
        shape = found.shape
        size = solver._size.value
        tops.append((shape.cranium_centre[1] + shape.cranium_axes[1] + shape.hair_mm) / size)
    assert abs(tops[0] - flat.sagittal()[:, 1].max()) < 3.0
    assert max(tops) - min(tops) < 0.1, "she is still: nothing creeps"
    assert len(asked) == 8


def test_a_hat_is_no_head() -> None:
    from tests.body.test_head import landmarks, seen

    usual = model().cranium.grown(HAIR_MM)
    hat = Ellipsoid(usual.centre, usual.axes + (0.0, 120.0, 0.0), usual.pitch_rad)
    pose = facing()
    solver = HeadSolver(model(), CAMERA)
    found = solver.solve(landmarks(seen(pose, CAMERA)), time_s=0.0, mask=lambda: mask_of(hat, pose))
    assert found is not None
    top = (found.shape.cranium_centre[1] + found.shape.cranium_axes[1] + found.shape.hair_mm) / solver._size.value
    assert top < 1.33 * usual.sagittal()[:, 1].max()
