"""How often strangers may ask for what costs the house something: from one place of the net, and for one mailbox.

Counted in memory: whoever restarts the service lets everybody ask again.
"""

from __future__ import annotations

import hashlib

from limits import RateLimitItem, RateLimitItemPerDay, RateLimitItemPerHour, RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from starlette.requests import Request

from tryon.errors import AccessError
from tryon.server.bodies import place_of

CONSENTS = (RateLimitItemPerMinute(60), RateLimitItemPerHour(1000))
"A shop's people and their visitors share one address, and so does a pageant; each is a line in the ledger for years."
DRAFTS = (RateLimitItemPerHour(200),)
SETS = (RateLimitItemPerHour(60),)
ERASURES = (RateLimitItemPerHour(10),)
LETTERS = RateLimitItemPerDay(3)
"Of one kind to one mailbox that nobody has shown to be theirs."


class Pace:
    """The counts, from any thread."""

    def __init__(self) -> None:
        self._seen = MovingWindowRateLimiter(MemoryStorage())

    def place(self, request: Request, what: str, limits: tuple[RateLimitItem, ...]) -> None:
        """One time more from where a request comes. Raises AccessError `asked_too_often`."""
        if not all(self._seen.hit(limit, what, place_of(request)) for limit in limits):
            raise AccessError("asked_too_often", "That was asked for often just now. Please try again in a while.")

    def letter(self, what: str, mailbox: str) -> bool:
        """Whether one more letter of a kind may go to a mailbox; if so, it is counted."""
        # the address itself is not kept for this
        whose = hashlib.sha256(mailbox.lower().encode()).hexdigest()
        return self._seen.hit(LETTERS, what, whose)
