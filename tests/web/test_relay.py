"""A net that lets no UDP out: real Chromium, Debian's coturn over TCP, from the shop's tag to the crown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Frame, Playwright, expect

from tests.coturn import SECRET, open_coturn
from tests.web.house import House, open_house, until
from tests.web.shopfront import new_key, open_front
from tests.web.test_embed import agree, inside, press, tag
from tests.web.test_page import LUMA
from tryon.bench.browser import CAMERA_FLAGS, launch

NO_UDP = "--webrtc-ip-handling-policy=disable_non_proxied_udp"
"Chromium's own switch for it: what a firewall does to a browser, without one."
KEEPS = """
    const Real = RTCPeerConnection;
    window.peers = [];
    window.RTCPeerConnection = class extends Real {
        constructor(...said) {
            super(...said);
            peers.push(this);
        }
    };
"""
WAY = """async () => {
    const stats = await peers.at(-1).getStats();
    const transport = [...stats.values()].find(({ type }) => type === "transport");
    const pair = stats.get(transport?.selectedCandidatePairId);
    const { candidateType, relayProtocol } = stats.get(pair?.localCandidateId) ?? {};
    return candidateType && [candidateType, relayProtocol];
}"""
"The pair that media goes by; nothing while there is none: a pair that is asked anew is not `succeeded` meanwhile."


@pytest.fixture
def relayed(tmp_path: Path) -> Iterator[House]:
    with (
        open_coturn(tmp_path) as port,
        open_house(tmp_path, turn=f"turn:127.0.0.1:{port}?transport=tcp", turn_secret=SECRET) as house,
    ):
        yield house


def way(frame: Frame) -> list[str]:
    """How her pictures go."""
    found: list[str] = []
    until(lambda: found.extend(frame.evaluate(WAY) or ()) or found, "a way is chosen")
    return found


def crowned(frame: Frame) -> None:
    there = "document.querySelector('tryon-mirror video').videoWidth > 0"
    frame.wait_for_function(f"() => {there} && ({LUMA})() > 150")


def test_where_udp_is_blocked_the_crown_comes_by_tcp(relayed: House, playwright: Playwright, camera_file: Path) -> None:
    browser = launch(playwright, *CAMERA_FLAGS, f"--use-file-for-fake-video-capture={camera_file}", NO_UDP)
    with open_front() as front:
        context = browser.new_context()
        context.add_init_script(KEEPS)
        page = context.new_page()
        page.goto(front.page(relayed, tag(new_key(relayed, front.address))))
        press(page)
        frame = inside(page)
        agree(frame)
        crowned(frame)
        assert way(frame) == ["relay", "tcp"]

        # and when the connection is lost, it comes back the same way
        before = frame.evaluate("peers.length")
        relayed.lose_connection()
        frame.wait_for_function(f"() => peers.length > {before}")
        frame.wait_for_function("() => peers.at(-1).connectionState === 'connected'")
        crowned(frame)
        assert way(frame) == ["relay", "tcp"]
        expect(frame.locator(".edge-words")).to_be_hidden()
        context.close()
    browser.close()
