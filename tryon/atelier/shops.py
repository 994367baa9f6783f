"""Shops that show the mirror on pages of their own: where, with what, how much; and the keys they do it by.

A publishable key stands in a shop's page: it opens mirrors on the origins that are written down with the shop, and
nothing else. A secret key is for a shop's own server. Keys are kept as digests. One that is replaced holds on for a
while, so that a shop can change its pages in peace.
"""

from __future__ import annotations

import datetime
import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta
from sqlalchemy import select

from tryon.atelier import asked, rights
from tryon.atelier.store import Unit, sha256
from tryon.atelier.tables import Shop, ShopKey, ShopOrigin, ShopPiece, ShopProduct
from tryon.atelier.tables.shops import KeyKind
from tryon.errors import AccessError, AtelierError, InputError

ORIGINS_MAX = 20
KEYS_MAX = 12
"Of a shop, that hold at one time."
REPLACED_HOURS = 72.0
"How long a replaced key holds on."
SHOWN_LETTERS = 4
PREFIX: dict[tuple[KeyKind, bool], str] = {
    ("publishable", False): "pk_live_",
    ("publishable", True): "pk_test_",
    ("secret", False): "sk_live_",
    ("secret", True): "sk_test_",
}
KEY = re.compile(r"[ps]k_(live|test)_[0-9a-f]{64}")
HOST = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*")


class ShopWish(asked.Asked, frozen=True):
    """A shop, as its owner wants it."""

    name: asked.Line
    origins: Annotated[tuple[Annotated[str, Meta(max_length=270)], ...], Meta(max_length=ORIGINS_MAX)]
    "Such as `https://shop.example`, without a path."
    pieces: Annotated[tuple[asked.Word, ...], Meta(max_length=1000)] | None = None
    "Ids of those it shows; null: the whole catalogue."
    policy: Annotated[str, Meta(max_length=500)] = ""
    sessions_max: Annotated[int, Meta(ge=1, le=1000)] = 8
    visits_a_minute: Annotated[int, Meta(ge=1, le=6000)] = 60
    active: bool = True


class KeyWish(asked.Asked, frozen=True):
    """A new key."""

    kind: KeyKind
    sandbox: bool = False


class KeyTold(msgspec.Struct, frozen=True):
    """A key, as its owner sees it later."""

    id: str
    kind: KeyKind
    sandbox: bool
    shown: str
    made_at: datetime.datetime
    until: datetime.datetime | None
    used_on: datetime.date | None


class ShopTold(msgspec.Struct, frozen=True):
    """A shop, as its owner sees it."""

    id: str
    name: str
    origins: list[str]
    pieces: list[str] | None
    policy: str
    sessions_max: int
    visits_a_minute: int
    active: bool
    version: int
    keys: list[KeyTold]


class ShopsTold(msgspec.Struct, frozen=True):
    """All shops."""

    shops: list[ShopTold]


class KeyMade(msgspec.Struct, frozen=True):
    """A new key; a secret one is told this once and never again."""

    id: str
    key: str
    shop: ShopTold


class ProductTold(msgspec.Struct, frozen=True):
    """How a shop sells a piece."""

    sku: str
    piece: str
    title: str
    "Empty: as the catalogue names it."
    price_minor: int | None
    "Hundredths; null: the shop says none."
    currency: str
    url: str
    "A page of the shop's own; empty: none."
    sizes: str


@dataclass(frozen=True, slots=True)
class Keyed:
    """What a key that holds stands for."""

    key_id: str
    kind: KeyKind
    sandbox: bool
    shop_id: str
    name: str
    origins: tuple[str, ...]
    pieces: frozenset[str] | None
    "None: the whole catalogue."
    policy: str
    sessions_max: int
    visits_a_minute: int
    used_on: datetime.date | None
    products: Mapping[str, ProductTold]
    "How it sells pieces, by their ids."

    def shows(self, piece: str) -> bool:
        """Whether the shop shows a piece."""
        return self.pieces is None or piece in self.pieces

    def names(self, piece: str, said: str) -> bool:
        """Whether a piece is what a page calls so: by its id, or the shop's own number."""
        sold = self.products.get(piece)
        return said == piece or (sold is not None and said == sold.sku)

    def on(self, origin: str) -> bool:
        """Whether pages of an origin are the shop's; a sandbox key works on this machine's own too."""
        return origin in self.origins or (self.sandbox and _is_here(_host_of(origin)))


def origin_of(said: str) -> str:
    """An origin as browsers write it. Raises InputError `shop_origin_wrong`."""
    wrong = InputError(
        "shop_origin_wrong",
        f"{said!r} is no address of a shop's pages. Say it as https://shop.example, without a path; plain http is "
        "for this machine alone.",
    )
    try:
        parts = urlsplit(said.strip().lower())
        port = parts.port
    except ValueError:
        raise wrong from None
    host = parts.hostname or ""
    here = _is_here(host)
    if parts.scheme not in ("https", "http") or (parts.scheme == "http" and not here):
        raise wrong
    if (
        parts.path not in ("", "/")
        or parts.query
        or parts.fragment
        or parts.username
        or not (here or HOST.fullmatch(host))
    ):
        raise wrong
    usual = port is None or port == {"https": 443, "http": 80}[parts.scheme]
    bracketed = f"[{host}]" if ":" in host else host
    return f"{parts.scheme}://{bracketed}{'' if usual else f':{port}'}"


