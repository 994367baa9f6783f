"""Chains as they are modelled: closed, laid round in a circle of their own length, so that each link has its place."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from tryon.types import F64, Model

JOINTS = 64
"Of every chain: 7 mm apart on a princess necklace; between two of them a link turns and moves evenly."


@lru_cache(maxsize=16)
def circle_links(length_mm: float, /) -> F64:
    """(JOINTS, 4, 4) mm, piece_from_link: round the piece's y axis from its front (z) towards the wearer's left (x)."""
    angle = 2 * np.pi * np.arange(JOINTS) / JOINTS
    sin, cos, radius = np.sin(angle), np.cos(angle), length_mm / (2 * np.pi)
    links = np.tile(np.eye(4), (JOINTS, 1, 1))
    links[:, 0, 0], links[:, 0, 2], links[:, 2, 0], links[:, 2, 2] = cos, sin, -sin, cos
    links[:, 0, 3], links[:, 2, 3] = radius * sin, radius * cos
    return links


def points_of(model: Model, links: F64 | None = None, /) -> F64:
    """(n, 3) mm, piece: all vertices; those of a chain where its links (JOINTS, 4, 4) are, or as it is modelled."""
    points = []
    for part in model.parts:
        at = part.vertices.astype(np.float64)
        if part.chain is not None:
            placed = circle_links(model.piece.size.chain_length_mm) if links is None else links
            along = part.chain.astype(np.float64) * JOINTS
            here = along.astype(int) % JOINTS
            share = (along - np.floor(along))[:, None, None]
            link = placed[here] * (1 - share) + placed[(here + 1) % JOINTS] * share
            at = np.einsum("nij,nj->ni", link[:, :3, :3], at) + link[:, :3, 3]
        points.append(at)
    return np.concatenate(points)
