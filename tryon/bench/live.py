"""The live mirror measured from peer to peer on loopback, with a time code in the pixels.

    tryon bench --only live
    python -m tryon.bench.live --clip CLIP [--seconds 12] [--factory module:function]    (another mirror than ours)

For every number of sessions and every size: latency from the moment a camera picture (already encoded) is handed to
the sender until the composited picture with the same number is decoded at the other end, pictures a second that
came back, and CPU time per picture, of the session processes and of the test's own peers apart. Then the time from
an offer to the first composited picture, with a warm process and with a cold one.

The peers are as cheap as they can honestly be: the clip is encoded once beforehand, and sent again and again; what
comes back is decoded whole, and its number read from the pixels. They run on the same cores as the sessions.
What else ran on them meanwhile is told with every figure.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import sys
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from aiortc import RTCConfiguration, RTCPeerConnection, RTCRtpSender, RTCSessionDescription
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from tryon.bench.rows import Row, table
from tryon.bench.timecode import read, stamp
from tryon.engine.local import LocalPool
from tryon.engine.pool import Spec
from tryon.geometry.planes import join_planes, split_planes
from tryon.media import patches
from tryon.media.clips import read_clip
from tryon.media.encoder import CLOCK, Vp8Encoder
from tryon.settings import Settings, load
from tryon.types import U8

FPS = 30
SIZES = ((640, 480), (1280, 720))
SESSIONS = (1, 2, 3)
SECONDS = 12.0
FULL_RATE = 29.0
"Pictures a second from which on a session counts as one that holds 30: a second of 30 may be cut at either end."
CORES = len(os.sched_getaffinity(0))
TRIES, QUIET_CORES = 3, 0.2
"""A machine that does other work meanwhile measures that work: a run beside which more than this of a core was busy
with something else is repeated, and the quietest is told."""
OPEN_MIRROR = "tryon.engine.process:open_mirror"
CLIP_FRAMES = 150
"Five seconds of the clip, forwards and backwards, so that nobody jumps."
SETTLE_S = 4.0
DRAWN_LEVELS = 30
"How far a block of pixels differs from what was sent when something is drawn there."


@dataclass(frozen=True, slots=True)
class Call:
    """What one peer saw."""

    sent: int
    received: int
    fps: float
    latency_ms: tuple[float, float, float]
    "p50, p95, p99."
    first_picture_s: float
    "From the offer to the first decoded picture."
    first_drawn_s: float | None
    "From the offer to the first decoded picture on which something is drawn."
    client_cpu_ms: float
    "CPU time of this peer's process per picture."
    server: dict[str, float]
    "What the server said of itself, medians."


@dataclass(frozen=True, slots=True)
class Run:
    """A row of the table."""

    sessions: int
    size_px: tuple[int, int]
    fps: float
    "Of the slowest session."
    p50_ms: float
    p95_ms: float
    "Of the worst session."
    server_cpu_ms: float
    "CPU time of all session processes per picture that came back."
    client_cpu_ms: float
    load: float
    "Share of all cores that was busy meanwhile, with everything else that ran here."
    others: float
    "Cores that were busy with neither sessions nor peers."
    calls: tuple[Call, ...]


# the peer, in a process of its own


def peer(pipe: Connection, clip: str, size_px: tuple[int, int], seconds: float) -> None:
    """A peer's whole life: offers through `pipe`, takes the answer, calls for `seconds`, sends back a Call."""
    cv2.setNumThreads(1)
    asyncio.run(_peer(pipe, clip, size_px, seconds))


