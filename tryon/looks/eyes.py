"""Her eyes, seen straight ahead: how far the pupils are apart, and how broad the face is beside them."""

from __future__ import annotations

import numpy as np

from tryon.body.iris import POINTS, irises_of
from tryon.told import Told, sighted
from tryon.track.cover import eyes_dark, half_shaded
from tryon.types import F64, U8, Camera, Frame, HeadShape, Landmarks

ZYGION = (127, 356)
FACE_LOOK_MM, FACE_BREADTH_STD = 1.5, 0.022
"""Of one look, and relative how far the distance of those landmarks is off the breadth at the cheekbones (-1 to +4 % on
four synthetic people)."""
PUPILS_LEAST = 4
PUPILS_SHARE = 0.6
"Of the looks straight ahead: irises that are found in fewer are half hidden, and what is found is often no iris."
GLASSES_DARK, FACE_HALF_SHADED = "glasses_dark", "face_half_shaded"
"Why eyes are not measured."
BLURRED_LEAST = 8
"So many looks straight ahead without one sharp iris: too far away, or blurred."
NETWORK_COMMON_MM = 3.0
"How far the network's own points are off between two eyes (1 to 4 mm on four synthetic people)."
IRIS_LOOK_MM, IRIS_COMMON_MM = 0.5, 0.35


def eyes_hidden(frame: Frame, landmarks: Landmarks, /) -> str:
    """Why eyes cannot be measured in a frame; empty when they can."""
    if eyes_dark(frame, landmarks):
        return GLASSES_DARK
    return FACE_HALF_SHADED if half_shaded(frame, landmarks) else ""


class EyeLooks:
    """Looks straight ahead, in the model's millimetres."""

    def __init__(self) -> None:
        self._hid: list[str] = []
        self._pupils: list[tuple[float, float]] = []
        self._network: list[tuple[float, float]] = []
        self._faces: list[tuple[float, float]] = []

    def look(
        self, luma: U8, landmarks: Landmarks, pose: F64, camera: Camera, shape: HeadShape, *, time_s: float, hidden: str
    ) -> None:
        """One more; `hidden` is why her eyes are not to be measured by."""
        self._hid.append(hidden)
        points = landmarks.points_px
        zygia = shape.face_points[list(ZYGION)]
        ends = [_on_plane(points[index], pose, camera, float(zygia[:, 2].mean())) for index in ZYGION]
        self._faces.append((time_s, float(np.linalg.norm(ends[0] - ends[1]))))
        if len(points) < 478:
            return
        depth = float(shape.points["pupil_left"][2])
        told = [_on_plane(points[centre], pose, camera, depth) for centre, *_ in POINTS]
        self._network.append((time_s, float(np.linalg.norm(told[0] - told[1]))))
        irises = irises_of(luma, landmarks)
        if irises is None:
            return
        pupils = [_on_plane(np.array(iris.centre_px), pose, camera, depth) for iris in irises]
        self._pupils.append((time_s, float(np.linalg.norm(pupils[0] - pupils[1]))))

    @property
    def blurred(self) -> bool:
        """Whether no iris was sharp enough to be found, though she looked straight ahead for a while."""
        return len(self._network) >= BLURRED_LEAST and not self._pupils

    @property
    def hidden(self) -> str:
        """What hid her eyes in most looks; empty when nothing did."""
        for why in (GLASSES_DARK, FACE_HALF_SHADED):
            if self._hid.count(why) > len(self._hid) / 2:
                return why
        return ""

    def tell(self, told: Told, /) -> None:
        """Pupils and cheekbones."""
        if hidden := self.hidden:
            told.reasons.append(hidden)
        elif len(self._pupils) >= max(PUPILS_LEAST, PUPILS_SHARE * len(self._network)):
            told.pupils = sighted(
                "interpupillary_distance", self._pupils, IRIS_LOOK_MM, IRIS_COMMON_MM, "limbus of both irises"
            )
        elif self._network:
            told.pupils = sighted(
                "interpupillary_distance", self._network, IRIS_LOOK_MM, NETWORK_COMMON_MM, "landmarks of both irises"
            )
            told.reasons.append("come_closer")
        if self._faces:
            common = FACE_BREADTH_STD * self._faces[0][1]
            told.sightings.append(
                sighted("face_breadth", self._faces, FACE_LOOK_MM, common, "landmarks at the cheekbones")
            )


def _on_plane(pixel: F64, camera_from_head: F64, camera: Camera, ahead: float) -> F64:
    """(3,) in the head: where a pixel's line of sight meets the plane `ahead` of the head's origin."""
    matrix, rotation = camera.matrix, camera_from_head[:3, :3]
    eye = -rotation.T @ camera_from_head[:3, 3]
    sight = rotation.T @ np.array(
        [(pixel[0] - matrix[0, 2]) / matrix[0, 0], (pixel[1] - matrix[1, 2]) / matrix[1, 1], 1.0]
    )
    return np.asarray(eye + sight * ((ahead - eye[2]) / sight[2]))
