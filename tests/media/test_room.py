"""A room with its wearer, over real connections on loopback, with a mirror that needs no GL."""

from __future__ import annotations

import threading
from collections.abc import AsyncIterator, Callable

import cv2
import numpy as np
import pytest

from tests.media.standin import Browser, Camera, StandIn, Tapes, load, until
from tryon.errors import AssetError, MessageError, SessionError
from tryon.media.room import FAILURES_MAX, Room
from tryon.messages import GIVEN_MAX
from tryon.settings import Settings
from tryon.types import Quality, Sensed, StageView

pytestmark = pytest.mark.live


@pytest.fixture
def mirror() -> StandIn:
    return StandIn()


@pytest.fixture
def tapes() -> Tapes:
    return Tapes()


@pytest.fixture
async def room(mirror: StandIn, tapes: Tapes) -> AsyncIterator[Room]:
    room = Room(Settings(resume_s=30), mirror, load, tapes)
    room.allow(("live", "measure"))
    yield room
    await room.close()
    assert mirror.closed


@pytest.fixture
async def join(room: Room) -> AsyncIterator[Callable[..., object]]:
    joined: list[Browser] = []

    async def join(camera: Camera | None = None) -> Browser:
        browser = Browser(camera)
        joined.append(browser)
        await browser.accept(await room.answer(await browser.offer()))
        return browser

    yield join
    for browser in joined:
        await browser.close()


async def test_the_first_picture_comes_back_composited_with_its_own_number(room: Room, mirror: StandIn, join) -> None:
    browser = await join()
    await until(lambda: len(browser.pictures) > 20, "pictures")
    numbers = [number for number, _ in browser.pictures]
    assert numbers == sorted(set(numbers))
    assert browser.unread == 0
    assert room.first_picture.done()
    luma = browser.pictures[-1][1].to_ndarray()[:240]
    assert luma[20:44, 20:44].mean() > 200  # the stand-in's box
    assert abs(luma[100:200, 100:200].mean() - 128) < 6
    assert mirror.threads == {"sense": {"tracker"}, "show": {"mirror"}, "close": set()}


async def test_differences_of_time_are_kept_from_end_to_end(room: Room, join) -> None:
    browser = await join()
    await until(lambda: len(browser.pictures) > 10, "pictures")
    (first, start), *later = browser.pictures
    for number, picture in later:
        assert picture.pts - start.pts == pytest.approx((number - first) * 3000, abs=2)


async def test_the_camera_may_change_its_size_in_mid_stream(join) -> None:
    browser = await join(camera := Camera((320, 240)))
    await until(lambda: len(browser.pictures) > 3, "pictures")
    camera.size = (640, 360)
    await until(lambda: browser.pictures[-1][1].width == 640, "pictures of the new size")
    assert browser.pictures[-1][1].height == 360
    await until(lambda: any(m["data"]["size_px"] == [640, 360] for m in browser.of("stats")), "the size is told")


async def test_a_slow_mirror_makes_fewer_pictures_and_no_older_ones(room: Room, mirror: StandIn, join) -> None:
    browser = await join()
    await until(lambda: len(browser.pictures) > 3, "pictures")
    mirror.gate = threading.Semaphore(0)
    for _ in range(3):
        before, shown = room._line.dropped, len(browser.pictures)
        await until(lambda before=before: room._line.dropped >= before + 10, "camera pictures pile up")
        mirror.gate.release(4)
        await until(lambda shown=shown: len(browser.pictures) >= shown + 4, "four pictures")
        # one waited in the mirror and one before it; what comes next is not the next of those that piled up
        numbers = [number for number, _ in browser.pictures[shown : shown + 4]]
        assert numbers == sorted(numbers)
        assert np.diff(numbers).max() >= 10
    mirror.gate.release(1000)
    assert room._line.dropped > 20
    await until(lambda: any(m["data"]["dropped"] > 0 for m in browser.of("stats")), "what was dropped is told")


