"""A card or marker of known size in space: its pose, its shape as a pinhole camera tells it, and the scale it gives.

All of it from four corners (px) and their covariance; doubt is carried to first order, the focal length's with it.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.geometry.rigid import rigid, rotation_from_vector, vector_from_rotation
from tryon.types import F64, Camera, CardPose

ID1_MM = (85.60, 53.98)
"ISO/IEC 7810 ID-1, long side and short side."
SIZE_STD = 0.0008
"Tolerance of an ID-1 card's size, relative, one standard uncertainty (facts: fit, 1.2)."
AMBIGUOUS_CHI2 = 6.0
"Two poses that differ by less explain the corners equally well."
STEP, STEP_PX = 1e-4, 0.01


@dataclass(frozen=True, slots=True)
class PlaneScale:
    """Pixels per millimetre of what faces the camera at one depth."""

    px_per_mm: float
    std_percent: float


def corners_in_card(size_mm: tuple[float, float] = ID1_MM, /) -> F64:
    """(4, 3) mm in the card's frame, clockwise as it is seen, from its top left."""
    x, y = size_mm[0] / 2, size_mm[1] / 2
    return np.array([(-x, y, 0.0), (x, y, 0.0), (x, -y, 0.0), (-x, -y, 0.0)])


def card_pose(
    corners_px: F64,
    camera: Camera,
    /,
    *,
    covariance_px: F64,
    size_mm: tuple[float, float] = ID1_MM,
    size_std: float = SIZE_STD,
    facing: F64 | None = None,
) -> CardPose | None:
    """Pose of a flat rectangle of `size_mm` from its corners (4, 2) clockwise, with their covariance (8, 8).

    A plane that is far away looks the same tilted one way or the other. Both are solved (Collins & Bartoli 2014,
    IPPE), each is refined with the corners weighed by their covariance, and the one that explains them better is
    taken; where they are as good as one another, the one whose normal is nearer to `facing` (3,), camera.
    `size_std` is relative. None when no pose lies in front of the camera.
    """
    points = _straight(corners_px, camera)
    weight = np.linalg.inv(covariance_px)
    found = _poses(points, camera.matrix, weight, size_mm)
    if not found:
        return None
    found.sort(key=lambda pose: pose[2])
    other_chi2 = found[1][2] - found[0][2] if len(found) > 1 else float("inf")
    if facing is not None and other_chi2 < AMBIGUOUS_CHI2 and found[1][0][:, 2] @ facing > found[0][0][:, 2] @ facing:
        found.reverse()
    rotation, move, _ = found[0]
    off, jacobian = _errors(rotation, move, points, camera.matrix, size_mm)
    covariance = np.linalg.inv(jacobian.T @ weight @ jacobian)
    # another focal length moves the pose: the same corners solved with it
    longer = camera.matrix.copy()
    longer[0, 0] *= 1 + STEP
    longer[1, 1] *= 1 + STEP
    turned, moved, _ = _refined(rotation, move, points, longer, weight, size_mm)
    by_focal = np.concatenate([vector_from_rotation(turned @ rotation.T), moved - move]) / STEP
    covariance += np.outer(by_focal, by_focal) * camera.focal_std**2
    covariance[3:, 3:] += np.outer(move, move) * size_std**2
    return CardPose(rigid(rotation, move), covariance, float(np.sqrt((off**2).sum() / 4)), other_chi2, by_focal)


def scale_at(
    pose: CardPose, camera: Camera, /, *, behind_mm: float = 0.0, behind_std_mm: float = 0.0, size_std: float = SIZE_STD
) -> PlaneScale:
    """Pixels per millimetre of what faces the camera, so far behind the card's middle (negative: in front of it).

    In the plane of a card that faces the camera the focal length drops out of it (a wrong one moves the card away in
    the same proportion); at another depth it comes in by that depth's share of the distance (facts: fit, 0.7 and 8).
    """
    depth = float(pose.camera_from_card[2, 3])
    away = depth + behind_mm
    focal = float(np.sqrt(camera.matrix[0, 0] * camera.matrix[1, 1]))
    own = max(corner_depth_std(pose, camera), size_std * depth) / away
    by_focal = camera.focal_std * (1 - float(pose.by_focal[5]) / away)
    return PlaneScale(focal / away, float(100 * np.sqrt(own**2 + by_focal**2 + (behind_std_mm / away) ** 2)))


