"""What drawing costs: a crown of about 30,000 faces on a head at 0.6 m, beside stock pyrender of the same scene."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np

from tryon.bench.rows import Row
from tryon.bench.stages import crown_of
from tryon.body.model import load_head_model
from tryon.body.occluder import head_occluder
from tryon.body.wearer import head_shape
from tryon.fit.seat import head_from_piece
from tryon.geometry.camera import given_camera
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.pieces.catalogue import Catalogue
from tryon.render.blend import blend
from tryon.render.renderer import Renderer
from tryon.settings import Settings
from tryon.types import Frame, Nudge, Occluder, Placed, Scene

DEPTH_MM = 600.0
FRAMES = 60


def drawing(settings: Settings) -> list[Row]:
    """CPU-ms a frame of draw and of blend at 720p and 640x480, and of pyrender at 720p, in turns of one run."""
    catalogue = Catalogue(settings.pieces_folder)
    model = crown_of(catalogue)
    head = load_head_model(Path(settings.assets))
    shape = head_shape(head, head.face_points, 1.0, 0.03)
    occluder = head_occluder(shape, head)
    seat = head_from_piece(model.piece, shape, Nudge())
    renderer = Renderer()

    def scene(index: int, size_px: tuple[int, int]) -> Scene:
        turn = rotation_from_vector(np.array([0.03, 0.35 * np.sin(index / 5), 0.0]))
        pose = rigid(np.diag([1.0, -1.0, -1.0]) @ turn, np.array([0.0, 40.0, DEPTH_MM]))
        camera = given_camera(0.77 * size_px[0], size_px)
        return Scene(camera, (Occluder(occluder, pose, 6.0),), (Placed(model, pose @ seat),))

    rows = []
    for size_px in ((1280, 720), (640, 480)):
        frame = Frame(np.full((size_px[1] * 3 // 2, size_px[0]), 110, np.uint8), 0.0)
        draws, blends = [], []
        for index in range(FRAMES + 10):
            one = scene(index, size_px)
            start = time.process_time()
            layers = renderer.draw(one)
            between = time.process_time()
            blend(frame, layers)
            draws.append(between - start)
            blends.append(time.process_time() - between)
        size = f"{size_px[0]}x{size_px[1]}"
        both = [a + b for a, b in zip(draws[10:], blends[10:], strict=True)]
        note = f"{model.piece.id}, {model.face_count} faces, {renderer.driver}"
        rows.append(Row(f"{size} draw", 1e3 * median(draws[10:]), "CPU-ms", note=note))
        rows.append(Row(f"{size} blend", 1e3 * median(blends[10:]), "CPU-ms"))
        judged = size_px == (1280, 720)
        rows.append(
            Row(f"{size} draw + blend", 1e3 * median(both), "CPU-ms", 14 if judged else None, 8 if judged else None)
        )
    plain, close = _pyrender(scene(0, (1280, 720)))
    theirs = []
    for index in range(12):
        one = scene(index, (1280, 720))
        start = time.process_time()
        plain(one)
        theirs.append(time.process_time() - start)
    close()
    renderer.close()
    rows.append(Row("1280x720 stock pyrender, the same scene", 1e3 * median(theirs[2:]), "CPU-ms", note="flat light"))
    rows.append(Row("of which ours takes", rows[2].measured / rows[-1].measured, "x"))
    return rows


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
