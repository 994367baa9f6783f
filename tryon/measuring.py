"""From what was seen to what is said: one scale, fused measures with their doubt, and a verdict on each piece."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import fmean
from typing import Any

from tryon.body.hair import COVERED
from tryon.calibration import Calibration, read_calibration
from tryon.capture import PROFILE_RAD, Capture, Seen, forehead, pupils_far
from tryon.errors import InputError
from tryon.fit.bands import Rule
from tryon.fit.gaps import AROUND, Body
from tryon.fit.given import Given, Origins, Question, known
from tryon.fit.measure import TAPE_STD_MM, combined
from tryon.fit.notes import FitNote, Phrase
from tryon.fit.population import QUANTITIES, HairAllowance, Planned, Posterior, Prior, Sighting, Worn, fuse
from tryon.fit.scale import OUTLIER_SIGMA, agreed
from tryon.fit.verdict import Verdict, rank
from tryon.geometry.camera import prior_camera
from tryon.messages import AsWorn, GivenSet, Measuring
from tryon.settings import Settings
from tryon.types import Frame, HeadShape, Measurement, Piece, Scale
from tryon.visits import Visit, together
from tryon.words import english

GROWN_UP_MM, GROWN_UP_STD = {"interpupillary_distance": 61.7, "face_breadth": 133.8}, 0.037
"Women's means (ANSUR II), and how far the mean of both logarithms spreads among them."
SMALL_SIGMA = 2.5
"Smaller than the face of one woman in 160: of a child a tape is asked for (its head is no small grown-up's)."
STRANGE_SIGMA = 2.5
"An outline so much broader than her face foretells is hair."
HEAD = (
    "head_circumference",
    "head_circumference_over_hair",
    "head_breadth",
    "head_length",
    "head_shape_index",
)
ARC, HAND_ROUND = "head_arc_ear_to_ear", "hand_circumference"
OVER_HAIR = ("head_breadth_over_hair", "head_length_over_hair")
JUDGED = (AROUND, *OVER_HAIR)
"What a piece on the head is judged by."
OVER_TOP = "head_height_over_hair"
"Tells of the arc over the top alone: of the rest it knows little, and its error is its own."
OUTLINES = (*OVER_HAIR, OVER_TOP)
OF_HAND = ("wrist_circumference", "hand_breadth")
"By a scale of their own: a card beside the hand, a tape."
LOOKS_MOST = 400
"Outlines that a live capture keeps: 50 s of them."
REFERENCE_EVERY_S = 0.6
"A live capture searches a card no oftener: a search takes 0.2 s, nearly all of it in Python, which the mirror needs."
WANTED = {"look": 10, "card": 6, "left": 4, "right": 4, "neck": 3}
"Looks that each step of the guide waits for; fewer do, with more doubt."


@dataclass(frozen=True, slots=True)
class Step:
    """What she could do next, and what it would buy."""

    code: str
    "`again`: measure once more at the mirror; `tape`: take a tape twice."
    quantity: str
    u95_mm: float
    u95_after_mm: float


@dataclass(frozen=True, slots=True)
class Concluded:
    """All that is said of one person."""

    measurements: Mapping[str, Measurement]
    over_hair: Mapping[str, Measurement]
    "Breadth and length as a band meets them: over hair as it is worn."
    scale: Scale | None
    reasons: tuple[str, ...]
    "What was missing or does not agree, as codes."
    steps: tuple[Step, ...] = ()
    "What would narrow her head's circumference."
    planned: Mapping[str, Measurement] = field(default_factory=dict)
    "All round, breadth and length over hair as it will be worn with the piece; empty: as it was seen."
    errors_mm2: Mapping[tuple[str, str], float] = field(default_factory=dict)
    "Covariances of what a piece on the head is judged by."


def origins(tables: Calibration, /) -> Origins:
    """How good given values are, by the tables."""
    return Origins(tables.typed_pd, tables.fit.assisted_u95_mm)


def concluded(
    visits: Sequence[Visit],
    tables: Calibration,
    /,
    *,
    given: Sequence[Given] = (),
    source: str | None = None,
    planned: Planned | None = None,
) -> Concluded:
    """What is known of her, by what was seen and by what is known already. `source`: the one reference to use, None
    all; `planned`: her hair with the piece, None as it is worn."""
    whole = together(visits)
    told = whole.told
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
    pictured = bool(sightings)
    of_body = [each for each in given if each.quantity in QUANTITIES and each.quantity not in OF_HAND]
    hands, contradicted = _hands(told.hands, [each for each in given if each not in of_body])
    over_top = [sighting for sighting in sightings if sighting.quantity == OVER_TOP]
    sightings = [sighting for sighting in sightings if sighting.quantity != OVER_TOP]
    sightings += [each.sighting() for each in of_body]
    hair = whole.worn
    known = fuse(tables.prior(hair), sightings, scales)
    if _strange(known):
        reasons.append("hair_thick")
        sightings = [sighting for sighting in sightings if sighting.quantity not in OUTLINES]
        hair, over_top = "loose", []
        known = fuse(tables.prior(hair), sightings, scales)
    prior = tables.prior(hair)
    apart = _contradicted(known, of_body, pictured=pictured)
    wrong = [each.sighting() for each in apart]
    # nobody can say which is wrong: all are named, and the doubt covers what each side says without the other
    others = fuse(prior, [sighting for sighting in sightings if sighting not in wrong], scales)
    alone = fuse(prior, wrong, [])

    def of(name: str, later: HairAllowance | None = None) -> Measurement:
        sides = [side if later is None else side.with_hair(later) for side in (known, others, alone)]
        found, rest, lone = (side.measurements()[name] for side in sides)
        return _covering(found, rest, lone) if wrong else found

    reasons += [f"{name}_disagrees" for name in (*(each.name for each in apart), *contradicted)]
    seen = {sighting.quantity for sighting in sightings}
    if _small(known, seen):
        reasons.append("face_small")
    if not seen:
        return Concluded(_round_hand(hands, prior, sightings, scales), {}, None, tuple(dict.fromkeys(reasons)))
    said = {name: of(name) for name in seen if name not in OUTLINES}
    over_hair: dict[str, Measurement] = {}
    as_planned: dict[str, Measurement] = {}
    errors: dict[tuple[str, str], float] = {}
    steps: tuple[Step, ...] = ()
    # a neck alone tells no head
    if pictured or AROUND in seen:
        heads = [sighting for sighting in sightings if sighting.quantity in (AROUND, *OUTLINES)]
        heads.sort(key=lambda sighting: sighting.scaled)  # what was given is said first
        said |= {name: _resting(of(name), heads) for name in HEAD}
        over_hair = {name: of(name) for name in OVER_HAIR}
        across = [sighting for sighting in heads if sighting.quantity == "head_breadth_over_hair"]
        arc = of(ARC) if wrong else fuse(prior, [*sightings, *over_top], scales).measurement(ARC)
        said[ARC] = _resting(arc, [*across, *over_top])
        later = known
        if planned is not None:
            later = known.with_hair(tables.hair[planned])
            as_planned = {name: of(name, tables.hair[planned]) for name in JUDGED}
        matrix = later.covariance_mm2(JUDGED)
        errors = {
            (one, other): float(matrix[row, column])
            for row, one in enumerate(JUDGED)
            for column, other in enumerate(JUDGED)
            if row != column
        }
        taken = any(each.name == "head_circumference" for each in given)
        if not wrong:  # that comes first
            steps = _steps(known, tables, hair, scales, pictured=pictured, taped=taken)
    if "neck_circumference" in said:
        said["neck_base_circumference"] = of("neck_base_circumference")
    said |= _round_hand(hands, prior, sightings, scales)
    scale = None
    if pictured:
        std = math.hypot(
            known.scale_factor * known.scale_std_percent / 100, (known.scale_factor - others.scale_factor) / 2
        )
        scale = Scale(known.scale_factor, std, known.scale_source, "eyes", True)
        if whole.worn == "cap":
            reasons.append(COVERED)  # a cap in a colour that hair has looks like hair
        elif (height := forehead(told, scale)) is not None:
            said[height.name] = height
    return Concluded(said, over_hair, scale, tuple(dict.fromkeys(reasons)), steps, as_planned, errors)


def _round_hand(
    hands: Mapping[str, Measurement], prior: Prior, sightings: Sequence[Sighting], scales: Sequence[Scale]
) -> dict[str, Measurement]:
    """With the circumference over the knuckles, which its breadth foretells: a bangle must pass it."""
    found = dict(hands)
    if "hand_breadth" in hands and HAND_ROUND not in hands:
        palm = hands["hand_breadth"]
        own = Sighting(palm.name, palm.value_mm, palm.std_random_mm, palm.std_systematic_mm, False)
        found[HAND_ROUND] = replace(
            fuse(prior, [*sightings, own], scales).measurement(HAND_ROUND),
            method="hand breadth+population",
            scale_source=palm.scale_source,
            scale_std_percent=palm.scale_std_percent,
        )
    return found


def _hands(seen: Mapping[str, Measurement], given: Sequence[Given]) -> tuple[dict[str, Measurement], list[str]]:
    """A hand's measures with what is known of it, and the names of what contradicts what was seen."""
    found, apart = dict(seen), []
    for each in given:
        own, others = each.measurement(), found.get(each.quantity)
        if others is None:
            found[each.quantity] = own
            continue
        both = combined([own, others])
        if abs(own.value_mm - others.value_mm) > OUTLIER_SIGMA * math.hypot(own.std_mm, others.std_mm):
            apart.append(each.name)
            both = _covering(both, others, own)
        found[each.quantity] = both
    return found, apart


