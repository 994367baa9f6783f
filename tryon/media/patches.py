"""Small cures for aiortc 1.16.0, each with the line of aiortc it cures; `apply` refuses any other version.

- A frame is handed to the decoder with its last packet (RTP marker bit, RFC 7741 section 4.1), not with the first
  packet of the next frame (jitterbuffer.py:77): one frame interval less delay. The rule of the changed timestamp
  stays for senders that set no marker.
- A lost packet is asked for every 50 ms until it comes (rtcrtpreceiver.py:535 asks once); after 250 ms without it a
  key frame is asked for, and a whole key frame ends the wait at once.
- After an overflow nothing is decoded before the next key frame: what lies between builds on what was thrown away.
  The queue in front of the decoder (rtcrtpreceiver.py:291) has an end of UNDECODED_MAX pictures.
- The estimate that is sent to the browser (REMB) starts at START_BPS and not at what the first three seconds
  happened to carry (rate.py:60), so that the picture is sharp at once.
- Every video packet says "show me at once" (playout-delay 0 to 0, which aiortc does not know): the wearer looks into
  a mirror, and a late picture is worse than an uneven one.
- A connection whose offer was refused halfway can be closed (rtcpeerconnection.py:531 fails at a transceiver that no
  part of the offer was for, and leaves all the others open); nor does it try to connect (line 1079 fails likewise, in
  a task that nobody waits for).
- What comes from an address that no connectivity check has proved to be the browser's is dropped (ice.py:287 hands on
  whatever comes from anywhere): a stranger who sends the first words of DTLS to a port of ours would be answered in
  her place, and her mirror would never open (ASVS 17.2.6).
- The addresses that media binds to are those we say (aioice.ice.get_host_addresses leaves loopback out, and would
  offer every interface), and its ports those that a firewall lets in (ice.py:1149 takes any).
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import inspect
import queue
import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import aioice
import aioice.ice
import aiortc
from aiortc import RTCPeerConnection
from aiortc.codecs import HEADER_EXTENSIONS, is_rtx
from aiortc.jitterbuffer import JitterBuffer, JitterFrame
from aiortc.rate import AimdRateControl, RemoteBitrateEstimator
from aiortc.rtcrtpparameters import RTCRtpHeaderExtensionParameters
from aiortc.rtcrtpreceiver import RTCRtpReceiver
from aiortc.rtp import HeaderExtensionsMap
from aiortc.utils import uint16_add, uint16_gt

AIORTC, AIOICE = "1.16.0", "0.13.0"
START_BPS = 2_500_000
NACK_AGAIN_MS = 50
PLI_AFTER_MS = 250
PLI_AGAIN_MS = 500
UNDECODED_MAX = 20
PLAYOUT_DELAY = "http://www.webrtc.org/experiments/rtp-hdrext/playout-delay"
_ONE_BYTE_HEADER = 0xBEDE
STUN_FIRST_MAX = 3
"What begins with more is no STUN (RFC 7983 section 7): DTLS, RTP and RTCP share the port with it."
PIXELS_MAX = 4_000_000
"A camera picture with more is not decoded."

_addresses: tuple[str, ...] = ("127.0.0.1",)
_ports: tuple[int, int] | None = None
_applied = False


def apply() -> None:
    """Put the cures in; a second call does nothing. Raises RuntimeError when aiortc is not what they were made for."""
    global _applied
    if _applied:
        return
    _check_shape()
    _JITTER_STOCK["remove_frame"] = JitterBuffer._remove_frame
    JitterBuffer._remove_frame = _remove_frame  # type: ignore[method-assign]
    _JITTER_STOCK["smart_remove"] = JitterBuffer.smart_remove
    JitterBuffer.smart_remove = _smart_remove  # type: ignore[method-assign]
    _RECEIVER_STOCK["handle"] = RTCRtpReceiver._handle_rtp_packet
    RTCRtpReceiver._handle_rtp_packet = _handle_rtp_packet  # type: ignore[method-assign]
    _RATE_STOCK["init"] = RemoteBitrateEstimator.__init__
    RemoteBitrateEstimator.__init__ = _estimator_init  # type: ignore[method-assign]
    _HEADER_STOCK["configure"] = HeaderExtensionsMap.configure
    HeaderExtensionsMap.configure = _configure  # type: ignore[method-assign]
    _HEADER_STOCK["set"] = HeaderExtensionsMap.set
    HeaderExtensionsMap.set = _set  # type: ignore[method-assign]
    HEADER_EXTENSIONS["video"].append(RTCRtpHeaderExtensionParameters(id=4, uri=PLAYOUT_DELAY))
    _ICE_STOCK["addresses"] = aioice.ice.get_host_addresses
    aioice.ice.get_host_addresses = _host_addresses
    _PEER_STOCK["connect"] = RTCPeerConnection._RTCPeerConnection__connect
    RTCPeerConnection._RTCPeerConnection__connect = _connect
    _ICE_STOCK["received"] = aioice.ice.StunProtocol.datagram_received
    aioice.ice.StunProtocol.datagram_received = _datagram_received
    _ICE_STOCK["gather"] = aioice.ice.Connection.get_component_candidates
    aioice.ice.Connection.get_component_candidates = _gather
    _applied = True


def bind_addresses(addresses: Sequence[str], *, ports: tuple[int, int] | None = None) -> None:
    """Every later peer connection of this process offers these addresses and no others, at a port from the first to
    the last of `ports` (None: at any).

    The one word `auto` means all addresses of this machine but loopback. Where no port is free, nothing is offered.
    """
    global _addresses, _ports
    _addresses, _ports = tuple(addresses), ports


async def close(pc: RTCPeerConnection) -> None:
    """Close a connection, however far it came."""
    transceivers = pc._RTCPeerConnection__transceivers
    for transceiver in [each for each in transceivers if each.receiver.transport is None]:
        transceivers.remove(transceiver)
        await transceiver.stop()
    # all who close a connection wait for one future of aiortc's: who gives up waiting must not cancel it for the others
    await asyncio.shield(pc.close())


def _check_shape() -> None:
    found = (aiortc.__version__, aioice.__version__)
    if found != (AIORTC, AIOICE):
        raise RuntimeError(
            f"tryon.media.patches was made for aiortc {AIORTC} with aioice {AIOICE}, found {found[0]} with {found[1]}: "
            "read both anew, adapt the cures, and only then change these numbers."
        )
    for function, words in (
        (JitterBuffer.add, ("return pli_flag, self._remove_frame(packet.sequence_number)",)),
        (JitterBuffer.add, ("if self.smart_remove(excess):",)),
        (JitterBuffer.__init__, ("self._origin", "self._packets", "self._is_video")),
        (RTCRtpReceiver.__init__, ("self.__jitter_buffer", "self.__decoder_queue", "self.__timestamp_mapper")),
        # tryon.media.voice takes their place for speech
        (RTCRtpReceiver.__init__, ("self.__codecs", "self.__remote_streams")),
        (RTCRtpReceiver._handle_rtp_packet, ("self.__remote_streams[packet.ssrc].add(packet)",)),
        (RTCRtpReceiver._handle_rtp_packet, ("self.__nack_generator.add(packet)", "packet._data = depayload(")),
        (RemoteBitrateEstimator.__init__, ("self.rate_control = AimdRateControl()",)),
        (AimdRateControl.set_estimate, ("self.current_bitrate_initialized = True",)),
        (HeaderExtensionsMap.set, ("return pack_header_extensions(extensions)",)),
        (HeaderExtensionsMap.configure, ("for ext in parameters.headerExtensions",)),
        (RTCPeerConnection._RTCPeerConnection__connect, ("dtlsTransport = transceiver.receiver.transport",)),
        (RTCPeerConnection.close, ("for transceiver in self.__transceivers:", "receiver.transport.stop()")),
        (aioice.ice.StunProtocol.datagram_received, ("stun.parse_message(data)", "self.receiver.data_received(")),
        (aioice.ice.CandidatePair.__init__, ("self.remote_nominated", "self.state", "self.protocol")),
        (aioice.ice.Connection.__init__, ("self._check_list", "self._nominated")),
        (aioice.ice.Connection.gather_candidates, ("get_host_addresses(",)),
        (aioice.ice.Connection.get_component_candidates, ("loop.create_datagram_endpoint(", "except OSError as exc:")),
        (aioice.ice.Connection.get_component_candidates, ("local_addr=(address, 0)",)),
    ):
        source = inspect.getsource(function)
        for word in words:
            if word not in source:
                raise RuntimeError(
                    f"aiortc's {function.__qualname__} has no {word!r} any more: adapt tryon.media.patches."
                )


_JITTER_STOCK: dict[str, Any] = {}
_RECEIVER_STOCK: dict[str, Any] = {}
_RATE_STOCK: dict[str, Any] = {}
_HEADER_STOCK: dict[str, Any] = {}
_ICE_STOCK: dict[str, Any] = {}
_PEER_STOCK: dict[str, Any] = {}


def _host_addresses(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    if _addresses == ("auto",):
        found: list[str] = _ICE_STOCK["addresses"](use_ipv4, use_ipv6)
        return found
    return [a for a in _addresses if (use_ipv6 if ":" in a else use_ipv4)]


async def _connect(self: Any) -> None:
    if all(each.receiver.transport is not None for each in self._RTCPeerConnection__transceivers):
        await _PEER_STOCK["connect"](self)


def _datagram_received(self: Any, data: Any, addr: Any) -> None:
    if len(data) and data[0] > STUN_FIRST_MAX and not _proved(self.receiver, self, (addr[0], addr[1])):
        return
    _ICE_STOCK["received"](self, data, addr)


def _proved(connection: Any, protocol: Any, addr: tuple[str, int]) -> bool:
    """Whether a check with our password came from there and chose it, or one with hers was answered from there."""
    nominated = connection._nominated.get(1)
    if nominated is not None and nominated.remote_addr == addr:
        return True
    done = aioice.ice.CandidatePair.State.SUCCEEDED
    return any(
        pair.protocol is protocol and pair.remote_addr == addr and (pair.state == done or pair.remote_nominated)
        for pair in connection._check_list
    )


async def _gather(self: Any, *args: Any, **options: Any) -> Any:
    loop = asyncio.get_running_loop()
    if not hasattr(loop, "_tryon_any_port"):
        loop._tryon_any_port = loop.create_datagram_endpoint  # type: ignore[attr-defined]
        loop.create_datagram_endpoint = _bind  # type: ignore[method-assign, assignment]
    return await _ICE_STOCK["gather"](self, *args, **options)


async def _bind(factory: Any, local_addr: Any = None, **options: Any) -> Any:
    """As the loop's own, but whoever binds to any port gets one of ours."""
    bind: Any = asyncio.get_running_loop()._tryon_any_port  # type: ignore[attr-defined]
    if _ports is None or local_addr is None or local_addr[1] != 0:
        return await bind(factory, local_addr=local_addr, **options)
    first, last = _ports
    count = last - first + 1
    # sessions are processes that know nothing of one another: they begin at different places
    begin = secrets.randbelow(count)
    for step in range(count):
        address = (local_addr[0], first + (begin + step) % count)
        try:
            return await bind(factory, local_addr=address, **options)
        except OSError as err:
            if err.errno != errno.EADDRINUSE:
                raise
    raise OSError(errno.EADDRINUSE, f"every UDP port of {first}-{last} is taken")


