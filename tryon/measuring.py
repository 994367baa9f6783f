"""A wearer measured at the live mirror, and all that is known of anybody as it is told: measures, fit, what to do."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, get_args

import msgspec
import numpy as np
from msgspec import Meta

from tryon.calibration import Calibration, read_calibration
from tryon.capture import Capture, Seen
from tryon.conclusion import Concluded, concluded, origins
from tryon.errors import InputError
from tryon.fit.bands import Rule
from tryon.fit.gaps import Body
from tryon.fit.given import Given, Question, known
from tryon.fit.notes import FitNote, Phrase
from tryon.fit.population import Planned
from tryon.fit.sides import has_side
from tryon.fit.size_table import size_rows
from tryon.fit.sizes import spanned
from tryon.fit.verdict import Verdict, rank
from tryon.geometry.camera import camera_at
from tryon.looks.head import PROFILE_RAD
from tryon.messages import AsWorn, GivenSet, MeasureStart, Measuring, Part
from tryon.messages import Step as Asks
from tryon.settings import Settings
from tryon.types import F64, Camera, Frame, Hand, HeadShape, Measurement, Piece, Scale, ScaleSource
from tryon.visits import Visit, together
from tryon.words import english

LOOKS_MOST = 400
"Outlines that a live capture keeps: 50 s of them."
REFERENCE_EVERY_S = 0.6
"A live capture searches a card no oftener: a search takes 0.2 s, nearly all of it in Python, which the mirror needs."
HAND_EVERY = 2
"""Of a live capture's looks, eight a second at most, so many to one search for a card beside the hand: no face is
looked at meanwhile."""
WANTED: Mapping[Asks, int] = {"look": 10, "card": 6, "left": 4, "right": 4, "chin": 2, "neck": 3, "hand": 12}
"Looks that each step of the guide waits for; fewer do, with more doubt."
STEPS: Mapping[Part, tuple[Asks, ...]] = {
    "head": ("look", "card", "left", "right"),
    "neck": ("look", "card", "left", "right", "neck"),
    "hand": ("hand",),
    "chin": ("look", "chin"),
}
"What each part of her takes."
SEATED_BY = ("tragion_left", "tragion_right", "glabella", "chin", "opisthocranion")
"Points of a head that seats are found by (tryon.fit.seat, tryon.fit.gaps)."
HEAD_LEAST_MM, HEAD_MOST_MM = 40.0, 400.0
"No half of a head is less, no point of one is farther from its origin."
HIDDEN_BY_HAIR: tuple[Asks, ...] = ("left", "right", "neck")
"Loose hair hides all that a turn would show, and the neck."


class Fitter:
    """Measures one wearer at the live mirror, one visit. One thread's from first to last."""

    def __init__(self, settings: Settings, asked: MeasureStart, camera: Camera | None = None, /) -> None:
        self._hair = asked.hair
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

    def ask(self, step: Asks, /) -> None:
        """What she is asked for from now on: a hand is not looked for in her face, nor a face beside her hand."""
        self._capture.attend(head=step != "hand", hands=step == "hand")

    def look(self, frame: Frame, /) -> None:
        """One more frame."""
        self._capture.look(frame)

    def progress(self) -> Measuring:
        """How far it is."""
        return progress_of(self._capture.seen(), self._steps)

    def visit(self) -> Visit:
        """All that was seen of her."""
        told = self._capture.told(loose=self._hair == "loose")
        if self._steps == STEPS["hand"]:  # her face was not asked for
            told.reasons = [reason for reason in told.reasons if reason != "face_not_found"]
        if "hand" in self._steps and not self._capture.seen().hands:
            told.reasons.append("hand_not_measured")
        return Visit(told, self._hair)

    def close(self) -> None:
        """Give the models back."""
        self._capture.close()


class Cutter:
    """Says all that is known of one wearer, and judges the whole shelf on her. For any thread: it keeps nothing."""

    def __init__(self, settings: Settings, pieces: Callable[[], Sequence[Piece]], /) -> None:
        """`pieces`: those of the shelf, as they are when she is measured."""
        self._settings, self._pieces = settings, pieces
        self._tables = read_calibration(Path(settings.calibration))

    def fitter(self, asked: MeasureStart, camera: Camera | None, /) -> Fitter:
        """For one visit, by her camera if it is known; on the thread that measures."""
        return Fitter(self._settings, asked, camera)

    def known(self, asked: Sequence[GivenSet], /) -> tuple[Given, ...] | Question:
        """What she knows, or what is to be asked back."""
        return known(
            [(each.name, each.values, each.how, each.unit, each.hand) for each in asked], origins(self._tables)
        )

    def report(self, visits: Sequence[Visit], given: Sequence[Given], /) -> dict[str, Any]:
        """As `tryon measure` writes it (DESIGN section 6)."""
        return measures_json(visits, self._tables, self._pieces(), given=given)


