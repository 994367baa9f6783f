"""The scale that a card or marker at the forehead gives: one rigid point and one factor explain it in every view.

The reference stays where it is on the head while she turns. Its centre, known in true millimetres, is therefore the
head's pose (in millimetres of the model) times the factor, with one point that is fixed in the head: as she turns,
that point's depth before the head's axis shows, and need not be guessed from the shape of her forehead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from tryon.types import F64, Scale, ScaleSource

PLACE_STD_MM = 6.0
"How far a card's middle may lie off the plane of the forehead's landmarks: it leans on the brow or on the hairline."
LOOK_STD_MM = 3.0
"Of one view: pose and reference together."
POSE_STD = 0.004
"Relative, common to all views: how far the pose's turning is off its own share (tryon bench --only card, head poses)."
AGREE = 0.04
"""Relative: what one reference's views differ by at most in the size that they give her (1.3 % about their middle on
two synthetic people). What differs by more was no card, or half of one."""
INDEPENDENT = 8
"A turn is worth no more views than this: the errors of neighbours are alike."


@dataclass(frozen=True, slots=True, eq=False)
class ReferenceView:
    """A reference in one view."""

    camera_from_head: F64
    "(4, 4), in millimetres of the model."
    centre_mm: F64
    "(3,) in the camera, true millimetres."
    forehead: F64
    "(3,) in the head, millimetres of the model: where its line of sight meets the plane of the forehead."


def reference_scale(views: Sequence[ReferenceView], source: ScaleSource, size_std: float, /) -> Scale | None:
    """True millimetres per millimetre of the model, at the eyes; None without a view, and where no more than half of
    them agree. `size_std` is relative."""
    views = _agreeing(views)
    if not views:
        return None
    share = (min(len(views), INDEPENDENT) / len(views)) ** 0.5
    forehead = np.median([view.forehead for view in views], axis=0)
    rows, right = [], []
    for view in views:
        pose = view.camera_from_head
        rows.append(np.hstack([pose[:3, 3:4], pose[:3, :3]]) * share / LOOK_STD_MM)
        right.append(view.centre_mm * share / LOOK_STD_MM)
    rows.append(np.hstack([-forehead[:, None], np.eye(3)]) / PLACE_STD_MM)
    right.append(np.zeros(3))
    system, told = np.concatenate(rows), np.concatenate(right)
    factor = float(np.linalg.lstsq(system, told, rcond=None)[0][0])
    variance = float(np.linalg.inv(system.T @ system)[0, 0])
    std = float(np.sqrt(variance + factor**2 * (POSE_STD**2 + size_std**2)))
    if not 0.5 < factor < 2.0:
        return None
    return Scale(factor, std, source, "eyes", True)


def _agreeing(views: Sequence[ReferenceView]) -> list[ReferenceView]:
    """Those that agree on her size, if they are more than half."""
    sizes = np.log([view.centre_mm[2] / (view.camera_from_head @ np.append(view.forehead, 1.0))[2] for view in views])
    groups = [np.abs(sizes - size) < AGREE for size in sizes]
    most = max(groups, key=np.count_nonzero, default=np.zeros(0, bool))
    if 2 * np.count_nonzero(most) <= len(views):
        return []
    return [view for view, agrees in zip(views, most, strict=True) if agrees]