def _contradicted(known: Posterior, given: Sequence[Given], *, pictured: bool) -> list[Given]:
    """What was given and lies too many sigma off what all the others say; people alone are no witness."""
    values = [each.quantity for each in given]
    own = dict(zip(known.sightings, (sigma for _, sigma in known.surprise), strict=False))
    return [
        each for each in given if own[each.sighting()] > OUTLIER_SIGMA and (pictured or values.count(each.quantity) > 1)
    ]


def _covering(found: Measurement, others: Measurement, alone: Measurement) -> Measurement:
    """With so much more doubt that twice of it reaches what the others say, and what the wrong one alone allows."""
    away = max(abs(found.value_mm - others.value_mm), abs(found.value_mm - alone.value_mm) - 2 * alone.std_mm)
    return replace(found, std_systematic_mm=math.hypot(found.std_systematic_mm, away / 2))


def _steps(
    known: Posterior, tables: Calibration, hair: Worn, scales: Sequence[Scale], *, pictured: bool, taped: bool
) -> tuple[Step, ...]:
    """What would narrow the head's circumference as a tape reads it, by how much; what buys most first."""
    now = known.measurement(AROUND)

    def after(sightings: Sequence[Sighting]) -> float:
        return 2 * fuse(tables.prior(hair), sightings, scales).measurement(AROUND).std_mm

    steps = []
    if pictured:
        # the same once more: what is random in it falls, the rest stays
        again = [replace(sighting, std_random_mm=sighting.std_random_mm / math.sqrt(2)) for sighting in known.sightings]
        steps.append(Step("again", AROUND, 2 * now.std_mm, after(again)))
    if not taped:
        tape = Sighting(AROUND, now.value_mm, 0.0, TAPE_STD_MM, False, 0, "tape")
        steps.append(Step("tape", AROUND, 2 * now.std_mm, after([*known.sightings, tape])))
    return tuple(sorted(steps, key=lambda step: step.u95_after_mm))


