"""The per-frame path with the real tracker and the real renderer, on a clip of a synthetic person."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tryon.media.clips import read_clip
from tryon.picture import frame_from_rgb, rgb_from_frame
from tryon.pieces.catalogue import Catalogue
from tryon.session import Session, open_session
from tryon.settings import load
from tryon.types import Frame, Model, Nudge, Shown


@pytest.fixture(scope="module")
def frames(clip: Path) -> list[Frame]:
    """The clip's first 40 frames: she looks straight at the camera, then begins to turn."""
    return [frame for frame, _ in zip(read_clip(clip), range(40), strict=False)]


@pytest.fixture(scope="module")
def tiara() -> Model:
    """A tiara of the catalogue."""
    catalogue = Catalogue(load().pieces_folder)
    return catalogue.model(next(piece.id for piece in catalogue.pieces() if piece.kind == "tiara"))


@pytest.fixture
def session(tiara: Model) -> Iterator[Session]:
    """A session that wears the tiara."""
    session = open_session(load())
    session.wear((tiara,))
    yield session
    session.close()


def blank(time_s: float, size_px: tuple[int, int] = (1280, 720)) -> Frame:
    """A wall."""
    return frame_from_rgb(np.full((size_px[1], size_px[0], 3), 120, np.uint8), time_s)


def at(frame: Frame, time_s: float) -> Frame:
    """The same picture at another time."""
    return Frame(frame.i420, time_s)


def drawn(shown: Shown) -> int:
    """How many pixels the piece changed."""
    return int((shown.frame.i420 != shown.sensed.frame.i420).sum())


def height_px(shown: Shown) -> float:
    """Where the tiara's origin is in the picture, from the camera's axis."""
    (placed,) = shown.pieces.values()
    _, down, ahead = placed.camera_from_piece[:3, 3]
    return float(down / ahead * 1000)


def test_the_first_picture_wears_the_piece(session: Session, frames: list[Frame]) -> None:
    before = frames[0].i420.copy()

    shown = session.step(frames[0])

    assert shown.head is not None
    assert drawn(shown) > 2000
    assert (frames[0].i420 == before).all(), "what came in is never written to"
    assert shown.sensed.quality.view == "live"


def test_a_wall_is_searched_not_worn(session: Session) -> None:
    shown = session.step(blank(0.0))

    assert shown.head is None
    assert not shown.pieces
    assert drawn(shown) == 0
    assert shown.sensed.quality.view == "searching"


def test_bare_shows_exactly_what_came(session: Session, frames: list[Frame]) -> None:
    session.show_bare(True)
    shown = session.step(frames[0])
    assert shown.head is not None
    assert drawn(shown) == 0

    session.show_bare(False)
    assert drawn(session.step(frames[1])) > 2000


def test_a_nudge_moves_the_piece_by_its_millimetres(session: Session, frames: list[Frame], tiara: Model) -> None:
    still = frames[0]
    for index in range(10):
        rested = session.step(at(still, index / 30))
    session.nudge(tiara.piece.id, Nudge(up_mm=10.0))
    moved = session.step(at(still, 10 / 30))

    here = rested.pieces[tiara.piece.id].camera_from_piece[:3, 3]
    there = moved.pieces[tiara.piece.id].camera_from_piece[:3, 3]
    assert math.isclose(float(np.linalg.norm(there - here)), 10.0, abs_tol=0.6)
    assert there[1] < here[1], "up is up"

    session.nudge(tiara.piece.id, Nudge())
    back = session.step(at(still, 11 / 30)).pieces[tiara.piece.id].camera_from_piece[:3, 3]
    assert np.allclose(back, here, atol=0.6)


def test_she_leaves_and_returns_without_a_jump_or_a_flash(session: Session, frames: list[Frame]) -> None:
    for index in range(15):
        before = session.step(at(frames[index], index / 30))
    lost = [session.step(blank((15 + index) / 30)) for index in range(12)]
    assert lost[-1].head is None
    assert drawn(lost[-1]) == 0

    found = [session.step(at(frames[14], (27 + index) / 30)) for index in range(15)]

    seen = [shown for shown in found if shown.head is not None]
    assert len(seen) >= 12
    strengths = [drawn(shown) for shown in seen]
    assert strengths[0] < 0.9 * strengths[-1], "it fades in"
    heights = [height_px(shown) for shown in seen]
    assert max(heights) - min(heights) < 6.0
    assert abs(heights[-1] - height_px(before)) < 4.0


def test_the_frame_size_may_change_in_mid_stream(session: Session, frames: list[Frame]) -> None:
    shown = session.step(frames[0])
    wide_z = shown.head.camera_from_head[2, 3] if shown.head else 0.0
    for index in range(1, 12):
        small = cv2.resize(rgb_from_frame(frames[0]), (640, 360), interpolation=cv2.INTER_AREA)
        shown = session.step(frame_from_rgb(small, index / 30))

    assert shown.frame.size_px == (640, 360)
    assert shown.head is not None
    assert drawn(shown) > 400
    assert abs(shown.head.camera_from_head[2, 3] / wide_z - 1) < 0.06, "she did not move"


def test_a_covered_face_is_no_crash_and_no_flying_crown(session: Session, frames: list[Frame]) -> None:
    """A hand-sized patch of skin colour lies over half of the face, then goes away."""
    heights = []
    for index in range(30):
        rgb = rgb_from_frame(frames[0])
        if 10 <= index < 20:
            rgb[330:560, 560:660] = (205, 160, 140)
        shown = session.step(frame_from_rgb(rgb, index / 30))
        if shown.pieces:
            heights.append(height_px(shown))

    assert len(heights) >= 20
    assert max(heights) - min(heights) < 40.0


def test_two_threads_give_what_one_gives(tiara: Model, frames: list[Frame]) -> None:
    """Tracking the next frame beside drawing this one changes nothing."""

    def alone() -> list[np.ndarray[Any, Any]]:
        session = open_session(load())
        session.wear((tiara,))
        pictures = [session.step(frame).frame.i420 for frame in frames[:12]]
        session.close()
        return pictures

    def pipelined() -> list[np.ndarray[Any, Any]]:
        session = open_session(load())
        session.wear((tiara,))
        pictures: list[np.ndarray[Any, Any]] = []
        sensed = [session.sense(frame) for frame in frames[:12]]
        drawing = threading.Thread(
            target=lambda: (pictures.extend(session.show(half).frame.i420 for half in sensed), session.close())
        )
        drawing.start()
        drawing.join()
        return pictures

    one, two = alone(), pipelined()
    assert len(one) == len(two) == 12
    assert all((a == b).all() for a, b in zip(one, two, strict=True))


def test_pieces_for_other_parts_of_the_body_are_not_drawn_on_the_head(frames: list[Frame]) -> None:
    catalogue = Catalogue(load().pieces_folder)
    elsewhere = [catalogue.model(piece.id) for piece in catalogue.pieces() if piece.worn_on != "head"]
    assert elsewhere
    session = open_session(load())
    session.wear(tuple(elsewhere))
    try:
        shown = session.step(frames[0])
    finally:
        session.close()
    assert not shown.pieces
    assert drawn(shown) == 0
