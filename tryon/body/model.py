"""Our head model: face points, how they slide as the face turns, named points, and the skull behind them.

Made by assets/head/make.py from synthetic people with known answers; see assets/head/README.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from tryon.errors import AssetError
from tryon.geometry.ellipse import Ellipsoid
from tryon.types import F64, I32

SLIDE_TERMS = 7
NEAR_MM = 9.0
"A named point this close to face points is skin of the face, and moves with what is learnt of them."
SLIDE_ANGLE_MAX_RAD = 1.0
"Beyond this view the sliding is taken as at it: nothing was learnt there."


@dataclass(frozen=True, slots=True, eq=False)
class HeadModel:
    """The mean head, in millimetres in the head frame."""

    face_points: F64
    "(468, 3) mm: MediaPipe's points."
    slide: F64
    "(SLIDE_TERMS, 468, 2) mm, camera x and y: see slide_terms."
    wander: F64
    "(k, 468, 2) mm, camera x and y: how the points err together, each at one standard deviation."
    triangles: I32
    "(m, 3): the face's mesh, outward."
    normals: F64
    "(468, 3) unit, outward."
    points: dict[str, F64]
    "(3,) mm by name."
    near: dict[str, I32]
    "The face points that a named point moves with; none for those of the skull."
    cranium: Ellipsoid
    "The skull, on the scalp."


def load_head_model(assets: Path, /) -> HeadModel:
    """The model in `assets`/head/head.npz. Raises AssetError."""
    path = assets / "head" / "head.npz"
    try:
        with np.load(path) as file:
            data = {name: file[name] for name in file.files}
        face_points = data["face_points"].astype(np.float64)
        triangles = data["triangles"].astype(np.int32)
        y, z, *axes, pitch = (float(value) for value in data["cranium"])
        points = {str(n): p.astype(np.float64) for n, p in zip(data["names"], data["points"], strict=True)}
        return HeadModel(
            face_points=face_points,
            slide=data["slide"].astype(np.float64),
            wander=data["wander"].astype(np.float64),
            triangles=triangles,
            normals=point_normals(face_points, triangles),
            points=points,
            near={name: _near(point, face_points) for name, point in points.items()},
            cranium=Ellipsoid(np.array([0.0, y, z]), np.array(axes), pitch),
        )
    except OSError as err:
        raise AssetError("head_model_missing", f"{path} cannot be read; make it with assets/head/make.py.") from err
    except (KeyError, ValueError) as err:
        raise AssetError("head_model_unreadable", f"{path} is not a head model: {err}.") from err


def _near(point: F64, face_points: F64) -> I32:
    distance = np.linalg.norm(face_points - point, axis=1)
    return np.flatnonzero(distance < NEAR_MM).astype(np.int32)


def point_normals(points: F64, triangles: I32, /) -> F64:
    """(n, 3) unit normals of a mesh's points, triangles weighed by area."""
    corners = points[triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals = np.zeros_like(points)
    for corner in range(3):
        np.add.at(normals, triangles[:, corner], across)
    length = np.linalg.norm(normals, axis=1, keepdims=True)
    return np.asarray(normals / np.where(length > 0, length, 1.0))


def view_angles(camera_from_head: F64, /) -> tuple[float, float]:
    """(yaw, pitch) rad: where the camera stands, seen from the head; (0, 0) is straight ahead of the face."""
    to_camera = -camera_from_head[:3, :3].T @ camera_from_head[:3, 3]
    to_camera /= np.linalg.norm(to_camera)
    return float(np.arctan2(to_camera[0], to_camera[2])), float(np.arcsin(np.clip(to_camera[1], -1, 1)))


def slide_terms(angles: tuple[float, float] | F64, /) -> F64:
    """(SLIDE_TERMS,): what the sliding of the points is linear in."""
    yaw, pitch = np.clip(angles, -SLIDE_ANGLE_MAX_RAD, SLIDE_ANGLE_MAX_RAD)
    return np.array([yaw, pitch, yaw * yaw, yaw * pitch, pitch * pitch, yaw**3, 1.0])
