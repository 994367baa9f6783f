"""The head's own outline as it turns: its breadth from the front, its length from the side, over hair as worn.

A person mask of a window about the head shows where she ends against the room, to about half a millimetre. What
stands before the forehead (a card) stays out: the front is read at the glabella, below it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import cv2
import numpy as np

from tryon.geometry.camera import project
from tryon.geometry.rigid import rigid, rotation_from_vector, transform
from tryon.types import F32, F64, Camera, HeadShape

WINDOW_PX = (256, 144)
"What the segmentation network sees of the picture."
WINDOW_MM = 340.0
"Height of that window at the head, in the millimetres of the pose that it is cut by."
ABOVE_EARS = (27.0, 85.0)
"mm above the Frankfurt plane on a usual head: where a head is broadest and no ear stands out."
TOP = (-20.0, -10.0, 0.0, 10.0, 20.0)
"mm to her left of the middle: where the top of the head is looked for."
LEVEL_RAD = np.radians(10.0)
"A head seen from farther above or below does not show how high it is."
USUAL_LENGTH_MM, USUAL_BREADTH_MM = 195.0, 151.0
"Means of ANSUR II, women and men: how deep along the line of sight a head is whose breadth, or length, is seen."
MIDDLE_MM = -6.0
"""Where the middle of a usual head's length lies before the tragions (glabella and back of the head model; facts: fit,
section 3: 85 to 95 mm behind the eyes, which are 80 before them)."""
BROADEST_MM = 15.0
"""Behind that middle: as far away as there its breadth is seen. A head is broadest towards its rear, near the parietal
bosses [S: Dictionary of Human Evolution and Biology, maximum cranial breadth]; by how much is judged, +- 8 mm [J],
which is 1 % of a breadth that is seen from 80 cm."""
BACK = (-6.0, 34.0)
"mm above the glabella on a usual head: where the back of the head reaches farthest."
NECK, NECK_LEAN_RAD = (98.0, 106.0, 114.0, 122.0), np.radians([0.0, 12.0, 24.0, 36.0])
"mm below the Frankfurt plane on a usual head, and the leans at which its depth is looked for."
REACH_MM = 170.0
SURE_RAD = np.radians(50.0)
"A face turned farther is not trusted to say how far."
SLOPE_S = 0.25
PIVOT_HOLD = 3.0
PIVOT_OFF_MM = 40.0
"A pose that leaves the pivot farther off (of good ones the worst: 17) was none of hers."
BRIDGED_S = 3.0
"A turn past the profile takes no longer than this, or its poses are not known."


@dataclass(frozen=True, slots=True, eq=False)
class HeadLook:
    """One frame of a turn."""

    time_s: float
    camera_from_head: F64 | None
    "Raw; None where the face was turned too far away to be found."
    mask: F32
    "(144, 256) person mask of `window`."
    window: F64
    "(2, 3) mask pixel from frame pixel."


def head_window(camera_from_head: F64, camera: Camera, /) -> F64:
    """(2, 3) affine, window pixel from frame pixel, about a head that is there."""
    middle = project(transform(camera_from_head, np.array([[0.0, 30.0, 0.0]])), camera)[0]
    share = WINDOW_PX[1] / (WINDOW_MM * camera.matrix[0, 0] / camera_from_head[2, 3])
    half = (np.array(WINDOW_PX) - 1) / 2
    return np.array([[share, 0.0, half[0] - share * middle[0]], [0.0, share, half[1] - share * middle[1]]])


def view_yaw(camera_from_head: F64, /) -> float:
    """rad: how far the head is turned away from the line of sight to it, to her left positive."""
    eye = -camera_from_head[:3, :3].T @ camera_from_head[:3, 3]
    return float(np.arctan2(-eye[0], eye[2]))


def breadth_mm(look: HeadLook, shape: HeadShape, camera: Camera, /) -> float | None:
    """Greatest breadth above the ears, over hair, of a head seen from the front; None where it is not all in view."""
    assert look.camera_from_head is not None
    size = _size(shape)
    found = []
    for height in np.arange(ABOVE_EARS[0] * size, ABOVE_EARS[1] * size, 3.0):
        middle = np.array([0.0, height, (MIDDLE_MM - BROADEST_MM) * size])
        sides = [_edge(look, middle, side * _aside(look), camera) for side in (-1.0, 1.0)]
        if None in sides:
            return None
        found.append(sum(side for side in sides if side is not None))
    # a single row may catch a lock of hair
    return float(np.sort(found)[-2]) * _tangent((USUAL_LENGTH_MM / 2 + BROADEST_MM) * size, look)


def height_mm(look: HeadLook, shape: HeadShape, camera: Camera, /) -> float | None:
    """From the level of the tragions to the top of the head, over hair, of a head seen from the front and hardly from
    above or below; None otherwise, and where it is not all in view."""
    assert look.camera_from_head is not None
    eye = -look.camera_from_head[:3, :3].T @ look.camera_from_head[:3, 3]
    if abs(np.arctan2(eye[1], eye[2])) > LEVEL_RAD:
        return None
    up = np.array([0.0, eye[2], -eye[1]]) / float(np.hypot(eye[1], eye[2]))
    found = [_edge(look, np.array([aside * _size(shape), 0.0, 0.0]), up, camera) for aside in TOP]
    if None in found:
        return None
    highest = float(np.sort([edge for edge in found if edge is not None])[-2])
    # the top is round from front to back: what is seen stands out before it
    round_mm = USUAL_LENGTH_MM / 2 * _size(shape)
    return highest - round_mm * (1 / _tangent(round_mm, look) - 1)


def length_mm(look: HeadLook, shape: HeadShape, camera: Camera, /) -> float | None:
    """From the glabella to the farthest point behind, over hair, as this view shows it: whole in profile."""
    assert look.camera_from_head is not None
    size, level = _size(shape), float(shape.points["glabella"][1])
    aside = _aside(look)
    # the face looks to one side of the line of sight
    front = aside if aside[2] > 0 else -aside
    before = [_edge(look, np.array([0.0, level + up, 0.0]), front, camera) for up in (-4.0, -2.0, 0.0, 2.0)]
    behind = [
        _edge(look, np.array([0.0, level + up, 0.0]), -front, camera)
        for up in np.arange(BACK[0] * size, BACK[1] * size, 4.0)
    ]
    if None in before or None in behind:
        return None
    far = float(np.sort([edge for edge in behind if edge is not None])[-2])
    whole = float(np.median([edge for edge in before if edge is not None])) + far
    return whole * _tangent(USUAL_BREADTH_MM / 2 * size, look)


def bridged(looks: Sequence[HeadLook], /) -> tuple[list[HeadLook], list[bool]]:
    """Looks with the poses of those past SURE_RAD guessed, and which of them were: she turns to the profile and back.

    A face that is turned farther is found badly or not at all. The turn goes on as smoothly as it began and ended (a
    cubic in time through yaw and speed at both ends), about the point of the head that stayed where it was so far.
    """
    sure = [
        index
        for index, look in enumerate(looks)
        if look.camera_from_head is not None and abs(_yaw(look.camera_from_head)) < SURE_RAD
    ]
    whole = [look if index in set(sure) else replace(look, camera_from_head=None) for index, look in enumerate(looks)]
    guessed = [False] * len(looks)
    if len(sure) < 4:
        return whole, guessed
    poses = {index: _pose(looks[index]) for index in sure}
    in_head, in_camera = _pivot(list(poses.values()))
    for before, after in pairwise(sure):
        span_s = looks[after].time_s - looks[before].time_s
        if after == before + 1 or span_s > BRIDGED_S:
            continue
        slopes = [_slope(looks, poses, end) for end in (before, after)]
        if None in slopes:
            continue
        yaws = [_yaw(poses[before]), _yaw(poses[after])]
        speeds = [slope for slope in slopes if slope is not None]
        for index in range(before + 1, after):
            share = (looks[index].time_s - looks[before].time_s) / span_s
            yaw = _hermite(share, yaws[0], yaws[1], speeds[0] * span_s, speeds[1] * span_s)
            end = before if share < 0.5 else after
            turned = rotation_from_vector(np.array([0.0, _yaw(poses[end]) - yaw, 0.0]))
            rotation = turned @ poses[end][:3, :3]
            whole[index] = replace(looks[index], camera_from_head=rigid(rotation, in_camera - rotation @ in_head))
            guessed[index] = True
    return whole, guessed


def _pose(look: HeadLook) -> F64:
    assert look.camera_from_head is not None
    return look.camera_from_head


def _pivot(poses: list[F64]) -> tuple[F64, F64]:
    """The point that turning leaves in place, in the head and in the camera, mm: R p + t = c, least squares, anew
    without the poses that leave it far off."""
    in_head, in_camera = _pivot_of(poses)
    off = np.array([np.linalg.norm(pose[:3, :3] @ in_head + pose[:3, 3] - in_camera) for pose in poses])
    most = max(PIVOT_OFF_MM, float(np.median(off)))
    return _pivot_of([pose for pose, far in zip(poses, off, strict=True) if far <= most])


def _pivot_of(poses: list[F64]) -> tuple[F64, F64]:
    rows = np.concatenate([np.hstack([pose[:3, :3], -np.eye(3)]) for pose in poses])
    right = np.concatenate([-pose[:3, 3] for pose in poses])
    # turns about one axis say nothing of the point's height: it stays near the neck's
    rows = np.concatenate([rows, np.hstack([PIVOT_HOLD * np.eye(3), np.zeros((3, 3))])])
    right = np.concatenate([right, PIVOT_HOLD * np.array([0.0, -50.0, -30.0])])
    found = np.linalg.lstsq(rows, right, rcond=None)[0]
    return found[:3], found[3:]


def _slope(looks: Sequence[HeadLook], poses: dict[int, F64], end: int) -> float | None:
    """rad/s: how fast she turned at one end of a gap, from what lies on its outer side."""
    side = 1 if (end + 1) in poses else -1
    away = {index: abs(looks[index].time_s - looks[end].time_s) for index in poses if (index - end) * side > 0}
    outer = [index for index in away if away[index] < SLOPE_S]
    if len(outer) < 2:  # few pictures a second: the nearest two
        outer = sorted((index for index in away if away[index] < 2 * SLOPE_S), key=lambda index: away[index])[:2]
    if len(outer) < 2:
        return None
    times = np.array([looks[index].time_s for index in [end, *outer]])
    yaws = np.array([_yaw(poses[index]) for index in [end, *outer]])
    return float(np.polyfit(times, yaws, 1)[0])


def _yaw(camera_from_head: F64) -> float:
    return float(np.arctan2(camera_from_head[0, 2], -camera_from_head[2, 2]))


def _hermite(share: float, first: float, last: float, first_slope: float, last_slope: float) -> float:
    s2, s3 = share * share, share**3
    return (
        (2 * s3 - 3 * s2 + 1) * first
        + (s3 - 2 * s2 + share) * first_slope
        + (3 * s2 - 2 * s3) * last
        + (s3 - s2) * last_slope
    )


def _size(shape: HeadShape) -> float:
    """Of the face against a usual one."""
    return float(np.linalg.norm(shape.points["glabella"] - shape.points["chin"])) / 122.0


def _aside(look: HeadLook) -> F64:
    """(3,) unit, head frame: level, and square to the line of sight."""
    assert look.camera_from_head is not None
    eye = -look.camera_from_head[:3, :3].T @ look.camera_from_head[:3, 3]
    aside = np.array([eye[2], 0.0, -eye[0]])
    return aside / float(np.linalg.norm(aside))


def _tangent(deep_mm: float, look: HeadLook) -> float:
    """Of an ellipse whose outline is seen, its half breadth over what it covers in the plane of its middle; `deep_mm`
    is its other half axis, along the line of sight."""
    assert look.camera_from_head is not None
    distance_mm = float(np.linalg.norm(look.camera_from_head[:3, 3]))
    return float(np.sqrt(1 - min(deep_mm / distance_mm, 0.9) ** 2))


def _edge(look: HeadLook, start: F64, towards: F64, camera: Camera) -> float | None:
    """mm from a point of the head to where the person ends in a direction; None where that is not in view."""
    assert look.camera_from_head is not None
    along = np.arange(0.0, REACH_MM)
    pixels = project(transform(look.camera_from_head, start + along[:, None] * towards), camera)
    if (pixels < 0).any(axis=1)[:60].any() or (pixels > np.array(camera.size_px) - 1).any(axis=1)[:60].any():
        return None
    at = (pixels @ look.window[:, :2].T + look.window[:, 2]).astype(np.float32)
    seen = cv2.remap(look.mask, at[:, None, 0], at[:, None, 1], cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)[:, 0]
    outside = np.flatnonzero(seen < 0.5)
    if not len(outside) or outside[0] == 0:
        return None
    first = int(outside[0])
    return first - 1 + float((seen[first - 1] - 0.5) / (seen[first - 1] - seen[first]))


def neck_depth_mm(look: HeadLook, shape: HeadShape, camera: Camera, /) -> float | None:
    """From front to back where the neck is least below the jaw, seen from the side; None where it is not in view.

    Least over the lean of the neck too: it goes forward as it goes up, so that its section is lower in front.
    """
    assert look.camera_from_head is not None
    size, aside = _size(shape), _aside(look)
    front = aside if aside[2] > 0 else -aside
    found = []
    for below in NECK:
        for lean in NECK_LEAN_RAD:
            across = front * np.cos(lean) - np.array([0.0, np.sin(lean), 0.0])
            start = np.array([0.0, -below * size, -20.0 * size])
            sides = [_edge(look, start, side * across, camera) for side in (-1.0, 1.0)]
            if None not in sides:
                found.append(sum(side for side in sides if side is not None))
    if len(found) < len(NECK):
        return None
    least = float(np.sort(found)[1])
    return least * _tangent(least / 2, look)
