"""Motifs of our own, drawn flat (u along the band, v up, w outwards), in millimetres."""

from __future__ import annotations

import numpy as np
from forms import Array, Heap, arc_spline, ball, beads, claws, leaf, spiral, stone, swell, taper, tube


def line(u0: float, u1: float, v: float, w: float = 0.0, step: float = 2.0) -> Array:
    """(n, 3): a straight run along the band."""
    count = max(2, int(abs(u1 - u0) / step) + 1)
    u = np.linspace(u0, u1, count)
    return np.stack([u, np.full(count, v), np.full(count, w)], axis=1)


def rail(metal: str, u0: float, u1: float, v: float, radius: float, grain: bool = True, sides: int = 6) -> Heap:
    """A round wire along the band, with millegrain on its outer side."""
    heap = Heap().add(metal, tube(line(u0, u1, v), radius, sides))
    if grain:
        heap.add(metal, *beads(line(u0, u1, v, radius * 0.9), radius * 0.42, radius * 1.25))
    return heap


def set_stone(
    gem: str,
    metal: str,
    u: float,
    v: float,
    width: float,
    height: float | None = None,
    *,
    kind: str = "round",
    w: float = 0.0,
    fine: bool = True,
    turn_rad: float = 0.0,
    count: int = 4,
) -> Heap:
    """A stone in claws, its girdle `0.45 width` off the base so that it stands on its collet."""
    deep = min(width, height or width)
    centre = (u, v, w + 0.42 * deep)
    wire = 0.14 + 0.05 * deep**0.7
    return (
        Heap()
        .add(gem, stone(centre, width, height, kind, fine, turn_rad))
        .add(metal, *claws(centre, width, height, count, wire, kind, turn_rad, fine))
    )


def pave(gem: str, metal: str, u0: float, u1: float, v: float, width: float, w: float = 0.0) -> Heap:
    """A run of small stones in shared grains on a backing strip."""
    heap = Heap()
    pitch = width * 1.06
    count = max(1, int(abs(u1 - u0) / pitch))
    at = (np.arange(count) + 0.5) * (u1 - u0) / count + u0
    for u in at:
        heap.add(gem, stone((u, v, w + 0.30 * width), width, fine=False))
    for u in at[:-1] + (at[1] - at[0]) / 2 if count > 1 else []:
        for side in (-1, 1):
            heap.add(metal, ball((u, v + side * 0.36 * width, w + 0.36 * width), 0.13 * width + 0.08, -1))
    path = line(u0, u1, v, w - 0.12 * width)
    heap.add(metal, *strip(path, width * 1.04, 0.35))
    return heap


def strip(path: Array, height: float, thick: float) -> list[tuple[Array, Array]]:
    """A flat bar along a path that runs along u, its edges bevelled; closed, so that it can be simplified."""
    path = path[:: 2 if len(path) > 40 else 1] if len(path) % 2 else np.vstack([path[:-1:2], path[-1:]])
    h, t = height / 2, thick / 2
    b = 0.35 * min(h, t)
    corners = [(-h + b, -t), (h - b, -t), (h, -t + b), (h, t - b), (h - b, t), (-h + b, t), (-h, t - b), (-h, -t + b)]
    n, m = len(path), len(corners)
    vertices = (path[:, None] + np.concatenate([np.zeros((m, 1)), np.array(corners)], axis=1)[None]).reshape(-1, 3)
    k, j = np.meshgrid(np.arange(n - 1), np.arange(m), indexing="ij")
    a, c = k * m + j, k * m + (j + 1) % m
    faces = [np.stack([a, a + m, c], -1).reshape(-1, 3), np.stack([c, a + m, c + m], -1).reshape(-1, 3)]
    fan = np.array([[0, q, q + 1] for q in range(1, m - 1)])
    return [(vertices, np.concatenate([*faces, fan, (n - 1) * m + fan[:, ::-1]]))]


def scroll(
    metal: str, base: tuple[float, float], height: float, width: float, wire: float, turns: float = 1.15
) -> Heap:
    """An S-scroll that grows from the band and curls outwards (towards +u) at its head, with a small curl at its foot."""
    u, v = base
    curl = 0.26 * width + 0.10 * height
    head = spiral((u + width - curl, v + height - curl), np.pi / 2 + 0.5, -turns, curl, curl * 0.22, 26)
    stem = arc_spline(
        [(u, v), (u - 0.10 * width, v + 0.35 * height), (u + 0.12 * width, v + 0.78 * height), head[0][:2]], 14
    )
    path = np.vstack([stem[:-1], head])
    heap = Heap().add(metal, tube(path, np.concatenate([taper(13, wire * 0.8, wire), taper(26, wire, wire * 0.5)]), 6))
    heap.add(metal, ball(path[-1], wire * 1.05, 1))
    foot = spiral((u + 0.17 * width, v + 0.16 * height), np.pi + 0.3, 0.85, 0.17 * width, 0.05 * width, 14)
    heap.add(metal, tube(foot, taper(14, wire * 0.75, wire * 0.4), 5), ball(foot[-1], wire * 0.8, 0))
    return heap


def volute(metal: str, base: tuple[float, float], height: float, width: float, wire: float) -> Heap:
    """A pair of scrolls, back to back."""
    one = scroll(metal, (0.0, 0.0), height, width, wire)
    return Heap().join(one).join(one.mirrored()).moved(*base)


