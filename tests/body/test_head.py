"""The head solver on synthetic landmarks: exact without noise, honest with it, steady, and quick to let go."""

from __future__ import annotations

import math
from dataclasses import replace
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from tryon.body.head import BRIDGE_FRAMES, HeadSolver
from tryon.body.model import HeadModel, load_head_model, slide_terms, view_angles
from tryon.body.occluder import head_occluder, skull
from tryon.body.wearer import IRIS_MM, IRIS_SEEN, head_shape
from tryon.errors import AssetError
from tryon.geometry.camera import given_camera, prior_camera, resized
from tryon.geometry.rigid import angle_rad, rigid, rotation_from_vector
from tryon.settings import load
from tryon.types import Camera, Landmarks, Scale

FACING = np.diag([1.0, -1.0, -1.0])


@cache
def model() -> HeadModel:
    """The shipped head model."""
    return load_head_model(Path(load({}).assets))


def pose(yaw_deg: float = 0.0, pitch_deg: float = 0.0, roll_deg: float = 0.0, at=(10.0, 20.0, 650.0)) -> np.ndarray:
    """camera_from_head of somebody who faces the camera but for these turns."""
    turn = rotation_from_vector(np.radians([pitch_deg, yaw_deg, roll_deg]))
    return rigid(FACING @ turn, np.array(at))


def seen(camera_from_head: np.ndarray, camera: Camera, size: float = 1.0, iris_mm: float = IRIS_MM) -> np.ndarray:
    """(478, 2) pixels that the model's own head shows, irises included."""
    slid = np.tensordot(slide_terms(view_angles(camera_from_head)), model().slide, axes=1) * size
    points = model().face_points * size @ camera_from_head[:3, :3].T + camera_from_head[:3, 3]
    points[:, :2] += slid
    pixels = points[:, :2] / points[:, 2:] * camera.matrix[0, 0] + camera.matrix[:2, 2]
    irises = []
    for side in ("right", "left"):
        eye = model().points[f"pupil_{side}"] * size @ camera_from_head[:3, :3].T + camera_from_head[:3, 3]
        middle = eye[:2] / eye[2] * camera.matrix[0, 0] + camera.matrix[:2, 2]
        half = iris_mm / 2 * IRIS_SEEN / eye[2] * camera.matrix[0, 0]
        irises += [middle, middle + (half, 0), middle - (0, half), middle - (half, 0), middle + (0, half)]
    return np.vstack([pixels, irises])


def landmarks(pixels: np.ndarray, time_s: float = 0.0) -> Landmarks:
    """As a tracker gives them."""
    return Landmarks("face478", pixels, np.zeros(len(pixels)), np.ones(len(pixels)), time_s)


CAMERA = given_camera(950.0, (1280, 720))


@pytest.mark.parametrize("yaw", [-60, -30, 0, 20, 45])
@pytest.mark.parametrize("pitch", [-20, 0, 25])
def test_without_noise_the_pose_is_exact(yaw: float, pitch: float) -> None:
    true = pose(yaw, pitch, 5)

    found = HeadSolver(model(), CAMERA).solve(landmarks(seen(true, CAMERA)), time_s=0.0)

    assert found is not None
    assert np.degrees(angle_rad(found.camera_from_head[:3, :3] @ true[:3, :3].T)) < 0.05
    assert np.linalg.norm(found.camera_from_head[:3, 3] - true[:3, 3]) < 1.0


def test_the_iris_gives_the_size_and_half_of_it_is_believed() -> None:
    """A face 6 % larger than the model's with an iris of 11.7 mm is taken as about 3 % larger: both may be unusual."""
    solver = HeadSolver(model(), CAMERA)
    solver.solve(landmarks(seen(pose(), CAMERA, size=1.06)), time_s=0.0)
    for index in range(60):
        solver.solve(landmarks(seen(pose(), CAMERA, size=1.06), index / 30), time_s=index / 30)

    assert 1.02 < solver.scale.mm_per_unit < 1.04
    assert solver.scale.source == "iris"
    assert solver.scale.frozen
    assert 0.02 < solver.scale.std < 0.04


