"""Pieces that a shop brings into the catalogue itself: drafts, what is known of their models, versions, the shelf.

What the fields mean, and the files beside, are others' to know: here it is written down who did what, and when.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection
from typing import Any

from sqlalchemy import select

from tryon.atelier import rights
from tryon.atelier.store import Unit
from tryon.atelier.tables import BroughtPiece, BroughtVersion
from tryon.errors import AtelierError, InputError

PIECES_MAX = 500
ID_LETTERS = 40
UMLAUTS = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "æ": "ae", "ø": "oe", "å": "a", "œ": "oe"})


def id_of(name: str, taken: Collection[str], /) -> str:
    """An id that reads as the name does, and no other piece has. Raises InputError."""
    plain = unicodedata.normalize("NFKD", name.casefold().translate(UMLAUTS))
    letters = "".join(
        each if each.isascii() and each.isalnum() else " " for each in plain if not unicodedata.combining(each)
    )
    stem = "-".join(letters.split())[: ID_LETTERS - 5].strip("-")
    if not stem:
        raise InputError("piece_name_wrong", "Give the piece a name with at least one letter from a to z, or a digit.")
    number, id = 1, stem
    while id in taken:
        number += 1
        id = f"{stem}-{number}"
    return id


def all_of(unit: Unit) -> list[BroughtPiece]:
    """All, by id. Raises AccessError."""
    rights.check(unit.who, "pieces.keep")
    return list(unit.rows.scalars(select(BroughtPiece).order_by(BroughtPiece.id)))


def begin(unit: Unit, name: str, draft: dict[str, Any], others: Collection[str]) -> BroughtPiece:
    """A new draft; `others`: ids that are taken besides. Raises AccessError, InputError, AtelierError."""
    taken = {row.id for row in all_of(unit)}
    if len(taken) >= PIECES_MAX:
        raise AtelierError("pieces_full", f"There are {PIECES_MAX} pieces of your own. Please ask us for more room.")
    row = BroughtPiece(
        id=id_of(name, taken | set(others)),
        draft=draft,
        mesh=None,
        drawn_of="",
        published=0,
        shown=False,
        changed=True,
        made_at=unit.now,
        changed_at=unit.now,
        version=1,
    )
    unit.rows.add(row)
    unit.rows.flush()
    return row


def seen(unit: Unit, id: str) -> BroughtPiece:
    """One, to be read. Raises AccessError, AtelierError."""
    rights.check(unit.who, "pieces.keep")
    row = unit.rows.get(BroughtPiece, id)
    if row is None:
        raise AtelierError("piece_not_brought", "There is no such piece among those that you brought.")
    return row


def held(unit: Unit, id: str, version: int | None = None) -> BroughtPiece:
    """One, to be changed as it was seen at a version. Raises AccessError, AtelierError."""
    rights.check(unit.who, "pieces.keep")
    row = unit.rows.get(BroughtPiece, id, with_for_update=True)
    if row is None:
        raise AtelierError("piece_not_brought", "There is no such piece among those that you brought.")
    if version is not None and row.version != version:
        raise AtelierError("changed_meanwhile", "Somebody changed this piece meanwhile. Please look at it again.")
    unit.about = id
    row.version += 1
    row.changed_at = unit.now
    return row


def save(unit: Unit, id: str, draft: dict[str, Any], version: int | None) -> BroughtPiece:
    """Its fields anew. Raises AccessError, AtelierError."""
    row = held(unit, id, version)
    row.changed = row.changed or row.draft != draft
    row.draft = draft
    unit.rows.flush()
    return row


def take_mesh(unit: Unit, id: str, mesh: dict[str, Any], draft: dict[str, Any]) -> BroughtPiece:
    """Its model, and the fields as they are with it. Raises AccessError, AtelierError."""
    row = held(unit, id)
    row.mesh, row.draft, row.changed = mesh, draft, True
    unit.rows.flush()
    return row


def drew(unit: Unit, id: str, of: str) -> BroughtPiece:
    """Its pictures are drawn, of a model. Raises AccessError, AtelierError."""
    row = held(unit, id)
    row.drawn_of, row.changed = of, True
    unit.rows.flush()
    return row


def publish(unit: Unit, id: str, number: int, version: int | None, *, toml_sha256: str) -> BroughtPiece:
    """A new version, which is shown from now on. Raises AccessError, AtelierError."""
    row = held(unit, id, version)
    if row.published != number - 1 or row.mesh is None:
        raise AtelierError("changed_meanwhile", "Somebody published this piece meanwhile. Please look at it again.")
    row.published, row.shown, row.changed = number, True, False
    unit.rows.add(
        BroughtVersion(
            piece_id=id,
            number=number,
            toml_sha256=toml_sha256,
            mesh_sha256=row.mesh["sha256"],
            staff_id=unit.who.id,
            made_at=unit.now,
        )
    )
    unit.rows.flush()
    return row


def show(unit: Unit, id: str, shown: bool, version: int | None) -> BroughtPiece:
    """Onto the shelf, or off it. Raises AccessError, AtelierError."""
    row = held(unit, id, version)
    if not row.published:
        raise AtelierError("piece_not_published", "This piece was never published. Publish it first.")
    row.shown = shown
    unit.rows.flush()
    return row


def versions(unit: Unit, id: str) -> list[BroughtVersion]:
    """Its versions, the newest first."""
    query = select(BroughtVersion).where(BroughtVersion.piece_id == id).order_by(BroughtVersion.number.desc())
    return list(unit.rows.scalars(query))


def shelf(unit: Unit) -> list[tuple[str, int, bool]]:
    """(id, version, whether it is shown) of all that were ever published: what the files beside must say."""
    query = select(BroughtPiece).where(BroughtPiece.published > 0).order_by(BroughtPiece.id)
    return [(row.id, row.published, row.shown) for row in unit.rows.scalars(query)]
