"""What people ask of the atelier, as JSON says it; bounded here, so that nothing further in meets more."""

from __future__ import annotations

import datetime
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from tryon.atelier.trade import Check, Decision, Driver, Hairstyle, Outcome, Purpose, Stage, Tier, Veil
from tryon.errors import InputError

PIECES_MAX = 24
DEPTH_MAX = 16
"Of measures and verdicts, which have about 6."
INTEGER_MAX = 2**53
"Beyond it not every reader of JSON reads the same."
EMAIL = re.compile(r"[^\s@<>\"(),:;\\\[\]]{1,64}@(?=.{1,253}$)(?:[^\s@.<>\"(),:;\\\[\]]{1,63}\.)+[^\s@.\d]{2,63}")
"An address that a mail can be sent to; whether somebody is there, only a mail can tell."
UNSEEN = {"Cc", "Cs"}
"Unicode's controls and lone surrogates; format characters stay: emoji are joined by them."
TURNS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"They turn the direction of what stands beside them."

MINUTES_MAX = 480

Line = Annotated[str, Meta(max_length=120)]
Lines = Annotated[str, Meta(max_length=500)]
Notes = Annotated[str, Meta(max_length=4000)]
Word = Annotated[str, Meta(max_length=80)]
Minor = Annotated[int, Meta(ge=-(10**11), le=10**11)]
Share = Annotated[float, Meta(ge=0.0, le=1.0)]
Id = Annotated[str, Meta(pattern=r"^[0-9A-Za-z-]{1,36}\Z")]
Digest = Annotated[str, Meta(min_length=64, max_length=64)]
Moment = Annotated[datetime.datetime, Meta(tz=True)]
Minutes = Annotated[int, Meta(ge=5, le=MINUTES_MAX)]
Milligrams = Annotated[int, Meta(ge=0, le=20_000_000)]