async def _peer(pipe: Connection, clip: str, size_px: tuple[int, int], seconds: float) -> None:
    patches.apply()
    patches.bind_addresses(["127.0.0.1"])
    reel = Reel.of(Path(clip), size_px)
    pc = RTCPeerConnection(RTCConfiguration(iceServers=[]))
    camera = Camera(reel)
    transceiver = pc.addTransceiver(camera, direction="sendrecv")
    transceiver.setCodecPreferences(
        [c for c in RTCRtpSender.getCapabilities("video").codecs if c.mimeType in ("video/VP8", "video/rtx")]
    )
    transceiver.sender._send_keyframe = camera.rewind  # type: ignore[method-assign]
    channel = pc.createDataChannel("control")
    stats: list[dict[str, Any]] = []

    def hear(message: Any) -> None:
        said = json.loads(message)
        if said["type"] == "ping":
            channel.send(json.dumps({"v": 1, "type": "pong", "data": said["data"]}))
        elif said["type"] == "stats":
            stats.append(said["data"])

    channel.on("message", hear)
    screen = _Screen(reel, camera)
    watching: list[asyncio.Future[None]] = []
    pc.on("track", lambda track: watching.append(asyncio.ensure_future(screen.watch(track))))

    await pc.setLocalDescription(await pc.createOffer())
    loop = asyncio.get_running_loop()
    await loop.run_in_executor(None, pipe.recv)  # all peers begin together
    begun_s = time.perf_counter()
    pipe.send(pc.localDescription.sdp)
    answer = await loop.run_in_executor(None, pipe.recv)
    await pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    await screen.first
    await asyncio.sleep(SETTLE_S)
    screen.start()
    sent, cpu_s, from_s = camera.sent, time.process_time(), time.perf_counter()
    pipe.send("settled")
    await asyncio.sleep(seconds)
    took_s, cpu_s, latencies = time.perf_counter() - from_s, time.process_time() - cpu_s, screen.stop()
    count = len(latencies)
    p50, p95, p99 = (float(v) for v in np.percentile(latencies or [float("nan")], [50, 95, 99]) * 1e3)
    said = stats[-max(1, int(seconds)) :]
    server = {
        name: float(np.median([s["stages_ms"].get(name, np.nan) for s in said]))
        for name in (said[-1]["stages_ms"] if said else {})
    }
    if said:
        server |= {name: float(np.median([s[name] for s in said])) for name in ("server_ms", "fps", "kbps", "dropped")}
    drawn_s = screen.first_drawn_s
    pipe.send(
        Call(
            sent=camera.sent - sent,
            received=count,
            fps=count / took_s,
            latency_ms=(p50, p95, p99),
            first_picture_s=screen.first.result() - begun_s,
            first_drawn_s=None if drawn_s is None else drawn_s - begun_s,
            client_cpu_ms=cpu_s * 1e3 / max(1, count),
            server=server,
        )
    )
    await loop.run_in_executor(None, pipe.recv)
    await pc.close()
    await asyncio.gather(*watching, return_exceptions=True)


