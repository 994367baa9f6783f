"""Many looks into one measurement with honest doubt, several measurements into one, and how a number is said.

Random doubt falls with the number of independent looks, systematic doubt does not (facts: fit, sections 6 and 7): the
two stay apart until the end. People are shown U = 2 u with two significant digits (NIST TN 1297, section 6).
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from tryon.types import F64, Hand, Measurement

MAD_STD = 1.4826
"Standard deviation of a normal scatter for each unit of its median absolute deviation."
MAD_EFFICIENCY = 0.37
"Of the looks it rests on, as many count as for a standard deviation (Rousseeuw and Croux 1993)."
MEDIAN_STD = 1.253
"Standard error of a median for each unit of that of a mean."
APART_S = 0.3
"Looks closer in time than this are not independent (facts: fit, section 7)."
TAPE_STD_MM, TAPE_APART_MM = 5.0, 10.0
"A tape round the head, taken twice: least doubt, and the greatest difference that is let pass (section 9)."


def measured(
    name: str,
    looks: F64,
    times_s: F64,
    /,
    *,
    look_std_mm: float,
    std_systematic_mm: float,
    method: str,
    scale_source: str,
    scale_std_percent: float,
    hand: Hand = "",
) -> Measurement:
    """The median of looks (n,) mm taken at times (n,) s.

    `look_std_mm` is the least that one look can be off by: what many equal looks do not show is not taken for
    certainty. `std_systematic_mm` holds all that is common to the looks, the scale's share among it.
    """
    if not len(looks) or len(looks) != len(times_s):
        raise ValueError(f"{name}: {len(looks)} looks at {len(times_s)} times")
    median = float(np.median(looks))
    scatter = MAD_STD * float(np.median(np.abs(looks - median)))
    count = independent_count(looks, times_s)
    # few looks know their own scatter badly, by a median deviation even more so
    wide = _student(MAD_EFFICIENCY * (count - 1)) if count > 1 else 1.0
    random = max(MEDIAN_STD * scatter * wide, look_std_mm) / math.sqrt(count)
    return Measurement(
        name, median, random, std_systematic_mm, len(looks), method, scale_source, scale_std_percent, hand
    )


def independent_count(looks: F64, times_s: F64, /) -> float:
    """How many independent looks these are worth: by their autocorrelation, and no more than one each APART_S.

    The autocorrelation is summed over its first positive pairs (Geyer, Practical Markov Chain Monte Carlo, 1992).
    """
    order = np.argsort(times_s)
    span_s = float(times_s[order[-1]] - times_s[order[0]])
    most = min(float(len(looks)), 1.0 + span_s / APART_S)
    away = looks[order] - looks.mean()
    power = float(away @ away)
    if power == 0.0 or len(looks) < 4:
        return most
    correlation = np.correlate(away, away, "full")[len(away) - 1 :] / power
    pairs = correlation[: len(correlation) // 2 * 2].reshape(-1, 2).sum(axis=1)
    until = int(np.argmax(pairs <= 0)) if (pairs <= 0).any() else len(pairs)
    time = max(1.0, 2.0 * float(pairs[:until].sum()) - 1.0)
    return max(1.0, min(most, len(looks) / time))


def repeated(visits: Sequence[Measurement], /) -> Measurement:
    """One quantity measured anew each time she went away and came back: their scatter is the honest random doubt."""
    first = _alike(visits)
    if len(visits) == 1:
        return first
    values = np.array([visit.value_mm for visit in visits])
    seen = float(values.std(ddof=1)) * _student(len(visits) - 1)
    told = float(np.sqrt(np.mean([visit.std_random_mm**2 for visit in visits])))
    return Measurement(
        first.name,
        float(values.mean()),
        max(seen, told) / math.sqrt(len(visits)),
        max(visit.std_systematic_mm for visit in visits),
        sum(visit.samples for visit in visits),
        first.method,
        first.scale_source,
        max(visit.scale_std_percent for visit in visits),
        first.hand,
    )


def combined(measurements: Sequence[Measurement], /) -> Measurement:
    """The same quantity by several methods, weighed by what is independent in each.

    Those that rest on one and the same scale share its error in full: it does not average out.
    """
    first = _alike(measurements)
    if len(measurements) == 1:
        return first
    values = np.array([each.value_mm for each in measurements])
    scale = values * np.array([each.scale_std_percent for each in measurements]) / 100
    systematic = np.array([each.std_systematic_mm for each in measurements])
    own = np.sqrt(np.maximum(systematic**2 - scale**2, 0.0))
    scale = np.minimum(scale, systematic)
    random = np.array([each.std_random_mm for each in measurements])
    weights = 1.0 / np.maximum(random**2 + systematic**2, 1e-12)
    weights /= weights.sum()
    sources = [each.scale_source for each in measurements]
    common = sum(
        float(np.abs(weights * scale)[[source == one for source in sources]].sum()) ** 2 for one in set(sources)
    )
    lead = int(np.argmax(weights))
    return Measurement(
        first.name,
        float(weights @ values),
        float(np.linalg.norm(weights * random)),
        math.sqrt(float(np.sum((weights * own) ** 2)) + common),
        sum(each.samples for each in measurements),
        "+".join(dict.fromkeys(each.method for each in measurements)),
        sources[lead],
        100 * math.sqrt(common) / abs(float(weights @ values)),
        next((each.hand for each in measurements if each.hand), ""),
    )


def taped(name: str, first_mm: float, second_mm: float, /) -> Measurement | None:
    """A tape taken twice: u = max(5, difference) mm; None when the two differ by more than 10 mm: once more."""
    apart = abs(first_mm - second_mm)
    if apart > TAPE_APART_MM:
        return None
    return Measurement(name, (first_mm + second_mm) / 2, 0.0, max(TAPE_STD_MM, apart), 2, "tape", "given", 0.0)


def said(value: float, u95: float, /) -> tuple[str, str]:
    """(value, U): U with two significant digits, the value to the same place: ("561", "24"), ("16.92", "0.41")."""
    if not u95 > 0:
        raise ValueError(f"a value without doubt is not shown: {value} +- {u95}")
    places = 1 - math.floor(math.log10(u95))
    if round(u95, places) >= 10 ** (2 - places):  # 9.96 is said as 10, not as 10.0
        places -= 1
    digits = max(places, 0)
    return f"{round(value, places) + 0.0:.{digits}f}", f"{round(u95, places):.{digits}f}"  # no "-0"


def _alike(measurements: Sequence[Measurement]) -> Measurement:
    names = {each.name for each in measurements}
    if len(names) != 1:
        raise ValueError(f"measurements of one quantity are combined, not of {sorted(names)}")
    return measurements[0]


def _student(freedom: float) -> float:
    """Student's 95 % point over the normal's: few looks know their own scatter badly (Cornish-Fisher, within 5 %)."""
    z = 1.959964
    n = max(freedom, 1.5)
    terms = (
        (z**3 + z) / (4 * n),
        (5 * z**5 + 16 * z**3 + 3 * z) / (96 * n**2),
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / (384 * n**3),
    )
    return 1 + sum(terms) / z
