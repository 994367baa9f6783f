"""What her measures lose on the way to the mirror: by the video's codec, and by looks that a busy machine leaves out.

Clips with a card and a turn are measured as the live mirror measures, camera unknown, once as they are and once through
VP8 as a browser sends it: in real time, at a constant rate.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av

from tryon.bench.rows import Row
from tryon.measuring import Cutter
from tryon.media.clips import clip_info, read_clip
from tryon.messages import MeasureStart
from tryon.settings import Settings
from tryon.types import Frame

WAYS = ((0, 1), (0, 4), (0, 8), (2500, 4), (1000, 4))
"kbit/s (0: as the clip is), and every how many pictures one is looked at."
QUANTITIES = ("interpupillary_distance", "head_length", "head_circumference", "neck_circumference")


def uplink(settings: Settings, folder: Path) -> list[Row]:
    """Errors of each clip with a card and a turn, way by way."""
    rows = []
    for clip in sorted(folder.glob("*-turn-*card.mp4")):
        truth = json.loads(clip.with_suffix(".json").read_text())
        for kbps, every in WAYS:
            found = _measured(settings, clip, MeasureStart(truth["hair"]), kbps, every)
            way = f"{clip_info(clip).fps / every:.3g} looks/s, {f'{kbps} kbit/s' if kbps else 'no codec'}"
            for name in QUANTITIES:
                if name in found:
                    value, u95 = found[name]["value_mm"], found[name]["u95_mm"]
                    error = value - truth["person_measures_mm"][name]
                    rows.append(
                        Row(f"{clip.stem}, {way}: {name.replace('_', ' ')}", error, "mm", note=f"U95 {u95:.1f}")
                    )
    return rows


def _measured(settings: Settings, clip: Path, asked: MeasureStart, kbps: int, every: int) -> dict[str, Any]:
    cutter = Cutter(settings, list)
    fitter = cutter.fitter(asked, None)
    try:
        frames = read_clip(clip)
        for number, frame in enumerate(coded(frames, kbps) if kbps else frames):
            if number % every == 0:
                fitter.look(frame)
        return dict(cutter.report([fitter.visit()], ())["measurements"])
    finally:
        fitter.close()


def coded(frames: Iterator[Frame], kbps: int, /) -> Iterator[Frame]:
    """The same frames after VP8, as browsers set it for a call."""
    encoder: Any = None
    decoder: Any = av.CodecContext.create("vp8", "r")
    for number, frame in enumerate(frames):
        if encoder is None:
            encoder = av.CodecContext.create("libvpx", "w")
            encoder.width, encoder.height = frame.size_px
            encoder.pix_fmt, encoder.bit_rate = "yuv420p", 1000 * kbps
            encoder.time_base, encoder.framerate = Fraction(1, 30), Fraction(30)
            rate = str(1000 * kbps)
            encoder.options = {
                "deadline": "realtime",
                "cpu-used": "-6",
                "lag-in-frames": "0",
                "error-resilient": "1",
                "minrate": rate,
                "maxrate": rate,
                "bufsize": rate,
                "qmin": "2",
                "qmax": "56",
            }
        picture = av.VideoFrame.from_ndarray(frame.i420, format="yuv420p")
        picture.pts, picture.time_base = number, Fraction(1, 30)
        for packet in encoder.encode(picture):
            for shown in decoder.decode(packet):
                yield Frame(shown.to_ndarray(format="yuv420p"), frame.time_s)
