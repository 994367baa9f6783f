"""Accounts of the atelier: invited by a link, signed in by passkey or password, known by a cookie until it ends.

An invitation works once and passes; a new one lets somebody choose anew and ends whatever was signed in before. Tokens
are kept as digests. Nothing tells a stranger whether a mail address has an account.
"""

from __future__ import annotations

import datetime
from dataclasses import dataclass
from typing import Annotated, Any

from msgspec import Meta
from sqlalchemy import delete, select

from tryon.atelier import asked, ceremonies, passkeys, passwords, rights
from tryon.atelier.passkeys import Credential, House
from tryon.atelier.said import FIRST
from tryon.atelier.staff import hire
from tryon.atelier.store import Store, Unit, sha256
from tryon.atelier.tables import Account, Invitation, Login, Passkey, Staff
from tryon.atelier.trade import StaffRole
from tryon.atelier.tries import Tries
from tryon.atelier.who import HOUSE, Who
from tryon.errors import AccessError, AtelierError, InputError

INVITED_FOR = datetime.timedelta(days=7)
IDLE = datetime.timedelta(hours=2)
"A browser that nobody used for so long is signed out."
DAY = datetime.timedelta(hours=12)
"And so is every other, however busy."
SEEN_EVERY = datetime.timedelta(minutes=1)
"That somebody is there is noted so often."
NAME_MAX = 120
LanguageCode = Annotated[str, Meta(pattern=r"^[a-z]{2,3}$")]


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody of the atelier who is signed in."""

    id: str
    role: StaffRole
    name: str
    email: str
    language: str

    @property
    def who(self) -> Who:
        """As the store knows who acts."""
        return Who(self.role, self.id)


class Invite(asked.Asked, frozen=True):
    """Whom an owner invites: `POST /v1/atelier/people`."""

    email: Annotated[str, Meta(max_length=254)]
    name: asked.Line
    role: StaffRole
    language: LanguageCode = "en"
    skills: Annotated[tuple[asked.Word, ...], Meta(max_length=20)] = ()
    "Of an artisan, as pairing knows them."
    languages: Annotated[tuple[LanguageCode, ...], Meta(max_length=20)] = ()
    "That she speaks with clients, besides her own."
    capacity_month: Annotated[int, Meta(ge=0, le=100)] = 0
    "Of an artisan: how many requests she can begin in a month."


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody of the atelier, as the others see her."""

    id: str
    role: StaffRole
    name: str
    email: str
    active: bool
    joined: bool
    signed_in_at: datetime.datetime | None


@dataclass(frozen=True, slots=True)
class Invited:
    """What an invitation says before it is accepted."""

    email: str
    name: str
    role: StaffRole
    language: str
    until: datetime.datetime


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A person, and the token of her browser's cookie."""

    person: Person
    token: str


