"""Chains hang by their length: never stretched, outside the body, as far down as the trade's rule says."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.body.neck import base_of
from tryon.fit.drape import CLEAR_MM, drop_mm, frames, length_of, settle, surface_mm
from tryon.types import NeckShape

INCH = 25.4


def neck(circumference_mm: float) -> NeckShape:
    """A neck of this size."""
    return NeckShape(circumference_mm, base_of(circumference_mm), 355.0, 5.0, 1.07 * circumference_mm / np.pi)


@pytest.mark.parametrize("circumference_mm", [292.0, 376.0])
@pytest.mark.parametrize("inches", [16, 20, 24])
def test_a_necklace_hangs_as_the_rule_says(inches: int, circumference_mm: float) -> None:
    her, length = neck(circumference_mm), inches * INCH
    joints = settle(length, her)
    assert abs(length_of(joints) / length - 1) < 0.003, "links don't stretch"
    assert surface_mm(joints, her).min() > -3.0, "it lies on her, not in her"
    if length > her.base_circumference_mm + 25:  # one that is nearly as tight as her neck sits higher than the rule
        assert abs(drop_mm(joints) - (length - her.base_circumference_mm) / 2) < 8
    assert abs(joints[:, 0].mean()) < 1.5, "it hangs in the middle"
    lowest = joints[np.argmin(joints[:, 1])]
    assert abs(lowest[0]) < 5


def test_a_necklace_lies_still_once_settled() -> None:
    her = neck(311.0)
    a, b = settle(457.0, her), settle(457.0, her)
    assert (a == b).all()
    touching = surface_mm(a, her) < CLEAR_MM + 0.5
    assert touching.mean() > 0.4, "most of it rests on neck, shoulders or chest"


def test_links_stand_off_the_skin_and_run_along_the_chain() -> None:
    her = neck(311.0)
    joints = settle(457.0, her)
    links = frames(joints, her)
    assert np.allclose(links[:, :3, :3] @ links[:, :3, :3].transpose(0, 2, 1), np.eye(3), atol=1e-6)
    assert np.allclose(np.linalg.det(links[:, :3, :3]), 1)
    front = links[np.argmin(joints[:, 1])]
    assert front[0, 0] > 0.95, "x to her left"
    assert front[1, 1] > 0.8, "y up"
    assert front[2, 2] > 0.8, "z off the chest"
