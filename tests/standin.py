"""Stand-ins for tests of the server and the page: a few pieces, and a pool that opens nothing."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

from PIL import Image, ImageDraw

from tryon.calibrating import Calibrating, Calibrator
from tryon.engine.pool import Ended, OnEnd, Spec
from tryon.errors import SessionError
from tryon.owned import LaidTold, laid_told
from tryon.picture import grey_of
from tryon.settings import load
from tryon.types import Piece, Seat, TrueSize

OFFER = "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=sendrecv\r\n"
ANSWER = OFFER.replace("o=- 1", "o=- 2")

_SEATS = {
    "crown": "perch",
    "circlet": "circlet",
    "tiara": "tiara",
    "headband": "headband",
    "choker": "neck",
    "ring": "finger",
}
_WORN_ON = {"choker": "neck", "ring": "left_hand"}


def piece(id: str, name: str, kind: str, *, words: str = "", height_mm: float = 50.0) -> Piece:
    """A piece of the catalogue, without a mesh."""
    return Piece(
        id=id,
        name=name,
        maker="The house workshop",
        kind=kind,  # type: ignore[arg-type]
        worn_on=_WORN_ON.get(kind, "head"),  # type: ignore[arg-type]
        finger="ring" if kind == "ring" else "",
        size=TrueSize(
            inner_length_mm=127.0,
            inner_breadth_mm=127.0,
            arc_mm=399.0,
            height_mm=height_mm,
            weight_g=412.0,
            centre_of_mass_mm=(0.0, 20.0, 0.0),
        ),
        seat=Seat(line=_SEATS[kind], tilt_rad=0.0, attachment="rigid_ring"),  # type: ignore[arg-type]
        sizes_made=("one size",),
        adjustable_mm=0.0,
        tolerance_mm=0.5,
        materials=("sterling silver, rhodium",),
        stones=("cubic zirconia",),
        edition_of=25 if kind == "crown" else 0,
        tiers={"studio": {"price_from": 1900, "price_to": 2400, "currency": "EUR", "lead_time_weeks": 6}},
        care="Keep dry.",
        provenance="Made in our own workshop.",
        licence="Apache-2.0",
        words=words or f"{name}, a {kind} of our own making.",
    )


def catalogue() -> dict[str, Piece]:
    """Three pieces for the head, one for the neck, and two rings for the same finger."""
    pieces = (
        piece("aurora", "Aurora", "crown", height_mm=110.0),
        piece("celeste", "Celeste", "tiara", height_mm=52.0),
        piece("ondine", "Ondine", "headband", height_mm=24.0),
        piece("vesper", "Vesper", "choker", height_mm=18.0),
        piece("lys", "Lys", "ring", height_mm=6.0),
        piece("mira", "Mira", "ring", height_mm=8.0),
    )
    return {piece.id: piece for piece in pieces}


def draw_posters(folder: Path, pieces: dict[str, Piece]) -> None:
    """Pictures in the place of those that our renderer draws."""
    for id in pieces:
        (folder / id).mkdir(parents=True)
        picture = Image.new("RGBA", (320, 320))
        pen = ImageDraw.Draw(picture)
        pen.polygon([(40, 230), (60, 110), (110, 190), (160, 80), (210, 190), (260, 110), (280, 230)], fill="#b9a06a")
        picture.save(folder / id / "poster.png")


class FakePool:
    """Answers every offer with the same SDP, or raises what the test put into `refuses`."""

    def __init__(self, room_for: int = 4) -> None:
        self.on_end: OnEnd | None = None
        self.room_for = room_for
        self.started = False
        self.opened: dict[str, Spec] = {}
        self.offers: list[tuple[str, str]] = []
        self.closed: list[str] = []
        self.stills: list[tuple[bytes, bool]] = []
        self.refuses: Exception | None = None
        self.waits_for: asyncio.Event | None = None

    async def start(self) -> None:
        """Nothing to warm."""
        self.started = True

    async def stop(self) -> None:
        """Ends all."""
        self.started = False
        self.opened.clear()

    async def open(self, session_id: str, offer: str, spec: Spec) -> str:
        """See Pool."""
        if self.waits_for is not None:
            await self.waits_for.wait()
        if self.refuses is not None:
            raise self.refuses
        if session_id not in self.opened:
            if not self.free():
                raise SessionError("server_full", "All mirrors are taken; one is free again in a few minutes.")
            self.opened[session_id] = spec
        self.offers.append((session_id, offer))
        return ANSWER

    async def allow(self, session_id: str, purposes: tuple[str, ...]) -> None:
        """See Pool."""
        self.opened[session_id] = replace(self.opened[session_id], purposes=purposes)

    async def close(self, session_id: str) -> None:
        """See Pool."""
        if self.opened.pop(session_id, None) is None:
            raise SessionError("session_unknown", "There is no such session.")
        self.closed.append(session_id)

    async def lay(self, session_id: str, still: bytes, kind: str) -> LaidTold:
        """What this process reads of it."""
        return laid_told(still, kind, load({}).calibration)

    async def calibrate(self, session_id: str, still: bytes, *, anew: bool) -> Calibrating:
        """See Pool."""
        if session_id not in self.opened:
            raise SessionError("session_unknown", "There is no such session.")
        self.stills.append((still, anew))
        return await asyncio.to_thread(lambda: Calibrator().look(grey_of(still)))

    def free(self) -> int:
        """See Pool."""
        return self.room_for - len(self.opened)

    def vitals(self) -> dict[str, dict[str, float]]:
        """See Pool."""
        return {session_id: {"fps": 24.5, "connected": 1.0} for session_id in self.opened}

    def end(self, session_id: str, reason: str) -> None:
        """As if the session ended by itself."""
        del self.opened[session_id]
        assert self.on_end is not None
        self.on_end(Ended(session_id, reason))
