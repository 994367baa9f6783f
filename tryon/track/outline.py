"""The wearer against the room behind her, by MediaPipe's selfie segmentation: asked for a few times, then left off."""

from __future__ import annotations

from typing import Any

import cv2
import mediapipe as mp
import numpy as np

from tryon.errors import TrackerError
from tryon.picture import rgb_from_frame
from tryon.types import F32, F64, Frame

WIDTH_PX = 512
"The model itself sees 256 x 144; a finer picture only makes its edge smoother."


class OutlineTracker:
    """Person masks of single frames, about 6 ms of CPU each."""

    def __init__(self) -> None:
        try:
            self._model: Any = mp.solutions.selfie_segmentation.SelfieSegmentation(model_selection=1)
        except (RuntimeError, OSError, ValueError) as err:
            raise TrackerError("tracker_unavailable", f"The outline tracker could not be started: {err}.") from err

    def mask(self, frame: Frame, /) -> F32:
        """(h, w) 0 (room) to 1 (person), its width WIDTH_PX, whatever the frame's size."""
        width, height = frame.size_px
        size = (WIDTH_PX, max(2, round(WIDTH_PX * height / width)))
        small = cv2.resize(rgb_from_frame(frame), size, interpolation=cv2.INTER_AREA)
        return np.asarray(self._model.process(small).segmentation_mask, dtype=np.float32)

    def window(self, frame: Frame, window: F64, size_px: tuple[int, int], /) -> F32:
        """(h, w) the same of a part of the frame; `window` (2, 3) is its pixel from the frame's, `size_px` (w, h)."""
        part = cv2.warpAffine(
            rgb_from_frame(frame), window, size_px, flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(self._model.process(part).segmentation_mask, dtype=np.float32)

    def close(self) -> None:
        """Give the model back."""
        self._model.close()
