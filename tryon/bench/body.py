"""Neck, hands and what is worn on them, against clips with known answers; and what a set costs over its trackers."""

from __future__ import annotations

import json
import time
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from tryon.bench.rows import Row
from tryon.body.neck import base_of
from tryon.fit.drape import drop_mm, length_of, settle
from tryon.geometry.camera import given_camera, project
from tryon.media.clips import clip_info, read_clip
from tryon.media.encoder import CLOCK, Vp8Encoder
from tryon.picture import rgb_from_frame
from tryon.pieces.catalogue import Catalogue
from tryon.session import open_session
from tryon.settings import Settings
from tryon.track import hands as hand_models
from tryon.track import shoulders
from tryon.track.face import FaceTracker
from tryon.types import F64, Shown

NECKLACE, RING, CROWN = "stella", "alba", "aurora"
INCHES = (16, 18, 20, 22, 24)
TURN, WARM = 30, 60


def body(settings: Settings, folder: Path) -> list[Row]:
    """Every row of neck and hands, with the true focal length of each clip."""
    clips = [(path, json.loads(path.read_text())) for path in sorted(folder.glob("*.json"))]
    heads = [(path, truth) for path, truth in clips if "suprasternal" in truth["per_frame"][0]["points_mm"]]
    hands = [(path, truth) for path, truth in clips if "camera_from_hand" in truth["per_frame"][0]]
    rows = _necks(settings, heads) + (_hands(settings, hands) if hands else [])
    clip = next((path.with_suffix(".mp4") for path, _ in heads if path.stem == "ana-mirror"), None)
    return rows + ([] if clip is None else _costs(settings, clip))


def _worn(settings: Settings, clip: Path, truth: dict[str, Any], ids: tuple[str, ...]) -> list[Shown]:
    catalogue = Catalogue(settings.pieces_folder)
    camera_of = partial(given_camera, truth["camera"]["focal_px"])
    session = open_session(settings, camera_of=camera_of, patient=True)
    session.wear(tuple(catalogue.model(id) for id in ids))
    try:
        return [session.step(frame) for frame in read_clip(clip)]
    finally:
        session.close()


def _necks(settings: Settings, clips: list[tuple[Path, dict[str, Any]]]) -> list[Row]:
    shares: list[float] = []
    notes: list[str] = []
    drops: dict[str, float] = {}
    stretch, jitter = 0.0, []
    length = Catalogue(settings.pieces_folder).piece(NECKLACE).size.chain_length_mm
    for path, truth in clips:
        clip, focal_px = path.with_suffix(".mp4"), truth["camera"]["focal_px"]
        circumference = truth["person_measures_mm"]["neck_circumference"]
        camera = given_camera(focal_px, clip_info(clip).size_px)
        here, poses = [], []
        for shown, true in zip(_worn(settings, clip, truth, (NECKLACE,)), truth["per_frame"], strict=True):
            if shown.neck is None or NECKLACE not in shown.pieces:
                continue
            at = project(shown.neck.camera_from_neck[None, :3, 3], camera)[0]
            away_px = float(np.linalg.norm(at - true["points_px"]["suprasternal"]))
            here.append(away_px * true["points_mm"]["suprasternal"][2] / focal_px / (circumference / np.pi))
            links = shown.pieces[NECKLACE].links
            assert links is not None
            stretch = max(stretch, abs(length_of(links[:, :3, 3]) / length - 1))
            poses.append((shown.pieces[NECKLACE].camera_from_piece @ links[0])[:3, 3])
            last = shown.neck.shape
        if not here:
            notes.append(f"{truth['clip']} never")
            continue
        shares += here
        notes.append(f"{truth['clip']} {100 * np.median(here):.0f}")
        if truth["motion"] == "still":
            jitter.append(_scatter(np.array(poses)))
        rule = [(inch * 25.4 - base_of(circumference)) / 2 for inch in INCHES]
        hung = [drop_mm(settle(inch * 25.4, last)) for inch in INCHES]
        drops[truth["clip"]] = float(np.median(np.abs(np.subtract(hung, rule))))
    each = "  ".join(f"{name} {away:.0f}" for name, away in drops.items())
    rows = [
        Row(
            "pit of the neck, reprojection, median",
            100 * float(np.median(shares)),
            "% of neck width",
            15,
            7,
            note="  ".join(notes),
        ),
        Row("drawn chain's length against its own, worst", 100 * stretch, "%", 1, 0.3),
        Row(
            "drop against the rule, 16 to 24 in, median", float(np.median(list(drops.values()))), "mm", 12, 6, note=each
        ),
    ]
    if jitter:
        rows.append(Row("jitter of a still necklace", float(np.mean(jitter)), "mm", 1.0, 0.4))
    return rows


