"""Places for one thing between two threads."""

from __future__ import annotations

import threading
from collections import deque
from typing import Generic, TypeVar

T = TypeVar("T")


class Slot(Generic[T]):
    """Holds the newest thing only. `put` replaces what nobody took yet; `take` waits.

    `put_when_free` waits until the last thing was taken, so that work ahead of a slow taker is never in vain.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._thing: T | None = None
        self._closed = False
        self.replaced = 0
        "How many things were replaced before anyone took them."

    @property
    def empty(self) -> bool:
        """Whether there is nothing to take."""
        return self._thing is None

    def put(self, thing: T) -> None:
        """Leave the newest thing."""
        with self._changed:
            self.replaced += self._thing is not None
            self._thing = thing
            self._changed.notify_all()

    def put_when_free(self, thing: T) -> bool:
        """Leave a thing once the last was taken; False when the slot was closed meanwhile."""
        with self._changed:
            self._changed.wait_for(lambda: self._thing is None or self._closed)
            if self._closed:
                return False
            self._thing = thing
            self._changed.notify_all()
            return True

    def wait_free(self) -> bool:
        """Wait until the last thing was taken; False when the slot was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._thing is None or self._closed)
            return not self._closed

    def take(self) -> T | None:
        """The thing, once there is one; None when the slot was closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._thing is not None or self._closed)
            if self._closed:
                return None
            thing, self._thing = self._thing, None
            self._changed.notify_all()
            return thing

    def close(self) -> None:
        """Let everyone who waits go, with nothing."""
        with self._changed:
            self._closed = True
            self._thing = None
            self._changed.notify_all()


class Backlog(Generic[T]):
    """Holds things in their order for a taker who falls behind for a while; `most` at most.

    What is not to be kept is replaced by what comes next, as in a slot. When too many are kept every second one of
    them goes: what is left still spans all of the time.
    """

    def __init__(self, most: int) -> None:
        self._changed = threading.Condition()
        self._things: deque[tuple[T, bool]] = deque()
        self._most = most
        self._finished = False

    def put(self, thing: T, /, *, keep: bool) -> None:
        """Leave a thing behind those that wait; nothing once it is finished."""
        with self._changed:
            if self._finished:
                return
            if self._things and not self._things[-1][1]:
                self._things.pop()
            self._things.append((thing, keep))
            if len(self._things) > self._most:
                self._things = deque(each for index, each in enumerate(self._things) if index % 2)
            self._changed.notify_all()

    def take(self) -> T | None:
        """The one that waits longest, once there is one; None when all was taken after `finish`."""
        with self._changed:
            self._changed.wait_for(lambda: self._things or self._finished)
            return self._things.popleft()[0] if self._things else None

    def finish(self) -> None:
        """Nothing more comes: the taker has what is left, then nothing."""
        with self._changed:
            self._finished = True
            self._changed.notify_all()

    def drop(self) -> None:
        """Let the taker go at once, with nothing."""
        with self._changed:
            self._things.clear()
        self.finish()