def _estimator_init(self: RemoteBitrateEstimator) -> None:
    _RATE_STOCK["init"](self)
    self.rate_control.set_estimate(START_BPS, round(time.time() * 1000))


def _configure(self: Any, parameters: Any) -> None:
    _HEADER_STOCK["configure"](self, parameters)
    for extension in parameters.headerExtensions:
        if extension.uri == PLAYOUT_DELAY:
            self._tryon_playout_id = extension.id


def _set(self: Any, values: Any) -> tuple[int, bytes]:
    profile, packed = _HEADER_STOCK["set"](self, values)
    number = getattr(self, "_tryon_playout_id", 0)
    if 0 < number < 15 and profile in (0, _ONE_BYTE_HEADER):
        # one element of three bytes (RFC 8285 section 4.2): least and most delay, twelve bits each, both zero
        return _ONE_BYTE_HEADER, packed + bytes([number << 4 | 2, 0, 0, 0])
    return profile, packed


def _remove_frame(self: JitterBuffer, sequence_number: int) -> JitterFrame | None:
    """The oldest whole frame, or None. Packets without payload (padding) are no frame: they would end the decoder."""
    if not self._is_video:
        frame: JitterFrame | None = _JITTER_STOCK["remove_frame"](self, sequence_number)
        return frame
    packets: list[Any] = []
    for count in range(self.capacity):
        packet = self._packets[(self._origin + count) % self.capacity]  # type: ignore[operator]
        if packet is None:
            return None
        done = 0
        if packets and packet.timestamp != packets[0].timestamp:
            done = count
        else:
            packets.append(packet)
            if packet.marker:
                done = count + 1
        if done:
            self.remove(done)
            data = b"".join(p._data for p in packets)
            waits = getattr(self, "_tryon_waits_for_key", False)
            if not data or _too_large(data) or (waits and not _is_key(data)):
                return self._remove_frame(sequence_number)
            self._tryon_waits_for_key = False  # type: ignore[attr-defined]
            return JitterFrame(data=data, timestamp=packets[0].timestamp)
    return None