def corner_depth_std(pose: CardPose, camera: Camera, /) -> float:
    """Standard uncertainty of the middle's depth by the corners and the card's size alone, mm."""
    by_focal = float(pose.by_focal[5]) * camera.focal_std
    return float(np.sqrt(max(float(pose.covariance[5, 5]) - by_focal**2, 0.0)))


def rectangle_of(corners_px: F64, camera: Camera, /, *, covariance_px: F64) -> tuple[F64, F64]:
    """What rectangle four corners could be: (aspect, cosine between its sides) and their standard uncertainties.

    A rectangle's sides are known up to one scale from the homography of a unit square: with K the camera,
    K^-1 H = (w r1, h r2, t). The focal length's doubt is in the uncertainties. Facing the camera the aspect is
    sharp; tilted, it rests on how much the sides converge, and is not.
    """
    points = _straight(corners_px, camera)
    steps = np.concatenate([np.eye(8), -np.eye(8)]).reshape(16, 4, 2) * STEP_PX
    shapes = _shapes(np.concatenate([points[None], points + steps]), camera.matrix)
    jacobian = (shapes[1:9] - shapes[9:]) / (2 * STEP_PX)
    # over the width of a prior the aspect bends: what lies a standard uncertainty to both sides, not a tangent
    longer, shorter = camera.matrix.copy(), camera.matrix.copy()
    longer[[0, 1], [0, 1]] *= 1 + camera.focal_std
    shorter[[0, 1], [0, 1]] *= 1 - camera.focal_std
    spread = (_shapes(points, longer) - _shapes(points, shorter)) / 2
    variance = np.diag(jacobian.T @ covariance_px @ jacobian) + spread**2
    return shapes[0], np.sqrt(variance)


def aspects(corners_px: F64, matrix: F64, /) -> F64:
    """(n,) side 0 to 1 over side 1 to 2 of the rectangles that quadrilaterals (n, 4, 2) are pictures of."""
    return np.asarray(_shapes(corners_px, matrix)[..., 0])


def _shapes(corners: F64, matrix: F64) -> F64:
    """(..., 2) aspect, and cosine between the sides, of what is seen as corners (..., 4, 2)."""
    x, y = np.moveaxis(corners - matrix[:2, 2], -1, 0)
    (x0, x1, x2, x3), (y0, y1, y2, y3) = np.moveaxis(x, -1, 0), np.moveaxis(y, -1, 0)
    # unit square to picture, in closed form (Heckbert 1989)
    dx1, dx2, sx = x1 - x2, x3 - x2, x0 - x1 + x2 - x3
    dy1, dy2, sy = y1 - y2, y3 - y2, y0 - y1 + y2 - y3
    area = dx1 * dy2 - dx2 * dy1
    g, h = (sx * dy2 - dx2 * sy) / area, (dx1 * sy - sx * dy1) / area
    fx, fy = matrix[0, 0], matrix[1, 1]
    across = np.stack([(x1 - x0 + g * x1) / fx, (y1 - y0 + g * y1) / fy, g], axis=-1)
    down = np.stack([(x3 - x0 + h * x3) / fx, (y3 - y0 + h * y3) / fy, h], axis=-1)
    width, height = np.linalg.norm(across, axis=-1), np.linalg.norm(down, axis=-1)
    return np.stack([width / height, (across * down).sum(axis=-1) / (width * height)], axis=-1)


def _straight(corners_px: F64, camera: Camera) -> F64:
    """The corners as a lens without distortion would show them."""
    if not camera.distortion.any():
        return np.asarray(corners_px, dtype=np.float64)
    seen = cv2.undistortPoints(corners_px.reshape(-1, 1, 2), camera.matrix, camera.distortion, P=camera.matrix)
    return np.asarray(seen.reshape(-1, 2), dtype=np.float64)


