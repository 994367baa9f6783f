"""What keeps the mirror from a shop's page, over HTTP: only its own pages are read, and with care."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.server.conftest import House, housed
from tests.server.test_hooks import INSIDE, certified
from tests.server.test_people import OWN, come_in
from tests.server.test_shops import add, reason
from tests.web.shopfront import Front, open_front
from tryon.server.courier import HEAD_BYTES_MAX, Refused
from tryon.server.shops import CHECKS_A_MINUTE
from tryon.server.visitor import Visitor
from tryon.storefront import BYTES_MAX, Finding

OURS = "http://testserver"
CLOSED = {"Permissions-Policy": "camera=(), microphone=()"}


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """As that of the other tests, and pages on this machine may be read."""
    with housed(tmp_path, hook_hosts="127.0.0.1") as house:
        yield house


@pytest.fixture(scope="module")
def front() -> Iterator[Front]:
    with open_front("127.0.0.1") as front:
        yield front


class Doors:
    """Both ways in to the check of one shop's pages."""

    def __init__(self, house: House, *origins: str) -> None:
        come_in(house)
        self._client, self._shop = house.client, add(house, origins=origins)
        made = self._client.post(f"/v1/atelier/shops/{self._shop['id']}/keys", json={"kind": "secret"}, headers=OWN)
        self._key = {"Authorization": f"Bearer {made.json()['key']}"}

    def owner(self, address: str, lang: str = "en") -> Any:
        path = f"/v1/atelier/shops/{self._shop['id']}/check?lang={lang}"
        return self._client.post(path, json={"address": address}, headers=OWN)

    def server(self, address: str, lang: str = "en") -> Any:
        return self._client.post(f"/v1/shop/check?lang={lang}", json={"address": address}, headers=self._key)


def test_an_owner_and_the_shops_own_server_are_told_what_keeps_the_camera_out(house: House, front: Front) -> None:
    doors = Doors(house, front.address)
    front.pages, front.headers = {"/tiaras?a=%C3%A9": "<h1>Aurora</h1>"}, CLOSED
    for ask, lang, words in (
        (doors.owner, "fr", "L’en-tête dit camera=()."),
        (doors.server, "en", "The header says camera=()."),
    ):
        answer = ask(f"{front.address}/tiaras?a=é#top", lang)
        assert answer.status_code == 200, answer.text
        found = {one["what"]: one for one in answer.json()["findings"]}
        assert [what for what, one in found.items() if not one["works"]] == ["camera", "microphone"]
        assert found["camera"]["words"] == words
        assert (found["camera"]["reason"], found["camera"]["values"]) == ("camera_kept", {"said": "()"})
        assert found["microphone"]["write"] == f'Permissions-Policy: microphone=(self "{OURS}")'
        assert not answer.json()["works"]

    front.headers = {}
    assert doors.server(f"{front.address}/tiaras?a=é").json()["works"]
    (only,) = doors.server(f"{front.address}/nowhere").json()["findings"]
    assert (only["what"], only["reason"], only["values"]) == ("page", "page_answers", {"status": "404"})


def test_only_the_shops_own_pages_are_read_and_not_all_the_time(house: House, front: Front) -> None:
    doors, port = Doors(house, front.address), front.address.rpartition(":")[2]
    front.pages, front.headers = {"/": "x"}, {}
    wrong = (
        *("https://other.example/", f"http://127.0.0.1:{int(port) - 1}/", f"https://127.0.0.1:{port}/", "", "/etc"),
        *(f"http://127.0.0.1:{port}@other.example/", f"http://u@127.0.0.1:{port}/", "file:///etc/passwd", "http://["),
    )
    for said in wrong:
        assert reason(doors.server(said)) == (403, "shop_page_other"), said
        assert reason(doors.owner(said)) == (403, "shop_page_other"), said
    for _ in range(CHECKS_A_MINUTE):
        assert doors.server(f"{front.address}/").status_code == 200
    assert reason(doors.owner(f"{front.address}/")) == (429, "shop_too_often")
    front.pages.clear()
    assert reason(house.client.post("/v1/shop/check", json={"address": front.address})) == (401, "shop_key_unknown")
    assert reason(house.client.post("/v1/atelier/shops/nix/check", json={"address": ""}, headers=OWN))[0] == 404


