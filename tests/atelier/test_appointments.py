"""Appointments over HTTP, and what comes of a session: letters with calendar files to all, room links that open, a
request that has what was made."""

from __future__ import annotations

import datetime
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from tests.atelier.test_http import MEASURED, Client, Desk, opened
from tests.atelier.test_post import calendar_of, parts
from tests.atelier.workshop import picture
from tests.server.test_contract import assert_error
from tryon.atelier import settling
from tryon.atelier.files import Files
from tryon.atelier.journals import StoreJournal
from tryon.atelier.letter import Letters
from tryon.atelier.meetings import Meetings
from tryon.atelier.passkeys import House
from tryon.atelier.post import Post
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import Meeting, MeetingEntry, MeetingSeat, Outbox
from tryon.atelier.who import HOUSE
from tryon.settings import Settings

SECRET = "she hesitates about the price"
SHARED = "Aurora, 2 mm up, <b>before</b> the veil"
REPORT = {**MEASURED, "over_hair": {}, "scale": None, "capture": {}, "steps": []}


class Room:
    """Both sides of the counter, and the post behind it."""

    def __init__(self, desk: Desk, settings: Settings) -> None:
        self.desk, self.settings = desk, settings
        self.store: Store = desk.house.store
        self.files = Files(settings.files_place)
        letters = Letters("Maison Mira")
        names = {"aurora": "Aurora", "celeste": "Celeste"}
        asks = House("Maison Mira", "https://mira.example")
        self.post = Post(self.store, letters, asks, "atelier@mira.example", names)
        self.letters()

    def letters(self) -> list[EmailMessage]:
        """All that goes out now."""
        found = []
        while taken := self.post.take():
            for one in taken:
                if (message := self.post.message(one)) is not None:
                    found.append(message)
                self.post.sent(one)
        return found

    def plan(self, client: Client, name: str = "Camille", **more: Any) -> Any:
        said = {"starts_at": at(hours=48), "minutes": 45, "zone": "Europe/Paris", **more}
        return self.desk.staff(name, "POST", f"/requests/{client.id}/appointments", said)

    def about(self, token: str) -> Any:
        return self.desk.http.get("/v1/meeting", headers={"Authorization": f"Bearer {token}"})

    def journal(self, meeting: str) -> StoreJournal:
        return StoreJournal(Store(self.settings.database_url), self.files, meeting)

    def meeting(self, appointment: str) -> str:
        of = select(Meeting.id).where(Meeting.appointment_id == appointment)
        return str(self.store.look(lambda unit: unit.rows.scalars(of).one()))


def at(**later: float) -> str:
    return (datetime.datetime.now(datetime.UTC) + datetime.timedelta(**later)).isoformat()


def token_in(message: EmailMessage) -> str:
    text, html = parts(message)
    [link] = {link for link in html.links if "/session#" in link}
    assert link in text
    return link.partition("#")[2]


def to(messages: list[EmailMessage], address: str) -> EmailMessage:
    [found] = [message for message in messages if address in str(message["To"])]
    return found


@pytest.fixture
def room(tmp_path: Path, database: str) -> Iterator[Room]:
    for desk in opened(tmp_path, database):
        yield Room(desk, Settings(data=str(tmp_path / "var"), database=database))


@pytest.fixture
def ana(room: Room) -> Client:
    client = room.desk.submitted()
    room.letters()
    return client


# planned, moved, cancelled


