"""What she owns and wears, laid beside a card: a ring tells its finger, a bangle the hand that it passes over."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import msgspec

from tryon.body.palm import FINGERS
from tryon.body.ring import LAID, Inner, LaidKind, inner_diameter
from tryon.errors import InputError
from tryon.fit.given import CARD_SIZE_PERCENT
from tryon.fit.given import LAID as LAID_METHODS
from tryon.fit.sizes import BANGLE_EASE_MM
from tryon.geometry.camera import pinhole, prior_camera
from tryon.picture import frame_from_rgb, read_picture, rgb_of
from tryon.track.ring import RingFinder, RingSeen
from tryon.types import U8, Hand, Measurement

CURES = {
    "ring_no_card": "no bank card was found beside it. Lay both flat on a plain table that the card stands out from, "
    "the whole card in the picture, and take it from straight above",
    "ring_not_found": "no {kind} was found near the card. Lay it flat beside the card, on a plain table that it stands "
    "out from, and take the picture from straight above, sharp and without flash",
    "ring_two": "more than one {kind} was found. Lay only the one that fits beside the card",
    "ring_touches_card": "the {kind} touches the card or lies over it. Leave a finger's breadth between them",
    "ring_no_hole": "what lies beside the card is no {kind}: the table does not show through it. A coin does not do",
    "ring_not_round": "the edge of its hole is not a circle. Lay the {kind} flat, stones to the side, on a plain table "
    "that it stands out from; one that is bent cannot tell a size",
    "ring_not_flat": "it was seen too far aslant. Take the picture from straight above",
    "card_two": "there are two cards. Leave one",
    "card_not_id1": "the card is not of a bank card's size. Take a bank card or an identity card",
    "card_bent": "the card is bent. Lay it flat",
    "card_partly_hidden": "part of the card is hidden. Keep all its edges free",
    "card_tilted": "the card was seen too far aslant. Take the picture from straight above",
    "card_small": "the card is too small in the picture. Come nearer: a third of the picture is best",
}
"Why a picture cannot be measured by, and what to do."
SOURCE = "card"
LENSES = (1.0, 1.9)
"Of a phone: its own, and the longer one that many take near things with; a card fits one of them."
METHODS: dict[LaidKind, str] = {"ring": LAID_METHODS["finger"], "bangle": LAID_METHODS["bangle"]}


@dataclass(frozen=True, slots=True)
class Owned:
    """A picture of a piece of hers beside a card."""

    kind: LaidKind
    picture: Path
    finger: str = ""
    "That the ring is worn on."
    hand: Hand = ""


def owned_ring(text: str, /) -> Owned:
    """`[left-|right-]FINGER:PICTURE`. Raises InputError."""
    of, _, picture = text.partition(":")
    side, _, finger = of.rpartition("-")
    if finger not in FINGERS or side not in get_args(Hand) or not picture:
        raise InputError(
            "ring_unreadable",
            f"'{text}' does not say a finger and a picture; say {', '.join(FINGERS)}, of the left hand or the right, "
            "such as left-ring:ring.jpg.",
        )
    return Owned("ring", Path(picture), finger, cast(Hand, side))


def owned_bangle(text: str, /) -> Owned:
    """`[left:|right:]PICTURE`. Raises nothing: what is no hand is part of the picture's name."""
    side, _, picture = text.partition(":")
    if side in ("left", "right") and picture:
        return Owned("bangle", Path(picture), hand=cast(Hand, side))
    return Owned("bangle", Path(text))


def read_owned(owned: Owned, /) -> tuple[Measurement, ...]:
    """What it tells of her. Raises InputError with the cure for a picture that it cannot be measured in."""
    found = inner_in(read_picture(owned.picture), owned.kind)
    if not isinstance(found, Inner):
        raise InputError(found, f"{owned.picture} cannot be measured by: {cure(found, owned.kind)}.")
    return told_by(owned.kind, found, finger=owned.finger, hand=owned.hand)


def cure(why: str, kind: LaidKind, /) -> str:
    """What was wrong with a picture, and what to do."""
    return CURES[why].format(kind=kind)


def told_by(kind: LaidKind, inner: Inner, /, *, finger: str, hand: Hand) -> tuple[Measurement, ...]:
    """What a ring or a bangle tells of her hand, by the diameter of its hole."""
    if kind == "ring":
        return (_said(f"finger_inner_diameter_{finger}", inner, 1.0, 0.0, METHODS[kind], hand),)
    return (
        _said("bangle_inner_diameter", inner, 1.0, 0.0, METHODS[kind], hand),
        # what is made as wide as hers passes as hers does (fit.sizes)
        _said("hand_circumference_tucked", inner, math.pi, BANGLE_EASE_MM, METHODS[kind], hand),
    )


class LaidTold(msgspec.Struct):
    """What a picture of a ring or bangle beside a card told, or why it told nothing."""

    kind: LaidKind
    value_mm: float | None = None
    "The inner diameter."
    u95_mm: float | None = None
    refused: str = ""
    "Of CURES; empty when it was read."
    detail: str = ""
    "For people: what was wrong, and what to do."


def laid_told(still: bytes, kind: LaidKind, /) -> LaidTold:
    """What a still says, as a browser sent it; nothing of it is kept. Raises InputError for what is no picture."""
    found = inner_in(rgb_of(still), kind)
    if not isinstance(found, Inner):
        return LaidTold(kind, refused=found, detail=f"It cannot be measured by: {cure(found, kind)}.")
    return LaidTold(kind, round(float(found.value_mm), 2), round(float(2 * found.std_mm), 2))


def inner_in(rgb: U8, kind: LaidKind, /) -> Inner | str:
    """The inner diameter of what lies beside a card in a picture (h, w, 3), or why not (of CURES)."""
    frame = frame_from_rgb(rgb, 0.0)
    why: str = ""
    for longer in LENSES:
        usual = prior_camera(frame.size_px)
        camera = pinhole(longer * float(usual.matrix[0, 0]), frame.size_px, focal_std=usual.focal_std, source="prior")
        seen = RingFinder().find(frame, camera, LAID[kind])
        if isinstance(seen, RingSeen):
            return inner_diameter(LAID[kind], seen.edge_px, seen.card, camera)
        why = why or seen
        if seen != "ring_no_card":
            return seen
    return why


def _said(name: str, inner: Inner, share: float, less_mm: float, method: str, hand: Hand) -> Measurement:
    """`share` times what is left of the diameter."""
    value, random = share * (inner.value_mm - less_mm), share * inner.std_random_mm
    systematic = math.sqrt(max((share * inner.std_mm) ** 2 - random**2, 0.0))
    return Measurement(name, value, random, systematic, 1, method, SOURCE, CARD_SIZE_PERCENT, hand)
