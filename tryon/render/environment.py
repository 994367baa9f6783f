"""The room that metal and stones mirror: a small jeweller's studio, written as soft lights and dark cards.

Four octahedral maps in camera space (x right, y up, z towards the viewer), from sharp to diffuse. A rougher map has
the same lights with softer edges: cheaper to make than a convolution, and close to one for lights this large.
The dark cards between the lights matter as much as the lights: they give gold its contrast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tryon.types import F32, F64

SIZE = 128
LEVELS = (0.02, 0.16, 0.42)
"Blur of the sharp, middle and rough map, rad."
DIFFUSE = 0.95


@dataclass(frozen=True, slots=True)
class Light:
    """A soft rectangle on the sphere."""

    towards: tuple[float, float, float]
    half_rad: tuple[float, float]
    "Half width and half height."
    colour: tuple[float, float, float]
    power: float


STUDIO = (
    Light((0.05, 0.95, 0.35), (0.75, 0.28), (1.00, 0.97, 0.92), 3.6),  # broad key overhead
    Light((-0.92, 0.25, 0.35), (0.13, 0.75), (0.86, 0.93, 1.00), 3.0),  # tall strip left, cool
    Light((0.93, 0.20, 0.30), (0.12, 0.70), (1.00, 0.96, 0.90), 2.6),  # tall strip right
    Light((0.18, 0.30, 0.95), (0.05, 0.38), (1.00, 1.00, 1.00), 2.3),  # thin front strip
    Light((-0.35, 0.05, 0.93), (0.05, 0.22), (1.00, 0.98, 0.95), 1.6),
    Light((0.0, -0.85, 0.50), (0.95, 0.30), (1.00, 0.84, 0.66), 0.55),  # warm fill from below: skin and cloth
    Light((-0.62, 0.35, -0.70), (0.16, 0.45), (0.95, 0.97, 1.00), 3.2),  # rims behind
    Light((0.66, 0.40, -0.64), (0.16, 0.45), (1.00, 0.97, 0.93), 3.0),
    Light((0.0, 0.55, -0.85), (0.50, 0.12), (1.00, 1.00, 1.00), 1.8),
)
GROUND = 0.075
"What the dark cards still give."
POINTS, POINT_RAD, POINT_POWER = 46, 0.045, 9.0
"Tiny bright lamps for sparkle, seen in the sharp map only."


def directions(size: int, /) -> F64:
    """(size, size, 3) unit vectors of an octahedral map's texels; +z in the middle."""
    at = (np.arange(size) + 0.5) / size * 2 - 1
    x, y = np.meshgrid(at, at)
    z = 1 - np.abs(x) - np.abs(y)
    folded = np.maximum(-z, 0.0)
    x, y = x - np.sign(x) * folded, y - np.sign(y) * folded
    vectors = np.stack([x, y, z], axis=-1)
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True))


def studio(size: int = SIZE, /) -> F32:
    """(4, size, size, 3) linear light: sharp, middle, rough, diffuse."""
    towards = directions(size)
    maps = [_room(towards, blur) for blur in (*LEVELS, DIFFUSE)]
    maps[0] += _points(towards)
    return np.stack(maps).astype(np.float32)


def _room(towards: F64, blur: float) -> F64:
    light = np.full(towards.shape, GROUND)
    # a little more from above than from below, so that nothing is flat black
    light += 0.05 * (towards[..., 1:2] * 0.5 + 0.5)
    for lamp in STUDIO:
        middle = np.array(lamp.towards) / np.linalg.norm(lamp.towards)
        aside = np.cross([0.0, 1.0, 0.0] if abs(middle[1]) < 0.9 else [1.0, 0.0, 0.0], middle)
        aside /= np.linalg.norm(aside)
        above = np.cross(middle, aside)
        ahead = towards @ middle
        across = np.arctan2(towards @ aside, ahead)
        along = np.arctan2(towards @ above, np.hypot(ahead, towards @ aside))
        width, height = lamp.half_rad
        edge = _window(across, width, blur) * _window(along, height, blur)
        light += edge[..., None] * (np.array(lamp.colour) * lamp.power)
    return light


def _window(angle: F64, half: float, blur: float) -> F64:
    # a box of half width `half` blurred by `blur`, its area kept
    edge = blur + 0.02
    return np.asarray(_step((angle + half) / edge) - _step((angle - half) / edge))


def _step(value: F64) -> F64:
    return np.asarray(0.5 * (1 + np.tanh(1.2 * value)))


def _points(towards: F64) -> F64:
    # a golden-angle spiral over the upper sphere: evenly spread, the same every time
    index = np.arange(POINTS) + 0.5
    height = 0.95 - 1.15 * index / POINTS
    turn = np.pi * (3 - np.sqrt(5)) * index
    round_ = np.sqrt(1 - height * height)
    lamps = np.stack([round_ * np.cos(turn), height, round_ * np.sin(turn)], axis=1)
    near = np.exp((towards @ lamps.T - 1) / (POINT_RAD**2 / 2)).sum(axis=-1)
    return np.asarray(near[..., None] * POINT_POWER * np.array([1.0, 0.98, 0.95]))
