"""Sizes against the shipped tables, both ways, and their odds against the figures of facts/fit.md section 6."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tryon.fit.sizes import (
    HatSystem,
    RingSystem,
    bangle_odds,
    bracelet_length_mm,
    hat_circumference_mm,
    hat_label,
    hat_odds,
    inches,
    meant,
    necklace_name,
    necklace_odds,
    possible,
    ring_diameter_mm,
    ring_label,
    ring_odds,
)
from tryon.settings import load


def table(name: str) -> list[dict[str, str]]:
    """A shipped sizing table."""
    with (Path(load({}).calibration) / "sizing" / f"{name}.csv").open() as file:
        return list(csv.DictReader(file))


@pytest.mark.parametrize("row", table("hat_sizes"), ids=lambda row: row["eu_jp_cm"])
def test_hat_sizes(row: dict[str, str]) -> None:
    around = 10 * float(row["head_circumference_cm"])

    assert hat_label("us", around) == row["us_fitted"]
    assert hat_label("uk", around) == row["uk"]
    assert hat_label("eu", around) == hat_label("jp", around) == row["eu_jp_cm"]


@pytest.mark.parametrize("row", table("ring_sizes"), ids=lambda row: row["us_size"])
def test_ring_sizes(row: dict[str, str]) -> None:
    diameter = ring_diameter_mm("us", row["us_size"])

    assert diameter == pytest.approx(float(row["inner_diameter_mm"]), abs=0.006)
    assert math.pi * diameter == pytest.approx(float(row["inner_circumference_mm"]), abs=0.06)
    assert ring_label("us", diameter) == row["us_size"]
    assert ring_label("iso", diameter) == ring_label("eu", diameter) == row["iso8653_label"]
    assert ring_label("uk", diameter) == row["uk_nearest_half"]
    assert ring_label("jp", diameter) == row["jp_jcs_nearest"]
    assert float(ring_label("ch", diameter)) == pytest.approx(float(row["ch_it_es_label"]), abs=0.3)


@given(st.floats(480, 650), st.sampled_from(["us", "uk", "eu", "jp"]))
def test_a_hat_label_goes_back_to_its_head(around_mm: float, system: HatSystem) -> None:
    label = hat_label(system, around_mm)

    assert abs(hat_circumference_mm(system, label) - around_mm) <= (5.001 if system in ("eu", "jp") else 4.99)
    assert hat_label(system, hat_circumference_mm(system, label)) == label


@given(st.floats(13, 24), st.sampled_from(["iso", "us", "uk", "eu", "jp", "ch"]))
def test_a_ring_label_goes_back_to_its_ring(diameter_mm: float, system: RingSystem) -> None:
    label = ring_label(system, diameter_mm)

    assert abs(ring_diameter_mm(system, label) - diameter_mm) <= 0.2035
    assert ring_label(system, ring_diameter_mm(system, label)) == label


@given(st.floats(460, 640), st.floats(0.5, 30), st.sampled_from(["us", "uk", "eu", "jp"]))
def test_odds_of_hats_are_all_there_is(around_mm: float, std_mm: float, system: HatSystem) -> None:
    odds = hat_odds(system, around_mm, std_mm)

    assert 0.9 < sum(each.probability for each in odds) <= 1 + 1e-9
    assert hat_label(system, around_mm) in [each.label for each in odds[:2]]
    assert [each.probability for each in odds] == sorted((each.probability for each in odds), reverse=True)


@given(st.floats(12, 24), st.floats(0.05, 1.5), st.sampled_from(["iso", "us", "uk", "eu", "jp", "ch"]))
def test_odds_of_rings_are_all_there_is(diameter_mm: float, std_mm: float, system: RingSystem) -> None:
    assert sum(each.probability for each in ring_odds(system, diameter_mm, std_mm)) <= 1 + 1e-9


@pytest.mark.parametrize(("std_mm", "one", "three"), [(12.0, 0.32, 0.79), (6.0, 0.60, 0.99), (17.0, 0.23, 0.62)])
def test_the_odds_that_the_facts_name(std_mm: float, one: float, three: float) -> None:
    odds = hat_odds("eu", 560.0, std_mm)

    assert odds[0].label == "56"
    assert odds[0].probability == pytest.approx(one, abs=0.006)
    assert sum(each.probability for each in odds[:3]) == pytest.approx(three, abs=0.006)


@pytest.mark.parametrize("row", table("necklace_names"), ids=lambda row: row["name"])
def test_necklace_names(row: dict[str, str]) -> None:
    assert necklace_name(25.4 * float(row["min_in"])) == row["name"]
    assert necklace_name(25.4 * float(row["max_in"] or 60)) == row["name"]


@pytest.mark.parametrize("row", table("bangles"), ids=lambda row: row["bangle_inner_diameter_mm"])
def test_bangles(row: dict[str, str]) -> None:
    most = float(row["fits_hand_circumference_thumb_tucked_up_to_mm"])
    within, beyond = (bangle_odds(most + off, 0.2)[0].label for off in (-1.0, 1.0))

    assert within == row["bangle_inner_diameter_mm"]
    assert beyond != within
    assert bangle_odds(230.0, 1.0)[0].label == "over 74"


def test_the_shortest_necklace_that_hangs() -> None:
    # 16 inches are 406.4 mm; ten of them are ease
    assert [necklace_odds(base, 0.1)[0].label for base in (396.0, 397.0, 950.0)] == ["16", "18", "over 36"]
    odds = necklace_odds(396.4, 12.0)
    assert {each.label: pytest.approx(each.probability, abs=0.01) for each in odds[:2]} == {"16": 0.5, "18": 0.5}


def test_lengths_as_a_jeweller_says_them() -> None:
    assert inches(561.0) == "22 1/8"
    assert inches(457.2) == "18"
    assert bracelet_length_mm(155.0, "comfort") == pytest.approx(177.2)
    with pytest.raises(ValueError, match="no UK ring size"):
        ring_diameter_mm("uk", "ß")
    assert ring_diameter_mm("uk", "p 1/2") == ring_diameter_mm("uk", "P½")


def test_a_slip_of_unit_is_offered_back() -> None:
    around = "head_circumference"
    assert possible(around, 560.0)
    assert meant(around, 560.0) == ()
    assert [guess.value_mm for guess in meant(around, 56.0)] == [560.0]
    assert [guess.value_mm for guess in meant(around, 5.6)] == [560.0]
    (guess,) = meant(around, 22.0)
    assert guess.value_mm == pytest.approx(558.8)
    assert "Did you mean 22 inches, that is 558.8 mm?" in guess.question
    assert [guess.value_mm for guess in meant("interpupillary_distance", 6.2)] == [62.0]
    assert [guess.value_mm for guess in meant("interpupillary_distance", 2.4)] == pytest.approx([60.96])
    assert [guess.value_mm for guess in meant("interpupillary_distance", 620)] == [62.0]
    assert meant(around, 3.0) == ()
    assert not possible("interpupillary_distance", 39.0)