def _resting(measurement: Measurement, on: Sequence[Sighting]) -> Measurement:
    """The same with what it was worked out from: nobody sees a scalp's circumference itself."""
    method = "+".join(dict.fromkeys([*(sighting.method for sighting in on), "population"]))
    return replace(measurement, method=method, samples=sum(sighting.samples for sighting in on))


def _small(known: Posterior, seen: Collection[str]) -> bool:
    """Whether hers is the face of a child, or of the smallest of grown-ups."""
    if not GROWN_UP_MM.keys() <= set(seen):
        return False
    smaller = -fmean(math.log(known.measurement(name).value_mm / mean) for name, mean in GROWN_UP_MM.items())
    return smaller > SMALL_SIGMA * math.hypot(GROWN_UP_STD, known.scale_std_percent / 100)


def _strange(known: Posterior) -> bool:
    surprise = dict(known.surprise)
    if surprise.get("head_breadth_over_hair", 0.0) < STRANGE_SIGMA:
        return False
    seen = next(sighting for sighting in known.sightings if sighting.quantity == "head_breadth_over_hair")
    return seen.value_mm * known.scale_factor > known.measurement("head_breadth_over_hair").value_mm


class Fitter:
    """Measures one wearer at the live mirror, one visit. One thread's from first to last."""

    def __init__(self, settings: Settings, hair: AsWorn, /) -> None:
        self._hair = hair
        self._capture = Capture(
            settings, prior_camera, looks_most=LOOKS_MOST, hands=False, reference_every_s=REFERENCE_EVERY_S
        )

    def look(self, frame: Frame, /) -> None:
        """One more frame."""
        self._capture.look(frame)

    def progress(self) -> Measuring:
        """How far it is."""
        return progress_of(self._capture.seen(), self._hair)

    def visit(self) -> Visit:
        """All that was seen of her."""
        return Visit(self._capture.told(loose=self._hair == "loose"), self._hair)

    def close(self) -> None:
        """Give the models back."""
        self._capture.close()


