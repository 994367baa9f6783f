"""Building blocks of jewellery: tubes, beads, stones, claws, pearls and bands, as triangles in millimetres.

A `Heap` gathers triangles by material. Ornament is drawn flat (u along the band, v up, w outwards) and then wrapped
round the band by `Heap.wrapped`; stones keep one normal a facet.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np

Array = np.ndarray
TURN = 2 * np.pi


@dataclass
class Heap:
    """Triangles by material name: smooth ones with shared points, flat ones (stones) without."""

    parts: dict[str, list[tuple[Array, Array]]] = field(default_factory=lambda: defaultdict(list))
    along: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    "Beside each of `parts`: where it sits on its chain, mm; NaN: where its middle is."

    def add(self, material: str, *meshes: tuple[Array, Array]) -> Heap:
        """Put (vertices (n, 3), faces (m, 3)), each a closed surface, on the heap, outside out."""
        self.parts[material].extend((v, f if volume(v, f) >= 0 else f[:, ::-1]) for v, f in meshes)
        self.along[material].extend(np.nan for _ in meshes)
        return self

    def join(self, other: Heap, to: Callable[[Array], Array] = lambda points: points, flip: bool = False) -> Heap:
        """Another heap's triangles, their points sent through `to`."""
        for material, meshes in other.parts.items():
            for vertices, faces in meshes:
                self.parts[material].append((to(vertices), faces[:, ::-1] if flip else faces))
            self.along[material].extend(other.along[material])
        return self

    def rigid(self, s: float) -> Heap:
        """The same as one rigid part that sits `s` mm along its chain."""
        for material, meshes in self.parts.items():
            self.along[material] = [s] * len(meshes)
        return self

    def round(self, s: float, radius: float) -> Heap:
        """One rigid part of a chain, built at the front (u along, v up, w out), moved `s` mm along its circle."""
        sin, cos = np.sin(s / radius), np.cos(s / radius)
        turn = np.array([[cos, 0.0, -sin], [0.0, 1.0, 0.0], [sin, 0.0, cos]])
        return Heap().join(self, lambda points: (points + (0, 0, radius)) @ turn).rigid(s)

    def mirrored(self) -> Heap:
        """The same left for right (u to -u)."""
        return Heap().join(self, lambda points: points * (-1, 1, 1), flip=True)

    def moved(self, u: float = 0.0, v: float = 0.0, w: float = 0.0, size: float = 1.0) -> Heap:
        """Scaled, then shifted."""
        return Heap().join(self, lambda points: points * size + (u, v, w))


def volume(vertices: Array, faces: Array) -> float:
    """Of a closed surface, mm3; negative when it is inside out."""
    a, b, c = (vertices[faces[:, k]] for k in range(3))
    return float(np.einsum("ij,ij->", a, np.cross(b, c))) / 6


# curves


def arc_spline(points: Sequence[Sequence[float]], count: int) -> Array:
    """(count, 3) of a smooth curve through points (Catmull-Rom, centripetal enough for ornament)."""
    p = np.array([[*q, 0.0][:3] if len(q) == 2 else q for q in points], dtype=float)
    p = np.vstack([2 * p[0] - p[1], p, 2 * p[-1] - p[-2]])
    t = np.linspace(0, len(p) - 3 - 1e-9, count)
    i = t.astype(int)
    f = (t - i)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    return 0.5 * (2 * b + (c - a) * f + (2 * a - 5 * b + 4 * c - d) * f**2 + (3 * b - a - 3 * c + d) * f**3)


def spiral(centre: tuple[float, float], start_rad: float, turns: float, radius: float, end: float, count: int) -> Array:
    """(count, 3): a scroll's curl, from `radius` in to `end`, beginning at angle `start_rad`."""
    t = np.linspace(0, 1, count)
    angle = start_rad + TURN * turns * t
    r = radius * (end / radius) ** (t**0.85)
    return np.stack([centre[0] + r * np.cos(angle), centre[1] + r * np.sin(angle), 0 * t], axis=1)


# metal


