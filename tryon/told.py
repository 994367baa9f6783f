"""What one visit showed of a person, before the scale is known: sightings in the model's millimetres."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from tryon.fit.measure import combined, measured
from tryon.fit.population import Sighting
from tryon.fit.scale import pd_far_mm
from tryon.types import Camera, Hand, HeadShape, Measurement, Scale

SIDE_LEAST = 3


@dataclass(slots=True)
class Told:
    """What was seen, before the scale is known."""

    sightings: list[Sighting] = field(default_factory=list)
    scales: list[Scale] = field(default_factory=list)
    shape: HeadShape | None = None
    distance_mm: float = 0.0
    "To her eyes when she looked ahead, in the model's millimetres."
    pupils: Sighting | None = None
    "Distance between the pupils as seen, not for infinity."
    forehead: Sighting | None = None
    "Glabella to hairline; people's tables do not have it."
    hands: dict[tuple[str, Hand], Measurement] = field(default_factory=dict)
    "Fingers, wrist and palm of each hand, by a card beside them."
    hair_loose: bool = False
    reasons: list[str] = field(default_factory=list)
    frames: int = 0
    accepted: int = 0
    camera: Camera | None = None
    "That took the last frame."

    def hold(self, found: Measurement, /) -> None:
        """One more measure of a hand, by whatever method, beside what the camera saw."""
        of = found.name, found.hand
        there = self.hands.get(of)
        self.hands[of] = found if there is None else combined([found, there])


def sighted(
    quantity: str, looks: Sequence[tuple[float, float]], look_std_mm: float, common_mm: float, method: str, /
) -> Sighting:
    """By looks (time, value), in the model's millimetres: doubt of one look, and what is common to all."""
    times, values = np.array(looks).T
    found = measured(
        quantity,
        values,
        times,
        look_std_mm=look_std_mm,
        std_systematic_mm=common_mm,
        method=method,
        scale_source="",
        scale_std_percent=0.0,
    )
    return Sighting(quantity, found.value_mm, found.std_random_mm, common_mm, True, found.samples, method)


def sighted_aside(
    quantity: str, looks: Sequence[tuple[float, float, bool]], look_std_mm: float, common_mm: float, method: str, /
) -> Sighting:
    """By looks (time, value, turned to her left) from both sides, or from one: the mean of what either side says.

    A guess how far she had turned, and whose ear or shoulder stands out, are alike on one side and not on the other;
    where the sides differ by more than the common doubt covers, that is in the random one. A side of which there are
    fewer than SIDE_LEAST looks says nothing beside one that was seen. Raises ValueError without a look.
    """
    if not looks:
        raise ValueError(f"{quantity}: no looks")
    sides = [[look[:2] for look in looks if look[2] == left] for left in (True, False)]
    most = max(map(len, sides))
    seen = [side for side in sides if len(side) >= min(SIDE_LEAST, most)]
    found = [sighted(quantity, side, look_std_mm, common_mm, method) for side in seen]
    if len(found) == 1:
        return found[0]
    one, other = found
    random = float(np.hypot(one.std_random_mm, other.std_random_mm)) / 2
    apart = abs(one.value_mm - other.value_mm) / 2
    return replace(
        one,
        value_mm=(one.value_mm + other.value_mm) / 2,
        std_random_mm=max(random, float(np.sqrt(max(apart**2 - common_mm**2, 0.0)))),
        samples=one.samples + other.samples,
    )


def forehead(told: Told, scale: Scale, /) -> Measurement | None:
    """Glabella to hairline, true mm; None where fringe, cap, veil or card hid it."""
    if (seen := told.forehead) is None:
        return None
    value, share = seen.value_mm * scale.mm_per_unit, scale.std / scale.mm_per_unit
    return Measurement(
        seen.quantity,
        value,
        seen.std_random_mm * scale.mm_per_unit,
        float(np.hypot(seen.std_systematic_mm * scale.mm_per_unit, share * value)),
        seen.samples,
        seen.method,
        scale.source,
        100 * share,
    )


def pupils_far(told: Told, scale: Scale, /) -> Sighting | None:
    """The distance between the pupils for infinity, in the model's millimetres; she looked at the screen."""
    if told.pupils is None or not told.distance_mm:
        return None
    factor = scale.mm_per_unit
    far = pd_far_mm(told.pupils.value_mm * factor, told.distance_mm * factor) / factor
    seen = told.pupils
    return Sighting(seen.quantity, far, seen.std_random_mm, seen.std_systematic_mm, True, seen.samples, seen.method)
