"""What somebody already knows of her, each with its own doubt: a tape, an optician's number, a size she wears.

    "head_circumference=560,563"  ->  Given(head_circumference_over_hair, 561.5 mm, u 5 mm, by tape)

Text in, because that is what people type: on the command line and on the page (tryon.messages). What cannot be so is
no Given but a Question, with what may have been meant. Nothing here is ever logged.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, cast, get_args

from tryon.fit.measure import TAPE_APART_MM, taped
from tryon.fit.population import Sighting
from tryon.fit.scale import TypedPd
from tryon.fit.sides import has_side
from tryon.fit.sizes import (
    BANGLE_EASE_MM,
    POSSIBLE_MM,
    UNIT_MM,
    US_RING_STEP_MM,
    HatSystem,
    RingSystem,
    Unit,
    hat_circumference_mm,
    meant,
    possible,
    ring_diameter_mm,
)
from tryon.types import Hand, Measurement

FINGERS = ("index", "middle", "ring", "little")
PD_ORIGINS = {"optician": "optician_pupillometer", "app": "phone_app_with_card", "self": "self_mirror"}
"The origins of a pupillary distance that are asked for, by the tables' names."
PD_UNKNOWN = "prescription_unknown_method"
HATS: tuple[HatSystem, ...] = ("us", "uk", "eu", "jp")
RINGS: tuple[RingSystem, ...] = ("us", "uk", "eu", "jp")
HAT_STD_MM = 10.0
"One whole size: makers differ, and a hat is worn tight or loose [J]."
RING_STD_MM = US_RING_STEP_MM / 4
"Of a ring she wears: U95 is half a US size, 0.41 mm (facts: fit, section 9: 0.35 mm when it is laid beside a card)."
STRIP_STD_MM = 0.35
"A finger's inner diameter by a paper strip that is read by eye: U95 0.7 mm (facts: fit, section 9)."

Method = Literal[
    "tape", "given pupillary distance", "hat size", "ring size", "paper strip", "ring she wears", "bangle she wears"
]
METHODS: tuple[Method, ...] = get_args(Method)
LAID: Mapping[str, Method] = {"finger": "ring she wears", "bangle": "bangle she wears"}
"By what a name begins with: read off a picture of it beside a card (tryon.owned)."
CARD_SIZE_PERCENT = 0.08
LAID_U95_MM = (0.2, 4.0)
"No such picture tells more, or is worth less."
Reason = Literal["given_unknown", "given_unreadable", "given_impossible", "given_once", "given_apart", "given_twice"]


@dataclass(frozen=True, slots=True)
class Given:
    """One quantity that somebody measured, in true millimetres."""

    name: str
    "As it was given: head_circumference, hat_size, ..."
    quantity: str
    "The measurement it tells of."
    value_mm: float
    "What the origin is known to add is taken off."
    std_mm: float
    method: Method
    hand: Hand = ""
    "Of a ring or a wrist: which."

    def sighting(self) -> Sighting:
        """For the fusion: it rests on no picture and on no scale."""
        return Sighting(self.quantity, self.value_mm, 0.0, self.std_mm, False, 0, self.method)

    def measurement(self) -> Measurement:
        """By itself."""
        if self.method in LAID.values():
            # of the card's size alone: what lies beside it shares no more with other measures by a card
            return Measurement(
                self.quantity, self.value_mm, 0.0, self.std_mm, 0, self.method, "card", CARD_SIZE_PERCENT, self.hand
            )
        return Measurement(self.quantity, self.value_mm, 0.0, self.std_mm, 0, self.method, "given", 0.0, self.hand)


@dataclass(frozen=True, slots=True)
class Question:
    """Asked back, in place of a value that cannot be taken as it is."""

    name: str
    reason: Reason
    detail: str
    "For people: what is wrong with it, and what to do."
    meant_mm: tuple[tuple[float, ...], ...] = ()
    "What may have been meant, likeliest first: as many lengths each as were given, of a strip its own."
    meant_how: str = ""
    "Of a size: the system in which the same label can be."


@dataclass(frozen=True, slots=True)
class Origins:
    """How good what somebody knows is: from the tables of calibration/sizing."""

    typed_pd: Mapping[str, TypedPd]
    assisted_u95_mm: Mapping[str, float]
    "By quantity, measured with a tape."


TAPED = {
    "head_circumference": "head_circumference_over_hair",
    "neck_circumference": "neck_circumference",
    "wrist_circumference": "wrist_circumference",
}
"By name: what a tape reads. Round the head it lies over hair."
FINGER, TUCKED = "finger_inner_diameter_", "hand_circumference_tucked"
BANGLE = "bangle_inner_diameter"
NAMES = (*TAPED, "interpupillary_distance", "hat_size", *(f"{FINGER}{finger}" for finger in FINGERS), BANGLE)
"All that can be given."


def given(
    name: str, values: Sequence[str], origins: Origins, /, *, how: str = "", unit: Unit = "mm"
) -> Given | Question:
    """One value as it was typed, in `unit` where it is a length.

    `how`: of a pupillary distance its origin (optician, app, self; empty: nobody knows), of a hat its system (us, uk,
    eu, jp), of a finger the ring's system, `mm` for a ring's inner diameter, `strip` for the length round it, or `laid`
    for what a picture of the ring beside a card told: its inner diameter and U95; so of a bangle.
    """
    if name not in NAMES:
        return Question(name, "given_unknown", f"'{name}' is not known; say {', '.join(NAMES)}.")
    hows = _hows(name)
    if how not in hows:
        choice = ", ".join(each or "leave it out" for each in hows)
        return Question(name, "given_unknown", f"'{how}' is not known of {_words(name)}; say {choice}.")
    if name == "hat_size" or (name.startswith(FINGER) and how in RINGS):
        return _size(name, values, how)
    if how == "laid":
        return _laid(name, values)
    numbers = [_number(value) for value in values]
    if not numbers or None in numbers or len(numbers) > (2 if name == "head_circumference" else 1):
        example = "560,563" if name == "head_circumference" else "62" if name == "interpupillary_distance" else "160"
        text = ",".join(values)
        return Question(
            name, "given_unreadable", f"'{text}' is no {_words(name)}; give millimetres, such as {example}."
        )
    return _length(name, [number for number in numbers if number is not None], origins, how, unit)


def known(
    asked: Sequence[tuple[str, Sequence[str], str, Unit, Hand]], origins: Origins, /
) -> tuple[Given, ...] | Question:
    """All that was given, (name, values, how, unit, hand) each; the first question where there is one."""
    found: dict[tuple[str, Hand, bool], Given] = {}
    for name, values, how, unit, hand in asked:
        read = given(name, values, origins, how=how, unit=unit)
        if isinstance(read, Question):
            return read
        if hand and not has_side(name):
            return Question(name, "given_unknown", f"A {_words(name)} is of no hand; leave '{hand}' out.")
        of = name, hand, how == "laid"  # a size and a picture of the same ring are two witnesses
        if of in found:
            return Question(name, "given_twice", f"There are two values for the {_words(name)}; give one.")
        found[of] = replace(read, hand=hand)
    return tuple(found.values())


def _hows(name: str) -> tuple[str, ...]:
    if name == "interpupillary_distance":
        return ("", *PD_ORIGINS)
    if name == "hat_size":
        return HATS
    if name == BANGLE:
        return ("laid",)
    return ("mm", "strip", "laid", *RINGS) if name.startswith(FINGER) else ("",)


def _laid(name: str, values: Sequence[str]) -> Given | Question:
    """What was read off a picture of a ring or bangle beside a card: diameter and U95, mm."""
    numbers = [number for value in values if (number := _number(value)) is not None]
    bound = name if name == BANGLE else FINGER.removesuffix("_")
    if len(numbers) != 2 or not possible(bound, numbers[0]) or not LAID_U95_MM[0] <= numbers[1] <= LAID_U95_MM[1]:
        return Question(name, "given_unreadable", "Take the picture of it beside a card once more.")
    value_mm, std_mm = numbers[0], numbers[1] / 2
    method = LAID[name.split("_")[0]]
    if name == BANGLE:  # what is made as wide as hers passes as hers does (fit.sizes)
        return Given(name, TUCKED, math.pi * (value_mm - BANGLE_EASE_MM), math.pi * std_mm, method)
    return Given(name, name, value_mm, std_mm, method)


def _length(name: str, numbers: Sequence[float], origins: Origins, how: str, unit: Unit) -> Given | Question:
    quantity = TAPED.get(name, name)
    # what people type round a finger is a length; what is known of fingers are diameters
    per_mm = math.pi if how == "strip" else 1.0
    bound = FINGER.removesuffix("_") if name.startswith(FINGER) else quantity
    typed = [number / per_mm for number in numbers]
    wrong = [number for number in typed if not possible(bound, number * UNIT_MM[unit])]
    if wrong:
        return _slipped(name, bound, typed, wrong[0], per_mm, unit)
    values_mm = [number * UNIT_MM[unit] for number in typed]
    if name == "head_circumference":
        if len(values_mm) < 2:
            detail = "Take the tape twice, and give both: 560,563. How well they agree tells how good they are."
            return Question(name, "given_once", detail)
        tape = taped(quantity, *values_mm)
        if tape is None:
            apart = abs(values_mm[0] - values_mm[1])
            detail = f"The two differ by {apart:.0f} mm, more than {TAPE_APART_MM:.0f}: take the tape once more."
            return Question(name, "given_apart", detail)
        return Given(name, quantity, tape.value_mm, tape.std_mm, "tape")
    value_mm = values_mm[0]
    if name == "interpupillary_distance":
        origin = origins.typed_pd[PD_ORIGINS.get(how, PD_UNKNOWN)]
        return Given(name, quantity, value_mm - origin.bias_mm, origin.std_mm, "given pupillary distance")
    if name.startswith(FINGER):
        std_mm, method = (STRIP_STD_MM, METHODS[4]) if how == "strip" else (RING_STD_MM, METHODS[3])
        return Given(name, quantity, value_mm, std_mm, method)
    return Given(name, quantity, value_mm, origins.assisted_u95_mm[quantity] / 2, "tape")


def _slipped(name: str, bound: str, typed: Sequence[float], wrong: float, per_mm: float, unit: Unit) -> Question:
    guesses = meant(bound, wrong, unit)
    # who slipped once slipped twice; what is possible as it stands is left
    meant_mm = [
        tuple(
            per_mm * number * (UNIT_MM[unit] if possible(bound, number * UNIT_MM[unit]) else guess.value_mm / wrong)
            for number in typed
        )
        for guess in guesses
    ]
    if guesses and per_mm == 1.0:
        detail = guesses[0].question.replace(bound.replace("_", " "), _words(name))
    else:
        low, high = (edge * per_mm for edge in POSSIBLE_MM[bound])
        shown = wrong * per_mm
        detail = f"{shown:g} {unit} cannot be the {_words(name)}; people have {low:.0f} to {high:.0f} mm."
        if meant_mm:
            detail += f" Did you mean {meant_mm[0][typed.index(wrong)]:.4g} mm?"
    return Question(name, "given_impossible", detail, tuple(meant_mm))


def _size(name: str, values: Sequence[str], how: str) -> Given | Question:
    """A label of a shop: of a hat, of a ring."""
    hat = name == "hat_size"
    systems, bound = (HATS, "head_circumference") if hat else (RINGS, FINGER.removesuffix("_"))
    what = f"{how.upper()} {'hat' if hat else 'ring'} size"
    if len(values) != 1:
        return Question(name, "given_unreadable", f"Give one {what}.")
    found: dict[str, float | None] = {system: _label_mm(hat, system, values[0]) for system in systems}
    value_mm = found[how]
    if value_mm is not None and possible(bound, value_mm):
        return Given(name, "head_circumference_over_hair" if hat else name, value_mm, *_wear(hat))
    for system, mm in found.items():
        if mm is not None and possible(bound, mm):
            where = "round" if hat else "inside"
            detail = f"'{values[0]}' is no {what}. Did you mean {system.upper()}, that is {mm:.4g} mm {where}?"
            return Question(name, "given_impossible", detail, meant_how=system)
    example = "7 1/8" if hat else "6.5, or L for a UK one"
    return Question(name, "given_unreadable", f"'{values[0]}' is no {what}; a size looks like {example}.")


def _wear(hat: bool) -> tuple[float, Method]:
    return (HAT_STD_MM, "hat size") if hat else (RING_STD_MM, "ring size")


def _label_mm(hat: bool, system: str, label: str) -> float | None:
    text = label.strip().replace(",", ".")
    try:
        if hat:
            mm = hat_circumference_mm(cast(HatSystem, system), text)
        else:
            halves = text if system == "uk" else text.replace(" 1/2", ".5").replace("½", ".5")
            mm = ring_diameter_mm(cast(RingSystem, system), halves)
    except (ValueError, ZeroDivisionError):
        return None
    return mm if math.isfinite(mm) else None


def _number(text: str) -> float | None:
    """A decimal with a point or a comma; None for what is none, or endless."""
    try:
        number = float(text.strip().replace(",", "."))
    except ValueError:
        return None
    return number if math.isfinite(number) and number > 0 else None


def _words(name: str) -> str:
    return name.replace("_", " ")
