"""Hair over neck and ears: found by the head's own colour, not taken for cloth, skin or a dark room."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.body.hair import COVERED, EAR, Hair
from tryon.body.model import load_head_model
from tryon.body.wearer import head_shape
from tryon.geometry.camera import given_camera, project
from tryon.geometry.planes import join_planes
from tryon.geometry.rigid import rigid, transform
from tryon.render.blend import blend
from tryon.settings import load
from tryon.types import F64, U8, Frame, HeadPose, HeadShape, Layer, NeckPose, NeckShape, Side, Veil

CAMERA = given_camera(1000.0, (1280, 720))
DARK, BLOND, SKIN, WALL, BLUE = (45, 124, 134), (150, 98, 138), (170, 112, 152), (205, 126, 130), (90, 160, 110)
"Y, U, V."


@cache
def shape() -> HeadShape:
    """The mean head."""
    model = load_head_model(Path(load({}).assets))
    return head_shape(model, model.face_points, 1.0, 0.03)


def head(time_s: float = 0.0) -> HeadPose:
    """A head that looks straight into the camera."""
    pose = rigid(np.diag([1.0, -1.0, -1.0]), np.array([0.0, -60.0, 700.0]))
    return HeadPose(pose, np.eye(6), 1.0, shape(), time_s)


def neck() -> NeckPose:
    """The chest below it."""
    pose = rigid(np.diag([1.0, -1.0, -1.0]), np.array([0.0, 110.0, 690.0]))
    return NeckPose(pose, np.eye(6), NeckShape(320, 362, 355, 5, 109), 0.0)


def at(*points: tuple[float, float, float]) -> F64:
    """Pixels of points of the head, mm."""
    return np.round(project(transform(head().camera_from_head, np.array(points)), CAMERA)).astype(int)


class Picture:
    """A wall, shoulders, a face, hair, as asked."""

    def __init__(
        self,
        hair: tuple[int, int, int] = DARK,
        cloth: tuple[int, int, int] = BLUE,
        wall: tuple[int, int, int] = WALL,
        locks_mm: float = 0.0,
        over_ears: bool = False,
    ) -> None:
        self._planes = [np.full((720, 1280), value, np.uint8) for value in wall]
        self.box(-170, 170, -130, -400, cloth)
        self.box(-55, 55, -40, -150, SKIN)
        for sign in (-1, 1):
            if locks_mm:
                self.box(sign * 62, sign * 100, 60, -locks_mm, hair)
        self.ball((0, 30, 0), (92, 108), hair)
        self.ball((0, -10, 60), (64, 92), SKIN)
        for sign in (-1, 1):
            self.box(sign * 66, sign * 92, 16, -36, hair if over_ears else SKIN)

    def box(self, left: float, right: float, top: float, foot: float, yuv: tuple[int, int, int]) -> None:
        """Fill a box of the head's plane, mm."""
        corners = at((left, top, 0.0), (right, foot, 0.0))
        (x0, y0), (x1, y1) = corners.min(axis=0), corners.max(axis=0)
        for plane, value in zip(self._planes, yuv, strict=True):
            plane[max(y0, 0) : y1, max(x0, 0) : x1] = value

    def ball(self, middle: tuple[float, float, float], half: tuple[float, float], yuv: tuple[int, int, int]) -> None:
        """Fill an ellipse of the head's plane, mm."""
        centre = at(middle)[0]
        axes = [round(axis * 1000 / 700) for axis in half]
        for plane, value in zip(self._planes, yuv, strict=True):
            cv2.ellipse(plane, [int(v) for v in centre], axes, 0, 0, 360, value, -1)

    @property
    def frame(self) -> Frame:
        """As a camera gives it."""
        planes: list[U8] = [self._planes[0], *(np.ascontiguousarray(plane[::2, ::2]) for plane in self._planes[1:])]
        return Frame(join_planes(*planes), 0.0)

    def hidden(self, *points: tuple[float, float, float]) -> list[float]:
        """How far points of the head's plane (mm) are hidden, 0 to 1."""
        face = np.tile(at((0.0, -20.0, 60.0)), (478, 1)).astype(np.float64)
        veil = Hair().veil(self.frame, face, head(), neck(), CAMERA)
        return [0.0 if veil is None else seen(veil, point) for point in at(*points)]


