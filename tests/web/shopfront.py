"""A shop's own page on another origin than ours, and the shop and key behind it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.web.house import House
from tryon.atelier import shops
from tryon.atelier.shops import KeyWish, ShopWish
from tryon.atelier.store import Store
from tryon.atelier.who import Who

OWNER = Who("owner", "odile")
CATALOGUE = frozenset({"aurora", "celeste", "ondine"})


@dataclass
class Front:
    """Pages of a shop, by path: their markup and what is said with them."""

    address: str
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def page(self, house: House, body: str, *, path: str = "/", headers: Mapping[str, str] | None = None) -> str:
        """Put a page up, with the loader in its head; its address."""
        head = f'<script async src="{house.address}/embed/v1.js"></script><link rel="icon" href="data:,">'
        self.pages[path] = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Shop</title>{head}{body}'
        self.headers = dict(headers or {})
        return self.address + path


@contextmanager
def open_front(host: str = "shop.localhost") -> Iterator[Front]:
    """Serve pages under a host name that browsers take for this machine."""
    front = Front("")

    class Pages(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found = front.pages.get(self.path)
            body = (found or "").encode()
            self.send_response(200 if found else 404)
            for name, value in {"Content-Type": "text/html", **front.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, *said: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Pages)
    front.address = f"http://{host}:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, name="shopfront")
    thread.start()
    try:
        yield front
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def new_key(house: House, *origins: str, sandbox: bool = False, pieces: tuple[str, ...] | None = None) -> str:
    """A publishable key of a new shop with pages at these origins."""
    store = Store(f"sqlite:///{house.data / 'atelier.db'}")
    wish = ShopWish("Maison Vesper", origins, pieces, "https://vesper.example/privacy")
    try:
        shop = store.change(OWNER, "shop.add", lambda unit: shops.add(unit, wish, CATALOGUE))
        made = store.change(
            OWNER, "key.make", lambda unit: shops.make_key(unit, shop.id, KeyWish("publishable", sandbox))
        )
    finally:
        store.close()
    return made.key
