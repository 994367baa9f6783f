"""Hat, ring, necklace, bracelet and bangle sizes: labels to millimetres and back, and the odds of each with doubt.

Millimetres are what is kept; labels are how shops of one country call them (facts: fit, sections 3 to 6).
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

MM_PER_INCH = 25.4
HatSystem = Literal["us", "uk", "eu", "jp"]
RingSystem = Literal["iso", "us", "uk", "eu", "jp", "ch"]
Fit = Literal["snug", "comfort", "loose"]

US_RING_MM, US_RING_STEP_MM = 11.633, 0.8128
"Inner diameter of size 0 and of each size more [S]: 0.458 in + 0.032 in a size."
UK_RING_MM, UK_RING_STEP_MM = 37.5, 1.25
"Inner circumference of A and of each letter more, BS 6820 [M]; charts of shops differ by up to 0.5 mm [S]."
JP_RING_MM, JP_RING_STEP_MM = 13.0, 1 / 3
"Inner diameter of size 1 and of each size more, JCS [S]."
CH_RING_MM = 40.0
"Swiss, Italian and Spanish labels are the inner circumference less this [S]."
NECKLACES_IN = (
    ("collar", 12, 13),
    ("choker", 14, 16),
    ("princess", 17, 19),
    ("matinee", 20, 24),
    ("opera", 28, 36),
    ("rope", 37, math.inf),
)
"Names of lengths [S]; lengths between two go with the nearer."
BRACELET_EASE_MM: dict[Fit, tuple[float, float]] = {"snug": (6.4, 12.7), "comfort": (19.0, 25.4), "loose": (31.8, 32.0)}
"Longer than the wrist by so much [S]."
BANGLE_EASE_MM = 6.35
"A bangle's inner diameter over the hand's, thumb tucked in [S]."
BANGLES_MM = tuple(float(diameter) for diameter in range(54, 76, 2))
"Inner diameters that are made [C]."
NECKLACE_EASE_MM = 10.0
"Less than this over the base of the neck and a chain does not hang [C]."
NECKLACES_MADE_IN = (14, 16, 18, 20, 22, 24, 30, 36)
"Lengths that shops keep [J]."
POSSIBLE_MM: dict[str, tuple[float, float]] = {
    "interpupillary_distance": (40.0, 80.0),
    "head_circumference": (440.0, 680.0),
    "head_circumference_over_hair": (440.0, 680.0),
    "neck_circumference": (240.0, 560.0),
    "wrist_circumference": (110.0, 240.0),
    "finger_inner_diameter": (11.0, 26.0),
    "bangle_inner_diameter": (46.0, 80.0),
}
"What a grown person's can be: pupils and head [issue 4], the rest beyond ANSUR II's 1st and 99th percentiles [J]."
Unit = Literal["mm", "cm", "in"]
UNIT_MM: dict[Unit, float] = {"mm": 1.0, "cm": 10.0, "in": MM_PER_INCH}
SLIPS = (
    (1.0, ""),
    (10.0, "centimetres"),
    (MM_PER_INCH, "inches"),
    (100.0, "centimetres with a slipped point"),
    (1000.0, "metres"),
    (0.1, ""),
)
"What a number must be multiplied by, to be millimetres, if it was meant in something else."
ODDS_LEAST = 0.005
TAIL = 0.025
"Of what is possible, so much lies beyond each end of U."
HAT_LEAST_MM, RING_LEAST_MM = 300.0, 12.2
"Nothing smaller has a label (UK rings start at 11.94 mm)."


@dataclass(frozen=True, slots=True)
class Odds:
    """How likely one size is."""

    label: str
    probability: float
    mm: float
    "What it is the label of: by it sizes stand in their order."


@dataclass(frozen=True, slots=True)
class Meant:
    """What a typed number may have meant, to be offered back as a question."""

    value_mm: float
    question: str


def normal_share(low: float, high: float, value: float, std: float, /) -> float:
    """The share of N(value, std) between low and high; std may be 0."""
    return max(_below(high, value, std) - _below(low, value, std), 0.0)


def hat_label(system: HatSystem, circumference_mm: float, /) -> str:
    """The nearest size: US inches of diameter to an eighth, UK an eighth less, EU and JP whole centimetres."""
    if system in ("eu", "jp"):
        return f"{_nearest(circumference_mm / 10)}"
    eighths = _nearest(circumference_mm / MM_PER_INCH / math.pi * 8) - (system == "uk")
    return _fraction(eighths, 8)


def hat_circumference_mm(system: HatSystem, label: str, /) -> float:
    """The head that a hat size is for, mm. Raises ValueError."""
    if system in ("eu", "jp"):
        return 10.0 * float(label)
    return (_unfraction(label) + (0.125 if system == "uk" else 0.0)) * math.pi * MM_PER_INCH


def hat_odds(system: HatSystem, circumference_mm: float, std_mm: float, /) -> tuple[Odds, ...]:
    """The odds of each size, likeliest first; those under half a percent are left out."""
    step_mm = 10.0 if system in ("eu", "jp") else math.pi * MM_PER_INCH / 8
    return _odds(
        circumference_mm,
        std_mm,
        step_mm,
        HAT_LEAST_MM,
        lambda mm: hat_label(system, mm),
        lambda label: hat_circumference_mm(system, label),
    )


def ring_label(system: RingSystem, inner_diameter_mm: float, /) -> str:
    """The nearest size; US and UK to a half, ISO and EU the whole millimetre of circumference, CH to a half."""
    around = math.pi * inner_diameter_mm
    if system in ("iso", "eu"):
        return f"{_nearest(around)}"
    if system == "jp":
        return f"{_nearest((inner_diameter_mm - JP_RING_MM) / JP_RING_STEP_MM) + 1}"
    if system == "ch":
        return _decimal(_nearest(2 * (around - CH_RING_MM)) / 2)
    if system == "us":
        return _decimal(_nearest(2 * (inner_diameter_mm - US_RING_MM) / US_RING_STEP_MM) / 2)
    halves = _nearest(2 * (around - UK_RING_MM) / UK_RING_STEP_MM)
    letter = halves // 2
    if letter < 0:
        raise ValueError(f"no letter for a ring of {inner_diameter_mm} mm")
    name = chr(ord("A") + letter) if letter < 26 else f"Z+{letter - 25}"
    return name + "½" * (halves % 2)


def ring_diameter_mm(system: RingSystem, label: str, /) -> float:
    """The inner diameter of a ring size, mm. Raises ValueError."""
    if system in ("iso", "eu"):
        return float(label) / math.pi
    if system == "jp":
        return JP_RING_MM + (float(label) - 1) * JP_RING_STEP_MM
    if system == "ch":
        return (float(label) + CH_RING_MM) / math.pi
    if system == "us":
        return US_RING_MM + US_RING_STEP_MM * float(label)
    read = re.fullmatch(r"(?:Z\+(\d+)|([A-Z]))(½?)", label.strip().upper().replace("1/2", "½").replace(" ", ""))
    if read is None:
        raise ValueError(f"{label!r} is no UK ring size")
    beyond, letter, half = read.groups()
    count = 25 + int(beyond) if beyond else ord(letter) - ord("A")
    return (UK_RING_MM + UK_RING_STEP_MM * (count + 0.5 * bool(half))) / math.pi


def ring_odds(system: RingSystem, inner_diameter_mm: float, std_mm: float, /) -> tuple[Odds, ...]:
    """The odds of each size, likeliest first; those under half a percent are left out."""
    steps_mm = {
        "iso": 1 / math.pi,
        "eu": 1 / math.pi,
        "us": US_RING_STEP_MM / 2,
        "uk": UK_RING_STEP_MM / 2 / math.pi,
        "jp": JP_RING_STEP_MM,
        "ch": 0.5 / math.pi,
    }
    return _odds(
        inner_diameter_mm,
        std_mm,
        steps_mm[system],
        RING_LEAST_MM,
        lambda mm: ring_label(system, mm),
        lambda label: ring_diameter_mm(system, label),
    )


def necklace_name(length_mm: float, /) -> str:
    """What the trade calls a length; one between two names goes with the nearer."""
    inches = length_mm / MM_PER_INCH
    return min(NECKLACES_IN, key=lambda row: max(row[1] - inches, inches - row[2], 0.0))[0]


def bracelet_length_mm(wrist_mm: float, fit: Fit, /) -> float:
    """The middle of what the trade adds to a wrist."""
    return wrist_mm + sum(BRACELET_EASE_MM[fit]) / 2


def bangle_odds(hand_mm: float, std_mm: float, /) -> tuple[Odds, ...]:
    """Which inner diameter is the least that passes a hand so large round (thumb tucked in), likeliest first."""
    edges = [math.pi * (diameter - BANGLE_EASE_MM) for diameter in BANGLES_MM]
    labels = [f"{diameter:.0f}" for diameter in BANGLES_MM] + [f"over {BANGLES_MM[-1]:.0f}"]
    return _least_odds(hand_mm, std_mm, edges, labels)


def necklace_odds(base_mm: float, std_mm: float, /) -> tuple[Odds, ...]:
    """Which length kept by shops, in inches, is the shortest that hangs on a neck with such a base, likeliest first."""
    edges = [inch * MM_PER_INCH - NECKLACE_EASE_MM for inch in NECKLACES_MADE_IN]
    labels = [f"{inch}" for inch in NECKLACES_MADE_IN] + [f"over {NECKLACES_MADE_IN[-1]}"]
    return _least_odds(base_mm, std_mm, edges, labels)


def inches(value_mm: float, /) -> str:
    """Inches to an eighth, as a jeweller says them: `22 1/8`."""
    return _fraction(_nearest(value_mm / MM_PER_INCH * 8), 8)


def possible(quantity: str, value_mm: float, /) -> bool:
    """Whether a typed value can be a grown person's; True for a quantity without bounds."""
    low, high = POSSIBLE_MM.get(quantity, (0.0, math.inf))
    return low <= value_mm <= high


