"""MediaPipe's face mesh as a tracker of one wearer: the only door to mediapipe.

MediaPipe 0.10.21 carries its models in its wheel. With one face it follows the region of the last frame and looks
for a new face only when it has lost that one: whoever wears the piece keeps it. Who gets it is decided here, at
the moment nobody is followed: the largest face, for that is the nearest.
"""

from __future__ import annotations

import os
from collections import defaultdict
from contextlib import suppress
from itertools import combinations
from typing import Any

os.environ.setdefault("GLOG_minloglevel", "2")  # read when mediapipe loads: its start-up notes help nobody

import mediapipe as mp
import numpy as np
from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

from tryon.errors import TrackerError
from tryon.picture import rgb_from_frame
from tryon.types import F64, I32, U8, Frame, Landmarks

TRACKING_CONFIDENCE = 0.35
"Below MediaPipe's default of 0.5: a face in profile is still hers; a wall scores far lower."
SETTLING = 2
"Extra looks at the picture in which a face is found: the points settle once the mesh follows its own region."
GREY = 118
LEAP = 0.2
"Of the face's breadth between two looks."


class FaceTracker:
    """478 points (face and irises) of the wearer in each frame."""

    def __init__(self) -> None:
        try:
            self._mesh: Any = mp.solutions.face_mesh.FaceMesh(
                max_num_faces=1, refine_landmarks=True, min_tracking_confidence=TRACKING_CONFIDENCE
            )
            self._finder: Any = mp.solutions.face_detection.FaceDetection(model_selection=1)
        except (RuntimeError, OSError, ValueError) as err:
            raise TrackerError("tracker_unavailable", f"The face tracker could not be started: {err}.") from err
        self._following = False
        self._last: F64 | None = None
        self.faces = 0
        "How many faces there were when a wearer was last looked for."

    @property
    def glimpsed(self) -> bool:
        """Whether there is a face in the last frame, though none could be followed."""
        return not self._following and self.faces > 0

    def track(self, frame: Frame, /) -> Landmarks | None:
        """The wearer's points, or None when nobody is there."""
        rgb = rgb_from_frame(frame)
        if not self._following:
            rgb = self._alone(rgb)
        found = self._mesh.process(rgb).multi_face_landmarks
        if not found and self._following:
            # she has leapt out of where the network looked: it looks everywhere now
            found = self._mesh.process(self._alone(rgb)).multi_face_landmarks
        if found and not self._following:
            for _ in range(SETTLING):
                found = self._mesh.process(rgb).multi_face_landmarks or found
        self._following = bool(found)
        if not found:
            self._last = None
            return None
        width, height = frame.size_px
        points = _coordinates(found[0])
        for _ in range(SETTLING):
            # where she was is where the network looks first: after a leap it must look again where she is
            if self._last is None or not _leapt(points, self._last):
                break
            self._last = points
            found = self._mesh.process(rgb).multi_face_landmarks or found
            points = _coordinates(found[0])
        self._last = points
        return Landmarks(
            "face478",
            points_px=points[:, :2] * (width, height) - 0.5,
            depth_px=points[:, 2] * width,
            visibility=np.ones(len(points)),
            time_s=frame.time_s,
        )

    def close(self) -> None:
        """Give the models back."""
        for model in (self._mesh, self._finder):
            with suppress(ValueError):  # closed already
                model.close()

    def _alone(self, rgb: U8) -> U8:
        """The picture with every face but the largest covered, so that the mesh takes the nearest."""
        boxes = [self._box(found, rgb.shape) for found in self._finder.process(rgb).detections or ()]
        self.faces = len(boxes)
        if len(boxes) < 2:
            return rgb
        boxes.sort(key=lambda box: (box[2] - box[0]) * (box[3] - box[1]))
        rgb = rgb.copy()
        for left, top, right, bottom in boxes[:-1]:
            rgb[top:bottom, left:right] = GREY
        return rgb

    @staticmethod
    def _box(found: Any, shape: tuple[int, ...]) -> tuple[int, int, int, int]:
        box = found.location_data.relative_bounding_box
        height, width = shape[:2]
        left, top = int(box.xmin * width), int(box.ymin * height)
        right, bottom = left + int(box.width * width), top + int(box.height * height)
        return max(left, 0), max(top, 0), min(right, width), min(bottom, height)


def _leapt(points: F64, before: F64) -> bool:
    """Whether a face moved, from one look to the next, by a good part of its own breadth."""
    breadth = float(np.ptp(before[:, 0]))
    return float(np.linalg.norm((points - before)[:, :2].mean(axis=0))) > LEAP * breadth


def _coordinates(found: Any) -> F64:
    """(478, 3) of a landmark list, read from its wire form: attribute by attribute costs a tenth of the mesh.

    Each landmark is a tag, its length, and x, y and z as tag and float32; anything else is read the slow way.
    """
    wire, count = found.SerializeToString(), len(found.landmark)
    if len(wire) == 17 * count:
        rows = np.frombuffer(wire, np.uint8).reshape(count, 17)
        if (rows[:, [0, 1, 2, 7, 12]] == (0x0A, 15, 0x0D, 0x15, 0x1D)).all():
            return np.ascontiguousarray(rows[:, [3, 4, 5, 6, 8, 9, 10, 11, 13, 14, 15, 16]]).view("<f4").astype(float)
    return np.array([(point.x, point.y, point.z) for point in found.landmark], dtype=np.float64)


def face_triangles() -> I32:
    """(m, 3): the triangles of MediaPipe's tesselation, which comes as edges; outward for points x left, y up."""
    near: dict[int, set[int]] = defaultdict(set)
    for a, b in FACEMESH_TESSELATION:
        near[a].add(b)
        near[b].add(a)
    found = {tuple(sorted((a, b, c))) for a in near for b, c in combinations(sorted(near[a]), 2) if c in near[b]}
    return np.array(sorted(found), dtype=np.int32)


def outward(points: F64, triangles: I32, /) -> I32:
    """The triangles, each turned so that its normal leaves the head's middle."""
    corners = points[triangles]
    across = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    inward = (across * corners.mean(axis=1)).sum(axis=1) < 0
    turned = triangles.copy()
    turned[inward] = turned[inward][:, [0, 2, 1]]
    return turned
