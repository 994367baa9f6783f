"""Stills of the calibration board: only under a consent and a session, and nothing that is no picture gets far."""

from __future__ import annotations

import struct
import zipfile
import zlib
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from PIL import Image

from tests.board import Studio
from tests.server.conftest import House
from tests.server.test_contract import assert_error
from tryon.engine.pool import STILL_BYTES_MAX
from tryon.geometry.camera import given_camera
from tryon.server import sessions


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stills may come one right after the other, unless a test says otherwise."""
    monkeypatch.setattr(sessions, "STILL_EVERY_S", 0.0)


def picture(kind: str = "JPEG") -> bytes:
    studio = Studio(given_camera(540.0, (640, 360)), np.random.default_rng(1))
    out = BytesIO()
    Image.fromarray(studio.picture((25, 5))).save(out, kind, quality=95)
    return out.getvalue()


def header_only(width: int, height: int) -> bytes:
    """A PNG that says it is huge."""
    head, pixels = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0), zlib.compress(bytes(1000))
    chunks = [(b"IHDR", head), (b"IDAT", pixels)]
    parts = [
        struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data)) for name, data in chunks
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


def archive() -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as zipped:
        zipped.writestr("picture.jpg", b"\xff\xd8\xff")
    return out.getvalue()


def opened(house: House) -> tuple[dict[str, Any], str]:
    consent = house.agree()
    return consent, f"{house.offer(consent).headers['location']}/stills"


def send(house: House, consent: dict[str, Any], address: str, still: bytes, mime: str = "image/jpeg") -> Any:
    return house.client.post(address, content=still, headers={**consent["headers"], "Content-Type": mime})


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_a_still_is_answered_with_what_to_do_next(house: House, kind: str) -> None:
    consent, address = opened(house)
    response = send(house, consent, f"{address}?anew=1", picture(kind), f"image/{kind.lower()}")

    assert response.status_code == 200
    said = response.json()
    assert (said["hinders"], said["views"], said["camera"]) == ("", 1, None)
    assert said["steps"] == {"show": 1.0, "left": 0.0, "right": 0.0, "top": 0.5, "bottom": 0.0, "sure": 0.09}
    assert house.pool.stills[-1][1] is True


@pytest.mark.parametrize(
    ("still", "mime", "reason"),
    [
        (archive(), "image/jpeg", "picture_unreadable"),
        (b"", "image/png", "picture_unreadable"),
        (header_only(10_000, 10_000), "image/png", "picture_too_large"),
        (picture()[:2000], "image/jpeg", "picture_broken"),
        (b"<svg/>", "image/svg+xml", "still_not_picture"),
        (bytes(STILL_BYTES_MAX + 1), "image/jpeg", "body_too_large"),
    ],
    ids=["zip", "nothing", "100 MP", "truncated", "svg", "too many bytes"],
)
def test_what_is_no_picture_is_refused(house: House, still: bytes, mime: str, reason: str) -> None:
    consent, address = opened(house)

    assert_error(send(house, consent, address, still, mime), reason)
    assert send(house, consent, address, picture()).status_code == 200, "and the next one is looked at"


def test_a_still_needs_consent_and_a_session_that_is_hers(house: House) -> None:
    consent, address = opened(house)
    other = house.agree()

    assert_error(house.client.post(address, content=picture()), "consent_missing")
    assert_error(send(house, other, address, picture()), "session_unknown")
    house.client.delete(address.removesuffix("/stills"), headers=consent["headers"])
    assert_error(send(house, consent, address, picture()), "session_unknown")
    assert house.pool.stills == []


def test_a_ring_beside_a_card_is_told_or_what_to_do(house: House) -> None:
    consent, stills = opened(house)
    address = stills.replace("/stills", "/laid")

    said = send(house, consent, f"{address}?kind=bangle", picture()).json()
    assert (said["kind"], said["value_mm"], said["refused"]) == ("bangle", None, "ring_no_card")
    assert "bank card" in said["detail"]
    assert_error(send(house, consent, f"{address}?kind=coin", picture()), "laid_unknown")
    assert_error(send(house, consent, address, archive()), "picture_unreadable")
    assert_error(send(house, consent, address, b"<svg/>", "image/svg+xml"), "still_not_picture")
    assert_error(house.client.post(address, content=picture()), "consent_missing")


def test_stills_that_come_too_fast_are_not_read(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    consent, address = opened(house)
    assert send(house, consent, address, picture()).status_code == 200
    monkeypatch.setattr(sessions, "STILL_EVERY_S", 3600.0)

    assert_error(send(house, consent, address, picture()), "still_busy")
    assert len(house.pool.stills) == 1


def test_the_board_can_be_printed_and_shown(house: House) -> None:
    printed, drawn = (house.client.get(f"/v1/board.{kind}") for kind in ("pdf", "svg"))

    assert (printed.headers["content-type"], printed.content[:4]) == ("application/pdf", b"%PDF")
    assert drawn.headers["content-type"] == "image/svg+xml"
    assert drawn.content.startswith(b"<svg")
    bands = house.client.get("/v1/bands.pdf")
    assert (bands.headers["content-type"], bands.content[:4]) == ("application/pdf", b"%PDF")
