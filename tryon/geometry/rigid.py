"""Rigid transforms. `a_from_b` takes points of frame b to frame a; 4x4, translation in millimetres."""

from __future__ import annotations

import numpy as np

from tryon.types import F64


def rotation_from_vector(vector: F64, /) -> F64:
    """(3, 3) rotation of a rotation vector (3,), rad (Rodrigues)."""
    x, y, z = (float(value) for value in vector)
    angle2 = x * x + y * y + z * z
    cross = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    if angle2 < 1e-12:
        return np.asarray(np.eye(3) + cross + cross @ cross / 2)
    angle = angle2**0.5
    return np.asarray(np.eye(3) + np.sin(angle) / angle * cross + (1 - np.cos(angle)) / angle2 * (cross @ cross))


def vector_from_rotation(rotation: F64, /) -> F64:
    """(3,) rotation vector, rad, of a (3, 3) rotation; angle in 0 to pi."""
    twice_sine = np.array(
        [rotation[2, 1] - rotation[1, 2], rotation[0, 2] - rotation[2, 0], rotation[1, 0] - rotation[0, 1]]
    )
    sine = float(np.linalg.norm(twice_sine)) / 2
    cosine = (float(np.trace(rotation)) - 1) / 2
    angle = float(np.arctan2(sine, cosine))
    if sine > 1e-6:
        return np.asarray(twice_sine * (angle / (2 * sine)))
    if cosine > 0:
        return np.asarray(twice_sine / 2)
    # half a turn: the axis is the column space of R + I
    axis = (rotation + np.eye(3))[:, int(np.argmax(np.diag(rotation)))]
    return np.asarray(axis / np.linalg.norm(axis) * angle)


def rigid(rotation: F64, translation_mm: F64, /) -> F64:
    """(4, 4) of a rotation (3, 3) and a translation (3,)."""
    a_from_b = np.eye(4)
    a_from_b[:3, :3] = rotation
    a_from_b[:3, 3] = translation_mm
    return a_from_b


def inverse(a_from_b: F64, /) -> F64:
    """b_from_a."""
    rotation = a_from_b[:3, :3].T
    return rigid(rotation, -rotation @ a_from_b[:3, 3])


def transform(a_from_b: F64, points_in_b: F64, /) -> F64:
    """(..., 3) points in frame a."""
    return np.asarray(points_in_b @ a_from_b[:3, :3].T + a_from_b[:3, 3])


def angle_rad(rotation: F64, /) -> float:
    """Angle of a (3, 3) rotation, 0 to pi."""
    return float(np.linalg.norm(vector_from_rotation(rotation)))
