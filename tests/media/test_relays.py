"""Addresses, ports and relays: what is said to browsers, and whether Debian's TURN server takes it."""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection

from tests.coturn import SECRET, open_coturn
from tests.media.standin import Browser, StandIn, Tapes, load
from tryon.doctor import Finding, examine
from tryon.errors import SessionError, SettingError
from tryon.media import patches
from tryon.media.room import Room
from tryon.server.relays import HOLDS_S, relays_of
from tryon.settings import Settings
from tryon.settings import load as settings_of


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with open_coturn(tmp_path_factory.mktemp("coturn")) as port:
        yield port


def test_credentials_are_as_coturn_reckons_them_and_name_nobody() -> None:
    settings = Settings(turn="turn:turn.example?transport=tcp, turns:turn.example:443", turn_secret="north")
    [server] = relays_of(settings, "consent-of-ana", 1_700_000_000.4).servers

    assert server.urls == ["turn:turn.example?transport=tcp", "turns:turn.example:443"]
    assert server.username.startswith(f"{1_700_000_000 + HOLDS_S}:")
    assert "ana" not in server.username
    # printf USERNAME | openssl dgst -sha1 -hmac north -binary | base64
    assert re.fullmatch(r"\d+:[0-9a-f]{16}", server.username)
    again = relays_of(settings, "consent-of-ana", 1_700_000_000.0).servers[0]
    other = relays_of(settings, "consent-of-bea", 1_700_000_000.0).servers[0]
    assert again == server
    assert other.username != server.username
    assert other.credential != server.credential
    assert relays_of(Settings(), "consent-of-ana", 0.0).servers == []


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("TRYON_MEDIA_PORTS", "49152"),
        ("TRYON_MEDIA_PORTS", "50000-49152"),
        ("TRYON_MEDIA_PORTS", "80-90"),
        ("TRYON_MEDIA_PORTS", "50000-70000"),
        ("TRYON_ADVERTISE", "media.shop.example"),
        ("TRYON_ADVERTISE", "203.0.113.7,203.0.113.8"),
        ("TRYON_TURN", "turn.shop.example:3478"),
        ("TRYON_TURN", "stun:turn.shop.example"),
        ("TRYON_TURN", "turn:turn.shop.example?transport=tls"),
    ],
)
def test_what_a_browser_could_not_use_is_a_wrong_setting(name: str, said: str) -> None:
    with pytest.raises(SettingError, match=name):
        settings_of({name: said, "TRYON_TURN_SECRET": "north"})


def test_a_relay_without_its_secret_is_a_wrong_setting() -> None:
    with pytest.raises(SettingError, match="TRYON_TURN_SECRET"):
        settings_of({"TRYON_TURN": "turn:turn.shop.example"})


def test_no_default_names_a_server_but_this_machine() -> None:
    assert (Settings().turn, Settings().turn_addresses, Settings().advertised) == ("", (), ())


# ports


def free_ports(count: int) -> tuple[int, int]:
    """A range of ports of which none is taken now."""
    for first in range(41000, 60000, 97):
        doors = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(count)]
        try:
            for door, port in zip(doors, range(first, first + count), strict=True):
                door.bind(("127.0.0.1", port))
        except OSError:
            continue
        finally:
            for door in doors:
                door.close()
        return first, first + count - 1
    raise AssertionError("no ports are free")


async def test_media_takes_the_ports_that_a_firewall_lets_in_and_says_so_when_none_is_left(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(patches, "_addresses", ("127.0.0.1",))
    monkeypatch.setattr(patches, "_ports", None)
    first, last = free_ports(2)
    settings = Settings(media_ports=f"{first}-{last}")
    rooms, browsers = [], []
    ports: set[int] = set()
    for _ in range(3):
        browser = Browser()
        browsers.append(browser)
        # a browser of this process binds to any port
        patches.bind_addresses(["127.0.0.1"])
        offer = await browser.offer()
        room = Room(settings, StandIn(), load, Tapes())
        rooms.append(room)
        if len(rooms) == 3:
            with pytest.raises(SessionError) as caught:
                await room.answer(offer)
            assert caught.value.reason == "server_full"
        else:
            answer = await room.answer(offer)
            ports |= {int(port) for port in re.findall(r"a=candidate:.* 127\.0\.0\.1 (\d+) typ host", answer)}
    assert ports == {first, last}
    for each in [*browsers, *rooms]:
        await each.close()


# Debian's coturn


def doctors(settings: Settings) -> list[Finding]:
    return [finding for finding in examine(settings) if finding.what.startswith("relay")]


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_the_doctor_relays_a_packet_to_a_port_of_media(coturn: int, tmp_path: Path, transport: str) -> None:
    first, last = free_ports(2)
    settings = Settings(
        turn=f"turn:127.0.0.1:{coturn}?transport={transport}",
        turn_secret=SECRET,
        media_ports=f"{first}-{last}",
        data=str(tmp_path),
        assets=str(tmp_path),
    )
    [found] = doctors(settings)
    assert found.works, found.detail
    assert found.detail == "relays from 127.0.0.1, and reaches media at 127.0.0.1"


def test_the_doctor_says_what_a_relay_does_not_do(coturn: int, tmp_path: Path) -> None:
    here = f"turn:127.0.0.1:{coturn}?transport=tcp"
    own = {"data": str(tmp_path), "assets": str(tmp_path)}
    with socket.create_server(("127.0.0.1", 0)) as door:
        away = f"turn:127.0.0.1:{door.getsockname()[1]}?transport=tcp"
    cases = {
        "refuses our credentials": Settings(turn=here, turn_secret="another", **own),
        "cannot be reached": Settings(turn=away, turn_secret=SECRET, **own),
        # this one allows its own machine, for these tests; one whose media is elsewhere must not
        "relays to 127.0.0.1": Settings(turn=here, turn_secret=SECRET, advertise="192.0.2.7", **own),
    }
    for words, settings in cases.items():
        [found] = doctors(settings)
        assert not found.works
        assert words in found.detail


def test_the_doctor_counts_the_ports(tmp_path: Path) -> None:
    settings = Settings(media_ports="49152-49159", sessions_max=2, data=str(tmp_path), assets=str(tmp_path))
    [found] = [finding for finding in examine(settings) if finding.what == "media"]
    assert "has 8 ports; 16 are needed" in found.detail


async def test_credentials_that_are_past_relay_nothing(coturn: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patches, "_addresses", ("127.0.0.1",))
    settings = Settings(turn=f"turn:127.0.0.1:{coturn}?transport=tcp", turn_secret=SECRET)

    async def relayed(now_s: float) -> bool:
        [server] = relays_of(settings, "ana", now_s).servers
        pc = RTCPeerConnection(
            RTCConfiguration(iceServers=[RTCIceServer(server.urls[0], server.username, server.credential)])
        )
        pc.createDataChannel("control")
        await pc.setLocalDescription(await pc.createOffer())
        found = "typ relay" in pc.localDescription.sdp
        await pc.close()
        return found

    assert await relayed(time.time())
    assert not await relayed(time.time() - HOLDS_S - 60)
