"""A piece as the shelf shows it: all that is declared of it, never its mesh."""

from __future__ import annotations

from typing import Any

import msgspec

from tryon.atelier.shops import ProductTold
from tryon.types import Piece


class Size(msgspec.Struct, frozen=True):
    """True size, millimetres; zero where it does not apply."""

    inner_length_mm: float
    inner_breadth_mm: float
    arc_mm: float
    height_mm: float
    chain_length_mm: float
    inner_diameter_mm: float


class Offer(msgspec.Struct, frozen=True):
    """How a shop sells a piece."""

    sku: str
    price_minor: int | None
    "Hundredths; null: the shop says none."
    currency: str
    url: str
    "A page of the shop's; empty: none."
    sizes: str


class Card(msgspec.Struct, frozen=True):
    """One piece of `GET /v1/pieces`."""

    id: str
    name: str
    kind: str
    worn_on: str
    finger: str
    "Its own, for a ring; empty otherwise."
    words: str
    maker: str
    size: Size
    weight_g: float
    materials: list[str]
    stones: list[str]
    edition_of: int
    "Limited edition of how many; 0 is open."
    tiers: dict[str, dict[str, Any]]
    poster: str
    offer: Offer | None = None
    "How the shop sells it on whose page this is asked; null: our own page, or the shop says nothing."


class Cards(msgspec.Struct, frozen=True):
    """`GET /v1/pieces`."""

    pieces: list[Card]


def card(piece: Piece, sold: ProductTold | None = None) -> Card:
    """What the shelf says of a piece, in the words of a shop that sells it."""
    size = piece.size
    return Card(
        id=piece.id,
        name=(sold.title if sold else "") or piece.name,
        kind=piece.kind,
        worn_on=piece.worn_on,
        finger=piece.finger,
        words=piece.words,
        maker=piece.maker,
        size=Size(
            inner_length_mm=size.inner_length_mm,
            inner_breadth_mm=size.inner_breadth_mm,
            arc_mm=size.arc_mm,
            height_mm=size.height_mm,
            chain_length_mm=size.chain_length_mm,
            inner_diameter_mm=size.inner_diameter_mm,
        ),
        weight_g=size.weight_g,
        materials=list(piece.materials),
        stones=list(piece.stones),
        edition_of=piece.edition_of,
        tiers={name: dict(tier) for name, tier in piece.tiers.items()},
        poster=f"/v1/pieces/{piece.id}/poster.png",
        offer=None if sold is None else Offer(sold.sku, sold.price_minor, sold.currency, sold.url, sold.sizes),
    )
