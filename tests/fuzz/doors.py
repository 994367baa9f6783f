"""The doors that strangers' bytes come in by, each with what is good, how it is spoilt, and what may come of it.

A door is entered with bytes. It may refuse them in the words of its contract; whatever else it raises, logs as an
error, or takes long or much memory for, is a finding.
"""

from __future__ import annotations

import asyncio
import base64
import gc
import hashlib
import hmac
import json
import logging
import os
import random
import re
import struct
import tempfile
from abc import ABC, abstractmethod
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import standardwebhooks

from tests.media.standin import StandIn, Tapes, load
from tryon.client import WebhookError, webhook
from tryon.errors import MessageError, SessionError
from tryon.media import patches
from tryon.media.control import Control
from tryon.media.offers import check_offer
from tryon.media.peer import Peer
from tryon.media.room import Room
from tryon.messages import FROM_BROWSER, read
from tryon.pieces import gate, meshopt, unpack
from tryon.pieces.apart import Packed
from tryon.pieces.glb import Broken, chunks, join
from tryon.settings import Settings

SEEDS = Path(__file__).parent / "seeds"
PACKED = Path(__file__).parents[1] / "pieces" / "packed"
ROOM = 4 * 1024 * 1024
"Bytes that a model which is fuzzed may unpack to."
NUMBERS: list[Any] = [
    *(0, 1, -1, 2, 3, 4, 7, 8, 127, 128, 255, 256, 4095, 4096, 4097, 5120, 5121, 5123, 5125, 5126, 65535, 65536),
    *(2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**53, 2**63, 2**64, -(2**31), -(2**63), 10**30),
    *(0.5, 1e-9, 1e9, 1e38, 1e300, -1e300, -0.0),
]
TREE_LETTERS = 20_000
ODD: list[Any] = [*NUMBERS, None, True, False, "", "a", "\0", "\ud800", "é" * 40, "A" * 5000, [], {}, [[]], [0] * 300]


class Door(ABC):
    """One of them."""

    name: str

    @abstractmethod
    def seeds(self) -> list[bytes]:
        """What it takes."""

    @abstractmethod
    def enter(self, data: bytes) -> None:
        """Come in by it. Raises nothing but what is a finding."""

    def spoil(self, data: bytes, rng: random.Random) -> bytes:
        """Something near to it, by its structure where it has one."""
        return spoilt_bytes(data, rng)

    def close(self) -> None:  # noqa: B027  # most take nothing
        """Give back what was taken."""


def spoilt_bytes(data: bytes, rng: random.Random) -> bytes:
    """Bytes flipped, cut, doubled, or made extreme."""
    out = bytearray(data)
    for _ in range(rng.choice((1, 1, 2, 4, 16))):
        if not out:
            return bytes(rng.randbytes(rng.randrange(40)))
        at = rng.randrange(len(out))
        match rng.randrange(5):
            case 0:
                out[at] ^= 1 << rng.randrange(8)
            case 1:
                del out[at : at + rng.choice((1, 4, 64, len(out)))]
            case 2:
                out[at:at] = out[at : at + rng.choice((1, 4, 64))] or b"\0"
            case 3:
                word = struct.pack("<I", rng.choice([n for n in NUMBERS if isinstance(n, int) and 0 <= n < 2**32]))
                out[at : at + 4] = word
            case 4:
                out[at : at + 1] = rng.randbytes(rng.choice((1, 2, 8)))
    return bytes(out)


