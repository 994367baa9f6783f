"""A hand's measures from looks at an open hand: ring size, knuckles, wrist and hand breadth, with honest doubt.

What a picture shows is a limb's breadth from one side. Its circumference is pi times its mean breadth over all sides
(Cauchy); a finger and a wrist are flattened, so that the breadth seen from the palm is more than that mean. How much
more is known of hands in general, and is seen of this one as far as it turns: the breadth over the roll about the limb
is m (1 + p cos 2 roll + q sin 2 roll + s cos 4 roll), m the mean, the others with a prior. A limb is round about its
own axis: a tilt does not foreshorten its breadth, it only shows another side of it; what counts is how far the axis
is away.

The card that lies in the palm's plane tells that distance and the roll. Without it a hand's size is a guess, and its
measures are as wide.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

import numpy as np

from tryon.body.card import scale_at
from tryon.body.palm import FINGERS, MIDDLE, WRIST, HandOutline, Limb, palm_px, read_outline
from tryon.fit.measure import measured
from tryon.geometry.camera import rays
from tryon.types import F64, Camera, CardPose, Frame, HandSeen, Measurement, Side

LOOKS_MIN = 3
"Fewer are no measurement: one look may have taken a shadow for an edge."
OTHER_SHARE = 0.25
"Of the looks at the hand shown most: fewer at the other side's are the same hand, its side mistaken [J]."
ROLL_MAX, PITCH_MAX = 0.65, 0.8
"A palm turned farther about the limb, or tipped farther along it (sine), is not measured by."
PALM_MM, PALM_PERCENT = 84.0, 11.0
"""The network's wrist to its middle knuckle is 1.04 and 0.97 of the hand's breadth on two synthetic hands, and that is
83.2 mm with a spread of 7.8 percent (ANSUR II, women and men, 3 more for other populations); with what a hand that is
turned away seems shorter by. The scale of a hand without a card is no better."""
UNEVEN = 0.035
"Median deviation of the slices' breadths, relative: above, half of them lie on something else's edge."
PALMS_MM = (55.0, 125.0)
"An adult's palm is so long: what is not, in the card's plane, does not lie in it."
BIN_RAD = 0.15
"Looks from about one side err together: they count as one when the section's shape is told."
SHAPE_STD = 0.012
"What the looks from about one side err by together, relative [J]."


@dataclass(frozen=True, slots=True)
class Section:
    """What is known beforehand of a limb's section: its breadth from a side over the mean breadth."""

    flat: float
    "p: by how much broader it is from the palm."
    flat_std: float
    turned_std: float
    "q: by how much its flat side may be turned from the palm's."
    square: float = 0.0
    "s: below 0 of what is squarer than an ellipse."
    square_std: float = 0.01


@dataclass(frozen=True, slots=True)
class Quantity:
    """Where on the hand it is measured, and what errs with every look at it."""

    limb: str
    window: tuple[float, float]
    "Slices it is measured over."
    section: Section
    behind_mm: float
    "The limb's axis behind the plane the card lies in: beside the hand, or on the palm."
    behind_std_mm: float
    edge_mm: float
    "How far where skin seems to end may be off, both sides together."
    person_mm: float = 0.0
    "How much it swells and shrinks from day to day."
    least: bool = False
    "Measured where it is least."
    thin: float = 1.0
    "Depth over breadth of a limb whose breadth from the palm is asked for, not its mean."
    roll_max: float = ROLL_MAX
    factor: float = 1.0
    "What is told, over the mean breadth."
    factor_std: float = 0.0
    "Relative."


