"""The room's parts, each alone: slot, track, encoder, governor, offers, control, time code."""

from __future__ import annotations

import asyncio
import contextlib
import json
import queue
import threading
import time
from collections.abc import Callable
from typing import Any

import av
import cv2
import msgspec
import numpy as np
import pytest
from aiortc.mediastreams import MediaStreamError
from hypothesis import given
from hypothesis import strategies as st

from tests.media.standin import WAIT_S, StandIn
from tryon.bench.timecode import LIMIT, read, stamp
from tryon.errors import MessageError
from tryon.media.control import BURST, Control
from tryon.media.encoder import Encoded, Vp8Encoder
from tryon.media.governor import FLOOR_KBPS, Governor, kbps_for
from tryon.media.line import HOLD_MAX_S, Arrived, Line, Picture, hold_s
from tryon.media.offers import OFFER_BYTES_MAX, check_offer, fit_answer
from tryon.media.peer import Allowance
from tryon.media.slot import Backlog, Slot
from tryon.media.snapshot import draw_mark, jpeg_of
from tryon.media.track import WAITING_MAX, PacketTrack
from tryon.messages import Pieces, State
from tryon.types import U8, Frame, Sensed

# slot


def test_a_slot_keeps_the_newest_and_counts_the_rest() -> None:
    slot: Slot[int] = Slot()
    for thing in range(1, 5):
        slot.put(thing)
    assert slot.take() == 4
    assert slot.replaced == 3


def test_who_puts_when_free_waits_for_the_taker() -> None:
    slot: Slot[int] = Slot()
    slot.put(1)
    done = threading.Event()

    def put() -> None:
        assert slot.put_when_free(2)
        done.set()

    thread = threading.Thread(target=put)
    thread.start()
    assert not done.is_set()
    assert slot.take() == 1
    assert slot.take() == 2
    assert done.wait(10)
    thread.join()


def test_a_closed_slot_lets_everybody_go() -> None:
    slot: Slot[int] = Slot()
    results: list[object] = []
    thread = threading.Thread(target=lambda: results.append(slot.take()))
    thread.start()
    slot.close()
    thread.join(10)
    assert results == [None]
    assert not slot.put_when_free(1)
    assert not slot.wait_free()


def left_in(backlog: Backlog[int]) -> list[int]:
    backlog.finish()
    return [thing for thing in iter(backlog.take, None) if thing is not None]


def test_a_backlog_keeps_what_is_to_be_kept_in_its_order() -> None:
    backlog: Backlog[int] = Backlog(10)
    for thing, keep in ((1, False), (2, False), (3, True), (4, True), (5, False), (6, False)):
        backlog.put(thing, keep=keep)
    assert left_in(backlog) == [3, 4, 6]
    backlog.put(7, keep=True)
    assert backlog.take() is None, "it is finished"


def test_a_backlog_that_is_full_still_spans_all_of_the_time() -> None:
    backlog: Backlog[int] = Backlog(4)
    for thing in range(10):
        backlog.put(thing, keep=True)
    left = left_in(backlog)
    assert len(left) <= 4
    assert left == sorted(left)
    assert left[0] <= 3
    assert left[-1] == 9
    dropped: Backlog[int] = Backlog(4)
    dropped.put(1, keep=True)
    dropped.drop()
    assert dropped.take() is None


# line


def test_the_tracker_waits_only_for_a_mirror_that_is_slower_than_it() -> None:
    assert hold_s(0.001, 0.010, 0.012) == 0  # the tracker is the slower one
    assert hold_s(0.020, 0.015, 0.005) == 0  # the mirror is about to be done
    assert hold_s(0.0, 0.050, 0.010) == pytest.approx(0.030)
    assert hold_s(0.0, 60.0, 0.010) == HOLD_MAX_S  # something hung once; that is no rule
    assert hold_s(1e9, 0.050, 0.010) == 0  # nothing is being shown