def pictured(pixels: np.ndarray, half_px: float) -> np.ndarray:
    """(720, 1280) brightness of two open eyes where `pixels` has them, with irises of that radius."""
    fine = 4
    picture = np.full((720, 1280), 150, np.uint8)
    for index in (468, 473):
        middle = pixels[index]
        left, top = np.floor(middle - 40).astype(int)
        part = np.full((80 * fine, 80 * fine), 215, np.uint8)
        at = tuple(np.round((middle - (left, top) + 0.5) * fine - 0.5).astype(int).tolist())
        cv2.circle(part, at, round(half_px * fine), 80, -1)
        picture[top : top + 80, left : left + 80] = cv2.resize(part, (80, 80), interpolation=cv2.INTER_AREA)
    return picture


def test_the_irises_own_edges_are_believed_before_the_networks_drawing() -> None:
    """She is as large as the model, and the network draws her irises 6 % too wide."""
    pixels = seen(pose(), CAMERA, iris_mm=1.06 * IRIS_MM)
    half_px = IRIS_MM / 2 / (650.0 - model().points["pupil_left"][2]) * 950.0
    drawn, traced = HeadSolver(model(), CAMERA), HeadSolver(model(), CAMERA)
    for index in range(12):
        drawn.solve(landmarks(pixels, index / 30), time_s=index / 30)
        traced.solve(landmarks(pixels, index / 30), time_s=index / 30, luma=pictured(pixels, half_px))

    assert drawn.iris is not None
    assert traced.iris is not None
    assert drawn.iris.mm_per_unit == pytest.approx(1 / 1.06, rel=0.01)
    assert traced.iris.mm_per_unit == pytest.approx(1.0, rel=0.015)
    assert traced.iris.std < 0.85 * drawn.iris.std


def test_the_stated_doubt_covers_the_scatter(rng: np.random.Generator) -> None:
    """Points that err in groups, as a network's do: the sampled scatter stays within what the covariance says."""
    true = pose(15, 5)
    clean = seen(true, CAMERA)
    # patches of about four centimetres err together
    patch = np.floor(model().face_points[:, :2] / 40.0).astype(int)
    groups = np.unique(patch, axis=0, return_inverse=True)[1].reshape(-1)
    turns, moves, stated = [], [], []
    for _ in range(300):
        noise = rng.normal(0, 1.2, (groups.max() + 1, 2))[groups] + rng.normal(0, 0.5, (468, 2))
        solver = HeadSolver(model(), CAMERA)
        found = solver._fit(landmarks(np.vstack([clean[:468] + noise, clean[468:]])))
        assert found is not None
        turns.append(rotation_vector(found[0][:3, :3] @ true[:3, :3].T))
        moves.append(found[0][:3, 3] - true[:3, 3])
        stated.append(np.sqrt(np.diag(found[1])))
    ratio = np.concatenate([np.std(turns, axis=0), np.std(moves, axis=0)]) / np.mean(stated, axis=0)
    assert (ratio < 1.3).all(), ratio
    assert (ratio > 0.25).all(), "and it does not cry wolf"


def rotation_vector(rotation: np.ndarray) -> np.ndarray:
    """As vector_from_rotation; small angles."""
    twice = rotation - rotation.T
    return np.array([twice[2, 1], twice[0, 2], twice[1, 0]]) / 2


def test_a_measured_size_takes_the_place_of_the_irises_as_she_moves() -> None:
    solver = HeadSolver(model(), CAMERA)
    for frame in range(40):
        solver.solve(landmarks(seen(pose(), CAMERA, 1.06), frame / 30), time_s=frame / 30)
    by_iris = solver.size
    solver.take(Scale(1.06, 0.008, "card", "eyes", True))
    assert solver.size == by_iris, "nothing creeps on a still head"
    assert solver.scale.source == "card"
    assert solver.scale.std > 0.02, "it is drawn as before yet"
    for frame in range(40, 160):
        turned = pose(yaw_deg=12 * math.sin(frame / 6))
        solver.solve(landmarks(seen(turned, CAMERA, 1.06), frame / 30), time_s=frame / 30)
    assert solver.size == pytest.approx(1.06, abs=0.002)
    assert solver.scale.std < 0.01
    solver.take(None)
    assert solver.scale.source == "iris"


