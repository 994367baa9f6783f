"""Paper bands and a ring beside a card, drawn as a camera would see them, with exact truth: error and coverage.

There are no clips of them. A band is wound round an elliptic cone and looked at through a pinhole, with an overlap, a
slip of the ends, light from one side, blur, noise and the wrong focal length; a ring is traced, rim and inside, on a
table.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from tryon.bench.rows import Row
from tryon.body.band import BANDS, Around, Band, BandKind, around
from tryon.body.card import ID1_MM, corners_in_card
from tryon.body.ring import CARD_MM, LAID, Coin, Inner, LaidKind, inner_diameter
from tryon.geometry.camera import pinhole, prior_camera, project, rays
from tryon.geometry.rigid import rotation_from_vector
from tryon.picture import frame_from_rgb
from tryon.track.marker import BAND_DICTIONARY, BandFinder, marker_cells
from tryon.track.ring import RingFinder, RingSeen
from tryon.types import F64, U8

DRAWS = 120, 40, 20, 40
"Bands, rings, bangles and coins."
AROUND_MM: dict[BandKind, tuple[float, float]] = {"crown": (500, 620), "neck": (290, 430), "wrist": (135, 200)}
AWAY_MM: dict[BandKind, tuple[float, float]] = {"crown": (300, 480), "neck": (250, 400), "wrist": (180, 280)}
"What is drawn, and from how far."
PAPER_PX_PER_MM = 8.0
HEIGHT_MM = 27.0
EDGE_PX = 3.0
FINE = 2
"Points drawn for each pixel, across and down."


@dataclass(frozen=True, slots=True)
class Wound:
    """One band as it is worn and seen."""

    band: Band
    around_mm: float
    shape: float = 1.27
    "Length of the section over its breadth."
    seam_rad: float = 0.0
    "Where on the section the zero is; 0: at the end of its long axis, which looks to the camera when view is 0."
    slip_mm: float = 0.0
    "How much higher the far end lies."
    cone_rad: float = 0.0
    "How much what it is wound round tapers."
    tail_on_top: bool = False
    tail_mm: float = 40.0


@dataclass(frozen=True, slots=True)
class View:
    """How it is looked at."""

    focal_px: float = 1000.0
    size_px: tuple[int, int] = (1280, 720)
    distance_mm: float = 400.0
    turn: tuple[float, float, float] = (0.0, 0.0, 0.0)
    "rad, about the camera's axes."
    shift_mm: tuple[float, float] = (0.0, 0.0)
    blur_px: float = 0.7
    noise: float = 3.0
    shade: float = 0.3
    "How much darker the dark side is."


def bands(seed: int = 1) -> list[Row]:
    """Errors and coverage of what single pictures tell; a refused one is counted apart."""
    random = np.random.default_rng(seed)
    rows = []
    told: dict[str, list[tuple[float, float]]] = {band.kind: [] for band in BANDS}
    refused: Counter[str] = Counter()
    finder = BandFinder()
    for draw in range(DRAWS[0]):
        wound, view = _wound(BANDS[draw % len(BANDS)], random), _worn_view(BANDS[draw % len(BANDS)].kind, random)
        grey = seen_band(wound, view, random)
        seen = finder.find(frame_from_rgb(np.repeat(grey[..., None], 3, axis=2), 0.0))
        found = None if seen is None else around(wound.band, seen, prior_camera(view.size_px))
        if isinstance(found, Around):
            told[wound.band.kind].append((found.value_mm - wound.around_mm, found.std_mm))
        else:
            refused[f"{wound.band.kind} {found or 'not seen'}"] += 1
    for wound_on, errors in told.items():
        rows += _rows(f"{wound_on} band, one picture", errors, 1.0, 0.5)
    note = "  ".join(f"{count} {reason}" for reason, count in sorted(refused.items()))
    share = 100 * sum(map(len, told.values())) / DRAWS[0]
    rows.append(Row("pictures of bands that are read, the seam often turned away", share, "%", note=note))
    kinds: tuple[tuple[LaidKind, int, float], ...] = (
        ("ring", DRAWS[1], 0.35),
        ("bangle", DRAWS[2], 0.8),
        ("coin", DRAWS[3], 0.5),
    )
    for kind, draws, goal in kinds:
        rows += _laid(kind, draws, goal, random)
    return rows


def _rows(what: str, errors: list[tuple[float, float]], least: float, aim: float) -> list[Row]:
    off, std = np.array(errors).T
    return [
        Row(f"{what}: median error", float(np.median(np.abs(off))), "mm", least, aim, note=f"of {len(off)}"),
        Row(f"{what}: 95 % within", float(np.percentile(np.abs(off), 95)), "mm"),
        Row(f"{what}: truths within twice its doubt", 100 * float((np.abs(off) < 2 * std).mean()), "%", 90, 95, True),
        Row(f"{what}: stated U95, median", 2 * float(np.median(std)), "mm"),
    ]


def _laid(kind: LaidKind, draws: int, goal_u95: float, random: np.random.Generator) -> list[Row]:
    """One kind of piece beside a card; the camera's focal length is known to 13 percent."""
    errors: list[tuple[float, float]] = []
    refused: Counter[str] = Counter()
    cut = 0
    finder = RingFinder()
    for _ in range(draws):
        ring, view = _on_table(kind, random)
        while not shows_all(ring, view):
            cut += 1
            ring, view = _on_table(kind, random)
        rgb = seen_ring(ring, view, random)
        guess = view.focal_px * float(np.exp(random.normal(0, 0.13)))
        camera = pinhole(guess, view.size_px, focal_std=0.15, source="prior")
        laid = Coin("", ring.measured_mm, ring.height_mm).laid if kind == "coin" else LAID[kind]
        seen = finder.find(frame_from_rgb(rgb, 0.0), camera, laid)
        found = inner_diameter(laid, seen.edge_px, seen.card, camera) if isinstance(seen, RingSeen) else seen
        if isinstance(found, Inner):
            errors.append((found.value_mm - ring.measured_mm, found.std_mm))
        else:
            refused[found] += 1
    reasons = [f"{count} {reason}" for reason, count in sorted(refused.items())]
    note = "  ".join([f"of {draws} that show card and {kind} whole ({cut} more did not)", *reasons])
    rows = _rows(f"{kind} beside a card", errors, goal_u95 / 2, goal_u95 / 4)
    return [*rows, Row(f"{kind} beside a card: pictures read", 100 * len(errors) / draws, "%", note=note)]


