"""The light of her own room, read off her face: how much, of which colour, and from which side. Where only a hand is
seen its skin tells how much and of which colour.

A face is the one thing in the picture whose shape is known. How bright its skin is against which way it faces tells
from which side light comes; its colour, with the whole picture's, what colour the light has. Both are read a few times
a second, followed slowly, and told only when they have changed by more than can be seen: a still head keeps its light.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from tryon.body.model import HeadModel
from tryon.geometry.planes import split_planes
from tryon.types import F64, Frame, HeadPose, RoomLight

LOOK_EVERY_S = 0.3
SETTLE_S = 2.0
"Time constant by which a change of light is followed."
SKIN = np.array([9, 151, 108, 337, 69, 299, 10, 50, 280, 205, 425, 36, 266, 101, 330, 118, 347, 117, 346, 187, 411])
SKIN = np.append(SKIN, [123, 352, 147, 376, 192, 416, 199, 200, 171, 396, 6, 197, 195, 104, 333, 54, 284])
"Landmarks on bare skin: forehead, cheeks, chin, bridge of the nose, temples."
KNUCKLES, WRIST = np.array([1, 2, 5, 6, 9, 10, 13, 14, 17, 18]), 0
"Of a hand's landmarks: skin, and no nails; and between each and the wrist there is skin again."
FACING = 0.3
"Least cosine between skin and the way to the camera: beyond it, it is another patch than the mean head's."
PATCH = 2
"Pixels about a landmark, each way."
SEEN_MIN = 12
ALIKE_TINT, ALIKE_LUMINANCE = 0.35, 1.1
"Of patches of one skin about their median, natural logarithms: shade is a third, a shine three times."
LUMA = np.array([0.2126, 0.7152, 0.0722])
"Of linear RGB (ITU-R BT.709, sRGB)."
LEAN_STD = np.array([0.45, 0.35, 0.12])
"Of the change of brightness over a face, camera axes: what there is to be seen of depth is little."
SKIN_STD = 0.14
"Of the brightness of one face's patches about what its shape and one light tell, relative."
USUAL = np.array([0.0, -0.30, 0.0])
"The same change in rooms as they are: brighter from above."
RADIANCE = 1.5
"What a surface gathers of a lean of the light is two thirds of it (Ramamoorthi and Hanrahan 2001: linear terms)."
LEAN_MAX = 0.8
SKIN_TINT = np.array([0.64, -0.43])
"""Logarithms of red and of blue over green, linear, of skin in white light: mean of photographs' skin from pale to dark
[J], near the middle of the Monk scale's; people differ along one line, from pale to dark."""
SKIN_TINT_COVARIANCE = np.array([[0.030, -0.020], [-0.020, 0.024]]) + 0.06**2 * np.eye(2)
GREY_STD, WHITE_STD = 0.22, 0.16
"The same of a whole picture about grey; and of a camera that sets its own white."
TINT_MAX = 0.45
SKIN_LUMINANCE, SKIN_LUMINANCE_STD = 0.30, 0.65
"Linear, of skin in a well-lit room, and its spread between people and lamps, natural logarithm."
HIGH_LUMINANCE, HIGH_LUMINANCE_STD = 0.62, 0.45
"The same of the brightest tenth of a picture."
WELL_LIT_STD = 0.6
"A camera sets its own exposure, until it is too dark for it."
EXPOSURE = (0.25, 1.35)
MEAN_SKIN = np.array([0.417, 0.265, 0.190])
"Linear, in white light, of a luminance of 0.30."
THROWN = (0.35, 1.8)
"Of what skin mostly throws back."
TOLD_EXPOSURE, TOLD_TINT, TOLD_LEAN, TOLD_SKIN = 0.03, 0.015, 0.03, 0.06
"Changes that are worth another drawing."
EVERY_PX = 32
"Of the whole picture one pixel in so many, each way, is looked at."


