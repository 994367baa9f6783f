"""A shop's product feed: how it sells our pieces. Read whole, said line by line what is wrong, and taken whole or not.

CSV with a header, or JSON (a list of products), of the columns that shops already have for others: `sku` (or `id`),
`title`, `price` (`1900.00` or `1900.00 EUR`), `currency`, `url` (or `link`), `sizes`, and which piece it is: `piece`
(its id here) or `glb` (the name of the file it was brought as). Columns of other names are passed over. What the feed
does not name is no longer sold.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from sqlalchemy import select

from tryon.atelier import asked, rights
from tryon.atelier.shops import ProductTold, origin_of, products_of, reached
from tryon.atelier.store import Unit
from tryon.atelier.tables import BroughtPiece, Shop, ShopOrigin, ShopPiece, ShopProduct
from tryon.errors import InputError

Kind = Literal["csv", "json"]
BYTES_MAX = 1024 * 1024
ROWS_MAX = 2000
WRONG_MAX = 100
"So many are told; one who mends these can ask again."
PRICE = re.compile(r"(\d{1,7})(?:[.,](\d{1,2}))?(?: ?([A-Za-z]{3}))?")
CURRENCY = re.compile(r"[A-Z]{3}")
ALIKE = {"id": "sku", "link": "url", "product_url": "url", "name": "title", "piece_id": "piece", "file": "glb"}
LETTERS = {"sku": 80, "piece": 80, "glb": 120, "title": 200, "price": 40, "currency": 3, "url": 500, "sizes": 300}
"Of each column, at most."
Trouble = Literal[
    "sku_missing",
    "sku_twice",
    "piece_missing",
    "piece_unknown",
    "piece_not_shown",
    "piece_twice",
    "price_wrong",
    "currency_wrong",
    "url_wrong",
    "too_long",
    "not_text",
]
TROUBLES: tuple[Trouble, ...] = get_args(Trouble)


class FeedWrong(msgspec.Struct, frozen=True):
    """What is wrong in one place of a feed."""

    line: int
    "Of a CSV, the header is 1; of JSON, which product, from 1."
    column: str
    reason: Trouble
    said: str
    "What stands there, as far as it is short."


class FeedTold(msgspec.Struct, frozen=True):
    """What a feed does, or did: all of it, or nothing while anything is wrong."""

    applied: bool
    products: int
    added: int
    changed: int
    removed: int
    wrong: list[FeedWrong]


class ProductsTold(msgspec.Struct, frozen=True):
    """How a shop sells our pieces."""

    products: list[ProductTold]


@dataclass(frozen=True, slots=True)
class Row:
    """A line of a feed, by its columns."""

    line: int
    said: Mapping[str, Any]


def read(body: bytes, kind: Kind) -> list[Row]:
    """The lines of a feed. Raises InputError `feed_unreadable`."""
    try:
        text = body.decode("utf-8-sig")
        rows = _csv(text) if kind == "csv" else _json(text)
    except (UnicodeDecodeError, csv.Error, ValueError, RecursionError) as err:
        raise InputError("feed_unreadable", f"This is no feed that can be read: {str(err)[:200]}.") from None
    if len(rows) > ROWS_MAX:
        raise InputError("feed_unreadable", f"A feed has up to {ROWS_MAX} products; this one has {len(rows)}.")
    return rows


def told(unit: Unit, shop: str) -> ProductsTold:
    """How a shop sells our pieces. Raises AccessError, AtelierError."""
    reached(unit, shop)
    return ProductsTold(products_of(unit, shop))


def take(
    unit: Unit, id: str, rows: Iterable[Row], shown: frozenset[str], *, choose: bool = False, dry: bool = False
) -> FeedTold:
    """Make a feed what the shop sells, if nothing in it is wrong; `dry`: only say what it would do.

    `shown`: ids of the catalogue. `choose`: the shop shows the feed's pieces from now on and no others, which only an
    owner may say. Raises AccessError, AtelierError.
    """
    shop = reached(unit, id)
    may_show = shown
    if choose:
        rights.check(unit.who, "shops.keep")
    elif not shop.every_piece:
        may_show = shown & set(unit.rows.scalars(select(ShopPiece.piece_id).where(ShopPiece.shop_id == id)))
    origins = frozenset(unit.rows.scalars(select(ShopOrigin.origin).where(ShopOrigin.shop_id == id)))
    reading = _Reading(shown, may_show, _by_file(unit, shown), origins)
    products = [product for row in rows if (product := reading.product(row)) is not None]
    before = {product.sku: product for product in products_of(unit, id)}
    after = {product.sku: product for product in products}
    applies = not reading.wrong and not dry
    counts = (
        sum(sku not in before for sku in after),
        sum(sku in before and before[sku] != product for sku, product in after.items()),
        sum(sku not in after for sku in before),
    )
    if applies:
        _apply(unit, shop, after, choose=choose)
    return FeedTold(applies, len(products), *counts, reading.wrong[:WRONG_MAX])


class _Reading:
    """Reads line after line, and notes what is wrong."""

    def __init__(
        self, known: frozenset[str], may_show: frozenset[str], by_file: Mapping[str, str], origins: frozenset[str]
    ) -> None:
        self._known, self._may_show, self._by_file, self._origins = known, may_show, by_file, origins
        self._skus: set[str] = set()
        self._pieces: set[str] = set()
        self.wrong: list[FeedWrong] = []

    def product(self, row: Row) -> ProductTold | None:
        """The product of a line; None: something is wrong with it."""
        before = len(self.wrong)
        said = {column: self._text(row, column) for column in LETTERS}
        sku, piece = self._sku(row, said["sku"]), self._piece(row, said["piece"], said["glb"])
        minor, currency = self._price(row, said["price"], said["currency"].upper())
        self._url(row, said["url"])
        if len(self.wrong) > before:
            return None
        return ProductTold(sku, piece, said["title"], minor, currency, said["url"], said["sizes"])

    def _note(self, row: Row, column: str, reason: Trouble, said: str = "") -> None:
        self.wrong.append(FeedWrong(row.line, column, reason, said[:60]))

    def _text(self, row: Row, column: str) -> str:
        value = row.said.get(column, "")
        if column == "sizes" and isinstance(value, list) and all(isinstance(one, str | int | float) for one in value):
            value = ", ".join(str(one) for one in value)
        if value is None:
            return ""
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            self._note(row, column, "not_text", str(value))
            return ""
        text = asked.plain(str(value))
        if len(text) > LETTERS[column]:
            self._note(row, column, "too_long", text)
            return ""
        return text

    def _sku(self, row: Row, sku: str) -> str:
        if not sku:
            self._note(row, "sku", "sku_missing")
        elif sku in self._skus:
            self._note(row, "sku", "sku_twice", sku)
        self._skus.add(sku)
        return sku

    def _piece(self, row: Row, id: str, glb: str) -> str:
        column, said = ("piece", id) if id else ("glb", glb)
        piece = id if id else self._by_file.get(glb.rpartition("/")[2].casefold(), "")
        if not said:
            self._note(row, "piece", "piece_missing")
        elif piece not in self._known:
            self._note(row, column, "piece_unknown", said)
        elif piece not in self._may_show:
            self._note(row, column, "piece_not_shown", said)
        elif piece in self._pieces:
            self._note(row, column, "piece_twice", said)
        self._pieces.add(piece)
        return piece

    def _price(self, row: Row, price: str, currency: str) -> tuple[int | None, str]:
        if not price:
            return None, ""
        found = PRICE.fullmatch(price)
        if found is None:
            self._note(row, "price", "price_wrong", price)
            return None, ""
        whole, part, beside = found[1], (found[2] or "").ljust(2, "0"), (found[3] or "").upper()
        if not CURRENCY.fullmatch(currency or beside) or (currency and beside and currency != beside):
            self._note(row, "currency", "currency_wrong", currency or beside)
        return int(whole) * 100 + int(part), currency or beside

    def _url(self, row: Row, url: str) -> None:
        """Only a page of the shop's own: a wearer is led there."""
        if not url:
            return
        try:
            parts = urlsplit(url)
            own = origin_of(f"{parts.scheme}://{parts.netloc}") in self._origins
        except (ValueError, InputError):
            own = False
        if not own or not url.isascii() or " " in url:
            self._note(row, "url", "url_wrong", url)


