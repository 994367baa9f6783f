"""The command line as its users call it: files in, files out, one clear line when something is wrong."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.board import Studio
from tests.command import ROOT, tryon
from tryon.media.clips import clip_info, read_clip
from tryon.picture import read_picture, rgb_from_frame
from tryon.types import Camera


def refused(reason: str, *arguments: str | Path) -> str:
    """The one line that a refused call says."""
    done = tryon(*arguments)
    assert done.returncode != 0
    lines = [line for line in done.stderr.splitlines() if line.startswith("tryon:")]
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert reason in lines[0]
    return lines[0]


@pytest.fixture(scope="module")
def head_piece() -> str:
    """Id of a tiara in the catalogue."""
    for line in tryon("pieces", "list").stdout.splitlines():
        id, kind, _ = line.split("\t")
        if kind == "tiara":
            return id
    raise AssertionError("no tiara in the catalogue")


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, clip: Path) -> Path:
    """The clip's first frame as a picture."""
    path = tmp_path_factory.mktemp("still") / "still.png"
    rgb = rgb_from_frame(next(iter(read_clip(clip))))
    cv2.imwrite(str(path), rgb[..., ::-1])
    return path


def test_pieces_are_listed_one_line_each() -> None:
    whole = subprocess.run(
        [sys.executable, "-m", "tryon", "pieces", "list"], capture_output=True, text=True, cwd=ROOT, check=True
    )
    lines = tryon("pieces", "list").stdout.splitlines()

    assert lines == whole.stdout.splitlines(), "the program itself, and as the tests call it"
    assert len(lines) >= 8
    assert all(len(line.split("\t")) == 3 for line in lines)


def test_video_draws_every_frame_and_reports_it(clip: Path, truth: dict, head_piece: str, tmp_path: Path) -> None:
    out, report = tmp_path / "out.mp4", tmp_path / "out.jsonl"

    focal_px = truth["camera"]["focal_px"]
    done = tryon("video", clip, "--piece", head_piece, "--out", out, "--report", report, "--focal-px", str(focal_px))

    assert done.returncode == 0, done.stderr
    *lines, last = [json.loads(line) for line in report.read_text().splitlines()]
    assert clip_info(out).size_px == (1280, 720)
    assert sum(1 for _ in read_clip(out)) == len(lines) == last["summary"]["frames"] == truth["frames"]
    assert last["summary"]["tracked"] == truth["frames"]
    assert last["summary"]["scale"]["source"] == "iris"
    pupils = last["summary"]["measurements"]["interpupillary_distance"]
    assert abs(pupils["value_mm"] - truth["person_measures_mm"]["interpupillary_distance"]) < pupils["u95_mm"]
    for line, true in zip(lines, truth["per_frame"], strict=True):
        assert set(line["stages_ms"]) == {"track", "body", "fit", "render", "blend"}
        assert line["pieces"][head_piece]["visible"]
        found = np.array(line["head"]["camera_from_head"])
        assert np.allclose(found[:3, :3].T @ found[:3, :3], np.eye(3), atol=1e-4)
        shift_px = np.subtract(line["points_px"]["nose_tip"], true["points_px"]["nose_tip"])
        assert np.hypot(*shift_px) < 15, f"frame {line['frame']}"


def test_photo_draws_the_piece_above_the_eyes_and_nowhere_else(still: Path, head_piece: str, tmp_path: Path) -> None:
    out = tmp_path / "out.png"

    done = tryon("photo", still, "--piece", head_piece, "--out", out)

    assert done.returncode == 0, done.stderr
    changed = np.abs(read_picture(out).astype(int) - read_picture(still)).max(axis=2) > 40
    rows = np.flatnonzero(changed.sum(axis=1) > 3)
    assert changed.sum() > 1500, "a tiara is there"
    assert rows.min() > 60
    assert rows.max() < 345, "nothing is drawn below the brows"


