"""Many looks into one measurement: what they are worth together, and how a number is said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.fit.measure import combined, independent_count, measured, repeated, said, taped
from tryon.types import F64, Measurement


def of(value: float, random: float, systematic: float, source: str = "card", scale: float = 0.0) -> Measurement:
    """A head circumference."""
    return Measurement("head_circumference", value, random, systematic, 10, source + " turn", source, scale)


def looked(looks: F64, times_s: F64, look_std_mm: float = 0.01) -> Measurement:
    """What looks give, without any systematic doubt."""
    return measured(
        "face_breadth",
        looks,
        times_s,
        look_std_mm=look_std_mm,
        std_systematic_mm=0.0,
        method="look",
        scale_source="card",
        scale_std_percent=1.0,
    )


def walk(rng: np.random.Generator, count: int, keeps: float) -> F64:
    """Noise of unit variance of which each value keeps a share of the one before."""
    steps = rng.normal(0, math.sqrt(1 - keeps**2), count)
    steps[0] = rng.normal()
    for index in range(1, count):
        steps[index] += keeps * steps[index - 1]
    return steps


def test_frames_of_one_moment_are_not_independent(rng: np.random.Generator) -> None:
    times = np.arange(300) / 30

    assert independent_count(rng.normal(size=300), times) <= 1 + times[-1] / 0.3
    assert independent_count(rng.normal(size=300), times * 100) > 150
    # a first-order run keeps (1 - a) / (1 + a) of its looks
    counts = [independent_count(walk(rng, 2000, 0.9), np.arange(2000.0)) for _ in range(20)]
    assert np.median(counts) == pytest.approx(2000 * 0.1 / 1.9, rel=0.25)


@pytest.mark.parametrize("count", [4, 12, 40])
def test_the_random_doubt_covers_what_it_says(count: int, rng: np.random.Generator) -> None:
    times = np.arange(count * 1.0)
    told = [looked(rng.normal(140, 2, count), times) for _ in range(1500)]

    inside = np.mean([abs(each.value_mm - 140) <= 2 * each.std_random_mm for each in told])

    assert 0.925 <= inside <= 0.985


def test_outliers_do_not_move_the_median(rng: np.random.Generator) -> None:
    looks = rng.normal(140, 1, 60)
    looks[::6] += 50

    told = looked(looks, np.arange(60.0))

    assert told.value_mm == pytest.approx(140, abs=1)
    assert told.std_random_mm < 0.5
    assert told.samples == 60


def test_equal_looks_are_not_certainty() -> None:
    told = looked(np.full(40, 140.0), np.arange(40.0), look_std_mm=1.2)

    assert told.std_random_mm == pytest.approx(1.2 / math.sqrt(40))
    assert looked(np.array([140.0]), np.array([0.0]), look_std_mm=1.2).std_random_mm == pytest.approx(1.2)


def test_coming_back_shows_what_sitting_still_hides() -> None:
    visits = [of(560, 0.5, 4.0), of(566, 0.5, 4.0), of(563, 0.5, 4.0)]

    told = repeated(visits)

    assert told.value_mm == pytest.approx(563)
    assert told.std_random_mm > 3 / math.sqrt(3), "the scatter between visits, and few visits know it badly"
    assert told.std_systematic_mm == 4.0
    assert repeated(visits[:1]) == visits[0]


def test_what_rests_on_one_scale_does_not_average_it_out() -> None:
    together = combined([of(560, 0, 5.6, "card", 1.0), of(560, 0, 5.6, "card", 1.0)])
    apart = combined([of(560, 0, 5.6, "card", 1.0), of(560, 0, 5.6, "marker", 1.0)])

    assert together.std_mm == pytest.approx(5.6)
    assert apart.std_mm == pytest.approx(5.6 / math.sqrt(2))
    assert together.scale_std_percent == pytest.approx(1.0)


def test_a_tape_taken_twice_and_the_camera_reach_what_is_promised() -> None:
    tape = taped("head_circumference", 561.0, 563.0)
    assert tape is not None
    assert tape.std_mm == 5.0
    assert taped("head_circumference", 561.0, 569.0).std_mm == 8.0  # type: ignore[union-attr]
    assert taped("head_circumference", 560.0, 572.0) is None, "once more"

    told = combined([tape, of(570, 2.6, 9.2, "card", 1.0)])

    assert told.value_mm == pytest.approx((562 * 5**-2 + 570 / (2.6**2 + 9.2**2)) / (5**-2 + 1 / (2.6**2 + 9.2**2)))
    assert 4.0 < told.std_mm < 5.0, "section 9: tape twice and card are U 10 to 12 or better"
    assert told.scale_source == "given"


@given(
    st.lists(
        st.tuples(st.floats(500, 620), st.floats(0.1, 20), st.floats(0.1, 20), st.sampled_from(["card", "iris"])),
        min_size=1,
        max_size=5,
    )
)
def test_a_combination_lies_between_and_is_no_worse_than_its_best(parts: list[tuple[float, float, float, str]]) -> None:
    each = [of(value, random, systematic, source, 0.0) for value, random, systematic, source in parts]

    told = combined(each)

    assert min(p.value_mm for p in each) - 1e-9 <= told.value_mm <= max(p.value_mm for p in each) + 1e-9
    assert told.std_mm <= min(p.std_mm for p in each) + 1e-9


def test_quantities_are_not_mixed() -> None:
    with pytest.raises(ValueError, match="of one quantity"):
        combined([of(1, 1, 1), Measurement("neck", 1, 1, 1, 1, "", "", 0)])
    with pytest.raises(ValueError, match="0 looks"):
        looked(np.zeros(0), np.zeros(0))


@pytest.mark.parametrize(
    ("value", "u95", "expected"),
    [
        (561.23, 24.3, ("561", "24")),
        (16.918, 0.412, ("16.92", "0.41")),
        (62.04, 1.26, ("62.0", "1.3")),
        (561.2, 9.96, ("561", "10")),
        (561.2, 99.7, ("560", "100")),
        (0.7812, 0.0449, ("0.781", "0.045")),
    ],
)
def test_u_has_two_digits_and_the_value_ends_with_it(value: float, u95: float, expected: tuple[str, str]) -> None:
    assert said(value, u95) == expected


def test_nothing_is_shown_without_doubt() -> None:
    with pytest.raises(ValueError, match="without doubt"):
        said(561.0, 0.0)