class SkinLight:
    """One wearer's light, frame after frame. Not for several threads."""

    def __init__(self, model: HeadModel) -> None:
        self._normals = model.normals[SKIN]
        self._state: F64 | None = None
        "See read_light."
        self._looked_s = -np.inf
        self._told = RoomLight()
        self._told_state = np.zeros(9)

    def look(self, frame: Frame, face_px: F64, head: HeadPose, /) -> RoomLight:
        """The light in this frame; the very same value until it has changed by something that can be seen.

        `face_px` (468+, 2) the face mesh.
        """
        if not abs(head.time_s - self._looked_s) >= LOOK_EVERY_S:
            return self._told
        self._take(read_light(frame, face_px, head, self._normals), head.time_s)
        return self._told

    def look_at_hand(self, frame: Frame, hand_px: F64, time_s: float, /) -> RoomLight:
        """The same by a hand, `hand_px` (21, 2), while no face is seen; from which side it comes stays as it was."""
        if not abs(time_s - self._looked_s) >= LOOK_EVERY_S:
            return self._told
        lean = np.zeros(3) if self._state is None else self._state[3:6]
        self._take(read_hand_light(frame, hand_px, lean), time_s)
        return self._told

    def _take(self, found: F64 | None, time_s: float) -> None:
        if found is None:
            return
        share = 1.0 if self._state is None else 1 - np.exp(-(time_s - self._looked_s) / SETTLE_S)
        self._looked_s = time_s
        self._state = found if self._state is None else self._state + share * (found - self._state)
        apart = np.abs(self._state - self._told_state)
        if (apart > (TOLD_EXPOSURE, *2 * (TOLD_TINT,), *3 * (TOLD_LEAN,), *3 * (TOLD_SKIN,))).any():
            self._told_state = self._state.copy()
            self._told = _light(self._state)


def read_light(frame: Frame, face_px: F64, head: HeadPose, normals: F64, /) -> F64 | None:
    """(9,): logarithm of exposure, tint (logarithms of red and of blue over green), lean (camera axes), logarithms of
    the skin's linear RGB; None where too little of the face is seen. `normals` (n, 3) of SKIN, head.
    """
    points = face_px[SKIN]
    outward = normals @ head.camera_from_head[:3, :3].T
    to_camera = -head.camera_from_head[:3, 3] / np.linalg.norm(head.camera_from_head[:3, 3])
    seen = _inside(frame, points) & (outward @ to_camera > FACING)
    if seen.sum() < SEEN_MIN:
        return None
    skin = _linear(_patches(frame, points[seen]))
    bare = _bare(skin)
    if bare.sum() < SEEN_MIN:
        return None
    skin = skin[bare]
    lean = _lean(np.maximum(skin @ LUMA, 1e-4), outward[seen][bare])
    return _state(np.median(skin, axis=0), _whole(frame), lean)


def read_hand_light(frame: Frame, hand_px: F64, lean: F64, /) -> F64 | None:
    """As `read_light`, by the skin of a hand, `hand_px` (21, 2): a palm is flat and leaves the lean as it was."""
    points = np.concatenate([hand_px[KNUCKLES], (hand_px[KNUCKLES] + hand_px[WRIST]) / 2])
    seen = _inside(frame, points)
    if seen.sum() < SEEN_MIN:
        return None
    skin = _linear(_patches(frame, points[seen]))
    bare = _bare(skin)
    if bare.sum() < SEEN_MIN:
        return None
    return _state(np.median(skin[bare], axis=0), _whole(frame), lean)


def _state(skin: F64, whole: F64, lean: F64) -> F64:
    exposure = np.array([_exposure(skin, whole)])
    return np.asarray(np.concatenate([exposure, _tint(skin, whole), lean, np.log(np.maximum(skin, 1e-3))]))


def _inside(frame: Frame, points: F64) -> npt.NDArray[np.bool_]:
    width, height = frame.size_px
    return np.asarray(((points >= PATCH + 1) & (points < (width - PATCH - 2, height - PATCH - 2))).all(axis=1))


def _bare(skin: F64) -> npt.NDArray[np.bool_]:
    """(n,) bool: patches of the face's own colour; hair, glasses, a card on the forehead are none."""
    safe = np.maximum(skin, 1e-3)
    tint = np.log(safe[:, [0, 2]] / safe[:, 1:2])
    bright = np.log(np.maximum(skin @ LUMA, 1e-4))
    alike = np.abs(tint - np.median(tint, axis=0)).max(axis=1) < ALIKE_TINT
    return np.asarray(alike & (np.abs(bright - np.median(bright)) < ALIKE_LUMINANCE))


