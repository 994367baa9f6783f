"""Clips from outside and clips we write: one frame at a time, however long they are.

    for frame in read_clip("wearer.mp4"): ...
    with ClipWriter("out.mp4", size_px=(1280, 720), fps=30) as clip: clip.write(frame)

Decoding and encoding use one thread each: two are no faster per CPU second, and a session has its own cores.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import av
import av.error
import av.logging
import cv2
import numpy as np

from tryon.errors import InputError
from tryon.geometry.planes import join_planes, split_planes
from tryon.media.planes import ITU601, MPEG, i420_of
from tryon.types import U8, Frame

PIXELS_MAX = 40_000_000
"No frame may have more: a 100-megapixel bomb costs nothing to send and half a gigabyte to open."
_CLOCK = Fraction(1, 90_000)
_GUARDS = {
    "protocol_whitelist": "file",
    "format_whitelist": "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,ogg,flv,asf,gif,"
    "h264,hevc,ivf,wav,mjpeg,yuv4mpegpipe",
    "max_pixels": str(PIXELS_MAX),
}
"For FFmpeg's first look into a file. Playlists are no clips: they make the reader open other files."
_LOSS_S = 0.5
"A clip that ends this much before the length its own header states was cut off."

av.logging.set_level(av.logging.PANIC)  # FFmpeg's own words are ours to say, as InputError


@dataclass(frozen=True, slots=True)
class ClipInfo:
    """What a clip's header says; `frames` and `duration_s` are 0 when it does not say."""

    size_px: tuple[int, int]
    "(width, height) as read_clip gives it: turned upright, cropped to even."
    fps: float
    frames: int
    duration_s: float
    codec: str


