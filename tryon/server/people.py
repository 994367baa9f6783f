"""The people of the atelier over HTTP: invited, signed in by a cookie, signed out; see `atelier.accounts`.

The cookie is the browser's alone (HttpOnly, SameSite=Strict); a page elsewhere can make no change with it
(`atelier.porter`). Invitations travel in the fragment of a link and come here as a bearer token.
"""

from __future__ import annotations

import asyncio
import datetime
from typing import Annotated, Any

import msgspec
from msgspec import Meta
from starlette.requests import Request
from starlette.responses import Response

from tryon.atelier import asked, rights
from tryon.atelier.accounts import Accounts, Invite, LanguageCode, Person, SignedIn
from tryon.atelier.passwords import LETTERS_MAX, LETTERS_MIN
from tryon.atelier.porter import CookiePorter, check_origin
from tryon.atelier.rights import Deed
from tryon.atelier.trade import StaffRole
from tryon.atelier.ways import Proof, Ways
from tryon.server.bodies import bearer, json_reply, place_of, read_json
from tryon.server.endpoints import JSON, Answer, Endpoint

BYTES_MAX = 16 * 1024
"Of a body: a passkey's answer with a long certificate has a few thousand."

Credential = dict[str, Any]


class SignIn(asked.Asked, frozen=True):
    """`POST /v1/atelier/sign-in`."""

    email: Annotated[str, Meta(max_length=254)]
    password: Annotated[str, Meta(max_length=LETTERS_MAX)]


class PasskeySignIn(asked.Asked, frozen=True):
    """`POST /v1/atelier/passkey`."""

    passkey: Credential
    "As `PublicKeyCredential.toJSON()` writes it."


class PasskeyAsked(msgspec.Struct, frozen=True):
    """What a browser's `navigator.credentials` is asked with."""

    options: dict[str, Any]
    "For `PublicKeyCredential.parseCreationOptionsFromJSON` or `parseRequestOptionsFromJSON`."


class PasskeyWanted(asked.Asked, frozen=True):
    """`POST /v1/atelier/invitation/passkey`."""

    name: asked.Line


class Join(asked.Asked, frozen=True):
    """`POST /v1/atelier/invitation`: by a password or a passkey."""

    name: asked.Line
    language: LanguageCode = "en"
    password: Annotated[str, Meta(max_length=LETTERS_MAX)] = ""
    passkey: Credential | None = None


class Proved(asked.Asked, frozen=True):
    """That it is she, now: her password, or a passkey's answer to `POST /v1/atelier/passkey/question`."""

    password: Annotated[str, Meta(max_length=LETTERS_MAX)] = ""
    passkey: Credential | None = None


class PasswordSet(asked.Asked, frozen=True):
    """`POST /v1/atelier/me/password`."""

    proof: Proved
    password: Annotated[str, Meta(max_length=LETTERS_MAX)]


class PasskeyAdded(asked.Asked, frozen=True):
    """`POST /v1/atelier/me/passkeys`."""

    proof: Proved
    passkey: Credential


class PasskeyRemoved(asked.Asked, frozen=True):
    """`POST /v1/atelier/me/passkeys/{id}/removal`."""

    proof: Proved


class PasskeyShown(msgspec.Struct, frozen=True):
    """A passkey of hers."""

    id: str
    made_at: datetime.datetime


class WaysShown(msgspec.Struct, frozen=True):
    """How she signs in."""

    password: bool
    passkeys: list[PasskeyShown]
    elsewhere: int
    "Other browsers that are signed in as her."


class Me(msgspec.Struct, frozen=True):
    """Who is signed in, and what they may do."""

    id: str
    role: StaffRole
    name: str
    email: str
    language: str
    may: list[Deed]


class InvitationShown(msgspec.Struct, frozen=True):
    """What an invitation says before it is accepted."""

    email: str
    name: str
    role: StaffRole
    language: str
    until: datetime.datetime


class ColleagueShown(msgspec.Struct, frozen=True):
    """Somebody of the atelier."""

    id: str
    role: StaffRole
    name: str
    email: str
    active: bool
    joined: bool
    signed_in_at: datetime.datetime | None


