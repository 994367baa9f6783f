"""Clips in and out: sizes, times, and what is not a clip."""

from __future__ import annotations

import shutil
import tracemalloc
from pathlib import Path

import av
import numpy as np
import pytest

from tryon.errors import InputError
from tryon.geometry.planes import join_planes, split_planes
from tryon.media.clips import ClipWriter, clip_info, read_clip
from tryon.types import U8, Frame


def picture(level: int, size: tuple[int, int] = (64, 48)) -> U8:
    """A grey I420 picture with a black left half."""
    width, height = size
    luma = np.full((height, width), level, np.uint8)
    luma[:, : width // 2] = 16
    grey = np.full((height // 2, width // 2), 128, np.uint8)
    return join_planes(luma, grey, grey)


def write(path: Path, levels: list[int], size: tuple[int, int] = (64, 48), fps: float = 25) -> Path:
    with ClipWriter(path, size, fps) as clip:
        for i, level in enumerate(levels):
            clip.write(Frame(i420=picture(level, size), time_s=5 + i / fps))
    return path


def test_planes_survive_joining_and_splitting() -> None:
    rng = np.random.default_rng(1)
    planes = [rng.integers(0, 255, shape, np.uint8) for shape in ((6, 10), (3, 5), (3, 5))]
    for got, put in zip(split_planes(join_planes(*planes)), planes, strict=True):
        np.testing.assert_array_equal(got, put)


def test_what_is_written_is_read_back_with_its_times(tmp_path: Path) -> None:
    levels = list(range(40, 220, 6))
    path = write(tmp_path / "a.mp4", levels)
    frames = list(read_clip(path))
    assert [f.size_px for f in frames] == [(64, 48)] * len(levels)
    assert [f.time_s for f in frames] == pytest.approx([i / 25 for i in range(len(levels))], abs=1e-4)
    for frame, level in zip(frames, levels, strict=True):
        luma = split_planes(frame.i420)[0]
        assert abs(float(luma[8:40, 40:60].mean()) - level) < 4
        assert float(luma[8:40, 4:24].mean()) < 22
    info = clip_info(path)
    assert (info.size_px, info.codec, info.frames) == ((64, 48), "h264", len(levels))
    assert info.fps == pytest.approx(25)
    assert info.duration_s == pytest.approx(len(levels) / 25, abs=0.1)


def test_a_frame_of_another_size_is_fitted_in(tmp_path: Path) -> None:
    with ClipWriter(tmp_path / "a.mp4", (64, 48), 30) as clip:
        clip.write(Frame(i420=picture(200), time_s=0.0))
        clip.write(Frame(i420=picture(200, (48, 96)), time_s=0.1))
    first, second = read_clip(tmp_path / "a.mp4")
    assert first.size_px == second.size_px == (64, 48)
    luma = split_planes(second.i420)[0]
    assert luma[:, :16].max() < 24  # bar
    assert luma[:, 34:40].min() > 150  # the picture's bright half


def mixed_stream(path: Path) -> None:
    """An MPEG-TS whose picture changes from 64x48 to 96x64 in mid-stream."""
    with path.open("wb") as out:
        for size in ((64, 48), (96, 64)):
            part = path.with_suffix(f".{size[0]}.m2v")
            with av.open(str(part), "w", format="mpeg2video") as container:
                stream = container.add_stream("mpeg2video", rate=25)
                stream.width, stream.height = size
                for _ in range(5):
                    container.mux(stream.encode(av.VideoFrame.from_numpy_buffer(picture(120, size), "yuv420p")))
                container.mux(stream.encode(None))
            out.write(part.read_bytes())


def test_the_size_may_change_in_mid_stream(tmp_path: Path) -> None:
    mixed_stream(tmp_path / "a.m2v")
    sizes = [frame.size_px for frame in read_clip(tmp_path / "a.m2v")]
    assert sizes[:4] == [(64, 48)] * 4
    assert sizes[-5:] == [(96, 64)] * 5  # the frame at the seam may be lost: the first stream has no end mark


def test_odd_sizes_lose_their_last_row_and_column(tmp_path: Path) -> None:
    path = tmp_path / "odd.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 33, 25, "yuv420p"
        rgb = np.full((25, 33, 3), 200, np.uint8)
        container.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24").reformat(format="yuv420p")))
        container.mux(stream.encode(None))
    (frame,) = read_clip(path)
    assert frame.size_px == (32, 24) == clip_info(path).size_px
    luma, blue, red = split_planes(frame.i420)
    np.testing.assert_allclose(luma, 188, atol=2)
    np.testing.assert_allclose([blue, red], 128, atol=2)


def test_other_colour_codings_become_bt601_video_range(tmp_path: Path) -> None:
    path = tmp_path / "full.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=10)
        stream.width, stream.height, stream.pix_fmt = 32, 32, "yuvj420p"
        white = np.full((48, 32), 128, np.uint8)
        white[:32] = 255
        container.mux(stream.encode(av.VideoFrame.from_numpy_buffer(white, "yuvj420p")))
        container.mux(stream.encode(None))
    (frame,) = read_clip(path)
    np.testing.assert_allclose(split_planes(frame.i420)[0], 235, atol=2)


@pytest.mark.parametrize("share", [0.3, 0.7, 0.95])
def test_a_truncated_clip_gives_what_it_has_and_then_says_so(tmp_path: Path, share: float) -> None:
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=5)
        stream.width, stream.height = 64, 48
        noise = np.random.default_rng(2)
        for _ in range(60):
            plane = noise.integers(16, 235, (72, 64), np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_numpy_buffer(plane, "yuv420p")))
        container.mux(stream.encode(None))
    whole = path.read_bytes()
    path.write_bytes(whole[: int(len(whole) * share)])
    seen: list[float] = []
    with pytest.raises(InputError, match=r"beyond frame|breaks off") as caught:
        seen.extend(frame.time_s for frame in read_clip(path))
    assert caught.value.reason == "clip_broken"
    assert 10 <= len(seen) < 60


def test_a_truncated_mp4_cannot_be_opened(tmp_path: Path) -> None:
    path = write(tmp_path / "a.mp4", [100] * 50)
    path.write_bytes(path.read_bytes()[:-1500])
    with pytest.raises(InputError) as caught:
        list(read_clip(path))
    assert caught.value.reason in ("clip_unreadable", "clip_broken")


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "clip_unreadable"),
        (b"not a clip at all" * 100, "clip_unreadable"),
        (b"#EXTM3U\n#EXTINF:1,\nother.mp4\n#EXT-X-ENDLIST\n", "clip_unreadable"),
        (b"ffconcat version 1.0\nfile other.mp4\n", "clip_unreadable"),
    ],
    ids=["empty", "words", "playlist", "concat"],
)
def test_what_is_no_clip_is_refused(tmp_path: Path, content: bytes, reason: str) -> None:
    write(tmp_path / "other.mp4", [100] * 3)
    (tmp_path / "a.mp4").write_bytes(content)
    with pytest.raises(InputError) as caught:
        list(read_clip(tmp_path / "a.mp4"))
    assert caught.value.reason == reason
    assert "a.mp4" in caught.value.detail


