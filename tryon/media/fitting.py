"""How a wearer is measured in her room: one sitting after another, what she knows of herself, what she lays beside a
card, and her camera by a printed board. All of it is forgotten with the room."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Protocol

import msgspec

from tryon.calibrating import Calibrating, Calibrator
from tryon.errors import ConsentError, MessageError, SessionError, TryonError
from tryon.fit.given import Given, Question
from tryon.measuring import scale_of
from tryon.media.chores import Chores
from tryon.media.line import Arrived, Mirror
from tryon.media.planes import i420_of
from tryon.media.sitting import Cutter, Sitting
from tryon.messages import Asked, GivenSet, Measured, MeasureStart, Measuring
from tryon.owned import LaidTold, laid_told
from tryon.picture import grey_of
from tryon.settings import Settings
from tryon.types import Camera
from tryon.visits import Visit

log = logging.getLogger(__name__)

VISITS_MAX = 5
"So many of her visits are told together, the newest."


class Around(Protocol):
    """What the fitting needs of the room it is in."""

    @property
    def purposes(self) -> frozenset[str]:
        """What she agreed to."""

    @property
    def shelf(self) -> frozenset[str] | None:
        """Ids of the pieces that she may hear of; None: all."""

    def post(self, function: Callable[..., None], *args: object) -> None:
        """Call on the room's loop, from any thread."""

    def tell(self, data: msgspec.Struct, *, news: bool = False) -> None:
        """Say it to her, and to who looks on with her."""

    def tell_her(self, data: msgspec.Struct) -> bool:
        """Say it to her; whether she is there to hear it."""

    def complain(self, err: TryonError) -> None:
        """Say it to her as an error."""

    async def on_measured(self, measured: Measured) -> None:
        """She heard it; for who looks on, and for what is kept of a meeting."""