def _csv(text: str) -> list[Row]:
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    reader = csv.reader(io.StringIO(text), delimiter=delimiter, strict=True)
    columns = [_column(name) for name in next(reader, [])]
    if "sku" not in columns or not {"piece", "glb"} & set(columns):
        raise ValueError("its first line does not name the columns sku and piece (or glb)")
    if len(set(columns)) < len(columns):
        raise ValueError("a column stands in it twice")
    rows, begins = [], reader.line_num + 1
    for cells in reader:
        if any(cell.strip() for cell in cells):
            rows.append(Row(begins, dict(zip(columns, cells, strict=False))))
        begins = reader.line_num + 1
        if len(rows) > ROWS_MAX:
            break
    return rows


def _json(text: str) -> list[Row]:
    found = json.loads(text)
    if isinstance(found, dict):
        found = found.get("products")
    if not isinstance(found, list) or not all(isinstance(one, dict) for one in found):
        raise ValueError("it is no list of products")
    return [
        Row(number, {_column(name): value for name, value in product.items()})
        for number, product in enumerate(found, 1)
    ]


def _column(name: str) -> str:
    plain = name.strip().lower().replace(" ", "_").removeprefix("g:")
    return ALIKE.get(plain, plain)


def _by_file(unit: Unit, shown: frozenset[str]) -> dict[str, str]:
    """Pieces by the name of the file that they were brought as; a name that two have is none's."""
    found: dict[str, str] = {}
    for piece in unit.rows.scalars(select(BroughtPiece).order_by(BroughtPiece.id)):
        name = str((piece.mesh or {}).get("name", "")).casefold()
        if name and piece.id in shown:
            found[name] = "" if name in found else piece.id
    return found


def _apply(unit: Unit, shop: Shop, after: Mapping[str, ProductTold], *, choose: bool) -> None:
    # row by row: the audit line of a change names each
    for row in unit.rows.scalars(select(ShopProduct).where(ShopProduct.shop_id == shop.id)).all():
        product = after.get(row.sku)
        if product is None:
            unit.rows.delete(row)
        else:
            _fill(row, product)
    unit.rows.flush()
    there = set(unit.rows.scalars(select(ShopProduct.sku).where(ShopProduct.shop_id == shop.id)))
    for sku, product in after.items():
        if sku not in there:
            new = ShopProduct(shop_id=shop.id, sku=sku)
            _fill(new, product)
            unit.rows.add(new)
    if choose:
        pieces = {product.piece for product in after.values()}
        for piece in unit.rows.scalars(select(ShopPiece).where(ShopPiece.shop_id == shop.id)).all():
            if piece.piece_id not in pieces:
                unit.rows.delete(piece)
            pieces.discard(piece.piece_id)
        unit.rows.add_all(ShopPiece(shop_id=shop.id, piece_id=piece) for piece in sorted(pieces))
        shop.every_piece = False
        shop.version += 1
    unit.rows.flush()


def _fill(row: ShopProduct, product: ProductTold) -> None:
    row.piece_id, row.title = product.piece, product.title
    row.price_minor, row.currency = product.price_minor, product.currency
    row.url, row.sizes = product.url, product.sizes
