"""`tryon doctor URL`: what a shop's page is sent with that keeps the mirror from it, and what to write instead."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from html import unescape
from urllib.parse import SplitResult, urlencode, urlsplit

from tryon.doctor import Finding
from tryon.errors import InputError

WAIT_S = 10.0
BYTES_MAX = 2_000_000
NEEDS = {"script-src": "the loader", "connect-src": "the card", "img-src": "the picture", "frame-src": "the mirror"}
"What a Content-Security-Policy must let through, and for what."
FALLS_BACK = {
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
    "img-src": ("img-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
}
"CSP Level 3, 6.8.3: the directives that govern a request, the first that is there."
META = re.compile(r"<meta[^>]+http-equiv=[\"']?content-security-policy[\"']?[^>]*>", re.I)
CONTENT = re.compile(r"content=(?:\"([^\"]*)\"|'([^']*)')", re.I)
PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as a browser gets it."""

    address: SplitResult
    headers: tuple[tuple[str, str], ...]
    body: str

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]


def examine(address: str, ours: str, key: str = "") -> list[Finding]:
    """Looks at a page of a shop for a mirror at `ours`; with its key also whether the page is on the shop's list.

    Raises InputError when the page cannot be read.
    """
    page, home = fetch(address), urlsplit(ours)
    findings = [_secure(page), _camera(page, home), *_content(page, home), _isolation(page), _tag(page, home)]
    if key:
        findings.append(_listed(page, ours, key))
    return findings


def fetch(address: str, headers: dict[str, str] | None = None) -> Fetched:
    """A page over HTTP. Raises InputError."""
    if urlsplit(address).scheme not in ("http", "https"):
        raise InputError("page_unreadable", f"{address!r} is no address of a page; it begins with https://.")
    asked = urllib.request.Request(address, headers={"Accept": "text/html, */*", **(headers or {})})
    try:
        with urllib.request.urlopen(asked, timeout=WAIT_S) as answer:
            body = answer.read(BYTES_MAX).decode("utf-8", "replace")
            return Fetched(urlsplit(answer.url), tuple(answer.headers.items()), body)
    except urllib.error.HTTPError as err:
        raise InputError("page_unreadable", f"{address} answers {err.code} {err.reason}.") from err
    except (OSError, ValueError) as err:
        raise InputError("page_unreadable", f"{address} cannot be read: {err}.") from err


def _secure(page: Fetched) -> Finding:
    host = page.address.hostname or ""
    here = host in ("localhost", "127.0.0.1", "::1") or host.endswith(".localhost")
    works = page.address.scheme == "https" or here
    return Finding(
        "https", works, "the page is secure" if works else "Browsers allow a camera on https pages alone: serve it so."
    )


def _camera(page: Fetched, home: SplitResult) -> Finding:
    """Permissions-Policy: of a feature named twice in one header the last counts; every header must allow it."""
    for policy in page.all("permissions-policy"):
        allowed = dict(re.findall(r"([\w-]+)\s*=\s*(\([^)]*\)|\*|self)", policy)).get("camera")
        if allowed is None or allowed == "*":
            continue
        listed = [word.strip('"') for word in allowed.strip("()").split()]
        own = "self" in listed and _same(page.address, home)
        if not own and "*" not in listed and not any(_matches(word, home, page.address) for word in listed):
            wanted = f'Permissions-Policy: camera=(self "{_origin(home)}")'
            return Finding("camera", False, f"The header says camera={allowed}. Write: {wanted}")
    return Finding("camera", True, "no header keeps it from the mirror")


def _content(page: Fetched, home: SplitResult) -> Iterable[Finding]:
    metas = [unescape("".join(found[0])) for tag in META.findall(page.body) if (found := CONTENT.findall(tag))]
    policies = [_directives(text) for value in page.all("content-security-policy") for text in value.split(",")]
    policies += [_directives(text) for text in metas]
    for need, what in NEEDS.items():
        yield _lets_through(need, what, policies, page, home)
    if any("sandbox" in policy for policy in policies):
        yield Finding("sandbox", False, "The Content-Security-Policy says sandbox: a sandboxed page has no camera.")


