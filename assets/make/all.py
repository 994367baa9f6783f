"""Builds every piece of the catalogue: python assets/make/all.py [ID ...]"""

from __future__ import annotations

import sys
from collections.abc import Callable

import numpy as np
from build import Design, build
from forms import TURN, Heap, Wrap, arc_spline, ball, beads, leaf, spiral, stone, swell, taper, tube
from jewels import alba, alma, eterna, fiume, gala, lacrima, lune, perla, punto, rosa, stella
from motifs import (
    drop,
    fleur,
    flower,
    line,
    pave,
    pearl_on,
    rail,
    set_stone,
    spray,
    strip,
    volute,
)
from says import BRASS, GOLD, PLATINUM, ROSE, SATIN, SATIN_BRASS, SILVER, says, top_of, wrapped


def fading(u: float, reach: float, front: float, ends: float, power: float = 1.5) -> float:
    """Height at u of a silhouette that falls from front to ends."""
    return ends + (front - ends) * np.cos(np.pi / 2 * min(abs(u) / reach, 1.0)) ** power


def aurora() -> Design:
    """Bridal tiara: graduated volutes, pear drops and pearls over a pavé band."""
    wrap, half = Wrap(74, 88, 0.10), 140.0
    metal, gem = PLATINUM, "diamond"
    flat = Heap()
    flat.join(rail(metal, -half, half, 0.0, 0.85)).join(rail(metal, -half, half, 5.0, 0.75))
    flat.join(pave(gem, metal, -104, 104, 2.5, 2.7, 0.1))
    flat.add(metal, *strip(line(-half, half, 2.5, -0.75), 5.6, 0.9))
    for side in (-1, 1):
        flat.add(metal, *strip(line(side * 104, side * half, 2.5), 3.6, 0.6))
        loop = spiral((side * (half + 2.2), 2.5), 0, 1.0, 2.4, 2.4, 18)[:-1]
        flat.add(metal, tube(loop, 0.55, 6, closed=True))
    places = [0.0, 25.5, 48.0, 68.0, 86.0]
    for k, place in enumerate(places):
        h = fading(place, 112, 33.0, 9.0)
        for side in (1, -1) if k else (1,):
            u = side * place
            flat.join(volute(metal, (u, 5.4), h * 0.74, h * 0.37, 0.50 + 0.012 * h))
            flat.join(drop(gem, metal, u, 5.4 + h * 0.30, h * 0.20, h * 0.36, halo=gem if k < 3 else None))
            flat.join(set_stone(gem, metal, u, 5.4 + h * 0.14, h * 0.12, fine=k < 2))
            flat.join(pearl_on(metal, u, 5.4 + h * 0.86 + 0.4, 2.2 + h * 0.085, 0.4))
    for a, b in zip(places, places[1:], strict=False):
        m, h = (a + b) / 2, fading((a + b) / 2, 112, 33.0, 9.0)
        for side in (1, -1):
            stem = np.array([[side * m, 5.4, 0.0], [side * m, 5.4 + h * 0.40, 0.2]])
            flat.add(metal, tube(stem, taper(2, 0.62, 0.45), 6))
            flat.join(pearl_on(metal, side * m, 5.4 + h * 0.40 + 1.9, 3.2 + h * 0.03, 0.3))
            flat.join(set_stone(gem, metal, side * m, 5.4 + h * 0.17, 2.3, fine=False))
    for side in (1, -1):  # the ends run out in leaves
        for k in range(4):
            u = 100 + 8.5 * k
            size = 8.5 - 1.2 * k
            flat.add(metal, leaf((side * u, 5.2, 0.3), (side * (u + 7), 5.2 + size, 0.5), 3.2 - 0.3 * k, 0.7))
    heap = wrapped(flat, wrap)
    return Design(
        "aurora",
        heap,
        says(
            "Aurora",
            "tiara",
            "Volutes of platinum rise to a pear-cut diamond, with pearls between like morning dew.",
            line="tiara",
            tilt_deg=38,
            attachment="spring_band",
            length=176.0,
            breadth=148.0,
            arc=2 * half,
            height=top_of(heap),
            stones=["pear and brilliant-cut diamonds", "Akoya pearls"],
            materials=[PLATINUM],
            edition=25,
            studio=[8900, 9800],
            custom=[14000, 32000],
            weeks=10,
            adjustable=14.0,
        ),
    )


