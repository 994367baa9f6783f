"""The file that `tryon measure --json` writes, read strictly: a card rests on it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import msgspec

from tryon.errors import InputError
from tryon.fit.notes import Level
from tryon.fit.verdict import Word
from tryon.types import Hand

BYTES_MAX = 1 << 20
_Value = Annotated[float, msgspec.Meta(gt=0, le=1e4)]
_Mm = Annotated[float, msgspec.Meta(ge=-1e4, le=1e4)]
_Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
_Count = Annotated[int, msgspec.Meta(ge=0)]
_Doubt = Annotated[float, msgspec.Meta(ge=0, le=1e4)]
_Point = tuple[_Mm, _Mm, _Mm]
_Words = Annotated[str, msgspec.Meta(max_length=400)]


class Reference(msgspec.Struct, frozen=True):
    """What millimetres rest on."""

    source: _Words
    u95_percent: Annotated[float, msgspec.Meta(ge=0)]


class Told(msgspec.Struct, frozen=True):
    """One measured quantity, mm (head_shape_index: no unit)."""

    value_mm: _Value
    u95_mm: _Value
    samples: _Count
    method: _Words
    scale: Reference
    hand: Hand = ""
    "Of a hand's measures: which."
    u95_random_mm: _Doubt = 0.0
    u95_systematic_mm: _Doubt = 0.0


class Phrase(msgspec.Struct, frozen=True):
    """What a sentence is made of, for other languages (tryon.fit.notes.Phrase)."""

    key: _Words
    values: dict[_Words, _Words] = {}


class Spoken(msgspec.Struct, frozen=True):
    """A note's sentences by their words."""

    action: Phrase
    because: tuple[Phrase, ...]


class Note(msgspec.Struct, frozen=True):
    """One thing to know or do about a piece."""

    code: _Words
    level: Level
    mm: _Mm
    action: _Words
    because: _Words
    u95_mm: _Doubt = 0.0
    words: Spoken | None = None
    probability: _Share = 1.0


class Step(msgspec.Struct, frozen=True):
    """The measurement that would remove the most doubt."""

    quantity: _Words
    action: _Words
    u95_after_mm: _Value | None = None
    code: _Words = ""


class Length(msgspec.Struct, frozen=True):
    """A length with its doubt."""

    value_mm: _Value
    u95_mm: _Doubt


class SeatSection(msgspec.Struct, frozen=True):
    """The head over hair in the plane of an open band's own seat, or where a crown perches."""

    breadth: Length
    length: Length


class Fit(msgspec.Struct, frozen=True):
    """How one piece fits her."""

    verdict: Word
    probability: _Share
    notes: tuple[Note, ...]
    size: _Words = ""
    gap_mm: _Mm | None = None
    gap_u95_mm: _Mm | None = None
    next_step: Step | None = None
    section: SeatSection | None = None
    gap_of: _Words = ""
    rules_kept: bool | None = None


class Lens(msgspec.Struct, frozen=True):
    """How well the camera's focal length is known."""

    source: _Words
    focal_u95_percent: Annotated[float, msgspec.Meta(ge=0)]


class Seen(msgspec.Struct, frozen=True):
    """How well she was seen."""

    accepted: _Count
    frames: _Count
    reasons: tuple[_Words, ...]
    visits: _Count = 1
    camera: Lens | None = None


class PlannedHair(msgspec.Struct, frozen=True):
    """How she will wear her hair with the piece; empty: as it was seen."""

    name: _Words = ""
    measurements: dict[str, Told] = {}


class Head(msgspec.Struct, frozen=True):
    """What seating a piece on her head takes besides her measures (tryon.measuring.head_json)."""

    points: Annotated[dict[_Words, _Point], msgspec.Meta(max_length=8)]
    cranium_centre: _Point
    cranium_axes: _Point
    cranium_pitch_rad: _Mm
    hair_mm: _Mm
    std_percent: _Doubt
    together_mm2: Annotated[tuple[tuple[_Words, _Words, float], ...], msgspec.Meta(max_length=32)] = ()


class Whole(msgspec.Struct, frozen=True):
    """The scale of all of it."""

    source: _Words
    u95_percent: _Doubt


class Record(msgspec.Struct, frozen=True):
    """All that the file says of one person."""

    measurements: dict[str, Told]
    over_hair: dict[str, Told]
    fit: dict[str, Fit]
    capture: Seen
    planned_hair: PlannedHair = PlannedHair()
    scale: Whole | None = None
    head: Head | None = None
    other_hand: dict[str, Told] = {}
    "Of her other hand, what `measurements` has of one."

    @property
    def known(self) -> dict[str, Told]:
        """Every quantity by name; over hair as it will be worn, where that is planned."""
        return {**self.measurements, **self.over_hair, **self.planned_hair.measurements}

    def known_on(self, hand: Hand, /) -> dict[str, Told]:
        """The same, of a hand's measures those of this one as far as it was measured."""
        return {**self.known, **{name: told for name, told in self.other_hand.items() if told.hand == hand}}


def read_record(path: Path, /) -> Record:
    """Reads the file. Raises InputError that says what is wrong with it."""
    try:
        with path.open("rb") as file:
            text = file.read(BYTES_MAX + 1)
    except OSError as err:
        raise InputError("measures_missing", f"{path} cannot be read: {err.strerror}.") from err
    if len(text) > BYTES_MAX:
        raise InputError("measures_too_large", f"{path} is larger than any measures are ({BYTES_MAX >> 20} MiB).")
    try:
        return msgspec.json.decode(text, type=Record)
    except ValueError as err:  # of encoding, of JSON, of a value
        raise InputError(
            "measures_unreadable",
            f"{path} is not what `tryon measure CLIP --json` writes: {err}. Measure again with this version.",
        ) from err