def test_an_appointment_goes_out_to_all_and_keeps_its_uid(room: Room, ana: Client) -> None:
    lena = room.desk.house.who("Lena").id
    made = room.plan(ana, staff=[room.desk.house.who("Camille").id, lena])
    assert made.status_code == 201, made.text
    [told] = made.json()["appointments"]
    assert (told["names"], told["state"], told["zone"]) == (["Camille Roy", "Lena Fischer"], "planned", "Europe/Paris")
    assert ana.told()["appointments"] == [told]
    first = room.letters()
    assert len(first) == 3
    tokens = {room.about(token_in(message)).json()["role"]: token_in(message) for message in first}
    assert room.about(tokens["client"]).json()["name"] == "Ana Novak"
    assert room.about(tokens["consultant"]).json()["request"] == ana.id
    assert room.about(tokens["client"]).json()["request"] == ""

    path, seen = f"/requests/{ana.id}/appointments/{told['appointment']}", []
    later = at(hours=50)
    moved = room.desk.staff("Lena", "PUT", path, {"starts_at": later, "minutes": 30, "sequence": 0})
    assert moved.json()["appointments"][0]["minutes"] == 30
    assert_error(
        room.desk.staff("Lena", "PUT", path, {"starts_at": at(hours=9), "minutes": 30, "sequence": 0}),
        "changed_meanwhile",
    )
    second = room.letters()
    assert room.about(tokens["client"]).status_code == 200  # her link stays, and the new letter's opens as well
    assert room.about(token_in(to(second, "ana@client.example"))).json()["role"] == "client"
    cancelled = ana.ask("POST", f"/appointments/{told['appointment']}/cancellation", {"sequence": 1})
    assert cancelled.json()["appointments"][0]["state"] == "cancelled"
    third = room.letters()
    for letters in (first, second, third):
        for message in letters:
            calendar = calendar_of(message)
            [event] = calendar.events
            assert event["UID"] == f"{told['appointment']}@mira.example"
            assert str(event["ATTENDEE"]).removeprefix("mailto:") in str(message["To"])
            assert "#" not in calendar.to_ical().decode(), "a calendar is shared more widely than a mail"
            seen.append((str(calendar["METHOD"]), event["SEQUENCE"], str(event["STATUS"]), event.end - event.start))
    minutes = datetime.timedelta(minutes=1)
    assert seen == [
        *[("REQUEST", 0, "CONFIRMED", 45 * minutes)] * 3,
        *[("REQUEST", 1, "CONFIRMED", 30 * minutes)] * 3,
        *[("CANCEL", 2, "CANCELLED", 30 * minutes)] * 3,
    ]
    for token in tokens.values():
        assert_error(room.about(token), "meeting_withdrawn")
    assert_error(ana.ask("POST", f"/appointments/{told['appointment']}/link", {}), "appointment_over")
    assert_error(
        ana.ask("POST", f"/appointments/{told['appointment']}/cancellation", {"sequence": 2}), "appointment_over"
    )


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"zone": "Europe/Atlantis"}, "zone_unknown"),
        ({"zone": "../../etc/passwd"}, "zone_unknown"),
        ({"starts_at": at(minutes=-10)}, "time_impossible"),
        ({"starts_at": at(days=400)}, "time_impossible"),
        ({"starts_at": "9999-12-31T23:59:59-14:00"}, "time_impossible"),
        ({"starts_at": "0001-01-01T00:00:00+14:00"}, "time_impossible"),
        ({"starts_at": "2027-01-01T00:00:00"}, "body_unreadable"),
        ({"minutes": 0}, "body_unreadable"),
        ({"staff": ["nobody"]}, "consultant_unknown"),
    ],
)
def test_an_appointment_that_cannot_be_is_refused(
    room: Room, ana: Client, changed: dict[str, object], reason: str
) -> None:
    assert_error(room.plan(ana, **changed), reason)
    assert ana.told()["appointments"] == []
    assert room.letters() == []


def test_nobody_is_planned_twice_at_one_time(room: Room, ana: Client) -> None:
    bea = room.desk.submitted(name="Bea", email="bea@client.example")
    start = datetime.datetime.now(datetime.UTC) + datetime.timedelta(days=3)
    when = lambda minutes: (start + datetime.timedelta(minutes=minutes)).isoformat()  # noqa: E731
    first = room.plan(ana, starts_at=when(0), minutes=60).json()["appointments"][0]
    refused = room.plan(bea, starts_at=when(59))
    assert_error(refused, "appointment_conflict")
    assert "Camille Roy" in refused.json()["error"]["detail"]
    assert_error(room.plan(bea, starts_at=when(-30)), "appointment_conflict")
    assert_error(room.plan(ana, "Lena", starts_at=when(30)), "appointment_conflict")  # she cannot be at two
    assert room.plan(bea, "Lena", starts_at=when(30)).status_code == 201
    assert room.plan(bea, starts_at=when(60)).status_code == 409  # Bea herself is with Lena then
    at_its_own = {"starts_at": when(20), "minutes": 60, "sequence": 0}
    path = f"/requests/{ana.id}/appointments/{first['appointment']}"
    assert room.desk.staff("Camille", "PUT", path, at_its_own).status_code == 200  # not in its own way
    room.desk.staff("Camille", "POST", path + "/cancellation", {"sequence": 1})
    assert room.plan(ana, starts_at=when(0)).status_code == 201


