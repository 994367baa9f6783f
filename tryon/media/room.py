"""One wearer's room: her mirror, her connection to it, and what is said on that. At a meeting others look on with her:
their connections are the company's (tryon.media.company).

The room outlives connections: a new offer makes a new peer for the same mirror, with the same pieces, nudges and
measurements, and the old peer goes. Without any peer it waits `resume_s` and ends.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import deque
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

import msgspec
import numpy as np

from tryon.atelier.journals import open_journal
from tryon.errors import ConsentError, MessageError, SessionError, TryonError
from tryon.geometry.camera import camera_at
from tryon.media.chores import Chores
from tryon.media.company import CLIENT, Company, Kept
from tryon.media.control import Control
from tryon.media.fitting import Fitting
from tryon.media.governor import Governor, kbps_for
from tryon.media.line import Arrived, Line, Mirror, Picture
from tryon.media.peer import Peer
from tryon.media.sitting import Cutter
from tryon.media.snapshot import MIME, jpeg_of
from tryon.media.voice import Spoken
from tryon.media.wardrobe import Load, Wardrobe
from tryon.meeting import Seat
from tryon.messages import (
    BareSet,
    CameraSet,
    CameraTaken,
    Ended,
    EndReason,
    Envelope,
    KnownSet,
    MeasureCancel,
    Measured,
    MeasureForget,
    MeasureStart,
    MeasureStep,
    MeasureStop,
    Measuring,
    NudgeSet,
    PiecesSet,
    Snapshot,
    SnapshotTake,
    StageSet,
    State,
    Stats,
    WornPiece,
    camera_of,
)
from tryon.settings import Settings
from tryon.types import Camera, Quality, Scale, Shown, StageView

log = logging.getLogger(__name__)

WARM_PX = (1280, 720)
STATE_EVERY_S = 0.25
STATS_EVERY_S = 1.0
FAILURES_MAX = 90
"Pictures in a row that could not be made (three seconds of them) before the room gives up."

PICTURE_S = 5.0
"A camera that gives no picture for so long is resting."

HANG_S = 15.0
"Camera pictures come in for so long and nothing comes out: a stage hangs, and only a new process helps."


class Room:
    """Lives on one event loop. `ended` gives the reason: closed, left (nobody came back), failed (no picture)."""

    def __init__(self, settings: Settings, mirror: Mirror, load: Load, cutter: Cutter) -> None:
        self._settings, self._mirror = settings, mirror
        self._loop = asyncio.get_running_loop()
        self.ended: asyncio.Future[EndReason] = self._loop.create_future()
        self.first_picture: asyncio.Future[None] = self._loop.create_future()
        "Done when the first composited picture was handed to a viewer."
        self._line = Line(
            mirror,
            settings.video_kbps,
            lambda picture: self.post(self._on_picture, picture),
            lambda stage, err: self.post(self._on_failure, stage, err),
        )
        self.governor = Governor(settings.video_kbps)
        self._jobs = ThreadPoolExecutor(1, thread_name_prefix="jobs")
        self._chores = Chores("the room")
        self.wardrobe = Wardrobe(mirror, load, self._jobs)
        self.fitting = Fitting(settings, mirror, cutter, self._jobs, self._chores, self)
        self._peer: Peer | None = None
        self._leaving: asyncio.TimerHandle | None = None
        self._closing: asyncio.Task[None] | None = None
        self._company: Company | None = None
        self._hosting = asyncio.Lock()

        self._known: Camera | None = None
        "Her camera, as her browser told it."
        self._camera_from: tuple[Peer, float, float] | None = None
        self._camera_at_s = 0.0
        self._size = (0, 0)
        self._time_s = 0.0
        self._snapshots: list[tuple[Peer, str | None]] = []
        self._pictures: list[asyncio.Future[Shown]] = []
        "Who waits for the next composited picture."
        self._delay_s = 0.0
        self._snapping = False
        self._said_state: State | None = None
        self._state_s = self._stats_s = self._failure_said_s = float("-inf")
        self._purposes: frozenset[str] = frozenset()
        self._failures = 0
        self._alive_s = self._loop.time()
        "When the line last gave a picture or an error, or had nothing to do."
        self._recent: deque[Picture] = deque(maxlen=60)
        self._dropped = 0
        self._fps = 0.0
        self._opened = False
        self._warming: asyncio.Future[None] | None = None
        self._chores.begin(self._tick())

    async def warm(self) -> None:
        """Send one grey picture down the line, so that the first real one finds everything made.

        Raises what a stage raised.
        """
        self._warming = self._loop.create_future()
        width, height = WARM_PX
        self._line.put(Arrived(np.full((height * 3 // 2, width), 128, np.uint8), 0.0, time.perf_counter()))
        try:
            await self._warming
        finally:
            self._warming = None

    def vitals(self) -> dict[str, float]:
        """How the room does, for whoever runs it: nothing of the wearer."""
        return {"fps": self._fps, "connected": float(self._peer is not None and self._peer.connected)}

    @property
    def opened(self) -> bool:
        """Whether anyone was ever answered."""
        return self._opened

    # connections

    async def answer(self, offer: str, seat: Seat | None = None) -> str:
        """A new connection in place of the old one; `seat`: whose it is, at a meeting. Raises MessageError and
        SessionError; the old one stays then."""
        if self.ended.done():
            raise SessionError("session_lost", "This session has ended. Start a new one.")
        if seat is None:
            return await self._answer_her(offer, None)
        company = await self._host(seat.meeting)
        try:
            if seat.role == "client":
                return await self._answer_her(offer, seat)
            answer = await company.welcome(seat, offer)
        except TryonError:
            if not self._opened:  # as good as new: for another meeting, or for none
                self._company = None
                await company.close("closed")
            raise
        self._opened = True
        self._stay()
        return answer

    async def _host(self, meeting: str) -> Company:
        """The company of a meeting; the first time, the mirror stands as it stood when the meeting was left."""
        async with self._hosting:
            if self._company is not None:
                assert self._company.meeting == meeting, "a session is of one meeting"
                return self._company
            journal = await asyncio.to_thread(open_journal, self._settings, meeting)
            company = Company(self._settings, self, meeting, journal)
            await self._restore(company)
            self._company = company
        return company

    async def _restore(self, company: Company) -> None:
        worn = [msgspec.convert(each, WornPiece) for each in company.stands.worn]
        try:
            await self.wardrobe.wear_again(worn)
        except TryonError as err:  # a piece left the catalogue meanwhile
            log.warning("what was worn at a meeting cannot be worn again: %s", err.reason)

    async def _answer_her(self, offer: str, seat: Seat | None) -> str:
        peer = Peer(self._settings, self, Control(self._hear_of()), speech=seat is not None)
        ceiling = self._settings.video_kbps
        answer = await peer.answer(offer, start_kbps=ceiling, max_kbps=round(ceiling * 1.2))
        before, self._peer, self._opened = self._peer, peer, True
        if self._company is not None and seat is not None:
            self._company.took_place(seat, peer)
        self._stay()
        if before is not None:
            before.control.say(Ended(reason="replaced"))
            self._chores.begin(before.close())
        return answer

    async def close(self, reason: EndReason = "closed") -> None:
        """End it all; `ended` has the reason of the first call. Every call returns when all is given back."""
        if self._closing is None:
            self.ended.set_result(reason)
            self._closing = self._loop.create_task(self._close(reason))
        await asyncio.shield(self._closing)

    async def _close(self, reason: EndReason) -> None:
        self._stay()
        if self._peer is not None:
            self._peer.control.say(Ended(reason=reason))
            await self._peer.close()
        await self._chores.end()
        if self._company is not None:
            await self._company.close(reason)
        sitting = self.fitting.end()
        await self._loop.run_in_executor(self._jobs, self._line.close)
        if sitting is not None:
            await self._loop.run_in_executor(self._jobs, sitting.join)
        self._jobs.shutdown(wait=False)

    def allow(self, purposes: Iterable[str]) -> None:
        """What she agreed to, all of it."""
        self._purposes = frozenset(purposes)

    @property
    def purposes(self) -> frozenset[str]:
        """What she agreed to."""
        return self._purposes

    @property
    def shelf(self) -> frozenset[str] | None:
        """Ids of the pieces that can be worn here; None: the whole catalogue."""
        return self.wardrobe.shelf

    @property
    def delay_s(self) -> float:
        """How long a picture takes from its arrival to its departure, of late."""
        return self._delay_s

    def _stay(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    def on_gone(self, peer: Peer, /) -> None:
        """The connection is lost: wait for another."""
        self.governor.left(peer)
        if peer is not self._peer:
            return
        self._peer = None
        self._line.watched = False
        if self._company is not None:
            self._company.went(CLIENT)
        if not self.ended.done():
            self.on_empty()
            self._chores.begin(peer.close())

    def on_empty(self) -> None:
        """Somebody went: when nobody is left, wait for `resume_s` and end."""
        if self._peer is None and (self._company is None or not self._company.present) and not self.ended.done():
            self._stay()
            self._leaving = self._loop.call_later(self._settings.resume_s, self._task_of, self.close, "left")

    async def send_away(self, reason: EndReason) -> None:
        """End her connection; nobody waits for another. The guests, if there are any, stay."""
        peer, self._peer = self._peer, None
        self._line.watched = False
        if peer is not None:
            self.governor.left(peer)
            peer.control.say(Ended(reason=reason))
            self._chores.begin(peer.close())
        self.fitting.end()
        self.on_empty()

    def on_connected(self, peer: Peer, /) -> None:
        """Pictures go to this peer from now on."""
        if peer is self._peer:
            self._line.watched = True
            self.governor.joined(peer, self._loop.time())

    def on_channel(self, peer: Peer, /) -> None:
        """Say how things stand."""
        if peer is self._peer:
            for data in self.greeting():
                peer.control.say(data)
            self.fitting.greet()
            if self._company is not None:
                self._company.greet_her(peer.control)

    def greeting(self) -> list[msgspec.Struct]:
        """How things stand at the mirror, for who comes."""
        return [self.wardrobe.told(), *([] if self._said_state is None else [self._said_state])]

    def on_key_wanted(self, peer: Peer, /) -> None:
        """One encoder for all: whoever needs a key frame gets it with everyone."""
        if peer is self._peer:
            self.want_key()

    def want_key(self) -> bool:
        """Ask for a key frame; whether there will be one."""
        return self._line.want_key()

    def on_speech(self, peer: Peer, spoken: Spoken, /) -> None:
        """What she says is for the others."""
        if peer is self._peer and self._company is not None:
            self._company.spoke(CLIENT, spoken)

    def on_report(self, peer: Peer, remb_bps: float | None, loss: float | None, /) -> None:
        """Take a viewer's report into the bit rate."""
        if remb_bps is not None:
            self.governor.remb(peer, remb_bps)
        if loss is not None:
            self.governor.lost(peer, loss)

    def on_camera(self, peer: Peer, picture: Any, /) -> None:
        """A camera picture goes into the line, on the session's own time line."""
        if peer is not self._peer or picture.pts is None:
            return
        at_s = time.perf_counter()
        if (size := (picture.width, picture.height)) != self._size:
            self._size = size
            self.governor.ceiling(kbps_for(size, self._settings.video_kbps))
            self._line.encoder.kbps = self.governor.kbps
        pts_s = float(picture.pts * picture.time_base)
        if self._camera_from is None or self._camera_from[0] is not peer:
            # the session's clock went on while nobody was connected: she has moved meanwhile
            away_s = at_s - self._camera_at_s if self._camera_from else 0.0
            self._camera_from = (peer, pts_s, self._time_s + away_s)
        self._camera_at_s = at_s
        _, first_s, base_s = self._camera_from
        self._time_s = max(base_s + pts_s - first_s, self._time_s)
        self._line.put(self.fitting.seen(Arrived(picture, self._time_s, at_s)))

    # pictures

    def post(self, function: Callable[..., None], *args: object) -> None:
        """Call on the room's loop, from any thread; it may be closed while they finish their last picture."""
        if not self._loop.is_closed():
            self._loop.call_soon_threadsafe(function, *args)

    def _on_picture(self, picture: Picture) -> None:
        if self._warming is not None and not self._warming.done():
            self._warming.set_result(None)
            return
        if self.ended.done():
            return
        self._failures, self._alive_s = 0, self._loop.time()
        self._recent.append(picture)
        peer, shown = self._peer, picture.shown
        if peer is not None and picture.encoded is not None:
            peer.feed(picture.encoded)
            if self._company is not None:
                self._company.feed(picture.encoded)
            if not self.first_picture.done():
                self.first_picture.set_result(None)
        self._say_state(shown.sensed.quality, shown.scale)
        for asked, re in self._snapshots:
            self._chores.begin(self._send_snapshot(asked, re, shown))
        self._snapshots.clear()
        for waiting in self._pictures:
            if not waiting.done():
                waiting.set_result(shown)
        self._pictures.clear()

    def _on_failure(self, stage: str, err: Exception) -> None:
        if self._warming is not None and not self._warming.done():
            self._warming.set_exception(err)
            return
        if self.ended.done():
            return
        self._failures += 1
        now = self._alive_s = self._loop.time()
        if now - self._failure_said_s >= 1:
            self._failure_said_s = now
            log.error("stage %s failed (%d in a row): %s", stage, self._failures, type(err).__name__, exc_info=err)
            detail = "A picture could not be made. Your session goes on; the last good picture stays meanwhile."
            self.complain(err if isinstance(err, TryonError) else SessionError("picture_failed", detail))
        if self._failures >= FAILURES_MAX:
            self._task_of(self.close, "failed")

    def _say_state(self, quality: Quality, scale: Scale | None) -> None:
        percent = 0 if scale is None else round(200 * scale.std / scale.mm_per_unit)
        state = State(view=quality.view, hints=list(quality.hints), size_u95_percent=percent)
        now = self._loop.time()
        if state != self._said_state and now - self._state_s >= STATE_EVERY_S:
            self._said_state, self._state_s = state, now
            self.tell(state)

    def tell(self, data: msgspec.Struct, *, news: bool = False, but: Control | None = None) -> None:
        """Say it to her, and to who looks on with her."""
        if self._peer is not None and self._peer.control is not but:
            if news:
                self._peer.control.say_news(data)
            else:
                self._peer.control.say(data)
        if self._company is not None:
            self._company.tell(data, news=news, but=but)

    def tell_her(self, data: msgspec.Struct) -> bool:
        """Say it to her; whether she is there to hear it."""
        if self._peer is None:
            return False
        heard = self._peer.control.open
        self._peer.control.say(data)
        return heard

    def complain(self, err: TryonError) -> None:
        """Say it to her as an error."""
        if self._peer is not None:
            self._peer.control.refuse(err)

    async def on_measured(self, measured: Measured) -> None:
        """She heard it; for who looks on, and for what is kept of a meeting."""
        if self._company is not None:
            self._company.tell(measured)
            await self._company.measured(measured)

    async def _tick(self) -> None:
        last = time.perf_counter()
        while True:
            await asyncio.sleep(STATS_EVERY_S)
            now, dropped = time.perf_counter(), self._line.dropped
            recent, span_s = [*self._recent], now - last
            self._recent.clear()
            last = now
            if self._line.idle:
                self._alive_s = self._loop.time()
            elif self._loop.time() - self._alive_s > HANG_S:
                log.error("no picture for %.0f s: the session ends", HANG_S)
                self._task_of(self.close, "failed")
            self._fps = len(recent) / span_s
            if recent:
                stats = _stats(recent, span_s, dropped - self._dropped)
                self._line.encoder.kbps = kbps = self.governor.step(self._loop.time(), stats.kbps)
                self._delay_s = median(picture.server_ms for picture in recent) / 1e3
                if self._peer is not None:
                    self._peer.spend(kbps)
                    self.tell(stats, news=True)
            self._dropped = dropped
            if self._company is not None:
                self._company.tick()

    # words

    def _hear_of(self) -> Callable[[Control, Envelope, msgspec.Struct], None]:
        def hear(control: Control, envelope: Envelope, data: msgspec.Struct) -> None:
            self._chores.begin(self._do(control, envelope, data))

        return hear

    async def _do(self, control: Control, envelope: Envelope, data: msgspec.Struct) -> None:
        try:
            if self._company is None or not await self._company.hear(CLIENT, control, envelope, data):
                await self.obey(CLIENT, control, envelope, data)
        except TryonError as err:
            control.refuse(err, re=envelope.id)

    async def obey(self, by: str, control: Control, envelope: Envelope, data: msgspec.Struct) -> None:
        """Do what somebody (a seat) said to the mirror. Raises TryonError."""
        match data:
            case PiecesSet():
                await self.wardrobe.wear(tuple(data.pieces), data.places)
            case NudgeSet():
                self.wardrobe.nudge(data)
            case BareSet():
                self.wardrobe.show_bare(data.bare)
            case StageSet():
                self.wardrobe.show_stage(StageView(data.light, data.far))
            case SnapshotTake():
                self._ask_snapshot(control, envelope.id)
                return
            case MeasureStart() | KnownSet() if "measure" not in self._purposes:
                detail = "She did not agree to be measured; ask her first."
                raise ConsentError("consent_missing", detail)
            case CameraSet():
                self._known = None if data.camera is None else camera_of(data.camera)
                self._mirror.know(self._known)
                taken = camera_at(self._known, self._known.size_px if self._known else WARM_PX)
                control.say(CameraTaken(taken.source, 200 * taken.focal_std), re=envelope.id)
                return
            case MeasureStart():
                self.fitting.begin(data, self._known)
                control.say(Measuring({}, "", "", 0, 0), re=envelope.id)
                return
            case MeasureStep():
                self.fitting.sitting.ask(data.step)
                return
            case MeasureStop():
                self.fitting.sitting.finish()
                return
            case MeasureCancel():
                self.fitting.end()
            case MeasureForget():
                self.fitting.forget()
            case KnownSet():
                control.say(await self.fitting.know(data.given), re=envelope.id)
                return
            case _:
                # what is only said at a meeting: at a mirror by oneself there is nobody to hear it
                raise MessageError("not_meeting", f"{envelope.type!r} is only said at a meeting.")
        pieces = self.wardrobe.told()
        if self._company is not None and isinstance(data, PiecesSet | NudgeSet | BareSet):
            await self._company.pieces_changed(by, pieces, moved=isinstance(data, NudgeSet))
        control.say(pieces, re=envelope.id)
        if self._company is not None:
            self.tell(pieces, but=control)

    def _ask_snapshot(self, control: Control, re: str | None) -> None:
        peer = self._peer
        if peer is None or peer.control is not control:
            return
        if self._snapshots or self._snapping or control.behind:
            raise MessageError("snapshot_busy", "The last snapshot is still on its way. Please try again in a moment.")
        self._snapshots.append((peer, re))

    async def _send_snapshot(self, peer: Peer, re: str | None, shown: Shown) -> None:
        self._snapping = True
        try:
            kept = await self._keep(shown)
        finally:
            self._snapping = False
        said = Snapshot(mime=MIME, bytes=len(kept.jpeg), true_size=kept.true_size, pieces=kept.pieces)
        peer.control.say(said, re=re)
        peer.control.send_file(kept.jpeg)

    async def picture(self) -> Kept:
        """The next composited picture, unmirrored, with the shop's mark. Raises SessionError."""
        waiting: asyncio.Future[Shown] = self._loop.create_future()
        self._pictures.append(waiting)
        try:
            return await self._keep(await asyncio.wait_for(waiting, PICTURE_S))
        except TimeoutError as err:
            detail = "Her camera gives no picture at the moment. Nothing is lost; try again when she is seen."
            raise SessionError("picture_missing", detail) from err

    async def _keep(self, shown: Shown) -> Kept:
        data = await self._loop.run_in_executor(self._jobs, jpeg_of, shown.frame.i420, self._settings.shop_mark)
        pieces = self.wardrobe.seen(shown.pieces)
        return Kept(data, shown.frame.size_px, pieces, self.wardrobe.true_size(pieces))

    def _task_of(self, function: Callable[..., Coroutine[Any, Any, None]], *args: object) -> None:
        self._chores.begin(function(*args))


def _stats(recent: list[Picture], span_s: float, dropped: int) -> Stats:
    names = dict.fromkeys(name for picture in recent for name in picture.shown.stages_ms)
    stages = {name: round(median(p.shown.stages_ms.get(name, 0.0) for p in recent), 2) for name in names}
    stages["encode"] = round(median(p.encode_ms for p in recent), 2)
    sent = sum(p.encoded.bytes for p in recent if p.encoded is not None)
    return Stats(
        fps=round(len(recent) / span_s, 1),
        stages_ms=stages,
        dropped=dropped,
        size_px=recent[-1].shown.frame.size_px,
        kbps=round(sent * 8 / 1000 / span_s, 1),
        server_ms=round(median(p.server_ms for p in recent), 1),
    )
