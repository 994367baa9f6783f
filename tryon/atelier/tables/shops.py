"""Tables of shops that show the mirror on pages of their own, and of the keys they do it by."""

from __future__ import annotations

import datetime
from typing import Literal

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier.tables.base import CURRENCY, ID, SHA256, Table, choice

KeyKind = Literal["publishable", "secret"]
"A publishable key stands in a page for all to read and opens mirrors there; a secret one is for the shop's server."


class Shop(Table):
    """Somebody who shows our mirror: on which pages, with which pieces, how much at a time."""

    __tablename__ = "shops"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    name: Mapped[str] = mapped_column(String(120))
    policy: Mapped[str] = mapped_column(String(500))
    "Address of its own words on privacy; empty: none."
    every_piece: Mapped[bool]
    "Of the catalogue; else those of `shop_pieces`."
    sessions_max: Mapped[int]
    "Mirrors open at one time."
    visits_a_minute: Mapped[int]
    active: Mapped[bool]
    made_at: Mapped[datetime.datetime]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version, "version_id_generator": False}  # `shops.change` counts


class ShopOrigin(Table):
    """Where a shop's pages are."""

    __tablename__ = "shop_origins"
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    origin: Mapped[str] = mapped_column(String(270), primary_key=True)


class ShopPiece(Table):
    """A piece that a shop shows."""

    __tablename__ = "shop_pieces"
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    piece_id: Mapped[str] = mapped_column(String(80), primary_key=True)


class ShopKey(Table):
    """A key of a shop; it is known by its digest alone."""

    __tablename__ = "shop_keys"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), index=True)
    kind: Mapped[KeyKind] = mapped_column(choice("kind", KeyKind))
    sandbox: Mapped[bool]
    "For trying out: works on this machine's own addresses too, and what comes by it is no order."
    token_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    shown: Mapped[str] = mapped_column(String(80))
    "What the owner sees of it later: a publishable key whole, of a secret one its beginning and end."
    made_at: Mapped[datetime.datetime]
    until: Mapped[datetime.datetime | None]
    "When it ends, once another took its place or it was taken back; None: it holds."
    used_on: Mapped[datetime.date | None]
    "The last day it was used."


class ShopProduct(Table):
    """How a shop sells a piece: by which number, under what name, for how much, and where."""

    __tablename__ = "shop_products"
    shop_id: Mapped[str] = mapped_column(ForeignKey("shops.id"), primary_key=True)
    sku: Mapped[str] = mapped_column(String(80), primary_key=True)
    piece_id: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(200))
    "Empty: as the catalogue names it."
    price_minor: Mapped[int | None]
    currency: Mapped[str] = mapped_column(CURRENCY)
    url: Mapped[str] = mapped_column(String(500))
    sizes: Mapped[str] = mapped_column(String(300))
    "As the shop says them."