def test_a_photo_is_drawn_at_the_size_that_is_asked_for(still: Path, head_piece: str, tmp_path: Path) -> None:
    def rows_of(scale: str) -> tuple[int, str]:
        out = tmp_path / "sized.png"
        done = tryon("photo", still, "--piece", head_piece, "--out", out, "--scale", scale)
        assert done.returncode == 0, done.stderr
        changed = np.abs(read_picture(out).astype(int) - read_picture(still)).max(axis=2) > 40
        return int((changed.sum(axis=0) > 1).sum()), done.stderr

    small, _ = rows_of("pd:50:optician")
    large, _ = rows_of("pd:70:optician")
    assert small > 1.15 * large, "on a smaller head the same tiara is broader"
    _, said = rows_of("marker")
    assert "marker_not_seen" in said


def test_bad_input_is_one_clear_line(clip: Path, still: Path, head_piece: str, tmp_path: Path) -> None:
    out = tmp_path / "out.png"
    text = tmp_path / "notes.png"
    text.write_text("this is no picture")
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(clip.read_bytes()[:3000])
    empty = tmp_path / "wall.png"
    cv2.imwrite(str(empty), np.full((480, 640, 3), 90, np.uint8))

    refused("piece_unknown", "photo", still, "--piece", "no-such", "--out", out)
    refused("picture", "photo", text, "--piece", head_piece, "--out", out)
    refused("picture", "photo", tmp_path / "missing.png", "--piece", head_piece, "--out", out)
    refused("face_not_found", "photo", empty, "--piece", head_piece, "--out", out)
    refused("clip", "video", cut, "--piece", head_piece, "--out", tmp_path / "out.mp4")
    refused("clip", "video", text, "--piece", head_piece, "--out", tmp_path / "out.mp4")
    refused("focal_impossible", "photo", still, "--piece", head_piece, "--out", out, "--focal-px", "3")
    refused("camera_unreadable", "photo", still, "--piece", head_piece, "--out", out, "--camera", text)
    refused("scale_unknown", "photo", still, "--piece", head_piece, "--out", out, "--scale", "moon")
    refused("given_impossible", "video", clip, "--piece", head_piece, "--out", out, "--scale", "pd:6.2:optician")
    refused("rules_unknown", "measure", clip, "--json", out, "--rules", "nobody")
    refused("", "measure", clip, "--json", out, "--planned-hair", "mohawk")
    refused("", "photo", still, "--out", out)
    assert not out.exists()


def test_a_camera_is_calibrated_from_pictures_and_then_used(
    clip: Path, still: Path, head_piece: str, tmp_path: Path
) -> None:
    true = Camera(np.array([[500.0, 0, 319.5], [0, 500, 179.5], [0, 0, 1]]), (640, 360), 0, "given")
    pictures = [tmp_path / f"{number}.png" for number in range(12)]
    for path, picture in zip(pictures, Studio(true, np.random.default_rng(1)).session(12), strict=True):
        cv2.imwrite(str(path), picture)
    out = tmp_path / "camera.toml"

    refused("views_too_few", "calibrate", "camera", *pictures[:5], "--out", out)
    assert not out.exists()
    done = tryon("calibrate", "camera", *pictures, "--out", out, "--date", "2026-11-22")

    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("640 x 360: focal length 500.")
    values = tomllib.loads(out.read_text())
    assert abs(values["fx"] / 500 - 1) < 3 * values["focal_std"] < 0.01
    assert str(values["made_on"]) == "2026-11-22"
    drawn = tmp_path / "drawn.png"
    used = tryon("photo", still, "--piece", head_piece, "--out", drawn, "--camera", out)
    assert used.returncode == 0, used.stderr
    assert drawn.exists()
    narrow = tmp_path / "narrow.png"
    cv2.imwrite(str(narrow), cv2.imread(str(still))[:, 160:1120])
    refused("camera_other_shape", "photo", narrow, "--piece", head_piece, "--out", drawn, "--camera", out)


