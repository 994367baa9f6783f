"""A piece against a body: does it fit, how sure is that, and what would a bench jeweller do, in millimetres.

Each kind of piece has one gap that decides (`fit.gaps`), and bands of that gap with a verdict and an action each
(`fit.bands`). What is not known of the gap is spread over the bands: "fits" is said only when nine tenths of it fit.
Nothing here moves a piece; that is `fit.seat` and `fit.dress`.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from tryon.fit.bands import FitTables, Outcome, Rule, bands_of, line_of, needed_u95_mm, offered_sizes
from tryon.fit.gaps import (
    BREADTH,
    CROWN_STD,
    LENGTH,
    Body,
    gap_of,
    made_std,
    model_std,
    perch_depth_mm,
    perch_share,
    section_of,
    sized_head,
)
from tryon.fit.notes import (
    DONE,
    LIKELY,
    WORTH_SAYING,
    FitNote,
    Phrase,
    band_note,
    cautions,
    hand_notes,
    not_measured,
    notes,
    perhaps,
    rule_notes,
)
from tryon.fit.sides import hand_of
from tryon.fit.sizes import normal_share
from tryon.fit.steps import NextStep, next_step, step_of
from tryon.types import Piece

Measured = tuple[float, float]
"(value, std) mm."
Word = Literal["fits", "adjust", "too_small", "too_large", "cannot_tell"]

SURE = 0.9
"Of what is possible must fit, or nothing is said to fit (facts: fit, section 6)."
NO_SIZE: dict[Outcome, float] = {"fits": 1.0, "adjust": 0.0, "too_small": 0.0, "too_large": 0.0}
ORDER: dict[Word, int] = {"fits": 0, "adjust": 1, "cannot_tell": 2, "too_large": 3, "too_small": 3}


@dataclass(frozen=True, slots=True)
class Verdict:
    """How one piece fits one body."""

    piece: str
    verdict: Word
    probability: float
    "Of the verdict; with `adjust`, that it fits as it is or adjusted; with `cannot_tell`, the same."
    odds: Mapping[Outcome, float]
    "Of all four outcomes; empty when something that is needed was not measured."
    line: str
    "Which gap decides; empty: nothing to fit."
    gap_mm: float | None
    """Inside of the piece less what it goes round; of a perched crown, how far below the top of the head it rests.
    None: not measured, or nothing to fit."""
    gap_std_mm: float | None
    size: str
    "The offered size that this is said of; empty: the piece as it is."
    notes: tuple[FitNote, ...]
    next_step: NextStep | None
    section: tuple[Measured, Measured] | None
    """Breadth and length of the head over hair in the plane of an open band's own seat, or where a crown perches; None
    for other pieces."""
    rules_kept: bool | None
    "Whether it keeps the pageant's rules; None: none were chosen, or it is not worn on the head."


def verdict(piece: Piece, body: Body, tables: FitTables, /, *, rules: Sequence[Rule] = ()) -> Verdict:
    """How the piece fits her, in the offered size that does best; `rules` are one pageant's."""
    body = body.sized().with_hand(hand_of(piece))
    own = _judged(piece, "", body, tables, rules)
    if own.odds.get("fits", 1.0) >= SURE:
        return own
    offered = [_judged(sized, label, body, tables, rules) for label, sized in offered_sizes(piece)]
    return max([own, *offered], key=lambda each: (-ORDER[each.verdict], each.odds["fits"] if each.odds else 0.0))


def rank(
    pieces: Iterable[Piece], body: Body, tables: FitTables, /, *, rules: Sequence[Rule] = ()
) -> tuple[Verdict, ...]:
    """All of a shelf, what fits best first."""
    judged = (verdict(piece, body, tables, rules=rules) for piece in pieces)
    return tuple(sorted(judged, key=lambda each: (ORDER[each.verdict], -each.probability, each.piece)))


