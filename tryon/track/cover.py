"""What keeps a face that was found from being measured by: dark glasses, light that falls from one side only."""

from __future__ import annotations

import numpy as np

from tryon.types import F64, Frame, Landmarks

UNDER_EYES = ((449, 450, 451, 348, 349), (229, 230, 231, 119, 120))
CHEEKS = ((425, 426, 266, 330), (205, 206, 36, 101))
"MediaPipe's numbers: her left side, her right one."
DARK = 0.5
"""Skin under an eye, of its own cheek's brightness: 0.89 to 0.98 on bare faces, under 0.2 behind dark lenses (four
synthetic people, lenses painted on)."""
SHADED = 2.5
"One cheek against the other, in the picture's own levels: some seven times the light."
BLACK = 16.0
"Luma of black (ITU-R BT.601)."


def eyes_dark(frame: Frame, landmarks: Landmarks, /) -> bool:
    """Whether both eyes lie behind dark glasses."""
    cheeks = _cheeks(frame, landmarks)
    return all(_level(frame, landmarks, eye) < DARK * cheek for eye, cheek in zip(UNDER_EYES, cheeks, strict=True))


def half_shaded(frame: Frame, landmarks: Landmarks, /) -> bool:
    """Whether one half of the face lies in shade: the iris that is left in it has no edge to be measured by."""
    less, more = sorted(_cheeks(frame, landmarks))
    return more > SHADED * less


def _cheeks(frame: Frame, landmarks: Landmarks) -> tuple[float, float]:
    left, right = (_level(frame, landmarks, cheek) for cheek in CHEEKS)
    return left, right


def _level(frame: Frame, landmarks: Landmarks, indices: tuple[int, ...]) -> float:
    """Median brightness above black about some landmarks, at least 1."""
    points = landmarks.points_px
    half = max(1, round(0.015 * float(np.linalg.norm(points[234] - points[454]))))
    return max(1.0, float(np.median([_patch(frame, points[index], half) for index in indices])) - BLACK)


def _patch(frame: Frame, at: F64, half: int) -> float:
    x, y = np.clip(np.round(at), half, np.array(frame.size_px) - 1 - half).astype(int)
    return float(np.median(frame.i420[y - half : y + half + 1, x - half : x + half + 1]))