def _wound(band: Band, random: np.random.Generator) -> Wound:
    return Wound(
        band,
        random.uniform(*AROUND_MM[band.kind]),
        shape=random.uniform(1.15, 1.4) if band.kind == "crown" else random.uniform(0.75, 1.4),
        seam_rad=random.uniform(-0.6, 0.6),
        slip_mm=random.normal(0, 3),
        cone_rad=random.normal(0, 0.04),
        tail_on_top=random.random() < 0.3,
        tail_mm=random.uniform(15, 45),
    )


def _worn_view(kind: BandKind, random: np.random.Generator) -> View:
    return View(
        focal_px=1024 * float(np.exp(random.normal(0, 0.13))),
        distance_mm=random.uniform(*AWAY_MM[kind]),
        turn=(random.normal(0, 0.2), random.normal(0, 0.25), random.normal(0, 0.1)),
        shift_mm=(random.normal(0, 20), random.normal(0, 20)),
        blur_px=random.uniform(0.5, 1.3),
        noise=random.uniform(2, 6),
        shade=random.uniform(0, 0.6),
    )


def _on_table(kind: LaidKind, random: np.random.Generator) -> tuple[OnTable, View]:
    if kind == "coin":
        table, view = _on_table("ring", random)
        across = random.uniform(17.9, 28.4)
        beside = 43 + across / 2 + random.uniform(6, 18)
        place = float(np.copysign(beside, table.place_mm[0])), table.place_mm[1]
        thick = random.uniform(1.35, 2.5)
        return OnTable(across - 2, 1.0, thick, place_mm=place, metal=table.metal, table=table.table, filled=True), view
    ring = kind == "ring"
    inner = random.uniform(14.5, 21.5) if ring else random.uniform(54, 70)
    band = random.uniform(1.2, 2.6) if ring else random.uniform(2, 5)
    beside = 43 + inner / 2 + band + (random.uniform(6, 18) if ring else random.uniform(4, 12))
    laid = OnTable(
        inner,
        band_mm=band,
        height_mm=random.uniform(1.5, 5) if ring else random.uniform(2.5, 9),
        domed_mm=random.uniform(0, 0.25) if random.random() < 0.5 else 0.0,
        place_mm=(beside * random.choice([-1.0, 1.0]), random.uniform(-20, 20)),
        metal=random.uniform(150, 225),
        table=random.choice([60.0, 100.0, 140.0, 200.0]),
    )
    view = View(
        focal_px=1900 if ring else 1250,
        size_px=(1280, 960),
        distance_mm=random.uniform(250, 350) if ring else random.uniform(330, 450),
        turn=(random.normal(0, 0.12), random.normal(0, 0.12), random.uniform(-0.5, 0.5)),
        shift_mm=(random.normal(0, 15), random.normal(0, 15)),
        blur_px=random.uniform(0.5, 1.1),
        noise=random.uniform(1, 4),
        shade=random.uniform(0, 0.5),
    )
    return laid, view


