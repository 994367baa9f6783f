"""The cures for aiortc: each can be seen to cure, and refuses an aiortc it was not made for."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import AsyncIterator, Callable
from typing import Any

import aioice
import aiortc
import numpy as np
import pytest
from aiortc.jitterbuffer import JitterBuffer
from aiortc.rate import RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters, RTCRtpParameters
from aiortc.rtp import HeaderExtensionsMap, RtpPacket, unpack_header_extensions

from tests.media.standin import Browser, Camera, StandIn, Tapes, load, until
from tryon.media import patches
from tryon.media.encoder import Vp8Encoder
from tryon.media.room import Room
from tryon.settings import Settings

patches.apply()


def packet(seq: int, timestamp: int, data: bytes = b"d", *, marker: int = 0) -> RtpPacket:
    made = RtpPacket(payload_type=96, sequence_number=seq, timestamp=timestamp, marker=marker)
    made._data = data  # type: ignore[attr-defined]
    return made


def frames(buffer: JitterBuffer, *packets: RtpPacket) -> list[tuple[int, bytes]]:
    out = []
    for one in packets:
        _, frame = buffer.add(one)
        if frame is not None:
            out.append((frame.timestamp, frame.data))
    return out


def test_a_frame_is_whole_with_its_last_packet() -> None:
    buffer = JitterBuffer(capacity=16, is_video=True)
    assert frames(buffer, packet(1, 0, b"a")) == []
    assert frames(buffer, packet(2, 0, b"b", marker=1)) == [(0, b"ab")]
    assert frames(buffer, packet(4, 3000, b"d", marker=1)) == []
    assert frames(buffer, packet(3, 3000, b"c")) == [(3000, b"cd")]


def test_without_markers_the_next_frame_ends_the_last() -> None:
    buffer = JitterBuffer(capacity=16, is_video=True)
    assert frames(buffer, packet(1, 0, b"a"), packet(2, 0, b"b"), packet(3, 3000, b"c")) == [(0, b"ab")]


def test_padding_is_no_frame() -> None:
    buffer = JitterBuffer(capacity=16, is_video=True)
    packets = [packet(1, 0, b"a", marker=1), packet(2, 0, b""), packet(3, 0, b""), packet(4, 3000, b"b", marker=1)]
    assert frames(buffer, *packets) == [(0, b"a"), (3000, b"b")]


def test_a_picture_as_large_as_a_wall_is_not_decoded() -> None:
    def key(width: int, height: int) -> bytes:
        return b"\x10\x02\x00\x9d\x01\x2a" + width.to_bytes(2, "little") + height.to_bytes(2, "little") + b"rest"

    buffer = JitterBuffer(capacity=16, is_video=True)
    small = key(1920, 1080)
    assert frames(buffer, packet(1, 0, key(16_000, 16_000), marker=1), packet(2, 3000, small, marker=1)) == [
        (3000, small)
    ]


def test_after_an_overflow_nothing_is_decoded_before_a_key_frame() -> None:
    key = b"\x10\x02\x00\x9d\x01\x2a\x40\x00\x30\x00rest"
    buffer = JitterBuffer(capacity=8, is_video=True)
    assert len(frames(buffer, packet(0, 0, key, marker=1))) == 1
    assert frames(buffer, *[packet(seq, seq * 3000, b"\x11delta", marker=1) for seq in range(2, 14)]) == []
    assert frames(buffer, packet(14, 14 * 3000, key, marker=1)) == [(14 * 3000, key)]
    assert len(frames(buffer, packet(15, 15 * 3000, b"\x11delta", marker=1))) == 1


def test_sound_waits_as_before() -> None:
    buffer = JitterBuffer(capacity=16, prefetch=2)
    assert frames(buffer, *[packet(i, i * 960, b"a", marker=1) for i in range(3)]) == [(0, b"a")]


def test_the_estimate_starts_high() -> None:
    estimator = RemoteBitrateEstimator()
    told = [estimator.add(i * 10, (i * 10 << 18) // 1000, 1200, 1) for i in range(60)]
    first = next(t for t in told if t is not None)
    assert first[0] >= patches.START_BPS


def test_key_frames_are_known_by_their_start_code() -> None:
    encoder = Vp8Encoder(500)
    for i in range(3):
        encoded = encoder.encode(np.full((72, 64), 90 + i, np.uint8), i * 3000, key=False)
        assert encoded is not None
        assert patches._is_key(bytes(encoded.packet)) is encoded.key is (i == 0)


@pytest.mark.parametrize("module", ["aiortc", "aioice"])
def test_another_version_is_refused_loudly(monkeypatch: pytest.MonkeyPatch, module: str) -> None:
    monkeypatch.setattr(f"{module}.__version__", "9.9.9")
    with pytest.raises(RuntimeError, match=r"made for aiortc .*9\.9\.9"):
        patches._check_shape()


def test_another_shape_is_refused_loudly(monkeypatch: pytest.MonkeyPatch) -> None:
    def set_estimate(self: object, bitrate: int, now_ms: int) -> None:
        """Renamed on the way."""

    monkeypatch.setattr(aiortc.rate.AimdRateControl, "set_estimate", set_estimate)
    with pytest.raises(RuntimeError, match="adapt"):
        patches._check_shape()


# over real connections: a browser whose packets are lost


@pytest.fixture
async def call() -> AsyncIterator[Callable[..., Any]]:
    rooms: list[Room] = []
    browsers: list[Browser] = []

    async def call(lose: Callable[[int, int], bool], camera: Camera | None = None) -> tuple[Browser, Counter[int]]:
        """A call that is up, in which from now on `lose(sequence number, times sent before)` decides."""
        rooms.append(room := Room(Settings(), StandIn(), load, Tapes()))
        browsers.append(browser := Browser(camera))
        await browser.accept(await room.answer(await browser.offer()))
        await until(lambda: len(browser.pictures) > 5, "pictures")
        sent: Counter[int] = Counter()
        lost: Counter[int] = Counter()
        transport = browser.sender.transport
        stock = transport._send_rtp

        async def send(data: bytes) -> None:
            if not 192 <= data[1] <= 223:  # not RTCP (RFC 5761)
                one = RtpPacket.parse(data)
                again = one.ssrc == browser.sender._rtx_ssrc
                seq = int.from_bytes(one.payload[:2], "big") if again else one.sequence_number
                sent[seq] += 1
                if lose(seq, sent[seq] - 1):
                    lost[seq] += 1
                    return
            await stock(data)

        transport._send_rtp = send
        return browser, lost

    yield call
    for browser in browsers:
        await browser.close()
    for room in rooms:
        await room.close()


def gaps(browser: Browser, since: int) -> list[int]:
    numbers = [number for number, _ in browser.pictures[since:]]
    return [b - a for a, b in itertools.pairwise(numbers)]


@pytest.mark.live
async def test_a_packet_whose_repetition_is_lost_too_is_asked_for_again(call) -> None:
    browser, lost = await call(lambda seq, before: seq % 20 == 0 and before < 2)
    asked: list[None] = []
    browser.sender._send_keyframe = lambda: asked.append(None)
    since = len(browser.pictures)
    await until(lambda: len([n for n in lost.values() if n == 2]) >= 4, "some packets lost twice")
    await until(lambda: len(browser.pictures) > since + 60, "pictures")
    # stock aiortc asks once, and then waits for the next loss: twenty pictures later
    assert max(gaps(browser, since)) < 12
    assert len(asked) <= 1  # and no key frame was needed


@pytest.mark.live
@pytest.mark.parametrize(("noise", "nth"), [(False, 0), (True, 0), (True, 1), (True, 2)])
async def test_a_packet_that_never_comes_costs_a_key_frame_and_not_the_call(call, noise: bool, nth: int) -> None:
    seen: list[int] = []

    def lose(seq: int, before: int) -> bool:
        if seq not in seen:
            seen.append(seq)
        return seq == seen[min(nth, len(seen) - 1)] if len(seen) > nth else False

    # pictures of one packet, and of several of which the first or a later one is lost
    browser, lost = await call(lose, Camera((320, 240), noise=noise))
    since = len(browser.pictures)
    await until(lambda: len(browser.pictures) > since + 20, "pictures go on")
    assert sum(lost.values()) > 2
    # stock aiortc waits until 512 packets have piled up
    assert max(gaps(browser, since)) < 60


def test_every_packet_says_show_me_at_once_where_the_browser_knows_the_words() -> None:
    parameters = RTCRtpParameters(
        headerExtensions=[
            RTCRtpHeaderExtensionParameters(id=9, uri="urn:ietf:params:rtp-hdrext:sdes:mid"),
            RTCRtpHeaderExtensionParameters(id=6, uri=patches.PLAYOUT_DELAY),
        ]
    )
    knows, knows_not = HeaderExtensionsMap(), HeaderExtensionsMap()
    knows.configure(parameters)
    sent = packet(1, 0)
    sent.payload, sent.extensions.mid = b"x", "0"
    read = dict(unpack_header_extensions(*knows.set(sent.extensions)))
    assert read == {9: b"0", 6: b"\0\0\0"}
    assert RtpPacket.parse(sent.serialize(knows), knows).payload == b"x"
    assert knows_not.set(sent.extensions) == (0, b"")
    assert RtpPacket.parse(sent.serialize(knows_not), knows_not).payload == b"x"


def test_media_binds_to_what_is_said_and_to_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "_addresses", ("127.0.0.1",))
    patches.bind_addresses(["192.0.2.1", "2001:db8::1"])
    assert aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=False) == ["192.0.2.1"]
    assert aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=True) == ["192.0.2.1", "2001:db8::1"]
    patches.bind_addresses(["auto"])
    assert "127.0.0.1" not in aioice.ice.get_host_addresses(use_ipv4=True, use_ipv6=False)