def _poses(points: F64, matrix: F64, weight: F64, size_mm: tuple[float, float]) -> list[tuple[F64, F64, float]]:
    # OpenCV's IPPE returns rotation vectors and loses half turns: it is given the card as it lies in the picture,
    # y down and rolled, so that only the tilt is left
    along = points[1] - points[0]
    roll = float(np.arctan2(along[1], along[0]))
    upright = rotation_from_vector(np.array([0.0, 0.0, roll])) @ np.diag([1.0, -1.0, -1.0])
    flat = corners_in_card(size_mm) @ upright.T
    _, turns, moves, _ = cv2.solvePnPGeneric(
        flat, points.reshape(-1, 1, 2), matrix, np.zeros(4), flags=cv2.SOLVEPNP_IPPE
    )
    found = []
    for turn, move in zip(turns, moves, strict=True):
        rotation = np.asarray(cv2.Rodrigues(turn)[0], dtype=np.float64) @ upright
        first = np.asarray(move[:, 0], dtype=np.float64)
        if not np.isfinite(rotation).all() or first[2] <= 0:
            continue
        pose = _refined(rotation, first, points, matrix, weight, size_mm)
        if np.isfinite(pose[2]) and pose[1][2] > 0 and pose[0][:, 2] @ pose[1] < 0:
            found.append(pose)
    return found


def _errors(rotation: F64, move: F64, points: F64, matrix: F64, size_mm: tuple[float, float]) -> tuple[F64, F64]:
    """(8,) px, seen less projected, and (8, 6) how the projection goes with rotation vector and translation."""
    turned = corners_in_card(size_mm) @ rotation.T
    x, y, z = (turned + move).T
    fx, fy = matrix[0, 0], matrix[1, 1]
    off = points - np.stack([fx * x / z + matrix[0, 2], fy * y / z + matrix[1, 2]], axis=1)
    by_point = np.zeros((4, 2, 3))
    by_point[:, 0, 0], by_point[:, 0, 2] = fx / z, -fx * x / z**2
    by_point[:, 1, 1], by_point[:, 1, 2] = fy / z, -fy * y / z**2
    by_turn = np.zeros((4, 3, 3))  # the columns are axis x point
    by_turn[:, 1, 0], by_turn[:, 2, 0] = -turned[:, 2], turned[:, 1]
    by_turn[:, 0, 1], by_turn[:, 2, 1] = turned[:, 2], -turned[:, 0]
    by_turn[:, 0, 2], by_turn[:, 1, 2] = -turned[:, 1], turned[:, 0]
    return off.ravel(), np.concatenate([by_point @ by_turn, by_point], axis=2).reshape(8, 6)


def _refined(
    rotation: F64, move: F64, points: F64, matrix: F64, weight: F64, size_mm: tuple[float, float]
) -> tuple[F64, F64, float]:
    """The pose (rotation, translation) of least chi square near a first one, and that (Levenberg-Marquardt)."""
    off, jacobian = _errors(rotation, move, points, matrix, size_mm)
    chi2, damping = float(off @ weight @ off), 1e-6
    for _ in range(20):
        normal = jacobian.T @ weight @ jacobian
        step = np.linalg.solve(normal + damping * np.diag(np.diag(normal)), jacobian.T @ weight @ off)
        new_rotation, new_move = rotation_from_vector(step[:3]) @ rotation, move + step[3:]
        new_off, new_jacobian = _errors(new_rotation, new_move, points, matrix, size_mm)
        new_chi2 = float(new_off @ weight @ new_off)
        if new_chi2 > chi2:
            damping *= 10
            if damping > 1e6:
                break
            continue
        gained, damping = chi2 - new_chi2, max(damping / 5, 1e-9)
        rotation, move, off, jacobian, chi2 = new_rotation, new_move, new_off, new_jacobian, new_chi2
        if gained < 1e-9 * (1 + chi2):
            break
    return rotation, move, chi2