def strip_picture(band: Band) -> U8:
    """The whole band, its strips joined, grey, PAPER_PX_PER_MM; its middle row is the markers' middle."""
    scale = PAPER_PX_PER_MM
    paper = np.full((round(HEIGHT_MM * scale), round((band.length_mm + 10) * scale)), 235, np.uint8)
    top = (HEIGHT_MM - band.side_mm) / 2
    for index in range(band.count):
        left = (index + 0.5) * band.pitch_mm - band.side_mm / 2
        for x, y, width, height in marker_cells(band.first_id + index, band.side_mm, dictionary=BAND_DICTIONARY):
            rows = round((top + y) * scale), round((top + y + height) * scale)
            paper[rows[0] : rows[1], round((left + x) * scale) : round((left + x + width) * scale)] = 30
    return paper


def seen_band(wound: Wound, view: View, random: np.random.Generator) -> U8:
    """(h, w) grey picture of a band that is worn."""
    width, height = view.size_px
    # where it is, roughly; no more is drawn, on a grey ground
    rough = np.stack(np.meshgrid(np.arange(0, width, 8.0), np.arange(0, height, 4.0)), axis=2)
    _, across, _, hit = _struck(rough, wound, view)
    there = rough[hit & (np.abs(across) < HEIGHT_MM)]
    if not len(there):
        raise ValueError("the band lies outside the picture")
    left, top = np.maximum(there.min(axis=0).astype(int) - 12, 0)
    right, bottom = np.minimum(there.max(axis=0).astype(int) + 12, view.size_px)
    grid = np.stack(np.meshgrid(np.arange(left * FINE, right * FINE), np.arange(top * FINE, bottom * FINE)), axis=2)
    along, across, angle, hit = _struck((grid + 0.5) / FINE - 0.5, wound, view)
    paper = cv2.remap(
        strip_picture(wound.band),
        (along * PAPER_PX_PER_MM - 0.5).astype(np.float32),
        ((across + HEIGHT_MM / 2) * PAPER_PX_PER_MM - 0.5).astype(np.float32),
        cv2.INTER_LINEAR,
    )
    light = 1 - view.shade * (0.5 + np.sin(angle) / 2)
    # skin and hair stay dark grey, what is behind is lighter
    drawn = np.where(hit & (np.abs(across) < HEIGHT_MM / 2), paper * light, np.where(hit, 95 * light, 150))
    soft = cv2.GaussianBlur(drawn.astype(np.float32), (0, 0), view.blur_px * FINE)
    whole = np.full((height, width), 150.0)
    whole[top:bottom, left:right] = cv2.resize(soft, (right - left, bottom - top), interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(whole + random.normal(0, view.noise, whole.shape), 0, 255), dtype=np.uint8)