def regina() -> Design:
    """Round perch crown for the winner: eight fleurs on a jewelled band, four tall and four lower."""
    wrap = Wrap(63.5, 63.5, 0.16)
    metal, gem, half = BRASS, "zirconia", np.pi * 63.5
    flat = Heap()
    for v, r in ((0.0, 1.15), (9.6, 1.0)):
        flat.join(rail(metal, -half, half, v, r))
    flat.add(SATIN_BRASS, *strip(line(-half, half, 4.8, -0.6), 9.0, 1.1))
    pitch = 2 * half / 32
    for k in range(32):
        u = -half + (k + 0.5) * pitch
        flat.join(set_stone(gem, metal, u, 4.8, 5.6, 7.2, kind="round", w=-0.2, fine=k % 2 == 0))
    step = 2 * half / 8
    for k in range(8):
        u = -half + k * step
        tall = 62.0 if k % 2 == 0 else 46.0
        tall *= 1.0 - 0.22 * (abs(u) / half) ** 2
        flat.join(fleur(metal, gem, (u, 9.0), tall, 0.72 + 0.009 * tall))
        for side in (-1, 1):
            arch = arc_spline(
                [
                    (u, 9.6),
                    (u + side * step * 0.16, 9.6 + tall * 0.20),
                    (u + side * step * 0.36, 9.6 + tall * 0.24),
                    (u + side * step * 0.5, 13.0),
                ],
                18,
            )
            flat.add(metal, tube(arch, swell(18, 0.5, 0.85), 6))
    heap = wrapped(flat, wrap)
    between = Heap()
    for k in range(8):
        u = -half + (k + 0.5) * step
        between.join(set_stone(gem, metal, u, 16.0, 6.0, 10.0, kind="pear", w=0.0))
        between.add(metal, tube(np.array([[u, 9.6, 0], [u, 12.0, 0]]), 0.8, 6))
        between.join(set_stone(gem, metal, u, 24.2, 3.4, fine=False))
        between.add(metal, tube(np.array([[u, 20.5, 0], [u, 23.5, 0.4]]), 0.6, 5))
    heap.join(wrapped(between, wrap))
    hooks = Heap()
    for k in range(4):  # four inner hooks, for two elastics crossed in an X
        u = -half + (k + 0.5) * 2 * half / 4
        hooks.add(metal, tube(spiral((u, 1.6), 0, 0.8, 1.7, 1.7, 12) * (1, 1, 1) + (0, 0, -1.6), 0.45, 5))
    heap.join(wrapped(hooks, wrap))
    return Design(
        "regina",
        heap,
        says(
            "Regina",
            "crown",
            "The winner's crown: a ring of fleurs in white fire, tall at the front, made to perch and be pinned.",
            line="perch",
            tilt_deg=6,
            attachment="elastic",
            length=127.0,
            breadth=127.0,
            arc=round(2 * half, 1),
            height=top_of(heap),
            stones=["round, marquise and pear zirconia"],
            materials=[BRASS],
            edition=0,
            studio=[690, 780],
            custom=[1400, 2600],
            weeks=4,
            sizes=["127 mm (5 in)"],
        ),
    )


