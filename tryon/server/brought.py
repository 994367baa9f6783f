"""The owner's own pieces over HTTP: a draft, its model through the gate, its pictures, its versions, the shelf."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from tryon import preparing, seating
from tryon.atelier import brought
from tryon.atelier.store import Unit
from tryon.atelier.tables import BroughtPiece
from tryon.atelier.who import HOUSE, Who
from tryon.errors import AtelierError, InputError, TryonError
from tryon.pieces import fields, published
from tryon.pieces.fields import Draft, Kind, Wrong
from tryon.pieces.glb import FILE_BYTES_MAX
from tryon.pieces.published import Shown
from tryon.pieces.shelf import Shelf
from tryon.seating import Seated
from tryon.server.bodies import json_reply, read_body, read_json, seen_version
from tryon.server.counter import Counter
from tryon.server.endpoints import JSON, PNG, Answer, Endpoint
from tryon.server.workbench import Workbench
from tryon.settings import Settings
from tryon.types import Piece

BYTES_MAX = 32 * 1024
PICTURES = ("poster.png", *(f"turn-{turn:02d}.png" for turn in range(preparing.TURNS)))
BINARY = "application/octet-stream"
LOST = AtelierError(
    "preparing_failed", "This file took too long or broke what reads it. Simplify the mesh, and try again."
)
State = Literal["house", "draft", "shown", "withdrawn"]


class PieceWish(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`POST /v1/atelier/pieces`."""

    name: Annotated[str, Meta(min_length=1, max_length=120)]
    kind: Kind


