"""The head as something that hides: face, skull with hair, and neck; depth only, never drawn.

Three closed-enough surfaces that overlap; a depth buffer joins them. The face mesh stops at the forehead, so the
skull is the model's ellipsoid grown by the hair; the neck keeps a back band from showing through below it.
"""

from __future__ import annotations

import numpy as np

from tryon.body.model import HeadModel
from tryon.body.neck import BACK_RISE, LEAN, NARROWS, SHOULDER_FALL, SHOULDER_START, column_of
from tryon.geometry.ellipse import Ellipsoid
from tryon.types import F64, I32, HeadShape, Mesh, NeckShape

INSET_MM = 1.5
"The skull stays this much inside the hair it stands for: a band that lies on it must not be eaten."
FACE_INSET_MM = 2.0
HAIR_RISE_MM, HAIR_FALL_MM = 1.0, 45.0
"Hair within a ring: how far above its seat, and how far down it is taken to reach."
RINGS, SEGMENTS = 18, 36
NECK_TOP_MM = 120.0
NECK_RADIUS, NECK_DEPTH, NECK_BACK, NECK_LENGTH = 0.72, 0.78, -0.12, 1.9
"Of the half breadth of the skull: across, front to back, how far behind the tragions, how far down."


def skull(shape: HeadShape, /, *, over_hair: bool = True) -> Ellipsoid:
    """The ellipsoid that pieces rest on: the scalp, or the hair over it as worn."""
    scalp = Ellipsoid(shape.cranium_centre, shape.cranium_axes, shape.cranium_pitch_rad)
    return scalp.grown(shape.hair_mm) if over_hair else scalp


def head_occluder(shape: HeadShape, model: HeadModel, /, *, neck: bool = True) -> Mesh:
    """About 3,300 triangles in the head frame, outward; without its neck where the neck itself was found."""
    face = shape.face_points - model.normals * FACE_INSET_MM
    parts = [_closed(face, model.triangles), _ball(skull(shape).grown(-INSET_MM))] + ([_neck(shape)] if neck else [])
    vertices, faces, count = [], [], 0
    for points, triangles in parts:
        vertices.append(points)
        faces.append(triangles + count)
        count += len(points)
    return Mesh(np.concatenate(vertices).astype(np.float32), np.concatenate(faces).astype(np.int32))


def neck_occluder(shape: NeckShape, /) -> Mesh:
    """Neck and shoulders in the neck frame: a tapering column, and the slope of the trapezius to each side."""
    column = column_of(shape)
    wide, deep = column.base_x - INSET_MM, column.base_z - INSET_MM
    base, upper = (wide, deep), (column.upper_x - INSET_MM, column.upper_z - INSET_MM)
    round_ = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    rings = []
    slim = (BACK_RISE + NARROWS) * column.base_z
    for (across, ahead), y in ((upper, NECK_TOP_MM), (upper, slim), (base, BACK_RISE * column.base_z), (base, -60.0)):
        back = -column.base_z - LEAN * y
        rings.append(np.stack([across * np.sin(round_), np.full(SEGMENTS, y), ahead * np.cos(round_) + back], axis=1))
    half = shape.shoulder_mm / 2
    slope = []
    for side in (-1.0, 1.0):
        for x, z in ((0.7 * wide, -0.3 * deep), (0.7 * wide, -2.2 * deep), (half, -0.9 * deep), (half, -1.6 * deep)):
            slope.append([side * x, BACK_RISE * -z - SHOULDER_FALL * (x - SHOULDER_START * wide) - INSET_MM, z])
            slope.append([side * x, -80.0, z])
    count = 4 * SEGMENTS
    sides = np.array([[0, 2, 4], [2, 6, 4], [0, 4, 1], [1, 4, 5], [2, 3, 6], [3, 7, 6]])
    faces = np.concatenate([_grid(4), sides + count, sides + count + 8])
    return Mesh(np.concatenate([*rings, np.array(slope)]).astype(np.float32), faces.astype(np.int32))


def column(half_x_mm: float, half_z_mm: float, below_mm: float, above_mm: float, /) -> Mesh:
    """An elliptic column about y, from -below to above: a finger, a forearm, a palm."""
    round_ = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    rings = [
        np.stack([half_x_mm * np.sin(round_), np.full(SEGMENTS, y), half_z_mm * np.cos(round_)], axis=1)
        for y in (above_mm, -below_mm)
    ]
    return Mesh(np.concatenate(rings).astype(np.float32), _grid(2))