def _struck(points_px: F64, wound: Wound, view: View) -> tuple[F64, F64, F64, npt.NDArray[np.bool_]]:
    """What pixels (..., 2) look at: mm along the band and across it, the angle round the body, whether it is hit."""
    camera = pinhole(view.focal_px, view.size_px, focal_std=0.01, source="given")
    half_a, half_b = _halves(wound.around_mm, wound.shape)
    rotation = rotation_from_vector(np.array(view.turn))
    # the body stands in its own frame: x right, y down, z away from the camera, its nearest side at the distance
    eye = rotation.T @ -(np.array([*view.shift_mm, view.distance_mm + half_b]))
    sight = rays(points_px.reshape(-1, 2), camera) @ rotation
    # |x/(a g)|^2 + |z/(b g)|^2 = 1, g = 1 + growth y: it tapers upwards
    scale, growth = np.array([1 / half_a, 0, 1 / half_b]), np.tan(wound.cone_rad) / half_b
    first = ((sight * scale) ** 2).sum(axis=1) - (growth * sight[:, 1]) ** 2
    cross = (sight * scale**2) @ eye - growth * sight[:, 1] * (1 + growth * eye[1])
    rest = float(((eye * scale) ** 2).sum() - (1 + growth * eye[1]) ** 2)
    under = cross**2 - first * rest
    hit = (under > 0) & (first > 0)
    depth = np.where(hit, (-cross - np.sqrt(np.maximum(under, 0))) / np.where(hit, first, 1.0), 1.0)
    point = eye + sight * depth[:, None]
    angle = np.arctan2(point[:, 0] / half_a, -point[:, 2] / half_b)
    round_ = np.linspace(-np.pi, np.pi, 7201)
    steps = np.hypot(half_a * np.cos(round_), half_b * np.sin(round_))
    arc = np.concatenate([[0], np.cumsum((steps[1:] + steps[:-1]) / 2 * np.diff(round_))])
    along = np.mod(np.interp(angle, round_, arc) - np.interp(wound.seam_rad, round_, arc), arc[-1])
    if wound.tail_on_top:
        along = np.where(along < wound.tail_mm, along + arc[-1], along)
    across = point[:, 1] + wound.slip_mm * (along / arc[-1] - 0.5)
    shape = points_px.shape[:-1]
    return along.reshape(shape), across.reshape(shape), angle.reshape(shape), hit.reshape(shape)


def _halves(around_mm: float, shape: float) -> tuple[float, float]:
    """Half axes across and away of an ellipse of this perimeter, by its integral."""
    angle = np.linspace(0, 2 * np.pi, 7201)
    steps = np.hypot(np.cos(angle), shape * np.sin(angle))
    unit = float(((steps[1:] + steps[:-1]) / 2).sum() * (angle[1] - angle[0]))
    return around_mm / unit, shape * around_mm / unit


@dataclass(frozen=True, slots=True)
class OnTable:
    """A ring or bangle on a table, a card beside it; millimetres from the card's middle, x along it, y up, z up."""

    inner_mm: float
    "Diameter where it is narrowest."
    band_mm: float = 2.0
    "From inside to outside."
    height_mm: float = 3.0
    domed_mm: float = 0.0
    "How much wider the inside is at both rims than between them."
    place_mm: tuple[float, float] = (65.0, 0.0)
    oval: float = 0.0
    metal: float = 190.0
    table: float = 120.0
    filled: bool = False
    "A disc without a hole."

    @property
    def measured_mm(self) -> float:
        """The diameter that a picture tells: the hole's, or the disc's."""
        return self.inner_mm + 2 * self.band_mm if self.filled else self.inner_mm


def shows_all(ring: OnTable, view: View) -> bool:
    """Whether card and ring lie inside the picture."""
    camera = pinhole(view.focal_px, view.size_px, focal_std=0.01, source="given")
    turn = rotation_from_vector(np.array(view.turn))
    eye = np.array([ring.place_mm[0] / 2, ring.place_mm[1] / 2, 0.0]) + turn @ np.array(
        [*view.shift_mm, view.distance_mm]
    )
    half = ring.inner_mm / 2 + ring.band_mm + ring.height_mm
    beside = [[ring.place_mm[0] + x, ring.place_mm[1] + y, 0.0] for x in (-half, half) for y in (-half, half)]
    points = np.concatenate([corners_in_card(), np.array(beside)])
    seen = project((points - eye) @ turn @ np.diag([1.0, -1.0, -1.0]), camera)
    return bool((seen > EDGE_PX).all() and (seen < np.array(view.size_px) - 1 - EDGE_PX).all())


