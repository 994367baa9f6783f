"""One connection with a browser: aiortc's peer, its tracks, its control channel, its liveness.

A wearer's sends her camera's picture; a guest's (a consultant who looks on) sends none. At a meeting each may speak,
and hears up to VOICES_MAX others, each on a track of its own.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any, Protocol

from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCDataChannel,
    RTCPeerConnection,
    RTCRtpSender,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.exceptions import InternalError, InvalidAccessError, InvalidStateError, OperationError
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RtcpPsfbPacket,
    RtcpRrPacket,
    RtcpSrPacket,
    unpack_remb_fci,
)

from tryon.errors import MessageError, SessionError
from tryon.media import patches
from tryon.media.chores import Chores
from tryon.media.control import LABEL, Control
from tryon.media.encoder import Encoded
from tryon.media.offers import check_offer, fit_answer
from tryon.media.track import PacketTrack
from tryon.media.voice import Spoken, VoiceTrack, listen
from tryon.messages import HEARTBEAT_S, HEARTBEATS_LOST
from tryon.settings import Settings

REPEATS_SHARE, PACKET_KBIT = 0.25, 10.4
"""Share of the bit rate that may be spent on packets sent again on request (of 1300 bytes). A link that loses more is
too narrow, and repeating would fill it with yesterday's pictures: a lower rate and a key frame help it."""
VOICES_MAX = 3
"Others that one can hear."
CONNECT_S = 15.0
"A browser that was answered and does not connect in this time is gone."


class Allowance:
    """So many a second, and no more than a second's worth at once."""

    def __init__(self, per_s: float) -> None:
        self.per_s = self._left = per_s
        self._at_s: float | None = None

    def allow(self, now_s: float) -> bool:
        """Whether one more is allowed now; takes it."""
        if self._at_s is not None:
            self._left = min(self.per_s, self._left + (now_s - self._at_s) * self.per_s)
        self._at_s = now_s
        if self._left < 1:
            return False
        self._left -= 1
        return True


class Listener(Protocol):
    """Who a peer tells: the room."""

    def on_camera(self, peer: Peer, picture: Any, /) -> None:
        """A decoded picture (av.VideoFrame) of the first video track."""

    def on_key_wanted(self, peer: Peer, /) -> None:
        """This viewer needs a key frame."""

    def on_report(self, peer: Peer, remb_bps: float | None, loss: float | None, /) -> None:
        """What this viewer said of its link."""

    def on_speech(self, peer: Peer, spoken: Spoken, /) -> None:
        """A packet of what is said at the other end."""

    def on_connected(self, peer: Peer, /) -> None:
        """Pictures can be sent."""

    def on_channel(self, peer: Peer, /) -> None:
        """The control channel is open."""

    def on_gone(self, peer: Peer, /) -> None:
        """The connection is lost or was closed; said once."""


