"""The application: the contract under /v1, the mirror's page and its files."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tryon.atelier.files import Files
from tryon.atelier.store import Store
from tryon.atelier.who import ClosedDoor, Porter
from tryon.engine.pool import Pool
from tryon.errors import TryonError
from tryon.server import consent, sets, statuses
from tryon.server.api import Api
from tryon.server.client_table import client_endpoints
from tryon.server.commissions import Commissions
from tryon.server.counter import Counter
from tryon.server.desk import Desk
from tryon.server.drawings import Drawings
from tryon.server.endpoints import routes
from tryon.server.headers import Headers
from tryon.server.staff_table import staff_endpoints
from tryon.settings import HERE, Settings
from tryon.types import Piece

WEB = HERE / "web"
PAGES = {"/": "index.html", "/request": "request.html", "/p/{id}": "provenance.html"}
"Addresses of people, and the file that stands at each; what follows a # never comes to a server."


class WebFiles(StaticFiles):
    """The page's own files: kept by the browser, asked for again by their ETag."""

    def file_response(self, full_path: str | Path, *args: object, **options: object) -> Response:  # type: ignore[override]
        """As StaticFiles does, and never used without asking."""
        response = super().file_response(full_path, *args, **options)  # type: ignore[arg-type]
        response.headers["Cache-Control"] = "no-cache"
        return response


def create_app(
    settings: Settings, pool: Pool, pieces: Mapping[str, Piece], *, porter: Porter | None = None
) -> Starlette:
    """The ASGI application over a pool of sessions and a catalogue. Raises AssetError, SettingError.

    Who made the pool starts it before and stops it after. `porter` knows the atelier's staff; without one nobody is.
    """
    store = Store(settings.database_url)
    counter = Counter(store, Files(settings.files_place), pieces, porter or ClosedDoor())
    posters = {id: settings.pieces_folder / id / "poster.png" for id in pieces}
    ledger = consent.Ledger(Path(settings.data) / "consents.jsonl")
    api = Api(
        pool,
        pieces,
        {id: path for id, path in posters.items() if path.is_file()},
        consent.read_texts(WEB / "words"),
        ledger,
        sets.Sets(Path(settings.data) / "sets"),
        [
            *client_endpoints(Commissions(counter, consent.read_texts(WEB / "words", "request"))),
            *staff_endpoints(Desk(counter, Drawings(settings))),
        ],
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        yield
        api.closing = True
        ledger.close()
        store.close()

    web = WebFiles(directory=WEB)

    def page(file: str) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            return await web.get_response(file, request.scope)

        return answer

    app = Starlette(
        routes=[
            *(Route(path, page(file)) for path, file in PAGES.items()),
            *routes(api.endpoints()),
            Mount("/web", web),
        ],
        middleware=[Middleware(Headers)],
        exception_handlers={
            TryonError: statuses.on_tryon_error,
            HTTPException: statuses.on_http_error,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # an address is what it is; no slash more or less makes it another one
    app.state.api = api
    app.state.counter = counter
    return app
