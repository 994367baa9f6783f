"""She was measured more than once: away and back is the honest repeatability, and a second visit adds to the first.

Within one visit looks agree better than they are right: she sat as she sat. What several visits say of one quantity
by one method is scattered by all of that (fit.measure.repeated). Of each kind of reference the first scale stays
until a clearly better one is seen (fit.scale.kept): two irises are the same irises, and do not average out.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from tryon.fit.measure import combined, repeated
from tryon.fit.population import Sighting, Worn
from tryon.fit.scale import OUTLIER_SIGMA, kept
from tryon.told import Told
from tryon.types import Hand, Measurement, Scale

DISAGREE = "visits_disagree"


@dataclass(frozen=True, slots=True)
class Visit:
    """What one visit showed, before the scale is known."""

    told: Told
    hair: Worn | None
    "As she wore it; None: as it was seen."

    @property
    def worn(self) -> Worn:
        """Her hair in this visit."""
        return self.hair or ("loose" if self.told.hair_loose else "tied")

    @property
    def showed(self) -> bool:
        """Whether anything was seen of her."""
        return bool(self.told.accepted or self.told.sightings or self.told.hands)

    def by_own_scales(self) -> Visit:
        """What it shows that rests on no scale of the head's: paper bands, hands beside a card."""
        told = self.told
        own = [sighting for sighting in told.sightings if not sighting.scaled]
        reasons = [reason for reason in told.reasons if _of_print(reason)]
        return replace(
            self, told=Told(own, hands=told.hands, reasons=reasons, accepted=told.accepted, camera=told.camera)
        )


NOBODY = Visit(Told(), None)
"Nobody was seen yet."


def together(visits: Sequence[Visit], /) -> Visit:
    """All visits as one. What one visit missed and another saw is not missing; visits that contradict each other are
    named (`visits_disagree`), and the doubt covers them.

    Hair is worn as in the newest visit that showed the head's outline: outlines over other hair are left out.
    """
    seen = [visit for visit in visits if visit.showed] or [*visits[-1:]]
    if len(seen) < 2:
        only = seen[0] if seen else NOBODY
        return _with_newest(only, visits)
    outlined = [visit for visit in seen if any(_over_hair(sighting) for sighting in visit.told.sightings)]
    hair = (outlined or seen)[-1].worn
    told = [visit.told for visit in seen]
    sightings: dict[tuple[str, str], list[Sighting]] = {}
    pupils: dict[str, list[Sighting]] = {}
    for visit in seen:
        for sighting in visit.told.sightings:
            if visit.worn == hair or not _over_hair(sighting):
                sightings.setdefault((sighting.quantity, sighting.method), []).append(sighting)
        if visit.told.pupils is not None:
            pupils.setdefault(visit.told.pupils.method, []).append(visit.told.pupils)
    hands: dict[tuple[str, Hand, str], list[Measurement]] = {}
    for each in told:
        for measurement in each.hands.values():
            hands.setdefault((measurement.name, measurement.hand, measurement.method), []).append(measurement)
    by_method = [repeated(group) for group in hands.values()]
    scales, apart = _scales([scale for each in told for scale in each.scales])
    apart |= any(_apart([_measurement(one) for one in group]) for group in [*sightings.values(), *pupils.values()])
    apart |= any(_apart(group) for group in hands.values())
    distances = [each.distance_mm for each in told if each.distance_mm]
    # a visit that looked at her hand alone misses nothing of her head
    headed, others = ([each for each in told if (each.shape is not None) is head] for head in (True, False))
    reasons = [*_missed(headed), *_missed(others)]
    reasons += [reason for each in told for reason in each.reasons if _of_print(reason) and reason not in reasons]
    whole = Told(
        sightings=[_again(group) for group in sightings.values()],
        scales=scales,
        shape=next((each.shape for each in reversed(told) if each.shape is not None), None),
        distance_mm=sum(distances) / len(distances) if distances else 0.0,
        # by the better method alone: the other one says nothing more of the same eyes
        pupils=min((_again(group) for group in pupils.values()), key=_std_mm, default=None),
        hands={
            of: combined([one for one in by_method if (one.name, one.hand) == of])
            for of in dict.fromkeys((one.name, one.hand) for one in by_method)
        },
        hair_loose=hair == "loose",
        forehead=_again(hairlines) if (hairlines := [each.forehead for each in told if each.forehead]) else None,
        reasons=[*reasons, DISAGREE] if apart else reasons,
        frames=sum(each.frames for each in told),
        accepted=sum(each.accepted for each in told),
        camera=next((each.camera for each in reversed(told) if each.camera is not None), None),
    )
    return _with_newest(Visit(whole, hair), visits)


def _with_newest(whole: Visit, visits: Sequence[Visit]) -> Visit:
    """A newest visit that saw nobody says so, though the others still count."""
    newest = visits[-1].told if visits else whole.told
    missing = [reason for reason in newest.reasons if not newest.accepted and reason not in whole.told.reasons]
    return replace(whole, told=replace(whole.told, reasons=[*whole.told.reasons, *missing])) if missing else whole


def _missed(told: Sequence[Told]) -> list[str]:
    """What all of these missed, the newest's word for it."""
    return [reason for reason in told[-1].reasons if all(reason in each.reasons for each in told)] if told else []


def _of_print(reason: str) -> bool:
    """Of a paper band that was read or not, whatever else was seen."""
    return reason.startswith(("band_", "print_"))


def _over_hair(sighting: Sighting) -> bool:
    return sighting.quantity.endswith("_over_hair")


def _std_mm(sighting: Sighting) -> float:
    return math.hypot(sighting.std_random_mm, sighting.std_systematic_mm)


def _measurement(one: Sighting) -> Measurement:
    return Measurement(
        one.quantity, one.value_mm, one.std_random_mm, one.std_systematic_mm, one.samples, one.method, "", 0.0
    )


def _again(group: Sequence[Sighting]) -> Sighting:
    """One quantity by one method, seen anew in each visit."""
    found = repeated([_measurement(one) for one in group])
    return replace(
        group[0],
        value_mm=found.value_mm,
        std_random_mm=found.std_random_mm,
        std_systematic_mm=found.std_systematic_mm,
        samples=found.samples,
    )


def _apart(group: Sequence[Measurement]) -> bool:
    """Whether two of them contradict each other."""
    low, high = min(group, key=lambda one: one.value_mm), max(group, key=lambda one: one.value_mm)
    return high.value_mm - low.value_mm > OUTLIER_SIGMA * math.hypot(low.std_mm, high.std_mm)


def _scales(seen: Sequence[Scale]) -> tuple[list[Scale], bool]:
    """One scale of each kind, and whether two of one kind contradict each other; the doubt covers both then."""
    frozen: dict[str, Scale] = {}
    apart: dict[str, float] = {}
    for scale in seen:
        before = frozen.get(scale.source)
        if before is not None:
            sigma = math.hypot(scale.std / scale.mm_per_unit, before.std / before.mm_per_unit)
            off = abs(math.log(scale.mm_per_unit / before.mm_per_unit)) / sigma
            apart[scale.source] = max(apart.get(scale.source, 0.0), off)
        frozen[scale.source] = kept(before, scale)
    wide = {source: off for source, off in apart.items() if off > OUTLIER_SIGMA}
    return [replace(scale, std=scale.std * wide.get(source, 1.0)) for source, scale in frozen.items()], bool(wide)
