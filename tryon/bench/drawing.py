"""What drawing costs: a crown of about 30,000 faces on a head at 0.6 m, beside stock pyrender of the same scene; one
of 300,000 after it was taken in; and how much a crown flickers on a head that holds still.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tryon.bench.rows import Row
from tryon.bench.stages import crown_of
from tryon.bench.uplink import coded
from tryon.body.hair import Hair
from tryon.body.locks import Locks
from tryon.body.model import load_head_model
from tryon.body.occluder import head_occluder
from tryon.body.wearer import head_shape
from tryon.fit.seat import head_from_piece
from tryon.fit.tuck import tucks
from tryon.geometry.camera import given_camera, project
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.media.clips import read_clip
from tryon.pieces.catalogue import Catalogue
from tryon.pieces.load import simplified
from tryon.render.blend import blend
from tryon.render.renderer import Renderer
from tryon.session import Session
from tryon.settings import Settings
from tryon.track.face import FaceTracker
from tryon.track.hands import HandTracker
from tryon.track.outline import OutlineTracker
from tryon.track.shoulders import ShoulderTracker
from tryon.types import Frame, HeadPose, Layer, Model, Nudge, Occluder, Part, Placed, Scene

DEPTH_MM = 600.0
FRAMES = 60
DENSE_FACES, TAKEN_FACES = 300_000, 100_000
NOISE = 2.0
"Sensor noise that is added to the luma of a still head's frames, 8-bit standard deviation."
STILL_WARM, STILL_FRAMES, STILL_KBPS = 60, 90, 2500
HAIR_CLIP, HAIR_PIECE = "bea-mirror", "aurora"
SEEN = 8
"A pixel is drawn where alpha is at least so much in either of two frames."


def drawing(settings: Settings, still: Path) -> list[Row]:
    """CPU-ms a frame of draw and of blend at 720p and 640x480, and of pyrender at 720p, in turns of one run; flicker on
    the still head of a clip.
    """
    catalogue = Catalogue(settings.pieces_folder)
    model = crown_of(catalogue)
    stage = _Stage(settings)
    renderer = Renderer()
    rows = []
    for size_px in ((1280, 720), (640, 480)):
        draw, blended, both = _cost(renderer, stage, model, size_px)
        size = f"{size_px[0]}x{size_px[1]}"
        note = f"{model.piece.id}, {model.face_count} faces, {renderer.driver}"
        rows.append(Row(f"{size} draw", draw, "CPU-ms", note=note))
        rows.append(Row(f"{size} blend", blended, "CPU-ms"))
        judged = size_px == (1280, 720)
        rows.append(Row(f"{size} draw + blend", both, "CPU-ms", 14 if judged else None, 8 if judged else None))
    dense = _dense(catalogue)
    taken = simplified(dense, TAKEN_FACES)
    *_, both = _cost(renderer, stage, taken, (1280, 720))
    note = f"{dense.piece.id}, {dense.face_count} faces, taken in as {taken.face_count}"
    rows.append(Row("1280x720 draw + blend, a model from CAD", both, "CPU-ms", 16, 8, note=note))
    plain, close = _pyrender(stage.scene(model, 0, (1280, 720)))
    theirs = []
    for index in range(12):
        one = stage.scene(model, index, (1280, 720))
        start = time.process_time()
        plain(one)
        theirs.append(time.process_time() - start)
    close()
    locks, shown = _locks(renderer, stage, catalogue, still.with_name(f"{HAIR_CLIP}.mp4"))
    note = f"{HAIR_PIECE}, {shown} frames of {HAIR_CLIP} in which an end is seen; its part of the blend included"
    rows.append(Row("1280x720 hair over a tiara's ends", locks, "CPU-ms", note=note))
    renderer.close()
    rows.append(Row("1280x720 stock pyrender, the same scene", 1e3 * median(theirs[2:]), "CPU-ms", note="flat light"))
    rows.append(Row("of which ours takes", rows[2].measured / rows[-1].measured, "x"))
    note = f"{still.stem}, noise of {NOISE:g} added, VP8 at {STILL_KBPS} kbit/s, through tracker and session"
    rows.append(Row("flicker on a still head", _flicker(settings, still, model), "of 255", 2.0, 0.7, note=note))
    return rows


def _locks(renderer: Renderer, stage: _Stage, catalogue: Catalogue, clip: Path) -> tuple[float, int]:
    """(CPU-ms a frame that hair over an end that is seen takes, frames) of a clip whose poses are known."""
    truth = json.loads(clip.with_suffix(".json").read_text())
    model = catalogue.model(HAIR_PIECE)
    seat = head_from_piece(model.piece, stage.shape, Nudge())
    tucked = tucks(model.piece, seat, stage.shape)
    hair, took = Hair(), []
    locks = Locks(hair)
    for frame, true in zip(read_clip(clip), truth["per_frame"], strict=True):
        camera, pose = given_camera(truth["camera"]["focal_px"], frame.size_px), np.array(true["camera_from_head"])
        face_px = project(transform(pose, stage.shape.face_points), camera)
        hair.learn(frame, face_px, HeadPose(pose, np.eye(6), 1.0, stage.shape, frame.time_s), camera)
        placed = Placed(model, pose @ seat, tucks=tucked)
        layers = renderer.draw(Scene(camera, (Occluder(stage.occluder, pose, 6.0),), (placed,)))
        start = time.process_time()
        veils = locks.veils(frame, placed, camera)
        blend(frame, layers, veils=veils)
        under = time.process_time()
        blend(frame, layers)
        if veils:
            took.append(2 * under - start - time.process_time())
    return 1e3 * median(took), len(took)


class _Stage:
    """A mean head that turns, with a piece on it."""

    def __init__(self, settings: Settings) -> None:
        head = load_head_model(Path(settings.assets))
        self.shape = head_shape(head, head.face_points, 1.0, 0.03)
        self.occluder = head_occluder(self.shape, head)

    def scene(self, model: Model, index: int, size_px: tuple[int, int]) -> Scene:
        """The frame of a number."""
        turn = rotation_from_vector(np.array([0.03, 0.35 * np.sin(index / 5), 0.0]))
        pose = rigid(np.diag([1.0, -1.0, -1.0]) @ turn, np.array([0.0, 40.0, DEPTH_MM]))
        camera = given_camera(0.77 * size_px[0], size_px)
        seat = head_from_piece(model.piece, self.shape, Nudge())
        return Scene(camera, (Occluder(self.occluder, pose, 6.0),), (Placed(model, pose @ seat),))


def _cost(renderer: Renderer, stage: _Stage, model: Model, size_px: tuple[int, int]) -> tuple[float, float, float]:
    """CPU-ms a frame of draw, of blend and of both, medians."""
    frame = Frame(np.full((size_px[1] * 3 // 2, size_px[0]), 110, np.uint8), 0.0)
    draws, blends = [], []
    for index in range(FRAMES + 10):
        one = stage.scene(model, index, size_px)
        start = time.process_time()
        layers = renderer.draw(one)
        between = time.process_time()
        blend(frame, layers)
        draws.append(between - start)
        blends.append(time.process_time() - between)
    both = [a + b for a, b in zip(draws[10:], blends[10:], strict=True)]
    return 1e3 * median(draws[10:]), 1e3 * median(blends[10:]), 1e3 * median(both)


def _dense(catalogue: Catalogue) -> Model:
    """A crown as a jeweller's CAD writes it: the finest that there is, its triangles parted to DENSE_FACES or more."""
    head = [catalogue.model(piece.id) for piece in catalogue.pieces() if piece.worn_on == "head"]
    model = max(head, key=lambda one: one.face_count)
    parts = tuple(_parted(part) for part in model.parts)
    for index in np.argsort([len(part.faces) for part in parts]):
        if sum(len(part.faces) for part in parts) < DENSE_FACES:
            parts = tuple(_parted(part) if at == index else part for at, part in enumerate(parts))
    return Model(model.piece, parts)


