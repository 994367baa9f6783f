"""What the atelier tells of a request, as JSON says it: to its client, and to the staff that may see it."""

from __future__ import annotations

import datetime
from typing import Any, Literal

import msgspec

from tryon.atelier import asked
from tryon.atelier.dates import Answer
from tryon.atelier.stages import Guard
from tryon.atelier.trade import Decision, Driver, FileKind, OfferState, Role, Round, Stage


class PossibleTold(msgspec.Struct, frozen=True):
    """Whether a piece can be made by her date."""

    answer: Answer
    lead_weeks: int
    ready_on: datetime.date | None
    begin_by: datetime.date | None
    slack_days: int
    "Workdays to spare; negative: missing."


class TiersTold(msgspec.Struct, frozen=True):
    """`GET /v1/pieces/{id}/possible`: the answer in every tier the piece is made in."""

    piece: str
    tiers: dict[str, PossibleTold]


class FileTold(msgspec.Struct, frozen=True):
    """A file; its bytes are at `.../files/{file}`."""

    file: str
    kind: FileKind
    mime: str
    size: int
    sha256: str
    made_at: datetime.datetime
    by: Role


class DrawnTold(msgspec.Struct, frozen=True):
    """`POST .../drawings`: the picture as a file, and what a revision that shows it says of its fit."""

    file: FileTold
    fit: dict[str, Any]


class StepTold(msgspec.Struct, frozen=True):
    """A stage it went to."""

    came_from: Stage
    stage: Stage
    at: datetime.datetime
    by: Role
    name: str
    "Of the staff; empty for the client."
    words: str
    file: str | None


class PriceLineTold(msgspec.Struct, frozen=True):
    """What drives a price."""

    driver: Driver
    words: str
    minor: int


class PriceTold(msgspec.Struct, frozen=True):
    """The price that holds."""

    number: int
    currency: str
    total_minor: int
    deposit_minor: int
    lines: list[PriceLineTold]
    shares: dict[Driver, float]
    made_at: datetime.datetime
    agreed_at: datetime.datetime | None


class CommentTold(msgspec.Struct, frozen=True):
    """Words on a revision; with `file` pinned at x, y of it."""

    words: str
    file: str | None
    x: float | None
    y: float | None
    at: datetime.datetime
    by: Role
    name: str


class DecisionTold(msgspec.Struct, frozen=True):
    """What she decided."""

    decision: Decision
    sha256: str
    words: str
    at: datetime.datetime


class RevisionTold(msgspec.Struct, frozen=True):
    """What was shown, and what was said of it."""

    number: int
    words: str
    fit: dict[str, Any] | None
    files: list[str]
    sha256: str
    made_at: datetime.datetime
    included: bool
    "In the price; a later one may cost."
    decisions: list[DecisionTold]
    comments: list[CommentTold]


class RoundTold(msgspec.Struct, frozen=True):
    """A round of approval."""

    round: Round
    final: bool
    revisions_included: int
    revisions: list[RevisionTold]


class OfferTold(msgspec.Struct, frozen=True):
    """An offer to an artisan; only the staff is told."""

    offer: str
    artisan: str
    name: str
    state: OfferState
    because: list[str]
    words: str
    made_at: datetime.datetime


class NumberTold(msgspec.Struct, frozen=True):
    """Its number of the edition."""

    number: int
    of: int


class QualityTold(msgspec.Struct, frozen=True):
    """The report that holds."""

    passed: bool
    weight_mg: int
    weight_declared_mg: int
    hallmark: str
    finish: str
    checks: dict[str, str]
    at: datetime.datetime
    name: str


class CertificateTold(msgspec.Struct, frozen=True):
    """A metal or stone and its paper."""

    material: str
    source: str
    issuer: str
    paper: str
    file: str | None


class ParcelTold(msgspec.Struct, frozen=True):
    """How it goes to her."""

    complete: bool
    box: bool
    care_card: bool
    papers: bool
    sealed: bool
    insured_minor: int
    currency: str
    carrier: str
    tracking: str
    from_date: datetime.date
    to_date: datetime.date


class AppointmentTold(msgspec.Struct, frozen=True):
    """A virtual session that was planned. Its links are made by `.../link`."""

    appointment: str
    request: str
    name: str
    "The client's."
    starts_at: datetime.datetime
    minutes: int
    zone: str
    "In which it was said."
    sequence: int
    "How often it was changed; whoever changes it says which one was seen."
    state: Literal["planned", "over", "cancelled"]
    staff: list[str]
    names: list[str]
    "Of the staff who take part."
    wish: str
    "Another time that she asked for, in her words; empty: none, or it was answered."