def meant(quantity: str, value: float, /, unit: Unit = "mm") -> tuple[Meant, ...]:
    """What a number that is impossible in its unit may have meant; none for one that is possible, or hopeless."""
    if possible(quantity, value * UNIT_MM[unit]):
        return ()
    name = quantity.replace("_", " ")
    found = []
    for factor, other in SLIPS:
        guess = value * factor
        if possible(quantity, guess):
            said_as = f"{value:g} {other}, that is {guess:.4g} mm" if other else f"{guess:.4g} mm"
            found.append(Meant(guess, f"{value:g} {unit} cannot be the {name}. Did you mean {said_as}?"))
    return tuple(found)


def _below(edge: float, value: float, std: float) -> float:
    if math.isinf(edge) or std == 0:
        return float(edge >= value)
    return 0.5 * math.erfc((value - edge) / (std * math.sqrt(2)))


def _odds(
    value_mm: float,
    std_mm: float,
    step_mm: float,
    least_mm: float,
    label: Callable[[float], str],
    middle_mm: Callable[[str], float],
) -> tuple[Odds, ...]:
    """Odds of the labels within four std; each stands for its own middle and half a step to each side."""
    reach = math.ceil(4 * std_mm / step_mm) + 1
    around = (max(value_mm + index * step_mm, least_mm) for index in range(-reach, reach + 1))
    odds = []
    for name in dict.fromkeys(label(mm) for mm in around):
        middle = middle_mm(name)
        odds.append(Odds(name, normal_share(middle - step_mm / 2, middle + step_mm / 2, value_mm, std_mm), middle))
    return _likeliest(odds)


