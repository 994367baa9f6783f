"""What is seen of one person, fused with what people are like: scale and body dimensions with their doubt.

Linear and Gaussian in the logarithms of lengths (facts: fit, section 2.4). What is read off a picture in millimetres
shares one unknown scale; a reference says something of that scale alone; a tape, a typed pupillary distance or a
length read by its own card says something of one dimension alone. ANSUR II's means and covariances (women and men
50/50: nobody is asked) tie the dimensions together, so that even a face without any reference tells a little of both.

Hair. ANSUR's head circumference is taped over hair, its length and breadth are by calipers that press hair flat.
The scalp and the tape over hair as worn are kept apart by two thicknesses: of the hair she would be taped over, and of
what she wears now, each with its own doubt (calibration/sizing/hair_allowance.csv).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from tryon.geometry.ellipse import perimeter
from tryon.types import F64, Measurement, Scale, ScaleSource

Worn = Literal["tied", "loose", "cap", "bare"]
"As she wears her hair when she is seen."
Planned = Literal["tied", "loose", "updo", "veil", "bare"]
"As she will wear it with the piece."

ANSUR = {
    "face_breadth": "BZ",
    "interpupillary_distance": "IPD",
    "head_breadth": "HB",
    "head_length": "HL",
    "head_height": "TTH",
    "head_arc_ear_to_ear": "ARC",
    "neck_circumference": "NC",
    "neck_base_circumference": "NCB",
    "wrist_circumference": "WC",
    "hand_breadth": "HAB",
    "hand_length": "HAL",
    "hand_circumference": "HAC",
    "face_height": "MS",
}
"""Our names of what ANSUR II has as it is, and of the arc that is told from two of them (`with_arc`); face height is
from chin (menton) to sellion, head height from tragion to top."""
HAIR_ACROSS, HAIR_ALONG, HAIR_UP = 0.6, 0.67, 1.0
"""Of a layer that is as thick everywhere: what hair adds to breadth (thinner above the ears [J]), to length from the
bare glabella (one layer, behind, thicker by the quarter of the way round that is forehead), and to height."""
ARC_FULL, ARC_STD = 1.055, 0.025
"""The taut arc from tragion over the top to tragion against the half ellipse of head breadth and height above the
tragions: 1.036 to 1.089 on four synthetic heads; 1.06 by ANSUR 1988's means of the arc [M] (facts: fit, section 3)."""
SCALE_STD = 1.0
"Of a scale nothing is known beforehand but its order of magnitude."
UNLIKELY = 0.05
"What is as unlikely has no part in what is said of how a number came about."
SCALE, OWN_HAIR, WORN_HAIR = "scale", "own hair", "worn hair"


@dataclass(frozen=True, slots=True, eq=False)
class Population:
    """Means and covariance of the dimensions of many people."""

    names: tuple[str, ...]
    "ANSUR's own: HC, HL, ..."
    mean_mm: F64
    "(n,)."
    covariance: F64
    "(n, n) of the logarithms."

    def mean_of(self, name: str) -> float:
        """One mean, mm."""
        return float(self.mean_mm[self.names.index(name)])


@dataclass(frozen=True, slots=True)
class BiasTerm:
    """What one population's mean may be off by for another one: all lines of a term err together."""

    term: str
    quantity: str
    std_mm: float


@dataclass(frozen=True, slots=True)
class HairAllowance:
    """How much longer a tape is than round the bare scalp, for one way to wear hair."""

    over_scalp_mm: float
    person_std_mm: float
    "From person to person; of `taped`, how a scalp differs from its ellipse (`prior_of` tells the hair's own)."
    doubt_std_mm: float
    "Of the number itself."
    own_hair: bool
    "Comes on top of her own hair as taped, rather than on the scalp."


