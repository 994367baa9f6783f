"""Transforms, cameras, filters and ellipses: properties, and slow but plain references."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation
from scipy.special import ellipe

from tryon.geometry.camera import given_camera, pinhole, prior_camera, project, resized
from tryon.geometry.ellipse import FULLNESS, Ellipsoid, fullness_of, oval, perimeter
from tryon.geometry.filters import OneEuro, outside
from tryon.geometry.rigid import inverse, rigid, rotation_from_vector, transform, vector_from_rotation
from tryon.types import Camera

number = st.floats(-3, 3, allow_nan=False)
vectors = st.tuples(number, number, number).map(np.array)


@given(vectors)
def test_rotations_agree_with_scipy(vector: np.ndarray) -> None:
    rotation = rotation_from_vector(vector)

    assert np.allclose(rotation, Rotation.from_rotvec(vector).as_matrix(), atol=1e-9)
    assert np.allclose(rotation_from_vector(vector_from_rotation(rotation)), rotation, atol=1e-7)


@given(st.sampled_from([(1, 0, 0), (0, 1, 0), (0, 0, 1), (0.6, 0.8, 0), (0.48, 0.6, -0.64)]))
def test_half_a_turn_has_an_axis(axis: tuple[float, float, float]) -> None:
    rotation = rotation_from_vector(np.array(axis) * math.pi)
    assert np.allclose(rotation_from_vector(vector_from_rotation(rotation)), rotation, atol=1e-6)


@given(vectors, vectors, vectors)
def test_a_from_b_undone_is_b_from_a(turn: np.ndarray, move: np.ndarray, point: np.ndarray) -> None:
    a_from_b = rigid(rotation_from_vector(turn), move * 100)

    assert np.allclose(transform(inverse(a_from_b), transform(a_from_b, point)), point, atol=1e-9)
    assert np.allclose(inverse(a_from_b) @ a_from_b, np.eye(4), atol=1e-12)


def test_a_point_on_the_axis_is_in_the_middle_of_the_picture() -> None:
    camera = given_camera(900.0, (1280, 720))
    assert np.allclose(project(np.array([[0.0, 0.0, 500.0]]), camera), [[639.5, 359.5]])


def test_behind_the_camera_is_nowhere() -> None:
    assert np.isnan(project(np.array([[0.0, 0.0, -5.0]]), prior_camera((640, 480)))).all()


def test_distortion_is_opencvs(rng: np.random.Generator) -> None:
    import cv2

    plain = pinhole(800.0, (1280, 720), focal_std=0.01, source="calibrated")
    camera = Camera(plain.matrix, (1280, 720), 0.01, "calibrated", np.array([-0.2, 0.05, 0.001, -0.002, 0.01]))
    points = rng.uniform((-200, -120, 500), (200, 120, 900), (50, 3))

    expected = cv2.projectPoints(points, np.zeros(3), np.zeros(3), camera.matrix, camera.distortion)[0][:, 0]

    assert np.allclose(project(points, camera), expected, atol=1e-9)


def test_a_resized_camera_sees_the_same_place(rng: np.random.Generator) -> None:
    camera = given_camera(900.0, (1280, 720))
    points = rng.uniform((-100, -80, 400), (100, 80, 700), (20, 3))

    small = project(points, resized(camera, (640, 360)))

    assert np.allclose(small, (project(points, camera) + 0.5) / 2 - 0.5)


def test_the_prior_is_wide_and_portrait_counts_the_long_side() -> None:
    assert prior_camera((1280, 720)).matrix[0, 0] == prior_camera((720, 1280)).matrix[0, 0] == 1024
    assert prior_camera((1280, 720)).focal_std == 0.15


@pytest.mark.parametrize(("a", "b"), [(70.0, 90.0), (50.0, 50.0), (60.0, 110.0)])
def test_the_perimeter_is_the_elliptic_integrals(a: float, b: float) -> None:
    big, small = max(a, b), min(a, b)
    exact = 4 * big * ellipe(1 - (small / big) ** 2)
    assert math.isclose(perimeter(a, b), exact, rel_tol=1e-4)


@pytest.mark.parametrize("longer", [0.98, 1.0, 1.02, 1.05])
def test_an_oval_is_as_long_round_as_it_was_asked_to_be(longer: float) -> None:
    points = oval(80, 100, fullness=fullness_of(80, 100, longer * perimeter(80, 100)))

    assert np.linalg.norm(np.diff(points, axis=0), axis=1).sum() == pytest.approx(longer * perimeter(80, 100), abs=0.1)
    assert np.allclose(np.ptp(points, axis=0), (160, 200))
    assert np.allclose(points[0], (0, 100), atol=1e-9)
    assert (fullness_of(80, 100, 500), fullness_of(80, 100, 900)) == FULLNESS, "no head is a box"


@given(st.floats(-0.3, 0.3), st.floats(-0.9, 0.9), st.floats(-0.7, 0.7))
def test_a_section_lies_on_its_ellipsoid_and_its_plane(pitch: float, lean: float, share: float) -> None:
    ball = Ellipsoid(np.array([0.0, 48.0, -5.0]), np.array([77.0, 84.0, 99.0]), pitch)
    up = np.array([0.0, math.cos(lean), -math.sin(lean)])
    outline = ball.sagittal() @ up
    middle, half = (outline.max() + outline.min()) / 2, (outline.max() - outline.min()) / 2
    height = middle + share * half

    section = ball.section(up, height)

    assert section is not None
    forward = np.array([0.0, -up[2], up[1]])
    for angle in np.linspace(0, 6.2, 9):
        point = section.centre + np.array([math.sin(angle) * section.half_breadth, 0, 0])
        point = point + forward * math.cos(angle) * section.half_length
        assert math.isclose(point @ up, height, abs_tol=1e-6)
        turned = rotation_from_vector(np.array([pitch, 0, 0])) @ (point - ball.centre)
        assert math.isclose(((turned / ball.axes) ** 2).sum(), 1.0, abs_tol=1e-6)
    assert ball.section(up, middle + 1.01 * half) is None


def make_filter() -> OneEuro:
    return OneEuro(min_cutoff_hz=1.2, beta=0.06, velocity_cutoff_hz=6.0, still=25.0, moving=90.0)


def test_still_is_steadier_than_what_came(rng: np.random.Generator) -> None:
    smooth = make_filter()
    raw = rng.normal(0, 0.5, (300, 3))

    out = np.array([smooth(value, time_s=k / 30) for k, value in enumerate(raw)])

    assert out[60:].std() < 0.5 * raw[60:].std()


def test_moving_is_not_late() -> None:
    """A ramp of 300 mm/s is followed to within a third of a frame's way."""
    smooth = make_filter()
    for k in range(60):
        out = smooth(np.array([10.0 * k, 0.0, 0.0]), time_s=k / 30)
    assert abs(out[0] - 590.0) < 3.3


def test_noise_is_heard_and_is_no_motion(rng: np.random.Generator) -> None:
    """A dim camera: what the noise alone moves stays small, and motion is still followed through it."""
    smooth = make_filter()
    for k in range(240):
        smooth(rng.normal(0, 2.0, 3), time_s=k / 30)
    assert 1.2 < smooth.noise / 3**0.5 < 3.0

    out = np.zeros(3)
    for k in range(40):
        out = smooth(np.array([12.0 * k, 0, 0]) + rng.normal(0, 2.0, 3), time_s=(240 + k) / 30)
    assert abs(out[0] - 12.0 * 39) < 8


def test_time_that_stands_still_breaks_nothing() -> None:
    smooth = make_filter()
    values = [smooth(np.array([float(k), 0.0, 0.0]), time_s=1.0) for k in range(5)]
    assert np.isfinite(values).all()


@given(vectors, vectors, st.floats(0.01, 2))
def test_the_dead_zone_never_steps(value: np.ndarray, held: np.ndarray, radius: float) -> None:
    moved = outside(value, held, radius=radius)
    assert np.linalg.norm(value - moved) <= radius + 1e-9
    if np.linalg.norm(value - held) <= radius:
        assert (moved == held).all()