def _least_odds(value_mm: float, std_mm: float, most_mm: Sequence[float], labels: Sequence[str]) -> tuple[Odds, ...]:
    """Of sizes that go round up to so much each, and of none of them, how likely each is the least that goes round."""
    edges = [-math.inf, *most_mm, math.inf]
    odds = [
        Odds(label, normal_share(low, high, value_mm, std_mm), high)
        for label, low, high in zip(labels, edges, edges[1:], strict=False)
    ]
    return _likeliest(odds)


def spanned(odds: Sequence[Odds], /) -> tuple[Odds, Odds]:
    """The smallest and the largest size that the middle 95 of 100 of what is possible ask for, as U does."""
    ordered = sorted(odds, key=lambda each: each.mm)
    whole = sum(each.probability for each in ordered)

    def first(of: Sequence[Odds]) -> Odds:
        below = 0.0
        for each in of:
            below += each.probability
            if below > TAIL * whole:
                return each
        return of[-1]

    return first(ordered), first(ordered[::-1])


def _likeliest(odds: Sequence[Odds]) -> tuple[Odds, ...]:
    return tuple(sorted((each for each in odds if each.probability >= ODDS_LEAST), key=lambda each: -each.probability))


def _nearest(value: float) -> int:
    """Half goes up: Python's own rounding takes halves to the even size."""
    return math.floor(value + 0.5)


def _decimal(value: float) -> str:
    return f"{value:g}"


def _fraction(parts: int, of: int) -> str:
    whole, rest = divmod(parts, of)
    if not rest:
        return f"{whole}"
    shared = math.gcd(rest, of)
    return f"{whole} {rest // shared}/{of // shared}"


def _unfraction(label: str) -> float:
    read = re.fullmatch(r"(\d+)(?: (\d)/([248]))?", label.strip())
    if read is None:
        raise ValueError(f"{label!r} is no size in inches")
    whole, part, of = read.groups()
    return float(whole) + (float(part) / float(of) if part else 0.0)
