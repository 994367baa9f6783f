"""A meeting: a client at her mirror and consultants beside her. Who may say what, and how good a connection is.

Pure: what happens is decided here, where it happens is `tryon.media.company`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from tryon.messages import Entry

Role = Literal["client", "consultant"]
Level = Literal["good", "warning", "bad"]
CONSULTANTS_MAX = 3

_BOTH = frozenset(
    {"ping", "pong", "leave", "mute.set", "chat.say", "mark.draw", "mark.undo", "nudge.set", "bare.set", "stage.set"}
)
MAY: Mapping[Role, frozenset[str]] = {
    "client": _BOTH
    | {
        "agree",
        "pieces.set",
        "snapshot.take",
        "camera.set",
        "measure.start",
        "measure.step",
        "measure.stop",
        "measure.cancel",
        "measure.forget",
        "known.set",
    },
    "consultant": _BOTH
    | {
        "admit",
        "decline",
        "end",
        "note.set",
        "freeze",
        "freeze.end",
        "snapshot.ask",
        "measure.ask",
        "measure.stop",
        "pieces.set",
        "known.set",
    },
}
"""What each may say. Her camera, her snapshots to herself, her yes and the beginning of a measuring are hers alone; who
is let in, what is noted, when a picture is held still and when it is over for all are the consultant's."""

WHILE_WAITING = frozenset(
    {"ping", "pong", "leave", "mute.set", "camera.set", "pieces.set", "nudge.set", "bare.set", "stage.set"}
)
"What she may say before she was let in: it concerns her own mirror only."


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody's place at a meeting, kept for them while their connection is lost."""

    meeting: str
    id: str
    "`client`, or an id of its own for each consultant."
    role: Role
    name: str


@dataclass(frozen=True, slots=True)
class Invitation:
    """One person's, for one meeting."""

    seat: Seat
    until_s: float
    "Seconds since 1970."
    request: str = ""
    "The request that the meeting is about; empty: none yet."


LOSS_WARNING, LOSS_BAD = 0.02, 0.08
RTT_WARNING_S, RTT_BAD_S = 0.25, 0.6
RATE_WARNING, RATE_BAD = 0.6, 0.3
"""Where the words change: speech is heard to suffer from 2 % of packets lost, and people begin to talk across one
another at 250 ms (ITU-T G.114: 400 ms round trip and more is to be avoided). Rates are shares of what is sent."""


def quality_of(*, up_loss: float, down_loss: float, rtt_s: float | None, rate: float | None) -> tuple[Level, list[str]]:
    """How good somebody's connection is, and why it is not better.

    Losses are shares of packets from and to them; `rate` is what they say that they can take, as a share of what is
    sent (None: not told). The reasons: `up_loss`, `down_loss`, `rtt`, `rate`.
    """
    level: Level = "good"
    reasons = []
    for reason, value, warning, bad in (
        ("up_loss", up_loss, LOSS_WARNING, LOSS_BAD),
        ("down_loss", down_loss, LOSS_WARNING, LOSS_BAD),
        ("rtt", rtt_s or 0.0, RTT_WARNING_S, RTT_BAD_S),
        ("rate", 0.0 if rate is None else 1 - rate, 1 - RATE_WARNING, 1 - RATE_BAD),
    ):
        if value > warning:
            reasons.append(reason)
            level = "bad" if value > bad or level == "bad" else "warning"
    return level, reasons


def may_see(role: Role, entry: Entry) -> bool:
    """Whether this is told to that role: private notes stay with the atelier, whole measures go to the request only."""
    private = entry.kind == "note" and entry.data.get("private")
    return entry.kind != "report" and (role == "consultant" or not private)


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a meeting stands, as its journal tells."""

    admitted: bool = False
    still: int = 0
    "The entry of the still that all look at; 0 when the picture is live."
    worn: tuple[dict[str, Any], ...] = ()
    bare: bool = False
    asked: Mapping[int, str] | None = None
    "Questions without an answer: by entry, what is asked."


def standing(entries: Iterable[Entry]) -> Standing:
    """Read it from the first entry to the last."""
    admitted, still, bare = False, 0, False
    worn: tuple[dict[str, Any], ...] = ()
    asked: dict[int, str] = {}
    for entry in entries:
        match entry.kind:
            case "admitted":
                admitted = True
            case "ended":
                admitted, still = False, 0
                asked.clear()
            case "left" | "declined" if entry.data.get("seat") == "client":
                admitted = False
                asked.clear()
            case "still":
                still = entry.n
            case "live":
                still = 0
            case "pieces":
                worn, bare = tuple(entry.data["worn"]), entry.data["bare"]
            case "asked":
                asked[entry.n] = entry.data["what"]
            case "answered":
                asked.pop(entry.data["ask"], None)
    return Standing(admitted, still, worn, bare, asked)


def strokes_left(entries: Iterable[Entry], *, still: int, by: str) -> int:
    """How many strokes of somebody's are on a still."""
    count = 0
    for entry in entries:
        if entry.by == by and entry.data.get("still") == still:
            count += {"mark": 1, "unmark": -1}.get(entry.kind, 0)
    return count


def worth_telling(entries: Sequence[Entry], role: Role) -> list[Entry]:
    """What somebody who comes is told, oldest first: all that they may see but notes and outfits that a later one
    took the place of."""
    told: list[Entry] = []
    newer: set[tuple[str, ...]] = set()
    for entry in reversed(entries):
        if not may_see(role, entry):
            continue
        if entry.kind in ("note", "pieces"):
            key = (entry.kind,) if entry.kind == "pieces" else (entry.kind, entry.by, str(entry.data["private"]))
            if key in newer:
                continue
            newer.add(key)
        told.append(entry)
    return told[::-1]
