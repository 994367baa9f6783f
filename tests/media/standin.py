"""A mirror that needs no tracker and no GL, a browser that is an aiortc peer, and how to wait for a state."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

import av
import numpy as np
from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription, VideoStreamTrack
from aiortc.mediastreams import MediaStreamError, MediaStreamTrack

from tryon.bench.timecode import read, stamp
from tryon.errors import AssetError, RenderError
from tryon.fit.given import Given, Origins, Question, known
from tryon.fit.scale import TypedPd
from tryon.geometry.planes import split_planes
from tryon.media import patches
from tryon.media.voice import Spoken, listen
from tryon.messages import GivenSet, MeasureStart, Measuring, Step
from tryon.settings import Settings
from tryon.types import Camera as KnownCamera
from tryon.types import (
    Frame,
    Model,
    Nudge,
    Piece,
    Place,
    Placed,
    Quality,
    Scale,
    Seat,
    Sensed,
    Shown,
    StageView,
    TrueSize,
)
from tryon.visits import NOBODY, Visit

ORIGINS = Origins({"optician_pupillometer": TypedPd(0.0, 0.4)}, {"neck_circumference": 7.0, "wrist_circumference": 4.0})
WAIT_S = 30.0
"A state that does not come in this time will not come; nothing is measured by it."


class StandIn:
    """Draws a white box at the top left of every picture, and keeps the time code at the bottom."""

    def __init__(self) -> None:
        self.models: tuple[Model, ...] = ()
        self.nudges: dict[str, Nudge] = {}
        self.bare = False
        self.view = StageView()
        self.camera: KnownCamera | None = None
        self.shown = 0
        self.closed = False
        self.quality = Quality("live")
        self.fail: Callable[[Sensed], None] | None = None
        self.gate: threading.Semaphore | None = None
        "When set, `show` waits for a permit: a mirror as slow as the test likes."
        self.scale: Scale | None = None
        self.threads: dict[str, set[str]] = {"sense": set(), "show": set(), "close": set()}

    def sense(self, frame: Frame, /) -> Sensed:
        self.threads["sense"].add(threading.current_thread().name)
        return Sensed(frame, None, self.quality, 1.0)

    def show(self, sensed: Sensed, /) -> Shown:
        self.threads["show"].add(threading.current_thread().name)
        if self.gate is not None:
            self.gate.acquire()
        if self.fail is not None:
            self.fail(sensed)
        i420 = sensed.frame.i420.copy()
        if not self.bare:
            split_planes(i420)[0][16:48, 16:48] = 235
        self.shown += 1
        pieces = {m.piece.id: Placed(m, np.eye(4)) for m in self.models}
        return Shown(
            Frame(i420, sensed.frame.time_s),
            sensed,
            None,
            pieces,
            self.scale,
            {"track": 1.0, "render": 2.0},
        )

    def wear(self, models: tuple[Model, ...], /, *, places: Mapping[str, Place] | None = None) -> None:
        self.models, self.places = models, dict(places or {})

    def nudge(self, piece: str, nudge: Nudge, /) -> None:
        self.nudges[piece] = nudge

    def show_stage(self, view: StageView, /) -> None:
        self.view = view

    def show_bare(self, bare: bool, /) -> None:
        self.bare = bare

    def know(self, camera: KnownCamera | None, /) -> None:
        self.camera = camera

    def take(self, scale: Scale | None, /) -> None:
        self.scale = scale

    def close(self) -> None:
        self.threads["close"].add(threading.current_thread().name)
        self.closed = True


class Tape(NamedTuple):
    """A tailor that a test can steer."""

    asked: MeasureStart
    camera: KnownCamera | None
    steps: list[Step]
    looks: list[Frame]
    progress_said: list[Measuring]
    "The last is what it says next."
    fails: list[Exception]
    "Raised by the next looks, each once."
    threads: set[str]
    ends: list[str]

    def look(self, frame: Frame, /) -> None:
        self.threads.add(threading.current_thread().name)
        if self.fails:
            raise self.fails.pop()
        self.looks.append(frame)

    def ask(self, step: Step, /) -> None:
        self.steps.append(step)

    def progress(self) -> Measuring:
        return self.progress_said[-1]

    def visit(self) -> Visit:
        if self.fails:
            raise self.fails.pop()
        return NOBODY

    def close(self) -> None:
        self.ends.append("closed")


class Tapes:
    """A cutter: gives out tailors and keeps them in hand, and says what the test likes."""

    def __init__(self) -> None:
        self.given: list[Tape] = []
        self.reported: list[tuple[int, tuple[Given, ...]]] = []
        "How many visits, and what was given, each time all was told."
        self.said: dict[str, Any] = {
            "measurements": {},
            "over_hair": {},
            "other_hand": {},
            "fit": {},
            "scale": None,
            "capture": {"reasons": []},
            "steps": [],
            "planned_hair": {},
            "rules": "",
            "sizes": [],
            "head": None,
        }

    def fitter(self, asked: MeasureStart, camera: KnownCamera | None, /) -> Tape:
        tape = Tape(asked, camera, [], [], [Measuring({"look": 0.5}, "", "", 3, 2)], [], set(), [])
        self.given.append(tape)
        return tape

    def known(self, asked: Sequence[GivenSet], /) -> tuple[Given, ...] | Question:
        return known([(each.name, each.values, each.how, each.unit, each.hand) for each in asked], ORIGINS)

    def report(self, visits: Sequence[Visit], given: Sequence[Given], /) -> dict[str, Any]:
        self.reported.append((len(visits), tuple(given)))
        return self.said


def load(piece: str) -> Model:
    """Any piece but those that begin with `no`."""
    if piece.startswith("no"):
        raise AssetError("piece_unknown", f"There is no piece {piece!r}.")
    size = TrueSize(0, 0, 0, 0, 0, (0, 0, 0))
    seat = Seat("tiara", 0, "combs")
    known = Piece(
        id=piece,
        name=piece,
        maker="",
        kind="tiara",
        worn_on="head",
        finger="",
        size=size,
        seat=seat,
        sizes_made=(),
        adjustable_mm=0,
        tolerance_mm=0,
        materials=(),
        stones=(),
        edition_of=0,
        tiers={},
        care="",
        provenance="",
        licence="",
        words="",
    )
    return Model(known, ())


async def until(condition: Callable[[], object], what: str) -> None:
    """Wait for a state; fails with its name when it never comes."""
    end = time.monotonic() + WAIT_S
    while not condition():
        assert time.monotonic() < end, f"never came: {what}"
        await asyncio.sleep(0.01)


class Camera(VideoStreamTrack):
    """Grey pictures that carry their own number, thirty a second."""

    def __init__(self, size: tuple[int, int] = (320, 240), *, noise: bool = False) -> None:
        super().__init__()
        self.size = size
        self.sent = 0
        self._noise = np.random.default_rng(1) if noise else None
        "Noise makes pictures of several packets each."

    async def recv(self) -> av.VideoFrame:
        pts, time_base = await self.next_timestamp()
        width, height = self.size
        i420 = np.full((height * 3 // 2, width), 128, np.uint8)
        if self._noise is not None:
            i420[: height - 16] = self._noise.integers(64, 192, (height - 16, width), np.uint8)
        stamp(i420, self.sent)
        self.sent += 1
        frame = av.VideoFrame.from_numpy_buffer(i420, "yuv420p")
        frame.pts, frame.time_base = pts, Fraction(time_base)
        return frame


class Microphone(MediaStreamTrack):
    """Speaks packets of 20 ms that carry who speaks and their own number; as good as Opus to whom only passes it on."""

    kind = "audio"

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name, self.said = name, 0
        self.said_s: list[float] = []
        self._start_s: float | None = None

    async def recv(self) -> av.Packet:
        if self._start_s is None:
            self._start_s = time.perf_counter()
        await asyncio.sleep(max(0.0, self._start_s + self.said * 0.02 - time.perf_counter()))
        packet = av.Packet(f"{self.name} {self.said}".encode())
        packet.pts, packet.time_base = self.said * 960, Fraction(1, 48_000)
        self.said += 1
        self.said_s.append(time.perf_counter())
        return packet


class Browser:
    """A browser as far as the server can tell: a wearer's with a camera, or a consultant's without."""

    def __init__(self, camera: Camera | None = None, *, guest: bool = False, name: str = "") -> None:
        patches.apply()
        patches.bind_addresses(["127.0.0.1"])
        self.camera = camera or Camera()
        self.pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        if guest:
            self.pc.addTransceiver("video", direction="recvonly")
        else:
            self.sender = self.pc.addTrack(self.camera)
        self.microphone = Microphone(name)
        self.speech: list[tuple[str, int, float]] = []
        "(who, number, when) of every packet of speech that came."
        if name:
            voices = [self.pc.addTransceiver(self.microphone)]
            voices += [self.pc.addTransceiver("audio", direction="recvonly") for _ in range(2)]
            for voice in voices:
                listen(voice.receiver, self._hear_speech)
        self.channel = self.pc.createDataChannel("control")
        self.channel.on("message", self._hear)
        self.pc.on("track", self._on_track)
        self.pictured_s: list[float] = []
        "When each of `pictures` was there."
        self.heard: list[dict[str, Any]] = []
        self.files = bytearray()
        self.pictures: list[tuple[int, av.VideoFrame]] = []
        "(number, picture) of everything received."
        self.unread = 0
        self._tasks: list[asyncio.Future[None]] = []
        self.answers = True
        "Whether pings are answered."

    async def offer(self) -> str:
        await self.pc.setLocalDescription(await self.pc.createOffer())
        return str(self.pc.localDescription.sdp)

    async def accept(self, answer: str) -> None:
        await self.pc.setRemoteDescription(RTCSessionDescription(answer, "answer"))

    def say(self, type: str, data: dict[str, Any] | None = None, id: str | None = None) -> None:
        self.channel.send(json.dumps({"v": 1, "type": type, "data": data or {}} | ({"id": id} if id else {})))

    def of(self, type: str) -> list[dict[str, Any]]:
        """What was heard of one type."""
        return [m for m in self.heard if m["type"] == type]

    def reply(self, re: str) -> dict[str, Any] | None:
        return next((m for m in self.heard if m.get("re") == re), None)

    async def ask(self, type: str, data: dict[str, Any], id: str) -> dict[str, Any]:
        await until(lambda: self.channel.readyState == "open", "the channel opens")
        self.say(type, data, id)
        await until(lambda: self.reply(id), f"an answer to {type}")
        reply = self.reply(id)
        assert reply is not None
        return reply

    async def close(self) -> None:
        await self.pc.close()
        for task in self._tasks:
            task.cancel()  # a track that never came to life does not end by itself
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _hear(self, message: str | bytes) -> None:
        if isinstance(message, bytes):
            self.files += message
            return
        said = json.loads(message)
        self.heard.append(said)
        if said["type"] == "ping" and self.answers:
            self.say("pong", said["data"])

    def _hear_speech(self, spoken: Spoken) -> None:
        who, number = spoken.opus.decode().rsplit(" ", 1)
        self.speech.append((who, int(number), time.perf_counter()))

    def heard_from(self, who: str) -> list[int]:
        """The numbers of what somebody was heard to say."""
        return [number for name, number, _ in self.speech if name == who]

    def _on_track(self, track: Any) -> None:
        if track.kind == "video":
            self._tasks.append(asyncio.ensure_future(self._watch(track)))

    async def _watch(self, track: Any) -> None:
        try:
            while True:
                picture = await track.recv()
                luma = np.frombuffer(picture.planes[0], np.uint8).reshape(-1, picture.planes[0].line_size)
                number = read(luma[: picture.height, : picture.width])
                if number is None:
                    self.unread += 1
                else:
                    self.pictures.append((number, picture))
                    self.pictured_s.append(time.perf_counter())
        except MediaStreamError:
            return


def open_standin(settings: Settings) -> tuple[StandIn, Callable[[str], Model], Tapes]:
    """The mirror factory of tests of the engine."""
    return StandIn(), load, Tapes()


def open_broken(settings: Settings) -> tuple[StandIn, Callable[[str], Model], Tapes]:
    """A machine without GL."""
    raise RenderError("gl_missing", "There is no GL here.")