def test_a_size_known_before_she_is_drawn_is_hers_at_once_and_leaps_on_nobody() -> None:
    known = HeadSolver(model(), CAMERA)
    known.take(Scale(1.06, 0.008, "card", "eyes", True))
    known.solve(landmarks(seen(pose(), CAMERA, 1.06)), time_s=0.0)
    assert known.size == pytest.approx(1.06)

    drawn = HeadSolver(model(), CAMERA)
    no_irises = landmarks(seen(pose(), CAMERA, 1.06)[:468])
    drawn.solve(no_irises, time_s=0.0)
    drawn.take(Scale(1.06, 0.008, "card", "eyes", True))
    drawn.solve(no_irises, time_s=1 / 30)
    assert drawn.size == 1.0, "she is drawn, and holds still"


def test_an_unknown_camera_and_the_iris_stand_in_the_depths_doubt() -> None:
    known = HeadSolver(model(), CAMERA).solve(landmarks(seen(pose(), CAMERA)), time_s=0.0)
    guess = prior_camera((1280, 720))
    unknown = HeadSolver(model(), guess).solve(landmarks(seen(pose(), guess)), time_s=0.0)

    assert known is not None
    assert unknown is not None
    assert 0.02 < math.sqrt(known.covariance[5, 5]) / 650 < 0.05
    assert 0.14 < math.sqrt(unknown.covariance[5, 5]) / 650 < 0.18


def test_a_short_gap_is_bridged_and_a_long_one_lets_go() -> None:
    solver = HeadSolver(model(), CAMERA)
    for index in range(5):
        solver.solve(landmarks(seen(pose(2.0 * index), CAMERA), index / 30), time_s=index / 30)
    held = [solver.solve(None, time_s=(5 + index) / 30) for index in range(BRIDGE_FRAMES + 2)]

    assert all(one is not None for one in held[:BRIDGE_FRAMES])
    assert held[BRIDGE_FRAMES] is None
    assert held[BRIDGE_FRAMES + 1] is None


def test_points_that_are_no_face_are_no_pose(rng: np.random.Generator) -> None:
    solver = HeadSolver(model(), CAMERA)
    assert solver.solve(landmarks(rng.uniform(100, 600, (478, 2))), time_s=0.0) is None


def test_a_jump_is_followed_at_once() -> None:
    """Another person sits down: the last pose does not hold on to the new face."""
    solver = HeadSolver(model(), CAMERA)
    solver.solve(landmarks(seen(pose(-40, at=(-150.0, 0.0, 900.0)), CAMERA)), time_s=0.0)
    true = pose(40, at=(150.0, 30.0, 500.0))

    solver.solve(landmarks(seen(true, CAMERA), 0.1), time_s=0.1)

    raw = solver.raw
    assert raw is not None
    assert np.degrees(angle_rad(raw.camera_from_head[:3, :3] @ true[:3, :3].T)) < 1.0


def test_a_new_frame_size_keeps_what_was_learnt() -> None:
    solver = HeadSolver(model(), CAMERA)
    for index in range(50):
        solver.solve(landmarks(seen(pose(), CAMERA, size=1.06), index / 30), time_s=index / 30)
    small = resized(CAMERA, (640, 360))
    learnt = solver.scale.mm_per_unit

    other = solver.with_camera(small)
    found = other.solve(landmarks(seen(pose(), small, size=1.06), 2.0), time_s=2.0)

    assert found is not None
    assert other.scale.frozen
    assert other.scale.mm_per_unit == learnt


