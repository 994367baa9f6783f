"""Every answer of the whole API beside what /v1/openapi.json says of it, for many hundreds of requests made up from it.

Each address is asked by who has the key that it wants, at what there really is, and by who has none.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as steady
from hypothesis import strategies as st
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from tests.atelier.workshop import picture
from tests.server.conftest import House
from tests.server.keyring import METRICS_KEY, Keyring, Way
from tests.server.test_people import come_in
from tests.server.test_serve import Stopped
from tests.server.test_shops import add, key
from tests.standin import OFFER, FakePool, catalogue, draw_posters
from tryon.server import serve as serving
from tryon.server.app import create_app
from tryon.settings import Settings


@schemathesis.serializer("application/sdp", "image/jpeg", "text/csv")
def as_it_is(context: schemathesis.SerializationContext, value: object) -> bytes:
    """A body that is no JSON."""
    return value if isinstance(value, bytes) else str(value).encode(errors="replace")


JUNK = st.binary(max_size=200)
for mime, good in {
    "application/sdp": OFFER.encode(),
    "image/jpeg": picture(),
    "text/csv": b"id,title,price,currency,piece\nT-1,Aurora,190,EUR,aurora\n",
    "application/octet-stream": picture("PNG"),
}.items():
    schemathesis.openapi.media_type(mime, st.just(good) | JUNK)


def nothing_broke(context: schemathesis.CheckContext, response: Any, case: Any) -> None:
    """A server that is full or cannot do a thing just now says 503, with a reason; no other error is ours."""
    assert response.status_code < 500 or response.status_code == 503, "something broke"


CHECKS = [nothing_broke, status_code_conformance, content_type_conformance, response_schema_conformance]
FITTING, STRANGE = 1, 4
"Examples of each operation: asked by who may, and by anybody. The same in every run."
NOT_LET_IN = {
    *("consent_missing", "consent_unknown", "consent_withdrawn", "consent_expired", "shop_other"),
    *("key_missing", "key_unknown", "key_expired", "request_unknown", "staff_unknown", "origin_wrong", "role_wrong"),
    *("invitation_unknown", "invitation_used", "meeting_unknown", "fit_unknown", "erasure_unknown"),
    *("shop_key_unknown", "shop_key_ended", "not_found"),
}
"What somebody is told who has no key to an address, or not the right one."
ODD = {
    "Accept-Language": ("", "*;q=nan", "fr;q=,;q=1e999", "en-\xe9", "-", ",;" * 200),
    "Cookie": ("", "=", "atelier", 'atelier="\\', "atelier=\xff; atelier=x"),
    "Forwarded": ('for="[', "for=unknown;proto=,;host=[::1", "\xff"),
    "Host": ("", "[", "[::1", "[v1.x]", "localhost:port", "localhost:99999999", "\xff", "a b", "shop.example/x?y#z"),
    "If-Modified-Since": ("never", "Thu, 99 Foo 9999 99:99:99 GMT"),
    "If-None-Match": ("*", '"', 'W/"', "\xff", '"' + "0" * 4000 + '"'),
    "Origin": (
        "null",
        "http://[::1",
        "http://[",
        "https://",
        "://",
        "https://shop.example:port",
        "\xff",
        "https://\xe9",
    ),
    "Range": ("bytes=9-1", "bytes=-", "lines=1", "bytes=0-0,99999999999999999999-"),
    "Referer": ("http://[::1", "about:blank", "//", "http://shop.example:port/", "\xff"),
    "Sec-Fetch-Dest": ("iframe", "\xff"),
    "X-Forwarded-For": ("", "unknown", "[::1", "1.2.3.4, , \xff", "," * 200),
    "X-Forwarded-Host": ("[::1", "\xff"),
    "X-Forwarded-Proto": ("", "gopher", "https,http", "\xff"),
}
"Values that nobody should send, and somebody does."
odd = st.dictionaries(st.sampled_from(sorted(ODD)), st.integers(0, 99), max_size=2).map(
    lambda chosen: {name: ODD[name][number % len(ODD[name])] for name, number in chosen.items()}
)


@pytest.fixture
def keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Keyring]:
    """The keys of a server that listens."""
    monkeypatch.setattr(serving, "Server", Stopped)
    monkeypatch.setattr(Stopped, "now", None)
    own = Settings(
        port=0,
        assets=str(tmp_path / "assets"),
        data=str(tmp_path / "var"),
        metrics_key=METRICS_KEY,
        hook_hosts="127.0.0.1",
    )
    draw_posters(own.pieces_folder, catalogue())
    pool = FakePool(room_for=10**6)
    with serving.open_door(own) as door:
        loop = asyncio.new_event_loop()
        app = create_app(own, pool, catalogue())
        thread = threading.Thread(target=lambda: loop.run_until_complete(serving.serve(app, pool, door)))
        monkeypatch.setattr(Stopped, "capture_signals", lambda self: threading.Lock())  # signals are the main thread's
        thread.start()
        try:
            while Stopped.now is None or not Stopped.now.started:
                assert thread.is_alive()
            made = Keyring(f"http://127.0.0.1:{door.getsockname()[1]}", app, own)
            yield made
            made.http.close()
        finally:
            if Stopped.now is not None:
                Stopped.now.should_exit = True
            thread.join()
            loop.close()


def ends(operation: Any) -> int:
    """What takes away what others ask for comes after them."""
    path = operation.path
    if "sign-out" in path:
        return 3 if path.endswith("everywhere") else 4
    if path.endswith("erasure") or operation.method == "delete":
        return 2
    return int(path.endswith(("cancellation", "steps")))


def put_right(case: Any, way: Way) -> None:
    """What is asked for is there, and the body says what is true where it says anything."""
    case.path_parameters = {name: way.ids.get(name, said) for name, said in (case.path_parameters or {}).items()}
    query = case.query or {}
    true = {one.name: way.words[one.name] for one in case.operation.query if one.name in way.words}
    case.query = {**query, **true}
    case.body = true_of(case.body, way)


def true_of(said: Any, way: Way) -> Any:
    """A body that says what is true, wherever it says anything that is known."""
    if isinstance(said, dict):
        return {name: way.words[name] if name in way.words else true_of(part, way) for name, part in said.items()}
    return [true_of(part, way) for part in said] if isinstance(said, list) else said


def reason_of(answer: Any) -> str:
    """Of an error; empty: it is none."""
    return "" if answer.status_code < 400 else str(answer.json()["error"]["reason"])


@dataclass
class Heard:
    """What one operation answered to all that it was asked."""

    wants: str
    "Whose key; empty: nobody's."
    reasons: set[str] = field(default_factory=set)
    wrong: str = ""
    "The first answer that is not as described, and how to get it again."


def ask(keyring: Keyring, operation: Any) -> Heard:
    """Ask by who has a key and by who has none, for what there is and what there is not, by headers of all kinds."""
    security = operation.definition.raw.get("security")
    heard = Heard(next(iter(security[0])) if security else "")
    ways = keyring.ways(heard.wants, operation.path)

    def asks(case: Any, way: Way, known: bool, true: bool, more: dict[str, str]) -> None:
        case.cookies = {}  # one that is made up would stand in the place of hers
        headers = {**more, **(way.headers if known else {})}
        if true:
            put_right(case, way)
            headers.setdefault("If-Match", "*")
        try:
            answer = case.call_and_validate(base_url=str(keyring.http.base_url), checks=CHECKS, headers=headers)
        except (FailureGroup, OSError) as err:
            heard.wrong = heard.wrong or f"{operation.label} by {heard.wants or 'anybody'}: {err}"
        else:
            heard.reasons.add(reason_of(answer))

    # first by who may and knows, then by whoever comes along
    yes, case = st.just(True), operation.as_strategy()
    fitting = given(case=case, way=st.just(ways[0]), known=yes, true=yes, more=st.just({}))
    strange = given(
        case=case,
        way=st.sampled_from(ways),
        known=st.sampled_from([True] * 5 + [False]),
        true=st.sampled_from([True] * 3 + [False]),
        more=odd,
    )
    for kind, examples in ((fitting, FITTING), (strange, STRANGE)):
        steadily = steady(
            max_examples=examples,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        steadily(kind(asks))()
    return heard


@pytest.mark.long
@pytest.mark.filterwarnings("ignore:http.cookiejar bug")  # it cannot read some of our Host headers; the server can
@pytest.mark.filterwarnings("ignore:Do not use the `random` module")  # a letter's boundary, on the server's thread
def test_every_answer_is_as_described(keyring: Keyring) -> None:
    schema = schemathesis.openapi.from_url(f"{keyring.http.base_url}/v1/openapi.json")
    operations = sorted((result.ok() for result in schema.get_all_operations()), key=ends)
    heard = {operation.label: ask(keyring, operation) for operation in operations}

    assert len(heard) > 150
    wrong = [one.wrong for one in heard.values() if one.wrong]
    assert not wrong, "\n\n".join(wrong)
    shut = {label for label, one in heard.items() if one.wants and one.reasons <= NOT_LET_IN}
    assert not shut, "no key that was tried opens these"


def test_no_header_breaks_a_page(house: House) -> None:
    come_in(house)
    _, keyed = key(house, add(house), sandbox=True)
    embedded = [f"{path}?key={keyed['Shop-Key']}" for path in ("/embed/v1/", "/embed/sample", "/embed/v1/card.json")]
    answered = {
        (path, name, value): house.client.get(
            path, headers={"Sec-Fetch-Dest": "iframe", name: value.encode("latin-1")}
        ).status_code
        for path in (*embedded, "/", "/v1/phone.svg", "/v1/policy")
        for name, values in ODD.items()
        for value in values
    }
    assert {asked: status for asked, status in answered.items() if status >= 500} == {}
    assert {status for (_, name, _), status in answered.items() if name != "Range"} <= {200, 304, 403}
