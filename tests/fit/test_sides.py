"""Left and right: readings of two hands never melt into one, and a piece is judged by the hand that wears it."""

from __future__ import annotations

import math
from dataclasses import replace
from pathlib import Path

import pytest

from tryon.body.model import load_head_model
from tryon.body.wearer import head_shape
from tryon.calibration import Calibration, read_calibration
from tryon.conclusion import concluded, origins
from tryon.fit.gaps import Body
from tryon.fit.given import known
from tryon.fit.sides import FINGER_APART_MM, apart_mm
from tryon.fit.verdict import Verdict, verdict
from tryon.measuring import body_of, measures_json
from tryon.pieces.catalogue import Catalogue
from tryon.settings import load
from tryon.told import Told
from tryon.types import Hand, Measurement, Piece
from tryon.visits import Visit

RING = "finger_inner_diameter_ring"


@pytest.fixture(scope="module")
def tables() -> Calibration:
    """The tables in the repository."""
    return read_calibration(Path(load({}).calibration))


def ring(value_mm: float, hand: Hand, std_mm: float = 0.2) -> Measurement:
    """Read by a card."""
    return Measurement(RING, value_mm, std_mm, 0.0, 9, "silhouette", "card", 0.4, hand)


def visit(*readings: Measurement) -> Visit:
    """One that showed hands alone."""
    return Visit(Told(hands={(each.name, each.hand): each for each in readings}, accepted=9), None)


def eterna(hand: Hand) -> Piece:
    """A ring for the ring finger of one hand."""
    piece = Catalogue(load({}).pieces_folder).piece("eterna")
    return replace(piece, worn_on="left_hand" if hand == "left" else "right_hand", sizes_made=())


def codes(told: Verdict) -> set[str]:
    return {note.code for note in told.notes}


def test_two_hands_are_told_apart_over_visits_and_never_averaged(tables: Calibration) -> None:
    found = concluded([visit(ring(16.0, "left")), visit(ring(16.2, "left"), ring(17.5, "right"))], tables)

    assert found.measurements[RING].hand == "left"
    assert found.measurements[RING].value_mm == pytest.approx(16.1)
    assert found.other_hand[RING].hand == "right"
    assert found.other_hand[RING].value_mm == pytest.approx(17.5)
    assert "visits_disagree" not in found.reasons, "two hands differ"


def test_a_ring_is_judged_by_the_hand_that_wears_it(tables: Calibration) -> None:
    inside = eterna("left").size.inner_diameter_mm
    body = Body({RING: ring(inside, "left")}, other_hand={RING: ring(inside + 2.0, "right")})
    left, right = (verdict(eterna(hand), body, tables.fit) for hand in ("left", "right"))

    assert left.gap_mm == pytest.approx(0.0)
    assert right.gap_mm == pytest.approx(-2.0)
    assert not codes(left) & {"hand_other", "hand_unsaid"}


def test_by_the_other_hand_alone_it_is_said_and_the_doubt_is_wider(tables: Calibration) -> None:
    body = Body({RING: ring(16.0, "right")})
    own, other = (verdict(eterna(hand), body, tables.fit) for hand in ("right", "left"))

    assert own.gap_std_mm is not None
    assert other.gap_std_mm == pytest.approx(math.hypot(own.gap_std_mm, FINGER_APART_MM))
    assert "hand_other" in codes(other) - codes(own)
    assert "hand_unsaid" in codes(verdict(eterna("left"), Body({RING: ring(16.0, "")}), tables.fit))
    assert apart_mm("wrist_circumference", 160.0) == pytest.approx(2.56)


def test_what_is_given_for_one_hand_stays_with_it(tables: Calibration) -> None:
    given = known([(RING, ["16.3"], "mm", "mm", "left"), (RING, ["17.9"], "mm", "mm", "right")], origins(tables))
    assert isinstance(given, tuple)
    found = concluded([visit(ring(16.0, "left"))], tables, given=given)

    assert 16.0 < found.measurements[RING].value_mm < 16.3
    assert found.other_hand[RING].value_mm == 17.9
    unsaid = known([(RING, ["16.3"], "mm", "mm", "")], origins(tables))
    assert isinstance(unsaid, tuple)
    fused = concluded([visit(ring(16.0, "left"))], tables, given=unsaid)
    assert fused.measurements[RING].value_mm == pytest.approx(found.measurements[RING].value_mm)


def test_the_report_says_which_hand_and_is_read_back_so(tables: Calibration) -> None:
    model = load_head_model(Path(load({}).assets))
    head = head_shape(model, model.face_points, 1.0, 0.03)
    report = measures_json([visit(ring(16.0, "left"), ring(17.5, "right"))], tables, [eterna("right")])

    assert report["measurements"][RING]["hand"] == "left"
    assert report["other_hand"][RING]["hand"] == "right"
    again = verdict(eterna("right"), body_of(report, head), tables.fit)
    assert again.gap_mm == pytest.approx(report["fit"]["eterna"]["gap_mm"], abs=0.01)