def spray(
    metal: str, gem: str, base: tuple[float, float], height: float, lean: float, leaves: int, wire: float
) -> Heap:
    """A leafy stem: leaves in pairs growing smaller towards a stone at the tip; `lean` is how far the tip goes sideways."""
    u, v = base
    stem = arc_spline([(u, v), (u + 0.15 * lean, v + 0.45 * height), (u + lean, v + height)], 16)
    heap = Heap().add(metal, tube(stem, taper(16, wire, wire * 0.55), 6))
    for k in range(leaves):
        t = 0.16 + 0.66 * k / max(leaves - 1, 1)
        at = stem[int(t * 15)]
        ahead = stem[min(int(t * 15) + 1, 15)] - at
        ahead /= np.linalg.norm(ahead)
        aside = np.array([ahead[1], -ahead[0], 0.0])
        size = height * (0.34 - 0.16 * t)
        for side in (-1, 1):
            tip = at + ahead * size * 0.78 + aside * side * size * 0.62
            heap.add(metal, leaf((*at[:2], 0.2), (*tip[:2], 0.5), size * 0.42, size * 0.10 + 0.25))
    return heap.join(set_stone(gem, metal, *stem[-1][:2], 2.2 + 0.035 * height, fine=height > 12, count=4))


def flower(gem: str, metal: str, u: float, v: float, size: float, petals: int = 8, centre: str | None = None) -> Heap:
    """A cluster: stones round a larger one, set close."""
    middle = 0.40 * size
    ring = (size - middle) * 0.5 * 0.96
    heap = set_stone(centre or gem, metal, u, v, middle, w=0.10 * size, count=6)
    for k in range(petals):
        a = 2 * np.pi * k / petals + np.pi / 2
        r = middle / 2 + ring * 0.5
        heap.join(set_stone(gem, metal, u + r * np.cos(a), v + r * np.sin(a), ring, fine=ring > 4.5))
    back = np.stack(
        [
            u + (middle / 2 + ring / 2) * np.cos(np.linspace(0, 2 * np.pi, 24, endpoint=False)),
            v + (middle / 2 + ring / 2) * np.sin(np.linspace(0, 2 * np.pi, 24, endpoint=False)),
            np.full(24, -0.1),
        ],
        axis=1,
    )
    return heap.add(metal, tube(back, 0.35, 5, closed=True))


def drop(gem: str, metal: str, u: float, v: float, width: float, height: float, halo: str | None = None) -> Heap:
    """A pear stone, point up, with a halo of small stones if one is named; (u, v) is its foot."""
    middle = v + height / 2 + (1.2 if halo else 0.4)
    heap = set_stone(gem, metal, u, middle, width, height, kind="pear", count=5)
    if halo:
        from forms import outline

        ring = outline("pear", 22) * (np.array([width, height]) / 2 + 0.95)
        for a, b in ring:
            heap.add(halo, stone((u + a, middle + b, 0.55), 1.5, fine=False))
        path = np.column_stack([ring + (u, middle), np.full(len(ring), 0.0)])
        heap.add(metal, tube(path, 0.42, 5, closed=True))
    return heap


def pearl_on(metal: str, u: float, v: float, size: float, w: float = 0.0) -> Heap:
    """A pearl on a cup and peg; (u, v) is its middle."""
    level = 2 if size > 3.6 else 1
    return (
        Heap()
        .add("pearl", ball((u, v, w), size / 2, level))
        .add(metal, tube(np.array([[u, v - size * 0.62, w], [u, v - size * 0.46, w]]), np.array([0.3, size * 0.2]), 6))
    )


def fleur(
    metal: str, gem: str, base: tuple[float, float], height: float, wire: float, heart: str | None = None
) -> Heap:
    """A fleur: a marquise between two curling petals over a cluster of three, a round stone at its tip."""
    s = height / 30.0
    heap = Heap()
    for side in (1.0, -1.0):
        petal = arc_spline(
            [
                (0, 5 * s),
                (side * 5.2 * s, 11 * s),
                (side * 9.0 * s, 17.5 * s),
                (side * 11.6 * s, 15.4 * s),
                (side * 10.2 * s, 12.4 * s),
            ],
            24,
        )
        heap.add(metal, tube(petal, swell(24, wire * 0.55, wire * 1.05), 6), ball(petal[-1], wire * 1.1, 1))
        inner = arc_spline([(0, 4 * s), (side * 3.0 * s, 13 * s), (side * 3.6 * s, 20 * s), (0, 25.5 * s)], 18)
        heap.add(metal, tube(inner, swell(18, wire * 0.6, wire * 0.9), 6))
        heap.join(set_stone(gem, metal, side * 7.2 * s, 11.2 * s, 2.9 * s, fine=False))
        heap.join(set_stone(gem, metal, side * 11.2 * s, 18.3 * s, 2.4 * s, fine=False))
    heap.join(set_stone(heart or gem, metal, 0, 15.5 * s, 4.6 * s, 9.4 * s, kind="marquise", w=0.3, count=4))
    heap.join(set_stone(gem, metal, 0, 27.4 * s, 3.6 * s, w=0.2))
    heap.join(set_stone(gem, metal, 0, 6.6 * s, 3.4 * s, w=0.3, fine=False))
    heap.add(metal, tube(np.array([[0, 0, 0.0], [0, 6 * s, 0]]), wire, 6))
    return heap.moved(*base)
