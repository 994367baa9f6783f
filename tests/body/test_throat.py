"""The neck's breadth from its skin: bare, under a collar, under long hair, in shade, and where there is none to see."""

from __future__ import annotations

import numpy as np
import pytest

from tryon.body.throat import Throat, read_throat
from tryon.geometry.camera import given_camera
from tryon.geometry.planes import join_planes
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.types import F32, F64, U8, Frame

WIDTH, HEIGHT, FOCAL_PX, DISTANCE_MM = 1280, 720, 1000.0, 700.0
CAMERA = given_camera(FOCAL_PX, (WIDTH, HEIGHT))
PX_PER_MM = FOCAL_PX / DISTANCE_MM
CHIN_PX = 400
SKIN, CLOTH, HAIR, WALL = (170, 110, 150), (120, 150, 110), (40, 128, 130), (200, 124, 132)
"Y, U, V."
AXIS = (np.array([0.0, -40.0, DISTANCE_MM]), np.array([0.0, 110.0, DISTANCE_MM]))
CHIN = np.array([0.0, (CHIN_PX - (HEIGHT - 1) / 2) / PX_PER_MM, DISTANCE_MM])
FACING = rigid(np.diag([1.0, -1.0, -1.0]), np.array([0.0, 0.0, DISTANCE_MM]))


class Picture:
    """A wall, a face of skin, and what is painted on them."""

    def __init__(self) -> None:
        self._planes = [np.full((HEIGHT, WIDTH), value, np.uint8) for value in WALL]
        self.mask: F32 = np.zeros((HEIGHT, WIDTH), np.float32)
        self.paint(-70, 70, -200, 2, SKIN)

    def paint(
        self, left_mm: float, right_mm: float, top_mm: float, foot_mm: float, yuv: tuple[int, int, int]
    ) -> Picture:
        """Fill a box of the person; millimetres from the neck's axis, and below the chin."""
        columns = [round((WIDTH - 1) / 2 + edge * PX_PER_MM) for edge in (left_mm, right_mm)]
        rows = [round(CHIN_PX + edge * PX_PER_MM) for edge in (top_mm, foot_mm)]
        box = (slice(max(rows[0], 0), rows[1]), slice(*columns))
        for plane, value in zip(self._planes, yuv, strict=True):
            plane[box] = value
        self.mask[box] = 1.0
        return self

    def read(self, camera_from_head: F64 = FACING) -> Throat | None:
        """What it shows of the throat."""
        planes: list[U8] = [self._planes[0], *(np.ascontiguousarray(plane[::2, ::2]) for plane in self._planes[1:])]
        face = np.full((468, 2), ((WIDTH - 1) / 2, CHIN_PX - 100))
        return read_throat(Frame(join_planes(*planes), 0.0), face, self.mask, AXIS, CHIN, camera_from_head, CAMERA)


@pytest.mark.parametrize("breadth_mm", [90, 106, 130])
@pytest.mark.parametrize("shade", [1.0, 0.6])
def test_a_bare_neck_is_as_broad_as_it_is(breadth_mm: float, shade: float) -> None:
    luma = round(16 + (SKIN[0] - 16) * shade)
    dark = (luma, *(round(128 + (tint - 128) * shade) for tint in SKIN[1:]))
    seen = Picture().paint(-breadth_mm / 2, breadth_mm / 2, 2, 70, (dark[0], dark[1], dark[2])).read()
    assert seen is not None
    assert abs(seen.breadth_mm - breadth_mm) < 3
    assert seen.bare


@pytest.mark.parametrize("cover", [CLOTH, HAIR])
def test_a_collar_or_long_hair_leaves_a_least_breadth_only(cover: tuple[int, int, int]) -> None:
    seen = Picture().paint(-95, 95, 2, 70, cover).paint(-45, 45, 2, 70, SKIN).read()
    assert seen is not None
    assert abs(seen.breadth_mm - 90) < 3
    assert not seen.bare


def test_a_scarf_a_turned_head_or_the_edge_of_the_picture_tell_nothing() -> None:
    assert Picture().paint(-90, 90, 2, 70, CLOTH).read() == Throat(0.0, False)
    bare = Picture().paint(-53, 53, 2, 70, SKIN)
    assert bare.read() is not None
    turned = FACING @ rigid(rotation_from_vector(np.array([0.0, 0.5, 0.0])), np.zeros(3))
    assert bare.read(turned) is None
    beside = (AXIS[0] + (420.0, 0, 0), AXIS[1] + (420.0, 0, 0))
    frame = Frame(np.full((HEIGHT * 3 // 2, WIDTH), 128, np.uint8), 0.0)
    assert read_throat(frame, np.zeros((468, 2)), bare.mask, beside, CHIN + (420.0, 0, 0), FACING, CAMERA) is None
