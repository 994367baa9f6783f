"""When a meeting is over: what was made at it goes into the request it was about, and all are written to.

A meeting about no request yet begins a draft for the client, filled in with all of it, and a link to it goes to her.
What is private to the atelier goes into neither. A meeting that was not ended by anybody (a closed laptop, a crash) is
settled after a while of silence; one that goes on later is settled once more, for what was made since.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select

from tryon.atelier import asked, hooks, requests, stages
from tryon.atelier.meetings import CLIENT, entries_of, held_name, seats_of
from tryon.atelier.store import Store, Unit
from tryon.atelier.tables import File, Meeting, MeetingEntry, MeetingPicture, MeetingSeat, Request, Tried
from tryon.atelier.who import HOUSE
from tryon.messages import Entry

SILENT = datetime.timedelta(minutes=30)
"Nobody is there any more, and nothing was said for so long: it is over."
NOTES_MAX = 4000
"As `asked.Notes`."
PICTURES_MAX = 24
"With one request, her own among them (`attach.FILES_MAX`)."


@dataclass(frozen=True, slots=True)
class Made:
    """What was made at a meeting that its client may have."""

    pieces: tuple[str, ...]
    notes: tuple[tuple[str, str], ...]
    "Who wrote, and what: the newest of each."
    measures: dict[str, tuple[float, float]]
    "mm: value and U95, by name."
    report: dict[str, Any] | None
    "Measures and verdicts, whole."
    pictures: tuple[str, ...]
    "Names of those she agreed to."


def made_of(entries: Iterable[Entry]) -> Made:
    """Read it from the journal."""
    pieces: dict[str, None] = {}
    notes: dict[str, tuple[str, str]] = {}
    measures: dict[str, tuple[float, float]] = {}
    report: dict[str, Any] | None = None
    pictures = []
    for entry in entries:
        data = entry.data
        match entry.kind:
            case "pieces":
                pieces |= {worn["piece"]: None for worn in data["worn"]}
            case "note" if not data["private"]:
                notes.pop(entry.by, None)
                if text := asked.plain(data["text"], lines=True):
                    notes[entry.by] = entry.name, text
            case "measured":
                told = {name: (each["value_mm"], each["u95_mm"]) for name, each in data["measurements"].items()}
                measures = {name: pair for name, pair in told.items() if None not in pair}
            case "report":
                report = data
            case "snapshot":
                pictures.append(data["picture"])
    return Made(tuple(pieces), tuple(notes.values()), measures, report, tuple(pictures))


def settle(unit: Unit, id: str) -> None:
    """Settle what is new of a meeting, once. Raises AtelierError."""
    meeting = unit.rows.get_one(Meeting, id, with_for_update=True, populate_existing=True)
    if meeting.admitted_at is None:
        return  # she never was let in, or it was settled meanwhile
    unit.about = id
    entries = entries_of(unit, id, after=meeting.settled_n)
    made, at = made_of(entries), meeting.admitted_at
    meeting.admitted_at, meeting.settled_n = None, entries[-1].n
    seats = [seat for seat in seats_of(unit, id) if seat.withdrawn_at is None]
    request = _request(unit, meeting)
    if request is None:
        return
    pictures = 0
    if request.stage not in stages.END:
        pictures = _fill(unit, request, made, id, at)
    hooks.tell_of(unit, request, "consultation.ended", at=at.isoformat())
    for seat in seats:
        if seat.id == CLIENT or seat.staff_id is not None:
            unit.tell(
                "session.ended",
                request.id,
                to=seat.staff_id or CLIENT,
                at=at.isoformat(),
                pieces=list(made.pieces),
                notes="\n".join(text if len(made.notes) == 1 else f"{name}: {text}" for name, text in made.notes),
                snapshots=pictures,
                measures=made.measures,
            )


def settle_silent(store: Store) -> None:
    """Settle every meeting that nobody ended and nobody is at any more. Raises AtelierError."""

    def silent(unit: Unit) -> list[str]:
        last = select(func.max(MeetingEntry.at)).where(MeetingEntry.meeting_id == Meeting.id).scalar_subquery()
        asks = select(Meeting.id).where(Meeting.admitted_at.is_not(None), last < unit.now - SILENT)
        return list(unit.rows.scalars(asks))

    for id in store.look(silent):
        give_back = store.hold(held_name(id))
        if give_back is None:
            continue  # they are there, and write nothing
        try:
            store.change(HOUSE, "meeting.settle", lambda unit, id=id: settle(unit, id))  # type: ignore[misc]
        finally:
            give_back()


def _request(unit: Unit, meeting: Meeting) -> Request | None:
    """The request that the meeting is about; a draft of hers where there is none; None: nobody knows where to write."""
    if meeting.request_id is None:
        client = unit.rows.get(MeetingSeat, (meeting.id, CLIENT))
        if client is None or not client.email:
            return None
        begun = requests.begin_for(unit, name=client.name, email=client.email, language=meeting.language)
        meeting.request_id = begun.id
        return begun
    return requests.held(unit, meeting.request_id)


def _fill(unit: Unit, request: Request, made: Made, meeting: str, at: datetime.datetime) -> int:
    """Put it into a request; how many pictures came with it."""
    tried = set(unit.rows.scalars(select(Tried.piece_id).where(Tried.request_id == request.id)))
    position = unit.rows.scalar(select(func.max(Tried.position)).where(Tried.request_id == request.id))
    first = 0 if position is None else position + 1
    new = [piece for piece in made.pieces if piece not in tried][: max(0, asked.PIECES_MAX - len(tried))]
    for number, piece in enumerate(new, first):
        unit.rows.add(Tried(request_id=request.id, piece_id=piece, position=number, wished=False))
    if made.report is not None:
        request.measured = asked.snapshot(made.report)
    said = "\n".join(f"{at:%Y-%m-%d}, {name}: {text}" for name, text in made.notes)
    # her own words stay whole
    room = NOTES_MAX - len(request.notes) - 2
    if said and room > 0:
        request.notes = "\n\n".join(part for part in (request.notes, said[:room]) if part)
    return _give_pictures(unit, request, made, meeting)


def _give_pictures(unit: Unit, request: Request, made: Made, meeting: str) -> int:
    """Those she agreed to, as her own: the bytes stay where they are, and go when either lets them go."""
    hers = select(func.count()).where(File.request_id == request.id, File.by_role == "client")
    room = max(0, PICTURES_MAX - (unit.rows.scalar(hers) or 0))
    given = made.pictures[max(0, len(made.pictures) - room) :]
    for name in given:
        picture = unit.rows.get_one(MeetingPicture, (meeting, name))
        unit.rows.add(
            File(
                id=unit.new_id(),
                request_id=request.id,
                kind="snapshot",
                mime="image/jpeg",
                key=picture.key,
                sha256=picture.sha256,
                size=picture.size,
                words="",
                made_at=picture.made_at,
                by_role="client",
                by_id=request.id,
            )
        )
    return len(given)
