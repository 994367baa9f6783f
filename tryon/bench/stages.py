"""What a frame costs: each stage's CPU time, beside the floor of the same run.

The floor is decode + face landmarks + encode of the same clip and nothing else. Floor and full path take turns
every thirty frames, so that a machine whose speed drifts drifts under both.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from statistics import median

import cv2
import numpy as np

from tryon.bench.rows import Row
from tryon.media.clips import ClipWriter, clip_info, read_clip
from tryon.media.encoder import CLOCK, Vp8Encoder
from tryon.picture import frame_from_rgb, rgb_from_frame
from tryon.pieces.catalogue import Catalogue
from tryon.pieces.load import simplified
from tryon.session import open_session
from tryon.settings import Settings
from tryon.track.face import FaceTracker
from tryon.types import Frame, Model

TURN = 30
"Frames each of the two runs before the other does."
FACES = 30_000
WARM = 60
"Frames before the first turn that counts: models load, shaders compile, the encoder finds its rate."


@dataclass(slots=True)
class _Costs:
    """CPU and wall milliseconds of each stage, a frame at a time."""

    cpu: dict[str, list[float]] = field(default_factory=dict)
    wall: dict[str, list[float]] = field(default_factory=dict)
    turns: list[float] = field(default_factory=list)
    "CPU-ms a frame of each turn."

    def add(self, stage: str, cpu_s: float, wall_s: float) -> None:
        """One stage of one frame."""
        self.cpu.setdefault(stage, []).append(cpu_s * 1e3)
        self.wall.setdefault(stage, []).append(wall_s * 1e3)


class _Stage:
    """Times what stands under `with`, on all threads of this process."""

    def __init__(self, costs: _Costs, name: str) -> None:
        self._costs, self._name = costs, name

    def __enter__(self) -> None:
        self._cpu, self._wall = time.process_time(), time.perf_counter()

    def __exit__(self, *_: object) -> None:
        self._costs.add(self._name, time.process_time() - self._cpu, time.perf_counter() - self._wall)


def stages(settings: Settings, clip: Path) -> list[Row]:
    """CPU- and wall-ms per frame of each stage at 640x480 and 1280x720, and the ratio to the floor."""
    model = crown_of(Catalogue(settings.pieces_folder))
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        small = Path(folder) / "vga.mp4"
        _write_vga(clip, small)
        for path in (small, clip):
            rows += _stages(settings, path, model)
    return rows


def _stages(settings: Settings, clip: Path, model: Model) -> list[Row]:
    info = clip_info(clip)
    size = f"{info.size_px[0]}x{info.size_px[1]}"
    full, floor = _Costs(), _Costs()
    runs = (_full(settings, clip, model, full), _floor(settings, clip, floor))
    for run in runs:
        for _ in islice(run, WARM):
            pass
    full.__init__()  # type: ignore[misc]  # the warm frames do not count
    floor.__init__()  # type: ignore[misc]
    while all(_turn(run, costs) for run, costs in zip(runs, (full, floor), strict=True)):
        pass
    for run in runs:
        run.close()
    ratio = median(a / b for a, b in zip(full.turns, floor.turns, strict=False))
    rows = [
        Row(f"{size} {stage}", median(full.cpu[stage]), "CPU-ms", note=f"wall {median(full.wall[stage]):.2f} ms")
        for stage in full.cpu
    ]
    note = "  ".join(f"{stage} {median(costs):.2f}" for stage, costs in floor.cpu.items())
    rows.append(Row(f"{size} floor", median(floor.turns), "CPU-ms", note=note))
    judged = size == "1280x720"
    faces = f"{model.piece.id}, {model.face_count} faces"
    rows.append(Row(f"{size} full path", median(full.turns), "CPU-ms", note=faces))
    rows.append(Row(f"{size} over the floor", ratio, "x", 2.5 if judged else None, 1.6 if judged else None))
    return rows


def _turn(run: Iterator[None], costs: _Costs) -> bool:
    start, done = time.process_time(), 0
    for _ in islice(run, TURN):
        done += 1
    if done == TURN:
        costs.turns.append((time.process_time() - start) / TURN * 1e3)
    return done == TURN


def _full(settings: Settings, clip: Path, model: Model, costs: _Costs) -> Generator[None, None, None]:
    session, encoder = open_session(settings), Vp8Encoder(settings.video_kbps)
    session.wear((model,))
    try:
        for frame in _decoded(clip, costs):
            with _Stage(costs, "track"):
                sensed = session.sense(frame)
            with _Stage(costs, "body to blend"):
                shown = session.show(sensed)
            for stage in ("body", "fit", "blend"):
                costs.add(f"  {stage} (own thread)", shown.stages_ms[stage] / 1e3, shown.stages_ms[stage] / 1e3)
            with _Stage(costs, "encode"):
                encoder.encode(shown.frame.i420, round(frame.time_s * CLOCK), key=False)
            yield
    finally:
        session.close()


def _floor(settings: Settings, clip: Path, costs: _Costs) -> Generator[None, None, None]:
    tracker, encoder = FaceTracker(), Vp8Encoder(settings.video_kbps)
    try:
        for frame in _decoded(clip, costs):
            with _Stage(costs, "track"):
                tracker.track(frame)
            with _Stage(costs, "encode"):
                encoder.encode(frame.i420, round(frame.time_s * CLOCK), key=False)
            yield
    finally:
        tracker.close()


def _decoded(clip: Path, costs: _Costs) -> Iterator[Frame]:
    frames = read_clip(clip)
    while True:
        with _Stage(costs, "decode"):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def crown_of(catalogue: Catalogue) -> Model:
    """The crown, circlet or tiara with the fewest faces above the 30,000 of the target, cut down to them."""
    kinds = ("crown", "circlet", "tiara")
    models = [catalogue.model(piece.id) for piece in catalogue.pieces() if piece.kind in kinds]
    nearest = min((model for model in models if model.face_count >= FACES), key=lambda model: model.face_count)
    return simplified(nearest, FACES)


def _write_vga(clip: Path, out: Path) -> None:
    """The clip at 640x480: the middle 4:3 of each picture."""
    with ClipWriter(out, size_px=(640, 480), fps=clip_info(clip).fps) as writer:
        for frame in read_clip(clip):
            rgb = rgb_from_frame(frame)
            height, width = rgb.shape[:2]
            wide = min(width, height * 4 // 3)
            left = (width - wide) // 2
            small = cv2.resize(rgb[:, left : left + wide], (640, 480), interpolation=cv2.INTER_AREA)
            writer.write(frame_from_rgb(np.asarray(small, dtype=np.uint8), frame.time_s))
