"""What a jeweller would say of a piece on a body: each note a code, and phrases with the values that fill them.

No sentence stands here: a phrase is a key of web/words/fit.en.json and its values, so that every language says the
same of the same numbers. Values are plain decimals as they are to be read, already rounded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from tryon.fit.balance import NOD_RAD, WEIGHT_TOLERANCE, in_a_bow
from tryon.fit.bands import Band, Outcome, Rule, line_of
from tryon.fit.gaps import (
    ARC_STD_MM,
    AROUND,
    BREADTH,
    CROWN_STD,
    EAR_ROOM_MM,
    KNUCKLE_MM,
    LENGTH,
    SEAT_STD_MM,
    TUCKED_STD_MM,
    WIDE_BAND_MM,
    Body,
    ear_arc_mm,
    finger_of,
    front_above_mm,
    hand_of,
    knuckle_mm,
    oval_mm,
    perch_depth_mm,
    perch_share,
    sized_head,
)
from tryon.fit.measure import said
from tryon.fit.seat import taper
from tryon.fit.sides import apart_mm
from tryon.fit.sides import hand_of as worn_by
from tryon.fit.sizes import Odds, bangle_odds, bracelet_length_mm, inches, necklace_name, normal_share
from tryon.types import Measurement, Piece

Level = Literal["fine", "advice", "act", "stop"]

LIKELY = 0.5
"From here on a note says what to do, not what might be wanted."
WORTH_SAYING = 0.05
"What is less likely is not said."
UNEVEN_MM = 8.0
"Gaps at the sides and at front and back that differ by more ask for a bend or pads [J]."
PRESSES_N = 1.2
"What a side of the head bears for an hour from a spring (facts: fit, section 3) [S]."
BRACELET_STD_MM = 5.0
"People's taste round the middle of a comfortable bracelet [J]."
ANCHORS: tuple[tuple[float, str, Level], ...] = (
    (150.0, "two_combs", "advice"),
    (300.0, "combs_and_elastic", "advice"),
    (500.0, "full_base", "act"),
    (math.inf, "time_limit", "stop"),
)
"Weight up to, g; code, level [J] (facts: fit, section 3)."
LEVELS: dict[Outcome, Level] = {"fits": "fine", "adjust": "act", "too_small": "stop", "too_large": "stop"}
LEAST_U95 = 0.1
"Nothing that was measured is told more surely, mm or N."
DONE = "nothing_to_do"


@dataclass(frozen=True, slots=True)
class Phrase:
    """A key of the words, and what fills them."""

    key: str
    values: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class FitNote:
    """One thing to know or do."""

    code: str
    level: Level
    probability: float
    because: tuple[Phrase, ...]
    action: Phrase
    mm: float
    u95_mm: float = 0.0
    "Of `mm`; 0: the millimetres rest on nothing that was measured."


def band_note(band: Band, portion: float, piece: Piece, value: float, std: float, /, *, sure: bool) -> FitNote:
    """What the likeliest band says; while nobody can tell (not `sure`) there is nothing to be done by it."""
    if band.line == "perch":
        because = Phrase("share.perch", {"share": _doubted(100 * value, 200 * std)})
        action, mm, u95 = Phrase(band.key), 0.0, 0.0
    else:
        because = Phrase(f"gap.{band.line}", {"gap": _doubted(value, 2 * std)})
        action, mm, u95 = _action(band, piece, value, std)
    if not sure:
        return FitNote(band.code, "advice", portion, (because,), Phrase("wait"), 0.0)
    return FitNote(band.code, LEVELS[band.outcome], portion, (because,), action, mm, u95)


def perhaps(
    bands: Sequence[Band], portions: Sequence[float], piece: Piece, value: float, std: float, /
) -> list[FitNote]:
    """What is likeliest to be wanted where the middle of what is possible fits, and too much of the rest does not."""
    wanted = [index for index, band in enumerate(bands) if band.outcome == "adjust" and band.line != "perch"]
    if not wanted:
        return []
    index = max(wanted, key=lambda each: portions[each])
    band, portion = bands[index], portions[index]
    if portion < WORTH_SAYING:
        return []
    # mean and std of a normal between two limits
    limits = [(edge - value) / std for edge in (band.low, band.high)]
    density = [0.0 if math.isinf(z) else math.exp(-z * z / 2) / math.sqrt(2 * math.pi) for z in limits]
    shift = (density[0] - density[1]) / portion
    ends = [0.0 if math.isinf(z) else z * each for z, each in zip(limits, density, strict=True)]
    narrower = math.sqrt(max(1 + (ends[0] - ends[1]) / portion - shift**2, 0.0))
    action, mm, u95 = _action(band, piece, value + std * shift, std * narrower)
    because = Phrase("perhaps", {"of": f"{100 * portion:.0f}"})
    return [FitNote(band.code, "advice", portion, (because,), action, mm, u95)]


def cautions(piece: Piece, body: Body, gap: float, std: float, /) -> list[FitNote]:
    """What may ask for an adjustment though the gap fits, each with its probability: an oval that is not the head's,
    ends that lie on the ears, a spring that presses too hard."""
    found = []
    line = line_of(piece)
    if line == "circlet" and BREADTH in body.known and LENGTH in body.known:
        found.append(_uneven(piece, body))
    if piece.seat.line == "tiara" and body.shape is not None:
        found.append(_ends(piece, body))
    if line == "open_band" and piece.seat.spring_n_per_mm > 0:
        found.append(_spring(piece, gap, std))
    return found


def notes(piece: Piece, body: Body, gap: float, std: float, /) -> list[FitNote]:
    """What else a jeweller would say of it, by the gap that decides and its std."""
    line, size, known = line_of(piece), piece.size, body.known
    found: list[FitNote] = []
    if line == "perch":
        found.append(_perched(piece, body))
    if line == "necklace":
        fall = max(gap, 0.0) / 2
        because = Phrase(f"chain.{necklace_name(size.chain_length_mm)}", {"inches": inches(size.chain_length_mm)})
        action = Phrase("fall", {"mm": _doubted(fall, std)})  # U of half a gap is the gap's std
        found.append(FitNote("fall", "fine", 1.0, (because,), action, round(fall, 1), round(std, 1)))
    if line == "bracelet":
        wrist = known["wrist_circumference"]
        length, u95 = bracelet_length_mm(wrist.value_mm, "comfort"), 2 * math.hypot(wrist.std_mm, BRACELET_STD_MM)
        because = Phrase("bracelet_length.because")
        action = Phrase("bracelet_length", {"mm": _doubted(length, u95)})
        found.append(FitNote("bracelet_length", "fine", 1.0, (because,), action, round(length, 1), round(u95, 1)))
    if line == "bangle":
        hand = known[hand_of(known)]
        tucked = TUCKED_STD_MM * (hand.name == "hand_circumference")
        odds = bangle_odds(hand.value_mm, math.hypot(hand.std_mm, tucked))
        first, *others = (_bangle(each) for each in odds[:3])
        because_all = tuple(others) or (Phrase("bangle_odds.sure"),)
        found.append(FitNote("bangle_odds", "fine", odds[0].probability, because_all, first, float(first.values["mm"])))
    if line == "ring" and (wider := knuckle_mm(piece, known)) > KNUCKLE_MM:
        base, knuckle = finger_of(piece)
        u95 = 2 * body.spread(lambda q: q[knuckle] - q[base], (base, knuckle))[1]
        because = Phrase("knuckle.because", {"mm": _doubted(wider, u95)})
        found.append(FitNote("knuckle", "advice", 1.0, (because,), Phrase("knuckle"), round(wider, 1), round(u95, 1)))
    if line == "ring" and size.band_width_mm >= WIDE_BAND_MM:
        because = Phrase("wide_band.because", {"mm": f"{size.band_width_mm:.1f}"})
        found.append(FitNote("wide_band", "advice", 1.0, (because,), Phrase("wide_band"), 0.3))
    if piece.worn_on == "head":
        if body.shape is not None:
            found.append(_seat_height(piece, body))
        found.append(_weight(piece))
    return found


def rule_notes(piece: Piece, rules: Sequence[Rule], /) -> list[FitNote]:
    """What a pageant's rules say of the piece itself: each that it breaks, or that it keeps them all."""
    name, kinds = rules[0].rules, sorted({rule.kind for rule in rules})
    asked = [rule for rule in rules if rule.kind == piece.kind]
    if not asked:
        because = tuple(Phrase(f"rules.only.{kind}", {"rules": name}) for kind in kinds)
        return [FitNote("rules_kind", "stop", 1.0, because, Phrase("rules_kind"), 0.0)]
    size = piece.size
    told = {
        "across_mm": (size.inner_length_mm + size.inner_breadth_mm) / 2,
        "out_of_round_mm": abs(size.inner_length_mm - size.inner_breadth_mm),
        "height_mm": size.height_mm,
    }
    found = []
    for rule in asked:
        value = told[rule.measure]
        if rule.low <= value <= rule.high:
            continue
        off = rule.low - value if value < rule.low else value - rule.high
        values = {"rules": name, "mm": f"{value:.1f}", "low": f"{rule.low:.1f}", "high": f"{rule.high:.1f}"}
        action = Phrase(f"rules.{'more' if value < rule.low else 'less'}.{rule.measure}", {"mm": f"{off:.1f}"})
        because = (Phrase(f"rules.{rule.measure}", values),)
        found.append(FitNote(f"rules_{rule.measure.removesuffix('_mm')}", "stop", 1.0, because, action, round(off, 1)))
    if not found:
        kept = (Phrase("rules_kept.because", {"rules": name}),)
        found.append(FitNote("rules_kept", "fine", 1.0, kept, Phrase("rules_kept"), 0.0))
    return found