def tube(path: Array, radius: float | Array, sides: int = 6, closed: bool = False) -> tuple[Array, Array]:
    """A round wire along a path, capped at its ends; `radius` may change along it."""
    n = len(path)
    ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0) if closed else np.gradient(path, axis=0)
    ahead = ahead / np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    side = np.cross(ahead[0], [0.0, 0.0, 1.0] if abs(ahead[0, 2]) < 0.9 else [1.0, 0.0, 0.0])
    sides_of = np.empty_like(path)
    for k in range(n):  # carried along without twist
        side = side - ahead[k] * (side @ ahead[k])
        side = side / np.linalg.norm(side)
        sides_of[k] = side
    up = np.cross(ahead, sides_of)
    angle = np.arange(sides) / sides * TURN
    r = np.broadcast_to(np.asarray(radius, dtype=float), (n,))[:, None, None]
    ring = sides_of[:, None] * np.cos(angle)[:, None] + up[:, None] * np.sin(angle)[:, None]
    vertices = (path[:, None] + r * ring).reshape(-1, 3)
    k, j = np.meshgrid(np.arange(n if closed else n - 1), np.arange(sides), indexing="ij")
    a, b = k * sides + j, k * sides + (j + 1) % sides
    c, d = (a + sides) % (n * sides), (b + sides) % (n * sides)
    faces = np.concatenate([np.stack([a, b, c], -1).reshape(-1, 3), np.stack([b, d, c], -1).reshape(-1, 3)])
    if not closed:
        tips = np.vstack([path[0] - ahead[0] * r[0, 0] * 0.6, path[-1] + ahead[-1] * r[-1, 0] * 0.6])
        first, last, j = len(vertices), len(vertices) + 1, np.arange(sides)
        faces = np.concatenate(
            [
                faces,
                np.stack([np.full(sides, first), (j + 1) % sides, j], -1),
                np.stack([np.full(sides, last), (n - 1) * sides + j, (n - 1) * sides + (j + 1) % sides], -1),
            ]
        )
        vertices = np.vstack([vertices, tips])
    return vertices, faces


def taper(count: int, thick: float, thin: float, power: float = 1.0) -> Array:
    """Radii from thick to thin along a wire."""
    return thick + (thin - thick) * np.linspace(0, 1, count) ** power


def swell(count: int, thin: float, thick: float) -> Array:
    """Radii thin at both ends, thick in the middle."""
    return thin + (thick - thin) * np.sin(np.pi * np.linspace(0, 1, count))


def ball(centre: Sequence[float], radius: float, level: int = 1) -> tuple[Array, Array]:
    """A sphere; level -1 has 8 faces (a grain), level 0 has 20, each further one four times as many."""
    vertices, faces = _balls(level)
    return vertices * radius + np.asarray(centre, dtype=float), faces


_made: dict[int, tuple[Array, Array]] = {}


def _balls(level: int) -> tuple[Array, Array]:
    if level not in _made:
        if level == -1:
            v = np.vstack([np.eye(3), -np.eye(3)])
            _made[-1] = (
                v,
                np.array([[0, 1, 2], [1, 3, 2], [3, 4, 2], [4, 0, 2], [1, 0, 5], [3, 1, 5], [4, 3, 5], [0, 4, 5]]),
            )
        elif level == 0:
            g = (1 + 5**0.5) / 2
            v = np.array(
                [[-1, g, 0], [1, g, 0], [-1, -g, 0], [1, -g, 0], [0, -1, g], [0, 1, g]]
                + [[0, -1, -g], [0, 1, -g], [g, 0, -1], [g, 0, 1], [-g, 0, -1], [-g, 0, 1]]
            )
            f = [[0, 11, 5], [0, 5, 1], [0, 1, 7], [0, 7, 10], [0, 10, 11], [1, 5, 9], [5, 11, 4], [11, 10, 2]]
            f += [[10, 7, 6], [7, 1, 8], [3, 9, 4], [3, 4, 2], [3, 2, 6], [3, 6, 8], [3, 8, 9], [4, 9, 5]]
            f += [[2, 4, 11], [6, 2, 10], [8, 6, 7], [9, 8, 1]]
            _made[0] = (v / np.linalg.norm(v[0]), np.array(f))
        else:
            v, f = _balls(level - 1)
            middle: dict[tuple[int, int], int] = {}
            points = list(v)

            def between(a: int, b: int) -> int:
                key = (min(a, b), max(a, b))
                if key not in middle:
                    m = v[a] + v[b]
                    middle[key] = len(points)
                    points.append(m / np.linalg.norm(m))
                return middle[key]

            faces = []
            for a, b, c in f:
                ab, bc, ca = between(a, b), between(b, c), between(c, a)
                faces += [[a, ab, ca], [b, bc, ab], [c, ca, bc], [ab, bc, ca]]
            _made[level] = (np.array(points), np.array(faces))
    return _made[level]


def beads(path: Array, radius: float, spacing: float, level: int = -1) -> list[tuple[Array, Array]]:
    """Millegrain: small balls along a path, evenly spaced."""
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(path, axis=0), axis=1))])
    count = max(2, round(along[-1] / spacing))
    at = (np.arange(count) + 0.5) * along[-1] / count
    return [ball([np.interp(s, along, path[:, k]) for k in range(3)], radius, level) for s in at]


