"""Pieces on a body made of numbers: what hangs, what turns with her, and what falls to the low side."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from tryon.body.model import HeadModel, load_head_model
from tryon.body.wearer import head_shape
from tryon.fit.dress import Body, Dresser
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.pieces.catalogue import Catalogue
from tryon.settings import load
from tryon.types import F64, HandPose, HeadPose, NeckPose, NeckShape, Nudge, Placed


@cache
def model() -> HeadModel:
    """The mean head."""
    return load_head_model(Path(load({}).assets))


@cache
def catalogue() -> Catalogue:
    """The shipped pieces."""
    return Catalogue(load({}).pieces_folder)


def head(roll: float) -> HeadPose:
    """A head tilted towards a shoulder."""
    rotation = np.diag([1.0, -1.0, -1.0]) @ rotation_from_vector(np.array([0.0, 0.0, roll]))
    shape = head_shape(model(), model().face_points, 1.0, 0.03)
    return HeadPose(rigid(rotation, np.array([0.0, 0.0, 650.0])), np.eye(6), 1.0, shape, 0.0)


def never(length_mm: float, neck: NeckShape) -> F64 | None:
    """No chain has come to rest."""
    return None


def worn(id: str, body: Body) -> list[Placed]:
    """Where a piece is drawn."""
    placed, _ = Dresser(model(), never).dress((catalogue().model(id),), {}, {}, body)
    return list(placed)


@pytest.mark.parametrize(("id", "hangs"), [("lacrima", True), ("punto", False)])
def test_a_drop_hangs_and_a_stud_goes_with_the_head(id: str, hangs: bool) -> None:
    tilt = 0.4
    pair = worn(id, Body(head(tilt), None, {}))
    assert len(pair) == 2, "one for each ear"
    for one in pair:
        straight = one.camera_from_piece[:3, 1] @ np.array([0.0, -1.0, 0.0])
        assert straight == pytest.approx(1.0 if hangs else np.cos(tilt), abs=0.02)
    assert abs(pair[0].camera_from_piece[0, 3] - pair[1].camera_from_piece[0, 3]) > 120, "left and right"


def test_a_bangle_lies_on_the_low_side_of_a_level_arm() -> None:
    """Fingers to the left, palm to the camera: the bangle's middle is below the wrist's."""
    axes = np.stack([[0.0, 1.0, 0.0], [-1.0, 0.0, 0.0], [0.0, 0.0, -1.0]], axis=1)
    joints = np.zeros((21, 3)) + (100.0, 0.0, 480.0)
    joints[5:, 0] = 0.0
    hand = HandPose("left", rigid(axes, joints[0]), np.eye(6), joints, 11.0, 0.0)
    (bangle,) = worn("alma", Body(None, None, {"left": hand}))
    assert 1.0 < bangle.camera_from_piece[1, 3] < 12.0, "mm down"


def test_a_chain_that_has_not_come_to_rest_is_not_drawn() -> None:
    neck = NeckPose(rigid(np.eye(3), np.array([0.0, 200.0, 650.0])), np.eye(6), NeckShape(320, 362, 355, 5, 109), 0.0)
    assert worn("stella", Body(head(0.0), neck, {})) == []


def test_a_nudge_moves_a_ring_along_its_finger() -> None:
    joints = np.zeros((21, 3)) + (0.0, 0.0, 480.0)
    joints[1:, 1] = -np.linspace(30, 160, 20)
    joints[[5, 17], 0] = (-30.0, 30.0)
    axes = np.stack([[1.0, 0.0, 0.0], [0.0, -1.0, 0.0], [0.0, 0.0, -1.0]], axis=1)
    body = Body(None, None, {"left": HandPose("left", rigid(axes, joints[0]), np.eye(6), joints, 11.0, 0.0)})
    ring = catalogue().model("alba")
    (before,), _ = Dresser(model(), never).dress((ring,), {}, {}, body)
    (after,), _ = Dresser(model(), never).dress((ring,), {"alba": Nudge(up_mm=4.0)}, {}, body)
    moved = after.camera_from_piece[:3, 3] - before.camera_from_piece[:3, 3]
    assert moved @ before.camera_from_piece[:3, 1] == pytest.approx(4.0)