class Colleagues(msgspec.Struct, frozen=True):
    """`GET /v1/atelier/people`."""

    people: list[ColleagueShown]


class PersonInvited(msgspec.Struct, frozen=True):
    """Somebody who was invited."""

    id: str


class People:
    """All handlers over accounts and the porter's cookie."""

    def __init__(self, accounts: Accounts, ways: Ways, porter: CookiePorter) -> None:
        self._accounts = accounts
        self._ways = ways
        self._porter = porter

    # coming in

    async def sign_in(self, request: Request) -> Response:
        """By password."""
        check_origin(request.headers)
        said = await read_json(request, SignIn, most=BYTES_MAX)
        place = place_of(request)
        return self._let_in(await asyncio.to_thread(self._accounts.sign_in, said.email, said.password, place=place))

    async def passkey_asked(self, request: Request) -> Response:
        """What any browser's passkey is asked to sign."""
        check_origin(request.headers)
        return json_reply(PasskeyAsked(await asyncio.to_thread(self._accounts.passkey_asked)))

    async def sign_in_by_passkey(self, request: Request) -> Response:
        """By passkey."""
        check_origin(request.headers)
        said = await read_json(request, PasskeySignIn, most=BYTES_MAX)
        place = place_of(request)
        return self._let_in(await asyncio.to_thread(self._accounts.sign_in_by_passkey, said.passkey, place=place))

    async def invitation(self, request: Request) -> Response:
        """What an invitation says."""
        invited = await asyncio.to_thread(self._accounts.invitation, bearer(request))
        return json_reply(InvitationShown(invited.email, invited.name, invited.role, invited.language, invited.until))

    async def passkey_wanted(self, request: Request) -> Response:
        """What the invited person's browser is asked to make a passkey by."""
        check_origin(request.headers)
        said = await read_json(request, PasskeyWanted, most=BYTES_MAX)
        options = await asyncio.to_thread(self._accounts.passkey_wanted, bearer(request), name=said.name)
        return json_reply(PasskeyAsked(options))

    async def join(self, request: Request) -> Response:
        """Accept an invitation."""
        check_origin(request.headers)
        said = await read_json(request, Join, most=BYTES_MAX)
        signed_in = await asyncio.to_thread(
            self._accounts.join,
            bearer(request),
            name=said.name,
            language=said.language,
            password=said.password,
            passkey=said.passkey,
        )
        return self._let_in(signed_in)

    # being in

    async def me(self, request: Request) -> Response:
        """Who is signed in."""
        return json_reply(_me(await self._person(request)))

    async def sign_out(self, request: Request) -> Response:
        """This browser; one that is out already stays so."""
        check_origin(request.headers)
        await asyncio.to_thread(self._accounts.sign_out, self._porter.token(request.headers))
        return self._let_out()

    async def sign_out_everywhere(self, request: Request) -> Response:
        """Every browser of hers."""
        person = await self._person(request, unsafe=True)
        await asyncio.to_thread(self._accounts.sign_out_everywhere, person)
        return self._let_out()

    # how she comes in

    async def ways(self, request: Request) -> Response:
        """How she signs in."""
        return await self._ways_of(request, await self._person(request))

    async def set_password(self, request: Request) -> Response:
        """A new password, or her first."""
        person, token = await self._person(request, unsafe=True), self._porter.token(request.headers)
        said = await read_json(request, PasswordSet, most=BYTES_MAX)
        await asyncio.to_thread(
            self._ways.set_password, person, token, _proof(said.proof), said.password, place=place_of(request)
        )
        return await self._ways_of(request, person)

    async def my_passkey_wanted(self, request: Request) -> Response:
        """What her browser is asked to make one more passkey by."""
        person = await self._person(request, unsafe=True)
        return json_reply(PasskeyAsked(await asyncio.to_thread(self._ways.passkey_wanted, person)))

    async def add_passkey(self, request: Request) -> Response:
        """One more passkey."""
        person, token = await self._person(request, unsafe=True), self._porter.token(request.headers)
        said = await read_json(request, PasskeyAdded, most=BYTES_MAX)
        await asyncio.to_thread(
            self._ways.add_passkey, person, token, _proof(said.proof), said.passkey, place=place_of(request)
        )
        return await self._ways_of(request, person)

    async def remove_passkey(self, request: Request) -> Response:
        """A passkey of a device that is gone."""
        person, token = await self._person(request, unsafe=True), self._porter.token(request.headers)
        said = await read_json(request, PasskeyRemoved, most=BYTES_MAX)
        id = request.path_params["id"]
        await asyncio.to_thread(
            self._ways.remove_passkey, person, token, _proof(said.proof), id, place=place_of(request)
        )
        return await self._ways_of(request, person)

    async def _ways_of(self, request: Request, person: Person) -> Response:
        has = await asyncio.to_thread(self._ways.has, person, self._porter.token(request.headers))
        return json_reply(WaysShown(has.password, [PasskeyShown(*key) for key in has.passkeys], has.elsewhere))

    # the people

    async def people(self, request: Request) -> Response:
        """Everybody of the atelier."""
        found = await asyncio.to_thread(self._accounts.people, await self._person(request))
        return json_reply(
            Colleagues(
                [
                    ColleagueShown(one.id, one.role, one.name, one.email, one.active, one.joined, one.signed_in_at)
                    for one in found
                ]
            )
        )

    async def invite(self, request: Request) -> Response:
        """Invite somebody; the link goes by mail."""
        person = await self._person(request, unsafe=True)
        wish = await read_json(request, Invite, most=BYTES_MAX)
        id = await asyncio.to_thread(self._accounts.invite, person, wish)
        return json_reply(PersonInvited(id), status=201)

    async def invite_again(self, request: Request) -> Response:
        """Send somebody a new link; once it is used, whatever she signed in by before is void."""
        person = await self._person(request, unsafe=True)
        await asyncio.to_thread(self._accounts.invite_again, person, request.path_params["id"])
        return Response(status_code=204)

    async def remove(self, request: Request) -> Response:
        """Somebody leaves the atelier."""
        person = await self._person(request, unsafe=True)
        await asyncio.to_thread(self._accounts.remove, person, request.path_params["id"])
        return Response(status_code=204)

    async def _person(self, request: Request, *, unsafe: bool = False) -> Person:
        return await asyncio.to_thread(self._porter.person, request.headers, unsafe=unsafe)

    def _let_in(self, signed_in: SignedIn) -> Response:
        return json_reply(_me(signed_in.person), headers={"Set-Cookie": self._porter.cookie(signed_in.token)})

    def _let_out(self) -> Response:
        return Response(status_code=204, headers={"Set-Cookie": self._porter.cookie("")})

    def endpoints(self) -> list[Endpoint]:
        """The table: see tryon.server.endpoints."""
        body = ("body_not_json", "body_unreadable", "body_too_large")
        stored = ("store_unavailable", "changed_meanwhile")
        entering = ("origin_wrong", *body, "sign_in_wrong", "sign_in_too_often", *stored)
        invited = ("invitation_unknown", "invitation_used", "invitation_expired", *stored)
        inside = ("staff_unknown", *stored)
        changing = ("origin_wrong", *inside)
        proving = (*changing, *body, "proof_wrong", "sign_in_too_often", "passkey_refused", "passkey_late")
        me = Answer(200, "Signed in; the cookie is set.", JSON, Me, headers=("Set-Cookie",))
        out = Answer(204, "Signed out; the cookie is taken back.", headers=("Set-Cookie",))
        return [
            Endpoint(
                "POST",
                "/v1/atelier/sign-in",
                self.sign_in,
                "Sign in by password",
                (me,),
                entering,
                takes_mime=JSON,
                takes=SignIn,
            ),
            Endpoint(
                "POST",
                "/v1/atelier/passkey/question",
                self.passkey_asked,
                "What a passkey is asked to sign, once and within minutes",
                (Answer(200, "The question", JSON, PasskeyAsked),),
                ("origin_wrong", *stored),
            ),
            Endpoint(
                "POST",
                "/v1/atelier/passkey",
                self.sign_in_by_passkey,
                "Sign in by passkey",
                (me,),
                (*entering, "passkey_refused", "passkey_late"),
                takes_mime=JSON,
                takes=PasskeySignIn,
            ),
            Endpoint(
                "GET",
                "/v1/atelier/invitation",
                self.invitation,
                "What an invitation says",
                (Answer(200, "It is open", JSON, InvitationShown),),
                invited,
                bearer="invitation",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/invitation",
                self.join,
                f"Accept an invitation by a passkey, or a password of {LETTERS_MIN} letters or more",
                (me,),
                (
                    *("origin_wrong", *body, *invited, "name_wrong", "password_weak", "join_by_one"),
                    *("passkey_refused", "passkey_late"),
                ),
                takes_mime=JSON,
                takes=Join,
                bearer="invitation",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/invitation/passkey",
                self.passkey_wanted,
                "What the invited person's passkey is made by",
                (Answer(200, "The question", JSON, PasskeyAsked),),
                ("origin_wrong", *body, *invited),
                takes_mime=JSON,
                takes=PasskeyWanted,
                bearer="invitation",
            ),
            Endpoint(
                "GET",
                "/v1/atelier/me",
                self.me,
                "Who is signed in",
                (Answer(200, "She is", JSON, Me),),
                inside,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/sign-out",
                self.sign_out,
                "Sign this browser out",
                (out,),
                ("origin_wrong", *stored),
            ),
            Endpoint(
                "POST",
                "/v1/atelier/sign-out/everywhere",
                self.sign_out_everywhere,
                "Sign every browser of hers out",
                (out,),
                changing,
                bearer="staff",
            ),
            Endpoint(
                "GET",
                "/v1/atelier/me/ways",
                self.ways,
                "How she signs in: password, passkeys",
                (Answer(200, "Her ways in", JSON, WaysShown),),
                inside,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/me/password",
                self.set_password,
                "Change her password, or choose a first one; every other browser of hers is signed out",
                (Answer(200, "Her ways in", JSON, WaysShown),),
                (*proving, "password_weak"),
                takes_mime=JSON,
                takes=PasswordSet,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/me/passkeys/question",
                self.my_passkey_wanted,
                "What one more passkey is made by",
                (Answer(200, "The question", JSON, PasskeyAsked),),
                (*changing, "passkeys_full"),
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/me/passkeys",
                self.add_passkey,
                "Add a passkey; every other browser of hers is signed out",
                (Answer(200, "Her ways in", JSON, WaysShown),),
                proving,
                takes_mime=JSON,
                takes=PasskeyAdded,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/me/passkeys/{id}/removal",
                self.remove_passkey,
                "Remove a passkey, if another way in is left; every other browser of hers is signed out",
                (Answer(200, "Her ways in", JSON, WaysShown),),
                (*proving, "passkey_unknown", "way_last"),
                takes_mime=JSON,
                takes=PasskeyRemoved,
                bearer="staff",
            ),
            Endpoint(
                "GET",
                "/v1/atelier/people",
                self.people,
                "Everybody of the atelier",
                (Answer(200, "By name", JSON, Colleagues),),
                (*inside, "role_wrong"),
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/people",
                self.invite,
                "Invite somebody by mail",
                (Answer(201, "The mail is on its way", JSON, PersonInvited),),
                (*changing, *body, "role_wrong", "name_wrong", "email_wrong", "email_taken"),
                takes_mime=JSON,
                takes=Invite,
                bearer="staff",
            ),
            Endpoint(
                "POST",
                "/v1/atelier/people/{id}/invitation",
                self.invite_again,
                "Send a new link; once it is used, whatever she signed in by before is void",
                (Answer(204, "The mail is on its way"),),
                (*changing, "role_wrong", "person_unknown"),
                bearer="staff",
            ),
            Endpoint(
                "DELETE",
                "/v1/atelier/people/{id}",
                self.remove,
                "Somebody leaves; what she did stays under her name",
                (Answer(204, "No way in is left"),),
                (*changing, "role_wrong", "person_unknown", "owner_last"),
                bearer="staff",
            ),
        ]


def _me(person: Person) -> Me:
    return Me(person.id, person.role, person.name, person.email, person.language, rights.deeds_of(person.role))


def _proof(said: Proved) -> Proof:
    return Proof(said.password, said.passkey)