def hand_notes(piece: Piece, needed: Sequence[Measurement], /) -> list[FitNote]:
    """That only the other hand was measured, or that nobody said which."""
    hand = worn_by(piece)
    strange = [each for each in needed if hand and each.hand != hand]
    if not strange:
        return []
    first = strange[0]
    code = f"hand_{'other' if first.hand else 'unsaid'}"
    apart, _ = said(2 * apart_mm(first.name, first.value_mm), 2 * apart_mm(first.name, first.value_mm))
    because = (Phrase(f"{code}.because.{hand}", {"mm": apart}),)
    return [FitNote(code, "advice", 1.0, because, Phrase(f"{code}.{hand}"), float(apart))]


def not_measured(quantity: str, step_key: str, /) -> FitNote:
    """That what decides is missing, and how to measure it."""
    return FitNote("not_measured", "advice", 1.0, (Phrase(f"not_measured.{quantity}"),), Phrase(step_key), 0.0)


def _action(band: Band, piece: Piece, value: float, std: float) -> tuple[Phrase, float, float]:
    """What to do, by how much, and its U: as far off as the gap that it follows from."""
    mm, u95 = max(band.mm_factor * value + band.mm_offset, 0.0), 2 * abs(band.mm_factor) * std
    if band.by_adjusting and band.outcome != "too_small":
        mm = min(mm, piece.adjustable_mm)
    key = band.code if band.code in ("too_small", "elastic_takes_up", "elastic_gives") else band.key
    return Phrase(key, {"mm": _doubted(mm, u95)}), round(mm, 1), round(u95, 1)


