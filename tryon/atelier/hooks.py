"""What a shop's own server is told as it happens (Standard Webhooks 1.0): to which addresses, what, and how it went.

A message is written in the unit that it tells of, so that neither is without the other. It is signed when it goes out,
tried again for three days if it is not answered well, and can be sent anew from the log. It names things by their ids
and holds nothing of a person; whoever gets it asks for the rest by the shop's secret key. An address where nobody was
for days is switched off, and the owners are told by mail.
"""

from __future__ import annotations

import base64
import datetime
import ipaddress
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal, get_args
from urllib.parse import urlsplit

import msgspec
from msgspec import Meta
from sqlalchemy import delete, func, or_, select, update
from standardwebhooks import Webhook

from tryon.atelier import asked
from tryon.atelier.shops import reached
from tryon.atelier.store import Unit
from tryon.atelier.tables import Hook, HookMessage, HookTry, Request, Shop, Tried
from tryon.atelier.tables.hooks import Ended
from tryon.errors import AtelierError, InputError

Event = Literal[
    "request.submitted",
    "request.changed",
    "consultation.ended",
    "fit.kept",
    "data.erased",
    "hook.tested",
]
EVENTS: tuple[Event, ...] = get_args(Event)
State = Literal["waiting", "delivered", "failed"]

HOOKS_MAX = 10
"Of a shop."
AGAIN_AFTER = tuple(
    datetime.timedelta(seconds=seconds) for seconds in (5, 300, 1800, 7200, 18000, 36000, 50400, 72000, 86400)
)
"After each try that failed; the waits that Standard Webhooks 1.0 recommends, 75 hours together."
SPREAD = 0.1
"Each wait is so much shorter or longer, so that all that failed together does not come back together."
GONE_AFTER = datetime.timedelta(hours=60)
"An address that answered nothing well for so long is switched off with the next message that is given up."
TAKEN_FOR = datetime.timedelta(minutes=2)
"How long whoever took a message has to carry it."
ROTATED_FOR = datetime.timedelta(hours=24)
"How long the secret before signs too."
TOGETHER = 20
PAGE = 25
HOST_LETTERS = 253
GONE = 410
"HTTP: it is gone, and nothing is to be sent there any more."


class HookWish(asked.Asked, frozen=True):
    """An address of a shop's server, and what it is to be told."""

    url: Annotated[str, Meta(min_length=1, max_length=500)]
    "https, on a public host."
    events: Annotated[tuple[Event, ...], Meta(max_length=len(EVENTS))] = ()
    "Empty: all."
    active: bool = True
    sandbox: bool = False
    "Of what comes by keys for trying out; a sandbox secret key makes no others, a live one none of these."


class HookTold(msgspec.Struct, frozen=True):
    """An address, and how it does."""

    id: str
    url: str
    events: list[Event]
    "Empty: all."
    sandbox: bool
    ended: Ended
    "Why nothing is told there; empty: it is told."
    failing_since: datetime.datetime | None
    "Since when no try was answered well."
    waiting: int
    "Messages that are still to be told."
    old_until: datetime.datetime | None
    "Until when the secret before signs too."
    made_at: datetime.datetime


class HooksTold(msgspec.Struct, frozen=True):
    """All addresses of a shop."""

    hooks: list[HookTold]


class HookMade(msgspec.Struct, frozen=True):
    """A new secret: it is told this once."""

    hook: HookTold
    secret: str


class TryTold(msgspec.Struct, frozen=True):
    """One try."""

    at: datetime.datetime
    status: int
    "Of HTTP; 0: there was no answer."
    took_ms: int
    trouble: str
    "Why there was none: name_unknown, address_private, not_reached, certificate_wrong, too_slow, answer_unreadable."


class DeliveryTold(msgspec.Struct, frozen=True):
    """A message, what it said, and every try."""

    id: str
    "`webhook-id` says it after `msg_`, with every try the same."
    event: str
    body: str
    state: State
    made_at: datetime.datetime
    next_at: datetime.datetime | None
    tries: list[TryTold]


