"""The porter: knows the people of the atelier by the cookie of their browser. See `who.Porter`.

A request that would change something must come from our own page. The browser says so (Sec-Fetch-Site, else Origin
against Host), no page elsewhere can make it say otherwise, and the cookie is SameSite=Strict besides: no token of the
page is needed. Source of the rule: Go's net/http CrossOriginProtection (Go 1.25), OWASP's Fetch Metadata defence.
"""

from __future__ import annotations

from collections.abc import Mapping
from http.cookies import CookieError, SimpleCookie

from tryon.atelier.accounts import DAY, Accounts, Person
from tryon.atelier.who import Who
from tryon.errors import AccessError


class CookiePorter:
    """See the module. Blocks: from an event loop, call it on a thread."""

    def __init__(self, accounts: Accounts, *, address: str) -> None:
        self._accounts = accounts
        self._secure = address.startswith("https:")
        # the prefix holds the browser to Secure, this host and the whole of it; plain http is for this machine alone
        self.name = "__Host-atelier" if self._secure else "atelier"

    def who(self, headers: Mapping[str, str], *, unsafe: bool) -> Who:
        """See `who.Porter`."""
        return self.person(headers, unsafe=unsafe).who

    def person(self, headers: Mapping[str, str], *, unsafe: bool) -> Person:
        """Who of the atelier a request comes from. Raises AccessError."""
        if unsafe:
            check_origin(headers)
        return self._accounts.person(self.token(headers))

    def token(self, headers: Mapping[str, str]) -> str:
        """The cookie's token; empty: there is none."""
        try:
            found = SimpleCookie(headers.get("cookie", "")).get(self.name)
        except CookieError:
            return ""
        return "" if found is None else found.value

    def cookie(self, token: str) -> str:
        """The Set-Cookie header that lets somebody in; an empty token takes it back."""
        age_s = int(DAY.total_seconds()) if token else 0
        secure = "; Secure" if self._secure else ""
        return f"{self.name}={token}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}"


def check_origin(headers: Mapping[str, str]) -> None:
    """Nothing, if a request comes from a page of ours. Raises AccessError."""
    site, origin = headers.get("sec-fetch-site", ""), headers.get("origin", "")
    ours = site == "same-origin" if site else bool(origin) and origin.partition("://")[2] == headers.get("host", "")
    if not ours:
        raise AccessError("origin_wrong", "This was asked by another page than ours, so nothing was done.")
