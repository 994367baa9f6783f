"""The people of a meeting around one mirror: their connections, what they hear of one another, what is kept.

The wearer's own connection belongs to her room (tryon.media.room); those of consultants are held here. All pictures
come from the room's one encoder, as packets; speech goes from each to all others, as packets. Nothing of her is seen
or heard by anyone before she agreed to `share` and a consultant let her in. What is said or made is in the journal
before anybody is told of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec

from tryon.errors import ConsentError, MessageError, SessionError, TryonError
from tryon.journal import Journal
from tryon.media.chores import Chores
from tryon.media.control import Control
from tryon.media.encoder import Encoded
from tryon.media.governor import Governor
from tryon.media.peer import Peer
from tryon.media.voice import Spoken
from tryon.meeting import (
    CONSULTANTS_MAX,
    MAY,
    WHILE_WAITING,
    Level,
    Role,
    Seat,
    may_see,
    quality_of,
    standing,
    strokes_left,
    worth_telling,
)
from tryon.messages import (
    Admit,
    Agree,
    ChatSay,
    Decline,
    End,
    Ended,
    EndReason,
    Entry,
    Envelope,
    Freeze,
    FreezeEnd,
    Here,
    JournalSaid,
    Leave,
    MarkDraw,
    MarkUndo,
    MeasureAsk,
    Measured,
    MuteSet,
    NoteSet,
    Person,
    Pieces,
    SnapshotAsk,
)
from tryon.settings import Settings

log = logging.getLogger(__name__)

CLIENT = "client"
"Her seat."
GUEST_KEY_EVERY_S = 2.0
"A guest who loses packets gets a key frame no more often: each one costs the wearer sharpness."
PICTURE_EVERY_S = 1.0
STROKES_MAX = 200
"Of one person, on one still."
BATCH_BYTES = 32 * 1024
DELAY_MAX_S = 0.1
"Her voice waits for her picture no longer: people who talk mind a delay more than lips that are early."


@dataclass(frozen=True, slots=True)
class Kept:
    """A composited picture to keep."""

    jpeg: bytes
    size_px: tuple[int, int]
    pieces: list[str]
    true_size: bool


class Host(Protocol):
    """What the company needs of the room it is in."""

    governor: Governor

    @property
    def purposes(self) -> frozenset[str]:
        """What she agreed to."""

    @property
    def delay_s(self) -> float:
        """How long a picture takes from its arrival to its departure, of late."""

    def greeting(self) -> list[msgspec.Struct]:
        """How things stand at the mirror, for who comes."""

    def want_key(self) -> bool:
        """Ask for a key frame; whether there will be one."""

    def on_empty(self) -> None:
        """The last guest went."""

    async def picture(self) -> Kept:
        """The next composited picture. Raises SessionError."""

    async def obey(self, by: str, control: Control, envelope: Envelope, data: msgspec.Struct) -> None:
        """Do what was said to the mirror itself. Raises TryonError."""

    async def send_away(self, reason: EndReason) -> None:
        """End the wearer's connection; nobody waits for another."""

    async def close(self, reason: EndReason = "closed") -> None:
        """End it all."""


@dataclass(slots=True)
class _Place:
    seat: Seat
    peer: Peer | None = None
    muted: bool = False
    level: Level = "good"
    reasons: list[str] = field(default_factory=list)
    key_s: float = float("-inf")


