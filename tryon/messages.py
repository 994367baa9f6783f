"""What is said on the data channel `control`: one envelope, and the data of each type.

    {"v": 1, "type": "pieces.set", "id": "7", "data": {"pieces": ["aurora"]}}      browser -> server
    {"v": 1, "type": "pieces",     "re": "7", "data": {...}}                       server -> browser

`id` asks for an answer, `re` names what is answered. Unknown types are ignored (a newer peer may say them);
a malformed message gets an `error` and the session goes on. At most MESSAGE_BYTES_MAX bytes a message.
The mirror's page speaks the same words: web/control.js (tests/test_messages.py compares the two).

A snapshot travels on the same channel: `snapshot` says how many bytes follow, then binary messages of at most
CHUNK_BYTES each, in order, until they are all there.
"""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal

import msgspec
import numpy as np

from tryon.errors import MessageError
from tryon.types import Camera, Nudge, Piece, Place, Stage

VERSION = 1
MESSAGE_BYTES_MAX = 64 * 1024
CHUNK_BYTES = 16 * 1024
HEARTBEAT_S = 1.0
"Each side says `ping` this often; either side may take the other for lost after HEARTBEATS_LOST of silence."
HEARTBEATS_LOST = 4
PIECES_MAX = 8
"Worn together."
NUDGE_MAX_MM, NUDGE_MAX_DEG = 80.0, 45.0


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """Every message, both ways."""

    v: Literal[1]
    type: str
    id: str | None = None
    re: str | None = None
    data: msgspec.Raw = msgspec.Raw(b"{}")


class PlaceSet(msgspec.Struct, forbid_unknown_fields=True):
    """Where a piece is worn when not at its own place."""

    on: Literal["left_hand", "right_hand", "either_hand"]
    "`either_hand`: the one she shows."
    finger: Literal["thumb", "index", "middle", "ring", "little", ""] = ""
    "For a ring; empty: its own finger."
    held: bool = False
    "Not worn but held in the open palm, to be turned and looked at; any piece can be."


def place_of(piece: Piece, said: PlaceSet, /) -> Place:
    """Where she wants it. Raises MessageError where it cannot be worn; anything can be held."""
    if not said.held and piece.worn_on not in ("left_hand", "right_hand"):
        raise MessageError("place_wrong", f"{piece.name} is worn on the {piece.worn_on}; it can be held in a hand.")
    finger = said.finger or piece.finger
    if said.on != "either_hand":
        return Place(said.on, finger, said.held)
    own = piece.worn_on if piece.worn_on in ("left_hand", "right_hand") else "left_hand"
    return Place(own, finger, said.held, either=True)


class PiecesSet(msgspec.Struct, forbid_unknown_fields=True):
    """`pieces.set`: wear these together, in place of what is worn. Answered by `pieces`."""

    pieces: list[str]
    places: dict[str, PlaceSet] = {}
    "By piece: another hand or finger than its own, or the open palm."


class NudgeSet(msgspec.Struct, forbid_unknown_fields=True):
    """`nudge.set`: move a worn piece off its own seat (all zero: back). Answered by `pieces`."""

    piece: str
    up_mm: float = 0.0
    forward_mm: float = 0.0
    tilt_deg: float = 0.0


def nudge_of(up_mm: float, forward_mm: float, tilt_deg: float, /) -> Nudge:
    """How far she moved a piece. Raises MessageError beyond what makes sense."""
    if max(abs(up_mm), abs(forward_mm)) > NUDGE_MAX_MM or abs(tilt_deg) > NUDGE_MAX_DEG:
        raise MessageError(
            "nudge_too_far", f"A piece can be moved by {NUDGE_MAX_MM:.0f} mm and {NUDGE_MAX_DEG:.0f} degrees."
        )
    return Nudge(up_mm, forward_mm, math.radians(tilt_deg))


class BareSet(msgspec.Struct, forbid_unknown_fields=True):
    """`bare.set`: show the picture without pieces (before) or with them (after). Answered by `pieces`."""

    bare: bool


