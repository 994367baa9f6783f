"""Letters: said in the reader's words, sent once, tried again, given up with a word to the staff; then forgotten."""

from __future__ import annotations

import asyncio
import datetime
import logging
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from typing import get_args

import icalendar
import pytest
from sqlalchemy import select

from tests.atelier.mailserver import StandInMailServer
from tryon.atelier import invites
from tryon.atelier.accounts import Account
from tryon.atelier.letter import Letters, Said
from tryon.atelier.passkeys import House
from tryon.atelier.post import AGAIN_AFTER, GIVEN_UP_AFTER, PROGRESS, TAKEN_FOR, Post
from tryon.atelier.said import read_words
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Link, Outbox, Request, Staff, Step, Tried
from tryon.atelier.trade import Stage
from tryon.atelier.who import HOUSE
from tryon.errors import AssetError, MailError
from tryon.server.carriers import Folder, MailServer
from tryon.server.postman import Postman

BEGAN = datetime.datetime(2026, 11, 22, 13, 0, tzinfo=datetime.UTC)
HOUSE_OF_MIRA = House("Maison Mira", "https://mira.example")
NOTE = "Two drops, <b>not</b> three & a lock"


class Desk:
    """A store with one request of hers, and the post over it."""

    def __init__(self, database: str, own: Path | None = None) -> None:
        self.now = BEGAN
        self.store = Store(database, clock=lambda: self.now)
        self.post = Post(
            self.store, Letters("Maison Mira", own), HOUSE_OF_MIRA, "atelier@mira.example", {"aurora": "Aurora"}
        )
        self.store.change(HOUSE, "begin", self._begin)

    def _begin(self, unit: Unit) -> None:
        for id, role, name in (("ada", "owner", "Ada"), ("bea", "consultant", "Béa Lune"), ("chi", "artisan", "Chi")):
            unit.rows.add(
                Staff(
                    id=id,
                    role=role,
                    name=name,
                    email=f"{id}@mira.example",
                    active=True,
                    capacity_month=0,
                    made_at=unit.now,
                )
            )
        unit.rows.flush()
        unit.rows.add_all(Account(staff_id=id, language="en") for id in ("ada", "bea", "chi"))
        request = Request(
            id="r1",
            stage="enquiry",
            event_date=datetime.date(2027, 6, 1),
            tier="custom",
            materials="",
            stones="",
            notes="",
            language="fr",
            name="Zoé Müller",
            email="zoe@client.example",
            phone="",
            lead_weeks=8,
            consultant_id="bea",
            artisan_id="chi",
            made_at=unit.now,
            version=1,
        )
        unit.rows.add(request)
        unit.rows.flush()
        unit.rows.add(Tried(request_id="r1", piece_id="aurora", position=0, wished=True))

    def tell(self, topic: str, request: str | None = "r1", **payload: object) -> None:
        self.store.change(HOUSE, "tell", lambda unit: unit.tell(topic, request, **payload))

    def message(self, topic: str, request: str | None = "r1", **payload: object) -> EmailMessage:
        """The one message of one line."""
        self.tell(topic, request, **payload)
        [taken] = self.post.take()
        message = self.post.message(taken)
        assert message is not None
        self.post.sent(taken)
        return message

    def language(self, code: str) -> None:
        def work(unit: Unit) -> None:
            unit.rows.get_one(Request, "r1").language = code

        self.store.change(HOUSE, "language", work)

    def outbox(self) -> list[Outbox]:
        def read(unit: Unit) -> list[Outbox]:
            rows = list(unit.rows.scalars(select(Outbox).order_by(Outbox.made_at, Outbox.topic)))
            unit.rows.expunge_all()
            return rows

        return self.store.look(read)


@pytest.fixture
def desk(database: str) -> Iterator[Desk]:
    desk = Desk(database)
    yield desk
    assert desk.store.verify().faults == []
    desk.store.close()


