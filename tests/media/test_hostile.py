"""Who sends what is no media: strangers to her port, and her own browser gone wrong (ASVS 17.2.3 to 17.2.8)."""

from __future__ import annotations

import logging
import os
import random
import re
import socket
import struct

import pytest

from tests.media.standin import Browser, StandIn, Tapes, load, until
from tryon.media.room import Room
from tryon.settings import Settings

pytestmark = pytest.mark.live

ALERT = bytes([21, 254, 253]) + bytes(8) + struct.pack(">H", 2) + bytes([2, 40])
"A DTLS record of epoch 0: fatal alert, handshake_failure. Nothing in it is signed."
HELLO = bytes([22, 254, 253]) + bytes(8) + struct.pack(">H", 12 + 40) + bytes([1, 0, 0, 40, 0, 0, 0, 0, 0, 0, 0, 40])
"The beginning of a ClientHello."


async def test_a_stranger_who_speaks_first_is_not_heard() -> None:
    room, browser = Room(Settings(), StandIn(), load, Tapes()), Browser()
    answer = await room.answer(await browser.offer())
    ports = {int(port) for port in re.findall(r"a=candidate:.* 127\.0\.0\.1 (\d+) typ host", answer)}
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:
        stranger.bind(("127.0.0.1", 0))

        def speak() -> None:
            for port in ports:
                for said in (ALERT, HELLO + os.urandom(40), b"\x80\x60" + os.urandom(60)):
                    stranger.sendto(said, ("127.0.0.1", port))

        for _ in range(50):
            speak()
        await browser.accept(answer)

        def pictured() -> bool:
            speak()  # also between her own words
            return len(browser.pictures) > 5

        await until(pictured, "her pictures")
    await browser.close()
    await room.close()


async def test_malformed_forged_and_repeated_packets_leave_the_pictures_as_they_are(
    caplog: pytest.LogCaptureFixture,
) -> None:
    mirror = StandIn()
    room, browser = Room(Settings(), mirror, load, Tapes()), Browser()
    await browser.accept(await room.answer(await browser.offer()))
    await until(lambda: len(browser.pictures) > 5, "pictures")
    dtls = browser.pc.getSenders()[0].transport
    assert re.search("ECDHE.*(GCM|CHACHA20)|^TLS_", dtls._ssl.get_cipher_name())
    assert b"_32" not in dtls._ssl.get_selected_srtp_profile(), "a tag of 80 bits or more"
    line = dtls.transport
    stock, sent = line._send, []

    async def overheard(data: bytes) -> None:
        sent.append(data)
        await stock(data)

    line._send = overheard
    await until(lambda: len(sent) > 5, "packets of hers")
    line._send = stock
    dice = random.Random(2)
    for _ in range(2000):
        good = bytearray(dice.choice(sent))
        cut = good[: dice.randrange(1, len(good))]  # malformed
        good[dice.randrange(2, len(good))] ^= 1 << dice.randrange(8)  # forged
        for packet in (bytes(cut), bytes(good), dice.choice(sent), bytes([0x80 | dice.randrange(64)]) + os.urandom(30)):
            await stock(packet)
    seen, shown = len(browser.pictures), mirror.shown
    await until(lambda: len(browser.pictures) > seen + 15, "pictures after it")
    assert mirror.shown > shown
    numbers = [number for number, _ in browser.pictures[seen:]]
    assert numbers == sorted(set(numbers)), "none came twice, none was anybody else's"
    assert [record for record in caplog.records if record.levelno >= logging.ERROR] == []
    await browser.close()
    await room.close()


def marks(sdp: str) -> set[str]:
    return set(re.findall(r"a=fingerprint:(.*)\r", sdp))


async def test_whose_certificate_is_not_the_one_of_the_offer_sees_and_shows_nothing() -> None:
    mirror = StandIn()
    room, browser = Room(Settings(), mirror, load, Tapes()), Browser()
    other_room = Room(Settings(), StandIn(), load, Tapes())
    offer = await browser.offer()
    first, second = await room.answer(offer), await other_room.answer(offer)
    assert marks(first).isdisjoint(marks(second)), "each connection has a certificate of its own"
    await other_room.close()

    def other(found: re.Match[str]) -> str:
        return found[1] + ("00" if found[2] != "00" else "11")

    forged = re.sub(r"(a=fingerprint:\S+ (?:..:)*)(..)(?=\r)", other, offer)
    assert forged != offer
    await browser.accept(await room.answer(forged))
    peer = room._peer
    assert peer is not None
    await until(lambda: room._peer is None, "the connection is given up")
    assert not peer.connected
    assert (mirror.shown, browser.pictures) == (0, [])
    await browser.close()
    await room.close()
