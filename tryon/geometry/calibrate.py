"""A camera solved from views of a flat board, with the doubt of its focal length.

A small residual does not certify a focal length: boards that all face the camera fit any. What is accepted is decided
by the standard deviation the solution itself states (facts: fit, section 8; simulated there and in the tests).
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

import cv2
import numpy as np

from tryon.errors import CalibrationError
from tryon.geometry.camera import prior_camera
from tryon.types import F64, BoardSeen, Camera

VIEWS_LEAST = 10
VIEWS_MOST = 40
"More add time, not certainty: 20 views give 0.36 percent."
TILT_SPREAD_LEAST_RAD = math.radians(25)
FOCAL_STD_MOST = 0.01
RESIDUAL_MOST_PX = 0.7
"In pictures up to RESIDUAL_WIDTH_PX wide; in proportion above, where the same blur covers more pixels [J]."
RESIDUAL_WIDTH_PX = 1280
ALIKE_SHARE = 0.01
"Of the picture's width: boards that moved less than this are one view, for their noise is one noise [J]."
_FLAGS = cv2.CALIB_FIX_K3 | cv2.CALIB_ZERO_TANGENT_DIST  # webcams show neither


@dataclass(frozen=True, slots=True, eq=False)
class Calibrated:
    """A camera and what it rests on."""

    camera: Camera
    views: int
    tilt_spread_rad: float
    "Largest angle between two of the boards."
    rms_px: float
    "Root mean square distance of the corners from where the solution puts them."


def distinct(views: Mapping[str, BoardSeen], size_px: tuple[int, int], /) -> dict[str, BoardSeen]:
    """The views that differ from one another, each as far as can be from those before it; VIEWS_MOST at most."""
    names = list(views)
    if not names:
        return {}
    places = np.full((len(names), 1 + max(int(seen.ids.max()) for seen in views.values()), 2), np.nan)
    for row, seen in zip(places, views.values(), strict=True):
        row[seen.ids] = seen.points_px
    chosen = [int(np.argmax([len(seen.ids) for seen in views.values()]))]
    nearest = np.full(len(names), np.inf)
    while True:
        squares = np.sum((places - places[chosen[-1]]) ** 2, axis=2)
        common = np.isfinite(squares)
        mean = np.where(common, squares, 0).sum(axis=1) / np.maximum(common.sum(axis=1), 1)
        # corners in common say how far a board moved; boards without any lie in different parts of the picture
        nearest = np.minimum(nearest, np.where(common.any(axis=1), np.sqrt(mean), size_px[0]))
        following = int(np.argmax(nearest))
        if nearest[following] < ALIKE_SHARE * size_px[0] or len(chosen) == VIEWS_MOST:
            return {names[index]: views[names[index]] for index in chosen}
        chosen.append(following)


def calibrate(views: Mapping[str, BoardSeen], size_px: tuple[int, int], /) -> Calibrated:
    """The camera that saw these views (by name, for the words of a refusal), all of one size (width, height).

    Solves focal lengths, principal point, k1 and k2. Raises CalibrationError: views_too_few, tilt_too_alike,
    residual_too_large, focal_uncertain, camera_unsolvable.
    """
    kept = distinct(views, size_px)
    if len(kept) < VIEWS_LEAST:
        raise CalibrationError(
            "views_too_few",
            f"Views of the board that differ: {len(kept)} of {len(views)}; {VIEWS_LEAST} are needed. "
            "Move and tilt the board between pictures.",
        )
    rms_px, matrix, distortion, normals, std, view_rms_px = _solved(kept, size_px)
    spread_rad = float(np.arccos(np.clip((normals @ normals.T).min(), -1, 1)))
    if spread_rad < TILT_SPREAD_LEAST_RAD:
        raise CalibrationError(
            "tilt_too_alike",
            f"The boards' tilts differ by {math.degrees(spread_rad):.0f} degrees at most; "
            f"{math.degrees(TILT_SPREAD_LEAST_RAD):.0f} are needed. Add pictures with the board leant to the left, "
            "right, back and front by 20 to 40 degrees.",
        )
    allowed_px = RESIDUAL_MOST_PX * max(1.0, size_px[0] / RESIDUAL_WIDTH_PX)
    if rms_px > allowed_px:
        worst = int(np.argmax(view_rms_px))
        raise CalibrationError(
            "residual_too_large",
            f"Corners lie {rms_px:.2f} px from where any camera would put them; at most {allowed_px:.2f} is allowed. "
            f"The worst is {list(kept)[worst]} with {view_rms_px[worst]:.2f} px: is the page bent or the picture "
            "blurred, or was the zoom changed? Leave it out, or take it again.",
        )
    focal_std = float(max(std[0] / matrix[0, 0], std[1] / matrix[1, 1]))
    if focal_std > FOCAL_STD_MOST:
        raise CalibrationError(
            "focal_uncertain",
            f"The focal length is known to {100 * focal_std:.1f} percent; {100 * FOCAL_STD_MOST:.0f} is needed. "
            "Add pictures with the board tilted more, and nearer, so that it fills half the picture.",
        )
    camera = Camera(matrix, size_px, focal_std, "calibrated", distortion)
    return Calibrated(camera, len(kept), spread_rad, rms_px)


def _solved(views: Mapping[str, BoardSeen], size_px: tuple[int, int]) -> tuple[float, F64, F64, F64, F64, F64]:
    """Residual, matrix, distortion (5,), board normals (n, 3), std of fx fy cx cy k1 k2 ..., residual of each view.

    Begins twice, for each beginning alone ends in a wrong valley at times (simulated: OpenCV's own with boards that
    hardly tilt, the prior with long lenses); the lower residual is right.
    """
    points_mm = [seen.points_mm.astype(np.float32) for seen in views.values()]
    points_px = [seen.points_px.astype(np.float32) for seen in views.values()]
    ends = []
    for begin, flags in ((np.eye(3), _FLAGS), (prior_camera(size_px).matrix, _FLAGS | cv2.CALIB_USE_INTRINSIC_GUESS)):
        try:
            end = cv2.calibrateCameraExtended(points_mm, points_px, size_px, begin.copy(), np.zeros(5), flags=flags)
        except cv2.error:  # views that no camera explains
            continue
        rms_px, matrix, distortion, turns, _, std, _, view_rms_px = end
        normals = [cv2.Rodrigues(turn)[0][:, 2] for turn in turns]
        found = [np.asarray(part, dtype=np.float64) for part in (matrix, distortion, normals, std, view_rms_px)]
        if np.isfinite(np.concatenate([part.ravel() for part in found])).all() and np.diag(found[0]).min() > 0:
            ends.append((float(rms_px), found[0], found[1].ravel(), found[2], found[3].ravel(), found[4].ravel()))
    if not ends:
        raise CalibrationError(
            "camera_unsolvable", "No camera explains these views. Take them anew, with one camera, size and zoom."
        )
    return min(ends, key=lambda end: end[0])
