"""How somebody of the atelier signs in, as she changes it herself: her password, her passkeys.

Each change wants proof that it is she (her password or a passkey, at that moment: a browser left open is not enough),
and ends every other sign-in of hers. One way in stays always.
"""

from __future__ import annotations

import datetime
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, func, select

from tryon.atelier import ceremonies, passkeys, passwords
from tryon.atelier.accounts import Person
from tryon.atelier.passkeys import Credential, House
from tryon.atelier.store import Store, Unit, sha256
from tryon.atelier.tables import Account, Login, Passkey
from tryon.atelier.tries import Tries
from tryon.errors import AccessError, AtelierError

PASSKEYS_MAX = 12
"Of one person: her devices."


@dataclass(frozen=True, slots=True)
class Proof:
    """That it is she, now: one of both."""

    password: str = ""
    passkey: Credential | None = None


@dataclass(frozen=True, slots=True)
class Has:
    """Her ways in."""

    password: bool
    passkeys: tuple[tuple[str, datetime.datetime], ...]
    "Id and when each was made, oldest first."
    elsewhere: int
    "Other browsers that are signed in as her."


class Ways:
    """See the module. Calls block on the database and on hashing: from an event loop, call them on a thread."""

    def __init__(self, store: Store, house: House, tries: Tries) -> None:
        self._store = store
        self._house = house
        self._tries = tries

    def has(self, person: Person, token: str) -> Has:
        """Her ways in; `token`: of the browser that asks."""

        def work(unit: Unit) -> Has:
            account = unit.rows.get_one(Account, person.id)
            keys = unit.rows.scalars(select(Passkey).where(Passkey.staff_id == person.id).order_by(Passkey.id))
            others = (Login.staff_id == person.id, Login.token_sha256 != sha256(token))
            count = unit.rows.scalar(select(func.count()).where(*others)) or 0
            return Has(account.password is not None, tuple((key.id, key.made_at) for key in keys), count)

        return self._store.look(work)

    def set_password(self, person: Person, token: str, proof: Proof, password: str, *, place: str) -> None:
        """A password, anew or her first. Raises AccessError, InputError."""
        passwords.check(password, email=person.email)
        kept = passwords.kept(password)

        def work(unit: Unit) -> None:
            unit.rows.get_one(Account, person.id).password = kept

        self._change(person, token, proof, place, "staff.password", work)

    def passkey_wanted(self, person: Person) -> dict[str, Any]:
        """What her browser is asked to make one more passkey by. Raises AtelierError `passkeys_full`."""

        def work(unit: Unit) -> dict[str, Any]:
            if (unit.rows.scalar(select(func.count()).where(Passkey.staff_id == person.id)) or 0) >= PASSKEYS_MAX:
                raise AtelierError("passkeys_full", f"There are {PASSKEYS_MAX} passkeys already. Remove one first.")
            challenge = ceremonies.ask(unit, "join", person.id)
            return passkeys.wanted(self._house, challenge, staff_id=person.id, email=person.email, name=person.name)

        return self._store.change(person.who, "staff.passkey_wanted", work)

    def add_passkey(self, person: Person, token: str, proof: Proof, made: Credential, *, place: str) -> None:
        """One more passkey. Raises AccessError."""
        self._change(
            person,
            token,
            proof,
            place,
            "staff.passkey",
            lambda unit: ceremonies.add(unit, self._house, made, person.id),
        )

    def remove_passkey(self, person: Person, token: str, proof: Proof, id: str, *, place: str) -> None:
        """A passkey of a device that is gone. Raises AccessError, AtelierError."""

        def work(unit: Unit) -> None:
            keys = list(unit.rows.scalars(select(Passkey).where(Passkey.staff_id == person.id).with_for_update()))
            key = next((key for key in keys if key.id == id), None)
            if key is None:
                raise AtelierError("passkey_unknown", "There is no such passkey of yours.")
            if len(keys) == 1 and unit.rows.get_one(Account, person.id).password is None:
                raise AtelierError("way_last", "This is your only way in. Add another passkey or a password first.")
            unit.rows.delete(key)

        self._change(person, token, proof, place, "staff.passkey_gone", work)

    def _change(
        self, person: Person, token: str, proof: Proof, place: str, action: str, work: Callable[[Unit], object]
    ) -> None:
        """`work` as her, once it is proved that it is she; every other browser of hers is signed out."""
        self._tries.check(person.email, place)
        kept: str | None = None
        if proof.passkey is None:
            kept = self._store.look(lambda unit: unit.rows.get_one(Account, person.id).password)
            if not passwords.right(proof.password, kept):
                self._tries.failed(person.email, place)
                raise AccessError("proof_wrong", "That is not your password. Nothing was changed; please try again.")

        def change(unit: Unit) -> None:
            unit.about = person.id
            account = unit.rows.get_one(Account, person.id, with_for_update=True)
            if proof.passkey is not None:
                if ceremonies.signer(unit, self._house, proof.passkey) != person.id:
                    raise AccessError("proof_wrong", "That passkey is somebody else's. Nothing was changed.")
            elif account.password != kept:
                raise AccessError("proof_wrong", "Your password was changed meanwhile. Please look again.")
            work(unit)
            gone = (Login.staff_id == person.id, Login.token_sha256 != sha256(token))
            unit.rows.execute(delete(Login).where(*gone))

        self._store.change(person.who, action, change)
        self._tries.succeeded(person.email)