def test_a_missing_file_and_a_clip_without_picture_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file"):
        clip_info(tmp_path / "none.mp4")
    with av.open(str(tmp_path / "a.wav"), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=8000)
        sound = av.AudioFrame.from_ndarray(np.zeros((1, 800), np.int16), layout="mono")
        sound.sample_rate = 8000
        container.mux(stream.encode(sound))
    with pytest.raises(InputError, match="no video"):
        clip_info(tmp_path / "a.wav")


def test_a_bomb_is_refused_before_it_is_decoded(tmp_path: Path) -> None:
    path = tmp_path / "bomb.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuvj420p"
        for _ in range(3):
            container.mux(stream.encode(av.VideoFrame.from_numpy_buffer(picture(99), "yuvj420p")))
        container.mux(stream.encode(None))
    data = path.read_bytes()
    small = b"\xff\xc0\x00\x11\x08" + (48).to_bytes(2, "big") + (64).to_bytes(2, "big")
    huge = small[:5] + (12_000).to_bytes(2, "big") * 2
    assert small in data  # a JPEG's own header, in the stream: the container still says 64 x 48
    path.write_bytes(data.replace(small, huge))
    with pytest.raises(InputError):
        list(read_clip(path))


def test_a_long_clip_takes_no_more_memory(tmp_path: Path) -> None:
    one = write(tmp_path / "one.mp4", [90] * 40, (320, 240))
    peaks = []
    for frames in (20, 400):
        tracemalloc.start()
        with ClipWriter(tmp_path / "out.mp4", (320, 240), 25) as clip:
            count = 0
            while count < frames:
                for frame in read_clip(one):
                    clip.write(Frame(i420=frame.i420, time_s=count / 25))
                    count += 1
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < peaks[0] + 3 * 320 * 240 * 1.5


def test_a_clip_that_cannot_be_written_says_so(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        ClipWriter(tmp_path / "no" / "folder" / "a.mp4", (64, 48), 30)
    assert caught.value.reason == "clip_unwritable"
    shutil.rmtree(tmp_path)
