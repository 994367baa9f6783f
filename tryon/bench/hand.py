"""A hand's measures against clips with known answers: error, and how often the stated interval holds the truth.

By the card where the clip has one. Where it has none, once as a wearer without a card (the interval must say so), and
once by the true pose, as if a card lay there: that shows the edges and the section, without the card's own error.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from tryon.bench.rows import Row
from tryon.body.card import card_pose
from tryon.body.palm import palm_px
from tryon.fit.hand import HandMeasurer
from tryon.geometry.camera import given_camera
from tryon.geometry.rigid import rigid
from tryon.media.clips import clip_info, read_clip
from tryon.track.card import CardFinder, hand_region
from tryon.track.hands import EVERY as LOOK_EVERY
from tryon.track.hands import HandTracker
from tryon.types import F64, Camera, CardPose, CardSeen, Frame, HandSeen, Measurement

EVERY = 3 * LOOK_EVERY
"Frames from one measuring look to the next: always one where the network looked."
BEFORE_MM, TRUE_STD = 7.0, 0.003
"Where the card of the other clip lies before the hand's own plane; what a found card's scale errs by."
RING, WRIST = "finger_inner_diameter_ring", "wrist_circumference"


@dataclass(frozen=True, slots=True, eq=False)
class _Told:
    """One quantity and its truth."""

    measured: Measurement
    truth_mm: float

    @property
    def off_mm(self) -> float:
        return self.measured.value_mm - self.truth_mm

    @property
    def u95_mm(self) -> float:
        return float(2 * np.hypot(self.measured.std_random_mm, self.measured.std_systematic_mm))


def hand(folder: Path) -> list[Row]:
    """Every row of the measured hand, with the true focal length of each clip."""
    by_reference: list[_Told] = []
    bare: list[_Told] = []
    ms: list[float] = []
    for path in sorted(folder.glob("*.json")):
        truth = json.loads(path.read_text())
        if "camera_from_hand" not in truth["per_frame"][0]:
            continue
        camera = given_camera(truth["camera"]["focal_px"], clip_info(path.with_suffix(".mp4")).size_px)
        looks = _looks(path.with_suffix(".mp4"), truth, camera)
        by_reference += _told(looks, truth, camera, ms)
        bare += _told([(frame, seen, None) for frame, seen, _ in looks], truth, camera, ms)
    if not by_reference:
        return []
    fingers = [one for one in by_reference if "inner_diameter" in one.measured.name]
    rows = []
    for name, among, least, aim in (
        ("ring finger's inner diameter", _named(by_reference, RING), 0.8, 0.4),
        ("any finger's", fingers, 0.8, 0.4),
        ("wrist circumference", _named(by_reference, WRIST), 6.0, 4.0),
    ):
        if among:
            off = float(np.median([abs(one.off_mm) for one in among]))
            said = "  ".join(f"{one.off_mm:+.2f} of +-{one.u95_mm:.2f}" for one in among)
            rows.append(Row(f"{name}, median error", off, "mm", least, aim, note=said))
    for name, among in (("by card or true pose", by_reference), ("without a card", bare)):
        within = [abs(one.off_mm) <= one.u95_mm for one in among]
        note = f"of {len(among)}"
        rows.append(
            Row(f"truths within the stated interval, {name}", 100 * float(np.mean(within)), "%", 90, 95, True, note)
        )
    wide = float(np.median([one.u95_mm for one in _named(bare, RING)]))
    rows.append(Row("ring finger without a card: interval that is stated", wide, "mm", note="no size is claimed"))
    rows.append(Row("a look at a hand whose points are known, 720p", float(np.median(ms)), "CPU-ms", 60, 25))
    return rows


def _looks(clip: Path, truth: dict[str, Any], camera: Camera) -> list[tuple[Frame, HandSeen, CardPose | None]]:
    finder, tracker = CardFinder(), HandTracker()
    looks: list[tuple[Frame, HandSeen, CardPose | None]] = []
    for index, frame in enumerate(read_clip(clip)):
        hands = [seen for seen in tracker.track(frame) if seen.side == truth["side"]]
        if index % EVERY != LOOK_EVERY - 1 or not hands:
            continue
        body = np.array(truth["per_frame"][index]["camera_from_hand"])
        if not truth["card"]:
            looks.append((frame, hands[0], _as_a_card(body, hands[0], camera)))
            continue
        card = finder.find(frame, camera, region=hand_region(hands[0].landmarks, frame.size_px))
        if isinstance(card, CardSeen):
            pose = card_pose(card.corners_px, camera, covariance_px=card.covariance_px, facing=np.array([0, 0, -1.0]))
            looks.append((frame, hands[0], pose))
    tracker.close()
    return looks


def _as_a_card(body: F64, seen: HandSeen, camera: Camera) -> CardPose:
    up_mm = 0.8 * palm_px(seen.landmarks.points_px) * body[2, 3] / camera.matrix[0, 0]
    middle = body @ np.array([0.0, up_mm, BEFORE_MM, 1.0])
    covariance = np.diag(
        [1e-4, 1e-4, 1e-4, 0.1, 0.1, (TRUE_STD * middle[2]) ** 2 + (camera.focal_std * middle[2]) ** 2]
    )
    return CardPose(
        rigid(body[:3, :3], middle[:3]), covariance, 0.1, float("inf"), np.array([0.0, 0.0, 0.0, *middle[:3]])
    )


def _told(
    looks: list[tuple[Frame, HandSeen, CardPose | None]], truth: dict[str, Any], camera: Camera, ms: list[float]
) -> list[_Told]:
    measurer = HandMeasurer(camera)
    for frame, seen, card in looks:
        start = time.thread_time()
        measurer.look(frame, seen, card)
        ms.append((time.thread_time() - start) * 1e3)
    known = truth["person_measures_mm"]
    found = measurer.measurements()
    return [_Told(one, known[f"{one.name}_{one.hand}"]) for one in found if f"{one.name}_{one.hand}" in known]


def _named(told: list[_Told], name: str) -> list[_Told]:
    return [one for one in told if one.measured.name == name]