def serena() -> Design:
    """Oval circlet for a head of 560 mm: a garland of scrolls and sapphires on gold, lined in velvet."""
    a, b = 80.0, 102.5
    wrap = Wrap(a + 2.6, b + 2.6, 0.05)
    metal, half = GOLD, None
    half = wrap.around / 2
    flat = Heap()
    for v in (0.0, 12.0):
        flat.join(rail(metal, -half, half, v, 1.05))
    count = 20
    pitch = 2 * half / count
    for k in range(count):
        u = -half + (k + 0.5) * pitch
        flat.join(set_stone("sapphire", metal, u, 6.0, 6.2, 7.8, w=-0.6, count=6))
        for a_, w_ in ((0, 0), (1, 0), (2, 0), (3, 0)):
            angle = np.pi / 4 + a_ * np.pi / 2
            flat.join(
                set_stone("diamond", metal, u + 5.4 * np.cos(angle), 6.0 + 4.1 * np.sin(angle), 1.9, w=w_, fine=False)
            )
        for side in (-1, 1):
            curl = spiral(
                (u + side * pitch * 0.36, 6.0 + side * 1.6), np.pi / 2 - side * np.pi / 2, side * 1.2, 3.0, 0.8, 16
            )
            flat.add(metal, tube(curl, taper(16, 0.6, 0.34), 5))
    for k in range(count):  # low finials, higher in front
        u = -half + k * pitch
        h = 6.0 + 12.0 * max(np.cos(np.pi / 2 * min(abs(u) / (0.5 * half), 1.0)), 0.0)
        if h > 11:
            flat.join(fleur(metal, "diamond", (u, 11.6), h * 1.25, 0.62, heart="sapphire"))
        else:
            flat.join(pearl_on(metal, u, 12.8 + 2.3, 3.6, 0.0))
    lining = Heap().add("velvet", *strip(line(-half, half, 5.8, -2.1), 13.0, 1.4))
    heap = wrapped(flat, wrap).join(wrapped(lining, wrap))
    inner = Wrap(a, b)
    return Design(
        "serena",
        heap,
        says(
            "Serena",
            "circlet",
            "An oval circlet that lies on the head like a garland: sapphires between gold scrolls, lined in velvet.",
            line="circlet",
            tilt_deg=8,
            attachment="rigid_ring",
            length=2 * b,
            breadth=2 * a,
            arc=round(inner.around, 1),
            height=top_of(heap),
            stones=["oval sapphires", "brilliant-cut diamonds", "pearls"],
            materials=[GOLD, "velvet lining"],
            edition=12,
            studio=[16500, 18000],
            custom=[21000, 48000],
            weeks=14,
            adjustable=6.0,
            sizes=["555-572 mm", "to measure"],
        ),
    )


def celeste() -> Design:
    """Tall pageant tiara: rays that climb to a star of stones."""
    wrap, half = Wrap(75, 90, 0.20), 150.0
    metal, gem = BRASS, "zirconia"
    flat = Heap()
    flat.join(rail(metal, -half, half, 0.0, 1.1)).join(rail(metal, -half, half, 7.4, 0.95))
    flat.add(SATIN_BRASS, *strip(line(-half, half, 3.7, -0.9), 7.6, 1.3))
    pitch = 6.4
    for k in range(int(2 * 120 / pitch)):
        u = -120 + (k + 0.5) * 240 / int(240 / pitch)
        flat.join(set_stone(gem, metal, u, 3.7, 5.0, w=-0.5, fine=False))
    for side in (-1, 1):
        flat.add(metal, *strip(line(side * 120, side * half, 3.7), 5.6, 0.7))
    rays = 17
    for k in range(rays):
        u = (k - (rays - 1) / 2) * 13.2
        h = fading(u, 118, 88.0, 10.0, 1.9)
        base, tip = np.array([u, 7.6, 0.0]), np.array([u * 1.04, 7.6 + h, 0.0])
        flat.add(metal, tube(np.linspace(base, tip, 8), taper(8, 0.95, 0.55), 6))
        count = max(1, int(h / 9.5))
        for j in range(count):
            t = (j + 0.55) / count
            size = 3.2 + 2.8 * (1 - t) * (h / 88)
            p = base + (tip - base) * t * 0.86
            flat.join(set_stone(gem, metal, p[0], p[1], size, w=0.4, fine=size > 4.2))
        flat.join(
            set_stone(gem, metal, tip[0], tip[1] + 2.0, 3.4 + h * 0.055, 5.0 + h * 0.10, kind="pear", w=0.2, count=5)
        )
    for k in range(rays - 1):  # festoons hang between the rays
        u0, u1 = ((k + d - (rays - 1) / 2) * 13.2 for d in (0, 1))
        for level in (0.34, 0.62, 0.86):
            h0, h1 = (fading(u, 118, 88.0, 10.0, 1.9) for u in (u0, u1))
            if min(h0, h1) * level < 9:
                continue
            path = arc_spline(
                [
                    (u0 * (1 + 0.04 * level), 7.6 + h0 * level),
                    ((u0 + u1) / 2 * (1 + 0.04 * level), 7.6 + (h0 + h1) / 2 * level - 5.0),
                    (u1 * (1 + 0.04 * level), 7.6 + h1 * level),
                ],
                12,
            )
            flat.add(metal, tube(path, 0.48, 5))
            flat.join(set_stone(gem, metal, *path[6][:2], 2.7, w=0.1, fine=False))
    heap = wrapped(flat, wrap)
    return Design(
        "celeste",
        heap,
        says(
            "Celeste",
            "tiara",
            "Seventeen rays climb to nearly nine centimetres of light, for the back row of the hall.",
            line="tiara",
            tilt_deg=30,
            attachment="combs",
            length=180.0,
            breadth=150.0,
            arc=2 * half,
            height=top_of(heap),
            stones=["pear and round zirconia"],
            materials=[BRASS],
            edition=0,
            studio=[540, 620],
            custom=[1100, 2100],
            weeks=4,
            adjustable=12.0,
        ),
    )


