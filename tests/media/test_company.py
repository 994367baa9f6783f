"""A meeting over real connections on loopback: who sees and hears whom, what is kept, what disturbs whom."""

from __future__ import annotations

import random
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.media.standin import Browser, StandIn, Tapes, load, until
from tests.meetings import journal_of, known, picture_of
from tryon.errors import SessionError
from tryon.media.company import CLIENT, GUEST_KEY_EVERY_S
from tryon.media.room import Room
from tryon.meeting import Seat
from tryon.settings import Settings

pytestmark = pytest.mark.live

MEETING = "m" * 22
ANA = Seat(MEETING, CLIENT, "client", "Ana")
VERA, IDA = (Seat(MEETING, name.lower(), "consultant", name) for name in ("Vera", "Ida"))
Comes = Callable[[Seat], Awaitable[Browser]]


@pytest.fixture
def mirror() -> StandIn:
    return StandIn()


@pytest.fixture
def tapes() -> Tapes:
    return Tapes()


@pytest.fixture
async def room(mirror: StandIn, tapes: Tapes, tmp_path: Path) -> AsyncIterator[Room]:
    known(Settings(data=str(tmp_path)), MEETING)
    room = open_room(mirror, tmp_path, tapes)
    yield room
    await room.close()


def open_room(mirror: StandIn, folder: Path, tapes: Tapes) -> Room:
    room = Room(Settings(resume_s=30, data=str(folder)), mirror, load, tapes)
    room.allow(("live", "measure", "share"))
    return room


@pytest.fixture
async def comes(room: Room) -> AsyncIterator[Comes]:
    came: list[Browser] = []

    async def comes(seat: Seat, room: Room = room) -> Browser:
        browser = Browser(guest=seat.role == "consultant", name=seat.name)
        came.append(browser)
        await browser.accept(await room.answer(await browser.offer(), seat))
        await until(lambda: browser.of("here"), f"{seat.name} is told who is there")
        return browser

    yield comes
    for browser in came:
        await browser.close()


def entries(browser: Browser, kind: str = "") -> list[dict[str, Any]]:
    """All of the journal that somebody was told, in order."""
    told = [entry for said in browser.of("journal") for entry in said["data"]["entries"]]
    return [entry for entry in told if not kind or entry["kind"] == kind]


def people(browser: Browser) -> dict[str, str]:
    """Who is there, and how, as somebody was told last."""
    return {person["name"]: person["state"] for person in browser.of("here")[-1]["data"]["people"]}


async def admit(consultant: Browser) -> None:
    reply = await consultant.ask("admit", {"seat": CLIENT}, "admit")
    assert reply["type"] == "journal", reply


async def test_nobody_sees_or_hears_her_before_she_is_let_in(room: Room, comes: Comes) -> None:
    ana = await comes(ANA)
    vera = await comes(VERA)
    await until(lambda: people(vera) == {"Ana": "waiting", "Vera": "here"}, "she waits")
    await until(lambda: len(ana.pictures) > 20 and vera.microphone.said > 20, "her own mirror shows her meanwhile")
    refused = await ana.ask("chat.say", {"text": "hello?"}, "1")
    assert refused["data"]["reason"] == "not_admitted"
    assert not vera.pictures
    assert not vera.speech
    assert not ana.speech

    await admit(vera)
    await until(lambda: people(ana) == {"Ana": "here", "Vera": "here"}, "she is in")
    await until(lambda: len(vera.pictures) > 10, "her picture")
    await until(lambda: len(vera.heard_from("Ana")) > 10 and len(ana.heard_from("Vera")) > 10, "speech both ways")


async def test_without_her_consent_to_share_nothing_is_shared(room: Room, comes: Comes) -> None:
    room.allow(("live",))
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    await until(lambda: len(ana.pictures) > 20 and ana.microphone.said > 20, "her own mirror")
    refused = await vera.ask("freeze", {}, "1")
    assert refused["data"]["reason"] == "consent_missing"
    assert not vera.pictures
    assert not vera.speech


async def test_one_encoder_serves_all_and_who_joins_gets_a_key_frame(room: Room, comes: Comes) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    await until(lambda: len(vera.pictures) > 10, "the first consultant sees her")
    ida = await comes(IDA)
    await until(lambda: len(ida.pictures) > 10, "the second one too")
    assert ida.unread == 0  # nothing before a key frame was decoded

    await until(lambda: {number for number, _ in ida.pictures} & {n for n, _ in vera.pictures}, "the same pictures")
    shared = dict(ana.pictures)
    for number, picture in ida.pictures[2:8]:
        if number in shared:
            # the very same packets: bit for bit the same picture
            assert (picture.to_ndarray() == shared[number].to_ndarray()).all()
    await until(lambda: ida.heard_from("Vera") and vera.heard_from("Ida"), "consultants hear each other")
    await until(lambda: {"Vera", "Ida"} <= {who for who, *_ in ana.speech}, "she hears both")


