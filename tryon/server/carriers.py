"""Who carries a letter away: a mail server, or a folder while there is none. The only importer of aiosmtplib."""

from __future__ import annotations

import asyncio
import os
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiosmtplib

from tryon.errors import MailError, SettingError

WAIT_S = 60.0
PORTS = {"smtp": 587, "smtps": 465}
REFUSED = "mail_refused"
LOCAL = {"localhost", "127.0.0.1", "::1"}


class Carrier(Protocol):
    """Takes letters."""

    async def carry(self, id: str, message: EmailMessage) -> None:
        """Carry a letter; `id` is its own for ever. Raises MailError."""
        ...


class Folder:
    """Writes each letter as ID.eml, whole or not at all; the same letter twice is one file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    async def carry(self, id: str, message: EmailMessage) -> None:
        """See Carrier."""
        await asyncio.to_thread(self._write, id, message.as_bytes(policy=SMTP))

    def _write(self, id: str, letter: bytes) -> None:
        part = self._folder / f"{id}.part"
        try:
            with open(part, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
                file.write(letter)
            os.replace(part, self._folder / f"{id}.eml")
        except OSError as err:
            raise MailError("mail_not_written", f"A letter could not be written: {err.strerror}.") from err


class MailServer:
    """Gives letters to a mail server: TLS from the first byte (smtps), or STARTTLS, which a password insists on."""

    def __init__(self, url: str) -> None:
        """Of an address as TRYON_MAIL says it. Raises SettingError."""
        wrong = SettingError(
            "mail_unknown", "TRYON_MAIL is no mail server; expected smtp://USER:PASSWORD@HOST:587 or smtps://... :465."
        )
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError as err:
            raise wrong from err
        if parts.scheme not in PORTS or not parts.hostname:
            raise wrong
        self._host, self._port = parts.hostname, port or PORTS[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password) if parts.password else None
        self._tls = parts.scheme == "smtps"
        # None: where the server offers it; nothing secret goes to a server elsewhere in the clear
        self._start_tls = True if self._user and not self._tls and self._host not in LOCAL else None

    async def carry(self, id: str, message: EmailMessage) -> None:
        """See Carrier. The server's words are passed on without the addresses in them."""
        try:
            refused, _ = await aiosmtplib.send(
                message,
                hostname=self._host,
                port=self._port,
                username=self._user,
                password=self._password,
                use_tls=self._tls,
                start_tls=self._start_tls,
                timeout=WAIT_S,
            )
        except aiosmtplib.SMTPRecipientsRefused as err:
            codes = sorted({one.code for one in err.recipients})
            raise _of_codes(codes) from err
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPAuthenticationError) as err:
            # our own fault: it can be mended, so no letter is given up for it
            raise MailError(
                "mail_server_refuses_us", f"The mail server does not take letters from us ({err.code})."
            ) from err
        except aiosmtplib.SMTPResponseException as err:
            raise _of_codes([err.code]) from err
        except (aiosmtplib.SMTPException, OSError) as err:
            raise MailError("mail_server_away", f"The mail server did not answer ({type(err).__name__}).") from err
        if refused:
            raise _of_codes(sorted({answer.code for answer in refused.values()}))


def carrier_of(url: str, folder: Path) -> Carrier:
    """The carrier that TRYON_MAIL names; a folder where it is empty. Raises SettingError."""
    return MailServer(url) if url else Folder(folder)


def _of_codes(codes: list[int]) -> MailError:
    """5xx is for good, everything else may pass (RFC 5321, 4.2.1)."""
    said = ", ".join(str(code) for code in codes)
    if all(500 <= code < 600 for code in codes):
        return MailError(REFUSED, f"The mail server of that address refuses it ({said}).")
    return MailError("mail_delayed", f"The mail server of that address does not take it now ({said}).")
