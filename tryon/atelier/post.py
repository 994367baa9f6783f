"""The outbox as letters: which line of it is told to whom, and by what message.

A line is taken for a while, so that two servers on one store do not both tell it; who took it says that it was sent,
that it shall be tried again, or that it is given up, which the staff is told. A message has its line's id in its
Message-ID: where a crash fell between sending and noting it, the same message comes twice and says so. Links are made
when a letter is written, and forgotten with all else that a line held once it was sent.
"""

from __future__ import annotations

import datetime
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Any, get_args

from sqlalchemy import Select, func, select

from tryon.atelier import erase, erasures, hooks, invites, meetings, requests, settling
from tryon.atelier.letter import Letter, Letters, Said
from tryon.atelier.meetings import CLIENT
from tryon.atelier.passkeys import House
from tryon.atelier.said import FIRST, Words
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Account, Appointment, Outbox, Request, Staff, Step, Tried
from tryon.atelier.trade import Stage
from tryon.atelier.who import HOUSE
from tryon.errors import AtelierError, TryonError

log = logging.getLogger(__name__)

TOGETHER = 10
TAKEN_FOR = datetime.timedelta(minutes=5)
"How long whoever took a line has to tell it."
AGAIN_AFTER = datetime.timedelta(minutes=1)
"Doubled with every try, up to AGAIN_AT_MOST."
AGAIN_AT_MOST = datetime.timedelta(hours=4)
GIVEN_UP_AFTER = datetime.timedelta(days=3)
"RFC 5321, 4.5.4.1, gives mail up after 4 to 5 days; a client should hear of us sooner, by telephone."
TROUBLE_LETTERS = 300
PROGRESS: frozenset[str] = frozenset(
    f"stage.{stage}" for stage in get_args(Stage) if stage not in ("draft", "enquiry", "approval_one", "approval_two")
)
"Steps that are told by a mail of their own words; the others have a letter of another kind."


CLIENTS = {"planned": "session_invited", "moved": "session_changed", "cancelled": "session_cancelled"}
"The client's letter on what happened to an appointment."
APPOINTMENTS = frozenset(f"appointment.{happened}" for happened in (*CLIENTS, "wished"))


@dataclass(frozen=True, slots=True)
class Taken:
    """A line of the outbox that was taken to be told."""

    id: str
    topic: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """What a letter has beside it for a calendar."""

    method: invites.Method
    summary: str
    words: str


def outbox_waits(unit: Unit) -> tuple[int, float]:
    """How many lines wait to be told, and how old the oldest of them is, in seconds."""
    waits = (Outbox.sent_at.is_(None), Outbox.given_up_at.is_(None))
    number, oldest = unit.rows.execute(select(func.count(), func.min(Outbox.made_at)).where(*waits)).one()
    return number, 0.0 if oldest is None else max(0.0, (unit.now - oldest).total_seconds())