def steps_of(parts: Sequence[Part], hair: AsWorn, /) -> tuple[Asks, ...]:
    """The guide's steps for these parts of her, with her hair as it is worn, in their order."""
    asked = {step for part in parts for step in STEPS[part]}
    return tuple(step for step in WANTED if step in asked and not (hair == "loose" and step in HIDDEN_BY_HAIR))


def progress_of(seen: Seen, steps: Sequence[Asks], /) -> Measuring:
    """How far each step is. A turn is done when enough was seen past the profile and she is on her way back."""
    left, right = zip(seen.reach_rad, seen.profiles, strict=True)
    shares: dict[Asks, float] = {
        "look": seen.frontal / WANTED["look"],
        "card": seen.references / WANTED["card"],
        "left": _turned(*left, WANTED["left"]),
        "right": _turned(*right, WANTED["right"]),
        "chin": seen.chin / WANTED["chin"],
        "neck": seen.throats / WANTED["neck"],
        "hand": seen.hands / WANTED["hand"],
    }
    return Measuring(
        steps={step: round(float(min(shares[step], 1.0)), 2) for step in steps},
        card_refused=seen.refused,
        hinders=seen.hinders,
        frames=seen.frames,
        accepted=seen.accepted,
        hand=seen.hand,
    )


def _turned(reach_rad: float, profiles: int, wanted: int) -> float:
    return 1.0 if profiles >= wanted else min(0.9, reach_rad / PROFILE_RAD)