@dataclass(frozen=True, slots=True, eq=False)
class Reel:
    """The clip as packets, with its pictures small for comparison."""

    packets: list[bytes]
    thumbs: list[U8]

    @classmethod
    def of(cls, clip: Path, size_px: tuple[int, int]) -> Reel:
        """The clip forwards and backwards, each picture with its number in its pixels. Raises InputError."""
        pictures = [scaled(frame.i420, size_px) for frame in islice(read_clip(clip), CLIP_FRAMES)]
        pictures += pictures[-2:0:-1]
        encoder, packets, thumbs = Vp8Encoder(2500 if size_px[1] >= 720 else 1500), [], []
        for number, i420 in enumerate(pictures):
            stamped = i420.copy()
            stamp(stamped, number)
            encoded = encoder.encode(stamped, number * CLOCK // FPS, key=number == 0)
            assert encoded is not None
            packets.append(bytes(encoded.packet))
            thumbs.append(_thumb(split_planes(stamped)[0]))
        return cls(packets, thumbs)


class Camera(MediaStreamTrack):
    """Sends the reel round and round at FPS, and remembers when."""

    kind = "video"

    def __init__(self, reel: Reel) -> None:
        super().__init__()
        self._reel = reel
        self._start_s: float | None = None
        self.sent = 0
        self._at = 0
        self.sent_s: dict[int, float] = {}
        "By number in the reel: when it was last sent."

    def rewind(self) -> None:
        """The other end needs a key frame: the reel's first picture is one."""
        self._at = 0

    async def recv(self) -> Any:
        """The next packet, when it is time for it."""
        if self.readyState != "live":
            raise MediaStreamError
        if self._start_s is None:
            self._start_s = time.perf_counter()
        await asyncio.sleep(max(0.0, self._start_s + self.sent / FPS - time.perf_counter()))
        number = self._at
        self._at = (number + 1) % len(self._reel.packets)
        packet = av.Packet(self._reel.packets[number])
        packet.pts, packet.time_base = self.sent * CLOCK // FPS, Fraction(1, CLOCK)
        self.sent += 1
        self.sent_s[number] = time.perf_counter()
        return packet


class _Screen:
    """Decodes what comes back and reads its number."""

    def __init__(self, reel: Reel, camera: Camera) -> None:
        self._reel, self._camera = reel, camera
        self.first: asyncio.Future[float] = asyncio.get_running_loop().create_future()
        self.first_drawn_s: float | None = None
        self._latencies: list[float] | None = None
        self._last = -1

    def start(self) -> None:
        self._latencies = []

    def stop(self) -> list[float]:
        latencies, self._latencies = self._latencies or [], None
        return latencies

    async def watch(self, track: MediaStreamTrack) -> None:
        try:
            while True:
                picture: Any = await track.recv()
                now_s = time.perf_counter()
                plane = picture.planes[0]
                luma = np.frombuffer(plane, np.uint8).reshape(-1, plane.line_size)[: picture.height, : picture.width]
                number = read(luma)
                if number is None or number not in self._camera.sent_s or number == self._last:
                    continue
                self._last = number
                if not self.first.done():
                    self.first.set_result(now_s)
                if self._latencies is not None:
                    self._latencies.append(now_s - self._camera.sent_s[number])
                elif self.first_drawn_s is None and _drawn(_thumb(luma), self._reel.thumbs[number]):
                    self.first_drawn_s = now_s
        except MediaStreamError:
            return


def scaled(i420: U8, size_px: tuple[int, int]) -> U8:
    """The picture's middle, cut to the size's shape and scaled to it."""
    luma, *chroma = split_planes(i420)
    height, width = luma.shape
    share = min(width / size_px[0], height / size_px[1])
    wide, high = (int(side * share) // 4 * 4 for side in size_px)
    x, y = (width - wide) // 4 * 2, (height - high) // 4 * 2
    planes = []
    for plane, part in zip((luma, *chroma), (1, 2, 2), strict=True):
        cut = plane[y // part : (y + high) // part, x // part : (x + wide) // part]
        size = (size_px[0] // part, size_px[1] // part)
        planes.append(np.asarray(cv2.resize(cut, size, interpolation=cv2.INTER_AREA), np.uint8))
    return join_planes(*planes)


def _thumb(luma: U8) -> U8:
    return np.asarray(cv2.resize(luma, (80, 45), interpolation=cv2.INTER_AREA), np.uint8)


def _drawn(got: U8, sent: U8) -> bool:
    return bool(np.count_nonzero(cv2.absdiff(got, sent) > DRAWN_LEVELS) >= 6)


# the rig around peers and sessions


async def run(
    clip: Path,
    *,
    size_px: tuple[int, int],
    sessions: int,
    seconds: float,
    pieces: tuple[str, ...],
    pool: LocalPool,
) -> Run:
    """One row: so many sessions at once."""
    context = multiprocessing.get_context("spawn")
    peers = []
    for _ in range(sessions):
        ours, theirs = context.Pipe()
        process = context.Process(target=peer, args=(theirs, str(clip), size_px, seconds), daemon=True)
        await asyncio.to_thread(process.start)
        theirs.close()
        peers.append((process, ours))
    try:
        names = [f"bench-{os.getpid()}-{i}" for i in range(sessions)]
        for name, (_, pipe) in zip(names, peers, strict=True):
            pipe.send("go")
            offer = await asyncio.to_thread(pipe.recv)
            pipe.send(await pool.open(name, offer, Spec(pieces)))
        for _, pipe in peers:
            await asyncio.to_thread(pipe.recv)  # settled
        pids = [pid for pid in (pool.pid(name) for name in names) if pid is not None]
        cpu_s, busy, total = sum(map(process_cpu_s, pids)), *machine_s()
        calls = tuple([await asyncio.to_thread(pipe.recv) for _, pipe in peers])
        cpu_s = sum(map(process_cpu_s, pids)) - cpu_s
        busy_now, total_now = machine_s()
        for _, pipe in peers:
            pipe.send("bye")
        for name in names:
            await pool.close(name)
    finally:
        for process, pipe in peers:
            pipe.close()
            await asyncio.to_thread(process.join, 5)
            if process.exitcode is None:
                process.kill()
    received = sum(call.received for call in calls)
    load = (busy_now - busy) / (total_now - total)
    ours_s = cpu_s + sum(call.client_cpu_ms * call.received for call in calls) / 1e3
    return Run(
        sessions=sessions,
        size_px=size_px,
        fps=min(call.fps for call in calls),
        p50_ms=max(call.latency_ms[0] for call in calls),
        p95_ms=max(call.latency_ms[1] for call in calls),
        server_cpu_ms=cpu_s * 1e3 / max(1, received),
        client_cpu_ms=max(call.client_cpu_ms for call in calls),
        load=load,
        others=max(0.0, load * CORES - ours_s / seconds),
        calls=calls,
    )


def live(settings: Settings, clip: Path, *, factory: str = OPEN_MIRROR, seconds: float = SECONDS) -> list[Row]:
    """The rows of the live mirror, every size with one, two and three sessions. Raises TryonError."""
    return asyncio.run(_live(settings, clip, factory, seconds))


async def _live(settings: Settings, clip: Path, factory: str, seconds: float) -> list[Row]:
    rows: list[Row] = []
    first: dict[str, Call] = {}
    roomy = replace(settings, sessions_max=max(SESSIONS) + 1, sessions_warm=1)
    async with _pool(roomy, factory) as pool:
        pieces = pieces_of(settings, factory)
        for size_px in SIZES:
            runs = []
            for sessions in SESSIONS:
                await pool.warm()
                runs.append(
                    await run(clip, size_px=size_px, sessions=sessions, seconds=seconds, pieces=pieces, pool=pool)
                )
            rows += _rows(size_px, runs)
            first["warm"] = runs[0].calls[0]
    async with _pool(replace(roomy, sessions_warm=0), factory) as pool:
        cold = await run(clip, size_px=SIZES[-1], sessions=1, seconds=1.0, pieces=pieces, pool=pool)
        first["cold"] = cold.calls[0]
    for kind, at_least, aim in (("warm", 1.5, 0.7), ("cold", 4.0, 2.5)):
        call = first[kind]
        drawn_s = call.first_drawn_s
        note = f"offer to the first picture at all: {call.first_picture_s:.2f} s"
        rows.append(
            Row(
                f"offer to the first picture with a piece, {kind} process",
                float("nan") if drawn_s is None else drawn_s,
                "s",
                at_least,
                aim,
                note=note,
            )
        )
    return rows


@contextlib.asynccontextmanager
async def _pool(settings: Settings, factory: str) -> AsyncIterator[LocalPool]:
    pool = LocalPool(settings, mirror_factory=factory)
    await pool.start()
    try:
        yield pool
    finally:
        await pool.stop()


def pieces_of(settings: Settings, factory: str) -> tuple[str, ...]:
    """One crown or tiara of the catalogue, the one with the most to draw."""
    if factory != OPEN_MIRROR:
        return ()
    from tryon.pieces.catalogue import Catalogue

    catalogue = Catalogue(settings.pieces_folder)
    worn = [piece.id for piece in catalogue.pieces() if piece.kind in ("crown", "tiara")]
    return (max(worn, key=lambda id: catalogue.model(id).face_count),)


def _rows(size_px: tuple[int, int], runs: list[Run]) -> list[Row]:
    size = f"{size_px[0]}x{size_px[1]}"
    large = size_px[1] >= 720
    rows = []
    for found in runs:
        one = found.sessions == 1
        name = f"{size}, {found.sessions} session{'' if one else 's'}"
        target = (80.0, 45.0) if one and large else (None, None)
        inside = ", ".join(f"{stage} {ms:.1f}" for stage, ms in found.calls[0].server.items())
        busy = f"cores {found.load:.0%} busy, {found.others:.1f} of {CORES} with other work than this"
        rows += [
            Row(
                f"{name}: latency, median", found.p50_ms, "ms", note=f"in the server, medians: {inside}" if one else ""
            ),
            Row(f"{name}: latency, p95", found.p95_ms, "ms", *target),
            Row(f"{name}: pictures a second", found.fps, "/s", more_is_better=True, note=busy),
            Row(
                f"{name}: CPU a picture",
                found.server_cpu_ms,
                "ms",
                note=f"and {found.client_cpu_ms:.1f} ms in each of the test's own peers",
            ),
        ]
    held = max((found.sessions for found in runs if found.fps >= FULL_RATE), default=0)
    at_least, aim = (1, 2) if large else (2, 3)
    note = f"of {max(SESSIONS)} tried, on {CORES} cores"
    rows.append(Row(f"{size}: sessions at 30 pictures/s", held, "", at_least, aim, more_is_better=True, note=note))
    return rows


def process_cpu_s(pid: int) -> float:
    """CPU time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def machine_s() -> tuple[float, float]:
    """Time that this machine's cores were busy since it began, and all their time."""
    numbers = [int(word) for word in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return float(sum(numbers) - numbers[3] - numbers[4]), float(sum(numbers))


def main() -> None:
    """See the module."""
    parser = argparse.ArgumentParser(prog="python -m tryon.bench.live", description="The live mirror, peer to peer.")
    parser.add_argument("--clip", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=SECONDS)
    parser.add_argument("--factory", default=OPEN_MIRROR, help="another mirror, as module:function")
    given = parser.parse_args()
    rows = live(load(), given.clip, factory=given.factory, seconds=given.seconds)
    sys.stdout.write(table("Live: peer to server to peer in loopback", rows) + "\n")


if __name__ == "__main__":
    main()
