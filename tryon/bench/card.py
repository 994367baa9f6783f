"""The card against clips with known answers: how often it is found, never where there is none, and its scale.

The clips tell no truth of the card itself, but it is fixed to head or hand, whose true poses they tell: as the body
turns, one point of it and one factor must explain all of the card's places. The factor is the scale's error, and
what is left of each frame is that frame's.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tryon.bench.rows import Row
from tryon.body.card import card_pose, corner_depth_std
from tryon.geometry.camera import given_camera
from tryon.media.clips import clip_info, read_clip
from tryon.track.card import CardFinder, Region, forehead_region, hand_region
from tryon.track.face import FaceTracker
from tryon.track.hands import HandTracker
from tryon.types import F64, CardSeen, Frame, ReferenceRefused

EVERY = 3
"Frames from one look to the next."
STEEP_RAD = 0.9
"Frames with the body turned further are not counted: there the card is refused by design."


@dataclass(frozen=True, slots=True, eq=False)
class _Look:
    index: int
    seen: CardSeen | ReferenceRefused | None
    ms: float


def card(folder: Path) -> list[Row]:
    """Every row of the card, with the true focal length of each clip."""
    biases: list[float] = []
    errors: list[float] = []
    claims: list[float] = []
    costs: dict[bool, list[float]] = {True: [], False: []}
    faced = found = without = false = refused = 0
    notes: list[str] = []
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text())
        looks = _looks(path.with_suffix(".mp4"), truth)
        costs[bool(truth.get("card"))] += [look.ms for look in looks]
        if not truth.get("card"):
            without += len(looks)
            false += sum(isinstance(look.seen, CardSeen) for look in looks)
            refused += sum(isinstance(look.seen, ReferenceRefused) for look in looks)
            continue
        ahead = [look for look in looks if _turned(truth, look.index) < STEEP_RAD]
        hits = sum(isinstance(look.seen, CardSeen) for look in ahead)
        faced, found = faced + len(ahead), found + hits
        bias, error, claim = _scale(path.with_suffix(".mp4"), truth, ahead)
        biases.append(abs(bias))
        errors += error
        claims += claim
        share = 100 * hits / max(len(ahead), 1)
        notes.append(f"{truth['clip']} {share:.0f} % of {len(ahead)}, scale {100 * bias:+.2f} %")
    rows = [Row("looks without a card: found one", float(false), f"of {without}", 0, note=f"refused {refused}")]
    if errors:
        within = np.mean(np.array(errors) < 2 * np.array(claims))
        rows += [
            Row("card found, turned up to 52 degrees", 100 * found / faced, "%", 80, 95, True, note="  ".join(notes)),
            Row("scale's error, worst clip", 100 * max(biases), "%", 0.8, 0.3),
            Row("one frame's scale against its clip's, median", 100 * float(np.median(errors)), "%", 0.5, 0.2),
            Row("the same, 95 % of frames within", 100 * float(np.percentile(errors, 95)), "%", 2.0, 1.0),
            Row("frames within twice their stated doubt", 100 * float(within), "%", 90, 95, True),
        ]
    for there, name in ((True, "with a card"), (False, "without one")):
        if costs[there]:
            rows.append(
                Row(f"a look near face or hand {name}, 720p", float(np.median(costs[there])), "CPU-ms", 200, 80)
            )
    return rows


def _looks(clip: Path, truth: dict[str, Any]) -> list[_Look]:
    finder, near = CardFinder(), _Near(hand="camera_from_hand" in truth["per_frame"][0])
    camera = given_camera(truth["camera"]["focal_px"], clip_info(clip).size_px)
    looks = []
    for index, frame in enumerate(read_clip(clip)):
        region = near.region(frame)
        if index % EVERY or region is None:
            continue
        start = time.thread_time()
        seen = finder.find(frame, camera, region=region)
        looks.append(_Look(index, seen, (time.thread_time() - start) * 1e3))
    near.close()
    return looks


class _Near:
    """The region beside the face or the hand that a tracker finds."""

    def __init__(self, *, hand: bool) -> None:
        self._hand = HandTracker() if hand else None
        self._face = None if hand else FaceTracker()

    def region(self, frame: Frame) -> Region | None:
        if self._hand is not None:
            hands = self._hand.track(frame)
            return hand_region(hands[0].landmarks, frame.size_px) if hands else None
        assert self._face is not None
        face = self._face.track(frame)
        return None if face is None else forehead_region(face, frame.size_px)

    def close(self) -> None:
        for tracker in (self._hand, self._face):
            if tracker is not None:
                tracker.close()


def _camera_from_body(truth: dict[str, Any], index: int) -> F64:
    frame = truth["per_frame"][index]
    return np.array(frame.get("camera_from_head", frame.get("camera_from_hand")))


def _turned(truth: dict[str, Any], index: int) -> float:
    """Angle between the body's own z and the way to the camera, rad."""
    body = _camera_from_body(truth, index)
    to_camera = -body[:3, 3] / np.linalg.norm(body[:3, 3])
    return float(np.arccos(np.clip(body[:3, 2] @ to_camera, -1, 1)))


def _scale(clip: Path, truth: dict[str, Any], looks: list[_Look]) -> tuple[float, list[float], list[float]]:
    """The clip's error of scale, each frame's beside it, and each frame's own doubt; all relative."""
    camera = given_camera(truth["camera"]["focal_px"], clip_info(clip).size_px)
    bodies, places, claims = [], [], []
    for look in looks:
        if not isinstance(look.seen, CardSeen):
            continue
        body = _camera_from_body(truth, look.index)
        seen = look.seen
        pose = card_pose(seen.corners_px, camera, covariance_px=seen.covariance_px, facing=body[:3, 2])
        assert pose is not None
        bodies.append(body)
        places.append(pose.camera_from_card[:3, 3])
        # the true focal length was given: its doubt is no part of this frame's
        claims.append(corner_depth_std(pose, camera) / float(pose.camera_from_card[2, 3]))
    if len(places) < 4:
        return float("nan"), [], []
    turned, moved, place = np.array(bodies)[:, :3, :3], np.array(bodies)[:, :3, 3], np.array(places)
    kept = np.ones(len(place), dtype=bool)
    for _ in range(4):  # a frame far off shall not move what the others are measured by
        design = np.concatenate([turned[kept], -place[kept][:, :, None]], axis=2).reshape(-1, 4)
        point_and_factor = np.linalg.lstsq(design, -moved[kept].ravel(), rcond=None)[0]
        true = turned @ point_and_factor[:3] + moved
        ratio = np.linalg.norm(place, axis=1) / np.linalg.norm(true, axis=1) * point_and_factor[3]
        kept = np.abs(ratio - 1) < max(4 * float(np.median(np.abs(ratio - 1))), 0.002)
    return float(1 / point_and_factor[3] - 1), [float(v) for v in np.abs(ratio - 1)], claims