class StageSet(msgspec.Struct, forbid_unknown_fields=True):
    """`stage.set`: show the picture in another light than her room's, or from the tenth row. Answered by `pieces`."""

    light: Stage = "room"
    far: bool = False


class SnapshotTake(msgspec.Struct, forbid_unknown_fields=True):
    """`snapshot.take`: the next shown picture, unmirrored, with the shop's mark. Answered by `snapshot`."""


AsWorn = Literal["tied", "loose", "cap"]
"Her hair while she is measured."


GIVEN_MAX = 16
"One of each name (tryon.fit.given.NAMES), of rings, wrists and bangles one a hand."


class GivenSet(msgspec.Struct, forbid_unknown_fields=True):
    """One thing she knows already, as she typed it: see tryon.fit.given."""

    name: Annotated[str, msgspec.Meta(max_length=40)]
    values: Annotated[list[Annotated[str, msgspec.Meta(max_length=12)]], msgspec.Meta(min_length=1, max_length=2)]
    how: Annotated[str, msgspec.Meta(max_length=12)] = ""
    unit: Literal["mm", "cm", "in"] = "mm"
    hand: Literal["left", "right", ""] = ""
    "Of a ring or a wrist."


class KnownSet(msgspec.Struct, forbid_unknown_fields=True):
    """`known.set`: all that she knows already, in place of what was given before. Answered by `measured`, or by
    `asked`; then nothing has changed."""

    given: Annotated[list[GivenSet], msgspec.Meta(max_length=GIVEN_MAX)]


Part = Literal["head", "neck", "hand", "chin"]
"What of her is measured; `chin`: up and down once, which nothing needs and which shows how well it repeats."
Step = Literal["look", "card", "left", "right", "chin", "neck", "hand"]
"Of the guide, in its order."


class MeasureStart(msgspec.Struct, forbid_unknown_fields=True):
    """`measure.start`: measure her from now on, anew if that was under way. Answered by `measuring`.

    What earlier visits showed stays, and is told together with this one.
    """

    hair: AsWorn
    parts: Annotated[tuple[Part, ...], msgspec.Meta(min_length=1, max_length=4)] = ("head", "neck")


class MeasureStep(msgspec.Struct, forbid_unknown_fields=True):
    """`measure.step`: what she is asked for from now on. Hands are only looked for while they are asked for."""

    step: Step


class MeasureStop(msgspec.Struct, forbid_unknown_fields=True):
    """`measure.stop`: enough was seen; `measured` follows."""


class MeasureCancel(msgspec.Struct, forbid_unknown_fields=True):
    """`measure.cancel`: forget what was seen. Answered by `pieces`."""


class MeasureForget(msgspec.Struct, forbid_unknown_fields=True):
    """`measure.forget`: start over: every visit and all that was given is forgotten. Answered by `pieces`."""


_Side = Annotated[int, msgspec.Meta(ge=2, le=100_000)]
_Pixels = Annotated[float, msgspec.Meta(gt=0, le=1e5)]
_Term = Annotated[float, msgspec.Meta(ge=-1e4, le=1e4)]
FOCAL_PER_SIDE = (0.3, 6.0)
"Of the longer side: from 118 degrees of view to 9. Nothing else looks at a wearer."


