"""What is known of one person, by all that was seen and all that was given: one scale, fused measures with their doubt.

visits (visits.py) + what she knows (fit/given.py) + what she wears, laid beside a card (owned.py) -> Concluded
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from statistics import NormalDist, fmean

from tryon.body.hair import COVERED
from tryon.calibration import Calibration
from tryon.fit.gaps import AROUND
from tryon.fit.given import Given, Origins
from tryon.fit.measure import TAPE_STD_MM, combined
from tryon.fit.population import (
    QUANTITIES,
    UNLIKELY,
    HairAllowance,
    Planned,
    Posterior,
    Prior,
    Sighting,
    Worn,
    blended,
    fuse,
)
from tryon.fit.scale import OUTLIER_SIGMA, agreed, carry_std_percent
from tryon.fit.sides import of_other
from tryon.told import Told, forehead, pupils_far
from tryon.types import Hand, Measurement, Scale
from tryon.visits import Visit, together

GROWN_UP_MM, GROWN_UP_STD = {"interpupillary_distance": 61.7, "face_breadth": 133.8}, 0.037
"Women's means (ANSUR II), and how far the mean of both logarithms spreads among them."
SMALL_SIGMA = 2.5
"Smaller than the face of one woman in 160: of a child a tape is asked for (its head is no small grown-up's)."
THICK_SHARE, THICK_USUAL = 0.05, 0.16
"""Of people, unless they are shaved: how many have hair that stands off as no allowance foresees, and by how much of
their breadth it most often does (25 mm; Rayleigh's distribution), both [J]."""
THICK_SAID = 0.2
"So likely, and it is said: most of the doubt comes of it then."
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
OfHands = Mapping[tuple[str, Hand], Measurement]
Fusion = Callable[[Sequence[Sighting]], Posterior]
"Of sightings with what people are like, and with the references of scale."
OF_HAND = ("wrist_circumference", "hand_breadth")
"By a scale of their own: a card beside the hand, a tape."


@dataclass(frozen=True, slots=True)
class Step:
    """What she could do next, and what it would buy."""

    code: str
    "`again`: measure once more at the mirror; `tape`: take a tape twice; `calibrate`: her camera."
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
    other_hand: Mapping[str, Measurement] = field(default_factory=dict)
    "Of her other hand, what `measurements` has of one."
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
    laid: Sequence[Measurement] = (),
    source: str | None = None,
    planned: Planned | None = None,
) -> Concluded:
    """What is known of her, by what was seen and by what is known already. `laid`: by what she wears, laid beside a
    card; `source`: the one reference to use, None all; `planned`: her hair with the piece, None as it is worn."""
    whole = together(visits)
    told = whole.told
    scales = [scale for scale in told.scales if source in (None, scale.source)]
    reasons = list(told.reasons)
    sightings = list(told.sightings)
    by_hand = any(found.scale_source == source for found in told.hands.values())
    if source is not None and not scales and not by_hand and not any(code.startswith(source) for code in reasons):
        reasons.append(f"{source}_not_seen")
    agreement = agreed(scales)
    if agreement is not None and agreement.aside:
        # two that contradict each other, or the odd one out: named, and the doubt covers it
        reasons.append("references_disagree")
        scales = [agreement.scale]
    nominal = agreement.scale if agreement is not None else Scale(1.0, 1.0, "prior", "eyes")
    if (pupils := pupils_far(told, nominal)) is not None:
        sightings.append(pupils)
    pictured = any(sighting.scaled for sighting in sightings)
    of_body = [each for each in given if each.quantity in QUANTITIES and each.quantity not in OF_HAND]
    of_hand = [(each.name, each.measurement()) for each in given if each not in of_body]
    hands, contradicted = _hands(told.hands, [*of_hand, *((each.name, each) for each in laid)])
    over_top = [sighting for sighting in sightings if sighting.quantity == OVER_TOP]
    sightings = [sighting for sighting in sightings if sighting.quantity != OVER_TOP]
    sightings += [each.sighting() for each in of_body]

    def fused(these: Sequence[Sighting], by: Sequence[Scale] = scales) -> Posterior:
        """Of her with her hair as usual, or so thick that her outlines show nothing else."""
        usual = tables.prior(whole.worn)
        under = [sighting for sighting in these if sighting.quantity not in OUTLINES]
        thick = _thick(usual, whole.worn, these, by)
        return blended(fuse(usual, these, by), fuse(tables.prior("loose"), under, by), thick)

    known = fused(sightings)
    thick = _thick(tables.prior(whole.worn), whole.worn, sightings, scales)
    if thick > THICK_SAID:
        reasons.append("hair_thick")
    apart = _contradicted(known, of_body, pictured=pictured)
    wrong = [each.sighting() for each in apart]
    # nobody can say which is wrong: all are named, and the doubt covers what each side says without the other
    others = fused([sighting for sighting in sightings if sighting not in wrong])
    alone = fused(wrong, [])

    def of(name: str, later: HairAllowance | None = None) -> Measurement:
        sides = [side if later is None else side.with_hair(later) for side in (known, others, alone)]
        found, rest, lone = (side.measurements()[name] for side in sides)
        return _covering(found, rest, lone) if wrong else found

    reasons += [f"{name}_disagrees" for name in (*(each.name for each in apart), *contradicted)]
    hidden = thick > 1 - UNLIKELY
    shown = [sighting for sighting in sightings if not (hidden and sighting.quantity in OUTLINES)]
    seen = {sighting.quantity for sighting in shown}
    if _small(known, seen):
        reasons.append("face_small")
    if not seen:
        first, other = _by_hand(hands, sightings, fused)
        return Concluded(first, {}, None, tuple(dict.fromkeys(reasons)), other_hand=other)
    said = {name: of(name) for name in seen if name not in OUTLINES}
    over_hair: dict[str, Measurement] = {}
    as_planned: dict[str, Measurement] = {}
    errors: dict[tuple[str, str], float] = {}
    steps: tuple[Step, ...] = ()
    # a neck alone tells no head
    if pictured or AROUND in seen:
        heads = [sighting for sighting in shown if sighting.quantity in (AROUND, *OUTLINES)]
        heads.sort(key=lambda sighting: sighting.scaled)  # what was given is said first
        said |= {name: _resting(of(name), heads) for name in HEAD}
        if wrong:
            said["head_circumference"] = _under(said[AROUND], said["head_circumference"])
        over_hair = {name: of(name) for name in OVER_HAIR}
        across = [sighting for sighting in heads if sighting.quantity == "head_breadth_over_hair"]
        arc = of(ARC) if wrong else fused([*sightings, *over_top]).measurement(ARC)
        said[ARC] = _resting(arc, across if hidden else [*across, *over_top])
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
        taken = any(sighting.quantity == AROUND and not sighting.scaled for sighting in sightings)
        if not wrong:  # that comes first
            steps = _steps(sightings, fused, told, taped=taken)
    if "neck_circumference" in said:
        said["neck_base_circumference"] = of("neck_base_circumference")
    first, other = _by_hand(hands, sightings, fused)
    said |= first
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
    return Concluded(said, over_hair, scale, tuple(dict.fromkeys(reasons)), steps, as_planned, other, errors)


