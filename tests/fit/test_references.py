"""What looks at a card make of her size: each alone may be wrong, most of them may not."""

from __future__ import annotations

import numpy as np

from tryon.fit.references import ReferenceView, reference_scale
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.types import F64

FOREHEAD = np.array([0.0, 78.0, 86.0])
SIZE_STD = 0.0008


def view(yaw_deg: float, size: float) -> ReferenceView:
    """A card on the forehead of a head `size` times the model's, as a turn of it shows it."""
    turn = np.diag([1.0, -1.0, -1.0]) @ rotation_from_vector(np.radians([0.0, yaw_deg, 0.0]))
    pose = rigid(turn, np.array([0.0, 15.0, 845.0]))
    on: F64 = pose[:3, :3] @ FOREHEAD + pose[:3, 3]
    return ReferenceView(pose, size * on, FOREHEAD)


def test_looks_that_agree_give_her_size() -> None:
    scale = reference_scale([view(yaw, 0.98) for yaw in (-30, -10, 0, 10, 30)], "card", SIZE_STD)
    assert scale is not None
    assert abs(scale.mm_per_unit / 0.98 - 1) < 0.002


def test_looks_at_what_is_no_card_are_left_out() -> None:
    true = [view(yaw, 0.98) for yaw in (-30, -20, -10, 0, 10, 20, 30)]
    alone = reference_scale(true, "card", SIZE_STD)
    among = reference_scale([view(5, 0.8), *true, view(-15, 1.712)], "card", SIZE_STD)
    assert alone is not None
    assert among is not None
    assert abs(among.mm_per_unit / alone.mm_per_unit - 1) < 1e-9


def test_looks_of_which_no_most_agree_give_none() -> None:
    assert reference_scale([view(0, 0.974), view(5, 0.8), view(-5, 1.712)], "card", SIZE_STD) is None
    assert reference_scale([view(0, 0.9), view(5, 0.9), view(-5, 1.1), view(10, 1.1)], "card", SIZE_STD) is None
    assert reference_scale([], "card", SIZE_STD) is None
