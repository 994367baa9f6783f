"""Whether a TURN server does what pages need of it, and no more: tried as a browser would, from this machine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from typing import Any

from aioice import stun, turn

from tryon.errors import SettingError

PATIENCE_S = 5.0
FORBIDDEN = ("127.0.0.1", "169.254.169.254", "224.0.0.1")
"""Nothing a stranger should reach by way of a relay: itself, a cloud's own secrets, many at once (ASVS 17.1.1)."""
WORD = b"tryon doctor"


def try_relay(
    uri: dict[str, str | None],
    username: str,
    credential: str,
    media: Sequence[str],
    *,
    ports: tuple[int, int] | None = None,
) -> str:
    """What was found, in words. `uri` is a match of settings.TURN, `media` the addresses that media of this machine is
    reached at, `ports` its first and last. Raises SettingError with what to do."""
    return asyncio.run(_try(uri, username, credential, media, ports))


class _Ear(asyncio.DatagramProtocol):
    """Hears one packet."""

    def __init__(self) -> None:
        self.heard: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()

    def datagram_received(self, data: bytes, addr: Any) -> None:
        if not self.heard.done():
            self.heard.set_result(data)


async def _try(
    uri: dict[str, str | None], username: str, credential: str, media: Sequence[str], ports: tuple[int, int] | None
) -> str:
    secure = uri["scheme"] == "turns"
    at = (str(uri["host"]).strip("[]"), int(uri["port"] or (5349 if secure else 3478)))
    by = uri["transport"] or ("tcp" if secure else "udp")
    try:
        async with asyncio.timeout(PATIENCE_S):
            transport, _ = await turn.create_turn_endpoint(
                asyncio.DatagramProtocol, at, username, credential, ssl=secure or None, transport=by
            )
    except TimeoutError:
        raise _trouble("it does not answer: is it there, and is the port open?") from None
    except stun.TransactionTimeout:
        raise _trouble("it does not answer: is it there, and is the port open?") from None
    except stun.TransactionFailed as err:
        raise _trouble(
            f"it refuses our credentials ({err.response.error_code}): it wants use-auth-secret with the secret of "
            "TRYON_TURN_SECRET, and a clock that is right"
        ) from None
    except OSError as err:
        raise _trouble(f"it cannot be reached ({err})") from None
    try:
        inner: Any = transport._TurnTransport__inner_protocol
        for forbidden in FORBIDDEN:
            if forbidden not in media and await _binds(inner, forbidden):
                raise _trouble(f"it relays to {forbidden}; deny that (denied-peer-ip, no-multicast-peers)")
        for address in media:
            await _reach(transport, address, ports)
        relayed = transport.get_extra_info("sockname")
        return f"relays from {relayed[0]}, and reaches media at {', '.join(media)}"
    finally:
        transport.close()
        await asyncio.wait([transport._TurnTransport__close_task], timeout=PATIENCE_S)


async def _binds(inner: Any, address: str) -> bool:
    # only asked for: nothing is sent there
    try:
        await inner.channel_bind(0x4FFF - FORBIDDEN.index(address), (address, 9))
    except (stun.TransactionError, ConnectionError):
        return False
    return True


async def _reach(transport: Any, address: str, ports: tuple[int, int] | None) -> None:
    ear, heard = await _listen("::" if ":" in address else "0.0.0.0", ports or (0, 0))
    try:
        transport.sendto(WORD, (address, ear.get_extra_info("sockname")[1]))
        async with asyncio.timeout(PATIENCE_S):
            await heard.heard
    except TimeoutError:
        raise _trouble(
            f"nothing it relays arrives at {address}: allow it there (allowed-peer-ip), and open the UDP ports of media"
        ) from None
    finally:
        ear.close()


async def _listen(here: str, ports: tuple[int, int]) -> tuple[asyncio.DatagramTransport, _Ear]:
    """At the first port that is free: the loop's own refusal when none is."""
    loop = asyncio.get_running_loop()
    for port in range(ports[0], ports[1]):
        with contextlib.suppress(OSError):
            return await loop.create_datagram_endpoint(_Ear, local_addr=(here, port))
    return await loop.create_datagram_endpoint(_Ear, local_addr=(here, ports[1]))


def _trouble(why: str) -> SettingError:
    return SettingError("turn_unusable", f"{why[0].upper()}{why[1:]}.")