def ondine() -> Design:
    """Comb tiara: sprays of laurel that meet at a flower, pearls like drops of water."""
    wrap, half = Wrap(66, 78, 0.14), 92.0
    metal, gem = GOLD, "aquamarine"
    flat = Heap()
    flat.join(rail(metal, -half, half, 0.0, 1.0, grain=False)).join(rail(metal, -half, half, 2.4, 0.7))
    flat.add(metal, *strip(line(-half, half, 1.0, -0.9), 4.4, 1.0))
    flat.join(flower(gem, metal, 0.0, 13.5, 17.0, petals=8, centre=gem))
    flat.add(metal, tube(np.array([[0, 1.0, 0], [0, 8.0, 0]]), 1.0, 6))
    for k, (u, h, lean, leaves) in enumerate(
        ((9, 30, 6, 5), (22, 25, 8, 5), (37, 20, 9, 4), (53, 15, 9, 4), (69, 11, 8, 3))
    ):
        one = spray(metal, gem, (u, 1.6), h, lean, leaves, 0.62)
        one.join(pearl_on(metal, u + 6.5, 3.6 + 0.10 * h, 4.6 - 0.35 * k, 0.6))
        flat.join(one).join(one.mirrored())
    for side in (-1, 1):
        flat.join(pearl_on(metal, side * 81, 4.4, 3.0, 0.4))
    comb = Heap()
    for k in range(25):
        u = (k - 12) * 6.0
        tooth = arc_spline([(u, 0.0, -0.4), (u, -9.0, -1.4), (u, -24.0, -5.0)], 7)
        comb.add(metal, tube(tooth, taper(7, 0.75, 0.4), 8))
    heap = wrapped(flat, wrap).join(wrapped(comb, wrap))
    return Design(
        "ondine",
        heap,
        says(
            "Ondine",
            "tiara",
            "Gold laurel and pearls round an aquamarine flower; it holds by a comb, in an updo or loose waves.",
            line="tiara",
            tilt_deg=34,
            attachment="combs",
            length=156.0,
            breadth=127.0,
            arc=2 * half,
            height=top_of(heap),
            stones=["aquamarines", "freshwater pearls"],
            materials=[GOLD],
            edition=40,
            studio=[4200, 4800],
            custom=[6200, 11000],
            weeks=8,
        ),
    )