def seen_ring(ring: OnTable, view: View, random: np.random.Generator, *, card: bool = True) -> U8:
    """(h, w, 3) RGB picture of a ring beside a card, from above."""
    camera = pinhole(view.focal_px, view.size_px, focal_std=0.01, source="given")
    width, height = view.size_px
    fine = 2
    grid = np.stack(np.meshgrid(np.arange(width * fine), np.arange(height * fine)), axis=2).reshape(-1, 2)
    sight = rays((grid + 0.5) / fine - 0.5, camera)
    # card frame from camera: y and z turned over, then the view's own turn
    turn = rotation_from_vector(np.array(view.turn))
    sight = sight @ np.diag([1.0, -1.0, -1.0]) @ turn.T
    middle = np.array([ring.place_mm[0] / 2, ring.place_mm[1] / 2, 0.0])
    eye = middle + turn @ np.array([*view.shift_mm, view.distance_mm])

    def at(high: float) -> F64:
        return np.asarray(eye[:2] + sight[:, :2] * ((high - eye[2]) / sight[:, 2])[:, None])

    def about(points: F64) -> tuple[F64, F64]:
        off = points - ring.place_mm
        angle = np.arctan2(off[:, 1], off[:, 0])
        return np.hypot(off[:, 0], off[:, 1]) / (1 + ring.oval * np.cos(2 * angle)), angle

    table, face = at(-CARD_MM), at(0.0)
    radius, _ = about(table - (1.5, -1.0))
    grain = cv2.GaussianBlur(random.normal(0, 1, (height * fine // 4, width * fine // 4)).astype(np.float32), (0, 0), 2)
    grain = cv2.resize(grain, (width * fine, height * fine)).reshape(-1) * 25
    values = ring.table + grain
    half = ring.inner_mm / 2
    shadow = 1 / (1 + np.exp(-(ring.band_mm / 2 + 0.8 - np.abs(radius - half - ring.band_mm / 2)) / 0.5))
    values = values * (1 - 0.35 * shadow)
    near = np.flatnonzero(radius < half + ring.band_mm + ring.height_mm + 4)
    sight = sight[near]
    free = np.ones(len(near), dtype=bool)
    # the ring from its upper rim down, in thin plates
    for level in np.linspace(1, 0, 14):
        radius, angle = about(at(level * ring.height_mm - CARD_MM))
        bulge = ring.domed_mm * (2 * level - 1) ** 2
        inside = 0.0 if ring.filled else half + bulge
        new = free & (radius > inside) & (radius < half + ring.band_mm - bulge / 2)
        gloss = 0.75 + 0.2 * np.cos(angle - 0.7) + 0.12 * np.cos(3 * angle + level)
        shown = ring.metal * gloss * (1.0 if level == 1 else 0.45 + 0.3 * level)
        values[near[new]] = np.broadcast_to(shown, new.shape)[new]
        free &= ~new
    rgb = np.repeat(np.clip(values, 0, 255)[:, None], 3, axis=1)
    if card:
        beyond = np.maximum(np.abs(face) - (np.array(ID1_MM) / 2 - 3.18), 0)
        on_card = np.hypot(beyond[:, 0], beyond[:, 1]) < 3.18
        print_ = (np.abs(face[:, 1] + 8) < 2.5) & (np.abs(face[:, 0]) < 34) & (np.mod(face[:, 0], 4.5) < 3)
        rgb[on_card] = (40, 70, 140)
        rgb[on_card & print_] = (190, 195, 210)
    light = 1 - view.shade * (grid[:, 0] / (width * fine))
    rgb = (rgb * light[:, None]).reshape(height * fine, width * fine, 3).astype(np.float32)
    soft = cv2.GaussianBlur(rgb, (0, 0), view.blur_px * fine)
    small = cv2.resize(soft, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(small + random.normal(0, view.noise, small.shape), 0, 255), dtype=np.uint8)