def _by_hand(
    hands: OfHands, sightings: Sequence[Sighting], fused: Fusion, /
) -> tuple[dict[str, Measurement], dict[str, Measurement]]:
    """By name: of the hand that more is known of (of both as much: the left), with the rest of the other one and what
    nobody said the hand of; and of the other hand what is known of both. Each with the circumference over the knuckles,
    which its breadth foretells: a bangle must pass it."""
    sides: dict[Hand, dict[str, Measurement]] = {"left": {}, "right": {}, "": {}}
    for (name, hand), one in hands.items():
        sides[hand][name] = one
    for found in sides.values():
        if "hand_breadth" in found and HAND_ROUND not in found:
            palm = found["hand_breadth"]
            own = Sighting(palm.name, palm.value_mm, palm.std_random_mm, palm.std_systematic_mm, False)
            found[HAND_ROUND] = replace(
                fused([*sightings, own]).measurement(HAND_ROUND),
                method="hand breadth+population",
                scale_source=palm.scale_source,
                scale_std_percent=palm.scale_std_percent,
                hand=palm.hand,
            )
    first, second = sorted((sides["left"], sides["right"]), key=len, reverse=True)
    return {**sides[""], **second, **first}, {name: second[name] for name in second if name in first}


def _hands(
    seen: OfHands, known: Sequence[tuple[str, Measurement]]
) -> tuple[dict[tuple[str, Hand], Measurement], list[str]]:
    """Hands' measures with what is known of them (by the name it was given), and the names of what contradicts the
    rest. What nobody said the hand of is of the hand that was measured; of both, it is of one of them."""
    found, apart = dict(seen), []

    def hold(name: str, own: Measurement, hand: Hand) -> None:
        others = found.get((own.name, hand))
        if others is None:
            found[own.name, hand] = own
            return
        both = combined([own, others])
        if abs(own.value_mm - others.value_mm) > OUTLIER_SIGMA * math.hypot(own.std_mm, others.std_mm):
            apart.append(name)
            both = _covering(both, others, own)
        found[own.name, hand] = both

    for name, own in known:
        if own.hand:
            hold(name, own, own.hand)
    unsaid = [(name, found.pop((name, hand))) for name, hand in [*found] if not hand]
    unsaid += [(name, own) for name, own in known if not own.hand]
    for name, own in unsaid:
        there: list[Hand] = [hand for of, hand in found if of == own.name and hand]
        none: list[Hand] = [""]
        for hand in there or none:
            hold(name, of_other(own) if len(there) > 1 else own, hand)
    return found, [*dict.fromkeys(apart)]


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


