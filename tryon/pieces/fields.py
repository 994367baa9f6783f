"""The fields of a piece as its owner fills them in: every one may be missing in a draft; what is wrong, by its field.

`piece.toml` is written from them, and read again by `catalogue.read_piece` before anything is published.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from tryon.geometry.ellipse import perimeter
from tryon.pieces.catalogue import LINES, NEEDED
from tryon.types import Piece, Seat, TrueSize

Text = Annotated[str, Meta(max_length=120)]
Words = Annotated[str, Meta(max_length=600)]
List = Annotated[tuple[Text, ...], Meta(max_length=20)]
Number = Annotated[float, Meta(ge=-1e6, le=1e6)] | None
Kind = Literal["crown", "circlet", "tiara", "headband", "necklace", "choker", "ring", "bracelet", "earrings"]
WornOn = Literal["head", "neck", "left_hand", "right_hand", "ears"]
Line = Literal["tiara", "circlet", "perch", "headband", "neck", "finger", "wrist", "ear"]
Attachment = Literal["rigid_ring", "spring_band", "combs", "elastic", "chain"]
Finger = Literal["thumb", "index", "middle", "ring", "little", ""]
Currency = Literal["EUR", "USD", "GBP", "CHF", "JPY", "CAD", "AUD", "INR", "AED", "PHP"]
SIZES = ("inner_length_mm", "inner_breadth_mm", "arc_mm", "height_mm", "inner_diameter_mm", "chain_length_mm")


class Draft(msgspec.Struct, forbid_unknown_fields=True, frozen=True, kw_only=True):
    """All fields; lengths in millimetres, prices in whole units of their currency."""

    name: Text = ""
    kind: Kind = "tiara"
    maker: Text = ""
    words: Words = ""
    materials: List = ()
    stones: List = ()
    worn_on: WornOn = "head"
    finger: Finger = ""
    line: Line = "tiara"
    attachment: Attachment = "combs"
    inner_length_mm: Number = None
    inner_breadth_mm: Number = None
    arc_mm: Number = None
    height_mm: Number = None
    inner_diameter_mm: Number = None
    chain_length_mm: Number = None
    band_width_mm: Number = None
    weight_g: Number = None
    centre_x_mm: Number = None
    centre_y_mm: Number = None
    centre_z_mm: Number = None
    tilt_deg: Number = 0.0
    seat_height_mm: Number = 0.0
    seat_forward_mm: Number = 0.0
    spring_n_per_mm: Number = None
    tolerance_mm: Number = 0.5
    adjustable_mm: Number = None
    sizes_made: List = ()
    edition_of: Number = None
    currency: Currency = "EUR"
    studio_from: Number = None
    studio_to: Number = None
    studio_weeks: Number = None
    custom_from: Number = None
    custom_to: Number = None
    custom_weeks: Number = None
    care: Words = ""
    provenance: Words = ""
    licence: Text = "All rights reserved"


class Wrong(msgspec.Struct, frozen=True):
    """What keeps a field from being published."""

    field: str
    code: Literal["missing", "range", "order", "elsewhere"]
    low: float = 0.0
    high: float = 0.0


DEFAULTS: dict[Kind, dict[str, Any]] = {
    "crown": {"line": "perch", "attachment": "elastic", "tilt_deg": 6.0},
    "circlet": {"line": "circlet", "attachment": "rigid_ring", "tilt_deg": 8.0},
    "tiara": {"line": "tiara", "attachment": "combs", "tilt_deg": 38.0},
    "headband": {"line": "headband", "attachment": "spring_band", "tilt_deg": 20.0},
    "necklace": {"worn_on": "neck", "line": "neck", "attachment": "chain"},
    "choker": {"worn_on": "neck", "line": "neck", "attachment": "chain"},
    "ring": {"worn_on": "left_hand", "finger": "ring", "line": "finger", "attachment": "rigid_ring"},
    "bracelet": {"worn_on": "left_hand", "line": "wrist", "attachment": "rigid_ring"},
    "earrings": {"worn_on": "ears", "line": "ear", "attachment": "rigid_ring"},
}
"How pieces of a kind are mostly worn; tilts as in the house's own pieces (assets/pieces)."
RANGES: dict[str, tuple[float, float]] = {
    "inner_length_mm": (1, 400),
    "inner_breadth_mm": (1, 400),
    "arc_mm": (1, 1200),
    "height_mm": (0.5, 400),
    "inner_diameter_mm": (10, 30),
    "chain_length_mm": (250, 1500),
    "band_width_mm": (0, 60),
    "weight_g": (0.1, 3000),
    "centre_x_mm": (-300, 300),
    "centre_y_mm": (-300, 300),
    "centre_z_mm": (-300, 300),
    "tilt_deg": (-45, 80),
    "seat_height_mm": (-60, 60),
    "seat_forward_mm": (-60, 60),
    "spring_n_per_mm": (0, 100),
    "tolerance_mm": (0.05, 10),
    "adjustable_mm": (0, 200),
    "edition_of": (0, 100_000),
    "studio_from": (1, 1e6),
    "studio_to": (1, 1e6),
    "studio_weeks": (1, 200),
    "custom_from": (1, 1e6),
    "custom_to": (1, 1e6),
    "custom_weeks": (1, 200),
}
"What can be of a piece of jewellery: outside it a unit slipped, or a key."
NEEDS = ("name", "maker", "words", "materials", "licence", "height_mm", "weight_g", "studio_from", "studio_weeks")
CUSTOM = ("custom_from", "custom_weeks")


def begun(name: str, kind: Kind, /) -> Draft:
    """A new piece with what is mostly so of its kind."""
    return Draft(name=name, kind=kind, **DEFAULTS[kind])


def needed(draft: Draft, /) -> tuple[str, ...]:
    """The fields without which it cannot be published."""
    more: tuple[str, ...] = NEEDED.get(draft.line, ())
    if draft.worn_on == "head":
        more = ("inner_length_mm", "inner_breadth_mm")
    if any(getattr(draft, name) is not None for name in ("custom_from", "custom_to", "custom_weeks")):
        more += CUSTOM
    return NEEDS + more


def wrong(draft: Draft, /) -> list[Wrong]:
    """What keeps it from being published, field by field."""
    found = [Wrong(name, "missing") for name in needed(draft) if _empty(getattr(draft, name))]
    for name, (low, high) in RANGES.items():
        value = getattr(draft, name)
        if value is not None and not low <= value <= high:
            found.append(Wrong(name, "range", low, high))
    if draft.line not in LINES[draft.worn_on]:
        found.append(Wrong("line", "elsewhere"))
    if draft.line == "finger" and not draft.finger:
        found.append(Wrong("finger", "missing"))
    for tier in ("studio", "custom"):
        first, last = getattr(draft, f"{tier}_from"), getattr(draft, f"{tier}_to")
        if first is not None and last is not None and last < first:
            found.append(Wrong(f"{tier}_to", "order"))
    return found


def _empty(value: object) -> bool:
    return value is None or value == () or (isinstance(value, str) and not value.strip())


def piece_of(id: str, draft: Draft, /) -> Piece:
    """The piece as far as it is filled in, zero where it is not: to draw it, not to publish it."""

    def number(name: str) -> float:
        return float(getattr(draft, name) or 0.0)

    arc = number("arc_mm") or perimeter(number("inner_length_mm") / 2, number("inner_breadth_mm") / 2)
    return Piece(
        id=id,
        name=draft.name,
        maker=draft.maker,
        kind=draft.kind,
        worn_on=draft.worn_on,
        finger=draft.finger,
        size=TrueSize(
            inner_length_mm=number("inner_length_mm"),
            inner_breadth_mm=number("inner_breadth_mm"),
            arc_mm=round(arc, 1),
            height_mm=number("height_mm"),
            weight_g=number("weight_g"),
            centre_of_mass_mm=(number("centre_x_mm"), number("centre_y_mm"), number("centre_z_mm")),
            chain_length_mm=number("chain_length_mm"),
            inner_diameter_mm=number("inner_diameter_mm"),
            band_width_mm=number("band_width_mm"),
        ),
        seat=Seat(
            draft.line,
            math.radians(number("tilt_deg")),
            draft.attachment,
            number("seat_height_mm"),
            number("spring_n_per_mm"),
            number("seat_forward_mm"),
        ),
        sizes_made=draft.sizes_made,
        adjustable_mm=number("adjustable_mm"),
        tolerance_mm=number("tolerance_mm"),
        materials=draft.materials,
        stones=draft.stones,
        edition_of=int(number("edition_of")),
        tiers={name: tier for name in ("studio", "custom") if (tier := _tier(draft, name))},
        care=draft.care,
        provenance=draft.provenance,
        licence=draft.licence,
        words=draft.words,
    )


def _tier(draft: Draft, name: str) -> dict[str, Any]:
    first, last, weeks = (getattr(draft, f"{name}_{what}") for what in ("from", "to", "weeks"))
    if first is None:
        return {}
    return {
        "price_from": first,
        "price_to": first if last is None else last,
        "currency": draft.currency,
        "lead_time_weeks": int(weeks or 0),
    }


def draft_of(piece: Piece, /) -> Draft:
    """The fields of a piece that was read from its folder."""
    size, seat = piece.size, piece.seat
    studio, custom = piece.tiers.get("studio", {}), piece.tiers.get("custom", {})
    said: dict[str, Any] = {
        **{name: getattr(piece, name) for name in ("name", "kind", "maker", "words", "worn_on", "finger", "care")},
        **{name: list(getattr(piece, name)) for name in ("materials", "stones", "sizes_made")},
        **{name: getattr(piece, name) for name in ("provenance", "licence", "tolerance_mm", "adjustable_mm")},
        **{name: getattr(size, name) or None for name in (*SIZES, "band_width_mm", "weight_g")},
        **dict(zip(("centre_x_mm", "centre_y_mm", "centre_z_mm"), size.centre_of_mass_mm, strict=True)),
        "edition_of": piece.edition_of,
        "line": seat.line,
        "attachment": seat.attachment,
        "tilt_deg": round(math.degrees(seat.tilt_rad), 3),
        "seat_height_mm": seat.height_mm,
        "seat_forward_mm": seat.forward_mm,
        "spring_n_per_mm": seat.spring_n_per_mm or None,
        "currency": studio.get("currency") or custom.get("currency") or "EUR",
    }
    for name, tier in (("studio", studio), ("custom", custom)):
        for what, key in (("from", "price_from"), ("to", "price_to"), ("weeks", "lead_time_weeks")):
            said[f"{name}_{what}"] = tier.get(key)
    return msgspec.convert(said, Draft)


def toml_of(piece: Piece, /) -> str:
    """piece.toml of a piece."""
    size, seat = piece.size, piece.seat
    tables: list[tuple[str, dict[str, Any]]] = [
        (
            "",
            {
                "id": piece.id,
                **{
                    name: getattr(piece, name)
                    for name in ("name", "maker", "kind", "words", "care", "provenance", "licence")
                },
                **{name: list(getattr(piece, name)) for name in ("materials", "stones", "sizes_made")},
                "edition_of": piece.edition_of,
                "tolerance_mm": piece.tolerance_mm,
                "adjustable_mm": piece.adjustable_mm,
            },
        ),
        ("worn", {"on": piece.worn_on, "finger": piece.finger}),
        (
            "size",
            {
                **{name: getattr(size, name) for name in (*SIZES, "band_width_mm", "weight_g")},
                "centre_of_mass_mm": list(size.centre_of_mass_mm),
            },
        ),
        (
            "seat",
            {
                "line": seat.line,
                "attachment": seat.attachment,
                "tilt_deg": round(math.degrees(seat.tilt_rad), 6),
                "height_mm": seat.height_mm,
                "forward_mm": seat.forward_mm,
                "spring_n_per_mm": seat.spring_n_per_mm,
            },
        ),
        *((f"tiers.{name}", dict(tier)) for name, tier in piece.tiers.items()),
    ]
    lines = []
    for name, table in tables:
        lines += [f"\n[{name}]"] if name else []
        lines += [f"{key} = {_toml(value)}" for key, value in table.items()]
    return "\n".join(lines) + "\n"


def _toml(value: Any) -> str:
    if isinstance(value, str):
        # JSON's strings are TOML's but for the one control that JSON lets stand
        return json.dumps(value.replace("\x7f", ""), ensure_ascii=False)
    if isinstance(value, list):
        return f"[{', '.join(_toml(each) for each in value)}]"
    return json.dumps(value)


def read(folder: Path, id: str, /) -> Draft:
    """The fields of a folder's piece.toml. Raises AssetError."""
    from tryon.pieces.catalogue import read_piece

    return draft_of(read_piece(folder, id))
