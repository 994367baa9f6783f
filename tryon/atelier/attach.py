"""Files of a request: kept first, told of second, so that no row ever names bytes that are not there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from tryon.atelier import asked, requests, views
from tryon.atelier.files import Files, Incoming
from tryon.atelier.progress import file_of
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import File, RevisionFile
from tryon.atelier.trade import FileKind
from tryon.atelier.who import Who, need
from tryon.errors import AccessError, AtelierError, InputError

FILES_MAX: dict[str, int] = {"client": 24, "staff": 400}
"Of one request, by a client and by the staff."


def may_keep(unit: Unit, request_id: str, kind: FileKind) -> None:
    """Nothing, if who acts may add such a file; asked before a byte of it is read. Raises AccessError, AtelierError."""
    request = requests.reach(unit, request_id)
    client = unit.who.role == "client"
    need(unit.who, *(("client",) if kind == "snapshot" else ("owner", "consultant", "artisan")))
    if client and request.stage in ("delivered", "declined", "cancelled"):
        raise AtelierError("stage_wrong", f"This request is {request.stage}; nothing is added to it any more.")
    count = select(func.count()).where(File.request_id == request_id, (File.by_role == "client") == client)
    if (unit.rows.scalar(count) or 0) >= FILES_MAX["client" if client else "staff"]:
        raise AtelierError("files_full", "There are too many files with this request. Please take some away first.")


def keep(store: Store, files: Files, who: Who, request_id: str, incoming: Incoming) -> File:
    """Keep a checked file with a request. Raises AccessError, AtelierError."""
    now = store.clock()
    id = store.chance.new_id(now)
    key = files.put(incoming, id, now)

    def add(unit: Unit) -> File:
        may_keep(unit, request_id, incoming.kind)
        requests.held(unit, request_id)
        file = File(
            id=id,
            request_id=request_id,
            kind=incoming.kind,
            mime=incoming.mime,
            key=key,
            sha256=incoming.sha256,
            size=len(incoming.data),
            words="",
            made_at=now,
            by_role=who.role,
            by_id=who.id,
        )
        unit.rows.add(file)
        return file

    try:
        return store.change(who, "file.keep", add)
    except Exception:
        files.forget(key)
        raise


def read(store: Store, files: Files, who: Who, request_id: str, id: str) -> tuple[File, bytes]:
    """A file of a request and its bytes. Raises AtelierError."""

    def find(unit: Unit) -> File:
        request = requests.reach(unit, request_id)
        file = file_of(unit, request_id, id)
        if file.kind == "snapshot" and not views.sees_her(unit, request):
            raise AtelierError("file_unknown", "There is no such file with this request.")
        unit.rows.expunge(file)
        return file

    file = store.look(find, who)
    return file, files.get(file.key)


def drop(store: Store, files: Files, who: Who, request_id: str, id: str) -> None:
    """Take one's own file away again, if nothing rests on it. Raises AccessError, AtelierError."""

    def take(unit: Unit) -> str:
        request = requests.held(unit, request_id)
        file = file_of(unit, request_id, id)
        if (file.by_role, file.by_id) != (who.role, who.id) or (who.role == "client" and request.stage != "draft"):
            raise AtelierError("file_held", "This file stays: it was sent, or is somebody else's.")
        if unit.rows.scalar(select(RevisionFile.revision_id).where(RevisionFile.file_id == id)) is not None:
            raise AtelierError("file_held", "This file stays: it was shown to the client.")
        unit.rows.delete(file)
        return file.key

    files.forget(store.change(who, "file.drop", take))


@dataclass(frozen=True, slots=True)
class Sitter:
    """What a design is drawn on: the wished piece's id, the model, her picture, her measures."""

    piece: str
    glb: bytes
    picture: bytes
    measured: dict[str, Any] | None


def sitter(store: Store, files: Files, who: Who, request_id: str, said: asked.Draw) -> Sitter:
    """What is needed to draw a design on its client; only if she lets the artisan see her. Raises AtelierError."""

    def find(unit: Unit) -> tuple[str, str, str, dict[str, Any] | None]:
        need(unit.who, "owner", "consultant", "artisan")
        request = requests.reach(unit, request_id)
        if "artisan" not in (request.consent or {}).get("purposes", ()):
            raise AccessError(
                "picture_not_shared", "She did not agree that her artisan sees her. Show a picture of the design alone."
            )
        design = file_of(unit, request_id, said.design)
        hers = select(File).where(File.request_id == request_id, File.kind == "snapshot").order_by(File.id.desc())
        picture = file_of(unit, request_id, said.picture) if said.picture else unit.rows.scalars(hers).first()
        if design.kind != "design" or (picture is not None and picture.kind != "snapshot"):
            raise InputError("file_wrong", "A drawing takes a design (GLB) and a picture of hers.")
        if picture is None:
            raise AtelierError("picture_none", "She shared no picture. Show a picture of the design alone.")
        return requests.wished(unit, request_id), design.key, picture.key, request.measured

    piece, design, picture, measured = store.look(find, who)
    return Sitter(piece, files.get(design), files.get(picture), measured)