def leaf(base: Sequence[float], tip: Sequence[float], width: float, bulge: float) -> tuple[Array, Array]:
    """A pointed leaf with a raised middle rib, from base to tip (u, v)."""
    base3, tip3 = np.array([*base, 0.0][:3]), np.array([*tip, 0.0][:3])
    along = tip3 - base3
    aside = np.cross([0, 0, 1.0], along)
    aside /= np.linalg.norm(aside)
    rows = 7
    vertices = []
    for k in range(rows):
        t = k / (rows - 1)
        half = width / 2 * np.sin(np.pi * t**0.8) ** 0.9 if 0 < t < 1 else 0.0
        middle = base3 + along * t + np.array([0, 0, bulge * np.sin(np.pi * t)])
        edge = np.array([0, 0, -0.35 * bulge])
        vertices += [middle - aside * half + edge, middle, middle + aside * half + edge, middle - (0, 0, 0.7)]
    faces = []
    for k in range(rows - 1):
        a = 4 * k
        b = a + 4
        for i, j in ((0, 1), (1, 2), (2, 3), (3, 0)):
            faces += [[a + i, a + j, b + i], [a + j, b + j, b + i]]
    return np.array(vertices), np.array(faces)[:, ::-1]


# stones


def outline(kind: str, sides: int) -> Array:
    """(sides, 2): the girdle seen from above, within [-1, 1]; pear and marquise point along +v."""
    a = np.arange(sides) / sides * TURN + np.pi / 2
    x, y = np.cos(a), np.sin(a)
    if kind == "pear":
        x = (
            x
            * np.where(y > 0, (1 - np.maximum(y, 0) ** 1.6) ** 0.55, 1.0)
            / np.where(y > 0, np.maximum(np.sqrt(1 - y * y), 1e-6), 1.0)
        )
        x = np.clip(x, -1, 1)
    if kind == "marquise":
        x = np.sign(x) * np.abs(x) ** 1.7
    if kind == "emerald":
        corners = np.array(
            [[1, 0.62], [0.68, 1], [-0.68, 1], [-1, 0.62], [-1, -0.62], [-0.68, -1], [0.68, -1], [1, -0.62]]
        )
        return corners
    return np.stack([x, y], axis=1)


def stone(
    centre: Sequence[float],
    width: float,
    height: float | None = None,
    kind: str = "round",
    fine: bool = True,
    turn_rad: float = 0.0,
) -> tuple[Array, Array]:
    """A faceted stone whose table looks outwards (w); one normal a facet. `fine` is a full brilliant, else single cut.

    Proportions of a brilliant: table 57 %, crown height 15 %, pavilion depth 43 % of the width.
    """
    height = width if height is None else height
    n = 8
    half = np.array([width / 2, height / 2])
    step = kind == "emerald"
    girdle = outline(kind, 2 * n if fine and not step else n) * half
    deep = min(width, height)
    table_w, girdle_w, culet_w = 0.15 * deep, 0.0, -0.43 * deep
    flat: list[list[Array]] = []

    def at(points: Array, w: float) -> Array:
        return np.column_stack([points, np.full(len(points), w)])

    def facet(*corners: Array) -> None:
        for k in range(1, len(corners) - 1):
            flat.append([corners[0], corners[k], corners[k + 1]])

    def belt(lower: Array, upper: Array) -> None:
        m = len(lower)
        for k in range(m):
            facet(lower[k], lower[(k + 1) % m], upper[(k + 1) % m], upper[k])

    if step:
        g, m1, t = at(girdle, 0), at(girdle * 0.86, 0.09 * deep), at(girdle * 0.66, table_w)
        p1, p2 = at(girdle * 0.72, -0.2 * deep), at(girdle * 0.3, -0.4 * deep)
        for low, high in ((g, m1), (m1, t), (p1, g), (p2, p1)):
            belt(low, high)
        facet(*t)
        facet(*p2[::-1])
    elif fine:
        g = at(girdle, girdle_w)
        t = at(girdle[1::2] * 0.57, table_w)  # table corners lie between the mains
        mid = at(girdle[::2] * 0.80, 0.085 * deep)  # where star and upper girdle facets meet
        facet(*t)
        for k in range(n):
            left, right = t[k - 1], t[k]
            facet(mid[k], right, left)  # star
            facet(mid[k], g[2 * k], g[2 * k + 1])  # upper girdle, one each side
            facet(mid[k], g[2 * k - 1], g[2 * k])
            facet(mid[k], g[2 * k + 1], right)  # kite, one half each
            facet(mid[k], left, g[2 * k - 1])
        culet = np.array([0.0, 0.0, culet_w])
        low = at(girdle[1::2] * 0.24, culet_w * 0.78)
        for k in range(n):
            facet(g[2 * k], low[k - 1], low[k], g[2 * k + 1])
            facet(g[2 * k - 1], low[k - 1], g[2 * k])
            facet(low[k - 1], culet, low[k])
    else:
        g, t = at(girdle, girdle_w), at(girdle * 0.58, table_w)
        belt(g, t)
        facet(*t)
        culet = np.array([0.0, 0.0, culet_w])
        for k in range(n):
            facet(g[k], culet, g[(k + 1) % n])
    vertices = np.array(flat).reshape(-1, 3)
    if turn_rad:
        cos, sin = np.cos(turn_rad), np.sin(turn_rad)
        vertices[:, :2] = vertices[:, :2] @ np.array([[cos, sin], [-sin, cos]])
    faces = np.arange(len(vertices)).reshape(-1, 3)
    inward = (np.cross(vertices[1::3] - vertices[::3], vertices[2::3] - vertices[::3]) * vertices[::3]).sum(1) < 0
    faces[inward] = faces[inward][:, ::-1]
    return vertices + np.asarray(centre, dtype=float), faces


