"""A camera's file: what is written is what is read, and nothing else is believed."""

from __future__ import annotations

import datetime
from pathlib import Path

import numpy as np
import pytest

from tryon.camera.profile import Profile, read_profile, write_profile
from tryon.errors import CalibrationError
from tryon.geometry.calibrate import Calibrated
from tryon.geometry.camera import project
from tryon.types import Camera

MATRIX = np.array([[987.125, 0, 641.3], [0, 988.0625, 358.1], [0, 0, 1]])
CAMERA = Camera(MATRIX, (1280, 720), 0.00341, "calibrated", np.array([-0.1234, 1e-5, 0, 0, 0]))
PROFILE = Profile(Calibrated(CAMERA, 14, 0.975, 0.3125), datetime.date(2026, 11, 22))


def test_a_profile_comes_back_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    write_profile(path, PROFILE)
    back = read_profile(path)

    camera = back.calibrated.camera
    assert np.array_equal(camera.matrix, CAMERA.matrix)
    assert np.array_equal(camera.distortion, CAMERA.distortion)
    assert (camera.size_px, camera.focal_std, camera.source) == (CAMERA.size_px, CAMERA.focal_std, "calibrated")
    assert back.calibrated.views == 14
    assert back.calibrated.tilt_spread_rad == pytest.approx(0.975, abs=1e-12)
    assert back.calibrated.rms_px == 0.3125
    assert back.made_on == PROFILE.made_on
    points_mm = np.array([[-200.0, 90, 600], [150, -80, 500]])
    assert np.array_equal(project(points_mm, camera), project(points_mm, CAMERA)), "its distortion is applied"
    straight = Camera(CAMERA.matrix, CAMERA.size_px, 0, "given")
    assert np.abs(project(points_mm, camera) - project(points_mm, straight)).max() > 1


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("fx = 987.125", "fx = nan"),
        ("fx = 987.125", "fx = inf"),
        ("fx = 987.125", "fx = -987.125"),
        ("fx = 987.125", ""),
        ("width = 1280", 'width = "1280"'),
        ("width = 1280", "width = 0"),
        ("width = 1280", "width = 1280\nshutter = 1"),
        ("focal_std = 0.00341", "focal_std = 0"),
        ("-0.1234, ", ""),
        ("made_on = 2026-11-22", "made_on = 2026-11-42"),
        ("# A camera", "\udcff"),
    ],
)
def test_a_file_that_says_what_no_camera_is_is_refused(line: str, instead: str, tmp_path: Path) -> None:
    path = tmp_path / "camera.toml"
    write_profile(path, PROFILE)
    text = path.read_text()
    assert line in text
    path.write_bytes(text.replace(line, instead).encode(errors="surrogateescape"))

    with pytest.raises(CalibrationError) as refusal:
        read_profile(path)
    assert refusal.value.reason == "camera_unreadable"
    assert "\n" not in refusal.value.detail


def test_a_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(CalibrationError) as refusal:
        read_profile(tmp_path / "none.toml")
    assert refusal.value.reason == "camera_missing"
    with pytest.raises(CalibrationError) as refusal:
        write_profile(tmp_path / "none" / "camera.toml", PROFILE)
    assert refusal.value.reason == "camera_unwritable"
