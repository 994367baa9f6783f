"""The room that metal and stones mirror: a small jeweller's studio, written as soft lights and dark cards.

Octahedral maps in camera space (x right, y up, z towards the viewer), from sharp to diffuse. A rougher map has the
same lights with softer edges: cheaper to make than a convolution, and close to one for lights this large. The dark
cards between the lights matter as much as the lights: they give gold its contrast.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tryon.types import F32, F64

SIZE = 128
BLURS_RAD = (0.02, 0.06, 0.13, 0.24, 0.42)
"Of the maps from sharp to rough."
BRUSHED_RAD = (0.07, 0.60)
"Along and across the brush's lines, which run round the band: of one more map."
DIFFUSE_RAD = 0.95
BRUSHED, DIFFUSE = len(BLURS_RAD), len(BLURS_RAD) + 1
"Their numbers."


@dataclass(frozen=True, slots=True)
class Light:
    """A soft rectangle on the sphere."""

    towards: tuple[float, float, float]
    half_rad: tuple[float, float]
    "Half width and half height."
    colour: tuple[float, float, float]
    power: float


STUDIO = (
    Light((0.05, 0.95, 0.35), (0.75, 0.26), (1.00, 0.97, 0.92), 4.6),  # broad key overhead
    Light((-0.92, 0.22, 0.36), (0.12, 0.70), (0.86, 0.93, 1.00), 4.2),  # tall strip left, cool
    Light((0.93, 0.18, 0.32), (0.11, 0.66), (1.00, 0.96, 0.90), 3.6),  # tall strip right
    Light((0.42, 0.20, 0.88), (0.045, 0.50), (1.00, 1.00, 1.00), 3.6),  # thin front strips, dark cards between
    Light((-0.52, 0.16, 0.84), (0.085, 0.42), (1.00, 0.98, 0.95), 3.0),
    Light((-0.10, 0.42, 0.90), (0.16, 0.07), (0.97, 0.98, 1.00), 3.0),  # a small window high in front
    Light((0.0, -0.85, 0.50), (0.95, 0.30), (1.00, 0.84, 0.66), 0.55),  # warm fill from below: skin and cloth
    Light((-0.62, 0.35, -0.70), (0.16, 0.45), (0.95, 0.97, 1.00), 3.6),  # rims behind
    Light((0.66, 0.40, -0.64), (0.16, 0.45), (1.00, 0.97, 0.93), 3.4),
    Light((0.0, 0.55, -0.85), (0.50, 0.12), (1.00, 1.00, 1.00), 1.8),
)
GROUND, SKY = 0.035, 0.07
"What the dark cards still give, and how much more those above than those below."
BRIGHTNESS = 0.85
"Of all of it: a white card held up to the viewer is as bright as a webcam shows one."
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
    """(7, size, size, 3) linear light: five from sharp to rough, brushed, diffuse."""
    towards = directions(size)
    maps = [_room(towards, blur, blur) for blur in BLURS_RAD]
    maps += [_room(towards, *BRUSHED_RAD), _room(towards, DIFFUSE_RAD, DIFFUSE_RAD)]
    maps[0] += _points(towards)
    return np.asarray(BRIGHTNESS * np.stack(maps), dtype=np.float32)


def level_of(roughness: float, /) -> int:
    """The map whose blur is nearest to that of a surface of glTF's roughness; the sharpest, with its lamps for sparkle,
    is the stones' alone.
    """
    blur = 0.02 + 0.10 * roughness + 1.1 * roughness**2
    return 1 + int(np.argmin(np.abs(np.log(np.array(BLURS_RAD[1:]) / blur))))


def _room(towards: F64, across_rad: float, along_rad: float) -> F64:
    light = np.full(towards.shape, GROUND)
    # a little more from above than from below, so that nothing is flat black
    light += SKY * (towards[..., 1:2] * 0.5 + 0.5)
    for lamp in STUDIO:
        middle = np.array(lamp.towards) / np.linalg.norm(lamp.towards)
        aside = np.cross([0.0, 1.0, 0.0] if abs(middle[1]) < 0.9 else [1.0, 0.0, 0.0], middle)
        aside /= np.linalg.norm(aside)
        above = np.cross(middle, aside)
        ahead = towards @ middle
        across = np.arctan2(towards @ aside, ahead)
        along = np.arctan2(towards @ above, np.hypot(ahead, towards @ aside))
        width, height = lamp.half_rad
        edge = _window(across, width, across_rad) * _window(along, height, along_rad)
        light += edge[..., None] * (np.array(lamp.colour) * lamp.power)
    return light


def _window(angle: F64, half: float, blur: float) -> F64:
    # a box of half width `half` blurred by `blur`, its area kept
    edge = blur + 0.01
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