def _judged(piece: Piece, size: str, body: Body, tables: FitTables, rules: Sequence[Rule]) -> Verdict:
    line, known = line_of(piece), body.known
    ruled = rule_notes(piece, rules) if rules and piece.worn_on == "head" else []
    kept = all(note.code == "rules_kept" for note in ruled) if ruled else None
    if not line:
        return Verdict(piece.id, "fits", 1.0, NO_SIZE, line, None, None, size, tuple(ruled), None, None, kept)
    needed, gap = gap_of(piece, body)
    absent = [name for name in needed if name not in known]
    if absent or gap is None:
        quantity = absent[0] if absent else BREADTH
        step = NextStep(step_of(quantity), quantity, None)
        missing = not_measured(quantity, step.key)
        return Verdict(piece.id, "cannot_tell", 0.0, {}, line, None, None, size, (missing, *ruled), step, None, kept)
    value, std, shares = body.spread(gap, needed)
    std = math.hypot(std, made_std(piece), model_std(piece, needed))
    bands = bands_of(piece, tables)
    portions = [normal_share(band.low, band.high, value, std) for band in bands]
    odds: dict[Outcome, float] = {"fits": 0.0, "adjust": 0.0, "too_small": 0.0, "too_large": 0.0}
    for band, portion in zip(bands, portions, strict=True):
        odds[band.outcome] += portion
    warned = cautions(piece, body, value, std)
    for note in warned:
        moved = odds["fits"] * note.probability
        odds["fits"], odds["adjust"] = odds["fits"] - moved, odds["adjust"] + moved
    word, probability = _word(odds)
    at = next(index for index, band in enumerate(bands) if band.low <= value < band.high)
    said = [band_note(bands[at], portions[at], piece, value, std, sure=word != "cannot_tell")]
    if word == "fits" and portions[at] < LIKELY:
        # it fits in one way or another: what is asked for in this way alone is not hers yet
        said[0] = replace(said[0], action=Phrase(DONE), mm=0.0)
    if word == "adjust" and bands[at].outcome == "fits":
        said += perhaps(bands, portions, piece, value, std)
    for note in warned:
        if note.code != "bend_oval" or note.probability >= (WORTH_SAYING if word == "adjust" else LIKELY):
            said.append(note)
    said += [*notes(piece, body, value, std), *hand_notes(piece, [known[name] for name in needed]), *ruled]
    needed_u95 = 0.0 if word == "cannot_tell" else needed_u95_mm(piece, tables)
    decided = word in ("too_small", "too_large") or 2 * std <= needed_u95
    step_after = None if decided else next_step(line, known, shares, tables)
    if line == "perch":
        value, std, _ = body.spread(lambda q: perch_depth_mm(piece.size, q), needed)
        std = math.hypot(std, CROWN_STD * value)
    section = _section(piece, body) if line in ("open_band", "combs", "perch") else None
    return Verdict(piece.id, word, probability, odds, line, value, std, size, tuple(said), step_after, section, kept)


def _section(piece: Piece, body: Body) -> tuple[Measured, Measured]:
    shape = body.shape

    def at_seat(q: Mapping[str, float]) -> tuple[float, float]:
        if line_of(piece) == "perch":
            share = min(perch_share(piece.size, q), 1.0)
            return share * q[BREADTH], share * q[LENGTH]
        assert shape is not None, "an open band is judged on a head"
        found = section_of(piece, sized_head(shape, q[BREADTH], q[LENGTH]))
        return 2 * found.half_breadth, 2 * found.half_length

    broad, broad_std, _ = body.spread(lambda q: at_seat(q)[0], (BREADTH, LENGTH))
    long, long_std, _ = body.spread(lambda q: at_seat(q)[1], (BREADTH, LENGTH))
    # a perched crown touches her, and is itself made to a tolerance
    made = piece.tolerance_mm / math.sqrt(3) if line_of(piece) == "perch" else 0.0
    return (broad, math.hypot(broad_std, made)), (long, math.hypot(long_std, made))


def _word(odds: Mapping[Outcome, float]) -> tuple[Word, float]:
    wearable = odds["fits"] + odds["adjust"]
    if odds["fits"] >= SURE:
        return "fits", odds["fits"]
    if wearable >= SURE:
        return "adjust", wearable
    if odds["too_small"] >= SURE:
        return "too_small", odds["too_small"]
    if odds["too_large"] >= SURE:
        return "too_large", odds["too_large"]
    return "cannot_tell", wearable