class Appointments(msgspec.Struct, frozen=True):
    """`GET /v1/atelier/appointments`, the first in time first."""

    appointments: list[AppointmentTold]


class MeetingLinkMade(msgspec.Struct, frozen=True):
    """`POST .../link`: the token belongs behind the `#` of the session's page, `/session#TOKEN`."""

    token: str


class RequestTold(msgspec.Struct, frozen=True):
    """A request with its whole history. ETag is its version; `If-Match` says which one was seen."""

    request: str
    version: int
    stage: Stage
    held_from: Stage | None
    next: list[Stage]
    "Where it can go by the hand of who asks, once what is needed is there."
    needs: dict[Stage, list[Guard]]
    "What each of those still waits for; a stage that is not named can be gone to now."
    made_at: datetime.datetime
    submitted_at: datetime.datetime | None
    wish: asked.Wish
    possible: PossibleTold
    dues: dict[Stage, datetime.date]
    consultant: str
    artisan: str
    steps: list[StepTold]
    files: list[FileTold]
    price: PriceTold | None
    prices: list[PriceTold]
    "All that were made, oldest first, for owners and consultants; nobody else is told what no longer holds."
    deposit_at: datetime.datetime | None
    rounds: list[RoundTold]
    edition: NumberTold | None
    quality: QualityTold | None
    certificates: list[CertificateTold]
    parcel: ParcelTold | None
    provenance: str
    "Public id of its page; empty: none that can be seen."
    offers: list[OfferTold]
    "For the staff; empty for the client."
    appointments: list[AppointmentTold]
    erased_at: datetime.datetime | None
    "When all that was hers was taken out of it."
    shop: str
    "Name of the shop on whose page it was begun; empty: our own."
    sandbox: bool
    "Begun by a key for trying out: it is no order."


class ErasureTold(msgspec.Struct, frozen=True):
    """`.../erasure`: what an erasure does. `kept` stays, without anything that says whose it was."""

    possible: bool
    "Not while a piece is being made."
    pictures: int
    "Files that go."
    kept: list[str]


class DeedTold(msgspec.Struct, frozen=True):
    """A line of the audit trail: who did what, and no value of it."""

    number: int
    at: datetime.datetime
    by: Role
    name: str
    "Of the staff; empty for the client and the house."
    action: str


class History(msgspec.Struct, frozen=True):
    """`GET /v1/atelier/requests/{id}/history`, newest first."""

    deeds: list[DeedTold]
    more: int
    "Where the next page begins (`before`); 0: this is all."


class Begun(msgspec.Struct, frozen=True):
    """`POST /v1/requests`, `POST /v1/links`: the key goes into `Authorization: Bearer`, never into an address."""

    request: str
    key: str


class LinkMade(msgspec.Struct, frozen=True):
    """`POST /v1/requests/{id}/links`: the token belongs behind the `#` of the page's address."""

    token: str
    days: int


class Row(msgspec.Struct, frozen=True):
    """A request in a list of the staff."""

    request: str
    version: int
    stage: Stage
    name: str
    wished: str
    tier: str
    event_date: datetime.date | None
    due: datetime.date | None
    "Of the stage it is at."
    late: bool
    consultant: str
    artisan: str
    offered_to_me: bool
    submitted_at: datetime.datetime | None
    erased: bool
    shop: str
    "Name of the shop on whose page it was begun; empty: our own."
    sandbox: bool
    "Begun by a key for trying out: it is no order."


class Rows(msgspec.Struct, frozen=True):
    """`GET /v1/atelier/requests`."""

    requests: list[Row]
    more: str
    "Where the next page begins (`after`); empty: this is all."


class StaffTold(msgspec.Struct, frozen=True):
    """Somebody of the atelier."""

    staff: str
    role: Role
    name: str
    skills: list[str]
    languages: list[str]
    capacity_month: int
    active: bool


class AllStaff(msgspec.Struct, frozen=True):
    """`GET /v1/atelier/staff`."""

    staff: list[StaffTold]


class MatchTold(msgspec.Struct, frozen=True):
    """How well an artisan suits a request."""

    artisan: str
    name: str
    points: float
    because: list[str]
    full: bool


class Matches(msgspec.Struct, frozen=True):
    """`GET /v1/atelier/requests/{id}/matches`, best first."""

    matches: list[MatchTold]


class ProvenanceTold(msgspec.Struct, frozen=True):
    """`GET /v1/provenance/{id}`: for anybody; no word of whom the piece is for."""

    provenance: str
    at: datetime.datetime
    record: dict[str, Any]
