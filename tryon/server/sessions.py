"""Live sessions over HTTP: an offer in, an answer out, and only under a recorded consent or an invitation.

Holds which session stands under which consent, at which meeting and of which shop.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import math
import secrets
import time
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier.meetings import Meetings
from tryon.atelier.shops import Keyed
from tryon.engine.pool import OFFER_BYTES_MAX, STILL_BYTES_MAX, Ended, Pool, Spec
from tryon.errors import AccessError, ConsentError, InputError, SessionError, TryonError
from tryon.meeting import Invitation, Role, Seat
from tryon.messages import PIECES_MAX
from tryon.pieces.shelf import Shelf
from tryon.server.bodies import bearer, consent_token, header, json_reply, mime, read_body
from tryon.server.consent import Consent, Ledger
from tryon.server.endpoints import JPEG, SDP
from tryon.server.shops import Doorman
from tryon.server.watch import Watch

log = logging.getLogger(__name__)

CANDIDATES_MAX = 50
INVITATION = "Invitation"
"The header with which a client's own consent opens her mirror at a meeting."
PURPOSE = "live"
SHARE = "share"
"What she agrees to besides at a meeting: to be seen and heard by the consultants."
STILLS = ("image/jpeg", "image/png", "image/webp")
STILLS_A_S = 5
STILL_EVERY_S = 1 / STILLS_A_S
"A page sends two or three a second."


class SessionState(msgspec.Struct):
    """`GET /v1/sessions/{id}`."""

    session: str
    pieces: list[str]
    "With which it was opened; what is worn now is said on the data channel."
    age_s: float


class MeetingState(msgspec.Struct):
    """`GET /v1/meeting`: what an invitation is for."""

    meeting: str
    seat: str
    role: Role
    name: str
    until: float
    "Seconds since 1970."
    request: str = ""
    "The request it is about, for consultants; empty: none yet."


class Room(msgspec.Struct):
    """`GET /v1/sessions`."""

    free: int
    "How many more sessions could be opened now."


@dataclass(slots=True)
class Opened:
    """A live session as the gateway knows it."""

    id: str
    consent: str
    "Empty while only consultants are there."
    pieces: tuple[str, ...]
    at_s: float
    still_s: float = -math.inf
    "When it last sent a still."
    seat: Seat | None = None
    "Hers, at a meeting."
    meeting: str = ""
    shop: str = ""
    "Id of the shop on whose page it is; empty: our own."
    shelf: tuple[str, ...] | None = None
    "Ids of the pieces that the shop shows; None: the whole catalogue."


class Sessions:
    """The handlers; their table is `tryon.server.session_table`."""

    def __init__(
        self, pool: Pool, shelf: Shelf, ledger: Ledger, meetings: Meetings, doorman: Doorman, watch: Watch
    ) -> None:
        self._pool, self._shelf, self._ledger, self._meetings = pool, shelf, ledger, meetings
        self._doorman, self._watch = doorman, watch
        self._sessions: dict[str, Opened] = {}
        self.closing = False
        "This server is about to stop: nothing new is opened."
        pool.on_end = self._on_end

    @property
    def running(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    async def room(self, request: Request) -> Response:
        """How many could be opened now, so that a page need not take her camera only to be refused."""
        return json_reply(Room(0 if self.closing else self._pool.free()))

    async def open_session(self, request: Request) -> Response:
        """A WebRTC offer in, its answer out; only after a recorded consent."""
        if self.closing:
            raise SessionError("server_closing", "This server is about to restart. Please try again in a moment.")
        token = consent_token(request)
        consent = self._ledger.find(token, purpose=PURPOSE)
        shop = await self._shop_of(consent, request)
        invitation = None
        if header(request, INVITATION):
            invitation = await self._invited(header(request, INVITATION), role="client")
            self._ledger.find(token, purpose=SHARE)
        pieces = self._wanted(request, shop)
        offer = await _read_offer(request)
        opened, found = self._begin(consent.id, pieces, None if invitation is None else invitation.seat, shop)
        # one live session a consent: the newest; told before any wait, so that two offers at once cannot both stay
        self._sessions[opened.id] = opened
        await self.close_all_of(consent, but=opened)
        recording = asyncio.to_thread(self._ledger.used, consent, session=opened.id)
        try:
            answer, _ = await asyncio.gather(self._connect(opened, offer, token, resumes=found), recording)
        except OSError:
            # what cannot be recorded does not take place
            await self._close(opened)
            raise
        self._watch.opened()
        if await request.is_disconnected():
            # nobody is there to end what was opened
            await self._close(opened)
        headers = {"Location": f"/v1/sessions/{opened.id}"}
        return Response(answer, 201, headers=headers, media_type=SDP)

    async def resume_session(self, request: Request) -> Response:
        """A new connection to the same session, after the old one was lost."""
        opened = self._session(request)
        await self._shop_of(self._ledger.find_valid(consent_token(request)), request)
        answer = await self._connect(opened, await _read_offer(request), consent_token(request), resumes=True)
        return Response(answer, 201, headers={"Location": f"/v1/sessions/{opened.id}"}, media_type=SDP)

    async def session(self, request: Request) -> Response:
        """That a session is there, and how it was opened."""
        opened = self._session(request)
        return json_reply(SessionState(opened.id, list(opened.pieces), round(time.monotonic() - opened.at_s, 1)))

    async def calibrate(self, request: Request) -> Response:
        """A still of the board as her camera takes it: what it tells of the camera, and what to do next."""
        opened = self._session(request)
        still = await self._still(request, opened)
        anew = request.query_params.get("anew") == "1"
        return json_reply(await self._pool.calibrate(opened.id, still, anew=anew))

    async def lay(self, request: Request) -> Response:
        """A picture of a ring, a bangle or a coin of hers beside a card: how wide it is, or what to do."""
        opened = self._session(request)
        kind = request.query_params.get("kind", "ring")
        still = await self._still(request, opened)
        return json_reply(await self._pool.lay(opened.id, still, kind))

    async def close_session(self, request: Request) -> Response:
        """End a session; nothing of it is kept."""
        await self._close(self._session(request))
        return Response(status_code=204)

    async def meeting(self, request: Request) -> Response:
        """What an invitation is for."""
        invitation = await self._invited(_invitation(request))
        seat = invitation.seat
        about = invitation.request if seat.role == "consultant" else ""
        return json_reply(MeetingState(seat.meeting, seat.id, seat.role, seat.name, invitation.until_s, about))

    async def join_meeting(self, request: Request) -> Response:
        """A consultant's WebRTC offer in, its answer out; again for every new connection."""
        if self.closing:
            raise SessionError("server_closing", "This server is about to restart. Please try again in a moment.")
        invitation = await self._invited(_invitation(request), role="consultant")
        offer = await _read_offer(request)
        opened, found = self._begin("", (), invitation.seat)
        self._sessions[opened.id] = opened
        try:
            answer = await self._pool.open(opened.id, offer, Spec((), (), invitation.seat))
        except TryonError as err:
            # that one more cannot join, or says what cannot be read, does not end a meeting that runs
            if not found or err.reason in ("session_lost", "session_unknown"):
                self._sessions.pop(opened.id, None)
            raise
        return Response(answer, 201, headers={"Location": "/v1/meeting/place"}, media_type=SDP)

    async def meeting_picture(self, request: Request) -> Response:
        """A picture that was kept at the meeting."""
        invitation = await self._invited(_invitation(request))
        name = request.path_params["name"]
        found = await asyncio.to_thread(self._meetings.picture, invitation.seat.meeting, name)
        if found is None:
            raise InputError("picture_unknown", "There is no such picture at this meeting.")
        return Response(found, media_type=JPEG)

    async def allow(self, consent: Consent) -> None:
        """Tell whatever runs under a consent what it now covers."""
        for opened in [opened for opened in self._sessions.values() if opened.consent == consent.id]:
            with contextlib.suppress(SessionError):  # it may have ended by itself meanwhile
                await self._pool.allow(opened.id, consent.purposes)

    async def close_all_of(self, consent: Consent, *, but: Opened | None = None) -> None:
        """End whatever runs under a consent."""
        for opened in [s for s in self._sessions.values() if s.consent == consent.id and s is not but]:
            await self._close(opened)

    def _begin(
        self, consent: str, pieces: tuple[str, ...], seat: Seat | None, shop: Keyed | None = None
    ) -> tuple[Opened, bool]:
        """A new session; at a meeting that somebody is at already, that one (True). Raises SessionError `shop_full`."""
        meeting = "" if seat is None else seat.meeting
        hers = seat if seat is not None and seat.role == "client" else None
        for opened in self._sessions.values():
            if meeting and opened.meeting == meeting:
                if hers is not None:
                    opened.consent, opened.seat = consent, hers
                return opened, True
        if shop is not None:
            others = sum(
                opened.shop == shop.shop_id and opened.consent != consent for opened in self._sessions.values()
            )
            if others >= shop.sessions_max:
                raise SessionError("shop_full", "All mirrors of this shop are taken. Please try again in a moment.")
        shelf = None if shop is None or shop.pieces is None else tuple(sorted(shop.pieces))
        new = Opened(secrets.token_hex(16), consent, pieces, time.monotonic(), seat=hers, meeting=meeting, shelf=shelf)
        new.shop = "" if shop is None else shop.shop_id
        return new, False

    async def _connect(self, opened: Opened, offer: str, token: str, *, resumes: bool = False) -> str:
        try:
            consent = self._ledger.find(token, purpose=PURPOSE)
            answer = await self._pool.open(
                opened.id, offer, Spec(opened.pieces, consent.purposes, opened.seat, opened.shelf)
            )
        except SessionError:
            # a session that cannot be reached is none; the browser opens a new one
            self._sessions.pop(opened.id, None)
            raise
        except TryonError:
            # an offer that cannot be answered does not end a session that runs
            if not resumes:
                self._sessions.pop(opened.id, None)
            raise
        try:
            # she may have taken her consent back while the session was being opened
            self._ledger.find(token, purpose=PURPOSE)
        except ConsentError:
            await self._close(opened)
            raise
        return answer

    async def _close(self, opened: Opened) -> None:
        self._sessions.pop(opened.id, None)
        with contextlib.suppress(SessionError):
            # it may have ended by itself meanwhile
            await self._pool.close(opened.id)

    def _on_end(self, ended: Ended) -> None:
        self._sessions.pop(ended.session_id, None)
        self._watch.ended(ended)
        log.info("session %s: %s", ended.session_id, ended.reason)

    def _session(self, request: Request) -> Opened:
        """The session of the address, if it stands under the caller's consent; else it does not exist for her."""
        consent = self._ledger.find(consent_token(request), purpose=PURPOSE)
        opened = self._sessions.get(request.path_params["id"])
        if opened is None or opened.consent != consent.id:
            raise SessionError("session_unknown", "This session is over or was never here. Please open a new one.")
        return opened

    async def _still(self, request: Request, opened: Opened) -> bytes:
        """The picture of a request, one after the other."""
        now = time.monotonic()
        if now - opened.still_s < STILL_EVERY_S:
            raise SessionError("still_busy", "Pictures came too fast. Send one after the other.")
        opened.still_s = now
        if mime(request) not in STILLS:
            raise InputError("still_not_picture", f"This address takes a picture as {', '.join(STILLS)}.")
        return await read_body(request, most=STILL_BYTES_MAX)

    async def _invited(self, token: str, *, role: Role | None = None) -> Invitation:
        """Whose invitation it is. Raises ConsentError, also when it is for another role."""
        found = await asyncio.to_thread(self._meetings.find, token)
        if role is not None and found.seat.role != role:
            raise ConsentError("meeting_other", f"This invitation is not for a {role}. Please use your own link.")
        return found

    async def _shop_of(self, consent: Consent, request: Request) -> Keyed | None:
        """The shop on whose page she agreed, if its key still holds. Raises AccessError."""
        shop = await self._doorman.shop(request)
        if consent.shop != ("" if shop is None else shop.shop_id):
            raise AccessError("shop_other", "She agreed on another page than this one. Please ask her here.")
        return shop

    def _wanted(self, request: Request, shop: Keyed | None) -> tuple[str, ...]:
        ids = tuple(dict.fromkeys(request.query_params.getlist("piece")))
        if len(ids) > PIECES_MAX:
            raise InputError("pieces_too_many", f"At most {PIECES_MAX} pieces can be worn at once.")
        if shop is not None and not all(shop.shows(id) for id in ids):
            raise InputError("piece_unknown", "There is no such piece in this shop.")
        if not all(id in self._shelf.shown for id in ids):
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        return ids


def _invitation(request: Request) -> str:
    token = bearer(request)
    if not token:
        raise ConsentError("meeting_unknown", "This address is for people who were invited. Please use your link.")
    return token


async def _read_offer(request: Request) -> str:
    """An SDP offer with a picture in it, checked as far as is cheap; the session's process reads it in full."""
    if mime(request) != SDP:
        raise InputError("offer_not_sdp", f"This address takes a WebRTC offer as {SDP}.")
    body = await read_body(request, most=OFFER_BYTES_MAX)
    try:
        offer = body.decode()
    except UnicodeDecodeError as err:
        raise InputError("offer_unreadable", "The offer is not text.") from err
    lines = offer.splitlines()
    if not lines or lines[0].strip() != "v=0" or not any(line.startswith("m=") for line in lines):
        raise InputError("offer_unreadable", "The offer is not SDP: it has no v=0 line or no m= line.")
    if sum(line.startswith("a=candidate:") for line in lines) > CANDIDATES_MAX:
        raise InputError("offer_unreadable", f"An offer may name {CANDIDATES_MAX} candidates.")
    return offer
