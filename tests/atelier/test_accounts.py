"""How people come into the atelier: links that work once, sign-ins that end, rights, and nothing told to strangers."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from tryon.atelier import passwords, rights
from tryon.atelier.accounts import DAY, IDLE, INVITED_FOR, Accounts, Invite, Person
from tryon.atelier.passkeys import House
from tryon.atelier.porter import CookiePorter
from tryon.atelier.staff import hire
from tryon.atelier.store import Store
from tryon.atelier.tables import Login, Outbox, Staff
from tryon.atelier.tries import ACCOUNT_MAX, PLACE_MAX, WINDOW_S, Tries
from tryon.atelier.who import HOUSE, Who
from tryon.errors import AccessError, AtelierError, InputError, TryonError

ADDRESS = "https://atelier.example"
PASSWORD = "seven quiet herons"
HERE = "192.0.2.7"


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.now = datetime.datetime(2026, 11, 22, 13, 0, tzinfo=datetime.UTC)

    def __call__(self) -> datetime.datetime:
        return self.now


class Door:
    """Accounts over a store of their own."""

    def __init__(self, database: str) -> None:
        self.clock = Clock()
        self.store = Store(database, clock=self.clock)
        self.accounts = Accounts(self.store, House("Maison", ADDRESS), Tries(lambda: self.clock.now.timestamp()))

    def owner(self) -> Person:
        token = token_of(self.accounts.make_owner("ada@atelier.example"))
        return self.accounts.join(token, name="Ada", language="en", password=PASSWORD).person

    def invited(self, by: Person, **said: object) -> str:
        """The token that somebody was sent."""
        wish = {"email": "bea@atelier.example", "name": "Bea", "role": "consultant", **said}
        self.accounts.invite(by, Invite(**wish))  # type: ignore[arg-type]
        return self.sent()

    def sent(self) -> str:
        """The token of the newest invitation in the outbox."""
        newest = select(Outbox.payload).where(Outbox.topic == "staff.invited").order_by(Outbox.id.desc())
        payload = self.store.look(lambda unit: unit.rows.scalars(newest).first())
        assert payload is not None
        self.clock.now += datetime.timedelta(seconds=1)  # ids of one millisecond sort by chance
        return token_of(payload["link"])

    def logins(self) -> int:
        return len(self.store.look(lambda unit: unit.rows.scalars(select(Login)).all()))


def token_of(link: str) -> str:
    address, _, token = link.partition("#invitation=")
    assert address == f"{ADDRESS}/atelier"
    return token


@pytest.fixture(autouse=True)
def quick_hashes(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> None:
    """A hash takes 64 MiB and a tenth of a second in earnest."""
    if "door" in request.fixturenames:
        monkeypatch.setattr(passwords, "_hasher", PasswordHasher(time_cost=1, memory_cost=64, parallelism=1))


@pytest.fixture
def door(database: str) -> Iterator[Door]:
    door = Door(database)
    yield door
    assert door.store.verify().faults == [], "the audit trail is whole"
    door.store.close()


def refused(reason: str, kind: type[TryonError], what: Callable[[], object]) -> None:
    with pytest.raises(kind) as said:
        what()
    assert said.value.reason == reason


# invitations


def test_an_owner_comes_in_by_a_link_that_works_once(door: Door) -> None:
    token = token_of(door.accounts.make_owner("Ada@Atelier.example"))

    assert door.accounts.invitation(token).email == "ada@atelier.example"
    joined = door.accounts.join(token, name="  Ada  Noor ", language="fr", password=PASSWORD)

    assert joined.person == Person(joined.person.id, "owner", "Ada Noor", "ada@atelier.example", "fr")
    assert door.accounts.person(joined.token) == joined.person
    refused("invitation_used", AccessError, lambda: door.accounts.invitation(token))
    again = {"name": "Eve", "language": "en", "password": PASSWORD}
    refused("invitation_used", AccessError, lambda: door.accounts.join(token, **again))
    refused("invitation_unknown", AccessError, lambda: door.accounts.invitation("x"))


def test_an_invitation_passes(door: Door) -> None:
    token = token_of(door.accounts.make_owner("ada@atelier.example"))
    door.clock.now += INVITED_FOR - datetime.timedelta(seconds=1)
    door.accounts.invitation(token)
    door.clock.now += datetime.timedelta(seconds=1)

    refused("invitation_expired", AccessError, lambda: door.accounts.invitation(token))


def test_a_new_link_voids_the_old_one_and_whatever_she_signed_in_by(door: Door) -> None:
    owner = door.owner()
    first = door.invited(owner)
    bea = door.accounts.join(first, name="Bea", language="en", password=PASSWORD)
    door.accounts.invite_again(owner, bea.person.id)
    lost = door.sent()
    assert lost != first
    door.accounts.invite_again(owner, bea.person.id)
    assert door.accounts.person(bea.token) == bea.person, "she goes on working until she uses it"

    refused("invitation_used", AccessError, lambda: door.accounts.invitation(lost))
    door.accounts.join(door.sent(), name="Bea", language="en", password="nine loud magpies")

    refused("staff_unknown", AccessError, lambda: door.accounts.person(bea.token))
    refused("sign_in_wrong", AccessError, lambda: door.accounts.sign_in(bea.person.email, PASSWORD, place=HERE))
    door.accounts.sign_in(bea.person.email, "nine loud magpies", place=HERE)


def test_nobody_is_offered_work_before_she_came_in(door: Door) -> None:
    token = door.invited(door.owner(), role="artisan", skills=("filigree",), capacity_month=3)
    bea = select(Staff.active).where(Staff.email == "bea@atelier.example")

    assert door.store.look(lambda unit: unit.rows.scalar(bea)) is False
    door.accounts.join(token, name="Bea", language="en", password=PASSWORD)
    assert door.store.look(lambda unit: unit.rows.scalar(bea)) is True


@pytest.mark.parametrize("email", ["nobody", "a@b", "a b@c.example", "a@b.example\nBcc: c@d.example", ""])
def test_an_address_that_cannot_be_one_is_refused(door: Door, email: str) -> None:
    owner = door.owner()

    refused("email_wrong", InputError, lambda: door.invited(owner, email=email))


def test_an_address_belongs_to_one_person(door: Door) -> None:
    owner = door.owner()

    refused("email_taken", AtelierError, lambda: door.invited(owner, email="ADA@atelier.example"))


# passwords


@pytest.mark.parametrize("password", ["short one", "aaaaaaaaaaaaaaaa", "margaret-is-me", "x" * 300])
def test_a_weak_password_is_refused_and_the_invitation_stays_open(door: Door, password: str) -> None:
    token = token_of(door.accounts.make_owner("margaret@atelier.example"))
    join = {"name": "Margaret", "language": "en", "password": password}

    refused("password_weak", InputError, lambda: door.accounts.join(token, **join))
    door.accounts.invitation(token)


def test_a_password_is_kept_as_argon2id_and_known_again() -> None:
    kept = passwords.kept(PASSWORD)

    assert kept.startswith("$argon2id$")
    assert passwords.right(PASSWORD, kept)
    assert not passwords.right(PASSWORD + " ", kept)
    assert not passwords.right(PASSWORD, None)


def test_a_stranger_learns_nothing_from_a_refusal(door: Door) -> None:
    door.owner()
    said = []
    for email in ("ada@atelier.example", "nobody@atelier.example"):
        with pytest.raises(AccessError) as refusal:
            door.accounts.sign_in(email, "wrong wrong wrong", place=HERE)
        said.append((refusal.value.reason, refusal.value.detail))

    assert said[0] == said[1]


def test_guessing_is_slowed_down_by_account_and_by_place(door: Door) -> None:
    owner = door.owner()
    guess = lambda: door.accounts.sign_in(owner.email, "wrong wrong wrong", place=HERE)  # noqa: E731
    for _ in range(ACCOUNT_MAX):
        refused("sign_in_wrong", AccessError, guess)

    refused("sign_in_too_often", AccessError, guess)
    right = lambda: door.accounts.sign_in(owner.email, PASSWORD, place="198.51.100.2")  # noqa: E731
    refused("sign_in_too_often", AccessError, right)
    door.clock.now += datetime.timedelta(seconds=WINDOW_S)
    assert right().person == owner


def test_one_place_cannot_try_every_account() -> None:
    tries = Tries(lambda: 0.0)
    for number in range(PLACE_MAX):
        tries.check(f"{number}@atelier.example", HERE)
        tries.failed(f"{number}@atelier.example", HERE)

    refused("sign_in_too_often", AccessError, lambda: tries.check("ada@atelier.example", HERE))
    tries.check("ada@atelier.example", "198.51.100.2")


# signed in


def test_a_sign_in_ends_when_nobody_uses_it(door: Door) -> None:
    owner = door.owner()
    token = door.accounts.sign_in(owner.email, PASSWORD, place=HERE).token
    for _ in range(3):
        door.clock.now += IDLE - datetime.timedelta(seconds=1)
        assert door.accounts.person(token) == owner
    door.clock.now += IDLE

    refused("staff_unknown", AccessError, lambda: door.accounts.person(token))


def test_a_sign_in_ends_with_the_day_however_busy(door: Door) -> None:
    owner = door.owner()
    token = door.accounts.sign_in(owner.email, PASSWORD, place=HERE).token
    end = door.clock.now + DAY
    while door.clock.now + IDLE / 2 < end:
        door.clock.now += IDLE / 2
        door.accounts.person(token)
    door.clock.now = end

    refused("staff_unknown", AccessError, lambda: door.accounts.person(token))
    door.accounts.sign_in(owner.email, PASSWORD, place=HERE)
    assert door.logins() == 1, "what is over is forgotten"


def test_signing_out_is_of_one_browser_or_of_all(door: Door) -> None:
    owner = door.owner()
    here, there, home = (door.accounts.sign_in(owner.email, PASSWORD, place=HERE).token for _ in range(3))
    door.accounts.sign_out(here)

    refused("staff_unknown", AccessError, lambda: door.accounts.person(here))
    assert door.accounts.person(there) == owner
    door.accounts.sign_out_everywhere(owner)
    for token in (there, home):
        refused("staff_unknown", AccessError, lambda token=token: door.accounts.person(token))
    door.accounts.sign_out(here)


# people and rights


def test_who_leaves_has_no_way_in_and_the_last_owner_stays(door: Door) -> None:
    owner = door.owner()
    token = door.invited(owner)
    bea = door.accounts.join(token, name="Bea", language="en", password=PASSWORD)

    refused("role_wrong", AccessError, lambda: door.accounts.remove(bea.person, owner.id))
    refused("owner_last", AtelierError, lambda: door.accounts.remove(owner, owner.id))
    door.accounts.remove(owner, bea.person.id)

    refused("staff_unknown", AccessError, lambda: door.accounts.person(bea.token))
    refused("sign_in_wrong", AccessError, lambda: door.accounts.sign_in(bea.person.email, PASSWORD, place=HERE))
    assert [(one.name, one.active, one.joined) for one in door.accounts.people(owner)] == [
        *(("Ada", True, True), ("Bea", False, True))
    ]
    refused("person_unknown", AtelierError, lambda: door.accounts.remove(owner, "nobody"))


def test_somebody_who_was_taken_on_without_a_link_can_be_sent_one_or_leave(door: Door) -> None:
    owner = door.owner()
    ids = [
        door.store.change(HOUSE, "hire", lambda unit, n=name: hire(unit, "owner", n, f"{n}@atelier.example").id)
        for name in ("chi", "dan")
    ]
    assert [one.joined for one in door.accounts.people(owner)] == [True, False, False]

    refused("owner_last", AtelierError, lambda: door.accounts.remove(owner, owner.id))
    door.accounts.invite_again(owner, ids[0])
    chi = door.accounts.join(door.sent(), name="Chi", language="en", password=PASSWORD).person
    door.accounts.remove(owner, ids[1])
    door.accounts.remove(chi, owner.id)


@pytest.mark.parametrize("role", ["client", "house", "owner", "consultant", "artisan"])
def test_the_table_says_all_that_a_role_may_do(role: str) -> None:
    may = {
        "owner": set(rights.DEEDS),
        "consultant": {"people.see", "appointments.make", "mail.see", "packet.take"},
        "artisan": {"people.see", "packet.take"},
    }.get(role, set())

    assert set(rights.deeds_of(role)) == may
    for deed in set(rights.DEEDS) - may:
        refused("role_wrong", AccessError, lambda deed=deed: rights.check(Who(role), deed))  # type: ignore[arg-type]


# the cookie


def test_the_cookie_is_the_browsers_alone(door: Door) -> None:
    safe = CookiePorter(door.accounts, address=ADDRESS)
    local = CookiePorter(door.accounts, address="http://localhost:8080")

    assert safe.cookie("t") == "__Host-atelier=t; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict; Secure"
    assert local.cookie("") == "atelier=; Path=/; Max-Age=0; HttpOnly; SameSite=Strict"
    assert safe.token({"cookie": "a=b; __Host-atelier=t; c=d"}) == "t"
    assert safe.token({"cookie": "atelier=t"}) == ""


def test_only_our_own_page_changes_anything(door: Door) -> None:
    porter = CookiePorter(door.accounts, address=ADDRESS)
    owner = door.owner()
    cookie = f"{porter.name}={door.accounts.sign_in(owner.email, PASSWORD, place=HERE).token}"
    own = [
        {"sec-fetch-site": "same-origin"},
        {"origin": ADDRESS, "host": "atelier.example"},
        {"sec-fetch-site": "same-origin", "origin": "null"},
    ]
    foreign = [
        *({"sec-fetch-site": site} for site in ("cross-site", "same-site", "none")),
        {"origin": "https://evil.example", "host": "atelier.example"},
        {"origin": "null", "host": "atelier.example"},
        {"origin": "https://[", "host": "atelier.example"},
        {"sec-fetch-site": "cross-site", "origin": ADDRESS, "host": "atelier.example"},
        {"host": "atelier.example"},
        {"origin": "", "host": ""},
    ]

    for headers in own:
        assert porter.who({"cookie": cookie, **headers}, unsafe=True) == Who("owner", owner.id)
    for headers in foreign:
        refused(
            "origin_wrong",
            AccessError,
            lambda headers=headers: porter.who({"cookie": cookie, **headers}, unsafe=True),
        )
        assert porter.who({"cookie": cookie, **headers}, unsafe=False).id == owner.id


def test_an_invitation_that_many_accept_at_once_lets_one_in(door: Door) -> None:
    token = token_of(door.accounts.make_owner("ada@atelier.example"))

    def join(number: int) -> str:
        try:
            door.accounts.join(token, name=f"Ada {number}", language="en", password=PASSWORD)
        except TryonError as refusal:
            return refusal.reason
        return "in"

    with ThreadPoolExecutor(8) as many:
        said = list(many.map(join, range(8)))

    assert sorted(said) == ["in", *["invitation_used"] * 7]
    assert door.logins() == 1