def all_told(unit: Unit) -> ShopsTold:
    """All shops, by name. Raises AccessError."""
    rights.check(unit.who, "shops.keep")
    return ShopsTold([_told(unit, shop) for shop in unit.rows.scalars(select(Shop).order_by(Shop.name, Shop.id))])


def add(unit: Unit, wish: ShopWish, catalogue: frozenset[str]) -> ShopTold:
    """A new shop. Raises AccessError, InputError."""
    rights.check(unit.who, "shops.keep")
    shop = Shop(id=unit.new_id(), made_at=unit.now, version=1)
    _fill(shop, wish)
    unit.rows.add(shop)
    unit.rows.flush()
    _list(unit, shop, wish, catalogue)
    return _told(unit, shop)


def change(unit: Unit, id: str, wish: ShopWish, catalogue: frozenset[str], version: int | None) -> ShopTold:
    """A shop, said anew. Raises AccessError, InputError, AtelierError."""
    shop = _held(unit, id)
    if version is not None and shop.version != version:
        raise AtelierError("changed_meanwhile", "Somebody changed this shop meanwhile. Please look at it again.")
    shop.version += 1
    _fill(shop, wish)
    _list(unit, shop, wish, catalogue)
    return _told(unit, shop)


def make_key(unit: Unit, id: str, wish: KeyWish) -> KeyMade:
    """A new key of a shop. Raises AccessError, AtelierError."""
    shop = _held(unit, id)
    holding = [key for key in _keys(unit, id) if key.until is None or key.until > unit.now]
    if len(holding) >= KEYS_MAX:
        raise AtelierError("shop_keys_full", f"A shop has up to {KEYS_MAX} keys. Please end one that is not used.")
    token = PREFIX[wish.kind, wish.sandbox] + unit.new_token()
    shown = token if wish.kind == "publishable" else f"{PREFIX[wish.kind, wish.sandbox]}…{token[-SHOWN_LETTERS:]}"
    row = ShopKey(
        id=unit.new_id(),
        shop_id=shop.id,
        kind=wish.kind,
        sandbox=wish.sandbox,
        token_sha256=sha256(token),
        shown=shown,
        made_at=unit.now,
        until=None,
        used_on=None,
    )
    unit.rows.add(row)
    unit.rows.flush()
    return KeyMade(row.id, token, _told(unit, shop))


def replace_key(unit: Unit, id: str, key_id: str) -> KeyMade:
    """A new key in the place of an old one, which holds on for a while. Raises AccessError, AtelierError."""
    old = _key(unit, id, key_id)
    made = make_key(unit, id, KeyWish(old.kind, old.sandbox))
    end = unit.now + datetime.timedelta(hours=REPLACED_HOURS)
    old.until = end if old.until is None else min(old.until, end)
    unit.rows.flush()
    return KeyMade(made.id, made.key, _told(unit, _held(unit, id)))


def end_key(unit: Unit, id: str, key_id: str) -> ShopTold:
    """A key that opens nothing from now on. Raises AccessError, AtelierError."""
    key = _key(unit, id, key_id)
    key.until = unit.now if key.until is None else min(key.until, unit.now)
    unit.rows.flush()
    return _told(unit, _held(unit, id))


def keyed(unit: Unit, token: str, kind: KeyKind) -> Keyed:
    """What a key stands for, if it holds now. Raises AccessError `shop_key_unknown`, `shop_key_ended`."""
    unknown = AccessError("shop_key_unknown", "This key is not known here. Please look at it in the page that has it.")
    if not KEY.fullmatch(token):
        raise unknown
    key = unit.rows.scalar(select(ShopKey).where(ShopKey.token_sha256 == sha256(token), ShopKey.kind == kind))
    if key is None:
        raise unknown
    shop = unit.rows.get_one(Shop, key.shop_id)
    if not shop.active or (key.until is not None and key.until <= unit.now):
        raise AccessError("shop_key_ended", "This key is no longer in use. The shop has another one, or has ended.")
    pieces = None if shop.every_piece else frozenset(_pieces(unit, shop.id))
    return Keyed(
        key.id,
        key.kind,
        key.sandbox,
        shop.id,
        shop.name,
        tuple(_origins(unit, shop.id)),
        pieces,
        shop.policy,
        shop.sessions_max,
        shop.visits_a_minute,
        key.used_on,
        {product.piece: product for product in products_of(unit, shop.id)},
    )