def spoilt_tree(tree: Any, rng: random.Random) -> Any:
    """A JSON value with one place in it changed: made odd, taken out, doubled, or another place's."""
    places: list[tuple[Any, Any]] = []
    waiting = [tree]
    while waiting:
        here = waiting.pop()
        keys = list(here) if isinstance(here, dict) else range(len(here)) if isinstance(here, list) else ()
        for key in keys:
            places.append((here, key))
            waiting.append(here[key])
    if not places:
        return rng.choice(ODD)
    here, key = rng.choice(places)
    match rng.randrange(6):
        case 0:
            here[key] = rng.choice(ODD)
        case 1:
            del here[key]
        case 2:
            there, other = rng.choice(places)
            copy = json.dumps(there[other])
            here[key] = json.loads(copy) if len(copy) < TREE_LETTERS else None
        case 3 if isinstance(here, list):
            # many of something small, or few of something large: what is spoilt stays small enough to be read
            here.extend([here[key]] * min(rng.choice((1, 2, 5000)), TREE_LETTERS // (1 + len(repr(here[key])))))
        case 4 if isinstance(here, dict):
            here[rng.choice(["uri", "type", "extra", "\0", "__proto__", "byteStride", "sparse", "matrix"])] = here[key]
        case _:
            value = here[key]
            here[key] = value + rng.choice((1, -1)) if isinstance(value, int) else rng.choice(NUMBERS)
    return tree


def spoilt_json(text: str, rng: random.Random) -> str:
    """A JSON text with a few places in it changed. Raises ValueError when it is none."""
    for _ in range(rng.choice((1, 1, 2, 4))):
        # read anew each time: what was doubled is no longer one thing in two places, and does not grow by powers
        text = json.dumps(spoilt_tree(json.loads(text), rng))
    return text


class Alarm(logging.Handler):
    """Turns what is logged as an error into a finding."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        gc.collect()  # what others left behind complains now, and not in the middle of this
        self.said: list[logging.LogRecord] = []
        for name in ("tryon", "asyncio"):
            logging.getLogger(name).addHandler(self)

    def close(self) -> None:
        """Hear no more."""
        for name in ("tryon", "asyncio"):
            logging.getLogger(name).removeHandler(self)
        super().close()

    def emit(self, record: logging.LogRecord) -> None:
        """Keep it."""
        self.said.append(record)

    def ring(self) -> None:
        """Raise what was heard."""
        if self.said:
            said, self.said = self.said, []
            cause = said[0].exc_info[1] if said[0].exc_info else None
            raise AssertionError(said[0].getMessage()) from cause


class GlbDoor(Door):
    """A model that an owner brings: pieces.gate."""

    name = "glb"

    def __init__(self) -> None:
        shm = Path("/dev/shm")
        handle, path = tempfile.mkstemp(suffix=".glb", dir=shm if shm.is_dir() else None)
        os.close(handle)
        self._path = Path(path)

    def seeds(self) -> list[bytes]:
        """Three small models: one with all that is looked at, one plain, one with a texture."""
        return [model(), model(plain=True), model(texture=True)]

    def enter(self, data: bytes) -> None:
        """As an upload is, before anything is unpacked or drawn."""
        self._path.write_bytes(data)
        report = gate.inspect(self._path)
        assert report.errors or report.triangles > 0
        assert all(len(line) < 2000 for line in report.lines())

    def spoil(self, data: bytes, rng: random.Random) -> bytes:
        """Its JSON's tree, its buffer, or its bytes."""
        try:
            header, blob = chunks(data)
        except Exception:
            return spoilt_bytes(data, rng)
        match rng.randrange(8):
            case 0:
                return spoilt_bytes(data, rng)
            case 1 | 2:
                return join(header, spoilt_bytes(blob, rng))
            case _:
                spoilt = json.loads(spoilt_json(json.dumps(header), rng))
                return join(spoilt if isinstance(spoilt, dict) else {}, blob)

    def close(self) -> None:
        """Its file."""
        self._path.unlink(missing_ok=True)


class MeshoptDoor(GlbDoor):
    """A model that meshopt compressed: its header, its streams, and the gate after them.

    What is decoded in a process apart is decoded here, so that what its streams reach is seen.
    """

    name = "meshopt"

    def __init__(self) -> None:
        super().__init__()
        self._apart = meshopt.unpacked, meshopt.VIEWS_BYTES_MAX
        meshopt.unpacked, meshopt.VIEWS_BYTES_MAX = self._unpacked, ROOM  # type: ignore[assignment]

    def seeds(self) -> list[bytes]:
        """What gltfpack wrote, in both versions, in whole numbers and in floats."""
        return [path.read_bytes() for path in sorted(PACKED.glob("*.glb"))]

    def enter(self, data: bytes) -> None:
        """As an upload is."""
        self._path.write_bytes(data)
        report = gate.opened(self._path, self._path)
        assert report.errors or report.triangles > 0
        assert all(len(line) < 2000 for line in report.lines())

    def _unpacked(self, way: str, blob: bytes, parts: list[Packed], do: str) -> dict[str, Any]:
        arrays: dict[str, Any] = {}
        decode = unpack.DECODERS[way]()
        for number, part in enumerate(parts):
            try:
                decode(arrays, number, part.said + blob[part.start : part.start + part.length])
            except Exception as err:  # the process apart would have died of it
                raise Broken("Broken.", do) from err
        assert sum(array.nbytes for array in arrays.values()) <= ROOM
        return arrays

    def close(self) -> None:
        """The process apart is one again."""
        meshopt.unpacked, meshopt.VIEWS_BYTES_MAX = self._apart
        super().close()


def model(*, plain: bool = False, texture: bool = False) -> bytes:
    """A tetrahedron of 20 mm with indices, normals and a node tree; `plain`: without any of them."""
    corners = [(0.0, 0.0, 0.0), (0.02, 0.0, 0.0), (0.0, 0.02, 0.0), (0.0, 0.0, 0.02)]
    faces = [0, 2, 1, 0, 1, 3, 0, 3, 2, 1, 2, 3]
    if plain:
        blob = b"".join(struct.pack("<3f", *corners[face]) for face in faces)
        views, accessors = [{"buffer": 0, "byteLength": len(blob)}], [accessor(0, 5126, 12, "VEC3")]
        primitive: dict[str, Any] = {"attributes": {"POSITION": 0}}
    else:
        points = b"".join(struct.pack("<3f", *corner) for corner in corners)
        blob = points + points + struct.pack("<12H", *faces)
        views = [
            {"buffer": 0, "byteOffset": 0, "byteLength": 96, "byteStride": 12},
            {"buffer": 0, "byteOffset": 96, "byteLength": 24},
        ]
        accessors = [
            accessor(0, 5126, 4, "VEC3"),
            accessor(0, 5126, 4, "VEC3") | {"byteOffset": 48},
            accessor(1, 5123, 12, "SCALAR"),
        ]
        primitive = {"attributes": {"POSITION": 0, "NORMAL": 1}, "indices": 2, "mode": 4, "material": 0}
    header: dict[str, Any] = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [
            {"children": [1], "translation": [0, 0.01, 0], "rotation": [0, 0, 0, 1], "scale": [1, 1, 1]},
            {"mesh": 0, "matrix": [1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1, 0, 0, 0, 0, 1]},
        ],
        "meshes": [{"primitives": [primitive]}],
        "materials": [{"pbrMetallicRoughness": {"baseColorFactor": [1, 1, 1, 1]}}],
        "accessors": accessors,
        "bufferViews": views,
        "buffers": [{"byteLength": len(blob)}],
    }
    if texture:
        png = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + struct.pack(">II", 640, 480) + b"\x08\x06\0\0\0"
        views.append({"buffer": 0, "byteOffset": len(blob), "byteLength": len(png)})
        blob += png
        header["images"] = [{"bufferView": len(views) - 1, "mimeType": "image/png"}]
        header["textures"] = [{"source": 0}]
        header["materials"][0]["pbrMetallicRoughness"]["baseColorTexture"] = {"index": 0}
        header["buffers"][0]["byteLength"] = len(blob)
    return join(header, blob)


def accessor(view: int, component: int, count: int, kind: str) -> dict[str, Any]:
    """One entry of a model's `accessors`."""
    return {"bufferView": view, "componentType": component, "count": count, "type": kind}


class SdpDoor(Door):
    """An offer that a browser sends: media.offers, and what aiortc makes of it."""

    name = "sdp"

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._alarm = Alarm()

    def seeds(self) -> list[bytes]:
        """Chromium's own, for a mirror and for a meeting."""
        return [path.read_bytes() for path in sorted(SEEDS.glob("*.sdp"))]

    def enter(self, data: bytes) -> None:
        """As the session's process does, but for its sockets."""
        try:
            offer = data.decode()
            check_offer(offer)
        except (UnicodeDecodeError, MessageError):
            return
        self._loop.run_until_complete(self._answer(offer))
        self._alarm.ring()

    async def _answer(self, offer: str) -> None:
        peer = Peer(Settings(media_addresses=""), Deaf(), Control(lambda *said: None), speech=True)
        reason = ""
        try:
            await peer.answer(offer, start_kbps=2500, max_kbps=3000)
        except (MessageError, SessionError) as err:
            reason = err.reason
        assert reason in ("offer_unreadable", "server_full"), "it has no address, and so no port"
        await peer.close()
        left = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
        for task in left:
            task.cancel()
        await asyncio.gather(*left, return_exceptions=True)

    def spoil(self, data: bytes, rng: random.Random) -> bytes:
        """Its lines and their words."""
        if rng.randrange(8) == 0:
            return spoilt_bytes(data, rng)
        lines = data.split(b"\r\n")
        for _ in range(rng.choice((1, 1, 2, 5))):
            at = rng.randrange(len(lines))
            match rng.randrange(6):
                case 0:
                    del lines[at]
                    lines = lines or [b""]
                case 1:
                    lines[at:at] = [rng.choice(lines)] * rng.choice((1, 1, 3, 40))
                case 2:
                    lines.insert(at, lines.pop(rng.randrange(len(lines))))
                case 3:
                    lines[at] = spoilt_bytes(lines[at], rng)
                case _:
                    words = re.split(rb"([ :=/;])", lines[at])
                    odd = str(rng.choice(ODD[: len(NUMBERS) + 10])).encode(errors="replace")
                    words[rng.randrange(len(words))] = rng.choice((odd, b"", rng.choice(words)))
                    lines[at] = b"".join(words)
        return b"\r\n".join(lines)

    def close(self) -> None:
        """Its loop."""
        self._alarm.close()
        self._loop.close()


class Deaf:
    """Whom a peer may tell anything."""

    def _nothing(self, *said: object) -> None:
        """Nothing."""

    on_camera = on_key_wanted = on_report = on_speech = on_connected = on_channel = on_gone = _nothing


class Said:
    """A channel that takes all that is said, and keeps none of it."""

    readyState, bufferedAmount = "open", 0

    def on(self, event: str, heard: Any) -> None:
        """The control is told nothing by it."""

    def send(self, said: str | bytes) -> None:
        """What leaves is words of ours."""
        if isinstance(said, str):
            msgspec.json.decode(said)


class Forgetful(Tapes):
    """Keeps no list of what it was asked."""

    def fitter(self, asked: Any, camera: Any, /) -> Any:
        """The newest only."""
        self.given.clear()
        return super().fitter(asked, camera)

    def report(self, visits: Any, given: Any, /) -> Any:
        """The newest only."""
        self.reported.clear()
        return super().report(visits, given)


class ControlDoor(Door):
    """Words on the data channel, at a mirror that goes on."""

    name = "control"

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._alarm = Alarm()
        self._now_s = 0.0
        self._room: Room = self._loop.run_until_complete(self._open())
        self._control = Control(self._room._hear_of(), lambda: self._now_s)
        self._control.attach(Said())  # type: ignore[arg-type]
        self._keep = self._room._chores.under_way

    async def _open(self) -> Room:
        patches.apply()
        room = Room(Settings(), StandIn(), load, Forgetful())
        room.allow(("live", "measure"))
        await room.wardrobe.wear(("aurora", "lys"))
        return room

    def seeds(self) -> list[bytes]:
        """One message of every kind, and the first of them one after another."""
        lines = [json.dumps({"v": 1, "type": kind, "id": "7", "data": data}).encode() for kind, data in WORDS.items()]
        missing = set(FROM_BROWSER) - set(WORDS)
        assert not missing, f"no example of {sorted(missing)}"
        for line in lines:
            read(line)
        return [*lines, b"\n".join(lines[:8])]

    def enter(self, data: bytes) -> None:
        """Each line is a message; binary ones come too."""
        for line in data.split(b"\n")[:16]:
            self._now_s += 1.0
            try:
                message: str | bytes = line.decode()
            except UnicodeDecodeError:
                message = line
            self._loop.run_until_complete(self._hear(message))
        self._alarm.ring()
        assert not self._room.ended.done(), "a word ended the room"

    async def _hear(self, message: str | bytes) -> None:
        self._control._on_message(message)
        while doing := self._room._chores.under_way - self._keep:
            await asyncio.wait(doing)
            await asyncio.sleep(0)

    def spoil(self, data: bytes, rng: random.Random) -> bytes:
        """The tree of one of its messages, or its bytes."""
        lines = data.split(b"\n")
        at = rng.randrange(len(lines))
        if rng.randrange(6) == 0:
            lines[at] = spoilt_bytes(lines[at], rng)
        else:
            try:
                text = spoilt_json(lines[at].decode(), rng)
                if rng.random() < 0.1:
                    text = json.dumps(json.loads(text), ensure_ascii=False)
                lines[at] = text.encode(errors="surrogatepass")
            except (ValueError, RecursionError):
                lines[at] = spoilt_bytes(lines[at], rng)
        return b"\n".join(lines)

    def close(self) -> None:
        """The mirror ends."""
        self._alarm.close()
        self._loop.run_until_complete(self._room.close())
        self._loop.close()


WORDS: dict[str, Any] = {
    "pieces.set": {"pieces": ["aurora", "lys"], "places": {"lys": {"on": "left_hand", "finger": "ring", "held": True}}},
    "nudge.set": {"piece": "aurora", "up_mm": 3.5, "forward_mm": -2, "tilt_deg": 4},
    "measure.start": {"hair": "tied", "parts": ["head", "neck"]},
    "measure.step": {"step": "look"},
    "measure.stop": {},
    "known.set": {
        "given": [
            {"name": "head_circumference", "values": ["560", "563"], "unit": "mm"},
            {"name": "finger_inner_diameter_ring", "values": ["6.5"], "how": "us", "hand": "left"},
        ]
    },
    "camera.set": {
        "camera": {
            "width": 1280,
            "height": 720,
            "fx": 1000.0,
            "fy": 1000.0,
            "cx": 640.0,
            "cy": 360.0,
            "distortion": [0.0, 0.0, 0.0, 0.0, 0.0],
            "focal_std": 0.01,
        }
    },
    "measure.forget": {},
    "bare.set": {"bare": True},
    "stage.set": {"light": "ballroom", "far": True},
    "snapshot.take": {},
    "measure.cancel": {},
    "admit": {"seat": "a"},
    "decline": {"seat": "a"},
    "leave": {},
    "end": {},
    "mute.set": {"muted": True},
    "chat.say": {"text": "hello"},
    "note.set": {"private": True, "text": "a note"},
    "freeze": {},
    "freeze.end": {},
    "mark.draw": {"still": 1, "points": [[1.0, 2.0], [3, 4]]},
    "mark.undo": {"still": 1},
    "snapshot.ask": {},
    "measure.ask": {},
    "agree": {"ask": 1, "yes": True},
    "ping": {"t_ms": 12.5},
    "pong": {"t_ms": 12.5},
}


class WebhookDoor(Door):
    """What a shop's server checks that it is told by us, with our client (Standard Webhooks 1.0)."""

    name = "webhook"

    def seeds(self) -> list[bytes]:
        """One that is good, one signed while its secret is replaced, one with no header right."""
        body = json.dumps({"type": "request.submitted", "timestamp": "2026-11-22T12:00:00Z", "data": {"request": "r"}})
        at = datetime.fromtimestamp(SIGNED_S, UTC)
        good = {
            "webhook-id": "msg_1",
            "webhook-timestamp": str(SIGNED_S),
            "webhook-signature": standardwebhooks.Webhook(SECRET).sign("msg_1", at, body),
        }
        two = good | {"webhook-signature": f"v1a,AAAA {good['webhook-signature']}"}
        bare = dict.fromkeys(good, "")
        return [json.dumps({"headers": headers, "body": body}).encode() for headers in (good, two, bare)]

    def enter(self, data: bytes) -> None:
        """Whatever is taken was signed with the secret; all else is refused."""
        try:
            said = msgspec.json.decode(data, type=Delivered)
        except (msgspec.DecodeError, RecursionError):
            return
        try:
            webhook((OLD_SECRET, SECRET), said.headers, said.body.encode(), now_s=SIGNED_S)
        except WebhookError:
            return
        headers = {name.lower(): value for name, value in said.headers.items()}
        signed = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.{said.body}".encode()
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        true = base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode().rstrip("=")
        assert true in headers["webhook-signature"], "a forged one was taken"

    def spoil(self, data: bytes, rng: random.Random) -> bytes:
        """Its headers, its body, or its bytes."""
        try:
            return spoilt_json(data.decode(), rng).encode(errors="surrogatepass")
        except (ValueError, RecursionError):
            return spoilt_bytes(data, rng)


class Delivered(msgspec.Struct):
    """An input of the webhook door."""

    headers: dict[str, str]
    body: str


SIGNED_S = 1_795_000_000
OLD_SECRET = "whsec_" + base64.b64encode(bytes(32)).decode()
SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()

DOORS: dict[str, type[Door]] = {door.name: door for door in (GlbDoor, MeshoptDoor, SdpDoor, ControlDoor, WebhookDoor)}
