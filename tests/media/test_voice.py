"""Speech as packets, and how far a guest's bad line reaches."""

from __future__ import annotations

from typing import Any

import pytest
from aiortc.mediastreams import MediaStreamError

from tryon.media.governor import GUESTS_SHARE, Governor
from tryon.media.voice import WAITING_MAX, WHOLE, Spoken, VoiceTrack
from tryon.meeting import MAY, WHILE_WAITING
from tryon.messages import FROM_BROWSER


async def heard(track: VoiceTrack, count: int) -> list[tuple[int, bytes]]:
    """So many packets, with their times from the first on."""
    packets: list[Any] = [await track.recv() for _ in range(count)]
    return [(packet.pts - packets[0].pts, bytes(packet)) for packet in packets]


async def test_times_are_the_speakers_also_where_they_wrap_and_late_ones_are_dropped() -> None:
    track = VoiceTrack()
    for ticks in (WHOLE - 960, 0, 0, 2880, 960, 3840):
        track.feed("ana", Spoken(ticks % WHOLE, str(ticks).encode()))
    assert await heard(track, 4) == [(0, str(WHOLE - 960).encode()), (960, b"0"), (3840, b"2880"), (4800, b"3840")]


async def test_another_speaker_and_a_new_connection_go_on_in_time() -> None:
    track = VoiceTrack()
    track.feed("ana", Spoken(5_000_000, b"a"))
    track.feed("vera", Spoken(7, b"v"))
    track.hush()
    track.feed("vera", Spoken(4_000_000_000, b"w"))
    (_, first), (later, second), (last, third) = await heard(track, 3)
    assert (first, second, third) == (b"a", b"v", b"w")
    assert 0 <= later <= last < 48_000


async def test_what_nobody_fetches_is_dropped_from_its_oldest_end() -> None:
    track = VoiceTrack()
    for number in range(WAITING_MAX + 5):
        track.feed("ana", Spoken(960 * number, str(number).encode()))
    assert (await heard(track, 1))[0][1] == b"5"
    track.stop()
    with pytest.raises(MediaStreamError):
        await track.recv()


def test_a_guest_pulls_the_rate_down_to_its_share_and_the_wearer_as_far_as_she_needs() -> None:
    governor = Governor(2000)
    governor.joined("her", 0.0)
    governor.joined("guest", 0.0, guest=True)
    now = 10.0
    for _ in range(20):
        governor.lost("guest", 0.4)
        governor.remb("guest", 100e3)
        governor.remb("her", 5e6)
        now += 3
        governor.step(now)
    assert governor.kbps == GUESTS_SHARE * 2000
    governor.remb("her", 500e3)
    governor.step(now + 3)
    assert governor.kbps == 450
    governor.remb("her", 5e6)
    for _ in range(8):
        now += 10
        governor.step(now)
    assert 0.8 * GUESTS_SHARE * 2000 <= governor.kbps <= GUESTS_SHARE * 2000
    governor.left("guest")
    for _ in range(8):
        now += 10
        governor.step(now)
    assert governor.kbps == 2000


def test_who_may_say_what_names_every_message_and_no_other() -> None:
    assert MAY["client"] | MAY["consultant"] == FROM_BROWSER.keys()
    assert MAY["client"] >= WHILE_WAITING
    assert {"camera.set", "snapshot.take", "measure.start", "agree"}.isdisjoint(MAY["consultant"])
    assert {"admit", "decline", "end", "note.set", "freeze", "snapshot.ask"}.isdisjoint(MAY["client"])
