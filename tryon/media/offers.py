"""Offers in, answers out: SDP as text, checked before aiortc sees it and fitted after."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence

from tryon.errors import MessageError

OFFER_BYTES_MAX = 64 * 1024
_MEDIA_MAX, _CANDIDATES_MAX = 8, 32


def check_offer(offer: str, *, camera: bool = True) -> str:
    """The offer, ready for aiortc; `camera`: it must send a picture. Raises MessageError `offer_unreadable`.

    Candidates with a name in place of an address are left out (no look-up on a stranger's word; the browser's
    own checks reach us all the same), and so are TCP ones and more than a few.
    """
    if len(offer.encode(errors="replace")) > OFFER_BYTES_MAX:
        raise _unreadable(f"it has more than {OFFER_BYTES_MAX} bytes")
    lines = offer.replace("\r\n", "\n").split("\n")
    if not lines[0].startswith("v=0"):
        raise _unreadable("it is not SDP (v=0 is missing)")
    kinds = [line.split(" ")[0] for line in lines if line.startswith("m=")]
    if "m=video" not in kinds:
        raise _unreadable("it has no video")
    if len(kinds) > _MEDIA_MAX:
        raise _unreadable(f"it has {len(kinds)} media sections; at most {_MEDIA_MAX} are taken")
    section = offer[offer.index("m=video") :].split("\nm=")[0]
    if camera and re.search(r"^a=(recvonly|inactive)\s*$", section, re.MULTILINE):
        raise _unreadable("it sends no video")
    if not re.search(r"^a=rtpmap:\d+ VP8/90000", section, re.MULTILINE | re.IGNORECASE):
        raise _unreadable("its video has no VP8")
    kept, candidates = [], 0
    for line in lines:
        if line.startswith("a=candidate:"):
            candidates += 1
            if candidates > _CANDIDATES_MAX or not _usable(line):
                continue
        if line.startswith("a=end-of-candidates"):
            continue  # the browser's own checks may come from elsewhere still
        kept.append(line)
    return "\r\n".join(kept)


def fit_answer(answer: str, *, start_kbps: int, max_kbps: int, advertise: Sequence[str] = ()) -> str:
    """The answer as it is sent: bit rates that make Chrome's picture sharp at once, and the addresses to reach us at.

    An advertised address takes the place of the bound ones of its family; those of the other family stay.
    """
    out = []
    instead = {":" in address: address for address in advertise}
    for line in answer.replace("\r\n", "\n").split("\n"):
        words = line.split(" ")
        at = 4 if line.startswith("a=candidate:") else 2 if line.startswith("c=IN ") else None
        if at is not None and len(words) > at:
            words[at] = instead.get(":" in words[at], words[at])
            line = " ".join(words)
        out.append(line)
        if (found := re.match(r"a=rtpmap:(\d+) VP8/90000", line)) is not None:
            out.append(
                f"a=fmtp:{found[1]} x-google-start-bitrate={start_kbps};x-google-min-bitrate=300;"
                f"x-google-max-bitrate={max_kbps}"
            )
    return "\r\n".join(out)


def _usable(line: str) -> bool:
    words = line.split(" ")
    if len(words) < 8 or words[2].lower() != "udp":
        return False
    try:
        ipaddress.ip_address(words[4])
    except ValueError:
        return False
    return True


def _unreadable(why: str) -> MessageError:
    return MessageError("offer_unreadable", f"The offer cannot be used: {why}. Send SDP with VP8 video.")
