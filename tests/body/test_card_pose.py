"""A card's pose, shape and scale from four corners: closed form, and doubt against scatter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from tryon.body.card import ID1_MM, card_pose, corner_depth_std, corners_in_card, rectangle_of, scale_at
from tryon.geometry.camera import given_camera, prior_camera, project
from tryon.geometry.rigid import angle_rad, rotation_from_vector
from tryon.types import F64, Camera

CAMERA = given_camera(1000.0, (1280, 720))
AWAY = np.array([60.0, -80.0, 700.0])
STD_PX = 0.15
COVARIANCE = np.eye(8) * STD_PX**2


def turned(vector: tuple[float, float, float]) -> F64:
    """camera_from_card's rotation: a card that faces the camera, then turned."""
    return rotation_from_vector(np.array(vector)) @ np.diag([1.0, -1.0, -1.0])


def corners(rotation: F64, camera: Camera = CAMERA, size_mm: tuple[float, float] = ID1_MM, away: F64 = AWAY) -> F64:
    """Where a card's corners are seen."""
    return project(corners_in_card(size_mm) @ rotation.T + away, camera)


@pytest.mark.parametrize("vector", [(0, 0, 0), (0.5, 0, 0), (0, -0.8, 0.2), (0.4, 0.4, 1.2), (0.2, 0, 3.1)])
def test_the_pose_that_made_the_corners_comes_back(vector: tuple[float, float, float]) -> None:
    bent = replace(CAMERA, distortion=np.array([-0.12, 0.03, 0.001, 0.0, 0.0]))
    for camera in (CAMERA, bent):
        pose = card_pose(corners(turned(vector), camera), camera, covariance_px=COVARIANCE)
        assert pose is not None
        assert np.allclose(pose.camera_from_card[:3, 3], AWAY, atol=0.05)
        assert angle_rad(pose.camera_from_card[:3, :3] @ turned(vector).T) < 2e-3
        assert pose.normal @ AWAY < 0, "out of the face that is seen"
        assert pose.residual_px < 0.01


@pytest.mark.parametrize("tilt", [0.15, 0.4, 0.8])
def test_its_doubt_is_its_scatter(tilt: float, rng: np.random.Generator) -> None:
    rotation = turned((0.1, tilt, 0.0))
    sure = replace(CAMERA, focal_std=0.0)
    seen = corners(rotation)
    off = []
    for _ in range(150):
        pose = card_pose(
            seen + rng.normal(0, STD_PX, (4, 2)), sure, covariance_px=COVARIANCE, facing=rotation[:, 2], size_std=0.0
        )
        assert pose is not None
        off.append((pose.camera_from_card[2, 3] - AWAY[2]) / np.sqrt(pose.covariance[5, 5]))
    assert 0.85 < np.std(off) < 1.2
    assert abs(np.mean(off)) < 0.3


def test_a_wrong_focal_length_moves_the_card_but_not_its_own_scale() -> None:
    rotation = turned((0.1, 0.3, 0.0))
    prior = prior_camera((1280, 720))
    pose = card_pose(corners(rotation), prior, covariance_px=COVARIANCE)
    assert pose is not None
    assert pose.distance_std_percent == pytest.approx(100 * prior.focal_std, rel=0.1)
    true = 1000 / AWAY[2]
    assert scale_at(pose, prior).px_per_mm == pytest.approx(true, rel=0.01)
    assert scale_at(pose, prior).std_percent < 0.5
    behind = scale_at(pose, prior, behind_mm=90.0, behind_std_mm=5.0)
    assert behind.px_per_mm == pytest.approx(1000 / (AWAY[2] + 90), rel=0.04)
    assert behind.std_percent == pytest.approx(100 * np.hypot(90 * 0.15, 5) / 700, rel=0.3)


@pytest.mark.parametrize("tilt", [0.0, 0.4, 0.8])
def test_the_focal_lengths_doubt_is_told_from_the_corners(tilt: float) -> None:
    """However well or badly the focal length is known, and however the card is tilted: the corners are as good."""
    seen = corners(turned((0.1, tilt, 0.0)))
    own = []
    for std in (0.0, 0.03, 0.15):
        camera = replace(given_camera(1000.0, (1280, 720)), focal_std=std)
        pose = card_pose(seen, camera, covariance_px=COVARIANCE)
        assert pose is not None
        own.append(corner_depth_std(pose, camera))
    assert own[0] > 0.1
    assert own == pytest.approx([own[0]] * 3, rel=0.01)


def test_of_two_tilts_that_look_alike_the_one_it_is_told_to_face_is_taken() -> None:
    rotation = turned((0.0, 0.25, 0.0))
    far = np.array([0.0, 0.0, 6000.0])
    seen = corners(rotation, away=far)
    for sign in (1.0, -1.0):
        facing = turned((0.0, sign * 0.25, 0.0))[:, 2]
        pose = card_pose(seen, CAMERA, covariance_px=COVARIANCE * 4, facing=facing)
        assert pose is not None
        assert pose.other_chi2 < 6
        assert pose.normal @ facing > 0.99


@pytest.mark.parametrize(
    ("tilt", "told_apart"),
    [(0.0, True), (0.15, True), (0.6, False)],
    ids=["facing", "9 degrees", "34 degrees"],
)
def test_a_business_card_is_told_from_id1_only_when_it_faces_the_camera(tilt: float, told_apart: bool) -> None:
    """90 x 55 mm is 3 percent longer: its own aspect comes out, but tilted the doubt is larger than that."""
    seen = corners(turned((0.0, tilt, 0.0)), size_mm=(90.0, 55.0))
    (aspect, skew), (aspect_std, skew_std) = rectangle_of(seen, CAMERA, covariance_px=COVARIANCE)
    assert aspect == pytest.approx(90 / 55, rel=1e-6)
    assert abs(skew) < 1e-6
    assert (abs(aspect - ID1_MM[0] / ID1_MM[1]) > 3 * aspect_std) == told_apart
    assert skew_std < 0.05


def test_the_aspects_doubt_is_its_scatter(rng: np.random.Generator) -> None:
    sure = replace(CAMERA, focal_std=0.0)
    seen = corners(turned((0.2, 0.5, 0.1)))
    off = []
    for _ in range(150):
        (aspect, _), (std, _) = rectangle_of(seen + rng.normal(0, STD_PX, (4, 2)), sure, covariance_px=COVARIANCE)
        off.append((aspect - ID1_MM[0] / ID1_MM[1]) / std)
    assert 0.85 < np.std(off) < 1.2
