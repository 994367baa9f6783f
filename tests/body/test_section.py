"""A turn past the profile, bridged from what was seen on both sides of it."""

from __future__ import annotations

import numpy as np

from tryon.body.section import WINDOW_PX, HeadLook, bridged, view_yaw
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.types import F64

PIVOT = np.array([0.0, -50.0, -45.0])
STANDS = np.array([0.0, 60.0, 890.0])


def pose(yaw_rad: float) -> F64:
    """camera_from_head of a head that turns about a pivot of its own."""
    turn = np.diag([1.0, -1.0, -1.0]) @ rotation_from_vector(np.array([0.0, yaw_rad, 0.0]))
    return rigid(turn, STANDS - turn @ PIVOT)


def turn(wrong: tuple[int, ...] = ()) -> tuple[list[HeadLook], list[F64]]:
    """Looks at a turn to 88 degrees and back, none of the face past 55; at `wrong` a face found where none is."""
    mask, window = np.zeros(WINDOW_PX[::-1], np.float32), np.eye(2, 3)
    truth = [pose(np.radians(88) * np.sin(np.pi * index / 60)) for index in range(61)]
    looks = []
    for index, true in enumerate(truth):
        seen = true if abs(view_yaw(true)) < np.radians(55) else None
        if index in wrong:
            seen = pose(np.radians(-20)).copy()
            seen[2, 3] += 330.0
        looks.append(HeadLook(index / 16, seen, mask, window))
    return looks, truth


def test_past_the_profile_she_stands_where_she_turned() -> None:
    looks, truth = turn()
    whole, guessed = bridged(looks)
    assert any(guessed)
    for look, true in zip(whole, truth, strict=True):
        assert look.camera_from_head is not None
        assert np.linalg.norm(look.camera_from_head[:3, 3] - true[:3, 3]) < 15


def test_a_face_that_was_none_does_not_move_the_pivot() -> None:
    looks, truth = turn(wrong=(54, 55, 56, 57))
    whole, _ = bridged(looks)
    middle = whole[30].camera_from_head
    assert middle is not None
    assert np.linalg.norm(middle[:3, 3] - truth[30][:3, 3]) < 15
