"""Between HTTP and the atelier's store: who asks, which version they saw, once only, on a thread, and what is told.

Every change answers with the request as it then is, its version as ETag.
"""

from __future__ import annotations

import asyncio
import hashlib
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import agree, asked, attach, files, kept, requests, tables, views
from tryon.atelier.files import Files
from tryon.atelier.store import Store, Unit
from tryon.atelier.trade import FileKind, Round
from tryon.atelier.who import Porter, Who
from tryon.errors import AtelierError, InputError
from tryon.pieces import gate
from tryon.server.bodies import client_key, header, json_of, mime, once_key, read_body, seen_version
from tryon.server.endpoints import JSON
from tryon.types import Piece

JSON_BYTES_MAX = 256 * 1024
"Measures and verdicts of a whole shelf have about 60 KiB."
WRITES = ("POST", "PUT", "PATCH", "DELETE")
T = TypeVar("T")
Asked = TypeVar("Asked", bound=msgspec.Struct)
Work = Callable[[Unit, tables.Request, Asked], object]


@dataclass(frozen=True, slots=True)
class Counter:
    """What both the client's and the staff's side of the atelier stand on."""

    store: Store
    files: Files
    pieces: Mapping[str, Piece]
    porter: Porter
    address_for: Callable[[str], str]
    "What links and codes begin with (`Settings.address_for`)."

    async def client(self, request: Request) -> Who:
        """The client whose key a request carries, for the request of its address. Raises AccessError, AtelierError."""
        key = client_key(request)
        who = await asyncio.to_thread(self.store.look, lambda unit: requests.client_of(unit, key))
        if who.id != request.path_params["id"]:
            raise AtelierError("request_unknown", "There is no such request here, or it is not yours to see.")
        return who

    async def staff(self, request: Request) -> Who:
        """The person of the staff a request comes from. Raises AccessError."""
        headers = dict(request.headers)
        return await asyncio.to_thread(self.porter.who, headers, unsafe=request.method in WRITES)

    async def look(self, who: Who, work: Callable[[Unit], T]) -> T:
        """Read on a thread, as `who`."""
        return await asyncio.to_thread(self.store.look, work, who)

    async def write(self, who: Who, action: str, work: Callable[[Unit], T]) -> T:
        """Change on a thread, as `who`; `action` is what the audit trail says."""
        return await asyncio.to_thread(self.store.change, who, action, work)

    async def change(
        self,
        request: Request,
        who: Who,
        action: str,
        kind: type[Asked],
        work: Work[Asked],
        *,
        status: int = 200,
        versioned: bool = False,
    ) -> Response:
        """Do `work` on the request of the address, with a body of `kind`; the answer is the request as it then is.

        `versioned`: whoever asks must say which version they saw. Raises TryonError.
        """
        version = seen_version(request, needed=versioned)
        key = once_key(request)
        if mime(request) != JSON:
            raise InputError("body_not_json", f"This address takes {JSON}.")
        body = await read_body(request, most=JSON_BYTES_MAX)
        said = json_of(body, kind)
        scope = f"{who.role}:{who.id}:{action}:{request.path_params['id']}"
        once = kept.Once(scope, key, hashlib.sha256(body).hexdigest()) if key else None

        def do(unit: Unit) -> kept.Reply:
            held = requests.held(unit, request.path_params["id"], version)
            work(unit, held, said)
            unit.rows.flush()
            return self._reply(unit, held, status)

        reply = await asyncio.to_thread(self.store.change, who, action, lambda unit: kept.answer_once(unit, once, do))
        return Response(reply.body, reply.status, headers=reply.headers, media_type=JSON)

    async def told(self, request: Request, who: Who) -> Response:
        """The request of the address, as `who` may see it."""

        def read(unit: Unit) -> kept.Reply:
            return self._reply(unit, requests.reach(unit, request.path_params["id"]), 200)

        reply = await self.look(who, read)
        return Response(reply.body, reply.status, headers=reply.headers, media_type=JSON)

    async def comment(self, request: Request, who: Who) -> Response:
        """Words of `who` on the revision of the address. Raises TryonError."""
        round, number = round_of(request), number_of(request)
        return await self.change(
            request,
            who,
            f"approval.{round}.{number}.comment",
            asked.Said,
            lambda unit, row, said: agree.comment(unit, row, round, number, said),
            status=201,
        )

    async def upload(self, request: Request, who: Who, kind: FileKind) -> Response:
        """Keep the body as a file of the request. Raises TryonError."""
        id = request.path_params["id"]
        await self.look(who, lambda unit: attach.may_keep(unit, id, kind))
        data = await read_body(request, most=files.most_bytes(kind))

        def keep() -> bytes:
            incoming = files.check(kind, data, check_design=check_design)
            return msgspec.json.encode(views.file_told(attach.keep(self.store, self.files, who, id, incoming)))

        return Response(await asyncio.to_thread(keep), 201, media_type=JSON)

    async def download(self, request: Request, who: Who) -> Response:
        """A file of the request."""
        id, file_id = request.path_params["id"], request.path_params["file"]
        file, data = await asyncio.to_thread(attach.read, self.store, self.files, who, id, file_id)
        return file_reply(request, file, data)

    def piece_of(self, unit: Unit, request: tables.Request) -> Piece:
        """The piece that is wished. Raises AtelierError."""
        piece = self.pieces.get(requests.wished(unit, request.id))
        if piece is None:
            raise AtelierError("piece_gone", "The piece of this request is no longer in the catalogue.")
        return piece

    def _reply(self, unit: Unit, request: tables.Request, status: int) -> kept.Reply:
        body = msgspec.json.encode(views.request_told(unit, request, self.pieces)).decode()
        return kept.Reply(status, body, {"ETag": f'"{request.version}"', "Cache-Control": "private, no-cache"})


def file_reply(request: Request, file: tables.File, data: bytes) -> Response:
    """A file as it goes out: pictures and films to be shown, everything else only to be saved."""
    etag = f'"{file.sha256}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache", "Content-Security-Policy": "sandbox"}
    if not file.mime.startswith(("image/", "video/")):
        headers["Content-Disposition"] = "attachment"
    if etag in header(request, "if-none-match"):
        return Response(status_code=304, headers=headers)
    return Response(data, headers=headers, media_type=file.mime)


def check_design(data: bytes) -> None:
    """Nothing, if a GLB from outside can be drawn. Raises InputError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "mesh.glb"
        path.write_bytes(data)
        report = gate.inspect(path, surfaces=False)
    if not report.accepted:
        raise InputError("design_refused", f"This model cannot be drawn: {report.errors[0]}")


def round_of(request: Request) -> Round:
    """The round of the address. Raises InputError."""
    said = request.path_params["round"]
    if said == "one":
        return "one"
    if said == "two":
        return "two"
    raise InputError("round_unknown", "There are two rounds of approval: one and two.")


def number_of(request: Request) -> int:
    """The number of the address; 0, which nothing has, when it is none."""
    said = request.path_params["number"]
    return int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