class ShelfWish(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """`PUT /v1/atelier/pieces/{id}/shelf`."""

    shown: bool


class MeshTold(msgspec.Struct, frozen=True):
    """What the gate says of a model."""

    name: str
    bytes: int
    sha256: str
    errors: list[str]
    "None in one that was taken."
    warnings: list[str]
    facts: list[str]
    triangles: int
    sizes: dict[str, float]
    "As the mesh has them, by field."


class Drawing(msgspec.Struct, frozen=True):
    """How far its pictures are."""

    done: int
    of: int
    trouble: str = ""
    "Why they could not be drawn; empty: they go on."


class VersionTold(msgspec.Struct, frozen=True):
    """A version that was published."""

    number: int
    made_at: datetime.datetime


class PieceRow(msgspec.Struct, frozen=True):
    """A piece in the owner's list."""

    id: str
    name: str
    kind: str
    state: State
    published: int
    "Its last version; 0: none, or a piece of the house."
    changed: bool
    "Whether there is something that is not published."
    picture: str
    "Address; empty: none was drawn."


class PiecesTold(msgspec.Struct, frozen=True):
    """`GET /v1/atelier/pieces`."""

    pieces: list[PieceRow]


class PieceTold(msgspec.Struct, frozen=True):
    """One piece, whole."""

    id: str
    state: State
    published: int
    changed: bool
    version: int
    draft: Draft
    needed: list[str]
    "Fields without which it cannot be published."
    wrong: list[Wrong]
    mesh: MeshTold | None
    pictures: list[str]
    "Addresses: the poster, then the turntable; empty: none of this model."
    drawing: Drawing | None
    waits: list[Literal["fields", "mesh", "pictures"]]
    "What is still to be done before it can be published."
    versions: list[VersionTold]


class MeshReply(msgspec.Struct, frozen=True):
    """`POST /v1/atelier/pieces/{id}/mesh`: what the gate says; a model that is refused leaves the piece as it was."""

    mesh: MeshTold
    piece: PieceTold


@dataclass(slots=True)
class _Job:
    """Pictures that are being drawn."""

    done: int = 0
    of: int = preparing.TURNS + 2
    trouble: str = ""
    task: asyncio.Task[None] | None = None


class Brought:
    """The handlers."""

    def __init__(self, settings: Settings, counter: Counter, shelf: Shelf) -> None:
        self._settings, self._counter, self._shelf = settings, counter, shelf
        self._root = settings.published_folder
        self._bench = Workbench(LOST, refused="mesh_refused")
        self._jobs: dict[str, _Job] = {}
        self._publishing = asyncio.Lock()

    def reconcile(self) -> None:
        """What the files say of the shelf is what the store says: a crash may have come between."""
        for id, version, shown in self._counter.store.look(brought.shelf, HOUSE):
            if published.state(self._root, id) != Shown(version, shown):
                published.show(self._root, id, Shown(version, shown))
        self._shelf.refresh()

    async def all(self, request: Request) -> Response:
        """Every piece: the owner's own, and those of the house."""
        who = await self._counter.staff(request)
        rows = await self._counter.look(who, lambda unit: [self._row(r) for r in brought.all_of(unit)])
        house = [self._house_row(piece) for piece in self._shelf.own.values()]
        return json_reply(PiecesTold([*rows, *house]))

    async def begin(self, request: Request) -> Response:
        """A new draft, with what is mostly so of its kind."""
        who = await self._counter.staff(request)
        wish = await read_json(request, PieceWish, most=BYTES_MAX)
        draft = msgspec.to_builtins(fields.begun(wish.name.strip(), wish.kind))
        others = frozenset(self._shelf.own)
        told = await self._change(who, "piece.begin", lambda unit: brought.begin(unit, wish.name, draft, others))
        return json_reply(told, status=201)

    async def one(self, request: Request) -> Response:
        """One piece."""
        who, id = await self._counter.staff(request), request.path_params["id"]
        told = await self._counter.look(who, lambda unit: self._told(unit, brought.seen(unit, id)))
        return json_reply(told, headers={"ETag": f'"{told.version}"'})

    async def save(self, request: Request) -> Response:
        """Its fields anew, wrong or not."""
        who, id = await self._counter.staff(request), request.path_params["id"]
        version = seen_version(request, needed=True)
        draft = msgspec.to_builtins(await read_json(request, Draft, most=BYTES_MAX))
        return json_reply(await self._change(who, "piece.save", lambda unit: brought.save(unit, id, draft, version)))

    async def mesh(self, request: Request) -> Response:
        """A GLB, or a ZIP of a piece's folder, through the gate."""
        who, id = await self._counter.staff(request), request.path_params["id"]
        before = await self._counter.look(who, lambda unit: brought.seen(unit, id).draft)
        body = await read_body(request, most=FILE_BYTES_MAX)
        if not body:
            raise InputError("mesh_refused", "The file is empty. Choose another one.")
        with tempfile.TemporaryDirectory() as room:
            upload = Path(room) / "upload"
            await asyncio.to_thread(upload.write_bytes, body)
            found = await self._bench.do(preparing.receive, self._folder(id), upload)
        name = "".join(each for each in request.query_params.get("name", "") if each.isprintable())[:120]
        sha256 = hashlib.sha256(body).hexdigest()
        mesh = MeshTold(
            name, len(body), sha256, found.errors, found.warnings, found.facts, found.triangles, found.sizes
        )
        if found.errors:
            told = await self._counter.look(who, lambda unit: self._told(unit, brought.seen(unit, id)))
            return json_reply(MeshReply(mesh, told))
        draft = msgspec.to_builtins(_filled(msgspec.convert(before, Draft), found))
        told = await self._change(
            who, "piece.mesh", lambda unit: brought.take_mesh(unit, id, msgspec.to_builtins(mesh), draft)
        )
        return json_reply(MeshReply(mesh, told))

    async def draw(self, request: Request) -> Response:
        """Begin to draw its pictures; `GET` of the piece says how far they are."""
        who, id = await self._counter.staff(request), request.path_params["id"]
        row = await self._counter.look(who, lambda unit: _plain(brought.seen(unit, id)))
        if row.mesh is None:
            raise AtelierError("mesh_missing", "Add the model first.")
        running = self._jobs.get(id)
        if running is None or running.task is None or running.task.done():
            job = self._jobs[id] = _Job()
            job.task = asyncio.create_task(self._drawn(who, id, row.draft, row.of, job))
        told = await self._counter.look(who, lambda unit: self._told(unit, brought.seen(unit, id)))
        return json_reply(told, status=202)

    async def _drawn(self, who: Who, id: str, draft: Draft, of: str, job: _Job) -> None:
        def told(done: int, all_: int) -> None:
            job.done, job.of = done, all_

        try:
            await self._bench.do(preparing.draw, self._folder(id), draft, told=told)
            await asyncio.to_thread(
                self._counter.store.change, who, "piece.draw", lambda unit: brought.drew(unit, id, of)
            )
        except TryonError as err:
            job.trouble = err.detail
            return
        self._jobs.pop(id, None)

    async def picture(self, request: Request) -> Response:
        """A picture of a draft."""
        who, id, name = await self._counter.staff(request), request.path_params["id"], request.path_params["name"]
        await self._counter.look(who, lambda unit: brought.seen(unit, id))
        if name not in PICTURES:
            raise InputError("picture_unknown", "There is no such picture of this piece.")
        try:
            body = await asyncio.to_thread((self._folder(id) / name).read_bytes)
        except FileNotFoundError:
            raise InputError("picture_unknown", "It was not drawn yet.") from None
        return Response(body, media_type=PNG, headers={"Cache-Control": "private, no-cache"})

    async def seat(self, request: Request) -> Response:
        """How it sits on our model head by the fields that are said, saved or not, and how it fits."""
        who, id = await self._counter.staff(request), request.path_params["id"]
        draft = await read_json(request, Draft, most=BYTES_MAX)
        row = await self._counter.look(who, lambda unit: _plain(brought.seen(unit, id)))
        if row.mesh is None:
            raise AtelierError("mesh_missing", "Add the model first.")
        return json_reply(await self._bench.do(seating.seated, self._settings, self._folder(id), draft))

    async def publish(self, request: Request) -> Response:
        """A new version, shown from now on to whoever opens a mirror."""
        who, id = await self._counter.staff(request), request.path_params["id"]
        version = seen_version(request, needed=True)
        async with self._publishing:
            row = await self._counter.look(who, lambda unit: _plain(brought.seen(unit, id)))
            if version is not None and row.version != version:
                raise AtelierError("changed_meanwhile", "This piece was changed meanwhile. Please look at it again.")
            if waits := _waits(row.draft, row.of, row.drawn_of):
                raise AtelierError("piece_not_ready", f"Before it can be published: {', '.join(waits)}.")
            if wrong := await self._bench.do(preparing.ready, self._folder(id), id, row.draft):
                raise InputError("mesh_refused", " ".join(wrong))
            number, ready = row.published + 1, self._folder(id) / "ready"
            await asyncio.to_thread(published.publish, self._root, id, number, ready)
            digest = hashlib.sha256(await asyncio.to_thread((ready / "piece.toml").read_bytes)).hexdigest()
            told = await self._change(
                who,
                "piece.publish",
                lambda unit: brought.publish(unit, id, number, version, toml_sha256=digest),
            )
            await asyncio.to_thread(shutil.rmtree, ready, ignore_errors=True)
            await asyncio.to_thread(self._put, id, Shown(number, True))
        return json_reply(told, status=201)

    async def show(self, request: Request) -> Response:
        """Onto the shelf, or off it; who wears it now keeps it."""
        who, id = await self._counter.staff(request), request.path_params["id"]
        version = seen_version(request, needed=True)
        wish = await read_json(request, ShelfWish, most=BYTES_MAX)
        async with self._publishing:
            told = await self._change(who, "piece.show", lambda unit: brought.show(unit, id, wish.shown, version))
            await asyncio.to_thread(self._put, id, Shown(told.published, wish.shown))
        return json_reply(told)

    async def close(self) -> None:
        """Leave off drawing."""
        tasks = [job.task for job in self._jobs.values() if job.task is not None]
        for task in tasks:
            task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await asyncio.gather(*tasks, return_exceptions=True)

    def _put(self, id: str, shown: Shown) -> None:
        published.show(self._root, id, shown)
        self._shelf.refresh()

    def _folder(self, id: str) -> Path:
        """Of its draft; the id was found in the store."""
        return self._root / id / "draft"

    async def _change(self, who: Who, action: str, work: Any) -> PieceTold:
        return await asyncio.to_thread(
            self._counter.store.change, who, action, lambda unit: self._told(unit, work(unit))
        )

    # what is told

    def _row(self, row: BroughtPiece) -> PieceRow:
        plain = _plain(row)
        picture = f"/v1/atelier/pieces/{row.id}/pictures/poster.png" if row.drawn_of else ""
        return PieceRow(row.id, plain.draft.name, plain.draft.kind, _state(row), row.published, row.changed, picture)

    def _house_row(self, piece: Piece) -> PieceRow:
        picture = f"/v1/pieces/{piece.id}/poster.png" if piece.id in self._shelf.posters else ""
        return PieceRow(piece.id, piece.name, piece.kind, "house", 0, False, picture)

    def _told(self, unit: Unit, row: BroughtPiece) -> PieceTold:
        plain, job = _plain(row), self._jobs.get(row.id)
        drawn = row.drawn_of if row.drawn_of and row.drawn_of == plain.of else ""
        pictures = [f"/v1/atelier/pieces/{row.id}/pictures/{name}?{drawn[:12]}" for name in PICTURES] if drawn else []
        return PieceTold(
            row.id,
            _state(row),
            row.published,
            row.changed,
            row.version,
            plain.draft,
            list(fields.needed(plain.draft)),
            fields.wrong(plain.draft),
            None if row.mesh is None else msgspec.convert(row.mesh, MeshTold),
            pictures,
            None if job is None else Drawing(job.done, job.of, job.trouble),
            _waits(plain.draft, plain.of, row.drawn_of),
            [VersionTold(each.number, each.made_at) for each in brought.versions(unit, row.id)],
        )

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        inside = ("staff_unknown", "role_wrong", "store_unavailable")
        changing = (*inside, "origin_wrong", "changed_meanwhile")
        one, unknown = "/v1/atelier/pieces/{id}", "piece_not_brought"
        body = ("body_not_json", "body_unreadable", "body_too_large")
        seen = {"If-Match": "The version that was seen."}
        told = (Answer(200, "As it is now", JSON, PieceTold),)
        return [
            Endpoint(
                "GET",
                "/v1/atelier/pieces",
                self.all,
                "The owner's own pieces, and those of the house",
                (Answer(200, "The own first", JSON, PiecesTold),),
                inside,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/pieces",
                self.begin,
                "A new piece: a draft with what is mostly so of its kind",
                (Answer(201, "Made", JSON, PieceTold),),
                (*changing, *body, "piece_name_wrong", "pieces_full"),
                takes_mime=JSON,
                takes=PieceWish,
                bearer="staff",
            ),
            Endpoint(
                "GET",
                one,
                self.one,
                "One of the owner's own pieces, with what is still wrong",
                (Answer(200, "The piece", JSON, PieceTold, headers=("ETag",)),),
                (*inside, unknown),
                bearer="staff",
            ),
            Endpoint(
                "PUT",
                one + "/draft",
                self.save,
                "Its fields anew, as far as they are filled in",
                told,
                (*changing, *body, unknown, "version_missing"),
                takes_mime=JSON,
                takes=Draft,
                bearer="staff",
                headers=seen,
            ),
            Endpoint(
                "POST",
                one + "/mesh",
                self.mesh,
                f"Its model, through the gate: a GLB, or a ZIP of a piece's folder, up to {FILE_BYTES_MAX >> 20} MiB",
                (Answer(200, "What the gate says; a model that is refused changes nothing", JSON, MeshReply),),
                (*changing, "body_too_large", unknown, "mesh_refused", "preparing_failed"),
                takes_mime=BINARY,
                bearer="staff",
                query={"name": "The file's name, to be shown."},
            ),
            Endpoint(
                "POST",
                one + "/pictures",
                self.draw,
                "Begin to draw its poster and its turntable",
                (Answer(202, "They are being drawn", JSON, PieceTold),),
                (*changing, unknown, "mesh_missing"),
                bearer="staff",
            ),
            Endpoint(
                "GET",
                one + "/pictures/{name}",
                self.picture,
                "A picture of the draft",
                (Answer(200, "A PNG", PNG),),
                (*inside, unknown, "picture_unknown"),
                bearer="staff",
            ),
            Endpoint(
                "POST",
                one + "/seat",
                self.seat,
                "How a piece for the head sits on our model head by these fields, and fits heads small and large",
                (Answer(200, "Pictures from the side and the front", JSON, Seated),),
                (*changing, *body, unknown, "mesh_missing", "mesh_refused", "preparing_failed"),
                takes_mime=JSON,
                takes=Draft,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                one + "/versions",
                self.publish,
                "Publish it as it is: a version that stays as it is",
                (Answer(201, "It is on the shelf", JSON, PieceTold),),
                (*changing, unknown, "version_missing", "piece_not_ready", "mesh_refused", "preparing_failed"),
                bearer="staff",
                headers=seen,
            ),
            Endpoint(
                "PUT",
                one + "/shelf",
                self.show,
                "Put it on the shelf, or take it off; who wears it now keeps it",
                told,
                (*changing, *body, unknown, "version_missing", "piece_not_published"),
                takes_mime=JSON,
                takes=ShelfWish,
                bearer="staff",
                headers=seen,
            ),
        ]


@dataclass(frozen=True, slots=True)
class _Plain:
    """What is read of a row to work on its files."""

    draft: Draft
    mesh: dict[str, Any] | None
    of: str
    drawn_of: str
    published: int
    version: int


def _plain(row: BroughtPiece) -> _Plain:
    draft = msgspec.convert(row.draft, Draft)
    return _Plain(draft, row.mesh, _of(row.mesh, draft), row.drawn_of, row.published, row.version)


def _of(mesh: dict[str, Any] | None, draft: Draft) -> str:
    """Digest of all that the pictures show; empty: there is no model."""
    if mesh is None:
        return ""
    seen = (mesh["sha256"], draft.kind, draft.worn_on, draft.chain_length_mm if draft.worn_on == "neck" else None)
    return hashlib.sha256(repr(seen).encode()).hexdigest()


def _waits(draft: Draft, of: str, drawn_of: str) -> list[Literal["fields", "mesh", "pictures"]]:
    waits: list[Literal["fields", "mesh", "pictures"]] = []
    if fields.wrong(draft):
        waits.append("fields")
    if not of:
        waits.append("mesh")
    elif drawn_of != of:
        waits.append("pictures")
    return waits


def _state(row: BroughtPiece) -> State:
    if not row.published:
        return "draft"
    return "shown" if row.shown else "withdrawn"


def _filled(draft: Draft, found: preparing.Received) -> Draft:
    """The draft with what a folder says of its piece, and with the mesh's own sizes where nothing is said."""
    if found.draft is not None:
        draft = msgspec.structs.replace(found.draft, name=draft.name or found.draft.name)
    wanted = {*fields.needed(draft), "arc_mm", "centre_x_mm", "centre_y_mm", "centre_z_mm"}
    sizes = {name: value for name, value in found.sizes.items() if name in wanted and getattr(draft, name) is None}
    return msgspec.structs.replace(draft, **sizes)
