"""Consent over HTTP: the words, agreeing, agreeing to more, taking it back. The record is `tryon.server.consent`."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.errors import ConsentError, InputError
from tryon.server.bodies import consent_token, header, json_reply, read_json
from tryon.server.consent import GUARDIAN_MAX, ConsentText, Ledger, language_of
from tryon.server.endpoints import JSON, Answer, Endpoint
from tryon.server.pace import CONSENTS, Pace
from tryon.server.sessions import Sessions
from tryon.server.shops import KEY, KEYED, Doorman
from tryon.server.watch import Watch

BYTES_MAX = 4 * 1024


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


class Consents:
    """Handlers and their table."""

    def __init__(
        self,
        texts: Mapping[str, ConsentText],
        ledger: Ledger,
        doorman: Doorman,
        sessions: Sessions,
        watch: Watch,
        *,
        pace: Pace,
        on_withdrawn: Callable[[str], object],
    ) -> None:
        """`on_withdrawn`: forgets what was kept under the consent of an id."""
        self._texts, self._ledger, self._doorman = texts, ledger, doorman
        self._sessions, self._watch, self._pace, self._on_withdrawn = sessions, watch, pace, on_withdrawn

    async def consent_words(self, request: Request) -> Response:
        """The words she agrees to, in her browser's language if there is one, else in English."""
        language = language_of(header(request, "accept-language"), self._texts)
        return json_reply(self._texts[language], headers={"Vary": "Accept-Language", "Content-Language": language})

    async def give_consent(self, request: Request) -> Response:
        """Record that she agreed; from then on her token opens sessions."""
        self._pace.place(request, "consent", CONSENTS)
        shop = await self._doorman.shop(request)
        if shop is not None:
            self._doorman.count(shop)
        asked = await read_json(request, ConsentAsked, most=BYTES_MAX)
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
        token = consent_token(request)
        if self._ledger.find_valid(token).id != request.path_params["id"]:
            raise ConsentError("consent_unknown", "This consent is not known here.")
        asked = await read_json(request, ConsentAsked, most=BYTES_MAX)
        consent = await asyncio.to_thread(self._ledger.widen, token, self._text(asked), asked.purposes)
        self._watch.consent("widened")
        await self._sessions.allow(consent)
        return Response(status_code=204)

    async def withdraw_consent(self, request: Request) -> Response:
        """Take a consent back: whatever runs under it ends, and that is recorded."""
        token = consent_token(request)
        consent = self._ledger.find_any(token)
        if consent.id != request.path_params["id"]:
            raise ConsentError("consent_unknown", "This consent is not known here.")
        try:
            # from here on the token opens nothing; a session that is being opened sees it when it is ready
            await asyncio.to_thread(self._ledger.withdraw, token)
            await asyncio.to_thread(self._on_withdrawn, consent.id)
        finally:
            await self._sessions.close_all_of(consent)
        self._watch.consent("withdrawn")
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

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        return [
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
                    *KEY,
                    "shop_too_often",
                    "asked_too_often",
                ),
                takes_mime=JSON,
                takes=ConsentAsked,
                headers=KEYED,
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
        ]
