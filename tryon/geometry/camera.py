"""Pinhole cameras: what is assumed of an unknown one, and what it sees."""

from __future__ import annotations

import contextlib

import cv2
import numpy as np

from tryon.errors import CalibrationError
from tryon.types import F64, Camera

PRIOR_FOCAL_PER_WIDTH = 0.80
"Median of webcams (facts: fit, section 8: horizontal field of view 53 to 78 degrees)."
PRIOR_FOCAL_STD = 0.15
GIVEN_FOCAL_STD = 0.03
"Of a number that somebody gave, and nobody can check."
GIVEN_PER_WIDTH = (0.4, 4.0)
"From an action camera's 103 degrees to a long lens's 14."
SHAPE_DIFFERENCE_MOST = 0.01
"Of width over height: rounding to even sizes changes less, another mode of the sensor more."


def prior_camera(size_px: tuple[int, int], /) -> Camera:
    """A webcam nobody knows: f / width 0.80, uncertain by 15 percent. For portrait the longer side counts."""
    return pinhole(PRIOR_FOCAL_PER_WIDTH * max(size_px), size_px, focal_std=PRIOR_FOCAL_STD, source="prior")


def given_camera(focal_px: float, size_px: tuple[int, int], /) -> Camera:
    """A camera whose focal length somebody gave. Raises CalibrationError where no camera has one like it."""
    least, most = (round(share * max(size_px)) for share in GIVEN_PER_WIDTH)
    if not least <= focal_px <= most:
        raise CalibrationError(
            "focal_impossible",
            f"A focal length of {focal_px:g} px is not one of a picture {size_px[0]} x {size_px[1]}: cameras have "
            f"{least} to {most} px. Give it for pictures of this size, or leave it out.",
        )
    return pinhole(focal_px, size_px, focal_std=GIVEN_FOCAL_STD, source="given")


def pinhole(focal_px: float, size_px: tuple[int, int], /, *, focal_std: float, source: str) -> Camera:
    """A camera that looks through the middle of its picture."""
    width, height = size_px
    matrix = np.array([[focal_px, 0, (width - 1) / 2], [0, focal_px, (height - 1) / 2], [0, 0, 1.0]])
    return Camera(matrix, size_px, focal_std, source)  # type: ignore[arg-type]


def resized(camera: Camera, size_px: tuple[int, int], /) -> Camera:
    """The same camera when its picture is scaled to another size, as a browser does under load.

    Raises CalibrationError when the picture has another shape: what was cropped or turned nobody told.
    """
    if camera.size_px == size_px:
        return camera
    across, down = size_px[0] / camera.size_px[0], size_px[1] / camera.size_px[1]
    if abs(across / down - 1) > SHAPE_DIFFERENCE_MOST:
        (width, height), (known_width, known_height) = size_px, camera.size_px
        raise CalibrationError(
            "camera_other_shape",
            f"The picture is {width} x {height}, the camera is known at {known_width} x {known_height}; another shape "
            "is another crop. Calibrate it in this shape, or leave its file out.",
        )
    matrix = camera.matrix.copy()
    matrix[0, 0] *= across
    matrix[1, 1] *= down
    # the centre of the top-left pixel is (0, 0): half a pixel moves with the scale
    matrix[0, 2] = (matrix[0, 2] + 0.5) * across - 0.5
    matrix[1, 2] = (matrix[1, 2] + 0.5) * down - 0.5
    return Camera(matrix, size_px, camera.focal_std, camera.source, camera.distortion)


def camera_at(known: Camera | None, size_px: tuple[int, int], /) -> Camera:
    """The known camera at this size of picture; the prior where none is known, or it is known in another shape."""
    if known is not None:
        with contextlib.suppress(CalibrationError):
            return resized(known, size_px)
    return prior_camera(size_px)


def project(points_in_camera: F64, camera: Camera, /) -> F64:
    """(n, 2) pixels of (n, 3) mm points, with lens distortion (OpenCV's model). NaN behind the camera."""
    depth = points_in_camera[:, 2]
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(depth > 0, points_in_camera[:, 0] / depth, np.nan)
        y = np.where(depth > 0, points_in_camera[:, 1] / depth, np.nan)
    k1, k2, p1, p2, k3 = camera.distortion
    if camera.distortion.any():
        r2 = x * x + y * y
        radial = 1 + r2 * (k1 + r2 * (k2 + r2 * k3))
        x, y = (
            x * radial + 2 * p1 * x * y + p2 * (r2 + 2 * x * x),
            y * radial + p1 * (r2 + 2 * y * y) + 2 * p2 * x * y,
        )
    K = camera.matrix
    return np.stack([K[0, 0] * x + K[0, 2], K[1, 1] * y + K[1, 2]], axis=1)


def rays(points_px: F64, camera: Camera, /) -> F64:
    """(n, 3) directions, camera, of depth 1, in which pixels (n, 2) look; NaN stays NaN."""
    if not camera.distortion.any():
        flat = (points_px - camera.matrix[:2, 2]) / camera.matrix[[0, 1], [0, 1]]
    else:
        flat = cv2.undistortPoints(points_px.reshape(-1, 1, 2), camera.matrix, camera.distortion)[:, 0]
    return np.concatenate([flat, np.ones((len(flat), 1))], axis=1)