def test_what_is_known_is_asked_back_where_it_slipped(clip: Path, tmp_path: Path) -> None:
    out = tmp_path / "her.json"
    line = refused("given_impossible", "measure", clip, "--json", out, "--known", "head_circumference=5.6,5.63")
    assert "Did you mean" in line
    assert "560 mm" in line
    refused("given_impossible", "measure", clip, "--json", out, "--scale", "pd:6.2:optician")
    refused("given_twice", "measure", clip, "--json", out, "--scale", "pd:62", "--known", "interpupillary_distance=62")
    refused("given_unknown", "measure", clip, "--json", out, "--known", "shoe_size=38")
    refused("folder_missing", "measure", clip, "--json", tmp_path / "none" / "her.json")
    refused("file_unwritable", "measure", clip, "--json", tmp_path)
    refused("folder_missing", "calibrate", "camera", clip, "--out", tmp_path / "none" / "camera.toml")
    refused("scale_unknown", "measure", clip, "--json", out, "--scale", "moon")
    assert not out.exists()


def test_the_sheets_are_written(tmp_path: Path) -> None:
    for name, options in (("board", ()), ("small", ("--square-mm", "20")), ("marker", ("--marker",))):
        out = tmp_path / f"{name}.pdf"
        assert tryon("calibrate", "board", *options, "--out", out).returncode == 0
        assert out.read_bytes().startswith(b"%PDF-")
    out = tmp_path / "none.pdf"
    refused("square_impossible", "calibrate", "board", "--square-mm", "40", "--out", out)
    refused("square_of_marker", "calibrate", "board", "--marker", "--square-mm", "20", "--out", out)
    refused("file_unwritable", "calibrate", "board", "--out", tmp_path / "none" / "board.pdf")
    assert not out.exists()


def test_paper_bands_are_printed_and_a_bad_laid_ring_is_one_line(tmp_path: Path, still: Path) -> None:
    assert tryon("calibrate", "bands", "--out", tmp_path / "bands.pdf").returncode == 0
    assert (tmp_path / "bands.pdf").read_bytes().startswith(b"%PDF")
    told = tmp_path / "her.json"
    refused("ring_unreadable", "measure", still, "--json", told, "--laid-ring", f"thumb:{still}")
    assert "bank card" in refused("ring_no_card", "measure", still, "--json", told, "--laid-ring", f"ring:{still}")
    assert not told.exists()


def test_a_fit_card_is_made_from_measures(tmp_path: Path) -> None:
    measures = ROOT / "tests" / "data" / "measures.json"
    before = measures.read_bytes()
    out, csv = tmp_path / "fit.pdf", tmp_path / "fit.csv"

    done = tryon("fitcard", measures, "--piece", "noor", "--out", out, "--csv", csv, "--date", "2026-11-22")

    assert done.returncode == 0, done.stderr
    assert out.read_bytes().startswith(b"%PDF-")
    assert "card,date,,,,,,,2026-11-22" in csv.read_text()
    assert measures.read_bytes() == before
    other = tmp_path / "other.pdf"
    refused("order_too_long", "fitcard", measures, "--piece", "noor", "--out", other, "--order", 61 * "x")
    refused("measures_unreadable", "fitcard", out, "--piece", "noor", "--out", other)
    refused("piece_unknown", "fitcard", measures, "--piece", "no-such", "--out", other)
    refused("piece_not_judged", "fitcard", measures, "--piece", "regina", "--out", other)
    assert not other.exists()


def test_a_picture_bomb_is_refused_by_its_header(tmp_path: Path, head_piece: str) -> None:
    """A PNG that says 20000 x 20000 is refused before a pixel is unpacked."""
    from PIL import Image

    bomb = tmp_path / "bomb.png"
    Image.new("1", (20_000, 20_000)).save(bomb)

    line = refused("picture_too_large", "photo", bomb, "--piece", head_piece, "--out", tmp_path / "out.png")

    assert "20000 x 20000" in line