def _parted(part: Part) -> Part:
    """Each triangle in four."""
    faces = part.faces
    ends = np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1)
    edges, edge = np.unique(ends, axis=0, return_inverse=True)
    ab, bc, ca = edge.reshape(3, -1) + len(part.vertices)
    a, b, c = faces.T
    normals = part.normals[edges].mean(axis=1)
    normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-9)
    return replace(
        part,
        vertices=np.concatenate([part.vertices, part.vertices[edges].mean(axis=1)]),
        normals=np.concatenate([part.normals, normals]),
        faces=np.concatenate(
            [np.stack(each, axis=1) for each in ((a, ab, ca), (ab, b, bc), (ca, bc, c), (ab, bc, ca))]
        ),
        occlusion=np.concatenate([part.occlusion, part.occlusion[edges].mean(axis=1)]),
        stone_of=None if part.stone_of is None else np.concatenate([part.stone_of, part.stone_of[edges[:, 0]]]),
    )


class Recording:
    """A Renderer that remembers what it drew last."""

    def __init__(self) -> None:
        self._renderer = Renderer()
        self.layers: tuple[Layer, ...] = ()

    def draw(self, scene: Scene, /) -> tuple[Layer, ...]:
        """As the Renderer."""
        self.layers = self._renderer.draw(scene)
        return self.layers

    def close(self) -> None:
        """As the Renderer."""
        self._renderer.close()