def _smart_remove(self: JitterBuffer, count: int) -> bool:
    """The buffer overflows: what comes next builds on pictures that were never decoded, until a key frame."""
    self._tryon_waits_for_key = True  # type: ignore[attr-defined]
    emptied: bool = _JITTER_STOCK["smart_remove"](self, count)
    return emptied


@dataclass(slots=True)
class _Loss:
    """What one receiver does about lost packets; times in its own arrival milliseconds."""

    ssrc: int
    asked_ms: int = 0
    stuck_ms: int = 0
    "Since when a packet is missing; 0 when none is."
    pli_ms: int = 0


async def _handle_rtp_packet(self: Any, packet: Any, arrival_time_ms: int) -> None:
    nack, jitter = self._RTCRtpReceiver__nack_generator, self._RTCRtpReceiver__jitter_buffer
    missing_before = len(nack.missing) if nack is not None else 0
    await _RECEIVER_STOCK["handle"](self, packet, arrival_time_ms=arrival_time_ms)
    if nack is None or jitter._origin is None or not self._enabled:
        return
    codec = self._RTCRtpReceiver__codecs.get(packet.payload_type)
    if codec is None:
        return
    retransmission = is_rtx(codec)
    loss: _Loss | None = getattr(self, "_tryon_loss", None)
    if loss is None:
        if retransmission:
            return
        loss = self._tryon_loss = _Loss(packet.ssrc)
    if not retransmission:
        loss.ssrc = packet.ssrc

    if nack.missing:
        nack.missing = {seq for seq in nack.missing if not uint16_gt(jitter._origin, seq)}
    _drain(self, jitter)
    if (nack.missing or loss.stuck_ms) and _gap(jitter, nack.max_seq):
        loss.stuck_ms = loss.stuck_ms or arrival_time_ms
        key = _newest_key_frame(jitter, nack.max_seq)
        if key is not None:
            _skip_to(jitter, nack, key)
            _drain(self, jitter)
            loss.stuck_ms = 0
    else:
        loss.stuck_ms = 0

    undecoded = self._RTCRtpReceiver__decoder_queue
    if undecoded.qsize() > UNDECODED_MAX:
        # too few cores for a while: what waits would be shown seconds late
        with contextlib.suppress(queue.Empty):
            while True:
                undecoded.get_nowait()
        jitter._tryon_waits_for_key = True
    late = loss.stuck_ms and arrival_time_ms - loss.stuck_ms > PLI_AFTER_MS
    if (late or getattr(jitter, "_tryon_waits_for_key", False)) and arrival_time_ms - loss.pli_ms > PLI_AGAIN_MS:
        loss.pli_ms = arrival_time_ms
        nack.missing.clear()  # a key frame makes them worthless, and asking on would choke a narrow link
        await self._send_rtcp_pli(loss.ssrc)

    if len(nack.missing) > missing_before:
        loss.asked_ms = arrival_time_ms  # the stock code has just asked
    elif nack.missing and arrival_time_ms - loss.asked_ms >= NACK_AGAIN_MS:
        loss.asked_ms = arrival_time_ms
        await self._send_rtcp_nack(loss.ssrc, sorted(nack.missing))


