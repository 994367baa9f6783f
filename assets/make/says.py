"""What every design says of itself in piece.toml, and the names of its metals."""

from __future__ import annotations

from typing import Any

from forms import Heap, Wrap

SATIN, SATIN_BRASS = "yellow gold 18 ct, satin", "rhodium-plated brass, satin"
GOLD, PLATINUM, SILVER, BRASS = "yellow gold 18 ct", "platinum 950", "sterling silver", "rhodium-plated brass"
ROSE = "rose gold 18 ct"
MAKER = "Atelier tryon"


def says(
    name: str,
    kind: str,
    words: str,
    *,
    on: str = "head",
    line: str,
    tilt_deg: float,
    attachment: str,
    length: float,
    breadth: float,
    arc: float,
    height: float,
    stones: list[str],
    materials: list[str],
    edition: int,
    studio: list[int],
    custom: list[int],
    weeks: int,
    adjustable: float = 0.0,
    sizes: list[str] | None = None,
    **size: Any,
) -> dict[str, Any]:
    """The tables of piece.toml, but for what is weighed."""
    seat = {"line": line, "tilt_deg": tilt_deg, "attachment": attachment, "height_mm": size.pop("seat_height_mm", 0.0)}
    return {
        "name": name,
        "maker": MAKER,
        "kind": kind,
        "words": words,
        "materials": materials,
        "stones": stones,
        "edition_of": edition,
        "sizes_made": sizes or ["one size"],
        "tolerance_mm": 0.5,
        "adjustable_mm": adjustable,
        "care": "Keep dry, wipe with a soft cloth, store flat in its box.",
        "provenance": "Designed and built by script in this repository (assets/make).",
        "licence": "Apache-2.0",
        "worn": {"on": on, **({"finger": size.pop("finger")} if "finger" in size else {})},
        "size": {
            "inner_length_mm": length,
            "inner_breadth_mm": breadth,
            "arc_mm": arc,
            "height_mm": height,
            **{f"{k}_mm": v for k, v in size.items()},
        },
        "seat": seat,
        "tiers": {
            "studio": {"price_from": studio[0], "price_to": studio[1], "currency": "EUR", "lead_time_weeks": weeks},
            "custom": {"price_from": custom[0], "price_to": custom[1], "currency": "EUR", "lead_time_weeks": 2 * weeks},
        },
    }


def top_of(heap: Heap) -> float:
    """Greatest y of the heap, mm, to a tenth."""
    return round(max(float(v[:, 1].max()) for meshes in heap.parts.values() for v, _ in meshes), 1)


def wrapped(flat: Heap, wrap: Wrap) -> Heap:
    """A flat design laid round its band."""
    return Heap().join(flat, wrap)
