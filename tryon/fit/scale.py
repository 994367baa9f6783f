"""Millimetres per pixel from each reference that was seen: its error budget, its depth plane, and their agreement.

A reference is true in its own plane. Across depth, millimetres per pixel grow with the distance from the camera, so
each is carried to the plane of the eyes by the two distances, and what is not known of these is added to its doubt
(facts: fit, sections 1.2 and 8).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tryon.types import Scale

EYE_CENTRE_MM, VERTEX_MM = 10.5, 13.5
"Centre of rotation behind the entrance pupil [M], and behind the spectacle plane from which a distance is read."
OUTLIER_SIGMA = 2.5
BETTER = 0.9
"A frozen scale gives way to one whose doubt is at most this share of its own."

PdOrigin = Literal[
    "optician_pupillometer",
    "optician_ruler",
    "phone_app_with_card",
    "prescription_unknown_method",
    "self_mirror",
    "friend_ruler",
]


@dataclass(frozen=True, slots=True)
class TypedPd:
    """How good a pupillary distance of one origin is."""

    bias_mm: float
    std_mm: float


@dataclass(frozen=True, slots=True)
class Agreement:
    """One scale out of several references, and which of them does not agree with the others."""

    scale: Scale
    aside: Mapping[str, float]
    """By source: how many sigma a reference lies off the rest. Of three or more it was left out; of two nobody can
    say which is wrong, so that both are named and the doubt covers both."""


def carry_std_percent(offset_mm: float, distance_mm: float, /, *, focal_std: float) -> float:
    """What a focal length known to `focal_std` (relative) costs when a length is carried over `offset_mm` of depth."""
    return 100 * focal_std * abs(offset_mm) / (distance_mm + offset_mm)


def pd_seen_mm(pd_mm: float, distance_mm: float, /) -> float:
    """The distance between the pupils while they look at a screen so far away; `pd_mm` is for infinity."""
    turn = math.atan((pd_mm / 2) / (distance_mm + VERTEX_MM))
    return pd_mm - 2 * EYE_CENTRE_MM * math.sin(turn)


def pd_far_mm(seen_mm: float, distance_mm: float, /) -> float:
    """The distance between the pupils for infinity, from that seen while they look at a screen so far away."""
    far = seen_mm
    for _ in range(8):  # contracts by 2 * 10.5 / (2 D) a round
        far += seen_mm - pd_seen_mm(far, distance_mm)
    return far


def agreed(scales: Sequence[Scale], /) -> Agreement | None:
    """References of one plane, each weighed by its own doubt; one that the others contradict is named. None of none.

    Each is held against the rest. Of three or more, the worst beyond 2.5 sigma is left out, then the next. When the
    two that are left contradict each other, the doubt of their mean grows by Birge's ratio, and so far that twice of
    it reaches both.
    """
    if not scales:
        return None
    if len({scale.plane for scale in scales}) != 1:
        raise ValueError("references are carried to one plane before they are weighed")
    kept, aside = list(scales), dict[str, float]()
    while len(kept) > 1:
        sigma = _against_rest(kept)
        worst = int(np.argmax(sigma))
        if sigma[worst] <= OUTLIER_SIGMA:
            break
        aside[kept[worst].source] = float(sigma[worst])
        if len(kept) == 2:
            aside |= {scale.source: float(sigma[worst]) for scale in kept}
            break
        del kept[worst]
    value, std = _mean(kept)
    if len(kept) == 2 and kept[0].source in aside and kept[1].source in aside:
        # of two, Birge's ratio is their distance in sigma; of one that is sure of itself and wrong it makes too little
        away = math.expm1(max(abs(math.log(scale.mm_per_unit) - value) for scale in kept))
        std = max(std * aside[kept[0].source], away / 2)
    source = kept[0].source if len(kept) == 1 else "fused"
    return Agreement(Scale(math.exp(value), math.exp(value) * std, source, kept[0].plane), aside)


def kept(frozen: Scale | None, seen: Scale, /) -> Scale:
    """The scale to go on with: once measured it stays until one is seen whose doubt is clearly less."""
    relative = seen.std / seen.mm_per_unit
    if frozen is not None and relative > BETTER * frozen.std / frozen.mm_per_unit:
        return frozen
    return replace(seen, frozen=True)


def _mean(scales: Sequence[Scale]) -> tuple[float, float]:
    """(log of mm per unit, its std)."""
    logs = np.log([scale.mm_per_unit for scale in scales])
    weights = np.array([(scale.mm_per_unit / scale.std) ** 2 for scale in scales])
    return float(weights @ logs / weights.sum()), float(weights.sum() ** -0.5)


def _against_rest(scales: list[Scale]) -> list[float]:
    sigmas = []
    for index, scale in enumerate(scales):
        value, std = _mean(scales[:index] + scales[index + 1 :])
        own = scale.std / scale.mm_per_unit
        sigmas.append(abs(math.log(scale.mm_per_unit) - value) / math.hypot(own, std))
    return sigmas
