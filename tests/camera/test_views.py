"""From pictures and clips of the board to the camera that took them."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.board import Studio
from tryon.camera.views import camera_from_pictures
from tryon.errors import CalibrationError, InputError, TryonError
from tryon.geometry.calibrate import calibrate
from tryon.media.clips import ClipWriter
from tryon.picture import frame_from_rgb
from tryon.track.marker import Board, BoardFinder
from tryon.types import U8, Camera, Frame

TRUE = Camera(
    np.array([[500.0, 0, 327], [0, 500, 176], [0, 0, 1]]), (640, 360), 0, "given", np.array([-0.1, 0.02, 0, 0, 0])
)


@pytest.fixture(scope="module")
def studio() -> Studio:
    """A webcam of known numbers."""
    return Studio(TRUE, np.random.default_rng(2026))


@pytest.fixture(scope="module")
def pictures(studio: Studio, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    """Twelve pictures of the board."""
    return saved(studio.session(12), tmp_path_factory.mktemp("board"))


def saved(pictures: list[U8], folder: Path) -> list[Path]:
    """Pictures as files."""
    paths = [folder / f"board {number}.png" for number in range(len(pictures))]
    for path, picture in zip(paths, pictures, strict=True):
        cv2.imwrite(str(path), picture)
    return paths


def misses(found: Camera) -> float:
    """How far the focal length is off, in its own standard deviations."""
    return abs(found.matrix[0, 0] / TRUE.matrix[0, 0] - 1) / found.focal_std


def test_the_camera_is_recovered_within_what_is_stated(studio: Studio) -> None:
    """Rendered pictures, blurred and noisy, through the finder: at least 9 of 10 within twice the deviation."""
    finder = BoardFinder(Board())
    found: list[Camera] = []
    for _ in range(10):
        seen = {str(number): finder.find(picture) for number, picture in enumerate(studio.session(10))}
        found.append(calibrate({name: view for name, view in seen.items() if view}, TRUE.size_px).camera)

    assert sum(misses(camera) < 2 for camera in found) >= 9
    assert max(camera.focal_std for camera in found) < 0.002
    middles = np.array([camera.matrix[:2, 2] for camera in found])
    assert np.allclose(middles.mean(axis=0), TRUE.matrix[:2, 2], atol=0.2), "no half pixel is lost on the way"
    assert np.mean([camera.distortion[0] for camera in found]) == pytest.approx(-0.1, abs=0.003)


def test_pictures_give_a_camera_and_say_how_far_they_are(pictures: list[Path]) -> None:
    told: list[tuple[int, int]] = []

    found = camera_from_pictures(pictures, progress=lambda done, of: told.append((done, of)))

    assert misses(found.camera) < 3
    assert found.camera.size_px == (640, 360)
    assert found.views == 12
    assert told == [(number, 12) for number in range(1, 13)]


def test_a_clip_gives_its_sharpest_frames(studio: Studio, tmp_path: Path) -> None:
    """Each place is held for half a second and swept from the last one's: what is smeared is not searched."""
    rng = np.random.default_rng(3)
    path, time_s, frames = tmp_path / "board.mp4", 0.0, 0
    with ClipWriter(path, size_px=TRUE.size_px, fps=15) as clip:
        for sharp in studio.session(14):
            smeared = cv2.blur(sharp, (17, 1))
            for picture in (smeared, smeared, sharp, sharp, sharp):
                noisy = np.clip(picture + rng.normal(0, 2, picture.shape), 0, 255).astype(np.uint8)
                clip.write(Frame(frame_from_rgb(cv2.merge([noisy] * 3), 0).i420, time_s))
                time_s, frames = time_s + 1 / 15, frames + 1
    told: list[int] = []

    found = camera_from_pictures([path], progress=lambda done, _: told.append(done))

    assert misses(found.camera) < 3
    assert 10 <= found.views <= 14, "frames of one place count once"
    assert found.rms_px < 0.3
    assert told == list(range(1, frames + 1))


def reason(paths: list[Path]) -> TryonError:
    """What a refused call says."""
    with pytest.raises((CalibrationError, InputError)) as refusal:
        camera_from_pictures(paths)
    return refusal.value


def test_what_cannot_give_a_camera_is_refused_by_name(studio: Studio, pictures: list[Path], tmp_path: Path) -> None:
    wall, mirrored, other = tmp_path / "wall.png", tmp_path / "mirrored.png", tmp_path / "other.png"
    cv2.imwrite(str(wall), np.full((360, 640), 120, np.uint8))
    cv2.imwrite(str(mirrored), cv2.imread(str(pictures[0]))[:, ::-1])
    cv2.imwrite(str(other), cv2.rotate(cv2.imread(str(pictures[0])), cv2.ROTATE_90_CLOCKWISE))

    lost = reason([*pictures, wall, mirrored])
    assert lost.reason == "board_not_found"
    assert "wall.png, mirrored.png" in lost.detail
    assert reason([*pictures, other]).reason == "pictures_mixed_sizes"
    assert reason(pictures[:9]).reason == "views_too_few"
    assert reason([pictures[0]] * 12).reason == "views_too_few"
    assert reason([]).reason == "views_too_few"
    assert reason([tmp_path / "none.png"]).reason == "picture_missing"
    facing = [
        studio.picture(side=(x, y), away=away) for x in (-0.1, 0, 0.1) for y in (-0.05, 0.05) for away in (1, 1.3)
    ]
    assert reason(saved(facing, tmp_path)).reason == "tilt_too_alike"
