"""How much of the sky each corner of a piece sees: depth maps from all round, with a head's worth of skull under what
is worn on one. For meshes that bring no occlusion of their own; made once, when a piece is taken in.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np

from tryon.types import F32, F64, I32, Model

DIRECTIONS, SIDE = 64, 640
OFF_MM, SLACK = 0.002, 0.005
"A corner is looked up so far off its surface, and may lie so far behind what hides it, in half sizes of the piece."
RINGS, SEGMENTS = 24, 48
SKULL_MM = (62.0, 22.0, 5.0, 6.0)
"Half height of the skull, how far under the seat its middle is, how far inside the band it stays, how high that is."


def baked(gl: Any, program: Any, model: Model, /) -> Model:
    """The model with the occlusion of every part; without a chain. `program` draws depth (shaders.DEPTH_VERTEX)."""
    solids = [(part.vertices, part.faces) for part in model.parts]
    everything = np.concatenate([vertices for vertices, _ in solids]).astype(np.float64)
    if model.piece.worn_on == "head":
        solids.append(_skull(everything))
    middle = (everything.max(axis=0) + everything.min(axis=0)) / 2
    reach = 1.02 * float(np.linalg.norm(everything - middle, axis=1).max()) + 1e-6
    held = []
    arrays = []
    for vertices, faces in solids:
        buffers = [gl.buffer(np.ascontiguousarray(vertices, dtype=np.float32).tobytes())]
        buffers.append(gl.buffer(np.ascontiguousarray(faces, dtype=np.uint32).tobytes()))
        arrays.append(gl.vertex_array(program, [(buffers[0], "3f", "position")], buffers[1]))
        held += [*buffers, arrays[-1]]
    seen, depth = gl.texture((SIDE, SIDE), 1, dtype="f4"), gl.depth_renderbuffer((SIDE, SIDE))
    target = gl.framebuffer([seen], depth)
    held += [seen, depth, target]
    flat = np.diag([1 / reach, 1 / reach, 1 / reach, 1.0])
    program["clip_from_camera"].write(_columns(flat))
    open_ = [np.zeros(len(part.vertices)) for part in model.parts]
    whole = [np.full(len(part.vertices), 1e-6) for part in model.parts]
    target.use()
    for towards in _all_round():
        aside = np.cross(towards, [0.3, 0.2, 0.93])
        aside /= np.linalg.norm(aside)
        view = np.eye(4)
        view[:3, :3] = np.stack([aside, np.cross(towards, aside), -towards])
        view[:3, 3] = -view[:3, :3] @ middle
        program["camera_from_mesh"].write(_columns(view))
        target.clear(1e9, 0.0, 0.0, 0.0, 1.0)
        for array in arrays:
            array.render()
        nearest = np.frombuffer(seen.read(), np.float32).reshape(SIDE, SIDE)
        for part, free_of, weight_of in zip(model.parts, open_, whole, strict=True):
            weight = np.clip(part.normals @ towards, 0, 1)
            at = (part.vertices + part.normals * (OFF_MM * reach)) @ view[:3, :3].T + view[:3, 3]
            pixel = np.clip(((at[:, :2] / reach + 1) / 2 * SIDE).astype(int), 0, SIDE - 1)
            free_of += weight * (at[:, 2] <= nearest[pixel[:, 1], pixel[:, 0]] + SLACK * reach)
            weight_of += weight
    for thing in reversed(held):
        thing.release()
    parts = tuple(
        replace(part, occlusion=np.clip(free_of / weight_of, 0, 1).astype(np.float32))
        for part, free_of, weight_of in zip(model.parts, open_, whole, strict=True)
    )
    return Model(model.piece, parts)


def _all_round() -> F64:
    """(DIRECTIONS, 3) unit vectors, evenly spread: a golden-angle spiral."""
    index = np.arange(DIRECTIONS) + 0.5
    height, turn = 1 - 2 * index / DIRECTIONS, np.pi * (3 - 5**0.5) * index
    round_ = np.sqrt(1 - height**2)
    return np.stack([round_ * np.cos(turn), height, round_ * np.sin(turn)], axis=1)


def _skull(points: F64) -> tuple[F32, I32]:
    """An ellipsoid just inside the band: (n, 3) mm and (m, 3) faces."""
    half_height, below, inside, band = SKULL_MM
    half = np.abs(points[points[:, 1] < points[:, 1].min() + band]).max(axis=0)
    axes = np.array([max(half[0] - inside, 1.0), half_height, max(half[2] - inside, 1.0)])
    up, turn = np.meshgrid(
        np.linspace(np.pi / 2, -np.pi / 2, RINGS), np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False), indexing="ij"
    )
    unit = np.stack([np.cos(up) * np.sin(turn), np.sin(up), np.cos(up) * np.cos(turn)], axis=-1).reshape(-1, 3)
    corner = np.arange((RINGS - 1) * SEGMENTS).reshape(-1, SEGMENTS)
    beside = np.roll(corner, -1, axis=1)
    faces = np.concatenate(
        [
            np.stack([corner, corner + SEGMENTS, beside], axis=-1).reshape(-1, 3),
            np.stack([beside, corner + SEGMENTS, beside + SEGMENTS], axis=-1).reshape(-1, 3),
        ]
    )
    return (unit * axes - (0.0, below, 0.0)).astype(np.float32), faces.astype(np.int32)


def _columns(matrix: F64) -> bytes:
    return np.ascontiguousarray(matrix.T, dtype=np.float32).tobytes()