async def test_pieces_nudges_and_bare_are_set_and_answered(room: Room, mirror: StandIn, join) -> None:
    browser = await join()
    await until(lambda: browser.of("pieces"), "what is worn, unasked")
    assert browser.of("pieces")[0]["data"] == {
        "worn": [],
        "bare": False,
        "light": "room",
        "far": False,
    }

    reply = await browser.ask("pieces.set", {"pieces": ["aurora", "luna", "aurora"]}, "1")
    assert [w["piece"] for w in reply["data"]["worn"]] == ["aurora", "luna"]
    assert not any(w["moved"] for w in reply["data"]["worn"])
    assert [m.piece.id for m in mirror.models] == ["aurora", "luna"]

    reply = await browser.ask("nudge.set", {"piece": "luna", "up_mm": 4, "tilt_deg": 5}, "2")
    assert reply["data"]["worn"][1] == {
        "piece": "luna",
        "up_mm": 4,
        "forward_mm": 0,
        "tilt_deg": 5,
        "moved": True,
        "on": "head",
        "finger": "",
        "held": False,
    }
    assert mirror.nudges["luna"].tilt_rad == pytest.approx(np.radians(5))

    reply = await browser.ask("bare.set", {"bare": True}, "3")
    assert reply["data"]["bare"] is True
    assert mirror.bare
    reply = await browser.ask("stage.set", {"light": "spot", "far": True}, "3b")
    assert (reply["data"]["light"], reply["data"]["far"]) == ("spot", True)
    assert mirror.view == StageView("spot", True)

    reply = await browser.ask("pieces.set", {"pieces": []}, "4")
    assert reply["data"]["worn"] == []


@pytest.mark.parametrize(
    ("type", "data", "reason"),
    [
        ("pieces.set", {"pieces": ["none-such"]}, "piece_unknown"),
        ("pieces.set", {"pieces": [str(i) for i in range(9)]}, "pieces_too_many"),
        ("pieces.set", {"pieces": ["aurora"], "places": {"aurora": {"on": "left_hand"}}}, "place_wrong"),
        ("pieces.set", {"pieces": ["luna"], "places": {"aurora": {"on": "left_hand", "held": True}}}, "place_wrong"),
        ("nudge.set", {"piece": "luna"}, "piece_not_worn"),
        ("nudge.set", {"piece": "aurora", "up_mm": 81}, "nudge_too_far"),
    ],
)
async def test_what_cannot_be_done_is_said_and_changes_nothing(
    mirror: StandIn, join, type: str, data: dict[str, object], reason: str
) -> None:
    browser = await join()
    await browser.ask("pieces.set", {"pieces": ["aurora"]}, "1")
    reply = await browser.ask(type, data, "2")
    assert (reply["type"], reply["data"]["reason"]) == ("error", reason)
    assert [m.piece.id for m in mirror.models] == ["aurora"]
    assert mirror.nudges == {}


async def test_rubbish_is_answered_and_survived(join) -> None:
    browser = await join()
    await until(lambda: browser.channel.readyState == "open", "the channel opens")
    for rubbish in ("", "{", "null", '{"v":2,"type":"ping"}', '{"v":1,"type":"pieces.set","data":{}}', "x" * 70_000):
        browser.channel.send(rubbish)
    browser.channel.send(b"\x00\x01")
    browser.say("something.newer", {"a": 1}, "9")
    await until(lambda: len(browser.of("error")) == 7, "an error for each")
    reasons = {m["data"]["reason"] for m in browser.of("error")}
    assert reasons == {"message_unreadable", "message_too_long"}
    assert (await browser.ask("bare.set", {"bare": True}, "10"))["type"] == "pieces"
    assert browser.reply("9") is None  # what a newer page may say is no error


async def test_a_flood_of_messages_is_not_looked_at(mirror: StandIn, join) -> None:
    browser = await join()
    await until(lambda: browser.channel.readyState == "open", "the channel opens")
    for i in range(300):
        browser.say("bare.set", {"bare": True}, str(i))
    await until(lambda: any(m["data"]["reason"] == "message_rate" for m in browser.of("error")), "a complaint")
    browser.say("ping", {"t_ms": 1})
    assert len(browser.of("error")) < 10
    assert len(browser.of("pieces")) < 150


async def test_a_snapshot_is_the_shown_picture_with_the_shops_mark(join) -> None:
    browser = await join()
    await browser.ask("pieces.set", {"pieces": ["aurora"]}, "1")
    await until(lambda: browser.pictures, "pictures")
    reply = await browser.ask("snapshot.take", {}, "2")
    assert reply["data"]["mime"] == "image/jpeg"
    assert reply["data"]["pieces"] == ["aurora"]
    assert reply["data"]["true_size"] is True
    await until(lambda: len(browser.files) >= reply["data"]["bytes"], "the whole file")
    assert len(browser.files) == reply["data"]["bytes"]
    picture = cv2.imdecode(np.frombuffer(browser.files, np.uint8), cv2.IMREAD_GRAYSCALE)
    assert picture.shape == (240, 320)
    assert picture[20:44, 20:44].mean() > 200  # the box is still on the left: not mirrored
    corner = picture[210:240, 240:320]
    assert corner.max() > 190
    assert corner.min() < 110  # letters, and the shade under them

    await browser.ask("nudge.set", {"piece": "aurora", "up_mm": 3}, "3")
    reply = await browser.ask("snapshot.take", {}, "4")
    assert reply["data"]["true_size"] is False