class Peer:
    """Made by `answer`; ends by `close` or by itself, when nothing was heard for HEARTBEATS_LOST beats."""

    def __init__(
        self, settings: Settings, listener: Listener, control: Control, *, camera: bool = True, speech: bool = False
    ) -> None:
        patches.apply()
        patches.bind_addresses(
            [a.strip() for a in settings.media_addresses.split(",") if a.strip()], ports=settings.port_range
        )
        self._settings, self._listener = settings, listener
        self.control = control
        self.connected = False
        self._gone = False
        self._heard_s = time.monotonic()
        self._repeats = Allowance(REPEATS_SHARE * settings.video_kbps / PACKET_KBIT)
        self._chores = Chores("a connection")
        # without a list of its own aiortc asks a public STUN server
        # one transport from the start: aiortc's bundling afterwards forgets all but the first track of a kind
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._track = PacketTrack(lambda: listener.on_key_wanted(self))
        self._camera: MediaStreamTrack | None = None
        self._sends_camera, self._speech = camera, speech
        self._voices: list[VoiceTrack] = []
        self._speakers: dict[str, VoiceTrack] = {}
        self._speech_lost: Callable[[], float] = lambda: 0.0
        self.down_loss = 0.0
        "The share of our video packets that this end lost lately, as it reports."
        self._transceiver = self._pc.addTransceiver(self._track, direction="sendrecv" if camera else "sendonly")
        self._transceiver.setCodecPreferences(
            [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType in ("video/VP8", "video/rtx")]
        )
        self._tap_sender()
        self._pc.on("track", self._on_track)
        self._pc.on("datachannel", self._on_channel)
        self._pc.on("connectionstatechange", self._on_state)

    async def answer(self, offer: str, *, start_kbps: int, max_kbps: int) -> str:
        """The answer to a browser's offer. Raises MessageError, or SessionError `server_full` when no port is free; the
        peer is closed then."""
        try:
            checked = check_offer(offer, camera=self._sends_camera)
            spoken = self._add_voices(checked) if self._speech else []
            await self._pc.setRemoteDescription(RTCSessionDescription(checked, "offer"))
            for transceiver in self._pc.getTransceivers():
                if transceiver is not self._transceiver and transceiver not in spoken:
                    transceiver.direction = "inactive"  # one camera; no more voices than people
            if spoken:
                # a browser's microphone is on its first track of speech
                self._speech_lost = listen(spoken[0].receiver, self._on_speech)
            await self._pc.setLocalDescription(await self._pc.createAnswer())
        except MessageError:
            await self.close()
            raise
        except _UNREADABLE as err:
            await self.close()
            why = str(err) or type(err).__name__
            raise MessageError("offer_unreadable", f"The offer cannot be used: {why[:200]}.") from err
        sdp = self._pc.localDescription.sdp
        if "a=candidate:" not in sdp:
            await self.close()
            raise SessionError("server_full", "Every media port of this server is taken. Please try again in a moment.")
        self._chores.begin(self._watch())
        return fit_answer(sdp, start_kbps=start_kbps, max_kbps=max_kbps, advertise=self._settings.advertised)

    def feed(self, encoded: Encoded) -> None:
        """A picture for this viewer."""
        self._track.feed(encoded)

    def say(self, speaker: str, spoken: Spoken, *, delay_s: float = 0.0) -> None:
        """What somebody else says, to be heard here `delay_s` from now."""
        voice = self._speakers.get(speaker)
        if voice is None:
            free = [each for each in self._voices if each not in self._speakers.values()]
            if not free:
                return
            voice = self._speakers[speaker] = free[0]
        voice.feed(speaker, spoken, delay_s=delay_s)

    def hush(self, speaker: str) -> None:
        """Somebody is gone, or speaks over a new connection: another may have the track."""
        if (voice := self._speakers.pop(speaker, None)) is not None:
            voice.hush()

    def up_loss(self) -> float:
        """The share of what this end says that was lost on its way to us since this was last asked."""
        return self._speech_lost()

    def spend(self, kbps: int) -> None:
        """The bit rate from now on; what is sent again on request is measured by it."""
        self._repeats.per_s = REPEATS_SHARE * kbps / PACKET_KBIT

    async def close(self) -> None:
        """Say goodbye and free everything. Closing twice is harmless."""
        self._leave()
        tasks = self._chores.cancel()
        await patches.close(self._pc)  # at once: what aiortc has begun meanwhile must find it closed
        await asyncio.gather(*tasks, return_exceptions=True)

    def _leave(self) -> None:
        if not self._gone:
            self._gone = True
            self.connected = False
            self._listener.on_gone(self)

    def _add_voices(self, offer: str) -> list[RTCRtpTransceiver]:
        opus = [c for c in RTCRtpSender.getCapabilities("audio").codecs if c.mimeType == "audio/opus"]
        added = []
        for _ in range(min(VOICES_MAX, offer.count("\nm=audio"))):
            voice = VoiceTrack()
            transceiver = self._pc.addTransceiver(voice, direction="sendrecv")
            transceiver.setCodecPreferences(opus)
            self._voices.append(voice)
            added.append(transceiver)
        return added

    def _on_speech(self, spoken: Spoken) -> None:
        self._heard_s = time.monotonic()
        if not self._gone:
            self._listener.on_speech(self, spoken)

    def _on_track(self, track: MediaStreamTrack) -> None:
        if track.kind == "video" and self._camera is None and self._sends_camera:
            self._camera = track
            self._chores.begin(self._pump(track))

    async def _pump(self, track: MediaStreamTrack) -> None:
        # always drained: aiortc's own queue has no end
        try:
            while True:
                picture = await track.recv()
                self._heard_s = time.monotonic()
                if not self._gone:
                    self._listener.on_camera(self, picture)
        except MediaStreamError:
            return

    def _on_channel(self, channel: RTCDataChannel) -> None:
        if channel.label == LABEL and not self.control.open:
            self.control.attach(channel)
            self._listener.on_channel(self)

    def _on_state(self) -> None:
        state = self._pc.connectionState
        if state == "connected" and not self.connected and not self._gone:
            self.connected = True
            self._heard_s = time.monotonic()
            self._listener.on_connected(self)
        elif state in ("failed", "closed"):
            self._leave()

    async def _watch(self) -> None:
        # ICE's own consent checks take half a minute to notice (aioice: 6 x 5 s)
        patience_s = CONNECT_S
        while True:
            await asyncio.sleep(HEARTBEAT_S)
            if self.connected:
                patience_s = HEARTBEAT_S * HEARTBEATS_LOST
                self.control.ping()
            if time.monotonic() - max(self._heard_s, self.control.heard_s or 0.0) > patience_s:
                self._leave()
                return

    def _tap_sender(self) -> None:
        """Hear key frame requests and reports; aiortc keeps them for an encoder of its own, which is not used."""
        sender = self._transceiver.sender
        stock = sender._handle_rtcp_packet

        async def handle(packet: Any) -> None:
            await stock(packet)
            if isinstance(packet, (RtcpRrPacket, RtcpSrPacket)):
                for report in packet.reports:
                    if report.ssrc == sender._ssrc:
                        self.down_loss = report.fraction_lost / 256
                        self._listener.on_report(self, None, self.down_loss)
            elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
                try:
                    bits_per_s, ssrcs = unpack_remb_fci(packet.fci)
                except ValueError:
                    return
                if sender._ssrc in ssrcs:
                    self._listener.on_report(self, float(bits_per_s), None)

        resend = sender._retransmit

        async def retransmit(seq: int) -> None:
            if self._repeats.allow(time.monotonic()):
                await resend(seq)

        sender._retransmit = retransmit  # type: ignore[method-assign,assignment]
        sender._handle_rtcp_packet = handle  # type: ignore[method-assign]
        sender._send_keyframe = lambda: self._listener.on_key_wanted(self)  # type: ignore[method-assign]


_UNREADABLE: tuple[type[Exception], ...] = (
    # what aiortc's SDP parser and negotiation raise on what they cannot read
    ValueError,
    AssertionError,
    LookupError,
    AttributeError,
    TypeError,
    RuntimeError,
    InternalError,
    InvalidAccessError,
    InvalidStateError,
    OperationError,
)
