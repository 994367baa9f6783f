"""Passkeys (WebAuthn): what a browser is asked to sign, and whether it did. The only importer of webauthn.

They name a house by the host of its address, so that a page elsewhere cannot ask for them. A passkey is the whole of
a sign-in: the device asks her for its own lock (user verification).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import webauthn
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url, parse_client_data_json
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from tryon.errors import AccessError

Credential = dict[str, Any]
"What a browser answered, as `PublicKeyCredential.toJSON()` writes it."


@dataclass(frozen=True, slots=True)
class House:
    """Who asks: its name, and the address that people open."""

    name: str
    address: str

    @property
    def host(self) -> str:
        """Without port; WebAuthn's relying party id."""
        return urlsplit(self.address).hostname or ""

    @property
    def origin(self) -> str:
        """Scheme, host and port."""
        parts = urlsplit(self.address)
        return f"{parts.scheme}://{parts.netloc}"


@dataclass(frozen=True, slots=True)
class Key:
    """The public half of a passkey."""

    credential_sha256: str
    public_key: str
    sign_count: int


def wanted(house: House, challenge: bytes, *, staff_id: str, email: str, name: str) -> dict[str, Any]:
    """What `navigator.credentials.create` takes, as JSON."""
    options = webauthn.generate_registration_options(
        rp_id=house.host,
        rp_name=house.name,
        user_id=staff_id.encode(),
        user_name=email,
        user_display_name=name or email,
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.REQUIRED, user_verification=UserVerificationRequirement.REQUIRED
        ),
    )
    return _plain(options)


def asked(house: House, challenge: bytes) -> dict[str, Any]:
    """What `navigator.credentials.get` takes, as JSON; it names nobody, so it tells of nobody."""
    options = webauthn.generate_authentication_options(
        rp_id=house.host, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return _plain(options)


def challenge_sha256(challenge: bytes) -> str:
    """Digest under which a challenge is remembered."""
    return hashlib.sha256(challenge).hexdigest()


def challenge_of(credential: Credential) -> bytes:
    """The challenge that an answer says it signed. Raises AccessError."""
    try:
        return parse_client_data_json(base64url_to_bytes(credential["response"]["clientDataJSON"])).challenge
    except (WebAuthnException, KeyError, TypeError, ValueError) as err:
        raise _refused() from err


def credential_sha256(credential: Credential) -> str:
    """Digest of the credential's id. Raises AccessError."""
    try:
        return hashlib.sha256(base64url_to_bytes(credential["rawId"])).hexdigest()
    except (KeyError, TypeError, ValueError) as err:
        raise _refused() from err


def made(house: House, credential: Credential, challenge: bytes) -> Key:
    """The key that a browser made for this challenge. Raises AccessError."""
    try:
        verified = webauthn.verify_registration_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=house.host,
            expected_origin=house.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as err:
        raise _refused() from err
    return Key(
        hashlib.sha256(verified.credential_id).hexdigest(),
        bytes_to_base64url(verified.credential_public_key),
        verified.sign_count,
    )


def signed(house: House, credential: Credential, challenge: bytes, key: Key) -> int:
    """How often the key signed by now, if it signed this challenge. Raises AccessError."""
    try:
        verified = webauthn.verify_authentication_response(
            credential=credential,
            expected_challenge=challenge,
            expected_rp_id=house.host,
            expected_origin=house.origin,
            credential_public_key=base64url_to_bytes(key.public_key),
            credential_current_sign_count=key.sign_count,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError) as err:
        raise _refused() from err
    return verified.new_sign_count


def _plain(options: Any) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(webauthn.options_to_json(options))
    return plain


def _refused() -> AccessError:
    return AccessError("passkey_refused", "This passkey was not accepted. Please try once more, or use your password.")
