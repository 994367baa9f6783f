"""A drawn piece as her camera would have seen it: softness, smear, grain, black; and the shade under it."""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np
import pytest

from tryon.geometry.camera import given_camera
from tryon.geometry.rigid import rigid
from tryon.picture import frame_from_rgb
from tryon.render.blend import blend
from tryon.render.eye import DRAWN_PX, GRAIN, CameraEye, Look, read_edges, softened
from tryon.render.finish import Finish
from tryon.types import F64, U8, Frame, Layer, Mesh, Model, Occluder, Placed, RoomLight, Scene

SIZE = (640, 360)
FACE = np.array([[240.0, 100.0], [400.0, 280.0]])


def picture(*, soft: tuple[float, float] = (0.0, 0.0), noise: float = 0.0, seed: int = 0, right_px: int = 0) -> U8:
    """Shapes with hard edges, seen by a camera."""
    rng = np.random.default_rng(5)
    plain = np.full((4 * SIZE[1], 4 * SIZE[0]), 110, np.uint8)
    for _ in range(45):
        corners = rng.integers(0, (4 * SIZE[0], 4 * SIZE[1])) + rng.integers(-220, 220, (4, 2)) + (4 * right_px, 0)
        cv2.fillConvexPoly(plain, cv2.convexHull(corners.astype(np.int32)), int(rng.integers(30, 225)))
    seen = cv2.resize(plain, SIZE, interpolation=cv2.INTER_AREA).astype(np.float64)
    if max(soft):
        seen = cv2.GaussianBlur(seen, (0, 0), max(soft[0], 0.01), sigmaY=max(soft[1], 0.01))
    seen += np.random.default_rng(seed).normal(0, noise, seen.shape) if noise else 0
    return np.clip(seen, 0, 255).round().astype(np.uint8)


def frame_of(grey: U8, time_s: float = 0.0) -> Frame:
    return frame_from_rgb(np.repeat(grey[..., None], 3, axis=2), time_s)


def face_at(right_px: int = 0) -> F64:
    """Face points all over the face's place."""
    across, down = np.meshgrid(np.linspace(0, 1, 26), np.linspace(0, 1, 18))
    share = np.column_stack([across.ravel(), down.ravel()])
    return np.asarray(FACE[0] + share * (FACE[1] - FACE[0]) + (right_px, 0))


@pytest.mark.parametrize("soft", [0.7, 1.2, 2.0])
def test_softness_is_read_off_edges_across_and_down_apart(soft: float) -> None:
    seen = read_edges(frame_of(picture(soft=(soft, soft / 2))), *FACE)
    assert seen is not None
    # a pixel is a square: what is drawn has a softness of its own
    assert seen[0] == pytest.approx([np.hypot(soft, 0.35), np.hypot(soft / 2, 0.35)], rel=0.2, abs=0.1)


@pytest.mark.parametrize("noise", [0.0, 2.0, 3.5])
def test_noise_is_read_off_plain_places(noise: float) -> None:
    seen = read_edges(frame_of(picture(soft=(1, 1), noise=noise)), *FACE)
    assert seen is not None
    assert seen[1] == pytest.approx(0.86 * noise, abs=0.15 * noise + 0.01)  # luma has 219 levels of 255


def test_a_still_picture_keeps_its_look_whatever_its_noise() -> None:
    eye = CameraEye()
    first = eye.look(frame_of(picture(soft=(1.2, 1.2), noise=2)), face_at())
    assert first.blur_px == pytest.approx((1.2, 1.2), abs=0.25)
    for tick in range(1, 25):
        later = eye.look(frame_of(picture(soft=(1.2, 1.2), noise=2, seed=tick), tick / 30), face_at())
        assert later.blur_px == first.blur_px
        assert later.noise == pytest.approx(first.noise, abs=0.2)


def test_a_shaken_head_smears_the_piece_as_it_smears_the_face_and_no_more() -> None:
    for smear, most in ((2.5, 3.0), (0.0, 0.5)):
        eye = CameraEye()
        for tick in range(3):
            eye.look(frame_of(picture(), tick / 30), face_at())
        moved = eye.look(frame_of(picture(soft=(smear, 0), right_px=20), 0.1), face_at(20))
        assert moved.blur_px[0] == pytest.approx(smear, abs=0.7)
        assert moved.blur_px[0] < most
        assert moved.blur_px[1] < 0.3, "it moves across, not up and down"
        rested = eye.look(frame_of(picture(right_px=20), 0.2), face_at(20))
        assert max(rested.blur_px) < 0.3


def test_a_plain_wall_tells_nothing() -> None:
    assert read_edges(frame_of(np.full((SIZE[1], SIZE[0]), 90, np.uint8)), *FACE) is None
    assert CameraEye().look(frame_of(np.full((SIZE[1], SIZE[0]), 90, np.uint8)), face_at()) == Look()


def band(rows: int = 20, columns: int = 100, origin: tuple[int, int] = (270, 100)) -> Layer:
    """A bar of white, with nothing round it."""
    rgba = np.zeros((rows + 8, columns + 8, 4), np.uint8)
    rgba[4:-4, 4:-4] = 255
    return Layer(rgba, origin)


