"""Tracking against clips with known answers: the pose that a piece is drawn with, beside the truth of each frame."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from tryon.bench.rows import Row
from tryon.body.head import HeadSolver
from tryon.body.model import load_head_model
from tryon.geometry.camera import given_camera, prior_camera, project
from tryon.geometry.planes import split_planes
from tryon.geometry.rigid import angle_rad, transform, vector_from_rotation
from tryon.media.clips import clip_info, read_clip
from tryon.track.face import FaceTracker
from tryon.track.outline import OutlineTracker
from tryon.types import F32, F64, U8, Camera, HeadPose, Landmarks

YAW_MAX_RAD = np.radians(35)
ASIDE_RAD, WILD_RAD = np.radians(45), np.radians(25)
"""Turned so far a face is hard to tell from a cheek; a piece that is turned by so much more than she is hangs in the
air."""
LEARNT_FRAMES = 96
"The size is learnt in her first 45 looks straight ahead, the outline in a second or two."
NAMES = ("tragion_left", "tragion_right", "vertex", "glabella")
CROWN_POINTS = np.array([[0.0, 115.0, 50.0], [75.0, 60.0, 0.0], [-75.0, 60.0, 0.0], [0.0, 150.0, 20.0]])
"(4, 3) mm, head: where a tiara's front, ends and top are: jitter is that of the drawn piece."


@dataclass(slots=True)
class Seen:
    """One clip: what was found and what is true, frame by frame."""

    truth: dict[str, Any]
    camera: Camera
    "The one it was solved with: what is found is drawn with it."
    true_pose: F64
    "(f, 4, 4)"
    poses: list[HeadPose | None] = field(default_factory=list)


@dataclass(slots=True)
class Recorded:
    """One clip's landmarks, tracked once and solved for every camera."""

    truth: dict[str, Any]
    size_px: tuple[int, int]
    frames: list[tuple[float, Landmarks | None, F32 | None, U8 | None]]
    "Time, landmarks, and of some of the first frames the person mask and the brightness that the solver learns by."


def tracking(clips: Path, *, assets: Path) -> list[Row]:
    """The tracking rows: with the true focal length, then without any (a wide prior; 1.5 times as large may do).

    The shipped model was made from these very people; assets/head/validate.py gives the figures for people left out.
    """
    recorded = [record(path) for path in sorted(clips.glob("*.json")) if usable(path)]
    rows = []
    for known, factor in ((True, 1.0), (False, 1.5)):
        seen = [solve(record, assets, known) for record in recorded]
        rows += rows_of(seen, "" if known else "no focal: ", factor)
    return rows


def usable(path: Path) -> bool:
    """Whether a file is the truth of a clip with a head in it."""
    return "camera_from_head" in json.loads(path.read_text())["per_frame"][0]


def record(path: Path) -> Recorded:
    """A clip's landmarks, and what the solver learns by, beside its truth."""
    tracker, outline = FaceTracker(), OutlineTracker()
    clip = path.with_suffix(".mp4")
    try:
        frames = [
            (
                frame.time_s,
                tracker.track(frame),
                outline.mask(frame) if index % 8 == 0 and index < LEARNT_FRAMES else None,
                split_planes(frame.i420)[0].copy() if index < LEARNT_FRAMES else None,
            )
            for index, frame in enumerate(read_clip(clip))
        ]
    finally:
        tracker.close()
        outline.close()
    return Recorded(json.loads(path.read_text()), clip_info(clip).size_px, frames)


def solve(record: Recorded, assets: Path, known: bool) -> Seen:
    """Poses under the head model in `assets`, with the true focal length or the prior."""
    focal_px = record.truth["camera"]["focal_px"]
    camera = given_camera(focal_px, record.size_px) if known else prior_camera(record.size_px)
    solver = HeadSolver(load_head_model(assets), camera)
    true_pose = np.array([frame["camera_from_head"] for frame in record.truth["per_frame"]])
    poses = [
        solver.solve(landmarks, time_s=time_s, mask=None if mask is None else partial(_same, mask), luma=luma)
        for time_s, landmarks, mask, luma in record.frames
    ]
    return Seen(record.truth, camera, true_pose, poses)


def _same(mask: F32) -> F32:
    return mask


