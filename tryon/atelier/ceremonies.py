"""What a passkey is asked to sign: remembered until it is answered, once, or too late."""

from __future__ import annotations

import datetime

from sqlalchemy import delete, select

from tryon.atelier import passkeys
from tryon.atelier.passkeys import Credential, House
from tryon.atelier.store import Unit
from tryon.atelier.tables import Challenge, Passkey
from tryon.atelier.tables.accounts import Ceremony
from tryon.errors import AccessError

ANSWER_WITHIN = datetime.timedelta(minutes=5)


def ask(unit: Unit, ceremony: Ceremony, staff_id: str | None) -> bytes:
    """A new challenge, remembered; those that nobody answered in time are forgotten."""
    unit.rows.execute(delete(Challenge).where(Challenge.until < unit.now))
    challenge = bytes.fromhex(unit.new_token())
    unit.rows.add(
        Challenge(
            sha256=passkeys.challenge_sha256(challenge),
            ceremony=ceremony,
            staff_id=staff_id,
            until=unit.now + ANSWER_WITHIN,
        )
    )
    return challenge


def answered(unit: Unit, credential: Credential, ceremony: Ceremony, staff_id: str | None) -> bytes:
    """The challenge that is answered, which is answered no second time. Raises AccessError."""
    challenge = passkeys.challenge_of(credential)
    row = unit.rows.get(Challenge, passkeys.challenge_sha256(challenge), with_for_update=True)
    if row is None or row.ceremony != ceremony or row.staff_id != staff_id or unit.now >= row.until:
        raise AccessError("passkey_late", "That took too long, or was done already. Please try once more.")
    unit.rows.delete(row)
    return challenge


def signer(unit: Unit, house: House, credential: Credential) -> str:
    """Whose passkey signed what any browser is asked to sign. Raises AccessError."""
    challenge = answered(unit, credential, "sign_in", None)
    digest = passkeys.credential_sha256(credential)
    row = unit.rows.scalar(select(Passkey).where(Passkey.credential_sha256 == digest).with_for_update())
    if row is None:
        raise AccessError("passkey_refused", "This passkey is not known here, or no longer.")
    key = passkeys.Key(row.credential_sha256, row.public_key, row.sign_count)
    row.sign_count = passkeys.signed(house, credential, challenge, key)
    return row.staff_id


def add(unit: Unit, house: House, credential: Credential, staff_id: str) -> Passkey:
    """The passkey that a browser of hers made. Raises AccessError."""
    key = passkeys.made(house, credential, answered(unit, credential, "join", staff_id))
    row = Passkey(
        id=unit.new_id(),
        staff_id=staff_id,
        credential_sha256=key.credential_sha256,
        public_key=key.public_key,
        sign_count=key.sign_count,
        made_at=unit.now,
    )
    unit.rows.add(row)
    return row
