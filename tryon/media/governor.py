"""How many bits a second the shared encoder may spend, from what all viewers report. Reads no clock: time is given.

Every change starts the encoder anew with a key frame, so changes are few: down at once when a viewer loses
packets or can take clearly less than is sent, up by a quarter at most every five seconds.

A guest (a consultant who looks on) pulls the rate down to GUESTS_SHARE of its most and no further: the mirror is the
wearer's, and whose link is worse than that sees it stutter.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

FLOOR_KBPS = 250
GUESTS_SHARE = 0.5
LOSS_BAD = 0.05
LOSS_GOOD = 0.02
UP, UP_EVERY_S = 1.25, 5.0
DOWN_EVERY_S = 2.0
"What is told in the second after a change is still about the rate before."
SETTLE_S = 5.0
"A browser's own estimate starts low and climbs with what it gets; sooner it says nothing of the link."


@dataclass(slots=True)
class _Viewer:
    since_s: float
    remb_kbps: float | None = None
    loss: float = 0.0
    guest: bool = False


class Governor:
    """One per encoder."""

    def __init__(self, ceiling_kbps: int) -> None:
        self.kbps = self._ceiling = ceiling_kbps
        self._viewers: dict[object, _Viewer] = {}
        self._changed_s = float("-inf")
        self._sent_kbps = 0.0

    def ceiling(self, kbps: int) -> None:
        """A new most (the picture's size changed); the share of it that the link could take stays."""
        if kbps != self._ceiling:
            self.kbps = max(FLOOR_KBPS, round(self.kbps * kbps / self._ceiling))
            self._ceiling = kbps

    def joined(self, viewer: object, now_s: float, *, guest: bool = False) -> None:
        """Someone watches from now on."""
        self._viewers[viewer] = _Viewer(now_s, guest=guest)

    def left(self, viewer: object) -> None:
        """Someone watches no more."""
        self._viewers.pop(viewer, None)

    def remb(self, viewer: object, bits_per_s: float) -> None:
        """A viewer's own estimate of what it can take (REMB)."""
        if viewer in self._viewers:
            self._viewers[viewer].remb_kbps = bits_per_s / 1000

    def lost(self, viewer: object, share: float) -> None:
        """The share of packets a viewer lost lately (RTCP receiver report)."""
        if viewer in self._viewers:
            self._viewers[viewer].loss = share

    def step(self, now_s: float, sent_kbps: float | None = None) -> int:
        """The rate from now on, kbit/s. `sent_kbps`: what was sent of late, when that is known: a browser cannot tell
        that a link takes much more than it carries, so with less sent than could be, an estimate says less."""
        self._sent_kbps = self.kbps if sent_kbps is None else min(self.kbps, sent_kbps)
        hers, guests = self._wanted(now_s, guest=False), self._wanted(now_s, guest=True)
        guests_floor = GUESTS_SHARE * self._ceiling
        wanted = min(hers or self.kbps, max(guests or self.kbps, guests_floor))
        if wanted < self.kbps:
            if now_s - self._changed_s >= DOWN_EVERY_S:
                self._set(max(FLOOR_KBPS, round(wanted)), now_s)
        elif (
            self.kbps < self._ceiling
            and self._content(now_s, guest=False)
            and (self._content(now_s, guest=True) or self.kbps * UP <= guests_floor)
            and now_s - self._changed_s >= UP_EVERY_S
        ):
            self._set(min(self._ceiling, round(self.kbps * UP)), now_s)
        return self.kbps

    def rate(self, viewer: object, now_s: float) -> float | None:
        """What a viewer says that it can take, as a share of what is sent; None when it tells nothing yet."""
        known = self._viewers.get(viewer)
        if known is None or not known.remb_kbps or not self._sent_kbps or now_s - known.since_s <= SETTLE_S:
            return None
        return known.remb_kbps / self._sent_kbps

    def _told(self, now_s: float, *, guest: bool) -> tuple[float, float | None]:
        """The worst loss, and the least that one of them can take."""
        viewers = [v for v in self._viewers.values() if v.guest == guest]
        # an estimate that comes with losses is no shy beginner's
        told = [v.remb_kbps for v in viewers if v.remb_kbps and (now_s - v.since_s > SETTLE_S or v.loss > LOSS_BAD)]
        return max((v.loss for v in viewers), default=0.0), min(told, default=None)

    def _wanted(self, now_s: float, *, guest: bool) -> float | None:
        """A lower rate that they need; None when this one does."""
        worst, least = self._told(now_s, guest=guest)
        wanted = float(self.kbps)
        if worst > LOSS_BAD:
            wanted *= 1 - worst / 2
        if least is not None and least < 0.8 * self._sent_kbps:
            wanted = min(wanted, 0.9 * least)
        return wanted if wanted < self.kbps else None

    def _content(self, now_s: float, *, guest: bool) -> bool:
        """Whether they could take more."""
        worst, least = self._told(now_s, guest=guest)
        return worst < LOSS_GOOD and (least is None or least > 1.1 * self.kbps)

    def _set(self, kbps: int, now_s: float) -> None:
        self.kbps, self._changed_s = kbps, now_s


def kbps_for(size_px: tuple[int, int], kbps_at_720p: int) -> int:
    """The rate for a picture's size: it grows with the square root of the pixels, as detail does."""
    return max(FLOOR_KBPS, round(kbps_at_720p * math.sqrt(size_px[0] * size_px[1] / (1280 * 720))))