class Fitting:
    """Lives on the room's loop; reports are made on `jobs`."""

    def __init__(
        self, settings: Settings, mirror: Mirror, cutter: Cutter, jobs: Executor, chores: Chores, around: Around
    ) -> None:
        self._settings, self._mirror, self._cutter = settings, mirror, cutter
        self._jobs, self._chores, self._around = jobs, chores, around
        self._sitting: Sitting | None = None
        self._visits: tuple[Visit, ...] = ()
        self._given: tuple[Given, ...] = ()
        self._unheard: Measured | None = None
        "What nobody was connected to hear."
        self._calibrator: Calibrator | None = None
        self._looking = False
        "Whether a still is looked at."

    # sittings

    def begin(self, asked: MeasureStart, camera: Camera | None) -> None:
        """A sitting, in place of one that goes on; by her camera if it is known."""
        self.end()
        self._unheard = None
        post = self._around.post
        self._sitting = Sitting(
            lambda: self._cutter.fitter(asked, camera),
            lambda sitting, progress: post(self._on_progress, sitting, progress),
            lambda sitting, visit: post(self._on_visit, sitting, visit),
            lambda sitting, err: post(self._on_failure, sitting, err),
        )

    @property
    def sitting(self) -> Sitting:
        """The one that goes on. Raises MessageError `measure_not_begun`."""
        if self._sitting is None:
            raise MessageError("measure_not_begun", "Nobody is being measured; say measure.start first.")
        return self._sitting

    def seen(self, arrived: Arrived) -> Arrived:
        """A camera picture, on its way to the line: a sitting looks at some of them too."""
        if self._sitting is None or not self._sitting.due(arrived.at_s):
            return arrived
        # unpacked once for both: a decoded picture is not read on two threads
        arrived = Arrived(i420_of(arrived.picture), arrived.time_s, arrived.at_s)
        self._sitting.put(arrived)
        return arrived

    def end(self) -> Sitting | None:
        """Leave the sitting without a word; returns it, to be joined."""
        sitting, self._sitting = self._sitting, None
        if sitting is not None:
            sitting.cancel()
        return sitting

    def forget(self) -> None:
        """Every visit and all that was given."""
        self.end()
        self._visits, self._given, self._unheard = (), (), None
        self._mirror.take(None)

    def greet(self) -> None:
        """She is here again: what she did not hear."""
        if self._unheard is not None:
            self._tell_her(self._unheard)

    def _on_progress(self, sitting: Sitting, progress: Measuring) -> None:
        if sitting is self._sitting:
            self._around.tell(progress, news=True)

    def _on_visit(self, sitting: Sitting, visit: Visit) -> None:
        if sitting is self._sitting:
            self._chores.begin(self._conclude(sitting, visit))

    async def _conclude(self, sitting: Sitting, visit: Visit) -> None:
        try:
            measured = await self._report(visits := (*self._visits, visit)[-VISITS_MAX:], self._given)
        except Exception as err:  # the mirror goes on without
            self._on_failure(sitting, err)
            return
        if sitting is self._sitting:  # not cancelled meanwhile
            self._sitting, self._visits = None, visits
            self._mirror.take(scale_of(measured.scale))
            self._tell_her(measured)
            await self._around.on_measured(measured)

    async def _report(self, visits: tuple[Visit, ...], given: tuple[Given, ...]) -> Measured:
        loop = asyncio.get_running_loop()
        report = await loop.run_in_executor(self._jobs, self._cutter.report, visits, given)
        # a shop's page hears of the pieces that it shows, and of no others
        shelf = self._around.shelf
        fit = {id: verdict for id, verdict in report["fit"].items() if shelf is None or id in shelf}
        return Measured(**{**report, "fit": fit})

    def _tell_her(self, measured: Measured) -> None:
        # kept no longer than until she hears it
        self._unheard = None if self._around.tell_her(measured) else measured

    def _on_failure(self, sitting: Sitting, err: Exception) -> None:
        if sitting is not self._sitting:
            return
        self._sitting = None
        log.error("measuring failed: %s", type(err).__name__, exc_info=err)
        detail = "You could not be measured. The mirror goes on; please try once more."
        self._around.complain(SessionError("measure_failed", detail))

    # what she knows

    async def know(self, asked: list[GivenSet]) -> Measured | Asked:
        """Take on what she knows, and tell all anew; or ask back. Raises what the cutter raises."""
        read = await asyncio.get_running_loop().run_in_executor(self._jobs, self._cutter.known, asked)
        if isinstance(read, Question):
            meant = [list(values) for values in read.meant_mm]
            return Asked(read.name, read.reason, read.detail, meant, read.meant_how)
        measured = await self._report(self._visits, read)
        self._given = read
        self._mirror.take(scale_of(measured.scale))
        return measured

    # stills, by HTTP

    async def calibrate(self, still: bytes, *, anew: bool) -> Calibrating:
        """What a still of the board, as her browser took it, tells of her camera; `anew`: forget those before.

        Raises InputError for what is no picture, SessionError `still_busy` while another one is looked at.
        """
        self._begin_looking()
        if anew or self._calibrator is None:
            self._calibrator = Calibrator()
        calibrator = self._calibrator
        try:
            said = await asyncio.to_thread(lambda: calibrator.look(grey_of(still)))
        finally:
            self._looking = False
        if said.camera is not None:
            self._calibrator = None
        return said

    async def lay(self, still: bytes, kind: str) -> LaidTold:
        """What a picture of her ring, bangle or coin (by its name) beside a card tells, as her browser took it; none
        of it is kept.

        Raises InputError for what is no picture or no such kind, SessionError `still_busy` while another one is looked
        at, ConsentError when she did not agree to be measured.
        """
        if "measure" not in self._around.purposes:
            raise ConsentError("consent_missing", "She did not agree to be measured; ask her first.")
        self._begin_looking()
        try:
            return await asyncio.to_thread(laid_told, still, kind, self._settings.calibration)
        finally:
            self._looking = False

    def _begin_looking(self) -> None:
        if self._looking:
            raise SessionError("still_busy", "The picture before this one is still looked at. Send one at a time.")
        self._looking = True
