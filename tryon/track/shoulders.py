"""The wearer's shoulders by MediaPipe's pose network, looked for a few times a second: a chest moves slowly."""

from __future__ import annotations

from typing import Any

import mediapipe as mp
import numpy as np

from tryon.errors import TrackerError
from tryon.picture import rgb_from_frame
from tryon.types import Frame, Landmarks

EVERY = 6
"Frames from one look to the next; between them the chest goes with the head (a look costs as much as five faces)."


def open_model() -> Any:
    """MediaPipe's pose network. Raises TrackerError."""
    try:
        return mp.solutions.pose.Pose(model_complexity=1, smooth_landmarks=False)
    except (RuntimeError, OSError, ValueError) as err:
        raise TrackerError("tracker_unavailable", f"The body tracker could not be started: {err}.") from err


class ShoulderTracker:
    """One person's 33 points. Not for several threads."""

    def __init__(self) -> None:
        self._model = open_model()
        self._count = -1

    def track(self, frame: Frame, /) -> Landmarks | None:
        """Points found in this frame; None in frames that were not looked at, or where nobody is."""
        self._count += 1
        if self._count % EVERY:
            return None
        width, height = frame.size_px
        found = self._model.process(rgb_from_frame(frame)).pose_landmarks
        if found is None:
            return None
        points = np.array([(p.x, p.y, p.z, p.visibility) for p in found.landmark])
        return Landmarks(
            "pose33",
            np.asarray(points[:, :2] * (width, height) - 0.5, dtype=np.float64),
            np.asarray(points[:, 2] * width, dtype=np.float64),
            np.asarray(points[:, 3], dtype=np.float64),
            frame.time_s,
        )

    def close(self) -> None:
        """Give the model back."""
        self._model.close()