@dataclass(frozen=True, slots=True)
class Sighting:
    """One quantity as it was read."""

    quantity: str
    value_mm: float
    std_random_mm: float
    std_systematic_mm: float
    "Without the scale's share."
    scaled: bool
    """In millimetres of the shared nominal scale (read off the picture, carried to the eyes' plane); False: in true
    millimetres (tape, typed, or by a reference of its own)."""
    samples: int = 1
    method: str = "picture"
    source: ScaleSource = "given"
    "What one in true millimetres rests on."


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """What is known before anything is seen, of one way to wear hair."""

    population: Population
    states: tuple[str, ...]
    covariance: F64
    "(n, n) of the states: log of the scale, logs of the dimensions about their means, hair as share of the mean HC."
    hair_mean: Mapping[str, float]
    "Of the two hair states."

    def row(self, quantity: str, /) -> tuple[F64, float]:
        """(row (n,), offset): a quantity's logarithm is row @ states + offset. Raises KeyError."""
        row = np.zeros(len(self.states))
        across, along, high, round_ = (self.population.mean_of(name) for name in ("HB", "HL", "TTH", "HC"))
        # hair that adds 2 pi t round the head is t thick on the whole: less above the ears, and nothing at the glabella
        parts: dict[str, tuple[str, Mapping[str, float]]] = {
            "head_circumference": ("HC", {OWN_HAIR: -1.0}),
            "head_circumference_over_hair": ("HC", {OWN_HAIR: -1.0, WORN_HAIR: 1.0}),
            "head_breadth_over_hair": ("HB", {WORN_HAIR: HAIR_ACROSS * round_ / (math.pi * across)}),
            "head_length_over_hair": ("HL", {WORN_HAIR: HAIR_ALONG * round_ / (math.pi * along)}),
            "head_height_over_hair": ("TTH", {WORN_HAIR: HAIR_UP * round_ / (2 * math.pi * high)}),
        }
        name, hair = parts[quantity] if quantity in parts else (ANSUR[quantity], {})
        row[self.states.index(name)] = 1.0
        offset = math.log(self.population.mean_of(name))
        for state, share in hair.items():
            row[self.states.index(state)] += share
            offset += share * self.hair_mean[state]
        return row, offset


QUANTITIES = (
    "head_circumference",
    "head_circumference_over_hair",
    "head_breadth_over_hair",
    "head_length_over_hair",
    "head_height_over_hair",
    *ANSUR,
)
"All that a Posterior can tell."


