"""What is said with every response, and the access log."""

from __future__ import annotations

import logging
import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tryon import logs
from tryon.server import statuses
from tryon.server.watch import Watch

log = logging.getLogger(__name__)


def policy(ancestors: str) -> str:
    """The Content-Security-Policy of a page that pages of `ancestors` may frame."""
    return "; ".join(
        (
            "default-src 'none'",
            "script-src 'self'",
            "style-src 'self'",
            "img-src 'self' blob:",  # a snapshot is a blob of this page
            "media-src 'self' blob:",
            "connect-src 'self'",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            f"frame-ancestors {ancestors}",
        )
    )


HEADERS = {
    "Content-Security-Policy": policy("'none'"),
    "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(), payment=(), usb=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}

HTTPS_ALONE = "max-age=31536000; includeSubDomains"
"For a year no browser that was here over https comes without it."


class Headers:
    """Adds the security headers, keeps answers out of caches unless a route says otherwise, logs each request.

    The log names the route, never the address that was asked for nor who asked: no token, no session, no IP. Each
    request has a number, which stands in every line it gives rise to and in the answer, as `Request-Id`.
    """

    def __init__(self, app: ASGIApp, watch: Watch, *, secure: bool = False) -> None:
        """`secure`: people open it by https."""
        self.app, self._watch = app, watch
        self._headers = HEADERS | ({"Strict-Transport-Security": HTTPS_ALONE} if secure else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began_s = time.monotonic()
        status = 0
        number = secrets.token_hex(6)
        logs.bind(request=number)

        async def send_with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
                headers["Request-Id"] = number
            await send(message)

        try:
            await self.app(scope, receive, send_with_headers)
        except ClientDisconnect:
            log.info("nobody waits for the answer any more")
        except Exception:
            # the last resort, here and not in an exception handler, which would answer without these headers
            log.exception("a request failed")
            if status:
                raise
            await statuses.failure()(scope, receive, send_with_headers)
        finally:
            route = scope.get("route")
            path = getattr(route, "path", "-")
            seconds = time.monotonic() - began_s
            self._watch.answered(scope["method"], path, status, seconds)
            log.log(
                logging.INFO if path.startswith("/v1/") else logging.DEBUG,
                "%s %s %d %.0f ms",
                scope["method"],
                path,
                status,
                1e3 * seconds,
            )
            logs.unbind()