async def test_speech_arrives_whole_and_in_order(comes: Comes) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    await until(lambda: len(vera.heard_from("Ana")) > 100, "two seconds of speech")
    numbers = vera.heard_from("Ana")
    assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
    vera.say("mute.set", {"muted": True})
    await until(lambda: ana.of("here")[-1]["data"]["people"][1]["muted"], "that she is muted is told")
    before, said = len(ana.heard_from("Vera")), vera.microphone.said
    await until(lambda: vera.microphone.said > said + 25, "she goes on speaking")
    assert len(ana.heard_from("Vera")) <= before + 2


async def test_a_consultants_bad_line_does_not_disturb_the_client(
    room: Room, comes: Comes, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    await until(lambda: len(vera.pictures) > 10, "the consultant sees her")
    keys = []
    feed = room._peer.feed
    monkeypatch.setattr(room._peer, "feed", lambda encoded: (keys.append(encoded.key), feed(encoded)))
    place = room._company._places["vera"]
    transport = place.peer._transceiver.sender.transport
    send, dice = transport._send_rtp, random.Random(1)

    async def lossy(data: bytes) -> None:
        if dice.random() > 0.5:
            await send(data)

    monkeypatch.setattr(transport, "_send_rtp", lossy)
    before, unread, began_s = len(ana.pictures), ana.unread, time.monotonic()
    await until(lambda: len(keys) > 150, "five seconds of pictures")
    await until(lambda: len(ana.pictures) > before + 150, "all of them come to her")
    assert ana.unread == unread
    # one for him in GUEST_KEY_EVERY_S, and a few for a lower rate
    assert sum(keys) <= (time.monotonic() - began_s) / GUEST_KEY_EVERY_S + 3
    assert room.governor.kbps >= 0.5 * room.governor._ceiling
    await until(lambda: "down_loss" in ana.of("here")[-1]["data"]["people"][1]["reasons"], "why is told to her too")


async def test_her_mirror_goes_on_when_the_consultant_drops_and_he_comes_back_to_all_of_it(
    room: Room, comes: Comes
) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    await vera.ask("pieces.set", {"pieces": ["aurora"]}, "1")
    await until(lambda: ana.of("pieces")[-1]["data"]["worn"], "she is told what she wears")
    await vera.ask("nudge.set", {"piece": "aurora", "up_mm": 3}, "2")
    await vera.ask("chat.say", {"text": "A little higher."}, "3")
    await vera.ask("note.set", {"private": True, "text": "sits high"}, "4")
    await vera.ask("note.set", {"private": False, "text": "Aurora, 3 mm up"}, "5")
    still = (await vera.ask("freeze", {}, "6"))["data"]["entries"][0]
    await vera.ask("mark.draw", {"still": still["n"], "points": [[10, 10], [20, 30]]}, "7")
    await vera.close()
    await until(lambda: people(ana)["Vera"] == "away", "that he is away is told")
    before = len(ana.pictures)
    await until(lambda: len(ana.pictures) > before + 20, "her mirror goes on")

    again = await comes(VERA)
    await until(lambda: again.of("journal") and again.of("journal")[-1]["data"]["whole"], "all of it")
    assert [entry["data"]["text"] for entry in entries(again, "chat")] == ["A little higher."]
    assert [entry["data"]["text"] for entry in entries(again, "note")] == ["sits high", "Aurora, 3 mm up"]
    assert entries(again, "still") == [still]
    assert entries(again, "mark")[0]["data"]["points"] == [[10, 10], [20, 30]]
    assert again.of("pieces")[0]["data"]["worn"][0]["up_mm"] == 3
    await until(lambda: len(again.pictures) > 10 and again.heard_from("Ana"), "he sees and hears her again")
    await until(lambda: len(ana.heard_from("Vera")) > 0, "she hears him")
    assert not [entry for entry in entries(ana, "note") if entry["data"]["private"]]


async def test_she_comes_back_without_being_let_in_again(room: Room, comes: Comes) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    await until(lambda: vera.heard_from("Ana"), "she is heard")
    await ana.close()
    await until(lambda: people(vera)["Ana"] == "away", "she is away")
    refused = await vera.ask("snapshot.ask", {}, "1")
    assert refused["data"]["reason"] == "client_away"
    heard, seen = len(vera.heard_from("Ana")), len(vera.pictures)
    again = await comes(ANA)
    await until(lambda: len(vera.heard_from("Ana")) > heard + 10 and len(vera.pictures) > seen + 10, "she is back")
    assert people(again) == {"Ana": "here", "Vera": "here"}


async def test_a_picture_is_kept_only_when_she_says_yes(comes: Comes, tmp_path: Path) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    for number, yes in enumerate((False, True)):
        asked = (await vera.ask("snapshot.ask", {}, f"a{number}"))["data"]["entries"][0]
        again = await vera.ask("snapshot.ask", {}, f"b{number}")
        assert again["data"]["reason"] == "asked_already"
        answered = await vera.ask("agree", {"ask": asked["n"], "yes": True}, f"c{number}")
        assert answered["data"]["reason"] == "not_yours"
        await ana.ask("agree", {"ask": asked["n"], "yes": yes}, f"d{number}")
        await until(lambda number=number: len(entries(vera, "answered")) == number + 1, "her answer")
    await until(lambda: entries(vera, "snapshot") and entries(ana, "snapshot"), "the picture")
    (kept,) = entries(vera, "snapshot")
    picture = picture_of(Settings(data=str(tmp_path)), MEETING, kept["data"]["picture"])
    assert picture is not None
    assert picture[:2] == b"\xff\xd8"
    assert picture_of(Settings(data=str(tmp_path)), MEETING, "../journal.jsonl") is None


async def test_a_measuring_is_told_in_numbers_and_kept_whole(
    room: Room, tapes: Tapes, comes: Comes, tmp_path: Path
) -> None:
    width = {"value_mm": 154.2, "u95_mm": 5.3, "scale": {"source": "card", "u95_percent": 1.1}}
    tapes.said |= {"measurements": {"head_breadth": width}, "fit": {"aurora": {"verdict": "fits"}}}
    vera, ana = await comes(VERA), await comes(ANA)
    await admit(vera)
    await ana.ask("measure.start", {"hair": "tied"}, "1")
    await until(lambda: tapes.given and tapes.given[0].looks, "she is looked at")
    ana.say("measure.stop")
    await until(lambda: entries(vera, "measured") and entries(ana, "measured"), "both are told")
    assert entries(vera, "measured")[0]["data"] == {
        "measurements": {"head_breadth": {"value_mm": 154.2, "u95_mm": 5.3}}
    }
    assert entries(vera, "report") == entries(ana, "report") == []
    await room.close()
    journal = journal_of(Settings(data=str(tmp_path)), MEETING)
    assert [entry.data for entry in journal.entries if entry.kind == "report"] == [tapes.said]
    journal.close()


async def test_marks_are_taken_back_by_who_drew_them(comes: Comes) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    still = (await vera.ask("freeze", {}, "1"))["data"]["entries"][0]["n"]
    await vera.ask("mark.draw", {"still": still, "points": [[1, 1]]}, "2")
    ana.say("mark.undo", {"still": still})
    await ana.ask("mark.draw", {"still": still, "points": [[2, 2]]}, "3")
    await ana.ask("mark.undo", {"still": still}, "4")
    unknown = await vera.ask("mark.draw", {"still": 999, "points": [[1, 1]]}, "5")
    assert unknown["data"]["reason"] == "still_unknown"
    await until(lambda: entries(vera, "unmark"), "it is taken back")
    assert [entry["by"] for entry in entries(vera, "unmark")] == [CLIENT]


async def test_declined_left_and_over_for_all(room: Room, comes: Comes) -> None:
    ana, vera = await comes(ANA), await comes(VERA)
    vera.say("decline", {"seat": CLIENT})
    await until(lambda: ana.of("ended"), "she is told")
    assert ana.of("ended")[-1]["data"]["reason"] == "declined"
    ana = await comes(ANA)
    await admit(vera)
    ida = await comes(IDA)
    ida.say("leave")
    await until(lambda: ida.of("ended") and "Ida" not in people(vera), "one leaves")
    ana.say("end")
    await until(lambda: ana.of("error"), "that is not hers to say")
    vera.say("end")
    assert await room.ended == "closed"
    await until(lambda: ana.of("ended") and vera.of("ended"), "both are told")


async def test_no_more_consultants_than_there_are_voices(comes: Comes) -> None:
    for number in range(3):
        await comes(Seat(MEETING, f"c{number}", "consultant", f"C{number}"))
    with pytest.raises(SessionError, match="no more can join"):
        await comes(Seat(MEETING, "c4", "consultant", "C4"))


async def test_a_new_process_goes_on_where_the_old_one_was(mirror: StandIn, tmp_path: Path, comes: Comes, room: Room):
    ana, vera = await comes(ANA), await comes(VERA)
    await admit(vera)
    await ana.ask("pieces.set", {"pieces": ["luna"]}, "1")
    await vera.ask("nudge.set", {"piece": "luna", "tilt_deg": 4}, "2")
    await vera.ask("chat.say", {"text": "Lovely."}, "3")
    await room.close()
    later = open_room(other := StandIn(), tmp_path, Tapes())
    try:
        vera = await comes(VERA, later)
        assert [model.piece.id for model in other.models] == ["luna"]
        await until(lambda: entries(vera, "chat"), "the chat")
        worn = vera.of("pieces")[0]["data"]["worn"][0]
        assert (worn["piece"], worn["tilt_deg"]) == ("luna", 4)
        await comes(ANA, later)
        await until(lambda: len(vera.pictures) > 5, "she needs not be let in again")
    finally:
        await later.close()