FINGER = Section(flat=0.062, flat_std=0.025, turned_std=0.03)
"""A finger is 0.88 as deep as broad, give or take 0.05 (0.4 mm on a ring: facts: fit, section 9). So are the two
synthetic hands with truth (0.86 to 0.92); of people [J]."""
KNUCKLE = Section(flat=0.062, flat_std=0.035, turned_std=0.03)
WRIST_SECTION = Section(flat=0.13, flat_std=0.03, turned_std=0.03, square=-0.03, square_std=0.02)
"""Depth over breadth of a wrist is 0.70 (70 healthy adults, caliper: 0.69 to 0.70, e-jend.org 1648): of an ellipse, p
is 0.168 and the circumference 2.69 breadths. Wrists are squarer: ANSUR II men's 175.9 mm over a breadth across the
bones of 58 mm [M] is 3.03. Between the two lies 1 + p + s = pi / 2.86, give or take 3.6 percent."""
AS_SEEN = Section(flat=0.0, flat_std=0.0, turned_std=0.0, square_std=0.0)
PALM_THIN = 0.33
"Thickness over breadth of a hand at the knuckles [J]."
EDGE_MM, EDGE_SOFT_MM, SWELLING_MM = 0.3, 0.8, 0.3
"On a finger (facts: fit, section 9); on wrist and palm, where fewer slices see the same flesh [J]."
WEB, WEB_STD = 1.075, 0.045
"""The middle of the little finger's first bone lies in the web: a tape there reads up to 1.15 times the free finger
just above it (1.14 and 1.15 on two synthetic hands), where a ring comes to rest. What is told lies between."""
BASE, LITTLE_BASE, JOINT = (0.52, 0.72), (0.52, 0.66), (0.92, 1.08)
"Just above the web, and round the next joint; of the way between the network's points."

QUANTITIES: Mapping[str, Quantity] = {
    **{
        f"finger_inner_diameter_{finger}": Quantity(finger, BASE, FINGER, 4.0, 4.0, EDGE_MM, SWELLING_MM)
        for finger in FINGERS
    },
    "finger_inner_diameter_little": Quantity(
        "little", LITTLE_BASE, FINGER, 4.0, 4.0, EDGE_MM, SWELLING_MM, factor=WEB, factor_std=WEB_STD
    ),
    **{f"finger_knuckle_diameter_{finger}": Quantity(finger, JOINT, KNUCKLE, 2.0, 5.0, EDGE_MM) for finger in FINGERS},
    "wrist_circumference": Quantity(
        "wrist", (0.08, 0.45), WRIST_SECTION, 8.0, 7.0, EDGE_SOFT_MM, least=True, factor=math.pi
    ),
    "hand_breadth": Quantity("palm", (0.0, 0.14), AS_SEEN, 6.0, 5.0, EDGE_SOFT_MM, thin=PALM_THIN, roll_max=0.4),
}
"By the measurement's name."
LOOK_STD_MM = 0.15
"The least that one look's breadth errs by: a sixth of a pixel and more at arm's length."
TURN_RAD = 0.35
"Turned by so much in all, the hand has shown something of its section."
LEAST_SHARE = 0.12
"Length of wrist, of the palm's, over which its least breadth is taken."


@dataclass(frozen=True, slots=True)
class _Breadth:
    """One limb's breadth in one look."""

    time_s: float
    mm: float
    roll: float
    place_mm: float
    "How differently broad it is at the two ends of the window."
    scale_percent: float


@dataclass(frozen=True, slots=True, eq=False)
class _Plane:
    """Where the limbs' axes lie."""

    origin: F64
    normal: F64
    "Towards us."
    card: CardPose | None