class Reader(HTMLParser):
    """What an HTML letter says and links to."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.links: list[str] = []
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.links += [value or "" for name, value in attrs if name in ("href", "src")]

    def handle_data(self, data: str) -> None:
        self.text += data


def parts(message: EmailMessage) -> tuple[str, Reader]:
    """Text and HTML of a message, as it comes off the wire."""
    again = message_from_bytes(message.as_bytes(policy=policy.SMTP), policy=policy.default)
    text, html = again.get_body(("plain",)), again.get_body(("html",))
    assert text is not None
    assert html is not None
    reader = Reader()
    reader.feed(html.get_content())
    return text.get_content(), reader


def calendar_of(message: EmailMessage) -> icalendar.Calendar:
    [file] = [part for part in message.iter_attachments() if part.get_content_type() == "text/calendar"]
    return icalendar.Calendar.from_ical(file.get_payload(decode=True))


# what letters say


def test_a_request_is_answered_in_her_language(desk: Desk) -> None:
    message = desk.message("request.submitted", possible="in_time")
    text, html = parts(message)

    assert message["Subject"] == "Votre demande nous est parvenue"
    assert message["Content-Language"] == "fr"
    assert message["To"] == "Zoé Müller <zoe@client.example>"
    assert message["From"] == "Maison Mira <atelier@mira.example>"
    for said in (text, html.text):
        assert "Bonjour Zoé Müller," in said
        assert "Aurora" in said
        assert "mardi 1er juin 2027" in said
        assert "Sur mesure" in said
    [link] = set(html.links)
    assert link in text
    assert link.startswith("https://mira.example/request#link=")
    token = link.partition("=")[2]
    links = desk.store.look(lambda unit: unit.rows.execute(select(Link.kind, Link.token_sha256)).all())
    assert [kind for kind, _ in links] == ["hand_over"]
    assert token not in str(links)


@pytest.mark.parametrize("language", ["en", "fr", "ja"])
def test_every_letter_can_be_written_in_every_language(desk: Desk, language: str) -> None:
    desk.language(language)
    planned = {
        "appointment": "a1",
        "meeting": "m1",
        "seat": "client",
        "others": ["Béa Lune", "Chi"],
        "client": "Zoé",
        "wish": "",
        "token": "t",
        "name": "Zoé",
        "email": "zoe@client.example",
        "language": language,
        "starts_at": "2026-12-01T14:00:00+00:00",
        "minutes": 45,
        "zone": "Europe/Paris",
        "sequence": 0,
    }
    staff = {**planned, "seat": "consultant-1", "name": "Béa Lune", "others": ["Zoé"]}
    ended = {
        "to": "client",
        "at": "2026-12-01T14:00:00+00:00",
        "pieces": ["aurora", "gone"],
        "notes": NOTE,
        "snapshots": 1,
        "measures": {"head_circumference": [561.24, 6.1], "unheard_of": [1.0, 1.0]},
    }
    until = {"until": "2026-12-01T14:00:00+00:00"}
    told: dict[str, dict[str, object]] = {
        "request.submitted": {},
        "request.link": {"token": "t", **until},
        "request.paired": {"artisan": "chi"},
        "price.made": {"number": 1},
        "stage.approval_one": {},
        "stage.approval_two": {},
        "session.ended": ended,
        "session.ended ": {**ended, "to": "bea"},
        "appointment.planned": planned,
        "appointment.moved": planned,
        "appointment.cancelled": planned,
        "appointment.planned ": staff,
        "appointment.moved ": staff,
        "appointment.cancelled ": staff,
        "appointment.wished ": {**staff, "wish": NOTE},
        "offer.made": {"artisan": "chi"},
        "staff.invited": {"staff": "chi", "by": "Ada", "link": "https://mira.example/atelier#i", **until},
        "mail.bounced": {"to": "zoe@client.example", "about": "x", "because": "550"},
        **{topic: {} for topic in PROGRESS},
    }
    for topic, payload in told.items():
        message = desk.message(topic.strip(), None if topic == "staff.invited" else "r1", **payload)
        text, html = parts(message)
        assert "{" not in text + html.text + message["Subject"], topic
        assert message["Subject"].strip() == message["Subject"], topic
        assert not {"script", "style", "img", "link"} & set(html.tags), topic
        assert text.rstrip().splitlines()[-1].endswith("."), topic


def test_every_step_is_told_or_has_a_letter_of_its_own() -> None:
    words = read_words()["en"].words
    others = {"stage.draft", "stage.enquiry", "stage.approval_one", "stage.approval_two"}

    assert {f"stage.{stage}" for stage in get_args(Stage)} == PROGRESS | others
    assert {f"mail.progress.{topic.removeprefix('stage.')}" for topic in PROGRESS} <= words.keys()


def test_what_nobody_is_told_by_mail_makes_no_message(desk: Desk) -> None:
    desk.tell("comment.made", round="one", number=1)
    [taken] = desk.post.take()

    assert desk.post.message(taken) is None


def test_words_of_people_are_never_markup(desk: Desk) -> None:
    def step(unit: Unit) -> None:
        unit.rows.add(
            Step(
                id="s1",
                request_id="r1",
                from_stage="casting",
                to_stage="on_hold",
                at=unit.now,
                by_role="owner",
                by_id="ada",
                words=NOTE,
            )
        )

    desk.store.change(HOUSE, "step", step)
    text, html = parts(desk.message("stage.on_hold"))

    assert NOTE in text
    assert NOTE in html.text
    assert "b" not in html.tags


def test_a_shop_says_it_in_its_own_way(database: str, tmp_path: Path) -> None:
    own = tmp_path / "own"
    own.mkdir()
    (own / "mail.fr.json").write_text('{"mail.request_received.subject": "Merci de {house}"}')
    (own / "paired.html").write_text("<p>{{ title }}!</p>")
    desk = Desk(database, own)

    submitted = desk.message("request.submitted")
    paired = desk.message("request.paired", artisan="chi")
    _, ours = parts(submitted)
    text, theirs = parts(paired)
    assert submitted["Subject"] == "Merci de Maison Mira"
    assert "table" in ours.tags
    assert theirs.tags == ["p"]
    assert "Chi a lu votre demande" in text
    (own / "letter.txt").write_text("{{ nothing_of_ours }}")
    with pytest.raises(AssetError, match=r"letter\.txt cannot be used"):
        Letters("Mira", own).write(Said("offer_made", ("a@b.example",), "en"))
    desk.store.close()


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "Sunday, 1 November 2026, 15:05 (Europe/Paris)"),
        ("fr", "dimanche 1er novembre 2026 à 15 h 05 (Europe/Paris)"),
    ],
)
def test_moments_and_numbers_are_said_as_people_say_them(language: str, said: str) -> None:
    words = read_words()[language]
    at = datetime.datetime(2026, 11, 1, 14, 5, tzinfo=datetime.UTC)

    assert words.moment(at, "Europe/Paris").replace("\u00a0", " ") == said
    assert words.count("mail.minutes", 1).startswith("1 minute")
    assert words.count("mail.minutes", 0).endswith("minute" if language == "fr" else "minutes")
    assert words.row(["a"]) == "a"
    assert words.row(["a", "b", "c"]) == {"en": "a, b and c", "fr": "a, b et c"}[language]


# appointments: who is written to is in test_appointments.py


def test_an_appointment_across_the_change_of_clocks_is_as_long_as_any(desk: Desk) -> None:
    start = datetime.datetime(2027, 3, 28, 0, 30, tzinfo=datetime.UTC)  # 01:30 in Paris; at 02:00 it is 03:00
    file = invites.calendar(
        invites.Invite(
            "REQUEST", "u", 0, BEGAN, start, 60, "Europe/Paris", "s", "w", ("", "a@b.example"), ("", "c@d.example")
        )
    )
    [event] = icalendar.Calendar.from_ical(file).events

    assert event.end.astimezone(datetime.UTC) - start == datetime.timedelta(minutes=60)
    assert (event.start.hour, event.end.hour) == (1, 3)


# sending


class Carries:
    """A carrier that fails as it is told to."""

    def __init__(self, *fails: MailError | Exception) -> None:
        self.fails = list(fails)
        self.carried: list[tuple[str, EmailMessage]] = []

    async def carry(self, id: str, message: EmailMessage) -> None:
        if self.fails:
            raise self.fails.pop(0)
        self.carried.append((id, message))


def rounds(desk: Desk, carrier: object, count: int = 1) -> None:
    async def work() -> None:
        postman = Postman(desk.post, carrier)  # type: ignore[arg-type]
        for _ in range(count):
            await postman.round()

    asyncio.run(work())


def test_a_letter_goes_out_once_and_what_it_held_is_forgotten(desk: Desk) -> None:
    desk.tell("request.submitted")
    carrier = Carries()
    rounds(desk, carrier, 3)

    [(id, message)] = carrier.carried
    [row] = desk.outbox()
    assert message["Message-ID"] == f"<{id}@mira.example>"
    assert (row.sent_at, row.payload, row.tries) == (desk.now, None, 1)


def test_a_line_that_somebody_took_is_not_taken_by_another(desk: Desk) -> None:
    desk.tell("request.submitted")
    [taken] = desk.post.take()

    assert desk.post.take() == []
    desk.now += TAKEN_FOR
    assert desk.post.take() == [taken], "who took it is gone"


def test_a_letter_that_waits_is_tried_again_later_and_later_with_the_same_link(desk: Desk) -> None:
    desk.tell("request.submitted")
    away = MailError("mail_server_away", "The mail server did not answer.")
    carrier = Carries(away, away)
    rounds(desk, carrier)
    rounds(desk, carrier)
    assert len(carrier.fails) == 1, "not before its time"
    desk.now += AGAIN_AFTER
    rounds(desk, carrier)
    desk.now += AGAIN_AFTER
    rounds(desk, carrier)
    assert carrier.carried == [], "twice as long"
    desk.now += AGAIN_AFTER
    rounds(desk, carrier)

    assert len(carrier.carried) == 1
    links = desk.store.look(lambda unit: unit.rows.scalars(select(Link.id)).all())
    assert len(links) == 1


def test_an_address_that_bounces_is_told_to_her_consultant(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    desk.tell("request.submitted")
    carrier = Carries(MailError("mail_refused", "The mail server of that address refuses it (550)."))
    rounds(desk, carrier, 2)

    [(_, message)] = carrier.carried
    text, _ = parts(message)
    assert message["To"] == "Béa Lune <bea@mira.example>"
    assert "zoe@client.example" in text
    assert "550" in text
    assert "https://mira.example/atelier#request=r1" in text
    given_up, bounced = sorted(desk.outbox(), key=lambda row: row.topic, reverse=True)
    assert given_up.given_up_at == desk.now
    assert given_up.payload is None
    assert bounced.sent_at is not None
    for secret in ("zoe", "bea@", "#link", "Zoé"):
        assert secret not in caplog.text


def test_after_days_a_letter_is_given_up(desk: Desk) -> None:
    desk.tell("request.paired", artisan="chi")
    desk.now += GIVEN_UP_AFTER
    carrier = Carries(MailError("mail_server_away", "The mail server did not answer."))
    rounds(desk, carrier, 2)

    assert [message["To"] for _, message in carrier.carried] == ["Béa Lune <bea@mira.example>"]


def test_a_line_that_nobody_can_write_does_not_keep_the_others(desk: Desk) -> None:
    desk.tell("request.paired")  # says no artisan
    desk.now += datetime.timedelta(seconds=1)
    desk.tell("request.submitted")
    carrier = Carries()
    rounds(desk, carrier)

    assert [message["Subject"] for _, message in carrier.carried] == ["Votre demande nous est parvenue"]
    broken = desk.outbox()[0]
    assert (broken.sent_at, broken.trouble) == (None, "KeyError")


# carriers


def test_a_folder_holds_each_letter_once(desk: Desk, tmp_path: Path) -> None:
    message = desk.message("request.submitted")
    folder = Folder(tmp_path / "mail")
    for _ in range(2):
        asyncio.run(folder.carry("one", message))

    [file] = (tmp_path / "mail").iterdir()
    assert file.name == "one.eml"
    assert message_from_bytes(file.read_bytes(), policy=policy.default)["To"] == message["To"]
    assert file.stat().st_mode & 0o077 == 0


def test_a_mail_server_is_given_the_letter_whole(desk: Desk) -> None:
    message = desk.message("request.submitted")

    async def work() -> list[bytes]:
        async with StandInMailServer() as server:
            await MailServer(f"smtp://127.0.0.1:{server.port}").carry("one", message)
            return server.letters

    [letter] = asyncio.run(work())
    assert message_from_bytes(letter, policy=policy.default)["Message-ID"] == message["Message-ID"]


@pytest.mark.parametrize(
    ("answer", "reason"),
    [("550 nobody here", "mail_refused"), ("451 later", "mail_delayed")],
)
def test_what_a_mail_server_refuses_is_told_apart(desk: Desk, answer: str, reason: str) -> None:
    message = desk.message("request.submitted")

    async def work() -> None:
        async with StandInMailServer(to=answer) as server:
            await MailServer(f"smtp://127.0.0.1:{server.port}").carry("one", message)

    with pytest.raises(MailError) as refusal:
        asyncio.run(work())
    assert refusal.value.reason == reason
    assert "zoe" not in refusal.value.detail


def test_a_mail_server_that_is_not_there_or_refuses_us_costs_no_letter(desk: Desk) -> None:
    message = desk.message("request.submitted")

    async def work() -> None:
        async with StandInMailServer(sender="550 who are you") as server:
            with pytest.raises(MailError) as refusal:
                await MailServer(f"smtp://127.0.0.1:{server.port}").carry("one", message)
            assert refusal.value.reason == "mail_server_refuses_us"
        with pytest.raises(MailError) as refusal:
            await MailServer(f"smtp://127.0.0.1:{server.port}").carry("one", message)
        assert refusal.value.reason == "mail_server_away"

    asyncio.run(work())


@pytest.mark.parametrize("url", ["http://x", "smtp://", "smtp://host:port", "mail"])
def test_a_mail_server_that_is_none_is_said(url: str) -> None:
    with pytest.raises(Exception, match="TRYON_MAIL is no mail server"):
        MailServer(url)


def test_two_postmen_at_once_never_take_the_same_line(desk: Desk) -> None:
    for number in range(30):
        desk.tell("comment.made", number=number)
    with ThreadPoolExecutor(6) as many:
        taken = [one for some in many.map(lambda _: desk.post.take(), range(12)) for one in some]

    assert len(taken) == len({one.id for one in taken}) == 30


def test_a_mailbox_that_was_written_to_enough_gets_no_link_that_nobody_asked_for(desk: Desk) -> None:
    asked: list[str] = []

    def may_mail(mailbox: str) -> bool:
        asked.append(mailbox)
        return len(asked) <= 1

    desk.post = Post(desk.store, Letters("Maison Mira"), HOUSE_OF_MIRA, "atelier@mira.example", {}, may_mail=may_mail)
    desk.store.change(HOUSE, "draft", lambda unit: setattr(unit.rows.get_one(Request, "r1"), "stage", "draft"))
    until = (BEGAN + datetime.timedelta(days=7)).isoformat()
    carrier = Carries()
    carried = []
    for saved in ({"saved": True}, {"saved": True}, {}):
        desk.tell("request.link", until=until, **saved)
        rounds(desk, carrier, 1)
        carried.append(len(carrier.carried))
    assert carried == [1, 1, 2], "who asks for her link herself has it"
    assert asked == ["zoe@client.example"] * 2
    assert all(row.sent_at is not None for row in desk.outbox())
