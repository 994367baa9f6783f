"""A small atelier for tests: people, pieces, files, and the way a request takes."""

from __future__ import annotations

import io
from dataclasses import dataclass, replace
from pathlib import Path

from PIL import Image

from tests import standin
from tryon.atelier.files import Files
from tryon.atelier.sample import Journey
from tryon.atelier.store import Store
from tryon.atelier.who import Who
from tryon.types import Piece

GLB = b"glTF\x02\x00\x00\x00\x0c\x00\x00\x00"


def catalogue() -> dict[str, Piece]:
    """Pieces that can be made: each in both tiers, the first a limited edition of 25."""
    tiers = {
        "studio": {"price_from": 1900, "price_to": 2400, "currency": "EUR", "lead_time_weeks": 6},
        "custom": {"price_from": 5000, "price_to": 9000, "currency": "EUR", "lead_time_weeks": 20},
    }
    pieces = {id: replace(piece, tiers=tiers) for id, piece in standin.catalogue().items()}
    return {**pieces, "mira": replace(pieces["mira"], tiers={})}


def picture(kind: str = "JPEG", size: tuple[int, int] = (64, 48), **options: object) -> bytes:
    """A picture file."""
    out = io.BytesIO()
    Image.new("RGB", size, "#b9a06a").save(out, kind, **options)
    return out.getvalue()


def draw_files(folder: Path, pieces: dict[str, Piece]) -> Path:
    """A poster and a (headless) model a piece."""
    for id in pieces:
        (folder / id).mkdir(parents=True)
        (folder / id / "poster.png").write_bytes(picture("PNG"))
        (folder / id / "mesh.glb").write_bytes(GLB)
    return folder


@dataclass
class House:
    """A store with people, and what takes requests through it."""

    store: Store
    files: Files
    pieces: dict[str, Piece]
    journey: Journey

    def who(self, name: str) -> Who:
        """Somebody of the staff by her first name."""
        roles = {"Odile": "owner", "Camille": "consultant", "Lena": "consultant"}
        full = next(person for person in self.journey.sample.staff if person.startswith(name))
        return Who(roles.get(name, "artisan"), self.journey.sample.staff[full])  # type: ignore[arg-type]


def open_house(store: Store, folder: Path) -> House:
    """People hired, nothing asked of them yet."""
    pieces = catalogue()
    files = Files(str(folder / "files"))
    journey = Journey(store, files, pieces, draw_files(folder / "stock", pieces))
    journey.hire()
    return House(store, files, pieces, journey)