def hair_within(half_breadth_mm: float, half_length_mm: float, /) -> Mesh:
    """The hair that fills a closed ring worn on the head, in the piece's frame: nobody sees the far side from below.

    A perched ring is wider than the head where it sits; the hair under it, not the skull, is what hides its back.
    """
    round_ = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    across, ahead = (half_breadth_mm - INSET_MM) * np.sin(round_), (half_length_mm - INSET_MM) * np.cos(round_)
    rings = [np.stack([across, np.full(SEGMENTS, up), ahead], axis=1) for up in (HAIR_RISE_MM, -HAIR_FALL_MM)]
    top = np.array([[0.0, HAIR_RISE_MM, 0.0]])
    column = np.arange(SEGMENTS)
    lid = np.stack([np.full(SEGMENTS, 2 * SEGMENTS), column, (column + 1) % SEGMENTS], axis=1)
    points = np.concatenate([*rings, top])
    return Mesh(points.astype(np.float32), np.concatenate([_grid(2), lid]).astype(np.int32))


def _closed(points: F64, triangles: I32) -> tuple[F64, I32]:
    """The face with mouth and eyes shut, each by a fan about its middle: nothing behind her head is seen through."""
    edges = np.sort(triangles[:, [[0, 1], [1, 2], [2, 0]]].reshape(-1, 2), axis=1)
    unique, count = np.unique(edges, axis=0, return_counts=True)
    rims: list[list[list[int]]] = []
    for edge in unique[count == 1].tolist():
        touching = [rim for rim in rims if any(set(edge) & set(other) for other in rim)]
        rims = [rim for rim in rims if rim not in touching] + [[edge, *(other for rim in touching for other in rim)]]
    # the longest is the rim of the face itself
    holes = sorted(rims, key=len)[:-1]
    middles = [points[sorted({index for edge in hole for index in edge})].mean(axis=0) for hole in holes]
    fans = [(*edge, len(points) + index) for index, hole in enumerate(holes) for edge in hole]
    if not fans:
        return points, triangles
    return np.concatenate([points, middles]), np.concatenate([triangles, np.array(fans, dtype=np.int32)])


def _ball(ball: Ellipsoid) -> tuple[F64, I32]:
    polar = np.linspace(0, np.pi, RINGS + 1)
    round_ = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    unit = np.stack(
        [
            np.outer(np.sin(polar), np.sin(round_)),
            np.outer(np.cos(polar), np.ones(SEGMENTS)),
            np.outer(np.sin(polar), np.cos(round_)),
        ],
        axis=-1,
    ).reshape(-1, 3)
    across, up, ahead = (unit * ball.axes).T
    cos, sin = np.cos(ball.pitch_rad), np.sin(ball.pitch_rad)
    points = np.stack([across, cos * up + sin * ahead, cos * ahead - sin * up], axis=1) + ball.centre
    return points, _grid(RINGS + 1)


def _neck(shape: HeadShape) -> tuple[F64, I32]:
    half = float(shape.cranium_axes[0])
    round_ = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    rings = [
        np.stack(
            [
                NECK_RADIUS * half * np.sin(round_),
                np.full(SEGMENTS, -height * half),
                NECK_DEPTH * half * np.cos(round_) + NECK_BACK * half,
            ],
            axis=1,
        )
        for height in (0.0, NECK_LENGTH)
    ]
    return np.concatenate(rings), _grid(2)


def _grid(rings: int) -> I32:
    """Triangles between rings of SEGMENTS points, top ring first, outward."""
    ring, column = np.meshgrid(np.arange(rings - 1), np.arange(SEGMENTS), indexing="ij")
    a = ring * SEGMENTS + column
    b = ring * SEGMENTS + (column + 1) % SEGMENTS
    c, d = a + SEGMENTS, b + SEGMENTS
    both = np.concatenate([np.stack([a, c, b], axis=-1), np.stack([b, c, d], axis=-1)])
    return np.asarray(both.reshape(-1, 3), dtype=np.int32)