def reached(unit: Unit, id: str) -> Shop:
    """A shop, for its own server (the house, by its key) or an owner. Raises AccessError, AtelierError."""
    if unit.who.role != "house":
        rights.check(unit.who, "shops.keep")
    shop = unit.rows.get(Shop, id)
    if shop is None:
        raise AtelierError("shop_unknown", "There is no such shop here.")
    unit.about = shop.id
    return shop


def origins_of(unit: Unit, id: str) -> tuple[str, ...]:
    """Where the pages of a shop are, for an owner. Raises AccessError, AtelierError."""
    return tuple(_origins(unit, reached(unit, id).id))


def products_of(unit: Unit, id: str) -> list[ProductTold]:
    """How a shop sells pieces, by its own numbers."""
    rows = unit.rows.scalars(select(ShopProduct).where(ShopProduct.shop_id == id).order_by(ShopProduct.sku))
    return [
        ProductTold(row.sku, row.piece_id, row.title, row.price_minor, row.currency, row.url, row.sizes) for row in rows
    ]


def note_use(unit: Unit, key_id: str) -> None:
    """That a key was used today."""
    key = unit.rows.get(ShopKey, key_id)
    if key is not None and key.used_on != unit.today:
        key.used_on = unit.today


def _held(unit: Unit, id: str) -> Shop:
    """A shop to be changed. Raises AccessError, AtelierError."""
    rights.check(unit.who, "shops.keep")
    shop = unit.rows.get(Shop, id, with_for_update=True)
    if shop is None:
        raise AtelierError("shop_unknown", "There is no such shop here.")
    unit.about = shop.id
    return shop


def _key(unit: Unit, id: str, key_id: str) -> ShopKey:
    _held(unit, id)
    key = unit.rows.get(ShopKey, key_id)
    if key is None or key.shop_id != id:
        raise AtelierError("shop_key_gone", "This shop has no such key.")
    return key


def _fill(shop: Shop, wish: ShopWish) -> None:
    name = asked.plain(wish.name)
    if not name:
        raise InputError("name_wrong", "A shop has a name.")
    policy = wish.policy.strip()
    if policy and not (policy.lower().startswith("https://") and _host_of(policy) and policy.isprintable()):
        raise InputError("shop_policy_wrong", "Say where the shop's words on privacy stand, as https://…")
    shop.name, shop.policy = name, policy
    shop.every_piece, shop.active = wish.pieces is None, wish.active
    shop.sessions_max, shop.visits_a_minute = wish.sessions_max, wish.visits_a_minute


def _list(unit: Unit, shop: Shop, wish: ShopWish, catalogue: frozenset[str]) -> None:
    unknown = sorted(set(wish.pieces or ()) - catalogue)
    if unknown:
        raise InputError("piece_unknown", f"There is no piece {unknown[0]!r} in this catalogue.")
    origins, pieces = {origin_of(origin) for origin in wish.origins}, set(wish.pieces or ())
    # row by row: the audit line of a change names each
    for row in unit.rows.scalars(select(ShopOrigin).where(ShopOrigin.shop_id == shop.id)):
        if row.origin not in origins:
            unit.rows.delete(row)
    for piece in unit.rows.scalars(select(ShopPiece).where(ShopPiece.shop_id == shop.id)):
        if piece.piece_id not in pieces:
            unit.rows.delete(piece)
    unit.rows.add_all(
        ShopOrigin(shop_id=shop.id, origin=origin) for origin in sorted(origins - set(_origins(unit, shop.id)))
    )
    unit.rows.add_all(
        ShopPiece(shop_id=shop.id, piece_id=piece) for piece in sorted(pieces - set(_pieces(unit, shop.id)))
    )
    unit.rows.flush()


def _told(unit: Unit, shop: Shop) -> ShopTold:
    keys = [
        KeyTold(key.id, key.kind, key.sandbox, key.shown, key.made_at, key.until, key.used_on)
        for key in _keys(unit, shop.id)
    ]
    pieces = None if shop.every_piece else list(_pieces(unit, shop.id))
    origins = list(_origins(unit, shop.id))
    limits = (shop.sessions_max, shop.visits_a_minute)
    return ShopTold(shop.id, shop.name, origins, pieces, shop.policy, *limits, shop.active, shop.version, keys)


def _keys(unit: Unit, id: str) -> list[ShopKey]:
    return list(unit.rows.scalars(select(ShopKey).where(ShopKey.shop_id == id).order_by(ShopKey.id)))


def _origins(unit: Unit, id: str) -> list[str]:
    query = select(ShopOrigin.origin).where(ShopOrigin.shop_id == id).order_by(ShopOrigin.origin)
    return list(unit.rows.scalars(query))


def _pieces(unit: Unit, id: str) -> list[str]:
    query = select(ShopPiece.piece_id).where(ShopPiece.shop_id == id).order_by(ShopPiece.piece_id)
    return list(unit.rows.scalars(query))


def _host_of(address: str) -> str:
    """The host of an address that somebody wrote or sent; empty: it has none, or is none."""
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""


def _is_here(host: str) -> bool:
    """This machine's own names."""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
