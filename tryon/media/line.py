"""The line of threads that a frame goes down: track, mirror, encode, each with one place in front of it.

    put() --newest--> tracker thread --sense--> mirror thread --show--> encoder thread --> on_picture()

The tracker senses frame n + 1 while the mirror shows frame n and the encoder encodes n - 1. The first place keeps
the newest frame only; the tracker takes a frame from it no sooner than the mirror has taken its last one, and
when the mirror is the slower of the two only just in time for it, so that a slow mirror makes fewer pictures but no
older ones. Each stage lives on its own thread for good: the GL
context is made, used and given back on the mirror's.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from tryon.media.encoder import CLOCK, Encoded, Vp8Encoder
from tryon.media.planes import i420_of
from tryon.media.slot import Slot
from tryon.types import Camera, Frame, Model, Nudge, Place, Scale, Sensed, Shown, StageView


class Mirror(Protocol):
    """What the line and the room need of `tryon.session.Session`."""

    def sense(self, frame: Frame, /) -> Sensed:
        """First half, on the tracker thread."""

    def show(self, sensed: Sensed, /) -> Shown:
        """Second half, on the mirror thread."""

    def wear(self, models: tuple[Model, ...], /, *, places: Mapping[str, Place] | None = None) -> None:
        """From any thread."""

    def nudge(self, piece: str, nudge: Nudge, /) -> None:
        """From any thread."""

    def show_bare(self, bare: bool, /) -> None:
        """From any thread."""

    def show_stage(self, view: StageView, /) -> None:
        """From any thread."""

    def know(self, camera: Camera | None, /) -> None:
        """From any thread."""

    def take(self, scale: Scale | None, /) -> None:
        """From any thread."""

    def close(self) -> None:
        """On the mirror thread, last."""


@dataclass(frozen=True, slots=True, eq=False)
class Arrived:
    """A camera picture as it came off the wire."""

    picture: Any
    "av.VideoFrame, or a Frame's I420 array."
    time_s: float
    "On the session's own time line, which goes on across connections."
    at_s: float
    "time.perf_counter when it was there."


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """A picture that left the line."""

    shown: Shown
    encoded: Encoded | None
    "None when nobody watches, or when the encoder left it out to keep its rate."
    encode_ms: float
    "CPU time of encoding."
    server_ms: float
    "Wall time from its arrival to the end of encoding."


KEY_EVERY_S = 0.5
"Key frames that are asked for come no more often: each costs several pictures' bits and time."
SMOOTH = 0.15
EARLY = 0.8
"Share of the time the mirror will probably take that is counted on: a mirror that waits is worse than an older frame."
HOLD_MAX_S = 0.2


def hold_s(shown_for_s: float, show_s: float, sense_s: float) -> float:
    """How long the tracker had better wait before it takes a frame.

    The mirror began its picture `shown_for_s` ago and takes about `show_s`; sensing takes about `sense_s`.
    """
    return min(max(0.0, EARLY * show_s - sense_s - shown_for_s), HOLD_MAX_S)


OnPicture = Callable[[Picture], None]
OnFailure = Callable[[str, Exception], None]


class Line:
    """Runs one wearer's mirror. `on_picture` and `on_failure` are called on the line's own threads."""

    def __init__(self, mirror: Mirror, kbps: int, on_picture: OnPicture, on_failure: OnFailure) -> None:
        self.encoder = Vp8Encoder(kbps)
        self.watched = False
        "Whether anyone watches; without, nothing is encoded."
        self._mirror = mirror
        self._on_picture, self._on_failure = on_picture, on_failure
        self._key = threading.Event()
        self._key_made_s = float("-inf")
        self._sense_s = self._show_s = 0.0
        "How long each half takes of late."
        self._show_began_s = 0.0
        self._arrived: Slot[Arrived] = Slot()
        self._sensed: Slot[tuple[Arrived, Sensed]] = Slot()
        self._shown: Slot[tuple[Arrived, Shown]] = Slot()
        self._threads = [
            threading.Thread(target=run, name=name, daemon=True)
            for name, run in (("tracker", self._track), ("mirror", self._show), ("encoder", self._encode))
        ]
        self._tracker = self._threads[0]
        for thread in self._threads:
            thread.start()

    def put(self, arrived: Arrived) -> None:
        """A new camera picture; one that was not taken yet is dropped for it."""
        self._arrived.put(arrived)

    @property
    def idle(self) -> bool:
        """Whether every camera picture was taken: nothing waits for a stage."""
        return self._arrived.empty

    @property
    def dropped(self) -> int:
        """How many camera pictures a newer one took the place of."""
        return self._arrived.replaced

    def want_key(self) -> bool:
        """Make the next picture a key frame, unless one was made just now: False then. Whoever still needs one asks
        again."""
        if time.monotonic() - self._key_made_s < KEY_EVERY_S:
            return False
        self._key.set()
        return True

    def close(self) -> None:
        """End the threads, the mirror's last act being `Mirror.close`. Waits for what they are doing."""
        for slot in (self._arrived, self._sensed, self._shown):
            slot.close()
        for thread in self._threads:
            thread.join()

    def _track(self) -> None:
        while self._sensed.wait_free():
            # the camera may send a newer picture while there is nothing to win by taking this one
            time.sleep(hold_s(time.perf_counter() - self._show_began_s, self._show_s, self._sense_s))
            arrived = self._arrived.take()
            if arrived is None:
                return
            start_s = time.perf_counter()
            try:
                i420 = arrived.picture if isinstance(arrived.picture, np.ndarray) else i420_of(arrived.picture)
                sensed = self._mirror.sense(Frame(i420, arrived.time_s))
            except Exception as err:  # one bad frame must not end the call
                self._on_failure("track", err)
                continue
            self._sense_s += SMOOTH * (time.perf_counter() - start_s - self._sense_s)
            self._sensed.put_when_free((arrived, sensed))

    def _show(self) -> None:
        while (taken := self._sensed.take()) is not None:
            arrived, sensed = taken
            self._show_began_s = start_s = time.perf_counter()
            try:
                shown = self._mirror.show(sensed)
            except Exception as err:  # the last good picture stays; the room says what happened
                self._on_failure("show", err)
                continue
            self._show_s += SMOOTH * (time.perf_counter() - start_s - self._show_s)
            self._shown.put_when_free((arrived, shown))
        # the tracker may have a frame in its models still: they are not taken away under it
        self._tracker.join()
        self._mirror.close()

    def _encode(self) -> None:
        while (taken := self._shown.take()) is not None:
            arrived, shown = taken
            start = time.thread_time()
            encoded = None
            try:
                if self.watched:
                    key = self._key.is_set()
                    encoded = self.encoder.encode(shown.frame.i420, round(shown.frame.time_s * CLOCK), key=key)
                    if encoded is not None and encoded.key:
                        self._key_made_s = time.monotonic()
                        self._key.clear()
            except Exception as err:
                self._on_failure("encode", err)
                continue
            now = time.perf_counter()
            self._on_picture(Picture(shown, encoded, (time.thread_time() - start) * 1e3, (now - arrived.at_s) * 1e3))
