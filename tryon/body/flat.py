"""Whether a face that moves is a face, or a flat picture of one.

Pictures of a plane from anywhere are homographies of one another (Hartley and Zisserman, Multiple View Geometry, 13.1);
those of a head are not: its nose and its cheeks lie at unlike depths. The network finds a face on a photograph too, and
nothing that is measured on one has a size.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from tryon.types import F32, F64

MOVED = 0.012
"Of the face's breadth: points that differ by less but for place, size and roll do not tell."
LOOKS_LEAST = 8
PLANE = 0.6
"""What is left over after a homography, of what a likeness (place, size, roll) leaves over: 0.70 and more on turning
heads, 0.35 to 0.46 on turned pictures of them (medians of looks, tryon's own clips)."""


def is_flat(faces: Sequence[F32 | F64], /) -> bool | None:
    """Whether looks (n, 2) px at one face are of a plane; None while too few of them differ to tell."""
    if len(faces) <= LOOKS_LEAST:
        return None
    looks = [np.asarray(face, dtype=np.float64) for face in faces]
    base = looks[len(looks) // 2]
    breadth = float(np.ptp(base[:, 0]))
    shares = []
    for look in looks:
        alike = _likeness(look, base)
        if np.sqrt(np.mean(alike**2)) < MOVED * breadth:
            continue
        plane, _ = cv2.findHomography(look, base, 0)
        at = np.column_stack([look, np.ones(len(look))]) @ plane.T
        left = np.linalg.norm(at[:, :2] / at[:, 2:] - base, axis=1)
        shares.append(float(np.sqrt(np.mean(left**2) / np.mean(alike**2))))
    return None if len(shares) < LOOKS_LEAST else float(np.median(shares)) < PLANE


def _likeness(look: F64, base: F64) -> F64:
    """(n,) px left over when one is moved, turned in the picture's plane and scaled onto the other."""
    from_, to = look[:, 0] + 1j * look[:, 1], base[:, 0] + 1j * base[:, 1]
    from_, to = from_ - from_.mean(), to - to.mean()
    factor = np.vdot(from_, to) / np.vdot(from_, from_)
    return np.asarray(np.abs(factor * from_ - to))