def _bangle(odds: Odds) -> Phrase:
    over = odds.label.startswith("over ")
    values = {"mm": odds.label.removeprefix("over "), "of": f"{100 * odds.probability:.0f}"}
    return Phrase("bangle_odds.over" if over else "bangle_odds", values)


def _doubted(value: float, u95: float) -> str:
    """`6.2 ± 4.4`: no number is told without its doubt."""
    return " ± ".join(said(value, max(u95, LEAST_U95)))


def _uneven(piece: Piece, body: Body) -> FitNote:
    """A closed band whose oval is not the head's presses at two sides and stands off at the others."""
    share = taper(piece, body.shape) if body.shape is not None else 1.0

    def room(q: Mapping[str, float]) -> tuple[float, float]:
        # heads are a little fuller than ellipses: the oval is the head's, its size the tape's
        long, broad = oval_mm(share * q[AROUND], q[BREADTH] / q[LENGTH])
        return (piece.size.inner_breadth_mm - broad) / 2, (piece.size.inner_length_mm - long) / 2

    names = (AROUND, BREADTH, LENGTH)
    values = {name: body.value(name) for name in names}
    side, front = room(values)
    uneven, std, _ = body.spread(lambda q: room(q)[0] - room(q)[1], names)
    made = piece.tolerance_mm / math.sqrt(3)
    stds = [math.hypot(body.spread(lambda q, part=part: room(q)[part], names)[1], made / 2) for part in (0, 1)]  # type: ignore[misc]
    probability = 1 - normal_share(-UNEVEN_MM, UNEVEN_MM, uneven, std)
    wanted = [
        body.spread(lambda q, part=part: oval_mm(piece.size.arc_mm, q[BREADTH] / q[LENGTH])[part], (BREADTH, LENGTH))  # type: ignore[misc]
        for part in (0, 1)
    ]
    long, broad = (_doubted(each, 2 * std) for each, std, _ in wanted)
    oval = {"length": long, "breadth": broad, "mm": _doubted(uneven, 2 * std)}
    if probability >= LIKELY:
        spoken = {"side": _doubted(side, 2 * stds[0]), "front": _doubted(front, 2 * stds[1])}
        because, level = Phrase("bend_oval.because", spoken), "act"
    else:
        because, level = Phrase("bend_oval.perhaps", {"of": f"{100 * probability:.0f}"}), "advice"
    action = Phrase("bend_oval.or_pad" if uneven > UNEVEN_MM else "bend_oval", oval)
    mm, u95 = round(abs(uneven), 1), round(2 * std, 1)
    return FitNote("bend_oval", level, probability, (because,), action, mm, u95)  # type: ignore[arg-type]