class Accounts:
    """See the module. Calls block on the database and on hashing: from an event loop, call them on a thread."""

    def __init__(self, store: Store, house: House, tries: Tries) -> None:
        self._store = store
        self._house = house
        self._tries = tries

    # invitations

    def make_owner(self, email: str, *, language: str = "en") -> str:
        """The link by which an owner comes in, for whoever runs the service. Raises InputError, AtelierError."""
        wish = Invite(email=email, name=email.split("@")[0][:NAME_MAX], role="owner", language=language)
        kept = asked.checked_email(email).lower()

        def work(unit: Unit) -> str:
            staff = unit.rows.scalar(select(Staff).where(Staff.email == kept)) or _add_person(unit, wish)
            staff.role = "owner"
            unit.about = staff.id
            return self._link(_invite(unit, staff))

        return self._store.change(HOUSE, "staff.owner", work)

    def invite(self, by: Person, wish: Invite) -> str:
        """Invite somebody by mail; her id. Raises AccessError, InputError, AtelierError `email_taken`."""
        rights.check(by.who, "people.invite")

        def work(unit: Unit) -> str:
            staff = _add_person(unit, wish)
            self._tell(unit, staff, by)
            return staff.id

        return self._store.change(by.who, "staff.invite", work)

    def invite_again(self, by: Person, staff_id: str) -> None:
        """A new link for somebody who lost hers, her password or her device. Raises AccessError, AtelierError."""
        rights.check(by.who, "people.invite")
        self._store.change(by.who, "staff.invite_again", lambda unit: self._tell(unit, _person(unit, staff_id), by))

    def invitation(self, token: str) -> Invited:
        """What an invitation says. Raises AccessError."""

        def work(unit: Unit) -> Invited:
            invitation = _open_invitation(unit, token)
            staff, account = _person(unit, invitation.staff_id), unit.rows.get_one(Account, invitation.staff_id)
            return Invited(staff.email, staff.name, staff.role, account.language, invitation.until)

        return self._store.look(work)

    def passkey_wanted(self, token: str, *, name: str) -> dict[str, Any]:
        """What the invited person's browser is asked to make a passkey by. Raises AccessError."""

        def work(unit: Unit) -> dict[str, Any]:
            staff = _person(unit, _open_invitation(unit, token).staff_id)
            challenge = ceremonies.ask(unit, "join", staff.id)
            name_ = staff.name or name.strip()[:NAME_MAX]
            return passkeys.wanted(self._house, challenge, staff_id=staff.id, email=staff.email, name=name_)

        return self._store.change(HOUSE, "staff.passkey_wanted", work)

    def join(
        self, token: str, *, name: str, language: str, password: str = "", passkey: Credential | None = None
    ) -> SignedIn:
        """Accept an invitation by a password or a passkey; she is signed in. Raises AccessError, InputError."""
        name = _checked_name(name)
        if (passkey is None) == (not password):
            raise InputError("join_by_one", "Choose a passkey or a password.")
        kept = None
        if password:
            passwords.check(password, email=self.invitation(token).email)
            kept = passwords.kept(password)

        def work(unit: Unit) -> SignedIn:
            invitation = _open_invitation(unit, token)
            staff, account = _person(unit, invitation.staff_id), unit.rows.get_one(Account, invitation.staff_id)
            unit.about = staff.id
            invitation.used_at = unit.now
            _forget_ways_in(unit, staff.id)
            if passkey is not None:
                ceremonies.add(unit, self._house, passkey, staff.id)
            staff.name, staff.active = name, True
            account.password, account.language, account.joined_at = kept, language, account.joined_at or unit.now
            return _sign_in(unit, staff, account)

        return self._store.change(HOUSE, "staff.join", work)

    # signing in and out

    def sign_in(self, email: str, password: str, *, place: str) -> SignedIn:
        """By password. `place`: where they are, to slow down who guesses. Raises AccessError."""
        email = email.strip().lower()
        self._tries.check(email, place)

        def find(unit: Unit) -> tuple[str, str | None] | None:
            found = unit.rows.execute(
                select(Staff.id, Account.password).join(Account).where(Staff.email == email, Staff.active)
            ).one_or_none()
            return None if found is None else (found[0], found[1])

        found = self._store.look(find)
        staff_id, kept = found or ("", None)
        if not passwords.right(password, kept):
            self._tries.failed(email, place)
            raise AccessError("sign_in_wrong", "Mail address and password do not belong together. Please try again.")
        self._tries.succeeded(email)
        return self._store.change(HOUSE, "staff.sign_in", lambda unit: _sign_in_active(unit, staff_id))

    def passkey_asked(self) -> dict[str, Any]:
        """What any browser is asked to sign in by."""
        return self._store.change(
            HOUSE,
            "staff.passkey_asked",
            lambda unit: passkeys.asked(self._house, ceremonies.ask(unit, "sign_in", None)),
        )

    def sign_in_by_passkey(self, passkey: Credential, *, place: str) -> SignedIn:
        """By passkey. Raises AccessError."""
        self._tries.check("", place)

        def work(unit: Unit) -> SignedIn:
            return _sign_in_active(unit, ceremonies.signer(unit, self._house, passkey))

        try:
            return self._store.change(HOUSE, "staff.sign_in", work)
        except AccessError:
            self._tries.failed("", place)
            raise

    def person(self, token: str) -> Person:
        """Whose browser this is. Raises AccessError."""

        def work(unit: Unit) -> tuple[Person, bool]:
            login = unit.rows.scalar(select(Login).where(Login.token_sha256 == sha256(token)))
            if login is None or unit.now >= min(login.seen_at + IDLE, login.made_at + DAY):
                raise AccessError("staff_unknown", "Please sign in to the atelier. What you wrote is saved.")
            staff, account = _person(unit, login.staff_id), unit.rows.get_one(Account, login.staff_id)
            return _as_person(staff, account), unit.now - login.seen_at >= SEEN_EVERY

        person, note = self._store.look(work)
        if note:
            self._store.change(person.who, "staff.seen", lambda unit: _seen(unit, token))
        return person

    def sign_out(self, token: str) -> None:
        """End this browser's sign-in; one that is over already stays so."""
        gone = delete(Login).where(Login.token_sha256 == sha256(token))
        self._store.change(HOUSE, "staff.sign_out", lambda unit: unit.rows.execute(gone))

    def sign_out_everywhere(self, person: Person) -> None:
        """End the sign-in of every browser of hers, this one too."""
        gone = delete(Login).where(Login.staff_id == person.id)
        self._store.change(person.who, "staff.sign_out", lambda unit: unit.rows.execute(gone))

    # people

    def people(self, by: Person) -> list[Colleague]:
        """Everybody of the atelier, by name. Raises AccessError."""
        rights.check(by.who, "people.see")

        def work(unit: Unit) -> list[Colleague]:
            found = unit.rows.execute(select(Staff, Account).outerjoin(Account).order_by(Staff.name, Staff.email))
            return [
                Colleague(
                    staff.id,
                    staff.role,
                    staff.name,
                    staff.email,
                    staff.active,
                    account is not None and account.joined_at is not None,
                    account.signed_in_at if account is not None else None,
                )
                for staff, account in found
            ]

        return self._store.look(work)

    def remove(self, by: Person, staff_id: str) -> None:
        """Somebody leaves: no way in is left, her name stays with what she did. Raises AccessError, AtelierError."""
        rights.check(by.who, "people.remove")

        def work(unit: Unit) -> None:
            staff = _person(unit, staff_id)
            able = (Staff.role == "owner", Staff.active, Account.joined_at.is_not(None))
            owners = select(Staff).join(Account).where(*able).with_for_update(of=Staff)
            if staff.role == "owner" and {owner.id for owner in unit.rows.scalars(owners)} <= {staff.id}:
                raise AtelierError("owner_last", "The last owner cannot leave. Invite another owner first.")
            staff.active = False
            if (account := unit.rows.get(Account, staff.id)) is not None:
                account.password = None
            _forget_ways_in(unit, staff.id)

        self._store.change(by.who, "staff.remove", work)

    def _tell(self, unit: Unit, staff: Staff, by: Person) -> None:
        unit.about = staff.id
        link, until = self._link(_invite(unit, staff)), (unit.now + INVITED_FOR).isoformat()
        unit.tell("staff.invited", None, staff=staff.id, by=by.name, link=link, until=until)

    def _link(self, token: str) -> str:
        return f"{self._house.address}/atelier#invitation={token}"


