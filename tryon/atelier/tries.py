"""How often somebody may fail to sign in before they must wait: by account and by where they are."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable

from tryon.errors import AccessError

WINDOW_S = 900.0
ACCOUNT_MAX = 8
"Failures of one mail address in the window; a passkey goes on working."
PLACE_MAX = 40
"Failures from one address of the net: a shop's people may share one."
KEPT_MAX = 20_000
"Of both together: a flood from everywhere must not take all memory."


class Tries:
    """Failures remembered in memory: whoever restarts the service lets everybody try again."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._failed: dict[tuple[str, str], deque[float]] = {}

    def check(self, email: str, place: str) -> None:
        """Nothing, if they may try; `email` is empty for a passkey, which cannot be guessed. Raises AccessError."""
        with self._lock:
            for key, most in self._keys(email, place):
                if len(self._recent(key)) >= most:
                    minutes = round(WINDOW_S / 60)
                    raise AccessError(
                        "sign_in_too_often",
                        f"Too many attempts did not succeed. Use your passkey, or try again in {minutes} minutes.",
                    )

    def failed(self, email: str, place: str) -> None:
        """Remember a failure."""
        with self._lock:
            if len(self._failed) >= KEPT_MAX:
                self._forget()
            for key, _ in self._keys(email, place):
                self._recent(key).append(self._clock())

    def succeeded(self, email: str) -> None:
        """Forget the failures of an account; those of the place stay."""
        with self._lock:
            self._failed.pop(("email", email), None)

    def _keys(self, email: str, place: str) -> list[tuple[tuple[str, str], int]]:
        place_ = (("place", place), PLACE_MAX)
        return [(("email", email), ACCOUNT_MAX), place_] if email else [place_]

    def _recent(self, key: tuple[str, str]) -> deque[float]:
        """Failures within the window; the place where new ones go."""
        failed = self._failed.setdefault(key, deque(maxlen=PLACE_MAX))
        while failed and failed[0] <= self._clock() - WINDOW_S:
            failed.popleft()
        return failed

    def _forget(self) -> None:
        self._failed = {key: failed for key in list(self._failed) if (failed := self._recent(key))}
        if len(self._failed) >= KEPT_MAX:
            self._failed.clear()
