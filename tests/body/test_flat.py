"""A face that moves against a flat picture of one, both as the head model projects."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from tryon.body.flat import LOOKS_LEAST, is_flat
from tryon.body.model import load_head_model
from tryon.geometry.rigid import rotation_from_vector
from tryon.settings import load
from tryon.types import F64


def looks(points: F64, turns_deg: float, rng: np.random.Generator, count: int = 24) -> list[F64]:
    """Points (n, 3) mm seen while they turn to both sides, each 0.4 px off."""
    seen = []
    for yaw in np.linspace(-turns_deg, turns_deg, count):
        turn = rotation_from_vector(np.radians([0.3 * yaw, yaw, 0.2 * yaw]))
        at = points * [1.0, -1.0, -1.0] @ turn.T + [20.0, 10.0, 650.0]
        seen.append(at[:, :2] / at[:, 2:] * 950.0 + rng.normal(0.0, 0.4, (len(points), 2)))
    return seen


@pytest.mark.parametrize("turns_deg", [12.0, 30.0])
def test_a_turning_head_is_none_and_a_turned_picture_of_it_is(turns_deg: float, rng: np.random.Generator) -> None:
    head = load_head_model(Path(load({}).assets)).face_points
    flat = head * [1.0, 1.0, 0.0]
    assert is_flat(looks(head, turns_deg, rng)) is False
    assert is_flat(looks(flat, turns_deg, rng)) is not False
    assert is_flat(looks(flat, 30.0, rng)) is True


def test_who_holds_still_is_not_doubted(rng: np.random.Generator) -> None:
    head = load_head_model(Path(load({}).assets)).face_points
    assert is_flat(looks(head, 0.5, rng)) is None
    assert is_flat(looks(head, 30.0, rng, count=LOOKS_LEAST)) is None