def _scatter(places: F64) -> float:
    return float(np.sqrt(((places - places.mean(axis=0)) ** 2).sum(axis=1).mean()))


def _hands(settings: Settings, clips: list[tuple[Path, dict[str, Any]]]) -> list[Row]:
    found = frames = 0
    beside: list[float] = []
    along: list[float] = []
    trembles: list[float] = []
    for path, truth in clips:
        clip, focal_px = path.with_suffix(".mp4"), truth["camera"]["focal_px"]
        side = "left" if "wrist_left" in truth["per_frame"][0]["points_mm"] else "right"
        width_mm = truth["person_measures_mm"][f"finger_circumference_ring_{side}"] / np.pi
        camera = given_camera(focal_px, clip_info(clip).size_px)
        offsets = []
        for shown, true in zip(_worn(settings, clip, truth, (RING,)), truth["per_frame"], strict=True):
            frames += 1
            found += any(hand.side == side for hand in shown.hands)
            if RING not in shown.pieces:
                continue
            place = shown.pieces[RING].camera_from_piece[:3, 3]
            at = project(place[None], camera)[0]
            base, joint = (np.array(true["points_px"][f"ring_{point}_{side}"]) for point in ("mcp", "pip"))
            bone = float(np.linalg.norm(joint - base))
            axis, away = (joint - base) / bone, at - base
            mm_per_px = true["points_mm"][f"ring_mcp_{side}"][2] / focal_px
            beside.append(abs(float(axis[0] * away[1] - axis[1] * away[0])) * mm_per_px / width_mm)
            along.append(float(away @ axis) / bone)
            offsets.append(away * mm_per_px)
        steps = np.diff(np.array(offsets), axis=0)
        # a moving hand's ring against its true finger: what a frame adds to the last, as scatter of one frame
        trembles.append(float(np.median(np.linalg.norm(steps, axis=1))) / 2**0.5)
    low, high = np.percentile(along, [2.5, 97.5])
    return [
        Row("hand clips: frames tracked", 100 * found / frames, "%", 95, 99, more_is_better=True),
        Row("ring beside the finger's axis, median", 100 * float(np.median(beside)), "% of finger width", 20, 8),
        Row(
            "ring's place along the phalanx, median",
            float(np.median(along)),
            "of it",
            note=f"95 % of frames {low:.2f} to {high:.2f}; asked 0.40 to 0.85, aim 0.55 to 0.75",
        ),
        Row("ring against its moving finger, frame to frame", float(np.mean(trembles)), "mm", 0.8, 0.3),
    ]


def _costs(settings: Settings, clip: Path) -> list[Row]:
    """A set's frame over decode, encode and each of its trackers once a frame; they take turns in one run."""
    rows = []
    for ids, hands in (((CROWN, NECKLACE), False), ((CROWN, NECKLACE, RING), True)):
        runs = (_full(settings, clip, ids), _floor(settings, clip, hands))
        for run in runs:
            for _ in islice(run, WARM):
                pass
        full: list[float] = []
        floor: list[float] = []
        for _ in range((clip_info(clip).frames - WARM) // TURN):
            for run, turns in zip(runs, (full, floor), strict=True):
                start = time.process_time()
                for _ in islice(run, TURN):
                    pass
                turns.append((time.process_time() - start) / TURN * 1e3)
        for run in runs:
            run.close()
        ratio = float(np.median(np.divide(full, floor)))
        note = f"{np.median(full):.1f} over {np.median(floor):.1f} CPU-ms"
        rows.append(Row(f"720p {' + '.join(ids)} over the floor", ratio, "x", 2.0, 1.2, note=note))
    return rows


def _full(settings: Settings, clip: Path, ids: tuple[str, ...]) -> Any:
    catalogue = Catalogue(settings.pieces_folder)
    session, encoder = open_session(settings), Vp8Encoder(settings.video_kbps)
    session.wear(tuple(catalogue.model(id) for id in ids))
    try:
        for frame in read_clip(clip):
            encoder.encode(session.step(frame).frame.i420, round(frame.time_s * CLOCK), key=False)
            yield
    finally:
        session.close()


def _floor(settings: Settings, clip: Path, hands: bool) -> Any:
    encoder, face = Vp8Encoder(settings.video_kbps), FaceTracker()
    others = [shoulders.open_model(), *([hand_models.open_model()] if hands else [])]
    try:
        for frame in read_clip(clip):
            face.track(frame)
            for model in others:
                model.process(rgb_from_frame(frame))
            encoder.encode(frame.i420, round(frame.time_s * CLOCK), key=False)
            yield
    finally:
        face.close()
        for model in others:
            model.close()
