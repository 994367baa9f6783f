"""How well the wearer can be seen: hints for kind words at the mirror's edge."""

from __future__ import annotations

import numpy as np

from tryon.types import F64, Frame, Landmarks, Quality

DARK_LUMA = 55.0
"Mean luma of the face (16 to 235) below which the points begin to wander."
FAR_SHARE = 0.07
"Face width over picture width: below this a crown is a few dozen pixels wide."
NEAR_SHARE = 0.42
"Above this a crown on top no longer fits into the picture."
ROOM_ABOVE = 1.0
"Room above the brow that a piece needs, in face heights."
TURNED = 0.18
"Nose between the cheeks, 0 (profile) to 0.5 (straight)."

VISIBLE = 0.5
"Of a shoulder, by the pose network's own word."

CHEEK_RIGHT, CHEEK_LEFT, BROW, CHIN, NOSE = 234, 454, 9, 152, 1
SHOULDERS = 11, 12
"MediaPipe's numbers; left and right are the wearer's."


def quality(frame: Frame, landmarks: Landmarks | None, /, *, glimpsed: bool = False) -> Quality:
    """View and hints of one frame; costs microseconds.

    `glimpsed`: there is a face, but none that could be followed; nearly always it is too small.
    """
    if landmarks is None:
        return Quality("searching", ("too_far",) if glimpsed else ())
    width, height = frame.size_px
    points = landmarks.points_px
    left, right = points[CHEEK_LEFT], points[CHEEK_RIGHT]
    hints: list[str] = []
    if _luma(frame, points) < DARK_LUMA:
        hints.append("too_dark")
    face_height = float(np.linalg.norm(points[CHIN] - points[BROW]))
    share = max(float(np.linalg.norm(left - right)), 0.85 * face_height) / width
    if width < height:
        share *= width / height  # a phone held upright: the picture's long side is what the distance is judged by
    if share < FAR_SHARE:
        hints.append("too_far")
    elif share > NEAR_SHARE:
        hints.append("too_near")
    middle = (left + right) / 2
    if points[BROW, 1] < ROOM_ABOVE * face_height or not 0.12 < middle[0] / width < 0.88:
        hints.append("off_centre")
    across = left - right
    between = float((points[NOSE] - right) @ across) / max(float(across @ across), 1.0)
    if not TURNED < between < 1 - TURNED:
        hints.append("turned_away")
    return Quality("live", tuple(hints))  # type: ignore[arg-type]


def shoulders_seen(frame: Frame, shoulders: Landmarks | None, /) -> bool:
    """Whether a shoulder is in the picture; with both below its edge, so is what hangs at the neck."""
    if shoulders is None:
        return False
    width, height = frame.size_px
    points = shoulders.points_px[list(SHOULDERS)]
    inside = ((points >= 0) & (points < (width, height))).all(axis=1)
    return bool((inside & (shoulders.visibility[list(SHOULDERS)] > VISIBLE)).any())


def _luma(frame: Frame, points: F64) -> float:
    width, height = frame.size_px
    low = np.clip(points[:468].min(axis=0), 0, (width - 1, height - 1)).astype(int)
    high = np.clip(points[:468].max(axis=0), 0, (width - 1, height - 1)).astype(int)
    face = frame.i420[low[1] : high[1] + 1 : 4, low[0] : high[0] + 1 : 4]
    return float(face.mean()) if face.size else 0.0
