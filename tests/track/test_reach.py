"""A hand at her crown: seen coming by its colour, confirmed by who knows hands, and hiding what it covers."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from tryon.picture import frame_from_rgb
from tryon.render.blend import blend
from tryon.track.reach import AGAIN_S, LEAVES_S, Reach, hand_mask
from tryon.types import F64, Frame, HandSeen, Landmarks, Layer

SIZE = (640, 360)
SKIN, WALL = (178, 126, 104), (110, 118, 126)
MIDDLE = np.array([320.0, 200.0])


def face(time_s: float) -> Landmarks:
    """A face of 110 x 140 pixels, its brow 55 above its middle."""
    rng = np.random.default_rng(2)
    turn, far = rng.uniform(0, 2 * np.pi, 468), rng.uniform(0, 1, 468) ** 0.5
    points = MIDDLE + np.column_stack([55 * far * np.cos(turn), 70 * far * np.sin(turn)])
    points[[10, 152, 234, 454]] = MIDDLE + [[0, -70], [0, 70], [-55, 0], [55, 0]]
    points[9] = MIDDLE + (0, -40)
    return Landmarks("face478", points, np.zeros(468), np.ones(468), time_s)


def hand_at(x: float, y: float, time_s: float, size: float = 60.0) -> HandSeen:
    """An open hand upright, its middle knuckle at (x, y)."""
    points = np.zeros((21, 2))
    points[0] = (0.0, 1.0)
    for finger, (first, aside) in enumerate(zip((1, 5, 9, 13, 17), (-0.7, -0.35, 0.0, 0.3, 0.55), strict=True)):
        rise = (0.5, 0.2, -0.05, -0.25) if first == 1 else (0.0, -0.35, -0.6, -0.8)
        for joint in range(4):
            points[first + joint] = (aside * (1 + 0.1 * joint * (finger != 2)), rise[joint])
    landmarks = Landmarks("hand21", points * size + (x, y), np.zeros(21), np.ones(21), time_s)
    return HandSeen("left", landmarks, np.zeros((21, 3)))


def frame(time_s: float, *, hand_x: float | None = None, seed: int = 0) -> Frame:
    """A face before a wall, and what looks like a hand."""
    return Frame(_seen(hand_x, seed % 4).i420, time_s)


@lru_cache
def _seen(hand_x: float | None, seed: int) -> Frame:
    rgb = np.full((SIZE[1], SIZE[0], 3), WALL, np.uint8)
    cv2.ellipse(rgb, (320, 195), (58, 85), 0, 0, 360, SKIN, -1)
    if hand_x is not None:
        cv2.ellipse(rgb, (int(hand_x), 110), (30, 45), 0, 0, 360, SKIN, -1)
    noisy = rgb + np.random.default_rng(seed).normal(0, 3, rgb.shape)
    return frame_from_rgb(np.clip(noisy, 0, 255).astype(np.uint8), 0.0)


class Told:
    """Says what a test wants it to, and how often it was asked."""

    def __init__(self) -> None:
        self.made = self.asked = 0
        self.x: float | None = None

    def __call__(self) -> Told:
        self.made += 1
        return self

    def track(self, frame: Frame, /) -> tuple[HandSeen, ...]:
        """See Finder."""
        self.asked += 1
        return () if self.x is None else (hand_at(self.x, 100.0, frame.time_s),)

    def close(self) -> None:
        """See Finder."""


def test_while_no_hand_comes_the_network_is_not_even_loaded() -> None:
    told = Told()
    reach = Reach(told)
    for tick in range(40):
        assert reach.hands(frame(tick / 30, seed=tick), face(tick / 30)) == ()
    assert told.made == 0


def test_a_hand_that_comes_is_asked_about_and_followed_until_it_leaves() -> None:
    told = Told()
    reach = Reach(told)
    for tick in range(10):
        reach.hands(frame(tick / 30), face(tick / 30))
    told.x = 420.0
    for tick in range(10, 20):
        (hand,) = reach.hands(frame(tick / 30, hand_x=420), face(tick / 30))
    assert (told.made, told.asked) == (1, 10)
    assert hand.side == "left"
    told.x = None
    for tick in range(20, 20 + int(30 * LEAVES_S)):
        assert reach.hands(frame(tick / 30), face(tick / 30)) == ()
    asked = told.asked
    for tick in range(40, 60):
        reach.hands(frame(tick / 30), face(tick / 30))
    assert told.asked == asked, "it left: nobody is asked any more"


def test_what_only_has_the_colour_of_skin_is_asked_about_seldom_and_then_not_at_all() -> None:
    told = Told()
    reach = Reach(told)
    reach.hands(frame(0.0), face(0.0))
    for tick in range(1, 31):
        assert reach.hands(frame(tick / 30, hand_x=430), face(tick / 30)) == ()
    assert told.asked <= 1 + int(1 / AGAIN_S)
    for tick in range(31, 240):
        reach.hands(frame(tick / 30, hand_x=430), face(tick / 30))
    asked = told.asked
    for tick in range(240, 330):
        reach.hands(frame(tick / 30, hand_x=430), face(tick / 30))
    assert told.asked == asked, "a wall of the colour of skin is what is usual there"


def test_a_hand_elsewhere_hides_nothing() -> None:
    told = Told()
    reach = Reach(told)
    reach.hands(frame(0.0), face(0.0))
    told.x = 60.0
    assert reach.hands(frame(0.1, hand_x=430), face(0.1)) == ()


def covered(points: F64, picture: np.ndarray) -> list[int]:
    x, y = points.round().astype(int).T
    return [int(value) for value in picture[y, x]]


def test_the_crown_goes_behind_palm_and_fingers_and_shows_between_them() -> None:
    hand = hand_at(420, 160, 0.0)
    mask = hand_mask((hand,), SIZE)
    assert mask is not None
    white = Layer(np.full((240, 300, 4), 255, np.uint8), (300, 60))
    plain = frame_from_rgb(np.full((SIZE[1], SIZE[0], 3), 60, np.uint8), 0.0)
    luma = blend(plain, (white,), veils=(mask,)).i420[: SIZE[1]]
    assert max(covered(hand.landmarks.points_px, luma)) < 130, "all joints"
    assert luma[190, 420] < 90, "the palm"
    tips = hand.landmarks.points_px[[8, 12]]
    assert luma[tuple(tips.mean(axis=0).round().astype(int)[::-1])] > 150, "between two finger tips"
    assert luma[80, 320] > 230
    assert luma[280, 590] > 230
    assert hand_mask((), SIZE) is None
