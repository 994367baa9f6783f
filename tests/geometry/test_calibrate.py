"""A camera solved from corners of known truth: the stated doubt is honest, and what can't be known is refused."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from tryon.errors import CalibrationError
from tryon.geometry.calibrate import FOCAL_STD_MOST, VIEWS_MOST, calibrate, distinct
from tryon.geometry.camera import project
from tryon.geometry.rigid import rotation_from_vector
from tryon.types import F64, BoardSeen, Camera

SIZE_PX = (1280, 720)
INNER = np.array([(x * 25.0, y * 25.0, 0.0) for y in range(1, 6) for x in range(1, 8)])
MIDDLE = np.array([100.0, 75.0, 0.0])
Spoils = Callable[[dict[str, BoardSeen], np.random.Generator], dict[str, BoardSeen]]


def camera(focal_px: float = 1000.0) -> Camera:
    """A webcam that looks a little beside the middle, with a barrel of a lens."""
    matrix = np.array([[focal_px, 0, 654.0], [0, focal_px, 351.0], [0, 0, 1]])
    return Camera(matrix, SIZE_PX, 0.0, "given", np.array([-0.1, 0.02, 0, 0, 0]))


def views(
    rng: np.random.Generator,
    true: Camera,
    *,
    count: int = 12,
    tilt_deg: float = 35,
    noise_px: float = 0.25,
    bend_mm: tuple[float, float] = (0, 0),
) -> dict[str, BoardSeen]:
    """The board at about half the picture, held anew each time, whole in view.

    `bend_mm`: how far its middle stands above its left and right edges, and how much that changes between views.
    """
    seen: dict[str, BoardSeen] = {}
    while len(seen) < count:
        tilt_x, tilt_y = np.radians(rng.uniform(-tilt_deg, tilt_deg, 2))
        focal_px = true.matrix[0, 0]
        away_mm = 0.45 * focal_px * rng.uniform(0.8, 1.4)
        side_px = np.array([rng.uniform(-300, 300), rng.uniform(-150, 150)])
        place = away_mm * np.array([*side_px / focal_px, 1])
        turn = rotation_from_vector(np.array([tilt_x, tilt_y, rng.uniform(-0.3, 0.3)]))
        page = INNER - MIDDLE
        page[:, 2] = rng.normal(*bend_mm) * (1 - (page[:, 0] / 100) ** 2)
        points_px = project(page @ turn.T + place, true)
        if (points_px > 5).all() and (points_px < np.array(SIZE_PX) - 5).all():
            numbers = np.arange(len(INNER), dtype=np.int32)
            noise = rng.normal(0, noise_px, points_px.shape)
            seen[f"view {len(seen)}"] = BoardSeen(numbers, points_px + noise, INNER)
    return seen


@pytest.mark.parametrize("bend_mm", [(0.0, 0.0), (2.0, 0.0), (0.0, 0.5)], ids=["flat", "bent", "loose"])
def test_the_stated_doubt_of_the_focal_length_covers_the_truth(
    bend_mm: tuple[float, float], rng: np.random.Generator
) -> None:
    """Also on a page that is not flat, where a solution that takes it for flat is off by ten times what it states."""
    true = camera()
    misses: list[float] = []
    for _ in range(20):
        found = calibrate(views(rng, true, bend_mm=bend_mm), SIZE_PX)
        assert found.camera.focal_std <= FOCAL_STD_MOST
        misses.append((found.camera.matrix[0, 0] / true.matrix[0, 0] - 1) / found.camera.focal_std)
    assert np.mean(np.abs(misses) < 2) >= 0.9
    assert np.std(misses) > 0.5, "not timid either"


@pytest.mark.parametrize("focal_px", [520.0, 3000.0])
def test_wide_and_long_lenses_are_solved_too(focal_px: float, rng: np.random.Generator) -> None:
    true = camera(focal_px)
    found = calibrate(views(rng, true, count=25, noise_px=0.15), SIZE_PX).camera

    assert abs(found.matrix[0, 0] / focal_px - 1) < 3 * found.focal_std
    assert np.allclose(found.matrix[:2, 2], true.matrix[:2, 2], atol=25)
    assert found.source == "calibrated"


def test_a_low_residual_is_no_certificate(rng: np.random.Generator) -> None:
    """Boards that hardly tilt fit any focal length within 0.1 px, whichever gate says so."""
    for tilt_deg in (0.0, 1.0, 3.0, 6.0, 9.0):
        for _ in range(4):
            with pytest.raises(CalibrationError) as refusal:
                calibrate(views(rng, camera(), tilt_deg=tilt_deg, noise_px=0.1 + 0.02 * tilt_deg), SIZE_PX)
            assert refusal.value.reason in {"tilt_too_alike", "focal_uncertain"}


def moved(seen: BoardSeen, by: F64) -> BoardSeen:
    """The same view with its corners elsewhere."""
    return BoardSeen(seen.ids, seen.points_px + by, seen.points_mm)


def bent(by_px: float) -> Spoils:
    """One view of a page that was not flat."""
    x, y = INNER[:, 0] / 100 - 1, INNER[:, 1] / 75 - 1
    off = by_px * np.stack([x * y, x**2], axis=1)
    return lambda given, rng: {**given, "view 3": moved(given["view 3"], off)}


@pytest.mark.parametrize(
    ("reason", "words", "tilt_deg", "spoilt"),
    [
        ("views_too_few", "9 of 9", 35, lambda given, rng: dict(list(given.items())[:9])),
        (
            "views_too_few",
            "1 of 14",
            35,
            lambda given, rng: {str(n): moved(given["view 0"], rng.normal(0, 0.3, (35, 2))) for n in range(14)},
        ),
        ("residual_too_large", "view 3 fits worst", 35, bent(20)),
        ("focal_uncertain", "view 3 fits worst", 35, bent(8)),
        (
            "focal_uncertain",
            "known to",
            14,
            lambda given, rng: {name: moved(seen, rng.normal(0, 0.42, (35, 2))) for name, seen in given.items()},
        ),
    ],
)
def test_what_cannot_be_trusted_is_refused_with_its_cure(
    reason: str,
    words: str,
    tilt_deg: float,
    spoilt: Spoils,
    rng: np.random.Generator,
) -> None:
    with pytest.raises(CalibrationError) as refusal:
        calibrate(spoilt(views(rng, camera(), tilt_deg=tilt_deg, noise_px=0.1), rng), SIZE_PX)

    assert refusal.value.reason == reason, refusal.value.detail
    assert words in refusal.value.detail


def test_of_many_views_those_that_differ_are_kept(rng: np.random.Generator) -> None:
    """A long clip: each place is seen often, shaken by less than a hundredth of the width."""
    given = views(rng, camera(), count=60)
    many = {
        f"{name} again {n}": moved(seen, rng.normal(0, 1, (35, 2))) for name, seen in given.items() for n in range(3)
    }

    kept = distinct(many, SIZE_PX)

    assert len(kept) == VIEWS_MOST
    assert len({name.split(" again")[0] for name in kept}) == VIEWS_MOST