class CameraKnown(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A camera's own numbers at one size of picture, in the order of its file (tryon.camera.profile)."""

    width: _Side
    height: _Side
    fx: _Pixels
    fy: _Pixels
    cx: _Term
    cy: _Term
    distortion: tuple[_Term, _Term, _Term, _Term, _Term]
    focal_std: Annotated[float, msgspec.Meta(gt=0, le=1)]


def camera_of(known: CameraKnown, /) -> Camera:
    """The camera. Raises MessageError for numbers that no webcam has."""
    width, height = known.width, known.height
    least, most = (share * max(width, height) for share in FOCAL_PER_SIDE)
    if not (least < known.fx < most and least < known.fy < most and 0 < known.cx < width and 0 < known.cy < height):
        raise MessageError(
            "camera_impossible",
            f"No webcam of {width} x {height} pixels has these numbers (focal length {known.fx:.0f}, {known.fy:.0f}; "
            f"middle {known.cx:.0f}, {known.cy:.0f}). Calibrate it anew.",
        )
    matrix = np.array([[known.fx, 0, known.cx], [0, known.fy, known.cy], [0, 0, 1]], dtype=np.float64)
    distortion = np.array(known.distortion, dtype=np.float64)
    return Camera(matrix, (width, height), known.focal_std, "calibrated", distortion)


def known_of(camera: Camera, /) -> CameraKnown:
    """The numbers of a camera."""
    K = camera.matrix
    return CameraKnown(
        *camera.size_px,
        fx=float(K[0, 0]),
        fy=float(K[1, 1]),
        cx=float(K[0, 2]),
        cy=float(K[1, 2]),
        distortion=tuple(float(term) for term in camera.distortion),  # type: ignore[arg-type]  # five, says Camera
        focal_std=camera.focal_std,
    )


class CameraSet(msgspec.Struct, forbid_unknown_fields=True):
    """`camera.set`: the camera that takes her picture from now on; null: nobody knows it. Answered by `camera`.

    It holds for pictures of its own shape, of any size.
    """

    camera: CameraKnown | None


# a meeting: a consultant and a client at the client's mirror (tryon.meeting says who may say what)

SEAT_MAX = 40
CHAT_MAX, NOTE_MAX = 2000, 8000
STROKE_POINTS_MAX = 400
_Seat = Annotated[str, msgspec.Meta(min_length=1, max_length=SEAT_MAX)]
_Along = Annotated[float, msgspec.Meta(ge=0, le=10_000)]


class Admit(msgspec.Struct, forbid_unknown_fields=True):
    """`admit`: let her who waits in; from then on she is seen and heard."""

    seat: _Seat


class Decline(msgspec.Struct, forbid_unknown_fields=True):
    """`decline`: send the client away; the meeting goes on."""

    seat: _Seat


class Leave(msgspec.Struct, forbid_unknown_fields=True):
    """`leave`: go; the others stay."""


class End(msgspec.Struct, forbid_unknown_fields=True):
    """`end`: the meeting is over for all."""


class MuteSet(msgspec.Struct, forbid_unknown_fields=True):
    """`mute.set`: whether the speaker's microphone is off; nothing of it is passed on then."""

    muted: bool


class ChatSay(msgspec.Struct, forbid_unknown_fields=True):
    """`chat.say`: a line for all. Answered by `journal` once it is kept."""

    text: Annotated[str, msgspec.Meta(min_length=1, max_length=CHAT_MAX)]


class NoteSet(msgspec.Struct, forbid_unknown_fields=True):
    """`note.set`: the whole of one's own note, shared with her or for the atelier only. Answered by `journal`."""

    private: bool
    text: Annotated[str, msgspec.Meta(max_length=NOTE_MAX)]


class Freeze(msgspec.Struct, forbid_unknown_fields=True):
    """`freeze`: keep the next composited picture as a still that all see and draw on. Answered by `journal`."""


class FreezeEnd(msgspec.Struct, forbid_unknown_fields=True):
    """`freeze.end`: back to the live picture, for all. Answered by `journal`."""


class MarkDraw(msgspec.Struct, forbid_unknown_fields=True):
    """`mark.draw`: a stroke on a still, in pixels of the picture, never mirrored. Answered by `journal`."""

    still: Annotated[int, msgspec.Meta(ge=1)]
    "The entry of the still."
    points: Annotated[list[tuple[_Along, _Along]], msgspec.Meta(min_length=1, max_length=STROKE_POINTS_MAX)]


class MarkUndo(msgspec.Struct, forbid_unknown_fields=True):
    """`mark.undo`: take one's own last stroke on a still back. Answered by `journal`."""

    still: Annotated[int, msgspec.Meta(ge=1)]


class SnapshotAsk(msgspec.Struct, forbid_unknown_fields=True):
    """`snapshot.ask`: may a picture of her be taken and kept? Answered by `journal` when the question is put."""


class MeasureAsk(msgspec.Struct, forbid_unknown_fields=True):
    """`measure.ask`: would she let herself be measured now? Answered by `journal` when the question is put."""


class Agree(msgspec.Struct, forbid_unknown_fields=True):
    """`agree`: her yes or no to a question. Answered by `journal`."""

    ask: Annotated[int, msgspec.Meta(ge=1)]
    "The entry of the question."
    yes: bool


class Ping(msgspec.Struct, forbid_unknown_fields=True):
    """`ping`: answered by `pong` with the same `t_ms`."""

    t_ms: float = 0.0


FROM_BROWSER: dict[str, type[msgspec.Struct]] = {
    "pieces.set": PiecesSet,
    "nudge.set": NudgeSet,
    "bare.set": BareSet,
    "stage.set": StageSet,
    "snapshot.take": SnapshotTake,
    "camera.set": CameraSet,
    "measure.start": MeasureStart,
    "measure.step": MeasureStep,
    "measure.stop": MeasureStop,
    "measure.cancel": MeasureCancel,
    "measure.forget": MeasureForget,
    "known.set": KnownSet,
    "admit": Admit,
    "decline": Decline,
    "leave": Leave,
    "end": End,
    "mute.set": MuteSet,
    "chat.say": ChatSay,
    "note.set": NoteSet,
    "freeze": Freeze,
    "freeze.end": FreezeEnd,
    "mark.draw": MarkDraw,
    "mark.undo": MarkUndo,
    "snapshot.ask": SnapshotAsk,
    "measure.ask": MeasureAsk,
    "agree": Agree,
    "ping": Ping,
    "pong": Ping,
}


class WornPiece(msgspec.Struct):
    """A piece as it is worn now."""

    piece: str
    up_mm: float
    forward_mm: float
    tilt_deg: float
    moved: bool
    "False is the badge `true size`, True is `moved`."
    on: str = "head"
    finger: str = ""
    held: bool = False


class Pieces(msgspec.Struct):
    """`pieces`: what is worn now; after every change, and once when a connection opens."""

    worn: list[WornPiece]
    bare: bool
    light: Stage = "room"
    "In which light the picture is shown."
    far: bool = False
    "Whether from the tenth row."


class CameraTaken(msgspec.Struct):
    """`camera`: what her camera is taken for."""

    source: Literal["prior", "given", "calibrated"]
    focal_u95_percent: float


class State(msgspec.Struct):
    """`state`: how well the wearer can be seen; on every change."""

    view: Literal["searching", "live", "lost"]
    hints: list[str]
    size_u95_percent: int = 0
    "How well her own size is known, against which pieces are drawn; 0: not yet."


class Stats(msgspec.Struct):
    """`stats`: once a second; how the mirror is doing."""

    fps: float
    stages_ms: dict[str, float]
    dropped: int
    size_px: tuple[int, int]
    kbps: float
    server_ms: float = 0.0
    "Median time from a camera picture's arrival to its composited picture's departure."


class Measuring(msgspec.Struct):
    """`measuring`: twice a second while she is measured."""

    steps: dict[str, float]
    "How far each step of the guide (Step) is, 0 to 1; those that matter for what is measured, and with her hair."
    card_refused: str
    "Why the newest card could not be used (tryon.types.ReferenceReason); empty when it could."
    hinders: str
    """What stands in the way now (tryon.types.Hint, or face_not_found, come_closer, glasses_dark, face_half_shaded);
    empty when nothing does."""
    frames: int
    accepted: int
    hand: Literal["left", "right", ""] = ""
    "Which hand of hers is seen beside the card; empty: none yet."


class Measured(msgspec.Struct):
    """`measured`: what `tryon measure` writes (DESIGN section 6): every number with its doubt."""

    measurements: dict[str, dict[str, Any]]
    over_hair: dict[str, dict[str, Any]]
    "Breadth and length of the head as a band meets them."
    fit: dict[str, dict[str, Any]]
    "Of every piece of the shelf, what fits best first."
    scale: dict[str, Any] | None
    capture: dict[str, Any]
    steps: list[dict[str, Any]]
    "What would narrow her head's circumference, and by how much."
    planned_hair: dict[str, Any] = {}
    "Hair as it will be worn with the pieces; the mirror plans none."
    sizes: list[dict[str, Any]] = []
    "Hat, rings, chains and bracelets in four countries, each from which size to which."
    head: dict[str, Any] | None = None
    "What seating a piece on her head takes besides her measures, should she have them kept."
    rules: str = ""
    "The pageant's rules that pieces are held to; the mirror chooses none."
    other_hand: dict[str, dict[str, Any]] = {}
    "Of her other hand, what `measurements` has of one: each hand's say which (`hand`)."


class Asked(msgspec.Struct):
    """`asked`: something that was given cannot be so, or not alone; nothing was taken on."""

    name: str
    reason: str
    "As in tryon.fit.given.Reason."
    detail: str
    meant_mm: list[list[float]]
    "What may have been meant, likeliest first."
    meant_how: str
    "Of a size: the system in which the same label can be."


class Snapshot(msgspec.Struct):
    """`snapshot`: binary messages with this many bytes follow."""

    mime: str
    bytes: int
    true_size: bool
    pieces: list[str]


class Person(msgspec.Struct):
    """Someone at a meeting."""

    seat: str
    role: Literal["client", "consultant"]
    name: str
    state: Literal["waiting", "here", "away"]
    "`away`: the connection is lost, and is waited for."
    muted: bool
    quality: Literal["good", "warning", "bad"]
    reasons: list[str]
    "Of the quality: see tryon.meeting."


class Here(msgspec.Struct):
    """`here`: who is at the meeting; on every change, and once when a connection opens."""

    you: str
    people: list[Person]
    admitted: bool
    "Whether she was let in: until then nobody sees or hears her."


class Entry(msgspec.Struct, frozen=True):
    """One thing that was said or made at a meeting."""

    n: int
    "Counted from 1."
    at: str
    "When, in UTC (ISO 8601)."
    by: str
    "The seat."
    name: str
    kind: str
    data: dict[str, Any]


class JournalSaid(msgspec.Struct):
    """`journal`: what was kept. All that one may see when a connection opens (in several messages, the last with
    `whole`), then each entry as it is made."""

    entries: list[Entry]
    whole: bool = False


EndReason = Literal["closed", "left", "failed", "replaced", "declined", "restarting"]


class Ended(msgspec.Struct):
    """`ended`: the last word on this connection."""

    reason: EndReason
    """`replaced`: another connection to the same session took its place; `declined`: sent away from a meeting, which
    goes on; the others end the session. `restarting`: the server stops and comes back; whoever is there asks again."""


class Said(msgspec.Struct):
    """`error`: what could not be done with a message."""

    reason: str
    detail: str


TO_BROWSER: dict[str, type[msgspec.Struct]] = {
    "pieces": Pieces,
    "camera": CameraTaken,
    "state": State,
    "stats": Stats,
    "measuring": Measuring,
    "measured": Measured,
    "asked": Asked,
    "snapshot": Snapshot,
    "here": Here,
    "journal": JournalSaid,
    "error": Said,
    "ended": Ended,
    "ping": Ping,
    "pong": Ping,
}
_TYPE_OF = {kind: name for name, kind in TO_BROWSER.items() if kind is not Ping}

_envelope = msgspec.json.Decoder(Envelope)


def read(text: str | bytes) -> tuple[Envelope, msgspec.Struct | None]:
    """The envelope and its checked data (None for a type we do not know). Raises MessageError."""
    if len(text) > MESSAGE_BYTES_MAX:
        raise MessageError("message_too_long", f"A message may have {MESSAGE_BYTES_MAX} bytes, not {len(text)}.")
    try:
        envelope = _envelope.decode(text)
        kind = FROM_BROWSER.get(envelope.type)
        return envelope, None if kind is None else msgspec.json.decode(envelope.data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise MessageError("message_unreadable", f"The message could not be read: {err}.") from err


def write(data: msgspec.Struct, *, type: str | None = None, id: str | None = None, re: str | None = None) -> str:
    """A message as text. `type` is only needed for `ping` and `pong`, which share their data."""
    body: dict[str, Any] = {"v": VERSION, "type": type or _TYPE_OF[data.__class__], "data": data}
    if id is not None:
        body["id"] = id
    if re is not None:
        body["re"] = re
    return msgspec.json.encode(body).decode()
