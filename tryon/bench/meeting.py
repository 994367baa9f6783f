"""A meeting measured on loopback: what a consultant costs, how far behind her picture is, how old speech is.

    tryon bench --only meeting
    python -m tryon.bench.meeting --clip CLIP [--seconds 10] [--factory module:function]

One session process, as in `tryon serve`. The client's peer sends the clip and packets of speech, the consultants' peers
receive; all of them live in this one process, so that one clock times them, and share its cores with the session.

- Behind: from the moment the client's peer has a composited picture decoded until the consultant's has the same one.
- Speech: from the moment a packet is handed to the sender until it is there at the other end, before the browser's own
  buffer (NetEQ, 20 to 60 ms on a good line). What the client says is held back by as much as her picture takes.
- Cost: CPU time of the session process a picture, alone and with one and two consultants, and encodings a picture.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from tryon.atelier.files import Files
from tryon.atelier.meetings import Meetings
from tryon.atelier.store import Store
from tryon.bench.live import OPEN_MIRROR, Camera, Reel, machine_s, pieces_of, process_cpu_s
from tryon.bench.rows import Row, table
from tryon.bench.timecode import read
from tryon.engine.local import LocalPool
from tryon.engine.pool import Spec
from tryon.media import patches
from tryon.media.company import CLIENT
from tryon.media.voice import OPUS_CLOCK, Spoken, listen
from tryon.meeting import Seat
from tryon.settings import Settings, load

SIZE_PX = (1280, 720)
SECONDS, SETTLE_S, WAIT_S = 10.0, 4.0, 30.0
PACKET_S = 0.02
BEHIND_MS, SPEECH_MS = 150.0, 250.0
"What a consultant's picture and speech must reach, at the 95th percentile (issue 5)."


class Voice(MediaStreamTrack):
    """Packets of 20 ms that carry their number; nobody on the way decodes them."""

    kind = "audio"

    def __init__(self) -> None:
        super().__init__()
        self.said_s: list[float] = []
        self._start_s: float | None = None

    async def recv(self) -> Any:
        """The next packet, when it is time for it."""
        number = len(self.said_s)
        if self._start_s is None:
            self._start_s = time.perf_counter()
        await asyncio.sleep(max(0.0, self._start_s + number * PACKET_S - time.perf_counter()))
        packet = av.Packet(str(number).encode())
        packet.pts, packet.time_base = round(number * PACKET_S * OPUS_CLOCK), Fraction(1, OPUS_CLOCK)
        self.said_s.append(time.perf_counter())
        return packet


@dataclass(slots=True)
class Attendant:
    """Somebody at the meeting, and what came to them."""

    seat: Seat
    pc: RTCPeerConnection
    voice: Voice
    control: Any
    pictures_s: dict[int, list[float]] = field(default_factory=dict)
    "By number in the reel: when it was there, each time round."
    heard_s: dict[int, float] = field(default_factory=dict)
    "By number: when a packet of speech was there."
    heard: list[dict[str, Any]] = field(default_factory=list)
    watching: list[asyncio.Future[None]] = field(default_factory=list)


async def attend(pool: LocalPool, session: str, seat: Seat, reel: Reel | None, pieces: tuple[str, ...]) -> Attendant:
    """Come to the meeting; with a reel as the client, without as a consultant."""
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
    camera = None if reel is None else Camera(reel)
    video = pc.addTransceiver(camera or "video", direction="sendrecv" if camera else "recvonly")
    vp8 = [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType in ("video/VP8", "video/rtx")]
    video.setCodecPreferences(vp8)
    if camera is not None:
        video.sender._send_keyframe = camera.rewind  # type: ignore[method-assign]
    voice = Voice()
    someone = Attendant(seat, pc, voice, pc.createDataChannel("control"))

    def hear(spoken: Spoken) -> None:
        someone.heard_s.setdefault(int(spoken.opus), time.perf_counter())

    listen(pc.addTransceiver(voice).receiver, hear)

    def told(message: Any) -> None:
        said = json.loads(message)
        someone.heard.append(said)
        if said["type"] == "ping":
            someone.control.send(json.dumps({"v": 1, "type": "pong", "data": said["data"]}))

    someone.control.on("message", told)

    async def watch(track: Any) -> None:
        with contextlib.suppress(MediaStreamError):
            while True:
                picture = await track.recv()
                now_s, plane = time.perf_counter(), picture.planes[0]
                luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)
                number = read(luma[: picture.height, : picture.width])
                if number is not None:
                    someone.pictures_s.setdefault(number, []).append(now_s)

    def take(track: Any) -> None:
        if track.kind == "video":
            someone.watching.append(asyncio.ensure_future(watch(track)))

    pc.on("track", take)
    await pc.setLocalDescription(await pc.createOffer())
    purposes = ("live", "share") if reel is not None else ()
    answer = await pool.open(session, pc.localDescription.sdp, Spec(pieces, purposes, seat))
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))
    await _until(lambda: any(said["type"] == "here" for said in someone.heard))
    return someone


async def _until(condition: Any) -> None:
    end_s = time.perf_counter() + WAIT_S
    while not condition():
        if time.perf_counter() > end_s:
            raise TimeoutError("a state of the meeting never came")
        await asyncio.sleep(0.01)


def behind_ms(client: Attendant, consultant: Attendant, from_s: float) -> list[float]:
    """How much later each picture was there for the consultant."""
    behind = []
    for number, times in consultant.pictures_s.items():
        for at_s in times:
            hers = [each for each in client.pictures_s.get(number, []) if abs(each - at_s) < 1]
            if at_s > from_s and hers:
                behind.append((at_s - hers[0]) * 1e3)
    return behind


def speech_ms(speaker: Attendant, listener: Attendant, from_s: float) -> list[float]:
    """How old each packet of speech was when it was there."""
    return [
        (at_s - speaker.voice.said_s[number]) * 1e3
        for number, at_s in listener.heard_s.items()
        if speaker.voice.said_s[number] > from_s
    ]


def meeting(settings: Settings, clip: Path, *, factory: str = OPEN_MIRROR, seconds: float = SECONDS) -> list[Row]:
    """The rows of a meeting. Raises TryonError."""
    with tempfile.TemporaryDirectory() as data:
        roomy = replace(settings, sessions_max=1, sessions_warm=1, data=data, database="", files="")
        store = Store(roomy.database_url)
        invited = Meetings(store, Files(roomy.files_place)).invite("Ana", ["C1", "C2"], hours=1)
        store.close()
        return asyncio.run(_meeting(roomy, clip, factory, seconds, [invitation.seat for invitation, _ in invited]))


@contextlib.asynccontextmanager
async def _pool(settings: Settings, factory: str) -> AsyncIterator[LocalPool]:
    pool = LocalPool(settings, mirror_factory=factory)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


async def _meeting(settings: Settings, clip: Path, factory: str, seconds: float, seats: list[Seat]) -> list[Row]:
    patches.apply()
    patches.bind_addresses(["127.0.0.1"])
    reel = await asyncio.to_thread(Reel.of, clip, SIZE_PX)
    pieces = pieces_of(settings, factory)
    rows: list[Row] = []
    people: list[Attendant] = []
    async with _pool(settings, factory) as pool:
        try:
            people.append(await attend(pool, "bench", seats[0], reel, pieces))
            for consultants in (0, 1, 2):
                if consultants:
                    people.append(await attend(pool, "bench", seats[consultants], None, pieces))
                    say = {"v": 1, "type": "admit", "id": "1", "data": {"seat": CLIENT}}
                    people[1].control.send(json.dumps(say))
                await _until(lambda: all(each.pictures_s for each in people))
                await asyncio.sleep(SETTLE_S)
                rows += await _rows(pool, people, seconds)
        finally:
            for each in people:
                await each.pc.close()
                await asyncio.gather(*each.watching, return_exceptions=True)
    return rows


async def _rows(pool: LocalPool, people: list[Attendant], seconds: float) -> list[Row]:
    pid = pool.pid("bench")
    assert pid is not None
    from_s, cpu, (busy, total) = time.perf_counter(), process_cpu_s(pid), machine_s()
    await asyncio.sleep(seconds)
    cpu, (busy_now, total_now) = process_cpu_s(pid) - cpu, machine_s()
    load = f"all cores {(busy_now - busy) / (total_now - total):.0%} busy"
    client, *consultants = people
    pictures = sum(at_s > from_s for times in client.pictures_s.values() for at_s in times)
    stats = [said["data"] for said in client.heard if said["type"] == "stats"][-int(seconds) :]
    encode = float(np.median([each["stages_ms"]["encode"] for each in stats])) if stats else float("nan")
    with_ = f"with {len(consultants)} consultant{'' if len(consultants) == 1 else 's'}"
    rows = [
        Row(f"{with_}: client's pictures a second", pictures / seconds, "/s", more_is_better=True, note=load),
        Row(f"{with_}: CPU of the session a picture", cpu * 1e3 / max(1, pictures), "ms"),
        Row(f"{with_}: encoding a picture, for all of them", encode, "ms"),
    ]
    if len(consultants) == 1:
        (consultant,) = consultants
        for name, found, most in (
            ("consultant's picture behind the client's", behind_ms(client, consultant, from_s), BEHIND_MS),
            ("speech, consultant to client", speech_ms(consultant, client, from_s), SPEECH_MS),
            ("speech, client to consultant", speech_ms(client, consultant, from_s), SPEECH_MS),
        ):
            p50, p95 = np.percentile(found or [float("nan")], [50, 95])
            rows.append(Row(f"{name}, p95", float(p95), "ms", most, note=f"median {p50:.1f}, {len(found)} of them"))
    return rows


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.meeting", description="A meeting, on loopback.")
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--factory", default=OPEN_MIRROR, help="another mirror, as module:function")
    given = parser.parse_args()
    rows = meeting(load(), given.clip, factory=given.factory, seconds=given.seconds)
    sys.stdout.write(table("A meeting: one encoder, speech as packets", rows) + "\n")


if __name__ == "__main__":
    main()