class Company:
    """One meeting's people. Lives on the room's event loop."""

    def __init__(self, settings: Settings, host: Host, meeting: str, journal: Journal) -> None:
        self.meeting = meeting
        self._settings, self._host, self._journal = settings, host, journal
        self._loop = asyncio.get_running_loop()
        self._disk = ThreadPoolExecutor(1, thread_name_prefix="journal")
        self._writing = asyncio.Lock()
        self._places: dict[str, _Place] = {}
        self._chores = Chores("a meeting")
        self._stands = standing(journal.entries)
        self._moved: tuple[str, Pieces] | None = None
        "Who moved a piece since that was last kept, and what is worn."
        self._pictured_s = float("-inf")
        self._said_here: tuple[list[Person], bool] | None = None

    # who is there

    @property
    def stands(self) -> Any:
        """Where the meeting stands (tryon.meeting.Standing)."""
        return self._stands

    @property
    def shared(self) -> bool:
        """Whether she is seen and heard by the others."""
        return self._stands.admitted and "share" in self._host.purposes

    @property
    def present(self) -> bool:
        """Whether any guest is connected."""
        return any(place.peer is not None for place in self._guests())

    async def welcome(self, seat: Seat, offer: str) -> str:
        """The answer to a consultant's offer, in place of an earlier connection of hers. Raises TryonError."""
        others = [place for place in self._guests() if place.peer is not None and place.seat.id != seat.id]
        if len(others) >= CONSULTANTS_MAX:
            raise SessionError("meeting_full", f"{CONSULTANTS_MAX} consultants are at this meeting; no more can join.")
        peer = Peer(self._settings, self, Control(self._hear_of(seat)), camera=False, speech=True)
        ceiling = self._settings.video_kbps
        answer = await peer.answer(offer, start_kbps=ceiling, max_kbps=ceiling)
        place = self._places.setdefault(seat.id, _Place(seat))
        before, place.peer, place.seat = place.peer, peer, seat
        if before is not None:
            before.control.say(Ended(reason="replaced"))
            self._chores.begin(before.close())
        self._hush(seat.id)
        self._tell_here()
        return answer

    def took_place(self, seat: Seat, peer: Peer) -> None:
        """The wearer has a connection."""
        place = self._places.setdefault(seat.id, _Place(seat))
        place.peer, place.seat = peer, seat
        self._hush(seat.id)
        self._tell_here()

    def went(self, seat: str) -> None:
        """Somebody's connection is lost; the place is kept."""
        place = self._places.get(seat)
        if place is None:
            return
        place.peer = None
        self._hush(seat)
        self._tell_here()

    async def close(self, reason: EndReason) -> None:
        """Say goodbye to every guest and give the journal back."""
        peers = [place.peer for place in self._guests() if place.peer is not None]
        for peer in peers:
            peer.control.say(Ended(reason=reason))
        await asyncio.gather(*(peer.close() for peer in peers))
        await self._chores.end()
        await self._keep_moved()
        await self._loop.run_in_executor(self._disk, self._journal.close)
        self._disk.shutdown(wait=False)

    # pictures and speech

    def feed(self, encoded: Encoded) -> None:
        """A picture that the room's encoder made, for every guest."""
        if self.shared:
            for place in self._guests():
                if place.peer is not None:
                    place.peer.feed(encoded)

    def spoke(self, seat: str, spoken: Spoken) -> None:
        """Pass on what somebody says to all others; hers waits for her picture."""
        speaker = self._places.get(seat)
        if speaker is None or speaker.muted or (seat == CLIENT and not self.shared):
            return
        delay_s = min(self._host.delay_s, DELAY_MAX_S) if seat == CLIENT else 0.0
        for listener in self._places.values():
            hears = listener.seat.id != CLIENT or self.shared
            if listener is not speaker and listener.peer is not None and hears:
                listener.peer.say(seat, spoken, delay_s=delay_s)

    def tell(self, data: msgspec.Struct, *, news: bool = False, but: Control | None = None) -> None:
        """Say to every guest what the wearer is told of her mirror."""
        if not self.shared and not isinstance(data, Pieces):
            return
        for place in self._guests():
            if place.peer is None or place.peer.control is but:
                continue
            if news:
                place.peer.control.say_news(data)
            else:
                place.peer.control.say(data)

    def tick(self) -> None:
        """Once a second: how good the connections are, and what was moved."""
        now = self._loop.time()
        for place in self._places.values():
            if place.peer is not None:
                place.level, place.reasons = quality_of(
                    up_loss=place.peer.up_loss(),
                    down_loss=place.peer.down_loss,
                    rtt_s=place.peer.control.rtt_s,
                    rate=self._host.governor.rate(place.peer, now),
                )
        self._tell_here()
        if self._moved is not None:
            self._chores.begin(self._keep_moved())

    # what guests' connections tell (tryon.media.peer.Listener)

    def on_camera(self, peer: Peer, picture: Any, /) -> None:
        """Guests send no picture."""

    def on_speech(self, peer: Peer, spoken: Spoken, /) -> None:
        """Pass it on."""
        if (place := self._place_of(peer)) is not None:
            self.spoke(place.seat.id, spoken)

    def on_key_wanted(self, peer: Peer, /) -> None:
        """At once when she joins, then no more often than GUEST_KEY_EVERY_S."""
        place, now = self._place_of(peer), self._loop.time()
        if place is not None and now - place.key_s >= GUEST_KEY_EVERY_S and self._host.want_key():
            place.key_s = now

    def on_report(self, peer: Peer, remb_bps: float | None, loss: float | None, /) -> None:
        """Take it into the bit rate, as a guest's."""
        if remb_bps is not None:
            self._host.governor.remb(peer, remb_bps)
        if loss is not None:
            self._host.governor.lost(peer, loss)

    def on_connected(self, peer: Peer, /) -> None:
        """Pictures can be sent."""
        if (place := self._place_of(peer)) is not None:
            place.key_s = float("-inf")
            self._host.governor.joined(peer, self._loop.time(), guest=True)

    def on_channel(self, peer: Peer, /) -> None:
        """Say how things stand."""
        if (place := self._place_of(peer)) is not None:
            for data in self._host.greeting():
                if self.shared or isinstance(data, Pieces):
                    peer.control.say(data)
            self.greet(place.seat, peer.control)

    def on_gone(self, peer: Peer, /) -> None:
        """The connection is lost; the mirror goes on, the place is kept."""
        self._host.governor.left(peer)
        if (place := self._place_of(peer)) is not None:
            self.went(place.seat.id)
            self._chores.begin(peer.close())
            if not self.present:
                self._host.on_empty()

    # words

    def greet(self, seat: Seat, control: Control) -> None:
        """Tell who comes who is there, and all that was kept."""
        control.say(self._here(seat.id))
        self._tell_here()
        if seat.role == "client" and not self._stands.admitted:
            return
        batch: list[Entry] = []
        size = 0
        for entry in worth_telling(self._journal.entries, seat.role):
            more = len(msgspec.json.encode(entry))
            if batch and size + more > BATCH_BYTES:
                control.say(JournalSaid(batch))
                batch, size = [], 0
            batch.append(entry)
            size += more
        control.say(JournalSaid(batch, whole=True))

    def greet_her(self, control: Control) -> None:
        """The same, for the wearer."""
        if (place := self._places.get(CLIENT)) is not None:
            self.greet(place.seat, control)

    async def hear(self, seat: str, control: Control, envelope: Envelope, data: msgspec.Struct) -> bool:
        """Do what somebody said; False when it is the mirror's business. Raises TryonError."""
        place = self._places.get(seat)
        if place is None:
            raise SessionError("session_lost", "You are not at this meeting any more.")
        role = place.seat.role
        if envelope.type not in MAY[role]:
            raise MessageError("not_yours", f"A {role} cannot say {envelope.type!r} here.")
        if role == "client" and not self._stands.admitted and envelope.type not in WHILE_WAITING:
            raise MessageError("not_admitted", "You will be let in by the consultant in a moment.")
        return await self._do(place, control, envelope.id, data)

    async def _do(self, place: _Place, control: Control, re: str | None, data: msgspec.Struct) -> bool:
        match data:
            case Leave():
                await self._leave(place, "left", "closed")
            case Decline():
                await self._decline(place, data.seat, control, re)
            case End():
                await self._record(place, "ended", {})
                # not waited for: this very task is one of those that end with it
                self._loop.create_task(self._host.close("closed"))
            case Admit():
                await self._admit(place, data.seat, control, re)
            case MuteSet():
                place.muted = data.muted
                self._tell_here()
            case ChatSay():
                await self._record(place, "chat", {"text": data.text}, control, re)
            case NoteSet():
                await self._record(place, "note", {"private": data.private, "text": data.text}, control, re)
            case Freeze():
                await self._freeze(place, control, re)
            case FreezeEnd():
                await self._record(place, "live", {}, control, re)
            case MarkDraw():
                await self._draw(place, data, control, re)
            case MarkUndo():
                if self._strokes(place, data.still):
                    await self._record(place, "unmark", {"still": data.still}, control, re)
            case SnapshotAsk():
                await self._ask(place, "snapshot", control, re)
            case MeasureAsk():
                await self._ask(place, "measure", control, re)
            case Agree():
                await self._agree(place, data, control, re)
            case _:
                return False
        return True

    async def _admit(self, place: _Place, seat: str, control: Control, re: str | None) -> None:
        client = self._client(seat)
        if client.peer is None:
            raise SessionError("client_away", "She is not connected now. Let her in when she is back.")
        if not self._stands.admitted:
            await self._record(place, "admitted", {"seat": seat}, control, re)
            self.greet(client.seat, client.peer.control)
            for data in self._host.greeting():
                self.tell(data)

    async def _decline(self, place: _Place, seat: str, control: Control, re: str | None) -> None:
        client = self._client(seat)
        await self._record(place, "declined", {"seat": seat}, control, re)
        await self._send_away(client, "declined")

    async def _leave(self, place: _Place, kind: str, reason: EndReason) -> None:
        await self._record(place, kind, {"seat": place.seat.id})
        await self._send_away(place, reason)

    async def _send_away(self, place: _Place, reason: EndReason) -> None:
        self._places.pop(place.seat.id, None)
        self._hush(place.seat.id)
        self._tell_here()
        if place.seat.role == "client":
            await self._host.send_away(reason)
        elif place.peer is not None:
            place.peer.control.say(Ended(reason=reason))
            self._host.governor.left(place.peer)
            # its own task says this: it must not wait for its own end
            self._loop.create_task(place.peer.close())
            if not self.present:
                self._host.on_empty()

    async def _freeze(self, place: _Place, control: Control, re: str | None) -> None:
        self._see_her()
        await self._keep_picture(place, "still", {}, control, re)

    async def _keep_picture(
        self, place: _Place, kind: str, more: dict[str, Any], control: Control | None, re: str | None
    ) -> None:
        now = self._loop.time()
        if now - self._pictured_s < PICTURE_EVERY_S:
            raise SessionError("picture_busy", "The last picture was taken this very moment. Please try again.")
        self._pictured_s = now
        kept = await self._host.picture()
        self._see_her()  # she may have gone meanwhile
        name = await self._loop.run_in_executor(self._disk, self._journal.keep, kept.jpeg)
        about = {"picture": name, "size_px": kept.size_px, "pieces": kept.pieces, "true_size": kept.true_size}
        await self._record(place, kind, about | more, control, re)

    async def _draw(self, place: _Place, data: MarkDraw, control: Control, re: str | None) -> None:
        if self._strokes(place, data.still) >= STROKES_MAX:
            raise MessageError("marks_full", f"{STROKES_MAX} strokes are on this picture; take one back first.")
        points = [[round(x, 1), round(y, 1)] for x, y in data.points]
        await self._record(place, "mark", {"still": data.still, "points": points}, control, re)

    def _strokes(self, place: _Place, still: int) -> int:
        entries = self._journal.entries
        if not any(entry.n == still and entry.kind == "still" for entry in entries):
            raise MessageError("still_unknown", "There is no such picture at this meeting.")
        return strokes_left(entries, still=still, by=place.seat.id)

    async def _ask(self, place: _Place, what: str, control: Control, re: str | None) -> None:
        self._see_her()
        if what in (self._stands.asked or {}).values():
            raise MessageError("asked_already", "She was asked and has not answered yet.")
        await self._record(place, "asked", {"what": what}, control, re)

    async def _agree(self, place: _Place, data: Agree, control: Control, re: str | None) -> None:
        what = (self._stands.asked or {}).get(data.ask)
        if what is None:
            raise MessageError("ask_unknown", "This question is not open any more.")
        await self._record(place, "answered", {"ask": data.ask, "what": what, "yes": data.yes}, control, re)
        if what == "snapshot" and data.yes:
            await self._keep_picture(place, "snapshot", {"ask": data.ask}, None, None)

    def _see_her(self) -> None:
        client = self._places.get(CLIENT)
        if "share" not in self._host.purposes:
            raise ConsentError("consent_missing", "She did not agree to be seen by others.")
        if not self._stands.admitted or client is None or client.peer is None:
            raise SessionError("client_away", "She is not here now. Nothing is lost; try again when she is back.")

    def _client(self, seat: str) -> _Place:
        place = self._places.get(seat)
        if seat != CLIENT or place is None:
            raise MessageError("seat_unknown", "Nobody of that name waits here.")
        return place

    # what is kept

    async def pieces_changed(self, by: str, pieces: Pieces, *, moved: bool) -> None:
        """Keep what is worn; that something was moved, once a second. Raises SessionError."""
        if moved:
            self._moved = (by, pieces)
            return
        self._moved = None
        place = self._places.get(by)
        if place is not None:
            await self._record(place, "pieces", msgspec.to_builtins(pieces))

    async def measured(self, measured: Measured) -> None:
        """Keep a measuring that she agreed to: its numbers for all, and the whole of it for her request."""
        place = self._places.get(CLIENT)
        if place is not None and self.shared:
            numbers = {
                name: {key: each.get(key) for key in ("value_mm", "u95_mm")}
                for name, each in measured.measurements.items()
            }
            await self._record(place, "report", msgspec.to_builtins(measured))
            await self._record(place, "measured", {"measurements": numbers})

    async def _keep_moved(self) -> None:
        moved, self._moved = self._moved, None
        place = None if moved is None else self._places.get(moved[0])
        if moved is not None and place is not None:
            await self._record(place, "pieces", msgspec.to_builtins(moved[1]))

    async def _record(
        self, place: _Place, kind: str, data: dict[str, Any], control: Control | None = None, re: str | None = None
    ) -> None:
        seat = place.seat
        async with self._writing:
            entry = await self._loop.run_in_executor(self._disk, self._journal.write, seat.id, seat.name, kind, data)
            self._stands = standing(self._journal.entries)
        if control is not None and re is not None:
            control.say(JournalSaid([entry]), re=re)
        for other in self._places.values():
            if other.peer is None or (other.peer.control is control and re is not None):
                continue
            role: Role = other.seat.role
            if may_see(role, entry) and (role == "consultant" or self._stands.admitted):
                other.peer.control.say(JournalSaid([entry]))
        if kind in ("admitted", "declined", "left"):
            self._tell_here()

    # small things

    def _here(self, you: str) -> Here:
        people, admitted = self._people()
        return Here(you, people, admitted)

    def _people(self) -> tuple[list[Person], bool]:
        admitted = self._stands.admitted
        people = []
        for place in self._places.values():
            seat = place.seat
            waits = seat.role == "client" and not admitted
            # who was answered and has yet to connect could not be told anything
            connected = place.peer is not None and place.peer.control.open
            state: Any = "away" if not connected else "waiting" if waits else "here"
            people.append(Person(seat.id, seat.role, seat.name, state, place.muted, place.level, list(place.reasons)))
        return people, admitted

    def _tell_here(self) -> None:
        now = self._people()
        if now != self._said_here:
            self._said_here = now
            for place in self._places.values():
                if place.peer is not None:
                    place.peer.control.say(self._here(place.seat.id))

    def _hush(self, speaker: str) -> None:
        for place in self._places.values():
            if place.peer is not None:
                place.peer.hush(speaker)

    def _guests(self) -> list[_Place]:
        return [place for place in self._places.values() if place.seat.role == "consultant"]

    def _place_of(self, peer: Peer) -> _Place | None:
        return next((place for place in self._places.values() if place.peer is peer), None)

    def _hear_of(self, seat: Seat) -> Callable[[Control, Envelope, msgspec.Struct], None]:
        def hear(control: Control, envelope: Envelope, data: msgspec.Struct) -> None:
            self._chores.begin(self._answer(seat, control, envelope, data))

        return hear

    async def _answer(self, seat: Seat, control: Control, envelope: Envelope, data: msgspec.Struct) -> None:
        try:
            if not await self.hear(seat.id, control, envelope, data):
                await self._host.obey(seat.id, control, envelope, data)
        except TryonError as err:
            control.refuse(err, re=envelope.id)
