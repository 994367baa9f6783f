"""Looks from both sides of a turn into one sighting."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.told import sighted, sighted_aside


def looks(left_mm: float, right_mm: float) -> list[tuple[float, float, bool]]:
    """Two seconds of a turn to her left, then to her right; the looks of a side agree to half a millimetre."""
    rng = np.random.default_rng(2)
    return [
        (start + index / 15, value + rng.normal(0, 0.5), left)
        for start, value, left in ((3.0, left_mm, True), (7.0, right_mm, False))
        for index in range(30)
    ]


@pytest.mark.parametrize(("apart", "least", "most"), [(0.0, 0.1, 1.5), (4.0, 0.1, 1.5), (12.0, 5.0, 6.5)])
def test_of_two_sides_the_mean_is_told_and_a_difference_beyond_the_common_doubt(
    apart: float, least: float, most: float
) -> None:
    """Sides that differ by 4 mm are 2 from their mean, which a common doubt of 2.5 covers; 12 mm are not covered."""
    told = sighted_aside("head_length_over_hair", looks(190.0 + apart, 190.0), 2.0, 2.5, "outline")
    assert told.value_mm == pytest.approx(190.0 + apart / 2, abs=0.3)
    assert told.std_systematic_mm == 2.5
    assert least < told.std_random_mm < most
    assert told.samples == 60


def test_a_side_that_was_hardly_seen_says_nothing() -> None:
    """The second turn was only begun: one look, badly guessed."""
    left = [look for look in looks(190.0, 180.0) if look[2]]
    alone = sighted_aside("head_length_over_hair", left, 2.0, 2.5, "outline")
    assert sighted_aside("head_length_over_hair", [*left, (6.0, 202.0, False)], 2.0, 2.5, "outline") == alone
    with pytest.raises(ValueError, match="no looks"):
        sighted_aside("head_length_over_hair", [], 2.0, 2.5, "outline")


def test_one_side_is_told_as_it_is() -> None:
    left = [look for look in looks(190.0, 180.0) if look[2]]
    assert sighted_aside("head_length_over_hair", left, 2.0, 2.5, "outline") == sighted(
        "head_length_over_hair", [look[:2] for look in left], 2.0, 2.5, "outline"
    )