async def test_what_a_hand_holds_is_never_said_to_be_at_true_size(join) -> None:
    browser = await join()
    held = {"on": "left_hand", "held": True}
    reply = await browser.ask("pieces.set", {"pieces": ["aurora"], "places": {"aurora": held}}, "1")
    assert {**reply["data"]["worn"][0], **held} == reply["data"]["worn"][0]
    await until(lambda: browser.pictures, "pictures")
    reply = await browser.ask("snapshot.take", {}, "2")
    assert (reply["data"]["pieces"], reply["data"]["true_size"]) == (["aurora"], False)


async def test_snapshots_asked_for_faster_than_they_are_sent_are_refused(join) -> None:
    browser = await join()
    await until(lambda: browser.pictures and browser.channel.readyState == "open", "pictures")
    for i in range(20):
        browser.say("snapshot.take", {}, str(i))
    await until(lambda: all(browser.reply(str(i)) for i in range(20)), "an answer to each")
    taken = browser.of("snapshot")
    assert taken
    assert {m["data"]["reason"] for m in browser.of("error")} == {"snapshot_busy"}
    assert len(taken) + len(browser.of("error")) == 20
    await until(lambda: len(browser.files) == sum(m["data"]["bytes"] for m in taken), "all of those files")


async def test_what_is_seen_is_told_when_it_changes(mirror: StandIn, join) -> None:
    browser = await join()
    await until(lambda: browser.of("state"), "the state")
    assert browser.of("state")[0]["data"] == {"view": "live", "hints": [], "size_u95_percent": 0}
    mirror.quality = Quality("searching", ("too_dark",))
    await until(lambda: browser.of("state")[-1]["data"]["view"] == "searching", "the new state")
    assert browser.of("state")[-1]["data"]["hints"] == ["too_dark"]
    await until(lambda: browser.of("stats"), "stats")
    stats = browser.of("stats")[-1]["data"]
    assert stats["size_px"] == [320, 240]
    assert set(stats["stages_ms"]) == {"track", "render", "encode"}
    assert stats["kbps"] > 0
    assert stats["server_ms"] > 0


async def test_a_failing_stage_does_not_end_the_call(mirror: StandIn, join) -> None:
    browser = await join()
    await until(lambda: len(browser.pictures) > 3, "pictures")

    def fail(sensed: Sensed) -> None:
        raise ValueError("the test says so")

    mirror.fail = fail
    await until(lambda: browser.of("error"), "the error is told")
    assert browser.of("error")[0]["data"]["reason"] == "picture_failed"
    mirror.fail = None
    seen = len(browser.pictures)
    await until(lambda: len(browser.pictures) > seen + 3, "pictures again")


async def test_a_mirror_that_never_comes_back_ends_the_session(room: Room, mirror: StandIn, join) -> None:
    browser = await join()

    def fail(sensed: Sensed) -> None:
        raise ValueError("the test says so")

    mirror.fail = fail
    assert await room.ended == "failed"
    await until(lambda: browser.of("ended"), "the last word")
    assert browser.of("ended")[0]["data"]["reason"] == "failed"
    assert not browser.pictures or mirror.shown < FAILURES_MAX


