"""Both irises in the picture: where they are, whatever the network said, and nothing where there is none."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from tryon.body.iris import find_irises
from tryon.types import F64, U8

SIZE = (120, 260)
CENTRES = np.array([[170.3, 61.2], [88.6, 59.4]])
RADIUS = 9.4


def eyes(
    radii: tuple[float, float] = (RADIUS, RADIUS), *, lock_over: int | None = None, lamp: bool = False, iris: int = 90
) -> U8:
    """A face with two eyes, half lidded; hair may hang beside one of them, a lamp may shine in both."""
    fine = 8
    picture = np.full((SIZE[0] * fine, SIZE[1] * fine), 150, np.uint8)

    def at(point: F64) -> tuple[int, int]:
        x, y = np.round((point + 0.5) * fine - 0.5).astype(int)
        return int(x), int(y)

    for index, (centre, radius) in enumerate(zip(CENTRES, radii, strict=True)):
        cv2.ellipse(picture, at(centre), (round(2.1 * RADIUS * fine), round(0.9 * RADIUS * fine)), 0, 0, 360, 215, -1)
        cv2.circle(picture, at(centre), round(radius * fine), iris, -1)
        cv2.circle(picture, at(centre), round(0.4 * radius * fine), 30, -1)
        top = centre + (0.0, -0.85 * RADIUS)
        cv2.rectangle(picture, at(top - (2.2 * RADIUS, 6.0)), at(top + (2.2 * RADIUS, 0.0)), 120, -1)
        if index == lock_over:
            cv2.rectangle(picture, at(centre - (3.2 * RADIUS, 30.0)), at(centre + (-1.55 * RADIUS, 30.0)), 25, -1)
    if lamp:
        # soft, within the iris and to one side, above its middle
        down, across = np.indices(picture.shape) / fine
        shine = np.zeros(picture.shape)
        for centre in CENTRES:
            away = np.hypot(across - centre[0] + 0.62 * RADIUS, down - centre[1] + 0.35 * RADIUS)
            shine += 90.0 * np.exp(-((away / (0.28 * RADIUS)) ** 2))
        picture = np.clip(picture + shine, 0, 255).astype(np.uint8)
    small = cv2.resize(picture, SIZE[::-1], interpolation=cv2.INTER_AREA).astype(np.float64)
    small += np.random.default_rng(3).normal(0.0, 2.0, small.shape)
    return np.clip(small, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("off", [(0.0, 0.0), (3.0, -1.5), (-7.5, 2.0), (8.0, 2.5)])
def test_they_are_found_where_they_are_though_the_network_is_off(off: tuple[float, float]) -> None:
    guess = CENTRES.copy()
    guess[1] += off
    found = find_irises(eyes(), guess, 1.08 * RADIUS)
    assert found is not None
    for iris, centre in zip(found, CENTRES, strict=True):
        assert np.abs(np.array(iris.centre_px) - centre)[0] < 0.4
        assert iris.radius_px == pytest.approx(RADIUS, rel=0.04)


@pytest.mark.parametrize("lamp", [False, True])
@pytest.mark.parametrize("iris", [60, 110])
def test_the_edge_is_traced_to_a_tenth_of_a_pixel_whatever_shines_in_it(lamp: bool, iris: int) -> None:
    found = find_irises(eyes(lamp=lamp, iris=iris), CENTRES + [[1.5, 2.0], [-1.0, 2.5]], 1.04 * RADIUS)
    assert found is not None
    for each, centre in zip(found, CENTRES, strict=True):
        assert each.traced
        assert each.radius_px == pytest.approx(RADIUS, rel=0.015)
        assert each.centre_px[0] == pytest.approx(centre[0], abs=0.15)


def test_small_irises_are_found_and_not_traced() -> None:
    """At some 5 pixels of radius the edge runs into what shines beside it."""
    half = cv2.resize(eyes(), (SIZE[1] // 2, SIZE[0] // 2), interpolation=cv2.INTER_AREA)
    found = find_irises(np.asarray(half, np.uint8), (CENTRES + 0.5) / 2 - 0.5, RADIUS / 2)
    assert found is not None
    assert not any(each.traced for each in found)


def test_hair_beside_an_eye_is_not_taken_for_its_iris() -> None:
    guess = CENTRES + [[0.0, 0.0], [-6.0, 0.0]]
    found = find_irises(eyes(lock_over=1), guess, RADIUS)
    assert found is not None
    apart = np.array(found[0].centre_px) - found[1].centre_px
    assert apart[0] == pytest.approx((CENTRES[0] - CENTRES[1])[0], abs=0.6)


def test_irises_of_unlike_size_are_none() -> None:
    assert find_irises(eyes((RADIUS, 0.8 * RADIUS)), CENTRES, 0.9 * RADIUS) is None


def test_skin_and_the_pictures_edge_have_none() -> None:
    skin = np.random.default_rng(1).normal(150.0, 2.0, SIZE).astype(np.uint8)
    assert find_irises(skin, CENTRES, RADIUS) is None
    assert find_irises(eyes(), CENTRES - [80.0, 0.0], RADIUS) is None
    assert find_irises(eyes(), CENTRES, 3.0) is None
