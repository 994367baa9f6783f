"""What a shop's server is told: signed, tried again, never to a private address; kept, and sent anew, by both doors."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import ipaddress
import json
import re
import ssl
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from sqlalchemy import select
from standardwebhooks import Webhook

from tests.server.conftest import House, housed
from tests.server.test_fits import measures
from tests.server.test_people import OWN, come_in
from tests.server.test_shops import add, begin, key, reason, send
from tryon.atelier import fits, hooks, settling, shops
from tryon.atelier.hooks import AGAIN_AFTER, HookWish
from tryon.atelier.letter import Letters
from tryon.atelier.passkeys import House as Asks
from tryon.atelier.post import Post
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import AuditLine, HookMessage, HookTry, Meeting, MeetingEntry, Staff
from tryon.atelier.who import HOUSE
from tryon.errors import InputError
from tryon.server.courier import HEAD_BYTES_MAX, Courier

INSIDE = frozenset({"127.0.0.1"})
NOBODY = "http://127.0.0.1:9/hook"  # the port for discarding: nobody listens
OK = b"HTTP/1.1 204 No Content\r\n\r\n"
CLIENT = "zoe@client.example"


class Listener:
    """A shop's server: keeps what it is told and answers as the test says, the last answer for ever."""

    def __init__(self) -> None:
        self.heard: list[tuple[dict[str, str], bytes]] = []
        self.answers = [OK]
        self.port = self._open = 0

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            headers = dict(line.split(": ", 1) for line in head[1:] if line)
            self.heard.append((headers, await reader.readexactly(int(headers["Content-Length"]))))
            answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
            writer.write(answer)
            await writer.drain()
            if not answer:
                await reader.read()  # says nothing until the other side gives up
        except (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()
            self._open -= 1

    def _come(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> Any:
        self._open += 1
        return self._hear(reader, writer)

    @contextlib.asynccontextmanager
    async def listening(self, tls: ssl.SSLContext | None = None) -> AsyncIterator[str]:
        server = await asyncio.start_server(self._come, "127.0.0.1", 0, ssl=tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield f"{'https' if tls else 'http'}://127.0.0.1:{self.port}/hook?a=1"
        finally:
            server.close()
            while self._open:
                await asyncio.sleep(0.01)


class Shop:
    """A store with one shop, and the courier over it."""

    def __init__(self, folder: Path, *, answer_s: float = 30.0) -> None:
        self.now = datetime.datetime.now(datetime.UTC)
        self.store = Store(f"sqlite:///{folder / 'atelier.db'}", clock=lambda: self.now)
        self.went: list[tuple[int, str]] = []
        self.courier = Courier(self.store, INSIDE, went=lambda *how: self.went.append(how), answer_s=answer_s)
        self.id = self.store.change(HOUSE, "begin", self._begin)

    def _begin(self, unit: Unit) -> str:
        owner = Staff(id="ada", role="owner", name="Ada", email="ada@x.example", active=True, capacity_month=0)
        owner.made_at = unit.now
        unit.rows.add(owner)
        shop = shops.Shop(id="s1", name="Maison Vesper", policy="", every_piece=True, active=True, version=1)
        shop.sessions_max, shop.visits_a_minute, shop.made_at = 8, 60, unit.now
        unit.rows.add(shop)
        return shop.id

    def hook(self, url: str, **wish: Any) -> hooks.HookMade:
        return self.do(lambda unit: hooks.add(unit, self.id, None, HookWish(url, **wish), INSIDE))

    def do(self, work: Any) -> Any:
        return self.store.change(HOUSE, "test", work)

    def tell(self, number: int = 1) -> None:
        data = {"fit": f"f{number}", "piece": "aurora"}
        self.do(lambda unit: hooks.tell(unit, self.id, False, "fit.kept", data))

    def rows(self, table: Any) -> list[Any]:
        rows: list[Any] = self.do(lambda unit: list(unit.rows.scalars(select(table))))
        return rows

    def told(self) -> hooks.HookTold:
        return self.do(lambda unit: hooks.all_told(unit, self.id, None)).hooks[0]  # type: ignore[no-any-return]


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """As that of the other tests, and a shop may be told things on this machine."""
    with housed(tmp_path, hook_hosts="127.0.0.1") as house:
        yield house


# how it is carried


async def test_what_is_told_is_signed_and_told_once(shop: Shop) -> None:
    listener = Listener()
    async with listener.listening() as url:
        made = shop.hook(url)
        shop.hook(NOBODY, events=("data.erased",))
        shop.hook(NOBODY, sandbox=True)
        shop.tell()
        assert await shop.courier.round() == 1
        assert await shop.courier.round() == 0
        assert shop.went == [(204, "")]

        rotated = shop.do(lambda unit: hooks.rotate(unit, shop.id, None, made.hook.id))
        shop.tell(2)
        await shop.courier.round()
        shop.now += hooks.ROTATED_FOR
        shop.tell(3)
        await shop.courier.round()

    assert [headers["webhook-id"] for headers, _ in listener.heard] == [
        f"msg_{row.id}" for row in shop.rows(HookMessage)
    ]
    (first, body), (second, again), (third, _) = listener.heard
    said = Webhook(made.secret).verify(body, first)
    assert said["type"] == "fit.kept"
    assert said["data"] == {"fit": "f1", "piece": "aurora", "sandbox": False}
    for secret in (made.secret, rotated.secret):
        Webhook(secret).verify(again, second)
    assert len(third["webhook-signature"].split()) == 1
    assert first["Host"] == f"127.0.0.1:{listener.port}"


async def test_it_is_tried_again_for_days_then_switched_off_and_nothing_is_lost(shop: Shop) -> None:
    listener = Listener()
    listener.answers = [b"HTTP/1.1 500 Oh\r\n\r\n"]
    async with listener.listening() as url:
        made, began = shop.hook(url), shop.now
        shop.tell()
        waits = []
        while (row := shop.rows(HookMessage)[0]).next_at is not None:
            waits.append((row.next_at - shop.now).total_seconds())
            shop.now = row.next_at
            await shop.courier.round()
        for wait, meant in zip(waits[1:], AGAIN_AFTER, strict=True):
            assert wait == pytest.approx(meant.total_seconds(), rel=0.101)
        assert {headers["webhook-id"] for headers, _ in listener.heard} == {f"msg_{row.id}"}
        assert shop.now - began > datetime.timedelta(days=2.8)
        assert [(one.status, one.number) for one in shop.rows(HookTry)] == [(500, n) for n in range(1, 11)]
        assert (shop.told().ended, shop.told().waiting) == ("failing", 0)
        shop.tell(2)
        assert len(shop.rows(HookMessage)) == 1, "nothing is told there any more"

        letters = Post(shop.store, Letters("Mira"), Asks("Mira", "https://mira.example"), "a@mira.example", {})
        (line,) = [one for one in letters.take() if one.topic == "hook.ended"]
        letter = letters.message(line)
        assert letter is not None
        assert (letter["To"], letter["Subject"]) == (
            "Ada <ada@x.example>",
            "Maison Vesper: its server is told nothing any more",
        )
        assert "127.0.0.1" in letter.get_body(("plain",)).get_content()  # type: ignore[union-attr]

        listener.answers = [OK]
        shop.do(lambda unit: hooks.change(unit, shop.id, None, made.hook.id, HookWish(url), INSIDE))
        assert shop.do(lambda unit: hooks.replay_failed(unit, shop.id, None, made.hook.id)).count == 1
        await shop.courier.round()
        log = shop.do(lambda unit: hooks.log(unit, shop.id, None, made.hook.id))
        assert [(one.state, len(one.tries)) for one in log.deliveries] == [("delivered", 11)]
        assert (shop.told().ended, shop.told().failing_since) == ("", None)
    shop.now += datetime.timedelta(days=30, seconds=1)
    assert shop.do(lambda unit: hooks.sweep(unit, 30)) == 1


async def test_of_an_answer_only_the_status_counts(shop: Shop) -> None:
    answers = {
        b"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:9/\r\n\r\n": (302, ""),
        b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n": (200, ""),
        b"HTTP/1.1 100 Continue\r\n\r\n" * 4000: (0, "answer_unreadable"),
        b"HTTP/1.1 " + b"2" * (HEAD_BYTES_MAX + 1): (0, "answer_unreadable"),
        b"SSH-2.0-OpenSSH\r\n": (0, "answer_unreadable"),
        b"HTTP/1.1 204": (0, "answer_unreadable"),
    }
    listener = Listener()
    async with listener.listening() as url:
        for answer, meant in answers.items():
            listener.answers = [answer]
            went = await shop.courier.post(hooks.Outgoing("x", url, {}, b"{}"))
            assert (went.status, went.trouble) == meant, answer[:30]
    assert len(listener.heard) == len(answers), "no redirect is followed"


async def test_who_does_not_answer_is_left_and_who_is_gone_is_asked_no_more(tmp_path: Path) -> None:
    shop, listener = Shop(tmp_path, answer_s=0.3), Listener()
    listener.answers = [b""]
    async with listener.listening() as url:
        shop.hook(url)
        shop.tell()
        await shop.courier.round()
        assert [one.trouble for one in shop.rows(HookTry)] == ["too_slow"]
        listener.answers = [b"HTTP/1.1 410 Gone\r\n\r\n"]
        shop.courier = Courier(shop.store, INSIDE)
        shop.now += AGAIN_AFTER[0] * 2
        await shop.courier.round()
    assert shop.told().ended == "gone"
    shop.store.close()


async def test_nothing_goes_to_a_private_address_however_it_is_named(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    listener = Listener()
    async with listener.listening() as url:
        shop.hook(url)
        shop.tell()
        # the setting that let it in was taken back
        courier = Courier(shop.store, frozenset())
        await courier.round()
        # a public name that leads here, also if only one of its addresses does
        loop = asyncio.get_running_loop()

        async def leads(host: str, port: int, **options: Any) -> list[Any]:
            return [(2, 1, 6, "", (address, port)) for address in ("93.184.215.14", "127.0.0.1")]

        monkeypatch.setattr(loop, "getaddrinfo", leads)
        one = hooks.Outgoing("x", f"https://rebound.example:{listener.port}/", {}, b"{}")
        assert (await courier.post(one)).trouble == "address_private"
    assert [one.trouble for one in shop.rows(HookTry)] == ["address_private"]
    assert not listener.heard
    assert shop.told().failing_since is not None


async def test_a_server_is_told_only_under_a_certificate_of_its_own_name(shop: Shop, tmp_path: Path) -> None:
    listener, one = Listener(), hooks.Outgoing("x", "", {}, b"{}")
    async with listener.listening(certified(tmp_path)) as url:
        one = replace(one, url=url)
        assert (await shop.courier.post(one)).trouble == "certificate_wrong"
        assert not listener.heard
        shop.courier.tls.load_verify_locations(tmp_path / "cert.pem")
        assert (await shop.courier.post(one)).status == 204


def certified(folder: Path) -> ssl.SSLContext:
    """A certificate for 127.0.0.1 that nobody else signed."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "listener")])
    now = datetime.datetime.now(datetime.UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - datetime.timedelta(days=1)).not_valid_after(now + datetime.timedelta(days=1))
    named = x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))])
    cert = made.add_extension(named, critical=False).sign(key, SHA256())
    (folder / "cert.pem").write_bytes(cert.public_bytes(Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return context


@pytest.mark.parametrize(
    "said",
    [
        "https://shop.example/hook",
        "https://shop.example:8443/hook?a=b",
        "http://127.0.0.1:9000/hook",
        "https://127.0.0.1/hook",
    ],
)
def test_a_public_address_is_taken(said: str) -> None:
    assert hooks.address_of(said, INSIDE) == said


@pytest.mark.parametrize(
    "said",
    ["http://shop.example/", "https://localhost/", "https://a.localhost/", "https://10.0.0.1/", "https://[::1]/",
     "https://2130706433/", "https://0x7f.1/", "https://127.1/", "https://8.8.8.8/", "https://u:p@shop.example/",
     "https://shop.example/#a", "https://shop.example:0/", "https://shop.example:99999/", "https://shop/", "ftp://a.b/",
     "https://metadata.google.internal/", "https://shop.example/\r\nX: y", "https://shöp.example/", "https://a b.c/",
     ""],
)  # fmt: skip
def test_any_other_is_refused(said: str) -> None:
    with pytest.raises(InputError, match="public name"):
        hooks.address_of(said, frozenset())


@pytest.mark.parametrize(
    ("address", "public"),
    [("93.184.215.14", True), ("2606:2800:21f::1", True), ("127.0.0.1", False), ("10.1.2.3", False),
     ("169.254.169.254", False), ("100.64.0.1", False), ("0.0.0.0", False), ("224.0.0.1", False), ("::1", False),
     ("::ffff:10.0.0.1", False), ("64:ff9b::a00:1", False), ("2002:7f00:1::", False), ("fe80::1%eth0", False),
     ("fd00::1", False), ("255.255.255.255", False), ("240.0.0.1", False)],
)  # fmt: skip
def test_which_addresses_are_of_the_public_net(address: str, public: bool) -> None:
    assert hooks.is_public(address) is public


def test_a_fit_card_is_told_of_when_it_is_kept_and_when_it_goes(shop: Shop) -> None:
    shop.hook(NOBODY)
    kept, key = shop.do(lambda unit: fits.keep(unit, "c1", "aurora", {}, 90, shop=shop.id))
    shop.do(lambda unit: fits.keep(unit, "c1", "aurora", {}, 90))
    shop.do(lambda unit: fits.forget(unit, kept.id, key))
    told = [json.loads(row.body) for row in shop.rows(HookMessage)]
    assert [(one["type"], one["data"]["fit"]) for one in told] == [("fit.kept", kept.id), ("data.erased", kept.id)]

    def close(unit: Unit) -> None:
        unit.rows.get_one(shops.Shop, shop.id).active = False

    shop.do(close)
    kept, key = shop.do(lambda unit: fits.keep(unit, "c2", "aurora", {}, 90, shop=shop.id))
    assert len(shop.rows(HookMessage)) == 2, "a shop that was closed hears of nothing new"
    shop.do(lambda unit: fits.forget(unit, kept.id, key))
    assert json.loads(shop.rows(HookMessage)[-1].body)["type"] == "data.erased"


# both doors


def secret(house: House, shop: dict[str, Any], *, sandbox: bool = False) -> dict[str, str]:
    """The header of a new secret key."""
    wish = {"kind": "secret", "sandbox": sandbox}
    made = house.client.post(f"/v1/atelier/shops/{shop['id']}/keys", json=wish, headers=OWN).json()
    return {"Authorization": f"Bearer {made['key']}"}


def test_a_request_is_told_of_from_its_submission_to_its_erasure_without_her(house: House) -> None:
    come_in(house)
    shop = add(house)
    _, page = key(house, shop)
    server = secret(house, shop)
    hook = house.client.post("/v1/shop/hooks", json={"url": NOBODY}, headers=server).json()["hook"]["id"]
    measured = {
        "fit": {
            "aurora": {"verdict": "adjust", "probability": 0.8, "notes": [{"code": "pad", "level": "act", "mm": 2.5}]}
        }
    }
    (quiet, hers), (open_, too) = (begin(house, page, measured=measured) for _ in "ab")
    assert house.client.get("/v1/shop/requests", headers=server).json() == {"requests": [], "more": ""}
    send(house, quiet, hers)
    send(house, open_, too, "shop")

    listed = {row["request"]: row for row in house.client.get("/v1/shop/requests", headers=server).json()["requests"]}
    assert {id: row["fit"] for id, row in listed.items()} == {
        quiet: None,
        open_: [
            {"piece": "aurora", "verdict": "adjust", "probability": 0.8, "notes": [{"code": "pad", "level": "act"}]}
        ],
    }
    one = house.client.get(f"/v1/shop/requests/{quiet}", headers=server)
    assert one.json() == listed[quiet]
    assert (one.json()["piece"], one.json()["stage"]) == ("aurora", "enquiry")
    etag = house.client.get(f"/v1/requests/{quiet}", headers=hers).headers["ETag"]
    cancelled = house.client.post(f"/v1/requests/{quiet}/cancellation", json={"words": "no"}, headers=hers)
    assert cancelled.status_code == 200, cancelled.text
    log = house.client.get(f"/v1/shop/hooks/{hook}/deliveries", headers=server).json()["deliveries"]
    said = [(json.loads(row["body"])["type"], json.loads(row["body"])["data"]["request"]) for row in log]
    assert said == [("request.changed", quiet), ("request.submitted", open_), ("request.submitted", quiet)]
    changed = json.loads(log[0]["body"])["data"]
    assert (changed["came_from"], changed["stage"], changed["sandbox"]) == ("enquiry", "cancelled", False)
    etag = cancelled.headers["ETag"]
    erased = house.client.post(f"/v1/requests/{quiet}/erasure", json={}, headers={**hers, "If-Match": etag})
    assert erased.status_code == 200, erased.text
    log = house.client.get(f"/v1/shop/hooks/{hook}/deliveries", headers=server).json()["deliveries"]
    assert [row["event"] for row in log] == ["data.erased", "request.submitted"]
    gone = house.client.get(f"/v1/shop/requests/{quiet}", headers=server).json()
    assert (gone["erased"], gone["fit"]) == (True, None)
    for text in (json.dumps(log), json.dumps(listed), json.dumps(gone)):
        assert CLIENT not in text
        assert "Zoé" not in text
        assert "2.5" not in text


def test_what_she_keeps_and_where_she_was_met_is_told_to_the_shop_she_came_from(house: House) -> None:
    come_in(house)
    shop = add(house)
    _, page = key(house, shop, sandbox=True)
    server, live = secret(house, shop, sandbox=True), secret(house, shop)
    for headers in (server, live):
        assert house.client.post("/v1/shop/hooks", json={"url": NOBODY}, headers=headers).status_code == 201

    words = house.client.get("/v1/consent").json()
    asked = {"version": words["version"], "language": "en", "purposes": ["live", "measure", "keep"]}
    token = house.client.post("/v1/consents", json=asked, headers=page).json()["token"]
    hers = {"Authorization": f"Bearer {token}"}
    kept = house.client.post("/v1/fits", json={"piece": "aurora", "measures": measures()}, headers=hers)
    assert kept.status_code == 201, kept.text
    assert house.client.delete("/v1/me", headers=hers).status_code == 204

    request, own = begin(house, page)
    send(house, request, own)
    store = house.client.app.state.counter.store  # type: ignore[attr-defined]

    def meet(unit: Unit) -> None:
        met = Meeting(id="m1", request_id=request, language="en", made_at=unit.now, admitted_at=unit.now, settled_n=0)
        unit.rows.add(met)
        unit.rows.flush()
        said = {"kind": "chat", "at": unit.now, "by": "client", "name": "Zoé", "data": {"text": "hello"}}
        unit.rows.add(MeetingEntry(meeting_id="m1", n=1, **said))
        unit.rows.flush()
        settling.settle(unit, "m1")

    store.change(HOUSE, "meeting.settle", meet)
    (hook,) = house.client.get("/v1/shop/hooks", headers=server).json()["hooks"]
    log = house.client.get(f"/v1/shop/hooks/{hook['id']}/deliveries", headers=server).json()["deliveries"]
    told = [json.loads(row["body"]) for row in reversed(log)]
    assert [(one["type"], one["data"].get("fit", request)) for one in told] == [
        ("fit.kept", kept.json()["fit"]),
        ("data.erased", kept.json()["fit"]),
        ("request.submitted", request),
        ("consultation.ended", request),
    ]
    assert all(one["data"]["sandbox"] is True for one in told)
    assert house.client.get("/v1/shop/hooks", headers=live).json()["hooks"][0]["waiting"] == 0, "it is no order"
    assert "Zoé" not in json.dumps(log)


def test_a_secret_key_opens_its_own_shop_and_nothing_else(house: House) -> None:
    come_in(house)
    shop, other = add(house, pieces=["aurora", "lys"]), add(house, name="Other")
    live, trial, foreign = secret(house, shop), secret(house, shop, sandbox=True), secret(house, other)
    _, page = key(house, shop)
    hook = house.client.post("/v1/shop/hooks", json={"url": NOBODY, "sandbox": True}, headers=live).json()["hook"]
    request, hers = begin(house, page)
    send(house, request, hers)

    assert hook["sandbox"] is False, "a live key makes live ones"
    shown = house.client.get("/v1/shop/pieces", headers=live).json()["pieces"]
    assert [card["id"] for card in shown] == ["aurora", "lys"]
    for path in ("pieces", "requests", "hooks"):
        assert house.client.get(f"/v1/shop/{path}", headers=live).status_code == 200
        for wrong in ({}, {"Authorization": f"Bearer {page['Shop-Key']}"}, {"Authorization": "Bearer sk_live_x"}, page):
            assert reason(house.client.get(f"/v1/shop/{path}", headers=wrong)) == (401, "shop_key_unknown")
    for headers in (trial, foreign):
        assert house.client.get("/v1/shop/requests", headers=headers).json()["requests"] == []
        assert reason(house.client.get(f"/v1/shop/requests/{request}", headers=headers)) == (404, "request_unknown")
        assert house.client.get("/v1/shop/hooks", headers=headers).json()["hooks"] == []
        one = f"/v1/shop/hooks/{hook['id']}"
        for method, path in (
            ("DELETE", one),
            ("POST", one + "/secret"),
            ("POST", one + "/test"),
            ("GET", one + "/deliveries"),
        ):
            assert reason(house.client.request(method, path, headers=headers)) == (404, "hook_unknown")
    # what a page's key or a server's opens is not the atelier's
    assert reason(house.client.get("/v1/shop", headers={"Shop-Key": live["Authorization"][7:]})) == (
        401,
        "shop_key_unknown",
    )
    house.client.cookies.clear()
    assert reason(house.client.get("/v1/atelier/requests", headers=live)) == (401, "staff_unknown")
    assert reason(house.client.get(f"/v1/atelier/shops/{shop['id']}/hooks", headers=live)) == (401, "staff_unknown")


def test_an_owner_keeps_the_same_addresses_and_the_trail_says_who_did(house: House) -> None:
    come_in(house)
    shop = add(house)
    base, server = f"/v1/atelier/shops/{shop['id']}/hooks", secret(house, shop)
    made = house.client.post(base, json={"url": NOBODY, "events": ["fit.kept"]}, headers=OWN).json()
    one = f"{base}/{made['hook']['id']}"
    assert [hook["url"] for hook in house.client.get("/v1/shop/hooks", headers=server).json()["hooks"]] == [NOBODY]

    assert reason(house.client.post(base, json={"url": "https://localhost/"}, headers=OWN)) == (
        422,
        "hook_address_wrong",
    )
    assert reason(house.client.post(base, json={"url": NOBODY, "events": ["x"]}, headers=OWN)) == (
        422,
        "body_unreadable",
    )
    tested = house.client.post(f"{one}/test", headers=OWN)
    assert (tested.status_code, tested.json()["event"], tested.json()["state"]) == (202, "hook.tested", "waiting")
    replayed = house.client.post(f"{one}/deliveries/{tested.json()['id']}/replay", headers=OWN)
    assert replayed.status_code == 202
    assert reason(house.client.post(f"{one}/deliveries/nix/replay", headers=OWN)) == (404, "delivery_unknown")
    off = house.client.put(one, json={"url": NOBODY, "active": False}, headers=OWN).json()
    assert (off["ended"], off["waiting"], off["events"]) == ("asked", 0, [])
    for path in (f"{one}/test", f"{one}/replay", f"{one}/deliveries/{tested.json()['id']}/replay"):
        assert reason(house.client.post(path, headers=OWN)) == (409, "hook_ended")
    again = house.client.post(f"{one}/secret", headers=OWN).json()
    assert again["secret"] != made["secret"]
    assert made["secret"] not in house.client.get(base).text
    for left in reversed(range(hooks.HOOKS_MAX)):
        full = house.client.post("/v1/shop/hooks", json={"url": NOBODY}, headers=server)
        assert (full.status_code == 201) == bool(left)
    assert reason(full) == (409, "hooks_full")
    assert house.client.delete(one, headers=OWN).status_code == 204
    assert reason(house.client.get(f"{one}/deliveries")) == (404, "hook_unknown")
    store = house.client.app.state.counter.store  # type: ignore[attr-defined]

    lines = store.look(lambda unit: [(row.by_role, row.action) for row in unit.rows.scalars(select(AuditLine))])
    assert {("owner", "hook.add"), ("house", "hook.add"), ("owner", "hook.rotate"), ("owner", "hook.remove")} <= set(
        lines
    )
    assert store.verify().faults == []


def test_a_server_that_asks_too_often_is_told_when_to_come_back(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tryon.server.shops.SERVER_A_MINUTE", 2)
    come_in(house)
    server = secret(house, add(house))
    answers = [house.client.get("/v1/shop/hooks", headers=server) for _ in "abc"]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "60"


def test_what_a_shop_is_told_is_written_down_for_its_developers() -> None:
    page = (Path(__file__).resolve().parents[2] / "web" / "embed" / "README.md").read_text()
    told = re.findall(r"^\| `([a-z]+\.[a-z]+)` \| `\{", page, re.M)
    assert [event for event in told if event in hooks.EVENTS] == list(hooks.EVENTS)


def test_those_that_never_answer_do_not_hold_up_the_others(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hooks, "TOGETHER", 2)
    for number in range(4):
        shop.hook(f"http://127.0.0.1:9/{number}", events=["fit.kept"])
    shop.tell()
    carried = []
    for _ in range(4):
        for out in shop.do(hooks.take):
            carried.append(out.url[-1])
            shop.do(lambda unit, id=out.id: hooks.carried(unit, id, status=0, took_ms=10_000, trouble="silent"))
        shop.now += datetime.timedelta(hours=1)  # all are due again
    assert sorted(carried[:4]) == sorted(carried[4:]) == ["0", "1", "2", "3"]


def test_one_test_waits_at_a_time(shop: Shop) -> None:
    made = shop.hook("http://127.0.0.1:9/")
    asked = [shop.do(lambda unit: hooks.test(unit, shop.id, None, made.hook.id)) for _ in range(3)]
    assert len({each.id for each in asked}) == 1
    assert len(shop.rows(hooks.HookMessage)) == 1