def _lets_through(
    need: str, what: str, policies: list[dict[str, list[str]]], page: Fetched, home: SplitResult
) -> Finding:
    for policy in policies:
        name = next((name for name in FALLS_BACK[need] if name in policy), None)
        if name is None:
            continue
        sources = policy[name]
        if need == "script-src" and "'strict-dynamic'" in sources:
            # then only a nonce or hash counts, which the page gives each script by itself
            detail = "The policy says 'strict-dynamic': give the loader's <script> the page's nonce."
            given = re.search(
                rf"<script[^>]*\snonce=[^>]*{re.escape(home.netloc)}/embed/v1\.js", page.body
            ) or re.search(rf"<script[^>]*{re.escape(home.netloc)}/embed/v1\.js[^>]*\snonce=", page.body)
            if not given:
                return Finding(need, False, detail)
        elif not any(_matches(source, home, page.address) for source in sources):
            kept = " ".join(source for source in sources if source != "'none'")
            return Finding(
                need,
                False,
                f"{name} of the Content-Security-Policy keeps out {what}. Write: {need} "
                f"{f'{kept} ' if kept else ''}{_origin(home)}",
            )
    return Finding(need, True, f"lets {what} through")


def _isolation(page: Fetched) -> Finding:
    said = " ".join(page.all("cross-origin-embedder-policy")) or "unsafe-none"
    return Finding("isolation", True, f"Cross-Origin-Embedder-Policy {said}: the mirror works in it")


def _tag(page: Fetched, home: SplitResult) -> Finding:
    if f"{home.netloc}/embed/v1.js" in page.body and "<crown-tryon" in page.body:
        return Finding("tag", True, "the loader and a tag stand in the page")
    frames: list[str] = re.findall(r"<iframe[^>]*>", page.body)
    plain = [frame for frame in frames if f"{home.netloc}/embed/v1/" in frame]
    if any("camera" not in frame or " sandbox" in frame for frame in plain):
        return Finding(
            "tag", False, 'The frame of the mirror needs allow="camera; microphone; fullscreen", no sandbox.'
        )
    return Finding(
        "tag", True, "a frame of the mirror" if plain else "not in the page as it is sent; a script may add it"
    )


def _listed(page: Fetched, ours: str, key: str) -> Finding:
    query = urlencode({"key": key, "lang": "en"})
    answer = fetch(f"{ours}/embed/v1/card.json?{query}", {"Origin": _origin(page.address)})
    try:
        refused, words = (json.loads(answer.body)[name] for name in ("refused", "words"))
    except (ValueError, KeyError, TypeError) as err:
        raise InputError("page_unreadable", f"{ours} does not answer as a mirror does; set TRYON_ADDRESS.") from err
    return Finding("key", not refused, words if refused else f"opens mirrors on {_origin(page.address)}")


def _directives(policy: str) -> dict[str, list[str]]:
    """Of a policy; the first of a name counts."""
    found: dict[str, list[str]] = {}
    for part in policy.split(";"):
        words = part.split()
        if words:
            found.setdefault(words[0].lower(), words[1:])
    return found


def _matches(source: str, home: SplitResult, page: SplitResult) -> bool:
    """Whether a source expression covers our origin (CSP Level 3, 6.7.2.8)."""
    if source == "*":
        return True
    if source == "'self'":
        return _same(page, home)
    if source.endswith(":") and "/" not in source:
        return home.scheme == source[:-1].lower()
    found = re.fullmatch(
        r"(?:([a-z][a-z0-9+.-]*)://)?(\*|(?:\*\.)?[^:/*]+|\[[^\]]+\])(?::(\d+|\*))?(/.*)?", source, re.I
    )
    if found is None:
        return False
    scheme, host, port, _ = found.groups()
    if scheme is None:
        scheme = page.scheme
    named, mine = host.lower(), (home.hostname or "").lower()
    fits: Callable[[str], bool] = mine.endswith if named.startswith("*.") else mine.__eq__
    return (
        (scheme.lower() == home.scheme or (scheme.lower() == "http" and home.scheme == "https"))
        and (named == "*" or fits(named.removeprefix("*")))
        and (port == "*" or _port(home) == (int(port) if port else PORTS[home.scheme]))
    )


def _same(one: SplitResult, other: SplitResult) -> bool:
    return _origin(one) == _origin(other)


def _port(address: SplitResult) -> int:
    return address.port or PORTS[address.scheme]


def _origin(address: SplitResult) -> str:
    return f"{address.scheme}://{address.netloc}".lower()
