"""What is worn below the head: necklaces, earrings, bracelets and rings.

A chain lies round a circle in x-z, its front at +z; a pendant hangs from it in -y with its face to +z. A ring's or
bangle's hole is along y, its stone at +z. An earring hangs in -y from the lobe, its face to +z.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from build import Design
from forms import TURN, Array, Heap, Wrap, arc_spline, ball, beads, claws, leaf, outline, spiral, stone, tube
from motifs import flower, line, set_stone, strip
from says import GOLD, PLATINUM, ROSE, says, top_of, wrapped


def drilled(radius: float, long: float = 1.0, around: int = 14, rows: int = 8) -> tuple[Array, Array]:
    """A pearl on its string (u), its poles at the drill holes; lighter than a ball of triangles."""
    t = np.linspace(0, np.pi, rows + 1)[1:-1]
    a = np.arange(around) / around * TURN
    ring = np.stack([np.zeros(around), np.cos(a), np.sin(a)], axis=1)
    rows_of = np.sin(t)[:, None, None] * ring + np.cos(t)[:, None, None] * np.array([1.0, 0, 0])
    vertices = np.vstack([rows_of.reshape(-1, 3), [[1.0, 0, 0], [-1.0, 0, 0]]]) * radius * (long, 1, 1)
    k, j = np.meshgrid(np.arange(rows - 2), np.arange(around), indexing="ij")
    p, q = k * around + j, k * around + (j + 1) % around
    r, e, last = np.arange(around), (np.arange(around) + 1) % around, (rows - 2) * around
    faces = [np.stack([p, p + around, q], -1).reshape(-1, 3), np.stack([q, p + around, q + around], -1).reshape(-1, 3)]
    first = len(vertices) - 2
    faces += [
        np.stack([np.full(around, first), r, e], -1),
        np.stack([np.full(around, first + 1), last + e, last + r], -1),
    ]
    return vertices, np.concatenate(faces)


def loop(long: float, broad: float, wire: float, tilt_rad: float = 0.0, count: int = 10, sides: int = 5) -> Heap:
    """An oval link of round wire along u, its outer size given, turned about u (0: flat in u-v)."""
    a = np.arange(count) / count * TURN + np.pi / count
    x, y = (long - wire) / 2 * np.cos(a), (broad - wire) / 2 * np.sin(a)
    path = np.stack([x, y * np.cos(tilt_rad), y * np.sin(tilt_rad)], axis=1)
    return Heap().add("", tube(path, wire / 2, sides, closed=True))


def of(metal: str, heap: Heap) -> Heap:
    """A heap without a material, made of this metal."""
    return Heap().add(metal, *heap.parts[""])


def lune() -> Design:
    """Choker: three rows of pearls and a cluster clasp worn in front."""
    long = 352.0
    r = long / TURN
    heap = Heap()
    count = 56
    pitch = long / count
    for row, v in enumerate((-6.4, 0.0, 6.4)):
        for k in range(count):
            s = (k + 0.5 * (row % 2) - count // 2) * pitch
            if abs(s) <= 10.5:
                continue
            thread = tube(np.array([[-pitch / 2, 0, 0], [pitch / 2, 0, 0]]), 0.3, 4)
            one = Heap().add("pearl", drilled(3.0)).add(PLATINUM, thread)
            heap.join(one.moved(v=v).round(s, r))
    for side in (-1, 1):  # small ones fill the middle row up to the clasp
        heap.join(Heap().add("pearl", drilled(1.6)).round(side * 11.1, r))
    front = Heap().join(flower("diamond", PLATINUM, 0.0, 0.0, 20.0, petals=10, centre="sapphire"))
    front.add(PLATINUM, *strip(line(-9.5, 9.5, 0, -1.0), 18.0, 0.8))
    heap.join(wrapped(front, Wrap(r, r)).rigid(0.0))
    return Design(
        "lune",
        heap,
        says(
            "Lune",
            "choker",
            "Three rows of pearls close about the neck, held by a sapphire in a ring of diamonds.",
            on="neck",
            line="neck",
            tilt_deg=0,
            attachment="chain",
            length=round(2 * r, 1),
            breadth=round(2 * r, 1),
            arc=long,
            height=top_of(heap),
            stones=["Akoya pearls", "sapphire", "diamonds"],
            materials=[PLATINUM],
            edition=0,
            studio=[5200, 5600],
            custom=[6800, 14000],
            weeks=6,
            adjustable=50.0,
            chain_length=long,
        ),
    )


def barrel(metal: str, size: float) -> Heap:
    """A clasp: a grained ball between two small rings, about 1.9 sizes long."""
    heap = Heap().add(metal, ball((0, 0, 0), size / 2, 2))
    a = np.linspace(0, TURN, 19)
    for u in (-0.12 * size, 0.12 * size):
        ring = np.stack([0 * a + u, 0.48 * size * np.cos(a), 0.48 * size * np.sin(a)], axis=1)
        heap.add(metal, *beads(ring, 0.06 * size, 0.13 * size))
    for side in (-1, 1):
        end = of(metal, loop(0.55 * size, 0.45 * size, 0.13 * size, 0.0, 14, 6))
        heap.join(end.moved(u=side * 0.68 * size))
    return heap


def perla() -> Design:
    """Matinee strand of graduated pearls, knotted one by one."""
    long = 559.0
    r, half, clasp = long / TURN, long / 2, 5.2
    heap = Heap()
    places, sizes, s, knot = [0.0], [9.5], 0.0, 0.35
    while s + sizes[-1] / 2 < half - clasp:
        size = 6.0 + 3.5 * np.cos(np.pi / 2 * min(s / (half - clasp), 1.0)) ** 1.3
        s += sizes[-1] / 2 + knot + size / 2
        places.append(s)
        sizes.append(size)
    share = (half - clasp) / (places[-1] + sizes[-1] / 2)  # so that the strand is just as long as it says
    for at, size in zip(places, sizes, strict=True):
        size *= share
        for side in (-1, 1) if at else (1,):
            one = Heap().add("pearl", ball((0, 0, 0), size / 2, 2))
            one.add("silk", ball((side * (size / 2 + knot / 2), 0, 0), 0.5, 0))
            heap.join(one.round(side * at * share, r))
    heap.join(barrel(GOLD, 6.4).round(half, r))
    return Design(
        "perla",
        heap,
        says(
            "Perla",
            "necklace",
            "One long strand of pearls that grow towards the heart, each knotted by hand, shut by a grain of gold.",
            on="neck",
            line="neck",
            tilt_deg=0,
            attachment="chain",
            length=round(2 * r, 1),
            breadth=round(2 * r, 1),
            arc=long,
            height=top_of(heap),
            stones=["Akoya pearls, 6 to 9.5 mm"],
            materials=[GOLD, "silk"],
            edition=0,
            studio=[3900, 4300],
            custom=[4800, 16000],
            weeks=4,
            chain_length=long,
            sizes=["457 mm (18 in)", "559 mm (22 in)", "to measure"],
        ),
    )


def evenly(path: Array, count: int) -> Array:
    """(count, k) points at even distances along a closed path, its first point among them."""
    shut = np.vstack([path, path[:1]])
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(shut, axis=0), axis=1))])
    at = np.arange(count) / count * along[-1]
    return np.stack([np.interp(at, along, shut[:, k]) for k in range(path.shape[1])], axis=1)


def stella() -> Design:
    """Princess chain with a pear sapphire in a halo of diamonds."""
    long, metal = 457.0, PLATINUM
    r, count, wire = long / TURN, 152, 0.55
    pitch = long / count
    heap = Heap()
    for k in range(count):
        tilt = np.pi / 4 if k % 2 else -np.pi / 4
        s = (k - count // 2) * pitch
        if k == 0:
            heap.join(of(metal, loop(pitch + 2 * wire + 1.2, 4.2, 0.8, tilt, 16, 6)).round(s, r))  # the spring ring
        else:
            heap.join(of(metal, loop(pitch + 2 * wire, 2.3, wire, tilt)).round(s, r))
    hung = Heap()
    a = np.arange(22) / 22 * TURN
    bail = np.stack([0 * a, -2.0 + 3.0 * np.cos(a), 1.5 * np.sin(a)], axis=1)
    hung.add(metal, tube(bail, 0.34 + 0.30 * (1 + np.cos(a)) / 2, 8, closed=True))
    hung.join(set_stone("diamond", metal, 0.0, -7.1, 3.4, w=-0.7, count=4))
    hung.add(metal, tube(np.array([[0, -8.6, -0.2], [0, -10.6, -0.1]]), 0.5, 8))
    collar = np.stack([0.62 * np.cos(a), -5.0 + 0.62 * np.sin(a), 0 * a], axis=1)
    hung.add(metal, tube(collar[::2], 0.26, 6, closed=True))
    wide, tall, middle = 8.0, 11.2, -17.4
    hung.join(set_stone("sapphire", metal, 0.0, middle, wide, tall, kind="pear", w=-1.9, count=5))
    ring = evenly(outline("pear", 120) * (np.array([wide, tall]) / 2 + 1.0), 24)
    for u, v in ring:
        hung.add("diamond", stone((u, middle + v, 0.7), 1.45))
        hung.add(metal, ball((u * 1.17, middle + v * 1.13, 0.7), 0.26, 0))
    rim = np.column_stack([ring + (0, middle), np.full(len(ring), 0.0)])
    hung.add(metal, tube(rim, 0.62, 8, closed=True))
    hung.add(metal, tube(rim * (0.8, 1, 1) + (0, 0, -1.6), 0.35, 6, closed=True))
    heap.join(hung.round(0.0, r))
    return Design(
        "stella",
        heap,
        says(
            "Stella",
            "necklace",
            "A pear of midnight blue in a ring of stars, on a chain as fine as a breath.",
            on="neck",
            line="neck",
            tilt_deg=0,
            attachment="chain",
            length=round(2 * r, 1),
            breadth=round(2 * r, 1),
            arc=long,
            height=top_of(heap),
            stones=["pear-cut sapphire", "brilliant-cut diamonds"],
            materials=[metal],
            edition=0,
            studio=[6400, 6900],
            custom=[8200, 24000],
            weeks=6,
            adjustable=50.0,
            chain_length=long,
            sizes=["406 mm (16 in)", "457 mm (18 in)", "to measure"],
        ),
    )


def alba() -> Design:
    """Solitaire ring, inner diameter 17.0 mm."""
    r, metal = 8.5, PLATINUM
    heap = Heap()
    angle = np.linspace(0, TURN, 73)[:-1]
    for shift, wire in ((0.0, 1.0),):
        ring = np.stack([(r + wire) * np.sin(angle), np.full(72, shift), (r + wire) * np.cos(angle)], axis=1)
        heap.add(metal, tube(ring, wire, 12, closed=True))
    one = Heap().add("diamond", stone((0, 0, 2.6), 6.5)).add(metal, *claws((0, 0, 2.6), 6.5, count=6, wire=0.42))
    for side in (-1, 1):
        for k in range(4):
            one.add("diamond", stone((side * (4.4 + 1.75 * k), 0, 0.75 - 0.1 * k), 1.6, fine=False))
    heap.join(wrapped(one, Wrap(r + 1.6, r + 1.6)))
    return Design(
        "alba",
        heap,
        says(
            "Alba",
            "ring",
            "One brilliant held by six claws over a band that starts to glitter before it reaches the stone.",
            on="left_hand",
            finger="ring",
            line="finger",
            tilt_deg=0,
            attachment="rigid_ring",
            length=2 * r,
            breadth=2 * r,
            arc=round(TURN * r, 1),
            height=top_of(heap),
            stones=["brilliant-cut diamonds"],
            materials=[PLATINUM],
            edition=0,
            studio=[6900, 7300],
            custom=[7800, 16000],
            weeks=4,
            inner_diameter=17.0,
            sizes=["ISO 8653: 45-65"],
        ),
    )


def band(inner: float, section: Callable[[float], Array], count: int = 96) -> tuple[Array, Array]:
    """A hoop about y: at each angle from the front a closed section of (v, w), w outwards from the inner radius."""
    rings = []
    for angle in np.arange(count) / count * TURN:
        v, w = section((angle + np.pi) % TURN - np.pi).T
        rings.append(np.stack([(inner + w) * np.sin(angle), v, (inner + w) * np.cos(angle)], axis=1))
    m = len(rings[0])
    k, j = np.meshgrid(np.arange(count), np.arange(m), indexing="ij")
    a, b = k * m + j, k * m + (j + 1) % m
    c, d = (a + m) % (count * m), (b + m) % (count * m)
    return np.vstack(rings), np.concatenate([np.stack(t, -1).reshape(-1, 3) for t in ((a, b, c), (b, d, c))])


def domed(broad: float, thick: float) -> Array:
    """A D: flat towards the skin, its edges eased, domed outwards."""
    t = np.linspace(0, np.pi, 9)
    dome = np.stack([broad / 2 * np.cos(t), thick * (0.35 + 0.65 * np.sin(t) ** 0.8)], axis=1)
    return np.vstack([dome, [[-0.42 * broad, 0.0], [0.42 * broad, 0.0]]])


def rosa() -> Design:
    """Collar of bars and stations in rose gold, a flower in front."""
    long, metal, side_bars = 406.0, ROSE, 11
    r, first, last = long / TURN, 5.2, 4.0
    pitch = (long / 2 - first - last) / side_bars
    heap = Heap()
    ring = of(metal, loop(2.4, 2.0, 0.5, np.pi / 2, 14, 6))
    for side in (-1, 1):
        for k in range(side_bars):
            s = first + (k + 0.5) * pitch
            bar = Heap().add(metal, *strip(line(-pitch / 2 + 2.9, pitch / 2 - 2.9, 0.0), 1.7, 0.7))
            for end in (-1, 1):
                bar.join(of(metal, loop(1.8, 1.7, 0.5, 0.0, 12, 6)).moved(u=end * (pitch / 2 - 2.5)))
            heap.join(bar.round(side * s, r))
            for near in (-1, 1):  # a ring joins it to its neighbour
                if (k or near > 0) and (k < side_bars - 1 or near < 0):
                    heap.join(ring.round(side * (s + near * (pitch / 2 - 1.9)), r))
            if k < side_bars - 1:
                a = np.arange(20) / 20 * TURN
                cup = np.stack([1.35 * np.cos(a), 1.35 * np.sin(a), 0 * a], axis=1)
                one = Heap().add("diamond", stone((0, 0, 0.35), 2.4)).add(metal, tube(cup, 0.38, 8, closed=True))
                one.add(metal, tube(cup * 0.62 + (0, 0, -0.55), 0.3, 6, closed=True))
                heap.join(one.round(side * (s + pitch / 2), r))
        heap.join(ring.round(side * (first + 1.7), r))
        heap.join(ring.round(side * (long / 2 - last - 0.6), r))
    heap.join(barrel(metal, 3.8).round(long / 2, r))
    bloom = Heap()
    for layer, (petals, reach, broad) in enumerate(((5, 6.0, 4.6), (5, 4.3, 3.4))):
        for k in range(petals):
            a = (k + 0.5 * layer) / petals * TURN + np.pi / 2
            out = np.array([np.cos(a), np.sin(a)])
            base, tip = (*(out * 0.8), 0.3 + 0.6 * layer), (*(out * reach), 0.7 + 1.1 * layer)
            bloom.add(metal, leaf(base, tip, broad, 0.7))
    bloom.join(set_stone("diamond", metal, 0.0, 0.0, 3.0, w=1.0, count=5))
    back = np.array([[-5.8, 0, -0.2], [0, 0, -0.3], [5.8, 0, -0.2]])
    bloom.add(metal, tube(back, 0.5, 8))
    heap.join(bloom.round(0.0, r))
    return Design(
        "rosa",
        heap,
        says(
            "Rosa",
            "necklace",
            "A collar of rose-gold bars and points of light, closed in front by a small rose.",
            on="neck",
            line="neck",
            tilt_deg=0,
            attachment="chain",
            length=round(2 * r, 1),
            breadth=round(2 * r, 1),
            arc=long,
            height=top_of(heap),
            stones=["brilliant-cut diamonds"],
            materials=[metal],
            edition=0,
            studio=[2900, 3200],
            custom=[3600, 7800],
            weeks=5,
            adjustable=40.0,
            chain_length=long,
        ),
    )


def fiume() -> Design:
    """River bracelet: diamonds in claws, joined by little platinum links."""
    long, metal, count = 185.0, PLATINUM, 44
    r = long / TURN
    pitch = long / count
    heap = Heap()
    for k in range(count):
        s = (k - count // 2) * pitch
        if k == 0:  # the box clasp
            one = Heap().add(metal, *strip(np.array([[-2.0, 0, 0], [0, 0, 0], [2.0, 0, 0]]), 3.2, 2.2))
        else:
            one = set_stone("diamond", metal, 0.0, 0.0, 3.6, w=-1.0)
            one.join(of(metal, loop(3.1, 3.1, 0.85)).moved(w=-0.85))  # the gallery it stands on
        for side in (-1, 1):
            one.join(of(metal, loop(1.2, 1.6, 0.5)).moved(u=side * 1.6, w=-0.8))
        heap.join(one.round(s, r))
        link = of(metal, loop(1.9, 1.5, 0.5, np.pi / 2)).moved(w=-0.8)
        heap.join(link.round(s + pitch / 2, r))
    return Design(
        "fiume",
        heap,
        says(
            "Fiume",
            "bracelet",
            "A river of brilliants that runs round the wrist and bends with it.",
            on="left_hand",
            line="wrist",
            tilt_deg=0,
            attachment="chain",
            length=round(2 * r, 1),
            breadth=round(2 * r, 1) - 3.0,
            arc=long,
            height=top_of(heap),
            stones=["brilliant-cut diamonds"],
            materials=[metal],
            edition=0,
            studio=[7800, 8400],
            custom=[9800, 28000],
            weeks=6,
            chain_length=long,
            sizes=["165 mm", "175 mm", "185 mm", "to measure"],
        ),
    )


def alma() -> Design:
    """Round bangle, inner diameter 62 mm, pavé over its front."""
    inner, metal = 31.0, GOLD

    def section(angle: float) -> Array:
        share = (1 + np.cos(angle)) / 2
        return domed(4.2 + 3.0 * share, 1.7 + 0.5 * share)

    heap = Heap().add(metal, band(inner, section, 128))
    wrap = Wrap(inner, inner)
    front = Heap()
    for row in (-1, 0, 1):
        for k in range(-17, 18):
            u = (k + 0.5 * (row != 0)) * 1.85
            fall = 1.0 - 0.22 * (abs(u) / 33) ** 2
            thick = 1.7 + 0.5 * (1 + np.cos(u / inner)) / 2
            w = thick * (1.03 if row == 0 else 0.92)
            front.add("diamond", stone((u, row * 1.8 * fall, w), 1.7 * fall))
            for side in (-1, 1):
                front.add(metal, ball((u + 0.92, row * 1.8 * fall + side * 0.8 * fall, w + 0.1), 0.26, -1))
    heap.join(wrapped(front, wrap))
    return Design(
        "alma",
        heap,
        says(
            "Alma",
            "bracelet",
            "A plain hoop of gold that breaks into light where the sleeve ends.",
            on="left_hand",
            line="wrist",
            tilt_deg=0,
            attachment="rigid_ring",
            length=2 * inner,
            breadth=2 * inner,
            arc=round(TURN * inner, 1),
            height=top_of(heap),
            stones=["brilliant-cut diamonds"],
            materials=[metal],
            edition=0,
            studio=[5900, 6400],
            custom=[7200, 14000],
            weeks=5,
            inner_diameter=2 * inner,
            sizes=["58 mm", "62 mm", "66 mm"],
        ),
    )


def eterna() -> Design:
    """Eternity ring, inner diameter 17.0 mm: brilliants all round."""
    inner, metal, count = 8.5, PLATINUM, 28
    girdle = inner + 1.35
    pitch = TURN * girdle / count
    heap = Heap().add(metal, band(inner, lambda _: domed(1.7, 0.8), 84))
    a = np.arange(84) / 84 * TURN
    for v in (-0.95, 0.95):
        edge = np.stack([(inner + 0.75) * np.sin(a), 0 * a + v, (inner + 0.75) * np.cos(a)], axis=1)
        heap.add(metal, tube(edge, 0.3, 6, closed=True))
    for k in range(count):
        one = Heap().add("diamond", stone((0, 0, 0), 0.97 * pitch))
        for side in (-1, 1):
            claw = np.array([[pitch / 2, side * 0.95, -0.7], [pitch / 2, side * 0.82, 0.25]])
            one.add(metal, tube(claw, np.array([0.26, 0.2]), 6))
        heap.join(one.round(k * pitch, girdle))
    return Design(
        "eterna",
        heap,
        says(
            "Eterna",
            "ring",
            "Brilliants all the way round, with no first and no last.",
            on="left_hand",
            finger="ring",
            line="finger",
            tilt_deg=0,
            attachment="rigid_ring",
            length=2 * inner,
            breadth=2 * inner,
            arc=round(TURN * inner, 1),
            height=top_of(heap),
            stones=["brilliant-cut diamonds"],
            materials=[metal],
            edition=0,
            studio=[3400, 3700],
            custom=[4200, 7600],
            weeks=4,
            inner_diameter=2 * inner,
            sizes=["ISO 8653: 45-65"],
        ),
    )


def gala() -> Design:
    """Oval emerald between two diamonds on yellow gold, inner diameter 17.5 mm."""
    inner, metal = 8.75, GOLD

    def section(angle: float) -> Array:
        share = (1 + np.cos(angle)) / 2
        return domed(2.1 + 1.0 * share, 1.4 + 0.3 * share)

    heap = Heap().add(metal, band(inner, section, 96))
    one = set_stone("emerald", metal, 0.0, 0.0, 7.0, 9.0, w=0.5, count=4)
    heap.join(one, lambda points: points + (0, 0, inner))
    for side in (-1, 1):
        beside = set_stone("diamond", metal, 0.0, 0.0, 3.6, w=-0.35, count=4)
        heap.join(beside.round(side * 5.9, inner + 1.3))
    return Design(
        "gala",
        heap,
        says(
            "Gala",
            "ring",
            "An oval emerald with a diamond at each shoulder, for the hand that raises the glass.",
            on="right_hand",
            finger="middle",
            line="finger",
            tilt_deg=0,
            attachment="rigid_ring",
            length=2 * inner,
            breadth=2 * inner,
            arc=round(TURN * inner, 1),
            height=top_of(heap),
            stones=["oval emerald", "brilliant-cut diamonds"],
            materials=[metal],
            edition=0,
            studio=[6200, 6800],
            custom=[7900, 26000],
            weeks=5,
            inner_diameter=2 * inner,
            sizes=["ISO 8653: 45-65"],
        ),
    )


def lacrima() -> Design:
    """Drop earring: diamonds that grow towards a pearl drop."""
    metal, heap = PLATINUM, Heap()
    hook = arc_spline(
        [(0, -3.2, 2.4), (0, -0.9, 2.3), (0, 0, 0.4), (0, -0.1, -3), (0, -2.6, -5.6), (0, -9, -6), (0, -14, -5.4)], 28
    )
    heap.add(metal, tube(hook, 0.4, 8))
    hung = Heap()
    v = -1.2
    for size in (2.6, 3.2, 4.0):
        v -= size / 2
        hung.join(set_stone("diamond", metal, 0.0, v, size, w=-0.3))
        v -= size / 2 + 0.5
        a = np.arange(12) / 12 * TURN
        eye = np.stack([0 * a, v + 0.25 + 0.62 * np.cos(a), 0.6 + 0.45 * np.sin(a)], axis=1)
        hung.add(metal, tube(eye, 0.22, 6, closed=True))
        v -= 0.1
    wide, tall = 5.4, 8.4
    middle = v - tall / 2 - 0.5
    hung.join(set_stone("diamond", metal, 0.0, middle, wide, tall, kind="pear", w=-0.9, count=5))
    v = middle - tall / 2 - 0.3
    hung.join(of(metal, loop(1.5, 1.5, 0.4, np.pi / 2, 12, 6)).moved(v=v, w=0.4))
    pearl, faces = ball((0, 0, 0), 1.0, 3)
    top = np.clip(pearl[:, 1], 0, 1)[:, None]
    shape = pearl * (4.6, 5.6, 4.6) * np.hstack([1 - 0.5 * top**1.4, 1 + 0.35 * top, 1 - 0.5 * top**1.4])
    low = -37.6
    hung.add("pearl", (shape + (0, low + 5.6, 0.4), faces))
    crest = low + 12.9
    a = np.arange(16) / 16 * TURN
    for level, size in ((0.0, 0.9), (-0.55, 1.7), (-1.1, 2.3)):
        cap = np.stack([size * np.cos(a), 0 * a + crest + level, 0.4 + size * np.sin(a)], axis=1)
        hung.add(metal, tube(cap, 0.36, 6, closed=True))
    for k in range(10):
        b = (k + 0.5) / 10 * TURN
        hung.add(metal, ball((2.45 * np.cos(b), crest - 1.4, 0.4 + 2.45 * np.sin(b)), 0.4, 0))
    hung.add(metal, tube(np.array([[0, v - 0.4, 0.4], [0, crest - 0.6, 0.4]]), np.array([0.35, 0.8]), 10))
    heap.join(hung.moved(w=2.2))
    return earrings(
        "lacrima",
        heap,
        "Lacrima",
        "Three drops of light, a tear of diamond, and a pearl that moves when you laugh.",
        ["pear and brilliant-cut diamonds", "drop pearls"],
        [5800, 6300],
    )


def punto() -> Design:
    """Stud: a 6 mm brilliant in claws."""
    metal = PLATINUM
    heap = Heap().add("diamond", stone((0, 0, 3.2), 6.0))
    a = np.arange(32) / 32 * TURN
    for w, reach in ((0.5, 1.25), (1.9, 2.2)):
        heap.add(metal, tube(np.stack([reach * np.cos(a), reach * np.sin(a), 0 * a + w], axis=1), 0.32, 8, closed=True))
    for k in range(4):
        b = (k + 0.5) / 4 * TURN
        rise = arc_spline([(0.5, 0.1), (1.3, 0.6), (2.35, 1.9), (3.1, 3.2), (2.95, 3.7), (2.6, 3.85)], 14)
        path = np.stack([rise[:, 0] * np.cos(b), rise[:, 0] * np.sin(b), rise[:, 1]], axis=1)
        heap.add(metal, tube(path, 0.36, 8), ball(path[-1], 0.37, 1))
    heap.add(metal, tube(np.array([[0, 0, 0.5], [0, 0, -5], [0, 0, -10.0]]), 0.42, 12))
    for side in (-1, 1):  # the butterfly that holds it behind the lobe
        curl = spiral((side * 1.5, 0.0), np.pi / 2 - side * np.pi / 2, side * 0.9, 1.4, 0.9, 20)
        wing = curl[:, [0, 2, 1]] + (0, 0, -6.6)
        heap.add(metal, *(tube(wing + (0, v, 0), 0.3, 6) for v in (-0.45, 0.0, 0.45)))
    return earrings(
        "punto",
        heap,
        "Punto",
        "One brilliant, six millimetres, and nothing else.",
        ["brilliant-cut diamonds"],
        [4600, 5000],
    )


def earrings(id: str, heap: Heap, name: str, words: str, stones: list[str], studio: list[int]) -> Design:
    """One of a pair; it is drawn twice."""
    return Design(
        id,
        heap,
        says(
            name,
            "earrings",
            words,
            on="ears",
            line="ear",
            tilt_deg=0,
            attachment="rigid_ring",
            length=0.0,
            breadth=0.0,
            arc=0.0,
            height=top_of(heap),
            stones=stones,
            materials=[PLATINUM],
            edition=0,
            studio=studio,
            custom=[round(1.25 * studio[0], -2), 3 * studio[1]],
            weeks=4,
        ),
    )
