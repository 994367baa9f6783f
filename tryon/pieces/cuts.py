"""Each stone of a part on its own: where it is, where its table looks, how long and broad it is, how it is cut.

The drawing follows light through a stone by this alone: whatever facets a file has behind the girdle, or however few
are left of them for the distance, it is a brilliant or a step cut of its size.
"""

from __future__ import annotations

import numpy as np

from tryon.pieces.surfaces import bodies
from tryon.types import F32, F64, I32

WELD_MM = 1e-3
ROUND = 1.06
"A stone whose length is less than so many breadths is turned by its corners, not by its length."
TURN_RAD = np.radians(10)
STEP_SHARE = 0.6
"More than this share of a step cut's crown looks to within TURN_RAD of its length or breadth; of a brilliant's, half."


def find(vertices: F32, faces: I32, chain: F32 | None = None, /) -> tuple[I32, F32]:
    """`stone_of` (n,) and `cuts` (k, 4, 4) as a Part has them."""
    along = np.zeros(len(vertices)) if chain is None else chain
    keys = np.round(np.column_stack([vertices / WELD_MM, along * 1e6])).astype(np.int64)
    _, welded = np.unique(keys, axis=0, return_inverse=True)
    label = bodies(welded.reshape(-1)[faces], int(welded.max()) + 1)[welded.reshape(-1)]
    _, stone_of = np.unique(label, return_inverse=True)
    stone_of = stone_of.reshape(-1)
    count = int(stone_of.max()) + 1

    corners = vertices[faces].astype(np.float64)
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(across, axis=1)
    facing = across / np.maximum(area, 1e-12)[:, None]
    of_face = stone_of[faces[:, 0]]
    middle = np.stack([np.bincount(stone_of, vertices[:, k], minlength=count) for k in range(3)], axis=1)
    middle = middle / np.bincount(stone_of, minlength=count)[:, None]
    away = vertices - middle[stone_of]
    spread = np.stack(
        [np.bincount(stone_of, away[:, a] * away[:, b], minlength=count) for a in range(3) for b in range(3)]
    )
    flattest = np.linalg.eigh(spread.T.reshape(-1, 3, 3))[1][:, :, 0]
    axis = _tables(of_face, facing, area, flattest)
    first = np.cross(axis, np.where(np.abs(axis[:, 1:2]) < 0.9, (0.0, 1.0, 0.0), (1.0, 0.0, 0.0)))
    first /= np.linalg.norm(first, axis=1, keepdims=True)
    second = np.cross(axis, first)

    def mean(values: F64, weight: F64 | None = None) -> F64:
        total = np.bincount(stone_of, weight, minlength=count)
        weighed = values if weight is None else values * weight
        return np.asarray(np.bincount(stone_of, weighed, minlength=count) / np.maximum(total, 1e-12))

    x, y, z = (np.einsum("ij,ij->i", away, each[stone_of]) for each in (first, second, axis))
    xx, yy, xy = mean(x * x), mean(y * y), mean(x * y)
    # principal directions of its outline; a square's are its sides, half a right angle from its corners
    turn = 0.5 * np.arctan2(2 * xy, xx - yy)
    bend = np.arctan2(y, x)
    reach = np.hypot(x, y)
    corner = 0.25 * np.arctan2(mean(reach**4 * np.sin(4 * bend)), mean(reach**4 * np.cos(4 * bend))) + np.pi / 4
    apart = np.hypot(xx - yy, 2 * xy)
    longer = np.sqrt((xx + yy + apart) / np.maximum(xx + yy - apart, 1e-12))
    turn = np.where(longer < ROUND, corner, turn)
    along_u = first * np.cos(turn)[:, None] + second * np.sin(turn)[:, None]
    along_v = np.cross(axis, along_u)
    u, v = (np.einsum("ij,ij->i", away, each[stone_of]) for each in (along_u, along_v))
    (low_u, high_u), (low_v, high_v) = (_span(each, stone_of, count) for each in (u, v))
    half_u, half_v = np.maximum((high_u - low_u) / 2, 1e-3), np.maximum((high_v - low_v) / 2, 1e-3)
    u, v = u - ((high_u + low_u) / 2)[stone_of], v - ((high_v + low_v) / 2)[stone_of]
    girdle = mean(z, np.hypot(u / half_u[stone_of], v / half_v[stone_of]) ** 8)
    centre = middle + along_u * ((high_u + low_u) / 2)[:, None] + along_v * ((high_v + low_v) / 2)[:, None]
    centre += axis * girdle[:, None]

    cuts = np.zeros((count, 4, 4))
    cuts[:, 0, :3], cuts[:, 0, 3] = centre, half_u
    cuts[:, 1, :3], cuts[:, 1, 3] = along_u, half_v
    cuts[:, 2, :3], cuts[:, 2, 3] = axis, np.minimum(half_u, half_v)
    cuts[:, 3, 0] = _stepped(of_face, facing, area, along_u, along_v, axis, count)
    return stone_of.astype(np.int32), cuts.astype(np.float32)


def _tables(of_face: I32, facing: F64, area: F64, flattest: F64) -> F64:
    """(k, 3): where the largest facet of each stone looks, of those across its flattest direction (k, 3)."""
    area = area * np.einsum("ij,ij->i", facing, flattest[of_face]) ** 4
    steps = np.round(facing * 12).astype(np.int64) + 12
    key = ((of_face.astype(np.int64) * 25 + steps[:, 0]) * 25 + steps[:, 1]) * 25 + steps[:, 2]
    facets, facet = np.unique(key, return_inverse=True)
    facet = facet.reshape(-1)
    areas = np.bincount(facet, area)
    looks = np.stack([np.bincount(facet, facing[:, axis] * area) for axis in range(3)], axis=1)
    order = np.argsort(areas, kind="stable")
    largest = np.zeros(len(flattest), np.int64)
    largest[(facets // 25**3)[order]] = order  # the last written is the largest
    table = looks[largest]
    length = np.linalg.norm(table, axis=1, keepdims=True)
    return np.where(length > 1e-12, table / np.maximum(length, 1e-12), (0.0, 0.0, 1.0))


def _stepped(of_face: I32, facing: F64, area: F64, u: F64, v: F64, axis: F64, count: int) -> F64:
    """(k,) 1 where the crown's facets lie along the stone's sides."""
    up, a, b = (np.einsum("ij,ij->i", facing, each[of_face]) for each in (axis, u, v))
    crown = (up > 0.15) & (up < 0.95)
    turned = np.arctan2(np.abs(b), np.abs(a))
    straight = crown & (np.minimum(turned, np.pi / 2 - turned) < TURN_RAD)
    share = np.bincount(of_face, area * straight, minlength=count) / np.maximum(
        np.bincount(of_face, area * crown, minlength=count), 1e-12
    )
    return np.asarray(share > STEP_SHARE, dtype=np.float64)


def _span(values: F64, of: I32, count: int) -> tuple[F64, F64]:
    low, high = np.full(count, np.inf), np.full(count, -np.inf)
    np.minimum.at(low, of, values)
    np.maximum.at(high, of, values)
    return low, high