@dataclass(frozen=True, slots=True, eq=False)
class Posterior:
    """What is known after all that was seen."""

    prior: Prior
    mean: F64
    "(n,) states."
    covariance: F64
    "(n, n)."
    random: F64
    "(n, n) the part of it that more looks would take away."
    sightings: tuple[Sighting, ...]
    sources: tuple[ScaleSource, ...]
    "Of the references of scale."
    surprise: tuple[tuple[str, float], ...]
    """Each sighting (by its quantity), then each reference (by its source): how many sigma it lies off what all the
    others say. Beyond about 4 something is not what it was taken for (a card that is no card, a child, a wrong
    camera)."""

    @property
    def scale_factor(self) -> float:
        """True millimetres for each of the nominal scale."""
        return math.exp(self.mean[0])

    @property
    def scale_std_percent(self) -> float:
        """Standard uncertainty of the shared scale."""
        return 100 * math.sqrt(self.covariance[0, 0])

    @property
    def scale_source(self) -> ScaleSource:
        """What the scale rests on: the reference's name, what somebody measured of a part that was seen too (typed_pd,
        given), `fused`, or `prior` when people's sizes alone tell it."""
        seen = {sighting.quantity for sighting in self.sightings if sighting.scaled}
        if "head_breadth_over_hair" in seen:
            seen.add("head_circumference_over_hair")
        told = {sighting.quantity for sighting in self.sightings if not sighting.scaled}
        own: set[ScaleSource] = {sighting.source for sighting in self.sightings if not sighting.scaled}
        if not seen and told:
            return next(iter(own)) if len(own) == 1 else "fused"
        held = {
            "typed_pd" if sighting.quantity == "interpupillary_distance" else sighting.source
            for sighting in self.sightings
            if not sighting.scaled and sighting.quantity in seen
        }
        sources: set[ScaleSource] = {*self.sources, *held}
        if len(sources) > 1:
            return "fused"
        return next(iter(sources), "prior")

    def measurement(self, quantity: str, /) -> Measurement:
        """One quantity, mm. Raises KeyError for one that the population does not have."""
        row, offset = self.prior.row(quantity)
        value = math.exp(float(row @ self.mean) + offset)
        total = value * math.sqrt(float(row @ self.covariance @ row))
        return self._said(quantity, value, total, value * math.sqrt(float(row @ self.random @ row)))

    def head_shape_index(self) -> Measurement:
        """Breadth over length of the head: no unit, and no scale in it."""
        (across, breadth), (along, length) = self.prior.row("head_breadth"), self.prior.row("head_length")
        row = across - along
        value = math.exp(float(row @ self.mean) + breadth - length)
        total = value * math.sqrt(float(row @ self.covariance @ row))
        return self._said("head_shape_index", value, total, value * math.sqrt(float(row @ self.random @ row)))

    def measurements(self) -> dict[str, Measurement]:
        """All quantities by name, head_shape_index among them."""
        return {name: self.measurement(name) for name in QUANTITIES} | {"head_shape_index": self.head_shape_index()}

    def excess(self, sighting: Sighting, /) -> tuple[float, float]:
        """How much greater one more scaled sighting is than all the others foretell, and the standard uncertainty of
        that, both relative (of logarithms). Raises KeyError."""
        row, offset = self.prior.row(sighting.quantity)
        row[0] = -1.0
        own = math.hypot(sighting.std_random_mm, sighting.std_systematic_mm) / sighting.value_mm
        excess = math.log(sighting.value_mm) - offset - float(row @ self.mean)
        return excess, math.sqrt(float(row @ self.covariance @ row) + own**2)

    def with_hair(self, planned: HairAllowance, /) -> Posterior:
        """The same of her with her hair as it will be worn with the piece, rather than as it was seen."""
        states, mean_mm = self.prior.states, self.prior.population.mean_of("HC")
        own, worn = states.index(OWN_HAIR), states.index(WORN_HAIR)
        swap = np.eye(len(states))
        swap[worn] = np.eye(len(states))[own] * planned.own_hair
        covariance = swap @ self.covariance @ swap.T
        covariance[worn, worn] += (planned.person_std_mm**2 + planned.doubt_std_mm**2) / mean_mm**2
        hair = dict(self.prior.hair_mean)
        hair[WORN_HAIR] = planned.over_scalp_mm / mean_mm + hair[OWN_HAIR] * planned.own_hair
        return replace(
            self,
            prior=replace(self.prior, hair_mean=hair),
            mean=swap @ self.mean,
            covariance=covariance,
            random=swap @ self.random @ swap.T,
            # what was seen over the hair is not what she will wear
            sightings=tuple(each for each in self.sightings if not each.quantity.endswith("_over_hair")),
        )

    def covariance_mm2(self, quantities: Sequence[str], /) -> F64:
        """(k, k) mm^2: how the errors of quantities go together."""
        rows = np.array([self.prior.row(name)[0] for name in quantities])
        values = np.array([self.measurement(name).value_mm for name in quantities])
        return np.asarray(rows @ self.covariance @ rows.T * np.outer(values, values))

    def _said(self, name: str, value: float, total: float, random: float) -> Measurement:
        seen = [sighting for sighting in self.sightings if sighting.quantity == name]
        systematic = math.sqrt(max(total**2 - random**2, 0.0))
        method = "+".join(dict.fromkeys([*(sighting.method for sighting in seen), "population"]))
        if seen and not any(sighting.scaled for sighting in seen):  # a tape needs no scale, a printed band has its own
            samples, source = sum(sighting.samples for sighting in seen), seen[0].source
            percent = 0.0 if source == "given" else 100 * systematic / value
            return Measurement(name, value, random, systematic, samples, method, source, percent)
        return Measurement(
            name,
            value,
            random,
            systematic,
            sum(sighting.samples for sighting in seen),
            method,
            self.scale_source,
            self.scale_std_percent,
        )


