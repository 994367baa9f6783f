"""Long clips and the doctor."""

from __future__ import annotations

import json
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np
import psutil
import pytest

from tryon import doctor, jobs
from tryon.errors import InputError
from tryon.geometry.camera import given_camera
from tryon.media.clips import ClipWriter, clip_info, read_clip
from tryon.picture import frame_from_rgb
from tryon.pieces.catalogue import Catalogue
from tryon.session import open_session
from tryon.settings import load
from tryon.types import Frame, Scale


def long_clip(clip: Path, path: Path, times: int) -> Path:
    """The clip, over and over."""
    info = clip_info(clip)
    with ClipWriter(path, size_px=(640, 360), fps=info.fps) as writer:
        time_s = 0.0
        for _ in range(times):
            for frame in read_clip(clip):
                writer.write(Frame(frame.i420, time_s))
                time_s += 1 / info.fps
    return path


def test_video_does_not_grow_with_the_clip(clip: Path, tmp_path: Path) -> None:
    catalogue = Catalogue(load({}).pieces_folder)
    session = open_session(load({}))
    session.wear((catalogue.model("ondine"),))
    path = long_clip(clip, tmp_path / "long.mp4", 5)
    memory: list[int] = []

    def progress(done: int, of: int) -> None:
        if done % 60 == 0:
            memory.append(psutil.Process().memory_info().rss)

    summary = jobs.video(session, path, tmp_path / "out.mp4", report=tmp_path / "out.jsonl", progress=progress)
    session.close()

    assert summary["frames"] == 300
    assert summary["tracked"] > 295
    assert memory[-1] - memory[1] < 25e6, memory
    assert not list(tmp_path.glob(".*partial*"))


def test_a_card_in_a_clip_sizes_her_from_its_first_frame_on(groundtruth: Path) -> None:
    """Drawn as far away as she is; by her irises alone, 3 % broader than most people's, she would be nearer."""
    path = groundtruth / "bea-turn-card.mp4"
    true = json.loads(path.with_suffix(".json").read_text())
    camera_of = partial(given_camera, true["camera"]["focal_px"])
    frames = list(islice(read_clip(path), 45))

    def drawn(source: str | None) -> tuple[Scale | None, float]:
        """What her size rests on, and how far she is off on the very first frame, relative."""
        found = jobs.sized(load({}), frames, camera_of=camera_of, source=source)
        session = open_session(load({}), camera_of=camera_of)
        try:
            session.take(found.scale)
            shown = session.step(frames[0])
        finally:
            session.close()
        assert shown.head is not None
        assert found.scale is not None
        assert shown.scale is not None
        assert shown.scale.mm_per_unit == pytest.approx(found.scale.mm_per_unit)
        away = shown.head.camera_from_head[2, 3] / np.array(true["per_frame"][0]["camera_from_head"])[2, 3]
        return found.scale, float(away - 1)

    fused, off = drawn(None)
    assert fused is not None
    assert fused.source == "fused"
    assert abs(off) < 0.015
    by_iris, far_off = drawn("iris")
    assert by_iris is not None
    assert by_iris.source == "iris"
    assert by_iris.std > 2 * fused.std
    assert abs(far_off) > abs(off)


def test_one_picture_of_several_with_a_card_sizes_her_too(groundtruth: Path) -> None:
    path = groundtruth / "bea-turn-card.mp4"
    true = json.loads(path.with_suffix(".json").read_text())
    camera_of = partial(given_camera, true["camera"]["focal_px"])
    without = next(iter(read_clip(groundtruth / "bea-mirror.mp4")))
    pictures = [*islice(read_clip(path), 1), Frame(without.i420, 1.0), Frame(without.i420, 2.0)]
    found = jobs.sized(load({}), pictures, camera_of=camera_of, source="card", stills=True)
    assert found.scale is not None
    assert found.scale.source == "card"
    pupils = found.measurements["interpupillary_distance"]
    assert abs(pupils.value_mm - true["person_measures_mm"]["interpupillary_distance"]) < 2 * pupils.std_mm


def test_what_was_drawn_before_a_clip_breaks_off_is_kept(clip: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mkv"
    import av

    with av.open(str(clip)) as given, av.open(str(broken), "w", format="matroska") as out:
        stream = out.add_stream_from_template(given.streams.video[0])
        for packet in given.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    data = broken.read_bytes()
    broken.write_bytes(data[: int(len(data) * 0.6)])
    session = open_session(load({}))
    session.wear((Catalogue(load({}).pieces_folder).model("ondine"),))
    with pytest.raises(InputError, match=r"frames before that are in .*out\.mp4"):
        jobs.video(session, broken, tmp_path / "out.mp4", report=tmp_path / "out.jsonl")
    session.close()
    kept = sum(1 for _ in read_clip(tmp_path / "out.mp4"))
    lines = [json.loads(line) for line in (tmp_path / "out.jsonl").read_text().splitlines()]
    assert 10 < kept < 60
    assert lines[-1]["summary"]["frames"] == kept == len(lines) - 1


def test_an_odd_size_is_drawn_all_the_same(clip: Path, tmp_path: Path) -> None:
    """A picture of 641 x 479 loses a column and a row, nothing else."""
    rgb = np.full((479, 641, 3), 100, np.uint8)
    assert frame_from_rgb(rgb, 0.0).size_px == (640, 478)


def test_the_doctor_finds_all_well(tmp_path: Path) -> None:
    findings = doctor.examine(load({}, port=0, data=str(tmp_path / "var")))
    assert [finding for finding in findings if not finding.works] == []
    assert {finding.what for finding in findings} >= {"drawing", "tracking", "VP8", "catalogue", "HTTP port"}


def test_the_doctor_says_what_is_wrong_and_goes_on(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("in the way")
    settings = load({}, port=0, data=str(tmp_path / "var"), assets=str(tmp_path / "nowhere"))
    wrong = {finding.what: finding.detail for finding in doctor.examine(settings) if not finding.works}
    assert set(wrong) == {"catalogue", "database", "records"}
    assert "There is no catalogue" in wrong["catalogue"]
