"""A board in pictures and clips from outside, and the camera that saw it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import cv2
import numpy as np

from tryon.errors import CalibrationError
from tryon.geometry.calibrate import Calibrated, calibrate
from tryon.media.clips import clip_info, read_clip
from tryon.picture import read_picture
from tryon.track.marker import Board, BoardFinder
from tryon.types import U8, BoardSeen

CLIPS = (".mp4", ".mov", ".m4v", ".webm", ".mkv", ".avi")
LOOK_S = 0.2
"Of each such stretch of a clip only the sharpest frame is searched: a held board rests for less than a second."

Progress = Callable[[int, int], None]
"Called with pictures done and pictures in all (0 when unknown)."


def camera_from_pictures(paths: Sequence[Path], /, *, progress: Progress | None = None) -> Calibrated:
    """The camera that took these pictures and clips of the board. The board's printed size plays no part.

    Raises InputError for a file that cannot be read and CalibrationError for what geometry.calibrate refuses, and
    for board_not_found (pictures, or a whole clip) and pictures_mixed_sizes.
    """
    finder = BoardFinder(Board())
    lengths = [clip_info(path).frames if _clip(path) else 1 for path in paths]
    of, done = (sum(lengths) if all(lengths) else 0), 0

    def tick() -> None:
        nonlocal done
        done += 1
        if progress is not None:
            progress(done, of)

    views: dict[str, BoardSeen] = {}
    sizes: dict[tuple[int, int], str] = {}
    missing: list[str] = []
    for path in paths:
        found = False
        for name, grey in _greys(path, tick):
            sizes.setdefault((grey.shape[1], grey.shape[0]), name)
            seen = finder.find(grey)
            if seen is not None:
                views[name] = seen
                found = True
        if not found:
            missing.append(path.name)
        if len(sizes) > 1:
            told = ", ".join(f"{width} x {height} in {name}" for (width, height), name in sizes.items())
            raise CalibrationError(
                "pictures_mixed_sizes",
                f"Pictures of one size are needed, for a camera's numbers hold for one: {told}. "
                "Turned by a quarter is another size, too.",
            )
    if missing:
        more = f" and {len(missing) - 5} more" if len(missing) > 5 else ""
        raise CalibrationError(
            "board_not_found",
            f"No board was found in {', '.join(missing[:5])}{more}. Leave it out, or take it again: the board large, "
            "in even light, sharp, and not mirrored.",
        )
    return calibrate(views, next(iter(sizes), (0, 0)))


def _clip(path: Path) -> bool:
    return path.suffix.lower() in CLIPS


def _greys(path: Path, tick: Callable[[], None]) -> Iterator[tuple[str, U8]]:
    """The pictures of a file that are worth a search, by name, grey (h, w); `tick` is called for every one there is."""
    if not _clip(path):
        yield str(path), np.asarray(cv2.cvtColor(read_picture(path), cv2.COLOR_RGB2GRAY), dtype=np.uint8)
        tick()
        return
    best: tuple[float, float, U8] | None = None
    until_s = LOOK_S
    for frame in read_clip(path):
        grey = frame.i420[: frame.size_px[1]]
        sharpness = float(cv2.Laplacian(grey, cv2.CV_16S).std())
        if best is not None and frame.time_s >= until_s:
            yield f"{path} at {best[1]:.2f} s", best[2]
            best, until_s = None, frame.time_s + LOOK_S
        if best is None or sharpness > best[0]:
            best = sharpness, frame.time_s, grey
        tick()
    if best is not None:
        yield f"{path} at {best[1]:.2f} s", best[2]
