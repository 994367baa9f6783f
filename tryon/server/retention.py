"""How long what is held: one table, which /privacy tells and the sweeper enforces.

A line that ends by itself after some days has a broom, and no broom sweeps what is not in the table (a test checks).
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping
from typing import Literal

import msgspec

from tryon.errors import TryonError

log = logging.getLogger(__name__)

DAY_S = 86_400.0
CONSENT_DAYS = 1095
"""How long a consent is kept after its visit: it is the house's proof, and three years are the shortest time in which a
complaint may still reach it (facts: service, section 3)."""
SET_DAYS = 365
"Since a set was last opened."
DRAFT_DAYS = 90
"Since a request was begun that was never sent."
LETTER_DAYS = 30
"Since a letter was sent: what was in it."
ERASURE_DAYS = 1
"The mail address of a link that was asked for to have all erased (atelier.erasures.HOURS), or until it is used."
TOLD_DAYS = 30
"Since a shop's own server was told: numbers of requests and fit cards, which it can have sent anew so long."

What = Literal[
    "picture",
    "photo",
    "measures",
    "snapshot",
    "profile",
    "consent",
    "fit",
    "set",
    "draft",
    "letter",
    "erasure",
    "told",
    "request",
    "meeting",
    "log",
]
Where = Literal["memory", "device", "ledger", "database", "files"]
Ends = Literal["drawn", "visit", "cleared", "days", "asked", "never_there"]
"""When the picture is drawn; with the visit; when she clears what her browser keeps; after some days;
when she asks for it, and the house may keep what it must answer for; nothing of hers was ever in it."""


class Line(msgspec.Struct, frozen=True):
    """What is held of her, where, and when it ends."""

    what: What
    where: Where
    ends: Ends
    days: int | None = None
    "Where it ends after some days."


class Retention(msgspec.Struct, frozen=True):
    """`GET /v1/privacy`: the table."""

    lines: list[Line]


def table(fit_days: int) -> Retention:
    """All that is held, with how long a fit card is kept here."""
    return Retention(
        [
            Line("picture", "memory", "drawn"),
            Line("photo", "memory", "drawn"),
            Line("measures", "memory", "visit"),
            Line("snapshot", "device", "visit"),
            Line("profile", "device", "cleared"),
            Line("consent", "ledger", "days", CONSENT_DAYS),
            Line("fit", "database", "days", fit_days),
            Line("set", "files", "days", SET_DAYS),
            Line("draft", "database", "days", DRAFT_DAYS),
            Line("letter", "database", "days", LETTER_DAYS),
            Line("erasure", "database", "days", ERASURE_DAYS),
            Line("told", "database", "days", TOLD_DAYS),
            Line("request", "database", "asked"),
            Line("meeting", "database", "asked"),
            Line("log", "files", "never_there"),
        ]
    )


class Sweeper:
    """Takes away what has been held long enough."""

    def __init__(
        self,
        retention: Retention,
        brooms: Mapping[What, Callable[[int], int]],
        settle: Callable[[], object] = lambda: None,
    ) -> None:
        """`brooms`: by what they sweep; each is given the days of its line and says how many are gone. `settle`:
        called when any are. They block."""
        self._lines = [line for line in retention.lines if line.days is not None]
        if {line.what for line in self._lines} != set(brooms):
            raise ValueError(f"a broom for each of {[line.what for line in self._lines]}, got {sorted(brooms)}")
        self._brooms, self._settle = brooms, settle

    def sweep(self) -> dict[What, int]:
        """Sweep everything once; how many of each are gone. What cannot be swept now is swept the next time."""
        gone: dict[What, int] = {}
        for line in self._lines:
            try:
                gone[line.what] = self._brooms[line.what](line.days or 0)
            except (TryonError, OSError) as err:
                log.warning("%s could not be swept: %s", line.what, getattr(err, "reason", type(err).__name__))
        if any(gone.values()):
            self._settle()
        return gone

    async def serve(self, *, every_s: float = DAY_S) -> None:
        """Sweep now and once a day, until cancelled."""
        while True:
            for what, count in (await asyncio.to_thread(self.sweep)).items():
                if count:
                    log.info("swept, after its time: %d of %s", count, what)
            await asyncio.sleep(every_s)