def _noisy(clip: Path) -> Iterator[Frame]:
    """A clip's frames to and fro without an end, each with its own sensor noise."""
    rng, frames = np.random.default_rng(7), list(read_clip(clip))
    for index, frame in enumerate(cycle([*frames, *frames[-2:0:-1]])):
        i420, luma = frame.i420.copy(), frame.size_px[1]
        noisy = i420[:luma] + rng.normal(0.0, NOISE, i420[:luma].shape)
        i420[:luma] = np.clip(np.round(noisy), 16, 235)
        yield Frame(i420, index / 30)


def _flicker(settings: Settings, still: Path, model: Model) -> float:
    """Mean absolute change of drawn values from frame to frame of a clip, as a camera and a browser would send it."""
    recording: list[Recording] = []

    def drawing() -> Recording:
        recording.append(Recording())
        return recording[0]

    head = load_head_model(Path(settings.assets))
    session = Session(head, FaceTracker, drawing, OutlineTracker, ShoulderTracker, HandTracker)
    session.wear((model,))
    before, changes = None, []
    for index, frame in enumerate(coded(islice(_noisy(still), STILL_WARM + STILL_FRAMES), STILL_KBPS)):
        session.step(frame)
        width, luma = frame.size_px
        picture = np.zeros((luma, width, 4), np.int16)
        for layer in recording[0].layers:
            x, y = layer.origin_px
            rows, columns = layer.rgba.shape[:2]
            picture[y : y + rows, x : x + columns] = layer.rgba
        if before is not None and index >= STILL_WARM:
            drawn = np.maximum(picture[..., 3], before[..., 3]) >= SEEN
            changes.append(float(np.abs(picture - before)[drawn][:, :3].mean()))
        before = picture
    session.close()
    return float(np.mean(changes))


def _pyrender(scene: Scene) -> tuple[Callable[[Scene], Any], Callable[[], None]]:
    """The plain way: every part a node, one light, the whole picture."""
    os.environ.setdefault("PYOPENGL_PLATFORM", "egl")
    import pyrender
    import trimesh

    width, height = scene.camera.size_px
    K = scene.camera.matrix
    stage = pyrender.Scene(bg_color=(0, 0, 0, 0), ambient_light=(0.3, 0.3, 0.3))
    stage.add(pyrender.IntrinsicsCamera(K[0, 0], K[1, 1], K[0, 2], K[1, 2]), pose=np.diag([1.0, -1.0, -1.0, 1.0]))
    stage.add(pyrender.DirectionalLight(intensity=4.0), pose=np.diag([1.0, -1.0, -1.0, 1.0]))
    nodes = []
    for part in scene.placed[0].model.parts:
        material = pyrender.MetallicRoughnessMaterial(
            baseColorFactor=(*part.material.base_color, 1.0), metallicFactor=0.9, roughnessFactor=0.3
        )
        mesh = trimesh.Trimesh(part.vertices / 1000, part.faces, vertex_normals=part.normals, process=False)
        nodes.append(stage.add(pyrender.Mesh.from_trimesh(mesh, material=material)))
    body = trimesh.Trimesh(scene.occluders[0].mesh.vertices / 1000, scene.occluders[0].mesh.faces, process=False)
    head = stage.add(pyrender.Mesh.from_trimesh(body))
    renderer = pyrender.OffscreenRenderer(width, height)

    def draw(one: Scene) -> Any:
        for node in nodes:
            stage.set_pose(node, _metres(one.placed[0].camera_from_piece))
        stage.set_pose(head, _metres(one.occluders[0].camera_from_mesh))
        return renderer.render(stage, flags=pyrender.RenderFlags.RGBA)

    return draw, renderer.delete


def _metres(pose: Any) -> Any:
    scaled = pose.copy()
    scaled[:3, 3] /= 1000
    return scaled
