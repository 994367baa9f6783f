"""`tryon doctor URL`: what a shop's headers keep out is named, with what to write instead."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from tests.command import tryon
from tests.test_cli import refused
from tests.web.shopfront import Front, open_front
from tryon.errors import InputError
from tryon.storefront import FALLS_BACK, Finding, examine

ROOT = Path(__file__).resolve().parent.parent
OURS = "https://tryon.example"
TAG = f'<script async src="{OURS}/embed/v1.js"></script><crown-tryon key="k"></crown-tryon>'


@pytest.fixture(scope="module")
def front() -> object:
    with open_front("127.0.0.1") as front:
        yield front


def found(front: Front, headers: dict[str, str], body: str = TAG) -> dict[str, Finding]:
    front.pages["/"], front.headers = body, headers
    return {finding.what: finding for finding in examine(f"{front.address}/", OURS)}


def test_a_page_without_such_headers_lets_all_through(front: Front) -> None:
    assert [finding for finding in found(front, {}).values() if not finding.works] == []


@pytest.mark.parametrize(
    ("allowed", "works"),
    [
        ("camera=()", False),
        ("geolocation=(), camera=(self)", False),
        (f'camera=(self "{OURS}")', True),
        ('camera=("https://*.example")', True),
        ("camera=*", True),
        ("microphone=()", True),
    ],
)
def test_the_camera_must_reach_the_mirror(front: Front, allowed: str, works: bool) -> None:
    said = found(front, {"Permissions-Policy": allowed})["camera"]
    assert said.works == works
    assert works or f'camera=(self "{OURS}")' in said.detail


def test_a_consultation_needs_a_microphone_too(front: Front) -> None:
    said = found(front, {"Permissions-Policy": f'camera=(self "{OURS}"), microphone=(self)'})
    assert [what for what, finding in said.items() if not finding.works] == ["microphone"]
    assert said["microphone"].write == f'Permissions-Policy: microphone=(self "{OURS}")'


def test_a_page_of_unfinished_tags_is_read_as_fast_as_any(front: Front) -> None:
    # a pattern that looks on from each of them would take hours
    said = found(front, {}, "<meta <script <iframe http-equiv=" * 50_000 + TAG)
    assert said["tag"].works


@pytest.mark.parametrize(
    ("policy", "kept_out"),
    [
        ("default-src 'self'", {"script-src", "connect-src", "img-src", "frame-src"}),
        ("default-src 'none'; script-src *; connect-src https:; img-src tryon.example:443; frame-src *.example", set()),
        (f"default-src {OURS}; frame-src 'none'", {"frame-src"}),
        (f"script-src 'self' {OURS}:8443 {OURS}; child-src {OURS}", set()),
        (f"script-src 'nonce-x' 'strict-dynamic' {OURS}", {"script-src"}),
        (f"default-src {OURS}; sandbox allow-scripts", {"sandbox"}),
        ("img-src http://tryon.example", set()),
        ("img-src https://tryon.example.evil", {"img-src"}),
        ("img-src *.tryon.example", {"img-src"}),
    ],
)
def test_what_a_content_policy_keeps_out_is_named(front: Front, policy: str, kept_out: set[str]) -> None:
    by_header = found(front, {"Content-Security-Policy": policy})
    assert {what for what, finding in by_header.items() if not finding.works} == kept_out


def test_a_policy_in_the_markup_counts_too_and_the_remedy_keeps_what_was_there(front: Front) -> None:
    meta = '<meta http-equiv="Content-Security-Policy" content="frame-src \'self\' https://pay.example">'
    said = found(front, {}, meta + TAG)["frame-src"]
    assert not said.works
    assert said.detail.endswith(f"frame-src 'self' https://pay.example {OURS}")


def test_a_plain_frame_without_a_camera_is_named(front: Front) -> None:
    frame = f'<iframe src="{OURS}/embed/v1/?key=k"{{}}></iframe>'
    assert not found(front, {}, frame.format(""))["tag"].works
    assert found(front, {}, frame.format(' allow="camera"'))["tag"].works


def test_a_page_that_cannot_be_read_is_said(front: Front) -> None:
    for address in (f"{front.address}/nowhere", "ftp://shop.example", "http://127.0.0.1:1/"):
        with pytest.raises(InputError) as refused:
            examine(address, OURS)
        assert refused.value.reason == "page_unreadable"


def test_whatever_is_found_has_words() -> None:
    said = {key: json.loads((ROOT / f"web/words/{key}.en.json").read_text()) for key in ("storefront", "atelier")}
    sources = "".join((ROOT / f"tryon/{name}.py").read_text() for name in ("storefront", "server/visitor"))
    reasons = set(re.findall(r'(?:Refused|Away)\("(\w+)"|Finding\([^)]*?, (?:True|False), "(\w+)"', sources))
    words = {"".join(pair) for pair in reasons} | {"name_unknown", "address_private"}
    assert len(words) > 14
    assert {f"storefront.{word}" for word in words} <= said["storefront"].keys()
    whats = {"page", "https", "camera", "microphone", "sandbox", "isolation", "tag", *FALLS_BACK}
    assert {f"check.what.{what}" for what in whats} <= said["atelier"].keys()


def test_the_command_line_says_it_and_exits_so(front: Front) -> None:
    front.pages["/"], front.headers = TAG, {"Permissions-Policy": "camera=()"}
    done = tryon("doctor", f"{front.address}/", "--service", f"{OURS}/")
    assert done.returncode == 1
    assert "FAIL  camera" in done.stdout
    assert f'camera=(self "{OURS}")' in done.stdout
    refused("address_missing", "doctor", f"{front.address}/")
    refused("setting_invalid", "doctor", f"{front.address}/", "--service", "tryon.example")