class Post:
    """See the module. Calls block on the store: from an event loop, call them on a thread."""

    def __init__(
        self,
        store: Store,
        letters: Letters,
        house: House,
        sender: str,
        piece_names: Mapping[str, str],
        *,
        may_mail: Callable[[str], bool] = lambda mailbox: True,
    ) -> None:
        """`sender`: the mail address that letters come from. `piece_names`: of the catalogue, by id. `may_mail`:
        whether one more letter that nobody asked for may go to a mailbox, which may not be hers who wrote it.
        """
        self._store = store
        self._letters = letters
        self._house = house
        self._sender = sender
        self._pieces = piece_names
        self._may_mail = may_mail

    def take(self) -> list[Taken]:
        """What is due, oldest first; a meeting that nobody ended is over by now, and due as well."""
        settling.settle_silent(self._store)

        def due(unit: Unit) -> Select[Outbox]:
            waits = (Outbox.sent_at.is_(None), Outbox.given_up_at.is_(None), Outbox.next_at <= unit.now)
            return select(Outbox).where(*waits).order_by(Outbox.id).limit(TOGETHER)

        def work(unit: Unit) -> list[Taken]:
            rows = unit.rows.scalars(due(unit).with_for_update(skip_locked=True)).all()
            for row in rows:
                row.next_at, row.tries = unit.now + TAKEN_FOR, row.tries + 1
            return [Taken(row.id, row.topic) for row in rows]

        # looked at often and mostly empty: only what is there is worth a turn at writing
        there = self._store.look(lambda unit: unit.rows.scalars(due(unit)).first() is not None)
        return self._store.change(HOUSE, "mail.take", work) if there else []

    def message(self, taken: Taken) -> EmailMessage | None:
        """The message of a line; None: nobody is told of it."""
        return self._store.change(HOUSE, "mail.write", lambda unit: self._message(unit, taken))

    def sent(self, taken: Taken) -> None:
        """It was told; what it held is forgotten."""

        def work(unit: Unit) -> None:
            row = unit.rows.get_one(Outbox, taken.id)
            row.sent_at, row.payload, row.trouble = unit.now, None, ""

        self._store.change(HOUSE, "mail.sent", work)

    def failed(self, taken: Taken, trouble: str, *, for_good: bool) -> None:
        """It could not be told: later again, or `for_good` not at all."""

        def work(unit: Unit) -> None:
            row = unit.rows.get_one(Outbox, taken.id)
            row.trouble = trouble[:TROUBLE_LETTERS]
            if not for_good and unit.now < row.made_at + GIVEN_UP_AFTER:
                row.next_at = unit.now + min(AGAIN_AFTER * 2 ** min(row.tries - 1, 10), AGAIN_AT_MOST)
                return
            row.given_up_at = unit.now
            if row.topic != "mail.bounced":
                to, about = self._address_of(unit, row)
                unit.tell("mail.bounced", row.request_id, to=to, about=about, because=row.trouble)
            row.payload = None

        self._store.change(HOUSE, "mail.failed", work)

    def _address_of(self, unit: Unit, row: Outbox) -> tuple[str, str]:
        """To whom a line was to be told and about what, as far as it can be said."""
        try:
            found = self._said(unit, row)
            return ("", row.topic) if found is None else (", ".join(found[0].to), self._letters.write(found[0]).subject)
        except (TryonError, LookupError, ValueError):
            return "", row.topic  # it could not even be written, which is why it was given up

    def _message(self, unit: Unit, taken: Taken) -> EmailMessage | None:
        row = unit.rows.get_one(Outbox, taken.id)
        found = self._said(unit, row)
        if found is None:
            return None
        said, invitation = found
        return self._set(row, said, self._letters.write(said), invitation, unit.now)

    def _set(
        self, row: Outbox, said: Said, letter: Letter, invitation: Invitation | None, now: datetime.datetime
    ) -> EmailMessage:
        message = EmailMessage()
        message["From"] = _address(self._house.name, self._sender)
        message["To"] = [_address(said.name if len(letter.to) == 1 else "", to) for to in letter.to]
        message["Subject"] = letter.subject
        message["Date"] = format_datetime(now)
        message["Message-ID"] = f"<{row.id}@{self._house.host}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text)
        message.add_alternative(letter.html, subtype="html")
        if invitation is not None:
            payload = row.payload or {}
            file = invites.calendar(
                invites.Invite(
                    invitation.method,
                    f"{payload['appointment']}@{self._house.host}",
                    payload["sequence"],
                    row.made_at,
                    datetime.datetime.fromisoformat(payload["starts_at"]),
                    payload["minutes"],
                    payload["zone"],
                    invitation.summary,
                    invitation.words,
                    (self._house.name, self._sender),
                    (payload["name"], payload["email"]),
                )
            )
            # in the message for mail programs that act on it (RFC 6047), and as a file for those that do not
            message.add_alternative(file.decode(), subtype="calendar", params={"method": invitation.method})
            message.add_attachment(file, maintype="text", subtype="calendar", filename="appointment.ics")
        # last: what is set on it before its parts goes into the first of them
        message["Content-Language"] = said.language
        return message

    # who is told what

    def _said(self, unit: Unit, row: Outbox) -> tuple[Said, Invitation | None] | None:
        payload = dict(row.payload or {})
        if row.topic in APPOINTMENTS:
            return self._of_appointment(unit, row, payload)
        write: Callable[[Unit, Outbox, dict[str, Any]], Said | None] | None = {
            "staff.invited": self._of_invited,
            "mail.bounced": self._of_bounced,
            "offer.made": self._of_offer,
            "session.ended": self._of_ended,
            erasures.TOPIC: self._of_erasure,
            hooks.ENDED_TOPIC: self._of_hook,
        }.get(row.topic)
        if write is None:
            request = unit.rows.get(Request, row.request_id) if row.request_id else None
            said = self._of_request(unit, row, request, payload) if request is not None and request.email else None
        else:
            said = write(unit, row, payload)
        return None if said is None else (said, None)

    def _of_request(self, unit: Unit, row: Outbox, request: Request, payload: dict[str, Any]) -> Said | None:
        words = self._letters.words(request.language)
        kind, values, facts, text = "", {}, [], ""
        if row.topic == "request.submitted":
            kind = "request_received"
            facts = [("pieces", self._tried(unit, request, words)), ("event", _day(words, request.event_date))]
            facts.append(("tier", words.say(f"tier.{request.tier}") if request.tier else ""))
        elif row.topic == "request.link":
            if payload.get(requests.SAVED) and request.stage != "draft":
                return None  # it was sent meanwhile, and the letter that says so has a link of its own
            if payload.get(requests.SAVED) and row.tries == 1 and not self._may_mail(request.email):
                return None
            kind = "request_link"
            until = words.moment(datetime.datetime.fromisoformat(payload["until"]), "UTC")
            values = {"until": until}
        elif row.topic == "request.paired":
            kind, values = "paired", {"artisan": _name_of(unit, payload["artisan"])}
        elif row.topic == "price.made":
            kind = "price_made"
        elif row.topic in ("stage.approval_one", "stage.approval_two"):
            kind = row.topic.removeprefix("stage.")
            values = {"artisan": _name_of(unit, request.artisan_id)}
        elif row.topic in PROGRESS:
            stage = row.topic.removeprefix("stage.")
            kind, text, values = "progress", f"mail.progress.{stage}", {"stage": words.say(f"stage.{stage}")}
            facts = [("words", _last_words(unit, request.id, stage))]
        else:
            return None
        return Said(
            kind,
            (request.email,),
            words.language,
            name=request.name,
            values=tuple(values.items()),
            facts=tuple(facts),
            text=text,
            link=self._request_link(unit, row),
            private=True,
        )

    def _of_ended(self, unit: Unit, row: Outbox, payload: dict[str, Any]) -> Said | None:
        """What stays of a session: to the client, and to each of the staff in her own language."""
        request = unit.rows.get(Request, row.request_id) if row.request_id else None
        if request is None:
            return None
        client = payload["to"] == CLIENT
        staff = None if client else unit.rows.get(Staff, payload["to"])
        if not (request.email if client else staff is not None and staff.active):
            return None
        words = self._letters.words(request.language if staff is None else _language_of(unit, staff.id))
        pieces = [self._pieces.get(id, id) for id in payload["pieces"]]
        count = payload["snapshots"]
        facts = (
            ("pieces", words.row(pieces) if pieces else ""),
            ("measures", "\n".join(_measures(words, payload["measures"]))),
            ("notes", payload["notes"]),
            ("snapshots", words.count("mail.snapshots", count) if count else ""),
            ("next", self._next(unit, request, words)),
        )
        values = (
            ("date", words.date(datetime.datetime.fromisoformat(payload["at"]).date())),
            ("client", request.name),
        )
        if staff is None:
            return Said(
                "session_summary",
                (request.email,),
                words.language,
                name=request.name,
                values=values,
                facts=facts,
                link=self._request_link(unit, row),
                private=True,
            )
        draft = request.stage == "draft"
        return Said(
            "staff_session_summary",
            (staff.email,),
            words.language,
            name=staff.name,
            values=values,
            facts=facts,
            link="" if draft else self._desk_link(row),
            staff=True,
        )

    def _next(self, unit: Unit, request: Request, words: Words) -> str:
        """What comes next for a request, in a sentence."""
        asks = select(Appointment).where(
            Appointment.request_id == request.id, ~Appointment.cancelled, Appointment.starts_at > unit.now
        )
        planned = unit.rows.scalars(asks.order_by(Appointment.starts_at)).first()
        if planned is not None:
            return words.say("mail.next.appointment", date=words.moment(planned.starts_at, planned.zone))
        if request.stage == "draft":
            return words.say("mail.next.draft")
        return words.say("mail.next.stage", stage=words.say(f"stage.{request.stage}"))

    def _of_appointment(self, unit: Unit, row: Outbox, payload: dict[str, Any]) -> tuple[Said, Invitation | None]:
        words = self._letters.words(payload["language"])
        starts_at, zone = datetime.datetime.fromisoformat(payload["starts_at"]), payload["zone"]
        when, others = words.moment(starts_at, zone), words.row(payload["others"])
        client, happened = payload["seat"] == CLIENT, row.topic.removeprefix("appointment.")
        kind = CLIENTS[happened] if client else f"staff_session_{happened}"
        if happened in ("planned", "moved"):
            link = self._seat_link(unit, row)
        else:
            link = "" if client else self._desk_link(row)
        said = Said(
            kind,
            (payload["email"],),
            words.language,
            name=payload["name"],
            values=(("consultant", others), ("client", payload["client"]), ("date", when)),
            facts=(
                ("when", when),
                ("with", others),
                ("duration", words.count("mail.minutes", payload["minutes"])),
                ("wish", payload["wish"]),
            ),
            link=link,
            staff=not client,
        )
        if happened == "wished":
            return said, None
        invitation = Invitation(
            "CANCEL" if happened == "cancelled" else "REQUEST",
            words.say("mail.calendar.summary", house=self._house.name)
            if client
            else words.say("mail.calendar.summary.staff", client=payload["client"]),
            words.say("mail.calendar.text", consultant=others),
        )
        return said, invitation

    def _of_erasure(self, unit: Unit, row: Outbox, payload: dict[str, Any]) -> Said | None:
        """The link by which she has erased what is held under her address; nothing, where there is nothing any more."""
        if not payload or not erase.of_mail(unit, payload["email"]):
            return None
        words = self._letters.words(payload["language"])
        token, until = erasures.link(unit, payload["email"])
        return Said(
            "erasure_link",
            (payload["email"],),
            words.language,
            values=(("until", words.moment(until, "UTC")),),
            link=f"{self._house.address}/privacy?lang={words.language}#erase={token}",
        )

    def _seat_link(self, unit: Unit, row: Outbox) -> str:
        """A link to somebody's seat at a meeting; made with the first try, and the same with every other."""
        payload = dict(row.payload or {})
        if "token" not in payload:
            payload["token"] = meetings.new_link(unit, payload["meeting"], payload["seat"])
            row.payload = payload
        return f"{self._house.address}/session#{payload['token']}"

    def _desk_link(self, row: Outbox) -> str:
        """Her request, as the atelier sees it."""
        return f"{self._house.address}/atelier#request={row.request_id}"

    def _of_invited(self, unit: Unit, row: Outbox, payload: dict[str, Any]) -> Said | None:
        staff = unit.rows.get_one(Staff, payload["staff"])
        words = self._letters.words(_language_of(unit, staff.id))
        until = words.moment(datetime.datetime.fromisoformat(payload["until"]), "UTC")
        values = (("by", payload["by"]), ("role", words.say(f"role.{staff.role}")), ("until", until))
        return Said(
            "staff_invited",
            (staff.email,),
            words.language,
            name=staff.name,
            values=values,
            link=payload["link"],
            staff=True,
        )

    def _of_offer(self, unit: Unit, row: Outbox, payload: dict[str, Any]) -> Said | None:
        staff = unit.rows.get_one(Staff, payload["artisan"])
        words = self._letters.words(_language_of(unit, staff.id))
        link = self._desk_link(row)
        return Said("offer_made", (staff.email,), words.language, name=staff.name, link=link, staff=True)

    def _of_bounced(self, unit: Unit, row: Outbox, payload: dict[str, Any]) -> Said | None:
        """To her consultant; where there is none, to the owners."""
        request = unit.rows.get(Request, row.request_id) if row.request_id else None
        of = select(Staff).where(Staff.active).order_by(Staff.id)
        owner = of.where(Staff.role == "owner")
        chosen = of.where(Staff.id == request.consultant_id) if request is not None and request.consultant_id else owner
        # nobody is told by an address that is itself the trouble
        staff = [
            one
            for one in (unit.rows.scalars(chosen).all() or unit.rows.scalars(owner).all())
            if one.email not in payload["to"].split(", ")
        ]
        if not staff:
            log.error("a letter was given up, and there is nobody of the atelier to be told")
            return None
        words = self._letters.words(_language_of(unit, staff[0].id))
        facts = (("to", payload["to"]), ("about", payload["about"]), ("because", payload["because"]))
        anchor = f"#request={row.request_id}" if row.request_id else ""
        return Said(
            "bounced",
            tuple(one.email for one in staff),
            words.language,
            name=staff[0].name if len(staff) == 1 else "",
            values=(("about", payload["about"]),),
            facts=facts,
            link=f"{self._house.address}/atelier{anchor}",
            staff=True,
        )

    def _of_hook(self, unit: Unit, row: Outbox, payload: dict[str, Any]) -> Said | None:
        """To the owners: a shop's server is told nothing any more."""
        owners = select(Staff).where(Staff.active, Staff.role == "owner").order_by(Staff.id)
        staff = unit.rows.scalars(owners).all()
        if not staff:
            log.error("a shop's server is told nothing any more, and there is no owner to hear of it")
            return None
        words = self._letters.words(_language_of(unit, staff[0].id))
        since = words.moment(datetime.datetime.fromisoformat(payload["since"]), "UTC")
        values = (("shop", payload["shop"]), ("host", payload["host"]), ("since", since))
        return Said(
            "hook_ended",
            tuple(one.email for one in staff),
            words.language,
            name=staff[0].name if len(staff) == 1 else "",
            values=values,
            text=f"mail.hook_ended.{payload['because']}",
            link=f"{self._house.address}/atelier#shops",
            staff=True,
        )

    def _request_link(self, unit: Unit, row: Outbox) -> str:
        """A link that opens her request on any device, once; made with the first try, and the same with every other."""
        payload = dict(row.payload or {})
        if "token" not in payload:
            assert row.request_id is not None
            try:
                payload["token"] = requests.mailed_link(unit, row.request_id)
            except AtelierError:
                # she has open links enough: the page asks for one of them
                payload["token"] = ""
            row.payload = payload
        fragment = f"#link={payload['token']}" if payload["token"] else ""
        return f"{self._house.address}/request{fragment}"

    def _tried(self, unit: Unit, request: Request, words: Words) -> str:
        ids = unit.rows.scalars(select(Tried.piece_id).where(Tried.request_id == request.id).order_by(Tried.position))
        names = [self._pieces.get(id, id) for id in ids]
        return words.row(names) if names else ""


def _address(name: str, email: str) -> Address:
    return Address(display_name=" ".join(name.split()), addr_spec=email)


def _measures(words: Words, measures: Mapping[str, Sequence[float]]) -> list[str]:
    """Each with its doubt, mm, as the fit card names them."""
    return [
        words.say(
            "mail.measure", name=words.say(f"fit.name.{name}"), value=words.number(value), doubt=words.number(u95)
        )
        for name, (value, u95) in measures.items()
        if f"fit.name.{name}" in words.words
    ]


def _day(words: Words, date: datetime.date | None) -> str:
    return "" if date is None else words.date(date)


def _name_of(unit: Unit, staff_id: str | None) -> str:
    staff = unit.rows.get(Staff, staff_id) if staff_id else None
    return staff.name if staff is not None else ""


def _language_of(unit: Unit, staff_id: str) -> str:
    account = unit.rows.get(Account, staff_id)
    return account.language if account is not None else FIRST


def _last_words(unit: Unit, request_id: str, stage: str) -> str:
    steps = select(Step.words).where(Step.request_id == request_id, Step.to_stage == stage)
    return unit.rows.scalar(steps.order_by(Step.id.desc()).limit(1)) or ""
