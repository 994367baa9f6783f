"""The card's finder on drawn cards of known pose: scale, refusals, and pictures without one; markers and boards."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.body.card import ID1_MM, card_pose, corners_in_card
from tryon.geometry.camera import given_camera, project
from tryon.geometry.rigid import rotation_from_vector
from tryon.media.clips import read_clip
from tryon.picture import frame_from_rgb, rgb_from_frame
from tryon.track.card import CardFinder, Region, forehead_region
from tryon.track.face import FaceTracker
from tryon.track.marker import Board, BoardFinder, MarkerFinder
from tryon.types import F64, U8, CardSeen, Frame, MarkerSeen, ReferenceRefused

SIZE = (640, 400)
CAMERA = given_camera(900.0, SIZE)
AWAY = np.array([10.0, -15.0, 600.0])
REGION = Region((100, 20, 560, 360), (77.0, 186.0))
"As a face of usual size at that distance would give it."
FINE = 8
"Pixels of the drawn card to a millimetre."


def turned(x: float = 0.0, y: float = 0.0, z: float = 0.08) -> F64:
    """camera_from_card's rotation."""
    return rotation_from_vector(np.array([x, y, z])) @ np.diag([1.0, -1.0, -1.0])


def face_of(size_mm: tuple[float, float] = ID1_MM, colour: tuple[int, int, int] = (40, 90, 150)) -> U8:
    """(h, w, 4) a bank card as printed: an arc, a chip, digits, a stripe; rounded corners in its alpha."""
    width, height = (round(length * FINE) for length in size_mm)
    card = np.zeros((height, width, 4), np.uint8)
    radius = round(3.18 * FINE)
    for low, high in (((radius, 0), (width - radius, height)), ((0, radius), (width, height - radius))):
        cv2.rectangle(card, low, (high[0] - 1, high[1] - 1), (*colour, 255), -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(card, (x, y), radius, (*colour, 255), -1)
    print_ = np.full((height, width, 3), colour, np.uint8)
    cv2.circle(print_, (int(0.75 * width), int(0.2 * height)), int(0.5 * height), (70, 120, 175), -1)
    cv2.rectangle(print_, (8 * FINE, 18 * FINE), (20 * FINE, 27 * FINE), (200, 170, 80), -1)
    for left in (8, 27, 46, 65):
        cv2.rectangle(print_, (left * FINE, 31 * FINE), ((left + 14) * FINE, 34 * FINE), (225, 225, 225), -1)
    cv2.rectangle(print_, (8 * FINE, 41 * FINE), (44 * FINE, 43 * FINE), (225, 225, 225), -1)
    card[..., :3] = print_
    return card


def room() -> U8:
    """Skin below, hair above, a wall around: what lies behind a card at a forehead."""
    rgb = np.full((SIZE[1] * 2, SIZE[0] * 2, 3), (150, 146, 140), np.uint8)
    cv2.ellipse(rgb, (660, 520), (260, 330), 0, 0, 360, (190, 140, 115), -1)
    cv2.ellipse(rgb, (660, 330), (250, 200), 0, 180, 360, (45, 35, 30), -1)
    return np.asarray(cv2.GaussianBlur(rgb, (0, 0), 2.0), np.uint8)


def laid(
    picture: U8,
    rotation: F64,
    away: F64 = AWAY,
    *,
    card: U8 | None = None,
    size_mm: tuple[float, float] = ID1_MM,
    bow_mm: float = 0.0,
) -> U8:
    """A picture of twice the size with a card drawn on it, bowed by so much along its long side."""
    card = face_of(size_mm) if card is None else card
    height, width = card.shape[:2]
    big = given_camera(2 * CAMERA.matrix[0, 0], (2 * SIZE[0], 2 * SIZE[1]))
    seen = project(corners_in_card(size_mm) @ rotation.T + away, big).astype(np.float32)
    # a pixel's edge, not its centre, is the card's edge
    edge = np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32) - 0.5
    to_card = cv2.getPerspectiveTransform(seen, edge)
    grid = np.stack(np.meshgrid(np.arange(2 * SIZE[0]), np.arange(2 * SIZE[1])), axis=-1).astype(np.float32)
    at = cv2.perspectiveTransform(grid.reshape(1, -1, 2), to_card).reshape(*grid.shape)
    at[..., 1] += bow_mm * FINE * (1 - (2 * at[..., 0] / width - 1) ** 2)
    soft = cv2.GaussianBlur(card, (0, 0), 2.0)
    over = cv2.remap(soft, at[..., 0], at[..., 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT).astype(np.float32)
    alpha = over[..., 3:] / 255
    return np.asarray(picture * (1 - alpha) + over[..., :3] * alpha, np.uint8)


def taken(picture: U8, rng: np.random.Generator, noise: float = 1.5, blur_px: float = 0.7) -> Frame:
    """What the camera makes of it: half the size, blurred, noisy."""
    small = cv2.resize(picture, SIZE, interpolation=cv2.INTER_AREA)
    small = cv2.GaussianBlur(small, (0, 0), blur_px).astype(np.float64) + rng.normal(0, noise, (SIZE[1], SIZE[0], 3))
    return frame_from_rgb(np.clip(small, 0, 255).astype(np.uint8), 0.0)


def found(picture: U8, rng: np.random.Generator, region: Region | None = REGION) -> CardSeen | ReferenceRefused | None:
    """What the finder says of it."""
    return CardFinder().find(taken(picture, rng), CAMERA, region=region)


@pytest.mark.parametrize(
    "rotation",
    [turned(), turned(z=0.5), turned(x=0.35), turned(y=-0.5), turned(z=np.pi / 2), turned(0.3, 0.5, -0.2)],
    ids=["facing", "rolled", "leaning", "turned", "upright", "both"],
)
def test_a_card_gives_its_distance_within_half_a_percent(rotation: F64, rng: np.random.Generator) -> None:
    seen = found(laid(room(), rotation), rng)
    assert isinstance(seen, CardSeen)
    pose = card_pose(seen.corners_px, CAMERA, covariance_px=seen.covariance_px, facing=rotation[:, 2])
    assert pose is not None
    assert np.linalg.norm(pose.camera_from_card[:3, 3]) == pytest.approx(np.linalg.norm(AWAY), rel=0.005)
    true = project(corners_in_card() @ rotation.T + AWAY, CAMERA)
    off = min(np.linalg.norm(np.roll(true, k, axis=0) - seen.corners_px, axis=1).max() for k in range(4))
    assert off < 0.6, "the corners are where the edges meet, not where the card is rounded"
    assert min(seen.edge_seen) > 0.8
    along = seen.corners_px[1] - seen.corners_px[0]
    assert np.linalg.norm(along) > np.linalg.norm(seen.corners_px[2] - seen.corners_px[1]) or abs(rotation[2, 0]) > 0.4


@pytest.mark.parametrize("colour", [(205, 160, 130), (60, 48, 42), (235, 235, 235)], ids=["skin", "hair", "white"])
def test_its_colour_does_not_matter(colour: tuple[int, int, int], rng: np.random.Generator) -> None:
    """Low contrast to skin on one side or to hair on the other."""
    seen = found(laid(room(), turned(y=0.2), card=face_of(colour=colour)), rng)
    assert isinstance(seen, CardSeen)
    pose = card_pose(seen.corners_px, CAMERA, covariance_px=seen.covariance_px)
    assert pose is not None
    assert pose.camera_from_card[2, 3] == pytest.approx(AWAY[2], rel=0.01)


def with_finger(picture: U8) -> U8:
    """A fingertip over the lower edge."""
    cv2.ellipse(picture, (640, 500), (42, 90), 0, 0, 360, (200, 150, 128), -1)
    return picture


def test_a_card_in_a_large_photograph_may_be_as_soft_as_its_pixels_are_many() -> None:
    """Six times as large, nothing sharper: a telephone's picture that was held a little unsteadily."""
    small = cv2.resize(laid(room(), turned(0.1, 0.2)), SIZE, interpolation=cv2.INTER_AREA)
    large = cv2.GaussianBlur(cv2.resize(small, None, fx=6, fy=6, interpolation=cv2.INTER_CUBIC), (0, 0), 5.0)
    box = tuple(6 * side for side in REGION.box_px)
    region = Region((box[0], box[1], box[2], box[3]), (6 * REGION.long_px[0], 6 * REGION.long_px[1]))
    camera = given_camera(6 * CAMERA.matrix[0, 0], (6 * SIZE[0], 6 * SIZE[1]))
    found = CardFinder().find(frame_from_rgb(np.asarray(large, np.uint8), 0.0), camera, region=region)
    assert isinstance(found, CardSeen)


def starved(left: int, *, high: int, soft_px: float, levels: int) -> U8:
    """A dark picture on the wall behind, out of focus, as a starved codec shows it: blocks of eight pixels, few levels,
    half smoothed over."""
    rgb = np.full((SIZE[1], SIZE[0], 3), (150, 146, 140), np.uint8)
    cv2.rectangle(rgb, (left, 160), (left + 119, 160 + high - 1), (60, 75, 80), -1)
    soft = cv2.GaussianBlur(rgb, (0, 0), soft_px).astype(np.float64)
    small = cv2.resize(soft, (SIZE[0] // 8, SIZE[1] // 8), interpolation=cv2.INTER_AREA)
    blocks = cv2.resize(np.round(small / levels) * levels, SIZE, interpolation=cv2.INTER_NEAREST)
    smooth = cv2.resize(small, SIZE, interpolation=cv2.INTER_LINEAR)
    return np.clip((blocks + smooth) / 2, 0, 255).astype(np.uint8)


@pytest.mark.parametrize(
    ("left", "high", "soft_px", "levels"), [(244, 72, 8.0, 20), (240, 80, 11.0, 30), (248, 80, 11.0, 30)]
)
def test_blocks_of_the_codec_in_a_soft_edge_make_no_card(left: int, high: int, soft_px: float, levels: int) -> None:
    picture = starved(left, high=high, soft_px=soft_px, levels=levels)
    assert CardFinder().find(frame_from_rgb(picture, 0.0), CAMERA, region=REGION) is None


def test_a_finger_over_an_edge_does_no_harm(rng: np.random.Generator) -> None:
    seen = found(with_finger(laid(room(), turned())), rng)
    assert isinstance(seen, CardSeen)
    assert min(seen.edge_seen) < 0.9
    pose = card_pose(seen.corners_px, CAMERA, covariance_px=seen.covariance_px)
    assert pose is not None
    assert pose.camera_from_card[2, 3] == pytest.approx(AWAY[2], rel=0.005)


def gleaming(at_mm: tuple[float, float], radius_mm: float) -> U8:
    """A card with a lamp's reflection in its gloss, white in the middle and fading outwards; mm from its corner."""
    card = face_of()
    y, x = np.mgrid[: card.shape[0], : card.shape[1]] / FINE
    light = 1 / (1 + np.exp(np.hypot(x - at_mm[0], y - at_mm[1]) - radius_mm))[..., None]
    card[..., :3] = card[..., :3] * (1 - light) + 255 * light
    return card


@pytest.mark.parametrize(
    ("at_mm", "radius_mm"),
    [((43.0, 30.0), 12.0), ((43.0, 54.0), 12.0), ((86.0, 0.0), 14.0), ((0.0, 27.0), 35.0)],
    ids=["its face", "an edge", "a corner", "a third"],
)
def test_a_reflection_is_seen_past(at_mm: tuple[float, float], radius_mm: float, rng: np.random.Generator) -> None:
    """Or refused: here it is all seen past, as the edge shows on its other side."""
    seen = found(laid(room(), turned(), card=gleaming(at_mm, radius_mm)), rng)
    assert isinstance(seen, CardSeen)
    pose = card_pose(seen.corners_px, CAMERA, covariance_px=seen.covariance_px)
    assert pose is not None
    assert pose.camera_from_card[2, 3] == pytest.approx(AWAY[2], rel=0.005)


def hidden(picture: U8) -> U8:
    """A hand over most of its left third."""
    cv2.ellipse(picture, (500, 330), (75, 160), 0, 0, 360, (200, 150, 128), -1)
    return picture


REFUSED: dict[str, tuple[Callable[[U8], U8], set[str | None]]] = {
    "a business card": (
        lambda wall: laid(wall, turned(), card=face_of((90.0, 55.0)), size_mm=(90.0, 55.0)),
        {"card_not_id1"},
    ),
    "a square one": (
        lambda wall: laid(wall, turned(), card=face_of((70.0, 55.0)), size_mm=(70.0, 55.0)),
        {"card_not_id1"},
    ),
    "bent": (lambda wall: laid(wall, turned(), bow_mm=2.5), {"card_bent"}),
    "steep": (lambda wall: laid(wall, turned(y=1.13)), {"card_tilted"}),
    "two": (
        lambda wall: laid(laid(wall, turned(), AWAY + (-52, 10, 60)), turned(z=0.2), AWAY + (52, 0, 60)),
        {"card_two"},
    ),
    # what no edge of is left can be called hidden, or not be seen to be a card at all
    "a side hidden": (lambda wall: hidden(laid(wall, turned())), {"card_partly_hidden", None}),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_must_not_be_measured_by_is_refused_with_its_reason(name: str, rng: np.random.Generator) -> None:
    draw, reasons = REFUSED[name]
    seen = found(draw(room()), rng)
    assert not isinstance(seen, CardSeen)
    assert (None if seen is None else seen.reason) in reasons


def test_a_card_far_away_is_too_small(rng: np.random.Generator) -> None:
    seen = found(laid(room(), turned(), AWAY * 3.1), rng, Region((200, 100, 440, 300), (25.0, 62.0)))
    assert isinstance(seen, ReferenceRefused)
    assert seen.reason == "card_small"


def test_without_a_hint_it_is_found_anywhere_and_a_sharp_cornered_screen_is_not(rng: np.random.Generator) -> None:
    wall = room()
    assert isinstance(found(laid(wall, turned(y=0.2)), rng, None), CardSeen)
    screen = np.full((round(53.98 * FINE), round(85.6 * FINE), 4), 255, np.uint8)
    screen[..., :3] = (40, 90, 150)
    assert found(laid(wall, turned(y=0.2), card=screen), rng, None) is None


def test_a_face_without_a_card_has_none(clip: Path) -> None:
    tracker, finder = FaceTracker(), CardFinder()
    camera = given_camera(1000.0, (1280, 720))
    for index, frame in enumerate(read_clip(clip)):
        face = tracker.track(frame)
        if index % 12 or face is None:
            continue
        region = forehead_region(face, frame.size_px)
        assert region is not None
        assert finder.find(frame, camera, region=region) is None
        assert index or finder.find(frame, camera) is None
    tracker.close()


def test_a_card_in_a_real_frame_is_found_by_its_face(groundtruth: Path) -> None:
    """Bea and Chi, each with another card, at the size and at half of it."""
    for name in ("bea-turn-card", "chi-turn-cap-card"):
        first = next(iter(read_clip(groundtruth / f"{name}.mp4")))
        half = frame_from_rgb(cv2.resize(rgb_from_frame(first), (640, 360), interpolation=cv2.INTER_AREA), 0.0)
        for frame in (first, half):
            tracker = FaceTracker()
            face = tracker.track(frame)
            tracker.close()
            assert face is not None
            camera = given_camera(0.8 * frame.size_px[0], frame.size_px)
            seen = CardFinder().find(frame, camera, region=forehead_region(face, frame.size_px))
            assert isinstance(seen, CardSeen)
            assert abs(seen.aspect - 1.586) < 3 * seen.aspect_std < 0.3


def marker(side_mm: float, number: int = 7) -> U8:
    """(h, w, 4) a marker with its white margin, one pixel of four to a millimetre and more."""
    inner = cv2.aruco.generateImageMarker(cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50), number, 360)
    page = cv2.copyMakeBorder(inner, 60, 60, 60, 60, cv2.BORDER_CONSTANT, value=255)
    return np.dstack([page, page, page, np.full_like(page, 255)])


def test_a_marker_gives_its_distance_and_is_refused_when_small_or_twice(rng: np.random.Generator) -> None:
    side = 40.0
    page = (side * 4 / 3, side * 4 / 3)
    finder = MarkerFinder()
    one = laid(room(), turned(y=0.3), card=marker(side), size_mm=page)
    seen = finder.find(taken(one, rng))
    assert isinstance(seen, MarkerSeen)
    assert seen.id == 7
    pose = card_pose(seen.corners_px, CAMERA, covariance_px=seen.covariance_px, size_mm=(side, side))
    assert pose is not None
    assert pose.camera_from_card[2, 3] == pytest.approx(AWAY[2], rel=0.005)
    assert finder.find(taken(one, rng), id=3) is None
    assert finder.find(taken(room(), rng)) is None
    assert finder.find(taken(np.ascontiguousarray(one[:, ::-1]), rng)) is None, "a mirror image"
    two = finder.find(taken(laid(one, turned(), AWAY + (90, 0, 0), card=marker(side), size_mm=page), rng))
    assert isinstance(two, ReferenceRefused)
    assert two.reason == "marker_two"
    small = finder.find(taken(laid(room(), turned(), AWAY * 3, card=marker(side), size_mm=page), rng))
    assert isinstance(small, ReferenceRefused)
    assert small.reason == "marker_small"


@pytest.mark.parametrize("square_px", [100, 60, 40])
def test_a_boards_corners_are_where_they_were_drawn(square_px: int) -> None:
    """Neither half a pixel off nor drawn away by the markers beside them."""
    board = Board()
    dictionary = cv2.aruco.getPredefinedDictionary(cv2.aruco.DICT_4X4_50)
    printed = cv2.aruco.CharucoBoard(board.squares, board.square_mm, board.marker_mm, dictionary)
    page = printed.generateImage((8 * square_px, 6 * square_px))
    page = cv2.GaussianBlur(cv2.copyMakeBorder(page, 40, 40, 40, 40, cv2.BORDER_CONSTANT, value=255), (0, 0), 0.8)
    seen = BoardFinder(board).find(page)
    assert seen is not None
    assert len(seen.ids) == 35
    drawn = seen.points_mm[:, :2] / board.square_mm * square_px + 39.5
    assert np.abs(seen.points_px - drawn).max() < 0.12
    assert BoardFinder(board).find(np.full((600, 800), 128, np.uint8)) is None
