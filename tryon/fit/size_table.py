"""Hat, rings, necklace, bracelet and bangle of one person in the sizes of four countries, each with its odds."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from tryon.fit.gaps import AROUND, TUCKED_STD_MM
from tryon.fit.notes import BRACELET_STD_MM
from tryon.fit.sizes import (
    MM_PER_INCH,
    Odds,
    bangle_odds,
    bracelet_length_mm,
    hat_odds,
    inches,
    necklace_odds,
    normal_share,
    ring_odds,
)

System = Literal["us", "uk", "eu", "jp"]
SYSTEMS: tuple[System, ...] = ("us", "uk", "eu", "jp")
Kind = Literal["hat", "ring_index", "ring_middle", "ring_ring", "ring_little", "necklace", "bracelet", "bangle"]
RINGS: tuple[Kind, ...] = ("ring_index", "ring_middle", "ring_ring", "ring_little")
BASE, WRIST, HAND = "neck_base_circumference", "wrist_circumference", "hand_circumference"
Value = tuple[float, float]
"(value, std) mm."


@dataclass(frozen=True, slots=True)
class SizeRow:
    """One kind of size in every country."""

    kind: Kind
    quantity: str
    "What it rests on."
    odds: Mapping[System, tuple[Odds, ...]]
    "Likeliest first; empty when what it rests on was not measured."


def size_rows(known: Mapping[str, Value], /) -> tuple[SizeRow, ...]:
    """All kinds in their order, by the quantities that are known."""
    rows = [SizeRow("hat", AROUND, {each: hat_odds(each, *known[AROUND]) for each in SYSTEMS if AROUND in known})]
    for kind in RINGS:
        name = f"finger_inner_diameter_{kind.removeprefix('ring_')}"
        rows.append(SizeRow(kind, name, {each: ring_odds(each, *known[name]) for each in SYSTEMS if name in known}))
    rows.append(SizeRow("necklace", BASE, {each: _chains(each, known[BASE]) for each in SYSTEMS if BASE in known}))
    rows.append(
        SizeRow("bracelet", WRIST, {each: _bracelets(each, known[WRIST]) for each in SYSTEMS if WRIST in known})
    )
    rows.append(SizeRow("bangle", HAND, {each: _bangles(known[HAND]) for each in SYSTEMS if HAND in known}))
    return tuple(rows)


def _chains(system: System, base: Value) -> tuple[Odds, ...]:
    """The shortest that hangs, as shops of one country say it: inches, or whole centimetres."""
    found = []
    for odds in necklace_odds(*base):
        over, inch = ("over ", odds.label.removeprefix("over ")) if odds.label.startswith("over ") else ("", odds.label)
        label = f"{inch} in" if system in ("us", "uk") else f"{float(inch) * MM_PER_INCH / 10:.0f} cm"
        found.append(Odds(over + label, odds.probability, odds.mm))
    return tuple(found)


def _bracelets(system: System, wrist: Value) -> tuple[Odds, ...]:
    """Lengths that are made, in steps of half an inch or a whole centimetre, and how likely each is the nearest to what
    the trade makes for this wrist."""
    step = MM_PER_INCH / 2 if system in ("us", "uk") else 10.0
    middle, std = bracelet_length_mm(wrist[0], "comfort"), math.hypot(wrist[1], BRACELET_STD_MM)
    nearest, reach = round(middle / step), math.ceil(4 * std / step)
    found = []
    for count in range(max(nearest - reach, 1), nearest + reach + 1):
        length = count * step
        share = normal_share(length - step / 2, length + step / 2, middle, std)
        found.append(Odds(f"{inches(length)} in" if system in ("us", "uk") else f"{length / 10:.0f} cm", share, length))
    return tuple(sorted(found, key=lambda each: -each.probability))


def _bangles(hand: Value) -> tuple[Odds, ...]:
    """The least that passes, by its inner diameter: no country has numbers of its own."""
    odds = bangle_odds(hand[0], math.hypot(hand[1], TUCKED_STD_MM))
    return tuple(Odds(f"{each.label} mm", each.probability, each.mm) for each in odds)
