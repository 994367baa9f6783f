"""Speech, passed on as the packets it came in: never decoded, so that a lost one costs only itself.

aiortc's own receiver holds 80 ms back always, and 320 ms after a loss (media.md, bug 4); the listener's browser
conceals what is missing better than either.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
from aiortc import RTCRtpReceiver
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtcrtpreceiver import StreamStatistics

OPUS_CLOCK = 48_000
"Ticks a second of RTP Opus, whatever is in it (RFC 7587 section 4.1)."
TIME_BASE = Fraction(1, OPUS_CLOCK)
WAITING_MAX = 25
"Packets (of 20 ms) that may wait for a listener: speech older than half a second is worse than a gap."
BYTES_MAX = 1275
"Of an Opus packet (RFC 6716 section 3.2.1)."
HALF, WHOLE = 1 << 31, 1 << 32


@dataclass(frozen=True, slots=True)
class Spoken:
    """A packet of speech as it came."""

    ticks: int
    "RTP's time of it, 32 bits, in OPUS_CLOCK."
    opus: bytes


def listen(receiver: RTCRtpReceiver, hear: Callable[[Spoken], None]) -> Callable[[], float]:
    """Hand a receiver's Opus packets to `hear` in place of decoding them.

    Gives back a function that says what share of them was lost since it was last asked.
    """
    codecs = receiver._RTCRtpReceiver__codecs  # type: ignore[attr-defined]
    streams: dict[int, Any] = receiver._RTCRtpReceiver__remote_streams  # type: ignore[attr-defined]
    before = [0, 0]

    async def handle(packet: Any, arrival_time_ms: int) -> None:
        codec = codecs.get(packet.payload_type)
        if codec is None or codec.mimeType.lower() != "audio/opus":
            return
        if packet.ssrc not in streams:
            if streams:  # one speaker a receiver; a stranger's stream is none
                return
            streams[packet.ssrc] = StreamStatistics(codec.clockRate)
        # aiortc's reports to the speaker are made from these
        streams[packet.ssrc].add(packet)
        if 0 < len(packet.payload) <= BYTES_MAX:
            hear(Spoken(packet.timestamp, bytes(packet.payload)))

    def lost() -> float:
        stream = next(iter(streams.values()), None)
        if stream is None:
            return 0.0
        expected, received = stream.packets_expected, stream.packets_received
        more, got = expected - before[0], received - before[1]
        before[:] = expected, received
        return min(1.0, max(0.0, 1 - got / more)) if more > 0 else 0.0

    receiver._handle_rtp_packet = handle  # type: ignore[method-assign]
    return lost


class VoiceTrack(MediaStreamTrack):
    """What one listener hears of one speaker; afterwards, it may be of another."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self._waiting: deque[tuple[float, Any]] = deque()
        self._ready: asyncio.Future[None] | None = None
        self._speaker: object = None
        self._from, self._told, self._told_s = 0, 0, 0.0
        "The speaker's ticks at the last packet, the listener's, and when that was."

    def feed(self, speaker: object, spoken: Spoken, *, delay_s: float = 0.0) -> None:
        """A packet, to be heard `delay_s` from now. One that comes after its successor is dropped."""
        if self.readyState != "live":
            return
        now = asyncio.get_running_loop().time()
        if speaker != self._speaker:
            # the listener's time goes on whoever speaks
            gap_s = now - self._told_s if self._told_s else 0.0
            self._speaker, self._told = speaker, self._told + round(gap_s * OPUS_CLOCK)
        else:
            step = (spoken.ticks - self._from) % WHOLE
            if step == 0 or step >= HALF:
                return
            self._told += step
        self._from, self._told_s = spoken.ticks, now
        packet = av.Packet(spoken.opus)
        packet.pts, packet.time_base = self._told, TIME_BASE
        if len(self._waiting) >= WAITING_MAX:
            self._waiting.popleft()
        self._waiting.append((now + delay_s, packet))
        self._wake()

    def hush(self) -> None:
        """The speaker is gone: what comes next is of another, or on another clock."""
        self._speaker = None

    async def recv(self) -> Any:
        """The next av.Packet, when it is time for it."""
        loop = asyncio.get_running_loop()
        while True:
            if self.readyState != "live":
                raise MediaStreamError
            if not self._waiting:
                self._ready = loop.create_future()
                await self._ready
                continue
            due_s, packet = self._waiting[0]
            if due_s > loop.time():
                await asyncio.sleep(due_s - loop.time())
                continue
            self._waiting.popleft()
            return packet

    def stop(self) -> None:
        """Silence."""
        super().stop()
        self._waiting.clear()
        self._wake()

    def _wake(self) -> None:
        if self._ready is not None and not self._ready.done():
            self._ready.set_result(None)