def test_the_drawn_size_never_creeps_while_she_is_still() -> None:
    """The first look decides; later looks count when she moves, for then nobody sees it."""
    solver = HeadSolver(model(), CAMERA)
    depths = []
    for index in range(60):
        pixels = seen(pose(), CAMERA, iris_mm=11.7 + 0.5 * math.sin(index))
        found = solver.solve(landmarks(pixels, index / 30), time_s=index / 30)
        assert found is not None
        depths.append(found.camera_from_head[2, 3])
    assert max(depths) - min(depths) < 0.5


def test_the_shape_is_this_wearers_not_the_models() -> None:
    """A longer nose is learnt from views at several angles."""
    person = model().face_points.copy()
    person[4] += (0.0, 0.0, 6.0)
    other = replace(model(), face_points=person)
    solver = HeadSolver(model(), CAMERA)
    for index in range(160):
        true = pose(30 * math.sin(index / 12), 8 * math.sin(index / 7))
        slid = np.tensordot(slide_terms(view_angles(true)), other.slide, axes=1)
        points = person @ true[:3, :3].T + true[:3, 3]
        points[:, :2] += slid
        pixels = points[:, :2] / points[:, 2:] * CAMERA.matrix[0, 0] + CAMERA.matrix[:2, 2]
        found = solver.solve(landmarks(np.vstack([pixels, seen(true, CAMERA)[468:]]), index / 30), time_s=index / 30)
    assert found is not None
    learnt = found.shape.face_points[4] / solver._size.value - model().face_points[4]
    assert learnt[2] > 1.5


def test_the_occluder_holds_the_whole_head() -> None:
    shape = head_shape(model(), model().face_points, 1.0, 0.03)
    mesh = head_occluder(shape, model())

    assert 1500 < len(mesh.faces) < 5000
    assert mesh.faces.max() < len(mesh.vertices)
    assert np.isfinite(mesh.vertices).all()
    vertex = shape.points["vertex"]
    assert mesh.vertices[:, 1].max() >= vertex[1], "hair is over the scalp"
    assert mesh.vertices[:, 2].min() <= shape.points["opisthocranion"][2]
    grown = skull(shape).axes - skull(shape, over_hair=False).axes
    assert np.allclose(grown, shape.hair_mm)


def test_a_missing_or_broken_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(AssetError, match=r"head\.npz cannot be read"):
        load_head_model(tmp_path)
    (tmp_path / "head").mkdir()
    np.savez(tmp_path / "head" / "head.npz", face_points=np.zeros((468, 3)))
    with pytest.raises(AssetError, match="not a head model"):
        load_head_model(tmp_path)


def test_a_cheek_in_profile_is_not_her_face_looking_ahead(rng: np.random.Generator) -> None:
    """Turned away, a cheek with ear and hair is found as a face of its own: smaller, looking ahead, badly drawn."""
    solver = HeadSolver(model(), CAMERA)
    frames = iter(range(1000))

    def look(at: np.ndarray, off_px: float) -> bool:
        time_s = next(frames) / 30
        pixels = seen(at, CAMERA) + rng.normal(0, off_px, (478, 2))
        solver.solve(landmarks(pixels, time_s), time_s=time_s)
        return solver.raw is not None and solver.raw.time_s == time_s

    for yaw in [0.0] * 20 + list(np.linspace(0, 60, 20)):
        assert look(pose(yaw), 0.8)
    cheek = pose(-20, at=(15.0, 20.0, 900.0))
    assert not any(look(cheek, 1.2) for _ in range(100)), "more than three seconds of it"
    # herself, back by the way she went, is there at once
    assert look(pose(55), 1.0)
    assert look(pose(30), 0.8)


def test_somebody_else_is_taken_where_she_looked_ahead_when_she_left(rng: np.random.Generator) -> None:
    solver = HeadSolver(model(), CAMERA)
    for index in range(20):
        solver.solve(landmarks(seen(pose(), CAMERA) + rng.normal(0, 0.5, (478, 2))), time_s=index / 30)
    other = landmarks(seen(pose(at=(60.0, 0.0, 900.0)), CAMERA) + rng.normal(0, 2.0, (478, 2)), 2.0)
    taken = [solver.solve(other, time_s=2 + index / 30) is not None for index in range(30)]
    assert taken[-1]