def rows_of(clips: list[Seen], prefix: str, factor: float) -> list[Row]:
    """Figures over all clips, beside their targets times `factor`."""
    facing = tracked = 0
    turns: dict[str, list[F64]] = defaultdict(list)
    shares: list[float] = []
    lags: list[tuple[float, str]] = []
    jitter_mm: list[float] = []
    aside: list[float] = []
    sizes: dict[str, list[float]] = defaultdict(list)
    for clip in clips:
        aside += [off for turned, off in turns_off(clip) if turned > ASIDE_RAD]
        yaw = np.arctan2(clip.true_pose[:, 0, 2], -clip.true_pose[:, 2, 2])
        breadth_mm = clip.truth["person_measures_mm"]["head_breadth"]
        for index, pose in enumerate(clip.poses):
            if abs(yaw[index]) > YAW_MAX_RAD:
                continue
            facing += 1
            if pose is None:
                continue
            tracked += 1
            turns[clip.truth["person"]].append(clip.true_pose[index, :3, :3].T @ pose.camera_from_head[:3, :3])
            shares += _reprojection(clip, index, pose, breadth_mm)
            if clip.camera.source == "given":
                away = float(pose.camera_from_head[2, 3] / clip.true_pose[index, 2, 3])
                sizes[clip.truth["person"]].append(away - 1)
        if clip.truth["motion"] == "still":
            jitter_mm.append(_jitter_mm(clip))
        elif clip.truth["motion"] in ("shake", "mirror", "walk"):
            lags.append((_lag_frames(clip), clip.truth["clip"]))
    errors, offsets = _rotation_errors(turns)
    each = "  ".join(f"{name} {np.median(errors[name]):.2f}/{np.percentile(errors[name], 95):.2f}" for name in errors)
    every = np.concatenate(list(errors.values()))
    rows = [
        Row(f"{prefix}frames tracked, |yaw| <= 35 deg", 100 * tracked / facing, "%", 99, 100, more_is_better=True),
        Row(f"{prefix}rotation error, median", float(np.median(every)), "deg", 1.3 * factor, 0.6 * factor, note=each),
        Row(f"{prefix}rotation error, p95", float(np.percentile(every, 95)), "deg", 5 * factor, 2.5 * factor),
        Row(
            f"{prefix}constant offset, median over people",
            float(np.median(list(offsets.values()))),
            "deg",
            5 * factor,
            2 * factor,
            note="  ".join(f"{name} {offset:.1f}" for name, offset in offsets.items()),
        ),
        Row(
            f"{prefix}reprojection of tragions, vertex, glabella, median",
            100 * float(np.median(shares)),
            "% of head breadth",
            6 * factor,
            3 * factor,
        ),
    ]
    if sizes:
        # how far off she seems to a camera that is known tells how large she is taken to be, and pieces on her
        off = {name: 100 * float(np.median(found)) for name, found in sizes.items()}
        note = "  ".join(f"{name} {share:+.1f}" for name, share in off.items())
        rows.append(
            Row("size she is taken for, by her irises", float(np.median(np.abs([*off.values()]))), "%", note=note)
        )
    if aside:
        wild = 100 * float(np.mean(np.array(aside) > WILD_RAD))
        note = f"of {len(aside)} found"
        rows.append(Row(f"{prefix}poses over 25 deg off, |yaw| > 45 deg", wild, "%", 1.0, 0.0, note=note))
    if jitter_mm:
        rows.append(Row(f"{prefix}jitter on a still head", float(np.mean(jitter_mm)), "mm", 0.5 * factor, 0.2 * factor))
    if lags:
        worst = max(lags, key=lambda lag: abs(lag[0]))
        each = "  ".join(f"{name} {lag:+.2f}" for lag, name in lags)
        rows.append(Row(f"{prefix}lag behind a moving head, worst clip", abs(worst[0]), "frames", 1, 0.25, note=each))
    return rows


def turns_off(clip: Seen) -> list[tuple[float, float]]:
    """rad, for each frame in which she was found: how far she was turned, and how far her pose was off that."""
    return [
        (
            abs(float(np.arctan2(true[0, 2], -true[2, 2]))),
            angle_rad(true[:3, :3].T @ pose.camera_from_head[:3, :3]),
        )
        for true, pose in zip(clip.true_pose, clip.poses, strict=True)
        if pose is not None
    ]


def _rotation_errors(turns: dict[str, list[F64]]) -> tuple[dict[str, F64], dict[str, float]]:
    """Degrees of each frame once a person's mean turn is taken off, and that mean's own angle, by person."""
    errors, offsets = {}, {}
    for name, found in turns.items():
        u, _, vt = np.linalg.svd(np.mean(found, axis=0))
        mean = u @ vt
        offsets[name] = float(np.degrees(np.linalg.norm(vector_from_rotation(mean))))
        errors[name] = np.degrees([np.linalg.norm(vector_from_rotation(mean.T @ turn)) for turn in found])
    return errors, offsets


def _reprojection(clip: Seen, index: int, pose: HeadPose, breadth_mm: float) -> list[float]:
    in_head = np.array([pose.shape.points[name] for name in NAMES])
    found = project(transform(pose.camera_from_head, in_head), clip.camera)
    true = np.array([clip.truth["per_frame"][index]["points_px"][name] for name in NAMES])
    px_per_mm = clip.truth["camera"]["focal_px"] / clip.true_pose[index, 2, 3]
    return list(np.linalg.norm(found - true, axis=1) / px_per_mm / breadth_mm)


def _jitter_mm(clip: Seen) -> float:
    """Standard deviation of the piece's points, in all three directions, about where her head truly was."""
    away = np.array(
        [
            transform(pose.camera_from_head, CROWN_POINTS) - transform(true, CROWN_POINTS)
            for pose, true in zip(clip.poses, clip.true_pose, strict=True)
            if pose is not None
        ]
    )
    return float(np.sqrt(((away - away.mean(axis=0)) ** 2).sum(axis=2).mean()))


def _lag_frames(clip: Seen) -> float:
    """By how many frames the found turn trails the true one: the shift that makes their rates agree best."""
    shifts = np.arange(-3, 3.001, 0.05)
    found = np.array([np.full(3, np.nan) if pose is None else pose.camera_from_head[:3, 2] for pose in clip.poses])
    true = clip.true_pose[:, :3, 2]
    at = np.arange(len(true), dtype=float)
    good = ~np.isnan(found[:, 0])
    facing = np.abs(np.arctan2(true[:, 0], -true[:, 2])) < YAW_MAX_RAD
    best = []
    for shift in shifts:
        moved = np.stack([np.interp(at - shift, at, true[:, axis]) for axis in range(3)], axis=1)
        inner = good & facing & (at > 4) & (at < len(at) - 4)
        away = found[inner] - moved[inner]
        best.append(float(((away - away.mean(axis=0)) ** 2).sum()))
    return float(shifts[int(np.argmin(best))])
