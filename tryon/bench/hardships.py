"""The clips as worse cameras, rooms and lines would have shown them, their truths moved along: what is wrong then, and
whether it is said.

Each is a picture that a pinhole camera could have taken: a crop is a longer lens, half the size a cheaper sensor.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import cv2
import numpy as np

from tryon.bench.rows import Row
from tryon.bench.tracking import WILD_RAD, record, solve, turns_off, usable
from tryon.bench.trials import COVERED, trials
from tryon.media.clips import ClipWriter, read_clip
from tryon.picture import frame_from_rgb, rgb_from_frame
from tryon.settings import Settings
from tryon.types import F32, U8

Look = Callable[[U8, np.random.Generator], U8]


@dataclass(frozen=True, slots=True)
class Hardship:
    """What is done to each picture of a clip."""

    look: Look = lambda rgb, random: rgb
    cut: tuple[float, float] = (1.0, 1.0)
    "Of the width and of the height, what is left about the middle."
    scale: float = 1.0
    crf: int = 20
    every: int = 1
    "Of so many frames one is kept."


@cache
def _grain(height: int, width: int) -> F32:
    """(height, width, 3) grey levels of a small sensor that makes the most of little light."""
    random = np.random.default_rng(4)
    fine = random.normal(0, 5, (height, width, 1)) + random.normal(0, 2.5, (height, width, 3))
    return np.asarray(fine, dtype=np.float32)


def _dark(rgb: U8, random: np.random.Generator) -> U8:
    # one grain, moved about: drawn anew for each frame it would take longer than all the rest
    grain = np.roll(_grain(*rgb.shape[:2]), random.integers(0, rgb.shape[:2]), axis=(0, 1))
    return np.asarray(np.clip(rgb * np.array([0.34, 0.27, 0.22]) + grain, 0, 255), dtype=np.uint8)


def _glaring(rgb: U8, random: np.random.Generator) -> U8:
    return np.asarray(np.clip(rgb * 1.7 + 18, 0, 255), dtype=np.uint8)


HARDSHIPS = {
    "a dim warm room": Hardship(_dark, crf=23),
    "too much light": Hardship(_glaring),
    "half the size": Hardship(scale=0.5),
    "a phone held upright": Hardship(cut=(0.42, 1.0)),
    "a longer lens": Hardship(cut=(0.875, 0.875), scale=8 / 7),
    "a starved line": Hardship(crf=40),
    "15 frames a second": Hardship(every=2),
}


def hardships(settings: Settings, folder: Path) -> list[Row]:
    """For each: poses that are wildly wrong, of those that were found, and truths inside their stated interval."""
    rows = []
    for name, hardship in HARDSHIPS.items():
        with TemporaryDirectory() as made:
            for path in sorted(folder.glob("*.json")):
                suffer(path, Path(made), hardship)
            heads = [path for path in sorted(Path(made).glob("*.json")) if usable(path)]
            off = [
                turn for path in heads for _, turn in turns_off(solve(record(path), Path(settings.assets), known=True))
            ]
            wild = 100 * float(np.mean(np.array(off) > WILD_RAD))
            note = f"{len(off)} found, worst {np.degrees(max(off)):.0f} degrees off"
            rows.append(Row(f"{name}: poses over 25 degrees off", wild, "%", 0.5, 0.0, note=note))
            covered = next(row for row in trials(settings, Path(made)) if row.name == COVERED)
            rows.append(
                Row(
                    f"{name}: truths inside their U95",
                    covered.measured,
                    "%",
                    90.0,
                    more_is_better=True,
                    note=covered.note,
                )
            )
    return rows


def suffer(truth: Path, out: Path, hardship: Hardship) -> None:
    """Write a clip and its truth (`truth`, beside it the MP4) into `out` as a hardship leaves them."""
    told = json.loads(truth.read_text())
    width, height = told["size_px"]
    cut = [round(side * share) // 4 * 4 for side, share in zip((width, height), hardship.cut, strict=True)]
    left, top = (width - cut[0]) // 2, (height - cut[1]) // 2
    size = (round(cut[0] * hardship.scale) // 2 * 2, round(cut[1] * hardship.scale) // 2 * 2)
    random = np.random.default_rng(3)
    way = cv2.INTER_AREA if hardship.scale < 1 else cv2.INTER_CUBIC
    fps = told["fps"] / hardship.every
    with ClipWriter(out / truth.with_suffix(".mp4").name, size, fps, crf=hardship.crf) as clip:
        for index, frame in enumerate(read_clip(truth.with_suffix(".mp4"))):
            if index % hardship.every:
                continue
            part = rgb_from_frame(frame)[top : top + cut[1], left : left + cut[0]]
            resized = np.asarray(cv2.resize(part, size, interpolation=way), dtype=np.uint8)
            clip.write(frame_from_rgb(hardship.look(resized, random), frame.time_s))
    told |= {"size_px": size, "fps": fps, "per_frame": told["per_frame"][:: hardship.every]}
    told["frames"] = len(told["per_frame"])
    share = np.array(size) / cut
    told["camera"] |= {
        "focal_px": told["camera"]["focal_px"] * float(share[0]),
        "principal_px": _moved(told["camera"]["principal_px"], (left, top), share),
    }
    for each in told["per_frame"]:
        each["points_px"] = {name: _moved(point, (left, top), share) for name, point in each["points_px"].items()}
    (out / truth.name).write_text(json.dumps(told))


def _moved(point: Any, corner: tuple[int, int], share: Any) -> Any:
    """A pixel of the whole picture in what is left of it; pixel (0, 0) is a middle."""
    return None if point is None else ((np.array(point) - corner + 0.5) * share - 0.5).tolist()
