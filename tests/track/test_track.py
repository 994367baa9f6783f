"""The face tracker and its hints, on clips and on pictures made of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tryon.media.clips import read_clip
from tryon.picture import frame_from_rgb, rgb_from_frame
from tryon.track.face import FaceTracker
from tryon.track.quality import quality
from tryon.types import Frame


@pytest.fixture(scope="module")
def frames(clip: Path) -> list[Frame]:
    """The first frames of the clip."""
    return [frame for frame, _ in zip(read_clip(clip), range(12), strict=False)]


@pytest.fixture
def tracker() -> Iterator[FaceTracker]:
    """A fresh tracker."""
    tracker = FaceTracker()
    yield tracker
    tracker.close()


def wall() -> np.ndarray:
    """An empty room."""
    return np.full((720, 1280, 3), 128, np.uint8)


def test_points_are_pixels_of_the_frame(tracker: FaceTracker, frames: list[Frame], truth: dict[str, Any]) -> None:
    found = tracker.track(frames[0])

    assert found is not None
    assert found.points_px.shape == (478, 2)
    true = truth["per_frame"][0]["points_px"]
    assert np.linalg.norm(found.points_px[473] - true["pupil_left"]) < 9, "left is the wearer's"
    assert np.linalg.norm(found.points_px[468] - true["pupil_right"]) < 9
    assert np.linalg.norm(found.points_px[152] - true["chin"]) < 14


def test_nobody_is_none_and_no_error(tracker: FaceTracker) -> None:
    assert tracker.track(frame_from_rgb(wall(), 0.0)) is None


def two_faces(frame: Frame, small_left: bool) -> np.ndarray:
    """Her twice: as she is, and half as large in a corner."""
    rgb = rgb_from_frame(frame)
    face = rgb[140:580, 440:840]
    room = wall()
    left, right = (60, 700) if small_left else (800, 160)
    small = cv2.resize(face, None, fx=0.55, fy=0.55, interpolation=cv2.INTER_AREA)
    room[200 : 200 + small.shape[0], left : left + small.shape[1]] = small
    room[140:580, right : right + 400] = face
    return room


@pytest.mark.parametrize("small_left", [True, False])
def test_of_two_faces_the_nearest_wears_it_and_keeps_it(
    tracker: FaceTracker, frames: list[Frame], small_left: bool
) -> None:
    room = two_faces(frames[0], small_left)
    for index in range(4):
        found = tracker.track(frame_from_rgb(room, index / 30))
        assert found is not None
        assert (found.points_px[1, 0] > 640) == small_left
    assert tracker.faces == 2
    # the far one comes nearer; the piece stays where it is
    closer = room.copy()
    side = slice(700, 1100) if small_left else slice(160, 560)
    other = slice(60, 460) if small_left else slice(740, 1140)
    closer[140:580, other] = room[140:580, side]
    for index in range(4, 8):
        found = tracker.track(frame_from_rgb(closer, index / 30))
        assert found is not None
        assert (found.points_px[1, 0] > 640) == small_left


def test_a_turned_head_is_followed(groundtruth: Path) -> None:
    """Every frame with yaw up to 35 degrees, and most up to 68."""
    tracker = FaceTracker()
    found = [tracker.track(frame) is not None for frame in read_clip(groundtruth / "ana-wide.mp4")]
    tracker.close()
    assert np.mean(found) > 0.9


@pytest.mark.parametrize(
    ("change", "hint"),
    [
        (lambda rgb: (rgb * 0.16).astype(np.uint8), "too_dark"),
        (lambda rgb: cv2.resize(rgb[240:560, 400:880], (1280, 854))[:720], "too_near"),
        (lambda rgb: np.roll(rgb, -170, axis=0), "off_centre"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_hints_say_what_would_help(tracker: FaceTracker, frames: list[Frame], change: Any, hint: str) -> None:
    rgb = change(rgb_from_frame(frames[0]))
    for index in range(3):
        frame = frame_from_rgb(rgb, index / 30)
        found = tracker.track(frame)
    assert found is not None
    assert hint in quality(frame, found).hints


def test_somebody_far_away_is_asked_to_come_closer(tracker: FaceTracker, frames: list[Frame]) -> None:
    small = cv2.resize(rgb_from_frame(frames[0]), (512, 288), interpolation=cv2.INTER_AREA)
    room = np.pad(small, ((216, 216), (384, 384), (0, 0)), mode="edge")
    frame = frame_from_rgb(room, 0.0)

    found = tracker.track(frame)

    assert found is None or quality(frame, found).hints == ("too_far",)
    assert quality(frame, found, glimpsed=tracker.glimpsed).hints == ("too_far",)


def test_a_good_picture_has_no_hints(tracker: FaceTracker, frames: list[Frame]) -> None:
    for frame in frames[:3]:
        found = tracker.track(frame)
    assert quality(frames[2], found).hints == ()
    assert quality(frames[2], None).view == "searching"