class Cutter:
    """Says all that is known of one wearer, and judges the whole shelf on her. For any thread: it keeps nothing."""

    def __init__(self, settings: Settings, pieces: Sequence[Piece], /) -> None:
        self._settings, self._pieces = settings, pieces
        self._tables = read_calibration(Path(settings.calibration))

    def fitter(self, hair: AsWorn, /) -> Fitter:
        """For one visit; on the thread that measures."""
        return Fitter(self._settings, hair)

    def known(self, asked: Sequence[GivenSet], /) -> tuple[Given, ...] | Question:
        """What she knows, or what is to be asked back."""
        return known([(each.name, each.values, each.how, each.unit) for each in asked], origins(self._tables))

    def report(self, visits: Sequence[Visit], given: Sequence[Given], /) -> dict[str, Any]:
        """As `tryon measure` writes it (DESIGN section 6)."""
        return measures_json(visits, self._tables, self._pieces, given=given)


def progress_of(seen: Seen, hair: AsWorn, /) -> Measuring:
    """The steps of the guide. A turn is done when enough was seen past the profile and she is on her way back; loose
    hair hides all that a turn would show, and the neck."""
    steps = {"look": seen.frontal / WANTED["look"], "card": seen.references / WANTED["card"]}
    if hair != "loose":
        for side, reach, profiles in zip(("left", "right"), seen.reach_rad, seen.profiles, strict=True):
            steps[side] = 1.0 if profiles >= WANTED[side] else min(0.9, reach / PROFILE_RAD)
        steps["neck"] = seen.throats / WANTED["neck"]
    return Measuring(
        steps={name: round(float(min(share, 1.0)), 2) for name, share in steps.items()},
        card_refused=seen.refused,
        hinders=seen.hinders,
        frames=seen.frames,
        accepted=seen.accepted,
    )