def population_of(names: Sequence[str], mean_mm: F64, std_mm: F64, correlation: F64, /) -> Population:
    """From means (n,), standard deviations (n,) and correlations (n, n) of lengths to the same of their logarithms."""
    relative = np.asarray(std_mm) / np.asarray(mean_mm)
    return Population(tuple(names), np.asarray(mean_mm, float), correlation * np.outer(relative, relative))


def with_regressed(
    population: Population, name: str, mean_mm: float, on: str, slope: float, see_mm: float, /
) -> Population:
    """With one dimension more that is known by its regression (mm) on another."""
    index = population.names.index(on)
    share = slope * population.mean_mm[index] / mean_mm
    across = share * population.covariance[index]
    own = share * across[index] + (see_mm / mean_mm) ** 2
    covariance = np.block([[population.covariance, across[:, None]], [across[None, :], np.array([[own]])]])
    return Population((*population.names, name), np.append(population.mean_mm, mean_mm), covariance)


def with_arc(population: Population, /) -> Population:
    """With the arc from ear to ear over the top (ARC), nobody's table having it: by breadth and height of the head, as
    the half ellipse of the mean head changes with both, and with what heads are fuller than it."""
    across, high = population.names.index("HB"), population.names.index("TTH")
    breadth, height = population.mean_mm[across], population.mean_mm[high]

    def half(breadth_mm: float, height_mm: float) -> float:
        return perimeter(breadth_mm / 2, height_mm) / 2

    mean, more = half(breadth, height), 1.001
    by_breadth = math.log(half(more * breadth, height) / mean) / math.log(more)
    by_height = math.log(half(breadth, more * height) / mean) / math.log(more)
    shares = by_breadth * population.covariance[across] + by_height * population.covariance[high]
    own = by_breadth * shares[across] + by_height * shares[high] + ARC_STD**2
    covariance = np.block([[population.covariance, shares[:, None]], [shares[None, :], np.array([[own]])]])
    return Population((*population.names, "ARC"), np.append(population.mean_mm, ARC_FULL * mean), covariance)


def with_bias(population: Population, terms: Iterable[BiasTerm], /) -> Population:
    """Widened by what people unlike the measured ones may be off by (facts: fit, section 2.3): nobody is asked."""
    covariance = population.covariance.copy()
    loads: dict[str, F64] = {}
    for line in terms:
        index = population.names.index(line.quantity)
        loads.setdefault(line.term, np.zeros(len(population.names)))[index] = line.std_mm / population.mean_mm[index]
    for load in loads.values():
        covariance += np.outer(load, load)
    return Population(population.names, population.mean_mm, covariance)


def prior_of(population: Population, taped: HairAllowance, worn: HairAllowance, /) -> Prior:
    """Before anything is seen. `taped` is the hair that ANSUR II taped over, `worn` what she wears.

    What people were taped longer than the ellipse of their head's length and breadth is partly the shape of the scalp
    (`taped.person_std_mm`) and for the rest hair. So smaller heads, women's more often, have more hair, and so has who
    was taped longer than her head's length and breadth foretell.
    """
    states = (SCALE, *population.names, OWN_HAIR, WORN_HAIR)
    covariance = np.zeros((len(states), len(states)))
    covariance[0, 0] = SCALE_STD**2
    covariance[1:-2, 1:-2] = population.covariance
    mean = population.mean_of("HC")
    own, now = states.index(OWN_HAIR), states.index(WORN_HAIR)
    scalp = 1 - taped.over_scalp_mm / mean
    by_length, by_breadth = _ellipse_goes_with(population.mean_of("HL"), population.mean_of("HB"))
    lean = np.zeros(len(states))
    lean[[states.index(name) for name in ("HC", "HL", "HB")]] = 1.0, -scalp * by_length, -scalp * by_breadth
    along = covariance @ lean
    left = float(lean @ along)
    of_hair = max(1 - (taped.person_std_mm / mean) ** 2 / left, 0.0)
    covariance[own, :] = covariance[:, own] = of_hair * along
    covariance[own, own] = of_hair * left + (taped.doubt_std_mm / mean) ** 2
    if worn.own_hair:
        covariance[now, :] = covariance[:, now] = covariance[own]
        covariance[now, now] = covariance[own, own]
    covariance[now, now] += (worn.person_std_mm**2 + worn.doubt_std_mm**2) / mean**2
    hair = {OWN_HAIR: taped.over_scalp_mm / mean}
    hair[WORN_HAIR] = worn.over_scalp_mm / mean + (hair[OWN_HAIR] if worn.own_hair else 0.0)
    return Prior(population, states, covariance, hair)