def test_two_who_plan_at_one_moment_do_not_both_have_it(room: Room, ana: Client) -> None:
    clients = [ana, *(room.desk.submitted(name=f"C{n}", email=f"c{n}@client.example") for n in range(3))]
    starts_at, codes = at(hours=24), []
    camille = room.desk.house.who("Camille").id

    def plan(client: Client, name: str) -> None:
        codes.append(room.plan(client, name, starts_at=starts_at, staff=[camille]).status_code)

    threads = [
        threading.Thread(target=plan, args=(client, name))
        for client, name in zip(clients, ("Camille", "Lena", "Odile", "Lena"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(codes) == [201, 409, 409, 409]


def test_she_asks_for_another_time_and_it_is_answered_by_moving(room: Room, ana: Client) -> None:
    [told] = room.plan(ana).json()["appointments"]
    room.letters()
    path = f"/appointments/{told['appointment']}"
    wished = ana.ask("POST", path + "/wish", {"words": "Thursday <b>evening</b>?", "sequence": 0})
    assert wished.json()["appointments"][0]["wish"] == "Thursday <b>evening</b>?"
    [letter] = room.letters()
    assert "Camille Roy" in str(letter["To"])
    assert "Thursday <b>evening</b>?" in parts(letter)[1].text
    assert not list(letter.iter_attachments())
    listed = room.desk.staff("Lena", "GET", f"/appointments?from={day(0)}&to={day(9)}").json()["appointments"]
    assert [one["wish"] for one in listed] == ["Thursday <b>evening</b>?"]
    moved = {"starts_at": at(days=5), "minutes": 45, "sequence": 0}
    room.desk.staff("Camille", "PUT", f"/requests/{ana.id}{path}", moved)
    assert ana.told()["appointments"][0]["wish"] == ""
    assert_error(ana.ask("POST", path + "/wish", {"words": " ", "sequence": 1}), "words_missing")
    bea = room.desk.submitted(name="Bea", email="bea@client.example")
    assert_error(bea.ask("POST", path + "/wish", {"words": "mine", "sequence": 1}), "appointment_unknown")
    assert_error(bea.ask("POST", path + "/link", {}), "appointment_unknown")


def day(later: int) -> str:
    return (datetime.date.today() + datetime.timedelta(days=later)).isoformat()


def test_who_may_see_the_calendar_plan_and_come_in(room: Room, ana: Client) -> None:
    matteo = room.desk.house.who("Matteo").id
    [told] = room.plan(ana, staff=[room.desk.house.who("Camille").id, matteo]).json()["appointments"]
    span = f"/appointments?from={day(0)}&to={day(9)}"
    seen = {
        name: len(room.desk.staff(name, "GET", span).json()["appointments"]) for name in ("Odile", "Matteo", "Yuki")
    }
    assert seen == {"Odile": 1, "Matteo": 1, "Yuki": 0}
    link = f"/appointments/{told['appointment']}/link"
    for name in ("Camille", "Odile", "Matteo"):
        token = room.desk.staff(name, "POST", link).json()["token"]
        assert room.about(token).json()["role"] == "consultant"
        assert room.about(token).json()["name"].startswith(name)
    assert_error(room.desk.staff("Yuki", "POST", link), "appointment_unknown")
    hers = ana.ask("POST", link.removeprefix(""), {}).json()["token"]
    assert room.about(hers).json()["seat"] == "client"
    assert ana.ask("POST", f"/appointments/{told['appointment']}/link", {}).json()["token"] != hers
    assert_error(room.desk.staff("Odile", "GET", "/appointments?from=2026-01-01&to=2029-01-01"), "calendar_wrong")
    assert_error(room.desk.staff("Odile", "GET", "/appointments?from=0001-01-01&to=0001-01-02"), "calendar_wrong")
    assert_error(room.desk.staff("Odile", "GET", "/appointments"), "calendar_wrong")
    offered = room.desk.staff("Odile", "GET", f"/requests/{ana.id}").json()["offers"][0]["name"].split()[0]
    assert_error(room.plan(ana, offered, starts_at=at(days=9)), "role_wrong")


def test_an_invitation_straight_away_goes_through_the_same_door(room: Room, ana: Client) -> None:
    [told] = room.plan(ana, starts_at=None).json()["appointments"]
    assert told["state"] == "planned"
    assert {room.about(token_in(message)).json()["role"] for message in room.letters()} == {"client", "consultant"}
    token = room.desk.staff("Camille", "POST", f"/appointments/{told['appointment']}/link").json()["token"]
    assert room.about(token).json()["seat"] == "consultant-1"


def test_a_request_that_is_taken_back_calls_its_appointments_off(room: Room, ana: Client) -> None:
    room.plan(ana)
    room.letters()
    told = ana.ask("POST", "/cancellation", {"words": "We elope."}).json()
    assert [one["state"] for one in told["appointments"]] == ["cancelled"]
    methods = [str(calendar_of(message)["METHOD"]) for message in room.letters() if list(message.iter_attachments())]
    assert methods == ["CANCEL", "CANCEL"]


# afterwards


def session(room: Room, meeting: str, *, ended: bool = True) -> None:
    """What a session process writes."""
    journal = room.journal(meeting)
    worn = lambda *pieces: {"worn": [{"piece": piece} for piece in pieces], "bare": False}  # noqa: E731
    journal.write("consultant-1", "Camille Roy", "admitted", {"seat": "client"})
    journal.write("consultant-1", "Camille Roy", "pieces", worn("vesper"))
    journal.write("client", "Ana Novak", "pieces", worn("aurora", "celeste"))
    journal.write("consultant-1", "Camille Roy", "note", {"private": True, "text": SECRET})
    journal.write("consultant-1", "Camille Roy", "note", {"private": False, "text": "draft of a note"})
    journal.write("consultant-1", "Camille Roy", "note", {"private": False, "text": SHARED})
    journal.write("client", "Ana Novak", "chat", {"text": "Lovely"})
    still = journal.keep(picture())
    journal.write("consultant-1", "Camille Roy", "still", {"picture": still})
    journal.write("consultant-1", "Camille Roy", "asked", {"what": "snapshot"})
    agreed = journal.keep(picture(size=(80, 60)))
    journal.write("client", "Ana Novak", "snapshot", {"picture": agreed})
    journal.write("client", "Ana Novak", "report", REPORT)
    numbers = {
        "head_circumference": {"value_mm": 561.2, "u95_mm": 6.1},
        "head_shape_index": {"value_mm": None, "u95_mm": None},
    }
    journal.write("client", "Ana Novak", "measured", {"measurements": numbers})
    if ended:
        journal.write("consultant-1", "Camille Roy", "ended", {})
    journal.close()


def test_what_was_made_at_a_session_goes_into_its_request_and_out_to_all(room: Room, ana: Client) -> None:
    [told] = room.plan(ana).json()["appointments"]
    room.letters()
    files = len(ana.told()["files"])
    session(room, room.meeting(told["appointment"]))

    after = ana.told()
    assert after["wish"]["pieces"] == ["celeste", "aurora", "vesper"]
    assert after["wish"]["wished"] == "aurora"
    assert after["wish"]["measured"] == REPORT
    assert after["wish"]["notes"].endswith(f"Camille Roy: {SHARED}")
    [new] = after["files"][files:]
    assert (new["kind"], new["by"]) == ("snapshot", "client")
    assert ana.ask("GET", f"/files/{new['file']}").content == picture(size=(80, 60))
    letters = room.letters()
    assert len(letters) == 2
    for message in letters:
        text, html = parts(message)
        for said in (text, html.text):
            assert SHARED in said
            assert "561.2 ± 6.1 mm" in said
            assert "1 picture" in said
            assert "Aurora" in said
            assert "We meet again on" in said
            assert SECRET not in said
        assert "b" not in html.tags
    hers = parts(to(letters, "ana@client.example"))[1].links
    assert any("/request#link=" in link for link in hers)
    assert any(f"/atelier#request={ana.id}" in link for link in parts(to(letters, "Camille"))[1].links)
    assert SECRET not in ana.ask("GET").text


def test_a_session_without_a_request_begins_one_that_she_finishes(room: Room) -> None:
    meetings = Meetings(room.store, room.files)
    (invitation, _), _ = meetings.invite("Zoé", ["Camille"], hours=1, email="zoe@client.example", language="fr")
    session(room, invitation.seat.meeting)
    letters = room.letters()
    assert {str(message["To"]) for message in letters} == {"Zoé <zoe@client.example>"}
    subjects = {str(message["Subject"]) for message in letters}
    assert subjects == {"Reprendre votre demande", "Ce que nous avons essayé ensemble"}
    assert all(SECRET not in str(message) for message in letters)
    link = next(link for link in parts(letters[0])[1].links if "#link=" in link).partition("#link=")[2]
    begun = room.desk.http.post("/v1/links", json={"token": link}).json()
    zoe = Client(room.desk.http, begun["request"], begun["key"])
    told = zoe.told()
    assert (told["stage"], told["wish"]["name"], told["wish"]["email"]) == ("draft", "Zoé", "zoe@client.example")
    assert told["wish"]["pieces"] == ["vesper", "aurora", "celeste"]
    assert told["wish"]["measured"] == REPORT
    assert len(told["files"]) == 1
    event = {"event_date": day(300), "tier": "studio", "wished": "aurora"}
    assert zoe.save({**told["wish"], **event}).status_code == 200
    assert zoe.submit().json()["stage"] == "enquiry"

    # the same meeting once more: what is new goes into the same request, and nothing twice
    again = room.journal(invitation.seat.meeting)
    again.write("consultant-1", "Camille", "admitted", {"seat": "client"})
    again.write("consultant-1", "Camille", "note", {"private": False, "text": "And a veil"})
    again.write("consultant-1", "Camille", "ended", {})
    again.close()
    after = zoe.told()
    assert after["wish"]["notes"].count(SHARED) == 1
    assert after["wish"]["notes"].endswith("And a veil")
    assert len(after["files"]) == 1


def test_a_draft_that_is_thrown_away_takes_its_session_along(room: Room) -> None:
    meetings = Meetings(room.store, room.files)
    (invitation, token), _ = meetings.invite("Zoé", ["Camille"], hours=1, email="zoe@client.example")
    session(room, invitation.seat.meeting)
    [link] = [
        link.partition("#link=")[2]
        for message in room.letters()[:1]
        for link in set(parts(message)[1].links)
        if "#link=" in link
    ]
    begun = room.desk.http.post("/v1/links", json={"token": link}).json()
    zoe = Client(room.desk.http, begun["request"], begun["key"])
    gone = zoe.ask("DELETE", "", headers={"If-Match": zoe.ask("GET").headers["etag"]})
    assert gone.status_code == 204
    assert_error(room.about(token), "meeting_unknown")
    count = lambda table: room.store.look(lambda unit: len(unit.rows.scalars(select(table)).all()))  # noqa: E731
    assert [count(table) for table in (Meeting, MeetingSeat, MeetingEntry)] == [0, 0, 0]
    assert not [path for path in Path(room.settings.files_place).rglob("*.jpg") if path.is_file()]


def test_a_session_that_nobody_ended_is_settled_when_it_is_silent(room: Room, ana: Client) -> None:
    [told] = room.plan(ana).json()["appointments"]
    meeting = room.meeting(told["appointment"])
    room.letters()
    session(room, meeting, ended=False)
    room.letters()
    assert len(ana.told()["wish"]["pieces"]) == 2, "it may go on"

    def long_ago(unit: Unit) -> None:
        for row in unit.rows.scalars(select(MeetingEntry).where(MeetingEntry.meeting_id == meeting)):
            row.at -= settling.SILENT

    room.store.change(HOUSE, "wait", long_ago)
    somebody = room.journal(meeting)
    assert room.letters() == [], "they are there, and write nothing"
    somebody.close()
    assert len(room.letters()) == 2
    assert len(ana.told()["wish"]["pieces"]) == 3
    assert room.letters() == []


def test_who_was_never_let_in_is_told_nothing(room: Room, ana: Client) -> None:
    [told] = room.plan(ana).json()["appointments"]
    room.letters()
    journal = room.journal(room.meeting(told["appointment"]))
    journal.write("client", "Ana Novak", "pieces", {"worn": [{"piece": "vesper"}], "bare": False})
    journal.write("consultant-1", "Camille Roy", "ended", {})
    journal.close()
    assert room.letters() == []
    assert ana.told()["wish"]["pieces"] == ["celeste", "aurora"]


# the link of a draft


def waiting(room: Room, request: str) -> list[Outbox]:
    asks = select(Outbox).where(Outbox.request_id == request, Outbox.topic == "request.link", Outbox.sent_at.is_(None))

    def read(unit: Unit) -> list[Outbox]:
        rows = list(unit.rows.scalars(asks))
        unit.rows.expunge_all()
        return rows

    return room.store.look(read)


def test_a_draft_with_a_mail_address_sends_its_link_there_once_she_rests(room: Room) -> None:
    client = room.desk.begin(email="")
    assert waiting(room, client.id) == []
    wish = client.told()["wish"]
    client.save({**wish, "email": "ana@client.exam"})
    client.save({**wish, "email": "ana@client.example"})
    client.save({**wish, "email": "ana@client.example", "notes": "more"})
    [row] = waiting(room, client.id)
    assert row.next_at > row.made_at
    assert room.letters() == []
    client.ask("POST", "/links/mail")  # she asks for it: now
    [letter] = room.letters()
    assert "ana@client.example" in str(letter["To"])


def test_a_draft_that_was_sent_meanwhile_needs_no_link(room: Room) -> None:
    client = room.desk.submitted()
    [row] = waiting(room, client.id)

    def due(unit: Unit) -> None:
        unit.rows.get_one(Outbox, row.id).next_at = unit.now

    room.store.change(HOUSE, "wait", due)
    assert "Go on with your request" not in [str(message["Subject"]) for message in room.letters()]
    assert waiting(room, client.id) == []
