"""A camera solved from views of a nearly flat board, with the doubt of its focal length.

A small residual does not certify a focal length: boards that all face the camera fit any. What is accepted is decided
by the standard deviation the solution itself states (facts: fit, section 8; simulated there and in the tests).

Nor is the page flat: one whose middle stands 1 mm above its edges shifts the focal length by 1.8 percent at a residual
of 0.2 px, ten times the deviation that OpenCV's calibrateCameraExtended states (simulated: 15 views, 25 mm squares,
tilts to 35 degrees). An even bend is therefore solved for with the camera, which costs a tenth more deviation; a bend
that changes from view to view shows when each view is left out in turn.
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
_STEPS_MOST, _STEP_LEAST_PX = 30, 1e-4
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
    start = _solved(kept, size_px)
    normals = np.array([cv2.Rodrigues(pose[:3])[0][:, 2] for pose in start.poses])
    spread_rad = float(np.arccos(np.clip((normals @ normals.T).min(), -1, 1)))
    if spread_rad < TILT_SPREAD_LEAST_RAD:
        raise CalibrationError(
            "tilt_too_alike",
            f"The boards' tilts differ by {math.degrees(spread_rad):.0f} degrees at most; "
            f"{math.degrees(TILT_SPREAD_LEAST_RAD):.0f} are needed. Add pictures with the board leant to the left, "
            "right, back and front by 20 to 40 degrees.",
        )
    try:
        lens, std, view_rms_px = _unbent(kept, start)
    except np.linalg.LinAlgError as err:
        raise _unsolvable() from err
    corners = np.array([len(seen.ids) for seen in kept.values()])
    rms_px = float(np.sqrt(np.average(view_rms_px**2, weights=corners)))
    worst, usual_px = int(np.argmax(view_rms_px)), float(np.median(view_rms_px))
    outlier = (
        f" {list(kept)[worst]} fits worst ({view_rms_px[worst]:.2f} px, others {usual_px:.2f}): leave it out."
        if view_rms_px[worst] > 3 * usual_px
        else ""
    )
    allowed_px = RESIDUAL_MOST_PX * max(1.0, size_px[0] / RESIDUAL_WIDTH_PX)
    if rms_px > allowed_px:
        raise CalibrationError(
            "residual_too_large",
            f"Corners lie {rms_px:.2f} px from where any camera would put them; at most {allowed_px:.2f} is allowed. "
            f"Was the page loose, a picture blurred, or the zoom changed? Take them again.{outlier}",
        )
    focal_std = float(np.max(std[:2] / lens[:2]))
    if focal_std > FOCAL_STD_MOST:
        raise CalibrationError(
            "focal_uncertain",
            f"The focal length is known to {100 * focal_std:.1f} percent; {100 * FOCAL_STD_MOST:.0f} is needed. "
            f"Add pictures with the board tilted more, and nearer, so that it fills half the picture.{outlier}",
        )
    camera = Camera(_matrix(lens), size_px, focal_std, "calibrated", np.array([lens[4], lens[5], 0, 0, 0]))
    return Calibrated(camera, len(kept), spread_rad, rms_px)


@dataclass(frozen=True, slots=True, eq=False)
class _Start:
    lens: F64
    "(6,) fx fy cx cy (pixels) k1 k2."
    poses: F64
    "(n, 6) of the boards: rotation vector, translation (mm)."


def _matrix(lens: F64) -> F64:
    return np.array([[lens[0], 0, lens[2]], [0, lens[1], lens[3]], [0, 0, 1]])


def _solved(views: Mapping[str, BoardSeen], size_px: tuple[int, int]) -> _Start:
    """OpenCV's solution for a flat board.

    Begins twice, for each beginning alone ends in a wrong valley at times (simulated: OpenCV's own with boards that
    hardly tilt, the prior with long lenses); the lower residual is right.
    """
    points_mm = [seen.points_mm.astype(np.float32) for seen in views.values()]
    points_px = [seen.points_px.astype(np.float32) for seen in views.values()]
    ends: list[tuple[float, _Start]] = []
    for begin, flags in ((np.eye(3), _FLAGS), (prior_camera(size_px).matrix, _FLAGS | cv2.CALIB_USE_INTRINSIC_GUESS)):
        try:
            end = cv2.calibrateCamera(points_mm, points_px, size_px, begin.copy(), np.zeros(5), flags=flags)
        except cv2.error:  # views that no camera explains
            continue
        rms_px, matrix, distortion, turns, places = end
        lens = np.array([matrix[0, 0], matrix[1, 1], matrix[0, 2], matrix[1, 2], *np.ravel(distortion)[:2]])
        poses = np.array([np.ravel(pose) for pose in zip(turns, places, strict=True)], dtype=np.float64)
        if np.isfinite(lens).all() and np.isfinite(poses).all() and lens[:2].min() > 0:
            ends.append((float(rms_px), _Start(lens, poses)))
    if not ends:
        raise _unsolvable()
    return min(ends, key=lambda end: end[0])[1]


def _unbent(views: Mapping[str, BoardSeen], start: _Start) -> tuple[F64, F64, F64]:
    """The lens (6,) with its std (6,), and the residual (n,) px of each view, for a board with an even bend.

    Gauss-Newton on lens, bend (height over the board's plane, a quadratic with three terms) and poses; poses are
    eliminated view by view. The std is the larger of the solution's own, from the residuals, and the jackknife's over
    views (each left out in turn, to first order), which sees what is wrong with a whole view.
    """
    seen = list(views.values())
    every_mm = np.vstack([view.points_mm[:, :2] for view in seen])
    low, high = every_mm.min(axis=0), every_mm.max(axis=0)
    shared: F64 = np.append(start.lens, np.zeros(3))
    poses = start.poses
    sides = [(view.points_mm[:, :2] - (low + high) / 2) / (high - low).max() * 2 for view in seen]
    bends = [np.stack([side[:, 0] ** 2, side[:, 0] * side[:, 1], side[:, 1] ** 2], axis=1) for side in sides]
    for _ in range(_STEPS_MOST):
        normal, gradient = np.zeros((len(seen), 9, 9)), np.zeros((len(seen), 9))
        followed = []
        squares = np.zeros(len(seen))
        for index, (view, bend) in enumerate(zip(seen, bends, strict=True)):
            points_mm = view.points_mm + np.outer(bend @ shared[6:], (0, 0, 1))
            turn, place = poses[index, :3], poses[index, 3:]
            pixels, slopes = cv2.projectPoints(points_mm, turn, place, _matrix(shared), np.array([*shared[4:6], 0, 0]))
            miss = (view.points_px - pixels[:, 0]).ravel()
            # the board's own z moves a corner as a translation along its normal does
            raised = slopes[:, 3:6] @ cv2.Rodrigues(turn)[0][:, 2]
            by_shared = np.hstack([slopes[:, 6:12], raised[:, None] * np.repeat(bend, 2, axis=0)])
            by_pose = slopes[:, :6]
            pose_from = np.linalg.solve(by_pose.T @ by_pose, by_pose.T @ np.column_stack([by_shared, miss]))
            followed.append(pose_from)
            left = by_shared - by_pose @ pose_from[:, :9]
            normal[index], gradient[index], squares[index] = left.T @ left, left.T @ miss, miss @ miss
        whole = normal.sum(axis=0)
        step = np.linalg.solve(whole, gradient.sum(axis=0))
        shared = shared + step
        poses = poses + np.array([pose_from[:, 9] - pose_from[:, :9] @ step for pose_from in followed])
        if np.abs(step[:4]).max() < _STEP_LEAST_PX:
            break
    else:
        raise _unsolvable()
    numbers = 2 * len(every_mm)
    own = np.sqrt(np.diag(np.linalg.inv(whole)) * squares.sum() / (numbers - 9 - poses.size))
    without = np.array([-np.linalg.solve(whole - part, slope) for part, slope in zip(normal, gradient, strict=True)])
    jackknife = np.sqrt((len(seen) - 1) * np.mean((without - without.mean(axis=0)) ** 2, axis=0))
    view_rms_px = np.sqrt(squares / np.array([len(view.ids) for view in seen]))
    return shared[:6], np.asarray(np.maximum(own, jackknife)[:6]), view_rms_px


def _unsolvable() -> CalibrationError:
    return CalibrationError(
        "camera_unsolvable", "No camera explains these views. Take them anew, with one camera, size and zoom."
    )