def _ellipse_goes_with(length_mm: float, breadth_mm: float) -> tuple[float, float]:
    """How an ellipse's perimeter changes with either axis, of logarithms."""
    whole, more = perimeter(length_mm / 2, breadth_mm / 2), 1.001
    longer, broader = perimeter(more * length_mm / 2, breadth_mm / 2), perimeter(length_mm / 2, more * breadth_mm / 2)
    return math.log(longer / whole) / math.log(more), math.log(broader / whole) / math.log(more)


def fuse(
    prior: Prior, sightings: Sequence[Sighting], scales: Sequence[Scale], /, *, nominal_mm_per_unit: float = 1.0
) -> Posterior:
    """What is known after sightings, and references of the scale carried to the eyes' plane.

    Scaled sightings are in millimetres of `nominal_mm_per_unit`. Raises ValueError for what cannot be a length.
    """
    rows, values, random, systematic, names = [], [], [], [], []
    for sighting in sightings:
        if not sighting.value_mm > 0 or not math.hypot(sighting.std_random_mm, sighting.std_systematic_mm) > 0:
            raise ValueError(f"{sighting.quantity}: {sighting.value_mm} mm is no length with doubt")
        row, offset = prior.row(sighting.quantity)
        row[0] = -1.0 if sighting.scaled else 0.0
        rows.append(row)
        values.append(math.log(sighting.value_mm) - offset)
        random.append((sighting.std_random_mm / sighting.value_mm) ** 2)
        systematic.append((sighting.std_systematic_mm / sighting.value_mm) ** 2)
        names.append(sighting.quantity)
    for scale in scales:
        rows.append(np.eye(len(prior.states))[0])
        values.append(math.log(scale.mm_per_unit / nominal_mm_per_unit))
        random.append(0.0)
        systematic.append((scale.std / scale.mm_per_unit) ** 2)
        names.append(scale.source)
    if not rows:
        nothing = np.zeros_like(prior.covariance)
        return Posterior(prior, np.zeros(len(prior.states)), prior.covariance, nothing, (), (), ())
    design, told = np.array(rows), np.array(values)
    spread = design @ prior.covariance @ design.T + np.diag(np.add(random, systematic))
    inverse = np.linalg.inv(spread)
    gain = prior.covariance @ design.T @ inverse
    left = inverse @ told
    covariance = prior.covariance - gain @ design @ prior.covariance
    return Posterior(
        prior,
        gain @ told,
        (covariance + covariance.T) / 2,
        gain @ np.diag(random) @ gain.T,
        tuple(sightings),
        tuple(scale.source for scale in scales),
        # each value against what the others foretell of it (Rasmussen and Williams 2006, eq. 5.10 to 5.12)
        tuple(zip(names, (np.abs(left) / np.sqrt(np.diag(inverse))).tolist(), strict=True)),
    )


def blended(one: Posterior, other: Posterior, share: float, /) -> Posterior:
    """What is known when nobody can say which of two holds: mean and covariance of both, `share` (0 to 1) of them the
    other's. What is said of sightings, and how they agree, is of the first one, unless that is UNLIKELY."""
    told = other if share > 1 - UNLIKELY else one
    first, second = one.prior.hair_mean, other.prior.hair_mean
    apart = other.mean - one.mean
    for name in first:  # a state of the hair is about its own mean
        apart[one.prior.states.index(name)] += second[name] - first[name]
    return replace(
        told,
        prior=replace(told.prior, hair_mean={name: (1 - share) * first[name] + share * second[name] for name in first}),
        mean=one.mean + share * (other.mean - one.mean),
        covariance=(1 - share) * one.covariance
        + share * other.covariance
        + share * (1 - share) * np.outer(apart, apart),
        random=(1 - share) * one.random + share * other.random,
    )
