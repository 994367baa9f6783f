"""What must not be measured by, painted onto a clip: named with its reason, and silent about what it hides."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from tryon.calibration import Calibration, read_calibration
from tryon.capture import Capture
from tryon.conclusion import Concluded, concluded
from tryon.geometry.camera import given_camera
from tryon.geometry.rigid import rotation_from_vector
from tryon.media.clips import read_clip
from tryon.picture import frame_from_rgb, rgb_from_frame
from tryon.settings import load
from tryon.types import F64, U8
from tryon.visits import Visit

Paint = Callable[[int, U8, dict[str, Any]], U8]


@pytest.fixture(scope="module")
def tables() -> Calibration:
    """The shipped tables."""
    return read_calibration(Path(load({}).calibration))


def measured(
    groundtruth: Path, tables: Calibration, paint: Paint, *, clip: str = "ana-mirror", every: int = 4
) -> Concluded:
    """What a clip says once every one of its frames is painted on."""
    true = json.loads((groundtruth / f"{clip}.json").read_text())
    capture = Capture(load({}), partial(given_camera, true["camera"]["focal_px"]), hands=False)
    for index, frame in enumerate(read_clip(groundtruth / f"{clip}.mp4")):
        if index % every == 0:
            picture = paint(index, rgb_from_frame(frame).copy(), true)
            capture.look(frame_from_rgb(picture, frame.time_s))
    told = capture.told()
    capture.close()
    return concluded([Visit(told, None)], tables)


def in_picture(true: dict[str, Any], index: int, points_in_head: F64) -> F64:
    """(n, 2) px of points of her head."""
    pose = np.array(true["per_frame"][index]["camera_from_head"])
    at = points_in_head @ pose[:3, :3].T + pose[:3, 3]
    return np.asarray(at[:, :2] / at[:, 2:] * true["camera"]["focal_px"] + true["camera"]["principal_px"])


def as_it_is(_index: int, picture: U8, _true: dict[str, Any]) -> U8:
    return picture


def dark_glasses(index: int, picture: U8, true: dict[str, Any]) -> U8:
    pose = np.linalg.inv(true["per_frame"][index]["camera_from_head"])
    around = np.linspace(0, 2 * np.pi, 40)
    for side in ("left", "right"):
        pupil = pose @ [*true["per_frame"][index]["points_mm"][f"pupil_{side}"], 1.0]
        lens = np.column_stack(
            [pupil[0] + 28 * np.cos(around), pupil[1] + 22 * np.sin(around), np.full(40, pupil[2] + 14)]
        )
        cv2.fillConvexPoly(picture, np.round(in_picture(true, index, lens)).astype(np.int32), (18, 18, 20))
    return picture


def light_from_one_side(index: int, picture: U8, true: dict[str, Any]) -> U8:
    nose = true["per_frame"][index]["points_px"]["nose_tip"][0]
    light = 0.18 + 0.82 / (1 + np.exp(-(np.arange(picture.shape[1]) - nose) / 15))
    return np.asarray(picture * light[None, :, None], dtype=np.uint8)


def veil(index: int, picture: U8, true: dict[str, Any]) -> U8:
    """Over the back of the head and down to the shoulders, half seen through."""
    round_ = np.linspace(0, 2 * np.pi, 60)
    over = [
        np.column_stack([100 * np.cos(round_), np.full(60, up), -15 + np.minimum(118 * np.sin(round_), 20)])
        for up in (-220.0, -100.0, 20.0, 90.0)
    ]
    top = np.array([[0.0, 155.0, -15.0], [60.0, 130.0, -15.0], [-60.0, 130.0, -15.0]])
    hull = cv2.convexHull(in_picture(true, index, np.vstack([*over, top])).astype(np.float32))
    cloth = picture.copy()
    cv2.fillConvexPoly(cloth, hull.astype(np.int32), (235, 235, 240))
    return np.asarray(cv2.addWeighted(cloth, 0.55, picture, 0.45, 0), dtype=np.uint8)


def test_dark_glasses_hide_what_is_read_from_eyes(groundtruth: Path, tables: Calibration) -> None:
    found = measured(groundtruth, tables, dark_glasses)
    assert "glasses_dark" in found.reasons
    assert "come_closer" not in found.reasons, "closer would not help"
    assert "interpupillary_distance" not in found.measurements
    assert found.scale is not None
    assert found.scale.source == "prior", "no iris was seen"


def test_a_face_half_in_shade_is_told_to_turn_to_the_light(groundtruth: Path, tables: Calibration) -> None:
    found = measured(groundtruth, tables, light_from_one_side)
    assert "face_half_shaded" in found.reasons
    assert "interpupillary_distance" not in found.measurements


def test_a_veil_over_the_neck_is_not_taken_for_it(groundtruth: Path, tables: Calibration) -> None:
    true = json.loads((groundtruth / "bea-turn-card.json").read_text())["person_measures_mm"]
    found = measured(groundtruth, tables, veil, clip="bea-turn-card", every=5)
    assert {"free_neck", "hair_thick"} <= {*found.reasons}
    neck, head = found.measurements["neck_circumference"], found.measurements["head_circumference"]
    for said, name in ((neck, "neck_circumference"), (head, "head_circumference")):
        assert abs(said.value_mm - true[name]) < 2 * said.std_mm
    assert 2 * head.std_mm > 28, "no surer than of a face alone"


def test_a_picture_of_a_face_has_no_size(groundtruth: Path, tables: Calibration) -> None:
    first: list[U8] = []

    def photograph(index: int, picture: U8, true: dict[str, Any]) -> U8:
        first.append(picture)
        height, width = picture.shape[:2]
        focal, at_s = true["camera"]["focal_px"], index / 30
        lens = np.array([[focal, 0, width / 2], [0, focal, height / 2], [0, 0, 1.0]])
        turn = rotation_from_vector(np.array([0.26 * np.sin(2.1 * at_s), 0.6 * np.sin(1.6 * at_s), 0.05 * at_s]))
        sheet = np.array([[-1, -1, 0], [1, -1, 0], [1, 1, 0], [-1, 1, 0]]) / 2 * [width, height, 0]
        held = (sheet * 600 / focal) @ turn.T + [10 * np.sin(at_s), 5 * np.cos(at_s), 640]
        corners = (held @ lens.T)[:, :2] / held[:, 2:]
        flat = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
        warp = cv2.getPerspectiveTransform(flat, corners.astype(np.float32))
        return np.asarray(cv2.warpPerspective(first[0], warp, (width, height), borderValue=(120, 115, 110)))

    found = measured(groundtruth, tables, photograph)
    assert found.reasons == ("photograph",)
    assert found.measurements == {}
    assert found.scale is None


def test_a_mirrored_picture_measures_the_same(groundtruth: Path, tables: Calibration) -> None:
    """Lengths have no sides."""

    def mirrored(_index: int, picture: U8, _true: dict[str, Any]) -> U8:
        return np.ascontiguousarray(picture[:, ::-1])

    one, other = (measured(groundtruth, tables, paint, clip="bea-mirror") for paint in (as_it_is, mirrored))
    assert one.reasons == other.reasons
    assert one.measurements.keys() == other.measurements.keys()
    for name, value in one.measurements.items():
        assert abs(value.value_mm - other.measurements[name].value_mm) < value.std_mm, name