class Deliveries(msgspec.Struct, frozen=True):
    """A page of what an address was told, newest first."""

    deliveries: list[DeliveryTold]
    more: str
    "Say it as `after` for the next page; empty: this is the last."


class Replayed(msgspec.Struct, frozen=True):
    """How many messages are sent anew."""

    count: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A message as it goes out now."""

    id: str
    url: str
    headers: Mapping[str, str]
    body: bytes


# told, by the rooms in which it happens


def tell(unit: Unit, shop: str | None, sandbox: bool, event: Event, data: Mapping[str, Any], request: str = "") -> None:
    """Have a shop told, wherever it asked to be; one that was closed hears only of what is erased.

    `data` holds ids and nothing of a person.
    """
    if not shop or not (event == "data.erased" or unit.rows.get_one(Shop, shop).active):
        return
    listening = select(Hook).where(Hook.shop_id == shop, Hook.sandbox == sandbox, Hook.ended == "")
    for hook in unit.rows.scalars(listening):
        if not hook.events or event in hook.events.split():
            _write(unit, hook, event, {**data, "sandbox": sandbox}, request)


def tell_of(unit: Unit, request: Request, event: Event, **more: Any) -> None:
    """The same of a request, which a shop hears of from its submission on."""
    if request.shop_id is None or request.submitted_at is None:
        return
    unit.rows.flush()
    piece = unit.rows.scalar(select(Tried.piece_id).where(Tried.request_id == request.id, Tried.wished))
    data = {"request": request.id, "stage": request.stage, "piece": piece or "", **more}
    tell(unit, request.shop_id, request.sandbox, event, data, request.id)


def forget(unit: Unit, request: str) -> None:
    """Take all out that was told, or waits to be, of a request that is erased."""
    _delete(unit, select(HookMessage.id).where(HookMessage.request_id == request))


def sweep(unit: Unit, days: int) -> int:
    """Forget every message that was told, or given up, so many days ago; how many."""
    before = unit.now - datetime.timedelta(days=days)
    return _delete(
        unit, select(HookMessage.id).where(or_(HookMessage.sent_at < before, HookMessage.given_up_at < before))
    )


# kept, by the shop's server and the owners


def all_told(unit: Unit, shop: str, sandbox: bool | None) -> HooksTold:
    """All addresses of a shop; `sandbox`: only of that kind. Raises AccessError, AtelierError."""
    reached(unit, shop)
    return HooksTold([_told(unit, hook) for hook in _of(unit, shop, sandbox)])


def add(unit: Unit, shop: str, sandbox: bool | None, wish: HookWish, inside: frozenset[str]) -> HookMade:
    """A new address, and its secret. Raises AccessError, AtelierError, InputError."""
    reached(unit, shop)
    if len(_of(unit, shop, None)) >= HOOKS_MAX:
        raise AtelierError("hooks_full", f"A shop has up to {HOOKS_MAX} addresses. Please take one away first.")
    hook = Hook(id=unit.new_id(), shop_id=shop, old_secret="", made_at=unit.now)
    hook.sandbox = wish.sandbox if sandbox is None else sandbox
    hook.secret = _new_secret(unit)
    _fill(hook, wish, inside)
    unit.rows.add(hook)
    unit.rows.flush()
    return HookMade(_told(unit, hook), hook.secret)


def change(unit: Unit, shop: str, sandbox: bool | None, id: str, wish: HookWish, inside: frozenset[str]) -> HookTold:
    """An address, said anew; switched on again it is told what happens from then on. Raises as `add`."""
    hook = _held(unit, shop, sandbox, id)
    _fill(hook, wish, inside)
    if hook.ended:
        _drop_waiting(unit, hook)
    else:
        hook.failing_since = None
    unit.rows.flush()
    return _told(unit, hook)


def remove(unit: Unit, shop: str, sandbox: bool | None, id: str) -> None:
    """An address, and all that it was told. Raises AccessError, AtelierError."""
    hook = _held(unit, shop, sandbox, id)
    _delete(unit, select(HookMessage.id).where(HookMessage.hook_id == hook.id))
    unit.rows.delete(hook)


def rotate(unit: Unit, shop: str, sandbox: bool | None, id: str) -> HookMade:
    """A new secret; the one before signs too for a day. Raises AccessError, AtelierError."""
    hook = _held(unit, shop, sandbox, id)
    hook.old_secret, hook.old_until = hook.secret, unit.now + ROTATED_FOR
    hook.secret = _new_secret(unit)
    unit.rows.flush()
    return HookMade(_told(unit, hook), hook.secret)


def test(unit: Unit, shop: str, sandbox: bool | None, id: str) -> DeliveryTold:
    """Tell an address that it is being tested, whatever it asked for; one at a time: a test that still waits is told
    of again. Raises AccessError, AtelierError.
    """
    hook = _told_to(_held(unit, shop, sandbox, id))
    tests = select(HookMessage).where(HookMessage.hook_id == hook.id, HookMessage.event == "hook.tested")
    waiting = unit.rows.scalars(tests.where(HookMessage.next_at.is_not(None), HookMessage.tries == 0)).first()
    if waiting is not None:
        return _delivery(waiting, ())
    message = _write(unit, hook, "hook.tested", {"hook": hook.id, "sandbox": hook.sandbox})
    unit.rows.flush()
    return _delivery(message, ())


def log(unit: Unit, shop: str, sandbox: bool | None, id: str, after: str = "") -> Deliveries:
    """A page of what an address was told. Raises AccessError, AtelierError."""
    hook = _held(unit, shop, sandbox, id)
    asks = select(HookMessage).where(HookMessage.hook_id == hook.id).order_by(HookMessage.id.desc()).limit(PAGE + 1)
    if after:
        asks = asks.where(HookMessage.id < after)
    found = list(unit.rows.scalars(asks))
    shown = found[:PAGE]
    tries = list(
        unit.rows.scalars(
            select(HookTry).where(HookTry.message_id.in_([row.id for row in shown])).order_by(HookTry.number)
        )
    )
    told = [_delivery(row, [each for each in tries if each.message_id == row.id]) for row in shown]
    return Deliveries(told, shown[-1].id if len(found) > PAGE else "")


def replay(unit: Unit, shop: str, sandbox: bool | None, id: str, delivery: str) -> DeliveryTold:
    """Send a message anew, under its own id. Raises AccessError, AtelierError."""
    hook = _told_to(_held(unit, shop, sandbox, id))
    row = unit.rows.get(HookMessage, delivery)
    if row is None or row.hook_id != hook.id:
        raise AtelierError("delivery_unknown", "There is no such message of this address; old ones are forgotten.")
    row.next_at, row.tries, row.sent_at, row.given_up_at = unit.now, 0, None, None
    unit.rows.flush()
    tries = unit.rows.scalars(select(HookTry).where(HookTry.message_id == row.id).order_by(HookTry.number))
    return _delivery(row, tries)


def replay_failed(unit: Unit, shop: str, sandbox: bool | None, id: str) -> Replayed:
    """Send anew all that was given up, as far as it is not forgotten. Raises AccessError, AtelierError."""
    hook = _told_to(_held(unit, shop, sandbox, id))
    ids = unit.rows.scalars(
        select(HookMessage.id).where(HookMessage.hook_id == hook.id, HookMessage.given_up_at.is_not(None))
    ).all()
    anew = {"next_at": unit.now, "tries": 0, "given_up_at": None}
    unit.rows.execute(update(HookMessage).where(HookMessage.id.in_(ids)).values(anew))
    return Replayed(len(ids))


# carried, by the courier


def due(unit: Unit) -> bool:
    """Whether there is anything to carry."""
    return unit.rows.scalar(select(HookMessage.id).where(HookMessage.next_at <= unit.now).limit(1)) is not None


def take(unit: Unit) -> list[Outgoing]:
    """What is due, the oldest of each address, signed as of now; each is taken for a while.

    Addresses that wait longest come first: those that never answer must not hold up the others.
    """
    oldest = select(func.min(HookMessage.id)).where(HookMessage.next_at <= unit.now).group_by(HookMessage.hook_id)
    ids = unit.rows.scalars(oldest.order_by(func.min(HookMessage.next_at)).limit(TOGETHER)).all()
    rows = unit.rows.scalars(select(HookMessage).where(HookMessage.id.in_(ids)).with_for_update(skip_locked=True)).all()
    taken = []
    for row in rows:
        if row.next_at is None or row.next_at > unit.now:
            continue  # another server was faster
        row.next_at = unit.now + TAKEN_FOR
        hook = unit.rows.get_one(Hook, row.hook_id)
        taken.append(Outgoing(row.id, hook.url, _headers(hook, row, unit.now), row.body.encode()))
    return taken


def carried(unit: Unit, id: str, *, status: int, took_ms: int, trouble: str = "") -> None:
    """How a try went: it was told, is tried again later, or is given up."""
    row = unit.rows.get(HookMessage, id, with_for_update=True)
    if row is None:
        return  # it was erased meanwhile
    hook = unit.rows.get_one(Hook, row.hook_id)
    number = unit.rows.scalar(select(func.count()).where(HookTry.message_id == id)) or 0
    unit.rows.add(
        HookTry(message_id=id, number=number + 1, at=unit.now, status=status, took_ms=took_ms, trouble=trouble)
    )
    row.tries += 1
    if 200 <= status < 300:
        row.next_at, row.sent_at, hook.failing_since = None, unit.now, None
        return
    hook.failing_since = hook.failing_since or unit.now
    if hook.ended:
        row.next_at, row.given_up_at = None, unit.now
        return
    if row.tries <= len(AGAIN_AFTER) and status != GONE:
        share = int(row.id[-4:], 16) / 0xFFFF
        row.next_at = unit.now + AGAIN_AFTER[row.tries - 1] * (1 + SPREAD * (2 * share - 1))
        return
    row.next_at, row.given_up_at = None, unit.now
    if status == GONE or unit.now - hook.failing_since >= GONE_AFTER:
        _end(unit, hook, "gone" if status == GONE else "failing")


def address_of(said: str, inside: frozenset[str]) -> str:
    """An address that a shop's server may have. Raises InputError `hook_address_wrong`.

    `inside`: hosts that may be private, and spoken to without TLS. What a name leads to is looked at with every try.
    """
    wrong = InputError(
        "hook_address_wrong",
        "Say where your server listens as https://your.host/path: a public name, no user, password or #.",
    )
    try:
        parts = urlsplit(said.strip())
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        raise wrong from None
    plain = said.isascii() and said.strip().isprintable() and " " not in said.strip()
    if not plain or parts.username is not None or parts.password is not None or parts.fragment or port == 0:
        raise wrong
    if host in inside and parts.scheme in ("http", "https"):
        return said.strip()
    named = "." in host and not host.endswith((".localhost", ".local", ".internal", ".")) and len(host) <= HOST_LETTERS
    if parts.scheme != "https" or not named or _is_number(host):
        raise wrong
    return said.strip()


def is_public(address: str) -> bool:
    """Whether an IP address is one of the public net: not of this machine, a private net, or a special use."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped or ip.sixtofour if isinstance(ip, ipaddress.IPv6Address) else None
    if isinstance(ip, ipaddress.IPv6Address) and ip in NAT64:
        mapped = ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF)
    if mapped is not None:
        return is_public(str(mapped))
    return ip.is_global and not ip.is_multicast and not ip.is_reserved


NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
"RFC 6052: an IPv4 address in disguise."


def _is_number(host: str) -> bool:
    """An IP address, in any way that resolvers read one."""
    last = host.rpartition(".")[2]
    return ":" in host or last.isdigit() or last.startswith("0x")


def _write(unit: Unit, hook: Hook, event: Event, data: Mapping[str, Any], request: str = "") -> HookMessage:
    said = {"type": event, "timestamp": unit.now.isoformat().replace("+00:00", "Z"), "data": data}
    row = HookMessage(
        id=unit.new_id(),
        hook_id=hook.id,
        event=event,
        request_id=request or None,
        body=json.dumps(said, separators=(",", ":")),
        made_at=unit.now,
        next_at=unit.now,
        tries=0,
    )
    unit.rows.add(row)
    return row


def _headers(hook: Hook, row: HookMessage, now: datetime.datetime) -> dict[str, str]:
    id, at = f"msg_{row.id}", now.astimezone(datetime.UTC)
    secrets = [hook.secret]
    if hook.old_until is not None and hook.old_until > now:
        secrets.append(hook.old_secret)
    signatures = [Webhook(secret).sign(id, at, row.body) for secret in secrets]
    return {
        "webhook-id": id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
    }


def _new_secret(unit: Unit) -> str:
    return "whsec_" + base64.b64encode(bytes.fromhex(unit.new_token())).decode()


