"""Passwords: what is accepted as one, and how it is kept (Argon2id; RFC 9106, second recommended set)."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from tryon.errors import InputError

LETTERS_MIN = 12
LETTERS_MAX = 256
ALIKE_MIN = 4
KINDS_MIN = 6
"Different letters: `aaaaaaaaaaaa` is none."
AT_ONCE = 2
"Hashes made at one time: each takes 64 MiB, and a flood of sign-ins must not take all there is."

_hasher = PasswordHasher()
_turn = threading.BoundedSemaphore(AT_ONCE)
_NOBODYS = _hasher.hash("nobody has this password")


def check(password: str, *, email: str) -> None:
    """Nothing, if it may be a password: length counts, not signs and digits (NIST SP 800-63B). Raises InputError."""
    own = email.split("@")[0].casefold()
    alike = len(own) >= ALIKE_MIN and own in password.casefold()
    if not LETTERS_MIN <= len(password) <= LETTERS_MAX or len(set(password)) < KINDS_MIN or alike:
        raise InputError(
            "password_weak",
            f"A password has {LETTERS_MIN} to {LETTERS_MAX} letters, {KINDS_MIN} of them different, and does not hold "
            "your mail address. Three or four words that do not belong together are good.",
        )


def kept(password: str) -> str:
    """How it is kept."""
    with _turn:
        return _hasher.hash(password)


def right(password: str, kept: str | None) -> bool:
    """Whether it is the one that is kept; as slow for nobody's as for somebody's, so that time tells nothing."""
    with _turn:
        try:
            return _hasher.verify(kept or _NOBODYS, password[: LETTERS_MAX + 1]) and kept is not None
        except (VerificationError, InvalidHashError):
            return False