def clip_info(path: str | Path) -> ClipInfo:
    """The header of a clip, nothing decoded. Raises InputError."""
    container, stream = _open(Path(path))
    with container:
        fps = float(stream.average_rate or stream.guessed_rate or 0)
        return ClipInfo(
            size_px=(stream.width // 2 * 2, stream.height // 2 * 2),
            fps=fps,
            frames=int(stream.frames),
            duration_s=_stated_s(container, stream),
            codec=str(stream.codec_context.name),
        )


def read_clip(path: str | Path) -> Iterator[Frame]:
    """Every frame of a clip, oldest first, upright, as I420 in BT.601 video range.

    A frame of odd size loses its last row or column; the size may change in mid-stream. Only the frame in
    hand is in memory. Raises InputError before the first frame when the file is no clip, and after the last
    good one when it breaks off or cannot be decoded further.
    """
    container, stream = _open(Path(path))
    with container:
        stream.codec_context.thread_count = 1
        stream.codec_context.options = {"max_pixels": str(PIXELS_MAX)}
        step_s = 1 / float(stream.average_rate or stream.guessed_rate or 30)
        start_s = float(stream.start_time * stream.time_base) if stream.start_time else 0.0
        time_s, count = -step_s, 0
        try:
            for picture in container.decode(stream):
                _check_size(path, picture.width, picture.height)
                stated = picture.time
                time_s = time_s + step_s if stated is None else max(float(stated) - start_s, time_s + 1e-6)
                count += 1
                yield Frame(i420=i420_of(picture), time_s=max(time_s, 0.0))
        except (av.error.FFmpegError, EOFError) as err:
            raise InputError(
                "clip_broken", f"{path} cannot be read beyond frame {count} ({time_s:.2f} s): {_words(err)}."
            ) from err
        if not count:
            raise InputError("clip_empty", f"{path} has a video track but not one picture in it.")
        missing_s = _stated_s(container, stream) - (time_s + step_s)
        if missing_s > _LOSS_S:
            raise InputError(
                "clip_broken",
                f"{path} breaks off after frame {count}: its header states {missing_s:.1f} s more.",
            )


class ClipWriter:
    """An MP4 (H.264, yuv420p) written frame by frame; nothing is kept.

    Frames of another size are fitted in with black bars, for a clip has one size. Raises InputError when the
    file cannot be written.
    """

    def __init__(self, path: str | Path, size_px: tuple[int, int], fps: float, *, crf: int = 18) -> None:
        """`crf`: x264's constant rate factor; 18 looks like the picture itself, 40 like a starved line."""
        if size_px[0] % 2 or size_px[1] % 2 or min(size_px) < 2:
            raise ValueError(f"a clip's size is even: {size_px}")
        self._path, self._size = Path(path), size_px
        try:
            self._path.open("wb").close()  # FFmpeg opens it at the first packet only: say now what is wrong
            self._container = av.open(str(self._path), "w", format="mp4")
            rate = Fraction(fps).limit_denominator(1001)
            stream: Any = self._container.add_stream(_h264(), rate=rate)
            stream.width, stream.height = size_px
            stream.pix_fmt = "yuv420p"
            stream.time_base = _CLOCK
            context = stream.codec_context
            context.time_base = _CLOCK
            context.thread_count = 1
            context.colorspace, context.color_range = ITU601, MPEG
            context.options = {"preset": "veryfast", "crf": str(crf)}
        except (OSError, av.error.FFmpegError, ValueError) as err:
            raise InputError("clip_unwritable", f"{path} cannot be written: {_words(err)}.") from err
        self._stream = stream
        self._first_s: float | None = None
        self._last_pts = -1

    def write(self, frame: Frame) -> None:
        """Append a picture; its time counts from the first one's. Times must grow; raises InputError."""
        if self._first_s is None:
            self._first_s = frame.time_s
        picture = av.VideoFrame.from_numpy_buffer(_fit(frame.i420, self._size), format="yuv420p")
        picture.colorspace, picture.color_range = ITU601, MPEG
        pts = round((frame.time_s - self._first_s) / float(_CLOCK))
        picture.pts = self._last_pts = max(pts, self._last_pts + 1)
        picture.time_base = _CLOCK
        self._mux(picture)

    def close(self) -> None:
        """Finish the file. Closing twice is harmless."""
        if self._stream is None:
            return
        if self._first_s is not None:
            self._mux(None)
        self._stream = None
        try:
            self._container.close()
        except (OSError, av.error.FFmpegError) as err:
            raise InputError("clip_unwritable", f"{self._path} cannot be written: {_words(err)}.") from err

    def _mux(self, picture: Any) -> None:
        try:
            for packet in self._stream.encode(picture):
                self._container.mux(packet)
        except (OSError, av.error.FFmpegError) as err:
            raise InputError("clip_unwritable", f"{self._path} cannot be written: {_words(err)}.") from err

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        if err is None:
            self.close()
        else:  # the first error is the one to tell; what was written so far stays playable if it can
            with suppress(InputError):
                self.close()


def _open(path: Path) -> tuple[Any, Any]:
    """A container and its first video stream, size checked from the header. Raises InputError."""
    if not path.is_file():
        raise InputError("clip_missing", f"There is no file {path}.")
    try:
        container = av.open(str(path.absolute()), options=_GUARDS)
    except (OSError, av.error.FFmpegError, ValueError) as err:
        raise InputError(
            "clip_unreadable",
            f"{path} is not a clip that can be read ({_words(err)}); MP4, WebM or MKV video is expected.",
        ) from err
    if not container.streams.video:
        container.close()
        raise InputError("clip_without_picture", f"{path} has no video track.")
    stream = container.streams.video[0]
    try:
        _check_size(path, stream.width, stream.height)
    except InputError:
        container.close()
        raise
    return container, stream


def _check_size(path: str | Path, width: int, height: int) -> None:
    if width * height > PIXELS_MAX:
        raise InputError(
            "picture_too_large",
            f"{path} has pictures of {width} x {height} pixels; at most {PIXELS_MAX:,} pixels are read.",
        )
    if width < 2 or height < 2:
        raise InputError("clip_unreadable", f"{path} has pictures of {width} x {height} pixels; too small to use.")


def _stated_s(container: Any, stream: Any) -> float:
    if stream.duration:
        return float(stream.duration * stream.time_base)
    return float(container.duration or 0) / 1e6


def _fit(i420: U8, size_px: tuple[int, int]) -> U8:
    """The picture scaled into `size_px` with black bars; itself when it has that size."""
    rows, width = i420.shape
    height = rows * 2 // 3
    if (width, height) == size_px:
        return np.ascontiguousarray(i420)
    share = min(size_px[0] / width, size_px[1] / height)
    new_w, new_h = (
        max(2, min(int(side * share) // 2 * 2, limit)) for side, limit in zip((width, height), size_px, strict=True)
    )
    x, y = (size_px[0] - new_w) // 4 * 2, (size_px[1] - new_h) // 4 * 2
    planes = []
    for plane, part, ground in zip(split_planes(i420), (1, 2, 2), (16, 128, 128), strict=True):
        whole = np.full((size_px[1] // part, size_px[0] // part), ground, np.uint8)
        scaled = cv2.resize(plane, (new_w // part, new_h // part), interpolation=cv2.INTER_AREA)
        whole[y // part : (y + new_h) // part, x // part : (x + new_w) // part] = scaled
        planes.append(whole)
    return join_planes(*planes)


def _h264() -> str:
    for name in ("libx264", "h264", "libopenh264", "mpeg4"):
        if name in av.codecs_available:
            with suppress(av.error.FFmpegError, ValueError):
                av.Codec(name, "w")
                return name
    raise InputError("clip_unwritable", "This FFmpeg has no H.264 or MPEG-4 encoder.")


def _words(err: BaseException) -> str:
    """An error's own words without a file name in them."""
    return str(getattr(err, "strerror", None) or err or type(err).__name__)
