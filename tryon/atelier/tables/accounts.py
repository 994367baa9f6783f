"""Tables of how the people of the atelier come in: accounts, passkeys, invitations, sign-ins; and appointments."""

from __future__ import annotations

import datetime
from typing import Literal

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from tryon.atelier.tables.base import ID, SHA256, Table, choice

Ceremony = Literal["join", "sign_in"]
"What a passkey is asked for."


class Account(Table):
    """How somebody of the atelier signs in; one a person."""

    __tablename__ = "accounts"
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), primary_key=True)
    language: Mapped[str] = mapped_column(String(8))
    password: Mapped[str | None] = mapped_column(String(200))
    "Argon2id, with its parameters and salt; None: by passkey only."
    joined_at: Mapped[datetime.datetime | None]
    "When she accepted her invitation; None: not yet."
    signed_in_at: Mapped[datetime.datetime | None]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}


class Passkey(Table):
    """A public key that a device of hers signs with."""

    __tablename__ = "passkeys"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    credential_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    "Digest of the credential's id, which may have up to 1023 bytes."
    public_key: Mapped[str] = mapped_column(Text)
    "COSE, base64url."
    sign_count: Mapped[int]
    made_at: Mapped[datetime.datetime]


class Invitation(Table):
    """A link that lets somebody in once: to choose how to sign in, or to choose anew."""

    __tablename__ = "invitations"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    made_at: Mapped[datetime.datetime]
    until: Mapped[datetime.datetime]
    used_at: Mapped[datetime.datetime | None]


class Login(Table):
    """A browser that is signed in, until it is idle, a day is over, or somebody signs out."""

    __tablename__ = "logins"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    staff_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    token_sha256: Mapped[str] = mapped_column(SHA256, unique=True)
    made_at: Mapped[datetime.datetime]
    seen_at: Mapped[datetime.datetime]


class Challenge(Table):
    """What a passkey is asked to sign; answered once, or forgotten."""

    __tablename__ = "challenges"
    sha256: Mapped[str] = mapped_column(SHA256, primary_key=True)
    ceremony: Mapped[Ceremony] = mapped_column(choice("ceremony", Ceremony))
    staff_id: Mapped[str | None] = mapped_column(ID)
    "Whom it was asked of, where that is known."
    until: Mapped[datetime.datetime] = mapped_column(index=True)


class Appointment(Table):
    """A virtual session that was planned, as calendars know it: its id is their UID."""

    __tablename__ = "appointments"
    id: Mapped[str] = mapped_column(ID, primary_key=True)
    request_id: Mapped[str | None] = mapped_column(ForeignKey("requests.id"), index=True)
    consultant_id: Mapped[str] = mapped_column(ForeignKey("staff.id"), index=True)
    name: Mapped[str] = mapped_column(String(120))
    email: Mapped[str] = mapped_column(String(254))
    language: Mapped[str] = mapped_column(String(8))
    starts_at: Mapped[datetime.datetime] = mapped_column(index=True)
    minutes: Mapped[int]
    zone: Mapped[str] = mapped_column(String(64))
    "IANA name of the client's time zone, such as `Europe/Paris`."
    sequence: Mapped[int]
    "How often it was changed: calendars keep the highest."
    cancelled: Mapped[bool]
    version: Mapped[int] = mapped_column()
    __mapper_args__ = {"version_id_col": version}
