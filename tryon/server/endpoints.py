"""The table of the HTTP contract: what stands at each address, what it takes, what it answers.

Routes and `/v1/openapi.json` are both made from this table, so that they cannot disagree.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from tryon.server.statuses import STATUSES

Handler = Callable[[Request], Awaitable[Response]]

Bearer = Literal["", "consent", "request", "staff", "invitation", "meeting", "fit", "metrics", "shop", "erasure"]
"Whose key an address wants; empty: nobody's."

JSON = "application/json"
SDP = "application/sdp"
PNG = "image/png"
JPEG = "image/jpeg"
WEBP = "image/webp"
PDF = "application/pdf"
SVG = "image/svg+xml"
ZIP = "application/zip"


class ErrorWords(msgspec.Struct):
    """Why something could not be done."""

    reason: str
    "Stable, for programs."
    detail: str
    "For people: what happened, why, what to do."


class Error(msgspec.Struct):
    """The one JSON shape of an error."""

    error: ErrorWords


@dataclass(frozen=True, slots=True)
class Answer:
    """A good answer of an endpoint."""

    status: int
    words: str
    mime: str = ""
    schema: type[msgspec.Struct] | None = None
    headers: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    "Media types besides, where it depends on what is asked for."


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One method at one address."""

    method: str
    path: str
    handler: Handler
    words: str
    answers: tuple[Answer, ...]
    reasons: tuple[str, ...] = ()
    "Of the errors it may give."
    takes_mime: str = ""
    takes: type[msgspec.Struct] | None = None
    bearer: Bearer = ""
    "Whose key it wants."
    headers: Mapping[str, str] = field(default_factory=dict)
    "Of the request: what each is for."
    query: Mapping[str, str] = field(default_factory=dict)
    "Repeatable query parameters and what they mean."


def routes(endpoints: list[Endpoint]) -> list[Route]:
    """One route an address, which answers 405 with the whole list of its methods."""
    by_path: dict[str, dict[str, Handler]] = {}
    for endpoint in endpoints:
        by_path.setdefault(endpoint.path, {})[endpoint.method] = endpoint.handler
    return [Route(path, _dispatch(handlers), methods=_METHODS) for path, handlers in by_path.items()]


_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]


def _dispatch(handlers: Mapping[str, Handler]) -> Handler:
    methods = dict(handlers)
    if "GET" in methods:
        methods["HEAD"] = methods["GET"]

    async def answer(request: Request) -> Response:
        handler = methods.get(request.method)
        if handler is None:
            raise HTTPException(405, headers={"Allow": ", ".join(sorted(methods))})
        if any("\0" in str(part) for part in request.path_params.values()):
            # no id has one, and not every database can even be asked for it
            raise HTTPException(404)
        return await handler(request)

    return answer


def openapi(endpoints: list[Endpoint], *, version: str) -> dict[str, Any]:
    """The OpenAPI 3.1 description of the table."""
    kinds = {e.takes for e in endpoints} | {a.schema for e in endpoints for a in e.answers} | {Error}
    kinds.discard(None)
    _, components = msgspec.json.schema_components(
        sorted((kind for kind in kinds if kind is not None), key=lambda kind: kind.__name__),
        ref_template="#/components/schemas/{name}",
    )
    paths: dict[str, dict[str, Any]] = {}
    for endpoint in endpoints:
        paths.setdefault(endpoint.path, {})[endpoint.method.lower()] = _operation(endpoint)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "tryon",
            "version": version,
            "description": "Live try-on of crowns and tiaras. Every error is one shape; `reason` is stable.",
        },
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {
                "consent": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of POST /v1/consents.",
                },
                "request": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of POST /v1/requests or POST /v1/links.",
                },
                "staff": {
                    "type": "apiKey",
                    "in": "cookie",
                    "name": "__Host-atelier",
                    "description": "Somebody of the atelier who signed in. Without https it is called `atelier`.",
                },
                "invitation": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of the link that an invited person was sent.",
                },
                "shop": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A secret key (sk_live_, sk_test_) of a shop, for its own server.",
                },
                "metrics": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of TRYON_METRICS_KEY.",
                },
                "fit": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The key of a kept fit card, from its link.",
                },
                "erasure": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of the link that POST /v1/erasures had mailed.",
                },
                "meeting": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of somebody's invitation to a meeting, from the link.",
                },
            },
        },
    }


def _operation(endpoint: Endpoint) -> dict[str, Any]:
    operation: dict[str, Any] = {"operationId": _id(endpoint), "summary": endpoint.words, "responses": {}}
    parameters: list[dict[str, Any]] = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _path_names(endpoint.path)
    ]
    parameters += [
        {
            "name": name,
            "in": "query",
            "description": words,
            "schema": {"type": "array", "items": {"type": "string"}},
        }
        for name, words in endpoint.query.items()
    ]
    parameters += [
        {"name": name, "in": "header", "description": words, "schema": {"type": "string"}}
        for name, words in endpoint.headers.items()
    ]
    if parameters:
        operation["parameters"] = parameters
    if endpoint.bearer:
        operation["security"] = [{endpoint.bearer: []}]
    if endpoint.takes_mime:
        operation["requestBody"] = {
            "required": True,
            "content": {endpoint.takes_mime: {"schema": _schema(endpoint.takes)}},
        }
    responses = operation["responses"]
    for answer in endpoint.answers:
        response: dict[str, Any] = {"description": answer.words}
        if answer.mime:
            mimes = (answer.mime, *answer.others)
            response["content"] = {mime: {"schema": _schema(answer.schema)} for mime in mimes}
        if answer.headers:
            response["headers"] = {name: {"schema": {"type": "string"}} for name in answer.headers}
        responses[str(answer.status)] = response
    by_status: dict[int, list[str]] = {}
    for reason in (*endpoint.reasons, "internal"):
        by_status.setdefault(STATUSES[reason], []).append(reason)
    for status, reasons in sorted(by_status.items()):
        responses[str(status)] = {
            "description": ", ".join(reasons),
            "content": {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}},
        }
    return operation


def _id(endpoint: Endpoint) -> str:
    """A name for programs: `GET /v1/shop/hooks/{hook}/deliveries` is get_shop_hooks_hook_deliveries."""
    said = re.sub(r"[^a-z0-9]+", "_", endpoint.path.lower().removeprefix("/v1"))
    return endpoint.method.lower() + "_" + said.strip("_")


def _schema(kind: type[msgspec.Struct] | None) -> dict[str, Any]:
    if kind is None:
        return {"type": "string"}
    return {"$ref": f"#/components/schemas/{kind.__name__}"}


def _path_names(path: str) -> list[str]:
    return [part[1:-1] for part in path.split("/") if part.startswith("{")]
