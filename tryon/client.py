"""A typed client of everything under /v1 that a program may call. One file, the standard library alone: copy it.

    client = Client("https://tryon.example", "sk_live_…")
    for request in client.get_shop_requests(stage="enquiry")["requests"]: ...
    event = webhook(("whsec_…",), headers, body)

Written by assets/make/clients.py from /v1/openapi.json; change that, not this.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from email.message import Message
from typing import Any, Literal, NotRequired, TypedDict
from urllib.parse import quote, urlencode

WAIT_S = 30.0
TOLERANCE_S = 300.0
"How old, or early, what a webhook tells may be."


class ApiError(Exception):
    """A refusal: `reason` is stable, for programs; `detail` is for people."""

    def __init__(self, status: int, reason: str, detail: str, retry_after_s: float = 0.0) -> None:
        super().__init__(f"{reason}: {detail}")
        self.status, self.reason, self.detail, self.retry_after_s = status, reason, detail, retry_after_s


class WebhookError(Exception):
    """What came is not from us, or is too old: answer 400 and do nothing."""


class Agreed(TypedDict):
    """What she agrees to when she sends it: by which words, and for what."""

    version: str
    language: str
    purposes: list[Literal["artisan", "atelier", "portfolio", "shop"]]


class AppointmentSeen(TypedDict):
    """Which state of an appointment was seen."""

    sequence: int


class AppointmentTold(TypedDict):
    """A virtual session that was planned. Its links are made by `.../link`."""

    appointment: str
    request: str
    name: str
    starts_at: str
    minutes: int
    zone: str
    sequence: int
    state: Literal["cancelled", "over", "planned"]
    staff: list[str]
    names: list[str]
    wish: str


class Begun(TypedDict):
    """`POST /v1/requests`, `POST /v1/links`: the key goes into `Authorization: Bearer`, never into an
    address."""

    request: str
    key: str


class Calibrating(TypedDict):
    """How far a calibration is, after a still."""

    steps: dict[str, float]
    hinders: str
    views: int
    refused: NotRequired[str]
    detail: NotRequired[str]
    camera: NotRequired[CameraKnown | None]
    rms_px: NotRequired[float | None]


class CameraKnown(TypedDict):
    """A camera's own numbers at one size of picture, in the order of its file (tryon.camera.profile)."""

    width: int
    height: int
    fx: float
    fy: float
    cx: float
    cy: float
    distortion: list[Any]
    focal_std: float


class Cancelled(TypedDict):
    """She takes her request back."""

    words: NotRequired[str]


class Card(TypedDict):
    """One piece of `GET /v1/pieces`."""

    id: str
    name: str
    kind: str
    worn_on: str
    finger: str
    words: str
    maker: str
    size: Size
    weight_g: float
    materials: list[str]
    stones: list[str]
    edition_of: int
    tiers: dict[str, dict[str, Any]]
    poster: str
    offer: NotRequired[Offer | None]


class Cards(TypedDict):
    """`GET /v1/pieces`."""

    pieces: list[Card]


class CertificateTold(TypedDict):
    """A metal or stone and its paper."""

    material: str
    source: str
    issuer: str
    paper: str
    file: str | None


class CommentTold(TypedDict):
    """Words on a revision; with `file` pinned at x, y of it."""

    words: str
    file: str | None
    x: float | None
    y: float | None
    at: str
    by: Literal["artisan", "client", "consultant", "house", "owner"]
    name: str


class ConsentAsked(TypedDict):
    """`POST /v1/consents`."""

    version: str
    purposes: list[str]
    language: NotRequired[str]
    guardian: NotRequired[str]


class ConsentGiven(TypedDict):
    """Its answer. The token goes into `Authorization: Bearer`, never into an address."""

    consent: str
    token: str
    until: float


class ConsentText(TypedDict):
    """`GET /v1/consent`: the words of one language. Paragraphs are parted by an empty line."""

    version: str
    purposes: list[str]
    language: str
    text: str
    also: NotRequired[dict[str, str]]


class Decided(TypedDict):
    """What she decides on a revision, by the digest of what she saw."""

    revision: int
    sha256: str
    decision: Literal["changes", "final", "soft"]
    words: NotRequired[str]


class DecisionTold(TypedDict):
    """What she decided."""

    decision: Literal["changes", "final", "soft"]
    sha256: str
    words: str
    at: str


class Deliveries(TypedDict):
    """A page of what an address was told, newest first."""

    deliveries: list[DeliveryTold]
    more: str


class DeliveryTold(TypedDict):
    """A message, what it said, and every try."""

    id: str
    event: str
    body: str
    state: Literal["delivered", "failed", "waiting"]
    made_at: str
    next_at: str | None
    tries: list[TryTold]


class Drawn(TypedDict):
    """A section, mm from its middle, x to the right and y to her front (tryon.fitcard.section)."""

    of: str
    half_mm: list[Any]
    u95_mm: list[Any]
    outline: list[list[Any]]
    doubt: list[Any]
    inside: list[list[Any]] | None
    closed: bool
    gaps: list[SectionGap]


class ErasureAsked(TypedDict):
    """`POST /v1/erasures`."""

    email: str
    language: NotRequired[str]


class ErasureHeld(TypedDict):
    """`GET /v1/erasure` says what would be done, `POST /v1/erasure` what was."""

    requests: int
    pictures: int
    kept: list[Literal["approvals", "consent", "number", "price", "provenance", "quality", "steps", "trail"]]
    under_way: int


class ErasureTold(TypedDict):
    """`.../erasure`: what an erasure does. `kept` stays, without anything that says whose it was."""

    possible: bool
    pictures: int
    kept: list[str]


class FeedTold(TypedDict):
    """What a feed does, or did: all of it, or nothing while anything is wrong."""

    applied: bool
    products: int
    added: int
    changed: int
    removed: int
    wrong: list[FeedWrong]


class FeedWrong(TypedDict):
    """What is wrong in one place of a feed."""

    line: int
    column: str
    reason: Literal[
        "currency_wrong",
        "not_text",
        "piece_missing",
        "piece_not_shown",
        "piece_twice",
        "piece_unknown",
        "price_wrong",
        "sku_missing",
        "sku_twice",
        "too_long",
        "url_wrong",
    ]
    said: str


class FileTold(TypedDict):
    """A file; its bytes are at `.../files/{file}`."""

    file: str
    kind: Literal["bench", "certificate", "design", "proof", "render", "snapshot"]
    mime: str
    size: int
    sha256: str
    made_at: str
    by: Literal["artisan", "client", "consultant", "house", "owner"]