def _under(over_hair: Measurement, scalp: Measurement) -> Measurement:
    """The scalp's circumference where what was told of it over hair is in doubt: never the greater, never the surer."""
    std = max(over_hair.std_systematic_mm, scalp.std_systematic_mm)
    return replace(scalp, value_mm=min(scalp.value_mm, over_hair.value_mm), std_systematic_mm=std)


def _steps(sightings: Sequence[Sighting], fused: Fusion, told: Told, *, taped: bool) -> tuple[Step, ...]:
    """What would narrow the head's circumference as a tape reads it, by how much; what buys most first."""
    now = fused(sightings).measurement(AROUND)

    def after(these: Sequence[Sighting]) -> float:
        return 2 * fused(these).measurement(AROUND).std_mm

    steps = []
    if any(sighting.scaled for sighting in sightings):
        if told.camera is not None and told.camera.source == "prior" and told.shape is not None and told.distance_mm:
            # what lies behind the eyes was carried there by a guess of the focal length
            behind = float(told.shape.points["pupil_left"][2])
            share = carry_std_percent(behind, told.distance_mm, focal_std=told.camera.focal_std) / 100
            sure = [_known_focal(each, share) if each.quantity in OUTLINES else each for each in sightings]
            steps.append(Step("calibrate", AROUND, 2 * now.std_mm, after(sure)))
        # the same once more: what is random in it falls, the rest stays
        again = [replace(sighting, std_random_mm=sighting.std_random_mm / math.sqrt(2)) for sighting in sightings]
        steps.append(Step("again", AROUND, 2 * now.std_mm, after(again)))
    if not taped:
        tape = Sighting(AROUND, now.value_mm, 0.0, TAPE_STD_MM, False, 0, "tape")
        steps.append(Step("tape", AROUND, 2 * now.std_mm, after([*sightings, tape])))
    # a step that makes her hair's doubt plain is none that narrows
    steps = [step for step in steps if step.u95_after_mm < step.u95_mm]
    return tuple(sorted(steps, key=lambda step: step.u95_after_mm))


def _known_focal(sighting: Sighting, share: float) -> Sighting:
    """What an outline would tell by a camera that is known; `share` is what the guess of this one costs."""
    std_mm = math.sqrt(max(sighting.std_systematic_mm**2 - (share * sighting.value_mm) ** 2, 0.0))
    return replace(sighting, std_systematic_mm=std_mm)


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


def _thick(prior: Prior, worn: Worn, sightings: Sequence[Sighting], scales: Sequence[Scale]) -> float:
    """How likely (0 to 1) it is that hair stands off as no allowance foresees, by how much broader her outline is than
    all but outlines foretells: Bayes' rule between a normal excess, and that and a Rayleigh's on top."""
    across = [sighting for sighting in sightings if sighting.quantity == "head_breadth_over_hair"]
    under = [sighting for sighting in sightings if sighting.quantity not in OUTLINES]
    if worn == "bare" or not across or not (scales or any(sighting.scaled for sighting in under)):
        return 0.0
    excess, std = fuse(prior, under, scales).excess(across[0])
    excess = min(max(excess, -5 * std), 1.0)  # far narrower is no hair, and what is far broader is all the same
    usual, both = NormalDist(0.0, std), NormalDist(0.0, math.hypot(std, THICK_USUAL))
    # the sum of both: of a normal's product with a normal, the mean of its part above nothing
    own = NormalDist(excess * (THICK_USUAL / both.stdev) ** 2, std * THICK_USUAL / both.stdev)
    above = own.mean * (1 - own.cdf(0.0)) + own.variance * own.pdf(0.0)
    thick = THICK_SHARE * math.sqrt(2 * math.pi) / THICK_USUAL * both.pdf(excess) * above
    return thick / (thick + (1 - THICK_SHARE) * usual.pdf(excess))
