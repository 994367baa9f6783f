"""Scale references: depth planes, vergence, agreement; the numbers of facts/fit.md sections 0, 1.2 and 8."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.fit.scale import agreed, carry_std_percent, kept, pd_far_mm, pd_seen_mm
from tryon.types import Scale


def of(value: float, percent: float, source: str = "card") -> Scale:
    """A reference at the eyes."""
    return Scale(value, value * percent / 100, source, "eyes")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("distance", "focal", "percent"), [(550, 0.10, 1.3), (800, 0.10, 0.9), (550, 0.03, 0.4), (800, 0.03, 0.3)]
)
def test_what_the_focal_length_costs(distance: float, focal: float, percent: float) -> None:
    assert carry_std_percent(90.0, distance, focal_std=focal) == pytest.approx(percent, abs=0.12)


@pytest.mark.parametrize(
    ("distance", "change"), [(400, -1.57), (500, -1.27), (600, -1.06), (700, -0.91), (1000, -0.64)]
)
def test_pupils_turn_in_for_a_near_screen(distance: float, change: float) -> None:
    assert pd_seen_mm(62.0, distance) - 62.0 == pytest.approx(change, abs=0.006)


@given(st.floats(45, 78), st.floats(250, 2000))
def test_vergence_goes_both_ways(pd_mm: float, distance_mm: float) -> None:
    assert pd_far_mm(pd_seen_mm(pd_mm, distance_mm), distance_mm) == pytest.approx(pd_mm, abs=1e-6)


def test_references_are_weighed_by_their_doubt() -> None:
    told = agreed([of(0.50, 1.0), of(0.51, 4.0, "iris")])

    assert told is not None
    assert not told.aside
    assert math.log(told.scale.mm_per_unit) == pytest.approx((math.log(0.50) * 16 + math.log(0.51)) / 17)
    assert told.scale.std / told.scale.mm_per_unit == pytest.approx((1e4 + 625) ** -0.5)
    assert told.scale.source == "fused"
    assert agreed([]) is None
    assert agreed([of(0.5, 1.0)]).scale.source == "card"  # type: ignore[union-attr]


def test_one_that_the_others_contradict_is_named_and_left_out() -> None:
    told = agreed([of(0.50, 0.8, "marker"), of(0.56, 0.8, "card"), of(0.502, 1.0, "typed_pd"), of(0.49, 4.0, "iris")])

    assert told is not None
    assert set(told.aside) == {"card"}
    assert told.aside["card"] > 8
    assert told.scale.mm_per_unit == pytest.approx(0.5005, abs=0.001)


def test_of_two_that_contradict_each_other_both_are_named_and_doubt_covers_both() -> None:
    told = agreed([of(0.50, 1.0, "marker"), of(0.56, 1.0, "card")])

    assert told is not None
    assert set(told.aside) == {"card", "marker"}
    assert 2 * told.scale.std >= (0.56 - 0.50) / 2


def test_planes_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="one plane"):
        agreed([of(0.5, 1.0), Scale(0.5, 0.01, "iris", "forehead")])


def test_a_scale_stays_until_a_better_one_is_seen() -> None:
    iris = kept(None, of(0.50, 4.0, "iris"))
    assert iris.frozen
    assert kept(iris, of(0.52, 4.0, "iris")) is iris
    card = kept(iris, of(0.49, 1.0))
    assert (card.source, card.frozen) == ("card", True)
    assert kept(card, of(0.52, 4.0, "iris")) is card


def test_one_that_is_sure_and_wrong_is_covered_too() -> None:
    """A card that was none, sure to 0.7 %, against irises that are right, sure to 4 %."""
    told = agreed([of(0.585, 0.7, "card"), of(0.50, 4.0, "iris")])

    assert told is not None
    assert told.scale.mm_per_unit - 2 * told.scale.std < 0.505