def flora() -> Design:
    """Headband: leaves and pearls that follow the head from ear to ear."""
    wrap, half = Wrap(76, 92, 0.0), 158.0
    metal = ROSE
    flat = Heap()
    flat.join(rail(metal, -half, half, 0.0, 1.0, grain=False)).join(rail(metal, -half, half, 3.0, 0.7, grain=False))
    k, u = 0, -132.0
    while u <= 132.0:
        big = 0.65 + 0.35 * np.cos(np.pi / 2 * u / 140)
        for side in (-1, 1):
            lean = 4.0 if u >= 0 else -4.0
            flat.add(
                metal, leaf((u, 1.5 + side * 1.2, 0.6), (u + lean * big, 1.5 + side * 9.0 * big, 1.6), 4.4 * big, 1.0)
            )
            flat.add(
                metal,
                leaf((u, 1.5 + side * 0.6, 0.6), (u + 2.1 * lean * big, 1.5 + side * 6.2 * big, 1.8), 3.6 * big, 0.9),
            )
        flat.join(pearl_on(metal, u, 2.6, 4.4 * big if k % 2 == 0 else 3.4 * big, 1.6))
        if k % 4 == 2:
            flat.join(set_stone("diamond", metal, u + 3.1, 1.5, 3.2 * big, w=1.2))
        k, u = k + 1, u + 6.2
    heap = wrapped(flat, wrap)
    return Design(
        "flora",
        heap,
        says(
            "Flora",
            "headband",
            "A band of rose-gold leaves and pearls from ear to ear, light enough for a whole day.",
            line="headband",
            tilt_deg=68,
            attachment="spring_band",
            length=184.0,
            breadth=152.0,
            arc=2 * half,
            height=top_of(heap),
            stones=["freshwater pearls", "brilliant-cut diamonds"],
            materials=[ROSE],
            edition=0,
            studio=[2100, 2400],
            custom=[3200, 5600],
            weeks=6,
            adjustable=12.0,
        ),
    )