def _drain(receiver: Any, jitter: JitterBuffer) -> None:
    """Hand on all whole frames: the stock code hands on one a packet, and would stay behind after a gap."""
    while receiver._RTCRtpReceiver__decoder_thread and (frame := jitter._remove_frame(0)) is not None:
        video = next(c for c in receiver._RTCRtpReceiver__codecs.values() if not is_rtx(c))
        frame.timestamp = receiver._RTCRtpReceiver__timestamp_mapper.map(frame.timestamp)
        receiver._RTCRtpReceiver__decoder_queue.put((video, frame))


def _gap(jitter: JitterBuffer, newest: int) -> bool:
    """Whether a packet is missing before the newest one (the NACK list forgets those that are long gone)."""
    ahead = uint16_add(newest, -jitter._origin)  # type: ignore[operator]
    return ahead < jitter.capacity and any(
        jitter._packets[(jitter._origin + count) % jitter.capacity] is None  # type: ignore[operator]
        for count in range(ahead)
    )


def _newest_key_frame(jitter: JitterBuffer, newest: int) -> int | None:
    """The first packet of the newest key frame that is whole and lies behind a gap, by its sequence number."""
    whole = False
    for back in range(uint16_add(newest, -jitter._origin)):  # type: ignore[operator]
        seq = uint16_add(newest, -back)
        packet = jitter._packets[seq % jitter.capacity]
        if packet is None:
            whole = False
        elif packet.marker:
            whole = True
        if packet is not None and whole and _is_key(packet._data):  # type: ignore[attr-defined]
            return seq
    return None


def _is_key(data: bytes) -> bool:
    # RFC 6386 section 9.1: bit 0 of the frame tag is 0 in a key frame, and its start code follows the tag
    return len(data) >= 10 and not data[0] & 1 and data[3:6] == b"\x9d\x01\x2a"


def _too_large(data: bytes) -> bool:
    # 16,383 x 16,383 pixels cost a sender nothing, and libvpx 400 MB
    if not _is_key(data):
        return False
    width, height = (int.from_bytes(data[at : at + 2], "little") & 0x3FFF for at in (6, 8))
    return width * height > PIXELS_MAX


def _skip_to(jitter: JitterBuffer, nack: Any, first: int) -> None:
    jitter.remove(uint16_add(first, -jitter._origin) % jitter.capacity)  # type: ignore[operator]
    nack.missing = {seq for seq in nack.missing if not uint16_gt(first, seq)}