def measures_json(
    visits: Sequence[Visit],
    tables: Calibration,
    pieces: Sequence[Piece],
    /,
    *,
    given: Sequence[Given] = (),
    source: str | None = None,
    planned: Planned | None = None,
    rules: Sequence[Rule] = (),
) -> dict[str, Any]:
    """Measures, fit, scale and capture as DESIGN section 6 says; pieces in the order of their fit, the best first.

    `planned`: her hair with the pieces, None as it is worn; `rules`: a pageant's, none.
    """
    told = together(visits).told
    found = concluded(visits, tables, given=given, source=source, planned=planned)
    return {
        "measurements": {name: measurement_json(found.measurements[name]) for name in sorted(found.measurements)},
        "over_hair": {name: measurement_json(found.over_hair[name]) for name in sorted(found.over_hair)},
        "planned_hair": {
            "name": planned or "",
            "measurements": {name: measurement_json(found.planned[name]) for name in sorted(found.planned)},
        },
        "rules": rules[0].rules if rules else "",
        "fit": {
            judged.piece: verdict_json(judged)
            for judged in rank(pieces, _body(told.shape, found), tables.fit, rules=rules)
        },
        "scale": scale_json(found.scale),
        "capture": {
            "accepted": told.accepted,
            "frames": told.frames,
            "visits": len(visits),
            "reasons": list(found.reasons),
        },
        "steps": [
            {
                "code": step.code,
                "quantity": step.quantity,
                "u95_mm": round(float(step.u95_mm), 2),
                "u95_after_mm": round(float(step.u95_after_mm), 2),
            }
            for step in found.steps
        ],
    }


def _body(shape: HeadShape | None, known: Concluded) -> Body:
    if shape is not None and known.scale is not None:
        shape = shape.scaled(known.scale.mm_per_unit)
    return Body({**known.measurements, **known.over_hair, **known.planned}, shape, known.errors_mm2)


def body_of(said: Mapping[str, Any], shape: HeadShape, /) -> Body:
    """Her whom pieces are judged on, from what was said of her measures before (`measures_json`), and her head's shape.

    Over hair as it will be worn, where that is planned. What rests on one scale errs together, as there. Raises
    InputError for what nobody said so.
    """
    try:
        planned = said.get("planned_hair", {}).get("measurements", {})
        told = {**said["measurements"], **said.get("over_hair", {}), **planned}
        return Body({name: _measurement(name, one) for name, one in told.items()}, shape)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise InputError("measures_unreadable", "Her measures cannot be read; please measure her again.") from err


def _measurement(name: str, said: Mapping[str, Any]) -> Measurement:
    numbers = [float(said[key]) for key in ("value_mm", "u95_random_mm", "u95_systematic_mm")]
    percent = float(said["scale"]["u95_percent"])
    if not all(math.isfinite(number) for number in (*numbers, percent)) or numbers[0] <= 0:
        raise ValueError(name)
    value, random, systematic = numbers
    method, source = str(said["method"]), str(said["scale"]["source"])
    return Measurement(name, value, random / 2, systematic / 2, int(said["samples"]), method, source, percent / 2)


def verdict_json(judged: Verdict) -> dict[str, Any]:
    """A verdict as DESIGN section 6 says; `gap_of` is the line of pieces whose gap decides, `words` what the English
    is made of, for other languages."""
    return {
        "verdict": judged.verdict,
        "probability": round(float(judged.probability), 3),
        "size": judged.size,
        "gap_of": judged.line,
        "gap_mm": None if judged.gap_mm is None else round(float(judged.gap_mm), 2),
        "gap_u95_mm": None if judged.gap_std_mm is None else round(float(2 * judged.gap_std_mm), 2),
        "notes": [_note_json(note) for note in judged.notes],
        "next_step": None
        if judged.next_step is None
        else {
            "code": judged.next_step.code,
            "quantity": judged.next_step.quantity,
            "action": english(Phrase(judged.next_step.key)),
            "u95_after_mm": judged.next_step.u95_after_mm,
        },
        "section": None
        if judged.section is None
        else {
            name: {"value_mm": round(float(value), 2), "u95_mm": round(float(2 * std), 2)}
            for name, (value, std) in zip(("breadth", "length"), judged.section, strict=True)
        },
        "rules_kept": judged.rules_kept,
    }


def _note_json(note: FitNote) -> dict[str, Any]:
    def words(phrase: Phrase) -> dict[str, Any]:
        return {"key": phrase.key, "values": dict(phrase.values)}

    return {
        "code": note.code,
        "level": note.level,
        "mm": round(float(note.mm), 1),
        "action": english(note.action),
        "because": english(*note.because),
        "words": {"action": words(note.action), "because": [words(phrase) for phrase in note.because]},
        "probability": round(float(note.probability), 3),
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