def imperia() -> Design:
    """Arched crown: a jewelled circlet, four half arches that meet under an orb."""
    wrap = Wrap(70.0, 76.0, 0.08)
    metal, gem = GOLD, "diamond"
    half = wrap.around / 2
    flat = Heap()
    for v, r in ((0.0, 1.25), (14.0, 1.1)):
        flat.join(rail(metal, -half, half, v, r))
    flat.add(SATIN, *strip(line(-half, half, 7.0, -0.7), 13.0, 0.9))
    count = 16
    pitch = 2 * half / count
    for k in range(count):
        u = -half + (k + 0.5) * pitch
        colour = ("ruby", "emerald")[k % 2]
        flat.join(set_stone(colour, metal, u, 7.0, 7.6, 9.4, kind="emerald" if k % 2 else "round", w=-0.4, count=4))
        flat.join(pearl_on(metal, u + pitch / 2, 9.8, 3.4, 0.9)).join(pearl_on(metal, u + pitch / 2, 5.2, 3.4, 0.9))
    for k in range(8):
        u = -half + k * 2 * half / 8
        if k % 2:
            flat.join(fleur(metal, gem, (u, 13.4), 27.0, 0.85, heart="ruby"))
        else:
            cross = flower(gem, metal, u, 24.0, 15.0, petals=4, centre="emerald")
            flat.join(cross).add(metal, tube(np.array([[u, 13.6, 0], [u, 19.0, 0]]), 1.1, 6))
    heap = wrapped(flat, wrap)
    top = 74.0
    for k in range(4):  # the arches rise from the crosses
        foot = wrap(np.array([[(-half + 2 * k * 2 * half / 8), 30.0, 0.0]]))[0]
        out = np.array([foot[0], 0, foot[2]])
        reach = np.linalg.norm(out)
        out /= reach
        rise = arc_spline(
            [(reach, foot[1]), (reach * 1.02, 47.0), (reach * 0.80, 66.0), (reach * 0.38, 75.0), (2.0, top - 2.0)], 28
        )
        path = rise[:, :1] * out + np.stack([0 * rise[:, 1], rise[:, 1], 0 * rise[:, 1]], axis=1)
        aside = np.cross([0, 1.0, 0], out)
        for shift in (-2.6, 2.6):
            heap.add(metal, tube(path + aside * shift, 0.8, 6))
        ahead = np.gradient(path, axis=0)
        ahead /= np.linalg.norm(ahead, axis=1, keepdims=True)
        for j in range(1, 27):
            normal = np.cross(ahead[j], aside)
            if normal @ (path[j] - (0, 30.0, 0)) < 0:
                normal = -normal
            if j % 2:
                heap.add("pearl", ball(path[j] + normal * 1.3, 2.0, 1))
            else:
                v, f = stone((0, 0, 1.1), 3.4, fine=False)
                heap.add(gem, (v @ np.stack([aside, np.cross(normal, aside), normal]) + path[j], f))
            heap.add(metal, tube(np.stack([path[j] - aside * 2.6, path[j] + aside * 2.6]), 0.45, 5))
    heap.add(metal, ball((0, top + 5.0, 0), 6.2, 3))
    ring = np.stack(
        [
            6.3 * np.cos(np.linspace(0, TURN, 28)[:-1]),
            np.full(27, top + 5.0),
            6.3 * np.sin(np.linspace(0, TURN, 28)[:-1]),
        ],
        axis=1,
    )
    heap.add(metal, tube(ring, 0.8, 6, closed=True), *beads(np.vstack([ring, ring[:1]]), 0.5, 1.4))
    heap.join(flower(gem, metal, 0.0, 0.0, 9.0, petals=4, centre="ruby"), lambda p: p + (0, top + 16.0, 0))
    heap.add(metal, tube(np.array([[0, top + 10.5, 0], [0, top + 13, 0]]), 1.0, 6))
    lining = Heap().add("velvet", *strip(line(-half, half, 7.0, -2.0), 15.0, 1.4))
    heap.join(wrapped(lining, wrap))
    inner = Wrap(70 - 2.7, 76 - 2.7)
    return Design(
        "imperia",
        heap,
        says(
            "Imperia",
            "crown",
            "A coronation in small: arches set with pearls and diamonds meet under an orb of gold.",
            line="perch",
            tilt_deg=4,
            attachment="elastic",
            length=2 * 73.3,
            breadth=2 * 67.3,
            arc=round(inner.around, 1),
            height=top_of(heap),
            stones=["rubies", "emeralds", "diamonds", "pearls"],
            materials=[GOLD, "velvet lining"],
            edition=7,
            studio=[39000, 42000],
            custom=[52000, 120000],
            weeks=24,
        ),
    )


def solene() -> Design:
    """Kokoshnik: a fan of knife-edge bars set with graduated stones."""
    wrap, half = Wrap(75, 90, 0.12), 138.0
    metal, gem = SILVER, "zirconia"
    flat = Heap()
    flat.join(rail(metal, -half, half, 0.0, 0.95)).join(rail(metal, -half, half, 4.2, 0.7))
    flat.join(pave(gem, metal, -128, 128, 2.1, 2.4))
    flat.add(metal, *strip(line(-half, half, 2.1, -0.8), 5.4, 1.3))
    bars = 43
    tips = []
    for k in range(bars):
        t = (k - (bars - 1) / 2) / ((bars - 1) / 2)
        u = t * 128
        h = 9.0 + 37.0 * np.cos(np.pi / 2 * t) ** 1.15
        tip = np.array([u * 1.035, 4.4 + h, 0.0])
        flat.add(metal, tube(np.linspace([u, 4.4, 0.0], tip, 5), taper(5, 0.62, 0.50), 5))
        tips.append(tip)
        stones = 1 + int(h / 13)
        for j in range(stones):
            p = np.array([u, 4.4, 0]) + (tip - (u, 4.4, 0)) * ((j + 0.75) / (stones + 0.35))
            flat.join(set_stone(gem, metal, p[0], p[1], 2.6 + 1.5 * (j + 1) / stones * h / 46, w=0.0, fine=False))
    edge = np.array(tips)
    flat.add(metal, tube(edge, 0.8, 6), *beads(edge + (0, 0, 0.7), 0.36, 1.1))
    for tip in edge[::2]:
        flat.join(pearl_on(metal, tip[0], tip[1] + 2.8, 3.9, 0.0))
    for tip in edge[1::2]:
        flat.join(set_stone(gem, metal, tip[0], tip[1] + 2.2, 3.0, w=-0.6, fine=False))
    heap = wrapped(flat, wrap)
    return Design(
        "solene",
        heap,
        says(
            "Solène",
            "tiara",
            "A kokoshnik of silver rays, each set with stones that grow towards a rim of pearls.",
            line="tiara",
            tilt_deg=36,
            attachment="spring_band",
            length=180.0,
            breadth=150.0,
            arc=2 * half,
            height=top_of(heap),
            stones=["round zirconia", "pearls"],
            materials=[SILVER],
            edition=50,
            studio=[1650, 1900],
            custom=[2900, 5200],
            weeks=7,
            adjustable=12.0,
        ),
    )