class HandMeasurer:
    """Measures of one wearer's hand, look by look, from the network's raw points. Not for several threads."""

    def __init__(self, camera: Camera, /) -> None:
        self._camera = camera
        self._seen: dict[tuple[Side, bool], dict[str, list[_Breadth]]] = {}
        self._reasons: Counter[tuple[str, str]] = Counter()

    def look(self, frame: Frame, hand: HandSeen, card: CardPose | None, /) -> HandOutline | None:
        """One look more; `card` lies in the palm's plane. Gives the edges it was read from, to be shown.

        None when the card lies elsewhere: nothing was taken.
        """
        points = hand.landmarks.points_px
        plane = self._plane(points, card)
        if plane is None:
            return None
        outline = read_outline(frame, points)
        breadths = self._seen.setdefault((hand.side, plane.card is not None), {})
        for name, quantity in QUANTITIES.items():
            if quantity.limb in outline.refused:
                self._reasons[name, outline.refused[quantity.limb]] += 1
                continue
            breadth = self._breadth(outline.limbs[quantity.limb], quantity, plane, frame.time_s)
            if isinstance(breadth, str):
                self._reasons[name, breadth] += 1
            else:
                breadths.setdefault(name, []).append(breadth)
        return outline

    def measurements(self) -> tuple[Measurement, ...]:
        """Of each hand that was shown; by the card where there was one."""
        told = []
        for side, name in product(self._sides(), QUANTITIES):
            for by_card in (True, False):
                looks = self._seen.get((side, by_card), {}).get(name, [])
                if len(looks) >= LOOKS_MIN:
                    told.append(_measured(name, QUANTITIES[name], looks, by_card=by_card, side=side))
                    break
        return tuple(told)

    def reasons(self) -> dict[str, str]:
        """Why a quantity is not among the measurements: what stood in the way most often; empty when all are."""
        told = {each.name for each in self.measurements()}
        why: dict[str, str] = {}
        for (name, reason), _ in reversed(self._reasons.most_common()):
            if name not in told:
                why[name] = reason
        return why

    def _sides(self) -> list[Side]:
        """The hands that were shown: a few looks whose side the network mistook are no second hand."""
        looks: Counter[Side] = Counter()
        for (side, _), found in self._seen.items():
            looks[side] += max(map(len, found.values()), default=0)
        most = max(looks.values(), default=0)
        return sorted(side for side, count in looks.items() if count >= OTHER_SHARE * most)

    def _plane(self, points: F64, card: CardPose | None) -> _Plane | None:
        if card is None:  # as if a hand of the usual size faced us
            away = rays(points[[MIDDLE]], self._camera)[0] * PALM_MM * self._camera.matrix[0, 0] / palm_px(points)
            return _Plane(away, np.array([0.0, 0.0, -1.0]), None)
        plane = _Plane(card.camera_from_card[:3, 3], card.normal, card)
        palm = self._on(plane, points[[WRIST, MIDDLE]], 0.0)
        if PALMS_MM[0] < float(np.linalg.norm(palm[1] - palm[0])) < PALMS_MM[1] and (palm[:, 2] > 0).all():
            return plane
        for name in QUANTITIES:
            self._reasons[name, "card_elsewhere"] += 1
        return None

    def _on(self, plane: _Plane, points_px: F64, behind_mm: float) -> F64:
        """(n, 3) mm, camera: where pixels (n, 2) meet the plane, moved so far away from us along its normal."""
        seen = rays(points_px, self._camera)
        origin = plane.origin - behind_mm * plane.normal
        return np.asarray(seen * ((origin @ plane.normal) / (seen @ plane.normal))[:, None])

    def _breadth(self, limb: Limb, quantity: Quantity, plane: _Plane, time_s: float) -> _Breadth | str:
        kept = limb.within(*quantity.window)
        if kept.sum() < 4:
            return "not_told_apart"
        left, right = limb.left_px[kept], limb.right_px[kept]
        axis = self._on(plane, (left + right) / 2, quantity.behind_mm)
        if (axis[:, 2] <= 0).any():  # the plane, tipped so far, ends before the limb does
            return "turned"
        view = -np.median(axis, axis=0)
        view /= np.linalg.norm(view)
        along = axis[-1] - axis[0]
        along /= np.linalg.norm(along)
        across = np.cross(along, plane.normal)
        # without a card the palm's turn is not known: as if it faced us
        roll = 0.0 if plane.card is None else math.atan2(float(view @ across), float(view @ plane.normal))
        if abs(float(view @ along)) > PITCH_MAX or abs(roll) > quantity.roll_max:
            return "turned"
        broad = breadths_mm(rays(left, self._camera), rays(right, self._camera), axis, limb.direction)
        broad /= math.hypot(math.cos(roll), quantity.thin * math.sin(roll))
        if not quantity.least and np.median(np.abs(broad - np.median(broad))) > UNEVEN * np.median(broad):
            return "not_told_apart"
        third = max(len(broad) // 3, 1)
        place = abs(float(np.median(broad[:third]) - np.median(broad[-third:]))) / 2
        value = float(np.median(broad))
        if quantity.least:
            value, place = _least(limb.along[kept], broad)
        percent = PALM_PERCENT
        if plane.card is not None:
            percent = scale_at(
                plane.card, self._camera, behind_mm=quantity.behind_mm, behind_std_mm=quantity.behind_std_mm
            ).std_percent
        return _Breadth(time_s, value, roll, place, percent)


def breadths_mm(left: F64, right: F64, axis: F64, direction_px: F64, /) -> F64:
    """(n,) breadth of a round limb between rays (n, 3) to its edges, its axis through (n, 3) mm in the camera.

    The planes through the camera and each edge touch it: half its breadth over the axis' distance is the sine of
    half the angle between them. `direction_px` (2,) is the limb's in the picture.
    """
    along = np.array([*direction_px, 0.0])
    sides = [np.cross(edge, along) for edge in (left, right)]
    one, other = (side / np.linalg.norm(side, axis=1)[:, None] for side in sides)
    away = np.linalg.norm(np.cross(axis, along), axis=1)
    return np.asarray(away * np.linalg.norm(one - other, axis=1))


def _least(along: F64, broad: F64) -> tuple[float, float]:
    """The least breadth over a length of it, and how differently broad it is beside that."""
    medians = np.array([np.median(broad[np.abs(along - at) <= LEAST_SHARE / 2]) for at in along])
    least = float(medians.min())
    near = medians[np.abs(along - along[int(np.argmin(medians))]) <= LEAST_SHARE]
    return least, float(np.median(near) - least)


def _measured(name: str, quantity: Quantity, looks: list[_Breadth], *, by_card: bool, side: Side) -> Measurement:
    broad = np.array([look.mm for look in looks])
    roll = np.array([look.roll for look in looks])
    mean, shape_std = mean_breadths(broad, roll, quantity.section)
    value = float(np.median(mean))
    scale_percent = float(np.median([look.scale_percent for look in looks]))
    own = math.hypot(
        shape_std,
        quantity.edge_mm,
        quantity.person_mm,
        float(np.median([look.place_mm for look in looks])),
        value * scale_percent / 100,
        value * quantity.factor_std,
    )
    return measured(
        name,
        mean * quantity.factor,
        np.array([look.time_s for look in looks]),
        look_std_mm=LOOK_STD_MM * quantity.factor,
        std_systematic_mm=own * quantity.factor,
        method="silhouette+turn" if float(np.ptp(roll)) > TURN_RAD else "silhouette",
        scale_source="card" if by_card else "prior",
        scale_std_percent=scale_percent,
        hand=side,
    )


def mean_breadths(broad: F64, roll: F64, section: Section, /) -> tuple[F64, float]:
    """Each look's mean breadth over all sides (n,), and the standard uncertainty that the section's shape leaves.

    Least squares in (m, m p, m q, m s), with what is known of p, q and s, over medians of looks from about one side.
    """
    bins = np.round(roll / BIN_RAD)
    sides = np.unique(bins)
    seen = np.array([np.median(broad[bins == side]) for side in sides])
    angle = np.array([np.median(roll[bins == side]) for side in sides])
    first = float(np.median(broad))
    prior = np.array([[section.flat, -1.0, 0, 0], [0, 0, -1.0, 0], [section.square, 0, 0, -1.0]])
    spread = np.maximum(np.array([section.flat_std, section.turned_std, section.square_std]), 1e-6) * first
    rows = np.concatenate([_sides(angle) / (SHAPE_STD * first), prior / spread[:, None]])
    told = np.concatenate([seen / (SHAPE_STD * first), np.zeros(3)])
    covariance = np.linalg.inv(rows.T @ rows)
    state = covariance @ rows.T @ told
    return np.asarray(broad * state[0] / (_sides(roll) @ state)), float(np.sqrt(covariance[0, 0]))


def _sides(roll: F64) -> F64:
    """(n, 4) the breadth from a side over (m, m p, m q, m s)."""
    return np.stack([np.ones(len(roll)), np.cos(2 * roll), np.sin(2 * roll), np.cos(4 * roll)], axis=1)
