"""A request while it is its client's: begun, saved half done, finished on another device, submitted."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select

from tryon.atelier import asked, hooks, meetings, pairs
from tryon.atelier.dates import possible
from tryon.atelier.store import Unit, sha256
from tryon.atelier.tables import File, Link, Offer, Outbox, Request, Step, Tried
from tryon.atelier.trade import LinkKind, Role
from tryon.atelier.who import Who, may_see, need
from tryon.errors import AccessError, AtelierError, InputError
from tryon.types import Piece

KEY_DAYS = 730
"How long a device's key opens a request: bespoke work, and a while to look back."
HAND_OVER_DAYS = 7
DRAFTS_AN_HOUR_MAX = 3000
"A flood of them from everywhere is refused long before it fills the disk; one from one place is, sooner (server.pace)."
SAVED_RESTS = datetime.timedelta(minutes=2)
"A draft that has a new mail address rests so long before its link goes there: she may still be typing it."
SAVED = "saved"
"In what is told of such a link: nobody asked for it, and it is not needed once the draft is sent."
LINK_TOPIC = "request.link"
"Told outside: whoever mails it makes the token then, so that the outbox holds none."
KEYS_MAX = 20
"Devices that one request can be opened on."


def begin(
    unit: Unit, wish: asked.Wish, pieces: Mapping[str, Piece], *, shop: str | None = None, sandbox: bool = False
) -> tuple[Request, str]:
    """A new draft, and the key that opens it. `shop`: id of the one on whose page it is begun, by a key for trying out
    (`sandbox`) or not. Raises InputError, AtelierError.
    """
    hour_ago = unit.now - datetime.timedelta(hours=1)
    recent = select(Request.id).where(Request.made_at > hour_ago).limit(DRAFTS_AN_HOUR_MAX)
    if len(unit.rows.scalars(recent).all()) >= DRAFTS_AN_HOUR_MAX:
        raise AtelierError("atelier_busy", "Too many requests were begun just now. Please try again later.")
    request = Request(id=unit.new_id(), stage="draft", lead_weeks=0, made_at=unit.now, version=1)
    request.shop_id, request.sandbox = shop, sandbox
    unit.about = request.id
    _fill(request, wish)
    unit.rows.add(request)
    unit.rows.flush()
    _try(unit, request, wish, pieces)
    if request.email:
        _tell_link(unit, request, after=SAVED_RESTS)
    return request, _link(unit, request.id, "key", KEY_DAYS)


def begin_for(unit: Unit, *, name: str, email: str, language: str) -> Request:
    """A draft that the house begins for somebody it met; the link to it goes to her by mail."""
    need(unit.who, "house")
    request = Request(id=unit.new_id(), stage="draft", lead_weeks=0, made_at=unit.now, version=1)
    unit.about = request.id
    _fill(request, asked.Wish(name=name, email=email, language=language))
    unit.rows.add(request)
    unit.rows.flush()
    _tell_link(unit, request)
    return request


def client_of(unit: Unit, token: str) -> Who:
    """Whom a key belongs to. Raises AccessError."""
    link = unit.rows.scalar(select(Link).where(Link.token_sha256 == sha256(token), Link.kind == "key"))
    if link is None:
        raise AccessError("key_unknown", "This key opens no request here. Please use the link you were given.")
    if link.until < unit.now:
        raise AccessError("key_expired", "This key is too old. Please ask the atelier for a new link.")
    return Who("client", link.request_id)


def reach(unit: Unit, id: str) -> Request:
    """A request that whoever acts may see; to anybody else it does not exist. Raises AtelierError."""
    request = unit.rows.get(Request, id)
    if request is not None:
        to_me = (Offer.request_id == id) & (Offer.artisan_id == unit.who.id) & (Offer.state == "offered")
        offered = frozenset({unit.who.id} if unit.rows.scalar(select(Offer.id).where(to_me)) else ())
        draft = request.stage == "draft" and unit.who.role not in ("client", "house")
        if not draft and may_see(unit.who, request=id, artisan=request.artisan_id, offered=offered):
            return request
    raise AtelierError("request_unknown", "There is no such request here, or it is not yours to see.")


def held(unit: Unit, id: str, version: int | None = None) -> Request:
    """A request to be changed: nobody else changes it meanwhile. `version`: as it was seen. Raises AtelierError."""
    reach(unit, id)
    request = unit.rows.get_one(Request, id, with_for_update=True, populate_existing=True)
    if version is not None and request.version != version:
        raise AtelierError("changed_meanwhile", "Somebody changed this request meanwhile. Please look at it again.")
    if request.erased_at is not None:
        raise AtelierError("request_erased", "This request was erased by its client; nothing is done with it any more.")
    request.version += 1
    unit.about = id
    return request


def save(unit: Unit, request: Request, wish: asked.Wish, pieces: Mapping[str, Piece]) -> None:
    """What is wished, said anew; only while it is a draft. Raises InputError, AtelierError."""
    _need_draft(unit, request)
    before = request.email
    _fill(request, wish)
    _try(unit, request, wish, pieces)
    if request.email and request.email != before:
        _tell_link(unit, request, after=SAVED_RESTS)


def submit(unit: Unit, request: Request, consent: Mapping[str, Any], pieces: Mapping[str, Piece]) -> None:
    """Send a draft to the atelier, which offers it to an artisan at once. Raises InputError, AtelierError."""
    _need_draft(unit, request)
    piece = pieces.get(wished(unit, request.id))
    missing = [
        name
        for name, there in (
            ("name", request.name),
            ("email", request.email),
            ("event_date", request.event_date),
            ("tier", request.tier),
            ("wished", piece),
        )
        if not there
    ]
    if missing:
        raise InputError("request_incomplete", f"Please say first: {', '.join(missing)}.")
    assert piece is not None
    request.lead_weeks = lead_weeks(piece, request.tier)
    if request.lead_weeks == 0:
        raise InputError("tier_unknown", f"{piece.name} is not made in the tier {request.tier}. Please choose again.")
    answer = possible(unit.today, request.event_date, request.lead_weeks, unit.closed)
    if answer.answer in ("past", "too_far"):
        raise InputError("date_impossible", "The event date is past, or too many years away. Please look at it again.")
    request.consent = {**consent, "at": unit.now.isoformat()}
    request.submitted_at = unit.now
    request.stage = "enquiry"
    unit.rows.add(
        Step(
            id=unit.new_id(),
            request_id=request.id,
            from_stage="draft",
            to_stage="enquiry",
            at=unit.now,
            by_role=unit.who.role,
            by_id=unit.who.id,
            words="",
        )
    )
    unit.tell("request.submitted", request.id, possible=answer.answer)
    hooks.tell_of(unit, request, "request.submitted")
    if not request.sandbox:
        pairs.offer_best(unit, request, piece)


def wished(unit: Unit, id: str) -> str:
    """The piece that she wishes; empty while she does not say."""
    return unit.rows.scalar(select(Tried.piece_id).where(Tried.request_id == id, Tried.wished)) or ""


def lead_weeks(piece: Piece, tier: str | None) -> int:
    """Weeks that a piece takes in a tier, as its piece.toml says; 0: it is not made in that tier."""
    said = piece.tiers.get(tier or "", {}).get("lead_time_weeks", 0)
    return said if isinstance(said, int) else 0


def hand_over(unit: Unit, request: Request) -> str:
    """A token that makes a key on another device, once, within days. Raises AccessError, AtelierError."""
    need(unit.who, "client", "owner", "consultant")
    return _link(unit, request.id, "hand_over", HAND_OVER_DAYS)


def mail_link(unit: Unit, request: Request) -> None:
    """Such a link by mail to the address she gave; one at a time. Raises AccessError, InputError."""
    need(unit.who, "client")
    if not request.email:
        raise InputError("email_missing", "Please say first which address the link goes to.")
    _tell_link(unit, request)


def _tell_link(unit: Unit, request: Request, *, after: datetime.timedelta = datetime.timedelta(0)) -> None:
    waiting = select(Outbox).where(
        Outbox.request_id == request.id,
        Outbox.topic == LINK_TOPIC,
        Outbox.sent_at.is_(None),
        Outbox.given_up_at.is_(None),
    )
    there = unit.rows.scalars(waiting).first()
    if there is None:
        until = unit.now + after + datetime.timedelta(days=HAND_OVER_DAYS)
        unit.tell(LINK_TOPIC, request.id, after=after, until=until.isoformat(), **({SAVED: True} if after else {}))
    elif not there.tries:
        there.next_at = unit.now + after
        if not after and there.payload is not None:
            there.payload = {name: value for name, value in there.payload.items() if name != SAVED}


def mailed_link(unit: Unit, id: str) -> str:
    """The same for a letter of ours; nothing else of the request changes. Raises AtelierError."""
    need(unit.who, "house")
    return _link(unit, id, "hand_over", HAND_OVER_DAYS)


def take_over(unit: Unit, token: str) -> tuple[str, str]:
    """The request of a hand-over link and a key for this device; the link is used up. Raises AccessError."""
    link = unit.rows.scalar(
        select(Link).where(Link.token_sha256 == sha256(token), Link.kind == "hand_over").with_for_update()
    )
    if link is None:
        raise AccessError("link_unknown", "This link is not known here. Please ask for a new one.")
    if link.used_at is not None:
        raise AccessError("link_used", "This link was used already. Please make a new one where the request is open.")
    if link.until < unit.now:
        raise AccessError("link_expired", "This link is too old. Please make a new one where the request is open.")
    link.used_at = unit.now
    unit.about = link.request_id
    return link.request_id, _link(unit, link.request_id, "key", KEY_DAYS)


def discard(unit: Unit, request: Request) -> list[str]:
    """Throw a draft away, with all that belongs to it; the keys of its files, to be forgotten. Raises AtelierError."""
    _need_draft(unit, request, "client", "house")
    id = request.id
    keys = meetings.forget(unit, id)
    files = unit.rows.scalars(select(File).where(File.request_id == id)).all()
    keys += [file.key for file in files if file.key not in keys]
    for row in (*files, *_tried(unit, id), *unit.rows.scalars(select(Link).where(Link.request_id == id))):
        unit.rows.delete(row)
    unit.rows.flush()
    unit.rows.delete(request)
    return keys


def _need_draft(unit: Unit, request: Request, *roles: Role) -> None:
    need(unit.who, *(roles or ("client",)))
    if request.stage != "draft":
        raise AtelierError("request_sent", "This request was sent already; the atelier has it. Nothing was changed.")


def _fill(request: Request, wish: asked.Wish) -> None:
    request.event_date = wish.event_date
    request.hairstyle, request.veil, request.tier = wish.hairstyle, wish.veil, wish.tier
    request.materials, request.stones = asked.plain(wish.materials, lines=True), asked.plain(wish.stones, lines=True)
    request.notes = asked.plain(wish.notes, lines=True)
    request.language, request.name, request.phone = wish.language, asked.plain(wish.name), asked.plain(wish.phone)
    request.email = asked.checked_email(wish.email)
    request.measured = asked.snapshot(wish.measured)


def _tried(unit: Unit, id: str) -> list[Tried]:
    return list(unit.rows.scalars(select(Tried).where(Tried.request_id == id).order_by(Tried.position)))


def _try(unit: Unit, request: Request, wish: asked.Wish, pieces: Mapping[str, Piece]) -> None:
    ids = list(dict.fromkeys([*wish.pieces, *([wish.wished] if wish.wished else [])]))
    unknown = [id for id in ids if id not in pieces]
    if unknown:
        raise InputError("piece_unknown", "There is no such piece in this catalogue.")
    before = {row.piece_id: row for row in _tried(unit, request.id)}
    for gone in before.keys() - set(ids):
        unit.rows.delete(before[gone])
    for position, id in enumerate(ids):
        row = before.get(id)
        if row is None:
            row = Tried(request_id=request.id, piece_id=id)
            unit.rows.add(row)
        row.position, row.wished = position, id == wish.wished


def _link(unit: Unit, id: str, kind: LinkKind, days: int) -> str:
    live = select(Link.id).where(Link.request_id == id, Link.kind == kind, Link.until > unit.now).limit(KEYS_MAX)
    if len(unit.rows.scalars(live).all()) >= KEYS_MAX:
        raise AtelierError("links_too_many", f"A request can be opened in {KEYS_MAX} places. Please use one of them.")
    token = unit.new_token()
    unit.rows.add(
        Link(
            id=unit.new_id(),
            request_id=id,
            kind=kind,
            token_sha256=sha256(token),
            made_at=unit.now,
            until=unit.now + datetime.timedelta(days=days),
        )
    )
    return token