def seen(veil: Veil, pixel: F64) -> float:
    """The veil at a pixel."""
    x, y = ((pixel - veil.origin_px) // veil.step_px).astype(int)
    rows, columns = veil.alpha.shape
    return float(veil.alpha[y, x]) if 0 <= y < rows and 0 <= x < columns else 0.0


LOCK, THROAT, CROWN = (82.0, -180.0, 0.0), (0.0, -160.0, 0.0), (0.0, 95.0, 0.0)


def ear(side: Side) -> tuple[float, float, float]:
    """Below the lobe, where a drop hangs."""
    sign = 1.0 if side == "left" else -1.0
    x, y, z = shape().points[f"tragion_{side}"] + EAR[0] * (sign, 1.0, 1.0)
    return float(x), float(y) - 4, float(z)


@pytest.mark.parametrize("hair", [DARK, BLOND])
def test_long_hair_hides_what_lies_under_it_and_nothing_else(hair: tuple[int, int, int]) -> None:
    lock, throat, crown = Picture(hair, locks_mm=260).hidden(LOCK, THROAT, CROWN)
    assert lock > 0.9
    assert throat == 0
    assert crown == 0, "a tiara lies on the hair"
    assert Picture(hair).hidden(LOCK, THROAT) == [0, 0], "short hair hides nothing"


def test_an_ear_that_shows_stands_before_the_hair() -> None:
    assert Picture(locks_mm=260).hidden(ear("left"), ear("right")) == [0, 0]
    covered = Picture(locks_mm=260, over_ears=True).hidden(ear("left"), ear("right"))
    assert min(covered) > 0.9


def test_a_dark_dress_is_not_hair() -> None:
    below_pit = (82.0, -260.0, 0.0)
    assert Picture(cloth=DARK, locks_mm=260).hidden(below_pit) == [0]


def test_a_dark_room_or_no_hair_hide_nothing() -> None:
    assert Picture(hair=SKIN).hidden(LOCK, THROAT) == [0, 0], "bald"
    assert Picture(wall=DARK).hidden(THROAT) == [0]


def test_a_veil_takes_a_layer_away_where_it_lies() -> None:
    frame = Frame(np.full((96 * 3 // 2, 96), 128, np.uint8), 0.0)
    layer = Layer(np.full((32, 32, 4), 255, np.uint8), (32, 32))
    alpha = np.zeros((8, 8), np.float32)
    alpha[:, :4] = 1.0
    veil = Veil(alpha, (32, 32), 4)
    luma = blend(frame, (layer,), veils=(veil,)).i420[:96]
    assert (luma[36:60, 36:44] == 128).all(), "hidden"
    assert (luma[36:60, 52:64] > 220).all(), "shown"
    away = Veil(alpha, (0, 0), 2)
    assert (blend(frame, (layer,), veils=(away,)).i420 == blend(frame, (layer,)).i420).all()


def forehead(picture: Picture) -> tuple[float | None, str]:
    """Glabella to hairline as a wearer's hair says it, and why not."""
    hair, face = Hair(), np.tile(at((0.0, -20.0, 60.0)), (478, 1)).astype(np.float64)
    hair.veil(picture.frame, face, head(), None, CAMERA)
    return hair.hairline(picture.frame, head(), CAMERA)


@pytest.mark.parametrize("hair", [DARK, BLOND])
def test_the_hairline_is_where_skin_ends_and_hair_begins(hair: tuple[int, int, int]) -> None:
    found = []
    for up in (10.0, 20.0):
        picture = Picture(hair)
        picture.ball((0, up, 60), (64, 92), SKIN)
        found.append(forehead(picture)[0])
    low, high = found

    assert low is not None
    assert high is not None
    assert 45 < low < 60
    assert 10 <= high - low < 20, "10 mm more in the picture's plane, and along its curve"


def test_a_fringe_a_card_and_a_cap_hide_the_hairline() -> None:
    fringe, card = Picture(), Picture()
    fringe.box(-60, 60, 110, 62, DARK)
    card.box(-43, 43, 100, 46, (120, 90, 120))

    assert forehead(fringe) == (None, COVERED)
    assert forehead(card) == (None, COVERED)
    assert forehead(Picture((90, 170, 110))) == (None, COVERED), "blue is a cap"