class Fit(TypedDict):
    """How one piece fits her."""

    verdict: Literal["adjust", "cannot_tell", "fits", "too_large", "too_small"]
    probability: float
    notes: list[Note]
    size: NotRequired[str]
    gap_mm: NotRequired[float | None]
    gap_u95_mm: NotRequired[float | None]
    next_step: NotRequired[Step | None]
    section: NotRequired[SeatSection | None]
    gap_of: NotRequired[str]
    rules_kept: NotRequired[bool | None]


class FitCardAsked(TypedDict):
    """`POST /v1/fitcards`: what `measured` said, and the piece whose card is wanted."""

    piece: str
    measures: Record


class FitHeld(TypedDict):
    """A fit card that was kept under her consent."""

    fit: str
    piece: str
    made_at: str
    until: str
    measures: dict[str, Any]


class FitKept(TypedDict):
    """Its address is `/fit/FIT#KEY`; the key is told this once."""

    fit: str
    key: str
    until: str


class FitTold(TypedDict):
    """`GET /v1/fits/{id}`: all of it."""

    fit: str
    made_at: str
    until: str
    piece: str
    measures: dict[str, Any]
    judged_then: dict[str, Literal["adjust", "cannot_tell", "fits", "too_large", "too_small"]]
    drawn: Drawn | None


class Head(TypedDict):
    """What seating a piece on her head takes besides her measures (tryon.measuring.head_json)."""

    points: dict[str, list[Any]]
    cranium_centre: list[Any]
    cranium_axes: list[Any]
    cranium_pitch_rad: float
    hair_mm: float
    std_percent: float
    together_mm2: NotRequired[list[list[Any]]]


class HookMade(TypedDict):
    """A new secret: it is told this once."""

    hook: HookTold
    secret: str


class HookTold(TypedDict):
    """An address, and how it does."""

    id: str
    url: str
    events: list[
        Literal["consultation.ended", "data.erased", "fit.kept", "hook.tested", "request.changed", "request.submitted"]
    ]
    sandbox: bool
    ended: Literal["", "asked", "failing", "gone"]
    failing_since: str | None
    waiting: int
    old_until: str | None
    made_at: str


class HookWish(TypedDict):
    """An address of a shop's server, and what it is to be told."""

    url: str
    events: NotRequired[
        list[
            Literal[
                "consultation.ended", "data.erased", "fit.kept", "hook.tested", "request.changed", "request.submitted"
            ]
        ]
    ]
    active: NotRequired[bool]
    sandbox: NotRequired[bool]


class HooksTold(TypedDict):
    """All addresses of a shop."""

    hooks: list[HookTold]


class InvitationShown(TypedDict):
    """What an invitation says before it is accepted."""

    email: str
    name: str
    role: Literal["artisan", "consultant", "owner"]
    language: str
    until: str


class Join(TypedDict):
    """`POST /v1/atelier/invitation`: by a password or a passkey."""

    name: str
    language: NotRequired[str]
    password: NotRequired[str]
    passkey: NotRequired[dict[str, Any] | None]


class KeepAsked(TypedDict):
    """`POST /v1/fits`: what `measured` said, and the piece whose card it is."""

    piece: str
    measures: Record


class KeptPiece(TypedDict):
    """The same, with the name it had: it may have left the catalogue since."""

    piece: str
    on: NotRequired[Literal["", "either_hand", "left_hand", "right_hand"]]
    finger: NotRequired[Literal["", "index", "little", "middle", "ring", "thumb"]]
    held: NotRequired[bool]
    up_mm: NotRequired[float]
    forward_mm: NotRequired[float]
    tilt_deg: NotRequired[float]
    name: NotRequired[str]


class LaidTold(TypedDict):
    """What a picture of a ring, bangle or coin beside a card told, or why it told nothing."""

    kind: str
    value_mm: NotRequired[float | None]
    u95_mm: NotRequired[float | None]
    refused: NotRequired[str]
    detail: NotRequired[str]


class Length(TypedDict):
    """A length with its doubt."""

    value_mm: float
    u95_mm: float


class Lens(TypedDict):
    """How well the camera's focal length is known."""

    source: str
    focal_u95_percent: float


class Line(TypedDict):
    """What is held of her, where, and when it ends."""

    what: Literal[
        "consent",
        "draft",
        "erasure",
        "fit",
        "letter",
        "log",
        "measures",
        "meeting",
        "photo",
        "picture",
        "profile",
        "request",
        "set",
        "snapshot",
        "told",
    ]
    where: Literal["database", "device", "files", "ledger", "memory"]
    ends: Literal["asked", "cleared", "days", "drawn", "never_there", "visit"]
    days: NotRequired[int | None]


class LinkMade(TypedDict):
    """`POST /v1/requests/{id}/links`: the token belongs behind the `#` of the page's address."""

    token: str
    days: int


class LinkUsed(TypedDict):
    """`POST /v1/links`."""

    token: str


class Me(TypedDict):
    """Who is signed in, and what they may do."""

    id: str
    role: Literal["artisan", "consultant", "owner"]
    name: str
    email: str
    language: str
    may: list[
        Literal[
            "appointments.make",
            "mail.see",
            "packet.take",
            "people.invite",
            "people.remove",
            "people.see",
            "pieces.keep",
            "shops.keep",
        ]
    ]


class MeetingLinkMade(TypedDict):
    """`POST .../link`: the token belongs behind the `#` of the session's page, `/session#TOKEN`."""

    token: str


class MeetingState(TypedDict):
    """`GET /v1/meeting`: what an invitation is for."""

    meeting: str
    seat: str
    role: Literal["client", "consultant"]
    name: str
    until: float
    request: NotRequired[str]


class Mine(TypedDict):
    """`GET /v1/me/export`: all that is held of her visit. Saved sets are not hers to find: they hold no
    trace of who saved them; a request is told by its own link."""

    consent: list[dict[str, Any]]
    fits: list[FitHeld]


class Note(TypedDict):
    """One thing to know or do about a piece."""

    code: str
    level: Literal["act", "advice", "fine", "stop"]
    mm: float
    action: str
    because: str
    u95_mm: NotRequired[float]
    words: NotRequired[Spoken | None]
    probability: NotRequired[float]


class Nothing(TypedDict):
    """Nothing more needs to be said: `{}`."""


class NumberTold(TypedDict):
    """Its number of the edition."""

    number: int
    of: int


class Offer(TypedDict):
    """How a shop sells a piece."""

    sku: str
    price_minor: int | None
    currency: str
    url: str
    sizes: str


