"""Ellipses and the plane sections of an ellipsoid that is symmetric left to right."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from tryon.types import F64

FULLNESS = (1.7, 2.8)
"Exponents of ovals that a head could have [J]: perimeters 3 % under to 6 % over the ellipse's."


def perimeter(half_a: float, half_b: float, /) -> float:
    """Perimeter of an ellipse (Ramanujan 1914, first approximation; off by under 1e-4 for heads)."""
    a, b = half_a, half_b
    return float(np.pi * (3 * (a + b) - np.sqrt((3 * a + b) * (a + 3 * b))))


def half_beside(length_mm: float, half_a: float, /) -> float:
    """The other half axis of an ellipse of this perimeter, mm; a circle's where `half_a` is too long for any."""
    low, high = 0.25 * half_a, 4.0 * half_a
    if not perimeter(half_a, low) < length_mm < perimeter(half_a, high):
        return length_mm / (2 * float(np.pi))
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if perimeter(half_a, middle) < length_mm else (low, middle)
    return (low + high) / 2


def oval(half_a: float, half_b: float, /, *, fullness: float = 2.0, count: int = 361) -> F64:
    """(count, 2) points of |x/a|^n + |y/b|^n = 1 (Lame's curve), from the end of b towards that of a, closed.

    A fullness n of 2 is an ellipse; heads are a little fuller.
    """
    angle = np.linspace(0, 2 * np.pi, count)
    across, along = np.sin(angle), np.cos(angle)
    bend = 2 / fullness
    return np.stack(
        [half_a * np.sign(across) * np.abs(across) ** bend, half_b * np.sign(along) * np.abs(along) ** bend], axis=1
    )


def fullness_of(half_a: float, half_b: float, around_mm: float, /) -> float:
    """The fullness at which an oval of these half axes is so long round; no further from an ellipse than FULLNESS."""

    def longer(fullness: float) -> bool:
        points = oval(half_a, half_b, fullness=fullness)
        return float(np.linalg.norm(np.diff(points, axis=0), axis=1).sum()) > around_mm

    low, high = FULLNESS
    if longer(low) or not longer(high):
        return low if longer(low) else high
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (low, middle) if longer(middle) else (middle, high)
    return (low + high) / 2


@dataclass(frozen=True, slots=True)
class Section:
    """The ellipse where a plane meets the ellipsoid."""

    centre: F64
    "(3,) mm."
    half_breadth: float
    "Along x, mm."
    half_length: float
    "Along the plane's own forward direction, mm."


@dataclass(frozen=True, slots=True)
class Ellipsoid:
    """An ellipsoid whose left and right halves mirror each other: its axes are turned about x only."""

    centre: F64
    "(3,) mm."
    axes: F64
    "(3,) mm: half breadth (x), half height, half length, before the turn."
    pitch_rad: float
    "Turn about x that brings the length axis from z; positive raises its front end."

    def grown(self, by_mm: float) -> Ellipsoid:
        """With every half axis longer."""
        return Ellipsoid(self.centre, self.axes + by_mm, self.pitch_rad)

    def holds(self, points: F64, /) -> npt.NDArray[np.bool_]:
        """(n,) whether points (n, 3) lie inside."""
        x, y, z = (points - self.centre).T
        cos, sin = np.cos(self.pitch_rad), np.sin(self.pitch_rad)
        own = np.stack([x, cos * y - sin * z, sin * y + cos * z], axis=1)
        return np.asarray(((own / self.axes) ** 2).sum(axis=1) < 1.0)

    def section(self, up: F64, height_mm: float, /) -> Section | None:
        """Where the plane of points p with up . p = height meets it; None when it does not.

        `up` is a unit vector (0, y, z); the plane's forward direction is that of z turned with it.
        """
        shape = self._sagittal()
        up2 = np.array([up[1], up[2]])
        forward2 = np.array([-up[2], up[1]])
        from_centre = up2 * height_mm - self.centre[1:]
        from_centre = up2 * float(up2 @ from_centre)  # the foot of the centre on the plane, from the centre
        along = float(forward2 @ shape @ forward2)
        shift = -float(forward2 @ shape @ from_centre) / along
        left = 1 - (float(from_centre @ shape @ from_centre) - along * shift * shift)
        if left <= 0:
            return None
        middle = self.centre[1:] + from_centre + forward2 * shift
        return Section(
            np.array([self.centre[0], middle[0], middle[1]]), self.axes[0] * left**0.5, (left / along) ** 0.5
        )

    def sagittal(self, count: int = 721, /) -> F64:
        """(count, 3) points of its outline in the mid plane, from the front over the top to the back and round."""
        angle = np.linspace(0, 2 * np.pi, count)
        up, ahead = self.axes[1] * np.sin(angle), self.axes[2] * np.cos(angle)
        cos, sin = np.cos(self.pitch_rad), np.sin(self.pitch_rad)
        return np.stack(
            [np.zeros(count), self.centre[1] + cos * up + sin * ahead, self.centre[2] - sin * up + cos * ahead], axis=1
        )

    def _sagittal(self) -> F64:
        # (y, z) quadratic form of the outline
        cos, sin = np.cos(self.pitch_rad), np.sin(self.pitch_rad)
        axes = np.array([[cos, -sin], [sin, cos]])  # rows: unit height axis, unit length axis, in (y, z)
        return np.asarray(axes.T @ np.diag(self.axes[1:] ** -2.0) @ axes)
