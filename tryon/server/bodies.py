"""What comes in with a request and how it is read: bounded first, parsed second; and how JSON goes out."""

from __future__ import annotations

import hashlib
from typing import Any, TypeVar

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tryon.errors import AccessError, AtelierError, ConsentError, InputError
from tryon.server.consent import language_of
from tryon.server.endpoints import JSON

KEY_LETTERS = 255
LANGUAGES = ("en", "fr")
"Of the words that are said to who asks."
Body = TypeVar("Body")


def json_reply(data: Any, *, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    """An answer in JSON."""
    return Response(msgspec.json.encode(data), status, headers=headers, media_type=JSON)


def cached(request: Request, body: bytes, mime: str, *, vary: str = "") -> Response:
    """Public, and asked for again each time, but not sent again."""
    etag = f'"{hashlib.sha256(body).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "no-cache"} | ({"Vary": vary} if vary else {})
    if etag in header(request, "if-none-match"):
        return Response(status_code=304, headers=headers)
    return Response(body, headers=headers, media_type=mime)


def header(request: Request, name: str) -> str:
    """A header, or nothing."""
    return request.headers.get(name, "")


def asked_language(request: Request) -> str:
    """The language of `?lang=`, else of Accept-Language, that there are words in."""
    said = request.query_params.get("lang", "").lower()
    return language_of(f"{said},{header(request, 'accept-language')}", LANGUAGES)


def mime(request: Request) -> str:
    """What the body says it is."""
    return header(request, "content-type").split(";")[0].strip().lower()


def bearer(request: Request) -> str:
    """The token of `Authorization: Bearer`, or nothing."""
    scheme, _, token = header(request, "authorization").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def place_of(request: Request) -> str:
    """The address of the net that a request comes from, or nothing."""
    return request.client.host if request.client is not None else ""


async def read_body(request: Request, *, most: int) -> bytes:
    """The body, refused as soon as it is known to be too large, before anything parses it."""
    too_large = InputError("body_too_large", f"This request may have {most} bytes.")
    declared = header(request, "content-length")
    if declared.isdigit() and int(declared) > most:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > most:
            raise too_large
    return bytes(body)


async def read_json(request: Request, kind: type[Body], *, most: int) -> Body:
    """The body as a struct. Raises InputError."""
    if mime(request) != JSON:
        raise InputError("body_not_json", f"This address takes {JSON}.")
    return json_of(await read_body(request, most=most), kind)


def json_of(body: bytes, kind: type[Body]) -> Body:
    """A body as a struct. Raises InputError."""
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as err:
        raise InputError("body_unreadable", f"The body cannot be read: {err}.") from err


def seen_version(request: Request, *, needed: bool) -> int | None:
    """The version of `If-Match`, as ETag told it; None: whatever it is now. Raises AtelierError."""
    said = header(request, "if-match").strip()
    if not said or said == "*":
        if needed and not said:
            raise AtelierError("version_missing", "Say which version you saw: If-Match with the ETag you were given.")
        return None
    version = said.removeprefix("W/").strip('"')
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise AtelierError("changed_meanwhile", "If-Match names no version of this. Please look at it again.")
    return int(version)


def once_key(request: Request) -> str:
    """The Idempotency-Key, or nothing. Raises InputError."""
    key = header(request, "idempotency-key").strip()
    if len(key) > KEY_LETTERS or not key.isprintable() or not key.isascii():
        raise InputError("key_wrong", f"An Idempotency-Key has at most {KEY_LETTERS} plain characters.")
    return key


def client_key(request: Request) -> str:
    """The key of a client's request. Raises AccessError."""
    key = bearer(request)
    if not key:
        raise AccessError("key_missing", "Please open your request by the link you were given.")
    return key


def consent_token(request: Request) -> str:
    """The token of a wearer's consent. Raises ConsentError."""
    token = bearer(request)
    if not token:
        raise ConsentError(
            "consent_missing", "No picture is taken before you agree. Please read and agree first (POST /v1/consents)."
        )
    return token
