"""From what was seen to what is said: one scale, fused measures with their doubt, and a verdict on each piece."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

from tryon.calibration import Calibration, read_calibration
from tryon.capture import PROFILE_RAD, Capture, Seen, Told, pupils_far
from tryon.errors import InputError
from tryon.fit.population import Posterior, Sighting, Worn, fuse
from tryon.fit.scale import agreed
from tryon.fit.sizes import meant, possible
from tryon.fit.verdict import Verdict, rank
from tryon.geometry.camera import camera_at
from tryon.messages import AsWorn, MeasureStart, Measuring, Part, Step
from tryon.settings import Settings
from tryon.types import Camera, Frame, Measurement, Piece, Scale

PD_ORIGINS = {"optician": "optician_pupillometer", "app": "phone_app_with_card", "self": "self_mirror"}
"The origins of a typed pupillary distance that the command line knows, by the tables' names."
PD_UNKNOWN = "prescription_unknown_method"
STRANGE_SIGMA = 2.5
"An outline so much broader than her face foretells is hair."
HEAD = ("head_circumference", "head_circumference_over_hair", "head_breadth", "head_length", "head_shape_index")
OUTLINES = ("head_breadth_over_hair", "head_length_over_hair")
LOOKS_MOST = 400
"Outlines that a live capture keeps: 50 s of them."
REFERENCE_EVERY_S = 0.6
"A live capture searches a card no oftener: a search takes 0.2 s, nearly all of it in Python, which the mirror needs."
HAND_EVERY = 2
"""Of a live capture's looks, eight a second at most, so many to one search for a card beside the hand: no face is
looked at meanwhile."""
WANTED: Mapping[Step, int] = {"look": 10, "card": 6, "left": 4, "right": 4, "neck": 3, "hand": 12}
"Looks that each step of the guide waits for; fewer do, with more doubt."
STEPS: Mapping[Part, tuple[Step, ...]] = {
    "head": ("look", "card", "left", "right"),
    "neck": ("look", "card", "left", "right", "neck"),
    "hand": ("hand",),
}
"What each part of her takes."
HIDDEN_BY_HAIR: tuple[Step, ...] = ("left", "right", "neck")
"Loose hair hides all that a turn would show, and the neck."


@dataclass(frozen=True, slots=True)
class GivenPd:
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


def typed_pd(text: str, /) -> GivenPd:
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
    return GivenPd(mm, PD_ORIGINS.get(origin, PD_UNKNOWN))


def concluded(
    told: Told,
    tables: Calibration,
    /,
    *,
    worn: Worn | None = None,
    source: str | None = None,
    pd: GivenPd | None = None,
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


class Fitter:
    """Measures one wearer at the live mirror, and judges the whole shelf on her. One thread's from first to last."""

    def __init__(
        self, settings: Settings, pieces: Sequence[Piece], asked: MeasureStart, camera: Camera | None = None, /
    ) -> None:
        self._tables = read_calibration(Path(settings.calibration))
        self._pieces, self._hair = pieces, asked.hair
        self._steps = steps_of(asked.parts, asked.hair)
        self._capture = Capture(
            settings,
            partial(camera_at, camera),
            looks_most=LOOKS_MOST,
            hands=False,
            reference_every_s=REFERENCE_EVERY_S,
            hand_every=HAND_EVERY,
        )
        self.ask(self._steps[0])

    def ask(self, step: Step, /) -> None:
        """What she is asked for from now on: a hand is not looked for in her face, nor a face beside her hand."""
        self._capture.attend(head=step != "hand", hands=step == "hand")

    def look(self, frame: Frame, /) -> None:
        """One more frame."""
        self._capture.look(frame)

    def progress(self) -> Measuring:
        """How far it is."""
        return progress_of(self._capture.seen(), self._steps)

    def report(self) -> dict[str, Any]:
        """All that is known of her now, as `tryon measure` writes it (DESIGN section 6)."""
        told = self._capture.told(loose=self._hair == "loose")
        if self._steps == STEPS["hand"]:  # her face was not asked for
            told.reasons = [reason for reason in told.reasons if reason != "face_not_found"]
        if "hand" in self._steps and not self._capture.seen().hands:
            told.reasons.append("hand_not_measured")
        report = measures_json(told, concluded(told, self._tables, worn=self._hair), self._pieces, self._tables)
        if (camera := self._capture.camera) is not None:
            report["capture"]["camera"] = {"source": camera.source, "focal_u95_percent": 200 * camera.focal_std}
        return report

    def close(self) -> None:
        """Give the models back."""
        self._capture.close()


