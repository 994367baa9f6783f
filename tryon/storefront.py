"""What a shop's page is sent with that keeps the mirror from it, and what to write instead.

For `tryon doctor URL`, which fetches the page here, and for the shops' check over HTTP, which fetches it with more
care. What was found is a word and values; its sentences stand in web/words.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from html import unescape
from urllib.parse import SplitResult, urlencode, urlsplit

from tryon.errors import InputError
from tryon.words import page_words

WAIT_S = 10.0
BYTES_MAX = 2_000_000
FALLS_BACK = {
    # what a Content-Security-Policy must let through: loader, card, picture, mirror
    "script-src": ("script-src-elem", "script-src", "default-src"),
    "connect-src": ("connect-src", "default-src"),
    "img-src": ("img-src", "default-src"),
    "frame-src": ("frame-src", "child-src", "default-src"),
}
"CSP Level 3, 6.8.3: the directives that govern a request, the first that is there."
TAGS = re.compile(r"<(?:meta|script|iframe)\b[^<>]*>", re.I)
"Without a < inside, so that a page of a million unfinished tags is read as fast as any."
POLICY = re.compile(r"http-equiv=[\"']?content-security-policy[\"']?", re.I)
CONTENT = re.compile(r"content=(?:\"([^\"]*)\"|'([^']*)')", re.I)
DEVICE = re.compile(r"(?<![\w-])([\w-]+)\s*=\s*(\([^()]*\)|\*|self)")
PORTS = {"http": 80, "https": 443}
ALLOW = 'allow="camera; microphone; fullscreen"'


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as a browser gets it."""

    address: SplitResult
    headers: tuple[tuple[str, str], ...]
    body: str

    def all(self, name: str) -> list[str]:
        """Every value of a header."""
        return [value for key, value in self.headers if key.lower() == name.lower()]

    def tags(self, name: str) -> list[str]:
        """Every tag of a name, as it is written."""
        return [tag for tag in TAGS.findall(self.body) if tag.lower().startswith(f"<{name}")]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    works: bool
    reason: str
    "How it is, for programs: a key of the words."
    values: Mapping[str, str] = field(default_factory=dict)
    "What the words name."
    write: str = ""
    "What to write instead; empty: the words say what to do."

    def words(self, language: str) -> str:
        """How it is, for people."""
        return page_words("storefront.", language)[f"storefront.{self.reason}"].format_map(self.values)

    @property
    def detail(self) -> str:
        """All of it as one line of the command line's."""
        return f"{self.words('en')} Write: {self.write}" if self.write else self.words("en")


def examine(address: str, ours: str, key: str = "") -> list[Finding]:
    """Looks at a page of a shop for a mirror at `ours`; with its key also whether the page is on the shop's list.

    Raises InputError when the page cannot be read.
    """
    page = fetch(address)
    return [*judge(page, ours), *([_listed(page, ours, key)] if key else [])]


def judge(page: Fetched, ours: str) -> list[Finding]:
    """What a page of a shop lets through to a mirror at `ours`."""
    home = urlsplit(ours)
    devices = [_device(page, home, device) for device in ("camera", "microphone")]
    return [_secure(page), *devices, *_content(page, home), _isolation(page), _tag(page, home)]


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
    return Finding("https", works, "secure" if works else "insecure")


def _device(page: Fetched, home: SplitResult, device: str) -> Finding:
    """Permissions-Policy: of a feature named twice in one header the last counts; every header must allow it."""
    for policy in page.all("permissions-policy"):
        allowed = dict(DEVICE.findall(policy)).get(device)
        if allowed is None or allowed == "*":
            continue
        listed = [word.strip('"') for word in allowed.strip("()").split()]
        own = "self" in listed and _same(page.address, home)
        if not own and "*" not in listed and not any(_matches(word, home, page.address) for word in listed):
            wanted = f'Permissions-Policy: {device}=(self "{_origin(home)}")'
            return Finding(device, False, f"{device}_kept", {"said": allowed}, wanted)
    return Finding(device, True, f"{device}_free")


def _content(page: Fetched, home: SplitResult) -> Iterable[Finding]:
    metas = [
        unescape("".join(found[0]))
        for tag in page.tags("meta")
        if POLICY.search(tag) and (found := CONTENT.findall(tag))
    ]
    policies = [_directives(text) for value in page.all("content-security-policy") for text in value.split(",")]
    policies += [_directives(text) for text in metas]
    for need in FALLS_BACK:
        yield _lets_through(need, policies, page, home)
    if any("sandbox" in policy for policy in policies):
        yield Finding("sandbox", False, "sandboxed")


def _lets_through(need: str, policies: list[dict[str, list[str]]], page: Fetched, home: SplitResult) -> Finding:
    kind = need.removesuffix("-src")
    for policy in policies:
        name = next((name for name in FALLS_BACK[need] if name in policy), None)
        if name is None:
            continue
        sources = policy[name]
        if need == "script-src" and "'strict-dynamic'" in sources:
            # then only a nonce or hash counts, which the page gives each script by itself
            tags = [tag for tag in page.tags("script") if f"{home.netloc}/embed/v1.js" in tag]
            if not any(re.search(r"\snonce=", tag) for tag in tags):
                return Finding(need, False, "nonce_missing", {"said": "'strict-dynamic'", "tag": "<script>"})
        elif not any(_matches(source, home, page.address) for source in sources):
            kept = " ".join(source for source in sources if source != "'none'")
            wanted = " ".join(part for part in (need, kept, _origin(home)) if part)
            return Finding(need, False, f"{kind}_kept", {"directive": name}, wanted)
    return Finding(need, True, f"{kind}_free")


def _isolation(page: Fetched) -> Finding:
    said = " ".join(page.all("cross-origin-embedder-policy")) or "unsafe-none"
    return Finding("isolation", True, "isolated", {"said": said})


def _tag(page: Fetched, home: SplitResult) -> Finding:
    if f"{home.netloc}/embed/v1.js" in page.body and "<crown-tryon" in page.body:
        return Finding("tag", True, "tag_there")
    frames = [frame for frame in page.tags("iframe") if f"{home.netloc}/embed/v1/" in frame]
    if any("camera" not in frame or " sandbox" in frame for frame in frames):
        return Finding("tag", False, "frame_closed", {"allow": ALLOW})
    return Finding("tag", True, "frame_there" if frames else "tag_later")


def _listed(page: Fetched, ours: str, key: str) -> Finding:
    query = urlencode({"key": key, "lang": "en"})
    answer = fetch(f"{ours}/embed/v1/card.json?{query}", {"Origin": _origin(page.address)})
    try:
        refused, words = (json.loads(answer.body)[name] for name in ("refused", "words"))
    except (ValueError, KeyError, TypeError) as err:
        raise InputError("page_unreadable", f"{ours} does not answer as a mirror does; set TRYON_ADDRESS.") from err
    if refused:
        return Finding("key", False, "not_listed", {"words": words})
    return Finding("key", True, "listed", {"origin": _origin(page.address)})


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
