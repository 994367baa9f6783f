"""A paper band's circumference from its markers' corners: exact on exact corners, honest with noise, or refused."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.body.band import BANDS, CHECK_IDS, CHECK_SIDE_MM, Around, Band, around, check_places_mm, on_bend, print_ratio
from tryon.body.card import corners_in_card
from tryon.fit.band import BandMeasurer
from tryon.geometry.camera import pinhole, prior_camera, project
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.types import F64, BandSeen

CROWN, NECK, WRIST = BANDS
SIZE = (1280, 720)


def worn(
    round_mm: float,
    band: Band = CROWN,
    *,
    turn: tuple[float, float, float] = (0.1, 0.2, 0.05),
    hidden: int = 0,
    noise: float = 0.0,
) -> BandSeen:
    """Corners of the markers about the seam of a band on a cylinder so far round, 350 mm away."""
    half, random = band.side_mm / 2, np.random.default_rng(5)
    square = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    pose = rigid(rotation_from_vector(np.array(turn)), np.array([0.0, 0.0, 350.0]))
    camera = pinhole(1000.0, SIZE, focal_std=0.01, source="given")
    ids, corners = [], []
    for index in range(band.count):
        place = (index + 0.5) * band.pitch_mm
        at = place if place < round_mm / 2 else place - round_mm
        under = place > round_mm / 2 and at > -half - 3 - hidden * band.pitch_mm
        if abs(at) > 0.19 * round_mm or under:
            continue
        along, across = (square + (at, 0.0)).T
        bent = on_bend(along, across + (4.0 if at < 0 else 0.0), 2 * np.pi / round_mm, 0.0, 0.0)
        corners.append(project(transform(pose, bent), camera) + random.normal(0, noise, (4, 2)))
        ids.append(band.first_id + index)
    return BandSeen(np.array(ids, np.int32), np.array(corners), 0.0)


@pytest.mark.parametrize(("band", "round_mm"), [(CROWN, 561.7), (CROWN, 513.2), (NECK, 352.4), (WRIST, 163.3)])
def test_exact_corners_tell_the_length_round(band: Band, round_mm: float) -> None:
    found = around(band, worn(round_mm, band), prior_camera(SIZE))

    assert isinstance(found, Around)
    assert found.value_mm == pytest.approx(round_mm, abs=0.4)
    assert found.std_mm < 1.5


def test_noise_is_covered_by_the_stated_doubt() -> None:
    for turn in [(0.0, 0.4, 0.0), (0.4, -0.3, 0.1), (-0.3, 0.0, -0.2)]:
        found = around(CROWN, worn(548.0, turn=turn, noise=0.3), prior_camera(SIZE))
        assert isinstance(found, Around)
        assert abs(found.value_mm - 548.0) < 2 * found.std_mm


def test_what_cannot_be_read_says_why() -> None:
    camera, seen = prior_camera(SIZE), worn(560.0)
    near = seen.ids < 10

    def only(kept: F64) -> BandSeen:
        return BandSeen(seen.ids[kept], seen.corners_px[kept], 0.0)

    assert around(NECK, seen, camera) is None
    assert around(CROWN, only(near), camera) == "band_one_end"
    assert around(CROWN, only(~near), camera) == "band_one_end"
    twice = BandSeen(np.append(seen.ids, seen.ids[:1]), np.concatenate([seen.corners_px, seen.corners_px[:1]]), 0.0)
    assert around(CROWN, twice, camera) == "band_two"
    assert around(CROWN, replace(seen, corners_px=seen.corners_px / 6), camera) == "band_small"
    assert around(CROWN, worn(560.0, hidden=3), camera) == "band_seam_hidden"
    assert around(CROWN, replace(seen, ids=np.where(near, seen.ids, seen.ids + 9)), camera) == "band_impossible"
    crumpled = seen.corners_px + np.random.default_rng(1).normal(0, 6, seen.corners_px.shape)
    assert around(CROWN, replace(seen, corners_px=crumpled), camera) == "band_uneven"
    # the ends do not meet: the far one is beyond the last that is printed
    apart = np.where(near, seen.ids, seen.ids + 38 - seen.ids.max())
    moved = seen.corners_px - np.where(near, 0, 140)[:, None, None] * np.array([1.0, 0.0])
    assert around(CROWN, BandSeen(apart.astype(np.int32), moved, 0.0), camera) in ("band_open", "band_seam_hidden")


def checked(scale: float) -> tuple[BandSeen, F64]:
    """The check's markers, printed at a scale, and a card in their middle; seen aslant, px."""
    half = CHECK_SIDE_MM / 2
    square = np.array([(-half, -half), (half, -half), (half, half), (-half, half)])
    markers = (check_places_mm()[:, None] + square) * scale
    card = corners_in_card()[:, :2] * (1, -1)
    px = np.array([[5.0, 0.3, 600], [-0.2, 4.8, 350], [2e-4, 1e-4, 1]])
    corners = cv2.perspectiveTransform(markers.reshape(1, -1, 2), px).reshape(4, 4, 2)
    return BandSeen(np.array(CHECK_IDS, np.int32), corners, 0.0), cv2.perspectiveTransform(card[None], px)[0]


def test_a_card_in_the_field_tells_the_prints_scale() -> None:
    assert print_ratio(*checked(0.994)) == pytest.approx((0.994, 0.994), abs=1e-4)
    seen, card = checked(1.0)
    assert print_ratio(BandSeen(seen.ids[:3], seen.corners_px[:3], 0.0), card) is None
    assert print_ratio(seen, card + seen.corners_px[0].mean(axis=0) - card.mean(axis=0)) is None, "it hides a marker"


def test_the_print_decides_how_far_a_band_is_trusted() -> None:
    def told(measurer: BandMeasurer) -> BandMeasurer:
        for time_s in (0.0, 1.0, 2.0):
            measurer.look(worn(560.0, noise=0.1), SIZE, time_s)
        return measurer

    name = "head_circumference_over_hair"
    loose, sure = told(BandMeasurer()), told(BandMeasurer(checked=True))
    assert loose.reasons() == ["print_unchecked"]
    assert sure.reasons() == []
    assert 2 * sure.measurements()[name].std_mm < 6.0, "facts: fit, section 9"
    assert 2 * loose.measurements()[name].std_mm > 24
    shrunk = told(BandMeasurer())
    shrunk.check(*checked(0.994))
    assert shrunk.measurements()[name].value_mm == pytest.approx(0.994 * 560, abs=1.0)
    fitted = told(BandMeasurer())
    fitted.check(*checked(0.97))
    assert fitted.reasons() == ["print_off"]
    assert fitted.measurements() == {}
    half_seen = BandMeasurer()
    half_seen.look(BandSeen(np.array([3, 4], np.int32), worn(560.0).corners_px[:2], 0.0), SIZE, 0.0)
    assert half_seen.reasons() == ["band_one_end"]