def _lean(luminance: F64, outward: F64) -> F64:
    """From which side light comes: luminance over a face as 1 + lean . normal, freckles and shine weighed down."""
    weights = np.ones(len(luminance))
    middle = np.median(luminance)
    rows = np.column_stack([np.ones(len(luminance)), outward]) / SKIN_STD
    held = np.diag(np.concatenate([[0.0], 1 / LEAN_STD**2]))
    usual = np.concatenate([[0.0], USUAL / LEAN_STD**2])
    found = np.zeros(4)
    for _ in range(4):
        # the unknowns are level and level x lean; dividing by the median first makes the level about 1
        weighed = rows * weights[:, None]
        found = np.linalg.solve(weighed.T @ rows + held, weighed.T @ (luminance / middle / SKIN_STD) + usual)
        apart = np.abs(luminance / middle / SKIN_STD - rows @ found)
        weights = 1 / np.maximum(apart / 1.3, 1.0)
    lean = RADIANCE * (found[1:] / max(found[0], 0.3) - USUAL)
    return np.asarray(lean * min(1.0, LEAN_MAX / max(float(np.linalg.norm(lean)), 1e-6)))


def _tint(face: F64, whole: F64) -> F64:
    """Of the light: what her skin, the whole picture and a camera's habit say, each by its doubt."""
    weights = [np.linalg.inv(SKIN_TINT_COVARIANCE), np.eye(2) / GREY_STD**2]
    said = [_ratios(face) - SKIN_TINT, _ratios(whole[:, :3].mean(axis=0))]
    total = sum(weights, np.eye(2) / WHITE_STD**2)
    tint = np.linalg.solve(total, sum((w @ s for w, s in zip(weights, said, strict=True)), np.zeros(2)))
    return np.asarray(np.clip(tint, -TINT_MAX, TINT_MAX))


def _exposure(face: F64, whole: F64) -> float:
    high = np.log(max(float(np.percentile(whole @ LUMA, 90)), 1e-4) / HIGH_LUMINANCE)
    own = np.log(max(float(face @ LUMA), 1e-4) / SKIN_LUMINANCE)
    weights = 1 / np.array([SKIN_LUMINANCE_STD, HIGH_LUMINANCE_STD, WELL_LIT_STD]) ** 2
    return float(np.clip((weights[:2] @ (own, high)) / weights.sum(), *np.log(EXPOSURE)))


def _ratios(rgb: F64) -> F64:
    red, green, blue = np.maximum(rgb, 1e-3)
    return np.array([np.log(red / green), np.log(blue / green)])


def _light(state: F64) -> RoomLight:
    red, blue = np.exp(state[1:3])
    colour = np.array([red, 1.0, blue])
    red, green, blue = (round(float(value), 4) for value in colour / (colour @ LUMA))
    x, y, z = (round(float(value), 4) for value in state[3:6])
    # the piece's brightness has the exposure in it already
    thrown = np.clip(np.exp(state[6:] - state[0]) / MEAN_SKIN, *THROWN)
    skin = (round(float(thrown[0]), 3), round(float(thrown[1]), 3), round(float(thrown[2]), 3))
    return RoomLight(round(float(np.exp(state[0])), 4), (red, green, blue), (x, y, z), skin)


def _patches(frame: Frame, points: F64) -> F64:
    """(n, 3) luma, U and V about pixels that lie well inside."""
    luma, *chroma = split_planes(frame.i420)
    x, y = np.round(points).astype(int).T
    near = np.arange(-PATCH, PATCH + 1)
    bright = luma[(y[:, None] + near)[:, :, None], (x[:, None] + near)[:, None, :]].mean(axis=(1, 2))
    near = np.arange(-PATCH // 2, PATCH // 2 + 1)
    rows, columns = (y[:, None] // 2 + near)[:, :, None], (x[:, None] // 2 + near)[:, None, :]
    return np.column_stack([bright, *(plane[rows, columns].mean(axis=(1, 2)) for plane in chroma)])


def _whole(frame: Frame) -> F64:
    """(n, 3) linear RGB of pixels all over the picture that are neither black nor burnt out."""
    luma, *chroma = split_planes(frame.i420)
    half = EVERY_PX // 2
    yuv = np.stack([luma[::EVERY_PX, ::EVERY_PX], *(plane[::half, ::half] for plane in chroma)], axis=-1).reshape(-1, 3)
    kept = yuv[(yuv[:, 0] > 20) & (yuv[:, 0] < 232)]
    return _linear((kept if len(kept) > 20 else yuv).astype(np.float64))


def _linear(yuv: F64) -> F64:
    """(n, 3) linear RGB, 0 to 1, of BT.601 video range; 2.2 stands for sRGB's curve."""
    luma, u, v = 1.164 * (yuv[:, 0] - 16), yuv[:, 1] - 128, yuv[:, 2] - 128
    rgb = np.stack([luma + 1.596 * v, luma - 0.392 * u - 0.813 * v, luma + 2.017 * u], axis=1)
    return np.asarray(np.clip(rgb / 255, 0.0, 1.0) ** 2.2)
