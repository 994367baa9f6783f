"""The light of her room from her face: a painted face under a known light, and a light that rests with her."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.body.light import SKIN, SkinLight
from tryon.body.model import HeadModel, load_head_model
from tryon.body.wearer import head_shape
from tryon.geometry.camera import given_camera, project
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.picture import frame_from_rgb
from tryon.settings import load
from tryon.types import F64, Frame, HeadPose, RoomLight

CAMERA = given_camera(492.5, (640, 360))
PALE, DARK = (0.52, 0.28, 0.19), (0.14, 0.060, 0.037)
"Linear skin in white light."


@pytest.fixture(scope="module")
def model() -> HeadModel:
    return load_head_model(Path(load({}).assets))


def pose_of(model: HeadModel, yaw_rad: float, time_s: float) -> HeadPose:
    turn = rotation_from_vector(np.array([0.0, yaw_rad, 0.0]))
    pose = rigid(np.diag([1.0, -1.0, -1.0]) @ turn, np.array([0.0, 40.0, 600.0]))
    return HeadPose(pose, np.eye(6), 0.5, head_shape(model, model.face_points, 1.0, 0.03), time_s)


def painted(
    model: HeadModel,
    head: HeadPose,
    *,
    skin: tuple[float, float, float] = PALE,
    colour: tuple[float, float, float] = (1.0, 1.0, 1.0),
    level: float = 1.0,
    lean: tuple[float, float, float] = (0.0, -0.2, 0.0),
    noise: float = 0.0,
) -> tuple[Frame, F64]:
    """A grey room and a face whose skin is lit as 1 + lean . normal, with her face points."""
    points = project(transform(head.camera_from_head, model.face_points), CAMERA)
    outward = model.normals @ head.camera_from_head[:3, :3].T
    light = level * np.array(colour)
    room = np.full((360, 640, 3), 0.35) * light
    corners = model.triangles
    shade = 0.8 * (1 + outward[corners].mean(axis=1) @ np.array(lean))
    for index in np.argsort(-transform(head.camera_from_head, model.face_points)[corners][..., 2].mean(axis=1)):
        tone = tuple(float(value) for value in np.array(skin) * light * shade[index])
        cv2.fillConvexPoly(room, points[corners[index]].round().astype(np.int32), tone)
    # a lamp behind her, so that there is something bright
    room[:45] = 0.75 * light
    rgb = np.clip(room, 0, 1) ** (1 / 2.2) * 255
    if noise:
        rgb = rgb + np.random.default_rng(7).normal(0, noise, rgb.shape)
    return frame_from_rgb(np.clip(rgb, 0, 255).astype(np.uint8), head.time_s), points


def test_the_side_the_light_comes_from(model: HeadModel) -> None:
    """Told within a quarter of it, whichever way her head is turned and whatever her skin."""
    for yaw in (-0.5, 0.0, 0.5):
        for skin in (PALE, DARK):
            head = pose_of(model, yaw, 0.0)
            told = {
                side: np.array(SkinLight(model).look(*painted(model, head, skin=skin, lean=lean), head).lean)
                for side, lean in {"even": (0, -0.2, 0), "left": (-0.4, -0.2, 0), "up": (0, -0.5, 0)}.items()
            }
            assert told["left"][0] - told["even"][0] == pytest.approx(-1.5 * 0.4, abs=0.2), yaw
            assert told["up"][1] - told["even"][1] == pytest.approx(-1.5 * 0.3, abs=0.2), yaw
            assert abs(told["even"][0]) < 0.12


def test_a_warm_lamp_is_warm_and_a_dark_room_dark_on_any_skin(model: HeadModel) -> None:
    head = pose_of(model, 0.0, 0.0)
    for skin in (PALE, DARK):
        white = SkinLight(model).look(*painted(model, head, skin=skin), head)
        warm = SkinLight(model).look(*painted(model, head, skin=skin, colour=(1.15, 0.9, 0.5)), head)
        dark = SkinLight(model).look(*painted(model, head, skin=skin, level=0.2), head)

        assert white.colour == pytest.approx((1, 1, 1), abs=0.12)
        assert warm.colour[0] / warm.colour[2] > 1.45 * white.colour[0] / white.colour[2]
        assert np.array(warm.colour) @ (0.2126, 0.7152, 0.0722) == pytest.approx(1.0, abs=0.001)
        assert dark.exposure < 0.5 * white.exposure
        assert 0.6 < white.exposure < 1.3


def test_a_still_head_keeps_its_light_and_a_change_is_followed_slowly(model: HeadModel) -> None:
    light = SkinLight(model)
    first = light.look(*painted(model, pose_of(model, 0.0, 0.0)), pose_of(model, 0.0, 0.0))
    for tick in range(1, 12):
        head = pose_of(model, 0.004 * (-1) ** tick, tick / 2)
        # noise of a webcam: the very same value, so that nothing is drawn anew
        assert light.look(*painted(model, head, noise=6.0), head) is first
    reds = []
    for tick in range(12, 40):
        head = pose_of(model, 0.0, tick / 2)
        reds.append(light.look(*painted(model, head, colour=(1.15, 0.9, 0.5)), head).colour[0])
    assert np.diff([first.colour[0], *reds]).max() < 0.03, "no step that can be seen"
    assert reds[-1] > first.colour[0] + 0.07


def test_hair_over_the_forehead_is_no_shade(model: HeadModel) -> None:
    head = pose_of(model, 0.0, 0.0)
    frame, points = painted(model, head)
    bare = SkinLight(model).look(frame, points, head)
    luma = frame.i420[:360].copy()
    for index in (108, 69, 54, 104):
        x, y = points[index].round().astype(int)
        luma[y - 6 : y + 7, x - 6 : x + 7] = 24
    i420 = frame.i420.copy()
    i420[:360] = luma
    fringed = SkinLight(model).look(Frame(i420, 0.0), points, head)
    assert fringed.lean == pytest.approx(bare.lean, abs=0.15)


def test_a_face_out_of_the_picture_tells_nothing(model: HeadModel) -> None:
    light, head = SkinLight(model), pose_of(model, 0.0, 0.0)
    frame, points = painted(model, head)
    before = light.look(frame, points, head)
    later = pose_of(model, 0.0, 1.0)
    assert light.look(frame, points + 5000, later) is before
    assert len(set(SKIN.tolist())) == len(SKIN)


def test_a_hand_tells_how_dark_and_how_warm_a_room_is(model: HeadModel) -> None:
    palm = np.array([(320.0, 300.0)] + [(240.0 + 8 * at, 240.0 - 6 * at) for at in range(20)])

    def room(level: float, colour: tuple[float, float, float]) -> Frame:
        picture = np.full((360, 640, 3), 0.35)
        picture[:45] = 0.75
        picture[80:340, 180:470] = PALE
        rgb = np.clip(picture * level * np.array(colour), 0, 1) ** (1 / 2.2) * 255
        return frame_from_rgb(rgb.astype(np.uint8), 0.0)

    day = SkinLight(model).look_at_hand(room(1.0, (1.0, 1.0, 1.0)), palm, 0.0)
    evening = SkinLight(model).look_at_hand(room(0.25, (1.15, 0.9, 0.5)), palm, 0.0)
    assert 0.6 < day.exposure < 1.3
    assert evening.exposure < 0.6 * day.exposure
    assert evening.colour[0] > day.colour[0] + 0.05
    assert evening.colour[2] < day.colour[2] - 0.05
    outside = SkinLight(model).look_at_hand(room(0.25, (1.0, 1.0, 1.0)), palm + 5000, 0.0)
    assert (outside.exposure, outside.colour) == (RoomLight().exposure, RoomLight().colour)