def test_a_softened_layer_has_as_much_in_it_and_stays_in_the_picture() -> None:
    for origin in ((270, 100), (0, 0), (SIZE[0] - 108, SIZE[1] - 28)):
        layer = band(origin=origin)
        soft = softened(layer, Look(blur_px=(2.5, 1.0)), SIZE)
        x, y = soft.origin_px
        rows, columns = soft.rgba.shape[:2]
        assert x % 2 == y % 2 == rows % 2 == columns % 2 == 0
        assert min(x, y) >= 0
        assert x + columns <= SIZE[0]
        assert y + rows <= SIZE[1]
        if origin == (270, 100):
            assert int(soft.rgba[..., 3].sum()) == pytest.approx(int(layer.rgba[..., 3].sum()), rel=0.01)
        assert (soft.rgba[..., :3] <= soft.rgba[..., 3:]).all(), "premultiplied it stays"
    assert softened(band(), Look(), SIZE).rgba is not None
    layer = band()
    assert softened(layer, Look(blur_px=(DRAWN_PX / 4, 0.0)), SIZE) is layer


def test_grain_is_the_cameras_and_only_on_the_piece() -> None:
    plain = frame_of(np.full((SIZE[1], SIZE[0]), 90, np.uint8))
    grey = band(40, 200)
    layer = Layer(np.asarray(grey.rgba // 2 + 0, dtype=np.uint8), grey.origin_px)
    layer.rgba[..., 3] = grey.rgba[..., 3]
    one, two = (
        blend(Frame(plain.i420, time_s), (layer,), look=Look(noise=2.5)).i420[: SIZE[1]].astype(int)
        for time_s in (1.0, 1.033)
    )
    inside = np.s_[106:140, 276:470]
    assert one[inside].std() == pytest.approx(GRAIN * 2.5, rel=0.15)
    assert 0.2 < np.abs(one - two)[inside].mean() < 0.7, "alive, and no flicker"
    apart = (one - two).copy()
    apart[104:144, 274:474] = 0
    assert not apart.any()
    again = blend(Frame(plain.i420, 1.0), (layer,), look=Look(noise=2.5)).i420[: SIZE[1]]
    assert (again == one).all(), "the same frame has the same grain"
    still = blend(plain, (layer,), look=Look()).i420
    assert (still == blend(Frame(plain.i420, 9.0), (layer,)).i420).all()


def test_the_pieces_black_is_the_cameras() -> None:
    layer = band()
    layer.rgba[..., :3] = 0
    plain = frame_of(np.full((SIZE[1], SIZE[0]), 90, np.uint8))
    for black in (0.0, 9.0):
        assert blend(plain, (layer,), look=Look(black=black)).i420[114, 320] == 16 + black


def scene(*, body: bool = True) -> Scene:
    """A flat body of 130 mm round the picture's middle, half a metre away, and a piece before it."""
    camera = given_camera(500.0, SIZE)
    corners = np.array([[-65, -65, 0], [65, -65, 0], [65, 65, 0], [-65, 65, 0]], np.float32)
    flat = Mesh(corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32))
    at = rigid(np.diag([1.0, -1.0, -1.0]), np.array([0.0, 0.0, 500.0]))
    placed = Placed(Model.__new__(Model), at)
    return Scene(camera, (Occluder(flat, at),) if body else (), (placed,))


def test_skin_is_shaded_close_under_the_piece_and_the_room_is_not() -> None:
    layers = (band(),)  # x 274 to 374, y 104 to 124; the body reaches from x 255 to 385
    frame = frame_of(np.full((SIZE[1], SIZE[0]), 150, np.uint8))
    finished, shades = Finish()(scene(), layers, Look())
    assert finished == layers
    bare = blend(frame, layers).i420[: SIZE[1]].astype(int)
    shaded = bare - blend(frame, layers, shades=shades).i420[: SIZE[1]]
    below = shaded[125:160, 320]
    assert below[:4].min() > 20
    assert (np.diff(below) <= 1).all(), "less and less"
    assert below[-1] <= 1
    assert shaded[108:120, 280:370].max() == 0, "the piece itself is as it was drawn"
    assert shaded[:, :248].max() == shaded[:, 392:].max() == 0, "the room takes no shade"
    assert shaded[:100].max() < below[0], "light comes from above"
    assert not Finish()(scene(body=False), layers, Look())[1]
    assert blend(frame, layers, shades=shades, opacity=0.0) is frame


def test_shade_falls_away_from_the_light_and_black_stays_black() -> None:
    layers, frame = (band(),), frame_of(np.full((SIZE[1], SIZE[0]), 150, np.uint8))
    left = replace(scene(), light=RoomLight(lean=(-0.8, 0.0, 0.0)))
    shaded = [
        blend(frame, layers, shades=Finish()(one, layers, Look())[1]).i420[126:134].astype(int)
        for one in (scene(), left)
    ]
    assert shaded[1][:, 374:382].sum() < shaded[0][:, 374:382].sum(), "darker on the side away from the lamp"
    black = frame_of(np.zeros((SIZE[1], SIZE[0]), np.uint8))
    assert blend(black, layers, shades=Finish()(scene(), layers, Look())[1]).i420[126:140, 280:370].min() >= 15


def test_nothing_is_done_twice_for_a_piece_that_was_drawn_once() -> None:
    finish, drawn, look = Finish(), (band(),), Look(blur_px=(1.5, 1.5))
    first = finish(scene(), drawn, look)
    assert finish(scene(), drawn, replace(look, noise=3.0)) is first
    sharper = finish(scene(), drawn, Look())
    assert sharper[0] == drawn
    assert sharper[1] is first[1]
    assert finish(scene(), (band(),), Look()) is not sharper
