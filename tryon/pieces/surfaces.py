"""Whether surfaces are closed and turned outwards: what a caster's program, and light, need of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]
LABEL_STEPS = 64


@dataclass(frozen=True, slots=True)
class Surfaces:
    """What is wrong with the surfaces of some triangles."""

    open_edges: int
    "Edges that belong to one triangle alone."
    against: int
    "Edges whose two triangles are turned to opposite sides."
    inverted: int
    "Closed bodies that are turned inside out."
    bodies: int


def look(points: Array, corners: Array, /) -> Surfaces:
    """Of (n, 3) points and the indices of their triangles, one after the other."""
    # points that lie on one another count as one: a facet's corners are often its own
    _, first, where = np.unique(np.round(points, 7), axis=0, return_index=True, return_inverse=True)
    faces = where.reshape(-1)[corners].reshape(-1, 3)
    faces = faces[(faces[:, 0] != faces[:, 1]) & (faces[:, 1] != faces[:, 2]) & (faces[:, 2] != faces[:, 0])]
    if not len(faces):
        return Surfaces(0, 0, 0, 0)
    ways = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).astype(np.int64)
    key = ways.min(axis=1) * len(first) + ways.max(axis=1)
    forth = ways[:, 0] < ways[:, 1]
    edges, edge = np.unique(key, return_inverse=True)
    times = np.bincount(edge, minlength=len(edges))
    ahead = np.bincount(edge, forth, minlength=len(edges))
    once, against = times == 1, (times == 2) & (ahead != 1)
    label = bodies(faces, len(first))
    of_face = label[faces[:, 0]]
    open_ = np.zeros(len(first), bool)
    open_[of_face[np.flatnonzero(once[edge]) % len(faces)]] = True
    a, b, c = (points[first[faces[:, corner]]].astype(np.float64) for corner in range(3))
    volume = np.bincount(of_face, np.einsum("ij,ij->i", a, np.cross(b, c)) / 6, minlength=len(first))
    closed = np.unique(of_face)
    inverted = int(((volume[closed] < 0) & ~open_[closed]).sum())
    return Surfaces(int(once.sum()), int(against.sum()), inverted, len(closed))


def bodies(faces: Array, count: int, /) -> Array:
    """(count,) for each point the least one that it hangs together with."""
    label = np.arange(count)
    for _ in range(LABEL_STEPS):
        least = label[faces].min(axis=1)
        before = label.copy()
        for corner in range(3):
            np.minimum.at(label, faces[:, corner], least)
        label = label[label]
        if (label == before).all():
            break
    return label
