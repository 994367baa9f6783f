"""What she owns and wears, laid beside a card: a ring tells its finger, a bangle the hand that it passes over. A coin,
whose size is known, tells whether the card is of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import cast, get_args

import msgspec

from tryon.body.palm import FINGERS
from tryon.body.ring import LAID, Coin, Inner, Laid, LaidKind, inner_diameter
from tryon.calibration import read_calibration
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
    "ring_two": "more than one {kind} was found. Leave one beside the card",
    "ring_touches_card": "the {kind} touches the card or lies over it. Leave a finger's breadth between them",
    "ring_no_hole": "what lies beside the card is no {kind}: the table does not show through it. A coin does not do",
    "ring_not_round": "its edge is not a circle. Lay the {kind} flat, stones to the side, on a plain table "
    "that it stands out from; one that is bent cannot tell a size",
    "ring_not_flat": "it was seen too far aslant. Take the picture from straight above",
    "card_two": "there are two cards. Leave one",
    "card_not_id1": "the card is not of a bank card's size. Take a bank card or an identity card",
    "card_bent": "the card is bent. Lay it flat",
    "card_partly_hidden": "part of the card is hidden. Keep all its edges free",
    "card_tilted": "the card was seen too far aslant. Take the picture from straight above",
    "coin_disagrees": "by the card beside it the coin is not of its size. See which coin it is, and take a bank card "
    "or an identity card: nothing that rests on this one can be right",
    "card_small": "the card is too small in the picture. Come nearer: a third of the picture is best",
}
"Why a picture cannot be measured by, and what to do."
OFF_SIGMA = 2.5
"A coin farther off its size says that the card is none."
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


def coin_beside_card(text: str, coins: Mapping[str, Coin], /) -> Inner:
    """A coin's diameter by the card beside it, `COIN:PICTURE`, where the two agree. Raises InputError: the cure."""
    name, _, picture = text.partition(":")
    if name not in coins or not picture:
        raise InputError(
            "coin_unreadable",
            f"'{text}' does not say a coin and a picture, such as eur-1:coin.jpg; there are: {', '.join(coins)}.",
        )
    found = coin_in(read_picture(Path(picture)), coins[name])
    if not isinstance(found, Inner):
        raise InputError(found, f"{picture} cannot be measured by: {cure(found, 'coin')}.")
    return found


def read_owned(owned: Owned, /) -> tuple[Measurement, ...]:
    """What it tells of her. Raises InputError with the cure for a picture that it cannot be measured in."""
    found = inner_in(read_picture(owned.picture), LAID[owned.kind])
    if not isinstance(found, Inner):
        raise InputError(found, f"{owned.picture} cannot be measured by: {cure(found, owned.kind)}.")
    return told_by(owned.kind, found, finger=owned.finger, hand=owned.hand)


def cure(why: str, kind: str, /) -> str:
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
    """What a picture of a ring, bangle or coin beside a card told, or why it told nothing."""

    kind: str
    "ring, bangle or a coin's name."
    value_mm: float | None = None
    "The inner diameter; of a coin the outer one, which agrees with its own."
    u95_mm: float | None = None
    refused: str = ""
    "Of CURES; empty when it was read."
    detail: str = ""
    "For people: what was wrong, and what to do."


def laid_told(still: bytes, kind: str, calibration: str, /) -> LaidTold:
    """What a still says, as a browser sent it, of a ring, a bangle or a coin of the tables in the folder `calibration`;
    nothing of it is kept. Raises InputError for what is no picture, and for another kind."""
    rgb = rgb_of(still)
    if kind == "ring" or kind == "bangle":
        named, found = kind, inner_in(rgb, LAID[kind])
    else:
        coins = read_calibration(Path(calibration)).coins
        if kind not in coins:
            raise InputError("laid_unknown", f"What lies beside the card is one of {', '.join([*LAID, *coins])}.")
        named, found = "coin", coin_in(rgb, coins[kind])
    if not isinstance(found, Inner):
        return LaidTold(kind, refused=found, detail=f"It cannot be measured by: {cure(found, named)}.")
    return LaidTold(kind, round(float(found.value_mm), 2), round(float(2 * found.std_mm), 2))


def coin_in(rgb: U8, coin: Coin, /) -> Inner | str:
    """The diameter of a coin beside a card in a picture (h, w, 3) where it is the coin's own, or why not (of CURES)."""
    found = inner_in(rgb, coin.laid)
    if isinstance(found, Inner) and abs(found.value_mm - coin.diameter_mm) > OFF_SIGMA * found.std_mm:
        return "coin_disagrees"
    return found


def inner_in(rgb: U8, laid: Laid, /) -> Inner | str:
    """The diameter of what lies beside a card in a picture (h, w, 3), or why not (of CURES)."""
    frame = frame_from_rgb(rgb, 0.0)
    why: str = ""
    for longer in LENSES:
        usual = prior_camera(frame.size_px)
        camera = pinhole(longer * float(usual.matrix[0, 0]), frame.size_px, focal_std=usual.focal_std, source="prior")
        seen = RingFinder().find(frame, camera, laid)
        if isinstance(seen, RingSeen):
            return inner_diameter(laid, seen.edge_px, seen.card, camera)
        why = why or seen
        if seen != "ring_no_card":
            return seen
    return why


def _said(name: str, inner: Inner, share: float, less_mm: float, method: str, hand: Hand) -> Measurement:
    """`share` times what is left of the diameter."""
    value, random = share * (inner.value_mm - less_mm), share * inner.std_random_mm
    systematic = math.sqrt(max((share * inner.std_mm) ** 2 - random**2, 0.0))
    return Measurement(name, value, random, systematic, 1, method, SOURCE, CARD_SIZE_PERCENT, hand)
