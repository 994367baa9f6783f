"""A hand's measures: exact geometry, painted hands of known size, and doubt that holds what it says."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from tests.painted_hand import CAMERA, FINGERS_MM, PALM_MM, WRIST_MM, PaintedHand
from tryon.fit.hand import (
    FINGER,
    QUANTITIES,
    SHAPE_STD,
    WEB,
    WRIST_SECTION,
    HandMeasurer,
    Section,
    breadths_mm,
    mean_breadths,
)
from tryon.geometry.camera import project, rays
from tryon.geometry.rigid import rigid
from tryon.types import F64, CardPose, Frame, HandSeen, Measurement

TURNS = [(0.0, yaw, 0.05) for yaw in (-0.4, -0.2, 0.0, 0.15, 0.3)]


def u95(measurement: Measurement) -> float:
    """What is stated."""
    return 2 * math.hypot(measurement.std_random_mm, measurement.std_systematic_mm)


@cache
def looks(hand: PaintedHand) -> list[tuple[Frame, HandSeen, CardPose]]:
    """A hand that turns."""
    held = [hand.later(index * 0.5, turn) for index, turn in enumerate(TURNS)]
    return [(*now.look(), now.card()) for now in held]


def measured(hand: PaintedHand, *, card: bool) -> HandMeasurer:
    """After looks at a hand that turns."""
    measurer = HandMeasurer(CAMERA)
    for frame, seen, pose in looks(hand):
        measurer.look(frame, seen, pose if card else None)
    return measurer


def told_of(measurer: HandMeasurer) -> dict[str, Measurement]:
    """By name, of the one hand that was shown."""
    found = measurer.measurements()
    assert {each.hand for each in found} <= {"left"}
    return {each.name: each for each in found}


def test_breadth_of_a_cylinder_is_exact_wherever_it_is_and_however_it_leans() -> None:
    radius = 28.0
    for middle, lean in (((0.0, 0.0, 400.0), 0.0), ((170.0, -80.0, 450.0), 0.6), ((-120.0, 60.0, 380.0), -0.5)):
        centre = np.array(middle)
        along = np.array([0.2, math.cos(lean), math.sin(lean)])
        along /= np.linalg.norm(along)
        # where rays touch it: lines on its surface whose normal stands at right angles to the way from the camera
        foot = centre - along * float(centre @ along)
        away = float(np.linalg.norm(foot))
        ahead, side = foot / away, np.cross(foot / away, along)
        turn = math.acos(radius / away)
        edges = [
            centre
            + radius * (-math.cos(turn) * ahead + sign * math.sin(turn) * side)
            + along * np.array([[-1.0], [1.0]])
            for sign in (-1, 1)
        ]
        left, right, axis = (project(points, CAMERA) for points in (*edges, centre + along * np.array([[-1.0], [1.0]])))
        direction = axis[1] - axis[0]
        direction /= np.linalg.norm(direction)
        across = np.array([-direction[1], direction[0]])
        # a slice across the axis' picture, between the edges' lines
        ends = [
            edge[0] + (edge[1] - edge[0]) * float((axis[0] - edge[0]) @ direction / ((edge[1] - edge[0]) @ direction))
            for edge in (left, right)
        ]
        assert abs(float((ends[0] - ends[1]) @ direction)) < 1e-6 < abs(float((ends[0] - ends[1]) @ across))
        told = breadths_mm(rays(ends[0][None], CAMERA), rays(ends[1][None], CAMERA), centre[None], direction)
        assert told[0] == pytest.approx(2 * radius, rel=0.006)


def test_by_a_card_a_painted_hand_is_as_large_as_it_is() -> None:
    told = told_of(measured(PaintedHand(), card=True))
    assert set(told) == set(QUANTITIES)
    for name, across_mm in FINGERS_MM.items():
        finger = told[f"finger_inner_diameter_{name}"]
        assert abs(finger.value_mm - across_mm * (WEB if name == "little" else 1)) < 0.6 < u95(finger) < 2.0
        assert finger.scale_source == "card"
        assert finger.method == "silhouette+turn"
    assert abs(told["wrist_circumference"].value_mm - math.pi * WRIST_MM) < 6.0 < u95(told["wrist_circumference"]) < 14
    assert abs(told["hand_breadth"].value_mm - PALM_MM) < u95(told["hand_breadth"]) < 6


def test_nearer_or_farther_it_is_the_same_hand() -> None:
    near, far = (told_of(measured(PaintedHand(distance_mm=away), card=True)) for away in (420.0, 560.0))
    for name in ("finger_inner_diameter_ring", "wrist_circumference"):
        assert near[name].value_mm == pytest.approx(far[name].value_mm, rel=0.015)


def test_without_a_card_no_size_is_claimed() -> None:
    told = told_of(measured(PaintedHand(), card=False))
    ring = told["finger_inner_diameter_ring"]
    assert ring.scale_source == "prior"
    assert u95(ring) > 0.2 * ring.value_mm
    assert abs(ring.value_mm - FINGERS_MM["ring"]) < u95(ring)


def test_what_was_not_measured_says_why() -> None:
    assert measured(PaintedHand(sleeve=True), card=True).reasons() == {"wrist_circumference": "sleeve"}
    closed = measured(PaintedHand(closed=True), card=True)
    assert "finger_inner_diameter_ring" not in told_of(closed)
    assert closed.reasons()["finger_inner_diameter_ring"] == "not_told_apart"
    elsewhere = HandMeasurer(CAMERA)
    hand = PaintedHand()
    card = hand.card()
    far = rigid(card.camera_from_card[:3, :3], card.camera_from_card[:3, 3] * 2)
    assert elsewhere.look(*hand.look(), replace(card, camera_from_card=far)) is None
    assert set(elsewhere.reasons().values()) == {"card_elsewhere"}
    assert not elsewhere.measurements()


def test_each_hand_tells_of_itself_and_a_side_mistaken_for_a_moment_is_no_second_hand() -> None:
    measurer = HandMeasurer(CAMERA)
    for frame, seen, card in looks(PaintedHand()):
        measurer.look(frame, seen, card)
    slim = PaintedHand(distance_mm=520.0)
    for frame, seen, card in looks(slim):
        measurer.look(frame, replace(seen, side="right"), card)
    both = {(each.name, each.hand) for each in measurer.measurements()}
    assert {hand for _, hand in both} == {"left", "right"}
    assert len(both) == 2 * len(QUANTITIES)

    for _ in range(3):
        for frame, seen, card in looks(PaintedHand()):
            measurer.look(frame, seen, card)
    for frame, seen, card in looks(PaintedHand()):
        measurer.look(frame, seen, card)
    assert {each.hand for each in measurer.measurements()} == {"left"}


def test_one_look_is_no_measurement() -> None:
    hand = PaintedHand()
    measurer = HandMeasurer(CAMERA)
    assert measurer.look(*hand.look(), hand.card()) is not None
    assert not measurer.measurements()


@pytest.mark.parametrize("section", [FINGER, WRIST_SECTION], ids=["finger", "wrist"])
def test_the_doubt_of_a_section_holds_what_it_says(section: Section) -> None:
    random = np.random.default_rng(1)
    off: list[float] = []
    for _ in range(1000):
        low, high = np.sort(random.uniform(-0.5, 0.5, 2))
        roll: F64 = random.uniform(low, high, 20)
        flat = random.normal(section.flat, section.flat_std)
        turned = random.normal(0, section.turned_std)
        square = random.normal(section.square, section.square_std)
        shape = 1 + flat * np.cos(2 * roll) + turned * np.sin(2 * roll) + square * np.cos(4 * roll)
        side = random.normal(0, SHAPE_STD, 20)[np.round(roll / 0.15).astype(int) + 5]
        means, std = mean_breadths(20.0 * shape * (1 + side), roll, section)
        off.append((float(np.median(means)) - 20.0) / std)
    assert 0.93 < np.mean(np.abs(off) < 2) < 0.975
    assert abs(np.mean(off)) < 0.15
