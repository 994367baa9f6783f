"""Edges of a painted hand: as broad as it is painted, whatever is behind it; and refused where it can't be told."""

from __future__ import annotations

import numpy as np
import pytest

from tests.painted_hand import CAMERA, DIM_WALL, FINGER_SHAPE, FINGERS_MM, WRIST_MM, WRIST_SHAPE, PaintedHand
from tryon.body.palm import HandOutline, read_outline

PX_PER_MM = CAMERA.matrix[0, 0] / PaintedHand().distance_mm


def outline(hand: PaintedHand) -> HandOutline:
    """What one look shows."""
    frame, seen = hand.look()
    return read_outline(frame, seen.landmarks.points_px)


@pytest.mark.parametrize(
    "hand",
    [
        PaintedHand(),
        PaintedHand(turn=(0.0, 0.0, 0.5)),
        PaintedHand(blur_px=1.4, noise=4.0),
        PaintedHand(wall=DIM_WALL),
    ],
    ids=["plain", "rolled in the picture", "soft and noisy", "as bright as the wall"],
)
def test_limbs_are_as_broad_as_they_are_painted(hand: PaintedHand) -> None:
    found = outline(hand)
    assert not found.refused
    for name, across_mm in FINGERS_MM.items():
        limb = found.limbs[name]
        broad = limb.width_px[limb.within(0.55, 0.9)]
        assert len(broad) > 8
        assert abs(np.median(broad) - across_mm * (1 + sum(FINGER_SHAPE)) * PX_PER_MM) < 0.4
        assert np.std(broad) < 0.8
    wrist = found.limbs["wrist"]
    assert abs(np.median(wrist.width_px[wrist.within(0.1, 0.7)]) - WRIST_MM * (1 + sum(WRIST_SHAPE)) * PX_PER_MM) < 0.7


def test_what_can_not_be_told_is_refused_with_the_reason() -> None:
    closed = outline(PaintedHand(closed=True)).refused
    assert closed["middle"] == closed["ring"] == "not_told_apart"
    assert outline(PaintedHand(sleeve=True)).refused == {"wrist": "sleeve"}
    assert outline(PaintedHand(thumb_closed=True)).refused["palm"] == "thumb_closed"
    assert set(outline(PaintedHand(distance_mm=1400.0)).refused.values()) == {"too_small"}
    assert outline(PaintedHand(blur_px=7.0)).refused["ring"] == "blurred"
    assert outline(PaintedHand(right_mm=285.0)).refused["little"] == "edge_of_picture"