def _ends(piece: Piece, body: Body) -> FitNote:
    """How far the ends of a tiara stop before the ears or reach behind them, and whether they would lie on them."""
    shape = body.shape
    assert shape is not None

    def arc_of(q: Mapping[str, float]) -> float:
        return ear_arc_mm(piece, sized_head(shape, q[BREADTH], q[LENGTH]))[0]

    arc, std, _ = body.spread(arc_of, (BREADTH, LENGTH))
    _, clear = ear_arc_mm(piece, shape)
    std = math.hypot(std, ARC_STD_MM)
    spare = (arc - piece.size.arc_mm) / 2
    spare_std = math.hypot(std, piece.tolerance_mm / math.sqrt(3)) / 2
    values = {"mm": _doubted(abs(spare), 2 * spare_std), "clear": _doubted(max(clear, 0.0), 2 * SEAT_STD_MM)}
    band = _doubted(piece.size.arc_mm, piece.tolerance_mm)
    because = (Phrase("ear_arc.because", {"band": band, "arc": _doubted(arc, 2 * std)}),)
    behind = normal_share(-math.inf, 0.0, spare, spare_std)
    on_ears = behind * normal_share(-math.inf, EAR_ROOM_MM, clear, SEAT_STD_MM)
    if on_ears >= LIKELY:
        code, level = "over_ears", "act"
    else:
        code, level = "ends_before_ears" if spare >= 0 else "ends_behind_ears", "fine"
    mm, u95 = round(abs(spare), 1), round(2 * spare_std, 1)
    return FitNote(code, level, on_ears, because, Phrase(code, values), mm, u95)  # type: ignore[arg-type]


