"""Hair over the ends of a tiara: on a true head its end is under hair and its front is not; skin and room never are."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tryon.body.hair import Hair
from tryon.body.locks import Locks
from tryon.body.model import load_head_model
from tryon.body.wearer import head_shape
from tryon.fit.seat import head_from_piece
from tryon.fit.tuck import BEYOND_MM, REACH_MM, tucks
from tryon.geometry.camera import given_camera, project
from tryon.geometry.rigid import transform
from tryon.media.clips import read_clip
from tryon.pieces.catalogue import Catalogue
from tryon.settings import load
from tryon.types import F64, Frame, HeadPose, HeadShape, Model, Nudge, Placed, Veil

SKIN = (150, 112, 152)
END, FRONT = BEYOND_MM + 4.0, BEYOND_MM + REACH_MM + 10.0
"From behind the end, mm: on the band close to it, and farther to the front than hair reaches."


@cache
def shape() -> HeadShape:
    """The mean head."""
    model = load_head_model(Path(load({}).assets))
    return head_shape(model, model.face_points, 1.0, 0.03)


class Turned:
    """She with a tiara, ahead and then turned aside, with the poses of the truth."""

    def __init__(self, clip: Path, truth: dict[str, Any]) -> None:
        self.frames = list(read_clip(clip))
        self.camera = given_camera(truth["camera"]["focal_px"], self.frames[0].size_px)
        self.poses = [np.array(each["camera_from_head"]) for each in truth["per_frame"]]
        self.turned = int(np.argmax([abs(pose[0, 2]) for pose in self.poses]))
        self.piece = next(each for each in Catalogue(load({}).pieces_folder).pieces() if each.id == "aurora")
        self.seat = head_from_piece(self.piece, shape(), Nudge())
        self.tucks = tucks(self.piece, self.seat, shape())
        self.locks = Locks(self.learnt(self.frames[0]))

    def learnt(self, ahead: Frame) -> Hair:
        """Hair whose colour was read off a frame in which she looks ahead."""
        hair, face = Hair(), project(transform(self.poses[0], shape().face_points), self.camera)
        hair.learn(ahead, face, HeadPose(self.poses[0], np.eye(6), 1.0, shape(), ahead.time_s), self.camera)
        return hair

    def veils(self, locks: Locks, frame: Frame, *, at: int | None = None) -> tuple[Veil, ...]:
        """Over the frame with the pose of that number; without: where she is turned."""
        pose = self.poses[self.turned if at is None else at] @ self.seat
        return locks.veils(frame, Placed(Model(self.piece, ()), pose, tucks=self.tucks), self.camera)

    def band(self, along_mm: float) -> F64:
        """(2,) pixel on the band of the end that is seen, so far to the front from where hair begins behind it."""
        assert self.tucks is not None
        ends = [transform(self.poses[self.turned] @ self.seat, corners) for corners in self.tucks]
        seen = min(ends, key=lambda corners: float(corners[:, 2].mean()))
        behind, before = (seen[[0, 1]] + seen[[3, 2]]) / 2
        return project((behind + (before - behind) * along_mm / (BEYOND_MM + REACH_MM))[None], self.camera)[0]

    def pixel(self, point: F64) -> F64:
        """(2,) where a point (3,) of the piece is seen."""
        return project(transform(self.poses[self.turned] @ self.seat, point[None]), self.camera)[0]

    def painted(self, yuv: tuple[int, int, int], *boxes: tuple[float, float, float]) -> Frame:
        """The turned frame with boxes of a colour: middle (x, y) and half side, px; none: all of it."""
        i420 = self.frames[self.turned].i420.copy()
        height = i420.shape[0] * 2 // 3
        chroma = i420[height:].reshape(2, height // 2, -1)
        for x, y, half in boxes or ((0.0, 0.0, 1e4),):
            left, top, right, foot = (max(int(edge), 0) // 2 for edge in (x - half, y - half, x + half, y + half))
            i420[2 * top : min(2 * foot, height), 2 * left : 2 * right] = yuv[0]
            for plane, value in zip(chroma, yuv[1:], strict=True):
                plane[top:foot, left:right] = value
        return Frame(i420, self.frames[self.turned].time_s)


@pytest.fixture(scope="module")
def turned(clip: Path, truth: dict[str, Any]) -> Turned:
    """She of the short clip."""
    return Turned(clip, truth)


def seen(veils: tuple[Veil, ...], pixel: F64) -> float:
    """How far a pixel is under hair."""
    most = 0.0
    for veil in veils:
        x, y = np.round(pixel - veil.origin_px).astype(int)
        rows, columns = veil.alpha.shape
        most = max(most, float(veil.alpha[y, x]) if 0 <= y < rows and 0 <= x < columns else 0.0)
    return most


def test_the_end_is_under_hair_locks_cross_the_band_before_it_and_the_front_is_bare(turned: Turned) -> None:
    veils = turned.veils(turned.locks, turned.frames[turned.turned])
    assert seen(veils, turned.band(END)) > 0.95
    assert seen(veils, turned.band(FRONT)) == 0
    between = [seen(veils, turned.band(along)) for along in np.arange(END, FRONT, 0.5)]
    steps = np.diff(np.array(between) > 0.5)
    assert np.count_nonzero(steps) >= 3, "single locks, no edge"


def test_what_stands_on_a_band_that_is_in_the_hair_is_not_seen(turned: Turned) -> None:
    thick = replace(shape(), cranium_axes=shape().cranium_axes + (15.0, 0.0, 0.0))
    found = tucks(turned.piece, head_from_piece(turned.piece, thick, Nudge()), thick)
    assert found is not None
    placed = Placed(Model(turned.piece, ()), turned.poses[turned.turned] @ turned.seat, tucks=found)
    veils = Locks(turned.learnt(turned.frames[0])).veils(turned.frames[turned.turned], placed, turned.camera)
    (seen_end,) = [end for end in found if seen(veils, turned.pixel(end[4:].mean(axis=0)))]
    assert seen(veils, turned.pixel(seen_end[4:].mean(axis=0))) > 0.95
    front = np.array([0.0, turned.piece.size.height_mm / 2, turned.piece.size.inner_length_mm / 2])
    assert seen(veils, turned.pixel(front)) == 0


def test_an_end_that_looks_away_costs_nothing(turned: Turned) -> None:
    assert turned.tucks is not None
    assert len(turned.veils(turned.locks, turned.frames[turned.turned])) == 1


def test_where_no_hair_was_told_or_is_nothing_changes(turned: Turned) -> None:
    assert turned.veils(Locks(Hair()), turned.frames[turned.turned]) == (), "not told"
    assert turned.veils(Locks(turned.learnt(turned.painted(SKIN))), turned.painted(SKIN)) == (), "bald"
    x, y = turned.band(BEYOND_MM)
    on_skin = turned.veils(Locks(turned.learnt(turned.frames[0])), turned.painted(SKIN, (x, y, 24.0)))
    assert on_skin == (), "an end that lies on skin is not tucked in"


def test_skin_is_never_under_locks(turned: Turned) -> None:
    x, y = turned.band(BEYOND_MM + 0.6 * REACH_MM)
    inside = [np.array([x + right, y + down]) for right in range(-5, 6) for down in range(-5, 6)]
    locks = Locks(turned.learnt(turned.frames[0]))
    assert max(seen(turned.veils(locks, turned.frames[turned.turned]), pixel) for pixel in inside) > 0.9
    veils = turned.veils(Locks(turned.learnt(turned.frames[0])), turned.painted(SKIN, (x, y, 8.0)))
    assert seen(veils, turned.band(END)) > 0.9
    assert max(seen(veils, pixel) for pixel in inside) < 0.05


def test_on_a_still_head_hair_lies_still(turned: Turned, rng: np.random.Generator) -> None:
    true, before, changes = turned.frames[turned.turned], None, []
    locks = Locks(turned.learnt(turned.frames[0]))
    for index in range(20):
        i420 = np.clip(np.round(true.i420 + rng.normal(0.0, 2.0, true.i420.shape)), 16, 235).astype(np.uint8)
        (veil,) = turned.veils(locks, Frame(i420, true.time_s + index / 30))
        if before is not None:
            changes.append(float(np.abs(veil.alpha - before).max()))
        before = veil.alpha
    assert np.count_nonzero(changes) <= 3, "anew five times a second"
    assert max(changes) < 0.1