@asynccontextmanager
async def answering(*said: bytes, tls: ssl.SSLContext | None = None) -> AsyncIterator[tuple[str, list[bytes]]]:
    """Origin of a server that says this, the last for ever, and what it heard."""
    answers, heard = list(said), []

    async def hear(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            heard.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(answers.pop(0) if len(answers) > 1 else answers[0])
            await writer.drain()
            if not answers[0]:
                await reader.read()  # says nothing until the other side gives up
        except OSError:
            pass  # it was left, as it should be
        finally:
            writer.close()

    server = await asyncio.start_server(hear, "127.0.0.1", 0, ssl=tls)
    try:
        yield f"{'https' if tls else 'http'}://127.0.0.1:{server.sockets[0].getsockname()[1]}", heard
    finally:
        server.close()


async def refusal(visitor: Visitor, address: str) -> Refused:
    with pytest.raises(Refused) as told:
        await visitor.read(address)
    return told.value


async def test_a_private_address_is_not_read_however_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    async with answering(b"HTTP/1.1 200 OK\r\n\r\n") as (origin, heard):
        outside, port = Visitor(frozenset()), origin.rpartition(":")[2]
        for address in (origin, f"https://127.0.0.1:{port}/", f"https://localhost:{port}/", f"https://[::1]:{port}/"):
            assert str(await refusal(outside, address)) == "address_private"

        async def leads(host: str, port: int, **options: Any) -> list[Any]:
            return [(2, 1, 6, "", (address, port)) for address in ("93.184.215.14", "10.0.0.1")]

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", leads)
        assert str(await refusal(outside, f"https://rebound.example:{port}/")) == "address_private"
    assert not heard


@pytest.mark.parametrize(
    ("answer", "meant"),
    [
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\n\r\n", "page_elsewhere"),
        (b"HTTP/1.1 301 Gone\r\nLocation: //169.254.169.254/latest\r\n\r\n", "page_elsewhere"),
        (b"HTTP/1.1 307 On\r\nLocation: file:///etc/passwd\r\n\r\n", "page_elsewhere"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:x/\r\n\r\n", "answer_unreadable"),
        (b"HTTP/1.1 302 Found\r\nLocation: /round\r\n\r\n", "page_circles"),
        (b"HTTP/1.1 503 Oh\r\nContent-Length: 0\r\n\r\n", "page_answers"),
        (b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\nx", "answer_unreadable"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"x" * HEAD_BYTES_MAX * 8, "answer_unreadable"),
        (b"HTTP/1.1 103 Early\r\n\r\n" * 20_000, "answer_unreadable"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", "answer_unreadable"),
        (b"HTTP/1.1 101 Up\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", "answer_unreadable"),
        (b"SSH-2.0-OpenSSH\r\n", "answer_unreadable"),
    ],
)
async def test_an_answer_that_is_no_page_is_said_so(answer: bytes, meant: str) -> None:
    async with answering(answer) as (origin, _):
        told = await refusal(Visitor(INSIDE), f"{origin}/")
    assert str(told) == meant
    for language in ("en", "fr"):
        assert "{" not in Finding("page", False, meant, getattr(told, "values", {})).words(language)


async def test_who_says_nothing_is_left_and_who_is_not_there_too() -> None:
    async with answering(b"") as (origin, _):
        assert str(await refusal(Visitor(INSIDE, wait_s=0.2), origin)) == "too_slow"
    assert str(await refusal(Visitor(INSIDE), origin)) == "not_reached"


async def test_a_redirect_within_the_origin_is_followed_and_an_endless_page_read_to_its_bound() -> None:
    on = b"HTTP/1.1 302 Found\r\nLocation: /en/\r\n\r\n"
    endless = b"HTTP/1.1 200 OK\r\nX-Frame: 1\r\n\r\n" + b"x" * (BYTES_MAX + 100_000)
    async with answering(on, endless) as (
        origin,
        heard,
    ):
        page = await Visitor(INSIDE).read(f"{origin}/")
    assert page.address.geturl() == f"{origin}/en/"
    assert (len(page.body), page.all("x-frame")) == (BYTES_MAX, ["1"])
    assert [line.split(b"\r\n")[0] for line in heard] == [b"GET / HTTP/1.1", b"GET /en/ HTTP/1.1"]


async def test_a_page_is_read_only_under_a_certificate_of_its_own_name(tmp_path: Path) -> None:
    chunked = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n"
    async with answering(chunked, tls=certified(tmp_path)) as (origin, heard):
        visitor = Visitor(INSIDE)
        assert str(await refusal(visitor, f"{origin}/")) == "certificate_wrong"
        assert not heard
        visitor.tls.load_verify_locations(tmp_path / "cert.pem")
        assert (await visitor.read(f"{origin}/")).body == "hi"
