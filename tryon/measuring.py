"""From what was seen to what is said: one scale, fused measures with their doubt, and a verdict on each piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from tryon.calibration import Calibration
from tryon.capture import Told, pupils_far
from tryon.errors import InputError
from tryon.fit.population import Posterior, Sighting, Worn, fuse
from tryon.fit.scale import agreed
from tryon.fit.sizes import meant, possible
from tryon.types import Measurement, Scale

PD_ORIGINS = {"optician": "optician_pupillometer", "app": "phone_app_with_card", "self": "self_mirror"}
"The origins of a typed pupillary distance that the command line knows, by the tables' names."
PD_UNKNOWN = "prescription_unknown_method"
STRANGE_SIGMA = 2.5
"An outline so much broader than her face foretells is hair."
HEAD = ("head_circumference", "head_circumference_over_hair", "head_breadth", "head_length", "head_shape_index")
OUTLINES = ("head_breadth_over_hair", "head_length_over_hair")


@dataclass(frozen=True, slots=True)
class TypedPd:
    """A pupillary distance that somebody measured."""

    value_mm: float
    origin: str


@dataclass(frozen=True, slots=True)
class Concluded:
    """All that is said of one person."""

    measurements: Mapping[str, Measurement]
    over_hair: Mapping[str, Measurement]
    "Breadth and length as a band meets them: over hair as it is worn."
    scale: Scale | None
    reasons: tuple[str, ...]
    "What was missing or does not agree, as codes."


def typed_pd(text: str, /) -> TypedPd:
    """`VALUE_MM[:optician|app|self]`. Raises InputError that says what was wrong, and asks where a unit slipped."""
    value, _, origin = text.partition(":")
    try:
        mm = float(value)
    except ValueError as err:
        raise InputError("pd_unreadable", f"'{value}' is no distance; give millimetres, such as pd:62.") from err
    if origin and origin not in PD_ORIGINS:
        raise InputError("pd_origin_unknown", f"'{origin}' is not known; say {', '.join(PD_ORIGINS)}, or leave it out.")
    if not possible("interpupillary_distance", mm):
        asked = [guess.question for guess in meant("interpupillary_distance", mm)]
        detail = asked[0] if asked else f"{mm:g} mm is no distance between pupils; people have 40 to 80 mm."
        raise InputError("pd_impossible", detail)
    return TypedPd(mm, PD_ORIGINS.get(origin, PD_UNKNOWN))


def concluded(
    told: Told,
    tables: Calibration,
    /,
    *,
    worn: Worn | None = None,
    source: str | None = None,
    pd: TypedPd | None = None,
) -> Concluded:
    """What is known of her. `worn`: her hair, None as it was seen; `source`: the one reference to use, None all."""
    scales = [scale for scale in told.scales if source in (None, scale.source)]
    reasons = list(told.reasons)
    sightings = list(told.sightings)
    if source in ("card", "marker", "iris") and not scales:
        reasons.append(f"{source}_not_seen")
    agreement = agreed(scales)
    if agreement is not None and agreement.aside:
        # two that contradict each other, or the odd one out: named, and the doubt covers it
        reasons.append("references_disagree")
        scales = [agreement.scale]
    nominal = agreement.scale if agreement is not None else Scale(1.0, 1.0, "prior", "eyes")
    if (pupils := pupils_far(told, nominal)) is not None:
        sightings.append(pupils)
    if pd is not None:
        origin = tables.typed_pd[pd.origin]
        typed = Sighting("interpupillary_distance", pd.value_mm - origin.bias_mm, 0.0, origin.std_mm, False, 1, "typed")
        sightings.append(typed)
    hair: Worn = worn or ("loose" if told.hair_loose else "tied")
    known = fuse(tables.prior(hair), sightings, scales)
    if _strange(known):
        reasons.append("hair_thick")
        sightings = [sighting for sighting in sightings if sighting.quantity not in OUTLINES]
        known = fuse(tables.prior("loose"), sightings, scales)
    seen = {sighting.quantity for sighting in sightings}
    if not seen:
        return Concluded(told.hands, {}, None, tuple(dict.fromkeys(reasons)))
    said = {name: known.measurement(name) for name in seen if name not in OUTLINES}
    outlines = [sighting for sighting in sightings if sighting.quantity in OUTLINES]
    said |= {name: _resting(known.measurements()[name], outlines) for name in HEAD}
    if "neck_circumference" in said:
        said["neck_base_circumference"] = known.measurement("neck_base_circumference")
    said |= told.hands
    std = known.scale_factor * known.scale_std_percent / 100
    scale = Scale(known.scale_factor, std, known.scale_source, "eyes", True)
    over_hair = {name: known.measurement(name) for name in OUTLINES}
    return Concluded(said, over_hair, scale, tuple(dict.fromkeys(reasons)))


def _resting(measurement: Measurement, on: Sequence[Sighting]) -> Measurement:
    """The same with what it was worked out from: nobody sees a scalp's circumference itself."""
    method = "+".join([*(sighting.method for sighting in on), "population"])
    return replace(measurement, method=method, samples=sum(sighting.samples for sighting in on))


def _strange(known: Posterior) -> bool:
    surprise = dict(known.surprise)
    if surprise.get("head_breadth_over_hair", 0.0) < STRANGE_SIGMA:
        return False
    seen = next(sighting for sighting in known.sightings if sighting.quantity == "head_breadth_over_hair")
    return seen.value_mm * known.scale_factor > known.measurement("head_breadth_over_hair").value_mm