def _of(unit: Unit, shop: str, sandbox: bool | None) -> list[Hook]:
    asks = select(Hook).where(Hook.shop_id == shop).order_by(Hook.id)
    return [hook for hook in unit.rows.scalars(asks) if sandbox is None or hook.sandbox == sandbox]


def _held(unit: Unit, shop: str, sandbox: bool | None, id: str) -> Hook:
    reached(unit, shop)
    hook = unit.rows.get(Hook, id)
    if hook is None or hook.shop_id != shop or (sandbox is not None and hook.sandbox != sandbox):
        raise AtelierError("hook_unknown", "This shop has no such address.")
    return hook


def _told_to(hook: Hook) -> Hook:
    if hook.ended:
        raise AtelierError("hook_ended", "This address is switched off. Switch it on first.")
    return hook


def _fill(hook: Hook, wish: HookWish, inside: frozenset[str]) -> None:
    hook.url = address_of(wish.url, inside)
    hook.events = " ".join(event for event in EVENTS if event in wish.events)
    hook.ended = "" if wish.active else hook.ended or "asked"


def _end(unit: Unit, hook: Hook, because: Ended) -> None:
    """Nothing is told there any more, and the owners hear of it."""
    hook.ended = because
    _drop_waiting(unit, hook)
    shop = unit.rows.get_one(Shop, hook.shop_id)
    since = (hook.failing_since or unit.now).isoformat()
    unit.about = shop.id
    unit.tell(ENDED_TOPIC, None, shop=shop.name, host=urlsplit(hook.url).hostname or "", because=because, since=since)