def _checked_name(said: str) -> str:
    name = asked.plain(said)
    if not 1 <= len(name) <= NAME_MAX:
        raise InputError("name_wrong", f"A name has 1 to {NAME_MAX} letters on one line.")
    return name


def _add_person(unit: Unit, wish: Invite) -> Staff:
    staff = hire(
        unit,
        wish.role,
        _checked_name(wish.name),
        wish.email,
        skills=wish.skills,
        languages={wish.language, *wish.languages},
        capacity_month=wish.capacity_month,
    )
    staff.active = False  # nobody is offered a request before she came in
    unit.rows.add(Account(staff_id=staff.id, language=wish.language))
    return staff


def _person(unit: Unit, staff_id: str) -> Staff:
    staff = unit.rows.get(Staff, staff_id)
    if staff is None:
        raise AtelierError("person_unknown", "There is nobody of the atelier under this id.")
    return staff


def _invite(unit: Unit, staff: Staff) -> str:
    """A new invitation's token; what was open before no longer works."""
    if unit.rows.get(Account, staff.id) is None:
        # taken on before there was a way in for her
        unit.rows.add(Account(staff_id=staff.id, language=FIRST))
    for before in unit.rows.scalars(
        select(Invitation).where(Invitation.staff_id == staff.id, Invitation.used_at.is_(None))
    ):
        before.used_at = unit.now
    token = unit.new_token()
    unit.rows.add(
        Invitation(
            id=unit.new_id(),
            staff_id=staff.id,
            token_sha256=sha256(token),
            made_at=unit.now,
            until=unit.now + INVITED_FOR,
        )
    )
    return token


def _open_invitation(unit: Unit, token: str) -> Invitation:
    invitation = unit.rows.scalar(select(Invitation).where(Invitation.token_sha256 == sha256(token)).with_for_update())
    if invitation is None:
        raise AccessError("invitation_unknown", "This invitation is not known here. Please open the whole link.")
    if invitation.used_at is not None:
        raise AccessError("invitation_used", "This invitation was used, or a newer one was sent. Please sign in.")
    if unit.now >= invitation.until:
        raise AccessError("invitation_expired", "This invitation has passed. Please ask the owner for a new one.")
    return invitation


def _forget_ways_in(unit: Unit, staff_id: str) -> None:
    for key in unit.rows.scalars(select(Passkey).where(Passkey.staff_id == staff_id)):
        unit.rows.delete(key)
    for open_ in unit.rows.scalars(
        select(Invitation).where(Invitation.staff_id == staff_id, Invitation.used_at.is_(None))
    ):
        open_.used_at = unit.now
    unit.rows.execute(delete(Login).where(Login.staff_id == staff_id))


def _sign_in_active(unit: Unit, staff_id: str) -> SignedIn:
    staff = _person(unit, staff_id)
    if not staff.active:
        raise AccessError("sign_in_wrong", "This account is closed. Please ask the owner.")
    unit.about = staff.id
    return _sign_in(unit, staff, unit.rows.get_one(Account, staff_id))


def _sign_in(unit: Unit, staff: Staff, account: Account) -> SignedIn:
    unit.rows.execute(delete(Login).where(Login.made_at <= unit.now - DAY))
    token = unit.new_token()
    unit.rows.add(
        Login(id=unit.new_id(), staff_id=staff.id, token_sha256=sha256(token), made_at=unit.now, seen_at=unit.now)
    )
    account.signed_in_at = unit.now
    return SignedIn(_as_person(staff, account), token)


def _seen(unit: Unit, token: str) -> None:
    login = unit.rows.scalar(select(Login).where(Login.token_sha256 == sha256(token)))
    if login is not None:
        login.seen_at = unit.now


def _as_person(staff: Staff, account: Account) -> Person:
    return Person(staff.id, staff.role, staff.name, staff.email, account.language)
