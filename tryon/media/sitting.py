"""A wearer is measured while her mirror goes on: frames to a tailor on a thread of its own, never on the mirror's."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any, Protocol

from tryon.fit.given import Given, Question
from tryon.media.line import Arrived
from tryon.media.slot import Backlog
from tryon.messages import GivenSet, MeasureStart, Measuring, Step
from tryon.types import Camera, Frame
from tryon.visits import Visit

LOOK_EVERY_S = 0.12
"""So often at most a camera picture is looked at, some eight times a second: the speed of a turn is read from half
a second of it (body.section)."""
TURNS: frozenset[Step] = frozenset({"left", "right"})
"While she turns no picture is left out, though the machine be busy: what is missed of a turn cannot be made good."
WAITING_MAX = 24
"Pictures of a turn that may wait, three seconds of them: 1.4 MB each, and so far the guide lags behind her."
TELL_EVERY_S = 0.5
SITTING_MAX_S = 180.0
"It ends by itself, and tells what it has."
FAILURES_MAX = 20
"Pictures in a row that could not be looked at."


class Tailor(Protocol):
    """What a sitting needs of `tryon.measuring.Fitter`. All is called on the sitting's own thread."""

    def look(self, frame: Frame, /) -> None:
        """One more frame."""

    def ask(self, step: Step, /) -> None:
        """What she is asked for from the next frame on."""

    def progress(self) -> Measuring:
        """How far it is."""

    def visit(self) -> Visit:
        """All that was seen of her."""

    def close(self) -> None:
        """Give the models back."""


class Cutter(Protocol):
    """What a room needs of `tryon.measuring.Cutter`. For any thread: it keeps nothing of her."""

    def fitter(self, asked: MeasureStart, camera: Camera | None, /) -> Tailor:
        """For one visit, by her camera if it is known; called on the thread that measures. Raises TryonError."""

    def known(self, asked: Sequence[GivenSet], /) -> tuple[Given, ...] | Question:
        """What she knows, or what is to be asked back."""

    def report(self, visits: Sequence[Visit], given: Sequence[Given], /) -> dict[str, Any]:
        """All that is known of her."""


class Sitting:
    """From the first look to the last. `on_progress`, `on_visit` and `on_failure` are called on its thread."""

    def __init__(
        self,
        call: Callable[[], Tailor],
        on_progress: Callable[[Sitting, Measuring], None],
        on_visit: Callable[[Sitting, Visit], None],
        on_failure: Callable[[Sitting, Exception], None],
    ) -> None:
        self._call = call
        self._on_progress, self._on_visit, self._on_failure = on_progress, on_visit, on_failure
        self._waiting: Backlog[tuple[Arrived, Step | None]] = Backlog(WAITING_MAX)
        self._step: Step | None = None
        self._began_s = time.monotonic()
        self._put_s = float("-inf")
        self._finishing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="sitting", daemon=True)
        self._thread.start()

    def due(self, at_s: float) -> bool:
        """Whether a picture that arrives now (time.perf_counter) would be looked at."""
        return at_s - self._put_s >= LOOK_EVERY_S

    def put(self, arrived: Arrived) -> None:
        """A camera picture; one that was not looked at yet is dropped for it, but for those of a turn."""
        self._put_s = arrived.at_s
        self._waiting.put((arrived, self._step), keep=self._step in TURNS)

    def ask(self, step: Step) -> None:
        """What she is asked for from now on."""
        self._step = step

    def finish(self) -> None:
        """Enough was seen: `on_visit` follows."""
        self._finishing.set()
        self._waiting.finish()

    def cancel(self) -> None:
        """Forget what was seen. Returns at once; the thread ends with the picture that it looks at."""
        self._waiting.drop()

    def join(self) -> None:
        """Wait until the models are given back."""
        self._thread.join()

    def _run(self) -> None:
        try:
            tailor = self._call()
            try:
                self._look(tailor)
                if self._finishing.is_set():
                    self._on_visit(self, tailor.visit())
            finally:
                tailor.close()
        except Exception as err:  # the mirror goes on without
            self._on_failure(self, err)

    def _look(self, tailor: Tailor) -> None:
        told_s, failures, asked = float("-inf"), 0, None
        while (waited := self._waiting.take()) is not None:
            arrived, step = waited
            try:
                if step is not None and step != asked:
                    tailor.ask(step)
                    asked = step
                tailor.look(Frame(arrived.picture, arrived.time_s))
                failures = 0
            except Exception:  # one bad picture does not end it
                failures += 1
                if failures >= FAILURES_MAX:
                    raise
                continue
            now = time.monotonic()
            if now - told_s >= TELL_EVERY_S:
                told_s = now
                self._on_progress(self, tailor.progress())
            if now - self._began_s > SITTING_MAX_S:
                self._finishing.set()
                return
