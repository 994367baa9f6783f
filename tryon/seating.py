"""A piece on our model head, for its owner to set its seat by, and how it fits small and large heads."""

from __future__ import annotations

import math
from pathlib import Path

import msgspec
import numpy as np

from tryon.body import occluder
from tryon.body.model import HeadModel, load_head_model, point_normals
from tryon.body.occluder import head_occluder, skull
from tryon.body.wearer import head_shape
from tryon.calibration import read_calibration
from tryon.errors import InputError
from tryon.fit.gaps import AROUND, BREADTH, LENGTH, Body
from tryon.fit.seat import head_from_piece
from tryon.fit.verdict import verdict
from tryon.geometry.camera import pinhole
from tryon.geometry.ellipse import Ellipsoid, perimeter
from tryon.geometry.rigid import rigid, rotation_from_vector
from tryon.picture import png_of
from tryon.pieces import fields
from tryon.pieces.fields import Draft
from tryon.pieces.load import load_model, simplified
from tryon.preparing import Told
from tryon.render.poster import straight
from tryon.render.renderer import Renderer
from tryon.settings import Settings
from tryon.types import (
    F32,
    F64,
    I32,
    Camera,
    HeadShape,
    Layer,
    Material,
    Measurement,
    Model,
    Nudge,
    Occluder,
    Part,
    Piece,
    Placed,
    Scene,
)

SIDE_PX = 420
PX_PER_MM = 1.25
AWAY_MM = 1400.0
MIDDLE = np.array([0.0, 52.0, 0.0])
"Of the picture, in the head frame: a little above the tragions."
FRONT_YAW_RAD = math.radians(28)
FACES = 30_000
HEADS = {5: (532.0, 140.0, 178.0), 50: (560.0, 147.0, 190.0), 95: (597.0, 156.0, 202.0)}
"""Percentile of women: circumference as taped over hair, breadth and length by calipers, mm (ANSUR II,
calibration/sizing/anthropometry_ansur2.csv)."""
SKIN, HAIR = Material("skin", "velvet", (0.80, 0.64, 0.54), 0.9), Material("hair", "velvet", (0.30, 0.22, 0.17), 0.9)
HAIR_INSET_MM, SCALP_INSET_MM = 0.5, 5.0
"So that a band that lies on the hair is not eaten, and the face's mesh is not."
NAPE_MM = 30.0
"How far below the ears the hair reaches behind."
RINGS, SEGMENTS = 181, 320


class HeadFit(msgspec.Struct, frozen=True):
    """How it fits one of the heads."""

    percentile: int
    circumference_mm: float
    verdict: str
    gap_mm: float | None
    "Inside of the piece less what it goes round; null: nothing to fit, or a size is missing."


class View(msgspec.Struct, frozen=True):
    """One picture in two: PNGs, as base64, to be laid over one another."""

    head: bytes
    piece: bytes


class Seated(msgspec.Struct, frozen=True):
    """The piece on the head, seen from its left and from the front, and how it fits."""

    px_per_mm: float
    side_px: int
    side: View
    front: View
    heads: list[HeadFit]


def seated(settings: Settings, folder: Path, draft: Draft, told: Told, /) -> Seated:
    """Of the draft in a folder (preparing). Raises InputError, AssetError."""
    piece = fields.piece_of("draft", draft)
    if piece.worn_on != "head" or piece.size.inner_breadth_mm <= 0 or piece.size.inner_length_mm <= 0:
        raise InputError(
            "mesh_missing", "Only a piece for the head with its inside length and breadth has such a seat."
        )
    told(0, 2)
    head = load_head_model(Path(settings.assets))
    shape = head_shape(head, head.face_points, 1.0, 0.03)
    model = simplified(load_model(piece, folder / "source.glb"), FACES)
    place = head_from_piece(piece, shape, Nudge())
    mesh = head_occluder(shape, head)
    renderer = Renderer()
    try:
        told(1, 2)
        camera = pinhole(PX_PER_MM * AWAY_MM, (SIDE_PX, SIDE_PX), focal_std=0.0, source="given")
        bust = _bust(shape, head, piece)

        def view(turn: F64) -> View:
            pose = rigid(turn, np.array([0.0, 0.0, AWAY_MM]) - turn @ MIDDLE)
            drawn = renderer.draw(Scene(camera, (), (Placed(bust, pose),)))
            worn = renderer.draw(Scene(camera, (Occluder(mesh, pose, 2.0),), (Placed(model, pose @ place),)))
            return View(_png(drawn, camera), _png(worn, camera))

        side, front = view(_from_left()), view(_from_front())
    finally:
        renderer.close()
    return Seated(PX_PER_MM, SIDE_PX, side, front, fits(settings, piece, shape))