class OfferTold(TypedDict):
    """An offer to an artisan; only the staff is told."""

    offer: str
    artisan: str
    name: str
    state: Literal["accepted", "declined", "offered", "withdrawn"]
    because: list[str]
    words: str
    made_at: str


class PageChecked(TypedDict):
    """What was found on a page; one thing, `page`, where it could not be read."""

    address: str
    works: bool
    findings: list[PageFinding]


class PageFinding(TypedDict):
    """One thing that was looked at."""

    what: str
    works: bool
    reason: str
    values: dict[str, str]
    words: str
    write: str


class PageWish(TypedDict):
    """A page to be looked at."""

    address: str


class ParcelTold(TypedDict):
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
    from_date: str
    to_date: str


class PasskeyAsked(TypedDict):
    """What a browser's `navigator.credentials` is asked with."""

    options: dict[str, Any]


class PasskeySignIn(TypedDict):
    """`POST /v1/atelier/passkey`."""

    passkey: dict[str, Any]


class PasskeyWanted(TypedDict):
    """`POST /v1/atelier/invitation/passkey`."""

    name: str


class Phrase(TypedDict):
    """What a sentence is made of, for other languages (tryon.fit.notes.Phrase)."""

    key: str
    values: NotRequired[dict[str, str]]


class PlannedHair(TypedDict):
    """How she will wear her hair with the piece; empty: as it was seen."""

    name: NotRequired[str]
    measurements: NotRequired[dict[str, Told]]


class PolicyText(TypedDict):
    """`policy.LANGUAGE.json`."""

    repair: str
    adjust: str
    studio: str
    custom: str
    rights: str


class PolicyTold(TypedDict):
    """`GET /v1/policy`."""

    language: str
    text: PolicyText


class Portraits(TypedDict):
    """`GET /v1/portraits`: heads of our own, by id."""

    portraits: list[str]


class PossibleTold(TypedDict):
    """Whether a piece can be made by her date."""

    answer: Literal["in_time", "past", "tight", "too_far", "too_soon", "unknown"]
    lead_weeks: int
    ready_on: str | None
    begin_by: str | None
    slack_days: int


class PriceAgreed(TypedDict):
    """She agrees to the price of this number."""

    number: int


class PriceLineTold(TypedDict):
    """What drives a price."""

    driver: Literal["fit", "metal", "other", "production", "provenance", "stones"]
    words: str
    minor: int


class PriceTold(TypedDict):
    """The price that holds."""

    number: int
    currency: str
    total_minor: int
    deposit_minor: int
    lines: list[PriceLineTold]
    shares: dict[str, float]
    made_at: str
    agreed_at: str | None


class ProductTold(TypedDict):
    """How a shop sells a piece."""

    sku: str
    piece: str
    title: str
    price_minor: int | None
    currency: str
    url: str
    sizes: str


class ProductsTold(TypedDict):
    """How a shop sells our pieces."""

    products: list[ProductTold]


class ProvenanceTold(TypedDict):
    """`GET /v1/provenance/{id}`: for anybody; no word of whom the piece is for."""

    provenance: str
    at: str
    record: dict[str, Any]


class QualityTold(TypedDict):
    """The report that holds."""

    passed: bool
    weight_mg: int
    weight_declared_mg: int
    hallmark: str
    finish: str
    checks: dict[str, str]
    at: str
    name: str


class Record(TypedDict):
    """All that the file says of one person."""

    measurements: dict[str, Told]
    over_hair: dict[str, Told]
    fit: dict[str, Fit]
    capture: Seen
    planned_hair: NotRequired[PlannedHair]
    scale: NotRequired[Whole | None]
    head: NotRequired[Head | None]
    other_hand: NotRequired[dict[str, Told]]


class Reference(TypedDict):
    """What millimetres rest on."""

    source: str
    u95_percent: float


class RelayServer(TypedDict):
    """As `RTCPeerConnection` takes it."""

    urls: list[str]
    username: str
    credential: str


class Relays(TypedDict):
    """`GET /v1/relays`."""

    servers: list[RelayServer]
    holds_s: int


class Replayed(TypedDict):
    """How many messages are sent anew."""

    count: int


class RequestTold(TypedDict):
    """A request with its whole history. ETag is its version; `If-Match` says which one was seen."""

    request: str
    version: int
    stage: Literal[
        "approval_one",
        "approval_two",
        "cad",
        "cancelled",
        "casting",
        "consultation",
        "declined",
        "delivered",
        "deposit",
        "draft",
        "enquiry",
        "hand_finishing",
        "on_hold",
        "packed",
        "qc",
        "setting",
        "stone_sourcing",
    ]
    held_from: (
        Literal[
            "approval_one",
            "approval_two",
            "cad",
            "cancelled",
            "casting",
            "consultation",
            "declined",
            "delivered",
            "deposit",
            "draft",
            "enquiry",
            "hand_finishing",
            "on_hold",
            "packed",
            "qc",
            "setting",
            "stone_sourcing",
        ]
        | None
    )
    next: list[
        Literal[
            "approval_one",
            "approval_two",
            "cad",
            "cancelled",
            "casting",
            "consultation",
            "declined",
            "delivered",
            "deposit",
            "draft",
            "enquiry",
            "hand_finishing",
            "on_hold",
            "packed",
            "qc",
            "setting",
            "stone_sourcing",
        ]
    ]
    needs: dict[
        str,
        list[
            Literal[
                "artisan",
                "consultant",
                "deposit",
                "final_one",
                "final_two",
                "held_here",
                "numbered",
                "parcel",
                "price_agreed",
                "quality",
                "revision_one",
                "revision_two",
            ]
        ],
    ]
    made_at: str
    submitted_at: str | None
    wish: Wish
    possible: PossibleTold
    dues: dict[str, str]
    consultant: str
    artisan: str
    steps: list[StepTold]
    files: list[FileTold]
    price: PriceTold | None
    prices: list[PriceTold]
    deposit_at: str | None
    rounds: list[RoundTold]
    edition: NumberTold | None
    quality: QualityTold | None
    certificates: list[CertificateTold]
    parcel: ParcelTold | None
    provenance: str
    offers: list[OfferTold]
    appointments: list[AppointmentTold]
    erased_at: str | None
    shop: str
    sandbox: bool


class Retention(TypedDict):
    """`GET /v1/privacy`: the table."""

    lines: list[Line]


class RevisionTold(TypedDict):
    """What was shown, and what was said of it."""

    number: int
    words: str
    fit: dict[str, Any] | None
    files: list[str]
    sha256: str
    made_at: str
    included: bool
    decisions: list[DecisionTold]
    comments: list[CommentTold]