def steps_of(parts: Sequence[Part], hair: AsWorn, /) -> tuple[Step, ...]:
    """The guide's steps for these parts of her, with her hair as it is worn, in their order."""
    asked = {step for part in parts for step in STEPS[part]}
    return tuple(step for step in WANTED if step in asked and not (hair == "loose" and step in HIDDEN_BY_HAIR))


def progress_of(seen: Seen, steps: Sequence[Step], /) -> Measuring:
    """How far each step is. A turn is done when enough was seen past the profile and she is on her way back."""
    left, right = zip(seen.reach_rad, seen.profiles, strict=True)
    shares: dict[Step, float] = {
        "look": seen.frontal / WANTED["look"],
        "card": seen.references / WANTED["card"],
        "left": _turned(*left, WANTED["left"]),
        "right": _turned(*right, WANTED["right"]),
        "neck": seen.throats / WANTED["neck"],
        "hand": seen.hands / WANTED["hand"],
    }
    return Measuring(
        steps={step: round(float(min(shares[step], 1.0)), 2) for step in steps},
        card_refused=seen.refused,
        hinders=seen.hinders,
        frames=seen.frames,
        accepted=seen.accepted,
    )


def _turned(reach_rad: float, profiles: int, wanted: int) -> float:
    return 1.0 if profiles >= wanted else min(0.9, reach_rad / PROFILE_RAD)


def measures_json(told: Told, known: Concluded, pieces: Sequence[Piece], tables: Calibration, /) -> dict[str, Any]:
    """Measures, fit, scale and capture as DESIGN section 6 says; pieces in the order of their fit, the best first."""
    return {
        "measurements": {name: measurement_json(known.measurements[name]) for name in sorted(known.measurements)},
        "over_hair": {name: measurement_json(known.over_hair[name]) for name in sorted(known.over_hair)},
        "fit": {
            judged.piece: verdict_json(judged)
            for judged in rank(pieces, {**known.measurements, **known.over_hair}, told.shape, tables.fit)
        },
        "scale": scale_json(known.scale),
        "capture": {"accepted": told.accepted, "frames": told.frames, "reasons": list(known.reasons)},
    }


def verdict_json(judged: Verdict) -> dict[str, Any]:
    """A verdict as DESIGN section 6 says."""
    return {
        "verdict": judged.verdict,
        "probability": round(float(judged.probability), 3),
        "size": judged.size,
        "gap_mm": None if judged.gap_mm is None else round(float(judged.gap_mm), 2),
        "gap_u95_mm": None if judged.gap_std_mm is None else round(float(2 * judged.gap_std_mm), 2),
        "notes": [
            {
                "code": note.code,
                "level": note.level,
                "mm": round(float(note.mm), 1),
                "action": note.action,
                "because": note.because,
                "probability": round(float(note.probability), 3),
            }
            for note in judged.notes
        ],
        "next_step": None
        if judged.next_step is None
        else {
            "code": judged.next_step.code,
            "quantity": judged.next_step.quantity,
            "action": judged.next_step.action,
            "u95_after_mm": judged.next_step.u95_after_mm,
        },
    }


def scale_json(scale: Scale | None) -> dict[str, Any] | None:
    """Where millimetres come from."""
    if scale is None:
        return None
    return {
        "mm_per_unit": round(float(scale.mm_per_unit), 6),
        "source": scale.source,
        "u95_percent": round(float(200 * scale.std / scale.mm_per_unit), 2),
        "plane": scale.plane,
        "frozen": scale.frozen,
    }


def measurement_json(measurement: Measurement) -> dict[str, Any]:
    """A measurement as DESIGN section 6 says: U = 2 u, random and systematic apart."""
    places = 4 if measurement.name == "head_shape_index" else 2  # of no unit: 0.79
    return {
        "value_mm": round(float(measurement.value_mm), places),
        "u95_mm": round(float(2 * measurement.std_mm), places),
        "u95_random_mm": round(float(2 * measurement.std_random_mm), places),
        "u95_systematic_mm": round(float(2 * measurement.std_systematic_mm), places),
        "samples": measurement.samples,
        "method": measurement.method,
        "scale": {
            "source": measurement.scale_source,
            "u95_percent": round(float(2 * measurement.scale_std_percent), 2),
        },
    }