async def test_a_mirror_that_hangs_ends_the_session(
    room: Room, mirror: StandIn, join, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tryon.media.room.HANG_S", 0.5)
    browser = await join()
    await until(lambda: browser.pictures, "pictures")
    mirror.gate = threading.Semaphore(0)
    assert await room.ended == "failed"
    mirror.gate.release(1000)


async def test_a_new_connection_takes_the_place_of_the_old_and_everything_stays(
    room: Room, mirror: StandIn, join
) -> None:
    first = await join()
    await first.ask("pieces.set", {"pieces": ["aurora"]}, "1")
    await first.ask("nudge.set", {"piece": "aurora", "up_mm": 4}, "2")
    await until(lambda: len(first.pictures) > 3, "pictures")
    time_s = room._time_s

    second = await join()
    await until(lambda: len(second.pictures) > 3, "pictures of the new connection")
    await until(lambda: second.of("pieces"), "what is worn")
    assert second.of("pieces")[0]["data"]["worn"] == [
        {
            "piece": "aurora",
            "up_mm": 4,
            "forward_mm": 0,
            "tilt_deg": 0,
            "moved": True,
            "on": "head",
            "finger": "",
            "held": False,
        }
    ]
    assert room._time_s > time_s  # the session's own clock goes on
    await until(lambda: first.pc.connectionState == "closed", "the old connection is closed")
    assert first.of("ended")[0]["data"]["reason"] == "replaced"


async def test_a_bad_offer_leaves_the_connection_that_stands(room: Room, join) -> None:
    browser = await join()
    await until(lambda: browser.pictures, "pictures")
    with pytest.raises(MessageError):
        await room.answer("v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=rtpmap:96 VP8/90000\r\n")
    seen = len(browser.pictures)
    await until(lambda: len(browser.pictures) > seen + 3, "pictures go on")


async def test_a_browser_that_says_goodbye_may_come_back(room: Room, join) -> None:
    first = await join()
    await first.ask("pieces.set", {"pieces": ["aurora"]}, "1")
    await first.close()
    await until(lambda: room._peer is None, "the room notices")
    second = await join()
    await until(lambda: len(second.pictures) > 3, "pictures")
    assert second.of("pieces")[0]["data"]["worn"][0]["piece"] == "aurora"


@pytest.fixture
def fast_heart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tryon.media.peer.HEARTBEAT_S", 0.25)


@pytest.mark.usefixtures("fast_heart")
async def test_a_browser_that_falls_silent_is_given_up(room: Room, join) -> None:
    browser = await join()
    await until(lambda: browser.pictures and browser.of("pieces"), "pictures")
    browser.answers = False
    browser.camera.stop()  # no picture, no pong: what is left is ICE, which would take half a minute to notice
    peer = room._peer
    assert peer is not None
    await until(lambda: room._peer is None, "the room gives it up")
    await until(lambda: peer._pc.connectionState == "closed", "its connection is closed")


@pytest.mark.usefixtures("fast_heart")
async def test_pictures_alone_are_a_sign_of_life_and_so_are_words(room: Room, join) -> None:
    browser = await join()
    await until(lambda: len(browser.of("ping")) >= 2, "the server's heartbeat")
    browser.say("ping", {"t_ms": 42}, "7")
    await until(lambda: browser.reply("7"), "a pong")
    assert browser.reply("7")["data"]["t_ms"] == 42
    browser.answers = False  # pictures still come
    pings = len(browser.of("ping"))
    await until(lambda: len(browser.of("ping")) >= pings + 6, "more heartbeats than silence is allowed")
    assert room._peer is not None


async def test_a_session_that_nobody_comes_back_to_ends(mirror: StandIn) -> None:
    room = Room(Settings(resume_s=0.05), mirror, load, Tapes())
    browser = Browser()
    await browser.accept(await room.answer(await browser.offer()))
    await until(lambda: browser.pictures, "pictures")
    await browser.close()
    assert await room.ended == "left"
    await until(lambda: mirror.closed, "the mirror is given back")
    assert mirror.threads["close"] == {"mirror"}
    with pytest.raises(SessionError):
        await room.answer("v=0")


async def test_unknown_pieces_are_refused_before_anything_is_worn(room: Room, mirror: StandIn) -> None:
    with pytest.raises(AssetError):
        await room.wardrobe.wear(("aurora", "none-such"))
    assert mirror.models == ()


async def test_a_warm_up_that_fails_says_why(mirror: StandIn) -> None:
    room = Room(Settings(), mirror, load, Tapes())

    def fail(sensed: Sensed) -> None:
        raise ValueError("no GL here")

    mirror.fail = fail
    with pytest.raises(ValueError, match="no GL"):
        await room.warm()
    mirror.fail = None
    await room.warm()
    assert mirror.shown == 1
    await room.close()


LOOKING = {"steps": {"look": 0.5}, "card_refused": "", "hinders": "", "frames": 3, "accepted": 2, "hand": ""}


async def test_the_page_of_a_shop_hears_no_verdict_on_what_it_does_not_show(
    room: Room, mirror: StandIn, tapes: Tapes, join
) -> None:
    tapes.said["fit"] = {"regina": {"verdict": "fits"}, "flora": {"verdict": "too_small"}}
    room.wardrobe.shelf = frozenset({"flora"})
    browser = await join()
    await browser.ask("measure.start", {"hair": "tied"}, "1")
    browser.say("measure.stop")
    await until(lambda: browser.of("measured"), "the measures")
    assert browser.of("measured")[0]["data"]["fit"] == {"flora": {"verdict": "too_small"}}


async def test_she_is_measured_beside_the_mirror_and_told_every_number(mirror: StandIn, tapes: Tapes, join) -> None:
    width = {"value_mm": 154.2, "u95_mm": 5.3, "scale": {"source": "card", "u95_percent": 1.1}}
    tapes.said["measurements"] = {"head_breadth": width}
    tapes.said["scale"] = {"mm_per_unit": 1.04, "source": "card", "u95_percent": 1.0, "plane": "eyes", "frozen": True}
    browser = await join()
    reply = await browser.ask("measure.start", {"hair": "tied"}, "1")
    assert (reply["type"], reply["data"]["steps"]) == ("measuring", {})
    await until(lambda: any(m["data"] == LOOKING for m in browser.of("measuring")), "how far it is")
    tape = tapes.given[0]
    await until(lambda: len(tape.looks) > 4, "looks")
    browser.say("measure.stop")
    await until(lambda: browser.of("measured"), "the measures")
    assert browser.of("measured")[0]["data"] == tapes.said
    await until(lambda: tape.ends == ["closed"], "the models are given back")
    assert (tape.asked.hair, tape.threads) == ("tied", {"sitting"})
    times = [frame.time_s for frame in tape.looks]
    # pictures that a busy machine held up arrive at once: most of them tell
    assert np.median(np.diff(times)) > 0.05, "not every picture"
    assert {frame.i420.shape for frame in tape.looks} == {(360, 320)}
    assert all(frame.i420[20:44, 20:44].mean() < 140 for frame in tape.looks), "as the camera saw her, without pieces"
    assert mirror.threads["show"] == {"mirror"}
    # what she was measured by is what her pieces are drawn against from now on, until she starts over
    assert mirror.scale is not None
    assert (mirror.scale.mm_per_unit, mirror.scale.std, mirror.scale.source) == (1.04, 1.04 / 200, "card")
    await until(lambda: browser.of("state")[-1]["data"]["size_u95_percent"] == 1, "the badge knows")
    browser.say("measure.forget")
    await until(lambda: mirror.scale is None, "it is forgotten")


CAMERA = {
    "width": 1280,
    "height": 720,
    "fx": 1010.0,
    "fy": 1012.0,
    "cx": 641.0,
    "cy": 358.0,
    "distortion": [0.02, -0.1, 0.0, 0.0, 0.0],
    "focal_std": 0.004,
}


async def test_her_camera_is_known_to_the_mirror_and_to_what_measures_her(mirror: StandIn, tapes: Tapes, join) -> None:
    browser = await join()
    reply = await browser.ask("camera.set", {"camera": CAMERA}, "1")
    assert (reply["type"], reply["data"]) == ("camera", {"source": "calibrated", "focal_u95_percent": 0.8})
    known = mirror.camera
    assert known is not None
    assert (known.size_px, known.focal_std, known.matrix[0, 0]) == ((1280, 720), 0.004, 1010.0)
    await browser.ask("measure.start", {"hair": "tied", "parts": ["hand"]}, "2")
    browser.say("measure.step", {"step": "hand"})
    await until(lambda: tapes.given and tapes.given[0].steps, "the step is told")
    tape = tapes.given[0]
    assert (tape.camera, tape.asked.parts, tape.steps) == (known, ("hand",), ["hand"])
    # numbers of no camera change nothing; null does
    for wrong in ({"fx": 90.0}, {"cx": -5.0}):
        refused = await browser.ask("camera.set", {"camera": CAMERA | wrong}, f"wrong {wrong}")
        assert refused["data"]["reason"] == "camera_impossible"
    for count, wrong in enumerate(({"focal_std": 0.0}, {"width": 10**9}, {"distortion": [0.0]}), start=3):
        browser.say("camera.set", {"camera": CAMERA | wrong})
        await until(lambda count=count: len(browser.of("error")) == count, "it is refused")
        assert browser.of("error")[-1]["data"]["reason"] == "message_unreadable"
    assert mirror.camera is known
    reply = await browser.ask("camera.set", {"camera": None}, "4")
    assert reply["data"]["source"] == "prior"
    assert mirror.camera is None


async def test_what_was_seen_before_a_lost_connection_counts(room: Room, tapes: Tapes, join) -> None:
    first = await join()
    await first.ask("measure.start", {"hair": "cap"}, "1")
    await until(lambda: tapes.given and tapes.given[0].looks, "looks")
    await first.close()
    await until(lambda: not room.vitals()["connected"], "the connection is lost")
    before = len(tapes.given[0].looks)
    second = await join()
    await until(lambda: len(tapes.given[0].looks) > before + 2, "looks go on")
    assert len(tapes.given) == 1
    second.say("measure.stop")
    await until(lambda: second.of("measured"), "the measures")


async def test_cancelled_measures_are_forgotten(tapes: Tapes, join) -> None:
    browser = await join()
    refused = await browser.ask("measure.stop", {}, "1")
    assert refused["data"]["reason"] == "measure_not_begun"
    await browser.ask("measure.start", {"hair": "loose"}, "2")
    await until(lambda: tapes.given and tapes.given[0].looks, "looks")
    reply = await browser.ask("measure.cancel", {}, "3")
    assert reply["type"] == "pieces"
    await until(lambda: tapes.given[0].ends, "the models are given back")
    assert (await browser.ask("measure.stop", {}, "4"))["data"]["reason"] == "measure_not_begun"
    assert not browser.of("measured")


async def test_a_measure_that_fails_is_said_and_the_mirror_goes_on(tapes: Tapes, join) -> None:
    browser = await join()
    await browser.ask("measure.start", {"hair": "tied"}, "1")
    await until(lambda: tapes.given and tapes.given[0].looks, "looks")
    tape = tapes.given[0]
    tape.fails.append(ValueError("one bad picture"))
    seen = len(tape.looks)
    await until(lambda: len(tape.looks) > seen, "the next picture is looked at")
    tape.fails.extend(ValueError("the report") for _ in range(100))
    await until(lambda: browser.of("error"), "it is said")
    assert browser.of("error")[0]["data"]["reason"] == "measure_failed"
    assert tape.ends == ["closed"]
    pictures = len(browser.pictures)
    await until(lambda: len(browser.pictures) > pictures + 5, "the mirror goes on")


async def test_what_she_knows_and_her_visits_outlive_a_connection(
    tapes: Tapes, join, caplog: pytest.LogCaptureFixture
) -> None:
    neck = {"name": "neck_circumference", "values": ["33.1"], "unit": "cm"}
    caplog.set_level("DEBUG", logger="tryon")
    first = await join()
    await first.ask("measure.start", {"hair": "tied"}, "1")
    await until(lambda: tapes.given and tapes.given[0].looks, "looks")
    first.say("measure.stop")
    await until(lambda: first.of("measured"), "the measures")
    assert (await first.ask("known.set", {"given": [neck]}, "2"))["type"] == "measured"
    visits, (given,) = tapes.reported[-1]
    assert (visits, given.value_mm, given.std_mm, given.method) == (1, 331.0, 3.5, "tape")
    # a slip is asked back, and nothing has changed
    asked = await first.ask("known.set", {"given": [neck | {"values": ["331"]}]}, "3")
    assert (asked["type"], asked["data"]["name"], asked["data"]["meant_mm"]) == ("asked", neck["name"], [[331.0]])
    first.say("known.set", {"given": [neck] * (GIVEN_MAX + 1)})
    await until(lambda: first.of("error"), "too many are refused")
    assert first.of("error")[0]["data"]["reason"] == "message_unreadable"
    await first.close()
    second = await join()
    await second.ask("measure.start", {"hair": "tied"}, "5")
    await until(lambda: len(tapes.given) == 2 and tapes.given[1].looks, "looks")
    second.say("measure.stop")
    await until(lambda: second.of("measured"), "the measures of both visits")
    assert tapes.reported[-1] == (2, (given,))
    await second.ask("measure.forget", {}, "6")
    await second.ask("known.set", {"given": []}, "7")
    assert tapes.reported[-1] == (0, ())
    logged = " ".join(record.getMessage() for record in caplog.records if record.name.startswith("tryon"))
    assert "331" not in logged
    assert "33.1" not in logged


async def test_nobody_is_measured_who_did_not_agree_to_it(room: Room, tapes: Tapes, join) -> None:
    room.allow(("live",))
    browser = await join()
    for number, (type, data) in enumerate([("measure.start", {"hair": "tied"}), ("known.set", {"given": []})]):
        assert (await browser.ask(type, data, str(number)))["data"]["reason"] == "consent_missing"
    assert (tapes.given, tapes.reported) == ([], [])
    room.allow(("live", "measure"))
    assert (await browser.ask("measure.start", {"hair": "tied"}, "3"))["type"] == "measuring"