class Room(TypedDict):
    """`GET /v1/sessions`."""

    free: int


class RoundTold(TypedDict):
    """A round of approval."""

    round: Literal["one", "two"]
    final: bool
    revisions_included: int
    revisions: list[RevisionTold]


class Said(TypedDict):
    """Words on a revision; with a file, x and y they are pinned on its picture."""

    words: str
    file: NotRequired[str | None]
    x: NotRequired[float | None]
    y: NotRequired[float | None]


class SeatSection(TypedDict):
    """The head over hair in the plane of an open band's own seat, or where a crown perches."""

    breadth: Length
    length: Length


class SectionGap(TypedDict):
    """Room between the piece and her at one place; below zero the piece is the narrower."""

    where: str
    mm: float
    u95_mm: float


class Seen(TypedDict):
    """How well she was seen."""

    accepted: int
    frames: int
    reasons: list[str]
    visits: NotRequired[int]
    camera: NotRequired[Lens | None]


class Sent(TypedDict):
    """`POST .../submission`."""

    consent: Agreed


class SessionState(TypedDict):
    """`GET /v1/sessions/{id}`."""

    session: str
    pieces: list[str]
    age_s: float


class Set(TypedDict):
    """`GET /v1/sets/{id}`."""

    set: str
    name: str
    worn: list[KeptPiece]


class SetAsked(TypedDict):
    """`POST /v1/sets`."""

    name: str
    worn: list[SetPiece]


class SetPiece(TypedDict):
    """How a piece is worn, as `pieces.set` and `nudge.set` say it."""

    piece: str
    on: NotRequired[Literal["", "either_hand", "left_hand", "right_hand"]]
    finger: NotRequired[Literal["", "index", "little", "middle", "ring", "thumb"]]
    held: NotRequired[bool]
    up_mm: NotRequired[float]
    forward_mm: NotRequired[float]
    tilt_deg: NotRequired[float]


class ShopFit(TypedDict):
    """How a piece fits her."""

    piece: str
    verdict: str
    probability: float
    notes: list[ShopFitNote]


class ShopFitNote(TypedDict):
    """One thing to know or do about a piece on her: a code, and no millimetres."""

    code: str
    level: str


class ShopRequest(TypedDict):
    """A request that was begun on a shop's page."""

    request: str
    stage: Literal[
        "approval_one",
        "approval_two",
        "cad",
        "cancelled",
        "casting",
        "consultation",
        "declined",
        "delivered",
        "deposit",
        "draft",
        "enquiry",
        "hand_finishing",
        "on_hold",
        "packed",
        "qc",
        "setting",
        "stone_sourcing",
    ]
    submitted_at: str
    piece: str
    tier: str
    steps: list[ShopStep]
    erased: bool
    sandbox: bool
    fit: list[ShopFit] | None


class ShopRequests(TypedDict):
    """A page of them, newest first."""

    requests: list[ShopRequest]
    more: str


class ShopShown(TypedDict):
    """`GET /v1/shop`: what a page may know of the shop whose key it has."""

    shop: str
    name: str
    origins: list[str]
    sandbox: bool
    policy: str
    pieces: list[str] | None


class ShopStep(TypedDict):
    """A stage it went to."""

    stage: Literal[
        "approval_one",
        "approval_two",
        "cad",
        "cancelled",
        "casting",
        "consultation",
        "declined",
        "delivered",
        "deposit",
        "draft",
        "enquiry",
        "hand_finishing",
        "on_hold",
        "packed",
        "qc",
        "setting",
        "stone_sourcing",
    ]
    at: str


class SignIn(TypedDict):
    """`POST /v1/atelier/sign-in`."""

    email: str
    password: str


class Size(TypedDict):
    """True size, millimetres; zero where it does not apply."""

    inner_length_mm: float
    inner_breadth_mm: float
    arc_mm: float
    height_mm: float
    chain_length_mm: float
    inner_diameter_mm: float


class Spoken(TypedDict):
    """A note's sentences by their words."""

    action: Phrase
    because: list[Phrase]


class Step(TypedDict):
    """The measurement that would remove the most doubt."""

    quantity: str
    action: str
    u95_after_mm: NotRequired[float | None]
    code: NotRequired[str]


class StepTold(TypedDict):
    """A stage it went to."""

    came_from: Literal[
        "approval_one",
        "approval_two",
        "cad",
        "cancelled",
        "casting",
        "consultation",
        "declined",
        "delivered",
        "deposit",
        "draft",
        "enquiry",
        "hand_finishing",
        "on_hold",
        "packed",
        "qc",
        "setting",
        "stone_sourcing",
    ]
    stage: Literal[
        "approval_one",
        "approval_two",
        "cad",
        "cancelled",
        "casting",
        "consultation",
        "declined",
        "delivered",
        "deposit",
        "draft",
        "enquiry",
        "hand_finishing",
        "on_hold",
        "packed",
        "qc",
        "setting",
        "stone_sourcing",
    ]
    at: str
    by: Literal["artisan", "client", "consultant", "house", "owner"]
    name: str
    words: str
    file: str | None


class TiersTold(TypedDict):
    """`GET /v1/pieces/{id}/possible`: the answer in every tier the piece is made in."""

    piece: str
    tiers: dict[str, PossibleTold]


class TimeWished(TypedDict):
    """A client's words on which time would suit her better; `sequence` is of what she saw."""

    words: str
    sequence: int


class Told(TypedDict):
    """One measured quantity, mm (head_shape_index: no unit)."""

    value_mm: float
    u95_mm: float
    samples: int
    method: str
    scale: Reference
    hand: NotRequired[Literal["", "left", "right"]]
    u95_random_mm: NotRequired[float]
    u95_systematic_mm: NotRequired[float]


class TryTold(TypedDict):
    """One try."""

    at: str
    status: int
    took_ms: int
    trouble: str


class Whole(TypedDict):
    """The scale of all of it."""

    source: str
    u95_percent: float


class Wish(TypedDict):
    """What a client wishes; every part may still be missing while it is a draft. `PUT` says all of it anew."""

    pieces: NotRequired[list[str]]
    wished: NotRequired[str]
    measured: NotRequired[dict[str, Any] | None]
    event_date: NotRequired[str | None]
    hairstyle: NotRequired[Literal["bare", "loose", "tied", "updo"] | None]
    veil: NotRequired[Literal["behind", "none", "over", "under"] | None]
    tier: NotRequired[Literal["custom", "studio"] | None]
    materials: NotRequired[str]
    stones: NotRequired[str]
    notes: NotRequired[str]
    language: NotRequired[str]
    name: NotRequired[str]
    email: NotRequired[str]
    phone: NotRequired[str]


