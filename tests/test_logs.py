"""What must not stand in a log does not, whichever way it comes in."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Iterator

import pytest

from tryon import logs
from tryon.errors import SettingError

SECRETS = {
    "token": "d0b5c2e1" * 8,
    "url-safe token": "Xk3_" * 12,
    "key": "pk_live_" + "ab" * 32,
    "secret": "sk_test_" + "cd" * 32,
    "header": "Authorization: Bearer abc.def",
    "mail": "ada.lovelace@atelier.example",
    "peer": "192.0.2.44",
    "peer by IPv6": "2001:db8:7::44",
    "peer by a whole IPv6": "2001:db8:7:0:1:2:3:44",
    "secret that signs": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "password": "postgresql://atelier:hunter2@127.0.0.1/x",
    "candidate": "a=candidate:1 1 udp 2122260223 fd00::1 50000 typ host",
    "picture": "/9j/4AAQSkZJRgABAQ" * 8,
}
TELLS = {**SECRETS, "header": "abc.def", "password": "hunter2", "candidate": "fd00::1"}


@pytest.fixture
def said() -> Iterator[io.StringIO]:
    root, stream = logging.getLogger(), io.StringIO()
    before, level = root.handlers[:], root.level
    yield stream
    root.handlers[:] = before
    root.setLevel(level)
    logs.unbind()


@pytest.mark.parametrize("style", logs.STYLES)
@pytest.mark.parametrize("what", SECRETS)
def test_a_secret_is_struck_out_of_words_and_tracebacks(style: str, what: str, said: io.StringIO) -> None:
    logs.set_up(style, stream=said)
    logging.getLogger("x").warning("it was %s here", SECRETS[what])
    try:
        raise ValueError(f"cannot read {SECRETS[what]!r}")
    except ValueError:
        logging.getLogger("x").exception("broken")

    assert TELLS[what] not in said.getvalue()
    assert said.getvalue().count(logs.STRUCK) >= 2
    assert "it was" in said.getvalue()
    assert "Traceback" in said.getvalue()


def test_a_line_for_programs_is_json_and_says_what_it_is_about(said: io.StringIO) -> None:
    logs.set_up("json", stream=said)
    logs.bind(request="r-1")
    logging.getLogger("tryon.x").info("%s %s %d", "GET", "/v1/pieces", 200)

    line = json.loads(said.getvalue())
    assert (line["event"], line["request"], line["level"]) == ("GET /v1/pieces 200", "r-1", "info")
    assert line["logger"] == "tryon.x"


def test_what_tells_nothing_of_anybody_stays(said: io.StringIO) -> None:
    logs.set_up("plain", stream=said)
    words = (
        "the mirror is open at http://127.0.0.1:8080, session 0f3e session closed after 12.5 s in tryon/media/room.py"
    )
    logging.getLogger("x").info(words)
    assert words in said.getvalue()


def test_another_style_is_refused() -> None:
    with pytest.raises(SettingError, match="TRYON_LOG"):
        logs.set_up("loud")