class Asked(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Base of all that is asked: a word we do not know is a slip, not a wish."""


class Wish(Asked, frozen=True):
    """What a client wishes; every part may still be missing while it is a draft. `PUT` says all of it anew."""

    pieces: Annotated[list[Word], Meta(max_length=PIECES_MAX)] = []
    "Ids of the pieces she tried, in her order."
    wished: Word = ""
    "The one she wishes, among them."
    measured: dict[str, Any] | None = None
    "As `measured` said it on the data channel, or `tryon measure` wrote it."
    event_date: datetime.date | None = None
    hairstyle: Hairstyle | None = None
    veil: Veil | None = None
    tier: Tier | None = None
    materials: Lines = ""
    stones: Lines = ""
    notes: Notes = ""
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")] = "en"
    name: Line = ""
    email: Annotated[str, Meta(max_length=254)] = ""
    phone: Annotated[str, Meta(max_length=40)] = ""


class Agreed(Asked, frozen=True):
    """What she agrees to when she sends it: by which words, and for what."""

    version: Word
    language: Word
    purposes: Annotated[list[Purpose], Meta(min_length=1, max_length=4)]


class Sent(Asked, frozen=True):
    """`POST .../submission`."""

    consent: Agreed


class LinkUsed(Asked, frozen=True):
    """`POST /v1/links`."""

    token: Annotated[str, Meta(min_length=1, max_length=100)]


class Next(Asked, frozen=True):
    """A step to another stage."""

    stage: Stage
    words: Notes = ""
    file: Id | None = None


class Cancelled(Asked, frozen=True):
    """She takes her request back."""

    words: Notes = ""


class Paired(Asked, frozen=True):
    """Offer a request: to this artisan, or to the best match."""

    artisan: Id | None = None
    words: Lines = ""


class Answer(Asked, frozen=True):
    """What an artisan says to an offer."""

    accepted: bool
    words: Lines = ""


class Caretaker(Asked, frozen=True):
    """Which consultant takes care of a request."""

    consultant: Id


class PriceLine(Asked, frozen=True):
    """One amount of a price, minor units."""

    driver: Driver
    minor: Minor
    words: Annotated[str, Meta(max_length=200)] = ""


class Priced(Asked, frozen=True):
    """A price and what drives it."""

    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    lines: Annotated[list[PriceLine], Meta(min_length=1, max_length=40)]


class PriceAgreed(Asked, frozen=True):
    """She agrees to the price of this number."""

    number: int


class Shown(Asked, frozen=True):
    """A revision: the files that are shown, and the verdict of what was drawn."""

    files: Annotated[list[Id], Meta(min_length=1, max_length=20)]
    words: Notes = ""
    fit: dict[str, Any] | None = None


class Draw(Asked, frozen=True):
    """Draw a design on the client: the model, which of her pictures, the sizes that differ from the piece's."""

    design: Id
    picture: Id | None = None
    "One of her pictures; the newest, when it is not said."
    sizes: Annotated[dict[Word, Annotated[float, Meta(gt=0, le=1500)]], Meta(max_length=8)] = {}
    "mm, by the names of TrueSize without their unit."


class Said(Asked, frozen=True):
    """Words on a revision; with a file, x and y they are pinned on its picture."""

    words: Annotated[str, Meta(min_length=1, max_length=4000)]
    file: Id | None = None
    x: Share | None = None
    y: Share | None = None


class Decided(Asked, frozen=True):
    """What she decides on a revision, by the digest of what she saw."""

    revision: int
    sha256: Digest
    decision: Decision
    words: Notes = ""


class Checked(Asked, frozen=True):
    """One check of quality control."""

    check: Check
    outcome: Outcome
    words: Lines = ""


class Controlled(Asked, frozen=True):
    """A report of quality control: each check once."""

    checks: Annotated[list[Checked], Meta(max_length=10)]
    weight_mg: Milligrams
    hallmark: Word = ""
    finish: Word = ""


class Certified(Asked, frozen=True):
    """A metal or stone, where it is from, and its paper."""

    material: Annotated[str, Meta(min_length=1, max_length=120)]
    source: Annotated[str, Meta(max_length=200)] = ""
    issuer: Line = ""
    paper: Word = ""
    file: Id | None = None


class Packed(Asked, frozen=True):
    """The packing list, and who carries the piece when."""

    box: bool
    care_card: bool
    papers: bool
    sealed: bool
    insured_minor: Annotated[int, Meta(ge=0, le=10**11)]
    currency: Annotated[str, Meta(pattern=r"^[A-Z]{3}$")]
    carrier: Word
    tracking: Word
    from_date: datetime.date
    to_date: datetime.date


class Published(Asked, frozen=True):
    """What the provenance page of a piece shows."""

    visible: bool
    files: Annotated[list[Id], Meta(max_length=20)] = []
    "Pictures and films from the bench that may be shown to anybody."


class AppointmentPlanned(Asked, frozen=True):
    """An appointment at the mirror about a request."""

    minutes: Minutes
    zone: Word
    "IANA name of the time zone it is said in, such as `Europe/Paris`."
    starts_at: Moment | None = None
    "None: now."
    staff: Annotated[list[Id], Meta(max_length=3)] = []
    "Who takes part, the first leads; empty: whoever asks."
    language: Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")] | None = None
    "Of the letters to the client; None: that of her request."


class AppointmentSeen(Asked, frozen=True):
    """Which state of an appointment was seen."""

    sequence: Annotated[int, Meta(ge=0, le=10**6)]


class AppointmentMoved(Asked, frozen=True):
    """An appointment's other time; `sequence` is of what was seen."""

    starts_at: Moment
    minutes: Minutes
    sequence: Annotated[int, Meta(ge=0, le=10**6)]


class TimeWished(Asked, frozen=True):
    """A client's words on which time would suit her better; `sequence` is of what she saw."""

    words: Annotated[str, Meta(min_length=1, max_length=500)]
    sequence: Annotated[int, Meta(ge=0, le=10**6)]


class Nothing(Asked, frozen=True):
    """Nothing more needs to be said: `{}`."""


def plain(text: str, *, lines: bool = False) -> str:
    """Text as people wrote it, without what cannot be seen; on one line unless `lines`. HTML stays the text it is."""
    kept = "".join(
        letter
        for letter in text.replace("\r\n", "\n")
        if (letter in "\n\t" or unicodedata.category(letter) not in UNSEEN) and letter not in TURNS
    ).strip()
    return kept if lines else " ".join(kept.split())


def snapshot(said: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """What another room said, if it is as any of them would say it. Raises InputError."""
    waiting: list[tuple[object, int]] = [(said, 0)]
    while waiting:
        value, depth = waiting.pop()
        wild = isinstance(value, float) and not math.isfinite(value)
        if depth > DEPTH_MAX or wild or (isinstance(value, int) and abs(value) > INTEGER_MAX):
            raise InputError("body_unreadable", "The body cannot be read: these are no measures of a mirror's.")
        if isinstance(value, dict):
            waiting += [(part, depth + 1) for part in value.values()]
        elif isinstance(value, list):
            waiting += [(part, depth + 1) for part in value]
    return None if said is None else dict(said)


def checked_email(said: str) -> str:
    """A mail address that can be one; empty stays empty. Raises InputError."""
    email = plain(said)
    if email and not EMAIL.fullmatch(email):
        raise InputError("email_wrong", "This is not a mail address. It has the form name@example.org.")
    return email
