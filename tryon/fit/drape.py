"""How a chain of true length hangs on a neck: gravity and contact, settled once a shape, its links never stretched.

The chain is a closed run of short rigid steps (Müller et al., Position Based Dynamics, 2007: distances and contacts
are put right in turn, the distances all at once). What it lies on is the neck (a tapering column that leans) joined to
shoulders and chest. How far it then hangs below the pit of the neck is within a few millimetres of the trade's rule,
(length - neck base) / 2, over 16 to 24 inch (facts: fit, section 4; tests/fit/test_drape.py).
"""

from __future__ import annotations

import numpy as np

from tryon.body.neck import BACK_RISE, LEAN, NARROWS, SHOULDER_FALL, SHOULDER_START, column_of
from tryon.geometry.chain import JOINTS
from tryon.geometry.ellipse import half_beside
from tryon.types import F64, NeckShape

SETTLE = 600
"Rounds until it lies still from a ring above the shoulders; it moves less than 0.05 mm a round then."
FALL_MM = 0.8
"How far gravity takes a free step in a round."
CLEAR_MM = 1.2
"A chain lies on skin, half a wire's thickness off it."
CHEST_SLOPE = 0.28
"How far the chest comes forward for each millimetre down from the pit of the neck."
CHEST_ROUND_MM = 130.0
"Radius of the chest from side to side."
FREE_BELOW = 0.3
"A chain hangs free from this height above the pit of the neck down, of the base's half depth."
SWING_ASIDE, SWING_AHEAD = 0.36, 0.25
"Tangents of how far off its rest it goes: skin holds a chain, and the links keep their length within 0.3 percent."
TIGHT_MM = 10.0
CHOKER_TILT_RAD = 0.2
"A choker's front lies lower than its back."


def surface_mm(points: F64, neck: NeckShape, /) -> F64:
    """(n,) mm that points (n, 3; neck frame) lie outside the body; negative inside. Near it, a distance."""
    x, y, z = points.T
    column = column_of(neck)
    wide, deep = column.base_x, column.base_z
    share = np.clip((y - BACK_RISE * deep) / (NARROWS * deep), 0.0, 1.0)
    half_x = wide + (column.upper_x - wide) * share
    half_z = deep + (column.upper_z - deep) * share
    ahead = z + deep + LEAN * y
    # off an ellipse, to first order
    out = np.hypot(x / half_x, ahead / half_z)
    around = (out - 1) * out / np.maximum(np.hypot(x / half_x**2, ahead / half_z**2), 1e-6)
    # shoulders: a saddle that rises towards the neck and the nape, and falls outwards
    depth = np.clip(-z, 0.0, 2.2 * deep)
    top = BACK_RISE * depth - SHOULDER_FALL * np.maximum(np.abs(x) - SHOULDER_START * wide, 0.0)
    above = (y - top) / (1 + SHOULDER_FALL**2 + BACK_RISE**2) ** 0.5
    # chest: comes forward below the pit, and is round
    front = np.minimum(-y, 200.0) * CHEST_SLOPE - x * x / (2 * CHEST_ROUND_MM)
    before = (z - front) / (1 + CHEST_SLOPE**2) ** 0.5
    torso = np.maximum(above, before)
    return np.asarray(np.minimum(around, torso))


def settle(length_mm: float, neck: NeckShape, /) -> F64:
    """(JOINTS, 3) mm, neck frame: where the chain's joints come to rest, from the front towards her left and round."""
    if length_mm < neck.base_circumference_mm + 2 * np.pi * CLEAR_MM + TIGHT_MM:
        return _choker(length_mm, neck)
    step = length_mm / JOINTS
    angle = 2 * np.pi * np.arange(JOINTS) / JOINTS
    radius = length_mm / (2 * np.pi)
    base = column_of(neck).base_z
    points = np.stack([radius * np.sin(angle), np.full(JOINTS, 1.1 * base), radius * np.cos(angle) - base], axis=1)
    points[:, 1] -= 0.4 * points[:, 2]
    for turn in range(SETTLE):
        points[:, 1] -= FALL_MM * (1 - turn / SETTLE) + 0.02
        for _ in range(3):
            points = _lifted(_tied(points, step), neck)
    for _ in range(4):
        points = _tied(points, step)
    return np.asarray(points)


def swayed(joints: F64, down: F64, neck: NeckShape, /) -> F64:
    """(JOINTS, 3) mm: the settled joints, with what hangs free of the neck hanging along `down` (unit, neck frame).

    What lies on the body goes no farther into it, and the links stay as long as they are.
    """
    step = length_of(joints) / len(joints)
    below = np.maximum(FREE_BELOW * column_of(neck).base_z - joints[:, 1], 0.0)
    aside, ahead = np.clip(down[[0, 2]] / max(-down[1], 0.5), (-SWING_ASIDE, 0.0), (SWING_ASIDE, SWING_AHEAD))
    slack = np.array([aside, 0.0, ahead])
    points = joints + below[:, None] * slack
    for _ in range(5):
        points = _tied(_lifted(points, neck), step)
    for _ in range(5):
        points = _tied(points, step)
    return np.asarray(points)


