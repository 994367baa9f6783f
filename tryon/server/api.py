"""The HTTP contract under /v1: consent first, then a session; no session without a recorded consent."""

from __future__ import annotations

import asyncio
import contextlib
import datetime
import hashlib
import logging
import math
import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier.meetings import Meetings
from tryon.atelier.shops import Keyed
from tryon.body.ring import LAID
from tryon.calibrating import Calibrating
from tryon.camera.bands import band_sheet
from tryon.camera.sheet import board_drawing, board_sheet
from tryon.engine.pool import OFFER_BYTES_MAX, STILL_BYTES_MAX, Ended, Pool, Spec
from tryon.errors import AccessError, ConsentError, InputError, SessionError, TryonError
from tryon.fitcard.content import fit_card
from tryon.fitcard.pages import pages
from tryon.fitcard.record import BYTES_MAX as MEASURES_BYTES_MAX
from tryon.fitcard.record import Record
from tryon.meeting import Invitation, Role, Seat
from tryon.messages import PIECES_MAX
from tryon.owned import LaidTold
from tryon.pieces.shelf import Shelf
from tryon.server.bodies import bearer, header, json_reply, mime, read_body, read_json
from tryon.server.cards import Card, Cards, card
from tryon.server.consent import GUARDIAN_MAX, Consent, ConsentText, Ledger, language_of
from tryon.server.endpoints import JPEG, JSON, PDF, PNG, SDP, SVG, Answer, Endpoint, openapi
from tryon.server.sets import KEPT_S, NAME_MAX, SAVES_AN_HOUR_MAX, SETS_MAX, Set, SetAsked, Sets
from tryon.server.shops import KEY_HEADER, Doorman
from tryon.server.watch import Watch
from tryon.track.marker import Board

log = logging.getLogger(__name__)

API_VERSION = "1.0"
JSON_BYTES_MAX = 4 * 1024
CANDIDATES_MAX = 50
INVITATION = "Invitation"
"The header with which a client's own consent opens her mirror at a meeting."
PURPOSE = "live"
SHARE = "share"
MEASURE = "measure"
"What she agrees to besides at a meeting: to be seen and heard by the consultants."
STILLS = ("image/jpeg", "image/png", "image/webp")
STILLS_A_S = 5
STILL_EVERY_S = 1 / STILLS_A_S
"A page sends two or three a second."


class ConsentAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/consents`."""

    version: str
    purposes: list[str]
    language: str = "en"
    guardian: str = ""
    "Name of the parent or guardian who agrees, where the wearer is under 16."


class ConsentGiven(msgspec.Struct):
    """Its answer. The token goes into `Authorization: Bearer`, never into an address."""

    consent: str
    token: str
    until: float


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


class Health(msgspec.Struct):
    """`/livez` and `/readyz`."""

    status: str


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


class FitCardAsked(msgspec.Struct, forbid_unknown_fields=True):
    """`POST /v1/fitcards`: what `measured` said, and the piece whose card is wanted."""

    piece: str
    measures: Record


class Api:
    """All handlers; holds which session stands under which consent."""

    def __init__(
        self,
        pool: Pool,
        shelf: Shelf,
        texts: Mapping[str, ConsentText],
        ledger: Ledger,
        sets: Sets,
        meetings: Meetings,
        doorman: Doorman,
        watch: Watch,
        more: Sequence[Endpoint] = (),
        *,
        on_withdrawn: Callable[[str], object] = lambda consent: None,
    ) -> None:
        self._pool = pool
        self._shelf, self._pieces = shelf, shelf.pieces
        self._sets = sets
        self._more = more
        self._on_withdrawn = on_withdrawn
        self._meetings, self._doorman = meetings, doorman
        self._texts = texts
        self._ledger = ledger
        self._sessions: dict[str, Opened] = {}
        self._watch = watch
        self.closing = False
        self.description = msgspec.json.encode(openapi(self.endpoints(), version=API_VERSION))
        "OpenAPI."
        pool.on_end = self._on_end

    # the catalogue

    async def pieces(self, request: Request) -> Response:
        """Every piece that is shown there, without its mesh."""
        shop = await self._doorman.shop(request)
        shown = self._shelf.shown.items()
        if shop is None:
            cards = [card(piece) for _, piece in shown]
        else:
            cards = [card(piece, shop.products.get(id)) for id, piece in shown if shop.shows(id)]
        return _cached(request, msgspec.json.encode(Cards(cards)), JSON, vary=KEY_HEADER)

    async def piece(self, request: Request) -> Response:
        """One piece."""
        return _cached(request, msgspec.json.encode(self._card(request.path_params["id"])), JSON)

    async def poster(self, request: Request) -> Response:
        """Its picture, drawn by our own renderer."""
        found = self._card(request.path_params["id"])
        path = self._shelf.posters.get(found.id)
        if path is None:
            raise InputError("poster_missing", f"There is no picture of {found.name} yet.")
        return _cached(request, await asyncio.to_thread(path.read_bytes), PNG)

    # sets

    async def save_set(self, request: Request) -> Response:
        """Keep pieces that are worn together under a name; nothing else of her is kept."""
        asked = await read_json(request, SetAsked, most=JSON_BYTES_MAX)
        kept = await asyncio.to_thread(self._sets.save, asked, self._pieces)
        return json_reply(kept, status=201, headers={"Location": f"/v1/sets/{kept.set}"})

    async def saved_set(self, request: Request) -> Response:
        """A set that was saved; a piece that left the catalogue since is still named."""
        return json_reply(await asyncio.to_thread(self._sets.find, request.path_params["id"]))

    # consent

    async def consent_words(self, request: Request) -> Response:
        """The words she agrees to, in her browser's language if there is one, else in English."""
        language = language_of(header(request, "accept-language"), self._texts)
        return json_reply(self._texts[language], headers={"Vary": "Accept-Language", "Content-Language": language})

    async def give_consent(self, request: Request) -> Response:
        """Record that she agreed; from then on her token opens sessions."""
        shop = await self._doorman.shop(request)
        if shop is not None:
            self._doorman.count(shop)
        asked = await read_json(request, ConsentAsked, most=JSON_BYTES_MAX)
        of_shop, sandbox = ("", False) if shop is None else (shop.shop_id, shop.sandbox)
        guardian = asked.guardian.strip()
        if len(guardian) > GUARDIAN_MAX or not guardian.isprintable() or bool(asked.guardian) != bool(guardian):
            raise InputError("guardian_wrong", f"A guardian's name has 1 to {GUARDIAN_MAX} characters on one line.")
        consent, token = await asyncio.to_thread(
            self._ledger.give, self._text(asked), asked.purposes, shop=of_shop, sandbox=sandbox, guardian=guardian
        )
        self._watch.consent("given")
        return json_reply(ConsentGiven(consent.id, token, consent.until_s), status=201)

    async def widen_consent(self, request: Request) -> Response:
        """Record that she agreed to more; what runs under her consent is told."""
        token = _bearer(request)
        if self._ledger.find_valid(token).id != request.path_params["id"]:
            raise ConsentError("consent_unknown", "This consent is not known here.")
        asked = await read_json(request, ConsentAsked, most=JSON_BYTES_MAX)
        consent = await asyncio.to_thread(self._ledger.widen, token, self._text(asked), asked.purposes)
        self._watch.consent("widened")
        for opened in [opened for opened in self._sessions.values() if opened.consent == consent.id]:
            with contextlib.suppress(SessionError):  # it may have ended by itself meanwhile
                await self._pool.allow(opened.id, consent.purposes)
        return Response(status_code=204)

    def _text(self, asked: ConsentAsked) -> ConsentText:
        """The words she agrees to, if they are those that were shown. Raises InputError, ConsentError."""
        text = self._texts.get(asked.language)
        if text is None:
            known = ", ".join(sorted(self._texts))
            raise InputError("consent_language_unknown", f"The words are known in {known}.")
        if asked.version != text.version:
            raise ConsentError(
                "consent_outdated", "The words have changed since they were shown. Please read them again."
            )
        return text

    async def withdraw_consent(self, request: Request) -> Response:
        """Take a consent back: whatever runs under it ends, and that is recorded."""
        token = _bearer(request)
        consent = self._ledger.find_any(token)
        if consent.id != request.path_params["id"]:
            raise ConsentError("consent_unknown", "This consent is not known here.")
        try:
            # from here on the token opens nothing; a session that is being opened sees it when it is ready
            await asyncio.to_thread(self._ledger.withdraw, token)
            await asyncio.to_thread(self._on_withdrawn, consent.id)
        finally:
            await self.close_all_of(consent)
        self._watch.consent("withdrawn")
        return Response(status_code=204)

    # sessions

    async def room(self, request: Request) -> Response:
        """How many could be opened now, so that a page need not take her camera only to be refused."""
        return json_reply(Room(0 if self.closing else self._pool.free()))

    async def open_session(self, request: Request) -> Response:
        """A WebRTC offer in, its answer out; only after a recorded consent."""
        if self.closing:
            raise SessionError("server_closing", "This server is about to restart. Please try again in a moment.")
        token = _bearer(request)
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

    # meetings

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

    async def _invited(self, token: str, *, role: Role | None = None) -> Invitation:
        """Whose invitation it is. Raises ConsentError, also when it is for another role."""
        found = await asyncio.to_thread(self._meetings.find, token)
        if role is not None and found.seat.role != role:
            raise ConsentError("meeting_other", f"This invitation is not for a {role}. Please use your own link.")
        return found

    async def resume_session(self, request: Request) -> Response:
        """A new connection to the same session, after the old one was lost."""
        opened = self._session(request)
        await self._shop_of(self._ledger.find_valid(_bearer(request)), request)
        answer = await self._connect(opened, await _read_offer(request), _bearer(request), resumes=True)
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
        """A picture of a ring or bangle of hers beside a card: how wide it is inside, or what to do."""
        opened = self._session(request)
        kind = request.query_params.get("kind", "ring")
        if kind not in LAID:
            raise InputError("laid_unknown", f"What lies beside the card is one of {', '.join(LAID)}.")
        still = await self._still(request, opened)
        return json_reply(await self._pool.lay(opened.id, still, kind))

    async def _still(self, request: Request, opened: Opened) -> bytes:
        """The picture of a request, one after the other."""
        now = time.monotonic()
        if now - opened.still_s < STILL_EVERY_S:
            raise SessionError("still_busy", "Pictures came too fast. Send one after the other.")
        opened.still_s = now
        if mime(request) not in STILLS:
            raise InputError("still_not_picture", f"This address takes a picture as {', '.join(STILLS)}.")
        return await read_body(request, most=STILL_BYTES_MAX)

    async def board(self, request: Request) -> Response:
        """The board that a camera is calibrated by, to print."""
        return _cached(request, await asyncio.to_thread(board_sheet, Board().square_mm), PDF)

    async def board_picture(self, request: Request) -> Response:
        """The same board, to be shown on a second screen."""
        return _cached(request, board_drawing(), SVG)

    async def bands(self, request: Request) -> Response:
        """Paper bands that measuring reads round head, neck and wrist, to print."""
        return _cached(request, await asyncio.to_thread(band_sheet), PDF)

    async def fit_card(self, request: Request) -> Response:
        """The fit card of one piece from what the mirror said of her; nothing of it is kept."""
        self._ledger.find(_bearer(request), purpose=MEASURE)
        asked = await read_json(request, FitCardAsked, most=MEASURES_BYTES_MAX)
        if asked.piece not in self._pieces:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        piece, today = self._pieces[asked.piece], datetime.date.today()
        pdf = await asyncio.to_thread(lambda: pages(fit_card(asked.measures, piece, today)))
        name = f'attachment; filename="fit-{piece.id}.pdf"'
        return Response(pdf, media_type=PDF, headers={"Content-Disposition": name, "Cache-Control": "no-store"})

    async def close_session(self, request: Request) -> Response:
        """End a session; nothing of it is kept."""
        await self._close(self._session(request))
        return Response(status_code=204)

    # the machine

    async def livez(self, request: Request) -> Response:
        """The process answers."""
        return json_reply(Health("ok"))

    async def readyz(self, request: Request) -> Response:
        """It would take a session."""
        if self.closing:
            raise SessionError("server_closing", "This server is about to restart.")
        return json_reply(Health("ready"))

    async def described(self, request: Request) -> Response:
        """This description."""
        return _cached(request, self.description, JSON)

    @property
    def running(self) -> int:
        """How many sessions there are."""
        return len(self._sessions)

    def _on_end(self, ended: Ended) -> None:
        self._sessions.pop(ended.session_id, None)
        self._watch.ended(ended)
        log.info("session %s: %s", ended.session_id, ended.reason)

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

    async def close_all_of(self, consent: Consent, *, but: Opened | None = None) -> None:
        """End whatever runs under a consent."""
        for opened in [s for s in self._sessions.values() if s.consent == consent.id and s is not but]:
            await self._close(opened)

    def _session(self, request: Request) -> Opened:
        """The session of the address, if it stands under the caller's consent; else it does not exist for her."""
        consent = self._ledger.find(_bearer(request), purpose=PURPOSE)
        opened = self._sessions.get(request.path_params["id"])
        if opened is None or opened.consent != consent.id:
            raise SessionError("session_unknown", "This session is over or was never here. Please open a new one.")
        return opened

    async def _shop_of(self, consent: Consent, request: Request) -> Keyed | None:
        """The shop on whose page she agreed, if its key still holds. Raises AccessError."""
        shop = await self._doorman.shop(request)
        if consent.shop != ("" if shop is None else shop.shop_id):
            raise AccessError("shop_other", "She agreed on another page than this one. Please ask her here.")
        return shop

    def _card(self, id: str) -> Card:
        found = self._pieces.get(id)
        if found is None:
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        return card(found)

    def _wanted(self, request: Request, shop: Keyed | None) -> tuple[str, ...]:
        ids = tuple(dict.fromkeys(request.query_params.getlist("piece")))
        if len(ids) > PIECES_MAX:
            raise InputError("pieces_too_many", f"At most {PIECES_MAX} pieces can be worn at once.")
        if shop is not None and not all(shop.shows(id) for id in ids):
            raise InputError("piece_unknown", "There is no such piece in this shop.")
        if not all(id in self._shelf.shown for id in ids):
            raise InputError("piece_unknown", "There is no such piece in this catalogue.")
        return ids

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        opening = (
            "consent_missing",
            "consent_unknown",
            "consent_withdrawn",
            "consent_expired",
            "offer_not_sdp",
            "offer_unreadable",
            "body_too_large",
            "server_full",
            "session_lost",
            "server_closing",
        )
        holding = ("consent_missing", "consent_unknown", "consent_withdrawn", "consent_expired", "session_unknown")
        invitation = ("meeting_unknown", "meeting_expired", "meeting_withdrawn", "store_unavailable")
        shop = ("shop_key_unknown", "shop_key_ended", "store_unavailable")
        keyed = {KEY_HEADER: "The publishable key of the shop on whose page this is asked."}
        still = (
            "session_lost",
            "still_not_picture",
            "still_busy",
            "body_too_large",
            "picture_unreadable",
            "picture_broken",
            "picture_too_large",
            "picture_too_small",
        )
        answered = Answer(201, "The answer; Location is the session.", SDP, headers=("Location",))
        return [
            Endpoint(
                "GET",
                "/v1/pieces",
                self.pieces,
                "The catalogue, or what a shop shows of it",
                (Answer(200, "All pieces", JSON, Cards),),
                shop,
                headers=keyed,
            ),
            Endpoint(
                "GET",
                "/v1/pieces/{id}",
                self.piece,
                "One piece",
                (Answer(200, "The piece", JSON, Card),),
                ("piece_unknown",),
            ),
            Endpoint(
                "GET",
                "/v1/pieces/{id}/poster.png",
                self.poster,
                "Its picture",
                (Answer(200, "A PNG, drawn by our renderer", PNG),),
                ("piece_unknown", "poster_missing"),
            ),
            Endpoint(
                "POST",
                "/v1/sets",
                self.save_set,
                f"Save a set under a name of 1 to {NAME_MAX} characters. It holds no personal data but that name, is "
                f"read by whoever has its id, and is forgotten when nobody opened it for {KEPT_S / 86400:.0f} days; "
                f"at most {SETS_MAX} are kept, and {SAVES_AN_HOUR_MAX} saved an hour",
                (Answer(201, "Saved; Location is the set.", JSON, Set, headers=("Location",)),),
                (
                    "body_not_json",
                    "body_unreadable",
                    "body_too_large",
                    "set_name_wrong",
                    "set_empty",
                    "piece_unknown",
                    "pieces_too_many",
                    "place_wrong",
                    "nudge_too_far",
                    "sets_full",
                ),
                takes_mime=JSON,
                takes=SetAsked,
            ),
            Endpoint(
                "GET",
                "/v1/sets/{id}",
                self.saved_set,
                "A saved set",
                (Answer(200, "The set", JSON, Set),),
                ("set_unknown",),
            ),
            Endpoint(
                "GET",
                "/v1/consent",
                self.consent_words,
                "The words a wearer agrees to",
                (Answer(200, "The words", JSON, ConsentText),),
            ),
            Endpoint(
                "POST",
                "/v1/consents",
                self.give_consent,
                "Agree",
                (Answer(201, "Recorded; the token opens sessions", JSON, ConsentGiven),),
                (
                    "body_not_json",
                    "body_unreadable",
                    "body_too_large",
                    "consent_outdated",
                    "consent_language_unknown",
                    "consent_purpose_unknown",
                    "consent_not_for_child",
                    "guardian_wrong",
                    *shop,
                    "shop_too_often",
                ),
                takes_mime=JSON,
                takes=ConsentAsked,
                headers=keyed,
            ),
            Endpoint(
                "PATCH",
                "/v1/consents/{id}",
                self.widen_consent,
                "Agree to more, such as to be measured",
                (Answer(204, "Recorded"),),
                (
                    "consent_missing",
                    "consent_unknown",
                    "consent_withdrawn",
                    "consent_expired",
                    "body_not_json",
                    "body_unreadable",
                    "body_too_large",
                    "consent_outdated",
                    "consent_language_unknown",
                    "consent_purpose_unknown",
                    "consent_not_for_child",
                ),
                takes_mime=JSON,
                takes=ConsentAsked,
                bearer="consent",
            ),
            Endpoint(
                "DELETE",
                "/v1/consents/{id}",
                self.withdraw_consent,
                "Take a consent back; what runs under it ends, and what was kept under it is deleted",
                (Answer(204, "Recorded"),),
                ("consent_missing", "consent_unknown", "store_unavailable", "changed_meanwhile"),
                bearer="consent",
            ),
            Endpoint("GET", "/v1/sessions", self.room, "Whether there is room", (Answer(200, "How much", JSON, Room),)),
            Endpoint(
                "POST",
                "/v1/sessions",
                self.open_session,
                f"Open a session with a WebRTC offer; with a header `{INVITATION}`, a client's at a meeting",
                (answered,),
                (
                    *opening,
                    *invitation,
                    *shop,
                    "shop_other",
                    "shop_full",
                    "meeting_other",
                    "piece_unknown",
                    "pieces_too_many",
                ),
                takes_mime=SDP,
                bearer="consent",
                headers=keyed | {INVITATION: "Of a client, to a meeting."},
                query={"piece": "Worn from the first frame on; may be repeated."},
            ),
            Endpoint(
                "GET",
                "/v1/meeting",
                self.meeting,
                "What an invitation is for",
                (Answer(200, "The meeting, and who is invited", JSON, MeetingState),),
                invitation,
                bearer="meeting",
            ),
            Endpoint(
                "POST",
                "/v1/meeting/place",
                self.join_meeting,
                "Join a meeting as a consultant, or connect to it again, with a new offer",
                (answered,),
                (
                    *invitation,
                    "meeting_other",
                    "meeting_full",
                    "offer_not_sdp",
                    "offer_unreadable",
                    "body_too_large",
                    "server_full",
                    "session_lost",
                    "server_closing",
                ),
                takes_mime=SDP,
                bearer="meeting",
            ),
            Endpoint(
                "GET",
                "/v1/meeting/pictures/{name}",
                self.meeting_picture,
                "A picture that was kept at a meeting",
                (Answer(200, "The picture, unmirrored", JPEG),),
                (*invitation, "picture_unknown"),
                bearer="meeting",
            ),
            Endpoint(
                "GET",
                "/v1/sessions/{id}",
                self.session,
                "A session",
                (Answer(200, "It is there", JSON, SessionState),),
                holding,
                bearer="consent",
            ),
            Endpoint(
                "POST",
                "/v1/sessions/{id}",
                self.resume_session,
                "Connect to a session again with a new offer",
                (answered,),
                (*opening, *shop, "shop_other", "session_unknown"),
                takes_mime=SDP,
                bearer="consent",
                headers=keyed,
            ),
            Endpoint(
                "DELETE",
                "/v1/sessions/{id}",
                self.close_session,
                "End a session",
                (Answer(204, "It is over; nothing of it is kept"),),
                holding,
                bearer="consent",
            ),
            Endpoint(
                "POST",
                "/v1/sessions/{id}/stills",
                self.calibrate,
                f"A still of the calibration board, as large as the camera takes it, at most {STILLS_A_S} a "
                "second. Its corners are read and it is forgotten; the camera's numbers are told, not kept",
                (Answer(200, "What was seen, and the camera once it is known", JSON, Calibrating),),
                (*holding, *still),
                takes_mime=STILLS[0],
                bearer="consent",
                query={"anew": "1: forget the stills before."},
            ),
            Endpoint(
                "POST",
                "/v1/sessions/{id}/laid",
                self.lay,
                "A picture of a ring or bangle that she wears, laid flat beside a bank card: its inner diameter with "
                "its doubt, or why it cannot be read and what to do. The picture is read and forgotten; the numbers "
                "are told, and given to the mirror by `known.set` (`laid`)",
                (Answer(200, "The inner diameter, or why not", JSON, LaidTold),),
                (*holding, "laid_unknown", *still),
                takes_mime=STILLS[0],
                bearer="consent",
                query={"kind": "ring or bangle."},
            ),
            Endpoint(
                "POST",
                "/v1/fitcards",
                self.fit_card,
                "A fit card to cut metal by, from what the mirror said: A4 at true size; nothing is kept",
                (Answer(200, "A4", PDF),),
                (
                    "piece_unknown",
                    "piece_not_judged",
                    "size_unknown",
                    *holding[:-1],
                    "body_not_json",
                    "body_unreadable",
                    "body_too_large",
                ),
                takes_mime=JSON,
                takes=FitCardAsked,
                bearer="consent",
            ),
            Endpoint("GET", "/v1/bands.pdf", self.bands, "The paper bands to print", (Answer(200, "A4", PDF),)),
            Endpoint("GET", "/v1/board.pdf", self.board, "The calibration board to print", (Answer(200, "A4", PDF),)),
            Endpoint(
                "GET",
                "/v1/board.svg",
                self.board_picture,
                "The calibration board for a second screen",
                (Answer(200, "The board, as large as the screen", SVG),),
            ),
            Endpoint(
                "GET", "/v1/openapi.json", self.described, "This description", (Answer(200, "OpenAPI 3.1", JSON),)
            ),
            Endpoint("GET", "/livez", self.livez, "The process answers", (Answer(200, "It does", JSON, Health),)),
            Endpoint(
                "GET",
                "/readyz",
                self.readyz,
                "A session could be opened",
                (Answer(200, "It could", JSON, Health),),
                ("server_closing",),
            ),
            *self._more,
        ]


def _cached(request: Request, body: bytes, mime: str, *, vary: str = "") -> Response:
    """Public, and asked for again each time, but not sent again."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"} | ({"Vary": vary} if vary else {})
    if etag in header(request, "if-none-match"):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=mime)


def _bearer(request: Request) -> str:
    token = bearer(request)
    if not token:
        raise ConsentError(
            "consent_missing", "No picture is taken before you agree. Please read and agree first (POST /v1/consents)."
        )
    return token


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
