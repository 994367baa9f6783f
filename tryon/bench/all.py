"""`tryon bench`: every figure of the README's table, each measured anew in this run."""

from __future__ import annotations

import json
import platform
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tryon.bench.rows import Row, table
from tryon.errors import SettingError
from tryon.settings import HERE, Settings

GROUNDTRUTH = HERE.parent / "shared" / "groundtruth"
"Clips of synthetic people with known answers, if they lie beside the checkout."
SHORT_CLIP = HERE / "tests" / "data" / "ana.mp4"


def run(
    settings: Settings, *, clip: Path | None, out: Path | None, only: tuple[str, ...], folder: Path | None = None
) -> None:
    """Measure, print as it comes, and write all rows to `out` as JSON. Raises SettingError for a wrong part."""
    clip = clip or (GROUNDTRUTH / "ana-mirror.mp4" if GROUNDTRUTH.is_dir() else SHORT_CLIP)
    folder = folder or (GROUNDTRUTH if GROUNDTRUTH.is_dir() else SHORT_CLIP.parent)
    parts: dict[str, tuple[str, Callable[[], list[Row]]]] = {
        "tracking": (f"Tracking against truth ({folder})", lambda: _tracking(settings, folder)),
        "body": (f"Neck and hands against truth ({folder})", lambda: _body(settings, folder)),
        "card": (f"The card as a measure, against truth ({folder})", lambda: _card(folder)),
        "trials": (f"Measures of people with known answers ({folder})", lambda: _trials(settings, folder)),
        "hardships": (
            f"Worse cameras, rooms and lines ({folder})",
            lambda: _hardships(settings, folder),
        ),
        "people": ("A thousand people out of the tables, measured", lambda: _people(settings, folder)),
        "hand": (f"A hand measured, against truth ({folder})", lambda: _hand(folder)),
        "bands": ("Paper bands, and a ring or bangle beside a card, as they are drawn", _bands),
        "uplink": (f"What measures lose on their way to the mirror ({folder})", lambda: _uplink(settings, folder)),
        "stages": (f"What a frame costs ({clip.name}, one crown)", lambda: _stages(settings, clip)),
        "drawing": ("Drawing, beside plain pyrender", lambda: _drawing(settings, folder)),
        "live": ("Live: peer to server to peer in loopback", lambda: _live(settings, clip)),
        "meeting": ("A meeting: one encoder, speech as packets", lambda: _meeting(settings, clip)),
        "browser": ("Live: Chromium, canvas to screen", lambda: _browser(settings, clip)),
        "tabs": ("Live: tabs opened and closed in Chromium", lambda: _tabs(settings, clip)),
    }
    if wrong := set(only) - set(parts):
        raise SettingError("part_unknown", f"There is no part {sorted(wrong)}; there are: {', '.join(parts)}.")
    print(f"{platform.machine()}, Python {platform.python_version()}, CPU count {_cores()}\n")
    found: dict[str, Any] = {}
    for name, (title, measure) in parts.items():
        if only and name not in only:
            continue
        print(f"measuring {name} ...", file=sys.stderr, flush=True)
        rows = measure()
        print(table(title, rows), end="\n\n", flush=True)
        found[name] = [row.as_json() for row in rows]
        if out is not None:
            out.write_text(json.dumps(found, indent=1) + "\n")


def _tracking(settings: Settings, folder: Path) -> list[Row]:
    from tryon.bench.tracking import tracking

    return tracking(folder, assets=Path(settings.assets))


def _trials(settings: Settings, folder: Path) -> list[Row]:
    from tryon.bench.trials import trials

    return trials(settings, folder)


def _hardships(settings: Settings, folder: Path) -> list[Row]:
    from tryon.bench.hardships import hardships

    return hardships(settings, folder)


def _people(settings: Settings, folder: Path) -> list[Row]:
    from tryon.bench.people import people

    return people(Path(settings.calibration), folder)


def _body(settings: Settings, folder: Path) -> list[Row]:
    from tryon.bench.body import body

    return body(settings, folder)


def _card(folder: Path) -> list[Row]:
    from tryon.bench.card import card

    return card(folder)


def _bands() -> list[Row]:
    from tryon.bench.bands import bands

    return bands()


def _hand(folder: Path) -> list[Row]:
    from tryon.bench.hand import hand

    return hand(folder)


def _uplink(settings: Settings, folder: Path) -> list[Row]:
    from tryon.bench.uplink import uplink

    return uplink(settings, folder)


def _stages(settings: Settings, clip: Path) -> list[Row]:
    from tryon.bench.stages import stages

    return stages(settings, clip)


def _drawing(settings: Settings, folder: Path) -> list[Row]:
    from tryon.bench.drawing import drawing

    still = folder / "ana-still.mp4"
    return drawing(settings, still if still.is_file() else SHORT_CLIP)


def _live(settings: Settings, clip: Path) -> list[Row]:
    from tryon.bench.live import live

    return live(settings, clip)


def _meeting(settings: Settings, clip: Path) -> list[Row]:
    from tryon.bench.meeting import meeting

    return meeting(settings, clip)


def _browser(settings: Settings, clip: Path) -> list[Row]:
    from tryon.bench.browser import browser

    return browser(settings, clip)


def _cores() -> int:
    import os

    return len(os.sched_getaffinity(0))


def _tabs(settings: Settings, clip: Path) -> list[Row]:
    from tryon.bench.tabs import tabs

    return tabs(settings, clip)