def measures_json(
    visits: Sequence[Visit],
    tables: Calibration,
    pieces: Sequence[Piece],
    /,
    *,
    given: Sequence[Given] = (),
    laid: Sequence[Measurement] = (),
    source: str | None = None,
    planned: Planned | None = None,
    rules: Sequence[Rule] = (),
) -> dict[str, Any]:
    """Measures, fit, scale and capture as DESIGN section 6 says; pieces in the order of their fit, the best first.

    `laid`: by what she wears, laid beside a card; `planned`: her hair with the pieces, None as it is worn; `rules`: a
    pageant's.
    """
    told = together(visits).told
    found = concluded(visits, tables, given=given, laid=laid, source=source, planned=planned)
    body = _body(told.shape, found)
    known = {name: measurement_json(one) for name, one in body.known.items()}
    return {
        "measurements": {name: measurement_json(found.measurements[name]) for name in sorted(found.measurements)},
        "other_hand": {name: measurement_json(found.other_hand[name]) for name in sorted(found.other_hand)},
        "over_hair": {name: measurement_json(found.over_hair[name]) for name in sorted(found.over_hair)},
        "planned_hair": {
            "name": planned or "",
            "measurements": {name: measurement_json(found.planned[name]) for name in sorted(found.planned)},
        },
        "rules": rules[0].rules if rules else "",
        "fit": {judged.piece: verdict_json(judged) for judged in rank(pieces, body, tables.fit, rules=rules)},
        # of the numbers as they are told: who works them out again from these finds no other size
        "sizes": sizes_json({name: (one["value_mm"], one["u95_mm"] / 2) for name, one in known.items()}),
        "head": head_json(body),
        "scale": scale_json(found.scale),
        "capture": {
            "accepted": told.accepted,
            "frames": told.frames,
            "visits": len(visits),
            "reasons": list(found.reasons),
            "camera": camera_json(told.camera),
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
    return Body({**known.measurements, **known.over_hair, **known.planned}, shape, known.errors_mm2, known.other_hand)


def body_of(said: Mapping[str, Any], shape: HeadShape | None, /) -> Body:
    """Her whom pieces are judged on, from what was said of her measures before (`measures_json`), and her head's shape.

    Over hair as it will be worn, where that is planned. What rests on one scale errs together, as there. Raises
    InputError for what nobody said so.
    """
    try:
        planned = said.get("planned_hair", {}).get("measurements", {})
        told = {**said["measurements"], **said.get("over_hair", {}), **planned}
        other = {name: _measurement(name, one) for name, one in said.get("other_hand", {}).items()}
        return Body({name: _measurement(name, one) for name, one in told.items()}, shape, other_hand=other)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise InputError("measures_unreadable", "Her measures cannot be read; please measure her again.") from err


def judged_json(said: Mapping[str, Any], pieces: Sequence[Piece], tables: Calibration, /) -> dict[str, dict[str, Any]]:
    """The verdicts of these pieces on her of whom a report tells (`measures_json`), what fits best first: the same as
    there while the pieces are the same. Raises InputError."""
    try:
        head = said.get("head")
        shape = None if head is None else _shape(head)
        together = {} if head is None else {(one, other): float(mm2) for one, other, mm2 in head["together_mm2"]}
        body = replace(body_of(said, shape), together=together)
    except (KeyError, TypeError, ValueError, AttributeError) as err:
        raise InputError("measures_unreadable", "Her measures cannot be read; please measure her again.") from err
    return {judged.piece: verdict_json(judged) for judged in rank(pieces, body, tables.fit)}


def sizes_json(known: Mapping[str, tuple[float, float]], /) -> list[dict[str, Any]]:
    """Hat, rings, chains and bracelets in four countries by (value, std) of each quantity: from which size to which
    (U), and the odds of each."""
    return [
        {
            "kind": row.kind,
            "quantity": row.quantity,
            "systems": {
                system: {
                    "from": spanned(odds)[0].label,
                    "to": spanned(odds)[1].label,
                    "odds": [{"label": each.label, "probability": round(each.probability, 3)} for each in odds],
                }
                for system, odds in row.odds.items()
            },
        }
        for row in size_rows(known)
    ]


def head_json(body: Body, /) -> dict[str, Any] | None:
    """What seating a piece on her head takes besides her measures; None where her head was not seen. mm, head frame."""
    shape = body.shape
    if shape is None:
        return None
    return {
        "points": {name: _rounded(shape.points[name]) for name in SEATED_BY},
        "cranium_centre": _rounded(shape.cranium_centre),
        "cranium_axes": _rounded(shape.cranium_axes),
        "cranium_pitch_rad": round(float(shape.cranium_pitch_rad), 4),
        "hair_mm": round(float(shape.hair_mm), 2),
        "std_percent": round(float(shape.std_percent), 2),
        "together_mm2": [[*names, round(float(mm2), 3)] for names, mm2 in body.together.items()],
    }


def _shape(said: Mapping[str, Any]) -> HeadShape:
    def point(numbers: Any) -> F64:
        found = np.array(numbers, dtype=np.float64)
        if found.shape != (3,) or not np.all(np.abs(found) < HEAD_MOST_MM):
            raise ValueError("a point of a head")
        return found

    axes = point(said["cranium_axes"])
    pitch, hair, std = (float(said[name]) for name in ("cranium_pitch_rad", "hair_mm", "std_percent"))
    if not (np.all(axes > HEAD_LEAST_MM) and abs(pitch) < 1 and 0 <= hair < HEAD_LEAST_MM and 0 <= std < 100):
        raise ValueError("a head")
    return HeadShape(
        face_points=np.empty((0, 3)),
        points={name: point(said["points"][name]) for name in SEATED_BY},
        cranium_centre=point(said["cranium_centre"]),
        cranium_axes=axes,
        cranium_pitch_rad=pitch,
        hair_mm=hair,
        std_percent=std,
    )


def _rounded(point: F64) -> list[float]:
    return [round(float(each), 2) for each in point]


def _measurement(name: str, said: Mapping[str, Any]) -> Measurement:
    numbers = [float(said[key]) for key in ("value_mm", "u95_random_mm", "u95_systematic_mm")]
    percent = float(said["scale"]["u95_percent"])
    if not all(math.isfinite(number) for number in (*numbers, percent)) or numbers[0] <= 0:
        raise ValueError(name)
    value, random, systematic = numbers
    method, source = str(said["method"]), str(said["scale"]["source"])
    if (hand := said.get("hand", "")) not in get_args(Hand):
        raise ValueError(name)
    return Measurement(name, value, random / 2, systematic / 2, int(said["samples"]), method, source, percent / 2, hand)


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
            "u95_after_mm": None
            if judged.next_step.u95_after_mm is None
            else round(float(judged.next_step.u95_after_mm), 2),
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
        "u95_mm": round(float(note.u95_mm), 1),
        "action": english(note.action),
        "because": english(*note.because),
        "words": {"action": words(note.action), "because": [words(phrase) for phrase in note.because]},
        "probability": round(float(note.probability), 3),
    }


def camera_json(camera: Camera | None) -> dict[str, Any] | None:
    """How well the focal length is known."""
    if camera is None:
        return None
    return {"source": camera.source, "focal_u95_percent": round(200 * camera.focal_std, 2)}


class ScaleSaid(msgspec.Struct):
    """What is read of what `scale_json` says."""

    mm_per_unit: Annotated[float, Meta(ge=0.5, le=2.0)]
    u95_percent: Annotated[float, Meta(gt=0.0, le=50.0)]
    source: ScaleSource


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


def scale_of(said: Any, /) -> Scale | None:
    """Where millimetres came from, from what was said of it (`scale_json`), for the mirror that draws on her; None when
    nothing was seen of her, and for what cannot be so: her irises tell her size then."""
    try:
        told = msgspec.convert(said, ScaleSaid)
    except msgspec.ValidationError:
        return None
    return Scale(told.mm_per_unit, told.mm_per_unit * told.u95_percent / 200, told.source, "eyes", True)


def measurement_json(measurement: Measurement) -> dict[str, Any]:
    """A measurement as DESIGN section 6 says: U = 2 u, random and systematic apart; of a hand's, which one."""
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
        **({"hand": measurement.hand} if has_side(measurement.name) else {}),
    }
