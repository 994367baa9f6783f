"""The same picture in another light and from afar: one light on all of it, and nothing of it when it is her own."""

from __future__ import annotations

from typing import get_args

import numpy as np
import pytest

from tryon.geometry.planes import split_planes
from tryon.picture import frame_from_rgb, rgb_from_frame
from tryon.render.environment import studio
from tryon.render.lighting import lit
from tryon.render.stage import FAR, GRADES, HALL, staged
from tryon.types import F64, Frame, RoomLight, Stage, StageView

LIGHTS = [light for light in get_args(Stage) if light != "room"]


def picture() -> Frame:
    """Grey from left to right, with a face's brightness in the middle."""
    grey = np.tile(np.linspace(20, 200, 640).astype(np.uint8), (360, 1))
    grey[120:240, 280:360] = 150
    return frame_from_rgb(np.repeat(grey[..., None], 3, axis=2), 1.0)


def face() -> F64:
    across, down = np.meshgrid(np.linspace(280, 360, 26), np.linspace(120, 240, 18))
    return np.column_stack([across.ravel(), down.ravel()])


def test_her_own_room_near_by_is_the_picture_itself() -> None:
    frame = picture()
    assert staged(frame, StageView(), face()) is frame


@pytest.mark.parametrize("light", LIGHTS)
@pytest.mark.parametrize("far", [False, True])
def test_every_view_makes_another_picture_of_the_same_size(light: Stage, far: bool) -> None:
    frame = picture()
    before = frame.i420.copy()
    for face_px in (face(), None):
        seen = staged(frame, StageView(light, far), face_px)
        assert seen.size_px == frame.size_px
        assert seen.time_s == frame.time_s
        assert (seen.i420 != frame.i420).mean() > 0.2
    assert (frame.i420 == before).all(), "what came in is never written to"


def test_each_light_is_what_it_is_called() -> None:
    frame = picture()
    seen = {light: rgb_from_frame(staged(frame, StageView(light), face())).astype(float) for light in LIGHTS}
    skin = {light: rgb[180, 320] for light, rgb in seen.items()}
    assert skin["ballroom"][0] > skin["ballroom"][2] + 15, "warm"
    assert skin["daylight"][2] > skin["daylight"][0] + 8, "cold"
    assert skin["flash"].mean() > 165, "bright"
    corner = rgb_from_frame(frame)[-1, -1].mean()
    assert seen["spot"][-1, -1].mean() < 0.25 * corner, "dark about her"
    assert skin["spot"].mean() > 120


def test_from_the_tenth_row_she_is_small_in_a_dark_hall() -> None:
    luma = split_planes(staged(picture(), StageView(far=True), face()).i420)[0]
    rows, columns = (np.flatnonzero((luma > HALL + 12).any(axis=axis)) for axis in (1, 0))
    assert np.ptp(rows) < 1.1 * FAR * 360
    assert np.ptp(columns) < 1.1 * FAR * 640
    assert luma[rows.mean().astype(int), columns.mean().astype(int)] > 100


@pytest.mark.parametrize("light", LIGHTS)
def test_the_lamps_of_a_stage_are_mirrored(light: Stage) -> None:
    """Small lamps are bright points in the sharp map, and all of them light the soft one."""
    room = studio()
    own, there = lit(room, RoomLight()), lit(room, RoomLight(stage=light))
    assert there.shape == own.shape
    assert np.isfinite(there).all()
    assert (there[..., :3] >= 0).all()
    points = float((there[0] - own[0]).max())
    assert points > (6 if light in ("spot", "flash") else 0.3)
    assert light in GRADES


def test_a_light_of_its_own_is_in_the_maps() -> None:
    room = studio()
    warm = lit(room, RoomLight(colour=(1.3, 0.95, 0.5)))
    upper = np.s_[:, 60:68, 60:68]
    assert warm[upper][..., 0].sum() == pytest.approx(1.3 * room[upper][..., 0].sum(), rel=1e-4)
    left = lit(room, RoomLight(lean=(-0.6, 0.0, 0.0)))
    assert left[:, 64, 20].sum() > lit(room, RoomLight())[:, 64, 20].sum()
    assert left[:, 64, 108].sum() < lit(room, RoomLight())[:, 64, 108].sum()
    dark = lit(room, RoomLight(skin=(0.4, 0.4, 0.4)))
    assert dark[3, 18, 64, 0] < lit(room, RoomLight())[3, 18, 64, 0], "less from below"
