"""Where a browser's media may be relayed when no UDP reaches us: TURN servers, with credentials for an hour.

The secret is shared with the TURN server (coturn: use-auth-secret) and never leaves this process: a browser gets a name
that says until when it holds, and the secret's signature under it (draft-uberti-behave-turn-rest-00, section 2.2).
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import time
from base64 import b64encode
from collections.abc import Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier.meetings import Meetings
from tryon.errors import ConsentError
from tryon.server.bodies import bearer, json_reply
from tryon.server.consent import Ledger
from tryon.server.endpoints import JSON, Answer, Endpoint
from tryon.settings import Settings

HOLDS_S = 3600
"No relaying begins with credentials older than this; what runs goes on."
PURPOSE = "live"
MEETING = ("meeting_unknown", "meeting_expired", "meeting_withdrawn", "store_unavailable")


class RelayServer(msgspec.Struct):
    """As `RTCPeerConnection` takes it."""

    urls: list[str]
    username: str
    credential: str


class Relays(msgspec.Struct):
    """`GET /v1/relays`."""

    servers: list[RelayServer]
    "None where no TURN server is set up."
    holds_s: int
    "How long new connections may begin with them."


def relays_of(settings: Settings, who: str, now_s: float) -> Relays:
    """Credentials for one person: `who` is an id of theirs, of which the TURN server learns a digest only, by which it
    can count and bound what one person relays."""
    if not settings.turn:
        return Relays([], HOLDS_S)
    name = hmac.new(settings.turn_secret.encode(), who.encode(), hashlib.sha256).hexdigest()[:16]
    username = f"{int(now_s) + HOLDS_S}:{name}"
    signature = hmac.new(settings.turn_secret.encode(), username.encode(), hashlib.sha1).digest()
    return Relays([RelayServer(list(settings.turn_addresses), username, b64encode(signature).decode())], HOLDS_S)


class RelayDesk:
    """Hands them out: to her who agreed to a mirror, and to who was invited to a meeting."""

    def __init__(
        self, settings: Settings, ledger: Ledger, meetings: Meetings, now: Callable[[], float] = time.time
    ) -> None:
        self._settings, self._ledger, self._meetings, self._now = settings, ledger, meetings, now

    async def hers(self, request: Request) -> Response:
        """For a wearer."""
        token = bearer(request)
        if not token:
            raise ConsentError("consent_missing", "Relays are for a mirror: agree first (POST /v1/consents).")
        return self._told(self._ledger.find(token, purpose=PURPOSE).id)

    async def theirs(self, request: Request) -> Response:
        """For a consultant."""
        token = bearer(request)
        if not token:
            raise ConsentError("meeting_unknown", "This address is for people who were invited. Please use your link.")
        found = await asyncio.to_thread(self._meetings.find, token)
        return self._told(found.seat.id)

    def _told(self, who: str) -> Response:
        relays = relays_of(self._settings, who, self._now())
        return json_reply(relays, headers={"Cache-Control": "no-store"})

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        answer = (Answer(200, "Servers and credentials", JSON, Relays),)
        return [
            Endpoint(
                "GET",
                "/v1/relays",
                self.hers,
                "TURN servers for her mirror, with credentials for an hour; none where none is set up",
                answer,
                ("consent_missing", "consent_unknown", "consent_withdrawn", "consent_expired"),
                bearer="consent",
            ),
            Endpoint(
                "GET",
                "/v1/meeting/relays",
                self.theirs,
                "The same for somebody who was invited to a meeting",
                answer,
                MEETING,
                bearer="meeting",
            ),
        ]
