"""Who is invited to a meeting: links that cannot be guessed, for one person in one role, until a day.

The atelier's store takes this over: whatever it does stands behind Invitations. Meanwhile `tryon invite` makes them,
one file a meeting, `meetings/ID/invitations.json` in the data folder. It holds digests of the tokens, never a token.
An invitation is withdrawn by taking its line out.
"""

from __future__ import annotations

import hashlib
import hmac
import logging
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import msgspec

from tryon.errors import ConsentError, InputError
from tryon.meeting import ID, Role, Seat

log = logging.getLogger(__name__)

ID_BYTES, SECRET_BYTES = 16, 32
NAME_MAX = 80
INVITED_MAX = 12
HOURS_MAX = 90 * 24


@dataclass(frozen=True, slots=True)
class Invitation:
    """One person's, for one meeting."""

    seat: Seat
    until_s: float


class Invitations(Protocol):
    """What the server needs of whoever invites."""

    def find(self, token: str, /) -> Invitation:
        """Whose it is. Blocks on the disk. Raises ConsentError `meeting_unknown`, `meeting_expired`."""


class Invited(msgspec.Struct, frozen=True):
    """A line of the file."""

    seat: str
    role: Role
    name: str
    until: float
    token_sha256: str


class FileInvitations:
    """See the module."""

    def __init__(self, folder: Path, *, clock: Callable[[], float] = time.time) -> None:
        self._folder, self._clock = folder / "meetings", clock

    def invite(self, client: str, consultants: Sequence[str], *, hours: float) -> list[tuple[Invitation, str]]:
        """A new meeting; everyone's invitation and token, the client's first. Raises InputError, OSError."""
        names = [client, *consultants]
        if not consultants or len(names) > INVITED_MAX or not all(0 < len(name.strip()) <= NAME_MAX for name in names):
            raise InputError(
                "meeting_wrong",
                f"A meeting has a client and 1 to {INVITED_MAX - 1} consultants, named in 1 to {NAME_MAX} letters.",
            )
        if not 0 < hours <= HOURS_MAX:
            raise InputError("meeting_wrong", f"An invitation holds for up to {HOURS_MAX} hours, not {hours:g}.")
        meeting, until_s = secrets.token_urlsafe(ID_BYTES), self._clock() + hours * 3600
        made, lines = [], []
        for number, name in enumerate(names):
            role: Role = "consultant" if number else "client"
            seat = Seat(meeting, f"consultant-{number}" if number else "client", role, name.strip())
            token = f"{meeting}.{secrets.token_urlsafe(SECRET_BYTES)}"
            made.append((Invitation(seat, until_s), token))
            lines.append(Invited(seat.id, role, seat.name, until_s, _digest(token)))
        self._write(meeting, lines)
        return made

    def find(self, token: str, /) -> Invitation:
        """See Invitations."""
        meeting = token.partition(".")[0]
        unknown = ConsentError("meeting_unknown", "This invitation is not known here. Please ask for a new link.")
        if not ID.fullmatch(meeting):
            raise unknown
        try:
            lines = msgspec.json.decode((self._folder / meeting / "invitations.json").read_bytes(), type=list[Invited])
        except FileNotFoundError:
            raise unknown from None
        except msgspec.DecodeError:
            log.warning("a meeting's invitations cannot be read")
            raise unknown from None
        for line in lines:
            if hmac.compare_digest(line.token_sha256, _digest(token)):
                if line.until < self._clock():
                    raise ConsentError(
                        "meeting_expired", "This invitation was until earlier. Please ask for a new link."
                    )
                return Invitation(Seat(meeting, line.seat, line.role, line.name), line.until)
        raise unknown

    def _write(self, meeting: str, lines: list[Invited]) -> None:
        folder = self._folder / meeting
        folder.mkdir(mode=0o700, parents=True)
        part = folder / "invitations.part"
        with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(msgspec.json.encode(lines))
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, folder / "invitations.json")


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode(errors="replace")).hexdigest()
