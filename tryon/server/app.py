"""The application: the contract under /v1, the mirror's page and its files."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from functools import partial
from pathlib import Path

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from tryon.atelier import erase, erasures, hooks, passkeys, past
from tryon.atelier.accounts import Accounts
from tryon.atelier.closed import read_closed
from tryon.atelier.files import Files
from tryon.atelier.letter import Letters
from tryon.atelier.meetings import Meetings
from tryon.atelier.porter import CookiePorter
from tryon.atelier.post import Post, outbox_waits
from tryon.atelier.store import Store
from tryon.atelier.tries import Tries
from tryon.atelier.ways import Ways
from tryon.atelier.who import HOUSE, Porter
from tryon.calibration import read_calibration
from tryon.engine.pool import Pool
from tryon.errors import TryonError
from tryon.pieces.shelf import Shelf
from tryon.server import consent, sets, statuses
from tryon.server.api import Api
from tryon.server.brought import Brought
from tryon.server.carriers import carrier_of
from tryon.server.checks import Checks
from tryon.server.client_table import client_endpoints
from tryon.server.commissions import Commissions
from tryon.server.consents import Consents
from tryon.server.counter import Counter
from tryon.server.courier import Courier
from tryon.server.desk import Desk
from tryon.server.diary import Diary
from tryon.server.drawings import Drawings
from tryon.server.embed import Embed
from tryon.server.endpoints import Handler, routes
from tryon.server.erasures import Erasures
from tryon.server.feed import Feeds
from tryon.server.fits import Fits
from tryon.server.headers import Headers
from tryon.server.hooks import Hooks
from tryon.server.mine import Mines
from tryon.server.pace import Pace
from tryon.server.people import People
from tryon.server.phone import Phone
from tryon.server.photos import Photos
from tryon.server.policy import read_policies
from tryon.server.postman import Postman
from tryon.server.prints import print_endpoints
from tryon.server.relays import RelayDesk
from tryon.server.retention import Sweeper, table
from tryon.server.session_table import session_endpoints
from tryon.server.sessions import Sessions
from tryon.server.shopdesk import ShopDesk
from tryon.server.shops import Doorman, Shops
from tryon.server.showcase import Showcase
from tryon.server.staff_table import staff_endpoints
from tryon.server.studio import Studio
from tryon.server.turntable import Turntable
from tryon.server.visitor import Visitor
from tryon.server.watch import Watch
from tryon.settings import HERE, Settings
from tryon.types import Piece

WEB = HERE / "web"
PAGES = {
    "/": "index.html",
    "/request": "request.html",
    "/session": "session.html",
    "/p/{id}": "provenance.html",
    "/fit/{id}": "fit.html",
    "/privacy": "privacy.html",
    "/atelier": "atelier.html",
}
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

    Who made the pool starts it before and stops it after. `porter` knows the atelier's staff; by default by its cookie.
    """
    carrier = carrier_of(settings.mail, settings.mail_folder)
    own_letters = Path(settings.mail_letters) if settings.mail_letters else None
    letters = Letters(settings.shop_mark, own_letters)
    store = Store(settings.database_url, closed=read_closed(settings.closed))
    asks = passkeys.House(settings.shop_mark, settings.public_address)
    tries = Tries(time.monotonic)
    accounts = Accounts(store, asks, tries)
    cookies = CookiePorter(accounts, address=settings.public_address)
    shelf = Shelf(pieces, settings.pieces_folder, settings.published_folder)
    policies = read_policies(Path(settings.policy) if settings.policy else None, WEB / "words")
    pace = Pace()
    post = Post(store, letters, asks, settings.mail_from, shelf.names, may_mail=partial(pace.letter, "draft"))
    postman = Postman(post, carrier)
    counter = Counter(store, Files(settings.files_place), shelf.pieces, porter or cookies, settings.address_for)
    doorman = Doorman(store)
    watch = Watch(settings.metrics_key, pool.free, pool.vitals, lambda: store.look(outbox_waits))
    courier = Courier(store, settings.hooks_inside, went=watch.hooked)
    web = WebFiles(directory=WEB)
    embed = Embed(doorman, shelf.shown, shelf.posters, web, WEB)
    ledger = consent.Ledger(Path(settings.data) / "consents.jsonl")
    kept = Fits(
        store,
        ledger,
        shelf.shown,
        read_calibration(Path(settings.calibration)),
        address_for=settings.address_for,
        days=settings.fit_days,
    )
    studio = Studio(settings)
    easel = Studio(settings)  # who turns a piece does not wait for somebody's photo
    saved = sets.Sets(Path(settings.data) / "sets")
    retention = table(settings.fit_days)
    sweeper = Sweeper(
        retention,
        {
            "consent": ledger.sweep,
            "fit": lambda days: kept.sweep(),  # each was told its last day when it was kept
            "set": saved.sweep,
            "draft": lambda days: past.drafts(store, counter.files, days),
            "erasure": lambda days: store.change(HOUSE, "erasure.sweep", erasures.sweep),
            "letter": lambda days: store.change(HOUSE, "letter.sweep", lambda unit: past.letters(unit, days)),
            "told": lambda days: store.change(HOUSE, "hook.sweep", lambda unit: hooks.sweep(unit, days)),
        },
        store.settle,
    )
    own = Brought(settings, counter, shelf)
    own.reconcile()
    meetings = Meetings(store, counter.files)
    sessions = Sessions(pool, shelf, ledger, meetings, doorman, watch)
    texts = consent.lasting(consent.read_texts(WEB / "words"), settings.fit_days)
    api = Api(
        sessions,
        [
            *Showcase(shelf, doorman, saved, pace).endpoints(),
            *Consents(texts, ledger, doorman, sessions, watch, pace=pace, on_withdrawn=kept.forget_of).endpoints(),
            *session_endpoints(sessions),
            *Turntable(easel, doorman, shelf).endpoints(),
            *print_endpoints(),
            *kept.endpoints(),
            *Photos(studio, ledger, doorman, shelf.pieces, WEB / "portraits").endpoints(),
            *Mines(ledger, store, retention, sessions.close_all_of).endpoints(),
            *Erasures(store, counter.files, pace).endpoints(),
            *RelayDesk(settings, ledger, meetings).endpoints(),
            *Phone(doorman, shelf.pieces, settings.address_for).endpoints(),
            *embed.endpoints(),
            *client_endpoints(
                Commissions(counter, doorman, consent.read_texts(WEB / "words", "request"), policies, pace)
            ),
            *staff_endpoints(Desk(counter, Drawings(settings))),
            *Diary(counter).endpoints(),
            *People(accounts, Ways(store, asks, tries), cookies).endpoints(),
            *Shops(counter, doorman).endpoints(),
            *Hooks(counter, doorman, settings.hooks_inside).endpoints(),
            *Checks(counter, doorman, Visitor(settings.hooks_inside)).endpoints(),
            *Feeds(counter, doorman, shelf.shown).endpoints(),
            *ShopDesk(store, doorman, shelf.shown).endpoints(),
            *own.endpoints(),
            *watch.endpoints(),
        ],
    )

    @contextlib.asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        # an erasure that a crash cut short
        await asyncio.to_thread(erase.finish, store, counter.files)
        works = (postman.serve(), courier.serve(), watch.feel(), sweeper.serve())
        always = [asyncio.create_task(work) for work in works]
        yield
        sessions.closing = True
        await own.close()
        for task in always:
            task.cancel()
        await asyncio.gather(*always, return_exceptions=True)
        await asyncio.to_thread(studio.close)
        await asyncio.to_thread(easel.close)
        ledger.close()
        store.close()

    def page(name: str) -> Handler:
        async def answer(request: Request) -> Response:
            return await web.get_response(name, request.scope)

        return answer

    app = Starlette(
        routes=[
            *(Route(path, page(name)) for path, name in PAGES.items()),
            *(Route(path, handler) for path, handler in embed.pages().items()),
            *routes(api.endpoints()),
            Mount("/web", web),
        ],
        middleware=[Middleware(Headers, watch=watch, secure=settings.address.startswith("https://"))],
        exception_handlers={
            TryonError: statuses.on_tryon_error,
            HTTPException: statuses.on_http_error,
        },
        lifespan=lifespan,
    )
    app.router.redirect_slashes = False  # an address is what it is; no slash more or less makes it another one
    app.state.api = api
    app.state.sessions = sessions
    app.state.counter = counter
    app.state.courier = courier
    app.state.studio = studio
    app.state.sweeper = sweeper
    app.state.watch = watch
    return app