def hangs_mm(joints: F64, neck: NeckShape, /) -> float:
    """How far a chain hangs below where it leaves the neck; not above zero for a choker."""
    return float(FREE_BELOW * column_of(neck).base_z - joints[:, 1].min())


def _choker(length_mm: float, neck: NeckShape) -> F64:
    """Too short to reach the base of the neck: a ring about it where it is as large round, its front a little lower."""
    column = column_of(neck)
    room = 2 * np.pi * CLEAR_MM
    base, upper = (c + room for c in (neck.base_circumference_mm, neck.circumference_mm))
    share = float(np.clip((base - length_mm) / (base - upper), 0.0, 1.0))
    half_x = column.base_x + (column.upper_x - column.base_x) * share + CLEAR_MM
    half_z = half_beside(length_mm, half_x)
    middle = (BACK_RISE + NARROWS * share) * column.base_z
    # joints stand as far apart along the ring as they do on the chain
    fine = np.linspace(0, 2 * np.pi, 721)
    ring = np.stack([half_x * np.sin(fine), half_z * np.cos(fine)], axis=1)
    along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(ring, axis=0), axis=1))])
    angle = np.interp(np.arange(JOINTS) * along[-1] / JOINTS, along, fine)
    cos, sin = np.cos(CHOKER_TILT_RAD), np.sin(CHOKER_TILT_RAD)
    ahead = half_z * np.cos(angle)
    points = np.stack(
        [half_x * np.sin(angle), middle - sin * ahead, -column.base_z - LEAN * middle + cos * ahead], axis=1
    )
    for _ in range(4):
        points = _tied(points, length_mm / JOINTS)
    return np.asarray(points)


def _tied(points: F64, step_mm: float) -> F64:
    """Every step at its length again, all at once: one Newton step on all lengths, each joint moved the least."""
    apart = np.roll(points, -1, axis=0) - points
    length = np.linalg.norm(apart, axis=1)
    along = apart / length[:, None]
    after = np.einsum("ni,ni->n", along, np.roll(along, -1, axis=0))
    index = np.arange(len(points))
    system = np.diag(np.full(len(points), 2.0 + 1e-9))
    system[index, (index + 1) % len(points)] -= after
    system[(index + 1) % len(points), index] -= after
    push = np.linalg.solve(system, length - step_mm)[:, None] * along
    return np.asarray(points + push - np.roll(push, 1, axis=0))


def _lifted(points: F64, neck: NeckShape) -> F64:
    """Points inside the body taken out along its slope."""
    away = surface_mm(points, neck) - CLEAR_MM
    inside = away < 0
    if not inside.any():
        return points
    at = points[inside]
    slope = normals(at, neck)
    lifted = points.copy()
    lifted[inside] = at - slope * away[inside][:, None]
    return lifted


def normals(points: F64, neck: NeckShape, /) -> F64:
    """(n, 3) unit: the way out of the body at points near its surface (neck frame)."""
    small = 0.5
    slope = np.stack(
        [surface_mm(points + small * axis, neck) - surface_mm(points - small * axis, neck) for axis in np.eye(3)],
        axis=1,
    )
    return np.asarray(slope / np.maximum(np.linalg.norm(slope, axis=1, keepdims=True), 1e-9))


def length_of(points: F64, /) -> float:
    """mm: all round a closed run of joints."""
    return float(np.linalg.norm(np.roll(points, -1, axis=0) - points, axis=1).sum())


def drop_mm(points: F64, /) -> float:
    """How far the lowest point lies below the pit of the neck, along the chest's slope."""
    low = points[np.argmin(points[:, 1])]
    return float(np.hypot(low[1], low[2]) if low[1] < 0 else -low[1])


def frames(points: F64, neck: NeckShape, /) -> F64:
    """(JOINTS, 4, 4) neck_from_link at each joint: x along the chain (at the front to her left), z off the body."""
    along = np.roll(points, -1, axis=0) - np.roll(points, 1, axis=0)
    along /= np.linalg.norm(along, axis=1, keepdims=True)
    out = normals(points, neck)
    out = out - along * np.einsum("ni,ni->n", out, along)[:, None]
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    placed = np.tile(np.eye(4), (len(points), 1, 1))
    placed[:, :3, 0], placed[:, :3, 1], placed[:, :3, 2] = along, np.cross(out, along), out
    placed[:, :3, 3] = points
    return placed