ENDED_TOPIC = "hook.ended"
"Told the owners by mail."


def _drop_waiting(unit: Unit, hook: Hook) -> None:
    waits = update(HookMessage).where(HookMessage.hook_id == hook.id, HookMessage.next_at.is_not(None))
    unit.rows.execute(waits.values({"next_at": None, "given_up_at": unit.now}))


def _delete(unit: Unit, which: Any) -> int:
    ids = unit.rows.scalars(which).all()
    unit.rows.execute(delete(HookTry).where(HookTry.message_id.in_(ids)))
    unit.rows.execute(delete(HookMessage).where(HookMessage.id.in_(ids)))
    return len(ids)


def _told(unit: Unit, hook: Hook) -> HookTold:
    waits = select(func.count()).where(HookMessage.hook_id == hook.id, HookMessage.next_at.is_not(None))
    events = [event for event in EVENTS if event in hook.events.split()]
    old = hook.old_until if hook.old_until is not None and hook.old_until > unit.now else None
    waiting = unit.rows.scalar(waits) or 0
    return HookTold(hook.id, hook.url, events, hook.sandbox, hook.ended, hook.failing_since, waiting, old, hook.made_at)


def _delivery(row: HookMessage, tries: Iterable[HookTry]) -> DeliveryTold:
    state: State = "delivered" if row.sent_at else "failed" if row.given_up_at else "waiting"
    told = [TryTold(each.at, each.status, each.took_ms, each.trouble) for each in tries]
    return DeliveryTold(row.id, row.event, row.body, state, row.made_at, row.next_at, told)