def claws(
    centre: Sequence[float],
    width: float,
    height: float | None = None,
    count: int = 4,
    wire: float = 0.32,
    kind: str = "round",
    turn_rad: float = 0.0,
    fine: bool = True,
) -> list[tuple[Array, Array]]:
    """Claws that grip a stone at its girdle, and below it what they stand on: a collet ring, or a peg if not `fine`."""
    height = width if height is None else height
    c = np.asarray(centre, dtype=float)
    deep = min(width, height)
    half = np.array([width, height]) / 2
    cos, sin = np.cos(turn_rad), np.sin(turn_rad)
    turn = np.array([[cos, sin], [-sin, cos]])
    if fine:
        ring = outline(kind if kind != "emerald" else "round", 16) * half * 0.78 @ turn
        made = [tube(np.column_stack([ring, np.full(len(ring), -0.26 * deep)]) + c, wire * 0.9, 4, closed=True)]
    else:
        made = [tube(np.array([[0, 0, -0.62 * deep], [0, 0, -0.2 * deep]]) + c, np.array([0.8, 0.34]) * deep * 0.3, 5)]
    angles = np.arange(count) / count * TURN + np.pi / count + (np.pi / 2 if kind in ("pear", "marquise") else 0)
    for angle in angles:
        if kind == "emerald":
            out = np.sign([np.cos(angle), np.sin(angle)]) * 0.86
        else:
            out = outline(kind, 360)[round(np.degrees(angle - np.pi / 2)) % 360]
        edge = out * half @ turn
        foot = [[*(edge * 0.62), -0.42 * deep]] if fine else []
        path = np.array(
            [*foot, [*(edge * 0.9), -0.16 * deep], [*(edge * 1.04), 0.03 * deep], [*(edge * 0.90), 0.13 * deep]]
        )
        made.append(tube(path + c, wire, 4 if fine else 3))
    return made


# wrapping a flat design round a band


@dataclass(frozen=True)
class Wrap:
    """An ellipse of half breadth a (x) and half length b (z) that a flat design is laid round, u = 0 at the front.

    `flare` leans the ornament outwards (positive) with height, rad; `rise` lifts the front above the back.
    """

    a: float
    b: float
    flare_rad: float = 0.0

    def arc(self, count: int = 4096) -> tuple[Array, Array]:
        """(angle, arc length from the front) of half the ellipse, for interpolation."""
        angle = np.linspace(0, np.pi, count)
        step = np.hypot(self.a * np.cos(angle), self.b * np.sin(angle))
        along = np.concatenate([[0], np.cumsum((step[1:] + step[:-1]) / 2 * np.diff(angle))])
        return angle, along

    @property
    def around(self) -> float:
        """Length of the whole ellipse."""
        return 2 * float(self.arc()[1][-1])

    def __call__(self, points: Array) -> Array:
        """(n, 3) flat (u, v, w) to (x, y, z)."""
        angle, along = self.arc()
        u = (points[:, 0] + along[-1]) % (2 * along[-1]) - along[-1]  # what reaches past the back goes on round
        t = np.sign(u) * np.interp(np.abs(u), along, angle)
        foot = np.stack([self.a * np.sin(t), np.zeros(len(t)), self.b * np.cos(t)], axis=1)
        out = np.stack([self.b * np.sin(t), np.zeros(len(t)), self.a * np.cos(t)], axis=1)
        out /= np.linalg.norm(out, axis=1, keepdims=True)
        v, w = points[:, 1], points[:, 2]
        sin, cos = np.sin(self.flare_rad), np.cos(self.flare_rad)
        lean = np.where(v > 0, v, 0.0)
        return (
            foot
            + out * (w + lean * sin)[:, None]
            + np.array([0, 1.0, 0]) * (np.where(v > 0, lean * cos, v) - w * sin * (v > 0))[:, None]
        )