class WebhookEvent(TypedDict):
    """What a webhook tells; which `data` there is, web/embed/README.md says by its type."""

    type: str
    timestamp: str
    data: dict[str, Any]


class Client:
    """Of one service. Calls block; they raise ApiError for a refusal, and OSError where nobody answers."""

    def __init__(self, address: str, key: str = "", *, shop_key: str = "", wait_s: float = WAIT_S) -> None:
        """`key`: what is asked for as a bearer: a shop's secret key, the token of a consent, the key of a request, ...
        `shop_key`: a shop's publishable key, for what its pages ask."""
        self._address, self._key, self._shop_key, self._wait_s = address.rstrip("/"), key, shop_key, wait_s
        self.last = Message()
        "Headers of the last answer, by any case of their names: ETag, Location."

    def get_atelier_invitation(self) -> InvitationShown:
        """What an invitation says."""
        told: InvitationShown = self._json("GET", "/v1/atelier/invitation")
        return told

    def post_atelier_invitation(self, body: Join) -> Me:
        """Accept an invitation by a passkey, or a password of 12 letters or more."""
        told: Me = self._json("POST", "/v1/atelier/invitation", body=body)
        return told

    def post_atelier_invitation_passkey(self, body: PasskeyWanted) -> PasskeyAsked:
        """What the invited person's passkey is made by."""
        told: PasskeyAsked = self._json("POST", "/v1/atelier/invitation/passkey", body=body)
        return told

    def post_atelier_passkey(self, body: PasskeySignIn) -> Me:
        """Sign in by passkey."""
        told: Me = self._json("POST", "/v1/atelier/passkey", body=body)
        return told

    def post_atelier_passkey_question(self) -> PasskeyAsked:
        """What a passkey is asked to sign, once and within minutes."""
        told: PasskeyAsked = self._json("POST", "/v1/atelier/passkey/question")
        return told

    def post_atelier_sign_in(self, body: SignIn) -> Me:
        """Sign in by password."""
        told: Me = self._json("POST", "/v1/atelier/sign-in", body=body)
        return told

    def post_atelier_sign_out(self) -> None:
        """Sign this browser out."""
        self._bytes("POST", "/v1/atelier/sign-out")

    def get_bands_pdf(self) -> bytes:
        """The paper bands to print."""
        return self._bytes("GET", "/v1/bands.pdf")

    def get_board_pdf(self) -> bytes:
        """The calibration board to print."""
        return self._bytes("GET", "/v1/board.pdf")

    def get_board_svg(self) -> bytes:
        """The calibration board for a second screen."""
        return self._bytes("GET", "/v1/board.svg")

    def get_consent(self) -> ConsentText:
        """The words a wearer agrees to."""
        told: ConsentText = self._json("GET", "/v1/consent")
        return told

    def get_consent_request(self) -> ConsentText:
        """The words a client agrees to when she sends a request."""
        told: ConsentText = self._json("GET", "/v1/consent/request")
        return told

    def post_consents(self, body: ConsentAsked) -> ConsentGiven:
        """Agree."""
        told: ConsentGiven = self._json("POST", "/v1/consents", body=body)
        return told

    def delete_consents_id(self, id: str) -> None:
        """Take a consent back; what runs under it ends, and what was kept under it is deleted."""
        self._bytes("DELETE", f"/v1/consents/{_part(id)}")

    def patch_consents_id(self, id: str, body: ConsentAsked) -> None:
        """Agree to more, such as to be measured."""
        self._bytes("PATCH", f"/v1/consents/{_part(id)}", body=body)

    def get_erasure(self) -> ErasureHeld:
        """What is held under the address of a mailed link, and what would be erased of it."""
        told: ErasureHeld = self._json("GET", "/v1/erasure")
        return told

    def post_erasure(self) -> ErasureHeld:
        """Erase it, for good; the link works once."""
        told: ErasureHeld = self._json("POST", "/v1/erasure")
        return told

    def post_erasures(self, body: ErasureAsked) -> None:
        """Ask for a link to have erased what is held under a mail address; it goes to that address."""
        self._bytes("POST", "/v1/erasures", body=body)

    def post_fitcards(self, body: FitCardAsked) -> bytes:
        """A fit card to cut metal by, from what the mirror said: A4 at true size; nothing is kept."""
        return self._bytes("POST", "/v1/fitcards", body=body)

    def post_fits(self, body: KeepAsked) -> FitKept:
        """Keep a fit card behind a link, with her consent to `keep`."""
        told: FitKept = self._json("POST", "/v1/fits", body=body)
        return told

    def delete_fits_id(self, id: str) -> None:
        """Delete a kept fit card, now."""
        self._bytes("DELETE", f"/v1/fits/{_part(id)}")

    def get_fits_id(self, id: str, *, piece: Sequence[str] | str = ()) -> FitTold:
        """A kept fit card: measures as they were taken, verdicts on the pieces of today."""
        told: FitTold = self._json("GET", f"/v1/fits/{_part(id)}", query={"piece": piece})
        return told

    def get_fits_id_card_csv(self, id: str, *, piece: Sequence[str] | str = ()) -> bytes:
        """The same as a table."""
        return self._bytes("GET", f"/v1/fits/{_part(id)}/card.csv", query={"piece": piece})

    def get_fits_id_card_pdf(self, id: str, *, piece: Sequence[str] | str = ()) -> bytes:
        """The same on paper: A4 at true size, with a code that leads here."""
        return self._bytes("GET", f"/v1/fits/{_part(id)}/card.pdf", query={"piece": piece})

    def post_links(self, body: LinkUsed) -> Begun:
        """Go on with a request on this device; a link works once."""
        told: Begun = self._json("POST", "/v1/links", body=body)
        return told

    def delete_me(self) -> None:
        """Delete all that is held of her visit, now; what runs under its consent ends."""
        self._bytes("DELETE", "/v1/me")

    def get_me_export(self) -> Mine:
        """All that is held of her visit: consent and kept fit cards."""
        told: Mine = self._json("GET", "/v1/me/export")
        return told

    def get_meeting(self) -> MeetingState:
        """What an invitation is for."""
        told: MeetingState = self._json("GET", "/v1/meeting")
        return told

    def get_meeting_pictures_name(self, name: str) -> bytes:
        """A picture that was kept at a meeting."""
        return self._bytes("GET", f"/v1/meeting/pictures/{_part(name)}")

    def post_meeting_place(self, body: bytes, mime: str = "application/sdp") -> bytes:
        """Join a meeting as a consultant, or connect to it again, with a new offer."""
        return self._bytes("POST", "/v1/meeting/place", body=body, mime=mime)

    def get_meeting_relays(self) -> Relays:
        """The same for somebody who was invited to a meeting."""
        told: Relays = self._json("GET", "/v1/meeting/relays")
        return told

    def get_openapi_json(self) -> Any:
        """This description."""
        told: Any = self._json("GET", "/v1/openapi.json")
        return told

    def get_phone_svg(self, *, piece: Sequence[str] | str = (), lang: Sequence[str] | str = ()) -> bytes:
        """A code that opens the mirror at a telephone with these pieces; it holds no token."""
        return self._bytes("GET", "/v1/phone.svg", query={"piece": piece, "lang": lang})

    def post_photos(self, body: bytes, mime: str = "image/jpeg", *, piece: Sequence[str] | str = ()) -> bytes:
        """Pieces on a picture of hers, with her consent to `photo`; it is kept nowhere. Style, not size."""
        return self._bytes("POST", "/v1/photos", query={"piece": piece}, body=body, mime=mime)

    def get_pieces(self) -> Cards:
        """The catalogue, or what a shop shows of it."""
        told: Cards = self._json("GET", "/v1/pieces")
        return told

    def get_pieces_id(self, id: str) -> Card:
        """One piece."""
        told: Card = self._json("GET", f"/v1/pieces/{_part(id)}")
        return told

    def get_pieces_id_possible(self, id: str, *, event_date: Sequence[str] | str = ()) -> TiersTold:
        """Whether a piece can be made by a date, in every tier it is made in."""
        told: TiersTold = self._json("GET", f"/v1/pieces/{_part(id)}/possible", query={"event_date": event_date})
        return told

    def get_pieces_id_poster_png(self, id: str) -> bytes:
        """Its picture."""
        return self._bytes("GET", f"/v1/pieces/{_part(id)}/poster.png")

    def get_pieces_id_view(self, id: str, *, yaw: Sequence[str] | str = (), pitch: Sequence[str] | str = ()) -> bytes:
        """A piece from one side, 640 px square on no ground, as large from all sides."""
        return self._bytes("GET", f"/v1/pieces/{_part(id)}/view", query={"yaw": yaw, "pitch": pitch})

    def get_policy(self) -> PolicyTold:
        """What the house promises of repairs and returns."""
        told: PolicyTold = self._json("GET", "/v1/policy")
        return told

    def get_portraits(self) -> Portraits:
        """Heads of our own that pieces can be seen on."""
        told: Portraits = self._json("GET", "/v1/portraits")
        return told

    def get_portraits_id_photo_jpg(self, id: str, *, piece: Sequence[str] | str = ()) -> bytes:
        """Pieces on a head of our own. Style, not size."""
        return self._bytes("GET", f"/v1/portraits/{_part(id)}/photo.jpg", query={"piece": piece})

    def get_privacy(self) -> Retention:
        """What is held of a wearer, where, and how long: the table that the sweeper enforces."""
        told: Retention = self._json("GET", "/v1/privacy")
        return told

    def get_provenance_id(self, id: str) -> ProvenanceTold:
        """Where a finished piece comes from; for anybody who has its id."""
        told: ProvenanceTold = self._json("GET", f"/v1/provenance/{_part(id)}")
        return told

    def get_provenance_id_files_file(self, id: str, file: str) -> bytes:
        """A picture or film from the bench."""
        return self._bytes("GET", f"/v1/provenance/{_part(id)}/files/{_part(file)}")

    def get_relays(self) -> Relays:
        """TURN servers for her mirror, with credentials for an hour; none where none is set up."""
        told: Relays = self._json("GET", "/v1/relays")
        return told

    def post_requests(self, body: Wish) -> Begun:
        """Begin a request; it may be half done. Its key opens it on this device."""
        told: Begun = self._json("POST", "/v1/requests", body=body)
        return told

    def delete_requests_id(self, id: str, *, if_match: str = "") -> None:
        """Throw a draft away."""
        self._bytes("DELETE", f"/v1/requests/{_part(id)}", headers={"If-Match": if_match})

    def get_requests_id(self, id: str) -> RequestTold:
        """A request."""
        told: RequestTold = self._json("GET", f"/v1/requests/{_part(id)}")
        return told

    def put_requests_id(self, id: str, body: Wish, *, if_match: str = "", idempotency_key: str = "") -> RequestTold:
        """Save what is wished, whole, while it is a draft."""
        told: RequestTold = self._json(
            "PUT",
            f"/v1/requests/{_part(id)}",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def post_requests_id_appointments_appointment_cancellation(
        self, id: str, appointment: str, body: AppointmentSeen, *, if_match: str = "", idempotency_key: str = ""
    ) -> RequestTold:
        """She cannot come."""
        told: RequestTold = self._json(
            "POST",
            f"/v1/requests/{_part(id)}/appointments/{_part(appointment)}/cancellation",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def post_requests_id_appointments_appointment_link(self, id: str, appointment: str) -> MeetingLinkMade:
        """Into the waiting room."""
        told: MeetingLinkMade = self._json("POST", f"/v1/requests/{_part(id)}/appointments/{_part(appointment)}/link")
        return told

    def post_requests_id_appointments_appointment_wish(
        self, id: str, appointment: str, body: TimeWished, *, if_match: str = "", idempotency_key: str = ""
    ) -> RequestTold:
        """Ask for another time; it stands until the atelier moves it."""
        told: RequestTold = self._json(
            "POST",
            f"/v1/requests/{_part(id)}/appointments/{_part(appointment)}/wish",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def post_requests_id_approvals_round_decision(
        self, id: str, round: str, body: Decided, *, if_match: str = "", idempotency_key: str = ""
    ) -> RequestTold:
        """Decide on the newest revision, by the digest of what was shown; `final` cannot be taken back."""
        told: RequestTold = self._json(
            "POST",
            f"/v1/requests/{_part(id)}/approvals/{_part(round)}/decision",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def post_requests_id_approvals_round_revisions_number_comments(
        self, id: str, round: str, number: str, body: Said, *, if_match: str = "", idempotency_key: str = ""
    ) -> RequestTold:
        """Say something of a revision, pinned on its picture where x and y are given."""
        told: RequestTold = self._json(
            "POST",
            f"/v1/requests/{_part(id)}/approvals/{_part(round)}/revisions/{_part(number)}/comments",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def post_requests_id_cancellation(
        self, id: str, body: Cancelled, *, if_match: str = "", idempotency_key: str = ""
    ) -> RequestTold:
        """Take a request back, until metal is cast."""
        told: RequestTold = self._json(
            "POST",
            f"/v1/requests/{_part(id)}/cancellation",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def get_requests_id_erasure(self, id: str) -> ErasureTold:
        """What an erasure would take away, and what would stay."""
        told: ErasureTold = self._json("GET", f"/v1/requests/{_part(id)}/erasure")
        return told

    def post_requests_id_erasure(self, id: str, body: Nothing, *, if_match: str = "") -> ErasureTold:
        """Erase all that is hers, for good; her keys open nothing afterwards."""
        told: ErasureTold = self._json(
            "POST", f"/v1/requests/{_part(id)}/erasure", headers={"If-Match": if_match}, body=body
        )
        return told

    def post_requests_id_files(self, id: str, body: bytes, mime: str = "application/octet-stream") -> FileTold:
        """Add a picture (JPEG, PNG or WebP); it is written anew, without what a camera notes beside it."""
        told: FileTold = self._json("POST", f"/v1/requests/{_part(id)}/files", body=body, mime=mime)
        return told

    def delete_requests_id_files_file(self, id: str, file: str) -> None:
        """Take a picture away from a draft."""
        self._bytes("DELETE", f"/v1/requests/{_part(id)}/files/{_part(file)}")

    def get_requests_id_files_file(self, id: str, file: str) -> bytes:
        """A file."""
        return self._bytes("GET", f"/v1/requests/{_part(id)}/files/{_part(file)}")

    def post_requests_id_links(self, id: str) -> LinkMade:
        """A link to go on with on another device, once, within 7 days."""
        told: LinkMade = self._json("POST", f"/v1/requests/{_part(id)}/links")
        return told

    def post_requests_id_links_mail(self, id: str) -> None:
        """Mail such a link to the address that she gave."""
        self._bytes("POST", f"/v1/requests/{_part(id)}/links/mail")

    def get_requests_id_papers_name(self, id: str, name: str) -> bytes:
        """A paper of the finished piece: `certificate` or `care`."""
        return self._bytes("GET", f"/v1/requests/{_part(id)}/papers/{_part(name)}")

    def post_requests_id_price(
        self, id: str, body: PriceAgreed, *, if_match: str = "", idempotency_key: str = ""
    ) -> RequestTold:
        """Agree to the price of a number."""
        told: RequestTold = self._json(
            "POST",
            f"/v1/requests/{_part(id)}/price",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def post_requests_id_submission(
        self, id: str, body: Sent, *, if_match: str = "", idempotency_key: str = ""
    ) -> RequestTold:
        """Send a draft to the atelier."""
        told: RequestTold = self._json(
            "POST",
            f"/v1/requests/{_part(id)}/submission",
            headers={"If-Match": if_match, "Idempotency-Key": idempotency_key},
            body=body,
        )
        return told

    def get_sessions(self) -> Room:
        """Whether there is room."""
        told: Room = self._json("GET", "/v1/sessions")
        return told

    def post_sessions(
        self, body: bytes, mime: str = "application/sdp", *, piece: Sequence[str] | str = (), invitation: str = ""
    ) -> bytes:
        """Open a session with a WebRTC offer; with a header `Invitation`, a client's at a meeting."""
        return self._bytes(
            "POST", "/v1/sessions", query={"piece": piece}, headers={"Invitation": invitation}, body=body, mime=mime
        )

    def delete_sessions_id(self, id: str) -> None:
        """End a session."""
        self._bytes("DELETE", f"/v1/sessions/{_part(id)}")

    def get_sessions_id(self, id: str) -> SessionState:
        """A session."""
        told: SessionState = self._json("GET", f"/v1/sessions/{_part(id)}")
        return told

    def post_sessions_id(self, id: str, body: bytes, mime: str = "application/sdp") -> bytes:
        """Connect to a session again with a new offer."""
        return self._bytes("POST", f"/v1/sessions/{_part(id)}", body=body, mime=mime)

    def post_sessions_id_laid(
        self, id: str, body: bytes, mime: str = "image/jpeg", *, kind_: Sequence[str] | str = ()
    ) -> LaidTold:
        """A picture of a ring or bangle that she wears, laid flat beside a bank card: its inner diameter with
        its doubt, or why it cannot be read and what to do; of a coin, whether the card is of its size. The
        picture is read and forgotten; the numbers are told, and given to the mirror by `known.set` (`laid`)."""
        told: LaidTold = self._json(
            "POST", f"/v1/sessions/{_part(id)}/laid", query={"kind": kind_}, body=body, mime=mime
        )
        return told

    def post_sessions_id_stills(
        self, id: str, body: bytes, mime: str = "image/jpeg", *, anew: Sequence[str] | str = ()
    ) -> Calibrating:
        """A still of the calibration board, as large as the camera takes it, at most 5 a second. Its corners
        are read and it is forgotten; the camera's numbers are told, not kept."""
        told: Calibrating = self._json(
            "POST", f"/v1/sessions/{_part(id)}/stills", query={"anew": anew}, body=body, mime=mime
        )
        return told

    def post_sets(self, body: SetAsked) -> Set:
        """Save a set under a name of 1 to 80 characters. It holds no personal data but that name, is read by
        whoever has its id, and is forgotten when nobody opened it for 365 days; at most 20000 are kept, and
        200 saved an hour."""
        told: Set = self._json("POST", "/v1/sets", body=body)
        return told

    def get_sets_id(self, id: str) -> Set:
        """A saved set."""
        told: Set = self._json("GET", f"/v1/sets/{_part(id)}")
        return told

    def get_shop(self) -> ShopShown:
        """The shop whose publishable key a page has."""
        told: ShopShown = self._json("GET", "/v1/shop")
        return told

    def post_shop_check(self, body: PageWish, *, lang: Sequence[str] | str = ()) -> PageChecked:
        """What a page of the shop is sent with that keeps the mirror from it, and what to write instead; 10
        times a minute."""
        told: PageChecked = self._json("POST", "/v1/shop/check", query={"lang": lang}, body=body)
        return told

    def get_shop_hooks(self) -> HooksTold:
        """The addresses at which a shop's server is told things (Standard Webhooks 1.0), and how each does."""
        told: HooksTold = self._json("GET", "/v1/shop/hooks")
        return told

    def post_shop_hooks(self, body: HookWish) -> HookMade:
        """A new address; at most 10 of a shop."""
        told: HookMade = self._json("POST", "/v1/shop/hooks", body=body)
        return told

    def delete_shop_hooks_hook(self, hook: str) -> None:
        """Take an address away, with its log."""
        self._bytes("DELETE", f"/v1/shop/hooks/{_part(hook)}")

    def put_shop_hooks_hook(self, hook: str, body: HookWish) -> HookTold:
        """An address, said anew: also to switch it off and on."""
        told: HookTold = self._json("PUT", f"/v1/shop/hooks/{_part(hook)}", body=body)
        return told

    def get_shop_hooks_hook_deliveries(self, hook: str, *, after: Sequence[str] | str = ()) -> Deliveries:
        """What it was told, newest first, with every try; forgotten after 30 days."""
        told: Deliveries = self._json("GET", f"/v1/shop/hooks/{_part(hook)}/deliveries", query={"after": after})
        return told

    def post_shop_hooks_hook_deliveries_delivery_replay(self, hook: str, delivery: str) -> DeliveryTold:
        """Send a message anew, under its own id."""
        told: DeliveryTold = self._json("POST", f"/v1/shop/hooks/{_part(hook)}/deliveries/{_part(delivery)}/replay")
        return told

    def post_shop_hooks_hook_replay(self, hook: str) -> Replayed:
        """Send anew all that was given up."""
        told: Replayed = self._json("POST", f"/v1/shop/hooks/{_part(hook)}/replay")
        return told

    def post_shop_hooks_hook_secret(self, hook: str) -> HookMade:
        """A new secret; the one before signs too for 24 hours."""
        told: HookMade = self._json("POST", f"/v1/shop/hooks/{_part(hook)}/secret")
        return told

    def post_shop_hooks_hook_test(self, hook: str) -> DeliveryTold:
        """Tell it that it is being tested: event `hook.tested`."""
        told: DeliveryTold = self._json("POST", f"/v1/shop/hooks/{_part(hook)}/test")
        return told

    def get_shop_pieces(self) -> Cards:
        """What a shop shows; its server may ask 300 times a minute in all."""
        told: Cards = self._json("GET", "/v1/shop/pieces")
        return told

    def get_shop_products(self) -> ProductsTold:
        """How a shop sells our pieces: its number, name, price, page and sizes of each."""
        told: ProductsTold = self._json("GET", "/v1/shop/products")
        return told

    def put_shop_products(self, body: bytes, mime: str = "text/csv", *, dry: Sequence[str] | str = ()) -> FeedTold:
        """The product feed, as CSV with a header or the same as JSON (a list of products), at most 2000: sku,
        title, price, currency, url, sizes, and piece (its id) or glb (the file it was brought as). All of it
        is taken, or nothing while anything is wrong; what it does not name is sold no more."""
        told: FeedTold = self._json("PUT", "/v1/shop/products", query={"dry": dry}, body=body, mime=mime)
        return told

    def get_shop_requests(self, *, stage: Sequence[str] | str = (), after: Sequence[str] | str = ()) -> ShopRequests:
        """The requests that were begun on a shop's pages, newest first, from their submission on; a sandbox key
        sees those of sandbox keys, a live one the others."""
        told: ShopRequests = self._json("GET", "/v1/shop/requests", query={"stage": stage, "after": after})
        return told

    def get_shop_requests_request(self, request: str) -> ShopRequest:
        """One of them: where it stands, and how pieces fit her if she agreed that the shop sees it."""
        told: ShopRequest = self._json("GET", f"/v1/shop/requests/{_part(request)}")
        return told

    def _json(self, method: str, path: str, **more: Any) -> Any:
        return json.loads(self._bytes(method, path, **more))

    def _bytes(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Sequence[str] | str] | None = None,
        headers: Mapping[str, str] | None = None,
        body: Any = None,
        mime: str = "application/json",
    ) -> bytes:
        asked = {name: [value] if isinstance(value, str) else value for name, value in (query or {}).items()}
        said = urlencode({name: value for name, value in asked.items() if list(value) not in ([], [""])}, doseq=True)
        sent = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(f"{self._address}{path}{f'?{said}' if said else ''}", sent, method=method)
        own = {"Authorization": f"Bearer {self._key}" if self._key else "", "Shop-Key": self._shop_key}
        own |= {"Content-Type": "" if sent is None else mime}
        for name, value in {**own, **(headers or {})}.items():
            if value:
                request.add_header(name, value)
        try:
            with urllib.request.urlopen(request, timeout=self._wait_s) as answer:
                self.last = answer.headers
                told: bytes = answer.read()
                return told
        except urllib.error.HTTPError as err:
            with err:
                raise _refusal(err) from None


def webhook(
    secrets: Sequence[str], headers: Mapping[str, str], body: bytes, *, now_s: float | None = None
) -> WebhookEvent:
    """What a webhook tells, if it is signed with one of the secrets and new (Standard Webhooks 1.0). `body` as it came.

    Keep `webhook-id` and pass over what comes twice: it may. Raises WebhookError.
    """
    said = {name.lower(): value for name, value in headers.items()}
    id, at, signed = (said.get(f"webhook-{name}", "") for name in ("id", "timestamp", "signature"))
    now = time.time() if now_s is None else now_s
    if not (id and at.isascii() and at.isdigit() and len(at) < 12) or abs(now - int(at)) > TOLERANCE_S:
        raise WebhookError("it has no id, or is too old")
    content = b".".join((id.encode(), at.encode(), body))
    good = False
    for secret in secrets:
        key = base64.b64decode(secret.removeprefix("whsec_"))
        meant = b"v1," + base64.b64encode(hmac.new(key, content, hashlib.sha256).digest())
        for one in signed.split(" "):
            good = hmac.compare_digest(meant, one.encode()) or good
    if not good:
        raise WebhookError("it is not signed with this secret")
    try:
        told: WebhookEvent = json.loads(body)
    except ValueError:
        raise WebhookError("it is no JSON") from None
    return told


def _refusal(err: urllib.error.HTTPError) -> ApiError:
    after = err.headers.get("Retry-After", "")
    try:
        said = json.loads(err.read())["error"]
        reason, detail = str(said["reason"]), str(said["detail"])
    except (ValueError, KeyError, TypeError):
        # something between us and the service answered in its own way
        reason, detail = "other", str(err.reason)
    return ApiError(err.code, reason, detail, float(after) if after.isdigit() else 0.0)


def _part(said: str) -> str:
    """A part of an address."""
    return quote(said, safe="")