def _spring(piece: Piece, gap: float, std: float) -> FitNote:
    """With how much force a spring band presses at each side, and how much of it is too much."""
    stiffness = piece.seat.spring_n_per_mm
    most = PRESSES_N / stiffness
    probability = normal_share(-math.inf, -most, gap, std)
    force = _doubted(max(-gap, 0.0) * stiffness, 2 * std * stiffness)
    because = Phrase("spring_force.because", {"force": force, "most": f"{PRESSES_N:.1f}"})
    more, u95 = max(-gap - most, 0.0), 2 * std
    if probability < LIKELY:
        return FitNote("spring_force", "fine", probability, (because,), Phrase(DONE), 0.0)
    action = Phrase("spring_force", {"mm": _doubted(more, u95)})
    return FitNote("spring_force", "act", probability, (because,), action, round(more, 1), round(u95, 1))


def _perched(piece: Piece, body: Body) -> FitNote:
    """Where a perched crown rests, and the room at its sides."""
    size, names = piece.size, (BREADTH, LENGTH)
    below, std, _ = body.spread(lambda q: perch_depth_mm(size, q), names)
    below_u95 = 2 * math.hypot(std, CROWN_STD * below)

    def room(q: Mapping[str, float]) -> float:
        return (size.inner_breadth_mm - min(perch_share(size, q), 1.0) * q[BREADTH]) / 2

    side, side_std, _ = body.spread(room, names)
    side_std = math.hypot(side_std, piece.tolerance_mm / math.sqrt(3) / 2)
    side_u95 = 2 * side_std
    values = {"below": _doubted(below, below_u95), "side": _doubted(max(side, 0.0), side_u95)}
    because = (Phrase("perch_height.because", values),)
    if side > UNEVEN_MM:
        action, mm = Phrase("side_pads", {"mm": values["side"]}), round(side, 1)
        return FitNote("side_pads", "advice", 1.0, because, action, mm, round(side_u95, 1))
    return FitNote("perch_height", "fine", 1.0, because, Phrase(DONE), round(below, 1), round(below_u95, 1))


def _seat_height(piece: Piece, body: Body) -> FitNote:
    shape = body.shape
    assert shape is not None
    if BREADTH in body.known and LENGTH in body.known:
        above, std, _ = body.spread(
            lambda q: front_above_mm(piece, sized_head(shape, q[BREADTH], q[LENGTH])), (BREADTH, LENGTH)
        )
    else:
        above = front_above_mm(piece, shape)
        std = above * shape.std_percent / 100
    u95 = 2 * math.hypot(std, SEAT_STD_MM)
    because = (Phrase("seat_height.because", {"mm": _doubted(above, u95)}),)
    return FitNote("seat_height", "fine", 1.0, because, Phrase("seat_height"), round(above, 1), round(u95, 1))


def _weight(piece: Piece) -> FitNote:
    grams = piece.size.weight_g
    _, code, level = next(row for row in ANCHORS if grams <= row[0])
    moment, pull = in_a_bow(piece)
    because = [Phrase("weight", {"grams": _weighed(grams)})]
    lean = f"{math.degrees(NOD_RAD):.0f}"
    if abs(pull) >= 0.05:
        because.append(Phrase(f"bow.{'forward' if pull > 0 else 'back'}", {"pull": _weighed(abs(pull)), "lean": lean}))
    if moment > 0:
        hold = moment / max(piece.size.inner_length_mm, 1.0)
        because.append(Phrase("bow.tips", {"moment": _weighed(moment), "hold": _weighed(hold), "lean": lean}))
    elif abs(pull) >= 0.05:
        because.append(Phrase("bow.stays", {"lean": lean}))
    return FitNote(code, level, 1.0, tuple(because), Phrase(code), 0.0)


def _weighed(value: float) -> str:
    """Of what follows from the declared weight alone: as far off as that may be when the piece is weighed."""
    return " ± ".join(said(value, max(WEIGHT_TOLERANCE * value, 0.01)))
