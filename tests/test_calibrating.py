"""A camera calibrated still by still: what is asked for next, what does not count, and when it is known."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tests.board import Studio
from tryon.calibrating import EACH, LEANS, VIEWS_MOST, Calibrator
from tryon.geometry.camera import camera_at, given_camera
from tryon.messages import camera_of
from tryon.track.marker import DICTIONARY
from tryon.types import U8

SIZE_PX = (960, 540)
FOCAL_PX = 790.0
TILTS = [(30, 4), (-27, -3), (3, 31), (-4, -30), (20, -6), (-34, 6), (2, 20), (8, -21), (26, 12), (-19, 10), (-20, 24)]


@pytest.fixture(scope="module")
def studio() -> Studio:
    return Studio(given_camera(FOCAL_PX, SIZE_PX), np.random.default_rng(2))


@pytest.fixture(scope="module")
def views(studio: Studio) -> list[U8]:
    return [
        studio.picture(tilt, side=(0.05 * (number % 3 - 1), 0.0), away=0.95 + 0.05 * (number % 4))
        for number, tilt in enumerate(TILTS)
    ]


def test_leans_are_asked_for_until_the_camera_is_known(views: list[U8]) -> None:
    calibrator = Calibrator()
    said = [calibrator.look(view) for view in views[:10]]

    assert [each.hinders for each in said] == [""] * 10
    for lean in LEANS:
        shares = [each.steps[lean] for each in said]
        assert shares == sorted(shares), f"{lean} never goes back"
        assert shares[-1] == 1.0, lean
    assert said[0].steps["top"] == 1 / EACH, "its top is nearer: turned about x, away from us below"
    assert said[2].steps["left"] == 1 / EACH, "her left is at the right of the picture"
    known = said[-1].camera
    assert known is not None
    camera = camera_of(known)
    assert abs(camera.matrix[0, 0] / FOCAL_PX - 1) < 2 * camera.focal_std < 0.02
    assert [each.camera for each in said[:-1]] == [None] * 9
    # a smaller picture of the same shape has the same camera, another shape has none
    assert camera_at(camera, (480, 270)).matrix[0, 0] == pytest.approx(camera.matrix[0, 0] / 2)
    assert camera_at(camera, (640, 480)).source == "prior"
    assert calibrator.look(views[0]).views == 1, "and then it begins anew"


def test_what_is_wrong_with_a_still_is_said(studio: Studio, views: list[U8]) -> None:
    whole = cv2.resize(views[0], (480, 270), interpolation=cv2.INTER_AREA)
    two = np.hstack([whole, whole])
    other = np.full(SIZE_PX[::-1], 235, np.uint8)
    for number in range(30, 42):
        row, column = divmod(number - 30, 4)
        marker = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(DICTIONARY), number, 100)
        other[40 + 160 * row : 140 + 160 * row, 60 + 200 * column : 160 + 200 * column] = marker
    far = np.full(SIZE_PX[::-1], 110, np.uint8)
    far[135:405, 240:720] = whole
    cases = {
        "board_not_found": np.full(SIZE_PX[::-1], 128, np.uint8),
        "board_two": cv2.copyMakeBorder(two, 135, 135, 0, 0, cv2.BORDER_CONSTANT, value=110),
        "board_wrong": other,
        "board_small": far,
        "board_blurred": cv2.GaussianBlur(views[0], (0, 0), 3.0),
        "board_same": np.roll(views[0], 3, axis=1),
    }
    mirrored = np.ascontiguousarray(views[0][:, ::-1])
    calibrator = Calibrator()
    assert calibrator.look(views[0]).views == 1
    for hinders, still in cases.items():
        said = calibrator.look(still)
        assert (said.hinders, said.views) == (hinders, 1)
    assert calibrator.look(mirrored).hinders in ("board_not_found", "board_hidden")
    assert calibrator.look(cv2.resize(views[1], (640, 360))).views == 1, "another size begins anew"


def test_a_board_that_is_not_flat_is_refused_and_begun_anew(studio: Studio, views: list[U8]) -> None:
    """Each view is bent its own way, as a loose page is."""
    rng = np.random.default_rng(4)
    width, height = SIZE_PX
    x, y = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    calibrator = Calibrator()
    said = calibrator.look(views[0])
    for number in range(3 * VIEWS_MOST):
        view = studio.picture(tuple(rng.uniform(-33, 33, 2)), away=rng.uniform(0.9, 1.2))
        bend = np.float32(6 * rng.choice([-1, 1])) * np.cos(x / width * 2 * np.pi)
        said = calibrator.look(cv2.remap(view, x, y + bend, cv2.INTER_LINEAR) if number % 2 else view)
        if said.refused:
            break
    assert said.refused == "residual_too_large"
    assert "loose" in said.detail
    assert (said.camera, calibrator.look(views[0]).views) == (None, 1)