def noor() -> Design:
    """Bandeau: a flat line of emeralds and diamonds, worn low."""
    a, b = 81.0, 103.0
    wrap = Wrap(a + 1.2, b + 1.2, 0.0)
    metal = PLATINUM
    half = wrap.around / 2
    front = 118.0
    flat = Heap()
    for v, r in ((0.0, 0.8), (13.0, 0.8)):
        flat.join(rail(metal, -front, front, v, r))
    for k in range(13):
        u = (k - 6) * 18.0
        size = 1.0 - 0.05 * abs(k - 6)
        flat.join(set_stone("emerald", metal, u, 6.5, 8.2 * size, 10.4 * size, kind="emerald", w=-0.5))
        for side in (-1, 1):
            for j in range(4):
                x = u + side * 9.0
                if (side == 1 and k < 12) or (side == -1 and k == 0):
                    flat.join(set_stone("diamond", metal, x, 1.9 + j * 3.05, 2.8, w=-0.3, fine=False))
            key = arc_spline(
                [(u + side * 4.8, 1.0), (u + side * 6.8, 3.6), (u + side * 6.8, 9.4), (u + side * 4.8, 12.0)], 12
            )
            flat.add(metal, tube(key, 0.5, 5))
    for side in (-1, 1):
        flat.add(metal, *strip(line(side * front, side * (half - 0.05), 6.5, -0.2), 4.0, 0.6))
        for v in (0.0, 13.0):
            taper_in = arc_spline(
                [(side * front, v), (side * (front + 8), v * 0.75 + 1.6), (side * (front + 16), 6.5)], 10
            )
            flat.add(metal, tube(taper_in, taper(10, 0.8, 0.5), 6))
    heap = wrapped(flat, wrap)
    inner = Wrap(a, b)
    return Design(
        "noor",
        heap,
        says(
            "Noor",
            "circlet",
            "A bandeau of step-cut emeralds in platinum keys, worn low as in the nineteen-twenties.",
            line="circlet",
            tilt_deg=6,
            attachment="elastic",
            length=2 * b,
            breadth=2 * a,
            arc=round(inner.around, 1),
            height=top_of(heap),
            stones=["step-cut emeralds", "brilliant-cut diamonds"],
            materials=[PLATINUM],
            edition=15,
            studio=[24000, 26000],
            custom=[31000, 64000],
            weeks=12,
            adjustable=25.0,
            sizes=["550-590 mm"],
        ),
    )


MADE = (
    aurora,
    regina,
    serena,
    celeste,
    ondine,
    flora,
    imperia,
    solene,
    noor,
    alba,
    alma,
    eterna,
    fiume,
    gala,
    lacrima,
    lune,
    perla,
    punto,
    rosa,
    stella,
)
DESIGNS: dict[str, Callable[[], Design]] = {make.__name__: make for make in MADE}


if __name__ == "__main__":
    for name in sys.argv[1:] or DESIGNS:
        build(DESIGNS[name]())