def test_many_wishes_for_a_key_frame_make_one() -> None:
    made: queue.Queue[Picture] = queue.Queue()
    line = Line(StandIn(), 500, made.put, lambda stage, err: made.put(None))
    line.watched = True
    pictures = []
    for i in range(12):
        line.want_key()
        line.put(Arrived(picture(100 + i), i / 30, 0.0))
        pictures.append(made.get(timeout=30))
    line.close()
    assert [p.encoded is not None and p.encoded.key for p in pictures] == [True] + [False] * 11
    assert [p.shown.frame.time_s for p in pictures] == [i / 30 for i in range(12)]


# encoder and track


def picture(level: int, size: tuple[int, int] = (64, 48)) -> U8:
    return np.full((size[1] * 3 // 2, size[0]), level, np.uint8)


def test_a_mirror_is_not_closed_under_the_tracker() -> None:
    class Long(StandIn):
        """Has a frame in its models until somebody closes them, or for long enough."""

        def __init__(self) -> None:
            super().__init__()
            self.entered, self.closing = threading.Event(), threading.Event()
            self.closed_under: bool | None = None

        def sense(self, frame: Frame, /) -> Sensed:
            self.entered.set()
            self.closed_under = self.closing.wait(0.5)
            return super().sense(frame)

        def close(self) -> None:
            self.closing.set()
            super().close()

    mirror = Long()
    line = Line(mirror, 500, lambda picture: None, lambda stage, err: None)
    line.put(Arrived(np.zeros((96, 64), np.uint8), 0.0, time.perf_counter()))
    assert mirror.entered.wait(WAIT_S)
    line.close()
    assert mirror.closed
    assert mirror.closed_under is False


def test_the_encoder_makes_key_frames_only_when_it_must() -> None:
    encoder = Vp8Encoder(500)
    keys = []
    for i in range(40):
        if i == 20:
            encoder.kbps = 600
        size = (64, 48) if i < 30 else (96, 64)
        encoded = encoder.encode(picture(100 + i, size), i * 3000, key=i == 10)
        assert encoded is not None
        assert encoded.packet.pts == i * 3000
        assert encoded.bytes == len(bytes(encoded.packet))
        if encoded.key:
            keys.append(i)
    assert keys == [0, 10, 20, 30]  # the first, the asked one, another rate, another size


def test_what_is_encoded_can_be_decoded() -> None:
    encoder, decoder = Vp8Encoder(500), av.CodecContext.create("libvpx", "r")
    for i in range(5):
        encoded = encoder.encode(picture(60 + 20 * i), i * 3000, key=False)
        assert encoded is not None
        (decoded,) = decoder.decode(av.Packet(bytes(encoded.packet)))
        assert abs(float(decoded.to_ndarray()[:48].mean()) - (60 + 20 * i)) < 3


def test_uneven_pictures_keep_to_the_rate() -> None:
    rng = np.random.default_rng(5)
    encoder, sent, pts = Vp8Encoder(400), 0, 0
    still = cv2.GaussianBlur(rng.integers(60, 190, (240 * 3 // 2, 320), np.uint8), (0, 0), 2)
    for _ in range(240):
        moved = np.roll(still, int(rng.integers(-6, 7)), axis=1)
        encoded = encoder.encode(moved, pts, key=False)
        if encoded is not None:
            assert encoded.packet.pts == pts
            sent += encoded.bytes
        pts += 3000 * int(rng.choice([1, 1, 2, 5]))
    kbps = sent * 8 / 1000 / (pts / 90_000)
    assert 250 < kbps < 480  # told the true times, libvpx sends 550


def packet(number: int, *, key: bool = False) -> Encoded:
    made = av.Packet(bytes([number]))
    made.pts = number
    return Encoded(made, key, 1)


class Wanted:
    def __init__(self) -> None:
        self.times = 0

    def __call__(self) -> None:
        self.times += 1


async def test_a_viewer_starts_with_a_key_frame() -> None:
    track = PacketTrack(wanted := Wanted())
    track.feed(packet(1, key=True))  # nobody is there yet
    assert wanted.times == 0
    received = asyncio.ensure_future(track.recv())
    while not wanted.times:
        await asyncio.sleep(0)
    track.feed(packet(2))
    track.feed(packet(3, key=True))
    track.feed(packet(4))
    assert [(await received).pts, (await track.recv()).pts] == [3, 4]
    assert wanted.times == 2


async def test_a_viewer_that_falls_behind_gets_the_next_key_frame() -> None:
    track = PacketTrack(wanted := Wanted())
    received = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.feed(packet(0, key=True))
    await received
    for number in range(1, WAITING_MAX + 5):
        track.feed(packet(number))
    assert track.overflows == 1
    assert wanted.times >= 2
    track.feed(packet(50, key=True))
    assert (await track.recv()).pts == 50


async def test_two_viewers_cost_one_encoding() -> None:
    """Both get every packet of the one encoder, from a key frame on, and see the same pictures."""
    encoder, encodings = Vp8Encoder(500), 0
    tracks = [PacketTrack(Wanted()), PacketTrack(Wanted())]
    decoders = [av.CodecContext.create("libvpx", "r") for _ in tracks]
    seen: list[list[U8]] = [[], []]
    for i in range(12):
        waiting = [asyncio.ensure_future(track.recv()) for track in tracks]
        await asyncio.sleep(0)
        encoded = encoder.encode(picture(60 + 10 * i), i * 3000, key=False)
        encodings += 1
        assert encoded is not None
        for track in tracks:
            track.feed(encoded)
        for who, received in enumerate(waiting):
            packet = await received
            assert packet is encoded.packet
            seen[who] += [frame.to_ndarray() for frame in decoders[who].decode(av.Packet(bytes(packet)))]
    assert encodings == len(seen[0]) == len(seen[1]) == 12
    np.testing.assert_array_equal(seen[0], seen[1])


async def test_a_stopped_track_ends_its_sender() -> None:
    track = PacketTrack(Wanted())
    received = asyncio.ensure_future(track.recv())
    await asyncio.sleep(0)
    track.stop()
    with pytest.raises(MediaStreamError):
        await received


# governor


def test_a_good_link_keeps_the_rate() -> None:
    governor = Governor(2000)
    governor.joined("a", 0)
    for second in range(60):
        governor.remb("a", 3e6)
        governor.lost("a", 0.01)
        assert governor.step(second) == 2000


def test_an_estimate_that_only_just_climbs_is_not_believed() -> None:
    governor = Governor(2000)
    governor.joined("a", 0)
    governor.remb("a", 300e3)
    assert governor.step(1) == 2000
    assert governor.step(10) == 270


def test_an_estimate_that_comes_with_losses_is_believed_at_once() -> None:
    governor = Governor(2000)
    governor.joined("a", 0)
    governor.remb("a", 600e3)
    governor.lost("a", 0.3)
    assert governor.step(1) == 540


def test_repeats_have_an_allowance() -> None:
    allowance = Allowance(10)
    assert [allowance.allow(0.0) for _ in range(12)] == [True] * 10 + [False] * 2
    assert [allowance.allow(0.25) for _ in range(3)] == [True, True, False]
    assert sum(allowance.allow(100.0) for _ in range(30)) == 10


def test_loss_brings_the_rate_down_at_once_and_quiet_brings_it_back() -> None:
    governor = Governor(2000)
    governor.joined("a", 0)
    governor.lost("a", 0.2)
    assert governor.step(1) == 1800
    rates = [governor.step(1 + t / 10) for t in range(1, 19)]
    assert rates == [1800] * 18  # each change is a key frame, and what is told now is of the rate before
    for second in range(2, 60):
        governor.step(second)
    assert governor.kbps == FLOOR_KBPS
    governor.lost("a", 0.0)
    changes = []
    for second in range(60, 160):
        before = governor.kbps
        if governor.step(second) != before:
            changes.append(second)
    assert governor.kbps == 2000
    assert min(np.diff(changes)) >= 5


def test_the_weakest_viewer_decides_until_it_leaves() -> None:
    governor = Governor(2000)
    governor.joined("a", 0)
    governor.joined("b", 0)
    governor.remb("a", 5e6)
    governor.remb("b", 1e6)
    assert governor.step(10) == 900
    governor.left("b")
    for second in range(11, 60):
        governor.step(second)
    assert governor.kbps == 2000


def test_the_rate_follows_the_pictures_size() -> None:
    assert kbps_for((1280, 720), 2500) == 2500
    assert kbps_for((640, 480), 2500) == 1443
    assert kbps_for((16, 16), 2500) == FLOOR_KBPS
    governor = Governor(2500)
    governor.ceiling(1443)
    assert governor.step(0) == 1443


# offers

OFFER = "\r\n".join(
    [
        "v=0",
        "o=- 1 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "a=rtpmap:111 opus/48000/2",
        "m=video 9 UDP/TLS/RTP/SAVPF 96 97",
        "a=sendrecv",
        "a=rtpmap:96 VP8/90000",
        "a=candidate:1 1 udp 2 192.0.2.1 5000 typ host",
        "a=candidate:2 1 udp 2 abc-def.local 5001 typ host",
        "a=candidate:3 1 udp 2 internal.example 5002 typ host",
        "a=candidate:4 1 tcp 2 192.0.2.1 9 typ host tcptype active",
        "a=end-of-candidates",
        "",
    ]
)


def test_an_offer_keeps_only_candidates_with_an_address() -> None:
    kept = check_offer(OFFER)
    assert [line for line in kept.split("\r\n") if "candidate" in line] == [
        "a=candidate:1 1 udp 2 192.0.2.1 5000 typ host"
    ]
    assert check_offer(OFFER.replace("\r\n", "\n")) == kept


@pytest.mark.parametrize(
    ("offer", "why"),
    [
        ("", "not SDP"),
        ("hello", "not SDP"),
        ("{}", "not SDP"),
        (OFFER + "x" * OFFER_BYTES_MAX, "bytes"),
        (OFFER.replace("m=video", "m=text"), "no video"),
        (OFFER.replace("a=sendrecv", "a=recvonly"), "sends no video"),
        (OFFER.replace("a=sendrecv", "a=inactive"), "sends no video"),
        (OFFER.replace("VP8", "H264"), "no VP8"),
        (OFFER + "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n" * 9, "media sections"),
    ],
)
def test_what_is_no_offer_of_video_is_refused(offer: str, why: str) -> None:
    with pytest.raises(MessageError, match=why) as caught:
        check_offer(offer)
    assert caught.value.reason == "offer_unreadable"


@given(st.text(max_size=200))
def test_any_text_is_taken_or_refused(text: str) -> None:
    with contextlib.suppress(MessageError):
        check_offer("v=0\n" + text)


def test_the_answer_says_bit_rates_and_the_address_to_reach_us_at() -> None:
    answer = "c=IN IP4 10.0.0.1\r\na=rtpmap:96 VP8/90000\r\na=candidate:1 1 udp 2 10.0.0.1 5000 typ host\r\n"
    fitted = fit_answer(answer, start_kbps=1500, max_kbps=3000, advertise=["203.0.113.7"])
    assert "a=candidate:1 1 udp 2 203.0.113.7 5000 typ host" in fitted
    assert "c=IN IP4 203.0.113.7" in fitted
    assert "10.0.0.1" not in fitted
    assert "a=fmtp:96 x-google-start-bitrate=1500;x-google-min-bitrate=300;x-google-max-bitrate=3000\r\n" in fitted
    assert fitted.endswith("\r\n")
    assert "10.0.0.1" in fit_answer(answer, start_kbps=1, max_kbps=2)


def test_an_advertised_address_stands_for_those_of_its_family() -> None:
    answer = "a=candidate:1 1 udp 2 10.0.0.1 5000 typ host\r\na=candidate:2 1 udp 2 fd00::1 5001 typ host\r\n"
    four = fit_answer(answer, start_kbps=1, max_kbps=2, advertise=["203.0.113.7"])
    assert " 203.0.113.7 5000 " in four
    assert " fd00::1 5001 " in four
    both = fit_answer(answer, start_kbps=1, max_kbps=2, advertise=["203.0.113.7", "2001:db8::7"])
    assert " 203.0.113.7 5000 " in both
    assert " 2001:db8::7 5001 " in both


# control


class Channel:
    """What Control needs of an RTCDataChannel."""

    readyState = "open"
    bufferedAmount = 0

    def __init__(self) -> None:
        self.sent: list[Any] = []
        self.hear: Callable[[Any], None] = lambda message: None

    def on(self, event: str, function: Callable[[Any], None]) -> None:
        assert event == "message"
        self.hear = function

    def send(self, message: Any) -> None:
        self.sent.append(message if isinstance(message, bytes) else json.loads(message))


class Talk:
    """A control with a channel of its own and a clock that stands."""

    def __init__(self) -> None:
        self.now_s = 100.0
        self.heard: list[tuple[str, msgspec.Struct]] = []
        self.control = Control(lambda _, envelope, data: self.heard.append((envelope.type, data)), lambda: self.now_s)
        self.channel = Channel()
        self.control.attach(self.channel)  # type: ignore[arg-type]


def test_a_flood_costs_one_complaint_a_second() -> None:
    talk = Talk()
    message = json.dumps({"v": 1, "type": "bare.set", "data": {"bare": True}})
    for _ in range(1000):
        talk.channel.hear(message)
    assert len(talk.heard) == BURST
    assert [m["data"]["reason"] for m in talk.channel.sent] == ["message_rate"]
    talk.now_s += 1.5
    talk.channel.hear(message)
    assert len(talk.heard) == BURST + 1


def test_a_browser_that_is_behind_is_spared_the_news_but_not_the_answers() -> None:
    talk = Talk()
    talk.channel.bufferedAmount = 10_000_000
    talk.control.say_news(State(view="live", hints=[]))
    talk.control.say(Pieces(worn=[], bare=False))
    assert [m["type"] for m in talk.channel.sent] == ["pieces"]


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_no_message_breaks_the_control(message: bytes | str) -> None:
    talk = Talk()
    talk.channel.hear(message)
    assert all(m["type"] == "error" for m in talk.channel.sent)


# pictures


@given(st.integers(0, LIMIT - 1))
def test_a_time_code_is_read_as_it_was_written(number: int) -> None:
    i420 = np.full((360 * 3 // 2, 640), 90, np.uint8)
    stamp(i420, number)
    assert read(i420[:360]) == number


def test_a_picture_without_time_code_has_none() -> None:
    rng = np.random.default_rng(3)
    assert all(read(rng.integers(0, 255, (64, 400), np.uint8)) is None for _ in range(50))
    assert read(np.zeros((64, 400), np.uint8)) is None


@pytest.mark.parametrize("mark", ["", "  ", "Maison Élodie", "王冠", "x" * 200])
@pytest.mark.parametrize("size", [(640, 480), (32, 16)])
def test_any_mark_fits_any_picture(mark: str, size: tuple[int, int]) -> None:
    assert jpeg_of(picture(100, size), mark)[:2] == b"\xff\xd8"


def test_a_mark_stands_in_the_lower_right_corner_only() -> None:
    bgr = np.full((480, 640, 3), 100, np.uint8)
    draw_mark(bgr, "tryon")
    assert bgr[420:, 500:].max() > 200
    np.testing.assert_array_equal(bgr[:400], 100)
    np.testing.assert_array_equal(bgr[:, :400], 100)
