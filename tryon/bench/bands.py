"""Paper bands and a ring beside a card, drawn as a camera would see them, with exact truth: error and coverage.

There are no clips of them. A band is wound round an elliptic cone and looked at through a pinhole, with an overlap, a
slip of the ends, light from one side, blur, noise and the wrong focal length; a ring is traced, rim and inside, on a
table.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from tryon.body.band import Band
from tryon.geometry.camera import pinhole, rays
from tryon.geometry.rigid import rotation_from_vector
from tryon.track.marker import BAND_DICTIONARY, marker_cells
from tryon.types import F64, U8, Camera

PAPER_PX_PER_MM = 8.0
HEIGHT_MM = 27.0


@dataclass(frozen=True, slots=True)
class Wound:
    """One band as it is worn and seen."""

    band: Band
    around_mm: float
    shape: float = 1.27
    "Length of the section over its breadth."
    seam_rad: float = 0.0
    "Where on the section the zero is; 0: at the end of its long axis, which looks to the camera when view is 0."
    slip_mm: float = 0.0
    "How much higher the far end lies."
    cone_rad: float = 0.0
    "How much what it is wound round tapers."
    tail_on_top: bool = False
    tail_mm: float = 40.0


@dataclass(frozen=True, slots=True)
class View:
    """How it is looked at."""

    focal_px: float = 1000.0
    size_px: tuple[int, int] = (1280, 720)
    distance_mm: float = 400.0
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    "rad, about the camera's axes."
    shift_mm: tuple[float, float] = (0.0, 0.0)
    blur_px: float = 0.7
    noise: float = 3.0
    shade: float = 0.3
    "How much darker the dark side is."


def strip_picture(band: Band) -> U8:
    """The whole band, its strips joined, grey, PAPER_PX_PER_MM; its middle row is the markers' middle."""
    scale = PAPER_PX_PER_MM
    paper = np.full((round(HEIGHT_MM * scale), round((band.length_mm + 10) * scale)), 235, np.uint8)
    top = (HEIGHT_MM - band.side_mm) / 2
    for index in range(band.count):
        left = (index + 0.5) * band.pitch_mm - band.side_mm / 2
        for x, y, width, height in marker_cells(band.first_id + index, band.side_mm, dictionary=BAND_DICTIONARY):
            rows = round((top + y) * scale), round((top + y + height) * scale)
            paper[rows[0] : rows[1], round((left + x) * scale) : round((left + x + width) * scale)] = 30
    return paper


def seen_band(wound: Wound, view: View, random: np.random.Generator) -> U8:
    """(h, w) grey picture of a band that is worn."""
    camera = pinhole(view.focal_px, view.size_px, focal_std=0.01, source="given")
    width, height = view.size_px
    fine = 2
    grid = np.stack(np.meshgrid(np.arange(width * fine), np.arange(height * fine)), axis=2).reshape(-1, 2)
    sight = rays((grid + 0.5) / fine - 0.5, camera)
    half_a, half_b = _halves(wound.around_mm, wound.shape)
    rotation = rotation_from_vector(np.array(view.turn))
    # the body stands in its own frame: x right, y down, z away from the camera, its nearest side at the distance
    eye = rotation.T @ -(np.array([view.shift_mm[0], view.shift_mm[1], view.distance_mm + half_b]))
    sight = sight @ rotation
    slope = np.tan(wound.cone_rad)
    # |x/(a g)|^2 + |z/(b g)|^2 = 1, g = 1 + slope y / b: it tapers upwards
    scale = np.array([1 / half_a, 0, 1 / half_b])
    growth = slope / half_b
    first = ((sight * scale) ** 2).sum(axis=1) - (growth * sight[:, 1]) ** 2
    cross = (sight * scale**2) @ eye - growth * sight[:, 1] * (1 + growth * eye[1])
    rest = float(((eye * scale) ** 2).sum() - (1 + growth * eye[1]) ** 2)
    under = cross**2 - first * rest
    hit = (under > 0) & (first > 0)
    with np.errstate(invalid="ignore"):
        depth = (-cross - np.sqrt(under)) / first
    point = eye + sight * np.where(hit, depth, 1.0)[:, None]
    angle = np.arctan2(point[:, 0] / half_a, -point[:, 2] / half_b)
    table_angle = np.linspace(-np.pi, np.pi, 7201)
    steps = np.hypot(half_a * np.cos(table_angle), half_b * np.sin(table_angle))
    arc = np.concatenate([[0], np.cumsum((steps[1:] + steps[:-1]) / 2 * np.diff(table_angle))])
    whole = arc[-1]
    along = np.mod(np.interp(angle, table_angle, arc) - np.interp(wound.seam_rad, table_angle, arc), whole)
    if wound.tail_on_top:
        along = np.where(along < wound.tail_mm, along + whole, along)
    across = point[:, 1] + wound.slip_mm * (along / whole - 0.5)
    paper = strip_picture(wound.band)
    at = np.stack([along * PAPER_PX_PER_MM - 0.5, (across + HEIGHT_MM / 2) * PAPER_PX_PER_MM - 0.5], axis=1)
    values = cv2.remap(
        paper,
        at[:, 0].reshape(height * fine, -1).astype(np.float32),
        at[:, 1].reshape(height * fine, -1).astype(np.float32),
        cv2.INTER_LINEAR,
    ).astype(np.float32)
    on_band = (hit & (np.abs(across) < HEIGHT_MM / 2)).reshape(values.shape)
    light = 1 - view.shade * (0.5 + np.sin(angle) / 2).reshape(values.shape)
    # skin and hair stay dark grey, what is behind is lighter
    values = np.where(on_band, values * light, np.where(hit.reshape(values.shape), 95 * light, 150))
    return _developed(values.astype(np.float32), fine, view, random)


def _developed(values: F64, fine: int, view: View, random: np.random.Generator) -> U8:
    """From a fine picture to a camera's: blur, pixels, noise."""
    width, height = view.size_px
    soft = cv2.GaussianBlur(values, (0, 0), max(view.blur_px * fine, 0.1))
    small = cv2.resize(soft, (width, height), interpolation=cv2.INTER_AREA)
    return np.clip(small + random.normal(0, view.noise, small.shape), 0, 255).astype(np.uint8)


def _halves(around_mm: float, shape: float) -> tuple[float, float]:
    """Half axes across and away of an ellipse of this perimeter, by its integral."""
    angle = np.linspace(0, 2 * np.pi, 7201)
    steps = np.hypot(np.cos(angle), shape * np.sin(angle))
    unit = float(((steps[1:] + steps[:-1]) / 2).sum() * (angle[1] - angle[0]))
    return around_mm / unit, shape * around_mm / unit