def fits(settings: Settings, piece: Piece, shape: HeadShape, /) -> list[HeadFit]:
    """How it fits each of HEADS."""
    tables = read_calibration(Path(settings.calibration)).fit
    found = []
    for percentile, (around, breadth, length) in HEADS.items():
        # hair as thick everywhere as makes the taped circumference of the bare oval
        hair = (around - perimeter(breadth / 2, length / 2)) / (2 * math.pi)
        over = {AROUND: around, BREADTH: breadth + 2 * hair, LENGTH: length + 2 * hair}
        known = {name: Measurement(name, value, 1.0, 0.0, 1, "population", "tape", 0.0) for name, value in over.items()}
        judged = verdict(piece, Body(known, shape), tables)
        gap = None if judged.gap_mm is None else round(float(judged.gap_mm), 1)
        found.append(HeadFit(percentile, around, judged.verdict, gap))
    return found


def _from_left() -> F64:
    """camera_from_head's turn: her face looks to the left of the picture."""
    return np.array([[0.0, 0.0, -1.0], [0.0, -1.0, 0.0], [-1.0, 0.0, 0.0]])


def _from_front() -> F64:
    return np.asarray(np.diag([1.0, -1.0, -1.0]) @ rotation_from_vector(np.array([0.0, -FRONT_YAW_RAD, 0.0])))


def _bust(shape: HeadShape, head: HeadModel, piece: Piece) -> Model:
    """The head as something to draw: face, neck, and hair as far as it does not hang into the face."""
    whole, bare = head_occluder(shape, head), head_occluder(shape, head, neck=False)
    neck = whole.vertices[len(bare.vertices) :], whole.faces[len(bare.faces) :] - len(bare.vertices)
    points, faces = _ball(skull(shape).grown(-HAIR_INSET_MM))
    middle = points[faces].mean(axis=1)
    brow, top = shape.points["glabella"][1], float(shape.face_points[:, 1].max())
    low = np.where(middle[:, 2] > 0, top, brow) - 6.0  # in front down to the face's own edge, behind to the neck
    ear = shape.points["tragion_left"]
    behind = (middle[:, 2] < ear[2] - 4.0) & (middle[:, 1] > ear[1] - NAPE_MM)
    kept = faces[(middle[:, 1] > low) | behind]
    own = len(bare.vertices) - (occluder.RINGS + 1) * occluder.SEGMENTS
    parts = [
        _part(SKIN, shape.face_points, head.triangles, head.normals),
        _part(SKIN, *neck, None),
        _part(SKIN, bare.vertices, bare.faces[(bare.faces < own).all(axis=1)], None),  # with its eyes shut
        _part(SKIN, *_ball(skull(shape, over_hair=False).grown(-SCALP_INSET_MM)), None),
        _part(HAIR, points, kept, None),
    ]
    return Model(piece, tuple(parts))


def _ball(ellipsoid: Ellipsoid) -> tuple[F64, I32]:
    """(n, 3) points and (m, 3) outward triangles of an ellipsoid."""
    height, round_ = np.linspace(np.pi / 2, -np.pi / 2, RINGS), np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    up, turn = (grid.ravel() for grid in np.meshgrid(height, round_, indexing="ij"))
    unit = np.stack([np.cos(up) * np.sin(turn), np.sin(up), np.cos(up) * np.cos(turn)], axis=1)
    lean = rotation_from_vector(np.array([-ellipsoid.pitch_rad, 0.0, 0.0]))
    corner = np.arange((RINGS - 1) * SEGMENTS).reshape(-1, SEGMENTS)
    beside = np.roll(corner, -1, axis=1)
    below = corner + SEGMENTS, beside + SEGMENTS
    pairs = (corner, below[0], beside), (beside, *below)
    faces = np.concatenate([np.stack(each, axis=-1).reshape(-1, 3) for each in pairs])
    return (unit * ellipsoid.axes) @ lean.T + ellipsoid.centre, faces.astype(np.int32)


def _part(material: Material, points: F64 | F32, faces: I32, normals: F64 | None) -> Part:
    found = point_normals(points.astype(np.float64), faces) if normals is None else normals
    return Part(material, points.astype(np.float32), found.astype(np.float32), faces, np.ones(len(points), np.float32))


def _png(layers: tuple[Layer, ...], camera: Camera) -> bytes:
    width, height = camera.size_px
    picture = np.zeros((height, width, 4), np.uint8)
    for layer in layers:
        x, y = layer.origin_px
        rows, columns = layer.rgba.shape[:2]
        picture[y : y + rows, x : x + columns] = layer.rgba
    return png_of(straight(picture))
